import * as os from 'os';
import * as std from 'std';
import { test, same, deepSame, throws, next, spawn, script, within, run } from './lib.js';

const ECHO = 'port.onmessage = e => port.postMessage(e.data);';

test('there and back', async () => {
    const w = spawn(ECHO);
    for (const v of [1, 'text', null, undefined, true, 1.5, -0, 12n, [1, , 3], { a: { b: [] } }]) {
        w.postMessage(v);
        const e = await next(w);
        if (typeof v === 'object' && v !== null) deepSame(e.data, v);
        else same(e.data, v);
    }
});

test('the event', async () => {
    const w = spawn(ECHO);
    w.postMessage({ type: 'x', number: 5 });
    let e = await next(w);
    deepSame(Object.getOwnPropertyNames(e), ['data']);
    same(e.type, 'x');
    same(Object.getPrototypeOf(e), e.data);
    e.number = 100;
    same(e.data.number, 5);
    w.postMessage('primitive');
    e = await next(w);
    same(Object.getPrototypeOf(e), Object.prototype);
    // A message that has `data` itself.
    w.postMessage({ data: 42 });
    e = await next(w);
    same(e.data.data, 42);
    w.postMessage([7, 8]);
    e = await next(w);
    same(e[1], 8);
    same(e.length, 2);
});

test('structured clone', async () => {
    const w = spawn(ECHO);
    const o = { date: new Date(5), re: /a+/gi, map: new Map([[1, { x: 1 }], ['k', new Set([1, 2])]]),
        error: new RangeError('far'), big: 123456789012345678901234567890n, boxed: [Object(1), Object('s'), Object(1n)],
        sparse: Object.assign([], { 5: 'five' }), f64: new Float64Array([1.5, -0]), view: new DataView(new ArrayBuffer(4), 1, 2) };
    o.self = o;
    o.map.set(o, o);
    const bytes = new Uint8Array([1, 2, 3, 4]);
    o.a = bytes.subarray(0, 2); o.b = bytes.subarray(1, 3);
    w.postMessage(o);
    const c = (await next(w)).data;
    same(c.self, c);
    same(c.map.get(c), c);
    same(c.date.getTime(), 5);
    same(String(c.re), '/a+/gi');
    same(c.map.get('k').has(2), true);
    same(c.error instanceof RangeError, true);
    same(c.error.message, 'far');
    same(c.big, o.big);
    same(typeof c.boxed[0], 'object');
    same(c.boxed[1] + '', 's');
    same(5 in c.sparse && !(0 in c.sparse) && c.sparse.length, 6);
    same(Object.is(c.f64[1], -0), true);
    same(c.view.byteLength, 2);
    same(c.a.buffer, c.b.buffer);
});

test('what cannot be cloned is not sent', async () => {
    const w = spawn(ECHO);
    for (const v of [() => 1, Symbol('s'), { deep: [new WeakMap()] }, new Promise(() => {}), w])
        throws(() => w.postMessage(v), 'DataCloneError');
    throws(() => w.postMessage({ get a() { throw new TypeError('getter'); } }), 'TypeError');
    w.postMessage('after');
    same((await next(w)).data, 'after');
});

test('transfer', async () => {
    const w = spawn('port.onmessage = e => { const b = e.data.buffer; port.postMessage({ n: b.byteLength, sum: new Uint8Array(b).reduce((a, b) => a + b), b }, [b]); if (b.byteLength) throw Error("still here"); };');
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    w.postMessage({ buffer }, [buffer]);
    same(buffer.detached, true);
    const e = await next(w);
    deepSame([e.n, e.sum, new Uint8Array(e.b)[2]], [3, 6, 3]);
    // As an options object; with a view; resizable; not part of the message.
    const r = new ArrayBuffer(8, { maxByteLength: 16 });
    w.postMessage({ buffer: r, view: new Uint8Array(r, 4) }, { transfer: [r] });
    const c = (await next(w)).data;
    same(c.b.resizable && c.b.maxByteLength, 16);
    const lost = new ArrayBuffer(8);
    w.postMessage({ buffer: new ArrayBuffer(1) }, [lost]);
    same(lost.detached, true);
    await next(w);
    // Refusals leave everything as it was.
    const kept = new ArrayBuffer(4);
    throws(() => w.postMessage({ f() {}, kept }, [kept]), 'DataCloneError');
    throws(() => w.postMessage(1, [kept, kept]), 'DataCloneError');
    throws(() => w.postMessage(1, [kept, {}]), 'DataCloneError');
    throws(() => w.postMessage(1, [new SharedArrayBuffer(4)]), 'DataCloneError');
    throws(() => w.postMessage(1, [lost]), 'DataCloneError');
    same(kept.detached, false);
});

