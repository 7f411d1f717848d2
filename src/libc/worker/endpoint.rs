//! One end of the line between a worker and its parent: what a Worker object, or Worker.parent, is over.

use super::bell::{Bell, PARENT, Token};
use super::queue::{Queue, Taker};
use parking_lot::Mutex;
use qjs_engine::heap::gc::Tracer;
use qjs_engine::object::host::HostObject;
use qjs_engine::serialize::quick::Quick;
use qjs_engine::vm::wait::Waker;
use qjs_engine::{Context, Gc, Result, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What both threads know of a worker.
pub struct Link {
    pub name: String,
    /// The worker's number among its parent's.
    pub token: Token,
    /// The worker's loop.
    pub bell: Arc<Bell>,
    /// Messages to the worker.
    pub down: Queue,
    /// Messages to its parent.
    pub up: Queue,
    /// It is to end at once.
    stop: AtomicBool,
    /// Ends what the worker's thread blocks in.
    waker: Mutex<Option<Waker>>,
}

impl Link {
    pub fn new(name: String, token: Token, parent: &Arc<Bell>, limit: usize) -> Arc<Link> {
        let bell = Bell::new(Some(parent.clone()));
        let down = Queue::new(bell.clone(), PARENT, limit);
        let up = Queue::new(parent.clone(), token, limit);
        Arc::new(Link { name, token, bell, down, up, stop: AtomicBool::new(false), waker: Mutex::new(None) })
    }
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
    /// Makes the worker end: scripts are interrupted, waits too.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        if let Some(w) = &*self.waker.lock() {
            w.wake();
        }
        self.bell.ring();
    }
    /// What `stop` wakes from now on.
    pub fn set_waker(&self, w: Option<Waker>) {
        *self.waker.lock() = w;
    }
}

/// Kinds of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Message,
    Error,
    MessageError,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Message, Kind::Error, Kind::MessageError];
    pub fn name(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Error => "error",
            Kind::MessageError => "messageerror",
        }
    }
}

struct Listener {
    kind: Kind,
    f: Value,
    once: bool,
}

#[derive(Default)]
struct Handlers {
    /// `onmessage` and so on; undefined or null if there is none.
    on: [Value; 3],
    listeners: Vec<Listener>,
    /// Listeners and the place of the handler property among them: before or after, by which came first.
    first: [usize; 3],
}

/// See the module.
pub struct Endpoint {
    pub link: Arc<Link>,
    /// The worker's own end, not its parent's.
    pub is_parent_port: bool,
    pub taker: RefCell<Taker>,
    handlers: RefCell<Handlers>,
    /// Where handlers are called.
    realm: RefCell<Option<Gc<Context>>>,
    /// Is there a `message` handler? (Asked all the time.)
    listens: Cell<bool>,
    quick: RefCell<Option<Box<QuickState>>>,
}

/// What the writer and the reader of small messages remember from one to the next.
#[derive(Default)]
pub struct QuickState {
    pub shapes: Quick,
    /// Where messages are written.
    pub bytes: Vec<u8>,
}

/// What is charged for a listener.
const COST: usize = 64;
/// More listeners than these are out of memory.
const MAX_LISTENERS: usize = 65_536;

