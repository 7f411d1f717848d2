//! Array (23.1): the constructor, its statics, and what Array.prototype's methods have in common.

mod callbacks;
mod copying;
mod from_async;
pub(crate) mod join;
mod mutate;
mod search;
pub(crate) mod sort;

use super::array_iterator::{IteratorKind, create};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::iteration::IteratorRecord;
use crate::object::Object;
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{
    Def, DefKey, METHOD, What, define_all, lazy_value, make_constructor, method, symbol_alias, symbol_getter,
};
use crate::object::shape::{Shape, prop};
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};

/// 2^53 - 1: no array-like is longer.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;
const MAX_ARRAY: u64 = u32::MAX as u64;
/// `new Array(n)` makes room for up to this many elements at once.
const EAGER: u64 = 100_000;

const STATICS: &[Def] = &[
    method("isArray", is_array, 1),
    method("from", from, 1),
    method("fromAsync", from_async::from_async, 1),
    method("of", of, 0),
    symbol_getter(Sym::species, species),
];

const MEMBERS: &[Def] = &[
    lazy_value("constructor", |cx| cx.intrinsic(Intrinsic::Array).map(|o| o.to_value()), METHOD),
    method("at", search::at, 1),
    method("with", copying::with, 2),
    method("concat", copying::concat, 1),
    method("copyWithin", mutate::copy_within, 2),
    method("every", callbacks::every, 1),
    method("fill", mutate::fill, 1),
    method("filter", callbacks::filter, 1),
    method("find", callbacks::find, 1),
    method("findIndex", callbacks::find_index, 1),
    method("findLast", callbacks::find_last, 1),
    method("findLastIndex", callbacks::find_last_index, 1),
    method("flat", copying::flat, 0),
    method("flatMap", copying::flat_map, 1),
    method("forEach", callbacks::for_each, 1),
    method("includes", search::includes, 1),
    method("indexOf", search::index_of, 1),
    method("join", join::join, 1),
    method("keys", keys, 0),
    method("entries", entries, 0),
    method("values", values, 0),
    method("lastIndexOf", search::last_index_of, 1),
    method("map", callbacks::map, 1),
    method("pop", mutate::pop, 0),
    method("push", mutate::push, 1),
    method("reduce", callbacks::reduce, 1),
    method("reduceRight", callbacks::reduce_right, 1),
    method("reverse", mutate::reverse, 0),
    method("shift", mutate::shift, 0),
    method("slice", copying::slice, 2),
    method("some", callbacks::some, 1),
    method("sort", sort::sort, 1),
    method("splice", mutate::splice, 2),
    method("toLocaleString", join::to_locale_string, 0),
    method("toReversed", copying::to_reversed, 0),
    method("toSorted", sort::to_sorted, 1),
    method("toSpliced", copying::to_spliced, 2),
    method("toString", join::to_string, 0),
    method("unshift", mutate::unshift, 1),
    symbol_alias(Sym::iterator, "values"),
    Def { key: DefKey::Y(Sym::unscopables), what: What::Lazy(unscopables), flags: prop::CONFIGURABLE },
];

/// Makes %Array%.
pub fn init(cx: &Context) -> Result<()> {
    let spec = FunctionSpec { f: construct, name: "Array", length: 1, magic: 0, constructor: true };
    let proto = cx.array_prototype().clone();
    let f = make_constructor(cx, &spec, None, &proto, STATICS, &[])?;
    cx.set_intrinsic(Intrinsic::Array, f);
    Ok(())
}

/// Gives %Array.prototype% its members.
pub(crate) fn init_prototype(cx: &Context) -> Result<()> {
    let proto = cx.array_prototype().clone();
    define_all(cx, &proto, MEMBERS)?;
    // The alias has made the function already.
    if let Ok(f) = proto.get(cx, cx.symbol(Sym::iterator))?.into_gc::<Object>() {
        cx.set_intrinsic(Intrinsic::ArrayProtoValues, f);
    }
    Ok(())
}

