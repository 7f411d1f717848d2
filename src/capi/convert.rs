//! Between C's 16-byte values and the engine's 8-byte ones; from C's pointers to references; argument lists.

use super::ffi::*;
use qjs_engine::heap::Kind;
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::vm::Arguments;
use qjs_engine::{Context, Object, Result, Runtime, Thrown, Value};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::{ManuallyDrop, MaybeUninit};

// ---- values

/// The tag of a value that is a cell.
#[inline(always)]
fn cell_tag(v: &Value) -> i64 {
    /// By kind.
    static TAGS: [i8; Kind::COUNT] = {
        let mut tags = [JS_TAG_FUNCTION_BYTECODE as i8; Kind::COUNT];
        tags[Kind::Object as usize] = JS_TAG_OBJECT as i8;
        tags[Kind::String as usize] = JS_TAG_STRING as i8;
        tags[Kind::Symbol as usize] = JS_TAG_SYMBOL as i8;
        tags[Kind::BigInt as usize] = JS_TAG_BIG_INT as i8;
        tags[Kind::Module as usize] = JS_TAG_MODULE as i8;
        tags
    };
    v.cell_kind().map_or(JS_TAG_FUNCTION_BYTECODE, |k| TAGS[k as usize].into())
}

/// A value as C sees it, borrowed from `v`.
#[inline(always)]
pub(crate) fn lend(v: &Value) -> JSValue {
    if let Some(i) = v.as_int() {
        JSValue::int32(i)
    } else if v.is_cell() {
        JSValue::mkptr(cell_tag(v), v.bits() as usize as *mut c_void)
    } else {
        lend_rest(v)
    }
}
/// What is neither an integer nor a cell.
fn lend_rest(v: &Value) -> JSValue {
    if let Some(d) = v.as_number() {
        JSValue::float64(d)
    } else if let Some(b) = v.as_bool() {
        JSValue::bool(b)
    } else if v.is_null() {
        JS_NULL
    } else if v.is_uninit() {
        JS_UNINITIALIZED
    } else {
        JS_UNDEFINED
    }
}

/// One more count of a value handed to C.
#[inline(always)]
pub(crate) fn give_copy(v: &Value) -> JSValue {
    let lent = lend(v);
    if v.is_cell() && lent.tag != JS_TAG_MODULE {
        std::mem::forget(v.clone());
    }
    lent
}
/// A value handed to C, count included. A module's values carry no count: its context owns it to the end, and
/// JS_DupValue and JS_FreeValue of it do nothing.
#[inline(always)]
pub(crate) fn give(v: impl Into<Value>) -> JSValue {
    let v = ManuallyDrop::new(v.into());
    let lent = lend(&v);
    if lent.tag == JS_TAG_MODULE {
        drop(ManuallyDrop::into_inner(v));
    }
    lent
}

/// A value C gave, count included.
///
/// # Safety
/// `v` is a value of this runtime whose count (if it has one) the caller gives up.
#[inline(always)]
pub(crate) unsafe fn take(v: JSValue) -> Value {
    // SAFETY: per contract.
    let lent = unsafe { borrow(v) };
    if v.norm_tag() == JS_TAG_MODULE {
        // There is no count to be taken over.
        return (*lent).clone();
    }
    ManuallyDrop::into_inner(lent)
}

/// A value C lent.
///
/// # Safety
/// `v` is a value of this runtime that outlives the result.
#[inline(always)]
pub(crate) unsafe fn borrow(v: JSValueConst) -> ManuallyDrop<Value> {
    // The count stays C's, for the result never drops it.
    ManuallyDrop::new(match v.norm_tag() {
        // SAFETY: (the union) the tag says which field is set.
        JS_TAG_INT => Value::int(unsafe { v.u.int32 }),
        // SAFETY: as above.
        JS_TAG_FIRST..0 => match unsafe { v.u.ptr } as usize as u64 {
            0 => Value::UNDEFINED,
            // A cell's Value is its address.
            p => Value::from_bits(p),
        },
        JS_TAG_UNDEFINED => Value::UNDEFINED,
        // SAFETY: per contract.
        _ => unsafe { borrow_rest(v) },
    })
}
/// What is neither an integer nor a cell; kept out of what inlines `borrow`.
///
/// # Safety
/// As for [`borrow`].
#[inline(never)]
unsafe fn borrow_rest(v: JSValueConst) -> Value {
    match v.norm_tag() {
        // SAFETY: (the union) the tag says which field is set.
        JS_TAG_CATCH_OFFSET | JS_TAG_SHORT_BIG_INT => Value::int(unsafe { v.u.int32 }),
        // SAFETY: as above.
        JS_TAG_BOOL => Value::bool(unsafe { v.u.int32 } != 0),
        JS_TAG_NULL => Value::NULL,
        // SAFETY: as above.
        JS_TAG_FLOAT64 => Value::number(unsafe { v.u.float64 }),
        _ => Value::UNDEFINED,
    }
}

