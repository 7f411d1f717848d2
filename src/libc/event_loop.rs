//! The event loop: jobs, timers, descriptors, signals.
//!
//! One turn is: all jobs (promise reactions); then the timers that are due, then what workers have sent, then the
//! descriptors that are ready, the jobs running after each callback. An error thrown by a job or a callback ends the loop and stays pending.

use super::dump;
use super::state::{State, state};
use super::sys;
use super::worker::{self, bell::WaitsFor};
use qjs_engine::builtins::promise;
use qjs_engine::{Context, Result, Runtime, Thrown, Value};
use std::time::{Duration, Instant};

/// Runs jobs until there are none. After an error the exception is pending in the realm that threw it.
pub fn run_jobs(rt: &Runtime) -> Result<()> {
    while let Some((realm, r)) = rt.run_job() {
        if r.is_err() {
            rt.set_current(&realm);
            return Err(Thrown);
        }
    }
    Ok(())
}

/// What a turn of the loop came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    /// Something was called: there may be more to do at once.
    Worked,
    /// Nothing is due yet.
    Waits,
    /// There is nothing left that could ever happen.
    Idle,
}

/// Calls a callback, then runs the jobs it left.
fn callback(realm: &Context, f: &Value, args: &[Value]) -> Result<()> {
    realm.rt().set_current(realm);
    realm.call(f, &Value::UNDEFINED, args)?;
    run_jobs(realm.rt())
}

/// Fires timers that are due; answers whether there were any. With `one`, at most one, whose jobs are left.
fn fire_timers(cx: &Context, s: &State, one: bool) -> Result<bool> {
    let (now, mark) = (s.now(), s.timers.borrow().mark());
    let mut any = false;
    loop {
        let due = s.timers.borrow_mut().take_due(cx.rt(), now, mark);
        let Some(t) = due else {
            return Ok(any);
        };
        any = true;
        if one {
            cx.rt().set_current(&t.realm);
            t.realm.call(&t.call, &Value::UNDEFINED, &t.args)?;
            return Ok(true);
        }
        callback(&t.realm, &t.call, &t.args)?;
        check_rejections(cx, s)?;
    }
}

/// Waits for descriptors and signals and calls their handlers; answers whether any was called.
fn poll(cx: &Context, s: &State, timeout: Option<Duration>, what: WaitsFor) -> Result<bool> {
    let ready = match s.workers.has_bell() {
        None => s.watches.borrow_mut().wait(timeout),
        // Other threads may end this wait.
        Some(bell) => s.watches.borrow_mut().waker().and_then(|waker| {
            bell.poll(waker, what, |sleeps| {
                s.watches.borrow_mut().wait(if sleeps { timeout } else { Some(Duration::ZERO) })
            })
        }),
    };
    let ready = match ready {
        Ok(r) => r,
        Err(e) => return Err(dump::throw_errno(cx, "cannot wait for events", e)),
    };
    let mut any = false;
    if ready.signals {
        any |= deliver_signals(cx, s)?;
    }
    for (fd, side) in ready.handlers {
        // (An earlier handler may have removed it.)
        let h = s.watches.borrow_mut().handler(fd, side);
        if let Some(h) = h {
            any = true;
            callback(&h.realm, &h.f, &[])?;
            check_rejections(cx, s)?;
        }
    }
    Ok(any)
}

fn deliver_signals(cx: &Context, s: &State) -> Result<bool> {
    let bits = s.signals.get().map_or(0, |p| p.take());
    let mut any = false;
    for signal in 1..=sys::MAX_SIGNAL {
        if bits & (1u64 << (signal & 63)) == 0 {
            continue;
        }
        let f = s.signal_handlers.borrow().iter().find(|(n, _)| *n == signal).map(|(_, f)| f.clone());
        if let Some(f) = f {
            any = true;
            callback(cx, &f, &[])?;
            check_rejections(cx, s)?;
        }
    }
    Ok(any)
}

/// How long until something is due by the clock alone: a timer, or the end of an Atomics.waitAsync.
fn next_due(cx: &Context, s: &State) -> Option<Duration> {
    let timer = s.timers.borrow_mut().next_due().map(|at| at.saturating_sub(s.now()));
    let wait = cx.rt().next_wait_deadline().map(|at| at.saturating_duration_since(Instant::now()));
    timer.into_iter().chain(wait).min()
}