/// Array.prototype [ @@unscopables ] (23.1.3.41)
fn unscopables(cx: &Context) -> Result {
    let o = cx.new_object_with_proto(None)?;
    for n in [
        "at",
        "copyWithin",
        "entries",
        "fill",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "flat",
        "flatMap",
        "includes",
        "keys",
        "toReversed",
        "toSorted",
        "toSpliced",
        "values",
    ] {
        cx.define_str(&o, n, Value::TRUE, prop::ALL)?;
    }
    Ok(o.into())
}

// ---- what methods share

/// An index or length as a value.
#[inline(always)]
pub(crate) fn index_value(i: u64) -> Value {
    if i <= i32::MAX as u64 { Value::int(i as i32) } else { Value::number(i as f64) }
}
/// The callback argument, or a TypeError.
#[inline]
pub(crate) fn callback<'a>(c: &Call<'a>) -> Result<&'a Object> {
    match c.arg(0).as_object() {
        Some(f) if f.is_callable() => Ok(f),
        _ => Err(c.cx.throw_not_a_function()),
    }
}
/// Steps 1 and 2 of nearly every method: the object and its length.
#[inline]
fn this_and_length(c: &Call<'_>) -> Result<(Gc<Object>, u64)> {
    let o = c.cx.to_object(c.this)?;
    let len = c.cx.length_of(&o)?;
    Ok((o, len))
}
/// Set(O, "length", n, true)
fn set_length(cx: &Context, o: &Object, n: u64) -> Result<()> {
    o.set(cx, cx.name(Name::length), index_value(n))
}
/// DeletePropertyOrThrow(O, i)
fn delete_index(cx: &Context, o: &Object, i: u64) -> Result<()> {
    o.delete_or_throw(cx, &cx.rt().key_from_number(i)?)
}
/// The element if HasProperty says that there is one.
#[inline]
fn present(cx: &Context, o: &Object, i: u64) -> Result<Option<Value>> {
    if i < i32::MAX as u64
        && let Some(v) = o.element(i as u32)
    {
        return Ok(Some(v));
    }
    let key = cx.rt().key_from_number(i)?;
    if o.has_property(cx, &key)? { o.get(cx, &key).map(Some) } else { Ok(None) }
}

/// Walks the present indices of an array-like, upwards: long gaps are jumped over where nobody can see it.
struct Walk {
    i: u64,
    len: u64,
    misses: u64,
}
impl Walk {
    fn new(i: u64, len: u64) -> Walk {
        Walk { i, len, misses: 0 }
    }
    /// The next present index and its value.
    #[inline]
    fn next(&mut self, cx: &Context, o: &Object) -> Result<Option<(u64, Value)>> {
        while self.i < self.len {
            let i = self.i;
            self.i += 1;
            cx.poll()?;
            if let Some(v) = present(cx, o, i)? {
                return Ok(Some((i, v)));
            }
            self.missed(o);
        }
        Ok(None)
    }
    #[cold]
    fn missed(&mut self, o: &Object) {
        self.misses += 1;
        if self.misses > 8 + o.index_search_cost() {
            self.misses = 0;
            if let Some(n) = o.next_index(self.i) {
                self.i = n.min(self.len);
            }
        }
    }
}

/// The same downwards from `i` (exclusive).
struct WalkBack {
    i: u64,
    misses: u64,
}
impl WalkBack {
    fn new(i: u64) -> WalkBack {
        WalkBack { i, misses: 0 }
    }
    #[inline]
    fn next(&mut self, cx: &Context, o: &Object) -> Result<Option<(u64, Value)>> {
        while self.i > 0 {
            self.i -= 1;
            cx.poll()?;
            if let Some(v) = present(cx, o, self.i)? {
                return Ok(Some((self.i, v)));
            }
            self.misses += 1;
            if self.misses > 8 + o.index_search_cost() {
                self.misses = 0;
                if let Some(n) = o.previous_index(self.i) {
                    self.i = n.min(self.i);
                }
            }
        }
        Ok(None)
    }
}

