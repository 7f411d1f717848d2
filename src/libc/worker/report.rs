//! What a worker that fails tells its parent: the error, taken apart, for another runtime to put together.

use super::message;
use crate::libc::dump;
use crate::libc::sys::{File, Standard};
use crate::libc::text;
use qjs_engine::object::shape::prop;
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Value, embed};

/// An error without a runtime. All text is UTF-8 (or WTF-8).
#[derive(Default)]
pub struct Report {
    pub message: Vec<u8>,
    pub filename: Vec<u8>,
    pub line: u32,
    pub column: u32,
    pub stack: Vec<u8>,
    /// The thrown value as a message; none if it cannot be cloned.
    pub value: Option<Vec<u8>>,
    /// What stderr gets if nobody listens.
    pub text: Vec<u8>,
}

impl Report {
    /// Takes apart what was thrown. `file` is where it came from if it does not say so itself.
    pub fn of(cx: &Context, thrown: &Value, file: &str, worker: &str, rejection: bool) -> Report {
        let get = |key: &str| {
            let v = match thrown.as_object() {
                Some(_) => cx.get_str(thrown, key).unwrap_or(Value::UNDEFINED),
                None => Value::UNDEFINED,
            };
            cx.rt().clear_exception();
            v
        };
        let to_text = |v: &Value| {
            let t = text::to_bytes(cx, v);
            cx.rt().clear_exception();
            t.ok()
        };
        let message = get("message");
        let message = if message.is_string() { to_text(&message) } else { to_text(thrown) };
        let stack = get("stack");
        let stack = if stack.is_string() { to_text(&stack) } else { None }.unwrap_or_default();
        let place = first_place(&stack);
        let (filename, line, column) = place.unwrap_or_else(|| (file.as_bytes().to_vec(), 0, 0));
        let value = message::write_alone(cx, thrown);
        cx.rt().clear_exception();
        let mut out = format!("Uncaught {}in worker", if rejection { "rejection " } else { "" }).into_bytes();
        if !worker.is_empty() {
            out.extend_from_slice(format!(" '{worker}'").as_bytes());
        }
        out.extend_from_slice(b": ");
        out.extend_from_slice(&dump::described(cx, thrown));
        Report {
            message: message.unwrap_or_else(|| cx.describe(thrown).into_bytes()),
            filename,
            line,
            column,
            stack,
            value,
            text: out,
        }
    }
    /// A failure that no script threw.
    pub fn plain(message: &str, file: &str) -> Report {
        Report {
            message: message.as_bytes().to_vec(),
            filename: file.as_bytes().to_vec(),
            text: format!("Uncaught in worker: {message}\n").into_bytes(),
            ..Report::default()
        }
    }
    /// Nobody listens: it goes to stderr.
    pub fn print(&self) {
        let _ = File::standard(Standard::Out).flush();
        let err = File::standard(Standard::Err);
        err.write(&self.text);
        let _ = err.flush();
    }
    /// The event that an `error` handler gets.
    pub fn event(&self, cx: &Context) -> Result<Gc<Object>> {
        let string = |b: &[u8]| embed::decode_utf8(cx.rt(), b).map(Value::from);
        let error = match self.value.as_ref().map(|bytes| message::read(cx, bytes, &Default::default())) {
            Some(Ok(v)) => v,
            // Not to be cloned, or not to be read here: an error that says the same.
            _ => {
                cx.rt().clear_exception();
                let e = cx.new_error(Intrinsic::ErrorPrototype, &String::from_utf8_lossy(&self.message))?;
                cx.define_str(&e, "stack", string(&self.stack)?, prop::WRITABLE | prop::CONFIGURABLE)?;
                e.into()
            }
        };
        let o = cx.new_object()?;
        for (key, v) in [
            ("type", cx.string("error")?),
            ("message", string(&self.message)?),
            ("filename", string(&self.filename)?),
            ("lineno", Value::from_u32(self.line)),
            ("colno", Value::from_u32(self.column)),
            ("stack", string(&self.stack)?),
            ("error", error),
        ] {
            cx.define_str(&o, key, v, prop::ALL)?;
        }
        Ok(o)
    }
}

/// The first place that a backtrace names: `    at f (file:line:column)` or `    at file:line:column`.
fn first_place(stack: &[u8]) -> Option<(Vec<u8>, u32, u32)> {
    String::from_utf8_lossy(stack).lines().find_map(|l| {
        let l = l.trim().strip_prefix("at ")?;
        let l = match l.strip_suffix(')') {
            Some(inner) => inner.split_once(" (").map_or(inner, |(_, place)| place),
            None => l,
        };
        let mut parts = l.rsplitn(3, ':');
        let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((parts.next()?.as_bytes().to_vec(), line, column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let at = |s: &str| {
            first_place(s.as_bytes()).map(|(f, l, c)| (String::from_utf8(f).unwrap_or_default(), l, c))
        };
        assert_eq!(at("    at f (a b.js:3:14)\n    at c.js:1:2\n"), Some(("a b.js".to_owned(), 3, 14)));
        assert_eq!(at("    at c:/d.js:10:2\n"), Some(("c:/d.js".to_owned(), 10, 2)));
        assert_eq!(at("    at forEach (native)\n    at g (x.js:7:1)\n"), Some(("x.js".to_owned(), 7, 1)));
        assert_eq!(at("    at forEach (native)\n"), None);
        assert_eq!(at(""), None);
    }
}
