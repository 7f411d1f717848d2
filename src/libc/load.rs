//! Reading whole files.

use super::sys::Errno;
use qjs_engine::object::buffer::MAX_BYTES;
use qjs_engine::{Context, Result};
use std::ffi::{CStr, OsStr};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

/// A file's bytes; thrown is only that memory is out.
pub fn file(cx: &Context, path: &CStr) -> Result<std::result::Result<Vec<u8>, Errno>> {
    // (No string or buffer is longer; some devices have no end.)
    let limit = cx.rt().memory_left().min(MAX_BYTES as usize);
    match read(path, limit) {
        Err(Errno(libc::ENOMEM)) => Err(cx.throw_oom()),
        r => Ok(r),
    }
}

/// All bytes of the standard input; thrown is only that memory is out.
pub fn standard_input(cx: &Context) -> Result<std::result::Result<Vec<u8>, Errno>> {
    let limit = cx.rt().memory_left().min(isize::MAX as usize / 2);
    match all(&mut std::io::stdin().lock(), 0, limit) {
        Err(Errno(libc::ENOMEM)) => Err(cx.throw_oom()),
        r => Ok(r),
    }
}

/// A file's bytes, at most `limit` of them: ENOMEM beyond.
pub fn read(path: &CStr, limit: usize) -> std::result::Result<Vec<u8>, Errno> {
    let mut f = std::fs::File::open(OsStr::from_bytes(path.to_bytes()))?;
    let size = f.metadata().map_or(0, |m| m.len());
    all(&mut f, size, limit)
}
fn all(f: &mut dyn Read, size: u64, limit: usize) -> std::result::Result<Vec<u8>, Errno> {
    let mut out = Vec::new();
    if size > limit as u64 || out.try_reserve_exact(size as usize + 1).is_err() {
        return Err(Errno(libc::ENOMEM));
    }
    // (Files of /proc, pipes and devices do not say how long they are.)
    (&mut *f).take(limit as u64).read_to_end(&mut out)?;
    if out.len() == limit && f.read(&mut [0u8])? > 0 {
        return Err(Errno(libc::ENOMEM));
    }
    Ok(out)
}
