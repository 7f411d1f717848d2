//! Math (21.3).

use crate::context::{Context, Intrinsic};
use crate::object::function::Call;
use crate::object::lazy::{Def, constant, define_all, method, tag};
use crate::value::{Result, Value};
use qjs_numeric::math;

const MEMBERS: &[Def] = &[
    constant("E", std::f64::consts::E),
    constant("LN10", std::f64::consts::LN_10),
    constant("LN2", std::f64::consts::LN_2),
    constant("LOG10E", std::f64::consts::LOG10_E),
    constant("LOG2E", std::f64::consts::LOG2_E),
    constant("PI", std::f64::consts::PI),
    constant("SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
    constant("SQRT2", std::f64::consts::SQRT_2),
    tag("Math"),
    method("abs", abs, 1),
    method("acos", acos, 1),
    method("acosh", acosh, 1),
    method("asin", asin, 1),
    method("asinh", asinh, 1),
    method("atan", atan, 1),
    method("atanh", atanh, 1),
    method("atan2", atan2, 2),
    method("cbrt", cbrt, 1),
    method("ceil", ceil, 1),
    method("clz32", clz32, 1),
    method("cos", cos, 1),
    method("cosh", cosh, 1),
    method("exp", exp, 1),
    method("expm1", expm1, 1),
    method("f16round", f16round, 1),
    method("floor", floor, 1),
    method("fround", fround, 1),
    method("hypot", hypot, 2),
    method("imul", imul, 2),
    method("log", log, 1),
    method("log1p", log1p, 1),
    method("log10", log10, 1),
    method("log2", log2, 1),
    method("max", max, 2),
    method("min", min, 2),
    method("pow", pow, 2),
    method("random", random, 0),
    method("round", round, 1),
    method("sign", sign, 1),
    method("sin", sin, 1),
    method("sinh", sinh, 1),
    method("sqrt", sqrt, 1),
    method("sumPrecise", sum_precise, 1),
    method("tan", tan, 1),
    method("tanh", tanh, 1),
    method("trunc", trunc, 1),
];

/// Makes %Math%.
pub fn init(cx: &Context) -> Result<()> {
    let o = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    define_all(cx, &o, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Math, o);
    Ok(())
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident = $f:expr;)*) => {
        $($(#[$doc])* fn $name(c: &Call<'_>) -> Result {
            Ok(Value::number($f(c.cx.to_number(c.arg(0))?)))
        })*
    };
}
/// Functions that are the identity on integers.
macro_rules! integral {
    ($($(#[$doc:meta])* $name:ident = $f:expr;)*) => {
        $($(#[$doc])* fn $name(c: &Call<'_>) -> Result {
            let v = c.arg(0);
            if v.is_int() {
                return Ok(v.clone());
            }
            Ok(Value::number($f(c.cx.to_number(v)?)))
        })*
    };
}

unary! {
    /// Math.acos (21.3.2.2)
    acos = math::acos;
    /// Math.acosh (21.3.2.3)
    acosh = math::acosh;
    /// Math.asin (21.3.2.4)
    asin = math::asin;
    /// Math.asinh (21.3.2.5)
    asinh = math::asinh;
    /// Math.atan (21.3.2.6)
    atan = math::atan;
    /// Math.atanh (21.3.2.7)
    atanh = math::atanh;
    /// Math.cbrt (21.3.2.9)
    cbrt = math::cbrt;
    /// Math.cos (21.3.2.12)
    cos = math::cos;
    /// Math.cosh (21.3.2.13)
    cosh = math::cosh;
    /// Math.exp (21.3.2.14)
    exp = math::exp;
    /// Math.expm1 (21.3.2.15)
    expm1 = math::expm1;
    /// Math.f16round (21.3.2.17)
    f16round = qjs_numeric::f16round;
    /// Math.fround (21.3.2.18)
    fround = math::fround;
    /// Math.log (21.3.2.21)
    log = math::log;
    /// Math.log1p (21.3.2.22)
    log1p = math::log1p;
    /// Math.log10 (21.3.2.23)
    log10 = math::log10;
    /// Math.log2 (21.3.2.24)
    log2 = math::log2;
    /// Math.sign (21.3.2.30)
    sign = math::sign;
    /// Math.sin (21.3.2.31)
    sin = math::sin;
    /// Math.sinh (21.3.2.32)
    sinh = math::sinh;
    /// Math.sqrt (21.3.2.33)
    sqrt = math::sqrt;
    /// Math.tan (21.3.2.35)
    tan = math::tan;
    /// Math.tanh (21.3.2.36)
    tanh = math::tanh;
}
integral! {
    /// Math.ceil (21.3.2.10)
    ceil = math::ceil;
    /// Math.floor (21.3.2.16)
    floor = math::floor;
    /// Math.round (21.3.2.29)
    round = math::round;
    /// Math.trunc (21.3.2.37)
    trunc = math::trunc;
}

/// Math.abs (21.3.2.1)
fn abs(c: &Call<'_>) -> Result {
    if let Some(i) = c.arg(0).as_int()
        && i != i32::MIN
    {
        return Ok(Value::int(i.abs()));
    }
    Ok(Value::number(c.cx.to_number(c.arg(0))?.abs()))
}
/// Math.atan2 (21.3.2.8)
fn atan2(c: &Call<'_>) -> Result {
    let y = c.cx.to_number(c.arg(0))?;
    let x = c.cx.to_number(c.arg(1))?;
    Ok(Value::number(math::atan2(y, x)))
}
/// Math.clz32 (21.3.2.11)
fn clz32(c: &Call<'_>) -> Result {
    Ok(Value::int(c.cx.to_uint32(c.arg(0))?.leading_zeros() as i32))
}
/// Math.hypot (21.3.2.19)
fn hypot(c: &Call<'_>) -> Result {
    if let [a, b] = c.args {
        let pair = [c.cx.to_number(a)?, c.cx.to_number(b)?];
        return Ok(Value::number(math::hypot(&pair)));
    }
    let mut list = crate::heap::buf::Buf::with_capacity(c.cx.rt(), c.args.len())?;
    for v in c.args {
        list.push(c.cx.to_number(v)?)?;
    }
    Ok(Value::number(math::hypot(&list)))
}
/// Math.imul (21.3.2.20)
fn imul(c: &Call<'_>) -> Result {
    let a = c.cx.to_int32(c.arg(0))?;
    let b = c.cx.to_int32(c.arg(1))?;
    Ok(Value::int(a.wrapping_mul(b)))
}
/// Math.max (21.3.2.25)
fn max(c: &Call<'_>) -> Result {
    if let [a, b] = c.args
        && let (Some(a), Some(b)) = (a.as_int(), b.as_int())
    {
        return Ok(Value::int(a.max(b)));
    }
    let mut m = f64::NEG_INFINITY;
    for v in c.args {
        m = math::max(m, c.cx.to_number(v)?);
    }
    Ok(Value::number(m))
}
/// Math.min (21.3.2.26)
fn min(c: &Call<'_>) -> Result {
    if let [a, b] = c.args
        && let (Some(a), Some(b)) = (a.as_int(), b.as_int())
    {
        return Ok(Value::int(a.min(b)));
    }
    let mut m = f64::INFINITY;
    for v in c.args {
        m = math::min(m, c.cx.to_number(v)?);
    }
    Ok(Value::number(m))
}
/// Math.pow (21.3.2.27)
fn pow(c: &Call<'_>) -> Result {
    let base = c.cx.to_number(c.arg(0))?;
    let exponent = c.cx.to_number(c.arg(1))?;
    Ok(Value::number(math::pow(base, exponent)))
}
/// Math.random (21.3.2.28): xorshift64*, its upper 52 bits.
fn random(c: &Call<'_>) -> Result {
    let state = c.cx.random_state();
    let mut x = state.get().max(1);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    state.set(x);
    let bits = x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 12;
    Ok(Value::number(f64::from_bits(0x3ff0_0000_0000_0000 | bits) - 1.0))
}
/// Math.sumPrecise (21.3.2.34)
fn sum_precise(c: &Call<'_>) -> Result {
    c.cx.require_object_coercible(c.arg(0))?;
    let mut sum = qjs_numeric::SumPrecise::new();
    c.cx.for_each(c.arg(0), |v| match v.as_number() {
        Some(n) => {
            sum.add(n);
            c.cx.poll()
        }
        None => Err(c.cx.throw_type("not a number")),
    })?;
    Ok(Value::number(sum.finish()))
}
