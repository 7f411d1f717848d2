//! Closing scopes: Annex B functions, look-up of what was referred to, direct evals.

use super::*;

impl<'a> Resolver<'a> {
    pub(super) fn binding_list(&self, o: usize) -> R<Vec<u32>> {
        let mut list = Vec::new();
        let mut b = self.opens[o].first;
        while b != NONE {
            push(&mut list, b)?;
            b = self.binds[b as usize].next;
        }
        Ok(list)
    }

    /// Drops Annex B candidates that a lexical declaration of the closing scope forbids.
    pub(super) fn filter_annex_b(&mut self, o: usize) {
        let id = self.opens[o].id;
        let (binds, tops) = (&self.binds, &self.tops);
        let mut i = 0;
        let first = self.opens[o].annex;
        self.annex.retain(|candidate| {
            i += 1;
            if i <= first || candidate.scope == id {
                return true;
            }
            let b = tops.get(candidate.decl.binding.name.0 as usize).copied().unwrap_or(NONE);
            // A simple catch parameter is no obstacle (B.3.4).
            !binds.get(b as usize).is_some_and(|b| b.b.scope.0 == id && b.b.kind != BindingKind::CatchParam)
        });
    }

    /// Makes variables of the Annex B candidates that reached the var scope `o`.
    pub(super) fn settle_annex_b(&mut self, o: usize) -> R<()> {
        let first = self.opens[o].annex;
        let id = self.opens[o].id;
        for i in first..self.annex.len() {
            let decl = self.annex[i].decl;
            let name = decl.binding.name;
            let b = self.top(name);
            let mut target = NONE;
            if b != NONE && self.binds[b as usize].b.scope.0 == id {
                match self.binds[b as usize].b.kind {
                    BindingKind::Var | BindingKind::Function => target = b,
                    _ => continue,
                }
            } else if self.opens[o].kind == ScopeKind::FunctionBody
                && b != NONE
                && self.binds[b as usize].b.scope.0 == self.opens[o - 1].id
            {
                continue;
            }
            if name == known::Arguments && self.has_own_arguments(o, target) {
                continue;
            }
            if o == 0 && self.program == ProgramKind::SloppyEval && self.chain_conflict(name) {
                continue;
            }
            if target == NONE {
                target = self.insert(o, name, BindingKind::Var, NONE, decl.binding.span.start)?;
                self.link_to_param(o, target, b);
                if self.binds[target as usize].b.global {
                    // Declared by the Annex B steps, not among the plain variables.
                    self.binds[target as usize].b.param_index = 1;
                    push(&mut self.annex_names, name)?;
                }
            }
            let ident = self.ident(name, decl.binding.span, Resolution::Unresolved)?;
            ident.set_flag(IdentRef::WRITTEN);
            self.binds[target as usize].b.reassigned = true;
            if self.binds[target as usize].b.global {
                self.refer(ident, false)?;
            } else {
                self.bind_ident(ident, target);
            }
            decl.annex_b.set(Some(ident));
        }
        self.annex.truncate(first);
        Ok(())
    }

    /// `arguments` counts among the parameters' names (10.2.11, step 22.f): the function whose var scope is `o`
    /// makes an arguments object. `own`: its variable of that name, if it declares one.
    fn has_own_arguments(&self, o: usize, own: u32) -> bool {
        let kind = self.funs[self.opens[o].function as usize].info.kind;
        let replaced = self.opens[o].kind == ScopeKind::Function
            && self.binds.get(own as usize).is_some_and(|b| b.b.kind == BindingKind::Function);
        !replaced && !matches!(kind, FunctionKind::Arrow | FunctionKind::Program)
    }

    /// A sloppy direct eval may not declare `name` as `var`: an enclosing declaration is in the way.
    pub(super) fn chain_conflict(&self, name: Name) -> bool {
        for &(_, is_var, first, end) in &self.chain {
            for b in &self.binds[first as usize..end as usize] {
                if b.b.name == name {
                    let clash = match is_var {
                        true => b.b.kind.is_lexical(),
                        false => !matches!(b.b.kind, BindingKind::CatchParam | BindingKind::FunctionName),
                    };
                    if clash {
                        return true;
                    }
                }
            }
            if is_var {
                break;
            }
        }
        false
    }

