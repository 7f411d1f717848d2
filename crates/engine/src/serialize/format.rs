//! The format's numbers, and the bytes below the values.

use super::stored::length;
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::runtime::Runtime;
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown};

pub(super) const MAGIC: &[u8; 3] = b"QJR";
/// Changes whenever the meaning of the bytes does: with a tag, with a class's number, with an instruction.
pub const VERSION: u8 = 2;
/// What precedes the value: magic, version, checksum, contents.
pub const HEADER: usize = 9;

/// What the value is made of, so that a reader knows before it begins.
pub(super) mod contents {
    pub const REFERENCES: u8 = 1;
    pub const BYTECODE: u8 = 2;
    pub const SHARED: u8 = 4;
}

/// What a value begins with.
pub(super) mod tag {
    pub const NULL: u8 = 0;
    pub const UNDEFINED: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const TRUE: u8 = 3;
    /// An absent element (in arrays only).
    pub const HOLE: u8 = 4;
    /// A signed varint.
    pub const INT: u8 = 5;
    /// Eight bytes.
    pub const DOUBLE: u8 = 6;
    /// Length and characters of a string that is not called by number.
    pub const LATIN1: u8 = 7;
    pub const UTF16: u8 = 8;
    /// A string of the table.
    pub const STRING: u8 = 9;
    pub const SYMBOL: u8 = 10;
    pub const BIGINT: u8 = 11;
    /// An object whose keys are listed first; they become a shape of the table.
    pub const OBJECT_NEW: u8 = 12;
    /// An object of a shape of the table: its number, and the values.
    pub const OBJECT: u8 = 13;
    /// An object as a list of keys and values.
    pub const OBJECT_PAIRS: u8 = 14;
    /// Length, number of dense elements, elements.
    pub const ARRAY: u8 = 15;
    /// The same, and a list of keys and values.
    pub const ARRAY_PAIRS: u8 = 16;
    /// An object met before.
    pub const REFERENCE: u8 = 17;
    /// A wrapper object of the primitive that follows.
    pub const BOXED: u8 = 18;
    pub const DATE: u8 = 19;
    pub const REGEXP: u8 = 20;
    pub const MAP: u8 = 21;
    pub const SET: u8 = 22;
    /// Kind, list of keys and values.
    pub const ERROR: u8 = 23;
    pub const DOM_EXCEPTION: u8 = 24;
    /// Bits, length, maximum if resizable, bytes.
    pub const BUFFER: u8 = 25;
    /// Whether growable, address.
    pub const SHARED: u8 = 26;
    /// Element type, offset, length, buffer.
    pub const VIEW: u8 = 27;
    /// An ArrayBuffer that goes with the message: its number in the transfer list.
    pub const MOVED: u8 = 28;

    /// Compiled code.
    pub const FUNCTION: u8 = 28;
    pub const MODULE: u8 = 29;
    /// A module whose default export is what some bytes are: name, whether it was imported by type, kind, bytes.
    pub const DATA: u8 = 30;

    /// Latin-1 strings of up to 31 characters, not called by number: the length is in the tag.
    pub const SHORT: u8 = 0x40;
    pub const SHORT_MAX: usize = 31;
    /// Objects of the first 32 shapes.
    pub const SHAPED: u8 = 0x60;
    pub const SHAPED_MAX: usize = 31;
    /// Integers from 0 to 127.
    pub const SMALL: u8 = 0x80;
}

/// What is kept of a source text.
pub(super) mod source {
    /// Nothing: no positions either.
    pub const NONE: u8 = 0;
    /// The length of each line, as far as positions point into it; before these, how many bytes they take.
    pub const LINES: u8 = 1;
    pub const TEXT: u8 = 2;
}

/// Bits of a BUFFER.
pub(super) mod buffer {
    pub const RESIZABLE: u8 = 1;
    pub const IMMUTABLE: u8 = 2;
}

