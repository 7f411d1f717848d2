//! The queue between two loops: one thread posts, another takes.
//!
//! Small messages are written one behind the other into one buffer, which the taker exchanges for the one it has
//! worked off: no allocation, and one lock for many messages. The bell is rung only when a queue that was empty has
//! something.
//!
//! A queue holds at most so many bytes, of messages that wait and of those that its taker has taken but not worked
//! off; what would be more is refused.

use super::bell::{Bell, Token};
use super::report::Report;
use crate::libc::sys::trim_memory;
use parking_lot::Mutex;
use qjs_engine::object::buffer::{MovedBuffer, SharedBlock};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many bytes a queue holds unless the worker's options say otherwise.
pub const DEFAULT_LIMIT: usize = 256 << 20;
/// What a message counts for besides its bytes.
pub const OVERHEAD: usize = 64;
/// Messages up to this size share a buffer.
const SMALL: usize = 4096;
/// A shared buffer that has grown beyond this is not kept.
const KEPT: usize = 1 << 20;
/// After so many bytes that waited at once, the C library is asked to give the system back what is free.
const RUSH: usize = 16 << 20;

/// What goes with a message that is more than bytes.
#[derive(Default)]
pub struct Luggage {
    /// Holds of shared memory that the bytes name by address.
    pub shared: Vec<SharedBlock>,
    /// Memory of ArrayBuffers that were transferred.
    pub moved: Vec<MovedBuffer>,
}

impl Luggage {
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.moved.is_empty()
    }
    fn size(&self) -> usize {
        self.shared.len() * 64 + self.moved.iter().map(|m| m.size() + 64).sum::<usize>()
    }
}

/// A message with a buffer of its own.
pub struct Parcel {
    pub bytes: Vec<u8>,
    pub luggage: RefCell<Luggage>,
}

/// A message that needs no bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Plain {
    Undefined,
    Null,
    Bool(bool),
    Int(i32),
    Double(f64),
}

enum Item {
    Plain(Plain),
    /// The next so many bytes of the shared buffer.
    Small(u32),
    /// The same, in the quick form.
    Quick(u32),
    Parcel(Box<Parcel>),
}

/// A message as a taker gets it; whoever reads it takes the luggage.
pub enum Taken<'a> {
    Plain(Plain),
    /// `serialize::quick`
    Quick(&'a [u8]),
    Bytes(&'a [u8], &'a RefCell<Luggage>),
}

/// Why a message was not posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It would be more than the queue holds.
    Full,
    OutOfMemory,
}

#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    items: Vec<Item>,
    size: usize,
}

impl Batch {
    fn clear(&mut self) {
        self.items.clear();
        self.bytes.clear();
        self.size = 0;
        // A rush is over: its memory goes back.
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        if self.items.capacity() > KEPT / size_of::<Item>() {
            self.items = Vec::new();
        }
    }
}

struct Inner {
    waiting: Batch,
    /// The size of what the taker has and has not worked off.
    taken: usize,
    /// The bell was rung for this queue, and the taker has not come yet.
    rung: bool,
    closed: bool,
    /// Nobody will post any more.
    finished: bool,
    /// Why the worker failed: to be told once its messages have been read, or nobody wants them.
    failure: Option<Box<Report>>,
    /// The worker's thread is about to end.
    ended: bool,
}

/// See the module.
pub struct Queue {
    inner: Mutex<Inner>,
    /// As `inner.closed`, to be looked at without the lock.
    closed: AtomicBool,
    limit: usize,
    bell: Arc<Bell>,
    token: Token,
}

