//! The two forms of text under one name, and the search for where a match may begin.

use crate::program::{Literal, Program, SearchKind, SetData};

/// A code unit of a subject.
pub(crate) trait Unit: Copy + Into<u32> + Eq {
    /// Surrogates may occur.
    const WIDE: bool;
    /// Index of the first unit that is one of the first `count` of `bytes`.
    fn find(text: &[Self], bytes: [u8; 3], count: u32) -> Option<usize>;
    fn equals8(text: &[Self], bytes: &[u8]) -> bool;
    fn equals16(text: &[Self], units: &[u16]) -> bool;
}

impl Unit for u8 {
    const WIDE: bool = false;

    #[inline]
    fn find(text: &[u8], bytes: [u8; 3], count: u32) -> Option<usize> {
        match count {
            1 => memchr::memchr(bytes[0], text),
            2 => memchr::memchr2(bytes[0], bytes[1], text),
            _ => memchr::memchr3(bytes[0], bytes[1], bytes[2], text),
        }
    }

    #[inline(always)]
    fn equals8(text: &[u8], bytes: &[u8]) -> bool {
        // Texts of a pattern are short; a call to memcmp would cost more than it saves.
        text.iter().zip(bytes).all(|(a, b)| a == b)
    }

    #[inline]
    fn equals16(_: &[u8], _: &[u16]) -> bool {
        // The units are above U+00FF.
        false
    }
}

impl Unit for u16 {
    const WIDE: bool = true;

    #[inline]
    fn find(text: &[u16], bytes: [u8; 3], count: u32) -> Option<usize> {
        let [a, b, c] = bytes.map(u16::from);
        match count {
            1 => text.iter().position(|&u| u == a),
            2 => text.iter().position(|&u| u == a || u == b),
            _ => text.iter().position(|&u| u == a || u == b || u == c),
        }
    }

    #[inline(always)]
    fn equals8(text: &[u16], bytes: &[u8]) -> bool {
        text.iter().zip(bytes).all(|(&a, &b)| a == b as u16)
    }

    #[inline]
    fn equals16(text: &[u16], units: &[u16]) -> bool {
        text == units
    }
}

/// Membership of a code unit or code point.
#[inline(always)]
pub(crate) fn contains(set: &SetData, ranges: &[u32], c: u32) -> bool {
    if c < 0x100 { set.bits[(c >> 6) as usize] >> (c & 63) & 1 != 0 } else { contains_high(set, ranges, c) }
}

#[inline(never)]
fn contains_high(set: &SetData, ranges: &[u32], c: u32) -> bool {
    let bounds = ranges.get(set.from as usize..set.to as usize).unwrap_or(&[]);
    bounds.partition_point(|&bound| bound <= c) & 1 != 0
}

/// The first index from `from` on where a match may begin.
#[inline]
pub(crate) fn next_start<T: Unit>(program: &Program, text: &[T], from: usize) -> Option<usize> {
    let search = &program.search;
    let rest = text.get(from..)?;
    let found = match search.kind {
        SearchKind::Everywhere => return Some(from),
        SearchKind::Nowhere => None,
        SearchKind::One => T::find(rest, search.bytes, 1),
        SearchKind::Two => T::find(rest, search.bytes, 2),
        SearchKind::Three => T::find(rest, search.bytes, 3),
        SearchKind::Set => {
            let set = &program.sets[search.set as usize];
            rest.iter().position(|&u| contains(set, &program.ranges, u.into()))
        }
    };
    match found {
        Some(i) => Some(from + i),
        None if search.at_end => Some(text.len()),
        None => None,
    }
}

/// The first index from `from` on where the text that every match contains stands.
#[inline]
pub(crate) fn next_literal<T: Unit>(
    program: &Program,
    literal: Literal,
    text: &[T],
    from: usize,
) -> Option<usize> {
    let bytes = &program.text8[literal.from as usize..(literal.from + literal.len) as usize];
    let rare = literal.rare as usize;
    let byte = bytes[rare];
    let last = text.len().checked_sub(bytes.len())?;
    let mut at = from;
    while at <= last {
        // The rare byte of a literal at `last` is the last that counts.
        let found = T::find(&text[at + rare..=last + rare], [byte; 3], 1)?;
        at += found;
        if T::equals8(&text[at..at + bytes.len()], bytes) {
            return Some(at);
        }
        at += 1;
    }
    None
}
