//! Object (20.1).

use crate::context::{Context, Intrinsic};
use crate::heap::{Gc, flag};
use crate::iteration::IteratorRecord;
use crate::object::class::id;
use crate::object::exotic::asked;
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{
    Def, METHOD, accessor, define_all, lazy_value, make_constructor, method, method_magic,
};
use crate::object::shape::prop;
use crate::object::{Descriptor, Object, Property, Shape};
use crate::ops::{same_value, to_boolean};
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};

const STATICS: &[Def] = &[
    method("assign", assign, 2),
    method("create", create, 2),
    method("defineProperties", define_properties, 2),
    method("defineProperty", define_property, 3),
    method_magic("entries", enumerate, 1, ENTRIES),
    method_magic("freeze", set_integrity, 1, 1),
    method("fromEntries", from_entries, 1),
    method("getOwnPropertyDescriptor", get_own_property_descriptor, 2),
    method("getOwnPropertyDescriptors", get_own_property_descriptors, 1),
    method_magic("getOwnPropertyNames", get_own_property_keys, 1, 0),
    method_magic("getOwnPropertySymbols", get_own_property_keys, 1, 1),
    method("getPrototypeOf", get_prototype_of, 1),
    method("groupBy", group_by, 2),
    method("hasOwn", has_own, 2),
    method("is", is, 2),
    method("isExtensible", is_extensible, 1),
    method_magic("isFrozen", test_integrity, 1, 1),
    method_magic("isSealed", test_integrity, 1, 0),
    method_magic("keys", enumerate, 1, KEYS),
    method("preventExtensions", prevent_extensions, 1),
    method_magic("seal", set_integrity, 1, 0),
    method("setPrototypeOf", set_prototype_of, 2),
    method_magic("values", enumerate, 1, VALUES),
];

const MEMBERS: &[Def] = &[
    lazy_value("constructor", |cx| cx.intrinsic(Intrinsic::Object).map(|o| o.to_value()), METHOD),
    method("__defineGetter__", legacy_define_getter, 2),
    method("__defineSetter__", legacy_define_setter, 2),
    method("hasOwnProperty", has_own_property, 1),
    method_magic("__lookupGetter__", legacy_lookup, 1, 0),
    method_magic("__lookupSetter__", legacy_lookup, 1, 1),
    method("isPrototypeOf", is_prototype_of, 1),
    method("propertyIsEnumerable", property_is_enumerable, 1),
    lazy_value("toString", |cx| cx.intrinsic(Intrinsic::ObjProtoToString).map(|o| o.to_value()), METHOD),
    lazy_value("valueOf", |cx| cx.intrinsic(Intrinsic::ObjProtoValueOf).map(|o| o.to_value()), METHOD),
    accessor("__proto__", get_proto, set_proto),
    method("toLocaleString", to_locale_string, 0),
];

/// Makes %Object%, %Object.prototype.toString% and %Object.prototype.valueOf%.
pub fn init(cx: &Context) -> Result<()> {
    let native =
        |f, name, length| cx.new_native(&FunctionSpec { f, name, length, magic: 0, constructor: false });
    cx.set_intrinsic(Intrinsic::ObjProtoToString, native(to_string, "toString", 0)?);
    cx.set_intrinsic(Intrinsic::ObjProtoValueOf, native(value_of, "valueOf", 0)?);
    let proto = cx.object_prototype().clone();
    let spec = FunctionSpec { f: constructor, name: "Object", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, &[])?;
    cx.set_intrinsic(Intrinsic::Object, f);
    Ok(())
}

/// Gives %Object.prototype% its members.
pub(crate) fn init_prototype(cx: &Context) -> Result<()> {
    define_all(cx, cx.object_prototype(), MEMBERS)
}

// ---- descriptors

