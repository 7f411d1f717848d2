//! Statements.

use super::build::{Ctl, CtlKind, Dst, Label, Reg, Val, as_int};
use super::cond::number_literal;
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::known;
use qjs_syntax::scope::{BindingKind, Resolution, ScopeId, VarRef};

impl<'a> Emitter<'a, '_> {
    pub fn statements(&mut self, list: &'a [Stmt<'a>]) -> R<()> {
        for s in list {
            // Nothing to emit where nothing arrives; declarations were hoisted.
            if self.reachable() {
                self.statement(s)?;
            }
        }
        Ok(())
    }

    /// The completion value of the statement to come is undefined unless it says otherwise.
    fn clear_completion(&mut self) -> R<()> {
        match self.f.completion {
            Some(c) => self.load_undefined(c),
            None => Ok(()),
        }
    }

    pub fn statement(&mut self, s: &'a Stmt<'a>) -> R<()> {
        self.check_stack()?;
        match s.kind {
            StmtKind::Empty | StmtKind::Import | StmtKind::ExportNames => Ok(()),
            StmtKind::Debugger => self.abc(Op::Debugger, 0, 0, 0, 0).map(|_| ()),
            StmtKind::Expr(e) => match self.f.completion {
                Some(c) => self.expr(e, Dst::fresh(c)),
                None => self.effect(e),
            },
            StmtKind::Var(d) => self.variables(d),
            StmtKind::Function(f) => self.annex_b_copy(f),
            StmtKind::Class(c) => self.class_declaration(c),
            StmtKind::Return(arg) => self.return_statement(arg),
            StmtKind::If(i) => self.if_statement(i),
            StmtKind::For(f) => self.for_statement(f),
            StmtKind::ForIn(f) => self.for_in(f),
            StmtKind::ForOf(f) => {
                if f.is_await {
                    self.for_await(f)
                } else {
                    self.for_of(f)
                }
            }
            StmtKind::While(w) => self.while_statement(w),
            StmtKind::DoWhile(w) => self.do_while(w),
            StmtKind::Break(label) => self.break_statement(label),
            StmtKind::Continue(label) => self.continue_statement(label),
            StmtKind::Throw(e) => {
                let mark = self.top();
                let v = self.operand(e, None)?;
                self.free_to(mark);
                self.pos(s.span.start)?;
                self.abc(Op::Throw, v.kill(KILL_A), v.reg, 0, 0).map(|_| ())
            }
            StmtKind::Try(t) => self.try_statement(t),
            StmtKind::Switch(sw) => self.switch(sw),
            StmtKind::Labeled(l) => self.labeled(l),
            StmtKind::Block(b) => self.in_scope(b.scope, |e| e.statements(b.body)),
            StmtKind::With(w) => self.with(w),
            StmtKind::ExportDecl(inner) => self.statement(inner),
            StmtKind::ExportDefault { binding, value } => {
                let mark = self.top();
                let v = self.named_operand(value, Some(known::Default), None)?;
                self.write_ident(binding, v, true)?;
                self.free_to(mark);
                Ok(())
            }
        }
    }

    /// Annex B.3.2: the block's function is copied to the function's variable.
    fn annex_b_copy(&mut self, decl: &'a FunctionDecl<'a>) -> R<()> {
        let Some(target) = decl.annex_b.get() else { return Ok(()) };
        let mark = self.top();
        let end = self.label()?;
        if matches!(target.resolution.get(), Resolution::Static(VarRef::Global) | Resolution::Unresolved) {
            // No variable was made if a lexical binding of the name was there before.
            let t = self.temp()?;
            let k = self.const_name(target.name)?;
            self.abx(Op::HasGlobal, VARIANT, t, k as i32)?;
            self.jump_op(Op::JumpTrue, 0, t, end)?;
            self.free_to(t);
        }
        let v = self.ident_operand(decl.binding)?;
        self.write_variable(target, v)?;
        self.bind(end);
        self.free_to(mark);
        Ok(())
    }

    fn variables(&mut self, d: &'a VarDecl<'a>) -> R<()> {
        let lexical = d.kind.is_lexical();
        for v in d.declarators {
            let mark = self.top();
            match (v.target, v.init) {
                (Pattern::Ident(ident), None) if lexical => self.declare_undefined(ident)?,
                (_, None) => {}
                (Pattern::Ident(ident), Some(init))
                    if matches!(d.kind, VarKind::Using | VarKind::AwaitUsing) =>
                {
                    let value = self.named_operand(init, Some(ident.name), None)?;
                    self.add_resource(d.kind, value.reg, v.span.start)?;
                    self.write_ident(ident, value, true)?;
                }
                (Pattern::Ident(ident), Some(init)) => {
                    if let Some(reg) = self.direct_target(ident, lexical) {
                        let fresh = lexical && self.fresh_target(ident);
                        self.named(init, ident.name, Dst { reg, fresh })?;
                    } else {
                        let place = self.name_ref(ident)?;
                        let value = self.named_operand(init, Some(ident.name), None)?;
                        self.write_name_ref(&place, ident.span.start, value, lexical)?;
                    }
                }
                (pattern, Some(init)) => {
                    let value = self.operand_stable(init, true, None)?;
                    self.destructure(&pattern, value.reg, lexical)?;
                    if value.temp {
                        self.a(Op::Kill, value.reg)?;
                    }
                }
            }
            self.free_to(mark);
        }
        Ok(())
    }

    /// `let x;`
    fn declare_undefined(&mut self, ident: Ident<'a>) -> R<()> {
        if let Some(reg) = self.direct_target(ident, true) {
            return self.load_undefined(reg);
        }
        if let Resolution::Static(VarRef::Local { binding, .. }) = ident.resolution.get()
            && self.is_boxed(binding)
            && !self.binding(binding).needs_tdz
            && !self.module_slots.contains_key(&binding)
        {
            return Ok(());
        }
        let t = self.temp()?;
        self.load_undefined(t)?;
        self.write_ident(ident, Val::temp(t), true)?;
        self.free_to(t);
        Ok(())
    }

    fn add_resource(&mut self, kind: VarKind, v: Reg, position: u32) -> R<()> {
        let Some(&scope) = self.f.dispose.last() else { return Ok(()) };
        self.pos(position)?;
        let f = if kind == VarKind::AwaitUsing { VARIANT } else { 0 };
        self.abc(Op::AddDisposable, f, scope, v, 0).map(|_| ())
    }

    fn return_statement(&mut self, arg: Option<&'a Expr<'a>>) -> R<()> {
        let mark = self.top();
        match arg {
            None if self.f.control.is_empty()
                && self.f.derived_exit.is_none()
                && self.f.completion.is_none() =>
            {
                self.abc(Op::ReturnUndefined, 0, 0, 0, 0)?;
            }
            None => {
                let t = self.temp()?;
                self.load_undefined(t)?;
                self.return_value(Val::temp(t))?;
            }
            Some(e) => {
                let mut v = self.operand(e, None)?;
                if self.f.is_async && self.f.is_generator {
                    let t = if v.temp { v.reg } else { self.temp()? };
                    self.pos(e.span.start)?;
                    self.ab(Op::Await, t, v.reg)?;
                    v = Val::temp(t);
                }
                self.return_value(v)?;
            }
        }
        self.free_to(mark);
        Ok(())
    }

    fn if_statement(&mut self, first: &'a If<'a>) -> R<()> {
        let end = self.label()?;
        let mut i = first;
        loop {
            self.clear_completion()?;
            let other = self.label()?;
            self.jump_if(i.test, false, other)?;
            self.statement(i.consequent)?;
            let Some(alternate) = i.alternate else {
                self.bind(other);
                break;
            };
            if self.reachable() {
                self.jump(end)?;
            }
            self.bind(other);
            match alternate.kind {
                StmtKind::If(next) => i = next,
                _ => {
                    self.statement(alternate)?;
                    break;
                }
            }
        }
        self.bind(end);
        Ok(())
    }

    // ---- loops

    /// A loop's body with its jump targets.
    fn loop_body(
        &mut self,
        body: &'a Stmt<'a>,
        on_break: Label,
        on_continue: Label,
        labels: Vec<Name>,
    ) -> R<()> {
        self.target(labels, true, on_break, Some(on_continue), |e| e.statement(body))
    }

    fn take_labels(&mut self) -> Vec<Name> {
        std::mem::take(&mut self.f.pending_labels)
    }

    fn while_statement(&mut self, w: &'a While<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        let (test, end) = (self.label()?, self.label()?);
        let always =
            matches!(w.test.kind, ExprKind::Bool(true)) || number_literal(w.test).is_some_and(|n| n > 0.0);
        if !always {
            self.jump(test)?;
        }
        let body = self.label_here()?;
        if always {
            self.loop_body(w.body, end, body, labels)?;
            self.jump(body)?;
        } else {
            self.loop_body(w.body, end, test, labels)?;
            self.bind(test);
            self.jump_if(w.test, true, body)?;
        }
        self.bind(end);
        Ok(())
    }

    fn do_while(&mut self, w: &'a While<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        let body = self.label_here()?;
        let (test, end) = (self.label()?, self.label()?);
        self.loop_body(w.body, end, test, labels)?;
        self.bind(test);
        self.jump_if(w.test, true, body)?;
        self.bind(end);
        Ok(())
    }

    fn for_statement(&mut self, f: &'a For<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        self.in_scope(f.scope, |e| {
            match f.init {
                Some(ForInit::Decl(d)) => e.variables(d)?,
                Some(ForInit::Expr(x)) => e.effect(x)?,
                None => {}
            }
            let (test, end, next) = (e.label()?, e.label()?, e.label()?);
            e.copy_loop_variables(f.scope)?;
            if f.test.is_some() {
                e.jump(test)?;
            }
            let body = e.label_here()?;
            e.loop_body(f.body, end, next, labels)?;
            e.bind(next);
            e.copy_loop_variables(f.scope)?;
            if let Some(update) = f.update {
                e.effect(update)?;
            }
            e.bind(test);
            match f.test {
                Some(t) => e.jump_if(t, true, body)?,
                None => e.jump(body)?,
            }
            e.bind(end);
            Ok(())
        })
    }

    /// CreatePerIterationEnvironment: captured `let` variables get a new Box.
    fn copy_loop_variables(&mut self, scope: ScopeId) -> R<()> {
        if !self.scope(scope).has_captured {
            return Ok(());
        }
        for &b in self.scope(scope).bindings {
            if self.binding(b).kind == BindingKind::Let && self.is_boxed(b) {
                let reg = self.place(b);
                self.a(Op::CopyBox, reg)?;
            }
        }
        Ok(())
    }

    /// Evaluates the right side of for-in/of in the head's dead zone, into R[d].
    fn for_right(&mut self, f: &'a ForInOf<'a>, d: Reg) -> R<()> {
        if let ForTarget::Decl { kind, target, init } = f.left {
            if kind.is_lexical() {
                self.enter_bindings(f.scope)?;
            }
            if let (Pattern::Ident(ident), Some(init)) = (target, init) {
                let mark = self.top();
                let place = self.name_ref(ident)?;
                let v = self.named_operand(init, Some(ident.name), None)?;
                self.write_name_ref(&place, ident.span.start, v, false)?;
                self.free_to(mark);
            }
        }
        self.expr(f.right, Dst::fresh(d))
    }

    /// The register in which the iteration value can be put at once.
    fn for_direct(&self, f: &ForInOf<'a>) -> Option<Reg> {
        match f.left {
            ForTarget::Decl { kind: VarKind::Var, target: Pattern::Ident(i), .. } => {
                self.direct_target(i, false)
            }
            ForTarget::Decl { kind: VarKind::Let | VarKind::Const, target: Pattern::Ident(i), .. } => {
                self.direct_target(i, true)
            }
            ForTarget::Pattern(Pattern::Ident(i)) => self.direct_target(i, false),
            _ => None,
        }
    }

    /// Binds or assigns the iteration value R[t], a temporary, which dies.
    fn for_bind(&mut self, f: &'a ForInOf<'a>, t: Reg) -> R<()> {
        let (pattern, init) = match f.left {
            ForTarget::Decl { kind, target, .. } => {
                if matches!(kind, VarKind::Using | VarKind::AwaitUsing) {
                    self.add_resource(kind, t, f.right.span.start)?;
                }
                (target, kind.is_lexical())
            }
            ForTarget::Pattern(p) => (p, false),
        };
        match pattern {
            Pattern::Ident(i) => self.write_ident(i, Val::temp(t), init),
            _ => {
                self.destructure(&pattern, t, init)?;
                self.a(Op::Kill, t)
            }
        }
    }

    /// The iteration value's temporary is free for the body, unless resources stand above it.
    fn free_bound(&mut self, f: &ForInOf<'a>, t: Reg) {
        let scope = self.scope(f.scope);
        if !scope.has_using && !scope.has_await_using {
            self.free_to(t);
        }
    }

    fn for_in(&mut self, f: &'a ForInOf<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        let mark = self.top();
        let keys = self.temp()?;
        self.for_right(f, keys)?;
        self.pos(f.right.span.start)?;
        self.ab(Op::ForInStart, keys, keys)?;
        self.push_ctl(Ctl { kind: CtlKind::Catch, base: keys, top: keys + 1, region: None })?;
        let next = self.label_here()?;
        let end = self.label()?;
        self.target(labels, true, end, Some(next), |e| {
            e.enter_scope(f.scope)?;
            let direct = e.for_direct(f);
            let t = match direct {
                Some(reg) => reg,
                None => e.temp()?,
            };
            e.pos(f.right.span.start)?;
            e.ab(Op::ForInNext, t, keys)?;
            e.jump(end)?;
            e.disposing(f.scope, |e| {
                if direct.is_none() {
                    e.for_bind(f, t)?;
                    e.free_bound(f, t);
                }
                e.statement(f.body)
            })?;
            if direct.is_none() {
                e.free_to(t);
            }
            e.jump(next)
        })?;
        self.pop_ctl();
        self.bind(end);
        self.a(Op::Kill, keys)?;
        self.free_to(mark);
        Ok(())
    }

    fn for_of(&mut self, f: &'a ForInOf<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        let mark = self.top();
        let it = self.temps(3)?;
        self.for_right(f, it)?;
        self.pos(f.right.span.start)?;
        self.ab(Op::GetIterator, it, it)?;
        let end = self.label()?;
        self.guard_iterator(it, false, |e| {
            let next = e.label_here()?;
            e.target(labels, true, end, Some(next), |e| {
                e.enter_scope(f.scope)?;
                let direct = e.for_direct(f);
                let t = match direct {
                    Some(reg) => reg,
                    None => e.temp()?,
                };
                e.pos(f.right.span.start)?;
                e.ab(Op::IterNext, t, it)?;
                e.jump(end)?;
                e.disposing(f.scope, |e| {
                    if direct.is_none() {
                        e.for_bind(f, t)?;
                        e.free_bound(f, t);
                    }
                    e.statement(f.body)
                })?;
                if direct.is_none() {
                    e.free_to(t);
                }
                if e.reachable() {
                    e.jump(next)?;
                }
                Ok(())
            })
        })?;
        self.bind(end);
        self.pos(f.right.span.start)?;
        self.a(Op::IterClose, it)?;
        self.free_to(mark);
        Ok(())
    }

    fn for_await(&mut self, f: &'a ForInOf<'a>) -> R<()> {
        let labels = self.take_labels();
        self.clear_completion()?;
        let mark = self.top();
        let it = self.temps(3)?;
        self.for_right(f, it)?;
        self.pos(f.right.span.start)?;
        self.abc(Op::GetIterator, VARIANT, it, it, 0)?;
        let next = self.label_here()?;
        let (over, broken, end) = (self.label()?, self.label()?, self.label()?);
        let t = self.temps(2)?;
        self.pos(f.right.span.start)?;
        self.abc(Op::IterCall, VARIANT, t, it, t)?;
        self.ab(Op::Await, t, t)?;
        self.a(Op::CheckObject, t)?;
        self.get_named(t + 1, Val::borrowed(t), super::expr::NAME_DONE)?;
        self.jump_op(Op::JumpTrue, KILL_A, t + 1, over)?;
        self.get_named(t, Val::borrowed(t), super::expr::NAME_VALUE)?;
        self.free_to(t + 1);
        self.guard_iterator(it, true, |e| {
            e.target(labels, true, broken, Some(next), |e| {
                e.enter_scope(f.scope)?;
                e.disposing(f.scope, |e| {
                    e.for_bind(f, t)?;
                    e.free_bound(f, t);
                    e.statement(f.body)
                })
            })
        })?;
        self.jump(next)?;
        self.bind(broken);
        self.async_close(it)?;
        self.jump(end)?;
        self.bind(over);
        self.a(Op::Kill, t)?;
        self.a(Op::Kill, it)?;
        self.a(Op::Kill, it + 1)?;
        self.bind(end);
        self.free_to(mark);
        Ok(())
    }

    // ---- the rest

    fn labeled(&mut self, l: &'a Labeled<'a>) -> R<()> {
        // Nested labels are collected by iteration.
        let mut labels = self.take_labels();
        let mut l = l;
        let body = loop {
            super::build::push(&mut labels, l.label)?;
            match l.body.kind {
                StmtKind::Labeled(inner) => l = inner,
                _ => break l.body,
            }
        };
        match body.kind {
            StmtKind::For(_)
            | StmtKind::ForIn(_)
            | StmtKind::ForOf(_)
            | StmtKind::While(_)
            | StmtKind::DoWhile(_) => {
                self.f.pending_labels = labels;
                self.statement(body)
            }
            _ => {
                let end = self.label()?;
                self.target(labels, false, end, None, |e| e.statement(body))?;
                self.bind(end);
                Ok(())
            }
        }
    }

    fn with(&mut self, w: &'a With<'a>) -> R<()> {
        let mark = self.top();
        let t = self.temp()?;
        self.expr(w.object, Dst::fresh(t))?;
        self.clear_completion()?;
        self.pos(w.object.span.start)?;
        self.ab(Op::ToObject, t, t)?;
        let binding = self
            .scope(w.scope)
            .bindings
            .iter()
            .copied()
            .find(|&b| self.binding(b).kind == BindingKind::WithObject);
        match binding {
            Some(b) => {
                let reg = self.place(b);
                if self.is_boxed(b) {
                    self.abc(Op::BoxFrom, KILL_B, reg, t, 0)?;
                } else {
                    self.move_to(reg, Val::temp(t))?;
                }
            }
            None => self.a(Op::Kill, t)?,
        }
        self.free_to(mark);
        self.statement(w.body)
    }

    fn try_statement(&mut self, t: &'a Try<'a>) -> R<()> {
        self.clear_completion()?;
        let Some(finalizer) = t.finalizer else { return self.try_catch(t) };
        self.guarded(
            |e| e.try_catch(t),
            |e, _, _| {
                let saved = match e.f.completion {
                    Some(c) => {
                        let saved = e.temp()?;
                        e.move_to(saved, Val::temp(c))?;
                        e.load_undefined(c)?;
                        // The saved value dies with the block if that is left early.
                        let (base, top) = (saved, saved + 1);
                        e.push_ctl(Ctl { kind: CtlKind::Catch, base, top, region: None })?;
                        Some((c, saved))
                    }
                    None => None,
                };
                e.in_scope(finalizer.scope, |e| e.statements(finalizer.body))?;
                if let Some((c, saved)) = saved {
                    e.pop_ctl();
                    e.free_to(saved);
                    e.move_to(c, Val::temp(saved))?;
                }
                Ok(())
            },
        )
    }

    /// `try` and `catch`, without `finally`.
    fn try_catch(&mut self, t: &'a Try<'a>) -> R<()> {
        let Some(handler) = t.handler else {
            return self.in_scope(t.block.scope, |e| e.statements(t.block.body));
        };
        let top = self.top();
        let region = Some(self.open_region());
        self.push_ctl(Ctl { kind: CtlKind::Catch, base: top, top, region })?;
        self.in_scope(t.block.scope, |e| e.statements(t.block.body))?;
        let region = self.pop_ctl().and_then(|c| c.region).unwrap_or_default();
        let end = self.here();
        let done = self.label()?;
        if self.reachable() {
            self.jump(done)?;
        }
        let error = self.temp()?;
        if self.close_region(region, end, error, error)? {
            self.clear_completion()?;
            self.enter_scope(handler.scope)?;
            match handler.param {
                Some(Pattern::Ident(i)) => self.write_ident(i, Val::temp(error), true)?,
                Some(p) => {
                    // While a pattern is bound, the error is a temporary like any other.
                    self.destructure(&p, error, true)?;
                    self.a(Op::Kill, error)?;
                }
                None => self.a(Op::Kill, error)?,
            }
            self.free_to(error);
            self.in_scope(handler.body.scope, |e| e.statements(handler.body.body))?;
        }
        self.free_to(top);
        self.bind(done);
        Ok(())
    }

    fn switch(&mut self, sw: &'a Switch<'a>) -> R<()> {
        let mark = self.top();
        self.clear_completion()?;
        let assigned = sw.cases.iter().any(|c| c.test.is_some_and(|t| t.has_assignment()));
        let v = self.operand_stable(sw.discriminant, assigned, None)?;
        let (base, top) = (mark, self.top());
        self.push_ctl(Ctl { kind: CtlKind::Catch, base, top, region: None })?;
        let mut table_used = false;
        self.in_scope(sw.scope, |e| {
            let end = e.label()?;
            let mut labels = Vec::new();
            let mut default = end;
            for case in sw.cases {
                let label = e.label()?;
                super::build::push(&mut labels, label)?;
                if case.test.is_none() {
                    default = label;
                }
            }
            if let Some((low, table)) = dense_cases(sw)? {
                table_used = true;
                let k = e.const_int(low)?;
                if k > 0xffff || table.len() > 0xffff {
                    return Err(super::EmitError::TooLarge("switch too large"));
                }
                e.abc(Op::SwitchInt, v.kill(KILL_A), v.reg, k as u16, table.len() as u16)?;
                e.jump(default)?;
                for entry in table {
                    let label = entry.and_then(|i| labels.get(i).copied()).unwrap_or(default);
                    e.jump(label)?;
                }
            } else {
                for (case, &label) in sw.cases.iter().zip(&labels) {
                    let Some(test) = case.test else { continue };
                    let int = number_literal(test).and_then(as_int).and_then(|i| i16::try_from(i).ok());
                    e.pos(case.span.start)?;
                    if let Some(i) = int {
                        e.abc(Op::TestStrictEqInt, SENSE, v.reg, i as u16, 0)?;
                    } else if let Some(k) = e.literal_const(test)? {
                        e.abc(Op::TestStrictEqConst, SENSE, v.reg, k, 0)?;
                    } else {
                        let mark = e.top();
                        let t = e.operand(test, None)?;
                        e.free_to(mark);
                        e.abc(Op::TestStrictEq, SENSE | t.kill(KILL_B), v.reg, t.reg, 0)?;
                    }
                    e.jump(label)?;
                }
                e.jump(default)?;
            }
            e.target(Vec::new(), true, end, None, |e| {
                for (case, &label) in sw.cases.iter().zip(&labels) {
                    e.bind(label);
                    e.statements(case.body)?;
                }
                Ok(())
            })?;
            e.bind(end);
            Ok(())
        })?;
        self.pop_ctl();
        if v.temp && !table_used {
            self.a(Op::Kill, v.reg)?;
        }
        self.free_to(mark);
        Ok(())
    }
}

/// For a switch over integers in a narrow range: the lowest, and the case for each value from it on.
fn dense_cases(sw: &Switch<'_>) -> R<Option<(i32, Vec<Option<usize>>)>> {
    let mut values = Vec::new();
    for (i, case) in sw.cases.iter().enumerate() {
        let Some(test) = case.test else { continue };
        let Some(n) = number_literal(test).and_then(as_int) else { return Ok(None) };
        super::build::push(&mut values, (n, i))?;
    }
    let (Some(low), Some(high)) = (values.iter().map(|v| v.0).min(), values.iter().map(|v| v.0).max()) else {
        return Ok(None);
    };
    let range = i64::from(high) - i64::from(low) + 1;
    if values.len() < 4 || range > 2 * values.len() as i64 + 8 || range > 60_000 {
        return Ok(None);
    }
    let mut table = Vec::new();
    super::fill(&mut table, range as usize, None)?;
    for (n, i) in values {
        let at = (i64::from(n) - i64::from(low)) as usize;
        if let Some(entry @ None) = table.get_mut(at) {
            *entry = Some(i);
        }
    }
    Ok(Some((low, table)))
}
