//! Serialization: what is written is read back in a fresh runtime; hostile bytes are refused.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::serialize::{self, HEADER, LoadedKind, ReadOptions, VERSION, WriteOptions, Written, seal};
use qjs_engine::vm::script::{EvalOptions, compile_script, eval_script};
use qjs_engine::{Context, Gc, Runtime, Value};
use snippets::{GRAPHS, SCRIPTS};

#[path = "../../../fuzz/snippets.rs"]
mod snippets;

/// A runtime with one context; dropping it checks that nothing leaked.
struct Machine {
    rt: Option<Box<Runtime>>,
    cx: Option<Gc<Context>>,
}
impl Machine {
    fn new() -> Machine {
        let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("a runtime");
        let cx = Context::new(&rt).expect("a context");
        Machine { rt: Some(rt), cx: Some(cx) }
    }
    fn cx(&self) -> &Context {
        self.cx.as_ref().expect("a context")
    }
    fn rt(&self) -> &Runtime {
        self.rt.as_ref().expect("a runtime")
    }
    fn run(&self, script: &str) -> Value {
        let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
        let cx = self.cx();
        match eval_script(cx, cx.global().clone().as_value(), script.as_bytes(), "<test>", &options) {
            Ok(v) => v,
            Err(_) => panic!("{script}: {}", self.thrown()),
        }
    }
    fn thrown(&self) -> String {
        let e = self.rt().take_exception().unwrap_or_default();
        self.cx().describe(&e)
    }
    fn write(&self, script: &str, o: &WriteOptions) -> Result<Written, String> {
        let v = self.run(script);
        serialize::write(self.cx(), &v, o).map_err(|_| self.thrown())
    }
    fn read(&self, bytes: &[u8], o: &ReadOptions<'_>) -> Result<Value, String> {
        serialize::read(self.cx(), bytes, o).map_err(|_| self.thrown())
    }
    /// Reads, and answers what `script` says of the value `v`.
    fn read_and(&self, bytes: &[u8], script: &str) -> String {
        let o = ReadOptions { references: true, bytecode: true, ..ReadOptions::default() };
        match self.read(bytes, &o) {
            Ok(v) => {
                self.cx().define_str(self.cx().global(), "v", v, 7).expect("a global");
                let r = self.run(script);
                self.cx().describe(&r)
            }
            Err(e) => e,
        }
    }
}
impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.cx.take());
        if let Some(rt) = self.rt.take() {
            rt.clear_for_shutdown();
            let mut leaks = Vec::new();
            rt.shut_down(Some(&mut |h| leaks.push(h.kind())));
            if !std::thread::panicking() {
                assert!(leaks.is_empty(), "leaked {leaks:?}");
            }
        }
    }
}

const GRAPH: WriteOptions =
    WriteOptions { shared: false, references: true, clone: false, strip_source: false, strip_debug: false };

/// `value` written, read in another runtime, and asked `question`.
fn trip(value: &str, question: &str) -> String {
    let from = Machine::new();
    match from.write(value, &GRAPH) {
        Ok(w) => Machine::new().read_and(&w.bytes, question),
        Err(e) => format!("writing: {e}"),
    }
}
#[track_caller]
fn same(value: &str, question: &str) {
    let here = Machine::new();
    let v = here.run(value);
    here.cx().define_str(here.cx().global(), "v", v, 7).expect("a global");
    let want = here.cx().describe(&here.run(question));
    assert_eq!(trip(value, question), want, "{value}");
}

