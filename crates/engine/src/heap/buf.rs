//! A growable buffer whose memory comes from the runtime and whose growth can fail.

use crate::runtime::Runtime;
use crate::value::{Result, Thrown};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Like a Vec, but charged to a runtime, and every growth can fail (without an exception set: the caller
/// throws out of memory by `cx.oom()` or `Buf::push_or_throw`).
pub struct Buf<T> {
    ptr: NonNull<T>,
    len: usize,
    cap: usize,
    rt: *const Runtime,
}

impl<T> Buf<T> {
    /// An empty buffer; allocates nothing.
    pub fn new(rt: &Runtime) -> Buf<T> {
        Buf { ptr: NonNull::dangling(), len: 0, cap: 0, rt }
    }
    /// An empty buffer with room for `n`.
    pub fn with_capacity(rt: &Runtime, n: usize) -> Result<Buf<T>> {
        let mut b = Buf::new(rt);
        b.reserve(n)?;
        Ok(b)
    }
    /// Makes room for `extra` more; Err (nothing thrown yet: see `Runtime::throw_oom`) when memory is out.
    pub fn reserve(&mut self, extra: usize) -> Result<()> {
        let need = self.len.checked_add(extra).ok_or(Thrown)?;
        if need <= self.cap {
            return Ok(());
        }
        let cap = need.max(self.cap + self.cap / 2).max(4);
        if self.set_capacity(cap).is_none() {
            // SAFETY: the runtime outlives its buffers.
            unsafe { &*self.rt }.throw_oom();
            return Err(Thrown);
        }
        Ok(())
    }
    /// None, and nothing changed or thrown, if there is no memory.
    fn set_capacity(&mut self, cap: usize) -> Option<()> {
        let size = std::mem::size_of::<T>();
        let bytes = cap.checked_mul(size)?;
        // SAFETY: the runtime outlives its buffers.
        let rt = unsafe { &*self.rt };
        let p = if self.cap == 0 {
            rt.malloc(bytes)
        } else {
            // SAFETY: the memory came from malloc with that size.
            unsafe { rt.realloc(self.ptr.as_ptr() as *mut u8, self.cap * size, bytes) }
        };
        self.ptr = p?.cast();
        self.cap = cap;
        Some(())
    }
    /// Appends; Err with out of memory thrown.
    #[inline]
    pub fn push(&mut self, v: T) -> Result<()> {
        if self.len == self.cap {
            self.reserve(1)?;
        }
        // SAFETY: there is room.
        unsafe { self.ptr.as_ptr().add(self.len).write(v) };
        self.len += 1;
        Ok(())
    }
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        // SAFETY: the element was initialized, and is now ours.
        Some(unsafe { self.ptr.as_ptr().add(self.len).read() })
    }
    pub fn truncate(&mut self, n: usize) {
        while self.len > n {
            drop(self.pop());
        }
    }
    pub fn clear(&mut self) {
        self.truncate(0)
    }
    pub fn extend_from_slice(&mut self, s: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.reserve(s.len())?;
        // SAFETY: there is room, and T is Copy.
        unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), self.ptr.as_ptr().add(self.len), s.len()) };
        self.len += s.len();
        Ok(())
    }
    /// Appends clones of `v` until the length is `n`.
    pub fn resize(&mut self, n: usize, v: T) -> Result<()>
    where
        T: Clone,
    {
        self.truncate(n);
        self.reserve(n - self.len)?;
        while self.len < n {
            self.push(v.clone())?;
        }
        Ok(())
    }
    /// The elements from `start` on, taken out in order (all of them, whether they are asked for or not).
    pub fn drain_from(&mut self, start: usize) -> DrainFrom<'_, T> {
        let end = self.len;
        let start = start.min(end);
        self.len = start;
        DrainFrom { buf: self, at: start, end }
    }
    pub fn capacity(&self) -> usize {
        self.cap
    }
    /// Gives unused memory back where it is more than a quarter.
    pub fn shrink(&mut self) {
        if self.len > 0 && self.len < self.cap - self.cap / 4 {
            let _ = self.set_capacity(self.len);
        }
    }
    /// The memory (from the runtime's malloc, `capacity * size_of::<T>()` bytes), which is now the caller's.
    pub(crate) fn into_raw(self) -> (*mut T, usize, usize) {
        let b = std::mem::ManuallyDrop::new(self);
        (b.ptr.as_ptr(), b.len, b.cap)
    }
}

impl<T> Deref for Buf<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: len elements are initialized.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}
impl<T> DerefMut for Buf<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and we are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}
impl<T> Drop for Buf<T> {
    fn drop(&mut self) {
        self.clear();
        if self.cap != 0 {
            // SAFETY: the memory came from this runtime's malloc.
            unsafe { (*self.rt).free(self.ptr.as_ptr() as *mut u8, self.cap * std::mem::size_of::<T>()) }
        }
    }
}

/// See [`Buf::drain_from`].
pub struct DrainFrom<'a, T> {
    buf: &'a mut Buf<T>,
    at: usize,
    end: usize,
}
impl<T> Iterator for DrainFrom<'_, T> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.at == self.end {
            return None;
        }
        self.at += 1;
        // SAFETY: elements from `at` to `end` are initialized and no longer the buffer's.
        Some(unsafe { self.buf.ptr.as_ptr().add(self.at - 1).read() })
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }
}
impl<T> ExactSizeIterator for DrainFrom<'_, T> {}
impl<T> Drop for DrainFrom<'_, T> {
    fn drop(&mut self) {
        while self.next().is_some() {}
    }
}
