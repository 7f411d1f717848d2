//! Atomics (25.4).

use super::typed_array::{Typed, validate, validate_write};
use crate::context::{Context, Intrinsic};
use crate::object::buffer::Element;
use crate::object::buffer::atomic::AtomicOp;
use crate::object::function::Call;
use crate::object::lazy::{Def, define_all, method, method_magic, tag};
use crate::text::names::Name;
use crate::value::{Result, Value};
use crate::vm::wait::{self, Site};

const MEMBERS: &[Def] = &[
    method_magic("add", modify, 3, 0),
    method_magic("and", modify, 3, 1),
    method("compareExchange", compare_exchange, 4),
    method_magic("exchange", modify, 3, 2),
    method("isLockFree", is_lock_free, 1),
    method("load", load, 2),
    method("notify", notify, 3),
    method_magic("or", modify, 3, 3),
    method("pause", pause, 0),
    method("store", store, 3),
    method_magic("sub", modify, 3, 4),
    method_magic("wait", do_wait, 4, 0),
    method_magic("waitAsync", do_wait, 4, 1),
    method_magic("xor", modify, 3, 5),
    tag("Atomics"),
];
const OPS: [AtomicOp; 6] =
    [AtomicOp::Add, AtomicOp::And, AtomicOp::Exchange, AtomicOp::Or, AtomicOp::Sub, AtomicOp::Xor];

/// Makes the object.
pub fn init(cx: &Context) -> Result<()> {
    let o = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    define_all(cx, &o, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Atomics, o);
    Ok(())
}

/// What an operation needs of the array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    /// Only Int32Array and BigInt64Array can be waited on.
    Wait,
}

/// ValidateIntegerTypedArray (25.4.3.1) and ValidateAtomicAccess (25.4.3.2): the array and the element's offset
/// in its buffer.
fn element<'a>(c: &Call<'a>, access: Access, shared: bool) -> Result<(Typed<'a>, usize)> {
    let cx = c.cx;
    let (t, len) =
        if access == Access::Write { validate_write(cx, c.arg(0))? } else { validate(cx, c.arg(0))? };
    let fits = match access {
        Access::Wait => matches!(t.e, Element::Int32 | Element::BigInt64),
        _ => !t.e.is_float() && t.e != Element::Uint8C,
    };
    if !fits {
        return Err(cx.throw_type("not a TypedArray of the right element type"));
    }
    if shared && !t.view.block().is_shared() {
        return Err(cx.throw_type("not a SharedArrayBuffer"));
    }
    let i = cx.to_index(c.arg(1))?;
    if i >= len as u64 {
        return Err(cx.throw_range("out-of-bound access"));
    }
    Ok((t, t.view.offset() + ((i as usize) << t.e.shift())))
}

/// An operand: ToBigInt or ToIntegerOrInfinity.
fn operand(cx: &Context, e: Element, v: &Value) -> Result {
    if e.is_bigint() {
        return cx.to_bigint(v);
    }
    if v.is_int() {
        return Ok(v.clone());
    }
    cx.to_integer(v).map(Value::number)
}

/// RevalidateAtomicAccess (25.4.3.4), and the operation: the element as it was.
fn perform(cx: &Context, t: &Typed<'_>, at: usize, op: AtomicOp, x: u64) -> Result<u64> {
    if t.len().is_none() {
        return Err(Typed::throw_bounds(cx));
    }
    match t.view.block().atomic(at, t.e.size(), op, x) {
        Some(old) => Ok(old),
        None => Err(cx.throw_range("out-of-bound access")),
    }
}

