//! Expressions (13).

use super::*;

/// Binding power of binary operators, and what they are.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOp),
    Logical(LogicalOp),
}

const RELATIONAL: u8 = 7;
const EXPONENT: u8 = 11;

fn infix(kind: T) -> Option<(u8, Infix)> {
    use BinaryOp::*;
    use Infix::*;
    Some(match kind {
        T::Coalesce => (1, Logical(LogicalOp::Coalesce)),
        T::Or => (1, Logical(LogicalOp::Or)),
        T::And => (2, Logical(LogicalOp::And)),
        T::BitOr => (3, Binary(BitOr)),
        T::BitXor => (4, Binary(BitXor)),
        T::BitAnd => (5, Binary(BitAnd)),
        T::Eq => (6, Binary(Eq)),
        T::Ne => (6, Binary(Ne)),
        T::StrictEq => (6, Binary(StrictEq)),
        T::StrictNe => (6, Binary(StrictNe)),
        T::Lt => (RELATIONAL, Binary(Lt)),
        T::Gt => (RELATIONAL, Binary(Gt)),
        T::Le => (RELATIONAL, Binary(Le)),
        T::Ge => (RELATIONAL, Binary(Ge)),
        T::Shl => (8, Binary(Shl)),
        T::Sar => (8, Binary(Sar)),
        T::Shr => (8, Binary(Shr)),
        T::Add => (9, Binary(Add)),
        T::Sub => (9, Binary(Sub)),
        T::Mul => (10, Binary(Mul)),
        T::Div => (10, Binary(Div)),
        T::Mod => (10, Binary(Mod)),
        T::Exp => (EXPONENT, Binary(Exp)),
        _ => return None,
    })
}

fn assign_op(kind: T) -> Option<AssignOp> {
    use AssignOp::*;
    Some(match kind {
        T::Assign => Assign,
        T::AddAssign => Binary(BinaryOp::Add),
        T::SubAssign => Binary(BinaryOp::Sub),
        T::MulAssign => Binary(BinaryOp::Mul),
        T::DivAssign => Binary(BinaryOp::Div),
        T::ModAssign => Binary(BinaryOp::Mod),
        T::ExpAssign => Binary(BinaryOp::Exp),
        T::ShlAssign => Binary(BinaryOp::Shl),
        T::SarAssign => Binary(BinaryOp::Sar),
        T::ShrAssign => Binary(BinaryOp::Shr),
        T::AndAssign => Binary(BinaryOp::BitAnd),
        T::OrAssign => Binary(BinaryOp::BitOr),
        T::XorAssign => Binary(BinaryOp::BitXor),
        T::LogicalAndAssign => Logical(LogicalOp::And),
        T::LogicalOrAssign => Logical(LogicalOp::Or),
        T::CoalesceAssign => Logical(LogicalOp::Coalesce),
        _ => return None,
    })
}

/// How an expression starts: already known to be an arrow function, or read up to a primary.
enum Head<'a> {
    Arrow(&'a Expr<'a>),
    Primary(&'a Expr<'a>),
    Unread,
}

