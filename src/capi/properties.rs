//! Properties: reading, writing, defining, deleting, enumerating.

use super::convert::*;
use super::ffi::*;
use qjs_engine::object::class::{FIRST_FOREIGN, id};
use qjs_engine::object::exotic::asked;
use qjs_engine::object::{Descriptor, Keys, Property};
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::{Context, Object, Result, Value, embed};
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

/// The key of any integer.
fn int_key(cx: &Context, i: i64) -> Result<PropertyKey> {
    match u64::try_from(i) {
        Ok(n) => cx.rt().key_from_number(n),
        Err(_) => cx.rt().key(&i.to_string()),
    }
}

// ---- reading

/// `this_obj[prop]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetProperty(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        // This needs no entering of the context: it cannot throw, and runs no code.
        match recalled(&*(ctx as *const Context), this_obj, prop) {
            Some(v) => give_copy(v),
            None => get_by_atom(ctx, this_obj, prop),
        }
    }
}
/// The value of an object's data property whose place is remembered.
///
/// # Safety
/// C's contract for the value, whose object the result is borrowed from.
#[inline(always)]
unsafe fn recalled(cx: &Context, v: JSValueConst, atom: JSAtom) -> Option<&Value> {
    // SAFETY: per contract.
    unsafe { borrow_object(v) }.and_then(|o| cx.rt().recall(o, atom))
}
/// # Safety
/// C's contract.
// (Of C's calling convention, as other slow halves here are: what calls them last then needs no frame.)
#[inline(never)]
unsafe extern "C" fn get_by_atom(ctx: *mut JSContext, this_obj: JSValueConst, prop: JSAtom) -> JSValue {
    // SAFETY: per contract.
    unsafe {
        // A dictionary's properties are not remembered.
        if let Some(o) = borrow_object(this_obj)
            && o.shape().is_dictionary()
            && let Some(key) = (*(ctx as *const Context)).rt().peek_key(prop)
            && let Some(v) = o.plain_data(&key)
        {
            return give_copy(v);
        }
        let (cx, v) = (enter(ctx), borrow(this_obj));
        ret(cx, cx.rt().get_and_remember(cx, &v, &atom_key(cx, prop), prop))
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPropertyStr(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: *const c_char,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let (cx, name) = (enter(ctx), c_bytes(prop));
        if name.is_ascii()
            && let Some(atom) = cx.rt().known_atom(name)
        {
            // The atom is nobody's here: what may run code holds a count of it.
            let held = match recalled(cx, this_obj, atom) {
                Some(v) => return give_copy(v),
                None => cx.rt().atom_to_key(atom),
            };
            let v = get_by_atom(ctx, this_obj, atom);
            drop(held);
            return v;
        }
        ret(cx, key_of(cx, name).and_then(|key| cx.get_v(&borrow(this_obj), &key)))
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPropertyUint32(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    idx: u32,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let v = borrow(this_obj);
        match embed::element(&v, idx) {
            Some(e) => give(e),
            None => get_by_number(ctx, &v, idx.into()),
        }
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe fn get_by_number(ctx: *mut JSContext, v: &Value, i: i64) -> JSValue {
    // SAFETY: per contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, int_key(cx, i).and_then(|k| cx.get_v(v, &k)))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPropertyInt64(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    idx: i64,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let v = borrow(this_obj);
        match u32::try_from(idx).ok().and_then(|i| embed::element(&v, i)) {
            Some(e) => give(e),
            None => get_by_number(ctx, &v, idx),
        }
    }
}
/// `this_obj[prop]`; the key, any value, is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPropertyValue(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSValue,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v, key) = unsafe { (enter(ctx), borrow(this_obj), take(prop)) };
    let r = (|| {
        if v.is_nullish() {
            // Before the key's own conversion, as in `null[key]`.
            let k = if key.is_object() { "[object]".into() } else { cx.to_property_key(&key)?.to_lossy() };
            let what = if v.is_null() { "null" } else { "undefined" };
            return Err(cx.throw_type(&format!("cannot read property '{k}' of {what}")));
        }
        cx.get_v(&v, &cx.to_property_key(&key)?)
    })();
    ret(cx, r)
}

// ---- writing

/// `v[key] = value` as strict code does it.
#[inline(always)]
pub(crate) fn set(cx: &Context, v: &Value, key: &PropertyKey, value: Value) -> Result<bool> {
    match v.as_object() {
        Some(o) => match o.replace_own_data(key, value) {
            Ok(()) => Ok(true),
            Err(value) => set_slow(cx, v, key, value),
        },
        None => set_slow(cx, v, key, value),
    }
}
#[inline(never)]
fn set_slow(cx: &Context, v: &Value, key: &PropertyKey, value: Value) -> Result<bool> {
    let done = match v.as_object() {
        Some(o) => o.set_as(cx, key, value, asked::THROW)?,
        None => cx.set_v(v, key, value)?,
    };
    if done {
        return Ok(true);
    }
    let Some(o) = v.as_object() else {
        return Err(cx.throw_type("not an object"));
    };
    if o.refuses_silently() {
        return Ok(false);
    }
    Err(match refused(cx, o, key)? {
        Refused::Accessor => cx.throw_type("no setter for property"),
        Refused::Data => cx.throw_read_only(key),
        Refused::Absent => cx.throw_type("object is not extensible"),
    })
}
/// Why a write was refused.
enum Refused {
    Accessor,
    Data,
    Absent,
}
/// Looks for the property that refused a write, without running any code of a script's.
fn refused(cx: &Context, o: &Object, key: &PropertyKey) -> Result<Refused> {
    let mut o = o;
    loop {
        if o.class() == id::PROXY {
            return Ok(Refused::Data);
        }
        match (o.ordinary_get_own(cx, key)?, o.proto()) {
            (Some(p), _) if p.is_accessor() => return Ok(Refused::Accessor),
            (Some(_), _) => return Ok(Refused::Data),
            (None, Some(p)) => o = p,
            (None, None) => return Ok(Refused::Absent),
        }
    }
}

/// `this_obj[prop] = val`: 1, or -1 with an exception; a TypeError where the property cannot be written. The
/// value is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetProperty(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        if let Some(o) = borrow_object(this_obj)
            && let Some(place) = (*(ctx as *const Context)).rt().recall_own(o, prop)
        {
            place.set(take(val));
            return 1;
        }
        set_by_atom(ctx, this_obj, prop, val)
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe extern "C" fn set_by_atom(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
    val: JSValue,
) -> c_int {
    // SAFETY: per contract.
    let (cx, v, val) = unsafe { (enter(ctx), borrow(this_obj), take(val)) };
    let key = atom_key(cx, prop);
    if let Some(o) = v.as_object() {
        match o.replace_own_data(&key, val) {
            Ok(()) => {
                cx.rt().remember_own(o, &key, prop);
                return 1;
            }
            Err(val) => return ret_bool(cx, set_slow(cx, &v, &key, val)),
        }
    }
    ret_bool(cx, set_slow(cx, &v, &key, val))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPropertyStr(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: *const c_char,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    unsafe {
        let (cx, name) = (enter(ctx), c_bytes(prop));
        if name.is_ascii()
            && let Some(atom) = cx.rt().known_atom(name)
        {
            let held = cx.rt().atom_to_key(atom);
            let r = JS_SetProperty(ctx, this_obj, atom, val);
            drop(held);
            return r;
        }
        let (v, val) = (borrow(this_obj), take(val));
        ret_bool(cx, key_of(cx, name).and_then(|k| set(cx, &v, &k, val)))
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPropertyUint32(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    idx: u32,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, val) = unsafe { (enter(ctx), borrow(this_obj), take(val)) };
    set_by_number(cx, &v, idx.into(), val)
}
fn set_by_number(cx: &Context, v: &Value, i: i64, val: Value) -> c_int {
    let val = match u32::try_from(i) {
        Ok(n) => match embed::set_element(cx.rt(), v, n, val) {
            None => return 1,
            Some(val) => val,
        },
        Err(_) => val,
    };
    ret_bool(cx, int_key(cx, i).and_then(|k| set(cx, v, &k, val)))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPropertyInt64(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    idx: i64,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, val) = unsafe { (enter(ctx), borrow(this_obj), take(val)) };
    set_by_number(cx, &v, idx, val)
}
/// `this_obj[prop] = val`; key and value are taken over. Without JS_PROP_THROW in `flags` 0 is returned where
/// the property cannot be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPropertyValue(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSValue,
    val: JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, key, val) = unsafe { (enter(ctx), borrow(this_obj), take(prop), take(val)) };
    let r = cx
        .to_property_key(&key)
        .and_then(|k| if flags & JS_PROP_THROW != 0 { set(cx, &v, &k, val) } else { cx.set_v(&v, &k, val) });
    ret_bool(cx, r)
}

// ---- testing and deleting

/// [[HasProperty]]; 0 for what is no object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_HasProperty(ctx: *mut JSContext, this_obj: JSValueConst, prop: JSAtom) -> c_int {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow_object(this_obj)) };
    ret_bool(cx, o.map_or(Ok(false), |o| o.has_property(cx, &atom_key(cx, prop))))
}
/// [[Delete]]; with JS_PROP_THROW in `flags` a TypeError where it is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DeleteProperty(
    ctx: *mut JSContext,
    obj: JSValueConst,
    prop: JSAtom,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    let key = atom_key(cx, prop);
    let r = cx.to_object(&v).and_then(|o| {
        if flags & JS_PROP_THROW != 0 {
            o.delete_or_throw(cx, &key).map(|()| true)
        } else {
            o.delete(cx, &key)
        }
    });
    ret_bool(cx, r)
}

