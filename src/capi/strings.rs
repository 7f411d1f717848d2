//! Strings: UTF-8, CESU-8 and UTF-16 in and out.
//!
//! A string for C outlives the value it came from. Short ASCII text is shown where it lies, in a string's cell, of which
//! C owns a count; anything else is copied to a cell or, if it is long, to a block that begins with its size and a mark.

use super::convert::*;
use super::ffi::*;
use qjs_engine::embed::{self, decode_utf8};
use qjs_engine::text::{Chars, MAX_LENGTH, Str};
use qjs_engine::{Context, Gc, Result, Runtime, Value};
use std::ffi::{c_char, c_int};

/// Bytes before a C string's text: a block's size and BLOCK, or what a string cell begins with.
const HEAD: usize = 16;
const _: () = assert!(HEAD == embed::TEXT_OFFSET);
/// The second word of a block; in a cell, length and hash are there.
const BLOCK: usize = usize::MAX;

/// A C string being handed out: where its text begins, and its length in units.
pub(crate) struct CText {
    text: *mut u8,
    len: usize,
}

/// Room for `n` bytes of text, and two of NUL.
fn allocate(cx: &Context, n: usize) -> Result<*mut u8> {
    let size = HEAD + n + 2;
    match cx.rt().malloc(size) {
        // SAFETY: the block is large enough for its head.
        Some(p) => unsafe {
            (p.as_ptr() as *mut usize).write(size);
            (p.as_ptr() as *mut usize).add(1).write(BLOCK);
            Ok(p.as_ptr().add(HEAD))
        },
        None => Err(cx.throw_oom()),
    }
}

/// A value's string as UTF-8 for C: unpaired surrogates are encoded alone, with `cesu8` all are.
pub(crate) fn to_c_string(cx: &Context, v: &Value, cesu8: bool) -> Result<CText> {
    let s = cx.to_string(v)?;
    if let Some(text) = embed::text_in_place(&s) {
        let len = s.len();
        std::mem::forget(s);
        return Ok(CText { text: text.cast_mut(), len });
    }
    copied_text(&s, cx, cesu8)
}
fn copied_text(s: &Str, cx: &Context, cesu8: bool) -> Result<CText> {
    let c = s.chars()?;
    if let Chars::Latin1(b) = c
        && b.len() <= embed::SHORT_TEXT
        && b.is_ascii()
    {
        let cell = Gc::into_raw(embed::short_text(cx.rt(), b)?) as *mut u8;
        // SAFETY: the characters are in the cell.
        return Ok(CText { text: unsafe { cell.add(HEAD) }, len: b.len() });
    }
    let len = match c {
        Chars::Latin1(b) => b.len() + b.iter().filter(|&&c| c >= 0x80).count(),
        Chars::Utf16(_) => {
            let (mut i, mut n) = (0, 0);
            while i < c.len() {
                let (p, units) = code_point(&c, i, cesu8);
                i += units;
                n += utf8_len(p);
            }
            n
        }
    };
    let text = allocate(cx, len)?;
    // SAFETY: the block holds len bytes of text and the NUL.
    let out = unsafe {
        text.add(len).write(0);
        std::slice::from_raw_parts_mut(text, len)
    };
    match c {
        Chars::Latin1(b) if len == b.len() => out.copy_from_slice(b),
        _ => {
            let (mut i, mut at) = (0, 0);
            while i < c.len() {
                let (p, units) = code_point(&c, i, cesu8);
                i += units;
                at += encode(p, &mut out[at..]);
            }
        }
    }
    Ok(CText { text, len })
}
fn code_point(c: &Chars<'_>, i: usize, cesu8: bool) -> (u32, usize) {
    if cesu8 { (c.at(i) as u32, 1) } else { c.code_point_at(i) }
}
fn utf8_len(p: u32) -> usize {
    match p {
        0..0x80 => 1,
        0x80..0x800 => 2,
        0x800..0x10000 => 3,
        _ => 4,
    }
}
/// Encodes one code point, surrogates too; how many bytes that took.
fn encode(p: u32, out: &mut [u8]) -> usize {
    let n = utf8_len(p);
    if n == 1 {
        out[0] = p as u8;
        return 1;
    }
    let lead = [0, 0, 0xc0, 0xe0, 0xf0][n];
    for (i, b) in out[..n].iter_mut().enumerate() {
        let bits = (p >> (6 * (n - 1 - i))) as u8;
        *b = if i == 0 { lead | bits } else { 0x80 | (bits & 0x3f) };
    }
    n
}

/// Hands a C string out, its length too unless `plen` is NULL; NULL and length 0 for a failure.
///
/// # Safety
/// C's contract for `plen`.
pub(crate) unsafe fn hand_text(text: Result<CText>, plen: *mut usize) -> *const u8 {
    let t = text.unwrap_or(CText { text: std::ptr::null_mut(), len: 0 });
    if !plen.is_null() {
        // SAFETY: per contract.
        unsafe { plen.write(t.len) };
    }
    t.text
}

