//! Memory that nobody may touch, under AddressSanitizer: the insides of free cells. It cannot know of these by itself,
//! for a block is one allocation. `--cfg qjs_asan` (which CMake sets for QJS_ENABLE_ASAN) asks for it.

#[cfg(qjs_asan)]
unsafe extern "C" {
    fn __asan_poison_memory_region(p: *const u8, size: usize);
    fn __asan_unpoison_memory_region(p: *const u8, size: usize);
}

/// From here to `size` bytes on nothing is read or written until [`allow`].
///
/// # Safety
/// The bytes are this runtime's.
#[inline(always)]
pub(super) unsafe fn forbid(p: *const u8, size: usize) {
    #[cfg(qjs_asan)]
    // SAFETY: per contract.
    unsafe {
        __asan_poison_memory_region(p, size)
    }
    #[cfg(not(qjs_asan))]
    let _ = (p, size);
}

/// Takes [`forbid`] back.
///
/// # Safety
/// The bytes are this runtime's.
#[inline(always)]
pub(super) unsafe fn allow(p: *const u8, size: usize) {
    #[cfg(qjs_asan)]
    // SAFETY: per contract.
    unsafe {
        __asan_unpoison_memory_region(p, size)
    }
    #[cfg(not(qjs_asan))]
    let _ = (p, size);
}
