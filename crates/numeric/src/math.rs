//! Integer conversions of the specification (7.1.6 to 7.1.12) and the functions of `Math` (21.3.2) whose edge cases
//! are JavaScript's own.

/// ToInt32(x) (7.1.6).
#[inline]
pub fn to_int32(x: f64) -> i32 {
    // Saturating; NaN gives 0. Exact below 2^63, which is nearly every number there is.
    let i = x as i64;
    if i.unsigned_abs() < 1 << 62 {
        return i as i32;
    }
    to_int64_wrapping(x) as i32
}

/// ToUint32(x) (7.1.7).
#[inline]
pub fn to_uint32(x: f64) -> u32 {
    to_int32(x) as u32
}

/// ToInt16(x) (7.1.8).
#[inline]
pub fn to_int16(x: f64) -> i16 {
    to_int32(x) as i16
}

/// ToUint16(x) (7.1.9).
#[inline]
pub fn to_uint16(x: f64) -> u16 {
    to_int32(x) as u16
}

/// ToInt8(x) (7.1.10).
#[inline]
pub fn to_int8(x: f64) -> i8 {
    to_int32(x) as i8
}

/// ToUint8(x) (7.1.11).
#[inline]
pub fn to_uint8(x: f64) -> u8 {
    to_int32(x) as u8
}

/// ToUint8Clamp(x) (7.1.12): ties to even.
#[inline]
pub fn to_uint8_clamp(x: f64) -> u8 {
    x.round_ties_even() as u8
}

/// The integer part of `x` modulo 2^64, 0 for NaN and the infinities.
#[inline]
pub fn to_int64_wrapping(x: f64) -> i64 {
    let i = x as i64;
    if i.unsigned_abs() < 1 << 62 {
        return i;
    }
    if !x.is_finite() {
        return 0;
    }
    let (m, e) = crate::to_text::decode(x);
    // |x| >= 2^62, so e >= 9.
    let magnitude = if e >= 64 { 0 } else { (m << e) as i64 };
    if x < 0.0 { magnitude.wrapping_neg() } else { magnitude }
}

/// ToIntegerOrInfinity(x) (7.1.5): never -0.
#[inline]
pub fn to_integer_or_infinity(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x.trunc() + 0.0 }
}

/// ToLength(x) (7.1.20) for a number.
#[inline]
pub fn to_length(x: f64) -> u64 {
    const MAX: u64 = (1 << 53) - 1;
    // Saturating, NaN and negatives give 0.
    (x as u64).min(MAX)
}

/// Number::exponentiate (6.1.6.1.3) and Math.pow.
#[inline]
pub fn pow(base: f64, exponent: f64) -> f64 {
    // C's pow answers 1 for 1 ** NaN and for (±1) ** ±Infinity.
    if exponent.is_nan() || (exponent.is_infinite() && base.abs() == 1.0) {
        return f64::NAN;
    }
    base.powf(exponent)
}

/// Number::remainder (6.1.6.1.6), which is C's fmod.
#[inline]
pub fn remainder(n: f64, d: f64) -> f64 {
    n % d
}

/// Math.round: to nearest, halves towards +Infinity; keeps -0.
#[inline]
pub fn round(x: f64) -> f64 {
    let floor = x.floor();
    let rounded = if x - floor >= 0.5 { floor + 1.0 } else { floor };
    // -0.5 to -0 round to -0.
    rounded.copysign(x)
}

/// Math.fround.
#[inline]
pub fn fround(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Math.clz32 after ToNumber.
#[inline]
pub fn clz32(x: f64) -> u32 {
    to_uint32(x).leading_zeros()
}

/// Math.imul after ToNumber.
#[inline]
pub fn imul(x: f64, y: f64) -> i32 {
    to_int32(x).wrapping_mul(to_int32(y))
}

/// Math.sign: keeps ±0 and NaN.
#[inline]
pub fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }
}

/// Math.max of two: NaN wins, +0 is above -0.
#[inline]
pub fn max(x: f64, y: f64) -> f64 {
    if x > y || x.is_nan() {
        x
    } else if y > x || y.is_nan() || x.is_sign_negative() {
        y
    } else {
        x
    }
}

