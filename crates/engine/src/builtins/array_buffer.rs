//! ArrayBuffer and SharedArrayBuffer (25.1, 25.2).

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::Object;
use crate::object::buffer::{BlockError, BufferData, ViewData};
use crate::object::class::{ClassId, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, getter, make_constructor, method, method_magic, symbol_getter, tag};
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};

/// Payload of buffers.
pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<BufferData>()), None)
}

/// Throws what a block's error means.
#[cold]
pub fn throw_block(cx: &Context, e: BlockError) -> Thrown {
    match e {
        BlockError::TooLong => cx.throw_range("invalid array buffer length"),
        BlockError::OutOfMemory => cx.throw_oom(),
        BlockError::Fixed => cx.throw_type("array buffer is not resizable"),
    }
}

/// AllocateArrayBuffer with %ArrayBuffer%'s own prototype.
pub fn new_buffer(cx: &Context, len: u64) -> Result<Gc<Object>> {
    let data = BufferData::new(cx.rt(), len, None).map_err(|e| throw_block(cx, e))?;
    from_data(cx, data)
}
/// A buffer object over a block.
pub fn from_data(cx: &Context, data: BufferData) -> Result<Gc<Object>> {
    let (i, c) = if data.is_shared() {
        (Intrinsic::SharedArrayBufferPrototype, id::SHARED_ARRAY_BUFFER)
    } else {
        (Intrinsic::ArrayBufferPrototype, id::ARRAY_BUFFER)
    };
    let proto = cx.intrinsic(i)?.clone();
    cx.new_with_data(Some(&proto), c, data)
}

/// The constructors: magic 1 is SharedArrayBuffer.
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("constructor requires 'new'"));
    }
    let shared = c.magic == 1;
    let len = cx.to_index(c.arg(0))?;
    // GetArrayBufferMaxByteLengthOption
    let mut max = None;
    if let Some(o) = c.arg(1).as_object() {
        let m = o.get(cx, cx.name(Name::maxByteLength))?;
        if !m.is_undefined() {
            max = Some(cx.to_index(&m)?);
        }
    }
    if max.is_some_and(|m| len > m) {
        return Err(cx.throw_range("invalid array buffer max length"));
    }
    let (default, class) = if shared {
        (Intrinsic::SharedArrayBufferPrototype, id::SHARED_ARRAY_BUFFER)
    } else {
        (Intrinsic::ArrayBufferPrototype, id::ARRAY_BUFFER)
    };
    let proto = cx.prototype_from_constructor(c.new_target, default)?;
    let data =
        if shared { BufferData::new_shared(cx.rt(), len, max) } else { BufferData::new(cx.rt(), len, max) };
    let data = data.map_err(|e| throw_block(cx, e))?;
    cx.new_with_data(Some(&proto), class, data).map(Value::from)
}