test('handlers and listeners', async () => {
    const w = spawn(ECHO);
    const seen = [];
    const a = () => seen.push('a'), b = { handleEvent(e) { seen.push('b' + e.data, this === b); } };
    w.addEventListener('message', a);
    w.addEventListener('message', a);
    w.onmessage = function (e) { seen.push('on', this === w); };
    w.addEventListener('message', b);
    w.addEventListener('message', () => seen.push('once'), { once: true });
    w.addEventListener('nothing', a);
    same(typeof w.onmessage, 'function');
    w.postMessage(1);
    await next(w);
    deepSame(seen, ['a', 'on', true, 'b1', true, 'once']);
    seen.length = 0;
    w.removeEventListener('message', a);
    w.removeEventListener('message', () => {});
    w.onmessage = null;
    same(w.onmessage, null);
    w.postMessage(2);
    await next(w);
    deepSame(seen, ['b2', true]);
    throws(() => { w.onmessage = 5; }, 'TypeError');
    throws(() => w.addEventListener('message', 5), 'TypeError');
    throws(() => w.postMessage.call({}, 1), 'TypeError');
    throws(() => os.Worker('x'), 'TypeError');
});

test('messages wait for a handler', async () => {
    const w = spawn('for (let i = 0; i < 5; i++) port.postMessage(i);');
    await os.sleepAsync(50);
    const got = [];
    await new Promise(done => { w.onmessage = e => { got.push(e.data); if (got.length === 5) done(); }; });
    deepSame(got, [0, 1, 2, 3, 4]);
});