/// An array with another prototype than the realm's.
fn new_array_with_proto(cx: &Context, proto: &Object, capacity: usize) -> Result<Gc<Object>> {
    if cx.array_prototype().is(proto) {
        return cx.new_array(capacity);
    }
    let rt = cx.rt();
    let shape = Shape::root(rt, Some(proto))?;
    let shape = shape.add(rt, cx.name(Name::length), prop::WRITABLE | prop::LENGTH)?;
    Object::new_array(rt, shape, capacity)
}
/// ArrayCreate (10.4.2.2)
fn array_create(cx: &Context, len: u64, proto: Option<&Object>) -> Result<Gc<Object>> {
    if len > MAX_ARRAY {
        return Err(cx.throw_range("invalid array length"));
    }
    let capacity = if len <= EAGER { len as usize } else { 0 };
    let a = match proto {
        Some(p) => new_array_with_proto(cx, p, capacity)?,
        None => cx.new_array(capacity)?,
    };
    a.set_array_length_raw(len as u32);
    Ok(a)
}

/// The array that a method makes: where it is one that no script has seen yet, elements are simply appended.
pub(crate) struct Target {
    pub object: Gc<Object>,
    plain: bool,
}
impl Target {
    /// A new plain array.
    fn plain(cx: &Context, len: u64) -> Result<Target> {
        Ok(Target { object: array_create(cx, len, None)?, plain: true })
    }
    /// ArraySpeciesCreate (10.4.2.3)
    fn species(cx: &Context, original: &Object, len: u64) -> Result<Target> {
        if original.class() != crate::object::class::id::ARRAY && !cx.is_array(&original.to_value())? {
            return Target::plain(cx, len);
        }
        let mut c = original.get(cx, cx.name(Name::constructor))?;
        if let Some(o) = c.as_object() {
            if o.is_constructor() {
                let realm = cx.function_realm(o)?;
                if !std::ptr::eq(&*realm, cx) && realm.intrinsic(Intrinsic::Array)?.is(o) {
                    return Target::plain(cx, len);
                }
            }
            c = o.get(cx, cx.symbol(Sym::species))?;
            if c.is_null() {
                c = Value::UNDEFINED;
            }
        }
        if c.is_undefined() {
            return Target::plain(cx, len);
        }
        match c.as_object() {
            Some(o) if cx.intrinsic(Intrinsic::Array)?.is(o) => Target::plain(cx, len),
            Some(o) if o.is_constructor() => {
                let object = cx.construct(o, &[index_value(len)], o)?;
                Ok(Target { object, plain: false })
            }
            _ => Err(cx.throw_type("not a constructor")),
        }
    }
    /// CreateDataPropertyOrThrow(A, i, v)
    #[inline]
    fn put(&self, cx: &Context, i: u64, v: Value) -> Result<()> {
        if self.plain && i == self.object.element_count() as u64 && self.object.uses_dense_elements() {
            let len = self.object.array_length();
            self.object.push_element(v)?;
            if (len as u64) > i {
                self.object.set_array_length_raw(len);
            }
            return Ok(());
        }
        self.object.create_index(cx, i, v)
    }
    fn into_value(self) -> Result {
        Ok(self.object.into())
    }
}

// ---- the constructor

