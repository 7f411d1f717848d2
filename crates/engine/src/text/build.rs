//! Building strings piece by piece.

use super::{Chars, MAX_INLINE, MAX_LENGTH, Str};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::runtime::Runtime;
use crate::value::{Result, Thrown};

/// Room that a builder begins with.
const FIRST: usize = 64;

/// Collects characters; Latin-1 until something wider comes.
pub struct StringBuilder<'rt> {
    rt: &'rt Runtime,
    narrow: Buf<u8>,
    wide: Option<Buf<u16>>,
}

impl<'rt> StringBuilder<'rt> {
    pub fn new(rt: &'rt Runtime) -> Self {
        StringBuilder { rt, narrow: Buf::new(rt), wide: None }
    }
    pub fn len(&self) -> usize {
        self.wide.as_ref().map_or(self.narrow.len(), |w| w.len())
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn check(&self, extra: usize) -> Result<()> {
        if self.len() + extra > MAX_LENGTH {
            self.rt.throw_string_too_long();
            return Err(Thrown);
        }
        Ok(())
    }
    #[cold]
    fn widen(&mut self, extra: usize) -> Result<&mut Buf<u16>> {
        if self.wide.is_none() {
            let mut w = Buf::with_capacity(self.rt, self.narrow.len() + extra.max(16))?;
            for &c in self.narrow.iter() {
                w.push(c as u16)?;
            }
            self.narrow = Buf::new(self.rt);
            self.wide = Some(w);
        }
        self.wide.as_mut().ok_or(Thrown)
    }
    /// Appends one code unit.
    #[inline]
    pub fn push_unit(&mut self, c: u16) -> Result<()> {
        if self.len() >= MAX_LENGTH {
            self.check(1)?;
        }
        match &mut self.wide {
            Some(w) => w.push(c),
            None if c < 256 => {
                self.begin()?;
                self.narrow.push(c as u8)
            }
            None => self.widen(1)?.push(c),
        }
    }
    /// Appends one code point (a surrogate as itself).
    pub fn push_code_point(&mut self, c: u32) -> Result<()> {
        if c < 0x10000 {
            return self.push_unit(c as u16);
        }
        self.push_unit((0xd800 + ((c - 0x10000) >> 10)) as u16)?;
        self.push_unit((0xdc00 + ((c - 0x10000) & 0x3ff)) as u16)
    }
    /// Appends UTF-8 text.
    pub fn push_str(&mut self, s: &str) -> Result<()> {
        if s.is_ascii() {
            return self.push_chars(Chars::Latin1(s.as_bytes()));
        }
        s.encode_utf16().try_for_each(|c| self.push_unit(c))
    }
    /// Appends characters.
    pub fn push_chars(&mut self, c: Chars<'_>) -> Result<()> {
        self.check(c.len())?;
        match (&mut self.wide, c) {
            (None, Chars::Latin1(s)) => {
                self.begin()?;
                self.narrow.extend_from_slice(s)
            }
            (Some(w), Chars::Latin1(s)) => {
                w.reserve(s.len())?;
                s.iter().try_for_each(|&c| w.push(c as u16))
            }
            (Some(w), Chars::Utf16(s)) => w.extend_from_slice(s),
            (None, Chars::Utf16(s)) if s.iter().all(|&c| c < 256) => {
                self.narrow.reserve(s.len())?;
                s.iter().try_for_each(|&c| self.narrow.push(c as u8))
            }
            (None, Chars::Utf16(s)) => self.widen(s.len())?.extend_from_slice(s),
        }
    }
    /// Appends a string.
    pub fn push_string(&mut self, s: &Str) -> Result<()> {
        self.push_chars(s.chars()?)
    }
    /// The first memory is enough for most strings.
    #[inline(always)]
    fn begin(&mut self) -> Result<()> {
        if self.narrow.capacity() == 0 { self.narrow.reserve(FIRST) } else { Ok(()) }
    }
    /// Makes room for `extra` more units of the present width.
    pub fn reserve(&mut self, extra: usize) -> Result<()> {
        self.check(extra)?;
        match &mut self.wide {
            Some(w) => w.reserve(extra),
            None => self.narrow.reserve(extra),
        }
    }
    /// How much was collected, for `reset`.
    pub fn mark(&self) -> usize {
        self.len()
    }
    /// Takes back what was appended since `mark` was taken.
    pub fn reset(&mut self, mark: usize) {
        match &mut self.wide {
            Some(w) => w.truncate(mark),
            None => self.narrow.truncate(mark),
        }
    }
    /// Forgets what was collected; the memory is kept.
    pub fn clear(&mut self) {
        self.narrow.clear();
        self.wide = None;
    }
    /// The string; a long one takes the buffer over.
    pub fn finish(self) -> Result<Gc<Str>> {
        match self.wide {
            Some(w) if w.len() * 2 > MAX_INLINE => self.rt.adopt_utf16(w),
            Some(w) => self.rt.new_utf16(&w),
            None if self.narrow.len() > MAX_INLINE => self.rt.adopt_latin1(self.narrow),
            None => self.rt.new_latin1(&self.narrow),
        }
    }
    /// The characters so far.
    pub fn chars(&self) -> Chars<'_> {
        match &self.wide {
            Some(w) => Chars::Utf16(w),
            None => Chars::Latin1(&self.narrow),
        }
    }
}
