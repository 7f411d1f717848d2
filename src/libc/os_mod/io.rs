//! Descriptors: reading, writing, watching.

use crate::libc::args::{Beyond, chosen_bytes, number, status, to_fd, to_offset};
use crate::libc::state::state;
use crate::libc::sys::{self, Errno};
use crate::libc::text::os_string;
use crate::libc::watches::{Handler, Side};
use qjs_engine::object::function::Call;
use qjs_engine::{Result, Value};

/// open(filename, flags, mode = 0o666): a descriptor or -errno.
pub fn open(c: &Call<'_>) -> Result {
    let path = os_string(c.cx, c.arg(0))?;
    let flags = c.cx.to_int32(c.arg(1))?;
    let mode = if c.arg(2).is_undefined() { 0o666 } else { c.cx.to_uint32(c.arg(2))? };
    Ok(number(path.and_then(|p| sys::open(&p, flags, mode))))
}
/// close(fd)
pub fn close(c: &Call<'_>) -> Result {
    let fd = to_fd(c.cx, c.arg(0))?;
    // A closed descriptor's number is soon another file's: handlers do not outlive it.
    let dead = state(c.cx.rt()).watches.borrow_mut().forget(fd);
    drop(dead);
    Ok(status(sys::close(fd)))
}
/// seek(fd, offset, whence): the new position (a BigInt if `offset` is one) or -errno.
pub fn seek(c: &Call<'_>) -> Result {
    let fd = to_fd(c.cx, c.arg(0))?;
    let offset = to_offset(c.cx, c.arg(1))?;
    let whence = c.cx.to_int32(c.arg(2))?;
    let n = sys::seek(fd, offset, whence).unwrap_or_else(|e| e.negative() as i64);
    if c.arg(1).is_bigint() { c.cx.rt().new_bigint(n.into()) } else { Ok(Value::from_i64(n)) }
}
fn transferred(r: sys::Sys<usize>) -> Value {
    r.map_or_else(|e| Value::int(e.negative()), Value::from_usize)
}
/// read(fd, buffer, offset, length): how many bytes, or -errno.
pub fn read(c: &Call<'_>) -> Result {
    let fd = to_fd(c.cx, c.arg(0))?;
    let b = chosen_bytes(c.cx, c.arg(1), c.arg(2), c.arg(3), true, Beyond::Throws)?;
    Ok(transferred(sys::read(fd, b.block, b.start, b.len)))
}
/// write(fd, buffer, offset, length): how many bytes, or -errno.
pub fn write(c: &Call<'_>) -> Result {
    let fd = to_fd(c.cx, c.arg(0))?;
    let b = chosen_bytes(c.cx, c.arg(1), c.arg(2), c.arg(3), false, Beyond::Throws)?;
    Ok(transferred(sys::write(fd, b.block, b.start, b.len)))
}
/// isatty(fd)
pub fn isatty(c: &Call<'_>) -> Result {
    Ok(Value::bool(sys::isatty(to_fd(c.cx, c.arg(0))?)))
}
/// ttyGetWinSize(fd): [columns, rows], or null.
pub fn tty_get_win_size(c: &Call<'_>) -> Result {
    match sys::window_size(to_fd(c.cx, c.arg(0))?) {
        Some((w, h)) => c.cx.new_array_from([w, h].map(|n| Value::int(n as i32))).map(Value::from),
        None => Ok(Value::NULL),
    }
}
/// ttySetRaw(fd): until the process ends.
pub fn tty_set_raw(c: &Call<'_>) -> Result {
    let _ = sys::set_raw(to_fd(c.cx, c.arg(0))?);
    Ok(Value::UNDEFINED)
}
/// dup(fd)
pub fn dup(c: &Call<'_>) -> Result {
    Ok(number(sys::dup(to_fd(c.cx, c.arg(0))?)))
}
/// dup2(oldfd, newfd)
pub fn dup2(c: &Call<'_>) -> Result {
    let (old, new) = (to_fd(c.cx, c.arg(0))?, to_fd(c.cx, c.arg(1))?);
    if old != new {
        let dead = state(c.cx.rt()).watches.borrow_mut().forget(new);
        drop(dead);
    }
    Ok(number(sys::dup2(old, new)))
}
/// pipe(): [read_fd, write_fd], or null.
pub fn pipe(c: &Call<'_>) -> Result {
    match sys::pipe() {
        Ok((r, w)) => c.cx.new_array_from([Value::int(r), Value::int(w)]).map(Value::from),
        Err(_) => Ok(Value::NULL),
    }
}

fn set_handler(c: &Call<'_>, side: Side) -> Result {
    let cx = c.cx;
    let fd = to_fd(cx, c.arg(0))?;
    let f = c.arg(1);
    let handler = if f.is_null() {
        None
    } else if f.is_callable() {
        Some(Handler { realm: cx.to_gc(), f: f.clone() })
    } else {
        return Err(cx.throw_not_a_function());
    };
    let (old, r) = state(cx.rt()).watches.borrow_mut().set(fd, side, handler);
    drop(old);
    // A descriptor that is not open has nothing to say: as QuickJS, no error. Others are told.
    match r {
        Ok(()) | Err(Errno(libc::EBADF)) => Ok(Value::UNDEFINED),
        Err(e) => Err(crate::libc::dump::throw_errno(cx, "cannot watch the descriptor", e)),
    }
}
/// setReadHandler(fd, func)
pub fn set_read_handler(c: &Call<'_>) -> Result {
    set_handler(c, Side::Read)
}
/// setWriteHandler(fd, func)
pub fn set_write_handler(c: &Call<'_>) -> Result {
    set_handler(c, Side::Write)
}
