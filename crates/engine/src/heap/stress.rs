//! The feature gc-stress (CMake's QJS_ENABLE_GC_STRESS): collections where no script expects them, so that whatever is
//! used without being held is found, and allocations of cells that fail. Two variables of the environment, read when a
//! runtime begins:
//!
//! `QJS_GC_STRESS=n` collects at every nth allocation of a cell; 0 only when a collection is due. Without it every
//! allocation collects as long as the heap is small, [`SMALL`] blocks (some 2,000 cells, a context and what a short
//! script makes); in larger heaps every nth does, n growing with the square of the heap's size: so every program ends.
//!
//! `QJS_REFUSE_CELL=n-m` refuses the nth to the mth allocation.

use super::StdCell;
use crate::runtime::Runtime;

/// Blocks of a heap that is looked through at every allocation.
const SMALL: u64 = 32;

pub struct Stress {
    /// Allocations so far.
    count: StdCell<u64>,
    /// The one to collect at.
    next: StdCell<u64>,
    every: Option<u64>,
    refuse: std::ops::RangeInclusive<u64>,
}

impl Stress {
    pub(super) fn new() -> Stress {
        let var = |name| std::env::var(name).unwrap_or_default();
        let refuse = var("QJS_REFUSE_CELL");
        let (from, to) = refuse.split_once('-').unwrap_or((&refuse, &refuse));
        let every: Option<u64> = var("QJS_GC_STRESS").parse().ok();
        Stress {
            count: StdCell::new(0),
            next: StdCell::new(if every == Some(0) { u64::MAX } else { every.unwrap_or(1) }),
            every,
            refuse: from.parse().unwrap_or(0)..=to.parse().unwrap_or(0),
        }
    }
}

impl Runtime {
    /// Before an allocation: collects, due or not. Whether the allocation is to be refused.
    #[cold]
    #[inline(never)]
    pub(super) fn stress(&self) -> bool {
        let s = &self.heap.stress;
        let n = s.count.get() + 1;
        s.count.set(n);
        if n >= s.next.get() && !self.in_gc.get() {
            self.run_gc();
            s.next.set(n + s.every.unwrap_or_else(|| (self.heap.nblocks.get() as u64 / SMALL).pow(2)).max(1));
        }
        s.refuse.contains(&n)
    }
}
