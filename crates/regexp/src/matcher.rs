//! Runs programs: a backtracking machine over Latin-1 or UTF-16 text.

use crate::program::*;
use crate::search::{Unit, contains, next_literal, next_start};
use crate::unicode::{Folding, canonicalize};
use crate::{Program, Text};

/// The position of a capture that did not take part.
pub const UNDEFINED: u32 = u32::MAX;

/// Who lends time and memory to a match.
pub trait Host {
    /// Called every few thousand steps. An error ends the match with [`ExecError::Interrupted`].
    #[allow(clippy::result_unit_err)]
    fn poll(&mut self) -> Result<(), ()>;
    /// Called before `bytes` of memory are taken. An error ends the match with
    /// [`ExecError::OutOfMemory`].
    #[allow(clippy::result_unit_err)]
    fn charge(&mut self, bytes: usize) -> Result<(), ()>;
    /// Called when `bytes` charged before have been freed.
    fn release(&mut self, bytes: usize);
}

/// Why a match ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecError {
    Interrupted,
    OutOfMemory,
}

/// The memory of matching: backtrack stack and registers. It is kept from one match to the next;
/// what is held is charged to the [`Host`].
#[derive(Default, Debug)]
pub struct Matcher {
    stack: Vec<Entry>,
    registers: Vec<u32>,
}

/// Steps between two calls of [`Host::poll`].
const QUANTUM: i32 = 8192;

/// Entries that a stack keeps between matches at most.
const KEEP: usize = 1 << 14;

/// Something to go back to. The top two bits of `tag` say what.
#[derive(Clone, Copy, Debug)]
struct Entry {
    tag: u32,
    b: u32,
    c: u32,
}

/// Go on at instruction `tag` and position `b`.
const CHOICE: u32 = 0;
/// Register `tag` was `b`.
const UNDO: u32 = 1 << 30;
/// The loop at instruction `tag` stands at position `b`; `c` is its bound.
const LOOP: u32 = 2 << 30;
const KIND: u32 = 3 << 30;

impl Matcher {
    pub fn new() -> Matcher {
        Matcher::default()
    }

    /// RegExpBuiltinExec's search (22.2.7.2, steps 8 to 13): finds the first match at code unit
    /// `start` or later, with the flag `y` at `start` only. If there is one, `captures` holds two
    /// positions for each group: begin and end as code unit indices, or [`UNDEFINED`] twice.
    pub fn exec(
        &mut self,
        program: &Program,
        subject: Text<'_>,
        start: usize,
        captures: &mut Vec<u32>,
        host: &mut impl Host,
    ) -> Result<bool, ExecError> {
        captures.clear();
        if subject.len() >= UNDEFINED as usize {
            return Err(ExecError::OutOfMemory);
        }
        if start > subject.len() {
            return Ok(false);
        }
        let count = program.register_count as usize;
        if self.registers.len() < count {
            let more = count - self.registers.len();
            host.charge(more * 4).map_err(|()| ExecError::OutOfMemory)?;
            if self.registers.try_reserve_exact(more).is_err() {
                host.release(more * 4);
                return Err(ExecError::OutOfMemory);
            }
            self.registers.resize(count, UNDEFINED);
        }
        let result = match subject {
            Text::Latin1(text) => self.search(program, text, start, host),
            Text::Utf16(text) => self.search(program, text, start, host),
        };
        if self.stack.capacity() > KEEP {
            host.release(self.stack.capacity() * size_of::<Entry>());
            self.stack = Vec::new();
        }
        let Some((begin, end)) = result? else { return Ok(false) };
        let len = 2 * program.capture_count as usize;
        captures.try_reserve(len).map_err(|_| ExecError::OutOfMemory)?;
        captures.extend_from_slice(&[begin as u32, end as u32]);
        captures.extend_from_slice(&self.registers[2..len]);
        Ok(true)
    }

