//! Methods that answer a new array: concat, flat, flatMap, slice, toReversed, toSpliced, with.

use super::{MAX_ARRAY, MAX_SAFE, Target, Walk, callback, index_value, set_length, this_and_length};
use crate::context::Context;
use crate::object::Object;
use crate::object::function::Call;
use crate::ops::to_boolean;
use crate::text::names::Sym;
use crate::value::{Result, Value};

/// IsConcatSpreadable (23.1.3.2.1)
fn is_concat_spreadable(cx: &Context, v: &Value) -> Result<bool> {
    let Some(o) = v.as_object() else {
        return Ok(false);
    };
    let s = o.get(cx, cx.symbol(Sym::isConcatSpreadable))?;
    if s.is_undefined() { cx.is_array(v) } else { Ok(to_boolean(&s)) }
}

/// Array.prototype.concat ( ...items ) (23.1.3.2)
pub(super) fn concat(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.to_object(c.this)?;
    let target = Target::species(cx, &o, 0)?;
    let mut n: u64 = 0;
    for item in std::iter::once(o.as_value()).chain(c.args) {
        cx.poll()?;
        if !is_concat_spreadable(cx, item)? {
            if n >= MAX_SAFE {
                return Err(cx.throw_type("array too long"));
            }
            target.put(cx, n, item.clone())?;
            n += 1;
            continue;
        }
        let Some(e) = item.as_object() else { continue };
        let len = cx.length_of(e)?;
        if n + len > MAX_SAFE {
            return Err(cx.throw_type("array too long"));
        }
        if target.plain
            && e.is_simple_array()
            && target.object.uses_dense_elements()
            && target.object.element_count() as u64 == n
        {
            target.object.append_elements(e.dense_elements())?;
        } else {
            let mut walk = Walk::new(0, len);
            while let Some((i, v)) = walk.next(cx, e)? {
                target.put(cx, n + i, v)?;
            }
        }
        n += len;
    }
    set_length(cx, &target.object, n)?;
    target.into_value()
}

/// Array.prototype.slice ( start, end ) (23.1.3.28)
pub(super) fn slice(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let start = cx.to_relative(c.arg(0), len, 0)?;
    let end = cx.to_relative(c.arg(1), len, len)?;
    let count = end.saturating_sub(start);
    let target = Target::species(cx, &o, count)?;
    if target.plain && o.is_simple_array() && o.array_length() as u64 == len {
        if count > 0 {
            target.object.append_elements(&o.dense_elements()[start as usize..end as usize])?;
        }
        return target.into_value();
    }
    let mut walk = Walk::new(start, end);
    while let Some((i, v)) = walk.next(cx, &o)? {
        target.put(cx, i - start, v)?;
    }
    if !target.plain {
        set_length(cx, &target.object, count)?;
    }
    target.into_value()
}

/// One level of FlattenIntoArray (23.1.3.13.1); answers the next target index.
fn flatten(
    cx: &Context,
    target: &Target,
    (source, len): (&Object, u64),
    mut at: u64,
    depth: f64,
    mapper: Option<(&Object, &Value)>,
) -> Result<u64> {
    cx.check_stack()?;
    let mut walk = Walk::new(0, len);
    while let Some((i, mut v)) = walk.next(cx, source)? {
        if let Some((f, this)) = mapper {
            v = cx.call_object(f, this, &[v, index_value(i), source.to_value()])?;
        }
        if depth > 0.0 && v.is_object() && cx.is_array(&v)? {
            if let Some(inner) = v.as_object() {
                let len = cx.length_of(inner)?;
                at = flatten(cx, target, (inner, len), at, depth - 1.0, None)?;
            }
        } else {
            if at >= MAX_SAFE {
                return Err(cx.throw_type("array too long"));
            }
            target.put(cx, at, v)?;
            at += 1;
        }
    }
    Ok(at)
}
/// Array.prototype.flat ( [ depth ] ) (23.1.3.13)
pub(super) fn flat(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let depth = if c.arg(0).is_undefined() { 1.0 } else { c.cx.to_integer(c.arg(0))?.max(0.0) };
    let target = Target::species(c.cx, &o, 0)?;
    flatten(c.cx, &target, (&o, len), 0, depth, None)?;
    target.into_value()
}
/// Array.prototype.flatMap ( mapper [ , thisArg ] ) (23.1.3.14)
pub(super) fn flat_map(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let f = callback(c)?;
    let target = Target::species(c.cx, &o, 0)?;
    flatten(c.cx, &target, (&o, len), 0, 1.0, Some((f, c.arg(1))))?;
    target.into_value()
}

/// A new plain array of `len` elements, all of which will be appended.
fn plain(cx: &Context, len: u64) -> Result<Target> {
    if len > MAX_ARRAY {
        return Err(cx.throw_range("invalid array length"));
    }
    Target::plain(cx, len)
}
/// Array.prototype.toReversed ( ) (23.1.3.33)
pub(super) fn to_reversed(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let target = plain(c.cx, len)?;
    for k in 0..len {
        c.cx.poll()?;
        target.put(c.cx, k, o.get_index(c.cx, len - 1 - k)?)?;
    }
    target.into_value()
}
/// Array.prototype.with ( index, value ) (23.1.3.39)
pub(super) fn with(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let i = cx.to_integer(c.arg(0))?;
    let i = if i >= 0.0 { i } else { len as f64 + i };
    if i < 0.0 || i >= len as f64 {
        return Err(cx.throw_range("invalid array index"));
    }
    let target = plain(cx, len)?;
    for k in 0..len {
        cx.poll()?;
        let v = if k == i as u64 { c.arg(1).clone() } else { o.get_index(cx, k)? };
        target.put(cx, k, v)?;
    }
    target.into_value()
}
/// Array.prototype.toSpliced ( start, skipCount, ...items ) (23.1.3.35)
pub(super) fn to_spliced(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let start = cx.to_relative(c.arg(0), len, 0)?;
    let items = c.args.get(2..).unwrap_or(&[]);
    let skip = match c.args.len() {
        0 => 0,
        1 => len - start,
        _ => (cx.to_integer(c.arg(1))?.max(0.0)).min((len - start) as f64) as u64,
    };
    let new = len + items.len() as u64 - skip;
    if new > MAX_SAFE {
        return Err(cx.throw_type("array too long"));
    }
    let target = plain(cx, new)?;
    for k in 0..start {
        cx.poll()?;
        target.put(cx, k, o.get_index(cx, k)?)?;
    }
    for (i, v) in items.iter().enumerate() {
        target.put(cx, start + i as u64, v.clone())?;
    }
    let shift = start + items.len() as u64;
    for k in start + skip..len {
        cx.poll()?;
        target.put(cx, shift + (k - start - skip), o.get_index(cx, k)?)?;
    }
    target.into_value()
}
