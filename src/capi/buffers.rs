//! ArrayBuffers and typed arrays.

use super::convert::*;
use super::ffi::*;
use qjs_engine::builtins::array_buffer::{from_data, throw_block};
use qjs_engine::builtins::typed_array::KINDS;
use qjs_engine::object::buffer::{BufferData, MAX_BYTES, ReallocFn, SharedFunctions, ViewData, typed_array};
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Value};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// What C gives an ArrayBuffer to live on.
struct Memory {
    buf: *mut u8,
    len: usize,
    max: Option<usize>,
    realloc: JSReallocArrayBufferDataFunc,
    opaque: *mut c_void,
    shared: bool,
}

/// # Safety
/// C's contract: the memory is readable and writable as long as the buffer has it.
unsafe fn over(cx: &Context, m: Memory) -> Result<Gc<Object>> {
    if m.len as u64 > MAX_BYTES {
        return Err(cx.throw_range("invalid array buffer length"));
    }
    if m.max.is_some_and(|n| n as u64 > MAX_BYTES || n < m.len) {
        return Err(cx.throw_range("invalid max array buffer length"));
    }
    if m.max.is_some() && m.realloc.is_none() && !m.shared {
        let e = "resizable ArrayBuffers require a realloc function";
        return Err(cx.throw_error(Intrinsic::InternalErrorPrototype, e));
    }
    // SAFETY: the two function types differ in how they name the runtime's pointer only.
    let realloc: Option<ReallocFn> = unsafe { std::mem::transmute(m.realloc) };
    // SAFETY: per contract.
    let data = unsafe { BufferData::from_foreign(cx.rt(), m.buf, m.len, m.max, realloc, m.opaque, m.shared) };
    from_data(cx, data)
}
/// A buffer with a copy of C's bytes.
///
/// # Safety
/// C's contract: `buf` is `len` bytes.
unsafe fn copied(cx: &Context, buf: *const u8, len: usize) -> Result<Gc<Object>> {
    let data = BufferData::new(cx.rt(), len as u64, None).map_err(|e| throw_block(cx, e))?;
    if len > 0 && !buf.is_null() {
        // SAFETY: the block is new and len bytes long.
        unsafe { std::ptr::copy_nonoverlapping(buf, data.as_ptr(), len) };
    }
    from_data(cx, data)
}

/// An ArrayBuffer (or SharedArrayBuffer) over C's memory, which `realloc_func` resizes and frees (a shared one,
/// frees only: it has room for `max_len`). Resizable if `max_len` is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewArrayBuffer(
    ctx: *mut JSContext,
    buf: *mut u8,
    len: usize,
    max_len: usize,
    realloc_func: JSReallocArrayBufferDataFunc,
    opaque: *mut c_void,
    is_shared: bool,
) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let max = (max_len != 0).then_some(max_len);
    // SAFETY: C's contract.
    ret(cx, unsafe { over(cx, Memory { buf, len, max, realloc: realloc_func, opaque, shared: is_shared }) })
}
/// An ArrayBuffer with a copy of these bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewArrayBufferCopy(ctx: *mut JSContext, buf: *const u8, len: usize) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let cx = enter(ctx);
        ret(cx, copied(cx, buf, len))
    }
}
/// # Safety
/// C's contract for the value.
unsafe fn block<'a>(obj: JSValueConst) -> Option<&'a BufferData> {
    // SAFETY: per contract.
    unsafe { borrow_object(obj) }.and_then(|o| o.data::<BufferData>())
}
/// Detaches an ArrayBuffer; nothing for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DetachArrayBuffer(ctx: *mut JSContext, obj: JSValueConst) {
    let _ = ctx;
    // SAFETY: C's contract.
    if let Some(b) = unsafe { block(obj) }.filter(|b| !b.is_shared() && !b.is_immutable() && !b.is_detached())
    {
        b.detach();
    }
}
/// The bytes of an ArrayBuffer and how many there are; NULL and a TypeError for anything else, or a detached
/// one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetArrayBuffer(
    ctx: *mut JSContext,
    psize: *mut usize,
    obj: JSValueConst,
) -> *mut u8 {
    // SAFETY: C's contract.
    let (cx, b) = unsafe { (enter(ctx), block(obj)) };
    let found = match b {
        Some(b) if !b.is_detached() => Ok((b.as_ptr(), b.byte_length())),
        Some(_) => Err("ArrayBuffer is detached"),
        None => Err("ArrayBuffer object expected"),
    };
    // SAFETY: C's contract.
    unsafe { hand_bytes(cx, psize, found) }
}
/// # Safety
/// C's contract for `psize`.
unsafe fn hand_bytes(
    cx: &Context,
    psize: *mut usize,
    found: std::result::Result<(*mut u8, usize), &str>,
) -> *mut u8 {
    let (p, n) = found.unwrap_or_else(|message| {
        cx.throw_type(message);
        (null_mut(), 0)
    });
    if !psize.is_null() {
        // SAFETY: per contract.
        unsafe { psize.write(n) };
    }
    p
}
/// 1 if the ArrayBuffer's bytes cannot be changed, 0 if they can, -1 for anything else (a SharedArrayBuffer too).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsImmutableArrayBuffer(obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe { block(obj) }.filter(|b| !b.is_shared()).map_or(-1, |b| b.is_immutable() as c_int)
}
/// Says whether scripts may change the ArrayBuffer's bytes: 0, or -1 for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetImmutableArrayBuffer(obj: JSValueConst, immutable: bool) -> c_int {
    // SAFETY: C's contract.
    match unsafe { block(obj) } {
        Some(b) if !b.is_shared() => {
            b.set_immutable(immutable);
            0
        }
        _ => -1,
    }
}

