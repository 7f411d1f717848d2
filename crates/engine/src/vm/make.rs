//! Making functions, classes, arguments objects and literals; private names.

use super::frame::{Frame, extra_args};
use crate::bytecode::code::{CaptureSource, FunctionKind, flags};
use crate::bytecode::op::{STRICT, VARIANT};
use crate::bytecode::template::{Template, text_chars};
use crate::context::{Context, Intrinsic};
use crate::heap::{Accessor, BoxCell, Gc, flag};
use crate::object::class::id;
use crate::object::function::FunctionData;
use crate::object::lazy;
use crate::object::shape::{Shape, prop};
use crate::object::{Descriptor, Object};
use crate::text::SymbolSort;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell, OnceCell, RefCell};

/// A closure of a child template, capturing from the running frame.
pub(crate) unsafe fn closure(cx: &Context, fp: *const Frame, t: &Gc<Template>) -> Result<Gc<Object>> {
    // SAFETY: fp is the running bytecode frame; capture sources name Boxes.
    let captures = unsafe {
        let parent = &*(*fp).func;
        let mut list: Vec<Gc<BoxCell>> = Vec::with_capacity(t.captures.len());
        for c in t.captures.iter() {
            list.push(match *c {
                CaptureSource::Register(r) => match (*(*fp).base.add(r as usize)).as_gc::<BoxCell>() {
                    Some(b) => b.clone(),
                    None => cx.rt().new_box(Value::UNDEFINED)?,
                },
                CaptureSource::Capture(i) => match parent.captures.get(i as usize) {
                    Some(b) => b.clone(),
                    None => cx.rt().new_box(Value::UNDEFINED)?,
                },
                CaptureSource::External(_) => cx.rt().new_box(Value::UNDEFINED)?,
            });
        }
        list
    };
    let f = new_function(cx, t, captures)?;
    if t.flags & flags::ARROW != 0 && t.flags & flags::NEEDS_HOME != 0 {
        // SAFETY: as above.
        let home = unsafe { (*(*fp).func).home.borrow().clone() };
        if let Some(d) = f.data::<FunctionData>() {
            *d.home.borrow_mut() = home;
        }
    }
    Ok(f)
}

/// A function object of a template.
pub(crate) fn new_function(cx: &Context, t: &Gc<Template>, captures: Vec<Gc<BoxCell>>) -> Result<Gc<Object>> {
    let shape = match t.kind {
        FunctionKind::Normal => cx.function_shape(),
        k => {
            let p = match k {
                FunctionKind::Generator => Intrinsic::GeneratorFunctionPrototype,
                FunctionKind::Async => Intrinsic::AsyncFunctionPrototype,
                _ => Intrinsic::AsyncGeneratorFunctionPrototype,
            };
            let p = if t.flags & flags::TOP_LEVEL != 0 {
                cx.function_prototype().clone()
            } else {
                cx.intrinsic(p)?.clone()
            };
            Shape::root(cx.rt(), Some(&p))?
        }
    };
    let f = Object::alloc(
        cx.rt(),
        shape,
        id::FUNCTION,
        0,
        FunctionData {
            template: t.clone(),
            realm: cx.to_gc(),
            captures: captures.into_boxed_slice(),
            home: RefCell::new(None),
            field_init: OnceCell::new(),
            instance_shape: RefCell::new(None),
            instance_slots: Cell::new(4),
            name: RefCell::new(None),
        },
    )?;
    let c = if t.flags & flags::CONSTRUCTOR != 0 { flag::CONSTRUCTOR } else { 0 };
    f.header().set(flag::LAZY | c);
    Ok(f)
}

