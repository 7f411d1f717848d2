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
        /// Names that every parse has from the start, at fixed places.
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

/// The longest known name.
const LONGEST: usize = 13;

/// Where a known name would be in [`INDEX`], if it is not in one of the places after that.
#[inline]
const fn place(bytes: &[u8]) -> usize {
    let n = bytes.len();
    if n == 0 {
        return 0;
    }
    (bytes[0] as usize * 7 + bytes[n - 1] as usize * 29 + bytes[n / 2] as usize * 3 + n * 13) % INDEX.len()
}
/// Known names by [`place`], one more than their number; 0 for none. It has twice the room.
static INDEX: [u8; 256] = index();
const fn index() -> [u8; 256] {
    let mut index = [0; 256];
    let mut i = 0;
    while i < known::TEXTS.len() {
        let mut at = place(known::TEXTS[i].as_bytes());
        assert!(known::TEXTS[i].len() <= LONGEST);
        while index[at] != 0 {
            at = (at + 1) % index.len();
        }
        index[at] = i as u8 + 1;
        i += 1;
    }
    index
}
/// The known name that these bytes spell.
#[inline]
fn find_known(bytes: &[u8]) -> Option<Name> {
    if bytes.len() > LONGEST {
        return None;
    }
    let mut at = place(bytes);
    loop {
        let i = INDEX[at].checked_sub(1)?;
        if known::TEXTS[i as usize].as_bytes() == bytes {
            return Some(Name(u32::from(i)));
        }
        at = (at + 1) % INDEX.len();
    }
}

/// All strings of a parse, by [`Name`].
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Those after the known ones.
    strings: &'a [JsStr<'a>],
}

/// The string of a name; empty for a name of another parse.
#[inline]
fn text_of<'a>(strings: &[JsStr<'a>], name: Name) -> JsStr<'a> {
    match known::TEXTS.get(name.0 as usize) {
        Some(text) => JsStr::Latin1(text.as_bytes()),
        None => strings.get((name.0 - known::COUNT) as usize).copied().unwrap_or(JsStr::Latin1(b"")),
    }
}

impl<'a> Names<'a> {
    pub(crate) fn new(strings: &'a [JsStr<'a>]) -> Names<'a> {
        Names { strings }
    }
    /// The string of `name`; empty for a name of another parse.
    pub fn get(&self, name: Name) -> JsStr<'a> {
        text_of(self.strings, name)
    }
    /// Number of names: valid ones are `0..len`.
    pub fn len(&self) -> usize {
        known::TEXTS.len() + self.strings.len()
    }
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// The table behind [`Names`], while it grows; without the known names.
pub(crate) struct Interner<'a> {
    pub(crate) strings: Vec<JsStr<'a>>,
    hashes: Vec<u32>,
    table: HashTable<u32>,
    seed: u64,
}

const K: u64 = 0x9E37_79B9_7F4A_7C15;

impl<'a> Interner<'a> {
    pub(crate) fn new(seed: u64) -> Interner<'a> {
        Interner {
            strings: Vec::new(),
            hashes: Vec::new(),
            table: HashTable::new(),
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
            let more = self.strings.len().max(28);
            self.strings.try_reserve(more).map_err(oom)?;
            self.hashes.try_reserve(more).map_err(oom)?;
        }
        let hashes = &self.hashes;
        let rehash = |&i: &u32| u64::from(hashes[i as usize]).wrapping_mul(K);
        let more = if self.table.is_empty() { 28 } else { 1 };
        if self.table.try_reserve(more, rehash).is_err() {
            return Err(out_of_memory());
        }
        self.table.insert_unique(u64::from(hash).wrapping_mul(K), id, rehash);
        self.strings.push(s);
        self.hashes.push(hash);
        Ok(Name(known::COUNT + id))
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
                hashes[i as usize] == hash && matches!(strings[i as usize], JsStr::Latin1(s) if s == bytes)
            })
            .map(|&i| Name(known::COUNT + i))
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
            hashes[i as usize] == hash && matches!(strings[i as usize], JsStr::Utf16(s) if s == units)
        });
        if let Some(&i) = found {
            return Ok(Name(known::COUNT + i));
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
        text_of(&self.strings, name)
    }
}
