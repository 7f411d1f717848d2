//! The syntax tree.
//!
//! Nodes live in one [`bumpalo::Bump`]; every node is `Copy` and refers to its children by `&'a`.
//! What scope resolution finds out is written into the tree's [`IdentRef`]s (a `Cell` each) and into
//! the tables of [`crate::scope`].
//!
//! Left-nested chains (`a + b + …`, `a.b.c…`, `a && b && …`) and right-nested ones (`else if`,
//! `c ? x : d ? y : …`) may be millions deep: the parser builds them without recursion, so whoever
//! walks them must iterate along that spine too.

use crate::scope::{EvalSiteId, FunctionId, Resolution, ScopeId};
use std::cell::Cell;

/// A half-open range of byte offsets into the source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }
}

/// An interned string of one parse: an index into [`crate::names::Names`].
/// The names below [`crate::names::known`]'s end are the same in every parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

/// One occurrence of an identifier (or of `this`, `new.target`, `#x`, … which resolve alike).
#[derive(Debug)]
pub struct IdentRef<'a> {
    pub span: Span,
    pub name: Name,
    /// Never [`Resolution::Unresolved`] once [`crate::parse`] has returned.
    pub resolution: Cell<Resolution<'a>>,
    /// See [`IdentRef::is_written`]; the rest is the parser's.
    pub(crate) flags: Cell<u8>,
}

impl IdentRef<'_> {
    pub(crate) const WRITTEN: u8 = 1;
    pub(crate) const PARENTHESIZED: u8 = 2;

    /// The occurrence is the target of an assignment, update or `var` initialiser.
    pub fn is_written(&self) -> bool {
        self.flags.get() & Self::WRITTEN != 0
    }
    pub(crate) fn set_flag(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }
}

/// Shared handle to an identifier occurrence.
pub type Ident<'a> = &'a IdentRef<'a>;

/// Facts about an expression that are known bottom-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ExprFlags(pub u8);

impl ExprFlags {
    pub const NONE: ExprFlags = ExprFlags(0);
    /// Evaluating the expression may write a local variable of the running function directly, or
    /// suspend it: it holds (outside nested functions) an assignment to or update of an identifier,
    /// `delete` of one, yield, await, or a direct eval. A nested class that evaluates such an
    /// expression in its head or computed keys counts.
    /// (A call may also run a closure that writes a *captured* variable; that is a cell, not a register.)
    pub const HAS_ASSIGNMENT: ExprFlags = ExprFlags(1);
    /// The expression stood in parentheses (matters to NamedEvaluation of `(a) = function () {}`).
    pub const PARENTHESIZED: ExprFlags = ExprFlags(2);
    /// The expression holds (outside nested functions) a yield or an await.
    pub const HAS_SUSPEND: ExprFlags = ExprFlags(4);

    pub const fn contains(self, other: ExprFlags) -> bool {
        self.0 & other.0 == other.0
    }
    pub const fn union(self, other: ExprFlags) -> ExprFlags {
        ExprFlags(self.0 | other.0)
    }
    /// The flags an enclosing expression inherits.
    pub const fn inherited(self) -> ExprFlags {
        ExprFlags(self.0 & !Self::PARENTHESIZED.0)
    }
}

/// An expression.
#[derive(Clone, Copy, Debug)]
pub struct Expr<'a> {
    /// For a parenthesised expression: without the parentheses.
    pub span: Span,
    pub flags: ExprFlags,
    pub kind: ExprKind<'a>,
}

impl<'a> Expr<'a> {
    pub fn has_assignment(&self) -> bool {
        self.flags.contains(ExprFlags::HAS_ASSIGNMENT)
    }
    pub fn is_parenthesized(&self) -> bool {
        self.flags.contains(ExprFlags::PARENTHESIZED)
    }
    /// IsFunctionDefinition and anonymous (13.2.1.2 IsAnonymousFunctionDefinition): NamedEvaluation
    /// gives the function or class its name.
    pub fn is_anonymous_function(&self) -> bool {
        match self.kind {
            ExprKind::Function(f) => f.name.is_none(),
            ExprKind::Class(c) => c.name.is_none(),
            _ => false,
        }
    }
}

