//! DisposeCapability records (7.5): the resources of `using` declarations and of disposable stacks.
//!
//! A capability is an internal array, so that its memory is counted and traced as any array's: the error so far (a
//! hole: none), the state of awaiting, then method, value, kind for each resource.

use crate::builtins::promise::caught;
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::{Object, lazy};
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};

const ERROR: u32 = 0;
const STATE: u32 = 1;
const FIRST: u32 = 2;
const RESOURCE: u32 = 3;

// [[Hint]], and how to call the method.
/// sync-dispose
pub(crate) const SYNC: i32 = 0;
/// async-dispose
pub(crate) const ASYNC: i32 = 1;
/// async-dispose by a method found under @@dispose: what it answers is not awaited.
const SYNC_AS_ASYNC: i32 = 2;
/// A flag: the method takes the value as its argument (`adopt`).
pub(crate) const ARGUMENT: i32 = 4;

// The state of awaiting: DisposeResources' needsAwait and hasAwaited.
const NEEDS_AWAIT: i32 = 1;
const HAS_AWAITED: i32 = 2;

/// NewDisposeCapability (7.5.3)
pub(crate) fn new_capability(cx: &Context) -> Result<Gc<Object>> {
    let a = cx.new_array((FIRST + RESOURCE) as usize)?;
    a.push_element(Value::UNINIT)?;
    a.push_element(Value::int(0))?;
    Ok(a)
}

/// AddDisposableResource (7.5.5) of a value that brings its own method.
pub(crate) fn add(cx: &Context, capability: &Value, v: &Value, is_async: bool) -> Result<()> {
    let a = cx.expect_object(capability)?;
    if v.is_nullish() {
        // Nothing to dispose of, but `await using` awaits all the same.
        return if is_async { push(a, Value::UNDEFINED, Value::UNDEFINED, ASYNC) } else { Ok(()) };
    }
    if !v.is_object() {
        return Err(cx.throw_type("not an object"));
    }
    if is_async && let Some(m) = cx.get_method(v, cx.symbol(Sym::asyncDispose))? {
        return push(a, m, v.clone(), ASYNC);
    }
    match cx.get_method(v, cx.symbol(Sym::dispose))? {
        Some(m) => push(a, m, v.clone(), if is_async { SYNC_AS_ASYNC } else { SYNC }),
        None => Err(cx.throw_type("property is not a function: [Symbol.dispose]")),
    }
}

/// Appends a resource.
pub(crate) fn push(a: &Object, method: Value, v: Value, kind: i32) -> Result<()> {
    a.push_element(method)?;
    a.push_element(v)?;
    a.push_element(Value::int(kind))
}

/// One step of DisposeResources (7.5.8): disposes of resources, the last first, until something is to be awaited.
/// Answers that; None when none is left. Errors are noted.
pub(crate) fn next(cx: &Context, capability: &Value) -> Result<Option<Value>> {
    let a = cx.expect_object(capability)?;
    let mut state = a.element(STATE).and_then(|v| v.as_int()).unwrap_or(0);
    let set_state = |s: i32| a.set_element(STATE, Value::int(s));
    loop {
        let n = a.array_length();
        let pending = state == NEEDS_AWAIT;
        if n < FIRST + RESOURCE {
            set_state(0);
            return Ok(pending.then_some(Value::UNDEFINED));
        }
        let kind = a.element(n - 1).and_then(|v| v.as_int()).unwrap_or(SYNC);
        if pending && kind & 3 == SYNC {
            set_state(0);
            return Ok(Some(Value::UNDEFINED));
        }
        let v = a.element(n - 2).unwrap_or_default();
        let m = a.element(n - 3).unwrap_or_default();
        a.array_set_length(cx, n - RESOURCE)?;
        if m.is_undefined() {
            state |= NEEDS_AWAIT;
            continue;
        }
        let result = match kind & ARGUMENT {
            0 => cx.call(&m, &v, &[]),
            _ => cx.call(&m, &Value::UNDEFINED, &[v]),
        };
        let answer = match result {
            Ok(r) if kind & 3 == ASYNC => r,
            Ok(_) => Value::UNDEFINED,
            Err(t) => {
                let e = caught(cx, t)?;
                note_error(cx, capability, e)?;
                if kind & 3 == ASYNC {
                    continue;
                }
                Value::UNDEFINED
            }
        };
        if kind & 3 != SYNC {
            set_state(state | HAS_AWAITED);
            return Ok(Some(answer));
        }
    }
}

/// Notes a throw completion, in a SuppressedError if there was one before.
pub(crate) fn note_error(cx: &Context, capability: &Value, e: Value) -> Result<()> {
    let a = cx.expect_object(capability)?;
    let old = a.element(ERROR).unwrap_or(Value::UNINIT);
    let v = if old.is_uninit() {
        e
    } else {
        let s = cx.new_error(Intrinsic::SuppressedErrorPrototype, "")?;
        if let Some((slot, _)) = s.shape().lookup(cx.name(Name::message)) {
            s.remove_property(slot)?;
        }
        s.define(cx, cx.name(Name::error), e, lazy::METHOD)?;
        s.define(cx, cx.name(Name::suppressed), old, lazy::METHOD)?;
        s.into()
    };
    a.set_element(ERROR, v);
    Ok(())
}

/// Throws what was noted.
pub(crate) fn end(cx: &Context, capability: &Value) -> Result<()> {
    let a = cx.expect_object(capability)?;
    let e = a.element(ERROR).unwrap_or(Value::UNINIT);
    if e.is_uninit() { Ok(()) } else { Err(cx.throw(e)) }
}
