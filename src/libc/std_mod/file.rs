//! FILE: a stream of the C library as an object.

use super::printf;
use crate::libc::args::{Beyond, chosen_bytes, new_buffer, room, status, to_offset};
use crate::libc::sys::{Errno, File, Standard, Sys};
use crate::libc::text::{self, os_string_or_throw};
use qjs_engine::object::class::id;
use qjs_engine::object::function::Call;
use qjs_engine::object::host::HostObject;
use qjs_engine::object::lazy::{Def, define_all, method};
use qjs_engine::{Context, Gc, Object, Result, Value, embed};
use std::cell::RefCell;
use std::ffi::CString;

/// The Rust side of a FILE; empty once it is closed.
struct Stream(RefCell<Option<File>>);
impl HostObject for Stream {}

const MEMBERS: &[Def] = &[
    method("close", close, 0),
    method("puts", puts, 1),
    method("printf", file_printf, 1),
    method("flush", flush, 0),
    method("tell", tell, 0),
    method("tello", tello, 0),
    method("seek", seek, 2),
    method("eof", eof, 0),
    method("fileno", fileno, 0),
    method("error", error, 0),
    method("clearerr", clearerr, 0),
    method("read", read, 3),
    method("write", write, 3),
    method("getline", getline, 0),
    method("readAsArrayBuffer", read_as_array_buffer, 0),
    method("readAsString", read_as_string, 0),
    method("getByte", get_byte, 0),
    method("putByte", put_byte, 1),
    method("setvbuf", setvbuf, 2),
];

/// The prototype of FILE objects in this realm.
fn prototype(cx: &Context) -> Result<Gc<Object>> {
    if let Ok(p) = cx.class_proto(id::HOST_FILE).into_gc::<Object>() {
        return Ok(p);
    }
    let p = cx.new_object()?;
    define_all(cx, &p, MEMBERS)?;
    cx.set_class_proto(id::HOST_FILE, p.to_value());
    Ok(p)
}
/// A FILE object over a stream.
pub fn new_file(cx: &Context, f: File) -> Result<Gc<Object>> {
    let p = prototype(cx)?;
    cx.new_host(Some(&p), id::HOST_FILE, Box::new(Stream(RefCell::new(Some(f)))))
}

/// Calls `f` with the stream of `this`. `f` runs no script.
fn with<R>(c: &Call<'_>, f: impl FnOnce(&File) -> R) -> Result<R> {
    let Some(s) = c.this.as_object().and_then(|o| o.host::<Stream>()) else {
        return Err(c.cx.throw_type("FILE object expected"));
    };
    match &*s.0.borrow() {
        Some(file) => Ok(f(file)),
        None => Err(c.cx.throw_type("invalid file handle")),
    }
}

// ---- opening

