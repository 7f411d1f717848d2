//! From files to named pieces of bytecode.

use super::options::{Goal, Options};
use qjs::capi::runtime::end;
use qjs::libc::graph::{Collector, Found, Native, Unit};
use qjs::libc::{Library, dump, load, sys};
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::serialize::{self, WriteOptions};
use qjs_engine::{Context, Runtime, Thrown};
use std::collections::HashSet;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

/// Bytecode with the C name of its data.
pub struct Piece {
    pub c_name: String,
    pub code: Vec<u8>,
    /// A module that is only entered in the module map, for others to import.
    pub load_only: bool,
}

/// All that is written.
#[derive(Default)]
pub struct Program {
    pub pieces: Vec<Piece>,
    pub libraries: Vec<(Library, String)>,
    pub natives: Vec<Native>,
    names: HashSet<String>,
}

/// A text as a C identifier.
pub fn identifier(text: &str) -> String {
    let mut name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// The C name for a file's data: of its last part, without the ending.
fn c_name(prefix: &str, file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or(file);
    let base = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let name: String = base.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    identifier(&format!("{prefix}{name}"))
}

impl Program {
    fn add(&mut self, name: String, code: Vec<u8>, load_only: bool) {
        let mut c_name = name.clone();
        let mut n = 1;
        // `_size` belongs to another piece's length.
        while !self.names.insert(c_name.clone()) || self.names.contains(&format!("{c_name}_size")) {
            c_name = format!("{name}_{n}");
            n += 1;
        }
        self.names.insert(format!("{c_name}_size"));
        self.pieces.push(Piece { c_name, code, load_only });
    }
    /// Takes what a compilation met, except the piece compiled for itself.
    fn add_found(&mut self, cx: &Context, o: &Options, found: Found) -> Result<(), Thrown> {
        for u in found.units {
            match u {
                Unit::Module { name, code } => self.add(c_name(&o.prefix, &name), code, true),
                Unit::File { name, kind, typed, bytes } => {
                    // JSON that is none is found here rather than when the program runs.
                    kind.value(cx, &bytes, &name)?;
                    let code = serialize::write_data_module(cx, &name, kind, typed, &bytes)?.bytes;
                    self.add(c_name(&o.prefix, &name), code, true);
                }
            }
        }
        for s in found.shared {
            eprintln!("qjsc: '{s}' will be loaded when the program runs");
        }
        for l in found.libraries {
            if !self.libraries.contains(&l) {
                self.libraries.push(l);
            }
        }
        for n in found.natives {
            if !self.natives.contains(&n) {
                self.natives.push(n);
            }
        }
        Ok(())
    }
}

/// Compiles all files; an empty message: the error was shown already.
pub fn all(o: &Options) -> Result<Program, String> {
    let Some(rt) = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()) else {
        return Err("out of memory".to_owned());
    };
    let r = match Context::new(&rt) {
        Ok(cx) => in_context(&cx, o),
        Err(Thrown) => {
            rt.clear_exception();
            Err("out of memory".to_owned())
        }
    };
    end(rt);
    r
}

fn in_context(cx: &Context, o: &Options) -> Result<Program, String> {
    let options =
        WriteOptions { strip_source: o.strip > 0, strip_debug: o.strip > 1, ..WriteOptions::default() };
    let collector = Collector::new(o.natives.clone(), o.system_modules, options);
    cx.rt().set_module_loader(Some(collector.clone()));
    let mut program = Program::default();
    for file in &o.files {
        one(cx, o, &collector, &mut program, file, o.goal, false)?;
    }
    for file in &o.dynamic {
        one(cx, o, &collector, &mut program, file, Goal::Module, true)?;
    }
    Ok(program)
}

fn one(
    cx: &Context,
    o: &Options,
    collector: &Rc<Collector>,
    program: &mut Program,
    file: &OsStr,
    goal: Goal,
    load_only: bool,
) -> Result<(), String> {
    let shown = file.to_string_lossy();
    let failed = |Thrown| {
        dump::pending(cx);
        String::new()
    };
    let path = CString::new(file.as_bytes()).unwrap_or_default();
    let source = load::file(cx, &path)
        .map_err(failed)?
        .map_err(|e| format!("could not load '{shown}': {}", String::from_utf8_lossy(&sys::strerror(e.0))))?;
    let name = match &o.script_name {
        Some(n) if !load_only => n.clone(),
        _ => shown.to_string(),
    };
    let data = match &o.c_name {
        Some(n) if !load_only => n.clone(),
        _ => c_name(&o.prefix, &shown),
    };
    let is_module = match goal {
        Goal::Script => false,
        Goal::Module => true,
        Goal::Detect => Collector::is_module(&shown, &source),
    };
    if !is_module {
        let code = collector.script(cx, &source, &name).map_err(failed)?;
        program.add(data, code, false);
        return Ok(());
    }
    collector.module(cx, &source, &name).map_err(failed)?;
    let mut found = collector.take();
    // The module itself came last.
    let own = found.units.pop();
    program.add_found(cx, o, found).map_err(failed)?;
    if let Some(Unit::Module { code, .. }) = own {
        program.add(data, code, load_only);
    }
    Ok(())
}
