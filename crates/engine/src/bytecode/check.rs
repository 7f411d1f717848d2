//! The verifier of code that somebody else made: what passes can be run.
//!
//! The loop (`vm/run.rs`) believes its code: that operands are in bounds, that a register which is used as a Box
//! holds one, that what it reads is a JavaScript value and none of the engine's marks, that a coroutine suspends only
//! once it is one. This is where all of it is made sure, by abstract interpretation: for each place where flow
//! meets, a set of [types](ty) for each register, joined until nothing changes. What cannot be shown for
//! captured variables (whether they are initialized where a closure runs) is made sure by putting the checked form
//! of an instruction in place of the unchecked one; code of our own emitter cannot tell the difference.
//!
//! The work is bounded by [`Budget`], for the number of types is the product of registers and places.

use super::code::{CaptureSource, EvalScope, FunctionKind, Handler, flags};
use super::info::{Piece, is_terminal, is_test, pieces};
use super::op::*;
use std::cell::Cell;
use std::sync::LazyLock;

/// What a register may hold, as bits.
mod ty {
    /// Left over by others: no cell, but perhaps a mark. Not to be read.
    pub const JUNK: u8 = 1;
    /// The uninitialized mark.
    pub const UNINIT: u8 = 2;
    /// A value that is no cell.
    pub const PLAIN: u8 = 4;
    /// Any value.
    pub const VALUE: u8 = 8;
    /// A Box that holds a value.
    pub const BOX: u8 = 16;
    /// A Box that holds a value or the uninitialized mark.
    pub const BOX_UNINIT: u8 = 32;
    /// The hole, in the place of an iterator's `next`: an array that is iterated directly.
    pub const HOLE: u8 = 64;
    /// A dispose capability.
    pub const DISPOSE: u8 = 128;

    pub const READABLE: u8 = PLAIN | VALUE;
    pub const ANY_BOX: u8 = BOX | BOX_UNINIT;
    pub const CELL: u8 = VALUE | BOX | BOX_UNINIT | DISPOSE;
}
use ty::*;

/// How an operand is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    None,
    /// This many registers written.
    Write(u8),
    /// This many registers read.
    Read(u8),
    Modify,
    /// The registers of a call; those of a concatenation.
    CallWindow,
    Parts,
    Const,
    Cache,
    Signed,
    Number,
    Jump,
    Capture,
    Child,
    Site,
    RegExp,
    EvalScope,
    Slot,
}

/// What an operation does with a, b, c, and b and c as one number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info {
    pub a: Role,
    pub b: Role,
    pub c: Role,
    pub x: Role,
    pub test: bool,
    pub terminal: bool,
}

/// By operation.
pub(crate) static INFO: LazyLock<[Info; Op::ALL.len()]> = LazyLock::new(|| {
    // (No heap memory: whoever looks for leaks would find it.)
    std::array::from_fn(|n| {
        let op = Op::ALL[n];
        let none = Role::None;
        let mut info =
            Info { a: none, b: none, c: none, x: none, test: is_test(op), terminal: is_terminal(op) };
        for piece in pieces(op) {
            let Piece::Operand(kind, which) = piece else { continue };
            let role = match kind {
                "d" => Role::Write(1),
                "d2" => Role::Write(2),
                "d3" => Role::Write(3),
                "u" => Role::Read(1),
                "u2" => Role::Read(2),
                "u3" => Role::Read(3),
                "m" => Role::Modify,
                "r" => Role::CallWindow,
                "q" => Role::Parts,
                "k" => Role::Const,
                "i" => Role::Cache,
                "s" => Role::Signed,
                "j" => Role::Jump,
                "v" => Role::Capture,
                "f" => Role::Child,
                "t" => Role::Site,
                "p" => Role::RegExp,
                "e" => Role::EvalScope,
                "l" => Role::Slot,
                _ => Role::Number,
            };
            match which {
                b'a' => info.a = role,
                b'b' => info.b = role,
                b'c' => info.c = role,
                _ => info.x = role,
            }
        }
        // Numbers that the patterns do not show.
        match op {
            Op::ThrowError => info.a = Role::Number,
            Op::RequireObject => info.c = Role::Number,
            Op::Call | Op::Construct | Op::CallEval | Op::Concat => info.c = Role::Number,
            _ => {}
        }
        info
    })
});

/// A function's code and the sizes of its tables.
pub(crate) struct Unit<'a> {
    pub instrs: &'a mut [Instr],
    pub handlers: &'a [Handler],
    pub eval_scopes: &'a [EvalScope],
    /// Flags and captures of each child.
    pub children: &'a [(u32, &'a [CaptureSource])],
    pub consts: usize,
    pub ics: usize,
    pub templates: usize,
    pub regexps: usize,
    pub captures: usize,
    pub nparams: u16,
    pub nlocals: u16,
    pub nregs: u16,
    pub kind: FunctionKind,
    pub flags: u32,
    /// Slots of the module whose top-level code it is.
    pub module_slots: Option<u32>,
}

/// How much work the verifier may do, in registers looked at, and how much memory it may take.
pub(crate) struct Budget {
    pub work: usize,
    pub memory: usize,
}

