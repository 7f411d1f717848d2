//! Function (20.2) and bound function objects (10.4.1).

use crate::bytecode::code::FunctionKind;
use crate::context::{Context, Intrinsic};
use crate::heap::{Gc, flag};
use crate::object::class::id;
use crate::object::function::{BoundData, Call, FunctionData, FunctionSpec, NativeData};
use crate::object::lazy::{
    self, Def, DefKey, METHOD, What, define_all, getter_magic, lazy_value, make_constructor, method,
};
use crate::object::shape::prop;
use crate::object::{Object, Shape};
use crate::text::Str;
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};

const MEMBERS: &[Def] = &[
    lazy_value("constructor", |cx| cx.intrinsic(Intrinsic::Function).map(|o| o.to_value()), METHOD),
    method("apply", apply, 2),
    method("bind", bind, 1),
    method("call", call, 1),
    method("toString", to_string, 0),
    getter_magic("fileName", position, FILE),
    getter_magic("lineNumber", position, LINE),
    getter_magic("columnNumber", position, COLUMN),
    Def { key: DefKey::Y(Sym::hasInstance), what: What::Method(has_instance, 1, 0), flags: 0 },
];

/// Makes %Function%.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.function_prototype().clone();
    let spec = FunctionSpec { f: constructor, name: "Function", length: 1, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], &[])?;
    cx.set_intrinsic(Intrinsic::Function, f);
    Ok(())
}

/// Gives %Function.prototype% its members, and makes %ThrowTypeError%.
pub(crate) fn init_prototype(cx: &Context) -> Result<()> {
    let proto = cx.function_prototype().clone();
    define_all(cx, &proto, MEMBERS)?;
    let thrower = new_throw_type_error(cx)?;
    // AddRestrictedFunctionProperties (10.2.4)
    let pair = cx.rt().new_accessor(thrower.to_value(), thrower.to_value())?;
    for n in [Name::arguments, Name::caller] {
        proto.add_property(cx.name(n), pair.to_value(), prop::CONFIGURABLE | prop::ACCESSOR)?;
    }
    cx.set_intrinsic(Intrinsic::ThrowTypeError, thrower);
    Ok(())
}

/// %ThrowTypeError% (10.2.4.1): frozen.
fn new_throw_type_error(cx: &Context) -> Result<Gc<Object>> {
    let f = cx.new_native_full(throw_type_error, Some(cx.rt().atoms.empty()), 0, 0, false, Box::default())?;
    f.header().clear(flag::LAZY);
    f.make_dictionary()?;
    f.add_property(cx.name(Name::length), Value::int(0), 0)?;
    f.add_property(cx.name(Name::name), cx.name(Name::empty).raw().clone(), 0)?;
    f.header().set(flag::NOT_EXTENSIBLE);
    Ok(f)
}

/// Of sloppy functions, `caller` and `arguments` read otherwise (see `vm::legacy`), and writing them does nothing.
fn throw_type_error(c: &Call<'_>) -> Result {
    match c.this.as_object().and_then(|o| o.data::<FunctionData>()) {
        Some(f) if crate::vm::legacy::is_plain_sloppy(f) => Ok(Value::UNDEFINED),
        _ => Err(c.cx.throw_type("invalid property access")),
    }
}
/// Is it a realm's %ThrowTypeError%?
pub(crate) fn is_thrower(v: &Value) -> bool {
    super::map_set::is_native(v, throw_type_error)
}

/// Is it the builtin Function.prototype.toString?
pub(super) fn is_to_string(v: &Value) -> bool {
    super::map_set::is_native(v, to_string)
}

const FILE: i32 = 0;
const LINE: i32 = 1;
const COLUMN: i32 = 2;

/// get fileName, lineNumber, columnNumber of a function that has a source, as in QuickJS.
fn position(c: &Call<'_>) -> Result {
    let Some(f) = c.this.as_object().and_then(|o| o.data::<FunctionData>()) else {
        return Ok(Value::UNDEFINED);
    };
    let t = &f.template;
    let (line, column) = t.source.line_column(t.source_start);
    Ok(match c.magic {
        FILE => t.source.file.to_value(),
        LINE => Value::from_u32(line),
        _ => Value::from_u32(column),
    })
}

/// Function (20.2.1.1)
fn constructor(c: &Call<'_>) -> Result {
    let own = c.callee.to_value();
    let new_target = if c.is_construct() { c.new_target } else { &own };
    crate::vm::create_dynamic_function(c.cx, FunctionKind::Normal, c.args, new_target).map(Value::from)
}

/// Function.prototype.apply (20.2.3.1)
fn apply(c: &Call<'_>) -> Result {
    let Some(f) = c.this.as_object().filter(|f| f.is_callable()) else {
        return Err(c.cx.throw_not_a_function());
    };
    let list = c.arg(1);
    if list.is_nullish() {
        return c.cx.call_object(f, c.arg(0), &[]);
    }
    let args = c.cx.list_from_array_like(list)?;
    c.cx.call_object(f, c.arg(0), &args)
}

/// Function.prototype.call (20.2.3.3)
fn call(c: &Call<'_>) -> Result {
    c.cx.call(c.this, c.arg(0), c.args.get(1..).unwrap_or(&[]))
}

/// Function.prototype [ %Symbol.hasInstance% ] (20.2.3.6)
fn has_instance(c: &Call<'_>) -> Result {
    c.cx.ordinary_has_instance(c.this, c.arg(0)).map(Value::bool)
}

