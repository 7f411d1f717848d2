//! The program's own scope, what lies outside it, and the finished tables.

use super::*;

impl<'a> Resolver<'a> {
    /// Closes the program's scope and resolves what is left.
    pub(crate) fn close_program(&mut self, lexer: &Lexer<'a>) -> R<()> {
        self.settle_annex_b(0)?;
        let evals = 0..self.evals.len();
        if !self.slots_outside() && self.evals.iter().any(|e| !e.has_this) {
            self.implicits_for_eval(0, FunctionKind::Program)?;
        }
        self.resolve_here(0, Some(0))?;
        self.program_declarations()?;
        if !evals.is_empty() {
            let list = self.binding_list(0)?;
            let var_scope = self.program == ProgramKind::StrictEval || self.program == ProgramKind::Module;
            self.show_to_evals(ScopeKind::Function, var_scope, &list, evals.clone())?;
            for c in 0..self.chain.len() {
                let (kind, is_var, first, end) = self.chain[c];
                let mut list = Vec::new();
                for b in first..end {
                    push(&mut list, b)?;
                }
                self.show_to_evals(kind, is_var, &list, evals.clone())?;
            }
        }
        self.finish_scope()?;
        self.resolve_outside(lexer)?;
        self.funs[0].info.uses_this = self.funs[0].info.this.is_some();
        Ok(())
    }

    /// References that leave the program: the chain of a direct eval, then the global environment.
    pub(super) fn resolve_outside(&mut self, lexer: &Lexer<'a>) -> R<()> {
        // The chain's dynamic objects, innermost first.
        let mut objects = Vec::new();
        for &(_, _, first, end) in &self.chain {
            for b in first..end {
                let kind = match self.binds[b as usize].b.kind {
                    BindingKind::WithObject => DynamicObjectKind::With,
                    BindingKind::EvalVars => DynamicObjectKind::EvalVars,
                    _ => continue,
                };
                push(&mut objects, (b, kind))?;
            }
        }
        for i in 0..self.refs.len() {
            let ident = self.refs[i].ident;
            if !matches!(ident.resolution.get(), Resolution::Unresolved) {
                continue;
            }
            let found = self.chain_names.get(&ident.name.0).copied();
            if !self.refs[i].implicit {
                for &(b, kind) in &objects {
                    if found.is_some_and(|f| f < b) {
                        break;
                    }
                    let loc = self.locate(b, self.refs[i].function)?;
                    let next = self.refs[i].dynamic;
                    self.refs[i].dynamic = self.dynamics.len() as u32;
                    push(&mut self.dynamics, DynNode { object: DynamicObject { kind, loc }, next })?;
                }
            }
            match found {
                Some(b) => self.resolve_to(i as u32, b)?,
                None => {
                    if lexer.is_private_name(ident.name) {
                        let name = lexer.names.get(ident.name).to_display();
                        return syntax(ident.span.start, format!("undefined private field '{name}'"));
                    }
                    self.set_resolution(i as u32, VarRef::Global)?;
                }
            }
        }
        self.refs.clear();
        Ok(())
    }

