//! Byte blocks behind ArrayBuffer and SharedArrayBuffer, and the views (typed arrays, DataView) over them.
//!
//! A block's memory is the runtime's own, an embedder's (with a function that resizes or frees it), or shared
//! between runtimes. Shared memory is read and written by relaxed atomics only, so that a race between
//! threads is never undefined behaviour; `atomic.rs` has the operations of Atomics.

pub(crate) mod atomic;
mod moved;

pub use atomic::SharedBlock;
pub use moved::MovedBuffer;

use super::Object;
use super::class::{ClassId, Payload, id};
use crate::heap::gc::Tracer;
use crate::heap::{BigIntCell, Gc};
use crate::runtime::Runtime;
use crate::value::Value;
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};

/// The longest block, in bytes (as in QuickJS).
pub const MAX_BYTES: u64 = i32::MAX as u64;

/// Resizes (or, with size 0, frees) an embedder's memory: JSReallocArrayBufferDataFunc.
pub type ReallocFn = unsafe extern "C" fn(
    rt: *const Runtime,
    opaque: *mut c_void,
    ptr: *mut c_void,
    size: usize,
) -> *mut c_void;

/// Where shared memory comes from: JSSharedArrayBufferFunctions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SharedFunctions {
    /// New memory of that many bytes, held once; null when there is none.
    pub alloc: Option<unsafe extern "C" fn(opaque: *mut c_void, size: usize) -> *mut c_void>,
    /// Gives back one hold.
    pub free: Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void)>,
    /// Takes one more hold.
    pub dup: Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void)>,
    pub opaque: *mut c_void,
}

impl SharedFunctions {
    /// The engine's own: a counted block from Rust's allocator.
    pub const DEFAULT: SharedFunctions = SharedFunctions {
        alloc: Some(shared_alloc),
        free: Some(shared_free),
        dup: Some(shared_dup),
        opaque: std::ptr::null_mut(),
    };
    /// Has nobody set others?
    pub fn is_default(&self) -> bool {
        self.alloc.is_some_and(|f| {
            std::ptr::fn_addr_eq(f, shared_alloc as unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void)
        })
    }
}

/// What precedes the default functions' memory.
#[repr(C, align(16))]
struct Counted {
    refs: AtomicUsize,
    size: usize,
}
const COUNTED: usize = std::mem::size_of::<Counted>();

unsafe extern "C" fn shared_alloc(_: *mut c_void, size: usize) -> *mut c_void {
    let Some(total) = size.checked_add(COUNTED) else {
        return std::ptr::null_mut();
    };
    let Ok(layout) = std::alloc::Layout::from_size_align(total, 16) else {
        return std::ptr::null_mut();
    };
    // SAFETY: the layout is not empty; the header is written before anybody sees it.
    unsafe {
        let p = std::alloc::alloc_zeroed(layout);
        if p.is_null() {
            return p as *mut c_void;
        }
        (p as *mut Counted).write(Counted { refs: AtomicUsize::new(1), size: total });
        p.add(COUNTED) as *mut c_void
    }
}
unsafe extern "C" fn shared_dup(_: *mut c_void, ptr: *mut c_void) {
    // SAFETY: the pointer came from shared_alloc and is held.
    unsafe { (*((ptr as *mut u8).sub(COUNTED) as *const Counted)).refs.fetch_add(1, Relaxed) };
}
unsafe extern "C" fn shared_free(_: *mut c_void, ptr: *mut c_void) {
    // SAFETY: the pointer came from shared_alloc; the last holder frees it.
    unsafe {
        let base = (ptr as *mut u8).sub(COUNTED);
        let c = base as *const Counted;
        if (*c).refs.fetch_sub(1, AcqRel) == 1 {
            let layout = std::alloc::Layout::from_size_align_unchecked((*c).size, 16);
            std::alloc::dealloc(base, layout);
        }
    }
}

/// The end of the engine's shared memory. The bytes come before it, at the address that the shared functions know:
/// so an embedder may hold what JS_GetArrayBuffer shows.
#[repr(C, align(16))]
pub struct SharedEnd {
    len: AtomicUsize,
    max: usize,
}
const SHARED_END: usize = std::mem::size_of::<SharedEnd>();

/// Where the end of that many bytes lies, from their beginning.
const fn end_at(room: usize) -> usize {
    room.next_multiple_of(SHARED_END)
}
impl SharedEnd {
    /// The beginning of the memory.
    ///
    /// # Safety
    /// `end` is held.
    pub unsafe fn begin(end: *mut SharedEnd) -> *mut u8 {
        // SAFETY: the bytes are before it.
        unsafe { (end as *mut u8).sub(end_at((*end).max)) }
    }
}

