//! What an embedder (the C API) needs beyond what scripts see: memory it frees without naming the size, the
//! current context, per-runtime state of its own, and counts of everything.

use crate::bytecode::op::Instr;
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::heap::gc::{self, Tracer};
use crate::heap::{Gc, Header, Kind, flag};
use crate::object::Object;
use crate::object::array::ArrayData;
use crate::object::class::id;
use crate::object::function::FunctionData;
use crate::object::shape::Shape;
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::names::Sym;
use crate::text::{Chars, Str, Symbol};
use crate::value::{Result, Value};
use crate::vm;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::{NonNull, null_mut};

/// Counts, and sizes in bytes, of what a runtime holds.
#[derive(Clone, Copy, Default, Debug)]
#[allow(missing_docs)]
pub struct Usage {
    pub cell_count: usize,
    pub cell_bytes: usize,
    pub string_count: usize,
    pub string_bytes: usize,
    pub atom_count: usize,
    pub atom_bytes: usize,
    pub object_count: usize,
    pub object_bytes: usize,
    pub property_count: usize,
    pub property_bytes: usize,
    pub shape_count: usize,
    pub shape_bytes: usize,
    pub function_count: usize,
    pub function_bytes: usize,
    pub code_bytes: usize,
    pub native_function_count: usize,
    pub array_count: usize,
    pub fast_array_count: usize,
    pub fast_array_elements: usize,
    pub buffer_count: usize,
    pub buffer_bytes: usize,
}

/// What the system's malloc adds to an allocation.
const MALLOC_OVERHEAD: usize = 8;

impl Runtime {
    /// Makes a context the one in which errors without a better one are thrown. It must outlive its being so
    /// (a dying context resets this by itself).
    #[inline(always)]
    pub fn set_current(&self, cx: &Context) {
        self.current.set(cx);
    }
    /// A place for the embedder's own state; it ends with the runtime's heap.
    pub fn host(&self) -> &RefCell<Option<Box<dyn Any>>> {
        &self.host
    }
    /// May Atomics.wait block this runtime's thread?
    pub fn set_can_block(&self, yes: bool) {
        self.can_block.set(yes);
    }
    /// The realm of the job that runs next.
    pub fn next_job_realm(&self) -> Option<Gc<Context>> {
        self.settle_async_waits();
        self.jobs.borrow().front().map(|j| j.realm.clone())
    }
    /// The well-known symbol with this description ("Symbol.iterator").
    pub fn symbol_named(&self, description: &str) -> Option<PropertyKey> {
        Sym::TEXT.iter().position(|t| *t == description).and_then(|i| self.symbols_all().get(i).cloned())
    }

    /// The key of an atom, borrowed from whoever holds the atom.
    #[inline]
    pub fn peek_atom(&self, atom: u32) -> ManuallyDrop<PropertyKey> {
        ManuallyDrop::new(PropertyKey::from_value_unchecked(if atom & 0x8000_0000 != 0 {
            Value::int((atom & 0x7fff_ffff) as i32)
        } else {
            let mut p = self.atoms.cell_of(atom);
            if p.is_null() && self.meet_predefined(atom).is_some() {
                p = self.atoms.cell_of(atom);
            }
            // The atom table itself holds the empty string.
            Value::from_bits(if p.is_null() { self.atoms.empty().as_value().bits() } else { p as u64 })
        }))
    }

    /// The same of an atom that is a string or symbol, known to be; None says nothing.
    #[inline(always)]
    pub fn peek_key(&self, atom: u32) -> Option<ManuallyDrop<PropertyKey>> {
        // (The numbers of integers are beyond the table.)
        let p = self.atoms.cell_of(atom);
        if p.is_null() {
            return None;
        }
        Some(ManuallyDrop::new(PropertyKey::from_value_unchecked(Value::from_bits(p as u64))))
    }

    // ---- memory that is freed without its size

