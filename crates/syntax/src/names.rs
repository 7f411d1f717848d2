//! Strings of one parse, each kept once.

use crate::ast::Name;
use crate::error::{R, out_of_memory};
use bumpalo::Bump;

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
    /// Those behind the known ones.
    own: &'a [JsStr<'a>],
}

impl<'a> Names<'a> {
    pub(crate) fn new(own: &'a [JsStr<'a>]) -> Names<'a> {
        Names { own }
    }
    /// The string of `name`; empty for a name of another parse.
    pub fn get(&self, name: Name) -> JsStr<'a> {
        text_of(name, self.own)
    }
    /// Number of names: valid ones are `0..len`.
    pub fn len(&self) -> usize {
        known::TEXTS.len() + self.own.len()
    }
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// The string of a name, of a parse that has these of its own.
#[inline]
fn text_of<'a>(name: Name, own: &[JsStr<'a>]) -> JsStr<'a> {
    let i = name.0 as usize;
    match known::TEXTS.get(i) {
        Some(t) => JsStr::Latin1(t.as_bytes()),
        None => own.get(i - known::TEXTS.len()).copied().unwrap_or(JsStr::Latin1(b"")),
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

/// Bytes of a text that [`Word`] has in itself.
const INLINE: usize = 16;

/// A Latin-1 text, being looked up: its first bytes, zeros after them.
#[derive(Clone, Copy)]
struct Word<'t> {
    text: &'t [u8],
    head: [u64; 2],
}

impl<'t> Word<'t> {
    fn new(text: &'t [u8]) -> Word<'t> {
        let mut head = [0; INLINE];
        let n = text.len().min(INLINE);
        head[..n].copy_from_slice(&text[..n]);
        Word { text, head: halves(u128::from_le_bytes(head)) }
    }
    /// The text from `start` to `end` of a source.
    #[inline]
    fn of_source(src: &'t [u8], start: usize, end: usize) -> Word<'t> {
        let text = &src[start..end];
        match src[start..].first_chunk::<INLINE>() {
            Some(head) => {
                let unused = INLINE.saturating_sub(text.len()) as u32 * 8;
                let mask = if unused == 128 { 0 } else { u128::MAX >> unused };
                Word { text, head: halves(u128::from_le_bytes(*head) & mask) }
            }
            None => Word::new(text),
        }
    }
    #[inline]
    fn is_short(&self) -> bool {
        self.text.len() <= INLINE
    }
}

const fn halves(w: u128) -> [u64; 2] {
    [w as u64, (w >> 64) as u64]
}

/// The heads of the known names that are short, by number; of longer ones none.
static KNOWN_HEADS: [Option<[u64; 2]>; known::COUNT as usize] = {
    let mut heads = [None; known::COUNT as usize];
    let mut i = 0;
    while i < heads.len() {
        let text = known::TEXTS[i].as_bytes();
        if text.len() <= INLINE {
            let (mut w, mut at) = (0u128, 0);
            while at < text.len() {
                w |= (text[at] as u128) << (8 * at);
                at += 1;
            }
            heads[i] = Some(halves(w));
        }
        i += 1;
    }
    heads
};

#[inline]
fn find_known(word: &Word<'_>) -> Option<Name> {
    let mut at = known_slot(word.text);
    while KNOWN[at] != NO_NAME {
        let i = KNOWN[at] as usize;
        // (A known name holds no NUL, so that the same head is the same text.)
        if KNOWN_HEADS[i] == Some(word.head) && word.is_short() && known::TEXTS[i].len() == word.text.len() {
            return Some(Name(i as u32));
        }
        at = (at + 1) % KNOWN_SLOTS;
    }
    None
}

/// A place of the table.
#[derive(Clone, Copy)]
struct Slot {
    /// Of Latin-1 text: as in [`Word`].
    head: [u64; 2],
    hash: u32,
    /// Of Latin-1 text: its length; WIDE: UTF-16.
    len: u32,
    /// The name; 0: the place is free. (That one is known.)
    id: u32,
}
const FREE: Slot = Slot { head: [0; 2], hash: 0, len: 0, id: 0 };
const WIDE: u32 = u32::MAX;
const _: () = assert!(known::COUNT > 0);

/// The table behind [`Names`], while it grows: open addressing, and short texts in it, so that most look-ups touch one
/// place. Known names are not in it: there are many more of them than a small script has of its own.
pub(crate) struct Interner<'a> {
    /// Of the names behind the known ones.
    pub(crate) own: Vec<JsStr<'a>>,
    /// A power of two.
    slots: Vec<Slot>,
    seed: u64,
}

const K: u64 = 0x9E37_79B9_7F4A_7C15;

impl<'a> Interner<'a> {
    /// For a text of `length` bytes.
    pub(crate) fn new(seed: u64, length: usize) -> Interner<'a> {
        let names = (length / 16).clamp(16, 512);
        Interner {
            own: Vec::with_capacity(names),
            slots: vec![FREE; (names * 2).next_power_of_two()],
            seed: seed ^ 0x5151_7EA5_0FF1_CE00,
        }
    }