impl Budget {
    /// The work that code may take which takes so many bytes when written.
    pub fn work_for(bytes: usize) -> usize {
        (1 << 24) + bytes.saturating_mul(256)
    }
    fn spend(&mut self, n: usize) -> Checked<()> {
        if n > self.work {
            return Err("code too complex");
        }
        self.work -= n;
        Ok(())
    }
}

type Checked<T> = Result<T, &'static str>;

/// What is wrong where [`Budget::memory`] does not suffice.
pub(crate) const OUT_OF_MEMORY: &str = "out of memory";

/// Checks a function, not those in it; puts checked instructions in the place of others where need be.
///
/// # Errors
/// What is wrong.
pub(crate) fn check(unit: &mut Unit<'_>, budget: &mut Budget) -> Checked<()> {
    check_at(unit, budget, &Cell::new(0))
}
/// The same; `at` is where it stopped.
fn check_at(unit: &mut Unit<'_>, budget: &mut Budget, at: &Cell<usize>) -> Checked<()> {
    let leaders = structure(unit, budget)?;
    Flow::new(unit, budget, leaders, at)?.run()
}

/// The target of the jump in a word.
fn jump_target(unit: &Unit<'_>, pc: usize) -> usize {
    (pc as i64 + 1 + i64::from(unit.instrs[pc].sbc())) as usize
}

/// What has to hold before a function may be called, and its code be looked at.
pub(crate) fn check_head(
    nparams: u16,
    nlocals: u16,
    nregs: u16,
    kind: FunctionKind,
    flags: u32,
) -> Checked<()> {
    if nparams as usize + 2 > nlocals as usize || nlocals > nregs {
        return Err("register counts");
    }
    let is = |f: u32| flags & f != 0;
    if is(flags::CONSTRUCTOR) && kind != FunctionKind::Normal
        || is(flags::CLASS_CONSTRUCTOR) && !is(flags::CONSTRUCTOR)
        || is(flags::DERIVED) && !is(flags::CLASS_CONSTRUCTOR)
    {
        return Err("function flags");
    }
    Ok(())
}