// ---- defining

/// The descriptor that flags and values say; fields without their HAS bit are absent.
///
/// # Safety
/// C's contract for the values.
pub(crate) unsafe fn descriptor(
    val: JSValueConst,
    getter: JSValueConst,
    setter: JSValueConst,
    flags: c_int,
) -> Descriptor {
    let bit = |has: c_int, is: c_int| (flags & has != 0).then_some(flags & is != 0);
    let value = |has: c_int, v: JSValueConst| {
        // SAFETY: per contract.
        (flags & has != 0).then(|| unsafe { (*borrow(v)).clone() })
    };
    Descriptor {
        value: value(JS_PROP_HAS_VALUE, val),
        getter: value(JS_PROP_HAS_GET, getter),
        setter: value(JS_PROP_HAS_SET, setter),
        writable: bit(JS_PROP_HAS_WRITABLE, JS_PROP_WRITABLE),
        enumerable: bit(JS_PROP_HAS_ENUMERABLE, JS_PROP_ENUMERABLE),
        configurable: bit(JS_PROP_HAS_CONFIGURABLE, JS_PROP_CONFIGURABLE),
    }
}
/// The flags and values that say a descriptor, lent from it.
pub(crate) fn descriptor_parts(d: &Descriptor) -> (JSValue, JSValue, JSValue, c_int) {
    let mut flags = 0;
    let mut bit = |has: c_int, is: c_int, v: Option<bool>| {
        if let Some(v) = v {
            flags |= has | if v { is } else { 0 };
        }
    };
    bit(JS_PROP_HAS_WRITABLE, JS_PROP_WRITABLE, d.writable);
    bit(JS_PROP_HAS_ENUMERABLE, JS_PROP_ENUMERABLE, d.enumerable);
    bit(JS_PROP_HAS_CONFIGURABLE, JS_PROP_CONFIGURABLE, d.configurable);
    let mut value = |has: c_int, v: &Option<Value>| match v {
        Some(v) => {
            flags |= has;
            lend(v)
        }
        None => JS_UNDEFINED,
    };
    let val = value(JS_PROP_HAS_VALUE, &d.value);
    let getter = value(JS_PROP_HAS_GET, &d.getter);
    let setter = value(JS_PROP_HAS_SET, &d.setter);
    (val, getter, setter, flags)
}

