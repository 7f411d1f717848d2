//! Properties made on first touch: functions' own `length`, `name` and `prototype`, and builtins' members.

use super::class::id;
use super::function::{FunctionData, FunctionSpec, NativeData, NativeFn};
use super::shape::prop;
use super::{Object, Shape};
use crate::bytecode::code::{FunctionKind, flags};
use crate::context::Context;
use crate::heap::{Gc, flag};
use crate::text::Chars;
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};

/// The key of a builtin's member.
#[derive(Clone, Copy)]
pub enum DefKey {
    /// A string key.
    S(&'static str),
    /// A well-known symbol.
    Y(Sym),
}

/// What a builtin's member is.
pub enum What {
    /// A method: function, length, magic.
    Method(NativeFn, i32, i32),
    /// An accessor property.
    Getter(NativeFn, i32),
    /// An accessor property with both halves.
    GetSet(NativeFn, NativeFn, i32),
    /// A value made when someone looks.
    Lazy(fn(&Context) -> Result),
    Int(i32),
    Number(f64),
    Text(&'static str),
    Undefined,
    /// The same value as another (earlier) member.
    Alias(&'static str),
}

/// One row of a builtin's table.
pub struct Def {
    pub key: DefKey,
    pub what: What,
    /// Attributes (`prop::*`).
    pub flags: u8,
}

/// Writable and configurable, as builtin methods are.
pub const METHOD: u8 = prop::WRITABLE | prop::CONFIGURABLE;

/// A method row.
pub const fn method(name: &'static str, f: NativeFn, length: i32) -> Def {
    Def { key: DefKey::S(name), what: What::Method(f, length, 0), flags: METHOD }
}
/// A method row with a magic number.
pub const fn method_magic(name: &'static str, f: NativeFn, length: i32, magic: i32) -> Def {
    Def { key: DefKey::S(name), what: What::Method(f, length, magic), flags: METHOD }
}
/// A method with a symbol for a name.
pub const fn symbol_method(sym: Sym, f: NativeFn, length: i32) -> Def {
    Def { key: DefKey::Y(sym), what: What::Method(f, length, 0), flags: METHOD }
}
/// A getter row.
pub const fn getter(name: &'static str, f: NativeFn) -> Def {
    Def { key: DefKey::S(name), what: What::Getter(f, 0), flags: prop::CONFIGURABLE }
}
/// A getter row with a magic number.
pub const fn getter_magic(name: &'static str, f: NativeFn, magic: i32) -> Def {
    Def { key: DefKey::S(name), what: What::Getter(f, magic), flags: prop::CONFIGURABLE }
}
/// A getter with a symbol for a name.
pub const fn symbol_getter(sym: Sym, f: NativeFn) -> Def {
    Def { key: DefKey::Y(sym), what: What::Getter(f, 0), flags: prop::CONFIGURABLE }
}
/// A getter and setter row.
pub const fn accessor(name: &'static str, g: NativeFn, s: NativeFn) -> Def {
    Def { key: DefKey::S(name), what: What::GetSet(g, s, 0), flags: prop::CONFIGURABLE }
}
/// `@@toStringTag`.
pub const fn tag(text: &'static str) -> Def {
    Def { key: DefKey::Y(Sym::toStringTag), what: What::Text(text), flags: prop::CONFIGURABLE }
}
/// A constant: not writable, enumerable or configurable.
pub const fn constant(name: &'static str, v: f64) -> Def {
    Def { key: DefKey::S(name), what: What::Number(v), flags: 0 }
}
/// The same value as the earlier string-keyed member `of`.
pub const fn alias(name: &'static str, of: &'static str) -> Def {
    Def { key: DefKey::S(name), what: What::Alias(of), flags: METHOD }
}
/// The same for a symbol key.
pub const fn symbol_alias(sym: Sym, of: &'static str) -> Def {
    Def { key: DefKey::Y(sym), what: What::Alias(of), flags: METHOD }
}
/// A number that is always there, as a constant of a module's.
pub const fn int(name: &'static str, n: i32) -> Def {
    Def { key: DefKey::S(name), what: What::Int(n), flags: 0 }
}
/// The same for a text.
pub const fn text(name: &'static str, s: &'static str) -> Def {
    Def { key: DefKey::S(name), what: What::Text(s), flags: 0 }
}
/// A value made when someone looks.
pub const fn lazy_value(name: &'static str, f: fn(&Context) -> Result, flags: u8) -> Def {
    Def { key: DefKey::S(name), what: What::Lazy(f), flags }
}

/// Gives `o` the members of a table, as recipes.
pub fn define_all(cx: &Context, o: &Object, defs: &'static [Def]) -> Result<()> {
    if o.has_flag(flag::LAZY) {
        materialize(cx, o, None)?;
    }
    if !o.shape().is_dictionary() {
        let d = o.shape().to_dictionary(cx.rt(), o.proto().map(|p| &**p))?;
        o.set_shape(d);
    }
    o.shape().set_realm(cx);
    reserve(cx, o, defs.len())?;
    for d in defs {
        let key = def_key(cx, d)?;
        let (value, extra) = match &d.what {
            What::Method(..) | What::Lazy(..) => (recipe(d), prop::LAZY),
            What::Getter(..) | What::GetSet(..) => (recipe(d), prop::LAZY | prop::ACCESSOR),
            What::Alias(of) => (o.get(cx, &cx.rt().key(of)?)?, 0),
            What::Int(_) | What::Number(_) | What::Undefined | What::Text(_) => (make(cx, d)?, 0),
        };
        if let Some((slot, _)) = o.shape().lookup(&key) {
            o.set_slot(slot, value);
            o.shape().dict_set_flags(slot, d.flags | extra);
        } else {
            o.add_property(&key, value, d.flags | extra)?;
        }
    }
    Ok(())
}

/// Makes room for `n` members more, which an object with a dictionary is about to get.
pub(crate) fn reserve(cx: &Context, o: &Object, n: usize) -> Result<()> {
    let all = o.shape().slot_count() + n;
    if n > 3 && all > o.slot_capacity() {
        o.set_slot_capacity(all)?;
        o.shape().dict_reserve(cx.rt(), n)?;
    }
    Ok(())
}

/// The key of a row.
pub(crate) fn def_key(cx: &Context, d: &Def) -> Result<PropertyKey> {
    match d.key {
        DefKey::S(s) => cx.rt().static_key(s),
        DefKey::Y(s) => Ok(cx.symbol(s).clone()),
    }
}

/// A recipe's address as a number, for a slot.
fn recipe(d: &'static Def) -> Value {
    Value::double_unchecked(d as *const Def as usize as f64)
}

/// Makes what the recipe in a lazy slot says.
#[cold]
pub(crate) fn resolve_slot(cx: &Context, o: &Object, slot: usize, flags: u8) -> Result<()> {
    let addr = o.slot(slot).as_number().unwrap_or(0.0) as usize;
    // SAFETY: lazy slots hold addresses of static recipes only.
    let d: &'static Def = unsafe { &*(addr as *const Def) };
    let realm = o.shape().realm().cloned();
    let cx: &Context = realm.as_deref().unwrap_or(cx);
    let value = make(cx, d)?;
    // Making the value may have touched the object: look again.
    let key = def_key(cx, d)?;
    if let Some((slot, f)) = o.shape().lookup(&key)
        && f & prop::LAZY != 0
    {
        o.set_slot(slot, value);
        o.shape().dict_set_flags(slot, flags & !prop::LAZY);
    }
    Ok(())
}

/// Makes what a row says: a value, or the Accessor of an accessor property. (An alias has no value of its own.)
pub(crate) fn make(cx: &Context, d: &Def) -> Result {
    let name = || match d.key {
        DefKey::S(s) => s.to_string(),
        DefKey::Y(s) => format!("[{}]", Sym::TEXT[s as usize]),
    };
    let function = |f: NativeFn, name: String, length: i32, magic: i32| {
        cx.new_native(&FunctionSpec { f, name: &name, length, magic, constructor: false }).map(Value::from)
    };
    Ok(match &d.what {
        What::Method(f, length, magic) => function(*f, name(), *length, *magic)?,
        What::Getter(f, magic) => {
            let g = function(*f, format!("get {}", name()), 0, *magic)?;
            cx.rt().new_accessor(g, Value::UNDEFINED)?.into()
        }
        What::GetSet(f, s, magic) => {
            let g = function(*f, format!("get {}", name()), 0, *magic)?;
            let s = function(*s, format!("set {}", name()), 1, *magic)?;
            cx.rt().new_accessor(g, s)?.into()
        }
        What::Lazy(f) => f(cx)?,
        What::Int(i) => Value::int(*i),
        What::Number(n) => Value::number(*n),
        What::Text(s) => cx.rt().intern(Chars::Latin1(s.as_bytes()))?.into(),
        What::Undefined | What::Alias(_) => Value::UNDEFINED,
    })
}

/// The row of a table whose key is this string.
pub(crate) fn find(table: &'static [Def], key: &PropertyKey) -> Option<&'static Def> {
    let Some(Chars::Latin1(text)) = key.as_str().and_then(|s| s.flat_chars()) else { return None };
    table.iter().find(|d| matches!(d.key, DefKey::S(s) if s.as_bytes() == text))
}

/// Gives a function its own `length`, `name` and `prototype`, when `key` is one of them (or None: all keys).
#[cold]
pub(crate) fn materialize(_cx: &Context, o: &Object, key: Option<&PropertyKey>) -> Result<()> {
    let Some(realm) = o.function_realm().cloned() else {
        o.header().clear(flag::LAZY);
        return Ok(());
    };
    let cx = &*realm;
    if let Some(k) = key {
        let n = |n: Name| *k == *cx.name(n);
        if !n(Name::length) && !n(Name::name) && !n(Name::prototype) {
            return Ok(());
        }
    }
    o.header().clear(flag::LAZY);
    let made = add_own(cx, o);
    if made.is_err() {
        // The next to look goes on where this stopped.
        o.header().set(flag::LAZY);
    }
    made
}
fn add_own(cx: &Context, o: &Object) -> Result<()> {
    let add = |n: Name, value: Value, flags: u8| {
        let key = cx.name(n);
        if o.shape().lookup(key).is_some() { Ok(()) } else { o.add_property(key, value, flags) }
    };
    let c = prop::CONFIGURABLE;
    if let Some(f) = o.data::<FunctionData>() {
        let t = &f.template;
        add(Name::length, Value::int(t.length as i32), c)?;
        let name = f.name.borrow().clone().unwrap_or_else(|| t.name.to_value());
        add(Name::name, name, c)?;
        match t.kind {
            FunctionKind::Generator | FunctionKind::AsyncGenerator => {
                let proto = if t.kind == FunctionKind::Generator {
                    cx.intrinsic(crate::context::Intrinsic::GeneratorPrototype)?
                } else {
                    cx.intrinsic(crate::context::Intrinsic::AsyncGeneratorPrototype)?
                };
                let shape = Shape::root(cx.rt(), Some(proto))?;
                let v = Object::alloc_plain(cx.rt(), shape, id::OBJECT, 0)?;
                add(Name::prototype, v.into(), prop::WRITABLE)?;
            }
            _ if t.flags & flags::CONSTRUCTOR != 0 && t.flags & flags::CLASS_CONSTRUCTOR == 0 => {
                let v = cx.new_object_with_room(2)?;
                v.add_property(cx.name(Name::constructor), o.to_value(), METHOD)?;
                add(Name::prototype, v.into(), prop::WRITABLE)?;
            }
            _ => {}
        }
    } else if let Some(f) = o.data::<NativeData>() {
        add(Name::length, Value::int(f.length), c)?;
        let name = f.name.borrow().clone();
        if let Some(name) = name {
            add(Name::name, name.into(), c)?;
        }
    }
    Ok(())
}

/// Makes a builtin constructor: the function, its static members, its prototype's members, and the links
/// between the two. `proto` exists already.
pub fn make_constructor(
    cx: &Context,
    spec: &FunctionSpec<'_>,
    parent: Option<&Object>,
    proto: &Gc<Object>,
    statics: &'static [Def],
    members: &'static [Def],
) -> Result<Gc<Object>> {
    let f = cx.new_native(&FunctionSpec { constructor: true, ..*spec })?;
    if let Some(p) = parent {
        f.replace_proto(Some(p))?;
    }
    materialize(cx, &f, None)?;
    f.add_property(cx.name(Name::prototype), proto.to_value(), 0)?;
    define_all(cx, &f, statics)?;
    // constructor comes first among the members.
    if proto.shape().lookup(cx.name(Name::constructor)).is_none() {
        proto.add_property(cx.name(Name::constructor), f.to_value(), METHOD)?;
    }
    define_all(cx, proto, members)?;
    Ok(f)
}
