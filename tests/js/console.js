// console: what each method writes, and where.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { done, equal, ok, onTerminal, ours, qjs } from "./check.js";

if (!ours) {
    // QuickJS-NG's console has log alone, which is print.
    equal(Object.keys(console), ["log"]);
    done("console");
    std.exit(0);
}

/// What console.log(expression) writes.
const logs = (expression, want) => equal(qjs(`console.log(${expression})`).out, want + "\n", expression);

// primitives
logs("", "");
logs("'text', 1, -0, 10n, true, null, undefined, Symbol('s'), NaN", "text 1 -0 10n true null undefined Symbol(s) NaN");
logs("['text', -0, 10n, 'it\\'s', \"'\\\"`\", 'a\\nb\\0\\x1b', '\\ud800']", "[ 'text', -0, 10n, \"it's\", '\\'\"`', 'a\\nb\\x00\\x1B', '\\uD800' ]");

// objects
logs("{}, [], Object.create(null)", "{} [] [Object: null prototype] {}");
logs("{ a: 1, 'b-c': 2, 3: 4, [Symbol('s')]: 5, '': 6 }", "{ 3: 4, a: 1, 'b-c': 2, '': 6, [Symbol(s)]: 5 }");
logs("{ a: { b: { c: { d: 1 } } } }", "{ a: { b: { c: [Object] } } }");
logs("{ a: [[[[1]]]] }", "{ a: [ [ [Array] ] ] }");
logs("new (class Foo { x = 1 })", "Foo { x: 1 }");
logs("new (class extends (class Bar {}) {})", "Bar {}");
logs("{ [Symbol.toStringTag]: 'Tag' }", "Object [Tag] { [Symbol(Symbol.toStringTag)]: 'Tag' }");
logs("Math, JSON", "Object [Math] {} Object [JSON] {}");
logs("{ get a() { throw 1 }, set a(v) {}, get b() { throw 1 }, set c(v) {} }", "{ a: [Getter/Setter], b: [Getter], c: [Setter] }");
equal(qjs("const o = { name: 'o' }; o.self = o; o.list = [o, { o }]; console.log(o)").out,
      "<ref *1> {\n  name: 'o',\n  self: [Circular *1],\n  list: [ [Circular *1], { o: [Circular *1] } ]\n}\n");
equal(qjs("const a = {}, b = { a }; a.b = b; console.log([a, b])").out,
      "[ <ref *1> { b: { a: [Circular *1] } }, <ref *2> { a: { b: [Circular *2] } } ]\n");
logs("{ long: 'x'.repeat(50), other: 'y'.repeat(50) }", `{\n  long: '${"x".repeat(50)}',\n  other: '${"y".repeat(50)}'\n}`);

// arrays
logs("[1, , 3, , ,]", "[ 1, <1 empty item>, 3, <2 empty items> ]");
logs("new Array(5), new Array(4294967295)", "[ <5 empty items> ] [ <4294967295 empty items> ]");
logs("Object.assign([1], { x: 2 })", "[ 1, x: 2 ]");
logs("new (class Mine extends Array {})(1, 2)", "Mine(2) [ 1, 2 ]");
ok(qjs("console.log(Array.from({ length: 1000 }, (_, i) => i))").out.endsWith("  ... 900 more items\n]\n"));
logs("(function () { return arguments })(1, 'b')", "[Arguments] [ 1, 'b' ]");

// what classes hold
logs("new Map([[{ a: 1 }, 'v'], ['k', new Set([1, [2]])]])", "Map(2) { { a: 1 } => 'v', 'k' => Set(2) { 1, [ 2 ] } }");
logs("new WeakMap, new WeakSet", "WeakMap { <items unknown> } WeakSet { <items unknown> }");
logs("new Uint8Array([1, 2]), new Float64Array([1.5]), new BigInt64Array(1)", "Uint8Array(2) [ 1, 2 ] Float64Array(1) [ 1.5 ] BigInt64Array(1) [ 0n ]");
logs("new Uint8Array([1, 255]).buffer", "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }");
logs("new Date(0), new Date(NaN)", "1970-01-01T00:00:00.000Z Invalid Date");
logs("/a\\/b/gi", "/a\\/b/gi");
logs("Promise.resolve([1]), new Promise(() => {})", "Promise { [ 1 ] } Promise { <pending> }");
ok(qjs("const p = Promise.reject(5); p.catch(() => {}); console.log(p)").out.startsWith("Promise { <rejected> 5 }"));
logs("new Number(3), new String('abc'), Object(1n), Object(Symbol('q')), new Boolean(false)", "[Number: 3] [String: 'abc'] [BigInt: 1n] [Symbol: Symbol(q)] [Boolean: false]");
logs("(function* () {})()", "Object [Generator] {}");

