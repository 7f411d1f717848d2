//! Blocks of cells and plain memory, all from the runtime's malloc functions, all charged to its limit.

#[cfg(feature = "gc-stress")]
use super::stress::Stress;
use super::{Header, Kind, StdCell, poison};
use crate::runtime::Runtime;
use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

/// The embedder's allocator, laid out as the header's JSMallocFunctions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MallocFunctions {
    pub calloc: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    pub malloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    pub free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    pub usable_size: Option<unsafe extern "C" fn(*const c_void) -> usize>,
}

/// Bytes in a block, and its alignment.
pub const BLOCK_SIZE: usize = 4096;
const BLOCK_HEADER: usize = std::mem::size_of::<Block>();
/// The largest cell.
pub const MAX_CELL: usize = 1008;
/// Blocks of the smallest and the largest chunk: each new one is half of what there is.
const FIRST_CHUNK: usize = 8;
const MAX_CHUNK: usize = 64;
/// What the system's malloc adds to an allocation.
const MALLOC_OVERHEAD: usize = 8;

const LARGE_SIZES: [usize; 6] = [320, 384, 448, 576, 800, MAX_CELL];
const SIZE_CLASSES: usize = 33 + LARGE_SIZES.len();

/// A block's own header.
#[repr(C)]
pub struct Block {
    pub runtime: *const Runtime,
    next: *mut Block,
    chunk: *mut Chunk,
    pub cell_size: u32,
    ncells: u32,
}

impl Block {
    #[inline]
    fn cell(&self, i: usize) -> *mut FreeCell {
        (self as *const Block as usize + BLOCK_HEADER + i * self.cell_size as usize) as *mut FreeCell
    }
}

/// What blocks are cut from: one malloc.
struct Chunk {
    next: *mut Chunk,
    base: *mut u8,
    bytes: usize,
    nblocks: u32,
    free_blocks: u32,
}

#[repr(C)]
struct FreeCell {
    header: Header,
    next: *mut FreeCell,
}

/// The part of a free cell that is read and written.
const FREE_HEADER: usize = std::mem::size_of::<FreeCell>();

/// The runtime's cells.
pub struct Heap {
    free: [StdCell<*mut FreeCell>; SIZE_CLASSES],
    /// Blocks in use.
    blocks: StdCell<*mut Block>,
    /// Blocks that hold nothing.
    spare: StdCell<*mut Block>,
    chunks: StdCell<*mut Chunk>,
    /// Blocks in all chunks.
    pub(super) nblocks: StdCell<usize>,
    /// The memory in use when giving back empty blocks last did not help.
    pub(crate) futile_trim: StdCell<usize>,
    #[cfg(feature = "gc-stress")]
    pub(super) stress: Stress,
}

#[inline(always)]
fn size_class(size: usize) -> (usize, usize) {
    if size <= 256 {
        let c = size.div_ceil(8);
        (c, c * 8)
    } else {
        large_class(size)
    }
}
#[cold]
fn large_class(size: usize) -> (usize, usize) {
    let i = LARGE_SIZES.iter().position(|&s| size <= s).unwrap_or(LARGE_SIZES.len() - 1);
    (33 + i, LARGE_SIZES[i])
}

impl Heap {
    pub(crate) fn new() -> Heap {
        Heap {
            #[cfg(feature = "gc-stress")]
            stress: Stress::new(),
            free: std::array::from_fn(|_| StdCell::new(null_mut())),
            blocks: StdCell::new(null_mut()),
            spare: StdCell::new(null_mut()),
            chunks: StdCell::new(null_mut()),
            nblocks: StdCell::new(0),
            futile_trim: StdCell::new(0),
        }
    }
}

