//! Expressions.

use super::build::{Dst, Exit, Label, Reg, Val, as_int};
use super::cond::{array_index, number_literal, small_int};
use super::{EmitError, Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::known;
use qjs_syntax::scope::{Resolution, VarRef};

/// A property key at an access: static names use inline caches.
#[derive(Clone, Copy)]
pub enum Key {
    Name(Name),
    Val(Val),
}

impl<'a> Emitter<'a, '_> {
    // ---- operands

    /// Whether a name can be borrowed from its register without a check.
    pub fn borrowable_quietly(&self, ident: Ident<'a>) -> bool {
        match ident.resolution.get() {
            Resolution::Static(VarRef::Local { binding, .. }) => {
                !self.is_boxed(binding) && !self.binding(binding).global
            }
            _ => false,
        }
    }

    /// Evaluates an operand: borrowed if it is a local, otherwise in `hint` or a new temporary.
    pub fn operand(&mut self, e: &'a Expr<'a>, hint: Option<Reg>) -> R<Val> {
        match e.kind {
            ExprKind::Ident(ident) | ExprKind::This(ident) | ExprKind::NewTarget(ident) => {
                if let Some(reg) = self.borrowable(ident)? {
                    return Ok(Val::borrowed(reg));
                }
            }
            ExprKind::Assign(a) if a.op == AssignOp::Assign => {
                if let Pattern::Ident(ident) = a.target
                    && let Some(reg) = self.direct_target(ident, false)
                {
                    self.assign(a, None)?;
                    return Ok(Val::borrowed(reg));
                }
            }
            ExprKind::Update { prefix: true, target, .. } => {
                if let ExprKind::Ident(ident) = target.kind
                    && let Some(reg) = self.direct_target(ident, false)
                {
                    self.effect(e)?;
                    return Ok(Val::borrowed(reg));
                }
            }
            _ => {}
        }
        let reg = match hint {
            Some(reg) => reg,
            None => self.temp()?,
        };
        let mark = self.top();
        self.expr(e, Dst::fresh(reg))?;
        debug_assert_eq!(self.top(), mark);
        Ok(Val::temp(reg))
    }

    /// An operand that must keep its value while `next` is evaluated.
    pub fn operand_before(&mut self, e: &'a Expr<'a>, next: &'a Expr<'a>, hint: Option<Reg>) -> R<Val> {
        self.operand_stable(e, next.has_assignment(), hint)
    }

    /// An operand that must keep its value while something is evaluated which may (`assigned`) write locals.
    pub fn operand_stable(&mut self, e: &'a Expr<'a>, assigned: bool, hint: Option<Reg>) -> R<Val> {
        let v = self.operand(e, hint)?;
        if v.temp || !assigned {
            return Ok(v);
        }
        let t = match hint {
            Some(reg) => reg,
            None => self.temp()?,
        };
        self.move_to(t, v)?;
        Ok(Val::temp(t))
    }

    // ---- effects

    /// Evaluates an expression whose value nobody needs.
    pub fn effect(&mut self, e: &'a Expr<'a>) -> R<()> {
        self.check_stack()?;
        match e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::BigInt(_)
            | ExprKind::String(_)
            | ExprKind::Function(_) => Ok(()),
            ExprKind::Ident(i) | ExprKind::This(i) | ExprKind::NewTarget(i) if self.borrowable_quietly(i) => {
                self.borrowable(i).map(|_| ())
            }
            ExprKind::Assign(a) => self.assign(a, None),
            ExprKind::Update { op, prefix: _, target } => self.update(op, true, target, e.span.start, None),
            ExprKind::Call(_) => self.chain(e, None, None),
            ExprKind::SuperCall(c) => self.super_call(c, None),
            ExprKind::Sequence(list) => list.iter().try_for_each(|e| self.effect(e)),
            ExprKind::Unary { op: UnaryOp::Void | UnaryOp::Not, arg } => self.effect(arg),
            ExprKind::Logical { op: op @ (LogicalOp::And | LogicalOp::Or), left, right } => {
                let end = self.label()?;
                self.jump_if(left, op == LogicalOp::Or, end)?;
                self.effect(right)?;
                self.bind(end);
                Ok(())
            }
            ExprKind::Conditional(mut c) => {
                let end = self.label()?;
                loop {
                    let other = self.label()?;
                    self.jump_if(c.test, false, other)?;
                    self.effect(c.consequent)?;
                    self.jump(end)?;
                    self.bind(other);
                    match c.alternate.kind {
                        ExprKind::Conditional(next) => c = next,
                        _ => {
                            self.effect(c.alternate)?;
                            break;
                        }
                    }
                }
                self.bind(end);
                Ok(())
            }
            ExprKind::OptionalChain(inner) if matches!(inner.kind, ExprKind::Call(_)) => {
                let end = self.label()?;
                self.chain(inner, None, Some(end))?;
                self.bind(end);
                Ok(())
            }
            _ => {
                let t = self.temp()?;
                self.expr(e, Dst::fresh(t))?;
                self.a(Op::Kill, t)?;
                self.free_to(t);
                Ok(())
            }
        }
    }

    // ---- values

    /// R[dst] := the expression's value.
    pub fn expr(&mut self, e: &'a Expr<'a>, dst: Dst) -> R<()> {
        self.check_stack()?;
        let d = dst.reg;
        match e.kind {
            ExprKind::Null => self.a(Op::LoadNull, d),
            ExprKind::Bool(true) => self.a(Op::LoadTrue, d),
            ExprKind::Bool(false) => self.a(Op::LoadFalse, d),
            ExprKind::Number(n) => self.load_number(d, n),
            ExprKind::BigInt(b) => {
                let k = self.const_bigint(b.digits, b.radix)?;
                self.abx(Op::LoadConst, 0, d, k as i32).map(|_| ())
            }
            ExprKind::String(s) => self.load_name(d, s),
            ExprKind::Template(t) => self.template(t, dst),
            ExprKind::RegExp(r) => {
                let id = self.f.code.regexps.len();
                let entry = (self.text(r.pattern), self.text(r.flags));
                self.charge(64 + self.program.names.get(r.pattern).len())?;
                super::build::push(&mut self.f.code.regexps, entry)?;
                self.pos(e.span.start)?;
                self.abx(Op::NewRegExp, 0, d, id as i32).map(|_| ())
            }
            ExprKind::Ident(i) | ExprKind::This(i) | ExprKind::NewTarget(i) => self.read_ident(i, dst, false),
            ExprKind::ImportMeta => self.a(Op::ImportMeta, d),
            ExprKind::Array(elements) => self.in_fresh(dst, |e, d| e.array(elements, d)),
            ExprKind::Object(properties) => self.in_fresh(dst, |e, d| e.object(properties, d)),
            ExprKind::Function(f) => self.closure(f, f.name.unwrap_or(known::Empty), d),
            ExprKind::Class(c) => {
                let name = c.name.unwrap_or(known::Empty);
                self.class(c, super::class::ClassName::Static(name), d)
            }
            ExprKind::Unary { op, arg } => self.unary(op, arg, e, dst),
            ExprKind::Update { op, prefix, target } => {
                self.update(op, prefix, target, e.span.start, Some(dst))
            }
            ExprKind::Binary { .. } => self.binary(e, dst),
            ExprKind::Logical { .. } => self.logical(e, dst),
            ExprKind::PrivateIn { name, right } => {
                let mark = self.top();
                let n = self.ident_operand(name)?;
                let n = if right.has_assignment() { self.stabilize(n)? } else { n };
                let r = self.operand(right, None)?;
                self.free_to(mark);
                self.pos(e.span.start)?;
                let f = n.kill_unless(KILL_B, d) | r.kill_unless(KILL_C, d);
                self.abc(Op::InPrivate, f, d, n.reg, r.reg).map(|_| ())
            }
            ExprKind::Conditional(first) => {
                let end = self.label()?;
                let mut c = first;
                loop {
                    let other = self.label()?;
                    self.jump_if(c.test, false, other)?;
                    self.expr(c.consequent, dst)?;
                    self.jump(end)?;
                    self.bind(other);
                    match c.alternate.kind {
                        ExprKind::Conditional(next) => c = next,
                        _ => {
                            self.expr(c.alternate, dst)?;
                            break;
                        }
                    }
                }
                self.bind(end);
                Ok(())
            }
            ExprKind::Assign(a) => self.assign(a, Some(dst)),
            ExprKind::Sequence(list) => {
                let Some((last, init)) = list.split_last() else { return self.load_undefined(d) };
                for e in init {
                    self.effect(e)?;
                }
                self.expr(last, dst)
            }
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::PrivateMember { .. }
            | ExprKind::Call(_)
            | ExprKind::TaggedTemplate(_) => self.chain(e, Some(dst), None),
            ExprKind::SuperMember { .. } | ExprKind::SuperIndex { .. } => {
                let mark = self.top();
                let (pair, key) = self.super_ref(e)?;
                self.free_to(mark);
                self.pos(e.span.start)?;
                self.abc(Op::GetSuperProp, key.kill(KILL_C), d, pair, key.reg).map(|_| ())
            }
            ExprKind::OptionalChain(inner) => {
                let (nullish, end) = (self.label()?, self.label()?);
                self.chain(inner, Some(dst), Some(nullish))?;
                self.jump(end)?;
                self.bind(nullish);
                self.load_undefined(d)?;
                self.bind(end);
                Ok(())
            }
            ExprKind::SuperCall(c) => self.super_call(c, Some(dst)),
            ExprKind::New(n) => self.new_expr(n, dst),
            ExprKind::Yield(arg) => self.yield_expr(arg, e.span.start, dst),
            ExprKind::YieldStar(arg) => self.yield_star(arg, e.span.start, dst),
            ExprKind::Await(arg) => {
                let mark = self.top();
                let v = self.operand(arg, dst.hint())?;
                self.free_to(mark);
                self.pos(e.span.start)?;
                self.abc(Op::Await, v.kill_unless(KILL_B, d), d, v.reg, 0).map(|_| ())
            }
            ExprKind::ImportCall(c) => {
                let mark = self.top();
                let s =
                    self.operand_stable(c.specifier, c.options.is_some_and(|o| o.has_assignment()), None)?;
                let o = match c.options {
                    Some(o) => self.operand(o, None)?,
                    None => {
                        let t = self.temp()?;
                        self.load_undefined(t)?;
                        Val::temp(t)
                    }
                };
                self.free_to(mark);
                let phase = match c.phase {
                    ImportPhase::Evaluation => 0,
                    ImportPhase::Defer => VARIANT,
                    ImportPhase::Source => VARIANT2,
                };
                self.pos(e.span.start)?;
                let f = phase | s.kill_unless(KILL_B, d) | o.kill_unless(KILL_C, d);
                self.abc(Op::Import, f, d, s.reg, o.reg).map(|_| ())
            }
        }
    }

    /// The value of an implicit or private name, borrowed if possible.
    pub fn ident_operand(&mut self, ident: Ident<'a>) -> R<Val> {
        if let Some(reg) = self.borrowable(ident)? {
            return Ok(Val::borrowed(reg));
        }
        let t = self.temp()?;
        self.read_ident(ident, Dst::fresh(t), false)?;
        Ok(Val::temp(t))
    }

    fn stabilize(&mut self, v: Val) -> R<Val> {
        if v.temp {
            return Ok(v);
        }
        let t = self.temp()?;
        self.move_to(t, v)?;
        Ok(Val::temp(t))
    }

    /// Builds something of several parts in the destination, or in a temporary if its parts could be seen.
    pub fn in_fresh(&mut self, dst: Dst, build: impl FnOnce(&mut Self, Reg) -> R<()>) -> R<()> {
        if dst.fresh {
            return build(self, dst.reg);
        }
        let t = self.temp()?;
        build(self, t)?;
        self.free_to(t);
        self.move_to(dst.reg, Val::temp(t))
    }

    /// Evaluates with NamedEvaluation if the expression is an anonymous function or class.
    pub fn named(&mut self, e: &'a Expr<'a>, name: Name, dst: Dst) -> R<()> {
        match e.kind {
            ExprKind::Function(f) if f.name.is_none() => self.closure(f, name, dst.reg),
            ExprKind::Class(c) if c.name.is_none() => {
                self.class(c, super::class::ClassName::Static(name), dst.reg)
            }
            _ => self.expr(e, dst),
        }
    }

    /// As [`Self::named`], for an operand.
    pub fn named_operand(&mut self, e: &'a Expr<'a>, name: Option<Name>, hint: Option<Reg>) -> R<Val> {
        match name {
            Some(name) if e.is_anonymous_function() => {
                let reg = match hint {
                    Some(reg) => reg,
                    None => self.temp()?,
                };
                self.named(e, name, Dst::fresh(reg))?;
                Ok(Val::temp(reg))
            }
            _ => self.operand(e, hint),
        }
    }

    fn unary(&mut self, op: UnaryOp, arg: &'a Expr<'a>, e: &'a Expr<'a>, dst: Dst) -> R<()> {
        let d = dst.reg;
        let code = match op {
            UnaryOp::Delete => return self.delete(arg, dst),
            UnaryOp::Void => {
                self.effect(arg)?;
                return self.load_undefined(d);
            }
            UnaryOp::TypeOf => {
                let mark = self.top();
                let v = self.typeof_operand(arg)?;
                self.free_to(mark);
                return self.abc(Op::TypeOf, v.kill_unless(KILL_B, d), d, v.reg, 0).map(|_| ());
            }
            UnaryOp::Neg | UnaryOp::Plus => {
                if let Some(n) = number_literal(e) {
                    return self.load_number(d, n);
                }
                if op == UnaryOp::Neg { Op::Neg } else { Op::ToNumber }
            }
            UnaryOp::BitNot => {
                if let Some(n) = number_literal(arg).and_then(as_int) {
                    return self.load_int(d, !n);
                }
                Op::BitNot
            }
            UnaryOp::Not => match arg.kind {
                ExprKind::Number(n) => {
                    let op = if n == 0.0 || n.is_nan() { Op::LoadTrue } else { Op::LoadFalse };
                    return self.a(op, d);
                }
                // A condition with short-circuits: jump rather than materialise its parts.
                ExprKind::Logical { op: LogicalOp::And | LogicalOp::Or, .. } => {
                    let (yes, end) = (self.label()?, self.label()?);
                    self.jump_if(arg, false, yes)?;
                    self.a(Op::LoadFalse, d)?;
                    self.jump(end)?;
                    self.bind(yes);
                    self.a(Op::LoadTrue, d)?;
                    self.bind(end);
                    return Ok(());
                }
                _ => Op::Not,
            },
        };
        let mark = self.top();
        let v = self.operand(arg, dst.hint())?;
        self.free_to(mark);
        self.pos(e.span.start)?;
        self.abc(code, v.kill_unless(KILL_B, d), d, v.reg, 0).map(|_| ())
    }

    fn delete(&mut self, arg: &'a Expr<'a>, dst: Dst) -> R<()> {
        let d = dst.reg;
        match arg.kind {
            ExprKind::Ident(ident) => self.delete_ident(ident, d),
            ExprKind::Member { .. } | ExprKind::Index { .. } => self.delete_member(arg, d, None),
            ExprKind::OptionalChain(inner) => match inner.kind {
                ExprKind::Member { .. } | ExprKind::Index { .. } => {
                    let (nullish, end) = (self.label()?, self.label()?);
                    self.delete_member(inner, d, Some(nullish))?;
                    self.jump(end)?;
                    self.bind(nullish);
                    self.a(Op::LoadTrue, d)?;
                    self.bind(end);
                    Ok(())
                }
                _ => {
                    self.effect(arg)?;
                    self.a(Op::LoadTrue, d)
                }
            },
            ExprKind::SuperMember { sup, .. } => {
                let mark = self.top();
                self.this_checked(sup)?;
                self.free_to(mark);
                self.pos(arg.span.start)?;
                self.a(Op::ThrowDeleteSuper, 0)?;
                self.f.last_bound = self.here();
                self.load_undefined(d)
            }
            ExprKind::SuperIndex { sup, index } => {
                let mark = self.top();
                self.this_checked(sup)?;
                self.free_to(mark);
                self.effect(index)?;
                self.pos(arg.span.start)?;
                self.a(Op::ThrowDeleteSuper, 0)?;
                self.f.last_bound = self.here();
                self.load_undefined(d)
            }
            _ => {
                self.effect(arg)?;
                self.a(Op::LoadTrue, d)
            }
        }
    }

    fn this_checked(&mut self, sup: &'a SuperRef<'a>) -> R<()> {
        let v = self.ident_operand(sup.this)?;
        if v.temp {
            self.a(Op::Kill, v.reg)?;
        }
        Ok(())
    }

    fn delete_member(&mut self, e: &'a Expr<'a>, d: Reg, nullish: Option<Label>) -> R<()> {
        let mark = self.top();
        let (object, optional, index) = match e.kind {
            ExprKind::Member { object, optional, .. } => (object, optional, None),
            ExprKind::Index { object, index, optional } => (object, optional, Some(index)),
            _ => return Ok(()),
        };
        let assigned = index.is_some_and(|i| i.has_assignment());
        let o = self.chain_operand(object, assigned, nullish)?;
        if let (true, Some(label)) = (optional, nullish) {
            self.jump_op(Op::JumpNullish, 0, o.reg, label)?;
        }
        let key = match e.kind {
            ExprKind::Member { property, .. } => {
                let t = self.temp()?;
                self.load_key(t, property)?;
                Val::temp(t)
            }
            _ => match index {
                Some(i) => self.operand(i, None)?,
                None => return Ok(()),
            },
        };
        self.free_to(mark);
        self.pos(e.span.start)?;
        let strict = if self.f.strict { STRICT } else { 0 };
        let f = strict | o.kill_unless(KILL_B, d) | key.kill_unless(KILL_C, d);
        self.abc(Op::DeleteElem, f, d, o.reg, key.reg).map(|_| ())
    }

    /// R[t] := the name as a property key: a number if it spells an array index.
    pub fn load_key(&mut self, t: Reg, name: Name) -> R<()> {
        match array_index(self.program.names.get(name)) {
            Some(i) => self.load_number(t, f64::from(i)),
            None => self.load_name(t, name),
        }
    }

    // ---- operators

    fn binary(&mut self, e: &'a Expr<'a>, dst: Dst) -> R<()> {
        // Left-nested chains may be deep: go down the spine by hand.
        let mut spine = Vec::new();
        let mut inner = e;
        while let ExprKind::Binary { left, .. } = inner.kind {
            super::build::push(&mut spine, inner)?;
            inner = left;
        }
        let mark = self.top();
        let mut acc: Option<Val> = None;
        let mut n = spine.len();
        while n > 0 {
            n -= 1;
            let node = spine[n];
            let ExprKind::Binary { op, left, right } = node.kind else { continue };
            // Where this node's result goes.
            let out = if n == 0 {
                dst.reg
            } else if let Some(reg) = dst.hint() {
                reg
            } else {
                mark
            };
            if acc.is_none() {
                if let Some(folded) = self.fold(op, left, right) {
                    if n > 0 && out == mark {
                        self.free_to(mark);
                        self.temp()?;
                    }
                    self.load_number(out, folded)?;
                    acc = Some(Val::temp(out));
                    continue;
                }
                // literal * x and the like
                if let (Some(k), Some(code)) = (small_int(left), commutative_immediate(op))
                    && small_int(right).is_none()
                {
                    let r = self.operand(right, dst.hint())?;
                    self.binary_out(node, code, r, Val::borrowed(k as u16), out, mark)?;
                    if n > 0 && out == mark {
                        self.temp()?;
                    }
                    acc = Some(Val::temp(out));
                    continue;
                }
            }
            let l = match acc {
                Some(v) => v,
                None => self.operand_before(left, right, dst.hint())?,
            };
            if let (Some(k), Some(code)) = (small_int(right), immediate(op)) {
                self.binary_out(node, code, l, Val::borrowed(k as u16), out, mark)?;
            } else {
                let r = self.operand(right, None)?;
                self.binary_out(node, binary_op(op), l, r, out, mark)?;
            }
            if n > 0 && out == mark {
                self.temp()?;
            }
            acc = Some(Val::temp(out));
        }
        Ok(())
    }

    fn binary_out(&mut self, node: &Expr<'a>, op: Op, l: Val, r: Val, out: Reg, mark: Reg) -> R<()> {
        self.free_to(mark);
        self.pos(node.span.start)?;
        let f = l.kill_unless(KILL_B, out) | r.kill_unless(KILL_C, out);
        self.abc(op, f, out, l.reg, r.reg).map(|_| ())
    }

    /// Arithmetic of number literals.
    fn fold(&self, op: BinaryOp, left: &Expr<'a>, right: &Expr<'a>) -> Option<f64> {
        let (a, b) = (number_literal(left)?, number_literal(right)?);
        Some(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => a / b,
            BinaryOp::BitAnd => f64::from(as_int(a)? & as_int(b)?),
            BinaryOp::BitOr => f64::from(as_int(a)? | as_int(b)?),
            BinaryOp::BitXor => f64::from(as_int(a)? ^ as_int(b)?),
            BinaryOp::Shl => f64::from(as_int(a)?.wrapping_shl(as_int(b)? as u32)),
            BinaryOp::Sar => f64::from(as_int(a)?.wrapping_shr(as_int(b)? as u32)),
            BinaryOp::Shr => f64::from((as_int(a)? as u32).wrapping_shr(as_int(b)? as u32)),
            _ => return None,
        })
    }

    fn logical(&mut self, e: &'a Expr<'a>, dst: Dst) -> R<()> {
        self.in_fresh(dst, |em, acc| {
            let ExprKind::Logical { op, .. } = e.kind else { return Ok(()) };
            let mut spine = Vec::new();
            let mut left = e;
            while let ExprKind::Logical { op: o, left: l, right } = left.kind {
                if o != op {
                    break;
                }
                super::build::push(&mut spine, right)?;
                left = l;
            }
            let end = em.label()?;
            let jump = match op {
                LogicalOp::And => Op::JumpFalse,
                LogicalOp::Or => Op::JumpTrue,
                LogicalOp::Coalesce => Op::JumpNotNullish,
            };
            em.expr(left, Dst::fresh(acc))?;
            for operand in spine.into_iter().rev() {
                em.jump_op(jump, 0, acc, end)?;
                em.expr(operand, Dst::fresh(acc))?;
            }
            em.bind(end);
            Ok(())
        })
    }

    // ---- literals

    fn template(&mut self, t: &'a Template<'a>, dst: Dst) -> R<()> {
        let mark = self.top();
        let cooked = |e: &Self, i: usize| -> Option<Name> {
            t.parts.get(i).and_then(|p| p.cooked).filter(|&n| !e.program.names.get(n).is_empty())
        };
        if t.exprs.is_empty() {
            let text = t.parts.first().and_then(|p| p.cooked).unwrap_or(known::Empty);
            return self.load_name(dst.reg, text);
        }
        // Conversions may be left to Concat from the last expression with a side effect on.
        let last_effect = t.exprs.iter().rposition(|e| !self.is_simple(e)).unwrap_or(0);
        let first = self.top();
        let mut count: u16 = 0;
        for (i, e) in t.exprs.iter().enumerate() {
            if let Some(text) = cooked(self, i) {
                let r = self.temp()?;
                self.load_name(r, text)?;
                count += 1;
            }
            let r = self.temp()?;
            self.expr(e, Dst::fresh(r))?;
            count += 1;
            if i < last_effect {
                self.pos(e.span.start)?;
                self.ab(Op::ToString, r, r)?;
            }
            if count >= 100 {
                self.pos(e.span.start)?;
                self.abc(Op::Concat, 0, first, first, count)?;
                self.free_to(first);
                self.temp()?;
                count = 1;
            }
        }
        if let Some(text) = cooked(self, t.exprs.len()) {
            let r = self.temp()?;
            self.load_name(r, text)?;
            count += 1;
        }
        self.free_to(mark);
        if let Some(part) = t.parts.first() {
            self.pos(part.span.start)?;
        }
        if count == 1 {
            let f = if dst.reg == first { 0 } else { KILL_B };
            return self.abc(Op::ToString, f, dst.reg, first, 0).map(|_| ());
        }
        self.abc(Op::Concat, 0, dst.reg, first, count).map(|_| ())
    }

    /// Evaluating this has no effect that anything else could see.
    pub fn is_simple(&self, e: &Expr<'a>) -> bool {
        match e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::BigInt(_)
            | ExprKind::Function(_) => true,
            ExprKind::Ident(i) | ExprKind::This(i) => {
                matches!(i.resolution.get(), Resolution::Static(VarRef::Local { check: false, .. }))
                    && self.borrowable_quietly(i)
            }
            _ => false,
        }
    }

    fn array(&mut self, elements: &'a [ArrayElement<'a>], d: Reg) -> R<()> {
        let room = elements.len().min(1 << 20) as i32;
        self.abx(Op::NewArray, 0, d, room)?;
        for element in elements {
            let mark = self.top();
            match *element {
                ArrayElement::Hole => self.a(Op::ArrayHole, d)?,
                ArrayElement::Expr(e) => {
                    let v = self.operand(e, None)?;
                    self.abc(Op::ArrayPush, v.kill(KILL_B), d, v.reg, 0)?;
                }
                ArrayElement::Spread(e) => {
                    let v = self.operand(e, None)?;
                    self.pos(e.span.start)?;
                    self.abc(Op::ArraySpread, v.kill(KILL_B), d, v.reg, 0)?;
                }
            }
            self.free_to(mark);
        }
        Ok(())
    }

    /// Evaluates a property key where it stands. `Key::Val` of a computed key is a property key already.
    pub fn property_key(&mut self, key: &PropertyKey<'a>) -> R<Key> {
        match *key {
            PropertyKey::Name(n) if array_index(self.program.names.get(n)).is_none() => Ok(Key::Name(n)),
            PropertyKey::Name(n) => {
                let t = self.temp()?;
                self.load_key(t, n)?;
                Ok(Key::Val(Val::temp(t)))
            }
            PropertyKey::Number(n) => {
                let t = self.temp()?;
                self.load_number(t, n)?;
                Ok(Key::Val(Val::temp(t)))
            }
            PropertyKey::Computed(e) => {
                let t = self.temp()?;
                self.expr(e, Dst::fresh(t))?;
                if !matches!(e.kind, ExprKind::String(_) | ExprKind::Number(_)) {
                    self.pos(e.span.start)?;
                    self.ab(Op::ToPropertyKey, t, t)?;
                }
                Ok(Key::Val(Val::temp(t)))
            }
            PropertyKey::Private(ident) => Ok(Key::Val(self.ident_operand(ident)?)),
        }
    }

    /// Makes sure that the key is in a register.
    pub fn key_in_register(&mut self, key: Key) -> R<Val> {
        match key {
            Key::Val(v) => Ok(v),
            Key::Name(n) => {
                let t = self.temp()?;
                self.load_name(t, n)?;
                Ok(Val::temp(t))
            }
        }
    }

    /// The name that a function gets from this key, if it is known now.
    pub fn key_name(&self, key: &PropertyKey<'a>) -> Option<Name> {
        match *key {
            PropertyKey::Name(n) => Some(n),
            PropertyKey::Private(i) => Some(i.name),
            _ => None,
        }
    }

    fn object(&mut self, properties: &'a [Property<'a>], d: Reg) -> R<()> {
        self.abx(Op::NewObject, 0, d, properties.len().min(1 << 16) as i32)?;
        for p in properties {
            let mark = self.top();
            match p.kind {
                PropertyKind::Value { key, value, .. } => {
                    let k = self.property_key(&key)?;
                    let name = self.key_name(&key);
                    let dynamic = name.is_none() && value.is_anonymous_function();
                    let v = if let (true, Key::Val(k)) = (dynamic, k) {
                        let t = self.temp()?;
                        self.dynamic_named(value, k.reg, t)?;
                        Val::temp(t)
                    } else {
                        self.named_operand(value, name, None)?
                    };
                    self.define(d, k, v, p.span.start)?;
                }
                PropertyKind::Proto(value) => {
                    let v = self.operand(value, None)?;
                    self.abc(Op::SetProtoLiteral, v.kill(KILL_B), d, v.reg, 0)?;
                }
                PropertyKind::Method { key, function } => {
                    let k = self.property_key(&key)?;
                    let t = self.method(function, &key, k, MethodKind::Method, d)?;
                    self.define(d, k, Val::temp(t), p.span.start)?;
                }
                PropertyKind::Getter { key, function } => {
                    let k = self.property_key(&key)?;
                    let k = Key::Val(self.key_in_register(k)?);
                    let t = self.method(function, &key, k, MethodKind::Getter, d)?;
                    self.define_accessor(Op::DefineGetter, d, k, t, 0)?;
                }
                PropertyKind::Setter { key, function } => {
                    let k = self.property_key(&key)?;
                    let k = Key::Val(self.key_in_register(k)?);
                    let t = self.method(function, &key, k, MethodKind::Setter, d)?;
                    self.define_accessor(Op::DefineSetter, d, k, t, 0)?;
                }
                PropertyKind::Spread(e) => {
                    let v = self.operand(e, None)?;
                    self.pos(e.span.start)?;
                    self.abc(Op::CopyProperties, v.kill(KILL_B), d, v.reg, 0)?;
                }
            }
            self.free_to(mark);
        }
        Ok(())
    }

    /// An anonymous function or class whose name is the key in R[key].
    pub fn dynamic_named(&mut self, e: &'a Expr<'a>, key: Reg, d: Reg) -> R<()> {
        match e.kind {
            ExprKind::Class(c) => self.class(c, super::class::ClassName::Dynamic(key), d),
            _ => {
                self.expr(e, Dst::fresh(d))?;
                self.ab(Op::SetFunctionName, d, key)
            }
        }
    }

    /// Defines a data property of a literal.
    fn define(&mut self, object: Reg, key: Key, v: Val, position: u32) -> R<()> {
        if let Key::Name(n) = key
            && let Some(ic) = self.ic(n)?
        {
            self.pos(position)?;
            return self.abc(Op::DefineField, v.kill(KILL_C), object, ic, v.reg).map(|_| ());
        }
        let k = self.key_in_register(key)?;
        self.pos(position)?;
        self.abc(Op::DefineElem, k.kill(KILL_B) | v.kill(KILL_C), object, k.reg, v.reg).map(|_| ())
    }

    pub fn define_accessor(&mut self, op: Op, object: Reg, key: Key, function: Reg, f: u8) -> R<()> {
        let k = self.key_in_register(key)?;
        self.abc(op, f | k.kill(KILL_B) | KILL_C, object, k.reg, function).map(|_| ())
    }

    // ---- suspension

    /// After a Yield into R[v], R[v+1]: goes on if `next` was called; otherwise throws or returns.
    fn resume(&mut self, v: Reg) -> R<()> {
        let (next, returned) = (self.label()?, self.label()?);
        self.jump_op(Op::JumpFalse, 0, v + 1, next)?;
        self.test_int(v + 1, 1, false, returned)?;
        self.abc(Op::Throw, KILL_A, v, 0, 0)?;
        self.bind(returned);
        if self.f.is_async {
            self.ab(Op::Await, v, v)?;
        }
        self.leave(Exit::Return, Val::temp(v))?;
        self.bind(next);
        Ok(())
    }

    fn yield_expr(&mut self, arg: Option<&'a Expr<'a>>, position: u32, dst: Dst) -> R<()> {
        let mark = self.top();
        let v = self.temps(2)?;
        match arg {
            Some(e) => self.expr(e, Dst::fresh(v))?,
            None => self.load_undefined(v)?,
        }
        self.pos(position)?;
        if self.f.is_async {
            self.ab(Op::Await, v, v)?;
            self.ab(Op::AsyncYield, v, v)?;
        } else {
            self.ab(Op::IterResult, v, v)?;
            self.ab(Op::Yield, v, v)?;
        }
        self.resume(v)?;
        self.free_to(mark);
        self.move_to(dst.reg, Val::temp(v))
    }

    /// `yield*` (14.4.14)
    fn yield_star(&mut self, arg: &'a Expr<'a>, position: u32, dst: Dst) -> R<()> {
        let is_async = self.f.is_async;
        let mark = self.top();
        let it = self.temps(3)?;
        // R[sent]: the received value, R[sent+1]: how it came (0 next, 1 throw, 2 return).
        let sent = self.temps(2)?;
        let mode = sent + 1;
        // R[call], R[call+1]: an iterator and one of its methods for IterCall.
        let call = self.temps(2)?;
        let result = self.temp()?;
        self.expr(arg, Dst::fresh(it))?;
        self.pos(position)?;
        self.abc(Op::GetIterator, if is_async { VARIANT } else { 0 }, it, it, 0)?;
        self.load_undefined(sent)?;
        self.load_int(mode, 0)?;
        let again = self.label_here()?;
        let (other, returned, received, done, no_throw, returning) =
            (self.label()?, self.label()?, self.label()?, self.label()?, self.label()?, self.label()?);
        self.jump_op(Op::JumpTrue, 0, mode, other)?;
        self.abc(Op::IterCall, KILL_C, result, it, sent)?;
        self.jump(received)?;
        self.bind(other);
        self.test_int(mode, 1, false, returned)?;
        self.get_named(call + 1, Val::borrowed(it), known::Throw)?;
        self.jump_op(Op::JumpNullish, 0, call + 1, no_throw)?;
        self.move_to(call, Val::borrowed(it))?;
        self.abc(Op::IterCall, KILL_C, result, call, sent)?;
        self.a(Op::Kill, call)?;
        self.a(Op::Kill, call + 1)?;
        self.jump(received)?;
        // No throw method: close, then complain.
        self.bind(no_throw);
        self.a(Op::Kill, sent)?;
        if is_async {
            self.async_close(it)?;
        } else {
            self.a(Op::IterClose, it)?;
        }
        let k = self.const_text("iterator does not have a throw method")?;
        self.abx(Op::ThrowError, 0, error_kind::TYPE, k as i32)?;
        self.bind(returned);
        self.get_named(call + 1, Val::borrowed(it), known::Return)?;
        let no_return = self.label()?;
        self.jump_op(Op::JumpNullish, 0, call + 1, no_return)?;
        self.move_to(call, Val::borrowed(it))?;
        self.abc(Op::IterCall, KILL_C, result, call, sent)?;
        self.a(Op::Kill, call)?;
        self.a(Op::Kill, call + 1)?;
        self.bind(received);
        if is_async {
            self.ab(Op::Await, result, result)?;
        }
        self.a(Op::CheckObject, result)?;
        let flag = call;
        self.get_named(flag, Val::borrowed(result), NAME_DONE)?;
        self.jump_op(Op::JumpTrue, KILL_A, flag, done)?;
        if is_async {
            self.get_named(result, Val::borrowed(result), NAME_VALUE)?;
            self.abc(Op::AsyncYield, KILL_B, sent, result, 0)?;
            // A return's value is awaited; if that fails it becomes a throw.
            let region = {
                let go_on = again;
                let two = self.label()?;
                self.test_int(mode, 2, true, two)?;
                self.jump(go_on)?;
                self.bind(two);
                self.open_region()
            };
            self.ab(Op::Await, sent, sent)?;
            let end = self.here();
            self.jump(again)?;
            self.close_region(region, end, sent, result)?;
            self.load_int(mode, 1)?;
            self.jump(again)?;
        } else {
            self.abc(Op::Yield, KILL_B, sent, result, 0)?;
            self.jump(again)?;
        }
        // Return without a method: return the received value.
        self.bind(no_return);
        if is_async {
            self.ab(Op::Await, sent, sent)?;
        }
        self.jump(returning)?;
        self.bind(done);
        self.get_named(result, Val::borrowed(result), NAME_VALUE)?;
        let finish = self.label()?;
        self.test_int(mode, 2, false, finish)?;
        self.move_to(sent, Val::temp(result))?;
        self.bind(returning);
        self.leave(Exit::Return, Val::temp(sent))?;
        self.bind(finish);
        self.a(Op::Kill, it)?;
        self.a(Op::Kill, it + 1)?;
        self.free_to(mark);
        self.move_to(dst.reg, Val::temp(result))
    }

    /// R[d] := R[o].name for a name of the emitter's own.
    pub fn get_named(&mut self, d: Reg, o: Val, name: impl Into<OwnName>) -> R<()> {
        let f = o.kill_unless(KILL_B, d);
        let (ic, name) = match name.into() {
            OwnName::Known(n) => (self.ic(n)?, n),
            OwnName::Text(t) => (self.ic_text(t)?, known::Empty),
        };
        match ic {
            Some(ic) => self.abc(Op::GetField, f, d, o.reg, ic).map(|_| ()),
            None if name != known::Empty => {
                let k = self.temp()?;
                self.load_name(k, name)?;
                self.free_to(k);
                self.abc(Op::GetElem, f | KILL_C, d, o.reg, k).map(|_| ())
            }
            None => Err(EmitError::TooLarge("too many properties")),
        }
    }
}

