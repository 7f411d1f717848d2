//! BigInt values (6.1.6.2) over `dashu-int`, with a fast path for what fits 64 bits.

use dashu_int::ops::{BitTest, DivRem, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The greatest length of a BigInt's magnitude, in bits.
pub const MAX_BITS: u64 = 1 << 30;

/// The result would be longer than [`MAX_BITS`]: a RangeError, found before any memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig;

/// Why text is no BigInt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseBigIntError {
    /// Not a StringIntegerLiteral: `undefined` in StringToBigInt, a SyntaxError from the constructor.
    Syntax,
    /// Longer than [`MAX_BITS`].
    TooBig,
    /// No memory for a copy of the digits.
    OutOfMemory,
    /// Whoever asked has had enough.
    Stopped,
}

/// An integer of up to [`MAX_BITS`] bits.
#[derive(Clone, PartialEq, Eq)]
pub struct BigInt(Repr);

/// Exactly one form per value: `Big` only where `Small` cannot hold it, so equality is of the parts.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Small(i64),
    Big(IBig),
}
use Repr::{Big, Small};

/// A borrowed or freshly widened `IBig`.
enum Wide<'a> {
    Borrowed(&'a IBig),
    Owned(IBig),
}

impl std::ops::Deref for Wide<'_> {
    type Target = IBig;
    fn deref(&self) -> &IBig {
        match self {
            Wide::Borrowed(big) => big,
            Wide::Owned(big) => big,
        }
    }
}

/// The magnitude as a double, to nearest, ties to even, infinite from 2^1024 on.
pub(crate) fn magnitude_to_f64(n: &UBig) -> f64 {
    let bits = n.bit_len();
    if bits <= 64 {
        return u64::try_from(n).unwrap_or(u64::MAX) as f64;
    }
    if bits > 1024 {
        return f64::INFINITY;
    }
    let shift = bits - 64;
    let top: UBig = n >> shift;
    let sticky = n.trailing_zeros().is_some_and(|zeros| zeros < shift);
    // 64 bits, the last of which may stand for all that was dropped; the power of two is exact.
    (u64::try_from(&top).unwrap_or(u64::MAX) | u64::from(sticky)) as f64 * 2f64.powi(shift as i32)
}

impl From<i64> for BigInt {
    fn from(n: i64) -> Self {
        BigInt(Small(n))
    }
}

impl From<u64> for BigInt {
    fn from(n: u64) -> Self {
        match i64::try_from(n) {
            Ok(small) => BigInt(Small(small)),
            Err(_) => BigInt(Big(IBig::from(n))),
        }
    }
}

impl From<i128> for BigInt {
    fn from(n: i128) -> Self {
        match i64::try_from(n) {
            Ok(small) => BigInt(Small(small)),
            Err(_) => BigInt(Big(IBig::from(n))),
        }
    }
}

impl From<bool> for BigInt {
    fn from(n: bool) -> Self {
        BigInt(Small(i64::from(n)))
    }
}

impl Default for BigInt {
    fn default() -> Self {
        Self::ZERO
    }
}

impl std::fmt::Debug for BigInt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}n", self.to_string_radix(10))
    }
}

impl std::fmt::Display for BigInt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Small(n) => n.fmt(f),
            Big(n) => n.fmt(f),
        }
    }
}

impl Hash for BigInt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Small(n) => n.hash(state),
            Big(n) => n.hash(state),
        }
    }
}

