//! Backtraces: what an error's `stack` says.

use super::frame::Frame;
use crate::bytecode::code::flags;
use crate::context::{Context, Intrinsic};
use crate::heap::{Gc, flag};
use crate::object::function::{ErrorData, FunctionData, NativeData};
use crate::object::lazy::METHOD;
use crate::object::shape::prop;
use crate::object::{Object, Property};
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::text::{Chars, Str};
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
    let mut through = match skip {
        Skip::Through(f) => Some(f),
        _ => None,
    };
    let mut first = true;
    let mut f = cx.rt().vm.frame.get() as *const Frame;
    let end = cx.rt().vm.barrier.get() as *const Frame;
    while !f.is_null() && f != end && list.len() < limit {
        // SAFETY: frames from the current one down are active: their callees and templates are alive.
        let (frame, callee) = unsafe { (&*f, (*f).callee.as_ref()) };
        f = frame.prev;
        let Some(callee) = callee else {
            continue;
        };
        let newest = std::mem::replace(&mut first, false);
        if let Some(t) = through {
            if std::ptr::eq(t, callee) {
                through = None;
            }
            continue;
        }
        if newest && matches!(skip, Skip::Top(s) if std::ptr::eq(s, callee)) {
            continue;
        }
        if list.try_reserve(1).is_err() {
            break;
        }
        list.push(frame_info(cx, frame, callee));
    }
    list
}

fn frame_info(cx: &Context, frame: &Frame, callee: &Object) -> FrameInfo {
    // SAFETY: as above; null for native frames.
    let template = unsafe { frame.template.as_ref() };
    let name = function_name(cx, callee);
    let Some(t) = template else {
        return FrameInfo {
            function: Some(callee.to_gc()),
            name,
            file: None,
            line: 0,
            column: 0,
            native: true,
        };
    };
    let (line, column) = t.position(t.index_before(frame.pc).unwrap_or(0));
    let top = t.has(flags::TOP_LEVEL);
    let name = if top && name.is_empty() {
        let text = if t.has(flags::MODULE) { "<anonymous>" } else { "<eval>" };
        cx.rt().new_latin1(text.as_bytes()).unwrap_or_else(|_| {
            drop(cx.rt().take_exception());
            name
        })
    } else {
        name
    };
    FrameInfo {
        function: if top { None } else { Some(callee.to_gc()) },
        name,
        file: Some(t.source.file.clone()),
        line,
        column,
        native: false,
    }
}

/// A function's name without running anything: its own data property, if that is a string.
fn function_name(cx: &Context, f: &Object) -> Gc<Str> {
    if f.has_flag(flag::LAZY) {
        if let Some(d) = f.data::<FunctionData>() {
            let given = d.name.borrow().as_ref().and_then(|v| v.as_gc::<Str>().cloned());
            return given.unwrap_or_else(|| d.template.name.clone());
        }
        if let Some(d) = f.data::<NativeData>() {
            return d.name.borrow().clone().unwrap_or_else(|| cx.rt().atoms.empty());
        }
    }
    match f.shape().lookup(cx.name(Name::name)) {
        Some((slot, fl)) if fl & (prop::ACCESSOR | prop::SPECIAL) == 0 => {
            f.slot(slot).as_gc::<Str>().cloned().unwrap_or_else(|| cx.rt().atoms.empty())
        }
        _ => cx.rt().atoms.empty(),
    }
}

/// Keeps the backtrace of a value that is being thrown and has none of its own.
#[cold]
pub(crate) fn note_thrown(cx: &Context, v: &Value) {
    if v.as_object().is_some_and(|o| o.data::<ErrorData>().is_some()) {
        return;
    }
    let made = format(cx, &frames(cx, Skip::None, DEFAULT_LIMIT));
    let old = match made {
        Ok(text) => cx.rt().thrown_trace.replace(Some((v.bits(), text))),
        Err(_) => {
            cx.rt().clear_exception();
            cx.rt().thrown_trace.take()
        }
    };
    drop(old);
}
/// Takes the backtrace kept of what was last thrown and is no error; of `v` only, if it is given.
pub fn take_thrown(rt: &crate::runtime::Runtime, v: Option<&Value>) -> Option<Gc<Str>> {
    let (bits, text) = rt.thrown_trace.take()?;
    (v.is_none_or(|v| v.bits() == bits)).then_some(text)
}

/// Gives an error its `stack`: in the object's data, where Error.prototype's accessor finds it; a DOMException gets an
/// own property.
pub fn attach(cx: &Context, e: &Object, skip_to: Option<&Object>) -> Result<()> {
    let stack = capture(cx, e, skip_to.map_or(Skip::None, Skip::Top))?;
    match e.data::<ErrorData>() {
        Some(d) => {
            let _ = d.stack.replace(Some(stack));
            Ok(())
        }
        None => define(cx, e, stack),
    }
}

/// Gives any object an own `stack`.
pub fn attach_own(cx: &Context, o: &Object, skip: Skip<'_>) -> Result<()> {
    let stack = capture(cx, o, skip)?;
    define(cx, o, stack)
}

fn define(cx: &Context, o: &Object, stack: Value) -> Result<()> {
    o.define_or_throw(cx, cx.name(Name::stack), &crate::object::Descriptor::data(stack, METHOD))
}

/// What Error.prepareStackTrace makes of the frames, or their text.
fn capture(cx: &Context, o: &Object, skip: Skip<'_>) -> Result {
    let frames = frames(cx, skip, limit(cx)?);
    match prepare(cx)? {
        Some(f) => call_prepare(cx, &f, o, &frames),
        None => format(cx, &frames).map(Value::from),
    }
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

/// Error.stackTraceLimit; what is no number says 0.
fn limit(cx: &Context) -> Result<usize> {
    Ok(match error_setting(cx, Name::stackTraceLimit)? {
        None => DEFAULT_LIMIT,
        Some(v) => v.as_number().map_or(0, |n| n.max(0.0) as usize),
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

/// Appends a colon and a number.
fn push_number(s: &mut StringBuilder<'_>, mut n: u32) -> Result<()> {
    let mut buf = [0u8; 11];
    let mut at = buf.len();
    loop {
        at -= 1;
        buf[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    at -= 1;
    buf[at] = b':';
    s.push_chars(Chars::Latin1(&buf[at..]))
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
                push_number(&mut s, f.line)?;
                push_number(&mut s, f.column)?;
            }
            s.push_str(")")?;
        }
        s.push_str("\n")?;
    }
    s.finish()
}

/// Puts a syntax error's position before the frames.
pub fn attach_position(cx: &Context, e: &Object, file: &Str, line: u32, column: u32) -> Result<()> {
    let Some(d) = e.data::<ErrorData>() else {
        return Ok(());
    };
    let old = d.stack.borrow().clone();
    if let Some(frames) = old.as_ref().and_then(|v| v.as_string()) {
        let mut s = StringBuilder::new(cx.rt());
        s.push_str("    at ")?;
        s.push_string(file)?;
        s.push_str(&format!(":{line}:{column}\n"))?;
        s.push_string(frames)?;
        let _ = d.stack.replace(Some(s.finish()?.into()));
    }
    Ok(())
}
