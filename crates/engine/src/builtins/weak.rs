//! WeakMap, WeakSet, WeakRef, FinalizationRegistry (24.3, 24.4, 26.1, 26.2).
//!
//! What is held weakly is known by its address; a death is reported to its holders before the cell goes
//! (`heap::weak`), so an address in a table always is that of a live cell.

use super::hash_table::HashTable;
use super::map_set::add_entries;
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::heap::gc::Tracer;
use crate::heap::weak::holder_of;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, make_constructor, method, tag};
use crate::ops::same_value;
use crate::runtime::Runtime;
use crate::text::SymbolSort;
use crate::text::names::Name;
use crate::value::{Result, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// CanBeHeldWeakly (9.13)
pub fn can_be_held_weakly(v: &Value) -> bool {
    v.is_object() || v.as_symbol().is_some_and(|s| s.sort() != SymbolSort::Registered)
}

/// The table key for a target: its address.
fn key_of(target: &Value) -> Value {
    address_key(Runtime::weak_address(target))
}
fn address_key(addr: usize) -> Value {
    Value::number(addr as f64)
}
fn address(key: &Value) -> usize {
    key.as_number().map_or(0, |n| n as usize)
}

// ---- WeakMap and WeakSet

/// [[WeakMapData]]; a WeakSet's values are all undefined.
pub struct WeakMapData(HashTable<Value>);
impl Payload for WeakMapData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::WEAK_MAP..=id::WEAK_SET;
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.visit(|k, v| t.visit_ephemeron(address(k), v));
    }
    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
    fn weak_dead(&self, rt: &Runtime, target: usize) {
        let value = self.0.remove(rt, &address_key(target));
        drop(value);
    }
    fn weak_trace(&self, rt: &Runtime, target: usize, t: &mut Tracer<'_>) {
        self.0.visit_one(rt, &address_key(target), |v| t.visit(v));
    }
}
impl Drop for WeakMapData {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            let holder = holder_of(self);
            let rt = holder.runtime();
            self.0.visit(|k, _| rt.weak_unregister(address(k), holder));
        }
    }
}

/// What FinalizationRegistry keeps for one `register`.
#[derive(Clone)]
struct Record {
    held: Value,
    /// The unregister token's key; undefined if there is none.
    token: Value,
}

/// [[Cells]] by target, and the targets by unregister token.
pub struct RegistryData {
    realm: Gc<Context>,
    cleanup: Value,
    targets: HashTable<Option<Rc<RefCell<Buf<Record>>>>>,
    tokens: HashTable<Option<Rc<HashTable<()>>>>,
}
impl Payload for RegistryData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::FINALIZATION_REGISTRY..=id::FINALIZATION_REGISTRY;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.realm.as_value());
        t.visit(&self.cleanup);
        self.targets.visit(|_, list| {
            if let Some(list) = list
                && let Ok(list) = list.try_borrow()
            {
                list.iter().for_each(|r| t.visit(&r.held));
            }
        });
    }
    fn heap_bytes(&self) -> usize {
        self.targets.heap_bytes() + self.tokens.heap_bytes()
    }
    fn weak_dead(&self, rt: &Runtime, target: usize) {
        let key = address_key(target);
        // A dead token: nobody can unregister by it any more.
        if let Ok(Some(Some(targets))) = self.tokens.remove(rt, &key) {
            targets.visit(|k, _| {
                if let Ok(Some(Some(list))) = self.targets.get(rt, k) {
                    for r in list.borrow_mut().iter_mut().filter(|r| r.token.same_bits(&key)) {
                        r.token = Value::UNDEFINED;
                    }
                }
            });
        }
        // A dead target: its clean-up is due.
        if let Ok(Some(Some(list))) = self.targets.remove(rt, &key) {
            for r in list.replace(Buf::new(rt)).drain_from(0) {
                self.forget_token(rt, &r.token, &key);
                let callback = self.cleanup.clone();
                let job = move |cx: &Context| cx.call(&callback, &Value::UNDEFINED, &[r.held]);
                if rt.enqueue_job(&self.realm, Box::new(job)).is_err() {
                    rt.clear_exception();
                }
            }
        }
    }
}
impl RegistryData {
    /// Takes a target off its token's list.
    fn forget_token(&self, rt: &Runtime, token: &Value, target: &Value) {
        if let Ok(Some(Some(targets))) = self.tokens.get(rt, token) {
            let _ = targets.remove(rt, target);
            if targets.is_empty() {
                let _ = self.tokens.remove(rt, token);
                rt.weak_unregister(address(token), holder_of(self));
            }
        }
    }
}
impl Drop for RegistryData {
    fn drop(&mut self) {
        if !self.targets.is_empty() || !self.tokens.is_empty() {
            let holder = holder_of(self);
            let rt = holder.runtime();
            self.targets.visit(|k, _| rt.weak_unregister(address(k), holder));
            self.tokens.visit(|k, _| rt.weak_unregister(address(k), holder));
        }
    }
}

