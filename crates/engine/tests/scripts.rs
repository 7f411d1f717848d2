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

/// A site that meets more shapes than it remembers, and whose objects change under it.
#[test]
fn caches_of_several_shapes() {
    let source = "function Base() {} Base.prototype.v = 'p'; Base.prototype.f = function () { return 'f' };
        function get(o) { return o.v } function call(o) { return o.f() } function put(o, v) { o.w = v; return o.w }
        var list = [{ v: 1 }, { a: 0, v: 2 }, { b: 0, v: 3 }, { c: 0, v: 4 }, { d: 0, v: 5 }, { e: 0, v: 6 }, new Base];
        for (var o of list) { o.f = function () { return 'g' }; delete o.none }
        delete list[6].f;
        function all() { return list.map(get).join('') + list.map(call).join('') + list.map(put).join('') }
        var out = [all(), all(), all()];
        Base.prototype.v = 'q'; out.push(list.map(get).join(''));
        list[6].v = 'own'; out.push(list.map(get).join(''));
        delete list[6].v; delete Base.prototype.v; out.push(list.map(get).join(''));
        Object.prototype.v = 'o'; out.push(get(list[6])); delete Object.prototype.v;
        Object.defineProperty(list[0], 'v', { get() { return 'a' + this.w }, configurable: true });
        out.push(list.map(get).join(''));
        Object.defineProperty(list[0], 'w', { writable: false }); out.push(put(list[0], 9));
        Object.freeze(list[1]); out.push(put(list[1], 9), list.map(put).join(''));
        out.join()";
    let one = "123456pggggggf0123456";
    let expect = format!("{one},{one},{one},123456q,123456own,123456,o,a023456,0,1,0123456");
    assert_eq!(run(source), expect);
}

/// Accessors that a site remembers: another getter, another kind, another holder.
#[test]
fn caches_of_accessors() {
    let source = "class A { get v() { return 'A' + this.n } set v(x) { this.n = x } } class B extends A {}
        var objs = [new A, new B, { n: 3, get v() { return 'o' + this.n }, set v(x) { this.n = -x } }, { v: 4 }];
        function get(o) { return o.v } function set(o, x) { o.v = x }
        var out = [];
        for (var i = 0; i < 3; i++) { objs.forEach(set); out.push(objs.map(get).join()) }
        Object.defineProperty(A.prototype, 'v', { get() { return 'new' } }); out.push(objs.map(get).join());
        Object.defineProperty(B.prototype, 'v', { value: 'data', writable: true }); out.push(objs.map(get).join());
        objs.forEach(set); out.push(objs.map(get).join());
        Object.defineProperty(objs[2], 'v', { set: undefined }); set(objs[2], 7); out.push(get(objs[2]));
        out.join(' ')";
    assert_eq!(
        run(source),
        "A0,A1,o-2,3 A0,A1,o-2,3 A0,A1,o-2,3 new,new,o-2,3 new,data,o-2,3 new,1,o-2,3 o-2"
    );
}

/// The length of typed arrays is an inherited accessor, which scripts can hide.
#[test]
fn cached_length_of_typed_arrays() {
    let source = "function len(a) { return a.length } var a = new Uint8Array(3), f = new Float64Array(2), out = [];
        for (var i = 0; i < 3; i++) out.push(len(a), len(f));
        Object.defineProperty(f, 'length', { value: 'own' }); out.push(len(f), len(a));
        var b = new ArrayBuffer(8, { maxByteLength: 16 }), t = new Uint8Array(b); out.push(len(t));
        b.resize(16); out.push(len(t)); b.transfer(); out.push(len(t));
        Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'length', { get() { return 'new' } });
        out.push(len(a)); Object.defineProperty(Uint8Array.prototype, 'length', { value: 'mine' }); out.push(len(a));
        out.join()";
    assert_eq!(run(source), "3,2,3,2,3,2,own,3,8,16,0,new,mine");
}

/// Whole numbers that are computed as doubles are indices and keys like any other.
#[test]
fn whole_doubles() {
    let source = "var h = 0.5, one = h + h, a = [1, 2, 3], t = new Int8Array(3), m = new Map([[1, 'm']]), o = {};
        a[one] = 5; t[one + one] = 7; a[one * 3] = 9; o[one] = 'k';
        switch (one) { case 1: var s = 'case' }
        var z = 0.5 * -0; for (var i = one; i < 3; i++) s += a[i];
        [a[one], t[2], a.length, m.get(one), o[1], Object.is(one, 1), s, 1 / z, 'abc'[one], a.indexOf(one * 3),
         JSON.stringify([one]), String(one), one | 0, [3, 1, 2].at(one), (one + one) % 2, -(one - one)].join()";
    assert_eq!(run(source), "5,7,4,m,k,true,case53,-Infinity,b,2,[1],1,1,1,0,0");
}

/// `new` with the elements of arrays, through classes that say nothing themselves.
#[test]
fn constructors_with_spread_arguments() {
    let source = "class A { constructor(...v) { this.v = v } } class B extends A {} class C extends B {}
        function F() { this.n = arguments.length; this.last = arguments[arguments.length - 1] }
        var many = Array.from({ length: 2000 }, (_, i) => i);
        var c = new C(1, 2, 3), f = new F(...many), g = new F(...[1, , 3]), d = new Date(...[2020, 1, 2]);
        var bad; try { new (class extends null {})(...[1]) } catch (e) { bad = e.constructor.name }
        var no; try { new many(...[1]) } catch (e) { no = e.constructor.name }
        [c.v.join('+'), c instanceof C, f.n, f.last, g.n, d.getDate(), bad, no].join()";
    assert_eq!(run(source), "1+2+3,true,2000,1999,3,2,TypeError,TypeError");
}
