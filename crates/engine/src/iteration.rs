//! Operations on iterator objects (7.4), for builtins that consume iterables.

use crate::context::{Context, Intrinsic};
use crate::object::class::id;
use crate::object::function::{NativeData, NativeFn};
use crate::ops::to_boolean;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};

/// An Iterator Record (7.4.1).
#[derive(Clone)]
pub struct IteratorRecord {
    pub iterator: Value,
    pub next: Value,
    pub done: bool,
}

impl IteratorRecord {
    /// GetIterator(v, sync)
    pub fn from_iterable(cx: &Context, v: &Value) -> Result<IteratorRecord> {
        match cx.get_method(v, cx.symbol(Sym::iterator))? {
            Some(m) => IteratorRecord::from_method(cx, v, &m),
            None => Err(cx.throw_type("value is not iterable")),
        }
    }
    /// GetIteratorFromMethod
    pub fn from_method(cx: &Context, v: &Value, method: &Value) -> Result<IteratorRecord> {
        let iterator = cx.call(method, v, &[])?;
        if !iterator.is_object() {
            return Err(cx.throw_type("not an object"));
        }
        IteratorRecord::direct(cx, iterator)
    }
    /// GetIteratorDirect
    pub fn direct(cx: &Context, iterator: Value) -> Result<IteratorRecord> {
        let next = cx.get_v(&iterator, cx.name(Name::next))?;
        Ok(IteratorRecord { iterator, next, done: false })
    }
    /// IteratorNext, IteratorComplete, IteratorValue in one: None when over. Any throw marks the record done.
    pub fn step(&mut self, cx: &Context) -> Result<Option<Value>> {
        match self.step_inner(cx) {
            Ok(Some(v)) => Ok(Some(v)),
            other => {
                self.done = true;
                other
            }
        }
    }
    fn step_inner(&self, cx: &Context) -> Result<Option<Value>> {
        if let Some(r) = step_builtin(&self.iterator, &self.next) {
            return r;
        }
        let r = cx.call(&self.next, &self.iterator, &[])?;
        if !r.is_object() {
            return Err(cx.throw_type("iterator must return an object"));
        }
        if to_boolean(&cx.get_v(&r, cx.name(Name::done))?) {
            return Ok(None);
        }
        cx.get_v(&r, cx.name(Name::value)).map(Some)
    }
    /// IteratorClose for a normal completion: errors of `return` are thrown.
    pub fn close(&self, cx: &Context) -> Result<()> {
        if let Some(f) = cx.get_method(&self.iterator, cx.name(Name::return_))? {
            let r = cx.call(&f, &self.iterator, &[])?;
            if !r.is_object() {
                return Err(cx.throw_type("not an object"));
            }
        }
        Ok(())
    }
    /// IteratorClose for a throw completion: the pending exception stays, whatever `return` does.
    pub fn close_thrown(&self, cx: &Context, t: Thrown) -> Thrown {
        let pending = cx.rt().take_exception();
        if let Ok(Some(f)) = cx.get_method(&self.iterator, cx.name(Name::return_)) {
            let _ = cx.call(&f, &self.iterator, &[]);
        }
        match pending {
            Some(e) => cx.rt().set_exception(e),
            None => cx.rt().clear_exception(),
        }
        t
    }
}

/// One step of an array, Map, Set, string or RegExp string iterator whose `next` is the original, without a result object; None for
/// other iterators.
#[inline]
pub(crate) fn step_builtin(iterator: &Value, next: &Value) -> Option<Result<Option<Value>>> {
    use crate::builtins::{array_iterator, iterator_helper, map_set, regexp, string};
    let o = iterator.as_object()?;
    let c = o.class();
    if (c < id::MAP_ITERATOR || c > id::REGEXP_STRING_ITERATOR) && c != id::ITERATOR_HELPER {
        return None;
    }
    let d = next.as_object()?.data::<NativeData>()?;
    let is = |f: NativeFn| std::ptr::fn_addr_eq(d.f, f);
    if c == id::ITERATOR_HELPER {
        let data = o.data::<iterator_helper::Helper>().filter(|_| is(iterator_helper::NEXT))?;
        return Some(iterator_helper::resume(&d.realm, data));
    }
    if o.class() == id::ARRAY_ITERATOR {
        let data = o.data::<array_iterator::ArrayIteratorData>().filter(|_| is(array_iterator::NEXT))?;
        return Some(array_iterator::step(&d.realm, data));
    }
    if o.class() == id::STRING_ITERATOR {
        if !is(string::iterator_next) {
            return None;
        }
        return string::iterator_step(&d.realm, o);
    }
    if o.class() == id::REGEXP_STRING_ITERATOR {
        if !is(regexp::ITERATOR_NEXT) {
            return None;
        }
        return regexp::iterator_step(&d.realm, o);
    }
    let f: NativeFn =
        if o.class() == id::MAP_ITERATOR { map_set::map_iterator_next } else { map_set::set_iterator_next };
    if is(f) { Some(map_set::iterator_step(&d.realm, o)) } else { None }
}

impl Context {
    /// Calls `f` with every value of an iterable; closes the iterator when `f` throws.
    pub fn for_each(&self, iterable: &Value, mut f: impl FnMut(Value) -> Result<()>) -> Result<()> {
        if self.is_plain_iterable(iterable)? {
            if let Some(a) = iterable.as_object() {
                let mut i = 0;
                while i < a.array_length() {
                    let v = a.get_index(self, i as u64)?;
                    f(v)?;
                    i += 1;
                }
            }
            return Ok(());
        }
        let mut it = IteratorRecord::from_iterable(self, iterable)?;
        while let Some(v) = it.step(self)? {
            if let Err(t) = self.poll().and_then(|()| f(v)) {
                return Err(it.close_thrown(self, t));
            }
        }
        Ok(())
    }
    /// IterableToList
    pub fn iterable_to_list(&self, iterable: &Value) -> Result<Vec<Value>> {
        let mut list = Vec::new();
        self.for_each(iterable, |v| {
            // The list is not charged: now and then see that it stays below what is left.
            let full = list.len() & 1023 == 1023 && self.rt().memory_left() / 16 < list.len();
            if full || list.try_reserve(1).is_err() {
                return Err(self.throw_oom());
            }
            list.push(v);
            Ok(())
        })?;
        Ok(list)
    }
    /// Is it an array that iterates as arrays do, nothing overridden? Then nobody can see the shortcut.
    pub fn is_plain_iterable(&self, v: &Value) -> Result<bool> {
        let Some(o) = v.as_object() else {
            return Ok(false);
        };
        if o.class() != id::ARRAY
            || !o.proto().is_some_and(|p| p.is(self.array_prototype()))
            || o.shape().lookup(self.symbol(Sym::iterator)).is_some()
        {
            return Ok(false);
        }
        let values = self.array_prototype().get(self, self.symbol(Sym::iterator))?;
        if !values.same_bits(self.intrinsic(Intrinsic::ArrayProtoValues)?.as_value()) {
            return Ok(false);
        }
        let p = self.intrinsic(Intrinsic::ArrayIteratorPrototype)?.clone();
        let next = p.get(self, self.name(Name::next))?;
        Ok(next.as_object().is_some_and(|f| {
            f.data::<NativeData>()
                .is_some_and(|d| std::ptr::fn_addr_eq(d.f, crate::builtins::array_iterator::NEXT))
        }))
    }
}