/// Function.prototype.bind (20.2.3.2)
fn bind(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(target) = c.this.as_object().filter(|f| f.is_callable()) else {
        return Err(cx.throw_not_a_function());
    };
    let args = c.args.get(1..).unwrap_or(&[]);
    let f = new_bound(cx, target, c.arg(0), args)?;
    let mut length = 0.0;
    if target.has_own_property(cx, cx.name(Name::length))? {
        let n = target.get(cx, cx.name(Name::length))?;
        if n.is_number() {
            length = (cx.to_integer(&n)? - args.len() as f64).max(0.0);
        }
    }
    f.add_property(cx.name(Name::length), Value::number(length), prop::CONFIGURABLE)?;
    let name = target.get(cx, cx.name(Name::name))?;
    let name = match (cx.name(Name::bound_space).as_str(), name.as_string()) {
        (Some(bound), Some(n)) => cx.rt().concat(bound, n)?.into(),
        _ => cx.name(Name::bound_space).raw().clone(),
    };
    f.add_property(cx.name(Name::name), name, prop::CONFIGURABLE)?;
    Ok(f.into())
}

/// BoundFunctionCreate (10.4.1.3), without the properties.
fn new_bound(cx: &Context, target: &Object, this: &Value, args: &[Value]) -> Result<Gc<Object>> {
    let proto = target.get_prototype_of(cx)?;
    let data = BoundData { target: target.to_gc(), this: this.clone(), args: args.into() };
    let shape = Shape::root(cx.rt(), proto.as_deref())?;
    let f = Object::alloc(cx.rt(), shape, id::BOUND_FUNCTION, 2, data)?;
    f.set_constructor(target.is_constructor());
    Ok(f)
}

/// Function.prototype.toString (20.2.3.5)
fn to_string(c: &Call<'_>) -> Result {
    match c.this.as_object() {
        Some(f) if f.is_callable() => function_to_string(c.cx, f),
        _ => Err(c.cx.throw_not_a_function()),
    }
}

/// A function's source text, or a NativeFunction's.
pub fn function_to_string(cx: &Context, f: &Object) -> Result {
    let mut s = StringBuilder::new(cx.rt());
    if let Some(d) = f.data::<FunctionData>() {
        push_wtf8(&mut s, d.template.source_text())?;
        if !s.is_empty() {
            return s.finish().map(Value::from);
        }
    }
    s.push_str("function ")?;
    let name = match (f.data::<NativeData>(), f.data::<FunctionData>()) {
        (Some(d), _) => d.name.borrow().clone(),
        // (Code that was loaded without its source text.)
        (_, Some(d)) => Some(d.template.name.clone()),
        _ => None,
    };
    if let Some(name) = name.filter(|n| is_property_name(n)) {
        s.push_string(&name)?;
    }
    s.push_str("() {\n    [native code]\n}")?;
    s.finish().map(Value::from)
}

/// May the name stand in NativeFunction's syntax: an identifier or [symbol], perhaps after get or set?
fn is_property_name(name: &Str) -> bool {
    let Some(c) = name.flat_chars() else {
        return false;
    };
    let skip = if c.len() > 4 && c.at(3) == b' ' as u16 { 4 } else { 0 };
    c.get(skip) == Some(b'[' as u16)
        || c.slice(skip, c.len())
            .units()
            .all(|u| u >= 0x80 || (u as u8).is_ascii_alphanumeric() || u == b'_' as u16 || u == b'$' as u16)
}

/// Appends WTF-8 text: UTF-8 in which lone surrogates are encoded like other code points.
fn push_wtf8(s: &mut StringBuilder<'_>, text: &[u8]) -> Result<()> {
    use crate::text::Chars;
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.iter().position(|b| *b >= 0x80).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(ascii);
        s.push_chars(Chars::Latin1(head))?;
        let Some(&lead) = tail.first() else {
            break;
        };
        let (n, bits) = match lead {
            0xf0.. => (4, lead as u32 & 0x07),
            0xe0.. => (3, lead as u32 & 0x0f),
            _ => (2, lead as u32 & 0x1f),
        };
        let n = n.min(tail.len());
        let (one, after) = tail.split_at(n);
        let c = one.iter().skip(1).fold(bits, |c, b| c << 6 | (*b as u32 & 0x3f));
        s.push_code_point(c.min(0x10ffff))?;
        rest = after;
    }
    Ok(())
}

/// SetFunctionName (10.2.9) for native functions made with a run-time key: "", "get" or "set" goes before.
pub fn set_function_name(
    cx: &Context,
    f: &Object,
    key: &crate::text::atoms::PropertyKey,
    prefix: &str,
) -> Result<()> {
    let mut s = StringBuilder::new(cx.rt());
    if !prefix.is_empty() {
        s.push_str(prefix)?;
        s.push_str(" ")?;
    }
    match key.as_symbol() {
        Some(sym) => {
            if let Some(d) = sym.description() {
                s.push_str("[")?;
                s.push_string(d)?;
                s.push_str("]")?;
            }
        }
        None => {
            let text = cx.to_string(&key.to_value(cx.rt())?)?;
            s.push_string(&text)?;
        }
    }
    let name = s.finish()?;
    lazy::materialize(cx, f, None)?;
    f.define(cx, cx.name(Name::name), name.into(), prop::CONFIGURABLE)
}

/// Function.prototype.call and apply: the machine knows them by address and makes the call itself.
pub(crate) const CALL: crate::object::function::NativeFn = call;
pub(crate) const APPLY: crate::object::function::NativeFn = apply;
