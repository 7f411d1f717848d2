//! Modules, globals, the event loop, errors, workers.
//!
//! What is said of safety in [`crate::capi`] holds here.

// The module documentation of `capi` is the safety section of every function.
#![allow(clippy::missing_safety_doc)]

use super::event_loop::{self, Next};
use super::{Library, dump, helpers, load, loader, state, sys};
use crate::capi::convert::*;
use crate::capi::ffi::*;
use crate::capi::modules::{def, def_ptr};
use qjs_engine::object::buffer::MAX_BYTES;
use qjs_engine::vm::module::Module;
use qjs_engine::{Context, Gc, Result, Thrown};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

/// Reads a whole file into memory allocated by js_malloc, with a NUL after it; NULL if it cannot.
pub type JSLoadFileFunc = Option<
    unsafe extern "C" fn(ctx: *mut JSContext, pbuf_len: *mut usize, filename: *const c_char) -> *mut u8,
>;

// ---- modules

/// A module for C, NULL with an exception pending.
fn module_ptr(cx: &Context, m: Result<Gc<Module>>) -> *mut JSModuleDef {
    match m {
        Ok(m) => def_ptr(&m),
        Err(t) => {
            ret_unit(cx, Err(t));
            null_mut()
        }
    }
}
unsafe fn init_library(ctx: *mut JSContext, name: *const c_char, l: Library) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    let (cx, name) = unsafe { (enter(ctx), String::from_utf8_lossy(c_bytes(name))) };
    module_ptr(cx, l.module(cx, &name))
}
/// Makes the module `std` known under a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_init_module_std(
    ctx: *mut JSContext,
    module_name: *const c_char,
) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    unsafe { init_library(ctx, module_name, Library::Std) }
}
/// Makes the module `os` known under a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_init_module_os(
    ctx: *mut JSContext,
    module_name: *const c_char,
) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    unsafe { init_library(ctx, module_name, Library::Os) }
}
/// Makes the module `bjson` known under a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_init_module_bjson(
    ctx: *mut JSContext,
    module_name: *const c_char,
) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    unsafe { init_library(ctx, module_name, Library::Bjson) }
}

/// A module in a shared library: its `js_init_module` makes it.
pub(super) fn native_module(cx: &Context, path: &CStr) -> Result<Gc<Module>> {
    type Init = unsafe extern "C" fn(ctx: *mut JSContext, module_name: *const c_char) -> *mut JSModuleDef;
    let name = path.to_string_lossy();
    // A bare name is a file here, not one of the system's libraries.
    let file = if name.contains('/') {
        path.to_owned()
    } else {
        [c"./", path].map(CStr::to_bytes).concat().try_into_c()
    };
    let f = sys::load_native(&file).map_err(|why| {
        cx.throw_reference(&format!(
            "could not load module filename '{name}' as shared library: {}",
            String::from_utf8_lossy(&why)
        ))
    })?;
    // SAFETY: a shared library that names a function so means this one.
    let init: Init = unsafe { std::mem::transmute(f.as_ptr()) };
    // SAFETY: C's contract: NULL, or a module of this context.
    unsafe {
        let m = init(ctx_ptr(cx), path.as_ptr());
        if m.is_null() {
            if cx.rt().has_exception() {
                return Err(Thrown);
            }
            return Err(
                cx.throw_reference(&format!("could not load module filename '{name}': initialization error"))
            );
        }
        Ok(def(m).to_gc())
    }
}
trait IntoC {
    fn try_into_c(self) -> std::ffi::CString;
}
impl IntoC for Vec<u8> {
    /// (Parts of C strings have no NUL.)
    fn try_into_c(self) -> std::ffi::CString {
        std::ffi::CString::new(self).unwrap_or_default()
    }
}

