//! Functions of every kind (15).

use super::pattern::Declare;
use super::*;

/// What to restore when a function ends.
pub(super) struct Saved {
    pub ctx: Ctx,
    last_yield: u32,
    last_await: u32,
    last_await_ident: u32,
    pattern_has_expr: bool,
    duplicate_param: u32,
    cover: u32,
    param_names: usize,
    uninitialized: usize,
}

/// A parsed parameter list.
pub(super) struct Params<'a> {
    pub list: &'a [PatternElement<'a>],
    pub rest: Option<Pattern<'a>>,
}

impl<'a> Parser<'a, '_> {
    /// Sets the context for a function's parameters and body.
    pub(super) fn enter_function(&mut self, kind: FunctionKind, is_async: bool, is_generator: bool) -> Saved {
        use FunctionKind::*;
        let saved = Saved {
            ctx: self.ctx,
            last_yield: self.last_yield,
            last_await: self.last_await,
            last_await_ident: self.last_await_ident,
            pattern_has_expr: self.pattern_has_expr,
            duplicate_param: self.duplicate_param,
            cover: self.cover,
            param_names: self.s.param_names.len(),
            uninitialized: self.s.uninitialized.len(),
        };
        let ctx = &mut self.ctx;
        ctx.is_async = is_async;
        ctx.is_generator = is_generator;
        ctx.in_function = true;
        ctx.in_params = false;
        ctx.nonsimple = false;
        ctx.no_in = false;
        ctx.in_loop = false;
        ctx.in_break = false;
        ctx.labels = self.labels.len();
        if kind == Arrow {
            // A static block's ban on `await` holds for its arrows' parameters, not their bodies.
        } else {
            ctx.new_target = true;
            ctx.super_property = matches!(
                kind,
                Method | Getter | Setter | Constructor | DerivedConstructor | FieldInit | StaticInit
            );
            ctx.super_call = kind == DerivedConstructor;
            ctx.no_arguments = matches!(kind, FieldInit | StaticInit);
            ctx.field_init = kind == FieldInit;
            ctx.static_block = false;
        }
        self.last_yield = 0;
        self.last_await = 0;
        self.last_await_ident = 0;
        self.pattern_has_expr = false;
        self.duplicate_param = NOWHERE;
        self.cover = NOWHERE;
        saved
    }

    pub(super) fn leave_function(&mut self, saved: Saved, arrow: bool) {
        self.ctx = saved.ctx;
        self.last_yield = saved.last_yield;
        self.last_await = saved.last_await;
        if arrow {
            self.last_await_ident = self.last_await_ident.max(saved.last_await_ident);
        } else {
            self.last_await_ident = saved.last_await_ident;
        }
        self.pattern_has_expr = saved.pattern_has_expr;
        self.duplicate_param = saved.duplicate_param;
        self.cover = saved.cover;
        self.s.param_names.truncate(saved.param_names);
        self.s.uninitialized.truncate(saved.uninitialized);
    }

    /// `function` expression, at the word `function`; `start` may be that of `async`.
    pub(super) fn function_expression(&mut self, start: u32, is_async: bool) -> R<&'a Expr<'a>> {
        self.check_stack()?;
        self.next()?;
        let is_generator = self.eat(T::Mul)?;
        let mut name = None;
        if self.at(T::Word) {
            let ctx = self.ctx;
            self.ctx.is_async = is_async;
            self.ctx.is_generator = is_generator;
            self.ctx.static_block = false;
            self.check_binding_name(self.tok.name, self.tok.start)?;
            self.ctx = ctx;
            name = Some((self.tok.name, self.tok.start));
            self.next()?;
        }
        let function =
            self.function(start, FunctionKind::Normal, is_async, is_generator, name, true, None)?;
        self.expr(start, ExprFlags::NONE, ExprKind::Function(function))
    }

    /// A method, getter, setter or constructor, at its parameters.
    pub(super) fn method(
        &mut self,
        kind: FunctionKind,
        start: u32,
        is_async: bool,
        is_generator: bool,
    ) -> R<&'a Function<'a>> {
        self.check_stack()?;
        self.function(start, kind, is_async, is_generator, None, false, None)
    }

    /// The rest of a function from its parameters on. `name` with its position; `expression`: the
    /// name is visible inside only. `creation`: for hoisted declarations, where their scope starts.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn function(
        &mut self,
        start: u32,
        kind: FunctionKind,
        is_async: bool,
        is_generator: bool,
        name: Option<(Name, u32)>,
        expression: bool,
        creation: Option<u32>,
    ) -> R<&'a Function<'a>> {
        let f = self.scopes.new_function(kind, start)?;
        if let Some(pos) = creation {
            self.scopes.funs[f as usize].creation = pos;
        }
        // CreateDynamicFunction binds the name `anonymous` nowhere.
        let dynamic = f == 1 && matches!(self.options.goal, Goal::DynamicFunction(_));
        if expression
            && !dynamic
            && let Some((name, _)) = name
        {
            self.scopes.funs[f as usize].own_name = Some(name);
        }
        let saved = self.enter_function(kind, is_async, is_generator);
        let params_start = self.tok.start;
        self.scopes.open_function(f, params_start)?;
        self.expect(T::LParen)?;
        self.ctx.in_params = true;
        let params = self.parameter_list(T::RParen)?;
        self.ctx.in_params = false;
        match kind {
            FunctionKind::Getter if !params.list.is_empty() || params.rest.is_some() => {
                return syntax(params_start, "getter must have no parameters");
            }
            FunctionKind::Setter if params.list.len() != 1 || params.rest.is_some() => {
                return syntax(params_start, "setter must have exactly one parameter");
            }
            _ => {}
        }
        self.expect(T::RParen)?;
        let body = self.function_body(f, &params)?;
        self.finish_function(f, start, is_async, is_generator, name, params, body, saved)
    }

    /// `{ … }`
    fn function_body(&mut self, f: u32, params: &Params<'a>) -> R<FunctionBody<'a>> {
        let start = self.tok.start;
        self.expect(T::LBrace)?;
        self.parameters_known(f, params);
        if self.pattern_has_expr {
            self.scopes.open_body(f, start)?;
        }
        let has_expr = self.pattern_has_expr;
        let statements = self.statement_list(T::RBrace, true)?;
        self.pattern_has_expr = has_expr;
        if !self.at(T::RBrace) {
            return self.expected(T::RBrace);
        }
        Ok(FunctionBody::Statements(statements))
    }

    /// Notes what the parameters look like, before the body.
    fn parameters_known(&mut self, f: u32, params: &Params<'a>) {
        let simple = params.rest.is_none()
            && params.list.iter().all(|p| p.default.is_none() && matches!(p.target, Pattern::Ident(_)));
        let length = params.list.iter().position(|p| p.default.is_some()).unwrap_or(params.list.len()) as u32;
        self.ctx.nonsimple = !simple;
        let info = &mut self.scopes.funs[f as usize].info;
        info.simple_params = simple;
        info.length = length;
        info.has_param_expressions = self.pattern_has_expr;
        if !self.pattern_has_expr {
            self.scopes.params_initialized();
        }
    }

    /// Checks what only the body's strictness decides, closes the scopes, makes the node. At the
    /// body's last token if that is a brace.
    #[allow(clippy::too_many_arguments)]
    fn finish_function(
        &mut self,
        f: u32,
        start: u32,
        is_async: bool,
        is_generator: bool,
        name: Option<(Name, u32)>,
        params: Params<'a>,
        body: FunctionBody<'a>,
        saved: Saved,
    ) -> R<&'a Function<'a>> {
        let strict = self.ctx.strict;
        let kind = self.scopes.funs[f as usize].info.kind;
        if strict && !saved.ctx.strict {
            for i in saved.param_names..self.s.param_names.len() {
                let (name, pos) = self.s.param_names[i];
                self.check_binding_name(name, pos)?;
            }
            if let Some((name, pos)) = name {
                // `yield` and the like are judged by strictness alone.
                self.ctx.is_async = false;
                self.check_binding_name(name, pos)?;
            }
        }
        if self.duplicate_param != NOWHERE && (strict || self.ctx.nonsimple || kind != FunctionKind::Normal) {
            return syntax(self.duplicate_param, "duplicate argument names not allowed in this context");
        }
        if self.pattern_has_expr {
            self.scopes.close_body()?;
        }
        // toString and the arguments object look at these when the function's scope closes.
        let end = if self.at(T::RBrace) && !matches!(body, FunctionBody::Expr(_)) {
            self.tok.end
        } else {
            self.prev_end
        };
        let info = &mut self.scopes.funs[f as usize].info;
        info.strict = strict;
        info.is_async = is_async;
        info.is_generator = is_generator;
        info.span = Span::new(start, end);
        self.scopes.close_function()?;
        let arrow = kind == FunctionKind::Arrow;
        self.leave_function(saved, arrow);
        if !matches!(body, FunctionBody::Expr(_)) {
            self.next()?;
        }
        let function = self.alloc(Function {
            id: FunctionId(f),
            kind,
            is_async,
            is_generator,
            span: Span::new(start, end),
            name: name.map(|n| n.0),
            params: params.list,
            rest: params.rest,
            body,
        })?;
        self.scopes.funs[f as usize].info.node = Some(function);
        self.tick()?;
        Ok(function)
    }

    /// FormalParameters up to (not including) `end`. Declares them.
    pub(super) fn parameter_list(&mut self, end: T) -> R<Params<'a>> {
        let mark = self.s.params.len();
        let names = self.s.uninitialized.len();
        let mut rest = None;
        while !self.at(end) {
            if self.eat(T::Ellipsis)? {
                let target = self.binding_target()?;
                self.declare_pattern(&target, Declare::Param)?;
                self.initialize_names(names);
                rest = Some(target);
                if !self.at(end) {
                    return self.fail("rest parameter must be the last one");
                }
                break;
            }
            let element = self.binding_element()?;
            self.declare_parameter(&element, self.s.params.len() - mark)?;
            self.initialize_names(names);
            push(&mut self.s.params, element)?;
            if !self.at(end) {
                self.expect(T::Comma)?;
            }
        }
        let list = self.alloc_slice(&self.s.params[mark..])?;
        self.s.params.truncate(mark);
        Ok(Params { list, rest })
    }

    fn declare_parameter(&mut self, element: &PatternElement<'a>, index: usize) -> R<()> {
        self.declare_pattern(&element.target, Declare::Param)?;
        if let (Pattern::Ident(_), Some(&b)) = (element.target, self.s.uninitialized.last()) {
            self.scopes.binds[b as usize].b.param_index = index as u32;
        }
        Ok(())
    }

    /// An arrow function at its `=>`. Its parameters are `s.params` from `params` on and `rest`;
    /// they were parsed since `mark`. `covered`: not just an identifier.
    pub(super) fn arrow_function(
        &mut self,
        start: u32,
        mark: Mark,
        params: usize,
        rest: Option<Pattern<'a>>,
        is_async: bool,
        covered: bool,
    ) -> R<&'a Expr<'a>> {
        self.check_stack()?;
        let has_expr = covered && self.pattern_has_expr;
        let last_await_ident = self.last_await_ident;
        let saved = self.enter_function(FunctionKind::Arrow, is_async, false);
        self.last_await_ident = last_await_ident;
        let f = self.scopes.open_arrow(mark, start)?;
        let names = self.s.uninitialized.len();
        let list = self.alloc_slice(&self.s.params[params..])?;
        self.s.params.truncate(params);
        for (i, element) in list.iter().enumerate() {
            self.declare_parameter(element, i)?;
            // Initialised once its own initialiser has run.
            let end = element.default.map_or(0, |d| d.span.end);
            for k in names..self.s.uninitialized.len() {
                let b = self.s.uninitialized[k];
                let pos = if end != 0 { end } else { self.prev_end };
                self.scopes.initialized(b, pos);
            }
            self.s.uninitialized.truncate(names);
        }
        if let Some(rest) = &rest {
            self.declare_pattern(rest, Declare::Param)?;
            self.initialize_names(names);
        }
        self.pattern_has_expr = has_expr;
        if self.duplicate_param != NOWHERE {
            return syntax(self.duplicate_param, "duplicate argument names not allowed in this context");
        }
        let params = Params { list, rest };
        self.ctx.static_block = false;
        self.next()?;
        let body = if self.at(T::LBrace) {
            self.function_body(f, &params)?
        } else {
            self.parameters_known(f, &params);
            let body_start = self.tok.start;
            if has_expr {
                self.scopes.open_body(f, body_start)?;
            }
            self.ctx.no_in = saved.ctx.no_in;
            let e = self.parse_assign()?;
            self.pattern_has_expr = has_expr;
            FunctionBody::Expr(e)
        };
        let function = self.finish_function(f, start, is_async, false, None, params, body, saved)?;
        self.expr(start, ExprFlags::NONE, ExprKind::Function(function))
    }
}
