//! Proxy (28.2) and proxy objects (10.5).

use super::object::{from_descriptor, to_descriptor};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::class::{ClassId, Payload, id};
use crate::object::define::is_compatible_descriptor;
use crate::object::exotic::Exotic;
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, define_all, materialize, method};
use crate::object::shape::prop;
use crate::object::{Descriptor, Keys, Object, Property};
use crate::ops::{same_value, to_boolean};
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};
use std::cell::RefCell;
use std::collections::HashSet;

/// The payload of proxies; both None once revoked.
pub struct ProxyData {
    pub target: RefCell<Option<Gc<Object>>>,
    pub handler: RefCell<Option<Gc<Object>>>,
    pub callable: bool,
}
impl Payload for ProxyData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::PROXY..=id::PROXY;
    fn trace(&self, t: &mut Tracer<'_>) {
        for o in [&self.target, &self.handler] {
            if let Some(o) = &*o.borrow() {
                t.visit(o.as_value());
            }
        }
    }
}

/// Has the proxy [[Call]]?
pub fn is_callable(o: &Object) -> bool {
    o.data::<ProxyData>().is_some_and(|p| p.callable)
}
/// The proxy's target; a TypeError if it is revoked.
pub fn target(cx: &Context, o: &Object) -> Result<Gc<Object>> {
    match o.data::<ProxyData>().and_then(|p| p.target.borrow().clone()) {
        Some(t) => Ok(t),
        None => Err(cx.throw_type("revoked proxy")),
    }
}
/// The proxy's handler; None if it is revoked.
pub fn handler(o: &Object) -> Option<Gc<Object>> {
    o.data::<ProxyData>().and_then(|p| p.handler.borrow().clone())
}

const STATICS: &[Def] = &[method("revocable", revocable, 2)];

/// Makes %Proxy%, which has no prototype property.
pub fn init(cx: &Context) -> Result<()> {
    let spec = FunctionSpec { f: constructor, name: "Proxy", length: 2, magic: 0, constructor: true };
    let f = cx.new_native(&spec)?;
    materialize(cx, &f, None)?;
    define_all(cx, &f, STATICS)?;
    cx.set_intrinsic(Intrinsic::Proxy, f);
    Ok(())
}

/// Proxy (28.2.1.1)
fn constructor(c: &Call<'_>) -> Result {
    if !c.is_construct() {
        return Err(c.cx.throw_type("must be called with new"));
    }
    create(c.cx, c.arg(0), c.arg(1)).map(Value::from)
}

/// ProxyCreate (10.5.14)
pub fn create(cx: &Context, target: &Value, handler: &Value) -> Result<Gc<Object>> {
    let t = cx.expect_object(target)?;
    let h = cx.expect_object(handler)?;
    let data = ProxyData {
        target: RefCell::new(Some(t.to_gc())),
        handler: RefCell::new(Some(h.to_gc())),
        callable: t.is_callable(),
    };
    let p = cx.new_with_data(None, id::PROXY, data)?;
    p.set_constructor(t.is_constructor());
    Ok(p)
}

/// Proxy.revocable (28.2.2.1)
fn revocable(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let p = create(cx, c.arg(0), c.arg(1))?;
    let revoker = cx.new_native_closure(revoke, 0, vec![p.to_value()])?;
    let r = cx.new_object_with_room(2)?;
    r.add_property(cx.name(Name::proxy), p.into(), prop::ALL)?;
    r.add_property(cx.name(Name::revoke), revoker.into(), prop::ALL)?;
    Ok(r.into())
}

/// Proxy revocation functions (28.2.2.1.1)
fn revoke(c: &Call<'_>) -> Result {
    if let Some(p) = c.capture(0).as_object().and_then(|o| o.data::<ProxyData>()) {
        let old = (p.target.take(), p.handler.take());
        drop(old);
    }
    Ok(Value::UNDEFINED)
}

/// What an internal method of a proxy begins with.
struct Trap {
    target: Gc<Object>,
    handler: Gc<Object>,
    /// The trap; None: the operation goes to the target.
    f: Option<Value>,
    name: Name,
}

