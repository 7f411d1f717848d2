//! The memory of an ArrayBuffer on its way from one runtime to another: what a transfer between threads is made of.

use super::{BlockError, BufferData, NOWHERE, RESIZABLE, Storage};
use crate::heap::alloc::MallocFunctions;
use crate::runtime::Runtime;
use std::ffi::c_void;
use std::ptr::null_mut;

/// A block without a runtime. Its memory came from functions that any thread may call, and goes back to them.
pub struct MovedBuffer {
    ptr: *mut u8,
    len: usize,
    /// How many bytes were allocated; 0: none.
    capacity: usize,
    max: Option<usize>,
    functions: MallocFunctions,
}

// SAFETY: the memory has one owner, this; its functions may be called from any thread (`BufferData::move_out`).
unsafe impl Send for MovedBuffer {}

impl Drop for MovedBuffer {
    fn drop(&mut self) {
        if self.capacity > 0 {
            // SAFETY: allocated by these functions, and ours.
            unsafe { (self.functions.free)(null_mut(), self.ptr as *mut c_void) };
        }
    }
}

impl MovedBuffer {
    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.capacity
    }
}

/// Does the runtime allocate by these functions?
fn uses(rt: &Runtime, f: &MallocFunctions) -> bool {
    let (own, opaque) = rt.malloc_functions();
    opaque.is_null() && std::ptr::fn_addr_eq(own.malloc, f.malloc) && std::ptr::fn_addr_eq(own.free, f.free)
}

impl BufferData {
    /// Detaches the block and answers its memory. Only memory of `shareable` (which any thread may call, with a null
    /// `opaque`) can go as it is; other memory is copied.
    pub fn move_out(&self, shareable: &MallocFunctions) -> Result<MovedBuffer, BlockError> {
        debug_assert!(!self.is_shared() && !self.is_detached());
        // SAFETY: the runtime outlives its objects.
        let rt = unsafe { &*self.rt };
        let max = (self.flags.get() & RESIZABLE != 0).then_some(self.max);
        let functions = MallocFunctions { ..*shareable };
        let len = self.len.get();
        let mut m = MovedBuffer { ptr: NOWHERE, len, capacity: 0, max, functions };
        match self.storage.get() {
            Storage::Own(capacity) if uses(rt, shareable) => {
                m.ptr = self.ptr.replace(NOWHERE);
                m.capacity = capacity;
                self.storage.set(Storage::None);
                rt.disown(capacity);
            }
            _ if len > 0 => {
                // SAFETY: malloc takes any size; the block is `len` bytes long.
                unsafe {
                    let p = (shareable.malloc)(null_mut(), len) as *mut u8;
                    if p.is_null() {
                        return Err(BlockError::OutOfMemory);
                    }
                    std::ptr::copy_nonoverlapping(self.ptr.get(), p, len);
                    m.ptr = p;
                }
                m.capacity = len;
            }
            _ => {}
        }
        self.detach();
        Ok(m)
    }
    /// A block with that memory (a copy of it where this runtime allocates by other functions).
    pub fn from_moved(rt: &Runtime, mut m: MovedBuffer) -> Result<BufferData, BlockError> {
        let max = m.max;
        if m.capacity == 0 || !uses(rt, &m.functions) {
            let b = BufferData::new(rt, m.len as u64, max.map(|n| n as u64))?;
            if m.len > 0 {
                // SAFETY: both are `len` bytes long.
                unsafe { std::ptr::copy_nonoverlapping(m.ptr, b.ptr.get(), m.len) };
            }
            return Ok(b);
        }
        if !rt.adopt(m.capacity) {
            return Err(BlockError::OutOfMemory);
        }
        let storage = Storage::Own(std::mem::take(&mut m.capacity));
        Ok(BufferData::raw(rt, m.ptr, m.len, max, 0, storage))
    }
}
