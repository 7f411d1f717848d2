//! Module records (16.2.1): source text modules, and native ones whose exports a host's function sets or a table lists.
//!
//! A module is a cell. The realm's module map owns it, and it owns the realm, its code and the Boxes of its
//! variables, so an importer's Box is the exporter's: a binding is live by being the same cell.
//!
//! - [`load`]: requested modules are found or loaded by the host's [`Loader`]
//! - [`link`]: names are resolved, Boxes handed over, functions hoisted
//! - [`evaluate`]: bodies run, awaits included
//! - [`namespace`]: namespace objects, deferred ones too
//! - [`import`]: `import()` and `import.meta`

pub mod evaluate;
pub mod import;
pub mod link;
pub mod load;
pub mod namespace;

use crate::builtins::promise::Capability;
use crate::bytecode::code::{Code, ModuleRecord, Text};
use crate::bytecode::template::{Source, Template, text_chars};
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::hash::AddressMap;
use crate::heap::{BoxCell, Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::object::lazy::{self, Def};
use crate::text::Str;
use crate::text::atoms::PropertyKey;
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell as StdCell, OnceCell, RefCell};
use std::rc::Rc;

pub use load::{Loader, default_normalize};

/// [[Status]] of a Cyclic Module Record. Loading leaves no mark: a request knows its module or does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Unlinked,
    Linking,
    Linked,
    Evaluating,
    EvaluatingAsync,
    Evaluated,
}

/// [[AsyncEvaluationOrder]]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum AsyncOrder {
    Unset,
    At(u64),
    Done,
}

/// ModuleRequest Record, and the module that it led to ([[LoadedModules]]).
pub struct Request {
    pub specifier: Gc<Str>,
    pub phase: Phase,
    pub attributes: Attributes,
    position: u32,
    module: RefCell<Option<Gc<Module>>>,
}

impl Request {
    /// GetImportedModule (16.2.1.10); None before loading.
    pub fn module(&self) -> Option<Gc<Module>> {
        self.module.borrow().clone()
    }
}

/// Import attributes: keys and values, sorted by key.
pub type Attributes = Box<[(Gc<Str>, Gc<Str>)]>;

/// When an import wants its module evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Evaluation,
    /// `import defer`: at the first look into the namespace.
    Defer,
    /// `import source`: no module has a source object here.
    Source,
}

impl Phase {
    pub(crate) fn from_code(n: u8) -> Phase {
        match n {
            1 => Phase::Defer,
            2 => Phase::Source,
            _ => Phase::Evaluation,
        }
    }
}

/// ImportEntry Record
struct Import {
    request: u32,
    /// `None`: the namespace
    name: Option<PropertyKey>,
    slot: u32,
    position: u32,
}

/// ExportEntry Record of `export … from`
struct Indirect {
    name: PropertyKey,
    request: u32,
    /// `None`: the namespace
    import: Option<PropertyKey>,
    position: u32,
}

/// Sets a native module's exports; runs when the module is evaluated.
pub type NativeInit = Box<dyn Fn(&Context, &Module) -> Result<()>>;

enum Body {
    Source {
        template: Gc<Template>,
        /// The template's: the collector may empty that first.
        source: Rc<Source>,
        /// The tables as the emitter made them, for writing the module out.
        record: Box<ModuleRecord>,
        /// Between linking and the end of evaluation: the parked code.
        coroutine: RefCell<Option<Gc<Object>>>,
    },
    Native(NativeInit),
    /// A row for each export, which is made when first asked for.
    Table(&'static [Def]),
}

/// A module record.
#[repr(C)]
pub struct Module {
    header: Header,
    data: *mut ModuleData,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Module {
    const KIND: Kind = Kind::Module;
}

struct ModuleData {
    realm: Gc<Context>,
    /// Interned.
    name: Gc<Str>,
    /// What it was asked for with: part of its identity in the module map.
    attributes: RefCell<Attributes>,
    body: Body,
    requests: Vec<Request>,
    imports: Vec<Import>,
    /// Export name → slot. Native modules grow theirs.
    exports: RefCell<AddressMap<PropertyKey, u32>>,
    indirect: Vec<Indirect>,
    stars: Vec<u32>,
    /// The Boxes by slot; those of named imports come at linking.
    cells: RefCell<Vec<Option<Gc<BoxCell>>>>,
    has_tla: bool,