/// The object that `new f` begins with: its prototype is new_target's.
pub(crate) fn this_for_constructor(cx: &Context, f: &Object, d: &FunctionData, new_target: &Value) -> Result {
    let rt = cx.rt();
    // What is known of objects is kept with the function that `new` was applied to: mostly this one, else a class that
    // extends it.
    let own = match new_target.as_object() {
        Some(n) if std::ptr::eq(n, f) => Some((f, d)),
        Some(n) => n.data::<FunctionData>().map(|d| (n, d)),
        None => None,
    };
    if let Some((n, d)) = own
        && !n.has_flag(flag::LAZY)
        && let Some(s) = &*d.instance_shape.borrow()
        && let Some((slot, fl)) = n.shape().lookup(cx.name(Name::prototype))
        && fl & (prop::ACCESSOR | prop::SPECIAL) == 0
        && let Some(p) = n.slot(slot).as_object()
        && s.proto().is_some_and(|q| q.is(p))
    {
        return Object::alloc_plain(rt, s.clone(), id::OBJECT, d.instance_slots.get() as usize)
            .map(Value::from);
    }
    let proto = cx.prototype_from_constructor(new_target, Intrinsic::ObjectPrototype)?;
    let shape = Shape::root(rt, Some(&proto))?;
    let mut slots = d.instance_slots.get();
    if let Some((_, d)) = own {
        *d.instance_shape.borrow_mut() = Some(shape.clone());
        slots = d.instance_slots.get();
    }
    Object::alloc_plain(rt, shape, id::OBJECT, slots as usize).map(Value::from)
}

/// Room in the cell for as many properties as objects were seen to have, up to a bound.
const MOST_SLOTS: usize = 16;

/// A constructor has made an object: the next ones get room for as many properties.
#[inline]
pub(crate) fn note_instance(new_target: &Value, made: &Value) {
    let Some((n, o)) = new_target.as_object().zip(made.as_object()) else {
        return;
    };
    if n.class() == id::FUNCTION && o.class() == id::OBJECT && !o.shape().is_dictionary() {
        // SAFETY: the class says the payload.
        let d = unsafe { n.payload::<FunctionData>() };
        let slots = o.shape().slot_count().min(MOST_SLOTS) as u16;
        if slots > d.instance_slots.get() {
            d.instance_slots.set(slots);
        }
    }
}

/// ClassDefinitionEvaluation's first half: (constructor, prototype).
pub(crate) unsafe fn class(
    cx: &Context,
    fp: *const Frame,
    t: &Gc<Template>,
    heritage: Option<Value>,
) -> Result<(Gc<Object>, Gc<Object>)> {
    let (proto_parent, ctor_parent): (Option<Gc<Object>>, Gc<Object>) = match &heritage {
        None => (Some(cx.object_prototype().clone()), cx.function_prototype().clone()),
        Some(h) if h.is_null() => (None, cx.function_prototype().clone()),
        Some(h) => match h.as_gc::<Object>() {
            Some(c) if c.is_constructor() => {
                let p = c.get(cx, cx.name(Name::prototype))?;
                let p = if p.is_null() {
                    None
                } else {
                    match p.into_gc::<Object>() {
                        Ok(p) => Some(p),
                        Err(_) => return Err(cx.throw_type("parent prototype must be an object or null")),
                    }
                };
                (p, c.clone())
            }
            _ => return Err(cx.throw_type("parent class must be constructor")),
        },
    };
    let proto = cx.new_object_with_proto(proto_parent.as_deref())?;
    // SAFETY: per contract.
    let f = unsafe { closure(cx, fp, t)? };
    if !ctor_parent.is(cx.function_prototype()) {
        f.replace_proto(Some(&ctor_parent))?;
    }
    if let Some(d) = f.data::<FunctionData>() {
        *d.home.borrow_mut() = Some(proto.clone());
    }
    lazy::materialize(cx, &f, None)?;
    f.add_property(cx.name(Name::prototype), proto.to_value(), 0)?;
    proto.add_property(cx.name(Name::constructor), f.to_value(), lazy::METHOD)?;
    Ok((f, proto))
}