/// What needs no flow: numbers within bounds, words that belong together. Answers where flow may meet: ascending.
fn structure(unit: &Unit<'_>, budget: &mut Budget) -> Checked<Leaders> {
    let n = unit.instrs.len();
    let nregs = unit.nregs as usize;
    check_head(unit.nparams, unit.nlocals, unit.nregs, unit.kind, unit.flags)?;
    // A module's code suspends in a frame that only linking makes: nobody else may get hold of it and call it.
    let module = flags::TOP_LEVEL | flags::MODULE | flags::STRICT;
    let is_module = unit.module_slots.is_some();
    if is_module && (unit.flags & module != module || unit.nparams != 0)
        || !is_module && unit.flags & flags::MODULE != 0
    {
        return Err("function flags");
    }
    if unit.handlers.len() > n || n >= u32::MAX as usize / 8 {
        return Err("counts");
    }
    let bytes = n * 9;
    if bytes > budget.memory {
        return Err(OUT_OF_MEMORY);
    }
    let mut leader = vec![false; n];
    let mut last_terminal = false;
    let info = &*INFO;
    for pc in 0..n {
        let i = unit.instrs[pc];
        let Some(&op) = Op::ALL.get((i.0 & 0xff) as usize) else { return Err("operation") };
        let f = info[op as usize];
        let register = |first: usize, count: usize, written: bool| -> Checked<()> {
            if first + count > nregs || written && first == 0 { Err("register") } else { Ok(()) }
        };
        let dropped = i.f() & VARIANT != 0;
        let operand = |role: Role, value: usize, kill: u8| -> Checked<()> {
            let below = |n: usize, what: &'static str| if value < n { Ok(()) } else { Err(what) };
            match role {
                Role::None | Role::Signed | Role::Number => Ok(()),
                Role::Write(k) => register(value, k as usize, true),
                Role::Modify => register(value, 1, true),
                // (A return may give up the callee: it goes on living in the result.)
                Role::Read(k) => {
                    let returns = matches!(op, Op::Return | Op::ReturnChecked | Op::ReturnDerived);
                    register(value, k as usize, i.f() & kill != 0 && !returns)
                }
                Role::CallWindow => register(value, 2 + i.c(), true),
                Role::Parts => register(value, i.c(), true),
                Role::Const => below(unit.consts, "constant"),
                Role::Cache => below(unit.ics, "cache"),
                Role::Capture => below(unit.captures, "capture"),
                Role::Child => below(unit.children.len(), "child"),
                Role::Site => below(unit.templates, "template"),
                Role::RegExp => below(unit.regexps, "regular expression"),
                Role::EvalScope => below(unit.eval_scopes.len(), "eval scope"),
                Role::Slot => below(unit.module_slots.unwrap_or(0) as usize, "module slot"),
                Role::Jump => Ok(()),
            }
        };
        let is_call = matches!(
            op,
            Op::Call
                | Op::Construct
                | Op::CallSpread
                | Op::ConstructSpread
                | Op::CallEval
                | Op::CallEvalSpread
        );
        if !(is_call && dropped) {
            operand(f.a, i.a(), KILL_A)?;
        }
        operand(f.b, i.b(), KILL_B)?;
        operand(f.c, i.c(), KILL_C)?;
        operand(f.x, i.bc(), 0)?;
        if f.x == Role::Jump {
            let to = pc as i64 + 1 + i64::from(i.sbc());
            if to < 0 || to >= n as i64 {
                return Err("jump");
            }
            leader[to as usize] = true;
        }
        let next = unit.instrs.get(pc + 1).copied();
        let next_is = |op: Op| next.is_some_and(|i| i.0 & 0xff == op as u64);
        if f.test {
            if !next_is(Op::Jump) || pc + 2 >= n {
                return Err("test without jump");
            }
            leader[pc + 2] = true;
            // A step's jump is not counted as one: nobody would be asked for an interrupt.
            if matches!(op, Op::IterNext | Op::ForInNext | Op::DisposeNext)
                && next.is_some_and(|j| j.sbc() < 0)
            {
                return Err("step backwards");
            }
        }
        match op {
            Op::CallEval | Op::CallEvalSpread => {
                if !next_is(Op::EvalScope) || pc + 2 >= n {
                    return Err("eval without scope");
                }
                leader[pc + 2] = true;
                if op == Op::CallEvalSpread {
                    register(i.b(), 3, true)?;
                }
            }
            Op::SwitchInt => {
                budget.spend(i.c())?;
                for word in pc + 1..=pc + 1 + i.c() {
                    if unit.instrs.get(word).is_none_or(|i| i.0 & 0xff != Op::Jump as u64) {
                        return Err("switch without jumps");
                    }
                }
                leader[pc + 1..pc + 2 + i.c()].fill(true);
            }
            // (The last one: what takes registers whether or not a flag says so.)
            Op::GetSuperProp => register(i.b(), 2, true)?,
            Op::SetSuperProp | Op::IterClose | Op::IterCloseSilent => register(i.a(), 2, true)?,
            Op::IterNext
            | Op::IterStep
            | Op::IterRest
            | Op::IterCall
            | Op::CallSpread
            | Op::ConstructSpread => register(i.b(), 2, true)?,
            Op::Yield | Op::AsyncYield => register(i.a(), 2, true)?,
            Op::NewClass => {
                let ok = unit.children.get(i.c()).is_some_and(|c| c.0 & flags::CLASS_CONSTRUCTOR != 0);
                if !ok {
                    return Err("class");
                }
            }
            Op::Debugger if dropped => return Err("operation"),
            Op::NewArguments if is_module => return Err("arguments of a module"),
            Op::NewVarObject
            | Op::GetSuper
            | Op::SetSuper
            | Op::GetImport
            | Op::DisposeScope
            | Op::LoadBody => {
                return Err("operation");
            }
            _ => {}
        }
        if matches!(f.x, Role::Jump) && pc + 1 < n {
            leader[pc + 1] = true;
        }
        last_terminal = f.terminal;
    }
    if !last_terminal {
        return Err("code without end");
    }
    for h in unit.handlers {
        if h.start >= h.end
            || h.end as usize > n
            || h.target as usize >= n
            || h.reg >= unit.nregs
            || h.reg == 0
            || h.top > unit.nregs
            || h.top < unit.nlocals
        {
            return Err("handler");
        }
        leader[h.start as usize] = true;
        if let Some(l) = leader.get_mut(h.end as usize) {
            *l = true;
        }
        leader[h.target as usize] = true;
    }
    let source = |c: &CaptureSource| match *c {
        CaptureSource::Register(r) => r < unit.nregs,
        CaptureSource::Capture(i) => (i as usize) < unit.captures,
        CaptureSource::External(_) => false,
    };
    if !unit.children.iter().all(|c| c.1.iter().all(source)) {
        return Err("captures of a child");
    }
    for s in unit.eval_scopes {
        let slots = s.slots.len();
        if !s.slots.iter().all(source) || s.chain.slots as usize != slots {
            return Err("eval scope");
        }
        if !s.chain.scopes.iter().flat_map(|c| &c.bindings).all(|b| (b.slot as usize) < slots) {
            return Err("eval scope");
        }
    }
    leader[0] = true;
    let count = leader.iter().filter(|l| **l).count();
    let mut leaders = Leaders { list: Vec::with_capacity(count), index: vec![NO_LEADER; n] };
    for (pc, _) in leader.iter().enumerate().filter(|(_, l)| **l) {
        leaders.index[pc] = leaders.list.len() as u32;
        leaders.list.push(pc as u32);
    }
    Ok(leaders)
}

/// The places where flow may meet: in order, and by place which it is.
struct Leaders {
    list: Vec<u32>,
    index: Vec<u32>,
}
const NO_LEADER: u32 = u32::MAX;

/// What holds at a leader.
#[derive(Clone, Default)]
struct State {
    /// Registers past the end hold junk.
    regs: Vec<u8>,
    /// Bit 1: a coroutine that is none yet; bit 2: it is one.
    started: u8,
}

/// The handler of the block that is walked.
#[derive(Clone, Copy)]
struct Covering {
    leader: usize,
    top: usize,
    reg: usize,
}

