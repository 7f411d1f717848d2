//! Map and Set (24.1, 24.2) and their iterators.

use super::hash_table::{Cursor, HashTable};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::iteration::IteratorRecord;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec, NativeData, NativeFn};
use crate::object::lazy::{
    Def, alias, define_all, getter, make_constructor, method, method_magic, symbol_alias, symbol_getter, tag,
};
use crate::ops::to_boolean;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};
use std::cell::RefCell;

/// [[MapData]]
pub struct MapData(pub HashTable<Value>);
impl Payload for MapData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::MAP..=id::MAP;
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.visit(|k, v| {
            t.visit(k);
            t.visit(v);
        });
    }
    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
}

/// [[SetData]]
pub struct SetData(pub HashTable<()>);
impl Payload for SetData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::SET..=id::SET;
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.visit(|k, _| t.visit(k));
    }
    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
}

const KEYS: i32 = 0;
const VALUES: i32 = 1;
const ENTRIES: i32 = 2;

/// A Map or Set iterator: what it walks (None once over) and how far it is.
struct IteratorData {
    target: RefCell<Option<Gc<Object>>>,
    cursor: Cursor,
    kind: i32,
}
impl Payload for IteratorData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::MAP_ITERATOR..=id::SET_ITERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(o) = &*self.target.borrow() {
            t.visit(o.as_value());
        }
    }
}

pub(crate) fn class(c: ClassId) -> super::Behaviour {
    let vt = match c {
        id::MAP => vt_of::<MapData>(),
        id::SET => vt_of::<SetData>(),
        _ => vt_of::<IteratorData>(),
    };
    (Some(vt), None)
}

// ---- making

const MAP_STATICS: &[Def] = &[method("groupBy", group_by, 2), symbol_getter(Sym::species, species)];
const MAP_MEMBERS: &[Def] = &[
    method("get", map_get, 1),
    method("set", map_set, 2),
    method("has", map_has, 1),
    method("delete", map_delete, 1),
    method("clear", map_clear, 0),
    getter("size", map_size),
    method("forEach", map_for_each, 1),
    method("getOrInsert", map_get_or_insert, 2),
    method("getOrInsertComputed", map_get_or_insert_computed, 2),
    method_magic("entries", map_iterator, 0, ENTRIES),
    method_magic("keys", map_iterator, 0, KEYS),
    method_magic("values", map_iterator, 0, VALUES),
    symbol_alias(Sym::iterator, "entries"),
    tag("Map"),
];
const MAP_ITERATOR: &[Def] = &[method("next", map_iterator_next, 0), tag("Map Iterator")];

const SET_STATICS: &[Def] = &[symbol_getter(Sym::species, species)];
const SET_MEMBERS: &[Def] = &[
    method("has", set_has, 1),
    method("add", set_add, 1),
    method("delete", set_delete, 1),
    method("clear", set_clear, 0),
    getter("size", set_size),
    method("forEach", set_for_each, 1),
    method("isDisjointFrom", is_disjoint_from, 1),
    method("isSubsetOf", is_subset_of, 1),
    method("isSupersetOf", is_superset_of, 1),
    method("intersection", intersection, 1),
    method("difference", difference, 1),
    method("symmetricDifference", symmetric_difference, 1),
    method("union", union, 1),
    method_magic("entries", set_iterator, 0, ENTRIES),
    method_magic("values", set_iterator, 0, VALUES),
    alias("keys", "values"),
    symbol_alias(Sym::iterator, "values"),
    tag("Set"),
];
const SET_ITERATOR: &[Def] = &[method("next", set_iterator_next, 0), tag("Set Iterator")];

/// Makes %Map%, %Map.prototype% and %MapIteratorPrototype%.
pub fn init_map(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(Intrinsic::MapPrototype, proto.clone());
    let it = cx.new_object_with_proto(Some(cx.intrinsic(Intrinsic::IteratorPrototype)?))?;
    define_all(cx, &it, MAP_ITERATOR)?;
    cx.set_intrinsic(Intrinsic::MapIteratorPrototype, it);
    let spec = FunctionSpec { f: construct_map, name: "Map", length: 0, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, MAP_STATICS, MAP_MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Map, f);
    Ok(())
}
/// Makes %Set%, %Set.prototype% and %SetIteratorPrototype%.
pub fn init_set(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(Intrinsic::SetPrototype, proto.clone());
    let it = cx.new_object_with_proto(Some(cx.intrinsic(Intrinsic::IteratorPrototype)?))?;
    define_all(cx, &it, SET_ITERATOR)?;
    cx.set_intrinsic(Intrinsic::SetIteratorPrototype, it);
    let spec = FunctionSpec { f: construct_set, name: "Set", length: 0, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, SET_STATICS, SET_MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Set, f);
    Ok(())
}

