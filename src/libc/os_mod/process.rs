//! Processes and signals.

use crate::libc::args::{flag, option, pair, status};
use crate::libc::state::state;
use crate::libc::sys::{self, Disposition, Errno, File, Standard};
use crate::libc::text::os_string_or_throw;
use qjs_engine::object::function::Call;
use qjs_engine::{Context, Result, Value};
use std::ffi::CString;

/// An optional string of the options.
fn string_option(cx: &Context, options: &Value, name: &str) -> Result<Option<CString>> {
    let v = option(cx, options, name)?;
    if v.is_undefined() { Ok(None) } else { os_string_or_throw(cx, &v).map(Some) }
}
/// An optional number of the options.
fn number_option(cx: &Context, options: &Value, name: &str) -> Result<Option<u32>> {
    let v = option(cx, options, name)?;
    if v.is_undefined() { Ok(None) } else { cx.to_uint32(&v).map(Some) }
}
/// `NAME=value` of every own enumerable property.
fn environment(cx: &Context, v: &Value) -> Result<Vec<CString>> {
    let o = cx.expect_object(v)?;
    let mut list = Vec::new();
    for key in o.own_keys(cx)?.iter() {
        if key.is_symbol() || !o.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable()) {
            continue;
        }
        let name = os_string_or_throw(cx, &key.to_value(cx.rt())?)?;
        let value = os_string_or_throw(cx, &o.get(cx, key)?)?;
        let mut entry = name.into_bytes();
        entry.push(b'=');
        entry.extend_from_slice(value.to_bytes());
        list.push(CString::new(entry).map_err(|_| cx.throw_type("string contains a null character"))?);
    }
    Ok(list)
}

/// The most arguments that a program is given.
const MAX_ARGS: usize = 65_535;
/// The most groups that a process may be in (Linux's NGROUPS_MAX).
const MAX_GROUPS: usize = 65_536;

/// exec(args, options): the exit code (or the negated signal); with `block: false` the pid, or -errno.
pub fn exec(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let list = cx.expect_object(c.arg(0)).and_then(|_| cx.list_from_array_like(c.arg(0)))?;
    if list.is_empty() || list.len() > MAX_ARGS {
        return Err(cx.throw_type("invalid number of arguments"));
    }
    let args = list.iter().map(|v| os_string_or_throw(cx, v)).collect::<Result<Vec<_>>>()?;
    let options = c.arg(1);
    let block = flag(cx, options, "block", true)?;
    let use_path = flag(cx, options, "usePath", true)?;
    let file = string_option(cx, options, "file")?;
    let cwd = string_option(cx, options, "cwd")?;
    let mut stdio = [0, 1, 2];
    for (fd, name) in stdio.iter_mut().zip(["stdin", "stdout", "stderr"]) {
        let v = option(cx, options, name)?;
        if !v.is_undefined() {
            *fd = cx.to_int32(&v)?;
        }
    }
    let env = option(cx, options, "env")?;
    let env = if env.is_undefined() { None } else { Some(environment(cx, &env)?) };
    let uid = number_option(cx, options, "uid")?;
    let gid = number_option(cx, options, "gid")?;
    let groups = option(cx, options, "groups")?;
    let groups = if groups.is_undefined() {
        None
    } else {
        let list = cx.list_from_array_like(&groups)?;
        if list.len() > MAX_GROUPS {
            return Err(cx.throw_range("too many groups"));
        }
        Some(list.iter().map(|g| cx.to_uint32(g)).collect::<Result<Vec<_>>>()?)
    };
    // The child writes to the same places: what this process has written comes first.
    let _ = File::standard(Standard::Out).flush();
    let started = sys::spawn(&sys::Exec {
        file: file.as_deref().unwrap_or(&args[0]),
        args: &args,
        use_path,
        cwd: cwd.as_deref(),
        env: env.as_deref(),
        stdio,
        uid,
        gid,
        groups: groups.as_deref(),
    });
    let pid = match started {
        Ok(pid) => pid,
        Err(e) if block => return Err(crate::libc::dump::throw_errno(cx, "cannot start a process", e)),
        Err(e) => return Ok(Value::int(e.negative())),
    };
    if !block {
        return Ok(Value::int(pid));
    }
    Ok(Value::int(match sys::waitpid(pid, 0) {
        Ok((_, status)) => sys::exit_code(status),
        Err(e) => e.negative(),
    }))
}
/// waitpid(pid, options): [pid or -errno, status].
pub fn waitpid(c: &Call<'_>) -> Result {
    let (pid, options) = (c.cx.to_int32(c.arg(0))?, c.cx.to_int32(c.arg(1))?);
    let (r, status) = sys::waitpid(pid, options).unwrap_or_else(|e| (e.negative(), 0));
    pair(c.cx, Value::int(r), status)
}
/// kill(pid, sig)
pub fn kill(c: &Call<'_>) -> Result {
    let (pid, signal) = (c.cx.to_int32(c.arg(0))?, c.cx.to_int32(c.arg(1))?);
    Ok(status(sys::kill(pid, signal)))
}
/// getpid()
pub fn getpid(_: &Call<'_>) -> Result {
    Ok(Value::int(sys::getpid()))
}
/// signal(signal, func): null is the default, undefined ignores.
pub fn signal(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = state(cx.rt());
    if s.is_worker.get() {
        return Err(cx.throw_type("signal handler can only be set in the main thread"));
    }
    let signal = cx.to_int32(c.arg(0))?;
    if !(0..=sys::MAX_SIGNAL).contains(&signal) {
        return Err(cx.throw_range("invalid signal number"));
    }
    let f = c.arg(1);
    let r = if f.is_callable() {
        s.signal_pipe().and_then(|p| sys::set_signal(signal, &Disposition::Announce(p)))
    } else if f.is_null() {
        sys::set_signal(signal, &Disposition::Default)
    } else if f.is_undefined() {
        sys::set_signal(signal, &Disposition::Ignore)
    } else {
        return Err(cx.throw_not_a_function());
    };
    let mut handlers = s.signal_handlers.borrow_mut();
    let old = handlers.iter().position(|(n, _)| *n == signal).map(|i| handlers.swap_remove(i));
    if f.is_callable() && r.is_ok() {
        handlers.push((signal, f.clone()));
    }
    drop(handlers);
    drop(old);
    // What cannot be caught (SIGKILL) is not: as QuickJS, no error.
    match r {
        Ok(()) | Err(Errno(libc::EINVAL)) => Ok(Value::UNDEFINED),
        Err(e) => Err(crate::libc::dump::throw_errno(cx, "cannot handle the signal", e)),
    }
}
