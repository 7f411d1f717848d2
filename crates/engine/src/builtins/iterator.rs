//! Iterator (27.1): the constructor, the prototype's methods, `from` and the wrapper it makes. The objects that
//! lazy methods answer are in `iterator_helper`.

use super::iterator_helper::{self as helper, HELPER, Helper, Step};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::iteration::{IteratorRecord, step_builtin};
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{
    Def, DefKey, What, define_all, make_constructor, method, method_magic, symbol_method,
};
use crate::object::shape::prop;
use crate::ops::{same_value_zero, to_boolean};
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Thrown, Value};

const STATICS: &[Def] = &[
    method("concat", helper::concat, 0),
    method("from", from, 1),
    method("zip", helper::zip, 1),
    method("zipKeyed", helper::zip_keyed, 1),
];

const CONSTRUCTOR: i32 = 0;
const TO_STRING_TAG: i32 = 1;

const MEMBERS: &[Def] = &[
    Def {
        key: DefKey::S("constructor"),
        what: What::GetSet(get_weird, set_weird, CONSTRUCTOR),
        flags: prop::CONFIGURABLE,
    },
    method("chunks", chunks, 1),
    method("drop", take_drop, 1),
    method_magic("every", search, 1, EVERY),
    method_magic("filter", map_filter, 1, FILTER),
    method_magic("find", search, 1, FIND),
    method_magic("flatMap", map_filter, 1, FLAT_MAP),
    method_magic("forEach", search, 1, FOR_EACH),
    method("includes", includes, 1),
    method("join", join, 1),
    method_magic("map", map_filter, 1, MAP),
    method("reduce", reduce, 1),
    method_magic("some", search, 1, SOME),
    method_magic("take", take_drop, 1, 1),
    method("toArray", to_array, 0),
    method("windows", windows, 1),
    symbol_method(Sym::dispose, dispose, 0),
    symbol_method(Sym::iterator, this, 0),
    Def {
        key: DefKey::Y(Sym::toStringTag),
        what: What::GetSet(get_weird, set_weird, TO_STRING_TAG),
        flags: prop::CONFIGURABLE,
    },
];

const WRAP: &[Def] = &[method("next", wrap_next, 0), method("return", wrap_return, 0)];

/// Makes %Iterator% and the prototypes of iterators, helpers and wrappers.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    let spec = FunctionSpec { f: constructor, name: "Iterator", length: 0, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    let wrap = cx.new_object_with_proto(Some(&proto))?;
    define_all(cx, &wrap, WRAP)?;
    let helper = cx.new_object_with_proto(Some(&proto))?;
    define_all(cx, &helper, HELPER)?;
    cx.set_intrinsic(Intrinsic::IteratorPrototype, proto);
    cx.set_intrinsic(Intrinsic::Iterator, f);
    cx.set_intrinsic(Intrinsic::WrapForValidIteratorPrototype, wrap);
    cx.set_intrinsic(Intrinsic::IteratorConcatPrototype, helper.clone());
    cx.set_intrinsic(Intrinsic::IteratorHelperPrototype, helper);
    Ok(())
}

/// Payloads of helpers and wrappers.
pub(crate) fn class(c: ClassId) -> super::Behaviour {
    match c {
        id::ITERATOR_HELPER => (Some(vt_of::<Helper>()), None),
        id::ITERATOR_WRAP => (Some(vt_of::<Wrap>()), None),
        _ => (None, None),
    }
}

// ---- records

/// IteratorStep (7.4.8) without the value: false when over.
pub(crate) fn step_done(cx: &Context, it: &IteratorRecord) -> Result<bool> {
    match step_builtin(&it.iterator, &it.next) {
        Some(r) => Ok(r?.is_some()),
        None => step_result(cx, it).map(|r| r.is_some()),
    }
}

/// IteratorStep (7.4.8): the result object; None when over.
fn step_result(cx: &Context, it: &IteratorRecord) -> Result<Option<Value>> {
    let r = cx.call(&it.next, &it.iterator, &[])?;
    if !r.is_object() {
        return Err(cx.throw_type("iterator must return an object"));
    }
    if to_boolean(&cx.get_v(&r, cx.name(Name::done))?) { Ok(None) } else { Ok(Some(r)) }
}

