//! Promise (27.2).

use crate::context::{Context, Intrinsic};
use crate::heap::gc::Tracer;
use crate::heap::{BoxCell, Gc};
use crate::iteration::IteratorRecord;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, METHOD, make_constructor, method, method_magic, symbol_getter, tag};
use crate::runtime::PromiseEvent;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};
use crate::vm::park;
use std::cell::{Cell, RefCell};

/// [[PromiseState]]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Pending,
    Fulfilled,
    Rejected,
}

/// A PromiseCapability Record (27.2.1.1).
#[derive(Clone)]
pub struct Capability {
    pub promise: Value,
    pub resolve: Value,
    pub reject: Value,
}

/// A PromiseReaction Record: both kinds share the capability.
#[derive(Clone)]
struct Reaction {
    capability: Option<Capability>,
    on_fulfilled: Value,
    on_rejected: Value,
}

/// The payload of promises.
pub struct PromiseData {
    state: Cell<State>,
    result: RefCell<Value>,
    reactions: RefCell<Vec<Reaction>>,
    handled: Cell<bool>,
}
impl Payload for PromiseData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::PROMISE..=id::PROMISE;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.result.borrow());
        for r in self.reactions.borrow().iter() {
            t.visit(&r.on_fulfilled);
            t.visit(&r.on_rejected);
            if let Some(c) = &r.capability {
                t.visit(&c.promise);
                t.visit(&c.resolve);
                t.visit(&c.reject);
            }
        }
    }
}

pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<PromiseData>()), None)
}

fn new_data() -> PromiseData {
    PromiseData {
        state: Cell::new(State::Pending),
        result: RefCell::new(Value::UNDEFINED),
        reactions: RefCell::new(Vec::new()),
        handled: Cell::new(false),
    }
}

// ---- for the engine and the C API

