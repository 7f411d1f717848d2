//! Workers: os.Worker, threads with a runtime each that exchange messages. docs/workers.md says what scripts see.
//!
//! - [`class`]: the class Worker and Worker.parent, over [`endpoint`]
//! - [`message`]: values to bytes and back, events; [`report`]: errors on their way to the parent
//! - [`queue`]: messages between two threads; [`bell`]: how they wake each other, and when all is over
//! - [`thread`]: a worker's life on its thread; [`factory`]: its runtime and context; [`pool`]: threads that wait
//!   for the next worker
//!
//! What threads share is the [`Link`] of each worker and the bells, and nothing else: bytes, holds of shared memory,
//! memory of transferred buffers. No value of one runtime is ever seen by another's thread.

#[deny(unsafe_code)]
pub mod bell;
#[deny(unsafe_code)]
pub mod class;
#[deny(unsafe_code)]
pub mod endpoint;
pub mod factory;
#[deny(unsafe_code)]
pub mod message;
#[deny(unsafe_code)]
pub mod pool;
#[deny(unsafe_code)]
pub mod queue;
#[deny(unsafe_code)]
pub mod report;
#[deny(unsafe_code)]
pub mod thread;

use super::dump;
use super::event_loop::{check_rejections, run_jobs};
use super::state::State;
use super::sys::{File, Standard};
use bell::{Bell, PARENT, Token, WaitsFor};
use endpoint::{Endpoint, Kind, Link};
use pool::Pool;
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value};
use queue::Taken;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// A worker as its parent's loop knows it.
pub struct Child {
    pub endpoint: Rc<Endpoint>,
    /// The Worker object, kept as long as it may be called back.
    pub root: Option<Gc<Object>>,
    /// Its thread has not said yet that it is about to end.
    pub runs: bool,
}

/// What a runtime's loop has to do with workers.
#[derive(Default)]
pub struct Workers {
    bell: OnceCell<Arc<Bell>>,
    /// This runtime is a worker's.
    own: OnceCell<Arc<Link>>,
    /// Worker.parent, once a script has seen the class.
    pub parent: RefCell<Option<(Rc<Endpoint>, Gc<Object>)>>,
    pub children: RefCell<HashMap<Token, Child>>,
    last: Cell<Token>,
    /// Queues to look into.
    ready: RefCell<Vec<Token>>,
    pub pool: Arc<Pool>,
    /// Threads that workers run in, and that wait for some.
    threads: RefCell<Vec<JoinHandle<()>>>,
    /// The bell rings for async waits.
    attends: Cell<bool>,
}

/// Messages that one queue may deliver in one turn of the loop.
const TURN: usize = 1024;
/// How long threads have to end when their parent does. One that sits in a call of the system's is left behind.
const PATIENCE: Duration = Duration::from_secs(2);

