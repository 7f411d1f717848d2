//! Waiting on shared memory: Atomics.wait, waitAsync and notify (25.4.3).
//!
//! Waiters of all runtimes stand in process-wide lists, keyed by the address of the element they wait on: memory
//! that two runtimes share lies at the same address for both. What other threads may touch of a runtime is its
//! [`Agent`]; all else (promises, deadlines) stays with the runtime.
//!
//! A host's event loop asks [`Runtime::pending_async_waits`] whether there is something to stay alive for, sleeps
//! until [`Runtime::next_wait_deadline`] or until the function given to [`Runtime::on_async_wait_ready`] is
//! called, and runs jobs: that settles what is due (so does [`Runtime::settle_async_waits`]).
//!
//! Locks: a list, then an agent; the host's function is called with neither.

use crate::builtins::promise;
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::shared::Shared;
use crate::object::Object;
use crate::object::buffer::BufferData;
use crate::object::buffer::atomic::AtomicOp;
use crate::runtime::Runtime;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};
use parking_lot::{Condvar, Mutex, const_mutex};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a blocked wait goes without asking the interrupt handler.
const SLICE: Duration = Duration::from_millis(50);

/// Called, on any thread, when an async wait has become due.
pub type Wakeup = Box<dyn Fn() + Send + Sync>;

/// What threads other than a runtime's own may touch of it.
struct Agent {
    state: Mutex<AgentState>,
    /// Signalled when `state` has changed in a way that a blocked wait must see.
    changed: Condvar,
    /// Some async wait was notified.
    ready: AtomicBool,
}

struct AgentState {
    /// A blocked wait must ask the interrupt handler now.
    interrupted: bool,
    /// Async waits that were notified, in that order. Has room for all that are pending.
    notified: VecDeque<u64>,
    wakeup: Option<Shared<Wakeup>>,
}

/// A handle by which another thread makes a runtime that is blocked in Atomics.wait look around.
#[derive(Clone)]
pub struct Waker(Shared<Agent>);

impl Waker {
    /// Makes the runtime ask its interrupt handler: at once if it is blocked in Atomics.wait, else when it next
    /// would block. (Scripts that run ask it now and then anyway.) Does nothing once the runtime is gone.
    pub fn wake(&self) {
        self.0.state.lock().interrupted = true;
        self.0.changed.notify_all();
    }
}

/// Somebody who waits.
struct Waiter {
    agent: Shared<Agent>,
    /// The number of the async wait; None for a blocked thread.
    async_wait: Option<u64>,
    /// Set by who takes the waiter off its list to wake it.
    notified: AtomicBool,
}

/// Lists of waiters: by address, and in order of arrival for each.
struct Lists {
    arrivals: u64,
    waiters: BTreeMap<(usize, u64), Shared<Waiter>>,
}

impl Lists {
    /// Takes a waiter out. An empty table gives its memory back: the lists outlive every runtime.
    fn remove(&mut self, key: &(usize, u64)) -> Option<Shared<Waiter>> {
        let w = self.waiters.remove(key);
        if self.waiters.is_empty() {
            self.waiters = BTreeMap::new();
        }
        w
    }
}

/// Addresses are dealt out to several locks.
const SHARDS: usize = 32;
static LISTS: [Mutex<Lists>; SHARDS] =
    [const { const_mutex(Lists { arrivals: 0, waiters: BTreeMap::new() }) }; SHARDS];

fn lists(address: usize) -> &'static Mutex<Lists> {
    // Elements are four or eight bytes wide, blocks far apart.
    &LISTS[((address >> 3) ^ (address >> 12)) % SHARDS]
}

/// A place in a list; dropping it leaves the list.
struct Place {
    key: (usize, u64),
    waiter: Shared<Waiter>,
}

impl Place {
    /// AddWaiter (25.4.3.7), while the list is locked.
    fn take(lists: &mut Lists, address: usize, waiter: Shared<Waiter>) -> Place {
        let key = (address, lists.arrivals);
        lists.arrivals += 1;
        lists.waiters.insert(key, waiter.clone());
        Place { key, waiter }
    }
    /// RemoveWaiter (25.4.3.8): was it still waiting?
    fn leave(&self) -> bool {
        lists(self.key.0).lock().remove(&self.key).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.waiter.notified.load(Ordering::Acquire) {
            self.leave();
        }
    }
}

/// What a wait came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    NotEqual,
    Ok,
    TimedOut,
}

impl Outcome {
    pub(crate) fn to_value(self, cx: &Context) -> Value {
        let text = match self {
            Outcome::NotEqual => Name::not_equal,
            Outcome::Ok => Name::ok,
            Outcome::TimedOut => Name::timed_out,
        };
        cx.name(text).raw().clone()
    }
}

/// Where and for what a wait is.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub buffer: &'a Gc<Object>,
    pub block: &'a BufferData,
    /// The element's offset in the block.
    pub at: usize,
    /// Its size in bytes.
    pub size: usize,
    /// The element that is waited on, as raw bytes.
    pub expected: u64,
}

