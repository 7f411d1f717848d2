//! Sets of code points, and the sets of strings a `v` class may hold.

use crate::CompileError;
use crate::budget::Budget;

/// The greatest code point.
pub(crate) const MAX_CODE_POINT: u32 = 0x10FFFF;

/// A set of code points: inclusive ranges, sorted and apart once [`CharSet::normalize`] has run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CharSet {
    ranges: Vec<(u32, u32)>,
    /// How many leading ranges are known to be sorted and apart.
    sorted: usize,
}

impl CharSet {
    pub fn new() -> CharSet {
        CharSet::default()
    }

    pub fn from_ranges(ranges: &[(u32, u32)]) -> CharSet {
        let mut set = CharSet { ranges: ranges.to_vec(), sorted: 0 };
        set.normalize();
        set
    }

    pub fn from_char(c: u32) -> CharSet {
        CharSet { ranges: vec![(c, c)], sorted: 1 }
    }

    /// Sorted, disjoint ranges. Only after [`CharSet::normalize`].
    pub fn ranges(&self) -> &[(u32, u32)] {
        debug_assert!(self.sorted == self.ranges.len());
        &self.ranges
    }

    pub fn add(&mut self, lo: u32, hi: u32) {
        if let Some(last) = self.ranges.last_mut()
            && self.sorted > 0
            && last.0 <= lo
            && lo <= last.1.saturating_add(1)
        {
            last.1 = last.1.max(hi);
            return;
        }
        let in_order =
            self.sorted == self.ranges.len() && self.ranges.last().is_none_or(|last| last.1 + 1 < lo);
        self.ranges.push((lo, hi));
        if in_order {
            self.sorted += 1;
        } else if self.ranges.len() > 2 * self.sorted + 4096 {
            // Keeps the memory of a class proportional to what it really holds.
            self.normalize();
        }
    }

    pub fn add_char(&mut self, c: u32) {
        self.add(c, c);
    }

    pub fn add_set(&mut self, other: &CharSet) {
        for &(lo, hi) in &other.ranges {
            self.add(lo, hi);
        }
    }

    /// Makes room for `more` ranges, so that adding them cannot fail.
    pub fn reserve(&mut self, more: usize, budget: &mut Budget) -> Result<(), CompileError> {
        budget.reserve(&mut self.ranges, more)
    }

    /// How many ranges are held now.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Sorts the ranges and joins those that touch.
    pub fn normalize(&mut self) {
        if self.sorted == self.ranges.len() {
            return;
        }
        self.ranges.sort_unstable();
        let mut out = 0;
        for i in 1..self.ranges.len() {
            let (lo, hi) = self.ranges[i];
            let last = &mut self.ranges[out];
            if lo <= last.1.saturating_add(1) {
                last.1 = last.1.max(hi);
            } else {
                out += 1;
                self.ranges[out] = (lo, hi);
            }
        }
        self.ranges.truncate(out + 1);
        self.sorted = self.ranges.len();
    }

    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub fn contains(&self, c: u32) -> bool {
        let i = self.ranges().partition_point(|r| r.1 < c);
        self.ranges.get(i).is_some_and(|r| r.0 <= c)
    }

    /// The only member, when there is exactly one.
    pub fn single(&self) -> Option<u32> {
        match self.ranges() {
            &[(lo, hi)] if lo == hi => Some(lo),
            _ => None,
        }
    }

    /// Everything from 0 to `max` that is not in the set.
    pub fn complement(&self, max: u32) -> CharSet {
        let mut out = CharSet::new();
        let mut next = 0;
        for &(lo, hi) in self.ranges() {
            if lo > next {
                out.add(next, (lo - 1).min(max));
            }
            next = hi.saturating_add(1);
            if next > max {
                return out;
            }
        }
        out.add(next, max);
        out
    }

    pub fn intersect(&self, other: &CharSet) -> CharSet {
        let (a, b) = (self.ranges(), other.ranges());
        let (mut i, mut j) = (0, 0);
        let mut out = CharSet::new();
        while i < a.len() && j < b.len() {
            let lo = a[i].0.max(b[j].0);
            let hi = a[i].1.min(b[j].1);
            if lo <= hi {
                out.add(lo, hi);
            }
            if a[i].1 < b[j].1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        out
    }

    pub fn subtract(&self, other: &CharSet) -> CharSet {
        self.intersect(&other.complement(MAX_CODE_POINT))
    }

    pub fn byte_size(&self) -> usize {
        self.ranges.capacity() * 8
    }
}

/// The value of a `v` class: code points, and strings that are not one code point long.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassSet {
    pub chars: CharSet,
    /// Sorted and distinct once [`ClassSet::normalize`] has run.
    pub strings: Vec<Vec<u32>>,
}

impl ClassSet {
    pub fn from_chars(chars: CharSet) -> ClassSet {
        ClassSet { chars, strings: Vec::new() }
    }

    pub fn add_string(&mut self, string: Vec<u32>, budget: &mut Budget) -> Result<(), CompileError> {
        if let &[c] = string.as_slice() {
            self.chars.add_char(c);
            return Ok(());
        }
        budget.charge(string.capacity() * 4)?;
        budget.push(&mut self.strings, string)
    }

    pub fn normalize(&mut self) {
        self.chars.normalize();
        self.strings.sort_unstable();
        self.strings.dedup();
    }

    pub fn union(&mut self, other: ClassSet, budget: &mut Budget) -> Result<(), CompileError> {
        self.chars.reserve(other.chars.len(), budget)?;
        self.chars.add_set(&other.chars);
        if self.strings.is_empty() {
            self.strings = other.strings;
        } else if !other.strings.is_empty() {
            budget.reserve(&mut self.strings, other.strings.len())?;
            self.strings.extend(other.strings);
            self.strings.sort_unstable();
            self.strings.dedup();
        }
        Ok(())
    }

    pub fn intersect(&mut self, other: &mut ClassSet) {
        self.normalize();
        other.normalize();
        self.chars = self.chars.intersect(&other.chars);
        self.strings.retain(|s| other.strings.binary_search(s).is_ok());
    }

    pub fn subtract(&mut self, other: &mut ClassSet) {
        self.normalize();
        other.normalize();
        self.chars = self.chars.subtract(&other.chars);
        self.strings.retain(|s| other.strings.binary_search(s).is_err());
    }
}
