//! Runtimes: making and ending them, opaque pointers, limits, hooks.

use super::convert::*;
use super::ffi::*;
use super::memory;
use qjs_engine::Runtime;
use qjs_engine::embed::describe_cell;
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::heap::{Header, Kind};
use std::collections::HashSet;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::rc::Rc;

/// The version of QuickJS-NG whose ABI this is.
pub const VERSION: &str = "0.17.0";

/// What the C API keeps with a runtime.
pub(crate) struct Host {
    info: Option<Box<[u8]>>,
    finalizers: Vec<(unsafe extern "C" fn(*mut JSRuntime, *mut c_void), *mut c_void)>,
    pub(crate) next_class: u32,
    /// The pointer that js_std_cmd keeps for a standard library in C.
    library_pointer: usize,
    /// The state of the standard library (`libc::state`).
    pub(crate) library: Option<Rc<dyn std::any::Any>>,
    pub(crate) modules: super::modules::Hooks,
    /// What JS_SetInterruptHandler has set, for js_std_cmd.
    interrupt: (JSInterruptHandler, *mut c_void),
}

/// Calls `f` with the C API's state of a runtime. `f` calls no C.
pub(crate) fn with_host<R>(rt: &Runtime, f: impl FnOnce(&mut Host) -> R) -> R {
    let mut slot = rt.host().borrow_mut();
    if !slot.as_ref().is_some_and(|h| h.is::<Host>()) {
        *slot = Some(Box::new(Host {
            info: None,
            finalizers: Vec::new(),
            next_class: qjs_engine::object::class::FIRST_FOREIGN as u32,
            library: None,
            library_pointer: 0,
            modules: super::modules::Hooks::NONE,
            interrupt: (None, std::ptr::null_mut()),
        }));
    }
    match slot.as_mut().and_then(|h| h.downcast_mut::<Host>()) {
        Some(h) => f(h),
        None => unreachable!("made above"),
    }
}

/// A runtime over the C library's allocator; NULL when memory is out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewRuntime() -> *mut JSRuntime {
    new_runtime(MallocFunctions::SYSTEM, null_mut())
}

/// A runtime over an allocator of the caller's. `opaque` is handed to its functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewRuntime2(mf: *const JSMallocFunctions, opaque: *mut c_void) -> *mut JSRuntime {
    // SAFETY: C's contract: mf points to the functions for the call.
    let mf = unsafe { &*mf };
    let (Some(calloc), Some(malloc), Some(free), Some(realloc)) =
        (mf.js_calloc, mf.js_malloc, mf.js_free, mf.js_realloc)
    else {
        return null_mut();
    };
    new_runtime(
        MallocFunctions { calloc, malloc, free, realloc, usable_size: mf.js_malloc_usable_size },
        opaque,
    )
}

fn new_runtime(functions: MallocFunctions, opaque: *mut c_void) -> *mut JSRuntime {
    match Runtime::new(functions, opaque) {
        Some(rt) => Box::into_raw(rt) as *mut JSRuntime,
        None => null_mut(),
    }
}

/// Frees a runtime; all its contexts must have been freed. What is left is leaked by the embedder, and
/// reported as the dump flags say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeRuntime(rt: *mut JSRuntime) {
    if rt.is_null() {
        return;
    }
    // SAFETY: C's contract: the runtime is given up; it was a Box.
    end(unsafe { Box::from_raw(rt as *mut Runtime) });
}

