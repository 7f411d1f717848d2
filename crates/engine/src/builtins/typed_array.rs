//! Typed arrays: %TypedArray%, the twelve constructors, and their exotic internal methods (10.4.5, 23.2).

use super::array_buffer::{new_buffer, throw_block};
use super::typed_array_proto::{BASE_MEMBERS, BASE_STATICS};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::iteration::IteratorRecord;
use crate::object::buffer::{BlockError, BufferData, Element, ViewData, fast_get, fast_set, typed_array};
use crate::object::class::{ClassId, vt_of};
use crate::object::exotic::Exotic;
use crate::object::function::{Call, FunctionSpec, NativeData};
use crate::object::lazy::{Def, DefKey, What, make_constructor};
use crate::object::shape::prop;
use crate::object::{Descriptor, Keys, Object, Property};
use crate::text::Chars;
use crate::text::atoms::PropertyKey;
use crate::text::names::Sym;
use crate::value::{Result, Thrown, Value};

pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<ViewData>()), Some(&TypedArrayExotic))
}

/// Prototype, constructor and name of each element type, in the order of `Element`.
pub const KINDS: [(Element, Intrinsic, Intrinsic, &str); 12] = {
    use Intrinsic as I;
    [
        (Element::Uint8C, I::Uint8ClampedArrayPrototype, I::Uint8ClampedArray, "Uint8ClampedArray"),
        (Element::Int8, I::Int8ArrayPrototype, I::Int8Array, "Int8Array"),
        (Element::Uint8, I::Uint8ArrayPrototype, I::Uint8Array, "Uint8Array"),
        (Element::Int16, I::Int16ArrayPrototype, I::Int16Array, "Int16Array"),
        (Element::Uint16, I::Uint16ArrayPrototype, I::Uint16Array, "Uint16Array"),
        (Element::Int32, I::Int32ArrayPrototype, I::Int32Array, "Int32Array"),
        (Element::Uint32, I::Uint32ArrayPrototype, I::Uint32Array, "Uint32Array"),
        (Element::BigInt64, I::BigInt64ArrayPrototype, I::BigInt64Array, "BigInt64Array"),
        (Element::BigUint64, I::BigUint64ArrayPrototype, I::BigUint64Array, "BigUint64Array"),
        (Element::Float16, I::Float16ArrayPrototype, I::Float16Array, "Float16Array"),
        (Element::Float32, I::Float32ArrayPrototype, I::Float32Array, "Float32Array"),
        (Element::Float64, I::Float64ArrayPrototype, I::Float64Array, "Float64Array"),
    ]
};

/// A typed array and what its methods need.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a> {
    pub o: &'a Object,
    pub view: &'a ViewData,
    pub e: Element,
}

impl<'a> Typed<'a> {
    pub fn of(o: &'a Object) -> Option<Typed<'a>> {
        typed_array(o).map(|(view, e)| Typed { o, view, e })
    }
    /// TypedArrayLength, or None when detached or out of bounds.
    pub fn len(&self) -> Option<usize> {
        self.view.current_length(self.e.shift())
    }
    /// TypedArrayGetElement; undefined outside.
    pub fn get(&self, cx: &Context, i: usize) -> Result {
        if i < u32::MAX as usize
            && let Some(v) = fast_get(self.o, i as u32)
        {
            return Ok(v);
        }
        if self.len().is_none_or(|n| i >= n) {
            return Ok(Value::UNDEFINED);
        }
        match self.view.block().load(self.view.offset() + (i << self.e.shift()), self.e.size()) {
            Some(raw) => self.e.to_value(cx.rt(), raw),
            None => Ok(Value::UNDEFINED),
        }
    }
    /// Converts a value to raw bytes (ToNumber or ToBigInt may run script).
    pub fn convert(&self, cx: &Context, v: &Value) -> Result<u64> {
        if let Some(raw) = self.e.from_value(v) {
            return Ok(raw);
        }
        let x = if self.e.is_bigint() { cx.to_bigint(v)? } else { Value::number(cx.to_number(v)?) };
        Ok(self.e.from_value(&x).unwrap_or(0))
    }
    /// Stores raw bytes if the index is (still) valid.
    pub fn put(&self, i: usize, raw: u64) {
        if !self.view.block().is_immutable() && self.len().is_some_and(|n| i < n) {
            self.view.block().store(self.view.offset() + (i << self.e.shift()), self.e.size(), raw);
        }
    }
    /// TypedArraySetElement (10.4.5.18).
    pub fn set(&self, cx: &Context, i: usize, v: &Value) -> Result<()> {
        if i < u32::MAX as usize && fast_set(self.o, i as u32, v).is_some() {
            return Ok(());
        }
        let raw = self.convert(cx, v)?;
        self.put(i, raw);
        Ok(())
    }
    /// Set(O, i, v, true): immutable buffers refuse.
    pub fn set_or_throw(&self, cx: &Context, i: usize, v: &Value) -> Result<()> {
        if self.view.block().is_immutable() {
            return self.o.set_index(cx, i as u64, v.clone());
        }
        self.set(cx, i, v)
    }
    pub fn throw_bounds(cx: &Context) -> Thrown {
        cx.throw_type("typed array is out of bounds or its buffer is detached")
    }
}

/// ValidateTypedArray: the view and its length.
pub(crate) fn validate<'a>(cx: &Context, v: &'a Value) -> Result<(Typed<'a>, usize)> {
    let Some(t) = v.as_object().and_then(Typed::of) else {
        return Err(cx.throw_type("not a TypedArray"));
    };
    match t.len() {
        Some(n) => Ok((t, n)),
        None => Err(Typed::throw_bounds(cx)),
    }
}
/// ValidateTypedArray for writing: immutable buffers are refused too.
pub(crate) fn validate_write<'a>(cx: &Context, v: &'a Value) -> Result<(Typed<'a>, usize)> {
    let Some(t) = v.as_object().and_then(Typed::of) else {
        return Err(cx.throw_type("not a TypedArray"));
    };
    if t.view.block().is_immutable() {
        return Err(cx.throw_type("array buffer is immutable"));
    }
    validate(cx, v)
}

