//! Messages: values to bytes and back, and the events that handlers get.

use super::endpoint::Endpoint;
use super::queue::{Luggage, Plain, Refused};
use qjs_engine::builtins::array_buffer::{from_data, throw_block};
use qjs_engine::builtins::dom_exception;
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::buffer::{BufferData, MovedBuffer};
use qjs_engine::object::shape::prop;
use qjs_engine::serialize::{self, ReadOptions, SharedBlock};
use qjs_engine::text::names::Name;
use qjs_engine::{Context, Gc, Object, Result, Thrown, Value};
use std::cell::RefCell;

/// A value that has no luggage, as bytes; none if it cannot be.
pub fn write_alone(cx: &Context, v: &Value) -> Option<Vec<u8>> {
    serialize::write_message(cx, v, &[]).ok().filter(|w| w.held.is_empty()).map(|w| w.bytes)
}

/// The second argument of postMessage: an array of what is to be transferred, or an object with one as `transfer`.
pub fn transfer_list(cx: &Context, v: &Value) -> Result<Vec<Gc<Object>>> {
    let Some(o) = v.as_object() else {
        return if v.is_nullish() { Ok(Vec::new()) } else { Err(cx.throw_type("transfer list expected")) };
    };
    let iterator = cx.get_method(v, cx.symbol(qjs_engine::text::names::Sym::iterator))?;
    let list = if iterator.is_some() { v.clone() } else { o.get(cx, &cx.key("transfer")?)? };
    let mut found: Vec<Gc<Object>> = Vec::new();
    if list.is_nullish() {
        return Ok(found);
    }
    cx.for_each(&list, |v| {
        let buffer = v.into_gc::<Object>().ok().filter(|o| {
            o.data::<BufferData>().is_some_and(|b| !b.is_shared() && !b.is_immutable() && !b.is_detached())
        });
        let Some(o) = buffer else {
            return Err(dom_exception::throw(cx, "DataCloneError", "Value not transferable"));
        };
        if found.iter().any(|f| std::ptr::eq(&**f, &*o)) {
            return Err(dom_exception::throw(
                cx,
                "DataCloneError",
                "Transfer list contains duplicate ArrayBuffer",
            ));
        }
        if found.try_reserve(1).is_err() || found.len() >= MAX_TRANSFERS {
            return Err(cx.throw_oom());
        }
        found.push(o);
        Ok(())
    })?;
    Ok(found)
}
/// (Each is looked for among the others.)
const MAX_TRANSFERS: usize = 4096;

fn refused(cx: &Context, r: Refused) -> Thrown {
    match r {
        Refused::Full => dom_exception::throw(cx, "QuotaExceededError", "The message queue is full"),
        Refused::OutOfMemory => cx.throw_oom(),
    }
}

/// The message that a value is, if it needs no bytes.
fn plain(v: &Value) -> Option<Plain> {
    Some(if let Some(i) = v.as_int() {
        Plain::Int(i)
    } else if v.is_number() {
        Plain::Double(v.as_number()?)
    } else if let Some(b) = v.as_bool() {
        Plain::Bool(b)
    } else if v.is_undefined() {
        Plain::Undefined
    } else if v.is_null() {
        Plain::Null
    } else {
        return None;
    })
}
/// And back.
pub fn plain_value(p: Plain) -> Value {
    match p {
        Plain::Undefined => Value::UNDEFINED,
        Plain::Null => Value::NULL,
        Plain::Bool(b) => Value::bool(b),
        Plain::Int(i) => Value::int(i),
        Plain::Double(d) => Value::number(d),
    }
}

/// postMessage(message, transfer): all or nothing.
pub fn post(cx: &Context, e: &Endpoint, v: &Value, transfer: &Value) -> Result<()> {
    let queue = e.outgoing();
    if transfer.is_undefined() {
        let posted = match plain(v) {
            Some(p) => Some(queue.post_plain(p)),
            None => e.with_quick(|q| {
                q.bytes.clear();
                q.shapes.write(v, &mut q.bytes).then(|| queue.post_quick(&q.bytes))
            }),
        };
        if let Some(r) = posted {
            return r.map_err(|r| refused(cx, r));
        }
    }
    let transfer = transfer_list(cx, transfer)?;
    let w = serialize::write_message(cx, v, &transfer)?;
    let mut luggage = Luggage { shared: w.held, moved: Vec::new() };
    if !transfer.is_empty() {
        // (Getters have run since the list was made.)
        let blocks: Vec<&BufferData> =
            transfer.iter().filter_map(|o| o.data::<BufferData>()).filter(|b| !b.is_detached()).collect();
        if blocks.len() != transfer.len() {
            return Err(dom_exception::throw(cx, "DataCloneError", "An ArrayBuffer is detached"));
        }
        let size: usize = blocks.iter().map(|b| b.byte_length() + 64).sum();
        if queue.is_full(w.bytes.len() + size) {
            return Err(refused(cx, Refused::Full));
        }
        for b in blocks {
            luggage.moved.push(b.move_out(&MallocFunctions::SYSTEM).map_err(|e| throw_block(cx, e))?);
        }
    }
    queue.post_message(w.bytes, luggage).map_err(|r| refused(cx, r))
}

/// The value that a message is.
pub fn read(cx: &Context, bytes: &[u8], luggage: &RefCell<Luggage>) -> Result {
    let luggage = luggage.take();
    if luggage.is_empty() {
        return serialize::read(cx, bytes, &ReadOptions::message(&[]));
    }
    if luggage.shared.iter().any(|b| !b.suits(cx.rt())) {
        return Err(dom_exception::throw(
            cx,
            "DataCloneError",
            "The runtimes have different SharedArrayBuffer functions",
        ));
    }
    let blocks: Vec<SharedBlock> = luggage.shared.iter().map(|b| SharedBlock(b.address())).collect();
    let moved = |m: MovedBuffer| {
        let data = BufferData::from_moved(cx.rt(), m).map_err(|e| throw_block(cx, e))?;
        from_data(cx, data)
    };
    let transferred = luggage.moved.into_iter().map(moved).collect::<Result<Vec<_>>>()?;
    serialize::read(cx, bytes, &ReadOptions { transferred: &transferred, ..ReadOptions::message(&blocks) })
}

/// The event that a `message` handler gets: the message is its own property `data`, and, if it is an object, its
/// prototype.
pub fn event(cx: &Context, data: Value) -> Result<Value> {
    let message = data.clone();
    cx.new_object_over(message.as_object(), Name::data, data).map(Value::from)
}

/// The event that a `messageerror` handler gets.
pub fn error_event(cx: &Context, error: Value) -> Result<Value> {
    let o = cx.new_object()?;
    cx.define_str(&o, "type", cx.string("messageerror")?, prop::ALL)?;
    cx.define_str(&o, "data", Value::NULL, prop::ALL)?;
    cx.define_str(&o, "error", error, prop::ALL)?;
    Ok(o.into())
}
