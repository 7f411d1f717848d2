//! Array iterators (23.1.5).

use crate::context::Context;
use crate::value::Result;

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
pub(crate) fn class(_c: crate::object::class::ClassId) -> super::Behaviour {
    (None, None)
}
/// %ArrayIteratorPrototype%.next
pub(crate) const NEXT: crate::object::function::NativeFn = |_| Ok(crate::Value::UNDEFINED);