// ---- exotic internal methods

struct TypedArrayExotic;

/// What a key means to a typed array: None: an ordinary key; Some(None): a numeric string that is no valid
/// integer index.
fn numeric_index(key: &PropertyKey) -> Option<Option<u64>> {
    if let Some(i) = key.as_small_index() {
        return Some(Some(i as u64));
    }
    let s = key.as_str()?;
    let c = s.flat_chars()?;
    let first = c.get(0)?;
    // Only these can begin a canonical numeric string.
    if !((48..58).contains(&first) || first == 45 || first == 73 || first == 78) {
        return None;
    }
    let n = match c {
        Chars::Latin1(b) => qjs_numeric::from_text::canonical_numeric_index(b)?,
        Chars::Utf16(u) => qjs_numeric::from_text::canonical_numeric_index(u)?,
    };
    if n.trunc() != n || (n == 0.0 && n.is_sign_negative()) || !(0.0..9007199254740992.0).contains(&n) {
        return Some(None);
    }
    Some(Some(n as u64))
}
/// IsValidIntegerIndex
fn valid(t: &Typed<'_>, i: Option<u64>) -> Option<usize> {
    let i = i?;
    if t.len().is_some_and(|n| i < n as u64) { Some(i as usize) } else { None }
}
fn typed(o: &Object) -> Option<Typed<'_>> {
    Typed::of(o)
}

