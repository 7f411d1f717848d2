//! Unix.

mod fs;
mod keyboard;
mod process;
mod signal;
mod stdio;
mod watch;

pub use fs::*;
pub use keyboard::*;
pub use process::*;
pub use signal::*;
pub use stdio::*;
pub use watch::*;

use super::{Errno, Sys};
use std::time::Duration;

/// -1 is an error.
fn check(r: libc::c_int) -> Sys<libc::c_int> {
    if r == -1 { Err(Errno::last()) } else { Ok(r) }
}

/// Calls again what a signal interrupted.
fn again(mut f: impl FnMut() -> libc::c_int) -> Sys<libc::c_int> {
    loop {
        match check(f()) {
            Err(Errno(libc::EINTR)) => {}
            r => return r,
        }
    }
}

/// What the system calls the error.
pub fn strerror(errno: i32) -> Vec<u8> {
    let mut buf = [0u8; 256];
    // SAFETY: the buffer's length is said; the text ends in NUL.
    unsafe {
        libc::strerror_r(errno, buf.as_mut_ptr().cast(), buf.len());
    }
    match std::ffi::CStr::from_bytes_until_nul(&buf) {
        Ok(s) if !s.is_empty() => s.to_bytes().to_vec(),
        _ => format!("Unknown error {errno}").into_bytes(),
    }
}

/// Processor time of this process.
pub fn cpu_time() -> Duration {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    Duration::new(t.tv_sec.try_into().unwrap_or(0), t.tv_nsec.try_into().unwrap_or(0))
}

/// The monotonic clock's own time, whose zero is the system's.
pub fn monotonic() -> Duration {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut t) };
    Duration::new(t.tv_sec.try_into().unwrap_or(0), t.tv_nsec.try_into().unwrap_or(0))
}

/// Gives free memory in all threads' arenas back to the system, where the C library keeps it otherwise.
pub fn trim_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no conditions.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Ends the process as C's exit does: streams are flushed, handlers run.
pub fn exit(status: i32) -> ! {
    // SAFETY: no conditions; Rust values of this stack are given up with the process.
    unsafe { libc::exit(status) }
}

// ---- the environment

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

/// An environment variable's value.
pub fn getenv(name: &std::ffi::CStr) -> Option<Vec<u8>> {
    // SAFETY: a C string; the result is copied before anything can change the environment.
    unsafe {
        let v = libc::getenv(name.as_ptr());
        (!v.is_null()).then(|| std::ffi::CStr::from_ptr(v).to_bytes().to_vec())
    }
}
pub fn setenv(name: &std::ffi::CStr, value: &std::ffi::CStr) -> Sys {
    // SAFETY: C strings, which are copied.
    check(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) }).map(|_| ())
}
pub fn unsetenv(name: &std::ffi::CStr) -> Sys {
    // SAFETY: a C string.
    check(unsafe { libc::unsetenv(name.as_ptr()) }).map(|_| ())
}
/// All variables as `NAME=value`.
pub fn environment() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // SAFETY: the C library's list of C strings, ended by NULL.
    unsafe {
        let mut p = environ;
        while !p.is_null() && !(*p).is_null() {
            all.push(std::ffi::CStr::from_ptr(*p).to_bytes().to_vec());
            p = p.add(1);
        }
    }
    all
}

/// Whose rights the process has.
pub fn effective_user() -> u32 {
    // SAFETY: always succeeds.
    unsafe { libc::geteuid() }
}

// ---- terminals

pub fn isatty(fd: i32) -> bool {
    // SAFETY: any number may be asked.
    unsafe { libc::isatty(fd) == 1 }
}
/// Columns and rows of a terminal.
pub fn window_size(fd: i32) -> Option<(u16, u16)> {
    let mut w = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the struct is what this request fills.
    let ok = unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut w) } == 0;
    // (As wide as most, where a terminal does not know.)
    (ok && w.ws_col >= 4 && w.ws_row >= 4).then_some((w.ws_col, w.ws_row))
}

/// The state of the terminal before the first [`set_raw`], put back when the process ends.
static COOKED: std::sync::Mutex<Option<(i32, libc::termios)>> = std::sync::Mutex::new(None);

extern "C" fn restore_terminal() {
    if let Ok(saved) = COOKED.lock()
        && let Some((fd, t)) = &*saved
    {
        // SAFETY: the struct came from tcgetattr.
        unsafe { libc::tcsetattr(*fd, libc::TCSANOW, t) };
    }
}

/// Puts a terminal into raw mode until the process ends: no echo, no lines; output and signals from the keyboard
/// stay as they are.
pub fn set_raw(fd: i32) -> Sys {
    // SAFETY: termios is plain data; tcgetattr fills it.
    let mut t: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the struct is ours.
    again(|| unsafe { libc::tcgetattr(fd, &mut t) })?;
    if let Ok(mut saved) = COOKED.lock()
        && saved.is_none()
    {
        *saved = Some((fd, t));
        // SAFETY: a function without conditions.
        unsafe { libc::atexit(restore_terminal) };
    }
    t.c_iflag &= !(libc::IGNBRK
        | libc::BRKINT
        | libc::PARMRK
        | libc::ISTRIP
        | libc::INLCR
        | libc::IGNCR
        | libc::ICRNL
        | libc::IXON);
    t.c_oflag |= libc::OPOST;
    t.c_lflag &= !(libc::ECHO | libc::ECHONL | libc::ICANON | libc::IEXTEN);
    t.c_cflag &= !(libc::CSIZE | libc::PARENB);
    t.c_cflag |= libc::CS8;
    t.c_cc[libc::VMIN] = 1;
    t.c_cc[libc::VTIME] = 0;
    // SAFETY: the struct is ours.
    again(|| unsafe { libc::tcsetattr(fd, libc::TCSANOW, &t) }).map(|_| ())
}
