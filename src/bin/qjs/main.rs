//! `qjs`: runs scripts and modules, or reads them from a person.
//!
//! - `entry`: `main`
//! - [`options`]: the command line
//! - [`run`]: a runtime, what is evaluated in it, and the exit status
//! - [`repl`]: the prompt
//! - [`standalone`], for `-c`
//!
//! Exit status: 0; 1 after an uncaught error, an unhandled rejection, a file that cannot be read or a wrong command
//! line; otherwise what `std.exit` was given.
#![deny(unsafe_code)]
#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
mod entry;
mod options;
mod repl;
mod run;
mod standalone;

use options::Request;
use qjs::libc::bundle::Bundle;
use qjs::libc::sys::{File, Standard};
use std::ffi::c_int;
use std::io::ErrorKind;

/// What the program does; its exit status.
#[cfg_attr(test, allow(dead_code, reason = "the tests have a main of their own"))]
fn command() -> c_int {
    match Bundle::of_this_program() {
        Ok(Some(bundle)) => return run::bundled(bundle.install()),
        Err(e) if e.kind() == ErrorKind::InvalidData => return say(Standard::Err, &format!("qjs: {e}\n"), 1),
        // Where the system does not say which file runs, there is none to look into.
        Ok(None) | Err(_) => {}
    }
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Request::Run(o)) => run::run(&o),
        Ok(Request::Help) => {
            say(Standard::Out, &format!("qjs-rs version {}\n{}", version(), options::HELP), 0)
        }
        Ok(Request::Version) => say(Standard::Out, &format!("{}\n", version()), 0),
        Err(w) => {
            let help = if w.usage { options::HELP } else { "" };
            say(Standard::Err, &format!("{}\n{help}", w.message), 1)
        }
    }
}

/// The version of QuickJS-NG that this is like.
fn version() -> &'static str {
    qjs::capi::runtime::VERSION
}

/// Writes, whoever may be reading; the exit status.
fn say(to: Standard, text: &str, status: c_int) -> c_int {
    let f = File::standard(to);
    f.write(text.as_bytes());
    let _ = f.flush();
    status
}