    /// How many bytes a block of the embedder's holds, as its allocator says; 0 if it does not.
    ///
    /// # Safety
    /// `ptr` is null or a block from one of the functions below, not freed.
    pub unsafe fn block_size(&self, ptr: *const c_void) -> usize {
        match self.malloc_functions.usable_size {
            // SAFETY: per contract.
            Some(f) if !ptr.is_null() => unsafe { f(ptr) },
            _ => 0,
        }
    }
    /// Counts a block in. Null stays null.
    unsafe fn adopt_block(&self, ptr: *mut c_void) -> *mut c_void {
        if !ptr.is_null() {
            // SAFETY: a fresh block.
            let size = unsafe { self.block_size(ptr) };
            self.malloc_size.set(self.malloc_size.get().saturating_add(size + MALLOC_OVERHEAD));
            self.malloc_count.set(self.malloc_count.get() + 1);
        }
        ptr
    }
    fn allows(&self, size: usize) -> bool {
        size < isize::MAX as usize && size.saturating_add(MALLOC_OVERHEAD) <= self.memory_left()
    }
    /// A block of `size` bytes for the embedder; null past the limit or when the allocator refuses. Nothing is
    /// thrown.
    pub fn block_malloc(&self, size: usize) -> *mut c_void {
        if !self.allows(size) {
            return null_mut();
        }
        // SAFETY: the embedder's functions obey malloc's contract.
        unsafe { self.adopt_block((self.malloc_functions.malloc)(self.malloc_opaque, size.max(1))) }
    }
    /// The same, zeroed.
    pub fn block_calloc(&self, count: usize, size: usize) -> *mut c_void {
        match count.checked_mul(size) {
            // SAFETY: as above.
            Some(n) if self.allows(n) => unsafe {
                self.adopt_block((self.malloc_functions.calloc)(
                    self.malloc_opaque,
                    count.max(1),
                    size.max(1),
                ))
            },
            _ => null_mut(),
        }
    }
    /// Frees a block; null is nothing.
    ///
    /// # Safety
    /// `ptr` is null or a block from these functions, not used again.
    pub unsafe fn block_free(&self, ptr: *mut c_void) {
        if ptr.is_null() {
            return;
        }
        // SAFETY: per contract.
        unsafe {
            self.discharge(self.block_size(ptr) + MALLOC_OVERHEAD);
            self.malloc_count.set(self.malloc_count.get().saturating_sub(1));
            (self.malloc_functions.free)(self.malloc_opaque, ptr);
        }
    }
    /// Resizes a block; null allocates, size 0 frees and answers null. When null is answered otherwise the block
    /// is as before.
    ///
    /// # Safety
    /// `ptr` is null or a block from these functions; on success it is not used again.
    pub unsafe fn block_realloc(&self, ptr: *mut c_void, size: usize) -> *mut c_void {
        if ptr.is_null() {
            return if size == 0 { null_mut() } else { self.block_malloc(size) };
        }
        // SAFETY: per contract.
        unsafe {
            if size == 0 {
                self.block_free(ptr);
                return null_mut();
            }
            let old = self.block_size(ptr);
            if size > old && !self.allows(size - old) {
                return null_mut();
            }
            let p = (self.malloc_functions.realloc)(self.malloc_opaque, ptr, size);
            if !p.is_null() {
                self.discharge(old);
                self.malloc_size.set(self.malloc_size.get().saturating_add(self.block_size(p)));
            }
            p
        }
    }

    // ---- counts

