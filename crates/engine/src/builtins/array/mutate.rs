//! Methods that change the array in place: copyWithin, fill, pop, push, reverse, shift, splice, unshift.

use super::{MAX_SAFE, Target, delete_index, index_value, present, set_length, this_and_length};
use crate::context::Context;
use crate::object::Object;
use crate::object::function::Call;
use crate::value::{Result, Value};

/// Array.prototype.push ( ...items ) (23.1.3.23)
pub(super) fn push(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(o) = c.this.as_object()
        && let Some(n) = o.push_simple(c.args)?
    {
        return Ok(Value::from_u32(n));
    }
    let (o, mut len) = this_and_length(c)?;
    if len + c.args.len() as u64 > MAX_SAFE {
        return Err(cx.throw_type("array too long"));
    }
    for v in c.args {
        o.set_index(cx, len, v.clone())?;
        len += 1;
    }
    set_length(cx, &o, len)?;
    Ok(index_value(len))
}

/// Array.prototype.pop ( ) (23.1.3.22)
pub(super) fn pop(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(v) = c.this.as_object().and_then(|o| o.pop_simple()) {
        return Ok(v);
    }
    let (o, len) = this_and_length(c)?;
    if len == 0 {
        set_length(cx, &o, 0)?;
        return Ok(Value::UNDEFINED);
    }
    let v = o.get_index(cx, len - 1)?;
    delete_index(cx, &o, len - 1)?;
    set_length(cx, &o, len - 1)?;
    Ok(v)
}

