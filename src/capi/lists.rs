//! Function lists: tables of properties that C defines at once.

use super::convert::*;
use super::ffi::*;
use super::functions::new_c_function;
use super::properties::{define_getset, define_value};
use qjs_engine::text::SymbolSort;
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::{Context, Result, Value, embed};
use std::ffi::c_int;

/// Defines the properties of a table; -1 with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetPropertyFunctionList(
    ctx: *mut JSContext,
    obj: JSValueConst,
    tab: *const JSCFunctionListEntry,
    len: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, o) = unsafe { (enter(ctx), borrow(obj)) };
    // SAFETY: C's contract: the table has len entries.
    ret_unit(cx, unsafe { define_list(cx, &o, tab, len) })
}

unsafe fn define_list(cx: &Context, o: &Value, tab: *const JSCFunctionListEntry, len: c_int) -> Result<()> {
    cx.check_stack()?;
    for i in 0..usize::try_from(len).unwrap_or(0) {
        // SAFETY: per JS_SetPropertyFunctionList.
        unsafe { define_entry(cx, o, &*tab.add(i))? };
    }
    Ok(())
}

/// The key a table's name says: "[Symbol.iterator]" is the symbol.
fn entry_key(cx: &Context, name: &[u8]) -> Result<PropertyKey> {
    if let Some(inner) = name.strip_prefix(b"[").and_then(|n| n.strip_suffix(b"]"))
        && let Ok(text) = std::str::from_utf8(inner)
        && let Some(key) = cx.rt().symbol_named(text)
    {
        return Ok(key);
    }
    key_of(cx, name)
}

/// # Safety
/// C's contract: the entry is as its `def_type` says.
unsafe fn define_entry(cx: &Context, o: &Value, e: &JSCFunctionListEntry) -> Result<()> {
    // SAFETY: C's contract.
    let name = unsafe { c_bytes(e.name) };
    let key = entry_key(cx, name)?;
    let mut flags = e.prop_flags as c_int;
    let kind = e.def_type as c_int;
    // SAFETY: (the union's fields) def_type says which one is set.
    let value: Value = unsafe {
        match kind {
            JS_DEF_CGETSET | JS_DEF_CGETSET_MAGIC => {
                use JSCFunctionEnum::*;
                let (g, s) = (e.u.getset.get.generic, e.u.getset.set.generic);
                let (gp, sp) = if kind == JS_DEF_CGETSET {
                    (JS_CFUNC_getter, JS_CFUNC_setter)
                } else {
                    (JS_CFUNC_getter_magic, JS_CFUNC_setter_magic)
                };
                let half = |prefix: &[u8], f: JSCFunction, length, proto: JSCFunctionEnum| match f {
                    None => Ok(Value::UNDEFINED),
                    Some(_) => {
                        let name = [prefix, name].concat();
                        new_c_function(cx, f, &name, length, proto as RawCFunctionEnum, e.magic as c_int)
                            .map(Value::from)
                    }
                };
                let (g, s) = (half(b"get ", g, 0, gp)?, half(b"set ", s, 1, sp)?);
                define_getset(cx, o, &key, g, s, flags | JS_PROP_THROW)?;
                return Ok(());
            }
            JS_DEF_ALIAS => {
                let from = entry_key(cx, c_bytes(e.u.alias.name))?;
                match e.u.alias.base {
                    0 => cx.global().get(cx, &from)?,
                    1 => cx.array_prototype().get(cx, &from)?,
                    _ => cx.get_v(o, &from)?,
                }
            }
            _ => {
                // As in the specification: these methods are less than writable and configurable.
                match name {
                    b"[Symbol.toPrimitive]" if kind == JS_DEF_CFUNC => flags = JS_PROP_CONFIGURABLE,
                    b"[Symbol.hasInstance]" if kind == JS_DEF_CFUNC => flags = 0,
                    _ => {}
                }
                entry_value(cx, e)?
            }
        }
    };
    define_value(cx, o, &key, value, flags | JS_PROP_THROW)?;
    Ok(())
}

/// The value that an entry describes by itself: anything but accessors and aliases.
///
/// # Safety
/// As for `define_entry`.
pub(crate) unsafe fn entry_value(cx: &Context, e: &JSCFunctionListEntry) -> Result {
    // SAFETY: (the union's fields) def_type says which one is set.
    unsafe {
        Ok(match e.def_type as c_int {
            JS_DEF_CFUNC => {
                let f = e.u.func;
                let cproto = f.cproto as RawCFunctionEnum;
                let (name, magic) = (c_bytes(e.name), e.magic as c_int);
                new_c_function(cx, f.cfunc.generic, name, f.length as c_int, cproto, magic)?.into()
            }
            JS_DEF_PROP_STRING => embed::decode_utf8(cx.rt(), c_bytes(e.u.str))?.into(),
            JS_DEF_PROP_INT32 => Value::int(e.u.i32),
            JS_DEF_PROP_INT64 => Value::from_i64(e.u.i64),
            JS_DEF_PROP_DOUBLE => Value::number(e.u.f64),
            JS_DEF_PROP_UNDEFINED => Value::UNDEFINED,
            JS_DEF_PROP_BOOL => Value::bool(e.u.i32 != 0),
            JS_DEF_PROP_SYMBOL => {
                let text = c_bytes(e.u.str);
                let bare = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
                match std::str::from_utf8(bare).ok().and_then(|t| cx.rt().symbol_named(t)) {
                    Some(k) => k.to_value(cx.rt())?,
                    None => {
                        let d = embed::decode_utf8(cx.rt(), text)?;
                        cx.rt().new_symbol(Some(d), SymbolSort::Local)?.into()
                    }
                }
            }
            JS_DEF_OBJECT => {
                let object = Value::from(cx.new_object()?);
                define_list(cx, &object, e.u.prop_list.tab, e.u.prop_list.len)?;
                object
            }
            _ => return Err(cx.throw_type("unknown entry in a function list")),
        })
    }
}