/// Who owns a block's memory.
#[derive(Clone, Copy)]
enum Storage {
    /// Nobody: there is nothing to free.
    None,
    /// The runtime's malloc, of that many bytes.
    Own(usize),
    /// An embedder.
    Foreign { realloc: Option<ReallocFn>, opaque: *mut c_void },
    /// Memory from the runtime's shared functions, one hold of it; and what was charged for it.
    Shared { block: *mut SharedEnd, charged: usize },
    /// An embedder's memory that its shared functions hold.
    Held,
}

const SHARED: u8 = 1;
const RESIZABLE: u8 = 2;
const DETACHED: u8 = 4;
const IMMUTABLE: u8 = 8;

/// Why a block could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// The length is beyond what any block may have.
    TooLong,
    /// The memory limit, or the allocator.
    OutOfMemory,
    /// The block cannot change its size.
    Fixed,
}

/// The payload of ArrayBuffer and SharedArrayBuffer objects.
pub struct BufferData {
    rt: *const Runtime,
    ptr: Cell<*mut u8>,
    /// The length in bytes; 0 once detached. Of growable shared memory, what this object last saw.
    len: Cell<usize>,
    /// The maximum length, if resizable.
    max: usize,
    flags: Cell<u8>,
    storage: Cell<Storage>,
}

impl Payload for BufferData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::ARRAY_BUFFER..=id::SHARED_ARRAY_BUFFER;
    fn trace(&self, _: &mut Tracer<'_>) {}
    fn heap_bytes(&self) -> usize {
        match self.storage.get() {
            Storage::Own(n) => n,
            Storage::Shared { charged, .. } => charged,
            _ => 0,
        }
    }
}

impl Drop for BufferData {
    fn drop(&mut self) {
        self.release();
    }
}

/// A pointer for blocks without bytes.
const NOWHERE: *mut u8 = 16 as *mut u8;

impl BufferData {
    fn raw(rt: &Runtime, ptr: *mut u8, len: usize, max: Option<usize>, flags: u8, storage: Storage) -> Self {
        let flags = flags | if max.is_some() { RESIZABLE } else { 0 };
        BufferData {
            rt,
            ptr: Cell::new(ptr),
            len: Cell::new(len),
            max: max.unwrap_or(0),
            flags: Cell::new(flags),
            storage: Cell::new(storage),
        }
    }
    /// CreateByteDataBlock: `len` zero bytes, resizable if a maximum is given (`len` ≤ `max`).
    pub fn new(rt: &Runtime, len: u64, max: Option<u64>) -> Result<BufferData, BlockError> {
        if len > MAX_BYTES || max.is_some_and(|m| m > MAX_BYTES) {
            return Err(BlockError::TooLong);
        }
        let n = len as usize;
        let max = max.map(|m| m as usize);
        if n == 0 {
            return Ok(BufferData::raw(rt, NOWHERE, 0, max, 0, Storage::None));
        }
        let p = rt.malloc_zeroed(n).ok_or(BlockError::OutOfMemory)?;
        Ok(BufferData::raw(rt, p.as_ptr(), n, max, 0, Storage::Own(n)))
    }
    /// CreateSharedByteDataBlock: `len` zero bytes that other threads may come to see.
    pub fn new_shared(rt: &Runtime, len: u64, max: Option<u64>) -> Result<BufferData, BlockError> {
        if len > MAX_BYTES || max.is_some_and(|m| m > MAX_BYTES) {
            return Err(BlockError::TooLong);
        }
        let room = max.unwrap_or(len) as usize;
        let size = end_at(room) + SHARED_END;
        if !rt.charge(size) {
            return Err(BlockError::OutOfMemory);
        }
        let f = rt.shared_functions.get();
        // SAFETY: the embedder's functions obey the contract of `SharedFunctions`.
        let p = match f.alloc {
            Some(alloc) => unsafe { alloc(f.opaque, size) as *mut u8 },
            None => std::ptr::null_mut(),
        };
        if p.is_null() {
            rt.discharge(size);
            return Err(BlockError::OutOfMemory);
        }
        // SAFETY: the memory is ours alone yet, and `size` bytes long.
        unsafe {
            let block = p.add(end_at(room)) as *mut SharedEnd;
            if !f
                .alloc
                .is_some_and(|a| std::ptr::fn_addr_eq(a, shared_alloc as unsafe extern "C" fn(_, _) -> _))
            {
                std::ptr::write_bytes(p, 0, size);
            }
            block.write(SharedEnd { len: AtomicUsize::new(len as usize), max: room });
            let storage = Storage::Shared { block, charged: size };
            let max = max.map(|m| m as usize);
            Ok(BufferData::raw(rt, p, len as usize, max, SHARED, storage))
        }
    }
    /// A block over shared memory that another runtime made ([`BufferData::shared_block`]); takes its own hold.
    ///
    /// # Safety
    /// `block` is held by somebody during this call, and came from the same shared functions.
    pub unsafe fn from_shared_block(rt: &Runtime, block: *mut SharedEnd, growable: bool) -> BufferData {
        let f = rt.shared_functions.get();
        // SAFETY: per contract.
        unsafe {
            let p = SharedEnd::begin(block);
            if let Some(dup) = f.dup {
                dup(f.opaque, p as *mut c_void);
            }
            let len = (*block).len.load(SeqCst);
            let max = if growable { Some((*block).max) } else { None };
            let storage = Storage::Shared { block, charged: 0 };
            BufferData::raw(rt, p, len, max, SHARED, storage)
        }
    }
    /// The shared memory's end, for handing it to another runtime; None if the memory is not the engine's.
    pub fn shared_block(&self) -> Option<*mut SharedEnd> {
        match self.storage.get() {
            Storage::Shared { block, .. } => Some(block),
            _ => None,
        }
    }
    /// A block over an embedder's memory: `realloc` resizes it and, with size 0, frees it when the block dies
    /// or is detached. Without `realloc` the engine never frees nor resizes it. Shared memory is held by the embedder's
    /// shared functions instead, if it has set some.
    ///
    /// # Safety
    /// `ptr` points to `len` readable and writable bytes for as long as the block has them.
    pub unsafe fn from_foreign(
        rt: &Runtime,
        ptr: *mut u8,
        len: usize,
        max: Option<usize>,
        realloc: Option<ReallocFn>,
        opaque: *mut c_void,
        shared: bool,
    ) -> BufferData {
        let ptr = if ptr.is_null() { NOWHERE } else { ptr };
        if !shared {
            return BufferData::raw(rt, ptr, len, max, 0, Storage::Foreign { realloc, opaque });
        }
        let f = rt.shared_functions.get();
        let storage = if ptr == NOWHERE || f.free.is_none() || f.is_default() {
            Storage::Foreign { realloc, opaque }
        } else {
            if let Some(dup) = f.dup {
                // SAFETY: the embedder's functions know the memory: that is their contract.
                unsafe { dup(f.opaque, ptr as *mut c_void) };
            }
            Storage::Held
        };
        BufferData::raw(rt, ptr, len, max, SHARED, storage)
    }