/// Array ( ...values ) (23.1.1.1)
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let proto = cx.prototype_from_constructor(c.new_target, Intrinsic::ArrayPrototype)?;
    if let [n] = c.args
        && let Some(d) = n.as_number()
    {
        if d < 0.0 || d > MAX_ARRAY as f64 || d.trunc() != d {
            return Err(cx.throw_range("invalid array length"));
        }
        return array_create(cx, d as u64, Some(&proto)).map(Value::from);
    }
    let a = new_array_with_proto(cx, &proto, c.args.len())?;
    a.append_elements(c.args)?;
    Ok(a.into())
}
/// Array.isArray ( arg ) (23.1.2.2)
fn is_array(c: &Call<'_>) -> Result {
    c.cx.is_array(c.arg(0)).map(Value::bool)
}
/// get Array [ @@species ] (23.1.2.5)
fn species(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}
/// The constructor that `this` is, None for %Array% and for what is none: a plain array then.
fn this_constructor<'a>(c: &Call<'a>) -> Result<Option<&'a Object>> {
    match c.this.as_object() {
        Some(o) if o.is_constructor() && !c.cx.intrinsic(Intrinsic::Array)?.is(o) => Ok(Some(o)),
        _ => Ok(None),
    }
}
/// Array.of ( ...items ) (23.1.2.3)
fn of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(ctor) = this_constructor(c)? else {
        let a = cx.new_array(c.args.len())?;
        a.append_elements(c.args)?;
        return Ok(a.into());
    };
    let a = cx.construct(ctor, &[Value::from_usize(c.args.len())], ctor)?;
    for (i, v) in c.args.iter().enumerate() {
        a.create_index(cx, i as u64, v.clone())?;
    }
    set_length(cx, &a, c.args.len() as u64)?;
    Ok(a.into())
}
/// Array.from ( items [ , mapper [ , thisArg ] ] ) (23.1.2.1)
fn from(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let ctor = this_constructor(c)?;
    let mapper = match c.arg(1) {
        f if f.is_undefined() => None,
        f if f.is_callable() => Some(f),
        _ => return Err(cx.throw_not_a_function()),
    };
    let items = c.arg(0);
    let Some(iterator_method) = cx.get_method(items, cx.symbol(Sym::iterator))? else {
        return from_array_like(c, ctor, mapper);
    };
    let target = match ctor {
        Some(o) => Target { object: cx.construct(o, &[], o)?, plain: false },
        None => Target::plain(cx, 0)?,
    };
    let mut k = 0;
    let map = |v: Value, k: u64| match mapper {
        Some(f) => cx.call(f, c.arg(2), &[v, index_value(k)]),
        None => Ok(v),
    };
    if cx.is_plain_iterable(items)? {
        // Nobody can see that there is no iterator.
        if let Some(o) = items.as_object() {
            while k < o.array_length() as u64 {
                cx.poll()?;
                let v = o.get_index(cx, k)?;
                target.put(cx, k, map(v, k)?)?;
                k += 1;
            }
        }
    } else {
        let mut it = IteratorRecord::from_method(cx, items, &iterator_method)?;
        loop {
            if k >= MAX_SAFE {
                let t = cx.throw_type("too many elements");
                return Err(it.close_thrown(cx, t));
            }
            let Some(v) = it.step(cx)? else { break };
            let done = map(v, k).and_then(|v| target.put(cx, k, v)).and_then(|_| cx.poll());
            if let Err(t) = done {
                return Err(it.close_thrown(cx, t));
            }
            k += 1;
        }
    }
    if !target.plain {
        set_length(cx, &target.object, k)?;
    }
    target.into_value()
}
fn from_array_like(c: &Call<'_>, ctor: Option<&Object>, mapper: Option<&Value>) -> Result {
    let cx = c.cx;
    let o = cx.to_object(c.arg(0))?;
    let len = cx.length_of(&o)?;
    let target = match ctor {
        Some(f) => Target { object: cx.construct(f, &[index_value(len)], f)?, plain: false },
        None => Target::plain(cx, len)?,
    };
    for k in 0..len {
        cx.poll()?;
        let mut v = o.get_index(cx, k)?;
        if let Some(f) = mapper {
            v = cx.call(f, c.arg(2), &[v, index_value(k)])?;
        }
        target.put(cx, k, v)?;
    }
    if !target.plain {
        set_length(cx, &target.object, len)?;
    }
    target.into_value()
}

// ---- iterators

/// Array.prototype.keys ( ) (23.1.3.19)
fn keys(c: &Call<'_>) -> Result {
    create(c.cx, c.cx.to_object(c.this)?, IteratorKind::Keys).map(Value::from)
}
/// Array.prototype.entries ( ) (23.1.3.5)
fn entries(c: &Call<'_>) -> Result {
    create(c.cx, c.cx.to_object(c.this)?, IteratorKind::Entries).map(Value::from)
}
/// Array.prototype.values ( ) (23.1.3.38)
fn values(c: &Call<'_>) -> Result {
    create(c.cx, c.cx.to_object(c.this)?, IteratorKind::Values).map(Value::from)
}
