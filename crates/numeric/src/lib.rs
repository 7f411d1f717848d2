//! Numbers for a JavaScript engine: number ⇄ text, BigInt, float16, exact sums and date arithmetic.
//!
//! This crate knows no engine: it takes and returns plain `f64`, slices of code units and `String`s of ASCII.
//! Text comes in as `&[U]` where [`Unit`] is `u8` (Latin-1) or `u16` (UTF-16), so neither representation
//! of an engine's strings has to be converted first.
//!
//! | module | what |
//! |---|---|
//! | [`to_text`] | [`NumberBuffer`] (Number::toString, radix 10, no allocation), [`to_string_radix`], [`to_fixed`], [`to_exponential`], [`to_precision`] |
//! | [`from_text`] | [`string_to_number`], [`parse_float`], [`parse_int`], [`parse_literal`], [`array_index`], [`canonical_numeric_index`], [`is_js_whitespace`] |
//! | [`bigint`] | [`BigInt`]; everything that can grow answers [`TooBig`] before it allocates |
//! | [`float16`] | [`f64_to_f16`], [`f16_to_f64`], [`f16round`] |
//! | [`math`] | ToInt32 and kin, and the `Math` functions whose edge cases differ from Rust's |
//! | [`sum`] | [`SumPrecise`]: exact, independent of order |
//! | [`date`] | time values ⇄ fields, MakeTime / MakeDay / MakeDate / TimeClip, LocalTime / UTC |
//! | [`date_parse`], [`date_format`] | `Date.parse` and the five fixed formats of `Date.prototype` |
//!
//! No function here panics on any input, and every loop's length is bounded by the input's.
#![forbid(unsafe_code)]

pub mod bigint;
pub mod bigint_text;
pub mod date;
pub mod date_format;
pub mod date_parse;
pub mod float16;
pub mod from_text;
pub mod math;
pub mod sum;
pub mod to_text;

pub use bigint::{BigInt, ParseBigIntError, TooBig};
pub use float16::{f16_to_f64, f16round, f64_to_f16};
pub use from_text::{
    array_index, canonical_numeric_index, is_js_whitespace, parse_float, parse_int, parse_literal,
    string_to_number,
};
pub use sum::SumPrecise;
pub use to_text::{NumberBuffer, to_exponential, to_fixed, to_precision, to_string_radix};

/// A code unit of a string: Latin-1 (`u8`) or UTF-16 (`u16`).
pub trait Unit: Copy + 'static {
    /// The code unit's value.
    fn unit(self) -> u16;
}

impl Unit for u8 {
    #[inline(always)]
    fn unit(self) -> u16 {
        u16::from(self)
    }
}

impl Unit for u16 {
    #[inline(always)]
    fn unit(self) -> u16 {
        self
    }
}
