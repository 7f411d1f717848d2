//! Objects: making them, prototypes, integrity, lengths, proxies, dates.

use super::convert::*;
use super::ffi::*;
use qjs_engine::builtins::object::{Integrity, set_integrity_level};
use qjs_engine::builtins::proxy;
use qjs_engine::object::class::{FIRST_FOREIGN, id};
use qjs_engine::object::shape::prop;
use qjs_engine::text::names::Name;
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Value};
use std::ffi::{c_char, c_int};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObject(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, cx.new_object())
}
/// A plain object with this prototype; what is no object is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObjectProto(ctx: *mut JSContext, proto: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, proto) = unsafe { (enter(ctx), borrow_object(proto)) };
    ret(cx, cx.new_object_with_proto(proto))
}
fn of_class(cx: &Context, proto: Option<&Object>, class: JSClassID) -> Result<Gc<Object>> {
    match u16::try_from(class) {
        Ok(id::OBJECT) => cx.new_object_with_proto(proto),
        Ok(id::ERROR) => {
            cx.new_with_data(proto, id::ERROR, qjs_engine::object::function::ErrorData::default())
        }
        Ok(c) if c >= FIRST_FOREIGN && cx.rt().class(c).is_some() => cx.new_foreign(proto, c),
        _ => Err(cx.throw_type("not a class of the embedder's")),
    }
}
/// An object of a class with this prototype.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObjectProtoClass(
    ctx: *mut JSContext,
    proto: JSValueConst,
    class_id: JSClassID,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, proto) = unsafe { (enter(ctx), borrow_object(proto)) };
    ret(cx, of_class(cx, proto, class_id))
}
/// An object of a class with the prototype JS_SetClassProto gave the class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObjectClass(ctx: *mut JSContext, class_id: JSClassID) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let proto = super::classes::class_proto(cx, class_id);
    ret(cx, of_class(cx, proto.as_object(), class_id))
}
/// An object with these properties; the values are taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObjectFrom(
    ctx: *mut JSContext,
    count: c_int,
    props: *const JSAtom,
    values: *const JSValue,
) -> JSValue {
    // SAFETY: C's contract: both arrays hold count elements.
    let (cx, values) = unsafe { (enter(ctx), take_list(count, values)) };
    let r = cx.new_object().and_then(|o| {
        for (i, v) in values.into_iter().enumerate() {
            // SAFETY: as above.
            o.create_data_property_or_throw(cx, &atom_key(cx, unsafe { *props.add(i) }), v)?;
        }
        Ok(o)
    });
    ret(cx, r)
}
/// The same with names in UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewObjectFromStr(
    ctx: *mut JSContext,
    count: c_int,
    props: *mut *const c_char,
    values: *const JSValue,
) -> JSValue {
    // SAFETY: C's contract: both arrays hold count elements.
    let (cx, values) = unsafe { (enter(ctx), take_list(count, values)) };
    let r = cx.new_object().and_then(|o| {
        for (i, v) in values.into_iter().enumerate() {
            // SAFETY: as above.
            let key = key_of(cx, unsafe { c_bytes(*props.add(i)) })?;
            o.create_data_property_or_throw(cx, &key, v)?;
        }
        Ok(o)
    });
    ret(cx, r)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewArray(ctx: *mut JSContext) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, cx.new_array(0))
}
/// An array of these values, which are taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewArrayFrom(
    ctx: *mut JSContext,
    count: c_int,
    values: *const JSValue,
) -> JSValue {
    // SAFETY: C's contract: the array holds count values.
    let (cx, values) = unsafe { (enter(ctx), take_list(count, values)) };
    ret(cx, cx.new_array_from(values))
}
/// Values that C gives up.
///
/// # Safety
/// C's contract: `values` holds `count` values.
unsafe fn take_list(count: c_int, values: *const JSValue) -> Vec<Value> {
    let n = if values.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
    // SAFETY: per contract.
    (0..n).map(|i| unsafe { take(*values.add(i)) }).collect()
}
/// A Date of a time in milliseconds since 1970.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewDate(ctx: *mut JSContext, epoch_ms: f64) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let r = cx.intrinsic(Intrinsic::Date).and_then(|f| cx.construct(f, &[Value::number(epoch_ms)], f));
    ret(cx, r)
}

// ---- prototypes and integrity