/// A pending promise of this realm.
pub fn new_promise(cx: &Context) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::PromisePrototype)?.clone();
    let p = cx.new_with_data(Some(&proto), id::PROMISE, new_data())?;
    hook(cx, PromiseEvent::Init, &p);
    Ok(p)
}
/// Tells the embedder's hook.
#[inline]
fn hook(cx: &Context, event: PromiseEvent, p: &Object) {
    if cx.rt().promise_hook.borrow().is_some() {
        call_hook(cx, event, p);
    }
}
#[cold]
fn call_hook(cx: &Context, event: PromiseEvent, p: &Object) {
    let f = cx.rt().promise_hook.borrow().clone();
    let parent = match event {
        PromiseEvent::Init => cx.rt().promise_parent.take(),
        _ => Value::UNDEFINED,
    };
    if let Some(f) = f {
        f(cx, event, p.to_gc().as_value(), &parent);
    }
}
/// A new capability for what `then` of this promise answers.
fn derived<T>(cx: &Context, parent: &Object, make: impl FnOnce() -> Result<T>) -> Result<T> {
    if cx.rt().promise_hook.borrow().is_none() {
        return make();
    }
    cx.rt().promise_parent.replace(parent.to_value());
    let made = make();
    drop(cx.rt().promise_parent.take());
    made
}
/// `promise.then(on_fulfilled, on_rejected)` with %Promise% for the species.
pub fn then_of(cx: &Context, p: &Object, on_fulfilled: Value, on_rejected: Value) -> Result<Gc<Object>> {
    let made = derived(cx, p, || new_promise(cx))?;
    let (resolve, reject) = resolving_functions(cx, &made)?;
    let capability = Capability { promise: made.to_value(), resolve, reject };
    perform_then(cx, p, on_fulfilled, on_rejected, Some(capability))?;
    Ok(made)
}
/// The same where nobody but the embedder's hook can see what `then` answers. Without a hook there is no such promise.
pub(crate) fn then_unseen(cx: &Context, p: &Object, on_fulfilled: Value, on_rejected: Value) -> Result<()> {
    if cx.rt().promise_hook.borrow().is_some() {
        return then_of(cx, p, on_fulfilled, on_rejected).map(|_| ());
    }
    perform_then(cx, p, on_fulfilled, on_rejected, None)
}
/// Runs a module's body that does not await. QuickJS-NG runs it as an async function, whose promise its hook and its
/// rejection tracker are told of; so they are here, and without them there is no such promise.
pub(crate) fn as_if_async(cx: &Context, run: impl FnOnce() -> Result<()>) -> Result<()> {
    let rt = cx.rt();
    if rt.promise_hook.borrow().is_none() && rt.rejection_tracker.borrow().is_none() {
        return run();
    }
    let p = new_promise(cx)?;
    match run() {
        Ok(()) => fulfill(cx, &p, Value::UNDEFINED),
        Err(t) => {
            let e = caught(cx, t)?;
            reject(cx, &p, e.clone())?;
            set_handled(cx, &p);
            Err(cx.throw(e))
        }
    }
}
/// A rejected promise of this realm.
pub fn new_rejected(cx: &Context, v: Value) -> Result<Gc<Object>> {
    let p = new_promise(cx)?;
    reject(cx, &p, v)?;
    Ok(p)
}
/// State and result of a promise; None if it is none.
pub fn state(o: &Object) -> Option<(State, Value)> {
    o.data::<PromiseData>().map(|p| (p.state.get(), p.result.borrow().clone()))
}
/// Marks a promise as handled, so that its rejection is not reported.
pub fn mark_handled(o: &Object) {
    if let Some(p) = o.data::<PromiseData>() {
        p.handled.set(true);
    }
}
/// Somebody has dealt with a promise's rejection: tells the host if it was reported.
pub fn set_handled(cx: &Context, o: &Object) {
    if let Some(p) = o.data::<PromiseData>()
        && !p.handled.replace(true)
        && p.state.get() == State::Rejected
    {
        let reason = p.result.borrow().clone();
        track(cx, o, &reason, true);
    }
}
/// FulfillPromise (27.2.1.4)
fn fulfill(cx: &Context, o: &Object, v: Value) -> Result<()> {
    settle(cx, o, State::Fulfilled, v)
}
/// RejectPromise (27.2.1.7)
pub fn reject(cx: &Context, o: &Object, v: Value) -> Result<()> {
    settle(cx, o, State::Rejected, v)
}
fn settle(cx: &Context, o: &Object, s: State, v: Value) -> Result<()> {
    let Some(p) = o.data::<PromiseData>() else {
        return Ok(());
    };
    if p.state.get() != State::Pending {
        return Ok(());
    }
    let reactions = std::mem::take(&mut *p.reactions.borrow_mut());
    *p.result.borrow_mut() = v.clone();
    p.state.set(s);
    if s == State::Rejected && !p.handled.get() {
        track(cx, o, &v, false);
    }
    if s == State::Fulfilled {
        hook(cx, PromiseEvent::Resolve, o);
    }
    let mut all = Ok(());
    for r in reactions {
        all = enqueue_reaction(cx, r, s, v.clone()).and(all);
    }
    all
}
/// HostPromiseRejectionTracker
fn track(cx: &Context, o: &Object, reason: &Value, handled: bool) {
    let f = cx.rt().rejection_tracker.borrow().clone();
    if let Some(f) = f {
        f(cx, o.to_gc().as_value(), reason, handled);
    }
}
/// The resolve function's steps 7 to 15 (27.2.1.3.2): adopts thenables.
pub fn resolve_with(cx: &Context, o: &Object, v: Value) -> Result<()> {
    let Some(t) = v.as_object() else {
        return fulfill(cx, o, v);
    };
    if std::ptr::eq(t, o) {
        let e = cx.new_error(Intrinsic::TypeErrorPrototype, "promise self resolution")?;
        return reject(cx, o, e.into());
    }
    let then = match t.get(cx, cx.name(Name::then)) {
        Ok(f) => f,
        Err(t) => {
            let e = caught(cx, t)?;
            return reject(cx, o, e);
        }
    };
    if !then.is_callable() {
        return fulfill(cx, o, v);
    }
    let p = o.to_gc();
    // NewPromiseResolveThenableJob (27.2.2.2)
    cx.rt().enqueue_job(
        cx,
        Box::new(move |cx| {
            let (resolve, reject) = resolving_functions(cx, &p)?;
            hook(cx, PromiseEvent::Before, &p);
            let called = cx.call(&then, &v, &[resolve, reject.clone()]);
            hook(cx, PromiseEvent::After, &p);
            match called {
                Ok(r) => Ok(r),
                Err(t) => {
                    let e = caught(cx, t)?;
                    cx.call(&reject, &Value::UNDEFINED, &[e])
                }
            }
        }),
    )
}
/// The exception that was just thrown, unless script may not catch it.
pub(crate) fn caught(cx: &Context, t: Thrown) -> Result {
    if !crate::vm::script::is_catchable(cx.rt()) {
        return Err(t);
    }
    Ok(cx.rt().take_exception().unwrap_or_default())
}
/// CreateResolvingFunctions (27.2.1.3)
pub fn resolving_functions(cx: &Context, p: &Gc<Object>) -> Result<(Value, Value)> {
    let done = cx.rt().new_box(Value::FALSE)?;
    let f = |f: fn(&Call<'_>) -> Result| -> Result {
        cx.new_native_closure(f, 1, vec![p.to_value(), done.to_value()]).map(Value::from)
    };
    Ok((f(resolve_function)?, f(reject_function)?))
}
fn first_time(c: &Call<'_>, i: usize) -> bool {
    match c.capture(i).as_gc::<BoxCell>() {
        Some(b) if !b.get().is_true() => {
            b.set(Value::TRUE);
            true
        }
        _ => false,
    }
}
fn resolve_function(c: &Call<'_>) -> Result {
    if first_time(c, 1)
        && let Some(p) = c.capture(0).as_object()
    {
        resolve_with(c.cx, p, c.arg(0).clone())?;
    }
    Ok(Value::UNDEFINED)
}
fn reject_function(c: &Call<'_>) -> Result {
    if first_time(c, 1)
        && let Some(p) = c.capture(0).as_object()
    {
        reject(c.cx, p, c.arg(0).clone())?;
    }
    Ok(Value::UNDEFINED)
}
/// NewPromiseReactionJob (27.2.2.1), queued.
fn enqueue_reaction(cx: &Context, r: Reaction, s: State, v: Value) -> Result<()> {
    let handler = if s == State::Fulfilled { r.on_fulfilled } else { r.on_rejected };
    // The job runs in the handler's realm.
    let realm = match handler.as_object() {
        Some(h) if park::is_coroutine(h) => park::realm_of(h).unwrap_or_else(|| cx.to_gc()),
        Some(h) => match cx.function_realm(h) {
            Ok(r) => r,
            Err(_) => {
                cx.rt().clear_exception();
                cx.to_gc()
            }
        },
        None => cx.to_gc(),
    };
    if let Some(co) = handler.as_gc::<Object>()
        && park::is_coroutine(co)
    {
        let co = co.clone();
        let rejected = s == State::Rejected;
        return cx.rt().enqueue_job(&realm, Box::new(move |cx| park::resume_await(cx, &co, v, rejected)));
    }
    cx.rt().enqueue_job(
        &realm,
        Box::new(move |cx| {
            let result = if handler.is_undefined() {
                if s == State::Fulfilled { Ok(v) } else { Err(cx.throw(v)) }
            } else {
                cx.call(&handler, &Value::UNDEFINED, &[v])
            };
            let Some(cap) = r.capability else {
                return result;
            };
            match result {
                Ok(v) => cx.call(&cap.resolve, &Value::UNDEFINED, &[v]),
                Err(t) => {
                    let e = caught(cx, t)?;
                    cx.call(&cap.reject, &Value::UNDEFINED, &[e])
                }
            }
        }),
    )
}
/// PerformPromiseThen (27.2.5.4.1); handlers that are not callable are undefined.
pub fn perform_then(
    cx: &Context,
    o: &Object,
    on_fulfilled: Value,
    on_rejected: Value,
    capability: Option<Capability>,
) -> Result<()> {
    let callable = |v: Value| if v.is_callable() { v } else { Value::UNDEFINED };
    let r = Reaction { capability, on_fulfilled: callable(on_fulfilled), on_rejected: callable(on_rejected) };
    react(cx, o, r)
}
/// Await (27.7.5.3), steps 2 to 9: `co`, which is suspended, goes on when the promise is settled. It stands for both
/// of the reaction's functions.
pub(crate) fn perform_await(cx: &Context, o: &Object, co: &Gc<Object>) -> Result<()> {
    let r = Reaction { capability: None, on_fulfilled: co.to_value(), on_rejected: co.to_value() };
    react(cx, o, r)
}
fn react(cx: &Context, o: &Object, r: Reaction) -> Result<()> {
    let Some(p) = o.data::<PromiseData>() else {
        return Err(cx.throw_type("not a promise"));
    };
    match p.state.get() {
        State::Pending => {
            let mut list = p.reactions.borrow_mut();
            if list.try_reserve(1).is_err() {
                drop(list);
                return Err(cx.throw_oom());
            }
            list.push(r);
        }
        s => {
            let v = p.result.borrow().clone();
            if s == State::Rejected && !p.handled.get() {
                track(cx, o, &v, true);
            }
            enqueue_reaction(cx, r, s, v)?;
        }
    }
    p.handled.set(true);
    Ok(())
}
/// PromiseResolve(%Promise%, v) (27.2.4.7.1)
pub fn promise_resolve(cx: &Context, v: &Value) -> Result<Gc<Object>> {
    let ctor = cx.intrinsic(Intrinsic::Promise)?.clone();
    if let Some(p) = v.as_gc::<Object>()
        && p.class() == id::PROMISE
        && p.get(cx, cx.name(Name::constructor))?.same_bits(ctor.as_value())
    {
        return Ok(p.clone());
    }
    let p = new_promise(cx)?;
    resolve_with(cx, &p, v.clone())?;
    Ok(p)
}
/// The same for any constructor.
fn resolve_by(cx: &Context, ctor: &Value, v: &Value) -> Result {
    if let Some(p) = v.as_object()
        && p.class() == id::PROMISE
        && p.get(cx, cx.name(Name::constructor))?.same_bits(ctor)
    {
        return Ok(v.clone());
    }
    let cap = new_capability(cx, ctor)?;
    cx.call(&cap.resolve, &Value::UNDEFINED, std::slice::from_ref(v))?;
    Ok(cap.promise)
}
/// NewPromiseCapability (27.2.1.5)
pub fn new_capability(cx: &Context, ctor: &Value) -> Result<Capability> {
    let Some(f) = ctor.as_object().filter(|o| o.is_constructor()) else {
        return Err(cx.throw_type("not a constructor"));
    };
    if cx.has_intrinsic(Intrinsic::Promise) && cx.intrinsic(Intrinsic::Promise)?.is(f) {
        let p = new_promise(cx)?;
        let (resolve, reject) = resolving_functions(cx, &p)?;
        return Ok(Capability { promise: p.into(), resolve, reject });
    }
    let r = cx.rt().new_box(Value::UNDEFINED)?;
    let j = cx.rt().new_box(Value::UNDEFINED)?;
    let executor = cx.new_native_closure(
        |c| {
            let (Some(r), Some(j)) = (c.capture(0).as_gc::<BoxCell>(), c.capture(1).as_gc::<BoxCell>())
            else {
                return Ok(Value::UNDEFINED);
            };
            if !r.get().is_undefined() || !j.get().is_undefined() {
                return Err(c.cx.throw_type("resolving functions are set already"));
            }
            r.set(c.arg(0).clone());
            j.set(c.arg(1).clone());
            Ok(Value::UNDEFINED)
        },
        2,
        vec![r.to_value(), j.to_value()],
    )?;
    let promise = cx.construct(f, &[executor.into()], f)?;
    let (resolve, reject) = (r.get().clone(), j.get().clone());
    if !resolve.is_callable() || !reject.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    Ok(Capability { promise: promise.into(), resolve, reject })
}

