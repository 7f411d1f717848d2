//! The emitter: resolved tree → code.
//!
//! Code generation is destination-driven: an expression is asked to leave its result in a given register, and
//! operands that are plain locals are borrowed where they are. Locals have fixed registers, shared by scopes
//! that do not overlap; temporaries form a stack above them and die where they are consumed. See
//! `bytecode::op` for the rules of ownership.
//!
//! Positions: a call has the position the parser gives it (of the property name or the callee's end); a
//! property access that of the property name; other operations that of their expression.

mod assign;
mod build;
mod call;
mod class;
mod cond;
mod control;
mod expr;
mod function;
mod ident;
mod stmt;

use super::code::{self, Code, GlobalDecl, ModuleRecord, Text};
use crate::text::Chars;
use build::{FnState, Reg, Seeded};
use qjs_syntax::Program;
use qjs_syntax::ast::{self, Name};
use qjs_syntax::scope::{BindingId, BindingKind, FunctionId, ScopeId};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// What is to be emitted, and within which limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmitOptions {
    /// Scripts and evals: return the completion value.
    pub want_completion: bool,
    /// Scripts: top-level await is allowed, and the result is a promise for `{ value: completion }`.
    pub is_async: bool,
    /// Direct or indirect eval code: global declarations are deletable.
    pub is_eval: bool,
    /// Lowest address of native stack that the emitter may use; 0: no check.
    pub stack_limit: usize,
    /// Bytes that the code may take, roughly; 0: no limit.
    pub memory_limit: usize,
    /// Seed of the tables.
    pub hash_seed: u64,
}

/// Why no code was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmitError {
    /// Nested too deeply for the native stack.
    StackOverflow,
    OutOfMemory,
    /// Some limit of the code format was passed.
    TooLarge(&'static str),
}

impl std::fmt::Display for EmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EmitError::StackOverflow => "nested too deeply",
            EmitError::OutOfMemory => "out of memory",
            EmitError::TooLarge(message) => message,
        })
    }
}

impl std::error::Error for EmitError {}

type R<T> = Result<T, EmitError>;

/// Emits a whole program: a script, eval code, a module, or a dynamic function (whose script returns it).
///
/// # Errors
/// See [`EmitError`].
pub fn emit(program: &Program<'_>, options: &EmitOptions) -> Result<Code, EmitError> {
    emit_in(&mut Scratch::default(), program, options)
}

/// The same in the room that an earlier emission has left.
pub(crate) fn emit_in(
    scratch: &mut Scratch,
    program: &Program<'_>,
    options: &EmitOptions,
) -> Result<Code, EmitError> {
    let seed = Seeded(options.hash_seed);
    let mut s = std::mem::take(scratch);
    fill(&mut s.texts, program.names.len(), Text::default())?;
    fill(&mut s.mapping, program.functions.len(), None)?;
    let f = s.states.pop().unwrap_or_else(|| Box::new(FnState::new(FunctionId::PROGRAM, seed)));
    let mut e = Emitter {
        program,
        options: *options,
        places: s.places,
        boxed: s.boxed,
        locals: s.locals,
        counts: s.counts,
        starts: s.starts,
        mapping: s.mapping,
        module_slots: HashMap::new(),
        declared: HashSet::with_hasher(seed),
        texts: RefCell::new(s.texts),
        used: 0,
        seed,
        f,
        spare: s.states,
    };
    e.assign_registers()?;
    let code = e.program_code()?;
    let mut texts = e.texts.into_inner();
    texts.clear();
    e.f.code.clear();
    e.spare.truncate(KEPT);
    e.spare.push(e.f);
    *scratch = Scratch {
        places: e.places,
        boxed: e.boxed,
        locals: e.locals,
        counts: e.counts,
        starts: e.starts,
        mapping: e.mapping,
        texts,
        states: e.spare,
    };
    Ok(code)
}

/// How many functions' lists one emission leaves to the next.
const KEPT: usize = 7;

