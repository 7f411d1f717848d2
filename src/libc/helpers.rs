//! Globals: print, console, scriptArgs; and those of the command: argv0, execArgv, navigator, gc.

use super::sys::Standard;
use super::text::{self, from_os};
use super::{console, dump, std_mod};
use crate::capi::runtime::VERSION;
use qjs_engine::object::function::{Call, FunctionSpec, NativeFn};
use qjs_engine::object::lazy::{Def, DefKey, METHOD, What, define_all, getter, lazy_value, tag};
use qjs_engine::object::shape::prop;
use qjs_engine::{Context, Gc, Object, Result, Value};

/// What js_std_add_helpers adds. `args` are the script's name and its arguments; None: no `scriptArgs`.
pub fn add(cx: &Context, args: Option<&[Vec<u8>]>) -> Result<()> {
    let g = cx.global().clone();
    define_all(cx, &g, HELPERS)?;
    match args {
        Some(args) => cx.define_str(&g, "scriptArgs", strings(cx, args)?.into(), prop::ALL),
        None => Ok(()),
    }
}
const HELPERS: &[Def] = &[
    lazy_value("console", |cx| console::new_console(cx).map(Value::from), prop::ALL),
    Def { key: DefKey::S("print"), what: What::Method(print, 1, 0), flags: prop::ALL },
];

/// What the command `qjs` has besides: its own name, its whole command line.
pub fn add_command(cx: &Context, argv0: &[u8], argv: &[Vec<u8>]) -> Result<()> {
    let g = cx.global().clone();
    cx.define_str(&g, "gc", function(cx, "gc", std_mod::gc, 0)?, METHOD)?;
    cx.define_str(&g, "execArgv", strings(cx, argv)?.into(), prop::ALL)?;
    cx.define_str(&g, "argv0", from_os(cx, argv0)?.into(), prop::ALL)?;
    let proto = cx.new_object()?;
    define_all(cx, &proto, NAVIGATOR)?;
    let navigator = cx.new_object_with_proto(Some(&proto))?;
    cx.define_str(&g, "navigator", navigator.into(), prop::CONFIGURABLE | prop::ENUMERABLE)
}

fn function(cx: &Context, name: &str, f: NativeFn, length: i32) -> Result {
    cx.new_native(&FunctionSpec { f, name, length, magic: 0, constructor: false }).map(Value::from)
}
fn strings(cx: &Context, list: &[Vec<u8>]) -> Result<Gc<Object>> {
    let values = list.iter().map(|s| from_os(cx, s).map(Value::from)).collect::<Result<Vec<_>>>()?;
    cx.new_array_from(values)
}

const NAVIGATOR: &[Def] = &[getter("userAgent", user_agent), tag("Navigator")];

/// navigator.userAgent: as QuickJS-NG's, whose place this takes.
fn user_agent(c: &Call<'_>) -> Result {
    c.cx.string(&format!("quickjs-ng/{VERSION}"))
}

/// print(...args): their strings, separated by spaces, and a line feed, to stdout.
fn print(c: &Call<'_>) -> Result {
    let mut line: Vec<u8> = Vec::new();
    for (i, v) in c.args.iter().enumerate() {
        if i > 0 {
            line.push(b' ');
        }
        let t = text::to_bytes(c.cx, v)?;
        super::args::room(c.cx, &mut line, t.len() + 2)?;
        line.extend_from_slice(&t);
    }
    line.push(b'\n');
    dump::write_line(c.cx, Standard::Out, &line)?;
    Ok(Value::UNDEFINED)
}
