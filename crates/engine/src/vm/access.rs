//! Property, element and variable access: inline caches, and the slow halves behind them.

use super::cache::{DEFINED, OWN, PRIMITIVE, Way};
use crate::builtins::typed_array_proto::LENGTH;
use crate::bytecode::op::{Instr, KILL_B, Op};
use crate::bytecode::template::{InlineCache, Template};
use crate::context::{Context, Intrinsic};
use crate::heap::{Accessor, Gc, flag};
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::NativeData;
use crate::object::shape::{Shape, prop};
use crate::ops::to_boolean;
use crate::runtime::Runtime;
use crate::text::Str;
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};

/// A cached read.
#[inline(always)]
pub(crate) fn field_hit<'a>(rt: &Runtime, v: &'a Value, c: &'a InlineCache) -> Option<&'a Value> {
    let o = v.as_object()?;
    if o.shape_ptr() != c.shape_ptr() {
        return None;
    }
    let slot = c.slot.get() as usize;
    if c.epoch.get() == OWN {
        return Some(o.slot(slot));
    }
    if c.epoch.get() == rt.epoch.get()
        && let Some(h) = c.next().as_object()
    {
        return Some(h.slot(slot));
    }
    None
}

/// A cached read of a string's method.
#[inline(always)]
pub(crate) fn string_method_hit<'a>(cx: &'a Context, v: &Value, c: &InlineCache) -> Option<&'a Value> {
    if c.epoch.get() != PRIMITIVE || !v.is_string() {
        return None;
    }
    let proto = cx.known_intrinsic(Intrinsic::StringPrototype)?;
    if proto.shape_ptr() == c.shape_ptr() { Some(proto.slot(c.slot.get() as usize)) } else { None }
}

/// `v.length` of what is neither an array nor a string.
#[inline(never)]
pub(crate) fn get_length(cx: &Context, v: &Value, c: &InlineCache) -> Result {
    if let Some(v) = field_hit(cx.rt(), v, c) {
        return Ok(v.clone());
    }
    // A typed array's, where nothing is in the way of the getter they all inherit.
    if let Some(o) = v.as_object()
        && let Some((view, e)) = crate::object::buffer::typed_array(o)
        && let Some(a) = c.way(o).and_then(|w| w.read(cx.rt(), o)).and_then(|v| v.as_gc::<Accessor>())
        && let Some(getter) = a.getter().as_object()
        && let Some(d) = getter.data::<NativeData>()
        && std::ptr::fn_addr_eq(d.f, LENGTH)
    {
        return Ok(Value::from_usize(view.current_length(e.shift()).unwrap_or(0)));
    }
    get_field(cx, v, c)
}

/// A read that the first entry does not know.
#[inline(never)]
pub(crate) fn get_field(cx: &Context, v: &Value, c: &InlineCache) -> Result {
    if let Some(o) = v.as_object()
        && let Some(w) = c.way(o)
        && let Some(found) = w.read(cx.rt(), o)
    {
        let getter = match found.as_gc::<Accessor>() {
            None => return Ok(found.clone()),
            Some(a) => a.getter().clone(),
        };
        return if getter.is_undefined() { Ok(Value::UNDEFINED) } else { cx.call(&getter, v, &[]) };
    }
    get_field_slow(cx, v, c)
}

/// A read that missed: the whole way, remembering what can be remembered.
#[cold]
#[inline(never)]
fn get_field_slow(cx: &Context, v: &Value, c: &InlineCache) -> Result {
    let Some(receiver) = v.as_object() else {
        return get_primitive_field(cx, v, c);
    };
    let mut o: &Object = receiver;
    let mut cacheable = true;
    let mut first = true;
    loop {
        if let Some(e) = o.exotic()
            && !(first && is_typed(o) && is_no_index(&c.key))
        {
            return e.get(cx, o, &c.key, v);
        }
        if let Some((slot, flags)) = o.find(cx, &c.key)? {
            let accessor = flags & prop::ACCESSOR != 0;
            // (Functions' `caller` and `arguments` are more than their getter: see `legacy`.)
            let more = accessor && (c.key == *cx.name(Name::caller) || c.key == *cx.name(Name::arguments));
            if cacheable && flags & prop::LENGTH == 0 && !more {
                if first {
                    c.add(Way::own(o.shape(), slot), accessor);
                } else if !receiver.shape().is_dictionary() {
                    c.add(Way::of(receiver.shape(), slot, o.to_value(), cx.rt().epoch.get()), accessor);
                }
            }
            if flags & (prop::ACCESSOR | prop::LENGTH) == 0 {
                return Ok(o.slot(slot).clone());
            }
            return o.get_with_receiver(cx, &c.key, v);
        }
        // A function whose own properties are not there yet may get one by this name.
        if o.has_flag(flag::LAZY) && !first {
            cacheable = false;
        }
        match o.proto() {
            Some(p) => o = p,
            None => return Ok(Value::UNDEFINED),
        }
        first = false;
    }
}

