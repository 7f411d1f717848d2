//! Text → number: StringToNumber (7.1.4.1.1), parseFloat, parseInt (19.2), literals, array indices.

use crate::Unit;
use dashu_int::UBig;

/// WhiteSpace or LineTerminator (12.2, 12.3): what StringToNumber, parseInt and `trim` strip.
#[inline]
pub fn is_js_whitespace(unit: u16) -> bool {
    match unit {
        0x20 | 0x09..=0x0d | 0xa0 => true,
        0..0x1680 => false,
        0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0xfeff => true,
        _ => false,
    }
}

/// `text` without white space at its start.
pub fn trim_start<U: Unit>(text: &[U]) -> &[U] {
    let start = text.iter().position(|u| !is_js_whitespace(u.unit())).unwrap_or(text.len());
    &text[start..]
}

/// `text` without white space at its end.
pub fn trim_end<U: Unit>(text: &[U]) -> &[U] {
    let end = text.iter().rposition(|u| !is_js_whitespace(u.unit())).map_or(0, |last| last + 1);
    &text[..end]
}

/// `text` without white space at both ends.
pub fn trim<U: Unit>(text: &[U]) -> &[U] {
    trim_end(trim_start(text))
}

/// The value of a digit in any radix up to 36.
#[inline]
pub(crate) fn digit_value(unit: u16) -> Option<u32> {
    match unit {
        0x30..=0x39 => Some(u32::from(unit) - 0x30),
        0x41..=0x5a => Some(u32::from(unit) - 0x41 + 10),
        0x61..=0x7a => Some(u32::from(unit) - 0x61 + 10),
        _ => None,
    }
}

fn is_ascii<U: Unit>(text: &[U], ascii: &[u8]) -> bool {
    text.len() == ascii.len() && text.iter().zip(ascii).all(|(u, a)| u.unit() == u16::from(*a))
}

fn starts_with<U: Unit>(text: &[U], ascii: &[u8]) -> bool {
    text.len() >= ascii.len() && is_ascii(&text[..ascii.len()], ascii)
}

/// The radix of a `0x`, `0o` or `0b` prefix.
pub(crate) fn radix_prefix<U: Unit>(text: &[U]) -> Option<u32> {
    if text.len() < 2 || text[0].unit() != 0x30 {
        return None;
    }
    match u8::try_from(text[1].unit()).ok()? {
        b'x' | b'X' => Some(16),
        b'o' | b'O' => Some(8),
        b'b' | b'B' => Some(2),
        _ => None,
    }
}

/// StringToNumber(text): NaN where StringNumericLiteral does not match.
pub fn string_to_number<U: Unit>(text: &[U]) -> f64 {
    let text = trim(text);
    let Some(first) = text.first() else { return 0.0 };
    if let Some(radix) = radix_prefix(text) {
        let digits = &text[2..];
        if digits.is_empty() || !digits.iter().all(|u| digit_value(u.unit()).is_some_and(|d| d < radix)) {
            return f64::NAN;
        }
        return digits_to_number(digits, radix);
    }
    // Most strings that are no numbers show it in the first unit.
    if !matches!(first.unit(), 0x30..=0x39 | 0x2b | 0x2d | 0x2e | 0x49) {
        return f64::NAN;
    }
    match decimal_prefix(text) {
        Some((value, length)) if length == text.len() => value,
        _ => f64::NAN,
    }
}

/// parseFloat's steps after ToString: the longest prefix that is a StrDecimalLiteral, or NaN.
pub fn parse_float<U: Unit>(text: &[U]) -> f64 {
    decimal_prefix(trim_start(text)).map_or(f64::NAN, |(value, _)| value)
}

/// More significant digits than any double's shortest or longest tie needs (767); what follows only decides whether
/// the value is above a tie, so one further non-zero digit stands for all the rest.
const MAX_DIGITS: usize = 770;

