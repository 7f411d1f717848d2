//! printf: the C library's formats, with scripts' values for arguments.
//!
//! Integers are cut to 32 bits; `l` (or `ll`, `j`, `z`, `t`) means 64, of Numbers and BigInts alike; `h` and `hh`
//! mean 16 and 8. `%s` takes any value, `%c` a code point or a string's first character.

use crate::libc::args::{room, to_int64};
use crate::libc::sys::{Number, format_number};
use crate::libc::text;
use qjs_engine::{Context, Result, Value};
use std::ffi::CString;

/// Widths and precisions beyond this are refused: nobody means them.
const MAX_WIDTH: usize = 1 << 20;

struct Args<'a> {
    cx: &'a Context,
    rest: std::slice::Iter<'a, Value>,
}
impl<'a> Args<'a> {
    fn next(&mut self) -> Result<&'a Value> {
        self.rest.next().ok_or_else(|| self.cx.throw_reference("missing argument for conversion specifier"))
    }
}

/// One conversion as it is parsed.
#[derive(Default)]
struct Spec {
    flags: Vec<u8>,
    width: usize,
    left: bool,
    precision: Option<usize>,
    /// 8, 16, 32 or 64.
    bits: u32,
}

/// The bytes that `args[0]` (the format) and the others make.
pub fn format(cx: &Context, args: &[Value]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let Some((format, rest)) = args.split_first() else {
        return Ok(out);
    };
    let format = text::to_bytes(cx, &cx.to_string(format)?.into())?;
    let mut args = Args { cx, rest: rest.iter() };
    let mut f = &format[..];
    while let Some(at) = f.iter().position(|b| *b == b'%') {
        push(cx, &mut out, &f[..at])?;
        f = &f[at + 1..];
        let spec = parse(cx, &mut f, &mut args)?;
        let Some((&conversion, after)) = f.split_first() else {
            return Err(invalid(cx));
        };
        f = after;
        convert(cx, &spec, conversion, &mut args, &mut out)?;
        cx.poll()?;
    }
    push(cx, &mut out, f)?;
    Ok(out)
}

fn push(cx: &Context, out: &mut Vec<u8>, b: &[u8]) -> Result<()> {
    room(cx, out, b.len())?;
    out.extend_from_slice(b);
    Ok(())
}
fn invalid(cx: &Context) -> qjs_engine::Thrown {
    cx.throw_type("invalid conversion specifier in format string")
}

/// Flags, width, precision and length; `f` is moved to the conversion.
fn parse(cx: &Context, f: &mut &[u8], args: &mut Args<'_>) -> Result<Spec> {
    let mut s = Spec { bits: 32, ..Spec::default() };
    while let Some((&c, rest)) = f.split_first().filter(|(c, _)| b"#0- +'".contains(c)) {
        s.left |= c == b'-';
        if !s.flags.contains(&c) {
            s.flags.push(c);
        }
        *f = rest;
    }
    let width = amount(cx, f, args)?.unwrap_or(0);
    if width < 0 {
        s.left = true;
        s.flags.push(b'-');
    }
    s.width = width.unsigned_abs() as usize;
    if let Some((b'.', rest)) = f.split_first() {
        *f = rest;
        // A negative precision is none.
        s.precision = usize::try_from(amount(cx, f, args)?.unwrap_or(0)).ok();
    }
    while let Some((&c, rest)) = f.split_first().filter(|(c, _)| b"lhjztL".contains(c)) {
        s.bits = match (c, s.bits) {
            (b'h', 16) => 8,
            (b'h', _) => 16,
            (b'L', bits) => bits,
            _ => 64,
        };
        *f = rest;
    }
    Ok(s)
}
/// Digits, or `*`.
fn amount(cx: &Context, f: &mut &[u8], args: &mut Args<'_>) -> Result<Option<i64>> {
    let mut n: Option<i64> = None;
    if let Some((b'*', rest)) = f.split_first() {
        *f = rest;
        n = Some(cx.to_int32(args.next()?)? as i64);
    } else {
        while let Some((&c, rest)) = f.split_first().filter(|(c, _)| c.is_ascii_digit()) {
            n = Some(n.unwrap_or(0).saturating_mul(10).saturating_add((c - b'0') as i64));
            *f = rest;
        }
    }
    if n.is_some_and(|n| n.unsigned_abs() as usize > MAX_WIDTH) {
        return Err(invalid(cx));
    }
    Ok(n)
}

fn convert(cx: &Context, s: &Spec, conversion: u8, args: &mut Args<'_>, out: &mut Vec<u8>) -> Result<()> {
    match conversion {
        b'%' => push(cx, out, b"%"),
        b'd' | b'i' | b'o' | b'u' | b'x' | b'X' => {
            let n = to_int64(cx, args.next()?)?;
            let signed = matches!(conversion, b'd' | b'i');
            let number = match s.bits {
                8 => Number::Int(if signed { n as i8 as i32 } else { n as u8 as i32 }),
                16 => Number::Int(if signed { n as i16 as i32 } else { n as u16 as i32 }),
                32 => Number::Int(n as i32),
                _ => Number::Long(n),
            };
            number_text(cx, s, conversion, &number, out)
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
            let d = cx.to_number(args.next()?)?;
            number_text(cx, s, conversion, &Number::Double(d), out)
        }
        b'c' => {
            let v = args.next()?;
            let mut t = if v.is_string() {
                text::to_bytes(cx, v)?
            } else {
                let c = u32::try_from(cx.to_int32(v)?).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                c.to_string().into_bytes()
            };
            let first = match t.first() {
                Some(0..0x80) => 1,
                Some(0..0xe0) => 2,
                Some(0..0xf0) => 3,
                Some(_) => 4,
                None => 0,
            };
            t.truncate(first);
            padded(cx, s, &t, out)
        }
        b's' => {
            let v = args.next()?;
            let mut t = text::to_bytes(cx, &cx.to_string(v)?.into())?;
            if let Some(p) = s.precision {
                t.truncate(p);
            }
            padded(cx, s, &t, out)
        }
        _ => Err(invalid(cx)),
    }
}

fn padded(cx: &Context, s: &Spec, t: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let pad = s.width.saturating_sub(t.len());
    room(cx, out, pad + t.len())?;
    if s.left {
        out.extend_from_slice(t);
        out.resize(out.len() + pad, b' ');
    } else {
        out.resize(out.len() + pad, b' ');
        out.extend_from_slice(t);
    }
    Ok(())
}

/// One number through the C library.
fn number_text(cx: &Context, s: &Spec, conversion: u8, n: &Number, out: &mut Vec<u8>) -> Result<()> {
    let mut f = vec![b'%'];
    f.extend_from_slice(&s.flags);
    if s.width > 0 {
        f.extend_from_slice(s.width.to_string().as_bytes());
    }
    if let Some(p) = s.precision {
        f.push(b'.');
        f.extend_from_slice(p.to_string().as_bytes());
    }
    if matches!(n, Number::Long(_)) {
        f.extend_from_slice(b"ll");
    }
    f.push(conversion);
    let text = CString::new(f).ok().and_then(|f| format_number(&f, n));
    match text {
        Some(t) => push(cx, out, &t),
        None => Err(cx.throw_oom()),
    }
}