impl Trap {
    /// ValidateNonRevokedProxy, and GetMethod of the handler.
    fn new(cx: &Context, o: &Object, trap: Name) -> Result<Trap> {
        cx.check_stack()?;
        let target = target(cx, o)?;
        let Some(handler) = handler(o) else {
            return Err(cx.throw_type("revoked proxy"));
        };
        let f = cx.get_method(handler.as_value(), cx.name(trap))?;
        Ok(Trap { target, handler, f, name: trap })
    }
    fn call(&self, cx: &Context, f: &Value, args: &[Value]) -> Result {
        cx.call(f, self.handler.as_value(), args)
    }
    #[cold]
    fn inconsistent(&self, cx: &Context) -> Thrown {
        cx.throw_type(&format!("proxy: inconsistent {}", Name::TEXT[self.name as usize]))
    }
    fn own(&self, cx: &Context, key: &PropertyKey) -> Result<Option<Property>> {
        self.target.get_own_property(cx, key)
    }
}

fn is_fixed_data(p: &Property) -> bool {
    !p.is_configurable() && !p.is_accessor() && !p.is_writable()
}

/// Proxies' internal methods.
pub struct ProxyExotic;

impl Exotic for ProxyExotic {
    /// [[GetPrototypeOf]] (10.5.1)
    fn get_prototype_of(&self, cx: &Context, o: &Object) -> Result<Option<Gc<Object>>> {
        let t = Trap::new(cx, o, Name::getPrototypeOf)?;
        let Some(f) = &t.f else {
            return t.target.get_prototype_of(cx);
        };
        let r = t.call(cx, f, &[t.target.to_value()])?;
        let proto = match r.into_gc::<Object>() {
            Ok(p) => Some(p),
            Err(v) if v.is_null() => None,
            Err(_) => return Err(t.inconsistent(cx)),
        };
        if t.target.is_extensible(cx)? {
            return Ok(proto);
        }
        let real = t.target.get_prototype_of(cx)?;
        if real.as_ref().map(|p| p.as_ptr()) != proto.as_ref().map(|p| p.as_ptr()) {
            return Err(t.inconsistent(cx));
        }
        Ok(proto)
    }

    /// [[SetPrototypeOf]] (10.5.2)
    fn set_prototype_of(&self, cx: &Context, o: &Object, proto: Option<&Object>) -> Result<bool> {
        let t = Trap::new(cx, o, Name::setPrototypeOf)?;
        let Some(f) = &t.f else {
            return t.target.set_prototype_of(cx, proto);
        };
        let p = proto.map_or(Value::NULL, |p| p.to_value());
        if !to_boolean(&t.call(cx, f, &[t.target.to_value(), p])?) {
            return Ok(false);
        }
        if t.target.is_extensible(cx)? {
            return Ok(true);
        }
        let real = t.target.get_prototype_of(cx)?;
        let same = match (&real, proto) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        if same { Ok(true) } else { Err(t.inconsistent(cx)) }
    }

    /// [[IsExtensible]] (10.5.3)
    fn is_extensible(&self, cx: &Context, o: &Object) -> Result<bool> {
        let t = Trap::new(cx, o, Name::isExtensible)?;
        let Some(f) = &t.f else {
            return t.target.is_extensible(cx);
        };
        let r = to_boolean(&t.call(cx, f, &[t.target.to_value()])?);
        if r != t.target.is_extensible(cx)? {
            return Err(t.inconsistent(cx));
        }
        Ok(r)
    }

    /// [[PreventExtensions]] (10.5.4)
    fn prevent_extensions(&self, cx: &Context, o: &Object) -> Result<bool> {
        let t = Trap::new(cx, o, Name::preventExtensions)?;
        let Some(f) = &t.f else {
            return t.target.prevent_extensions(cx);
        };
        let r = to_boolean(&t.call(cx, f, &[t.target.to_value()])?);
        if r && t.target.is_extensible(cx)? {
            return Err(t.inconsistent(cx));
        }
        Ok(r)
    }

