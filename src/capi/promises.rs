//! Promises.

use super::convert::*;
use super::ffi::*;
use qjs_engine::builtins::{globals, promise};
use qjs_engine::runtime::{PromiseEvent, PromiseHook};
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value};
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// Promise, and what async functions need.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddIntrinsicPromise(ctx: *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret_unit(cx, globals::add(cx, globals::PROMISE))
}

/// A pending promise; `resolving_funcs[0]` resolves it and `resolving_funcs[1]` rejects it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewPromiseCapability(
    ctx: *mut JSContext,
    resolving_funcs: *mut JSValue,
) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let r = promise::new_promise(cx).and_then(|p| {
        let (resolve, reject) = promise::resolving_functions(cx, &p)?;
        // SAFETY: C's contract: there is room for two values.
        unsafe {
            resolving_funcs.write(give(resolve));
            resolving_funcs.add(1).write(give(reject));
        }
        Ok(p)
    });
    ret(cx, r)
}
/// Promise.resolve or Promise.reject of this value: a promise is its own resolution.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewSettledPromise(
    ctx: *mut JSContext,
    is_reject: bool,
    value: JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(value)) };
    if is_reject {
        return ret(cx, promise::new_rejected(cx, (*v).clone()));
    }
    ret(cx, promise::promise_resolve(cx, &v))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_PromiseState(ctx: *mut JSContext, promise: JSValueConst) -> JSPromiseStateEnum {
    use JSPromiseStateEnum::*;
    let _ = ctx;
    // SAFETY: C's contract.
    match unsafe { borrow_object(promise) }.and_then(promise::state) {
        None => JS_PROMISE_NOT_A_PROMISE,
        Some((promise::State::Pending, _)) => JS_PROMISE_PENDING,
        Some((promise::State::Fulfilled, _)) => JS_PROMISE_FULFILLED,
        Some((promise::State::Rejected, _)) => JS_PROMISE_REJECTED,
    }
}
/// What a promise was settled with; undefined for a pending one or what is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_PromiseResult(ctx: *mut JSContext, promise: JSValueConst) -> JSValue {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { borrow_object(promise) }.and_then(promise::state).map_or(JS_UNDEFINED, |(_, v)| give(v))
}
/// Says that a rejection is no surprise; the tracker is told, if it was told of the rejection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_PromiseMarkAsHandled(ctx: *mut JSContext, promise: JSValueConst) {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(promise)) };
    if let Some(o) = o {
        promise::set_handled(cx, o);
    }
}
/// `promise.then(on_fulfilled, on_rejected)` of a promise of this engine; a TypeError for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_PromiseThen(
    ctx: *mut JSContext,
    promise: JSValueConst,
    on_fulfilled: JSValueConst,
    on_rejected: JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, p, f, r) = unsafe {
        (enter(ctx), borrow(promise), (*borrow(on_fulfilled)).clone(), (*borrow(on_rejected)).clone())
    };
    ret(cx, then(cx, &p, f, r))
}
fn then(cx: &Context, p: &Value, on_fulfilled: Value, on_rejected: Value) -> Result<Gc<Object>> {
    promise::then_of(cx, cx.expect_object(p)?, on_fulfilled, on_rejected)
}
/// A function told of promises that are rejected without a handler, and of those handled after all; NULL is
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetHostPromiseRejectionTracker(
    rt: *mut JSRuntime,
    cb: JSHostPromiseRejectionTracker,
    opaque: *mut c_void,
) {
    // SAFETY: C's contract.
    let rt: &Runtime = unsafe { runtime(rt) };
    *rt.rejection_tracker.borrow_mut() = cb.map(|f| {
        Rc::new(move |cx: &Context, promise: &Value, reason: &Value, handled: bool| {
            // SAFETY: C's contract.
            unsafe { f(ctx_ptr(cx), lend(promise), lend(reason), handled, opaque) }
        }) as Rc<dyn Fn(&Context, &Value, &Value, bool)>
    });
}
/// A function told when a promise is made (its parent is the promise whose `then` made it), before and after the
/// `then` of what it was resolved with is called, and when it is fulfilled; NULL is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPromiseHook(
    rt: *mut JSRuntime,
    promise_hook: JSPromiseHook,
    opaque: *mut c_void,
) {
    // SAFETY: C's contract.
    let rt: &Runtime = unsafe { runtime(rt) };
    *rt.promise_hook.borrow_mut() = promise_hook.map(|f| {
        Rc::new(move |cx: &Context, event: PromiseEvent, promise: &Value, parent: &Value| {
            use JSPromiseHookType::*;
            let event = match event {
                PromiseEvent::Init => JS_PROMISE_HOOK_INIT,
                PromiseEvent::Before => JS_PROMISE_HOOK_BEFORE,
                PromiseEvent::After => JS_PROMISE_HOOK_AFTER,
                PromiseEvent::Resolve => JS_PROMISE_HOOK_RESOLVE,
            };
            // SAFETY: C's contract.
            unsafe { f(ctx_ptr(cx), event, lend(promise), lend(parent), opaque) }
        }) as PromiseHook
    });
}
