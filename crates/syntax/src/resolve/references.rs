//! References: making them, resolving them to bindings, capturing along the way.

use super::*;

impl<'a> Resolver<'a> {
    /// A new occurrence, to be resolved when scopes close.
    pub(crate) fn reference(&mut self, name: Name, span: Span, implicit: bool) -> R<Ident<'a>> {
        let ident = self.ident(name, span, Resolution::Unresolved)?;
        self.refer(ident, implicit)?;
        Ok(ident)
    }

    pub(crate) fn refer(&mut self, ident: Ident<'a>, implicit: bool) -> R<()> {
        let function = self.current_function();
        let n = ident.name.0 as usize;
        if n >= self.ref_heads.len() {
            let want = (n + 1).max(self.ref_heads.len() * 2);
            self.ref_heads.try_reserve(want - self.ref_heads.len()).map_err(|_| out_of_memory())?;
            self.ref_heads.resize(want, NONE);
        }
        let prev = self.ref_heads[n];
        self.ref_heads[n] = self.refs.len() as u32;
        push(&mut self.refs, RefEntry { ident, function, prev, dynamic: NONE, implicit })
    }

    /// The last unresolved reference to `name` made since the scope `o` opened, if any.
    pub(super) fn last_ref(&self, o: usize, name: Name) -> Option<u32> {
        let r = self.ref_heads.get(name.0 as usize).copied().unwrap_or(NONE);
        (r != NONE && r as usize >= self.opens[o].refs).then_some(r)
    }

    /// An occurrence whose meaning is known.
    pub(crate) fn ident(&mut self, name: Name, span: Span, resolution: Resolution<'a>) -> R<Ident<'a>> {
        let ident = IdentRef { span, name, resolution: Cell::new(resolution), flags: Cell::new(0) };
        Ok(self.arena.try_alloc(ident).map_err(|_| out_of_memory())?)
    }

    /// Resolves a declaring occurrence to its binding, in the same function.
    pub(crate) fn bind_ident(&mut self, ident: Ident<'a>, binding: u32) {
        let global = self.binds[binding as usize].b.global;
        let to = match global {
            true => VarRef::Global,
            false => VarRef::Local { binding: BindingId(binding), check: false },
        };
        ident.resolution.set(Resolution::Static(to));
    }

    /// A direct eval call in the current scope.
    pub(crate) fn direct_eval(&mut self, strict: bool, context: EvalContext) -> R<EvalSiteId> {
        let function = self.current_function();
        let scope = self.opens.last().map_or(0, |o| o.id);
        let id = self.evals.len() as u32;
        self.funs[function as usize].info.has_direct_eval = true;
        push(
            &mut self.evals,
            Eval { function, scope, strict, context, slots: Vec::new(), scopes: Vec::new(), has_this: false },
        )?;
        Ok(EvalSiteId(id))
    }

    /// Where `binding` is seen from `function`, capturing it along the way if need be.
    pub(super) fn locate(&mut self, binding: u32, function: u32) -> R<VarLoc> {
        let owner = self.binds[binding as usize].b.function.0;
        if owner == function {
            return Ok(VarLoc::Local(BindingId(binding)));
        }
        Ok(VarLoc::Capture(self.capture(binding, function, owner)?.0))
    }

    /// Captures `binding` of function `owner` for `function`: the index, and from where on the
    /// outermost closure involved may exist.
    pub(super) fn capture(&mut self, binding: u32, function: u32, owner: u32) -> R<(u32, u32)> {
        if let Some(&found) = self.capture_index.get(&key(function, binding)) {
            return Ok(found);
        }
        self.binds[binding as usize].b.captured = true;
        // Find the nearest enclosing function that has it, then capture inward.
        let mut path = Vec::new();
        let mut f = function;
        let (mut source, pos) = loop {
            push(&mut path, f)?;
            let creation = self.funs[f as usize].creation;
            let parent = match self.funs[f as usize].info.parent {
                Some(p) => p.0,
                None => break (CaptureSource::External(self.binds[binding as usize].b.index), 0),
            };
            if parent == owner {
                break (CaptureSource::ParentLocal(BindingId(binding)), creation);
            }
            if let Some(&(i, pos)) = self.capture_index.get(&key(parent, binding)) {
                break (CaptureSource::ParentCapture(i), pos);
            }
            f = parent;
        };
        let mut index = 0;
        while let Some(f) = path.pop() {
            let captures = &mut self.funs[f as usize].captures;
            index = captures.len() as u32;
            let before = captures.capacity();
            push(captures, Capture { source, binding: BindingId(binding) })?;
            self.small_memory += (captures.capacity() - before) * size_of::<Capture>();
            self.capture_index.try_reserve(1).map_err(|_| out_of_memory())?;
            self.capture_index.insert(key(f, binding), (index, pos));
            source = CaptureSource::ParentCapture(index);
        }
        Ok((index, pos))
    }

    /// Resolves one reference to a binding.
    pub(super) fn resolve_to(&mut self, r: u32, binding: u32) -> R<()> {
        let RefEntry { ident, function, .. } = self.refs[r as usize];
        let id = BindingId(binding);
        let owner = self.binds[binding as usize].b.function;
        // The position at which, seen from the binding's function, the reference is evaluated at the earliest.
        let (captured, pos) = match owner.0 == function {
            true => (None, ident.span.start),
            false => {
                let (index, pos) = self.capture(binding, function, owner.0)?;
                (Some(index), pos)
            }
        };
        let bind = &mut self.binds[binding as usize];
        if ident.is_written() {
            bind.b.reassigned = true;
        }
        let external = owner == FunctionId::EXTERNAL;
        let check = match bind.b.kind {
            BindingKind::Import => true,
            BindingKind::This if external => self.chain_derived,
            BindingKind::This => self.funs[owner.0 as usize].info.kind == FunctionKind::DerivedConstructor,
            k if k.is_lexical() || k == BindingKind::Param => {
                external || pos < bind.init_pos || pos >= bind.valid_until
            }
            _ => false,
        };
        bind.b.needs_tdz |= check;
        let to = match captured {
            None => VarRef::Local { binding: id, check },
            Some(index) => VarRef::Capture { index, binding: id, check },
        };
        self.set_resolution(r, to)
    }

    pub(super) fn set_resolution(&mut self, r: u32, to: VarRef) -> R<()> {
        let RefEntry { ident, dynamic, .. } = self.refs[r as usize];
        if dynamic == NONE {
            ident.resolution.set(Resolution::Static(to));
            return Ok(());
        }
        let mut objects = Vec::new();
        let mut d = dynamic;
        while let Some(node) = self.dynamics.get(d as usize) {
            push(&mut objects, node.object)?;
            d = node.next;
        }
        objects.reverse();
        let objects = self.arena.try_alloc_slice_copy(&objects).map_err(|_| out_of_memory())?;
        let dynamic =
            self.arena.try_alloc(DynamicRef { objects, fallback: to }).map_err(|_| out_of_memory())?;
        ident.resolution.set(Resolution::Dynamic(dynamic));
        Ok(())
    }

    /// The function's implicit binding called `name`, made on first use; `None` if it has none.
    pub(super) fn implicit(&mut self, f: u32, name: Name) -> R<Option<u32>> {
        use FunctionKind::*;
        let info = &self.funs[f as usize].info;
        let kind = info.kind;
        if kind == Arrow || (f == 0 && self.slots_outside()) {
            return Ok(None);
        }
        let (slot, bkind) = match name {
            known::This => (info.this, BindingKind::This),
            _ if kind == Program => return Ok(None),
            known::NewTarget => (info.new_target, BindingKind::NewTarget),
            known::HomeObject => (info.home_object, BindingKind::HomeObject),
            known::Callee => (info.callee, BindingKind::Callee),
            known::Arguments if !matches!(kind, FieldInit | StaticInit) => {
                (info.arguments, BindingKind::Arguments)
            }
            _ => return Ok(None),
        };
        if let Some(b) = slot {
            return Ok(Some(b.0));
        }
        let scope = info.param_scope;
        let o = self.opens.iter().rposition(|o| o.id == scope.0);
        let id = match o {
            // Beneath any inner binding of the name: there is none open when the scope closes.
            Some(o) => self.insert(o, name, bkind, NONE, 0)?,
            None => {
                let id = self.binds.len() as u32;
                let bind = self.new_bind(name, bkind, f, scope.0, 0);
                push(&mut self.binds, bind)?;
                id
            }
        };
        let info = &mut self.funs[f as usize].info;
        let slot = match bkind {
            BindingKind::This => &mut info.this,
            BindingKind::NewTarget => &mut info.new_target,
            BindingKind::HomeObject => &mut info.home_object,
            BindingKind::Callee => &mut info.callee,
            _ => &mut info.arguments,
        };
        *slot = Some(BindingId(id));
        Ok(Some(id))
    }

    /// The program is a direct eval: `this` and the like come from the chain.
    pub(super) fn slots_outside(&self) -> bool {
        !self.chain.is_empty()
    }

    /// Resolves all references to `binding`'s name made since the scope `o` opened to it.
    pub(super) fn resolve_name(&mut self, o: usize, name: Name, binding: u32) -> R<()> {
        let mut r = self.ref_heads.get(name.0 as usize).copied().unwrap_or(NONE);
        let first = self.opens[o].refs;
        while r != NONE && r as usize >= first {
            let RefEntry { ident, prev, .. } = self.refs[r as usize];
            if matches!(ident.resolution.get(), Resolution::Unresolved) {
                self.resolve_to(r, binding)?;
            }
            r = prev;
            self.ref_heads[name.0 as usize] = r;
        }
        Ok(())
    }

    /// Looks the references made since the current scope opened up in it. `implicits`: names such as
    /// `this` resolve to function `f`'s.
    pub(super) fn resolve_here(&mut self, o: usize, implicits: Option<u32>) -> R<()> {
        let mut b = self.opens[o].first;
        while b != NONE {
            let bind = &self.binds[b as usize];
            let next = bind.next;
            if !bind.b.global && bind.b.kind != BindingKind::Synthetic {
                self.resolve_name(o, bind.b.name, b)?;
            }
            b = next;
        }
        if let Some(f) = implicits {
            for name in [known::This, known::NewTarget, known::HomeObject, known::Callee, known::Arguments] {
                if self.last_ref(o, name).is_some_and(|r| self.is_live(o, r))
                    && let Some(b) = self.implicit(f, name)?
                {
                    self.resolve_name(o, name, b)?;
                }
            }
        }
        // Keep the stack of references short.
        while self.refs.len() > self.opens[o].refs
            && let Some(last) = self.refs.last()
            && !matches!(last.ident.resolution.get(), Resolution::Unresolved)
        {
            let head = &mut self.ref_heads[last.ident.name.0 as usize];
            if *head as usize == self.refs.len() - 1 {
                *head = last.prev;
            }
            self.refs.pop();
        }
        Ok(())
    }

    /// From `r` on backwards, is there an unresolved reference to its name since `o` opened?
    pub(super) fn is_live(&self, o: usize, mut r: u32) -> bool {
        while r != NONE && r as usize >= self.opens[o].refs {
            let e = &self.refs[r as usize];
            if matches!(e.ident.resolution.get(), Resolution::Unresolved) {
                return true;
            }
            r = e.prev;
        }
        false
    }

    /// References leaving the current scope must look into `binding`'s object first.
    pub(super) fn add_dynamic(&mut self, o: usize, binding: u32, kind: DynamicObjectKind) -> R<()> {
        for i in self.opens[o].refs..self.refs.len() {
            if self.refs[i].implicit || !matches!(self.refs[i].ident.resolution.get(), Resolution::Unresolved)
            {
                continue;
            }
            let loc = self.locate(binding, self.refs[i].function)?;
            let next = self.refs[i].dynamic;
            self.refs[i].dynamic = self.dynamics.len() as u32;
            push(&mut self.dynamics, DynNode { object: DynamicObject { kind, loc }, next })?;
            if i % 1024 == 0 {
                self.charge()?;
            }
        }
        self.charge()
    }

    /// Shows the bindings `first…` (a list by `next`) to the direct evals made since `o` opened,
    /// those numbered in `range`.
    pub(super) fn show_to_evals(
        &mut self,
        kind: ScopeKind,
        is_var_scope: bool,
        bindings: &[u32],
        range: std::ops::Range<usize>,
    ) -> R<()> {
        for i in range {
            let function = self.evals[i].function;
            let mut shown = Vec::new();
            for &b in bindings {
                let bind = &mut self.binds[b as usize].b;
                if bind.global || bind.kind == BindingKind::Synthetic {
                    continue;
                }
                bind.captured = true;
                if bind.kind.is_lexical() {
                    bind.needs_tdz = true;
                }
                if !matches!(bind.kind, BindingKind::Const) {
                    bind.reassigned = true;
                }
                let (name, kind) = (bind.name, bind.kind);
                let loc = self.locate(b, function)?;
                let slot = self.evals[i].slots.len() as u32;
                let before = self.evals[i].slots.capacity();
                push(&mut self.evals[i].slots, loc)?;
                self.small_memory += (self.evals[i].slots.capacity() - before) * size_of::<VarLoc>();
                push(&mut shown, EvalBinding { name, kind, slot })?;
            }
            let bindings = self.arena.try_alloc_slice_copy(&shown).map_err(|_| out_of_memory())?;
            self.small_memory += size_of::<EvalScope>();
            push(&mut self.evals[i].scopes, EvalScope { kind, is_var_scope, bindings })?;
            self.charge()?;
        }
        Ok(())
    }
}
