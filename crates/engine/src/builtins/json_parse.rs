//! The JSON parser: straight from text to values.

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::object::class::id;
use crate::object::shape::{Shape, prop};
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use crate::vm::backtrace;

/// A code unit of either representation.
pub(super) trait JsonUnit: Copy + qjs_numeric::Unit {
    fn code(self) -> u16;
    fn chars(s: &[Self]) -> Chars<'_>;
}
impl JsonUnit for u8 {
    #[inline(always)]
    fn code(self) -> u16 {
        self as u16
    }
    fn chars(s: &[u8]) -> Chars<'_> {
        Chars::Latin1(s)
    }
}
impl JsonUnit for u16 {
    #[inline(always)]
    fn code(self) -> u16 {
        self
    }
    fn chars(s: &[u16]) -> Chars<'_> {
        Chars::Utf16(s)
    }
}

/// A JSON Parse Record: what was made of which source text, for revivers.
pub(super) struct Record {
    value: Value,
    source: (usize, usize),
    elements: Buf<Record>,
    /// Sorted by key.
    entries: Buf<(PropertyKey, Record)>,
}
impl Record {
    pub fn value(&self) -> &Value {
        &self.value
    }
    /// Where a primitive's source text begins and ends.
    pub fn source(&self) -> (usize, usize) {
        self.source
    }
    pub fn elements(&self) -> &[Record] {
        &self.elements
    }
    /// The record of a property; the last one of duplicates.
    pub fn entry(&self, key: &PropertyKey) -> Option<&Record> {
        let i = self.entries.partition_point(|e| e.0.bits() <= key.bits());
        let e = self.entries.get(i.checked_sub(1)?)?;
        if e.0 == *key { Some(&e.1) } else { None }
    }
}

/// How many shapes are remembered, by the key under which an object lies.
const SHAPES: usize = 32;

/// The parser of one text.
pub(super) struct Parser<'a, U> {
    cx: &'a Context,
    text: &'a [U],
    at: usize,
    filename: Option<&'a str>,
    /// Members of the objects and arrays being parsed.
    values: Buf<Value>,
    keys: Buf<PropertyKey>,
    scratch: StringBuilder<'a>,
    /// The shapes that objects last had: the next one is probably of the same.
    shapes: [Option<Gc<Shape>>; SHAPES],
    record: bool,
    records: Buf<Record>,
}

impl<'a, U: JsonUnit> Parser<'a, U> {
    pub fn new(cx: &'a Context, text: &'a [U], filename: Option<&'a str>) -> Self {
        let rt = cx.rt();
        Parser {
            cx,
            text,
            at: 0,
            filename,
            values: Buf::new(rt),
            keys: Buf::new(rt),
            scratch: StringBuilder::new(rt),
            shapes: std::array::from_fn(|_| None),
            record: false,
            records: Buf::new(rt),
        }
    }

    /// The text's value.
    pub fn parse(mut self) -> Result {
        self.parse_all()
    }
    /// The text's value, and the record of its parse.
    pub fn parse_recorded(mut self) -> Result<(Value, Record)> {
        self.record = true;
        let v = self.parse_all()?;
        match self.records.pop() {
            Some(r) => Ok((v, r)),
            None => Err(self.unexpected()),
        }
    }
    fn parse_all(&mut self) -> Result {
        let v = self.value(0)?;
        self.space();
        if self.at < self.text.len() {
            return Err(self.unexpected());
        }
        Ok(v)
    }

    #[inline(always)]
    fn peek(&self) -> Option<u16> {
        self.text.get(self.at).map(|u| u.code())
    }
    #[inline(always)]
    fn space(&mut self) {
        while let Some(9 | 10 | 13 | 32) = self.peek() {
            self.at += 1;
        }
    }

    /// Notes the record of a primitive.
    #[cold]
    fn note(&mut self, v: &Value, start: usize) -> Result<()> {
        let rt = self.cx.rt();
        self.records.push(Record {
            value: v.clone(),
            source: (start, self.at),
            elements: Buf::new(rt),
            entries: Buf::new(rt),
        })
    }

    /// A value; `place` stands for the key it lies under.
    fn value(&mut self, place: usize) -> Result {
        self.space();
        let start = self.at;
        let v = match self.peek() {
            Some(0x22) => self.string()?.into(),
            Some(0x7b) => return self.object(place),
            Some(0x5b) => return self.array(place),
            Some(0x2d | 0x30..=0x39) => self.number()?,
            Some(0x74) => self.word("true", Value::TRUE)?,
            Some(0x66) => self.word("false", Value::FALSE)?,
            Some(0x6e) => self.word("null", Value::NULL)?,
            _ => return Err(self.unexpected()),
        };
        if self.record {
            self.note(&v, start)?;
        }
        Ok(v)
    }