    /// [[GetOwnProperty]] (10.5.5)
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        let t = Trap::new(cx, o, Name::getOwnPropertyDescriptor)?;
        let Some(f) = &t.f else {
            return t.own(cx, key);
        };
        let r = t.call(cx, f, &[t.target.to_value(), key.to_value(cx.rt())?])?;
        if !r.is_object() && !r.is_undefined() {
            return Err(t.inconsistent(cx));
        }
        let own = t.own(cx, key)?;
        if r.is_undefined() {
            let Some(own) = own else {
                return Ok(None);
            };
            if !own.is_configurable() || !t.target.is_extensible(cx)? {
                return Err(t.inconsistent(cx));
            }
            return Ok(None);
        }
        let extensible = t.target.is_extensible(cx)?;
        let p = complete(to_descriptor(cx, &r)?);
        if !is_compatible_descriptor(extensible, &p.to_descriptor(), own.as_ref()) {
            return Err(t.inconsistent(cx));
        }
        if !p.is_configurable() {
            let Some(own) = own.filter(|o| !o.is_configurable()) else {
                return Err(t.inconsistent(cx));
            };
            if !p.is_accessor() && !p.is_writable() && own.is_writable() {
                return Err(t.inconsistent(cx));
            }
        }
        Ok(Some(p))
    }

    /// [[DefineOwnProperty]] (10.5.6)
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        let t = Trap::new(cx, o, Name::defineProperty)?;
        let Some(f) = &t.f else {
            return t.target.define_own_property(cx, key, d);
        };
        let desc = from_descriptor(cx, d)?;
        let r = t.call(cx, f, &[t.target.to_value(), key.to_value(cx.rt())?, desc.into()])?;
        if !to_boolean(&r) {
            return Ok(false);
        }
        let own = t.own(cx, key)?;
        let extensible = t.target.is_extensible(cx)?;
        let fixes = d.configurable == Some(false);
        let ok = match &own {
            None => extensible && !fixes,
            Some(own) => {
                is_compatible_descriptor(extensible, d, Some(own))
                    && !(fixes && own.is_configurable())
                    && (own.is_accessor()
                        || own.is_configurable()
                        || !own.is_writable()
                        || d.writable != Some(false))
            }
        };
        if ok { Ok(true) } else { Err(t.inconsistent(cx)) }
    }

    /// [[HasProperty]] (10.5.7)
    fn has_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        let t = Trap::new(cx, o, Name::has)?;
        let Some(f) = &t.f else {
            return t.target.has_property(cx, key);
        };
        let r = to_boolean(&t.call(cx, f, &[t.target.to_value(), key.to_value(cx.rt())?])?);
        if !r
            && let Some(own) = t.own(cx, key)?
            && (!own.is_configurable() || !t.target.is_extensible(cx)?)
        {
            return Err(t.inconsistent(cx));
        }
        Ok(r)
    }

    /// [[Get]] (10.5.8)
    fn get(&self, cx: &Context, o: &Object, key: &PropertyKey, receiver: &Value) -> Result {
        let t = Trap::new(cx, o, Name::get)?;
        let Some(f) = &t.f else {
            return t.target.get_with_receiver(cx, key, receiver);
        };
        let v = t.call(cx, f, &[t.target.to_value(), key.to_value(cx.rt())?, receiver.clone()])?;
        if let Some(own) = t.own(cx, key)?
            && !own.is_configurable()
        {
            let ok = match &own {
                Property::Data { value, .. } => own.is_writable() || same_value(&v, value),
                Property::Accessor { getter, .. } => !getter.is_undefined() || v.is_undefined(),
            };
            if !ok {
                return Err(t.inconsistent(cx));
            }
        }
        Ok(v)
    }

    /// [[Set]] (10.5.9)
    fn set(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        let t = Trap::new(cx, o, Name::set)?;
        let Some(f) = &t.f else {
            return t.target.set_with_receiver(cx, key, value, receiver);
        };
        let args = [t.target.to_value(), key.to_value(cx.rt())?, value.clone(), receiver.clone()];
        if !to_boolean(&t.call(cx, f, &args)?) {
            return Ok(false);
        }
        if let Some(own) = t.own(cx, key)? {
            let ok = match &own {
                Property::Data { value: old, .. } => !is_fixed_data(&own) || same_value(&value, old),
                Property::Accessor { setter, .. } => own.is_configurable() || !setter.is_undefined(),
            };
            if !ok {
                return Err(t.inconsistent(cx));
            }
        }
        Ok(true)
    }

    /// [[Delete]] (10.5.10)
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        let t = Trap::new(cx, o, Name::deleteProperty)?;
        let Some(f) = &t.f else {
            return t.target.delete(cx, key);
        };
        let r = t.call(cx, f, &[t.target.to_value(), key.to_value(cx.rt())?])?;
        if !to_boolean(&r) {
            return Ok(false);
        }
        if let Some(own) = t.own(cx, key)?
            && (!own.is_configurable() || !t.target.is_extensible(cx)?)
        {
            return Err(t.inconsistent(cx));
        }
        Ok(true)
    }

    /// [[OwnPropertyKeys]] (10.5.11)
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        let t = Trap::new(cx, o, Name::ownKeys)?;
        let Some(f) = &t.f else {
            return t.target.own_keys(cx);
        };
        let r = t.call(cx, f, &[t.target.to_value()])?;
        let list = cx.expect_object(&r)?;
        let n = cx.length_of(list)?;
        let mut keys = Keys::new(cx.rt());
        let mut seen: HashSet<PropertyKey> = HashSet::new();
        for i in 0..n {
            cx.poll()?;
            let v = list.get_index(cx, i)?;
            if !v.is_string() && !v.is_symbol() {
                return Err(cx.throw_type("proxy: properties must be strings or symbols"));
            }
            let key = cx.to_property_key(&v)?;
            if seen.try_reserve(1).is_err() {
                return Err(cx.throw_oom());
            }
            if !seen.insert(key.clone()) {
                return Err(cx.throw_type("proxy: duplicate property"));
            }
            keys.push(key)?;
        }
        let extensible = t.target.is_extensible(cx)?;
        let (mut all_seen, mut missing) = (0, false);
        for key in t.target.own_keys(cx)?.iter() {
            cx.poll()?;
            let own = t.own(cx, key)?;
            let fixed = own.is_some_and(|p| !p.is_configurable());
            if seen.contains(key) {
                all_seen += 1;
            } else {
                missing |= fixed || !extensible;
            }
        }
        if missing {
            return Err(cx.throw_type("proxy: target property must be present in proxy ownKeys"));
        }
        if !extensible && all_seen != seen.len() {
            return Err(
                cx.throw_type("proxy: property not present in target were returned by non extensible proxy")
            );
        }
        Ok(keys)
    }
}

