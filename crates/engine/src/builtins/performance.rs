//! `performance` (the part of High Resolution Time that QuickJS-NG has) and `queueMicrotask` (HTML 8.7).

use crate::context::Context;
use crate::object::function::Call;
use crate::object::shape::prop;
use crate::sys;
use crate::value::{Result, Value};

/// JS_AddPerformance: gives the global object a `performance` whose time begins now.
///
/// `timeOrigin` is of the system's monotonic clock, as in QuickJS-NG, not of the calendar.
pub fn add(cx: &Context) -> Result<()> {
    let origin = sys::monotonic_ms();
    let p = cx.new_object()?;
    let name = cx.atom("now")?;
    let captures = Box::new([Value::number(origin)]);
    let f = cx.new_native_full(performance_now, Some(name), 0, 0, false, captures)?;
    cx.define_str(&p, "now", f.into(), prop::ENUMERABLE)?;
    cx.define_str(&p, "timeOrigin", Value::number(origin), prop::ENUMERABLE)?;
    cx.define_str(&cx.global().clone(), "performance", p.into(), prop::ALL)
}

/// performance.now(): milliseconds, with their fraction, since `timeOrigin`.
fn performance_now(c: &Call<'_>) -> Result {
    let origin = c.capture(0).as_number().unwrap_or(0.0);
    Ok(Value::number(sys::monotonic_ms() - origin))
}

/// queueMicrotask(callback)
pub(super) fn queue_microtask(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let f = c.arg(0).clone();
    if !f.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    cx.rt().enqueue_job(cx, Box::new(move |cx| cx.call(&f, &Value::UNDEFINED, &[])))?;
    Ok(Value::UNDEFINED)
}
