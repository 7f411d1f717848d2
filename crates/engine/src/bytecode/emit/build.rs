//! Building one function's code: instructions, labels, constants, caches, positions, temporaries.

use super::{EmitError, Emitter, R};
use crate::bytecode::code::{Code, Const, Handler, Text};
use crate::bytecode::op::{Instr, Op};
use qjs_syntax::ast::Name;
use qjs_syntax::names::JsStr;
use qjs_syntax::scope::FunctionId;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

/// A register's number.
pub type Reg = u16;

/// Where an expression's result goes.
#[derive(Clone, Copy, Debug)]
pub struct Dst {
    pub reg: Reg,
    /// Nothing can observe the register before the result is complete, so parts may be kept in it.
    pub fresh: bool,
}

impl Dst {
    pub fn fresh(reg: Reg) -> Dst {
        Dst { reg, fresh: true }
    }
    pub fn local(reg: Reg) -> Dst {
        Dst { reg, fresh: false }
    }
    /// A place for partial results.
    pub fn hint(self) -> Option<Reg> {
        self.fresh.then_some(self.reg)
    }
}

/// An operand: a temporary which its consumer takes, or a borrowed local.
#[derive(Clone, Copy, Debug)]
pub struct Val {
    pub reg: Reg,
    pub temp: bool,
}

impl Val {
    pub fn temp(reg: Reg) -> Val {
        Val { reg, temp: true }
    }
    pub fn borrowed(reg: Reg) -> Val {
        Val { reg, temp: false }
    }
    /// The kill flag for this operand in an instruction that writes no register.
    pub fn kill(self, flag: u8) -> u8 {
        if self.temp { flag } else { 0 }
    }
    /// The kill flag for this operand in an instruction that writes `dst`.
    pub fn kill_unless(self, flag: u8, dst: Reg) -> u8 {
        if self.temp && self.reg != dst { flag } else { 0 }
    }
}

/// A place in the code that jumps refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(u32);

/// Not yet bound: the head of the list of jumps to patch, linked through their distances.
#[derive(Clone, Copy)]
enum LabelState {
    Unbound(u32),
    Bound(u32),
}

const NO_JUMP: u32 = u32::MAX;

/// A protected range of code, possibly with holes where an exit's clean-up stands.
#[derive(Default)]
pub struct Region {
    ranges: Vec<(u32, u32)>,
    start: Option<u32>,
}

/// How a statement is left early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// To the break label of the control entry.
    Break(usize),
    /// To the continue label of the control entry.
    Continue(usize),
    Return,
}

/// What an enclosing construct asks of jumps that leave it.
pub enum CtlKind {
    /// A loop, switch or labelled statement.
    Target { labels: Vec<Name>, breakable: bool, on_break: Label, on_continue: Option<Label> },
    /// An iterator to close, in R[base..base+3].
    Iterator { is_async: bool },
    /// A protected block without clean-up.
    Catch,
    /// A protected block with clean-up: exits store their number in R[base] and go to `entry`;
    /// R[base+1] has the thrown or returned value.
    Finally { entry: Label, exits: Vec<Exit> },
    /// The clean-up itself: its registers die when it is left.
    InFinally,
}

/// An enclosing construct.
pub struct Ctl {
    pub kind: CtlKind,
    /// First temporary that is the construct's own.
    pub base: Reg,
    /// First temporary after its own.
    pub top: Reg,
    pub region: Option<Region>,
}