/// IteratorStepValue (7.4.10): None when over.
pub(crate) fn step_value(cx: &Context, it: &IteratorRecord) -> Result<Option<Value>> {
    if let Some(r) = step_builtin(&it.iterator, &it.next) {
        return r;
    }
    match step_result(cx, it)? {
        Some(r) => cx.get_v(&r, cx.name(Name::value)).map(Some),
        None => Ok(None),
    }
}

/// What GetIteratorFlattenable does with strings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strings {
    Reject,
    Iterate,
}

/// GetIteratorFlattenable (7.4.4)
pub(crate) fn flattenable(cx: &Context, v: &Value, strings: Strings) -> Result<IteratorRecord> {
    if !(v.is_object() || strings == Strings::Iterate && v.is_string()) {
        return Err(cx.throw_type("not an object"));
    }
    let iterator = match cx.get_method(v, cx.symbol(Sym::iterator))? {
        None => v.clone(),
        Some(m) => cx.call(&m, v, &[])?,
    };
    if !iterator.is_object() {
        return Err(cx.throw_type("not an object"));
    }
    IteratorRecord::direct(cx, iterator)
}

/// `this` as an iterator whose `next` nobody has looked at: only good for closing.
fn receiver(c: &Call<'_>) -> Result<IteratorRecord> {
    c.cx.expect_object(c.this)?;
    Ok(IteratorRecord { iterator: c.this.clone(), next: Value::UNDEFINED, done: false })
}

/// Closes the receiver because an argument is bad.
fn reject<T>(cx: &Context, it: &IteratorRecord, t: Thrown) -> Result<T> {
    Err(it.close_thrown(cx, t))
}

// ---- the constructor

/// Iterator (27.1.3.1.1)
fn constructor(c: &Call<'_>) -> Result {
    match c.new_target.as_object() {
        None => return Err(c.cx.throw_type("must be called with new")),
        Some(nt) if std::ptr::eq(nt, c.callee) => {
            return Err(c.cx.throw_type("abstract class not constructable"));
        }
        _ => {}
    }
    let proto = c.cx.prototype_from_constructor(c.new_target, Intrinsic::IteratorPrototype)?;
    c.cx.new_object_with_proto(Some(&proto)).map(Value::from)
}

/// get Iterator.prototype.constructor, get Iterator.prototype [ %Symbol.toStringTag% ] (27.1.4.1.1, 27.1.4.14.1)
fn get_weird(c: &Call<'_>) -> Result {
    if c.magic == CONSTRUCTOR {
        return c.cx.intrinsic(Intrinsic::Iterator).map(|i| i.to_value());
    }
    c.cx.atom("Iterator").map(Value::from)
}

/// Their setters: SetterThatIgnoresPrototypeProperties (7.3.33)
fn set_weird(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.this)?;
    let home = cx.intrinsic(Intrinsic::IteratorPrototype)?.clone();
    let key = if c.magic == CONSTRUCTOR { cx.name(Name::constructor) } else { cx.symbol(Sym::toStringTag) };
    super::error::set_ignoring_prototype(cx, o, &home, key, c.arg(0).clone())?;
    Ok(Value::UNDEFINED)
}

/// %Iterator.prototype% [ %Symbol.iterator% ] (27.1.4.13)
fn this(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}

/// %Iterator.prototype% [ %Symbol.dispose% ] (27.1.2.2)
fn dispose(c: &Call<'_>) -> Result {
    if let Some(f) = c.cx.get_method(c.this, c.cx.name(Name::return_))? {
        c.cx.call(&f, c.this, &[])?;
    }
    Ok(Value::UNDEFINED)
}

// ---- Iterator.from

/// The payload of %WrapForValidIteratorPrototype%'s objects: [[Iterated]].
struct Wrap(IteratorRecord);
impl Payload for Wrap {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::ITERATOR_WRAP..=id::ITERATOR_WRAP;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.0.iterator);
        t.visit(&self.0.next);
    }
}

/// Iterator.from (27.1.3.2.2)
fn from(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let it = flattenable(cx, c.arg(0), Strings::Iterate)?;
    let ctor = cx.intrinsic(Intrinsic::Iterator)?.to_value();
    if cx.ordinary_has_instance(&ctor, &it.iterator)? {
        return Ok(it.iterator);
    }
    let proto = cx.intrinsic(Intrinsic::WrapForValidIteratorPrototype)?.clone();
    cx.new_with_data(Some(&proto), id::ITERATOR_WRAP, Wrap(it)).map(Value::from)
}

