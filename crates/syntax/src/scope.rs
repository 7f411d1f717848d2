//! What scope resolution tells the emitter: tables of functions, scopes and bindings.
//!
//! All ids are dense indices into the tables of [`crate::Program`].

use crate::ast::{Function, FunctionDecl, FunctionKind, Name, Span};
use crate::names::Names;

/// Index into `Program::functions`. Function 0 is the program itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Index into `Program::scopes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// Index into `Program::bindings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingId(pub u32);

/// Index into `Program::eval_sites`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EvalSiteId(pub u32);

impl FunctionId {
    /// The program's own code.
    pub const PROGRAM: FunctionId = FunctionId(0);
    /// Owner of the bindings that a direct eval sees outside itself.
    pub const EXTERNAL: FunctionId = FunctionId(u32::MAX);
}

/// How an identifier occurrence is to be evaluated, seen from the function it stands in.
#[derive(Clone, Copy, Debug)]
pub enum Resolution<'a> {
    /// Only while parsing.
    Unresolved,
    Static(VarRef),
    /// Some object may hold the name at run time: search `objects` first, innermost first.
    Dynamic(&'a DynamicRef<'a>),
}

/// A reference whose place is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarRef {
    /// A binding of the same function: a register, or a cell held in a register if the binding is
    /// `captured`. `check`: it may still be uninitialised (dead zone) here.
    Local { binding: BindingId, check: bool },
    /// An entry of the function's `captures`. `binding` tells kind and name.
    Capture { index: u32, binding: BindingId, check: bool },
    /// By name in the global environment record (declarative part first).
    Global,
}

/// Where a value lives, seen from a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarLoc {
    Local(BindingId),
    /// Index into the function's `captures`
    Capture(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct DynamicRef<'a> {
    pub objects: &'a [DynamicObject],
    /// What the name means if no object has it.
    pub fallback: VarRef,
}

#[derive(Clone, Copy, Debug)]
pub struct DynamicObject {
    pub kind: DynamicObjectKind,
    pub loc: VarLoc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicObjectKind {
    /// `with`: HasProperty, then @@unscopables; calls get it as `this`.
    With,
    /// Variables made by sloppy direct evals of one function: a null-prototype object, made by the
    /// first eval that declares something; undefined until then.
    EvalVars,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    Var,
    Let,
    Const,
    /// `using`, `await using`: constant, disposed when the scope ends.
    Using,
    AwaitUsing,
    /// A function declaration at function level or in a block.
    Function,
    /// A class declaration's outer binding (mutable, has a dead zone).
    Class,
    /// A class's inner name (constant, has a dead zone).
    ClassName,
    Param,
    /// `catch (e)`
    CatchParam,
    /// A named function expression's own name: assignment is ignored (sloppy) or throws (strict).
    /// Its value is the active function.
    FunctionName,
    /// The arguments object (also when `var arguments` is declared). Mutable unless strict forbids.
    Arguments,
    This,
    NewTarget,
    /// [[HomeObject]] of the active function.
    HomeObject,
    /// The active function, for `super()`.
    Callee,
    /// `#x`: holds a private name (a private symbol).
    PrivateName(PrivateKind),
    /// Holds a `with` statement's object.
    WithObject,
    /// Holds the object of `DynamicObjectKind::EvalVars`.
    EvalVars,
    /// An imported name: a cell of another module. Constant, always checked.
    Import,
    /// Class machinery: a computed field key or a private method's function.
    Synthetic,
}

impl BindingKind {
    /// Assignment throws a TypeError.
    pub fn is_const(self) -> bool {
        use BindingKind::*;
        matches!(self, Const | Using | AwaitUsing | ClassName | Import)
    }
    /// let, const, class and the like: has a dead zone, clashes with `var`.
    pub fn is_lexical(self) -> bool {
        use BindingKind::*;
        matches!(self, Let | Const | Using | AwaitUsing | Class | ClassName | Import)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKind {
    Field,
    Method,
    Getter,
    Setter,
    /// Getter and setter
    Accessor,
    StaticField,
    StaticMethod,
    StaticGetter,
    StaticSetter,
    StaticAccessor,
}

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub name: Name,
    pub kind: BindingKind,
    /// Whose frame holds it.
    pub function: FunctionId,
    pub scope: ScopeId,
    /// Dense index among the function's bindings (position in `FunctionInfo::bindings`).
    pub index: u32,
    /// Some inner function or direct eval may refer to it (or it is exported): it needs a cell.
    pub captured: bool,
    /// Some reference needs a dead-zone check, so it must be marked uninitialised on scope entry.
    pub needs_tdz: bool,
    /// Some reference other than its initialisation writes it.
    pub reassigned: bool,
    /// `Param` of simple position: its index in the parameter list (destructured: `u32::MAX`).
    pub param_index: u32,
    /// A `Var` of a separate body scope named like a parameter (or `arguments`): its initial value.
    pub init_from: Option<BindingId>,
    /// A script's (or sloppy eval's) top-level name: not in the frame at all, `Global` or `Dynamic`.
    pub global: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// A function's parameters; its variables and top-level declarations too unless it has
    /// parameter expressions. Also of the program.
    Function,
    /// Body of a function with parameter expressions.
    FunctionBody,
    Block,
    /// `for`, `for-in`, `for-of` head
    For,
    Switch,
    Catch,
    With,
    Class,
    ClassBody,
    /// A class field initialiser
    Field,
    StaticBlock,
}

#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub kind: ScopeKind,
    pub parent: Option<ScopeId>,
    pub function: FunctionId,
    pub bindings: &'a [BindingId],
    /// Function declarations to instantiate on entry, in order (of the same name the last one wins).
    pub functions: &'a [&'a FunctionDecl<'a>],
    /// One of its bindings is captured.
    pub has_captured: bool,
    /// Declares a `using` or `await using`.
    pub has_using: bool,
    pub has_await_using: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureSource {
    /// A binding of the function in which this one is created.
    ParentLocal(BindingId),
    /// An entry of that function's `captures`.
    ParentCapture(u32),
    /// Program function of a direct eval: slot of the call site's [`ScopeChain`].
    External(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Capture {
    pub source: CaptureSource,
    pub binding: BindingId,
}

/// Facts about one function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionInfo<'a> {
    pub parent: Option<FunctionId>,
    /// `None` for the program.
    pub node: Option<&'a Function<'a>>,
    pub kind: FunctionKind,
    pub is_async: bool,
    pub is_generator: bool,
    pub strict: bool,
    pub span: Span,
    /// ExpectedArgumentCount (15.1.5)
    pub length: u32,
    pub simple_params: bool,
    /// Separate scopes for parameters and body.
    pub has_param_expressions: bool,
    /// The function's own code (arrows not included) holds a direct eval.
    pub has_direct_eval: bool,
    /// Holds `super.x` or a direct eval that might, itself or in an arrow inside.
    pub uses_super_property: bool,
    /// Uses `this` itself or by an arrow or eval inside.
    pub uses_this: bool,
    pub uses_arguments: bool,
    /// A sloppy, simple-parameter function: its arguments object is mapped.
    pub mapped_arguments: bool,
    /// `"use strict"` and the like aside, contains an `await` (top level of a module).
    pub has_await: bool,
    /// All bindings that live in its frame, by `Binding::index`.
    pub bindings: &'a [BindingId],
    pub captures: &'a [Capture],
    pub param_scope: ScopeId,
    /// Equal to `param_scope` unless `has_param_expressions`.
    pub body_scope: ScopeId,
    /// The implicit bindings, present only if used (all of them when a direct eval is inside).
    pub this: Option<BindingId>,
    pub new_target: Option<BindingId>,
    pub home_object: Option<BindingId>,
    pub callee: Option<BindingId>,
    pub arguments: Option<BindingId>,
    pub function_name: Option<BindingId>,
    /// Holds variables that sloppy direct evals in the body declare.
    pub eval_vars: Option<BindingId>,
    /// The same for evals in parameter expressions: outside the parameters.
    pub param_eval_vars: Option<BindingId>,
}

/// A direct eval call: what the eval'd code will see. Shared by sites in the same scope.
#[derive(Clone, Copy, Debug)]
pub struct EvalSite<'a> {
    pub function: FunctionId,
    pub scope: ScopeId,
    pub strict: bool,
    pub context: EvalContext,
    /// Innermost first.
    pub scopes: &'a [EvalScope<'a>],
    /// Where slot `i` lives, seen from `function`. Every one is a cell (or a capture).
    pub slots: &'a [VarLoc],
}

/// What code evaluated by direct eval may contain (19.2.1.1 PerformEval, steps 6 to 11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvalContext {
    /// `new.target` allowed
    pub in_function: bool,
    /// `super.x` allowed
    pub in_method: bool,
    /// `super()` allowed
    pub in_derived_constructor: bool,
    /// `arguments` forbidden
    pub in_class_field_init: bool,
}

