//! Typed array elements.

use super::Object;
use crate::value::Value;

pub(crate) fn fast_get(_o: &Object, _i: u32) -> Option<Value> {
    None
}
pub(crate) fn fast_set(_o: &Object, _i: u32, _v: &Value) -> Option<bool> {
    None
}
