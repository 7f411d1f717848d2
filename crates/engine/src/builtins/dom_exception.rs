//! DOMException (Web IDL 3.14), and `atob` and `btoa` (HTML 8.3), which throw it.

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, DefKey, What, define_all, getter_magic, make_constructor, method, tag};
use crate::object::shape::prop;
use crate::text::Str;
use crate::text::build::StringBuilder;
use crate::value::{Result, Thrown, Value};

/// The payload of DOMException objects.
pub struct DomExceptionData {
    name: Gc<Str>,
    message: Gc<Str>,
}
impl Payload for DomExceptionData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::DOM_EXCEPTION..=id::DOM_EXCEPTION;
    fn trace(&self, _: &mut Tracer<'_>) {}
}
pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<DomExceptionData>()), None)
}

/// Names with a legacy code, which is their position plus one (Web IDL 3.14.1); empty where the code is unused.
const CODES: [(&str, &str); 25] = [
    ("IndexSizeError", "INDEX_SIZE_ERR"),
    ("", "DOMSTRING_SIZE_ERR"),
    ("HierarchyRequestError", "HIERARCHY_REQUEST_ERR"),
    ("WrongDocumentError", "WRONG_DOCUMENT_ERR"),
    ("InvalidCharacterError", "INVALID_CHARACTER_ERR"),
    ("", "NO_DATA_ALLOWED_ERR"),
    ("NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR"),
    ("NotFoundError", "NOT_FOUND_ERR"),
    ("NotSupportedError", "NOT_SUPPORTED_ERR"),
    ("InUseAttributeError", "INUSE_ATTRIBUTE_ERR"),
    ("InvalidStateError", "INVALID_STATE_ERR"),
    ("SyntaxError", "SYNTAX_ERR"),
    ("InvalidModificationError", "INVALID_MODIFICATION_ERR"),
    ("NamespaceError", "NAMESPACE_ERR"),
    ("InvalidAccessError", "INVALID_ACCESS_ERR"),
    ("", "VALIDATION_ERR"),
    ("TypeMismatchError", "TYPE_MISMATCH_ERR"),
    ("SecurityError", "SECURITY_ERR"),
    ("NetworkError", "NETWORK_ERR"),
    ("AbortError", "ABORT_ERR"),
    ("URLMismatchError", "URL_MISMATCH_ERR"),
    ("QuotaExceededError", "QUOTA_EXCEEDED_ERR"),
    ("TimeoutError", "TIMEOUT_ERR"),
    ("InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR"),
    ("DataCloneError", "DATA_CLONE_ERR"),
];

/// A new DOMException with a backtrace.
pub fn new_dom_exception(cx: &Context, name: &str, message: &str) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::DOMExceptionPrototype)?.clone();
    let data = DomExceptionData { name: cx.rt().new_str(name)?, message: cx.rt().new_str(message)? };
    let o = cx.new_with_data(Some(&proto), id::DOM_EXCEPTION, data)?;
    crate::vm::backtrace::attach(cx, &o, None)?;
    Ok(o)
}
/// A DOMException without a backtrace.
pub(crate) fn from_parts(cx: &Context, name: Gc<Str>, message: Gc<Str>) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::DOMExceptionPrototype)?.clone();
    cx.new_with_data(Some(&proto), id::DOM_EXCEPTION, DomExceptionData { name, message })
}
/// The name and message of a DOMException; None for other objects.
pub(crate) fn name_and_message(o: &Object) -> Option<(Gc<Str>, Gc<Str>)> {
    o.data::<DomExceptionData>().map(|d| (d.name.clone(), d.message.clone()))
}
/// A DOMException of this realm with the same name and message, and no backtrace.
pub(super) fn copy(cx: &Context, d: &DomExceptionData) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::DOMExceptionPrototype)?.clone();
    let data = DomExceptionData { name: d.name.clone(), message: d.message.clone() };
    cx.new_with_data(Some(&proto), id::DOM_EXCEPTION, data)
}
/// Throws a new DOMException.
#[cold]
pub fn throw(cx: &Context, name: &str, message: &str) -> Thrown {
    match new_dom_exception(cx, name, message) {
        Ok(o) => cx.throw(o.into()),
        Err(t) => t,
    }
}

