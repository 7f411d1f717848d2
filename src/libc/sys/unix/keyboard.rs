//! What a person at a terminal does while a script runs: the interrupt key, as a flag; and waiting without an event
//! loop.

use super::{Errno, Sys, check};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn note_interrupt(_: libc::c_int) {
    INTERRUPTED.store(true, Relaxed);
}
fn handler() -> libc::sighandler_t {
    note_interrupt as extern "C" fn(libc::c_int) as libc::sighandler_t
}

/// While it lives, SIGINT sets a flag. Dropping it puts back what was there before, unless another handler has been
/// set since.
pub struct Interrupts {
    before: libc::sigaction,
}

impl Interrupts {
    pub fn catch() -> Sys<Interrupts> {
        INTERRUPTED.store(false, Relaxed);
        // SAFETY: a zeroed sigaction is an empty one; the handler only stores to an atomic.
        unsafe {
            let mut new: libc::sigaction = std::mem::zeroed();
            let mut before: libc::sigaction = std::mem::zeroed();
            // (No SA_RESTART: a wait is to end.)
            new.sa_sigaction = handler();
            check(libc::sigaction(libc::SIGINT, &new, &mut before))?;
            Ok(Interrupts { before })
        }
    }
    /// Has the key been pressed?
    pub fn pending() -> bool {
        INTERRUPTED.load(Relaxed)
    }
    /// The same, and forgets it.
    pub fn take() -> bool {
        INTERRUPTED.swap(false, Relaxed)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        // SAFETY: structs of ours; `before` came from the system.
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            let known = libc::sigaction(libc::SIGINT, std::ptr::null(), &mut now) == 0;
            if known && now.sa_sigaction == handler() {
                libc::sigaction(libc::SIGINT, &self.before, std::ptr::null_mut());
            }
        }
    }
}

/// Does a terminal's keyboard send signals? Sets it; answers what it was, None if it is no terminal.
pub fn keyboard_signals(fd: i32, on: bool) -> Option<bool> {
    // SAFETY: termios is plain data, which tcgetattr fills.
    unsafe {
        let mut t: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(fd, &mut t) != 0 {
            return None;
        }
        let was = t.c_lflag & libc::ISIG != 0;
        if was != on {
            t.c_lflag ^= libc::ISIG;
            libc::tcsetattr(fd, libc::TCSANOW, &t);
        }
        Some(was)
    }
}

/// Waits until one of two descriptors can be read (negative: none), or the time is over (None: never). Answers which
/// can be; a signal ends the wait, too.
pub fn wait_readable(fds: [i32; 2], timeout: Option<Duration>) -> Sys<[bool; 2]> {
    let mut list = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    let ms = timeout.map_or(-1, |t| i32::try_from(t.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
    // SAFETY: a list of two.
    match check(unsafe { libc::poll(list.as_mut_ptr(), 2, ms) }) {
        Ok(_) => Ok(list.map(|p| p.revents != 0)),
        Err(Errno(libc::EINTR)) => Ok([false; 2]),
        Err(e) => Err(e),
    }
}