/// ToPropertyDescriptor (6.2.6.5).
pub fn to_descriptor(cx: &Context, v: &Value) -> Result<Descriptor> {
    let Some(o) = v.as_object() else {
        return Err(cx.throw_type("property descriptor must be an object"));
    };
    let mut d = Descriptor::default();
    let field = |n: Name| -> Result<Option<Value>> {
        let key = cx.name(n);
        if o.exotic().is_none()
            && let Some((slot, f)) = o.find(cx, key)?
            && f & (prop::ACCESSOR | prop::SPECIAL) == 0
        {
            return Ok(Some(o.slot(slot).clone()));
        }
        if o.has_property(cx, key)? { o.get(cx, key).map(Some) } else { Ok(None) }
    };
    d.enumerable = field(Name::enumerable)?.map(|v| to_boolean(&v));
    d.configurable = field(Name::configurable)?.map(|v| to_boolean(&v));
    d.value = field(Name::value)?;
    d.writable = field(Name::writable)?.map(|v| to_boolean(&v));
    d.getter = field(Name::get)?;
    if d.getter.as_ref().is_some_and(|g| !g.is_undefined() && !g.is_callable()) {
        return Err(cx.throw_type("getter is not a function"));
    }
    d.setter = field(Name::set)?;
    if d.setter.as_ref().is_some_and(|s| !s.is_undefined() && !s.is_callable()) {
        return Err(cx.throw_type("setter is not a function"));
    }
    if d.is_accessor() && d.is_data() {
        return Err(cx.throw_type("cannot have setter/getter and value or writable"));
    }
    Ok(d)
}

/// FromPropertyDescriptor (6.2.6.4); absent fields stay absent.
pub fn from_descriptor(cx: &Context, d: &Descriptor) -> Result<Gc<Object>> {
    let o = cx.new_object()?;
    let add = |n: Name, v: Value| o.add_property(cx.name(n), v, prop::ALL);
    if let Some(v) = &d.value {
        add(Name::value, v.clone())?;
    }
    if let Some(w) = d.writable {
        add(Name::writable, w.into())?;
    }
    if let Some(g) = &d.getter {
        add(Name::get, g.clone())?;
    }
    if let Some(s) = &d.setter {
        add(Name::set, s.clone())?;
    }
    if let Some(e) = d.enumerable {
        add(Name::enumerable, e.into())?;
    }
    if let Some(c) = d.configurable {
        add(Name::configurable, c.into())?;
    }
    Ok(o)
}

/// FromPropertyDescriptor of what [[GetOwnProperty]] answered.
pub fn from_property(cx: &Context, p: Option<Property>) -> Result {
    match p {
        Some(p) => from_descriptor(cx, &p.to_descriptor()).map(Value::from),
        None => Ok(Value::UNDEFINED),
    }
}

// ---- the constructor

/// Object (20.1.1.1)
fn constructor(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(nt) = c.new_target.as_object()
        && !std::ptr::eq(nt, c.callee)
    {
        let proto = cx.prototype_from_constructor(c.new_target, Intrinsic::ObjectPrototype)?;
        return cx.new_object_with_proto(Some(&proto)).map(Value::from);
    }
    if c.arg(0).is_nullish() {
        return cx.new_object().map(Value::from);
    }
    cx.to_object(c.arg(0)).map(Value::from)
}

/// Object.assign (20.1.2.1)
fn assign(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let to = cx.to_object(c.arg(0))?;
    for source in c.args.iter().skip(1).filter(|s| !s.is_nullish()) {
        let from = cx.to_object(source)?;
        if let Some(shape) = plain_shape(&from, false) {
            assign_plain(cx, &to, &from, &shape)?;
            continue;
        }
        let keys = from.own_keys(cx)?;
        for key in keys.iter() {
            cx.poll()?;
            if let Some(v) = enumerable_value(cx, &from, key)? {
                to.set(cx, key, v)?;
            }
        }
    }
    Ok(to.into())
}

/// Object.assign from a plain object; a setter of the target may change it, and then the long way begins.
fn assign_plain(cx: &Context, to: &Object, from: &Object, shape: &Shape) -> Result<()> {
    for i in 0..shape.slot_count() {
        let Some((key, f)) = shape.prop_at(i) else {
            continue;
        };
        let v = if std::ptr::eq(from.shape(), shape) {
            (f & prop::ENUMERABLE != 0).then(|| from.slot(i).clone())
        } else {
            enumerable_value(cx, from, &key)?
        };
        if let Some(v) = v {
            to.set(cx, &key, v)?;
        }
    }
    Ok(())
}

/// [[GetOwnProperty]], and if that is enumerable, Get.
fn enumerable_value(cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Value>> {
    match o.get_own_property(cx, key)? {
        Some(p) if p.is_enumerable() => {
            if o.exotic().is_some() {
                return o.get(cx, key).map(Some);
            }
            // Nothing has run since: the property is what Get would find.
            p.read(cx, &o.to_value()).map(Some)
        }
        _ => Ok(None),
    }
}

/// Object.create (20.1.2.2)
fn create(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let proto = prototype_argument(cx, c.arg(0))?;
    let o = cx.new_object_with_proto(proto)?;
    if !c.arg(1).is_undefined() {
        object_define_properties(cx, &o, c.arg(1))?;
    }
    Ok(o.into())
}

fn prototype_argument<'v>(cx: &Context, v: &'v Value) -> Result<Option<&'v Object>> {
    match v.as_object() {
        None if !v.is_null() => Err(cx.throw_type("not a prototype")),
        o => Ok(o),
    }
}