/// AtomicReadModifyWrite (25.4.3.15): add, and, exchange, or, sub, xor by magic.
fn modify(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, at) = element(c, Access::Write, false)?;
    let v = operand(cx, t.e, c.arg(2))?;
    let x = t.e.from_value(&v).unwrap_or(0);
    let old = perform(cx, &t, at, OPS[c.magic as usize], x)?;
    t.e.to_value(cx.rt(), old)
}
/// Atomics.compareExchange (25.4.6)
fn compare_exchange(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, at) = element(c, Access::Write, false)?;
    let raw = |v: &Value| -> Result<u64> {
        let raw = t.e.from_value(&operand(cx, t.e, v)?).unwrap_or(0);
        // As the element has it, without what does not fit.
        Ok(raw & (u64::MAX >> (64 - 8 * t.e.size())))
    };
    let expected = raw(c.arg(2))?;
    let replacement = raw(c.arg(3))?;
    let old = perform(cx, &t, at, AtomicOp::CompareExchange(expected), replacement)?;
    t.e.to_value(cx.rt(), old)
}
/// Atomics.load (25.4.9)
fn load(c: &Call<'_>) -> Result {
    let (t, at) = element(c, Access::Read, false)?;
    let raw = perform(c.cx, &t, at, AtomicOp::Load, 0)?;
    t.e.to_value(c.cx.rt(), raw)
}
/// Atomics.store (25.4.12)
fn store(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, at) = element(c, Access::Write, false)?;
    let v = operand(cx, t.e, c.arg(2))?;
    perform(cx, &t, at, AtomicOp::Store, t.e.from_value(&v).unwrap_or(0))?;
    Ok(v)
}
/// Atomics.isLockFree (25.4.8)
fn is_lock_free(c: &Call<'_>) -> Result {
    let n = c.cx.to_integer(c.arg(0))?;
    Ok(Value::bool(n == 1.0 || n == 2.0 || n == 4.0 || n == 8.0))
}
/// Atomics.pause (25.4.11)
fn pause(c: &Call<'_>) -> Result {
    let n = c.arg(0);
    if !n.is_undefined() && n.as_number().is_none_or(|n| n.trunc() != n || n.is_infinite()) {
        return Err(c.cx.throw_type("not an integral number"));
    }
    std::hint::spin_loop();
    // A loop that spins must stay interruptible.
    c.cx.poll()?;
    Ok(Value::UNDEFINED)
}

/// DoWait (25.4.3.14); magic 1: waitAsync.
fn do_wait(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let is_async = c.magic == 1;
    let (t, at) = element(c, Access::Wait, true)?;
    let v = if t.e.is_bigint() { cx.to_bigint(c.arg(2))? } else { Value::int(cx.to_int32(c.arg(2))?) };
    let q = cx.to_number(c.arg(3))?;
    let ms = if q.is_nan() { f64::INFINITY } else { q.max(0.0) };
    if !is_async && !cx.rt().can_block.get() {
        return Err(cx.throw_type("cannot block in this thread"));
    }
    let site = Site {
        buffer: t.view.buffer(),
        block: t.view.block(),
        at,
        size: t.e.size(),
        expected: t.e.from_value(&v).unwrap_or(0) & (u64::MAX >> (64 - 8 * t.e.size())),
    };
    if !is_async {
        return Ok(wait::wait(cx, &site, ms)?.to_value(cx));
    }
    let o = cx.new_object()?;
    let (waiting, value) = match wait::wait_async(cx, &site, ms)? {
        Ok(promise) => (true, promise.into()),
        Err(outcome) => (false, outcome.to_value(cx)),
    };
    o.create_data_property(cx, cx.name(Name::async_), Value::bool(waiting))?;
    o.create_data_property(cx, cx.name(Name::value), value)?;
    Ok(o.into())
}

/// Atomics.notify (25.4.15)
fn notify(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, at) = element(c, Access::Wait, false)?;
    let count = if c.arg(2).is_undefined() { f64::INFINITY } else { cx.to_integer(c.arg(2))?.max(0.0) };
    if !t.view.block().is_shared() {
        return Ok(Value::int(0));
    }
    Ok(Value::from_usize(wait::notify(t.view.block(), at, count)))
}