/// [[GetPrototypeOf]]; a primitive's is its wrapper's, that of undefined and null is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPrototype(ctx: *mut JSContext, val: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    let r = match v.as_object() {
        Some(o) => o.get_prototype_of(cx),
        None => cx.primitive_prototype(&v).map(|p| p.cloned()),
    };
    ret(cx, r)
}
/// [[SetPrototypeOf]]: 1, or -1 with a TypeError where it is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPrototype(
    ctx: *mut JSContext,
    obj: JSValueConst,
    proto_val: JSValueConst,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, p) = unsafe { (enter(ctx), borrow(obj), borrow(proto_val)) };
    let r = (|| {
        cx.require_object_coercible(&v)?;
        if !p.is_object() && !p.is_null() {
            return Err(cx.throw_type("not an object"));
        }
        match v.as_object() {
            Some(o) if !o.set_prototype_of(cx, p.as_object())? => {
                let cyclic = o.is_extensible(cx)?;
                Err(cx.throw_type(if cyclic {
                    "circular prototype chain"
                } else {
                    "object is not extensible"
                }))
            }
            _ => Ok(true),
        }
    })();
    ret_bool(cx, r)
}
/// [[IsExtensible]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsExtensible(ctx: *mut JSContext, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(obj)) };
    ret_bool(cx, o.map_or(Ok(false), |o| o.is_extensible(cx)))
}
/// [[PreventExtensions]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_PreventExtensions(ctx: *mut JSContext, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(obj)) };
    ret_bool(cx, o.map_or(Ok(false), |o| o.prevent_extensions(cx)))
}
unsafe fn integrity(ctx: *mut JSContext, obj: JSValueConst, level: Integrity) -> c_int {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(obj)) };
    let r = match o {
        Some(o) => set_integrity_level(cx, o, level).and_then(|done| {
            if done { Ok(true) } else { Err(cx.throw_type("proxy preventExtensions handler returned false")) }
        }),
        None => Ok(true),
    };
    ret_bool(cx, r)
}
/// Object.seal
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SealObject(ctx: *mut JSContext, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe { integrity(ctx, obj, Integrity::Sealed) }
}
/// Object.freeze
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreezeObject(ctx: *mut JSContext, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe { integrity(ctx, obj, Integrity::Frozen) }
}

// ---- lengths

/// LengthOfArrayLike
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetLength(ctx: *mut JSContext, obj: JSValueConst, pres: *mut i64) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    let r = cx.get_v(&v, cx.name(Name::length)).and_then(|l| cx.to_length(&l));
    // SAFETY: C's contract.
    unsafe { super::values::out(cx, pres, r.map(|n| n as i64), 0) }
}
/// Sets the `length` property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetLength(ctx: *mut JSContext, obj: JSValueConst, len: i64) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    ret_bool(cx, super::properties::set(cx, &v, cx.name(Name::length), Value::from_i64(len)))
}

// ---- special objects

/// ProxyCreate
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewProxy(
    ctx: *mut JSContext,
    target: JSValueConst,
    handler: JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, t, h) = unsafe { (enter(ctx), borrow(target), borrow(handler)) };
    ret(cx, proxy::create(cx, &t, &h))
}
fn expect_proxy<'a>(cx: &Context, o: Option<&'a Object>) -> Result<&'a Object> {
    o.filter(|o| o.class() == id::PROXY).ok_or_else(|| cx.throw_type("not a proxy"))
}
/// A proxy's target; a TypeError if it is revoked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetProxyTarget(ctx: *mut JSContext, proxy: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(proxy)) };
    ret(cx, expect_proxy(cx, o).and_then(|o| proxy::target(cx, o)))
}
/// A proxy's handler; a TypeError if it is revoked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetProxyHandler(ctx: *mut JSContext, proxy: JSValueConst) -> JSValue {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(proxy)) };
    let r = expect_proxy(cx, o).and_then(|o| proxy::handler(o).ok_or_else(|| cx.throw_type("revoked proxy")));
    ret(cx, r)
}
/// Makes the object [[IsHTMLDDA]], as document.all is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetIsHTMLDDA(ctx: *mut JSContext, obj: JSValueConst) {
    let _ = ctx;
    // SAFETY: C's contract.
    if let Some(o) = unsafe { borrow_object(obj) } {
        o.set_htmldda();
    }
}
/// Links a constructor and its prototype object: `prototype` one way, `constructor` the other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetConstructor(
    ctx: *mut JSContext,
    func_obj: JSValueConst,
    proto: JSValueConst,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, f, p) = unsafe { (enter(ctx), borrow(func_obj), borrow(proto)) };
    let r = (|| {
        let fo = cx.expect_object(&f)?;
        fo.define(cx, cx.name(Name::prototype), (*p).clone(), 0)?;
        cx.expect_object(&p)?.define(
            cx,
            cx.name(Name::constructor),
            (*f).clone(),
            prop::WRITABLE | prop::CONFIGURABLE,
        )
    })();
    ret_unit(cx, r)
}
/// Says whether a function (or callable object) can be constructed; false if it is no object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetConstructorBit(
    ctx: *mut JSContext,
    func_obj: JSValueConst,
    val: bool,
) -> bool {
    let _ = ctx;
    // SAFETY: C's contract.
    match unsafe { borrow_object(func_obj) } {
        Some(o) => {
            o.set_constructor(val);
            true
        }
        None => false,
    }
}