impl Exotic for TypedArrayExotic {
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            return Ok(match valid(&t, i) {
                Some(i) => {
                    let f = if t.view.block().is_immutable() { prop::ENUMERABLE } else { prop::ALL };
                    Some(Property::data(t.get(cx, i)?, f))
                }
                None => None,
            });
        }
        o.ordinary_get_own(cx, key)
    }
    fn has_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            return Ok(valid(&t, i).is_some());
        }
        if o.ordinary_get_own(cx, key)?.is_some() {
            return Ok(true);
        }
        match o.proto().cloned() {
            Some(p) => p.has_property(cx, key),
            None => Ok(false),
        }
    }
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            let Some(i) = valid(&t, i) else {
                return Ok(false);
            };
            if t.view.block().is_immutable() {
                let p = Property::data(t.get(cx, i)?, prop::ENUMERABLE);
                return Ok(crate::object::define::is_compatible(&p, d));
            }
            if d.configurable == Some(false)
                || d.enumerable == Some(false)
                || d.is_accessor()
                || d.writable == Some(false)
            {
                return Ok(false);
            }
            if let Some(v) = &d.value {
                t.set(cx, i, v)?;
            }
            return Ok(true);
        }
        o.ordinary_define_own(cx, key, d)
    }
    fn get(&self, cx: &Context, o: &Object, key: &PropertyKey, receiver: &Value) -> Result {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            return match valid(&t, i) {
                Some(i) => t.get(cx, i),
                None => Ok(Value::UNDEFINED),
            };
        }
        match o.ordinary_get_own(cx, key)? {
            Some(p) => p.read(cx, receiver),
            None => match o.proto().cloned() {
                Some(p) => p.get_with_receiver(cx, key, receiver),
                None => Ok(Value::UNDEFINED),
            },
        }
    }
    fn set(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            if receiver.as_object().is_some_and(|r| std::ptr::eq(r, o)) {
                if t.view.block().is_immutable() {
                    return Ok(false);
                }
                let raw = t.convert(cx, &value)?;
                if let Some(i) = valid(&t, i) {
                    t.put(i, raw);
                }
                return Ok(true);
            }
            if valid(&t, i).is_none() {
                return Ok(true);
            }
        }
        let own = self.get_own_property(cx, o, key)?;
        o.ordinary_set_with_own(cx, key, value, receiver, own)
    }
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if let (Some(i), Some(t)) = (numeric_index(key), typed(o)) {
            return Ok(valid(&t, i).is_none());
        }
        o.ordinary_delete(cx, key)
    }
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        let n = typed(o).and_then(|t| t.len()).unwrap_or(0);
        let mut keys = Keys::with_capacity(cx.rt(), n)?;
        for i in 0..n {
            keys.push(cx.rt().key_from_number(i as u64)?)?;
        }
        for k in o.ordinary_own_keys(cx)?.iter() {
            keys.push(k.clone())?;
        }
        Ok(keys)
    }
    fn prevent_extensions(&self, cx: &Context, o: &Object) -> Result<bool> {
        // IsTypedArrayFixedLength
        if let Some(t) = typed(o) {
            let b = t.view.block();
            if t.view.is_tracking() || (b.is_resizable() && !b.is_shared()) {
                return Ok(false);
            }
        }
        o.ordinary_prevent_extensions(cx)
    }
}

// ---- making typed arrays

/// A typed array of `n` zeros with the given prototype.
pub(crate) fn allocate(cx: &Context, e: Element, proto: &Object, n: u64) -> Result<Gc<Object>> {
    let Some(bytes) = n.checked_mul(e.size() as u64) else {
        return Err(cx.throw_range("invalid array length"));
    };
    let buffer = new_buffer(cx, bytes)?;
    over(cx, e, proto, buffer, 0, Some(n as usize))
}
/// A typed array over a buffer (offsets were checked).
pub(crate) fn over(
    cx: &Context,
    e: Element,
    proto: &Object,
    buffer: Gc<Object>,
    offset: usize,
    n: Option<usize>,
) -> Result<Gc<Object>> {
    let Some(data) = ViewData::new(buffer, offset, n, e.size()) else {
        return Err(throw_block(cx, BlockError::TooLong));
    };
    cx.new_with_data(Some(proto), e.class(), data)
}
/// The prototype of typed arrays of an element type.
pub(super) fn prototype(e: Element) -> Intrinsic {
    KINDS[e as usize].1
}
/// A new typed array with this realm's prototype.
pub fn new_typed_array(cx: &Context, e: Element, n: u64) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(KINDS[e as usize].1)?.clone();
    allocate(cx, e, &proto, n)
}

/// A Uint8Array on a new buffer that holds a copy of `bytes`; immutable ones are what `type: "bytes"` imports give.
pub fn new_bytes(cx: &Context, bytes: &[u8], immutable: bool) -> Result<Gc<Object>> {
    let o = new_typed_array(cx, Element::Uint8, bytes.len() as u64)?;
    if let Some((view, _)) = crate::object::buffer::typed_array(&o) {
        view.block().write_bytes(0, bytes);
        view.block().set_immutable(immutable);
    }
    Ok(o)
}

/// InitializeTypedArrayFromArrayBuffer's checks and effect (23.2.5.1.3).
pub fn from_buffer(
    cx: &Context,
    e: Element,
    proto: &Object,
    buffer: &Object,
    offset: &Value,
    length: &Value,
) -> Result<Gc<Object>> {
    let Some(b) = buffer.data::<BufferData>() else {
        return Err(cx.throw_type("not an ArrayBuffer"));
    };
    let size = e.size() as u64;
    let offset = cx.to_index(offset)?;
    if !offset.is_multiple_of(size) {
        return Err(cx.throw_range("invalid offset"));
    }
    let tracking = length.is_undefined() && b.is_resizable();
    let new_len = if length.is_undefined() { 0 } else { cx.to_index(length)? };
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let bytes = b.byte_length() as u64;
    if tracking {
        if offset > bytes {
            return Err(cx.throw_range("invalid offset"));
        }
        return over(cx, e, proto, buffer.to_gc(), offset as usize, None);
    }
    let n = if length.is_undefined() {
        if !bytes.is_multiple_of(size) {
            return Err(cx.throw_range("invalid length"));
        }
        match bytes.checked_sub(offset) {
            Some(n) => n / size,
            None => return Err(cx.throw_range("invalid offset")),
        }
    } else {
        match new_len.checked_mul(size).and_then(|n| n.checked_add(offset)) {
            Some(end) if end <= bytes => new_len,
            _ => return Err(cx.throw_range("invalid length")),
        }
    };
    over(cx, e, proto, buffer.to_gc(), offset as usize, Some(n as usize))
}