/// A property name the emitter itself uses.
pub enum OwnName {
    Known(Name),
    Text(&'static str),
}

impl From<Name> for OwnName {
    fn from(n: Name) -> OwnName {
        OwnName::Known(n)
    }
}

impl From<&'static str> for OwnName {
    fn from(t: &'static str) -> OwnName {
        OwnName::Text(t)
    }
}

pub const NAME_DONE: &str = "done";
pub const NAME_VALUE: &str = "value";

/// The operation of a binary operator on two registers.
pub fn binary_op(op: BinaryOp) -> Op {
    match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Exp => Op::Exp,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Sar => Op::Shr,
        BinaryOp::Shr => Op::UShr,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::Eq => Op::Eq,
        BinaryOp::Ne => Op::Ne,
        BinaryOp::StrictEq => Op::StrictEq,
        BinaryOp::StrictNe => Op::StrictNe,
        BinaryOp::Lt => Op::Lt,
        BinaryOp::Le => Op::Le,
        BinaryOp::Gt => Op::Gt,
        BinaryOp::Ge => Op::Ge,
        BinaryOp::In => Op::In,
        BinaryOp::InstanceOf => Op::InstanceOf,
    }
}

/// The operation with an immediate right operand.
pub fn immediate(op: BinaryOp) -> Option<Op> {
    Some(match op {
        BinaryOp::Add => Op::AddInt,
        BinaryOp::Sub => Op::SubInt,
        BinaryOp::Mul => Op::MulInt,
        BinaryOp::BitAnd => Op::BitAndInt,
        BinaryOp::BitOr => Op::BitOrInt,
        BinaryOp::Shl => Op::ShlInt,
        BinaryOp::Sar => Op::ShrInt,
        BinaryOp::Shr => Op::UShrInt,
        _ => return None,
    })
}

/// The operation with an immediate for a literal *left* operand.
fn commutative_immediate(op: BinaryOp) -> Option<Op> {
    matches!(op, BinaryOp::Mul | BinaryOp::BitAnd | BinaryOp::BitOr).then(|| immediate(op)).flatten()
}