    status: StdCell<Status>,
    error: RefCell<Option<Value>>,
    dfs_index: StdCell<u32>,
    dfs_ancestor: StdCell<u32>,
    cycle_root: RefCell<Option<Gc<Module>>>,
    async_order: StdCell<AsyncOrder>,
    capability: RefCell<Option<Capability>>,
    async_parents: RefCell<Vec<Gc<Module>>>,
    pending: StdCell<u32>,

    namespace: OnceCell<Gc<Object>>,
    deferred: OnceCell<Gc<Object>>,
    meta: OnceCell<Gc<Object>>,
    private: RefCell<Value>,
    charged: usize,
}

/// What a module costs besides its cell, roughly: charged to the memory limit.
fn weight(record: &ModuleRecord) -> usize {
    std::mem::size_of::<ModuleData>()
        + record.requests.len() * std::mem::size_of::<Request>()
        + record.imports.len() * std::mem::size_of::<Import>()
        + record.indirect_exports.len() * std::mem::size_of::<Indirect>()
        + record.local_exports.len() * 32
        + record.slots as usize * 8
}

/// ParseModule (16.2.1.7.1) of emitted code: a module of this realm, entered in its module map under `name`.
/// Answers a SyntaxError if `code` is not a module's.
pub fn new_source(cx: &Context, name: &Str, code: Code, source: &Rc<Source>) -> Result<Gc<Module>> {
    let mut code = code;
    let Some(record) = code.module.take() else {
        return Err(cx.throw_syntax("not a module"));
    };
    let template = Template::new(cx, code, source)?;
    new_compiled(cx, name, template, record)
}
/// The same of its template and tables.
pub(crate) fn new_compiled(
    cx: &Context,
    name: &Str,
    template: Gc<Template>,
    record: Box<ModuleRecord>,
) -> Result<Gc<Module>> {
    let rt = cx.rt();
    let source = template.source.clone();
    let key = |t: &Text| rt.key_from_chars(text_chars(t));
    let intern = |t: &Text| rt.intern(text_chars(t));
    let mut requests = Vec::with_capacity(record.requests.len());
    for r in &record.requests {
        let mut attributes = Vec::with_capacity(r.attributes.len());
        for (k, v) in &r.attributes {
            attributes.push((intern(k)?, intern(v)?));
        }
        requests.push(Request {
            specifier: intern(&r.specifier)?,
            phase: Phase::from_code(r.phase),
            attributes: attributes.into(),
            position: r.position,
            module: RefCell::new(None),
        });
    }
    let mut cells = Vec::with_capacity(record.slots as usize);
    for _ in 0..record.slots {
        cells.push(Some(rt.new_box(Value::UNINIT)?));
    }
    let mut imports = Vec::with_capacity(record.imports.len());
    for i in &record.imports {
        let name = i.import_name.as_ref().map(key).transpose()?;
        if name.is_some()
            && let Some(c) = cells.get_mut(i.slot as usize)
        {
            *c = None;
        }
        imports.push(Import { request: i.request, name, slot: i.slot, position: i.position });
    }
    let mut exports = AddressMap::default();
    for (name, slot) in &record.local_exports {
        exports.insert(key(name)?, *slot);
    }
    let mut indirect = Vec::with_capacity(record.indirect_exports.len());
    for e in &record.indirect_exports {
        indirect.push(Indirect {
            name: key(&e.export_name)?,
            request: e.request,
            import: e.import_name.as_ref().map(key).transpose()?,
            position: e.position,
        });
    }
    let stars = record.star_exports.clone();
    let (has_tla, charged) = (record.has_await, weight(&record));
    let body = Body::Source { template, source: source.clone(), record, coroutine: RefCell::new(None) };
    let m = Module::alloc(cx, name, body, charged, |d| {
        d.requests = requests;
        d.imports = imports;
        d.exports = RefCell::new(exports);
        d.indirect = indirect;
        d.stars = stars;
        d.cells = RefCell::new(cells);
        d.has_tla = has_tla;
    })?;
    source.set_module(&m);
    Ok(m)
}

/// A module without source text, entered in the module map under `name`: `init` is called when it is evaluated,
/// and sets the exports that [`Module::add_export`] has declared before linking.
pub fn new_native(cx: &Context, name: &str, init: NativeInit) -> Result<Gc<Module>> {
    let name = cx.rt().new_str(name)?;
    new_native_named(cx, &name, init)
}
/// The same for a name that is a string already.
pub fn new_native_named(cx: &Context, name: &Str, init: NativeInit) -> Result<Gc<Module>> {
    let charged = std::mem::size_of::<ModuleData>();
    Module::alloc(cx, name, Body::Native(init), charged, |_| {})
}

/// A module without source text whose exports are the rows of a table (with string keys, no accessors or aliases),
/// entered in the module map under `name`. Each is made when an import or a namespace first asks for it: a large
/// module of which little is used costs little.
pub fn new_table(cx: &Context, name: &str, table: &'static [Def]) -> Result<Gc<Module>> {
    let name = cx.rt().new_str(name)?;
    let charged = std::mem::size_of::<ModuleData>();
    Module::alloc(cx, &name, Body::Table(table), charged, |_| {})
}

/// CreateDefaultExportSyntheticModule (16.2.1.8.1): a module whose `default` is `value` (JSON, text, bytes).
pub fn new_value_module(cx: &Context, name: &str, value: Value) -> Result<Gc<Module>> {
    let m = new_native(
        cx,
        name,
        Box::new(|cx, m| {
            let v = m.private_value();
            m.set_export(cx, "default", v)
        }),
    )?;
    m.set_private_value(value);
    m.add_export(cx, "default")?;
    Ok(m)
}

impl Module {
    fn alloc(
        cx: &Context,
        name: &Str,
        body: Body,
        charged: usize,
        fill: impl FnOnce(&mut ModuleData),
    ) -> Result<Gc<Module>> {
        let rt = cx.rt();
        let name = rt.intern_str(name)?;
        if !rt.charge(charged) {
            return Err(cx.throw_oom());
        }
        let mut data = Box::new(ModuleData {
            realm: cx.to_gc(),
            name,
            attributes: RefCell::new(Box::default()),
            body,
            requests: Vec::new(),
            imports: Vec::new(),
            exports: RefCell::default(),
            indirect: Vec::new(),
            stars: Vec::new(),
            cells: RefCell::new(Vec::new()),
            has_tla: false,
            status: StdCell::new(Status::Unlinked),
            error: RefCell::new(None),
            dfs_index: StdCell::new(0),
            dfs_ancestor: StdCell::new(0),
            cycle_root: RefCell::new(None),
            async_order: StdCell::new(AsyncOrder::Unset),
            capability: RefCell::new(None),
            async_parents: RefCell::new(Vec::new()),
            pending: StdCell::new(0),
            namespace: OnceCell::new(),
            deferred: OnceCell::new(),
            meta: OnceCell::new(),
            private: RefCell::new(Value::UNDEFINED),
            charged,
        });
        fill(&mut data);
        let Some(h) = rt.alloc_cell(std::mem::size_of::<Module>(), Kind::Module, 0) else {
            drop(data);
            rt.discharge(charged);
            return Err(cx.throw_oom());
        };
        let p = h.cast::<Module>().as_ptr();
        // SAFETY: a fresh cell.
        let m = unsafe {
            (&raw mut (*p).data).write(Box::into_raw(data));
            Gc::from_raw(p)
        };
        cx.modules().borrow_mut().entry(m.name().as_value().bits()).or_default().push(m.clone());
        Ok(m)
    }