/// The constructors (23.2.5.1); magic: the element type.
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("constructor requires 'new'"));
    }
    let (e, proto_i, ..) = KINDS[c.magic as usize];
    let Some(first) = c.arg(0).as_object() else {
        let n = cx.to_index(c.arg(0))?;
        let proto = cx.prototype_from_constructor(c.new_target, proto_i)?;
        return allocate(cx, e, &proto, n).map(Value::from);
    };
    let proto = cx.prototype_from_constructor(c.new_target, proto_i)?;
    if let Some(src) = Typed::of(first) {
        let Some(n) = src.len() else {
            return Err(Typed::throw_bounds(cx));
        };
        if src.e.is_bigint() != e.is_bigint() {
            return Err(cx.throw_type("content type mismatch"));
        }
        let o = allocate(cx, e, &proto, n as u64)?;
        if let Some(dst) = Typed::of(&o) {
            copy_elements(cx, &src, 0, &dst, 0, n)?;
        }
        return Ok(o.into());
    }
    if first.data::<BufferData>().is_some() {
        return from_buffer(cx, e, &proto, first, c.arg(1), c.arg(2)).map(Value::from);
    }
    if let Some(m) = cx.get_method(c.arg(0), cx.symbol(Sym::iterator))? {
        let list = collect(cx, c.arg(0), &m)?;
        return from_list(cx, e, &proto, &list).map(Value::from);
    }
    let n = cx.length_of(first)?;
    let o = allocate(cx, e, &proto, n)?;
    for i in 0..n {
        cx.poll()?;
        let v = first.get_index(cx, i)?;
        if let Some(t) = Typed::of(&o) {
            t.set(cx, i as usize, &v)?;
        }
    }
    Ok(o.into())
}
fn from_list(cx: &Context, e: Element, proto: &Object, list: &[Value]) -> Result<Gc<Object>> {
    let o = allocate(cx, e, proto, list.len() as u64)?;
    for (i, v) in list.iter().enumerate() {
        if let Some(t) = Typed::of(&o) {
            t.set(cx, i, v)?;
        }
    }
    Ok(o)
}
/// IteratorToList(GetIteratorFromMethod(v, method))
pub(crate) fn collect(cx: &Context, v: &Value, method: &Value) -> Result<Buf<Value>> {
    let mut list = Buf::new(cx.rt());
    if cx.is_plain_iterable(v)? {
        cx.for_each(v, |x| list.push(x))?;
        return Ok(list);
    }
    let mut it = IteratorRecord::from_method(cx, v, method)?;
    while let Some(x) = it.step(cx)? {
        list.push(x)?;
        cx.poll()?;
    }
    Ok(list)
}
/// Copies `n` elements between typed arrays of one content type, converting; bytes where types agree.
pub(crate) fn copy_elements(
    cx: &Context,
    src: &Typed<'_>,
    from: usize,
    dst: &Typed<'_>,
    to: usize,
    n: usize,
) -> Result<()> {
    let (s, d) = (src.view.offset() + (from << src.e.shift()), dst.view.offset() + (to << dst.e.shift()));
    if src.e == dst.e {
        dst.view.block().copy_from(d, src.view.block(), s, n << src.e.shift());
        return Ok(());
    }
    for i in 0..n {
        let Some(raw) = src.view.block().load(s + (i << src.e.shift()), src.e.size()) else {
            break;
        };
        let raw = if src.e.is_bigint() { raw } else { dst.e.encode(src.e.decode(raw)) };
        dst.view.block().store(d + (i << dst.e.shift()), dst.e.size(), raw);
        if i % 4096 == 0 {
            cx.poll()?;
        }
    }
    Ok(())
}

