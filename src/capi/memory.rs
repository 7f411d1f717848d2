//! Memory: the js_malloc family, limits, usage.

use super::convert::*;
use super::ffi::*;
use qjs_engine::Runtime;
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::heap::system;
use std::ffi::{c_char, c_void};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

// ---- an allocator that tells what it does

/// The page of the first block: addresses are told from there.
static TRACE_BASE: AtomicUsize = AtomicUsize::new(0);

/// A line of at most this many bytes.
struct Line([u8; 120], usize);
impl Write for Line {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let end = self.1 + s.len();
        self.0.get_mut(self.1..end).ok_or(std::fmt::Error)?.copy_from_slice(s.as_bytes());
        self.1 = end;
        Ok(())
    }
}
/// A block as `H+offset.size`.
struct Block(*mut c_void);
impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_null() {
            return f.write_str("NULL");
        }
        let page = self.0 as usize & !4095;
        let base = match TRACE_BASE.compare_exchange(0, page, Relaxed, Relaxed) {
            Ok(_) => page,
            Err(base) => base,
        };
        // SAFETY: a block of the system's allocator that is not freed yet.
        let size = unsafe { system::usable_size(self.0) };
        write!(f, "H{:+06}.{size}", (self.0 as usize).wrapping_sub(base) as isize)
    }
}
fn trace(line: std::fmt::Arguments<'_>) {
    let mut text = Line([0; 120], 0);
    // (The longest line is shorter than the room for it.)
    let _ = text.write_fmt(line);
    // SAFETY: stdout is open, or writing to it fails harmlessly.
    unsafe { libc::fwrite(text.0.as_ptr().cast(), 1, text.1, super::runtime::c_stdout()) };
}
unsafe extern "C" fn trace_calloc(o: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: as system::calloc.
    let p = unsafe { system::calloc(o, count, size) };
    trace(format_args!("C {count} {size} -> {}\n", Block(p)));
    p
}
unsafe extern "C" fn trace_malloc(o: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as system::malloc.
    let p = unsafe { system::malloc(o, size) };
    trace(format_args!("A {size} -> {}\n", Block(p)));
    p
}
unsafe extern "C" fn trace_free(o: *mut c_void, ptr: *mut c_void) {
    if !ptr.is_null() {
        trace(format_args!("F {}\n", Block(ptr)));
    }
    // SAFETY: as system::free.
    unsafe { system::free(o, ptr) }
}
unsafe extern "C" fn trace_realloc(o: *mut c_void, ptr: *mut c_void, size: usize) -> *mut c_void {
    let mut old = Line([0; 120], 0);
    let _ = write!(old, "{}", Block(ptr));
    // SAFETY: as system::realloc.
    let p = unsafe { system::realloc(o, ptr, size) };
    let old = std::str::from_utf8(&old.0[..old.1]).unwrap_or_default();
    trace(format_args!("R {size} {old} -> {}\n", Block(p)));
    p
}

/// The C library's functions, each call told on stdout: `A`llocated, `C`leared, `R`esized, `F`reed.
pub fn tracing_allocator() -> MallocFunctions {
    MallocFunctions {
        calloc: trace_calloc,
        malloc: trace_malloc,
        free: trace_free,
        realloc: trace_realloc,
        usable_size: Some(system::usable_size),
    }
}

// ---- the js_malloc family

/// The block, or NULL with "out of memory" pending.
fn or_throw(ctx: *mut JSContext, ptr: *mut c_void) -> *mut c_void {
    if ptr.is_null() {
        // SAFETY: C's contract.
        unsafe { enter(ctx) }.throw_oom();
    }
    ptr
}

