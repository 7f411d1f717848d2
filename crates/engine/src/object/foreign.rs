//! Objects of embedders' classes: an opaque pointer.

use super::Object;
use super::class::{ClassId, FIRST_FOREIGN, Payload};
use super::shape::Shape;
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::value::Result;
use std::cell::Cell;
use std::ffi::c_void;

/// The payload of foreign objects.
pub struct Opaque(pub Cell<*mut c_void>);

impl Payload for Opaque {
    const CLASSES: std::ops::RangeInclusive<ClassId> = FIRST_FOREIGN..=ClassId::MAX;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Context {
    /// A new object of an embedder's class (which must be registered) with the given prototype.
    pub fn new_foreign(&self, proto: Option<&Object>, class: ClassId) -> Result<Gc<Object>> {
        let shape = Shape::root(self.rt(), proto)?;
        Object::alloc(self.rt(), shape, class, 0, Opaque(Cell::new(std::ptr::null_mut())))
    }
}