    // ---- what is it

    #[inline(always)]
    pub fn is_shared(&self) -> bool {
        self.flags.get() & SHARED != 0
    }
    /// Resizable or growable?
    #[inline(always)]
    pub fn is_resizable(&self) -> bool {
        self.flags.get() & RESIZABLE != 0
    }
    #[inline(always)]
    pub fn is_detached(&self) -> bool {
        self.flags.get() & DETACHED != 0
    }
    #[inline(always)]
    pub fn is_immutable(&self) -> bool {
        self.flags.get() & IMMUTABLE != 0
    }
    pub fn set_immutable(&self, on: bool) {
        let f = self.flags.get();
        self.flags.set(if on { f | IMMUTABLE } else { f & !IMMUTABLE });
    }
    /// ArrayBufferByteLength, in bytes; 0 once detached.
    #[inline(always)]
    pub fn byte_length(&self) -> usize {
        if self.flags.get() & (SHARED | RESIZABLE) == SHARED | RESIZABLE {
            return self.shared_length();
        }
        self.len.get()
    }
    #[cold]
    fn shared_length(&self) -> usize {
        if let Storage::Shared { block, .. } = self.storage.get() {
            // SAFETY: the block is held.
            self.len.set(unsafe { (*block).len.load(SeqCst) });
        }
        self.len.get()
    }
    /// [[ArrayBufferMaxByteLength]], or the length of a fixed one; 0 once detached.
    pub fn max_byte_length(&self) -> usize {
        if self.is_detached() {
            0
        } else if self.is_resizable() {
            self.max
        } else {
            self.byte_length()
        }
    }
    /// Where the bytes are, for C. Valid until the block is resized, detached or freed.
    pub fn as_ptr(&self) -> *mut u8 {
        self.ptr.get()
    }

    // ---- changing the block