/// `size` bytes, charged to the runtime; NULL past its limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_malloc_rt(rt: *mut JSRuntime, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.block_malloc(size)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_calloc_rt(rt: *mut JSRuntime, count: usize, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.block_calloc(count, size)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_mallocz_rt(rt: *mut JSRuntime, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.block_calloc(1, size)
}
/// NULL allocates; size 0 frees and returns NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_realloc_rt(rt: *mut JSRuntime, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: C's contract: ptr came from this family.
    unsafe { runtime(rt).block_realloc(ptr, size) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_free_rt(rt: *mut JSRuntime, ptr: *mut c_void) {
    // SAFETY: C's contract: ptr came from this family.
    unsafe { runtime(rt).block_free(ptr) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_malloc_usable_size_rt(rt: *mut JSRuntime, ptr: *const c_void) -> usize {
    // SAFETY: C's contract: ptr came from this family.
    unsafe { runtime(rt).block_size(ptr) }
}
/// `size` bytes, charged to the runtime; past its limit NULL, and "out of memory" is thrown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_malloc(ctx: *mut JSContext, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    or_throw(ctx, unsafe { enter(ctx) }.rt().block_malloc(size))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_calloc(ctx: *mut JSContext, count: usize, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    or_throw(ctx, unsafe { enter(ctx) }.rt().block_calloc(count, size))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_mallocz(ctx: *mut JSContext, size: usize) -> *mut c_void {
    // SAFETY: C's contract.
    or_throw(ctx, unsafe { enter(ctx) }.rt().block_calloc(1, size))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_realloc(ctx: *mut JSContext, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: C's contract: ptr came from this family.
    let p = unsafe { enter(ctx).rt().block_realloc(ptr, size) };
    if size == 0 { p } else { or_throw(ctx, p) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_free(ctx: *mut JSContext, ptr: *mut c_void) {
    // SAFETY: C's contract: ptr came from this family.
    unsafe { enter(ctx).rt().block_free(ptr) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_malloc_usable_size(ctx: *mut JSContext, ptr: *const c_void) -> usize {
    // SAFETY: C's contract: ptr came from this family.
    unsafe { enter(ctx).rt().block_size(ptr) }
}
/// A copy of a C string, from js_malloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_strdup(ctx: *mut JSContext, str: *const c_char) -> *mut c_char {
    // SAFETY: C's contract.
    unsafe { copy_text(ctx, c_bytes(str)) }
}
/// A copy of the first `n` bytes of a C string, with a NUL, from js_malloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_strndup(ctx: *mut JSContext, s: *const c_char, n: usize) -> *mut c_char {
    // SAFETY: C's contract: n bytes can be read.
    unsafe { copy_text(ctx, bytes(s, n)) }
}
unsafe fn copy_text(ctx: *mut JSContext, text: &[u8]) -> *mut c_char {
    // SAFETY: C's contract; the block holds the text and its NUL.
    unsafe {
        let p = js_malloc(ctx, text.len().saturating_add(1)) as *mut u8;
        if !p.is_null() {
            std::ptr::copy_nonoverlapping(text.as_ptr(), p, text.len());
            p.add(text.len()).write(0);
        }
        p as *mut c_char
    }
}

// ---- limits

/// Bytes the runtime may hold; 0 is no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetMemoryLimit(rt: *mut JSRuntime, limit: usize) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.set_memory_limit(limit)
}
/// How many bytes are held when cycles are looked for next; (size_t)-1 is never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetGCThreshold(rt: *mut JSRuntime, gc_threshold: usize) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.set_gc_threshold(gc_threshold)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetGCThreshold(rt: *mut JSRuntime) -> usize {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.gc_threshold()
}
/// Collects cycles now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_RunGC(rt: *mut JSRuntime) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.run_gc()
}
/// Is the object not being freed?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsLiveObject(rt: *mut JSRuntime, obj: JSValueConst) -> bool {
    let _ = rt;
    // SAFETY: C's contract.
    unsafe { borrow_object(obj) }.is_some_and(|o| !o.is_dying())
}

// ---- usage

pub(crate) fn usage(rt: &Runtime) -> JSMemoryUsage {
    let u = rt.usage();
    let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    JSMemoryUsage {
        malloc_size: n(rt.malloc_size()),
        malloc_limit: if rt.malloc_limit() == usize::MAX { 0 } else { n(rt.malloc_limit()) },
        memory_used_size: n(u.cell_bytes),
        malloc_count: n(rt.malloc_count()),
        memory_used_count: n(u.cell_count),
        atom_count: n(u.atom_count),
        atom_size: n(u.atom_bytes),
        str_count: n(u.string_count),
        str_size: n(u.string_bytes),
        obj_count: n(u.object_count),
        obj_size: n(u.object_bytes),
        prop_count: n(u.property_count),
        prop_size: n(u.property_bytes),
        shape_count: n(u.shape_count),
        shape_size: n(u.shape_bytes),
        js_func_count: n(u.function_count),
        js_func_size: n(u.function_bytes),
        js_func_code_size: n(u.code_bytes),
        js_func_pc2line_count: 0,
        js_func_pc2line_size: 0,
        c_func_count: n(u.native_function_count),
        array_count: n(u.array_count),
        fast_array_count: n(u.fast_array_count),
        fast_array_elements: n(u.fast_array_elements),
        binary_object_count: n(u.buffer_count),
        binary_object_size: n(u.buffer_bytes),
    }
}

/// Counts what the runtime holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ComputeMemoryUsage(rt: *mut JSRuntime, s: *mut JSMemoryUsage) {
    // SAFETY: C's contract.
    unsafe { s.write(usage(runtime(rt))) }
}