#[test]
fn primitives() {
    for v in [
        "undefined",
        "null",
        "true",
        "false",
        "0",
        "127",
        "128",
        "-1",
        "2147483647",
        "-2147483648",
        "-0",
        "1.5",
        "NaN",
        "Infinity",
        "4294967296",
        "''",
        "'abc'",
        "'\\u00ff'",
        "'\\u0100x'",
        "'x'.repeat(31)",
        "'x'.repeat(32)",
        "'x'.repeat(64)",
        "'\\ud800'",
        "'ab'.repeat(100000)",
        "0n",
        "-1n",
        "2n ** 64n",
        "-(3n ** 1000n)",
        "Symbol.iterator",
        "Symbol.for('q')",
    ] {
        same(&format!("({v})"), &format!("typeof v + Object.is(v, {v})"));
    }
    assert_eq!(trip("Symbol('d')", "typeof v + v.description"), "symbold");
    assert_eq!(
        trip("let s = Symbol('d'); [s, s, Symbol('d')]", "[v[0] === v[1], v[0] === v[2]].join()"),
        "true,false"
    );
}

#[test]
fn objects() {
    let json = "JSON.stringify(v)";
    for v in [
        "({})",
        "({a: 1, b: 'x', c: {a: 2, b: 'y', c: null}})",
        "[{x: 1, y: 2}, {x: 3, y: 4}, {y: 5, x: 6}]",
        "({1: 'a', b: 2, 0: 'c', '4294967296': 3, '2147483648': 4})",
        "[1, , 3]",
        "[]",
        "[[], [[]]]",
        "let o = {}; for (let i = 0; i < 70; i++) o['k' + i] = i; [o, o]",
        "let o = {}; for (let i = 0; i < 200; i++) o['k' + i] = i; [o, {...o}]",
        "let o = {}; for (let i = 0; i < 1000; i++) o['k' + i] = i; o",
        "let o = {a: 1, b: 2, c: 3}; delete o.b; o",
        "Object.assign([1, 2], {foo: 1})",
        "Object.freeze({a: 1})",
        "Object.freeze([1, 2])",
        "Array.from({length: 40}, (_, i) => ({['k' + i]: i}))",
        "Array.from({length: 80}, (_, i) => ({['k' + i % 40]: i}))",
        "let o = {__proto__: null, a: 1}; o",
        "new (class { x = 1 })",
        "JSON.parse('{\"__proto__\": 1}')",
    ] {
        same(v, json);
    }
    same("let a = [1]; a[100000] = 2; a", "v.length + Object.keys(v).join()");
    same("let a = [1]; a.length = 4294967295; a", "v.length + Object.keys(v).join()");
    same("let a = [1, 2]; a.length = 5; a", "v.length + Object.keys(v).join()");
    same("[1, , 3]", "1 in v");
    assert_eq!(
        trip("Object.defineProperty({b: 1, [Symbol()]: 3}, 'a', {value: 2})", "Reflect.ownKeys(v).join()"),
        "b"
    );
    assert_eq!(trip("new (class { x = 1 })", "Object.getPrototypeOf(v) === Object.prototype"), "true");
}

#[test]
fn references() {
    assert_eq!(trip("let o = {}; o.o = o; o", "v.o === v"), "true");
    assert_eq!(trip("let o = {}; [o, o, {}]", "v[0] === v[1] && v[1] !== v[2]"), "true");
    assert_eq!(trip("let a = []; a.push(a, {a}); a", "v[0] === v && v[1].a === v"), "true");
    assert_eq!(trip("let m = new Map; m.set(m, m); m", "v.get(v) === v"), "true");
    assert_eq!(trip("let s = new Set; s.add(s); s", "v.has(v)"), "true");
    assert_eq!(
        trip(
            "let d = new Date(5), r = /x/, b = Object('x'); [d, r, b, d, r, b, {}]",
            "v[0] === v[3] && v[1] === v[4] && v[2] === v[5]"
        ),
        "true"
    );
    assert_eq!(
        trip(
            "let b = new ArrayBuffer(4); [new Uint8Array(b), new DataView(b), b]",
            "v[0].buffer === v[1].buffer && v[1].buffer === v[2]"
        ),
        "true"
    );
    assert_eq!(
        trip("let e = new Error('x'); e.cause = e; e.also = [e]; e", "v.cause === v && v.also[0] === v"),
        "true"
    );

    let from = Machine::new();
    let plain = WriteOptions { references: false, ..GRAPH };
    let cycle = from.write("let o = {}; o.o = {o}; o", &plain);
    assert!(cycle.as_ref().is_err_and(|e| e.contains("TypeError: circular reference")), "{cycle:?}");
    let twice = from.write("let q = {a: 1}; [q, q, {a: q}]", &plain).expect("not a cycle");
    let here = Machine::new();
    assert_eq!(
        here.read_and(&twice.bytes, "JSON.stringify(v) + (v[0] === v[1])"),
        "[{\"a\":1},{\"a\":1},{\"a\":{\"a\":1}}]false"
    );
    let refs = from.write("let z = {a: 1}; [z, z]", &GRAPH).expect("a graph");
    let refused = here.read(&refs.bytes, &ReadOptions::default());
    assert_eq!(refused.err().as_deref(), Some("SyntaxError: object references are not allowed"));
}

