//! Objects of the standard library around the engine (files, workers): a Rust value behind an object.

use super::Object;
use super::class::{ClassId, Payload, id};
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::value::Result;
use std::any::Any;

/// What a host object carries. Dropped when the object dies.
pub trait HostObject: Any {
    /// Visits every value that it owns.
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// The payload of host objects.
pub struct HostData(Box<dyn HostObject>);

impl Payload for HostData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::HOST_FILE..=id::HOST_WORKER;
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

impl Context {
    /// A new object of a host class with its Rust value.
    pub fn new_host(
        &self,
        proto: Option<&Object>,
        class: ClassId,
        data: Box<dyn HostObject>,
    ) -> Result<Gc<Object>> {
        debug_assert!(HostData::CLASSES.contains(&class));
        self.new_with_data(proto, class, HostData(data))
    }
}

impl Object {
    /// The Rust value of a host object, if it is a T.
    pub fn host<T: HostObject>(&self) -> Option<&T> {
        let d: &dyn Any = &*self.data::<HostData>()?.0;
        d.downcast_ref()
    }
}
