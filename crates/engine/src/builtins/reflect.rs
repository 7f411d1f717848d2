//! Reflect (28.1).

use super::object::{from_property, to_descriptor};
use crate::context::{Context, Intrinsic};
use crate::object::Object;
use crate::object::exotic::asked;
use crate::object::function::Call;
use crate::object::lazy::{Def, define_all, method, tag};
use crate::value::{Result, Value};
use crate::vm;

const MEMBERS: &[Def] = &[
    method("apply", apply, 3),
    method("construct", construct, 2),
    method("defineProperty", define_property, 3),
    method("deleteProperty", delete_property, 2),
    method("get", get, 2),
    method("getOwnPropertyDescriptor", get_own_property_descriptor, 2),
    method("getPrototypeOf", get_prototype_of, 1),
    method("has", has, 2),
    method("isExtensible", is_extensible, 1),
    method("ownKeys", own_keys, 1),
    method("preventExtensions", prevent_extensions, 1),
    method("set", set, 3),
    method("setPrototypeOf", set_prototype_of, 2),
    tag("Reflect"),
];

/// Makes %Reflect%.
pub fn init(cx: &Context) -> Result<()> {
    let o = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    define_all(cx, &o, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Reflect, o);
    Ok(())
}

fn target<'a>(c: &Call<'a>) -> Result<&'a Object> {
    c.cx.expect_object(c.arg(0))
}

/// Reflect.apply (28.1.1)
fn apply(c: &Call<'_>) -> Result {
    if !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let args = c.cx.list_from_array_like(c.arg(2))?;
    c.cx.call(c.arg(0), c.arg(1), &args)
}

/// Reflect.construct (28.1.2)
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(f) = c.arg(0).as_object().filter(|o| o.is_constructor()) else {
        return Err(cx.throw_type("not a constructor"));
    };
    let new_target =
        if c.args.len() > 2 { c.arg(2).as_object().filter(|o| o.is_constructor()) } else { Some(f) };
    let Some(new_target) = new_target else {
        return Err(cx.throw_type("not a constructor"));
    };
    let args = cx.list_from_array_like(c.arg(1))?;
    // (Whatever an embedder's constructor answers, as `new` has it.)
    vm::call(cx, f, &Value::UNINIT, &args, &new_target.to_value())
}

/// Reflect.defineProperty (28.1.3)
fn define_property(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    let d = to_descriptor(c.cx, c.arg(2))?;
    o.define_as(c.cx, &key, &d, asked::REFLECT_DEFINE).map(Value::bool)
}

/// Reflect.deleteProperty (28.1.4)
fn delete_property(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    o.delete(c.cx, &key).map(Value::bool)
}

/// Reflect.get (28.1.5)
fn get(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    let receiver = if c.args.len() > 2 { c.arg(2) } else { c.arg(0) };
    o.get_with_receiver(c.cx, &key, receiver)
}

/// Reflect.getOwnPropertyDescriptor (28.1.6)
fn get_own_property_descriptor(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    from_property(c.cx, o.get_own_property(c.cx, &key)?)
}

/// Reflect.getPrototypeOf (28.1.7)
fn get_prototype_of(c: &Call<'_>) -> Result {
    target(c)?.get_prototype_of(c.cx).map(Value::from)
}

/// Reflect.has (28.1.8)
fn has(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    o.has_property(c.cx, &key).map(Value::bool)
}

/// Reflect.isExtensible (28.1.9)
fn is_extensible(c: &Call<'_>) -> Result {
    target(c)?.is_extensible(c.cx).map(Value::bool)
}

/// Reflect.ownKeys (28.1.10)
fn own_keys(c: &Call<'_>) -> Result {
    let keys = target(c)?.own_keys(c.cx)?;
    let list = c.cx.new_array(keys.len())?;
    for k in keys.iter() {
        list.push_element(k.to_value(c.cx.rt())?)?;
    }
    Ok(list.into())
}

/// Reflect.preventExtensions (28.1.11)
fn prevent_extensions(c: &Call<'_>) -> Result {
    target(c)?.prevent_extensions(c.cx).map(Value::bool)
}

/// Reflect.set (28.1.12)
fn set(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let key = c.cx.to_property_key(c.arg(1))?;
    let receiver = if c.args.len() > 3 { c.arg(3) } else { c.arg(0) };
    if receiver.same_bits(c.arg(0)) {
        return o.set_as(c.cx, &key, c.arg(2).clone(), asked::NOTHING).map(Value::bool);
    }
    o.set_with_receiver(c.cx, &key, c.arg(2).clone(), receiver).map(Value::bool)
}

/// Reflect.setPrototypeOf (28.1.13)
fn set_prototype_of(c: &Call<'_>) -> Result {
    let o = target(c)?;
    let p = c.arg(1);
    if !p.is_object() && !p.is_null() {
        return Err(c.cx.throw_type("not a prototype"));
    }
    o.set_prototype_of(c.cx, p.as_object()).map(Value::bool)
}
