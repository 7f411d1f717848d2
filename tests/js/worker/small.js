// Small plain messages have a form of their own (serialize/quick.rs): it must not be told from the general one.
import { test, same, deepSame, throws, next, spawn, run } from './lib.js';

const ECHO = 'port.onmessage = e => port.postMessage(e.data);';
/// Same keys in the same order, same values, same references; everything on the way is plain.
function alike(a, b, seen = new Map()) {
    if (typeof a !== 'object' || a === null) return same(b, a);
    if (seen.has(a)) return same(b, seen.get(a), 'identity');
    seen.set(a, b);
    same(Array.isArray(b), Array.isArray(a));
    same(Object.getPrototypeOf(b), Array.isArray(a) ? Array.prototype : Object.prototype);
    deepSame(Object.getOwnPropertyNames(b), Object.getOwnPropertyNames(a));
    for (const k of Object.keys(a)) {
        const d = Object.getOwnPropertyDescriptor(b, k);
        same(d.writable && d.enumerable && d.configurable, true, k);
        alike(a[k], b[k], seen);
    }
}
const echo = w => async v => { w.postMessage(v); return (await next(w)).data; };

test('values', async () => {
    const f = echo(spawn(ECHO));
    const wide = '\u{1f600}\u4e00', long = 'x'.repeat(2000);
    for (const v of [0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.1, NaN, Infinity, -Infinity, true, false, null, undefined,
        '', 'a', 'text', '\xff', '\u0100', wide, '\ud800', long, wide.repeat(700), 'y'.repeat(5000),
        'a'.repeat(30) + 'b'.repeat(30), 'a long text of which a slice is taken: more than 48 units'.slice(3)]) {
        same(await f(v), v);
        alike({ v }, await f({ v }));
        alike([v], await f([v]));
        alike({ a: [{ v }, v], b: { v } }, await f({ a: [{ v }, v], b: { v } }));
    }
});

test('shapes', async () => {
    const f = echo(spawn(ECHO));
    class Point { constructor() { this.x = 1; this.y = 2; } get z() { return 3; } }
    const many = n => Object.fromEntries(Array.from({ length: n }, (_, i) => ['key' + i, i]));
    const gone = { a: 1, b: 2, c: 3 };
    delete gone.b;
    // Twice: the second time the shapes are known.
    for (let i = 0; i < 2; i++) {
        for (const o of [{}, { a: 1 }, { b: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }, { '': 1 }, { 'a b': 1 }, { 1: 'one', x: 2 }, { 4294967295: 1 },
            { 4294967294: 1 }, { '\u4e00': 1, a: 2 }, { ['long'.repeat(80)]: 1 }, many(31), many(32), many(33), many(300), gone,
            JSON.parse('{"__proto__":1,"constructor":2}'), { length: 5, data: 6, type: 7 }, [], [[]], [[], {}], [1, 'a', null]])
            alike(o, await f(o));
        alike({ x: 1, y: 2 }, await f(new Point()));
        alike({ a: 1 }, await f(Object.assign(Object.create(null), { a: 1 })));
        alike({ a: 1 }, await f({ a: 1, [Symbol()]: 2 }));
        alike({ a: 1, g: 5 }, await f({ a: 1, get g() { return 5; } }));
        alike({ a: 1 }, await f(Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })));
        alike({ a: 1 }, await f(Object.freeze({ a: 1 })));
        alike({ 0: 'a', x: 1 }, { ...(await f(Object.assign(['a'], { x: 1 }))) });
    }
    // More shapes than either side remembers, in turn.
    for (let i = 0; i < 100; i++) alike({ ['k' + i % 40]: i }, await f({ ['k' + i % 40]: i }));
    const sparse = await f([, 1, , 2]);
    same(0 in sparse || 2 in sparse || sparse.length !== 4 || sparse[3] !== 2, false);
    same((await f(Object.assign([], { length: 7 }))).length, 7);
});

test('references and depth', async () => {
    const f = echo(spawn(ECHO));
    const twice = { t: 1 }, cycle = { c: [] };
    cycle.c.push(cycle);
    let deep = { end: true };
    for (let i = 0; i < 50; i++) deep = i % 2 ? { deep } : [deep];
    const tree = n => n ? { l: tree(n - 1), r: tree(n - 1) } : 1;
    const held = Array.from({ length: 20 }, (_, i) => ({ i }));
    for (const v of [[twice, twice], { a: twice, b: { c: twice } }, cycle, deep, tree(3), tree(7), held, { held, again: held[19] },
        Array(300).fill(7), Array(3000).fill('s')])
        alike(v, await f(v));
});

test('others', async () => {
    const w = spawn(ECHO), f = echo(w);
    same((await f({ d: new Date(5) })).d.getTime(), 5);
    same((await f([1n]))[0], 1n);
    same((await f({ m: new Map([[1, 2]]) })).m.get(1), 2);
    for (const bad of [() => 1, Symbol(), { f() {} }, [Symbol()], { a: { b: [Promise.resolve()] } }])
        throws(() => w.postMessage(bad), 'DataCloneError');
    // Nothing of what was refused has been sent.
    same(await f('next'), 'next');
    // A getter runs once, and may throw.
    let n = 0;
    same((await f({ a: 1, get n() { return ++n; } })).n, 1);
    throws(() => w.postMessage({ get n() { throw RangeError('own'); } }), 'RangeError');
});

test('in turn with large ones', async () => {
    const w = spawn('let n = 0; port.onmessage = e => { const v = e.data; if ((typeof v === "number" ? v : v.i) !== n++) throw Error("order"); if (n === 3000) port.postMessage(n); };');
    const large = 'z'.repeat(10_000), map = new Map([[1, 2]]);
    for (let i = 0; i < 3000; i++) w.postMessage([i, { i }, { i, large }, { i, map }, { i, a: [i, 'x'] }][i * 7 % 5]);
    same((await next(w)).data, 3000);
});

test('chance', async () => {
    const f = echo(spawn(ECHO));
    let seed = 4711;
    const random = n => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return (seed >> 8) % n; };
    const words = ['a', 'b', 'id', 'name', 'value', '', 'x\xe9', '\u4e00'];
    const made = [];
    const make = depth => {
        switch (random(depth > 6 ? 6 : 10)) {
        case 0: return random(1000) - 500;
        case 1: return random(1000) / 7;
        case 2: return words[random(8)].repeat(random(20));
        case 3: return [null, undefined, true, false][random(4)];
        case 4: return made.length && random(4) === 0 ? made[random(made.length)] : 0;
        case 5: return random(2) ? 'short' : 3e300;
        case 6: case 7: {
            const o = {};
            made.push(o);
            for (let i = random(6); i > 0; i--) o[words[random(6)]] = make(depth + 1);
            return o;
        }
        default: {
            const a = [];
            made.push(a);
            for (let i = random(6); i > 0; i--) a.push(make(depth + 1));
            return a;
        }
        }
    };
    for (let i = 0; i < 1500; i++) {
        made.length = 0;
        const v = make(0);
        alike(v, await f(v));
    }
});

await run();