impl EvalSite<'_> {
    /// The owned form. `None` if memory is refused.
    pub fn to_chain(&self, names: &Names<'_>) -> Option<ScopeChain> {
        let mut scopes = Vec::new();
        scopes.try_reserve_exact(self.scopes.len()).ok()?;
        for s in self.scopes {
            let mut bindings = Vec::new();
            bindings.try_reserve_exact(s.bindings.len()).ok()?;
            for b in s.bindings {
                let name = names.get(b.name).to_owned();
                bindings.push(ChainBinding { name, kind: b.kind, slot: b.slot });
            }
            scopes.push(ChainScope { kind: s.kind, is_var_scope: s.is_var_scope, bindings });
        }
        Some(ScopeChain {
            strict: self.strict,
            context: self.context,
            scopes,
            slots: self.slots.len() as u32,
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub struct EvalScope<'a> {
    pub kind: ScopeKind,
    /// `var` declarations of a sloppy eval stop here.
    pub is_var_scope: bool,
    /// The function's parameter (outer) scope ends here: a function boundary lies outside.
    pub bindings: &'a [EvalBinding],
}

#[derive(Clone, Copy, Debug)]
pub struct EvalBinding {
    pub name: Name,
    pub kind: BindingKind,
    pub slot: u32,
}

/// An [`EvalSite`]'s view in owned form, for the engine to keep beside the call's code and to hand
/// back in [`crate::Goal::DirectEval`].
#[derive(Clone, Debug, Default)]
pub struct ScopeChain {
    pub strict: bool,
    pub context: EvalContext,
    /// Innermost first.
    pub scopes: Vec<ChainScope>,
    /// Number of slots.
    pub slots: u32,
}

#[derive(Clone, Debug)]
pub struct ChainScope {
    pub kind: ScopeKind,
    pub is_var_scope: bool,
    pub bindings: Vec<ChainBinding>,
}

#[derive(Clone, Debug)]
pub struct ChainBinding {
    pub name: crate::names::OwnedStr,
    pub kind: BindingKind,
    pub slot: u32,
}
