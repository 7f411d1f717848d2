//! Number (21.1).

use crate::context::{Context, Intrinsic};
use crate::object::class::id;
use crate::object::function::{Call, FunctionSpec, Primitive};
use crate::object::lazy::{Def, METHOD, constant, lazy_value, make_constructor, method};
use crate::value::{Result, Value};
use qjs_numeric::{to_exponential, to_fixed, to_precision, to_string_radix, to_text::int_to_string_radix};

const MEMBERS: &[Def] = &[
    method("toExponential", to_exponential_method, 1),
    method("toFixed", to_fixed_method, 1),
    method("toPrecision", to_precision_method, 1),
    method("toString", to_string, 1),
    method("toLocaleString", to_locale_string, 0),
    method("valueOf", value_of, 0),
];

const STATICS: &[Def] = &[
    lazy_value("parseInt", |cx| cx.intrinsic(Intrinsic::ParseInt).map(|o| o.to_value()), METHOD),
    lazy_value("parseFloat", |cx| cx.intrinsic(Intrinsic::ParseFloat).map(|o| o.to_value()), METHOD),
    method("isNaN", is_nan, 1),
    method("isFinite", is_finite, 1),
    method("isInteger", is_integer, 1),
    method("isSafeInteger", is_safe_integer, 1),
    constant("MAX_VALUE", f64::MAX),
    constant("MIN_VALUE", 5e-324),
    constant("NaN", f64::NAN),
    constant("NEGATIVE_INFINITY", f64::NEG_INFINITY),
    constant("POSITIVE_INFINITY", f64::INFINITY),
    constant("EPSILON", f64::EPSILON),
    constant("MAX_SAFE_INTEGER", MAX_SAFE),
    constant("MIN_SAFE_INTEGER", -MAX_SAFE),
];

const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// Makes %Number% and %Number.prototype%.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_with_data(Some(cx.object_prototype()), id::NUMBER, Primitive(Value::int(0)))?;
    cx.set_intrinsic(Intrinsic::NumberPrototype, proto.clone());
    let spec = FunctionSpec { f: construct, name: "Number", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Number, f);
    Ok(())
}

/// Number(value) (21.1.1.1)
fn construct(c: &Call<'_>) -> Result {
    let n = match c.args.first() {
        None => Value::int(0),
        Some(v) => {
            let p = c.cx.to_numeric(v)?;
            match p.as_gc::<crate::heap::BigIntCell>() {
                Some(b) => Value::number(b.to_f64()),
                None => p,
            }
        }
    };
    if !c.is_construct() {
        return Ok(n);
    }
    c.cx.new_from_constructor(c.new_target, Intrinsic::NumberPrototype, id::NUMBER, Primitive(n))
        .map(Value::from)
}

/// Number.isNaN (21.1.2.4)
fn is_nan(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.arg(0).as_number().is_some_and(f64::is_nan)))
}
/// Number.isFinite (21.1.2.2)
fn is_finite(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.arg(0).as_number().is_some_and(f64::is_finite)))
}
fn integral(v: &Value) -> Option<f64> {
    v.as_number().filter(|n| n.is_finite() && n.trunc() == *n)
}
/// Number.isInteger (21.1.2.3)
fn is_integer(c: &Call<'_>) -> Result {
    Ok(Value::bool(integral(c.arg(0)).is_some()))
}
/// Number.isSafeInteger (21.1.2.5)
fn is_safe_integer(c: &Call<'_>) -> Result {
    Ok(Value::bool(integral(c.arg(0)).is_some_and(|n| n.abs() <= MAX_SAFE)))
}

/// ThisNumberValue (21.1.3.7.1)
fn this_number(c: &Call<'_>) -> Result {
    if c.this.is_number() {
        return Ok(c.this.clone());
    }
    match c.this.as_object() {
        Some(o) if o.class() == id::NUMBER => Ok(o.data::<Primitive>().map_or(Value::NAN, |p| p.0.clone())),
        _ => Err(c.cx.throw_type("not a number")),
    }
}
fn this_f64(c: &Call<'_>) -> Result<f64> {
    Ok(this_number(c)?.as_number().unwrap_or(f64::NAN))
}

fn text(c: &Call<'_>, s: &str) -> Result {
    c.cx.rt().new_latin1(s.as_bytes()).map(Value::from)
}

/// Number.prototype.toExponential (21.1.3.2)
fn to_exponential_method(c: &Call<'_>) -> Result {
    let x = this_f64(c)?;
    let f = c.cx.to_integer(c.arg(0))?;
    if !x.is_finite() {
        return c.cx.to_string(&Value::number(x)).map(Value::from);
    }
    if !(0.0..=100.0).contains(&f) {
        return Err(c.cx.throw_range("invalid number of digits"));
    }
    let digits = if c.arg(0).is_undefined() { None } else { Some(f as u32) };
    text(c, &to_exponential(x, digits))
}
/// Number.prototype.toFixed (21.1.3.3)
fn to_fixed_method(c: &Call<'_>) -> Result {
    let x = this_f64(c)?;
    let f = c.cx.to_integer(c.arg(0))?;
    if !(0.0..=100.0).contains(&f) {
        return Err(c.cx.throw_range("invalid number of digits"));
    }
    if !x.is_finite() || x.abs() >= 1e21 {
        return c.cx.to_string(&Value::number(x)).map(Value::from);
    }
    text(c, &to_fixed(x, f as u32))
}
/// Number.prototype.toPrecision (21.1.3.5)
fn to_precision_method(c: &Call<'_>) -> Result {
    let x = this_f64(c)?;
    if c.arg(0).is_undefined() {
        return c.cx.to_string(&Value::number(x)).map(Value::from);
    }
    let p = c.cx.to_integer(c.arg(0))?;
    if !x.is_finite() {
        return c.cx.to_string(&Value::number(x)).map(Value::from);
    }
    if !(1.0..=100.0).contains(&p) {
        return Err(c.cx.throw_range("invalid number of digits"));
    }
    text(c, &to_precision(x, p as u32))
}
/// Number.prototype.toString (21.1.3.6)
fn to_string(c: &Call<'_>) -> Result {
    let v = this_number(c)?;
    let radix = c.arg(0);
    if radix.is_undefined() {
        return c.cx.to_string(&v).map(Value::from);
    }
    let r = c.cx.to_integer(radix)?;
    if !(2.0..=36.0).contains(&r) {
        return Err(c.cx.throw_range("toString() radix argument must be between 2 and 36"));
    }
    if r == 10.0 {
        return c.cx.to_string(&v).map(Value::from);
    }
    match v.as_int() {
        Some(i) => text(c, &int_to_string_radix(i as i64, r as u32)),
        None => text(c, &to_string_radix(v.as_number().unwrap_or(f64::NAN), r as u32)),
    }
}
/// Number.prototype.toLocaleString (21.1.3.4): without ECMA-402, as toString.
fn to_locale_string(c: &Call<'_>) -> Result {
    let v = this_number(c)?;
    c.cx.to_string(&v).map(Value::from)
}
/// Number.prototype.valueOf (21.1.3.7)
fn value_of(c: &Call<'_>) -> Result {
    this_number(c)
}
