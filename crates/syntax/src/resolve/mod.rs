//! Scope resolution, done while parsing.
//!
//! Every open scope remembers how many unresolved references there were when it opened. When it
//! closes, the references made since then are looked up among its bindings; what is not found stays
//! on the stack and so belongs to the enclosing scope. An arrow function's parameters are parsed
//! before it is known that they are any: its scope then opens *retroactively*, taking over the
//! references, functions and scopes made since a [`Mark`].

mod close;
mod program;
mod references;

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

#[derive(Clone, Copy)]
struct RefEntry<'a> {
    ident: Ident<'a>,
    function: u32,
    /// The reference before it to the same name.
    prev: u32,
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
    /// References in source order. Those still to be resolved are linked by name from `ref_heads`.
    refs: Vec<RefEntry<'a>>,
    ref_heads: Vec<u32>,
    dynamics: Vec<DynNode>,
    evals: Vec<Eval<'a>>,
    annex: Vec<AnnexB<'a>>,
    funcs: Vec<&'a FunctionDecl<'a>>,
    /// By function and binding: capture index, and the position from which the closure that captures
    /// it from the binding's own function may exist.
    capture_index: HashMap<u64, (u32, u32), BuildSeeded>,
    scratch: Vec<BindingId>,
    pub program: ProgramKind,
    /// Direct eval: what lies outside. First binding id of the flattened chain and its scopes.
    chain: Vec<(ScopeKind, bool, u32, u32)>,
    external: u32,
    slots: u32,
    /// Direct eval: the chain's bindings by name, first wins.
    chain_names: HashMap<u32, u32, BuildSeeded>,
    /// Direct eval: `this` may be uninitialised outside.
    chain_derived: bool,
    pub globals: GlobalDeclarations<'a>,
    annex_names: Vec<Name>,
    /// See `Program::arguments_property`.
    pub arguments_property: bool,
    /// Bytes in the small vectors.
    small_memory: usize,
    /// Bytes that arena and tables may use; 0: no limit.
    memory_limit: usize,
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
    pub(crate) fn new(arena: &'a Bump, program: ProgramKind, memory_limit: usize) -> Resolver<'a> {
        Resolver {
            arena,
            opens: Vec::new(),
            binds: Vec::new(),
            scopes: Vec::new(),
            funs: Vec::new(),
            tops: Vec::new(),
            refs: Vec::new(),
            ref_heads: Vec::new(),
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
            chain_derived: false,
            globals: GlobalDeclarations::default(),
            annex_names: Vec::new(),
            arguments_property: false,
            small_memory: 0,
            memory_limit,
        }
    }

    /// Bytes of work tables, roughly.
    pub(crate) fn memory(&self) -> usize {
        use std::mem::size_of;
        self.binds.capacity() * size_of::<Bind>()
            + self.scopes.capacity() * size_of::<Scope>()
            + self.funs.capacity() * size_of::<Fun>()
            + (self.tops.capacity() + self.ref_heads.capacity()) * 4
            + self.refs.capacity() * size_of::<RefEntry>()
            + self.dynamics.capacity() * size_of::<DynNode>()
            + self.evals.capacity() * size_of::<Eval>()
            + self.capture_index.capacity() * 16
            + self.small_memory
    }

    /// Checks the memory limit, where tables may grow by more than the source does.
    fn charge(&self) -> R<()> {
        if self.memory_limit != 0 && self.arena.allocated_bytes() + self.memory() > self.memory_limit {
            return Err(out_of_memory());
        }
        Ok(())
    }

    /// Installs the names a direct eval sees. The program function must exist.
    pub(crate) fn set_chain(&mut self, chain: &ScopeChain, lexer: &mut Lexer<'a>) -> R<()> {
        self.chain_derived = chain.context.in_derived_constructor;
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
                self.capture_index.insert(key(0, id), (b.slot, 0));
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
}

/// The finished tables.
pub(crate) struct Tables<'a> {
    pub functions: &'a [FunctionInfo<'a>],
    pub scopes: &'a [Scope<'a>],
    pub bindings: &'a [Binding],
    pub eval_sites: &'a [EvalSite<'a>],
}
