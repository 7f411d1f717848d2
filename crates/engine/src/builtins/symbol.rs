//! Symbol (20.4).

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::class::id;
use crate::object::function::{Call, FunctionSpec, Primitive};
use crate::object::lazy::{Def, DefKey, What, getter, make_constructor, method, tag};
use crate::object::shape::prop;
use crate::text::build::StringBuilder;
use crate::text::names::Sym;
use crate::text::{Str, Symbol, SymbolSort};
use crate::value::{Result, Value};

macro_rules! well_known {
    ($name:literal, $sym:ident) => {
        Def { key: DefKey::S($name), what: What::Lazy(|cx| Ok(cx.symbol(Sym::$sym).raw().clone())), flags: 0 }
    };
}

const STATICS: &[Def] = &[
    method("for", symbol_for, 1),
    method("keyFor", key_for, 1),
    well_known!("asyncDispose", asyncDispose),
    well_known!("asyncIterator", asyncIterator),
    well_known!("dispose", dispose),
    well_known!("hasInstance", hasInstance),
    well_known!("isConcatSpreadable", isConcatSpreadable),
    well_known!("iterator", iterator),
    well_known!("match", match_),
    well_known!("matchAll", matchAll),
    well_known!("replace", replace),
    well_known!("search", search),
    well_known!("species", species),
    well_known!("split", split),
    well_known!("toPrimitive", toPrimitive),
    well_known!("toStringTag", toStringTag),
    well_known!("unscopables", unscopables),
];

const MEMBERS: &[Def] = &[
    method("toString", to_string, 0),
    method("valueOf", value_of, 0),
    getter("description", description),
    Def { key: DefKey::Y(Sym::toPrimitive), what: What::Method(value_of, 1, 0), flags: prop::CONFIGURABLE },
    tag("Symbol"),
];

/// Makes %Symbol% and its prototype.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    let spec = FunctionSpec { f: constructor, name: "Symbol", length: 0, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::SymbolPrototype, proto);
    cx.set_intrinsic(Intrinsic::Symbol, f);
    Ok(())
}

/// Symbol (20.4.1.1)
fn constructor(c: &Call<'_>) -> Result {
    if c.is_construct() {
        return Err(c.cx.throw_type("not a constructor"));
    }
    let description = if c.arg(0).is_undefined() { None } else { Some(c.cx.to_string(c.arg(0))?) };
    c.cx.rt().new_symbol(description, SymbolSort::Local).map(Value::from)
}

/// Symbol.for (20.4.2.2)
fn symbol_for(c: &Call<'_>) -> Result {
    let key = c.cx.to_string(c.arg(0))?;
    c.cx.rt().symbol_for(&key).map(Value::from)
}

/// Symbol.keyFor (20.4.2.6)
fn key_for(c: &Call<'_>) -> Result {
    let Some(s) = c.arg(0).as_symbol() else {
        return Err(c.cx.throw_type("not a symbol"));
    };
    Ok(match s.description() {
        Some(d) if s.sort() == SymbolSort::Registered => d.to_value(),
        _ => Value::UNDEFINED,
    })
}

/// ThisSymbolValue (20.4.3.4.1)
fn this_symbol<'a>(c: &Call<'a>) -> Result<&'a Value> {
    if c.this.is_symbol() {
        return Ok(c.this);
    }
    if let Some(o) = c.this.as_object()
        && o.class() == id::SYMBOL
        && let Some(p) = o.data::<Primitive>()
    {
        return Ok(&p.0);
    }
    Err(c.cx.throw_type("not a symbol"))
}

/// SymbolDescriptiveString (20.4.3.3.1)
pub fn descriptive_string(cx: &Context, s: &Symbol) -> Result<Gc<Str>> {
    let mut b = StringBuilder::new(cx.rt());
    b.push_str("Symbol(")?;
    if let Some(d) = s.description() {
        b.push_string(d)?;
    }
    b.push_str(")")?;
    b.finish()
}

/// Symbol.prototype.toString (20.4.3.3)
fn to_string(c: &Call<'_>) -> Result {
    match this_symbol(c)?.as_symbol() {
        Some(s) => descriptive_string(c.cx, s).map(Value::from),
        None => Ok(Value::UNDEFINED),
    }
}

/// Symbol.prototype.valueOf, Symbol.prototype [ %Symbol.toPrimitive% ] (20.4.3.4, 20.4.3.5)
fn value_of(c: &Call<'_>) -> Result {
    this_symbol(c).cloned()
}

/// get Symbol.prototype.description (20.4.3.2)
fn description(c: &Call<'_>) -> Result {
    let d = this_symbol(c)?.as_symbol().and_then(|s| s.description());
    Ok(d.map_or(Value::UNDEFINED, |d| d.to_value()))
}
