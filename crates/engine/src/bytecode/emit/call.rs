//! Member chains, calls, construction, `super`.

use super::build::{Dst, Label, Reg, Val};
use super::cond::{array_index, small_index};
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::{JsStr, known};
use qjs_syntax::scope::{EvalSiteId, VarLoc};

/// More arguments than this are passed as an array.
const MAX_ARGS: usize = 250;

/// What the walk up a chain has in hand.
enum Cur {
    Val(Val),
    /// Callee in R[base], `this` in R[base+1]; with `true`, that is undefined and not loaded.
    Method(Reg, bool),
}

impl<'a> Emitter<'a, '_> {
    /// Where errors about a property access point: the property's name.
    fn property_position(&self, e: &Expr<'a>) -> u32 {
        match e.kind {
            ExprKind::Member { object, property, .. } => match self.program.names.get(property) {
                JsStr::Latin1(s) if s.is_ascii() => {
                    e.span.end.saturating_sub(s.len() as u32).max(object.span.end)
                }
                _ => object.span.end,
            },
            ExprKind::Index { object, .. } | ExprKind::PrivateMember { object, .. } => object.span.end,
            _ => e.span.start,
        }
    }

    /// Operand of a delete in an optional chain.
    pub fn chain_operand(&mut self, e: &'a Expr<'a>, assigned: bool, nullish: Option<Label>) -> R<Val> {
        match (nullish, e.kind) {
            (
                Some(label),
                ExprKind::Member { .. }
                | ExprKind::Index { .. }
                | ExprKind::PrivateMember { .. }
                | ExprKind::Call(_),
            ) => {
                let t = self.temp()?;
                self.chain(e, Some(Dst::fresh(t)), Some(label))?;
                Ok(Val::temp(t))
            }
            _ => self.operand_stable(e, assigned, None),
        }
    }

    /// A chain of member accesses and calls, evaluated from its innermost object outwards without recursion.
    /// `dst`: `None` if the value is not needed (`e` is a call then). `nullish`: where `?.` goes if there is
    /// nothing on its left; no temporary of the chain is alive there.
    pub fn chain(&mut self, e: &'a Expr<'a>, dst: Option<Dst>, nullish: Option<Label>) -> R<()> {
        self.check_stack()?;
        let mut nodes: Vec<&'a Expr<'a>> = Vec::new();
        let mut inner = e;
        loop {
            let next = match inner.kind {
                ExprKind::Member { object, .. }
                | ExprKind::Index { object, .. }
                | ExprKind::PrivateMember { object, .. } => object,
                ExprKind::Call(c) => c.callee,
                ExprKind::TaggedTemplate(t) => t.tag,
                _ => break,
            };
            super::build::push(&mut nodes, inner)?;
            inner = next;
        }
        let mark = self.top();
        let hint = dst.and_then(Dst::hint);
        let Some(&first) = nodes.last() else { return Ok(()) };
        // The innermost part.
        let mut cur = match first.kind {
            ExprKind::Call(_) | ExprKind::TaggedTemplate(_) => {
                let base = self.temps(2)?;
                let bare = self.callee(inner, base)?;
                Cur::Method(base, bare)
            }
            ExprKind::Member { property, .. } => {
                // `arguments.length` does not make the arguments object escape.
                match inner.kind {
                    ExprKind::Ident(i)
                        if property == known::Length && !self.called(&nodes, nodes.len() - 1) =>
                    {
                        match self.plain_arguments(i) {
                            Some(reg) => Cur::Val(Val::borrowed(reg)),
                            None => Cur::Val(self.operand(inner, hint)?),
                        }
                    }
                    _ => Cur::Val(self.operand(inner, hint)?),
                }
            }
            ExprKind::Index { index, .. } => match inner.kind {
                ExprKind::Ident(i)
                    if self.plain_arguments(i).is_some() && !self.called(&nodes, nodes.len() - 1) =>
                {
                    Cur::Val(Val::borrowed(self.plain_arguments(i).unwrap_or(0)))
                }
                _ => Cur::Val(self.operand_before(inner, index, hint)?),
            },
            _ => Cur::Val(self.operand(inner, hint)?),
        };
        let mut n = nodes.len();
        while n > 0 {
            n -= 1;
            let node = nodes[n];
            let called = self.called(&nodes, n);
            // Where this node's value goes.
            let out = match (n, dst) {
                (0, Some(d)) => d.reg,
                _ => hint.unwrap_or(mark),
            };
            match node.kind {
                ExprKind::Call(c) => {
                    let Cur::Method(base, bare) = cur else { continue };
                    if let (true, Some(label)) = (c.optional, nullish) {
                        let go_on = self.label()?;
                        self.jump_op(Op::JumpNotNullish, 0, base, go_on)?;
                        if !bare {
                            self.a(Op::Kill, base + 1)?;
                        }
                        self.jump(label)?;
                        self.bind(go_on);
                    }
                    let apply = self.is_apply(&nodes, n);
                    let out = (n > 0 || dst.is_some()).then_some(out);
                    self.call_with(base, bare, c, out, apply)?;
                    self.free_to(mark);
                }
                ExprKind::TaggedTemplate(t) => {
                    let Cur::Method(base, bare) = cur else { continue };
                    self.tagged(base, bare, t, node.span.start, out)?;
                    self.free_to(mark);
                }
                _ => {
                    let Cur::Val(o) = cur else { continue };
                    let optional = match node.kind {
                        ExprKind::Member { optional, .. }
                        | ExprKind::Index { optional, .. }
                        | ExprKind::PrivateMember { optional, .. } => optional,
                        _ => false,
                    };
                    if let (true, Some(label)) = (optional, nullish) {
                        self.jump_op(Op::JumpNullish, 0, o.reg, label)?;
                    }
                    if called {
                        let base = self.method_of(node, o, mark)?;
                        cur = Cur::Method(base, false);
                        continue;
                    }
                    self.member(node, o, out, mark)?;
                }
            }
            // Keep the value's register allocated while the chain goes on.
            if n > 0 && out == mark && hint.is_none() {
                self.free_to(mark);
                self.temp()?;
            }
            cur = Cur::Val(Val::temp(out));
            if self.called(&nodes, n) {
                // The value is called as a plain function.
                if hint.is_none() {
                    self.free_to(mark);
                }
                let base = self.temps(2)?;
                self.move_to(base, Val::temp(out))?;
                cur = Cur::Method(base, true);
            }
        }
        self.free_to(mark);
        Ok(())
    }

    /// Whether nodes[n] is the callee of the next node outwards.
    fn called(&self, nodes: &[&'a Expr<'a>], n: usize) -> bool {
        n > 0
            && nodes
                .get(n - 1)
                .is_some_and(|e| matches!(e.kind, ExprKind::Call(_) | ExprKind::TaggedTemplate(_)))
    }

    /// `f.apply(x, arguments)`: the arguments object is only read.
    fn is_apply(&self, nodes: &[&'a Expr<'a>], n: usize) -> bool {
        match nodes.get(n + 1).map(|e| &e.kind) {
            Some(ExprKind::Member { property, .. }) => {
                matches!(self.program.names.get(*property), JsStr::Latin1(b"apply"))
            }
            _ => false,
        }
    }

    /// R[out] := a member of R[o].
    fn member(&mut self, node: &'a Expr<'a>, o: Val, out: Reg, mark: Reg) -> R<()> {
        let position = self.property_position(node);
        match node.kind {
            ExprKind::Member { property, .. } => {
                if array_index(self.program.names.get(property)).is_none()
                    && let Some(ic) = self.ic(property)?
                {
                    self.free_to(mark);
                    self.pos(position)?;
                    let op = if property == known::Length { Op::GetLength } else { Op::GetField };
                    return self.abc(op, o.kill_unless(KILL_B, out), out, o.reg, ic).map(|_| ());
                }
                let k = self.temp()?;
                self.load_key(k, property)?;
                self.get_elem(o, Val::temp(k), out, mark, position)
            }
            ExprKind::Index { index, .. } => {
                if let ExprKind::String(s) = index.kind
                    && array_index(self.program.names.get(s)).is_none()
                    && let Some(ic) = self.ic(s)?
                {
                    self.free_to(mark);
                    self.pos(position)?;
                    let f = o.kill_unless(KILL_B, out);
                    return self.abc(Op::GetField, f, out, o.reg, ic).map(|_| ());
                }
                if let Some(i) = small_index(index) {
                    self.free_to(mark);
                    self.pos(position)?;
                    return self.abc(Op::GetElemInt, o.kill_unless(KILL_B, out), out, o.reg, i).map(|_| ());
                }
                let k = self.operand(index, None)?;
                self.get_elem(o, k, out, mark, position)
            }
            ExprKind::PrivateMember { name, .. } => {
                let k = self.ident_operand(name)?;
                self.free_to(mark);
                self.pos(position)?;
                let f = o.kill_unless(KILL_B, out) | k.kill_unless(KILL_C, out);
                self.abc(Op::GetPrivate, f, out, o.reg, k.reg).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn get_elem(&mut self, o: Val, k: Val, out: Reg, mark: Reg, position: u32) -> R<()> {
        self.free_to(mark);
        self.pos(position)?;
        let f = o.kill_unless(KILL_B, out) | k.kill_unless(KILL_C, out);
        self.abc(Op::GetElem, f, out, o.reg, k.reg).map(|_| ())
    }

    /// Callee and `this` from a member of R[o], in two new temporaries.
    fn method_of(&mut self, node: &'a Expr<'a>, o: Val, mark: Reg) -> R<Reg> {
        let position = self.property_position(node);
        // The object may already stand where the callee goes.
        if o.temp && o.reg == mark {
            self.free_to(mark);
        }
        let base = self.temps(2)?;
        let kill = o.kill_unless(KILL_B, base);
        match node.kind {
            ExprKind::Member { property, .. } => {
                if array_index(self.program.names.get(property)).is_none()
                    && let Some(ic) = self.ic(property)?
                {
                    self.pos(position)?;
                    self.abc(Op::GetMethod, kill, base, o.reg, ic)?;
                    return Ok(base);
                }
                let k = self.temp()?;
                self.load_key(k, property)?;
                self.pos(position)?;
                self.abc(Op::GetElemMethod, kill | KILL_C, base, o.reg, k)?;
                self.free_to(k);
            }
            ExprKind::Index { index, .. } => {
                let after = self.top();
                let k = self.operand(index, None)?;
                self.pos(position)?;
                self.abc(Op::GetElemMethod, kill | k.kill(KILL_C), base, o.reg, k.reg)?;
                self.free_to(after);
            }
            ExprKind::PrivateMember { name, .. } => {
                let after = self.top();
                self.move_to(base + 1, o)?;
                let k = self.ident_operand(name)?;
                self.pos(position)?;
                self.abc(Op::GetPrivate, k.kill(KILL_C), base, base + 1, k.reg)?;
                self.free_to(after);
            }
            _ => {}
        }
        Ok(base)
    }

    /// Evaluates what is called, when it is no member expression, into R[base] and `this` into R[base+1].
    /// `true`: `this` is undefined and was not loaded.
    fn callee(&mut self, e: &'a Expr<'a>, base: Reg) -> R<bool> {
        match e.kind {
            ExprKind::Ident(i) => self.read_callee(i, base),
            ExprKind::SuperMember { .. } | ExprKind::SuperIndex { .. } => {
                let after = self.top();
                let (pair, key) = self.super_ref(e)?;
                self.move_to(base + 1, Val::borrowed(pair + 1))?;
                self.pos(e.span.start)?;
                self.abc(Op::GetSuperProp, key.kill(KILL_C), base, pair, key.reg)?;
                self.free_to(after);
                Ok(false)
            }
            // `(a?.b)()` and `a?.b` tagged: `this` comes out of the chain.
            ExprKind::OptionalChain(inner) => match inner.kind {
                ExprKind::Member { object, optional, .. }
                | ExprKind::Index { object, optional, .. }
                | ExprKind::PrivateMember { object, optional, .. } => {
                    let (nullish, end) = (self.label()?, self.label()?);
                    let after = self.top();
                    let assigned = match inner.kind {
                        ExprKind::Index { index, .. } => index.has_assignment(),
                        _ => false,
                    };
                    let o = self.chain_operand(object, assigned, Some(nullish))?;
                    if optional {
                        self.jump_op(Op::JumpNullish, 0, o.reg, nullish)?;
                    }
                    let pair = self.method_of(inner, o, after)?;
                    self.move_to(base, Val::temp(pair))?;
                    self.move_to(base + 1, Val::temp(pair + 1))?;
                    self.free_to(after);
                    self.jump(end)?;
                    self.bind(nullish);
                    self.load_undefined(base)?;
                    self.load_undefined(base + 1)?;
                    self.bind(end);
                    Ok(false)
                }
                _ => {
                    self.expr(e, Dst::fresh(base))?;
                    Ok(true)
                }
            },
            _ => {
                self.expr(e, Dst::fresh(base))?;
                Ok(true)
            }
        }
    }

    /// Evaluates arguments into registers from the top on, or into one array. `true`: an array.
    fn arguments(&mut self, args: &'a [Argument<'a>], apply: bool) -> R<bool> {
        let spread = args.iter().any(|a| matches!(a, Argument::Spread(_)));
        if !spread && args.len() <= MAX_ARGS {
            for (i, arg) in args.iter().enumerate() {
                let Argument::Expr(e) = arg else { continue };
                let t = self.temp()?;
                if let (1, true, ExprKind::Ident(ident)) = (i, apply, e.kind)
                    && let Some(reg) = self.plain_arguments(ident)
                {
                    self.move_to(t, Val::borrowed(reg))?;
                    continue;
                }
                self.expr(e, Dst::fresh(t))?;
            }
            return Ok(false);
        }
        let array = self.temp()?;
        self.abx(Op::NewArray, 0, array, args.len().min(1 << 20) as i32)?;
        for arg in args {
            let mark = self.top();
            match arg {
                Argument::Expr(e) => {
                    let v = self.operand(e, None)?;
                    self.abc(Op::ArrayPush, v.kill(KILL_B), array, v.reg, 0)?;
                }
                Argument::Spread(e) => {
                    let v = self.operand(e, None)?;
                    self.pos(e.span.start)?;
                    self.abc(Op::ArraySpread, v.kill(KILL_B), array, v.reg, 0)?;
                }
            }
            self.free_to(mark);
        }
        Ok(true)
    }

    /// Calls R[base] with `this` R[base+1]. `out`: `None` drops the result.
    fn call_with(&mut self, base: Reg, bare: bool, c: &'a Call<'a>, out: Option<Reg>, apply: bool) -> R<()> {
        let args = c.args;
        let eval = c.direct_eval;
        let spread = self.arguments(args, apply)?;
        let drop = if out.is_none() { VARIANT } else { 0 } | if bare { VARIANT2 } else { 0 };
        let out = out.unwrap_or(base);
        self.pos(c.position)?;
        let Some(site) = eval else {
            return if spread {
                self.abc(Op::CallSpread, drop, out, base, 0).map(|_| ())
            } else {
                self.abc(Op::Call, drop, out, base, args.len() as u16).map(|_| ())
            };
        };
        let strict = if self.f.strict { STRICT } else { 0 };
        if spread {
            self.abc(Op::CallEvalSpread, drop | strict, out, base, 0)?;
        } else {
            self.abc(Op::CallEval, drop | strict, out, base, args.len() as u16)?;
        }
        let id = self.eval_site(site)?;
        self.abx(Op::EvalScope, 0, 0, id).map(|_| ())
    }

    /// The table entry of a direct eval's site.
    fn eval_site(&mut self, id: EvalSiteId) -> R<i32> {
        let index = self.f.code.eval_scopes.len();
        let Some(site) = self.program.eval_sites.get(id.0 as usize) else { return Ok(0) };
        let mut slots = Vec::new();
        slots.try_reserve(site.slots.len()).map_err(|_| super::EmitError::OutOfMemory)?;
        for slot in site.slots {
            slots.push(match *slot {
                VarLoc::Local(b) => crate::bytecode::code::CaptureSource::Register(self.place(b)),
                VarLoc::Capture(i) => crate::bytecode::code::CaptureSource::Capture(i),
            });
        }
        let bindings: usize = site.scopes.iter().map(|s| s.bindings.len() + 1).sum();
        self.charge(bindings.saturating_mul(64))?;
        let chain = self.scope_chain(site);
        super::build::push(&mut self.f.code.eval_scopes, crate::bytecode::code::EvalScope { chain, slots })?;
        Ok(index as i32)
    }

    fn scope_chain(&self, site: &qjs_syntax::scope::EvalSite<'a>) -> qjs_syntax::scope::ScopeChain {
        use qjs_syntax::scope::{ChainBinding, ChainScope, ScopeChain};
        ScopeChain {
            strict: site.strict,
            context: site.context,
            scopes: site
                .scopes
                .iter()
                .map(|s| ChainScope {
                    kind: s.kind,
                    is_var_scope: s.is_var_scope,
                    bindings: s
                        .bindings
                        .iter()
                        .map(|b| ChainBinding {
                            name: self.program.names.get(b.name).to_owned(),
                            kind: b.kind,
                            slot: b.slot,
                        })
                        .collect(),
                })
                .collect(),
            slots: site.slots.len() as u32,
        }
    }

    fn tagged(&mut self, base: Reg, bare: bool, t: &'a TaggedTemplate<'a>, position: u32, out: Reg) -> R<()> {
        let site = self.f.code.templates.len();
        let parts = t.template.parts;
        let strings = parts.iter().map(|p| (p.cooked.map(|n| self.text(n)), self.text(p.raw))).collect();
        let bytes: usize = parts.iter().map(|p| 64 + 2 * self.program.names.get(p.raw).len()).sum();
        self.charge(bytes)?;
        super::build::push(&mut self.f.code.templates, strings)?;
        let object = self.temp()?;
        let many = t.template.exprs.len() + 1 > MAX_ARGS;
        if many {
            self.abx(Op::NewArray, 0, object, t.template.exprs.len() as i32)?;
            let s = self.temp()?;
            self.abx(Op::TemplateObject, 0, s, site as i32)?;
            self.abc(Op::ArrayPush, KILL_B, object, s, 0)?;
            self.free_to(s);
        } else {
            self.abx(Op::TemplateObject, 0, object, site as i32)?;
        }
        for e in t.template.exprs {
            let v = self.temp()?;
            self.expr(e, Dst::fresh(v))?;
            if many {
                self.abc(Op::ArrayPush, KILL_B, object, v, 0)?;
                self.free_to(v);
            }
        }
        self.pos(position)?;
        let bare = if bare { VARIANT2 } else { 0 };
        if many {
            self.abc(Op::CallSpread, bare, out, base, 0).map(|_| ())
        } else {
            self.abc(Op::Call, bare, out, base, t.template.exprs.len() as u16 + 1).map(|_| ())
        }
    }

    pub fn new_expr(&mut self, n: &'a New<'a>, dst: Dst) -> R<()> {
        let mark = self.top();
        let base = self.temps(2)?;
        self.expr(n.callee, Dst::fresh(base))?;
        self.move_to(base + 1, Val::borrowed(base))?;
        let spread = self.arguments(n.args, false)?;
        self.free_to(mark);
        self.pos(n.callee.span.start)?;
        if spread {
            self.abc(Op::ConstructSpread, 0, dst.reg, base, 0).map(|_| ())
        } else {
            self.abc(Op::Construct, 0, dst.reg, base, n.args.len() as u16).map(|_| ())
        }
    }

    /// `super(…)` (13.3.7.1)
    pub fn super_call(&mut self, c: &'a SuperCall<'a>, dst: Option<Dst>) -> R<()> {
        let mark = self.top();
        let result = self.temp()?;
        let base = self.temps(2)?;
        self.read_ident(c.new_target, Dst::fresh(base + 1), false)?;
        let callee = self.ident_operand(c.callee)?;
        self.abc(Op::SuperConstructor, callee.kill(KILL_B), base, callee.reg, 0)?;
        self.free_to(base + 2);
        let spread = self.arguments(c.args, false)?;
        self.pos(c.position)?;
        if spread {
            self.abc(Op::ConstructSpread, 0, result, base, 0)?;
        } else {
            self.abc(Op::Construct, 0, result, base, c.args.len() as u16)?;
        }
        self.free_to(base);
        self.bind_this(c.this, result)?;
        let callee = self.ident_operand(c.callee)?;
        self.abc(Op::RunFieldInit, callee.kill(KILL_B), result, callee.reg, 0)?;
        self.free_to(mark);
        match dst {
            Some(d) => self.move_to(d.reg, Val::temp(result)),
            None => self.a(Op::Kill, result),
        }
    }

    /// BindThisValue: R[v], which stays alive, becomes `this`, once.
    fn bind_this(&mut self, this: Ident<'a>, v: Reg) -> R<()> {
        use qjs_syntax::scope::{Resolution, VarRef};
        match this.resolution.get() {
            Resolution::Static(VarRef::Local { binding, .. }) => {
                let reg = self.place(binding);
                if self.is_boxed(binding) {
                    let t = self.temp()?;
                    self.ab(Op::GetBox, t, reg)?;
                    self.abc(Op::CheckThisUninit, KILL_A, t, 0, 0)?;
                    self.free_to(t);
                    self.ab(Op::SetBox, reg, v)
                } else {
                    self.a(Op::CheckThisUninit, reg)?;
                    self.move_to(reg, Val::borrowed(v))
                }
            }
            Resolution::Static(VarRef::Capture { index, .. }) => {
                let t = self.temp()?;
                self.abx(Op::GetCapture, 0, t, index as i32)?;
                self.abc(Op::CheckThisUninit, KILL_A, t, 0, 0)?;
                self.free_to(t);
                self.abx(Op::SetCapture, 0, v, index as i32).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Evaluates a super property reference: a pair of temporaries (base object, receiver), then the key.
    pub fn super_ref(&mut self, e: &'a Expr<'a>) -> R<(Reg, Val)> {
        let pair = self.temps(2)?;
        let (sup, key) = match e.kind {
            ExprKind::SuperMember { sup, property } => {
                self.read_ident(sup.this, Dst::fresh(pair + 1), false)?;
                let k = self.temp()?;
                self.load_key(k, property)?;
                (sup, Val::temp(k))
            }
            ExprKind::SuperIndex { sup, index } => {
                self.read_ident(sup.this, Dst::fresh(pair + 1), false)?;
                let k = self.temp()?;
                self.expr(index, Dst::fresh(k))?;
                (sup, Val::temp(k))
            }
            _ => return Ok((pair, Val::borrowed(pair))),
        };
        self.read_ident(sup.home_object, Dst::fresh(pair), false)?;
        self.ab(Op::SuperBase, pair, pair)?;
        Ok((pair, key))
    }
}
