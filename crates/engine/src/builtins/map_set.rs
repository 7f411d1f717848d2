//! Map and Set (24.1, 24.2).

use crate::context::Context;
use crate::value::Result;

pub fn init_map(_cx: &Context) -> Result<()> {
    Ok(())
}
pub fn init_set(_cx: &Context) -> Result<()> {
    Ok(())
}
pub(crate) fn class(_c: crate::object::class::ClassId) -> super::Behaviour {
    (None, None)
}