/// # Safety
/// `ptr` is NULL or the text of a C string of this runtime, not freed.
unsafe fn free_text(rt: &Runtime, ptr: *const u8) {
    if !ptr.is_null() {
        // SAFETY: the block or cell begins HEAD bytes before.
        unsafe {
            let head = ptr.sub(HEAD) as *mut u8;
            if *(head as *const usize).add(1) == BLOCK {
                rt.free(head, *(head as *const usize));
            } else {
                drop(Gc::from_raw(head as *mut Str));
            }
        }
    }
}

/// The value's string in UTF-8 (or CESU-8), to be freed with JS_FreeCString; NULL with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToCStringLen2(
    ctx: *mut JSContext,
    plen: *mut usize,
    val1: JSValueConst,
    cesu8: bool,
) -> *const c_char {
    // SAFETY: C's contract.
    unsafe {
        let v = borrow(val1);
        // What most strings are that C has made.
        if val1.norm_tag() == JS_TAG_STRING
            && let Some(s) = v.as_string()
            && let Some(text) = embed::text_in_place(s)
        {
            if !plen.is_null() {
                plen.write(s.len());
            }
            std::mem::forget((*v).clone());
            return text as *const c_char;
        }
        hand_text(to_c_string(enter(ctx), &v, cesu8), plen) as *const c_char
    }
}
/// The value's string in UTF-16, to be freed with JS_FreeCStringUTF16; NULL with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ToCStringLenUTF16(
    ctx: *mut JSContext,
    plen: *mut usize,
    val1: JSValueConst,
) -> *const u16 {
    // SAFETY: C's contract.
    unsafe {
        let (cx, v) = (enter(ctx), borrow(val1));
        hand_text(to_utf16(cx, &v), plen) as *const u16
    }
}
fn to_utf16(cx: &Context, v: &Value) -> Result<CText> {
    let s = cx.to_string(v)?;
    let c = s.chars()?;
    let text = allocate(cx, c.len() * 2)?;
    let p = text as *mut u16;
    for (i, unit) in c.units().chain([0]).enumerate() {
        // SAFETY: there is room for every unit and the NUL; the text is 16-aligned.
        unsafe { p.add(i).write(unit) };
    }
    Ok(CText { text, len: c.len() })
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeCString(ctx: *mut JSContext, ptr: *const c_char) {
    // SAFETY: C's contract.
    unsafe { free_text((*(ctx as *const Context)).rt(), ptr as *const u8) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeCStringRT(rt: *mut JSRuntime, ptr: *const c_char) {
    // SAFETY: C's contract.
    unsafe { free_text(runtime(rt), ptr as *const u8) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeCStringUTF16(ctx: *mut JSContext, ptr: *const u16) {
    // SAFETY: C's contract.
    unsafe { free_text(enter(ctx).rt(), ptr as *const u8) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_FreeCStringRT_UTF16(rt: *mut JSRuntime, ptr: *const u16) {
    // SAFETY: C's contract.
    unsafe { free_text(runtime(rt), ptr as *const u8) }
}

/// A string from UTF-8: what is not UTF-8 becomes U+FFFD, surrogates may be encoded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewStringLen(ctx: *mut JSContext, str1: *const c_char, len1: usize) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    // A unit takes three bytes at most.
    if len1 / 3 > MAX_LENGTH {
        return ret(cx, Err::<Value, _>(cx.throw_range("invalid string length")));
    }
    // SAFETY: C's contract.
    let text = unsafe { bytes(str1, len1) };
    ret(cx, decode_utf8(cx.rt(), text))
}
/// A string of these code units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewStringUTF16(ctx: *mut JSContext, buf: *const u16, len: usize) -> JSValue {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    if len > MAX_LENGTH {
        return ret(cx, Err::<Value, _>(cx.throw_range("invalid string length")));
    }
    // SAFETY: C's contract: buf holds len units.
    let units = if len == 0 || buf.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(buf, len) } };
    ret(cx, cx.rt().new_utf16(units))
}
/// A C function for scripts: the string of the code points from its first argument up to its second.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn js_string_codePointRange(
    ctx: *mut JSContext,
    this_val: JSValueConst,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    let _ = this_val;
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    // SAFETY: C's contract.
    let r = unsafe {
        with_args(cx, argc, argv, |args| {
            let at = |i: usize| args.get(i).map_or(Ok(0), |v| cx.to_uint32(v));
            let (start, end) = (at(0)?, at(1)?.min(0x110000));
            let mut b = qjs_engine::text::build::StringBuilder::new(cx.rt());
            for p in start..end {
                b.push_code_point(p)?;
            }
            b.finish()
        })
    };
    ret(cx, r)
}