/// Is the key certainly no canonical numeric string, so that for typed arrays it is like any other?
fn is_no_index(key: &PropertyKey) -> bool {
    match key.raw().as_string().and_then(|s| s.flat_chars()) {
        Some(c) => c.get(0).is_some_and(|u| (b'a' as u16..=b'z' as u16).contains(&u)),
        None => key.raw().is_symbol(),
    }
}

/// A read of a primitive's property, mostly a method of its prototype.
fn get_primitive_field(cx: &Context, v: &Value, c: &InlineCache) -> Result {
    let Some(proto) = cx.primitive_prototype(v)? else {
        return cx.get_v(v, &c.key);
    };
    if c.epoch.get() == PRIMITIVE && proto.shape_ptr() == c.shape_ptr() {
        return Ok(proto.slot(c.slot.get() as usize).clone());
    }
    if c.key != *cx.name(Name::length)
        && c.key.as_index().is_none()
        && let Some((slot, flags)) = proto.find(cx, &c.key)?
        && flags & (prop::ACCESSOR | prop::LENGTH) == 0
    {
        // A dictionary shape belongs to this one prototype, of this one realm.
        if proto.shape().is_dictionary() && !c.has_ways() {
            c.fill(Way::of(proto.shape(), slot, Value::UNDEFINED, PRIMITIVE));
        }
        return Ok(proto.slot(slot).clone());
    }
    cx.get_v(v, &c.key)
}

/// Where a cached write of a property that is there goes.
#[inline(always)]
pub(crate) fn field_place(v: &Value, c: &InlineCache) -> Option<*mut Value> {
    let o = v.as_object()?;
    if o.shape_ptr() == c.shape_ptr() && c.epoch.get() == OWN {
        Some(o.slot_ptr(c.slot.get() as usize))
    } else {
        None
    }
}

/// A cached write that adds a property; gives the value back where the first entry does not know the shape.
#[inline(always)]
pub(crate) fn add_hit(rt: &Runtime, v: &Value, c: &InlineCache, value: Value) -> Option<Value> {
    let Some(o) = v.as_object() else {
        return Some(value);
    };
    if o.shape_ptr() != c.shape_ptr() {
        return Some(value);
    }
    add_known(rt, o, c.slot.get(), c.epoch.get(), c.next(), value)
}
#[inline(always)]
fn add_known(rt: &Runtime, o: &Object, slot: u32, epoch: u32, next: &Value, value: Value) -> Option<Value> {
    let slot = slot as usize;
    // A prototype that gains a property goes the long way, which changes the epoch.
    if epoch == rt.epoch.get()
        && !o.has_flag(flag::PROTOTYPE)
        && let Some(next) = next.as_gc::<Shape>()
    {
        if o.reserve_slot(slot).is_err() {
            rt.clear_exception();
            return Some(value);
        }
        // SAFETY: the slot is the next one, and there is room.
        unsafe { o.slot_ptr(slot).write(value) };
        o.set_shape(next.clone());
        return None;
    }
    Some(value)
}