    /// Bytes held, all charged.
    pub fn byte_size(&self) -> usize {
        self.stack.capacity() * size_of::<Entry>() + self.registers.len() * 4
    }

    /// Frees all memory and gives it back.
    pub fn clear(&mut self, host: &mut impl Host) {
        host.release(self.byte_size());
        *self = Matcher::default();
    }

    fn search<T: Unit, H: Host>(
        &mut self,
        program: &Program,
        text: &[T],
        start: usize,
        host: &mut H,
    ) -> Result<Option<(usize, usize)>, ExecError> {
        let points = program.flags.either_unicode();
        let inside_pair = |i: usize| T::WIDE && points && splits_pair(text, i);
        let captures = 2 * program.capture_count as usize;
        // The index is converted to that of the code point it lies in.
        let start = start - inside_pair(start) as usize;
        self.registers[2..captures].fill(UNDEFINED);
        self.stack.clear();
        let mut machine = Machine {
            code: &program.code,
            sets: &program.sets,
            ranges: &program.ranges,
            program,
            text,
            stack: &mut self.stack,
            registers: &mut self.registers,
            dirty: false,
            fuel: QUANTUM,
            host,
        };
        let sticky = program.flags.sticky();
        let mut from = start;
        let literal = program.search.literal;
        // Where the literal stands next; none is known to stand before.
        let mut literal_at = None;
        loop {
            if literal.len > 0 && !sticky {
                let least = from + literal.min as usize;
                let place = match literal_at {
                    Some(place) if place >= least => place,
                    _ => {
                        let Some(place) = next_literal(program, literal, text, least) else {
                            return Ok(None);
                        };
                        machine.burn(place - least)?;
                        literal_at = Some(place);
                        place
                    }
                };
                if literal.max != u32::MAX {
                    from = from.max(place.saturating_sub(literal.max as usize));
                }
            }
            let at = if sticky || (from == 0 && program.search.at_start) {
                from
            } else {
                match next_start(program, text, from) {
                    Some(at) => at,
                    None => return Ok(None),
                }
            };
            machine.burn(at - from)?;
            if literal_at.is_some_and(|place| at + literal.min as usize > place) {
                from = at;
                continue;
            }
            if at == start || !inside_pair(at) {
                if let Some(end) = machine.run(at)? {
                    return Ok(Some((at, end)));
                }
                if machine.dirty {
                    machine.dirty = false;
                    machine.registers[2..captures].fill(UNDEFINED);
                }
            }
            if sticky || at >= text.len() {
                return Ok(None);
            }
            from = at + 1;
        }
    }
}

fn is_lead(unit: u32) -> bool {
    unit & 0xFC00 == 0xD800
}

fn is_trail(unit: u32) -> bool {
    unit & 0xFC00 == 0xDC00
}

/// Whether index `i` lies between the halves of a surrogate pair.
fn splits_pair<T: Unit>(text: &[T], i: usize) -> bool {
    i > 0 && i < text.len() && is_trail(text[i].into()) && is_lead(text[i - 1].into())
}

fn is_line_terminator(unit: u32) -> bool {
    matches!(unit, 0x0A | 0x0D | 0x2028 | 0x2029)
}

struct Machine<'a, T: Unit, H: Host> {
    code: &'a [Inst],
    sets: &'a [SetData],
    ranges: &'a [u32],
    program: &'a Program,
    text: &'a [T],
    stack: &'a mut Vec<Entry>,
    registers: &'a mut Vec<u32>,
    /// A register was written without a way back.
    dirty: bool,
    /// Steps until the host is polled.
    fuel: i32,
    host: &'a mut H,
}