    /// Takes the scope's names out of the way and fixes its entry in the table.
    pub(super) fn finish_scope(&mut self) -> R<Open> {
        let o = self.opens.len() - 1;
        let (mut b, id) = (self.opens[o].first, self.opens[o].id as usize);
        self.scratch.clear();
        let mut has_captured = false;
        while b != NONE {
            let bind = &self.binds[b as usize];
            if !bind.b.global {
                has_captured |= bind.b.captured;
                push(&mut self.scratch, BindingId(b))?;
            }
            let (name, prev, next) = (bind.b.name, bind.prev, bind.next);
            if let Some(t) = self.tops.get_mut(name.0 as usize) {
                *t = prev;
            }
            b = next;
        }
        let bindings = match self.scratch.is_empty() {
            true => &[][..],
            false => self.arena.try_alloc_slice_copy(&self.scratch).map_err(|_| out_of_memory())?,
        };
        let from = self.opens[o].funcs;
        let functions = match from == self.funcs.len() {
            true => &[][..],
            false => self.arena.try_alloc_slice_copy(&self.funcs[from..]).map_err(|_| out_of_memory())?,
        };
        self.funcs.truncate(from);
        let open = &self.opens[o];
        let scope = &mut self.scopes[id];
        scope.bindings = bindings;
        scope.functions = functions;
        scope.has_captured = has_captured;
        scope.has_using = open.has_using;
        scope.has_await_using = open.has_await_using;
        debug_assert_eq!(scope.parent.map_or(NONE, |p| p.0), open.parent);
        match self.opens.pop() {
            Some(open) => Ok(open),
            None => Err(out_of_memory()),
        }
    }