/// What an expression is.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind<'a> {
    Null,
    Bool(bool),
    Number(f64),
    BigInt(&'a BigIntLit<'a>),
    String(Name),
    /// `` `a${b}c` ``
    Template(&'a Template<'a>),
    TaggedTemplate(&'a TaggedTemplate<'a>),
    RegExp(RegExpLit),
    Ident(Ident<'a>),
    /// Resolves to the binding of kind `This` of the nearest non-arrow function.
    This(Ident<'a>),
    /// Resolves to the binding of kind `NewTarget`.
    NewTarget(Ident<'a>),
    ImportMeta,
    Array(&'a [ArrayElement<'a>]),
    Object(&'a [Property<'a>]),
    /// Function expressions of every kind, arrows included.
    Function(&'a Function<'a>),
    Class(&'a Class<'a>),
    Unary {
        op: UnaryOp,
        arg: &'a Expr<'a>,
    },
    /// `++x`, `x--`, …: `target` is an identifier, a member expression, or (web reality, throws
    /// ReferenceError at run time) a call.
    Update {
        op: UpdateOp,
        prefix: bool,
        target: &'a Expr<'a>,
    },
    Binary {
        op: BinaryOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
    },
    Logical {
        op: LogicalOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
    },
    /// `#x in right`
    PrivateIn {
        name: Ident<'a>,
        right: &'a Expr<'a>,
    },
    Conditional(&'a Conditional<'a>),
    Assign(&'a Assign<'a>),
    /// `a, b, c`: two or more.
    Sequence(&'a [&'a Expr<'a>]),
    /// `object.property`; with `optional`, `object?.property`.
    Member {
        object: &'a Expr<'a>,
        property: Name,
        optional: bool,
    },
    /// `object[index]`
    Index {
        object: &'a Expr<'a>,
        index: &'a Expr<'a>,
        optional: bool,
    },
    /// `object.#name`
    PrivateMember {
        object: &'a Expr<'a>,
        name: Ident<'a>,
        optional: bool,
    },
    /// `super.property`
    SuperMember {
        sup: &'a SuperRef<'a>,
        property: Name,
    },
    /// `super[index]`
    SuperIndex {
        sup: &'a SuperRef<'a>,
        index: &'a Expr<'a>,
    },
    /// The whole of an optional chain: a short-circuit by any `optional` member or call on the
    /// left spine inside (up to a nested `OptionalChain`) makes this expression undefined.
    OptionalChain(&'a Expr<'a>),
    Call(&'a Call<'a>),
    /// `super(…)`
    SuperCall(&'a SuperCall<'a>),
    New(&'a New<'a>),
    Yield(Option<&'a Expr<'a>>),
    YieldStar(&'a Expr<'a>),
    Await(&'a Expr<'a>),
    /// `import(specifier, options)`, `import.defer(specifier)`
    ImportCall(&'a ImportCall<'a>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Plus,
    /// `!`
    Not,
    /// `~`
    BitNot,
    TypeOf,
    Void,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOp {
    Increment,
    Decrement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    Shl,
    Sar,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    Eq,
    Ne,
    StrictEq,
    StrictNe,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    InstanceOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalOp {
    And,
    Or,
    /// `??`
    Coalesce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Assign,
    /// `+=` and its kin
    Binary(BinaryOp),
    /// `&&=`, `||=`, `??=`
    Logical(LogicalOp),
}

/// A BigInt literal: `digits` are ASCII digits of `radix` without prefix, separators or suffix.
#[derive(Clone, Copy, Debug)]
pub struct BigIntLit<'a> {
    pub digits: &'a [u8],
    /// 2, 8, 10 or 16
    pub radix: u8,
}

#[derive(Clone, Copy, Debug)]
pub struct RegExpLit {
    pub pattern: Name,
    pub flags: Name,
}

/// One piece of text of a template.
#[derive(Clone, Copy, Debug)]
pub struct TemplatePart {
    /// TV; `None` only in a tagged template whose text has an invalid escape.
    pub cooked: Option<Name>,
    /// TRV
    pub raw: Name,
    pub span: Span,
}

/// `parts.len() == exprs.len() + 1`
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    pub parts: &'a [TemplatePart],
    pub exprs: &'a [&'a Expr<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct TaggedTemplate<'a> {
    pub tag: &'a Expr<'a>,
    pub template: Template<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ArrayElement<'a> {
    Hole,
    Expr(&'a Expr<'a>),
    Spread(&'a Expr<'a>),
}

/// A property name as written, where a class element or property is defined or matched.
#[derive(Clone, Copy, Debug)]
pub enum PropertyKey<'a> {
    /// An identifier name, a string, or a BigInt literal's decimal text. May be an array index ("0").
    Name(Name),
    Number(f64),
    Computed(&'a Expr<'a>),
    /// `#x`, in classes only; resolves to a binding of kind `PrivateName`.
    Private(Ident<'a>),
}

/// A property of an object literal.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    pub span: Span,
    pub kind: PropertyKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum PropertyKind<'a> {
    /// `key: value` and shorthand `value`
    Value {
        key: PropertyKey<'a>,
        value: &'a Expr<'a>,
        shorthand: bool,
    },
    /// `__proto__: value` (B.3.1): sets the prototype, defines nothing.
    Proto(&'a Expr<'a>),
    Method {
        key: PropertyKey<'a>,
        function: &'a Function<'a>,
    },
    Getter {
        key: PropertyKey<'a>,
        function: &'a Function<'a>,
    },
    Setter {
        key: PropertyKey<'a>,
        function: &'a Function<'a>,
    },
    Spread(&'a Expr<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct Conditional<'a> {
    pub test: &'a Expr<'a>,
    pub consequent: &'a Expr<'a>,
    pub alternate: &'a Expr<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Assign<'a> {
    pub op: AssignOp,
    /// Object and array patterns with `=` only.
    pub target: Pattern<'a>,
    /// The target was parenthesised: no NamedEvaluation.
    pub parenthesized: bool,
    pub value: &'a Expr<'a>,
}

/// What `super.x` needs at run time.
#[derive(Clone, Copy, Debug)]
pub struct SuperRef<'a> {
    /// Of the keyword `super`.
    pub span: Span,
    /// Resolves to kind `HomeObject`.
    pub home_object: Ident<'a>,
    /// Resolves to kind `This`.
    pub this: Ident<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    Expr(&'a Expr<'a>),
    Spread(&'a Expr<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub callee: &'a Expr<'a>,
    pub args: &'a [Argument<'a>],
    /// `callee?.(…)`
    pub optional: bool,
    /// `eval(…)`: direct when the callee proves to be %eval% at run time.
    pub direct_eval: Option<EvalSiteId>,
    /// Where a backtrace points: of the property name or the opening parenthesis' expression.
    pub position: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct SuperCall<'a> {
    pub args: &'a [Argument<'a>],
    /// Resolves to kind `Callee`: the active function, whose [[GetPrototypeOf]] is the super constructor.
    pub callee: Ident<'a>,
    /// Resolves to kind `NewTarget`.
    pub new_target: Ident<'a>,
    /// Resolves to kind `This`, to be initialised with the result.
    pub this: Ident<'a>,
    pub position: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub callee: &'a Expr<'a>,
    pub args: &'a [Argument<'a>],
    pub position: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    Evaluation,
    /// `import defer`
    Defer,
    /// `import source`
    Source,
}

#[derive(Clone, Copy, Debug)]
pub struct ImportCall<'a> {
    pub phase: ImportPhase,
    pub specifier: &'a Expr<'a>,
    pub options: Option<&'a Expr<'a>>,
}

