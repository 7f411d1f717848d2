//! Exceptions and errors. The printf-style functions are in `src/shim.c` and end here.

use super::convert::*;
use super::ffi::*;
use qjs_engine::object::class::id;
use qjs_engine::object::function::ErrorData;
use qjs_engine::text::names::Name;
use qjs_engine::vm::script;
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Value, embed};
use std::ffi::{c_char, c_int};

/// Throws a value, which is taken over; returns JS_EXCEPTION. An error that JS_NewError made gets its backtrace now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_Throw(ctx: *mut JSContext, obj: JSValue) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), take(obj)) };
    if obj.norm_tag() == JS_TAG_UNINITIALIZED {
        // What JS_GetException answers if there is none: none is put back.
        drop(cx.rt().take_exception());
        return JS_EXCEPTION;
    }
    if let Some(o) = v.as_object()
        && o.data::<ErrorData>().is_some_and(|e| e.stack.borrow().is_none())
        && qjs_engine::vm::backtrace::attach(cx, o, None).is_err()
    {
        return JS_EXCEPTION;
    }
    cx.throw(v);
    JS_EXCEPTION
}
/// Takes the pending exception; JS_UNINITIALIZED if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetException(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.rt().take_exception().map_or(JS_UNINITIALIZED, give)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_HasException(ctx: *mut JSContext) -> bool {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.rt().has_exception()
}
/// A new Error without a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewError(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let r = cx
        .intrinsic(Intrinsic::ErrorPrototype)
        .and_then(|p| cx.new_with_data(Some(p), id::ERROR, ErrorData::default()));
    ret(cx, r)
}
/// Throws InternalError "out of memory"; returns JS_EXCEPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ThrowOutOfMemory(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.throw_oom();
    JS_EXCEPTION
}

// ---- errors that scripts cannot catch

unsafe fn set_uncatchable(val: JSValueConst, on: bool) {
    // SAFETY: C's contract.
    if let Some(e) = unsafe { borrow_object(val) }.and_then(|o| o.data::<ErrorData>()) {
        e.uncatchable.set(on);
    }
}
/// Is it an Error that no script can catch?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsUncatchableError(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { borrow_object(val) }.and_then(|o| o.data::<ErrorData>()).is_some_and(|e| e.uncatchable.get())
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetUncatchableError(ctx: *mut JSContext, val: JSValueConst) {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { set_uncatchable(val, true) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ClearUncatchableError(ctx: *mut JSContext, val: JSValueConst) {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { set_uncatchable(val, false) }
}
/// Makes the pending exception one that can be caught.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ResetUncatchableError(ctx: *mut JSContext) {
    // SAFETY: C's contract.
    script::reset_uncatchable(unsafe { enter(ctx) }.rt());
}

// ---- the shim's half in Rust

/// The prototype of an error of the shim's kind (QJS_SHIM_*).
fn prototype(kind: c_int) -> Intrinsic {
    match kind {
        1 => Intrinsic::InternalErrorPrototype,
        2 => Intrinsic::RangeErrorPrototype,
        3 => Intrinsic::ReferenceErrorPrototype,
        4 => Intrinsic::SyntaxErrorPrototype,
        5 => Intrinsic::TypeErrorPrototype,
        _ => Intrinsic::ErrorPrototype,
    }
}
fn new_error(cx: &Context, kind: c_int, message: &[u8]) -> Result<Gc<Object>> {
    if let Ok(text) = std::str::from_utf8(message) {
        return cx.new_error(prototype(kind), text);
    }
    let e = cx.new_error(prototype(kind), "")?;
    let text = embed::decode_utf8(cx.rt(), message)?;
    e.set(cx, cx.name(Name::message), Value::from(text))?;
    Ok(e)
}
#[unsafe(no_mangle)]
unsafe extern "C" fn qjs_shim_new_error(
    ctx: *mut JSContext,
    kind: c_int,
    msg: *const c_char,
    len: usize,
) -> JSValue {
    // SAFETY: the shim's contract: len bytes.
    let (cx, msg) = unsafe { (enter(ctx), bytes(msg, len)) };
    ret(cx, new_error(cx, kind, msg))
}
/// Throws a DOMException: `name` is NUL-terminated, `msg` has `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn qjs_shim_throw_dom_exception(
    ctx: *mut JSContext,
    name: *const c_char,
    msg: *const c_char,
    len: usize,
) -> JSValue {
    // SAFETY: the shim's contract.
    let (cx, name, msg) = unsafe {
        let name = if name.is_null() { c"Error" } else { std::ffi::CStr::from_ptr(name) };
        (enter(ctx), name.to_string_lossy(), bytes(msg, len))
    };
    let t = qjs_engine::builtins::dom_exception::throw(cx, &name, &String::from_utf8_lossy(msg));
    ret(cx, Err::<Value, _>(t))
}
#[unsafe(no_mangle)]
unsafe extern "C" fn qjs_shim_throw_error(
    ctx: *mut JSContext,
    kind: c_int,
    msg: *const c_char,
    len: usize,
) -> JSValue {
    // SAFETY: the shim's contract: len bytes.
    let (cx, msg) = unsafe { (enter(ctx), bytes(msg, len)) };
    if let Ok(e) = new_error(cx, kind, msg) {
        cx.throw(e.into());
    }
    ret(cx, Err::<Value, _>(qjs_engine::Thrown))
}
