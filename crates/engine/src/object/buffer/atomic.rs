//! Sequentially consistent operations on elements (what Atomics is made of), and handing shared memory from one
//! runtime to another.

use super::{
    BufferData, SharedEnd, SharedFunctions, Storage, load_plain, load_shared, store_plain, store_shared,
};
use crate::runtime::Runtime;
use parking_lot::{Mutex, const_mutex};
use std::ffi::c_void;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst};

/// What an atomic operation does with the element and its operand. All answer the element as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AtomicOp {
    Load,
    /// Element := operand, for its effect and for its answer.
    Store,
    Exchange,
    Add,
    Sub,
    And,
    Or,
    Xor,
    /// Element := operand, if it was this.
    CompareExchange(u64),
}

/// Shared elements that are not aligned (an embedder's memory may begin anywhere): one at a time.
static MISALIGNED: Mutex<()> = const_mutex(());

impl BufferData {
    /// One operation on the element of `size` (1, 2, 4, 8) bytes at `at`: the element as it was, in native order;
    /// None outside of the block. Memory that is not shared belongs to this thread: it needs no atomics.
    pub(crate) fn atomic(&self, at: usize, size: usize, op: AtomicOp, x: u64) -> Option<u64> {
        if at.checked_add(size)? > self.byte_length() {
            return None;
        }
        // SAFETY: the bytes are within the block; what is shared is touched by atomics only, aligned ones where
        // they are wider than a byte.
        unsafe {
            let p = self.ptr.get().add(at);
            if !self.is_shared() {
                let old = load_plain(p, size);
                if let Some(new) = result(op, old, x) {
                    store_plain(p, size, new);
                }
                return Some(old);
            }
            if !(p as usize).is_multiple_of(size) {
                let _one = MISALIGNED.lock();
                let old = load_shared(p, size);
                if let Some(new) = result(op, old, x) {
                    store_shared(p, size, new);
                }
                return Some(old);
            }
            macro_rules! on {
                ($a:ty, $t:ty) => {{
                    let a = &*(p as *const $a);
                    let x = x as $t;
                    (match op {
                        AtomicOp::Load => a.load(SeqCst),
                        AtomicOp::Store | AtomicOp::Exchange => a.swap(x, SeqCst),
                        AtomicOp::Add => a.fetch_add(x, SeqCst),
                        AtomicOp::Sub => a.fetch_sub(x, SeqCst),
                        AtomicOp::And => a.fetch_and(x, SeqCst),
                        AtomicOp::Or => a.fetch_or(x, SeqCst),
                        AtomicOp::Xor => a.fetch_xor(x, SeqCst),
                        AtomicOp::CompareExchange(was) => {
                            a.compare_exchange(was as $t, x, SeqCst, SeqCst).unwrap_or_else(|now| now)
                        }
                    }) as u64
                }};
            }
            Some(match size {
                1 => on!(AtomicU8, u8),
                2 => on!(AtomicU16, u16),
                4 => on!(AtomicU32, u32),
                _ => on!(AtomicU64, u64),
            })
        }
    }

    /// The address of a byte of the block: for shared memory, the same in every runtime that has it.
    pub(crate) fn address(&self, at: usize) -> usize {
        self.ptr.get() as usize + at
    }

    /// A hold of the shared memory that any thread may keep and make a buffer of; None unless the memory is shared
    /// and the engine's.
    pub fn share(&self) -> Option<SharedBlock> {
        let Storage::Shared { block, .. } = self.storage.get() else { return None };
        // SAFETY: the runtime outlives its objects.
        let functions = unsafe { (*self.rt).shared_functions.get() };
        let shared = SharedBlock { block, functions, growable: self.is_resizable() };
        shared.hold();
        Some(shared)
    }

    /// A block over memory that another runtime has shared; None if this runtime gets its shared memory elsewhere.
    pub fn from_shared(rt: &Runtime, shared: &SharedBlock) -> Option<BufferData> {
        if !shared.suits(rt) {
            return None;
        }
        // SAFETY: `shared` holds the block, and it came from the same functions.
        Some(unsafe { BufferData::from_shared_block(rt, shared.block, shared.growable) })
    }
}

/// The element after the operation; None if it stays.
fn result(op: AtomicOp, old: u64, x: u64) -> Option<u64> {
    Some(match op {
        AtomicOp::Load => return None,
        AtomicOp::Store | AtomicOp::Exchange => x,
        AtomicOp::Add => old.wrapping_add(x),
        AtomicOp::Sub => old.wrapping_sub(x),
        AtomicOp::And => old & x,
        AtomicOp::Or => old | x,
        AtomicOp::Xor => old ^ x,
        AtomicOp::CompareExchange(was) => return (old == was).then_some(x),
    })
}

/// One hold of shared memory, on its way between runtimes.
pub struct SharedBlock {
    block: *mut SharedEnd,
    functions: SharedFunctions,
    growable: bool,
}

// SAFETY: the memory is there to be shared, its end is atomic, and JSSharedArrayBufferFunctions are called from
// every thread that has some of it.
unsafe impl Send for SharedBlock {}
// SAFETY: as above.
unsafe impl Sync for SharedBlock {}

impl SharedBlock {
    /// Does this runtime get its shared memory where this came from?
    pub fn suits(&self, rt: &Runtime) -> bool {
        let (ours, theirs) = (rt.shared_functions.get(), self.functions);
        let same = match (ours.free, theirs.free) {
            (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same && ours.opaque == theirs.opaque
    }
    /// The address, as messages have it.
    pub fn address(&self) -> *mut SharedEnd {
        self.block
    }
    fn hold(&self) {
        if let Some(dup) = self.functions.dup {
            // SAFETY: the block is held (by whom this hold is taken from).
            unsafe { dup(self.functions.opaque, SharedEnd::begin(self.block) as *mut c_void) };
        }
    }
}

impl std::fmt::Debug for SharedBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SharedBlock").field(&self.block).finish()
    }
}

impl Clone for SharedBlock {
    fn clone(&self) -> Self {
        self.hold();
        SharedBlock { block: self.block, functions: self.functions, growable: self.growable }
    }
}

impl Drop for SharedBlock {
    fn drop(&mut self) {
        if let Some(free) = self.functions.free {
            // SAFETY: this is our own hold.
            unsafe { free(self.functions.opaque, SharedEnd::begin(self.block) as *mut c_void) };
        }
    }
}
