//! Files by descriptor, and what is done to paths.

use super::{Errno, Sys, again, check};
use qjs_engine::object::buffer::BufferData;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;

pub use libc::{O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY};

/// Descriptors that scripts open are not given to programs that they start unasked.
pub fn open(path: &CStr, flags: i32, mode: u32) -> Sys<i32> {
    // SAFETY: a C string and numbers.
    again(|| unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode) })
}
/// EINTR is success: the descriptor is gone then.
pub fn close(fd: i32) -> Sys {
    // SAFETY: a script may close any descriptor, as a C program may.
    match check(unsafe { libc::close(fd) }) {
        Err(Errno(libc::EINTR)) | Ok(_) => Ok(()),
        Err(e) => Err(e),
    }
}
pub fn seek(fd: i32, offset: i64, whence: i32) -> Sys<i64> {
    // SAFETY: numbers.
    let r = unsafe { libc::lseek(fd, offset, whence) };
    if r == -1 { Err(Errno::last()) } else { Ok(r) }
}
/// Where `len` bytes from `at` are in a buffer; None if they are not all there.
fn span(b: &BufferData, at: usize, len: usize) -> Option<*mut u8> {
    (at.checked_add(len)? <= b.byte_length()).then(|| b.as_ptr().wrapping_add(at))
}
fn transfer(mut f: impl FnMut() -> isize) -> Sys<usize> {
    loop {
        match usize::try_from(f()) {
            Ok(n) => return Ok(n),
            Err(_) => match Errno::last() {
                Errno(libc::EINTR) => {}
                e => return Err(e),
            },
        }
    }
}
/// read(2) into a buffer.
pub fn read(fd: i32, b: &BufferData, at: usize, len: usize) -> Sys<usize> {
    let p = span(b, at, len).ok_or(Errno(libc::EINVAL))?;
    // SAFETY: the span is within the block, which nothing changes during the call.
    transfer(|| unsafe { libc::read(fd, p.cast(), len) })
}
/// write(2) from a buffer.
pub fn write(fd: i32, b: &BufferData, at: usize, len: usize) -> Sys<usize> {
    let p = span(b, at, len).ok_or(Errno(libc::EINVAL))?;
    // SAFETY: as above.
    transfer(|| unsafe { libc::write(fd, p.cast(), len) })
}
/// fread and fwrite of a buffer are here too: [`super::File`] has no business with blocks.
pub(super) fn block_bytes(b: &BufferData, at: usize, len: usize) -> Sys<*mut u8> {
    span(b, at, len).ok_or(Errno(libc::EINVAL))
}