/// A write that the first entry does not know.
#[inline(never)]
pub(crate) fn set_field(
    cx: &Context,
    v: &Value,
    c: &InlineCache,
    mut value: Value,
    strict: bool,
) -> Result<()> {
    if let Some(o) = v.as_object()
        && let Some(w) = c.way(o)
    {
        if w.epoch() == OWN {
            if let Some(a) = o.slot(w.slot()).as_gc::<Accessor>() {
                let setter = a.setter().clone();
                if setter.is_callable() {
                    return cx.call(&setter, v, &[value]).map(|_| ());
                }
            } else {
                o.set_slot(w.slot(), value);
                return Ok(());
            }
        } else {
            match add_known(cx.rt(), o, w.slot() as u32, w.epoch(), w.next(), value) {
                None => return Ok(()),
                Some(v) => value = v,
            }
        }
    }
    set_field_slow(cx, v, c, value, strict)
}
#[cold]
#[inline(never)]
fn set_field_slow(cx: &Context, v: &Value, c: &InlineCache, value: Value, strict: bool) -> Result<()> {
    if let Some(o) = v.as_object()
        && o.exotic().is_none()
    {
        if let Some((slot, flags)) = o.find(cx, &c.key)? {
            if flags & prop::ACCESSOR != 0 {
                c.add(Way::own(o.shape(), slot), true);
            } else if flags & prop::LENGTH == 0 && flags & prop::WRITABLE != 0 {
                c.add(Way::own(o.shape(), slot), false);
                o.set_slot(slot, value);
                return Ok(());
            }
        } else if !o.has_flag(flag::LAZY | flag::PROTOTYPE) && !o.shape().is_dictionary() {
            let before = Gc::from_ref(o.shape());
            let ok = o.set_with_receiver(cx, &c.key, value, v)?;
            // Remember the addition if that is what happened.
            let after = o.shape();
            if ok
                && !after.is_dictionary()
                && after.slot_count() == before.slot_count() + 1
                && after.lookup(&c.key).is_some_and(|(s, f)| s + 1 == after.slot_count() && f == prop::ALL)
                && chain_is_plain(o)
            {
                let epoch = cx.rt().epoch.get();
                c.add(Way::of(&before, before.slot_count(), Gc::from_ref(after).into(), epoch), false);
            }
            return check_set(cx, ok, v.as_object(), &c.key, strict);
        }
    }
    let ok = cx.set_v(v, &c.key, value)?;
    check_set(cx, ok, v.as_object(), &c.key, strict)
}

/// Are all prototypes ordinary, so that the epoch vouches for what they lack?
fn chain_is_plain(o: &Object) -> bool {
    let mut p = o.proto();
    while let Some(x) = p {
        if x.exotic().is_some() || x.has_flag(flag::LAZY) {
            return false;
        }
        p = x.proto();
    }
    true
}

fn check_set(cx: &Context, ok: bool, o: Option<&Object>, key: &PropertyKey, strict: bool) -> Result<()> {
    if !ok && strict && !o.is_some_and(|o| o.refuses_silently()) {
        return Err(cx.throw_read_only(key));
    }
    Ok(())
}

/// A cached property definition of an object literal.
#[inline(always)]
pub(crate) fn define_hit(v: &Value, c: &InlineCache, value: Value) -> Option<Value> {
    let Some(o) = v.as_object() else {
        return Some(value);
    };
    if o.shape_ptr() != c.shape_ptr() {
        return Some(value);
    }
    let Some(next) = c.next().as_gc::<Shape>() else {
        return Some(value);
    };
    let slot = c.slot.get() as usize;
    if o.reserve_slot(slot).is_err() {
        o.runtime().clear_exception();
        return Some(value);
    }
    // SAFETY: the slot is the next one, and there is room.
    unsafe { o.slot_ptr(slot).write(value) };
    o.set_shape(next.clone());
    None
}

/// A definition that missed.
#[cold]
#[inline(never)]
pub(crate) fn define_field(cx: &Context, v: &Value, c: &InlineCache, value: Value, any: bool) -> Result<()> {
    let Some(o) = v.as_object() else {
        return Err(cx.throw_type("not an object"));
    };
    if any {
        return o.create_data_property_or_throw(cx, &c.key, value);
    }
    if !o.shape().is_dictionary() && !o.has_flag(flag::LAZY) && o.shape().lookup(&c.key).is_none() {
        let before = Gc::from_ref(o.shape());
        o.add_property(&c.key, value, prop::ALL)?;
        if !o.shape().is_dictionary() {
            c.fill(Way::of(&before, before.slot_count(), Gc::from_ref(o.shape()).into(), DEFINED));
        }
        return Ok(());
    }
    o.create_data_property_or_throw(cx, &c.key, value)
}