    /// Collects the tables for GlobalDeclarationInstantiation.
    pub(super) fn program_declarations(&mut self) -> R<()> {
        let (mut vars, mut lexicals) = (Vec::new(), Vec::new());
        let mut b = self.opens[0].first;
        while b != NONE {
            let bind = &self.binds[b as usize];
            b = bind.next;
            if !bind.b.global {
                continue;
            }
            let span = Span::new(bind.decl_pos, bind.decl_pos);
            let eval = self.program == ProgramKind::SloppyEval;
            match bind.b.kind {
                BindingKind::Var | BindingKind::Function if eval && self.chain_conflict(bind.b.name) => {
                    return self.redeclared(bind.decl_pos, "lexical identifier");
                }
                BindingKind::Var if bind.b.param_index == 1 => {}
                BindingKind::Var => push(&mut vars, bind.b.name)?,
                BindingKind::Function => {}
                k => {
                    let lexical = GlobalLexical { name: bind.b.name, is_const: k.is_const(), span };
                    push(&mut lexicals, lexical)?;
                }
            }
        }
        let mut functions = Vec::new();
        if matches!(self.program, ProgramKind::Script | ProgramKind::SloppyEval) {
            let mut seen: HashMap<u32, (), BuildSeeded> = HashMap::default();
            seen.try_reserve(self.funcs.len()).map_err(|_| out_of_memory())?;
            for &f in self.funcs.iter().rev() {
                if seen.insert(f.binding.name.0, ()).is_none() {
                    push(&mut functions, f)?;
                }
            }
            functions.reverse();
            self.funcs.clear();
        }
        let oom = |_| out_of_memory();
        self.globals = GlobalDeclarations {
            vars: self.arena.try_alloc_slice_copy(&vars).map_err(oom)?,
            functions: self.arena.try_alloc_slice_copy(&functions).map_err(oom)?,
            lexicals: self.arena.try_alloc_slice_copy(&lexicals).map_err(oom)?,
            annex_b: self.arena.try_alloc_slice_copy(&self.annex_names).map_err(oom)?,
            eval_vars: None,
        };
        if self.program == ProgramKind::SloppyEval
            && let Some(&(_, _, first, end)) = self.chain.iter().find(|c| c.1)
            && let Some(b) = (first..end).find(|&b| self.binds[b as usize].b.kind == BindingKind::EvalVars)
        {
            self.globals.eval_vars = Some(self.locate(b, 0)?);
        }
        Ok(())
    }

    /// Fixes the tables.
    pub(crate) fn finish(&mut self) -> R<Tables<'a>> {
        let oom = |_| out_of_memory();
        let arena = self.arena;
        let mut counts = Vec::new();
        counts.try_reserve_exact(self.funs.len() + 1).map_err(|_| out_of_memory())?;
        counts.resize(self.funs.len() + 1, 0u32);
        for bind in &mut self.binds {
            if bind.b.kind != BindingKind::Param {
                // Was used as a mark.
                bind.b.param_index = NONE;
            }
            if !bind.b.global && bind.b.function != FunctionId::EXTERNAL {
                let n = &mut counts[bind.b.function.0 as usize];
                bind.b.index = *n;
                *n += 1;
            }
        }
        // Group by function: offsets, then place.
        let mut offset = 0;
        for n in &mut counts {
            let size = *n;
            *n = offset;
            offset += size;
        }
        let mut grouped = Vec::new();
        grouped.try_reserve_exact(offset as usize).map_err(|_| out_of_memory())?;
        grouped.resize(offset as usize, BindingId(0));
        for (i, bind) in self.binds.iter().enumerate() {
            if !bind.b.global && bind.b.function != FunctionId::EXTERNAL {
                grouped[(counts[bind.b.function.0 as usize] + bind.b.index) as usize] = BindingId(i as u32);
            }
        }
        let grouped: &'a [BindingId] = arena.try_alloc_slice_copy(&grouped).map_err(oom)?;
        for (i, fun) in self.funs.iter_mut().enumerate() {
            fun.info.bindings = &grouped[counts[i] as usize..counts[i + 1] as usize];
            fun.info.captures = arena.try_alloc_slice_copy(&fun.captures).map_err(oom)?;
        }
        let functions = arena.try_alloc_slice_fill_iter(self.funs.iter().map(|f| f.info)).map_err(oom)?;
        let bindings = arena.try_alloc_slice_fill_iter(self.binds.iter().map(|b| b.b)).map_err(oom)?;
        let scopes = arena.try_alloc_slice_copy(&self.scopes).map_err(oom)?;
        let mut sites = Vec::new();
        sites.try_reserve_exact(self.evals.len()).map_err(|_| out_of_memory())?;
        for e in &self.evals {
            sites.push(EvalSite {
                function: FunctionId(e.function),
                scope: ScopeId(e.scope),
                strict: e.strict,
                context: e.context,
                scopes: arena.try_alloc_slice_copy(&e.scopes).map_err(oom)?,
                slots: arena.try_alloc_slice_copy(&e.slots).map_err(oom)?,
            });
        }
        let eval_sites = arena.try_alloc_slice_copy(&sites).map_err(oom)?;
        Ok(Tables { functions, scopes, bindings, eval_sites })
    }
}
