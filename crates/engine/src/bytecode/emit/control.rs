//! Leaving constructs early: break, continue, return and throw through iterators, `finally` and disposal.
//!
//! An exit runs the clean-up of every construct it crosses, from the inside out. Iterators are closed in
//! place. At a `finally` the exit leaves its number in the block's state register (0: normal end, 1: throw,
//! 2 and up: its exits) and jumps there; the block's end dispatches on it.

use super::build::{Ctl, CtlKind, Exit, Label, Reg, Val};
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::Name;
use qjs_syntax::names::known;
use qjs_syntax::scope::ScopeId;

const STATE_THROW: i32 = 1;
const FIRST_EXIT: i32 = 2;

impl<'a> Emitter<'a, '_> {
    /// Emits an exit. For `Return`, `v` is the returned value, already awaited where that is due.
    pub fn leave(&mut self, exit: Exit, v: Val) -> R<()> {
        let stop = match exit {
            Exit::Break(i) | Exit::Continue(i) => i + 1,
            Exit::Return => 0,
        };
        let keep = v.temp.then_some(v.reg);
        let mut live = self.top();
        let mut crossed_to = self.f.control.len();
        let mut done = false;
        for i in (stop..self.f.control.len()).rev() {
            let (base, top) = (self.f.control[i].base, self.f.control[i].top);
            self.kill_range(top, live, keep)?;
            live = base;
            crossed_to = i;
            let here = self.here();
            if let Some(region) = &mut self.f.control[i].region {
                Self::suspend_region(region, here)?;
            }
            match &mut self.f.control[i].kind {
                CtlKind::Iterator { is_async: false } => {
                    self.a(Op::IterClose, base)?;
                }
                CtlKind::Iterator { is_async: true } => self.async_close(base)?,
                CtlKind::Finally { entry, exits } => {
                    let entry = *entry;
                    let number = match exits.iter().position(|e| *e == exit) {
                        Some(n) => n,
                        None => {
                            super::build::push(exits, exit)?;
                            exits.len() - 1
                        }
                    };
                    if exit == Exit::Return {
                        self.move_to(base + 1, v)?;
                    }
                    self.load_int(base, FIRST_EXIT + number as i32)?;
                    self.jump(entry)?;
                    done = true;
                }
                CtlKind::InFinally => self.kill_range(base, top, keep)?,
                CtlKind::Target { .. } | CtlKind::Catch => {
                    self.kill_range(base, top, keep)?;
                }
            }
            if done {
                break;
            }
        }
        if !done {
            match exit {
                Exit::Break(i) | Exit::Continue(i) => {
                    let top = self.f.control.get(i).map_or(live, |c| c.top);
                    self.kill_range(top, live, keep)?;
                    let target = match self.f.control.get(i).map(|c| &c.kind) {
                        Some(CtlKind::Target { on_break, on_continue, .. }) => match exit {
                            Exit::Continue(_) => on_continue.unwrap_or(*on_break),
                            _ => *on_break,
                        },
                        _ => self.label()?,
                    };
                    self.jump(target)?;
                }
                Exit::Return => {
                    let first = self.locals_end();
                    self.kill_range(first, live, keep)?;
                    self.final_return(v)?;
                }
            }
        }
        let here = self.here();
        for c in self.f.control.iter_mut().skip(crossed_to) {
            if let Some(region) = &mut c.region {
                Self::resume_region(region, here);
            }
        }
        Ok(())
    }

    /// First register after those that live as long as the frame.
    pub fn locals_end(&self) -> Reg {
        self.f.code.nlocals
    }

    fn kill_range(&mut self, from: Reg, to: Reg, keep: Option<Reg>) -> R<()> {
        for r in from..to {
            if Some(r) != keep {
                self.a(Op::Kill, r)?;
            }
        }
        Ok(())
    }

    /// Returns for good.
    fn final_return(&mut self, v: Val) -> R<()> {
        if let Some((exit, reg)) = self.f.derived_exit {
            self.move_to(reg, v)?;
            return self.jump(exit);
        }
        self.abc(Op::Return, v.kill(KILL_A), v.reg, 0, 0).map(|_| ())
    }

    /// `return` of a value (not yet awaited) in any kind of function.
    pub fn return_value(&mut self, v: Val) -> R<()> {
        self.leave(Exit::Return, v)
    }

    /// AsyncIteratorClose for a normal completion: the iterator is R[it], R[it+1] is scratch. Kills both.
    pub fn async_close(&mut self, it: Reg) -> R<()> {
        let mark = self.top();
        let end = self.label()?;
        self.get_named(it + 1, Val::borrowed(it), known::Return)?;
        self.jump_op(Op::JumpNullish, 0, it + 1, end)?;
        let t = self.temp()?;
        self.abc(Op::IterCall, VARIANT, t, it, t)?;
        self.abc(Op::Await, 0, t, t, 0)?;
        self.a(Op::CheckObject, t)?;
        self.a(Op::Kill, t)?;
        self.bind(end);
        self.a(Op::Kill, it)?;
        self.a(Op::Kill, it + 1)?;
        self.free_to(mark);
        Ok(())
    }

    /// AsyncIteratorClose for a throw completion: whatever goes wrong is forgotten.
    fn async_close_silent(&mut self, it: Reg) -> R<()> {
        let mark = self.top();
        let end = self.label()?;
        let region = self.open_region();
        self.get_named(it + 1, Val::borrowed(it), known::Return)?;
        self.jump_op(Op::JumpNullish, 0, it + 1, end)?;
        let t = self.temp()?;
        self.abc(Op::IterCall, VARIANT, t, it, t)?;
        self.abc(Op::Await, 0, t, t, 0)?;
        let close = self.here();
        self.close_region(region, close, t, t)?;
        self.a(Op::Kill, t)?;
        self.bind(end);
        self.a(Op::Kill, it)?;
        self.a(Op::Kill, it + 1)?;
        self.free_to(mark);
        Ok(())
    }

    /// Emits `body` so that the iterator in R[it..it+3] is closed if the body is left by a throw or an exit.
    /// The normal end is the caller's to handle.
    pub fn guard_iterator(
        &mut self,
        it: Reg,
        is_async: bool,
        body: impl FnOnce(&mut Self) -> R<()>,
    ) -> R<()> {
        let region = Some(self.open_region());
        let ctl = Ctl { kind: CtlKind::Iterator { is_async }, base: it, top: it + 3, region };
        self.push_ctl(ctl)?;
        body(self)?;
        let region = self.pop_ctl().and_then(|c| c.region).unwrap_or_default();
        let end = self.here();
        let skip = self.label()?;
        if self.reachable() {
            self.jump(skip)?;
        }
        let mark = self.top();
        let error = it + 3;
        self.free_to(error);
        let error = self.temp().unwrap_or(error);
        if self.close_region(region, end, error, error)? {
            if is_async {
                self.async_close_silent(it)?;
            } else {
                self.a(Op::IterCloseSilent, it)?;
            }
            self.abc(Op::Throw, KILL_A, error, 0, 0)?;
        }
        self.free_to(mark);
        self.bind(skip);
        Ok(())
    }

    /// Emits `body`, then `clean` for every way out of it. `clean` gets the state register (see the module's
    /// head) and that of the value, and runs in a context where both are protected.
    pub fn guarded(
        &mut self,
        body: impl FnOnce(&mut Self) -> R<()>,
        clean: impl FnOnce(&mut Self, Reg, Reg) -> R<()>,
    ) -> R<()> {
        let mark = self.top();
        let state = self.temps(2)?;
        let value = state + 1;
        let entry = self.label()?;
        let region = Some(self.open_region());
        let kind = CtlKind::Finally { entry, exits: Vec::new() };
        self.push_ctl(Ctl { kind, base: state, top: value + 1, region })?;
        body(self)?;
        let Some(ctl) = self.pop_ctl() else { return Ok(()) };
        let end = self.here();
        if self.reachable() {
            self.load_int(state, 0)?;
            self.jump(entry)?;
        }
        let thrown = self.close_region(ctl.region.unwrap_or_default(), end, value, value + 1)?;
        if thrown {
            self.load_int(state, STATE_THROW)?;
        }
        self.bind(entry);
        self.push_ctl(Ctl { kind: CtlKind::InFinally, base: state, top: value + 1, region: None })?;
        clean(self, state, value)?;
        self.pop_ctl();
        if thrown {
            let next = self.label()?;
            self.test_int(state, STATE_THROW, false, next)?;
            self.abc(Op::Throw, KILL_A, value, 0, 0)?;
            self.bind(next);
        }
        if let CtlKind::Finally { exits, .. } = ctl.kind {
            for (n, exit) in exits.into_iter().enumerate() {
                let next = self.label()?;
                self.test_int(state, FIRST_EXIT + n as i32, false, next)?;
                let v = if exit == Exit::Return { Val::temp(value) } else { Val::borrowed(value) };
                // Nothing of this statement is alive but the value.
                if exit == Exit::Return {
                    self.leave(exit, v)?;
                } else {
                    self.free_to(mark);
                    self.leave(exit, v)?;
                    self.temps(2)?;
                }
                self.bind(next);
            }
        }
        self.free_to(mark);
        Ok(())
    }

    /// Jumps to the label if (R[a] === n) == sense.
    pub fn test_int(&mut self, a: Reg, n: i32, sense: bool, label: Label) -> R<()> {
        let sense = if sense { SENSE } else { 0 };
        if let Ok(small) = i16::try_from(n) {
            self.abc(Op::TestStrictEqInt, sense, a, small as u16, 0)?;
        } else {
            let t = self.temp()?;
            self.load_int(t, n)?;
            self.abc(Op::TestStrictEq, sense, a, t, 0)?;
            self.free_to(t);
        }
        self.jump(label)
    }

    /// Emits `body` inside a block scope, with disposal of its resources at the end.
    pub fn in_scope(&mut self, id: ScopeId, body: impl FnOnce(&mut Self) -> R<()>) -> R<()> {
        self.enter_scope(id)?;
        self.disposing(id, body)
    }

    /// Emits `body`, disposing the scope's resources afterwards if it declares any.
    pub fn disposing(&mut self, id: ScopeId, body: impl FnOnce(&mut Self) -> R<()>) -> R<()> {
        let scope = self.scope(id);
        if !scope.has_using && !scope.has_await_using {
            return body(self);
        }
        let is_async = scope.has_await_using;
        let mark = self.top();
        let resources = self.temp()?;
        self.abc(Op::NewDisposeScope, if is_async { VARIANT } else { 0 }, resources, 0, 0)?;
        super::build::push(&mut self.f.dispose, resources)?;
        self.push_ctl(Ctl { kind: CtlKind::Catch, base: resources, top: resources + 1, region: None })?;
        self.guarded(
            |e| {
                body(e)?;
                e.f.dispose.pop();
                Ok(())
            },
            |e, state, value| {
                let next = e.label()?;
                e.test_int(state, STATE_THROW, false, next)?;
                e.abc(Op::DisposeError, KILL_B, resources, value, 0)?;
                e.bind(next);
                let t = e.temps(2)?;
                let again = e.label_here()?;
                let done = e.label()?;
                let region = e.open_region();
                e.ab(Op::DisposeNext, t, resources)?;
                e.jump(done)?;
                if is_async {
                    e.jump_op(Op::JumpFalse, 0, t + 1, again)?;
                    e.ab(Op::Await, t, t)?;
                }
                e.jump(again)?;
                let end = e.here();
                e.close_region(region, end, t, t)?;
                e.abc(Op::DisposeError, KILL_B, resources, t, 0)?;
                e.jump(again)?;
                e.bind(done);
                e.a(Op::Kill, t)?;
                e.free_to(t);
                e.abc(Op::DisposeEnd, KILL_A, resources, 0, 0).map(|_| ())
            },
        )?;
        self.pop_ctl();
        self.free_to(mark);
        Ok(())
    }

    // ---- break and continue

    /// Emits a statement that `break` (and with `on_continue` also `continue`) can refer to.
    pub fn target(
        &mut self,
        labels: Vec<Name>,
        breakable: bool,
        on_break: Label,
        on_continue: Option<Label>,
        body: impl FnOnce(&mut Self) -> R<()>,
    ) -> R<()> {
        let top = self.top();
        let kind = CtlKind::Target { labels, breakable, on_break, on_continue };
        self.push_ctl(Ctl { kind, base: top, top, region: None })?;
        body(self)?;
        self.pop_ctl();
        Ok(())
    }

    pub fn break_statement(&mut self, label: Option<Name>) -> R<()> {
        let found = self.f.control.iter().rposition(|c| match &c.kind {
            CtlKind::Target { labels, breakable, .. } => match label {
                Some(l) => labels.contains(&l),
                None => *breakable,
            },
            _ => false,
        });
        match found {
            Some(i) => self.leave(Exit::Break(i), Val::borrowed(0)),
            None => Ok(()),
        }
    }

    pub fn continue_statement(&mut self, label: Option<Name>) -> R<()> {
        let found = self.f.control.iter().rposition(|c| match &c.kind {
            CtlKind::Target { labels, on_continue: Some(_), .. } => label.is_none_or(|l| labels.contains(&l)),
            _ => false,
        });
        match found {
            Some(i) => self.leave(Exit::Continue(i), Val::borrowed(0)),
            None => Ok(()),
        }
    }
}