impl Workers {
    /// This runtime's line to its parent, if it is a worker.
    pub fn own_link(&self) -> Option<&Arc<Link>> {
        self.own.get()
    }
    pub fn set_own(&self, link: Arc<Link>) {
        let _ = self.bell.set(link.bell.clone());
        let _ = self.own.set(link);
    }
    /// Is this runtime a worker that is to end at once?
    pub fn is_stopped(&self) -> bool {
        self.own.get().is_some_and(|l| l.is_stopped())
    }
    fn bell(&self) -> &Arc<Bell> {
        self.bell.get_or_init(|| Bell::new(None))
    }
    /// A number for a new worker, and the bell it is to ring; None if memory is out.
    pub fn next_child(&self) -> Option<(Token, Arc<Bell>)> {
        let mut children = self.children.borrow_mut();
        let bell = self.bell();
        if children.try_reserve(1).is_err() || !bell.expect(children.len() + 2) {
            return None;
        }
        let mut t = self.last.get();
        loop {
            t = t.wrapping_add(1);
            if t != PARENT && !children.contains_key(&t) {
                break;
            }
        }
        self.last.set(t);
        Some((t, bell.clone()))
    }
    /// Handlers came or went: the object is kept while there are any, and what waits for them is delivered.
    pub fn handlers_changed(&self, e: &Rc<Endpoint>, object: &Value) {
        if e.listens() {
            self.ready.borrow_mut().push(e.token());
        }
        if e.is_parent_port {
            return;
        }
        let keep = e.has_handlers();
        let old = match self.children.borrow_mut().get_mut(&e.token()) {
            Some(c) if c.root.is_some() != keep => {
                let new = if keep { object.clone().into_gc::<Object>().ok() } else { None };
                std::mem::replace(&mut c.root, new)
            }
            _ => None,
        };
        drop(old);
    }
    /// Forgets workers that have ended and of which nobody can want anything, and joins threads that have ended.
    pub fn sweep(&self) {
        let gone: Vec<Child> = {
            let mut children = self.children.borrow_mut();
            let over: Vec<Token> = children
                .iter()
                .filter(|(_, c)| !c.runs && !c.endpoint.incoming().is_open())
                .map(|(t, _)| *t)
                .collect();
            over.iter().filter_map(|t| children.remove(t)).collect()
        };
        drop(gone);
        let mut threads = self.threads.borrow_mut();
        let mut i = 0;
        while i < threads.len() {
            if threads[i].is_finished() {
                let _ = threads.swap_remove(i).join();
            } else {
                i += 1;
            }
        }
    }
    /// A new worker, and its thread if that is new.
    pub fn add(&self, token: Token, endpoint: Rc<Endpoint>, thread: Option<JoinHandle<()>>) {
        self.threads.borrow_mut().extend(thread);
        self.children.borrow_mut().insert(token, Child { endpoint, root: None, runs: true });
    }
    /// The worker's thread ends: the loop need not keep anything of it but messages that nobody has read.
    fn ended(&self, t: Token) {
        let old = {
            let mut children = self.children.borrow_mut();
            let Some(c) = children.get_mut(&t) else { return };
            c.runs = false;
            c.endpoint.incoming().finish_taken();
            let has_more = c.endpoint.incoming().is_open() || c.endpoint.taker.borrow().has_more();
            if has_more { (None, c.root.take()) } else { (children.remove(&t), None) }
        };
        drop(old);
    }
    /// Ends all workers, and waits until they have ended.
    fn stop_all(&self) {
        let children = self.children.take();
        for c in children.values() {
            c.endpoint.link.stop();
            c.endpoint.link.up.close();
            c.endpoint.link.down.close();
        }
        self.pool.close();
        let threads = self.threads.take();
        let until = std::time::Instant::now() + PATIENCE;
        for t in threads {
            while !t.is_finished() && std::time::Instant::now() < until {
                std::thread::sleep(Duration::from_micros(200));
            }
            if t.is_finished() {
                let _ = t.join();
            }
        }
        drop(children);
    }
    /// The runtime's state is being freed.
    pub fn free(&self, rt: &Runtime) {
        rt.on_async_wait_ready(None);
        self.attends.set(false);
        self.stop_all();
        if let Some((e, o)) = self.parent.take() {
            e.clear();
            drop(o);
        }
    }

    // ---- what the loop asks

    /// Must the loop sleep on a bell, rather than just sleep?
    pub fn has_bell(&self) -> Option<&Arc<Bell>> {
        self.bell.get()
    }
    /// What the loop waits for: if not for something of its own, for whom else; None: nothing can happen any more.
    pub fn waits_for(&self, rt: &Runtime, own: bool) -> Option<WaitsFor> {
        if own {
            return Some(WaitsFor::Own);
        }
        let bell = self.bell.get()?;
        // A worker waits for its parent; what has no parent waits for nobody.
        if self.own.get().is_some() && (self.listens_to_parent() || rt.pending_async_waits() > 0) {
            return Some(WaitsFor::Parent);
        }
        // (In this order: what children rang for before they became idle is seen.)
        let some = bell.has_active_children() || bell.is_rung() || !self.ready.borrow().is_empty();
        some.then_some(WaitsFor::Children)
    }
    fn listens_to_parent(&self) -> bool {
        self.parent.borrow().as_ref().is_some_and(|(e, _)| e.listens() && e.incoming().is_open())
    }
    /// Sees to it that notified async waits wake the loop. False if one is due already.
    pub fn attend(&self, rt: &Runtime) -> bool {
        if rt.pending_async_waits() == 0 {
            return true;
        }
        if !self.attends.replace(true) {
            let bell = self.bell().clone();
            rt.on_async_wait_ready(Some(Box::new(move || bell.ring())));
        }
        !rt.is_async_wait_due()
    }
    /// Sleeps at most so long, unless it is rung for or stopped.
    pub fn nap(&self, d: Duration) {
        let until = std::time::Instant::now() + d;
        match self.own.get() {
            Some(link) => {
                // (What rings besides is found when the loop is back.)
                loop {
                    let left = until.saturating_duration_since(std::time::Instant::now());
                    if left.is_zero() || link.is_stopped() {
                        break;
                    }
                    super::sys::sleep(left.min(Duration::from_millis(50)));
                }
            }
            None => super::sys::sleep(d),
        }
    }
}