    fn word(&mut self, w: &str, v: Value) -> Result {
        for b in w.bytes() {
            if self.peek() != Some(b as u16) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(v)
    }

    fn digits(&mut self) -> Result<()> {
        let from = self.at;
        while let Some(0x30..=0x39) = self.peek() {
            self.at += 1;
        }
        if self.at == from { Err(self.unexpected()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result {
        let start = self.at;
        let negative = self.peek() == Some(0x2d);
        if negative {
            self.at += 1;
        }
        let from = self.at;
        if self.peek() == Some(0x30) {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let whole = &self.text[from..self.at];
        match self.peek() {
            Some(0x2e | 0x65 | 0x45) => {}
            _ if whole.len() <= 9 => {
                let n = whole.iter().fold(0i32, |n, d| n * 10 + (d.code() as i32 - 48));
                if negative {
                    return Ok(if n == 0 { Value::number(-0.0) } else { Value::int(-n) });
                }
                return Ok(Value::int(n));
            }
            _ => {}
        }
        if self.peek() == Some(0x2e) {
            self.at += 1;
            self.digits()?;
        }
        if let Some(0x65 | 0x45) = self.peek() {
            self.at += 1;
            if let Some(0x2b | 0x2d) = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::number(qjs_numeric::string_to_number(&self.text[start..self.at])))
    }

    /// The characters of a string without escapes, and past the closing quote; None (and nothing consumed) if it has
    /// escapes. `at` is at the opening quote.
    #[inline]
    fn simple_string(&mut self) -> Option<&'a [U]> {
        let text: &'a [U] = self.text;
        let rest = text.get(self.at + 1..)?;
        let n = rest.iter().position(|u| matches!(u.code(), 0x22 | 0x5c | 0..=0x1f))?;
        if rest[n].code() != 0x22 {
            return None;
        }
        self.at += n + 2;
        Some(&rest[..n])
    }

    fn string(&mut self) -> Result<Gc<Str>> {
        if let Some(s) = self.simple_string() {
            return self.cx.rt().new_chars(U::chars(s));
        }
        self.escaped_string()?;
        self.cx.rt().new_chars(self.scratch.chars())
    }

    /// A string with escapes, or one that does not end, into `scratch`.
    #[cold]
    fn escaped_string(&mut self) -> Result<()> {
        self.scratch.clear();
        self.at += 1;
        loop {
            let text: &'a [U] = self.text;
            let rest = text.get(self.at..).unwrap_or(&[]);
            let n = rest.iter().position(|u| matches!(u.code(), 0x22 | 0x5c | 0..=0x1f));
            let n = n.unwrap_or(rest.len());
            self.scratch.push_chars(U::chars(&rest[..n]))?;
            self.at += n;
            match self.peek() {
                Some(0x22) => {
                    self.at += 1;
                    return Ok(());
                }
                Some(0x5c) => {
                    self.at += 1;
                    let c = match self.peek() {
                        Some(c @ (0x22 | 0x5c | 0x2f)) => c,
                        Some(0x62) => 8,
                        Some(0x66) => 12,
                        Some(0x6e) => 10,
                        Some(0x72) => 13,
                        Some(0x74) => 9,
                        Some(0x75) => {
                            let mut c = 0;
                            for _ in 0..4 {
                                self.at += 1;
                                let digit = self.peek().and_then(|u| char::from_u32(u as u32)?.to_digit(16));
                                match digit {
                                    Some(d) => c = c << 4 | d as u16,
                                    None => return Err(self.error("Bad Unicode escape")),
                                }
                            }
                            c
                        }
                        _ => return Err(self.error("Bad escaped character")),
                    };
                    self.at += 1;
                    self.scratch.push_unit(c)?;
                }
                Some(_) => return Err(self.error("Bad control character in string literal")),
                None => return Err(self.error("Unterminated string")),
            }
        }
    }

    fn array(&mut self, place: usize) -> Result {
        self.cx.check_stack()?;
        self.cx.poll()?;
        let first = self.records.len();
        self.at += 1;
        let a = self.cx.new_array(0)?;
        self.space();
        if self.peek() == Some(0x5d) {
            self.at += 1;
        } else {
            loop {
                let v = self.value(place)?;
                a.push_element(v)?;
                self.space();
                match self.peek() {
                    Some(0x2c) => self.at += 1,
                    Some(0x5d) => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(self.unexpected_or("Expected ',' or ']' after array element")),
                }
            }
        }
        if self.record {
            let rt = self.cx.rt();
            let mut elements = Buf::with_capacity(rt, self.records.len() - first)?;
            while self.records.len() > first
                && let Some(r) = self.records.pop()
            {
                elements.push(r)?;
            }
            elements.reverse();
            let r = Record { value: a.to_value(), source: (0, 0), elements, entries: Buf::new(rt) };
            self.records.push(r)?;
        }
        Ok(a.into())
    }

    fn object(&mut self, place: usize) -> Result {
        self.cx.check_stack()?;
        self.cx.poll()?;
        let cx = self.cx;
        let rt = cx.rt();
        let (first_value, first_key, first_record) = (self.values.len(), self.keys.len(), self.records.len());
        // While `guess` is some, the keys so far are its first ones and stand in no other place.
        let mut guess = if self.record { None } else { self.shapes[place % SHAPES].clone() };
        let mut n = 0;
        self.at += 1;
        self.space();
        if self.peek() == Some(0x7d) {
            self.at += 1;
        } else {
            loop {
                self.space();
                if self.peek() != Some(0x22) {
                    return Err(self.unexpected_or("Expected double-quoted property name"));
                }
                let from = self.at;
                let mut key = None;
                if let Some(shape) = &guess {
                    if n < shape.slot_count()
                        && let Some(s) = self.simple_string()
                        && let Some((k, _)) = shape.prop_at(n)
                        && k.as_str().and_then(|t| t.flat_chars()).is_some_and(|t| t == U::chars(s))
                    {
                        key = Some(k);
                    } else {
                        self.at = from;
                        for i in 0..n {
                            if let Some((k, _)) = shape.prop_at(i) {
                                self.keys.push(k)?;
                            }
                        }
                        guess = None;
                    }
                }
                let key = match key {
                    Some(k) => k,
                    None => {
                        let k = match self.simple_string() {
                            Some(s) => rt.key_from_chars(U::chars(s))?,
                            None => {
                                self.escaped_string()?;
                                rt.key_from_chars(self.scratch.chars())?
                            }
                        };
                        self.keys.push(k.clone())?;
                        k
                    }
                };
                n += 1;
                self.space();
                if self.peek() != Some(0x3a) {
                    return Err(self.unexpected_or("Expected ':' after property name"));
                }
                self.at += 1;
                let v = self.value(key.hash() as usize)?;
                self.values.push(v)?;
                self.space();
                match self.peek() {
                    Some(0x2c) => self.at += 1,
                    Some(0x7d) => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(self.unexpected_or("Expected ',' or '}' after property value")),
                }
            }
        }
        let made = match &guess {
            Some(shape) if shape.slot_count() == n && n <= 64 => {
                crate::object::Object::alloc_filled(rt, shape, self.values.drain_from(first_value))?
            }
            _ => None,
        };
        if let Some(o) = made {
            return Ok(o.into());
        }
        if let Some(shape) = guess {
            for i in 0..n {
                if let Some((k, _)) = shape.prop_at(i) {
                    self.keys.push(k)?;
                }
            }
        }
        let o = cx.new_object_with_room(n.min(32))?;
        for i in 0..n {
            let v = self.values[first_value + i].clone();
            let k = &self.keys[first_key + i];
            match o.shape().lookup(k) {
                Some((slot, _)) => o.set_slot(slot, v),
                None => o.add_property(k, v, prop::ALL)?,
            }
        }
        if self.record {
            let mut entries: Buf<(PropertyKey, Record)> = Buf::with_capacity(rt, n)?;
            for i in (0..n).rev() {
                if self.records.len() > first_record
                    && let Some(r) = self.records.pop()
                {
                    entries.push((self.keys[first_key + i].clone(), r))?;
                }
            }
            entries.reverse();
            entries.sort_by_key(|e| e.0.bits());
            let r = Record { value: o.to_value(), source: (0, 0), elements: Buf::new(rt), entries };
            self.records.push(r)?;
        }
        self.values.truncate(first_value);
        self.keys.truncate(first_key);
        let shape = o.shape();
        let plain = |i| shape.prop_at(i).is_some_and(|(k, _)| k.as_str().is_some());
        if !shape.is_dictionary() && n > 0 && shape.slot_count() == n && (0..n).all(plain) {
            self.shapes[place % SHAPES] = Some(Gc::from_ref(shape));
        }
        Ok(o.into())
    }

    // ---- errors

    #[cold]
    fn unexpected(&self) -> Thrown {
        self.unexpected_or("")
    }
    /// The text ends too early, `expected` (if it says something) is missing, or the token here is wrong.
    #[cold]
    fn unexpected_or(&self, expected: &str) -> Thrown {
        if self.at >= self.text.len() {
            return self.error("Unexpected end of JSON input");
        }
        if !expected.is_empty() {
            return self.error(expected);
        }
        let (c, _) = U::chars(self.text).code_point_at(self.at);
        let c = char::from_u32(c).unwrap_or('\u{fffd}');
        self.error(&format!("Unexpected token '{c}'"))
    }
    /// Throws a SyntaxError that says where.
    #[cold]
    fn error(&self, what: &str) -> Thrown {
        let (mut line, mut column) = (1, 1);
        for u in &self.text[..self.at.min(self.text.len())] {
            if u.code() == 10 {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        let end = if self.at >= self.text.len() { "" } else { " in JSON" };
        let message = format!("{what}{end} at position {} (line {line} column {column})", self.at);
        let cx = self.cx;
        match cx.new_error(Intrinsic::SyntaxErrorPrototype, &message) {
            Ok(e) => {
                let name = cx.rt().new_str(self.filename.unwrap_or("<input>"));
                let place =
                    |name: Gc<Str>| backtrace::attach_position(cx, &e, &name, line as u32, column as u32);
                if let Err(t) = name.and_then(place) {
                    return t;
                }
                debug_assert_eq!(e.class(), id::ERROR);
                cx.throw(e.into())
            }
            Err(t) => t,
        }
    }
}
