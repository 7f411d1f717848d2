//! Statements and declarations (14).

use super::pattern::Declare;
use super::*;

impl<'a> Parser<'a, '_> {
    /// Statements up to (not including) `end`. `directives`: a directive prologue may come first.
    pub(super) fn statement_list(&mut self, end: T, directives: bool) -> R<&'a [Stmt<'a>]> {
        let mark = self.s.stmts.len();
        if directives {
            self.directive_prologue(end)?;
        }
        while !self.at(end) {
            if self.at(T::Eof) {
                return self.expected(end);
            }
            let stmt = self.statement_list_item()?;
            push(&mut self.s.stmts, stmt)?;
        }
        let list = self.alloc_slice(&self.s.stmts[mark..])?;
        self.s.stmts.truncate(mark);
        Ok(list)
    }

    fn directive_prologue(&mut self, end: T) -> R<()> {
        let mut octal = NOWHERE;
        while self.at(T::String) && !self.at(end) {
            let tok = self.tok;
            if tok.legacy_octal {
                octal = octal.min(tok.start);
            }
            let stmt = self.statement_list_item()?;
            push(&mut self.s.stmts, stmt)?;
            let StmtKind::Expr(e) = stmt.kind else { break };
            let is_directive = matches!(e.kind, ExprKind::String(_))
                && !e.is_parenthesized()
                && e.span == Span::new(tok.start, tok.end);
            if !is_directive {
                break;
            }
            let raw = self.lx.src.get(tok.start as usize + 1..(tok.end as usize).saturating_sub(1));
            if raw == Some(b"use strict") {
                if self.ctx.nonsimple {
                    return syntax(
                        tok.start,
                        "\"use strict\" not allowed in function with default or destructuring parameter",
                    );
                }
                self.ctx.strict = true;
                if self.scopes.opens.len() == 1 {
                    self.strict_program();
                }
            }
            if self.ctx.strict && octal != NOWHERE {
                return syntax(octal, "octal literals and escapes are not allowed in strict mode");
            }
        }
        Ok(())
    }

    /// "use strict" at the program's top: an eval's variables become its own.
    fn strict_program(&mut self) {
        if self.scopes.program == ProgramKind::SloppyEval {
            self.scopes.program = ProgramKind::StrictEval;
        }
    }

    fn stmt(&self, start: u32, kind: StmtKind<'a>) -> Stmt<'a> {
        Stmt { span: Span::new(start, self.prev_end), kind }
    }

    /// StatementListItem, or ModuleItem at the top of a module.
    pub(super) fn statement_list_item(&mut self) -> R<Stmt<'a>> {
        self.tick()?;
        let start = self.tok.start;
        if self.at(T::Word) && !self.tok.escaped {
            let name = self.tok.name;
            match name {
                known::Function => return self.function_declaration(start, false, false),
                known::Class => return self.class_declaration(false),
                known::Const => return self.lexical_declaration(VarKind::Const),
                known::Let if self.is_let_declaration()? => return self.lexical_declaration(VarKind::Let),
                known::Async => {
                    let after = self.peek()?;
                    if after.is_word(known::Function) && !after.newline_before {
                        self.next()?;
                        return self.function_declaration(start, true, false);
                    }
                }
                known::Using if self.is_using(false)? => {
                    return self.lexical_declaration(VarKind::Using);
                }
                known::Await if self.ctx.is_async && self.is_await_using()? => {
                    return self.lexical_declaration(VarKind::AwaitUsing);
                }
                known::Import => {
                    let after = self.peek()?;
                    if !matches!(after.kind, T::LParen | T::Dot) {
                        if !self.is_module || self.scopes.opens.len() != 1 {
                            return self.fail("import declarations may only appear at top level of a module");
                        }
                        return self.import_declaration();
                    }
                }
                known::Export => {
                    if !self.is_module || self.scopes.opens.len() != 1 {
                        return self.fail("export declarations may only appear at top level of a module");
                    }
                    return self.export_declaration();
                }
                _ => {}
            }
        }
        self.statement()
    }

    /// At `let`: does a declaration start here?
    pub(super) fn is_let_declaration(&mut self) -> R<bool> {
        let after = self.peek()?;
        Ok(match after.kind {
            T::LBracket | T::LBrace => true,
            T::Word => after.name.0 > LAST_RESERVED || after.escaped,
            _ => false,
        })
    }

    /// At `using`: does a declaration start here?
    pub(super) fn is_using(&mut self, for_head: bool) -> R<bool> {
        let after = self.peek()?;
        if for_head && after.is_word(known::Of) {
            // `for (using of of …)` is no declaration, `for (using of = …;;)` is one.
            let (_, third) = self.peek2()?;
            return Ok(matches!(third.kind, T::Assign | T::Semicolon | T::Colon));
        }
        Ok(after.kind == T::Word && !after.newline_before && after.name.0 > LAST_RESERVED)
    }

    /// At `await`: does `await using x` start here?
    pub(super) fn is_await_using(&mut self) -> R<bool> {
        let (using, name) = self.peek2()?;
        Ok(using.is_word(known::Using)
            && !using.newline_before
            && name.kind == T::Word
            && !name.newline_before
            && name.name.0 > LAST_RESERVED)
    }

    /// The body of an if, loop, label or with: no declarations.
    fn substatement(&mut self) -> R<Stmt<'a>> {
        if self.at(T::Word) && !self.tok.escaped {
            let bad = match self.tok.name {
                known::Function | known::Class | known::Const => true,
                known::Let => {
                    let after = self.peek()?;
                    after.kind == T::LBracket || (!after.newline_before && self.is_let_declaration()?)
                }
                known::Async => {
                    let after = self.peek()?;
                    after.is_word(known::Function) && !after.newline_before
                }
                known::Using => self.is_using(false)?,
                known::Await if self.ctx.is_async => self.is_await_using()?,
                _ => false,
            };
            if bad {
                return self.fail("declarations are not allowed in single-statement context");
            }
        }
        self.statement()
    }

    fn sub(&mut self) -> R<&'a Stmt<'a>> {
        let stmt = self.substatement()?;
        self.alloc(stmt)
    }

    /// A loop's body.
    fn loop_body(&mut self) -> R<&'a Stmt<'a>> {
        let (in_loop, in_break) = (self.ctx.in_loop, self.ctx.in_break);
        self.ctx.in_loop = true;
        self.ctx.in_break = true;
        if self.at_word(known::Function) {
            return self.fail("function declarations are not allowed in single-statement context");
        }
        let body = self.sub()?;
        if self.is_labelled_function(body) {
            return syntax(body.span.start, "labelled function declarations are not allowed in loops");
        }
        self.ctx.in_loop = in_loop;
        self.ctx.in_break = in_break;
        Ok(body)
    }

    fn is_labelled_function(&self, mut stmt: &Stmt<'a>) -> bool {
        while let StmtKind::Labeled(l) = stmt.kind {
            if matches!(l.body.kind, StmtKind::Function(_)) {
                return true;
            }
            stmt = l.body;
        }
        false
    }

    pub(super) fn statement(&mut self) -> R<Stmt<'a>> {
        self.check_stack()?;
        let start = self.tok.start;
        match self.tok.kind {
            T::LBrace => {
                self.next()?;
                // A block with nothing in it needs no scope, and is no more than an empty statement.
                if self.eat(T::RBrace)? {
                    return Ok(self.stmt(start, StmtKind::Empty));
                }
                let block = self.block_from(start, ScopeKind::Block)?;
                return Ok(self.stmt(start, StmtKind::Block(block)));
            }
            T::Semicolon => {
                self.next()?;
                return Ok(self.stmt(start, StmtKind::Empty));
            }
            T::Word if !self.tok.escaped && self.tok.name.0 <= LAST_RESERVED => match self.tok.name {
                known::Var => {
                    self.next()?;
                    let decl = self.declarations(VarKind::Var, None)?;
                    self.semicolon()?;
                    return Ok(self.stmt(start, StmtKind::Var(decl)));
                }
                known::If => return self.if_statement(),
                known::For => return self.for_statement(),
                known::While => {
                    self.mark_loop_labels(start);
                    self.next()?;
                    let test = self.head_expression()?;
                    let body = self.loop_body()?;
                    let node = self.alloc(While { test, body })?;
                    return Ok(self.stmt(start, StmtKind::While(node)));
                }
                known::Do => return self.do_statement(),
                known::Return => {
                    if !self.ctx.in_function {
                        return self.fail("return not in a function");
                    }
                    self.next()?;
                    let ends =
                        self.tok.newline_before || matches!(self.tok.kind, T::Semicolon | T::RBrace | T::Eof);
                    let value = if ends { None } else { Some(self.parse_expression()?) };
                    self.semicolon()?;
                    return Ok(self.stmt(start, StmtKind::Return(value)));
                }
                known::Break | known::Continue => return self.jump(),
                known::Throw => {
                    self.next()?;
                    if self.tok.newline_before {
                        return self.fail("line terminator not allowed after throw");
                    }
                    let value = self.parse_expression()?;
                    self.semicolon()?;
                    return Ok(self.stmt(start, StmtKind::Throw(value)));
                }
                known::Try => return self.try_statement(),
                known::Switch => return self.switch_statement(),
                known::With => return self.with_statement(),
                known::Debugger => {
                    self.next()?;
                    self.semicolon()?;
                    return Ok(self.stmt(start, StmtKind::Debugger));
                }
                known::Function | known::Class | known::Const => {
                    return self.fail("declarations are not allowed in single-statement context");
                }
                _ => {}
            },
            _ => {}
        }
        let e = self.parse_expression()?;
        if self.at(T::Colon)
            && let ExprKind::Ident(ident) = e.kind
            && !e.is_parenthesized()
        {
            // A label after all: no reference.
            ident.resolution.set(Resolution::Static(VarRef::Global));
            return self.labelled(start, ident.name);
        }
        self.semicolon()?;
        Ok(self.stmt(start, StmtKind::Expr(e)))
    }

    /// `( expression )`
    fn head_expression(&mut self) -> R<&'a Expr<'a>> {
        self.expect(T::LParen)?;
        let e = self.parse_expression()?;
        self.expect(T::RParen)?;
        Ok(e)
    }

    pub(super) fn block(&mut self, kind: ScopeKind) -> R<&'a Block<'a>> {
        let start = self.tok.start;
        if !self.at(T::LBrace) {
            return self.expected(T::LBrace);
        }
        self.next()?;
        self.block_from(start, kind)
    }

    /// The rest of a block whose `{` is at `start`.
    fn block_from(&mut self, start: u32, kind: ScopeKind) -> R<&'a Block<'a>> {
        let scope = self.scopes.open_block(kind, start)?;
        let body = self.statement_list(T::RBrace, false)?;
        let end = self.tok.start;
        self.scopes.close_block()?;
        self.next()?;
        self.alloc(Block { scope, body, end })
    }

    // ----- Labels and jumps -------------------------------------------------------------------

    fn labelled(&mut self, start: u32, label: Name) -> R<Stmt<'a>> {
        if self.labels[self.ctx.labels..].iter().any(|l| l.name == label) {
            return syntax(start, "duplicate label name");
        }
        self.next()?;
        let body_start = self.tok.start;
        // Labels of this very statement now stand before the inner one.
        for l in &mut self.labels[self.ctx.labels..] {
            if l.start == start {
                l.start = body_start;
            }
        }
        push(&mut self.labels, Label { name: label, start: body_start, is_loop: false })?;
        let body = if self.at_word(known::Function) {
            if self.ctx.strict {
                return self.fail("labelled function declarations are not allowed in strict mode");
            }
            if self.peek()?.kind == T::Mul {
                return self.fail("generators can't be labelled");
            }
            let stmt = self.function_declaration(body_start, false, false)?;
            self.alloc(stmt)?
        } else {
            self.sub()?
        };
        self.labels.pop();
        let node = self.alloc(Labeled { label, body })?;
        Ok(self.stmt(start, StmtKind::Labeled(node)))
    }

    /// A loop starts here: the labels before it may be continued.
    fn mark_loop_labels(&mut self, start: u32) {
        for l in self.labels.iter_mut().rev() {
            if l.start != start {
                break;
            }
            l.is_loop = true;
        }
    }

    fn jump(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        let is_break = self.tok.name == known::Break;
        self.next()?;
        let mut label = None;
        if self.at(T::Word) && !self.tok.newline_before && self.tok.name.0 > LAST_RESERVED {
            let name = self.tok.name;
            self.check_identifier(name, self.tok.start)?;
            let found = self.labels[self.ctx.labels..].iter().find(|l| l.name == name);
            match found {
                Some(l) if is_break || l.is_loop => {}
                _ => return self.fail("break/continue label not found"),
            }
            label = Some(name);
            self.next()?;
        } else if is_break && !self.ctx.in_break {
            return syntax(start, "break must be inside loop or switch");
        } else if !is_break && !self.ctx.in_loop {
            return syntax(start, "continue must be inside loop");
        }
        self.semicolon()?;
        Ok(self.stmt(start, if is_break { StmtKind::Break(label) } else { StmtKind::Continue(label) }))
    }

    // ----- Declarations -----------------------------------------------------------------------

    fn lexical_declaration(&mut self, kind: VarKind) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.next()?;
        if kind == VarKind::AwaitUsing {
            if self.ctx.in_params || self.ctx.static_block {
                return syntax(start, "await using is not allowed here");
            }
            self.last_await = start.max(1);
            self.next()?;
            self.note_await();
        }
        if matches!(kind, VarKind::Using | VarKind::AwaitUsing) {
            let top_of_script = self.scopes.opens.len() == 1 && !self.is_module;
            let in_switch = self.scopes.current().kind == ScopeKind::Switch;
            if top_of_script || in_switch {
                return syntax(start, "using declarations are not allowed here");
            }
        }
        let decl = self.declarations(kind, None)?;
        self.semicolon()?;
        Ok(self.stmt(start, StmtKind::Var(decl)))
    }

    fn note_using(&mut self, kind: VarKind) {
        match kind {
            VarKind::Using => self.scopes.current().has_using = true,
            VarKind::AwaitUsing => {
                self.scopes.current().has_using = true;
                self.scopes.current().has_await_using = true;
            }
            _ => {}
        }
    }

    fn declare_how(kind: VarKind) -> Declare {
        match kind {
            VarKind::Var => Declare::Var,
            _ => Declare::Lexical(kind),
        }
    }

    /// The target of a declaration of `kind`.
    fn declaration_target(&mut self, kind: VarKind) -> R<Pattern<'a>> {
        if matches!(kind, VarKind::Using | VarKind::AwaitUsing) && !self.at(T::Word) {
            return self.fail("using declarations may not have binding patterns");
        }
        self.binding_target()
    }

    /// VariableDeclarationList or BindingList. `first`: a target already read (for heads).
    pub(super) fn declarations(
        &mut self,
        kind: VarKind,
        first: Option<(u32, Pattern<'a>)>,
    ) -> R<&'a VarDecl<'a>> {
        self.note_using(kind);
        let mark = self.s.declarators.len();
        let names = self.s.uninitialized.len();
        let mut first = first;
        loop {
            let (start, target) = match first.take() {
                Some(f) => f,
                None => {
                    let start = self.tok.start;
                    (start, self.declaration_target(kind)?)
                }
            };
            self.declare_pattern(&target, Self::declare_how(kind))?;
            let mut init = None;
            if self.at(T::Assign) {
                self.next()?;
                init = Some(self.parse_assign()?);
            } else if !matches!(target, Pattern::Ident(_)) {
                return self.fail("expecting '=' in destructuring declaration");
            } else if matches!(kind, VarKind::Const | VarKind::Using | VarKind::AwaitUsing) {
                return self.fail("missing initializer for const variable");
            }
            self.initialize_names(names);
            let span = Span::new(start, self.prev_end);
            push(&mut self.s.declarators, Declarator { span, target, init })?;
            if !self.eat(T::Comma)? {
                break;
            }
        }
        let declarators = self.alloc_slice(&self.s.declarators[mark..])?;
        self.s.declarators.truncate(mark);
        self.alloc(VarDecl { kind, declarators })
    }

    /// A function declaration at `function`. `default`: after `export default`, where the name may lack.
    pub(super) fn function_declaration(&mut self, start: u32, is_async: bool, default: bool) -> R<Stmt<'a>> {
        self.check_stack()?;
        self.next()?;
        let is_generator = self.eat(T::Mul)?;
        let span = Span::new(self.tok.start, self.tok.end);
        let (name, own_name) = if default && self.at(T::LParen) {
            (known::StarDefault, known::Default)
        } else {
            let (name, _) = self.binding_identifier()?;
            (name, name)
        };
        let pos = span.start;
        let plain = !self.ctx.strict && !is_async && !is_generator;
        let top = self.scopes.at_var_scope();
        let binding = if top {
            self.scopes.declare_top_function(name, pos)?
        } else {
            self.scopes.declare(name, BindingKind::Function, pos, plain)?
        };
        let ident = self.scopes.ident(name, span, Resolution::Unresolved)?;
        let bind = self.scopes.binds[binding as usize].b;
        if bind.global && self.scopes.program == ProgramKind::SloppyEval {
            self.scopes.refer(ident, false)?;
        } else {
            self.scopes.bind_ident(ident, binding);
        }
        let creation = self.scopes.scope_start();
        let function = self.function(
            start,
            FunctionKind::Normal,
            is_async,
            is_generator,
            Some((own_name, pos)),
            false,
            Some(creation),
        )?;
        let annex_b = self.alloc(std::cell::Cell::new(None))?;
        let decl = self.alloc(FunctionDecl { function, binding: ident, annex_b })?;
        self.scopes.hoist_function(decl)?;
        if !top && plain {
            self.scopes.annex_b_candidate(decl)?;
        }
        Ok(self.stmt(start, StmtKind::Function(decl)))
    }

    pub(super) fn class_declaration(&mut self, default: bool) -> R<Stmt<'a>> {
        let start = self.tok.start;
        let after = self.peek()?;
        let span = Span::new(after.start, after.end);
        let unnamed = after.kind != T::Word || after.is_word(known::Extends);
        if unnamed && !default {
            self.next()?;
            return self.fail("expecting class name");
        }
        let name = if unnamed { known::StarDefault } else { after.name };
        if name == known::Let {
            return self.fail("'let' is not a valid lexical identifier");
        }
        let binding = self.scopes.declare(name, BindingKind::Class, span.start, false)?;
        let ident = self.scopes.ident(name, span, Resolution::Unresolved)?;
        self.scopes.bind_ident(ident, binding);
        let class = self.class(unnamed.then_some(known::Default))?;
        self.scopes.initialized(binding, self.prev_end);
        let node = self.alloc(ClassDecl { class, binding: ident })?;
        Ok(self.stmt(start, StmtKind::Class(node)))
    }

    // ----- if, loops --------------------------------------------------------------------------

    /// A branch of an `if`: in sloppy code a function declaration may stand there (B.3.3), as in a block.
    fn branch(&mut self) -> R<&'a Stmt<'a>> {
        if self.at_word(known::Function) && !self.ctx.strict {
            let start = self.tok.start;
            if self.peek()?.kind == T::Mul {
                return self.fail("generator declarations are not allowed in single-statement context");
            }
            let scope = self.scopes.open_block(ScopeKind::Block, start)?;
            let decl = self.function_declaration(start, false, false)?;
            self.scopes.close_block()?;
            let body = self.alloc_slice(&[decl])?;
            let block = self.alloc(Block { scope, body, end: self.prev_end })?;
            let stmt = self.stmt(start, StmtKind::Block(block));
            return self.alloc(stmt);
        }
        let stmt = self.sub()?;
        if self.is_labelled_function(stmt) {
            return syntax(stmt.span.start, "labelled function declarations are not allowed in 'if'");
        }
        Ok(stmt)
    }

    fn if_statement(&mut self) -> R<Stmt<'a>> {
        let mark = self.s.ifs.len();
        let mut last = None;
        loop {
            let start = self.tok.start;
            self.next()?;
            let test = self.head_expression()?;
            let consequent = self.branch()?;
            push(&mut self.s.ifs, (start, test, consequent))?;
            if !self.eat_word(known::Else)? {
                break;
            }
            self.tick()?;
            if !self.at_word(known::If) {
                last = Some(self.branch()?);
                break;
            }
        }
        loop {
            let Some((start, test, consequent)) = self.s.ifs.pop() else { return self.unexpected() };
            let node = self.alloc(If { test, consequent, alternate: last })?;
            let stmt = self.stmt(start, StmtKind::If(node));
            if self.s.ifs.len() == mark {
                return Ok(stmt);
            }
            last = Some(self.alloc(stmt)?);
        }
    }

    fn do_statement(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.mark_loop_labels(start);
        self.next()?;
        let body = self.loop_body()?;
        self.expect_word(known::While)?;
        let test = self.head_expression()?;
        // A semicolon is optional here whatever follows.
        self.eat(T::Semicolon)?;
        let node = self.alloc(While { test, body })?;
        Ok(self.stmt(start, StmtKind::DoWhile(node)))
    }

    fn for_statement(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.mark_loop_labels(start);
        self.next()?;
        let mut is_await = false;
        if self.at_word(known::Await) {
            if !self.ctx.is_async || self.ctx.static_block {
                return self.fail("for await is only valid in asynchronous functions");
            }
            self.last_await = self.tok.start.max(1);
            self.note_await();
            is_await = true;
            self.next()?;
        }
        let scope_start = self.tok.start;
        self.expect(T::LParen)?;
        let scope = self.scopes.open_block(ScopeKind::For, scope_start)?;
        let first = self.tok;
        let mut kind = None;
        if first.kind == T::Word && !first.escaped {
            kind = match first.name {
                known::Var => Some(VarKind::Var),
                known::Const => Some(VarKind::Const),
                known::Let if self.is_let_declaration()? => Some(VarKind::Let),
                known::Using if self.is_using(true)? => Some(VarKind::Using),
                known::Await if self.ctx.is_async && self.is_await_using()? => Some(VarKind::AwaitUsing),
                _ => None,
            };
        }
        if let Some(kind) = kind {
            self.next()?;
            if kind == VarKind::AwaitUsing {
                self.last_await = first.start.max(1);
                self.note_await();
                self.next()?;
            }
            let target_start = self.tok.start;
            self.ctx.no_in = true;
            let target = self.declaration_target(kind)?;
            if self.at_word(known::Of) || (self.at_word(known::In) && !is_await) {
                self.ctx.no_in = false;
                let is_of = self.at_word(known::Of);
                if !is_of && matches!(kind, VarKind::Using | VarKind::AwaitUsing) {
                    return self.fail("using declarations are not allowed in for-in");
                }
                self.note_using(kind);
                let names = self.s.uninitialized.len();
                self.declare_pattern(&target, Self::declare_how(kind))?;
                let left = ForTarget::Decl { kind, target, init: None };
                return self.for_in_of(start, scope, left, is_of, is_await, names);
            }
            let names = self.s.uninitialized.len();
            let decl = self.declarations_or_init(kind, target_start, target)?;
            self.ctx.no_in = false;
            // B.3.5: for (var x = init in object)
            if self.at_word(known::In)
                && kind == VarKind::Var
                && !self.ctx.strict
                && !is_await
                && let [Declarator { target: target @ Pattern::Ident(_), init: init @ Some(_), .. }] =
                    *decl.declarators
            {
                let left = ForTarget::Decl { kind, target, init };
                return self.for_in_of(start, scope, left, false, false, names);
            }
            return self.for_rest(start, scope, Some(ForInit::Decl(decl)), is_await);
        }
        if self.at(T::Semicolon) {
            return self.for_rest(start, scope, None, is_await);
        }
        // An expression, which may turn out to be the target of for-in or for-of.
        let starts_with_let = first.is_word(known::Let);
        let starts_with_async = first.is_word(known::Async);
        self.ctx.no_in = true;
        let outer = std::mem::replace(&mut self.cover, NOWHERE);
        let e_start = self.tok.start;
        let e = self.parse_assign_cover()?;
        if self.at_word(known::Of) || (self.at_word(known::In) && !is_await) {
            self.ctx.no_in = false;
            let is_of = self.at_word(known::Of);
            if is_of && starts_with_let {
                return syntax(e_start, "'let' is not allowed as the left side of for-of");
            }
            if is_of
                && starts_with_async
                && !is_await
                && matches!(e.kind, ExprKind::Ident(_))
                && !e.is_parenthesized()
            {
                return syntax(e_start, "'async' is not allowed as the left side of for-of");
            }
            let target = self.for_target(e)?;
            self.cover = outer;
            let names = self.s.uninitialized.len();
            return self.for_in_of(start, scope, ForTarget::Pattern(target), is_of, is_await, names);
        }
        self.check_cover()?;
        self.cover = outer;
        let e = if self.at(T::Comma) { self.comma_list(e_start, e)? } else { e };
        self.ctx.no_in = false;
        self.for_rest(start, scope, Some(ForInit::Expr(e)), is_await)
    }

    /// The rest of a comma list whose first member is read.
    fn comma_list(&mut self, start: u32, first: &'a Expr<'a>) -> R<&'a Expr<'a>> {
        let mark = self.s.exprs.len();
        let mut flags = first.flags;
        push(&mut self.s.exprs, first)?;
        while self.eat(T::Comma)? {
            let e = self.parse_assign()?;
            flags = flags.union(e.flags);
            push(&mut self.s.exprs, e)?;
        }
        let list = self.alloc_slice(&self.s.exprs[mark..])?;
        self.s.exprs.truncate(mark);
        self.expr(start, flags, ExprKind::Sequence(list))
    }

    /// Declarations in a for head, whose first target is read. An initialiser may lack if `in` follows
    /// (then it is no for statement and the caller complains).
    fn declarations_or_init(&mut self, kind: VarKind, start: u32, target: Pattern<'a>) -> R<&'a VarDecl<'a>> {
        self.declarations(kind, Some((start, target)))
    }

    /// `; test; update) body`
    fn for_rest(
        &mut self,
        start: u32,
        scope: ScopeId,
        init: Option<ForInit<'a>>,
        is_await: bool,
    ) -> R<Stmt<'a>> {
        if is_await {
            return self.fail("for await loops must be for-of loops");
        }
        self.expect(T::Semicolon)?;
        let test = if self.at(T::Semicolon) { None } else { Some(self.parse_expression()?) };
        self.expect(T::Semicolon)?;
        let update = if self.at(T::RParen) { None } else { Some(self.parse_expression()?) };
        self.expect(T::RParen)?;
        let body = self.loop_body()?;
        self.scopes.close_block()?;
        let node = self.alloc(For { scope, init, test, update, body })?;
        Ok(self.stmt(start, StmtKind::For(node)))
    }

    /// `of right) body`, at `of` or `in`.
    fn for_in_of(
        &mut self,
        start: u32,
        scope: ScopeId,
        left: ForTarget<'a>,
        is_of: bool,
        is_await: bool,
        names: usize,
    ) -> R<Stmt<'a>> {
        self.next()?;
        let right = if is_of { self.parse_assign()? } else { self.parse_expression()? };
        self.expect(T::RParen)?;
        self.initialize_names(names);
        let body = self.loop_body()?;
        self.scopes.close_block()?;
        let node = self.alloc(ForInOf { scope, left, right, is_await, body })?;
        Ok(self.stmt(start, if is_of { StmtKind::ForOf(node) } else { StmtKind::ForIn(node) }))
    }

    // ----- switch, try, with ------------------------------------------------------------------

    fn switch_statement(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.next()?;
        let discriminant = self.head_expression()?;
        let scope_start = self.tok.start;
        let scope = self.scopes.open_block(ScopeKind::Switch, scope_start)?;
        self.expect(T::LBrace)?;
        let in_break = std::mem::replace(&mut self.ctx.in_break, true);
        let mark = self.s.cases.len();
        let mut has_default = false;
        while !self.at(T::RBrace) {
            let at = self.tok.start;
            let test = if self.eat_word(known::Default)? {
                if std::mem::replace(&mut has_default, true) {
                    return syntax(at, "duplicate default");
                }
                None
            } else {
                self.expect_word(known::Case)?;
                Some(self.parse_expression()?)
            };
            self.expect(T::Colon)?;
            let last = self.scopes.last_binding();
            let stmts = self.s.stmts.len();
            while !self.at(T::RBrace) && !self.at_word(known::Case) && !self.at_word(known::Default) {
                if self.at(T::Eof) {
                    return self.expected(T::RBrace);
                }
                let stmt = self.statement_list_item()?;
                push(&mut self.s.stmts, stmt)?;
            }
            let body = self.alloc_slice(&self.s.stmts[stmts..])?;
            self.s.stmts.truncate(stmts);
            let end = self.prev_end;
            self.scopes.end_case(last, end);
            push(&mut self.s.cases, Case { span: Span::new(at, end), test, body })?;
        }
        let cases = self.alloc_slice(&self.s.cases[mark..])?;
        self.s.cases.truncate(mark);
        self.ctx.in_break = in_break;
        self.scopes.close_block()?;
        self.next()?;
        let node = self.alloc(Switch { discriminant, scope, cases })?;
        Ok(self.stmt(start, StmtKind::Switch(node)))
    }

    fn try_statement(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.next()?;
        let block = self.block(ScopeKind::Block)?;
        let mut handler = None;
        if self.at_word(known::Catch) {
            let at = self.tok.start;
            self.next()?;
            let scope = self.scopes.open_block(ScopeKind::Catch, at)?;
            let mut param = None;
            if self.eat(T::LParen)? {
                let names = self.s.uninitialized.len();
                let target = self.binding_target()?;
                let how = match target {
                    Pattern::Ident(_) => Declare::SimpleCatch,
                    _ => Declare::Catch,
                };
                self.declare_pattern(&target, how)?;
                self.initialize_names(names);
                self.expect(T::RParen)?;
                param = Some(target);
            }
            let body = self.block(ScopeKind::Block)?;
            self.scopes.close_block()?;
            handler = Some(self.alloc(Catch { scope, param, body })?);
        }
        let mut finalizer = None;
        if self.eat_word(known::Finally)? {
            finalizer = Some(self.block(ScopeKind::Block)?);
        }
        if handler.is_none() && finalizer.is_none() {
            return self.fail("expecting catch or finally");
        }
        let node = self.alloc(Try { block, handler, finalizer })?;
        Ok(self.stmt(start, StmtKind::Try(node)))
    }

    fn with_statement(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        if self.ctx.strict {
            return self.fail("invalid keyword: with");
        }
        self.next()?;
        let object = self.head_expression()?;
        let at = self.tok.start;
        let scope = self.scopes.open_block(ScopeKind::With, at)?;
        let body = self.sub()?;
        if self.is_labelled_function(body) {
            return syntax(body.span.start, "labelled function declarations are not allowed in 'with'");
        }
        self.scopes.close_block()?;
        let node = self.alloc(With { object, scope, body })?;
        Ok(self.stmt(start, StmtKind::With(node)))
    }
}
