//! Backtraces: what an error's `stack` says.

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::lazy::METHOD;
use crate::object::{Object, Property};
use crate::text::Str;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::value::{Result, Value};

/// One frame of the stack as a backtrace shows it.
pub struct FrameInfo {
    /// The running function; None for top-level code.
    pub function: Option<Gc<Object>>,
    /// Its name; empty if it has none.
    pub name: Gc<Str>,
    /// Where its code came from.
    pub file: Option<Gc<Str>>,
    /// 1-based; 0 if unknown.
    pub line: u32,
    /// 1-based; 0 if unknown.
    pub column: u32,
    /// A function written in Rust or C.
    pub native: bool,
}

/// Which of the newest frames are left out.
#[derive(Clone, Copy)]
pub enum Skip<'a> {
    None,
    /// The newest frame, if it runs this function.
    Top(&'a Object),
    /// All down to the newest frame that runs this function, that one included; everything if there is none.
    Through(&'a Object),
}

/// How many frames a backtrace has where Error.stackTraceLimit says nothing else.
pub const DEFAULT_LIMIT: usize = 10;

/// The frames, newest first: `skip` is left out, then at most `limit` follow.
pub fn frames(cx: &Context, skip: Skip<'_>, limit: usize) -> Vec<FrameInfo> {
    let mut list = Vec::new();
    let mut skipping = match skip {
        Skip::Through(f) => super::frame::walk(cx.rt(), |s| s.callee().is(f)),
        _ => false,
    };
    let mut first = true;
    super::frame::walk(cx.rt(), |s| {
        let top = std::mem::replace(&mut first, false);
        match skip {
            Skip::Top(f) if top && s.callee().is(f) => return false,
            Skip::Through(f) if skipping => {
                skipping = !s.callee().is(f);
                return false;
            }
            _ => {}
        }
        if list.len() >= limit {
            return true;
        }
        list.push(s.info(cx));
        false
    });
    list
}

/// Gives an error object its `stack`.
pub fn attach(cx: &Context, e: &Object, skip_to: Option<&Object>) -> Result<()> {
    attach_skipping(cx, e, skip_to.map_or(Skip::None, Skip::Top))
}

/// Gives any object a `stack`: what Error.prepareStackTrace makes of the frames, or their text.
pub fn attach_skipping(cx: &Context, o: &Object, skip: Skip<'_>) -> Result<()> {
    let Some(limit) = limit(cx)? else {
        return Ok(());
    };
    let frames = frames(cx, skip, limit);
    let stack = match prepare(cx)? {
        Some(f) => call_prepare(cx, &f, o, &frames)?,
        None => format(cx, &frames)?.into(),
    };
    o.define_or_throw(cx, cx.name(Name::stack), &crate::object::Descriptor::data(stack, METHOD))
}

/// The own data property of %Error%, if that was ever made.
fn error_setting(cx: &Context, setting: Name) -> Result<Option<Value>> {
    if !cx.has_intrinsic(Intrinsic::Error) {
        return Ok(None);
    }
    match cx.intrinsic(Intrinsic::Error)?.get_own_property(cx, cx.name(setting))? {
        Some(Property::Data { value, .. }) => Ok(Some(value)),
        _ => Ok(Some(Value::UNDEFINED)),
    }
}

/// Error.stackTraceLimit; None: there is to be no `stack`.
fn limit(cx: &Context) -> Result<Option<usize>> {
    Ok(match error_setting(cx, Name::stackTraceLimit)? {
        None => Some(DEFAULT_LIMIT),
        Some(v) => v.as_number().map(|n| n.max(0.0) as usize),
    })
}

/// Error.prepareStackTrace, if it is a function and may run now.
fn prepare(cx: &Context) -> Result<Option<Value>> {
    let rt = cx.rt();
    // Neither within itself, nor while the stack or the memory is at its end.
    let unlimited = rt.stack_limit.get() == 0 && rt.stack_size.get() != 0;
    if rt.in_prepare.get() || rt.in_oom.get() || unlimited {
        return Ok(None);
    }
    Ok(error_setting(cx, Name::prepareStackTrace)?.filter(|f| f.is_callable()))
}

/// Error.prepareStackTrace(error, callSites); null if it throws.
fn call_prepare(cx: &Context, f: &Value, o: &Object, frames: &[FrameInfo]) -> Result {
    let sites = cx.new_array(frames.len())?;
    for frame in frames {
        sites.push_element(crate::builtins::error::new_call_site(cx, frame)?.into())?;
    }
    let this = cx.intrinsic(Intrinsic::Error)?.to_value();
    cx.rt().in_prepare.set(true);
    let r = cx.call(f, &this, &[o.to_value(), sites.into()]);
    cx.rt().in_prepare.set(false);
    match r {
        Err(t) if crate::builtins::error::pending_is_uncatchable(cx) => Err(t),
        Err(_) => {
            cx.rt().clear_exception();
            Ok(Value::NULL)
        }
        ok => ok,
    }
}

/// The text of a backtrace, one line a frame.
pub fn format(cx: &Context, frames: &[FrameInfo]) -> Result<Gc<Str>> {
    let mut s = StringBuilder::new(cx.rt());
    for f in frames {
        s.push_str("    at ")?;
        if f.name.is_empty() {
            s.push_str("<anonymous>")?;
        } else {
            s.push_string(&f.name)?;
        }
        if f.native {
            s.push_str(" (native)")?;
        } else if let Some(file) = &f.file {
            s.push_str(" (")?;
            s.push_string(file)?;
            if f.line > 0 {
                s.push_str(&format!(":{}:{}", f.line, f.column))?;
            }
            s.push_str(")")?;
        }
        s.push_str("\n")?;
    }
    s.finish()
}

/// Gives a syntax error's `stack` the position of the error as its first line, as QuickJS does.
pub fn attach_position(cx: &Context, e: &Object, file: &Str, line: u32, column: u32) -> Result<()> {
    let key = cx.name(Name::stack);
    let old = match e.get_own_property(cx, key)? {
        Some(Property::Data { value, .. }) if value.is_string() => cx.to_string(&value)?,
        _ => return Ok(()),
    };
    let mut b = StringBuilder::new(cx.rt());
    b.push_str("    at ")?;
    b.push_string(file)?;
    b.push_str(&format!(":{line}:{column}\n"))?;
    b.push_string(&old)?;
    e.define(cx, key, b.finish()?.into(), METHOD)
}
