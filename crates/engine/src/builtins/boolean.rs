//! Boolean (20.3).

use crate::context::{Context, Intrinsic};
use crate::object::class::id;
use crate::object::function::{Call, FunctionSpec, Primitive};
use crate::object::lazy::{Def, make_constructor, method};
use crate::ops::to_boolean;
use crate::text::names::Name;
use crate::value::{Result, Value};

const MEMBERS: &[Def] = &[method("toString", to_string, 0), method("valueOf", value_of, 0)];

/// Makes %Boolean% and its prototype.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_with_data(Some(cx.object_prototype()), id::BOOLEAN, Primitive(Value::FALSE))?;
    let spec = FunctionSpec { f: constructor, name: "Boolean", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], MEMBERS)?;
    cx.set_intrinsic(Intrinsic::BooleanPrototype, proto);
    cx.set_intrinsic(Intrinsic::Boolean, f);
    Ok(())
}

/// Boolean (20.3.1.1)
fn constructor(c: &Call<'_>) -> Result {
    let b = Value::bool(to_boolean(c.arg(0)));
    if !c.is_construct() {
        return Ok(b);
    }
    c.cx.new_from_constructor(c.new_target, Intrinsic::BooleanPrototype, id::BOOLEAN, Primitive(b))
        .map(Value::from)
}

/// ThisBooleanValue (20.3.3.3.1)
fn this_boolean(c: &Call<'_>) -> Result<bool> {
    if let Some(b) = c.this.as_bool() {
        return Ok(b);
    }
    if let Some(o) = c.this.as_object()
        && o.class() == id::BOOLEAN
        && let Some(p) = o.data::<Primitive>()
    {
        return Ok(p.0.is_true());
    }
    Err(c.cx.throw_type("not a boolean"))
}

/// Boolean.prototype.toString (20.3.3.2)
fn to_string(c: &Call<'_>) -> Result {
    let n = if this_boolean(c)? { Name::true_ } else { Name::false_ };
    Ok(c.cx.name(n).raw().clone())
}

/// Boolean.prototype.valueOf (20.3.3.3)
fn value_of(c: &Call<'_>) -> Result {
    this_boolean(c).map(Value::bool)
}
