//! Module namespace exotic objects (10.4.6), deferred ones too.

use super::link::Resolution;
use super::{Module, Phase, evaluate};
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::hash::AddressMap;
use crate::heap::{BoxCell, Gc};
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::exotic::Exotic;
use crate::object::shape::prop;
use crate::object::{Descriptor, Keys, Object, Property};
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};
use std::cell::OnceCell;

/// What an exported name leads to.
enum Binding {
    Cell(Gc<BoxCell>),
    /// `export * as name from`
    Namespace(Gc<Module>, Phase),
}

/// [[Exports]], in code unit order, with what each is.
struct Exports {
    names: Vec<PropertyKey>,
    bindings: AddressMap<PropertyKey, Binding>,
}

/// The payload of namespace objects.
pub struct NamespaceData {
    module: Gc<Module>,
    exports: OnceCell<Exports>,
    deferred: bool,
}
impl Payload for NamespaceData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::MODULE_NS..=id::MODULE_NS;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.module.as_value());
        for b in self.exports.get().into_iter().flat_map(|e| e.bindings.values()) {
            match b {
                Binding::Cell(c) => t.visit(c.as_value()),
                Binding::Namespace(m, _) => t.visit(m.as_value()),
            }
        }
    }
}
pub(crate) fn class() -> crate::builtins::Behaviour {
    (Some(vt_of::<NamespaceData>()), Some(&NamespaceExotic))
}

impl Module {
    /// GetModuleNamespace (16.2.1.12) of a loaded module.
    pub fn namespace(&self, cx: &Context) -> Result<Gc<Object>> {
        self.namespace_for(cx, Phase::Evaluation)
    }
    /// The same for a phase: an `import defer` has a namespace object of its own.
    pub(super) fn namespace_for(&self, cx: &Context, phase: Phase) -> Result<Gc<Object>> {
        let deferred = phase == Phase::Defer;
        let d = self.data();
        let place = if deferred { &d.deferred } else { &d.namespace };
        if let Some(o) = place.get() {
            return Ok(o.clone());
        }
        let data = NamespaceData { module: self.to_gc(), exports: OnceCell::new(), deferred };
        let o = d.realm.new_with_data(None, id::MODULE_NS, data)?;
        let tag = cx.string(if deferred { "Deferred Module" } else { "Module" })?;
        o.ordinary_define_own(cx, cx.symbol(Sym::toStringTag), &Descriptor::data(tag, 0))?;
        o.ordinary_prevent_extensions(cx)?;
        Ok(place.get_or_init(|| o).clone())
    }
}

fn data(o: &Object) -> Option<&NamespaceData> {
    o.data::<NamespaceData>()
}

