//! Values and compiled code as bytes: JS_WriteObject, JS_ReadObject.

use super::convert::*;
use super::ffi::*;
use qjs_engine::object::buffer::SharedEnd;
use qjs_engine::serialize::{self, LoadedKind, ReadOptions, SharedBlock, WriteOptions};
use qjs_engine::vm::module::Module;
use qjs_engine::{Context, Intrinsic, Value};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// The list for a JSSABTab, from js_malloc; null (and 0) if it is empty. None with out of memory thrown.
fn table(cx: &Context, blocks: &[SharedBlock]) -> Option<JSSABTab> {
    if blocks.is_empty() {
        return Some(JSSABTab { tab: null_mut(), len: 0 });
    }
    let tab = cx.rt().block_malloc(std::mem::size_of_val(blocks)) as *mut *mut u8;
    if tab.is_null() {
        cx.throw_oom();
        return None;
    }
    for (i, b) in blocks.iter().enumerate() {
        // SAFETY: the block has room for them all; what was just met is held.
        unsafe { tab.add(i).write(SharedEnd::begin(b.0)) };
    }
    Some(JSSABTab { tab, len: blocks.len() })
}

/// The value as bytes from js_malloc, `*psize` of them; NULL with an exception. JS_WRITE_OBJ_SAB writes the
/// addresses of SharedArrayBuffers' memory, which `psab_tab` lists, if given (`tab` is from js_malloc): whoever passes
/// the bytes on holds that memory (sab_dup) until they have been read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_WriteObject2(
    ctx: *mut JSContext,
    psize: *mut usize,
    obj: JSValueConst,
    flags: c_int,
    psab_tab: *mut JSSABTab,
) -> *mut u8 {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    let r = write(cx, &v, obj, flags, psab_tab);
    // SAFETY: C's contract.
    unsafe {
        if let Some(n) = psize.as_mut() {
            *n = r.map_or(0, |r| r.1);
        }
        if r.is_none()
            && let Some(t) = psab_tab.as_mut()
        {
            *t = JSSABTab { tab: null_mut(), len: 0 };
        }
    }
    r.map_or(null_mut(), |r| r.0)
}
fn write(
    cx: &Context,
    v: &Value,
    obj: JSValueConst,
    flags: c_int,
    psab_tab: *mut JSSABTab,
) -> Option<(*mut u8, usize)> {
    let o = WriteOptions {
        shared: flags & JS_WRITE_OBJ_SAB != 0,
        references: flags & JS_WRITE_OBJ_REFERENCE != 0,
        clone: false,
        strip_source: flags & JS_WRITE_OBJ_STRIP_SOURCE != 0,
        strip_debug: flags & JS_WRITE_OBJ_STRIP_DEBUG != 0,
    };
    let w = match obj.norm_tag() {
        JS_TAG_FUNCTION_BYTECODE | JS_TAG_MODULE if flags & JS_WRITE_OBJ_BYTECODE == 0 => {
            cx.throw_error(Intrinsic::InternalErrorPrototype, "bytecode is not allowed");
            return None;
        }
        JS_TAG_FUNCTION_BYTECODE => match v.as_object() {
            Some(f) => serialize::write_function(cx, f, &o),
            None => Err(cx.throw_type("bytecode function expected")),
        },
        JS_TAG_MODULE => match v.as_gc::<Module>() {
            Some(m) => serialize::write_module(cx, m, &o),
            None => Err(cx.throw_type("bytecode function expected")),
        },
        _ => serialize::write(cx, v, &o),
    };
    let w = w.ok()?;
    let n = w.bytes.len();
    let p = cx.rt().block_malloc(n) as *mut u8;
    if p.is_null() {
        cx.throw_oom();
        return None;
    }
    // SAFETY: the block is that long.
    unsafe { std::ptr::copy_nonoverlapping(w.bytes.as_ptr(), p, n) };
    if !psab_tab.is_null() {
        let Some(t) = table(cx, &w.shared) else {
            // SAFETY: the block is ours.
            unsafe { cx.rt().block_free(p as *mut c_void) };
            return None;
        };
        // SAFETY: C's contract.
        unsafe { psab_tab.write(t) };
    }
    Some((p, n))
}
/// The same without a list of SharedArrayBuffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_WriteObject(
    ctx: *mut JSContext,
    psize: *mut usize,
    obj: JSValueConst,
    flags: c_int,
) -> *mut u8 {
    // SAFETY: C's contract.
    unsafe { JS_WriteObject2(ctx, psize, obj, flags, null_mut()) }
}

/// The value that JS_WriteObject2 made these bytes of. Everything in them is checked, compiled code included: bytes
/// that make no sense are a SyntaxError, here or where the function that they are of is called: functions are
/// read when they are first called, from a copy of the bytes. But JS_READ_OBJ_SAB believes the addresses in them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ReadObject2(
    ctx: *mut JSContext,
    buf: *const u8,
    buf_len: usize,
    flags: c_int,
    psab_tab: *mut JSSABTab,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, input) = unsafe { (enter(ctx), bytes(buf as *const _, buf_len)) };
    let o = ReadOptions {
        bytecode: flags & JS_READ_OBJ_BYTECODE != 0,
        all: false,
        shared: flags & JS_READ_OBJ_SAB != 0,
        shared_blocks: None,
        transferred: &[],
        references: flags & JS_READ_OBJ_REFERENCE != 0,
    };
    // SAFETY: C's contract.
    if let Some(t) = unsafe { psab_tab.as_mut() } {
        *t = JSSABTab { tab: null_mut(), len: 0 };
    }
    match serialize::read_all(cx, input, &o) {
        Ok(l) => {
            // SAFETY: C's contract.
            if let Some(t) = unsafe { psab_tab.as_mut() } {
                match table(cx, &l.shared) {
                    Some(list) => *t = list,
                    None => return ret(cx, Err::<Value, _>(qjs_engine::Thrown)),
                }
            }
            let v = give(l.value);
            match l.kind {
                LoadedKind::Value | LoadedKind::Module => v,
                // SAFETY: an object's value has the pointer set.
                LoadedKind::Function => JSValue::mkptr(JS_TAG_FUNCTION_BYTECODE, unsafe { v.u.ptr }),
            }
        }
        Err(t) => ret(cx, Err::<Value, _>(t)),
    }
}
/// The same without a list of SharedArrayBuffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ReadObject(
    ctx: *mut JSContext,
    buf: *const u8,
    buf_len: usize,
    flags: c_int,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { JS_ReadObject2(ctx, buf, buf_len, flags, null_mut()) }
}
