//! Inline caches: what a site of the code remembers of the last shapes that it met.
//!
//! A site begins with one entry, which the loop checks itself. One that meets a second shape while the first lives gets
//! [`Ways`], which have room for four; its own entry then matches nothing. Accessors are remembered there only, so
//! that what the loop finds is always a value.

use crate::bytecode::template::InlineCache;
use crate::heap::gc::Tracer;
use crate::heap::{Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::object::shape::Shape;
use crate::runtime::Runtime;
use crate::value::Value;
use std::cell::{Cell as StdCell, UnsafeCell};

/// The epoch of entries for own properties: they need none.
pub(super) const OWN: u32 = 0;
/// The epoch of entries of object literals: what they define depends on no prototype.
pub(super) const DEFINED: u32 = 1;
/// The epoch of entries for primitives: their shape is that of the primitive's prototype itself.
pub(super) const PRIMITIVE: u32 = u32::MAX;
/// The epoch of a site that has [`Ways`], which lie in its second value.
const MANY: u32 = u32::MAX - 1;

/// An entry for one shape.
pub(crate) struct Way {
    shape: Gc<Shape>,
    next: Value,
    slot: u32,
    epoch: u32,
}

impl Way {
    /// An own property.
    pub(super) fn own(shape: &Shape, slot: usize) -> Way {
        Way::of(shape, slot, Value::UNDEFINED, OWN)
    }
    /// See [`InlineCache`]. (No shape has 2^32 slots.)
    pub(super) fn of(shape: &Shape, slot: usize, next: Value, epoch: u32) -> Way {
        if shape.is_dictionary() {
            shape.cached.set(true);
        }
        Way { shape: Gc::from_ref(shape), next, slot: slot as u32, epoch }
    }
    #[inline(always)]
    pub(super) fn slot(&self) -> usize {
        self.slot as usize
    }
    #[inline(always)]
    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }
    #[inline(always)]
    pub(super) fn next(&self) -> &Value {
        &self.next
    }
    /// What lies in the slot that a read of `o` ends at: a value, or an [`Accessor`](crate::heap::Accessor). None if
    /// that cannot be said any more.
    #[inline(always)]
    pub(super) fn read<'a>(&'a self, rt: &Runtime, o: &'a Object) -> Option<&'a Value> {
        if self.epoch == OWN {
            return Some(o.slot(self.slot()));
        }
        if self.epoch != rt.epoch.get() {
            return None;
        }
        self.next.as_object().map(|h| h.slot(self.slot()))
    }
}

/// Shapes that a site remembers at most.
const WAYS: usize = 4;
/// Where all entries are taken, one of so many misses replaces one.
const PATIENCE: u32 = 16;

/// The entries of a site that has met several shapes.
#[repr(C)]
pub(crate) struct Ways {
    header: Header,
    ways: UnsafeCell<[Option<Way>; WAYS]>,
    misses: StdCell<u32>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Ways {
    const KIND: Kind = Kind::Ways;
}

impl Ways {
    fn new(first: Way, second: Option<Way>) -> Option<Gc<Ways>> {
        let rt = first.shape.header().runtime();
        let w = rt.alloc_cell(std::mem::size_of::<Ways>(), Kind::Ways, 0)?.cast::<Ways>().as_ptr();
        // SAFETY: a fresh cell.
        unsafe {
            (&raw mut (*w).ways).write(UnsafeCell::new([Some(first), second, None, None]));
            (&raw mut (*w).misses).write(StdCell::new(0));
            Some(Gc::from_raw(w))
        }
    }
    fn entries(&self) -> &[Option<Way>; WAYS] {
        // SAFETY: entries change in `add` only, where no borrow of them is left.
        unsafe { &*self.ways.get() }
    }
    #[inline(always)]
    fn find(&self, shape: *const Shape) -> Option<&Way> {
        self.entries().iter().flatten().find(|w| std::ptr::eq(w.shape.as_ptr(), shape))
    }
    fn add(&self, way: Way) {
        let known = |w: &Option<Way>| w.as_ref().is_none_or(|w| w.shape.is(&way.shape));
        let at = self.entries().iter().position(known).or_else(|| {
            let n = self.misses.get().wrapping_add(1);
            self.misses.set(n);
            n.is_multiple_of(PATIENCE).then_some((n / PATIENCE) as usize % WAYS)
        });
        if let Some(at) = at {
            // SAFETY: nothing borrows from the entries; the old one is dropped after the new one is in place.
            drop(unsafe { (&mut *self.ways.get())[at].replace(way) });
        }
    }
    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        for w in self.entries().iter().flatten() {
            t.visit(w.shape.as_value());
            t.visit(&w.next);
        }
    }
    /// Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(this: *mut Ways) {
        // SAFETY: the cell is dying.
        unsafe { std::ptr::drop_in_place(&raw mut (*this).ways) }
    }
}

impl InlineCache {
    /// The receiver's shape that the first entry is for.
    #[inline(always)]
    pub(super) fn shape_ptr(&self) -> *const Shape {
        // SAFETY: a read of the handle's address.
        unsafe { (*self.shape.get()).as_ref().map_or(std::ptr::null(), |s| s.as_ptr() as *const Shape) }
    }
    #[inline(always)]
    pub(super) fn next(&self) -> &Value {
        // SAFETY: entries change in `replace` only.
        unsafe { &*self.next.get() }
    }
    /// The entry for an object's shape among several.
    #[inline(always)]
    pub(super) fn way(&self, o: &Object) -> Option<&Way> {
        self.ways()?.find(o.shape_ptr())
    }
    /// Has it met several shapes?
    pub(super) fn has_ways(&self) -> bool {
        self.epoch.get() == MANY
    }
    #[inline(always)]
    fn ways(&self) -> Option<&Gc<Ways>> {
        if self.epoch.get() == MANY { self.next().as_gc::<Ways>() } else { None }
    }
    /// Remembers one shape, whatever was remembered before.
    pub(super) fn fill(&self, way: Way) {
        self.replace(Some(way.shape), way.next, way.slot, way.epoch);
    }
    fn replace(&self, shape: Option<Gc<Shape>>, next: Value, slot: u32, epoch: u32) {
        self.slot.set(slot);
        self.epoch.set(epoch);
        // SAFETY: the old values are dropped after the entry is whole again.
        unsafe {
            let old = std::mem::replace(&mut *self.shape.get(), shape);
            let old_next = std::mem::replace(&mut *self.next.get(), next);
            drop(old);
            drop(old_next);
        }
    }
    /// Remembers one more shape; `aside` where the loop must not find it.
    pub(super) fn add(&self, way: Way, aside: bool) {
        if let Some(w) = self.ways() {
            w.clone().add(way);
            return;
        }
        // SAFETY: a read.
        let first = unsafe { (*self.shape.get()).clone() };
        match first {
            // A shape that nothing else holds any more (this handle and the entry do) will not come again.
            Some(s) if !s.is(&way.shape) && s.header().count() > 2 && self.epoch.get() != PRIMITIVE => {
                let kept = Way {
                    shape: s,
                    next: self.next().clone(),
                    slot: self.slot.get(),
                    epoch: self.epoch.get(),
                };
                if let Some(w) = Ways::new(kept, Some(way)) {
                    self.replace(None, w.into(), 0, MANY);
                }
            }
            _ if aside => {
                if let Some(w) = Ways::new(way, None) {
                    self.replace(None, w.into(), 0, MANY);
                }
            }
            _ => self.fill(way),
        }
    }
}