    /// Counts everything there is.
    pub fn usage(&self) -> Usage {
        let mut u =
            Usage { atom_count: self.atoms.live(), atom_bytes: self.atoms.bytes(), ..Usage::default() };
        u.cell_bytes += u.atom_bytes;
        self.for_each_cell(|h| {
            u.cell_count += 1;
            let p = h as *const Header;
            let cell = h.cell_size();
            // SAFETY: the cell has the layout of its kind and is alive.
            let bytes = unsafe {
                match h.kind() {
                    Kind::String => {
                        let bytes = cell + (*(p as *const Str)).heap_bytes();
                        u.string_count += 1;
                        u.string_bytes += bytes;
                        bytes
                    }
                    Kind::Object => self.count_object(&*(p as *const Object), cell, &mut u),
                    Kind::Shape => {
                        let bytes = cell + (*(p as *const Shape)).table_bytes();
                        u.shape_count += 1;
                        u.shape_bytes += bytes;
                        bytes
                    }
                    Kind::Template => {
                        let t = &*(p as *const Template);
                        let code = t.instrs.len() * std::mem::size_of::<Instr>();
                        u.function_count += 1;
                        u.function_bytes += cell;
                        u.code_bytes += code;
                        cell + code
                    }
                    _ => cell,
                }
            };
            u.cell_bytes += bytes;
        });
        u
    }
    fn count_object(&self, o: &Object, cell: usize, u: &mut Usage) -> usize {
        let n = o.shape().live_count();
        let slots = o.out_of_line_bytes();
        u.object_count += 1;
        u.property_count += n;
        u.property_bytes += slots.max(n * 8);
        let mut bytes = cell + slots;
        if o.class() == id::NATIVE_FUNCTION {
            u.native_function_count += 1;
        }
        if let Some(a) = o.data::<ArrayData>()
            && o.is_array()
        {
            u.array_count += 1;
            if !a.is_slow() {
                u.fast_array_count += 1;
                u.fast_array_elements += a.dense() as usize;
            }
        }
        if let Some(vt) = self.class(o.class()).and_then(|c| c.vt) {
            // SAFETY: the object carries this class's payload.
            let extra =
                unsafe { (vt.heap_bytes)((o as *const Object as *const u8).add(crate::object::PAYLOAD)) };
            bytes += extra;
            if o.class() == id::ARRAY_BUFFER || o.class() == id::SHARED_ARRAY_BUFFER {
                u.buffer_count += 1;
                u.buffer_bytes += extra;
            }
        }
        u.object_bytes += cell;
        bytes
    }

    /// Cells that are held from outside of the heap, of those that `also` has not excluded: with nothing running,
    /// the embedder's references (and the runtime's own).
    pub fn held_from_outside(&self) -> Vec<NonNull<Header>> {
        let mut inner: HashMap<NonNull<Header>, u32> = HashMap::new();
        self.for_each_cell(|h| {
            gc::for_each_edge(self, h, &mut |target| *inner.entry(target).or_default() += 1);
        });
        let mut held = Vec::new();
        self.for_each_cell(|h| {
            let p = NonNull::from(h);
            if matches!(h.kind(), Kind::Object | Kind::Realm | Kind::Template | Kind::Module)
                && h.count() > inner.get(&p).copied().unwrap_or(0)
            {
                held.push(p);
            }
        });
        held
    }
}

/// A cell in a line of a leak report: its count, what it is, and some of its text.
pub fn describe_cell(h: &Header) -> String {
    let p = h as *const Header;
    // SAFETY: the cell has the layout of its kind and is alive.
    unsafe {
        let what = match h.kind() {
            Kind::String => format!("{:?}", text_of(&*(p as *const Str))),
            Kind::Symbol => {
                let s = &*(p as *const Symbol);
                format!("Symbol({})", s.description().map(|d| text_of(d)).unwrap_or_default())
            }
            Kind::Object => {
                let o = &*(p as *const Object);
                let class = o.runtime().class(o.class()).map(|c| text_of(&c.name)).unwrap_or_default();
                let mut names = Vec::new();
                for i in 0..o.shape().slot_count().min(8) {
                    if let Some((k, _)) = o.shape().prop_at(i) {
                        names.push(k.to_lossy());
                    }
                }
                format!("[{class}] {{ {} }}", names.join(", "))
            }
            k => format!("{k:?}"),
        };
        format!("{:p} {:>4} {what}", p, h.count())
    }
}

fn text_of(s: &Str) -> String {
    s.flat_chars().map_or_else(
        || "<rope>".to_owned(),
        |c| if c.len() > 80 { c.slice(0, 80).to_lossy() + "…" } else { c.to_lossy() },
    )
}

impl Value {
    /// The kind of cell a value is.
    #[inline(always)]
    pub fn cell_kind(&self) -> Option<Kind> {
        if self.is_cell() { Some(self.header().kind()) } else { None }
    }
}

