//! `-c FILE -o FILE`: a standalone executable, this program with the bytecode of a script or module, and of all that it
//! imports, behind it.
//!
//! Static imports are followed; so are string literals that begin with `./` or `../` and name a file of JavaScript or
//! JSON, for what `import()` and `new Worker()` are given. Nothing else tells what a program loads at run time: other
//! files are looked for where the executable runs.

use crate::options::{Compile, Goal};
use qjs::capi::runtime::end;
use qjs::libc::bundle::{Bundle, Content, Entry};
use qjs::libc::graph::{Collector, Unit};
use qjs::libc::{dump, load, sys};
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::serialize::WriteOptions;
use qjs_engine::{Context, Runtime, Thrown};
use std::ffi::{CString, OsStr};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Compiles a script into an executable; the error is what to say, nothing if it was said.
pub fn compile(c: &Compile, goal: Goal) -> Result<(), String> {
    let Some(rt) = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()) else {
        return Err("out of memory".to_owned());
    };
    let bundle = match Context::new(&rt) {
        Ok(cx) => collect(&cx, &c.file, goal),
        Err(Thrown) => {
            rt.clear_exception();
            Err("out of memory".to_owned())
        }
    };
    end(rt);
    write(c, &bundle?)
}

fn collect(cx: &Context, file: &OsStr, goal: Goal) -> Result<Bundle, String> {
    let name = file.to_string_lossy();
    let failed = |Thrown| {
        dump::pending(cx);
        String::new()
    };
    let path = CString::new(file.as_bytes()).unwrap_or_default();
    let source = load::file(cx, &path)
        .map_err(failed)?
        .map_err(|e| format!("{name}: {}", String::from_utf8_lossy(&sys::strerror(e.0))))?;
    let collector = Collector::following(WriteOptions::default());
    cx.rt().set_module_loader(Some(collector.clone()));
    let is_module = match goal {
        Goal::Script => false,
        Goal::Module => true,
        Goal::Detect => Collector::is_module(&name, &source),
    };
    let script = if is_module {
        collector.module(cx, &source, &name).map_err(failed)?;
        None
    } else {
        Some(collector.script(cx, &source, &name).map_err(failed)?)
    };
    let found = collector.take();
    for s in found.shared {
        eprintln!("qjs: '{s}' will be loaded when the program runs");
    }
    let mut entries: Vec<Entry> = found
        .units
        .into_iter()
        .map(|u| match u {
            Unit::Module { name, code } => Entry { content: Content::Module, name, data: code },
            Unit::File { name, kind, bytes, .. } => Entry { content: Content::File(kind), name, data: bytes },
        })
        .collect();
    match script {
        Some(data) => {
            entries.insert(0, Entry { content: Content::Script, name: name.into_owned(), data });
        }
        // The program itself is compiled last, and comes first.
        None => entries.rotate_right(1),
    }
    Ok(Bundle { entries })
}

/// The base executable without a bundle of its own, and the bundle.
fn write(c: &Compile, bundle: &Bundle) -> Result<(), String> {
    let own = std::env::current_exe();
    let base = match &c.base {
        Some(b) => Path::new(b).to_owned(),
        None => own.map_err(|e| format!("cannot find this executable: {e}"))?,
    };
    let of_base = |e: std::io::Error| format!("{}: {e}", base.display());
    let existing = Bundle::at_end_of(&base).map_err(of_base)?;
    let mut program = Vec::new();
    let f = std::fs::File::open(&base).map_err(of_base)?;
    f.take(existing.map_or(u64::MAX, |(_, start)| start)).read_to_end(&mut program).map_err(of_base)?;
    if !program.starts_with(b"\x7fELF") {
        return Err(format!("{} is no executable", base.display()));
    }
    program.extend_from_slice(&bundle.to_bytes());
    let out = Path::new(&c.out);
    let of_out = |e: std::io::Error| format!("{}: {e}", out.display());
    let mut temporary = c.out.clone();
    temporary.push(format!(".{}", std::process::id()));
    let temporary = Path::new(&temporary);
    let mut options = std::fs::OpenOptions::new();
    let done = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o755)
        .open(temporary)
        .and_then(|mut f| f.write_all(&program))
        .and_then(|()| std::fs::rename(temporary, out));
    done.map_err(|e| {
        let _ = std::fs::remove_file(temporary);
        of_out(e)
    })
}