/// `array[int]` of a dense array.
#[inline(always)]
pub(crate) fn elem_hit<'a>(v: &'a Value, k: &Value) -> Option<&'a Value> {
    if !k.is_int() {
        return None;
    }
    let o = v.as_object()?;
    if o.class() != id::ARRAY && o.class() != id::ARGUMENTS {
        return None;
    }
    let (a, i) = (o.array_data()?, k.int_unchecked());
    if (i as u32) >= a.dense() {
        return None;
    }
    // SAFETY: dense elements are initialized.
    let e = unsafe { &*a.elements().add(i as usize) };
    if e.is_hole() { None } else { Some(e) }
}

/// Is the object a typed array?
#[inline(always)]
fn is_typed(o: &Object) -> bool {
    (id::UINT8C_ARRAY..=id::FLOAT64_ARRAY).contains(&o.class())
}

/// A double that is an int32 all the same.
fn whole(k: &Value) -> Option<i32> {
    if !k.is_double() {
        return None;
    }
    Value::number(k.as_number()?).as_int()
}

/// A computed read that is not of a dense array.
#[inline(never)]
pub(crate) fn get_elem(cx: &Context, v: &Value, k: &Value) -> Result {
    if k.is_int()
        && k.int_unchecked() >= 0
        && let Some(o) = v.as_object()
        && is_typed(o)
        && let Some(e) = crate::object::buffer::fast_get(o, k.int_unchecked() as u32)
    {
        return Ok(e);
    }
    get_elem_slow(cx, v, k)
}
#[inline(never)]
fn get_elem_slow(cx: &Context, v: &Value, k: &Value) -> Result {
    if let Some(i) = whole(k) {
        let k = Value::int(i);
        return match elem_hit(v, &k) {
            Some(e) => Ok(e.clone()),
            None => get_elem(cx, v, &k),
        };
    }
    if let Some(i) = k.as_int()
        && i >= 0
    {
        if let Some(s) = v.as_string() {
            if (i as usize) < s.len() {
                return cx.rt().new_unit(s.at(i as usize)?).map(Value::from);
            }
        } else if let Some(o) = v.as_object() {
            if o.exotic().is_none()
                && let Some(e) = o.element(i as u32)
            {
                return Ok(e);
            }
            return o.get_with_receiver(cx, &PropertyKey::int(i), v);
        }
    }
    if v.is_nullish() {
        // The key is not converted first: its toString must not run.
        let what = if v.is_null() { "null" } else { "undefined" };
        let name = match k.as_string() {
            Some(s) => s.to_lossy(),
            None if k.is_object() => String::from("[object]"),
            None => cx.describe(k),
        };
        return Err(cx.throw_type(&format!("cannot read property '{name}' of {what}")));
    }
    let key = cx.to_property_key(k)?;
    cx.get_v(v, &key)
}

/// Where `array[int] = v` goes where that element of a dense array is there.
#[inline(always)]
pub(crate) fn elem_place(v: &Value, k: &Value) -> Option<*mut Value> {
    if !k.is_int() {
        return None;
    }
    let o = v.as_object()?;
    if o.class() != id::ARRAY {
        return None;
    }
    let (a, i) = (o.array_data()?, k.int_unchecked());
    if (i as u32) >= a.dense() {
        return None;
    }
    // SAFETY: dense elements are initialized.
    unsafe {
        let e = a.elements().add(i as usize);
        if (*e).is_hole() { None } else { Some(e) }
    }
}

