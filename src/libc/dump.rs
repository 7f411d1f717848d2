//! What is said of uncaught errors, on stderr.

use super::sys::{Errno, File, Standard};
use super::text;
use qjs_engine::object::class::id;
use qjs_engine::object::function::ErrorData;
use qjs_engine::object::{Object, Property};
use qjs_engine::vm::backtrace;
use qjs_engine::{Context, Intrinsic, Result, Thrown, Value};

/// Throws an Error that names the system's error.
pub fn throw_errno(cx: &Context, what: &str, e: Errno) -> Thrown {
    let text = String::from_utf8_lossy(&super::sys::strerror(e.0)).into_owned();
    cx.throw_error(Intrinsic::ErrorPrototype, &format!("{what}: {text}"))
}

/// Writes to a standard stream at once. That nobody reads stdout any more (EPIPE) is thrown, so that a script does not go
/// on for nobody; a stream that is closed, or a disk that is full, is not the business of print.
pub fn write_line(cx: &Context, to: Standard, line: &[u8]) -> Result<()> {
    let f = File::standard(to);
    if to == Standard::Err {
        // What was printed before is to be read before.
        let _ = File::standard(Standard::Out).flush();
    }
    let written = f.write(line) == line.len();
    let e = if written { f.flush().err() } else { Some(Errno::last()) };
    match e {
        Some(e @ Errno(libc::EPIPE)) if to == Standard::Out => {
            f.clear_error();
            Err(throw_errno(cx, "cannot write to stdout", e))
        }
        _ => Ok(()),
    }
}

/// What [`error`] writes.
pub fn described(cx: &Context, v: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    describe(cx, v, &mut out, 0);
    out
}
/// Writes a value's text; for an error its stack, and what caused it.
pub fn error(cx: &Context, v: &Value) {
    let mut out = Vec::new();
    describe(cx, v, &mut out, 0);
    let err = File::standard(Standard::Err);
    // What was printed before is to be read before.
    let _ = File::standard(Standard::Out).flush();
    err.write(&out);
    let _ = err.flush();
}
/// Writes the pending exception and forgets it; nothing if there is none.
pub fn pending(cx: &Context) {
    if let Some(e) = cx.rt().take_exception() {
        error(cx, &e);
        // Of what is no error, the machine knows where it was thrown.
        if let Some(s) = backtrace::take_thrown(cx.rt(), Some(&e)) {
            File::standard(Standard::Err).write(format!("{}\n", s.to_lossy()).as_bytes());
        }
    }
}
/// Says that a promise was rejected and nobody handled it.
pub fn rejection(cx: &Context, reason: &Value) {
    let err = File::standard(Standard::Err);
    let _ = File::standard(Standard::Out).flush();
    err.write(b"Possibly unhandled promise rejection: ");
    error(cx, reason);
}

/// How many causes of causes are told.
const MAX_CAUSES: usize = 8;

fn describe(cx: &Context, v: &Value, out: &mut Vec<u8>, depth: usize) {
    match text::to_bytes(cx, v) {
        Ok(s) => out.extend_from_slice(&s),
        Err(Thrown) => {
            cx.rt().clear_exception();
            out.extend_from_slice(cx.describe(v).as_bytes());
        }
    }
    out.push(b'\n');
    let Some(o) = v.as_object().filter(|o| o.class() == id::ERROR || o.class() == id::DOM_EXCEPTION) else {
        return;
    };
    // The stack is the error's own, unless a script has put another in its place.
    let own = own_data(cx, o, "stack").filter(Value::is_string);
    let stack = own.or_else(|| o.data::<ErrorData>().and_then(|d| d.stack.borrow().clone()));
    if let Some(s) = stack.filter(Value::is_string)
        && let Ok(s) = text::to_bytes(cx, &s)
    {
        out.extend_from_slice(&s);
        if !s.is_empty() && !s.ends_with(b"\n") {
            out.push(b'\n');
        }
    }
    out.push(b'\n');
    if depth < MAX_CAUSES
        && let Some(cause) = own_data(cx, o, "cause")
    {
        out.extend_from_slice(b"Caused by: ");
        describe(cx, &cause, out, depth + 1);
    }
}

/// An own data property, found without running any script.
fn own_data(cx: &Context, o: &Object, key: &str) -> Option<Value> {
    let found = cx.key(key).and_then(|k| o.ordinary_get_own(cx, &k));
    match found {
        Ok(Some(Property::Data { value, .. })) => Some(value),
        Ok(_) => None,
        Err(Thrown) => {
            cx.rt().clear_exception();
            None
        }
    }
}
