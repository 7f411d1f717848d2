//! Iterator helper objects (27.1.2.1): what lazy iterator methods, Iterator.concat and Iterator.zip answer.
//! The specification writes them as generators; here each is a state and one function for its next step.

use super::iterator::{Strings, flattenable, step_done, step_value};
use crate::context::{Context, Intrinsic};
use crate::heap::buf::Buf;
use crate::heap::gc::Tracer;
use crate::iteration::IteratorRecord;
use crate::object::class::{ClassId, Payload, id};
use crate::object::function::{Call, NativeFn};
use crate::object::lazy::{Def, method, tag};
use crate::ops::to_boolean;
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell, RefCell};

/// %IteratorHelperPrototype%'s members.
pub(super) const HELPER: &[Def] =
    &[method("next", NEXT, 0), method("return", return_, 0), tag("Iterator Helper")];

/// What a helper does, and with what.
pub(crate) enum Step {
    Map(Value),
    Filter(Value),
    FlatMap(Value),
    Take(f64),
    Drop(f64),
    Chunks(u32),
    /// Size, and whether one smaller window may come last.
    Windows(u32, bool),
    /// The iterables and their @@iterator methods.
    Concat(Buf<(Value, Value)>),
    Zip(Zip),
}

/// What Iterator.zip and zipKeyed keep.
pub(crate) struct Zip {
    /// None once exhausted.
    iterators: RefCell<Buf<Option<IteratorRecord>>>,
    mode: Mode,
    padding: Buf<Value>,
    /// zipKeyed's keys; None: results are arrays.
    keys: Option<Buf<PropertyKey>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Shortest,
    Longest,
    Strict,
}

/// A generator's states.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Yield,
    Executing,
    Completed,
}

/// The payload of helper objects.
pub(crate) struct Helper {
    state: Cell<State>,
    /// [[UnderlyingIterator]]; None for concat and zip.
    underlying: Option<IteratorRecord>,
    step: Step,
    /// How many values were taken; for take and drop how many remain.
    counter: Cell<f64>,
    /// The underlying iterator is exhausted: `return` does not close it.
    exhausted: Cell<bool>,
    /// flatMap's and concat's current inner iterator.
    inner: RefCell<Option<IteratorRecord>>,
    /// chunks' and windows' values.
    buffer: RefCell<Buf<Value>>,
}

fn visit(t: &mut Tracer<'_>, it: &IteratorRecord) {
    t.visit(&it.iterator);
    t.visit(&it.next);
}

impl Payload for Helper {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::ITERATOR_HELPER..=id::ITERATOR_HELPER;
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(it) = &self.underlying {
            visit(t, it);
        }
        if let Some(it) = &*self.inner.borrow() {
            visit(t, it);
        }
        self.buffer.borrow().iter().for_each(|v| t.visit(v));
        match &self.step {
            Step::Map(f) | Step::Filter(f) | Step::FlatMap(f) => t.visit(f),
            Step::Concat(list) => {
                for (iterable, m) in list.iter() {
                    t.visit(iterable);
                    t.visit(m);
                }
            }
            Step::Zip(z) => {
                z.iterators.borrow().iter().flatten().for_each(|it| visit(t, it));
                z.padding.iter().for_each(|v| t.visit(v));
            }
            _ => {}
        }
    }
}

impl Helper {
    /// A new helper object.
    pub(super) fn create(cx: &Context, underlying: Option<IteratorRecord>, step: Step) -> Result {
        let counter = match step {
            Step::Take(n) | Step::Drop(n) => n,
            _ => 0.0,
        };
        let h = Helper {
            state: Cell::new(State::Start),
            underlying,
            step,
            counter: Cell::new(counter),
            exhausted: Cell::new(false),
            inner: RefCell::new(None),
            buffer: RefCell::new(Buf::new(cx.rt())),
        };
        let proto = cx.intrinsic(Intrinsic::IteratorHelperPrototype)?.clone();
        cx.new_with_data(Some(&proto), id::ITERATOR_HELPER, h).map(Value::from)
    }

