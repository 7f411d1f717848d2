//! Objects whose essential internal methods are not the ordinary ones.

use super::{Descriptor, Keys, Object, Property};
use crate::context::Context;
use crate::heap::Gc;
use crate::text::atoms::PropertyKey;
use crate::value::{Result, Value};

/// Who changes a property, and what they do where that is refused: bits that embedders' classes are told, beside those
/// that describe the property. (Their values are those of C's JS_PROP_….)
pub mod asked {
    /// Reflect's functions: the answer is all.
    pub const NOTHING: i32 = 0;
    /// A TypeError where it is refused.
    pub const THROW: i32 = 1 << 14;
    /// The same in strict code only.
    pub const THROW_STRICT: i32 = 1 << 15;
    /// Object.defineProperty and defineProperties.
    pub const DEFINE: i32 = 1 << 18 | THROW;
    /// Reflect.defineProperty.
    pub const REFLECT_DEFINE: i32 = 1 << 19;
}

/// The essential internal methods (6.1.7.2); what is not overridden is ordinary (10.1), built on the others.
pub trait Exotic {
    /// [[GetOwnProperty]]
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        o.ordinary_get_own(cx, key)
    }
    /// [[DefineOwnProperty]]
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        o.ordinary_define_own(cx, key, d)
    }
    /// The same, with bits of [`asked`].
    fn define_as(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
        asked: i32,
    ) -> Result<bool> {
        let _ = asked;
        self.define_own_property(cx, o, key, d)
    }
    /// Has a [[Set]] or [[DefineOwnProperty]] that just answered false said all there is to say? Otherwise it is a
    /// TypeError for those who want one.
    fn refuses_silently(&self) -> bool {
        false
    }
    /// [[HasProperty]]
    fn has_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if self.get_own_property(cx, o, key)?.is_some() {
            return Ok(true);
        }
        match self.get_prototype_of(cx, o)? {
            Some(p) => p.has_property(cx, key),
            None => Ok(false),
        }
    }
    /// [[Get]]
    fn get(&self, cx: &Context, o: &Object, key: &PropertyKey, receiver: &Value) -> Result {
        match self.get_own_property(cx, o, key)? {
            Some(p) => p.read(cx, receiver),
            None => match self.get_prototype_of(cx, o)? {
                Some(p) => p.get_with_receiver(cx, key, receiver),
                None => Ok(Value::UNDEFINED),
            },
        }
    }
    /// [[Set]]
    fn set(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        let own = self.get_own_property(cx, o, key)?;
        o.ordinary_set_with_own(cx, key, value, receiver, own)
    }
    /// The same, with bits of [`asked`]; `set` is an assignment of a script's.
    fn set_as(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
        asked: i32,
    ) -> Result<bool> {
        let _ = asked;
        self.set(cx, o, key, value, receiver)
    }
    /// [[Delete]]
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        o.ordinary_delete(cx, key)
    }
    /// [[OwnPropertyKeys]]
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        o.ordinary_own_keys(cx)
    }
    /// [[GetPrototypeOf]]
    fn get_prototype_of(&self, _cx: &Context, o: &Object) -> Result<Option<Gc<Object>>> {
        Ok(o.proto().cloned())
    }
    /// [[SetPrototypeOf]]
    fn set_prototype_of(&self, cx: &Context, o: &Object, proto: Option<&Object>) -> Result<bool> {
        o.ordinary_set_prototype_of(cx, proto)
    }
    /// [[IsExtensible]]
    fn is_extensible(&self, _cx: &Context, o: &Object) -> Result<bool> {
        Ok(o.ordinary_is_extensible())
    }
    /// [[PreventExtensions]]
    fn prevent_extensions(&self, cx: &Context, o: &Object) -> Result<bool> {
        o.ordinary_prevent_extensions(cx)
    }
}