/// Object.defineProperties (20.1.2.3)
fn define_properties(c: &Call<'_>) -> Result {
    let o = c.cx.expect_object(c.arg(0))?;
    object_define_properties(c.cx, o, c.arg(1))?;
    Ok(o.to_value())
}

/// ObjectDefineProperties (20.1.2.3.1)
pub fn object_define_properties(cx: &Context, o: &Object, properties: &Value) -> Result<()> {
    let props = cx.to_object(properties)?;
    let keys = props.own_keys(cx)?;
    let mut descriptors: crate::heap::buf::Buf<(PropertyKey, Descriptor)> =
        crate::heap::buf::Buf::new(cx.rt());
    for key in keys.iter() {
        cx.poll()?;
        if let Some(v) = enumerable_value(cx, &props, key)? {
            descriptors.push((key.clone(), to_descriptor(cx, &v)?))?;
        }
    }
    for (key, d) in descriptors.iter() {
        o.define_or_throw_as(cx, key, d, asked::DEFINE)?;
    }
    Ok(())
}

/// Object.defineProperty (20.1.2.4)
fn define_property(c: &Call<'_>) -> Result {
    let o = c.cx.expect_object(c.arg(0))?;
    let key = c.cx.to_property_key(c.arg(1))?;
    let d = to_descriptor(c.cx, c.arg(2))?;
    o.define_or_throw_as(c.cx, &key, &d, asked::DEFINE)?;
    Ok(o.to_value())
}

const KEYS: i32 = 0;
const VALUES: i32 = 1;
const ENTRIES: i32 = 2;

/// Object.keys, values, entries (20.1.2.19, 20.1.2.24, 20.1.2.5)
fn enumerate(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.arg(0))?;
    enumerable_own_properties(c.cx, &o, c.magic).map(Value::from)
}

/// The shape of an object all of whose properties are plain data with names that are no indices: then nothing
/// can run while they are read in the order of their slots.
fn plain_shape(o: &Object, symbols: bool) -> Option<Gc<Shape>> {
    if o.exotic().is_some() || o.has_flag(flag::LAZY) || o.has_elements() || o.shape().is_dictionary() {
        return None;
    }
    let shape = o.shape();
    let plain = (0..shape.slot_count()).all(|i| {
        shape.prop_at(i).is_some_and(|(key, f)| {
            f & (prop::ACCESSOR | prop::SPECIAL) == 0
                && key.as_index().is_none()
                && (symbols || !key.is_symbol())
        })
    });
    plain.then(|| Gc::from_ref(shape))
}

/// EnumerableOwnProperties (7.3.23), as an array.
fn enumerable_own_properties(cx: &Context, o: &Object, kind: i32) -> Result<Gc<Object>> {
    if let Some(shape) = plain_shape(o, true) {
        let list = cx.new_array(shape.slot_count())?;
        for i in 0..shape.slot_count() {
            let Some((key, f)) = shape.prop_at(i) else {
                continue;
            };
            if f & prop::ENUMERABLE == 0 || key.is_symbol() {
                continue;
            }
            list.push_element(match kind {
                KEYS => key.to_value(cx.rt())?,
                VALUES => o.slot(i).clone(),
                _ => pair(cx, key.to_value(cx.rt())?, o.slot(i).clone())?,
            })?;
        }
        return Ok(list);
    }
    let keys = o.own_keys(cx)?;
    let list = cx.new_array(keys.len())?;
    for key in keys.iter().filter(|k| k.is_string()) {
        cx.poll()?;
        if kind == KEYS {
            if o.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable()) {
                list.push_element(key.to_value(cx.rt())?)?;
            }
            continue;
        }
        if let Some(v) = enumerable_value(cx, o, key)? {
            if kind == VALUES {
                list.push_element(v)?;
            } else {
                list.push_element(pair(cx, key.to_value(cx.rt())?, v)?)?;
            }
        }
    }
    Ok(list)
}

fn pair(cx: &Context, a: Value, b: Value) -> Result {
    let p = cx.new_array(2)?;
    p.push_element(a)?;
    p.push_element(b)?;
    Ok(p.into())
}

