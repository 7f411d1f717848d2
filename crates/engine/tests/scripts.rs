//! Scripts that once went wrong, each by itself.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime};

/// The script's completion value as text.
fn run(source: &str) -> String {
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
    let cx = Context::new(&rt).expect("context");
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let out = match eval_script(&cx, cx.global().clone().as_value(), source.as_bytes(), "test.js", &options) {
        Ok(v) => cx.describe(&v),
        Err(_) => format!("Uncaught {}", cx.describe(&rt.take_exception().unwrap_or_default())),
    };
    drop(cx);
    assert_eq!(rt.shut_down(None), 0, "leaked cells");
    out
}

/// A site that adds a property to objects of one shape also meets one that is a prototype.
#[test]
fn cached_addition_to_a_prototype() {
    let source = "var a = { x: 1 }, b = { __proto__: a }, c = { __proto__: b }, seen = '';
        var objs = [{ __proto__: a }, { __proto__: a }, { __proto__: a }, b, { __proto__: a }];
        for (var o of objs) { seen += c.x; o.x = 2 }
        seen + c.x";
    assert_eq!(run(source), "111122");
}

/// Parameters that closures capture and write are still plain elements of a strict arguments object.
#[test]
fn strict_arguments_of_captured_parameters() {
    assert_eq!(
        run("function f(p) { 'use strict'; (function () { p = 1 })(); return arguments }
            var a = f(42, 43); [a.length, a[0], a[1]].join()"),
        "2,42,43"
    );
    assert_eq!(
        run("function f(code, p) { 'use strict'; eval(code); return arguments } f('p = 2', 17)[1] + ''"),
        "17"
    );
}

#[test]
fn dynamic_functions_do_not_bind_their_name() {
    assert_eq!(run("typeof new Function('return typeof anonymous')()"), "string");
    assert_eq!(run("new Function('return typeof anonymous')()"), "undefined");
}

#[test]
fn eval_functions_pass_over_with_objects() {
    let source = "function f() { var o = { g: 1 }; with (o) { eval('{ function g() {} }') } return o.g + typeof g } f()";
    assert_eq!(run(source), "1function");
}

#[test]
fn legacy_caller_and_arguments() {
    let source = "function inner() { return inner.caller } function outer() { return eval('inner()') }
        function strict() { 'use strict'; return inner() }
        [outer() === outer, strict(), [0].map(inner)[0], inner.caller].join()";
    assert_eq!(run(source), "true,,,");
    assert_eq!(
        run("function f() { return f.arguments } [].join.call(f(1, 2), '+') + f.arguments"),
        "1+2null"
    );
}

/// An error keeps its backtrace in itself; only captureStackTrace makes a property.
#[test]
fn stack_is_an_accessor() {
    assert_eq!(run("Object.getOwnPropertyNames(new Error('x')).join()"), "message");
    assert_eq!(run("new Error('x').stack"), "    at <eval> (test.js:1:5)\n");
    assert_eq!(
        run("var o = {}; Error.captureStackTrace(o); Object.keys(o).length + typeof o.stack"),
        "0string"
    );
    assert_eq!(run("Error.prepareStackTrace = (e, sites) => sites; new Error('x').stack.length"), "1");
}

/// What node 20 writes, but for what it has not: `detached`, DOMException as a serializable object, and the error
/// where a detached buffer is to be transferred.
#[test]
fn structured_clone() {
    let want = include_str!("data/structured_clone.txt");
    assert_eq!(run(include_str!("data/structured_clone.js")), want.trim_end());
}
