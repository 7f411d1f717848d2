//! A worker's life on its thread: its runtime, its script, its loop, its end.

use super::endpoint::Link;
use super::factory::{self, Home};
use super::pool::{Job, Pool};
use super::report::Report;
use crate::libc::event_loop;
use crate::libc::helpers;
use crate::libc::state::{self, state};
use parking_lot::{Condvar, Mutex};
use qjs_engine::builtins::promise;
use qjs_engine::object::buffer::SharedFunctions;
use qjs_engine::vm::module::import;
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Runtime, Thrown, Value, embed};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The native stack a script may use unless options say otherwise.
const STACK: usize = 1 << 20;
pub const MIN_STACK: usize = 64 << 10;
pub const MAX_STACK: usize = 1 << 30;
/// What the thread has beyond that, for what does not recurse.
pub(super) const STACK_MARGIN: usize = 512 << 10;
/// What a thread has unless options say otherwise.
pub(super) const ROOM: usize = STACK + STACK_MARGIN;
/// A factory's runtime may have been given a larger stack: as much as this is there.
const FACTORY_STACK: usize = 8 << 20;

/// What a thread starts with.
pub struct Start {
    pub link: Arc<Link>,
    /// The caller's file, which the worker's is relative to.
    pub base: String,
    pub file: String,
    pub memory_limit: Option<usize>,
    pub stack_size: Option<usize>,
    pub shared_functions: SharedFunctions,
    /// The creator's bits of JS_ABORT_ON_LEAKS.
    pub leak_flags: u64,
}

impl Start {
    /// What debuggers are to call the thread.
    pub fn thread_name(&self) -> String {
        if self.link.name.is_empty() { "worker".to_owned() } else { self.link.name.replace('\0', "") }
    }
}

/// What may go to another thread: `SharedFunctions` has an embedder's pointer, which is meant to.
pub struct Sent(pub Start);

/// Starts a worker. If an embedder's functions make runtime and context, waits until they have. Answers the handle of
/// a new thread.
pub fn spawn(cx: &Context, pool: &Arc<Pool>, start: Start) -> Result<Option<JoinHandle<()>>> {
    let custom = factory::is_custom();
    let stack = start.stack_size.unwrap_or(STACK);
    let room = if custom { stack.max(FACTORY_STACK) } else { stack } + STACK_MARGIN;
    let answer = custom.then(|| Arc::new(Answer::default()));
    let job = Job { sent: Sent(start), tell: answer.clone() };
    let thread = pool.start(job, room).map_err(|e| {
        cx.throw_error(Intrinsic::InternalErrorPrototype, &format!("cannot create a worker's thread: {e}"))
    })?;
    if let Some(what) = answer.and_then(|a| a.wait()) {
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        let message = format!("cannot create a worker: {what} failed");
        return Err(cx.throw_error(Intrinsic::InternalErrorPrototype, &message));
    }
    Ok(thread)
}

/// What a new thread says to its creator, once: what failed, or nothing.
#[derive(Default)]
pub struct Answer {
    said: Mutex<Option<Option<&'static str>>>,
    changed: Condvar,
}

impl Answer {
    fn say(&self, what: Option<&'static str>) {
        *self.said.lock() = Some(what);
        self.changed.notify_one();
    }
    fn wait(&self) -> Option<&'static str> {
        let mut said = self.said.lock();
        loop {
            match *said {
                Some(what) => return what,
                None => self.changed.wait(&mut said),
            }
        }
    }
}

/// Runs a worker, in a runtime and context that are ready if `home` is given.
pub(super) fn run(start: &Start, stack: usize, tell: Option<Arc<Answer>>, home: Option<Home>) {
    let link = &start.link;
    let home = match home {
        Some(home) => home.move_in(start, stack),
        None => Home::new(start, stack),
    };
    match home {
        Err(what) => match tell {
            // The creator throws.
            Some(tell) => {
                tell.say(Some(what));
                link.bell.end();
                return;
            }
            None => {
                link.up.fail(Report::plain(&format!("cannot create a worker: {what} failed"), &start.file))
            }
        },
        Ok(home) => {
            if let Some(tell) = tell {
                tell.say(None);
            }
            let failed = live(home.context(), start);
            link.set_waker(None);
            // All that the worker has is gone before anybody hears that it has ended.
            home.free();
            if let Some(report) = failed {
                link.up.fail(report);
            }
        }
    }
    link.down.close();
    link.up.end();
    link.bell.end();
}

/// Prepares a runtime that a worker will live in.
pub(super) fn prepare(rt: &Runtime, start: &Start, stack: usize) {
    rt.set_can_block(true);
    if let Some(n) = start.memory_limit {
        rt.set_memory_limit(n);
    }
    // No more stack than the thread has, whatever a factory said.
    let wanted = start.stack_size.unwrap_or_else(|| rt.max_stack_size());
    rt.set_max_stack_size(if wanted == 0 { stack } else { wanted.min(stack) });
    let link = start.link.clone();
    let own = rt.interrupt_handler();
    rt.set_interrupt_handler(Some(Rc::new(move |rt: &Runtime| {
        link.is_stopped() || own.as_ref().is_some_and(|h| h(rt))
    })));
    start.link.set_waker(Some(rt.waker()));
    if rt.shared_functions.get().is_default() {
        rt.shared_functions.set(start.shared_functions);
    }
    rt.set_dump_flags(rt.dump_flags() | start.leak_flags);
    if rt.rejection_tracker.borrow().is_none() {
        *rt.rejection_tracker.borrow_mut() = Some(Rc::new(event_loop::note_rejection));
    }
    let s = state(rt);
    s.is_worker.set(true);
    s.workers.set_own(start.link.clone());
}

/// The worker's life: its script, then its loop. Why it failed, if it did.
fn live(cx: &Context, start: &Start) -> Option<Report> {
    let rt = cx.rt();
    let s = state(rt);
    let mut main = None;
    let r = helpers::add(cx, None).and_then(|()| {
        main = Some(load(cx, start)?);
        event_loop::run(cx)
    });
    let report = match r {
        _ if start.link.is_stopped() => None,
        Ok(()) => None,
        Err(Thrown) => {
            // Saying that memory is out takes a little.
            rt.set_memory_limit(0);
            let e = rt.take_exception().unwrap_or(Value::NULL);
            // (What the module itself throws comes as the rejection of its promise.)
            let own = main.as_ref().and_then(|p| promise::state(p));
            let own = matches!(own, Some((promise::State::Rejected, r)) if r.same_bits(&e));
            let rejection = s.rejected.get() && !own;
            Some(Report::of(cx, &e, &start.file, &start.link.name, rejection))
        }
    };
    drop(main);
    rt.clear_exception();
    state::free(rt);
    report
}

/// Loads and evaluates the worker's module: its promise. That it is rejected is found as any rejection is.
fn load(cx: &Context, start: &Start) -> Result<Gc<Object>> {
    let text = |s: &str| embed::decode_utf8(cx.rt(), s.as_bytes());
    let (base, file) = (text(&start.base)?, text(&start.file)?);
    import::import_module(cx, &base, &file)
}