pub fn dup(fd: i32) -> Sys<i32> {
    // SAFETY: numbers.
    again(|| unsafe { libc::dup(fd) })
}
pub fn dup2(old: i32, new: i32) -> Sys<i32> {
    // SAFETY: numbers.
    again(|| unsafe { libc::dup2(old, new) })
}
/// The two ends of a pipe: for reading, for writing.
pub fn pipe() -> Sys<(i32, i32)> {
    let mut fds = [0; 2];
    // SAFETY: room for two numbers.
    check(unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok((fds[0], fds[1]))
}

/// A call on one path.
fn on_path(path: &CStr, f: unsafe extern "C" fn(*const libc::c_char) -> libc::c_int) -> Sys {
    // SAFETY: the function takes a C string.
    again(|| unsafe { f(path.as_ptr()) }).map(|_| ())
}
/// Removes a file or an empty directory.
pub fn remove(path: &CStr) -> Sys {
    on_path(path, libc::remove)
}
pub fn chdir(path: &CStr) -> Sys {
    on_path(path, libc::chdir)
}
pub fn mkdir(path: &CStr, mode: u32) -> Sys {
    // SAFETY: a C string and a number.
    check(unsafe { libc::mkdir(path.as_ptr(), mode as libc::mode_t) }).map(|_| ())
}
pub fn rename(from: &CStr, to: &CStr) -> Sys {
    // SAFETY: C strings.
    check(unsafe { libc::rename(from.as_ptr(), to.as_ptr()) }).map(|_| ())
}
pub fn symlink(target: &CStr, link: &CStr) -> Sys {
    // SAFETY: C strings.
    check(unsafe { libc::symlink(target.as_ptr(), link.as_ptr()) }).map(|_| ())
}

fn os(path: &CStr) -> &std::ffi::OsStr {
    std::ffi::OsStr::from_bytes(path.to_bytes())
}
fn bytes(p: std::path::PathBuf) -> Vec<u8> {
    p.into_os_string().into_encoded_bytes()
}
pub fn readlink(path: &CStr) -> Sys<Vec<u8>> {
    Ok(bytes(std::fs::read_link(os(path))?))
}
pub fn realpath(path: &CStr) -> Sys<Vec<u8>> {
    Ok(bytes(std::fs::canonicalize(os(path))?))
}
pub fn getcwd() -> Sys<Vec<u8>> {
    Ok(bytes(std::env::current_dir()?))
}
/// The running program's file.
pub fn exe_path() -> Option<Vec<u8>> {
    std::env::current_exe().ok().map(bytes)
}

/// Calls `f` with every name in a directory, `.` and `..` included, until it answers false.
pub fn readdir(path: &CStr, f: &mut dyn FnMut(&[u8]) -> bool) -> Sys {
    // Rust's own reading of directories leaves out the first two names, which are always there.
    let entries = std::fs::read_dir(os(path))?;
    if !f(b".") || !f(b"..") {
        return Ok(());
    }
    for e in entries {
        if !f(e?.file_name().as_bytes()) {
            break;
        }
    }
    Ok(())
}

/// Makes a directory whose name ends in six letters of its own; `template` ends in XXXXXX and becomes the name.
pub fn mkdtemp(template: CString) -> (CString, Sys) {
    let p = template.into_raw();
    // SAFETY: a writable C string, which keeps its length.
    unsafe {
        let r = if libc::mkdtemp(p).is_null() { Err(Errno::last()) } else { Ok(()) };
        (CString::from_raw(p), r)
    }
}
/// The same for a file, which is open.
pub fn mkstemp(template: CString) -> (CString, Sys<i32>) {
    let p = template.into_raw();
    // SAFETY: as above.
    unsafe {
        let r = check(libc::mkostemp(p, libc::O_CLOEXEC));
        (CString::from_raw(p), r)
    }
}

/// What stat says; times in milliseconds since 1970.
pub struct Stat {
    pub dev: f64,
    pub ino: f64,
    pub mode: f64,
    pub nlink: f64,
    pub uid: f64,
    pub gid: f64,
    pub rdev: f64,
    pub size: f64,
    pub blocks: f64,
    pub atime: f64,
    pub mtime: f64,
    pub ctime: f64,
}

pub fn stat(path: &CStr, follow: bool) -> Sys<Stat> {
    use std::os::unix::fs::MetadataExt;
    let m = if follow { std::fs::metadata(os(path))? } else { std::fs::symlink_metadata(os(path))? };
    let ms = |s: i64, ns: i64| s as f64 * 1000.0 + (ns / 1_000_000) as f64;
    Ok(Stat {
        dev: m.dev() as f64,
        ino: m.ino() as f64,
        mode: m.mode() as f64,
        nlink: m.nlink() as f64,
        uid: m.uid() as f64,
        gid: m.gid() as f64,
        rdev: m.rdev() as f64,
        size: m.size() as f64,
        blocks: m.blocks() as f64,
        atime: ms(m.atime(), m.atime_nsec()),
        mtime: ms(m.mtime(), m.mtime_nsec()),
        ctime: ms(m.ctime(), m.ctime_nsec()),
    })
}

/// Sets access and modification time, in milliseconds since 1970.
pub fn utimes(path: &CStr, atime: f64, mtime: f64) -> Sys {
    let of = |ms: f64| {
        let s = (ms / 1000.0).floor();
        let us = ((ms - s * 1000.0) * 1000.0).floor();
        libc::timeval { tv_sec: s as libc::time_t, tv_usec: us as libc::suseconds_t }
    };
    let t = [of(atime), of(mtime)];
    // SAFETY: a C string and two times.
    check(unsafe { libc::utimes(path.as_ptr(), t.as_ptr()) }).map(|_| ())
}
