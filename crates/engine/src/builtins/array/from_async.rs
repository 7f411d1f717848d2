//! Array.fromAsync (23.1.2.2): an async function's body, written as the steps between its awaits.

use super::{MAX_SAFE, index_value, set_length, this_constructor};
use crate::builtins::promise;
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::Object;
use crate::object::function::Call;
use crate::ops::to_boolean;
use crate::text::names::Name;
use crate::value::{Result, Value};

/// What is awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The iterator's next result.
    Next,
    /// An array-like's element.
    Element,
    /// What the mapper answered.
    Mapped,
    /// What the iterator's `return` answered; then the error is passed on.
    Closed,
}
const PHASES: [Phase; 4] = [Phase::Next, Phase::Element, Phase::Mapped, Phase::Closed];

/// The function's variables: a list that no script sees, at these indices.
struct State(Gc<Object>);
const TARGET: u32 = 0;
const ITERATOR: u32 = 1;
const NEXT: u32 = 2;
const MAPPER: u32 = 3;
const THIS: u32 = 4;
const PROMISE: u32 = 5;
const INDEX: u32 = 6;
const ITEMS: u32 = 7;
const LENGTH: u32 = 8;
const ERROR: u32 = 9;
const FIELDS: usize = 10;

impl State {
    fn get(&self, i: u32) -> Value {
        self.0.element(i).unwrap_or_default()
    }
    fn set(&self, i: u32, v: Value) {
        self.0.set_element(i, v);
    }
    fn index(&self) -> u64 {
        self.get(INDEX).as_number().unwrap_or(0.0) as u64
    }
    fn iterates(&self) -> bool {
        !self.get(ITERATOR).is_undefined()
    }

    /// Await(v), to go on with `phase`.
    fn wait(&self, cx: &Context, phase: Phase, v: &Value) -> Result<()> {
        let p = match promise::promise_resolve(cx, v) {
            Ok(p) => p,
            Err(t) => {
                let e = promise::caught(cx, t)?;
                return self.rejected(cx, phase, e);
            }
        };
        let captures = || vec![self.0.to_value(), Value::int(phase as i32)];
        let go_on = cx.new_native_closure(fulfilled_function, 1, captures())?;
        let fail = cx.new_native_closure(rejected_function, 1, captures())?;
        promise::perform_then(cx, &p, go_on.into(), fail.into(), None)
    }
    /// Runs one step; what it throws rejects the promise.
    fn attempt(&self, cx: &Context, step: impl FnOnce() -> Result<()>) -> Result<()> {
        match step() {
            Ok(()) => Ok(()),
            Err(t) => {
                let e = promise::caught(cx, t)?;
                self.reject(cx, e)?;
                Ok(())
            }
        }
    }
    /// The same inside the loop over an iterator, which is closed first (IfAbruptCloseAsyncIterator).
    fn attempt_or_close<T>(&self, cx: &Context, r: Result<T>) -> Result<Option<T>> {
        match r {
            Ok(v) => Ok(Some(v)),
            Err(t) => {
                let e = promise::caught(cx, t)?;
                if self.iterates() {
                    self.close(cx, e)?;
                } else {
                    self.reject(cx, e)?;
                }
                Ok(None)
            }
        }
    }
    fn reject(&self, cx: &Context, e: Value) -> Result<()> {
        self.get(PROMISE).as_object().map_or(Ok(()), |p| promise::reject(cx, p, e))
    }
    /// AsyncIteratorClose for a throw completion (7.4.13): the error wins, whatever `return` does.
    fn close(&self, cx: &Context, e: Value) -> Result<()> {
        self.set(ERROR, e);
        let it = self.get(ITERATOR);
        let r = match cx.get_method(&it, cx.name(Name::return_)) {
            Ok(Some(f)) => cx.call(&f, &it, &[]).map(Some),
            Ok(None) => Ok(None),
            Err(t) => Err(t),
        };
        match r {
            Ok(Some(v)) => self.wait(cx, Phase::Closed, &v),
            Ok(None) => {
                self.reject(cx, self.get(ERROR))?;
                Ok(())
            }
            Err(t) => {
                promise::caught(cx, t)?;
                self.reject(cx, self.get(ERROR))?;
                Ok(())
            }
        }
    }

