//! BigInt ⇄ text by halves: a number of many digits is cut at a power of the radix, and so on until the pieces are
//! short. That is subquadratic, and between the pieces whoever asked can stop it.

use crate::Unit;
use crate::bigint::{BigInt, ParseBigIntError};
use crate::from_text::{digit_value, radix_prefix, trim};
use dashu_int::ops::DivRem;
use dashu_int::{IBig, UBig};

/// Digits of the shortest pieces: a millisecond's work or so.
const PIECE: usize = 1 << 14;

/// Asked between pieces; true stops the conversion.
pub type Stop<'a> = &'a mut dyn FnMut() -> bool;

fn never() -> bool {
    false
}

/// radix^(PIECE << k) for k = 0, 1, …
struct Powers(Vec<UBig>);

impl Powers {
    fn new(radix: u32) -> Powers {
        Powers(vec![UBig::from(radix).pow(PIECE)])
    }
    /// Adds the next, unless told to stop.
    fn square(&mut self, stop: Stop<'_>) -> Option<()> {
        if stop() {
            return None;
        }
        if let Some(last) = self.0.last() {
            self.0.push(last.sqr());
        }
        Some(())
    }
}

impl BigInt {
    /// BigInt::toString (6.1.6.2.21) in a radix from 2 to 36 (others are clamped), ASCII.
    pub fn to_string_radix(&self, radix: u32) -> String {
        self.to_text(radix, &mut never).unwrap_or_default()
    }

    /// The same; None if it was stopped, or there is no memory for the text.
    pub fn to_text(&self, radix: u32, stop: Stop<'_>) -> Option<String> {
        let radix = radix.clamp(2, 36);
        if let Some(n) = self.to_i64() {
            return Some(crate::to_text::int_to_string_radix(n, radix));
        }
        let n = self.magnitude();
        let mut out = String::new();
        out.try_reserve_exact(self.text_size_bound(radix)).ok()?;
        if self.is_negative() {
            out.push('-');
        }
        let length = self.bit_length() as f64 / f64::from(radix).log2();
        if radix.is_power_of_two() || length < 2.0 * PIECE as f64 {
            // Linear, or short.
            out.push_str(&n.in_radix(radix as u8).to_string());
            return Some(out);
        }
        let mut powers = Powers::new(radix);
        let bits = |n: &UBig| dashu_int::ops::BitTest::bit_len(n);
        while powers.0.last().is_some_and(|p| 2 * bits(p) <= bits(&n) + 1) {
            powers.square(stop)?;
        }
        write(&n, &powers.0, radix, true, &mut out, stop)?;
        Some(out)
    }

    /// An upper bound of the bytes of the text in a radix, for charging memory beforehand.
    pub fn text_size_bound(&self, radix: u32) -> usize {
        (self.bit_length() as f64 / f64::from(radix.clamp(2, 36)).log2()) as usize + 3
    }

    /// What writing needs in passing, in bytes: the powers, and a division's parts.
    pub fn text_scratch_bound(&self) -> usize {
        4 * self.byte_size()
    }

    /// What reading so many units needs in passing, the result included.
    pub fn from_text_bound(units: usize) -> usize {
        // Four times the result's bytes, of four bits a digit.
        units.saturating_mul(2)
    }

    /// StringToBigInt (7.1.14): white space around, empty is 0n, `0x` `0o` `0b` prefixes without sign, no separators.
    pub fn from_text<U: Unit>(text: &[U]) -> Result<Self, ParseBigIntError> {
        Self::from_text_until(text, &mut never)
    }

    /// The same, unless stopped.
    pub fn from_text_until<U: Unit>(text: &[U], stop: Stop<'_>) -> Result<Self, ParseBigIntError> {
        let text = trim(text);
        if let Some(radix) = radix_prefix(text) {
            return Self::from_digits_until(&text[2..], radix, stop);
        }
        match text.first().map(|u| u.unit()) {
            None => Ok(Self::ZERO),
            Some(0x2d) => Ok(Self::from_digits_until(&text[1..], 10, stop)?.neg()),
            Some(0x2b) => Self::from_digits_until(&text[1..], 10, stop),
            Some(_) => Self::from_digits_until(text, 10, stop),
        }
    }

    /// The value of one digit or more, without sign, prefix, separators or `n`.
    pub fn from_digits<U: Unit>(digits: &[U], radix: u32) -> Result<Self, ParseBigIntError> {
        Self::from_digits_until(digits, radix, &mut never)
    }