impl<'a> Parser<'a, '_> {
    /// Expression: a comma list.
    pub(super) fn parse_expression(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        let first = self.parse_assign()?;
        if self.at(T::Comma) { self.comma_rest(start, first) } else { Ok(first) }
    }

    fn comma_rest(&mut self, start: u32, first: &'a Expr<'a>) -> R<&'a Expr<'a>> {
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

    /// AssignmentExpression that is no part of a pattern.
    pub(super) fn parse_assign(&mut self) -> R<&'a Expr<'a>> {
        let outer = std::mem::replace(&mut self.cover, NOWHERE);
        let e = self.parse_assign_cover()?;
        self.check_cover()?;
        self.cover = outer;
        Ok(e)
    }

    pub(super) fn parse_assign_in(&mut self) -> R<&'a Expr<'a>> {
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let e = self.parse_assign()?;
        self.ctx.no_in = no_in;
        Ok(e)
    }

    pub(super) fn parse_expression_in(&mut self) -> R<&'a Expr<'a>> {
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let e = self.parse_expression()?;
        self.ctx.no_in = no_in;
        Ok(e)
    }

    pub(super) fn check_cover(&self) -> R<()> {
        if self.cover != NOWHERE { syntax(self.cover, self.cover_message) } else { Ok(()) }
    }

    fn note_cover(&mut self, pos: u32, message: &'static str) {
        if self.cover == NOWHERE {
            self.cover = pos;
            self.cover_message = message;
        }
    }

    /// AssignmentExpression that may become (part of) a pattern: leaves `cover` set if only that
    /// would make it legal.
    pub(super) fn parse_assign_cover(&mut self) -> R<&'a Expr<'a>> {
        self.check_stack()?;
        let outer = std::mem::replace(&mut self.cover, NOWHERE);
        let mark = self.s.conditionals.len();
        let e = loop {
            let start = self.tok.start;
            if self.ctx.is_generator && self.at_word(known::Yield) {
                break self.parse_yield()?;
            }
            let mark_scopes = self.scopes.mark();
            let left = match self.parse_head(mark_scopes)? {
                Head::Arrow(e) => break e,
                Head::Primary(p) => self.parse_binary(0, start, Some(p))?,
                Head::Unread => self.parse_binary(0, start, None)?,
            };
            if self.at(T::Question) {
                self.check_cover()?;
                self.next()?;
                let consequent = self.parse_assign_in()?;
                self.expect(T::Colon)?;
                push(&mut self.s.conditionals, (start, left, consequent))?;
                continue;
            }
            if let Some(op) = assign_op(self.tok.kind) {
                break self.parse_assignment(start, left, op)?;
            }
            if self.cover != NOWHERE
                && (left.is_parenthesized() || !matches!(left.kind, ExprKind::Object(_) | ExprKind::Array(_)))
            {
                self.check_cover()?;
            }
            break left;
        };
        let mut e = e;
        if self.s.conditionals.len() > mark {
            self.check_cover()?;
            while self.s.conditionals.len() > mark
                && let Some((start, test, consequent)) = self.s.conditionals.pop()
            {
                let flags = test.flags.union(consequent.flags).union(e.flags);
                let c = self.alloc(Conditional { test, consequent, alternate: e })?;
                e = self.expr(start, flags, ExprKind::Conditional(c))?;
            }
        }
        if outer != NOWHERE {
            self.cover = outer;
        }
        Ok(e)
    }

    fn parse_assignment(&mut self, start: u32, left: &'a Expr<'a>, op: AssignOp) -> R<&'a Expr<'a>> {
        let mut flags = left.flags;
        let target = match left.kind {
            ExprKind::Object(_) | ExprKind::Array(_)
                if op == AssignOp::Assign && !left.is_parenthesized() =>
            {
                self.cover = NOWHERE;
                flags = flags.union(ExprFlags::HAS_ASSIGNMENT);
                let has_expr = self.pattern_has_expr;
                let pattern = self.read_pattern(left, false)?;
                self.pattern_has_expr = has_expr;
                pattern
            }
            _ => {
                self.check_cover()?;
                if let ExprKind::Ident(_) = left.kind {
                    flags = flags.union(ExprFlags::HAS_ASSIGNMENT);
                }
                self.simple_target(left, matches!(op, AssignOp::Logical(_)))?
            }
        };
        self.next()?;
        let value = self.parse_assign()?;
        flags = flags.union(value.flags);
        let parenthesized = left.is_parenthesized();
        let a = self.alloc(Assign { op, target, parenthesized, value })?;
        self.expr(start, flags, ExprKind::Assign(a))
    }

    /// AssignmentTargetType of `e` must be simple. A call is let through in sloppy code (it throws
    /// when evaluated) unless `strict_calls`.
    fn simple_target(&mut self, e: &'a Expr<'a>, strict_calls: bool) -> R<Pattern<'a>> {
        match e.kind {
            ExprKind::Ident(ident) => {
                self.mark_target(ident, e.is_parenthesized())?;
                Ok(Pattern::Ident(ident))
            }
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::PrivateMember { .. }
            | ExprKind::SuperMember { .. }
            | ExprKind::SuperIndex { .. } => Ok(Pattern::Expr(e)),
            ExprKind::Call(_) if !self.ctx.strict && !strict_calls => Ok(Pattern::Expr(e)),
            _ => syntax(e.span.start, "invalid assignment left-hand side"),
        }
    }

    /// For heads: the target of `for (target of …)`.
    pub(super) fn for_target(&mut self, e: &'a Expr<'a>) -> R<Pattern<'a>> {
        match e.kind {
            ExprKind::Object(_) | ExprKind::Array(_) if !e.is_parenthesized() => {
                self.cover = NOWHERE;
                self.read_pattern(e, false)
            }
            _ => {
                self.check_cover()?;
                self.simple_target(e, false)
            }
        }
    }

    fn parse_yield(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        if self.ctx.in_params {
            return self.fail("yield expression is not allowed in formal parameters");
        }
        self.last_yield = start.max(1);
        self.next()?;
        let flags = ExprFlags::HAS_ASSIGNMENT.union(ExprFlags::HAS_SUSPEND);
        if !self.tok.newline_before {
            if self.at(T::Mul) {
                self.next()?;
                let arg = self.parse_assign()?;
                return self.expr(start, flags, ExprKind::YieldStar(arg));
            }
            let ends = match self.tok.kind {
                T::Eof
                | T::RParen
                | T::RBracket
                | T::RBrace
                | T::Comma
                | T::Semicolon
                | T::Colon
                | T::Question => true,
                T::Word => self.at_word(known::In),
                _ => false,
            };
            if !ends {
                let arg = self.parse_assign()?;
                return self.expr(start, flags, ExprKind::Yield(Some(arg)));
            }
        }
        self.expr(start, flags, ExprKind::Yield(None))
    }

    /// Looks for an arrow function; reads an identifier or parenthesised expression on the way.
    fn parse_head(&mut self, mark: Mark) -> R<Head<'a>> {
        match self.tok.kind {
            T::LParen => self.parse_paren(mark),
            T::Word if self.tok.name.0 > LAST_RESERVED => {
                let tok = self.tok;
                if tok.name == known::Await && self.ctx.is_async && !tok.escaped {
                    return Ok(Head::Unread);
                }
                if tok.name == known::Async && !tok.escaped {
                    return self.parse_async(mark);
                }
                self.next()?;
                if self.at(T::Arrow) && !self.tok.newline_before {
                    return Ok(Head::Arrow(self.ident_arrow(tok.start, &tok, mark, false)?));
                }
                let ident = self.reference(tok.name, Span::new(tok.start, tok.end))?;
                Ok(Head::Primary(self.expr(tok.start, ExprFlags::NONE, ExprKind::Ident(ident))?))
            }
            _ => Ok(Head::Unread),
        }
    }

    /// `x => …`, at the arrow.
    fn ident_arrow(&mut self, start: u32, tok: &Token, mark: Mark, is_async: bool) -> R<&'a Expr<'a>> {
        self.check_identifier(tok.name, tok.start)?;
        if is_async && tok.name == known::Await {
            return syntax(tok.start, "'await' is a reserved identifier");
        }
        let span = Span::new(tok.start, tok.end);
        let ident = self.scopes.ident(tok.name, span, Resolution::Unresolved)?;
        let params = self.s.params.len();
        let element = PatternElement { target: Pattern::Ident(ident), parenthesized: false, default: None };
        push(&mut self.s.params, element)?;
        if tok.name == known::Await {
            self.last_await_ident = tok.start;
        }
        self.arrow_function(start, mark, params, None, is_async, false)
    }

    /// Something that starts with the word `async`.
    fn parse_async(&mut self, mark: Mark) -> R<Head<'a>> {
        let start = self.tok.start;
        let tok = self.tok;
        let after = self.peek()?;
        if after.is_word(known::Function) && !after.newline_before {
            return Ok(Head::Unread);
        }
        self.next()?;
        if self.at(T::Word) && !self.tok.newline_before && self.tok.name.0 > LAST_RESERVED {
            // `async x =>`
            let param = self.tok;
            if self.peek()?.kind == T::Arrow {
                self.next()?;
                if self.tok.newline_before {
                    return self.unexpected();
                }
                return Ok(Head::Arrow(self.ident_arrow(start, &param, mark, true)?));
            }
        }
        if self.at(T::Arrow) && !self.tok.newline_before {
            return Ok(Head::Arrow(self.ident_arrow(start, &tok, mark, false)?));
        }
        let args_on_line = self.at(T::LParen) && !self.tok.newline_before;
        if !args_on_line {
            let ident = self.reference(known::Async, Span::new(tok.start, tok.end))?;
            return Ok(Head::Primary(self.expr(start, ExprFlags::NONE, ExprKind::Ident(ident))?));
        }
        // A call, or the head of an async arrow function.
        let ident = self.scopes.ident(known::Async, Span::new(tok.start, tok.end), Resolution::Unresolved)?;
        let callee = self.expr(start, ExprFlags::NONE, ExprKind::Ident(ident))?;
        let (saved_yield, saved_await, saved_ident) =
            (self.last_yield, self.last_await, self.last_await_ident);
        (self.last_yield, self.last_await, self.last_await_ident) = (0, 0, 0);
        let outer = std::mem::replace(&mut self.cover, NOWHERE);
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let paren = self.tok.start;
        self.next()?;
        let args_mark = self.s.args.len();
        let mut after_spread = false;
        let mut flags = ExprFlags::NONE;
        while !self.at(T::RParen) {
            let spread = self.eat(T::Ellipsis)?;
            let e = self.parse_assign_cover()?;
            flags = flags.union(e.flags);
            after_spread |= spread && !self.at(T::RParen);
            push(&mut self.s.args, if spread { Argument::Spread(e) } else { Argument::Expr(e) })?;
            if !self.at(T::RParen) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RParen)?;
        self.ctx.no_in = no_in;
        if self.at(T::Arrow) && !self.tok.newline_before {
            if after_spread {
                return syntax(paren, "rest parameter must be the last one");
            }
            let bad =
                [self.last_yield, self.last_await, self.last_await_ident].into_iter().max().unwrap_or(0);
            if bad != 0 {
                return syntax(
                    bad,
                    "yield and await are not allowed in parameters of an async arrow function",
                );
            }
            let has_expr = std::mem::replace(&mut self.pattern_has_expr, false);
            let params = self.s.params.len();
            let mut rest = None;
            for i in args_mark..self.s.args.len() {
                match self.s.args[i] {
                    Argument::Expr(e) => {
                        let element = self.read_element(e, true)?;
                        push(&mut self.s.params, element)?;
                    }
                    Argument::Spread(e) => rest = Some(self.read_pattern(e, true)?),
                }
            }
            self.s.args.truncate(args_mark);
            self.cover = outer;
            let e = self.arrow_function(start, mark, params, rest, true, true)?;
            self.pattern_has_expr = has_expr;
            (self.last_yield, self.last_await) = (saved_yield, saved_await);
            self.last_await_ident = self.last_await_ident.max(saved_ident);
            return Ok(Head::Arrow(e));
        }
        self.check_cover()?;
        self.cover = outer;
        self.last_yield = self.last_yield.max(saved_yield);
        self.last_await = self.last_await.max(saved_await);
        self.last_await_ident = self.last_await_ident.max(saved_ident);
        self.scopes.refer(ident, false)?;
        let args = self.alloc_slice(&self.s.args[args_mark..])?;
        self.s.args.truncate(args_mark);
        let call = self.alloc(Call { callee, args, optional: false, direct_eval: None, position: start })?;
        Ok(Head::Primary(self.expr(start, flags, ExprKind::Call(call))?))
    }

    /// `( … )`: parenthesised expression or arrow parameters.
    fn parse_paren(&mut self, mark: Mark) -> R<Head<'a>> {
        let start = self.tok.start;
        let outer = std::mem::replace(&mut self.cover, NOWHERE);
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let (saved_yield, saved_await) = (self.last_yield, self.last_await);
        (self.last_yield, self.last_await) = (0, 0);
        self.next()?;
        let exprs = self.s.exprs.len();
        let inner_start = self.tok.start;
        let mut flags = ExprFlags::NONE;
        let mut rest = None;
        // Where something stands that only parameters may have.
        let mut only_params = NOWHERE;
        let has_expr = std::mem::replace(&mut self.pattern_has_expr, false);
        if self.at(T::RParen) {
            only_params = self.tok.start;
        }
        while !self.at(T::RParen) {
            if self.at(T::Ellipsis) {
                only_params = self.tok.start;
                self.next()?;
                rest = Some(self.binding_target()?);
                if !self.at(T::RParen) {
                    return self.fail("rest parameter must be the last one");
                }
                break;
            }
            let e = self.parse_assign_cover()?;
            flags = flags.union(e.flags);
            push(&mut self.s.exprs, e)?;
            if self.at(T::RParen) {
                break;
            }
            let comma = self.tok.start;
            self.expect(T::Comma)?;
            if self.at(T::RParen) {
                only_params = comma;
            }
        }
        let inner_end = self.prev_end;
        self.expect(T::RParen)?;
        self.ctx.no_in = no_in;
        if self.at(T::Arrow) && !self.tok.newline_before {
            let bad = self.last_yield.max(self.last_await);
            if bad != 0 {
                return syntax(bad, "yield and await are not allowed in arrow function parameters");
            }
            let params = self.s.params.len();
            for i in exprs..self.s.exprs.len() {
                let element = self.read_element(self.s.exprs[i], true)?;
                push(&mut self.s.params, element)?;
            }
            self.s.exprs.truncate(exprs);
            self.cover = outer;
            let e = self.arrow_function(start, mark, params, rest, false, true)?;
            self.pattern_has_expr = has_expr;
            (self.last_yield, self.last_await) = (saved_yield, saved_await);
            return Ok(Head::Arrow(e));
        }
        if only_params != NOWHERE {
            return syntax(only_params, "unexpected token in expression: expecting '=>' after parameters");
        }
        self.check_cover()?;
        self.cover = outer;
        self.pattern_has_expr = has_expr;
        self.last_yield = self.last_yield.max(saved_yield);
        self.last_await = self.last_await.max(saved_await);
        let list = &self.s.exprs[exprs..];
        let paren = ExprFlags::PARENTHESIZED;
        let e = match *list {
            [e] => {
                if e.is_parenthesized() {
                    e
                } else {
                    self.alloc(Expr { flags: e.flags.union(paren), ..*e })?
                }
            }
            _ => {
                let kind = ExprKind::Sequence(self.alloc_slice(list)?);
                let span = Span::new(inner_start, inner_end);
                self.alloc(Expr { span, flags: flags.inherited().union(paren), kind })?
            }
        };
        self.s.exprs.truncate(exprs);
        Ok(Head::Primary(e))
    }

    // ----- Operators --------------------------------------------------------------------------

    /// ShortCircuitExpression and everything that binds at least as tightly as `min`.
    fn parse_binary(&mut self, min: u8, start: u32, primary: Option<&'a Expr<'a>>) -> R<&'a Expr<'a>> {
        let mut left = if primary.is_none() && self.at(T::Private) {
            self.private_in(min)?
        } else {
            self.parse_unary(start, primary)?
        };
        loop {
            let (power, op) = match self.tok.kind {
                T::Word if !self.tok.escaped => match self.tok.name {
                    known::In if !self.ctx.no_in => (RELATIONAL, Infix::Binary(BinaryOp::In)),
                    known::Instanceof => (RELATIONAL, Infix::Binary(BinaryOp::InstanceOf)),
                    _ => return Ok(left),
                },
                kind => match infix(kind) {
                    Some(found) => found,
                    None => return Ok(left),
                },
            };
            if power < min || (power == min && power != EXPONENT && min != 0) {
                return Ok(left);
            }
            if self.cover != NOWHERE {
                self.check_cover()?;
            }
            if power == EXPONENT {
                self.check_stack()?;
            }
            if power == EXPONENT
                && !left.is_parenthesized()
                && matches!(left.kind, ExprKind::Unary { .. } | ExprKind::Await(_))
            {
                return self
                    .fail("unparenthesized unary expression can't appear on the left-hand side of '**'");
            }
            self.next()?;
            let right_start = self.tok.start;
            let right = self.parse_binary(power, right_start, None)?;
            let flags = left.flags.union(right.flags);
            let kind = match op {
                Infix::Binary(op) => ExprKind::Binary { op, left, right },
                Infix::Logical(op) => {
                    if self.mixes_coalesce(op, left) || self.mixes_coalesce(op, right) {
                        return syntax(right_start, "cannot mix '??' with '&&' or '||'");
                    }
                    ExprKind::Logical { op, left, right }
                }
            };
            left = self.expr(start, flags, kind)?;
        }
    }

    fn mixes_coalesce(&self, op: LogicalOp, operand: &Expr<'a>) -> bool {
        match operand.kind {
            ExprKind::Logical { op: inner, .. } if !operand.is_parenthesized() => {
                (op == LogicalOp::Coalesce) != (inner == LogicalOp::Coalesce)
            }
            _ => false,
        }
    }

    /// `#x in object`
    fn private_in(&mut self, min: u8) -> R<&'a Expr<'a>> {
        let tok = self.tok;
        let span = Span::new(tok.start, tok.end);
        if min >= RELATIONAL {
            return self.unexpected_in("expression");
        }
        self.next()?;
        if !self.at_word(known::In) || self.ctx.no_in {
            return syntax(tok.start, "unexpected private name");
        }
        let name = self.scopes.reference(tok.name, span, true)?;
        self.next()?;
        let right_start = self.tok.start;
        let right = self.parse_binary(RELATIONAL, right_start, None)?;
        self.expr(tok.start, right.flags, ExprKind::PrivateIn { name, right })
    }

    fn parse_unary(&mut self, start: u32, primary: Option<&'a Expr<'a>>) -> R<&'a Expr<'a>> {
        if primary.is_some() {
            return self.parse_postfix(start, primary);
        }
        let op = match self.tok.kind {
            T::Not => UnaryOp::Not,
            T::BitNot => UnaryOp::BitNot,
            T::Add => UnaryOp::Plus,
            T::Sub => UnaryOp::Neg,
            T::Inc | T::Dec => return self.prefix_update(),
            T::Word if !self.tok.escaped => match self.tok.name {
                known::Typeof => UnaryOp::TypeOf,
                known::Void => UnaryOp::Void,
                known::Delete => UnaryOp::Delete,
                known::Await if self.ctx.is_async => return self.parse_await(),
                _ => return self.parse_postfix(start, None),
            },
            _ => return self.parse_postfix(start, None),
        };
        self.check_stack()?;
        self.next()?;
        let arg_start = self.tok.start;
        let arg = self.parse_unary(arg_start, None)?;
        if self.cover != NOWHERE {
            self.check_cover()?;
        }
        let mut flags = arg.flags;
        if op == UnaryOp::Delete {
            let target = match arg.kind {
                ExprKind::OptionalChain(inner) => inner,
                _ => arg,
            };
            match target.kind {
                ExprKind::Ident(_) if self.ctx.strict => {
                    return syntax(start, "cannot delete a direct reference in strict mode");
                }
                ExprKind::PrivateMember { .. } => {
                    return syntax(start, "cannot delete a private class field");
                }
                ExprKind::Ident(_) => flags = flags.union(ExprFlags::HAS_ASSIGNMENT),
                _ => {}
            }
        }
        self.expr(start, flags, ExprKind::Unary { op, arg })
    }

    fn parse_await(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        self.check_stack()?;
        if self.ctx.in_params || self.ctx.static_block {
            return self.fail("await expression is not allowed here");
        }
        self.last_await = start.max(1);
        self.next()?;
        let arg_start = self.tok.start;
        let arg = self.parse_unary(arg_start, None)?;
        if self.cover != NOWHERE {
            self.check_cover()?;
        }
        self.note_await();
        let flags = arg.flags.union(ExprFlags::HAS_ASSIGNMENT).union(ExprFlags::HAS_SUSPEND);
        self.expr(start, flags, ExprKind::Await(arg))
    }

    /// The current function awaits.
    pub(super) fn note_await(&mut self) {
        let f = self.scopes.current_function() as usize;
        self.scopes.funs[f].info.has_await = true;
    }

    fn update_target(&mut self, e: &'a Expr<'a>) -> R<ExprFlags> {
        let mut flags = e.flags;
        match self.simple_target(e, false) {
            Ok(Pattern::Ident(_)) => flags = flags.union(ExprFlags::HAS_ASSIGNMENT),
            Ok(_) => {}
            Err(_) => return syntax(e.span.start, "invalid increment/decrement operand"),
        }
        Ok(flags)
    }

    fn prefix_update(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        let op = if self.at(T::Inc) { UpdateOp::Increment } else { UpdateOp::Decrement };
        self.check_stack()?;
        self.next()?;
        let arg_start = self.tok.start;
        let target = self.parse_unary(arg_start, None)?;
        if self.cover != NOWHERE {
            self.check_cover()?;
        }
        let flags = self.update_target(target)?;
        self.expr(start, flags, ExprKind::Update { op, prefix: true, target })
    }

    fn parse_postfix(&mut self, start: u32, primary: Option<&'a Expr<'a>>) -> R<&'a Expr<'a>> {
        let e = self.parse_left_hand_side(start, primary)?;
        if matches!(self.tok.kind, T::Inc | T::Dec) && !self.tok.newline_before {
            self.check_cover()?;
            let op = if self.at(T::Inc) { UpdateOp::Increment } else { UpdateOp::Decrement };
            let flags = self.update_target(e)?;
            self.next()?;
            return self.expr(start, flags, ExprKind::Update { op, prefix: false, target: e });
        }
        Ok(e)
    }

    /// LeftHandSideExpression
    pub(super) fn parse_left_hand_side(
        &mut self,
        start: u32,
        primary: Option<&'a Expr<'a>>,
    ) -> R<&'a Expr<'a>> {
        let e = match primary {
            Some(e) => e,
            None => self.parse_primary()?,
        };
        self.subscripts(start, e, true)
    }

    // ----- Members and calls ------------------------------------------------------------------

    fn subscripts(&mut self, start: u32, mut e: &'a Expr<'a>, calls: bool) -> R<&'a Expr<'a>> {
        let mut in_chain = false;
        let mut position = start;
        loop {
            let optional = match self.tok.kind {
                T::Dot | T::LBracket | T::Backtick => false,
                T::LParen if calls => false,
                T::OptionalDot => {
                    if !calls {
                        return self.fail("new keyword cannot be used with an optional chain");
                    }
                    in_chain = true;
                    self.next()?;
                    true
                }
                _ => break,
            };
            if self.cover != NOWHERE {
                self.check_cover()?;
            }
            match self.tok.kind {
                T::LBracket => {
                    position = self.tok.start;
                    self.next()?;
                    let index = self.parse_expression_in()?;
                    self.expect(T::RBracket)?;
                    let flags = e.flags.union(index.flags);
                    e = self.expr(start, flags, ExprKind::Index { object: e, index, optional })?;
                }
                T::LParen => {
                    let callee = e;
                    let mut flags = e.flags;
                    if !matches!(
                        callee.kind,
                        ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::PrivateMember { .. }
                    ) {
                        position = callee.span.start;
                    }
                    let (args, arg_flags) = self.arguments()?;
                    flags = flags.union(arg_flags);
                    let mut direct_eval = None;
                    if let ExprKind::Ident(ident) = callee.kind
                        && ident.name == known::Eval
                        && !optional
                        && !in_chain
                    {
                        flags = flags.union(ExprFlags::HAS_ASSIGNMENT);
                        direct_eval = Some(self.direct_eval()?);
                    }
                    let call = Call { callee, args, optional, direct_eval, position };
                    e = self.expr(start, flags, ExprKind::Call(self.alloc(call)?))?;
                }
                T::Backtick => {
                    if in_chain {
                        return self.fail("template literal cannot appear in an optional chain");
                    }
                    let (template, flags) = self.template(true)?;
                    let flags = flags.union(e.flags);
                    let t = self.alloc(TaggedTemplate { tag: e, template })?;
                    e = self.expr(start, flags, ExprKind::TaggedTemplate(t))?;
                }
                _ => {
                    if !optional {
                        self.next()?;
                    }
                    let tok = self.tok;
                    position = tok.start;
                    let kind = match tok.kind {
                        T::Word => {
                            self.scopes.arguments_property |= tok.name == known::Arguments;
                            ExprKind::Member { object: e, property: tok.name, optional }
                        }
                        T::Private => {
                            let span = Span::new(tok.start, tok.end);
                            let name = self.scopes.reference(tok.name, span, true)?;
                            ExprKind::PrivateMember { object: e, name, optional }
                        }
                        _ => return self.fail("expecting field name"),
                    };
                    self.next()?;
                    e = self.expr(start, e.flags, kind)?;
                }
            }
        }
        if in_chain { self.expr(start, e.flags, ExprKind::OptionalChain(e)) } else { Ok(e) }
    }

    fn direct_eval(&mut self) -> R<EvalSiteId> {
        let context = EvalContext {
            in_function: self.ctx.new_target,
            in_method: self.ctx.super_property,
            in_derived_constructor: self.ctx.super_call,
            in_class_field_init: self.ctx.field_init,
        };
        self.scopes.direct_eval(self.ctx.strict, context)
    }

    /// `( arguments )`
    fn arguments(&mut self) -> R<(&'a [Argument<'a>], ExprFlags)> {
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let mark = self.s.args.len();
        let mut flags = ExprFlags::NONE;
        self.next()?;
        while !self.at(T::RParen) {
            let spread = self.at(T::Ellipsis);
            if spread {
                self.next()?;
            }
            let e = self.parse_assign()?;
            flags = flags.union(e.flags);
            push(&mut self.s.args, if spread { Argument::Spread(e) } else { Argument::Expr(e) })?;
            if self.at(T::RParen) {
                break;
            }
            self.expect(T::Comma)?;
        }
        self.next()?;
        self.ctx.no_in = no_in;
        let args = self.alloc_slice(&self.s.args[mark..])?;
        self.s.args.truncate(mark);
        Ok((args, flags.inherited()))
    }

    fn parse_new(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        self.check_stack()?;
        self.next()?;
        if self.at(T::Dot) {
            self.next()?;
            if !self.at_word(known::Target) {
                return self.fail("expecting target");
            }
            if !self.ctx.new_target {
                return syntax(start, "new.target only allowed within functions");
            }
            self.next()?;
            let span = Span::new(start, self.prev_end);
            let ident = self.scopes.reference(known::NewTarget, span, true)?;
            return self.expr(start, ExprFlags::NONE, ExprKind::NewTarget(ident));
        }
        let callee_start = self.tok.start;
        if self.at_word(known::Import) && self.peek()?.kind == T::LParen {
            return self.fail("cannot use new with import");
        }
        if self.at_word(known::Import) {
            let (dot, phase) = self.peek2()?;
            if dot.kind == T::Dot && (phase.is_word(known::Defer) || phase.is_word(known::Source)) {
                return self.fail("cannot use new with import");
            }
        }
        let callee = self.parse_primary()?;
        let callee = self.subscripts(callee_start, callee, false)?;
        let mut flags = callee.flags;
        let mut args: &[Argument] = &[];
        if self.at(T::LParen) {
            let (list, arg_flags) = self.arguments()?;
            args = list;
            flags = flags.union(arg_flags);
        } else if self.at(T::OptionalDot) {
            return self.fail("new keyword cannot be used with an optional chain");
        }
        let new = self.alloc(New { callee, args, position: start })?;
        self.expr(start, flags, ExprKind::New(new))
    }

    fn parse_super(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        self.next()?;
        let span = Span::new(start, self.prev_end);
        match self.tok.kind {
            T::LParen => {
                if !self.ctx.super_call {
                    return syntax(start, "super() is only valid in a derived class constructor");
                }
                let (args, flags) = self.arguments()?;
                let callee = self.scopes.reference(known::Callee, span, true)?;
                let new_target = self.scopes.reference(known::NewTarget, span, true)?;
                let this = self.scopes.reference(known::This, span, true)?;
                let call = self.alloc(SuperCall { args, callee, new_target, this, position: start })?;
                self.expr(start, flags.union(ExprFlags::HAS_ASSIGNMENT), ExprKind::SuperCall(call))
            }
            T::Dot | T::LBracket => {
                if !self.ctx.super_property {
                    return syntax(start, "'super' is only valid in a method");
                }
                let home_object = self.scopes.reference(known::HomeObject, span, true)?;
                let this = self.scopes.reference(known::This, span, true)?;
                let sup = self.alloc(SuperRef { span, home_object, this })?;
                if self.eat(T::LBracket)? {
                    let index = self.parse_expression_in()?;
                    self.expect(T::RBracket)?;
                    return self.expr(start, index.flags, ExprKind::SuperIndex { sup, index });
                }
                self.next()?;
                if !self.at(T::Word) {
                    return self.fail("expecting field name");
                }
                let property = self.tok.name;
                self.next()?;
                self.expr(start, ExprFlags::NONE, ExprKind::SuperMember { sup, property })
            }
            _ => syntax(start, "invalid use of 'super'"),
        }
    }

    /// `import(…)`, `import.meta`, `import.defer(…)`
    fn parse_import(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        self.next()?;
        let mut phase = ImportPhase::Evaluation;
        if self.eat(T::Dot)? {
            if self.at_word(known::Meta) {
                if !self.is_module {
                    return syntax(start, "import.meta only valid in module code");
                }
                self.next()?;
                return self.expr(start, ExprFlags::NONE, ExprKind::ImportMeta);
            }
            phase = if self.at_word(known::Defer) {
                ImportPhase::Defer
            } else if self.at_word(known::Source) {
                ImportPhase::Source
            } else {
                return self.unexpected_in("import expression");
            };
            self.next()?;
        }
        if !self.at(T::LParen) {
            return self.unexpected_in("import expression");
        }
        self.next()?;
        let specifier = self.parse_assign_in()?;
        let mut flags = specifier.flags;
        let mut options = None;
        if self.eat(T::Comma)? && !self.at(T::RParen) && phase == ImportPhase::Evaluation {
            let e = self.parse_assign_in()?;
            flags = flags.union(e.flags);
            options = Some(e);
            self.eat(T::Comma)?;
        }
        self.expect(T::RParen)?;
        let call = self.alloc(ImportCall { phase, specifier, options })?;
        self.expr(start, flags, ExprKind::ImportCall(call))
    }

    // ----- Primaries --------------------------------------------------------------------------

    pub(super) fn parse_primary(&mut self) -> R<&'a Expr<'a>> {
        let tok = self.tok;
        let start = tok.start;
        let none = ExprFlags::NONE;
        let kind = match tok.kind {
            T::Word => return self.parse_word(tok),
            T::Number => {
                self.check_octal(&tok)?;
                ExprKind::Number(tok.number)
            }
            T::String => {
                self.check_octal(&tok)?;
                ExprKind::String(tok.name)
            }
            T::BigInt => {
                let digits = self.lx.bigint_digits(&tok)?;
                ExprKind::BigInt(self.alloc(BigIntLit { digits, radix: tok.radix })?)
            }
            T::LParen => {
                self.check_stack()?;
                let mark = self.scopes.mark();
                return match self.parse_paren(mark)? {
                    Head::Primary(e) => Ok(e),
                    Head::Arrow(e) => syntax(e.span.start, "unexpected arrow function in expression"),
                    Head::Unread => self.unexpected_in("expression"),
                };
            }
            T::LBracket => return self.array_literal(),
            T::LBrace => return self.object_literal(),
            T::Backtick => {
                let (template, flags) = self.template(false)?;
                return self.expr(start, flags, ExprKind::Template(self.alloc(template)?));
            }
            T::Div | T::DivAssign => return self.regexp(),
            _ => return self.unexpected_in("expression"),
        };
        self.next()?;
        self.expr(start, none, kind)
    }

    pub(super) fn check_octal(&self, tok: &Token) -> R<()> {
        if tok.legacy_octal && self.ctx.strict {
            return syntax(tok.start, "octal literals and escapes are not allowed in strict mode");
        }
        Ok(())
    }

    fn parse_word(&mut self, tok: Token) -> R<&'a Expr<'a>> {
        let start = tok.start;
        let none = ExprFlags::NONE;
        let span = Span::new(start, tok.end);
        if !tok.escaped {
            match tok.name {
                known::This => {
                    self.next()?;
                    let ident = self.scopes.reference(known::This, span, true)?;
                    return self.expr(start, none, ExprKind::This(ident));
                }
                known::Null | known::True | known::False => {
                    self.next()?;
                    let kind = match tok.name {
                        known::Null => ExprKind::Null,
                        name => ExprKind::Bool(name == known::True),
                    };
                    return self.expr(start, none, kind);
                }
                known::Function => return self.function_expression(start, false),
                known::Class => {
                    let class = self.class(None)?;
                    return self.expr(start, class.flags, ExprKind::Class(class));
                }
                known::New => return self.parse_new(),
                known::Super => return self.parse_super(),
                known::Import => return self.parse_import(),
                known::Async => {
                    let after = self.peek()?;
                    if after.is_word(known::Function) && !after.newline_before {
                        self.next()?;
                        return self.function_expression(start, true);
                    }
                }
                _ => {}
            }
        }
        if tok.name.0 <= LAST_RESERVED {
            return self.unexpected_in("expression");
        }
        self.next()?;
        let ident = self.reference(tok.name, span)?;
        self.expr(start, none, ExprKind::Ident(ident))
    }

    fn regexp(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        let (pattern, flags) = self.lx.regexp(start as usize)?;
        self.tok.end = self.lx.pos as u32;
        if let Some(check) = self.options.regexp_check
            && let Err(message) = check(self.lx.names.get(pattern), self.lx.names.get(flags))
        {
            return syntax(start, message);
        }
        self.next()?;
        self.expr(start, ExprFlags::NONE, ExprKind::RegExp(RegExpLit { pattern, flags }))
    }

    /// A template at its backtick.
    fn template(&mut self, tagged: bool) -> R<(Template<'a>, ExprFlags)> {
        self.check_stack()?;
        let (parts, exprs) = (self.s.parts.len(), self.s.exprs.len());
        let mut flags = ExprFlags::NONE;
        loop {
            let text = self.lx.template_text()?;
            if text.cooked.is_none() && !tagged {
                return syntax(text.bad_escape, "malformed escape sequence in template literal");
            }
            let span = Span::new(text.start, text.end);
            push(&mut self.s.parts, TemplatePart { cooked: text.cooked, raw: text.raw, span })?;
            if text.tail {
                break;
            }
            self.next()?;
            let e = self.parse_expression_in()?;
            flags = flags.union(e.flags);
            push(&mut self.s.exprs, e)?;
            if !self.at(T::RBrace) {
                return self.expected(T::RBrace);
            }
            self.lx.pos = self.tok.end as usize;
        }
        self.tok.end = self.lx.pos as u32;
        self.next()?;
        let t = Template {
            parts: self.alloc_slice(&self.s.parts[parts..])?,
            exprs: self.alloc_slice(&self.s.exprs[exprs..])?,
        };
        self.s.parts.truncate(parts);
        self.s.exprs.truncate(exprs);
        Ok((t, flags.inherited()))
    }

    fn array_literal(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        self.next()?;
        let mark = self.s.elements.len();
        let mut flags = ExprFlags::NONE;
        while !self.at(T::RBracket) {
            if self.at(T::Comma) {
                self.next()?;
                push(&mut self.s.elements, ArrayElement::Hole)?;
                continue;
            }
            let spread = self.eat(T::Ellipsis)?;
            let e = self.parse_assign_cover()?;
            flags = flags.union(e.flags);
            push(&mut self.s.elements, if spread { ArrayElement::Spread(e) } else { ArrayElement::Expr(e) })?;
            if !self.at(T::RBracket) {
                if spread {
                    self.note_spread_comma(start)?;
                }
                self.expect(T::Comma)?;
            }
        }
        self.next()?;
        self.ctx.no_in = no_in;
        let elements = self.alloc_slice(&self.s.elements[mark..])?;
        self.s.elements.truncate(mark);
        self.expr(start, flags, ExprKind::Array(elements))
    }

    fn note_spread_comma(&mut self, start: u32) -> R<()> {
        self.spread_commas.try_reserve(1).map_err(|_| out_of_memory())?;
        self.spread_commas.insert(start);
        Ok(())
    }

    // ----- Object literals --------------------------------------------------------------------

    fn object_literal(&mut self) -> R<&'a Expr<'a>> {
        let start = self.tok.start;
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        self.next()?;
        let mark = self.s.properties.len();
        let mut flags = ExprFlags::NONE;
        let mut has_proto = false;
        while !self.at(T::RBrace) {
            let at = self.tok.start;
            let is_spread = self.at(T::Ellipsis);
            let kind = self.property(&mut flags, &mut has_proto)?;
            let span = Span::new(at, self.prev_end);
            push(&mut self.s.properties, Property { span, kind })?;
            if !self.at(T::RBrace) {
                if is_spread {
                    self.note_spread_comma(start)?;
                }
                self.expect(T::Comma)?;
            }
        }
        self.next()?;
        self.ctx.no_in = no_in;
        let properties = self.alloc_slice(&self.s.properties[mark..])?;
        self.s.properties.truncate(mark);
        self.expr(start, flags, ExprKind::Object(properties))
    }

    fn property(&mut self, flags: &mut ExprFlags, has_proto: &mut bool) -> R<PropertyKind<'a>> {
        let start = self.tok.start;
        if self.eat(T::Ellipsis)? {
            let e = self.parse_assign_cover()?;
            *flags = flags.union(e.flags.inherited());
            return Ok(PropertyKind::Spread(e));
        }
        let first = self.tok;
        // `get`, `set`, `async` and `*` before a key make a method, unless they are the key.
        let (mut is_async, mut is_generator, mut accessor) = (false, false, None);
        if first.kind == T::Word && !first.escaped {
            let after = match first.name {
                known::Get | known::Set | known::Async => Some(self.peek()?),
                _ => None,
            };
            if let Some(after) = after {
                let is_key =
                    matches!(after.kind, T::Colon | T::Comma | T::RBrace | T::LParen | T::Assign | T::Eof);
                if first.name == known::Async {
                    if !is_key && !after.newline_before {
                        is_async = true;
                        self.next()?;
                    }
                } else if !is_key && after.kind != T::Mul {
                    accessor = Some(if first.name == known::Get {
                        FunctionKind::Getter
                    } else {
                        FunctionKind::Setter
                    });
                    self.next()?;
                }
            }
        }
        if accessor.is_none() && self.eat(T::Mul)? {
            is_generator = true;
        }
        let key_tok = self.tok;
        let key = self.property_key()?;
        if let PropertyKey::Computed(e) = key {
            *flags = flags.union(e.flags.inherited());
        }
        if let Some(kind) = accessor {
            let function = self.method(kind, start, false, false)?;
            return Ok(match kind {
                FunctionKind::Getter => PropertyKind::Getter { key, function },
                _ => PropertyKind::Setter { key, function },
            });
        }
        if is_async || is_generator || self.at(T::LParen) {
            let function = self.method(FunctionKind::Method, start, is_async, is_generator)?;
            return Ok(PropertyKind::Method { key, function });
        }
        if self.eat(T::Colon)? {
            let value = self.parse_assign_cover()?;
            *flags = flags.union(value.flags.inherited());
            if matches!(key, PropertyKey::Name(known::Proto)) {
                if std::mem::replace(has_proto, true) {
                    self.note_cover(start, "duplicate __proto__ property name");
                }
                return Ok(PropertyKind::Proto(value));
            }
            return Ok(PropertyKind::Value { key, value, shorthand: false });
        }
        // Shorthand, perhaps with an initialiser that only a pattern may have.
        if key_tok.kind != T::Word {
            return self.expected(T::Colon);
        }
        let ident = self.reference(key_tok.name, Span::new(key_tok.start, key_tok.end))?;
        let value = self.expr(key_tok.start, ExprFlags::NONE, ExprKind::Ident(ident))?;
        if self.at(T::Assign) {
            let pos = self.tok.start;
            self.next()?;
            let default = self.parse_assign()?;
            self.note_cover(pos, "unexpected token in expression: '='");
            self.mark_target(ident, false)?;
            let a = Assign {
                op: AssignOp::Assign,
                target: Pattern::Ident(ident),
                parenthesized: false,
                value: default,
            };
            let all = default.flags.union(ExprFlags::HAS_ASSIGNMENT);
            let value = self.expr(key_tok.start, all, ExprKind::Assign(self.alloc(a)?))?;
            *flags = flags.union(all.inherited());
            return Ok(PropertyKind::Value { key, value, shorthand: true });
        }
        Ok(PropertyKind::Value { key, value, shorthand: true })
    }

    /// PropertyName: of a literal, a pattern or a class element (which handles `#x` itself).
    pub(super) fn property_key(&mut self) -> R<PropertyKey<'a>> {
        let tok = self.tok;
        let key = match tok.kind {
            T::Word => PropertyKey::Name(tok.name),
            T::String => {
                self.check_octal(&tok)?;
                PropertyKey::Name(tok.name)
            }
            T::Number => {
                self.check_octal(&tok)?;
                PropertyKey::Number(tok.number)
            }
            T::BigInt => {
                let digits = self.lx.bigint_digits(&tok)?;
                let text = decimal_digits(digits, tok.radix)?;
                PropertyKey::Name(self.lx.intern(&text)?)
            }
            T::LBracket => {
                self.next()?;
                let e = self.parse_assign_in()?;
                self.expect(T::RBracket)?;
                return Ok(PropertyKey::Computed(e));
            }
            _ => return self.fail("invalid property name"),
        };
        self.next()?;
        Ok(key)
    }
}

