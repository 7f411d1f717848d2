//! Error and its kin (20.5).

use crate::context::Context;
use crate::value::Result;

use crate::context::Intrinsic;
pub fn init(_cx: &Context, _i: Intrinsic) -> Result<()> {
    Ok(())
}
