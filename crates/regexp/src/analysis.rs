//! What can stand next: for every node the first code units of what it matches.

use crate::CompileError;
use crate::ast::{INFINITE, Node, NodeId, Tree};
use crate::budget::Budget;
use crate::charset::CharSet;
use crate::program::Literal;

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
        let common = (self.high && other.high) || (self.end && other.end);
        let open = self.pass || other.pass;
        !common && !open && (0..4).all(|i| self.bits[i] & other.bits[i] == 0)
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

/// How many terms [`required_text`] looks at.
const TEXT_WINDOW: usize = 64;

/// A Latin-1 text that every match contains, the longest of those near the beginning: where, and
/// its bytes (none if there is no such text).
pub(crate) fn required_text(tree: &Tree, infos: &[Info]) -> (Literal, Vec<u8>) {
    let mut best = (Literal::NONE, Vec::new());
    let mut run: Vec<u8> = Vec::new();
    // Units before the run; and before what comes next.
    let (mut run_min, mut run_max) = (0u32, 0u32);
    let (mut min, mut max) = (0u32, 0u32);
    let mut pending: Vec<NodeId> = vec![tree.root];
    let mut seen = 0;
    loop {
        let id = pending.pop();
        seen += 1;
        let node = id.map(|id| tree.nodes[id as usize]);
        match node {
            Some(Node::Group { body, .. }) if seen < TEXT_WINDOW => {
                pending.push(body);
                continue;
            }
            Some(Node::Seq { first, len }) if seen < TEXT_WINDOW => {
                let kids = tree.kids(first, len);
                if kids.len() <= TEXT_WINDOW {
                    pending.extend(kids.iter().rev());
                    continue;
                }
                // Only its beginning; nothing that comes later is looked at.
                pending.clear();
                pending.extend(kids[..TEXT_WINDOW].iter().rev());
                continue;
            }
            Some(Node::Char(c)) if c < 0x100 && run.len() < 255 => {
                if run.is_empty() {
                    (run_min, run_max) = (min, max);
                }
                run.push(c as u8);
                min = min.saturating_add(1);
                max = max.saturating_add(1);
                continue;
            }
            // They have no width, so what is around them stays together.
            Some(Node::WordBoundary { .. } | Node::Look { .. } | Node::Empty) => continue,
            _ => {}
        }
        let old: &(Literal, Vec<u8>) = &best;
        let bounded = |max: u32| max <= 1000;
        let better = (bounded(run_max), run.len()) > (bounded(old.0.max), old.1.len());
        if !run.is_empty() && (old.1.is_empty() || better) {
            let rare = (0..run.len()).min_by_key(|&i| commonness(run[i])).unwrap_or(0) as u32;
            let max = if bounded(run_max) { run_max } else { u32::MAX };
            best = (Literal { rare, min: run_min, max, ..Literal::NONE }, core::mem::take(&mut run));
        }
        run.clear();
        let Some(id) = id.filter(|_| seen < TEXT_WINDOW) else { return best };
        min = min.saturating_add(infos[id as usize].min);
        max = max.saturating_add(infos[id as usize].max);
    }
}

/// A rough rank of how often a byte occurs in source code and prose.
fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' => 9,
        b'r' | b's' | b'l' | b'h' | b'd' | b'c' | b'u' => 8,
        b'a'..=b'z' => 6,
        b'.' | b',' | b'(' | b')' | b'=' | b';' | b'"' | b'/' | b'\n' | b'0' | b'1' => 5,
        b'0'..=b'9' | b'_' | b'-' | b':' => 4,
        b'A'..=b'Z' | b'\'' | b'{' | b'}' | b'[' | b']' => 3,
        _ => 1,
    }
}
