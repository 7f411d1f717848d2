//! What can stand next: for every node the first code units of what it matches.

use crate::CompileError;
use crate::ast::{INFINITE, Node, NodeId, Tree};
use crate::budget::Budget;
use crate::charset::CharSet;

/// An upper bound of what may follow at some place of a pattern: code units below 0x100 one by
/// one, all others together, and the end of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct First {
    pub bits: [u64; 4],
    /// A code unit of 0x100 or above.
    pub high: bool,
    /// The end of the subject.
    pub end: bool,
    /// The node may match without looking at what is next; then what follows the node counts too.
    pub pass: bool,
}

impl First {
    pub const NONE: First = First { bits: [0; 4], high: false, end: false, pass: false };
    pub const PASS: First = First { bits: [0; 4], high: false, end: false, pass: true };
    pub const ALL: First = First { bits: [u64::MAX; 4], high: true, end: true, pass: false };

    pub fn of_char(c: u32) -> First {
        let mut first = First::NONE;
        first.add(c);
        first
    }

    fn add(&mut self, c: u32) {
        if c < 0x100 { self.bits[(c >> 6) as usize] |= 1 << (c & 63) } else { self.high = true }
    }

    pub fn of_set(set: &CharSet) -> First {
        let mut first = First::NONE;
        for &(lo, hi) in set.ranges() {
            (lo..=hi.min(0xFF)).for_each(|c| first.add(c));
            first.high |= hi >= 0x100;
        }
        first
    }

    /// Either this or that.
    pub fn or(self, other: &First) -> First {
        First {
            bits: core::array::from_fn(|i| self.bits[i] | other.bits[i]),
            high: self.high || other.high,
            end: self.end || other.end,
            pass: self.pass || other.pass,
        }
    }

    /// This, then `next`.
    pub fn then(self, next: &First) -> First {
        if self.pass { First { pass: next.pass, ..self.or(next) } } else { self }
    }

    pub fn disjoint(&self, other: &First) -> bool {
        (0..4).all(|i| self.bits[i] & other.bits[i] == 0)
            && !(self.high && other.high)
            && !(self.end && other.end)
            && !self.pass
            && !other.pass
    }

    /// Says nothing.
    pub fn is_all(&self) -> bool {
        self.pass || (self.bits == First::ALL.bits && self.high && self.end)
    }
}

/// What is known of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info {
    pub first: First,
    /// Least and greatest number of code units matched (saturating).
    pub min: u32,
    pub max: u32,
}

/// [`Info`] for each node. Children stand before their parents, so one pass is enough.
pub(crate) fn analyze(tree: &Tree, unicode: bool, budget: &mut Budget) -> Result<Vec<Info>, CompileError> {
    let mut infos: Vec<Info> = Vec::new();
    budget.reserve(&mut infos, tree.nodes.len())?;
    for node in &tree.nodes {
        let info = info_of(tree, node, unicode, &infos);
        infos.push(info);
    }
    Ok(infos)
}

fn info_of(tree: &Tree, node: &Node, unicode: bool, infos: &[Info]) -> Info {
    let of = |id: NodeId| infos[id as usize];
    let zero = |first| Info { first, min: 0, max: 0 };
    match *node {
        Node::Empty => zero(First::PASS),
        Node::Char(c) => {
            let len = 1 + (c > 0xFFFF) as u32;
            Info { first: First::of_char(c), min: len, max: len }
        }
        Node::Fold(c) => Info { first: First::of_char(c).or(&First::of_char(c & !0x20)), min: 1, max: 1 },
        Node::Set(id) => {
            let set = &tree.sets[id as usize];
            let wide = unicode && set.ranges().last().is_some_and(|r| r.1 > 0xFFFF);
            Info { first: First::of_set(set), min: 1, max: 1 + wide as u32 }
        }
        Node::Seq { first, len } => {
            let mut out = zero(First::PASS);
            for &kid in tree.kids(first, len) {
                let kid = of(kid);
                out.first = out.first.then(&kid.first);
                out.min = out.min.saturating_add(kid.min);
                out.max = out.max.saturating_add(kid.max);
            }
            out
        }
        Node::Alt { first, len } => {
            let mut out = Info { first: First::NONE, min: u32::MAX, max: 0 };
            for &kid in tree.kids(first, len) {
                let kid = of(kid);
                out.first = out.first.or(&kid.first);
                out.min = out.min.min(kid.min);
                out.max = out.max.max(kid.max);
            }
            out
        }
        Node::Group { body, .. } => of(body),
        Node::BackRef { .. } | Node::NamedRef { .. } => {
            Info { first: First { pass: true, ..First::ALL }, min: 0, max: u32::MAX }
        }
        Node::Look { .. } | Node::LineStart { .. } | Node::WordBoundary { .. } => zero(First::PASS),
        Node::LineEnd { multiline } => {
            let end = First { end: true, ..First::NONE };
            let breaks = First::of_char(0x0A).or(&First::of_char(0x0D)).or(&First::of_char(0x2028));
            zero(if multiline { end.or(&breaks) } else { end })
        }
        Node::Repeat { body, info } => {
            let repeat = tree.repeats[info as usize];
            let body = of(body);
            if repeat.max == 0 {
                return zero(First::PASS);
            }
            let mut first = body.first;
            first.pass |= repeat.min == 0;
            let max = if body.max == 0 {
                0
            } else if repeat.max == INFINITE {
                u32::MAX
            } else {
                body.max.saturating_mul(repeat.max)
            };
            Info { first, min: body.min.saturating_mul(repeat.min), max }
        }
    }
}

/// What a match may begin with at any index but 0: alternatives that insist on `^` are left out.
/// The flag says whether such alternatives were met.
pub(crate) fn first_inside(tree: &Tree, infos: &[Info], id: NodeId, depth: u32) -> (First, bool) {
    let known = infos[id as usize].first;
    if depth > 50 {
        return (known, true);
    }
    match tree.nodes[id as usize] {
        Node::LineStart { multiline: false } => (First::NONE, true),
        Node::Group { body, .. } => first_inside(tree, infos, body, depth + 1),
        Node::Seq { first, len } => {
            let mut out = First::PASS;
            let mut anchored = false;
            for &kid in tree.kids(first, len) {
                let (kid, met) = first_inside(tree, infos, kid, depth + 1);
                anchored |= met;
                out = out.then(&kid);
                if !out.pass {
                    break;
                }
            }
            (out, anchored)
        }
        Node::Alt { first, len } => {
            let mut out = First::NONE;
            let mut anchored = false;
            for &kid in tree.kids(first, len) {
                let (kid, met) = first_inside(tree, infos, kid, depth + 1);
                anchored |= met;
                out = out.or(&kid);
            }
            (out, anchored)
        }
        _ => (known, false),
    }
}