/// [[WeakRefTarget]]; 0 is empty.
pub struct WeakRefData(Cell<usize>);
impl Payload for WeakRefData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::WEAK_REF..=id::WEAK_REF;
    fn trace(&self, _: &mut Tracer<'_>) {}
    fn weak_dead(&self, _: &Runtime, _: usize) {
        self.0.set(0);
    }
}
impl Drop for WeakRefData {
    fn drop(&mut self) {
        if self.0.get() != 0 {
            let holder = holder_of(self);
            holder.runtime().weak_unregister(self.0.get(), holder);
        }
    }
}

pub(crate) fn class(c: ClassId) -> super::Behaviour {
    let vt = match c {
        id::WEAK_MAP | id::WEAK_SET => vt_of::<WeakMapData>(),
        id::WEAK_REF => vt_of::<WeakRefData>(),
        _ => vt_of::<RegistryData>(),
    };
    (Some(vt), None)
}

// ---- making

const WEAK_MAP: &[Def] = &[
    method("delete", weak_delete, 1),
    method("get", weak_map_get, 1),
    method("getOrInsert", weak_map_get_or_insert, 2),
    method("getOrInsertComputed", weak_map_get_or_insert_computed, 2),
    method("has", weak_has, 1),
    method("set", weak_map_set, 2),
    tag("WeakMap"),
];
const WEAK_SET: &[Def] = &[
    method("add", weak_set_add, 1),
    method("delete", weak_set_delete, 1),
    method("has", weak_set_has, 1),
    tag("WeakSet"),
];
const WEAK_REF: &[Def] = &[method("deref", deref, 0), tag("WeakRef")];
const REGISTRY: &[Def] =
    &[method("register", register, 2), method("unregister", unregister, 1), tag("FinalizationRegistry")];

/// Makes one of the four constructors and its prototype.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    use Intrinsic as I;
    let (f, name, length, members, proto_id, id): (fn(&Call<'_>) -> Result, _, _, _, _, _) = match i {
        I::WeakMap | I::WeakMapPrototype => {
            (construct_weak_map, "WeakMap", 0, WEAK_MAP, I::WeakMapPrototype, I::WeakMap)
        }
        I::WeakSet | I::WeakSetPrototype => {
            (construct_weak_set, "WeakSet", 0, WEAK_SET, I::WeakSetPrototype, I::WeakSet)
        }
        I::WeakRef | I::WeakRefPrototype => {
            (construct_weak_ref, "WeakRef", 1, WEAK_REF, I::WeakRefPrototype, I::WeakRef)
        }
        _ => (
            construct_registry,
            "FinalizationRegistry",
            1,
            REGISTRY,
            I::FinalizationRegistryPrototype,
            I::FinalizationRegistry,
        ),
    };
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(proto_id, proto.clone());
    let spec = FunctionSpec { f, name, length, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], members)?;
    cx.set_intrinsic(id, f);
    Ok(())
}

fn require_new(c: &Call<'_>) -> Result<()> {
    if c.is_construct() {
        return Ok(());
    }
    Err(c.cx.throw_type("must be called with new"))
}

/// WeakMap(iterable) (24.3.1.1)
fn construct_weak_map(c: &Call<'_>) -> Result {
    let cx = c.cx;
    require_new(c)?;
    let data = WeakMapData(HashTable::new(cx.rt()));
    let map = cx.new_from_constructor(c.new_target, Intrinsic::WeakMapPrototype, id::WEAK_MAP, data)?;
    if !c.arg(0).is_nullish() {
        let adder = map.get(cx, cx.name(Name::set))?;
        if !adder.is_callable() {
            return Err(cx.throw_not_a_function());
        }
        add_entries(cx, c.arg(0), |k, v| cx.call(&adder, map.as_value(), &[k, v]).map(drop))?;
    }
    Ok(map.into())
}
/// WeakSet(iterable) (24.4.1.1)
fn construct_weak_set(c: &Call<'_>) -> Result {
    let cx = c.cx;
    require_new(c)?;
    let data = WeakMapData(HashTable::new(cx.rt()));
    let set = cx.new_from_constructor(c.new_target, Intrinsic::WeakSetPrototype, id::WEAK_SET, data)?;
    if !c.arg(0).is_nullish() {
        let adder = set.get(cx, cx.name(Name::add))?;
        if !adder.is_callable() {
            return Err(cx.throw_not_a_function());
        }
        cx.for_each(c.arg(0), |v| {
            cx.call(&adder, set.as_value(), &[v])?;
            cx.poll()
        })?;
    }
    Ok(set.into())
}

