//! Paths.

use crate::libc::args::{pair, status};
use crate::libc::sys::{self, Errno, Sys};
use crate::libc::text::{from_os, os_string};
use qjs_engine::object::function::Call;
use qjs_engine::{Result, Value};
use std::ffi::{CStr, CString};

/// A call on the path that is argument `i`.
fn on_path(c: &Call<'_>, f: impl FnOnce(&CStr) -> Sys) -> Result {
    Ok(status(os_string(c.cx, c.arg(0))?.and_then(|p| f(&p))))
}
/// The same with two paths.
fn on_paths(c: &Call<'_>, f: impl FnOnce(&CStr, &CStr) -> Sys) -> Result {
    let (a, b) = (os_string(c.cx, c.arg(0))?, os_string(c.cx, c.arg(1))?);
    Ok(status(a.and_then(|a| f(&a, &b?))))
}
/// `[str, errno]`
fn text_pair(c: &Call<'_>, r: Sys<Vec<u8>>) -> Result {
    match r {
        Ok(s) => pair(c.cx, from_os(c.cx, &s)?.into(), 0),
        Err(e) => pair(c.cx, c.cx.string("")?, e.0),
    }
}

/// remove(filename)
pub fn remove(c: &Call<'_>) -> Result {
    on_path(c, sys::remove)
}
/// rename(oldname, newname)
pub fn rename(c: &Call<'_>) -> Result {
    on_paths(c, sys::rename)
}
/// realpath(path)
pub fn realpath(c: &Call<'_>) -> Result {
    let p = os_string(c.cx, c.arg(0))?;
    text_pair(c, p.and_then(|p| sys::realpath(&p)))
}
/// getcwd()
pub fn getcwd(c: &Call<'_>) -> Result {
    text_pair(c, sys::getcwd())
}
/// chdir(path)
pub fn chdir(c: &Call<'_>) -> Result {
    on_path(c, sys::chdir)
}
/// mkdir(path, mode = 0o777)
pub fn mkdir(c: &Call<'_>) -> Result {
    let path = os_string(c.cx, c.arg(0))?;
    let mode = if c.arg(1).is_undefined() { 0o777 } else { c.cx.to_uint32(c.arg(1))? };
    Ok(status(path.and_then(|p| sys::mkdir(&p, mode))))
}
fn stat_with(c: &Call<'_>, follow: bool) -> Result {
    let cx = c.cx;
    let s = match os_string(cx, c.arg(0))?.and_then(|p| sys::stat(&p, follow)) {
        Ok(s) => s,
        Err(e) => return pair(cx, Value::NULL, e.0),
    };
    let o = cx.new_object_with_room(12)?;
    for (name, n) in [
        ("dev", s.dev),
        ("ino", s.ino),
        ("mode", s.mode),
        ("nlink", s.nlink),
        ("uid", s.uid),
        ("gid", s.gid),
        ("rdev", s.rdev),
        ("size", s.size),
        ("blocks", s.blocks),
        ("atime", s.atime),
        ("mtime", s.mtime),
        ("ctime", s.ctime),
    ] {
        o.create_data_property(cx, &cx.key(name)?, Value::number(n))?;
    }
    pair(cx, o.into(), 0)
}
/// stat(path)
pub fn stat(c: &Call<'_>) -> Result {
    stat_with(c, true)
}
/// lstat(path)
pub fn lstat(c: &Call<'_>) -> Result {
    stat_with(c, false)
}
/// utimes(path, atime, mtime)
pub fn utimes(c: &Call<'_>) -> Result {
    let path = os_string(c.cx, c.arg(0))?;
    let (a, m) = (c.cx.to_number(c.arg(1))?, c.cx.to_number(c.arg(2))?);
    if !a.is_finite() || !m.is_finite() {
        return Ok(status(Err(Errno(libc::EINVAL))));
    }
    Ok(status(path.and_then(|p| sys::utimes(&p, a, m))))
}
/// symlink(target, linkpath)
pub fn symlink(c: &Call<'_>) -> Result {
    on_paths(c, sys::symlink)
}
/// readlink(path)
pub fn readlink(c: &Call<'_>) -> Result {
    let p = os_string(c.cx, c.arg(0))?;
    text_pair(c, p.and_then(|p| sys::readlink(&p)))
}
/// readdir(path): [names, errno]; what was read before an error stays.
pub fn readdir(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let list = cx.new_array(0)?;
    let mut thrown = None;
    let r = os_string(cx, c.arg(0))?.and_then(|p| {
        sys::readdir(&p, &mut |name| {
            thrown = from_os(cx, name).and_then(|s| list.push_element(s.into())).err();
            thrown.is_none()
        })
    });
    match thrown {
        Some(t) => Err(t),
        None => pair(cx, list.into(), r.err().map_or(0, |e| e.0)),
    }
}

/// A template for mkdtemp and mkstemp: XXXXXX is added where it is missing.
fn template(c: &Call<'_>) -> Result<Sys<CString>> {
    if c.arg(0).is_undefined() {
        return Ok(Ok(c"tmpXXXXXX".to_owned()));
    }
    Ok(os_string(c.cx, c.arg(0))?.and_then(|t| {
        if t.to_bytes().ends_with(b"XXXXXX") {
            return Ok(t);
        }
        let mut t = t.into_bytes();
        t.extend_from_slice(b"XXXXXX");
        CString::new(t).map_err(|_| Errno(libc::EINVAL))
    }))
}
/// mkdtemp(template): [name, 0 or -errno].
pub fn mkdtemp(c: &Call<'_>) -> Result {
    match template(c)? {
        Ok(t) => {
            let (name, r) = sys::mkdtemp(t);
            pair(c.cx, from_os(c.cx, name.to_bytes())?.into(), r.err().map_or(0, Errno::negative))
        }
        Err(e) => pair(c.cx, c.cx.string("")?, e.negative()),
    }
}
/// mkstemp(template): [name, descriptor or -errno].
pub fn mkstemp(c: &Call<'_>) -> Result {
    match template(c)? {
        Ok(t) => {
            let (name, r) = sys::mkstemp(t);
            pair(c.cx, from_os(c.cx, name.to_bytes())?.into(), r.unwrap_or_else(Errno::negative))
        }
        Err(e) => pair(c.cx, c.cx.string("")?, e.negative()),
    }
}
/// exePath()
pub fn exe_path(c: &Call<'_>) -> Result {
    match sys::exe_path() {
        Some(p) => from_os(c.cx, &p).map(Value::from),
        None => Ok(Value::UNDEFINED),
    }
}
