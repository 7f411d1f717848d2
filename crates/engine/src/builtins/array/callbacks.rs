//! Methods that call back for each element.

use super::{Target, Walk, WalkBack, callback, index_value, this_and_length};
use crate::object::function::Call;
use crate::ops::to_boolean;
use crate::value::{Result, Value};

/// Calls back with every present element, until `f` (given index, element and result) says stop.
#[inline]
fn each(c: &Call<'_>, mut f: impl FnMut(u64, &Value, Value) -> Result<bool>) -> Result<()> {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let func = callback(c)?;
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, o.to_value()];
    let mut walk = Walk::new(0, len);
    while let Some((i, v)) = walk.next(cx, &o)? {
        args[0] = v;
        args[1] = index_value(i);
        let r = cx.call_object(func, c.arg(1), &args)?;
        if !f(i, &args[0], r)? {
            break;
        }
    }
    Ok(())
}

/// Array.prototype.forEach ( callback [ , thisArg ] ) (23.1.3.15)
pub(super) fn for_each(c: &Call<'_>) -> Result {
    each(c, |_, _, _| Ok(true))?;
    Ok(Value::UNDEFINED)
}
/// Array.prototype.every ( callback [ , thisArg ] ) (23.1.3.6)
pub(super) fn every(c: &Call<'_>) -> Result {
    let mut all = true;
    each(c, |_, _, r| {
        all = to_boolean(&r);
        Ok(all)
    })?;
    Ok(Value::bool(all))
}
/// Array.prototype.some ( callback [ , thisArg ] ) (23.1.3.29)
pub(super) fn some(c: &Call<'_>) -> Result {
    let mut any = false;
    each(c, |_, _, r| {
        any = to_boolean(&r);
        Ok(!any)
    })?;
    Ok(Value::bool(any))
}
/// Array.prototype.map ( callback [ , thisArg ] ) (23.1.3.21)
pub(super) fn map(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let func = callback(c)?;
    let target = Target::species(cx, &o, len)?;
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, o.to_value()];
    let mut walk = Walk::new(0, len);
    while let Some((i, v)) = walk.next(cx, &o)? {
        args[0] = v;
        args[1] = index_value(i);
        let r = cx.call_object(func, c.arg(1), &args)?;
        target.put(cx, i, r)?;
    }
    target.into_value()
}
/// Array.prototype.filter ( callback [ , thisArg ] ) (23.1.3.8)
pub(super) fn filter(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let func = callback(c)?;
    let target = Target::species(cx, &o, 0)?;
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, o.to_value()];
    let mut walk = Walk::new(0, len);
    let mut to = 0;
    while let Some((i, v)) = walk.next(cx, &o)? {
        args[0] = v;
        args[1] = index_value(i);
        if to_boolean(&cx.call_object(func, c.arg(1), &args)?) {
            target.put(cx, to, args[0].clone())?;
            to += 1;
        }
    }
    target.into_value()
}

/// FindViaPredicate (23.1.3.12.1): absent elements are visited too.
fn find_via(c: &Call<'_>, backwards: bool) -> Result<Option<(u64, Value)>> {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let func = callback(c)?;
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, o.to_value()];
    for k in 0..len {
        cx.poll()?;
        let i = if backwards { len - 1 - k } else { k };
        args[0] = o.get_index(cx, i)?;
        args[1] = index_value(i);
        if to_boolean(&cx.call_object(func, c.arg(1), &args)?) {
            return Ok(Some((i, args[0].take())));
        }
    }
    Ok(None)
}
fn found_value(found: Option<(u64, Value)>) -> Result {
    Ok(found.map_or(Value::UNDEFINED, |(_, v)| v))
}
fn found_index(found: Option<(u64, Value)>) -> Result {
    Ok(found.map_or(Value::int(-1), |(i, _)| index_value(i)))
}
/// Array.prototype.find ( predicate [ , thisArg ] ) (23.1.3.9)
pub(super) fn find(c: &Call<'_>) -> Result {
    found_value(find_via(c, false)?)
}
/// Array.prototype.findIndex ( predicate [ , thisArg ] ) (23.1.3.10)
pub(super) fn find_index(c: &Call<'_>) -> Result {
    found_index(find_via(c, false)?)
}
/// Array.prototype.findLast ( predicate [ , thisArg ] ) (23.1.3.11)
pub(super) fn find_last(c: &Call<'_>) -> Result {
    found_value(find_via(c, true)?)
}
/// Array.prototype.findLastIndex ( predicate [ , thisArg ] ) (23.1.3.12)
pub(super) fn find_last_index(c: &Call<'_>) -> Result {
    found_index(find_via(c, true)?)
}

/// Array.prototype.reduce ( callback [ , initialValue ] ) (23.1.3.24)
pub(super) fn reduce(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let mut walk = Walk::new(0, len);
    fold(c, o.to_value(), || walk.next(c.cx, &o))
}
/// Array.prototype.reduceRight ( callback [ , initialValue ] ) (23.1.3.25)
pub(super) fn reduce_right(c: &Call<'_>) -> Result {
    let (o, len) = this_and_length(c)?;
    let mut walk = WalkBack::new(len);
    fold(c, o.to_value(), || walk.next(c.cx, &o))
}
#[inline]
fn fold(c: &Call<'_>, o: Value, mut next: impl FnMut() -> Result<Option<(u64, Value)>>) -> Result {
    let cx = c.cx;
    let func = callback(c)?;
    let first = match c.args.get(1) {
        Some(v) => v.clone(),
        None => match next()? {
            Some((_, v)) => v,
            None => return Err(cx.throw_type("empty array")),
        },
    };
    let mut args = [first, Value::UNDEFINED, Value::UNDEFINED, o];
    while let Some((i, v)) = next()? {
        args[1] = v;
        args[2] = index_value(i);
        args[0] = cx.call_object(func, &Value::UNDEFINED, &args)?;
    }
    Ok(args[0].take())
}