impl Object {
    /// Makes it [[IsHTMLDDA]]: `typeof` says undefined, and it equals null.
    pub fn set_htmldda(&self) {
        self.header().set(flag::HTMLDDA);
    }
    /// Is it being freed?
    pub fn is_dying(&self) -> bool {
        self.header().has(flag::DYING)
    }
    /// Replaces the prototype without asking (of an object just made).
    pub fn init_proto(&self, proto: Option<&Object>) -> Result<()> {
        self.replace_proto(proto)
    }
}

impl Tracer<'_> {
    /// Visits an edge to a cell by its address, as `gc_mark` callbacks report it.
    ///
    /// # Safety
    /// `cell` is a live cell that the traced object owns a count of.
    pub unsafe fn visit_address(&mut self, cell: *mut c_void) {
        if let Some(cell) = NonNull::new(cell as *mut Header) {
            self.visit_cell(cell);
        }
    }
}

impl Str {
    /// Is it in the atom table?
    pub fn is_atom(&self) -> bool {
        self.is_interned()
    }
}

/// A compiled script's function for another realm of the same runtime (or the same one).
pub fn rebind(cx: &Context, f: &Object) -> Result<Gc<Object>> {
    match f.data::<FunctionData>() {
        Some(d) if !std::ptr::eq(&*d.realm, cx) && d.captures.is_empty() => {
            vm::make::new_function(cx, &d.template, Vec::new())
        }
        _ => Ok(f.to_gc()),
    }
}

/// A RegExp's source and flags.
pub fn regexp_text(o: &Object) -> Option<(Gc<Str>, Gc<Str>)> {
    crate::builtins::regexp::source_and_flags(o)
}

/// A time value (not NaN) as Date.prototype.toISOString writes it.
pub fn iso_date(t: f64) -> String {
    qjs_numeric::date_format::to_iso_string(&qjs_numeric::date::Fields::from_time(t))
}

/// What kind of function an object is, for people.
pub fn function_kind(o: &Object) -> &'static str {
    use crate::bytecode::code::{FunctionKind, flags};
    match o.data::<FunctionData>() {
        Some(d) if d.template.has(flags::CLASS_CONSTRUCTOR) => "class",
        Some(d) => match d.template.kind {
            FunctionKind::Async => "AsyncFunction",
            FunctionKind::Generator => "GeneratorFunction",
            FunctionKind::AsyncGenerator => "AsyncGeneratorFunction",
            _ => "Function",
        },
        None => "Function",
    }
}

/// An async function (of whatever make, generators left out)?
pub fn is_async_function(o: &Object) -> bool {
    o.data::<FunctionData>().is_some_and(|f| f.template.kind == crate::bytecode::code::FunctionKind::Async)
}

/// The file that the function `level` frames below the running one came from; None for native functions.
pub fn frame_file(cx: &Context, level: usize) -> Option<Gc<Str>> {
    vm::backtrace::frames(cx, vm::backtrace::Skip::None, level.saturating_add(1)).into_iter().nth(level)?.file
}

/// Calls `f` with frames from here on left out of backtraces.
pub fn with_backtrace_barrier<R>(rt: &Runtime, f: impl FnOnce() -> R) -> R {
    let old = rt.vm.barrier.replace(rt.vm.frame.get());
    let r = f();
    rt.vm.barrier.set(old);
    r
}

/// The longest text of [`short_text`].
pub const SHORT_TEXT: usize = crate::text::MAX_INLINE - 1;
/// Where in a string's cell the characters of a short string begin.
pub const TEXT_OFFSET: usize = 16;

/// The characters of a short ASCII string in its own cell, with NUL after them, at [`TEXT_OFFSET`]; None if it is no
/// such string.
#[inline(always)]
pub fn text_in_place(s: &Str) -> Option<*const u8> {
    s.c_text()
}

/// A string cell that holds these bytes (at most [`SHORT_TEXT`]) and a NUL in itself, at [`TEXT_OFFSET`].
pub fn short_text(rt: &Runtime, s: &[u8]) -> Result<Gc<Str>> {
    debug_assert!(s.len() <= SHORT_TEXT);
    // SAFETY: the destination holds the bytes and the NUL.
    rt.new_flat(s.len() + 1, false, |p| unsafe {
        std::ptr::copy_nonoverlapping(s.as_ptr(), p, s.len());
        p.add(s.len()).write(0);
    })
}