/// The levels of SetIntegrityLevel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Integrity {
    Sealed,
    Frozen,
}

/// Object.freeze, Object.seal (20.1.2.6, 20.1.2.22)
fn set_integrity(c: &Call<'_>) -> Result {
    if let Some(o) = c.arg(0).as_object() {
        let level = if c.magic == 1 { Integrity::Frozen } else { Integrity::Sealed };
        if !set_integrity_level(c.cx, o, level)? {
            return Err(c.cx.throw_type("proxy preventExtensions handler returned false"));
        }
    }
    Ok(c.arg(0).clone())
}

/// SetIntegrityLevel (7.3.15): false if the object refused to become non-extensible.
pub fn set_integrity_level(cx: &Context, o: &Object, level: Integrity) -> Result<bool> {
    if !o.prevent_extensions(cx)? {
        return Ok(false);
    }
    let keys = o.own_keys(cx)?;
    for key in keys.iter() {
        cx.poll()?;
        let mut d = Descriptor { configurable: Some(false), ..Descriptor::default() };
        if level == Integrity::Frozen {
            match o.get_own_property(cx, key)? {
                None => continue,
                Some(p) if !p.is_accessor() => d.writable = Some(false),
                _ => {}
            }
        }
        o.define_or_throw(cx, key, &d)?;
    }
    Ok(true)
}

/// Object.isFrozen, Object.isSealed (20.1.2.16, 20.1.2.17)
fn test_integrity(c: &Call<'_>) -> Result {
    let Some(o) = c.arg(0).as_object() else {
        return Ok(Value::TRUE);
    };
    let level = if c.magic == 1 { Integrity::Frozen } else { Integrity::Sealed };
    test_integrity_level(c.cx, o, level).map(Value::bool)
}

/// TestIntegrityLevel (7.3.16)
pub fn test_integrity_level(cx: &Context, o: &Object, level: Integrity) -> Result<bool> {
    if o.is_extensible(cx)? {
        return Ok(false);
    }
    let keys = o.own_keys(cx)?;
    for key in keys.iter() {
        cx.poll()?;
        if let Some(p) = o.get_own_property(cx, key)?
            && (p.is_configurable() || (level == Integrity::Frozen && !p.is_accessor() && p.is_writable()))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Object.fromEntries (20.1.2.7)
fn from_entries(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.require_object_coercible(c.arg(0))?;
    let o = cx.new_object()?;
    cx.for_each(c.arg(0), |item| {
        let Some(entry) = item.as_object() else {
            return Err(cx.throw_type("not an object"));
        };
        let k = entry.get_index(cx, 0)?;
        let v = entry.get_index(cx, 1)?;
        let key = cx.to_property_key(&k)?;
        o.create_data_property_or_throw(cx, &key, v)
    })?;
    Ok(o.into())
}

/// Object.getOwnPropertyDescriptor (20.1.2.8)
fn get_own_property_descriptor(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.arg(0))?;
    let key = c.cx.to_property_key(c.arg(1))?;
    from_property(c.cx, o.get_own_property(c.cx, &key)?)
}

/// Object.getOwnPropertyDescriptors (20.1.2.9)
fn get_own_property_descriptors(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.to_object(c.arg(0))?;
    let keys = o.own_keys(cx)?;
    let r = cx.new_object()?;
    for key in keys.iter() {
        cx.poll()?;
        let d = from_property(cx, o.get_own_property(cx, key)?)?;
        if !d.is_undefined() {
            r.create_data_property_or_throw(cx, key, d)?;
        }
    }
    Ok(r.into())
}

/// Object.getOwnPropertyNames, getOwnPropertySymbols (20.1.2.10, 20.1.2.11)
fn get_own_property_keys(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.arg(0))?;
    let keys = o.own_keys(c.cx)?;
    let list = c.cx.new_array(0)?;
    for key in keys.iter().filter(|k| k.is_symbol() == (c.magic == 1)) {
        list.push_element(key.to_value(c.cx.rt())?)?;
    }
    Ok(list.into())
}

/// Object.getPrototypeOf (20.1.2.12)
fn get_prototype_of(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.arg(0))?;
    o.get_prototype_of(c.cx).map(Value::from)
}

