//! The builtins: one file per global, declared as const tables, made into objects on first touch.
#![deny(unsafe_code)]

pub mod globals;
pub mod proxy;

use crate::context::{Context, Intrinsic};
use crate::object::class::{ClassId, ClassVt, id, vt_of};
use crate::object::exotic::Exotic;
use crate::object::{array::ArrayData, function};
use crate::value::Result;

/// How the engine treats objects of its own classes: payload and exotic methods.
pub(crate) fn class_behaviour(c: ClassId) -> (Option<&'static ClassVt>, Option<&'static dyn Exotic>) {
    let vt = match c {
        id::ARRAY | id::ARGUMENTS | id::MAPPED_ARGUMENTS => vt_of::<ArrayData>(),
        id::ERROR => vt_of::<function::ErrorData>(),
        id::NUMBER | id::STRING | id::BOOLEAN | id::SYMBOL => vt_of::<function::Primitive>(),
        id::BIGINT => vt_of::<function::BigIntPrimitive>(),
        id::NATIVE_FUNCTION => vt_of::<function::NativeData>(),
        id::FUNCTION => vt_of::<function::FunctionData>(),
        id::BOUND_FUNCTION => vt_of::<function::BoundData>(),
        id::PROXY => return (Some(vt_of::<proxy::ProxyData>()), Some(&proxy::ProxyExotic)),
        _ => return (None, None),
    };
    (Some(vt), None)
}

/// What every context has from the start, raw or not.
pub(crate) fn init_base(_cx: &Context) -> Result<()> {
    Ok(())
}

/// Makes a well-known object (and its siblings).
pub(crate) fn make_intrinsic(_cx: &Context, _i: Intrinsic) -> Result<()> {
    Ok(())
}
