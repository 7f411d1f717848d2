//! The global object's own functions and the names of all others.

use crate::context::{Context, Intrinsic};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{
    Def, DefKey, METHOD, What, constant, define_all, lazy_value, method, reserve, tag,
};
use crate::text::Chars;
use crate::text::build::StringBuilder;
use crate::value::{Result, Value};

macro_rules! global {
    ($name:literal, $i:ident) => {
        Def {
            key: DefKey::S($name),
            what: What::Lazy(|cx| cx.intrinsic(Intrinsic::$i).map(|o| o.to_value())),
            flags: METHOD,
        }
    };
}

/// JS_AddIntrinsicBaseObjects
pub const BASE: &[Def] = &[
    global!("Object", Object),
    global!("Function", Function),
    global!("Array", Array),
    global!("Error", Error),
    global!("EvalError", EvalError),
    global!("RangeError", RangeError),
    global!("ReferenceError", ReferenceError),
    global!("SyntaxError", SyntaxError),
    global!("TypeError", TypeError),
    global!("URIError", URIError),
    global!("InternalError", InternalError),
    global!("AggregateError", AggregateError),
    global!("SuppressedError", SuppressedError),
    global!("Boolean", Boolean),
    global!("Number", Number),
    global!("String", String),
    global!("Symbol", Symbol),
    global!("Math", Math),
    global!("Reflect", Reflect),
    global!("Iterator", Iterator),
    global!("DisposableStack", DisposableStack),
    global!("BigInt", BigInt),
];
/// JS_AddIntrinsicBigInt
pub const BIGINT: &[Def] = &[global!("BigInt", BigInt)];
/// JS_AddIntrinsicDate
pub const DATE: &[Def] = &[global!("Date", Date)];
/// JS_AddIntrinsicRegExp
pub const REGEXP: &[Def] = &[global!("RegExp", RegExp)];
/// JS_AddIntrinsicJSON
pub const JSON: &[Def] = &[global!("JSON", JSON)];
/// JS_AddIntrinsicProxy
pub const PROXY: &[Def] = &[global!("Proxy", Proxy)];
/// JS_AddIntrinsicMapSet
pub const MAP_SET: &[Def] =
    &[global!("Map", Map), global!("Set", Set), global!("WeakMap", WeakMap), global!("WeakSet", WeakSet)];
/// JS_AddIntrinsicWeakRef
pub const WEAK_REF: &[Def] =
    &[global!("WeakRef", WeakRef), global!("FinalizationRegistry", FinalizationRegistry)];
/// JS_AddIntrinsicTypedArrays
pub const TYPED_ARRAYS: &[Def] = &[
    global!("ArrayBuffer", ArrayBuffer),
    global!("SharedArrayBuffer", SharedArrayBuffer),
    global!("Uint8ClampedArray", Uint8ClampedArray),
    global!("Int8Array", Int8Array),
    global!("Uint8Array", Uint8Array),
    global!("Int16Array", Int16Array),
    global!("Uint16Array", Uint16Array),
    global!("Int32Array", Int32Array),
    global!("Uint32Array", Uint32Array),
    global!("BigInt64Array", BigInt64Array),
    global!("BigUint64Array", BigUint64Array),
    global!("Float16Array", Float16Array),
    global!("Float32Array", Float32Array),
    global!("Float64Array", Float64Array),
    global!("DataView", DataView),
    global!("Atomics", Atomics),
];

/// Shared memory
pub const SHARED: &[Def] = &[global!("SharedArrayBuffer", SharedArrayBuffer)];

/// JS_AddIntrinsicDOMException
pub const DOM_EXCEPTION: &[Def] = &[global!("DOMException", DOMException)];
/// JS_AddIntrinsicAToB
pub const ATOB: &[Def] = super::dom_exception::ATOB;

/// Gives the global object a group of names (the JS_AddIntrinsic… functions).
pub fn add(cx: &Context, group: &'static [Def]) -> Result<()> {
    define_all(cx, &cx.global().clone(), group)
}

/// The global functions and constants (19.1, 19.2, B.2.1).
const FUNCTIONS: &[Def] = &[
    lazy_value("parseInt", |cx| cx.intrinsic(Intrinsic::ParseInt).map(|o| o.to_value()), METHOD),
    lazy_value("parseFloat", |cx| cx.intrinsic(Intrinsic::ParseFloat).map(|o| o.to_value()), METHOD),
    method("isNaN", is_nan, 1),
    method("isFinite", is_finite, 1),
    method("decodeURI", |c| decode(c, RESERVED_AND_HASH), 1),
    method("decodeURIComponent", |c| decode(c, b""), 1),
    method("encodeURI", |c| encode(c, RESERVED_AND_HASH), 1),
    method("encodeURIComponent", |c| encode(c, b""), 1),
    method("escape", escape, 1),
    method("unescape", unescape, 1),
    method("queueMicrotask", super::performance::queue_microtask, 1),
    constant("Infinity", f64::INFINITY),
    constant("NaN", f64::NAN),
    Def { key: DefKey::S("undefined"), what: What::Undefined, flags: 0 },
    tag("global"),
];