impl Queue {
    /// A queue whose taker is the loop of `bell`, where it is known as `token`.
    pub fn new(bell: Arc<Bell>, token: Token, limit: usize) -> Queue {
        let inner = Inner {
            waiting: Batch::default(),
            taken: 0,
            rung: false,
            closed: false,
            finished: false,
            failure: None,
            ended: false,
        };
        Queue { inner: Mutex::new(inner), closed: AtomicBool::new(false), limit, bell, token }
    }
    fn post(&self, item: Item, size: usize, small: &[u8]) -> Result<(), Refused> {
        let mut q = self.inner.lock();
        if q.closed {
            // Nobody will ever take it; that is not the sender's fault.
            return Ok(());
        }
        let size = size.saturating_add(OVERHEAD);
        let total = q.waiting.size.saturating_add(q.taken).saturating_add(size);
        if total > self.limit {
            return Err(Refused::Full);
        }
        let b = &mut q.waiting;
        if b.items.try_reserve(1).is_err() || b.bytes.try_reserve(small.len()).is_err() {
            return Err(Refused::OutOfMemory);
        }
        b.bytes.extend_from_slice(small);
        b.items.push(item);
        b.size += size;
        let rings = !std::mem::replace(&mut q.rung, true);
        drop(q);
        if rings {
            self.bell.ring_queue(self.token);
        }
        Ok(())
    }
    /// Would a message of that many bytes be refused?
    pub fn is_full(&self, size: usize) -> bool {
        let q = self.inner.lock();
        !q.closed && q.waiting.size.saturating_add(q.taken).saturating_add(size + OVERHEAD) > self.limit
    }
    /// Posts a message that needs no bytes.
    pub fn post_plain(&self, p: Plain) -> Result<(), Refused> {
        self.post(Item::Plain(p), 0, &[])
    }
    /// Posts a message in the quick form.
    pub fn post_quick(&self, bytes: &[u8]) -> Result<(), Refused> {
        self.post(Item::Quick(bytes.len() as u32), bytes.len(), bytes)
    }
    /// Posts a message.
    pub fn post_message(&self, bytes: Vec<u8>, luggage: Luggage) -> Result<(), Refused> {
        if bytes.len() <= SMALL && luggage.is_empty() {
            return self.post(Item::Small(bytes.len() as u32), bytes.len(), &bytes);
        }
        let size = bytes.len().saturating_add(luggage.size());
        self.post(Item::Parcel(Box::new(Parcel { bytes, luggage: RefCell::new(luggage) })), size, &[])
    }
    /// Changes what the taker is to know besides messages.
    fn tell(&self, f: impl FnOnce(&mut Inner)) {
        let mut q = self.inner.lock();
        f(&mut q);
        let rings = !std::mem::replace(&mut q.rung, true);
        drop(q);
        if rings {
            self.bell.ring_queue(self.token);
        }
    }
    /// Says why the worker has failed.
    pub fn fail(&self, report: Report) {
        let report = Box::new(report);
        self.tell(|q| q.failure = Some(report));
    }
    /// Says that the worker's thread is about to end.
    pub fn end(&self) {
        self.tell(|q| q.ended = true);
    }
    /// Says that nobody will post any more.
    pub fn finish(&self) {
        self.tell(|q| q.finished = true);
    }
    /// The same, when the taker learns it.
    pub fn finish_taken(&self) {
        self.inner.lock().finished = true;
    }
    /// May there be messages yet?
    pub fn is_open(&self) -> bool {
        let q = self.inner.lock();
        !q.closed && (!q.finished || !q.waiting.items.is_empty())
    }
    /// Why the worker failed; once.
    pub fn take_failure(&self) -> Option<Box<Report>> {
        self.inner.lock().failure.take()
    }
    /// Is the worker's thread about to end?
    pub fn has_ended(&self) -> bool {
        self.inner.lock().ended
    }
    /// Nothing will be taken any more: what waits is dropped, what comes too.
    pub fn close(&self) {
        let waiting = {
            let mut q = self.inner.lock();
            q.closed = true;
            self.closed.store(true, Ordering::Release);
            std::mem::take(&mut q.waiting)
        };
        // Dropped where nothing is locked: shared memory is given back by embedders' functions.
        drop(waiting);
    }
    /// Will nothing be taken any more?
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// The taker's end: what it has taken and not worked off.
#[derive(Default)]
pub struct Taker {
    batch: Batch,
    at: usize,
    offset: usize,
    none: RefCell<Luggage>,
    current: Option<Box<Parcel>>,
}

impl Taker {
    /// Is there anything left of what was taken?
    pub fn has_more(&self) -> bool {
        self.at < self.batch.items.len()
    }
    /// Is there nothing left, neither taken nor waiting?
    pub fn is_dry(&self, q: &Queue) -> bool {
        !self.has_more() && q.inner.lock().waiting.items.is_empty()
    }
    /// Takes all that waits. What is left of before must have been worked off.
    fn refill(&mut self, q: &Queue) {
        let rush = self.batch.size > RUSH;
        self.batch.clear();
        self.at = 0;
        self.offset = 0;
        {
            let mut inner = q.inner.lock();
            std::mem::swap(&mut inner.waiting, &mut self.batch);
            inner.taken = self.batch.size;
        }
        if rush {
            trim_memory();
        }
    }
    /// The loop has come because the bell rang for the queue: it is to ring again for what comes from now on.
    pub fn heard(&self, q: &Queue) {
        q.inner.lock().rung = false;
    }
    /// The next of what was taken, or else of what waits.
    pub fn next(&mut self, q: &Queue) -> Option<Taken<'_>> {
        self.current = None;
        if !self.has_more() {
            self.refill(q);
        }
        let item = self.batch.items.get_mut(self.at)?;
        self.at += 1;
        match std::mem::replace(item, Item::Plain(Plain::Undefined)) {
            Item::Plain(p) => Some(Taken::Plain(p)),
            Item::Small(n) => {
                let from = self.offset;
                self.offset += n as usize;
                Some(Taken::Bytes(self.batch.bytes.get(from..self.offset)?, &self.none))
            }
            Item::Quick(n) => {
                let from = self.offset;
                self.offset += n as usize;
                Some(Taken::Quick(self.batch.bytes.get(from..self.offset)?))
            }
            Item::Parcel(p) => {
                let p = self.current.insert(p);
                Some(Taken::Bytes(&p.bytes, &p.luggage))
            }
        }
    }
}
