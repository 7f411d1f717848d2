//! The cycle collector: trial deletion over all cells.
//!
//! Every edge from a cell is taken off its target's count. What still has a count is held from outside (C, the
//! stack, a Rust frame) and is reached from there; what is not reached is garbage.

use super::{Accessor, BoxCell, Header, Kind, flag};
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::object::shape::Shape;
use crate::object::{Object, PAYLOAD};
use crate::runtime::Runtime;
use crate::value::Value;
use crate::vm::cache::Ways;
use std::ptr::NonNull;

/// What is done with each edge.
enum Action<'a> {
    Decrement,
    Increment,
    Mark(&'a mut Vec<NonNull<Header>>, &'a mut bool),
    Call(&'a mut dyn FnMut(NonNull<Header>)),
}

/// Visits the edges of cells.
pub struct Tracer<'a> {
    action: Action<'a>,
}

/// Only these kinds can be part of a cycle.
fn is_container(kind: Kind) -> bool {
    !matches!(kind, Kind::Free | Kind::String | Kind::Symbol | Kind::BigInt)
}

impl Tracer<'_> {
    /// Visits an edge: a value that the traced cell owns one count of.
    #[inline]
    pub fn visit(&mut self, v: &Value) {
        if v.is_cell() && is_container(v.header().kind()) {
            self.visit_cell(v.cell_ptr());
        }
    }
    /// Visits the value that a weak map owns for a registered key (`Runtime::weak_address`): reached only if both
    /// the map, which is being traced, and the key are. When the key is reached later, `Payload::weak_trace` is
    /// asked for the value.
    pub(crate) fn visit_ephemeron(&mut self, key: usize, v: &Value) {
        if matches!(self.action, Action::Mark(..)) {
            // SAFETY: registered keys are alive; their death takes them out of the map first.
            let key = unsafe { &*(key as *const Header) };
            // Symbols, which have no edges, count as reached.
            if is_container(key.kind()) && !key.has(flag::MARK) {
                return;
            }
        }
        self.visit(v);
    }
    /// Visits an edge to a cell.
    pub fn visit_cell(&mut self, cell: NonNull<Header>) {
        // SAFETY: edges point to live cells (or to cells pinned by the collector).
        let h = unsafe { cell.as_ref() };
        match &mut self.action {
            Action::Decrement => h.set_count(h.count().wrapping_sub(1)),
            Action::Increment => h.set_count(h.count().wrapping_add(1)),
            Action::Mark(stack, overflow) => {
                if !h.has(flag::MARK) {
                    h.set(flag::MARK);
                    if stack.len() == stack.capacity() && stack.try_reserve(64).is_err() {
                        **overflow = true;
                    } else {
                        stack.push(cell);
                    }
                }
            }
            Action::Call(f) => f(cell),
        }
    }
}

/// Calls `f` for each container cell that `h` owns a count of (one call per count).
pub fn for_each_edge(rt: &Runtime, h: &Header, f: &mut dyn FnMut(NonNull<Header>)) {
    trace(rt, h, &mut Tracer { action: Action::Call(f) })
}

fn trace(rt: &Runtime, h: &Header, t: &mut Tracer<'_>) {
    let p = h as *const Header;
    if h.has(flag::WEAK) && matches!(t.action, Action::Mark(..)) {
        super::weak::trace_ephemerons(rt, h, t);
    }
    // SAFETY: the cell has the layout of its kind.
    unsafe {
        match h.kind() {
            Kind::Object => {
                let o = &*(p as *const Object);
                t.visit_cell(NonNull::from(o.shape().header()));
                for i in 0..o.shape().slot_count() {
                    t.visit(o.slot(i));
                }
                if let Some(class) = rt.class(o.class()) {
                    if let Some(vt) = class.vt {
                        (vt.trace)((p as *const u8).add(PAYLOAD), t);
                    }
                    if let Some(f) = &class.foreign {
                        f.mark(rt, o, t);
                    }
                }
            }
            Kind::Box => t.visit((*(p as *const BoxCell)).get()),
            Kind::Shape => (*(p as *const Shape)).trace(t),
            Kind::Accessor => {
                let a = &*(p as *const Accessor);
                t.visit(&a.getter);
                t.visit(&a.setter);
            }
            Kind::Template => (*(p as *const Template)).trace(t),
            Kind::Realm => (*(p as *const Context)).trace(t),
            Kind::Module => crate::vm::module::trace(p, t),
            Kind::Ways => (*(p as *const Ways)).trace(t),
            Kind::Free | Kind::String | Kind::Symbol | Kind::BigInt => {}
        }
    }
}

/// Bytes that a heap may grow by between two collections, however near the limit is.
const SLACK: usize = 256 * 1024;

