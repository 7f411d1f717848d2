//! The runtime: one heap, its atoms, classes, limits and hooks.

use crate::context::Context;
use crate::heap::alloc::{Heap, MallocFunctions};
use crate::heap::hash::AddressMap;
use crate::heap::{Accessor, BigIntCell, BoxCell, Gc, Header, Kind};
use crate::object::Object;
use crate::object::class::{self, Class, ClassId, ForeignClass};
use crate::object::memo::Memo;
use crate::object::shape::Shape;
use crate::text::atoms::{Atoms, PropertyKey};
use crate::text::names::{Name, Sym};
use crate::text::predefined::OF_NAMES;
use crate::text::{Chars, Symbol, SymbolSort};
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr::NonNull;

/// A job waiting to run: the realm it runs in, what to call, and its arguments.
pub struct Job {
    pub realm: Gc<Context>,
    pub run: Box<dyn FnOnce(&Context) -> Result>,
}
impl Job {
    /// What it is charged while it is queued.
    fn bytes(&self) -> usize {
        size_of::<Job>() + size_of_val(&*self.run)
    }
}

/// What a registered symbol is charged for its place in the registry.
const REGISTERED: usize = 32;

/// A runtime. It belongs to one thread at a time.
pub struct Runtime {
    pub(crate) malloc_functions: MallocFunctions,
    pub(crate) malloc_opaque: *mut c_void,
    pub(crate) malloc_size: Cell<usize>,
    pub(crate) malloc_count: Cell<usize>,
    pub(crate) malloc_limit: Cell<usize>,
    pub(crate) heap: Heap,
    pub(crate) in_gc: Cell<bool>,
    pub(crate) gc_threshold: Cell<usize>,
    pub(crate) gc_next: Cell<usize>,
    pub(crate) free_depth: Cell<u32>,
    pub(crate) pending_free: RefCell<Vec<NonNull<Header>>>,
    pub(crate) weak: RefCell<AddressMap<usize, Vec<*const Object>>>,
    pub atoms: Atoms,
    pub(crate) hash_seed: u64,
    pub(crate) symbol_counter: Cell<u32>,
    pub(crate) root_shapes: RefCell<AddressMap<usize, *const Shape>>,
    pub(crate) memo: Memo,
    names: UnsafeCell<Vec<PropertyKey>>,
    symbols: UnsafeCell<Vec<PropertyKey>>,
    registered_symbols: RefCell<HashMap<u64, *const Symbol>>,
    classes: UnsafeCell<Vec<Option<Class>>>,
    /// Bumped when a prototype changes; caches of prototype hits compare it.
    pub(crate) epoch: Cell<u32>,
    /// Some prototype has indexed properties: holes must be looked up.
    pub(crate) proto_has_elements: Cell<bool>,
    exception: UnsafeCell<Value>,
    pub(crate) stack_size: Cell<usize>,
    pub(crate) stack_limit: Cell<usize>,
    pub(crate) interrupt_counter: Cell<i32>,
    pub(crate) interrupt: RefCell<Option<InterruptHandler>>,
    pub(crate) current: Cell<*const Context>,
    pub(crate) contexts: RefCell<Vec<*const Context>>,
    pub(crate) in_oom: Cell<bool>,
    /// Error.prepareStackTrace is running.
    pub(crate) in_prepare: Cell<bool>,
    pub(crate) jobs: RefCell<std::collections::VecDeque<Job>>,
    pub(crate) vm: crate::vm::Machine,
    /// What embedders hang on the runtime.
    pub opaque: Cell<*mut c_void>,
    pub(crate) host: RefCell<Option<Box<dyn std::any::Any>>>,
    pub(crate) dump_flags: Cell<u64>,
    pub(crate) can_block: Cell<bool>,
    /// How imports find modules.
    pub(crate) module_loader: RefCell<Option<std::rc::Rc<dyn crate::vm::module::Loader>>>,
    /// The last [[AsyncEvaluationOrder]] given out.
    pub(crate) async_module_order: Cell<u64>,
    pub(crate) waits: crate::vm::wait::Waits,
    /// Keep where values that are no errors were last thrown?
    pub traces_thrown: Cell<bool>,
    /// The last such value (its bits: it need not live any more), and the backtrace.
    pub(crate) thrown_trace: RefCell<Option<(u64, Gc<crate::text::Str>)>>,
    /// HostPromiseRejectionTracker: promise, reason, whether it is now handled.
    pub rejection_tracker: RefCell<Option<RejectionTracker>>,
    /// The embedder is told of promises: which, and its parent (undefined: none).
    pub promise_hook: RefCell<Option<PromiseHook>>,
    /// The promise whose `then` makes the next one; only kept while there is a hook.
    pub(crate) promise_parent: RefCell<Value>,
    /// Where SharedArrayBuffers' memory comes from.
    pub shared_functions: Cell<crate::object::buffer::SharedFunctions>,
    /// Where the last small source text was parsed: its memory serves the next one.
    #[cfg(feature = "parser")]
    pub(crate) arena: Cell<qjs_syntax::Bump>,
    /// The same for the emitter.
    #[cfg(feature = "parser")]
    pub(crate) emit_scratch: Cell<crate::bytecode::emit::Scratch>,
    pub(crate) regexp_matcher: RefCell<Option<qjs_regexp::Matcher>>,
    pub(crate) regexp_captures: RefCell<Vec<u32>>,
    pub(crate) regexp_cache: RefCell<Vec<crate::builtins::regexp::Cached>>,
}

