//! The threads of one loop's workers. One whose worker has ended waits a short while for the next worker, with a
//! runtime and a context made ready, so that programs that start one worker after another need not pay for it all.
//!
//! That happens only where it may pay: from a loop's second worker on, for workers without options of their own, and
//! at most [`MAX_IDLE`] threads wait, for [`IDLE`] each. None of them outlives its loop.

use super::factory::{self, Home};
use super::thread::{self, Answer, ROOM, STACK_MARGIN, Sent};
use crate::libc::sys;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Threads of one loop that may wait.
const MAX_IDLE: usize = 4;
/// How long each does.
const IDLE: Duration = Duration::from_millis(200);

/// A worker to run, and whom to tell that its runtime has been made.
pub struct Job {
    pub sent: Sent,
    pub tell: Option<Arc<Answer>>,
}

/// Where a waiting thread finds its next worker.
#[derive(Default)]
struct Seat {
    given: Mutex<Given>,
    changed: Condvar,
}

#[derive(Default)]
enum Given {
    #[default]
    Nothing,
    Job(Job),
    /// It is to end.
    End,
}

impl Seat {
    fn give(&self, what: Given) {
        *self.given.lock() = what;
        self.changed.notify_one();
    }
}

#[derive(Default)]
struct Inner {
    /// Those who wait, the last to come last.
    idle: Vec<Arc<Seat>>,
    closed: bool,
}

/// See the module.
#[derive(Default)]
pub struct Pool {
    inner: Mutex<Inner>,
    /// Workers so far.
    started: AtomicUsize,
}

impl Pool {
    /// Gives the job to a thread that waits, or else to a new one, whose handle is answered.
    pub fn start(self: &Arc<Pool>, job: Job, room: usize) -> std::io::Result<Option<JoinHandle<()>>> {
        self.started.fetch_add(1, Ordering::Relaxed);
        // (A runtime that is made already cannot have been made by an embedder's function, or within a limit.)
        let job = if room == ROOM && job.tell.is_none() && job.sent.0.memory_limit.is_none() {
            let seat = self.inner.lock().idle.pop();
            match seat {
                Some(seat) => {
                    seat.give(Given::Job(job));
                    return Ok(None);
                }
                None => job,
            }
        } else {
            job
        };
        let pool = self.clone();
        let builder = std::thread::Builder::new().name(job.sent.0.thread_name()).stack_size(room);
        builder.spawn(move || pool.serve(job, room)).map(Some)
    }
    /// No thread is to wait any more.
    pub fn close(&self) {
        let idle = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            std::mem::take(&mut inner.idle)
        };
        idle.iter().for_each(|s| s.give(Given::End));
    }

    /// A thread's life.
    fn serve(&self, job: Job, room: usize) {
        // (What is thread-local lies on the stack too: sanitizers have much of it.)
        let left = sys::stack_left().map_or(usize::MAX, |n| n.saturating_sub(STACK_MARGIN / 2));
        let stack = left.min(room - STACK_MARGIN);
        let mut next = Some((job, None));
        while let Some((job, home)) = next {
            let Job { sent: Sent(start), tell } = job;
            thread::run(&start, stack, tell, home);
            let named = !start.link.name.is_empty();
            drop(start);
            if room != ROOM || !self.may_wait() {
                return;
            }
            if named {
                sys::name_thread(c"worker");
            }
            next = self.wait();
        }
    }
    fn may_wait(&self) -> bool {
        if self.started.load(Ordering::Relaxed) < 2 || factory::is_custom() {
            return false;
        }
        let inner = self.inner.lock();
        !inner.closed && inner.idle.len() < MAX_IDLE
    }
    /// Makes a runtime ready and waits for a worker.
    fn wait(&self) -> Option<(Job, Option<Home>)> {
        let home = Home::spare()?;
        let seat = Arc::new(Seat::default());
        {
            let mut inner = self.inner.lock();
            if inner.closed {
                drop(inner);
                home.free();
                return None;
            }
            inner.idle.push(seat.clone());
        }
        let given = self.sit(&seat);
        match given {
            Given::Job(job) if !factory::is_custom() => {
                if !job.sent.0.link.name.is_empty() {
                    let name = std::ffi::CString::new(job.sent.0.thread_name());
                    sys::name_thread(&name.unwrap_or_default());
                }
                Some((job, Some(home)))
            }
            Given::Job(job) => {
                home.free();
                Some((job, None))
            }
            _ => {
                home.free();
                None
            }
        }
    }
    fn sit(&self, seat: &Arc<Seat>) -> Given {
        let mut patient = false;
        let mut given = seat.given.lock();
        loop {
            match std::mem::take(&mut *given) {
                Given::Nothing => {}
                g => return g,
            }
            if patient {
                seat.changed.wait(&mut given);
            } else if seat.changed.wait_for(&mut given, IDLE).timed_out() {
                // (The other lock comes first.)
                drop(given);
                let mut inner = self.inner.lock();
                match inner.idle.iter().position(|s| Arc::ptr_eq(s, seat)) {
                    Some(i) => {
                        inner.idle.remove(i);
                        return Given::End;
                    }
                    // Somebody has chosen it already.
                    None => patient = true,
                }
                drop(inner);
                given = seat.given.lock();
            }
        }
    }
}