impl PartialOrd for BigInt {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BigInt {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Small(a), Small(b)) => a.cmp(b),
            (Big(a), Big(b)) => a.cmp(b),
            // What does not fit 64 bits is beyond all that does.
            (Small(_), Big(b)) => {
                if b.sign() == Sign::Negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (Big(a), Small(_)) => {
                if a.sign() == Sign::Negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

// Construction and conversion.
impl BigInt {
    /// 0n
    pub const ZERO: BigInt = BigInt(Small(0));
    /// 1n
    pub const ONE: BigInt = BigInt(Small(1));

    fn normal(n: IBig) -> Self {
        match i64::try_from(&n) {
            Ok(small) => BigInt(Small(small)),
            Err(_) => BigInt(Big(n)),
        }
    }

    /// As [`Self::normal`] for a result whose bound could not be told exactly beforehand.
    pub(crate) fn checked(n: IBig) -> Result<Self, TooBig> {
        let n = Self::normal(n);
        if n.bit_length() > MAX_BITS { Err(TooBig) } else { Ok(n) }
    }

    fn wide(&self) -> Wide<'_> {
        match &self.0 {
            Small(n) => Wide::Owned(IBig::from(*n)),
            Big(n) => Wide::Borrowed(n),
        }
    }

    pub(crate) fn magnitude(&self) -> UBig {
        match &self.0 {
            Small(n) => UBig::from(n.unsigned_abs()),
            Big(n) => UBig::from_words(n.as_sign_words().1),
        }
    }

    /// NumberToBigInt (21.2.1.1.1): `None` where `x` is not an integer.
    pub fn from_f64(x: f64) -> Option<Self> {
        let small = x as i64;
        if small as f64 == x && small != i64::MAX {
            return Some(BigInt(Small(small)));
        }
        if !x.is_finite() || x.trunc() != x {
            return None;
        }
        let (m, e) = crate::to_text::decode(x);
        let magnitude =
            if e >= 0 { IBig::from(m) << e as usize } else { IBig::from(m >> e.unsigned_abs().min(63)) };
        Some(Self::normal(if x < 0.0 { -magnitude } else { magnitude }))
    }

    /// Would so many digits, the first of them not 0, be too big in any case?
    pub(crate) fn are_too_many(digits: usize, radix: u32) -> bool {
        // radix^(digits - 1) <= value
        (digits - 1) as f64 * f64::from(radix).log2() > MAX_BITS as f64 + 1.0
    }

    /// 𝔽(ℝ(self)): to nearest, ties to even, infinite from 2^1024 on.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Small(n) => *n as f64,
            Big(n) => {
                let (sign, words) = n.as_sign_words();
                if self.bit_length() > 1024 {
                    return if sign == Sign::Negative { f64::NEG_INFINITY } else { f64::INFINITY };
                }
                let magnitude = magnitude_to_f64(&UBig::from_words(words));
                if sign == Sign::Negative { -magnitude } else { magnitude }
            }
        }
    }

    /// The value modulo 2^64 (ToBigInt64, 7.1.15).
    pub fn to_i64_wrapping(&self) -> i64 {
        self.to_u64_wrapping() as i64
    }

    /// The value modulo 2^64 (ToBigUint64, 7.1.16).
    #[allow(clippy::unnecessary_cast)] // A Word has 32 bits on some targets.
    pub fn to_u64_wrapping(&self) -> u64 {
        match &self.0 {
            Small(n) => *n as u64,
            Big(n) => {
                let (sign, words) = n.as_sign_words();
                let mut low = 0u64;
                for (i, word) in
                    words.iter().take(64usize.div_ceil(dashu_int::Word::BITS as usize)).enumerate()
                {
                    low |= (*word as u64) << (i * dashu_int::Word::BITS as usize);
                }
                if sign == Sign::Negative { low.wrapping_neg() } else { low }
            }
        }
    }

    /// The value where it fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Small(n) => Some(n),
            Big(_) => None,
        }
    }

    /// The value where it fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Small(n) => u64::try_from(*n).ok(),
            Big(n) => u64::try_from(n).ok(),
        }
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.0 {
            Small(n) => n.signum() as i32,
            Big(n) if n.sign() == Sign::Negative => -1,
            Big(_) => 1,
        }
    }

    pub fn is_zero(&self) -> bool {
        matches!(self.0, Small(0))
    }

    pub fn is_negative(&self) -> bool {
        self.sign() < 0
    }

    fn is_odd(&self) -> bool {
        self.to_u64_wrapping() & 1 == 1
    }

    /// The length of the magnitude in bits, 0 for 0n.
    pub fn bit_length(&self) -> u64 {
        match &self.0 {
            Small(n) => u64::from(64 - n.unsigned_abs().leading_zeros()),
            Big(n) => {
                let (_, words) = n.as_sign_words();
                let top = words.last().map_or(0, |word| word.leading_zeros());
                words.len() as u64 * u64::from(dashu_int::Word::BITS) - u64::from(top)
            }
        }
    }

    /// Bytes held outside of `self`, for charging memory: 0 while the value fits the struct itself.
    pub fn byte_size(&self) -> usize {
        match &self.0 {
            Small(_) => 0,
            Big(n) => match n.as_sign_words().1.len() {
                ..=2 => 0,
                words => (words + words / 8 + 2) * size_of::<dashu_int::Word>(),
            },
        }
    }

    /// BigInt compared with Number (7.2.12, IsLessThan): `None` for NaN.
    pub fn partial_cmp_f64(&self, x: f64) -> Option<Ordering> {
        if x.is_nan() {
            return None;
        }
        if x.is_infinite() {
            return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let floor = x.floor();
        // Integers order themselves; what is between two of them is above its floor.
        let order = match Self::from_f64(floor) {
            Some(integer) => self.cmp(&integer),
            None => return None,
        };
        Some(if order == Ordering::Equal && floor != x { Ordering::Less } else { order })
    }

    /// BigInt == Number (7.2.13).
    pub fn eq_f64(&self, x: f64) -> bool {
        self.partial_cmp_f64(x) == Some(Ordering::Equal)
    }
}

