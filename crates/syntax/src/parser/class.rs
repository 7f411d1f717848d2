//! Classes (15.7).

use super::*;

/// The init functions of a class, made when first needed.
struct Inits {
    instance: Option<u32>,
    statics: Option<u32>,
}

impl<'a> Parser<'a, '_> {
    /// A class at the word `class`. `default_name`: `export default class` without a name.
    pub(super) fn class(&mut self, default_name: Option<Name>) -> R<&'a Class<'a>> {
        self.check_stack()?;
        let start = self.tok.start;
        let strict = std::mem::replace(&mut self.ctx.strict, true);
        let no_in = std::mem::replace(&mut self.ctx.no_in, false);
        self.next()?;
        let mut name = None;
        if self.at(T::Word) && !self.at_word(known::Extends) {
            name = Some(self.binding_identifier()?);
        }
        let scope = self.scopes.open_block(ScopeKind::Class, start)?;
        let mut inner_name = None;
        let mut inner_binding = 0;
        if let Some((name, span)) = name {
            inner_binding = self.scopes.declare(name, BindingKind::ClassName, span.start, false)?;
            let ident = self.scopes.ident(name, span, Resolution::Unresolved)?;
            self.scopes.bind_ident(ident, inner_binding);
            inner_name = Some(ident);
        }
        let mut flags = ExprFlags::NONE;
        let mut heritage = None;
        if self.eat_word(known::Extends)? {
            let heritage_start = self.tok.start;
            let outer = std::mem::replace(&mut self.cover, NOWHERE);
            let e = self.parse_left_hand_side(heritage_start, None)?;
            self.check_cover()?;
            self.cover = outer;
            flags = flags.union(e.flags.inherited());
            heritage = Some(e);
        }
        let body_start = self.tok.start;
        let body_scope = self.scopes.open_block(ScopeKind::ClassBody, body_start)?;
        self.expect(T::LBrace)?;
        let mark = self.s.class_elements.len();
        let mut constructor = None;
        let mut inits = Inits { instance: None, statics: None };
        while !self.at(T::RBrace) {
            if self.eat(T::Semicolon)? {
                continue;
            }
            self.tick()?;
            self.class_element(start, heritage.is_some(), &mut constructor, &mut inits, &mut flags)?;
        }
        let end = self.tok.end;
        let span = Span::new(start, end);
        let elements = self.alloc_slice(&self.s.class_elements[mark..])?;
        self.s.class_elements.truncate(mark);
        let instance_init = self.init_function(inits.instance, FunctionKind::FieldInit, span, elements)?;
        let static_init = self.init_function(inits.statics, FunctionKind::StaticInit, span, elements)?;
        self.scopes.close_block()?;
        if name.is_some() {
            self.scopes.initialized(inner_binding, end);
        }
        self.scopes.close_block()?;
        self.ctx.strict = strict;
        self.ctx.no_in = no_in;
        self.next()?;
        self.alloc(Class {
            span,
            name: name.map(|n| n.0).or(default_name),
            scope,
            inner_name,
            heritage,
            body_scope,
            constructor,
            elements,
            instance_init,
            static_init,
            flags,
        })
    }

    /// The init function for instance or static elements, in the class body's scope.
    fn ensure_init(&mut self, slot: &mut Option<u32>, kind: FunctionKind, class_start: u32) -> R<u32> {
        if let Some(f) = *slot {
            return Ok(f);
        }
        let f = self.scopes.new_function(kind, class_start)?;
        let scope = ScopeId(self.scopes.new_scope(ScopeKind::Function, f)?);
        let info = &mut self.scopes.funs[f as usize].info;
        info.param_scope = scope;
        info.body_scope = scope;
        info.strict = true;
        *slot = Some(f);
        Ok(f)
    }

    fn init_function(
        &mut self,
        f: Option<u32>,
        kind: FunctionKind,
        span: Span,
        elements: &'a [ClassElement<'a>],
    ) -> R<Option<&'a Function<'a>>> {
        let Some(f) = f else { return Ok(None) };
        self.scopes.finish_init_function(f)?;
        let function = self.alloc(Function {
            id: FunctionId(f),
            kind,
            is_async: false,
            is_generator: false,
            span,
            name: None,
            params: &[],
            rest: None,
            body: FunctionBody::Class(elements),
        })?;
        let info = &mut self.scopes.funs[f as usize].info;
        info.node = Some(function);
        info.span = span;
        info.uses_this = true;
        info.uses_super_property = info.home_object.is_some();
        Ok(Some(function))
    }

    fn class_element(
        &mut self,
        class_start: u32,
        derived: bool,
        constructor: &mut Option<&'a Function<'a>>,
        inits: &mut Inits,
        flags: &mut ExprFlags,
    ) -> R<()> {
        let start = self.tok.start;
        let mut is_static = false;
        // Source text of a method: without `static`.
        let mut method_start = start;
        if self.at_word(known::Static) {
            let after = self.peek()?;
            match after.kind {
                T::LBrace => return self.static_block(class_start, inits),
                T::LParen | T::Assign | T::Semicolon | T::RBrace | T::Eof => {}
                _ => {
                    is_static = true;
                    self.next()?;
                    method_start = self.tok.start;
                }
            }
        }
        let (mut is_async, mut is_generator, mut kind) = (false, false, MethodKind::Method);
        if self.at(T::Word)
            && !self.tok.escaped
            && matches!(self.tok.name, known::Get | known::Set | known::Async)
        {
            let word = self.tok.name;
            let after = self.peek()?;
            let is_key = matches!(after.kind, T::LParen | T::Assign | T::Semicolon | T::RBrace | T::Eof);
            if word == known::Async {
                if !is_key && !after.newline_before {
                    is_async = true;
                    self.next()?;
                }
            } else if !is_key && after.kind != T::Mul {
                kind = if word == known::Get { MethodKind::Getter } else { MethodKind::Setter };
                self.next()?;
            }
        }
        if kind == MethodKind::Method && self.eat(T::Mul)? {
            is_generator = true;
        }
        let key_tok = self.tok;
        let key_span = Span::new(key_tok.start, key_tok.end);
        // Private names are declared once it is known what they are.
        let private = key_tok.kind == T::Private;
        let mut key = PropertyKey::Name(key_tok.name);
        if private {
            if key_tok.name == known::PrivateConstructor {
                return self.fail("invalid method name");
            }
            self.next()?;
        } else {
            key = self.property_key()?;
            if let PropertyKey::Computed(e) = key {
                *flags = flags.union(e.flags.inherited());
            }
        }
        let key_name = match key {
            PropertyKey::Name(name) if !private => Some(name),
            _ => None,
        };
        let named = |name| key_name == Some(name);
        if self.at(T::LParen) || is_async || is_generator || kind != MethodKind::Method {
            if private {
                key = PropertyKey::Private(self.declare_private(&key_tok, is_static, Some(kind))?);
            }
            if is_static && named(known::Prototype) {
                return syntax(key_tok.start, "invalid method name");
            }
            let is_constructor = !is_static && named(known::Constructor);
            if is_constructor && (is_async || is_generator || kind != MethodKind::Method) {
                return syntax(key_tok.start, "invalid method name");
            }
            let function_kind = match kind {
                _ if is_constructor && derived => FunctionKind::DerivedConstructor,
                _ if is_constructor => FunctionKind::Constructor,
                MethodKind::Method => FunctionKind::Method,
                MethodKind::Getter => FunctionKind::Getter,
                MethodKind::Setter => FunctionKind::Setter,
            };
            let function = self.method(function_kind, method_start, is_async, is_generator)?;
            if is_constructor {
                if constructor.is_some() {
                    return syntax(key_tok.start, "property constructor appears more than once");
                }
                *constructor = Some(function);
                return Ok(());
            }
            let store = if private && !is_static {
                let f = self.ensure_init(&mut inits.instance, FunctionKind::FieldInit, class_start)?;
                Some(self.scopes.synthetic(f, key_span)?)
            } else {
                None
            };
            let kind = ClassElementKind::Method { key, kind, function, store };
            let span = Span::new(start, self.prev_end);
            return push(&mut self.s.class_elements, ClassElement { span, is_static, kind });
        }
        // A field.
        if named(known::Constructor) || (is_static && named(known::Prototype)) {
            return syntax(key_tok.start, "invalid field name");
        }
        if private {
            key = PropertyKey::Private(self.declare_private(&key_tok, is_static, None)?);
        }
        let (slot, function_kind) = match is_static {
            true => (&mut inits.statics, FunctionKind::StaticInit),
            false => (&mut inits.instance, FunctionKind::FieldInit),
        };
        let f = self.ensure_init(slot, function_kind, class_start)?;
        let store = match key {
            PropertyKey::Computed(_) => Some(self.scopes.synthetic(f, key_span)?),
            _ => None,
        };
        let at = self.tok.start;
        let scope = self.scopes.open_scope(ScopeKind::Field, f, at)?;
        let mut value = None;
        if self.at(T::Assign) {
            let saved = self.enter_function(FunctionKind::FieldInit, false, false);
            self.ctx.in_function = false;
            self.next()?;
            value = Some(self.parse_assign()?);
            self.leave_function(saved, false);
        }
        self.scopes.close_segment()?;
        self.semicolon()?;
        let kind = ClassElementKind::Field { key, value, store, scope };
        let span = Span::new(start, self.prev_end);
        push(&mut self.s.class_elements, ClassElement { span, is_static, kind })
    }

    fn declare_private(&mut self, tok: &Token, is_static: bool, method: Option<MethodKind>) -> R<Ident<'a>> {
        use PrivateKind::*;
        let kind = match (method, is_static) {
            (None, false) => Field,
            (None, true) => StaticField,
            (Some(MethodKind::Method), false) => Method,
            (Some(MethodKind::Method), true) => StaticMethod,
            (Some(MethodKind::Getter), false) => Getter,
            (Some(MethodKind::Getter), true) => StaticGetter,
            (Some(MethodKind::Setter), false) => Setter,
            (Some(MethodKind::Setter), true) => StaticSetter,
        };
        self.scopes.declare_private(tok.name, kind, tok.start)?;
        self.scopes.reference(tok.name, Span::new(tok.start, tok.end), true)
    }

    fn static_block(&mut self, class_start: u32, inits: &mut Inits) -> R<()> {
        let start = self.tok.start;
        let f = self.ensure_init(&mut inits.statics, FunctionKind::StaticInit, class_start)?;
        self.next()?;
        let at = self.tok.start;
        let scope = self.scopes.open_scope(ScopeKind::StaticBlock, f, at)?;
        let saved = self.enter_function(FunctionKind::StaticInit, false, false);
        self.ctx.in_function = false;
        self.ctx.static_block = true;
        self.expect(T::LBrace)?;
        let body = self.statement_list(T::RBrace, false)?;
        if !self.at(T::RBrace) {
            return self.expected(T::RBrace);
        }
        self.leave_function(saved, false);
        self.scopes.close_segment()?;
        self.next()?;
        let kind = ClassElementKind::StaticBlock { scope, body };
        let span = Span::new(start, self.prev_end);
        push(&mut self.s.class_elements, ClassElement { span, is_static: true, kind })
    }
}
