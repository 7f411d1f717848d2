//! JSON in and out.

use super::convert::*;
use super::ffi::*;
use qjs_engine::{Context, Intrinsic, Result, Value, embed};
use std::ffi::c_char;

fn call_json(cx: &Context, name: &str, args: &[Value]) -> Result {
    let json = cx.intrinsic(Intrinsic::JSON)?.to_value();
    let f = cx.get_str(&json, name)?;
    cx.call(&f, &json, args)
}

/// The value of a JSON text; `filename` is for messages.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ParseJSON(
    ctx: *mut JSContext,
    buf: *const c_char,
    buf_len: usize,
    filename: *const c_char,
) -> JSValue {
    let _ = filename;
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), bytes(buf, buf_len)) };
    ret(cx, embed::decode_utf8(cx.rt(), text).and_then(|s| call_json(cx, "parse", &[s.into()])))
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
    ret(cx, call_json(cx, "stringify", &[(*v).clone(), (*r).clone(), (*s).clone()]))
}
