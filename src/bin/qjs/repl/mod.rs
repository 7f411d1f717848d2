//! soon
use qjs_engine::Context;
pub fn run(_: &Context) {}