impl Runtime {
    /// A new cell of `size` bytes (header included, at most [`MAX_CELL`]) with count one; only the header is
    /// initialized. None when memory is out.
    #[inline(always)]
    pub(crate) fn alloc_cell(&self, size: usize, kind: Kind, class: u16) -> Option<NonNull<Header>> {
        debug_assert!((16..=MAX_CELL).contains(&size));
        #[cfg(feature = "gc-stress")]
        if self.stress() {
            return None;
        }
        self.take_cell(size, kind, class)
    }
    /// The same without a stress.
    #[inline(always)]
    fn take_cell(&self, size: usize, kind: Kind, class: u16) -> Option<NonNull<Header>> {
        let (sc, cell_size) = size_class(size);
        let head = self.heap.free[sc].get();
        if head.is_null() {
            return self.alloc_cell_slow(size, kind, class);
        }
        // SAFETY: cells on a free list are unused and belong to us.
        unsafe {
            self.heap.free[sc].set((*head).next);
            poison::allow((head as *const u8).add(FREE_HEADER), cell_size - FREE_HEADER);
            let h = head as *mut Header;
            *h = Header {
                count: StdCell::new(1),
                kind: StdCell::new(kind),
                flags: StdCell::new(0),
                class: StdCell::new(class),
            };
            Some(NonNull::new_unchecked(h))
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_cell_slow(&self, size: usize, kind: Kind, class: u16) -> Option<NonNull<Header>> {
        let (sc, cell_size) = size_class(size);
        if self.gc_due() {
            self.run_gc();
        }
        if self.heap.free[sc].get().is_null() {
            let mut block = self.take_block();
            if block.is_none() && !self.in_gc.get() {
                self.run_gc();
                if self.heap.free[sc].get().is_null() {
                    block = self.take_block();
                }
            }
            if let Some(block) = block {
                // SAFETY: the block is ours and empty.
                unsafe { self.carve(block.as_ptr(), sc, cell_size) };
            }
        }
        if self.heap.free[sc].get().is_null() { None } else { self.take_cell(size, kind, class) }
    }

    /// # Safety
    /// `block` is an empty block of this runtime, in no list.
    unsafe fn carve(&self, block: *mut Block, sc: usize, cell_size: usize) {
        // SAFETY: every write is inside the block.
        unsafe {
            poison::allow(block.cast::<u8>().add(BLOCK_HEADER), BLOCK_SIZE - BLOCK_HEADER);
            let b = &mut *block;
            b.cell_size = cell_size as u32;
            b.ncells = ((BLOCK_SIZE - BLOCK_HEADER) / cell_size) as u32;
            b.next = self.heap.blocks.get();
            self.heap.blocks.set(block);
            (*b.chunk).free_blocks -= 1;
            let mut list = self.heap.free[sc].get();
            for i in (0..b.ncells as usize).rev() {
                let cell = b.cell(i);
                (*cell).header.kind = StdCell::new(Kind::Free);
                (*cell).next = list;
                poison::forbid((cell as *const u8).add(FREE_HEADER), cell_size - FREE_HEADER);
                list = cell;
            }
            self.heap.free[sc].set(list);
        }
    }

    fn take_block(&self) -> Option<NonNull<Block>> {
        if self.heap.spare.get().is_null() {
            self.add_chunk()?;
        }
        let block = NonNull::new(self.heap.spare.get())?;
        // SAFETY: spare blocks are ours.
        self.heap.spare.set(unsafe { (*block.as_ptr()).next });
        Some(block)
    }

    fn add_chunk(&self) -> Option<()> {
        let mut n = (self.heap.nblocks.get() / 2).clamp(FIRST_CHUNK, MAX_CHUNK);
        loop {
            let bytes = (n + 1) * BLOCK_SIZE;
            let info = self.malloc(std::mem::size_of::<Chunk>())?.as_ptr() as *mut Chunk;
            let Some(base) = self.malloc(bytes) else {
                // SAFETY: just allocated.
                unsafe { self.free(info as *mut u8, std::mem::size_of::<Chunk>()) };
                if n <= 1 {
                    return None;
                }
                n /= 4;
                n = n.max(1);
                continue;
            };
            let start = (base.as_ptr() as usize).next_multiple_of(BLOCK_SIZE);
            let nblocks = (base.as_ptr() as usize + bytes - start) / BLOCK_SIZE;
            // SAFETY: info and the blocks lie in fresh memory.
            unsafe {
                info.write(Chunk {
                    next: self.heap.chunks.get(),
                    base: base.as_ptr(),
                    bytes,
                    nblocks: nblocks as u32,
                    free_blocks: nblocks as u32,
                });
                for i in (0..nblocks).rev() {
                    let block = (start + i * BLOCK_SIZE) as *mut Block;
                    block.write(Block {
                        runtime: self,
                        next: self.heap.spare.get(),
                        chunk: info,
                        cell_size: 0,
                        ncells: 0,
                    });
                    self.heap.spare.set(block);
                }
            }
            self.heap.chunks.set(info);
            self.heap.nblocks.set(self.heap.nblocks.get() + nblocks);
            return Some(());
        }
    }

    /// Gives a cell's memory back.
    ///
    /// # Safety
    /// The cell's contents were dropped and nothing refers to it.
    #[inline(always)]
    pub(crate) unsafe fn free_cell_memory(&self, cell: NonNull<Header>) {
        // SAFETY: per contract.
        unsafe {
            let (sc, cell_size) = size_class(cell.as_ref().cell_size());
            poison::forbid((cell.as_ptr() as *const u8).add(FREE_HEADER), cell_size - FREE_HEADER);
            let f = cell.as_ptr() as *mut FreeCell;
            (*f).header.kind.set(Kind::Free);
            (*f).next = self.heap.free[sc].get();
            self.heap.free[sc].set(f);
        }
    }

    /// Calls `f` with every cell that is not free. `f` must not allocate or free cells.
    pub(crate) fn for_each_cell(&self, mut f: impl FnMut(&Header)) {
        let mut block = self.heap.blocks.get();
        while !block.is_null() {
            // SAFETY: blocks in the list are carved.
            unsafe {
                for i in 0..(*block).ncells as usize {
                    let h = &(*(*block).cell(i)).header;
                    if h.kind() != Kind::Free {
                        f(h);
                    }
                }
                block = (*block).next;
            }
        }
    }

    /// Returns blocks without cells to the spare list, and chunks without blocks to the allocator.
    pub(crate) fn trim_heap(&self) {
        // SAFETY: nothing holds pointers into free cells but the free lists, which are rebuilt here.
        unsafe {
            for list in &self.heap.free {
                list.set(null_mut());
            }
            let mut block = self.heap.blocks.replace(null_mut());
            while !block.is_null() {
                let next = (*block).next;
                let n = (*block).ncells as usize;
                if (0..n).all(|i| (*(*block).cell(i)).header.kind() == Kind::Free) {
                    (*(*block).chunk).free_blocks += 1;
                    (*block).next = self.heap.spare.get();
                    self.heap.spare.set(block);
                } else {
                    (*block).next = self.heap.blocks.get();
                    self.heap.blocks.set(block);
                    let sc = size_class((*block).cell_size as usize).0;
                    let mut list = self.heap.free[sc].get();
                    for i in (0..n).rev() {
                        let cell = (*block).cell(i);
                        if (*cell).header.kind() == Kind::Free {
                            (*cell).next = list;
                            list = cell;
                        }
                    }
                    self.heap.free[sc].set(list);
                }
                block = next;
            }
            // Whole chunks that are spare go back, but for one.
            let mut kept = false;
            let mut spare = self.heap.spare.replace(null_mut());
            let mut chunk = self.heap.chunks.get();
            while !chunk.is_null() {
                if (*chunk).free_blocks == (*chunk).nblocks {
                    if kept {
                        (*chunk).free_blocks = u32::MAX;
                    }
                    kept = true;
                }
                chunk = (*chunk).next;
            }
            while !spare.is_null() {
                let next = (*spare).next;
                if (*(*spare).chunk).free_blocks != u32::MAX {
                    (*spare).next = self.heap.spare.get();
                    self.heap.spare.set(spare);
                }
                spare = next;
            }
            let mut chunk = self.heap.chunks.replace(null_mut());
            while !chunk.is_null() {
                let next = (*chunk).next;
                if (*chunk).free_blocks == u32::MAX {
                    self.free_chunk(chunk);
                } else {
                    (*chunk).next = self.heap.chunks.get();
                    self.heap.chunks.set(chunk);
                }
                chunk = next;
            }
        }
    }

    unsafe fn free_chunk(&self, chunk: *mut Chunk) {
        // SAFETY: the chunk's blocks are in no list.
        unsafe {
            self.heap.nblocks.set(self.heap.nblocks.get() - (*chunk).nblocks as usize);
            poison::allow((*chunk).base, (*chunk).bytes);
            self.free((*chunk).base, (*chunk).bytes);
            self.free(chunk as *mut u8, std::mem::size_of::<Chunk>());
        }
    }

    /// Gives everything back, at the runtime's end.
    pub(crate) fn free_heap(&self) {
        let mut chunk = self.heap.chunks.replace(null_mut());
        while !chunk.is_null() {
            // SAFETY: the runtime is ending; no cell is used any more.
            unsafe {
                let next = (*chunk).next;
                self.free_chunk(chunk);
                chunk = next;
            }
        }
    }

    // ---- plain memory

    /// `size` bytes from the embedder's allocator, charged; None past the limit or when it refuses.
    pub fn malloc(&self, size: usize) -> Option<NonNull<u8>> {
        if !self.charge(size + MALLOC_OVERHEAD) {
            return None;
        }
        // SAFETY: the embedder's functions obey malloc's contract.
        let p = unsafe { (self.malloc_functions.malloc)(self.malloc_opaque, size.max(1)) };
        if p.is_null() {
            self.discharge(size + MALLOC_OVERHEAD);
            return None;
        }
        self.malloc_count.set(self.malloc_count.get() + 1);
        NonNull::new(p as *mut u8)
    }

    /// The same, all zero (without touching the pages, if the allocator has fresh ones).
    pub fn malloc_zeroed(&self, size: usize) -> Option<NonNull<u8>> {
        if !self.charge(size + MALLOC_OVERHEAD) {
            return None;
        }
        // SAFETY: the embedder's functions obey calloc's contract.
        let p = unsafe { (self.malloc_functions.calloc)(self.malloc_opaque, 1, size.max(1)) };
        if p.is_null() {
            self.discharge(size + MALLOC_OVERHEAD);
            return None;
        }
        self.malloc_count.set(self.malloc_count.get() + 1);
        NonNull::new(p as *mut u8)
    }

    /// Resizes memory from [`Runtime::malloc`] from `old` to `new` bytes.
    ///
    /// # Safety
    /// `ptr` came from this runtime's malloc with `old` bytes; on success it is no longer valid.
    pub unsafe fn realloc(&self, ptr: *mut u8, old: usize, new: usize) -> Option<NonNull<u8>> {
        if new > old && !self.charge(new - old) {
            return None;
        }
        // SAFETY: per contract.
        let p =
            unsafe { (self.malloc_functions.realloc)(self.malloc_opaque, ptr as *mut c_void, new.max(1)) };
        if p.is_null() {
            if new > old {
                self.discharge(new - old);
            }
            return None;
        }
        if new < old {
            self.discharge(old - new);
        }
        NonNull::new(p as *mut u8)
    }

    /// Frees memory of `size` bytes from [`Runtime::malloc`].
    ///
    /// # Safety
    /// `ptr` came from this runtime's malloc with `size` bytes and is not used again.
    pub unsafe fn free(&self, ptr: *mut u8, size: usize) {
        self.discharge(size + MALLOC_OVERHEAD);
        self.malloc_count.set(self.malloc_count.get() - 1);
        // SAFETY: per contract.
        unsafe { (self.malloc_functions.free)(self.malloc_opaque, ptr as *mut c_void) }
    }

    /// Counts in a block of `size` bytes that the same functions allocated for another runtime; false past the limit.
    #[must_use]
    pub(crate) fn adopt(&self, size: usize) -> bool {
        if !self.charge(size + MALLOC_OVERHEAD) {
            return false;
        }
        self.malloc_count.set(self.malloc_count.get() + 1);
        true
    }
    /// Counts out a block of `size` bytes that now belongs to somebody else.
    pub(crate) fn disown(&self, size: usize) {
        self.discharge(size + MALLOC_OVERHEAD);
        self.malloc_count.set(self.malloc_count.get() - 1);
    }

    /// Charges bytes that were (or will be) allocated elsewhere, e.g. by Rust's own allocator; false past the
    /// limit, and then nothing is charged. Paired with [`Runtime::discharge`].
    #[must_use]
    pub fn charge(&self, bytes: usize) -> bool {
        let n = self.malloc_size.get().saturating_add(bytes);
        if n > self.malloc_limit.get() {
            return self.charge_after_trim(bytes);
        }
        self.malloc_size.set(n);
        true
    }
    /// Blocks that hold nothing are given back before memory is said to be out. (A collection could do more, but not here:
    /// who charges may be in the midst of changing what a collection would visit.)
    #[cold]
    fn charge_after_trim(&self, bytes: usize) -> bool {
        let size = self.malloc_size.get();
        // Looking through the heap takes time: not again if it was for nothing.
        if self.in_gc.get() || size.abs_diff(self.heap.futile_trim.get()) < MAX_CHUNK * BLOCK_SIZE {
            return false;
        }
        self.trim_heap();
        let trimmed = self.malloc_size.get();
        if trimmed.saturating_add(bytes) > self.malloc_limit.get() {
            self.heap.futile_trim.set(trimmed);
            return false;
        }
        self.malloc_size.set(trimmed + bytes);
        true
    }
    /// Takes a charge back.
    pub fn discharge(&self, bytes: usize) {
        self.malloc_size.set(self.malloc_size.get().saturating_sub(bytes));
    }
    /// How much more may be charged.
    pub fn memory_left(&self) -> usize {
        self.malloc_limit.get().saturating_sub(self.malloc_size.get())
    }
}