/// The decimal text of a BigInt literal, for a property key.
fn decimal_digits(digits: &[u8], radix: u8) -> R<Vec<u8>> {
    let mut text: Vec<u8> = Vec::new();
    if radix == 10 {
        text.try_reserve_exact(digits.len()).map_err(|_| out_of_memory())?;
        let skip = digits.iter().take_while(|&&d| d == b'0').count().min(digits.len().saturating_sub(1));
        text.extend_from_slice(&digits[skip..]);
        return Ok(text);
    }
    // Limbs of base 10^9, least significant first.
    let mut limbs: Vec<u32> = vec![0];
    for &d in digits {
        let mut carry = u64::from((d as char).to_digit(u32::from(radix)).unwrap_or(0));
        for limb in &mut limbs {
            let v = u64::from(*limb) * u64::from(radix) + carry;
            *limb = (v % 1_000_000_000) as u32;
            carry = v / 1_000_000_000;
        }
        if carry != 0 {
            push(&mut limbs, carry as u32)?;
        }
    }
    let mut limbs = limbs.into_iter().rev();
    text.extend_from_slice(limbs.next().unwrap_or(0).to_string().as_bytes());
    for limb in limbs {
        for b in format!("{limb:09}").bytes() {
            push(&mut text, b)?;
        }
    }
    Ok(text)
}
