//! Import and export declarations (16.2).

use super::*;
use crate::module::*;
use crate::names::JsStr;
use std::collections::HashMap;

/// `export { local as exported }`, to be resolved when the module ends.
struct PendingExport {
    exported: Name,
    local: Name,
    pos: u32,
}

/// A module's tables while they grow.
#[derive(Default)]
pub(super) struct ModuleBuilder<'a> {
    requests: Vec<ModuleRequest<'a>>,
    imports: Vec<ImportEntry>,
    exports: Vec<PendingExport>,
    indirect: Vec<IndirectExport>,
    stars: Vec<u32>,
    exported_names: HashSet<u32, BuildSeeded>,
    request_index: HashMap<u64, Vec<u32>, BuildSeeded>,
}

impl<'a> Parser<'a, '_> {
    /// ModuleExportName: a word or a well-formed string.
    fn export_name(&mut self) -> R<(Name, Token)> {
        let tok = self.tok;
        match tok.kind {
            T::Word => {}
            T::String => {
                if let JsStr::Utf16(units) = self.lx.names.get(tok.name)
                    && char::decode_utf16(units.iter().copied()).any(|c| c.is_err())
                {
                    return self.fail("invalid module export name: lone surrogate");
                }
            }
            _ => return self.unexpected_in("import/export clause"),
        }
        self.next()?;
        Ok((tok.name, tok))
    }

    /// A specifier string and its attributes; the request's index.
    fn module_request(&mut self, phase: ImportPhase) -> R<u32> {
        let start = self.tok.start;
        if !self.at(T::String) {
            return self.fail("string expected");
        }
        let specifier = self.tok.name;
        self.next()?;
        let mut attributes = Vec::new();
        if self.at_word(known::With) {
            self.next()?;
            self.expect(T::LBrace)?;
            while !self.at(T::RBrace) {
                if !matches!(self.tok.kind, T::Word | T::String) {
                    return self.unexpected_in("import attributes");
                }
                let (key, pos) = (self.tok.name, self.tok.start);
                self.next()?;
                self.expect(T::Colon)?;
                if !self.at(T::String) {
                    return self.fail("string expected");
                }
                let value = self.tok.name;
                self.next()?;
                if attributes.iter().any(|&(k, _)| k == key) {
                    return syntax(pos, "duplicate import attribute key");
                }
                push(&mut attributes, (key, value))?;
                if !self.at(T::RBrace) {
                    self.expect(T::Comma)?;
                }
            }
            self.expect(T::RBrace)?;
        }
        attributes.sort_by(|a, b| {
            let (a, b) = (self.lx.names.get(a.0), self.lx.names.get(b.0));
            a.units().cmp(b.units())
        });
        let key = u64::from(specifier.0) << 2 | phase as u64;
        if let Some(list) = self.module.request_index.get(&key) {
            for &i in list {
                if self.module.requests[i as usize].attributes == attributes {
                    return Ok(i);
                }
            }
        }
        let attributes = self.alloc_slice(&attributes)?;
        let span = Span::new(start, self.prev_end);
        let i = self.module.requests.len() as u32;
        push(&mut self.module.requests, ModuleRequest { specifier, phase, attributes, span })?;
        push(self.module.request_index.entry(key).or_default(), i)?;
        Ok(i)
    }

    pub(super) fn import_declaration(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.next()?;
        let first = self.module.imports.len();
        // (import name, local name, its span); the request is known at the end.
        let mut entries: Vec<(Option<Name>, Name, Span)> = Vec::new();
        let mut phase = ImportPhase::Evaluation;
        if !self.at(T::String) {
            if self.at_word(known::Defer) && self.peek()?.kind == T::Mul {
                phase = ImportPhase::Defer;
                self.next()?;
            } else if self.at_word(known::Source) {
                let (a, b) = self.peek2()?;
                if a.kind == T::Word && (!a.is_word(known::From) || b.is_word(known::From)) {
                    phase = ImportPhase::Source;
                    self.next()?;
                }
            }
            let mut more = true;
            if self.at(T::Word) {
                let (name, span) = self.binding_identifier()?;
                let import = if phase == ImportPhase::Source { None } else { Some(known::Default) };
                push(&mut entries, (import, name, span))?;
                more = phase != ImportPhase::Source && self.eat(T::Comma)?;
            }
            if more {
                if self.eat(T::Mul)? {
                    self.expect_word(known::As)?;
                    let (name, span) = self.binding_identifier()?;
                    push(&mut entries, (None, name, span))?;
                } else {
                    self.named_imports(&mut entries)?;
                }
            }
            self.expect_word(known::From)?;
        }
        let request = self.module_request(phase)?;
        self.semicolon()?;
        for (import_name, name, span) in entries {
            // A namespace is a constant of the module's own.
            let kind = if import_name.is_some() { BindingKind::Import } else { BindingKind::Const };
            let b = self.scopes.declare(name, kind, span.start, false)?;
            if import_name.is_none() {
                self.scopes.initialized(b, 0);
            }
            self.scopes.binds[b as usize].b.captured = true;
            push(
                &mut self.module.imports,
                ImportEntry { request, import_name, binding: BindingId(b), span },
            )?;
        }
        let _ = first;
        Ok(Stmt { span: Span::new(start, self.prev_end), kind: StmtKind::Import })
    }

    fn named_imports(&mut self, entries: &mut Vec<(Option<Name>, Name, Span)>) -> R<()> {
        self.expect(T::LBrace)?;
        while !self.at(T::RBrace) {
            let (imported, tok) = self.export_name()?;
            if self.eat_word(known::As)? {
                let (name, span) = self.binding_identifier()?;
                push(entries, (Some(imported), name, span))?;
            } else {
                if tok.kind != T::Word {
                    return self.fail("expecting 'as'");
                }
                self.check_binding_name(imported, tok.start)?;
                push(entries, (Some(imported), imported, Span::new(tok.start, tok.end)))?;
            }
            if !self.at(T::RBrace) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBrace)
    }

    /// Notes an exported name; each may be exported once.
    fn note_exported(&mut self, name: Name, pos: u32) -> R<()> {
        self.module.exported_names.try_reserve(1).map_err(|_| out_of_memory())?;
        if !self.module.exported_names.insert(name.0) {
            let text = self.lx.names.get(name).to_display();
            return syntax(pos, format!("duplicate exported name '{text}'"));
        }
        Ok(())
    }

    fn export_local(&mut self, exported: Name, local: Name, pos: u32) -> R<()> {
        self.note_exported(exported, pos)?;
        push(&mut self.module.exports, PendingExport { exported, local, pos })
    }

    pub(super) fn export_declaration(&mut self) -> R<Stmt<'a>> {
        let start = self.tok.start;
        self.next()?;
        let kind = match self.tok.kind {
            T::Mul => {
                self.next()?;
                let mut exported = None;
                if self.eat_word(known::As)? {
                    let (name, tok) = self.export_name()?;
                    self.note_exported(name, tok.start)?;
                    exported = Some(name);
                }
                self.expect_word(known::From)?;
                let request = self.module_request(ImportPhase::Evaluation)?;
                self.semicolon()?;
                match exported {
                    Some(export_name) => {
                        let span = Span::new(start, self.prev_end);
                        let entry = IndirectExport { export_name, request, import_name: None, span };
                        push(&mut self.module.indirect, entry)?;
                    }
                    None => push(&mut self.module.stars, request)?,
                }
                StmtKind::ExportNames
            }
            T::LBrace => {
                self.export_clause()?;
                StmtKind::ExportNames
            }
            T::Word if self.at_word(known::Default) => {
                self.next()?;
                self.export_default(start)?
            }
            T::Word => {
                let stmt = self.exported_declaration()?;
                StmtKind::ExportDecl(self.alloc(stmt)?)
            }
            _ => return self.unexpected_in("export declaration"),
        };
        Ok(Stmt { span: Span::new(start, self.prev_end), kind })
    }

    fn exported_declaration(&mut self) -> R<Stmt<'a>> {
        if self.tok.escaped {
            return self.unexpected_in("export declaration");
        }
        let allowed = match self.tok.name {
            known::Var | known::Const | known::Class | known::Function | known::Let => true,
            known::Async => {
                let after = self.peek()?;
                after.is_word(known::Function) && !after.newline_before
            }
            _ => false,
        };
        if !allowed {
            return self.unexpected_in("export declaration");
        }
        let stmt = self.statement_list_item()?;
        match stmt.kind {
            StmtKind::Var(decl) => {
                for d in decl.declarators {
                    self.export_pattern(&d.target)?;
                }
            }
            StmtKind::Function(f) => {
                self.export_local(f.binding.name, f.binding.name, f.binding.span.start)?
            }
            StmtKind::Class(c) => self.export_local(c.binding.name, c.binding.name, c.binding.span.start)?,
            _ => return syntax(stmt.span.start, "invalid export declaration"),
        }
        Ok(stmt)
    }

    fn export_pattern(&mut self, pattern: &Pattern<'a>) -> R<()> {
        match *pattern {
            Pattern::Ident(ident) => self.export_local(ident.name, ident.name, ident.span.start),
            Pattern::Expr(_) => Ok(()),
            Pattern::Object(o) => {
                for p in o.properties {
                    self.export_pattern(&p.element.target)?;
                }
                o.rest.iter().try_for_each(|r| self.export_pattern(r))
            }
            Pattern::Array(a) => {
                for e in a.elements.iter().flatten() {
                    self.export_pattern(&e.target)?;
                }
                a.rest.iter().try_for_each(|r| self.export_pattern(r))
            }
        }
    }

    fn export_default(&mut self, start: u32) -> R<StmtKind<'a>> {
        self.note_exported(known::Default, start)?;
        let at = self.tok.start;
        let mut stmt = None;
        if self.at_word(known::Function) {
            stmt = Some(self.function_declaration(at, false, true)?);
        } else if self.at_word(known::Class) {
            stmt = Some(self.class_declaration(true)?);
        } else if self.at_word(known::Async) {
            let after = self.peek()?;
            if after.is_word(known::Function) && !after.newline_before {
                self.next()?;
                stmt = Some(self.function_declaration(at, true, true)?);
            }
        }
        if let Some(stmt) = stmt {
            let (local, pos) = match stmt.kind {
                StmtKind::Function(f) => (f.binding.name, f.binding.span.start),
                StmtKind::Class(c) => (c.binding.name, c.binding.span.start),
                _ => (known::StarDefault, start),
            };
            push(&mut self.module.exports, PendingExport { exported: known::Default, local, pos })?;
            return Ok(StmtKind::ExportDecl(self.alloc(stmt)?));
        }
        let value = self.parse_assign()?;
        self.semicolon()?;
        let b = self.scopes.declare(known::StarDefault, BindingKind::Let, start, false)?;
        self.scopes.initialized(b, self.prev_end);
        let binding = self.scopes.ident(known::StarDefault, value.span, Resolution::Unresolved)?;
        self.scopes.bind_ident(binding, b);
        push(
            &mut self.module.exports,
            PendingExport { exported: known::Default, local: known::StarDefault, pos: start },
        )?;
        Ok(StmtKind::ExportDefault { binding, value })
    }

    /// `{ a as b, … }`, perhaps `from`.
    fn export_clause(&mut self) -> R<()> {
        let start = self.tok.start;
        self.next()?;
        let mut list: Vec<(Token, Name, u32)> = Vec::new();
        while !self.at(T::RBrace) {
            let (local, tok) = self.export_name()?;
            let (mut exported, mut pos) = (local, tok.start);
            if self.eat_word(known::As)? {
                let (name, tok) = self.export_name()?;
                (exported, pos) = (name, tok.start);
            }
            push(&mut list, (tok, exported, pos))?;
            if !self.at(T::RBrace) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBrace)?;
        if self.eat_word(known::From)? {
            let request = self.module_request(ImportPhase::Evaluation)?;
            let span = Span::new(start, self.prev_end);
            for (tok, export_name, pos) in list {
                self.note_exported(export_name, pos)?;
                let entry = IndirectExport { export_name, request, import_name: Some(tok.name), span };
                push(&mut self.module.indirect, entry)?;
            }
        } else {
            for (tok, exported, pos) in list {
                if tok.kind != T::Word {
                    return syntax(tok.start, "string export names need a 'from' clause");
                }
                self.check_identifier(tok.name, tok.start)?;
                self.export_local(exported, tok.name, pos)?;
            }
        }
        self.semicolon()
    }

    /// Resolves the exports and fixes the tables. The module's scope is still open.
    pub(super) fn finish_module(&mut self) -> R<&'a ModuleInfo<'a>> {
        let mut locals = Vec::new();
        let exports = std::mem::take(&mut self.module.exports);
        let imported: HashMap<u32, usize, BuildSeeded> =
            self.module.imports.iter().enumerate().map(|(i, e)| (e.binding.0, i)).collect();
        for e in &exports {
            let Some(binding) = self.scopes.export(e.local) else {
                let text = self.lx.names.get(e.local).to_display();
                return syntax(e.pos, format!("exported variable '{text}' does not exist"));
            };
            // Re-exports of a named import are indirect; a namespace is a local constant.
            match imported.get(&binding.0).and_then(|&i| self.module.imports.get(i)) {
                Some(&import) if import.import_name.is_some() => {
                    let entry = IndirectExport {
                        export_name: e.exported,
                        request: import.request,
                        import_name: import.import_name,
                        span: import.span,
                    };
                    push(&mut self.module.indirect, entry)?;
                }
                _ => push(&mut locals, LocalExport { export_name: e.exported, binding })?,
            }
        }
        self.alloc(ModuleInfo {
            requests: self.alloc_slice(&self.module.requests)?,
            imports: self.alloc_slice(&self.module.imports)?,
            local_exports: self.alloc_slice(&locals)?,
            indirect_exports: self.alloc_slice(&self.module.indirect)?,
            star_exports: self.alloc_slice(&self.module.stars)?,
        })
    }
}