#[test]
fn classes() {
    same("new Date(1234567890123)", "v.toISOString()");
    same("new Date(NaN)", "String(v)");
    same("/a(b)\\/\\u{1f600}/giu", "String(v) + v.exec('AB/\\u{1f600}')?.[1] + v.lastIndex");
    same("new Map([[1, 'a'], ['x', {y: 2}], [NaN, -0]])", "JSON.stringify([...v])");
    same("new Set([1, 'a', null])", "JSON.stringify([...v])");
    same("Object(1.5)", "typeof v + v");
    same("Object('abc')", "typeof v + v + v.length");
    same("Object(false)", "typeof v + v.valueOf()");
    same("Object(7n)", "typeof v + v");
    for e in ["Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError"] {
        same(
            &format!("new {e}('m', {{cause: [1]}})"),
            "v.name + v.message + v.cause[0] + v.stack + Object.keys(v) + (v instanceof globalThis[v.name])",
        );
    }
    same("new AggregateError([1, 2], 'm')", "v.errors.join() + v.message");
    same(
        "class A extends TypeError {}; new A('m')",
        "v.name + v.message + Object.prototype.toString.call(v)",
    );
    same("new DOMException('m', 'AbortError')", "v.name + v.message + v.code + (v instanceof DOMException)");
    same("Uint8Array.of(1, 2, 3).buffer", "new Uint8Array(v).join() + v.resizable");
    same(
        "let b = new ArrayBuffer(4, {maxByteLength: 8}); new Uint8Array(b).set([1, 2, 3, 4]); b",
        "v.byteLength + v.maxByteLength + new Uint8Array(v).join() + (v.resize(8), v.byteLength)",
    );
    same(
        "let b = new ArrayBuffer(4, {maxByteLength: 8}); new Uint16Array(b, 2)",
        "v.length + ',' + (v.buffer.resize(8), v.length) + v.byteOffset",
    );
    for t in [
        "Int8",
        "Uint8",
        "Uint8Clamped",
        "Int16",
        "Uint16",
        "Int32",
        "Uint32",
        "Float16",
        "Float32",
        "Float64",
    ] {
        same(&format!("{t}Array.of(1, 2.5, -3)"), "v.constructor.name + v.join()");
    }
    same("BigInt64Array.of(1n, -2n)", "v.constructor.name + v.join()");
    same(
        "new Uint8Array(new ArrayBuffer(16), 4, 3)",
        "v.byteOffset + ',' + v.length + ',' + v.buffer.byteLength",
    );
    same("new DataView(new ArrayBuffer(16), 4, 3)", "v.byteOffset + ',' + v.byteLength");
    same("new Uint8Array(1e5).fill(7)", "v.length + v.every(x => x === 7)");
}