/// A mode of fopen; the standard library adds close-on-exec.
fn mode(cx: &Context, v: &Value, allowed: &str) -> Result<CString> {
    let m = cx.to_string(v)?.to_lossy();
    let known = !v.is_undefined()
        && m.chars().all(|c| allowed.contains(c))
        && m.starts_with(['r', 'w', 'a'])
        && (m.len() == 1 || !m[1..].contains(['r', 'w', 'a']));
    match CString::new(m + "e") {
        Ok(m) if known => Ok(m),
        _ => Err(cx.throw_type("invalid file mode")),
    }
}
/// The FILE, or null; the error's number goes to `error_object.errno`.
fn opened(cx: &Context, f: Sys<File>, error_object: &Value) -> Result {
    if let Some(o) = error_object.as_object() {
        let errno = f.as_ref().err().map_or(0, |e| e.0);
        o.set(cx, &cx.key("errno")?, Value::int(errno))?;
    }
    match f {
        Ok(f) => new_file(cx, f).map(Value::from),
        Err(_) => Ok(Value::NULL),
    }
}
/// open(filename, flags, errorObj)
pub fn open(c: &Call<'_>) -> Result {
    let path = text::os_string(c.cx, c.arg(0))?;
    let mode = mode(c.cx, c.arg(1), "rwa+bx")?;
    opened(c.cx, path.and_then(|p| File::open(&p, &mode)), c.arg(2))
}
/// popen(command, flags, errorObj)
pub fn popen(c: &Call<'_>) -> Result {
    let command = os_string_or_throw(c.cx, c.arg(0))?;
    let m = mode(c.cx, c.arg(1), "rw")?;
    if m.to_bytes().len() != 2 {
        return Err(c.cx.throw_type("invalid file mode"));
    }
    // The child shares the standard streams: what is in their buffers comes first.
    let _ = File::standard(Standard::Out).flush();
    opened(c.cx, File::popen(&command, &m), c.arg(2))
}
/// fdopen(fd, flags, errorObj)
pub fn fdopen(c: &Call<'_>) -> Result {
    let fd = c.cx.to_int32(c.arg(0))?;
    let mode = mode(c.cx, c.arg(1), "rwa+bx")?;
    opened(c.cx, File::fdopen(fd, &mode), c.arg(2))
}
/// tmpfile(errorObj)
pub fn tmpfile(c: &Call<'_>) -> Result {
    opened(c.cx, File::tmpfile(), c.arg(0))
}

// ---- members