/// What is assigned or bound: serves binding patterns and assignment patterns alike.
/// In a binding pattern there are only `Ident`, `Object` and `Array`.
#[derive(Clone, Copy, Debug)]
pub enum Pattern<'a> {
    Ident(Ident<'a>),
    /// A member expression (`Member`, `Index`, `PrivateMember`, `SuperMember`, `SuperIndex`), or a
    /// `Call` (web reality: evaluated, then throws ReferenceError).
    Expr(&'a Expr<'a>),
    Object(&'a ObjectPattern<'a>),
    Array(&'a ArrayPattern<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct ObjectPattern<'a> {
    pub span: Span,
    pub properties: &'a [PatternProperty<'a>],
    pub rest: Option<Pattern<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct PatternProperty<'a> {
    pub span: Span,
    pub key: PropertyKey<'a>,
    pub element: PatternElement<'a>,
}

/// `target = default`; also a function's parameter.
#[derive(Clone, Copy, Debug)]
pub struct PatternElement<'a> {
    pub target: Pattern<'a>,
    /// The target was parenthesised, `[(a) = function () {}] = b`: no NamedEvaluation.
    pub parenthesized: bool,
    pub default: Option<&'a Expr<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct ArrayPattern<'a> {
    pub span: Span,
    /// `None` is an elision.
    pub elements: &'a [Option<PatternElement<'a>>],
    pub rest: Option<Pattern<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    Normal,
    Arrow,
    /// Methods of object literals and classes
    Method,
    Getter,
    Setter,
    /// A base class's `constructor`
    Constructor,
    /// `constructor` of a class with `extends`
    DerivedConstructor,
    /// Synthetic: evaluates a class's instance fields, and installs its private methods, on `this`.
    FieldInit,
    /// Synthetic: evaluates a class's static fields and static blocks with `this` the class.
    StaticInit,
    /// The code of a script, module or eval.
    Program,
}