/// new DOMException(message = "", name = "Error")
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("constructor requires 'new'"));
    }
    let text = |v: &Value, default: &str| {
        if v.is_undefined() { cx.rt().new_str(default) } else { cx.to_string(v) }
    };
    let message = text(c.arg(0), "")?;
    let name = text(c.arg(1), "Error")?;
    let data = DomExceptionData { name, message };
    let o =
        cx.new_from_constructor(c.new_target, Intrinsic::DOMExceptionPrototype, id::DOM_EXCEPTION, data)?;
    crate::vm::backtrace::attach(cx, &o, Some(c.callee))?;
    Ok(o.into())
}
/// name, message, code (magic 0, 1, 2)
fn get(c: &Call<'_>) -> Result {
    let Some(d) = c.this.as_object().and_then(|o| o.data::<DomExceptionData>()) else {
        return Err(c.cx.throw_type("not a DOMException"));
    };
    Ok(match c.magic {
        0 => d.name.to_value(),
        1 => d.message.to_value(),
        _ => {
            let name = d.name.to_lossy();
            let code = CODES.iter().position(|(n, _)| !n.is_empty() && *n == name);
            Value::int(code.map_or(0, |i| i as i32 + 1))
        }
    })
}

/// `btoa`: InvalidCharacterError for units above 255.
fn btoa(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if c.args.is_empty() {
        return Err(cx.throw_type("1 argument required"));
    }
    let s = cx.to_string(c.arg(0))?;
    let chars = s.chars()?;
    let mut b = StringBuilder::new(cx.rt());
    let mut units = chars.units();
    loop {
        let mut group = [0u8; 3];
        let mut n = 0;
        while n < 3 {
            let Some(u) = units.next() else { break };
            if u > 255 {
                return Err(throw(cx, "InvalidCharacterError", "String contains an invalid character"));
            }
            group[n] = u as u8;
            n += 1;
        }
        if n == 0 {
            break;
        }
        let bits = (group[0] as usize) << 16 | (group[1] as usize) << 8 | group[2] as usize;
        for i in 0..4 {
            let digit = if i <= n { DIGITS[bits >> (18 - 6 * i) & 63] } else { b'=' };
            b.push_unit(digit as u16)?;
        }
    }
    b.finish().map(Value::from)
}
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `atob`: forgiving-base64 decode (Infra 7).
fn atob(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if c.args.is_empty() {
        return Err(cx.throw_type("1 argument required"));
    }
    let s = cx.to_string(c.arg(0))?;
    let bad = || throw(cx, "InvalidCharacterError", "The string to be decoded is not correctly encoded");
    let space = |u: &u16| matches!(u, 9 | 10 | 12 | 13 | 32);
    let chars = s.chars()?;
    // Up to two '=' may end a text whose length without white space is a multiple of four.
    let total = chars.units().filter(|u| !space(u)).count();
    let mut len = total;
    if total % 4 == 0 {
        let padding = chars.units().rev().filter(|u| !space(u)).take(2).take_while(|&u| u == b'=' as u16);
        len -= padding.count();
    }
    if len % 4 == 1 {
        return Err(bad());
    }
    let mut b = StringBuilder::new(cx.rt());
    let (mut bits, mut n) = (0u32, 0);
    for u in chars.units().filter(|u| !space(u)).take(len) {
        let Some(d) = DIGITS.iter().position(|&d| d as u16 == u) else {
            return Err(bad());
        };
        bits = bits << 6 | d as u32;
        n += 6;
        if n >= 8 {
            n -= 8;
            b.push_unit((bits >> n & 255) as u16)?;
        }
    }
    b.finish().map(Value::from)
}

const fn code(i: usize) -> Def {
    Def { key: DefKey::S(CODES[i].1), what: What::Int(i as i32 + 1), flags: prop::ENUMERABLE }
}
const CONSTANTS: &[Def] = &{
    const EMPTY: Def = code(0);
    let mut d = [EMPTY; 25];
    let mut i = 0;
    while i < 25 {
        d[i] = code(i);
        i += 1;
    }
    d
};
const GET: u8 = prop::CONFIGURABLE | prop::ENUMERABLE;
const MEMBERS: &[Def] = &[
    Def { flags: GET, ..getter_magic("name", get, 0) },
    Def { flags: GET, ..getter_magic("message", get, 1) },
    Def { flags: GET, ..getter_magic("code", get, 2) },
    tag("DOMException"),
];
/// `atob` and `btoa`, not enumerable, as in QuickJS-NG.
pub const ATOB: &[Def] = &[method("atob", atob, 1), method("btoa", btoa, 1)];

/// Makes the constructor and prototype.
pub fn init(cx: &Context) -> Result<()> {
    let error = cx.intrinsic(Intrinsic::ErrorPrototype)?.clone();
    let proto = cx.new_object_with_proto(Some(&error))?;
    let spec = FunctionSpec { f: construct, name: "DOMException", length: 0, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, CONSTANTS, MEMBERS)?;
    define_all(cx, &proto, CONSTANTS)?;
    cx.set_intrinsic(Intrinsic::DOMExceptionPrototype, proto);
    cx.set_intrinsic(Intrinsic::DOMException, f);
    Ok(())
}