/// The lists that emission works in, without what was in them.
#[derive(Default)]
pub(crate) struct Scratch {
    places: Vec<u32>,
    boxed: Vec<bool>,
    locals: Vec<u32>,
    counts: Vec<u32>,
    starts: Vec<u32>,
    mapping: Vec<Option<bool>>,
    texts: Vec<Text>,
    #[expect(clippy::vec_box, reason = "as the emitter's")]
    states: Vec<Box<FnState>>,
}

/// Everything that emission knows and makes.
struct Emitter<'a, 'p> {
    program: &'p Program<'a>,
    options: EmitOptions,
    /// Register of each binding, by `BindingId`.
    places: Vec<u32>,
    /// Whether the register holds a Box.
    boxed: Vec<bool>,
    /// First register after the locals, by `FunctionId`.
    locals: Vec<u32>,
    /// By `ScopeId`: the registers of its own that a scope needs, and where they start.
    counts: Vec<u32>,
    starts: Vec<u32>,
    /// By `FunctionId`: functions found out to need a mapped arguments object, or not.
    mapping: Vec<Option<bool>>,
    /// Modules: slot of each binding that is imported or exported.
    module_slots: HashMap<BindingId, u32>,
    /// Globals that the program itself declares.
    declared: HashSet<Name, Seeded>,
    /// The texts of names that were asked for, by `Name`.
    texts: RefCell<Vec<Text>>,
    /// Bytes of code so far.
    used: usize,
    seed: Seeded,
    f: Box<FnState>,
    /// Those of functions that are done, for their room.
    #[expect(clippy::vec_box, reason = "they are large, and boxes where they come from and go to")]
    spare: Vec<Box<FnState>>,
}

/// Makes a list one of `n` times `value`.
fn fill<T: Clone>(list: &mut Vec<T>, n: usize, value: T) -> R<()> {
    list.clear();
    list.try_reserve_exact(n).map_err(|_| EmitError::OutOfMemory)?;
    list.resize(n, value);
    Ok(())
}

