//! Walks a program and checks what scope resolution promises.
use qjs_syntax::ast::*;
use qjs_syntax::scope::*;
use qjs_syntax::*;

pub struct Checker<'p, 'a> {
    pub p: &'p Program<'a>,
    pub function: FunctionId,
    /// (name, offset, function, resolution)
    pub seen: Vec<(String, u32, FunctionId, String)>,
    pub errors: Vec<String>,
}

impl<'p, 'a> Checker<'p, 'a> {
    pub fn run(p: &'p Program<'a>) -> Checker<'p, 'a> {
        let mut c = Checker { p, function: FunctionId(0), seen: vec![], errors: vec![] };
        c.tables();
        c.stmts(p.body);
        c.seen.sort_by_key(|s| s.1);
        c
    }

    fn error(&mut self, text: String) {
        self.errors.push(text);
    }

    fn tables(&mut self) {
        let p = self.p;
        for (i, f) in p.functions.iter().enumerate() {
            let id = FunctionId(i as u32);
            if i > 0 && f.node.is_none_or(|n| n.id != id) {
                self.error(format!("function {i} has no node"));
            }
            for (k, b) in f.bindings.iter().enumerate() {
                let b = &p.bindings[b.0 as usize];
                if b.function != id || b.index != k as u32 {
                    self.error(format!("binding list of function {i}"));
                }
            }
            for c in f.captures {
                match c.source {
                    CaptureSource::ParentLocal(b) => {
                        let binding = &p.bindings[b.0 as usize];
                        if b != c.binding || Some(binding.function) != f.parent || !binding.captured {
                            self.error(format!("capture of {:?} in function {i}", self.name(binding.name)));
                        }
                    }
                    CaptureSource::ParentCapture(k) => {
                        let parent = f.parent.map(|p2| &p.functions[p2.0 as usize]);
                        let ok = parent
                            .and_then(|q| q.captures.get(k as usize))
                            .is_some_and(|q| q.binding == c.binding);
                        if !ok {
                            self.error(format!("inherited capture {k} in function {i}"));
                        }
                    }
                    CaptureSource::External(_) if i == 0 => {}
                    CaptureSource::External(_) => self.error(format!("external capture in function {i}")),
                }
            }
        }
        for (i, s) in p.scopes.iter().enumerate() {
            for b in s.bindings {
                let b = &p.bindings[b.0 as usize];
                if b.scope != ScopeId(i as u32) || b.function != s.function || (b.captured && !s.has_captured)
                {
                    self.error(format!("binding {:?} of scope {i}", self.name(b.name)));
                }
            }
        }
        for (i, e) in p.eval_sites.iter().enumerate() {
            for loc in e.slots {
                self.loc(*loc, e.function, &format!("eval site {i}"));
            }
            for s in e.scopes {
                for b in s.bindings {
                    if b.slot as usize >= e.slots.len() {
                        self.error(format!("slot of eval site {i}"));
                    }
                }
            }
        }
    }

    fn loc(&mut self, loc: VarLoc, f: FunctionId, what: &str) {
        let ok = match loc {
            VarLoc::Local(b) => self.p.bindings[b.0 as usize].function == f,
            VarLoc::Capture(i) => (i as usize) < self.p.functions[f.0 as usize].captures.len(),
        };
        if !ok {
            self.error(format!("{what}: bad location {loc:?}"));
        }
    }

    fn name(&self, n: Name) -> String {
        self.p.names.get(n).to_display()
    }

    pub fn show(&self, r: VarRef) -> String {
        let kind = |b: BindingId| format!("{:?}", self.p.bindings[b.0 as usize].kind).to_lowercase();
        let q = |c: bool| if c { "?" } else { "" };
        match r {
            VarRef::Local { binding, check } => format!("local {}{}", kind(binding), q(check)),
            VarRef::Capture { binding, check, .. } => format!("capture {}{}", kind(binding), q(check)),
            VarRef::Global => "global".into(),
        }
    }

