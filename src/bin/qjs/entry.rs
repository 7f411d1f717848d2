//! Where the C library enters. What Rust's runtime would set up before its own `main` (a handler that names a stack overflow,
//! for which it reads the process's memory map; a look at the standard descriptors) takes longer than making a context.
#![allow(unsafe_code, reason = "a symbol by its name, and a library's")]

use qjs::libc::sys::{Disposition, set_signal};
use std::ffi::{c_char, c_int};

// The unwinder, which backtraces need, from the compiler's archive: a shared library less to find at every start.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[link(name = "gcc_eh")]
unsafe extern "C" {}

/// Arguments and environment are at std's hand all the same.
#[unsafe(no_mangle)]
pub extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    // Writing to a closed pipe is an error and no end.
    let _ = set_signal(libc::SIGPIPE, &Disposition::Ignore);
    crate::command()
}