/// Which of this realm's own twelve constructors it is, if it is one: they need not be called.
pub(crate) fn own_constructor(cx: &Context, ctor: &Object) -> Option<Element> {
    match ctor.data::<NativeData>() {
        Some(d) if std::ptr::fn_addr_eq(d.f, CONSTRUCT) && std::ptr::eq(&*d.realm, cx) => {
            KINDS.get(d.magic as usize).map(|k| k.0)
        }
        _ => None,
    }
}
const CONSTRUCT: crate::object::function::NativeFn = construct;

/// TypedArrayCreateFromConstructor with one length argument: validated, long enough, writable.
pub(crate) fn create_with_length(cx: &Context, ctor: &Object, n: u64) -> Result<Gc<Object>> {
    if let Some(e) = own_constructor(cx, ctor) {
        return new_typed_array(cx, e, n);
    }
    let o = cx.construct(ctor, &[Value::number(n as f64)], ctor)?;
    let (_, len) = validate_write(cx, o.as_value())?;
    if (len as u64) < n {
        return Err(cx.throw_type("typed array is too short"));
    }
    Ok(o)
}
/// TypedArraySpeciesCreate's constructor.
pub(crate) fn species(cx: &Context, t: &Typed<'_>) -> Result<Gc<Object>> {
    cx.species_constructor(t.o, KINDS[t.e as usize].2)
}
/// TypedArraySpeciesCreate with a length.
pub(crate) fn species_create(cx: &Context, t: &Typed<'_>, n: u64) -> Result<Gc<Object>> {
    let ctor = species(cx, t)?;
    let o = create_with_length(cx, &ctor, n)?;
    check_content(cx, t, &o)?;
    Ok(o)
}
/// The result's content type must be the exemplar's.
pub(crate) fn check_content(cx: &Context, t: &Typed<'_>, o: &Object) -> Result<()> {
    match Typed::of(o) {
        Some(r) if r.e.is_bigint() == t.e.is_bigint() => Ok(()),
        _ => Err(cx.throw_type("content type mismatch")),
    }
}

fn abstract_construct(c: &Call<'_>) -> Result {
    Err(c.cx.throw_type("cannot be called"))
}

const fn bytes(n: i32) -> [Def; 1] {
    [Def { key: DefKey::S("BYTES_PER_ELEMENT"), what: What::Int(n), flags: 0 }]
}
static B1: [Def; 1] = bytes(1);
static B2: [Def; 1] = bytes(2);
static B4: [Def; 1] = bytes(4);
static B8: [Def; 1] = bytes(8);

/// Makes %TypedArray%, or one of the twelve.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    if matches!(i, Intrinsic::TypedArray | Intrinsic::TypedArrayPrototype) {
        let proto = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
        let spec = FunctionSpec {
            f: abstract_construct,
            name: "TypedArray",
            length: 0,
            magic: 0,
            constructor: true,
        };
        let f = make_constructor(cx, &spec, None, &proto, BASE_STATICS, BASE_MEMBERS)?;
        // toString is Array.prototype's own function.
        let to_string = cx.array_prototype().get(cx, cx.name(crate::text::names::Name::toString))?;
        proto.define(
            cx,
            cx.name(crate::text::names::Name::toString),
            to_string,
            prop::WRITABLE | prop::CONFIGURABLE,
        )?;
        cx.set_intrinsic(Intrinsic::TypedArrayPrototype, proto);
        cx.set_intrinsic(Intrinsic::TypedArray, f);
        return Ok(());
    }
    let Some(k) = KINDS.iter().position(|k| k.1 == i || k.2 == i) else {
        return Ok(());
    };
    let (e, proto_i, ctor_i, name) = KINDS[k];
    let base_proto = cx.intrinsic(Intrinsic::TypedArrayPrototype)?.clone();
    let base = cx.intrinsic(Intrinsic::TypedArray)?.clone();
    let proto = cx.new_object_with_proto(Some(&base_proto))?;
    let defs: &'static [Def] = match e.size() {
        1 => &B1,
        2 => &B2,
        4 => &B4,
        _ => &B8,
    };
    let spec = FunctionSpec { f: CONSTRUCT, name, length: 3, magic: k as i32, constructor: true };
    let f = make_constructor(cx, &spec, Some(&base), &proto, defs, defs)?;
    if e == Element::Uint8 {
        crate::object::lazy::define_all(cx, &f, super::uint8_text::STATICS)?;
        crate::object::lazy::define_all(cx, &proto, super::uint8_text::MEMBERS)?;
    }
    cx.set_intrinsic(proto_i, proto);
    cx.set_intrinsic(ctor_i, f);
    Ok(())
}
