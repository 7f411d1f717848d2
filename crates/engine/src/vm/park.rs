//! Parked frames: generators and async functions between two steps.

use super::frame::Frame;
use crate::bytecode::op::Instr;
use crate::context::Context;
use crate::heap::Header;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::function::FunctionData;
use crate::value::{Result, Value};

pub(crate) unsafe fn drop_contents(_p: *mut Header) {}
pub(crate) unsafe fn trace(_p: *const Header, _t: &mut Tracer<'_>) {}

/// Calls a generator or async function.
pub(crate) fn start(cx: &Context, _f: &Object, _d: &FunctionData, _this: Value, _args: &[Value]) -> Result {
    Err(cx.throw_type("generators and async functions are not supported yet"))
}
pub(crate) unsafe fn suspend(cx: &Context, _fp: *mut Frame, _i: Instr) -> Result {
    Err(cx.throw_type("generators and async functions are not supported yet"))
}
pub(crate) unsafe fn finished(_fp: *mut Frame) {}
pub(crate) fn get_async_iterator(cx: &Context, _v: &Value) -> Result<(Value, Value)> {
    Err(cx.throw_type("async iteration is not supported yet"))
}