/// get Map[@@species], get Set[@@species] (24.1.2.3, 24.2.3.2)
fn species(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}

/// Is it the builtin function with this body? Then calling it through the object cannot be told from calling it.
pub(super) fn is_native(v: &Value, f: NativeFn) -> bool {
    v.as_object().and_then(|o| o.data::<NativeData>()).is_some_and(|d| std::ptr::fn_addr_eq(d.f, f))
}

/// AddEntriesFromIterable (24.1.1.2)
pub(super) fn add_entries(
    cx: &Context,
    iterable: &Value,
    mut add: impl FnMut(Value, Value) -> Result<()>,
) -> Result<()> {
    let (zero, one) = (crate::text::atoms::PropertyKey::int(0), crate::text::atoms::PropertyKey::int(1));
    cx.for_each(iterable, |item| {
        let Some(o) = item.as_object() else {
            return Err(cx.throw_type("not an object"));
        };
        let k = o.get(cx, &zero)?;
        let v = o.get(cx, &one)?;
        add(k, v)?;
        cx.poll()
    })
}

/// Map(iterable) (24.1.1.1)
fn construct_map(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("must be called with new"));
    }
    let data = MapData(HashTable::new(cx.rt()));
    let map = cx.new_from_constructor(c.new_target, Intrinsic::MapPrototype, id::MAP, data)?;
    if !c.arg(0).is_nullish() {
        let adder = map.get(cx, cx.name(Name::set))?;
        if !adder.is_callable() {
            return Err(cx.throw_not_a_function());
        }
        match map.data::<MapData>() {
            Some(d) if is_native(&adder, map_set) => {
                add_entries(cx, c.arg(0), |k, v| d.0.set(cx.rt(), &k, v).map(drop))?
            }
            _ => add_entries(cx, c.arg(0), |k, v| cx.call(&adder, map.as_value(), &[k, v]).map(drop))?,
        }
    }
    Ok(map.into())
}
/// Set(iterable) (24.2.2.1)
fn construct_set(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("must be called with new"));
    }
    let data = SetData(HashTable::new(cx.rt()));
    let set = cx.new_from_constructor(c.new_target, Intrinsic::SetPrototype, id::SET, data)?;
    if !c.arg(0).is_nullish() {
        let adder = set.get(cx, cx.name(Name::add))?;
        if !adder.is_callable() {
            return Err(cx.throw_not_a_function());
        }
        let plain = is_native(&adder, set_add);
        cx.for_each(c.arg(0), |v| {
            match set.data::<SetData>() {
                Some(d) if plain => drop(d.0.set(cx.rt(), &v, ())?),
                _ => drop(cx.call(&adder, set.as_value(), &[v])?),
            }
            cx.poll()
        })?;
    }
    Ok(set.into())
}

/// Map.groupBy (24.1.2.1)
fn group_by(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.require_object_coercible(c.arg(0))?;
    if !c.arg(1).is_callable() {
        return Err(cx.throw_not_a_function());
    }
    let groups: HashTable<Value> = HashTable::new(cx.rt());
    let mut k = 0f64;
    cx.for_each(c.arg(0), |v| {
        let key = cx.call(c.arg(1), &Value::UNDEFINED, &[v.clone(), Value::number(k)])?;
        k += 1.0;
        match groups.get(cx.rt(), &key)? {
            Some(list) => match list.as_object() {
                Some(a) => a.push_element(v)?,
                None => return Err(Thrown),
            },
            None => {
                let a = cx.new_array_from([v])?;
                groups.set(cx.rt(), &key, a.into())?;
            }
        }
        cx.poll()
    })?;
    let proto = cx.intrinsic(Intrinsic::MapPrototype)?.clone();
    cx.new_with_data(Some(&proto), id::MAP, MapData(groups)).map(Value::from)
}

// ---- Map.prototype

