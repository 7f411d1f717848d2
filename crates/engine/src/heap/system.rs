//! The C library's allocator, for runtimes whose embedder brings none.

use super::alloc::MallocFunctions;
use std::ffi::c_void;

/// calloc
///
/// # Safety
/// None: any sizes will do.
pub unsafe extern "C" fn calloc(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: calloc takes any sizes.
    unsafe { libc::calloc(count, size) }
}
/// malloc
///
/// # Safety
/// None: any size will do.
pub unsafe extern "C" fn malloc(_: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: malloc takes any size.
    unsafe { libc::malloc(size) }
}
/// free
///
/// # Safety
/// `ptr` came from here and is not used again, or is null.
pub unsafe extern "C" fn free(_: *mut c_void, ptr: *mut c_void) {
    // SAFETY: per contract.
    unsafe { libc::free(ptr) }
}
/// realloc
///
/// # Safety
/// `ptr` came from here, or is null; it is not used again unless the answer is null.
pub unsafe extern "C" fn realloc(_: *mut c_void, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: per contract.
    unsafe { libc::realloc(ptr, size) }
}
/// malloc_usable_size
///
/// # Safety
/// `ptr` came from here, or is null.
pub unsafe extern "C" fn usable_size(ptr: *const c_void) -> usize {
    // SAFETY: per contract.
    unsafe { libc::malloc_usable_size(ptr as *mut c_void) }
}

impl MallocFunctions {
    /// The C library's, which JS_NewRuntime takes.
    pub const SYSTEM: MallocFunctions =
        MallocFunctions { calloc, malloc, free, realloc, usable_size: Some(usable_size) };
}