    /// The loop's head: asks for the next element, or ends.
    fn advance(&self, cx: &Context) -> Result<()> {
        let k = self.index();
        if self.iterates() {
            if k >= MAX_SAFE {
                let e = cx.new_error(Intrinsic::TypeErrorPrototype, "too many elements")?;
                return self.close(cx, e.into());
            }
            let r = cx.call(&self.get(NEXT), &self.get(ITERATOR), &[])?;
            return self.wait(cx, Phase::Next, &r);
        }
        if k as f64 >= self.get(LENGTH).as_number().unwrap_or(0.0) {
            return self.finish(cx);
        }
        let items = self.get(ITEMS);
        let v = cx.get_v(&items, &cx.rt().key_from_number(k)?)?;
        self.wait(cx, Phase::Element, &v)
    }
    fn finish(&self, cx: &Context) -> Result<()> {
        let target = self.get(TARGET);
        if let Some(o) = target.as_object() {
            set_length(cx, o, self.index())?;
        }
        match self.get(PROMISE).as_object() {
            Some(p) => promise::resolve_with(cx, p, target),
            None => Ok(()),
        }
    }
    /// An element has come: maps it, if there is a mapper.
    fn element(&self, cx: &Context, v: Value) -> Result<()> {
        let f = self.get(MAPPER);
        if f.is_undefined() {
            return self.store(cx, v);
        }
        let r = cx.call(&f, &self.get(THIS), &[v, self.get(INDEX)]);
        match self.attempt_or_close(cx, r)? {
            Some(v) => self.wait(cx, Phase::Mapped, &v),
            None => Ok(()),
        }
    }
    fn store(&self, cx: &Context, v: Value) -> Result<()> {
        let target = self.get(TARGET);
        let Some(o) = target.as_object() else {
            return Ok(());
        };
        let k = self.index();
        let r = o.create_index(cx, k, v);
        if self.attempt_or_close(cx, r)?.is_some() {
            self.set(INDEX, index_value(k + 1));
            self.advance(cx)?;
        }
        Ok(())
    }
    fn fulfilled(&self, cx: &Context, phase: Phase, v: &Value) -> Result<()> {
        match phase {
            Phase::Next => {
                if !v.is_object() {
                    return Err(cx.throw_type("iterator must return an object"));
                }
                if to_boolean(&cx.get_v(v, cx.name(Name::done))?) {
                    return self.finish(cx);
                }
                let v = cx.get_v(v, cx.name(Name::value))?;
                self.element(cx, v)
            }
            Phase::Element => self.element(cx, v.clone()),
            Phase::Mapped => self.store(cx, v.clone()),
            Phase::Closed => {
                self.reject(cx, self.get(ERROR))?;
                Ok(())
            }
        }
    }
    fn rejected(&self, cx: &Context, phase: Phase, e: Value) -> Result<()> {
        match phase {
            Phase::Closed => self.reject(cx, self.get(ERROR))?,
            Phase::Mapped if self.iterates() => return self.close(cx, e),
            _ => self.reject(cx, e)?,
        }
        Ok(())
    }
}

fn resumed(c: &Call<'_>) -> Option<(State, Phase)> {
    let state = c.capture(0).as_gc::<Object>()?.clone();
    let phase = *PHASES.get(c.capture(1).as_int()? as usize)?;
    Some((State(state), phase))
}
fn fulfilled_function(c: &Call<'_>) -> Result {
    if let Some((s, phase)) = resumed(c) {
        s.attempt(c.cx, || s.fulfilled(c.cx, phase, c.arg(0)))?;
    }
    Ok(Value::UNDEFINED)
}
fn rejected_function(c: &Call<'_>) -> Result {
    if let Some((s, phase)) = resumed(c) {
        s.attempt(c.cx, || s.rejected(c.cx, phase, c.arg(0).clone()))?;
    }
    Ok(Value::UNDEFINED)
}

/// Array.fromAsync ( asyncItems [ , mapper [ , thisArg ] ] ) (23.1.2.2)
pub(super) fn from_async(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let p = promise::new_promise(cx)?;
    let list = cx.new_array_from((0..FIELDS).map(|_| Value::UNDEFINED))?;
    let s = State(list);
    s.set(PROMISE, p.to_value());
    s.attempt(cx, || start(c, &s))?;
    Ok(p.into())
}
fn start(c: &Call<'_>, s: &State) -> Result<()> {
    let cx = c.cx;
    let (items, mapper) = (c.arg(0), c.arg(1));
    if !mapper.is_undefined() && !mapper.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    s.set(MAPPER, mapper.clone());
    s.set(THIS, c.arg(2).clone());
    s.set(INDEX, Value::int(0));
    let ctor = this_constructor(c)?;
    if let Some((it, next)) = crate::vm::async_iter::get_optional(cx, items)? {
        let target = match ctor {
            Some(f) => cx.construct(f, &[], f)?,
            None => cx.new_array(0)?,
        };
        s.set(TARGET, target.into());
        s.set(ITERATOR, it);
        s.set(NEXT, next);
    } else {
        let o = cx.to_object(items)?;
        let len = cx.length_of(&o)?;
        let target = match ctor {
            Some(f) => cx.construct(f, &[index_value(len)], f)?,
            None => super::array_create(cx, len, None)?,
        };
        s.set(TARGET, target.into());
        s.set(ITEMS, o.into());
        s.set(LENGTH, index_value(len));
    }
    s.advance(cx)
}