impl Endpoint {
    pub fn new(link: Arc<Link>, is_parent_port: bool, realm: &Context) -> Rc<Endpoint> {
        Rc::new(Endpoint {
            link,
            is_parent_port,
            taker: RefCell::default(),
            handlers: RefCell::default(),
            realm: RefCell::new(Some(realm.to_gc())),
            listens: Cell::new(false),
            quick: RefCell::default(),
        })
    }
    /// The queue of what comes here, and that of what goes out.
    pub fn incoming(&self) -> &Queue {
        if self.is_parent_port { &self.link.down } else { &self.link.up }
    }
    pub fn outgoing(&self) -> &Queue {
        if self.is_parent_port { &self.link.up } else { &self.link.down }
    }
    pub fn token(&self) -> Token {
        if self.is_parent_port { PARENT } else { self.link.token }
    }
    pub fn realm(&self) -> Option<Gc<Context>> {
        self.realm.borrow().clone()
    }
    /// Lends what small messages are written and read with. (Nothing is borrowed meanwhile: memory that is given up on
    /// the way may have finalizers.)
    pub fn with_quick<R>(&self, f: impl FnOnce(&mut QuickState) -> R) -> R {
        let mut q = self.quick.take().unwrap_or_default();
        let r = f(&mut q);
        // (Unless the end of all has come.)
        if self.realm.borrow().is_some() {
            let old = self.quick.replace(Some(q));
            drop(old);
        }
        r
    }
    /// Does anybody wait for messages?
    pub fn listens(&self) -> bool {
        self.listens.get()
    }
    /// Does anybody wait for anything?
    pub fn has_handlers(&self) -> bool {
        let h = self.handlers.borrow();
        !h.listeners.is_empty() || h.on.iter().any(Value::is_callable)
    }
    fn changed(&self) {
        let h = self.handlers.borrow();
        self.listens.set(
            h.on[Kind::Message as usize].is_callable() || h.listeners.iter().any(|l| l.kind == Kind::Message),
        );
    }
    pub fn handler(&self, kind: Kind) -> Value {
        let v = self.handlers.borrow().on[kind as usize].clone();
        if v.is_callable() { v } else { Value::NULL }
    }
    pub fn set_handler(&self, kind: Kind, f: Value) {
        let old = {
            let mut h = self.handlers.borrow_mut();
            if !h.on[kind as usize].is_callable() {
                h.first[kind as usize] = h.listeners.len();
            }
            std::mem::replace(&mut h.on[kind as usize], f)
        };
        self.changed();
        drop(old);
    }
    pub fn add_listener(&self, cx: &Context, kind: Kind, f: Value, once: bool) -> Result<()> {
        {
            let mut h = self.handlers.borrow_mut();
            if h.listeners.iter().any(|l| l.kind == kind && l.f.same_bits(&f)) {
                return Ok(());
            }
            if h.listeners.len() >= MAX_LISTENERS
                || h.listeners.try_reserve(1).is_err()
                || !cx.rt().charge(COST)
            {
                return Err(cx.throw_oom());
            }
            h.listeners.push(Listener { kind, f, once });
        }
        self.changed();
        Ok(())
    }
    pub fn remove_listener(&self, cx: &Context, kind: Kind, f: &Value) {
        let old = {
            let mut h = self.handlers.borrow_mut();
            let at = h.listeners.iter().position(|l| l.kind == kind && l.f.same_bits(f));
            at.map(|i| {
                h.first.iter_mut().filter(|n| **n > i).for_each(|n| *n -= 1);
                h.listeners.remove(i)
            })
        };
        if old.is_some() {
            cx.rt().discharge(COST);
        }
        self.changed();
        drop(old);
    }
    /// The functions to call, in the order in which they were added. Those for one event only are taken off.
    fn to_call(&self, cx: &Context, kind: Kind) -> Vec<Value> {
        let mut list = Vec::new();
        let mut once = Vec::new();
        {
            let h = self.handlers.borrow();
            let on = &h.on[kind as usize];
            let before = h.first[kind as usize];
            let mut on = Some(on).filter(|f| f.is_callable());
            for (i, l) in h.listeners.iter().enumerate() {
                if i >= before
                    && let Some(f) = on.take()
                {
                    list.push(f.clone());
                }
                if l.kind == kind {
                    list.push(l.f.clone());
                    if l.once {
                        once.push(l.f.clone());
                    }
                }
            }
            list.extend(on.cloned());
        }
        once.iter().for_each(|f| self.remove_listener(cx, kind, f));
        list
    }
    /// The one function to call, if there is just one and it stays: most often so.
    pub fn only_handler(&self, kind: Kind) -> Option<Value> {
        let h = self.handlers.borrow();
        if h.listeners.is_empty() {
            Some(h.on[kind as usize].clone()).filter(Value::is_callable)
        } else {
            None
        }
    }
    /// Calls all that listen with the event that `event` makes; were there any? `after` runs after each.
    pub fn dispatch(
        &self,
        cx: &Context,
        target: &Value,
        kind: Kind,
        event: impl FnOnce() -> Result<Value>,
        mut after: impl FnMut() -> Result<()>,
    ) -> Result<bool> {
        if let Some(f) = self.only_handler(kind) {
            cx.call(&f, target, &[event()?])?;
            after()?;
            return Ok(true);
        }
        let list = self.to_call(cx, kind);
        if list.is_empty() {
            return Ok(false);
        }
        let event = event()?;
        for f in &list {
            if f.is_callable() {
                cx.call(f, target, std::slice::from_ref(&event))?;
            } else {
                let handle = cx.get_str(f, "handleEvent")?;
                cx.call(&handle, f, std::slice::from_ref(&event))?;
            }
            after()?;
        }
        Ok(true)
    }
    pub fn trace(&self, t: &mut Tracer<'_>) {
        let h = self.handlers.borrow();
        h.on.iter().for_each(|v| t.visit(v));
        h.listeners.iter().for_each(|l| t.visit(&l.f));
        if let Some(r) = &*self.realm.borrow() {
            t.visit(r.as_value());
        }
        if let Some(q) = &*self.quick.borrow() {
            q.shapes.trace(t);
        }
    }
    /// No handler will be called any more.
    pub fn clear(&self) {
        let h = self.handlers.take();
        let realm = self.realm.take();
        let quick = self.quick.take();
        self.listens.set(false);
        if let Some(r) = &realm {
            r.rt().discharge(COST * h.listeners.len());
        }
        drop((h, quick, realm));
    }
}

/// The Rust side of a Worker object or of Worker.parent.
pub struct Port(pub Rc<Endpoint>);

impl HostObject for Port {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.0.clear();
        if !self.0.is_parent_port {
            // No script can post to the worker, nor listen to it, any more.
            self.0.link.up.close();
            self.0.link.down.finish();
        }
    }
}
