//! System calls, safe to call: one folder per system. Alone in `libc` in using `unsafe`.
//!
//! What can fail answers an [`Errno`]. Calls that a signal interrupts are made again.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

/// An error number of the system, positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// The result of a system call.
pub type Sys<T = ()> = Result<T, Errno>;

impl Errno {
    /// The last error of this thread.
    pub fn last() -> Errno {
        Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
    }
    /// As functions of `os` answer it.
    pub fn negative(self) -> i32 {
        -self.0
    }
}

impl From<std::io::Error> for Errno {
    fn from(e: std::io::Error) -> Errno {
        Errno(e.raw_os_error().unwrap_or(libc::EIO))
    }
}