#[test]
fn what_cannot_be_written() {
    let m = Machine::new();
    let clone = WriteOptions::MESSAGE;
    for v in [
        "(function () {})",
        "({f() {}})",
        "[class {}]",
        "new WeakMap",
        "Promise.resolve()",
        "new Proxy({}, {})",
        "(function* () {})()",
        "new WeakRef({})",
        "(function () { return arguments })()",
        "[][Symbol.iterator]()",
        "let b = new ArrayBuffer(8); let u = new Uint8Array(b); b.transfer(); u",
        "new Map([[1, () => 2]])",
    ] {
        let e = m.write(&format!("{{ {v} }}"), &GRAPH).err().unwrap_or_default();
        assert!(e.starts_with("TypeError: "), "{v}: {e}");
        let e = m.write(&format!("{{ {v} }}"), &clone).err().unwrap_or_default();
        assert!(e.contains("DataCloneError"), "{v}: {e}");
    }
    let e = m.write("({get a() { return 1 }})", &GRAPH).err().unwrap_or_default();
    assert_eq!(e, "TypeError: only value properties are supported");
    let e = m.write("new SharedArrayBuffer(4)", &GRAPH).err().unwrap_or_default();
    assert!(e.starts_with("InternalError: "), "{e}");
    let e = m.write("Symbol()", &clone).err().unwrap_or_default();
    assert!(e.contains("DataCloneError"), "{e}");
    // A list as deep as the stack is no crash.
    let e = m.write("let d = []; for (let i = 0; i < 1e6; i++) d = [d]; d", &GRAPH).err().unwrap_or_default();
    assert!(e.contains("Maximum call stack size exceeded"), "{e}");
}

#[test]
fn clone_calls_getters() {
    let m = Machine::new();
    let here = Machine::new();
    let ask = |v: &str, q: &str| match m.write(v, &WriteOptions::MESSAGE) {
        Ok(w) => here.read_and(&w.bytes, q),
        Err(e) => e,
    };
    assert_eq!(ask("({a: 1, get b() { return {c: 2} }})", "JSON.stringify(v)"), "{\"a\":1,\"b\":{\"c\":2}}");
    assert_eq!(ask("({a: {}, get b() { throw new RangeError('no') }})", ""), "RangeError: no");
    // What a getter does to the graph meanwhile.
    assert_eq!(ask("let o = {a: {}, get b() { return o.a }, c: 1}; o", "v.a === v.b"), "true");
    assert_eq!(ask("var p = {get b() { delete p.c; return 1 }, c: 1}; p", "JSON.stringify(v)"), "{\"b\":1}");
    assert_eq!(
        ask("var q = [1, {get b() { q.length = 0; return 2 }}, 3]; q", "v.length + JSON.stringify(v)"),
        "3[1,{\"b\":2},null]"
    );
    assert_eq!(
        ask("var n = new Map([[1, {get b() { n.clear(); return 2 }}], [3, 4]]); n", "JSON.stringify([...v])"),
        "[[1,{\"b\":2}],[3,4]]"
    );
}

#[test]
fn shared_memory() {
    let m = Machine::new();
    let w = m
        .write(
            "var s = new SharedArrayBuffer(8); new Uint8Array(s)[0] = 5; ({s, t: [s], u: new Uint8Array(s)})",
            &WriteOptions::MESSAGE,
        )
        .expect("a message");
    assert_eq!(w.shared.len(), 1);
    let here = Machine::new();
    let v = here.read(&w.bytes, &ReadOptions::message(&w.shared)).expect("the message");
    here.cx().define_str(here.cx().global(), "v", v, 7).expect("a global");
    let r = here.run("v.u[1] = 6; [v.s === v.t[0], v.u.buffer === v.s, v.u[0]].join()");
    assert_eq!(here.cx().describe(&r), "true,true,5");
    assert_eq!(m.cx().describe(&m.run("new Uint8Array(s)[1]")), "6");
    // Neither unasked nor with a block that nobody gave.
    let e = here.read(&w.bytes, &ReadOptions { references: true, ..ReadOptions::default() });
    assert_eq!(e.err().as_deref(), Some("SyntaxError: SharedArrayBuffer is not allowed"));
    let e = here.read(&w.bytes, &ReadOptions::message(&[]));
    assert_eq!(e.err().as_deref(), Some("SyntaxError: invalid shared buffer"));
    let w = m
        .write("var g = new SharedArrayBuffer(4, {maxByteLength: 8}); g", &WriteOptions::MESSAGE)
        .expect("a message");
    let v = here.read(&w.bytes, &ReadOptions::message(&w.shared)).expect("the message");
    here.cx().define_str(here.cx().global(), "v", v, 7).expect("a global");
    m.run("g.grow(8)");
    assert_eq!(here.cx().describe(&here.run("v.byteLength")), "8");
}

