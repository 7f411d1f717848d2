//! The global object's own functions and the names of all others.

use crate::context::{Context, Intrinsic};
use crate::object::lazy::{Def, DefKey, METHOD, What, define_all};
use crate::value::{Result, Value};

macro_rules! global {
    ($name:literal, $i:ident) => {
        Def {
            key: DefKey::S($name),
            what: What::Lazy(|cx| cx.intrinsic(Intrinsic::$i).map(|o| o.to_value())),
            flags: METHOD,
        }
    };
}

/// JS_AddIntrinsicBaseObjects
pub const BASE: &[Def] = &[
    global!("Object", Object),
    global!("Function", Function),
    global!("Array", Array),
    global!("Error", Error),
    global!("EvalError", EvalError),
    global!("RangeError", RangeError),
    global!("ReferenceError", ReferenceError),
    global!("SyntaxError", SyntaxError),
    global!("TypeError", TypeError),
    global!("URIError", URIError),
    global!("InternalError", InternalError),
    global!("AggregateError", AggregateError),
    global!("SuppressedError", SuppressedError),
    global!("Boolean", Boolean),
    global!("Number", Number),
    global!("String", String),
    global!("Symbol", Symbol),
    global!("Math", Math),
    global!("Reflect", Reflect),
    global!("Iterator", Iterator),
];
/// JS_AddIntrinsicBigInt
pub const BIGINT: &[Def] = &[global!("BigInt", BigInt)];
/// JS_AddIntrinsicDate
pub const DATE: &[Def] = &[global!("Date", Date)];
/// JS_AddIntrinsicRegExp
pub const REGEXP: &[Def] = &[global!("RegExp", RegExp)];
/// JS_AddIntrinsicJSON
pub const JSON: &[Def] = &[global!("JSON", JSON)];
/// JS_AddIntrinsicProxy
pub const PROXY: &[Def] = &[global!("Proxy", Proxy)];
/// JS_AddIntrinsicMapSet
pub const MAP_SET: &[Def] =
    &[global!("Map", Map), global!("Set", Set), global!("WeakMap", WeakMap), global!("WeakSet", WeakSet)];
/// JS_AddIntrinsicWeakRef
pub const WEAK_REF: &[Def] =
    &[global!("WeakRef", WeakRef), global!("FinalizationRegistry", FinalizationRegistry)];
/// JS_AddIntrinsicTypedArrays
pub const TYPED_ARRAYS: &[Def] = &[
    global!("ArrayBuffer", ArrayBuffer),
    global!("Uint8ClampedArray", Uint8ClampedArray),
    global!("Int8Array", Int8Array),
    global!("Uint8Array", Uint8Array),
    global!("Int16Array", Int16Array),
    global!("Uint16Array", Uint16Array),
    global!("Int32Array", Int32Array),
    global!("Uint32Array", Uint32Array),
    global!("BigInt64Array", BigInt64Array),
    global!("BigUint64Array", BigUint64Array),
    global!("Float16Array", Float16Array),
    global!("Float32Array", Float32Array),
    global!("Float64Array", Float64Array),
    global!("DataView", DataView),
];

/// Gives the global object a group of names (the JS_AddIntrinsic… functions).
pub fn add(cx: &Context, group: &'static [Def]) -> Result<()> {
    define_all(cx, &cx.global().clone(), group)
}

/// JS_AddIntrinsicBaseObjects: the names of BASE, globalThis, and the global functions and constants.
pub fn add_base(cx: &Context) -> Result<()> {
    add(cx, BASE)?;
    let g = cx.global().clone();
    cx.define_str(&g, "globalThis", Value::from(g.clone()), METHOD)
}

/// Gives the global object everything.
pub fn add_all(cx: &Context) -> Result<()> {
    add_base(cx)?;
    for group in [BIGINT, DATE, REGEXP, JSON, PROXY, MAP_SET, WEAK_REF, TYPED_ARRAYS] {
        add(cx, group)?;
    }
    add(cx, EVAL)
}

/// JS_AddIntrinsicEval
pub const EVAL: &[Def] = &[global!("eval", Eval)];

/// Makes %eval%.
pub fn init_eval(_cx: &Context) -> Result<()> {
    Ok(())
}
