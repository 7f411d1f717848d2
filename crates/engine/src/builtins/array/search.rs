//! Looking for elements: at, includes, indexOf, lastIndexOf.

use super::{Walk, WalkBack, index_value, this_and_length};
use crate::object::Object;
use crate::object::function::Call;
use crate::ops::{same_value_zero, strict_equals};
use crate::value::{Result, Value};

/// Array.prototype.at ( index ) (23.1.3.1)
pub(super) fn at(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let i = c.cx.to_integer(c.arg(0))?;
    let k = if i >= 0.0 { i } else { len as f64 + i };
    if k < 0.0 || k >= len as f64 {
        return Ok(Value::UNDEFINED);
    }
    o.get_index(c.cx, k as u64)
}

/// The first of `list` that is strictly equal to `v`; holes never are.
pub(crate) fn position(list: &[Value], v: &Value) -> Option<usize> {
    if let Some(n) = v.as_number() {
        return match v.as_int() {
            // Most arrays of numbers hold int32s.
            Some(_) => list.iter().position(|e| e.same_bits(v) || e.is_double() && e.as_number() == Some(n)),
            None => list.iter().position(|e| e.as_number() == Some(n)),
        };
    }
    if let Some(s) = v.as_string() {
        let len = s.len();
        return list.iter().position(|e| {
            e.same_bits(v) || e.as_string().is_some_and(|t| t.len() == len && strict_equals(e, v))
        });
    }
    if v.is_bigint() {
        return list.iter().position(|e| strict_equals(e, v));
    }
    list.iter().position(|e| e.same_bits(v))
}
/// The dense elements, if there is nothing else to the array.
fn simple(o: &Object) -> Option<&[Value]> {
    if o.is_simple_array() { Some(o.dense_elements()) } else { None }
}

/// Array.prototype.includes ( searchElement [ , fromIndex ] ) (23.1.3.16)
pub(super) fn includes(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    if len == 0 {
        return Ok(Value::FALSE);
    }
    let mut k = cx.to_relative(c.arg(1), len, 0)?;
    let v = c.arg(0);
    if let Some(list) = simple(&o)
        && list.len() as u64 == len
    {
        let list = list.get(k as usize..).unwrap_or(&[]);
        let nan = v.as_number().is_some_and(|n| n.is_nan());
        let found = if nan {
            list.iter().any(|e| e.as_number().is_some_and(|n| n.is_nan()))
        } else if v.is_undefined() {
            list.iter().any(|e| e.is_undefined() || e.is_hole())
        } else {
            position(list, v).is_some()
        };
        return Ok(Value::bool(found));
    }
    while k < len {
        cx.poll()?;
        if let Some(next) = o.next_index(k).filter(|&n| n > k && !v.is_undefined()) {
            // Absent elements are undefined, which is not what is looked for.
            k = next.min(len);
            continue;
        }
        if same_value_zero(&o.get_index(cx, k)?, v) {
            return Ok(Value::TRUE);
        }
        k += 1;
    }
    Ok(Value::FALSE)
}

/// Array.prototype.indexOf ( searchElement [ , fromIndex ] ) (23.1.3.17)
pub(super) fn index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    if len == 0 {
        return Ok(Value::int(-1));
    }
    let k = cx.to_relative(c.arg(1), len, 0)?;
    let v = c.arg(0);
    if let Some(list) = simple(&o) {
        let list = list.get(k as usize..).unwrap_or(&[]);
        return Ok(match position(list, v) {
            Some(i) if (i as u64) < len - k => index_value(k + i as u64),
            _ => Value::int(-1),
        });
    }
    let mut walk = Walk::new(k, len);
    while let Some((i, e)) = walk.next(cx, &o)? {
        if strict_equals(&e, v) {
            return Ok(index_value(i));
        }
    }
    Ok(Value::int(-1))
}

/// Array.prototype.lastIndexOf ( searchElement [ , fromIndex ] ) (23.1.3.20)
pub(super) fn last_index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    if len == 0 {
        return Ok(Value::int(-1));
    }
    let n = if c.args.len() > 1 { cx.to_integer(c.arg(1))? } else { len as f64 - 1.0 };
    let k = if n >= 0.0 { n.min(len as f64 - 1.0) } else { len as f64 + n };
    if k < 0.0 {
        return Ok(Value::int(-1));
    }
    let v = c.arg(0);
    let end = k as u64 + 1;
    if let Some(list) = simple(&o) {
        let list = &list[..(end as usize).min(list.len())];
        let found = list.iter().rposition(|e| strict_equals(e, v));
        return Ok(found.map_or(Value::int(-1), |i| index_value(i as u64)));
    }
    let mut walk = WalkBack::new(end);
    while let Some((i, e)) = walk.next(cx, &o)? {
        if strict_equals(&e, v) {
            return Ok(index_value(i));
        }
    }
    Ok(Value::int(-1))
}
