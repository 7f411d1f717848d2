//! Signals: the handler writes the number into a pipe that the owner's event loop watches.

use super::{Sys, check, fs};
use std::sync::atomic::{AtomicI32, Ordering::*};

pub const MAX_SIGNAL: i32 = 64;

/// Where each signal is announced: the writing end of its owner's pipe, or -1.
static PIPES: [AtomicI32; MAX_SIGNAL as usize + 1] = [const { AtomicI32::new(-1) }; MAX_SIGNAL as usize + 1];

/// What happens on a signal.
pub enum Disposition<'a> {
    Default,
    Ignore,
    /// Its number is written to a pipe.
    Announce(&'a SignalPipe),
}

extern "C" fn announce(signal: libc::c_int) {
    // Only what may be done in a signal handler: an atomic load, write, errno.
    let Some(fd) = PIPES.get(signal as usize).map(|p| p.load(Relaxed)).filter(|fd| *fd >= 0) else {
        return;
    };
    let byte = signal as u8;
    // SAFETY: one byte; errno is the interrupted code's, and put back.
    unsafe {
        let errno = libc::__errno_location();
        let saved = *errno;
        libc::write(fd, (&raw const byte).cast(), 1);
        *errno = saved;
    }
}

/// The pipe of one event loop; its signals get their default back when it is dropped.
pub struct SignalPipe {
    read: i32,
    write: i32,
}

impl SignalPipe {
    pub fn new() -> Sys<SignalPipe> {
        let (read, write) = fs::pipe()?;
        for fd in [read, write] {
            // SAFETY: our own descriptors.
            unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) };
        }
        Ok(SignalPipe { read, write })
    }
    /// The end to watch.
    pub fn fd(&self) -> i32 {
        self.read
    }
    /// The signals that have come since the last call, as bits.
    pub fn take(&self) -> u64 {
        let mut bits = 0;
        let mut buf = [0u8; 256];
        loop {
            // SAFETY: the room there is.
            let n = unsafe { libc::read(self.read, buf.as_mut_ptr().cast(), buf.len()) };
            match usize::try_from(n) {
                Ok(n) if n > 0 => buf[..n].iter().for_each(|s| bits |= 1u64 << (s & 63)),
                _ => return bits,
            }
        }
    }
}

impl Drop for SignalPipe {
    fn drop(&mut self) {
        for signal in 1..=MAX_SIGNAL {
            if PIPES[signal as usize].load(Relaxed) == self.write {
                let _ = set_signal(signal, &Disposition::Default);
            }
        }
        let _ = fs::close(self.read);
        let _ = fs::close(self.write);
    }
}

/// Says what happens on a signal.
pub fn set_signal(signal: i32, d: &Disposition<'_>) -> Sys {
    let Some(pipe) = PIPES.get(signal as usize) else {
        return Err(super::Errno(libc::EINVAL));
    };
    let (handler, fd) = match d {
        Disposition::Default => (libc::SIG_DFL, -1),
        Disposition::Ignore => (libc::SIG_IGN, -1),
        Disposition::Announce(p) => (announce as extern "C" fn(libc::c_int) as libc::sighandler_t, p.write),
    };
    if fd >= 0 {
        pipe.store(fd, Relaxed);
    }
    // SAFETY: a zeroed sigaction is an empty one; the handler does only what a handler may.
    let r = unsafe {
        let mut a: libc::sigaction = std::mem::zeroed();
        a.sa_sigaction = handler;
        a.sa_flags = libc::SA_RESTART;
        check(libc::sigaction(signal, &a, std::ptr::null_mut()))
    };
    if fd < 0 || r.is_err() {
        pipe.store(-1, Relaxed);
    }
    r.map(|_| ())
}

pub fn kill(pid: i32, signal: i32) -> Sys {
    // SAFETY: numbers.
    check(unsafe { libc::kill(pid, signal) }).map(|_| ())
}
