//! The code cache: compiled scripts and modules in a folder, by a hash of their text, name and version, so that
//! a large program starts without being parsed.
//!
//! Whatever goes wrong with the cache, the program runs from its source. A file that does not read as code is replaced.

use once_cell::sync::OnceCell;
use qjs_engine::object::function::FunctionData;
use qjs_engine::serialize::{self, LoadedKind, ReadOptions, WriteOptions};
use qjs_engine::vm::module::Module;
use qjs_engine::vm::script::{EvalOptions, compile_module, compile_script};
use qjs_engine::{Context, Gc, Object, Result};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

static FOLDER: OnceCell<PathBuf> = OnceCell::new();

/// Shorter texts are compiled faster than a file is opened.
const LEAST: usize = 4096;

/// Why a folder cannot hold the cache.
#[derive(Debug)]
pub enum Refused {
    Io(std::io::Error),
    /// Others could put code there.
    Writable,
}

/// Sets the process's cache folder, once; it is made if need be, for this user alone.
pub fn set_folder(path: &Path) -> std::result::Result<(), Refused> {
    let folder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    folder.map_err(Refused::Io)?;
    let m = path.metadata().map_err(Refused::Io)?;
    if m.uid() != super::sys::effective_user() || m.mode() & 0o022 != 0 {
        return Err(Refused::Writable);
    }
    let _ = FOLDER.set(path.to_owned());
    Ok(())
}

/// Where the code of a text is kept; None if it is not to be.
fn place(kind: &str, name: &str, source: &[u8]) -> Option<PathBuf> {
    let folder = FOLDER.get()?;
    if source.len() < LEAST {
        return None;
    }
    let mut h = blake3::Hasher::new();
    for part in
        [env!("CARGO_PKG_VERSION").as_bytes(), &[serialize::VERSION], kind.as_bytes(), name.as_bytes()]
    {
        h.update(&(part.len() as u64).to_le_bytes());
        h.update(part);
    }
    h.update(source);
    Some(folder.join(format!("{}.qjr", h.finalize().to_hex())))
}

/// What a cache file holds; None if there is none or it is not whole.
fn read(cx: &Context, place: &Path, kind: LoadedKind) -> Result<Option<qjs_engine::Value>> {
    let Ok(bytes) = std::fs::read(place) else {
        return Ok(None);
    };
    let o = ReadOptions { bytecode: true, ..ReadOptions::default() };
    match serialize::read_all(cx, &bytes, &o) {
        Ok(l) if l.kind == kind => Ok(Some(l.value)),
        Ok(_) => Ok(None),
        Err(t) => {
            // Only memory may be a reason not to go on.
            if cx.rt().memory_left() < bytes.len() {
                return Err(t);
            }
            cx.rt().clear_exception();
            Ok(None)
        }
    }
}

/// Stores code; that may fail.
fn write(place: &Path, code: &[u8]) {
    let temporary = place.with_extension(format!("{}", std::process::id()));
    let done = std::fs::write(&temporary, code).and_then(|()| std::fs::rename(&temporary, place));
    if done.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
}

/// Compiles a module, or finds it compiled.
pub fn module(cx: &Context, source: &[u8], name: &str) -> Result<Gc<Module>> {
    let Some(place) = place("module", name, source) else {
        return compile_module(cx, source, name, 1);
    };
    if let Some(v) = read(cx, &place, LoadedKind::Module)?
        && let Ok(m) = v.into_gc::<Module>()
    {
        return Ok(m);
    }
    let m = compile_module(cx, source, name, 1)?;
    match serialize::write_module(cx, &m, &WriteOptions::default()) {
        Ok(w) => write(&place, &w.bytes),
        Err(_) => cx.rt().clear_exception(),
    }
    Ok(m)
}

/// Compiles a script, or finds it compiled: the function that runs it.
pub fn script(cx: &Context, source: &[u8], name: &str, options: &EvalOptions) -> Result<Gc<Object>> {
    let kind = if options.is_async { "async script" } else { "script" };
    let Some(place) = place(kind, name, source) else {
        return compile_script(cx, source, name, options);
    };
    if let Some(v) = read(cx, &place, LoadedKind::Function)?
        && let Ok(f) = v.into_gc::<Object>()
        && f.data::<FunctionData>().is_some()
    {
        return Ok(f);
    }
    let f = compile_script(cx, source, name, options)?;
    match serialize::write_function(cx, &f, &WriteOptions::default()) {
        Ok(w) => write(&place, &w.bytes),
        Err(_) => cx.rt().clear_exception(),
    }
    Ok(f)
}