/// The object a lent value is. The lifetime is the caller's to keep within the loan.
///
/// # Safety
/// As for [`borrow`].
#[inline(always)]
pub(crate) unsafe fn borrow_object<'a>(v: JSValueConst) -> Option<&'a Object> {
    // SAFETY: (the union) the tag says which field is set, and what it points to; C keeps it alive.
    if v.norm_tag() == JS_TAG_OBJECT { unsafe { (v.u.ptr as *const Object).as_ref() } } else { None }
}

// ---- results

/// An operation's result as C gets it. `JS_EXCEPTION` always comes with a pending exception.
#[inline]
pub(crate) fn ret(cx: &Context, r: Result<impl Into<Value>>) -> JSValue {
    match r {
        Ok(v) => give(v),
        Err(Thrown) => {
            pending(cx);
            JS_EXCEPTION
        }
    }
}
/// -1, 0 or 1.
#[inline]
pub(crate) fn ret_bool(cx: &Context, r: Result<bool>) -> c_int {
    match r {
        Ok(b) => b as c_int,
        Err(Thrown) => {
            pending(cx);
            -1
        }
    }
}
/// -1 or 0.
#[inline]
pub(crate) fn ret_unit(cx: &Context, r: Result<()>) -> c_int {
    match r {
        Ok(()) => 0,
        Err(Thrown) => {
            pending(cx);
            -1
        }
    }
}
/// Something may have failed for lack of memory without saying so.
#[cold]
fn pending(cx: &Context) {
    if !cx.rt().has_exception() {
        cx.rt().throw_oom();
    }
}
/// What a C function returned.
///
/// # Safety
/// `v` is a value of this runtime, its count given up.
#[inline]
pub(crate) unsafe fn returned(cx: &Context, v: JSValue) -> Result {
    if v.is_exception() {
        if !cx.rt().has_exception() {
            cx.rt().set_exception(Value::UNDEFINED);
        }
        return Err(Thrown);
    }
    // SAFETY: per contract.
    Ok(unsafe { take(v) })
}
/// What a C function returned that answers -1, 0 or 1.
pub(crate) fn returned_int(cx: &Context, n: c_int) -> Result<bool> {
    if n < 0 {
        if !cx.rt().has_exception() {
            cx.rt().set_exception(Value::UNDEFINED);
        }
        return Err(Thrown);
    }
    Ok(n != 0)
}

// ---- runtimes and contexts

/// # Safety
/// C's contract: `rt` is a live runtime.
#[inline(always)]
pub(crate) unsafe fn runtime<'a>(rt: *mut JSRuntime) -> &'a Runtime {
    // SAFETY: a JSRuntime is a leaked Box<Runtime>.
    unsafe { &*(rt as *const Runtime) }
}
#[inline(always)]
pub(crate) fn rt_ptr(rt: &Runtime) -> *mut JSRuntime {
    rt as *const Runtime as *mut JSRuntime
}
/// The context C calls with; errors without a better realm belong to it from now on.
///
/// # Safety
/// C's contract: `ctx` is a live context.
#[inline(always)]
pub(crate) unsafe fn enter<'a>(ctx: *mut JSContext) -> &'a Context {
    // SAFETY: a JSContext is a Context cell of which C owns a count.
    let cx = unsafe { &*(ctx as *const Context) };
    cx.rt().set_current(cx);
    cx
}
#[inline(always)]
pub(crate) fn ctx_ptr(cx: &Context) -> *mut JSContext {
    cx as *const Context as *mut JSContext
}

// ---- text

/// A C string's bytes; NULL is empty.
///
/// # Safety
/// C's contract: `s` is NULL or ends in NUL, and outlives the result.
pub(crate) unsafe fn c_bytes<'a>(s: *const c_char) -> &'a [u8] {
    if s.is_null() {
        return &[];
    }
    // SAFETY: per contract.
    unsafe { CStr::from_ptr(s) }.to_bytes()
}
/// `len` bytes; NULL is empty.
///
/// # Safety
/// C's contract: `s` is NULL or `len` readable bytes that outlive the result.
pub(crate) unsafe fn bytes<'a>(s: *const c_char, len: usize) -> &'a [u8] {
    if s.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: per contract.
    unsafe { std::slice::from_raw_parts(s as *const u8, len) }
}
/// The property key these bytes spell.
pub(crate) fn key_of(cx: &Context, text: &[u8]) -> Result<PropertyKey> {
    let rt = cx.rt();
    if text.is_ascii() {
        return rt.key_from_chars(qjs_engine::text::Chars::Latin1(text));
    }
    rt.key_from_str(&*qjs_engine::embed::decode_utf8(rt, text)?)
}
/// A borrowed key of an atom that C keeps.
#[inline]
pub(crate) fn atom_key(cx: &Context, atom: JSAtom) -> ManuallyDrop<PropertyKey> {
    cx.rt().peek_atom(atom)
}
/// Calls `f` with a key as C's atom, lent for the call.
pub(crate) fn with_atom<R>(cx: &Context, key: &PropertyKey, f: impl FnOnce(JSAtom) -> R) -> Result<R> {
    let atom = cx.rt().key_to_atom(key.clone())?;
    let r = f(atom);
    cx.rt().free_atom(atom);
    Ok(r)
}

