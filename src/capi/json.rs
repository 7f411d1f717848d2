//! JSON in and out.

use super::convert::*;
use super::ffi::*;
use qjs_engine::builtins::{json, json_stringify};
use std::ffi::c_char;

/// The value of a JSON text; `filename` is for messages.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ParseJSON(
    ctx: *mut JSContext,
    buf: *const c_char,
    buf_len: usize,
    filename: *const c_char,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, text, name) = unsafe { (enter(ctx), bytes(buf, buf_len), c_bytes(filename)) };
    let name = (!filename.is_null()).then(|| String::from_utf8_lossy(name));
    ret(cx, json::parse_utf8(cx, text, name.as_deref()))
}
/// JSON.stringify
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_JSONStringify(
    ctx: *mut JSContext,
    obj: JSValueConst,
    replacer: JSValueConst,
    space0: JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v, r, s) = unsafe { (enter(ctx), borrow(obj), borrow(replacer), borrow(space0)) };
    ret(cx, json_stringify::stringify(cx, &v, &r, &s))
}