impl Runtime {
    /// Is it time to look for cycles?
    pub(crate) fn gc_due(&self) -> bool {
        self.malloc_size.get() > self.gc_next.get() && !self.in_gc.get()
    }
    /// Does something during which memory alone may make a collection due, but not growth.
    pub(crate) fn defer_gc<R>(&self, f: impl FnOnce() -> R) -> R {
        let next = self.gc_next.replace(usize::MAX);
        let r = f();
        // (A collection that there was has set the mark anew.)
        if self.gc_next.get() == usize::MAX {
            self.gc_next.set(next);
        }
        r
    }
    /// Collects cycles now.
    pub fn run_gc(&self) {
        if self.in_gc.replace(true) {
            return;
        }
        self.collect();
        self.trim_heap();
        self.atoms.trim(self);
        // As upstream: the next collection is due when the heap has grown by half. Or sooner: when most of what the limit
        // leaves is used; but not for every block of a heap that the limit barely holds.
        if self.gc_threshold.get() != usize::MAX {
            let size = self.malloc_size.get();
            let next = self.gc_threshold.get().max(size + size / 2);
            let left = (self.memory_left() / 4 * 3).max(SLACK);
            self.gc_next.set(next.min(size.saturating_add(left)));
        }
        self.in_gc.set(false);
    }

    /// Drops the contents of all cells, before the heap is given back as a whole: what would be garbage need not be
    /// found out first. Answers how many cells somebody still holds.
    pub(crate) fn condemn_all(&self) -> usize {
        if self.in_gc.replace(true) {
            return 0;
        }
        let mut all: Vec<NonNull<Header>> = Vec::new();
        let mut oom = false;
        self.for_each_cell(|h| {
            if is_container(h.kind()) && !h.has(flag::DYING) && !oom {
                if all.len() == all.capacity() && all.try_reserve(all.len().max(256)).is_err() {
                    oom = true;
                } else {
                    all.push(NonNull::from(h));
                }
            }
        });
        let mut held = 0;
        if oom {
            self.collect();
        } else {
            // SAFETY: no script runs any more; pinned cells are not freed by their neighbours' drops.
            unsafe {
                for &c in &all {
                    c.as_ref().retain();
                    c.as_ref().set(flag::MARK);
                }
                for &c in &all {
                    super::free::drop_contents(self, c);
                }
                // Each has given up what it held of the others.
                held = all.iter().filter(|c| c.as_ref().count() > 1).count();
            }
        }
        self.in_gc.set(false);
        held
    }

    fn collect(&self) {
        let live = |h: &Header| is_container(h.kind()) && !h.has(flag::DYING);
        self.for_each_cell(|h| {
            if live(h) {
                trace(self, h, &mut Tracer { action: Action::Decrement });
            }
        });
        // Reach everything from what is held from outside.
        let mut stack: Vec<NonNull<Header>> = Vec::new();
        let mut overflow = false;
        self.for_each_cell(|h| {
            if live(h) && h.count() > 0 && !h.has(flag::MARK) {
                h.set(flag::MARK);
                trace(self, h, &mut Tracer { action: Action::Mark(&mut stack, &mut overflow) });
                while let Some(c) = stack.pop() {
                    // SAFETY: pushed cells are live.
                    let c = unsafe { c.as_ref() };
                    trace(self, c, &mut Tracer { action: Action::Mark(&mut stack, &mut overflow) });
                }
            }
        });
        // No memory for the stack: sweep over marked cells until nothing new is reached.
        while overflow {
            overflow = false;
            self.for_each_cell(|h| {
                if live(h) && h.has(flag::MARK) {
                    trace(self, h, &mut Tracer { action: Action::Mark(&mut stack, &mut overflow) });
                    while let Some(c) = stack.pop() {
                        // SAFETY: as above.
                        let c = unsafe { c.as_ref() };
                        trace(self, c, &mut Tracer { action: Action::Mark(&mut stack, &mut overflow) });
                    }
                }
            });
        }
        self.for_each_cell(|h| {
            if live(h) {
                trace(self, h, &mut Tracer { action: Action::Increment });
            }
        });
        let mut garbage: Vec<NonNull<Header>> = Vec::new();
        let mut oom = false;
        self.for_each_cell(|h| {
            if live(h) {
                if h.has(flag::MARK) {
                    h.clear(flag::MARK);
                } else if !oom {
                    if garbage.len() == garbage.capacity()
                        && garbage.try_reserve(garbage.len().max(64)).is_err()
                    {
                        oom = true;
                    } else {
                        garbage.push(NonNull::from(h));
                    }
                }
            }
        });
        if oom {
            // A part of the garbage cannot be freed alone. Next time.
            return;
        }
        // Pin all of it, drop contents, then give the memory back.
        // SAFETY: nothing outside refers to garbage; pinned cells are not freed by their neighbours' drops.
        unsafe {
            for &c in &garbage {
                c.as_ref().retain();
                // Condemned: weak holders among them are not told of deaths any more.
                c.as_ref().set(flag::MARK);
            }
            for &c in &garbage {
                super::free::drop_contents(self, c);
            }
            for &c in &garbage {
                self.free_cell_memory(c);
            }
        }
    }
}