impl<T: Unit, H: Host> Machine<'_, T, H> {
    // ----- Time and memory -----

    /// Counts `units` looked at.
    #[inline(always)]
    fn burn(&mut self, units: usize) -> Result<(), ExecError> {
        self.fuel = self.fuel.saturating_sub(1 + (units >> 4) as i32);
        if self.fuel < 0 { self.poll() } else { Ok(()) }
    }

    #[cold]
    fn poll(&mut self) -> Result<(), ExecError> {
        self.fuel = QUANTUM;
        self.host.poll().map_err(|()| ExecError::Interrupted)
    }

    #[inline(always)]
    fn push(&mut self, tag: u32, b: usize, c: usize) -> Result<(), ExecError> {
        if self.stack.len() == self.stack.capacity() {
            self.grow()?;
        }
        self.stack.push(Entry { tag, b: b as u32, c: c as u32 });
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> Result<(), ExecError> {
        let more = self.stack.capacity().max(64);
        let bytes = more * size_of::<Entry>();
        self.host.charge(bytes).map_err(|()| ExecError::OutOfMemory)?;
        let before = self.stack.capacity();
        if self.stack.try_reserve_exact(more).is_err() {
            self.host.release(bytes);
            return Err(ExecError::OutOfMemory);
        }
        debug_assert_eq!(self.stack.capacity(), before + more);
        Ok(())
    }

    /// Writes a register so that backtracking restores it.
    #[inline(always)]
    fn set_register(&mut self, register: u32, value: usize) -> Result<(), ExecError> {
        if self.stack.is_empty() {
            self.dirty = true;
        } else {
            let old = self.registers[register as usize];
            self.push(UNDO | register, old as usize, 0)?;
        }
        self.registers[register as usize] = value as u32;
        Ok(())
    }

    // ----- Looking at the text -----

    #[inline(always)]
    fn unit(&self, i: usize) -> Option<u32> {
        self.text.get(i).map(|&u| u.into())
    }

    #[inline(always)]
    fn in_set(&self, set: u32, c: u32) -> bool {
        contains(&self.sets[set as usize], self.ranges, c)
    }

    /// Whether what is at `i` passes `set`; `end` if it is the end.
    #[inline(always)]
    fn passes(&self, set: u32, i: usize, end: bool) -> bool {
        if set == NO_SET {
            return true;
        }
        match self.unit(i) {
            Some(u) => self.in_set(set, u),
            None => end,
        }
    }

    /// The code point at `i`, and its length.
    #[inline(always)]
    fn point(&self, i: usize) -> Option<(u32, usize)> {
        let lead = self.unit(i)?;
        if T::WIDE
            && is_lead(lead)
            && let Some(trail) = self.unit(i + 1)
            && is_trail(trail)
        {
            return Some((0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF), 2));
        }
        Some((lead, 1))
    }

    /// The code point that ends at `i`, and its length.
    #[inline(always)]
    fn point_before(&self, i: usize) -> Option<(u32, usize)> {
        let trail = self.unit(i.checked_sub(1)?)?;
        if T::WIDE
            && is_trail(trail)
            && i >= 2
            && let Some(lead) = self.unit(i - 2)
            && is_lead(lead)
        {
            return Some((0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF), 2));
        }
        Some((trail, 1))
    }

    /// The character at `i`, or before it.
    #[inline(always)]
    fn character(&self, i: usize, points: bool, back: bool) -> Option<(u32, usize)> {
        match (points, back) {
            (true, false) => self.point(i),
            (true, true) => self.point_before(i),
            (false, false) => Some((self.unit(i)?, 1)),
            (false, true) => Some((self.unit(i.checked_sub(1)?)?, 1)),
        }
    }

    /// How many units from `from` on are in the set, `max` at most.
    #[inline(always)]
    fn scan(&self, set: u32, from: usize, max: u32) -> usize {
        let rest = &self.text[from..];
        let rest = &rest[..rest.len().min(max as usize)];
        let set = &self.sets[set as usize];
        rest.iter().position(|&u| !contains(set, self.ranges, u.into())).unwrap_or(rest.len())
    }

    #[inline(always)]
    fn is_word(&self, words: u32, i: Option<usize>) -> bool {
        i.and_then(|i| self.unit(i)).is_some_and(|u| self.in_set(words, u))
    }

    // ----- The machine -----

    /// Matches at `start`; the end of the match if there is one.
    fn run(&mut self, start: usize) -> Result<Option<usize>, ExecError> {
        let mut pc = 0usize;
        let mut pos = start;
        let text = self.text;
        loop {
            let inst = self.code[pc];
            // An arm that matched goes on with `continue`; falling out of `match` backtracks.
            match inst.op {
                Op::Match => {
                    self.stack.clear();
                    return Ok(Some(pos));
                }
                Op::Char => {
                    if pos < text.len() && text[pos].into() == inst.b {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::Fold => {
                    if pos < text.len() && text[pos].into() | 0x20 == inst.b {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::Text8 => {
                    let (from, len) = (inst.b as usize, inst.c as usize);
                    let expected = &self.program.text8[from..from + len];
                    if text.len() - pos >= len && T::equals8(&text[pos..pos + len], expected) {
                        pos += len;
                        pc += 1;
                        continue;
                    }
                }
                Op::TextFold => {
                    let (from, len) = (inst.b as usize, inst.c as usize);
                    let (expected, masks) = self.program.text8[from..from + 2 * len].split_at(len);
                    if text.len() - pos >= len
                        && text[pos..pos + len]
                            .iter()
                            .zip(expected.iter().zip(masks))
                            .all(|(&u, (&e, &m))| u.into() | m as u32 == e as u32)
                    {
                        pos += len;
                        pc += 1;
                        continue;
                    }
                }
                Op::Text16 => {
                    let (from, len) = (inst.b as usize, inst.c as usize);
                    let expected = &self.program.text16[from..from + len];
                    if text.len() - pos >= len && T::equals16(&text[pos..pos + len], expected) {
                        pos += len;
                        pc += 1;
                        continue;
                    }
                }
                Op::Set => {
                    if pos < text.len() && self.in_set(inst.b, text[pos].into()) {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::SetPoint => {
                    if let Some((c, len)) = self.point(pos)
                        && self.in_set(inst.b, c)
                    {
                        pos += len;
                        pc += 1;
                        continue;
                    }
                }
                Op::CharBack => {
                    if pos > 0 && text[pos - 1].into() == inst.b {
                        pos -= 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::SetBack => {
                    if let Some((c, len)) = self.character(pos, inst.a & POINTS != 0, true)
                        && self.in_set(inst.b, c)
                    {
                        pos -= len;
                        pc += 1;
                        continue;
                    }
                }
                Op::Jump => {
                    pc = inst.c as usize;
                    continue;
                }
                Op::Split => {
                    if self.passes(inst.b, pos, inst.a & END_B != 0) {
                        if self.passes(inst.d, pos, inst.a & END_D != 0) {
                            self.push(CHOICE | inst.c, pos, 0)?;
                        }
                        pc += 1;
                    } else {
                        pc = inst.c as usize;
                    }
                    continue;
                }
                Op::SplitJump => {
                    if self.passes(inst.b, pos, inst.a & END_B != 0) {
                        if self.passes(inst.d, pos, inst.a & END_D != 0) {
                            self.push(CHOICE | (pc as u32 + 1), pos, 0)?;
                        }
                        // Always backward: the end of a loop.
                        self.burn(0)?;
                        pc = inst.c as usize;
                    } else {
                        pc += 1;
                    }
                    continue;
                }
                Op::Branch => {
                    if self.passes(inst.b, pos, inst.a & END_B != 0) {
                        pc += 1;
                    } else {
                        let target = inst.c as usize;
                        if target <= pc {
                            self.burn(0)?;
                        }
                        pc = target;
                    }
                    continue;
                }
                Op::BranchLess => {
                    if let Some((c, _)) = self.character(pos, inst.a & POINTS != 0, false) {
                        pc = if c < inst.b { inst.c as usize } else { pc + 1 };
                        continue;
                    }
                }
                Op::Save => {
                    self.set_register(inst.b, pos)?;
                    pc += 1;
                    continue;
                }
                Op::Clear => {
                    self.burn((inst.c - inst.b) as usize)?;
                    for register in inst.b..inst.c {
                        if self.registers[register as usize] != UNDEFINED {
                            self.set_register(register, UNDEFINED as usize)?;
                        }
                    }
                    pc += 1;
                    continue;
                }
                Op::SetRegister => {
                    self.set_register(inst.b, inst.c as usize)?;
                    pc += 1;
                    continue;
                }
                Op::LoopHead => {
                    pc = self.loop_head(inst, pc, pos)?;
                    continue;
                }
                Op::LoopEnd => {
                    self.burn(0)?;
                    if let Some(next) = self.loop_end(inst, pos)? {
                        pc = next;
                        continue;
                    }
                }
                Op::CheckProgress => {
                    if self.registers[inst.b as usize] != pos as u32 {
                        pc += 1;
                        continue;
                    }
                }
                Op::Possessive => {
                    let data = self.program.loops[inst.d as usize];
                    if T::WIDE && inst.a & POINTS != 0 {
                        let (end, count) = self.advance_points(inst.b, pos, data.max, false);
                        self.burn(count as usize)?;
                        if count >= data.min {
                            pos = end;
                            pc += 1;
                            continue;
                        }
                    } else {
                        let count = self.scan(inst.b, pos, data.max);
                        self.fuel = self.fuel.saturating_sub((count >> 4) as i32);
                        if count >= data.min as usize {
                            pos += count;
                            pc += 1;
                            continue;
                        }
                    }
                }
                Op::Greedy => {
                    let data = self.program.loops[inst.d as usize];
                    if T::WIDE && inst.a & POINTS != 0 {
                        let (end, count) = self.advance_points(inst.b, pos, data.max, false);
                        self.burn(count as usize)?;
                        if count >= data.min {
                            let (least, _) = self.advance_points(inst.b, pos, data.min, false);
                            if let Some(at) = self.retreat(inst, end, least) {
                                if at > least {
                                    self.push(LOOP | pc as u32, at, least)?;
                                }
                                pos = at;
                                pc += 1;
                                continue;
                            }
                        }
                    } else {
                        let count = self.scan(inst.b, pos, data.max);
                        self.fuel = self.fuel.saturating_sub((count >> 4) as i32);
                        if count >= data.min as usize {
                            let least = pos + data.min as usize;
                            if let Some(at) = self.retreat(inst, pos + count, least) {
                                if at > least {
                                    self.push(LOOP | pc as u32, at, least)?;
                                }
                                pos = at;
                                pc += 1;
                                continue;
                            }
                        }
                    }
                }
                Op::Lazy => {
                    let data = self.program.loops[inst.d as usize];
                    let points = T::WIDE && inst.a & POINTS != 0;
                    let (least, count) = if points {
                        self.advance_points(inst.b, pos, data.min, false)
                    } else {
                        let count = self.scan(inst.b, pos, data.min);
                        (pos + count, count as u32)
                    };
                    if count >= data.min
                        && let Some((at, left)) = self.lazy_stop(inst, least, data.max - data.min)?
                    {
                        if left > 0 {
                            self.push(LOOP | pc as u32, at, left as usize)?;
                        }
                        pos = at;
                        pc += 1;
                        continue;
                    }
                }
                Op::LoopBack => {
                    let data = self.program.loops[inst.d as usize];
                    let lazy = inst.a & LAZY != 0;
                    let (least, count) = self.advance_points_or_units(inst, pos, data.min);
                    if count >= data.min {
                        if lazy {
                            self.push(LOOP | pc as u32, least, (data.max - data.min) as usize)?;
                            pos = least;
                        } else {
                            let (end, count) = self.advance_points_or_units(inst, least, data.max - data.min);
                            self.burn(count as usize)?;
                            if end < least {
                                self.push(LOOP | pc as u32, end, least)?;
                            }
                            pos = end;
                        }
                        pc += 1;
                        continue;
                    }
                }
                Op::LineStart => {
                    if pos == 0 {
                        pc += 1;
                        continue;
                    }
                }
                Op::LineStartMulti => {
                    if pos == 0 || is_line_terminator(text[pos - 1].into()) {
                        pc += 1;
                        continue;
                    }
                }
                Op::LineEnd => {
                    if pos == text.len() {
                        pc += 1;
                        continue;
                    }
                }
                Op::LineEndMulti => {
                    if self.unit(pos).is_none_or(is_line_terminator) {
                        pc += 1;
                        continue;
                    }
                }
                Op::WordBoundary => {
                    if self.is_word(inst.b, pos.checked_sub(1)) != self.is_word(inst.b, Some(pos)) {
                        pc += 1;
                        continue;
                    }
                }
                Op::NotWordBoundary => {
                    if self.is_word(inst.b, pos.checked_sub(1)) == self.is_word(inst.b, Some(pos)) {
                        pc += 1;
                        continue;
                    }
                }
                Op::BackRef => {
                    if let Some(at) = self.back_reference(inst.a, inst.b, pos)? {
                        pos = at;
                        pc += 1;
                        continue;
                    }
                }
                Op::BackRefOneOf => {
                    let groups = &self.program.lists[inst.b as usize..(inst.b + inst.c) as usize];
                    let taken = |g: &&u32| self.captured(**g).is_some();
                    let group = groups.iter().find(taken).or(groups.first()).copied().unwrap_or(0);
                    if let Some(at) = self.back_reference(inst.a, group, pos)? {
                        pos = at;
                        pc += 1;
                        continue;
                    }
                }
                Op::Look => {
                    self.set_register(inst.d, pos)?;
                    // The height has to be that after the entry which restores this register.
                    self.set_register(inst.b, 0)?;
                    self.registers[inst.b as usize] = self.stack.len() as u32;
                    pc += 1;
                    continue;
                }
                Op::LookEnd => {
                    let height = self.registers[inst.b as usize] as usize;
                    self.burn(self.stack.len().saturating_sub(height))?;
                    self.drop_choices(height);
                    pos = self.registers[inst.d as usize] as usize;
                    pc += 1;
                    continue;
                }
                Op::LookNot => {
                    self.set_register(inst.b, 0)?;
                    self.registers[inst.b as usize] = self.stack.len() as u32;
                    self.push(CHOICE | inst.c, pos, 0)?;
                    pc += 1;
                    continue;
                }
                Op::LookNotEnd => {
                    let height = self.registers[inst.b as usize] as usize;
                    self.burn(self.stack.len().saturating_sub(height))?;
                    while self.stack.len() > height {
                        if let Some(entry) = self.stack.pop()
                            && entry.tag & KIND == UNDO
                        {
                            self.registers[(entry.tag & !KIND) as usize] = entry.b;
                        }
                    }
                }
            }
            // Backtrack.
            self.burn(0)?;
            loop {
                let Some(&entry) = self.stack.last() else { return Ok(None) };
                let index = (entry.tag & !KIND) as usize;
                match entry.tag & KIND {
                    CHOICE => {
                        self.stack.pop();
                        pc = index;
                        pos = entry.b as usize;
                        break;
                    }
                    UNDO => {
                        self.stack.pop();
                        self.registers[index] = entry.b;
                    }
                    _ => {
                        if let Some(at) = self.resume(index, entry)? {
                            pc = index + 1;
                            pos = at;
                            break;
                        }
                    }
                }
            }
        }
    }

    // ----- Loops over one set -----

    /// Takes up to `max` code points of the set from `from` on; where that ends, and how many.
    fn advance_points(&self, set: u32, from: usize, max: u32, back: bool) -> (usize, u32) {
        let (mut at, mut count) = (from, 0);
        while count < max
            && let Some((c, len)) = self.character(at, true, back)
            && self.in_set(set, c)
        {
            at = if back { at - len } else { at + len };
            count += 1;
        }
        (at, count)
    }

    /// Backward, in the characters of the loop `inst`.
    fn advance_points_or_units(&self, inst: Inst, from: usize, max: u32) -> (usize, u32) {
        if inst.a & POINTS != 0 {
            return self.advance_points(inst.b, from, max, true);
        }
        let (mut at, mut count) = (from, 0);
        while count < max && at > 0 && self.in_set(inst.b, self.text[at - 1].into()) {
            at -= 1;
            count += 1;
        }
        (at, count)
    }

    /// The last place from `at` back to `least` where what is next passes.
    #[inline(always)]
    fn retreat(&self, inst: Inst, mut at: usize, least: usize) -> Option<usize> {
        if inst.c == NO_SET {
            return Some(at);
        }
        let end = inst.a & END_D != 0;
        loop {
            if self.passes(inst.c, at, end) {
                return Some(at);
            }
            if at <= least {
                return None;
            }
            at -= 1;
            if T::WIDE && inst.a & POINTS != 0 && at > least && splits_pair(self.text, at) {
                at -= 1;
            }
        }
    }

    /// The first place from `at` on, over at most `left` characters of the set, where what is next
    /// passes; and how many more there may be.
    #[inline(always)]
    fn lazy_stop(
        &mut self,
        inst: Inst,
        mut at: usize,
        mut left: u32,
    ) -> Result<Option<(usize, u32)>, ExecError> {
        let end = inst.a & END_D != 0;
        let from = at;
        loop {
            if self.passes(inst.c, at, end) {
                self.burn(at - from)?;
                return Ok(Some((at, left)));
            }
            match self.character(at, T::WIDE && inst.a & POINTS != 0, false) {
                Some((c, len)) if left > 0 && self.in_set(inst.b, c) => at += len,
                _ => {
                    self.burn(at - from)?;
                    return Ok(None);
                }
            }
            left -= 1;
        }
    }

    /// Takes up again the loop at `pc`, whose entry is on top of the stack: the next position to
    /// go on from, or None with the entry gone.
    #[inline(always)]
    fn resume(&mut self, pc: usize, entry: Entry) -> Result<Option<usize>, ExecError> {
        let inst = self.code[pc];
        let (at, bound) = (entry.b as usize, entry.c as usize);
        let points = T::WIDE && inst.a & POINTS != 0;
        let next = match inst.op {
            Op::Greedy => {
                let mut back = at - 1;
                if points && back > bound && splits_pair(self.text, back) {
                    back -= 1;
                }
                let found = self.retreat(inst, back, bound);
                self.burn(back - found.unwrap_or(bound))?;
                found.map(|at| (at, bound, at > bound))
            }
            Op::Lazy => match self.character(at, points, false) {
                Some((c, len)) if self.in_set(inst.b, c) => self
                    .lazy_stop(inst, at + len, bound as u32 - 1)?
                    .map(|(at, left)| (at, left as usize, left > 0)),
                _ => None,
            },
            _ if inst.a & LAZY == 0 => {
                let mut forth = at + 1;
                if points && splits_pair(self.text, forth) {
                    forth += 1;
                }
                Some((forth, bound, forth < bound))
            }
            _ => match self.character(at, points, true) {
                Some((c, len)) if bound > 0 && self.in_set(inst.b, c) => Some((at - len, bound - 1, true)),
                _ => None,
            },
        };
        let Some((at, bound, more)) = next else {
            self.stack.pop();
            return Ok(None);
        };
        if !more {
            self.stack.pop();
        } else if let Some(top) = self.stack.last_mut() {
            top.b = at as u32;
            top.c = bound as u32;
        }
        Ok(Some(at))
    }

    // ----- Counted loops (RepeatMatcher, 22.2.2.3.1) -----

    fn loop_head(&mut self, inst: Inst, pc: usize, pos: usize) -> Result<usize, ExecError> {
        let data = self.program.loops[inst.d as usize];
        let count = self.registers[inst.b as usize];
        if count >= data.max {
            return Ok(inst.c as usize);
        }
        let lazy = inst.a & LAZY != 0;
        if count >= data.min && !lazy {
            self.push(CHOICE | inst.c, pos, 0)?;
        }
        if data.progress != NO_SET {
            self.set_register(data.progress, pos)?;
        }
        if count >= data.min && lazy {
            self.push(CHOICE | (pc as u32 + 1), pos, 0)?;
            return Ok(inst.c as usize);
        }
        Ok(pc + 1)
    }

    fn loop_end(&mut self, inst: Inst, pos: usize) -> Result<Option<usize>, ExecError> {
        let data = self.program.loops[inst.d as usize];
        let mut count = self.registers[inst.b as usize];
        if data.progress != NO_SET && self.registers[data.progress as usize] == pos as u32 {
            if count >= data.min {
                return Ok(None);
            }
            // What matched the empty string once can do so as often as is asked for.
            count = data.min - 1;
        }
        self.set_register(inst.b, count.saturating_add(1) as usize)?;
        Ok(Some(inst.c as usize))
    }

    // ----- Lookaround -----

    /// Takes the choices above `height` off the stack, but not what restores registers.
    fn drop_choices(&mut self, height: usize) {
        let mut kept = height;
        for i in height..self.stack.len() {
            let entry = self.stack[i];
            if entry.tag & KIND == UNDO {
                self.stack[kept] = entry;
                kept += 1;
            }
        }
        self.stack.truncate(kept);
    }

    // ----- Backreferences (BackreferenceMatcher, 22.2.2.7.2) -----

    fn captured(&self, group: u32) -> Option<(usize, usize)> {
        let at = 2 * group as usize;
        match (self.registers[at], self.registers[at + 1]) {
            (UNDEFINED, _) | (_, UNDEFINED) => None,
            (begin, end) => Some((begin as usize, end as usize)),
        }
    }

    /// Where the text of `group` ends, matched again at `pos`.
    fn back_reference(&mut self, a: u8, group: u32, pos: usize) -> Result<Option<usize>, ExecError> {
        let Some((begin, end)) = self.captured(group) else { return Ok(Some(pos)) };
        let len = end - begin;
        self.burn(len)?;
        let text = self.text;
        let back = a & BACK != 0;
        let from = if back { pos.checked_sub(len) } else { Some(pos) };
        let Some(from) = from.filter(|from| from + len <= text.len()) else { return Ok(None) };
        let points = T::WIDE && a & POINTS != 0;
        // Pairs are one character; half of one matches nothing.
        if points && splits_pair(text, if back { from } else { from + len }) {
            return Ok(None);
        }
        let same = if a & IGNORE_CASE == 0 {
            text[begin..end] == text[from..from + len]
        } else if points {
            let (mut i, mut j) = (begin, from);
            loop {
                if i >= end {
                    break true;
                }
                let (Some((x, n)), Some((y, m))) = (self.point(i), self.point(j)) else { break false };
                if x != y && canonicalize(x, Folding::Simple) != canonicalize(y, Folding::Simple) {
                    break false;
                }
                i += n;
                j += m;
            }
        } else {
            let folding = if a & POINTS != 0 { Folding::Simple } else { Folding::Legacy };
            text[begin..end]
                .iter()
                .zip(&text[from..from + len])
                .all(|(&x, &y)| x == y || canonicalize(x.into(), folding) == canonicalize(y.into(), folding))
        };
        Ok(same.then_some(if back { from } else { from + len }))
    }
}
