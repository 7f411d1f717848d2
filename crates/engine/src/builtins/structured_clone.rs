//! structuredClone (HTML 2.7.10): StructuredSerializeWithTransfer and its reverse in one walk.
//!
//! The standard serializes first and deserializes afterwards. Deserializing runs no script, so that nothing can tell
//! whether a clone is made at once; only what a transfer moves has to wait until all else has gone well.

use super::dom_exception::{self, DomExceptionData};
use super::hash_table::HashTable;
use super::map_set::{MapData, SetData};
use super::{array_buffer, date, regexp};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::object::buffer::{BlockError, BufferData, Element, ViewData};
use crate::object::class::id;
use crate::object::function::{BigIntPrimitive, Call, ErrorData, Primitive};
use crate::object::lazy::{Def, METHOD, method};
use crate::object::shape::prop;
use crate::object::{Object, Property};
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};

/// The global function, enumerable as HTML's are.
pub const GLOBAL: &[Def] = &[Def { flags: prop::ALL, ..method("structuredClone", structured_clone, 1) }];

/// structuredClone(value, { transfer })
fn structured_clone(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if c.args.is_empty() {
        return Err(cx.throw_type("1 argument required"));
    }
    let transfer = transfer_list(cx, c.arg(1))?;
    let mut cloner = Cloner { cx, memory: HashTable::new(cx.rt()) };
    let targets = cloner.reserve(&transfer)?;
    let v = cloner.clone(c.arg(0))?;
    for (from, to) in transfer.iter().zip(targets.iter()) {
        let (Some(from), Some(to)) = (from.data::<BufferData>(), to.data::<BufferData>()) else { continue };
        if from.is_detached() {
            return Err(cannot(cx, "An ArrayBuffer is detached and"));
        }
        to.take_over(from);
    }
    Ok(v)
}

/// The dictionary member `transfer`, a sequence of objects.
fn transfer_list(cx: &Context, options: &Value) -> Result<Buf<Gc<Object>>> {
    let mut list = Buf::new(cx.rt());
    if options.is_nullish() {
        return Ok(list);
    }
    let Some(o) = options.as_object() else {
        return Err(cx.throw_type("options is not an object"));
    };
    let transfer = o.get(cx, &cx.key("transfer")?)?;
    if transfer.is_undefined() {
        return Ok(list);
    }
    if !transfer.is_object() {
        return Err(cx.throw_type("transfer is not an object"));
    }
    cx.for_each(&transfer, |v| match v.into_gc::<Object>() {
        Ok(o) => list.push(o),
        Err(_) => Err(cx.throw_type("not an object in the transfer list")),
    })?;
    Ok(list)
}

/// Throws a DataCloneError.
#[cold]
fn cannot(cx: &Context, what: &str) -> Thrown {
    dom_exception::throw(cx, "DataCloneError", &format!("{what} could not be cloned"))
}
fn block_error(cx: &Context, e: BlockError) -> Thrown {
    match e {
        BlockError::OutOfMemory => cx.throw_oom(),
        _ => cannot(cx, "An ArrayBuffer"),
    }
}

/// One walk. `memory` has the clone of each object met so far.
struct Cloner<'a> {
    cx: &'a Context,
    memory: HashTable<Value>,
}

