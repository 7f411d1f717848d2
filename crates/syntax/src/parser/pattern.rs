//! Binding patterns, and expressions that turn out to be patterns (13.15.5, 14.3.3).

use super::*;

/// What a pattern's names become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Declare {
    Var,
    Lexical(VarKind),
    Param,
    /// Of `catch (e)`
    SimpleCatch,
    /// Of `catch ({e})`
    Catch,
}

impl<'a> Parser<'a, '_> {
    /// BindingIdentifier or BindingPattern. Names are declared later, by `declare_pattern`.
    pub(super) fn binding_target(&mut self) -> R<Pattern<'a>> {
        match self.tok.kind {
            T::LBrace => {
                self.check_stack()?;
                self.object_binding()
            }
            T::LBracket => {
                self.check_stack()?;
                self.array_binding()
            }
            _ => {
                let (name, span) = self.binding_identifier()?;
                Ok(Pattern::Ident(self.scopes.ident(name, span, Resolution::Unresolved)?))
            }
        }
    }

    /// BindingElement
    pub(super) fn binding_element(&mut self) -> R<PatternElement<'a>> {
        let target = self.binding_target()?;
        let default = self.initializer_opt()?;
        Ok(PatternElement { target, parenthesized: false, default })
    }

    fn initializer_opt(&mut self) -> R<Option<&'a Expr<'a>>> {
        if !self.eat(T::Assign)? {
            return Ok(None);
        }
        self.pattern_has_expr = true;
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        let value = self.parse_assign()?;
        self.ctx.no_in = no_in;
        self.pattern_has_expr = true;
        Ok(Some(value))
    }

    fn object_binding(&mut self) -> R<Pattern<'a>> {
        let start = self.tok.start;
        self.next()?;
        let mark = self.s.pattern_properties.len();
        let mut rest = None;
        while !self.at(T::RBrace) {
            let at = self.tok.start;
            if self.eat(T::Ellipsis)? {
                let (name, span) = self.binding_identifier()?;
                rest = Some(Pattern::Ident(self.scopes.ident(name, span, Resolution::Unresolved)?));
                if !self.at(T::RBrace) {
                    return self.fail("rest element must be the last one");
                }
                break;
            }
            let word = self.tok;
            let (key, element);
            if word.kind == T::Word && {
                let after = self.peek()?;
                after.kind != T::Colon
            } {
                let (name, span) = self.binding_identifier()?;
                key = PropertyKey::Name(name);
                let target = Pattern::Ident(self.scopes.ident(name, span, Resolution::Unresolved)?);
                let default = self.initializer_opt()?;
                element = PatternElement { target, parenthesized: false, default };
            } else {
                key = self.property_key()?;
                if matches!(key, PropertyKey::Computed(_)) {
                    self.pattern_has_expr = true;
                }
                self.expect(T::Colon)?;
                element = self.binding_element()?;
            }
            let span = Span::new(at, self.prev_end);
            push(&mut self.s.pattern_properties, PatternProperty { span, key, element })?;
            if !self.at(T::RBrace) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBrace)?;
        let properties = self.alloc_slice(&self.s.pattern_properties[mark..])?;
        self.s.pattern_properties.truncate(mark);
        let span = Span::new(start, self.prev_end);
        Ok(Pattern::Object(self.alloc(ObjectPattern { span, properties, rest })?))
    }

    fn array_binding(&mut self) -> R<Pattern<'a>> {
        let start = self.tok.start;
        self.next()?;
        let mark = self.s.pattern_elements.len();
        let mut rest = None;
        while !self.at(T::RBracket) {
            if self.eat(T::Comma)? {
                push(&mut self.s.pattern_elements, None)?;
                continue;
            }
            if self.eat(T::Ellipsis)? {
                rest = Some(self.binding_target()?);
                if !self.at(T::RBracket) {
                    return self.fail("rest element must be the last one");
                }
                break;
            }
            let element = self.binding_element()?;
            push(&mut self.s.pattern_elements, Some(element))?;
            if !self.at(T::RBracket) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBracket)?;
        let elements = self.alloc_slice(&self.s.pattern_elements[mark..])?;
        self.s.pattern_elements.truncate(mark);
        let span = Span::new(start, self.prev_end);
        Ok(Pattern::Array(self.alloc(ArrayPattern { span, elements, rest })?))
    }

    // ----- Declaring --------------------------------------------------------------------------

    /// Declares every name of a binding pattern. Refuses what only assignment patterns may hold.
    pub(super) fn declare_pattern(&mut self, pattern: &Pattern<'a>, how: Declare) -> R<()> {
        match *pattern {
            Pattern::Ident(ident) => {
                if ident.flags.get() & IdentRef::PARENTHESIZED != 0 {
                    return syntax(ident.span.start, "unexpected parentheses in binding pattern");
                }
                self.declare_ident(ident, how)
            }
            Pattern::Expr(e) => syntax(e.span.start, "invalid binding pattern"),
            Pattern::Object(o) => {
                self.check_stack()?;
                for p in o.properties {
                    self.declare_pattern(&p.element.target, how)?;
                }
                o.rest.iter().try_for_each(|r| self.declare_pattern(r, how))
            }
            Pattern::Array(a) => {
                self.check_stack()?;
                for e in a.elements.iter().flatten() {
                    self.declare_pattern(&e.target, how)?;
                }
                a.rest.iter().try_for_each(|r| self.declare_pattern(r, how))
            }
        }
    }

    fn declare_ident(&mut self, ident: Ident<'a>, how: Declare) -> R<()> {
        let (name, pos) = (ident.name, ident.span.start);
        let binding = match how {
            Declare::Var => {
                self.scopes.declare_var(name, pos)?;
                ident.set_flag(IdentRef::WRITTEN);
                return self.scopes.refer(ident, false);
            }
            Declare::Param => {
                self.check_binding_name(name, pos)?;
                let (binding, again) = self.scopes.declare_param(name, pos)?;
                if again {
                    self.duplicate_param = self.duplicate_param.min(pos);
                }
                push(&mut self.s.param_names, (name, pos))?;
                binding
            }
            Declare::SimpleCatch => self.scopes.declare(name, BindingKind::CatchParam, pos, false)?,
            Declare::Catch => self.scopes.declare(name, BindingKind::Let, pos, false)?,
            Declare::Lexical(kind) => {
                if name == known::Let {
                    return syntax(pos, "'let' is not a valid lexical identifier");
                }
                let kind = match kind {
                    VarKind::Const => BindingKind::Const,
                    VarKind::Using => BindingKind::Using,
                    VarKind::AwaitUsing => BindingKind::AwaitUsing,
                    _ => BindingKind::Let,
                };
                self.scopes.declare(name, kind, pos, false)?
            }
        };
        self.scopes.bind_ident(ident, binding);
        push(&mut self.s.uninitialized, binding)
    }

    /// The names declared since `mark` are initialised from here on.
    pub(super) fn initialize_names(&mut self, mark: usize) {
        let pos = self.prev_end;
        for i in mark..self.s.uninitialized.len() {
            let b = self.s.uninitialized[i];
            self.scopes.initialized(b, pos);
        }
        self.s.uninitialized.truncate(mark);
    }

    // ----- Cover grammar ----------------------------------------------------------------------

    /// Reads an expression as an AssignmentTarget, simple or pattern. With `binding`, member
    /// expressions and parentheses are refused (later checks refuse the rest).
    pub(super) fn read_pattern(&mut self, e: &'a Expr<'a>, binding: bool) -> R<Pattern<'a>> {
        let pos = e.span.start;
        match e.kind {
            ExprKind::Ident(ident) => {
                if binding && e.is_parenthesized() {
                    return syntax(pos, "unexpected parentheses in binding pattern");
                }
                self.mark_target(ident, e.is_parenthesized())?;
                Ok(Pattern::Ident(ident))
            }
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::PrivateMember { .. }
            | ExprKind::SuperMember { .. }
            | ExprKind::SuperIndex { .. }
                if !binding =>
            {
                Ok(Pattern::Expr(e))
            }
            ExprKind::Object(properties) if !e.is_parenthesized() => {
                self.check_stack()?;
                let mark = self.s.pattern_properties.len();
                let mut rest = None;
                for p in properties {
                    if rest.is_some() {
                        return syntax(p.span.start, "rest element must be the last one");
                    }
                    let (key, value) = match p.kind {
                        PropertyKind::Value { key, value, .. } => (key, value),
                        PropertyKind::Proto(value) => (PropertyKey::Name(known::Proto), value),
                        PropertyKind::Spread(target) => {
                            if matches!(target.kind, ExprKind::Object(_) | ExprKind::Array(_)) {
                                return syntax(p.span.start, "invalid rest target in object pattern");
                            }
                            rest = Some(self.read_pattern(target, binding)?);
                            continue;
                        }
                        _ => return syntax(p.span.start, "invalid destructuring target"),
                    };
                    if matches!(key, PropertyKey::Computed(_)) {
                        self.pattern_has_expr = true;
                    }
                    let element = self.read_element(value, binding)?;
                    push(&mut self.s.pattern_properties, PatternProperty { span: p.span, key, element })?;
                }
                if rest.is_some() && self.spread_commas.contains(&pos) {
                    return syntax(pos, "rest element must be the last one");
                }
                let properties = self.alloc_slice(&self.s.pattern_properties[mark..])?;
                self.s.pattern_properties.truncate(mark);
                Ok(Pattern::Object(self.alloc(ObjectPattern { span: e.span, properties, rest })?))
            }
            ExprKind::Array(elements) if !e.is_parenthesized() => {
                self.check_stack()?;
                let mark = self.s.pattern_elements.len();
                let mut rest = None;
                for element in elements {
                    if rest.is_some() {
                        return syntax(pos, "rest element must be the last one");
                    }
                    match *element {
                        ArrayElement::Hole => push(&mut self.s.pattern_elements, None)?,
                        ArrayElement::Expr(e) => {
                            let element = self.read_element(e, binding)?;
                            push(&mut self.s.pattern_elements, Some(element))?;
                        }
                        ArrayElement::Spread(e) => rest = Some(self.read_pattern(e, binding)?),
                    }
                }
                if rest.is_some() && self.spread_commas.contains(&pos) {
                    return syntax(pos, "rest element must be the last one");
                }
                let elements = self.alloc_slice(&self.s.pattern_elements[mark..])?;
                self.s.pattern_elements.truncate(mark);
                Ok(Pattern::Array(self.alloc(ArrayPattern { span: e.span, elements, rest })?))
            }
            _ => {
                syntax(pos, if binding { "invalid binding pattern" } else { "invalid destructuring target" })
            }
        }
    }

    /// `target` or `target = default` within a pattern.
    pub(super) fn read_element(&mut self, e: &'a Expr<'a>, binding: bool) -> R<PatternElement<'a>> {
        if let ExprKind::Assign(a) = e.kind
            && a.op == AssignOp::Assign
            && !e.is_parenthesized()
        {
            self.pattern_has_expr = true;
            if binding && a.parenthesized {
                return syntax(e.span.start, "unexpected parentheses in binding pattern");
            }
            if let Pattern::Expr(target) = a.target
                && matches!(target.kind, ExprKind::Call(_))
            {
                return syntax(target.span.start, "invalid destructuring target");
            }
            return Ok(PatternElement {
                target: a.target,
                parenthesized: a.parenthesized,
                default: Some(a.value),
            });
        }
        let target = self.read_pattern(e, binding)?;
        Ok(PatternElement { target, parenthesized: e.is_parenthesized(), default: None })
    }

    /// An identifier expression becomes an assignment target.
    pub(super) fn mark_target(&mut self, ident: Ident<'a>, parenthesized: bool) -> R<()> {
        self.check_assigned_name(ident)?;
        ident.set_flag(IdentRef::WRITTEN);
        if parenthesized {
            ident.set_flag(IdentRef::PARENTHESIZED);
        }
        Ok(())
    }

    pub(super) fn check_assigned_name(&self, ident: Ident<'a>) -> R<()> {
        if self.ctx.strict && matches!(ident.name, known::Eval | known::Arguments) {
            return syntax(ident.span.start, "invalid lvalue in strict mode");
        }
        Ok(())
    }
}