/// The longest prefix of `text` that is a StrDecimalLiteral: its value and length.
fn decimal_prefix<U: Unit>(text: &[U]) -> Option<(f64, usize)> {
    let at = |i: usize| text.get(i).map_or(0, |u| u.unit());
    let mut i = 0;
    let negative = at(0) == 0x2d;
    if negative || at(0) == 0x2b {
        i = 1;
    }
    let sign = |value: f64| if negative { -value } else { value };
    if starts_with(&text[i..], b"Infinity") {
        return Some((sign(f64::INFINITY), i + 8));
    }
    let start = i;
    let mut small = 0u64;
    let mut significant = 0usize;
    let mut scale = 0i64;
    let mut any = false;
    let mut count = |d: u16| {
        if significant > 0 || d != 0x30 {
            significant += 1;
            small = small.wrapping_mul(10).wrapping_add(u64::from(d) - 0x30);
        }
    };
    while let d @ 0x30..=0x39 = at(i) {
        count(d);
        any = true;
        i += 1;
    }
    if at(i) == 0x2e && (any || matches!(at(i + 1), 0x30..=0x39)) {
        i += 1;
        while let d @ 0x30..=0x39 = at(i) {
            count(d);
            scale -= 1;
            any = true;
            i += 1;
        }
    }
    if !any {
        return None;
    }
    let mantissa = &text[start..i];
    let mut exponent = 0i64;
    if matches!(at(i), 0x65 | 0x45) {
        let mut j = i + 1;
        let minus = at(j) == 0x2d;
        if minus || at(j) == 0x2b {
            j += 1;
        }
        if matches!(at(j), 0x30..=0x39) {
            while let d @ 0x30..=0x39 = at(j) {
                exponent = exponent.saturating_mul(10).saturating_add(i64::from(d) - 0x30);
                j += 1;
            }
            if minus {
                exponent = -exponent;
            }
            i = j;
        }
    }
    let power = exponent.saturating_add(scale);
    // Both factors exact, so one rounding (Clinger's fast path); a zero takes it too.
    let value = if significant == 0 {
        0.0
    } else if significant <= 19 && small <= 1 << 53 && (-22..=22).contains(&power) {
        let factor = POWERS_OF_TEN[power.unsigned_abs() as usize];
        if power < 0 { small as f64 / factor } else { small as f64 * factor }
    } else {
        let mut digits = Digits::new();
        let mut in_fraction = false;
        for u in mantissa {
            match u.unit() {
                0x2e => in_fraction = true,
                d => digits.push(d as u8, in_fraction),
            }
        }
        digits.value(exponent)
    };
    Some((sign(value), i))
}

/// Decimal digits gathered for conversion; leading zeros are dropped, digits past the bound folded into one.
struct Digits {
    text: [u8; MAX_DIGITS + 32],
    length: usize,
    /// The power of ten of the last digit kept.
    exponent: i64,
    sticky: bool,
}

impl Digits {
    fn new() -> Self {
        Self { text: [0; MAX_DIGITS + 32], length: 0, exponent: 0, sticky: false }
    }

    fn push(&mut self, digit: u8, in_fraction: bool) {
        if self.length < MAX_DIGITS {
            if self.length > 0 || digit != b'0' {
                self.text[self.length] = digit;
                self.length += 1;
            }
            if in_fraction {
                self.exponent -= 1;
            }
        } else {
            self.sticky |= digit != b'0';
            if !in_fraction {
                self.exponent += 1;
            }
        }
    }

    /// The digits times ten to `exponent`, rounded to nearest, ties to even.
    fn value(&mut self, exponent: i64) -> f64 {
        let mut exponent = self.exponent.saturating_add(exponent);
        if self.sticky {
            self.text[self.length] = b'1';
            self.length += 1;
            exponent = exponent.saturating_sub(1);
        }
        // Beyond these every value is infinite or zero; the bound keeps the exponent short.
        let exponent = exponent.clamp(-9_999, 9_999);
        let mut end = self.length;
        self.text[end] = b'e';
        end += 1;
        if exponent < 0 {
            self.text[end] = b'-';
            end += 1;
        }
        let exponent = exponent.unsigned_abs();
        for unit in [1000, 100, 10, 1] {
            self.text[end] = b'0' + (exponent / unit % 10) as u8;
            end += 1;
        }
        // std's parser rounds correctly whatever the number of digits.
        std::str::from_utf8(&self.text[..end]).ok().and_then(|s| s.parse().ok()).unwrap_or(f64::NAN)
    }
}

const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The value of digits that are all below `radix` (2 to 36), correctly rounded.
fn digits_to_number<U: Unit>(digits: &[U], radix: u32) -> f64 {
    let values = || digits.iter().map(|u| digit_value(u.unit()).unwrap_or(0));
    let zeros = values().take_while(|d| *d == 0).count();
    let significant = digits.len() - zeros;
    let values = || values().skip(zeros);
    if significant <= 10 {
        // 36^10 < 2^53
        return values().fold(0u64, |n, d| n * u64::from(radix) + u64::from(d)) as f64;
    }
    if radix == 10 {
        let mut decimal = Digits::new();
        for d in values() {
            decimal.push(b'0' + d as u8, false);
        }
        return decimal.value(0);
    }
    if radix.is_power_of_two() {
        return bits_to_number(values(), significant, radix.trailing_zeros());
    }
    // radix^(significant - 1) <= value: this many digits are infinite, and fewer are few.
    if (significant - 1) as f64 * f64::from(radix).log2() > 1025.0 {
        return f64::INFINITY;
    }
    let base = UBig::from(radix);
    let value = values().fold(UBig::ZERO, |n, d| n * &base + d);
    crate::bigint::magnitude_to_f64(&value)
}