fn this_wrap<'a>(c: &Call<'a>) -> Result<&'a IteratorRecord> {
    match c.this.as_object().and_then(|o| o.data::<Wrap>()) {
        Some(w) => Ok(&w.0),
        None => Err(c.cx.throw_type("not an Iterator Wrap object")),
    }
}

/// %WrapForValidIteratorPrototype%.next (27.1.3.2.2.1.1)
fn wrap_next(c: &Call<'_>) -> Result {
    let it = this_wrap(c)?;
    c.cx.call(&it.next, &it.iterator, &[])
}

/// %WrapForValidIteratorPrototype%.return (27.1.3.2.2.1.2)
fn wrap_return(c: &Call<'_>) -> Result {
    let it = this_wrap(c)?;
    match c.cx.get_method(&it.iterator, c.cx.name(Name::return_))? {
        Some(f) => c.cx.call(&f, &it.iterator, &[]),
        None => c.cx.iter_result(Value::UNDEFINED, true),
    }
}

// ---- methods that answer helpers

const MAP: i32 = 0;
const FILTER: i32 = 1;
const FLAT_MAP: i32 = 2;

/// map, filter, flatMap (27.1.4.8, 27.1.4.4, 27.1.4.6)
fn map_filter(c: &Call<'_>) -> Result {
    let (it, f) = with_function(c)?;
    let step = match c.magic {
        MAP => Step::Map(f),
        FILTER => Step::Filter(f),
        _ => Step::FlatMap(f),
    };
    Helper::create(c.cx, Some(it), step)
}

/// The receiver's record, once the first argument is known to be callable.
fn with_function(c: &Call<'_>) -> Result<(IteratorRecord, Value)> {
    let it = receiver(c)?;
    if !c.arg(0).is_callable() {
        let t = c.cx.throw_not_a_function();
        return reject(c.cx, &it, t);
    }
    Ok((IteratorRecord::direct(c.cx, it.iterator)?, c.arg(0).clone()))
}

/// take, drop (27.1.4.11, 27.1.4.2); magic 1 is take
fn take_drop(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let it = receiver(c)?;
    let n = match cx.to_number(c.arg(0)) {
        Ok(n) => n,
        Err(t) => return reject(cx, &it, t),
    };
    if n.is_nan() || n.trunc() < 0.0 || (n.is_finite() && n > 9007199254740991.0) {
        let t = cx.throw_range("must be positive and a safe integer");
        return reject(cx, &it, t);
    }
    let it = IteratorRecord::direct(cx, it.iterator)?;
    Helper::create(cx, Some(it), if c.magic == 1 { Step::Take(n.trunc()) } else { Step::Drop(n.trunc()) })
}

/// The size argument of chunks and windows: an integral Number from 1 to 2^32-1.
fn size_argument(c: &Call<'_>, it: &IteratorRecord) -> Result<u32> {
    let t = match c.arg(0).as_number() {
        Some(n) if n.is_finite() && n.trunc() == n => {
            if (1.0..=u32::MAX as f64).contains(&n) {
                return Ok(n as u32);
            }
            c.cx.throw_range("size must be between 1 and 2^32-1")
        }
        _ => c.cx.throw_type("size must be an integer"),
    };
    reject(c.cx, it, t)
}

/// chunks (iterator chunking proposal)
fn chunks(c: &Call<'_>) -> Result {
    let it = receiver(c)?;
    let n = size_argument(c, &it)?;
    let it = IteratorRecord::direct(c.cx, it.iterator)?;
    Helper::create(c.cx, Some(it), Step::Chunks(n))
}

/// windows (iterator chunking proposal)
fn windows(c: &Call<'_>) -> Result {
    let it = receiver(c)?;
    let n = size_argument(c, &it)?;
    let partial = match c.arg(1).as_string().map(|s| s.chars()) {
        Some(Ok(s)) if s.is_ascii_text("only-full") => Some(false),
        Some(Ok(s)) if s.is_ascii_text("allow-partial") => Some(true),
        Some(Err(t)) => return Err(t),
        _ => c.arg(1).is_undefined().then_some(false),
    };
    let Some(partial) = partial else {
        let t = c.cx.throw_type("undersized must be \"only-full\" or \"allow-partial\"");
        return reject(c.cx, &it, t);
    };
    let it = IteratorRecord::direct(c.cx, it.iterator)?;
    Helper::create(c.cx, Some(it), Step::Windows(n, partial))
}

