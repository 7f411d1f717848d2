//! Timers and clocks.

use crate::libc::args::to_int64;
use crate::libc::state::state;
use crate::libc::sys;
use crate::libc::timers::{Action, delay};
use qjs_engine::builtins::promise;
use qjs_engine::object::function::Call;
use qjs_engine::{Context, Result, Value};
use std::time::Duration;

/// Sets a timer; its number.
fn add(cx: &Context, after: Duration, repeat: bool, action: Action) -> Result<u64> {
    let s = state(cx.rt());
    let at = s.now().saturating_add(after);
    let id = s.timers.borrow_mut().add(cx, at, repeat.then_some(after), action);
    id.ok_or_else(|| cx.throw_oom())
}
fn set(c: &Call<'_>, repeat: bool) -> Result {
    let f = c.arg(0);
    if !f.is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let after = delay(c.cx.to_number(c.arg(1))?);
    let args = c.args.get(2..).unwrap_or_default().into();
    add(c.cx, after, repeat, Action::Call(f.clone(), args)).map(|id| Value::from_usize(id as usize))
}
/// setTimeout(func, delay, ...args)
pub fn set_timeout(c: &Call<'_>) -> Result {
    set(c, false)
}
/// setInterval(func, delay, ...args)
pub fn set_interval(c: &Call<'_>) -> Result {
    set(c, true)
}
/// clearTimeout(id), clearInterval(id): nothing for what is no timer.
pub fn clear_timer(c: &Call<'_>) -> Result {
    if let Ok(id) = u64::try_from(to_int64(c.cx, c.arg(0))?) {
        let old = state(c.cx.rt()).timers.borrow_mut().remove(c.cx.rt(), id);
        drop(old);
    }
    Ok(Value::UNDEFINED)
}
/// sleepAsync(delay): a promise.
pub fn sleep_async(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let after = delay(cx.to_number(c.arg(0))?);
    let p = promise::new_promise(cx)?;
    let (resolve, _) = promise::resolving_functions(cx, &p)?;
    add(cx, after, false, Action::Resolve(resolve))?;
    Ok(p.into())
}
/// sleep(delay): 0.
pub fn sleep(c: &Call<'_>) -> Result {
    let ms = c.cx.to_number(c.arg(0))?;
    if ms >= 1.0 {
        state(c.cx.rt()).workers.nap(delay(ms));
    }
    Ok(Value::int(0))
}
fn microseconds(d: Duration) -> Value {
    Value::number(d.as_micros() as f64)
}
/// now(): microseconds of a clock that only goes forward.
pub fn now(_: &Call<'_>) -> Result {
    Ok(microseconds(sys::monotonic()))
}
/// cputime(): microseconds of processor time that this process has used.
pub fn cputime(_: &Call<'_>) -> Result {
    Ok(microseconds(sys::cpu_time()))
}
