//! Runtimes and contexts of workers: an embedder's functions make them, or the engine does.

use super::thread::{Sent, Start, prepare};
use crate::capi::convert::{ctx_ptr, enter, runtime};
use crate::capi::ffi::{JSContext, JSRuntime};
use crate::capi::{context, runtime as rt_api};
use crate::libc::Library;
use crate::libc::loader::FileLoader;
use qjs_engine::builtins::performance;
use qjs_engine::{Context, Runtime, Thrown};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, Ordering};

/// js_std_set_worker_new_runtime_func
pub type NewRuntime = unsafe extern "C" fn() -> *mut JSRuntime;
/// js_std_set_worker_new_context_func
pub type NewContext = unsafe extern "C" fn(rt: *mut JSRuntime) -> *mut JSContext;

static NEW_RUNTIME: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
static NEW_CONTEXT: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

pub fn set_new_runtime(f: Option<NewRuntime>) {
    NEW_RUNTIME.store(f.map_or(null_mut(), |f| f as *mut c_void), Ordering::Release);
}
pub fn set_new_context(f: Option<NewContext>) {
    NEW_CONTEXT.store(f.map_or(null_mut(), |f| f as *mut c_void), Ordering::Release);
}
fn new_runtime() -> Option<NewRuntime> {
    let p = NEW_RUNTIME.load(Ordering::Acquire);
    // SAFETY: only `set_new_runtime` stores there, functions of this type.
    (!p.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, NewRuntime>(p) })
}
fn new_context() -> Option<NewContext> {
    let p = NEW_CONTEXT.load(Ordering::Acquire);
    // SAFETY: only `set_new_context` stores there, functions of this type.
    (!p.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, NewContext>(p) })
}
/// Does an embedder's function take part in making workers?
pub fn is_custom() -> bool {
    new_runtime().is_some() || new_context().is_some()
}

// SAFETY: all of it but the opaque pointer of the shared functions is Send; that pointer is handed to functions that
// any thread may call (JSSharedArrayBufferFunctions).
unsafe impl Send for Sent {}

/// The runtime and context that a worker lives in. Belongs to the thread that made it.
pub struct Home {
    rt: *mut JSRuntime,
    cx: *mut JSContext,
}

impl Home {
    /// Makes them; or says what failed.
    pub fn new(start: &Start, stack: usize) -> Result<Home, &'static str> {
        // SAFETY: C's contract for the functions: NULL, or a runtime (a context of it) that is ours from now on.
        unsafe {
            let rt = match new_runtime() {
                Some(f) => f(),
                None => rt_api::JS_NewRuntime(),
            };
            if rt.is_null() {
                return Err("the runtime's function");
            }
            prepare(runtime(rt), start, stack);
            let cx = match new_context() {
                Some(f) => f(rt),
                None => context::JS_NewContext(rt),
            };
            if cx.is_null() {
                start.link.set_waker(None);
                crate::libc::state::free(runtime(rt));
                rt_api::JS_FreeRuntime(rt);
                return Err("the context's function");
            }
            let home = Home { rt, cx };
            home.add_loader();
            Ok(home)
        }
    }
    /// Makes a runtime and context for a worker to come, if no embedder's function is to make them.
    pub fn spare() -> Option<Home> {
        // SAFETY: both are ours from now on.
        unsafe {
            let rt = rt_api::JS_NewRuntime();
            if rt.is_null() {
                return None;
            }
            let cx = context::JS_NewContext(rt);
            if cx.is_null() {
                rt_api::JS_FreeRuntime(rt);
                return None;
            }
            Some(Home { rt, cx })
        }
    }
    /// Prepares spare ones for a worker.
    pub fn move_in(self, start: &Start, stack: usize) -> Result<Home, &'static str> {
        self.runtime().update_stack_top();
        prepare(self.runtime(), start, stack);
        self.add_loader();
        // Its time begins now.
        match performance::add(self.context()) {
            Ok(()) => Ok(self),
            Err(Thrown) => {
                start.link.set_waker(None);
                self.runtime().clear_exception();
                crate::libc::state::free(self.runtime());
                self.free();
                Err("the context's function")
            }
        }
    }
    /// A loader for files, and for the library's modules; an embedder's loader stays, and finds these by name.
    fn add_loader(&self) {
        let (rt, cx) = (self.runtime(), self.context());
        if rt.module_loader().is_none() {
            rt.set_module_loader(Some(Rc::new(FileLoader)));
            return;
        }
        for l in Library::ALL {
            let known = cx.rt().new_str(l.name()).and_then(|n| cx.find_module(&n, &[]));
            if matches!(known, Ok(None)) {
                let _ = l.module(cx, l.name());
            }
        }
        rt.clear_exception();
    }
    fn runtime(&self) -> &Runtime {
        // SAFETY: ours, until `free`.
        unsafe { runtime(self.rt) }
    }
    pub fn context(&self) -> &Context {
        // SAFETY: as above.
        unsafe { enter(self.cx) }
    }
    /// Frees both.
    pub fn free(self) {
        debug_assert!(std::ptr::eq(ctx_ptr(self.context()), self.cx));
        // SAFETY: both are ours, and not used again.
        unsafe {
            context::JS_FreeContext(self.cx);
            rt_api::JS_FreeRuntime(self.rt);
        }
    }
}
