//! BigInt (21.2).

use crate::context::{Context, Intrinsic};
use crate::heap::{BigIntCell, Gc};
use crate::object::function::{BigIntPrimitive, Call, FunctionSpec};
use crate::object::lazy::{Def, make_constructor, method, tag};
use crate::ops::Hint;
use crate::value::{Result, Value};
use qjs_numeric::BigInt;

const MEMBERS: &[Def] = &[
    method("toLocaleString", to_locale_string, 0),
    method("toString", to_string, 0),
    method("valueOf", value_of, 0),
    tag("BigInt"),
];
const STATICS: &[Def] = &[method("asUintN", as_uint_n, 2), method("asIntN", as_int_n, 2)];

/// Makes %BigInt% and %BigInt.prototype%.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(Intrinsic::BigIntPrototype, proto.clone());
    let spec = FunctionSpec { f: construct, name: "BigInt", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::BigInt, f);
    Ok(())
}

/// BigInt(value) (21.2.1.1)
fn construct(c: &Call<'_>) -> Result {
    if c.is_construct() {
        return Err(c.cx.throw_type("not a constructor"));
    }
    let p = c.cx.to_primitive(c.arg(0), Hint::Number)?;
    match p.as_number() {
        Some(n) => match BigInt::from_f64(n) {
            Some(b) => c.cx.rt().new_bigint(b),
            None => Err(c.cx.throw_range("cannot convert to BigInt: not an integer")),
        },
        None => c.cx.to_bigint(&p),
    }
}

fn cell(c: &Call<'_>, v: &Value) -> Result<Gc<BigIntCell>> {
    match c.cx.to_bigint(v)?.into_gc::<BigIntCell>() {
        Ok(b) => Ok(b),
        Err(_) => Err(c.cx.throw_type("not a BigInt")),
    }
}

/// BigInt.asUintN (21.2.2.2)
fn as_uint_n(c: &Call<'_>) -> Result {
    let bits = c.cx.to_index(c.arg(0))?;
    let b = cell(c, c.arg(1))?;
    // A negative number in many bits is that many bits long.
    if b.is_negative() && (bits / 8).min(1 << 40) as usize > c.cx.rt().memory_left() {
        return Err(c.cx.throw_oom());
    }
    match b.as_uint_n(bits) {
        Ok(b) => c.cx.rt().new_bigint(b),
        Err(_) => Err(c.cx.throw_range("BigInt is too large to allocate")),
    }
}
/// BigInt.asIntN (21.2.2.1)
fn as_int_n(c: &Call<'_>) -> Result {
    let bits = c.cx.to_index(c.arg(0))?;
    let b = cell(c, c.arg(1))?;
    c.cx.rt().new_bigint(b.as_int_n(bits))
}

/// ThisBigIntValue (21.2.3.4.1)
fn this_bigint(c: &Call<'_>) -> Result<Gc<BigIntCell>> {
    let v = match c.this.as_object().and_then(|o| o.data::<BigIntPrimitive>()) {
        Some(p) => p.0.clone(),
        None => c.this.clone(),
    };
    match v.into_gc::<BigIntCell>() {
        Ok(b) => Ok(b),
        Err(_) => Err(c.cx.throw_type("not a BigInt")),
    }
}
/// BigInt.prototype.toString (21.2.3.3)
fn to_string(c: &Call<'_>) -> Result {
    let b = this_bigint(c)?;
    let mut radix = 10;
    if !c.arg(0).is_undefined() {
        let r = c.cx.to_integer(c.arg(0))?;
        if !(2.0..=36.0).contains(&r) {
            return Err(c.cx.throw_range("toString() radix argument must be between 2 and 36"));
        }
        radix = r as u32;
    }
    c.cx.bigint_to_string(&b, radix).map(Value::from)
}
/// BigInt.prototype.toLocaleString (21.2.3.2): without ECMA-402, as toString.
fn to_locale_string(c: &Call<'_>) -> Result {
    let b = this_bigint(c)?;
    c.cx.bigint_to_string(&b, 10).map(Value::from)
}
/// BigInt.prototype.valueOf (21.2.3.4)
fn value_of(c: &Call<'_>) -> Result {
    this_bigint(c).map(Value::from)
}