#[inline]
fn this_map<'a>(c: &Call<'a>) -> Result<&'a HashTable<Value>> {
    match c.this.as_object().and_then(|o| o.data::<MapData>()) {
        Some(d) => Ok(&d.0),
        None => Err(c.cx.throw_type("Map object expected")),
    }
}
/// Map.prototype.get (24.1.3.6)
fn map_get(c: &Call<'_>) -> Result {
    Ok(this_map(c)?.get(c.cx.rt(), c.arg(0))?.unwrap_or_default())
}
/// Map.prototype.set (24.1.3.9)
fn map_set(c: &Call<'_>) -> Result {
    this_map(c)?.set(c.cx.rt(), c.arg(0), c.arg(1).clone())?;
    Ok(c.this.clone())
}
/// Map.prototype.has (24.1.3.7)
fn map_has(c: &Call<'_>) -> Result {
    this_map(c)?.contains(c.cx.rt(), c.arg(0)).map(Value::bool)
}
/// Map.prototype.delete (24.1.3.3)
fn map_delete(c: &Call<'_>) -> Result {
    Ok(Value::bool(this_map(c)?.remove(c.cx.rt(), c.arg(0))?.is_some()))
}
/// Map.prototype.clear (24.1.3.1)
fn map_clear(c: &Call<'_>) -> Result {
    this_map(c)?.clear(c.cx.rt());
    Ok(Value::UNDEFINED)
}
/// get Map.prototype.size (24.1.3.10)
fn map_size(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(this_map(c)?.len()))
}
/// Map.prototype.forEach (24.1.3.5)
fn map_for_each(c: &Call<'_>) -> Result {
    let t = this_map(c)?;
    if !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let cursor = t.cursor();
    while let Some((k, v)) = t.next(&cursor) {
        c.cx.call(c.arg(0), c.arg(1), &[v, k, c.this.clone()])?;
        c.cx.poll()?;
    }
    Ok(Value::UNDEFINED)
}
/// Map.prototype.getOrInsert (proposal-upsert)
fn map_get_or_insert(c: &Call<'_>) -> Result {
    let t = this_map(c)?;
    if let Some(v) = t.get(c.cx.rt(), c.arg(0))? {
        return Ok(v);
    }
    t.set(c.cx.rt(), c.arg(0), c.arg(1).clone())?;
    Ok(c.arg(1).clone())
}
/// Map.prototype.getOrInsertComputed (proposal-upsert)
fn map_get_or_insert_computed(c: &Call<'_>) -> Result {
    let t = this_map(c)?;
    if !c.arg(1).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    if let Some(v) = t.get(c.cx.rt(), c.arg(0))? {
        return Ok(v);
    }
    // The callback is shown the canonical key.
    let key = match c.arg(0).as_number() {
        Some(n) => Value::number(n + 0.0),
        None => c.arg(0).clone(),
    };
    let v = c.cx.call(c.arg(1), &Value::UNDEFINED, &[key])?;
    t.set(c.cx.rt(), c.arg(0), v.clone())?;
    Ok(v)
}

// ---- iterators

/// CreateMapIterator (24.1.5.1)
fn map_iterator(c: &Call<'_>) -> Result {
    let cursor = this_map(c)?.cursor();
    new_iterator(c, Intrinsic::MapIteratorPrototype, id::MAP_ITERATOR, cursor)
}
/// CreateSetIterator (24.2.6.1)
fn set_iterator(c: &Call<'_>) -> Result {
    let cursor = this_set(c)?.cursor();
    new_iterator(c, Intrinsic::SetIteratorPrototype, id::SET_ITERATOR, cursor)
}
fn new_iterator(c: &Call<'_>, proto: Intrinsic, class: ClassId, cursor: Cursor) -> Result {
    let target = c.this.as_object().map(Gc::from_ref);
    let data = IteratorData { target: RefCell::new(target), cursor, kind: c.magic };
    let proto = c.cx.intrinsic(proto)?.clone();
    c.cx.new_with_data(Some(&proto), class, data).map(Value::from)
}

fn pair(cx: &Context, k: Value, v: Value) -> Result {
    let a = cx.new_array(2)?;
    a.push_element(k)?;
    a.push_element(v)?;
    Ok(a.into())
}

