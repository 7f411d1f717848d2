//! Pattern text to tree: the grammar of 22.2.1 with Annex B.1.2, and its early errors (22.2.1.1).

use std::collections::HashMap;

use crate::ast::{INFINITE, NamedGroup, Node, NodeId, RepeatInfo, Tree};
use crate::budget::Budget;
use crate::charset::{CharSet, MAX_CODE_POINT};
use crate::unicode::{self, Folding};
use crate::{CompileError, Flags, Text};

pub(crate) const SPACE: &[(u32, u32)] = &[
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
pub(crate) const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
pub(crate) const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
pub(crate) const LINE_TERMINATOR: &[(u32, u32)] = &[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];

/// Parses a pattern.
pub(crate) fn parse(pattern: Text<'_>, flags: Flags, budget: &mut Budget) -> Result<Tree, CompileError> {
    let mut parser = Parser {
        text: pattern,
        pos: 0,
        unicode: flags.either_unicode(),
        sets_mode: flags.unicode_sets(),
        ignore_case: flags.ignore_case(),
        multiline: flags.multiline(),
        dot_all: flags.dot_all(),
        behind: false,
        has_names: false,
        total_groups: 1,
        next_group: 1,
        tree: Tree::default(),
        work: Vec::new(),
        name_index: HashMap::new(),
        active: Vec::new(),
        log: Vec::new(),
        references: Vec::new(),
        word_set: [None; 2],
        budget,
    };
    parser.count_groups()?;
    let root = parser.disjunction()?;
    if let Some(c) = parser.peek() {
        return Err(parser.error(if c == ')' as u32 { "Unmatched ')'" } else { "Unexpected character" }));
    }
    // What was ever active is active again when the outermost disjunction is over.
    for &(name, at) in &parser.references {
        if !parser.active[name as usize] {
            return Err(parser.error_at("Invalid named capture referenced", at));
        }
    }
    let Parser { mut tree, work, log, budget, total_groups, .. } = parser;
    budget.free(work);
    budget.free(log);
    tree.root = root;
    tree.group_count = total_groups;
    Ok(tree)
}

pub(crate) struct Parser<'a, 'b> {
    pub(crate) text: Text<'a>,
    /// Code unit index.
    pub(crate) pos: usize,
    /// `u` or `v`.
    pub(crate) unicode: bool,
    /// `v`.
    pub(crate) sets_mode: bool,
    pub(crate) ignore_case: bool,
    multiline: bool,
    dot_all: bool,
    /// Inside a lookbehind, nearest enclosing lookaround.
    pub(crate) behind: bool,
    /// The grammar parameter NamedCaptureGroups.
    pub(crate) has_names: bool,
    total_groups: u32,
    next_group: u32,
    pub(crate) tree: Tree,
    /// Terms and alternatives not yet put into a node; a stack.
    pub(crate) work: Vec<NodeId>,
    name_index: HashMap<Vec<u16>, u32>,
    /// By name: a group so named may take part in a match together with what comes next.
    active: Vec<bool>,
    /// Names in the order they became active.
    log: Vec<u32>,
    /// `\k<name>`: name and position.
    references: Vec<(u32, usize)>,
    /// Sets of word characters: plain, and for `i` with `u`/`v`.
    word_set: [Option<u32>; 2],
    pub(crate) budget: &'b mut Budget,
}

type Parse<T> = Result<T, CompileError>;

impl Parser<'_, '_> {
    // ----- Text -----

    pub(crate) fn error(&self, message: &'static str) -> CompileError {
        self.error_at(message, self.pos)
    }

    pub(crate) fn error_at(&self, message: &'static str, offset: usize) -> CompileError {
        CompileError::Syntax { message: message.into(), offset }
    }

    /// The code unit at `pos + ahead`.
    #[inline]
    pub(crate) fn unit(&self, ahead: usize) -> Option<u32> {
        self.text.unit(self.pos + ahead)
    }

    /// The next character: a code point under `u`/`v`, else a code unit.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u32> {
        let c = self.unit(0)?;
        if self.unicode { Some(self.joined(c)) } else { Some(c) }
    }

    /// `lead` with the trail surrogate after it, if it is the lead of a pair.
    fn joined(&self, lead: u32) -> u32 {
        if lead & 0xFC00 == 0xD800
            && let Some(trail) = self.unit(1)
            && trail & 0xFC00 == 0xDC00
        {
            return 0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF);
        }
        lead
    }

    pub(crate) fn next(&mut self) -> Option<u32> {
        let c = self.peek()?;
        self.pos += 1 + (c > 0xFFFF) as usize;
        Some(c)
    }

    pub(crate) fn is(&self, c: char) -> bool {
        self.unit(0) == Some(c as u32)
    }

    pub(crate) fn eat(&mut self, c: char) -> bool {
        let found = self.is(c);
        self.pos += found as usize;
        found
    }

    pub(crate) fn eat_str(&mut self, s: &str) -> bool {
        let found = s.bytes().enumerate().all(|(i, b)| self.unit(i) == Some(b as u32));
        if found {
            self.pos += s.len();
        }
        found
    }

    // ----- Tree -----

    pub(crate) fn node(&mut self, node: Node) -> Parse<NodeId> {
        let id = self.tree.nodes.len() as u32;
        self.budget.push(&mut self.tree.nodes, node)?;
        Ok(id)
    }

    /// A sequence (or alternation) of what stands on `work` from `mark` on.
    pub(crate) fn collect(&mut self, mark: usize, alternation: bool) -> Parse<NodeId> {
        let len = self.work.len() - mark;
        match len {
            0 => return self.node(Node::Empty),
            1 => return Ok(self.work.pop().unwrap_or(0)),
            _ => {}
        }
        let first = self.tree.kids.len() as u32;
        self.budget.reserve(&mut self.tree.kids, len)?;
        self.tree.kids.extend_from_slice(&self.work[mark..]);
        self.work.truncate(mark);
        let len = len as u32;
        self.node(if alternation { Node::Alt { first, len } } else { Node::Seq { first, len } })
    }

    pub(crate) fn folding(&self) -> Folding {
        if self.unicode { Folding::Simple } else { Folding::Legacy }
    }

    /// The greatest character.
    pub(crate) fn max_char(&self) -> u32 {
        if self.unicode { MAX_CODE_POINT } else { 0xFFFF }
    }

    /// Matches `c` under the flags of here.
    pub(crate) fn char_node(&mut self, c: u32) -> Parse<NodeId> {
        if self.ignore_case {
            let variants = unicode::case_variants(c, self.folding());
            match variants.as_slice() {
                [_] => {}
                &[a, b] if b < 0x100 && a ^ b == 0x20 => return self.node(Node::Fold(b)),
                all => {
                    let mut set = CharSet::new();
                    all.iter().for_each(|&c| set.add_char(c));
                    set.normalize();
                    return self.raw_set_node(set);
                }
            }
        }
        if self.unicode && c & !0x7FF == 0xD800 {
            return self.raw_set_node(CharSet::from_char(c));
        }
        self.node(Node::Char(c))
    }

    /// Matches a member of `set` under the flags of here.
    pub(crate) fn set_node(&mut self, mut set: CharSet) -> Parse<NodeId> {
        set.normalize();
        if self.ignore_case {
            set = unicode::close_over_case(&set, self.folding());
        }
        self.raw_set_node(set)
    }

    /// Matches exactly the members of a normalized set.
    pub(crate) fn raw_set_node(&mut self, set: CharSet) -> Parse<NodeId> {
        if let Some(c) = set.single()
            && !(self.unicode && c & !0x7FF == 0xD800)
        {
            return self.node(Node::Char(c));
        }
        let id = self.add_set(set)?;
        self.node(Node::Set(id))
    }

    fn add_set(&mut self, set: CharSet) -> Parse<u32> {
        // The same set often stands in a pattern again and again.
        let recent = self.tree.sets.len().saturating_sub(16);
        if let Some(i) = self.tree.sets[recent..].iter().position(|s| *s == set) {
            return Ok((recent + i) as u32);
        }
        self.budget.charge(set.byte_size())?;
        let id = self.tree.sets.len() as u32;
        self.budget.push(&mut self.tree.sets, set)?;
        Ok(id)
    }

    /// WordCharacters (22.2.2.9.4).
    pub(crate) fn word_characters(&self) -> CharSet {
        let mut set = CharSet::from_ranges(WORD);
        if self.unicode && self.ignore_case {
            set.add_char(0x17F);
            set.add_char(0x212A);
            set.normalize();
        }
        set
    }

    fn word_boundary(&mut self, negative: bool) -> Parse<NodeId> {
        let which = (self.unicode && self.ignore_case) as usize;
        let words = match self.word_set[which] {
            Some(id) => id,
            None => {
                let set = self.word_characters();
                let id = self.add_set(set)?;
                self.word_set[which] = Some(id);
                id
            }
        };
        self.node(Node::WordBoundary { negative, words })
    }

    // ----- Before parsing: how many groups, and is one named -----

    fn count_groups(&mut self) -> Parse<()> {
        let mut depth = 0usize;
        let mut i = 0;
        let unit = |i: usize| self.text.unit(i);
        let is = |i: usize, c: char| unit(i) == Some(c as u32);
        let mut groups = 1u32;
        while let Some(c) = unit(i) {
            match char::from_u32(c) {
                Some('\\') => i += 1,
                Some('[') if depth == 0 || self.sets_mode => depth += 1,
                Some(']') => depth = depth.saturating_sub(1),
                Some('(') if depth == 0 => {
                    if !is(i + 1, '?') {
                        groups += 1;
                    } else if is(i + 2, '<') && !is(i + 3, '=') && !is(i + 3, '!') {
                        groups += 1;
                        self.has_names = true;
                    }
                }
                _ => {}
            }
            i += 1;
        }
        self.has_names |= self.unicode;
        if groups > crate::program::MAX_GROUPS {
            return Err(self.error_at("Too many captures", 0));
        }
        self.total_groups = groups;
        Ok(())
    }

    // ----- Disjunction, Alternative, Term -----

    fn disjunction(&mut self) -> Parse<NodeId> {
        self.budget.check_stack()?;
        let mark = self.work.len();
        let start = self.log.len();
        // Names of earlier alternatives: log[start..alternative].
        let mut alternative = start;
        loop {
            let node = self.alternative()?;
            self.budget.push(&mut self.work, node)?;
            if !self.eat('|') {
                break;
            }
            for i in alternative..self.log.len() {
                self.active[self.log[i] as usize] = false;
            }
            alternative = self.log.len();
        }
        if alternative != start {
            for i in start..self.log.len() {
                self.active[self.log[i] as usize] = true;
            }
        }
        self.merge_sets(mark)?;
        self.collect(mark, true)
    }

    /// Alternatives that each match one character are one set.
    fn merge_sets(&mut self, mark: usize) -> Parse<()> {
        let single = |n: &Node| matches!(n, Node::Char(_) | Node::Fold(_) | Node::Set(_));
        if self.work.len() - mark < 2
            || !self.work[mark..].iter().all(|&id| single(&self.tree.nodes[id as usize]))
        {
            return Ok(());
        }
        let mut set = CharSet::new();
        for i in mark..self.work.len() {
            match self.tree.nodes[self.work[i] as usize] {
                Node::Char(c) => {
                    set.reserve(1, self.budget)?;
                    set.add_char(c)
                }
                Node::Fold(c) => {
                    set.reserve(2, self.budget)?;
                    set.add_char(c);
                    set.add_char(c & !0x20);
                }
                Node::Set(id) => {
                    let other = &self.tree.sets[id as usize];
                    set.reserve(other.len(), self.budget)?;
                    set.add_set(other);
                }
                _ => {}
            }
        }
        set.normalize();
        self.work.truncate(mark);
        let node = self.raw_set_node(set)?;
        self.budget.push(&mut self.work, node)
    }

    fn alternative(&mut self) -> Parse<NodeId> {
        let mark = self.work.len();
        while let Some(c) = self.peek() {
            if c == '|' as u32 || c == ')' as u32 {
                break;
            }
            self.term(c)?;
        }
        self.collect(mark, false)
    }

    /// Parses one term and puts it on `work`.
    fn term(&mut self, c: u32) -> Parse<()> {
        let groups_before = self.next_group;
        let start = self.pos;
        let mut quantifiable = true;
        let node = match char::from_u32(c).unwrap_or('\u{FFFD}') {
            '^' => {
                self.pos += 1;
                quantifiable = false;
                self.node(Node::LineStart { multiline: self.multiline })?
            }
            '$' => {
                self.pos += 1;
                quantifiable = false;
                self.node(Node::LineEnd { multiline: self.multiline })?
            }
            '(' => self.group(&mut quantifiable)?,
            '.' => {
                self.pos += 1;
                let none = CharSet::new();
                let stops = if self.dot_all { none } else { CharSet::from_ranges(LINE_TERMINATOR) };
                let set = stops.complement(self.max_char());
                self.raw_set_node(set)?
            }
            '[' => self.class()?,
            '\\' => self.atom_escape(&mut quantifiable)?,
            '*' | '+' | '?' => return Err(self.error("Nothing to repeat")),
            '{' => {
                if self.unicode || self.braces()?.is_some() {
                    return Err(self.error_at("Nothing to repeat", start));
                }
                self.pos += 1;
                self.char_node(c)?
            }
            ']' | '}' if self.unicode => return Err(self.error("Lone quantifier brackets")),
            _ => {
                self.next();
                self.char_node(c)?
            }
        };
        let node = self.quantifier(node, quantifiable, groups_before)?;
        self.budget.push(&mut self.work, node)
    }

    /// `{n}`, `{n,}` or `{n,m}`, if one stands here.
    fn braces(&mut self) -> Parse<Option<(u32, u32)>> {
        let start = self.pos;
        if !self.eat('{') {
            return Ok(None);
        }
        let bounds = (|| {
            let min = self.decimal()?;
            let max = if !self.eat(',') {
                Some(min.clone())
            } else if self.is('}') {
                None
            } else {
                Some(self.decimal()?)
            };
            self.eat('}').then_some((min, max))
        })();
        match bounds {
            None => {
                self.pos = start;
                Ok(None)
            }
            Some((min, Some(max))) if max < min => {
                Err(self.error_at("Numbers out of order in quantifier", start))
            }
            // A count past u32 is out of reach of any string; only their order counts.
            Some((min, max)) => Ok(Some((min.value.min(INFINITE - 1), max.map_or(INFINITE, |n| n.value)))),
        }
    }

    fn decimal(&mut self) -> Option<Count> {
        let start = self.pos;
        while self.unit(0).is_some_and(is_digit) {
            self.pos += 1;
        }
        if self.pos == start {
            return None;
        }
        let mut first = start;
        while first + 1 < self.pos && self.text.unit(first) == Some('0' as u32) {
            first += 1;
        }
        let mut value = 0u32;
        let mut digits = Vec::new();
        let len = self.pos - first;
        for i in first..self.pos {
            let d = self.text.unit(i).unwrap_or(0).wrapping_sub('0' as u32);
            value = value.saturating_mul(10).saturating_add(d);
        }
        if value == u32::MAX && digits.try_reserve(len).is_ok() {
            digits.extend((first..self.pos).map(|i| self.text.unit(i).unwrap_or(0) as u8));
        }
        Some(Count { value, digits })
    }

    fn quantifier(&mut self, body: NodeId, quantifiable: bool, groups_before: u32) -> Parse<NodeId> {
        let start = self.pos;
        let (min, max) = match self.unit(0).and_then(char::from_u32) {
            Some('*') => (0, INFINITE),
            Some('+') => (1, INFINITE),
            Some('?') => (0, 1),
            Some('{') => match self.braces()? {
                Some(bounds) => bounds,
                None if self.unicode => return Err(self.error("Incomplete quantifier")),
                None => return Ok(body),
            },
            _ => return Ok(body),
        };
        if !quantifiable {
            return Err(self.error_at("Nothing to repeat", start));
        }
        if self.pos == start {
            self.pos += 1;
        }
        let greedy = !self.eat('?');
        let info = self.tree.repeats.len() as u32;
        let (first_group, end_group) = (groups_before, self.next_group);
        self.budget.push(&mut self.tree.repeats, RepeatInfo { min, max, greedy, first_group, end_group })?;
        self.node(Node::Repeat { body, info })
    }

    // ----- Groups -----

    fn group(&mut self, quantifiable: &mut bool) -> Parse<NodeId> {
        let open = self.pos;
        self.pos += 1;
        if !self.eat('?') {
            return self.capturing_group(open);
        }
        let look = match (self.unit(0).and_then(char::from_u32), self.unit(1).and_then(char::from_u32)) {
            (Some('='), _) => Some((1, false, false)),
            (Some('!'), _) => Some((1, false, true)),
            (Some('<'), Some('=')) => Some((2, true, false)),
            (Some('<'), Some('!')) => Some((2, true, true)),
            _ => None,
        };
        if let Some((len, behind, negative)) = look {
            self.pos += len;
            let outer = core::mem::replace(&mut self.behind, behind);
            let body = self.disjunction()?;
            self.behind = outer;
            self.close(open)?;
            *quantifiable = !self.unicode && !behind;
            return self.node(Node::Look { behind, negative, body });
        }
        if self.eat('<') {
            let name = self.group_name()?;
            let name = self.intern(name)?;
            if core::mem::replace(&mut self.active[name as usize], true) {
                return Err(self.error("Duplicate capture group name"));
            }
            self.budget.push(&mut self.log, name)?;
            let group = self.next_group;
            self.budget.push(&mut self.tree.named_groups, NamedGroup { name, group })?;
            return self.capturing_group(open);
        }
        let outer = (self.ignore_case, self.multiline, self.dot_all);
        self.modifiers()?;
        let body = self.disjunction()?;
        (self.ignore_case, self.multiline, self.dot_all) = outer;
        self.close(open)?;
        Ok(body)
    }

    fn close(&mut self, open: usize) -> Parse<()> {
        if self.eat(')') { Ok(()) } else { Err(self.error_at("Unterminated group", open)) }
    }

    fn capturing_group(&mut self, open: usize) -> Parse<NodeId> {
        let index = self.next_group;
        self.next_group += 1;
        let body = self.disjunction()?;
        self.close(open)?;
        self.node(Node::Group { index, body })
    }

    /// `ims-ims:` after `(?`; a plain `(?:` too.
    fn modifiers(&mut self) -> Parse<()> {
        let start = self.pos;
        // Index 0: added, 1: removed; bits i, m, s.
        let mut seen = [0u8; 2];
        let mut side = 0;
        loop {
            let bit = match self.unit(0).and_then(char::from_u32) {
                Some('i') => 1,
                Some('m') => 2,
                Some('s') => 4,
                Some('-') if side == 0 => {
                    side = 1;
                    self.pos += 1;
                    continue;
                }
                Some(':') => break,
                _ => return Err(self.error("Invalid group")),
            };
            if (seen[0] | seen[1]) & bit != 0 {
                return Err(self.error("Repeated flag in modifiers"));
            }
            seen[side] |= bit;
            self.pos += 1;
        }
        if side == 1 && seen == [0, 0] {
            return Err(self.error_at("Invalid flag group", start));
        }
        self.pos += 1;
        let flag = |old: bool, bit: u8| (old || seen[0] & bit != 0) && seen[1] & bit == 0;
        self.ignore_case = flag(self.ignore_case, 1);
        self.multiline = flag(self.multiline, 2);
        self.dot_all = flag(self.dot_all, 4);
        Ok(())
    }

    /// The rest of a GroupName, after `<`.
    fn group_name(&mut self) -> Parse<Vec<u16>> {
        let mut name: Vec<u16> = Vec::new();
        loop {
            let start = self.pos;
            let Some(unit) = self.unit(0) else { return Err(self.error("Invalid capture group name")) };
            let mut c = self.joined(unit);
            self.pos += 1 + (c > 0xFFFF) as usize;
            if c == '>' as u32 && !name.is_empty() {
                return Ok(name);
            }
            if c == '\\' as u32 {
                let escape = if self.eat('u') { self.unicode_escape(true) } else { None };
                c = escape.ok_or_else(|| self.error_at("Invalid Unicode escape", start))?;
            }
            let fine = if name.is_empty() {
                unicode::is_identifier_start(c)
            } else {
                unicode::is_identifier_part(c)
            };
            if !fine {
                return Err(self.error_at("Invalid capture group name", start));
            }
            self.budget.reserve(&mut name, 2)?;
            let mut buffer = [0; 2];
            if let Some(ch) = char::from_u32(c) {
                name.extend_from_slice(ch.encode_utf16(&mut buffer));
            }
        }
    }

    fn intern(&mut self, name: Vec<u16>) -> Parse<u32> {
        if let Some(&id) = self.name_index.get(&name) {
            return Ok(id);
        }
        let id = self.tree.names.len() as u32;
        self.budget.charge(name.len() * 2 + 64)?;
        self.name_index.try_reserve(1).map_err(|_| CompileError::OutOfMemory)?;
        self.name_index.insert(name.clone(), id);
        self.budget.push(&mut self.tree.names, name)?;
        self.budget.push(&mut self.active, false)?;
        Ok(id)
    }

    // ----- Escapes -----

    /// `\` and what follows, outside classes.
    fn atom_escape(&mut self, quantifiable: &mut bool) -> Parse<NodeId> {
        let start = self.pos;
        let Some(c) = self.unit(1) else { return Err(self.error("\\ at end of pattern")) };
        match char::from_u32(c).unwrap_or('\u{FFFD}') {
            ch @ ('b' | 'B') => {
                self.pos += 2;
                *quantifiable = false;
                return self.word_boundary(ch == 'B');
            }
            '1'..='9' => {
                self.pos += 1;
                let value = self.decimal().map_or(u32::MAX, |n| n.value);
                if value < self.total_groups {
                    return self.node(Node::BackRef { index: value, ignore_case: self.ignore_case });
                }
                if self.unicode {
                    return Err(self.error_at("Invalid escape", start));
                }
                // Annex B: not a reference, so an octal escape or the digit itself.
                self.pos = start;
            }
            'k' if self.has_names => {
                self.pos += 2;
                if !self.eat('<') {
                    return Err(self.error_at("Invalid named reference", start));
                }
                let name = self.group_name()?;
                let name = self.intern(name)?;
                self.budget.push(&mut self.references, (name, start))?;
                return self.node(Node::NamedRef { name, ignore_case: self.ignore_case });
            }
            _ => {}
        }
        self.pos += 1;
        if let Some(set) = self.class_escape()? {
            if self.sets_mode {
                return self.class_set_node(set);
            }
            return self.set_node(set.chars);
        }
        let c = self.character_escape(start)?;
        self.char_node(c)
    }

    /// CharacterEscape, after `\`; `start` is where the backslash stands.
    pub(crate) fn character_escape(&mut self, start: usize) -> Parse<u32> {
        let Some(c) = self.peek() else { return Err(self.error_at("\\ at end of pattern", start)) };
        let invalid = |p: &Self| Err(p.error_at("Invalid escape", start));
        let first = self.pos;
        self.next();
        Ok(match char::from_u32(c).unwrap_or('\u{FFFD}') {
            't' => 0x09,
            'n' => 0x0A,
            'v' => 0x0B,
            'f' => 0x0C,
            'r' => 0x0D,
            'c' => match self.unit(0) {
                Some(letter) if is_letter(letter) => {
                    self.pos += 1;
                    letter % 32
                }
                _ if self.unicode => return invalid(self),
                // Annex B: the backslash stands for itself.
                _ => {
                    self.pos = first;
                    '\\' as u32
                }
            },
            '0' if !self.unit(0).is_some_and(is_digit) => 0,
            '0'..='7' if !self.unicode => {
                // LegacyOctalEscapeSequence: up to 0o377.
                let mut value = c - '0' as u32;
                for _ in 0..2 {
                    match self.unit(0) {
                        Some(d) if (0x30..0x38).contains(&d) && value * 8 + (d - 0x30) <= 0xFF => {
                            value = value * 8 + (d - 0x30);
                            self.pos += 1;
                        }
                        _ => break,
                    }
                }
                value
            }
            '0'..='9' if self.unicode => return invalid(self),
            'x' => match (self.unit(0).and_then(hex), self.unit(1).and_then(hex)) {
                (Some(a), Some(b)) => {
                    self.pos += 2;
                    a * 16 + b
                }
                _ if self.unicode => return invalid(self),
                _ => c,
            },
            'u' => match self.unicode_escape(self.unicode) {
                Some(value) => value,
                None if self.unicode => return Err(self.error_at("Invalid Unicode escape", start)),
                None => c,
            },
            'k' if self.has_names => return invalid(self),
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => c,
            _ if self.unicode => return invalid(self),
            _ => c,
        })
    }

    /// RegExpUnicodeEscapeSequence after `\u`, or None with nothing consumed.
    fn unicode_escape(&mut self, unicode: bool) -> Option<u32> {
        let four = |p: &Self, at: usize| {
            let mut value = 0;
            for i in 0..4 {
                value = value * 16 + p.unit(at + i).and_then(hex)?;
            }
            Some(value)
        };
        if unicode && self.is('{') {
            let start = self.pos;
            self.pos += 1;
            let mut value = 0u32;
            let mut digits = 0;
            while let Some(d) = self.unit(0).and_then(hex) {
                value = (value * 16 + d).min(MAX_CODE_POINT + 1);
                digits += 1;
                self.pos += 1;
            }
            if digits > 0 && value <= MAX_CODE_POINT && self.eat('}') {
                return Some(value);
            }
            self.pos = start;
            return None;
        }
        let lead = four(self, 0)?;
        if unicode
            && lead & 0xFC00 == 0xD800
            && self.unit(4) == Some('\\' as u32)
            && self.unit(5) == Some('u' as u32)
            && let Some(trail) = four(self, 6)
            && trail & 0xFC00 == 0xDC00
        {
            self.pos += 10;
            return Some(0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF));
        }
        self.pos += 4;
        Some(lead)
    }
}

/// A decimal count of any length.
#[derive(Clone, PartialEq, Eq)]
struct Count {
    /// Saturating.
    value: u32,
    /// The digits, when `value` is saturated.
    digits: Vec<u8>,
}

impl PartialOrd for Count {
    fn partial_cmp(&self, other: &Count) -> Option<core::cmp::Ordering> {
        let key = |c: &Count| (c.value, c.digits.len());
        Some(key(self).cmp(&key(other)).then_with(|| self.digits.cmp(&other.digits)))
    }
}

pub(crate) fn is_digit(c: u32) -> bool {
    (0x30..=0x39).contains(&c)
}

pub(crate) fn is_letter(c: u32) -> bool {
    matches!(c, 0x41..=0x5A | 0x61..=0x7A)
}

pub(crate) fn hex(c: u32) -> Option<u32> {
    char::from_u32(c)?.to_digit(16)
}
