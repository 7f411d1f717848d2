//! The parser: recursive descent with precedence climbing, one token of look-ahead, cover grammars
//! resolved by conversion. Early errors are reported as soon as they are known.

mod class;
mod expr;
mod function;
mod modules;
mod pattern;
mod stmt;

use crate::ast::*;
use crate::error::{ErrorKind, ParseError, R, out_of_memory, push, syntax};
use crate::lexer::Lexer;
use crate::names::{LAST_RESERVED, LAST_STRICT, known};
use crate::resolve::{BuildSeeded, Mark, ProgramKind, Resolver};
use crate::scope::*;
use crate::token::{T, Token};
use crate::{DynamicFunctionParts, Goal, ParseOptions, Program};
use bumpalo::Bump;
use std::collections::HashSet;

/// Stack that may be used between two checks: ten times what a release build was seen to use, for builds with sanitizers.
const STACK_MARGIN: usize = 16 * 1024;

/// What the code at hand may contain.
#[derive(Clone, Copy)]
struct Ctx {
    strict: bool,
    /// `await` is an operator.
    is_async: bool,
    /// `yield` is an operator.
    is_generator: bool,
    /// `return` allowed.
    in_function: bool,
    new_target: bool,
    super_property: bool,
    super_call: bool,
    /// In a class field initialiser or static block: no `arguments`.
    no_arguments: bool,
    /// In a static block (or an arrow's parameters there): no `await` at all.
    static_block: bool,
    /// In formal parameters: no yield or await expressions.
    in_params: bool,
    /// In a class field initialiser (or an arrow there).
    field_init: bool,
    /// The function's parameters are not simple: no "use strict".
    nonsimple: bool,
    /// `in` is not an operator (for heads).
    no_in: bool,
    in_loop: bool,
    /// In a loop or switch.
    in_break: bool,
    /// First of `labels` that belongs to this function.
    labels: usize,
}

struct Label {
    name: Name,
    /// Start of the labelled statement.
    start: u32,
    is_loop: bool,
}

/// Child lists under construction; every user takes what lies above its own mark.
#[derive(Default)]
struct Scratch<'a> {
    exprs: Vec<&'a Expr<'a>>,
    stmts: Vec<Stmt<'a>>,
    args: Vec<Argument<'a>>,
    elements: Vec<ArrayElement<'a>>,
    properties: Vec<Property<'a>>,
    pattern_properties: Vec<PatternProperty<'a>>,
    pattern_elements: Vec<Option<PatternElement<'a>>>,
    params: Vec<PatternElement<'a>>,
    parts: Vec<TemplatePart>,
    declarators: Vec<Declarator<'a>>,
    cases: Vec<Case<'a>>,
    class_elements: Vec<ClassElement<'a>>,
    conditionals: Vec<(u32, &'a Expr<'a>, &'a Expr<'a>)>,
    ifs: Vec<(u32, &'a Expr<'a>, &'a Stmt<'a>)>,
    /// Names declared by the parameters at hand.
    param_names: Vec<(Name, u32)>,
    /// Bindings declared and not yet initialised.
    uninitialized: Vec<u32>,
}

pub(crate) struct Parser<'a, 'o> {
    arena: &'a Bump,
    options: &'o ParseOptions<'o>,
    lx: Lexer<'a>,
    tok: Token,
    /// End of the token before.
    prev_end: u32,
    scopes: Resolver<'a>,
    ctx: Ctx,
    labels: Vec<Label>,
    s: Scratch<'a>,
    /// First construct that only a pattern may contain, in expressions that may yet become one.
    cover: u32,
    cover_message: &'static str,
    /// Array and object literals that end in `...x,` (no patterns), by start.
    spread_commas: HashSet<u32, BuildSeeded>,
    /// Positions of the last yield, await expression, and identifier `await`.
    last_yield: u32,
    last_await: u32,
    last_await_ident: u32,
    /// The pattern at hand holds an initialiser or computed key.
    pattern_has_expr: bool,
    /// First duplicate among the parameters at hand.
    duplicate_param: u32,
    module: modules::ModuleBuilder<'a>,
    is_module: bool,
    /// Statements since memory was last measured.
    ticks: u32,
}

const NOWHERE: u32 = u32::MAX;

impl<'a, 'o> Parser<'a, 'o> {
    // ----- Tokens ---------------------------------------------------------------------------

    #[inline]
    fn next(&mut self) -> R<()> {
        self.prev_end = self.tok.end;
        self.tok = self.lx.next_token()?;
        Ok(())
    }

