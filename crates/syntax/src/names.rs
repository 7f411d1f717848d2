//! Strings of one parse, each kept once.

use crate::ast::Name;
use crate::error::{R, out_of_memory};
use bumpalo::Bump;
use hashbrown::HashTable;

/// A JavaScript string. Latin-1 whenever every code unit is below 256, so equal strings have equal
/// representations. UTF-16 content may hold unpaired surrogates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsStr<'a> {
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

impl<'a> JsStr<'a> {
    pub fn len(&self) -> usize {
        match self {
            JsStr::Latin1(s) => s.len(),
            JsStr::Utf16(s) => s.len(),
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Code unit `i`, if there is one.
    pub fn unit(&self, i: usize) -> Option<u16> {
        match self {
            JsStr::Latin1(s) => s.get(i).map(|&b| u16::from(b)),
            JsStr::Utf16(s) => s.get(i).copied(),
        }
    }
    pub fn units(&self) -> impl Iterator<Item = u16> + 'a {
        let s = *self;
        (0..s.len()).map(move |i| s.unit(i).unwrap_or(0))
    }
    pub fn to_owned(&self) -> OwnedStr {
        match self {
            JsStr::Latin1(s) => OwnedStr::Latin1(s.to_vec()),
            JsStr::Utf16(s) => OwnedStr::Utf16(s.to_vec()),
        }
    }
    /// For messages: unpaired surrogates become U+FFFD.
    pub fn to_display(&self) -> String {
        match self {
            JsStr::Latin1(s) => s.iter().map(|&b| b as char).collect(),
            JsStr::Utf16(s) => String::from_utf16_lossy(s),
        }
    }
}

/// A [`JsStr`] that owns its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedStr {
    Latin1(Vec<u8>),
    Utf16(Vec<u16>),
}

impl OwnedStr {
    pub fn as_js_str(&self) -> JsStr<'_> {
        match self {
            OwnedStr::Latin1(s) => JsStr::Latin1(s),
            OwnedStr::Utf16(s) => JsStr::Utf16(s),
        }
    }
}

macro_rules! known_names {
    ($($id:ident = $text:expr;)*) => {
        /// Names that every parse has, at fixed places.
        #[allow(non_upper_case_globals)]
        pub mod known {
            use crate::ast::Name;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[repr(u32)]
            enum Index { $($id,)* Count }
            $(pub const $id: Name = Name(Index::$id as u32);)*
            /// Number of known names.
            pub const COUNT: u32 = Index::Count as u32;
            pub(crate) const TEXTS: [&str; COUNT as usize] = [$($text,)*];
        }
    };
}

// Reserved words first, then those of strict mode only, then contextual ones: the lexer and parser
// compare against the borders LAST_RESERVED and LAST_STRICT.
known_names! {
    Break = "break"; Case = "case"; Catch = "catch"; Class = "class"; Const = "const";
    Continue = "continue"; Debugger = "debugger"; Default = "default"; Delete = "delete"; Do = "do";
    Else = "else"; Enum = "enum"; Export = "export"; Extends = "extends"; False = "false";
    Finally = "finally"; For = "for"; Function = "function"; If = "if"; Import = "import"; In = "in";
    Instanceof = "instanceof"; New = "new"; Null = "null"; Return = "return"; Super = "super";
    Switch = "switch"; This = "this"; Throw = "throw"; True = "true"; Try = "try"; Typeof = "typeof";
    Var = "var"; Void = "void"; While = "while"; With = "with";
    Implements = "implements"; Interface = "interface"; Let = "let"; Package = "package";
    Private = "private"; Protected = "protected"; Public = "public"; Static = "static"; Yield = "yield";
    Await = "await"; Async = "async"; Of = "of"; Get = "get"; Set = "set"; As = "as"; From = "from";
    Eval = "eval"; Arguments = "arguments"; Target = "target"; Meta = "meta"; Using = "using";
    Defer = "defer"; Source = "source"; Accessor = "accessor"; Constructor = "constructor";
    Prototype = "prototype"; Proto = "__proto__"; Undefined = "undefined";
    Empty = ""; UseStrict = "use strict"; Name_ = "name"; Length = "length"; Anonymous = "anonymous";
    Type = "type";
    // Names no identifier can have, for implicit bindings.
    NewTarget = "new.target"; HomeObject = "*home*"; Callee = "*callee*"; StarDefault = "*default*";
    WithObject = "*with*"; EvalVars = "*evalvars*"; Synthetic = "*synthetic*";
    PrivateConstructor = "#constructor";
}