/// What a key, or a string of the table, is.
pub(super) mod key {
    /// A new string: its length, doubled, plus one for UTF-16, and its characters follow.
    pub const NEW: u64 = 0;
    /// No key: the end of a list.
    pub const END: u64 = 1;
    /// An array index follows.
    pub const INDEX: u64 = 2;
    /// This and above: a string of the table.
    pub const KNOWN: u64 = 3;
}

/// Short steps from one position to the next take a byte: less than `PCS` instructions, and from `BACK` before to
/// `OFFSETS - BACK` after, in the source.
pub(super) mod step {
    pub const PCS: u32 = 5;
    pub const OFFSETS: i64 = 50;
    pub const BACK: i64 = 15;
    /// This and so many instructions; the step in the source follows.
    pub const FAR: u8 = 250;
    /// Both follow as numbers.
    pub const LONG: u8 = 255;
}

/// Makes the checksum of bytes that somebody has changed right again.
pub fn seal(bytes: &mut [u8]) {
    if let Some((head, rest)) = bytes.split_at_mut_checked(8) {
        head[4..].copy_from_slice(&crc32fast::hash(rest).to_le_bytes());
    }
}

/// Bytes being written. What they take is charged while they are.
pub(super) struct Out<'rt> {
    bytes: Vec<u8>,
    charged: usize,
    rt: &'rt Runtime,
}

impl<'rt> Out<'rt> {
    pub fn new(rt: &'rt Runtime) -> Out<'rt> {
        Out { bytes: Vec::new(), charged: 0, rt }
    }
    #[cold]
    fn grow(&mut self, n: usize) -> Result<()> {
        let old = self.bytes.capacity();
        let want = self.bytes.len().saturating_add(n).max(old + old / 2).max(128);
        if self.rt.charge(want - old) {
            self.charged += want - old;
            if self.bytes.try_reserve_exact(want - self.bytes.len()).is_ok() {
                return Ok(());
            }
        }
        self.rt.throw_oom();
        Err(Thrown)
    }
    /// Makes room, so that what is pushed next does not grow anything.
    #[inline(always)]
    pub fn reserve(&mut self, n: usize) -> Result<()> {
        if self.bytes.capacity() - self.bytes.len() < n { self.grow(n) } else { Ok(()) }
    }
    #[inline(always)]
    pub fn u8(&mut self, b: u8) -> Result<()> {
        self.reserve(1)?;
        self.bytes.push(b);
        Ok(())
    }
    #[inline(always)]
    pub fn raw(&mut self, b: &[u8]) -> Result<()> {
        self.reserve(b.len())?;
        self.bytes.extend_from_slice(b);
        Ok(())
    }
    #[inline(always)]
    pub fn varint(&mut self, n: u64) -> Result<()> {
        if n < 128 { self.u8(n as u8) } else { self.long_varint(n) }
    }
    fn long_varint(&mut self, mut n: u64) -> Result<()> {
        self.reserve(10)?;
        while n >= 128 {
            self.bytes.push(n as u8 | 128);
            n >>= 7;
        }
        self.bytes.push(n as u8);
        Ok(())
    }
    #[inline(always)]
    pub fn size(&mut self, n: usize) -> Result<()> {
        self.varint(n as u64)
    }
    pub fn signed(&mut self, n: i64) -> Result<()> {
        self.varint(((n << 1) ^ (n >> 63)) as u64)
    }
    pub fn units(&mut self, units: &[u16]) -> Result<()> {
        self.reserve(units.len() * 2)?;
        self.bytes.extend(units.iter().flat_map(|u| u.to_le_bytes()));
        Ok(())
    }
    pub fn chars(&mut self, c: Chars<'_>) -> Result<()> {
        match c {
            Chars::Latin1(b) => self.raw(b),
            Chars::Utf16(u) => self.units(u),
        }
    }
    /// A string: its length, doubled, plus one for UTF-16, and its characters.
    pub fn string(&mut self, c: Chars<'_>) -> Result<()> {
        let wide = matches!(c, Chars::Utf16(_)) as u64;
        self.varint((c.len() as u64) << 1 | wide)?;
        self.chars(c)
    }
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
    /// Overwrites bytes written before.
    pub fn set(&mut self, at: usize, b: &[u8]) {
        if let Some(p) = self.bytes.get_mut(at..at + b.len()) {
            p.copy_from_slice(b);
        }
    }
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// What was written, sealed.
    pub fn finish(mut self) -> Vec<u8> {
        seal(&mut self.bytes);
        std::mem::take(&mut self.bytes)
    }
}
impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.rt.discharge(self.charged);
    }
}

