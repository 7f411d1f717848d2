//! [[DefineOwnProperty]] of ordinary objects, arrays and arguments objects (10.1.6, 10.4.2, 10.4.4).

use super::class::id;
use super::shape::prop;
use super::{Descriptor, Object, Property, lazy};
use crate::context::Context;
use crate::heap::flag;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Value};

impl Object {
    /// [[DefineOwnProperty]]
    pub fn define_own_property(&self, cx: &Context, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.define_own_property(cx, self, key, d),
            None => self.ordinary_define_own(cx, key, d),
        }
    }

    /// The same for somebody who does what `asked` (bits of `exotic::asked`) says if it is refused.
    pub fn define_as(&self, cx: &Context, key: &PropertyKey, d: &Descriptor, asked: i32) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.define_as(cx, self, key, d, asked),
            None => self.ordinary_define_own(cx, key, d),
        }
    }

    /// OrdinaryDefineOwnProperty; for arrays ArrayDefineOwnProperty.
    pub fn ordinary_define_own(&self, cx: &Context, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        if self.has_flag(flag::LAZY) {
            lazy::materialize(cx, self, None)?;
        }
        if self.class() == id::ARRAY {
            if *key == *cx.name(Name::length) {
                return self.array_define_length(cx, d);
            }
            if let Some(i) = key.as_index() {
                return self.array_define_index(cx, i, key, d);
            }
        } else if let Some(i) = key.as_small_index()
            && self.has_elements()
        {
            if self.class() == id::MAPPED_ARGUMENTS {
                return self.mapped_define(cx, i, key, d);
            }
            return self.element_define(cx, i, key, d);
        }
        self.named_define(cx, key, d)
    }

    /// ArrayDefineOwnProperty for an index.
    fn array_define_index(&self, cx: &Context, i: u32, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        let len = self.array_length();
        if i >= len && !self.array_length_writable() {
            return Ok(false);
        }
        if !self.element_define(cx, i, key, d)? {
            return Ok(false);
        }
        if i >= self.array_length() {
            self.set_array_length_raw(i + 1);
        }
        Ok(true)
    }

    /// Defines an index, as an element where all attributes are true.
    fn element_define(&self, cx: &Context, i: u32, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        let full = |f: Option<bool>| f == Some(true);
        if self.has_element(i) {
            let keeps = |f: Option<bool>| f != Some(false);
            if !d.is_accessor() && keeps(d.writable) && keeps(d.enumerable) && keeps(d.configurable) {
                if let Some(v) = &d.value {
                    self.set_element(i, v.clone());
                }
                return Ok(true);
            }
            self.slow_elements(cx)?;
        } else if !d.is_accessor() && full(d.writable) && full(d.enumerable) && full(d.configurable) {
            if self.uses_dense_elements() && self.shape().lookup(key).is_none() {
                if !self.ordinary_is_extensible() {
                    return Ok(false);
                }
                let v = d.value.clone().unwrap_or_default();
                return self.add_element(cx, i, v);
            }
        } else {
            self.slow_elements(cx)?;
        }
        self.named_define(cx, key, d)
    }

    /// [[DefineOwnProperty]] of a mapped arguments object (10.4.4.2).
    fn mapped_define(&self, cx: &Context, i: u32, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        let boxed = self.mapped_box(i);
        let Some(boxed) = boxed else {
            return self.element_define(cx, i, key, d);
        };
        if !d.is_accessor() {
            if let Some(v) = &d.value {
                boxed.set(v.clone());
            }
            let keeps = |f: Option<bool>| f != Some(false);
            if keeps(d.writable) && keeps(d.enumerable) && keeps(d.configurable) {
                return Ok(true);
            }
        }
        self.slow_elements(cx)?;
        self.define_own_property(cx, key, d)
    }

    /// ValidateAndApplyPropertyDescriptor over the shape's properties.
    pub(crate) fn named_define(&self, cx: &Context, key: &PropertyKey, d: &Descriptor) -> Result<bool> {
        let Some((slot, flags)) = self.find(cx, key)? else {
            if !self.ordinary_is_extensible() {
                return Ok(false);
            }
            let mut f = 0;
            if d.enumerable == Some(true) {
                f |= prop::ENUMERABLE;
            }
            if d.configurable == Some(true) {
                f |= prop::CONFIGURABLE;
            }
            if d.is_accessor() {
                let a = cx.rt().new_accessor(
                    d.getter.clone().unwrap_or_default(),
                    d.setter.clone().unwrap_or_default(),
                )?;
                self.add_property(key, a.into(), f | prop::ACCESSOR)?;
            } else {
                if d.writable == Some(true) {
                    f |= prop::WRITABLE;
                }
                self.add_property(key, d.value.clone().unwrap_or_default(), f)?;
            }
            return Ok(true);
        };
        let current = self.property_at_for_define(slot, flags);
        if !is_compatible(&current, d) {
            return Ok(false);
        }
        let mut f = flags;
        let mut put = |bit: u8, v: Option<bool>| match v {
            Some(true) => f |= bit,
            Some(false) => f &= !bit,
            None => {}
        };
        put(prop::ENUMERABLE, d.enumerable);
        put(prop::CONFIGURABLE, d.configurable);
        if d.is_accessor() {
            let (g, s) = match &current {
                Property::Accessor { getter, setter, .. } => (getter.clone(), setter.clone()),
                Property::Data { .. } => (Value::UNDEFINED, Value::UNDEFINED),
            };
            let a = cx.rt().new_accessor(d.getter.clone().unwrap_or(g), d.setter.clone().unwrap_or(s))?;
            f = (f | prop::ACCESSOR) & !prop::WRITABLE;
            self.change_flags(slot, f)?;
            self.shape_changed();
            self.set_slot(slot, a.into());
        } else if d.is_data() {
            let was_accessor = flags & prop::ACCESSOR != 0;
            if was_accessor {
                f &= !(prop::ACCESSOR | prop::WRITABLE);
            }
            match d.writable {
                Some(true) => f |= prop::WRITABLE,
                Some(false) => f &= !prop::WRITABLE,
                None => {}
            }
            self.change_flags(slot, f)?;
            match &d.value {
                Some(v) => self.set_slot(slot, v.clone()),
                None if was_accessor => self.set_slot(slot, Value::UNDEFINED),
                None => {}
            }
        } else {
            self.change_flags(slot, f)?;
        }
        Ok(true)
    }

    fn property_at_for_define(&self, slot: usize, flags: u8) -> Property {
        self.property_at(slot, flags)
    }
}

/// Steps 2 to 5 of ValidateAndApplyPropertyDescriptor: may `d` be applied to `current`?
pub fn is_compatible(current: &Property, d: &Descriptor) -> bool {
    if current.is_configurable() {
        return true;
    }
    if d.configurable == Some(true) || d.enumerable.is_some_and(|e| e != current.is_enumerable()) {
        return false;
    }
    match current {
        Property::Accessor { getter, setter, .. } => {
            !d.is_data()
                && d.getter.as_ref().is_none_or(|g| g.same_bits(getter))
                && d.setter.as_ref().is_none_or(|s| s.same_bits(setter))
        }
        Property::Data { value, flags } => {
            if d.is_accessor() {
                return false;
            }
            flags & prop::WRITABLE != 0
                || (d.writable != Some(true)
                    && d.value.as_ref().is_none_or(|v| crate::ops::same_value(v, value)))
        }
    }
}

/// IsCompatiblePropertyDescriptor (10.1.6.2).
pub fn is_compatible_descriptor(extensible: bool, d: &Descriptor, current: Option<&Property>) -> bool {
    match current {
        None => extensible,
        Some(c) => is_compatible(c, d),
    }
}
