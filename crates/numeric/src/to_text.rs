//! Number → text: Number::toString (6.1.6.1.20) and the formatting methods of `Number.prototype` (21.1.3).

use dashu_int::UBig;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A finite double as `mantissa × 2^exponent` with `mantissa` < 2^53; the sign is dropped.
#[inline]
pub(crate) fn decode(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) }
}

/// Stack space in which a number is written in radix 10, without allocating.
pub struct NumberBuffer {
    ryu: ryu_js::Buffer,
    int: [u8; 20],
}

impl Default for NumberBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl NumberBuffer {
    #[inline]
    pub fn new() -> Self {
        Self { ryu: ryu_js::Buffer::new(), int: [0; 20] }
    }

    /// Number::toString(x, 10): at most 25 bytes of ASCII.
    #[inline]
    pub fn format(&mut self, x: f64) -> &str {
        let i = x as i64;
        // Every integer of this size prints as its plain digits (-0 as "0").
        if i as f64 == x && i.unsigned_abs() < 1 << 53 {
            return self.format_int(i);
        }
        self.ryu.format(x)
    }

    /// The decimal digits of an integer.
    #[inline]
    pub fn format_int(&mut self, i: i64) -> &str {
        let mut rest = i.unsigned_abs();
        let mut at = self.int.len();
        loop {
            at -= 1;
            self.int[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if i < 0 {
            at -= 1;
            self.int[at] = b'-';
        }
        std::str::from_utf8(&self.int[at..]).unwrap_or_default()
    }
}

/// The words for numbers that have no digits, shared by all formats.
fn non_finite(x: f64) -> &'static str {
    if x.is_nan() {
        "NaN"
    } else if x > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Number::toString(x, 10) as an owned string.
pub fn to_string(x: f64) -> String {
    NumberBuffer::new().format(x).to_owned()
}

/// Number::toString(x, radix), radix 2 to 36 (others are clamped): the fewest digits that read back as `x`, never an
/// exponent. At most about 1,100 characters.
pub fn to_string_radix(x: f64, radix: u32) -> String {
    if radix == 10 {
        return to_string(x);
    }
    if !x.is_finite() {
        return non_finite(x).to_owned();
    }
    let radix = radix.clamp(2, 36);
    let i = x as i64;
    if i as f64 == x && i.unsigned_abs() < 1 << 53 {
        return int_to_string_radix(i, radix);
    }
    let mut out = String::new();
    if x < 0.0 {
        out.push('-');
    }
    let (digits, point) = shortest_digits(x.abs(), radix);
    place_point(&mut out, &digits, point);
    out
}

/// An integer's digits in a radix from 2 to 36.
pub fn int_to_string_radix(i: i64, radix: u32) -> String {
    let radix = u64::from(radix.clamp(2, 36));
    let mut buffer = [0u8; 65];
    let mut at = buffer.len();
    let mut rest = i.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = DIGITS[(rest % radix) as usize];
        rest /= radix;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    ascii(&buffer[at..])
}

/// Writes `0.digits × radix^point` without an exponent.
fn place_point(out: &mut String, digits: &[u8], point: i32) {
    if point <= 0 {
        out.push_str("0.");
        push_zeros(out, point.unsigned_abs() as usize);
        push_ascii(out, digits);
    } else if point as usize >= digits.len() {
        push_ascii(out, digits);
        push_zeros(out, point as usize - digits.len());
    } else {
        push_ascii(out, &digits[..point as usize]);
        out.push('.');
        push_ascii(out, &digits[point as usize..]);
    }
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

fn push_ascii(out: &mut String, bytes: &[u8]) {
    out.extend(bytes.iter().map(|&b| char::from(b)));
}

fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}

/// The shortest digits `d` and the `point` with `0.d × radix^point` inside the rounding interval of `x` > 0
/// (Steele and White's free-format algorithm, generalised from Number::toString's step 5).
fn shortest_digits(x: f64, radix: u32) -> (Vec<u8>, i32) {
    let (m, e) = decode(x);
    // x = r / s; the interval is (x - below/s, x + above/s). All four are doubled so that halves are whole.
    let narrow_below = m == 1 << 52 && e > -1074;
    let shift = if narrow_below { 2 } else { 1 };
    let mut r = UBig::from(m) << shift;
    let mut s = UBig::ONE << shift;
    let mut above = if narrow_below { UBig::from(2u8) } else { UBig::ONE };
    let mut below = UBig::ONE;
    if e >= 0 {
        r <<= e as usize;
        above <<= e as usize;
        below <<= e as usize;
    } else {
        s <<= e.unsigned_abs() as usize;
    }
    // An even mantissa wins ties when read back, so its interval includes its ends.
    let inclusive = m & 1 == 0;

    // Find point: radix^(point-1) <= x + above < radix^point. The estimate is off by one at most.
    let log = (m as f64).log2() + f64::from(e);
    let mut point = (log / f64::from(radix).log2() - 1e-9).ceil() as i32;
    let base = UBig::from(radix);
    if point >= 0 {
        s *= base.pow(point as usize);
    } else {
        let scale = base.pow(point.unsigned_abs() as usize);
        r *= &scale;
        above *= &scale;
        below *= &scale;
    }
    let too_low = |r: &UBig, above: &UBig, s: &UBig| {
        let sum = r + above;
        if inclusive { sum >= *s } else { sum > *s }
    };
    while too_low(&r, &above, &s) {
        s *= &base;
        point += 1;
    }
    while !too_low(&(&r * &base), &(&above * &base), &s) {
        r *= &base;
        above *= &base;
        below *= &base;
        point -= 1;
    }

    let mut digits = Vec::with_capacity(64);
    loop {
        r *= &base;
        above *= &base;
        below *= &base;
        // digit < radix, so a few subtractions would do, but one division is simpler.
        let digit = &r / &s;
        r -= &digit * &s;
        let mut digit = u32::try_from(&digit).unwrap_or(0);
        let low = if inclusive { r <= below } else { r < below };
        let high = {
            let sum = &r + &above;
            if inclusive { sum >= s } else { sum > s }
        };
        if low || high {
            let twice = &r << 1;
            if (high && !low) || (high && low && (twice > s || (twice == s && digit & 1 == 1))) {
                digit += 1;
            }
            // digit == radix cannot happen: then the previous digit would already have ended the number.
            digits.push(DIGITS[(digit.min(radix - 1)) as usize]);
            return (digits, point);
        }
        digits.push(DIGITS[(digit.min(radix - 1)) as usize]);
    }
}

/// `n`, the integer for which `n / 10^power` is as close to `x` ≥ 0 as possible, the larger of two: its digits.
fn scaled_digits(x: f64, power: i32) -> Vec<u8> {
    let (m, e) = decode(x);
    let mut out = Vec::with_capacity(32);
    if (0..=22).contains(&power) && e < 0 {
        // m < 2^53 and 10^22 < 2^74: the product fits with a bit to spare for rounding.
        let product = u128::from(m) * 10u128.pow(power.unsigned_abs());
        let shift = e.unsigned_abs();
        let n = if shift > 127 { 0 } else { (product + (1u128 << (shift - 1))) >> shift };
        return decimal(n, out);
    }
    let mut numerator = UBig::from(m);
    let mut denominator = UBig::ONE;
    let ten = UBig::from(10u8);
    if power >= 0 {
        numerator *= ten.pow(power.unsigned_abs() as usize);
    } else {
        denominator = ten.pow(power.unsigned_abs() as usize);
    }
    if e >= 0 {
        numerator <<= e as usize;
    } else {
        denominator <<= e.unsigned_abs() as usize;
    }
    let n: UBig = ((numerator << 1) + &denominator) / (denominator << 1);
    if let Ok(small) = u128::try_from(&n) {
        return decimal(small, out);
    }
    out.extend_from_slice(n.in_radix(10).to_string().as_bytes());
    out
}

/// The decimal digits of `n` ("0" for zero), appended to `out`.
fn decimal(mut n: u128, mut out: Vec<u8>) -> Vec<u8> {
    let start = out.len();
    loop {
        if let Ok(mut low) = u64::try_from(n) {
            loop {
                out.push(b'0' + (low % 10) as u8);
                low /= 10;
                if low == 0 {
                    break;
                }
            }
            break;
        }
        out.push(b'0' + (n % 10) as u8);
        n /= 10;
    }
    out[start..].reverse();
    out
}

/// Number.prototype.toFixed (21.1.3.3) from step 6 on; `fraction_digits` is clamped to 100.
pub fn to_fixed(x: f64, fraction_digits: u32) -> String {
    if !x.is_finite() {
        return non_finite(x).to_owned();
    }
    if x.abs() >= 1e21 {
        return to_string(x);
    }
    let f = fraction_digits.min(100) as usize;
    let digits = scaled_digits(x.abs(), f as i32);
    let mut out = String::with_capacity(digits.len() + f + 3);
    if x < 0.0 {
        out.push('-');
    }
    if f == 0 {
        push_ascii(&mut out, &digits);
        return out;
    }
    if digits.len() <= f {
        out.push_str("0.");
        push_zeros(&mut out, f - digits.len());
        push_ascii(&mut out, &digits);
    } else {
        let whole = digits.len() - f;
        push_ascii(&mut out, &digits[..whole]);
        out.push('.');
        push_ascii(&mut out, &digits[whole..]);
    }
    out
}

/// Exactly `count` digits `d` and the exponent `e` with `d[0].d[1..] × 10^e` closest to `x` > 0, the larger of two.
fn rounded_digits(x: f64, count: u32) -> (Vec<u8>, i32) {
    let count = count.clamp(1, 101) as i32;
    let mut e = x.log10().floor() as i32;
    // The estimate may be one off, and rounding may carry into a digit more; two corrections are the most there are.
    for _ in 0..4 {
        let digits = scaled_digits(x, count - 1 - e);
        match digits.len().cmp(&(count as usize)) {
            std::cmp::Ordering::Equal if digits[0] != b'0' => {
                // 10…0 may have been rounded up to where one digit more before it is closer: 9.99 as 1e1, say.
                if digits[0] == b'1' && digits[1..].iter().all(|d| *d == b'0') {
                    let finer = scaled_digits(x, count - e);
                    if finer.len() == count as usize {
                        return (finer, e - 1);
                    }
                }
                return (digits, e);
            }
            std::cmp::Ordering::Greater => e += 1,
            _ => e -= 1,
        }
    }
    // Not reached: 99…9.6 needs e + 1, where it has exactly `count` digits again.
    (vec![b'0'; count as usize], e)
}

/// The shortest decimal digits of `x` > 0 and the exponent of the first.
fn shortest_decimal(x: f64) -> (Vec<u8>, i32) {
    let mut buffer = ryu_js::Buffer::new();
    let text = buffer.format_finite(x);
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let point = mantissa.find('.').unwrap_or(mantissa.len()) as i32;
    let mut digits: Vec<u8> = mantissa.bytes().filter(|b| *b != b'.').collect();
    let leading = digits.iter().take_while(|b| **b == b'0').count();
    digits.drain(..leading);
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, exponent + point - 1 - leading as i32)
}

/// Writes `d.ddde±x`.
fn exponential(out: &mut String, digits: &[u8], e: i32) {
    push_ascii(out, &digits[..1]);
    if digits.len() > 1 {
        out.push('.');
        push_ascii(out, &digits[1..]);
    }
    out.push('e');
    out.push(if e < 0 { '-' } else { '+' });
    push_ascii(out, &decimal(u128::from(e.unsigned_abs()), Vec::new()));
}

/// Number.prototype.toExponential (21.1.3.2) from step 4 on; `None` is an undefined argument: as many digits as
/// necessary. Counts are clamped to 100.
pub fn to_exponential(x: f64, fraction_digits: Option<u32>) -> String {
    if !x.is_finite() {
        return non_finite(x).to_owned();
    }
    let mut out = String::with_capacity(32);
    if x < 0.0 {
        out.push('-');
    }
    let (digits, e) = match fraction_digits {
        _ if x == 0.0 => (vec![b'0'; fraction_digits.unwrap_or(0).min(100) as usize + 1], 0),
        Some(f) => rounded_digits(x.abs(), f.min(100) + 1),
        None => shortest_decimal(x.abs()),
    };
    exponential(&mut out, &digits, e);
    out
}

/// Number.prototype.toPrecision (21.1.3.5) from step 4 on; `precision` is clamped to 1..=100.
pub fn to_precision(x: f64, precision: u32) -> String {
    if !x.is_finite() {
        return non_finite(x).to_owned();
    }
    let p = precision.clamp(1, 100);
    let mut out = String::with_capacity(p as usize + 8);
    if x < 0.0 {
        out.push('-');
    }
    let (digits, e) = if x == 0.0 { (vec![b'0'; p as usize], 0) } else { rounded_digits(x.abs(), p) };
    if e < -6 || e >= p as i32 {
        exponential(&mut out, &digits, e);
    } else {
        place_point(&mut out, &digits, e + 1);
    }
    out
}
