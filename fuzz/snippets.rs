//! What the fuzz target begins with, and tests of serialization run.

/// Scripts that between them have all sorts of code.
pub const SCRIPTS: &[&str] = &[
    "1 + 1",
    "var g = 1; let l = 2; const c = 3; function f() { return g + l + c } f()",
    "'x'.repeat(3) + 123456789012345678901234567890n + 0.5 + -0 + '\u{1f600}'",
    "function* g() { let x = yield 1; try { yield x } finally { yield 'f' } } let i = g(); [i.next().value, i.next(5).value, i.return(7).value, i.next().value].join()",
    "var log = []; async function a() { log.push(1); await 0; log.push(2) } a(); log.join()",
    "class A { #p = 1; static s = 2; get p() { return this.#p } static #q() { return 3 } static q() { return A.#q() } }\
     class B extends A { constructor() { super(); this.x = super.p } } let b = new B; [b.p, b.x, A.s, B.q()].join()",
    "let r = []; for (let i = 0; i < 3; i++) r.push(() => i); r.map(f => f()).join()",
    "let t = (s, ...v) => s.raw.join('|') + v; t`a${1}\\n${2}c`",
    "let { a, b: [c, d = 4], ...e } = { a: 1, b: [3], x: 5, y: 6 }; [a, c, d, e.x, e.y].join()",
    "/(?<y>\\d{4})/u.exec('in 2024').groups.y",
    "function f(a, b = () => a) { var a = 2; return [a, b()].join() } f(1)",
    "function m(a, b) { arguments[0] = 9; return a + arguments.length } m(1)",
    "(function () { let x = 5; return eval('x + 1; var y = x * 2; y') })()",
    "(function () { with ({ x: 7 }) { return (() => x)() } })()",
    "var o = { get x() { return 1 }, set x(v) { this.y = v }, ['k' + 1]: 2, __proto__: { z: 3 } }; o.x = 4; [o.x, o.y, o.k1, o.z].join()",
    "l: for (let i of [1, 2, 3]) { for (let k in { a: 1 }) { if (i == 2) continue l; if (i == 3) break l } } 'done'",
    "try { try { throw 1 } finally { var f = 2 } } catch (e) { e + f }",
    "switch (3) { case 1: 'a'; case 2: 'b'; case 3: 'c'; case 4: 'd'; break; default: 'e' }",
    "let a = [1, , 3, ...[4, 5]]; a.length + ',' + a",
    "new (class extends Array { constructor(...x) { super(...x) } })(1, 2, 3).length",
    "typeof undefinedThing + (() => { try { undefinedThing } catch (e) { return e.message } })()",
    "var x = 0; x ||= 5; x &&= x + 1; x ??= 9; x **= 2; x?.y?.z; x",
    "(function () { 'use strict'; try { undeclared = 1 } catch (e) { return e.name } })()",
    "function f() { return new.target === f } new f() instanceof f && !f()",
    "{ function inner() { return 1 } } inner()",
    "(() => { using d = { [Symbol.dispose]() { globalThis.disposed = 1 } }; })(); disposed",
];

/// Expressions of all sorts of values.
pub const GRAPHS: &[&str] = &[
    "({a: 1, b: [1.5, 'x', {a: 1, b: 2}], m: new Map([['k', {a: 3, b: 4}]])})",
    "let o = {a: [1, , 2]}; o.o = o; o.e = new TypeError('x', {cause: o}); o.d = new Date(1); [o, o, o.e]",
    "[new Uint8Array(9), new Float64Array(3), new DataView(new ArrayBuffer(9, {maxByteLength: 12}), 1), /a(b)/g]",
    "[Object('s'), Object(2n), -(2n ** 70n), Symbol.iterator, Symbol('x'), Symbol.for('y'), 'z'.repeat(70), 'z'.repeat(70)]",
    "let z = {}; for (let i = 0; i < 150; i++) z['k' + i] = i; let s = []; s[100000] = 1; [z, {...z}, s, new Set([1, z])]",
];

/// Modules with tables of all sorts.
#[allow(dead_code, reason = "not every test's")]
pub const MODULES: &[&str] = &[
    "export let x = 1; export function f() { return x } export default class { static y = x }",
    "import d, { a, b as e } from 'dep'; import * as ns from 'dep'; export { a as again, e }; d() + a + ns.c",
    "export * from 'dep'; export * as all from 'dep'; export { c, default } from 'dep'; export const here = 1",
    "import j from './data.json' with { type: 'json' }; export const k = j, url = import.meta; await 0; export let late = await j",
    "import { f } from 'self'; import defer * as later from 'dep'; export const g = () => f?.(); import('dep').then(m => m.a, () => {})",
    "let priv = 1; export let bump = () => ++priv; export { priv as value, priv as 'a string name' }; for await (const x of [1]) priv += x",
];
