//! Case conversion, normalization and well-formedness of strings.

use crate::context::Context;
use crate::heap::Gc;
use crate::object::function::Call;
use crate::text::build::StringBuilder;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointSetData;
use icu_properties::props::{CaseIgnorable, Cased};
use std::cmp::Ordering;

/// String.prototype.toLowerCase and toLocaleLowerCase (22.1.3.28, 22.1.3.26)
pub(super) fn to_lower_case(c: &Call<'_>) -> Result {
    let s = c.cx.this_string(c.this)?;
    Ok(lower(c.cx, &s)?.into())
}

/// String.prototype.toUpperCase and toLocaleUpperCase (22.1.3.30, 22.1.3.27)
pub(super) fn to_upper_case(c: &Call<'_>) -> Result {
    let s = c.cx.this_string(c.this)?;
    Ok(upper(c.cx, &s)?.into())
}

/// toLowercase of the Unicode Default Case Conversion algorithm, final sigma included.
pub fn lower(cx: &Context, s: &Gc<Str>) -> Result<Gc<Str>> {
    let chars = s.chars()?;
    let mut b = StringBuilder::new(cx.rt());
    match chars {
        Chars::Latin1(t) => {
            let changes = |c: u8| c.is_ascii_uppercase() || (0xc0..=0xde).contains(&c) && c != 0xd7;
            let Some(first) = t.iter().position(|&c| changes(c)) else {
                return Ok(s.clone());
            };
            if t.len() <= 64 {
                let mut small = [0u8; 64];
                for (o, &c) in small.iter_mut().zip(t) {
                    *o = if changes(c) { c + 32 } else { c };
                }
                return cx.rt().new_latin1(&small[..t.len()]);
            }
            b.reserve(t.len())?;
            b.push_chars(Chars::Latin1(&t[..first]))?;
            for part in t[first..].chunks(256) {
                let mut small = [0u8; 256];
                for (o, &c) in small.iter_mut().zip(part) {
                    *o = if changes(c) { c + 32 } else { c };
                }
                b.push_chars(Chars::Latin1(&small[..part.len()]))?;
            }
        }
        Chars::Utf16(t) => {
            let mut i = 0;
            while i < t.len() {
                let (c, n) = chars.code_point_at(i);
                if c < 0x80 {
                    b.push_unit((c as u8).to_ascii_lowercase() as u16)?;
                } else if c == 0x3a3 {
                    b.push_unit(if is_final_sigma(chars, i) { 0x3c2 } else { 0x3c3 })?;
                } else {
                    match char::from_u32(c) {
                        Some(ch) => {
                            for l in ch.to_lowercase() {
                                b.push_code_point(l as u32)?;
                            }
                        }
                        None => b.push_unit(c as u16)?,
                    }
                }
                i += n;
            }
        }
    }
    b.finish()
}

/// toUppercase of the Unicode Default Case Conversion algorithm.
pub fn upper(cx: &Context, s: &Gc<Str>) -> Result<Gc<Str>> {
    let chars = s.chars()?;
    let mut b = StringBuilder::new(cx.rt());
    let wide = |c: u8| matches!(c, 0xb5 | 0xdf | 0xff);
    match chars {
        Chars::Latin1(t) if !t.iter().any(|&c| wide(c)) => {
            let changes = |c: u8| c.is_ascii_lowercase() || c >= 0xe0 && c != 0xf7;
            let Some(first) = t.iter().position(|&c| changes(c)) else {
                return Ok(s.clone());
            };
            if t.len() <= 64 {
                let mut small = [0u8; 64];
                for (o, &c) in small.iter_mut().zip(t) {
                    *o = if changes(c) { c - 32 } else { c };
                }
                return cx.rt().new_latin1(&small[..t.len()]);
            }
            b.reserve(t.len())?;
            b.push_chars(Chars::Latin1(&t[..first]))?;
            for part in t[first..].chunks(256) {
                let mut small = [0u8; 256];
                for (o, &c) in small.iter_mut().zip(part) {
                    *o = if changes(c) { c - 32 } else { c };
                }
                b.push_chars(Chars::Latin1(&small[..part.len()]))?;
            }
        }
        _ => {
            let mut i = 0;
            while i < chars.len() {
                let (c, n) = chars.code_point_at(i);
                if c < 0x80 {
                    b.push_unit((c as u8).to_ascii_uppercase() as u16)?;
                } else {
                    match char::from_u32(c) {
                        Some(ch) => {
                            for u in ch.to_uppercase() {
                                b.push_code_point(u as u32)?;
                            }
                        }
                        None => b.push_unit(c as u16)?,
                    }
                }
                i += n;
            }
        }
    }
    b.finish()
}