/// Last word that is reserved everywhere.
pub(crate) const LAST_RESERVED: u32 = known::With.0;
/// Last word that is reserved in strict mode.
pub(crate) const LAST_STRICT: u32 = known::Yield.0;

/// All interned strings of a parse, by [`Name`].
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    strings: &'a [JsStr<'a>],
}

impl<'a> Names<'a> {
    pub(crate) fn new(strings: &'a [JsStr<'a>]) -> Names<'a> {
        Names { strings }
    }
    /// The string of `name`; empty for a name of another parse.
    pub fn get(&self, name: Name) -> JsStr<'a> {
        self.strings.get(name.0 as usize).copied().unwrap_or(JsStr::Latin1(b""))
    }
    /// Number of names: valid ones are `0..len`.
    pub fn len(&self) -> usize {
        self.strings.len()
    }
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }
}

/// Where a known name is found: by its length and the ends of it.
const fn known_slot(bytes: &[u8]) -> usize {
    match bytes {
        [] => 0,
        [a, .., z] | [a @ z] => (bytes.len() * 37 + *a as usize * 5 + *z as usize * 113) % KNOWN_SLOTS,
    }
}
const KNOWN_SLOTS: usize = 512;
/// Known names by their slots, those of one slot in the slots behind it; [`NO_NAME`] is free.
static KNOWN: [u8; KNOWN_SLOTS] = {
    let mut slots = [NO_NAME; KNOWN_SLOTS];
    let mut i = 0;
    while i < known::TEXTS.len() {
        let mut at = known_slot(known::TEXTS[i].as_bytes());
        while slots[at] != NO_NAME {
            at = (at + 1) % KNOWN_SLOTS;
        }
        slots[at] = i as u8;
        i += 1;
    }
    slots
};
const NO_NAME: u8 = 255;
const _: () = assert!(known::COUNT < NO_NAME as u32);

#[inline]
fn find_known(bytes: &[u8]) -> Option<Name> {
    let mut at = known_slot(bytes);
    while KNOWN[at] != NO_NAME {
        let i = KNOWN[at];
        if known::TEXTS[i as usize].as_bytes() == bytes {
            return Some(Name(u32::from(i)));
        }
        at = (at + 1) % KNOWN_SLOTS;
    }
    None
}

/// The table behind [`Names`], while it grows. Known names are not in it: there are many more of them than a small script has
/// of its own.
pub(crate) struct Interner<'a> {
    pub(crate) strings: Vec<JsStr<'a>>,
    /// Of the strings behind the known ones.
    hashes: Vec<u32>,
    table: HashTable<u32>,
    seed: u64,
}

const K: u64 = 0x9E37_79B9_7F4A_7C15;

