//! How loops in several threads wake one another, and how they know that nothing can happen any more.
//!
//! Every loop that has to do with workers has a [`Bell`]. Whoever has something for the loop (a message, the
//! notification of an async wait) rings it; a loop that has nothing to do sleeps on it. As long as the loop runs,
//! ringing costs no system call.
//!
//! # When is it over?
//! A loop is *active* as long as it runs, or waits for something that may happen by itself: a timer, a descriptor, a
//! blocked call. A loop that waits for nothing but messages is *idle*; only an active one can wake it, and whoever
//! does makes it active before going on. So once a loop is idle, and so are all its workers, and theirs, nothing can
//! ever happen to them but what their parent does: the family sleeps until then, and where there is no parent it is
//! over. Each bell counts its children's families that are active.

use crate::libc::sys;
use parking_lot::{Condvar, Mutex, const_mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Which queue has something: the number of a worker, or [`PARENT`].
pub type Token = u32;
/// The queue of messages from the parent.
pub const PARENT: Token = 0;

/// Guards what the bells of a family know of one another (their `active…` and `counted`), in all families.
static FAMILIES: Mutex<()> = const_mutex(());

/// Where other threads reach a loop.
pub struct Bell {
    parent: Option<Arc<Bell>>,
    /// Something was put into `state.ready`, or must be looked at, since the loop last looked.
    rung: AtomicBool,
    state: Mutex<State>,
    woken: Condvar,
    /// The loop itself is active.
    active: AtomicBool,
    /// Children's families that are active, of those that are `counted`.
    active_children: AtomicUsize,
    /// The parent's loop goes on as long as this family is active.
    counted: AtomicBool,
    /// Whether looking again and again before sleeping pays: below `REST`, how many attempts were in vain of late
    /// (doubled); from there on, sleeps until the next attempt.
    spin: AtomicU32,
}

struct State {
    /// Queues that have something, each once.
    ready: Vec<Token>,
    sleep: Sleep,
    /// Asleep, and idle.
    idle: bool,
}

enum Sleep {
    Awake,
    /// On `woken`.
    Parked,
    /// For descriptors; ended by the waker.
    Polling(sys::Waker),
}

/// What a loop that sleeps waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitsFor {
    /// Something of its own too: it stays active.
    Own,
    /// Its workers only: as long as any is active.
    Children,
    /// Its parent too.
    Parent,
}

/// Bells to ring once no lock is held.
type Tell = Vec<Arc<Bell>>;

/// Going to sleep and being woken takes some 20 µs: an answer that takes as long is worth waiting for.
const SPIN: Duration = Duration::from_micros(30);
/// So many attempts in vain more than not, doubled, and it does not pay: others need the processors, and who spins is
/// the last whom the system lets run.
const REST: u32 = 8;
/// Then so many sleeps without an attempt.
const SLEEPS: u32 = 200;

/// Spinning is for machines where the one that is to ring can run meanwhile.
fn may_spin() -> bool {
    // (Asking takes long. Not a OnceLock, which ThreadSanitizer takes for a race: std is not instrumented.)
    static CORES: AtomicUsize = AtomicUsize::new(0);
    let mut n = CORES.load(Ordering::Relaxed);
    if n == 0 {
        n = std::thread::available_parallelism().map_or(1, |n| n.get());
        CORES.store(n, Ordering::Relaxed);
    }
    n > 1
}

impl Bell {
    pub fn new(parent: Option<Arc<Bell>>) -> Arc<Bell> {
        let b = Arc::new(Bell {
            parent,
            rung: AtomicBool::new(false),
            state: Mutex::new(State { ready: Vec::new(), sleep: Sleep::Awake, idle: false }),
            woken: Condvar::new(),
            active: AtomicBool::new(false),
            active_children: AtomicUsize::new(0),
            counted: AtomicBool::new(true),
            spin: AtomicU32::new(0),
        });
        // (Nobody has anything to do with a bell that is just made, but for its parent.)
        b.set_active(true);
        b
    }

    // ---- families

