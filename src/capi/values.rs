//! Values: counts, numbers, conversions, comparisons, what kind something is.

use super::convert::*;
use super::ffi::*;
use qjs_engine::heap::BigIntCell;
use qjs_engine::object::class::{ClassId, id};
use qjs_engine::ops;
use qjs_engine::text::SymbolSort;
use qjs_engine::{Context, Result, Value, embed};
use std::ffi::{c_char, c_int};

// ---- counts

/// One more count of a value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DupValue(ctx: *mut JSContext, v: JSValueConst) -> JSValue {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { dup(v) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DupValueRT(rt: *mut JSRuntime, v: JSValueConst) -> JSValue {
    let _ = rt;
    // SAFETY: C's contract.
    unsafe { dup(v) }
}
unsafe fn dup(v: JSValueConst) -> JSValue {
    if v.has_ref_count() && v.norm_tag() != JS_TAG_MODULE {
        // SAFETY: C's contract; the new count is the result's.
        std::mem::forget(unsafe { (*borrow(v)).clone() });
    }
    v
}
/// Gives a count of a value back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeValue(ctx: *mut JSContext, v: JSValue) {
    let _ = ctx;
    if v.has_ref_count() {
        // SAFETY: C's contract.
        drop(unsafe { take(v) });
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeValueRT(rt: *mut JSRuntime, v: JSValue) {
    let _ = rt;
    if v.has_ref_count() {
        // SAFETY: C's contract.
        drop(unsafe { take(v) });
    }
}

// ---- making

/// A number: an integer where that is exact.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewNumber(ctx: *mut JSContext, d: f64) -> JSValue {
    let _ = ctx;
    give(Value::number(d))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewBigInt64(ctx: *mut JSContext, v: i64) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, cx.rt().new_bigint(v.into()))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewBigUint64(ctx: *mut JSContext, v: u64) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, cx.rt().new_bigint(v.into()))
}
/// A symbol; with `is_global` the one of Symbol.for. A NULL description is none (`undefined`, as Symbol.for has
/// it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewSymbol(
    ctx: *mut JSContext,
    description: *const c_char,
    is_global: bool,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), c_bytes(description)) };
    let rt = cx.rt();
    let text = if description.is_null() { b"undefined" } else { text };
    let r = if description.is_null() && !is_global {
        rt.new_symbol(None, SymbolSort::Local)
    } else {
        embed::decode_utf8(rt, text).and_then(|s| {
            if is_global { rt.symbol_for(&s) } else { rt.new_symbol(Some(s), SymbolSort::Local) }
        })
    };
    ret(cx, r)
}
/// A key that no script can see.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewPrivateSymbol(ctx: *mut JSContext, description: *const c_char) -> JSValue {
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), c_bytes(description)) };
    let r = embed::decode_utf8(cx.rt(), text).and_then(|s| cx.rt().new_symbol(Some(s), SymbolSort::Private));
    ret(cx, r)
}

// ---- conversions

/// Writes a conversion's result; -1, and `failed` written, where it threw.
///
/// # Safety
/// C's contract for `out`.
pub(crate) unsafe fn out<T>(cx: &Context, out: *mut T, r: Result<T>, failed: T) -> c_int {
    match r {
        Ok(v) => {
            // SAFETY: per contract.
            unsafe { out.write(v) }
            0
        }
        Err(t) => {
            // SAFETY: per contract.
            unsafe { out.write(failed) }
            ret_unit(cx, Err(t))
        }
    }
}