impl Cloner<'_> {
    /// The buffers that those of the transfer list will become, still empty.
    fn reserve(&mut self, transfer: &[Gc<Object>]) -> Result<Buf<Gc<Object>>> {
        let (cx, rt) = (self.cx, self.cx.rt());
        let mut targets = Buf::new(rt);
        for o in transfer {
            let Some(b) = o.data::<BufferData>().filter(|b| !b.is_shared() && !b.is_immutable()) else {
                return Err(dom_exception::throw(cx, "DataCloneError", "Value not transferable"));
            };
            if self.memory.contains(rt, o.as_value())? {
                let text = "Transfer list contains duplicate ArrayBuffer";
                return Err(dom_exception::throw(cx, "DataCloneError", text));
            }
            let max = b.is_resizable().then(|| b.max_byte_length() as u64);
            let data = BufferData::new(rt, 0, max).map_err(|e| block_error(cx, e))?;
            let to = array_buffer::from_data(cx, data)?;
            self.memory.set(rt, o.as_value(), to.to_value())?;
            targets.push(to)?;
        }
        Ok(targets)
    }

    /// StructuredSerializeInternal (HTML 2.7.3) and StructuredDeserialize (2.7.6)
    fn clone(&mut self, v: &Value) -> Result {
        let cx = self.cx;
        let Some(o) = v.as_object() else {
            return if v.is_symbol() { Err(cannot(cx, &cx.describe(v))) } else { Ok(v.clone()) };
        };
        if let Some(known) = self.memory.get(cx.rt(), v)? {
            return Ok(known);
        }
        cx.check_stack()?;
        cx.poll()?;
        match o.class() {
            id::OBJECT => {
                let to = self.note(o, cx.new_object()?)?;
                self.properties(o, &to)?;
                Ok(to.into())
            }
            id::ARRAY => self.array(o),
            id::BOOLEAN | id::NUMBER | id::STRING => {
                let primitive = o.data::<Primitive>().map_or(Value::UNDEFINED, |p| p.0.clone());
                let to = cx.to_object(&primitive)?;
                self.note(o, to).map(Value::from)
            }
            id::BIGINT => {
                let primitive = o.data::<BigIntPrimitive>().map_or(Value::UNDEFINED, |p| p.0.clone());
                let to = cx.to_object(&primitive)?;
                self.note(o, to).map(Value::from)
            }
            id::DATE => {
                let to = date::new_date(cx, date::time_value(v).unwrap_or(f64::NAN))?;
                self.note(o, to).map(Value::from)
            }
            id::REGEXP => {
                let (source, flags) = match regexp::source_and_flags(o) {
                    Some((s, f)) => (s.into(), f.into()),
                    None => (Value::UNDEFINED, Value::UNDEFINED),
                };
                let to = regexp::create(cx, &source, &flags)?;
                self.note(o, to).map(Value::from)
            }
            id::ERROR => self.error(o),
            id::DOM_EXCEPTION => self.dom_exception(o),
            id::MAP => self.map(o),
            id::SET => self.set(o),
            id::ARRAY_BUFFER | id::SHARED_ARRAY_BUFFER => self.buffer(o),
            id::UINT8C_ARRAY..=id::DATAVIEW => self.view(o),
            _ => Err(self.no_clone(v, o)),
        }
    }

    /// Remembers what an object's clone is.
    fn note(&mut self, from: &Object, to: Gc<Object>) -> Result<Gc<Object>> {
        self.memory.set(self.cx.rt(), &from.to_value(), to.to_value())?;
        Ok(to)
    }

    #[cold]
    fn no_clone(&self, v: &Value, o: &Object) -> Thrown {
        let cx = self.cx;
        if v.is_callable() && o.class() != id::PROXY {
            // As its text; Function.prototype.toString runs no script.
            let text = cx.intrinsic(Intrinsic::FunctionPrototype).and_then(|p| {
                let f = p.get(cx, cx.name(Name::toString))?;
                if super::function::is_to_string(&f) { cx.call(&f, v, &[]) } else { Ok(Value::UNDEFINED) }
            });
            return match text {
                Ok(s) if s.is_string() => cannot(cx, &cx.describe(&s)),
                Ok(_) => cannot(cx, "A function"),
                Err(t) => t,
            };
        }
        let name = match o.class() {
            id::PROXY => "Object".to_owned(),
            c => cx.rt().class(c).map_or_else(|| "Object".to_owned(), |c| c.name.to_lossy()),
        };
        cannot(cx, &format!("#<{name}>"))
    }

    /// The enumerable own properties with string keys.
    fn properties(&mut self, from: &Object, to: &Object) -> Result<()> {
        let cx = self.cx;
        let keys = from.own_keys(cx)?;
        // EnumerableOwnProperties(…, key) comes first and whole, then the values.
        let mut listed: Buf<PropertyKey> = Buf::with_capacity(cx.rt(), keys.len())?;
        for key in keys.iter().filter(|k| k.is_string()) {
            if from.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable()) {
                listed.push(key.clone())?;
            }
        }
        drop(keys);
        for key in listed.iter() {
            cx.poll()?;
            if from.has_own_property(cx, key)? {
                let v = from.get(cx, key)?;
                let v = self.clone(&v)?;
                to.create_data_property(cx, key, v)?;
            }
        }
        Ok(())
    }

    fn array(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let length = o.array_length();
        let to = self.note(o, cx.new_array(0)?)?;
        if o.is_packed_array() && o.dense_elements().iter().all(|v| !v.is_cell() || v.is_string()) {
            // Nothing in it can run a script, or be met again.
            to.append_elements(o.dense_elements())?;
            if std::ptr::eq(o.shape(), &*cx.array_shape()) {
                return Ok(to.into());
            }
        }
        to.array_set_length(cx, length)?;
        self.properties(o, &to)?;
        Ok(to.into())
    }

    fn map(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let proto = cx.intrinsic(Intrinsic::MapPrototype)?.clone();
        let to = cx.new_with_data(Some(&proto), id::MAP, MapData(HashTable::new(cx.rt())))?;
        let to = self.note(o, to)?;
        let (Some(from), Some(target)) = (o.data::<MapData>(), to.data::<MapData>()) else {
            return Ok(to.into());
        };
        let copy = from.0.copy(cx.rt())?;
        let cursor = copy.cursor();
        while let Some((k, v)) = copy.next(&cursor) {
            let k = self.clone(&k)?;
            let v = self.clone(&v)?;
            target.0.set(cx.rt(), &k, v)?;
        }
        Ok(to.into())
    }

    fn set(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let proto = cx.intrinsic(Intrinsic::SetPrototype)?.clone();
        let to = cx.new_with_data(Some(&proto), id::SET, SetData(HashTable::new(cx.rt())))?;
        let to = self.note(o, to)?;
        let (Some(from), Some(target)) = (o.data::<SetData>(), to.data::<SetData>()) else {
            return Ok(to.into());
        };
        let copy = from.0.copy(cx.rt())?;
        let cursor = copy.cursor();
        while let Some((k, ())) = copy.next(&cursor) {
            let k = self.clone(&k)?;
            target.0.set(cx.rt(), &k, ())?;
        }
        Ok(to.into())
    }

    /// Name, message and, as engines have it, cause and backtrace.
    fn error(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let name = o.get(cx, cx.name(Name::name))?;
        let name = if name.is_undefined() { String::new() } else { cx.to_string(&name)?.to_lossy() };
        let prototype = match &*name {
            "EvalError" => Intrinsic::EvalErrorPrototype,
            "RangeError" => Intrinsic::RangeErrorPrototype,
            "ReferenceError" => Intrinsic::ReferenceErrorPrototype,
            "SyntaxError" => Intrinsic::SyntaxErrorPrototype,
            "TypeError" => Intrinsic::TypeErrorPrototype,
            "URIError" => Intrinsic::URIErrorPrototype,
            _ => Intrinsic::ErrorPrototype,
        };
        let message = match o.get_own_property(cx, cx.name(Name::message))? {
            Some(Property::Data { value, .. }) => Some(cx.to_string(&value)?),
            _ => None,
        };
        let stack = o.data::<ErrorData>().and_then(|d| d.stack.borrow().clone()).filter(|v| v.is_string());
        let proto = cx.intrinsic(prototype)?.clone();
        let data = ErrorData { stack: stack.into(), ..ErrorData::default() };
        let to = cx.new_with_data(Some(&proto), id::ERROR, data)?;
        let to = self.note(o, to)?;
        if let Some(m) = message {
            to.add_property(cx.name(Name::message), m.into(), METHOD)?;
        }
        if let Some(Property::Data { value, .. }) = o.get_own_property(cx, cx.name(Name::cause))? {
            let cause = self.clone(&value)?;
            to.add_property(cx.name(Name::cause), cause, METHOD)?;
        }
        Ok(to.into())
    }

    fn dom_exception(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let Some(d) = o.data::<DomExceptionData>() else {
            return Err(cannot(cx, "#<DOMException>"));
        };
        let to = dom_exception::copy(cx, d)?;
        if let Some(Property::Data { value, .. }) = o.get_own_property(cx, cx.name(Name::stack))?
            && value.is_string()
        {
            to.define(cx, cx.name(Name::stack), value, METHOD)?;
        }
        self.note(o, to).map(Value::from)
    }

    fn buffer(&mut self, o: &Object) -> Result {
        let (cx, rt) = (self.cx, self.cx.rt());
        let Some(b) = o.data::<BufferData>() else {
            return Err(cannot(cx, "An ArrayBuffer"));
        };
        if b.is_shared() {
            // The clone has the same memory.
            let Some(data) = b.share().and_then(|s| BufferData::from_shared(rt, &s)) else {
                return Err(cannot(cx, "#<SharedArrayBuffer>"));
            };
            let to = array_buffer::from_data(cx, data)?;
            return self.note(o, to).map(Value::from);
        }
        if b.is_detached() {
            return Err(cannot(cx, "An ArrayBuffer is detached and"));
        }
        let n = b.byte_length();
        let max = b.is_resizable().then(|| b.max_byte_length() as u64);
        let data = BufferData::new(rt, n as u64, max).map_err(|e| block_error(cx, e))?;
        data.copy_from(0, b, 0, n);
        data.set_immutable(b.is_immutable());
        let to = array_buffer::from_data(cx, data)?;
        self.note(o, to).map(Value::from)
    }

    /// A typed array or DataView, over its buffer's clone.
    fn view(&mut self, o: &Object) -> Result {
        let cx = self.cx;
        let Some(view) = o.data::<ViewData>() else {
            return Err(cannot(cx, "A view"));
        };
        let element = Element::of_class(o.class());
        let shift = element.map_or(0, |e| e.shift());
        let Some(length) = view.current_length(shift) else {
            return Err(cannot(cx, "A view out of its ArrayBuffer's bounds"));
        };
        let buffer = self.clone(view.buffer().as_value())?;
        let Ok(buffer) = buffer.into_gc::<Object>() else {
            return Err(cannot(cx, "A view"));
        };
        let length = if view.is_tracking() { None } else { Some(length) };
        let proto = match element {
            Some(e) => super::typed_array::prototype(e),
            None => Intrinsic::DataViewPrototype,
        };
        let proto = cx.intrinsic(proto)?.clone();
        let size = element.map_or(1, |e| e.size());
        let Some(data) = ViewData::new(buffer, view.offset(), length, size) else {
            return Err(cannot(cx, "A view"));
        };
        let to = cx.new_with_data(Some(&proto), o.class(), data)?;
        self.note(o, to).map(Value::from)
    }
}