/// What is told of rejected promises that nobody handles, and of those handled later.
pub type PromiseHook = std::rc::Rc<dyn Fn(&Context, PromiseEvent, &Value, &Value)>;
/// What happens to a promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PromiseEvent {
    /// It was made.
    Init,
    /// It was resolved with a thenable, whose `then` is about to be called.
    Before,
    /// That `then` has returned.
    After,
    /// It was fulfilled.
    Resolve,
}
pub type RejectionTracker = std::rc::Rc<dyn Fn(&Context, &Value, &Value, bool)>;

/// Answers true to interrupt what runs.
pub type InterruptHandler = std::rc::Rc<dyn Fn(&Runtime) -> bool>;

/// How many poll points pass between two calls of the interrupt handler.
pub const INTERRUPT_INTERVAL: i32 = 10_000;

impl Runtime {
    /// A runtime over the given allocator; None when it cannot even begin.
    pub fn new(functions: MallocFunctions, opaque: *mut c_void) -> Option<Box<Runtime>> {
        let state = std::collections::hash_map::RandomState::new();
        let seed = std::hash::BuildHasher::hash_one(&state, 1u32);
        let rt = Box::new(Runtime {
            malloc_functions: functions,
            malloc_opaque: opaque,
            malloc_size: Cell::new(0),
            malloc_count: Cell::new(0),
            malloc_limit: Cell::new(usize::MAX),
            heap: Heap::new(),
            in_gc: Cell::new(false),
            gc_threshold: Cell::new(256 * 1024),
            gc_next: Cell::new(256 * 1024),
            free_depth: Cell::new(0),
            pending_free: RefCell::new(Vec::new()),
            weak: RefCell::new(AddressMap::default()),
            atoms: Atoms::new(),
            hash_seed: seed,
            symbol_counter: Cell::new(seed as u32),
            root_shapes: RefCell::new(AddressMap::default()),
            memo: Memo::new(),
            names: UnsafeCell::new(Vec::new()),
            symbols: UnsafeCell::new(Vec::new()),
            registered_symbols: RefCell::new(HashMap::new()),
            classes: UnsafeCell::new(Vec::new()),
            epoch: Cell::new(1),
            proto_has_elements: Cell::new(false),
            exception: UnsafeCell::new(Value::HOLE),
            stack_size: Cell::new(1024 * 1024),
            stack_limit: Cell::new(0),
            interrupt_counter: Cell::new(INTERRUPT_INTERVAL),
            interrupt: RefCell::new(None),
            current: Cell::new(std::ptr::null()),
            contexts: RefCell::new(Vec::new()),
            in_oom: Cell::new(false),
            in_prepare: Cell::new(false),
            jobs: RefCell::new(std::collections::VecDeque::new()),
            vm: crate::vm::Machine::new(),
            opaque: Cell::new(std::ptr::null_mut()),
            host: RefCell::new(None),
            dump_flags: Cell::new(0),
            can_block: Cell::new(false),
            module_loader: RefCell::new(None),
            async_module_order: Cell::new(0),
            waits: crate::vm::wait::Waits::new(),
            traces_thrown: Cell::new(false),
            thrown_trace: RefCell::new(None),
            rejection_tracker: RefCell::new(None),
            promise_hook: RefCell::new(None),
            promise_parent: RefCell::new(Value::UNDEFINED),
            shared_functions: Cell::new(crate::object::buffer::SharedFunctions::DEFAULT),
            #[cfg(feature = "parser")]
            arena: Cell::default(),
            #[cfg(feature = "parser")]
            emit_scratch: Cell::default(),
            regexp_matcher: RefCell::new(None),
            regexp_captures: RefCell::new(Vec::new()),
            regexp_cache: RefCell::new(Vec::new()),
        });
        rt.update_stack_top();
        if rt.init().is_err() {
            rt.shut_down(None);
            return None;
        }
        Some(rt)
    }