/// `array[length] = v` and `typed[int] = v` in their plain forms; gives the value back otherwise.
#[inline(always)]
fn append_or_typed(rt: &Runtime, v: &Value, k: &Value, value: Value) -> Option<Value> {
    let (Some(o), true) = (v.as_object(), k.is_int()) else {
        return Some(value);
    };
    let i = k.int_unchecked();
    if is_typed(o) {
        let done = i >= 0 && crate::object::buffer::fast_set(o, i as u32, &value).is_some();
        return if done { None } else { Some(value) };
    }
    if o.class() == id::ARRAY
        && let Some(a) = o.array_data()
        && let n = a.dense()
        && i as u32 == n
        && a.length() <= n
        && !a.is_slow()
        && !rt.proto_has_elements.get()
        && o.ordinary_is_extensible()
        && o.array_length_writable()
        && !o.has_flag(flag::PROTOTYPE)
    {
        // Room first, so that the value is still at hand when there is none: the slow way throws then.
        if a.reserve_dense(rt).is_err() {
            rt.clear_exception();
            return Some(value);
        }
        if a.push_dense(rt, value).is_ok() && a.length() == n {
            o.set_array_length_raw(n + 1);
        }
        return None;
    }
    Some(value)
}

/// `array[int]` and `typed[int]` in their plain forms.
#[inline(always)]
pub(crate) fn plain_elem(v: &Value, k: &Value) -> Option<Value> {
    if let Some(e) = elem_hit(v, k) {
        return Some(e.clone());
    }
    let (i, o) = (k.as_int()?, v.as_object()?);
    if i >= 0 && is_typed(o) { crate::object::buffer::fast_get(o, i as u32) } else { None }
}
/// `array[int] = v` and `typed[int] = v` in their plain forms; gives the value back otherwise.
#[inline(always)]
pub(crate) fn set_plain_elem(rt: &Runtime, v: &Value, k: &Value, value: Value) -> Option<Value> {
    match elem_place(v, k) {
        Some(p) => {
            // SAFETY: the element is there; the old value is dropped after the new one is in place.
            drop(unsafe { std::ptr::replace(p, value) });
            None
        }
        None => append_or_typed(rt, v, k, value),
    }
}

/// A computed write that does not go to an element of a dense array.
#[inline(never)]
pub(crate) fn set_elem(cx: &Context, v: &Value, k: &Value, value: Value, strict: bool) -> Result<()> {
    match append_or_typed(cx.rt(), v, k, value) {
        None => Ok(()),
        Some(value) => set_elem_slow(cx, v, k, value, strict),
    }
}
#[inline(never)]
fn set_elem_slow(cx: &Context, v: &Value, k: &Value, value: Value, strict: bool) -> Result<()> {
    if let Some(i) = whole(k) {
        let k = Value::int(i);
        match elem_place(v, &k) {
            // SAFETY: the element is there; the old value is dropped after the new one is in place.
            Some(p) => drop(unsafe { std::ptr::replace(p, value) }),
            None => return set_elem(cx, v, &k, value, strict),
        }
        return Ok(());
    }
    if v.is_nullish() {
        let what = if v.is_null() { "null" } else { "undefined" };
        let name = if k.is_object() { String::from("[object]") } else { cx.describe(k) };
        return Err(cx.throw_type(&format!("cannot set property '{name}' of {what}")));
    }
    let key = cx.to_property_key(k)?;
    let ok = cx.set_v(v, &key, value)?;
    check_set(cx, ok, v.as_object(), &key, strict)
}

/// ElemKey
pub(crate) fn elem_key(cx: &Context, v: &Value, k: &Value) -> Result {
    if k.is_number() || k.is_string() || k.is_symbol() {
        return Ok(k.clone());
    }
    if v.is_nullish() {
        return get_elem(cx, v, k);
    }
    cx.to_property_key(k)?.to_value(cx.rt())
}

/// `delete v[k]`
pub(crate) fn delete_elem(cx: &Context, v: &Value, k: &Value, strict: bool) -> Result<bool> {
    let o = cx.to_object(v)?;
    let key = cx.to_property_key(k)?;
    let ok = o.delete(cx, &key)?;
    if !ok && strict {
        return Err(cx.throw_type(&format!("could not delete property '{}'", key.to_lossy())));
    }
    Ok(ok)
}

