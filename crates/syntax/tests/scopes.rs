//! What names resolve to.
mod walk;
use qjs_syntax::scope::*;
use qjs_syntax::*;
use walk::Checker;

fn with<R>(source: &str, goal: Goal, f: impl FnOnce(&Program, Checker) -> R) -> R {
    let arena = Bump::new();
    let p = parse(&arena, source.as_bytes(), &ParseOptions { goal, ..Default::default() })
        .unwrap_or_else(|e| panic!("{source}: {e}"));
    let c = Checker::run(&p);
    assert!(c.errors.is_empty(), "{source}: {:?}", c.errors);
    f(&p, c)
}

/// How each occurrence of `name` resolves, in source order.
fn resolve(source: &str, name: &str) -> Vec<String> {
    with(source, Goal::Script, |_, c| c.seen.iter().filter(|s| s.0 == name).map(|s| s.3.clone()).collect())
}

#[test]
fn plain_names() {
    assert_eq!(resolve("var x; x", "x"), ["global", "global"]);
    assert_eq!(resolve("function f(){ var x; x }", "x"), ["local var", "local var"]);
    assert_eq!(resolve("function f(x){ return () => x }", "x"), ["local param", "capture param"]);
    assert_eq!(
        resolve("(function(){ x; { let x; x } x; var y })", "x"),
        ["global", "local let", "local let", "global"]
    );
    assert_eq!(resolve("(a, b) => { a; (c => b)() }", "b"), ["local param", "capture param"]);
    assert_eq!(resolve("(a = b, b = () => a) => a", "a"), ["local param", "capture param", "local param"]);
    assert_eq!(resolve("(x = (y => y), y) => y", "y").len(), 4);
}

#[test]
fn dead_zones() {
    assert_eq!(resolve("{ let x = 1; x }", "x"), ["local let", "local let"]);
    assert_eq!(resolve("{ x; let x = x; x }", "x"), ["local let?", "local let", "local let?", "local let"]);
    assert_eq!(resolve("{ let x; (() => x) }", "x"), ["local let", "capture let"]);
    assert_eq!(resolve("{ (() => x); let x; }", "x"), ["capture let?", "local let"]);
    assert_eq!(resolve("{ let x; function f() { x } }", "x"), ["local let", "capture let?"]);
    assert_eq!(resolve("{ let x; { function f() { x } } }", "x"), ["local let", "capture let"]);
    assert_eq!(
        resolve("switch (1) { case 0: let x; x; case 1: x }", "x"),
        ["local let", "local let", "local let?"]
    );
    assert_eq!(resolve("for (let x of x) x", "x"), ["local let", "local let?", "local let"]);
    assert_eq!(
        resolve("(class C { static x = C; m() { C } })", "C"),
        ["local classname", "capture classname?", "capture classname?"]
    );
    assert_eq!(resolve("function f(a = b, b) { a }", "b"), ["local param?", "local param"]);
    assert_eq!(resolve("(a = b, b) => a", "b"), ["local param?", "local param"]);
}

#[test]
fn implicit_names() {
    assert_eq!(resolve("this", "this"), ["local this"]);
    assert_eq!(resolve("function f() { (() => this)() }", "this"), ["capture this"]);
    assert_eq!(resolve("function f() { (() => arguments)() }", "arguments"), ["capture arguments"]);
    assert_eq!(resolve("function f(arguments) { arguments }", "arguments"), ["local param", "local param"]);
    assert_eq!(
        resolve("function f() { var arguments; arguments }", "arguments"),
        ["local arguments", "local arguments"]
    );
    assert_eq!(
        resolve("function f(a = 1) { var arguments; arguments }", "arguments"),
        ["local var", "local var"]
    );
    assert_eq!(resolve("() => arguments", "arguments"), ["global"]);
    assert_eq!(
        resolve("(class extends Object { constructor() { super(); this } })", "this"),
        ["local this?", "local this?"]
    );
    assert_eq!(resolve("(class { x = this; y = () => this })", "this"), ["local this", "capture this"]);
    assert_eq!(resolve("(function g() { g })", "g"), ["local functionname"]);
    assert_eq!(resolve("(function g(g) { g })", "g"), ["local param", "local param"]);
}

