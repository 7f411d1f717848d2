//! Character classes: `[…]` in its legacy, `u` and `v` forms, `\d` and its kin, `\p{…}`.

use crate::ast::{Node, NodeId};
use crate::charset::{CharSet, ClassSet};
use crate::parser::{DIGIT, Parser, SPACE, is_digit};
use crate::unicode::{self, Folding};
use crate::{CompileError, emoji};

type Parse<T> = Result<T, CompileError>;

/// ClassAtom, or an operand of a `v` class.
enum Atom {
    Char(u32),
    /// The flag is MayContainStrings (22.2.1.6).
    Set(ClassSet, bool),
}

impl Parser<'_, '_> {
    /// `[…]`; the bracket is next.
    pub(crate) fn class(&mut self) -> Parse<NodeId> {
        if self.sets_mode {
            let (set, _) = self.nested_class()?;
            return self.class_set_node(set);
        }
        let open = self.pos;
        self.pos += 1;
        let negated = self.eat('^');
        let mut set = CharSet::new();
        loop {
            if self.eat(']') {
                break;
            }
            let start = self.pos;
            let low = self.class_atom(open)?;
            let is_range = self.is('-') && self.unit(1).is_some_and(|c| c != ']' as u32);
            if !is_range {
                self.add_atom(&mut set, low)?;
                continue;
            }
            self.pos += 1;
            let high = self.class_atom(open)?;
            match (low, high) {
                (Atom::Char(lo), Atom::Char(hi)) => {
                    if lo > hi {
                        return Err(self.error_at("Range out of order in character class", start));
                    }
                    set.reserve(1, self.budget)?;
                    set.add(lo, hi);
                }
                _ if self.unicode => return Err(self.error_at("Invalid character class", start)),
                (low, high) => {
                    self.add_atom(&mut set, low)?;
                    self.add_atom(&mut set, high)?;
                    self.add_atom(&mut set, Atom::Char('-' as u32))?;
                }
            }
        }
        set.normalize();
        if self.ignore_case {
            set = unicode::close_over_case(&set, self.folding());
        }
        if negated {
            set = set.complement(self.max_char());
        }
        self.raw_set_node(set)
    }

    fn add_atom(&mut self, set: &mut CharSet, atom: Atom) -> Parse<()> {
        match atom {
            Atom::Char(c) => {
                set.reserve(1, self.budget)?;
                set.add_char(c);
            }
            Atom::Set(other, _) => {
                set.reserve(other.chars.len(), self.budget)?;
                set.add_set(&other.chars);
            }
        }
        Ok(())
    }

    /// ClassAtom of a class that is not a `v` class.
    fn class_atom(&mut self, open: usize) -> Parse<Atom> {
        let start = self.pos;
        let Some(c) = self.next() else {
            return Err(self.error_at("Unterminated character class", open));
        };
        if c != '\\' as u32 {
            return Ok(Atom::Char(c));
        }
        match self.unit(0).and_then(char::from_u32) {
            Some('b') => {
                self.pos += 1;
                return Ok(Atom::Char(8));
            }
            Some('-') if self.unicode => {
                self.pos += 1;
                return Ok(Atom::Char('-' as u32));
            }
            Some('c') if !self.unicode => {
                // Annex B: a ClassControlLetter may be a digit or an underscore.
                if let Some(letter) = self.unit(1)
                    && (is_digit(letter) || letter == '_' as u32)
                {
                    self.pos += 2;
                    return Ok(Atom::Char(letter % 32));
                }
            }
            _ => {}
        }
        if let Some(set) = self.class_escape()? {
            return Ok(Atom::Set(set, false));
        }
        self.character_escape(start).map(Atom::Char)
    }

    // ----- Class escapes -----

    /// CharacterClassEscape after `\`, or None with nothing consumed. The strings of a property
    /// of strings come folded under `v` and `i`, and so do characters (22.2.2.9).
    pub(crate) fn class_escape(&mut self) -> Parse<Option<ClassSet>> {
        let Some(c) = self.unit(0).and_then(char::from_u32) else { return Ok(None) };
        let chars = match c {
            'd' | 'D' => CharSet::from_ranges(DIGIT),
            's' | 'S' => CharSet::from_ranges(SPACE),
            'w' | 'W' => self.word_characters(),
            'p' | 'P' if self.unicode => return self.property(c == 'P').map(Some),
            _ => return Ok(None),
        };
        self.pos += 1;
        let mut chars = self.fold_in_v(chars);
        if c.is_ascii_uppercase() {
            chars = self.character_complement(&chars);
        }
        Ok(Some(ClassSet::from_chars(chars)))
    }

    /// MaybeSimpleCaseFolding.
    fn fold_in_v(&self, set: CharSet) -> CharSet {
        if self.sets_mode && self.ignore_case { unicode::fold_set(&set) } else { set }
    }

    /// CharacterComplement.
    fn character_complement(&self, set: &CharSet) -> CharSet {
        if self.sets_mode && self.ignore_case {
            unicode::all_folded().subtract(set)
        } else {
            set.complement(self.max_char())
        }
    }