    fn family_is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed) || self.active_children.load(Ordering::Relaxed) > 0
    }
    /// Tells the parent what has become of this family, under the lock. Parents that may find that it is over are
    /// to be told.
    fn report(&self, was: bool, tell: &mut Tell) {
        let now = self.family_is_active();
        if was == now || !self.counted.load(Ordering::Relaxed) {
            return;
        }
        if let Some(p) = &self.parent {
            p.count(now, tell);
        }
    }
    fn count(self: &Arc<Bell>, more: bool, tell: &mut Tell) {
        let was = self.family_is_active();
        let n = self.active_children.load(Ordering::Relaxed);
        let n = if more { n + 1 } else { n.saturating_sub(1) };
        self.active_children.store(n, Ordering::Relaxed);
        if n == 0 && !self.active.load(Ordering::Relaxed) {
            tell.push(self.clone());
        }
        self.report(was, tell);
    }
    fn set_active(&self, on: bool) {
        let mut tell = Tell::new();
        {
            let _guard = FAMILIES.lock();
            let was = self.family_is_active();
            self.active.store(on, Ordering::Relaxed);
            self.report(was, &mut tell);
        }
        tell.iter().for_each(|b| b.ring());
    }
    /// ref() and unref(): does the parent's loop go on for this family's sake?
    pub fn set_counted(&self, on: bool) {
        let mut tell = Tell::new();
        {
            let _guard = FAMILIES.lock();
            if self.counted.load(Ordering::Relaxed) == on {
                return;
            }
            self.counted.store(on, Ordering::Relaxed);
            if self.family_is_active()
                && let Some(p) = &self.parent
            {
                p.count(on, &mut tell);
            }
        }
        tell.iter().for_each(|b| b.ring());
    }
    /// The loop has ended, and its children's have.
    pub fn end(&self) {
        self.set_active(false);
    }
    /// Is any worker (of those that count) active? If not, all that they have rung for is there to be seen.
    pub fn has_active_children(&self) -> bool {
        let _guard = FAMILIES.lock();
        self.active_children.load(Ordering::Relaxed) > 0
    }

    // ---- ringing

    /// Makes room for one more queue's token.
    #[must_use]
    pub fn expect(&self, queues: usize) -> bool {
        let mut s = self.state.lock();
        let n = queues.saturating_sub(s.ready.len());
        s.ready.try_reserve(n).is_ok()
    }
    /// Makes the loop look around.
    pub fn ring(&self) {
        self.ring_for(None);
    }
    /// Says that a queue, which was empty, has something.
    pub fn ring_queue(&self, queue: Token) {
        self.ring_for(Some(queue));
    }
    fn ring_for(&self, queue: Option<Token>) {
        let mut s = self.state.lock();
        if let Some(q) = queue {
            s.ready.push(q);
        }
        self.rung.store(true, Ordering::Release);
        let sleep = std::mem::replace(&mut s.sleep, Sleep::Awake);
        if std::mem::take(&mut s.idle) {
            // Before the sleeper, or anybody it has to do with, can find that all is over.
            self.set_active(true);
        }
        drop(s);
        match sleep {
            Sleep::Awake => {}
            Sleep::Parked => {
                self.woken.notify_one();
            }
            Sleep::Polling(w) => w.wake(),
        }
    }

    // ---- the loop's side

    /// Was it rung since the last [`Bell::take`]?
    pub fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }
    /// The queues that have something, into `to`, which is empty.
    pub fn take(&self, to: &mut Vec<Token>) {
        if !self.is_rung() {
            return;
        }
        let mut s = self.state.lock();
        self.rung.store(false, Ordering::Relaxed);
        to.append(&mut s.ready);
    }
    /// Says that the loop goes to sleep; false if it was rung already, or nobody is left to ring. The parents of an
    /// idle family may have to be told, and then no lock may be held.
    fn lie_down(&self, how: Sleep, what: WaitsFor) -> bool {
        let mut tell = Tell::new();
        {
            let mut s = self.state.lock();
            if self.is_rung() {
                return false;
            }
            if what != WaitsFor::Own {
                let _guard = FAMILIES.lock();
                // (The last child may have become idle just now, and have had nobody to tell.)
                if what == WaitsFor::Children && self.active_children.load(Ordering::Relaxed) == 0 {
                    return false;
                }
                let was = self.family_is_active();
                self.active.store(false, Ordering::Relaxed);
                self.report(was, &mut tell);
                s.idle = true;
            }
            s.sleep = how;
        }
        tell.iter().for_each(|b| b.ring());
        true
    }
    fn get_up(&self, s: &mut State) {
        s.sleep = Sleep::Awake;
        if std::mem::take(&mut s.idle) {
            self.set_active(true);
        }
    }
    /// Sleeps until rung, or the time is over (None: never).
    pub fn park(&self, timeout: Option<Duration>, what: WaitsFor) {
        let start = Instant::now();
        if self.spins(start) {
            return;
        }
        let until = timeout.and_then(|t| start.checked_add(t));
        if !self.lie_down(Sleep::Parked, what) {
            return;
        }
        let mut s = self.state.lock();
        while matches!(s.sleep, Sleep::Parked) {
            match until {
                None => self.woken.wait(&mut s),
                Some(t) => {
                    if self.woken.wait_until(&mut s, t).timed_out() {
                        break;
                    }
                }
            }
        }
        self.get_up(&mut s);
    }
    /// Runs `poll`, which waits for descriptors and is ended by `waker`; not if it was rung already.
    pub fn poll<R>(&self, waker: sys::Waker, what: WaitsFor, poll: impl FnOnce(bool) -> R) -> R {
        let sleeps = self.lie_down(Sleep::Polling(waker), what);
        let r = poll(sleeps);
        if sleeps {
            self.get_up(&mut self.state.lock());
        }
        r
    }
    /// Looks again and again for a while, if that has paid of late: a fast answer costs no sleep.
    fn spins(&self, start: Instant) -> bool {
        let n = self.spin.load(Ordering::Relaxed);
        if n >= REST || !may_spin() {
            self.spin.store(if n > REST { n - 1 } else { REST - 2 }, Ordering::Relaxed);
            return self.is_rung();
        }
        loop {
            for _ in 0..8 {
                if self.is_rung() {
                    self.spin.store(n.saturating_sub(1), Ordering::Relaxed);
                    return true;
                }
                std::hint::spin_loop();
            }
            if start.elapsed() >= SPIN {
                break;
            }
        }
        self.spin.store(if n + 2 >= REST { REST + SLEEPS } else { n + 2 }, Ordering::Relaxed);
        false
    }
}
