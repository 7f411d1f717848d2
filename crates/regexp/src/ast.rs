//! The tree of a parsed pattern. Flags are already worked in: a node says what it matches, not
//! under which flags it was written.

use crate::charset::CharSet;

/// Index into [`Tree::nodes`]. A node's children stand before it.
pub(crate) type NodeId = u32;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Matches the empty string.
    Empty,
    /// One character: a code unit, or a code point that is no surrogate under `u`/`v`.
    Char(u32),
    /// A character below 0x100 that has bit 5 set, or the same without bit 5.
    Fold(u32),
    /// A member of `sets[_]`.
    Set(u32),
    /// `kids[first..first+len]`, one after the other.
    Seq { first: u32, len: u32 },
    /// `kids[first..first+len]`, in order of preference.
    Alt { first: u32, len: u32 },
    /// A capturing group.
    Group { index: u32, body: NodeId },
    /// `\n`: what group `index` captured.
    BackRef { index: u32, ignore_case: bool },
    /// `\k<name>`: what a group with that name captured.
    NamedRef { name: u32, ignore_case: bool },
    /// `(?=`, `(?!`, `(?<=`, `(?<!`.
    Look { behind: bool, negative: bool, body: NodeId },
    /// `^`
    LineStart { multiline: bool },
    /// `$`
    LineEnd { multiline: bool },
    /// `\b`, `\B`, with `sets[words]` as the word characters.
    WordBoundary { negative: bool, words: u32 },
    /// A quantifier: `repeats[info]`.
    Repeat { body: NodeId, info: u32 },
}

/// No upper bound.
pub(crate) const INFINITE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) struct RepeatInfo {
    pub min: u32,
    /// [`INFINITE`] for none.
    pub max: u32,
    pub greedy: bool,
    /// Capturing groups inside: first index, and one past the last.
    pub first_group: u32,
    pub end_group: u32,
}

/// A capturing group that has a name.
#[derive(Clone, Debug)]
pub(crate) struct NamedGroup {
    /// Which of [`Tree::names`].
    pub name: u32,
    pub group: u32,
}

#[derive(Default)]
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
    pub kids: Vec<NodeId>,
    pub sets: Vec<CharSet>,
    pub repeats: Vec<RepeatInfo>,
    /// Names of groups, in UTF-16.
    pub names: Vec<Vec<u16>>,
    /// In pattern order.
    pub named_groups: Vec<NamedGroup>,
    pub root: NodeId,
    /// Group 0 included.
    pub group_count: u32,
}

impl Tree {
    pub fn kids(&self, first: u32, len: u32) -> &[NodeId] {
        &self.kids[first as usize..(first + len) as usize]
    }
}
