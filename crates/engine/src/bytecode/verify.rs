//! A check of emitted code, for tests: operands within bounds, jumps to instructions, tests followed by jumps,
//! temporaries balanced.

use super::code::{CaptureSource, Code};
use super::info::{Piece, is_terminal, is_test, pieces};
use super::op::*;

/// Checks a function and all functions in it.
///
/// # Errors
/// A description of the first fault.
pub fn verify(code: &Code) -> Result<(), String> {
    let mut stack = vec![code];
    while let Some(code) = stack.pop() {
        one(code).map_err(|e| format!("{:?}: {e}\n{}", super::dis::display(&code.name), listing(code)))?;
        for child in &code.children {
            for capture in &child.captures {
                let ok = match *capture {
                    CaptureSource::Register(r) => r < code.nlocals,
                    CaptureSource::Capture(i) => (i as usize) < code.captures.len(),
                    CaptureSource::External(_) => false,
                };
                if !ok {
                    return Err(format!("{:?}: bad capture {capture:?}", super::dis::display(&child.name)));
                }
            }
            stack.push(child);
        }
    }
    Ok(())
}

fn listing(code: &Code) -> String {
    if code.instrs.len() > 400 {
        return String::new();
    }
    super::dis::disassemble(code, false)
}

/// Effects of an operand on registers.
enum Use {
    Read(usize, bool),
    Write(usize),
}

fn operands(code: &Code, pc: usize, i: Instr) -> Result<Vec<Use>, String> {
    let mut uses = Vec::new();
    for piece in pieces(i.op()) {
        let Piece::Operand(kind, which) = piece else { continue };
        let (value, signed, kill) = match which {
            b'a' => (i.a(), i.a() as i32, i.f() & KILL_A != 0),
            b'b' => (i.b(), i.sb(), i.f() & KILL_B != 0),
            b'c' => (i.c(), i.sc(), i.f() & KILL_C != 0),
            _ => (i.bc(), i.sbc(), false),
        };
        let limit = |n: usize, what: &str| {
            if value < n { Ok(()) } else { Err(format!("{pc}: {what} {value} of {n}")) }
        };
        match kind {
            "d" => uses.push(Use::Write(value)),
            "d2" => uses.extend([Use::Write(value), Use::Write(value + 1)]),
            "d3" => uses.extend([Use::Write(value), Use::Write(value + 1), Use::Write(value + 2)]),
            "m" => uses.extend([Use::Read(value, false), Use::Write(value)]),
            "u" => uses.push(Use::Read(value, kill)),
            "u2" => uses.extend([Use::Read(value, kill), Use::Read(value + 1, false)]),
            "u3" => uses.extend((0..3).map(|n| Use::Read(value + n, kill))),
            "r" => {
                // With VARIANT2 a call's `this` is not in its register.
                let bare = i.op() != Op::Construct && i.f() & VARIANT2 != 0;
                uses.extend((0..2 + i.c()).filter(|&n| n != 1 || !bare).map(|n| Use::Read(value + n, true)));
            }
            "q" => uses.extend((0..i.c()).map(|n| Use::Read(value + n, true))),
            "k" => limit(code.consts.len(), "constant")?,
            "i" => limit(code.ic_keys.len(), "key")?,
            "f" => limit(code.children.len(), "child")?,
            "t" => limit(code.templates.len(), "template")?,
            "p" => limit(code.regexps.len(), "regexp")?,
            "e" => limit(code.eval_scopes.len(), "eval scope")?,
            "v" => limit(code.captures.len(), "capture")?,
            "j" => {
                let to = pc as i64 + 1 + i64::from(signed);
                if to < 0 || to >= code.instrs.len() as i64 {
                    return Err(format!("{pc}: jump to {to}"));
                }
            }
            "s" | "n" | "l" => {}
            _ => return Err(format!("{pc}: unknown kind {kind}")),
        }
    }
    for u in &uses {
        let (Use::Read(r, _) | Use::Write(r)) = *u;
        if r >= usize::from(code.nregs) {
            return Err(format!("{pc}: register {r} of {}", code.nregs));
        }
    }
    Ok(uses)
}