// Arithmetic. Named as the specification's operations; `Result` wherever the length can grow.
impl BigInt {
    /// BigInt::add.
    pub fn add(&self, other: &Self) -> Result<Self, TooBig> {
        if let (Small(a), Small(b)) = (&self.0, &other.0) {
            return Ok(match a.checked_add(*b) {
                Some(sum) => BigInt(Small(sum)),
                None => (i128::from(*a) + i128::from(*b)).into(),
            });
        }
        Self::checked(&*self.wide() + &*other.wide())
    }

    /// BigInt::subtract.
    pub fn sub(&self, other: &Self) -> Result<Self, TooBig> {
        if let (Small(a), Small(b)) = (&self.0, &other.0) {
            return Ok(match a.checked_sub(*b) {
                Some(difference) => BigInt(Small(difference)),
                None => (i128::from(*a) - i128::from(*b)).into(),
            });
        }
        Self::checked(&*self.wide() - &*other.wide())
    }

    /// BigInt::multiply.
    pub fn mul(&self, other: &Self) -> Result<Self, TooBig> {
        if let (Small(a), Small(b)) = (&self.0, &other.0) {
            return Ok(match a.checked_mul(*b) {
                Some(product) => BigInt(Small(product)),
                None => (i128::from(*a) * i128::from(*b)).into(),
            });
        }
        if self.is_zero() || other.is_zero() {
            return Ok(Self::ZERO);
        }
        // A product is as long as both factors together, or one bit shorter.
        if self.bit_length() + other.bit_length() - 1 > MAX_BITS {
            return Err(TooBig);
        }
        Self::checked(&*self.wide() * &*other.wide())
    }

    /// BigInt::divide, towards zero; `None` where `other` is 0n.
    pub fn div(&self, other: &Self) -> Option<Self> {
        match (&self.0, &other.0) {
            (_, Small(0)) => None,
            (Small(a), Small(b)) => {
                Some(a.checked_div(*b).map_or_else(|| (-i128::from(*a)).into(), |q| BigInt(Small(q))))
            }
            // Only -2^63 is as long as a value that does not fit: then the quotient is -1.
            (Small(_), Big(_)) if self.bit_length() < other.bit_length() => Some(Self::ZERO),
            _ => Some(Self::normal(&*self.wide() / &*other.wide())),
        }
    }

    /// BigInt::remainder, with the dividend's sign; `None` where `other` is 0n.
    pub fn rem(&self, other: &Self) -> Option<Self> {
        match (&self.0, &other.0) {
            (_, Small(0)) => None,
            (Small(a), Small(b)) => Some(BigInt(Small(a.checked_rem(*b).unwrap_or(0)))),
            (Small(_), Big(_)) if self.bit_length() < other.bit_length() => Some(self.clone()),
            _ => Some(Self::normal(&*self.wide() % &*other.wide())),
        }
    }

    /// Quotient and remainder in one; `None` where `other` is 0n.
    pub fn div_rem(&self, other: &Self) -> Option<(Self, Self)> {
        if other.is_zero() {
            return None;
        }
        let (quotient, remainder) = (&*self.wide()).div_rem(&*other.wide());
        Some((Self::normal(quotient), Self::normal(remainder)))
    }