#[test]
fn same_bytes() {
    let script = "{ let o = {a: 1, b: [1.5, 'x', {a: 1, b: 2}], m: new Map([['k', {a: 3, b: 4}]])}; o.o = o; [o, 'long'.repeat(50)] }";
    let one = Machine::new().write(script, &GRAPH).expect("a graph").bytes;
    let m = Machine::new();
    m.run("var junk = {}; for (let i = 0; i < 100; i++) junk['long'.repeat(50) + i] = Symbol(i)");
    assert_eq!(m.write(script, &GRAPH).expect("a graph").bytes, one);
    assert_eq!(m.write(script, &GRAPH).expect("a graph").bytes, one);
}

#[test]
fn headers() {
    let m = Machine::new();
    let good = m.write("({a: 1})", &GRAPH).expect("an object").bytes;
    let read = |b: &[u8]| m.read(b, &ReadOptions::default()).map(|_| ()).err().unwrap_or_default();
    assert_eq!(read(&good), "");
    for n in 0..good.len() {
        let e = read(&good[..n]);
        assert!(e.starts_with("SyntaxError: "), "{n}: {e}");
    }
    let changed = |at: usize, to: u8| {
        let mut b = good.clone();
        b[at] = to;
        read(&b)
    };
    assert_eq!(changed(0, 0), "SyntaxError: not a serialized value");
    assert_eq!(changed(3, 99), format!("SyntaxError: invalid version (99 expected={VERSION})"));
    assert_eq!(changed(5, good[5] ^ 1), "SyntaxError: checksum error");
    assert_eq!(changed(HEADER, 99), "SyntaxError: checksum error");
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(read(&longer), "SyntaxError: checksum error");
    seal(&mut longer);
    assert_eq!(read(&longer), "SyntaxError: bytes after the value");
}

/// Compiles `script`, writes the code, reads it in another runtime, and runs it there.
fn run_elsewhere(script: &str, o: &WriteOptions) -> String {
    let from = Machine::new();
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let f = compile_script(from.cx(), script.as_bytes(), "script.js", &options).expect("compiles");
    let w = serialize::write_function(from.cx(), &f, o).expect("written");
    let here = Machine::new();
    let read = ReadOptions { bytecode: true, ..ReadOptions::default() };
    let l = serialize::read_all(here.cx(), &w.bytes, &read);
    // Nobody needs the bytes any more.
    drop(w);
    match l {
        Ok(l) => {
            assert_eq!(l.kind, LoadedKind::Function);
            let f = l.value.as_object().expect("a function");
            let cx = here.cx();
            match cx.call_object(f, cx.global().clone().as_value(), &[]) {
                Ok(v) => cx.describe(&v),
                Err(_) => here.thrown(),
            }
        }
        Err(_) => here.thrown(),
    }
}

