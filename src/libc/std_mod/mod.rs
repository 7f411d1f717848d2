//! The module `std`: streams, environment, evaluation, errno.

pub mod file;
mod printf;
mod url;

use super::args::{flag, new_uint8_array};
use super::sys::{self, File, Standard};
use super::text::{self, from_os, os_string, os_string_or_throw};
use super::{load, loader};
use qjs_engine::object::function::Call;
use qjs_engine::object::lazy::{Def, int, lazy_value, method};
use qjs_engine::object::shape::prop;
use qjs_engine::vm::script;
use qjs_engine::{Context, Intrinsic, Result, Value, embed};

/// What the module exports.
pub const TABLE: &[Def] = &[
    method("exit", exit, 1),
    method("gc", gc, 0),
    method("evalScript", eval_script, 1),
    method("loadScript", load_script, 1),
    method("loadFile", load_file, 1),
    method("writeFile", write_file, 2),
    method("getenv", getenv, 1),
    method("setenv", setenv, 2),
    method("unsetenv", unsetenv, 1),
    method("getenviron", getenviron, 0),
    method("urlGet", url::url_get, 1),
    method("strerror", strerror, 1),
    method("open", file::open, 2),
    method("popen", file::popen, 2),
    method("fdopen", file::fdopen, 2),
    method("tmpfile", file::tmpfile, 0),
    method("puts", file::std_puts, 1),
    method("printf", file::std_printf, 1),
    method("sprintf", sprintf, 1),
    int("SEEK_SET", libc::SEEK_SET),
    int("SEEK_CUR", libc::SEEK_CUR),
    int("SEEK_END", libc::SEEK_END),
    int("_IOFBF", libc::_IOFBF),
    int("_IOLBF", libc::_IOLBF),
    int("_IONBF", libc::_IONBF),
    lazy_value("in", |cx| stream(cx, Standard::In), 0),
    lazy_value("out", |cx| stream(cx, Standard::Out), 0),
    lazy_value("err", |cx| stream(cx, Standard::Err), 0),
    lazy_value("Error", errors, 0),
];

/// std.Error: names of errors. QuickJS has the first eleven.
const ERRORS: &[(&str, i32)] = &[
    ("EINVAL", libc::EINVAL),
    ("EIO", libc::EIO),
    ("EACCES", libc::EACCES),
    ("EEXIST", libc::EEXIST),
    ("ENOSPC", libc::ENOSPC),
    ("ENOSYS", libc::ENOSYS),
    ("EBUSY", libc::EBUSY),
    ("ENOENT", libc::ENOENT),
    ("EPERM", libc::EPERM),
    ("EPIPE", libc::EPIPE),
    ("EBADF", libc::EBADF),
    ("EAGAIN", libc::EAGAIN),
    ("ECHILD", libc::ECHILD),
    ("EINTR", libc::EINTR),
    ("EISDIR", libc::EISDIR),
    ("ELOOP", libc::ELOOP),
    ("EMFILE", libc::EMFILE),
    ("ENAMETOOLONG", libc::ENAMETOOLONG),
    ("ENOEXEC", libc::ENOEXEC),
    ("ENOMEM", libc::ENOMEM),
    ("ENOTDIR", libc::ENOTDIR),
    ("ENOTEMPTY", libc::ENOTEMPTY),
    ("ENOTTY", libc::ENOTTY),
    ("EROFS", libc::EROFS),
    ("ESPIPE", libc::ESPIPE),
    ("ESRCH", libc::ESRCH),
    ("EXDEV", libc::EXDEV),
];

/// std.in, std.out, std.err
fn stream(cx: &Context, s: Standard) -> Result {
    file::new_file(cx, File::standard(s)).map(Value::from)
}
/// std.Error: the numbers of errors.
fn errors(cx: &Context) -> Result {
    let errors = cx.new_object()?;
    for (name, n) in ERRORS {
        cx.define_str(&errors, name, Value::int(*n), prop::CONFIGURABLE)?;
    }
    Ok(errors.into())
}