    /// BigInt::exponentiate for an exponent that is not negative (that is a RangeError of the caller's; here TooBig).
    pub fn pow(&self, exponent: &Self) -> Result<Self, TooBig> {
        if exponent.is_zero() {
            return Ok(Self::ONE);
        }
        match self.0 {
            Small(0 | 1) => return Ok(self.clone()),
            Small(-1) => return Ok(if exponent.is_odd() { self.clone() } else { Self::ONE }),
            _ => {}
        }
        // 2^(2^30) is too long already.
        let e = exponent.to_u64().filter(|e| *e <= MAX_BITS).ok_or(TooBig)?;
        if let (Small(base), Ok(e)) = (&self.0, u32::try_from(e))
            && let Some(power) = base.checked_pow(e)
        {
            return Ok(BigInt(Small(power)));
        }
        if let Small(2) = self.0 {
            return Self::ONE.shl_by(e);
        }
        // log2 is good to 50 bits, so this is sure to within a bit or two of the limit; the rest is checked after.
        let bits = self.bit_length();
        let log = match &self.0 {
            Small(n) => (n.unsigned_abs() as f64).log2(),
            Big(n) => {
                let top: IBig = n >> (bits - 64) as usize;
                let top = u64::try_from(top.unsigned_abs()).unwrap_or(1 << 63);
                (top as f64).log2() + (bits - 64) as f64
            }
        };
        if log * e as f64 > MAX_BITS as f64 + 1.0 {
            return Err(TooBig);
        }
        Self::checked(self.wide().pow(e as usize))
    }

    /// BigInt::leftShift: a negative count shifts right.
    pub fn shl(&self, count: &Self) -> Result<Self, TooBig> {
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        if count.is_negative() {
            let magnitude = count.neg();
            return Ok(self.shr_by(magnitude.to_u64().unwrap_or(u64::MAX)));
        }
        self.shl_by(count.to_u64().ok_or(TooBig)?)
    }

    /// BigInt::signedRightShift, rounding down: a negative count shifts left.
    pub fn shr(&self, count: &Self) -> Result<Self, TooBig> {
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        if count.is_negative() {
            return self.shl_by(count.neg().to_u64().ok_or(TooBig)?);
        }
        Ok(self.shr_by(count.to_u64().unwrap_or(u64::MAX)))
    }

    fn shl_by(&self, count: u64) -> Result<Self, TooBig> {
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        if count > MAX_BITS || self.bit_length() + count > MAX_BITS {
            return Err(TooBig);
        }
        if let Small(n) = self.0
            && count < 64
        {
            return Ok((i128::from(n) << count).into());
        }
        Ok(Self::normal(&*self.wide() << count as usize))
    }

    fn shr_by(&self, count: u64) -> Self {
        if count >= self.bit_length() {
            return BigInt(Small(if self.is_negative() { -1 } else { 0 }));
        }
        match &self.0 {
            Small(n) => BigInt(Small(n >> count.min(63))),
            Big(n) => Self::normal(n >> count as usize),
        }
    }

