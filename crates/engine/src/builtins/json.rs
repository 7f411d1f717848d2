//! JSON (25.5): the object, `JSON.parse` with revivers and source text, raw JSON. See also `json_parse`, the parser,
//! and `json_stringify`.

use super::json_parse::{Parser, Record};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::Call;
use crate::object::lazy::{Def, define_all, method, tag};
use crate::object::shape::{Shape, prop};
use crate::ops::same_value;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};

pub use super::json_stringify::stringify;

const MEMBERS: &[Def] = &[
    method("isRawJSON", is_raw_json, 1),
    method("parse", parse, 2),
    method("rawJSON", raw_json, 1),
    method("stringify", super::json_stringify::stringify_method, 3),
    tag("JSON"),
];

/// Makes %JSON%.
pub fn init(cx: &Context) -> Result<()> {
    let o = cx.new_object()?;
    define_all(cx, &o, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::JSON, o);
    Ok(())
}

/// The value of a JSON text; a SyntaxError that says where, and in `filename` if there is one.
pub fn parse_text(cx: &Context, text: Chars<'_>, filename: Option<&str>) -> Result {
    match text {
        Chars::Latin1(t) => Parser::new(cx, t, filename).parse(),
        Chars::Utf16(t) => Parser::new(cx, t, filename).parse(),
    }
}

/// The same for UTF-8 text, as C hands it over; what is no UTF-8 becomes U+FFFD.
pub fn parse_utf8(cx: &Context, text: &[u8], filename: Option<&str>) -> Result {
    if text.is_ascii() {
        return parse_text(cx, Chars::Latin1(text), filename);
    }
    let mut units = crate::heap::buf::Buf::with_capacity(cx.rt(), text.len())?;
    for chunk in text.utf8_chunks() {
        for u in chunk.valid().encode_utf16() {
            units.push(u)?;
        }
        if !chunk.invalid().is_empty() {
            units.push(0xfffd)?;
        }
    }
    parse_text(cx, Chars::Utf16(&units), filename)
}

/// JSON.parse (25.5.1)
fn parse(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let text = cx.to_string(c.arg(0))?;
    let reviver = c.arg(1);
    if !reviver.is_callable() {
        return parse_text(cx, text.chars()?, None);
    }
    let (value, record) = match text.chars()? {
        Chars::Latin1(t) => Parser::new(cx, t, None).parse_recorded()?,
        Chars::Utf16(t) => Parser::new(cx, t, None).parse_recorded()?,
    };
    let root = cx.new_object()?;
    root.create_data_property(cx, cx.name(Name::empty), value)?;
    internalize(cx, &root, cx.name(Name::empty), reviver, Some(&record), &text)
}

/// InternalizeJSONProperty (25.5.1.1)
fn internalize(
    cx: &Context,
    holder: &Object,
    key: &PropertyKey,
    reviver: &Value,
    record: Option<&Record>,
    text: &Gc<Str>,
) -> Result {
    cx.check_stack()?;
    cx.poll()?;
    let val = holder.get(cx, key)?;
    let context = cx.new_object()?;
    let record = record.filter(|r| same_value(r.value(), &val));
    if let Some(o) = val.as_object() {
        let o = Gc::from_ref(o);
        if cx.is_array(&val)? {
            let elements = record.map_or(&[][..], |r| r.elements());
            let len = cx.length_of(&o)?;
            for i in 0..len {
                let k = cx.rt().key_from_number(i)?;
                let r = usize::try_from(i).ok().and_then(|i| elements.get(i));
                revive(cx, &o, &k, reviver, r, text)?;
            }
        } else {
            for k in enumerable_own_keys(cx, &o)?.iter() {
                revive(cx, &o, k, reviver, record.and_then(|r| r.entry(k)), text)?;
            }
        }
    } else if let Some(r) = record {
        let (a, b) = r.source();
        let source = cx.rt().substring(text, a, b)?;
        let k = cx.key("source")?;
        context.create_data_property(cx, &k, source.into())?;
    }
    cx.call(reviver, holder.to_gc().as_value(), &[key.to_value(cx.rt())?, val, context.into()])
}

/// One property of InternalizeJSONProperty's loops.
fn revive(
    cx: &Context,
    o: &Object,
    key: &PropertyKey,
    reviver: &Value,
    record: Option<&Record>,
    text: &Gc<Str>,
) -> Result<()> {
    let v = internalize(cx, o, key, reviver, record, text)?;
    if v.is_undefined() {
        o.delete(cx, key)?;
    } else {
        o.create_data_property(cx, key, v)?;
    }
    Ok(())
}

/// EnumerableOwnProperties(o, key)
pub(super) fn enumerable_own_keys(cx: &Context, o: &Object) -> Result<crate::object::Keys> {
    let all = o.own_keys(cx)?;
    let mut keys = crate::object::Keys::with_capacity(cx.rt(), all.len())?;
    for k in all.iter() {
        if !k.is_symbol()
            && let Some(p) = o.get_own_property(cx, k)?
            && p.is_enumerable()
        {
            keys.push(k.clone())?;
        }
    }
    Ok(keys)
}

/// JSON.rawJSON (25.5.2)
fn raw_json(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let text = cx.to_string(c.arg(0))?;
    let chars = text.chars()?;
    let odd = |u: Option<u16>| matches!(u, None | Some(9 | 10 | 13 | 32));
    if odd(chars.get(0)) || odd(chars.len().checked_sub(1).and_then(|i| chars.get(i))) {
        return Err(cx.throw_syntax("invalid raw JSON text"));
    }
    if matches!(chars.at(0), 0x5b | 0x7b) {
        return Err(cx.throw_syntax("raw JSON text must be a primitive value"));
    }
    parse_text(cx, chars, None)?;
    let o = Object::alloc_plain(cx.rt(), Shape::root(cx.rt(), None)?, id::RAW_JSON, 1)?;
    o.define(cx, cx.name(Name::rawJSON), text.into(), prop::ENUMERABLE)?;
    o.prevent_extensions(cx)?;
    Ok(o.into())
}

/// JSON.isRawJSON (25.5.3)
fn is_raw_json(c: &Call<'_>) -> Result {
    Ok(Value::bool(c.arg(0).as_object().is_some_and(|o| o.class() == id::RAW_JSON)))
}