    #[inline(always)]
    fn data(&self) -> &ModuleData {
        // SAFETY: the box lives as long as the cell.
        unsafe { &*self.data }
    }
    /// One more count.
    pub fn to_gc(&self) -> Gc<Module> {
        Gc::from_ref(self)
    }
    /// The realm it belongs to.
    pub fn realm(&self) -> &Gc<Context> {
        &self.data().realm
    }
    /// Its name in the module map: what its own relative imports start from.
    pub fn name(&self) -> &Gc<Str> {
        &self.data().name
    }
    /// The requests of its imports and re-exports, in source order.
    pub fn requests(&self) -> &[Request] {
        &self.data().requests
    }
    /// Has its evaluation begun (or ended)?
    pub fn is_evaluated(&self) -> bool {
        matches!(self.status(), Status::Evaluating | Status::EvaluatingAsync | Status::Evaluated)
    }
    /// Where it is between its making and the end of its evaluation.
    pub fn status(&self) -> Status {
        self.data().status.get()
    }
    /// Does its own code await at top level?
    pub fn has_top_level_await(&self) -> bool {
        self.data().has_tla
    }
    /// Its code and tables; None for a native module.
    pub fn source_parts(&self) -> Option<(&Gc<Template>, &ModuleRecord)> {
        match &self.data().body {
            Body::Source { template, record, .. } => Some((template, record)),
            Body::Native(_) | Body::Table(_) => None,
        }
    }
    /// Enters it in the module map as what an import with the attribute `type` means.
    pub fn set_type(&self, cx: &Context, kind: &str) -> Result<()> {
        let text = |s: &str| cx.rt().intern(crate::text::Chars::Latin1(s.as_bytes()));
        *self.data().attributes.borrow_mut() = Box::new([(text("type")?, text(kind)?)]);
        Ok(())
    }
    /// A value that the host hangs on the module.
    pub fn private_value(&self) -> Value {
        self.data().private.borrow().clone()
    }
    pub fn set_private_value(&self, v: Value) {
        let old = self.data().private.replace(v);
        drop(old);
    }