/// A function of any kind. Facts found by scope resolution are in
/// `program.functions[id]` ([`crate::scope::FunctionInfo`]).
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    pub id: FunctionId,
    pub kind: FunctionKind,
    pub is_async: bool,
    pub is_generator: bool,
    /// The source text that `toString` gives.
    pub span: Span,
    /// Name as written: of a declaration or a named expression. Methods: `None`.
    pub name: Option<Name>,
    pub params: &'a [PatternElement<'a>],
    pub rest: Option<Pattern<'a>>,
    pub body: FunctionBody<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum FunctionBody<'a> {
    /// Statements, in order. Hoisted declarations are in the scope's table too.
    Statements(&'a [Stmt<'a>]),
    /// `x => expr`
    Expr(&'a Expr<'a>),
    /// `FieldInit` and `StaticInit`: the class's elements; the body handles those that concern it
    /// (instance fields and private methods, or static fields and blocks).
    Class(&'a [ClassElement<'a>]),
}

/// A class, expression or declaration.
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    pub span: Span,
    pub name: Option<Name>,
    /// Holds the inner binding of the name (kind `ClassName`), if any. Open during the heritage.
    pub scope: ScopeId,
    /// Occurrence of the inner name binding, to be initialised after the elements are defined.
    pub inner_name: Option<Ident<'a>>,
    pub heritage: Option<&'a Expr<'a>>,
    /// Inside `scope`: holds private names and synthetic bindings (kind `Synthetic`) for computed
    /// field keys and private methods.
    pub body_scope: ScopeId,
    /// `None`: the default constructor.
    pub constructor: Option<&'a Function<'a>>,
    /// Everything but the constructor, in order.
    pub elements: &'a [ClassElement<'a>],
    /// Present if there is an instance field or a private instance method or accessor.
    pub instance_init: Option<&'a Function<'a>>,
    /// Present if there is a static field or static block.
    pub static_init: Option<&'a Function<'a>>,
    /// Flags of what the class evaluates in place (heritage and computed keys).
    pub flags: ExprFlags,
}

#[derive(Clone, Copy, Debug)]
pub struct ClassElement<'a> {
    pub span: Span,
    pub is_static: bool,
    pub kind: ClassElementKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ClassElementKind<'a> {
    Method {
        key: PropertyKey<'a>,
        kind: MethodKind,
        function: &'a Function<'a>,
        /// Private instance methods and accessors: where the class definition keeps the function
        /// for `instance_init`, which sees it by this occurrence (resolved inside `instance_init`;
        /// its binding belongs to `body_scope`).
        store: Option<Ident<'a>>,
    },
    Field {
        key: PropertyKey<'a>,
        value: Option<&'a Expr<'a>>,
        /// Computed keys: where the class definition keeps the property key for the init function
        /// (an occurrence inside `instance_init` or `static_init`, binding in `body_scope`).
        store: Option<Ident<'a>>,
        /// `accessor` keyword is not in the language yet; reserved.
        scope: ScopeId,
    },
    StaticBlock {
        /// A var scope of its own, in the function `static_init`.
        scope: ScopeId,
        body: &'a [Stmt<'a>],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    Method,
    Getter,
    Setter,
}

/// A statement or declaration.
#[derive(Clone, Copy, Debug)]
pub struct Stmt<'a> {
    pub span: Span,
    pub kind: StmtKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum StmtKind<'a> {
    Empty,
    Debugger,
    Expr(&'a Expr<'a>),
    Var(&'a VarDecl<'a>),
    Function(&'a FunctionDecl<'a>),
    Class(&'a ClassDecl<'a>),
    Return(Option<&'a Expr<'a>>),
    If(&'a If<'a>),
    For(&'a For<'a>),
    ForIn(&'a ForInOf<'a>),
    ForOf(&'a ForInOf<'a>),
    While(&'a While<'a>),
    DoWhile(&'a While<'a>),
    Break(Option<Name>),
    Continue(Option<Name>),
    Throw(&'a Expr<'a>),
    Try(&'a Try<'a>),
    Switch(&'a Switch<'a>),
    Labeled(&'a Labeled<'a>),
    Block(&'a Block<'a>),
    With(&'a With<'a>),
    /// Nothing to evaluate: see [`crate::module::ModuleInfo`].
    Import,
    /// `export { … }`, `export * from …`: nothing to evaluate.
    ExportNames,
    /// `export` before a declaration: evaluate the declaration.
    ExportDecl(&'a Stmt<'a>),
    /// `export default expression;`: initialises the binding `*default*`
    /// (NamedEvaluation with "default"). `export default function` and `class` are
    /// `ExportDecl` of a declaration whose name is "default" and whose binding may be `*default*`.
    ExportDefault {
        binding: Ident<'a>,
        value: &'a Expr<'a>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarKind {
    Var,
    Let,
    Const,
    Using,
    AwaitUsing,
}

impl VarKind {
    pub fn is_lexical(self) -> bool {
        self != VarKind::Var
    }
}

#[derive(Clone, Copy, Debug)]
pub struct VarDecl<'a> {
    pub kind: VarKind,
    pub declarators: &'a [Declarator<'a>],
}

