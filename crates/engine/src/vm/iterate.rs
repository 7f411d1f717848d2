//! for-in enumeration and the iteration instructions.

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::iteration::IteratorRecord;
use crate::object::class::{ClassVt, Payload, id, vt_of};
use crate::object::{Keys, Object, Shape};
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};
use std::cell::RefCell;
use std::collections::HashSet;

/// The payload of a for-in enumerator.
struct ForIn {
    state: RefCell<State>,
}
struct State {
    /// The object whose keys are being visited; the receiver at first, then its prototypes.
    object: Option<Gc<Object>>,
    keys: Option<Keys>,
    next: usize,
    /// While the object has this shape, all its keys are there and enumerable.
    shape: Option<Gc<Shape>>,
    /// No prototype has anything to enumerate.
    alone: bool,
    /// Keys visited on earlier objects, if there are prototypes to look into.
    visited: Option<Box<Visited>>,
}
#[derive(Default)]
struct Visited {
    known: HashSet<u64>,
    kept: Vec<PropertyKey>,
}
impl Payload for ForIn {
    const CLASSES: std::ops::RangeInclusive<u16> = id::FOR_IN..=id::FOR_IN;
    fn trace(&self, t: &mut Tracer<'_>) {
        let s = self.state.borrow();
        if let Some(o) = &s.object {
            t.visit(o.as_value());
        }
        if let Some(s) = &s.shape {
            t.visit(s.as_value());
        }
    }
}
/// How the engine treats enumerators.
pub(crate) fn for_in_class() -> &'static ClassVt {
    vt_of::<ForIn>()
}

/// Have the prototypes of `o` nothing that for-in would visit or that could hide anything?
fn prototypes_are_silent(o: &Object) -> bool {
    let mut next = o.proto();
    while let Some(p) = next {
        if !p.has_silent_properties() {
            return false;
        }
        next = p.proto();
    }
    true
}

/// EnumerateObjectProperties (14.7.5.9): the enumerator, or undefined for nothing to enumerate.
pub(crate) fn for_in_start(cx: &Context, v: &Value) -> Result {
    let object = if v.is_nullish() { None } else { Some(cx.to_object(v)?) };
    let alone = object.as_ref().is_some_and(|o| o.exotic().is_none() && prototypes_are_silent(o));
    let (keys, shape) = match &object {
        None => (None, None),
        Some(o) => match o.enumerable_keys_by_shape(cx)?.filter(|_| alone) {
            Some((keys, shape)) => (Some(keys), Some(shape)),
            None => (Some(o.own_keys(cx)?), None),
        },
    };
    let state = State { object, keys, next: 0, shape, alone, visited: None };
    Ok(cx.new_with_data(None, id::FOR_IN, ForIn { state: RefCell::new(state) })?.into())
}

/// The next key, if there is one.
pub(crate) fn for_in_next(cx: &Context, v: &Value) -> Result<Option<Value>> {
    let Some(e) = v.as_object().and_then(|o| o.data::<ForIn>()) else {
        return Ok(None);
    };
    loop {
        let (object, key, alone) = {
            let mut s = e.state.borrow_mut();
            let Some(o) = &s.object else {
                return Ok(None);
            };
            let key = s.keys.as_ref().and_then(|k| k.get(s.next).cloned());
            let sure = s.shape.as_ref().is_some_and(|shape| std::ptr::eq(o.shape(), &**shape));
            let (o, alone) = (o.clone(), s.alone);
            s.next += 1;
            if let Some(key) = &key
                && sure
            {
                return key.to_value(cx.rt()).map(Some);
            }
            (o, key, alone)
        };
        match key {
            Some(key) => {
                let visited =
                    |s: &State| s.visited.as_ref().is_some_and(|v| v.known.contains(&key.raw().bits()));
                if key.is_symbol() || visited(&e.state.borrow()) {
                    continue;
                }
                // Deleted in the meantime, or not enumerable? Both hide nothing of the prototypes… but an
                // own property that is not enumerable does.
                let Some(p) = object.get_own_property(cx, &key)? else {
                    continue;
                };
                if !alone && object.proto().is_some() {
                    let mut s = e.state.borrow_mut();
                    let v = s.visited.get_or_insert_default();
                    v.known.insert(key.raw().bits());
                    v.kept.push(key.clone());
                }
                if p.is_enumerable() {
                    return key.to_value(cx.rt()).map(Some);
                }
            }
            None if alone => {
                let mut s = e.state.borrow_mut();
                let old = (s.object.take(), s.keys.take(), s.shape.take());
                drop(s);
                drop(old);
            }
            None => {
                let proto = object.get_prototype_of(cx)?;
                cx.poll()?;
                let keys = match &proto {
                    Some(p) => Some(p.own_keys(cx)?),
                    None => None,
                };
                let mut s = e.state.borrow_mut();
                let old = (std::mem::replace(&mut s.object, proto), s.shape.take());
                s.keys = keys;
                s.next = 0;
                drop(s);
                drop(old);
            }
        }
    }
}