/// The function being built.
pub struct FnState {
    pub id: FunctionId,
    pub code: Code,
    pub strict: bool,
    pub is_async: bool,
    pub is_generator: bool,
    consts: HashMap<ConstKey, u32, Seeded>,
    global_ics: HashMap<Name, u32, Seeded>,
    labels: Vec<LabelState>,
    top: u32,
    max: u32,
    pub control: Vec<Ctl>,
    /// Labels that stand before the statement to come.
    pub pending_labels: Vec<Name>,
    /// Holds the completion value, if one is wanted.
    pub completion: Option<Reg>,
    /// Derived constructors: where returns go, and the register of the returned value.
    pub derived_exit: Option<(Label, Reg)>,
    /// Registers of the open dispose scopes, innermost last.
    pub dispose: Vec<Reg>,
    /// The arguments object was used other than by reading an element or the length.
    pub arguments_escape: bool,
    /// Its parameters are Boxes and the arguments object is mapped.
    pub mapped: bool,
    /// Captures that the emitter itself added: (binding, index).
    pub extra_captures: Vec<(qjs_syntax::scope::BindingId, u32)>,
    /// A label was bound here: the last instruction may not be merged with what follows.
    pub last_bound: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ConstKey {
    Int(i32),
    Number(u64),
    Name(Name),
}

impl FnState {
    pub fn new(id: FunctionId, seed: Seeded) -> FnState {
        FnState {
            id,
            code: Code::default(),
            strict: false,
            is_async: false,
            is_generator: false,
            consts: HashMap::with_hasher(seed),
            global_ics: HashMap::with_hasher(seed),
            labels: Vec::new(),
            top: 2,
            max: 2,
            control: Vec::new(),
            pending_labels: Vec::new(),
            completion: None,
            derived_exit: None,
            dispose: Vec::new(),
            arguments_escape: false,
            mapped: false,
            extra_captures: Vec::new(),
            last_bound: 0,
        }
    }
    /// As new for another function, but for the room that the lists have.
    pub fn reset(&mut self, id: FunctionId, seed: Seeded) {
        fn cleared<K, V>(map: &mut HashMap<K, V, Seeded>, seed: Seeded) {
            // (To clear a map takes time by its size.)
            if map.capacity() > 64 {
                *map = HashMap::with_hasher(seed);
            } else {
                map.clear();
            }
        }
        self.id = id;
        self.code.clear();
        self.strict = false;
        self.is_async = false;
        self.is_generator = false;
        cleared(&mut self.consts, seed);
        cleared(&mut self.global_ics, seed);
        self.labels.clear();
        self.top = 2;
        self.max = 2;
        self.control.clear();
        self.pending_labels.clear();
        self.completion = None;
        self.derived_exit = None;
        self.dispose.clear();
        self.arguments_escape = false;
        self.mapped = false;
        self.extra_captures.clear();
        self.last_bound = 0;
    }
}

/// Makes hashers for numbers that a script may choose.
#[derive(Clone, Copy)]
pub struct Seeded(pub u64);
impl BuildHasher for Seeded {
    type Hasher = Fold;
    fn build_hasher(&self) -> Fold {
        Fold(self.0)
    }
}
/// Mixes words by the halves of a product.
pub struct Fold(u64);
impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.write_u64(u64::from(b)));
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        let m = u128::from(self.0 ^ n) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = m as u64 ^ (m >> 64) as u64;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Appends, or reports that memory is refused.
pub fn push<T>(list: &mut Vec<T>, value: T) -> R<()> {
    if list.len() == list.capacity() {
        list.try_reserve(list.len().max(8)).map_err(|_| EmitError::OutOfMemory)?;
    }
    list.push(value);
    Ok(())
}

