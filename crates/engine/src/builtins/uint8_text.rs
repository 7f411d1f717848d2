//! Uint8Array to and from base64 and hex (23.3).

use super::typed_array::{Typed, new_typed_array, validate, validate_write};
use crate::context::Context;
use crate::heap::buf::Buf;
use crate::object::buffer::Element;
use crate::object::function::Call;
use crate::object::lazy::{Def, method};
use crate::object::shape::prop;
use crate::ops::to_boolean;
use crate::text::Chars;
use crate::text::build::StringBuilder;
use crate::value::{Result, Value};

pub(super) const STATICS: &[Def] = &[method("fromBase64", from_base64, 1), method("fromHex", from_hex, 1)];
pub(super) const MEMBERS: &[Def] = &[
    method("setFromBase64", set_from_base64, 1),
    method("setFromHex", set_from_hex, 1),
    method("toBase64", to_base64, 0),
    method("toHex", to_hex, 0),
];

/// What to do with a last chunk of fewer than four characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastChunk {
    Loose,
    Strict,
    StopBeforePartial,
}

/// What decoding came to: characters read, the bytes, and, if the text was wrong, why.
struct Decoded {
    read: usize,
    bytes: Buf<u8>,
    error: Option<&'static str>,
}

// ---- options

/// GetOptionsObject: undefined or an object.
fn check_options(cx: &Context, v: &Value) -> Result<()> {
    if v.is_undefined() || v.is_object() { Ok(()) } else { Err(cx.throw_type("options must be an object")) }
}
/// Which of `choices` the option is; the first if it is undefined.
fn choice(cx: &Context, options: &Value, key: &str, choices: &[&str]) -> Result<usize> {
    if options.is_undefined() {
        return Ok(0);
    }
    let v = cx.get_str(options, key)?;
    if v.is_undefined() {
        return Ok(0);
    }
    if let Some(s) = v.as_string() {
        let c = s.chars()?;
        if let Some(i) = choices.iter().position(|t| c.is_ascii_text(t)) {
            return Ok(i);
        }
    }
    Err(cx.throw_type(&format!("invalid option '{key}'")))
}
fn url_alphabet(cx: &Context, options: &Value) -> Result<bool> {
    Ok(choice(cx, options, "alphabet", &["base64", "base64url"])? == 1)
}
fn last_chunk(cx: &Context, options: &Value) -> Result<LastChunk> {
    Ok(match choice(cx, options, "lastChunkHandling", &["loose", "strict", "stop-before-partial"])? {
        0 => LastChunk::Loose,
        1 => LastChunk::Strict,
        _ => LastChunk::StopBeforePartial,
    })
}
/// The text argument, which must be a string already.
fn text<'a>(c: &Call<'a>) -> Result<Chars<'a>> {
    match c.arg(0).as_string() {
        Some(s) => s.chars(),
        None => Err(c.cx.throw_type("not a string")),
    }
}
/// ValidateUint8Array
fn this_bytes<'a>(c: &Call<'a>) -> Result<Typed<'a>> {
    match c.this.as_object().and_then(Typed::of) {
        Some(t) if t.e == Element::Uint8 => Ok(t),
        _ => Err(c.cx.throw_type("not a Uint8Array")),
    }
}
/// The same for writing.
fn this_target<'a>(c: &Call<'a>) -> Result<Typed<'a>> {
    let t = this_bytes(c)?;
    if t.view.block().is_immutable() {
        validate_write(c.cx, c.this)?;
    }
    Ok(t)
}

// ---- decoding

