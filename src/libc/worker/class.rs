//! The class Worker: its constructor, its members, and Worker.parent.

use super::endpoint::{Endpoint, Kind, Link, Port};
use super::message;
use super::queue::DEFAULT_LIMIT;
use super::thread::{self, Start};
use crate::capi::ffi::JS_ABORT_ON_LEAKS;
use crate::libc::args::{option, to_int64};
use crate::libc::state::state;
use crate::libc::text::os_string_or_throw;
use qjs_engine::object::class::id;
use qjs_engine::object::function::{Call, FunctionSpec};
use qjs_engine::object::lazy::{Def, METHOD, accessor, getter, make_constructor, method, tag};
use qjs_engine::ops::to_boolean;
use qjs_engine::text::names::Name;
use qjs_engine::{Context, Gc, Object, Result, Value, embed};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

const MEMBERS: &[Def] = &[
    method("postMessage", post_message, 1),
    accessor("onmessage", get_message, set_message),
    accessor("onerror", get_error, set_error),
    accessor("onmessageerror", get_message_error, set_message_error),
    method("addEventListener", add_event_listener, 2),
    method("removeEventListener", remove_event_listener, 2),
    method("terminate", terminate, 0),
    method("ref", ref_worker, 0),
    method("unref", unref_worker, 0),
    getter("name", name),
    tag("Worker"),
];

/// What Worker.parent has.
const PARENT_MEMBERS: &[Def] = &[
    method("postMessage", post_message, 1),
    accessor("onmessage", get_message, set_message),
    accessor("onmessageerror", get_message_error, set_message_error),
    method("addEventListener", add_event_listener, 2),
    method("removeEventListener", remove_event_listener, 2),
    getter("name", name),
    tag("WorkerParent"),
];

/// The constructor os.Worker of this realm.
pub fn constructor(cx: &Context) -> Result<Value> {
    let proto = cx.new_object()?;
    let spec = FunctionSpec { f: construct, name: "Worker", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], MEMBERS)?;
    cx.set_class_proto(id::HOST_WORKER, proto.to_value());
    if let Some(p) = parent_port(cx)? {
        cx.define_str(&f, "parent", p.into(), METHOD)?;
    }
    Ok(f.into())
}

/// Worker.parent, if this runtime is a worker's: one for all its realms.
fn parent_port(cx: &Context) -> Result<Option<Gc<Object>>> {
    let s = state(cx.rt());
    let Some(link) = s.workers.own_link() else { return Ok(None) };
    if let Some((_, o)) = &*s.workers.parent.borrow() {
        return Ok(Some(o.clone()));
    }
    let proto = cx.new_object()?;
    qjs_engine::object::lazy::define_all(cx, &proto, PARENT_MEMBERS)?;
    let e = Endpoint::new(link.clone(), true, cx);
    let o = cx.new_host(Some(&proto), id::HOST_WORKER, Box::new(Port(e.clone())))?;
    *s.workers.parent.borrow_mut() = Some((e, o.clone()));
    Ok(Some(o))
}

/// A size given as an option: bytes; None if it is not given.
fn size_option(cx: &Context, options: &Value, name: &str) -> Result<Option<usize>> {
    let v = option(cx, options, name)?;
    if v.is_undefined() {
        return Ok(None);
    }
    match usize::try_from(to_int64(cx, &v)?) {
        Ok(n) if n > 0 => Ok(Some(n)),
        _ => Err(cx.throw_range(&format!("invalid {name}"))),
    }
}

/// new Worker(file, { name, memoryLimit, stackSize, queueLimit })
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return Err(cx.throw_type("Worker must be called with new"));
    }
    let file = cx.to_string(c.arg(0))?;
    let options = c.arg(1);
    if !options.is_undefined() && !options.is_object() {
        return Err(cx.throw_type("options is not an object"));
    }
    let name = option(cx, options, "name")?;
    let name = if name.is_undefined() { String::new() } else { cx.to_string(&name)?.to_lossy() };
    let memory_limit = size_option(cx, options, "memoryLimit")?;
    let stack_size = size_option(cx, options, "stackSize")?;
    if stack_size.is_some_and(|n| !(thread::MIN_STACK..=thread::MAX_STACK).contains(&n)) {
        return Err(cx.throw_range("invalid stackSize"));
    }
    let limit = size_option(cx, options, "queueLimit")?.unwrap_or(DEFAULT_LIMIT);

    let base = embed::frame_file(cx, 1).map_or_else(String::new, |f| f.to_lossy());
    let file = os_string_or_throw(cx, file.as_value())?;
    let file = beside_caller(&base, &file.to_string_lossy());

    // As subclasses want it.
    let proto = match c.new_target.as_object() {
        Some(t) => t.get(cx, cx.name(Name::prototype))?,
        None => Value::UNDEFINED,
    };
    let proto = if proto.is_object() { proto } else { cx.class_proto(id::HOST_WORKER) };

    let s = state(cx.rt());
    s.workers.sweep();
    let Some((token, bell)) = s.workers.next_child() else { return Err(cx.throw_oom()) };
    let link = Link::new(name, token, &bell, limit);
    let endpoint = Endpoint::new(link.clone(), false, cx);
    // From here on the family counts the worker: whatever fails must take it back.
    let made =
        cx.new_host(proto.as_object(), id::HOST_WORKER, Box::new(Port(endpoint.clone()))).and_then(|o| {
            let start = Start {
                link: link.clone(),
                base,
                file,
                memory_limit,
                stack_size,
                shared_functions: cx.rt().shared_functions.get(),
                leak_flags: cx.rt().dump_flags() & JS_ABORT_ON_LEAKS as u64,
            };
            let thread = thread::spawn(cx, &s.workers.pool, start)?;
            Ok((o, thread))
        });
    match made {
        Ok((o, thread)) => {
            s.workers.add(token, endpoint, thread);
            Ok(o.into())
        }
        Err(t) => {
            link.bell.end();
            Err(t)
        }
    }
}

