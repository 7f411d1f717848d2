//! regexp

use crate::context::Context;
use crate::heap::Gc;
use crate::object::Object;
use crate::value::{Result, Value};

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
pub(crate) fn class(_c: crate::object::class::ClassId) -> super::Behaviour {
    (None, None)
}
/// RegExpCreate
pub fn create(cx: &Context, _pattern: &Value, _flags: &Value) -> Result<Gc<Object>> {
    Err(cx.throw_type("regexp"))
}