/// GetIterator: (iterator, next method). A plain array is its own iterator, with the index in the third
/// register, while nothing about array iteration has been changed.
pub(crate) fn get_iterator(cx: &Context, v: &Value, is_async: bool) -> Result<(Value, Value)> {
    if is_async {
        return super::park::get_async_iterator(cx, v);
    }
    if cx.is_plain_iterable(v)? {
        return Ok((v.clone(), Value::HOLE));
    }
    let Some(m) = cx.get_method(v, cx.symbol(Sym::iterator))? else {
        return Err(cx.throw_type("value is not iterable"));
    };
    let r = IteratorRecord::from_method(cx, v, &m)?;
    Ok((r.iterator, r.next))
}

/// The real iterator of an array that is iterated directly.
pub(crate) fn materialize(cx: &Context, v: &Value) -> Result<(Value, Value)> {
    let Some(m) = cx.get_method(v, cx.symbol(Sym::iterator))? else {
        return Err(cx.throw_type("value is not iterable"));
    };
    let r = IteratorRecord::from_method(cx, v, &m)?;
    Ok((r.iterator, r.next))
}

/// The next value of the iterator whose three registers begin at `r`; None when it is over.
///
/// # Safety
/// `r` points to three registers set by GetIterator.
pub(crate) unsafe fn next(cx: &Context, r: *mut Value) -> Result<Option<Value>> {
    // SAFETY: per contract; the registers are cloned before script can run.
    let (it, method) = unsafe { (&*r, &*r.add(1)) };
    if method.is_hole() {
        let Some(a) = it.as_object() else {
            return Ok(None);
        };
        // SAFETY: per contract.
        let i = unsafe { (*r.add(2)).as_number().unwrap_or(0.0) } as u32;
        if i >= a.array_length() {
            return Ok(None);
        }
        // SAFETY: per contract.
        unsafe { *r.add(2) = Value::from_u32(i + 1) };
        if let Some(v) = a.element(i) {
            return Ok(Some(v));
        }
        let a = a.to_gc();
        return a.get_index(cx, i as u64).map(Some);
    }
    let (it, method) = (it.clone(), method.clone());
    if let Some(r) = crate::iteration::step_builtin(&it, &method) {
        return r;
    }
    let mut rec = IteratorRecord { iterator: it, next: method, done: false };
    rec.step(cx)
}

/// IteratorClose with a normal completion.
pub(crate) fn close(cx: &Context, it: Value) -> Result<()> {
    if it.is_undefined() || is_internal(cx, &it) {
        return Ok(());
    }
    IteratorRecord { iterator: it, next: Value::UNDEFINED, done: false }.close(cx)
}
/// IteratorClose with a throw completion.
pub(crate) fn close_silent(cx: &Context, it: Value) {
    if it.is_undefined() || is_internal(cx, &it) {
        return;
    }
    let pending = cx.rt().take_exception();
    if let Ok(Some(f)) = cx.get_method(&it, cx.name(Name::return_)) {
        let _ = cx.call(&f, &it, &[]);
    }
    match pending {
        Some(e) => cx.rt().set_exception(e),
        None => cx.rt().clear_exception(),
    }
}
/// Is the "iterator" an array that is iterated directly? (%ArrayIteratorPrototype% has no `return`, unless
/// someone gave it one.)
fn is_internal(cx: &Context, it: &Value) -> bool {
    it.as_object().is_some_and(|o| {
        o.class() == id::ARRAY
            && o.proto().is_some_and(|p| p.is(cx.array_prototype()))
            && !cx
                .intrinsic(Intrinsic::ArrayIteratorPrototype)
                .is_ok_and(|p| p.has_property(cx, cx.name(Name::return_)).unwrap_or(false))
            && o.shape().lookup(cx.name(Name::next)).is_none()
    })
}
