//! The machine.

pub mod backtrace;
pub mod module;
pub mod park;

use crate::context::Context;
use crate::object::Object;
use crate::runtime::Runtime;
use crate::value::{Result, Value};

/// The runtime's stacks.
pub struct Machine {}

impl Machine {
    pub(crate) fn new() -> Machine {
        Machine {}
    }
    pub(crate) fn clear(&self, _rt: &Runtime) {}
}

/// [[Call]] (new_target undefined) or [[Construct]].
pub fn call(cx: &Context, f: &Object, this: &Value, args: &[Value], new_target: &Value) -> Result {
    let _ = (f, this, args, new_target);
    Err(cx.throw_not_a_function())
}

struct ForIn;
impl crate::object::class::Payload for ForIn {
    const CLASSES: std::ops::RangeInclusive<u16> =
        crate::object::class::id::FOR_IN..=crate::object::class::id::FOR_IN;
    fn trace(&self, _: &mut crate::heap::gc::Tracer<'_>) {}
}
/// The payload of for-in enumerators.
pub(crate) fn for_in_class() -> &'static crate::object::class::ClassVt {
    crate::object::class::vt_of::<ForIn>()
}

/// Indirect eval: evaluates a string as a script in the global scope (PerformEval with direct false).
pub fn indirect_eval(cx: &Context, source: &Value) -> Result {
    let _ = source;
    Err(cx.throw_type("eval is not supported"))
}
