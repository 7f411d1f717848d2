//! Functions: prologue, parameters, bodies, closures, programs.

use super::build::{FnState, Reg, Val};
use super::expr::Key;
use super::ident::NameRef;
use super::{Emitter, R};
use crate::bytecode::code::{CaptureSource, Code, FunctionKind as Kind, Text, flags};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::known;
use qjs_syntax::scope::{BindingId, FunctionId, FunctionInfo, Resolution, VarLoc};

impl<'a> Emitter<'a, '_> {
    /// R[d] := closure of a function expression or declaration; `name` if it has none of its own.
    pub fn closure(&mut self, function: &'a Function<'a>, name: Name, d: Reg) -> R<()> {
        let text = self.text(function.name.unwrap_or(name));
        let child = self.child(function, text, false)?;
        self.abx(Op::Closure, 0, d, child).map(|_| ())
    }

    /// A method (in a new temporary) with the home object R[home]. `key` is its evaluated key.
    pub fn method(
        &mut self,
        function: &'a Function<'a>,
        written: &PropertyKey<'a>,
        key: Key,
        kind: MethodKind,
        home: Reg,
    ) -> R<Reg> {
        let (prefix, variant) = match kind {
            MethodKind::Method => ("", 0),
            MethodKind::Getter => ("get ", VARIANT),
            MethodKind::Setter => ("set ", VARIANT2),
        };
        let name = self.key_name(written);
        let text = match name {
            Some(n) => self.prefixed(prefix, n),
            None => Text::default(),
        };
        let child = self.child(function, text, false)?;
        let t = self.temp()?;
        self.abx(Op::Closure, 0, t, child)?;
        if let (None, Key::Val(k)) = (name, key) {
            self.abc(Op::SetFunctionName, variant, t, k.reg, 0)?;
        }
        if self.info(function.id).uses_super_property {
            self.ab(Op::SetHome, t, home)?;
        }
        Ok(t)
    }

    /// Emits a function; its index among the children.
    pub fn child(&mut self, function: &'a Function<'a>, name: Text, runs_field_init: bool) -> R<i32> {
        let mut done = self.function_code(function, name, runs_field_init)?;
        let id = self.add_child(&mut done.code)?;
        super::build::push(&mut self.spare, done)?;
        Ok(id)
    }

    pub fn add_child(&mut self, code: &mut Code) -> R<i32> {
        let id = self.f.code.children.len();
        self.charge(std::mem::size_of::<Code>())?;
        let code = code.take().ok_or(super::EmitError::OutOfMemory)?;
        super::build::push(&mut self.f.code.children, code)?;
        Ok(id as i32)
    }

    /// Emits a function. Its state holds the finished code.
    fn function_code(
        &mut self,
        function: &'a Function<'a>,
        name: Text,
        runs_field_init: bool,
    ) -> R<Box<FnState>> {
        self.check_stack()?;
        let id = function.id;
        let mapped = match self.mapping.get(id.0 as usize) {
            Some(&Some(m)) => m,
            _ => self.must_map(function),
        };
        let saved = self.enter_function(id, mapped);
        let mut result = self.body(function, name.clone(), runs_field_init);
        let info = self.info(id);
        let may_map = info.mapped_arguments && info.arguments.is_some() && !function.params.is_empty();
        let again = result.is_ok() && may_map && !mapped && self.f.arguments_escape;
        if let Some(m) = self.mapping.get_mut(id.0 as usize) {
            *m = Some(mapped || again);
        }
        if again {
            // The arguments object gets away from us: its elements have to be the parameters after all.
            self.enter_function(id, true);
            result = self.body(function, name, runs_field_init);
        }
        let done = std::mem::replace(&mut self.f, saved);
        result.map(|()| done)
    }

    #[inline(never)]
    fn enter_function(&mut self, id: FunctionId, mapped: bool) -> Box<FnState> {
        let mut state = match self.spare.pop() {
            Some(mut s) => {
                s.reset(id, self.seed);
                s
            }
            None => Box::new(FnState::new(id, self.seed)),
        };
        state.mapped = mapped;
        std::mem::replace(&mut self.f, state)
    }

    /// Whether the arguments object must be mapped, from what is known before the body is emitted.
    fn must_map(&self, function: &Function<'a>) -> bool {
        let info = self.info(function.id);
        let Some(arguments) = info.arguments else { return false };
        if !info.mapped_arguments || function.params.is_empty() {
            return false;
        }
        let written = |&b: &BindingId| {
            let b = self.binding(b);
            b.kind == qjs_syntax::scope::BindingKind::Param && b.reassigned
        };
        info.has_direct_eval || self.is_boxed(arguments) || info.bindings.iter().any(written)
    }

    /// Flags, tables and the like that do not depend on the code.
    fn describe(&mut self, info: &FunctionInfo<'a>, name: Text) -> R<()> {
        let mut f = 0;
        if info.strict {
            f |= flags::STRICT;
        }
        let plain = !info.is_async && !info.is_generator;
        f |= match info.kind {
            FunctionKind::Normal if plain => flags::CONSTRUCTOR,
            FunctionKind::Normal => 0,
            FunctionKind::Arrow => flags::ARROW,
            FunctionKind::Method => flags::METHOD,
            FunctionKind::Getter => flags::METHOD | flags::GETTER,
            FunctionKind::Setter => flags::METHOD | flags::SETTER,
            FunctionKind::Constructor => flags::CLASS_CONSTRUCTOR | flags::CONSTRUCTOR,
            FunctionKind::DerivedConstructor => {
                flags::CLASS_CONSTRUCTOR | flags::CONSTRUCTOR | flags::DERIVED
            }
            FunctionKind::FieldInit | FunctionKind::StaticInit => flags::METHOD | flags::FIELD_INIT,
            FunctionKind::Program => flags::TOP_LEVEL,
        };
        if info.uses_super_property {
            f |= flags::NEEDS_HOME;
        }
        if info.new_target.is_some() {
            f |= flags::USES_NEW_TARGET;
        }
        if self.program.arguments_property && !info.strict && f & flags::CONSTRUCTOR != 0 {
            f |= flags::VARARGS;
        }
        self.local_names(self.f.id)?;
        self.charge(self.f.code.local_names.len() * 32)?;
        let code = &mut self.f.code;
        code.flags = f;
        code.name = name;
        code.length = info.length;
        code.kind = match (info.is_async, info.is_generator) {
            (false, false) => Kind::Normal,
            (false, true) => Kind::Generator,
            (true, false) => Kind::Async,
            (true, true) => Kind::AsyncGenerator,
        };
        code.source_start = info.span.start;
        code.source_end = info.span.end;
        self.f.strict = info.strict;
        self.f.is_async = info.is_async;
        self.f.is_generator = info.is_generator;
        for capture in info.captures {
            let source = match capture.source {
                qjs_syntax::scope::CaptureSource::ParentLocal(b) => CaptureSource::Register(self.place(b)),
                qjs_syntax::scope::CaptureSource::ParentCapture(i) => CaptureSource::Capture(i),
                qjs_syntax::scope::CaptureSource::External(i) => CaptureSource::External(i),
            };
            let name = match self.program.bindings.get(capture.binding.0 as usize) {
                Some(b) => self.text(b.name),
                None => Text::default(),
            };
            self.charge(48)?;
            super::build::push(&mut self.f.code.captures, source)?;
            super::build::push(&mut self.f.code.capture_names, name)?;
        }
        Ok(())
    }

    /// A local of the emitter's own that lives as long as the frame.
    fn hidden_local(&mut self) -> R<Reg> {
        let r = self.temp()?;
        self.f.code.nlocals = self.top();
        Ok(r)
    }

    fn start_frame(&mut self) -> R<()> {
        let base = self.locals.get(self.f.id.0 as usize).copied().unwrap_or(2);
        self.start_temps(base)?;
        self.f.code.nlocals = self.top();
        Ok(())
    }

    fn finish(&mut self) {
        self.f.code.nregs = self.max_regs();
    }

    fn body(&mut self, function: &'a Function<'a>, name: Text, runs_field_init: bool) -> R<()> {
        let info = *self.info(function.id);
        self.describe(&info, name)?;
        self.f.code.nparams = function.params.len() as u16;
        self.start_frame()?;
        if self.f.mapped {
            for &b in info.bindings {
                if self.binding(b).kind == qjs_syntax::scope::BindingKind::Param {
                    self.boxed[b.0 as usize] = true;
                }
            }
        }
        let derived = function.kind == FunctionKind::DerivedConstructor;
        let exit = if derived {
            let label = self.label()?;
            let reg = self.hidden_local()?;
            self.f.derived_exit = Some((label, reg));
            Some((label, reg))
        } else {
            None
        };
        self.implicit_bindings(&info)?;
        if runs_field_init && !derived {
            self.pos(function.span.start)?;
            self.ab(Op::RunFieldInit, 1, 0)?;
        }
        self.parameters(function, &info)?;
        if info.body_scope != info.param_scope {
            self.enter_scope(info.body_scope)?;
        }
        if info.is_generator {
            self.abc(Op::InitialYield, 0, 0, 0, 0)?;
        }
        self.disposing(info.body_scope, |e| match function.body {
            FunctionBody::Statements(body) => e.statements(body),
            FunctionBody::Expr(value) => {
                let v = e.operand(value, None)?;
                e.return_value(v)?;
                if v.temp {
                    e.free_to(v.reg);
                }
                Ok(())
            }
            FunctionBody::Class(elements) => e.init_elements(function, elements),
        })?;
        if let Some((label, reg)) = exit {
            if self.reachable() {
                self.load_undefined(reg)?;
            }
            self.bind(label);
            self.pos(function.span.end.saturating_sub(1))?;
            let (this, boxed) = match info.this {
                Some(b) => (self.place(b), self.is_boxed(b)),
                None => (1, false),
            };
            self.abc(Op::ReturnDerived, if boxed { VARIANT } else { 0 }, reg, this, 0)?;
        } else if self.reachable() {
            self.abc(Op::ReturnUndefined, 0, 0, 0, 0)?;
        }
        self.finish();
        Ok(())
    }

    /// `this`, the callee, new.target and other implicit variables, as far as they are used.
    fn implicit_bindings(&mut self, info: &FunctionInfo<'a>) -> R<()> {
        let derived = info.kind == FunctionKind::DerivedConstructor;
        if let Some(b) = info.this {
            let sloppy = !info.strict
                && matches!(
                    info.kind,
                    FunctionKind::Normal | FunctionKind::Method | FunctionKind::Getter | FunctionKind::Setter
                );
            if sloppy {
                self.abc(Op::CoerceThis, 0, 0, 0, 0)?;
            }
            let reg = self.place(b);
            if self.is_boxed(b) {
                if derived {
                    self.a(Op::NewBoxUninit, reg)?;
                } else {
                    self.ab(Op::BoxFrom, reg, 1)?;
                }
            } else if reg != 1 {
                self.move_to(reg, Val::borrowed(1))?;
            }
        }
        for b in [info.callee, info.function_name].into_iter().flatten() {
            let reg = self.place(b);
            if self.is_boxed(b) {
                self.ab(Op::BoxFrom, reg, 0)?;
            } else {
                self.move_to(reg, Val::borrowed(0))?;
            }
        }
        for (b, op) in [(info.new_target, Op::NewTarget), (info.home_object, Op::LoadHome)] {
            if let Some(b) = b {
                let reg = self.place(b);
                self.a(op, reg)?;
                if self.is_boxed(b) {
                    self.a(Op::WrapBox, reg)?;
                }
            }
        }
        for b in [info.eval_vars, info.param_eval_vars].into_iter().flatten() {
            let reg = self.place(b);
            if self.is_boxed(b) {
                self.a(Op::NewBox, reg)?;
            }
        }
        Ok(())
    }

    fn parameters(&mut self, function: &'a Function<'a>, info: &FunctionInfo<'a>) -> R<()> {
        use qjs_syntax::scope::BindingKind;
        let nparams = function.params.len() as u16;
        // Boxes and dead zones of the parameters themselves.
        if self.f.mapped {
            for i in 0..nparams {
                self.a(Op::WrapBox, 2 + i)?;
            }
        } else {
            for &b in info.bindings {
                let binding = *self.binding(b);
                if binding.kind != BindingKind::Param || binding.global {
                    continue;
                }
                let reg = self.place(b);
                let arrives_here = reg >= 2 && reg < 2 + nparams && u32::from(reg) == 2 + binding.param_index;
                match (self.is_boxed(b), binding.needs_tdz) {
                    (true, _) if arrives_here => self.a(Op::WrapBox, reg)?,
                    (true, true) => self.a(Op::NewBoxUninit, reg)?,
                    (true, false) => self.a(Op::NewBox, reg)?,
                    (false, true) if !arrives_here => self.a(Op::LoadUninit, reg)?,
                    (false, _) => {}
                }
            }
        }
        if let Some(b) = info.arguments {
            let reg = self.place(b);
            let strict = if info.strict || !info.simple_params { STRICT } else { 0 };
            let mapped = if self.f.mapped { VARIANT } else { 0 };
            self.f.code.flags |= flags::VARARGS;
            if self.is_boxed(b) {
                let t = self.temp()?;
                self.abc(Op::NewArguments, strict | mapped, t, 0, 0)?;
                self.abc(Op::BoxFrom, KILL_B, reg, t, 0)?;
                self.free_to(t);
            } else {
                self.abc(Op::NewArguments, strict | mapped, reg, 0, 0)?;
            }
        }
        self.enter_bindings(info.param_scope)?;
        for (i, p) in function.params.iter().enumerate() {
            self.parameter(p, 2 + i as u16)?;
        }
        if let Some(rest) = function.rest {
            self.f.code.flags |= flags::VARARGS;
            let t = self.temp()?;
            self.abx(Op::NewRest, 0, t, i32::from(nparams))?;
            self.destructure(&rest, t, true)?;
            self.a(Op::Kill, t)?;
            self.free_to(t);
        }
        for decl in self.scope(info.param_scope).functions {
            self.instantiate(decl)?;
        }
        Ok(())
    }

    /// Binds one parameter whose argument arrives in R[reg].
    fn parameter(&mut self, p: &PatternElement<'a>, reg: Reg) -> R<()> {
        if let Pattern::Ident(ident) = p.target {
            let binding = match ident.resolution.get() {
                qjs_syntax::scope::Resolution::Static(qjs_syntax::scope::VarRef::Local {
                    binding, ..
                }) => Some(binding),
                _ => None,
            };
            if let Some(b) = binding.filter(|&b| self.place(b) == reg) {
                let Some(default) = p.default else { return Ok(()) };
                let have = self.label()?;
                if self.is_boxed(b) {
                    let t = self.temp()?;
                    self.ab(Op::GetBox, t, reg)?;
                    let done = self.label()?;
                    self.jump_op(Op::JumpNotUndefined, 0, t, have)?;
                    self.named(default, ident.name, super::build::Dst::fresh(t))?;
                    self.abc(Op::SetBox, KILL_B, reg, t, 0)?;
                    self.jump(done)?;
                    self.bind(have);
                    self.a(Op::Kill, t)?;
                    self.bind(done);
                    self.free_to(t);
                } else {
                    self.jump_op(Op::JumpNotUndefined, 0, reg, have)?;
                    self.named(default, ident.name, super::build::Dst::local(reg))?;
                    self.bind(have);
                }
                return Ok(());
            }
            // An earlier one of two parameters of the same name has no variable.
            let index = reg - 2;
            if p.default.is_none() && binding.is_some_and(|b| self.is_other_param(b, index)) {
                return Ok(());
            }
        }
        if let Some(default) = p.default {
            let have = self.label()?;
            self.jump_op(Op::JumpNotUndefined, 0, reg, have)?;
            let d = super::build::Dst::local(reg);
            match p.target {
                Pattern::Ident(i) => self.named(default, i.name, d)?,
                _ => self.expr(default, d)?,
            }
            self.bind(have);
        }
        self.destructure(&p.target, reg, true)
    }

    fn is_other_param(&self, b: BindingId, index: u16) -> bool {
        let b = self.binding(b);
        b.param_index != u32::MAX && b.param_index != u32::from(index)
    }

    // ---- programs

    /// The code of the program itself.
    pub fn program_code(&mut self) -> R<Code> {
        let info = *self.info(FunctionId::PROGRAM);
        let module = self.module_record()?;
        let is_module = module.is_some();
        self.f.reset(FunctionId::PROGRAM, self.seed);
        self.describe(&info, Text::default())?;
        let code = &mut self.f.code;
        code.flags |= flags::TOP_LEVEL;
        if is_module {
            code.flags |= flags::MODULE;
            code.kind = if info.has_await { Kind::Async } else { Kind::Normal };
        }
        if self.options.is_eval {
            code.flags |= flags::EVAL;
        }
        code.module = module;
        let is_async = self.options.is_async && !is_module;
        if is_async {
            code.kind = Kind::Async;
        }
        self.f.is_async = is_module || is_async;
        self.start_frame()?;
        let completion =
            if self.options.want_completion && !is_module { Some(self.hidden_local()?) } else { None };
        self.f.completion = completion;
        self.implicit_bindings(&info)?;
        let g = &self.program.globals;
        let eval_vars = g.eval_vars;
        if eval_vars.is_none() {
            let decls = self.global_decls()?;
            if !decls.is_empty() {
                self.charge(decls.len() * 40)?;
                self.f.code.global_decls = decls;
                self.pos(0)?;
                self.abc(Op::DeclareGlobals, 0, 0, 0, 0)?;
            }
        }
        self.enter_scope(info.param_scope)?;
        if info.body_scope != info.param_scope {
            self.enter_scope(info.body_scope)?;
        }
        match eval_vars {
            Some(vars) => self.eval_declarations(vars)?,
            None => {
                for decl in g.functions {
                    let name = decl.function.name.unwrap_or(known::Default);
                    let t = self.temp()?;
                    self.closure(decl.function, name, t)?;
                    let k = self.const_name(decl.binding.name)?;
                    let deletable = if self.options.is_eval { VARIANT } else { 0 };
                    self.abx(Op::DefineGlobalFunction, deletable | KILL_A, t, k as i32)?;
                    self.free_to(t);
                }
            }
        }
        if is_module {
            self.abc(Op::InitialYield, 0, 0, 0, 0)?;
        }
        self.disposing(info.body_scope, |e| {
            let body = e.program.body;
            // A dynamic function's program is an expression statement; so is most of what eval gets.
            e.statements(body)
        })?;
        if self.reachable() {
            match completion {
                Some(c) if is_async => self.return_boxed(c)?,
                Some(c) => self.abc(Op::Return, KILL_A, c, 0, 0)?,
                None => self.abc(Op::ReturnUndefined, 0, 0, 0, 0)?,
            };
        }
        self.finish();
        Ok(std::mem::take(&mut self.f.code))
    }

    /// An async script's end: `return { value: R[c] }`, so that a thenable completion value is not adopted.
    fn return_boxed(&mut self, c: Reg) -> R<u32> {
        let t = self.temp()?;
        self.abx(Op::NewObject, 0, t, 1)?;
        match self.ic_text("value")? {
            Some(ic) => self.abc(Op::DefineField, KILL_C, t, ic, c)?,
            None => return Err(super::EmitError::TooLarge("too many properties in a script")),
        };
        let end = self.abc(Op::Return, KILL_A, t, 0, 0)?;
        self.free_to(t);
        Ok(end)
    }

    /// `var`s and functions of a sloppy direct eval inside a function.
    fn eval_declarations(&mut self, vars: VarLoc) -> R<()> {
        let g = &self.program.globals;
        for decl in g.functions {
            let t = self.temp()?;
            self.closure(decl.function, decl.function.name.unwrap_or(known::Default), t)?;
            match decl.binding.resolution.get() {
                // The function has a variable of this name: nothing to create.
                Resolution::Static(_) => self.write_ident(decl.binding, Val::temp(t), true)?,
                Resolution::Dynamic(d) if !d.objects.iter().any(|o| o.loc == vars) => {
                    let place = NameRef::Static(d.fallback, decl.binding.name);
                    self.write_name_ref(&place, decl.binding.span.start, Val::temp(t), true)?;
                }
                _ => self.declare_eval_var(vars, decl.binding.name, Some(Val::temp(t)))?,
            }
            self.free_to(t);
        }
        for &name in g.vars.iter().chain(g.annex_b) {
            self.declare_eval_var(vars, name, None)?;
        }
        Ok(())
    }
}