fn skip_whitespace(s: Chars<'_>, mut i: usize) -> usize {
    while s.get(i).is_some_and(|c| matches!(c, 9 | 10 | 12 | 13 | 32)) {
        i += 1;
    }
    i
}
/// The six bits a character stands for.
fn sextet(c: u16, url: bool) -> Option<u32> {
    let c = u8::try_from(c).ok()?;
    Some(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' if !url => 62,
        b'/' if !url => 63,
        b'-' if url => 62,
        b'_' if url => 63,
        _ => return None,
    } as u32)
}
/// DecodeFinalBase64Chunk: the bytes of two or three characters; false if bits are left over and may not be.
fn decode_final(bytes: &mut Buf<u8>, chunk: u32, n: usize, strict: bool) -> Result<bool> {
    if n == 2 {
        if strict && chunk & 0xf != 0 {
            return Ok(false);
        }
        bytes.push((chunk >> 4) as u8)?;
    } else {
        if strict && chunk & 3 != 0 {
            return Ok(false);
        }
        bytes.push((chunk >> 10) as u8)?;
        bytes.push((chunk >> 2) as u8)?;
    }
    Ok(true)
}
/// FromBase64
fn decode_base64(cx: &Context, s: Chars<'_>, url: bool, last: LastChunk, max: usize) -> Result<Decoded> {
    let mut bytes = Buf::new(cx.rt());
    if max == 0 {
        return Ok(Decoded { read: 0, bytes, error: None });
    }
    bytes.reserve((s.len() / 4 * 3 + 3).min(max))?;
    let len = s.len();
    let (mut read, mut i, mut chunk, mut n) = (0, 0, 0u32, 0);
    let (read, error) = loop {
        i = skip_whitespace(s, i);
        if i == len {
            if n > 0 {
                match last {
                    LastChunk::StopBeforePartial => break (read, None),
                    LastChunk::Strict => break (read, Some("missing padding")),
                    LastChunk::Loose if n == 1 => break (read, Some("unexpected end of base64 text")),
                    LastChunk::Loose => decode_final(&mut bytes, chunk, n, false)?,
                };
            }
            break (len, None);
        }
        let c = s.at(i);
        i += 1;
        if c == b'=' as u16 {
            if n < 2 {
                break (read, Some("unexpected padding"));
            }
            i = skip_whitespace(s, i);
            if n == 2 {
                if i == len {
                    if last == LastChunk::StopBeforePartial {
                        break (read, None);
                    }
                    break (read, Some("malformed padding"));
                }
                if s.at(i) == b'=' as u16 {
                    i = skip_whitespace(s, i + 1);
                }
            }
            if i < len {
                break (read, Some("unexpected character after padding"));
            }
            if !decode_final(&mut bytes, chunk, n, last == LastChunk::Strict)? {
                break (read, Some("extra bits"));
            }
            break (len, None);
        }
        let Some(bits) = sextet(c, url) else {
            break (read, Some("invalid base64 character"));
        };
        let remaining = max - bytes.len();
        if remaining == 1 && n == 2 || remaining == 2 && n == 3 {
            break (read, None);
        }
        chunk = chunk << 6 | bits;
        n += 1;
        if n == 4 {
            bytes.extend_from_slice(&chunk.to_be_bytes()[1..])?;
            (chunk, n, read) = (0, 0, i);
            if bytes.len() == max {
                break (read, None);
            }
        }
    };
    Ok(Decoded { read, bytes, error })
}
/// FromHex
fn decode_hex(cx: &Context, s: Chars<'_>, max: usize) -> Result<Decoded> {
    let mut bytes = Buf::new(cx.rt());
    if !s.len().is_multiple_of(2) {
        return Ok(Decoded { read: 0, bytes, error: Some("odd number of hex digits") });
    }
    let digit = |c: u16| char::from_u32(c as u32).and_then(|c| c.to_digit(16));
    let mut i = 0;
    while i < s.len() && bytes.len() < max {
        let (Some(a), Some(b)) = (digit(s.at(i)), digit(s.at(i + 1))) else {
            return Ok(Decoded { read: i, bytes, error: Some("invalid hex digit") });
        };
        bytes.push((a << 4 | b) as u8)?;
        i += 2;
    }
    Ok(Decoded { read: i, bytes, error: None })
}