impl<'a> Interner<'a> {
    /// For a text of `length` bytes.
    pub(crate) fn new(seed: u64, length: usize) -> Interner<'a> {
        let names = (length / 16).clamp(16, 512);
        let mut strings = Vec::with_capacity(known::TEXTS.len() + names);
        strings.extend(known::TEXTS.iter().map(|t| JsStr::Latin1(t.as_bytes())));
        Interner {
            strings,
            hashes: Vec::with_capacity(names),
            table: HashTable::with_capacity(names),
            seed: seed ^ 0x5151_7EA5_0FF1_CE00,
        }
    }

    /// Bytes of heap in use, roughly.
    pub(crate) fn memory(&self) -> usize {
        self.strings.capacity() * 16 + self.hashes.capacity() * 4 + self.table.capacity() * 5
    }

    #[inline]
    fn mix(h: u64, v: u64) -> u64 {
        let m = u128::from(h ^ v) * u128::from(K);
        (m as u64) ^ ((m >> 64) as u64)
    }

    #[inline]
    fn hash_latin1(&self, bytes: &[u8]) -> u32 {
        let mut h = self.seed ^ (bytes.len() as u64).wrapping_mul(K);
        let mut chunks = bytes.chunks_exact(8);
        for c in &mut chunks {
            let mut w = [0u8; 8];
            w.copy_from_slice(c);
            h = Self::mix(h, u64::from_le_bytes(w));
        }
        let rest = chunks.remainder();
        let mut v = 0u64;
        for &b in rest {
            v = v << 8 | u64::from(b);
        }
        let h = Self::mix(h, v ^ self.seed.rotate_left(17));
        (h ^ (h >> 32)) as u32
    }

    fn hash_utf16(&self, units: &[u16]) -> u32 {
        let mut h = self.seed ^ 0xABCD_1234;
        for c in units.chunks(4) {
            let mut v = 0u64;
            for &u in c {
                v = v << 16 | u64::from(u);
            }
            h = Self::mix(h, v);
        }
        (h ^ (h >> 32)) as u32
    }

    fn insert(&mut self, hash: u32, s: JsStr<'a>) -> R<Name> {
        let id = self.strings.len() as u32;
        let oom = |_| out_of_memory();
        if self.strings.len() == self.strings.capacity() {
            self.strings.try_reserve(self.strings.len()).map_err(oom)?;
        }
        if self.hashes.len() == self.hashes.capacity() {
            self.hashes.try_reserve(self.hashes.len()).map_err(oom)?;
        }
        let hashes = &self.hashes;
        let rehash = |&i: &u32| u64::from(hashes[(i - known::COUNT) as usize]).wrapping_mul(K);
        if self.table.try_reserve(1, rehash).is_err() {
            return Err(out_of_memory());
        }
        self.table.insert_unique(u64::from(hash).wrapping_mul(K), id, rehash);
        self.strings.push(s);
        self.hashes.push(hash);
        Ok(Name(id))
    }

    /// Interns Latin-1 text that already lives long enough.
    #[inline]
    pub(crate) fn latin1(&mut self, bytes: &'a [u8]) -> R<Name> {
        if let Some(n) = find_known(bytes) {
            return Ok(n);
        }
        let hash = self.hash_latin1(bytes);
        if let Some(n) = self.find_latin1(hash, bytes) {
            return Ok(n);
        }
        self.insert(hash, JsStr::Latin1(bytes))
    }

    #[inline]
    fn find_latin1(&self, hash: u32, bytes: &[u8]) -> Option<Name> {
        let (strings, hashes) = (&self.strings, &self.hashes);
        self.table
            .find(u64::from(hash).wrapping_mul(K), |&i| {
                hashes[(i - known::COUNT) as usize] == hash
                    && matches!(strings[i as usize], JsStr::Latin1(s) if s == bytes)
            })
            .map(|&i| Name(i))
    }

    /// Interns Latin-1 text, copying it into the arena if it is new.
    pub(crate) fn latin1_copy(&mut self, arena: &'a Bump, bytes: &[u8]) -> R<Name> {
        if let Some(n) = find_known(bytes) {
            return Ok(n);
        }
        let hash = self.hash_latin1(bytes);
        if let Some(n) = self.find_latin1(hash, bytes) {
            return Ok(n);
        }
        let copy = arena.try_alloc_slice_copy(bytes).map_err(|_| out_of_memory())?;
        self.insert(hash, JsStr::Latin1(copy))
    }

    /// Interns code units, as Latin-1 if they fit.
    pub(crate) fn utf16_copy(&mut self, arena: &'a Bump, units: &[u16]) -> R<Name> {
        if units.iter().all(|&u| u < 256) {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(units.len()).map_err(|_| out_of_memory())?;
            bytes.extend(units.iter().map(|&u| u as u8));
            return self.latin1_copy(arena, &bytes);
        }
        let hash = self.hash_utf16(units);
        let (strings, hashes) = (&self.strings, &self.hashes);
        let found = self.table.find(u64::from(hash).wrapping_mul(K), |&i| {
            hashes[(i - known::COUNT) as usize] == hash
                && matches!(strings[i as usize], JsStr::Utf16(s) if s == units)
        });
        if let Some(&i) = found {
            return Ok(Name(i));
        }
        let copy = arena.try_alloc_slice_copy(units).map_err(|_| out_of_memory())?;
        self.insert(hash, JsStr::Utf16(copy))
    }

    /// Interns a string of either kind.
    pub(crate) fn js_str(&mut self, arena: &'a Bump, s: JsStr<'_>) -> R<Name> {
        match s {
            JsStr::Latin1(b) => self.latin1_copy(arena, b),
            JsStr::Utf16(u) => self.utf16_copy(arena, u),
        }
    }

    pub(crate) fn get(&self, name: Name) -> JsStr<'a> {
        self.strings.get(name.0 as usize).copied().unwrap_or(JsStr::Latin1(b""))
    }
}
