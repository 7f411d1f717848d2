//! Weak references: who is told when a cell dies.
//!
//! A holder (WeakRef, WeakMap, WeakSet, FinalizationRegistry object) registers with a target; when the target
//! dies, the holder's class is told by `Payload::weak_dead`.

use super::gc::Tracer;
use super::{Header, Kind, flag};
use crate::object::class::Payload;
use crate::object::{Object, PAYLOAD};
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::collections::TryReserveError;

/// What one registration is charged: about its share of the table and of the target's list.
const REGISTRATION: usize = 96;

impl Runtime {
    /// Registers `holder` with `target` (an object or symbol). Each registration is undone by
    /// `weak_unregister` or by the target's death. Registering twice counts twice.
    pub fn weak_register(&self, target: &Value, holder: &Object) -> Result<()> {
        debug_assert!(target.is_cell());
        if self.charge(REGISTRATION) {
            if self.list_holder(target.bits() as usize, holder).is_ok() {
                target.header().set(flag::WEAK);
                return Ok(());
            }
            self.discharge(REGISTRATION);
        }
        self.throw_oom();
        Err(Thrown)
    }
    fn list_holder(&self, target: usize, holder: &Object) -> std::result::Result<(), TryReserveError> {
        let mut weak = self.weak.borrow_mut();
        weak.try_reserve(1)?;
        let list = weak.entry(target).or_default();
        if let Err(e) = list.try_reserve(1) {
            // A target without holders has no list.
            if list.is_empty() {
                weak.remove(&target);
            }
            return Err(e);
        }
        list.push(holder);
        Ok(())
    }
    /// Undoes one registration.
    pub fn weak_unregister(&self, target: usize, holder: &Object) {
        let mut weak = self.weak.borrow_mut();
        if let Some(list) = weak.get_mut(&target) {
            if let Some(i) = list.iter().rposition(|&h| std::ptr::eq(h, holder)) {
                list.swap_remove(i);
                self.discharge(REGISTRATION);
            }
            if list.is_empty() {
                weak.remove(&target);
                // SAFETY: a target with an entry is alive: its death removes the entry.
                unsafe { (*(target as *const Header)).clear(flag::WEAK) };
            }
        }
    }
    /// The address a weak holder knows a target by.
    pub fn weak_address(target: &Value) -> usize {
        target.bits() as usize
    }
    /// A live target as a value again (one more count). `addr` must be registered still.
    pub fn weak_upgrade(&self, addr: usize) -> Option<Value> {
        if !self.weak.borrow().contains_key(&addr) {
            return None;
        }
        // SAFETY: registered targets are alive.
        let h = unsafe { &*(addr as *const Header) };
        if h.has(flag::DYING) {
            return None;
        }
        h.retain();
        Some(Value::from_bits(addr as u64))
    }
}

/// The object whose payload this is, and its runtime.
///
/// The payload must lie in its object already, as every payload that has registered with a target does.
pub(crate) fn holder_of<T: Payload>(payload: &T) -> &Object {
    // SAFETY: payloads lie at this distance from the beginning of their object (see above).
    unsafe { &*((payload as *const T as usize - PAYLOAD) as *const Object) }
}

/// Tells the holders.
pub(super) fn target_died(rt: &Runtime, h: &Header) {
    let addr = h as *const Header as usize;
    // One at a time: telling one holder may free another, which then takes itself off the list.
    loop {
        let holder = rt.weak.borrow_mut().get_mut(&addr).and_then(|l| l.pop());
        let Some(holder) = holder else {
            break;
        };
        rt.discharge(REGISTRATION);
        // SAFETY: a dying holder unregisters first (its payload's drop), so those listed are alive or pinned.
        let o = unsafe { &*holder };
        // A holder that is garbage itself is not told: what it would do, nobody would see, and its own parts may be
        // gone already.
        if o.header().kind() == Kind::Object
            && !o.has_flag(flag::DYING | flag::MARK)
            && let Some(vt) = rt.class(o.class()).and_then(|c| c.vt)
        {
            // SAFETY: the vtable is that of the object's payload.
            unsafe { (vt.weak_dead)((holder as *const u8).add(PAYLOAD), rt, addr) }
        }
    }
    let list = rt.weak.borrow_mut().remove(&addr);
    drop(list);
    h.clear(flag::WEAK);
}

/// Reaches the values that reached holders keep for this key, which has just been reached.
pub(super) fn trace_ephemerons(rt: &Runtime, h: &Header, t: &mut Tracer<'_>) {
    let addr = h as *const Header as usize;
    let weak = rt.weak.borrow();
    for &holder in weak.get(&addr).into_iter().flatten() {
        // SAFETY: as above.
        let o = unsafe { &*holder };
        if o.has_flag(flag::MARK)
            && let Some(vt) = rt.class(o.class()).and_then(|c| c.vt)
        {
            // SAFETY: as above.
            unsafe { (vt.weak_trace)((holder as *const u8).add(PAYLOAD), rt, addr, t) }
        }
    }
}