    /// Declares an export of a native module; it is undefined until set. To be called before anything links
    /// against the module.
    pub fn add_export(&self, cx: &Context, name: &str) -> Result<()> {
        self.add_export_key(cx, cx.key(name)?)
    }
    /// The same by its key.
    pub fn add_export_key(&self, cx: &Context, key: PropertyKey) -> Result<()> {
        let d = self.data();
        if self.local_slot(cx, &key)?.is_some() {
            return Err(cx.throw_syntax(&format!("duplicate exported name '{}'", key.to_lossy())));
        }
        let b = cx.rt().new_box(Value::UNDEFINED)?;
        let mut cells = d.cells.borrow_mut();
        d.exports.borrow_mut().insert(key, cells.len() as u32);
        cells.push(Some(b));
        Ok(())
    }
    /// Sets a declared export of a native module.
    ///
    /// # Errors
    /// A ReferenceError if no such export was declared.
    pub fn set_export(&self, cx: &Context, name: &str, v: Value) -> Result<()> {
        self.set_export_key(cx, &cx.key(name)?, v)
    }
    /// The same by its key.
    pub fn set_export_key(&self, cx: &Context, key: &PropertyKey, v: Value) -> Result<()> {
        match self.local_cell(cx, key)? {
            Some(b) => {
                b.set(v);
                Ok(())
            }
            None => Err(cx.throw_reference(&format!(
                "module '{}' has no export '{}'",
                self.name().to_lossy(),
                key.to_lossy()
            ))),
        }
    }
    /// The slot of an export of the module's own.
    fn local_slot(&self, cx: &Context, key: &PropertyKey) -> Result<Option<u32>> {
        let d = self.data();
        let known = d.exports.borrow().get(key).copied();
        match (&d.body, known) {
            (Body::Table(table), None) => match lazy::find(table, key) {
                Some(row) => self.make_export(cx, key, row).map(Some),
                None => Ok(None),
            },
            _ => Ok(known),
        }
    }
    #[cold]
    fn make_export(&self, cx: &Context, key: &PropertyKey, row: &Def) -> Result<u32> {
        let d = self.data();
        let b = cx.rt().new_box(lazy::make(&d.realm, row)?)?;
        let mut cells = d.cells.borrow_mut();
        let mut exports = d.exports.borrow_mut();
        if cells.try_reserve(1).is_err() || exports.try_reserve(1).is_err() {
            return Err(cx.throw_oom());
        }
        // (Unless making it has made it.)
        let slot = *exports.entry(key.clone()).or_insert(cells.len() as u32);
        if slot as usize == cells.len() {
            cells.push(Some(b));
        }
        Ok(slot)
    }
    /// Is each export made when first asked for?
    fn is_table(&self) -> bool {
        matches!(self.data().body, Body::Table(_))
    }
    /// The Box of an export of the module's own.
    fn local_cell(&self, cx: &Context, key: &PropertyKey) -> Result<Option<Gc<BoxCell>>> {
        Ok(self.local_slot(cx, key)?.and_then(|slot| self.cell(slot as usize)))
    }
    fn cell(&self, slot: usize) -> Option<Gc<BoxCell>> {
        self.data().cells.borrow().get(slot)?.clone()
    }