/// One turn of the loop, which waits until there is something to do, or for `longest`.
fn turn(cx: &Context, s: &State, longest: Option<Duration>) -> Result<Turn> {
    run_jobs(cx.rt())?;
    check_rejections(cx, s)?;
    let mut worked = fire_timers(cx, s, false)?;
    worked |= worker::deliver(cx, s)?;
    if s.workers.is_stopped() {
        return Ok(Turn::Idle);
    }
    let next = next_due(cx, s);
    let watching = !s.watches.borrow().is_empty();
    worked |= !s.workers.attend(cx.rt());
    // With nothing of its own to wait for, it waits for other threads, if they may have something to say.
    let Some(what) = s.workers.waits_for(cx.rt(), next.is_some() || watching) else {
        return Ok(if worked { Turn::Worked } else { Turn::Idle });
    };
    let timeout = if worked { Some(Duration::ZERO) } else { next };
    let timeout = [timeout, longest].into_iter().flatten().min();
    if !s.watches.borrow().has_watcher() {
        if timeout.is_none_or(|t| !t.is_zero()) {
            match s.workers.has_bell() {
                Some(bell) => bell.park(timeout, what),
                // Nobody but the clock can have anything to say.
                None => sys::sleep(timeout.unwrap_or_default()),
            }
        }
        return Ok(if worked { Turn::Worked } else { Turn::Waits });
    }
    let polled = poll(cx, s, timeout, if worked { WaitsFor::Own } else { what })?;
    Ok(if worked || polled { Turn::Worked } else { Turn::Waits })
}

/// Runs until nothing can happen any more, or something throws.
pub fn run(cx: &Context) -> Result<()> {
    let s = state(cx.rt());
    while turn(cx, &s, None)? != Turn::Idle {}
    Ok(())
}

/// Does what is due now: jobs, timers, descriptors that are ready. Never waits.
pub fn run_due(cx: &Context) -> Result<()> {
    match turn(cx, &state(cx.rt()), Some(Duration::ZERO))? {
        // (A signal alone keeps no loop going.)
        Turn::Idle => poll_io(cx, Some(Duration::ZERO)),
        _ => Ok(()),
    }
}

/// What a program that waits for something else as well has to look at, to know when to call [`run_due`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    /// The next timer is due after this time.
    pub timer: Option<Duration>,
    /// This descriptor can be read when another one has become ready, or a signal has come.
    pub fd: Option<i32>,
}

/// How often a program that does not wait here is to look for messages of workers.
const GLANCE: Duration = Duration::from_millis(50);

/// None: nothing can happen any more.
pub fn waits(cx: &Context) -> Option<Waits> {
    let s = state(cx.rt());
    let mut timer = next_due(cx, &s);
    let watches = s.watches.borrow();
    if watches.has_always_ready() {
        timer = Some(Duration::ZERO);
    } else if s.workers.has_bell().is_some() {
        // (A bell is no descriptor.)
        timer = Some(timer.map_or(GLANCE, |t| t.min(GLANCE)));
    }
    let fd = watches.fd();
    (timer.is_some() || fd.is_some()).then_some(Waits { timer, fd })
}

/// What [`run_once`] leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Call again at once.
    Now,
    /// Call again after this time.
    After(Duration),
    /// Nothing is due: what is left waits for descriptors, or for nothing.
    Idle,
}

/// Runs all jobs, then at most one timer, whose jobs come with the next call. Never waits, never looks at descriptors.
pub fn run_once(cx: &Context) -> Result<Next> {
    let s = state(cx.rt());
    run_jobs(cx.rt())?;
    check_rejections(cx, &s)?;
    if fire_timers(cx, &s, true)? {
        return Ok(Next::Now);
    }
    if cx.rt().is_async_wait_due() {
        return Ok(Next::Now);
    }
    Ok(match next_due(cx, &s) {
        Some(Duration::ZERO) => Next::Now,
        Some(d) => Next::After(d),
        None => Next::Idle,
    })
}