/// Writes what JS_ComputeMemoryUsage found as a table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DumpMemoryUsage(
    fp: *mut libc::FILE,
    s: *const JSMemoryUsage,
    rt: *mut JSRuntime,
) {
    let _ = rt;
    // SAFETY: C's contract.
    let text = usage_text(unsafe { &*s });
    // SAFETY: C's contract: fp is an open stream.
    unsafe { libc::fwrite(text.as_ptr() as *const c_void, 1, text.len(), fp) };
}

/// The same for a runtime as it is now, to stdout.
pub fn dump_usage(rt: &Runtime) {
    let text = usage_text(&usage(rt));
    // SAFETY: stdout is open, or writing to it fails harmlessly.
    unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), super::runtime::c_stdout()) };
}

fn usage_text(s: &JSMemoryUsage) -> String {
    let mut t = format!(
        "QuickJS-ng memory usage -- {} version, 64-bit, malloc limit: {}\n\n{:<20} {:>10} {:>10}\n",
        super::runtime::VERSION,
        s.malloc_limit,
        "NAME",
        "COUNT",
        "SIZE"
    );
    let rows = [
        ("memory allocated", s.malloc_count, s.malloc_size, "per block"),
        ("memory used", s.memory_used_count, s.memory_used_size, "per block"),
        ("atoms", s.atom_count, s.atom_size, "per atom"),
        ("strings", s.str_count, s.str_size, "per string"),
        ("objects", s.obj_count, s.obj_size, "per object"),
        ("  properties", s.prop_count, s.prop_size, "per property"),
        ("  shapes", s.shape_count, s.shape_size, "per shape"),
        ("bytecode functions", s.js_func_count, s.js_func_size, "per function"),
        ("  bytecode", s.js_func_count, s.js_func_code_size, "per function"),
        ("C functions", s.c_func_count, 0, ""),
        ("arrays", s.array_count, 0, ""),
        ("  fast arrays", s.fast_array_count, 0, ""),
        ("  elements", s.fast_array_elements, s.fast_array_elements * 8, "per element"),
        ("binary objects", s.binary_object_count, s.binary_object_size, "per object"),
    ];
    for (name, count, size, per) in rows {
        // Writing to a String cannot fail.
        let _ = match count {
            0 => continue,
            _ if per.is_empty() => writeln!(t, "{name:<20} {count:>10}"),
            _ => writeln!(t, "{name:<20} {count:>10} {size:>10}  ({:.1} {per})", size as f64 / count as f64),
        };
    }
    t
}