/// Object.groupBy (20.1.2.13)
fn group_by(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let callback = c.arg(1);
    cx.require_object_coercible(c.arg(0))?;
    if !callback.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    // Nobody sees the result before it is done: it can itself be the list of groups.
    let groups = cx.new_object_with_proto(None)?;
    let mut it = IteratorRecord::from_iterable(cx, c.arg(0))?;
    let mut k = 0u64;
    while let Some(v) = it.step(cx)? {
        cx.poll()?;
        let key = cx
            .call(callback, &Value::UNDEFINED, &[v.clone(), Value::number(k as f64)])
            .and_then(|key| cx.to_property_key(&key));
        let key = match key {
            Ok(key) => key,
            Err(t) => return Err(it.close_thrown(cx, t)),
        };
        let group = groups.get(cx, &key)?;
        match group.as_object() {
            Some(g) => g.push_element(v)?,
            None => {
                let g = cx.new_array_from([v])?;
                groups.create_data_property_or_throw(cx, &key, g.into())?;
            }
        }
        k += 1;
    }
    Ok(groups.into())
}

/// Object.hasOwn (20.1.2.14)
fn has_own(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.arg(0))?;
    let key = c.cx.to_property_key(c.arg(1))?;
    o.has_own_property(c.cx, &key).map(Value::bool)
}

/// Object.is (20.1.2.15)
fn is(c: &Call<'_>) -> Result {
    Ok(same_value(c.arg(0), c.arg(1)).into())
}

/// Object.isExtensible (20.1.2.16)
fn is_extensible(c: &Call<'_>) -> Result {
    match c.arg(0).as_object() {
        Some(o) => o.is_extensible(c.cx).map(Value::bool),
        None => Ok(Value::FALSE),
    }
}

/// Object.preventExtensions (20.1.2.20)
fn prevent_extensions(c: &Call<'_>) -> Result {
    if let Some(o) = c.arg(0).as_object()
        && !o.prevent_extensions(c.cx)?
    {
        return Err(c.cx.throw_type("proxy preventExtensions handler returned false"));
    }
    Ok(c.arg(0).clone())
}

/// Object.setPrototypeOf (20.1.2.23)
fn set_prototype_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.require_object_coercible(c.arg(0))?;
    let proto = prototype_argument(cx, c.arg(1))?;
    if let Some(o) = c.arg(0).as_object() {
        set_prototype_or_throw(cx, o, proto)?;
    }
    Ok(c.arg(0).clone())
}

fn set_prototype_or_throw(cx: &Context, o: &Object, proto: Option<&Object>) -> Result<()> {
    if o.set_prototype_of(cx, proto)? {
        return Ok(());
    }
    if o.class() == id::PROXY {
        return Err(cx.throw_type("proxy: bad prototype"));
    }
    if !o.ordinary_is_extensible() {
        return Err(cx.throw_type("object is not extensible"));
    }
    if std::ptr::eq(o, &**cx.object_prototype()) {
        return Err(cx.throw_type("cannot set the prototype of Object.prototype"));
    }
    Err(cx.throw_type("circular prototype chain"))
}

// ---- the prototype

/// Object.prototype.hasOwnProperty (20.1.3.2)
fn has_own_property(c: &Call<'_>) -> Result {
    let key = c.cx.to_property_key(c.arg(0))?;
    if let Some(o) = c.this.as_object() {
        return o.has_own_property(c.cx, &key).map(Value::bool);
    }
    let o = c.cx.to_object(c.this)?;
    o.has_own_property(c.cx, &key).map(Value::bool)
}

/// Object.prototype.isPrototypeOf (20.1.3.3)
fn is_prototype_of(c: &Call<'_>) -> Result {
    let Some(v) = c.arg(0).as_object() else {
        return Ok(Value::FALSE);
    };
    let o = c.cx.to_object(c.this)?;
    let mut v = v.get_prototype_of(c.cx)?;
    while let Some(p) = v {
        if p.is(&o) {
            return Ok(Value::TRUE);
        }
        c.cx.poll()?;
        v = p.get_prototype_of(c.cx)?;
    }
    Ok(Value::FALSE)
}

/// Object.prototype.propertyIsEnumerable (20.1.3.4)
fn property_is_enumerable(c: &Call<'_>) -> Result {
    let key = c.cx.to_property_key(c.arg(0))?;
    let o = c.cx.to_object(c.this)?;
    Ok(o.get_own_property(c.cx, &key)?.is_some_and(|p| p.is_enumerable()).into())
}