// ---- the constructor

fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("constructor requires 'new'"));
    }
    if !c.arg(0).is_callable() {
        return Err(cx.throw_not_a_function());
    }
    let p = cx.new_from_constructor(c.new_target, Intrinsic::PromisePrototype, id::PROMISE, new_data())?;
    hook(cx, PromiseEvent::Init, &p);
    let (resolve, reject) = resolving_functions(cx, &p)?;
    if let Err(t) = cx.call(c.arg(0), &Value::UNDEFINED, &[resolve, reject.clone()]) {
        let e = caught(cx, t)?;
        cx.call(&reject, &Value::UNDEFINED, &[e])?;
    }
    Ok(p.into())
}
fn species(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}
fn this_ctor<'a>(c: &Call<'a>) -> Result<&'a Value> {
    if c.this.is_object() { Ok(c.this) } else { Err(c.cx.throw_type("not an object")) }
}
fn static_resolve(c: &Call<'_>) -> Result {
    resolve_by(c.cx, this_ctor(c)?, c.arg(0))
}
fn static_reject(c: &Call<'_>) -> Result {
    let cap = new_capability(c.cx, this_ctor(c)?)?;
    c.cx.call(&cap.reject, &Value::UNDEFINED, &[c.arg(0).clone()])?;
    Ok(cap.promise)
}
fn with_resolvers(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cap = new_capability(cx, c.this)?;
    let o = cx.new_object()?;
    o.create_data_property(cx, cx.name(Name::promise), cap.promise)?;
    o.create_data_property(cx, cx.name(Name::resolve), cap.resolve)?;
    o.create_data_property(cx, cx.name(Name::reject), cap.reject)?;
    Ok(o.into())
}
/// Promise.try (27.2.4.8)
fn try_(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cap = new_capability(cx, this_ctor(c)?)?;
    match cx.call(c.arg(0), &Value::UNDEFINED, c.args.get(1..).unwrap_or(&[])) {
        Ok(v) => cx.call(&cap.resolve, &Value::UNDEFINED, &[v])?,
        Err(t) => {
            let e = caught(cx, t)?;
            cx.call(&cap.reject, &Value::UNDEFINED, &[e])?
        }
    };
    Ok(cap.promise)
}