/// One step of a Map or Set iterator: the next value, None at the end. For the machine's for-of too.
pub(crate) fn iterator_step(cx: &Context, it: &Object) -> Result<Option<Value>> {
    let Some(d) = it.data::<IteratorData>() else {
        return Ok(None);
    };
    let Some(target) = d.target.borrow().clone() else {
        return Ok(None);
    };
    let next = if let Some(m) = target.data::<MapData>() {
        m.0.next(&d.cursor)
    } else if let Some(s) = target.data::<SetData>() {
        s.0.next(&d.cursor).map(|(k, ())| (k.clone(), k))
    } else {
        None
    };
    match next {
        Some((k, _)) if d.kind == KEYS => Ok(Some(k)),
        Some((_, v)) if d.kind == VALUES => Ok(Some(v)),
        Some((k, v)) => pair(cx, k, v).map(Some),
        None => {
            let over = d.target.take();
            drop(over);
            Ok(None)
        }
    }
}
fn iterator_next(c: &Call<'_>, class: ClassId, what: &str) -> Result {
    match c.this.as_object() {
        Some(o) if o.class() == class => match iterator_step(c.cx, o)? {
            Some(v) => c.cx.iter_result(v, false),
            None => c.cx.iter_result(Value::UNDEFINED, true),
        },
        _ => Err(c.cx.throw_type(&format!("{what} Iterator object expected"))),
    }
}
/// %MapIteratorPrototype%.next (24.1.5.2.1)
pub(crate) fn map_iterator_next(c: &Call<'_>) -> Result {
    iterator_next(c, id::MAP_ITERATOR, "Map")
}
/// %SetIteratorPrototype%.next (24.2.6.2.1)
pub(crate) fn set_iterator_next(c: &Call<'_>) -> Result {
    iterator_next(c, id::SET_ITERATOR, "Set")
}

// ---- Set.prototype

#[inline]
fn this_set<'a>(c: &Call<'a>) -> Result<&'a HashTable<()>> {
    match c.this.as_object().and_then(|o| o.data::<SetData>()) {
        Some(d) => Ok(&d.0),
        None => Err(c.cx.throw_type("Set object expected")),
    }
}
/// Set.prototype.has (24.2.4.8)
fn set_has(c: &Call<'_>) -> Result {
    this_set(c)?.contains(c.cx.rt(), c.arg(0)).map(Value::bool)
}
/// Set.prototype.add (24.2.4.1)
fn set_add(c: &Call<'_>) -> Result {
    this_set(c)?.set(c.cx.rt(), c.arg(0), ())?;
    Ok(c.this.clone())
}
/// Set.prototype.delete (24.2.4.4)
fn set_delete(c: &Call<'_>) -> Result {
    Ok(Value::bool(this_set(c)?.remove(c.cx.rt(), c.arg(0))?.is_some()))
}
/// Set.prototype.clear (24.2.4.2)
fn set_clear(c: &Call<'_>) -> Result {
    this_set(c)?.clear(c.cx.rt());
    Ok(Value::UNDEFINED)
}
/// get Set.prototype.size (24.2.4.14)
fn set_size(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(this_set(c)?.len()))
}
/// Set.prototype.forEach (24.2.4.7)
fn set_for_each(c: &Call<'_>) -> Result {
    let t = this_set(c)?;
    if !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let cursor = t.cursor();
    while let Some((k, ())) = t.next(&cursor) {
        c.cx.call(c.arg(0), c.arg(1), &[k.clone(), k, c.this.clone()])?;
        c.cx.poll()?;
    }
    Ok(Value::UNDEFINED)
}

// ---- the set methods

/// A Set Record (24.2.1.1).
struct SetRecord {
    set: Value,
    size: f64,
    has: Value,
    keys: Value,
}
impl SetRecord {
    /// GetSetRecord (24.2.1.2)
    fn new(cx: &Context, v: &Value) -> Result<SetRecord> {
        let Some(o) = v.as_object() else {
            return Err(cx.throw_type("not an object"));
        };
        let size = o.get(cx, cx.name(Name::size))?;
        let size = cx.to_number(&size)?;
        if size.is_nan() {
            return Err(cx.throw_type(".size is not a legal size"));
        }
        let size = size.trunc() + 0.0;
        if size < 0.0 {
            return Err(cx.throw_range(".size is not a legal size"));
        }
        let has = o.get(cx, cx.name(Name::has))?;
        if !has.is_callable() {
            return Err(cx.throw_type(".has is not a function"));
        }
        let keys = o.get(cx, cx.name(Name::keys))?;
        if !keys.is_callable() {
            return Err(cx.throw_type(".keys is not a function"));
        }
        Ok(SetRecord { set: v.clone(), size, has, keys })
    }
    fn has(&self, cx: &Context, v: &Value) -> Result<bool> {
        cx.poll()?;
        cx.call(&self.has, &self.set, std::slice::from_ref(v)).map(|r| to_boolean(&r))
    }
    /// GetIteratorFromMethod(set, keys)
    fn keys(&self, cx: &Context) -> Result<IteratorRecord> {
        IteratorRecord::from_method(cx, &self.set, &self.keys)
    }
}