#[test]
fn functions() {
    let strip_source = WriteOptions { strip_source: true, ..GRAPH };
    let strip_debug = WriteOptions { strip_debug: true, ..GRAPH };
    for script in SCRIPTS {
        let m = Machine::new();
        let want = m.cx().describe(&m.run(script));
        for o in [GRAPH, strip_source, strip_debug] {
            assert_eq!(run_elsewhere(script, &o), want, "{script}");
        }
    }
    let f = "function f(a, b) { return a }; f.toString()";
    assert_eq!(run_elsewhere(f, &GRAPH), "function f(a, b) { return a }");
    assert_eq!(run_elsewhere(f, &strip_source), "function f() {\n    [native code]\n}");
    let e = "'x';\n\n  function thrower() {\n    throw new Error('q') }\ntry { thrower() } catch (e) { e.stack.split('\\n')[0] }";
    assert_eq!(run_elsewhere(e, &GRAPH), "    at thrower (script.js:4:15)");
    assert_eq!(run_elsewhere(e, &strip_source), "    at thrower (script.js:4:15)");
    assert_eq!(run_elsewhere("{ x; let x = 1 }", &GRAPH), "ReferenceError: x is not initialized");
}

/// A script's bytecode.
fn compiled(script: &str, o: &WriteOptions) -> Vec<u8> {
    let from = Machine::new();
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let f = compile_script(from.cx(), script.as_bytes(), "script.js", &options).expect("compiles");
    serialize::write_function(from.cx(), &f, o).expect("written").bytes
}
const CODE: ReadOptions<'static> = ReadOptions {
    bytecode: true,
    all: false,
    shared: false,
    shared_blocks: None,
    references: false,
    transferred: &[],
};

/// The place of the only occurrence of some bytes.
fn only(bytes: &[u8], what: &[u8]) -> usize {
    let mut found = bytes.windows(what.len()).enumerate().filter(|(_, w)| *w == what);
    let at = found.next().expect("found").0;
    assert!(found.next().is_none(), "found once");
    at
}

/// Functions are read when they are first called: one that is bad is an exception there, each time.
#[test]
fn bad_functions_are_found_when_called() {
    // In the body of each function are eight bytes that are found again: its number.
    for (script, want) in [
        (
            "function f() { return 1234.0625 } 'begun'; [0, 1].map(() => { try { f() } catch (e) { return e + '' } }).join()",
            2,
        ),
        (
            "function* f() { yield 1234.0625 } [0, 1].map(() => { try { f() } catch (e) { return e + '' } }).join()",
            2,
        ),
        ("class C { #x = 1; get f() { return 1234.0625 } } try { new C().f } catch (e) { e + '' }", 1),
        (
            "class C extends Object { constructor() { super(1234.0625) } } try { new C } catch (e) { e + '' }",
            1,
        ),
        ("var log; async function f() { return 1234.0625 } f().catch(e => log = e + ''); 0", 0),
    ] {
        for o in [GRAPH, WriteOptions { strip_debug: true, ..GRAPH }] {
            let mut b = compiled(script, &o);
            let at = only(&b, &1234.0625f64.to_le_bytes());
            // The tag of the number.
            b[at - 1] = 99;
            seal(&mut b);
            let m = Machine::new();
            let l = serialize::read_all(m.cx(), &b, &CODE).expect("read");
            let f = l.value.as_object().expect("a function");
            let v = m.cx().call_object(f, m.cx().global().clone().as_value(), &[]).expect("ran");
            while m.rt().run_job().is_some() {}
            let v = if want == 0 { m.run("log") } else { v };
            let error = "SyntaxError: invalid constant";
            assert_eq!(m.cx().describe(&v), vec![error; want.max(1)].join(","), "{script}");
            // Nor can it be written.
            assert!(serialize::write_function(m.cx(), f, &o).is_err());
            assert_eq!(m.thrown(), error);
            let all = ReadOptions { all: true, ..CODE };
            assert!(serialize::read_all(m.cx(), &b, &all).is_err());
            assert_eq!(m.thrown(), error);
        }
    }
}