/// A super property read.
pub(crate) fn get_super(cx: &Context, base: &Value, k: &Value, this: &Value) -> Result {
    let key = cx.to_property_key(k)?;
    match base.as_object() {
        Some(o) => o.get_with_receiver(cx, &key, this),
        None => Err(cx.throw_type(&format!("cannot read property '{}' of null", key.to_lossy()))),
    }
}
/// A super property write.
pub(crate) fn set_super(
    cx: &Context,
    base: &Value,
    k: &Value,
    v: Value,
    this: &Value,
    strict: bool,
) -> Result<()> {
    let key = cx.to_property_key(k)?;
    let Some(o) = base.as_object() else {
        return Err(cx.throw_type(&format!("cannot set property '{}' of null", key.to_lossy())));
    };
    let ok = o.set_with_receiver(cx, &key, v, this)?;
    check_set(cx, ok, Some(o), &key, strict)
}

// ---- globals

/// In the slot of a global's entry: the binding may be assigned to. (Its shape says so, and is what the entry is for.)
const ASSIGNABLE: u32 = 1 << 31;

/// A cached global.
#[inline(always)]
pub(crate) fn global_hit<'a>(rt: &Runtime, c: &'a InlineCache) -> Option<&'a Value> {
    let h = c.next().as_object()?;
    if h.shape_ptr() != c.shape_ptr() || c.epoch.get() != rt.epoch.get() {
        return None;
    }
    let v = h.slot((c.slot.get() & !ASSIGNABLE) as usize);
    if v.is_uninit() { None } else { Some(v) }
}
/// Where assignment to a cached global goes.
#[inline(always)]
pub(crate) fn global_place(rt: &Runtime, c: &InlineCache) -> Option<*mut Value> {
    let h = c.next().as_object()?;
    if h.shape_ptr() != c.shape_ptr() || c.epoch.get() != rt.epoch.get() || c.slot.get() & ASSIGNABLE == 0 {
        return None;
    }
    let p = h.slot_ptr((c.slot.get() & !ASSIGNABLE) as usize);
    // SAFETY: every slot of the shape is initialized.
    if unsafe { (*p).is_uninit() } { None } else { Some(p) }
}
/// Remembers a global's place, which `flags` describes.
fn fill_global(rt: &Runtime, c: &InlineCache, holder: &Object, slot: usize, flags: u8) {
    if slot < ASSIGNABLE as usize {
        let mark = if flags & prop::WRITABLE != 0 { ASSIGNABLE as usize } else { 0 };
        c.fill(Way::of(holder.shape(), slot | mark, holder.to_value(), rt.epoch.get()));
    }
}
/// A global that missed: lexical bindings first, then the global object.
#[cold]
#[inline(never)]
pub(crate) fn get_global(cx: &Context, c: &InlineCache, must_exist: bool) -> Result {
    let lex = cx.lexicals();
    if let Some((slot, flags)) = lex.shape().lookup(&c.key) {
        let v = lex.slot(slot).clone();
        if v.is_uninit() {
            return Err(throw_uninit(cx, &c.key.to_lossy()));
        }
        fill_global(cx.rt(), c, lex, slot, flags);
        return Ok(v);
    }
    let g = cx.global();
    if g.exotic().is_none()
        && let Some((slot, flags)) = g.find(cx, &c.key)?
        && flags & (prop::ACCESSOR | prop::LENGTH) == 0
    {
        fill_global(cx.rt(), c, g, slot, flags);
        return Ok(g.slot(slot).clone());
    }
    if must_exist && !g.has_property(cx, &c.key)? {
        return Err(cx.throw_reference(&format!("{} is not defined", c.key.to_lossy())));
    }
    g.get(cx, &c.key)
}
/// Assignment to a global.
pub(crate) fn set_global(cx: &Context, c: &InlineCache, v: Value, strict: bool) -> Result<()> {
    let rt = cx.rt();
    let lex = cx.lexicals();
    if let Some((slot, flags)) = lex.shape().lookup(&c.key) {
        if lex.slot(slot).is_uninit() {
            return Err(throw_uninit(cx, &c.key.to_lossy()));
        }
        if flags & prop::WRITABLE == 0 {
            return Err(cx.throw_read_only(&c.key));
        }
        fill_global(rt, c, lex, slot, flags);
        lex.set_slot(slot, v);
        return Ok(());
    }
    let g = cx.global();
    if let Some((slot, flags)) = g.find(cx, &c.key)?
        && flags & (prop::ACCESSOR | prop::LENGTH) == 0
        && flags & prop::WRITABLE != 0
    {
        fill_global(rt, c, g, slot, flags);
        g.set_slot(slot, v);
        return Ok(());
    }
    if strict && !g.has_property(cx, &c.key)? {
        return Err(cx.throw_reference(&format!("{} is not defined", c.key.to_lossy())));
    }
    let ok = g.try_set(cx, &c.key, v)?;
    check_set(cx, ok, Some(g), &c.key, strict)
}
/// InitializeBinding of a global lexical.
pub(crate) fn init_global(cx: &Context, c: &InlineCache, v: Value) -> Result<()> {
    let lex = cx.lexicals();
    if let Some((slot, _)) = lex.shape().lookup(&c.key) {
        lex.set_slot(slot, v);
    }
    Ok(())
}