/// For `var`, the target's identifiers are plain references (they may resolve to a `with` object or
/// a catch parameter); for lexical kinds they are the bindings to initialise.
#[derive(Clone, Copy, Debug)]
pub struct Declarator<'a> {
    pub span: Span,
    pub target: Pattern<'a>,
    pub init: Option<&'a Expr<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct FunctionDecl<'a> {
    pub function: &'a Function<'a>,
    /// The binding that is initialised when its scope is entered (see `Scope::functions`).
    /// For a script's or sloppy eval's top level it may be `Global` or `Dynamic`.
    pub binding: Ident<'a>,
    /// Annex B.3.2: when the statement is evaluated, the block's binding is copied to this variable.
    pub annex_b: LateIdent<'a>,
}

/// A late-set optional identifier (Annex B targets are known when the function ends).
pub type LateIdent<'a> = &'a Cell<Option<Ident<'a>>>;

#[derive(Clone, Copy, Debug)]
pub struct ClassDecl<'a> {
    pub class: &'a Class<'a>,
    /// The outer, mutable binding, initialised by the statement. `export default class {}`: `*default*`.
    pub binding: Ident<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct If<'a> {
    pub test: &'a Expr<'a>,
    pub consequent: &'a Stmt<'a>,
    pub alternate: Option<&'a Stmt<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct For<'a> {
    /// Holds the head's lexical declarations. Copied per iteration if `scopes[scope].has_captured`
    /// and they are `let`.
    pub scope: ScopeId,
    pub init: Option<ForInit<'a>>,
    pub test: Option<&'a Expr<'a>>,
    pub update: Option<&'a Expr<'a>>,
    pub body: &'a Stmt<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ForInit<'a> {
    Decl(&'a VarDecl<'a>),
    Expr(&'a Expr<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct ForInOf<'a> {
    /// Holds the head's lexical declarations, fresh in each iteration. `right` is evaluated in it
    /// too, in the dead zone.
    pub scope: ScopeId,
    pub left: ForTarget<'a>,
    pub right: &'a Expr<'a>,
    /// `for await`
    pub is_await: bool,
    pub body: &'a Stmt<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ForTarget<'a> {
    /// `init` only for Annex B.3.5 `for (var x = init in o)`.
    Decl {
        kind: VarKind,
        target: Pattern<'a>,
        init: Option<&'a Expr<'a>>,
    },
    Pattern(Pattern<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct While<'a> {
    pub test: &'a Expr<'a>,
    pub body: &'a Stmt<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub scope: ScopeId,
    pub body: &'a [Stmt<'a>],
    /// Offset of the closing brace.
    pub end: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Try<'a> {
    pub block: &'a Block<'a>,
    pub handler: Option<&'a Catch<'a>>,
    pub finalizer: Option<&'a Block<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct Catch<'a> {
    /// Holds the parameter.
    pub scope: ScopeId,
    pub param: Option<Pattern<'a>>,
    pub body: &'a Block<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Switch<'a> {
    pub discriminant: &'a Expr<'a>,
    /// One scope for all cases; the discriminant is outside.
    pub scope: ScopeId,
    pub cases: &'a [Case<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub span: Span,
    /// `None`: `default`
    pub test: Option<&'a Expr<'a>>,
    pub body: &'a [Stmt<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct Labeled<'a> {
    pub label: Name,
    pub body: &'a Stmt<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct With<'a> {
    pub object: &'a Expr<'a>,
    /// Its single binding (kind `WithObject`) holds the object for dynamic lookups; absent when
    /// nothing inside looks a name up.
    pub scope: ScopeId,
    pub body: &'a Stmt<'a>,
}
