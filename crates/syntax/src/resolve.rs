//! Scope resolution, done while parsing.
//!
//! Every open scope remembers how many unresolved references there were when it opened. When it
//! closes, the references made since then are looked up among its bindings; what is not found stays
//! on the stack and so belongs to the enclosing scope. An arrow function's parameters are parsed
//! before it is known that they are any: its scope then opens *retroactively*, taking over the
//! references, functions and scopes made since a [`Mark`].

use crate::ast::*;
use crate::error::{R, out_of_memory, push, syntax};
use crate::lexer::Lexer;
use crate::names::known;
use crate::scope::*;
use crate::{GlobalDeclarations, GlobalLexical};
use bumpalo::Bump;
use std::cell::Cell;
use std::collections::HashMap;

pub(crate) const NONE: u32 = u32::MAX;

pub(crate) struct Bind {
    pub b: Binding,
    /// The binding of the same name in the next outer open scope.
    prev: u32,
    /// Next in the same scope.
    next: u32,
    /// Source position after which it is initialised.
    init_pos: u32,
    /// End of the switch clause it is declared in.
    valid_until: u32,
    /// One more than the position of the last `var` of this name.
    last_var: u32,
    decl_pos: u32,
}

pub(crate) struct Open {
    pub id: u32,
    pub kind: ScopeKind,
    pub function: u32,
    parent: u32,
    start: u32,
    first: u32,
    last: u32,
    refs: usize,
    evals: usize,
    annex: usize,
    funcs: usize,
    pub var_scope: bool,
    pub has_using: bool,
    pub has_await_using: bool,
}

pub(crate) struct Fun<'a> {
    pub info: FunctionInfo<'a>,
    /// Position from which a closure of it may exist.
    pub creation: u32,
    captures: Vec<Capture>,
    /// Own name of a function expression.
    pub own_name: Option<Name>,
    /// `var arguments` in a separate body scope.
    body_arguments: u32,
    /// First pending eval of the body, if parameters have a scope of their own.
    body_evals: usize,
}

struct RefEntry<'a> {
    ident: Ident<'a>,
    function: u32,
    /// Position at which (at the earliest) it is evaluated, as seen from the current function.
    pos: u32,
    /// Head of a list in `dynamics`, outermost first.
    dynamic: u32,
    implicit: bool,
}

struct DynNode {
    object: DynamicObject,
    next: u32,
}

struct Eval<'a> {
    function: u32,
    scope: u32,
    strict: bool,
    context: EvalContext,
    slots: Vec<VarLoc>,
    scopes: Vec<EvalScope<'a>>,
    /// The nearest non-arrow function has been left.
    has_this: bool,
}

struct AnnexB<'a> {
    decl: &'a FunctionDecl<'a>,
    scope: u32,
}

/// A point to which an arrow function's scope may reach back.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    refs: usize,
    evals: usize,
    scopes: usize,
    functions: usize,
    binds: usize,
}

/// How the program's own declarations are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgramKind {
    Script,
    Module,
    /// Variables go to an enclosing scope, lexical declarations are local.
    SloppyEval,
    /// Everything is local.
    StrictEval,
}

pub(crate) struct Resolver<'a> {
    arena: &'a Bump,
    pub opens: Vec<Open>,
    pub binds: Vec<Bind>,
    scopes: Vec<Scope<'a>>,
    pub funs: Vec<Fun<'a>>,
    /// By name: innermost open binding.
    tops: Vec<u32>,
    refs: Vec<RefEntry<'a>>,
    dynamics: Vec<DynNode>,
    evals: Vec<Eval<'a>>,
    annex: Vec<AnnexB<'a>>,
    funcs: Vec<&'a FunctionDecl<'a>>,
    capture_index: HashMap<u64, u32, BuildSeeded>,
    scratch: Vec<BindingId>,
    pub program: ProgramKind,
    /// Direct eval: what lies outside. First binding id of the flattened chain and its scopes.
    chain: Vec<(ScopeKind, bool, u32, u32)>,
    external: u32,
    slots: u32,
    /// Direct eval: the chain's bindings by name, first wins.
    chain_names: HashMap<u32, u32, BuildSeeded>,
    chain_strict: bool,
    pub globals: GlobalDeclarations<'a>,
    annex_names: Vec<Name>,
    /// Bytes in the small vectors.
    pub small_memory: usize,
}