/// exit(n): ends the process; streams are flushed.
fn exit(c: &Call<'_>) -> Result {
    let status = if c.arg(0).is_undefined() { 0 } else { c.cx.to_int32(c.arg(0))? };
    sys::exit(status)
}
/// gc(): frees what only cycles hold.
pub fn gc(c: &Call<'_>) -> Result {
    c.cx.rt().run_gc();
    Ok(Value::UNDEFINED)
}
/// evalScript(str, options): what the script may not catch, such as an interrupt, its caller may.
fn eval_script(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let source = text::to_bytes(cx, &cx.to_string(c.arg(0))?.into())?;
    let options = c.arg(1);
    let barrier = flag(cx, options, "backtrace_barrier", false)?;
    let is_async = flag(cx, options, "async", false)?;
    let run = || loader::eval_global(cx, &source, "<evalScript>", is_async);
    let r = if barrier { embed::with_backtrace_barrier(cx.rt(), run) } else { run() };
    r.inspect_err(|_| script::reset_uncatchable(cx.rt()))
}
/// loadScript(filename)
fn load_script(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let path = os_string_or_throw(cx, c.arg(0))?;
    let name = String::from_utf8_lossy(path.to_bytes()).into_owned();
    match load::file(cx, &path)? {
        Ok(source) => loader::eval_global(cx, &source, &name, false),
        Err(_) => Err(cx.throw_reference(&format!("could not load '{name}'"))),
    }
}
/// loadFile(filename, { binary }): null if it cannot be read.
fn load_file(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let path = os_string(cx, c.arg(0))?;
    let binary = flag(cx, c.arg(1), "binary", false)?;
    let Ok(path) = path else {
        return Ok(Value::NULL);
    };
    match load::file(cx, &path)? {
        Ok(bytes) if binary => new_uint8_array(cx, &bytes).map(Value::from),
        Ok(bytes) => embed::decode_utf8(cx.rt(), &bytes).map(Value::from),
        Err(_) => Ok(Value::NULL),
    }
}
/// writeFile(filename, data)
fn write_file(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let path = os_string_or_throw(cx, c.arg(0))?;
    let data = c.arg(1);
    // Text is converted before the file is touched, for that may throw.
    let text = match super::args::bytes_of(cx, data)? {
        Some(_) => None,
        None if data.is_undefined() => Some(Vec::new()),
        None => Some(text::to_bytes(cx, &cx.to_string(data)?.into())?),
    };
    let name = || String::from_utf8_lossy(path.to_bytes()).into_owned();
    let file = File::open(&path, c"wbe").map_err(|_| {
        cx.throw_error(Intrinsic::ErrorPrototype, &format!("error opening {} for writing", name()))
    })?;
    let written = match (&text, super::args::bytes_of(cx, data)?) {
        (Some(t), _) => file.write(t) == t.len(),
        (None, Some(b)) => file.write_block(b.block, b.start, b.len) == Ok(b.len),
        (None, None) => false,
    };
    // A full disk may show only when the buffer is written.
    if file.close().is_err() || !written {
        return Err(cx.throw_error(Intrinsic::ErrorPrototype, &format!("error writing to {}", name())));
    }
    Ok(Value::UNDEFINED)
}

/// getenv(name): undefined if there is no such variable.
fn getenv(c: &Call<'_>) -> Result {
    match os_string(c.cx, c.arg(0))?.ok().and_then(|n| sys::getenv(&n)) {
        Some(v) => from_os(c.cx, &v).map(Value::from),
        None => Ok(Value::UNDEFINED),
    }
}
/// setenv(name, value): nothing for names that cannot be (empty, or with `=`).
fn setenv(c: &Call<'_>) -> Result {
    let name = os_string_or_throw(c.cx, c.arg(0))?;
    let value = os_string_or_throw(c.cx, c.arg(1))?;
    let _ = sys::setenv(&name, &value);
    Ok(Value::UNDEFINED)
}
/// unsetenv(name)
fn unsetenv(c: &Call<'_>) -> Result {
    let _ = sys::unsetenv(&os_string_or_throw(c.cx, c.arg(0))?);
    Ok(Value::UNDEFINED)
}
/// getenviron(): all variables as an object.
fn getenviron(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.new_object()?;
    for v in sys::environment() {
        let Some(at) = v.iter().position(|b| *b == b'=') else {
            continue;
        };
        let key = cx.rt().key_from_str(&*from_os(cx, &v[..at])?)?;
        o.create_data_property(cx, &key, from_os(cx, &v[at + 1..])?.into())?;
    }
    Ok(o.into())
}
/// strerror(errno)
fn strerror(c: &Call<'_>) -> Result {
    let n = c.cx.to_int32(c.arg(0))?;
    embed::decode_utf8(c.cx.rt(), &sys::strerror(n)).map(Value::from)
}
/// sprintf(fmt, ...args)
fn sprintf(c: &Call<'_>) -> Result {
    if c.args.is_empty() {
        return c.cx.string("");
    }
    let out = printf::format(c.cx, c.args)?;
    embed::decode_utf8(c.cx.rt(), &out).map(Value::from)
}
