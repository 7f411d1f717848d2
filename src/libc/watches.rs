//! Descriptors that scripts watch: a handler for reading and one for writing each.

use super::sys::{Interest, Sys, Waker, Watched, Watcher};
use qjs_engine::{Context, Gc, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// A function to call, and the realm it was given in.
#[derive(Clone)]
pub struct Handler {
    pub realm: Gc<Context>,
    pub f: Value,
}

#[derive(Default)]
struct Watch {
    read: Option<Handler>,
    write: Option<Handler>,
    always_ready: bool,
}

impl Watch {
    fn interest(&self) -> Interest {
        Interest { read: self.read.is_some(), write: self.write.is_some() }
    }
    fn slot(&mut self, side: Side) -> &mut Option<Handler> {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }
}

/// Which of the two handlers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Read,
    Write,
}

/// What a wait found.
#[derive(Default)]
pub struct Ready {
    /// Descriptors and sides, in the order of descriptors.
    pub handlers: Vec<(i32, Side)>,
    pub signals: bool,
}

/// The watched descriptors of a runtime.
#[derive(Default)]
pub struct Watches {
    watcher: Option<Watcher>,
    fds: BTreeMap<i32, Watch>,
    /// Where the last dispatched handler was, so that every descriptor has its turn.
    last: Option<i32>,
}

/// The key of the signals' pipe; descriptors are smaller.
const SIGNALS: usize = 1 << 31;

impl Watches {
    /// Does any script wait for a descriptor?
    pub fn is_empty(&self) -> bool {
        self.fds.is_empty()
    }
    fn watcher(&mut self) -> Sys<&mut Watcher> {
        if self.watcher.is_none() {
            self.watcher = Some(Watcher::new()?);
        }
        match &mut self.watcher {
            Some(w) => Ok(w),
            None => unreachable!("made above"),
        }
    }
    /// What other threads end this loop's wait with.
    pub fn waker(&mut self) -> Sys<Waker> {
        Ok(self.watcher()?.waker())
    }
    /// Must the wait be for descriptors (and other threads), or is sleeping enough?
    pub fn has_watcher(&self) -> bool {
        self.watcher.is_some()
    }
    /// A descriptor that can be read when there is something for [`Watches::wait`] to find.
    pub fn fd(&self) -> Option<i32> {
        self.watcher.as_ref().map(Watcher::fd)
    }
    /// Is one of the descriptors a plain file, for which nobody waits?
    pub fn has_always_ready(&self) -> bool {
        self.fds.values().any(|w| w.always_ready)
    }
    pub fn watch_signals(&mut self, fd: i32) -> Sys {
        self.watcher()?.set(fd, SIGNALS, Interest { read: true, write: false }).map(|_| ())
    }
    /// Sets or removes a handler; answers those that are no longer wanted, to be dropped where nothing is borrowed.
    pub fn set(&mut self, fd: i32, side: Side, h: Option<Handler>) -> ([Option<Handler>; 3], Sys) {
        if h.is_none() && !self.fds.contains_key(&fd) {
            return ([None, None, None], Ok(()));
        }
        let w = self.fds.entry(fd).or_default();
        let old = std::mem::replace(w.slot(side), h);
        let r = self.apply(fd);
        if r.is_ok() {
            return ([old, None, None], r);
        }
        // What the system does not know cannot be watched.
        let dead = self.fds.remove(&fd).unwrap_or_default();
        ([old, dead.read, dead.write], r)
    }
    /// Tells the system what a descriptor is watched for.
    fn apply(&mut self, fd: i32) -> Sys {
        let Some(i) = self.fds.get(&fd).map(Watch::interest) else {
            return Ok(());
        };
        if i == Interest::default() {
            self.fds.remove(&fd);
            if let Some(w) = &self.watcher {
                w.remove(fd);
            }
            return Ok(());
        }
        let watched = self.watcher()?.set(fd, fd as usize, i)?;
        if let Some(w) = self.fds.get_mut(&fd) {
            w.always_ready = watched == Watched::AlwaysReady;
        }
        Ok(())
    }
    /// Forgets a descriptor that is about to be closed. Answers its handlers, to be dropped by the caller.
    pub fn forget(&mut self, fd: i32) -> [Option<Handler>; 2] {
        match self.fds.remove(&fd) {
            Some(w) => {
                if let Some(watcher) = &self.watcher {
                    watcher.remove(fd);
                }
                [w.read, w.write]
            }
            None => [None, None],
        }
    }
    /// The handler of a descriptor, if it is still there.
    pub fn handler(&mut self, fd: i32, side: Side) -> Option<Handler> {
        self.last = Some(fd);
        self.fds.get_mut(&fd)?.slot(side).clone()
    }
    /// Waits for descriptors, signals and other threads.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Sys<Ready> {
        let mut ready = Ready::default();
        let mut always: Vec<(usize, Interest)> = self
            .fds
            .iter()
            .filter(|(_, w)| w.always_ready)
            .map(|(fd, w)| (*fd as usize, w.interest()))
            .collect();
        let timeout = if always.is_empty() { timeout } else { Some(Duration::ZERO) };
        if let Some(w) = &mut self.watcher {
            w.wait(timeout, &mut always)?;
        }
        always.sort_unstable_by_key(|(key, _)| *key);
        for (key, i) in always {
            if key == SIGNALS {
                ready.signals = true;
                continue;
            }
            for (side, on) in [(Side::Read, i.read), (Side::Write, i.write)] {
                if on {
                    ready.handlers.push((key as i32, side));
                }
            }
        }
        // Round robin: those after the last one served come first.
        let n = ready.handlers.iter().take_while(|(fd, _)| Some(*fd) <= self.last).count();
        ready.handlers.rotate_left(n);
        Ok(ready)
    }
}