/// Object.prototype.toLocaleString (20.1.3.5)
fn to_locale_string(c: &Call<'_>) -> Result {
    c.cx.invoke(c.this, c.cx.name(Name::toString), &[])
}

/// Object.prototype.toString (20.1.3.6)
fn to_string(c: &Call<'_>) -> Result {
    object_to_string(c.cx, c.this)
}

/// What Object.prototype.toString says of a value.
pub fn object_to_string(cx: &Context, this: &Value) -> Result {
    let builtin = match this.as_object() {
        Some(o) => builtin_tag(cx, o)?,
        None if this.is_undefined() => "[object Undefined]",
        None if this.is_null() => "[object Null]",
        None if this.is_string() => "[object String]",
        None if this.is_number() => "[object Number]",
        None if this.is_bool() => "[object Boolean]",
        None => "[object Object]",
    };
    let tag = if this.is_nullish() { Value::UNDEFINED } else { cx.get_v(this, cx.symbol(Sym::toStringTag))? };
    let Some(tag) = tag.as_string() else {
        return cx.rt().new_latin1(builtin.as_bytes()).map(Value::from);
    };
    let mut s = crate::text::build::StringBuilder::new(cx.rt());
    s.push_str("[object ")?;
    s.push_string(tag)?;
    s.push_str("]")?;
    s.finish().map(Value::from)
}

fn builtin_tag(cx: &Context, o: &Object) -> Result<&'static str> {
    Ok(match o.class() {
        id::ARRAY => "[object Array]",
        id::PROXY if cx.is_array(&o.to_value())? => "[object Array]",
        id::ARGUMENTS | id::MAPPED_ARGUMENTS | id::SLOW_ARGUMENTS => "[object Arguments]",
        _ if o.is_callable() => "[object Function]",
        id::ERROR => "[object Error]",
        id::BOOLEAN => "[object Boolean]",
        id::NUMBER => "[object Number]",
        id::STRING => "[object String]",
        id::DATE => "[object Date]",
        id::REGEXP => "[object RegExp]",
        _ => "[object Object]",
    })
}

/// Object.prototype.valueOf (20.1.3.7)
fn value_of(c: &Call<'_>) -> Result {
    c.cx.to_object(c.this).map(Value::from)
}

/// get Object.prototype.__proto__ (20.1.3.8.1)
fn get_proto(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.this)?;
    o.get_prototype_of(c.cx).map(Value::from)
}

/// set Object.prototype.__proto__ (20.1.3.8.2)
fn set_proto(c: &Call<'_>) -> Result {
    c.cx.require_object_coercible(c.this)?;
    let proto = c.arg(0);
    if let Some(o) = c.this.as_object()
        && (proto.is_object() || proto.is_null())
    {
        set_prototype_or_throw(c.cx, o, proto.as_object())?;
    }
    Ok(Value::UNDEFINED)
}

/// Object.prototype.__defineGetter__ (20.1.3.9.1)
fn legacy_define_getter(c: &Call<'_>) -> Result {
    let d = Descriptor { getter: Some(c.arg(1).clone()), ..Descriptor::default() };
    legacy_define(c, d)
}

/// Object.prototype.__defineSetter__ (20.1.3.9.2)
fn legacy_define_setter(c: &Call<'_>) -> Result {
    let d = Descriptor { setter: Some(c.arg(1).clone()), ..Descriptor::default() };
    legacy_define(c, d)
}

fn legacy_define(c: &Call<'_>, d: Descriptor) -> Result {
    let o = c.cx.to_object(c.this)?;
    if !c.arg(1).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let key = c.cx.to_property_key(c.arg(0))?;
    o.define_or_throw(c.cx, &key, &Descriptor { enumerable: Some(true), configurable: Some(true), ..d })?;
    Ok(Value::UNDEFINED)
}

/// Object.prototype.__lookupGetter__, __lookupSetter__ (20.1.3.9.3, 20.1.3.9.4)
fn legacy_lookup(c: &Call<'_>) -> Result {
    let mut o = Some(c.cx.to_object(c.this)?);
    let key = c.cx.to_property_key(c.arg(0))?;
    while let Some(p) = o {
        match p.get_own_property(c.cx, &key)? {
            Some(Property::Accessor { getter, setter, .. }) => {
                return Ok(if c.magic == 0 { getter } else { setter });
            }
            Some(_) => return Ok(Value::UNDEFINED),
            None => {}
        }
        c.cx.poll()?;
        o = p.get_prototype_of(c.cx)?;
    }
    Ok(Value::UNDEFINED)
}