    /// Runs up to the next yield; None: over.
    fn advance(&self, cx: &Context) -> Result<Option<Value>> {
        match (&self.step, &self.underlying) {
            (Step::Concat(list), _) => self.concat(cx, list),
            (Step::Zip(z), _) => z.advance(cx),
            (step, Some(it)) => self.advance_one(cx, step, it),
            _ => Ok(None),
        }
    }

    fn count(&self) -> Value {
        let n = self.counter.get();
        self.counter.set(n + 1.0);
        Value::number(n)
    }

    fn advance_one(&self, cx: &Context, step: &Step, it: &IteratorRecord) -> Result<Option<Value>> {
        let close = |t: Thrown| it.close_thrown(cx, t);
        match step {
            Step::Map(f) => {
                let Some(v) = step_value(cx, it)? else {
                    return Ok(None);
                };
                cx.call(f, &Value::UNDEFINED, &[v, self.count()]).map(Some).map_err(close)
            }
            Step::Filter(f) => {
                while let Some(v) = step_value(cx, it)? {
                    cx.poll()?;
                    let r = cx.call(f, &Value::UNDEFINED, &[v.clone(), self.count()]).map_err(close)?;
                    if to_boolean(&r) {
                        return Ok(Some(v));
                    }
                }
                Ok(None)
            }
            Step::Take(_) => {
                let left = self.counter.get();
                if left == 0.0 {
                    it.close(cx)?;
                    return Ok(None);
                }
                self.counter.set(left - 1.0);
                step_value(cx, it)
            }
            Step::Drop(_) => {
                while self.counter.get() > 0.0 {
                    cx.poll()?;
                    self.counter.set(self.counter.get() - 1.0);
                    if !step_done(cx, it)? {
                        return Ok(None);
                    }
                }
                step_value(cx, it)
            }
            Step::FlatMap(f) => loop {
                cx.poll()?;
                let inner = self.inner.borrow().clone();
                if let Some(inner) = inner {
                    if let Some(v) = step_value(cx, &inner).map_err(close)? {
                        return Ok(Some(v));
                    }
                    self.inner.take();
                }
                let Some(v) = step_value(cx, it)? else {
                    return Ok(None);
                };
                let mapped = cx.call(f, &Value::UNDEFINED, &[v, self.count()]).map_err(close)?;
                let inner = flattenable(cx, &mapped, Strings::Reject).map_err(close)?;
                *self.inner.borrow_mut() = Some(inner);
            },
            Step::Chunks(n) => {
                while self.push_to_buffer(cx, it, usize::MAX)? {
                    cx.poll()?;
                    if self.buffer.borrow().len() == *n as usize {
                        break;
                    }
                }
                let chunk = self.buffer.replace(Buf::new(cx.rt()));
                if chunk.is_empty() {
                    return Ok(None);
                }
                cx.new_array_from(chunk.iter().cloned()).map(|a| Some(a.into()))
            }
            Step::Windows(n, partial) => {
                let n = *n as usize;
                loop {
                    cx.poll()?;
                    if self.push_to_buffer(cx, it, n)? {
                        if self.buffer.borrow().len() == n {
                            break;
                        }
                        continue;
                    }
                    let len = self.buffer.borrow().len();
                    if !*partial || len == 0 || len >= n {
                        return Ok(None);
                    }
                    break;
                }
                let window = cx.new_array(self.buffer.borrow().len())?;
                self.buffer.borrow().iter().try_for_each(|v| window.push_element(v.clone()))?;
                if self.exhausted.get() {
                    drop(self.buffer.replace(Buf::new(cx.rt())));
                }
                Ok(Some(window.into()))
            }
            Step::Concat(_) | Step::Zip(_) => Ok(None),
        }
    }

    /// Appends the next value to the buffer, which keeps the last `max`; false when the iterator is over.
    fn push_to_buffer(&self, cx: &Context, it: &IteratorRecord, max: usize) -> Result<bool> {
        if self.exhausted.get() {
            return Ok(false);
        }
        let Some(v) = step_value(cx, it)? else {
            self.exhausted.set(true);
            return Ok(false);
        };
        // Growing may run the collector, which looks into the buffer: it is not borrowed meanwhile.
        let mut b = self.buffer.replace(Buf::new(cx.rt()));
        let mut first = Value::UNDEFINED;
        if b.len() == max {
            b.rotate_left(1);
            first = b.pop().unwrap_or_default();
        }
        let pushed = b.push(v);
        drop(self.buffer.replace(b));
        drop(first);
        pushed.map(|()| true)
    }

