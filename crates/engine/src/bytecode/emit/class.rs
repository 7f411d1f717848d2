//! Classes (15.7.14 ClassDefinitionEvaluation).

use super::build::{Dst, Reg, Val};
use super::expr::Key;
use super::{Emitter, R};
use crate::bytecode::code::{CaptureSource, Code, Text, flags};
use crate::bytecode::op::*;
use qjs_syntax::ast::*;
use qjs_syntax::names::known;
use qjs_syntax::scope::{BindingId, BindingKind, Resolution, VarRef};

/// The name a class gets.
#[derive(Clone, Copy)]
pub enum ClassName {
    Static(Name),
    /// The property key in this register.
    Dynamic(Reg),
}

impl<'a> Emitter<'a, '_> {
    /// R[d] := the class. `d` is written last.
    pub fn class(&mut self, c: &'a Class<'a>, name: ClassName, d: Reg) -> R<()> {
        self.check_stack()?;
        let mark = self.top();
        let was_strict = std::mem::replace(&mut self.f.strict, true);
        self.enter_bindings(c.scope)?;
        self.box_private_names(c);
        self.private_names(c)?;
        // R[f]: the constructor, R[f+1]: its prototype.
        let f = self.temps(2)?;
        let text = match (c.name, name) {
            (Some(n), _) | (None, ClassName::Static(n)) => self.text(n),
            (None, ClassName::Dynamic(_)) => Text::default(),
        };
        let heritage = match c.heritage {
            Some(h) => {
                self.expr(h, Dst::fresh(f))?;
                VARIANT
            }
            None => 0,
        };
        let child = match c.constructor {
            Some(function) => self.child(function, text, c.instance_init.is_some())?,
            None => {
                let mut code = self.default_constructor(c, text)?;
                self.add_child(&mut code)?
            }
        };
        // The class's text is its constructor's.
        if let Some(code) = self.f.code.children.get_mut(child as usize) {
            code.source_start = c.span.start;
            code.source_end = c.span.end;
        }
        let Ok(child) = u16::try_from(child) else {
            return Err(super::EmitError::TooLarge("too many functions"));
        };
        self.pos(c.span.start)?;
        self.abc(Op::NewClass, heritage, f, f, child)?;
        if c.constructor.is_some_and(|k| self.info(k.id).uses_super_property) {
            self.ab(Op::SetHome, f, f + 1)?;
        }
        if let (None, ClassName::Dynamic(key)) = (c.name, name) {
            self.ab(Op::SetFunctionName, f, key)?;
        }
        for element in c.elements {
            let mark = self.top();
            self.class_element(element, f)?;
            self.free_to(mark);
        }
        if let Some(ident) = c.inner_name {
            self.write_ident(ident, Val::borrowed(f), true)?;
        }
        if let Some(init) = c.instance_init {
            let child = self.child(init, Text::default(), false)?;
            let t = self.temp()?;
            self.abx(Op::Closure, 0, t, child)?;
            if self.info(init.id).uses_super_property {
                self.ab(Op::SetHome, t, f + 1)?;
            }
            self.abc(Op::SetFieldInit, KILL_B, f, t, 0)?;
            self.free_to(t);
        }
        if let Some(init) = c.static_init {
            let child = self.child(init, Text::default(), false)?;
            let t = self.temps(2)?;
            self.abx(Op::Closure, 0, t, child)?;
            if self.info(init.id).uses_super_property {
                self.ab(Op::SetHome, t, f)?;
            }
            self.move_to(t + 1, Val::borrowed(f))?;
            self.pos(c.span.start)?;
            self.abc(Op::Call, VARIANT, t, t, 0)?;
            self.free_to(t);
        }
        self.f.strict = was_strict;
        self.a(Op::Kill, f + 1)?;
        self.free_to(mark);
        self.move_to(d, Val::temp(f))
    }

    /// The binding of a private name in the function that defines its class.
    fn private_binding(&self, ident: Ident<'a>) -> Option<BindingId> {
        match ident.resolution.get() {
            Resolution::Static(VarRef::Local { binding, .. } | VarRef::Capture { binding, .. }) => {
                Some(binding)
            }
            _ => None,
        }
    }

    /// The init functions see the private names of what they define, whoever else does.
    fn box_private_names(&mut self, c: &'a Class<'a>) {
        for element in c.elements {
            if let ClassElementKind::Field { key: PropertyKey::Private(name), .. }
            | ClassElementKind::Method { key: PropertyKey::Private(name), store: Some(_), .. } =
                element.kind
                && let Some(boxed) = self.private_binding(name).and_then(|b| self.boxed.get_mut(b.0 as usize))
            {
                *boxed = true;
            }
        }
    }

    /// The private name of an element, in an init function. The tree resolves the name where the class stands;
    /// the init function gets a capture of it, if it has none.
    fn private_in_init(&mut self, ident: Ident<'a>) -> R<Val> {
        let Some(binding) = self.private_binding(ident) else { return self.ident_operand(ident) };
        let known = self.info(self.f.id).captures.iter().position(|c| c.binding == binding);
        let extra = self.f.extra_captures.iter().find(|e| e.0 == binding).map(|e| e.1);
        let index = match known.map(|i| i as u32).or(extra) {
            Some(i) => i,
            None => {
                let i = self.f.code.captures.len() as u32;
                let source = CaptureSource::Register(self.place(binding));
                self.charge(64)?;
                super::build::push(&mut self.f.code.captures, source)?;
                let name = self.text(ident.name);
                super::build::push(&mut self.f.code.capture_names, name)?;
                super::build::push(&mut self.f.extra_captures, (binding, i))?;
                i
            }
        };
        let t = self.temp()?;
        self.abx(Op::GetCapture, 0, t, index as i32)?;
        Ok(Val::temp(t))
    }

    /// New private names for a class body, and the boxes its init functions look into.
    fn private_names(&mut self, c: &'a Class<'a>) -> R<()> {
        self.enter_bindings(c.body_scope)?;
        for &b in self.scope(c.body_scope).bindings {
            let binding = *self.binding(b);
            if !matches!(binding.kind, BindingKind::PrivateName(_)) {
                continue;
            }
            let reg = self.place(b);
            let k = self.const_name(binding.name)?;
            if self.is_boxed(b) {
                let t = self.temp()?;
                self.abx(Op::NewPrivateName, 0, t, k as i32)?;
                self.abc(Op::SetBox, KILL_B, reg, t, 0)?;
                self.free_to(t);
            } else {
                self.abx(Op::NewPrivateName, 0, reg, k as i32)?;
            }
        }
        Ok(())
    }

    /// Code for `constructor(...args) { super(...args); }`, or for an empty constructor.
    fn default_constructor(&mut self, c: &'a Class<'a>, name: Text) -> R<Code> {
        let derived = c.heritage.is_some();
        let mut code = Code {
            name,
            flags: flags::STRICT | flags::CONSTRUCTOR | flags::CLASS_CONSTRUCTOR,
            nparams: 0,
            nlocals: 2,
            nregs: 2,
            source_start: c.span.start,
            source_end: c.span.end,
            ..Code::default()
        };
        let i = &mut code.instrs;
        if derived {
            code.flags |= flags::DERIVED | flags::VARARGS | flags::USES_NEW_TARGET;
            code.nregs = 5;
            super::build::push(i, Instr::abc(Op::SuperConstructor, 0, 2, 0, 0))?;
            super::build::push(i, Instr::abc(Op::NewTarget, 0, 3, 0, 0))?;
            super::build::push(i, Instr::abx(Op::NewRest, 0, 4, 0))?;
            super::build::push(i, Instr::abc(Op::ConstructSpread, 0, 1, 2, 0))?;
        }
        if derived || c.instance_init.is_some() {
            super::build::push(i, Instr::abc(Op::RunFieldInit, 0, 1, 0, 0))?;
        }
        if derived {
            super::build::push(i, Instr::abc(Op::ReturnDerived, 0, 2, 1, 0))?;
        } else {
            super::build::push(i, Instr::abc(Op::ReturnUndefined, 0, 0, 0, 0))?;
        }
        super::build::push(&mut code.positions, (0, c.span.start))?;
        Ok(code)
    }

    /// Defines a method, or evaluates a field's key, of the class R[f], R[f+1].
    fn class_element(&mut self, element: &'a ClassElement<'a>, f: Reg) -> R<()> {
        let home = if element.is_static { f } else { f + 1 };
        match element.kind {
            ClassElementKind::Method { key, kind, function, store } => {
                let k = self.property_key(&key)?;
                let k = Key::Val(self.key_in_register(k)?);
                let t = self.method(function, &key, k, kind, home)?;
                if let Some(store) = store {
                    return self.store_synthetic(store, Val::temp(t));
                }
                let Key::Val(k) = k else { return Ok(()) };
                self.pos(element.span.start)?;
                if matches!(key, PropertyKey::Private(_)) {
                    return self.define_private(home, k, t, kind);
                }
                match kind {
                    MethodKind::Method => {
                        let f = VARIANT | k.kill(KILL_B) | KILL_C;
                        self.abc(Op::DefineElem, f, home, k.reg, t).map(|_| ())
                    }
                    MethodKind::Getter => {
                        self.define_accessor(Op::DefineGetter, home, Key::Val(k), t, VARIANT)
                    }
                    MethodKind::Setter => {
                        self.define_accessor(Op::DefineSetter, home, Key::Val(k), t, VARIANT)
                    }
                }
            }
            ClassElementKind::Field { key: PropertyKey::Computed(e), store, .. } => {
                let k = self.property_key(&PropertyKey::Computed(e))?;
                let k = self.key_in_register(k)?;
                match store {
                    Some(store) => self.store_synthetic(store, k),
                    None => self.a(Op::Kill, k.reg),
                }
            }
            ClassElementKind::Field { .. } | ClassElementKind::StaticBlock { .. } => Ok(()),
        }
    }

    /// Adds a private method or half of a private accessor to R[object].
    fn define_private(&mut self, object: Reg, name: Val, function: Reg, kind: MethodKind) -> R<()> {
        let f = name.kill(KILL_B) | KILL_C;
        match kind {
            MethodKind::Method => self.abc(Op::DefinePrivate, f | VARIANT, object, name.reg, function),
            MethodKind::Getter => self.abc(Op::DefinePrivateAccessor, f, object, name.reg, function),
            MethodKind::Setter => {
                self.abc(Op::DefinePrivateAccessor, f | VARIANT, object, name.reg, function)
            }
        }
        .map(|_| ())
    }

    /// Keeps a value for an init function, which knows its place by `store`.
    fn store_synthetic(&mut self, store: Ident<'a>, v: Val) -> R<()> {
        let binding = match store.resolution.get() {
            Resolution::Static(VarRef::Capture { binding, .. } | VarRef::Local { binding, .. }) => binding,
            _ => return Ok(()),
        };
        let reg = self.place(binding);
        if self.is_boxed(binding) {
            self.abc(Op::SetBox, v.kill(KILL_B), reg, v.reg, 0).map(|_| ())
        } else {
            self.move_to(reg, v)
        }
    }

    /// The body of a class's init function: instance fields and private methods, or static fields and blocks.
    pub fn init_elements(&mut self, function: &'a Function<'a>, elements: &'a [ClassElement<'a>]) -> R<()> {
        let is_static = function.kind == FunctionKind::StaticInit;
        // Private methods first, so that all fields' initialisers can call them.
        if !is_static {
            for element in elements {
                if let ClassElementKind::Method {
                    key: PropertyKey::Private(name),
                    kind,
                    store: Some(store),
                    ..
                } = element.kind
                {
                    let mark = self.top();
                    let k = self.private_in_init(name)?;
                    let t = self.temp()?;
                    self.read_ident(store, Dst::fresh(t), false)?;
                    self.pos(element.span.start)?;
                    self.define_private(1, k, t, kind)?;
                    self.free_to(mark);
                }
            }
        }
        for element in elements {
            if element.is_static != is_static {
                continue;
            }
            let mark = self.top();
            match element.kind {
                ClassElementKind::Field { key, value, store, scope } => {
                    self.enter_scope(scope)?;
                    self.init_field(&key, value, store, element.span.start)?;
                }
                ClassElementKind::StaticBlock { scope, body } => {
                    self.in_scope(scope, |e| e.statements(body))?
                }
                ClassElementKind::Method { .. } => {}
            }
            self.free_to(mark);
        }
        Ok(())
    }

    fn init_field(
        &mut self,
        key: &PropertyKey<'a>,
        value: Option<&'a Expr<'a>>,
        store: Option<Ident<'a>>,
        position: u32,
    ) -> R<()> {
        let k = match (key, store) {
            (PropertyKey::Computed(_), Some(store)) => {
                let t = self.temp()?;
                self.read_ident(store, Dst::fresh(t), false)?;
                Key::Val(Val::temp(t))
            }
            (PropertyKey::Private(name), _) => Key::Val(self.private_in_init(name)?),
            _ => self.property_key(key)?,
        };
        let name = self.key_name(key);
        let v = match (value, k) {
            (None, _) => {
                let t = self.temp()?;
                self.load_undefined(t)?;
                Val::temp(t)
            }
            (Some(e), Key::Val(k)) if name.is_none() && e.is_anonymous_function() => {
                let t = self.temp()?;
                self.dynamic_named(e, k.reg, t)?;
                Val::temp(t)
            }
            (Some(e), _) => self.named_operand(e, name, None)?,
        };
        if let PropertyKey::Private(_) = key
            && let Key::Val(k) = k
        {
            self.pos(position)?;
            let f = k.kill(KILL_B) | v.kill(KILL_C);
            return self.abc(Op::DefinePrivate, f, 1, k.reg, v.reg).map(|_| ());
        }
        if let Key::Name(n) = k
            && let Some(ic) = self.ic(n)?
        {
            self.pos(position)?;
            return self.abc(Op::DefineField, VARIANT | v.kill(KILL_C), 1, ic, v.reg).map(|_| ());
        }
        let k = self.key_in_register(k)?;
        self.pos(position)?;
        self.abc(Op::DefineElem, k.kill(KILL_B) | v.kill(KILL_C), 1, k.reg, v.reg).map(|_| ())
    }

    /// A class declaration.
    pub fn class_declaration(&mut self, decl: &'a ClassDecl<'a>) -> R<()> {
        let name = decl.class.name.unwrap_or(known::Default);
        let t = self.temp()?;
        self.class(decl.class, ClassName::Static(name), t)?;
        self.write_ident(decl.binding, Val::temp(t), true)?;
        self.free_to(t);
        Ok(())
    }
}
