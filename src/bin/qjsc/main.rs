//! `qjsc`: compiles scripts and modules to bytecode, as C, as an object file or raw.
//!
//! - [`options`]: the command line
//! - [`compile`]: from files to named pieces of bytecode
//! - [`c_source`]: the pieces as C, with a `main` if that is asked for
//! - [`object_file`]: the pieces as an ELF object, which needs no C compiler
//!
//! Exit status: 0, or 1 with the reason on stderr; no output file is left then.
#![deny(unsafe_code)]

mod c_source;
mod compile;
mod object_file;
mod options;

use options::{Format, Options, Request};
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Request::Compile(o)) => match compile(&o) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                if !message.is_empty() {
                    eprintln!("qjsc: {message}");
                }
                ExitCode::FAILURE
            }
        },
        Ok(Request::Help) => {
            let help = format!("qjs-rs compiler version {}\n{}", qjs::capi::runtime::VERSION, options::HELP);
            match std::io::stdout().write_all(help.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(message) => {
            eprintln!("qjsc: {message}\n{}", options::HELP);
            ExitCode::FAILURE
        }
    }
}

/// Compiles and writes; an empty message: it was said already.
fn compile(o: &Options) -> Result<(), String> {
    let program = compile::all(o)?;
    let bytes = match o.format {
        Format::Raw => program.pieces.iter().flat_map(|p| p.code.iter().copied()).collect(),
        Format::C => c_source::text(o, &program).into_bytes(),
        Format::Object => object_file::bytes(&program)?,
    };
    write(&o.out, &bytes).map_err(|e| format!("{}: {e}", o.out.to_string_lossy()))
}

/// Writes the whole file or none of it.
fn write(out: &OsStr, bytes: &[u8]) -> std::io::Result<()> {
    let path = Path::new(out);
    // What is no file (a terminal, /dev/null) is written in place.
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        return std::fs::write(path, bytes);
    }
    let mut temporary = out.to_owned();
    temporary.push(format!(".{}", std::process::id()));
    let temporary = Path::new(&temporary);
    std::fs::write(temporary, bytes).and_then(|()| std::fs::rename(temporary, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(temporary);
    })
}