    /// Bytes of heap in use, roughly.
    pub(crate) fn memory(&self) -> usize {
        self.own.capacity() * size_of::<JsStr>() + self.slots.capacity() * size_of::<Slot>()
    }

    #[inline]
    fn mix(h: u64, v: u64) -> u64 {
        let m = u128::from(h ^ v) * u128::from(K);
        (m as u64) ^ ((m >> 64) as u64)
    }

    #[inline]
    fn hash_latin1(&self, word: &Word<'_>) -> u32 {
        let [a, b] = word.head;
        let mut h = Self::mix(self.seed ^ (word.text.len() as u64).wrapping_mul(K), a);
        h = Self::mix(h, b ^ self.seed.rotate_left(17));
        if !word.is_short() {
            let (chunks, rest) = word.text[INLINE..].as_chunks::<8>();
            for c in chunks {
                h = Self::mix(h, u64::from_le_bytes(*c));
            }
            h = Self::mix(h, rest.iter().fold(0, |v, &b| v << 8 | u64::from(b)));
        }
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

    /// The name that `matches` says it is, among those of this hash.
    #[inline]
    fn find(&self, hash: u32, matches: impl Fn(&Slot, &JsStr<'a>) -> bool) -> Option<Name> {
        let mask = self.slots.len() - 1;
        let mut i = hash as usize & mask;
        loop {
            let slot = &self.slots[i];
            if slot.id == 0 {
                return None;
            }
            if slot.hash == hash && matches(slot, &self.own[slot.id as usize - known::TEXTS.len()]) {
                return Some(Name(slot.id));
            }
            i = (i + 1) & mask;
        }
    }

    fn insert(&mut self, slot: Slot, s: JsStr<'a>) -> R<Name> {
        let id = (known::TEXTS.len() + self.own.len()) as u32;
        if self.own.len() == self.own.capacity() {
            self.own.try_reserve(self.own.len()).map_err(|_| out_of_memory())?;
        }
        if (self.own.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow()?;
        }
        Self::put(&mut self.slots, Slot { id, ..slot });
        self.own.push(s);
        Ok(Name(id))
    }

    fn put(slots: &mut [Slot], slot: Slot) {
        let mask = slots.len() - 1;
        let mut i = slot.hash as usize & mask;
        while slots[i].id != 0 {
            i = (i + 1) & mask;
        }
        slots[i] = slot;
    }

    #[cold]
    fn grow(&mut self) -> R<()> {
        let n = self.slots.len() * 2;
        let mut slots = Vec::new();
        slots.try_reserve_exact(n).map_err(|_| out_of_memory())?;
        slots.resize(n, FREE);
        self.slots.iter().filter(|s| s.id != 0).for_each(|&s| Self::put(&mut slots, s));
        self.slots = slots;
        Ok(())
    }

    /// Interns Latin-1 text that already lives long enough.
    pub(crate) fn latin1(&mut self, bytes: &'a [u8]) -> R<Name> {
        self.word(Word::new(bytes), Ok)
    }

    /// Interns a part of the source.
    #[inline]
    pub(crate) fn source(&mut self, src: &'a [u8], start: usize, end: usize) -> R<Name> {
        self.word(Word::of_source(src, start, end), Ok)
    }

    /// Interns Latin-1 text, copying it into the arena if it is new.
    pub(crate) fn latin1_copy(&mut self, arena: &'a Bump, bytes: &[u8]) -> R<Name> {
        self.word(Word::new(bytes), |bytes| {
            Ok(arena.try_alloc_slice_copy(bytes).map_err(|_| out_of_memory())?)
        })
    }

    #[inline]
    fn word<'t>(&mut self, word: Word<'t>, keep: impl FnOnce(&'t [u8]) -> R<&'a [u8]>) -> R<Name> {
        if let Some(n) = find_known(&word) {
            return Ok(n);
        }
        let hash = self.hash_latin1(&word);
        let len = word.text.len() as u32;
        let found = self.find(hash, |slot, s| {
            slot.head == word.head
                && slot.len == len
                && (word.is_short() || matches!(s, JsStr::Latin1(s) if *s == word.text))
        });
        if let Some(n) = found {
            return Ok(n);
        }
        let kept = keep(word.text)?;
        self.insert(Slot { head: word.head, hash, len, id: 0 }, JsStr::Latin1(kept))
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
        let found =
            self.find(hash, |slot, s| slot.len == WIDE && matches!(s, JsStr::Utf16(s) if *s == units));
        if let Some(n) = found {
            return Ok(n);
        }
        let copy = arena.try_alloc_slice_copy(units).map_err(|_| out_of_memory())?;
        self.insert(Slot { head: [0; 2], hash, len: WIDE, id: 0 }, JsStr::Utf16(copy))
    }

    /// Interns a string of either kind.
    pub(crate) fn js_str(&mut self, arena: &'a Bump, s: JsStr<'_>) -> R<Name> {
        match s {
            JsStr::Latin1(b) => self.latin1_copy(arena, b),
            JsStr::Utf16(u) => self.utf16_copy(arena, u),
        }
    }

    pub(crate) fn get(&self, name: Name) -> JsStr<'a> {
        text_of(name, &self.own)
    }
}