/// The block of `this`, which must be of the right sort (magic 1: shared).
fn this_block<'a>(c: &Call<'a>, shared: bool) -> Result<(&'a Object, &'a BufferData)> {
    match c.this.as_object() {
        Some(o) => match o.data::<BufferData>() {
            Some(b) if b.is_shared() == shared => Ok((o, b)),
            _ => Err(c.cx.throw_type("not an ArrayBuffer")),
        },
        None => Err(c.cx.throw_type("not an ArrayBuffer")),
    }
}
fn byte_length(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(this_block(c, c.magic == 1)?.1.byte_length()))
}
fn max_byte_length(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(this_block(c, c.magic == 1)?.1.max_byte_length()))
}
fn resizable(c: &Call<'_>) -> Result {
    Ok(Value::bool(this_block(c, c.magic == 1)?.1.is_resizable()))
}
fn detached(c: &Call<'_>) -> Result {
    Ok(Value::bool(this_block(c, false)?.1.is_detached()))
}
fn immutable(c: &Call<'_>) -> Result {
    Ok(Value::bool(this_block(c, false)?.1.is_immutable()))
}
/// ArrayBuffer.isView (25.1.5.1)
fn is_view(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.arg(0).as_object().is_some_and(|o| o.data::<ViewData>().is_some())))
}
fn species(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}
/// ArrayBuffer.prototype.resize (25.1.6.6)
fn resize(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (_, b) = this_block(c, false)?;
    if !b.is_resizable() {
        return Err(cx.throw_type("array buffer is not resizable"));
    }
    let n = cx.to_index(c.arg(0))?;
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    if n > b.max_byte_length() as u64 {
        return Err(cx.throw_range("invalid array buffer length"));
    }
    b.resize(n as usize).map_err(|e| throw_block(cx, e))?;
    Ok(Value::UNDEFINED)
}
/// SharedArrayBuffer.prototype.grow (25.2.5.3)
fn grow(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (_, b) = this_block(c, true)?;
    if !b.is_resizable() {
        return Err(cx.throw_type("shared array buffer is not growable"));
    }
    let n = cx.to_index(c.arg(0))?;
    if n > b.max_byte_length() as u64 || n < b.byte_length() as u64 {
        return Err(cx.throw_range("invalid array buffer length"));
    }
    b.resize(n as usize).map_err(|_| cx.throw_range("invalid array buffer length"))?;
    Ok(Value::UNDEFINED)
}
/// slice (25.1.6.7, 25.2.5.6); magic 1: shared.
fn slice(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let shared = c.magic == 1;
    let (o, b) = this_block(c, shared)?;
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let len = b.byte_length() as u64;
    let first = cx.to_relative(c.arg(0), len, 0)?;
    let end = cx.to_relative(c.arg(1), len, len)?;
    let n = end.saturating_sub(first);
    let default = if shared { Intrinsic::SharedArrayBuffer } else { Intrinsic::ArrayBuffer };
    let ctor = cx.species_constructor(o, default)?;
    let new = cx.construct(&ctor, &[Value::number(n as f64)], &ctor)?;
    let Some(nb) = new.data::<BufferData>().filter(|b| b.is_shared() == shared) else {
        return Err(cx.throw_type("species constructor did not return an ArrayBuffer"));
    };
    if nb.is_detached() || (!shared && nb.is_immutable()) {
        return Err(cx.throw_type("species constructor returned an unusable ArrayBuffer"));
    }
    if new.is(o) || (nb.byte_length() as u64) < n {
        return Err(cx.throw_type("species constructor returned an unsuitable ArrayBuffer"));
    }
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let now = b.byte_length() as u64;
    if first < now {
        let n = n.min(now - first);
        nb.copy_from(0, b, first as usize, n as usize);
    }
    Ok(new.into())
}
/// sliceToImmutable
fn slice_to_immutable(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (_, b) = this_block(c, false)?;
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let len = b.byte_length() as u64;
    let first = cx.to_relative(c.arg(0), len, 0)?;
    let end = cx.to_relative(c.arg(1), len, len)?;
    let n = end.saturating_sub(first);
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    if first + n > b.byte_length() as u64 {
        return Err(cx.throw_range("array buffer was resized"));
    }
    let data = BufferData::new(cx.rt(), n, None).map_err(|e| throw_block(cx, e))?;
    data.copy_from(0, b, first as usize, n as usize);
    data.set_immutable(true);
    from_data(cx, data).map(Value::from)
}
/// transfer, transferToFixedLength, transferToImmutable (magic 0, 1, 2): ArrayBufferCopyAndDetach.
fn transfer(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (_, b) = this_block(c, false)?;
    let n = if c.arg(0).is_undefined() { b.byte_length() as u64 } else { cx.to_index(c.arg(0))? };
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    if b.is_immutable() {
        return Err(cx.throw_type("array buffer is immutable"));
    }
    let max = if c.magic == 0 && b.is_resizable() { Some(b.max_byte_length() as u64) } else { None };
    if max.is_some_and(|m| n > m) {
        return Err(cx.throw_range("invalid array buffer length"));
    }
    let data = b.transfer(n, max).map_err(|e| throw_block(cx, e))?;
    if c.magic == 2 {
        data.set_immutable(true);
    }
    from_data(cx, data).map(Value::from)
}

const STATICS: &[Def] = &[method("isView", is_view, 1), symbol_getter(Sym::species, species)];
const MEMBERS: &[Def] = &[
    getter("byteLength", byte_length),
    getter("maxByteLength", max_byte_length),
    getter("resizable", resizable),
    getter("detached", detached),
    getter("immutable", immutable),
    method("resize", resize, 1),
    method("slice", slice, 2),
    method("sliceToImmutable", slice_to_immutable, 2),
    method_magic("transfer", transfer, 0, 0),
    method_magic("transferToFixedLength", transfer, 0, 1),
    method_magic("transferToImmutable", transfer, 0, 2),
    tag("ArrayBuffer"),
];
const SHARED_STATICS: &[Def] = &[symbol_getter(Sym::species, species)];
const SHARED_MEMBERS: &[Def] = &[
    crate::object::lazy::getter_magic("byteLength", byte_length, 1),
    crate::object::lazy::getter_magic("maxByteLength", max_byte_length, 1),
    crate::object::lazy::getter_magic("growable", resizable, 1),
    method("grow", grow, 1),
    method_magic("slice", slice, 2, 1),
    tag("SharedArrayBuffer"),
];

/// Makes the constructor and prototype of one sort.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    let shared = matches!(i, Intrinsic::SharedArrayBuffer | Intrinsic::SharedArrayBufferPrototype);
    let proto = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
    let (name, magic, statics, members) = if shared {
        ("SharedArrayBuffer", 1, SHARED_STATICS, SHARED_MEMBERS)
    } else {
        ("ArrayBuffer", 0, STATICS, MEMBERS)
    };
    let spec = FunctionSpec { f: construct, name, length: 1, magic, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, statics, members)?;
    if shared {
        cx.set_intrinsic(Intrinsic::SharedArrayBufferPrototype, proto);
        cx.set_intrinsic(Intrinsic::SharedArrayBuffer, f);
    } else {
        cx.set_intrinsic(Intrinsic::ArrayBufferPrototype, proto);
        cx.set_intrinsic(Intrinsic::ArrayBuffer, f);
    }
    Ok(())
}
