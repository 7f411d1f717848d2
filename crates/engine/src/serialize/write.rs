//! The writer of values.

use super::format::{Out, buffer, contents, key, tag};
use super::{DataKind, SharedBlock, WriteOptions, Written};
use crate::builtins::map_set::{MapData, SetData};
use crate::builtins::{date, dom_exception, error, regexp};
use crate::bytecode::template::Template;
use crate::context::{Context, Intrinsic};
use crate::heap::hash::AddressMap;
use crate::heap::{BigIntCell, Gc, flag};
use crate::object::buffer::{BufferData, Element, ViewData};
use crate::object::class::id;
use crate::object::function::{BigIntPrimitive, ErrorData, Primitive};
use crate::object::shape::prop;
use crate::object::{Object, Property, Shape};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::text::{Chars, Str, Symbol, SymbolSort};
use crate::value::{Result, Thrown, Value};
use crate::vm::module::Module;

/// Texts from this length on are called by number when they come again.
const LONG_TEXT: usize = 64;
/// What one entry of a table is charged as.
const ENTRY: usize = 48;

pub(super) fn write(
    cx: &Context,
    value: &Value,
    o: &WriteOptions,
    transfer: &[Gc<Object>],
) -> Result<Written> {
    let mut scripted = false;
    loop {
        let mut w = Writer::new(cx, *o, scripted, transfer);
        w.header(0)?;
        match w.value(value) {
            Ok(()) => return w.finish(),
            // A getter was met, and nothing has been called yet: once more, expecting anything.
            Err(Thrown) if w.restart => scripted = true,
            Err(t) => return Err(t),
        }
    }
}

/// Writes a function.
pub(super) fn write_function(cx: &Context, t: &Template, o: &WriteOptions) -> Result<Written> {
    let mut w = Writer::new(cx, *o, false, &[]);
    w.header(0)?;
    w.function(t)?;
    w.finish()
}

/// Writes a module.
pub(super) fn write_module(cx: &Context, m: &Module, o: &WriteOptions) -> Result<Written> {
    let Some((t, r)) = m.source_parts() else {
        return Err(cx.throw_type("a native module cannot be written"));
    };
    let mut w = Writer::new(cx, *o, false, &[]);
    w.header(0)?;
    w.module(m.name(), t, r)?;
    w.finish()
}

/// Writes a module without code.
pub(super) fn write_data_module(
    cx: &Context,
    name: &str,
    kind: DataKind,
    typed: bool,
    bytes: &[u8],
) -> Result<Written> {
    let mut w = Writer::new(cx, WriteOptions::default(), false, &[]);
    w.header(contents::BYTECODE)?;
    w.out.u8(tag::DATA)?;
    w.out.string(cx.rt().new_str(name)?.chars()?)?;
    w.out.u8(typed as u8)?;
    w.out.u8(DataKind::ALL.iter().position(|k| *k == kind).unwrap_or(0) as u8)?;
    w.out.raw(bytes)?;
    w.finish()
}

/// A shape whose objects are written as its number and their values.
struct Known {
    number: u32,
    /// The slots whose values are written; None: all.
    slots: Option<Box<[u16]>>,
    /// Keeps the address from coming again.
    _shape: Gc<Shape>,
}

pub(super) struct Writer<'a> {
    pub cx: &'a Context,
    pub rt: &'a Runtime,
    pub out: Out<'a>,
    pub o: WriteOptions,
    /// Interned strings, by address.
    strings: AddressMap<u64, u32>,
    /// Long texts, by checksum and length.
    texts: AddressMap<(u32, usize), (u32, Value)>,
    string_count: u32,
    /// Strings, where they are kept apart.
    table: Option<Out<'a>>,
    symbols: AddressMap<u64, u32>,
    /// Shapes, by address; None: its objects are written as lists.
    shapes: AddressMap<usize, Option<Known>>,
    shape_count: u32,
    /// Objects that may be met again, by address.
    objects: AddressMap<usize, u32>,
    object_count: u32,
    /// What the tables above know by address only: its address must not come again.
    kept: Vec<Value>,
    shared: Vec<SharedBlock>,
    held: Vec<crate::object::buffer::SharedBlock>,
    transfer: &'a [Gc<Object>],
    charged: usize,
    pub contents: u8,
    /// Getters are called: anything may change at any time.
    scripted: bool,
    restart: bool,
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.rt.discharge(self.charged);
    }
}