    fn from_digits_until<U: Unit>(
        digits: &[U],
        radix: u32,
        stop: Stop<'_>,
    ) -> Result<Self, ParseBigIntError> {
        if !(2..=36).contains(&radix)
            || digits.is_empty()
            || !digits.iter().all(|u| digit_value(u.unit()).is_some_and(|d| d < radix))
        {
            return Err(ParseBigIntError::Syntax);
        }
        let zeros = digits.iter().take_while(|u| u.unit() == 0x30).count();
        let digits = &digits[zeros..];
        if digits.len() <= 12 {
            // 36^12 < 2^63
            let value = |u: &U| i64::from(digit_value(u.unit()).unwrap_or(0));
            return Ok(BigInt::from(digits.iter().fold(0, |n, u| n * i64::from(radix) + value(u))));
        }
        if Self::are_too_many(digits.len(), radix) {
            return Err(ParseBigIntError::TooBig);
        }
        let mut piece = String::new();
        let n = if radix.is_power_of_two() || digits.len() <= 2 * PIECE {
            // Linear, or short.
            read_piece(digits, radix, &mut piece)?
        } else {
            let mut powers = Powers::new(radix);
            while PIECE << powers.0.len() < digits.len() {
                powers.square(stop).ok_or(ParseBigIntError::Stopped)?;
            }
            read(digits, &powers.0, radix, &mut piece, stop)?
        };
        Self::checked(IBig::from(n)).map_err(|_| ParseBigIntError::TooBig)
    }
}

/// Writes `n` < the last power squared; but for the leading piece, with all zeros in front.
fn write(
    n: &UBig,
    powers: &[UBig],
    radix: u32,
    leading: bool,
    out: &mut String,
    stop: Stop<'_>,
) -> Option<()> {
    if stop() {
        return None;
    }
    let Some((power, rest)) = powers.split_last() else {
        let text = n.in_radix(radix as u8).to_string();
        if !leading {
            out.extend(std::iter::repeat_n('0', PIECE - text.len()));
        }
        out.push_str(&text);
        return Some(());
    };
    if leading && n < power {
        return write(n, rest, radix, true, out, stop);
    }
    let (high, low) = n.div_rem(power);
    write(&high, rest, radix, leading, out, stop)?;
    drop(high);
    write(&low, rest, radix, false, out, stop)
}

/// The value of digits, at most twice as many as the last power has zeros.
fn read<U: Unit>(
    digits: &[U],
    powers: &[UBig],
    radix: u32,
    piece: &mut String,
    stop: Stop<'_>,
) -> Result<UBig, ParseBigIntError> {
    if stop() {
        return Err(ParseBigIntError::Stopped);
    }
    let Some((power, rest)) = powers.split_last() else {
        return read_piece(digits, radix, piece);
    };
    let zeros = PIECE << rest.len();
    if digits.len() <= zeros {
        return read(digits, rest, radix, piece, stop);
    }
    let (high, low) = digits.split_at(digits.len() - zeros);
    let high = read(high, rest, radix, piece, stop)? * power;
    Ok(high + read(low, rest, radix, piece, stop)?)
}

fn read_piece<U: Unit>(digits: &[U], radix: u32, piece: &mut String) -> Result<UBig, ParseBigIntError> {
    piece.clear();
    piece.try_reserve(digits.len()).map_err(|_| ParseBigIntError::OutOfMemory)?;
    piece.extend(digits.iter().map(|u| char::from(u.unit() as u8)));
    UBig::from_str_radix(piece, radix).map_err(|_| ParseBigIntError::Syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths around the pieces' and their doubles', with zeros at the cuts.
    #[test]
    fn cuts() {
        for length in
            [PIECE, 2 * PIECE - 1, 2 * PIECE, 2 * PIECE + 1, 4 * PIECE, 4 * PIECE + 1, 5 * PIECE + 7]
        {
            for radix in [3, 10, 36] {
                let mut text = vec![b'0'; length];
                text[0] = b'1';
                for at in [PIECE, 2 * PIECE, 3 * PIECE] {
                    if let Some(d) = length.checked_sub(at + 1).and_then(|i| text.get_mut(i)) {
                        *d = b'2';
                    }
                }
                let n = BigInt::from_digits(&text, radix).unwrap_or_default();
                assert!(n.to_string_radix(radix).as_bytes() == text, "{length} {radix}");
                // radix^(length-1) and one less.
                let power = BigInt::from(i64::from(radix)).pow(&BigInt::from(length as i64 - 1));
                let less = power.and_then(|p| p.dec()).unwrap_or_default();
                let top = char::from_digit(radix - 1, radix).unwrap_or('?');
                assert!(
                    less.neg().to_string_radix(radix) == format!("-{}", top.to_string().repeat(length - 1))
                );
                assert!(BigInt::from_text(less.to_string_radix(10).as_bytes()) == Ok(less));
            }
        }
    }

    #[test]
    fn stops() {
        let text = "7".repeat(20 * PIECE);
        let mut left = 5;
        let mut stop = || {
            left -= 1;
            left < 0
        };
        assert_eq!(BigInt::from_text_until(text.as_bytes(), &mut stop), Err(ParseBigIntError::Stopped));
        let n = BigInt::from_text(text.as_bytes()).unwrap_or_default();
        let mut left = 5;
        let mut stop = || {
            left -= 1;
            left < 0
        };
        assert_eq!(n.to_text(10, &mut stop), None);
    }
}