    fn release(&self) {
        // SAFETY: the runtime outlives its objects; the memory is given up once: the storage is taken.
        unsafe {
            let rt = &*self.rt;
            let ptr = self.ptr.replace(NOWHERE);
            self.len.set(0);
            match self.storage.replace(Storage::None) {
                Storage::None => {}
                Storage::Own(n) => rt.free(ptr, n),
                Storage::Foreign { realloc, opaque } => {
                    if let Some(f) = realloc {
                        let p = if ptr == NOWHERE { std::ptr::null_mut() } else { ptr };
                        f(self.rt, opaque, p as *mut c_void, 0);
                    }
                }
                Storage::Shared { block, charged } => {
                    rt.discharge(charged);
                    let f = rt.shared_functions.get();
                    if let Some(free) = f.free {
                        free(f.opaque, SharedEnd::begin(block) as *mut c_void);
                    }
                }
                Storage::Held => {
                    let f = rt.shared_functions.get();
                    if let Some(free) = f.free {
                        free(f.opaque, ptr as *mut c_void);
                    }
                }
            }
        }
    }
    /// DetachArrayBuffer. The caller has made sure that it is not shared.
    pub fn detach(&self) {
        self.flags.set(self.flags.get() | DETACHED);
        self.release();
    }
    /// Resizes an ArrayBuffer or grows a SharedArrayBuffer to `n` bytes, `n` ≤ its maximum; new bytes are zero.
    pub fn resize(&self, n: usize) -> Result<(), BlockError> {
        debug_assert!(self.is_resizable() && n <= self.max);
        // SAFETY: the runtime outlives its objects.
        let rt = unsafe { &*self.rt };
        let old = self.len.get();
        match self.storage.get() {
            Storage::Shared { block, .. } => {
                // SAFETY: the block is held; it has room for its maximum, zero from the start.
                let len = unsafe { &(*block).len };
                let mut seen = len.load(SeqCst);
                loop {
                    if n < seen {
                        return Err(BlockError::Fixed);
                    }
                    match len.compare_exchange(seen, n, SeqCst, SeqCst) {
                        Ok(_) => break,
                        Err(now) => seen = now,
                    }
                }
                self.len.set(n);
                return Ok(());
            }
            Storage::None => {
                if n > 0 {
                    let p = rt.malloc_zeroed(n).ok_or(BlockError::OutOfMemory)?;
                    self.ptr.set(p.as_ptr());
                    self.storage.set(Storage::Own(n));
                }
                self.len.set(n);
                return Ok(());
            }
            Storage::Own(cap) => {
                if n > cap || n < cap / 4 {
                    let want = if n > cap { n.max((cap + cap / 2).min(self.max)) } else { n.max(1) };
                    // SAFETY: the memory is ours, of `cap` bytes.
                    match unsafe { rt.realloc(self.ptr.get(), cap, want) } {
                        Some(p) => {
                            self.ptr.set(p.as_ptr());
                            self.storage.set(Storage::Own(want));
                        }
                        None if n > cap => return Err(BlockError::OutOfMemory),
                        None => {}
                    }
                }
            }
            Storage::Held => return self.grow_in_place(n),
            Storage::Foreign { .. } if self.is_shared() => return self.grow_in_place(n),
            Storage::Foreign { realloc, opaque } => {
                let Some(f) = realloc else {
                    return Err(BlockError::Fixed);
                };
                // SAFETY: the embedder's function; size 0 would free.
                let p = unsafe { f(self.rt, opaque, self.ptr.get() as *mut c_void, n.max(1)) };
                if p.is_null() {
                    return Err(BlockError::OutOfMemory);
                }
                self.ptr.set(p as *mut u8);
            }
        }
        if n > old {
            // SAFETY: there are n bytes now.
            unsafe { std::ptr::write_bytes(self.ptr.get().add(old), 0, n - old) };
        }
        self.len.set(n);
        Ok(())
    }
    /// A shared block of an embedder has its maximum from the start, and its bytes are the embedder's.
    fn grow_in_place(&self, n: usize) -> Result<(), BlockError> {
        if n < self.len.get() {
            return Err(BlockError::Fixed);
        }
        self.len.set(n);
        Ok(())
    }
    /// Moves the memory to a new block of `n` bytes (resizable if `max` is given) and detaches this one:
    /// ArrayBufferCopyAndDetach from step 8 on.
    pub fn transfer(&self, n: u64, max: Option<u64>) -> Result<BufferData, BlockError> {
        if n > MAX_BYTES {
            return Err(BlockError::TooLong);
        }
        // SAFETY: the runtime outlives its objects.
        let rt = unsafe { &*self.rt };
        let old = self.len.get();
        let n = n as usize;
        let max = max.map(|m| m as usize);
        let new = match self.storage.get() {
            Storage::Own(cap) if n > 0 => {
                let (ptr, cap) = if n == cap || (max.is_some() && n <= cap) {
                    (self.ptr.get(), cap)
                } else {
                    // SAFETY: the memory is ours, of `cap` bytes.
                    match unsafe { rt.realloc(self.ptr.get(), cap, n) } {
                        Some(p) => (p.as_ptr(), n),
                        None => return Err(BlockError::OutOfMemory),
                    }
                };
                if n > old {
                    // SAFETY: there are n bytes now.
                    unsafe { std::ptr::write_bytes(ptr.add(old), 0, n - old) };
                }
                self.storage.set(Storage::None);
                BufferData::raw(rt, ptr, n, max, 0, Storage::Own(cap))
            }
            s @ Storage::Foreign { .. } if n == old => {
                self.storage.set(Storage::None);
                BufferData::raw(rt, self.ptr.get(), n, max, 0, s)
            }
            Storage::Foreign { realloc, opaque } => {
                let Some(f) = realloc else {
                    return Err(BlockError::Fixed);
                };
                let from = if self.ptr.get() == NOWHERE { std::ptr::null_mut() } else { self.ptr.get() };
                // SAFETY: the embedder's function; size 0 frees.
                let p = unsafe { f(self.rt, opaque, from as *mut c_void, n) } as *mut u8;
                if p.is_null() && n > 0 {
                    return Err(BlockError::OutOfMemory);
                }
                self.storage.set(Storage::None);
                if n > old {
                    // SAFETY: there are n bytes now.
                    unsafe { std::ptr::write_bytes(p.add(old), 0, n - old) };
                }
                if n == 0 {
                    BufferData::raw(rt, NOWHERE, 0, max, 0, Storage::None)
                } else {
                    BufferData::raw(rt, p, n, max, 0, Storage::Foreign { realloc, opaque })
                }
            }
            _ => {
                let new = BufferData::new(rt, n as u64, max.map(|m| m as u64))?;
                new.copy_from(0, self, 0, n.min(old));
                new
            }
        };
        self.detach();
        Ok(new)
    }