// ---- combinators: magic 0 all, 1 allSettled, 2 any, 3 race

fn combinator(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cap = new_capability(cx, this_ctor(c)?)?;
    let fail = |t: Thrown| -> Result {
        let e = caught(cx, t)?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
        Ok(cap.promise.clone())
    };
    // GetPromiseResolve
    let resolve = match cx.get_v(c.this, cx.name(Name::resolve)) {
        Ok(f) if f.is_callable() => f,
        Ok(_) => return fail(cx.throw_not_a_function()),
        Err(t) => return fail(t),
    };
    let mut it = match IteratorRecord::from_iterable(cx, c.arg(0)) {
        Ok(it) => it,
        Err(t) => return fail(t),
    };
    match combine(c, &cap, &resolve, &mut it) {
        Ok(v) => Ok(v),
        Err(t) => {
            let t = if it.done { t } else { it.close_thrown(cx, t) };
            fail(t)
        }
    }
}
fn combine(c: &Call<'_>, cap: &Capability, resolve: &Value, it: &mut IteratorRecord) -> Result {
    let cx = c.cx;
    let values = cx.new_array(0)?;
    let remaining = cx.rt().new_box(Value::int(1))?;
    let mut index = 0;
    while let Some(v) = it.step(cx)? {
        let next = cx.call(resolve, c.this, &[v])?;
        if c.magic == 3 {
            cx.invoke(&next, cx.name(Name::then), &[cap.resolve.clone(), cap.reject.clone()])?;
            continue;
        }
        values.push_element(Value::UNDEFINED)?;
        let called = cx.rt().new_box(Value::FALSE)?;
        let element = |kind: i32| -> Result {
            let settle = if c.magic == 2 { cap.reject.clone() } else { cap.resolve.clone() };
            cx.new_native_closure(
                element_function,
                1,
                vec![
                    called.to_value(),
                    Value::int(index),
                    values.to_value(),
                    settle,
                    remaining.to_value(),
                    Value::int(kind),
                ],
            )
            .map(Value::from)
        };
        remaining.set(Value::int(remaining.get().as_int().unwrap_or(0) + 1));
        let (f, r) = match c.magic {
            0 => (element(0)?, cap.reject.clone()),
            1 => (element(1)?, element(2)?),
            _ => (cap.resolve.clone(), element(3)?),
        };
        cx.invoke(&next, cx.name(Name::then), &[f, r])?;
        index += 1;
    }
    if c.magic != 3 && countdown(&remaining) {
        finish(cx, c.magic == 2, &values, if c.magic == 2 { &cap.reject } else { &cap.resolve })?;
    }
    Ok(cap.promise.clone())
}
fn countdown(remaining: &BoxCell) -> bool {
    let n = remaining.get().as_int().unwrap_or(0) - 1;
    remaining.set(Value::int(n));
    n == 0
}
fn finish(cx: &Context, any: bool, values: &Gc<Object>, settle: &Value) -> Result {
    let v = if any {
        let e = cx.new_error(Intrinsic::AggregateErrorPrototype, "")?;
        e.delete(cx, cx.name(Name::message))?;
        e.define(cx, cx.name(Name::errors), values.to_value(), METHOD)?;
        e.into()
    } else {
        values.to_value()
    };
    cx.call(settle, &Value::UNDEFINED, &[v])
}
/// Promise.all resolve element functions and their kin: captures are called, index, values, settle function,
/// remaining, kind (0 value, 1 fulfilled record, 2 rejected record, 3 error), and the keys of a keyed one.
fn element_function(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !first_time(c, 0) {
        return Ok(Value::UNDEFINED);
    }
    let kind = c.capture(5).as_int().unwrap_or(0);
    let v = match kind {
        1 | 2 => {
            let o = cx.new_object()?;
            let (outcome, key) =
                if kind == 1 { (Name::fulfilled, Name::value) } else { (Name::rejected, Name::reason) };
            o.create_data_property(cx, cx.name(Name::status), cx.name(outcome).raw().clone())?;
            o.create_data_property(cx, cx.name(key), c.arg(0).clone())?;
            o.into()
        }
        _ => c.arg(0).clone(),
    };
    let (Some(values), Some(remaining)) = (c.capture(2).as_gc::<Object>(), c.capture(4).as_gc::<BoxCell>())
    else {
        return Ok(Value::UNDEFINED);
    };
    values.create_index(cx, c.capture(1).as_int().unwrap_or(0) as u64, v)?;
    if countdown(remaining) {
        if let Some(keys) = c.capture(6).as_object() {
            return finish_keyed(cx, keys, values, c.capture(3));
        }
        return finish(cx, kind == 3, values, c.capture(3));
    }
    Ok(Value::UNDEFINED)
}

