//! Assignment, update, destructuring.

use super::build::{Dst, Reg, Val};
use super::cond::{array_index, small_int};
use super::expr::{Key, binary_op, immediate};
use super::ident::NameRef;
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::known;
use qjs_syntax::scope::VarRef;

/// An evaluated assignment target. Its temporaries stand below whatever is evaluated after it.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    Name(NameRef<'a>, Ident<'a>),
    Field {
        object: Val,
        name: Name,
        position: u32,
    },
    Elem {
        object: Val,
        key: Val,
        position: u32,
    },
    Private {
        object: Val,
        name: Val,
        position: u32,
    },
    Super {
        pair: Reg,
        key: Val,
        position: u32,
    },
    /// A call as assignment target: evaluated, then it throws.
    Invalid,
}

impl<'a> Emitter<'a, '_> {
    /// Evaluates a target. `assigned`: what follows may write locals. `reread`: the place is read before it is
    /// written, so a computed key has to be made a property key once.
    pub fn place_of(&mut self, target: &'a Expr<'a>, assigned: bool, reread: bool) -> R<Place<'a>> {
        let position = target.span.start;
        match target.kind {
            ExprKind::Ident(i) => Ok(Place::Name(self.name_ref(i)?, i)),
            ExprKind::Member { object, property, .. } => {
                let object = self.operand_stable(object, assigned, None)?;
                let position = target.span.end.saturating_sub(1).max(position);
                if array_index(self.program.names.get(property)).is_some() {
                    let k = self.temp()?;
                    self.load_key(k, property)?;
                    return Ok(Place::Elem { object, key: Val::temp(k), position });
                }
                Ok(Place::Field { object, name: property, position })
            }
            ExprKind::Index { object, index, .. } => {
                let o = self.operand_stable(object, assigned || index.has_assignment(), None)?;
                let position = object.span.end;
                if let ExprKind::String(name) = index.kind
                    && array_index(self.program.names.get(name)).is_none()
                {
                    return Ok(Place::Field { object: o, name, position });
                }
                let mut key = self.operand_stable(index, assigned, None)?;
                if reread && !matches!(index.kind, ExprKind::Number(_) | ExprKind::String(_)) {
                    let t = if key.temp { key.reg } else { self.temp()? };
                    self.pos(position)?;
                    self.abc(Op::ElemKey, 0, t, o.reg, key.reg)?;
                    key = Val::temp(t);
                }
                Ok(Place::Elem { object: o, key, position })
            }
            ExprKind::PrivateMember { object, name, .. } => {
                let o = self.operand_stable(object, assigned, None)?;
                let name = self.ident_operand(name)?;
                Ok(Place::Private { object: o, name, position: object.span.end })
            }
            ExprKind::SuperMember { .. } | ExprKind::SuperIndex { .. } => {
                let (pair, key) = self.super_ref(target)?;
                if reread && !matches!(target.kind, ExprKind::SuperMember { .. }) {
                    self.pos(position)?;
                    self.abc(Op::ElemKey, 0, key.reg, pair, key.reg)?;
                }
                Ok(Place::Super { pair, key, position })
            }
            _ => {
                self.effect(target)?;
                let k = self.const_text("invalid assignment left-hand side")?;
                self.pos(position)?;
                self.abx(Op::ThrowError, 0, error_kind::REFERENCE, k as i32)?;
                self.f.last_bound = self.here();
                Ok(Place::Invalid)
            }
        }
    }

    /// R[dst] := the place's value; the place stays usable.
    pub fn read_place(&mut self, place: &Place<'a>, dst: Reg) -> R<()> {
        match *place {
            Place::Name(ref r, ident) => self.read_name_ref(r, ident, dst),
            Place::Field { object, name, position } => {
                if let Some(ic) = self.ic(name)? {
                    self.pos(position)?;
                    let op = if name == known::Length { Op::GetLength } else { Op::GetField };
                    return self.abc(op, 0, dst, object.reg, ic).map(|_| ());
                }
                let k = self.temp()?;
                self.load_name(k, name)?;
                self.free_to(k);
                self.pos(position)?;
                self.abc(Op::GetElem, KILL_C, dst, object.reg, k).map(|_| ())
            }
            Place::Elem { object, key, position } => {
                self.pos(position)?;
                self.abc(Op::GetElem, 0, dst, object.reg, key.reg).map(|_| ())
            }
            Place::Private { object, name, position } => {
                self.pos(position)?;
                self.abc(Op::GetPrivate, 0, dst, object.reg, name.reg).map(|_| ())
            }
            Place::Super { pair, key, position } => {
                let copy = self.temps(2)?;
                self.move_to(copy, Val::borrowed(pair))?;
                self.move_to(copy + 1, Val::borrowed(pair + 1))?;
                self.free_to(copy);
                self.pos(position)?;
                self.abc(Op::GetSuperProp, 0, dst, copy, key.reg).map(|_| ())
            }
            Place::Invalid => self.load_undefined(dst),
        }
    }

    /// The place := R[v]. Takes the place's temporaries, and `v` if it is one; the caller frees them.
    pub fn write_place(&mut self, place: &Place<'a>, v: Val) -> R<()> {
        let strict = if self.f.strict { STRICT } else { 0 };
        match *place {
            Place::Name(ref r, ident) => self.write_name_ref(r, ident.span.start, v, false),
            Place::Field { object, name, position } => {
                let f = strict | object.kill(KILL_A) | v.kill(KILL_C);
                if let Some(ic) = self.ic(name)? {
                    self.pos(position)?;
                    return self.abc(Op::SetField, f, object.reg, ic, v.reg).map(|_| ());
                }
                let k = self.temp()?;
                self.load_name(k, name)?;
                self.free_to(k);
                self.pos(position)?;
                self.abc(Op::SetElem, f | KILL_B, object.reg, k, v.reg).map(|_| ())
            }
            Place::Elem { object, key, position } => {
                self.pos(position)?;
                let f = strict | object.kill(KILL_A) | key.kill(KILL_B) | v.kill(KILL_C);
                self.abc(Op::SetElem, f, object.reg, key.reg, v.reg).map(|_| ())
            }
            Place::Private { object, name, position } => {
                self.pos(position)?;
                let f = object.kill(KILL_A) | name.kill(KILL_B) | v.kill(KILL_C);
                self.abc(Op::SetPrivate, f, object.reg, name.reg, v.reg).map(|_| ())
            }
            Place::Super { pair, key, position } => {
                self.pos(position)?;
                let f = strict | key.kill(KILL_B) | v.kill(KILL_C);
                self.abc(Op::SetSuperProp, f, pair, key.reg, v.reg).map(|_| ())
            }
            Place::Invalid => self.drop_val(v),
        }
    }

    /// Kills what an evaluated place holds, when it is not going to be written.
    fn drop_place(&mut self, place: &Place<'a>) -> R<()> {
        match *place {
            Place::Name(NameRef::Dynamic(_, _, object), _) => self.a(Op::Kill, object),
            Place::Name(..) | Place::Invalid => Ok(()),
            Place::Field { object, .. } => self.drop_val(object),
            Place::Elem { object, key, .. } => {
                self.drop_val(object)?;
                self.drop_val(key)
            }
            Place::Private { object, name, .. } => {
                self.drop_val(object)?;
                self.drop_val(name)
            }
            Place::Super { pair, key, .. } => {
                self.a(Op::Kill, pair)?;
                self.a(Op::Kill, pair + 1)?;
                self.drop_val(key)
            }
        }
    }

    fn drop_val(&mut self, v: Val) -> R<()> {
        if v.temp {
            self.a(Op::Kill, v.reg)?;
        }
        Ok(())
    }

    /// An assignment expression; its value goes to `dst` if it is wanted.
    pub fn assign(&mut self, a: &'a Assign<'a>, dst: Option<Dst>) -> R<()> {
        self.check_stack()?;
        match a.op {
            AssignOp::Assign => self.plain_assign(a, dst),
            AssignOp::Binary(op) => self.compound_assign(a, op, dst),
            AssignOp::Logical(op) => self.logical_assign(a, op, dst),
        }
    }

    /// The name a function on the right gets.
    fn assigned_name(&self, a: &Assign<'a>) -> Option<Name> {
        match a.target {
            Pattern::Ident(i) if !a.parenthesized => Some(i.name),
            _ => None,
        }
    }

    /// Strict code finds out whether a global exists before the right side is evaluated, which may create it.
    /// The result stands in a temporary, if it is needed.
    fn strict_global(&mut self, r: &NameRef<'a>, value: &Expr<'a>) -> R<Option<Reg>> {
        let NameRef::Static(VarRef::Global, name) = *r else { return Ok(None) };
        if !self.f.strict || self.is_simple(value) || self.is_declared_global(name) {
            return Ok(None);
        }
        let t = self.temp()?;
        let k = self.const_name(name)?;
        self.abx(Op::HasGlobal, 0, t, k as i32)?;
        Ok(Some(t))
    }

    /// PutValue, step 2: throws if the reference whose test is in R[t] was unresolvable.
    fn require_resolved(&mut self, ident: Ident<'a>, t: Reg) -> R<()> {
        let ok = self.label()?;
        self.jump_op(Op::JumpTrue, 0, t, ok)?;
        let k = self.const_name(ident.name)?;
        self.pos(ident.span.start)?;
        self.abx(Op::ThrowError, VARIANT, error_kind::REFERENCE, k as i32)?;
        self.f.last_bound = self.here();
        self.bind(ok);
        Ok(())
    }

    fn plain_assign(&mut self, a: &'a Assign<'a>, dst: Option<Dst>) -> R<()> {
        let mark = self.top();
        let name = self.assigned_name(a);
        match a.target {
            Pattern::Ident(ident) => {
                if let Some(reg) = self.direct_target(ident, false) {
                    match name {
                        Some(n) => self.named(a.value, n, Dst::local(reg))?,
                        None => self.expr(a.value, Dst::local(reg))?,
                    }
                    return match dst {
                        Some(d) => self.move_to(d.reg, Val::borrowed(reg)),
                        None => Ok(()),
                    };
                }
                let r = self.name_ref(ident)?;
                let resolved = self.strict_global(&r, a.value)?;
                let v = self.named_operand(a.value, name, dst.and_then(Dst::hint))?;
                if let Some(t) = resolved {
                    self.require_resolved(ident, t)?;
                }
                match dst {
                    None => self.write_name_ref(&r, ident.span.start, v, false)?,
                    Some(d) => {
                        self.write_name_ref(&r, ident.span.start, Val::borrowed(v.reg), false)?;
                        self.move_to(d.reg, v)?;
                    }
                }
            }
            Pattern::Expr(target) => {
                let place = self.place_of(target, a.value.has_assignment(), false)?;
                let v = self.operand(a.value, dst.and_then(Dst::hint))?;
                match dst {
                    None => self.write_place(&place, v)?,
                    Some(d) => {
                        self.write_place(&place, Val::borrowed(v.reg))?;
                        self.move_to(d.reg, v)?;
                    }
                }
            }
            Pattern::Object(_) | Pattern::Array(_) => {
                let v = self.operand_stable(a.value, true, dst.and_then(Dst::hint))?;
                self.destructure(&a.target, v.reg, false)?;
                match dst {
                    None => self.drop_val(v)?,
                    Some(d) => self.move_to(d.reg, v)?,
                }
            }
        }
        self.free_to(mark);
        Ok(())
    }

    /// The target as an expression place.
    fn target_place(&mut self, target: &Pattern<'a>, assigned: bool, reread: bool) -> R<Place<'a>> {
        match *target {
            Pattern::Ident(i) => Ok(Place::Name(self.name_ref(i)?, i)),
            Pattern::Expr(e) => self.place_of(e, assigned, reread),
            Pattern::Object(_) | Pattern::Array(_) => Ok(Place::Invalid),
        }
    }

    fn compound_assign(&mut self, a: &'a Assign<'a>, op: BinaryOp, dst: Option<Dst>) -> R<()> {
        let mark = self.top();
        let position = a.value.span.start;
        if let Pattern::Ident(ident) = a.target
            && let Some(reg) = self.direct_target(ident, false)
        {
            // x op= e, in place
            if let (Some(k), Some(code)) = (small_int(a.value), immediate(op)) {
                self.pos(ident.span.start)?;
                self.abc(code, 0, reg, reg, k as u16)?;
            } else {
                let l = if a.value.has_assignment() {
                    let t = self.temp()?;
                    self.move_to(t, Val::borrowed(reg))?;
                    Val::temp(t)
                } else {
                    Val::borrowed(reg)
                };
                let r = self.operand(a.value, None)?;
                self.pos(ident.span.start)?;
                let f = l.kill_unless(KILL_B, reg) | r.kill_unless(KILL_C, reg);
                self.abc(binary_op(op), f, reg, l.reg, r.reg)?;
            }
            self.free_to(mark);
            return match dst {
                Some(d) => self.move_to(d.reg, Val::borrowed(reg)),
                None => Ok(()),
            };
        }
        let place = self.target_place(&a.target, a.value.has_assignment(), true)?;
        let t = match dst.and_then(Dst::hint) {
            Some(reg) => reg,
            None => self.temp()?,
        };
        self.read_place(&place, t)?;
        if let (Some(k), Some(code)) = (small_int(a.value), immediate(op)) {
            self.pos(position)?;
            self.abc(code, 0, t, t, k as u16)?;
        } else {
            let r = self.operand(a.value, None)?;
            self.pos(position)?;
            self.abc(binary_op(op), r.kill(KILL_C), t, t, r.reg)?;
        }
        match dst {
            None => self.write_place(&place, Val::temp(t))?,
            Some(d) => {
                self.write_place(&place, Val::borrowed(t))?;
                self.move_to(d.reg, Val::temp(t))?;
            }
        }
        self.free_to(mark);
        Ok(())
    }

    fn logical_assign(&mut self, a: &'a Assign<'a>, op: LogicalOp, dst: Option<Dst>) -> R<()> {
        let mark = self.top();
        let name = self.assigned_name(a);
        let (short, end) = (self.label()?, self.label()?);
        let jump = match op {
            LogicalOp::And => Op::JumpFalse,
            LogicalOp::Or => Op::JumpTrue,
            LogicalOp::Coalesce => Op::JumpNotNullish,
        };
        if let Pattern::Ident(ident) = a.target
            && let Some(reg) = self.direct_target(ident, false)
        {
            self.jump_op(jump, 0, reg, end)?;
            match name {
                Some(n) => self.named(a.value, n, Dst::local(reg))?,
                None => self.expr(a.value, Dst::local(reg))?,
            }
            self.bind(end);
            return match dst {
                Some(d) => self.move_to(d.reg, Val::borrowed(reg)),
                None => Ok(()),
            };
        }
        let place = self.target_place(&a.target, a.value.has_assignment(), true)?;
        let t = match dst.and_then(Dst::hint) {
            Some(reg) => reg,
            None => self.temp()?,
        };
        self.read_place(&place, t)?;
        self.jump_op(jump, 0, t, short)?;
        match name {
            Some(n) => self.named(a.value, n, Dst::fresh(t))?,
            None => self.expr(a.value, Dst::fresh(t))?,
        }
        self.write_place(&place, Val::borrowed(t))?;
        self.jump(end)?;
        self.bind(short);
        self.drop_place(&place)?;
        self.bind(end);
        match dst {
            None => self.a(Op::Kill, t)?,
            Some(d) => self.move_to(d.reg, Val::temp(t))?,
        }
        self.free_to(mark);
        Ok(())
    }

    /// `++` and `--`
    pub fn update(
        &mut self,
        op: UpdateOp,
        prefix: bool,
        target: &'a Expr<'a>,
        position: u32,
        dst: Option<Dst>,
    ) -> R<()> {
        let mark = self.top();
        let code = match op {
            UpdateOp::Increment => Op::Inc,
            UpdateOp::Decrement => Op::Dec,
        };
        if let ExprKind::Ident(ident) = target.kind
            && let Some(reg) = self.direct_target(ident, false)
        {
            self.pos(position)?;
            match dst {
                None => self.ab(code, reg, reg)?,
                Some(d) if prefix => {
                    self.ab(code, reg, reg)?;
                    self.move_to(d.reg, Val::borrowed(reg))?;
                }
                Some(d) if d.reg == reg => self.ab(Op::ToNumeric, reg, reg)?,
                Some(d) => {
                    self.ab(Op::ToNumeric, d.reg, reg)?;
                    self.ab(code, reg, d.reg)?;
                }
            }
            return Ok(());
        }
        let place = self.place_of(target, false, true)?;
        let t = match dst.and_then(Dst::hint) {
            Some(reg) => reg,
            None => self.temp()?,
        };
        self.read_place(&place, t)?;
        self.pos(position)?;
        match dst {
            Some(d) if !prefix => {
                self.ab(Op::ToNumeric, t, t)?;
                let new = self.temp()?;
                self.ab(code, new, t)?;
                self.write_place(&place, Val::temp(new))?;
                self.move_to(d.reg, Val::temp(t))?;
            }
            Some(d) => {
                self.ab(code, t, t)?;
                self.write_place(&place, Val::borrowed(t))?;
                self.move_to(d.reg, Val::temp(t))?;
            }
            None => {
                self.ab(code, t, t)?;
                self.write_place(&place, Val::temp(t))?;
            }
        }
        self.free_to(mark);
        Ok(())
    }

    // ---- destructuring

    /// Binds or assigns R[source] (borrowed) to a pattern. `init`: the names are being declared.
    pub fn destructure(&mut self, pattern: &Pattern<'a>, source: Reg, init: bool) -> R<()> {
        self.check_stack()?;
        match *pattern {
            Pattern::Ident(i) => self.write_ident(i, Val::borrowed(source), init),
            Pattern::Expr(e) => {
                let mark = self.top();
                let place = self.place_of(e, false, false)?;
                self.write_place(&place, Val::borrowed(source))?;
                self.free_to(mark);
                Ok(())
            }
            Pattern::Object(o) => self.destructure_object(o, source, init),
            Pattern::Array(a) => self.destructure_array(a, source, init),
        }
    }

    /// One element of a pattern: evaluates the target's place, obtains the value by `read` into the given
    /// register, applies the default and stores.
    fn element(
        &mut self,
        element: &PatternElement<'a>,
        init: bool,
        read: impl FnOnce(&mut Self, Reg) -> R<()>,
    ) -> R<()> {
        let mark = self.top();
        let assigned = element.default.is_some_and(|d| d.has_assignment());
        match element.target {
            Pattern::Ident(ident) => {
                let fresh = init && self.fresh_target(ident);
                let name = (!element.parenthesized).then_some(ident.name);
                if let (Some(reg), true) =
                    (self.direct_target(ident, init), fresh || element.default.is_none())
                {
                    read(self, reg)?;
                    return self.default_value(element, name, reg);
                }
                // A dynamic place is looked for before the value is read (14.3.3, 13.15.5).
                let place = self.name_ref(ident)?;
                let t = self.temp()?;
                read(self, t)?;
                self.default_value(element, name, t)?;
                self.write_name_ref(&place, ident.span.start, Val::temp(t), init)?;
            }
            Pattern::Expr(target) => {
                let place = self.place_of(target, assigned, false)?;
                let t = self.temp()?;
                read(self, t)?;
                self.default_value(element, None, t)?;
                self.write_place(&place, Val::temp(t))?;
            }
            Pattern::Object(_) | Pattern::Array(_) => {
                let t = self.temp()?;
                read(self, t)?;
                self.default_value(element, None, t)?;
                self.destructure(&element.target, t, init)?;
                self.a(Op::Kill, t)?;
            }
        }
        self.free_to(mark);
        Ok(())
    }

    fn default_value(&mut self, element: &PatternElement<'a>, name: Option<Name>, reg: Reg) -> R<()> {
        let Some(default) = element.default else { return Ok(()) };
        let have = self.label()?;
        self.jump_op(Op::JumpNotUndefined, 0, reg, have)?;
        match name {
            Some(n) => self.named(default, n, Dst::fresh(reg))?,
            None => self.expr(default, Dst::fresh(reg))?,
        }
        self.bind(have);
        Ok(())
    }

    fn destructure_object(&mut self, o: &'a ObjectPattern<'a>, source: Reg, init: bool) -> R<()> {
        let mark = self.top();
        self.pos(o.span.start)?;
        // A first plain property's access complains by itself.
        let name = match o.properties.first().map(|p| p.key) {
            Some(PropertyKey::Name(n)) => self.const_name(n)?.min(0xffff) as u16,
            _ => 0xffff,
        };
        self.abc(Op::RequireObject, 0, source, 0, name)?;
        let excluded = match o.rest {
            Some(_) => {
                let t = self.temp()?;
                self.abx(Op::NewArray, 0, t, o.properties.len() as i32)?;
                Some(t)
            }
            None => None,
        };
        for p in o.properties {
            let mark = self.top();
            let key = self.property_key(&p.key)?;
            if let Some(excluded) = excluded {
                let k = self.key_in_register(key)?;
                let kill = if matches!(key, Key::Name(_)) { k.kill(KILL_B) } else { 0 };
                self.abc(Op::ArrayPush, kill, excluded, k.reg, 0)?;
                if matches!(key, Key::Name(_)) {
                    self.free_to(mark);
                }
            }
            self.element(&p.element, init, |e, d| {
                e.pos(p.span.start)?;
                match key {
                    Key::Name(n) => {
                        if let Some(ic) = e.ic(n)? {
                            let op = if n == known::Length { Op::GetLength } else { Op::GetField };
                            return e.abc(op, 0, d, source, ic).map(|_| ());
                        }
                        let k = e.temp()?;
                        e.load_name(k, n)?;
                        e.free_to(k);
                        e.abc(Op::GetElem, KILL_C, d, source, k).map(|_| ())
                    }
                    Key::Val(k) => e.abc(Op::GetElem, k.kill(KILL_C), d, source, k.reg).map(|_| ()),
                }
            })?;
            self.free_to(mark);
        }
        if let (Some(rest), Some(excluded)) = (o.rest, excluded) {
            let element = PatternElement { target: rest, parenthesized: true, default: None };
            self.element(&element, init, |e, d| {
                let t = e.temp()?;
                e.abx(Op::NewObject, 0, t, 0)?;
                e.abc(Op::CopyProperties, VARIANT | KILL_C, t, source, excluded)?;
                e.free_to(t);
                e.move_to(d, Val::temp(t))
            })?;
        }
        self.free_to(mark);
        Ok(())
    }

    fn destructure_array(&mut self, a: &'a ArrayPattern<'a>, source: Reg, init: bool) -> R<()> {
        let mark = self.top();
        let it = self.temps(3)?;
        self.pos(a.span.start)?;
        self.ab(Op::GetIterator, it, source)?;
        self.guard_iterator(it, false, |e| {
            for element in a.elements {
                match element {
                    None => {
                        let t = e.temp()?;
                        e.ab(Op::IterStep, t, it)?;
                        e.a(Op::Kill, t)?;
                        e.free_to(t);
                    }
                    Some(element) => e.element(element, init, |e, d| {
                        e.pos(a.span.start)?;
                        e.ab(Op::IterStep, d, it)
                    })?,
                }
            }
            if let Some(rest) = a.rest {
                let element = PatternElement { target: rest, parenthesized: true, default: None };
                e.element(&element, init, |e, d| {
                    e.pos(a.span.start)?;
                    e.ab(Op::IterRest, d, it)
                })?;
            }
            Ok(())
        })?;
        self.a(Op::IterClose, it)?;
        self.free_to(mark);
        Ok(())
    }
}