impl Site<'_> {
    fn is_as_expected(&self) -> bool {
        self.block.atomic(self.at, self.size, AtomicOp::Load, 0) == Some(self.expected)
    }
}

/// The instant in so many milliseconds; None: never.
fn deadline(ms: f64) -> Option<Instant> {
    Instant::now().checked_add(Duration::try_from_secs_f64(ms / 1000.0).ok()?)
}

/// DoWait (25.4.3.14) from step 17 on, blocking this thread.
pub(crate) fn wait(cx: &Context, site: &Site<'_>, ms: f64) -> Result<Outcome> {
    let rt = cx.rt();
    let agent = &rt.waits.agent;
    let deadline = deadline(ms);
    let address = site.block.address(site.at);
    let waiter =
        Shared::new(Waiter { agent: agent.clone(), async_wait: None, notified: AtomicBool::new(false) });
    let place = {
        let mut lists = lists(address).lock();
        if !site.is_as_expected() {
            return Ok(Outcome::NotEqual);
        }
        Place::take(&mut lists, address, waiter)
    };
    loop {
        let mut ask = false;
        {
            let mut state = agent.state.lock();
            if place.waiter.notified.load(Ordering::Acquire) {
                return Ok(Outcome::Ok);
            }
            if std::mem::take(&mut state.interrupted) {
                ask = true;
            } else {
                let now = Instant::now();
                if deadline.is_some_and(|d| d <= now) {
                    drop(state);
                    return Ok(if place.leave() { Outcome::TimedOut } else { Outcome::Ok });
                }
                let slice = rt.interrupt.borrow().is_some().then(|| now + SLICE);
                match deadline.into_iter().chain(slice).min() {
                    Some(until) => {
                        ask = agent.changed.wait_until(&mut state, until).timed_out() && slice.is_some();
                    }
                    None => agent.changed.wait(&mut state),
                }
            }
        }
        if ask {
            cx.poll_slow()?;
        }
    }
}

/// What a wait's record costs, with the waiter and its places in the tables.
const COST: usize = std::mem::size_of::<AsyncWait>() + std::mem::size_of::<Waiter>() + 128;

/// A promise that waits.
struct AsyncWait {
    realm: Gc<Context>,
    promise: Gc<Object>,
    /// Keeps the memory, and so the address, alive.
    _buffer: Gc<Object>,
    deadline: Option<Instant>,
    place: Place,
}

/// A runtime's side of waiting.
pub(crate) struct Waits {
    agent: Shared<Agent>,
    count: Cell<usize>,
    next: Cell<u64>,
    pending: RefCell<HashMap<u64, AsyncWait>>,
    deadlines: RefCell<BTreeSet<(Instant, u64)>>,
}

impl Waits {
    pub(crate) fn new() -> Waits {
        let state = AgentState { interrupted: false, notified: VecDeque::new(), wakeup: None };
        let agent =
            Agent { state: Mutex::new(state), changed: Condvar::new(), ready: AtomicBool::new(false) };
        Waits {
            agent: Shared::new(agent),
            count: Cell::new(0),
            next: Cell::new(0),
            pending: RefCell::default(),
            deadlines: RefCell::default(),
        }
    }
    /// Is there any async wait? (Cheap: asked before every job.)
    #[inline(always)]
    pub(crate) fn any(&self) -> bool {
        self.count.get() > 0
    }
    fn remove(&self, id: u64) -> Option<AsyncWait> {
        let w = self.pending.borrow_mut().remove(&id)?;
        self.count.set(self.count.get() - 1);
        if let Some(d) = w.deadline {
            self.deadlines.borrow_mut().remove(&(d, id));
        }
        Some(w)
    }
}

/// DoWait (25.4.3.14) from step 17 on, for a promise: what came of it at once, or the promise.
pub(crate) fn wait_async(
    cx: &Context,
    site: &Site<'_>,
    ms: f64,
) -> Result<std::result::Result<Gc<Object>, Outcome>> {
    let rt = cx.rt();
    let waits = &rt.waits;
    // All that may fail comes before the lock.
    let promise = promise::new_promise(cx)?;
    if !rt.charge(COST) {
        return Err(cx.throw_oom());
    }
    let room = waits.pending.borrow_mut().try_reserve(1).is_ok() && {
        // A notifying thread must find room, even if all of them are notified at once.
        waits.agent.state.lock().notified.try_reserve(waits.count.get() + 1).is_ok()
    };
    if !room {
        rt.discharge(COST);
        return Err(cx.throw_oom());
    }
    let id = waits.next.get();
    let deadline = deadline(ms);
    let address = site.block.address(site.at);
    let waiter = Shared::new(Waiter {
        agent: waits.agent.clone(),
        async_wait: Some(id),
        notified: AtomicBool::new(false),
    });
    let place = {
        let mut lists = lists(address).lock();
        let now = if !site.is_as_expected() {
            Some(Outcome::NotEqual)
        } else if ms == 0.0 {
            Some(Outcome::TimedOut)
        } else {
            None
        };
        if let Some(outcome) = now {
            rt.discharge(COST);
            return Ok(Err(outcome));
        }
        Place::take(&mut lists, address, waiter)
    };
    waits.next.set(id + 1);
    waits.count.set(waits.count.get() + 1);
    if let Some(d) = deadline {
        waits.deadlines.borrow_mut().insert((d, id));
    }
    let w = AsyncWait {
        realm: cx.to_gc(),
        promise: promise.clone(),
        _buffer: site.buffer.clone(),
        deadline,
        place,
    };
    waits.pending.borrow_mut().insert(id, w);
    Ok(Ok(promise))
}