// ---- keyed combinators (await dictionary proposal): magic 0 allKeyed, 1 allSettledKeyed

/// Promise.allKeyed, Promise.allSettledKeyed
fn keyed(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cap = new_capability(cx, this_ctor(c)?)?;
    if let Err(t) = combine_keyed(c, &cap) {
        let e = caught(cx, t)?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
    }
    Ok(cap.promise)
}
/// PerformPromiseAllKeyed. Keys and values wait in two arrays until all values are there.
fn combine_keyed(c: &Call<'_>, cap: &Capability) -> Result<()> {
    let cx = c.cx;
    // GetPromiseResolve
    let resolve = cx.get_v(c.this, cx.name(Name::resolve))?;
    if !resolve.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    let promises = cx.expect_object(c.arg(0))?;
    let keys = cx.new_array(0)?;
    let values = cx.new_array(0)?;
    let remaining = cx.rt().new_box(Value::int(1))?;
    let mut index = 0;
    let all = promises.own_keys(cx)?;
    for key in all.iter() {
        cx.poll()?;
        match promises.get_own_property(cx, key)? {
            Some(p) if p.is_enumerable() => {}
            _ => continue,
        }
        let v = promises.get(cx, key)?;
        keys.push_element(key.to_value(cx.rt())?)?;
        values.push_element(Value::UNDEFINED)?;
        let next = cx.call(&resolve, c.this, &[v])?;
        let called = cx.rt().new_box(Value::FALSE)?;
        let element = |kind: i32| -> Result {
            let captures = vec![
                called.to_value(),
                Value::int(index),
                values.to_value(),
                cap.resolve.clone(),
                remaining.to_value(),
                Value::int(kind),
                keys.to_value(),
            ];
            cx.new_native_closure(element_function, 1, captures).map(Value::from)
        };
        remaining.set(Value::int(remaining.get().as_int().unwrap_or(0) + 1));
        let (f, r) =
            if c.magic == 0 { (element(0)?, cap.reject.clone()) } else { (element(1)?, element(2)?) };
        cx.invoke(&next, cx.name(Name::then), &[f, r])?;
        index += 1;
    }
    if countdown(&remaining) {
        finish_keyed(cx, &keys, &values, &cap.resolve)?;
    }
    Ok(())
}
/// CreateKeyedPromiseCombinatorResultObject, and resolving with it.
fn finish_keyed(cx: &Context, keys: &Object, values: &Object, resolve: &Value) -> Result {
    let o = cx.new_object_with_proto(None)?;
    for i in 0..keys.array_length() {
        let key = cx.to_property_key(&keys.element(i).unwrap_or_default())?;
        o.create_data_property(cx, &key, values.element(i).unwrap_or_default())?;
    }
    cx.call(resolve, &Value::UNDEFINED, &[o.into()])
}

