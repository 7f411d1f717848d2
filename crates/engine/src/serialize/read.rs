//! The reader of values.

use super::code_read;
use super::format::{In, buffer, contents, key, tag};
use super::{HEADER, Loaded, LoadedKind, ReadOptions, SharedBlock, VERSION};
use crate::builtins::hash_table::HashTable;
use crate::builtins::map_set::{MapData, SetData};
use crate::builtins::typed_array::KINDS;
use crate::builtins::{array_buffer, date, dom_exception, error, regexp};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::object::buffer::{BufferData, MAX_BYTES, ViewData};
use crate::object::class::id;
use crate::object::function::ErrorData;
use crate::object::shape::{MAX_SHARED, prop};
use crate::object::{Object, Shape};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::text::{Chars, Str, Symbol, SymbolSort};
use crate::value::{Result, Thrown, Value};

pub(super) fn read(cx: &Context, bytes: &[u8], o: &ReadOptions<'_>) -> Result<Loaded> {
    let contents = check_header(cx, bytes, o)?;
    let bytes = bytes.get(HEADER..).unwrap_or(&[]);
    if contents & contents::BYTECODE != 0 {
        let (value, kind) = code_read::read(cx, bytes, o.all)?;
        return Ok(Loaded { value, kind, shared: Vec::new() });
    }
    let mut r = Reader::new(cx, bytes, o, contents);
    let value = r.value()?;
    r.finish(value)
}

/// Checks what precedes the value; what it says of the contents.
fn check_header(cx: &Context, bytes: &[u8], o: &ReadOptions<'_>) -> Result<u8> {
    let head = bytes.get(..HEADER);
    if !bytes.starts_with(&super::format::MAGIC[..bytes.len().min(3)]) {
        return Err(cx.throw_syntax("not a serialized value"));
    }
    if let Some(&v) = bytes.get(3)
        && v != VERSION
    {
        return Err(cx.throw_syntax(&format!("invalid version ({v} expected={VERSION})")));
    }
    let Some(&[_, _, _, _, a, b, c, d, contents]) = head else {
        return Err(cx.throw_syntax("read after the end of the buffer"));
    };
    if crc32fast::hash(&bytes[HEADER - 1..]) != u32::from_le_bytes([a, b, c, d]) {
        return Err(cx.throw_syntax("checksum error"));
    }
    let refused = [
        (contents::REFERENCES, o.references, "object references are not allowed"),
        (contents::BYTECODE, o.bytecode, "bytecode is not allowed"),
        (contents::SHARED, o.shared, "SharedArrayBuffer is not allowed"),
    ];
    for (bit, allowed, message) in refused {
        if contents & bit != 0 && !allowed {
            return Err(cx.throw_syntax(message));
        }
    }
    if contents >= 8 {
        return Err(cx.throw_syntax("unknown contents"));
    }
    Ok(contents)
}

/// The keys of a shape of the table, and the shape, if its objects have one that is shared and fit a cell.
struct Known {
    keys: Buf<PropertyKey>,
    shape: Option<Gc<Shape>>,
}

pub(super) struct Reader<'a> {
    cx: &'a Context,
    rt: &'a Runtime,
    input: In<'a>,
    o: &'a ReadOptions<'a>,
    contents: u8,
    strings: Buf<Gc<Str>>,
    symbols: Buf<Gc<Symbol>>,
    shapes: Buf<Known>,
    /// By number; None: begun, but not there yet.
    objects: Buf<Option<Gc<Object>>>,
    shared: Vec<SharedBlock>,
    units: Buf<u16>,
}

