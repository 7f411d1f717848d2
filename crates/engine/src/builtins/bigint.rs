//! bigint

use crate::context::Context;
use crate::value::Result;

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
