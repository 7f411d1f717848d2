//! Contexts: realms with a global object and the intrinsics added to them.

use super::convert::*;
use super::ffi::*;
use qjs_engine::builtins::globals;
use qjs_engine::object::lazy::Def;
use qjs_engine::{Context, Gc, Result};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

fn handed(r: Result<Gc<Context>>, rt: &qjs_engine::Runtime) -> *mut JSContext {
    match r {
        Ok(cx) => Gc::into_raw(cx) as *mut JSContext,
        Err(_) => {
            // There is no context to ask for the exception.
            rt.clear_exception();
            null_mut()
        }
    }
}

/// A context with every intrinsic; NULL when memory is out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewContext(rt: *mut JSRuntime) -> *mut JSContext {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    handed(Context::new(rt), rt)
}
/// A context without any name but what JS_AddIntrinsic… will add, and without eval: source text, C's too, can be
/// run in it once JS_AddIntrinsicEval is called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewContextRaw(rt: *mut JSRuntime) -> *mut JSContext {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    handed(Context::new_raw(rt).inspect(|cx| cx.eval_disabled().set(true)), rt)
}
/// One more count of a context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DupContext(ctx: *mut JSContext) -> *mut JSContext {
    // SAFETY: C's contract.
    Gc::into_raw(unsafe { enter(ctx) }.to_gc()) as *mut JSContext
}
/// Gives a count of a context back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeContext(s: *mut JSContext) {
    if !s.is_null() {
        // SAFETY: C's contract: the caller owns a count and gives it up.
        drop(unsafe { Gc::from_raw(s as *mut Context) })
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetRuntime(ctx: *mut JSContext) -> *mut JSRuntime {
    // SAFETY: C's contract.
    rt_ptr(unsafe { enter(ctx) }.rt())
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetContextOpaque(ctx: *mut JSContext) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.opaque.get()
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetContextOpaque(ctx: *mut JSContext, opaque: *mut c_void) {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.opaque.set(opaque)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetGlobalObject(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    give(unsafe { enter(ctx) }.global().clone())
}
/// %Function.prototype%
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetFunctionProto(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    give(unsafe { enter(ctx) }.function_prototype().clone())
}

// ---- intrinsics

unsafe fn add(ctx: *mut JSContext, group: &'static [Def]) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret_unit(cx, globals::add(cx, group))
}

/// Object, Function, Array, the errors, Number, String, Symbol, BigInt, Math, Reflect, Iterator, DisposableStack, the
/// global functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicBaseObjects(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret_unit(cx, globals::add_base(cx))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicDate(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::DATE) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicEval(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        enter(ctx).eval_disabled().set(false);
        add(ctx, globals::EVAL)
    }
}
/// Nothing to do: regular expressions are always compiled where they are met.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicRegExpCompiler(ctx: *mut JSContext) {
    let _ = ctx;
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicRegExp(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::REGEXP) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicJSON(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::JSON) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicProxy(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::PROXY) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicMapSet(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::MAP_SET) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicTypedArrays(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::TYPED_ARRAYS) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicAToB(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::ATOB) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicDOMException(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::DOM_EXCEPTION) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicBigInt(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::BIGINT) }
}
/// `performance`, whose time begins now. JS_NewContext has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddPerformance(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret_unit(cx, qjs_engine::builtins::performance::add(cx))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicWeakRef(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    unsafe { add(ctx, globals::WEAK_REF) }
}