    fn concat(&self, cx: &Context, list: &Buf<(Value, Value)>) -> Result<Option<Value>> {
        loop {
            cx.poll()?;
            let inner = self.inner.borrow().clone();
            if let Some(inner) = inner {
                if let Some(v) = step_value(cx, &inner)? {
                    return Ok(Some(v));
                }
                self.inner.take();
            }
            let i = self.counter.get() as usize;
            let Some((iterable, open)) = list.get(i) else {
                return Ok(None);
            };
            self.counter.set(i as f64 + 1.0);
            let inner = IteratorRecord::from_method(cx, iterable, open)?;
            *self.inner.borrow_mut() = Some(inner);
        }
    }

    /// What an abrupt return does to the iterators beneath.
    fn close(&self, cx: &Context) -> Result<()> {
        if let Step::Zip(z) = &self.step {
            return z.close_all(cx, Ok(()));
        }
        let inner = self.inner.take();
        let closed = match &inner {
            Some(inner) => inner.close(cx),
            None => Ok(()),
        };
        match &self.underlying {
            Some(it) if !self.exhausted.get() => match closed {
                Ok(()) => it.close(cx),
                Err(t) => Err(it.close_thrown(cx, t)),
            },
            _ => closed,
        }
    }
}

fn this_helper<'a>(c: &Call<'a>) -> Result<&'a Helper> {
    match c.this.as_object().and_then(|o| o.data::<Helper>()) {
        Some(h) => Ok(h),
        None => Err(c.cx.throw_type("not an Iterator Helper object")),
    }
}

fn throw_running(cx: &Context) -> Thrown {
    cx.throw_type("cannot invoke a running generator")
}

/// GeneratorResume (27.5.3.3): the next value; None when over.
pub(crate) fn resume(cx: &Context, h: &Helper) -> Result<Option<Value>> {
    match h.state.get() {
        State::Executing => return Err(throw_running(cx)),
        State::Completed => return Ok(None),
        State::Start | State::Yield => {}
    }
    cx.check_stack()?;
    h.state.set(State::Executing);
    let r = h.advance(cx);
    h.state.set(if matches!(r, Ok(Some(_))) { State::Yield } else { State::Completed });
    r
}

/// %IteratorHelperPrototype%.next (27.1.2.1.2)
fn next(c: &Call<'_>) -> Result {
    match resume(c.cx, this_helper(c)?)? {
        Some(v) => c.cx.iter_result(v, false),
        None => c.cx.iter_result(Value::UNDEFINED, true),
    }
}

/// %IteratorHelperPrototype%.next
pub(crate) const NEXT: NativeFn = next;

/// %IteratorHelperPrototype%.return (27.1.2.1.3)
fn return_(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let h = this_helper(c)?;
    match h.state.get() {
        State::Executing => return Err(throw_running(cx)),
        State::Completed => {}
        State::Start => {
            h.state.set(State::Completed);
            h.close(cx)?;
        }
        State::Yield => {
            h.state.set(State::Executing);
            let r = h.close(cx);
            h.state.set(State::Completed);
            r?;
        }
    }
    cx.iter_result(Value::UNDEFINED, true)
}

// ---- Iterator.concat

/// Iterator.concat (27.1.3.2.1)
pub(super) fn concat(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let mut list = Buf::with_capacity(cx.rt(), c.args.len())?;
    for item in c.args {
        cx.expect_object(item)?;
        match cx.get_method(item, cx.symbol(Sym::iterator))? {
            Some(m) => list.push((item.clone(), m))?,
            None => return Err(cx.throw_type("value is not iterable")),
        }
    }
    Helper::create(cx, None, Step::Concat(list))
}

// ---- Iterator.zip