/// Moves the property `from` to `to`, deleting `to` if there is none.
fn move_index(cx: &Context, o: &Object, from: u64, to: u64) -> Result<()> {
    cx.poll()?;
    match present(cx, o, from)? {
        Some(v) => o.set_index(cx, to, v),
        None => delete_index(cx, o, to),
    }
}
/// Moves `count` properties from `from` down to `to`, as shift and splice do; gaps that nobody can see are
/// jumped over.
fn move_down(cx: &Context, o: &Object, from: u64, to: u64, count: u64) -> Result<()> {
    let mut k = 0;
    let mut misses = 0;
    while k < count {
        cx.poll()?;
        match present(cx, o, from + k)? {
            Some(v) => o.set_index(cx, to + k, v)?,
            None => {
                delete_index(cx, o, to + k)?;
                misses += 1;
                if misses > 8 + o.index_search_cost() {
                    misses = 0;
                    // Neither a source nor a target before the next index that is there.
                    if let Some(n) = o.next_index(to + k + 1) {
                        k = k.max(n.saturating_sub(from).min(count).saturating_sub(1));
                    }
                }
            }
        }
        k += 1;
    }
    Ok(())
}
/// Moves `count` properties from `from` up to `to`, from the last on.
fn move_up(cx: &Context, o: &Object, from: u64, to: u64, count: u64) -> Result<()> {
    let mut k = count;
    let mut misses = 0;
    while k > 0 {
        k -= 1;
        cx.poll()?;
        match present(cx, o, from + k)? {
            Some(v) => o.set_index(cx, to + k, v)?,
            None => {
                delete_index(cx, o, to + k)?;
                misses += 1;
                if misses > 8 + o.index_search_cost() {
                    misses = 0;
                    // Neither a source nor a target above the last index that is there.
                    if let Some(n) = o.previous_index(to + k) {
                        k = k.min(n.saturating_sub(from));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Array.prototype.shift ( ) (23.1.3.27)
pub(super) fn shift(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(v) = c.this.as_object().and_then(|o| o.shift_simple()) {
        return Ok(v);
    }
    let (o, len) = this_and_length(c)?;
    if len == 0 {
        set_length(cx, &o, 0)?;
        return Ok(Value::UNDEFINED);
    }
    let v = o.get_index(cx, 0)?;
    move_down(cx, &o, 1, 0, len - 1)?;
    delete_index(cx, &o, len - 1)?;
    set_length(cx, &o, len - 1)?;
    Ok(v)
}

/// Array.prototype.unshift ( ...items ) (23.1.3.37)
pub(super) fn unshift(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(o) = c.this.as_object()
        && o.splice_simple(0, 0, c.args, None)?
    {
        return Ok(Value::from_u32(o.array_length()));
    }
    let (o, len) = this_and_length(c)?;
    let n = c.args.len() as u64;
    if n > 0 {
        if len + n > MAX_SAFE {
            return Err(cx.throw_type("array too long"));
        }
        move_up(cx, &o, 0, n, len)?;
        for (i, v) in c.args.iter().enumerate() {
            o.set_index(cx, i as u64, v.clone())?;
        }
    }
    set_length(cx, &o, len + n)?;
    Ok(index_value(len + n))
}

/// Array.prototype.reverse ( ) (23.1.3.26)
pub(super) fn reverse(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    if o.reverse_simple() {
        return Ok(o.into());
    }
    for lower in 0..len / 2 {
        cx.poll()?;
        let upper = len - 1 - lower;
        let a = present(cx, &o, lower)?;
        let b = present(cx, &o, upper)?;
        match (a, b) {
            (Some(a), Some(b)) => {
                o.set_index(cx, lower, b)?;
                o.set_index(cx, upper, a)?;
            }
            (None, Some(b)) => {
                o.set_index(cx, lower, b)?;
                delete_index(cx, &o, upper)?;
            }
            (Some(a), None) => {
                delete_index(cx, &o, lower)?;
                o.set_index(cx, upper, a)?;
            }
            (None, None) => {}
        }
    }
    Ok(o.into())
}

/// Array.prototype.fill ( value [ , start [ , end ] ] ) (23.1.3.7)
pub(super) fn fill(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let mut k = cx.to_relative(c.arg(1), len, 0)?;
    let end = cx.to_relative(c.arg(2), len, len)?;
    let v = c.arg(0);
    while k < end {
        cx.poll()?;
        let done = o.fill_dense(k, end.min(k + 4096), v)?;
        if done == k {
            o.set_index(cx, k, v.clone())?;
            k += 1;
        } else {
            k = done;
        }
    }
    Ok(o.into())
}

/// Array.prototype.copyWithin ( target, start [ , end ] ) (23.1.3.4)
pub(super) fn copy_within(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let to = cx.to_relative(c.arg(0), len, 0)?;
    let from = cx.to_relative(c.arg(1), len, 0)?;
    let end = cx.to_relative(c.arg(2), len, len)?;
    let count = end.saturating_sub(from).min(len - to);
    if from < to && to < from + count {
        for k in (0..count).rev() {
            move_index(cx, &o, from + k, to + k)?;
        }
    } else {
        for k in 0..count {
            move_index(cx, &o, from + k, to + k)?;
        }
    }
    Ok(o.into())
}

/// Array.prototype.splice ( start, deleteCount, ...items ) (23.1.3.31)
pub(super) fn splice(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let start = cx.to_relative(c.arg(0), len, 0)?;
    let items = c.args.get(2..).unwrap_or(&[]);
    let n = items.len() as u64;
    let delete = match c.args.len() {
        0 => 0,
        1 => len - start,
        _ => (cx.to_integer(c.arg(1))?.max(0.0)).min((len - start) as f64) as u64,
    };
    if len + n - delete > MAX_SAFE {
        return Err(cx.throw_type("array too long"));
    }
    let target = Target::species(cx, &o, delete)?;
    if target.plain && o.array_length() as u64 == len && o.is_simple_array() {
        // (The target's length says how much is to come; nothing is in it yet.)
        if o.splice_simple(start as usize, delete as usize, items, Some(&target.object))? {
            return target.into_value();
        }
    }
    let mut walk = super::Walk::new(start, start + delete);
    while let Some((i, v)) = walk.next(cx, &o)? {
        target.put(cx, i - start, v)?;
    }
    if !target.plain {
        set_length(cx, &target.object, delete)?;
    }
    if n < delete {
        move_down(cx, &o, start + delete, start + n, len - delete - start)?;
        let mut k = len;
        let mut misses = 0;
        while k > len - delete + n {
            k -= 1;
            cx.poll()?;
            let was = o.index_search_cost();
            delete_index(cx, &o, k)?;
            misses += 1;
            if misses > 8 + was {
                misses = 0;
                if let Some(last) = o.previous_index(k) {
                    k = k.min(last.max(len - delete + n));
                }
            }
        }
    } else if n > delete {
        move_up(cx, &o, start + delete, start + n, len - delete - start)?;
    }
    for (i, v) in items.iter().enumerate() {
        o.set_index(cx, start + i as u64, v.clone())?;
    }
    set_length(cx, &o, len - delete + n)?;
    target.into_value()
}