#[test]
fn dynamic_names() {
    assert_eq!(resolve("with (o) { x }", "x"), ["with then global"]);
    assert_eq!(
        resolve("function f(x) { with (o) { (() => x) } }", "x"),
        ["local param", "with then capture param"]
    );
    assert_eq!(resolve("function f() { eval('1'); x }", "x"), ["evalvars then global"]);
    assert_eq!(resolve("function f(x) { eval('1'); x }", "x"), ["local param", "local param"]);
    assert_eq!(resolve("var x; function f() { (() => { eval('1') }); x }", "x"), ["global", "global"]);
    assert_eq!(resolve("function f() { 'use strict'; eval('1'); x }", "x"), ["global"]);
    assert_eq!(
        resolve("function f() { eval(''); return () => { with (o) { x } } }", "x"),
        ["with+evalvars then global"]
    );
    assert_eq!(resolve("(a = eval(''), b = x) => x", "x"), ["evalvars then global"; 2]);
    assert_eq!(resolve("(function g() { eval(''); g })", "g"), ["evalvars then local functionname"]);
}

#[test]
fn annex_b_functions() {
    let hoisted = |s: &str| with(s, Goal::Script, |p, _| p.globals.annex_b.len());
    assert_eq!(hoisted("{ function f() {} }"), 1);
    assert_eq!(hoisted("{ function f() {} } let f"), 0);
    assert_eq!(hoisted("let f; { function f() {} }"), 0);
    assert_eq!(hoisted("{ function f() {} { function f() {} } }"), 1);
    assert_eq!(hoisted("try {} catch (f) { { function f() {} } }"), 1);
    assert_eq!(hoisted("'use strict'; { function f() {} }"), 0);
    assert_eq!(
        resolve("function g() { f; { function f() {} } }", "f"),
        ["local var", "local function", "local var"]
    );
    assert_eq!(resolve("function g(f) { f; { function f() {} } }", "f").len(), 3);
}

#[test]
fn declarations_for_the_global_environment() {
    with("var a, b; function a() {} function c() {} let d; const e = 1; class F {}", Goal::Script, |p, _| {
        let name = |n| p.names.get(n).to_display();
        assert_eq!(p.globals.vars.iter().map(|&n| name(n)).collect::<Vec<_>>(), ["b"]);
        assert_eq!(p.globals.functions.iter().map(|f| name(f.binding.name)).collect::<Vec<_>>(), ["a", "c"]);
        let lexicals: Vec<_> = p.globals.lexicals.iter().map(|l| (name(l.name), l.is_const)).collect();
        assert_eq!(lexicals, [("d".into(), false), ("e".into(), true), ("F".into(), false)]);
    });
}

/// Parses `inner` as code evaluated by the one direct eval in `outer`.
fn eval_in(outer: &str, inner: &str) -> Result<Vec<(String, String)>, String> {
    let chain = with(outer, Goal::Script, |p, _| p.eval_sites[0].to_chain(&p.names).unwrap());
    let arena = Bump::new();
    let options = ParseOptions { goal: Goal::DirectEval(&chain), ..Default::default() };
    let p = parse(&arena, inner.as_bytes(), &options).map_err(|e| e.message)?;
    let c = Checker::run(&p);
    assert!(c.errors.is_empty(), "{outer} / {inner}: {:?}", c.errors);
    Ok(c.seen.iter().map(|s| (s.0.clone(), s.3.clone())).collect())
}