// ---- typed arrays

/// A typed array made by its constructor.
fn construct(cx: &Context, kind: usize, args: &[Value]) -> Result<Gc<Object>> {
    match KINDS.get(kind) {
        Some((_, _, constructor, _)) => {
            let f = cx.intrinsic(*constructor)?;
            cx.construct(f, args, f)
        }
        None => Err(cx.throw_range("unknown type of typed array")),
    }
}
const UINT8C: usize = JSTypedArrayEnum::JS_TYPED_ARRAY_UINT8C as usize;
const UINT8: usize = JSTypedArrayEnum::JS_TYPED_ARRAY_UINT8 as usize;

/// `new` of a typed array's constructor with these arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewTypedArray(
    ctx: *mut JSContext,
    argc: c_int,
    argv: *mut JSValueConst,
    array_type: RawTypedArrayEnum,
) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    // SAFETY: C's contract.
    ret(cx, unsafe { with_args(cx, argc, argv, |args| construct(cx, array_type as usize, args)) })
}
/// A Uint8Array over C's memory, as JS_NewArrayBuffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewUint8Array(
    ctx: *mut JSContext,
    buf: *mut u8,
    len: usize,
    realloc_func: JSReallocArrayBufferDataFunc,
    opaque: *mut c_void,
    is_shared: bool,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let cx = enter(ctx);
        let m = Memory { buf, len, max: None, realloc: realloc_func, opaque, shared: is_shared };
        ret(cx, over(cx, m).and_then(|b| construct(cx, UINT8, &[b.into()])))
    }
}
/// A Uint8Array with a copy of these bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewUint8ArrayCopy(ctx: *mut JSContext, buf: *const u8, len: usize) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let cx = enter(ctx);
        ret(cx, copied(cx, buf, len).and_then(|b| construct(cx, UINT8, &[b.into()])))
    }
}
/// # Safety
/// C's contract for the value.
unsafe fn view<'a>(obj: JSValueConst) -> Option<(&'a ViewData, usize)> {
    // SAFETY: per contract.
    let o = unsafe { borrow_object(obj) }?;
    typed_array(o).map(|(v, e)| (v, e as usize))
}
/// The bytes of a Uint8Array (or Uint8ClampedArray) and how many there are; NULL and a TypeError for anything else,
/// or a detached one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetUint8Array(
    ctx: *mut JSContext,
    psize: *mut usize,
    obj: JSValueConst,
) -> *mut u8 {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), view(obj)) };
    let found = match v {
        Some((v, UINT8 | UINT8C)) => match v.current_length(0) {
            // SAFETY: the view is within its block.
            Some(n) => Ok((unsafe { v.block().as_ptr().add(v.offset()) }, n)),
            None => Err("ArrayBuffer is detached or resized"),
        },
        _ => Err("Uint8Array object expected"),
    };
    // SAFETY: C's contract.
    unsafe { hand_bytes(cx, psize, found) }
}
/// The type (JSTypedArrayEnum) of a typed array; -1 for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetTypedArrayType(obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    unsafe { view(obj) }.map_or(-1, |(_, kind)| kind as c_int)
}
/// The buffer of a typed array, and unless they are NULL offset and length in bytes and an element's size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetTypedArrayBuffer(
    ctx: *mut JSContext,
    obj: JSValueConst,
    pbyte_offset: *mut usize,
    pbyte_length: *mut usize,
    pbytes_per_element: *mut usize,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), view(obj)) };
    let r = (|| {
        let (v, kind) = v.ok_or_else(|| cx.throw_type("not a TypedArray"))?;
        let (size, shift) = KINDS.get(kind).map_or((1, 0), |k| (k.0.size(), k.0.shift()));
        let n = v.current_length(shift).ok_or_else(|| cx.throw_type("ArrayBuffer is detached or resized"))?;
        for (p, x) in [(pbyte_offset, v.offset()), (pbyte_length, n << shift), (pbytes_per_element, size)] {
            if !p.is_null() {
                // SAFETY: C's contract.
                unsafe { p.write(x) };
            }
        }
        Ok(v.buffer().clone())
    })();
    ret(cx, r)
}

// ---- shared memory

/// Where SharedArrayBuffers' memory comes from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetSharedArrayBufferFunctions(
    rt: *mut JSRuntime,
    sf: *const JSSharedArrayBufferFunctions,
) {
    // SAFETY: C's contract.
    let (rt, f) = unsafe { (runtime(rt), &*sf) };
    let functions =
        SharedFunctions { alloc: f.sab_alloc, free: f.sab_free, dup: f.sab_dup, opaque: f.sab_opaque };
    rt.shared_functions.set(functions);
}
