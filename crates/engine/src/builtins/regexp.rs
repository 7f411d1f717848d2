//! regexp

use crate::context::Context;
use crate::value::Result;

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
pub(crate) fn class(_c: crate::object::class::ClassId) -> super::Behaviour {
    (None, None)
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
    _s: crate::Gc<crate::text::Str>,
    _f: crate::Gc<crate::text::Str>,
) -> Result<crate::Gc<crate::Object>> {
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