struct Flow<'u, 'a> {
    unit: &'u mut Unit<'a>,
    budget: &'u mut Budget,
    leaders: Leaders,
    states: Vec<Option<State>>,
    pending: Vec<bool>,
    /// No leader below this one is pending.
    first: usize,
    now: State,
    handler: Option<Covering>,
    generator: bool,
    at: &'u Cell<usize>,
    info: &'static [Info],
}

impl<'u, 'a> Flow<'u, 'a> {
    fn new(
        unit: &'u mut Unit<'a>,
        budget: &'u mut Budget,
        leaders: Leaders,
        at: &'u Cell<usize>,
    ) -> Checked<Flow<'u, 'a>> {
        let n = leaders.list.len();
        budget.spend(n)?;
        let generator = matches!(unit.kind, FunctionKind::Generator | FunctionKind::AsyncGenerator);
        let states = std::iter::repeat_with(|| None).take(n).collect();
        Ok(Flow {
            unit,
            budget,
            leaders,
            states,
            pending: vec![false; n],
            first: n,
            now: State::default(),
            handler: None,
            generator,
            at,
            info: &*INFO,
        })
    }

    fn run(mut self) -> Checked<()> {
        let mut regs = vec![PLAIN; self.unit.nlocals as usize];
        for (r, t) in regs.iter_mut().enumerate() {
            if r < 2 + self.unit.nparams as usize {
                *t = VALUE;
            }
        }
        if self.unit.flags & flags::DERIVED != 0 {
            regs[1] = UNINIT;
        }
        if self.unit.module_slots.is_some() {
            // Of a type that nothing reads: see `structure`.
            regs[0] = HOLE;
        }
        self.now = State { regs, started: 1 };
        self.merge_into(0)?;
        while self.first < self.leaders.list.len() {
            let l = self.first;
            self.first += 1;
            if !std::mem::replace(&mut self.pending[l], false) {
                continue;
            }
            if let Some(s) = &self.states[l] {
                self.budget.spend(s.regs.len() + 8)?;
                self.now.regs.clone_from(&s.regs);
                self.now.started = s.started;
                self.block(l)?;
            }
        }
        Ok(())
    }

    fn leader_at(&self, pc: usize) -> Checked<usize> {
        match self.leaders.index.get(pc) {
            Some(&l) if l != NO_LEADER => Ok(l as usize),
            _ => Err("flow"),
        }
    }
    fn mark(&mut self, l: usize) {
        self.pending[l] = true;
        self.first = self.first.min(l);
    }
    /// Flow goes from here to a leader.
    fn merge_into(&mut self, l: usize) -> Checked<()> {
        self.budget.spend(self.now.regs.len() + 4)?;
        let now = &self.now;
        let changed = match &mut self.states[l] {
            None => {
                if now.regs.len() > self.budget.memory {
                    return Err(OUT_OF_MEMORY);
                }
                self.budget.memory -= now.regs.len();
                self.states[l] = Some(now.clone());
                true
            }
            Some(old) => {
                let mut changed = old.started | now.started != old.started;
                old.started |= now.started;
                // Past the shorter one there is junk in one of the two, and that is what is known.
                for (o, t) in old.regs.iter_mut().zip(&now.regs) {
                    if *o | t != *o {
                        *o |= t;
                        changed = true;
                    }
                }
                for o in old.regs.iter_mut().skip(now.regs.len()) {
                    if *o & JUNK == 0 {
                        *o |= JUNK;
                        changed = true;
                    }
                }
                // (Only the rule for registers above a call asks what else it may be.)
                if let Some(last) = now.regs.iter().rposition(|t| t & CELL != 0)
                    && last >= old.regs.len()
                {
                    old.regs.extend(now.regs[old.regs.len()..=last].iter().map(|t| t | JUNK));
                    changed = true;
                }
                changed
            }
        };
        if changed {
            self.mark(l);
        }
        Ok(())
    }
    fn go_to(&mut self, pc: usize) -> Checked<()> {
        let l = self.leader_at(pc)?;
        self.merge_into(l)
    }

    // ---- registers