/// JS_AddIntrinsicBaseObjects: the names of BASE, globalThis, and the global functions and constants.
pub fn add_base(cx: &Context) -> Result<()> {
    add(cx, BASE)?;
    add(cx, FUNCTIONS)?;
    let g = cx.global().clone();
    cx.define_str(&g, "globalThis", Value::from(g.clone()), METHOD)
}

/// Room for all that it has, and a few names of the script's.
const ROOM: usize = 100;

/// Gives the global object everything.
pub fn add_all(cx: &Context) -> Result<()> {
    reserve(cx, &cx.global().clone(), ROOM)?;
    add_base(cx)?;
    for group in
        [DATE, REGEXP, JSON, PROXY, MAP_SET, WEAK_REF, TYPED_ARRAYS, SHARED, PROMISE, DOM_EXCEPTION, ATOB]
    {
        add(cx, group)?;
    }
    add(cx, EVAL)?;
    add(cx, super::structured_clone::GLOBAL)?;
    super::performance::add(cx)
}

/// JS_AddIntrinsicPromise
pub const PROMISE: &[Def] =
    &[global!("Promise", Promise), global!("AsyncDisposableStack", AsyncDisposableStack)];
/// JS_AddIntrinsicEval
pub const EVAL: &[Def] = &[global!("eval", Eval)];

/// Makes %eval% (19.2.1): called other than by a direct eval, it evaluates in the global scope.
pub fn init_eval(cx: &Context) -> Result<()> {
    let f = |c: &Call<'_>| {
        if !c.arg(0).is_string() {
            return Ok(c.arg(0).clone());
        }
        crate::vm::indirect_eval(c.cx, c.arg(0))
    };
    let f = cx.new_native(&FunctionSpec { f, name: "eval", length: 1, magic: 0, constructor: false })?;
    cx.set_intrinsic(Intrinsic::Eval, f);
    Ok(())
}

/// Makes %parseInt% and %parseFloat%.
pub fn init_parse(cx: &Context) -> Result<()> {
    let spec = FunctionSpec { f: parse_int, name: "parseInt", length: 2, magic: 0, constructor: false };
    cx.set_intrinsic(Intrinsic::ParseInt, cx.new_native(&spec)?);
    let spec = FunctionSpec { f: parse_float, name: "parseFloat", length: 1, magic: 0, constructor: false };
    cx.set_intrinsic(Intrinsic::ParseFloat, cx.new_native(&spec)?);
    Ok(())
}

/// parseInt (19.2.5)
fn parse_int(c: &Call<'_>) -> Result {
    let v = c.arg(0);
    // What an integer spells is that integer.
    if v.is_int() && (c.arg(1).is_undefined() || c.arg(1).as_int() == Some(10)) {
        return Ok(v.clone());
    }
    let s = c.cx.to_string(v)?;
    let radix = c.cx.to_int32(c.arg(1))?;
    Ok(Value::number(match s.chars()? {
        Chars::Latin1(s) => qjs_numeric::parse_int(s, radix),
        Chars::Utf16(s) => qjs_numeric::parse_int(s, radix),
    }))
}
/// parseFloat (19.2.4)
fn parse_float(c: &Call<'_>) -> Result {
    let v = c.arg(0);
    if v.is_int() {
        return Ok(v.clone());
    }
    let s = c.cx.to_string(v)?;
    Ok(Value::number(match s.chars()? {
        Chars::Latin1(s) => qjs_numeric::parse_float(s),
        Chars::Utf16(s) => qjs_numeric::parse_float(s),
    }))
}
/// isNaN (19.2.3)
fn is_nan(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.cx.to_number(c.arg(0))?.is_nan()))
}
/// isFinite (19.2.2)
fn is_finite(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.cx.to_number(c.arg(0))?.is_finite()))
}