// ---- the prototype

/// Promise.prototype.then (27.2.5.4)
fn then(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(p) = c.this.as_object().filter(|o| o.class() == id::PROMISE) else {
        return Err(cx.throw_type("not a promise"));
    };
    let ctor = cx.species_constructor(p, Intrinsic::Promise)?;
    let cap = derived(cx, p, || new_capability(cx, ctor.as_value()))?;
    perform_then(cx, p, c.arg(0).clone(), c.arg(1).clone(), Some(cap.clone()))?;
    Ok(cap.promise)
}
fn catch(c: &Call<'_>) -> Result {
    c.cx.invoke(c.this, c.cx.name(Name::then), &[Value::UNDEFINED, c.arg(0).clone()])
}
/// Promise.prototype.finally (27.2.5.3)
fn finally(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(p) = c.this.as_object() else {
        return Err(cx.throw_type("not an object"));
    };
    let ctor = cx.species_constructor(p, Intrinsic::Promise)?;
    let (f, r) = if c.arg(0).is_callable() {
        let captures = vec![c.arg(0).clone(), ctor.to_value()];
        let f = cx.new_native_closure(
            |c| {
                let cx = c.cx;
                let r = cx.call(c.capture(0), &Value::UNDEFINED, &[])?;
                let p = resolve_by(cx, c.capture(1), &r)?;
                let g = cx.new_native_closure(|c| Ok(c.capture(0).clone()), 0, vec![c.arg(0).clone()])?;
                cx.invoke(&p, cx.name(Name::then), &[g.into()])
            },
            1,
            captures.clone(),
        )?;
        let r = cx.new_native_closure(
            |c| {
                let cx = c.cx;
                let r = cx.call(c.capture(0), &Value::UNDEFINED, &[])?;
                let p = resolve_by(cx, c.capture(1), &r)?;
                let g = cx.new_native_closure(
                    |c| Err(c.cx.throw(c.capture(0).clone())),
                    0,
                    vec![c.arg(0).clone()],
                )?;
                cx.invoke(&p, cx.name(Name::then), &[g.into()])
            },
            1,
            captures,
        )?;
        (f.into(), r.into())
    } else {
        (c.arg(0).clone(), c.arg(0).clone())
    };
    cx.invoke(c.this, cx.name(Name::then), &[f, r])
}

const STATICS: &[Def] = &[
    method_magic("all", combinator, 1, 0),
    method_magic("allKeyed", keyed, 1, 0),
    method_magic("allSettled", combinator, 1, 1),
    method_magic("allSettledKeyed", keyed, 1, 1),
    method_magic("any", combinator, 1, 2),
    method_magic("race", combinator, 1, 3),
    method("reject", static_reject, 1),
    method("resolve", static_resolve, 1),
    method("try", try_, 1),
    method("withResolvers", with_resolvers, 0),
    symbol_getter(Sym::species, species),
];
const MEMBERS: &[Def] =
    &[method("then", then, 2), method("catch", catch, 1), method("finally", finally, 1), tag("Promise")];

/// Makes the constructor and prototype.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
    let spec = FunctionSpec { f: construct, name: "Promise", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::PromisePrototype, proto);
    cx.set_intrinsic(Intrinsic::Promise, f);
    Ok(())
}