/// A fast hasher for integer keys that a script does not choose freely.
#[derive(Clone, Copy, Default)]
pub(crate) struct BuildSeeded;
pub(crate) struct IntHasher(u64);
impl std::hash::BuildHasher for BuildSeeded {
    type Hasher = IntHasher;
    fn build_hasher(&self) -> IntHasher {
        IntHasher(0)
    }
}
impl std::hash::Hasher for IntHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u64(u64::from(b));
        }
    }
    fn write_u32(&mut self, v: u32) {
        self.write_u64(u64::from(v));
    }
    fn write_u64(&mut self, v: u64) {
        self.0 = (self.0.rotate_left(5) ^ v).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

fn key(function: u32, binding: u32) -> u64 {
    u64::from(function) << 32 | u64::from(binding)
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(arena: &'a Bump, program: ProgramKind) -> Resolver<'a> {
        Resolver {
            arena,
            opens: Vec::new(),
            binds: Vec::new(),
            scopes: Vec::new(),
            funs: Vec::new(),
            tops: Vec::new(),
            refs: Vec::new(),
            dynamics: Vec::new(),
            evals: Vec::new(),
            annex: Vec::new(),
            funcs: Vec::new(),
            capture_index: HashMap::default(),
            scratch: Vec::new(),
            program,
            chain: Vec::new(),
            external: 0,
            slots: 0,
            chain_names: HashMap::default(),
            chain_strict: false,
            globals: GlobalDeclarations::default(),
            annex_names: Vec::new(),
            small_memory: 0,
        }
    }

    /// Bytes of work tables, roughly.
    pub(crate) fn memory(&self) -> usize {
        use std::mem::size_of;
        self.binds.capacity() * size_of::<Bind>()
            + self.scopes.capacity() * size_of::<Scope>()
            + self.funs.capacity() * size_of::<Fun>()
            + self.tops.capacity() * 4
            + self.refs.capacity() * size_of::<RefEntry>()
            + self.dynamics.capacity() * size_of::<DynNode>()
            + self.evals.capacity() * size_of::<Eval>()
            + self.capture_index.capacity() * 16
            + self.small_memory
    }

    /// Installs the names a direct eval sees. The program function must exist.
    pub(crate) fn set_chain(&mut self, chain: &ScopeChain, lexer: &mut Lexer<'a>) -> R<()> {
        self.chain_strict = chain.strict;
        self.external = self.binds.len() as u32;
        self.slots = chain.slots;
        for slot in 0..chain.slots {
            let source = CaptureSource::External(slot);
            push(&mut self.funs[0].captures, Capture { source, binding: BindingId(NONE) })?;
        }
        for scope in &chain.scopes {
            let first = self.binds.len() as u32;
            for b in &scope.bindings {
                let name = lexer.intern_js(b.name.as_js_str())?;
                let id = self.binds.len() as u32;
                self.chain_names.try_reserve(1).map_err(|_| out_of_memory())?;
                self.chain_names.entry(name.0).or_insert(id);
                let mut bind = self.new_bind(name, b.kind, FunctionId::EXTERNAL.0, 0, 0);
                bind.b.index = b.slot;
                bind.b.captured = true;
                push(&mut self.binds, bind)?;
                self.capture_index.try_reserve(1).map_err(|_| out_of_memory())?;
                self.capture_index.insert(key(0, id), b.slot);
                if let Some(c) = self.funs[0].captures.get_mut(b.slot as usize) {
                    c.binding = BindingId(id);
                }
            }
            push(&mut self.chain, (scope.kind, scope.is_var_scope, first, self.binds.len() as u32))?;
        }
        Ok(())
    }

    fn new_bind(&self, name: Name, kind: BindingKind, function: u32, scope: u32, pos: u32) -> Bind {
        Bind {
            b: Binding {
                name,
                kind,
                function: FunctionId(function),
                scope: ScopeId(scope),
                index: 0,
                captured: false,
                needs_tdz: false,
                reassigned: false,
                param_index: NONE,
                init_from: None,
                global: false,
            },
            prev: NONE,
            next: NONE,
            init_pos: 0,
            valid_until: NONE,
            last_var: 0,
            decl_pos: pos,
        }
    }

    // ----- Functions and scopes -------------------------------------------------------------

    pub(crate) fn current(&mut self) -> &mut Open {
        let i = self.opens.len() - 1;
        &mut self.opens[i]
    }

    pub(crate) fn current_function(&self) -> u32 {
        self.opens.last().map_or(0, |o| o.function)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            refs: self.refs.len(),
            evals: self.evals.len(),
            scopes: self.scopes.len(),
            functions: self.funs.len(),
            binds: self.binds.len(),
        }
    }

    /// A new function inside the current one; its scopes are opened separately.
    pub(crate) fn new_function(&mut self, kind: FunctionKind, start: u32) -> R<u32> {
        let id = self.funs.len() as u32;
        let parent = self.opens.last().map(|o| FunctionId(o.function));
        let info = FunctionInfo {
            parent,
            node: None,
            kind,
            is_async: false,
            is_generator: false,
            strict: false,
            span: Span::new(start, start),
            length: 0,
            simple_params: true,
            has_param_expressions: false,
            has_direct_eval: false,
            uses_super_property: false,
            uses_this: false,
            uses_arguments: false,
            mapped_arguments: false,
            has_await: false,
            bindings: &[],
            captures: &[],
            param_scope: ScopeId(0),
            body_scope: ScopeId(0),
            this: None,
            new_target: None,
            home_object: None,
            callee: None,
            arguments: None,
            function_name: None,
            eval_vars: None,
            param_eval_vars: None,
        };
        push(
            &mut self.funs,
            Fun {
                info,
                creation: start,
                captures: Vec::new(),
                own_name: None,
                body_arguments: NONE,
                body_evals: usize::MAX,
            },
        )?;
        Ok(id)
    }

    /// Reserves a scope's place in the table.
    pub(crate) fn new_scope(&mut self, kind: ScopeKind, function: u32) -> R<u32> {
        let id = self.scopes.len() as u32;
        let parent = self.opens.last().map(|o| ScopeId(o.id));
        push(
            &mut self.scopes,
            Scope {
                kind,
                parent,
                function: FunctionId(function),
                bindings: &[],
                functions: &[],
                has_captured: false,
                has_using: false,
                has_await_using: false,
            },
        )?;
        Ok(id)
    }

    pub(crate) fn open_scope(&mut self, kind: ScopeKind, function: u32, start: u32) -> R<ScopeId> {
        let id = self.new_scope(kind, function)?;
        let parent = self.opens.last().map_or(NONE, |o| o.id);
        let var_scope =
            matches!(kind, ScopeKind::Function | ScopeKind::FunctionBody | ScopeKind::StaticBlock);
        push(
            &mut self.opens,
            Open {
                id,
                kind,
                function,
                parent,
                start,
                first: NONE,
                last: NONE,
                refs: self.refs.len(),
                evals: self.evals.len(),
                annex: self.annex.len(),
                funcs: self.funcs.len(),
                var_scope,
                has_using: false,
                has_await_using: false,
            },
        )?;
        Ok(ScopeId(id))
    }

    /// A scope of the current function.
    pub(crate) fn open_block(&mut self, kind: ScopeKind, start: u32) -> R<ScopeId> {
        let function = self.current_function();
        self.open_scope(kind, function, start)
    }

    /// Opens the parameter scope of function `f`, a child of the current one.
    pub(crate) fn open_function(&mut self, f: u32, start: u32) -> R<ScopeId> {
        let id = self.open_scope(ScopeKind::Function, f, start)?;
        self.funs[f as usize].info.param_scope = id;
        self.funs[f as usize].info.body_scope = id;
        Ok(id)
    }

    /// Opens the scope of an arrow function whose parameters were parsed since `mark`.
    pub(crate) fn open_arrow(&mut self, mark: Mark, start: u32) -> R<u32> {
        let outer = self.current_function();
        let outer_scope = self.opens.last().map_or(0, |o| o.id);
        let f = self.new_function(FunctionKind::Arrow, start)?;
        let scope = self.open_function(f, start)?;
        let id = scope.0;
        let open = self.current();
        open.refs = mark.refs;
        open.evals = mark.evals;
        for r in &mut self.refs[mark.refs..] {
            if r.function == outer {
                r.function = f;
            }
        }
        for e in &mut self.evals[mark.evals..] {
            if e.function == outer {
                e.function = f;
            }
            if e.scope == outer_scope {
                e.scope = id;
            }
        }
        for fun in &mut self.funs[mark.functions..f as usize] {
            if fun.info.parent == Some(FunctionId(outer)) {
                fun.info.parent = Some(FunctionId(f));
            }
        }
        for s in &mut self.scopes[mark.scopes..id as usize] {
            if s.parent == Some(ScopeId(outer_scope)) {
                s.parent = Some(scope);
            }
            if s.function == FunctionId(outer) {
                s.function = FunctionId(f);
            }
        }
        for b in &mut self.binds[mark.binds..] {
            if b.b.function == FunctionId(outer) {
                b.b.function = FunctionId(f);
            }
        }
        Ok(f)
    }

    /// The body's own scope, for a function with parameter expressions.
    pub(crate) fn open_body(&mut self, f: u32, start: u32) -> R<()> {
        let id = self.open_scope(ScopeKind::FunctionBody, f, start)?;
        let evals = self.evals.len();
        let i = self.opens.len() - 2;
        self.opens[i].var_scope = false;
        let fun = &mut self.funs[f as usize];
        fun.info.body_scope = id;
        fun.body_evals = evals;
        Ok(())
    }

    fn top(&self, name: Name) -> u32 {
        self.tops.get(name.0 as usize).copied().unwrap_or(NONE)
    }

    fn set_top(&mut self, name: Name, b: u32) -> R<()> {
        let i = name.0 as usize;
        if i >= self.tops.len() {
            let want = (i + 1).max(self.tops.len() * 2);
            self.tops.try_reserve(want - self.tops.len()).map_err(|_| out_of_memory())?;
            self.tops.resize(want, NONE);
        }
        self.tops[i] = b;
        Ok(())
    }

    /// Adds a binding to open scope number `o`, beneath `before` (a binding of the same name in a
    /// scope further in) in the chain of its name.
    fn insert(&mut self, o: usize, name: Name, kind: BindingKind, before: u32, pos: u32) -> R<u32> {
        let id = self.binds.len() as u32;
        let (scope, function) = (self.opens[o].id, self.opens[o].function);
        let mut bind = self.new_bind(name, kind, function, scope, pos);
        bind.prev = if before == NONE { self.top(name) } else { self.binds[before as usize].prev };
        if kind.is_lexical() {
            bind.init_pos = NONE;
        }
        if o == 0 {
            bind.b.global = match self.program {
                ProgramKind::Script => !matches!(kind, BindingKind::This),
                ProgramKind::SloppyEval => matches!(kind, BindingKind::Var | BindingKind::Function),
                _ => false,
            };
        }
        push(&mut self.binds, bind)?;
        if before == NONE {
            self.set_top(name, id)?;
        } else {
            self.binds[before as usize].prev = id;
        }
        let open = &mut self.opens[o];
        if open.first == NONE {
            open.first = id;
        } else {
            let last = open.last as usize;
            self.binds[last].next = id;
        }
        self.opens[o].last = id;
        Ok(id)
    }

    // ----- Declarations ---------------------------------------------------------------------

    fn redeclared<T>(&self, pos: u32, what: &str) -> R<T> {
        syntax(pos, format!("invalid redefinition of {what}"))
    }

    /// Declares a name in the current scope: everything but `var` and functions at function level.
    /// `plain_function`: a sloppy ordinary function in a block, which may be repeated.
    pub(crate) fn declare(
        &mut self,
        name: Name,
        kind: BindingKind,
        pos: u32,
        plain_function: bool,
    ) -> R<u32> {
        let o = self.opens.len() - 1;
        let (id, start, var_scope) = (self.opens[o].id, self.opens[o].start, self.opens[o].var_scope);
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == id {
            let old = self.binds[b as usize].b.kind;
            if plain_function && old == BindingKind::Function && !var_scope {
                if self.binds[b as usize].b.param_index == 0 {
                    return Ok(b);
                }
                return self.redeclared(pos, "lexical identifier");
            }
            let what = match old {
                BindingKind::Param => "parameter name",
                BindingKind::Var | BindingKind::Function => "a variable",
                _ => "lexical identifier",
            };
            return self.redeclared(pos, what);
        }
        if o > 0
            && matches!(self.opens[o].kind, ScopeKind::Block)
            && self.opens[o - 1].kind == ScopeKind::Catch
        {
            let catch = self.opens[o - 1].id;
            if b != NONE && self.binds[b as usize].b.scope.0 == catch {
                return self.redeclared(pos, "catch parameter");
            }
        }
        if self.opens[o].kind == ScopeKind::FunctionBody {
            let outer = self.opens[o - 1].id;
            if b != NONE && self.binds[b as usize].b.scope.0 == outer {
                return self.redeclared(pos, "parameter name");
            }
        }
        if !var_scope && !matches!(kind, BindingKind::CatchParam) {
            // A `var` of this name hoisted out of this scope?
            let v = self.var_scope();
            let vid = self.opens[v].id;
            let mut c = b;
            while c != NONE && self.binds[c as usize].b.scope.0 > vid {
                c = self.binds[c as usize].prev;
            }
            if c != NONE && self.binds[c as usize].b.scope.0 == vid && self.binds[c as usize].last_var > start
            {
                return self.redeclared(pos, "a variable");
            }
        }
        let new = self.insert(o, name, kind, NONE, pos)?;
        if plain_function {
            // Marks a repeatable function.
            self.binds[new as usize].b.param_index = 0;
        }
        Ok(new)
    }

    /// Index of the nearest var scope.
    fn var_scope(&self) -> usize {
        self.opens.iter().rposition(|o| o.var_scope).unwrap_or(0)
    }

    pub(crate) fn at_var_scope(&self) -> bool {
        self.opens.last().is_some_and(|o| o.var_scope)
    }

    /// Declares a `var`. It may repeat a simple catch parameter (B.3.4).
    pub(crate) fn declare_var(&mut self, name: Name, pos: u32) -> R<u32> {
        let v = self.var_scope();
        let vid = self.opens[v].id;
        let (mut b, mut before) = (self.top(name), NONE);
        while b != NONE && self.binds[b as usize].b.scope.0 > vid {
            if self.binds[b as usize].b.kind != BindingKind::CatchParam {
                return self.redeclared(pos, "lexical identifier");
            }
            before = b;
            b = self.binds[b as usize].prev;
        }
        if b != NONE && self.binds[b as usize].b.scope.0 == vid {
            let kind = self.binds[b as usize].b.kind;
            if kind.is_lexical()
                || (kind == BindingKind::Function && v == 0 && self.program == ProgramKind::Module)
            {
                return self.redeclared(pos, "lexical identifier");
            }
            self.binds[b as usize].last_var = pos + 1;
            return Ok(b);
        }
        let id = self.insert(v, name, BindingKind::Var, before, pos)?;
        self.binds[id as usize].last_var = pos + 1;
        self.link_to_param(v, id, b);
        Ok(id)
    }

    /// A variable of a separate body scope starts with the value of the parameter of its name.
    fn link_to_param(&mut self, v: usize, id: u32, outer: u32) {
        if self.opens[v].kind != ScopeKind::FunctionBody {
            return;
        }
        let params = self.opens[v - 1].id;
        if outer != NONE && self.binds[outer as usize].b.scope.0 == params {
            self.binds[id as usize].b.init_from = Some(BindingId(outer));
        } else if self.binds[id as usize].b.name == known::Arguments {
            let f = self.opens[v].function as usize;
            self.funs[f].body_arguments = id;
        }
    }

    /// Declares a function at the top level of a function, script or module.
    pub(crate) fn declare_top_function(&mut self, name: Name, pos: u32) -> R<u32> {
        let v = self.opens.len() - 1;
        let vid = self.opens[v].id;
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == vid {
            let kind = self.binds[b as usize].b.kind;
            if kind.is_lexical() || (v == 0 && self.program == ProgramKind::Module) {
                return self.redeclared(pos, "lexical identifier");
            }
            if kind == BindingKind::Var {
                self.binds[b as usize].b.kind = BindingKind::Function;
                self.binds[b as usize].b.init_from = None;
            }
            return Ok(b);
        }
        self.insert(v, name, BindingKind::Function, NONE, pos)
    }

    /// Declares a parameter; true if it was declared before.
    pub(crate) fn declare_param(&mut self, name: Name, pos: u32) -> R<(u32, bool)> {
        let o = self.opens.len() - 1;
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == self.opens[o].id {
            return Ok((b, true));
        }
        let id = self.insert(o, name, BindingKind::Param, NONE, pos)?;
        self.binds[id as usize].init_pos = NONE;
        Ok((id, false))
    }

    /// The binding is initialised at `pos`.
    pub(crate) fn initialized(&mut self, binding: u32, pos: u32) {
        if let Some(b) = self.binds.get_mut(binding as usize)
            && b.init_pos == NONE
        {
            b.init_pos = pos;
        }
    }

    /// A function's parameters are initialised on entry: it has no parameter expressions.
    pub(crate) fn params_initialized(&mut self) {
        let mut b = self.opens.last().map_or(NONE, |o| o.first);
        while b != NONE {
            self.binds[b as usize].init_pos = 0;
            b = self.binds[b as usize].next;
        }
    }

    /// A class's hidden variable, in the current scope, seen from its init function `f`.
    pub(crate) fn synthetic(&mut self, f: u32, span: Span) -> R<Ident<'a>> {
        let o = self.opens.len() - 1;
        let b = self.insert(o, known::Synthetic, BindingKind::Synthetic, NONE, span.start)?;
        let to = match self.locate(b, f)? {
            VarLoc::Local(binding) => VarRef::Local { binding, check: false },
            VarLoc::Capture(index) => VarRef::Capture { index, binding: BindingId(b), check: false },
        };
        self.ident(known::Synthetic, span, Resolution::Static(to))
    }

    /// Declares `#name` in the current class body; a getter and a setter may share it.
    pub(crate) fn declare_private(&mut self, name: Name, kind: PrivateKind, pos: u32) -> R<u32> {
        use PrivateKind::*;
        let o = self.opens.len() - 1;
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == self.opens[o].id {
            let both = match (self.binds[b as usize].b.kind, kind) {
                (BindingKind::PrivateName(Getter), Setter) | (BindingKind::PrivateName(Setter), Getter) => {
                    Accessor
                }
                (BindingKind::PrivateName(StaticGetter), StaticSetter)
                | (BindingKind::PrivateName(StaticSetter), StaticGetter) => StaticAccessor,
                _ => return syntax(pos, "private class field is already defined"),
            };
            self.binds[b as usize].b.kind = BindingKind::PrivateName(both);
            return Ok(b);
        }
        self.insert(o, name, BindingKind::PrivateName(kind), NONE, pos)
    }

    /// A module exports the program-level binding of `name`: its id, now a cell; `None` if undeclared.
    pub(crate) fn export(&mut self, name: Name) -> Option<BindingId> {
        let b = self.top(name);
        let bind = self.binds.get_mut(b as usize)?;
        bind.b.captured = true;
        if bind.b.kind.is_lexical() {
            bind.b.needs_tdz = true;
        }
        Some(BindingId(b))
    }

    /// The last binding of the current scope so far, for `end_case`.
    pub(crate) fn last_binding(&self) -> u32 {
        self.opens.last().map_or(NONE, |o| o.last)
    }

    /// A switch clause ends at `pos`: what it declared (after `last`) is not initialised in others.
    pub(crate) fn end_case(&mut self, last: u32, pos: u32) {
        let mut b = if last == NONE {
            self.opens.last().map_or(NONE, |o| o.first)
        } else {
            self.binds[last as usize].next
        };
        while b != NONE {
            self.binds[b as usize].valid_until = pos;
            b = self.binds[b as usize].next;
        }
    }

    /// Notes a function declaration of the current scope.
    pub(crate) fn hoist_function(&mut self, decl: &'a FunctionDecl<'a>) -> R<()> {
        push(&mut self.funcs, decl)
    }

    /// Notes a block-level function for Annex B.3.2.
    pub(crate) fn annex_b_candidate(&mut self, decl: &'a FunctionDecl<'a>) -> R<()> {
        let scope = self.opens.last().map_or(0, |o| o.id);
        push(&mut self.annex, AnnexB { decl, scope })
    }

    /// Position from which a function declared in the current scope may be called.
    pub(crate) fn scope_start(&self) -> u32 {
        self.opens.last().map_or(0, |o| o.start)
    }

    // ----- References -----------------------------------------------------------------------

    /// A new occurrence, to be resolved when scopes close.
    pub(crate) fn reference(&mut self, name: Name, span: Span, implicit: bool) -> R<Ident<'a>> {
        let ident = self.ident(name, span, Resolution::Unresolved)?;
        self.refer(ident, implicit)?;
        Ok(ident)
    }

    pub(crate) fn refer(&mut self, ident: Ident<'a>, implicit: bool) -> R<()> {
        let function = self.current_function();
        push(&mut self.refs, RefEntry { ident, function, pos: ident.span.start, dynamic: NONE, implicit })
    }

    /// An occurrence whose meaning is known.
    pub(crate) fn ident(&mut self, name: Name, span: Span, resolution: Resolution<'a>) -> R<Ident<'a>> {
        let ident = IdentRef { span, name, resolution: Cell::new(resolution), flags: Cell::new(0) };
        Ok(self.arena.try_alloc(ident).map_err(|_| out_of_memory())?)
    }

    /// Resolves a declaring occurrence to its binding, in the same function.
    pub(crate) fn bind_ident(&mut self, ident: Ident<'a>, binding: u32) {
        let global = self.binds[binding as usize].b.global;
        let to = match global {
            true => VarRef::Global,
            false => VarRef::Local { binding: BindingId(binding), check: false },
        };
        ident.resolution.set(Resolution::Static(to));
    }

    /// A direct eval call in the current scope.
    pub(crate) fn direct_eval(&mut self, strict: bool, context: EvalContext) -> R<EvalSiteId> {
        let function = self.current_function();
        let scope = self.opens.last().map_or(0, |o| o.id);
        let id = self.evals.len() as u32;
        self.funs[function as usize].info.has_direct_eval = true;
        push(
            &mut self.evals,
            Eval { function, scope, strict, context, slots: Vec::new(), scopes: Vec::new(), has_this: false },
        )?;
        Ok(EvalSiteId(id))
    }

    /// Where `binding` is seen from `function`, capturing it along the way if need be.
    fn locate(&mut self, binding: u32, function: u32) -> R<VarLoc> {
        let owner = self.binds[binding as usize].b.function.0;
        if owner == function {
            return Ok(VarLoc::Local(BindingId(binding)));
        }
        self.binds[binding as usize].b.captured = true;
        if let Some(&i) = self.capture_index.get(&key(function, binding)) {
            return Ok(VarLoc::Capture(i));
        }
        // Find the nearest enclosing function that has it, then capture inward.
        let mut path = Vec::new();
        let mut f = function;
        let mut source = loop {
            push(&mut path, f)?;
            let parent = match self.funs[f as usize].info.parent {
                Some(p) => p.0,
                None => break CaptureSource::External(self.binds[binding as usize].b.index),
            };
            if parent == owner {
                break CaptureSource::ParentLocal(BindingId(binding));
            }
            if let Some(&i) = self.capture_index.get(&key(parent, binding)) {
                break CaptureSource::ParentCapture(i);
            }
            f = parent;
        };
        let mut index = 0;
        while let Some(f) = path.pop() {
            let captures = &mut self.funs[f as usize].captures;
            index = captures.len() as u32;
            let before = captures.capacity();
            push(captures, Capture { source, binding: BindingId(binding) })?;
            self.small_memory += (captures.capacity() - before) * size_of::<Capture>();
            self.capture_index.try_reserve(1).map_err(|_| out_of_memory())?;
            self.capture_index.insert(key(f, binding), index);
            source = CaptureSource::ParentCapture(index);
        }
        Ok(VarLoc::Capture(index))
    }

    /// Resolves one reference to a binding.
    fn resolve_to(&mut self, r: &RefEntry<'a>, binding: u32) -> R<()> {
        let bind = &mut self.binds[binding as usize];
        if r.ident.is_written() {
            bind.b.reassigned = true;
        }
        let id = BindingId(binding);
        let external = bind.b.function == FunctionId::EXTERNAL;
        let check = match bind.b.kind {
            BindingKind::Import => true,
            BindingKind::This => {
                let f = bind.b.function.0;
                external || self.funs[f as usize].info.kind == FunctionKind::DerivedConstructor
            }
            k if k.is_lexical() || k == BindingKind::Param => {
                if external {
                    k != BindingKind::Param
                } else {
                    r.pos < bind.init_pos || r.pos >= bind.valid_until
                }
            }
            _ => false,
        };
        if check {
            self.binds[binding as usize].b.needs_tdz = true;
        }
        let to = match self.locate(binding, r.function)? {
            VarLoc::Local(_) => VarRef::Local { binding: id, check },
            VarLoc::Capture(index) => VarRef::Capture { index, binding: id, check },
        };
        self.set_resolution(r, to)
    }

    fn set_resolution(&mut self, r: &RefEntry<'a>, to: VarRef) -> R<()> {
        if r.dynamic == NONE {
            r.ident.resolution.set(Resolution::Static(to));
            return Ok(());
        }
        let mut objects = Vec::new();
        let mut d = r.dynamic;
        while let Some(node) = self.dynamics.get(d as usize) {
            push(&mut objects, node.object)?;
            d = node.next;
        }
        objects.reverse();
        let objects = self.arena.try_alloc_slice_copy(&objects).map_err(|_| out_of_memory())?;
        let dynamic =
            self.arena.try_alloc(DynamicRef { objects, fallback: to }).map_err(|_| out_of_memory())?;
        r.ident.resolution.set(Resolution::Dynamic(dynamic));
        Ok(())
    }

    /// The function's implicit binding called `name`, made on first use; `None` if it has none.
    fn implicit(&mut self, f: u32, name: Name) -> R<Option<u32>> {
        use FunctionKind::*;
        let info = &self.funs[f as usize].info;
        let kind = info.kind;
        if kind == Arrow || (f == 0 && self.slots_outside()) {
            return Ok(None);
        }
        let (slot, bkind) = match name {
            known::This => (info.this, BindingKind::This),
            _ if kind == Program => return Ok(None),
            known::NewTarget => (info.new_target, BindingKind::NewTarget),
            known::HomeObject => (info.home_object, BindingKind::HomeObject),
            known::Callee => (info.callee, BindingKind::Callee),
            known::Arguments if !matches!(kind, FieldInit | StaticInit) => {
                (info.arguments, BindingKind::Arguments)
            }
            _ => return Ok(None),
        };
        if let Some(b) = slot {
            return Ok(Some(b.0));
        }
        let scope = info.param_scope;
        let o = self.opens.iter().rposition(|o| o.id == scope.0);
        let id = match o {
            // Beneath any inner binding of the name: there is none open when the scope closes.
            Some(o) => self.insert(o, name, bkind, NONE, 0)?,
            None => {
                let id = self.binds.len() as u32;
                let bind = self.new_bind(name, bkind, f, scope.0, 0);
                push(&mut self.binds, bind)?;
                id
            }
        };
        let info = &mut self.funs[f as usize].info;
        let slot = match bkind {
            BindingKind::This => &mut info.this,
            BindingKind::NewTarget => &mut info.new_target,
            BindingKind::HomeObject => &mut info.home_object,
            BindingKind::Callee => &mut info.callee,
            _ => &mut info.arguments,
        };
        *slot = Some(BindingId(id));
        Ok(Some(id))
    }

    /// The program is a direct eval: `this` and the like come from the chain.
    fn slots_outside(&self) -> bool {
        !self.chain.is_empty()
    }

    /// Looks the references made since the current scope opened up in it. `implicits`: names such as
    /// `this` resolve to function `f`'s.
    fn resolve_here(&mut self, o: usize, implicits: Option<u32>) -> R<()> {
        let (id, first) = (self.opens[o].id, self.opens[o].refs);
        let mut kept = first;
        for i in first..self.refs.len() {
            let ident = self.refs[i].ident;
            if !matches!(ident.resolution.get(), Resolution::Unresolved) {
                continue;
            }
            let mut b = self.top(ident.name);
            if b != NONE && (self.binds[b as usize].b.scope.0 != id || self.binds[b as usize].b.global) {
                b = NONE;
            }
            if b == NONE
                && let Some(f) = implicits
                && (self.refs[i].implicit || ident.name == known::Arguments)
                && let Some(found) = self.implicit(f, ident.name)?
            {
                b = found;
            }
            if b != NONE {
                let r = self.copy_ref(i);
                self.resolve_to(&r, b)?;
            } else {
                self.refs.swap(kept, i);
                kept += 1;
            }
        }
        self.refs.truncate(kept);
        Ok(())
    }

    fn copy_ref(&self, i: usize) -> RefEntry<'a> {
        let r = &self.refs[i];
        RefEntry {
            ident: r.ident,
            function: r.function,
            pos: r.pos,
            dynamic: r.dynamic,
            implicit: r.implicit,
        }
    }

    /// References leaving the current scope must look into `binding`'s object first.
    fn add_dynamic(&mut self, o: usize, binding: u32, kind: DynamicObjectKind) -> R<()> {
        for i in self.opens[o].refs..self.refs.len() {
            if self.refs[i].implicit || !matches!(self.refs[i].ident.resolution.get(), Resolution::Unresolved)
            {
                continue;
            }
            let loc = self.locate(binding, self.refs[i].function)?;
            let next = self.refs[i].dynamic;
            self.refs[i].dynamic = self.dynamics.len() as u32;
            push(&mut self.dynamics, DynNode { object: DynamicObject { kind, loc }, next })?;
        }
        Ok(())
    }

    /// Shows the bindings `first…` (a list by `next`) to the direct evals made since `o` opened,
    /// those numbered in `range`.
    fn show_to_evals(
        &mut self,
        kind: ScopeKind,
        is_var_scope: bool,
        bindings: &[u32],
        range: std::ops::Range<usize>,
    ) -> R<()> {
        for i in range {
            let function = self.evals[i].function;
            let mut shown = Vec::new();
            for &b in bindings {
                let bind = &mut self.binds[b as usize].b;
                if bind.global || bind.kind == BindingKind::Synthetic {
                    continue;
                }
                bind.captured = true;
                if bind.kind.is_lexical() {
                    bind.needs_tdz = true;
                }
                if !matches!(bind.kind, BindingKind::Const) {
                    bind.reassigned = true;
                }
                let (name, kind) = (bind.name, bind.kind);
                let loc = self.locate(b, function)?;
                let slot = self.evals[i].slots.len() as u32;
                let before = self.evals[i].slots.capacity();
                push(&mut self.evals[i].slots, loc)?;
                self.small_memory += (self.evals[i].slots.capacity() - before) * size_of::<VarLoc>();
                push(&mut shown, EvalBinding { name, kind, slot })?;
            }
            let bindings = self.arena.try_alloc_slice_copy(&shown).map_err(|_| out_of_memory())?;
            push(&mut self.evals[i].scopes, EvalScope { kind, is_var_scope, bindings })?;
        }
        Ok(())
    }

    fn binding_list(&self, o: usize) -> R<Vec<u32>> {
        let mut list = Vec::new();
        let mut b = self.opens[o].first;
        while b != NONE {
            push(&mut list, b)?;
            b = self.binds[b as usize].next;
        }
        Ok(list)
    }

    /// Drops Annex B candidates that a lexical declaration of the closing scope forbids.
    fn filter_annex_b(&mut self, o: usize) {
        let id = self.opens[o].id;
        let mut kept = self.opens[o].annex;
        for i in kept..self.annex.len() {
            let candidate = &self.annex[i];
            let name = candidate.decl.binding.name;
            let b = self.top(name);
            let clash = candidate.scope != id
                && b != NONE
                && self.binds[b as usize].b.scope.0 == id
                && self.binds[b as usize].b.kind != BindingKind::CatchParam;
            if !clash {
                self.annex.swap(kept, i);
                kept += 1;
            }
        }
        self.annex.truncate(kept);
    }

    /// Makes variables of the Annex B candidates that reached the var scope `o`.
    fn settle_annex_b(&mut self, o: usize) -> R<()> {
        let first = self.opens[o].annex;
        let id = self.opens[o].id;
        for i in first..self.annex.len() {
            let decl = self.annex[i].decl;
            let name = decl.binding.name;
            let b = self.top(name);
            let mut target = NONE;
            if b != NONE && self.binds[b as usize].b.scope.0 == id {
                match self.binds[b as usize].b.kind {
                    BindingKind::Var | BindingKind::Function => target = b,
                    _ => continue,
                }
            } else if self.opens[o].kind == ScopeKind::FunctionBody
                && b != NONE
                && self.binds[b as usize].b.scope.0 == self.opens[o - 1].id
            {
                continue;
            }
            if o == 0 && self.program == ProgramKind::SloppyEval && self.chain_conflict(name) {
                continue;
            }
            if target == NONE {
                target = self.insert(o, name, BindingKind::Var, NONE, decl.binding.span.start)?;
                self.link_to_param(o, target, b);
                if self.binds[target as usize].b.global {
                    // Declared by the Annex B steps, not among the plain variables.
                    self.binds[target as usize].b.param_index = 1;
                    push(&mut self.annex_names, name)?;
                }
            }
            let ident = self.ident(name, decl.binding.span, Resolution::Unresolved)?;
            ident.set_flag(IdentRef::WRITTEN);
            self.binds[target as usize].b.reassigned = true;
            if self.binds[target as usize].b.global {
                let function = self.opens[o].function;
                let pos = ident.span.start;
                push(&mut self.refs, RefEntry { ident, function, pos, dynamic: NONE, implicit: false })?;
            } else {
                self.bind_ident(ident, target);
            }
            decl.annex_b.set(Some(ident));
        }
        self.annex.truncate(first);
        Ok(())
    }

    /// A sloppy direct eval may not declare `name` as `var`: an enclosing declaration is in the way.
    fn chain_conflict(&self, name: Name) -> bool {
        for &(_, is_var, first, end) in &self.chain {
            for b in &self.binds[first as usize..end as usize] {
                if b.b.name == name {
                    let clash = match is_var {
                        true => b.b.kind.is_lexical(),
                        false => !matches!(b.b.kind, BindingKind::CatchParam | BindingKind::FunctionName),
                    };
                    if clash {
                        return true;
                    }
                }
            }
            if is_var {
                break;
            }
        }
        false
    }

    /// Takes the scope's names out of the way and fixes its entry in the table.
    fn finish_scope(&mut self) -> R<Open> {
        let o = self.opens.len() - 1;
        let (mut b, id) = (self.opens[o].first, self.opens[o].id as usize);
        self.scratch.clear();
        let mut has_captured = false;
        while b != NONE {
            let bind = &self.binds[b as usize];
            if !bind.b.global {
                has_captured |= bind.b.captured;
                push(&mut self.scratch, BindingId(b))?;
            }
            let (name, prev, next) = (bind.b.name, bind.prev, bind.next);
            if let Some(t) = self.tops.get_mut(name.0 as usize) {
                *t = prev;
            }
            b = next;
        }
        let bindings = match self.scratch.is_empty() {
            true => &[][..],
            false => self.arena.try_alloc_slice_copy(&self.scratch).map_err(|_| out_of_memory())?,
        };
        let from = self.opens[o].funcs;
        let functions = match from == self.funcs.len() {
            true => &[][..],
            false => self.arena.try_alloc_slice_copy(&self.funcs[from..]).map_err(|_| out_of_memory())?,
        };
        self.funcs.truncate(from);
        let open = &self.opens[o];
        let scope = &mut self.scopes[id];
        scope.bindings = bindings;
        scope.functions = functions;
        scope.has_captured = has_captured;
        scope.has_using = open.has_using;
        scope.has_await_using = open.has_await_using;
        debug_assert_eq!(scope.parent.map_or(NONE, |p| p.0), open.parent);
        match self.opens.pop() {
            Some(open) => Ok(open),
            None => Err(out_of_memory()),
        }
    }

    /// Closes a block-like scope.
    pub(crate) fn close_block(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let open = &self.opens[o];
        if open.first == NONE && open.kind != ScopeKind::With {
            self.finish_scope()?;
            return Ok(());
        }
        self.filter_annex_b(o);
        if self.opens[o].kind == ScopeKind::With {
            let evals = self.opens[o].evals..self.evals.len();
            if self.refs.len() > self.opens[o].refs || !evals.is_empty() {
                let b = self.insert(o, known::WithObject, BindingKind::WithObject, NONE, 0)?;
                self.add_dynamic(o, b, DynamicObjectKind::With)?;
            }
        } else {
            self.resolve_here(o, None)?;
        }
        let evals = self.opens[o].evals..self.evals.len();
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(self.opens[o].kind, false, &list, evals)?;
        }
        self.finish_scope()?;
        Ok(())
    }

    /// Closes the scope of a field initialiser or static block of the init function `f`.
    pub(crate) fn close_segment(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        let evals = self.opens[o].evals..self.evals.len();
        if self.opens[o].var_scope {
            self.settle_annex_b(o)?;
        }
        let mut implicits = Vec::new();
        if self.evals[evals.clone()].iter().any(|e| !e.has_this) {
            for name in [known::This, known::NewTarget, known::HomeObject] {
                if let Some(b) = self.implicit(f, name)? {
                    push(&mut implicits, b)?;
                }
            }
        }
        self.resolve_here(o, Some(f))?;
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(self.opens[o].kind, self.opens[o].var_scope, &list, evals.clone())?;
            for i in evals {
                if !self.evals[i].has_this {
                    self.evals[i].has_this = true;
                    self.show_to_evals(ScopeKind::Function, false, &implicits, i..i + 1)?;
                }
            }
        }
        let open = self.finish_scope()?;
        self.leave_function(open.refs, f);
        Ok(())
    }

    /// Ends an init function made by `new_function` whose code were segments.
    pub(crate) fn finish_init_function(&mut self, f: u32) -> R<()> {
        let info = &self.funs[f as usize].info;
        let list: Vec<BindingId> =
            [info.this, info.new_target, info.home_object].into_iter().flatten().collect();
        let scope = info.param_scope.0 as usize;
        self.scopes[scope].has_captured = list.iter().any(|b| self.binds[b.0 as usize].b.captured);
        self.scopes[scope].bindings = self.arena.try_alloc_slice_copy(&list).map_err(|_| out_of_memory())?;
        Ok(())
    }

    /// References made since `refs` now stand for the function's creation.
    fn leave_function(&mut self, refs: usize, f: u32) {
        let creation = self.funs[f as usize].creation;
        for r in &mut self.refs[refs..] {
            r.pos = creation;
        }
    }

    fn has_sloppy_eval(&self, range: std::ops::Range<usize>, f: u32) -> bool {
        self.evals.get(range).unwrap_or(&[]).iter().any(|e| e.function == f && !e.strict)
    }

    /// Closes the separate body scope.
    pub(crate) fn close_body(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        self.settle_annex_b(o)?;
        self.resolve_here(o, None)?;
        let evals = self.opens[o].evals..self.evals.len();
        if self.has_sloppy_eval(evals.clone(), f) {
            let b = self.insert(o, known::EvalVars, BindingKind::EvalVars, NONE, 0)?;
            self.funs[f as usize].info.eval_vars = Some(BindingId(b));
            self.add_dynamic(o, b, DynamicObjectKind::EvalVars)?;
        }
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(ScopeKind::FunctionBody, true, &list, evals)?;
        }
        self.finish_scope()?;
        Ok(())
    }

    /// Closes the parameter (and perhaps only) scope of a function, and so the function.
    pub(crate) fn close_function(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        let kind = self.funs[f as usize].info.kind;
        let separate = !self.opens[o].var_scope;
        let arrow = kind == FunctionKind::Arrow;
        if !separate {
            self.settle_annex_b(o)?;
        }
        let evals = self.opens[o].evals..self.evals.len();
        if !arrow {
            self.settle_arguments(o, f, separate)?;
            if self.evals[evals.clone()].iter().any(|e| !e.has_this) {
                self.implicits_for_eval(f, kind)?;
            }
        }
        self.resolve_here(o, if arrow { None } else { Some(f) })?;
        let list_end = self.opens[o].last;
        let body_evals = self.funs[f as usize].body_evals.min(self.evals.len());
        let own = if separate { evals.start..body_evals } else { evals.clone() };
        let mut eval_vars = None;
        if self.has_sloppy_eval(own.clone(), f) {
            let b = self.insert(o, known::EvalVars, BindingKind::EvalVars, NONE, 0)?;
            let info = &mut self.funs[f as usize].info;
            if separate {
                info.param_eval_vars = Some(BindingId(b));
            } else {
                info.eval_vars = Some(BindingId(b));
            }
            eval_vars = Some(b);
            self.add_dynamic(o, b, DynamicObjectKind::EvalVars)?;
        }
        let own_name = self.function_name(o, f, !evals.is_empty())?;
        if !evals.is_empty() {
            let mut list = self.binding_list(o)?;
            let keep = list.iter().position(|&b| b == list_end).map_or(0, |p| p + 1);
            list.truncate(if list_end == NONE { 0 } else { keep });
            if !separate {
                list.extend(eval_vars);
                self.show_to_evals(ScopeKind::Function, true, &list, evals.clone())?;
            } else {
                self.show_to_evals(ScopeKind::Function, false, &list, evals.clone())?;
                if let Some(b) = eval_vars {
                    self.show_to_evals(ScopeKind::Function, true, &[b], evals.clone())?;
                }
            }
            if let Some(b) = own_name {
                self.show_to_evals(ScopeKind::Function, true, &[b], evals.clone())?;
            }
            if !arrow {
                for e in &mut self.evals[evals] {
                    e.has_this = true;
                }
            }
        }
        let open = self.finish_scope()?;
        self.leave_function(open.refs, f);
        let info = &mut self.funs[f as usize].info;
        info.uses_this = info.this.is_some();
        info.uses_arguments = info.arguments.is_some();
        info.uses_super_property = info.home_object.is_some();
        info.mapped_arguments = !info.strict && info.simple_params && !arrow;
        Ok(())
    }

    /// `var arguments` is the arguments object, or starts with it.
    fn settle_arguments(&mut self, o: usize, f: u32, separate: bool) -> R<()> {
        if separate {
            let body = self.funs[f as usize].body_arguments;
            if body != NONE && self.binds[body as usize].b.kind == BindingKind::Var {
                let from = self.implicit(f, known::Arguments)?;
                self.binds[body as usize].b.init_from = from.map(BindingId);
            }
            return Ok(());
        }
        let b = self.top(known::Arguments);
        if b != NONE
            && self.binds[b as usize].b.scope.0 == self.opens[o].id
            && self.binds[b as usize].b.kind == BindingKind::Var
        {
            self.binds[b as usize].b.kind = BindingKind::Arguments;
            self.funs[f as usize].info.arguments = Some(BindingId(b));
        }
        Ok(())
    }

    fn implicits_for_eval(&mut self, f: u32, kind: FunctionKind) -> R<()> {
        use FunctionKind::*;
        self.implicit(f, known::This)?;
        if kind == Program {
            return Ok(());
        }
        self.implicit(f, known::NewTarget)?;
        if matches!(kind, Method | Getter | Setter | Constructor | DerivedConstructor) {
            self.implicit(f, known::HomeObject)?;
        }
        if kind == DerivedConstructor {
            self.implicit(f, known::Callee)?;
        }
        let b = self.top(known::Arguments);
        let scope = self.funs[f as usize].info.param_scope;
        if b == NONE || self.binds[b as usize].b.scope != scope {
            self.implicit(f, known::Arguments)?;
        }
        Ok(())
    }

    /// Resolves what is left to a function expression's own name.
    fn function_name(&mut self, o: usize, f: u32, evals: bool) -> R<Option<u32>> {
        let Some(name) = self.funs[f as usize].own_name else { return Ok(None) };
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == self.opens[o].id {
            return Ok(None);
        }
        let first = self.opens[o].refs;
        if !evals && !self.refs[first..].iter().any(|r| r.ident.name == name) {
            return Ok(None);
        }
        let b = self.insert(o, name, BindingKind::FunctionName, NONE, 0)?;
        self.funs[f as usize].info.function_name = Some(BindingId(b));
        self.resolve_here(o, None)?;
        Ok(Some(b))
    }

    // ----- The program ----------------------------------------------------------------------

    /// Closes the program's scope and resolves what is left.
    pub(crate) fn close_program(&mut self, lexer: &Lexer<'a>) -> R<()> {
        self.settle_annex_b(0)?;
        let evals = 0..self.evals.len();
        if !self.slots_outside() && self.evals.iter().any(|e| !e.has_this) {
            self.implicits_for_eval(0, FunctionKind::Program)?;
        }
        self.resolve_here(0, Some(0))?;
        self.program_declarations()?;
        if !evals.is_empty() {
            let list = self.binding_list(0)?;
            let var_scope = self.program == ProgramKind::StrictEval || self.program == ProgramKind::Module;
            self.show_to_evals(ScopeKind::Function, var_scope, &list, evals.clone())?;
            for c in 0..self.chain.len() {
                let (kind, is_var, first, end) = self.chain[c];
                let mut list = Vec::new();
                for b in first..end {
                    push(&mut list, b)?;
                }
                self.show_to_evals(kind, is_var, &list, evals.clone())?;
            }
        }
        self.finish_scope()?;
        self.resolve_outside(lexer)?;
        self.funs[0].info.uses_this = self.funs[0].info.this.is_some();
        Ok(())
    }

    /// References that leave the program: the chain of a direct eval, then the global environment.
    fn resolve_outside(&mut self, lexer: &Lexer<'a>) -> R<()> {
        // The chain's dynamic objects, innermost first.
        let mut objects = Vec::new();
        for &(_, _, first, end) in &self.chain {
            for b in first..end {
                let kind = match self.binds[b as usize].b.kind {
                    BindingKind::WithObject => DynamicObjectKind::With,
                    BindingKind::EvalVars => DynamicObjectKind::EvalVars,
                    _ => continue,
                };
                push(&mut objects, (b, kind))?;
            }
        }
        for i in 0..self.refs.len() {
            let ident = self.refs[i].ident;
            if !matches!(ident.resolution.get(), Resolution::Unresolved) {
                continue;
            }
            let found = self.chain_names.get(&ident.name.0).copied();
            if !self.refs[i].implicit {
                for &(b, kind) in &objects {
                    if found.is_some_and(|f| f < b) {
                        break;
                    }
                    let loc = self.locate(b, self.refs[i].function)?;
                    let next = self.refs[i].dynamic;
                    self.refs[i].dynamic = self.dynamics.len() as u32;
                    push(&mut self.dynamics, DynNode { object: DynamicObject { kind, loc }, next })?;
                }
            }
            let r = self.copy_ref(i);
            match found {
                Some(b) => self.resolve_to(&r, b)?,
                None => {
                    if lexer.is_private_name(ident.name) {
                        let name = lexer.names.get(ident.name).to_display();
                        return syntax(ident.span.start, format!("undefined private field '{name}'"));
                    }
                    self.set_resolution(&r, VarRef::Global)?;
                }
            }
        }
        self.refs.clear();
        Ok(())
    }

    /// Collects the tables for GlobalDeclarationInstantiation.
    fn program_declarations(&mut self) -> R<()> {
        let (mut vars, mut lexicals) = (Vec::new(), Vec::new());
        let mut b = self.opens[0].first;
        while b != NONE {
            let bind = &self.binds[b as usize];
            b = bind.next;
            if !bind.b.global {
                continue;
            }
            let span = Span::new(bind.decl_pos, bind.decl_pos);
            let eval = self.program == ProgramKind::SloppyEval;
            match bind.b.kind {
                BindingKind::Var | BindingKind::Function if eval && self.chain_conflict(bind.b.name) => {
                    return self.redeclared(bind.decl_pos, "lexical identifier");
                }
                BindingKind::Var if bind.b.param_index == 1 => {}
                BindingKind::Var => push(&mut vars, bind.b.name)?,
                BindingKind::Function => {}
                k => {
                    let lexical = GlobalLexical { name: bind.b.name, is_const: k.is_const(), span };
                    push(&mut lexicals, lexical)?;
                }
            }
        }
        let mut functions = Vec::new();
        if matches!(self.program, ProgramKind::Script | ProgramKind::SloppyEval) {
            let mut seen: HashMap<u32, (), BuildSeeded> = HashMap::default();
            seen.try_reserve(self.funcs.len()).map_err(|_| out_of_memory())?;
            for &f in self.funcs.iter().rev() {
                if seen.insert(f.binding.name.0, ()).is_none() {
                    push(&mut functions, f)?;
                }
            }
            functions.reverse();
            self.funcs.clear();
        }
        let oom = |_| out_of_memory();
        self.globals = GlobalDeclarations {
            vars: self.arena.try_alloc_slice_copy(&vars).map_err(oom)?,
            functions: self.arena.try_alloc_slice_copy(&functions).map_err(oom)?,
            lexicals: self.arena.try_alloc_slice_copy(&lexicals).map_err(oom)?,
            annex_b: self.arena.try_alloc_slice_copy(&self.annex_names).map_err(oom)?,
            eval_vars: None,
        };
        if self.program == ProgramKind::SloppyEval
            && let Some(&(_, _, first, end)) = self.chain.iter().find(|c| c.1)
            && let Some(b) = (first..end).find(|&b| self.binds[b as usize].b.kind == BindingKind::EvalVars)
        {
            self.globals.eval_vars = Some(self.locate(b, 0)?);
        }
        Ok(())
    }

    /// Fixes the tables.
    pub(crate) fn finish(&mut self) -> R<Tables<'a>> {
        let oom = |_| out_of_memory();
        let arena = self.arena;
        let mut counts = Vec::new();
        counts.try_reserve_exact(self.funs.len() + 1).map_err(|_| out_of_memory())?;
        counts.resize(self.funs.len() + 1, 0u32);
        for bind in &mut self.binds {
            if !bind.b.global && bind.b.function != FunctionId::EXTERNAL {
                let n = &mut counts[bind.b.function.0 as usize];
                bind.b.index = *n;
                *n += 1;
            }
        }
        // Group by function: offsets, then place.
        let mut offset = 0;
        for n in &mut counts {
            let size = *n;
            *n = offset;
            offset += size;
        }
        let mut grouped = Vec::new();
        grouped.try_reserve_exact(offset as usize).map_err(|_| out_of_memory())?;
        grouped.resize(offset as usize, BindingId(0));
        for (i, bind) in self.binds.iter().enumerate() {
            if !bind.b.global && bind.b.function != FunctionId::EXTERNAL {
                grouped[(counts[bind.b.function.0 as usize] + bind.b.index) as usize] = BindingId(i as u32);
            }
        }
        let grouped: &'a [BindingId] = arena.try_alloc_slice_copy(&grouped).map_err(oom)?;
        for (i, fun) in self.funs.iter_mut().enumerate() {
            fun.info.bindings = &grouped[counts[i] as usize..counts[i + 1] as usize];
            fun.info.captures = arena.try_alloc_slice_copy(&fun.captures).map_err(oom)?;
        }
        let functions = arena.try_alloc_slice_fill_iter(self.funs.iter().map(|f| f.info)).map_err(oom)?;
        let bindings = arena.try_alloc_slice_fill_iter(self.binds.iter().map(|b| b.b)).map_err(oom)?;
        let scopes = arena.try_alloc_slice_copy(&self.scopes).map_err(oom)?;
        let mut sites = Vec::new();
        sites.try_reserve_exact(self.evals.len()).map_err(|_| out_of_memory())?;
        for e in &self.evals {
            sites.push(EvalSite {
                function: FunctionId(e.function),
                scope: ScopeId(e.scope),
                strict: e.strict,
                context: e.context,
                scopes: arena.try_alloc_slice_copy(&e.scopes).map_err(oom)?,
                slots: arena.try_alloc_slice_copy(&e.slots).map_err(oom)?,
            });
        }
        let eval_sites = arena.try_alloc_slice_copy(&sites).map_err(oom)?;
        Ok(Tables { functions, scopes, bindings, eval_sites })
    }
}

/// The finished tables.
pub(crate) struct Tables<'a> {
    pub functions: &'a [FunctionInfo<'a>],
    pub scopes: &'a [Scope<'a>],
    pub bindings: &'a [Binding],
    pub eval_sites: &'a [EvalSite<'a>],
}