// ---- methods that consume

const EVERY: i32 = 0;
const SOME: i32 = 1;
const FIND: i32 = 2;
const FOR_EACH: i32 = 3;

/// every, some, find, forEach (27.1.4.3, 27.1.4.10, 27.1.4.5, 27.1.4.7)
fn search(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (it, f) = with_function(c)?;
    let mut counter = 0u64;
    while let Some(v) = step_value(cx, &it)? {
        cx.poll()?;
        let r = match cx.call(&f, &Value::UNDEFINED, &[v.clone(), Value::number(counter as f64)]) {
            Ok(r) => r,
            Err(t) => return reject(cx, &it, t),
        };
        let hit = to_boolean(&r);
        let answer = match c.magic {
            EVERY if !hit => Value::FALSE,
            SOME if hit => Value::TRUE,
            FIND if hit => v,
            _ => {
                counter += 1;
                continue;
            }
        };
        it.close(cx)?;
        return Ok(answer);
    }
    Ok(match c.magic {
        EVERY => Value::TRUE,
        SOME => Value::FALSE,
        _ => Value::UNDEFINED,
    })
}

/// reduce (27.1.4.9)
fn reduce(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (it, f) = with_function(c)?;
    let (mut acc, mut counter) = match c.args.get(1) {
        Some(initial) => (initial.clone(), 0u64),
        None => match step_value(cx, &it)? {
            Some(v) => (v, 1),
            None => return Err(cx.throw_type("empty iterator")),
        },
    };
    while let Some(v) = step_value(cx, &it)? {
        cx.poll()?;
        acc = match cx.call(&f, &Value::UNDEFINED, &[acc, v, Value::number(counter as f64)]) {
            Ok(r) => r,
            Err(t) => return reject(cx, &it, t),
        };
        counter += 1;
    }
    Ok(acc)
}

/// toArray (27.1.4.12)
fn to_array(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let it = IteratorRecord::direct(cx, receiver(c)?.iterator)?;
    let list: Gc<Object> = cx.new_array(0)?;
    while let Some(v) = step_value(cx, &it)? {
        cx.poll()?;
        list.push_element(v)?;
    }
    Ok(list.into())
}

/// includes (iterator includes proposal)
fn includes(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let it = receiver(c)?;
    let mut skip = 0.0;
    if !c.arg(1).is_undefined() {
        skip = match c.arg(1).as_number() {
            Some(n) if n.is_infinite() || n.trunc() == n => n,
            _ => {
                let t = cx.throw_type("number of skipped elements must be an integer");
                return reject(cx, &it, t);
            }
        };
        if skip < 0.0 || (skip.is_finite() && skip > 9007199254740991.0) {
            let t = cx.throw_range("invalid number of skipped elements");
            return reject(cx, &it, t);
        }
    }
    let it = IteratorRecord::direct(cx, it.iterator)?;
    while let Some(v) = step_value(cx, &it)? {
        cx.poll()?;
        if skip > 0.0 {
            skip -= 1.0;
        } else if same_value_zero(&v, c.arg(0)) {
            it.close(cx)?;
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// join (iterator join proposal)
fn join(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let it = receiver(c)?;
    let separator = if c.arg(0).is_undefined() { cx.atom(",") } else { cx.to_string(c.arg(0)) };
    let separator = match separator {
        Ok(s) => s,
        Err(t) => return reject(cx, &it, t),
    };
    let it = IteratorRecord::direct(cx, it.iterator)?;
    let mut s = StringBuilder::new(cx.rt());
    let mut first = true;
    while let Some(v) = step_value(cx, &it)? {
        cx.poll()?;
        let pushed = (|| {
            if !std::mem::replace(&mut first, false) {
                s.push_string(&separator)?;
            }
            if v.is_nullish() {
                return Ok(());
            }
            let text = cx.to_string(&v)?;
            s.push_string(&text)
        })();
        if let Err(t) = pushed {
            return reject(cx, &it, t);
        }
    }
    s.finish().map(Value::from)
}
