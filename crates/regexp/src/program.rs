//! A compiled pattern: instructions and the tables they point into. Plain data throughout.

use crate::Flags;

/// Greatest number of capturing groups, group 0 included.
pub(crate) const MAX_GROUPS: u32 = 1 << 16;

/// "No set": every character and the end of the subject pass.
pub(crate) const NO_SET: u32 = u32::MAX;

/// One step. What the fields mean is said at each [`Op`]; `pc + 1` is the next instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inst {
    pub op: Op,
    pub a: u8,
    pub b: u32,
    pub c: u32,
    pub d: u32,
}

/// Bits of [`Inst::a`] for branches and loops: at the end of the subject, this side may pass.
pub(crate) const END_B: u8 = 1;
pub(crate) const END_D: u8 = 2;
/// Bit of [`Inst::a`]: reads code points, not code units.
pub(crate) const POINTS: u8 = 4;
/// Bit of [`Inst::a`]: compares under Canonicalize.
pub(crate) const IGNORE_CASE: u8 = 8;
/// Bit of [`Inst::a`]: moves backward.
pub(crate) const BACK: u8 = 16;
/// Bit of [`Inst::a`]: prefers fewer iterations.
pub(crate) const LAZY: u8 = 32;

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// The match ends here.
    Match,
    /// unit == b
    Char,
    /// unit | 0x20 == b
    Fold,
    /// text8[b..b+c] is next
    Text8,
    /// text16[b..b+c] is next
    Text16,
    /// text8[b..b+c] is next, once text8[b+c..b+2c] is or-ed to it
    TextFold,
    /// unit ∈ sets[b]
    Set,
    /// code point ∈ sets[b]
    SetPoint,
    /// unit before == b; move back
    CharBack,
    /// unit or code point before ∈ sets[b]; move back (POINTS)
    SetBack,
    /// pc = c
    Jump,
    /// prefer pc + 1, else c; each only if the next unit ∈ sets[b], sets[d] (END_B, END_D)
    Split,
    /// prefer c, else pc + 1; each only if the next unit ∈ sets[b], sets[d]
    SplitJump,
    /// if the next unit ∉ sets[b]: pc = c (END_B)
    Branch,
    /// if the next character < b: pc = c; fails at the end (POINTS)
    BranchLess,
    /// registers[b] = position
    Save,
    /// registers[b..c] = undefined
    Clear,
    /// registers[b] = c
    SetRegister,
    /// Head of a counted loop, counter b, loops[d]; exit at c (LAZY)
    LoopHead,
    /// End of its body: count, and back to the head at c; loops[d]
    LoopEnd,
    /// if position == registers[b]: backtrack
    CheckProgress,
    /// As many characters ∈ sets[b] as loops[d] allows, then fewer as long as the character after
    /// them ∈ sets[c] (END_D: or is the end; POINTS)
    Greedy,
    /// As many characters ∈ sets[b] as loops[d] allows, once and for all (POINTS)
    Possessive,
    /// As few, then more
    Lazy,
    /// Like Greedy or Lazy, moving back, without looking at what is next (POINTS, LAZY)
    LoopBack,
    /// ^
    LineStart,
    LineStartMulti,
    /// $
    LineEnd,
    LineEndMulti,
    /// \b with word characters sets[b]
    WordBoundary,
    NotWordBoundary,
    /// The text of group b again (IGNORE_CASE, BACK, POINTS)
    BackRef,
    /// The text of the group among lists[b..b+c] that has one
    BackRefOneOf,
    /// Lookaround: registers[b] = height of the backtrack stack, registers[d] = position
    Look,
    /// Its body matched: drop its choices, back to the position
    LookEnd,
    /// Negative lookaround; goes on at c when its body fails
    LookNot,
    /// Its body matched: backtrack to before it
    LookNotEnd,
}

/// A set of characters: bitmap up to U+00FF, boundaries above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetData {
    pub bits: [u64; 4],
    /// `ranges[from..to]`: sorted boundaries; a character is in when an odd number of them is not
    /// above it.
    pub from: u32,
    pub to: u32,
}

/// Bounds of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoopData {
    pub min: u32,
    pub max: u32,
    /// The register that holds where an iteration began; `u32::MAX` if none is needed.
    pub progress: u32,
}

/// How the search for the beginning of a match may skip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    pub kind: SearchKind,
    pub bytes: [u8; 3],
    /// For [`SearchKind::Set`].
    pub set: u32,
    /// A match may begin at the end of the subject.
    pub at_end: bool,
    /// A match may begin at index 0, whatever stands there.
    pub at_start: bool,
    pub literal: Literal,
}

/// A text that every match contains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal {
    /// `text8[from..from+len]`; there is none if `len` is 0.
    pub from: u32,
    pub len: u32,
    /// Index of its byte that is the least common in what people write.
    pub rare: u32,
    /// Least and greatest number of units before it in a match; `u32::MAX` for no bound.
    pub min: u32,
    pub max: u32,
}

impl Literal {
    pub const NONE: Literal = Literal { from: 0, len: 0, rare: 0, min: 0, max: 0 };
}

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchKind {
    /// Every position has to be tried.
    Everywhere,
    /// No position but 0 (and the end).
    Nowhere,
    One,
    Two,
    Three,
    Set,
}

/// A compiled regular expression.
#[derive(Debug)]
pub struct Program {
    pub(crate) flags: Flags,
    pub(crate) capture_count: u32,
    /// Captures and what loops and lookarounds keep.
    pub(crate) register_count: u32,
    pub(crate) search: Search,
    pub(crate) code: Vec<Inst>,
    pub(crate) sets: Vec<SetData>,
    pub(crate) ranges: Vec<u32>,
    pub(crate) loops: Vec<LoopData>,
    pub(crate) text8: Vec<u8>,
    pub(crate) text16: Vec<u16>,
    pub(crate) lists: Vec<u32>,
    /// Start and length in `name_units`, and the group.
    pub(crate) names: Vec<[u32; 3]>,
    pub(crate) name_units: Vec<u16>,
}

impl Program {
    /// The flags it was compiled with.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// Number of capturing groups, group 0 included.
    pub fn capture_count(&self) -> usize {
        self.capture_count as usize
    }

    /// Name (UTF-16) and index of each named group, in pattern order; a name that several
    /// alternatives share comes once for each.
    pub fn group_names(&self) -> impl Iterator<Item = (&[u16], usize)> {
        self.names.iter().map(|&[start, len, group]| {
            (&self.name_units[start as usize..(start + len) as usize], group as usize)
        })
    }

    /// Bytes held, `self` included.
    pub fn byte_size(&self) -> usize {
        fn of<T>(v: &Vec<T>) -> usize {
            v.capacity() * core::mem::size_of::<T>()
        }
        core::mem::size_of::<Program>()
            + of(&self.code)
            + of(&self.sets)
            + of(&self.ranges)
            + of(&self.loops)
            + of(&self.text8)
            + of(&self.text16)
            + of(&self.lists)
            + of(&self.names)
            + of(&self.name_units)
    }
}