/// Waits at most `timeout` (None: for ever) for descriptors and signals, and calls their handlers.
pub fn poll_io(cx: &Context, timeout: Option<Duration>) -> Result<()> {
    let s = state(cx.rt());
    let delivered = worker::deliver(cx, &s)? || !s.workers.attend(cx.rt());
    let (watching, has_watcher) = (!s.watches.borrow().is_empty(), s.watches.borrow().has_watcher());
    // With no handler, and no worker that has anything to say, only a signal could end the wait.
    let own = watching || has_watcher && timeout.is_some();
    let Some(what) = s.workers.waits_for(cx.rt(), own) else {
        return Ok(());
    };
    let what = if timeout.is_some() { WaitsFor::Own } else { what };
    let timeout = if delivered { Some(Duration::ZERO) } else { timeout };
    match s.workers.has_bell() {
        _ if has_watcher => drop(poll(cx, &s, timeout, what)?),
        Some(bell) if timeout.is_none_or(|t| !t.is_zero()) => bell.park(timeout, what),
        _ => {}
    }
    worker::deliver(cx, &s).map(|_| ())
}

/// Runs the loop until a promise is settled: its value, or its reason thrown. What is no promise is its own value.
/// If nothing is left that could settle it, that is an error.
pub fn wait_for(cx: &Context, v: Value) -> Result {
    wait_unless(cx, v, None)
}
/// The same, given up with an error when `stop`, asked now and then, says so.
pub fn wait_unless(cx: &Context, v: Value, stop: Option<&dyn Fn() -> bool>) -> Result {
    /// How long `stop` may have to wait.
    const PATIENCE: Duration = Duration::from_millis(50);
    let error = |text| Err(cx.throw_error(qjs_engine::Intrinsic::InternalErrorPrototype, text));
    let Some(p) = v.as_object().filter(|o| promise::state(o).is_some()) else {
        return Ok(v);
    };
    let s = state(cx.rt());
    // Whoever waits for it handles it.
    promise::mark_handled(p);
    forget_rejection(&s, &v);
    loop {
        match promise::state(p) {
            Some((promise::State::Fulfilled, r)) => return Ok(r),
            Some((promise::State::Rejected, e)) => return Err(cx.throw(e)),
            _ => {}
        }
        run_jobs(cx.rt())?;
        if !matches!(promise::state(p), Some((promise::State::Pending, _))) {
            continue;
        }
        if stop.is_some_and(|stop| stop()) {
            return error("interrupted");
        }
        if turn(cx, &s, stop.map(|_| PATIENCE))? == Turn::Idle
            && matches!(promise::state(p), Some((promise::State::Pending, _)))
        {
            return error("the promise waited for can never be settled");
        }
    }
}

// ---- unhandled rejections

/// Notes a promise rejected without a handler, or strikes one that has got a handler.
pub fn note_rejection(cx: &Context, promise: &Value, reason: &Value, is_handled: bool) {
    let s = state(cx.rt());
    if is_handled {
        forget_rejection(&s, promise);
        return;
    }
    let mut list = s.rejections.borrow_mut();
    if list.try_reserve(1).is_ok() {
        list.push((promise.clone(), reason.clone()));
    }
}
fn forget_rejection(s: &State, promise: &Value) {
    let mut list = s.rejections.borrow_mut();
    let old = list.iter().position(|(p, _)| p.same_bits(promise)).map(|i| list.remove(i));
    drop(list);
    drop(old);
}
/// After all jobs have run: a rejection that nobody has handled ends the process (at the prompt it is
/// only told); in a worker, the worker.
pub fn check_rejections(cx: &Context, s: &State) -> Result<()> {
    if s.rejections.borrow().is_empty() {
        return Ok(());
    }
    let list = s.rejections.take();
    if s.is_worker.get() {
        s.rejected.set(true);
        let reason = list.into_iter().next().map_or(Value::UNDEFINED, |(_, reason)| reason);
        return Err(cx.throw(reason));
    }
    for (_, reason) in &list {
        dump::rejection(cx, reason);
    }
    if !s.survives_rejections.get() {
        sys::exit(1);
    }
    Ok(())
}