    /// Closes a block-like scope.
    pub(crate) fn close_block(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let open = &self.opens[o];
        if open.first == NONE && open.kind != ScopeKind::With {
            self.finish_scope()?;
            return Ok(());
        }
        if self.annex.len() > self.opens[o].annex {
            self.filter_annex_b(o);
        }
        if self.opens[o].kind == ScopeKind::With {
            let evals = self.opens[o].evals..self.evals.len();
            if self.refs.len() > self.opens[o].refs || !evals.is_empty() {
                let b = self.insert(o, known::WithObject, BindingKind::WithObject, NONE, 0)?;
                self.add_dynamic(o, b, DynamicObjectKind::With)?;
            }
        } else {
            self.resolve_here(o, None)?;
        }
        let evals = self.opens[o].evals..self.evals.len();
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(self.opens[o].kind, false, &list, evals)?;
        }
        self.finish_scope()?;
        Ok(())
    }

    /// Closes the scope of a field initialiser or static block of the init function `f`.
    pub(crate) fn close_segment(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        let evals = self.opens[o].evals..self.evals.len();
        if self.opens[o].var_scope {
            self.settle_annex_b(o)?;
        }
        let mut implicits = Vec::new();
        if self.evals[evals.clone()].iter().any(|e| !e.has_this) {
            for name in [known::This, known::NewTarget, known::HomeObject] {
                if let Some(b) = self.implicit(f, name)? {
                    push(&mut implicits, b)?;
                }
            }
        }
        self.resolve_here(o, Some(f))?;
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(self.opens[o].kind, self.opens[o].var_scope, &list, evals.clone())?;
            for i in evals {
                if !self.evals[i].has_this {
                    self.evals[i].has_this = true;
                    self.show_to_evals(ScopeKind::Function, false, &implicits, i..i + 1)?;
                }
            }
        }
        self.finish_scope()?;
        Ok(())
    }

    /// Ends an init function made by `new_function` whose code were segments.
    pub(crate) fn finish_init_function(&mut self, f: u32) -> R<()> {
        let info = &self.funs[f as usize].info;
        let list: Vec<BindingId> =
            [info.this, info.new_target, info.home_object].into_iter().flatten().collect();
        let scope = info.param_scope.0 as usize;
        self.scopes[scope].has_captured = list.iter().any(|b| self.binds[b.0 as usize].b.captured);
        self.scopes[scope].bindings = self.arena.try_alloc_slice_copy(&list).map_err(|_| out_of_memory())?;
        Ok(())
    }

    pub(super) fn has_sloppy_eval(&self, range: std::ops::Range<usize>, f: u32) -> bool {
        self.evals.get(range).unwrap_or(&[]).iter().any(|e| e.function == f && !e.strict)
    }

    /// Closes the separate body scope.
    pub(crate) fn close_body(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        self.settle_annex_b(o)?;
        self.resolve_here(o, None)?;
        let evals = self.opens[o].evals..self.evals.len();
        if self.has_sloppy_eval(evals.clone(), f) {
            let b = self.insert(o, known::EvalVars, BindingKind::EvalVars, NONE, 0)?;
            self.funs[f as usize].info.eval_vars = Some(BindingId(b));
            self.add_dynamic(o, b, DynamicObjectKind::EvalVars)?;
        }
        if !evals.is_empty() {
            let list = self.binding_list(o)?;
            self.show_to_evals(ScopeKind::FunctionBody, true, &list, evals)?;
        }
        self.finish_scope()?;
        Ok(())
    }

    /// Closes the parameter (and perhaps only) scope of a function, and so the function.
    pub(crate) fn close_function(&mut self) -> R<()> {
        let o = self.opens.len() - 1;
        let f = self.opens[o].function;
        let kind = self.funs[f as usize].info.kind;
        let separate = !self.opens[o].var_scope;
        let arrow = kind == FunctionKind::Arrow;
        if !separate {
            self.settle_annex_b(o)?;
        }
        let evals = self.opens[o].evals..self.evals.len();
        if !arrow {
            self.settle_arguments(o, f, separate)?;
            if self.evals[evals.clone()].iter().any(|e| !e.has_this) {
                self.implicits_for_eval(f, kind)?;
            }
        }
        self.resolve_here(o, if arrow { None } else { Some(f) })?;
        let list_end = self.opens[o].last;
        let body_evals = self.funs[f as usize].body_evals.min(self.evals.len());
        let own = if separate { evals.start..body_evals } else { evals.clone() };
        let mut eval_vars = None;
        if self.has_sloppy_eval(own.clone(), f) {
            let b = self.insert(o, known::EvalVars, BindingKind::EvalVars, NONE, 0)?;
            let info = &mut self.funs[f as usize].info;
            if separate {
                info.param_eval_vars = Some(BindingId(b));
            } else {
                info.eval_vars = Some(BindingId(b));
            }
            eval_vars = Some(b);
            self.add_dynamic(o, b, DynamicObjectKind::EvalVars)?;
        }
        let own_name = self.function_name(o, f, !evals.is_empty())?;
        if !evals.is_empty() {
            let mut list = self.binding_list(o)?;
            let keep = list.iter().position(|&b| b == list_end).map_or(0, |p| p + 1);
            list.truncate(if list_end == NONE { 0 } else { keep });
            if !separate {
                list.extend(eval_vars);
                self.show_to_evals(ScopeKind::Function, true, &list, evals.clone())?;
            } else {
                self.show_to_evals(ScopeKind::Function, false, &list, evals.clone())?;
                if let Some(b) = eval_vars {
                    self.show_to_evals(ScopeKind::Function, true, &[b], evals.clone())?;
                }
            }
            if let Some(b) = own_name {
                self.show_to_evals(ScopeKind::Function, true, &[b], evals.clone())?;
            }
            if !arrow {
                for e in &mut self.evals[evals] {
                    e.has_this = true;
                }
            }
        }
        self.finish_scope()?;
        let info = &mut self.funs[f as usize].info;
        info.uses_this = info.this.is_some();
        info.uses_arguments = info.arguments.is_some();
        info.uses_super_property = info.home_object.is_some();
        info.mapped_arguments = !info.strict && info.simple_params && !arrow;
        Ok(())
    }

    /// `var arguments` is the arguments object, or starts with it.
    pub(super) fn settle_arguments(&mut self, o: usize, f: u32, separate: bool) -> R<()> {
        if separate {
            let body = self.funs[f as usize].body_arguments;
            if body != NONE && self.binds[body as usize].b.kind == BindingKind::Var {
                let from = self.implicit(f, known::Arguments)?;
                self.binds[body as usize].b.init_from = from.map(BindingId);
            }
            return Ok(());
        }
        let b = self.top(known::Arguments);
        if b != NONE
            && self.binds[b as usize].b.scope.0 == self.opens[o].id
            && self.binds[b as usize].b.kind == BindingKind::Var
        {
            self.binds[b as usize].b.kind = BindingKind::Arguments;
            self.funs[f as usize].info.arguments = Some(BindingId(b));
        }
        Ok(())
    }

    pub(super) fn implicits_for_eval(&mut self, f: u32, kind: FunctionKind) -> R<()> {
        use FunctionKind::*;
        self.implicit(f, known::This)?;
        if kind == Program {
            return Ok(());
        }
        self.implicit(f, known::NewTarget)?;
        if matches!(kind, Method | Getter | Setter | Constructor | DerivedConstructor) {
            self.implicit(f, known::HomeObject)?;
        }
        if kind == DerivedConstructor {
            self.implicit(f, known::Callee)?;
        }
        let b = self.top(known::Arguments);
        let scope = self.funs[f as usize].info.param_scope;
        if b == NONE || self.binds[b as usize].b.scope != scope {
            self.implicit(f, known::Arguments)?;
        }
        Ok(())
    }

    /// Resolves what is left to a function expression's own name.
    pub(super) fn function_name(&mut self, o: usize, f: u32, evals: bool) -> R<Option<u32>> {
        let Some(name) = self.funs[f as usize].own_name else { return Ok(None) };
        let b = self.top(name);
        if b != NONE && self.binds[b as usize].b.scope.0 == self.opens[o].id {
            return Ok(None);
        }
        if !evals && !self.last_ref(o, name).is_some_and(|r| self.is_live(o, r)) {
            return Ok(None);
        }
        let b = self.insert(o, name, BindingKind::FunctionName, NONE, 0)?;
        self.funs[f as usize].info.function_name = Some(BindingId(b));
        self.resolve_here(o, None)?;
        Ok(Some(b))
    }
}
