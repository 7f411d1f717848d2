//! String (22.1): the constructor, its statics, String exotic objects (10.4.3) and string iterators (22.1.5).

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::define::is_compatible_descriptor;
use crate::object::exotic::Exotic;
use crate::object::function::{Call, FunctionSpec, Primitive};
use crate::object::lazy::{Def, define_all, make_constructor, method, tag};
use crate::object::shape::{Shape, prop};
use crate::object::{Descriptor, Keys, Object, Property};
use crate::text::Str;
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::value::{Result, Value};
use std::cell::{Cell, RefCell};

const STATICS: &[Def] = &[
    method("fromCharCode", from_char_code, 1),
    method("fromCodePoint", from_code_point, 1),
    method("raw", raw, 1),
];

const ITERATOR: &[Def] = &[method("next", iterator_next, 0), tag("String Iterator")];

/// Makes %String%, %String.prototype% and %StringIteratorPrototype%.
pub fn init(cx: &Context) -> Result<()> {
    let rt = cx.rt();
    let proto = cx.new_with_data(
        Some(cx.object_prototype()),
        id::STRING,
        Primitive(cx.name(Name::empty).raw().clone()),
    )?;
    // %String.prototype% is exotic but has no indices of its own: holes elsewhere stay uninteresting.
    let interesting = rt.proto_has_elements.get();
    Shape::root(rt, Some(&proto))?;
    rt.proto_has_elements.set(interesting);
    cx.set_intrinsic(Intrinsic::StringPrototype, proto.clone());
    let spec = FunctionSpec { f: constructor, name: "String", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, super::string_proto::MEMBERS)?;
    cx.set_intrinsic(Intrinsic::String, f);
    let parent = cx.intrinsic(Intrinsic::IteratorPrototype)?.clone();
    let it = cx.new_object_with_proto(Some(&parent))?;
    define_all(cx, &it, ITERATOR)?;
    cx.set_intrinsic(Intrinsic::StringIteratorPrototype, it);
    Ok(())
}

pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<StringIterator>()), None)
}
pub(crate) fn exotic() -> Option<&'static dyn Exotic> {
    Some(&StringExotic)
}

/// String(value) (22.1.1.1)
fn constructor(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s: Value = match c.args.first() {
        None => cx.name(Name::empty).raw().clone(),
        Some(v) => {
            if !c.is_construct()
                && let Some(sym) = v.as_symbol()
            {
                return symbol_descriptive_string(cx, sym);
            }
            cx.to_string(v)?.into()
        }
    };
    if !c.is_construct() {
        return Ok(s);
    }
    let o = cx.new_from_constructor(c.new_target, Intrinsic::StringPrototype, id::STRING, Primitive(s))?;
    Ok(o.into())
}

/// SymbolDescriptiveString (20.4.3.3.1)
pub fn symbol_descriptive_string(cx: &Context, sym: &crate::text::Symbol) -> Result {
    let mut b = StringBuilder::new(cx.rt());
    b.push_str("Symbol(")?;
    if let Some(d) = sym.description() {
        b.push_string(d)?;
    }
    b.push_str(")")?;
    Ok(b.finish()?.into())
}

/// String.fromCharCode (22.1.2.1)
fn from_char_code(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let [v] = c.args {
        return Ok(cx.rt().new_unit(cx.to_int32(v)? as u16)?.into());
    }
    let mut b = StringBuilder::new(cx.rt());
    for v in c.args {
        b.push_unit(cx.to_int32(v)? as u16)?;
    }
    Ok(b.finish()?.into())
}

/// String.fromCodePoint (22.1.2.2)
fn from_code_point(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let mut b = StringBuilder::new(cx.rt());
    for v in c.args {
        let n = cx.to_number(v)?;
        if !(0.0..=1_114_111.0).contains(&n) || n.trunc() != n {
            return Err(cx.throw_range("invalid code point"));
        }
        b.push_code_point(n as u32)?;
    }
    Ok(b.finish()?.into())
}

/// String.raw (22.1.2.4)
fn raw(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cooked = cx.to_object(c.arg(0))?;
    let raw = cooked.get(cx, cx.name(Name::raw))?;
    let raw = cx.to_object(&raw)?;
    let len = cx.length_of(&raw)?;
    let mut b = StringBuilder::new(cx.rt());
    for i in 0..len {
        cx.poll()?;
        let part = raw.get_index(cx, i)?;
        b.push_string(&*cx.to_string(&part)?)?;
        if i + 1 < len
            && let Some(sub) = usize::try_from(i).ok().and_then(|i| c.args.get(i.saturating_add(1)))
        {
            b.push_string(&*cx.to_string(sub)?)?;
        }
    }
    Ok(b.finish()?.into())
}