/// A loader for JS_SetModuleLoaderFunc2: files of JavaScript, JSON, text, bytes; shared libraries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_module_loader(
    ctx: *mut JSContext,
    module_name: *const c_char,
    opaque: *mut c_void,
    attributes: JSValueConst,
) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    unsafe {
        let (cx, path) = (enter(ctx), CStr::from_ptr(module_name));
        if loader::is_native(path) {
            return module_ptr(cx, native_module(cx, path));
        }
        js_module_load(ctx, module_name, opaque, attributes, Some(js_load_file))
    }
}
/// The same without shared libraries, and with files from a function of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_module_load(
    ctx: *mut JSContext,
    module_name: *const c_char,
    opaque: *mut c_void,
    attributes: JSValueConst,
    load_file: JSLoadFileFunc,
) -> *mut JSModuleDef {
    let _ = opaque;
    // SAFETY: C's contract.
    let (cx, name, attributes) = unsafe { (enter(ctx), c_bytes(module_name), borrow(attributes)) };
    let name = String::from_utf8_lossy(name);
    let Some(f) = load_file else {
        return module_ptr(cx, Err(loader::not_found(cx, &name)));
    };
    let mut len = 0;
    // SAFETY: C's contract: NULL, or len bytes from js_malloc, now ours.
    unsafe {
        let buf = f(ctx, &mut len, module_name);
        if buf.is_null() {
            if !cx.rt().has_exception() {
                loader::not_found(cx, &name);
            }
            return module_ptr(cx, Err(Thrown));
        }
        let m = loader::module_from(cx, bytes(buf.cast(), len), &name, &attributes);
        cx.rt().block_free(buf.cast());
        module_ptr(cx, m)
    }
}
/// A check of import attributes for JS_SetModuleLoaderFunc2: only `type` is known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_module_check_attributes(
    ctx: *mut JSContext,
    opaque: *mut c_void,
    attributes: JSValueConst,
) -> c_int {
    let _ = opaque;
    // SAFETY: C's contract.
    let (cx, attributes) = unsafe { (enter(ctx), borrow(attributes)) };
    ret_unit(cx, loader::check_attributes(cx, &attributes))
}
/// Sets import.meta.url and import.meta.main of a compiled module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_module_set_import_meta(
    ctx: *mut JSContext,
    func_val: JSValueConst,
    use_realpath: bool,
    is_main: bool,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(func_val)) };
    let r = match v.as_gc::<Module>() {
        Some(m) => loader::set_import_meta(cx, m, use_realpath, is_main),
        None => Err(cx.throw_type("module expected")),
    };
    ret_unit(cx, r)
}
/// Reads a whole file into memory from js_malloc (malloc if `ctx` is NULL), with a NUL after it; NULL if it
/// cannot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_load_file(
    ctx: *mut JSContext,
    pbuf_len: *mut usize,
    filename: *const c_char,
) -> *mut u8 {
    if filename.is_null() {
        return null_mut();
    }
    // SAFETY: C's contract.
    unsafe {
        let path = CStr::from_ptr(filename);
        let limit = if ctx.is_null() { usize::MAX } else { enter(ctx).rt().memory_left() };
        let Ok(text) = load::read(path, limit.min(MAX_BYTES as usize)) else {
            return null_mut();
        };
        let p = if ctx.is_null() {
            libc::malloc(text.len() + 1)
        } else {
            enter(ctx).rt().block_malloc(text.len() + 1)
        } as *mut u8;
        if !p.is_null() {
            std::ptr::copy_nonoverlapping(text.as_ptr(), p, text.len());
            p.add(text.len()).write(0);
            if !pbuf_len.is_null() {
                pbuf_len.write(text.len());
            }
        }
        p
    }
}

// ---- globals

/// Adds `print` and `console`, and `scriptArgs` if `argc` is not negative.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_add_helpers(ctx: *mut JSContext, argc: c_int, argv: *mut *mut c_char) {
    // SAFETY: C's contract: argv holds argc strings.
    let (cx, args) = unsafe {
        let n = usize::try_from(argc).ok();
        let list = n.map(|n| {
            let n = if argv.is_null() { 0 } else { n };
            (0..n).map(|i| c_bytes(*argv.add(i)).to_vec()).collect::<Vec<_>>()
        });
        (enter(ctx), list)
    };
    if helpers::add(cx, args.as_deref()).is_err() {
        dump::pending(cx);
    }
}

