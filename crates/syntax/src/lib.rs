//! ECMAScript source text → tokens → syntax tree → resolved names.
//!
//! [`parse`] reads a script, module, eval code or the parts of a dynamic function; it reports every
//! early error of ECMAScript 2026 (Annex B included) and resolves every name, so that an emitter
//! knows registers, cells, globals and dynamic look-ups apart. The crate knows no engine.
#![forbid(unsafe_code)]

pub mod ast;
pub mod error;
mod lexer;
pub mod lines;
pub mod module;
pub mod names;
mod parser;
mod resolve;
pub mod scope;
mod token;

pub use bumpalo::Bump;
pub use error::{ErrorKind, ParseError};

use ast::{Name, Span, Stmt};
use module::ModuleInfo;
use names::{JsStr, Names};
use scope::{Binding, EvalSite, FunctionInfo, Scope, ScopeChain};

/// What the source text is to be parsed as.
#[derive(Clone, Copy, Default)]
pub enum Goal<'o> {
    #[default]
    Script,
    Module,
    /// Indirect eval: like a script, but lexical declarations (and, if strict, variables) are its own.
    IndirectEval,
    /// Direct eval, seeing what its call site sees. `strict`, context and names come from the chain.
    DirectEval(&'o ScopeChain),
    /// CreateDynamicFunction (20.2.1.1.1): the source is the whole text,
    /// `function anonymous(P\n) {\nB\n}`; see [`dynamic_function_source`]. The program's one statement
    /// is an expression statement of the function.
    DynamicFunction(DynamicFunctionParts),
}

/// Where parameters and body stand in a dynamic function's source text, so that each is parsed alone first.
#[derive(Clone, Copy, Debug)]
pub struct DynamicFunctionParts {
    pub is_async: bool,
    pub is_generator: bool,
    pub params: Span,
    pub body: Span,
}

/// Builds the source text of a dynamic function (20.2.1.1.1, steps 12 to 13) from WTF-8 texts.
/// `None` if memory is refused or the text would exceed 4 GiB.
pub fn dynamic_function_source(
    is_async: bool,
    is_generator: bool,
    params: &[u8],
    body: &[u8],
) -> Option<(Vec<u8>, DynamicFunctionParts)> {
    let prefix: &[u8] = match (is_async, is_generator) {
        (false, false) => b"function",
        (false, true) => b"function*",
        (true, false) => b"async function",
        (true, true) => b"async function*",
    };
    let mut text = Vec::new();
    let total = params.len().checked_add(body.len())?.checked_add(64)?;
    if total >= u32::MAX as usize {
        return None;
    }
    text.try_reserve_exact(total).ok()?;
    text.extend_from_slice(prefix);
    text.extend_from_slice(b" anonymous(");
    let p0 = text.len() as u32;
    text.extend_from_slice(params);
    let p1 = text.len() as u32;
    text.extend_from_slice(b"\n) {\n");
    let b0 = text.len() as u32;
    text.extend_from_slice(body);
    let b1 = text.len() as u32;
    text.extend_from_slice(b"\n}");
    let parts =
        DynamicFunctionParts { is_async, is_generator, params: Span::new(p0, p1), body: Span::new(b0, b1) };
    Some((text, parts))
}

/// Checks a regular expression literal's pattern and flags; `Err` is the message.
pub type RegExpCheck<'o> = &'o dyn Fn(JsStr<'_>, JsStr<'_>) -> Result<(), String>;

/// How to parse.
#[derive(Clone, Copy, Default)]
pub struct ParseOptions<'o> {
    pub goal: Goal<'o>,
    /// Strict from the start.
    pub strict: bool,
    /// Scripts only: allow `await` at top level (the program function is then async).
    pub allow_top_level_await: bool,
    /// Lowest address of native stack that the parser may use; 0: no check (tests only).
    pub stack_limit: usize,
    /// Bytes that arena and work tables may use; 0: no limit.
    pub memory_limit: usize,
    /// Seed of the string table.
    pub hash_seed: u64,
    pub regexp_check: Option<RegExpCheck<'o>>,
}

/// A parsed and resolved program.
#[derive(Debug)]
pub struct Program<'a> {
    pub source: &'a [u8],
    pub body: &'a [Stmt<'a>],
    pub strict: bool,
    pub names: Names<'a>,
    /// By `FunctionId`; the first is the program itself.
    pub functions: &'a [FunctionInfo<'a>],
    pub scopes: &'a [Scope<'a>],
    pub bindings: &'a [Binding],
    pub eval_sites: &'a [EvalSite<'a>],
    /// Modules only.
    pub module: Option<&'a ModuleInfo<'a>>,
    pub globals: GlobalDeclarations<'a>,
    /// Somewhere it says `.arguments`: maybe of a function, which then has to keep all of its arguments.
    pub arguments_property: bool,
}

/// Input of GlobalDeclarationInstantiation (16.1.7) and EvalDeclarationInstantiation (19.2.1.3).
/// Empty for modules and strict evals, whose declarations are in the program function's scope.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalDeclarations<'a> {
    /// VarDeclaredNames that are not functions, each once.
    pub vars: &'a [Name],
    /// Functions to initialise, the last of each name, in source order.
    pub functions: &'a [&'a ast::FunctionDecl<'a>],
    /// Scripts only: top-level let, const, class. (An eval's are locals of its function.)
    pub lexicals: &'a [GlobalLexical],
    /// Annex B.3.2 candidates: names of block functions to declare as `var` if the global object
    /// (or, for evals, no enclosing declaration) objects.
    pub annex_b: &'a [Name],
    /// Sloppy direct eval inside a function: where its `var`s and functions go.
    pub eval_vars: Option<scope::VarLoc>,
}

#[derive(Clone, Copy, Debug)]
pub struct GlobalLexical {
    pub name: Name,
    pub is_const: bool,
    pub span: Span,
}

/// Parses `source` (WTF-8; invalid bytes count as U+FFFD) into a tree in `arena`.
///
/// # Errors
/// The first early error, or out of memory, or nesting too deep for `stack_limit`.
pub fn parse<'a>(
    arena: &'a Bump,
    source: &'a [u8],
    options: &ParseOptions<'_>,
) -> Result<Program<'a>, ParseError> {
    let before = arena.allocation_limit();
    if options.memory_limit != 0 {
        arena.set_allocation_limit(Some(options.memory_limit));
    }
    let result = parser::parse(arena, source, options);
    arena.set_allocation_limit(before);
    result.map_err(|e| e.locate(source))
}