/// IteratorCloseAll (7.4.15) over a list: the completion that counts in the end.
fn close_all(cx: &Context, iterators: &[IteratorRecord], completion: Result<()>) -> Result<()> {
    iterators.iter().rev().fold(completion, |done, it| match done {
        Ok(()) => it.close(cx),
        Err(t) => Err(it.close_thrown(cx, t)),
    })
}

impl Zip {
    fn iterator(&self, i: usize) -> Option<IteratorRecord> {
        self.iterators.borrow().get(i).cloned().flatten()
    }
    fn remove(&self, i: usize) {
        let old = self.iterators.borrow_mut().get_mut(i).and_then(|it| it.take());
        drop(old);
    }
    /// IteratorCloseAll of what is still open.
    fn close_all(&self, cx: &Context, mut completion: Result<()>) -> Result<()> {
        for i in (0..self.iterators.borrow().len()).rev() {
            let Some(it) = self.iterator(i) else {
                continue;
            };
            completion = match completion {
                Ok(()) => it.close(cx),
                Err(t) => Err(it.close_thrown(cx, t)),
            };
        }
        completion
    }
    fn fail<T>(&self, cx: &Context, t: Thrown) -> Result<T> {
        self.close_all(cx, Err(t)).and(Err(t))
    }

    /// IteratorZip's closure (27.1.3.2.5.1): one round.
    fn advance(&self, cx: &Context) -> Result<Option<Value>> {
        let n = self.iterators.borrow().len();
        if n == 0 {
            return Ok(None);
        }
        let mut results: Buf<Value> = Buf::with_capacity(cx.rt(), n)?;
        for i in 0..n {
            cx.poll()?;
            let v = match self.iterator(i) {
                None => None,
                Some(it) => match step_value(cx, &it) {
                    Ok(Some(v)) => Some(v),
                    Ok(None) => {
                        self.remove(i);
                        match self.mode {
                            Mode::Shortest => return self.close_all(cx, Ok(())).map(|()| None),
                            Mode::Strict => return self.finish_strict(cx, i, n).map(|()| None),
                            Mode::Longest if self.iterators.borrow().iter().all(|it| it.is_none()) => {
                                return Ok(None);
                            }
                            Mode::Longest => None,
                        }
                    }
                    Err(t) => {
                        self.remove(i);
                        return self.fail(cx, t);
                    }
                },
            };
            results.push(match v {
                Some(v) => v,
                None => self.padding.get(i).cloned().unwrap_or_default(),
            })?;
        }
        let Some(keys) = &self.keys else {
            return cx.new_array_from(results.iter().cloned()).map(|a| Some(a.into()));
        };
        let o = cx.new_object_with_proto(None)?;
        for (key, v) in keys.iter().zip(results.iter()) {
            o.create_data_property_or_throw(cx, key, v.clone())?;
        }
        Ok(Some(o.into()))
    }
    /// Strict mode, once iterator `i` is over: all others must be over too.
    fn finish_strict(&self, cx: &Context, i: usize, n: usize) -> Result<()> {
        if i != 0 {
            let t = cx.throw_type("iterators of different lengths");
            return self.fail(cx, t);
        }
        for k in 1..n {
            let Some(it) = self.iterator(k) else {
                continue;
            };
            match step_done(cx, &it) {
                Ok(false) => self.remove(k),
                Ok(true) => {
                    let t = cx.throw_type("iterators of different lengths");
                    return self.fail(cx, t);
                }
                Err(t) => {
                    self.remove(k);
                    return self.fail(cx, t);
                }
            }
        }
        Ok(())
    }
}

