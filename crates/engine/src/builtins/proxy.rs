//! Proxy (28.2) and proxy objects (10.5).

use crate::context::Context;
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id};
use crate::object::exotic::Exotic;
use crate::value::Result;
use std::cell::RefCell;

/// The payload of proxies; both None once revoked.
pub struct ProxyData {
    pub target: RefCell<Option<Gc<Object>>>,
    pub handler: RefCell<Option<Gc<Object>>>,
    pub callable: bool,
}
impl Payload for ProxyData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::PROXY..=id::PROXY;
    fn trace(&self, t: &mut Tracer<'_>) {
        for o in [&self.target, &self.handler] {
            if let Some(o) = &*o.borrow() {
                t.visit(o.as_value());
            }
        }
    }
}
/// Proxies' internal methods.
pub struct ProxyExotic;
impl Exotic for ProxyExotic {}

/// Has the proxy [[Call]]?
pub fn is_callable(o: &Object) -> bool {
    o.data::<ProxyData>().is_some_and(|p| p.callable)
}
/// The proxy's target; a TypeError if it is revoked.
pub fn target(cx: &Context, o: &Object) -> Result<Gc<Object>> {
    match o.data::<ProxyData>().and_then(|p| p.target.borrow().clone()) {
        Some(t) => Ok(t),
        None => Err(cx.throw_type("revoked proxy")),
    }
}

pub fn init(_cx: &Context) -> Result<()> {
    Ok(())
}