fn this_weak<'a>(c: &Call<'a>, class: ClassId, what: &str) -> Result<(&'a Object, &'a WeakMapData)> {
    if let Some(o) = c.this.as_object()
        && o.class() == class
        && let Some(d) = o.data::<WeakMapData>()
    {
        return Ok((o, d));
    }
    Err(c.cx.throw_type(&format!("{what} object expected")))
}
fn weak_get(c: &Call<'_>, d: &WeakMapData) -> Result<Option<Value>> {
    if !can_be_held_weakly(c.arg(0)) {
        return Ok(None);
    }
    d.0.get(c.cx.rt(), &key_of(c.arg(0)))
}
fn weak_put(c: &Call<'_>, o: &Object, d: &WeakMapData, value: Value) -> Result<()> {
    let rt = c.cx.rt();
    let target = c.arg(0);
    let key = key_of(target);
    if d.0.contains(rt, &key)? {
        d.0.set(rt, &key, value)?;
        return Ok(());
    }
    rt.weak_register(target, o)?;
    if let Err(t) = d.0.set(rt, &key, value) {
        rt.weak_unregister(address(&key), o);
        return Err(t);
    }
    Ok(())
}
fn weak_remove(c: &Call<'_>, o: &Object, d: &WeakMapData) -> Result {
    if !can_be_held_weakly(c.arg(0)) {
        return Ok(Value::FALSE);
    }
    let rt = c.cx.rt();
    let key = key_of(c.arg(0));
    let old = d.0.remove(rt, &key)?;
    if old.is_some() {
        rt.weak_unregister(address(&key), o);
    }
    Ok(Value::bool(old.is_some()))
}
fn require_key(c: &Call<'_>, message: &str) -> Result<()> {
    if can_be_held_weakly(c.arg(0)) { Ok(()) } else { Err(c.cx.throw_type(message)) }
}
const BAD_KEY: &str = "invalid value used as WeakMap key";

/// WeakMap.prototype.delete (24.3.3.2)
fn weak_delete(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    weak_remove(c, o, d)
}
/// WeakMap.prototype.get (24.3.3.3)
fn weak_map_get(c: &Call<'_>) -> Result {
    let (_, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    Ok(weak_get(c, d)?.unwrap_or_default())
}
/// WeakMap.prototype.has (24.3.3.4)
fn weak_has(c: &Call<'_>) -> Result {
    let (_, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    Ok(Value::bool(weak_get(c, d)?.is_some()))
}
/// WeakMap.prototype.set (24.3.3.5)
fn weak_map_set(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    require_key(c, BAD_KEY)?;
    weak_put(c, o, d, c.arg(1).clone())?;
    Ok(c.this.clone())
}
/// WeakMap.prototype.getOrInsert (proposal-upsert)
fn weak_map_get_or_insert(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    require_key(c, BAD_KEY)?;
    if let Some(v) = weak_get(c, d)? {
        return Ok(v);
    }
    weak_put(c, o, d, c.arg(1).clone())?;
    Ok(c.arg(1).clone())
}
/// WeakMap.prototype.getOrInsertComputed (proposal-upsert)
fn weak_map_get_or_insert_computed(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_MAP, "WeakMap")?;
    require_key(c, BAD_KEY)?;
    if !c.arg(1).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    if let Some(v) = weak_get(c, d)? {
        return Ok(v);
    }
    let v = c.cx.call(c.arg(1), &Value::UNDEFINED, &[c.arg(0).clone()])?;
    weak_put(c, o, d, v.clone())?;
    Ok(v)
}
/// WeakSet.prototype.add (24.4.3.1)
fn weak_set_add(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_SET, "WeakSet")?;
    require_key(c, "invalid value used as WeakSet key")?;
    weak_put(c, o, d, Value::UNDEFINED)?;
    Ok(c.this.clone())
}
/// WeakSet.prototype.delete (24.4.3.3)
fn weak_set_delete(c: &Call<'_>) -> Result {
    let (o, d) = this_weak(c, id::WEAK_SET, "WeakSet")?;
    weak_remove(c, o, d)
}
/// WeakSet.prototype.has (24.4.3.4)
fn weak_set_has(c: &Call<'_>) -> Result {
    let (_, d) = this_weak(c, id::WEAK_SET, "WeakSet")?;
    Ok(Value::bool(weak_get(c, d)?.is_some()))
}

// ---- WeakRef

