//! Async-from-sync iterators (27.1.6) and the way to an async iterator.

use crate::builtins::promise::{self, Capability};
use crate::context::{Context, Intrinsic};
use crate::heap::gc::Tracer;
use crate::iteration::IteratorRecord;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::Call;
use crate::ops::to_boolean;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};

/// The payload of async-from-sync iterators: [[SyncIteratorRecord]].
pub struct AsyncFromSync {
    iterator: Value,
    next: Value,
}
impl Payload for AsyncFromSync {
    const CLASSES: std::ops::RangeInclusive<ClassId> =
        id::ASYNC_FROM_SYNC_ITERATOR..=id::ASYNC_FROM_SYNC_ITERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.iterator);
        t.visit(&self.next);
    }
}
pub(crate) fn class() -> crate::builtins::Behaviour {
    (Some(vt_of::<AsyncFromSync>()), None)
}

/// GetIterator(v, async) (7.4.4).
pub(crate) fn get(cx: &Context, v: &Value) -> Result<(Value, Value)> {
    match get_optional(cx, v)? {
        Some(r) => Ok(r),
        None => Err(cx.throw_type("value is not async iterable")),
    }
}
/// The same; None if the value has neither method.
pub(crate) fn get_optional(cx: &Context, v: &Value) -> Result<Option<(Value, Value)>> {
    if let Some(m) = cx.get_method(v, cx.symbol(Sym::asyncIterator))? {
        let r = IteratorRecord::from_method(cx, v, &m)?;
        return Ok(Some((r.iterator, r.next)));
    }
    let Some(m) = cx.get_method(v, cx.symbol(Sym::iterator))? else {
        return Ok(None);
    };
    let r = IteratorRecord::from_method(cx, v, &m)?;
    // CreateAsyncFromSyncIterator
    let proto = cx.intrinsic(Intrinsic::AsyncFromSyncIteratorPrototype)?.clone();
    let data = AsyncFromSync { iterator: r.iterator, next: r.next };
    let o = cx.new_with_data(Some(&proto), id::ASYNC_FROM_SYNC_ITERATOR, data)?;
    let next = o.get(cx, cx.name(Name::next))?;
    Ok(Some((o.into(), next)))
}

/// next, return, throw (magic 0, 2, 1 as everywhere).
pub(crate) fn step(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(cx, &ctor)?;
    if let Err(t) = try_step(c, &cap) {
        let e = promise::caught(cx, t)?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
    }
    Ok(cap.promise)
}
fn try_step(c: &Call<'_>, cap: &Capability) -> Result<()> {
    let cx = c.cx;
    let Some(d) = c.this.as_object().and_then(|o| o.data::<AsyncFromSync>()) else {
        return Err(cx.throw_type("not an async-from-sync iterator"));
    };
    let it = d.iterator.clone();
    let args: &[Value] = if c.args.is_empty() { &[] } else { &c.args[..1] };
    let (result, close) = match c.magic {
        0 => (cx.call(&d.next.clone(), &it, args)?, true),
        1 => match cx.get_method(&it, cx.name(Name::throw))? {
            Some(f) => (cx.call(&f, &it, args)?, true),
            None => {
                IteratorRecord { iterator: it, next: Value::UNDEFINED, done: false }.close(cx)?;
                return Err(cx.throw_type("the iterator has no throw method"));
            }
        },
        _ => match cx.get_method(&it, cx.name(Name::return_))? {
            Some(f) => (cx.call(&f, &it, args)?, false),
            None => {
                let r = cx.iter_result(c.arg(0).clone(), true)?;
                cx.call(&cap.resolve, &Value::UNDEFINED, &[r])?;
                return Ok(());
            }
        },
    };
    if !result.is_object() {
        return Err(cx.throw_type("iterator must return an object"));
    }
    continuation(cx, &result, cap, &it, close)
}
/// AsyncFromSyncIteratorContinuation (27.1.6.4)
fn continuation(cx: &Context, result: &Value, cap: &Capability, it: &Value, close: bool) -> Result<()> {
    let done = to_boolean(&cx.get_v(result, cx.name(Name::done))?);
    let v = cx.get_v(result, cx.name(Name::value))?;
    let record = IteratorRecord { iterator: it.clone(), next: Value::UNDEFINED, done: false };
    let p = match promise::promise_resolve(cx, &v) {
        Ok(p) => p,
        Err(t) if !done && close => return Err(record.close_thrown(cx, t)),
        Err(t) => return Err(t),
    };
    let f = cx.new_native_full(
        |c| c.cx.iter_result(c.arg(0).clone(), c.magic == 1),
        None,
        1,
        done as i32,
        false,
        Box::default(),
    )?;
    let r = if done || !close {
        Value::UNDEFINED
    } else {
        cx.new_native_full(
            |c| {
                let t: Thrown = c.cx.throw(c.arg(0).clone());
                let rec =
                    IteratorRecord { iterator: c.capture(0).clone(), next: Value::UNDEFINED, done: false };
                Err(rec.close_thrown(c.cx, t))
            },
            None,
            1,
            0,
            false,
            Box::new([it.clone()]),
        )?
        .into()
    };
    promise::perform_then(cx, &p, f.into(), r, Some(cap.clone()))
}