    fn get(&self, r: usize) -> u8 {
        self.now.regs.get(r).copied().unwrap_or(JUNK)
    }
    fn put(&mut self, r: usize, t: u8) {
        if r >= self.now.regs.len() {
            self.now.regs.resize(r + 1, JUNK);
        }
        self.now.regs[r] = t;
        if let Some(h) = self.handler
            && r < h.top
        {
            self.tell_handler(h, r, t);
        }
    }
    /// A throw may find register `r` of this type.
    fn tell_handler(&mut self, h: Covering, r: usize, t: u8) {
        if r == h.reg {
            return;
        }
        if let Some(s) = &mut self.states[h.leader] {
            if r >= s.regs.len() {
                s.regs.resize(r + 1, JUNK);
            }
            if s.regs[r] | t != s.regs[r] {
                s.regs[r] |= t;
                self.mark(h.leader);
            }
        }
    }
    fn readable(&self, r: usize) -> Checked<()> {
        let t = self.get(r);
        if t & !READABLE != 0 || t == 0 { Err("read of a register that may hold no value") } else { Ok(()) }
    }
    fn boxed(&self, r: usize) -> Checked<u8> {
        let t = self.get(r);
        if t & !ANY_BOX != 0 || t == 0 { Err("use of a register that may hold no Box") } else { Ok(t) }
    }
    fn value_or_uninit(&self, r: usize) -> Checked<u8> {
        let t = self.get(r);
        if t & !(READABLE | UNINIT) != 0 || t == 0 { Err("check of a register") } else { Ok(t) }
    }
    /// Where a call's `this` is undefined, its register is overwritten: a cell in it would be lost.
    fn bare_this(&self, bare: bool, r: usize) -> Checked<()> {
        if bare && self.get(r) & CELL != 0 { Err("a register for `this` may be alive") } else { Ok(()) }
    }
    fn dispose(&self, r: usize) -> Checked<()> {
        if self.get(r) == DISPOSE { Ok(()) } else { Err("use of a register that may hold no dispose scope") }
    }
    /// The iterator, and what may be its `next`.
    fn iterator(&self, r: usize) -> Checked<()> {
        self.readable(r)?;
        let t = self.get(r + 1);
        if t & !(READABLE | HOLE) != 0 || t == 0 {
            Err("use of a register that may hold no iterator")
        } else {
            Ok(())
        }
    }
    /// The registers from `r` on are whatever a callee left.
    fn forget_from(&mut self, r: usize) {
        if let Some(h) = self.handler {
            for k in r..h.top.min(self.now.regs.len()) {
                self.tell_handler(h, k, JUNK);
            }
        }
        self.now.regs.truncate(r);
    }

    // ---- blocks

    fn block(&mut self, l: usize) -> Checked<()> {
        let start = self.leaders.list[l] as usize;
        let end = self.leaders.list.get(l + 1).map_or(self.unit.instrs.len(), |&e| e as usize);
        self.budget.spend(self.unit.handlers.len() / 8 + (end - start))?;
        // Its bounds are leaders: a handler covers a block or does not.
        self.handler = None;
        let covering =
            self.unit.handlers.iter().find(|h| h.start as usize <= start && start < h.end as usize).copied();
        if let Some(h) = covering {
            let target = self.leader_at(h.target as usize)?;
            let (top, reg) = (h.top as usize, h.reg as usize);
            let all = self.now.regs.clone();
            self.now.regs.truncate(top);
            if reg >= self.now.regs.len() {
                self.now.regs.resize(reg + 1, JUNK);
            }
            self.now.regs[reg] = VALUE;
            // Released registers are undefined.
            for r in top..self.now.regs.len() {
                if r != reg {
                    self.now.regs[r] = PLAIN;
                }
            }
            let r = self.merge_into(target);
            self.now.regs = all;
            r?;
            self.handler = Some(Covering { leader: target, top, reg });
        }
        let mut pc = start;
        while pc < end {
            self.at.set(pc);
            if !self.step(pc)? {
                return Ok(());
            }
            pc += 1;
        }
        self.handler = None;
        if pc < self.unit.instrs.len() { self.go_to(pc) } else { Err("code without end") }
    }

    /// Reads an operand, and lets it die if the flag says so.
    fn read(&mut self, i: Instr, role: Role, r: usize, flag: u8) -> Checked<()> {
        if let Role::Read(k) = role {
            for n in 0..k as usize {
                self.readable(r + n)?;
            }
            if i.f() & flag != 0 {
                self.put(r, PLAIN);
            }
        }
        Ok(())
    }
    /// Is the value at once checked by the next instruction?
    fn is_checked_next(&self, pc: usize, r: usize) -> bool {
        self.unit.instrs.get(pc + 1).is_some_and(|n| {
            n.a() == r && matches!(n.op(), Op::CheckThis | Op::CheckThisUninit | Op::CheckInit)
        }) && self.leader_at(pc + 1).is_err()
    }
    fn replace(&mut self, pc: usize, op: Op) {
        let i = self.unit.instrs[pc];
        self.unit.instrs[pc] = Instr(i.0 & !0xff | op as u64);
    }