    /// Takes over the memory of `from`, which is detached by that: the end of a transfer whose target had to be there
    /// before. This block is empty; both are resizable, with the same maximum, or neither.
    pub(crate) fn take_over(&self, from: &BufferData) {
        debug_assert!(self.is_resizable() == from.is_resizable() && self.max == from.max);
        self.release();
        self.ptr.set(from.ptr.replace(NOWHERE));
        self.len.set(from.len.replace(0));
        self.storage.set(from.storage.replace(Storage::None));
        from.detach();
    }

    // ---- bytes

    /// The `size` (1, 2, 4, 8) bytes at `at` in native order; None outside of the block.
    #[inline]
    pub fn load(&self, at: usize, size: usize) -> Option<u64> {
        if at.checked_add(size)? > self.byte_length() {
            return None;
        }
        // SAFETY: the bytes are within the block.
        Some(unsafe {
            let p = self.ptr.get().add(at);
            if self.is_shared() { load_shared(p, size) } else { load_plain(p, size) }
        })
    }
    /// Writes `size` bytes; false (and nothing written) outside of the block.
    #[inline]
    pub(crate) fn store(&self, at: usize, size: usize, raw: u64) -> bool {
        if at.checked_add(size).is_none_or(|end| end > self.byte_length()) {
            return false;
        }
        // SAFETY: the bytes are within the block.
        unsafe {
            let p = self.ptr.get().add(at);
            if self.is_shared() { store_shared(p, size, raw) } else { store_plain(p, size, raw) }
        }
        true
    }
    /// Writes `count` elements of `size` bytes from `at` on, as many as the block has room for.
    pub(crate) fn fill(&self, at: usize, count: usize, size: usize, raw: u64) {
        let n = self.byte_length().saturating_sub(at) / size;
        let count = count.min(n);
        // SAFETY: the bytes are within the block.
        unsafe {
            let p = self.ptr.get().add(if count == 0 { 0 } else { at });
            if self.is_shared() {
                (0..count).for_each(|i| store_shared(p.add(i * size), size, raw));
            } else if size == 1 || raw == 0 {
                std::ptr::write_bytes(p, raw as u8, count * size);
            } else {
                (0..count).for_each(|i| store_plain(p.add(i * size), size, raw));
            }
        }
    }
    /// Copies `n` bytes from another (or this) block, overlapping or not; nothing if they are not there.
    pub(crate) fn copy_from(&self, to: usize, src: &BufferData, from: usize, n: usize) {
        let fits = |b: &BufferData, at: usize| at.checked_add(n).is_some_and(|e| e <= b.byte_length());
        if n == 0 || !fits(self, to) || !fits(src, from) {
            return;
        }
        // SAFETY: both ranges are within their blocks.
        unsafe {
            let s = src.ptr.get().add(from);
            let d = self.ptr.get().add(to);
            if !self.is_shared() && !src.is_shared() {
                std::ptr::copy(s, d, n);
            } else if (d as usize) <= (s as usize) {
                (0..n).for_each(|i| store_shared(d.add(i), 1, load_shared(s.add(i), 1)));
            } else {
                (0..n).rev().for_each(|i| store_shared(d.add(i), 1, load_shared(s.add(i), 1)));
            }
        }
    }
    /// Copies bytes out; false if they are not all there.
    pub fn read_bytes(&self, at: usize, out: &mut [u8]) -> bool {
        if at.checked_add(out.len()).is_none_or(|end| end > self.byte_length()) {
            return false;
        }
        // SAFETY: the bytes are within the block.
        unsafe {
            let p = self.ptr.get().add(at);
            if self.is_shared() {
                out.iter_mut().enumerate().for_each(|(i, b)| *b = load_shared(p.add(i), 1) as u8);
            } else {
                std::ptr::copy_nonoverlapping(p, out.as_mut_ptr(), out.len());
            }
        }
        true
    }
    /// Copies bytes in; false (and nothing written) if there is no room.
    pub fn write_bytes(&self, at: usize, bytes: &[u8]) -> bool {
        if at.checked_add(bytes.len()).is_none_or(|end| end > self.byte_length()) {
            return false;
        }
        // SAFETY: the bytes are within the block; `bytes` is Rust's own memory, never the block's.
        unsafe {
            let p = self.ptr.get().add(at);
            if self.is_shared() {
                bytes.iter().enumerate().for_each(|(i, b)| store_shared(p.add(i), 1, *b as u64));
            } else {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), p, bytes.len());
            }
        }
        true
    }
}