fn new_set(cx: &Context, data: HashTable<()>) -> Result {
    let proto = cx.intrinsic(Intrinsic::SetPrototype)?.clone();
    cx.new_with_data(Some(&proto), id::SET, SetData(data)).map(Value::from)
}

/// Set.prototype.union (24.2.4.15)
fn union(c: &Call<'_>) -> Result {
    let (cx, rt) = (c.cx, c.cx.rt());
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    let mut keys = other.keys(cx)?;
    let result = t.copy(rt)?;
    while let Some(v) = keys.step(cx)? {
        result.set(rt, &v, ())?;
        cx.poll()?;
    }
    new_set(cx, result)
}
/// Set.prototype.intersection (24.2.4.9)
fn intersection(c: &Call<'_>) -> Result {
    let (cx, rt) = (c.cx, c.cx.rt());
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    let result = HashTable::new(rt);
    if t.len() as f64 <= other.size {
        let cursor = t.cursor();
        while let Some((k, ())) = t.next(&cursor) {
            if other.has(cx, &k)? {
                result.set(rt, &k, ())?;
            }
        }
    } else {
        let mut keys = other.keys(cx)?;
        while let Some(v) = keys.step(cx)? {
            if t.contains(rt, &v)? {
                result.set(rt, &v, ())?;
            }
            cx.poll()?;
        }
    }
    new_set(cx, result)
}
/// Set.prototype.difference (24.2.4.5)
fn difference(c: &Call<'_>) -> Result {
    let (cx, rt) = (c.cx, c.cx.rt());
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    let result = t.copy(rt)?;
    if t.len() as f64 <= other.size {
        // Over the copy: what `has` does to this set is not seen.
        let cursor = result.cursor();
        while let Some((k, ())) = result.next(&cursor) {
            if other.has(cx, &k)? {
                result.remove(rt, &k)?;
            }
        }
    } else {
        let mut keys = other.keys(cx)?;
        while let Some(v) = keys.step(cx)? {
            result.remove(rt, &v)?;
            cx.poll()?;
        }
    }
    new_set(cx, result)
}
/// Set.prototype.symmetricDifference (24.2.4.12)
fn symmetric_difference(c: &Call<'_>) -> Result {
    let (cx, rt) = (c.cx, c.cx.rt());
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    let mut keys = other.keys(cx)?;
    let result = t.copy(rt)?;
    while let Some(v) = keys.step(cx)? {
        // `this` may have changed since it was copied: both are asked.
        if t.contains(rt, &v)? {
            result.remove(rt, &v)?;
        } else {
            result.set(rt, &v, ())?;
        }
        cx.poll()?;
    }
    new_set(cx, result)
}
/// Set.prototype.isSubsetOf (24.2.4.10)
fn is_subset_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    if t.len() as f64 > other.size {
        return Ok(Value::FALSE);
    }
    let cursor = t.cursor();
    while let Some((k, ())) = t.next(&cursor) {
        if !other.has(cx, &k)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
/// Set.prototype.isSupersetOf (24.2.4.11)
fn is_superset_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    if (t.len() as f64) < other.size {
        return Ok(Value::FALSE);
    }
    let mut keys = other.keys(cx)?;
    while let Some(v) = keys.step(cx)? {
        if !t.contains(cx.rt(), &v)? {
            keys.close(cx)?;
            return Ok(Value::FALSE);
        }
        cx.poll()?;
    }
    Ok(Value::TRUE)
}
/// Set.prototype.isDisjointFrom (24.2.4.9)
fn is_disjoint_from(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = this_set(c)?;
    let other = SetRecord::new(cx, c.arg(0))?;
    if t.len() as f64 <= other.size {
        let cursor = t.cursor();
        while let Some((k, ())) = t.next(&cursor) {
            if other.has(cx, &k)? {
                return Ok(Value::FALSE);
            }
        }
    } else {
        let mut keys = other.keys(cx)?;
        while let Some(v) = keys.step(cx)? {
            if t.contains(cx.rt(), &v)? {
                keys.close(cx)?;
                return Ok(Value::FALSE);
            }
            cx.poll()?;
        }
    }
    Ok(Value::TRUE)
}

/// A new Map with %Map.prototype% (for the C API).
pub fn new_map(cx: &Context) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::MapPrototype)?.clone();
    cx.new_with_data(Some(&proto), id::MAP, MapData(HashTable::new(cx.rt())))
}