/// Text as characters of a string, from bytes that should be UTF-8: surrogates may be encoded (WTF-8, CESU-8),
/// what is not UTF-8 becomes U+FFFD.
pub fn decode_utf8(rt: &Runtime, bytes: &[u8]) -> Result<Gc<Str>> {
    if bytes.is_ascii() {
        return rt.new_ascii(bytes);
    }
    decode_mixed(rt, bytes)
}
fn decode_mixed(rt: &Runtime, bytes: &[u8]) -> Result<Gc<Str>> {
    let mut b = crate::text::build::StringBuilder::new(rt);
    let mut i = 0;
    while i < bytes.len() {
        let run = bytes[i..].iter().position(|c| *c >= 0x80).unwrap_or(bytes.len() - i);
        if run > 0 {
            b.push_chars(Chars::Latin1(&bytes[i..i + run]))?;
            i += run;
            continue;
        }
        let (c, n) = decode_one(&bytes[i..]);
        b.push_code_point(c)?;
        i += n;
    }
    b.finish()
}

/// The code point that `b` (not empty) begins with, and its length; U+FFFD for what is none, one per maximal
/// part of a sequence.
fn decode_one(b: &[u8]) -> (u32, usize) {
    const BAD: u32 = 0xfffd;
    let (n, first, low, high) = match b[0] {
        c @ 0..0x80 => return (c as u32, 1),
        c @ 0xc2..0xe0 => (2, c & 0x1f, 0x80, 0xbf),
        0xe0 => (3, 0, 0xa0, 0xbf),
        c @ 0xe1..0xf0 => (3, c & 0x0f, 0x80, 0xbf),
        0xf0 => (4, 0, 0x90, 0xbf),
        c @ 0xf1..0xf4 => (4, c & 0x07, 0x80, 0xbf),
        0xf4 => (4, 4, 0x80, 0x8f),
        _ => return (BAD, 1),
    };
    let mut v = first as u32;
    for i in 1..n {
        let (low, high) = if i == 1 { (low, high) } else { (0x80, 0xbf) };
        match b.get(i) {
            Some(&c) if c >= low && c <= high => v = v << 6 | (c & 0x3f) as u32,
            _ => return (BAD, i),
        }
    }
    (v, n)
}

// ---- elements

/// An element of an array, typed array or arguments object, where it is plainly there; None says nothing. Runs no code.
#[inline]
pub fn element(v: &Value, i: u32) -> Option<Value> {
    if i > i32::MAX as u32 { None } else { vm::access::plain_elem(v, &Value::int(i as i32)) }
}
/// Overwrites or appends an element of an array or typed array, where that is plain; otherwise the value comes back. Runs
/// no code but finalizers.
#[inline]
pub fn set_element(rt: &Runtime, v: &Value, i: u32, value: Value) -> Option<Value> {
    if i > i32::MAX as u32 {
        Some(value)
    } else {
        vm::access::set_plain_elem(rt, v, &Value::int(i as i32), value)
    }
}

// ---- the prompt

/// The names of the global lexical bindings: of `let`, `const` and `class` at the top of scripts.
pub fn lexical_names(cx: &Context) -> Result<Vec<Gc<Str>>> {
    let keys = cx.lexicals().ordinary_own_keys(cx)?;
    keys.iter().filter_map(|k| k.to_value(cx.rt()).map(|v| v.into_gc::<Str>().ok()).transpose()).collect()
}
/// The value of a global lexical binding; None if there is none, or it is not initialized.
pub fn lexical_value(cx: &Context, name: &PropertyKey) -> Option<Value> {
    let lex = cx.lexicals();
    let (slot, _) = lex.shape().lookup(name)?;
    Some(lex.slot(slot).clone()).filter(|v| !v.is_uninit())
}
/// Removes a global lexical binding, so that it can be declared anew. Code that knows it looks again.
pub fn forget_lexical(cx: &Context, name: &PropertyKey) -> Result<()> {
    let lex = cx.lexicals();
    if let Some((slot, _)) = lex.shape().lookup(name) {
        lex.remove_property(slot)?;
        cx.rt().bump_epoch();
    }
    Ok(())
}
