//! DataView (25.3).

use super::array_buffer::throw_block;
use crate::context::{Context, Intrinsic};
use crate::object::buffer::{BlockError, BufferData, Element, ViewData};
use crate::object::class::{ClassId, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, getter, make_constructor, method_magic, tag};
use crate::ops::to_boolean;
use crate::value::{Result, Value};

pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<ViewData>()), None)
}

/// new DataView(buffer, byteOffset, byteLength) (25.3.2.1)
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("constructor requires 'new'"));
    }
    let Some(o) = c.arg(0).as_object() else {
        return Err(cx.throw_type("not an ArrayBuffer"));
    };
    let Some(b) = o.data::<BufferData>() else {
        return Err(cx.throw_type("not an ArrayBuffer"));
    };
    let offset = cx.to_index(c.arg(1))?;
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let len = b.byte_length() as u64;
    if offset > len {
        return Err(cx.throw_range("invalid byteOffset"));
    }
    let tracking = c.arg(2).is_undefined() && b.is_resizable();
    let view_len = if c.arg(2).is_undefined() { len - offset } else { cx.to_index(c.arg(2))? };
    if offset + view_len > len {
        return Err(cx.throw_range("invalid byteLength"));
    }
    let proto = cx.prototype_from_constructor(c.new_target, Intrinsic::DataViewPrototype)?;
    if b.is_detached() {
        return Err(cx.throw_type("array buffer is detached"));
    }
    let now = b.byte_length() as u64;
    if offset > now || (!tracking && offset + view_len > now) {
        return Err(cx.throw_range("invalid byteLength"));
    }
    let n = if tracking { None } else { Some(view_len as usize) };
    let Some(data) = ViewData::new(o.to_gc(), offset as usize, n, 1) else {
        return Err(throw_block(cx, BlockError::TooLong));
    };
    cx.new_with_data(Some(&proto), id::DATAVIEW, data).map(Value::from)
}

fn view<'a>(c: &Call<'a>) -> Result<&'a ViewData> {
    match c.this.as_object() {
        Some(o) if o.class() == id::DATAVIEW => match o.data::<ViewData>() {
            Some(v) => Ok(v),
            None => Err(c.cx.throw_type("not a DataView")),
        },
        _ => Err(c.cx.throw_type("not a DataView")),
    }
}
fn buffer(c: &Call<'_>) -> Result {
    Ok(view(c)?.buffer().to_value())
}
fn current(cx: &Context, v: &ViewData) -> Result<usize> {
    match v.current_length(0) {
        Some(n) => Ok(n),
        None => Err(cx.throw_type("DataView is out of bounds or its buffer is detached")),
    }
}
fn byte_length(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(current(c.cx, view(c)?)?))
}
fn byte_offset(c: &Call<'_>) -> Result {
    let v = view(c)?;
    current(c.cx, v)?;
    Ok(Value::from_usize(v.offset()))
}

const KINDS: [(Element, &str, &str); 11] = [
    (Element::BigInt64, "getBigInt64", "setBigInt64"),
    (Element::BigUint64, "getBigUint64", "setBigUint64"),
    (Element::Float16, "getFloat16", "setFloat16"),
    (Element::Float32, "getFloat32", "setFloat32"),
    (Element::Float64, "getFloat64", "setFloat64"),
    (Element::Int8, "getInt8", "setInt8"),
    (Element::Int16, "getInt16", "setInt16"),
    (Element::Int32, "getInt32", "setInt32"),
    (Element::Uint8, "getUint8", "setUint8"),
    (Element::Uint16, "getUint16", "setUint16"),
    (Element::Uint32, "getUint32", "setUint32"),
];

fn swap(raw: u64, size: usize) -> u64 {
    match size {
        1 => raw,
        2 => (raw as u16).swap_bytes() as u64,
        4 => (raw as u32).swap_bytes() as u64,
        _ => raw.swap_bytes(),
    }
}
/// GetViewValue (25.3.1.5)
fn get(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let v = view(c)?;
    let (e, ..) = KINDS[c.magic as usize];
    let i = cx.to_index(c.arg(0))?;
    let little = to_boolean(c.arg(1));
    let n = current(cx, v)? as u64;
    if i.saturating_add(e.size() as u64) > n {
        return Err(cx.throw_range("out of bound"));
    }
    let raw = v.block().load(v.offset() + i as usize, e.size()).unwrap_or(0);
    let raw = if little == cfg!(target_endian = "little") { raw } else { swap(raw, e.size()) };
    e.to_value(cx.rt(), raw)
}
/// SetViewValue (25.3.1.6)
fn set(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let v = view(c)?;
    let (e, ..) = KINDS[c.magic as usize];
    if v.block().is_immutable() {
        return Err(cx.throw_type("array buffer is immutable"));
    }
    let i = cx.to_index(c.arg(0))?;
    let x = if e.is_bigint() { cx.to_bigint(c.arg(1))? } else { Value::number(cx.to_number(c.arg(1))?) };
    let little = to_boolean(c.arg(2));
    let n = current(cx, v)? as u64;
    if i.saturating_add(e.size() as u64) > n {
        return Err(cx.throw_range("out of bound"));
    }
    let raw = e.from_value(&x).unwrap_or(0);
    let raw = if little == cfg!(target_endian = "little") { raw } else { swap(raw, e.size()) };
    v.block().store(v.offset() + i as usize, e.size(), raw);
    Ok(Value::UNDEFINED)
}

const MEMBERS: &[Def] = &{
    const EMPTY: Def = tag("DataView");
    let mut d = [EMPTY; 26];
    d[0] = getter("buffer", buffer);
    d[1] = getter("byteLength", byte_length);
    d[2] = getter("byteOffset", byte_offset);
    let mut i = 0;
    while i < KINDS.len() {
        d[3 + i] = method_magic(KINDS[i].1, get, 1, i as i32);
        d[14 + i] = method_magic(KINDS[i].2, set, 2, i as i32);
        i += 1;
    }
    d
};

/// Makes the constructor and prototype.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
    let spec = FunctionSpec { f: construct, name: "DataView", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], MEMBERS)?;
    cx.set_intrinsic(Intrinsic::DataViewPrototype, proto);
    cx.set_intrinsic(Intrinsic::DataView, f);
    Ok(())
}