fn one(code: &Code) -> Result<(), String> {
    let n = code.instrs.len();
    if code.nlocals > code.nregs || 2 + code.nparams > code.nlocals.max(2 + code.nparams) {
        return Err("register counts".into());
    }
    match code.instrs.last() {
        Some(i) if is_terminal(i.op()) => {}
        _ => return Err("falls off the end".into()),
    }
    let mut kills_local = None;
    for (pc, &i) in code.instrs.iter().enumerate() {
        for u in operands(code, pc, i)? {
            if let Use::Read(r, true) = u
                && r < usize::from(code.nlocals)
            {
                kills_local = kills_local.or(Some(pc));
            }
        }
        let next = code.instrs.get(pc + 1).map(|i| i.op());
        if is_test(i.op()) && next != Some(Op::Jump) {
            return Err(format!("{pc}: test without jump"));
        }
        if matches!(i.op(), Op::CallEval | Op::CallEvalSpread) && next != Some(Op::EvalScope) {
            return Err(format!("{pc}: eval without scope"));
        }
        if i.op() == Op::SwitchInt {
            for word in 0..=i.c() {
                if code.instrs.get(pc + 1 + word).map(|i| i.op()) != Some(Op::Jump) {
                    return Err(format!("{pc}: switch table"));
                }
            }
        }
    }
    for h in &code.handlers {
        if h.start >= h.end
            || h.end as usize > n
            || h.target as usize >= n
            || h.reg >= code.nregs
            || h.top > code.nregs
        {
            return Err(format!("handler {h:?}"));
        }
        if h.top < code.nlocals {
            return Err(format!("handler releases locals {h:?}"));
        }
    }
    if code.positions.windows(2).any(|w| w[0].0 > w[1].0) {
        return Err("positions out of order".into());
    }
    flow(code)
}