impl<'a> Emitter<'a, '_> {
    // ---- instructions

    /// Number of words so far: the pc of the next instruction.
    pub fn here(&self) -> u32 {
        self.f.code.instrs.len() as u32
    }

    pub fn raw(&mut self, instr: Instr) -> R<u32> {
        let at = self.f.code.instrs.len();
        if at >= (1 << 30) {
            return Err(EmitError::TooLarge("function too large"));
        }
        self.charge(8)?;
        push(&mut self.f.code.instrs, instr)?;
        Ok(at as u32)
    }

    pub fn abc(&mut self, op: Op, f: u8, a: Reg, b: Reg, c: Reg) -> R<u32> {
        self.raw(Instr::abc(op, f, a, b, c))
    }

    pub fn abx(&mut self, op: Op, f: u8, a: Reg, bc: i32) -> R<u32> {
        self.raw(Instr::abx(op, f, a, bc))
    }

    pub fn a(&mut self, op: Op, a: Reg) -> R<()> {
        self.abc(op, 0, a, 0, 0).map(|_| ())
    }

    pub fn ab(&mut self, op: Op, a: Reg, b: Reg) -> R<()> {
        self.abc(op, 0, a, b, 0).map(|_| ())
    }

    /// Records that the next instruction belongs to this offset in the source.
    pub fn pos(&mut self, offset: u32) -> R<()> {
        let pc = self.here();
        let positions = &mut self.f.code.positions;
        match positions.last_mut() {
            Some(last) if last.1 == offset => return Ok(()),
            Some(last) if last.0 == pc => {
                last.1 = offset;
                return Ok(());
            }
            _ => {}
        }
        self.charge(8)?;
        push(&mut self.f.code.positions, (pc, offset))
    }

    // ---- labels

    pub fn label(&mut self) -> R<Label> {
        let id = self.f.labels.len() as u32;
        push(&mut self.f.labels, LabelState::Unbound(NO_JUMP))?;
        Ok(Label(id))
    }

    /// A label at the next instruction.
    pub fn label_here(&mut self) -> R<Label> {
        let label = self.label()?;
        self.bind(label);
        Ok(label)
    }

    /// Binds the label to the next instruction.
    pub fn bind(&mut self, label: Label) {
        let here = self.here();
        self.f.last_bound = here;
        let Some(state) = self.f.labels.get_mut(label.0 as usize) else { return };
        let LabelState::Unbound(mut jump) = *state else { return };
        *state = LabelState::Bound(here);
        while jump != NO_JUMP {
            let Some(instr) = self.f.code.instrs.get_mut(jump as usize) else { return };
            let next = instr.sbc() as u32;
            let distance = here as i32 - (jump as i32 + 1);
            *instr = Instr::abx(instr.op(), instr.f(), instr.a() as u16, distance);
            jump = next;
        }
    }

    /// A jump (any operation whose `sbc` is a distance) to the label.
    pub fn jump_op(&mut self, op: Op, f: u8, a: Reg, label: Label) -> R<()> {
        let here = self.here();
        let bc = match self.f.labels.get_mut(label.0 as usize) {
            Some(LabelState::Bound(at)) => *at as i32 - (here as i32 + 1),
            Some(LabelState::Unbound(head)) => std::mem::replace(head, here) as i32,
            None => 0,
        };
        self.abx(op, f, a, bc).map(|_| ())
    }

    pub fn jump(&mut self, label: Label) -> R<()> {
        self.jump_op(Op::Jump, 0, 0, label)
    }

    /// Whether control can arrive at the next instruction: not right after an unconditional transfer.
    pub fn reachable(&self) -> bool {
        let here = self.here();
        if here == self.f.last_bound {
            return true;
        }
        let instrs = &self.f.code.instrs;
        let n = instrs.len();
        let after_test = n >= 2 && crate::bytecode::info::is_test(instrs[n - 2].op());
        match instrs.last() {
            Some(i) => after_test || !crate::bytecode::info::is_terminal(i.op()),
            None => true,
        }
    }

    // ---- temporaries

    pub fn top(&self) -> Reg {
        self.f.top as Reg
    }

    pub fn temp(&mut self) -> R<Reg> {
        let r = self.f.top;
        if r >= 65_500 {
            return Err(EmitError::TooLarge("function or expression needs too many registers"));
        }
        self.f.top += 1;
        self.f.max = self.f.max.max(self.f.top);
        Ok(r as Reg)
    }

    /// Two temporaries in a row; the first one's number.
    pub fn temps(&mut self, n: u32) -> R<Reg> {
        let first = self.temp()?;
        for _ in 1..n {
            self.temp()?;
        }
        Ok(first)
    }

    /// All temporaries from `mark` on are dead.
    pub fn free_to(&mut self, mark: Reg) {
        self.f.top = u32::from(mark);
    }

    /// Starts the temporaries at `base`.
    pub fn start_temps(&mut self, base: u32) -> R<()> {
        if base >= 65_000 {
            return Err(EmitError::TooLarge("too many local variables"));
        }
        self.f.top = base;
        self.f.max = self.f.max.max(base);
        Ok(())
    }

    /// Registers needed in all.
    pub fn max_regs(&self) -> u16 {
        self.f.max as u16
    }

    // ---- constants and caches

    /// The engine's form of a name.
    pub fn text(&self, name: Name) -> Text {
        if let Some(t) = self.texts.borrow().get(name.0 as usize)
            && t.string().is_some()
        {
            return t.clone();
        }
        let text = match self.program.names.get(name) {
            JsStr::Latin1([]) => Text::default(),
            JsStr::Latin1(s) => Text::latin1(s),
            JsStr::Utf16(s) => Text::utf16(s),
        };
        if let Some(place) = self.texts.borrow_mut().get_mut(name.0 as usize) {
            *place = text.clone();
        }
        text
    }

    fn add_const(&mut self, key: Option<ConstKey>, value: Const, bytes: usize) -> R<u32> {
        let id = self.f.code.consts.len() as u32;
        if id >= i32::MAX as u32 {
            return Err(EmitError::TooLarge("too many constants"));
        }
        self.charge(24 + bytes)?;
        push(&mut self.f.code.consts, value)?;
        if let Some(key) = key {
            self.charge(24)?;
            self.f.consts.try_reserve(1).map_err(|_| EmitError::OutOfMemory)?;
            self.f.consts.insert(key, id);
        }
        Ok(id)
    }

    /// K index of a string.
    pub fn const_name(&mut self, name: Name) -> R<u32> {
        let key = ConstKey::Name(name);
        if let Some(&id) = self.f.consts.get(&key) {
            return Ok(id);
        }
        let text = self.text(name);
        self.add_const(Some(key), Const::String(text), self.program.names.get(name).len())
    }

    /// K index of a string, for a 16-bit operand.
    pub fn const_name16(&mut self, name: Name) -> R<u16> {
        match self.const_name(name)? {
            id if id < 0xffff => Ok(id as u16),
            _ => Err(EmitError::TooLarge("too many constants")),
        }
    }

    /// K index of a text of the emitter's own.
    pub fn const_text(&mut self, text: &str) -> R<u32> {
        self.add_const(None, Const::String(Text::latin1(text.as_bytes())), text.len())
    }

    /// K index of a number that is not loaded by LoadInt.
    pub fn const_number(&mut self, n: f64) -> R<u32> {
        let key = ConstKey::Number(n.to_bits());
        match self.f.consts.get(&key) {
            Some(&id) => Ok(id),
            None => self.add_const(Some(key), Const::Number(n), 0),
        }
    }

    /// K index of an integer.
    pub fn const_int(&mut self, n: i32) -> R<u32> {
        let key = ConstKey::Int(n);
        match self.f.consts.get(&key) {
            Some(&id) => Ok(id),
            None => self.add_const(Some(key), Const::Int(n), 0),
        }
    }

    pub fn const_bigint(&mut self, digits: &[u8], radix: u8) -> R<u32> {
        let text = Text::latin1(digits);
        self.add_const(None, Const::BigInt(text, u32::from(radix)), digits.len())
    }

    /// A new inline cache for a property; `None` when their number is used up.
    pub fn ic(&mut self, name: Name) -> R<Option<u16>> {
        let id = self.f.code.ic_keys.len();
        if id > 0xffff {
            return Ok(None);
        }
        let text = self.text(name);
        self.charge(48)?;
        push(&mut self.f.code.ic_keys, text)?;
        Ok(Some(id as u16))
    }

    /// The inline cache of a global name, shared by its uses in the function.
    pub fn global_ic(&mut self, name: Name) -> R<i32> {
        if let Some(&id) = self.f.global_ics.get(&name) {
            return Ok(id as i32);
        }
        let id = self.f.code.ic_keys.len();
        if id >= i32::MAX as usize {
            return Err(EmitError::TooLarge("too many names"));
        }
        let text = self.text(name);
        self.charge(64)?;
        push(&mut self.f.code.ic_keys, text)?;
        self.f.global_ics.try_reserve(1).map_err(|_| EmitError::OutOfMemory)?;
        self.f.global_ics.insert(name, id as u32);
        Ok(id as i32)
    }

    pub fn load_int(&mut self, dst: Reg, n: i32) -> R<()> {
        self.abx(Op::LoadInt, 0, dst, n).map(|_| ())
    }

    pub fn load_number(&mut self, dst: Reg, n: f64) -> R<()> {
        match as_int(n) {
            Some(i) => self.load_int(dst, i),
            None => {
                let k = self.const_number(n)?;
                self.abx(Op::LoadConst, 0, dst, k as i32).map(|_| ())
            }
        }
    }

    pub fn load_name(&mut self, dst: Reg, name: Name) -> R<()> {
        let k = self.const_name(name)?;
        self.abx(Op::LoadConst, 0, dst, k as i32).map(|_| ())
    }

    pub fn load_undefined(&mut self, dst: Reg) -> R<()> {
        self.a(Op::LoadUndefined, dst)
    }

    /// R[dst] := R[v]; nothing if it is there already.
    pub fn move_to(&mut self, dst: Reg, v: Val) -> R<()> {
        if dst == v.reg {
            return Ok(());
        }
        self.abc(Op::Move, v.kill(crate::bytecode::op::KILL_B), dst, v.reg, 0).map(|_| ())
    }

    // ---- protected regions

    pub fn open_region(&self) -> Region {
        Region { ranges: Vec::new(), start: Some(self.here()) }
    }

    pub fn suspend_region(region: &mut Region, here: u32) -> R<bool> {
        let Some(start) = region.start.take() else { return Ok(false) };
        if here > start {
            push(&mut region.ranges, (start, here))?;
        }
        Ok(true)
    }

    pub fn resume_region(region: &mut Region, here: u32) {
        region.start = Some(here);
    }

    /// Enters the region's ranges in the handler table, unless it is empty. The handler is the next instruction.
    /// `false`: nothing can be thrown to it.
    pub fn close_region(&mut self, mut region: Region, end: u32, reg: Reg, top: Reg) -> R<bool> {
        Self::suspend_region(&mut region, end)?;
        let target = self.here();
        let any = !region.ranges.is_empty();
        for (start, end) in region.ranges {
            self.charge(16)?;
            push(&mut self.f.code.handlers, Handler { start, end, target, reg, top })?;
        }
        if any {
            self.f.last_bound = target;
        }
        Ok(any)
    }

    pub fn push_ctl(&mut self, ctl: Ctl) -> R<usize> {
        let id = self.f.control.len();
        push(&mut self.f.control, ctl)?;
        Ok(id)
    }

    pub fn pop_ctl(&mut self) -> Option<Ctl> {
        self.f.control.pop()
    }
}

/// The number as an int32, if it is one (and not -0).
pub fn as_int(n: f64) -> Option<i32> {
    let i = n as i32;
    (f64::from(i) == n && !(i == 0 && n.is_sign_negative())).then_some(i)
}

impl Emitter<'_, '_> {
    /// A new inline cache for a property that the emitter itself names.
    pub fn ic_text(&mut self, name: &str) -> R<Option<u16>> {
        let id = self.f.code.ic_keys.len();
        if id > 0xffff {
            return Ok(None);
        }
        self.charge(48)?;
        push(&mut self.f.code.ic_keys, Text::latin1(name.as_bytes()))?;
        Ok(Some(id as u16))
    }
}