    fn init(&self) -> Result<()> {
        self.init_atoms()?;
        let mut names = Vec::with_capacity(Name::TEXT.len());
        for (t, &number) in Name::TEXT.iter().zip(&OF_NAMES) {
            names.push(PropertyKey::interned(self.intern_name(t, number)?));
        }
        let mut symbols = Vec::with_capacity(Sym::TEXT.len());
        for t in Sym::TEXT {
            let d = self.intern(Chars::Latin1(t.as_bytes()))?;
            symbols.push(PropertyKey::symbol(self.new_symbol(Some(d), SymbolSort::WellKnown)?));
        }
        let mut classes: Vec<Option<Class>> = Vec::new();
        classes.resize_with(class::FIRST_FOREIGN as usize, || None);
        for &(id, name) in class::NAMES {
            let name = self.intern(Chars::Latin1(name.as_bytes()))?;
            let (vt, exotic) = crate::builtins::class_behaviour(id);
            classes[id as usize] = Some(Class { name, vt, exotic, foreign: None });
        }
        // SAFETY: nothing else runs yet.
        unsafe {
            *self.names.get() = names;
            *self.symbols.get() = symbols;
            *self.classes.get() = classes;
        }
        self.number_symbols();
        Ok(())
    }

    /// Lets go of what the runtime itself holds (jobs, the exception, stacks) and of cycles.
    pub fn clear_for_shutdown(&self) {
        drop(self.thrown_trace.take());
        self.drop_jobs();
        self.clear_async_waits();
        self.clear_exception();
        self.run_gc();
    }
    /// Frees everything. All contexts must have been freed. Answers how many cells leaked: what somebody else holds.
    /// `report` is told of each; without it, what they hold is not told apart from them and dies first.
    pub fn shut_down(self: Box<Self>, report: Option<&mut dyn FnMut(&Header)>) -> usize {
        self.clear_exception();
        drop(self.thrown_trace.take());
        self.vm.clear(&self);
        self.clear_async_waits();
        // Dropping jobs and collecting may enqueue clean-up jobs once more.
        while !self.jobs.borrow().is_empty() {
            self.drop_jobs();
            self.run_gc();
        }
        let mut leaks = match &report {
            Some(_) => {
                self.run_gc();
                0
            }
            None => {
                self.atoms.end();
                self.condemn_all()
            }
        };
        self.drop_jobs();
        // What the runtime itself owns goes first, so that leaks are what others own. (Strings only, and the table of
        // atoms ends with them.)
        self.atoms.end();
        // SAFETY: no script runs any more.
        unsafe {
            (*self.names.get()).clear();
            (*self.symbols.get()).clear();
        }
        let classes = std::mem::take(unsafe { &mut *self.classes.get() });
        self.atoms.release_owned();
        // Classes stay known until the cells are gone: their names are dropped below.
        unsafe { *self.classes.get() = classes };
        let mut names: Vec<*const Header> = Vec::new();
        for c in unsafe { (*self.classes.get()).iter().flatten() } {
            names.push(c.name.header());
        }
        let mut report = report;
        self.for_each_cell(|h| {
            if !h.has(crate::heap::flag::DYING) && !names.contains(&(h as *const Header)) {
                leaks += 1;
                if let Some(report) = &mut report {
                    report(h);
                }
            }
        });
        // SAFETY: as above.
        unsafe { (*self.classes.get()).clear() };
        // Leaked cells keep pointing into the heap's memory, which goes now; their buffers are lost.
        *self.host.borrow_mut() = None;
        self.memo.clear(&self);
        self.free_heap();
        leaks
    }

