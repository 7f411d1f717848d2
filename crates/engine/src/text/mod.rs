//! Strings: Latin-1 or UTF-16, flat, rope or slice; symbols; atoms.

pub mod atoms;
pub mod build;
pub mod names;
pub(crate) mod predefined;
mod search;

use crate::heap::{Cell, Gc, Header, Kind};
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::cell::Cell as StdCell;
use std::ptr::NonNull;

/// The longest string, in code units (as in QuickJS).
pub const MAX_LENGTH: usize = (1 << 30) - 1;
/// Characters up to this many bytes lie in the cell itself.
pub const MAX_INLINE: usize = 480;
/// Concatenations up to this length are copied rather than made ropes.
const ROPE_MIN: usize = 24;

/// Bits of a string's header class.
pub(crate) mod form {
    /// UTF-16 (else Latin-1).
    pub const WIDE: u16 = 1;
    /// The characters follow in the cell.
    pub const INLINE: u16 = 0;
    /// The characters lie in a buffer.
    pub const HEAP: u16 = 2;
    /// Two strings, joined when someone looks.
    pub const ROPE: u16 = 4;
    /// Part of a flat string.
    pub const SLICE: u16 = 6;
    pub const FORM: u16 = 6;
    /// In the atom table; `hash` is the atom's index.
    pub const INTERNED: u16 = 8;
    /// Interned, and a canonical array index from 2^31 to 2^32-2.
    pub const BIG_INDEX: u16 = 16;
    /// INLINE, Latin-1, known to be ASCII alone, with NUL after it in the cell: what C can be shown as it is.
    pub const C_TEXT: u16 = 32;
}

/// A string. Never mutated in what it says; its form may change.
#[repr(C)]
pub struct Str {
    header: Header,
    len: StdCell<u32>,
    /// The hash (0: not computed), or the atom index if interned.
    hash: StdCell<u32>,
    /// HEAP: buffer; ROPE: left; SLICE: parent. INLINE: the first characters.
    p: StdCell<*mut u8>,
    /// HEAP: capacity in bytes; ROPE: right; SLICE: offset in units.
    q: StdCell<usize>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Str {
    const KIND: Kind = Kind::String;
}

/// A flat string's characters.
#[derive(Clone, Copy, Debug)]
pub enum Chars<'a> {
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

impl<'a> Chars<'a> {
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Chars::Latin1(s) => s.len(),
            Chars::Utf16(s) => s.len(),
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The code unit at `i`.
    #[inline]
    pub fn at(&self, i: usize) -> u16 {
        match self {
            Chars::Latin1(s) => s[i] as u16,
            Chars::Utf16(s) => s[i],
        }
    }
    pub fn get(&self, i: usize) -> Option<u16> {
        if i < self.len() { Some(self.at(i)) } else { None }
    }
    /// The part from `start` to `end`.
    pub fn slice(&self, start: usize, end: usize) -> Chars<'a> {
        match self {
            Chars::Latin1(s) => Chars::Latin1(&s[start..end]),
            Chars::Utf16(s) => Chars::Utf16(&s[start..end]),
        }
    }
    /// The code units.
    pub fn units(&self) -> impl DoubleEndedIterator<Item = u16> + 'a {
        let (a, b): (&'a [u8], &'a [u16]) = match *self {
            Chars::Latin1(s) => (s, &[]),
            Chars::Utf16(s) => (&[], s),
        };
        a.iter().map(|&c| c as u16).chain(b.iter().copied())
    }
    /// The code point at `i` (a lone surrogate stands for itself), and how many units it takes.
    pub fn code_point_at(&self, i: usize) -> (u32, usize) {
        let c = self.at(i);
        if (0xd800..0xdc00).contains(&c) && i + 1 < self.len() {
            let d = self.at(i + 1);
            if (0xdc00..0xe000).contains(&d) {
                return (0x10000 + (((c as u32) & 0x3ff) << 10) + ((d as u32) & 0x3ff), 2);
            }
        }
        (c as u32, 1)
    }
    /// As Rust text; lone surrogates become U+FFFD.
    pub fn to_lossy(&self) -> String {
        match self {
            Chars::Latin1(s) => s.iter().map(|&c| c as char).collect(),
            Chars::Utf16(s) => String::from_utf16_lossy(s),
        }
    }
    /// Equal to this ASCII text?
    pub fn is_ascii_text(&self, s: &str) -> bool {
        match self {
            Chars::Latin1(c) => *c == s.as_bytes(),
            Chars::Utf16(c) => c.len() == s.len() && c.iter().zip(s.bytes()).all(|(&a, b)| a == b as u16),
        }
    }
    /// Where `needle` first is at or after `from`.
    pub fn index_of(&self, needle: Chars<'_>, from: usize) -> Option<usize> {
        let n = needle.len();
        if from > self.len() || n > self.len() - from {
            return None;
        }
        if n == 0 {
            return Some(from);
        }
        search::find(self.slice(from, self.len()), needle).map(|i| i + from)
    }
    /// Where `needle` last begins at or before `from`.
    pub fn last_index_of(&self, needle: Chars<'_>, from: usize) -> Option<usize> {
        let n = needle.len();
        if n > self.len() {
            return None;
        }
        let end = from.min(self.len() - n) + n;
        if n == 0 {
            return Some(end);
        }
        search::rfind(self.slice(0, end), needle)
    }
}