// ---- String exotic objects

/// The string a String object wraps.
pub(crate) fn string_data(o: &Object) -> Option<&Str> {
    if o.class() != id::STRING {
        return None;
    }
    o.data::<Primitive>()?.0.as_string()
}

struct StringExotic;

/// StringGetOwnProperty (10.4.3.5), and the length property.
fn own(cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
    let Some(s) = string_data(o) else {
        return Ok(None);
    };
    if let Some(i) = key.as_small_index() {
        if (i as usize) < s.len() {
            let c = cx.rt().new_unit(s.at(i as usize)?)?;
            return Ok(Some(Property::data(c.into(), prop::ENUMERABLE)));
        }
        return Ok(None);
    }
    if *key == *cx.name(Name::length) {
        return Ok(Some(Property::data(Value::int(s.len() as i32), 0)));
    }
    Ok(None)
}

impl Exotic for StringExotic {
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        match own(cx, o, key)? {
            Some(p) => Ok(Some(p)),
            None => o.ordinary_get_own(cx, key),
        }
    }
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        match own(cx, o, key)? {
            Some(p) => Ok(is_compatible_descriptor(o.ordinary_is_extensible(), d, Some(&p))),
            None => o.ordinary_define_own(cx, key, d),
        }
    }
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if own(cx, o, key)?.is_some() {
            return Ok(false);
        }
        o.ordinary_delete(cx, key)
    }
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        let ordinary = o.ordinary_own_keys(cx)?;
        let n = string_data(o).map_or(0, |s| s.len());
        let mut keys = Keys::with_capacity(cx.rt(), n + 1 + ordinary.len())?;
        for i in 0..n {
            keys.push(PropertyKey::int(i as i32))?;
        }
        // `length` is the first key that is no index.
        let split = ordinary.iter().position(|k| k.as_index().is_none()).unwrap_or(ordinary.len());
        for k in &ordinary[..split] {
            keys.push(k.clone())?;
        }
        keys.push(cx.name(Name::length).clone())?;
        for k in &ordinary[split..] {
            keys.push(k.clone())?;
        }
        Ok(keys)
    }
}

// ---- string iterators

/// The payload of string iterators: what is iterated (None when over), and where.
pub(crate) struct StringIterator {
    string: RefCell<Option<Gc<Str>>>,
    at: Cell<usize>,
}
impl Payload for StringIterator {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::STRING_ITERATOR..=id::STRING_ITERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(s) = &*self.string.borrow() {
            t.visit(s.as_value());
        }
    }
}

/// String.prototype [ @@iterator ] (22.1.3.36)
pub(super) fn iterator(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let proto = cx.intrinsic(Intrinsic::StringIteratorPrototype)?.clone();
    let data = StringIterator { string: RefCell::new(Some(s)), at: Cell::new(0) };
    Ok(cx.new_with_data(Some(&proto), id::STRING_ITERATOR, data)?.into())
}

/// %StringIteratorPrototype%.next (22.1.5.1.1)
pub(crate) fn iterator_next(c: &Call<'_>) -> Result {
    let cx = c.cx;
    match c.this.as_object().and_then(|o| iterator_step(cx, o)) {
        Some(Ok(Some(v))) => cx.iter_result(v, false),
        Some(Ok(None)) => cx.iter_result(Value::UNDEFINED, true),
        Some(Err(t)) => Err(t),
        None => Err(cx.throw_type("String Iterator object expected")),
    }
}

/// What `next` does, without a result object; None if `o` is no string iterator.
pub(crate) fn iterator_step(cx: &Context, o: &Object) -> Option<Result<Option<Value>>> {
    o.data::<StringIterator>().map(|it| it.step(cx))
}

impl StringIterator {
    fn step(&self, cx: &Context) -> Result<Option<Value>> {
        let string = self.string.borrow();
        let Some(s) = &*string else {
            return Ok(None);
        };
        let chars = s.chars()?;
        let i = self.at.get();
        if i >= chars.len() {
            drop(string);
            *self.string.borrow_mut() = None;
            return Ok(None);
        }
        let (_, n) = chars.code_point_at(i);
        self.at.set(i + n);
        Ok(Some(cx.rt().new_chars(chars.slice(i, i + n))?.into()))
    }
}