    /// The token after the current one.
    fn peek(&mut self) -> R<Token> {
        let pos = self.lx.pos;
        let tok = self.lx.next_token();
        self.lx.pos = pos;
        tok
    }

    /// The two tokens after the current one.
    fn peek2(&mut self) -> R<(Token, Token)> {
        let pos = self.lx.pos;
        let first = self.lx.next_token();
        let second = match first {
            Ok(_) => self.lx.next_token(),
            Err(_) => self.lx.next_token(),
        };
        self.lx.pos = pos;
        let first = first?;
        // An ill-formed second token is reported when it is reached.
        Ok((first, second.unwrap_or(Token { newline_before: true, ..Token::START })))
    }

    #[inline]
    fn at(&self, kind: T) -> bool {
        self.tok.kind == kind
    }

    #[inline]
    fn at_word(&self, name: Name) -> bool {
        self.tok.is_word(name)
    }

    #[inline]
    fn eat(&mut self, kind: T) -> R<bool> {
        if self.tok.kind == kind {
            self.next()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn eat_word(&mut self, name: Name) -> R<bool> {
        if self.at_word(name) {
            self.next()?;
            return Ok(true);
        }
        Ok(false)
    }

    #[inline]
    fn expect(&mut self, kind: T) -> R<()> {
        if self.tok.kind == kind { self.next() } else { self.expected(kind) }
    }

    #[cold]
    fn expected<X>(&self, kind: T) -> R<X> {
        let c = match kind {
            T::LBrace => "{",
            T::RBrace => "}",
            T::LParen => "(",
            T::RParen => ")",
            T::LBracket => "[",
            T::RBracket => "]",
            T::Semicolon => ";",
            T::Comma => ",",
            T::Colon => ":",
            T::Assign => "=",
            T::Arrow => "=>",
            _ => return self.unexpected(),
        };
        self.fail(format!("expecting '{c}'"))
    }

    fn expect_word(&mut self, name: Name) -> R<()> {
        if self.at_word(name) {
            return self.next();
        }
        let text = self.lx.names.get(name).to_display();
        self.fail(format!("expecting '{text}'"))
    }

    /// Automatic semicolon insertion (12.10).
    fn semicolon(&mut self) -> R<()> {
        if self.at(T::Semicolon) {
            return self.next();
        }
        if self.tok.newline_before || matches!(self.tok.kind, T::RBrace | T::Eof) {
            return Ok(());
        }
        self.fail("expecting ';'")
    }

    /// A syntax error at the current token.
    #[cold]
    fn fail<X>(&self, message: impl Into<String>) -> R<X> {
        syntax(self.tok.start, message)
    }

    #[cold]
    fn unexpected<X>(&self) -> R<X> {
        self.unexpected_in("")
    }

    #[cold]
    fn unexpected_in<X>(&self, place: &str) -> R<X> {
        let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
        if self.tok.kind == T::Eof {
            return self.fail("unexpected end of input");
        }
        let text = self.lx.src.get(self.tok.start as usize..self.tok.end as usize).unwrap_or(&[]);
        let text = String::from_utf8_lossy(text);
        let text: String = text.chars().take(40).collect();
        match self.tok.kind {
            T::Private => self.fail(format!("unexpected private name '{text}'{place}")),
            _ => self.fail(format!("unexpected token{place}: '{text}'")),
        }
    }

    // ----- Limits ---------------------------------------------------------------------------

    /// Refuses to go deeper when native stack runs short.
    #[inline]
    fn check_stack(&self) -> R<()> {
        let here = 0u8;
        let address = std::ptr::from_ref(&here) as usize;
        if self.options.stack_limit != 0 && address < self.options.stack_limit.saturating_add(STACK_MARGIN) {
            return self.stack_overflow();
        }
        Ok(())
    }

    #[cold]
    fn stack_overflow<X>(&self) -> R<X> {
        Err(Box::new(ParseError::bare(ErrorKind::StackOverflow, "stack overflow", self.tok.start)))
    }

    /// Charges the work tables to the memory limit, now and then.
    #[inline]
    fn tick(&mut self) -> R<()> {
        self.ticks += 1;
        if self.ticks < 64 || self.options.memory_limit == 0 {
            return Ok(());
        }
        self.measure()
    }

    #[cold]
    fn measure(&mut self) -> R<()> {
        self.ticks = 0;
        let used = self.arena.allocated_bytes() + self.lx.memory() + self.scopes.memory();
        if used > self.options.memory_limit {
            return Err(out_of_memory());
        }
        Ok(())
    }

    // ----- Nodes ----------------------------------------------------------------------------

    #[inline]
    fn alloc<X>(&self, x: X) -> R<&'a X> {
        match self.arena.try_alloc(x) {
            Ok(x) => Ok(x),
            Err(_) => Err(out_of_memory()),
        }
    }

    #[inline]
    fn alloc_slice<X: Copy>(&self, x: &[X]) -> R<&'a [X]> {
        if x.is_empty() {
            return Ok(&[]);
        }
        match self.arena.try_alloc_slice_copy(x) {
            Ok(x) => Ok(x),
            Err(_) => Err(out_of_memory()),
        }
    }