    fn var(&mut self, r: VarRef, ident: Ident<'a>) {
        let f = self.function;
        let what = format!("{} at {}", self.name(ident.name), ident.span.start);
        match r {
            VarRef::Local { binding, .. } => {
                let b = &self.p.bindings[binding.0 as usize];
                if b.function != f {
                    self.error(format!("{what}: local of function {:?} seen from {f:?}", b.function));
                }
                if b.name != ident.name {
                    self.error(format!("{what}: wrong name"));
                }
            }
            VarRef::Capture { index, binding, .. } => {
                let info = &self.p.functions[f.0 as usize];
                match info.captures.get(index as usize) {
                    Some(c) if c.binding == binding || c.binding.0 == u32::MAX => {}
                    Some(c) if self.p.bindings[c.binding.0 as usize].function == FunctionId::EXTERNAL => {}
                    _ => self.error(format!("{what}: no such capture {index} in {f:?}")),
                }
            }
            VarRef::Global => {}
        }
    }

    pub fn ident(&mut self, ident: Ident<'a>) {
        let shown = match ident.resolution.get() {
            Resolution::Unresolved => {
                self.error(format!("{} at {} unresolved", self.name(ident.name), ident.span.start));
                "unresolved".into()
            }
            Resolution::Static(r) => {
                self.var(r, ident);
                self.show(r)
            }
            Resolution::Dynamic(d) => {
                self.var(d.fallback, ident);
                for o in d.objects {
                    self.loc(o.loc, self.function, "dynamic object");
                }
                let objects: Vec<_> =
                    d.objects.iter().map(|o| format!("{:?}", o.kind).to_lowercase()).collect();
                format!("{} then {}", objects.join("+"), self.show(d.fallback))
            }
        };
        self.seen.push((self.name(ident.name), ident.span.start, self.function, shown));
    }