/// Final_Sigma (Unicode, table 3-17): a cased letter before and none after, case-ignorable ones skipped.
fn is_final_sigma(chars: Chars<'_>, at: usize) -> bool {
    let ignorable = CodePointSetData::new::<CaseIgnorable>();
    let cased = CodePointSetData::new::<Cased>();
    let mut i = at;
    let mut before = false;
    while i > 0 {
        i -= 1;
        let mut c = chars.at(i) as u32;
        if (0xdc00..0xe000).contains(&c) && i > 0 && (0xd800..0xdc00).contains(&chars.at(i - 1)) {
            i -= 1;
            c = chars.code_point_at(i).0;
        }
        if !ignorable.contains32(c) {
            before = cased.contains32(c);
            break;
        }
    }
    if !before {
        return false;
    }
    let mut i = at + 1;
    while i < chars.len() {
        let (c, n) = chars.code_point_at(i);
        if !ignorable.contains32(c) {
            return !cased.contains32(c);
        }
        i += n;
    }
    true
}

/// The normalization forms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// String.prototype.normalize (22.1.3.15)
pub(super) fn normalize_method(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let form = if c.arg(0).is_undefined() {
        Form::Nfc
    } else {
        let f = cx.to_string(c.arg(0))?;
        let t = f.chars()?;
        if t.is_ascii_text("NFC") {
            Form::Nfc
        } else if t.is_ascii_text("NFD") {
            Form::Nfd
        } else if t.is_ascii_text("NFKC") {
            Form::Nfkc
        } else if t.is_ascii_text("NFKD") {
            Form::Nfkd
        } else {
            return Err(cx.throw_range("bad normalization form"));
        }
    };
    Ok(normalize(cx, &s, form)?.into())
}

/// The string in a normalization form; lone surrogates stay as they are.
pub fn normalize(cx: &Context, s: &Gc<Str>, form: Form) -> Result<Gc<Str>> {
    let chars = s.chars()?;
    match chars {
        Chars::Latin1(_) if form == Form::Nfc => return Ok(s.clone()),
        Chars::Latin1(t) if t.is_ascii() => return Ok(s.clone()),
        _ => {}
    }
    // A run of combining characters waits in the normalizer's own memory, eight bytes each at most.
    let scratch = chars.len().saturating_mul(8);
    if scratch > cx.rt().memory_left() {
        return Err(cx.throw_oom());
    }
    let mut b = StringBuilder::new(cx.rt());
    let mut i = 0;
    while i < chars.len() {
        let (c, n) = chars.code_point_at(i);
        if char::from_u32(c).is_none() {
            b.push_unit(c as u16)?;
            i += n;
            continue;
        }
        // Up to the next lone surrogate.
        let mut at = i;
        let run = std::iter::from_fn(|| {
            if at >= chars.len() {
                return None;
            }
            let (c, n) = chars.code_point_at(at);
            let ch = char::from_u32(c)?;
            at += n;
            Some(ch)
        });
        let mut put = |ch: char| -> Result<()> {
            cx.poll()?;
            b.push_code_point(ch as u32)
        };
        match form {
            Form::Nfc => ComposingNormalizerBorrowed::new_nfc().normalize_iter(run).try_for_each(&mut put)?,
            Form::Nfkc => {
                ComposingNormalizerBorrowed::new_nfkc().normalize_iter(run).try_for_each(&mut put)?
            }
            Form::Nfd => {
                DecomposingNormalizerBorrowed::new_nfd().normalize_iter(run).try_for_each(&mut put)?
            }
            Form::Nfkd => {
                DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(run).try_for_each(&mut put)?
            }
        }
        while i < chars.len() {
            let (c, n) = chars.code_point_at(i);
            if char::from_u32(c).is_none() {
                break;
            }
            i += n;
        }
    }
    b.finish()
}

/// String.prototype.localeCompare (22.1.3.12): by code units, once canonically equivalent strings are made the same.
pub(super) fn locale_compare(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let a = cx.this_string(c.this)?;
    let b = cx.to_string(c.arg(0))?;
    let a = normalize(cx, &a, Form::Nfc)?;
    let b = normalize(cx, &b, Form::Nfc)?;
    Ok(Value::int(match a.chars()?.cmp(&b.chars()?) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

/// String.prototype.isWellFormed (22.1.3.10)
pub(super) fn is_well_formed(c: &Call<'_>) -> Result {
    let s = c.cx.this_string(c.this)?;
    Ok(Value::bool(first_lone_surrogate(s.chars()?).is_none()))
}

/// String.prototype.toWellFormed (22.1.3.33)
pub(super) fn to_well_formed(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let chars = s.chars()?;
    let Some(first) = first_lone_surrogate(chars) else {
        return Ok(s.into());
    };
    let mut b = StringBuilder::new(cx.rt());
    b.push_chars(chars.slice(0, first))?;
    let mut i = first;
    while i < chars.len() {
        let (c, n) = chars.code_point_at(i);
        b.push_code_point(if char::from_u32(c).is_none() { 0xfffd } else { c })?;
        i += n;
    }
    Ok(b.finish()?.into())
}

fn first_lone_surrogate(chars: Chars<'_>) -> Option<usize> {
    if let Chars::Latin1(_) = chars {
        return None;
    }
    let mut i = 0;
    while i < chars.len() {
        let (c, n) = chars.code_point_at(i);
        if char::from_u32(c).is_none() {
            return Some(i);
        }
        i += n;
    }
    None
}