    // ---- names

    /// The key of a well-known name.
    #[inline(always)]
    pub fn name(&self, n: Name) -> &PropertyKey {
        // SAFETY: written once, before anything can call this.
        unsafe { &(&*self.names.get())[n as usize] }
    }
    /// The key of a well-known symbol.
    #[inline(always)]
    pub fn symbol(&self, s: Sym) -> &PropertyKey {
        // SAFETY: as above.
        unsafe { &(&*self.symbols.get())[s as usize] }
    }
    /// The well-known symbols, in the order of `Sym`.
    pub(crate) fn symbols_all(&self) -> &[PropertyKey] {
        // SAFETY: as above.
        unsafe { &*self.symbols.get() }
    }
    /// Symbol.for
    pub fn symbol_for(&self, key: &crate::text::Str) -> Result<Gc<Symbol>> {
        let s = self.intern_str(key)?;
        let addr = s.as_value().bits();
        if let Some(&p) = self.registered_symbols.borrow().get(&addr) {
            // SAFETY: a dying registered symbol takes its entry along.
            return Ok(Gc::from_ref(unsafe { &*p }));
        }
        if !self.charge(REGISTERED) {
            self.throw_oom();
            return Err(Thrown);
        }
        let sym = self.new_symbol(Some(s), SymbolSort::Registered);
        if let Ok(sym) = &sym {
            let mut all = self.registered_symbols.borrow_mut();
            if all.try_reserve(1).is_ok() {
                all.insert(addr, sym.as_ptr());
                return Ok(sym.clone());
            }
        }
        self.discharge(REGISTERED);
        sym?;
        self.throw_oom();
        Err(Thrown)
    }
    pub(crate) fn forget_registered_symbol(&self, s: &Symbol) {
        if s.sort() == SymbolSort::Registered
            && let Some(d) = s.description()
        {
            let mut all = self.registered_symbols.borrow_mut();
            // (One that could not be registered is not there.)
            if all.get(&d.as_value().bits()).is_some_and(|&r| std::ptr::eq(r, s)) {
                all.remove(&d.as_value().bits());
                self.discharge(REGISTERED);
            }
        }
    }

    // ---- classes