/// ToBoolean; -1 for JS_EXCEPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToBool(ctx: *mut JSContext, val: JSValueConst) -> c_int {
    let _ = ctx;
    if val.is_exception() {
        return -1;
    }
    // SAFETY: C's contract.
    let v = unsafe { borrow(val) };
    ops::to_boolean(&v) as c_int
}
/// ToNumber
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToNumber(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    ret(cx, cx.to_number(&v).map(Value::number))
}
/// ToInt32
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToInt32(ctx: *mut JSContext, pres: *mut i32, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        if val.norm_tag() == JS_TAG_INT {
            pres.write(val.u.int32);
            return 0;
        }
        to_int32(ctx, pres, val)
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe extern "C" fn to_int32(ctx: *mut JSContext, pres: *mut i32, val: JSValueConst) -> c_int {
    // SAFETY: per contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        out(cx, pres, cx.to_int32(&v), 0)
    }
}
/// ToNumber, then its integer part modulo 2^64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToInt64(ctx: *mut JSContext, pres: *mut i64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        if val.norm_tag() == JS_TAG_INT {
            pres.write(val.u.int32.into());
            return 0;
        }
        to_int64(ctx, pres, val)
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe extern "C" fn to_int64(ctx: *mut JSContext, pres: *mut i64, val: JSValueConst) -> c_int {
    // SAFETY: per contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        out(cx, pres, cx.to_number(&v).map(wrap_i64), 0)
    }
}
/// The integer part modulo 2^64; 0 for what is not finite.
pub(crate) fn wrap_i64(d: f64) -> i64 {
    if d.abs() < 9.2e18 {
        return d as i64;
    }
    if !d.is_finite() {
        return 0;
    }
    // |d| is an integer of 53 bits times a power of two.
    let bits = d.to_bits();
    let shift = ((bits >> 52) & 0x7ff) as u32 - 1075;
    let m = (bits & ((1 << 52) - 1)) | 1 << 52;
    let n = if shift < 64 { (m << shift) as i64 } else { 0 };
    if d < 0.0 { n.wrapping_neg() } else { n }
}
/// ToIndex. Where ToNumber throws, `*plen` stays what it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToIndex(ctx: *mut JSContext, plen: *mut u64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        let n = match if v.is_undefined() { Ok(0.0) } else { cx.to_number(&v) } {
            Ok(n) => Value::number(n),
            Err(t) => return ret_unit(cx, Err(t)),
        };
        out(cx, plen, cx.to_index(&n), 0)
    }
}
/// ToNumber
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToFloat64(ctx: *mut JSContext, pres: *mut f64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        match val.norm_tag() {
            JS_TAG_INT => pres.write(val.u.int32.into()),
            JS_TAG_FLOAT64 => pres.write(val.u.float64),
            _ => return to_float64(ctx, pres, val),
        }
        0
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe extern "C" fn to_float64(ctx: *mut JSContext, pres: *mut f64, val: JSValueConst) -> c_int {
    // SAFETY: per contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        out(cx, pres, cx.to_number(&v), f64::NAN)
    }
}
/// ToBigInt modulo 2^64; a Number is a TypeError.
fn to_big(cx: &Context, v: &Value) -> Result<u64> {
    let b = cx.to_bigint(v)?;
    Ok(b.as_gc::<BigIntCell>().map_or(0, |b| b.to_u64_wrapping()))
}
/// ToBigInt64; a Number is a TypeError.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToBigInt64(ctx: *mut JSContext, pres: *mut i64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        out(cx, pres, to_big(cx, &v).map(|n| n as i64), 0)
    }
}
/// ToBigUint64; a Number is a TypeError.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToBigUint64(ctx: *mut JSContext, pres: *mut u64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val));
        out(cx, pres, to_big(cx, &v), 0)
    }
}
/// JS_ToBigInt64 for a BigInt, JS_ToInt64 for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToInt64Ext(ctx: *mut JSContext, pres: *mut i64, val: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        if borrow(val).is_bigint() { JS_ToBigInt64(ctx, pres, val) } else { JS_ToInt64(ctx, pres, val) }
    }
}
/// ToString
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToString(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    ret(cx, cx.to_string(&v))
}
/// ToPropertyKey: a string or a symbol.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToPropertyKey(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    ret(cx, cx.to_property_key(&v).and_then(|k| k.to_value(cx.rt())))
}
/// ToObject
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToObject(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    ret(cx, cx.to_object(&v))
}
/// What Object.prototype.toString says of a value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToObjectString(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    ret(cx, qjs_engine::builtins::object::object_to_string(cx, &v))
}

// ---- comparisons

/// `==`; -1 with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsEqual(ctx: *mut JSContext, op1: JSValueConst, op2: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    let (cx, a, b) = unsafe { (enter(ctx), borrow(op1), borrow(op2)) };
    ret_bool(cx, cx.loose_equals(&a, &b))
}
/// `===`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsStrictEqual(ctx: *mut JSContext, op1: JSValueConst, op2: JSValueConst) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { ops::strict_equals(&borrow(op1), &borrow(op2)) }
}
/// SameValue (Object.is)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsSameValue(ctx: *mut JSContext, op1: JSValueConst, op2: JSValueConst) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { ops::same_value(&borrow(op1), &borrow(op2)) }
}
/// SameValueZero
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsSameValueZero(
    ctx: *mut JSContext,
    op1: JSValueConst,
    op2: JSValueConst,
) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { ops::same_value_zero(&borrow(op1), &borrow(op2)) }
}
/// `val instanceof obj`; -1 with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsInstanceOf(ctx: *mut JSContext, val: JSValueConst, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, o) = unsafe { (enter(ctx), borrow(val), borrow(obj)) };
    ret_bool(cx, cx.instance_of(&v, &o))
}

// ---- kinds

unsafe fn is_class(v: JSValueConst, class: ClassId) -> bool {
    // SAFETY: C's contract.
    unsafe { borrow_object(v) }.is_some_and(|o| o.class() == class)
}

/// An array; not a proxy of one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsArray(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::ARRAY) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsProxy(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::PROXY) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsError(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::ERROR) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsDate(v: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(v, id::DATE) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsRegExp(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::REGEXP) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsMap(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::MAP) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsSet(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::SET) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsWeakMap(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::WEAK_MAP) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsWeakSet(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::WEAK_SET) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsWeakRef(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::WEAK_REF) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsDataView(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::DATAVIEW) }
}
/// Is it an ArrayBuffer? Not a SharedArrayBuffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsArrayBuffer(obj: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(obj, id::ARRAY_BUFFER) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsPromise(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { is_class(val, id::PROMISE) }
}
/// Can it be called?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsFunction(ctx: *mut JSContext, val: JSValueConst) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { borrow_object(val) }.is_some_and(|o| o.is_callable())
}
/// Can it be constructed?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsConstructor(ctx: *mut JSContext, val: JSValueConst) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    unsafe { borrow_object(val) }.is_some_and(|o| o.is_constructor())
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsAsyncFunction(val: JSValueConst) -> bool {
    // SAFETY: C's contract.
    unsafe { borrow_object(val) }.is_some_and(embed::is_async_function)
}