/// What was read, and may or may not have run, is written as it was.
#[test]
fn read_and_written_again() {
    for script in SCRIPTS {
        for strip in [(false, false), (true, false), (true, true)] {
            let o = WriteOptions { strip_source: strip.0, strip_debug: strip.1, ..GRAPH };
            let bytes = compiled(script, &o);
            for run in [false, true] {
                let m = Machine::new();
                let l = serialize::read_all(m.cx(), &bytes, &CODE).expect("read");
                let f = l.value.as_object().expect("a function");
                if run {
                    let _ = m.cx().call_object(f, m.cx().global().clone().as_value(), &[]);
                    while m.rt().run_job().is_some() {}
                }
                let again = serialize::write_function(m.cx(), f, &o).expect("written");
                // Checked instructions may have taken the place of others: the same a second time.
                let l = serialize::read_all(m.cx(), &again.bytes, &CODE).expect("read");
                let f = l.value.as_object().expect("a function");
                let third = serialize::write_function(m.cx(), f, &o).expect("written");
                assert!(again.bytes == third.bytes, "{script}");
                m.rt().clear_exception();
            }
        }
    }
}

/// What the runtime keeps of the bytes is charged, and let go.
#[test]
fn stored_code_is_charged() {
    let mut script = String::from("var f; function make() { return [\n");
    for i in 0..2000 {
        script.push_str(&format!("function name{i}(a) {{ return a.property{i} + {i} }},\n"));
    }
    script.push_str("] } f = make(); f.length");
    let bytes = compiled(&script, &WriteOptions { strip_source: true, ..GRAPH });
    let m = Machine::new();
    // (What a function's first reading makes is there.)
    drop(serialize::read_all(m.cx(), &bytes, &CODE));
    let before = m.rt().malloc_size();
    let l = serialize::read_all(m.cx(), &bytes, &CODE).expect("read");
    assert!(m.rt().malloc_size() - before > bytes.len());
    drop(l);
    assert_eq!(m.rt().malloc_size(), before);
    // Too little memory for it.
    m.rt().set_memory_limit(before + bytes.len() / 2);
    assert!(serialize::read_all(m.cx(), &bytes, &CODE).is_err());
    assert!(m.thrown().contains("out of memory"));
    m.rt().set_memory_limit(0);
    // Too little for the body: it may be had later.
    let l = serialize::read_all(m.cx(), &bytes, &CODE).expect("read");
    let f = l.value.as_object().expect("a function");
    m.rt().set_memory_limit(m.rt().malloc_size() + (128 << 10));
    assert!(m.cx().call_object(f, m.cx().global().clone().as_value(), &[]).is_err());
    m.rt().set_memory_limit(0);
    assert_eq!(m.thrown(), "InternalError: out of memory");
    let v = m.cx().call_object(f, m.cx().global().clone().as_value(), &[]).expect("ran");
    assert_eq!(m.cx().describe(&v), "2000");
    assert_eq!(m.cx().describe(&m.run("f[7]({ property7: 1 })")), "8");
}

/// A generator of numbers that is the same everywhere.
struct Dice(u64);
impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
    /// Changes a few bytes: flips, numbers at a bound, parts cut out or doubled, or of another blob.
    fn mutate(&mut self, b: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.roll(4) {
            let n = b.len();
            let body = n.saturating_sub(HEADER);
            if body == 0 {
                return;
            }
            let at = HEADER + self.roll(body);
            match self.roll(7) {
                0 => b[at] ^= 1 << self.roll(8),
                1 => b[at] = self.roll(256) as u8,
                2 => b[at] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 4, 17][self.roll(8)],
                3 => b.truncate(at),
                4 => {
                    let k = self.roll(8).min(n - at);
                    b.drain(at..at + k);
                }
                5 => {
                    let k = self.roll(16).min(n - at);
                    let part = b[at..at + k].to_vec();
                    b.splice(at..at, part);
                }
                _ => {
                    let from = HEADER.min(other.len()) + self.roll(other.len().saturating_sub(HEADER));
                    let k = self.roll(24).min(other.len() - from);
                    b.splice(at..at, other[from..from + k].iter().copied());
                }
            }
        }
    }
}

