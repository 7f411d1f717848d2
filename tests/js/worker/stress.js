// Many workers, many messages, random ends. Small unless QJS_WORKER_STRESS is set.
import * as os from 'os';
import * as std from 'std';
import { test, same, next, spawn, script, within, amount, run } from './lib.js';

/// Resident memory in bytes.
function resident() {
    return Number(std.loadFile('/proc/self/statm').split(' ')[1]) * 4096;
}

test('create and drop', async () => {
    const file = script('port.postMessage(port.name); port.onmessage = () => {};');
    const total = amount(100, 1000);
    const batch = 10;
    for (let i = 0; i < total; i += batch) {
        const names = await Promise.all(Array.from({ length: batch }, async (_, k) => {
            const w = new os.Worker(file, { name: `w${i + k}` });
            return (await next(w)).data;
        }));
        names.forEach((n, k) => same(n, `w${i + k}`));
        // Dropped: nobody can post to them any more, so they end.
    }
    std.gc();
});

test('create and terminate', async () => {
    const file = script('port.postMessage(1); for (;;);');
    for (let i = 0; i < amount(20, 200); i++) {
        const w = new os.Worker(file);
        if (i % 2) await next(w);
        w.terminate();
    }
});

test('no message is lost or repeated', async () => {
    const echo = script(`
        let expected = 0;
        port.onmessage = e => {
            const m = e.data;
            if (m.n !== expected++) throw Error('worker got ' + m.n + ', expected ' + (expected - 1));
            if (m.graph && (m.graph.length !== 1000 || m.graph[999].self !== m.graph)) throw Error('graph');
            port.postMessage(m);
        };`);
    // Some 1 MB each: 1,000 objects with texts, a typed array, and references among them.
    const graph = [];
    for (let i = 0; i < 1000; i++)
        graph.push({ i, text: 'text '.repeat(150) + i, numbers: new Uint16Array(100).fill(i), before: graph[i - 1], self: graph });
    const total = amount(1500, 100_000), every = amount(250, 2500);
    await Promise.all(Array.from({ length: 8 }, (_, id) => new Promise((done, fail) => {
        const w = new os.Worker(echo, { name: `w${id}` });
        let sent = 0, received = 0;
        const post = () => {
            const m = { id, n: sent, text: `message ${sent}` };
            if (sent % every === id) m.graph = graph;
            sent++;
            w.postMessage(m);
        };
        w.onerror = e => fail(e.error);
        w.onmessage = e => {
            const m = e.data;
            if (m.id !== id || m.n !== received || m.text !== `message ${received}`)
                fail(Error(`worker ${id}: got ${m.id}/${m.n}, expected ${received}`));
            if (m.graph && m.graph[500].numbers[99] !== 500) fail(Error('graph'));
            received++;
            if (sent < total) post();
            if (received === total) { w.onmessage = null; done(); }
        };
        for (let i = 0; i < 64; i++) post();
    })));
});

test('contention', async () => {
    const n = amount(20_000, 1_000_000), k = 4;
    const buffer = new SharedArrayBuffer(64), v = new Int32Array(buffer), b = new BigInt64Array(buffer, 32);
    const file = script(`port.onmessage = e => {
        const { v, b, n } = e.data;
        for (let i = 0; i < n; i++) {
            Atomics.add(v, 0, 3);
            for (;;) { const old = Atomics.load(v, 1); if (Atomics.compareExchange(v, 1, old, old + 1) === old) break; }
            Atomics.add(b, 0, 2n);
            // A lock of wait and notify.
            if (i % 100 === 0) {
                while (Atomics.compareExchange(v, 2, 0, 1) !== 0) Atomics.wait(v, 2, 1, 100);
                v[3] = v[3] + 1;
                Atomics.store(v, 2, 0);
                Atomics.notify(v, 2, 1);
            }
        }
        port.postMessage('done');
    };`);
    await Promise.all(Array.from({ length: k }, () => { const w = new os.Worker(file); w.postMessage({ v, b, n }); return next(w); }));
    same(v[0], (3 * n * k) | 0);
    same(v[1], n * k);
    same(v[3], n / 100 * k);
    same(b[0], BigInt(2 * n * k));
});

test('terminate at random moments', async () => {
    const v = new Int32Array(new SharedArrayBuffer(8));
    const file = script(`
        const inner = ${JSON.stringify(script('port.postMessage(1); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'))};
        port.onmessage = e => {
            const { v, what } = e.data;
            switch (what) {
            case 0: for (;;) Atomics.add(v, 0, 1);
            case 1: Atomics.wait(v, 1, 0); break;
            case 2: for (let i = 0; ; i++) port.postMessage({ i, text: 'x'.repeat(i % 1000) }); break;
            case 3: new os.Worker(inner).onmessage = e => port.postMessage(e.data); break;
            case 4: Atomics.waitAsync(v, 1, 0); os.setInterval(() => port.postMessage([1, 2, 3]), 1); break;
            case 5: throw Error('by itself');
            case 6: std.evalScript('"a".repeat(1e6).replace(/(a+)+b/, "")'); break;
            case 7: break;
            }
        };`);
    let seed = 12345;
    const random = n => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return (seed >> 8) % n; };
    for (let i = 0; i < amount(40, 400); i++) {
        const w = new os.Worker(file, { queueLimit: 1 << 20 });
        w.onmessage = () => {};
        w.onerror = () => {};
        if (random(8)) w.postMessage({ v, what: random(8) });
        const ms = random(6);
        if (ms) await os.sleepAsync(ms);
        w.terminate();
    }
});

test('memory follows the queue and comes back', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const w = spawn(`let n = 0; port.onmessage = e => {
        if (typeof e.data === 'string') { if (e.data === 'end') port.postMessage(n); n++; } else Atomics.wait(e.data, 0, 0); };`);
    w.postMessage(gate);
    const before = resident();
    const chunk = 'y'.repeat(1 << 20);
    const n = 100;
    for (let i = 0; i < n; i++) w.postMessage(chunk);
    const full = resident();
    same(full - before > n << 19, true, `grew by ${full - before}`);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    w.postMessage('end');
    same((await next(w)).data, n);
    // (The worker may not have let go of the last ones yet.)
    let after;
    for (let i = 0; i < 100 && (after = resident()) - before >= n << 18; i++) await os.sleepAsync(20);
    same(after - before < n << 18, true, `kept ${after - before}`);
    // And without end: refused at the limit (256 MiB), while memory stays below it.
    Atomics.store(gate, 0, 0);
    w.postMessage(gate);
    let refused, sent = 0;
    try { for (; sent < 1000; sent++) w.postMessage(chunk); } catch (e) { refused = e.name; }
    same(refused, 'QuotaExceededError');
    same(sent > 200 && sent < 256, true, `sent ${sent}`);
    w.terminate();
});

await run();