/// close(): 0, -errno, or a process's wait status.
fn close(c: &Call<'_>) -> Result {
    if with(c, File::is_standard)? {
        return Err(c.cx.throw_type("cannot close stdio"));
    }
    // What watches the descriptor lets go of it first.
    let fd = with(c, File::fileno)?;
    let dead = crate::libc::state::state(c.cx.rt()).watches.borrow_mut().forget(fd);
    drop(dead);
    let file = c.this.as_object().and_then(|o| o.host::<Stream>()).and_then(|s| s.0.take());
    Ok(Value::int(file.map_or(0, |f| f.close().unwrap_or_else(Errno::negative))))
}
/// The text of all arguments, one after the other.
fn all_text(c: &Call<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for v in c.args {
        let t = text::to_bytes(c.cx, &c.cx.to_string(v)?.into())?;
        room(c.cx, &mut out, t.len())?;
        out.extend_from_slice(&t);
    }
    Ok(out)
}
/// puts(...strings)
fn puts(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let t = all_text(c)?;
    with(c, |f| f.write(&t))?;
    Ok(Value::UNDEFINED)
}
/// printf(fmt, ...args): how many bytes were written.
fn file_printf(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let t = printf::format(c.cx, c.args)?;
    with(c, |f| f.write(&t)).map(Value::from_usize)
}
/// std.puts and std.printf: the same to stdout.
pub fn std_puts(c: &Call<'_>) -> Result {
    let t = all_text(c)?;
    File::standard(Standard::Out).write(&t);
    Ok(Value::UNDEFINED)
}
pub fn std_printf(c: &Call<'_>) -> Result {
    let t = printf::format(c.cx, c.args)?;
    Ok(Value::from_usize(File::standard(Standard::Out).write(&t)))
}
/// flush(): 0 or -errno.
fn flush(c: &Call<'_>) -> Result {
    with(c, File::flush).map(status)
}
/// tell(): the position as a number, or -errno.
fn tell(c: &Call<'_>) -> Result {
    Ok(Value::from_i64(with(c, File::tell)?.unwrap_or_else(|e| e.negative() as i64)))
}
/// tello(): the same as a BigInt.
fn tello(c: &Call<'_>) -> Result {
    let n = with(c, File::tell)?.unwrap_or_else(|e| e.negative() as i64);
    c.cx.rt().new_bigint(n.into())
}
/// seek(offset, whence): 0 or -errno.
fn seek(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let offset = to_offset(c.cx, c.arg(0))?;
    let whence = c.cx.to_int32(c.arg(1))?;
    with(c, |f| f.seek(offset, whence)).map(status)
}
fn eof(c: &Call<'_>) -> Result {
    with(c, File::eof).map(Value::bool)
}
fn error(c: &Call<'_>) -> Result {
    with(c, File::error).map(Value::bool)
}
fn clearerr(c: &Call<'_>) -> Result {
    with(c, File::clear_error)?;
    Ok(Value::UNDEFINED)
}
fn fileno(c: &Call<'_>) -> Result {
    with(c, File::fileno).map(Value::int)
}
/// read(buffer, position, length): how many bytes were read.
fn read(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let b = chosen_bytes(c.cx, c.arg(0), c.arg(1), c.arg(2), true, Beyond::IsCutOff)?;
    let n = with(c, |f| f.read_block(b.block, b.start, b.len))?;
    Ok(Value::from_usize(n.unwrap_or(0)))
}
/// write(buffer, position, length): how many bytes were written. A string is its UTF-8.
fn write(c: &Call<'_>) -> Result {
    let cx = c.cx;
    with(c, |_| ())?;
    if c.arg(0).is_string() {
        let t = text::to_bytes(cx, c.arg(0))?;
        let at = cx.to_index(c.arg(1))?.min(t.len() as u64);
        let left = t.len() as u64 - at;
        let n = if c.arg(2).is_undefined() { left } else { cx.to_index(c.arg(2))?.min(left) };
        return with(c, |f| f.write(&t[at as usize..(at + n) as usize])).map(Value::from_usize);
    }
    let b = chosen_bytes(cx, c.arg(0), c.arg(1), c.arg(2), false, Beyond::IsCutOff)?;
    let n = with(c, |f| f.write_block(b.block, b.start, b.len))?;
    Ok(Value::from_usize(n.unwrap_or(0)))
}
/// getline(): the next line without its line feed, null at the end.
fn getline(c: &Call<'_>) -> Result {
    let mut line = Vec::new();
    match with(c, |f| f.read_line(&mut line))? {
        Ok(true) => {}
        Ok(false) => return Ok(Value::NULL),
        Err(_) => return Err(c.cx.throw_oom()),
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    embed::decode_utf8(c.cx.rt(), &line).map(Value::from)
}
/// At most `max` bytes (undefined: all) until the end.
fn read_all(c: &Call<'_>, max: &Value) -> Result<Vec<u8>> {
    let cx = c.cx;
    let max = if max.is_undefined() { u64::MAX } else { cx.to_index(max)? };
    let mut out = Vec::new();
    let mut chunk = [0u8; 8192];
    while (out.len() as u64) < max {
        let want = (max - out.len() as u64).min(chunk.len() as u64) as usize;
        let n = with(c, |f| f.read(&mut chunk[..want]))?;
        room(cx, &mut out, n)?;
        out.extend_from_slice(&chunk[..n]);
        if n < want {
            break;
        }
        cx.poll()?;
    }
    Ok(out)
}
/// readAsArrayBuffer(max_size)
fn read_as_array_buffer(c: &Call<'_>) -> Result {
    let b = read_all(c, c.arg(0))?;
    new_buffer(c.cx, &b).map(Value::from)
}
/// readAsString(max_size)
fn read_as_string(c: &Call<'_>) -> Result {
    let b = read_all(c, c.arg(0))?;
    embed::decode_utf8(c.cx.rt(), &b).map(Value::from)
}
/// getByte(): -1 at the end.
fn get_byte(c: &Call<'_>) -> Result {
    with(c, File::get_byte).map(Value::int)
}
/// putByte(c): the byte, or -1.
fn put_byte(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let b = c.cx.to_int32(c.arg(0))?;
    with(c, |f| f.put_byte(b)).map(Value::int)
}
/// setvbuf(mode, size): 0 or -errno.
fn setvbuf(c: &Call<'_>) -> Result {
    with(c, |_| ())?;
    let mode = c.cx.to_int32(c.arg(0))?;
    let size = c.cx.to_index(c.arg(1))?;
    with(c, |f| f.set_buffer(mode, size as usize)).map(status)
}