    /// `p{…}` or `P{…}`, the letter next.
    fn property(&mut self, negated: bool) -> Parse<ClassSet> {
        let start = self.pos - 1;
        let invalid = |p: &Self| p.error_at("Invalid property name", start);
        self.pos += 1;
        if !self.eat('{') {
            return Err(invalid(self));
        }
        let name = self.property_word();
        let value = if self.eat('=') { Some(self.property_word()) } else { None };
        if !self.eat('}') {
            return Err(invalid(self));
        }
        let mut set = match &value {
            Some(value) => unicode::property_with_value(&name, value).map(ClassSet::from_chars),
            None => match unicode::lone_property(&name) {
                Some(chars) => Some(ClassSet::from_chars(chars)),
                None if self.sets_mode && !negated => emoji::string_property(&name),
                None => None,
            },
        }
        .ok_or_else(|| invalid(self))?;
        set.normalize();
        self.budget.charge(set.strings.len() * 48)?;
        set.chars = self.fold_in_v(set.chars);
        if self.ignore_case {
            set.strings
                .iter_mut()
                .for_each(|s| s.iter_mut().for_each(|c| *c = unicode::canonicalize(*c, Folding::Simple)));
            set.normalize();
        }
        if negated {
            set.chars = self.character_complement(&set.chars);
        }
        Ok(set)
    }