impl NamespaceData {
    fn exports(&self, cx: &Context) -> Result<&Exports> {
        if let Some(e) = self.exports.get() {
            return Ok(e);
        }
        let mut found = Vec::new();
        let mut bindings = AddressMap::default();
        for name in self.module.exported_names(cx)? {
            let b = match self.module.resolve_export(cx, &name)? {
                Resolution::Cell(b) => Binding::Cell(b),
                Resolution::Namespace(m, phase) => Binding::Namespace(m, phase),
                _ => continue,
            };
            let text: Vec<u16> = match name.to_value(cx.rt())?.as_string() {
                Some(s) => s.chars()?.units().collect(),
                None => Vec::new(),
            };
            found.push((text, name.clone()));
            bindings.insert(name, b);
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let names = found.into_iter().map(|(_, n)| n).collect();
        Ok(self.exports.get_or_init(|| Exports { names, bindings }))
    }

    /// IsSymbolLikeNamespaceKey: keys that are looked up without evaluating a deferred module.
    fn is_symbol_like(&self, cx: &Context, key: &PropertyKey) -> bool {
        key.is_symbol() || self.deferred && key == cx.name(Name::then)
    }

    /// GetModuleExportsList: evaluates the module if that was deferred.
    fn evaluated(&self, cx: &Context) -> Result<&Exports> {
        if self.deferred {
            evaluate::evaluate_sync(cx, &self.module)?;
        }
        self.exports(cx)
    }

    /// Is there an export of that name?
    fn has(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        if self.module.is_table() {
            return Ok(self.module.local_slot(cx, key)?.is_some());
        }
        Ok(self.evaluated(cx)?.bindings.contains_key(key))
    }
    /// The value of an export; None if there is none of that name.
    fn read(&self, cx: &Context, key: &PropertyKey) -> Result<Option<Value>> {
        if self.module.is_table() {
            // One by one: most are never asked for.
            return Ok(self.module.local_cell(cx, key)?.map(|b| b.get().clone()));
        }
        match self.evaluated(cx)?.bindings.get(key) {
            None => Ok(None),
            Some(Binding::Namespace(m, phase)) => Ok(Some(m.namespace_for(cx, *phase)?.into())),
            Some(Binding::Cell(b)) => {
                let v = b.get().clone();
                if v.is_uninit() {
                    return Err(cx.throw_reference(&format!("{} is not initialized", key.to_lossy())));
                }
                Ok(Some(v))
            }
        }
    }
}

/// The internal methods.
pub(crate) struct NamespaceExotic;

const FLAGS: u8 = prop::WRITABLE | prop::ENUMERABLE;

impl Exotic for NamespaceExotic {
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        match data(o) {
            Some(d) if !d.is_symbol_like(cx, key) => Ok(d.read(cx, key)?.map(|v| Property::data(v, FLAGS))),
            _ => o.ordinary_get_own(cx, key),
        }
    }
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        desc: &Descriptor,
    ) -> Result<bool> {
        match data(o) {
            Some(d) if !d.is_symbol_like(cx, key) => {
                let Some(current) = d.read(cx, key)? else {
                    return Ok(false);
                };
                if desc.configurable == Some(true)
                    || desc.enumerable == Some(false)
                    || desc.is_accessor()
                    || desc.writable == Some(false)
                {
                    return Ok(false);
                }
                match &desc.value {
                    Some(v) => Ok(crate::ops::same_value(v, &current)),
                    None => Ok(true),
                }
            }
            _ => o.ordinary_define_own(cx, key, desc),
        }
    }
    fn has_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        match data(o) {
            Some(d) if !d.is_symbol_like(cx, key) => d.has(cx, key),
            _ => Ok(o.ordinary_get_own(cx, key)?.is_some()),
        }
    }
    fn get(&self, cx: &Context, o: &Object, key: &PropertyKey, receiver: &Value) -> Result {
        match data(o) {
            Some(d) if !d.is_symbol_like(cx, key) => Ok(d.read(cx, key)?.unwrap_or(Value::UNDEFINED)),
            _ => match o.ordinary_get_own(cx, key)? {
                Some(p) => p.read(cx, receiver),
                None => Ok(Value::UNDEFINED),
            },
        }
    }
    fn set(
        &self,
        _cx: &Context,
        _o: &Object,
        _key: &PropertyKey,
        _value: Value,
        _receiver: &Value,
    ) -> Result<bool> {
        Ok(false)
    }
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        match data(o) {
            Some(d) if !d.is_symbol_like(cx, key) => Ok(!d.has(cx, key)?),
            _ => o.ordinary_delete(cx, key),
        }
    }
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        let mut keys = Keys::new(cx.rt());
        if let Some(d) = data(o) {
            for name in &d.evaluated(cx)?.names {
                keys.push(name.clone())?;
            }
        }
        for k in o.ordinary_own_keys(cx)?.iter() {
            keys.push(k.clone())?;
        }
        Ok(keys)
    }
    fn set_prototype_of(&self, _cx: &Context, _o: &Object, proto: Option<&Object>) -> Result<bool> {
        Ok(proto.is_none())
    }
    fn prevent_extensions(&self, _cx: &Context, _o: &Object) -> Result<bool> {
        Ok(true)
    }
}
