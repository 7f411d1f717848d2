//! Code as it was written. A function's body is read and checked when the function is first called: its template
//! begins with [`Op::LoadBody`](crate::bytecode::op::Op), which does so. Names of variables and positions are looked
//! up in the bytes whenever somebody asks.

use super::code_write::Layout;
use super::format::{In, step};
use crate::bytecode::check::Budget;
use crate::bytecode::template::Source;
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::text::{Chars, Str};
use crate::value::Result;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// What the functions of a script or module share.
pub(crate) struct Stored {
    /// The strings, the tables, the functions.
    pub(super) bytes: Box<[u8]>,
    /// Where each string begins, and itself once somebody asked.
    strings: Box<[(u32, OnceCell<Gc<Str>>)]>,
    /// Operation, flags and layout by code.
    pub(super) codes: Box<[(u16, Layout)]>,
    pub(super) source: Rc<Source>,
    pub(super) positions: Positions,
    /// What is left of the verifier's budget.
    pub(super) work: Cell<usize>,
    charged: usize,
}

/// What positions are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    /// There are none, and no names.
    None,
    /// Offsets in lines rather than in a text.
    Lines,
    Text,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.source.file.header().runtime().discharge(self.charged);
    }
}

impl Stored {
    /// Copies the bytes, which begin with the strings; where these end.
    pub(super) fn new(
        cx: &Context,
        bytes: &[u8],
        codes: Box<[(u16, Layout)]>,
        source: Rc<Source>,
        positions: Positions,
    ) -> Result<(Rc<Stored>, usize)> {
        let mut input = In::new(cx, bytes);
        if u32::try_from(bytes.len()).is_err() {
            return Err(input.error("code too large"));
        }
        let n = input.count(1)?;
        let charged = bytes.len() + n * std::mem::size_of::<(u32, OnceCell<Gc<Str>>)>();
        if !cx.rt().charge(charged) {
            return Err(cx.throw_oom());
        }
        let mut stored = Stored {
            bytes: Box::default(),
            strings: Box::default(),
            codes,
            source,
            positions,
            work: Cell::new(Budget::work_for(bytes.len())),
            charged,
        };
        let mut strings = Vec::new();
        let mut copy = Vec::new();
        if strings.try_reserve_exact(n).is_err() || copy.try_reserve_exact(bytes.len()).is_err() {
            return Err(cx.throw_oom());
        }
        for _ in 0..n {
            strings.push(((bytes.len() - input.left()) as u32, OnceCell::new()));
            let (len, wide) = length(input.varint()?);
            input.raw(len.saturating_mul(1 + wide as usize))?;
        }
        copy.extend_from_slice(bytes);
        stored.bytes = copy.into();
        stored.strings = strings.into();
        Ok((Rc::new(stored), bytes.len() - input.left()))
    }
    /// A string's characters: Latin-1, or the bytes of UTF-16.
    fn chars(&self, number: usize) -> Option<(&[u8], bool)> {
        let mut c = Cursor { bytes: &self.bytes, at: self.strings.get(number)?.0 as usize };
        let (len, wide) = length(c.varint()?);
        let size = len.checked_mul(1 + wide as usize)?;
        Some((self.bytes.get(c.at..c.at.checked_add(size)?)?, wide))
    }
    /// A string, interned.
    #[inline]
    pub fn string(&self, cx: &Context, number: u32) -> Result<Gc<Str>> {
        match self.strings.get(number as usize).and_then(|s| s.1.get()) {
            Some(s) => Ok(s.clone()),
            None => self.new_string(cx, number as usize),
        }
    }
    fn new_string(&self, cx: &Context, number: usize) -> Result<Gc<Str>> {
        let Some((bytes, wide)) = self.chars(number) else {
            return Err(cx.throw_syntax("invalid string number"));
        };
        let s = if wide {
            let mut units = Buf::with_capacity(cx.rt(), bytes.len() / 2)?;
            for pair in bytes.chunks_exact(2) {
                units.push(u16::from_le_bytes([pair[0], pair[1]]))?;
            }
            cx.rt().intern(Chars::Utf16(&units))?
        } else {
            cx.rt().intern(Chars::Latin1(bytes))?
        };
        if let Some((_, place)) = self.strings.get(number) {
            let _ = place.set(s.clone());
        }
        Ok(s)
    }
}

/// Length in characters, and whether they are UTF-16, of the number that a string begins with.
pub(super) fn length(n: u64) -> (usize, bool) {
    (usize::try_from(n >> 1).unwrap_or(usize::MAX), n & 1 != 0)
}