/// # Safety
/// `size` bytes at `p` are readable and not shared.
#[inline(always)]
unsafe fn load_plain(p: *const u8, size: usize) -> u64 {
    // SAFETY: per contract.
    unsafe {
        match size {
            1 => *p as u64,
            2 => (p as *const u16).read_unaligned() as u64,
            4 => (p as *const u32).read_unaligned() as u64,
            _ => (p as *const u64).read_unaligned(),
        }
    }
}
/// # Safety
/// `size` bytes at `p` are writable and not shared.
#[inline(always)]
unsafe fn store_plain(p: *mut u8, size: usize, raw: u64) {
    // SAFETY: per contract.
    unsafe {
        match size {
            1 => *p = raw as u8,
            2 => (p as *mut u16).write_unaligned(raw as u16),
            4 => (p as *mut u32).write_unaligned(raw as u32),
            _ => (p as *mut u64).write_unaligned(raw),
        }
    }
}
/// # Safety
/// `size` bytes at `p` are readable; other threads touch them by atomics only.
unsafe fn load_shared(p: *const u8, size: usize) -> u64 {
    // SAFETY: per contract; alignment is checked.
    unsafe {
        if !(p as usize).is_multiple_of(size) {
            let mut b = [0u8; 8];
            (0..size).for_each(|i| b[i] = (*(p.add(i) as *const AtomicU8)).load(Relaxed));
            return u64::from_le_bytes(if cfg!(target_endian = "little") { b } else { shift_be(b, size) });
        }
        match size {
            1 => (*(p as *const AtomicU8)).load(Relaxed) as u64,
            2 => (*(p as *const AtomicU16)).load(Relaxed) as u64,
            4 => (*(p as *const AtomicU32)).load(Relaxed) as u64,
            _ => (*(p as *const AtomicU64)).load(Relaxed),
        }
    }
}
fn shift_be(b: [u8; 8], size: usize) -> [u8; 8] {
    let mut r = [0u8; 8];
    (0..size).for_each(|i| r[i] = b[size - 1 - i]);
    r
}
/// # Safety
/// `size` bytes at `p` are writable; other threads touch them by atomics only.
unsafe fn store_shared(p: *mut u8, size: usize, raw: u64) {
    // SAFETY: per contract; alignment is checked.
    unsafe {
        if !(p as usize).is_multiple_of(size) {
            let mut b = raw.to_le_bytes();
            if cfg!(target_endian = "big") {
                b = shift_be(b, size);
            }
            (0..size).for_each(|i| (*(p.add(i) as *const AtomicU8)).store(b[i], Relaxed));
            return;
        }
        match size {
            1 => (*(p as *const AtomicU8)).store(raw as u8, Relaxed),
            2 => (*(p as *const AtomicU16)).store(raw as u16, Relaxed),
            4 => (*(p as *const AtomicU32)).store(raw as u32, Relaxed),
            _ => (*(p as *const AtomicU64)).store(raw, Relaxed),
        }
    }
}

/// The element types (table 69), in the order of their classes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Element {
    Uint8C,
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    BigInt64,
    BigUint64,
    Float16,
    Float32,
    Float64,
}
use Element as E;

const ELEMENTS: [Element; 12] = [
    E::Uint8C,
    E::Int8,
    E::Uint8,
    E::Int16,
    E::Uint16,
    E::Int32,
    E::Uint32,
    E::BigInt64,
    E::BigUint64,
    E::Float16,
    E::Float32,
    E::Float64,
];