impl PartialEq for Chars<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Chars::Latin1(a), Chars::Latin1(b)) => a == b,
            (Chars::Utf16(a), Chars::Utf16(b)) => a == b,
            (Chars::Latin1(a), Chars::Utf16(b)) | (Chars::Utf16(b), Chars::Latin1(a)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(&x, &y)| x as u16 == y)
            }
        }
    }
}
impl Eq for Chars<'_> {}
impl PartialOrd for Chars<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
/// Order by code units (IsLessThan).
impl Ord for Chars<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Chars::Latin1(a), Chars::Latin1(b)) => a.cmp(b),
            (Chars::Utf16(a), Chars::Utf16(b)) => a.cmp(b),
            _ => self.units().cmp(other.units()),
        }
    }
}

impl Str {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }
    /// The runtime the string lives in.
    pub fn runtime(&self) -> &Runtime {
        self.header.runtime()
    }
    #[inline(always)]
    fn form(&self) -> u16 {
        self.header.class() & form::FORM
    }
    #[inline(always)]
    pub fn is_wide(&self) -> bool {
        self.header.class() & form::WIDE != 0
    }
    #[inline(always)]
    pub(crate) fn is_interned(&self) -> bool {
        self.header.class() & form::INTERNED != 0
    }
    pub fn is_rope(&self) -> bool {
        self.form() == form::ROPE
    }
    pub(crate) fn is_big_index(&self) -> bool {
        self.header.class() & form::BIG_INDEX != 0
    }
    #[inline(always)]
    pub(crate) fn atom_index(&self) -> u32 {
        debug_assert!(self.is_interned());
        self.hash.get()
    }

    /// The characters of a flat (or slice) string; None for a rope.
    #[inline(always)]
    pub fn flat_chars(&self) -> Option<Chars<'_>> {
        let len = self.len();
        let (ptr, off) = match self.form() {
            form::INLINE => (&self.p as *const _ as *const u8, 0),
            form::HEAP => (self.p.get() as *const u8, 0),
            form::SLICE => {
                // SAFETY: a slice owns its parent, which is flat and no slice.
                let parent = unsafe { &*(self.p.get() as *const Str) };
                (parent.data_ptr(), self.q.get())
            }
            _ => return None,
        };
        // SAFETY: `len` units from there are initialized and immutable.
        Some(unsafe {
            if self.is_wide() {
                Chars::Utf16(std::slice::from_raw_parts((ptr as *const u16).add(off), len))
            } else {
                Chars::Latin1(std::slice::from_raw_parts(ptr.add(off), len))
            }
        })
    }
    /// The characters of a short ASCII string where they lie, now with NUL after them; None if it is no such string, or
    /// its cell has no room for the NUL.
    #[inline(always)]
    pub(crate) fn c_text(&self) -> Option<*const u8> {
        if self.header.class() & form::C_TEXT != 0 {
            Some(self.p.as_ptr() as *const u8)
        } else {
            self.make_c_text()
        }
    }
    fn make_c_text(&self) -> Option<*const u8> {
        let n = self.len();
        if self.header.class() & (form::WIDE | form::FORM) != form::INLINE
            || std::mem::offset_of!(Str, p) + n >= self.header.cell_size()
        {
            return None;
        }
        let text = self.p.as_ptr() as *mut u8;
        // SAFETY: the cell has these bytes and one more, which nobody reads but as the end of this text.
        unsafe {
            if !std::slice::from_raw_parts(text, n).is_ascii() {
                return None;
            }
            text.add(n).write(0);
        }
        self.header.set_class(self.header.class() | form::C_TEXT);
        Some(text)
    }
    fn data_ptr(&self) -> *const u8 {
        if self.form() == form::INLINE { &self.p as *const _ as *const u8 } else { self.p.get() }
    }
    /// The characters; joins a rope first, which can run out of memory.
    #[inline(always)]
    pub fn chars(&self) -> Result<Chars<'_>> {
        match self.flat_chars() {
            Some(c) => Ok(c),
            None => {
                self.flatten()?;
                self.flat_chars().ok_or(Thrown)
            }
        }
    }
    /// The code unit at `i < len`.
    #[inline]
    pub fn at(&self, i: usize) -> Result<u16> {
        Ok(self.chars()?.at(i))
    }
    /// As Rust text; lone surrogates become U+FFFD. For messages.
    pub fn to_lossy(&self) -> String {
        self.chars().map(|c| c.to_lossy()).unwrap_or_default()
    }

    /// Turns a rope into a flat string in place.
    #[cold]
    fn flatten(&self) -> Result<()> {
        let rt = self.header.runtime();
        let wide = self.is_wide();
        let bytes = self.len() << wide as usize;
        let Some(buf) = rt.malloc(bytes) else {
            rt.throw_oom();
            return Err(Thrown);
        };
        // Right to left with an explicit stack of pending left parts: left-deep ropes (s += x) need one entry.
        let mut stack: crate::heap::buf::Buf<*const Str> = crate::heap::buf::Buf::new(rt);
        let mut end = self.len();
        let mut cur: *const Str = self;
        loop {
            // SAFETY: all parts are owned by this rope; the writes stay within the buffer: lengths add up.
            unsafe {
                let s = &*cur;
                if s.form() == form::ROPE {
                    if stack.push(s.p.get() as *const Str).is_err() {
                        rt.free(buf.as_ptr(), bytes);
                        return Err(Thrown);
                    }
                    cur = s.q.get() as *const Str;
                    continue;
                }
                let n = s.len();
                end -= n;
                match s.flat_chars() {
                    Some(Chars::Latin1(c)) if !wide => {
                        std::ptr::copy_nonoverlapping(c.as_ptr(), buf.as_ptr().add(end), n)
                    }
                    Some(Chars::Latin1(c)) => {
                        let dst = (buf.as_ptr() as *mut u16).add(end);
                        for (i, &b) in c.iter().enumerate() {
                            dst.add(i).write(b as u16);
                        }
                    }
                    Some(Chars::Utf16(c)) => {
                        std::ptr::copy_nonoverlapping(c.as_ptr(), (buf.as_ptr() as *mut u16).add(end), n)
                    }
                    None => {}
                }
            }
            match stack.pop() {
                Some(next) => cur = next,
                None => break,
            }
        }
        let (left, right) = (self.p.get(), self.q.get());
        self.p.set(buf.as_ptr());
        self.q.set(bytes);
        self.header.set_class(self.header.class() & !form::FORM | form::HEAP);
        // SAFETY: the rope owned both parts.
        unsafe {
            drop(Gc::from_raw(left as *mut Str));
            drop(Gc::from_raw(right as *mut Str));
        }
        Ok(())
    }

    /// The hash of the characters (never 0), seeded by the runtime.
    pub(crate) fn hash(&self) -> Result<u32> {
        if self.is_interned() {
            return Ok(self.header.runtime().atoms.hash_of(self.atom_index()));
        }
        if self.hash.get() == 0 {
            let h = hash_chars(self.header.runtime(), self.chars()?);
            self.hash.set(h);
        }
        Ok(self.hash.get())
    }
    pub(crate) fn set_interned(&self, index: u32, big_index: bool) {
        let extra = form::INTERNED | if big_index { form::BIG_INDEX } else { 0 };
        self.header.set_class(self.header.class() | extra);
        self.hash.set(index);
    }

    /// Are the characters the same?
    #[inline]
    pub fn equals(&self, other: &Str) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        if self.len() != other.len() || (self.is_interned() && other.is_interned()) {
            return false;
        }
        match (self.flat_chars(), other.flat_chars()) {
            (Some(a), Some(b)) => a == b,
            _ => self.equals_rope(other),
        }
    }
    #[cold]
    fn equals_rope(&self, other: &Str) -> bool {
        if let (Ok(a), Ok(b)) = (self.chars(), other.chars()) {
            return a == b;
        }
        // No memory to join them: part by part.
        self.runtime().clear_exception();
        let mut i = 0;
        while i < self.len() {
            let ((a, from), (b, at)) = (self.part(i), other.part(i));
            let n = (a.len() - from).min(b.len() - at);
            if n == 0 || (0..n).any(|k| a.at(from + k) != b.at(at + k)) {
                return false;
            }
            i += n;
        }
        true
    }
    /// The flat part of a rope that the unit at `i < len` is in, and where it is there.
    fn part(&self, mut i: usize) -> (Chars<'_>, usize) {
        let mut s = self;
        loop {
            if let Some(c) = s.flat_chars() {
                return (c, i);
            }
            // SAFETY: a rope owns both its parts.
            let (left, right) = unsafe { (&*(s.p.get() as *const Str), &*(s.q.get() as *const Str)) };
            if i < left.len() {
                s = left;
            } else {
                i -= left.len();
                s = right;
            }
        }
    }

    /// Is its cell all there is, in no table and of no weak reference's?
    #[inline(always)]
    pub(crate) fn owns_nothing(&self) -> bool {
        self.header.class() & (form::FORM | form::INTERNED) == form::INLINE
            && !self.header.has(crate::heap::flag::WEAK)
    }
    /// Drops the parts. Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(&self) {
        let rt = self.header.runtime();
        if self.is_interned() {
            rt.atoms.remove(self.atom_index());
        }
        // SAFETY: each form owns what is dropped here.
        unsafe {
            match self.form() {
                form::HEAP => rt.free(self.p.get(), self.q.get()),
                form::ROPE => {
                    drop(Gc::from_raw(self.p.get() as *mut Str));
                    drop(Gc::from_raw(self.q.get() as *mut Str));
                }
                form::SLICE => drop(Gc::from_raw(self.p.get() as *mut Str)),
                _ => {}
            }
        }
    }
    /// Bytes beyond the cell.
    pub(crate) fn heap_bytes(&self) -> usize {
        if self.form() == form::HEAP { self.q.get() } else { 0 }
    }
}