/// The arguments object of the running frame (10.4.4.6, 10.4.4.7).
pub(crate) unsafe fn arguments(cx: &Context, fp: *const Frame, f: u8) -> Result {
    // SAFETY: fp is the running bytecode frame.
    let (argc, np, extra, base, callee) = unsafe {
        let np = (*(*fp).template).nparams as usize;
        ((*fp).argc as usize, np, extra_args(fp), (*fp).base, (*fp).callee)
    };
    let mapped = f & VARIANT != 0;
    let strict = f & STRICT != 0;
    let class = if mapped { id::MAPPED_ARGUMENTS } else { id::ARGUMENTS };
    let o = cx.new_arguments_object(class, strict)?;
    let Some(a) = o.array_data() else {
        return Err(Thrown);
    };
    for i in 0..argc.min(np) {
        // SAFETY: parameters are registers 2 to 2+np.
        let v = unsafe { &*base.add(2 + i) };
        // Captured ones are Boxes: shared with a mapped object, read for any other.
        let v = match v.as_gc::<BoxCell>() {
            Some(b) if !mapped => b.get().clone(),
            _ => v.clone(),
        };
        a.push_dense(cx.rt(), v)?;
    }
    for v in extra {
        a.push_dense(cx.rt(), v.clone())?;
    }
    o.set_slot(0, Value::from_usize(argc));
    let callee = if strict {
        let thrower = cx.intrinsic(Intrinsic::ThrowTypeError)?.to_value();
        cx.rt().new_accessor(thrower.clone(), thrower)?.into()
    } else {
        // SAFETY: R[0] owns the callee.
        unsafe { (*callee).to_value() }
    };
    o.set_slot(1, callee);
    o.set_slot(2, cx.intrinsic(Intrinsic::ArrayProtoValues)?.to_value());
    Ok(o.into())
}

/// A rest parameter's array.
pub(crate) unsafe fn rest(cx: &Context, fp: *const Frame, from: usize) -> Result {
    // SAFETY: fp is the running bytecode frame.
    let (argc, np, extra, base) =
        unsafe { ((*fp).argc as usize, (*(*fp).template).nparams as usize, extra_args(fp), (*fp).base) };
    let a = cx.new_array(argc.saturating_sub(from))?;
    for i in from..argc.min(np) {
        // SAFETY: parameters are registers.
        a.push_element(unsafe { (*base.add(2 + i)).clone() })?;
    }
    for v in extra.iter().skip(from.saturating_sub(np)) {
        a.push_element(v.clone())?;
    }
    Ok(a.into())
}

/// f(...array) and new f(...array).
pub(crate) fn call_spread(cx: &Context, f: &Value, this: &Value, args: &Value, construct: bool) -> Result {
    let mut list = Vec::new();
    if let Some(a) = args.as_object() {
        let n = a.element_count();
        if n > 500_000 || list.try_reserve(n).is_err() {
            return Err(cx.throw_range("too many arguments"));
        }
        list.extend(
            a.dense_elements().iter().map(|v| if v.is_hole() { Value::UNDEFINED } else { v.clone() }),
        );
    }
    match f.as_object() {
        Some(o) if construct && o.is_constructor() => super::call(cx, o, &Value::UNINIT, &list, this),
        Some(o) if !construct && o.is_callable() => super::call(cx, o, this, &list, &Value::UNDEFINED),
        _ => Err(cx.throw_type(if construct { "not a constructor" } else { "not a function" })),
    }
}

/// DefineElem
pub(crate) fn define_elem(cx: &Context, o: &Value, k: &Value, v: Value, hidden: bool) -> Result<()> {
    let o = cx.expect_object(o)?;
    let key = cx.to_property_key(k)?;
    let fl = if hidden { lazy::METHOD } else { prop::ALL };
    o.define_or_throw(cx, &key, &Descriptor::data(v, fl))
}
/// DefineGetter and DefineSetter
pub(crate) fn define_accessor(
    cx: &Context,
    o: &Value,
    k: &Value,
    f: Value,
    getter: bool,
    hidden: bool,
) -> Result<()> {
    let o = cx.expect_object(o)?;
    let key = cx.to_property_key(k)?;
    let mut d = Descriptor { enumerable: Some(!hidden), configurable: Some(true), ..Descriptor::default() };
    if getter {
        d.getter = Some(f);
    } else {
        d.setter = Some(f);
    }
    o.define_or_throw(cx, &key, &d)
}

