//! Sloppy functions' `caller` and `arguments`, as browsers have them (the legacy function reflection proposal).
//!
//! The language gives Function.prototype two accessors that throw; for sloppy plain functions they read as what is
//! found here.

use super::frame::Frame;
use super::make;
use crate::bytecode::code::flags;
use crate::context::Context;
use crate::object::Object;
use crate::object::function::FunctionData;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Value};

/// May the function be asked for `caller` and `arguments`?
pub(crate) fn is_plain_sloppy(f: &FunctionData) -> bool {
    !f.template.has(flags::STRICT) && f.template.has(flags::CONSTRUCTOR)
}

/// What getting the property `key` answers, if it is one of the two, `receiver` such a function, and `getter` what
/// the language put there.
#[cold]
pub(crate) fn get(
    cx: &Context,
    key: &PropertyKey,
    receiver: &Value,
    getter: &Value,
) -> Result<Option<Value>> {
    let Some(f) = receiver.as_object() else {
        return Ok(None);
    };
    match f.data::<FunctionData>() {
        Some(d) if is_plain_sloppy(d) && crate::builtins::function::is_thrower(getter) => {}
        _ => return Ok(None),
    }
    let Some(frame) = newest(cx, f) else {
        return Ok(Some(Value::NULL));
    };
    if *key == *cx.name(Name::caller) {
        return Ok(Some(caller(frame, f)));
    }
    // SAFETY: the frame is active and runs bytecode. Extra arguments are there if the function keeps them, which
    // the sloppy functions of a program that says `.arguments` do.
    unsafe { make::arguments(cx, frame, 0) }.map(Some)
}

/// The newest frame that runs `f`.
fn newest(cx: &Context, f: &Object) -> Option<*const Frame> {
    let mut frame = cx.rt().vm.frame.get() as *const Frame;
    while !frame.is_null() {
        // SAFETY: frames from the current one down are active.
        let (callee, template, prev) = unsafe { ((*frame).callee, (*frame).template, (*frame).prev) };
        if std::ptr::eq(callee, f) && !template.is_null() {
            return Some(frame);
        }
        frame = prev;
    }
    None
}

/// The function that called the frame's; null if that is none that may be seen: a native, strict, generator or async
/// function, one of another realm, or no function at all.
fn caller(frame: *const Frame, f: &Object) -> Value {
    // SAFETY: as above: older frames and their callees and templates are alive.
    unsafe {
        let mut frame = (*frame).prev as *const Frame;
        while let Some(x) = frame.as_ref() {
            let (Some(callee), Some(t)) = (x.callee.as_ref(), x.template.as_ref()) else {
                return Value::NULL;
            };
            // Code of a direct eval belongs to the function around it.
            if t.has(flags::TOP_LEVEL) {
                frame = x.prev;
                continue;
            }
            let same_realm = match (callee.function_realm(), f.function_realm()) {
                (Some(a), Some(b)) => std::ptr::eq(a.as_ptr(), b.as_ptr()),
                _ => false,
            };
            let visible =
                same_realm && !t.has(flags::STRICT) && t.kind == crate::bytecode::code::FunctionKind::Normal;
            return if visible { callee.to_value() } else { Value::NULL };
        }
    }
    Value::NULL
}