// functions
logs("function f() {}, () => 1, class A {}, class extends Array {}, async () => 1, function* g() {}, print",
     "[Function: f] [Function (anonymous)] [class A] [class (anonymous) extends Array] [AsyncFunction (anonymous)] [GeneratorFunction: g] [Function: print]");
logs("Object.assign(function f() {}, { x: 1 })", "[Function: f] { x: 1 }");

// proxies: no trap is called
logs("new Proxy({ a: 1 }, new Proxy({}, { get() { throw new Error('a trap') } }))", "Proxy({ a: 1 })");
logs("new Proxy(() => 1, {})", "Proxy([Function (anonymous)])");
equal(qjs("const r = Proxy.revocable({}, {}); r.revoke(); console.log(r.proxy)").out, "Proxy(<revoked>)\n");
equal(qjs("const o = Object.create(new Proxy({}, { get() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } })); o.a = 1; console.log(o)").out.includes("a: 1"), true);

// errors
{
    let r = qjs("console.log(new TypeError('m'))").out;
    ok(/^TypeError: m\n    at .*script.js:1:\d+\)?\n$/.test(r), r);
    r = qjs("console.log(new Error('outer', { cause: new Error('inner') }))").out;
    ok(r.includes("[cause]: Error: inner\n"), r);
    r = qjs("console.log(new AggregateError([1, 2], 'm'))").out;
    ok(r.includes("[errors]: [ 1, 2 ]"), r);
    r = qjs("console.log(Object.assign(new Error('m'), { code: 5 }))").out;
    ok(r.includes("{\n  code: 5\n}") || r.includes("{ code: 5 }"), r);
    r = qjs("const e = new Error('m'); e.stack = ''; console.log({ e })").out;
    ok(r.includes("Error: m"), r);
}

// formats
logs("'%s|%d|%i|%f|%j|%%|%c|%x', 'a', '42', 42.9, '1.5', { a: 1 }, 'css', 'rest'", "a|42|42|1.5|{\"a\":1}|%||%x rest");
logs("'%s %s', 'one'", "one %s");
logs("'%s', Symbol('s'), null", "Symbol(s) null");
logs("'%d %d', 10n, {}", "10n NaN");
logs("'%s', { toString() { throw 1 }, a: { b: 1 } }", "{ toString: [Function], a: [Object] }");
logs("'%O', { a: 1 }", "{ a: 1 }");
logs("'100%'", "100%");
logs("'%', 1", "% 1");
logs("{ a: 1 }, '%s', 'x'", "{ a: 1 } %s x");

// streams
{
    const r = qjs("console.log('o1'); console.info('o2'); console.debug('o3'); console.error('e1'); console.warn('e2')");
    equal([r.out, r.err], ["o1\no2\no3\n", "e1\ne2\n"]);
}
// assert
{
    const r = qjs("console.assert(true, 'no'); console.assert(false); console.assert(0, 'm %d', 5); console.assert('', { a: 1 })");
    equal([r.out, r.err], ["", "Assertion failed\nAssertion failed: m 5\nAssertion failed { a: 1 }\n"]);
}
// groups
equal(qjs("console.group('A'); console.log('a\\nb'); console.group(); console.log({}); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('c')").out,
      "A\n  a\n  b\n    {}\nc\n");