/// CompletePropertyDescriptor (6.2.6.6)
fn complete(d: Descriptor) -> Property {
    let mut flags = 0;
    if d.enumerable == Some(true) {
        flags |= prop::ENUMERABLE;
    }
    if d.configurable == Some(true) {
        flags |= prop::CONFIGURABLE;
    }
    if d.is_accessor() {
        return Property::Accessor {
            getter: d.getter.unwrap_or_default(),
            setter: d.setter.unwrap_or_default(),
            flags,
        };
    }
    if d.writable == Some(true) {
        flags |= prop::WRITABLE;
    }
    Property::Data { value: d.value.unwrap_or_default(), flags }
}

/// [[Call]] (10.5.12); for proxies of callable targets.
pub fn call(cx: &Context, o: &Object, this: &Value, args: &[Value]) -> Result {
    let t = Trap::new(cx, o, Name::apply)?;
    let Some(f) = &t.f else {
        return cx.call_object(&t.target, this, args);
    };
    let list = cx.new_array_from(args.iter().cloned())?;
    t.call(cx, f, &[t.target.to_value(), this.clone(), list.into()])
}

/// [[Construct]] (10.5.13); for proxies of constructors.
pub fn construct(cx: &Context, o: &Object, args: &[Value], new_target: &Value) -> Result {
    let t = Trap::new(cx, o, Name::construct)?;
    let Some(f) = &t.f else {
        let Some(nt) = new_target.as_object() else {
            return Err(cx.throw_type("not a constructor"));
        };
        return cx.construct(&t.target, args, nt).map(Value::from);
    };
    let list = cx.new_array_from(args.iter().cloned())?;
    let r = t.call(cx, f, &[t.target.to_value(), list.into(), new_target.clone()])?;
    if !r.is_object() {
        return Err(cx.throw_type("proxy: construct did not return an object"));
    }
    Ok(r)
}