/// Mode and padding option of zip and zipKeyed (steps 2 to 7).
fn zip_options(cx: &Context, options: &Value) -> Result<(Mode, Value)> {
    if options.is_undefined() {
        return Ok((Mode::Shortest, Value::UNDEFINED));
    }
    let o = cx.expect_object(options)?;
    let mode = o.get(cx, cx.name(Name::mode))?;
    let mode = match mode.as_string() {
        None if mode.is_undefined() => Mode::Shortest,
        Some(s) => match s.chars()? {
            s if s.is_ascii_text("shortest") => Mode::Shortest,
            s if s.is_ascii_text("longest") => Mode::Longest,
            s if s.is_ascii_text("strict") => Mode::Strict,
            _ => return Err(cx.throw_type("invalid mode")),
        },
        None => return Err(cx.throw_type("invalid mode")),
    };
    let mut padding = Value::UNDEFINED;
    if mode == Mode::Longest {
        padding = o.get(cx, cx.name(Name::padding))?;
        if !padding.is_undefined() {
            cx.expect_object(&padding)?;
        }
    }
    Ok((mode, padding))
}

fn new_zip(
    cx: &Context,
    iterators: Buf<IteratorRecord>,
    mode: Mode,
    padding: Buf<Value>,
    keys: Option<Buf<PropertyKey>>,
) -> Result {
    let mut list = Buf::with_capacity(cx.rt(), iterators.len())?;
    for it in iterators.iter() {
        list.push(Some(it.clone()))?;
    }
    Helper::create(cx, None, Step::Zip(Zip { iterators: RefCell::new(list), mode, padding, keys }))
}

/// Iterator.zip (27.1.3.2.3)
pub(super) fn zip(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.expect_object(c.arg(0))?;
    let (mode, padding_option) = zip_options(cx, c.arg(1))?;
    let mut iterators: Buf<IteratorRecord> = Buf::new(cx.rt());
    let input = IteratorRecord::from_iterable(cx, c.arg(0))?;
    loop {
        cx.poll()?;
        let v = match step_value(cx, &input) {
            Ok(Some(v)) => v,
            Ok(None) => break,
            Err(t) => return close_all(cx, &iterators, Err(t)).and(Err(t)),
        };
        let opened = flattenable(cx, &v, Strings::Reject).and_then(|it| iterators.push(it));
        if let Err(t) = opened {
            let r = close_all(cx, &iterators, Err(t));
            return close_all(cx, &[input], r).and(Err(t));
        }
    }
    let mut padding = Buf::new(cx.rt());
    if mode == Mode::Longest && !padding_option.is_undefined() {
        let n = iterators.len();
        if let Err(t) = read_padding(cx, &padding_option, n, &mut padding) {
            return close_all(cx, &iterators, Err(t)).and(Err(t));
        }
    }
    new_zip(cx, iterators, mode, padding, None)
}

/// Takes up to `n` values of padding from an iterable, and closes it if there are more.
fn read_padding(cx: &Context, option: &Value, n: usize, padding: &mut Buf<Value>) -> Result<()> {
    let it = IteratorRecord::from_iterable(cx, option)?;
    for _ in 0..n {
        match step_value(cx, &it)? {
            Some(v) => padding.push(v)?,
            None => return Ok(()),
        }
    }
    it.close(cx)
}

/// Iterator.zipKeyed (27.1.3.2.4)
pub(super) fn zip_keyed(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.arg(0))?;
    let (mode, padding_option) = zip_options(cx, c.arg(1))?;
    let mut iterators: Buf<IteratorRecord> = Buf::new(cx.rt());
    let mut keys: Buf<PropertyKey> = Buf::new(cx.rt());
    for key in o.own_keys(cx)?.iter() {
        let opened = (|| {
            cx.poll()?;
            if !o.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable()) {
                return Ok(());
            }
            let v = o.get(cx, key)?;
            if v.is_undefined() {
                return Ok(());
            }
            let it = flattenable(cx, &v, Strings::Reject)?;
            keys.push(key.clone())?;
            iterators.push(it)
        })();
        if let Err(t) = opened {
            return close_all(cx, &iterators, Err(t)).and(Err(t));
        }
    }
    let mut padding = Buf::new(cx.rt());
    if mode == Mode::Longest
        && let Some(p) = padding_option.as_object()
    {
        for key in keys.iter() {
            if let Err(t) = p.get(cx, key).and_then(|v| padding.push(v)) {
                return close_all(cx, &iterators, Err(t)).and(Err(t));
            }
        }
    }
    new_zip(cx, iterators, mode, padding, Some(keys))
}