/// Math.min of two: NaN wins, -0 is below +0.
#[inline]
pub fn min(x: f64, y: f64) -> f64 {
    if x < y || x.is_nan() {
        x
    } else if y < x || y.is_nan() || x.is_sign_positive() {
        y
    } else {
        x
    }
}

/// Math.hypot after ToNumber of every argument: an infinity wins over NaN; no spurious overflow or underflow.
pub fn hypot(values: &[f64]) -> f64 {
    match values {
        [] => return 0.0,
        [x] => return x.abs(),
        [x, y] => return x.hypot(*y),
        _ => {}
    }
    let mut largest = 0f64;
    let mut nan = false;
    for x in values {
        if x.is_infinite() {
            return f64::INFINITY;
        }
        nan |= x.is_nan();
        largest = largest.max(x.abs());
    }
    if nan {
        return f64::NAN;
    }
    if largest == 0.0 {
        return 0.0;
    }
    // A power of two scales without rounding; Kahan's compensation keeps the sum good to the last bit.
    let (m, e) = crate::to_text::decode(largest);
    let exponent = e + 63 - m.leading_zeros() as i32;
    let (down, up) = (power_of_two(-exponent), power_of_two(exponent));
    let (mut sum, mut compensation) = (0.0, 0.0);
    for x in values {
        let scaled = x * down.0 * down.1;
        let term = scaled * scaled - compensation;
        let next = sum + term;
        compensation = (next - sum) - term;
        sum = next;
    }
    sum.sqrt() * up.0 * up.1
}

/// 2^power as a product of two factors, for powers that one double cannot hold.
fn power_of_two(power: i32) -> (f64, f64) {
    let half = power / 2;
    (2f64.powi(half), 2f64.powi(power - half))
}

macro_rules! passthrough {
    ($($(#[$doc:meta])* $name:ident => $method:ident),* $(,)?) => {
        $($(#[$doc])* #[inline] pub fn $name(x: f64) -> f64 { x.$method() })*
    };
}

passthrough! {
    /// Math.abs
    abs => abs,
    /// Math.acos
    acos => acos,
    /// Math.asin
    asin => asin,
    /// Math.atan
    atan => atan,
    /// Math.cbrt
    cbrt => cbrt,
    /// Math.ceil
    ceil => ceil,
    /// Math.cos
    cos => cos,
    /// Math.cosh
    cosh => cosh,
    /// Math.exp
    exp => exp,
    /// Math.expm1
    expm1 => exp_m1,
    /// Math.floor
    floor => floor,
    /// Math.log
    log => ln,
    /// Math.log1p
    log1p => ln_1p,
    /// Math.log2
    log2 => log2,
    /// Math.log10
    log10 => log10,
    /// Math.sin
    sin => sin,
    /// Math.sinh
    sinh => sinh,
    /// Math.sqrt
    sqrt => sqrt,
    /// Math.tan
    tan => tan,
    /// Math.tanh
    tanh => tanh,
    /// Math.trunc
    trunc => trunc,
}

/// Math.atan2.
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

/// Math.acosh. Not Rust's, which loses digits near 1: log1p(t + sqrt(2t + t²)) with t = x - 1.
pub fn acosh(x: f64) -> f64 {
    if x < 1.0 {
        return f64::NAN;
    }
    if x > 1e150 {
        return x.ln() + std::f64::consts::LN_2;
    }
    let t = x - 1.0;
    (t + (2.0 * t + t * t).sqrt()).ln_1p()
}

/// Math.asinh, odd and good near 0 and for huge arguments; keeps -0.
pub fn asinh(x: f64) -> f64 {
    let a = x.abs();
    if a == 0.0 || !x.is_finite() {
        return x;
    }
    let magnitude = if a > 1e150 {
        a.ln() + std::f64::consts::LN_2
    } else {
        (a + a * a / (1.0 + (a * a + 1.0).sqrt())).ln_1p()
    };
    magnitude.copysign(x)
}

/// Math.atanh; keeps -0.
pub fn atanh(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let a = x.abs();
    // NaN outside [-1, 1], infinite at its ends.
    (0.5 * (2.0 * a / (1.0 - a)).ln_1p()).copysign(if a > 1.0 { 1.0 } else { x })
}