#[test]
fn direct_eval_sees_its_surroundings() {
    let one = |outer: &str, inner: &str| eval_in(outer, inner).unwrap().pop().unwrap().1;
    // (Checked: an eval among the parameters may come before `x` has its value.)
    assert_eq!(one("function f(x) { eval('') }", "x"), "capture param?");
    assert_eq!(one("function f(x) { eval('') }", "y"), "evalvars then global");
    assert_eq!(one("function f(x) { (() => eval(''))() }", "x"), "evalvars then capture param?");
    assert_eq!(one("function f() { { let x; eval('') } }", "() => x"), "capture let?");
    assert_eq!(one("function f() { eval('') }", "this"), "capture this");
    assert_eq!(one("function f() { eval('') }", "arguments"), "capture arguments");
    assert_eq!(one("eval('')", "this"), "capture this");
    assert_eq!(one("eval('')", "var x; x"), "global");
    assert_eq!(one("function f() { eval('') }", "var x; x"), "evalvars then global");
    assert_eq!(one("function f() { 'use strict'; eval('') }", "var x; x"), "local var");
    assert_eq!(one("with (o) eval('')", "x"), "with then global");
    assert_eq!(one("class C { #p; m() { eval('') } }", "this.#p"), "capture privatename(field)");
    assert_eq!(one("class C { m() { eval('') } }", "super.x"), "capture this");
    assert_eq!(one("class C { x = eval('') }", "new.target"), "capture newtarget");
    assert!(eval_in("class C { x = eval('') }", "arguments").is_err());
    assert!(eval_in("eval('')", "new.target").is_err());
    assert!(eval_in("function f() { eval('') }", "super.x").is_err());
    assert!(eval_in("{ let x; eval('') }", "var x").is_err());
    assert!(eval_in("function f() { let x; eval('') }", "var x").is_err());
    assert!(eval_in("function f(x) { eval('') }", "var x").is_ok());
    assert!(eval_in("try {} catch (x) { eval('') }", "var x").is_ok());
    assert!(eval_in("try {} catch ([x]) { eval('') }", "var x").is_err());
    assert!(eval_in("function f(a = eval('')) {}", "var a").is_err());
    assert!(eval_in("function f(a = eval('')) {}", "var arguments").is_err());
    assert!(eval_in("function f(a = eval('')) { var b }", "var b").is_ok());
    assert!(eval_in("let x; eval('')", "let x; function x() {}").is_err());
}

#[test]
fn function_facts() {
    with("function f(a, b = 1, ...c) { return arguments } (function*(a, b) {})", Goal::Script, |p, _| {
        let f = &p.functions[1];
        assert_eq!((f.length, f.simple_params, f.has_param_expressions), (1, false, true));
        assert!(f.uses_arguments && !f.mapped_arguments && !f.uses_this);
        let g = &p.functions[2];
        assert_eq!((g.length, g.simple_params, g.is_generator), (2, true, true));
    });
    with("let fs = []; for (let i = 0; i < 3; i++) { fs.push(() => i) }", Goal::Script, |p, _| {
        assert!(p.scopes.iter().any(|s| s.kind == ScopeKind::For && s.has_captured));
    });
}

#[test]
fn dynamic_functions() {
    let (text, parts) = dynamic_function_source(false, false, b"a, b", b"return a + b").unwrap();
    assert_eq!(text, b"function anonymous(a, b\n) {\nreturn a + b\n}");
    with(std::str::from_utf8(&text).unwrap(), Goal::DynamicFunction(parts), |p, _| {
        assert_eq!(p.functions.len(), 2);
    });
    for (params, body) in [
        ("/*", "*/){"),
        ("a){}, function(b", ""),
        ("", "}, function(){"),
        ("a = super()", ""),
        ("", "super()"),
    ] {
        let (text, parts) =
            dynamic_function_source(false, false, params.as_bytes(), body.as_bytes()).unwrap();
        let arena = Bump::new();
        let options = ParseOptions { goal: Goal::DynamicFunction(parts), ..Default::default() };
        assert!(parse(&arena, &text, &options).is_err(), "{params} / {body}");
    }
    let (text, parts) = dynamic_function_source(true, true, b"\n--> x", b"yield await 1").unwrap();
    let arena = Bump::new();
    let options = ParseOptions { goal: Goal::DynamicFunction(parts), ..Default::default() };
    assert!(parse(&arena, &text, &options).is_ok());
}

#[test]
fn modules() {
    let source = "import d, {a as b} from 'm'; import * as n from 'm' with {type: 'json'}; import 'x';
        export {b, n, v as w}; export * from 'y'; export * as z from 'y'; export default class {} var v; await v";
    with(source, Goal::Module, |p, _| {
        let m = p.module.unwrap();
        assert_eq!((m.requests.len(), m.imports.len(), m.star_exports.len()), (4, 3, 1));
        assert_eq!((m.local_exports.len(), m.indirect_exports.len()), (3, 2));
        assert!(p.functions[0].has_await && p.functions[0].is_async && p.strict);
    });
}
