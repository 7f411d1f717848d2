//! What the modules' functions share: arguments in, results out.

use super::sys::{Errno, Sys};
use qjs_engine::builtins::array_buffer::{from_data, throw_block};
use qjs_engine::builtins::typed_array::new_bytes;
use qjs_engine::object::buffer::{BufferData, MAX_BYTES, ViewData, typed_array};
use qjs_engine::object::class::id;
use qjs_engine::{Context, Gc, Object, Result, Value};

/// 0, or -errno.
pub fn status(r: Sys) -> Value {
    Value::int(r.map_or_else(Errno::negative, |()| 0))
}
/// A number, or -errno.
pub fn number(r: Sys<i32>) -> Value {
    Value::int(r.unwrap_or_else(Errno::negative))
}
/// `[value, errno]`
pub fn pair(cx: &Context, value: Value, errno: i32) -> Result {
    cx.new_array_from([value, Value::int(errno)]).map(Value::from)
}

/// ToInt64 as C's JS_ToInt64: what is beyond 64 bits wraps around; of a BigInt its low 64 bits.
pub fn to_int64(cx: &Context, v: &Value) -> Result<i64> {
    if let Some(i) = v.as_int() {
        return Ok(i as i64);
    }
    if let Some(b) = v.as_gc::<qjs_engine::heap::BigIntCell>() {
        return Ok(b.to_u64_wrapping() as i64);
    }
    let d = cx.to_number(v)?;
    if !d.is_finite() {
        return Ok(0);
    }
    let t = d.trunc();
    if t.abs() < 9.2e18 {
        return Ok(t as i64);
    }
    Ok(t.rem_euclid(18446744073709551616.0) as u64 as i64)
}
/// An offset: like [`to_int64`], but what is beyond 64 bits stays the greatest there is.
pub fn to_offset(cx: &Context, v: &Value) -> Result<i64> {
    if v.is_bigint() {
        return to_int64(cx, v);
    }
    let d = cx.to_number(v)?;
    Ok(if d.is_nan() { 0 } else { d as i64 })
}
/// A descriptor's number.
pub fn to_fd(cx: &Context, v: &Value) -> Result<i32> {
    cx.to_int32(v)
}

/// The bytes of an ArrayBuffer, or those that a view sees: block, where they begin, how many there are.
pub struct Bytes<'a> {
    pub block: &'a BufferData,
    pub start: usize,
    pub len: usize,
}

/// None if the value has no bytes.
pub fn bytes_of<'a>(cx: &Context, v: &'a Value) -> Result<Option<Bytes<'a>>> {
    let Some(o) = v.as_object() else {
        return Ok(None);
    };
    if let Some(block) = o.data::<BufferData>() {
        if block.is_detached() {
            return Err(cx.throw_type("ArrayBuffer is detached"));
        }
        return Ok(Some(Bytes { block, start: 0, len: block.byte_length() }));
    }
    let shift = match typed_array(o) {
        Some((_, e)) => e.shift(),
        None if o.class() == id::DATAVIEW => 0,
        None => return Ok(None),
    };
    let Some(view) = o.data::<ViewData>() else {
        return Ok(None);
    };
    match view.current_length(shift) {
        Some(n) => Ok(Some(Bytes { block: view.block(), start: view.offset(), len: n << shift })),
        None => Err(cx.throw_type("ArrayBuffer is detached or resized")),
    }
}
/// What becomes of a position and length beyond the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    Throws,
    IsCutOff,
}

/// The bytes that `position` and `length` choose. Without them, all bytes (from `position` on).
pub fn chosen_bytes<'a>(
    cx: &Context,
    buffer: &'a Value,
    position: &Value,
    length: &Value,
    writes: bool,
    beyond: Beyond,
) -> Result<Bytes<'a>> {
    // Conversions run scripts, which may detach the buffer: they come first.
    let position = cx.to_index(position)?;
    let length = if length.is_undefined() { None } else { Some(cx.to_index(length)?) };
    let Some(b) = bytes_of(cx, buffer)? else {
        return Err(cx.throw_type("ArrayBuffer object expected"));
    };
    if writes && b.block.is_immutable() {
        return Err(cx.throw_type("ArrayBuffer is immutable"));
    }
    let len = b.len as u64;
    let (mut position, mut length) = (position, length.unwrap_or_else(|| len.saturating_sub(position)));
    if beyond == Beyond::IsCutOff {
        position = position.min(len);
        length = length.min(len - position);
    }
    if position.checked_add(length).is_none_or(|end| end > len) {
        return Err(cx.throw_range("read/write array buffer overflow"));
    }
    Ok(Bytes { block: b.block, start: b.start + position as usize, len: length as usize })
}

/// A new ArrayBuffer with these bytes.
pub fn new_buffer(cx: &Context, bytes: &[u8]) -> Result<Gc<Object>> {
    let data = BufferData::new(cx.rt(), bytes.len() as u64, None).map_err(|e| throw_block(cx, e))?;
    data.write_bytes(0, bytes);
    from_data(cx, data)
}
/// A new Uint8Array with these bytes.
pub fn new_uint8_array(cx: &Context, bytes: &[u8]) -> Result<Gc<Object>> {
    new_bytes(cx, bytes, false)
}

/// An option of an options object; undefined if there is no such object.
pub fn option(cx: &Context, options: &Value, name: &str) -> Result {
    if options.is_undefined() { Ok(Value::UNDEFINED) } else { cx.get_str(options, name) }
}
/// A boolean option.
pub fn flag(cx: &Context, options: &Value, name: &str, default: bool) -> Result<bool> {
    let v = option(cx, options, name)?;
    Ok(if v.is_undefined() { default } else { qjs_engine::ops::to_boolean(&v) })
}

/// Room for text that grows with input, within the runtime's memory.
pub fn room(cx: &Context, v: &mut Vec<u8>, extra: usize) -> Result<()> {
    let len = v.len().saturating_add(extra);
    if len > MAX_BYTES as usize || len > cx.rt().memory_left() || v.try_reserve(extra).is_err() {
        return Err(cx.throw_oom());
    }
    Ok(())
}