// counts
{
    const r = qjs("console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset('none')");
    equal([r.out, r.err], ["default: 1\nx: 1\ndefault: 2\ndefault: 1\n", "Count for 'none' does not exist\n"]);
}
// times
{
    const r = qjs("console.time(); console.time(); console.timeLog(undefined, 'data', { a: 1 }); console.timeEnd(); console.timeEnd('none')");
    ok(/^default: [\d.]+ms data \{ a: 1 \}\ndefault: [\d.]+ms\n$/.test(r.out), r.out);
    equal(r.err, "Timer 'default' already exists\nTimer 'none' does not exist\n");
}
// trace
ok(/^Trace: here 5\n    at f \(.*\)\n    at /.test(qjs("function f() { console.trace('here', 5) } f()").err));
// dir
equal(qjs("console.dir({ a: { b: { c: {} } } }, { depth: 0 }); console.dir('s'); console.dir({ a: { b: { c: { d: {} } } } }, { depth: null }); console.dir([], { showHidden: true })").out,
      "{ a: [Object] }\n's'\n{ a: { b: { c: { d: {} } } } }\n[ [length]: 0 ]\n");
ok(qjs("console.dir(1, { colors: true })").out.includes("\x1b[33m1\x1b[39m"));
// colours, on a terminal that has them
{
    const text = "console.log('s', [1, 's', null, undefined, Symbol('q'), 1n, true]); console.log(new Date(0), /r/, [() => 1])";
    const shown = onTerminal(text);
    if (shown !== null) {
        equal(shown, "s [ \x1b[33m1\x1b[39m, \x1b[32m's'\x1b[39m, \x1b[1mnull\x1b[22m, \x1b[90mundefined\x1b[39m, \x1b[32mSymbol(q)\x1b[39m, \x1b[33m1n\x1b[39m, \x1b[33mtrue\x1b[39m ]\n" +
            "\x1b[35m1970-01-01T00:00:00.000Z\x1b[39m \x1b[31m/r/\x1b[39m [ \x1b[36m[Function (anonymous)]\x1b[39m ]\n");
        for (const env of ["TERM=dumb", "TERM=xterm NO_COLOR=1"]) ok(!onTerminal(text, env).includes("\x1b"), env);
        ok(!onTerminal("console.error([1])", "TERM=dumb").includes("\x1b"));
    }
}
// tables
equal(qjs("console.table([{ a: 1, b: 'x' }, { a: 2, c: [1] }])").out,
      "┌─────────┬───┬─────┬───────┐\n" +
      "│ (index) │ a │ b   │ c     │\n" +
      "├─────────┼───┼─────┼───────┤\n" +
      "│ 0       │ 1 │ 'x' │       │\n" +
      "│ 1       │ 2 │     │ [ 1 ] │\n" +
      "└─────────┴───┴─────┴───────┘\n");
equal(qjs("console.table(['a', 'b'])").out, "┌─────────┬────────┐\n│ (index) │ Values │\n├─────────┼────────┤\n│ 0       │ 'a'    │\n│ 1       │ 'b'    │\n└─────────┴────────┘\n");
ok(qjs("console.table(new Map([['k', 1]]))").out.includes("│ 0                 │ 'k' │ 1      │"));
ok(qjs("console.table([{ a: 1, b: 2 }], ['b'])").out.includes("│ (index) │ b │"));
equal(qjs("console.table(5); console.table('s')").out, "5\ns\n");
ok(qjs("console.table([{ get a() { throw 1 } }])").status === 0, "getters are not called");

// Nothing is too large, too deep or too odd.
for (const odd of ["globalThis", "Array(1e5).fill('x'.repeat(1000))", "'x'.repeat(1e7)", "['x'.repeat(1e6)]", "Object.fromEntries(Array(1e4).fill(0).map((_, i) => ['k' + i, i]))",
                   "new Proxy(new Proxy([], {}), {})", "Object.setPrototypeOf(() => {}, null)", "Object.setPrototypeOf([], null)", "new Int8Array(new ArrayBuffer(8, { maxByteLength: 16 }))",
                   "Object.defineProperty({}, 'constructor', { get() { throw 1 } })"])
    ok(qjs(`console.log(${odd})`).status === 0, odd);
equal(qjs("let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; try { console.dir(o, { depth: Infinity }); print('shown') } catch (e) { print(e.message) }").status, 0);
ok(qjs("const a = []; for (let i = 0; i < 30; i++) a.push(a.slice()); console.dir(a, { depth: 100 })").out.length < 1 << 23, "a graph that would be huge as a tree");

done("console");