#[test]
fn mutated_graphs() {
    let m = Machine::new();
    m.rt().set_memory_limit(64 << 20);
    let seeds: Vec<Vec<u8>> =
        GRAPHS.iter().map(|s| m.write(&format!("{{ {s} }}"), &GRAPH).expect("a graph").bytes).collect();
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let (mut read, mut refused) = (0, 0);
    for round in 0..40_000 {
        let mut b = seeds[round % seeds.len()].clone();
        let other = seeds[dice.roll(seeds.len())].clone();
        dice.mutate(&mut b, &other);
        seal(&mut b);
        match m.read(&b, &ReadOptions { references: true, ..ReadOptions::default() }) {
            Ok(v) => {
                read += 1;
                // What was read can be walked and written again.
                let _ = serialize::write(m.cx(), &v, &GRAPH).map_err(|_| m.thrown());
            }
            Err(e) => {
                assert!(e.starts_with("SyntaxError: ") || e.contains("out of memory"), "{e}");
                refused += 1;
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

/// Code with changes either is refused, or runs into nothing worse than an exception.
#[test]
fn mutated_code() {
    let rounds: u64 = std::env::var("MUTATED_CODE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6_000);
    let seed: u64 = std::env::var("MUTATED_CODE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let from = Machine::new();
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let strip = WriteOptions { strip_debug: true, ..GRAPH };
    let seeds: Vec<Vec<u8>> = SCRIPTS
        .iter()
        .map(|s| {
            let f = compile_script(from.cx(), s.as_bytes(), "s", &options).expect("compiles");
            serialize::write_function(from.cx(), &f, &strip).expect("written").bytes
        })
        .collect();
    let first: u64 = std::env::var("MUTATED_CODE_FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let (mut ran, mut refused) = (0, 0);
    let mut m = Machine::new();
    for round in 0..rounds {
        // What the code does to its realm is not to pile up.
        if round % 200 == 0 {
            if let Ok(path) = std::env::var("MUTATED_CODE_KEEP") {
                std::fs::write(path + ".round", format!("{round}")).expect("kept");
            }
            m = Machine::new();
            m.rt().set_memory_limit(64 << 20);
            let polls = std::cell::Cell::new(0);
            m.rt().set_interrupt_handler(Some(std::rc::Rc::new(move |_: &Runtime| {
                polls.set(polls.get() + 1);
                polls.get() % 3 == 0
            })));
        }
        let mut b = seeds[round as usize % seeds.len()].clone();
        if round % 4 == 0 {
            let other = seeds[dice.roll(seeds.len())].clone();
            dice.mutate(&mut b, &other);
        } else {
            // One byte or two: most of these are to be read.
            for _ in 0..=dice.roll(2) {
                let at = HEADER + dice.roll(b.len() - HEADER);
                b[at] = match dice.roll(3) {
                    0 => b[at] ^ 1 << dice.roll(8),
                    1 => b[at].wrapping_add(dice.roll(5) as u8).wrapping_sub(2),
                    _ => dice.roll(16) as u8,
                };
            }
        }
        seal(&mut b);
        if round < first {
            continue;
        }
        if let Ok(path) = std::env::var("MUTATED_CODE_KEEP") {
            std::fs::write(path, &b).expect("kept");
        }
        let o = ReadOptions { bytecode: true, ..ReadOptions::default() };
        match serialize::read_all(m.cx(), &b, &o) {
            Ok(l) => {
                ran += 1;
                if let Some(f) = l.value.as_object() {
                    let _ = m.cx().call_object(f, m.cx().global().clone().as_value(), &[]);
                    for _ in 0..100 {
                        if m.rt().run_job().is_none() {
                            break;
                        }
                    }
                }
                m.rt().clear_exception();
            }
            Err(_) => {
                refused += 1;
                let e = m.thrown();
                assert!(e.starts_with("SyntaxError: ") || e.contains("out of memory"), "{e}");
            }
        }
    }
    assert!(ran > 0 && refused > 0, "{ran} ran, {refused} refused");
    println!("{ran} ran, {refused} refused");
}
