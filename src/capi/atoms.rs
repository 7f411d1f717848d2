//! Atoms: interned property keys.

use super::convert::*;
use super::ffi::*;
use super::strings::to_c_string;
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::{Context, Result};
use std::ffi::c_char;

/// The atom that a key is, or JS_ATOM_NULL with the exception pending.
pub(crate) fn atom_of(cx: &Context, key: Result<PropertyKey>) -> JSAtom {
    key.and_then(|k| cx.rt().key_to_atom(k)).unwrap_or(JS_ATOM_NULL)
}

/// `len` bytes of UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewAtomLen(ctx: *mut JSContext, str: *const c_char, len: usize) -> JSAtom {
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), bytes(str, len)) };
    atom_of(cx, key_of(cx, text))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewAtom(ctx: *mut JSContext, str: *const c_char) -> JSAtom {
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), c_bytes(str)) };
    atom_of(cx, key_of(cx, text))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewAtomUInt32(ctx: *mut JSContext, n: u32) -> JSAtom {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    atom_of(cx, cx.rt().key_from_number(n as u64))
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DupAtom(ctx: *mut JSContext, v: JSAtom) -> JSAtom {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.rt().dup_atom(v)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DupAtomRT(rt: *mut JSRuntime, v: JSAtom) -> JSAtom {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.dup_atom(v)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeAtom(ctx: *mut JSContext, v: JSAtom) {
    // SAFETY: C's contract.
    unsafe { enter(ctx) }.rt().free_atom(v)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeAtomRT(rt: *mut JSRuntime, v: JSAtom) {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.free_atom(v)
}
/// The string or symbol that the atom is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AtomToValue(ctx: *mut JSContext, atom: JSAtom) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, atom_key(cx, atom).to_value(cx.rt()))
}
/// The same; a symbol's description.
pub(crate) fn atom_string(cx: &Context, atom: JSAtom) -> Result {
    let key = atom_key(cx, atom);
    match key.as_symbol() {
        Some(s) => match s.description() {
            Some(d) => Ok(d.to_value()),
            None => cx.string(""),
        },
        None => key.to_value(cx.rt()),
    }
}
/// The atom as a string; a symbol's description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AtomToString(ctx: *mut JSContext, atom: JSAtom) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    ret(cx, atom_string(cx, atom))
}
/// The same as UTF-8, to be freed with JS_FreeCString.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AtomToCStringLen(
    ctx: *mut JSContext,
    plen: *mut usize,
    atom: JSAtom,
) -> *const c_char {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    let text = atom_string(cx, atom).and_then(|v| to_c_string(cx, &v, false));
    // SAFETY: C's contract.
    unsafe { super::strings::hand_text(text, plen) as *const c_char }
}
/// ToPropertyKey; JS_ATOM_NULL with an exception pending where that throws.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ValueToAtom(ctx: *mut JSContext, val: JSValueConst) -> JSAtom {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(val)) };
    atom_of(cx, cx.to_property_key(&v))
}
/// The string of an atom of this text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewAtomString(ctx: *mut JSContext, str: *const c_char) -> JSValue {
    // SAFETY: C's contract.
    let (cx, text) = unsafe { (enter(ctx), c_bytes(str)) };
    ret(cx, key_of(cx, text).and_then(|k| k.to_value(cx.rt())))
}