// ---- the event loop

/// Prepares a runtime for timers, handlers and the rest; to be called before scripts run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_init_handlers(rt: *mut JSRuntime) {
    // SAFETY: C's contract.
    state::state(unsafe { runtime(rt) });
}
/// Lets go of all that js_std_init_handlers and scripts since then have set up; to be called before
/// JS_FreeContext.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_free_handlers(rt: *mut JSRuntime) {
    // SAFETY: C's contract.
    state::free(unsafe { runtime(rt) });
}
/// Runs jobs, timers and handlers until there are none. 1 if something threw: the exception is pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_loop(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    c_int::from(ret_unit(cx, event_loop::run(cx)) < 0)
}
/// Runs all jobs, then at most one timer; never waits. 0: call again at once; more: call again after so many
/// milliseconds; -1: nothing is due; -2: something threw, and the exception is pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_loop_once(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    match event_loop::run_once(cx) {
        Ok(Next::Now) => 0,
        // (Rounded up: called earlier, it would only say so again.)
        Ok(Next::After(d)) => c_int::try_from(d.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX),
        Ok(Next::Idle) => -1,
        Err(t) => {
            ret_unit(cx, Err(t));
            -2
        }
    }
}
/// Waits for descriptors and signals, at most so many milliseconds (-1: without end), and calls the handlers of
/// those that are ready. -1 if something threw: the exception is pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_poll_io(ctx: *mut JSContext, timeout_ms: c_int) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
    ret_unit(cx, event_loop::poll_io(cx, timeout))
}
/// Runs the loop until a promise (taken over) is settled: its value, or its reason thrown. Other values are
/// returned as they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_await(ctx: *mut JSContext, obj: JSValue) -> JSValue {
    if obj.is_exception() {
        return obj;
    }
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), take(obj)) };
    ret(cx, event_loop::wait_for(cx, v))
}

// ---- compiled code

/// Runs what JS_WriteObject made of compiled code, as qjsc's programs do: a script, or a module until its promise is
/// settled. With `flags` not zero a module is only loaded, for others to import. What throws is written to stderr, and
/// the process ends with status 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_eval_binary(
    ctx: *mut JSContext,
    buf: *const u8,
    buf_len: usize,
    flags: c_int,
) {
    // SAFETY: C's contract.
    let (cx, code) = unsafe { (enter(ctx), bytes(buf.cast(), buf_len)) };
    if loader::run_binary(cx, code, flags != 0).is_err() {
        dump::pending(cx);
        sys::exit(1);
    }
}

// ---- errors

/// Writes the pending exception to stderr, and forgets it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_dump_error(ctx: *mut JSContext) {
    // SAFETY: C's contract.
    dump::pending(unsafe { enter(ctx) });
}
/// A tracker for JS_SetHostPromiseRejectionTracker: the loop ends the process with status 1 when a rejected
/// promise is left unhandled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_promise_rejection_tracker(
    ctx: *mut JSContext,
    promise: JSValueConst,
    reason: JSValueConst,
    is_handled: bool,
    opaque: *mut c_void,
) {
    let _ = opaque;
    // SAFETY: C's contract.
    let (cx, p, r) = unsafe { (enter(ctx), borrow(promise), borrow(reason)) };
    event_loop::note_rejection(cx, &p, &r, is_handled);
}

// ---- workers

/// How workers' runtimes are made (NULL: JS_NewRuntime); to be called before the first worker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_set_worker_new_runtime_func(
    func: Option<unsafe extern "C" fn() -> *mut JSRuntime>,
) {
    super::worker::factory::set_new_runtime(func);
}
/// How workers' contexts are made (NULL: JS_NewContext); to be called before the first worker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_std_set_worker_new_context_func(
    func: Option<unsafe extern "C" fn(rt: *mut JSRuntime) -> *mut JSContext>,
) {
    super::worker::factory::set_new_context(func);
}