/// What JS_FreeRuntime does.
pub fn end(b: Box<Runtime>) {
    let rt = &raw const *b as *mut JSRuntime;
    let flags = b.dump_flags();
    if flags & JS_DUMP_MEM as u64 != 0 {
        memory::dump_usage(&b);
    }
    let finalizers = with_host(&b, |h| std::mem::take(&mut h.finalizers));
    let mut report = Report::new(flags);
    if report.wanted {
        b.clear_for_shutdown();
        report.held = b.held_from_outside().into_iter().map(|p| p.as_ptr() as usize).collect();
    }
    let wanted = report.wanted;
    let mut tell = |h: &Header| report.cell(h);
    let leaks = b.shut_down(if wanted { Some(&mut tell) } else { None });
    for (f, arg) in finalizers.into_iter().rev() {
        // SAFETY: C's contract: the function takes the runtime's (dead) address and its own argument.
        unsafe { f(rt, arg) };
    }
    report.finish();
    if leaks > 0 && flags & ABORT != 0 {
        // SAFETY: abort has no conditions.
        unsafe { libc::abort() };
    }
}

/// The bit of JS_ABORT_ON_LEAKS that asks for the abort.
const ABORT: u64 = JS_ABORT_ON_LEAKS as u64 & !(JS_DUMP_LEAKS as u64 | JS_DUMP_ATOM_LEAKS as u64);

unsafe extern "C" {
    #[link_name = "stdout"]
    static C_STDOUT: *mut libc::FILE;
    #[link_name = "stderr"]
    static C_STDERR: *mut libc::FILE;
}
pub(super) fn c_stdout() -> *mut libc::FILE {
    // SAFETY: a variable of the C library, set before main.
    unsafe { C_STDOUT }
}

/// What leaked, as text.
struct Report {
    wanted: bool,
    abort: bool,
    held: HashSet<usize>,
    objects: Vec<String>,
    atoms: Vec<String>,
    strings: Vec<String>,
    more: usize,
}

/// How many cells of each sort are listed.
const LISTED: usize = 100;

impl Report {
    fn new(flags: u64) -> Report {
        Report {
            wanted: flags & (JS_DUMP_LEAKS | JS_DUMP_ATOM_LEAKS) as u64 != 0,
            abort: flags & ABORT != 0,
            held: HashSet::new(),
            objects: Vec::new(),
            atoms: Vec::new(),
            strings: Vec::new(),
            more: 0,
        }
    }
    fn cell(&mut self, h: &Header) {
        if !self.wanted {
            return;
        }
        let held = self.held.contains(&(h as *const Header as usize));
        let list = match h.kind() {
            Kind::String if is_atom(h) => &mut self.atoms,
            Kind::Symbol => &mut self.atoms,
            Kind::String => &mut self.strings,
            _ if held => &mut self.objects,
            _ => {
                self.more += 1;
                return;
            }
        };
        if list.len() < LISTED {
            list.push(describe_cell(h));
        } else {
            self.more += 1;
        }
    }
    fn finish(&self) {
        let mut t = String::new();
        for (title, list) in
            [("Object leaks", &self.objects), ("Atom leaks", &self.atoms), ("String leaks", &self.strings)]
        {
            if !list.is_empty() {
                t.push_str(title);
                t.push_str(":\n    ADDRESS COUNT CONTENT\n");
                list.iter().for_each(|l| {
                    t.push_str(l);
                    t.push('\n');
                });
            }
        }
        if self.more > 0 && self.wanted {
            t.push_str(&format!("and {} more cells that these hold\n", self.more));
        }
        if !t.is_empty() {
            // SAFETY: the C library's streams, as above.
            unsafe {
                let fp = if self.abort { C_STDERR } else { C_STDOUT };
                libc::fwrite(t.as_ptr() as *const c_void, 1, t.len(), fp);
                libc::fflush(fp);
            }
        }
    }
}
fn is_atom(h: &Header) -> bool {
    // SAFETY: the kind was checked by the caller; a string cell begins with its header.
    h.kind() == Kind::String && unsafe { (*(h as *const Header as *const qjs_engine::text::Str)).is_atom() }
}