/// Atomics.notify from step 8 on: wakes up to `count` waiters, first come first served; answers how many.
pub(crate) fn notify(block: &BufferData, at: usize, count: f64) -> usize {
    let address = block.address(at);
    let mut n = 0;
    let mut wakeups: Vec<Shared<Wakeup>> = Vec::new();
    {
        let mut lists = lists(address).lock();
        while (n as f64) < count {
            let first = lists.waiters.range((address, 0)..=(address, u64::MAX)).next();
            let Some((&key, _)) = first else { break };
            let Some(waiter) = lists.remove(&key) else { break };
            n += 1;
            let agent = &waiter.agent;
            let mut state = agent.state.lock();
            waiter.notified.store(true, Ordering::Release);
            match waiter.async_wait {
                None => {
                    agent.changed.notify_all();
                }
                Some(id) => {
                    state.notified.push_back(id);
                    // Whoever finds the flag set has told the host already.
                    if !agent.ready.swap(true, Ordering::AcqRel)
                        && let Some(w) = &state.wakeup
                    {
                        wakeups.push(w.clone());
                    }
                }
            }
        }
    }
    wakeups.iter().for_each(|w| w());
    n
}

impl Runtime {
    /// The handle by which other threads end a blocked Atomics.wait: the interrupt handler decides whether it
    /// does.
    pub fn waker(&self) -> Waker {
        Waker(self.waits.agent.clone())
    }
    /// How many promises of Atomics.waitAsync are not settled yet. A host should not end its loop before there are
    /// none, or none that can still be settled.
    pub fn pending_async_waits(&self) -> usize {
        self.waits.count.get()
    }
    /// When the next async wait times out; None if none does.
    pub fn next_wait_deadline(&self) -> Option<Instant> {
        self.waits.deadlines.borrow().first().map(|(d, _)| *d)
    }
    /// `wakeup` is called whenever an async wait of this runtime has been notified, on the thread that did it
    /// (maybe this one), with no lock held; the host then runs jobs on the runtime's thread. It may be called late:
    /// after the wait is settled, or while the runtime is being freed.
    pub fn on_async_wait_ready(&self, wakeup: Option<Wakeup>) {
        let wakeup = wakeup.map(Shared::new);
        let old = std::mem::replace(&mut self.waits.agent.state.lock().wakeup, wakeup);
        drop(old);
    }
    /// Is an async wait notified or past its deadline?
    pub fn is_async_wait_due(&self) -> bool {
        self.waits.any()
            && (self.waits.agent.ready.load(Ordering::Acquire)
                || self.next_wait_deadline().is_some_and(|d| d <= Instant::now()))
    }
    /// Settles the promises of async waits that are due, which queues their reactions as jobs; answers how many.
    pub fn settle_async_waits(&self) -> usize {
        let waits = &self.waits;
        let mut n = 0;
        if !waits.any() {
            return n;
        }
        if waits.agent.ready.swap(false, Ordering::AcqRel) {
            loop {
                let next = waits.agent.state.lock().notified.pop_front();
                let Some(id) = next else { break };
                if let Some(w) = waits.remove(id) {
                    self.settle(w, Outcome::Ok);
                    n += 1;
                }
            }
        }
        if waits.deadlines.borrow().is_empty() {
            return n;
        }
        let now = Instant::now();
        loop {
            let due = waits.deadlines.borrow().first().copied();
            let Some((d, id)) = due else { break };
            if d > now {
                break;
            }
            let Some(w) = waits.remove(id) else { break };
            // Somebody may have notified it since; its number then stands in the queue for nothing.
            let outcome = if w.place.leave() { Outcome::TimedOut } else { Outcome::Ok };
            self.settle(w, outcome);
            n += 1;
        }
        n
    }
    fn settle(&self, w: AsyncWait, outcome: Outcome) {
        self.discharge(COST);
        let v = outcome.to_value(&w.realm);
        // A string is no thenable: this only queues the reactions.
        if let Err(Thrown) = promise::resolve_with(&w.realm, &w.promise, v) {
            self.clear_exception();
        }
    }
    /// Forgets all async waits: their promises stay pending for ever.
    pub(crate) fn clear_async_waits(&self) {
        let pending = std::mem::take(&mut *self.waits.pending.borrow_mut());
        self.waits.deadlines.borrow_mut().clear();
        self.waits.count.set(0);
        self.discharge(COST * pending.len());
        drop(pending);
        self.waits.agent.state.lock().notified.clear();
        self.on_async_wait_ready(None);
    }
}