/// SetFunctionName (10.2.9) for functions without a name of their own.
pub(crate) fn set_function_name(cx: &Context, f: &Value, key: &Value, get: bool, set: bool) -> Result<()> {
    let Some(o) = f.as_object() else {
        return Ok(());
    };
    let Some(d) = o.data::<FunctionData>() else {
        return Ok(());
    };
    let named = !d.template.name.is_empty();
    if named && !get && !set {
        return Ok(());
    }
    let mut s = match key.as_symbol() {
        Some(y) => match y.description() {
            Some(desc) if y.sort() == SymbolSort::Private => desc.clone(),
            Some(desc) => cx.rt().new_str(&format!("[{}]", desc.to_lossy()))?,
            None => cx.rt().atoms.empty(),
        },
        None => cx.to_string(key)?,
    };
    if get || set {
        let p = cx.name(if get { Name::get_space } else { Name::set_space }).raw().clone();
        if let Some(p) = p.as_string() {
            s = cx.rt().concat(p, &s)?;
        }
    }
    if o.has_flag(flag::LAZY) {
        *d.name.borrow_mut() = Some(s.into());
        return Ok(());
    }
    // A class, whose elements are not there yet.
    o.define(cx, cx.name(Name::name), s.into(), prop::CONFIGURABLE).map(|_| ())
}

/// CopyDataProperties (7.3.26).
pub(crate) fn copy_data_properties(
    cx: &Context,
    target: &Value,
    source: &Value,
    excluded: Option<&Object>,
) -> Result<()> {
    if source.is_nullish() {
        return Ok(());
    }
    let from = cx.to_object(source)?;
    let to = cx.expect_object(target)?;
    let mut skip: Vec<PropertyKey> = Vec::new();
    if let Some(x) = excluded {
        for i in 0..x.array_length() {
            skip.push(cx.to_property_key(&x.get_index(cx, i as u64)?)?);
        }
    }
    for key in from.own_keys(cx)?.iter() {
        if skip.contains(key) {
            continue;
        }
        if let Some(p) = from.get_own_property(cx, key)?
            && p.is_enumerable()
        {
            let v = if from.exotic().is_some() { from.get(cx, key)? } else { p.read(cx, from.as_value())? };
            to.create_data_property_or_throw(cx, key, v)?;
        }
    }
    Ok(())
}

/// GetTemplateObject (13.2.8.4).
pub(crate) fn template_object(cx: &Context, code: &Template, i: usize) -> Result {
    let (strings, cell) = &code.templates[i];
    if let Some(o) = cell.get() {
        return Ok(o.to_value());
    }
    let cooked = cx.new_array(strings.len())?;
    let raw = cx.new_array(strings.len())?;
    for (c, r) in strings {
        cooked.push_element(match c {
            Some(c) => cx.rt().new_chars(text_chars(c))?.into(),
            None => Value::UNDEFINED,
        })?;
        raw.push_element(cx.rt().new_chars(text_chars(r))?.into())?;
    }
    freeze(cx, &raw)?;
    cooked.define(cx, cx.name(Name::raw), raw.into(), 0)?;
    freeze(cx, &cooked)?;
    let v = cooked.to_value();
    let _ = cell.set(cooked);
    Ok(v)
}
fn freeze(cx: &Context, o: &Object) -> Result<()> {
    o.prevent_extensions(cx)?;
    for key in o.own_keys(cx)?.iter() {
        let d = Descriptor { writable: Some(false), configurable: Some(false), ..Descriptor::default() };
        o.define_own_property(cx, key, &d)?;
    }
    Ok(())
}

/// A regular expression literal.
pub(crate) fn regexp(cx: &Context, code: &Template, i: usize) -> Result {
    let (source, fl, cell) = &code.regexps[i];
    let program = match cell.get() {
        Some(p) => p.clone(),
        None => {
            let p = crate::builtins::regexp::compile(cx, source, fl)?;
            let _ = cell.set(p.clone());
            p
        }
    };
    crate::builtins::regexp::from_literal(cx, program, source.clone(), fl.clone()).map(Value::from)
}

// ---- private names