/// A text for the embedder's own use (a name in dumps).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetRuntimeInfo(rt: *mut JSRuntime, info: *const c_char) {
    // SAFETY: C's contract.
    let (rt, info) = unsafe { (runtime(rt), c_bytes(info)) };
    with_host(rt, |h| h.info = Some(info.into()));
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetRuntimeOpaque(rt: *mut JSRuntime) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.opaque.get()
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetRuntimeOpaque(rt: *mut JSRuntime, opaque: *mut c_void) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.opaque.set(opaque)
}
/// A function to run at the very end of JS_FreeRuntime, last added first; -1 when memory is out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddRuntimeFinalizer(
    rt: *mut JSRuntime,
    finalizer: JSRuntimeFinalizer,
    arg: *mut c_void,
) -> c_int {
    let Some(f) = finalizer else { return -1 };
    // SAFETY: C's contract.
    with_host(unsafe { runtime(rt) }, |h| {
        if h.finalizers.try_reserve(1).is_err() {
            return -1;
        }
        h.finalizers.push((f, arg));
        0
    })
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetDumpFlags(rt: *mut JSRuntime, flags: u64) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.set_dump_flags(flags)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetDumpFlags(rt: *mut JSRuntime) -> u64 {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.dump_flags()
}
/// Bytes of native stack that may be used, counted from where the caller stands; 0 is no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetMaxStackSize(rt: *mut JSRuntime, stack_size: usize) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.set_max_stack_size(stack_size)
}
/// To be called when another thread takes the runtime over: its stack counts from here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_UpdateStackTop(rt: *mut JSRuntime) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.update_stack_top()
}
/// A function asked now and then whether to interrupt the running script; NULL is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetInterruptHandler(
    rt: *mut JSRuntime,
    cb: JSInterruptHandler,
    opaque: *mut c_void,
) {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    with_host(rt, |h| h.interrupt = (cb, opaque));
    rt.set_interrupt_handler(cb.map(|f| {
        // SAFETY: C's contract: the handler takes the runtime and its own pointer.
        Rc::new(move |rt: &Runtime| unsafe { f(rt_ptr(rt), opaque) != 0 }) as Rc<dyn Fn(&Runtime) -> bool>
    }));
}
/// May Atomics.wait block?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetCanBlock(rt: *mut JSRuntime, can_block: bool) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.set_can_block(can_block)
}
/// "0.17.0"
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetVersion() -> *const c_char {
    c"0.17.0".as_ptr()
}

/// js_std_cmd's half in Rust (its other half is in `src/shim.c`): what quickjs-libc.c, built against this library, asks of
/// the engine. 0: the runtime's pointer for it; 1: sets that pointer, and has backtraces kept; 2: moves the backtrace of
/// what was last thrown that is no error to `*b` (a JSValue), undefined if there is none; 5 and 6: the runtime's
/// interrupt handler and the pointer it is given. Anything else is unknown: all bits set.
#[unsafe(no_mangle)]
unsafe extern "C" fn qjs_shim_std_cmd(cmd: c_int, a: *mut c_void, b: *mut c_void) -> usize {
    match cmd {
        // SAFETY: the shim's contract: a runtime.
        0 => with_host(unsafe { runtime(a.cast()) }, |h| h.library_pointer),
        1 => {
            // SAFETY: as above.
            let rt = unsafe { runtime(a.cast()) };
            rt.traces_thrown.set(true);
            with_host(rt, |h| h.library_pointer = b as usize);
            0
        }
        2 => {
            // SAFETY: the shim's contract: a context, and room for a value.
            let (cx, out) = unsafe { (enter(a.cast()), b as *mut JSValue) };
            let trace = qjs_engine::vm::backtrace::take_thrown(cx.rt(), None);
            if !out.is_null() {
                // SAFETY: as above.
                unsafe { out.write(trace.map_or(JS_UNDEFINED, give)) };
            }
            0
        }
        // SAFETY: the shim's contract: a runtime.
        5 => with_host(unsafe { runtime(a.cast()) }, |h| h.interrupt.0.map_or(0, |f| f as usize)),
        // SAFETY: as above.
        6 => with_host(unsafe { runtime(a.cast()) }, |h| h.interrupt.1 as usize),
        _ => usize::MAX,
    }
}
