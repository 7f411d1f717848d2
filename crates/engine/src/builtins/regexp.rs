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
pub fn compile(
    cx: &Context,
    _s: &crate::text::Str,
    _f: &crate::text::Str,
) -> Result<std::rc::Rc<qjs_regexp::Program>> {
    Err(cx.throw_type("regular expressions are not there yet"))
}
pub fn from_literal(
    cx: &Context,
    _p: std::rc::Rc<qjs_regexp::Program>,
    _s: Gc<crate::text::Str>,
    _f: Gc<crate::text::Str>,
) -> Result<Gc<Object>> {
    Err(cx.throw_type("regular expressions are not there yet"))
}
/// Checks a literal's pattern and flags, for the parser.
pub fn check_literal(
    _rt: &crate::Runtime,
    _pattern: crate::text::Chars<'_>,
    _flags: crate::text::Chars<'_>,
) -> std::result::Result<(), String> {
    Ok(())
}