/// Digits of `width` bits each, the first not zero, rounded to nearest, ties to even.
fn bits_to_number(values: impl Iterator<Item = u32>, count: usize, width: u32) -> f64 {
    let mut mantissa = 0u64;
    let mut used = 0;
    let mut sticky = false;
    for d in values {
        if mantissa.leading_zeros() > width {
            mantissa = mantissa << width | u64::from(d);
            used += 1;
        } else {
            sticky |= d != 0;
        }
    }
    let dropped = (count - used) as u64 * u64::from(width);
    if dropped > 1023 {
        return f64::INFINITY;
    }
    // At least 58 bits are in the mantissa, so its last bit serves as sticky bit; the power of two is exact.
    (mantissa | u64::from(sticky)) as f64 * 2f64.powi(dropped as i32)
}

/// parseInt's steps after ToString and ToInt32(radix): `radix` as given, 0 where it was undefined.
pub fn parse_int<U: Unit>(text: &[U], radix: i32) -> f64 {
    let mut text = trim_start(text);
    let mut negative = false;
    if let Some(first) = text.first() {
        negative = first.unit() == 0x2d;
        if negative || first.unit() == 0x2b {
            text = &text[1..];
        }
    }
    // 16 and undefined strip a prefix, every other radix reads it as digits.
    let strip_prefix = matches!(radix, 0 | 16);
    let mut radix = match radix {
        0 => 10,
        2..=36 => radix as u32,
        _ => return f64::NAN,
    };
    if strip_prefix && radix_prefix(text) == Some(16) {
        text = &text[2..];
        radix = 16;
    }
    let length =
        text.iter().position(|u| digit_value(u.unit()).is_none_or(|d| d >= radix)).unwrap_or(text.len());
    if length == 0 {
        return f64::NAN;
    }
    let value = digits_to_number(&text[..length], radix);
    if negative { -value } else { value }
}

/// The value of a NumericLiteral's text without separators, prefix and `n`: for radix 10 with fraction and exponent,
/// else digits only. NaN where the text is none (a lexer has checked it already).
pub fn parse_literal<U: Unit>(digits: &[U], radix: u32) -> f64 {
    if radix == 10 {
        return match decimal_prefix(digits) {
            Some((value, length)) if length == digits.len() => value,
            _ => f64::NAN,
        };
    }
    let valid = |u: &U| digit_value(u.unit()).is_some_and(|d| d < radix);
    if !(2..=36).contains(&radix) || digits.is_empty() || !digits.iter().all(valid) {
        return f64::NAN;
    }
    digits_to_number(digits, radix)
}

/// The array index (6.1.7) that `text` is the canonical form of: an integer from 0 to 2^32 - 2.
#[inline]
pub fn array_index<U: Unit>(text: &[U]) -> Option<u32> {
    integer_index(text, u64::from(u32::MAX) - 1).map(|n| n as u32)
}

/// The integer index (0 to 2^53 - 1) that `text` is the canonical form of.
#[inline]
pub fn safe_integer_index<U: Unit>(text: &[U]) -> Option<u64> {
    integer_index(text, (1 << 53) - 1)
}

#[inline]
fn integer_index<U: Unit>(text: &[U], max: u64) -> Option<u64> {
    let first = text.first()?.unit();
    if text.len() > 16 || !matches!(first, 0x30..=0x39) || (first == 0x30 && text.len() > 1) {
        return None;
    }
    let mut n = 0u64;
    for u in text {
        let d = u.unit().wrapping_sub(0x30);
        if d > 9 {
            return None;
        }
        n = n * 10 + u64::from(d);
    }
    (n <= max).then_some(n)
}

/// CanonicalNumericIndexString(text) (7.1.21): the number whose ToString is `text`, or -0 for "-0".
pub fn canonical_numeric_index<U: Unit>(text: &[U]) -> Option<f64> {
    // A number's text starts so and is short; property names seldom do and are.
    let first = text.first()?.unit();
    if text.len() > 32 || !matches!(first, 0x30..=0x39 | 0x2d | 0x49 | 0x4e) {
        return None;
    }
    if is_ascii(text, b"-0") {
        return Some(-0.0);
    }
    let n = string_to_number(text);
    let mut buffer = crate::NumberBuffer::new();
    is_ascii(text, buffer.format(n).as_bytes()).then_some(n)
}