    /// One instruction; false if flow does not go on to the next word of the block.
    fn step(&mut self, pc: usize) -> Checked<bool> {
        let i = self.unit.instrs[pc];
        let op = i.op();
        let f = self.info[op as usize];
        let (a, b, c) = (i.a(), i.b(), i.c());
        match op {
            Op::Kill => self.put(a, PLAIN),
            Op::LoadUninit => self.put(a, UNINIT),
            Op::LoadInt | Op::LoadUndefined | Op::LoadNull | Op::LoadTrue | Op::LoadFalse => {
                self.put(a, PLAIN)
            }
            Op::CheckInit | Op::CheckThis => {
                let t = self.value_or_uninit(a)? & !UNINIT;
                self.put(a, if t == 0 { VALUE } else { t });
            }
            Op::CheckThisUninit => {
                self.value_or_uninit(a)?;
                self.put(a, UNINIT);
            }
            // What is moved need not be known, as long as it is not read.
            Op::Move if self.get(b) & !(READABLE | JUNK | UNINIT) == 0 => {
                let t = self.get(b);
                if i.f() & KILL_B != 0 {
                    self.put(b, PLAIN);
                }
                self.put(a, t);
            }
            Op::MoveChecked => {
                let t = self.value_or_uninit(b)? & !UNINIT;
                self.put(b, if t == 0 { VALUE } else { t });
                self.put(a, VALUE);
            }
            Op::NewBox => self.put(a, BOX),
            Op::NewBoxUninit => self.put(a, BOX_UNINIT),
            Op::WrapBox => {
                let t = self.value_or_uninit(a)?;
                self.put(a, if t & UNINIT != 0 { BOX_UNINIT } else { BOX });
            }
            Op::BoxFrom => {
                let t = self.value_or_uninit(b)?;
                if i.f() & KILL_B != 0 {
                    self.put(b, PLAIN);
                }
                self.put(a, if t & UNINIT != 0 { BOX_UNINIT } else { BOX });
            }
            Op::CopyBox => {
                self.boxed(a)?;
            }
            Op::GetBox => {
                if self.boxed(b)? & BOX_UNINIT == 0 {
                    self.put(a, VALUE);
                } else if self.is_checked_next(pc, a) {
                    self.put(a, VALUE | UNINIT);
                } else {
                    self.replace(pc, Op::GetBoxChecked);
                    self.put(b, BOX);
                    self.put(a, VALUE);
                }
            }
            Op::GetBoxChecked => {
                self.boxed(b)?;
                self.put(b, BOX);
                self.put(a, VALUE);
            }
            Op::SetBox | Op::SetBoxChecked => {
                self.boxed(a)?;
                self.read(i, Role::Read(1), b, KILL_B)?;
                self.put(a, BOX);
            }
            Op::GetCapture => {
                if self.is_checked_next(pc, a) {
                    self.put(a, VALUE | UNINIT);
                } else {
                    self.replace(pc, Op::GetCaptureChecked);
                    self.put(a, VALUE);
                }
            }
            Op::LoadModuleCell => self.put(a, BOX_UNINIT),
            Op::GetMethod | Op::GetElemMethod => {
                self.read(i, f.b, b, KILL_B)?;
                self.read(i, f.c, c, KILL_C)?;
                self.put(a, VALUE);
                self.put(a + 1, VALUE);
            }
            Op::GetSuperProp => {
                self.read(i, Role::Read(2), b, 0)?;
                self.read(i, Role::Read(1), c, KILL_C)?;
                self.put(b, PLAIN);
                self.put(b + 1, PLAIN);
                self.put(a, VALUE);
            }
            Op::SetSuperProp => {
                self.read(i, Role::Read(2), a, 0)?;
                self.read(i, Role::Read(1), b, KILL_B)?;
                self.read(i, Role::Read(1), c, KILL_C)?;
                self.put(a, PLAIN);
                self.put(a + 1, PLAIN);
            }
            Op::Concat => {
                self.budget.spend(c)?;
                for r in b..b + c {
                    self.readable(r)?;
                    self.put(r, PLAIN);
                }
                self.put(a, VALUE);
            }
            Op::CoerceThis => {
                self.readable(1)?;
                self.put(1, VALUE);
            }
            Op::CopyProperties => {
                self.readable(a)?;
                self.read(i, f.b, b, KILL_B)?;
                if i.f() & VARIANT != 0 {
                    self.readable(c)?;
                }
                if i.f() & KILL_C != 0 {
                    self.put(c, PLAIN);
                }
            }
            Op::NewClass => {
                if i.f() & VARIANT != 0 {
                    self.readable(b)?;
                }
                if i.f() & KILL_B != 0 {
                    self.put(b, PLAIN);
                }
                self.put(a, VALUE);
                self.put(a + 1, VALUE);
            }
            Op::NewArguments => {
                self.budget.spend(self.unit.nparams as usize)?;
                for r in 2..2 + self.unit.nparams as usize {
                    let t = self.get(r);
                    if t & !(READABLE | BOX) != 0 {
                        return Err("arguments");
                    }
                }
                self.put(a, VALUE);
            }
            Op::NewRest => {
                self.budget.spend(self.unit.nparams as usize)?;
                for r in (2 + i.bc().min(usize::from(u16::MAX)))..2 + self.unit.nparams as usize {
                    self.readable(r)?;
                }
                self.put(a, VALUE);
            }
            Op::Call | Op::Construct | Op::CallEval => {
                let bare = op != Op::Construct && i.f() & VARIANT2 != 0;
                for r in b..b + 2 + c {
                    if r != b + 1 || !bare {
                        self.readable(r)?;
                    }
                }
                self.bare_this(bare, b + 1)?;
                // The callee's window begins at the call's: it must not cover what is alive.
                if self.now.regs.iter().skip(b + 2 + c).any(|t| t & CELL != 0) {
                    return Err("a register above a call may be alive");
                }
                self.forget_from(b);
                if i.f() & VARIANT == 0 {
                    self.put(a, VALUE);
                }
                if op == Op::CallEval {
                    self.go_to(pc + 2)?;
                    return Ok(false);
                }
            }
            Op::CallSpread | Op::ConstructSpread | Op::CallEvalSpread => {
                let bare = i.f() & VARIANT2 != 0;
                self.bare_this(bare, b + 1)?;
                for r in b..b + 3 {
                    if r != b + 1 || !bare {
                        self.readable(r)?;
                    }
                    // Cells are taken, anything else stays.
                    self.put(r, PLAIN);
                }
                if i.f() & VARIANT == 0 {
                    self.put(a, VALUE);
                }
                if op == Op::CallEvalSpread {
                    self.go_to(pc + 2)?;
                    return Ok(false);
                }
            }
            Op::Throw => {
                // The end of a `finally` that nothing was thrown into holds junk here: the loop makes a mark undefined.
                if self.get(a) & !(READABLE | JUNK | UNINIT) != 0 {
                    return Err("throw of what is no value");
                }
                return Ok(false);
            }
            Op::Return | Op::ReturnUndefined | Op::ReturnChecked => {
                if op != Op::ReturnUndefined && self.readable(a).is_err() {
                    // The same for a return through a `finally`.
                    if self.get(a) & !(READABLE | JUNK | UNINIT) != 0 {
                        return Err("return of what is no value");
                    }
                    self.replace(pc, Op::ReturnChecked);
                }
                if self.unit.flags & flags::CONSTRUCTOR != 0 {
                    self.readable(1)?;
                }
                // Linking takes what comes of the first part for the parked rest.
                if self.unit.module_slots.is_some() && self.now.started & 1 != 0 {
                    return Err("module without a beginning");
                }
                return Ok(false);
            }
            Op::ReturnDerived => {
                // (What is neither an object nor undefined is an error.)
                if self.get(a) & !(READABLE | JUNK | UNINIT) != 0 {
                    return Err("return of what is no value");
                }
                if i.f() & VARIANT != 0 {
                    self.boxed(b)?;
                } else {
                    self.value_or_uninit(b)?;
                }
                return Ok(false);
            }
            Op::GetIterator => {
                self.read(i, f.b, b, KILL_B)?;
                self.put(a, VALUE);
                self.put(a + 1, if i.f() & VARIANT != 0 { VALUE } else { VALUE | HOLE });
                self.put(a + 2, PLAIN);
            }
            Op::IterNext => {
                self.iterator(b)?;
                let t = self.get(b + 2);
                self.put(b + 2, t | PLAIN);
                // Over, or thrown.
                let (it, next) = (self.get(b), self.get(b + 1));
                self.put(b, PLAIN);
                self.put(b + 1, PLAIN);
                self.go_to(jump_target(self.unit, pc + 1))?;
                self.put(b + 1, next);
                self.put(b, it);
                self.put(a, VALUE);
                self.go_to(pc + 2)?;
                return Ok(false);
            }
            Op::IterStep | Op::IterRest => {
                self.iterator(b)?;
                let t = self.get(b + 2);
                self.put(b + 2, t | PLAIN);
                let t = self.get(b);
                self.put(b, if op == Op::IterRest { PLAIN } else { t | PLAIN });
                self.put(a, VALUE);
            }
            Op::IterClose | Op::IterCloseSilent => {
                self.readable(a)?;
                for r in a..a + 3 {
                    self.put(r, PLAIN);
                }
            }
            Op::IterCall => {
                self.iterator(b)?;
                if i.f() & VARIANT == 0 {
                    self.readable(c)?;
                }
                self.put(b, VALUE);
                self.put(b + 1, VALUE);
                if i.f() & KILL_C != 0 {
                    self.put(c, PLAIN);
                }
                self.put(a, VALUE);
            }
            Op::NewDisposeScope => self.put(a, DISPOSE),
            Op::DisposeError => {
                self.dispose(a)?;
                if self.get(b) & !(READABLE | JUNK | UNINIT) != 0 {
                    return Err("error that is no value");
                }
                if i.f() & KILL_B != 0 {
                    self.put(b, PLAIN);
                }
            }
            Op::AddDisposable => {
                self.dispose(a)?;
                self.read(i, f.b, b, KILL_B)?;
            }
            Op::DisposeEnd => {
                self.dispose(a)?;
                self.put(a, PLAIN);
            }
            Op::DisposeNext => {
                self.dispose(b)?;
                self.go_to(jump_target(self.unit, pc + 1))?;
                self.put(a, VALUE);
                self.put(a + 1, PLAIN);
                self.go_to(pc + 2)?;
                return Ok(false);
            }
            Op::ForInNext => {
                self.readable(b)?;
                self.go_to(jump_target(self.unit, pc + 1))?;
                self.put(a, VALUE);
                self.go_to(pc + 2)?;
                return Ok(false);
            }
            Op::InitialYield | Op::Yield | Op::AsyncYield | Op::Await => self.suspend(i, op)?,
            Op::JumpNullish | Op::JumpNotNullish | Op::JumpUndefined | Op::JumpNotUndefined => {
                self.readable(a)?;
                let t = self.get(a);
                let taken = matches!(op, Op::JumpNullish | Op::JumpUndefined);
                self.now.regs[a] = if taken { PLAIN } else { t };
                self.go_to(jump_target(self.unit, pc))?;
                self.now.regs[a] = if taken { t } else { PLAIN };
            }
            Op::SwitchInt => {
                self.read(i, f.a, a, KILL_A)?;
                for k in 0..=c {
                    self.go_to(pc + 1 + k)?;
                }
                return Ok(false);
            }
            _ => {
                self.read(i, f.a, a, KILL_A)?;
                self.read(i, f.b, b, KILL_B)?;
                self.read(i, f.c, c, KILL_C)?;
                let t = match op {
                    Op::HasBinding
                    | Op::HasGlobal
                    | Op::DeleteElem
                    | Op::DeleteGlobal
                    | Op::In
                    | Op::InPrivate
                    | Op::InstanceOf
                    | Op::Not
                    | Op::Lt
                    | Op::Le
                    | Op::Gt
                    | Op::Ge
                    | Op::Eq
                    | Op::Ne
                    | Op::StrictEq
                    | Op::StrictNe => PLAIN,
                    _ => VALUE,
                };
                for (role, r) in [(f.a, a), (f.b, b), (f.c, c)] {
                    match role {
                        Role::Write(k) => (0..k as usize).for_each(|n| self.put(r + n, t)),
                        Role::Modify => self.put(r, t),
                        _ => {}
                    }
                }
                if f.test {
                    // The end of a `finally`: where the state is not the throw's, there is no exception. (Only the
                    // rule for registers above a call tells PLAIN from VALUE, and that one guards against leaks.)
                    let throw = self.unit.instrs.get(pc + 2).copied();
                    let t = self.get(a + 1);
                    let finally = op == Op::TestStrictEqInt
                        && i.sb() == 1
                        && t & VALUE != 0
                        && throw.is_some_and(|w| w.0 & 0xff == Op::Throw as u64 && w.a() == a + 1);
                    if finally {
                        self.now.regs[a + 1] = t & !VALUE | PLAIN;
                    }
                    self.go_to(jump_target(self.unit, pc + 1))?;
                    if finally {
                        self.now.regs[a + 1] = t;
                    }
                    self.go_to(pc + 2)?;
                    return Ok(false);
                }
                if op == Op::Jump {
                    self.go_to(jump_target(self.unit, pc))?;
                    return Ok(false);
                }
                if f.x == Role::Jump {
                    self.go_to(jump_target(self.unit, pc))?;
                }
                if f.terminal {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn suspend(&mut self, i: Instr, op: Op) -> Checked<()> {
        use FunctionKind::*;
        let kind = self.unit.kind;
        let ok = match op {
            Op::Yield => kind == Generator,
            Op::AsyncYield => kind == AsyncGenerator,
            Op::Await => matches!(kind, Async | AsyncGenerator),
            _ => self.generator || self.unit.module_slots.is_some(),
        };
        if !ok {
            return Err("suspension of a function that cannot");
        }
        if op == Op::InitialYield {
            if self.now.started != 1 {
                return Err("second beginning");
            }
            self.now.started = 2;
            return Ok(());
        }
        if (self.generator || self.unit.module_slots.is_some()) && self.now.started != 2 {
            return Err("suspension before the beginning");
        }
        self.read(i, Role::Read(1), i.b(), KILL_B)?;
        self.put(i.a(), VALUE);
        if op != Op::Await {
            self.put(i.a() + 1, PLAIN);
        }
        Ok(())
    }
}

/// Checks emitted code and all functions in it, for tests; how many instructions had to be replaced.
///
/// # Errors
/// The function's name, the place and what is wrong.
pub fn check_emitted(code: &super::code::Code) -> Result<usize, String> {
    let mut replaced = 0;
    let mut stack = vec![(code, true)];
    while let Some((code, root)) = stack.pop() {
        let mut instrs = code.instrs.clone();
        let children: Vec<(u32, &[CaptureSource])> =
            code.children.iter().map(|c| (c.flags, &c.captures[..])).collect();
        let mut unit = Unit {
            instrs: &mut instrs,
            handlers: &code.handlers,
            eval_scopes: &code.eval_scopes,
            children: &children,
            consts: code.consts.len(),
            ics: code.ic_keys.len(),
            templates: code.templates.len(),
            regexps: code.regexps.len(),
            captures: code.captures.len(),
            nparams: code.nparams,
            nlocals: code.nlocals,
            nregs: code.nregs,
            kind: code.kind,
            flags: code.flags,
            module_slots: code.module.as_ref().filter(|_| root).map(|m| m.slots),
        };
        let mut budget = Budget { work: Budget::work_for(code.instrs.len() * 8), memory: usize::MAX };
        let at = std::cell::Cell::new(0);
        check_at(&mut unit, &mut budget, &at).map_err(|e| {
            let text =
                if code.instrs.len() < 400 { super::dis::disassemble(code, false) } else { String::new() };
            format!("{:?}: {}: {e}\n{text}", super::dis::display(&code.name), at.get())
        })?;
        replaced += instrs.iter().zip(&code.instrs).filter(|(a, b)| a != b).count();
        stack.extend(code.children.iter().map(|c| (c, false)));
    }
    Ok(replaced)
}
