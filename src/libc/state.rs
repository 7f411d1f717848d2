//! What the standard library keeps with a runtime.

use super::console::Console;
use super::sys::{Errno, SignalPipe, Sys};
use super::timers::Timers;
use super::watches::Watches;
use super::worker::Workers;
use crate::capi::runtime::with_host;
use qjs_engine::{Runtime, Value};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The standard library's state of one runtime, from js_std_init_handlers to js_std_free_handlers.
pub struct State {
    /// The zero of this loop's times.
    origin: Instant,
    pub timers: RefCell<Timers>,
    pub watches: RefCell<Watches>,
    pub signals: OnceCell<SignalPipe>,
    /// What to call on each signal.
    pub signal_handlers: RefCell<Vec<(i32, Value)>>,
    /// Rejected promises that nobody handles yet, and why they were rejected.
    pub rejections: RefCell<Vec<(Value, Value)>>,
    /// An unhandled rejection is told and nothing more: the process goes on.
    pub survives_rejections: Cell<bool>,
    pub console: Console,
    /// Runs in a thread that os.Worker made: signals are not its business.
    pub is_worker: Cell<bool>,
    pub workers: Workers,
    /// A worker's loop ended because of a rejection that nobody handled.
    pub rejected: Cell<bool>,
}

impl State {
    fn new() -> State {
        State {
            origin: Instant::now(),
            timers: RefCell::new(Timers::default()),
            watches: RefCell::new(Watches::default()),
            signals: OnceCell::new(),
            signal_handlers: RefCell::new(Vec::new()),
            rejections: RefCell::new(Vec::new()),
            console: Console::default(),
            survives_rejections: Cell::new(false),
            is_worker: Cell::new(false),
            workers: Workers::default(),
            rejected: Cell::new(false),
        }
    }
    /// The loop's clock.
    pub fn now(&self) -> Duration {
        self.origin.elapsed()
    }
    /// The pipe by which signals arrive, watched from now on.
    pub fn signal_pipe(&self) -> Sys<&SignalPipe> {
        if self.signals.get().is_none() {
            let pipe = SignalPipe::new()?;
            self.watches.borrow_mut().watch_signals(pipe.fd())?;
            let _ = self.signals.set(pipe);
        }
        self.signals.get().ok_or(Errno(libc::ENOMEM))
    }
}

/// The state of a runtime, made if it is not there yet.
pub fn state(rt: &Runtime) -> Rc<State> {
    let old = with_host(rt, |h| h.library.clone());
    if let Some(s) = old.and_then(|s| s.downcast::<State>().ok()) {
        return s;
    }
    let new = Rc::new(State::new());
    rt.traces_thrown.set(true);
    with_host(rt, |h| h.library = Some(new.clone()));
    new
}

/// Lets go of all that the state holds: handlers, timers, descriptors of its own.
pub fn free(rt: &Runtime) {
    let old = with_host(rt, |h| h.library.take());
    if let Some(s) = old.and_then(|s| s.downcast::<State>().ok()) {
        // Threads first: they may still be busy with this runtime's messages.
        s.workers.free(rt);
        // Values may run finalizers, which may ask for the state: nothing is borrowed while they are dropped.
        let timers = s.timers.replace(Timers::default());
        timers.give_back(rt);
        let watches = s.watches.replace(Watches::default());
        let handlers = s.signal_handlers.take();
        let rejections = s.rejections.take();
        drop((timers, watches, handlers, rejections));
    }
}