/// WeakRef(target) (26.1.1.1)
fn construct_weak_ref(c: &Call<'_>) -> Result {
    require_new(c)?;
    require_key(c, "invalid target")?;
    let data = WeakRefData(Cell::new(0));
    let o = c.cx.new_from_constructor(c.new_target, Intrinsic::WeakRefPrototype, id::WEAK_REF, data)?;
    c.cx.rt().weak_register(c.arg(0), &o)?;
    if let Some(d) = o.data::<WeakRefData>() {
        d.0.set(Runtime::weak_address(c.arg(0)));
    }
    Ok(o.into())
}
/// WeakRef.prototype.deref (26.1.3.2)
fn deref(c: &Call<'_>) -> Result {
    match c.this.as_object().and_then(|o| o.data::<WeakRefData>()) {
        Some(d) if d.0.get() != 0 => Ok(c.cx.rt().weak_upgrade(d.0.get()).unwrap_or_default()),
        Some(_) => Ok(Value::UNDEFINED),
        None => Err(c.cx.throw_type("WeakRef object expected")),
    }
}

// ---- FinalizationRegistry

/// FinalizationRegistry(cleanupCallback) (26.2.1.1)
fn construct_registry(c: &Call<'_>) -> Result {
    require_new(c)?;
    if !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let rt = c.cx.rt();
    let data = RegistryData {
        realm: c.cx.to_gc(),
        cleanup: c.arg(0).clone(),
        targets: HashTable::new(rt),
        tokens: HashTable::new(rt),
    };
    let proto = Intrinsic::FinalizationRegistryPrototype;
    c.cx.new_from_constructor(c.new_target, proto, id::FINALIZATION_REGISTRY, data).map(Value::from)
}
fn this_registry<'a>(c: &Call<'a>) -> Result<(&'a Object, &'a RegistryData)> {
    match c.this.as_object().and_then(|o| Some((o, o.data::<RegistryData>()?))) {
        Some(r) => Ok(r),
        None => Err(c.cx.throw_type("FinalizationRegistry object expected")),
    }
}
/// FinalizationRegistry.prototype.register (26.2.3.2)
fn register(c: &Call<'_>) -> Result {
    let (cx, rt) = (c.cx, c.cx.rt());
    let (o, d) = this_registry(c)?;
    require_key(c, "invalid target")?;
    if same_value(c.arg(0), c.arg(1)) {
        return Err(cx.throw_type("held value cannot be the target"));
    }
    let token = c.arg(2);
    let token_key = if can_be_held_weakly(token) {
        key_of(token)
    } else if token.is_undefined() {
        Value::UNDEFINED
    } else {
        return Err(cx.throw_type("invalid unregister token"));
    };
    let key = key_of(c.arg(0));
    let list = match d.targets.get(rt, &key)?.flatten() {
        Some(list) => list,
        None => {
            rt.weak_register(c.arg(0), o)?;
            let list = Rc::new(RefCell::new(Buf::new(rt)));
            if let Err(t) = d.targets.set(rt, &key, Some(list.clone())) {
                rt.weak_unregister(address(&key), o);
                return Err(t);
            }
            list
        }
    };
    if !token_key.is_undefined() {
        let targets = match d.tokens.get(rt, &token_key)?.flatten() {
            Some(targets) => targets,
            None => {
                rt.weak_register(token, o)?;
                let targets = Rc::new(HashTable::new(rt));
                if let Err(t) = d.tokens.set(rt, &token_key, Some(targets.clone())) {
                    rt.weak_unregister(address(&token_key), o);
                    return Err(t);
                }
                targets
            }
        };
        targets.set(rt, &key, ())?;
    }
    list.borrow_mut().push(Record { held: c.arg(1).clone(), token: token_key })?;
    Ok(Value::UNDEFINED)
}
/// FinalizationRegistry.prototype.unregister (26.2.3.3)
fn unregister(c: &Call<'_>) -> Result {
    let rt = c.cx.rt();
    let (o, d) = this_registry(c)?;
    require_key(c, "invalid unregister token")?;
    let token = key_of(c.arg(0));
    let Some(targets) = d.tokens.remove(rt, &token)?.flatten() else {
        return Ok(Value::FALSE);
    };
    rt.weak_unregister(address(&token), o);
    let cursor = targets.cursor();
    let mut removed = false;
    while let Some((key, ())) = targets.next(&cursor) {
        let Some(list) = d.targets.get(rt, &key)?.flatten() else {
            continue;
        };
        let stays = |r: &&Record| !r.token.same_bits(&token);
        let mut kept = Buf::new(rt);
        kept.reserve(list.borrow().iter().filter(stays).count())?;
        for r in list.borrow().iter().filter(stays) {
            kept.push(r.clone())?;
        }
        removed |= kept.len() < list.borrow().len();
        let none = kept.is_empty();
        // What goes is dropped when all is in order again.
        let all = list.replace(kept);
        if none {
            d.targets.remove(rt, &key)?;
            rt.weak_unregister(address(&key), o);
        }
        drop(all);
        c.cx.poll()?;
    }
    Ok(Value::bool(removed))
}
