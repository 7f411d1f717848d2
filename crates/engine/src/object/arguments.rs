//! Mapped arguments objects (10.4.4) whose elements are no longer all plain: the rest of them stays mapped.
//!
//! As long as every element is writable, enumerable and configurable, a mapped arguments object keeps its
//! elements densely (`object::array`): Boxes for mapped ones. Then its class becomes SLOW_ARGUMENTS: elements
//! are properties of its shape, and a slot that holds a Box is mapped to that parameter.

use super::class::id;
use super::exotic::Exotic;
use super::{Descriptor, Object, Property};
use crate::context::Context;
use crate::heap::{BoxCell, Gc};
use crate::text::atoms::PropertyKey;
use crate::value::Result;

/// The exotic methods of SLOW_ARGUMENTS.
pub(crate) struct ArgumentsExotic;

/// The slot, flags and Box of a mapped element.
fn mapped(cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<(usize, u8, Gc<BoxCell>)>> {
    if key.as_small_index().is_none() {
        return Ok(None);
    }
    let found = o.find(cx, key)?;
    Ok(found.and_then(|(slot, flags)| o.slot(slot).as_gc::<BoxCell>().map(|b| (slot, flags, b.clone()))))
}

impl Exotic for ArgumentsExotic {
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        match mapped(cx, o, key)? {
            Some((_, flags, b)) => Ok(Some(Property::Data { value: b.get().clone(), flags })),
            None => o.ordinary_get_own(cx, key),
        }
    }
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        let Some((slot, _, b)) = mapped(cx, o, key)? else {
            return o.ordinary_define_own(cx, key, d);
        };
        // What the property is to anyone else is a plain value.
        o.set_slot(slot, b.get().clone());
        let done = o.ordinary_define_own(cx, key, d);
        let ends = d.is_accessor() || d.writable == Some(false);
        if matches!(done, Ok(true)) {
            if let (false, Some(v)) = (d.is_accessor(), &d.value) {
                b.set(v.clone());
            }
            if ends {
                return done;
            }
        }
        if let Some((slot, _)) = o.shape().lookup(key) {
            o.set_slot(slot, b.into());
        }
        done
    }
}

impl Object {
    /// Elements that are Boxes have become slots that are.
    pub(crate) fn become_slow_arguments(&self) {
        if self.class() == id::MAPPED_ARGUMENTS {
            self.set_class(id::SLOW_ARGUMENTS);
        }
    }
}