/// The hash of text, the same for both representations, seeded, never 0.
#[inline]
pub(crate) fn hash_chars(rt: &Runtime, chars: Chars<'_>) -> u32 {
    match chars {
        Chars::Latin1(s) => hash_latin1(rt, s),
        Chars::Utf16(s) => {
            let mut h = hash_start(rt, s.len());
            let mut groups = s.chunks_exact(4);
            for g in &mut groups {
                h = hash_mix(h, g.iter().rev().fold(0, |w, &c| w << 16 | u64::from(c)));
            }
            hash_end(h, groups.remainder().iter().rev().fold(0, |w, &c| w << 16 | u64::from(c)))
        }
    }
}
/// The same of Latin-1 text.
#[inline]
pub(crate) fn hash_latin1(rt: &Runtime, s: &[u8]) -> u32 {
    let mut h = hash_start(rt, s.len());
    let (groups, rest) = s.as_chunks::<4>();
    for g in groups {
        // Four units, as if they were UTF-16.
        let w = u64::from(u32::from_le_bytes(*g));
        let w = (w | w << 16) & 0x0000_ffff_0000_ffff;
        h = hash_mix(h, (w | w << 8) & 0x00ff_00ff_00ff_00ff);
    }
    hash_end(h, rest.iter().rev().fold(0, |w, &c| w << 16 | u64::from(c)))
}
#[inline(always)]
fn hash_start(rt: &Runtime, len: usize) -> u64 {
    rt.hash_seed ^ (len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
/// Takes four code units in.
#[inline(always)]
fn hash_mix(h: u64, units: u64) -> u64 {
    let m = u128::from(h ^ units) * 0x9e37_79b9_7f4a_7c15_u128;
    m as u64 ^ (m >> 64) as u64
}
#[inline(always)]
fn hash_end(h: u64, units: u64) -> u32 {
    let h = hash_mix(h, units);
    ((h ^ h >> 32) as u32).max(1)
}

/// What may be freed as one cell: see `Runtime::new_str_cell`.
impl Runtime {
    fn str_cell(&self, payload: usize, class: u16, len: usize) -> Result<NonNull<Str>> {
        let Some(h) = self.alloc_cell(16 + payload, Kind::String, class) else {
            self.throw_oom();
            return Err(Thrown);
        };
        let s = h.cast::<Str>();
        // SAFETY: the cell is ours; only its first 16 bytes plus payload are touched.
        unsafe {
            (*s.as_ptr()).len.set(len as u32);
            (*s.as_ptr()).hash.set(0);
        }
        Ok(s)
    }

    fn check_length(&self, len: usize) -> Result<()> {
        if len > MAX_LENGTH {
            self.throw_string_too_long();
            return Err(Thrown);
        }
        Ok(())
    }

    /// A new flat string of `len` units, whose characters `fill` writes (it must initialize all of them).
    pub(crate) fn new_flat(&self, len: usize, wide: bool, fill: impl FnOnce(*mut u8)) -> Result<Gc<Str>> {
        self.check_length(len)?;
        let bytes = len << wide as usize;
        let w = if wide { form::WIDE } else { 0 };
        // SAFETY: the memory is fresh and large enough.
        unsafe {
            if bytes <= MAX_INLINE {
                let s = self.str_cell(bytes, form::INLINE | w, len)?;
                fill(&raw mut (*s.as_ptr()).p as *mut u8);
                return Ok(Gc::from_raw(s.as_ptr()));
            }
            let s = self.str_cell(16, form::INLINE, 0)?;
            let Some(buf) = self.malloc(bytes) else {
                drop(Gc::from_raw(s.as_ptr()));
                self.throw_oom();
                return Err(Thrown);
            };
            fill(buf.as_ptr());
            (*s.as_ptr()).header.set_class(form::HEAP | w);
            (*s.as_ptr()).len.set(len as u32);
            (*s.as_ptr()).p.set(buf.as_ptr());
            (*s.as_ptr()).q.set(bytes);
            Ok(Gc::from_raw(s.as_ptr()))
        }
    }

    /// A string that takes over a non-empty buffer of Latin-1 characters.
    pub(crate) fn adopt_latin1(&self, mut b: crate::heap::buf::Buf<u8>) -> Result<Gc<Str>> {
        b.shrink();
        self.check_length(b.len())?;
        let s = self.str_cell(16, form::INLINE, 0)?;
        let (p, len, cap) = b.into_raw();
        // SAFETY: a fresh cell; the buffer is from this runtime's malloc, of that size.
        unsafe {
            (*s.as_ptr()).header.set_class(form::HEAP);
            (*s.as_ptr()).len.set(len as u32);
            (*s.as_ptr()).p.set(p);
            (*s.as_ptr()).q.set(cap);
            Ok(Gc::from_raw(s.as_ptr()))
        }
    }
    /// The same for code units, of which at least one is no Latin-1.
    pub(crate) fn adopt_utf16(&self, mut b: crate::heap::buf::Buf<u16>) -> Result<Gc<Str>> {
        b.shrink();
        self.check_length(b.len())?;
        let s = self.str_cell(16, form::INLINE, 0)?;
        let (p, len, cap) = b.into_raw();
        // SAFETY: as above.
        unsafe {
            (*s.as_ptr()).header.set_class(form::HEAP | form::WIDE);
            (*s.as_ptr()).len.set(len as u32);
            (*s.as_ptr()).p.set(p as *mut u8);
            (*s.as_ptr()).q.set(cap * 2);
            Ok(Gc::from_raw(s.as_ptr()))
        }
    }

    /// A string of these Latin-1 characters.
    pub fn new_latin1(&self, s: &[u8]) -> Result<Gc<Str>> {
        match s {
            [] => return Ok(self.atoms.empty()),
            [c] => return self.single(*c),
            _ => {}
        }
        // SAFETY: the destination holds s.len() bytes.
        self.new_flat(s.len(), false, |p| unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), p, s.len()) })
    }
    /// A string of these ASCII characters, most likely one that C will ask for.
    pub(crate) fn new_ascii(&self, s: &[u8]) -> Result<Gc<Str>> {
        if s.len() < 2 || s.len() >= MAX_INLINE {
            return self.new_latin1(s);
        }
        let cell = self.str_cell(s.len() + 1, form::INLINE | form::C_TEXT, s.len())?;
        // SAFETY: a fresh cell with room for the characters and NUL.
        unsafe {
            let p = &raw mut (*cell.as_ptr()).p as *mut u8;
            std::ptr::copy_nonoverlapping(s.as_ptr(), p, s.len());
            p.add(s.len()).write(0);
            Ok(Gc::from_raw(cell.as_ptr()))
        }
    }
    /// A string of these code units; Latin-1 if they all fit.
    pub fn new_utf16(&self, s: &[u16]) -> Result<Gc<Str>> {
        if s.iter().all(|&c| c < 256) {
            if let [c] = s {
                return self.single(*c as u8);
            }
            if s.is_empty() {
                return Ok(self.atoms.empty());
            }
            return self.new_flat(s.len(), false, |p| {
                for (i, &c) in s.iter().enumerate() {
                    // SAFETY: the destination holds s.len() bytes.
                    unsafe { p.add(i).write(c as u8) };
                }
            });
        }
        // SAFETY: the destination holds s.len() units; cells and buffers are 2-aligned.
        self.new_flat(s.len(), true, |p| unsafe {
            std::ptr::copy_nonoverlapping(s.as_ptr(), p as *mut u16, s.len())
        })
    }
    /// A string of these characters (a copy).
    pub fn new_chars(&self, c: Chars<'_>) -> Result<Gc<Str>> {
        match c {
            Chars::Latin1(s) => self.new_latin1(s),
            Chars::Utf16(s) => self.new_utf16(s),
        }
    }
    /// A string of this UTF-8 text.
    pub fn new_str(&self, s: &str) -> Result<Gc<Str>> {
        if s.is_ascii() {
            return self.new_latin1(s.as_bytes());
        }
        let units: Vec<u16> = s.encode_utf16().collect();
        self.new_utf16(&units)
    }
    /// The string of one code unit.
    pub fn new_unit(&self, c: u16) -> Result<Gc<Str>> {
        if c < 256 { self.single(c as u8) } else { self.new_utf16(&[c]) }
    }

    /// `a` followed by `b`, as the `+` operator makes it. RangeError past the length limit.
    pub fn concat(&self, a: &Str, b: &Str) -> Result<Gc<Str>> {
        if a.is_empty() {
            return Ok(Gc::from_ref(b));
        }
        if b.is_empty() {
            return Ok(Gc::from_ref(a));
        }
        let len = a.len() + b.len();
        self.check_length(len)?;
        let wide = a.is_wide() || b.is_wide();
        if len < ROPE_MIN
            && let (Some(x), Some(y)) = (a.flat_chars(), b.flat_chars())
        {
            return self.new_flat(len, wide, |p| {
                // SAFETY: the destination holds a's and b's units.
                unsafe {
                    write_chars(p, 0, wide, x);
                    write_chars(p, x.len(), wide, y);
                }
            });
        }
        let s = self.str_cell(16, form::ROPE | if wide { form::WIDE } else { 0 }, len)?;
        // SAFETY: a fresh cell of rope size; the rope owns both parts.
        unsafe {
            (*s.as_ptr()).p.set(Gc::into_raw(Gc::from_ref(a)) as *mut u8);
            (*s.as_ptr()).q.set(Gc::into_raw(Gc::from_ref(b)) as usize);
            Ok(Gc::from_raw(s.as_ptr()))
        }
    }

    /// `a + b` where `a` is given up: appends in place when nobody else holds it. On failure the exception is
    /// set and `a` comes back as it was.
    pub fn append(&self, a: Gc<Str>, b: &Str) -> std::result::Result<Gc<Str>, Gc<Str>> {
        let len = a.len() + b.len();
        let sole = a.header.count() == 1 && !a.is_interned() && len <= MAX_LENGTH && b.len() < 4096;
        if sole
            && a.form() == form::HEAP
            && a.is_wide() >= b.is_wide()
            && let Some(y) = b.flat_chars()
        {
            let wide = a.is_wide();
            let need = len << wide as usize;
            if need > a.q.get() {
                let cap = need + need / 2;
                // SAFETY: the buffer is a's own.
                match unsafe { self.realloc(a.p.get(), a.q.get(), cap) } {
                    Some(p) => {
                        a.p.set(p.as_ptr());
                        a.q.set(cap);
                    }
                    None => return self.concat(&a, b).map_err(|_| a),
                }
            }
            // SAFETY: there is room for b's units after a's; nobody else sees a.
            unsafe { write_chars(a.p.get(), a.len(), wide, y) };
            a.len.set(len as u32);
            a.hash.set(0);
            return Ok(a);
        }
        if sole
            && a.form() != form::HEAP
            && a.form() != form::ROPE
            && len >= 128
            && let (Some(x), Some(y)) = (a.flat_chars(), b.flat_chars())
        {
            // A string that grows: give it a buffer with room.
            let wide = a.is_wide() || b.is_wide();
            let cap = (len << wide as usize) * 2;
            if let Some(buf) = self.malloc(cap) {
                let s = match self.str_cell(16, form::INLINE, 0) {
                    Ok(s) => s,
                    Err(_) => {
                        // SAFETY: just allocated.
                        unsafe { self.free(buf.as_ptr(), cap) };
                        return Err(a);
                    }
                };
                // SAFETY: fresh memory of sufficient size.
                return Ok(unsafe {
                    write_chars(buf.as_ptr(), 0, wide, x);
                    write_chars(buf.as_ptr(), x.len(), wide, y);
                    (*s.as_ptr()).header.set_class(form::HEAP | if wide { form::WIDE } else { 0 });
                    (*s.as_ptr()).len.set(len as u32);
                    (*s.as_ptr()).p.set(buf.as_ptr());
                    (*s.as_ptr()).q.set(cap);
                    Gc::from_raw(s.as_ptr())
                });
            }
        }
        self.concat(&a, b).map_err(|_| a)
    }

    /// The part of `s` from `start` to `end` (in units, in bounds).
    pub fn substring(&self, s: &Str, start: usize, end: usize) -> Result<Gc<Str>> {
        let len = end - start;
        if len == s.len() {
            return Ok(Gc::from_ref(s));
        }
        let part = s.chars()?.slice(start, end);
        if len < ROPE_MIN * 2 {
            return self.new_chars(part);
        }
        // A slice stays wide if its parent is, even when its characters would fit Latin-1: but then equality
        // and hashing still agree, for both look at the units.
        let (parent, offset) = if s.form() == form::SLICE {
            // SAFETY: a slice owns its parent.
            (unsafe { &*(s.p.get() as *const Str) }, s.q.get() + start)
        } else {
            (s, start)
        };
        let w = s.header.class() & form::WIDE;
        let t = self.str_cell(16, form::SLICE | w, len)?;
        // SAFETY: a fresh cell of slice size, owning its parent.
        unsafe {
            (*t.as_ptr()).p.set(Gc::into_raw(Gc::from_ref(parent)) as *mut u8);
            (*t.as_ptr()).q.set(offset);
            Ok(Gc::from_raw(t.as_ptr()))
        }
    }
}

