//! Text between scripts and the system.
//!
//! Names of files, arguments and environment variables are bytes to the system. What of them is UTF-8 becomes a
//! string as usual; any other byte 0xNN becomes the lone surrogate U+DCNN, which [`os_bytes`] turns back, so that
//! every file can be opened by the name that `os.readdir` gives it.

use super::sys::Errno;
use qjs_engine::text::Str;
use qjs_engine::text::build::StringBuilder;
use qjs_engine::vm::script::to_wtf8;
use qjs_engine::{Context, Gc, Result, Value, embed};
use std::ffi::CString;

/// ToString, as WTF-8. Symbols are described.
pub fn to_bytes(cx: &Context, v: &Value) -> Result<Vec<u8>> {
    let s = if v.is_symbol() { cx.rt().new_str(&cx.describe(v))? } else { cx.to_string(v)? };
    to_wtf8(cx, &s)
}

/// A string of bytes from the system.
pub fn from_os(cx: &Context, mut b: &[u8]) -> Result<Gc<Str>> {
    let mut out = StringBuilder::new(cx.rt());
    loop {
        match std::str::from_utf8(b) {
            Ok(s) if out.is_empty() => return embed::decode_utf8(cx.rt(), s.as_bytes()),
            Ok(s) => {
                out.push_str(s)?;
                return out.finish();
            }
            Err(e) => {
                let (good, rest) = b.split_at(e.valid_up_to());
                out.push_str(std::str::from_utf8(good).unwrap_or_default())?;
                let bad = e.error_len().unwrap_or(rest.len());
                for c in &rest[..bad] {
                    out.push_unit(0xdc00 | *c as u16)?;
                }
                b = &rest[bad..];
            }
        }
    }
}

/// ToString as bytes for the system.
pub fn os_bytes(cx: &Context, v: &Value) -> Result<Vec<u8>> {
    let s = cx.to_string(v)?;
    let wtf8 = to_wtf8(cx, &s)?;
    if std::str::from_utf8(&wtf8).is_ok() {
        return Ok(wtf8);
    }
    // A lone surrogate U+DC80…U+DCFF is three bytes: ED B2 80 … ED B3 BF.
    let mut out = Vec::new();
    if out.try_reserve(wtf8.len()).is_err() {
        return Err(cx.throw_oom());
    }
    let mut i = 0;
    while i < wtf8.len() {
        match wtf8.get(i..i + 3) {
            Some(&[0xed, b @ 0xb2..=0xb3, c]) => {
                out.push(0x80 | (b & 1) << 6 | (c & 0x3f));
                i += 3;
            }
            _ => {
                out.push(wtf8[i]);
                i += 1;
            }
        }
    }
    Ok(out)
}

/// The same as a C string. A NUL inside is what no file, variable or argument can have: EINVAL.
pub fn os_string(cx: &Context, v: &Value) -> Result<std::result::Result<CString, Errno>> {
    Ok(CString::new(os_bytes(cx, v)?).map_err(|_| Errno(libc::EINVAL)))
}
/// The same, where a NUL is thrown as a TypeError.
pub fn os_string_or_throw(cx: &Context, v: &Value) -> Result<CString> {
    os_string(cx, v)?.map_err(|_| cx.throw_type("string contains a null character"))
}