/// What encodeURI leaves alone beyond encodeURIComponent, and decodeURI does not decode.
const RESERVED_AND_HASH: &[u8] = b";/?:@&=+$,#";
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Encode (19.2.6.5)
fn encode(c: &Call<'_>, extra: &[u8]) -> Result {
    let s = c.cx.to_string(c.arg(0))?;
    let chars = s.chars()?;
    let keep = |u: u16| {
        u < 128 && {
            let b = u as u8;
            b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) || extra.contains(&b)
        }
    };
    if chars.units().all(keep) {
        return Ok(s.into());
    }
    let mut out = StringBuilder::new(c.cx.rt());
    let mut i = 0;
    while i < chars.len() {
        c.cx.poll()?;
        let u = chars.at(i);
        if keep(u) {
            out.push_unit(u)?;
            i += 1;
            continue;
        }
        let (cp, n) = chars.code_point_at(i);
        let Some(ch) = char::from_u32(cp) else {
            return Err(c.cx.throw_error(Intrinsic::URIErrorPrototype, "expecting surrogate pair"));
        };
        for &b in ch.encode_utf8(&mut [0; 4]).as_bytes() {
            let p = [b'%', HEX[b as usize >> 4], HEX[b as usize & 15]];
            out.push_chars(Chars::Latin1(&p))?;
        }
        i += n;
    }
    out.finish().map(Value::from)
}

/// The value of `digits` hexadecimal digits at `i`.
fn hex_at(s: &Chars<'_>, i: usize, digits: usize) -> Option<u32> {
    let mut n = 0;
    for k in i..i + digits {
        n = n * 16 + char::from_u32(s.get(k)? as u32)?.to_digit(16)?;
    }
    Some(n)
}

/// Decode (19.2.6.6)
fn decode(c: &Call<'_>, preserve: &[u8]) -> Result {
    let s = c.cx.to_string(c.arg(0))?;
    let chars = s.chars()?;
    let percent = b'%' as u16;
    if !chars.units().any(|u| u == percent) {
        return Ok(s.into());
    }
    let bad = |m: &str| c.cx.throw_error(Intrinsic::URIErrorPrototype, m);
    let octet = |i: usize| {
        let b = if chars.get(i) == Some(percent) { hex_at(&chars, i + 1, 2) } else { None };
        b.map(|b| b as u8).ok_or_else(|| bad("expecting hex digit"))
    };
    let mut out = StringBuilder::new(c.cx.rt());
    let mut i = 0;
    while i < chars.len() {
        c.cx.poll()?;
        let u = chars.at(i);
        if u != percent {
            out.push_unit(u)?;
            i += 1;
            continue;
        }
        let b = octet(i)?;
        if b < 128 {
            if preserve.contains(&b) {
                out.push_chars(chars.slice(i, i + 3))?;
            } else {
                out.push_unit(b as u16)?;
            }
            i += 3;
            continue;
        }
        let n = b.leading_ones() as usize;
        if n == 1 || n > 4 {
            return Err(bad("malformed UTF-8"));
        }
        let mut bytes = [b, 0, 0, 0];
        for (k, slot) in bytes.iter_mut().enumerate().take(n).skip(1) {
            *slot = octet(i + 3 * k)?;
        }
        let Some(ch) = std::str::from_utf8(&bytes[..n]).ok().and_then(|t| t.chars().next()) else {
            return Err(bad("malformed UTF-8"));
        };
        out.push_code_point(ch as u32)?;
        i += 3 * n;
    }
    out.finish().map(Value::from)
}

/// escape (B.2.1.1)
fn escape(c: &Call<'_>) -> Result {
    let s = c.cx.to_string(c.arg(0))?;
    let keep = |u: u16| u < 128 && ((u as u8).is_ascii_alphanumeric() || b"@*_+-./".contains(&(u as u8)));
    let chars = s.chars()?;
    if chars.units().all(keep) {
        return Ok(s.into());
    }
    let mut out = StringBuilder::new(c.cx.rt());
    for u in chars.units() {
        c.cx.poll()?;
        let h = |shift: u16| HEX[(u >> shift) as usize & 15];
        if keep(u) {
            out.push_unit(u)?;
        } else if u < 256 {
            out.push_chars(Chars::Latin1(&[b'%', h(4), h(0)]))?;
        } else {
            out.push_chars(Chars::Latin1(&[b'%', b'u', h(12), h(8), h(4), h(0)]))?;
        }
    }
    out.finish().map(Value::from)
}

/// unescape (B.2.1.2)
fn unescape(c: &Call<'_>) -> Result {
    let s = c.cx.to_string(c.arg(0))?;
    let chars = s.chars()?;
    if !chars.units().any(|u| u == b'%' as u16) {
        return Ok(s.into());
    }
    let mut out = StringBuilder::new(c.cx.rt());
    let mut i = 0;
    while i < chars.len() {
        c.cx.poll()?;
        let u = chars.at(i);
        let mut one = (u, 1);
        if u == b'%' as u16 {
            if chars.get(i + 1) == Some(b'u' as u16) {
                if let Some(n) = hex_at(&chars, i + 2, 4) {
                    one = (n as u16, 6);
                }
            } else if let Some(n) = hex_at(&chars, i + 1, 2) {
                one = (n as u16, 3);
            }
        }
        out.push_unit(one.0)?;
        i += one.1;
    }
    out.finish().map(Value::from)
}
