//! Names: reading, writing, initialising, deleting them.

use super::build::{Dst, Label, Reg, Val};
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::{Ident, Name};
use qjs_syntax::names::known;
use qjs_syntax::scope::{
    BindingId, BindingKind, DynamicObject, DynamicObjectKind, DynamicRef, Resolution, ScopeKind, VarLoc,
    VarRef,
};

/// A resolved place to write to, with what was evaluated to find it.
#[derive(Clone, Copy)]
pub enum NameRef<'a> {
    Static(VarRef, Name),
    /// R[object] (a temporary) is the object that has the name, or undefined.
    Dynamic(&'a DynamicRef<'a>, Name, Reg),
}

impl<'a> Emitter<'a, '_> {
    /// `undefined`, which nobody can redefine.
    pub fn is_undefined_name(&self, ident: Ident<'a>) -> bool {
        ident.name == known::Undefined && matches!(ident.resolution.get(), Resolution::Static(VarRef::Global))
    }

    /// The register of a name that can be read there at once.
    pub fn borrowable(&mut self, ident: Ident<'a>) -> R<Option<Reg>> {
        let Resolution::Static(VarRef::Local { binding, check }) = ident.resolution.get() else {
            return Ok(None);
        };
        if self.is_boxed(binding) || self.binding(binding).global {
            return Ok(None);
        }
        self.note_arguments(binding);
        let reg = self.place(binding);
        if check {
            self.pos(ident.span.start)?;
            let op =
                if self.binding(binding).kind == BindingKind::This { Op::CheckThis } else { Op::CheckInit };
            self.a(op, reg)?;
        }
        Ok(Some(reg))
    }

    /// The arguments object goes somewhere we do not follow.
    fn note_arguments(&mut self, binding: BindingId) {
        if self.binding(binding).kind == BindingKind::Arguments {
            self.f.arguments_escape = true;
        }
    }

    /// The register of the function's own arguments object, if this is its name, for uses that read only.
    pub fn plain_arguments(&self, ident: Ident<'a>) -> Option<Reg> {
        match ident.resolution.get() {
            Resolution::Static(VarRef::Local { binding, check: false })
                if self.binding(binding).kind == BindingKind::Arguments
                    && !self.is_boxed(binding)
                    && !self.binding(binding).reassigned =>
            {
                Some(self.place(binding))
            }
            _ => None,
        }
    }

    /// R[dst] := the name's value.
    pub fn read_ident(&mut self, ident: Ident<'a>, dst: Dst, or_undefined: bool) -> R<()> {
        match ident.resolution.get() {
            Resolution::Static(r) => self.read_static(r, ident, dst.reg, or_undefined),
            Resolution::Unresolved => self.read_static(VarRef::Global, ident, dst.reg, or_undefined),
            Resolution::Dynamic(d) => {
                let mark = self.top();
                let object = self.temp()?;
                let end = self.label()?;
                let strict = if self.f.strict { STRICT } else { 0 };
                for o in d.objects {
                    let next = self.label()?;
                    self.find_in(o, ident, object, next)?;
                    let k = self.const_name16(ident.name)?;
                    self.abc(Op::GetBinding, KILL_B | strict, dst.reg, object, k)?;
                    self.jump(end)?;
                    self.bind(next);
                    self.a(Op::Kill, object)?;
                }
                self.free_to(mark);
                self.read_static(d.fallback, ident, dst.reg, or_undefined)?;
                self.bind(end);
                Ok(())
            }
        }
    }

    /// R[base] := the name's value, R[base+1] := what a call has as `this`. Both are temporaries.
    /// `true`: `this` is undefined and was not loaded.
    pub fn read_callee(&mut self, ident: Ident<'a>, base: Reg) -> R<bool> {
        let this = base + 1;
        if let Resolution::Dynamic(d) = ident.resolution.get() {
            let end = self.label()?;
            let strict = if self.f.strict { STRICT } else { 0 };
            for o in d.objects {
                let next = self.label()?;
                self.find_in(o, ident, this, next)?;
                let k = self.const_name16(ident.name)?;
                self.abc(Op::GetBinding, strict, base, this, k)?;
                if o.kind == DynamicObjectKind::EvalVars {
                    self.load_undefined(this)?;
                }
                self.jump(end)?;
                self.bind(next);
            }
            self.load_undefined(this)?;
            self.read_static(d.fallback, ident, base, false)?;
            self.bind(end);
            return Ok(false);
        }
        self.read_ident(ident, Dst::fresh(base), false)?;
        Ok(true)
    }

    fn read_static(&mut self, r: VarRef, ident: Ident<'a>, dst: Reg, or_undefined: bool) -> R<()> {
        match r {
            VarRef::Local { binding, check } => {
                let kind = self.binding(binding).kind;
                self.note_arguments(binding);
                let reg = self.place(binding);
                let this = kind == BindingKind::This;
                if check {
                    self.pos(ident.span.start)?;
                }
                match (self.is_boxed(binding), check) {
                    (false, true) if this => {
                        self.a(Op::CheckThis, reg)?;
                        self.move_to(dst, Val::borrowed(reg))
                    }
                    (false, true) => self.ab(Op::MoveChecked, dst, reg),
                    (false, false) => self.move_to(dst, Val::borrowed(reg)),
                    (true, true) if this => {
                        let t = self.temp()?;
                        self.ab(Op::GetBox, t, reg)?;
                        self.a(Op::CheckThis, t)?;
                        self.free_to(t);
                        self.move_to(dst, Val::temp(t))
                    }
                    (true, true) => self.ab(Op::GetBoxChecked, dst, reg),
                    (true, false) => self.ab(Op::GetBox, dst, reg),
                }
            }
            VarRef::Capture { index, binding, check } => {
                let this = self.capture_kind(binding) == Some(BindingKind::This);
                if check {
                    self.pos(ident.span.start)?;
                }
                if check && this {
                    let t = self.temp()?;
                    self.abx(Op::GetCapture, 0, t, index as i32)?;
                    self.a(Op::CheckThis, t)?;
                    self.free_to(t);
                    return self.move_to(dst, Val::temp(t));
                }
                let op = if check { Op::GetCaptureChecked } else { Op::GetCapture };
                self.abx(op, 0, dst, index as i32).map(|_| ())
            }
            VarRef::Global => {
                if ident.name == known::Undefined {
                    return self.load_undefined(dst);
                }
                self.pos(ident.span.start)?;
                let ic = self.global_ic(ident.name)?;
                let op = if or_undefined { Op::GetGlobalOrUndefined } else { Op::GetGlobal };
                self.abx(op, 0, dst, ic).map(|_| ())
            }
        }
    }

    fn capture_kind(&self, binding: BindingId) -> Option<BindingKind> {
        self.program.bindings.get(binding.0 as usize).map(|b| b.kind)
    }

    /// Loads a dynamic scope's object into R[t] and goes on if it has the name; otherwise jumps to `next`.
    fn find_in(&mut self, o: &DynamicObject, ident: Ident<'a>, t: Reg, next: Label) -> R<()> {
        self.load_loc(o.loc, t)?;
        let with = o.kind == DynamicObjectKind::With;
        if !with {
            self.jump_op(Op::JumpUndefined, 0, t, next)?;
        }
        let k = self.const_name16(ident.name)?;
        let has = self.temp()?;
        self.pos(ident.span.start)?;
        self.abc(Op::HasBinding, if with { VARIANT } else { 0 }, has, t, k)?;
        self.free_to(has);
        self.jump_op(Op::JumpFalse, 0, has, next)
    }

    /// R[t] := the value of a variable given by place.
    pub fn load_loc(&mut self, loc: VarLoc, t: Reg) -> R<()> {
        match loc {
            VarLoc::Local(b) => {
                let reg = self.place(b);
                if self.is_boxed(b) {
                    self.ab(Op::GetBox, t, reg)
                } else {
                    self.move_to(t, Val::borrowed(reg))
                }
            }
            VarLoc::Capture(i) => self.abx(Op::GetCapture, 0, t, i as i32).map(|_| ()),
        }
    }

    /// Stores R[t], which stays alive, in a variable given by place.
    pub fn store_loc(&mut self, loc: VarLoc, t: Reg) -> R<()> {
        match loc {
            VarLoc::Local(b) => {
                let reg = self.place(b);
                if self.is_boxed(b) {
                    self.ab(Op::SetBox, reg, t)
                } else {
                    self.move_to(reg, Val::borrowed(t))
                }
            }
            VarLoc::Capture(i) => self.abx(Op::SetCapture, 0, t, i as i32).map(|_| ()),
        }
    }

    /// The register into which a value can be computed to assign it to the name, if that is all there is to it.
    pub fn direct_target(&self, ident: Ident<'a>, init: bool) -> Option<Reg> {
        let Resolution::Static(VarRef::Local { binding, check }) = ident.resolution.get() else {
            return None;
        };
        let b = self.binding(binding);
        if self.is_boxed(binding) || b.global {
            return None;
        }
        if !init && (check || b.kind.is_const() || b.kind == BindingKind::FunctionName) {
            return None;
        }
        Some(self.place(binding))
    }

    /// Nothing can see the register of this name before its declaration is evaluated.
    pub fn fresh_target(&self, ident: Ident<'a>) -> bool {
        match ident.resolution.get() {
            Resolution::Static(VarRef::Local { binding, .. }) => {
                let b = self.binding(binding);
                !b.needs_tdz && (b.kind.is_lexical() || b.kind == BindingKind::CatchParam)
            }
            _ => false,
        }
    }

    /// Finds out where an assignment to the name will go; may allocate a temporary.
    pub fn name_ref(&mut self, ident: Ident<'a>) -> R<NameRef<'a>> {
        self.name_ref_among(ident, |_| true)
    }
    fn name_ref_among(&mut self, ident: Ident<'a>, among: fn(DynamicObjectKind) -> bool) -> R<NameRef<'a>> {
        match ident.resolution.get() {
            Resolution::Static(r) => Ok(NameRef::Static(r, ident.name)),
            Resolution::Unresolved => Ok(NameRef::Static(VarRef::Global, ident.name)),
            Resolution::Dynamic(d) => {
                let object = self.temp()?;
                let found = self.label()?;
                for o in d.objects.iter().filter(|o| among(o.kind)) {
                    let next = self.label()?;
                    self.find_in(o, ident, object, next)?;
                    self.jump(found)?;
                    self.bind(next);
                }
                self.load_undefined(object)?;
                self.bind(found);
                Ok(NameRef::Dynamic(d, ident.name, object))
            }
        }
    }

    /// R[dst] := the value at the place found.
    pub fn read_name_ref(&mut self, r: &NameRef<'a>, ident: Ident<'a>, dst: Reg) -> R<()> {
        match *r {
            NameRef::Static(r, _) => self.read_static(r, ident, dst, false),
            NameRef::Dynamic(d, name, object) => {
                let (fallback, end) = (self.label()?, self.label()?);
                self.jump_op(Op::JumpUndefined, 0, object, fallback)?;
                let k = self.const_name16(name)?;
                self.pos(ident.span.start)?;
                let strict = if self.f.strict { STRICT } else { 0 };
                self.abc(Op::GetBinding, strict, dst, object, k)?;
                self.jump(end)?;
                self.bind(fallback);
                self.read_static(d.fallback, ident, dst, false)?;
                self.bind(end);
                Ok(())
            }
        }
    }

    /// Writes to the place found; `v` is killed if it is a temporary and `kill` says so.
    pub fn write_name_ref(&mut self, r: &NameRef<'a>, offset: u32, v: Val, init: bool) -> R<()> {
        match *r {
            NameRef::Static(r, name) => self.write_static(r, name, offset, v, init),
            NameRef::Dynamic(d, name, object) => {
                let (fallback, end) = (self.label()?, self.label()?);
                self.jump_op(Op::JumpUndefined, 0, object, fallback)?;
                let k = self.const_name16(name)?;
                self.pos(offset)?;
                let strict = if self.f.strict { STRICT } else { 0 };
                self.abc(Op::SetBinding, strict | KILL_A | v.kill(KILL_C), object, k, v.reg)?;
                self.jump(end)?;
                self.bind(fallback);
                self.write_static(d.fallback, name, offset, v, false)?;
                self.bind(end);
                Ok(())
            }
        }
    }

    /// Assigns to, or initialises, a name without evaluating anything in between.
    pub fn write_ident(&mut self, ident: Ident<'a>, v: Val, init: bool) -> R<()> {
        match ident.resolution.get() {
            Resolution::Static(r) => self.write_static(r, ident.name, ident.span.start, v, init),
            _ => {
                let mark = self.top();
                let r = self.name_ref(ident)?;
                self.write_name_ref(&r, ident.span.start, v, init)?;
                self.free_to(mark);
                Ok(())
            }
        }
    }

    /// Assigns to a name in the variable environment: objects of `with` statements are passed over.
    pub fn write_variable(&mut self, ident: Ident<'a>, v: Val) -> R<()> {
        let mark = self.top();
        let r = self.name_ref_among(ident, |kind| kind != DynamicObjectKind::With)?;
        self.write_name_ref(&r, ident.span.start, v, false)?;
        self.free_to(mark);
        Ok(())
    }

    fn write_static(&mut self, r: VarRef, name: Name, offset: u32, v: Val, init: bool) -> R<()> {
        match r {
            VarRef::Local { binding, check } => {
                let kind = self.binding(binding).kind;
                let (reg, boxed) = (self.place(binding), self.is_boxed(binding));
                if !init && (kind.is_const() || kind == BindingKind::FunctionName) {
                    if check {
                        self.pos(offset)?;
                        if boxed {
                            let t = self.temp()?;
                            self.ab(Op::GetBoxChecked, t, reg)?;
                            self.a(Op::Kill, t)?;
                            self.free_to(t);
                        } else {
                            self.a(Op::CheckInit, reg)?;
                        }
                    }
                    return self.write_constant(kind, name, offset, v);
                }
                let check = check && !init;
                if check {
                    self.pos(offset)?;
                }
                match (boxed, check) {
                    (false, true) => {
                        self.a(Op::CheckInit, reg)?;
                        self.move_to(reg, v)
                    }
                    (false, false) => self.move_to(reg, v),
                    (true, true) => self.abc(Op::SetBoxChecked, v.kill(KILL_B), reg, v.reg, 0).map(|_| ()),
                    (true, false) => self.abc(Op::SetBox, v.kill(KILL_B), reg, v.reg, 0).map(|_| ()),
                }
            }
            VarRef::Capture { index, binding, check } => {
                let kind = self.capture_kind(binding).unwrap_or(BindingKind::Var);
                if !init && (kind.is_const() || kind == BindingKind::FunctionName) {
                    if check {
                        self.pos(offset)?;
                        let t = self.temp()?;
                        self.abx(Op::GetCaptureChecked, 0, t, index as i32)?;
                        self.a(Op::Kill, t)?;
                        self.free_to(t);
                    }
                    return self.write_constant(kind, name, offset, v);
                }
                let checked = check && !init;
                if checked {
                    self.pos(offset)?;
                }
                let op = if checked { Op::SetCaptureChecked } else { Op::SetCapture };
                self.abx(op, v.kill(KILL_A), v.reg, index as i32).map(|_| ())
            }
            VarRef::Global => {
                self.pos(offset)?;
                let ic = self.global_ic(name)?;
                let strict = if self.f.strict { STRICT } else { 0 };
                let op = if init { Op::InitGlobal } else { Op::SetGlobal };
                self.abx(op, strict | v.kill(KILL_A), v.reg, ic).map(|_| ())
            }
        }
    }

    /// Assignment to a constant: throws, or (a function expression's own name in sloppy code) does nothing.
    fn write_constant(&mut self, kind: BindingKind, name: Name, offset: u32, v: Val) -> R<()> {
        if kind != BindingKind::FunctionName || self.f.strict {
            self.pos(offset)?;
            let k = self.const_name(name)?;
            self.abx(Op::ThrowReadOnly, 0, 0, k as i32)?;
            // Not a dead end for what follows: the caller may still bind labels there.
            self.f.last_bound = self.here();
        }
        if v.temp {
            self.a(Op::Kill, v.reg)?;
        }
        Ok(())
    }

    /// `delete name`
    pub fn delete_ident(&mut self, ident: Ident<'a>, dst: Reg) -> R<()> {
        let (objects, fallback): (&[DynamicObject], _) = match ident.resolution.get() {
            Resolution::Static(r) => (&[], r),
            Resolution::Unresolved => (&[], VarRef::Global),
            Resolution::Dynamic(d) => (d.objects, d.fallback),
        };
        let end = self.label()?;
        let mark = self.top();
        let t = self.temp()?;
        for o in objects {
            let next = self.label()?;
            self.find_in(o, ident, t, next)?;
            let key = self.temp()?;
            self.load_name(key, ident.name)?;
            self.abc(Op::DeleteElem, KILL_B | KILL_C, dst, t, key)?;
            self.free_to(key);
            self.jump(end)?;
            self.bind(next);
            self.a(Op::Kill, t)?;
        }
        self.free_to(mark);
        if fallback == VarRef::Global {
            let k = self.const_name(ident.name)?;
            self.pos(ident.span.start)?;
            self.abx(Op::DeleteGlobal, 0, dst, k as i32)?;
        } else {
            self.a(Op::LoadFalse, dst)?;
        }
        self.bind(end);
        Ok(())
    }

    /// Declares a `var` (or, with a value, a function) of a sloppy direct eval in the function's variable
    /// object, unless the function itself has a variable of that name (19.2.1.3).
    pub fn declare_eval_var(&mut self, vars: VarLoc, name: Name, value: Option<Val>) -> R<()> {
        let mark = self.top();
        let object = self.temp()?;
        self.load_loc(vars, object)?;
        let made = self.label()?;
        self.jump_op(Op::JumpNotUndefined, 0, object, made)?;
        self.a(Op::NewNullObject, object)?;
        self.store_loc(vars, object)?;
        self.bind(made);
        let end = self.label()?;
        let key = self.temp()?;
        if value.is_none() {
            let k = self.const_name16(name)?;
            self.abc(Op::HasBinding, 0, key, object, k)?;
            let declare = self.label()?;
            self.jump_op(Op::JumpFalse, 0, key, declare)?;
            self.a(Op::Kill, object)?;
            self.jump(end)?;
            self.bind(declare);
        }
        self.load_name(key, name)?;
        let v = match value {
            Some(v) => v,
            None => {
                let t = self.temp()?;
                self.load_undefined(t)?;
                Val::temp(t)
            }
        };
        self.abc(Op::DefineElem, KILL_A | KILL_B | v.kill(KILL_C), object, key, v.reg)?;
        self.bind(end);
        self.free_to(mark);
        Ok(())
    }

    // ---- scopes

    /// Makes a scope's variables ready and instantiates its functions.
    pub fn enter_scope(&mut self, id: qjs_syntax::scope::ScopeId) -> R<()> {
        self.enter_bindings(id)?;
        let functions = self.scope(id).functions;
        for decl in functions {
            self.instantiate(decl)?;
        }
        Ok(())
    }

    /// Boxes and dead zones of a scope's variables.
    pub fn enter_bindings(&mut self, id: qjs_syntax::scope::ScopeId) -> R<()> {
        let function_level = matches!(self.scope(id).kind, ScopeKind::Function | ScopeKind::FunctionBody);
        let bindings = self.scope(id).bindings;
        for &b in bindings {
            let binding = *self.binding(b);
            use BindingKind::*;
            if binding.global
                || binding.function != self.f.id
                || matches!(
                    binding.kind,
                    This | NewTarget
                        | HomeObject
                        | Callee
                        | Arguments
                        | FunctionName
                        | EvalVars
                        | WithObject
                        | Param
                )
            {
                continue;
            }
            let reg = self.place(b);
            if let Some(&slot) = self.module_slots.get(&b) {
                self.abx(Op::LoadModuleCell, 0, reg, slot as i32)?;
                if binding.kind == Var {
                    let t = self.temp()?;
                    self.load_undefined(t)?;
                    self.ab(Op::SetBox, reg, t)?;
                    self.free_to(t);
                }
                continue;
            }
            match (self.is_boxed(b), binding.needs_tdz) {
                (true, true) => self.a(Op::NewBoxUninit, reg)?,
                (true, false) => self.a(Op::NewBox, reg)?,
                (false, true) => self.a(Op::LoadUninit, reg)?,
                // Variables of static blocks and of bodies that are entered once are undefined already.
                (false, false) if binding.kind == Var && !function_level => self.load_undefined(reg)?,
                (false, false) => {}
            }
            if let Some(from) = binding.init_from {
                self.init_from(b, from)?;
            }
        }
        Ok(())
    }

    /// The variable starts with a parameter's value (10.2.11, step 28.f).
    fn init_from(&mut self, b: BindingId, from: BindingId) -> R<()> {
        let t = self.temp()?;
        self.load_loc(VarLoc::Local(from), t)?;
        let reg = self.place(b);
        if self.is_boxed(b) {
            self.abc(Op::SetBox, KILL_B, reg, t, 0)?;
        } else {
            self.move_to(reg, Val::temp(t))?;
        }
        if self.binding(from).kind == BindingKind::Arguments {
            self.f.arguments_escape = true;
        }
        self.free_to(t);
        Ok(())
    }

    /// Evaluates a function declaration into its variable.
    pub fn instantiate(&mut self, decl: &'a qjs_syntax::ast::FunctionDecl<'a>) -> R<()> {
        let name = match decl.function.name {
            Some(n) => n,
            None => known::Default,
        };
        if let Some(reg) = self.direct_target(decl.binding, true) {
            return self.closure(decl.function, name, reg);
        }
        let t = self.temp()?;
        self.closure(decl.function, name, t)?;
        self.write_ident(decl.binding, Val::temp(t), true)?;
        self.free_to(t);
        Ok(())
    }
}
