//! Parked frames: generators and async functions between two steps.

use crate::heap::Header;
use crate::heap::gc::Tracer;

pub(crate) unsafe fn drop_contents(_p: *mut Header) {}
pub(crate) unsafe fn trace(_p: *const Header, _t: &mut Tracer<'_>) {}