impl Element {
    /// The element type of a typed array's class.
    #[inline(always)]
    pub fn of_class(c: ClassId) -> Option<Element> {
        ELEMENTS.get((c as usize).wrapping_sub(id::UINT8C_ARRAY as usize)).copied()
    }
    pub fn class(self) -> ClassId {
        id::UINT8C_ARRAY + self as ClassId
    }
    /// Log2 of the size in bytes.
    #[inline(always)]
    pub fn shift(self) -> u32 {
        match self {
            E::Uint8C | E::Int8 | E::Uint8 => 0,
            E::Int16 | E::Uint16 | E::Float16 => 1,
            E::Int32 | E::Uint32 | E::Float32 => 2,
            E::BigInt64 | E::BigUint64 | E::Float64 => 3,
        }
    }
    /// The size in bytes.
    #[inline(always)]
    pub fn size(self) -> usize {
        1 << self.shift()
    }
    pub fn is_bigint(self) -> bool {
        matches!(self, E::BigInt64 | E::BigUint64)
    }
    pub fn is_float(self) -> bool {
        matches!(self, E::Float16 | E::Float32 | E::Float64)
    }
    /// NumericToRawBytes for the Number types.
    #[inline]
    pub fn encode(self, x: f64) -> u64 {
        match self {
            E::Uint8C => qjs_numeric::math::to_uint8_clamp(x) as u64,
            E::Float16 => qjs_numeric::f64_to_f16(x) as u64,
            E::Float32 => (x as f32).to_bits() as u64,
            E::Float64 => x.to_bits(),
            _ => qjs_numeric::math::to_int32(x) as u32 as u64,
        }
    }
    /// RawBytesToNumeric for the Number types; BigInts as their int64 or uint64.
    #[inline]
    pub fn decode(self, raw: u64) -> f64 {
        match self {
            E::Uint8C | E::Uint8 => raw as u8 as f64,
            E::Int8 => raw as i8 as f64,
            E::Int16 => raw as i16 as f64,
            E::Uint16 => raw as u16 as f64,
            E::Int32 => raw as i32 as f64,
            E::Uint32 => raw as u32 as f64,
            E::BigInt64 => raw as i64 as f64,
            E::BigUint64 => raw as f64,
            E::Float16 => qjs_numeric::f16_to_f64(raw as u16),
            E::Float32 => f32::from_bits(raw as u32) as f64,
            E::Float64 => f64::from_bits(raw),
        }
    }
    /// RawBytesToNumeric as a value.
    #[inline]
    pub fn to_value(self, rt: &Runtime, raw: u64) -> crate::value::Result {
        match self {
            E::Uint8C | E::Uint8 => Ok(Value::int(raw as u8 as i32)),
            E::Int8 => Ok(Value::int(raw as i8 as i32)),
            E::Int16 => Ok(Value::int(raw as i16 as i32)),
            E::Uint16 => Ok(Value::int(raw as u16 as i32)),
            E::Int32 => Ok(Value::int(raw as i32)),
            E::BigInt64 => rt.new_bigint(qjs_numeric::BigInt::from(raw as i64)),
            E::BigUint64 => rt.new_bigint(qjs_numeric::BigInt::from(raw)),
            _ => Ok(Value::number(self.decode(raw))),
        }
    }
    /// The raw bytes of a value that is already of the right kind; None otherwise.
    #[inline]
    pub fn from_value(self, v: &Value) -> Option<u64> {
        if self.is_bigint() {
            return v.as_gc::<BigIntCell>().map(|b| b.to_u64_wrapping());
        }
        if let Some(i) = v.as_int() {
            return Some(match self {
                E::Uint8C => i.clamp(0, 255) as u64,
                E::Float16 | E::Float32 | E::Float64 => self.encode(i as f64),
                _ => i as u32 as u64,
            });
        }
        v.as_number().map(|x| self.encode(x))
    }
}

/// The payload of typed arrays and DataViews.
pub struct ViewData {
    buffer: Gc<Object>,
    offset: usize,
    /// In elements (DataViews: bytes); usize::MAX: length-tracking.
    length: usize,
    /// Offset + length in bytes; usize::MAX: length-tracking.
    end: usize,
}

impl Payload for ViewData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::UINT8C_ARRAY..=id::DATAVIEW;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.buffer.as_value());
    }
}