/// [[DefineOwnProperty]]; `flags` may ask for a TypeError where it is refused.
fn define(cx: &Context, v: &Value, key: &PropertyKey, d: &Descriptor, flags: c_int) -> Result<bool> {
    let o = cx.expect_object(v)?;
    for f in [&d.getter, &d.setter].into_iter().flatten() {
        if !f.is_undefined() && !f.is_callable() {
            return Err(cx.throw_type("invalid getter or setter"));
        }
    }
    if o.class() >= FIRST_FOREIGN && flags & JS_PROP_NO_EXOTIC != 0 {
        // A class's own function adds a real property.
        return finish_define(cx, o, key, o.ordinary_define_own(cx, key, d)?, flags);
    }
    let done = o.define_as(cx, key, d, flags)?;
    if !done && o.exotic().is_some_and(|e| e.refuses_silently()) {
        return Ok(false);
    }
    finish_define(cx, o, key, done, flags)
}
/// A TypeError for a definition that was refused, if `flags` ask for that. It runs no code of a script's to say why.
fn finish_define(cx: &Context, o: &Object, key: &PropertyKey, done: bool, flags: c_int) -> Result<bool> {
    if done || flags & JS_PROP_THROW == 0 {
        return Ok(done);
    }
    let absent = o.exotic().is_none() && o.ordinary_get_own(cx, key)?.is_none();
    let why = if absent { "object is not extensible" } else { "property is not configurable" };
    Err(cx.throw_type(&format!("{why}: '{}'", key.to_lossy())))
}