impl<'a> Writer<'a> {
    fn new(cx: &'a Context, o: WriteOptions, scripted: bool, transfer: &'a [Gc<Object>]) -> Writer<'a> {
        Writer {
            cx,
            rt: cx.rt(),
            out: Out::new(cx.rt()),
            o,
            strings: AddressMap::default(),
            texts: AddressMap::default(),
            string_count: 0,
            table: None,
            symbols: AddressMap::default(),
            shapes: AddressMap::default(),
            shape_count: 0,
            objects: AddressMap::default(),
            object_count: 0,
            kept: Vec::new(),
            shared: Vec::new(),
            held: Vec::new(),
            transfer,
            charged: 0,
            contents: 0,
            scripted,
            restart: false,
        }
    }
    fn header(&mut self, contents: u8) -> Result<()> {
        self.contents = contents;
        self.out.raw(super::format::MAGIC)?;
        self.out.raw(&[super::VERSION, 0, 0, 0, 0, 0])
    }
    fn finish(mut self) -> Result<Written> {
        self.out.set(super::HEADER - 1, &[self.contents]);
        let out = std::mem::replace(&mut self.out, Out::new(self.rt));
        Ok(Written {
            bytes: out.finish(),
            shared: std::mem::take(&mut self.shared),
            held: std::mem::take(&mut self.held),
        })
    }
    /// One more entry of some table.
    fn charge_entry(&mut self) -> Result<()> {
        if !self.rt.charge(ENTRY) {
            return Err(self.cx.throw_oom());
        }
        self.charged += ENTRY;
        Ok(())
    }
    pub fn keep(&mut self, v: &Value) -> Result<()> {
        if self.kept.try_reserve(1).is_err() {
            return Err(self.cx.throw_oom());
        }
        self.kept.push(v.clone());
        Ok(())
    }

    // ---- errors

    #[cold]
    fn unsupported(&self) -> Thrown {
        if self.o.clone {
            return dom_exception::throw(self.cx, "DataCloneError", "The object could not be cloned.");
        }
        self.cx.throw_type("unsupported object class")
    }
    /// A value that is written only where `JS_WRITE_OBJ_…` allow it: an InternalError, as in QuickJS-NG.
    #[cold]
    fn not_allowed(&self) -> Thrown {
        if self.o.clone {
            return self.unsupported();
        }
        self.cx.throw_error(Intrinsic::InternalErrorPrototype, "unsupported value")
    }

    // ---- strings

    /// An interned string, by number if it was met before.
    pub fn name(&mut self, s: &Str) -> Result<()> {
        // With a table of their own strings are there, and their numbers here.
        let base = if self.table.is_some() { 0 } else { key::KNOWN };
        let addr = s as *const Str as u64;
        if let Some(&n) = self.strings.get(&addr) {
            return self.out.varint(n as u64 + base);
        }
        self.charge_entry()?;
        if self.strings.try_reserve(1).is_err() {
            return Err(self.cx.throw_oom());
        }
        if self.scripted {
            self.keep(&s.into())?;
        }
        self.strings.insert(addr, self.string_count);
        self.string_count += 1;
        match &mut self.table {
            Some(table) => {
                table.string(s.chars()?)?;
                self.out.size(self.string_count as usize - 1)
            }
            None => self.new_string(s.chars()?),
        }
    }
    fn new_string(&mut self, c: Chars<'_>) -> Result<()> {
        self.out.u8(key::NEW as u8)?;
        self.out.string(c)
    }
    /// From here on the strings go to a table of their own, which comes first: what was written until now.
    pub fn begin_table(&mut self) -> Out<'a> {
        self.table = Some(Out::new(self.rt));
        std::mem::replace(&mut self.out, Out::new(self.rt))
    }
    /// Puts together what was written before the table, the table, and what was written since.
    pub fn end_table(&mut self, before: Out<'a>) -> Result<()> {
        let after = std::mem::replace(&mut self.out, before);
        self.out.size(self.string_count as usize)?;
        if let Some(table) = self.table.take() {
            self.out.raw(table.bytes())?;
        }
        self.out.raw(after.bytes())
    }
    /// A property key that is no symbol.
    pub fn key(&mut self, k: &PropertyKey) -> Result<()> {
        match k.as_small_index() {
            Some(i) => {
                self.out.u8(key::INDEX as u8)?;
                self.out.varint(i as u64)
            }
            None => match k.as_str() {
                Some(s) => self.name(s),
                None => Err(self.unsupported()),
            },
        }
    }
    fn end_of_pairs(&mut self) -> Result<()> {
        self.out.u8(key::END as u8)
    }
    /// A string as a value.
    #[inline]
    pub fn string(&mut self, s: &Str) -> Result<()> {
        let c = s.chars()?;
        match c {
            Chars::Latin1(b) if b.len() <= tag::SHORT_MAX => {
                self.out.u8(tag::SHORT + b.len() as u8)?;
                self.out.raw(b)
            }
            _ => self.longer_string(s, c),
        }
    }
    fn longer_string(&mut self, s: &Str, c: Chars<'_>) -> Result<()> {
        if c.len() >= LONG_TEXT {
            let sum = match c {
                Chars::Latin1(b) => crc32fast::hash(b),
                Chars::Utf16(u) => {
                    u.iter().fold(1, |h: u32, &x| (h.rotate_left(5) ^ x as u32).wrapping_mul(0x9e37_79b1))
                }
            };
            match self.texts.get(&(sum, c.len())) {
                Some((n, v)) if v.as_string().is_some_and(|t| t.equals(s)) => {
                    let n = *n;
                    self.out.u8(tag::STRING)?;
                    return self.out.varint(n as u64 + key::KNOWN);
                }
                Some(_) => {}
                None => {
                    self.charge_entry()?;
                    if self.texts.try_reserve(1).is_err() {
                        return Err(self.cx.throw_oom());
                    }
                    self.texts.insert((sum, c.len()), (self.string_count, s.into()));
                    self.string_count += 1;
                    self.out.u8(tag::STRING)?;
                    return self.new_string(c);
                }
            }
        }
        self.out.u8(if matches!(c, Chars::Latin1(_)) { tag::LATIN1 } else { tag::UTF16 })?;
        self.out.size(c.len())?;
        self.out.chars(c)
    }
    fn symbol(&mut self, s: &Symbol, v: &Value) -> Result<()> {
        if self.o.clone || s.sort() == SymbolSort::Private {
            return Err(self.unsupported());
        }
        self.out.u8(tag::SYMBOL)?;
        if let Some(i) = self.rt.symbols_all().iter().position(|k| k.raw().same_bits(v)) {
            self.out.u8(3)?;
            return self.out.size(i);
        }
        if let Some(&n) = self.symbols.get(&v.bits()) {
            self.out.u8(4)?;
            return self.out.varint(n as u64);
        }
        self.charge_entry()?;
        self.keep(v)?;
        self.symbols.insert(v.bits(), self.symbols.len() as u32);
        match s.description() {
            None => self.out.u8(0),
            Some(d) => {
                self.out.u8(if s.sort() == SymbolSort::Registered { 2 } else { 1 })?;
                self.string(d)
            }
        }
    }
    pub fn bigint(&mut self, b: &BigIntCell) -> Result<()> {
        let (negative, mut words) = b.to_words();
        while words.last() == Some(&0) {
            words.pop();
        }
        self.out.size(words.len() << 1 | negative as usize)?;
        words.iter().try_for_each(|w| self.out.raw(&w.to_le_bytes()))
    }

    // ---- values

    /// A value.
    #[inline]
    pub fn value(&mut self, v: &Value) -> Result<()> {
        if v.is_int() {
            let i = v.int_unchecked();
            if (0..128).contains(&i) {
                return self.out.u8(tag::SMALL + i as u8);
            }
            self.out.u8(tag::INT)?;
            return self.out.signed(i as i64);
        }
        if v.is_double() {
            self.out.u8(tag::DOUBLE)?;
            return self.out.raw(&v.double_unchecked_get().to_le_bytes());
        }
        if let Some(s) = v.as_string() {
            return self.string(s);
        }
        if let Some(o) = v.as_object() {
            return self.object(o);
        }
        self.other(v)
    }
    fn other(&mut self, v: &Value) -> Result<()> {
        if let Some(b) = v.as_gc::<BigIntCell>() {
            self.out.u8(tag::BIGINT)?;
            return self.bigint(b);
        }
        if let Some(s) = v.as_symbol() {
            return self.symbol(s, v);
        }
        self.out.u8(match v.as_bool() {
            Some(false) => tag::FALSE,
            Some(true) => tag::TRUE,
            None if v.is_null() => tag::NULL,
            None if v.is_undefined() => tag::UNDEFINED,
            None if v.is_hole() => tag::HOLE,
            None => return Err(self.not_allowed()),
        })
    }

    /// Numbers an object, or writes the number it has: true.
    #[inline]
    fn met(&mut self, o: &Object) -> Result<bool> {
        // What is held once only is not met twice.
        if o.header().count() > 1 || self.scripted {
            let addr = o as *const Object as usize;
            if let Some(&n) = self.objects.get(&addr) {
                if !self.o.references {
                    return Err(if self.o.clone {
                        self.unsupported()
                    } else {
                        self.cx.throw_type("circular reference")
                    });
                }
                self.contents |= contents::REFERENCES;
                self.out.u8(tag::REFERENCE)?;
                self.out.varint(n as u64)?;
                return Ok(true);
            }
            self.charge_entry()?;
            if self.objects.try_reserve(1).is_err() {
                return Err(self.cx.throw_oom());
            }
            if self.scripted && self.o.references {
                self.keep(&o.to_value())?;
            }
            self.objects.insert(addr, self.object_count);
        }
        self.object_count += 1;
        Ok(false)
    }
    /// Without references, only what is being written may not be met again.
    #[inline]
    fn left(&mut self, o: &Object) {
        if !self.o.references && (o.header().count() > 1 || self.scripted) {
            self.objects.remove(&(o as *const Object as usize));
        }
    }

    fn object(&mut self, o: &Object) -> Result<()> {
        self.cx.check_stack()?;
        if self.met(o)? {
            return Ok(());
        }
        match o.class() {
            id::OBJECT => self.plain(o)?,
            id::ARRAY => self.array(o)?,
            c => self.special(o, c)?,
        }
        self.left(o);
        Ok(())
    }

    fn plain(&mut self, o: &Object) -> Result<()> {
        let shape = o.shape();
        if self.scripted || shape.is_dictionary() || o.has_flag(flag::LAZY) {
            self.out.u8(tag::OBJECT_PAIRS)?;
            return self.pairs(o, true);
        }
        let addr = shape as *const Shape as usize;
        // (A member may make the table grow: it is asked again below.)
        let n = match self.shapes.get(&addr) {
            Some(Some(k)) if k.number as usize <= tag::SHAPED_MAX => {
                self.out.u8(tag::SHAPED + k.number as u8)?;
                k.slots.as_ref().map_or(shape.slot_count(), |s| s.len())
            }
            Some(Some(k)) => {
                let (number, n) = (k.number, k.slots.as_ref().map_or(shape.slot_count(), |s| s.len()));
                self.out.u8(tag::OBJECT)?;
                self.out.varint(number as u64)?;
                n
            }
            Some(None) => {
                self.out.u8(tag::OBJECT_PAIRS)?;
                return self.pairs(o, true);
            }
            None => return self.first_of_shape(o, shape),
        };
        if n == shape.slot_count() {
            return (0..n).try_for_each(|i| self.value(o.slot(i)));
        }
        for i in 0..n {
            let slot = match self.shapes.get(&addr) {
                Some(Some(Known { slots: Some(s), .. })) => s[i] as usize,
                _ => i,
            };
            self.value(o.slot(slot))?;
        }
        Ok(())
    }
    /// Learns a shape and writes its first object.
    #[cold]
    fn first_of_shape(&mut self, o: &Object, shape: &Shape) -> Result<()> {
        self.charge_entry()?;
        let all = shape.slot_count();
        let mut slots: Vec<u16> = Vec::with_capacity(all.min(crate::object::shape::MAX_SHARED));
        let mut simple = true;
        for i in 0..all {
            let Some((k, f)) = shape.prop_at(i) else {
                simple = false;
                break;
            };
            if k.is_symbol() || f & prop::ENUMERABLE == 0 {
                continue;
            }
            simple &= f & (prop::ACCESSOR | prop::SPECIAL) == 0;
            slots.push(i as u16);
        }
        if self.shapes.try_reserve(1).is_err() {
            return Err(self.cx.throw_oom());
        }
        let addr = shape as *const Shape as usize;
        if !simple {
            self.keep(Gc::from_ref(shape).as_value())?;
            self.shapes.insert(addr, None);
            self.out.u8(tag::OBJECT_PAIRS)?;
            return self.pairs(o, true);
        }
        self.out.u8(tag::OBJECT_NEW)?;
        self.out.size(slots.len())?;
        for &i in &slots {
            if let Some((k, _)) = shape.prop_at(i as usize) {
                self.key(&k)?;
            }
        }
        let known = Known {
            number: self.shape_count,
            slots: (slots.len() != all).then(|| slots.clone().into_boxed_slice()),
            _shape: Gc::from_ref(shape),
        };
        self.shape_count += 1;
        self.shapes.insert(addr, Some(known));
        slots.iter().try_for_each(|&i| self.value(o.slot(i as usize)))
    }

    /// The own enumerable properties with string keys, as a list; of arrays perhaps without the dense elements.
    fn pairs(&mut self, o: &Object, elements: bool) -> Result<()> {
        let cx = self.cx;
        let keys = o.own_keys(cx)?;
        for k in keys.iter() {
            if k.is_symbol() || !elements && k.as_small_index().is_some_and(|i| o.has_element(i)) {
                continue;
            }
            match o.get_own_property(cx, k)? {
                Some(p) if p.is_enumerable() => {
                    let v = self.property(o, k, p)?;
                    self.key(k)?;
                    self.value(&v)?;
                }
                _ => {}
            }
        }
        self.end_of_pairs()
    }
    fn property(&mut self, o: &Object, k: &PropertyKey, p: Property) -> Result {
        match p {
            Property::Data { value, .. } => Ok(value),
            Property::Accessor { .. } if !self.o.clone => {
                Err(self.cx.throw_type("only value properties are supported"))
            }
            Property::Accessor { .. } if !self.scripted => {
                self.restart = true;
                Err(Thrown)
            }
            Property::Accessor { .. } => o.get(self.cx, k),
        }
    }

    fn array(&mut self, o: &Object) -> Result<()> {
        let dense = o.element_count();
        // The length is the one property that every array has.
        let bare = o.uses_dense_elements() && o.shape().slot_count() == 1;
        self.out.u8(if bare { tag::ARRAY } else { tag::ARRAY_PAIRS })?;
        self.out.varint(o.array_length() as u64)?;
        self.out.size(dense)?;
        if self.scripted {
            for i in 0..dense {
                self.value(&o.element(i as u32).unwrap_or(Value::HOLE))?;
            }
        } else {
            o.dense_elements().iter().try_for_each(|v| self.value(v))?;
        }
        if bare { Ok(()) } else { self.pairs(o, false) }
    }

    /// Objects of other classes.
    fn special(&mut self, o: &Object, class: u16) -> Result<()> {
        match class {
            id::NUMBER | id::STRING | id::BOOLEAN | id::SYMBOL | id::BIGINT => {
                let p = o.data::<Primitive>().map(|p| &p.0);
                let Some(p) = p.or_else(|| o.data::<BigIntPrimitive>().map(|p| &p.0)) else {
                    return Err(self.unsupported());
                };
                self.out.u8(tag::BOXED)?;
                self.value(p)
            }
            id::DATE => {
                self.out.u8(tag::DATE)?;
                let t = date::time_value(&o.to_value()).unwrap_or(f64::NAN);
                self.out.raw(&t.to_le_bytes())
            }
            id::REGEXP => {
                let Some((source, flags)) = regexp::source_and_flags(o) else {
                    return Err(self.unsupported());
                };
                self.out.u8(tag::REGEXP)?;
                self.string(&source)?;
                self.string(&flags)
            }
            id::MAP => self.map(o),
            id::SET => self.set(o),
            id::ERROR => self.error_object(o),
            id::DOM_EXCEPTION => {
                let Some((name, message)) = dom_exception::name_and_message(o) else {
                    return Err(self.unsupported());
                };
                self.out.u8(tag::DOM_EXCEPTION)?;
                self.string(&name)?;
                self.string(&message)?;
                self.hidden_property(o, self.cx.name(Name::stack))
            }
            id::ARRAY_BUFFER | id::SHARED_ARRAY_BUFFER => match o.data::<BufferData>() {
                Some(b) => match self.transfer.iter().position(|t| std::ptr::eq(&**t, o)) {
                    Some(n) => {
                        self.out.u8(tag::MOVED)?;
                        self.out.size(n)
                    }
                    None => self.buffer(b),
                },
                None => Err(self.unsupported()),
            },
            _ => match o.data::<ViewData>() {
                Some(v) => self.view(o, v),
                None => Err(self.unsupported()),
            },
        }
    }
    fn map(&mut self, o: &Object) -> Result<()> {
        let Some(d) = o.data::<MapData>() else { return Err(self.unsupported()) };
        self.out.u8(tag::MAP)?;
        if !self.scripted {
            self.out.size(d.0.len())?;
            let mut r = Ok(());
            d.0.visit(|k, v| r = r.and_then(|()| self.value(k)).and_then(|()| self.value(v)));
            return r;
        }
        let copy = d.0.copy(self.rt)?;
        self.out.size(copy.len())?;
        let mut r = Ok(());
        copy.visit(|k, v| r = r.and_then(|()| self.value(k)).and_then(|()| self.value(v)));
        r
    }
    fn set(&mut self, o: &Object) -> Result<()> {
        let Some(d) = o.data::<SetData>() else { return Err(self.unsupported()) };
        self.out.u8(tag::SET)?;
        let copy = if self.scripted { Some(d.0.copy(self.rt)?) } else { None };
        let table = copy.as_ref().unwrap_or(&d.0);
        self.out.size(table.len())?;
        let mut r = Ok(());
        table.visit(|k, ()| r = r.and_then(|()| self.value(k)));
        r
    }
    /// Kind, stack, then the properties.
    fn error_object(&mut self, o: &Object) -> Result<()> {
        let cx = self.cx;
        self.out.u8(tag::ERROR)?;
        let mut kind = 0;
        let mut p = o.proto();
        while let Some(q) = p {
            if let Some(k) = error::kind_of_prototype(cx, q) {
                kind = k;
                break;
            }
            p = q.proto();
        }
        self.out.u8(kind)?;
        // (A stack that Error.prepareStackTrace made something else of stays behind.)
        let stack = o.data::<ErrorData>().and_then(|d| d.stack.borrow().clone()).filter(|v| v.is_string());
        self.value(&stack.unwrap_or(Value::HOLE))?;
        for which in super::ERROR_PROPERTIES {
            self.hidden_property(o, cx.name(which))?;
        }
        if self.o.clone {
            // HTML: of an error only these.
            return self.end_of_pairs();
        }
        self.pairs(o, true)
    }
    /// A data property that is not enumerable, or HOLE.
    fn hidden_property(&mut self, o: &Object, k: &PropertyKey) -> Result<()> {
        match o.ordinary_get_own(self.cx, k)? {
            Some(Property::Data { value, flags }) if self.o.clone || flags & prop::ENUMERABLE == 0 => {
                self.value(&value)
            }
            _ => self.out.u8(tag::HOLE),
        }
    }
    fn buffer(&mut self, b: &BufferData) -> Result<()> {
        if b.is_shared() {
            return match b.shared_block() {
                Some(block) if self.o.shared => self.shared_buffer(b, SharedBlock(block)),
                _ => Err(self.not_allowed()),
            };
        }
        if b.is_detached() {
            return Err(if self.o.clone {
                self.unsupported()
            } else {
                self.cx.throw_type("ArrayBuffer is detached")
            });
        }
        let n = b.byte_length();
        let bits = if b.is_resizable() { buffer::RESIZABLE } else { 0 }
            | if b.is_immutable() { buffer::IMMUTABLE } else { 0 };
        self.out.raw(&[tag::BUFFER, bits])?;
        self.out.size(n)?;
        if b.is_resizable() {
            self.out.size(b.max_byte_length())?;
        }
        self.out.reserve(n)?;
        let mut part = [0; 4096];
        let mut at = 0;
        while at < n {
            let k = (n - at).min(part.len());
            if !b.read_bytes(at, &mut part[..k]) {
                return Err(self.unsupported());
            }
            self.out.raw(&part[..k])?;
            at += k;
        }
        Ok(())
    }
    fn shared_buffer(&mut self, b: &BufferData, block: SharedBlock) -> Result<()> {
        self.contents |= contents::SHARED;
        self.out.raw(&[tag::SHARED, b.is_resizable() as u8])?;
        self.out.raw(&(block.0 as usize as u64).to_le_bytes())?;
        if !self.shared.contains(&block) {
            if self.shared.try_reserve(1).is_err() || self.held.try_reserve(1).is_err() {
                return Err(self.cx.throw_oom());
            }
            if self.o.clone
                && let Some(hold) = b.share()
            {
                self.held.push(hold);
            }
            self.shared.push(block);
        }
        Ok(())
    }
    fn view(&mut self, o: &Object, v: &ViewData) -> Result<()> {
        let (kind, shift) = match Element::of_class(o.class()) {
            Some(e) => ((e.class() - id::UINT8C_ARRAY) as u8, e.shift()),
            None => ((id::DATAVIEW - id::UINT8C_ARRAY) as u8, 0),
        };
        let Some(length) = v.current_length(shift) else {
            return Err(if self.o.clone {
                self.unsupported()
            } else {
                self.cx.throw_type("typed array is out of bounds or its buffer is detached")
            });
        };
        self.out.raw(&[tag::VIEW, kind])?;
        self.out.size(v.offset())?;
        self.out.size(if v.is_tracking() { 0 } else { length + 1 })?;
        self.object(v.buffer())
    }
}
