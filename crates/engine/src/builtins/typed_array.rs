//! Typed arrays (23.2).

use crate::context::Context;
use crate::value::Result;

use crate::context::Intrinsic;
pub fn init(_cx: &Context, _i: Intrinsic) -> Result<()> {
    Ok(())
}
pub(crate) fn class(_c: crate::object::class::ClassId) -> super::Behaviour {
    (None, None)
}
