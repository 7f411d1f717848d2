//! Weak collections, finalization and ordered tables, as scripts and the collector see them.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::function::{Call, FunctionSpec};
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime, Value};

fn gc(c: &Call<'_>) -> qjs_engine::Result {
    c.cx.rt().run_gc();
    Ok(Value::UNDEFINED)
}

/// Runs a script and its jobs, shuts the runtime down, and answers the script's `String(result())` after the jobs.
fn run(source: &str, limit: usize) -> String {
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
    rt.set_memory_limit(limit);
    let cx = Context::new(&rt).expect("context");
    let g = cx.global().clone();
    let spec = FunctionSpec { f: gc, name: "gc", length: 0, magic: 0, constructor: false };
    cx.define_str(&g, "gc", cx.new_native(&spec).expect("gc").into(), 7).expect("define");
    let eval = |text: &str| {
        eval_script(
            &cx,
            g.as_value(),
            text.as_bytes(),
            "test.js",
            &EvalOptions { want_completion: true, ..EvalOptions::default() },
        )
    };
    let out = match eval(source) {
        Ok(_) => {
            while let Some((_, r)) = rt.run_job() {
                assert!(r.is_ok());
            }
            let v = eval("String(result())").unwrap_or_default();
            cx.describe(&v)
        }
        Err(_) => {
            let e = rt.take_exception().unwrap_or_default();
            format!("Uncaught {}", cx.describe(&e))
        }
    };
    drop(g);
    drop(cx);
    assert_eq!(rt.shut_down(None), 0, "leaked cells");
    out
}

#[test]
fn weak_references_die_with_their_targets() {
    let js = r#"
        var log = [];
        var o = { x: 1 }; var r = new WeakRef(o); log.push(r.deref() === o); o = null; log.push(r.deref());
        // In a cycle: only the collector sees it.
        var a = {}; a.self = a; var ra = new WeakRef(a); a = null; log.push(typeof ra.deref()); gc();
        log.push(ra.deref());
        var s = Symbol("s"); var rs = new WeakRef(s); s = null; log.push(rs.deref());
        function result() { return log.join(); }
    "#;
    assert_eq!(run(js, 0), "true,,object,,");
}

#[test]
fn ephemerons() {
    let js = r#"
        var log = [];
        var wm = new WeakMap(), k = {}; var v = { k }; var ref = new WeakRef(v);
        wm.set(k, v); v = null; gc(); log.push(wm.get(k) === ref.deref());
        k = null; gc(); log.push(ref.deref());
        // A map that its own value holds.
        var m2 = new WeakMap(), k2 = {}; m2.set(k2, { m2, k2 }); var r2 = new WeakRef(m2.get(k2));
        m2 = null; gc(); gc(); log.push(typeof r2.deref()); k2 = null; gc(); gc(); log.push(typeof r2.deref());
        // Symbols as keys.
        var sy = Symbol(), m3 = new WeakMap([[sy, { a: 1 }]]); gc(); log.push(m3.get(sy).a);
        var r3 = new WeakRef(m3.get(sy)); sy = null; log.push(r3.deref());
        var ws = new WeakSet(); for (var i = 0; i < 1000; i++) ws.add({});
        // One death frees a holder of another.
        var t = {}; var maps = []; for (var i = 0; i < 10; i++) { var m = new WeakMap(); m.set(t, maps[i - 1]); maps.push(m); }
        maps = maps[9]; t = null; gc();
        function result() { return log.join(); }
    "#;
    assert_eq!(run(js, 0), "true,,undefined,undefined,1,");
}

#[test]
fn finalization_registry() {
    let js = r#"
        var log = [];
        var fr = new FinalizationRegistry(h => log.push(h));
        var a = {}, b = {}, c = {}, tok = {};
        fr.register(a, "a"); fr.register(b, "b", tok); fr.register(b, "b2"); fr.register(c, "c", tok); fr.register(c, "c2", c);
        log.push(fr.unregister(tok), fr.unregister(tok), fr.unregister({}));
        a = b = c = null;
        (function () { var d = { }; d.d = d; fr.register(d, "d", d); })();
        gc();
        // A registry that dies with its target says nothing.
        (function () { var x = {}; var f = new FinalizationRegistry(() => log.push("never")); x.f = f; f.x = x; f.register(x, 1); })();
        gc();
        for (var i = 0; i < 300; i++) fr.register({}, "n", tok);
        function result() { return log.slice(0, 7).join() + " " + log.length; }
    "#;
    assert_eq!(run(js, 0), "true,false,false,c2,b2,a,d 307");
}

#[test]
fn memory_limit_is_an_error() {
    let js = r#"
        var m = new Map(), s = new Set(), w = new WeakMap(), n = 0, keep = [];
        function fill(f) { try { for (var i = 0; i < 1e7; i++) f(i); } catch (e) { n++; return e.message; } return "no error"; }
        var a = fill(i => m.set(i, i)); m.clear(); var b = fill(i => s.add("x" + i)); s.clear();
        var c = fill(i => { var o = {}; keep.push(o); w.set(o, i); }); keep = null; w = null;
        m.set(1, 2);
        function result() { return [a, b, c, n, m.get(1)].join(); }
    "#;
    assert_eq!(run(js, 8 << 20), "out of memory,out of memory,out of memory,3,2");
}

/// What scripts make grow outside cells is charged to the limit too, and given back.
#[test]
fn tables_of_the_runtime_are_charged() {
    for grow in [
        "queueMicrotask(f)",
        "registry.register(f, i)",
        "registry.register(keep[i] = {}, i, keep[i])",
        "keep[i] = new WeakRef(f)",
        "keep[i] = Symbol.for('k' + i)",
    ] {
        let js = format!(
            r#"
            var f = () => {{}}, keep = [], registry = new FinalizationRegistry(f), said = "no error";
            // Out of memory where it would have taken several times the limit.
            try {{ for (var i = 0; i < 1e6; i++) {grow}; }} catch (e) {{ said = e.message; }}
            var most = i;
            keep = registry = null;
            function result() {{
                gc();
                // As much fits again.
                keep = []; registry = new FinalizationRegistry(f);
                try {{ for (i = 0; i < most / 2; i++) {grow}; }} catch (e) {{ return e.message + " again at " + i + " of " + most; }}
                return said;
            }}
            "#
        );
        assert_eq!(run(&js, 8 << 20), "out of memory", "{grow}");
    }
}
