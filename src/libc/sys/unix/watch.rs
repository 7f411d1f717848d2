//! Waiting for descriptors, through the crate `polling` (epoll and its kin).

use super::Sys;
use polling::{Event, Events, PollMode, Poller};
use qjs_engine::heap::shared::Shared;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// What a descriptor is watched for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

/// Descriptors to wait for, and a way for other threads to end the wait.
pub struct Watcher {
    poller: Shared<Poller>,
    events: Events,
}

/// Ends another thread's wait.
#[derive(Clone)]
pub struct Waker(Shared<Poller>);

impl Waker {
    pub fn wake(&self) {
        let _ = self.0.notify();
    }
}

/// How a descriptor came to be watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watched {
    /// By the system.
    Yes,
    /// Not at all: what is never busy (a plain file) is always ready.
    AlwaysReady,
}

impl Watcher {
    pub fn new() -> Sys<Watcher> {
        Ok(Watcher { poller: Shared::new(Poller::new()?), events: Events::new() })
    }
    /// A descriptor that can be read when something is ready.
    pub fn fd(&self) -> i32 {
        self.poller.as_raw_fd()
    }
    pub fn waker(&self) -> Waker {
        Waker(self.poller.clone())
    }
    /// Watches a descriptor, or changes what it is watched for.
    pub fn set(&self, fd: i32, key: usize, i: Interest) -> Sys<Watched> {
        if fd < 0 {
            return Err(super::Errno(libc::EBADF));
        }
        let event = Event::new(key, i.read, i.write);
        // SAFETY: a descriptor that is closed while it is watched leaves the system's list by itself; `remove` of
        // one that is not on the list does nothing.
        let added = unsafe { self.poller.add_with_mode(fd, event, PollMode::Level) };
        let r = match added {
            Err(e)
                if e.raw_os_error() == Some(libc::EEXIST)
                    || e.kind() == std::io::ErrorKind::AlreadyExists =>
            {
                // SAFETY: borrowed for the call; the system checks the number.
                let fd = unsafe { BorrowedFd::borrow_raw(fd) };
                self.poller.modify_with_mode(fd, event, PollMode::Level)
            }
            r => r,
        };
        match r {
            Ok(()) => Ok(Watched::Yes),
            Err(e) if e.raw_os_error() == Some(libc::EPERM) => Ok(Watched::AlwaysReady),
            Err(e) => Err(e.into()),
        }
    }
    pub fn remove(&self, fd: i32) {
        if fd >= 0 {
            // SAFETY: as above.
            let _ = self.poller.delete(unsafe { BorrowedFd::borrow_raw(fd) });
        }
    }
    /// Waits until something is ready, the time is over (None: never), or another thread says so. Appends the keys
    /// of what is ready.
    pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<(usize, Interest)>) -> Sys {
        self.events.clear();
        match self.poller.wait(&mut self.events, timeout) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            Err(e) => return Err(e.into()),
        }
        for e in self.events.iter() {
            // A hang-up or an error makes both ready, so that whoever waits comes to see it.
            let both = e.is_interrupt() || e.is_err().unwrap_or(false);
            ready.push((e.key, Interest { read: e.readable || both, write: e.writable || both }));
        }
        Ok(())
    }
}