// ---- object environments

fn binding_key(cx: &Context, k: &Value) -> Result<PropertyKey> {
    match k.as_string() {
        Some(s) => cx.rt().key_from_str(s),
        None => cx.to_property_key(k),
    }
}
/// HasBinding of an object environment record (9.1.1.2.1).
pub(crate) fn has_binding(cx: &Context, env: &Value, k: &Value, with: bool) -> Result<bool> {
    let Some(o) = env.as_object() else {
        return Ok(false);
    };
    let key = binding_key(cx, k)?;
    if !o.has_property(cx, &key)? {
        return Ok(false);
    }
    if with {
        let u = o.get(cx, cx.symbol(Sym::unscopables))?;
        if let Some(u) = u.as_object()
            && to_boolean(&u.get(cx, &key)?)
        {
            return Ok(false);
        }
    }
    Ok(true)
}
/// GetBindingValue (9.1.1.2.6).
pub(crate) fn get_binding(cx: &Context, env: &Value, k: &Value, strict: bool) -> Result {
    let Some(o) = env.as_object() else {
        return Ok(Value::UNDEFINED);
    };
    let key = binding_key(cx, k)?;
    if !o.has_property(cx, &key)? {
        if strict {
            return Err(cx.throw_reference(&format!("{} is not defined", key.to_lossy())));
        }
        return Ok(Value::UNDEFINED);
    }
    o.get(cx, &key)
}
/// SetMutableBinding (9.1.1.2.5).
pub(crate) fn set_binding(cx: &Context, env: &Value, k: &Value, v: Value, strict: bool) -> Result<()> {
    let Some(o) = env.as_object() else {
        return Ok(());
    };
    let key = binding_key(cx, k)?;
    if !o.has_property(cx, &key)? && strict {
        return Err(cx.throw_reference(&format!("{} is not defined", key.to_lossy())));
    }
    let ok = o.try_set(cx, &key, v)?;
    check_set(cx, ok, Some(o), &key, strict)
}

// ---- operators