impl<'a> Emitter<'a, '_> {
    /// Accounts for memory.
    fn charge(&mut self, bytes: usize) -> R<()> {
        self.used = self.used.saturating_add(bytes);
        if self.options.memory_limit != 0 && self.used > self.options.memory_limit {
            return Err(EmitError::OutOfMemory);
        }
        Ok(())
    }

    /// Fails when the native stack is nearly used up. Called wherever emission recurses.
    #[inline]
    fn check_stack(&self) -> R<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.options.stack_limit {
            return Err(EmitError::StackOverflow);
        }
        Ok(())
    }

    /// Gives every binding its register. Bindings of scopes that do not overlap share registers, except those
    /// with a dead zone (their names must be known by register) and those of a function's outermost scopes.
    fn assign_registers(&mut self) -> R<()> {
        let p = self.program;
        fill(&mut self.places, p.bindings.len(), 0)?;
        fill(&mut self.boxed, p.bindings.len(), false)?;
        fill(&mut self.locals, p.functions.len(), 0)?;
        fill(&mut self.counts, p.scopes.len(), 0)?;
        for (i, info) in p.functions.iter().enumerate() {
            let nparams = info.node.map_or(0, |n| n.params.len());
            if nparams > 60_000 {
                return Err(EmitError::TooLarge("too many parameters"));
            }
            self.locals[i] = 2 + nparams as u32;
            for &b in info.bindings {
                let Some(binding) = p.bindings.get(b.0 as usize) else { continue };
                self.boxed[b.0 as usize] = binding.captured;
                if Self::fixed_place(info, b, binding).is_none()
                    && !binding.global
                    && !binding.needs_tdz
                    && let Some(count) = self.counts.get_mut(binding.scope.0 as usize)
                {
                    *count += 1;
                }
            }
        }
        // Where each scope's registers start: after those of the scope around it. That one comes later in the
        // list when it is an arrow function's, whose parameters were parsed before it was known to be one.
        const UNKNOWN: u32 = u32::MAX;
        fill(&mut self.starts, p.scopes.len(), UNKNOWN)?;
        let mut chain: Vec<usize> = Vec::new();
        for s in 0..p.scopes.len() {
            let mut next = Some(s);
            while let Some(s) = next {
                if self.starts[s] != UNKNOWN || chain.len() > p.scopes.len() {
                    break;
                }
                build::push(&mut chain, s)?;
                let outer = p.scopes[s].parent.map(|o| o.0 as usize);
                next = outer.filter(|&o| p.scopes.get(o).is_some_and(|o| o.function == p.scopes[s].function));
            }
            while let Some(s) = chain.pop() {
                let scope = &p.scopes[s];
                let f = scope.function.0 as usize;
                let Some(info) = p.functions.get(f) else { continue };
                let outer = scope.parent.map(|o| o.0 as usize);
                let start = match outer {
                    Some(o) if p.scopes.get(o).is_some_and(|x| x.function == scope.function) => {
                        self.starts[o].saturating_add(self.counts[o])
                    }
                    _ => 2 + info.node.map_or(0, |n| n.params.len()) as u32,
                };
                self.starts[s] = start;
                self.locals[f] = self.locals[f].max(start.saturating_add(self.counts[s]));
            }
        }
        for (i, info) in p.functions.iter().enumerate() {
            for &b in info.bindings {
                let Some(binding) = p.bindings.get(b.0 as usize) else { continue };
                let place = if let Some(place) = Self::fixed_place(info, b, binding) {
                    place
                } else if binding.global {
                    0
                } else if binding.needs_tdz {
                    self.locals[i] += 1;
                    self.locals[i] - 1
                } else if let Some(next) = self.starts.get_mut(binding.scope.0 as usize) {
                    *next += 1;
                    *next - 1
                } else {
                    self.locals[i] += 1;
                    self.locals[i] - 1
                };
                self.places[b.0 as usize] = place;
            }
        }
        Ok(())
    }

    /// The register of a binding whose value arrives in one: simple parameters, `this`, the callee.
    fn fixed_place(
        info: &qjs_syntax::scope::FunctionInfo<'_>,
        id: BindingId,
        binding: &qjs_syntax::scope::Binding,
    ) -> Option<u32> {
        match binding.kind {
            BindingKind::This if Some(id) == info.this && !binding.captured => Some(1),
            BindingKind::Callee if Some(id) == info.callee && !binding.captured => Some(0),
            BindingKind::FunctionName if Some(id) == info.function_name && !binding.captured => Some(0),
            BindingKind::Param
                if binding.param_index != u32::MAX && !(info.has_param_expressions && binding.needs_tdz) =>
            {
                Some(2 + binding.param_index)
            }
            _ => None,
        }
    }

    fn binding(&self, id: BindingId) -> &'_ qjs_syntax::scope::Binding {
        &self.program.bindings[id.0 as usize]
    }

    /// The binding's register.
    fn place(&self, id: BindingId) -> Reg {
        self.places[id.0 as usize] as Reg
    }

    fn is_boxed(&self, id: BindingId) -> bool {
        self.boxed[id.0 as usize]
    }

    fn scope(&self, id: ScopeId) -> &'_ qjs_syntax::scope::Scope<'a> {
        &self.program.scopes[id.0 as usize]
    }

    fn info(&self, id: FunctionId) -> &'_ qjs_syntax::scope::FunctionInfo<'a> {
        &self.program.functions[id.0 as usize]
    }

    /// Names of the registers, for messages: bindings with a dead zone first, so that they are found first.
    fn local_names(&mut self, id: FunctionId) -> R<()> {
        let bindings = self.info(id).bindings;
        for tdz in [true, false] {
            for &b in bindings {
                let binding = self.binding(b);
                if binding.needs_tdz == tdz && !binding.global {
                    let name = (self.place(b), self.text(binding.name));
                    build::push(&mut self.f.code.local_names, name)?;
                }
            }
        }
        Ok(())
    }

    /// The module's tables; also decides the slots of its bindings.
    fn module_record(&mut self) -> R<Option<Box<ModuleRecord>>> {
        let Some(m) = self.program.module else { return Ok(None) };
        let mut record =
            ModuleRecord { has_await: self.info(FunctionId::PROGRAM).has_await, ..Default::default() };
        for r in m.requests {
            let attributes = r.attributes.iter().map(|&(k, v)| (self.text(k), self.text(v))).collect();
            let phase = match r.phase {
                ast::ImportPhase::Evaluation => 0,
                ast::ImportPhase::Defer => 1,
                ast::ImportPhase::Source => 2,
            };
            let specifier = self.text(r.specifier);
            self.charge(96)?;
            build::push(
                &mut record.requests,
                code::ModuleRequest { specifier, phase, attributes, position: r.span.start },
            )?;
        }
        for i in m.imports {
            let slot = self.module_slot(i.binding)?;
            let import_name = i.import_name.map(|n| self.text(n));
            let entry = code::ImportEntry { request: i.request, import_name, slot, position: i.span.start };
            self.charge(64)?;
            build::push(&mut record.imports, entry)?;
        }
        for x in m.local_exports {
            let slot = self.module_slot(x.binding)?;
            self.charge(64)?;
            build::push(&mut record.local_exports, (self.text(x.export_name), slot))?;
        }
        for x in m.indirect_exports {
            let entry = code::IndirectExport {
                export_name: self.text(x.export_name),
                request: x.request,
                import_name: x.import_name.map(|n| self.text(n)),
                position: x.span.start,
            };
            self.charge(96)?;
            build::push(&mut record.indirect_exports, entry)?;
        }
        for &r in m.star_exports {
            build::push(&mut record.star_exports, r)?;
        }
        record.slots = self.module_slots.len() as u32;
        Ok(Some(Box::new(record)))
    }

    fn module_slot(&mut self, binding: BindingId) -> R<u32> {
        let next = self.module_slots.len() as u32;
        self.module_slots.try_reserve(1).map_err(|_| EmitError::OutOfMemory)?;
        // The register must hold a Box, whatever the tree says.
        if let Some(boxed) = self.boxed.get_mut(binding.0 as usize) {
            *boxed = true;
        }
        Ok(*self.module_slots.entry(binding).or_insert(next))
    }

    /// Declarations of a script or of global eval code.
    fn global_decls(&mut self) -> R<Vec<GlobalDecl>> {
        let g = &self.program.globals;
        let count = g.lexicals.len() + g.functions.len() + g.vars.len();
        self.declared.try_reserve(count).map_err(|_| EmitError::OutOfMemory)?;
        self.declared.extend(g.lexicals.iter().map(|l| l.name));
        self.declared.extend(g.functions.iter().map(|f| f.binding.name));
        self.declared.extend(g.vars);
        let mut decls = Vec::new();
        for l in g.lexicals {
            let text = self.text(l.name);
            build::push(
                &mut decls,
                if l.is_const { GlobalDecl::Const(text) } else { GlobalDecl::Let(text) },
            )?;
        }
        for f in g.functions {
            build::push(&mut decls, GlobalDecl::Function(self.text(f.binding.name)))?;
        }
        for &v in g.vars {
            build::push(&mut decls, GlobalDecl::Var(self.text(v)))?;
        }
        for &n in g.annex_b {
            build::push(&mut decls, GlobalDecl::AnnexBFunction(self.text(n)))?;
        }
        Ok(decls)
    }

    /// Has the program made this global before any of its code runs?
    fn is_declared_global(&self, name: Name) -> bool {
        self.declared.contains(&name)
    }

    /// `name` with a prefix, as a function's `name` property.
    fn prefixed(&self, prefix: &str, name: Name) -> Text {
        match self.text(name).chars() {
            Chars::Latin1(s) => Text::latin1([prefix.as_bytes(), s].concat()),
            Chars::Utf16(s) => {
                Text::utf16(prefix.bytes().map(u16::from).chain(s.iter().copied()).collect::<Vec<_>>())
            }
        }
    }
}