/// The key of a private name: loaded code may have something else in its place.
fn private_key(cx: &Context, k: &Value) -> Result<PropertyKey> {
    match k.as_symbol() {
        Some(s) if s.sort() == SymbolSort::Private => Ok(PropertyKey::from_value_unchecked(k.clone())),
        _ => Err(cx.throw_type("not a private name")),
    }
}
fn private_name(k: &Value) -> String {
    k.as_symbol().and_then(|s| s.description().map(|d| d.to_lossy())).unwrap_or_default()
}
/// PrivateGet (7.3.31)
pub(crate) fn get_private(cx: &Context, o: &Value, k: &Value) -> Result {
    let found = match o.as_object() {
        Some(x) => x.shape().lookup(&private_key(cx, k)?).map(|f| (x, f)),
        None => None,
    };
    let Some((x, (slot, fl))) = found else {
        return Err(cx.throw_type(&format!("private class field '{}' does not exist", private_name(k))));
    };
    if fl & prop::ACCESSOR != 0 {
        let g = match x.slot(slot).as_gc::<Accessor>() {
            Some(a) => a.getter().clone(),
            None => Value::UNDEFINED,
        };
        if g.is_undefined() {
            return Err(cx.throw_type(&format!("'{}' was defined without a getter", private_name(k))));
        }
        return cx.call(&g, o, &[]);
    }
    Ok(x.slot(slot).clone())
}
/// PrivateSet (7.3.32)
pub(crate) fn set_private(cx: &Context, o: &Value, k: &Value, v: Value) -> Result<()> {
    let found = match o.as_object() {
        Some(x) => x.shape().lookup(&private_key(cx, k)?).map(|f| (x, f)),
        None => None,
    };
    let Some((x, (slot, fl))) = found else {
        return Err(cx.throw_type(&format!("private class field '{}' does not exist", private_name(k))));
    };
    if fl & prop::ACCESSOR != 0 {
        let s = match x.slot(slot).as_gc::<Accessor>() {
            Some(a) => a.setter().clone(),
            None => Value::UNDEFINED,
        };
        if s.is_undefined() {
            return Err(cx.throw_type(&format!("'{}' was defined without a setter", private_name(k))));
        }
        return cx.call(&s, o, &[v]).map(|_| ());
    }
    if fl & prop::WRITABLE == 0 {
        return Err(cx.throw_type(&format!("'{}' is read-only", private_name(k))));
    }
    x.set_slot(slot, v);
    Ok(())
}
/// PrivateFieldAdd, PrivateMethodOrAccessorAdd
pub(crate) fn define_private(cx: &Context, o: &Value, k: &Value, v: Value, method: bool) -> Result<()> {
    let o = cx.expect_object(o)?;
    let key = private_key(cx, k)?;
    if o.shape().lookup(&key).is_some() {
        return Err(cx.throw_type(&format!("private class field '{}' already exists", private_name(k))));
    }
    if !o.ordinary_is_extensible() {
        return Err(cx.throw_type("object is not extensible"));
    }
    o.add_property(&key, v, if method { 0 } else { prop::WRITABLE })
}
/// The same for one half of an accessor.
pub(crate) fn define_private_accessor(
    cx: &Context,
    o: &Value,
    k: &Value,
    f: Value,
    getter: bool,
) -> Result<()> {
    let o = cx.expect_object(o)?;
    let key = private_key(cx, k)?;
    let (mut g, mut s) = (Value::UNDEFINED, Value::UNDEFINED);
    let found = o.shape().lookup(&key);
    if let Some((slot, fl)) = found {
        match o.slot(slot).as_gc::<Accessor>() {
            Some(a) if fl & prop::ACCESSOR != 0 => {
                g = a.getter().clone();
                s = a.setter().clone();
                let taken = if getter { !g.is_undefined() } else { !s.is_undefined() };
                if taken {
                    return Err(
                        cx.throw_type(&format!("private class field '{}' already exists", private_name(k)))
                    );
                }
            }
            _ => return Err(cx.throw_type("private class field already exists")),
        }
    } else if !o.ordinary_is_extensible() {
        return Err(cx.throw_type("object is not extensible"));
    }
    if getter {
        g = f;
    } else {
        s = f;
    }
    let a = cx.rt().new_accessor(g, s)?;
    match found {
        Some((slot, _)) => {
            o.set_slot(slot, a.into());
            Ok(())
        }
        None => o.add_property(&key, a.into(), prop::ACCESSOR),
    }
}
/// `#x in o`
pub(crate) fn in_private(cx: &Context, k: &Value, o: &Value) -> Result<bool> {
    let Some(o) = o.as_object() else {
        return Err(cx.throw_type("invalid 'in' operand"));
    };
    Ok(o.shape().lookup(&private_key(cx, k)?).is_some())
}