/// `R[B] + R[C]` where not both are numbers. A left string that is given up may grow in place.
#[inline(never)]
pub(crate) unsafe fn add(cx: &Context, base: *mut Value, i: Instr) -> Result {
    // SAFETY: the operands are registers of the running frame.
    unsafe {
        let rt = cx.rt();
        let (x, y) = (&*base.add(i.b()), &*base.add(i.c()));
        let given_up = (i.f() & KILL_B != 0 || i.a() == i.b()) && i.b() != i.c();
        if let Some(s) = x.as_string() {
            if let Some(n) = y.as_int()
                && s.len() < 16
            {
                return rt.concat_int(s, n).map(Value::from);
            }
            if given_up {
                let right = match y.as_gc::<Str>() {
                    Some(s) => s.clone(),
                    None => concat_operand(cx, y)?,
                };
                let Ok(left) = std::ptr::replace(base.add(i.b()), Value::UNDEFINED).into_gc::<Str>() else {
                    return Err(Thrown);
                };
                return match rt.append(left, &right) {
                    Ok(s) => Ok(s.into()),
                    Err(left) => {
                        base.add(i.b()).write(left.into());
                        Err(Thrown)
                    }
                };
            }
        }
        cx.add(x, y)
    }
}
/// The right operand of `string + v`, as a string.
fn concat_operand(cx: &Context, v: &Value) -> Result<Gc<Str>> {
    let p = cx.to_primitive(v, crate::ops::Hint::Default)?;
    cx.to_string(&p)
}
/// A template literal's parts, joined.
pub(crate) fn concat(cx: &Context, parts: &[Value]) -> Result {
    let mut b = StringBuilder::new(cx.rt());
    for p in parts {
        match p.as_string() {
            Some(s) => b.push_string(s)?,
            None => b.push_string(&*cx.to_string(p)?)?,
        }
    }
    b.finish().map(Value::from)
}
/// InstanceofOperator, without a call where nothing is overridden.
pub(crate) fn instance_of(cx: &Context, v: &Value, target: &Value) -> Result<bool> {
    if let Some(t) = target.as_object()
        && t.class() == id::FUNCTION
        && let Some(o) = v.as_object()
    {
        // Function.prototype[@@hasInstance] cannot be changed; an own property or another prototype can
        // be in the way.
        let plain = t.proto().is_some_and(|p| p.is(cx.function_prototype()))
            && t.shape().lookup(cx.symbol(Sym::hasInstance)).is_none();
        if plain {
            if let Some((slot, f)) = t.find(cx, cx.name(Name::prototype))?
                && f & (prop::ACCESSOR | prop::LENGTH) == 0
                && let Some(p) = t.slot(slot).as_object()
            {
                let mut cur = o;
                while cur.exotic().is_none() {
                    match cur.proto() {
                        Some(q) if q.is(p) => return Ok(true),
                        Some(q) => cur = q,
                        None => return Ok(false),
                    }
                }
            }
            return cx.ordinary_has_instance(target, v);
        }
    }
    cx.instance_of(v, target)
}

// ---- errors

/// ReferenceError for a binding in its dead zone.
#[cold]
pub(crate) fn throw_uninit(cx: &Context, name: &str) -> Thrown {
    if name.is_empty() || name == "this" {
        return cx.throw_reference("this is not initialized");
    }
    cx.throw_reference(&format!("{name} is not initialized"))
}
#[cold]
pub(crate) fn throw_uninit_local(cx: &Context, code: &Template, reg: usize) -> Thrown {
    let name = code.local_name(reg);
    throw_uninit(cx, &name.unwrap_or_else(|| String::from("variable")))
}
#[cold]
pub(crate) fn throw_uninit_capture(cx: &Context, code: &Template, i: usize) -> Thrown {
    let name = code.capture_name(i);
    throw_uninit(cx, &name.unwrap_or_else(|| String::from("variable")))
}
#[cold]
pub(crate) fn throw_destructure(cx: &Context, v: &Value, code: &Template, k: usize) -> Thrown {
    let what = if v.is_null() { "null" } else { "undefined" };
    match code.consts.get(k).and_then(|n| n.as_string()) {
        Some(n) if k != 0xffff => {
            cx.throw_type(&format!("cannot read property '{}' of {what}", n.to_lossy()))
        }
        _ => cx.throw_type(&format!("cannot destructure {what}")),
    }
}
/// TypeError for a call of what is not callable, naming it where the code tells.
#[cold]
pub(crate) fn throw_not_callable(cx: &Context, code: &Template, pc: *const Instr, what: &str) -> Thrown {
    let at = (pc as usize - code.instrs.as_ptr() as usize) / 8;
    let call = code.instrs[at - 1];
    // Who loaded the callee register last, straight-line?
    for i in code.instrs[..at - 1].iter().rev().take(64) {
        if i.a() == call.b() {
            match i.op() {
                Op::GetMethod | Op::GetField => {
                    let key = code.ics[i.c()].key.to_lossy();
                    return cx.throw_type(&format!("{key} is {what}"));
                }
                Op::GetGlobal => {
                    return cx.throw_type(&format!("{} is {what}", code.ics[i.bc()].key.to_lossy()));
                }
                Op::Move | Op::GetCapture | Op::GetBox | Op::GetElem | Op::GetElemMethod => break,
                _ => {}
            }
        }
    }
    cx.throw_type(what)
}