/// Data flow over temporaries: at every instruction a temporary is known dead, known alive, or either. A read
/// of a dead temporary and, at a return, a live one are faults.
fn flow(code: &Code) -> Result<(), String> {
    let n = code.instrs.len();
    let base = usize::from(code.nlocals);
    let temps = usize::from(code.nregs) - base;
    if temps == 0 || n * temps > 4_000_000 {
        return Ok(());
    }
    // Bit sets: may hold a cell, may be dead, may hold something that is no cell.
    const ALIVE: u8 = 1;
    const DEAD: u8 = 2;
    const PLAIN: u8 = 4;
    let mut states: Vec<Option<Vec<u8>>> = vec![None; n];
    let mut work = vec![0usize];
    states[0] = Some(vec![DEAD; temps]);
    // Faults count once nothing changes any more: a second pass over all that was reached.
    let mut settled = false;
    loop {
        let Some(pc) = work.pop() else {
            if settled {
                break;
            }
            settled = true;
            work = (0..n).filter(|&pc| states[pc].is_some()).collect();
            continue;
        };
        let Some(mut state) = states[pc].clone() else { continue };
        let i = code.instrs[pc];
        let before = state.clone();
        let op = i.op();
        // Exceptions leave with the state before the instruction, cut at the handler's top.
        if let Some(h) = code.handlers.iter().find(|h| (h.start..h.end).contains(&(pc as u32))) {
            let mut s = before.clone();
            for (r, bits) in s.iter_mut().enumerate() {
                if r + base >= usize::from(h.top) {
                    *bits = DEAD;
                }
            }
            if let Some(bits) = usize::from(h.reg).checked_sub(base).and_then(|r| s.get_mut(r)) {
                *bits = ALIVE;
            }
            merge(&mut states, &mut work, h.target as usize, &s);
        }
        let uses = operands(code, pc, i)?;
        for u in &uses {
            if let Use::Read(r, kill) = *u
                && let Some(bits) = r.checked_sub(base).and_then(|r| state.get_mut(r))
            {
                let exempt = matches!(
                    op,
                    Op::Kill | Op::IterClose | Op::IterCloseSilent | Op::IterCall | Op::CopyProperties
                ) || (matches!(
                    op,
                    Op::CallSpread
                        | Op::ConstructSpread
                        | Op::IterNext
                        | Op::IterStep
                        | Op::IterRest
                        | Op::CallEvalSpread
                )) || matches!(op, Op::ReturnDerived | Op::NewClass);
                if settled && *bits == DEAD && !exempt {
                    return Err(format!("{pc}: reads the dead R[{r}]"));
                }
                if kill {
                    *bits = DEAD;
                }
            }
        }
        if settled && matches!(op, Op::Call | Op::Construct | Op::CallEval) {
            let above = (i.b() + 2 + i.c()).saturating_sub(base);
            if let Some(r) = state.iter().skip(above).position(|&b| b & ALIVE != 0) {
                return Err(format!("{pc}: R[{}] above the call may be alive", r + above + base));
            }
        }
        let set = |state: &mut Vec<u8>, r: usize, v: u8| {
            if let Some(bits) = r.checked_sub(base).and_then(|r| state.get_mut(r)) {
                *bits = v;
            }
        };
        // Operations that take more than their pattern says.
        match op {
            Op::IterClose | Op::IterCloseSilent => (0..3).for_each(|k| set(&mut state, i.a() + k, DEAD)),
            Op::CallSpread | Op::ConstructSpread | Op::CallEvalSpread => {
                (0..3).for_each(|k| set(&mut state, i.b() + k, DEAD));
            }
            Op::GetSuperProp => (0..2).for_each(|k| set(&mut state, i.b() + k, DEAD)),
            Op::SetSuperProp => (0..2).for_each(|k| set(&mut state, i.a() + k, DEAD)),
            _ => {}
        }
        let dropped = i.f() & VARIANT != 0
            && matches!(
                op,
                Op::Call
                    | Op::CallSpread
                    | Op::Construct
                    | Op::ConstructSpread
                    | Op::CallEval
                    | Op::CallEvalSpread
            );
        for u in &uses {
            if let Use::Write(r) = *u
                && !dropped
            {
                set(&mut state, r, ALIVE);
            }
        }
        match op {
            Op::Kill => set(&mut state, i.a(), DEAD),
            Op::LoadInt | Op::LoadTrue | Op::LoadFalse | Op::LoadUndefined | Op::LoadNull => {
                // Not a cell: may be forgotten or used.
                set(&mut state, i.a(), PLAIN);
            }
            Op::HasBinding
            | Op::DeleteElem
            | Op::In
            | Op::InstanceOf
            | Op::DeleteGlobal
            | Op::DisposeNext => {
                set(&mut state, i.a() + usize::from(op == Op::DisposeNext), PLAIN);
            }
            Op::Yield | Op::AsyncYield => set(&mut state, i.a() + 1, PLAIN),
            Op::GetIterator => set(&mut state, i.a() + 2, DEAD),
            // The mode of a resumption is a number; so is what these tests look at.
            Op::JumpUndefined | Op::JumpNullish | Op::JumpNotNullish | Op::JumpNotUndefined => {}
            _ => {}
        }
        if settled
            && matches!(op, Op::Return | Op::ReturnUndefined | Op::ReturnDerived)
            && let Some(r) = state.iter().position(|&b| b & ALIVE != 0)
        {
            return Err(format!("{pc}: R[{}] is alive at a return", r + base));
        }
        let jump_to = |k: usize| (k as i64 + 1 + i64::from(code.instrs[k].sbc())) as usize;
        if is_test(op) {
            let mut over = state.clone();
            if matches!(op, Op::IterNext | Op::ForInNext | Op::DisposeNext) {
                for k in 0..2 {
                    if let Some(bits) = (i.a() + k).checked_sub(base).and_then(|r| over.get_mut(r))
                        && (k == 0 || op == Op::DisposeNext)
                    {
                        *bits = PLAIN;
                    }
                }
            }
            // The end of a `finally`: where the state is not the throw's, the value is not the exception.
            let throw = code.instrs.get(pc + 2).copied();
            if op == Op::TestStrictEqInt
                && i.sb() == 1
                && throw.is_some_and(|t| t.op() == Op::Throw && t.a() == i.a() + 1)
                && let Some(bits) = (i.a() + 1).checked_sub(base).and_then(|r| over.get_mut(r))
                && *bits & ALIVE != 0
            {
                *bits = (*bits & !ALIVE) | PLAIN;
            }
            merge(&mut states, &mut work, pc + 1, &over);
            if pc + 2 < n {
                merge(&mut states, &mut work, pc + 2, &state);
            }
            continue;
        }
        match op {
            Op::Jump => merge(&mut states, &mut work, jump_to(pc), &state),
            Op::JumpTrue
            | Op::JumpFalse
            | Op::JumpNullish
            | Op::JumpNotNullish
            | Op::JumpUndefined
            | Op::JumpNotUndefined => {
                let mut taken = state.clone();
                let mut on = state;
                let nullish = usize::from(i.a() as u16).checked_sub(base);
                if let Some(r) = nullish {
                    if matches!(op, Op::JumpNullish | Op::JumpUndefined)
                        && let Some(bits) = taken.get_mut(r)
                    {
                        *bits = PLAIN;
                    }
                    if matches!(op, Op::JumpNotNullish | Op::JumpNotUndefined)
                        && let Some(bits) = on.get_mut(r)
                    {
                        *bits = PLAIN;
                    }
                }
                merge(&mut states, &mut work, jump_to(pc), &taken);
                merge(&mut states, &mut work, pc + 1, &on);
            }
            Op::SwitchInt => (0..=i.c()).for_each(|k| merge(&mut states, &mut work, pc + 1 + k, &state)),
            _ if is_terminal(op) && op != Op::ThrowReadOnly => {}
            _ if pc + 1 < n => merge(&mut states, &mut work, pc + 1, &state),
            _ => {}
        }
    }
    Ok(())
}

fn merge(states: &mut [Option<Vec<u8>>], work: &mut Vec<usize>, to: usize, state: &[u8]) {
    let Some(slot) = states.get_mut(to) else { return };
    match slot {
        None => {
            *slot = Some(state.to_vec());
            work.push(to);
        }
        Some(old) => {
            let mut changed = false;
            for (o, s) in old.iter_mut().zip(state) {
                if *o | s != *o {
                    *o |= s;
                    changed = true;
                }
            }
            if changed {
                work.push(to);
            }
        }
    }
}
