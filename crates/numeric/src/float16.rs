//! IEEE 754 binary16, for Float16Array, DataView and Math.f16round.

/// The bits of the binary16 nearest to `x`, ties to even, rounded once; NaN becomes 0x7e00.
#[inline]
pub fn f64_to_f16(x: f64) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    let magnitude = bits & !(1 << 63);
    if magnitude > 0x7ff0 << 48 {
        return sign | 0x7e00;
    }
    let exponent = (magnitude >> 52) as i32 - 1023;
    if exponent >= 16 {
        return sign | 0x7c00;
    }
    // Bits to drop: 42 for normal results, more below 2^-14, where results are subnormal.
    let (significand, shift) = if exponent >= -14 {
        // The exponent is carried along, so that rounding up into the next one (or infinity) just works.
        (magnitude - (1008 << 52), 42)
    } else if exponent >= -26 {
        (magnitude & ((1 << 52) - 1) | 1 << 52, 28 - exponent)
    } else {
        return sign;
    };
    let kept = significand >> shift;
    let rest = significand & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    sign | (kept as u16 + u16::from(up))
}

/// The value of a binary16.
#[inline]
pub fn f16_to_f64(bits: u16) -> f64 {
    let sign = u64::from(bits >> 15) << 63;
    let exponent = u64::from(bits >> 10 & 0x1f);
    let fraction = u64::from(bits & 0x3ff);
    match exponent {
        0 => {
            let magnitude = fraction as f64 * (1.0 / 16_777_216.0);
            if sign != 0 { -magnitude } else { magnitude }
        }
        31 if fraction != 0 => f64::NAN,
        31 => f64::from_bits(sign | 0x7ff << 52),
        _ => f64::from_bits(sign | (exponent + 1008) << 52 | fraction << 42),
    }
}

/// Math.f16round(x) (21.3.2.17).
#[inline]
pub fn f16round(x: f64) -> f64 {
    f16_to_f64(f64_to_f16(x))
}