    /// A SyntaxError that names a place in this module.
    fn throw_syntax_at(&self, cx: &Context, position: u32, message: &str) -> Thrown {
        let Some((t, _)) = self.source_parts() else {
            return cx.throw_syntax(message);
        };
        let (line, column) = t.source.line_column(position);
        crate::vm::script::throw_syntax_at(cx, message, &t.source.file, line, column)
    }
}

/// The Box in a slot of the module that `t` is the code of.
pub(crate) fn cell(cx: &Context, t: &Template, slot: usize) -> Result {
    match t.source.module().and_then(|m| m.cell(slot)) {
        Some(b) => Ok(b.into()),
        None => Err(cx.throw_reference("module is not linked")),
    }
}

/// Called when the cell is freed.
pub(crate) unsafe fn drop_contents(p: *mut Header) {
    let m = p as *mut Module;
    // SAFETY: the module is dying; the box was made in `alloc`.
    unsafe {
        let data = Box::from_raw((*m).data);
        if let Body::Source { source, .. } = &data.body {
            source.forget_module(&*m);
        }
        (*p).runtime().discharge(data.charged);
        drop(data);
    }
}

pub(crate) unsafe fn trace(p: *const Header, t: &mut Tracer<'_>) {
    // SAFETY: a live module.
    let d = unsafe { (*(p as *const Module)).data() };
    t.visit(d.realm.as_value());
    if let Body::Source { template, coroutine, .. } = &d.body {
        t.visit(template.as_value());
        if let Some(c) = &*coroutine.borrow() {
            t.visit(c.as_value());
        }
    }
    for r in &d.requests {
        if let Some(m) = &*r.module.borrow() {
            t.visit(m.as_value());
        }
    }
    d.cells.borrow().iter().flatten().for_each(|c| t.visit(c.as_value()));
    if let Some(e) = &*d.error.borrow() {
        t.visit(e);
    }
    if let Some(m) = &*d.cycle_root.borrow() {
        t.visit(m.as_value());
    }
    if let Some(c) = &*d.capability.borrow() {
        t.visit(&c.promise);
        t.visit(&c.resolve);
        t.visit(&c.reject);
    }
    d.async_parents.borrow().iter().for_each(|m| t.visit(m.as_value()));
    for o in [&d.namespace, &d.deferred, &d.meta].into_iter().filter_map(|o| o.get()) {
        t.visit(o.as_value());
    }
    t.visit(&d.private.borrow());
}
