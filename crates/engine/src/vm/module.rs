//! Module records.

use crate::bytecode::template::Template;
use crate::context::Context;
use crate::heap::Header;
use crate::heap::gc::Tracer;
use crate::value::{Result, Value};

pub(crate) unsafe fn drop_contents(_p: *mut Header) {}
pub(crate) unsafe fn trace(_p: *const Header, _t: &mut Tracer<'_>) {}

pub(crate) fn dynamic_import(cx: &Context, _t: &Template, _s: &Value, _o: &Value, _phase: u32) -> Result {
    Err(cx.throw_type("modules are not supported yet"))
}
pub(crate) fn import_meta(cx: &Context, _t: &Template) -> Result {
    Err(cx.throw_type("modules are not supported yet"))
}
pub(crate) fn cell(cx: &Context, _t: &Template, _slot: usize) -> Result {
    Err(cx.throw_type("modules are not supported yet"))
}