/// Defines or changes an own property: `flags` says which fields are present and what the attributes are. 1 if
/// done, 0 if refused (with JS_PROP_THROW a TypeError), -1 with an exception.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DefineProperty(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
    val: JSValueConst,
    getter: JSValueConst,
    setter: JSValueConst,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, mut d) = unsafe { (enter(ctx), borrow(this_obj), descriptor(val, getter, setter, flags)) };
    let key = atom_key(cx, prop);
    let r = complete(cx, &v, &key, &mut d, flags).and_then(|()| define(cx, &v, &key, &d, flags));
    ret_bool(cx, r)
}
/// Attributes that are set in `flags` without their HAS bit count for a property that is new.
fn complete(cx: &Context, v: &Value, key: &PropertyKey, d: &mut Descriptor, flags: c_int) -> Result<()> {
    let unsaid = flags & JS_PROP_C_W_E & !(flags >> JS_PROP_HAS_SHIFT);
    let Some(o) = v.as_object().filter(|o| unsaid != 0 && o.exotic().is_none()) else {
        return Ok(());
    };
    if o.ordinary_get_own(cx, key)?.is_none() {
        let set = |f: &mut Option<bool>, bit: c_int| *f = if unsaid & bit != 0 { Some(true) } else { *f };
        set(&mut d.configurable, JS_PROP_CONFIGURABLE);
        set(&mut d.enumerable, JS_PROP_ENUMERABLE);
        if !d.is_accessor() {
            set(&mut d.writable, JS_PROP_WRITABLE);
        }
    }
    Ok(())
}

const HAS_ACCESSOR: c_int =
    JS_PROP_HAS_GET | JS_PROP_HAS_SET | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_ENUMERABLE;
const HAS_DATA: c_int =
    JS_PROP_HAS_VALUE | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE;

/// Defines a data property with all its attributes.
pub(crate) fn define_value(
    cx: &Context,
    v: &Value,
    key: &PropertyKey,
    val: Value,
    flags: c_int,
) -> Result<bool> {
    let lent = lend(&val);
    // SAFETY: the value lives here.
    let d = unsafe { descriptor(lent, JS_UNDEFINED, JS_UNDEFINED, flags | HAS_DATA) };
    define(cx, v, key, &d, flags | HAS_DATA)
}
/// Defines an accessor property.
pub(crate) fn define_getset(
    cx: &Context,
    v: &Value,
    key: &PropertyKey,
    getter: Value,
    setter: Value,
    flags: c_int,
) -> Result<bool> {
    let d = Descriptor {
        getter: Some(getter),
        setter: Some(setter),
        enumerable: Some(flags & JS_PROP_ENUMERABLE != 0),
        configurable: Some(flags & JS_PROP_CONFIGURABLE != 0),
        ..Descriptor::default()
    };
    define(cx, v, key, &d, flags | HAS_ACCESSOR)
}

/// Defines a data property with all its attributes; the value is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DefinePropertyValue(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
    val: JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, val) = unsafe { (enter(ctx), borrow(this_obj), take(val)) };
    ret_bool(cx, define_value(cx, &v, &atom_key(cx, prop), val, flags))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DefinePropertyValueUint32(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    idx: u32,
    val: JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, val) = unsafe { (enter(ctx), borrow(this_obj), take(val)) };
    let r = cx.rt().key_from_number(idx as u64).and_then(|k| define_value(cx, &v, &k, val, flags));
    ret_bool(cx, r)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DefinePropertyValueStr(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: *const c_char,
    val: JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, name, val) = unsafe { (enter(ctx), borrow(this_obj), c_bytes(prop), take(val)) };
    ret_bool(cx, key_of(cx, name).and_then(|k| define_value(cx, &v, &k, val, flags)))
}
/// Defines an accessor property; getter and setter are taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DefinePropertyGetSet(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    prop: JSAtom,
    getter: JSValue,
    setter: JSValue,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v, g, s) = unsafe { (enter(ctx), borrow(this_obj), take(getter), take(setter)) };
    ret_bool(cx, define_getset(cx, &v, &atom_key(cx, prop), g, s, flags))
}

// ---- own properties