/// Delivers what has come: messages, errors, ends. Was there anything?
pub fn deliver(cx: &Context, s: &State) -> Result<bool> {
    let w = &s.workers;
    let Some(bell) = w.bell.get() else { return Ok(false) };
    bell.take(&mut w.ready.borrow_mut());
    if w.ready.borrow().is_empty() {
        return Ok(false);
    }
    let tokens = w.ready.take();
    let mut any = false;
    for (i, &t) in tokens.iter().enumerate() {
        match deliver_queue(cx, s, t) {
            Ok(found) => any |= found,
            Err(e) => {
                // Whoever goes on after the error finds the rest, this queue's too.
                w.ready.borrow_mut().extend_from_slice(&tokens[i..]);
                return Err(e);
            }
        }
    }
    Ok(any)
}

fn deliver_queue(cx: &Context, s: &State, t: Token) -> Result<bool> {
    let w = &s.workers;
    let found = if t == PARENT {
        w.parent.borrow().as_ref().map(|(e, o)| (e.clone(), Some(o.clone())))
    } else {
        w.children.borrow().get(&t).map(|c| (c.endpoint.clone(), c.root.clone()))
    };
    let Some((e, object)) = found else { return Ok(false) };
    e.taker.borrow().heard(e.incoming());
    let mut any = false;
    if let Some(o) = &object
        && e.listens()
    {
        any = deliver_messages(cx, s, &e, o.as_value())?;
    }
    if t == PARENT {
        return Ok(any);
    }
    // What became of the worker comes after its messages.
    let more = e.listens() && !e.taker.borrow().is_dry(e.incoming());
    if more {
        return Ok(any);
    }
    if let Some(report) = e.incoming().take_failure() {
        any = true;
        let target = object.as_ref().map_or(Value::UNDEFINED, |o| o.to_value());
        let realm = e.realm();
        let realm: &Context = realm.as_deref().unwrap_or(cx);
        cx.rt().set_current(realm);
        let after = || run_jobs(cx.rt()).and_then(|()| check_rejections(realm, s));
        let told = e.dispatch(realm, &target, Kind::Error, || report.event(realm).map(Value::from), after)?;
        if !told && !e.link.is_stopped() {
            report.print();
        }
    }
    if e.incoming().has_ended() {
        any = true;
        w.ended(t);
    }
    Ok(any)
}

fn deliver_messages(cx: &Context, s: &State, e: &Rc<Endpoint>, target: &Value) -> Result<bool> {
    let Some(realm) = e.realm() else { return Ok(false) };
    let realm: &Context = &realm;
    let rt = cx.rt();
    for n in 0..TURN {
        if !e.listens() || s.workers.is_stopped() {
            return Ok(n > 0);
        }
        let message = match e.taker.borrow_mut().next(e.incoming()) {
            None => return Ok(n > 0),
            Some(Taken::Plain(p)) => Ok(message::plain_value(p)),
            Some(Taken::Quick(bytes)) => e.with_quick(|q| q.shapes.read(realm, bytes)),
            Some(Taken::Bytes(bytes, luggage)) => message::read(realm, bytes, luggage),
        };
        rt.set_current(realm);
        let after = || run_jobs(rt).and_then(|()| check_rejections(realm, s));
        match message {
            Ok(v) => {
                e.dispatch(realm, target, Kind::Message, || message::event(realm, v), after)?;
            }
            Err(_) => {
                let error = rt.take_exception().unwrap_or(Value::NULL);
                let event = || message::error_event(realm, error.clone());
                if !e.dispatch(realm, target, Kind::MessageError, event, after)? {
                    let _ = File::standard(Standard::Out).flush();
                    File::standard(Standard::Err).write(b"A message could not be read: ");
                    dump::error(realm, &error);
                }
            }
        }
    }
    // The others' turn.
    s.workers.ready.borrow_mut().push(e.token());
    Ok(true)
}