    /// Letters, digits and underscores; no name of a property is longer than 64.
    fn property_word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.unit(0).and_then(char::from_u32)
            && (c.is_ascii_alphanumeric() || c == '_')
            && word.len() < 64
        {
            word.push(c);
            self.pos += 1;
        }
        word
    }

    // ----- `v` classes -----

    /// `[…]` under `v`, and whether it may contain strings; the bracket is next.
    fn nested_class(&mut self) -> Parse<(ClassSet, bool)> {
        self.budget.check_stack()?;
        let open = self.pos;
        self.pos += 1;
        let negated = self.eat('^');
        let mut set = ClassSet::default();
        let mut strings = false;
        let mut first = true;
        while !self.eat(']') {
            let start = self.pos;
            let operand = self.operand(open)?;
            if core::mem::take(&mut first) && (self.at_operator("&&") || self.at_operator("--")) {
                (set, strings) = self.operand_set(operand)?;
                self.set_operation(&mut set, &mut strings, open)?;
                break;
            }
            match operand {
                Atom::Char(lo) if self.is('-') && !self.at_operator("--") => {
                    self.pos += 1;
                    let Atom::Char(hi) = self.operand(open)? else {
                        return Err(self.error_at("Invalid character class", start));
                    };
                    if lo > hi {
                        return Err(self.error_at("Range out of order in character class", start));
                    }
                    let mut range = CharSet::new();
                    range.add(lo, hi);
                    let range = self.fold_in_v(range);
                    set.chars.reserve(range.len(), self.budget)?;
                    set.chars.add_set(&range);
                }
                operand => {
                    let (other, may) = self.operand_set(operand)?;
                    strings |= may;
                    set.union(other, self.budget)?;
                }
            }
            if self.at_operator("&&") || self.at_operator("--") {
                return Err(self.error("Invalid set operation in character class"));
            }
        }
        set.normalize();
        if negated {
            if strings {
                return Err(self.error_at("Negated character class may contain strings", open));
            }
            set.chars = self.character_complement(&set.chars);
        }
        Ok((set, strings))
    }

    fn at_operator(&self, operator: &str) -> bool {
        operator.bytes().enumerate().all(|(i, b)| self.unit(i) == Some(b as u32))
    }

    /// The rest of a ClassIntersection or ClassSubtraction, closing bracket included.
    fn set_operation(&mut self, set: &mut ClassSet, strings: &mut bool, open: usize) -> Parse<()> {
        let operator = if self.at_operator("&&") { "&&" } else { "--" };
        loop {
            if !self.eat_str(operator) {
                return Err(self.error("Invalid set operation in character class"));
            }
            if operator == "&&" && self.is('&') {
                return Err(self.error("Invalid character in character class"));
            }
            let operand = self.operand(open)?;
            let (mut other, may) = self.operand_set(operand)?;
            if operator == "&&" {
                set.intersect(&mut other);
                *strings &= may;
            } else {
                set.subtract(&mut other);
            }
            if self.eat(']') {
                return Ok(());
            }
        }
    }

    fn operand_set(&mut self, operand: Atom) -> Parse<(ClassSet, bool)> {
        Ok(match operand {
            Atom::Set(set, may) => (set, may),
            Atom::Char(c) => {
                let c = if self.ignore_case { unicode::canonicalize(c, Folding::Simple) } else { c };
                (ClassSet::from_chars(CharSet::from_char(c)), false)
            }
        })
    }

    /// ClassSetOperand.
    fn operand(&mut self, open: usize) -> Parse<Atom> {
        if self.is('[') {
            let (set, may) = self.nested_class()?;
            return Ok(Atom::Set(set, may));
        }
        if self.is('\\') {
            if self.unit(1) == Some('q' as u32) {
                return self.string_disjunction(open);
            }
            self.pos += 1;
            if let Some(set) = self.class_escape()? {
                let may = !set.strings.is_empty();
                return Ok(Atom::Set(set, may));
            }
            self.pos -= 1;
        }
        self.class_set_character(open).map(Atom::Char)
    }

    /// `\q{…}`
    fn string_disjunction(&mut self, open: usize) -> Parse<Atom> {
        let start = self.pos;
        self.pos += 2;
        if !self.eat('{') {
            return Err(self.error_at("Invalid escape", start));
        }
        let mut set = ClassSet::default();
        let mut may = false;
        let mut string = Vec::new();
        loop {
            let done = self.eat('}');
            if done || self.eat('|') {
                may |= string.len() != 1;
                set.chars.reserve(1, self.budget)?;
                set.add_string(core::mem::take(&mut string), self.budget)?;
                if done {
                    set.normalize();
                    return Ok(Atom::Set(set, may));
                }
                continue;
            }
            let c = self.class_set_character(open)?;
            let c = if self.ignore_case { unicode::canonicalize(c, Folding::Simple) } else { c };
            self.budget.push(&mut string, c)?;
        }
    }

    /// ClassSetCharacter.
    fn class_set_character(&mut self, open: usize) -> Parse<u32> {
        let start = self.pos;
        let Some(c) = self.peek() else {
            return Err(self.error_at("Unterminated character class", open));
        };
        let ch = char::from_u32(c).unwrap_or('\u{FFFD}');
        if ch == '\\' {
            self.pos += 1;
            match self.unit(0).and_then(char::from_u32) {
                Some('b') => {
                    self.pos += 1;
                    return Ok(8);
                }
                Some(ch) if "&-!#%,:;<=>@`~".contains(ch) => {
                    self.pos += 1;
                    return Ok(ch as u32);
                }
                _ => return self.character_escape(start),
            }
        }
        if "()[]{}/-|".contains(ch) || ("&!#$%*+,.:;<=>?@^`~".contains(ch) && self.unit(1) == Some(c)) {
            return Err(self.error("Invalid character in character class"));
        }
        self.next();
        Ok(c)
    }

    // ----- Sets with strings, as nodes -----

    /// Matches a member of a `v` set, the longest first.
    pub(crate) fn class_set_node(&mut self, mut set: ClassSet) -> Parse<NodeId> {
        set.normalize();
        if set.strings.is_empty() {
            return self.set_node(set.chars);
        }
        let mut strings = core::mem::take(&mut set.strings);
        let has_empty = strings.first().is_some_and(|s| s.is_empty());
        if has_empty {
            strings.remove(0);
        }
        let mark = self.work.len();
        if self.behind {
            // Matched from its end; only the length decides.
            strings.sort_by_key(|s| core::cmp::Reverse(s.len()));
            for string in &strings {
                let node = self.string_node(string)?;
                self.budget.push(&mut self.work, node)?;
            }
        } else if !strings.is_empty() {
            let node = self.string_tree(&strings, 0)?;
            self.budget.push(&mut self.work, node)?;
        }
        if !set.chars.is_empty() {
            let node = self.set_node(set.chars)?;
            self.budget.push(&mut self.work, node)?;
        }
        if has_empty {
            let node = self.node(Node::Empty)?;
            self.budget.push(&mut self.work, node)?;
        }
        self.collect(mark, true)
    }

    fn string_node(&mut self, string: &[u32]) -> Parse<NodeId> {
        let mark = self.work.len();
        for &c in string {
            let node = self.char_node(c)?;
            self.budget.push(&mut self.work, node)?;
        }
        self.collect(mark, false)
    }

    /// A tree of sorted strings by their common beginnings. All strings that match at one place
    /// begin with one another, so going deeper first is trying the longest first.
    fn string_tree(&mut self, strings: &[Vec<u32>], depth: usize) -> Parse<NodeId> {
        self.budget.check_stack()?;
        let (first, last) = match strings {
            [] => return self.node(Node::Empty),
            [only] => return self.string_node(&only[depth.min(only.len())..]),
            [first, .., last] => (first, last),
        };
        let common = first[depth..].iter().zip(&last[depth..]).take_while(|(a, b)| a == b).count();
        let mark = self.work.len();
        for &c in &first[depth..depth + common] {
            let node = self.char_node(c)?;
            self.budget.push(&mut self.work, node)?;
        }
        let depth = depth + common;
        let ends = first.len() == depth;
        let mut rest = &strings[ends as usize..];
        let branches = self.work.len();
        while let Some(c) = rest.first().map(|s| s[depth]) {
            let len = rest.iter().take_while(|s| s[depth] == c).count();
            let node = self.string_tree(&rest[..len], depth)?;
            self.budget.push(&mut self.work, node)?;
            rest = &rest[len..];
        }
        if ends {
            let node = self.node(Node::Empty)?;
            self.budget.push(&mut self.work, node)?;
        }
        let alternatives = self.collect(branches, true)?;
        self.budget.push(&mut self.work, alternatives)?;
        self.collect(mark, false)
    }
}