    /// An expression from `start` to the end of the last token.
    #[inline]
    fn expr(&self, start: u32, flags: ExprFlags, kind: ExprKind<'a>) -> R<&'a Expr<'a>> {
        self.alloc(Expr { span: Span::new(start, self.prev_end), flags: flags.inherited(), kind })
    }

    // ----- Identifiers ----------------------------------------------------------------------

    /// May the word be an identifier here? Reports why not.
    fn check_identifier(&self, name: Name, pos: u32) -> R<()> {
        if name.0 > known::Await.0 {
            return Ok(());
        }
        let bad = if name.0 <= LAST_RESERVED {
            true
        } else if name.0 <= LAST_STRICT {
            self.ctx.strict || (name == known::Yield && self.ctx.is_generator)
        } else {
            self.ctx.is_async || self.is_module || self.ctx.static_block
        };
        if bad {
            let text = self.lx.names.get(name).to_display();
            return syntax(pos, format!("'{text}' is a reserved identifier"));
        }
        Ok(())
    }

    /// An occurrence of an identifier as an expression.
    fn reference(&mut self, name: Name, span: Span) -> R<Ident<'a>> {
        self.check_identifier(name, span.start)?;
        if name == known::Arguments && self.ctx.no_arguments {
            return syntax(span.start, "'arguments' identifier is not allowed in class field initializer");
        }
        if name == known::Await {
            self.last_await_ident = span.start;
        }
        self.scopes.reference(name, span, false)
    }

    /// May `name` be bound or assigned to here?
    fn check_binding_name(&self, name: Name, pos: u32) -> R<()> {
        self.check_identifier(name, pos)?;
        if self.ctx.strict && (name == known::Eval || name == known::Arguments) {
            return syntax(pos, "invalid variable name in strict mode");
        }
        Ok(())
    }

    /// The current token as the name of a binding.
    fn binding_identifier(&mut self) -> R<(Name, Span)> {
        if !self.at(T::Word) {
            return self.unexpected_in("binding");
        }
        let (name, span) = (self.tok.name, Span::new(self.tok.start, self.tok.end));
        self.check_binding_name(name, span.start)?;
        if name == known::Await {
            self.last_await_ident = span.start;
        }
        self.next()?;
        Ok((name, span))
    }
}

/// Runs the parser.
pub(crate) fn parse<'a>(arena: &'a Bump, source: &'a [u8], options: &ParseOptions<'_>) -> R<Program<'a>> {
    if source.len() >= u32::MAX as usize - 16 {
        return Err(out_of_memory());
    }
    let mut strict = options.strict;
    let mut context = EvalContext::default();
    let is_module = matches!(options.goal, Goal::Module);
    let mut kind = match options.goal {
        Goal::Script | Goal::DynamicFunction(_) => ProgramKind::Script,
        Goal::Module => ProgramKind::Module,
        Goal::IndirectEval | Goal::DirectEval(_) => ProgramKind::SloppyEval,
    };
    if let Goal::DirectEval(chain) = options.goal {
        strict |= chain.strict;
        context = chain.context;
    }
    strict |= is_module;
    let eval = kind == ProgramKind::SloppyEval;
    if eval && strict {
        kind = ProgramKind::StrictEval;
    }
    let top_level_await = is_module || (options.allow_top_level_await && kind == ProgramKind::Script);
    let mut p = Parser {
        arena,
        options,
        lx: Lexer::new(arena, source, options.hash_seed),
        tok: Token::START,
        prev_end: 0,
        scopes: Resolver::new(arena, kind, options.memory_limit),
        ctx: Ctx {
            strict,
            is_async: top_level_await,
            is_generator: false,
            in_function: false,
            new_target: context.in_function,
            super_property: context.in_method,
            super_call: context.in_derived_constructor,
            no_arguments: context.in_class_field_init,
            static_block: false,
            in_params: false,
            field_init: context.in_class_field_init,
            nonsimple: false,
            no_in: false,
            in_loop: false,
            in_break: false,
            labels: 0,
        },
        labels: Vec::new(),
        s: Scratch::default(),
        cover: NOWHERE,
        cover_message: "",
        spread_commas: HashSet::default(),
        last_yield: 0,
        last_await: 0,
        last_await_ident: 0,
        pattern_has_expr: false,
        duplicate_param: NOWHERE,
        module: modules::ModuleBuilder::default(),
        is_module,
        ticks: 0,
    };
    p.lx.html_comments = !is_module;
    if let Goal::DynamicFunction(parts) = options.goal {
        p.check_dynamic_parts(parts)?;
    }
    p.program()
}