impl ViewData {
    /// A view of `length` elements of `size` bytes (None: length-tracking); None if `buffer` is no buffer.
    pub fn new(buffer: Gc<Object>, offset: usize, length: Option<usize>, size: usize) -> Option<ViewData> {
        buffer.data::<BufferData>()?;
        let end = match length {
            Some(n) => n.checked_mul(size)?.checked_add(offset)?,
            None => usize::MAX,
        };
        Some(ViewData { buffer, offset, length: length.unwrap_or(usize::MAX), end })
    }
    /// [[ViewedArrayBuffer]]
    pub fn buffer(&self) -> &Gc<Object> {
        &self.buffer
    }
    #[inline(always)]
    pub fn block(&self) -> &BufferData {
        // SAFETY: `new` has seen that the buffer carries one, and classes do not change.
        unsafe { self.buffer.payload() }
    }
    /// [[ByteOffset]]
    pub fn offset(&self) -> usize {
        self.offset
    }
    /// Does the length follow the buffer's?
    pub fn is_tracking(&self) -> bool {
        self.end == usize::MAX
    }
    /// The current length in elements of `1 << shift` bytes; None when detached or out of bounds
    /// (IsTypedArrayOutOfBounds, TypedArrayLength; IsViewOutOfBounds, GetViewByteLength).
    #[inline]
    pub fn current_length(&self, shift: u32) -> Option<usize> {
        let b = self.block();
        if b.is_detached() {
            return None;
        }
        let n = b.byte_length();
        if self.is_tracking() {
            return n.checked_sub(self.offset).map(|n| n >> shift);
        }
        if self.end > n { None } else { Some(self.length) }
    }
}

/// The view of a typed array and its element type.
#[inline(always)]
pub fn typed_array(o: &Object) -> Option<(&ViewData, Element)> {
    let e = Element::of_class(o.class())?;
    // SAFETY: objects of these classes are made with this payload.
    Some((unsafe { o.payload() }, e))
}

/// The element `i` of a typed array of Numbers; None if `o` is none, or there is no such element: then the
/// slow way decides.
#[inline]
pub(crate) fn fast_get(o: &Object, i: u32) -> Option<Value> {
    let (v, e) = typed_array(o)?;
    let b = v.block();
    if v.end > b.len.get() || b.flags.get() & SHARED != 0 {
        return fast_get_slow(o, i);
    }
    if i as usize >= v.length {
        return None;
    }
    // SAFETY: i < length, and the whole view lies within the block, which is not shared.
    unsafe {
        let p = b.ptr.get().add(v.offset + ((i as usize) << e.shift()));
        Some(match e {
            E::Uint8C | E::Uint8 => Value::int(*p as i32),
            E::Int8 => Value::int(*(p as *const i8) as i32),
            E::Int16 => Value::int((p as *const i16).read_unaligned() as i32),
            E::Uint16 => Value::int((p as *const u16).read_unaligned() as i32),
            E::Int32 => Value::int((p as *const i32).read_unaligned()),
            E::Uint32 => Value::from_u32((p as *const u32).read_unaligned()),
            E::Float32 => Value::double_unchecked((p as *const f32).read_unaligned() as f64),
            // (As doubles, even if whole: what computes with them would only convert them back.)
            E::Float64 => Value::double_unchecked((p as *const f64).read_unaligned()),
            E::Float16 => Value::double_unchecked(e.decode(load_plain(p, 2))),
            E::BigInt64 | E::BigUint64 => return None,
        })
    }
}
#[cold]
fn fast_get_slow(o: &Object, i: u32) -> Option<Value> {
    let (v, e) = typed_array(o)?;
    if e.is_bigint() || i as usize >= v.current_length(e.shift())? {
        return None;
    }
    let raw = v.block().load(v.offset + ((i as usize) << e.shift()), e.size())?;
    e.to_value(o.runtime(), raw).ok()
}

/// Writes element `i` of a typed array: Some(true) when that is done (or, out of bounds, has no effect). None:
/// `o` is no typed array, the value would have to be converted, or the buffer is immutable; then the slow way
/// decides.
#[inline]
pub(crate) fn fast_set(o: &Object, i: u32, value: &Value) -> Option<bool> {
    let (v, e) = typed_array(o)?;
    let raw = e.from_value(value)?;
    let b = v.block();
    if v.end > b.len.get() || b.flags.get() & (SHARED | IMMUTABLE) != 0 {
        return fast_set_slow(v, e, i, raw);
    }
    if i as usize >= v.length {
        return Some(true);
    }
    // SAFETY: i < length, and the whole view lies within the block, which is not shared.
    unsafe { store_plain(b.ptr.get().add(v.offset + ((i as usize) << e.shift())), e.size(), raw) };
    Some(true)
}
#[cold]
fn fast_set_slow(v: &ViewData, e: Element, i: u32, raw: u64) -> Option<bool> {
    if v.block().is_immutable() {
        return None;
    }
    if v.current_length(e.shift()).is_some_and(|n| (i as usize) < n) {
        v.block().store(v.offset + ((i as usize) << e.shift()), e.size(), raw);
    }
    Some(true)
}