/// Bytes being read.
pub(super) struct In<'a> {
    cx: &'a Context,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> In<'a> {
    pub fn new(cx: &'a Context, bytes: &'a [u8]) -> In<'a> {
        In { cx, bytes, at: 0 }
    }
    #[cold]
    pub fn error(&self, what: &str) -> Thrown {
        self.cx.throw_syntax(what)
    }
    #[cold]
    fn short(&self) -> Thrown {
        self.error("read after the end of the buffer")
    }
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }
    #[inline(always)]
    pub fn u8(&mut self) -> Result<u8> {
        let Some(&b) = self.bytes.get(self.at) else { return Err(self.short()) };
        self.at += 1;
        Ok(b)
    }
    #[inline(always)]
    pub fn raw(&mut self, n: usize) -> Result<&'a [u8]> {
        if n > self.left() {
            return Err(self.short());
        }
        let s = &self.bytes[self.at..self.at + n];
        self.at += n;
        Ok(s)
    }
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.raw(N)?.first_chunk() {
            Some(a) => Ok(*a),
            None => Err(self.short()),
        }
    }
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64> {
        let b = self.u8()?;
        if b < 128 { Ok(b as u64) } else { self.long_varint(b) }
    }
    fn long_varint(&mut self, first: u8) -> Result<u64> {
        let mut n = (first & 127) as u64;
        for shift in (7..64).step_by(7) {
            let b = self.u8()?;
            if shift == 63 && b > 1 {
                break;
            }
            n |= ((b & 127) as u64) << shift;
            if b < 128 {
                return Ok(n);
            }
        }
        Err(self.error("number too long"))
    }
    /// A 32-bit number.
    #[inline(always)]
    pub fn u32(&mut self) -> Result<u32> {
        let n = self.varint()?;
        u32::try_from(n).map_err(|_| self.error("number too large"))
    }
    pub fn signed(&mut self) -> Result<i64> {
        let n = self.varint()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }
    /// How many of something follow, each of which takes `least` bytes or more.
    #[inline(always)]
    pub fn count(&mut self, least: usize) -> Result<usize> {
        let n = self.varint()?;
        if n > (self.left() / least) as u64 {
            return Err(self.short());
        }
        Ok(n as usize)
    }
    /// A string that is not called by number, interned.
    pub fn string(&mut self) -> Result<Gc<Str>> {
        let (n, wide) = length(self.varint()?);
        if !wide {
            return self.cx.rt().intern(Chars::Latin1(self.raw(n)?));
        }
        let mut units = Buf::new(self.cx.rt());
        self.units(n, &mut units)?;
        self.cx.rt().intern(Chars::Utf16(&units))
    }
    /// UTF-16, into `to`.
    pub fn units(&mut self, n: usize, to: &mut Buf<u16>) -> Result<()> {
        let Some(size) = n.checked_mul(2) else { return Err(self.short()) };
        let bytes = self.raw(size)?;
        to.clear();
        to.reserve(n)?;
        for pair in bytes.chunks_exact(2) {
            to.push(u16::from_le_bytes([pair[0], pair[1]]))?;
        }
        Ok(())
    }
}