    /// What is known of a class.
    #[inline]
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        // SAFETY: classes are added, never removed or replaced; the Vec may move, but references are not held
        // across `new_class`.
        unsafe { (&*self.classes.get()).get(id as usize)?.as_ref() }
    }
    /// The embedder's behaviour of a class.
    #[inline(always)]
    pub(crate) fn foreign(&self, id: ClassId) -> Option<&dyn ForeignClass> {
        if id < class::FIRST_FOREIGN {
            return None;
        }
        self.class(id)?.foreign.as_deref()
    }
    /// Registers an embedder's class under a free number; false if it is taken.
    pub fn new_class(&self, id: ClassId, name: &str, foreign: Box<dyn ForeignClass>) -> Result<bool> {
        if self.class(id).is_some() {
            return Ok(false);
        }
        let name = self.intern_str(&*self.new_str(name)?)?;
        // SAFETY: no reference into the Vec is held here.
        let classes = unsafe { &mut *self.classes.get() };
        if classes.len() <= id as usize {
            classes.resize_with(id as usize + 1, || None);
        }
        classes[id as usize] = Some(Class {
            name,
            vt: Some(class::vt_of::<crate::object::foreign::Opaque>()),
            exotic: None,
            foreign: Some(foreign),
        });
        Ok(true)
    }

    // ---- exceptions

    /// Sets the pending exception.
    pub fn set_exception(&self, v: Value) {
        // SAFETY: the old value is dropped after the new one is in place.
        drop(unsafe { std::mem::replace(&mut *self.exception.get(), v) });
    }
    /// Takes the pending exception (None if there is none).
    pub fn take_exception(&self) -> Option<Value> {
        // SAFETY: as above.
        let v = unsafe { std::mem::replace(&mut *self.exception.get(), Value::HOLE) };
        if v.is_hole() { None } else { Some(v) }
    }
    pub fn has_exception(&self) -> bool {
        // SAFETY: a read.
        unsafe { !(*self.exception.get()).is_hole() }
    }
    pub fn clear_exception(&self) {
        self.set_exception(Value::HOLE);
    }
    /// The pending exception, left pending.
    pub fn peek_exception(&self) -> Option<Value> {
        // SAFETY: a read.
        let v = unsafe { (*self.exception.get()).clone() };
        if v.is_hole() { None } else { Some(v) }
    }
    /// Throws InternalError "out of memory" in the running context.
    #[cold]
    pub fn throw_oom(&self) {
        if self.in_oom.replace(true) {
            self.set_exception(Value::NULL);
            return;
        }
        // The error object itself may need a little more than the limit.
        let limit = self.malloc_limit.get();
        self.malloc_limit.set(limit.saturating_add(64 * 1024));
        match self.current_context() {
            Some(cx) => {
                cx.throw_error(crate::context::Intrinsic::InternalErrorPrototype, "out of memory");
            }
            None => self.set_exception(Value::NULL),
        }
        self.malloc_limit.set(limit);
        // What is unwound now may leave blocks empty.
        self.heap.futile_trim.set(0);
        self.in_oom.set(false);
    }
    #[cold]
    pub(crate) fn throw_string_too_long(&self) {
        match self.current_context() {
            Some(cx) => {
                cx.throw_range("invalid string length");
            }
            None => self.set_exception(Value::NULL),
        }
    }
    /// The context that runs (or ran last).
    pub fn current_context(&self) -> Option<&Context> {
        let p = self.current.get();
        if !p.is_null() {
            // SAFETY: a dying context resets this.
            return Some(unsafe { &*p });
        }
        // SAFETY: listed contexts are alive.
        self.contexts.borrow().first().map(|&p| unsafe { &*p })
    }

    // ---- limits and hooks

    /// Marks here as the native stack's top: the limit is counted from here.
    pub fn update_stack_top(&self) {
        let mark = 0u8;
        let here = &raw const mark as usize;
        let size = self.stack_size.get();
        self.stack_limit.set(if size == 0 { 0 } else { here.saturating_sub(size) });
    }
    /// The native stack's size from the mark, in bytes; 0: unchecked.
    pub fn set_max_stack_size(&self, size: usize) {
        self.stack_size.set(size);
        self.update_stack_top();
    }
    /// As it was last set.
    pub fn max_stack_size(&self) -> usize {
        self.stack_size.get()
    }
    /// Is less native stack left than `margin` bytes?
    #[inline(always)]
    pub fn stack_is_low(&self, margin: usize) -> bool {
        let mark = 0u8;
        (&raw const mark as usize) < self.stack_limit.get().saturating_add(margin)
    }
    pub fn set_memory_limit(&self, limit: usize) {
        self.malloc_limit.set(if limit == 0 { usize::MAX } else { limit });
    }
    pub fn set_gc_threshold(&self, n: usize) {
        self.gc_threshold.set(n);
        self.gc_next.set(n);
    }
    pub fn gc_threshold(&self) -> usize {
        self.gc_threshold.get()
    }
    /// `handler` answers true to interrupt.
    pub fn set_interrupt_handler(&self, handler: Option<InterruptHandler>) {
        *self.interrupt.borrow_mut() = handler;
    }
    /// The handler that is set.
    pub fn interrupt_handler(&self) -> Option<InterruptHandler> {
        self.interrupt.borrow().clone()
    }
    pub fn dump_flags(&self) -> u64 {
        self.dump_flags.get()
    }
    pub fn set_dump_flags(&self, f: u64) {
        self.dump_flags.set(f)
    }
    pub fn malloc_size(&self) -> usize {
        self.malloc_size.get()
    }
    pub fn malloc_count(&self) -> usize {
        self.malloc_count.get()
    }
    pub fn malloc_limit(&self) -> usize {
        self.malloc_limit.get()
    }
    pub fn malloc_functions(&self) -> (&MallocFunctions, *mut c_void) {
        (&self.malloc_functions, self.malloc_opaque)
    }
    #[inline(always)]
    pub(crate) fn bump_epoch(&self) {
        // (0 and u32::MAX mean something else in an inline cache.)
        self.epoch.set(match self.epoch.get() {
            e if e >= u32::MAX - 1 => 1,
            e => e + 1,
        });
    }

    // ---- small cells

    fn small_cell(&self, size: usize, kind: Kind) -> Result<NonNull<Header>> {
        match self.alloc_cell(size, kind, 0) {
            Some(c) => Ok(c),
            None => {
                self.throw_oom();
                Err(Thrown)
            }
        }
    }
    /// A new captured variable.
    #[inline]
    pub fn new_box(&self, v: Value) -> Result<Gc<BoxCell>> {
        let b = self.small_cell(std::mem::size_of::<BoxCell>(), Kind::Box)?.cast::<BoxCell>().as_ptr();
        // SAFETY: a fresh cell.
        unsafe {
            (*b).value_ptr().write(v);
            Ok(Gc::from_raw(b))
        }
    }
    /// A getter and setter pair.
    pub fn new_accessor(&self, getter: impl Into<Value>, setter: impl Into<Value>) -> Result<Gc<Accessor>> {
        let (g, s) = (getter.into(), setter.into());
        let a = self.small_cell(std::mem::size_of::<Accessor>(), Kind::Accessor)?.cast::<Accessor>().as_ptr();
        // SAFETY: a fresh cell.
        unsafe {
            (&raw mut (*a).getter).write(g);
            (&raw mut (*a).setter).write(s);
            Ok(Gc::from_raw(a))
        }
    }
    /// A BigInt; its digits are charged.
    pub fn new_bigint(&self, v: qjs_numeric::BigInt) -> Result<Value> {
        let charged = v.byte_size();
        if !self.charge(charged) {
            self.throw_oom();
            return Err(Thrown);
        }
        let b = match self.small_cell(std::mem::size_of::<BigIntCell>(), Kind::BigInt) {
            Ok(b) => b.cast::<BigIntCell>().as_ptr(),
            Err(e) => {
                self.discharge(charged);
                return Err(e);
            }
        };
        // SAFETY: a fresh cell.
        unsafe {
            (&raw mut (*b).value).write(v);
            (&raw mut (*b).charged).write(charged);
            Ok(Gc::from_raw(b).into())
        }
    }

    // ---- jobs

    /// Queues a job.
    pub fn enqueue_job(&self, realm: &Context, run: Box<dyn FnOnce(&Context) -> Result>) -> Result<()> {
        let job = Job { realm: Gc::from_ref(realm), run };
        let bytes = job.bytes();
        if self.charge(bytes) {
            let mut jobs = self.jobs.borrow_mut();
            if jobs.try_reserve(1).is_ok() {
                jobs.push_back(job);
                return Ok(());
            }
            self.discharge(bytes);
        }
        self.throw_oom();
        Err(Thrown)
    }
    /// Forgets what is queued. (Dropping it may queue more.)
    fn drop_jobs(&self) {
        let jobs = std::mem::take(&mut *self.jobs.borrow_mut());
        self.discharge(jobs.iter().map(Job::bytes).sum());
        drop(jobs);
    }
    pub fn is_job_pending(&self) -> bool {
        !self.jobs.borrow().is_empty() || self.is_async_wait_due()
    }
    /// Runs the next job: None if there was none, else the realm it ran in and what came of it.
    pub fn run_job(&self) -> Option<(Gc<Context>, Result)> {
        if self.waits.any() {
            self.settle_async_waits();
        }
        let job = self.jobs.borrow_mut().pop_front()?;
        self.discharge(job.bytes());
        let r = (job.run)(&job.realm);
        Some((job.realm, r))
    }
}