    /// BigInt::bitwiseAND.
    pub fn and(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Small(a), Small(b)) => BigInt(Small(a & b)),
            _ => Self::normal(&*self.wide() & &*other.wide()),
        }
    }

    /// BigInt::bitwiseOR.
    pub fn or(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Small(a), Small(b)) => BigInt(Small(a | b)),
            _ => Self::normal(&*self.wide() | &*other.wide()),
        }
    }

    /// BigInt::bitwiseXOR.
    pub fn xor(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Small(a), Small(b)) => BigInt(Small(a ^ b)),
            _ => Self::normal(&*self.wide() ^ &*other.wide()),
        }
    }

    /// BigInt::bitwiseNOT. TooBig for 2^MAX_BITS - 1 alone.
    pub fn not(&self) -> Result<Self, TooBig> {
        match &self.0 {
            Small(n) => Ok(BigInt(Small(!n))),
            Big(n) => Self::checked(!n),
        }
    }

    /// BigInt::unaryMinus.
    pub fn neg(&self) -> Self {
        match &self.0 {
            Small(n) => n.checked_neg().map_or_else(|| (-i128::from(*n)).into(), |n| BigInt(Small(n))),
            // -(2^63) fits where 2^63 does not.
            Big(n) => Self::normal(-n),
        }
    }

    /// `self + 1n`.
    pub fn inc(&self) -> Result<Self, TooBig> {
        self.add(&Self::ONE)
    }

    /// `self - 1n`.
    pub fn dec(&self) -> Result<Self, TooBig> {
        self.sub(&Self::ONE)
    }

    /// BigInt.asUintN(bits, self): the value modulo 2^bits.
    pub fn as_uint_n(&self, bits: u64) -> Result<Self, TooBig> {
        if bits == 0 {
            return Ok(Self::ZERO);
        }
        if !self.is_negative() {
            if self.bit_length() <= bits {
                return Ok(self.clone());
            }
            if bits <= 64 {
                return Ok((self.to_u64_wrapping() & (u64::MAX >> (64 - bits))).into());
            }
            let mut magnitude = self.magnitude();
            magnitude.clear_high_bits(bits as usize);
            return Ok(Self::normal(magnitude.into()));
        }
        if bits <= 64 {
            return Ok((self.to_u64_wrapping() & (u64::MAX >> (64 - bits))).into());
        }
        if bits > MAX_BITS {
            // 2^bits - |self|, with |self| < 2^MAX_BITS, keeps the top bit but for one multiple of it.
            return Err(TooBig);
        }
        let mut magnitude = self.magnitude();
        magnitude.clear_high_bits(bits as usize);
        if magnitude.is_zero() {
            return Ok(Self::ZERO);
        }
        Ok(Self::normal(((UBig::ONE << bits as usize) - magnitude).into()))
    }

    /// BigInt.asIntN(bits, self): the value modulo 2^bits in -2^(bits-1) .. 2^(bits-1).
    pub fn as_int_n(&self, bits: u64) -> Self {
        if bits == 0 {
            return Self::ZERO;
        }
        if self.bit_length() < bits {
            return self.clone();
        }
        // From here bits <= MAX_BITS.
        if bits <= 64 {
            let shift = 64 - bits;
            return BigInt(Small((self.to_u64_wrapping() << shift) as i64 >> shift));
        }
        let bits = bits as usize;
        let mut magnitude = self.magnitude();
        magnitude.clear_high_bits(bits);
        let value = if self.is_negative() { -IBig::from(magnitude) } else { IBig::from(magnitude) };
        // value is in (-2^bits, 2^bits): bring it into the half-open range.
        let half = IBig::ONE << (bits - 1);
        Self::normal(if value >= half {
            value - (half << 1)
        } else if value < -&half {
            value + (half << 1)
        } else {
            value
        })
    }

    /// Little-endian 64-bit digits of the magnitude, and whether the value is negative (serialization).
    pub fn to_words(&self) -> (bool, Vec<u64>) {
        let magnitude = self.magnitude();
        let mut words: Vec<u64> = Vec::with_capacity((self.bit_length() / 64 + 1) as usize);
        for chunk in magnitude.to_le_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            words.push(u64::from_le_bytes(bytes));
        }
        (self.is_negative(), words)
    }

    /// The inverse of [`Self::to_words`].
    pub fn from_words(negative: bool, words: &[u64]) -> Result<Self, TooBig> {
        if words.len() as u64 > MAX_BITS / 64 + 1 {
            return Err(TooBig);
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let magnitude = IBig::from(UBig::from_le_bytes(&bytes));
        Self::checked(if negative { -magnitude } else { magnitude })
    }
}

/// Upper bounds of the bytes that a result holds, for charging memory before an operation.
impl BigInt {
    fn bytes_for(bits: u64) -> usize {
        // dashu keeps an eighth and two words in reserve.
        let bits = bits.min(MAX_BITS + 64);
        (bits / 64 + bits / 512 + 4) as usize * 8
    }

    /// For add, sub, and, or, xor, not, neg, div, rem.
    pub fn add_size_bound(&self, other: &Self) -> usize {
        Self::bytes_for(self.bit_length().max(other.bit_length()) + 1)
    }

    /// For mul.
    pub fn mul_size_bound(&self, other: &Self) -> usize {
        Self::bytes_for(self.bit_length() + other.bit_length())
    }

    /// For pow.
    pub fn pow_size_bound(&self, exponent: &Self) -> usize {
        Self::bytes_for(self.bit_length().saturating_mul(exponent.to_u64().unwrap_or(u64::MAX)))
    }

    /// For shl.
    pub fn shl_size_bound(&self, count: &Self) -> usize {
        Self::bytes_for(self.bit_length().saturating_add(count.to_u64().unwrap_or(0)))
    }
}