/// A bare name is a file of the current directory, as in imports; if there is none, one beside the caller's file.
fn beside_caller(base: &str, file: &str) -> String {
    let exists = |p: &Path| p.exists();
    let is_bare = !file.starts_with(['.', '/']) && !file.contains(':');
    if is_bare
        && let Some(dir) = Path::new(OsStr::from_bytes(base.as_bytes())).parent()
        && !dir.as_os_str().is_empty()
        && !exists(Path::new(file))
        && exists(&dir.join(file))
    {
        return format!("./{file}");
    }
    file.to_owned()
}

/// The end that `this` is over.
fn endpoint(c: &Call<'_>) -> Result<Rc<Endpoint>> {
    match c.this.as_object().and_then(|o| o.host::<Port>()) {
        Some(p) => Ok(p.0.clone()),
        None => Err(c.cx.throw_type("Worker object expected")),
    }
}
/// The same for a worker as its parent sees it.
fn worker(c: &Call<'_>) -> Result<Rc<Endpoint>> {
    let e = endpoint(c)?;
    if e.is_parent_port { Err(c.cx.throw_type("Worker object expected")) } else { Ok(e) }
}

/// postMessage(message, transfer)
fn post_message(c: &Call<'_>) -> Result {
    let e = endpoint(c)?;
    message::post(c.cx, &e, c.arg(0), c.arg(1))?;
    Ok(Value::UNDEFINED)
}

fn set_handler(c: &Call<'_>, kind: Kind) -> Result {
    let e = endpoint(c)?;
    let f = c.arg(0);
    if !f.is_callable() && !f.is_nullish() {
        return Err(c.cx.throw_type("function or null expected"));
    }
    e.set_handler(kind, f.clone());
    state(c.cx.rt()).workers.handlers_changed(&e, c.this);
    Ok(Value::UNDEFINED)
}
fn get_message(c: &Call<'_>) -> Result {
    Ok(endpoint(c)?.handler(Kind::Message))
}
fn set_message(c: &Call<'_>) -> Result {
    set_handler(c, Kind::Message)
}
fn get_error(c: &Call<'_>) -> Result {
    Ok(endpoint(c)?.handler(Kind::Error))
}
fn set_error(c: &Call<'_>) -> Result {
    set_handler(c, Kind::Error)
}
fn get_message_error(c: &Call<'_>) -> Result {
    Ok(endpoint(c)?.handler(Kind::MessageError))
}
fn set_message_error(c: &Call<'_>) -> Result {
    set_handler(c, Kind::MessageError)
}

fn kind(c: &Call<'_>) -> Result<Option<Kind>> {
    let name = c.cx.to_string(c.arg(0))?.to_lossy();
    Ok(Kind::ALL.into_iter().find(|k| k.name() == name))
}
/// addEventListener(type, listener, { once }): types that never happen are ignored.
fn add_event_listener(c: &Call<'_>) -> Result {
    let e = endpoint(c)?;
    let kind = kind(c)?;
    let f = c.arg(1);
    if f.is_nullish() {
        return Ok(Value::UNDEFINED);
    }
    if !f.is_object() {
        return Err(c.cx.throw_type("function or object expected"));
    }
    let once = c.arg(2).is_object() && to_boolean(&c.cx.get_str(c.arg(2), "once")?);
    if let Some(k) = kind {
        e.add_listener(c.cx, k, f.clone(), once)?;
        state(c.cx.rt()).workers.handlers_changed(&e, c.this);
    }
    Ok(Value::UNDEFINED)
}
/// removeEventListener(type, listener)
fn remove_event_listener(c: &Call<'_>) -> Result {
    let e = endpoint(c)?;
    if let Some(k) = kind(c)? {
        e.remove_listener(c.cx, k, c.arg(1));
        state(c.cx.rt()).workers.handlers_changed(&e, c.this);
    }
    Ok(Value::UNDEFINED)
}
/// terminate(): ends the worker, whatever it does. Nothing more comes from it.
fn terminate(c: &Call<'_>) -> Result {
    let e = worker(c)?;
    e.link.stop();
    e.link.up.close();
    e.link.down.close();
    e.clear();
    state(c.cx.rt()).workers.handlers_changed(&e, c.this);
    Ok(Value::UNDEFINED)
}
/// ref(): this loop goes on as long as the worker is active. So it is at first.
fn ref_worker(c: &Call<'_>) -> Result {
    worker(c)?.link.bell.set_counted(true);
    Ok(c.this.clone())
}
/// unref(): this loop does not go on for the worker's sake.
fn unref_worker(c: &Call<'_>) -> Result {
    worker(c)?.link.bell.set_counted(false);
    Ok(c.this.clone())
}
/// get name: as the options said.
fn name(c: &Call<'_>) -> Result {
    c.cx.string(&endpoint(c)?.link.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(beside_caller("/nowhere/a.js", "./w.js"), "./w.js");
        assert_eq!(beside_caller("/nowhere/a.js", "w.js"), "w.js");
        // (cargo runs tests in the package's folder.)
        assert_eq!(beside_caller("src/lib.rs", "lib.rs"), "./lib.rs");
        assert_eq!(beside_caller("src/lib.rs", "Cargo.toml"), "Cargo.toml");
        assert_eq!(beside_caller("lib.rs", "nothing"), "nothing");
    }
}