impl<'a> Parser<'a, '_> {
    fn program(&mut self) -> R<Program<'a>> {
        let f = self.scopes.new_function(FunctionKind::Program, 0)?;
        self.scopes.open_function(f, 0)?;
        if let Goal::DirectEval(chain) = self.options.goal {
            self.scopes.set_chain(chain, &mut self.lx)?;
        }
        if !matches!(self.options.goal, Goal::DynamicFunction(_)) {
            self.lx.skip_hashbang();
        }
        self.next()?;
        let body = if matches!(self.options.goal, Goal::DynamicFunction(_)) {
            // The text may hold nothing but one function: parse it as an expression.
            let start = self.tok.start;
            let e = self.parse_primary()?;
            if !self.at(T::Eof) {
                return self.unexpected();
            }
            let stmt = Stmt { span: Span::new(start, self.prev_end), kind: StmtKind::Expr(e) };
            self.alloc_slice(&[stmt])?
        } else {
            self.statement_list(T::Eof, true)?
        };
        let module = if self.is_module { Some(self.finish_module()?) } else { None };
        let strict = self.ctx.strict;
        self.measure_end()?;
        self.scopes.close_program(&self.lx)?;
        let end = self.lx.src.len() as u32;
        let info = &mut self.scopes.funs[0].info;
        info.strict = strict;
        info.span = Span::new(0, end);
        info.is_async = info.has_await;
        let tables = self.scopes.finish()?;
        self.measure_end()?;
        let names = self.alloc_slice(&self.lx.names.own)?;
        Ok(Program {
            source: self.lx.src,
            body,
            strict,
            names: crate::names::Names::new(names),
            functions: tables.functions,
            scopes: tables.scopes,
            bindings: tables.bindings,
            eval_sites: tables.eval_sites,
            module,
            globals: self.scopes.globals,
            arguments_property: self.scopes.arguments_property,
        })
    }

    fn measure_end(&mut self) -> R<()> {
        if self.options.memory_limit != 0 { self.measure() } else { Ok(()) }
    }

    /// 20.2.1.1.1 CreateDynamicFunction: parameters and body must each parse alone, so that
    /// `*/` and `}` tricks fail.
    fn check_dynamic_parts(&mut self, parts: DynamicFunctionParts) -> R<()> {
        let options = ParseOptions { goal: Goal::Script, ..*self.options };
        let source = self.lx.src;
        for (span, is_params) in [(parts.params, true), (parts.body, false)] {
            let arena = self.arena;
            let mut p = Parser {
                arena,
                options: &options,
                lx: Lexer::new(arena, source, options.hash_seed),
                tok: Token::START,
                prev_end: 0,
                scopes: Resolver::new(arena, ProgramKind::Script, options.memory_limit),
                ctx: self.ctx,
                labels: Vec::new(),
                s: Scratch::default(),
                cover: NOWHERE,
                cover_message: "",
                spread_commas: HashSet::default(),
                last_yield: 0,
                last_await: 0,
                last_await_ident: 0,
                pattern_has_expr: false,
                duplicate_param: NOWHERE,
                module: modules::ModuleBuilder::default(),
                is_module: false,
                ticks: 0,
            };
            // The line terminator before the body belongs to it (20.2.1.1.1, bodyString).
            p.lx.pos = (span.start as usize).saturating_sub(usize::from(!is_params));
            p.lx.end_at(span.end as usize);
            let f = p.scopes.new_function(FunctionKind::Program, 0)?;
            p.scopes.open_function(f, 0)?;
            let f = p.scopes.new_function(FunctionKind::Normal, 0)?;
            p.scopes.open_function(f, 0)?;
            p.enter_function(FunctionKind::Normal, parts.is_async, parts.is_generator);
            p.next()?;
            if is_params {
                p.ctx.in_params = true;
                p.parameter_list(T::Eof)?;
            } else {
                p.statement_list(T::Eof, true)?;
            }
            if !p.at(T::Eof) {
                return p.unexpected();
            }
        }
        Ok(())
    }
}