impl<'a> Reader<'a> {
    fn new(cx: &'a Context, bytes: &'a [u8], o: &'a ReadOptions<'a>, contents: u8) -> Reader<'a> {
        let rt = cx.rt();
        Reader {
            cx,
            rt,
            input: In::new(cx, bytes),
            o,
            contents,
            strings: Buf::new(rt),
            symbols: Buf::new(rt),
            shapes: Buf::new(rt),
            objects: Buf::new(rt),
            shared: Vec::new(),
            units: Buf::new(rt),
        }
    }
    fn finish(mut self, value: Value) -> Result<Loaded> {
        if self.input.left() != 0 {
            return Err(self.input.error("bytes after the value"));
        }
        Ok(Loaded { value, kind: LoadedKind::Value, shared: std::mem::take(&mut self.shared) })
    }
    #[cold]
    fn bad(&self, what: &str) -> Thrown {
        self.input.error(&format!("invalid {what}"))
    }

    // ---- strings

    /// A string of the table, which `head` began.
    #[inline]
    fn table_string(&mut self, head: u64) -> Result<Gc<Str>> {
        if head >= key::KNOWN {
            return match usize::try_from(head - key::KNOWN).ok().and_then(|n| self.strings.get(n)) {
                Some(s) => Ok(s.clone()),
                None => Err(self.bad("string number")),
            };
        }
        if head != key::NEW {
            return Err(self.bad("string"));
        }
        let n = self.input.varint()?;
        let len = usize::try_from(n >> 1).unwrap_or(usize::MAX);
        let s = if n & 1 == 0 {
            let c = self.input.raw(len)?;
            self.rt.intern(Chars::Latin1(c))?
        } else {
            self.input.units(len, &mut self.units)?;
            self.rt.intern(Chars::Utf16(&self.units))?
        };
        self.strings.push(s.clone())?;
        Ok(s)
    }
    /// A property key; None: the end of a list.
    #[inline]
    fn key(&mut self) -> Result<Option<PropertyKey>> {
        match self.input.varint()? {
            key::INDEX => match i32::try_from(self.input.varint()?) {
                Ok(i) => Ok(Some(PropertyKey::int(i))),
                Err(_) => Err(self.bad("index")),
            },
            key::END => Ok(None),
            head => {
                let s = self.table_string(head)?;
                self.rt.key_from_str(&s).map(Some)
            }
        }
    }
    fn must_key(&mut self) -> Result<PropertyKey> {
        match self.key()? {
            Some(k) => Ok(k),
            None => Err(self.bad("key")),
        }
    }
    fn string(&mut self) -> Result<Gc<Str>> {
        match self.value()?.into_gc::<Str>() {
            Ok(s) => Ok(s),
            Err(_) => Err(self.bad("string")),
        }
    }
    fn symbol(&mut self) -> Result {
        let s = match self.input.u8()? {
            3 => {
                let n = self.input.u32()? as usize;
                return match self.rt.symbols_all().get(n) {
                    Some(k) => Ok(k.raw().clone()),
                    None => Err(self.bad("symbol")),
                };
            }
            4 => {
                let n = self.input.u32()? as usize;
                return match self.symbols.get(n) {
                    Some(s) => Ok(s.to_value()),
                    None => Err(self.bad("symbol number")),
                };
            }
            0 => self.rt.new_symbol(None, SymbolSort::Local)?,
            1 => {
                let d = self.string()?;
                self.rt.new_symbol(Some(self.rt.intern_str(&d)?), SymbolSort::Local)?
            }
            2 => {
                let d = self.string()?;
                self.rt.symbol_for(&d)?
            }
            _ => return Err(self.bad("symbol")),
        };
        self.symbols.push(s.clone())?;
        Ok(s.into())
    }
    // ---- values

    /// A value.
    #[inline]
    pub fn value(&mut self) -> Result {
        let v = self.element()?;
        if v.is_hole() { Err(self.bad("tag")) } else { Ok(v) }
    }
    /// A value, or the hole.
    fn element(&mut self) -> Result {
        let t = self.input.u8()?;
        if t >= tag::SMALL {
            return Ok(Value::int((t - tag::SMALL) as i32));
        }
        if t >= tag::SHAPED {
            return self.shaped((t - tag::SHAPED) as usize);
        }
        if t >= tag::SHORT {
            let c = self.input.raw((t - tag::SHORT) as usize)?;
            return self.rt.new_latin1(c).map(Value::from);
        }
        match t {
            tag::NULL => Ok(Value::NULL),
            tag::UNDEFINED => Ok(Value::UNDEFINED),
            tag::FALSE => Ok(Value::FALSE),
            tag::TRUE => Ok(Value::TRUE),
            tag::HOLE => Ok(Value::HOLE),
            tag::INT => match i32::try_from(self.input.signed()?) {
                Ok(i) => Ok(Value::int(i)),
                Err(_) => Err(self.bad("integer")),
            },
            tag::DOUBLE => Ok(Value::double_unchecked(f64::from_le_bytes(self.input.array()?))),
            tag::LATIN1 => {
                let n = self.input.count(1)?;
                self.rt.new_latin1(self.input.raw(n)?).map(Value::from)
            }
            tag::UTF16 => {
                let n = self.input.count(2)?;
                self.input.units(n, &mut self.units)?;
                self.rt.new_utf16(&self.units).map(Value::from)
            }
            tag::STRING => self.text().map(Value::from),
            tag::SYMBOL => self.symbol(),
            tag::BIGINT => bigint(self.cx, &mut self.input),
            tag::REFERENCE => {
                let n = self.input.u32()? as usize;
                match self.objects.get(n) {
                    Some(Some(o)) => Ok(o.to_value()),
                    _ => Err(self.bad("object reference")),
                }
            }
            _ => self.object(t).map(Value::from),
        }
    }
    /// A text of the table: unlike a name it is not interned.
    fn text(&mut self) -> Result<Gc<Str>> {
        let head = self.input.varint()?;
        if head != key::NEW {
            return self.table_string(head);
        }
        let n = self.input.varint()?;
        let len = usize::try_from(n >> 1).unwrap_or(usize::MAX);
        let s = if n & 1 == 0 {
            self.rt.new_latin1(self.input.raw(len)?)?
        } else {
            self.input.units(len, &mut self.units)?;
            self.rt.new_utf16(&self.units)?
        };
        self.strings.push(s.clone())?;
        Ok(s)
    }

    /// Numbers an object.
    #[inline(always)]
    fn add(&mut self, o: &Gc<Object>) -> Result<()> {
        if self.contents & contents::REFERENCES != 0 {
            self.objects.push(Some(o.clone()))?;
        }
        Ok(())
    }
    /// Numbers an object that cannot be made before what is in it.
    fn reserve(&mut self) -> Result<usize> {
        let n = self.objects.len();
        if self.contents & contents::REFERENCES != 0 {
            self.objects.push(None)?;
        }
        Ok(n)
    }
    fn put(&mut self, n: usize, o: &Gc<Object>) {
        if let Some(p) = self.objects.get_mut(n) {
            *p = Some(o.clone());
        }
    }

    /// An object of a shape of the table.
    fn shaped(&mut self, number: usize) -> Result {
        self.cx.check_stack()?;
        let Some(k) = self.shapes.get(number) else { return Err(self.bad("shape number")) };
        let n = k.keys.len();
        if n > self.input.left() {
            return Err(self.bad("object"));
        }
        if let Some(s) = &k.shape {
            let nothing = std::iter::repeat_n(Value::UNDEFINED, n);
            if let Some(o) = Object::alloc_filled(self.rt, s, nothing)? {
                self.add(&o)?;
                for i in 0..n {
                    let v = self.value()?;
                    o.set_slot(i, v);
                }
                return Ok(o.into());
            }
        }
        let o = self.cx.new_object_with_room(n.min(32))?;
        self.add(&o)?;
        for i in 0..n {
            let v = self.value()?;
            let Some(k) = self.shapes.get(number).and_then(|k| k.keys.get(i)).cloned() else {
                return Err(self.bad("shape number"));
            };
            o.add_property(&k, v, prop::ALL)?;
        }
        Ok(o.into())
    }
    /// The keys of a new shape.
    fn new_shape(&mut self) -> Result<usize> {
        let n = self.input.count(1)?;
        let mut keys = Buf::with_capacity(self.rt, n)?;
        let mut shape = Some(self.cx.object_shape());
        // Long lists are checked for double keys by an object that is thrown away.
        let long = if n > MAX_SHARED / 4 { Some(self.cx.new_object()?) } else { None };
        for _ in 0..n {
            let k = self.must_key()?;
            let double = match (&shape, &long) {
                (_, Some(o)) => {
                    let found = o.shape().lookup(&k).is_some();
                    if !found {
                        o.add_property(&k, Value::UNDEFINED, prop::ALL)?;
                    }
                    found
                }
                (Some(s), None) => s.lookup(&k).is_some(),
                (None, None) => false,
            };
            if double {
                return Err(self.bad("key"));
            }
            if long.is_none()
                && let Some(s) = shape.take()
            {
                shape = Some(s.add(self.rt, &k, prop::ALL)?);
            }
            keys.push(k)?;
        }
        if long.is_some() {
            shape = None;
        }
        self.shapes.push(Known { keys, shape })?;
        Ok(self.shapes.len() - 1)
    }
    /// Keys and values up to the end of the list.
    fn pairs(&mut self, o: &Gc<Object>) -> Result<()> {
        while let Some(k) = self.key()? {
            let v = self.value()?;
            if o.class() == id::OBJECT {
                // Not the general way: it would ask for a LAZY member.
                match o.shape().lookup(&k) {
                    Some((slot, _)) => o.set_slot(slot, v),
                    None => o.add_property(&k, v, prop::ALL)?,
                }
            } else if !o.create_data_property(self.cx, &k, v)? {
                return Err(self.bad("property"));
            }
        }
        Ok(())
    }

    fn object(&mut self, t: u8) -> Result<Gc<Object>> {
        let cx = self.cx;
        cx.check_stack()?;
        match t {
            tag::OBJECT_NEW => {
                // (The object is numbered after its keys are read: they are none.)
                let n = self.new_shape()?;
                self.shaped(n).and_then(|v| v.into_gc::<Object>().map_err(|_| Thrown))
            }
            tag::OBJECT => {
                let n = self.input.u32()? as usize;
                self.shaped(n).and_then(|v| v.into_gc::<Object>().map_err(|_| Thrown))
            }
            tag::OBJECT_PAIRS => {
                let o = cx.new_object()?;
                self.add(&o)?;
                self.pairs(&o)?;
                Ok(o)
            }
            tag::ARRAY | tag::ARRAY_PAIRS => {
                let length = self.input.u32()?;
                let dense = self.input.count(1)?;
                if dense > length as usize {
                    return Err(self.bad("array"));
                }
                let a = cx.new_array(dense)?;
                self.add(&a)?;
                for _ in 0..dense {
                    let v = self.element()?;
                    a.push_element(v)?;
                }
                a.set_array_length_raw(length);
                if t == tag::ARRAY_PAIRS {
                    self.pairs(&a)?;
                }
                Ok(a)
            }
            tag::BOXED => {
                let n = self.reserve()?;
                let v = self.value()?;
                if v.is_object() || v.is_nullish() {
                    return Err(self.bad("object"));
                }
                let o = cx.to_object(&v)?;
                self.put(n, &o);
                Ok(o)
            }
            tag::DATE => {
                let o = date::new_date(cx, f64::from_le_bytes(self.input.array()?))?;
                self.add(&o)?;
                Ok(o)
            }
            tag::REGEXP => {
                let n = self.reserve()?;
                let (source, flags) = (self.string()?, self.string()?);
                let o = regexp::create(cx, &source.into(), &flags.into())?;
                self.put(n, &o);
                Ok(o)
            }
            tag::MAP => {
                let proto = cx.intrinsic(Intrinsic::MapPrototype)?.clone();
                let o = cx.new_with_data(Some(&proto), id::MAP, MapData(HashTable::new(self.rt)))?;
                self.add(&o)?;
                for _ in 0..self.input.count(2)? {
                    let (k, v) = (self.value()?, self.value()?);
                    if let Some(d) = o.data::<MapData>() {
                        d.0.set(self.rt, &k, v)?;
                    }
                }
                Ok(o)
            }
            tag::SET => {
                let proto = cx.intrinsic(Intrinsic::SetPrototype)?.clone();
                let o = cx.new_with_data(Some(&proto), id::SET, SetData(HashTable::new(self.rt)))?;
                self.add(&o)?;
                for _ in 0..self.input.count(1)? {
                    let k = self.value()?;
                    if let Some(d) = o.data::<SetData>() {
                        d.0.set(self.rt, &k, ())?;
                    }
                }
                Ok(o)
            }
            tag::ERROR => self.error_object(),
            tag::DOM_EXCEPTION => {
                let n = self.reserve()?;
                let (name, message, stack) = (self.string()?, self.string()?, self.element()?);
                let o = dom_exception::from_parts(cx, name, message)?;
                self.put(n, &o);
                if !stack.is_hole() {
                    o.define(cx, cx.name(Name::stack), stack, prop::WRITABLE | prop::CONFIGURABLE)?;
                }
                Ok(o)
            }
            tag::BUFFER => self.buffer(),
            tag::SHARED => self.shared_buffer(),
            tag::VIEW => self.view(),
            tag::MOVED => {
                let n = self.input.u32()? as usize;
                let Some(o) = self.o.transferred.get(n) else { return Err(self.bad("transferred buffer")) };
                self.add(o)?;
                Ok(o.clone())
            }
            _ => Err(self.bad("tag")),
        }
    }
    fn error_object(&mut self) -> Result<Gc<Object>> {
        let cx = self.cx;
        let kind = self.input.u8()?;
        let Some(proto) = error::prototype_of_kind(cx, kind)? else { return Err(self.bad("error")) };
        let o = cx.new_with_data(Some(&proto), id::ERROR, ErrorData::default())?;
        self.add(&o)?;
        let stack = self.element()?;
        if let Some(d) = o.data::<ErrorData>().filter(|_| stack.is_string()) {
            d.stack.replace(Some(stack));
        }
        for which in super::ERROR_PROPERTIES {
            let v = self.element()?;
            if !v.is_hole() {
                o.define(cx, cx.name(which), v, prop::WRITABLE | prop::CONFIGURABLE)?;
            }
        }
        self.pairs(&o)?;
        Ok(o)
    }
    fn buffer(&mut self) -> Result<Gc<Object>> {
        let cx = self.cx;
        let bits = self.input.u8()?;
        if bits > buffer::RESIZABLE | buffer::IMMUTABLE {
            return Err(self.bad("buffer"));
        }
        let n = self.input.u32()? as u64;
        let max = if bits & buffer::RESIZABLE != 0 { Some(self.input.u32()? as u64) } else { None };
        if n > MAX_BYTES || max.is_some_and(|m| m > MAX_BYTES || m < n) {
            return Err(self.bad("buffer"));
        }
        let bytes = self.input.raw(n as usize)?;
        let data = BufferData::new(self.rt, n, max).map_err(|e| array_buffer::throw_block(cx, e))?;
        if n > 0 && !data.write_bytes(0, bytes) {
            return Err(self.bad("buffer"));
        }
        data.set_immutable(bits & buffer::IMMUTABLE != 0);
        let o = array_buffer::from_data(cx, data)?;
        self.add(&o)?;
        Ok(o)
    }
    /// The memory of another runtime's SharedArrayBuffer.
    #[allow(unsafe_code)]
    fn shared_buffer(&mut self) -> Result<Gc<Object>> {
        let growable = self.input.u8()?;
        let address = u64::from_le_bytes(self.input.array()?);
        let block = SharedBlock(usize::try_from(address).unwrap_or(0) as *mut _);
        let known = match self.o.shared_blocks {
            Some(list) => list.contains(&block),
            None => !block.0.is_null(),
        };
        if growable > 1 || self.contents & contents::SHARED == 0 || !self.o.shared || !known {
            return Err(self.bad("shared buffer"));
        }
        // SAFETY: the caller asked for addresses from the bytes, vouching that they come from this process and that
        // the blocks are still held; or listed the blocks that they may be of.
        let data = unsafe { BufferData::from_shared_block(self.rt, block.0, growable == 1) };
        if !self.shared.contains(&block) {
            if self.shared.try_reserve(1).is_err() {
                return Err(self.cx.throw_oom());
            }
            self.shared.push(block);
        }
        let o = array_buffer::from_data(self.cx, data)?;
        self.add(&o)?;
        Ok(o)
    }
    fn view(&mut self) -> Result<Gc<Object>> {
        let cx = self.cx;
        let n = self.reserve()?;
        let kind = self.input.u8()? as usize;
        let offset = self.input.u32()? as usize;
        let length = self.input.u32()? as usize;
        let (proto, class, size) = match KINDS.get(kind) {
            Some((e, proto, ..)) => (*proto, e.class(), e.size()),
            None if kind == KINDS.len() => (Intrinsic::DataViewPrototype, id::DATAVIEW, 1),
            None => return Err(self.bad("view")),
        };
        let length = length.checked_sub(1);
        let Ok(buffer) = self.value()?.into_gc::<Object>() else { return Err(self.bad("view")) };
        // A view that was within its buffer still is: the buffer came with it.
        let fits = match buffer.data::<BufferData>() {
            Some(b) if length.is_none() => b.is_resizable() && offset <= b.byte_length(),
            Some(b) => length
                .and_then(|n| n.checked_mul(size)?.checked_add(offset))
                .is_some_and(|end| end <= b.byte_length()),
            None => false,
        };
        if !fits || !offset.is_multiple_of(size) {
            return Err(self.bad("view"));
        }
        let Some(data) = ViewData::new(buffer, offset, length, size) else { return Err(self.bad("view")) };
        let proto = cx.intrinsic(proto)?.clone();
        let o = cx.new_with_data(Some(&proto), class, data)?;
        self.put(n, &o);
        Ok(o)
    }
}

pub(super) fn bigint(cx: &Context, input: &mut In<'_>) -> Result {
    let head = input.varint()?;
    let n = head >> 1;
    if n > (input.left() / 8) as u64 {
        return Err(input.error("invalid BigInt"));
    }
    let bytes = input.raw(n as usize * 8)?;
    let mut words: Buf<u64> = Buf::with_capacity(cx.rt(), n as usize)?;
    for chunk in bytes.chunks_exact(8) {
        words.push(chunk.try_into().map_or(0, u64::from_le_bytes))?;
    }
    match qjs_numeric::BigInt::from_words(head & 1 != 0, &words) {
        Ok(b) => cx.rt().new_bigint(b),
        Err(_) => Err(input.error("invalid BigInt")),
    }
}
