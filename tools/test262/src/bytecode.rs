//! `--bytecode`: what is compiled is written in a runtime of its own, and read in the one that runs it.

use crate::host;
use qjs_engine::serialize::{self, LoadedKind, ReadOptions, WriteOptions, Written};
use qjs_engine::vm::module::Module;
use qjs_engine::vm::script::{EvalOptions, compile_module, compile_script};
use qjs_engine::{Context, Gc, Object, Result, Value};
use std::sync::OnceLock;

/// What is written along with the code; None: code is run where it is compiled.
static MODE: OnceLock<Option<WriteOptions>> = OnceLock::new();

/// `--bytecode=whole`, `no-source` (positions are kept), `stripped`.
pub fn set_mode(name: &str) -> std::result::Result<(), String> {
    let whole = WriteOptions::default();
    let mode = match name {
        "" => None,
        "whole" => Some(whole),
        "no-source" => Some(WriteOptions { strip_source: true, ..whole }),
        "stripped" => Some(WriteOptions { strip_source: true, strip_debug: true, ..whole }),
        _ => return Err(format!("--bytecode={name} is neither whole, no-source nor stripped")),
    };
    MODE.set(mode).map_err(|_| "--bytecode twice".to_owned())
}

/// What `make` compiles and writes elsewhere, read here; None if that fails: the error is to be had here.
fn travel(
    cx: &Context,
    make: impl FnOnce(&Context, &WriteOptions) -> Result<Written>,
) -> Option<Result<(Value, LoadedKind)>> {
    let o = MODE.get().copied().flatten()?;
    let rt = host::new_runtime()?;
    rt.set_max_stack_size(crate::worker::SCRIPT_STACK);
    let written = Context::new(&rt).ok().and_then(|there| make(&there, &o).ok());
    rt.clear_exception();
    rt.shut_down(None);
    // One mode checks as well what is never called.
    let read =
        ReadOptions { bytecode: true, all: o.strip_source && !o.strip_debug, ..ReadOptions::default() };
    Some(serialize::read_all(cx, &written?.bytes, &read).map(|l| (l.value, l.kind)))
}

/// Compiles a script.
pub fn script(cx: &Context, source: &[u8], file: &str) -> Result<Gc<Object>> {
    let o = EvalOptions::default();
    let read = travel(cx, |there, w| {
        serialize::write_function(there, &*compile_script(there, source, file, &o)?, w)
    });
    match read {
        None => compile_script(cx, source, file, &o),
        Some(Err(t)) => Err(t),
        Some(Ok((v, _))) => v.into_gc().map_err(|_| cx.throw_type("bytecode: not a function")),
    }
}

/// Compiles a module.
pub fn module(cx: &Context, source: &[u8], file: &str) -> Result<Gc<Module>> {
    let read =
        travel(cx, |there, w| serialize::write_module(there, &*compile_module(there, source, file, 1)?, w));
    match read {
        None => compile_module(cx, source, file, 1),
        Some(Err(t)) => Err(t),
        Some(Ok((v, _))) => v.into_gc().map_err(|_| cx.throw_type("bytecode: not a module")),
    }
}