    fn stmts(&mut self, list: &[Stmt<'a>]) {
        list.iter().for_each(|s| self.stmt(s));
    }

    fn block(&mut self, b: &Block<'a>) {
        self.scope(b.scope);
        self.stmts(b.body);
    }

    fn scope(&mut self, s: ScopeId) {
        if self.p.scopes[s.0 as usize].function != self.function {
            self.error(format!("scope {s:?} is not of function {:?}", self.function));
        }
    }

    fn stmt(&mut self, s: &Stmt<'a>) {
        match s.kind {
            StmtKind::Expr(e) | StmtKind::Throw(e) => self.expr(e),
            StmtKind::Var(d) => self.var_decl(d),
            StmtKind::Function(d) => {
                self.ident(d.binding);
                if let Some(t) = d.annex_b.get() {
                    self.ident(t);
                }
                self.func(d.function);
            }
            StmtKind::Class(d) => {
                self.ident(d.binding);
                self.class(d.class);
            }
            StmtKind::Return(e) => e.into_iter().for_each(|e| self.expr(e)),
            StmtKind::If(i) => {
                self.expr(i.test);
                self.stmt(i.consequent);
                i.alternate.into_iter().for_each(|s| self.stmt(s));
            }
            StmtKind::For(f) => {
                self.scope(f.scope);
                match f.init {
                    Some(ForInit::Decl(d)) => self.var_decl(d),
                    Some(ForInit::Expr(e)) => self.expr(e),
                    None => {}
                }
                f.test.into_iter().chain(f.update).for_each(|e| self.expr(e));
                self.stmt(f.body);
            }
            StmtKind::ForIn(f) | StmtKind::ForOf(f) => {
                self.scope(f.scope);
                match f.left {
                    ForTarget::Decl { target, init, .. } => {
                        self.pattern(&target);
                        init.into_iter().for_each(|e| self.expr(e));
                    }
                    ForTarget::Pattern(p) => self.pattern(&p),
                }
                self.expr(f.right);
                self.stmt(f.body);
            }
            StmtKind::While(w) | StmtKind::DoWhile(w) => {
                self.expr(w.test);
                self.stmt(w.body);
            }
            StmtKind::Try(t) => {
                self.block(t.block);
                if let Some(c) = t.handler {
                    self.scope(c.scope);
                    c.param.iter().for_each(|p| self.pattern(p));
                    self.block(c.body);
                }
                t.finalizer.into_iter().for_each(|b| self.block(b));
            }
            StmtKind::Switch(s) => {
                self.expr(s.discriminant);
                self.scope(s.scope);
                for c in s.cases {
                    c.test.into_iter().for_each(|e| self.expr(e));
                    self.stmts(c.body);
                }
            }
            StmtKind::Labeled(l) => self.stmt(l.body),
            StmtKind::Block(b) => self.block(b),
            StmtKind::With(w) => {
                self.expr(w.object);
                self.scope(w.scope);
                self.stmt(w.body);
            }
            StmtKind::ExportDecl(s) => self.stmt(s),
            StmtKind::ExportDefault { binding, value } => {
                self.ident(binding);
                self.expr(value);
            }
            StmtKind::Empty
            | StmtKind::Debugger
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Import
            | StmtKind::ExportNames => {}
        }
    }

    fn var_decl(&mut self, d: &VarDecl<'a>) {
        for d in d.declarators {
            self.pattern(&d.target);
            d.init.into_iter().for_each(|e| self.expr(e));
        }
    }

    fn pattern(&mut self, p: &Pattern<'a>) {
        match *p {
            Pattern::Ident(i) => self.ident(i),
            Pattern::Expr(e) => self.expr(e),
            Pattern::Object(o) => {
                for p in o.properties {
                    self.key(&p.key);
                    self.element(&p.element);
                }
                o.rest.iter().for_each(|p| self.pattern(p));
            }
            Pattern::Array(a) => {
                a.elements.iter().flatten().for_each(|e| self.element(e));
                a.rest.iter().for_each(|p| self.pattern(p));
            }
        }
    }

    fn element(&mut self, e: &PatternElement<'a>) {
        self.pattern(&e.target);
        e.default.into_iter().for_each(|e| self.expr(e));
    }

    fn key(&mut self, k: &PropertyKey<'a>) {
        match k {
            PropertyKey::Computed(e) => self.expr(e),
            PropertyKey::Private(i) => self.ident(i),
            _ => {}
        }
    }

    fn func(&mut self, f: &Function<'a>) {
        let info = &self.p.functions[f.id.0 as usize];
        if info.parent != Some(self.function) {
            self.error(format!(
                "function at {} has parent {:?}, not {:?}",
                f.span.start, info.parent, self.function
            ));
        }
        let outer = std::mem::replace(&mut self.function, f.id);
        self.scope(info.param_scope);
        self.scope(info.body_scope);
        f.params.iter().for_each(|p| self.element(p));
        f.rest.iter().for_each(|p| self.pattern(p));
        match f.body {
            FunctionBody::Statements(s) => self.stmts(s),
            FunctionBody::Expr(e) => self.expr(e),
            FunctionBody::Class(elements) => {
                let statics = f.kind == FunctionKind::StaticInit;
                for e in elements {
                    match e.kind {
                        ClassElementKind::Field { value, store, scope, .. } if e.is_static == statics => {
                            self.scope(scope);
                            value.into_iter().for_each(|e| self.expr(e));
                            store.into_iter().for_each(|i| self.ident(i));
                        }
                        ClassElementKind::StaticBlock { scope, body } if statics => {
                            self.scope(scope);
                            self.stmts(body);
                        }
                        ClassElementKind::Method { store, .. } if !statics => {
                            store.into_iter().for_each(|i| self.ident(i));
                        }
                        _ => {}
                    }
                }
            }
        }
        self.function = outer;
    }

    fn class(&mut self, c: &Class<'a>) {
        self.scope(c.scope);
        self.scope(c.body_scope);
        c.inner_name.into_iter().for_each(|i| self.ident(i));
        c.heritage.into_iter().for_each(|e| self.expr(e));
        c.constructor.into_iter().for_each(|f| self.func(f));
        for e in c.elements {
            match &e.kind {
                ClassElementKind::Method { key, function, .. } => {
                    self.key(key);
                    self.func(function);
                }
                ClassElementKind::Field { key, .. } => self.key(key),
                ClassElementKind::StaticBlock { .. } => {}
            }
        }
        c.instance_init.into_iter().chain(c.static_init).for_each(|f| self.func(f));
    }

    fn args(&mut self, args: &[Argument<'a>]) {
        for a in args {
            match a {
                Argument::Expr(e) | Argument::Spread(e) => self.expr(e),
            }
        }
    }

    fn expr(&mut self, e: &Expr<'a>) {
        match e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::BigInt(_)
            | ExprKind::String(_)
            | ExprKind::RegExp(_)
            | ExprKind::ImportMeta => {}
            ExprKind::Template(t) => t.exprs.iter().for_each(|e| self.expr(e)),
            ExprKind::TaggedTemplate(t) => {
                self.expr(t.tag);
                t.template.exprs.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Ident(i) | ExprKind::This(i) | ExprKind::NewTarget(i) => self.ident(i),
            ExprKind::Array(a) => {
                for e in a {
                    match e {
                        ArrayElement::Hole => {}
                        ArrayElement::Expr(e) | ArrayElement::Spread(e) => self.expr(e),
                    }
                }
            }
            ExprKind::Object(o) => {
                for p in o {
                    match &p.kind {
                        PropertyKind::Value { key, value, .. } => {
                            self.key(key);
                            self.expr(value);
                        }
                        PropertyKind::Proto(e) | PropertyKind::Spread(e) => self.expr(e),
                        PropertyKind::Method { key, function }
                        | PropertyKind::Getter { key, function }
                        | PropertyKind::Setter { key, function } => {
                            self.key(key);
                            self.func(function);
                        }
                    }
                }
            }
            ExprKind::Function(f) => self.func(f),
            ExprKind::Class(c) => self.class(c),
            ExprKind::Unary { arg, .. } | ExprKind::Await(arg) | ExprKind::YieldStar(arg) => self.expr(arg),
            ExprKind::Yield(arg) => arg.into_iter().for_each(|e| self.expr(e)),
            ExprKind::Update { target, .. } => self.expr(target),
            ExprKind::Binary { left, right, .. } | ExprKind::Logical { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::PrivateIn { name, right } => {
                self.ident(name);
                self.expr(right);
            }
            ExprKind::Conditional(c) => {
                self.expr(c.test);
                self.expr(c.consequent);
                self.expr(c.alternate);
            }
            ExprKind::Assign(a) => {
                self.pattern(&a.target);
                self.expr(a.value);
            }
            ExprKind::Sequence(s) => s.iter().for_each(|e| self.expr(e)),
            ExprKind::Member { object, .. } => self.expr(object),
            ExprKind::Index { object, index, .. } => {
                self.expr(object);
                self.expr(index);
            }
            ExprKind::PrivateMember { object, name, .. } => {
                self.expr(object);
                self.ident(name);
            }
            ExprKind::SuperMember { sup, .. } => {
                self.ident(sup.home_object);
                self.ident(sup.this);
            }
            ExprKind::SuperIndex { sup, index } => {
                self.ident(sup.home_object);
                self.ident(sup.this);
                self.expr(index);
            }
            ExprKind::OptionalChain(e) => self.expr(e),
            ExprKind::Call(c) => {
                self.expr(c.callee);
                self.args(c.args);
                if let Some(site) = c.direct_eval
                    && self.p.eval_sites[site.0 as usize].function != self.function
                {
                    self.error(format!("eval site {site:?} is not of {:?}", self.function));
                }
            }
            ExprKind::SuperCall(c) => {
                self.args(c.args);
                self.ident(c.callee);
                self.ident(c.new_target);
                self.ident(c.this);
            }
            ExprKind::New(n) => {
                self.expr(n.callee);
                self.args(n.args);
            }
            ExprKind::ImportCall(i) => {
                self.expr(i.specifier);
                i.options.into_iter().for_each(|e| self.expr(e));
            }
        }
    }
}