/// [[GetOwnProperty]]: 1 and the property (its values are the caller's) if it is there, unless `desc` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetOwnProperty(
    ctx: *mut JSContext,
    desc: *mut JSPropertyDescriptor,
    obj: JSValueConst,
    prop: JSAtom,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    let r = cx.expect_object(&v).and_then(|o| o.get_own_property(cx, &atom_key(cx, prop)));
    let found = r.map(|p| {
        let Some(p) = p else { return false };
        if !desc.is_null() {
            let attributes = p.flags() as c_int & JS_PROP_C_W_E;
            let d = match p {
                Property::Data { value, .. } => JSPropertyDescriptor {
                    flags: attributes,
                    value: give(value),
                    getter: JS_UNDEFINED,
                    setter: JS_UNDEFINED,
                },
                Property::Accessor { getter, setter, .. } => JSPropertyDescriptor {
                    flags: attributes & !JS_PROP_WRITABLE | JS_PROP_GETSET,
                    value: JS_UNDEFINED,
                    getter: give(getter),
                    setter: give(setter),
                },
            };
            // SAFETY: C's contract.
            unsafe { desc.write(d) };
        }
        true
    });
    ret_bool(cx, found)
}

/// The private names of an object, which [[OwnPropertyKeys]] leaves out.
fn private_keys(cx: &Context, o: &Object, keys: &mut Keys) -> Result<()> {
    let _ = cx;
    for i in 0..o.shape().slot_count() {
        if let Some((k, _)) = o.shape().prop_at(i)
            && k.is_private()
        {
            keys.push(k)?;
        }
    }
    Ok(())
}

/// The own keys of the sorts that `flags` (JS_GPN_…) names; the table is freed with JS_FreePropertyEnum.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetOwnPropertyNames(
    ctx: *mut JSContext,
    ptab: *mut *mut JSPropertyEnum,
    plen: *mut u32,
    obj: JSValueConst,
    flags: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    // SAFETY: C's contract.
    unsafe {
        ptab.write(null_mut());
        plen.write(0);
    }
    let r = own_names(cx, &v, flags).map(|(tab, n)| {
        // SAFETY: C's contract.
        unsafe {
            ptab.write(tab);
            plen.write(n);
        }
    });
    ret_unit(cx, r)
}

fn own_names(cx: &Context, v: &Value, flags: c_int) -> Result<(*mut JSPropertyEnum, u32)> {
    let o = cx.expect_object(v)?;
    let mut keys = o.own_keys(cx)?;
    if flags & JS_GPN_PRIVATE_MASK != 0 {
        private_keys(cx, o, &mut keys)?;
    }
    let rt = cx.rt();
    let size = keys.len().max(1).saturating_mul(std::mem::size_of::<JSPropertyEnum>());
    let tab = rt.block_malloc(size) as *mut JSPropertyEnum;
    if tab.is_null() {
        return Err(cx.throw_oom());
    }
    let mut n: u32 = 0;
    let mut fill = || -> Result<()> {
        for key in keys.iter() {
            let wanted = if key.is_private() {
                flags & JS_GPN_PRIVATE_MASK
            } else if key.is_symbol() {
                flags & JS_GPN_SYMBOL_MASK
            } else {
                flags & JS_GPN_STRING_MASK
            };
            if wanted == 0 {
                continue;
            }
            let mut is_enumerable = false;
            if flags & (JS_GPN_ENUM_ONLY | JS_GPN_SET_ENUM) != 0 {
                cx.poll()?;
                is_enumerable = o.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable());
                if flags & JS_GPN_ENUM_ONLY != 0 && !is_enumerable {
                    continue;
                }
            }
            let atom = rt.key_to_atom(key.clone())?;
            // SAFETY: the table has room for every key.
            unsafe { tab.add(n as usize).write(JSPropertyEnum { is_enumerable, atom }) };
            n += 1;
        }
        Ok(())
    };
    match fill() {
        Ok(()) => Ok((tab, n)),
        Err(t) => {
            // SAFETY: n entries were written.
            unsafe { free_names(cx, tab, n) };
            Err(t)
        }
    }
}

/// # Safety
/// `tab` is NULL or a table of `len` keys from block_malloc.
unsafe fn free_names(cx: &Context, tab: *mut JSPropertyEnum, len: u32) {
    if tab.is_null() {
        return;
    }
    // SAFETY: per contract.
    unsafe {
        for i in 0..len as usize {
            cx.rt().free_atom((*tab.add(i)).atom);
        }
        cx.rt().block_free(tab.cast());
    }
}
/// Frees a table of JS_GetOwnPropertyNames.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreePropertyEnum(ctx: *mut JSContext, tab: *mut JSPropertyEnum, len: u32) {
    // SAFETY: C's contract.
    unsafe { free_names(enter(ctx), tab, len) }
}