/// # Safety
/// `p` has room for the units at `at`, and is wide if `c` is.
unsafe fn write_chars(p: *mut u8, at: usize, wide: bool, c: Chars<'_>) {
    // SAFETY: per contract.
    unsafe {
        match c {
            Chars::Latin1(s) if !wide => std::ptr::copy_nonoverlapping(s.as_ptr(), p.add(at), s.len()),
            Chars::Latin1(s) => {
                for (i, &b) in s.iter().enumerate() {
                    (p as *mut u16).add(at + i).write(b as u16);
                }
            }
            Chars::Utf16(s) => std::ptr::copy_nonoverlapping(s.as_ptr(), (p as *mut u16).add(at), s.len()),
        }
    }
}

/// A symbol (private names are symbols too).
#[repr(C)]
pub struct Symbol {
    header: Header,
    pub(crate) description: Option<Gc<Str>>,
    /// The JSAtom that C knows it by; 0 if none was asked for.
    pub(crate) atom: StdCell<u32>,
    pub(crate) sort: SymbolSort,
    pub(crate) hash: u32,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Symbol {
    const KIND: Kind = Kind::Symbol;
}

/// What sort of symbol it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SymbolSort {
    /// From Symbol().
    Local,
    /// From Symbol.for().
    Registered,
    /// Symbol.iterator and its kin.
    WellKnown,
    /// A private name (#x), invisible to reflection.
    Private,
}

impl Symbol {
    /// The description, if it has one.
    pub fn description(&self) -> Option<&Gc<Str>> {
        self.description.as_ref()
    }
    pub fn sort(&self) -> SymbolSort {
        self.sort
    }
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }
}

impl Runtime {
    /// A new symbol.
    pub fn new_symbol(&self, description: Option<Gc<Str>>, sort: SymbolSort) -> Result<Gc<Symbol>> {
        let Some(h) = self.alloc_cell(std::mem::size_of::<Symbol>(), Kind::Symbol, 0) else {
            self.throw_oom();
            return Err(Thrown);
        };
        let n = self.symbol_counter.get().wrapping_add(0x9e37_79b9);
        self.symbol_counter.set(n);
        let s = h.cast::<Symbol>().as_ptr();
        // SAFETY: a fresh cell; fields are written without dropping what was there.
        unsafe {
            (&raw mut (*s).description).write(description);
            (&raw mut (*s).atom).write(StdCell::new(0));
            (&raw mut (*s).sort).write(sort);
            (&raw mut (*s).hash).write(n.max(1));
            Ok(Gc::from_raw(s))
        }
    }
}

impl From<&Str> for Value {
    fn from(s: &Str) -> Value {
        Gc::from_ref(s).into()
    }
}