/// Where a function's body is: it and those of the functions in it.
#[derive(Clone)]
pub(crate) struct Unloaded {
    pub stored: Rc<Stored>,
    pub start: u32,
    pub end: u32,
}
impl Unloaded {
    pub(super) fn bytes(&self) -> &[u8] {
        self.stored.bytes.get(self.start as usize..self.end as usize).unwrap_or(&[])
    }
}

/// Where a function's names and positions are. Nothing has checked them: what makes no sense ends a list.
pub(crate) struct StoredDebug {
    pub at: Unloaded,
}
impl StoredDebug {
    fn cursor(&self) -> Cursor<'_> {
        Cursor { bytes: self.at.bytes(), at: 0 }
    }
    /// A list of pairs of numbers, after `skip` others.
    fn pairs(&self, skip: usize) -> Pairs<'_> {
        let mut p = Pairs { left: 0, c: self.cursor() };
        p.next_list();
        for _ in 0..skip {
            p.by_ref().for_each(drop);
            p.next_list();
        }
        p
    }
    /// Captures and the numbers of their names.
    pub fn capture_names(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pairs(0)
    }
    /// Registers and the numbers of their names.
    pub fn local_names(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pairs(1)
    }
    /// (pc, offset) pairs, ascending by pc; `start` is the function's own offset.
    pub fn positions(&self, start: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut p = self.pairs(1);
        p.by_ref().for_each(drop);
        let mut c = p.c;
        let mut left = c.varint().unwrap_or(0);
        let (mut pc, mut at) = (0u32, start);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let b = c.u8()?;
            let far = match b {
                step::LONG => u32::try_from(c.varint()?).ok()?,
                step::FAR.. => (b - step::FAR) as u32,
                _ => b as u32 / step::OFFSETS as u32,
            };
            let by = if b < step::FAR { b as i64 % step::OFFSETS - step::BACK } else { c.signed()? };
            pc = pc.saturating_add(far);
            at = u32::try_from((at as i64).checked_add(by)?).ok()?;
            Some((pc, at))
        })
    }
    pub fn string(&self, cx: &Context, number: u32) -> Result<Gc<Str>> {
        self.at.stored.string(cx, number)
    }
    /// A string, as it is printed.
    pub fn text(&self, number: u32) -> Option<String> {
        let (bytes, wide) = self.at.stored.chars(number as usize)?;
        if !wide {
            return Some(bytes.iter().map(|b| *b as char).collect());
        }
        let units: Vec<u16> = bytes.chunks_exact(2).map(|p| u16::from_le_bytes([p[0], p[1]])).collect();
        Some(String::from_utf16_lossy(&units))
    }
}

/// The pairs of one list after another.
struct Pairs<'a> {
    left: u64,
    c: Cursor<'a>,
}
impl Pairs<'_> {
    fn next_list(&mut self) {
        self.left = self.c.varint().unwrap_or(0);
    }
}
impl Iterator for Pairs<'_> {
    type Item = (u32, u32);
    fn next(&mut self) -> Option<(u32, u32)> {
        self.left = self.left.checked_sub(1)?;
        let pair = (u32::try_from(self.c.varint()?).ok()?, u32::try_from(self.c.varint()?).ok()?);
        Some(pair)
    }
}

/// Where lines begin, of a source whose text was left out.
#[derive(Default)]
pub(crate) struct Lines {
    /// The length of each line.
    packed: Box<[u8]>,
    starts: OnceCell<Box<[u32]>>,
}
impl Lines {
    pub(super) fn new(packed: &[u8]) -> Lines {
        Lines { packed: packed.into(), starts: OnceCell::new() }
    }
    /// What they take at most.
    pub fn bytes(&self) -> usize {
        self.packed.len() * 5
    }
    pub fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let mut c = Cursor { bytes: &self.packed, at: 0 };
            let (mut list, mut at) = (Vec::new(), 0u32);
            if list.try_reserve_exact(self.packed.len()).is_ok() {
                while let Some(n) = c.varint() {
                    list.push(at);
                    at = at.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
                }
            }
            list.into()
        })
    }
}

/// Bytes that are read where nothing may throw.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}
impl Cursor<'_> {
    fn u8(&mut self) -> Option<u8> {
        let b = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(b)
    }
    fn varint(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let b = self.u8()?;
            n |= ((b & 127) as u64) << shift;
            if b < 128 {
                return Some(n);
            }
        }
        None
    }
    fn signed(&mut self) -> Option<i64> {
        let n = self.varint()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }
}