// ---- argument lists

/// Lists up to this long need no memory.
const INLINE: usize = 8;
const SHORT: usize = 3;

/// C's arguments, where they are.
#[derive(Clone, Copy)]
pub(crate) struct Lent {
    argc: usize,
    argv: *const JSValueConst,
}
impl Lent {
    /// # Safety
    /// C's contract for `argc` and `argv`, as long as this lives.
    #[inline(always)]
    pub(crate) unsafe fn new(argc: c_int, argv: *const JSValueConst) -> Lent {
        let argc = if argv.is_null() { 0 } else { usize::try_from(argc).unwrap_or(0) };
        Lent { argc, argv }
    }
}
impl Arguments for Lent {
    #[inline(always)]
    fn count(self) -> usize {
        self.argc
    }
    #[inline(always)]
    fn get(self, i: usize) -> Value {
        debug_assert!(i < self.argc);
        // SAFETY: argv holds argc values.
        unsafe { (*borrow(*self.argv.add(i))).clone() }
    }
}

/// Calls `f` with C's arguments as the engine's, borrowed.
///
/// # Safety
/// C's contract for `argc` and `argv`.
pub(crate) unsafe fn with_args<R>(
    cx: &Context,
    argc: c_int,
    argv: *const JSValueConst,
    f: impl FnOnce(&[Value]) -> Result<R>,
) -> Result<R> {
    let n = if argv.is_null() { 0 } else { usize::try_from(argc).unwrap_or(0) };
    // SAFETY: a ManuallyDrop<Value> is laid out as the Value; argv holds n values.
    let view = |v: &[ManuallyDrop<Value>]| unsafe { &*(v as *const [ManuallyDrop<Value>] as *const [Value]) };
    if n <= INLINE {
        let mut inline = [const { MaybeUninit::<ManuallyDrop<Value>>::uninit() }; INLINE];
        for (i, slot) in inline.iter_mut().enumerate().take(n) {
            // SAFETY: argv holds n values.
            slot.write(unsafe { borrow(*argv.add(i)) });
        }
        // SAFETY: the first n were just written.
        let written = unsafe { std::slice::from_raw_parts(inline.as_ptr().cast(), n) };
        return f(view(written));
    }
    let mut list: Vec<ManuallyDrop<Value>> = Vec::new();
    if list.try_reserve_exact(n).is_err() {
        return Err(cx.throw_oom());
    }
    for i in 0..n {
        list.push(unsafe { borrow(*argv.add(i)) });
    }
    f(view(&list))
}

/// Calls `f` with the engine's arguments as C's, borrowed; `undefined` fills the list up to `at_least`.
#[inline]
pub(crate) fn with_c_args<R>(
    cx: &Context,
    args: &[Value],
    at_least: usize,
    f: impl FnOnce(*mut JSValueConst) -> R,
) -> Result<R> {
    let n = args.len().max(at_least);
    if n == args.len() && n <= SHORT {
        let mut short = [const { MaybeUninit::<JSValue>::uninit() }; SHORT];
        for (slot, v) in short.iter_mut().zip(args) {
            slot.write(lend(v));
        }
        return Ok(f(short.as_mut_ptr().cast()));
    }
    if n <= SHORT {
        let mut short = [JS_UNDEFINED; SHORT];
        for (slot, v) in short.iter_mut().zip(args) {
            *slot = lend(v);
        }
        return Ok(f(short.as_mut_ptr()));
    }
    if n <= INLINE {
        let mut inline = [JS_UNDEFINED; INLINE];
        for (slot, v) in inline.iter_mut().zip(args) {
            *slot = lend(v);
        }
        return Ok(f(inline.as_mut_ptr()));
    }
    let mut list: Vec<JSValue> = Vec::new();
    if list.try_reserve_exact(n).is_err() {
        return Err(cx.throw_oom());
    }
    list.extend(args.iter().map(lend));
    list.resize(n, JS_UNDEFINED);
    Ok(f(list.as_mut_ptr()))
}
