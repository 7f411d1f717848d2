//! Array (23.1).

use crate::context::Context;
use crate::value::Result;

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
pub(crate) fn init_prototype(_cx: &Context) -> Result<()> {
    Ok(())
}