/// A new Uint8Array of the bytes, or the SyntaxError.
fn new_bytes(cx: &Context, d: Decoded) -> Result {
    if let Some(e) = d.error {
        return Err(cx.throw_syntax(e));
    }
    let o = new_typed_array(cx, Element::Uint8, d.bytes.len() as u64)?;
    if let Some(t) = Typed::of(&o) {
        t.view.block().write_bytes(0, &d.bytes);
    }
    Ok(o.into())
}
/// SetUint8ArrayBytes, then the error or what was read and written.
fn set_bytes(cx: &Context, t: &Typed<'_>, d: Decoded) -> Result {
    t.view.block().write_bytes(t.view.offset(), &d.bytes);
    if let Some(e) = d.error {
        return Err(cx.throw_syntax(e));
    }
    let o = cx.new_object_with_room(2)?;
    cx.define_str(&o, "read", Value::from_usize(d.read), prop::ALL)?;
    cx.define_str(&o, "written", Value::from_usize(d.bytes.len()), prop::ALL)?;
    Ok(o.into())
}

/// Uint8Array.fromBase64 ( string [ , options ] )
fn from_base64(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = text(c)?;
    check_options(cx, c.arg(1))?;
    let url = url_alphabet(cx, c.arg(1))?;
    let last = last_chunk(cx, c.arg(1))?;
    new_bytes(cx, decode_base64(cx, s, url, last, usize::MAX)?)
}
/// Uint8Array.fromHex ( string )
fn from_hex(c: &Call<'_>) -> Result {
    let s = text(c)?;
    new_bytes(c.cx, decode_hex(c.cx, s, usize::MAX)?)
}
/// Uint8Array.prototype.setFromBase64 ( string [ , options ] )
fn set_from_base64(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = this_target(c)?;
    let s = text(c)?;
    check_options(cx, c.arg(1))?;
    let url = url_alphabet(cx, c.arg(1))?;
    let last = last_chunk(cx, c.arg(1))?;
    let (_, n) = validate(cx, c.this)?;
    set_bytes(cx, &t, decode_base64(cx, s, url, last, n)?)
}
/// Uint8Array.prototype.setFromHex ( string )
fn set_from_hex(c: &Call<'_>) -> Result {
    let t = this_target(c)?;
    let s = text(c)?;
    let (_, n) = validate(c.cx, c.this)?;
    set_bytes(c.cx, &t, decode_hex(c.cx, s, n)?)
}

// ---- encoding

/// GetUint8ArrayBytes
fn get_bytes(c: &Call<'_>, t: &Typed<'_>) -> Result<Buf<u8>> {
    let (_, n) = validate(c.cx, c.this)?;
    let mut b = Buf::new(c.cx.rt());
    b.resize(n, 0)?;
    t.view.block().read_bytes(t.view.offset(), &mut b);
    Ok(b)
}
/// Uint8Array.prototype.toBase64 ( [ options ] )
fn to_base64(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = this_bytes(c)?;
    check_options(cx, c.arg(0))?;
    let url = url_alphabet(cx, c.arg(0))?;
    let omit = match c.arg(0) {
        o if o.is_undefined() => false,
        o => to_boolean(&cx.get_str(o, "omitPadding")?),
    };
    let bytes = get_bytes(c, &t)?;
    let letters: &[u8; 64] = if url {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    };
    let mut b = StringBuilder::new(cx.rt());
    for part in bytes.chunks(3) {
        let at = |i: usize| part.get(i).copied().unwrap_or(0) as u32;
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let mut four = [b'='; 4];
        for (i, l) in four.iter_mut().enumerate().take(part.len() + 1) {
            *l = letters[(bits >> (18 - 6 * i) & 63) as usize];
        }
        let n = if omit { part.len() + 1 } else { 4 };
        b.push_chars(Chars::Latin1(&four[..n]))?;
    }
    b.finish().map(Value::from)
}
/// Uint8Array.prototype.toHex ( )
fn to_hex(c: &Call<'_>) -> Result {
    let t = this_bytes(c)?;
    let bytes = get_bytes(c, &t)?;
    let mut b = StringBuilder::new(c.cx.rt());
    for &x in bytes.iter() {
        let digit = |d: u8| b"0123456789abcdef"[(d & 15) as usize];
        b.push_chars(Chars::Latin1(&[digit(x >> 4), digit(x)]))?;
    }
    b.finish().map(Value::from)
}