test('a handler taken off in between', async () => {
    const w = spawn('for (let i = 0; i < 10; i++) port.postMessage(i);');
    const got = [];
    await new Promise(done => { w.onmessage = e => { got.push(e.data); if (e.data === 3) { w.onmessage = null; done(); } }; });
    await os.sleepAsync(20);
    same(got.length, 4);
    await new Promise(done => { w.onmessage = e => { got.push(e.data); if (e.data === 9) done(); }; });
    deepSame(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('scripts, names, classes', async () => {
    class Mine extends os.Worker { hello() { return 'hello'; } }
    const w = new Mine(script('port.postMessage([port.name, typeof os.Worker.parent, os.Worker.parent === port, typeof scriptArgs]);'), { name: 'Käthe' });
    same(w.hello(), 'hello');
    same(w.name, 'Käthe');
    same(w instanceof os.Worker, true);
    same(Object.prototype.toString.call(w), '[object Worker]');
    deepSame((await next(w)).data, ['Käthe', 'object', true, 'undefined']);
    same(os.Worker.parent, undefined);
    // By a path relative to this module, and by a bare name beside it.
    for (const name of ['./w/hello.js', 'w/hello.js']) {
        const w = new os.Worker(name);
        same((await next(w)).data, 'hello from a file');
    }
    // From a script, not a module.
    std.evalScript('var make = f => import("os").then(os => new os.Worker(f))');
    const v = await globalThis.make(script('port.postMessage("made by a script")'));
    same((await next(v)).data, 'made by a script');
});

test('many at once, and nested', async () => {
    const inner = script('port.onmessage = e => port.postMessage(e.data + 1);');
    const workers = Array.from({ length: 8 }, () => spawn(`
        const w = new os.Worker(${JSON.stringify(inner)});
        w.onmessage = e => port.postMessage(e.data * 2);
        port.onmessage = e => w.postMessage(e.data);`));
    const answers = await Promise.all(workers.map((w, i) => { w.postMessage(i); return next(w); }));
    deepSame(answers.map(e => e.data), [2, 4, 6, 8, 10, 12, 14, 16]);
});

test('each has its own globals', async () => {
    globalThis.here = 1;
    const w = spawn('globalThis.there = 2; port.postMessage(typeof here);');
    same((await next(w)).data, 'undefined');
    same(typeof there, 'undefined');
});

test('shared memory', async () => {
    const w = spawn(`port.onmessage = e => {
        const v = new Int32Array(e.buffer);
        if (e.grow) e.buffer.grow(64);
        Atomics.add(v, 0, 5);
        port.postMessage({ n: Atomics.load(v, 1), length: e.buffer.byteLength, buffer: e.buffer });
    };`);
    const buffer = new SharedArrayBuffer(16);
    const v = new Int32Array(buffer);
    v[1] = 42;
    w.postMessage({ buffer });
    let e = await next(w);
    deepSame([v[0], e.n, e.length], [5, 42, 16]);
    new Int32Array(e.buffer)[0] = 9;
    same(v[0], 9);
    const growable = new SharedArrayBuffer(16, { maxByteLength: 128 });
    w.postMessage({ buffer: growable, grow: true });
    e = await next(w);
    deepSame([growable.byteLength, e.buffer.byteLength, e.buffer.growable], [64, 64, true]);
});

test('wait, notify, waitAsync', async () => {
    const w = spawn(`port.onmessage = e => {
        const v = new Int32Array(e.buffer);
        port.postMessage('ready');
        port.postMessage(Atomics.wait(v, 0, 0));
        port.postMessage(Atomics.wait(v, 0, 0));
        Atomics.waitAsync(v, 1, 0).value.then(r => port.postMessage('async ' + r));
        port.postMessage('waiting');
    };`);
    const buffer = new SharedArrayBuffer(16), v = new Int32Array(buffer);
    w.postMessage({ buffer });
    const got = [];
    let done;
    const all = new Promise(d => done = d);
    w.onmessage = e => { got.push(e.data); if (got.length === 5) done(); if (e.data === 'waiting') Atomics.notify(v, 1); };
    while (Atomics.notify(v, 0) === 0) await os.sleepAsync(1);
    Atomics.store(v, 0, 1);
    Atomics.notify(v, 0);
    await all;
    same(got[0], 'ready');
    same(got[1], 'ok');
    same(['ok', 'not-equal'].includes(got[2]), true);
    deepSame(got.slice(3), ['waiting', 'async ok']);
    // The main thread waits for a worker.
    const p = Atomics.waitAsync(v, 2, 0).value;
    const u = spawn('port.onmessage = e => { Atomics.store(new Int32Array(e.buffer), 2, 1); Atomics.notify(new Int32Array(e.buffer), 2); }');
    u.postMessage({ buffer });
    same(await within(10_000, p, 'waitAsync'), 'ok');
    same(await Atomics.waitAsync(v, 3, 0, 10).value, 'timed-out');
});

test('every element type', async () => {
    const w = spawn(`port.onmessage = e => {
        for (const a of e.data) { const n = (x) => typeof a[0] === 'bigint' ? BigInt(x) : x;
            for (let i = 0; i < 1000; i++) Atomics.add(a, 0, n(1));
            Atomics.sub(a, 1, n(1)); Atomics.or(a, 2, n(8)); Atomics.and(a, 3, n(3)); Atomics.xor(a, 4, n(1)); Atomics.exchange(a, 5, n(9)); Atomics.compareExchange(a, 6, n(0), n(4)); Atomics.store(a, 7, n(77)); }
        port.postMessage('done'); };`);
    const arrays = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array]
        .map(T => { const a = new T(new SharedArrayBuffer(64)); a[3] = typeof a[0] === 'bigint' ? 6n : 6; return a; });
    w.postMessage(arrays);
    const done = next(w);
    for (const a of arrays) for (let i = 0; i < 1000; i++) Atomics.add(a, 0, typeof a[0] === 'bigint' ? 1n : 1);
    await done;
    for (const a of arrays) {
        const T = a.constructor, expected = new T(8), n = x => typeof a[0] === 'bigint' ? BigInt(x) : x;
        [2000, -1, 8, 2, 1, 9, 4, 77].forEach((x, i) => expected[i] = n(x));
        for (let i = 0; i < 8; i++) same(a[i], expected[i], `${T.name}[${i}]`);
    }
});

test('one after another', async () => {
    // Threads and what they have made ready serve one worker after another; nothing of the last may be seen.
    const f = script(`
        const keys = Object.getOwnPropertyNames(globalThis).sort().join();
        const { left } = globalThis;
        globalThis.left = Object.prototype.left = 1;
        os.setTimeout(() => {}, 0);
        port.postMessage({ name: port.name, keys, left, origin: performance.timeOrigin });
        if (port.name === 'throws') throw Error('own');
        if (port.name === 'loops') for (;;);
        if (port.name === 'listens') port.onmessage = () => {};`);
    let keys;
    for (let i = 0; i < 40; i++) {
        // (Past the time that an idle thread waits, and within it.)
        if (i % 13 === 12) await os.sleepAsync(i === 12 ? 300 : 100);
        const name = ['', 'named', 'throws', 'loops', 'listens'][i % 5];
        const before = performance.timeOrigin + performance.now();
        const w = new os.Worker(f, i % 7 === 6 ? { name, memoryLimit: 32 << 20 } : { name });
        const failed = new Promise(resolve => { w.onerror = resolve; });
        const m = (await next(w)).data;
        same(m.name, name);
        same(m.left, undefined);
        same(m.origin >= before, true, 'its time begins when it does');
        same(m.keys, keys ??= m.keys);
        if (name === 'throws') same((await failed).message, 'own');
        if (name === 'loops') w.terminate();
    }
});

await run();
