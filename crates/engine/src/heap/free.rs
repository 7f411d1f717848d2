//! Freeing: what happens when a count reaches zero.
//!
//! A chain of cells is freed without deep native recursion: past a few levels cells wait in a list that the
//! outermost free works off.

use super::{Accessor, BigIntCell, BoxCell, Header, Kind, flag};
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::object::Object;
use crate::object::shape::Shape;
use crate::runtime::Runtime;
use crate::text::{Str, Symbol};
use std::ptr::NonNull;

const MAX_DEPTH: u32 = 24;

/// Frees a cell whose count is zero.
#[cold]
#[inline(never)]
pub(crate) unsafe fn free_cell(cell: NonNull<Header>) {
    // SAFETY: the cell is alive until its memory is given back below.
    unsafe {
        let h = cell.as_ref();
        if h.has(flag::DYING) {
            // The collector or an outer free is at it.
            return;
        }
        let rt: &Runtime = &*(h.runtime() as *const Runtime);
        if h.kind() == Kind::String && (*(cell.as_ptr() as *const Str)).owns_nothing() {
            rt.free_cell_memory(cell);
            return;
        }
        let depth = rt.free_depth.get();
        if depth >= MAX_DEPTH {
            h.set(flag::DYING);
            rt.pending_free.borrow_mut().push(cell);
            return;
        }
        rt.free_depth.set(depth + 1);
        destroy(rt, cell);
        if depth == 0 {
            loop {
                let next = rt.pending_free.borrow_mut().pop();
                match next {
                    Some(c) => destroy(rt, c),
                    None => break,
                }
            }
        }
        rt.free_depth.set(depth);
    }
}

unsafe fn destroy(rt: &Runtime, cell: NonNull<Header>) {
    // SAFETY: per free_cell.
    unsafe {
        drop_contents(rt, cell);
        rt.free_cell_memory(cell);
    }
}

/// Drops what a cell owns; its memory stays.
pub(super) unsafe fn drop_contents(rt: &Runtime, cell: NonNull<Header>) {
    // SAFETY: the cell has the layout of its kind and is dropped once.
    unsafe {
        let h = cell.as_ref();
        let p = cell.as_ptr();
        h.set(flag::DYING);
        if h.has(flag::WEAK) {
            super::weak::target_died(rt, h);
        }
        match h.kind() {
            Kind::Object => {
                let o = &*(p as *const Object);
                if let Some(f) = rt.foreign(o.class()) {
                    // The finalizer sees a live object: it may look at it, but not keep it.
                    h.set_count(1 << 24);
                    f.finalize(rt, o);
                    h.set_count(0);
                }
                o.drop_contents();
            }
            Kind::String => (*(p as *const Str)).drop_contents(),
            Kind::Symbol => {
                let s = &mut *(p as *mut Symbol);
                if s.atom.get() != 0 {
                    rt.atoms.release_entry(s.atom.get());
                }
                rt.forget_registered_symbol(s);
                drop(s.description.take());
            }
            Kind::BigInt => {
                let b = p as *mut BigIntCell;
                rt.discharge((*b).charged);
                std::ptr::drop_in_place(&raw mut (*b).value);
            }
            Kind::Box => std::ptr::drop_in_place((*(p as *const BoxCell)).value_ptr()),
            Kind::Shape => Shape::drop_contents(p as *mut Shape, rt),
            Kind::Accessor => {
                let a = p as *mut Accessor;
                std::ptr::drop_in_place(&raw mut (*a).getter);
                std::ptr::drop_in_place(&raw mut (*a).setter);
            }
            Kind::Template => Template::drop_contents(p as *mut Template),
            Kind::Realm => Context::drop_contents(p as *mut Context),
            Kind::Module => crate::vm::module::drop_contents(p),
            Kind::Ways => crate::vm::cache::Ways::drop_contents(p as *mut crate::vm::cache::Ways),
            Kind::Free => {}
        }
    }
}
