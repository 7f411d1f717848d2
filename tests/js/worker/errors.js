import * as os from 'os';
import * as std from 'std';
import { test, same, deepSame, throws, next, spawn, script, within, amount, run } from './lib.js';

test('thrown while the module runs', async () => {
    const w = spawn('function f() {\n  throw new RangeError("boom", { cause: 7 });\n}\nf();');
    const e = await next(w, 'error');
    same(e.message, 'boom');
    same(e.filename.endsWith('.js'), true, e.filename);
    same(e.lineno, 3);
    same(e.colno > 0, true);
    same(e.stack.includes('f ('), true, e.stack);
    same(e.error instanceof RangeError, true);
    same(e.error.cause, 7);
});

test('thrown by a handler, a timer, a job', async () => {
    for (const text of ['port.onmessage = () => { throw Error("late"); };', 'os.setTimeout(() => { throw Error("late"); }, 1);',
        'queueMicrotask(() => { throw Error("late"); });']) {
        const w = spawn(text);
        w.postMessage(1);
        same((await next(w, 'error')).message, 'late', text);
    }
});

test('messages come before the error', async () => {
    const w = spawn('for (let i = 0; i < 3; i++) port.postMessage(i); throw Error("then");');
    const got = [];
    w.onmessage = e => got.push(e.data);
    w.onerror = e => got.push(e.message);
    await next(w, 'error');
    deepSame(got, [0, 1, 2, 'then']);
});

test('not found, does not compile, import fails', async () => {
    let w = new os.Worker('/does/not/exist.js');
    let e = await next(w, 'error');
    same(e.message.includes('/does/not/exist.js'), true, e.message);
    same(e.error instanceof ReferenceError, true);
    w = spawn('let a = ;');
    e = await next(w, 'error');
    same(e.error instanceof SyntaxError, true);
    same(e.lineno, 2);
    same(e.filename.endsWith('.js'), true);
    w = spawn('import "./nowhere.js"');
    same((await next(w, 'error')).message.includes('nowhere.js'), true);
    w = spawn('await 1; throw Error("after await")');
    same((await next(w, 'error')).message, 'after await');
});

test('an unhandled rejection', async () => {
    const w = spawn('Promise.reject(new TypeError("nobody")); port.onmessage = () => {};');
    const e = await next(w, 'error');
    same(e.message, 'nobody');
    same(e.error instanceof TypeError, true);
    const v = spawn('const p = Promise.reject(1); p.catch(() => port.postMessage("caught"));');
    same((await next(v)).data, 'caught');
});

test('what is thrown may be anything', async () => {
    let e = await next(spawn('throw "text";'), 'error');
    deepSame([e.message, e.error, e.lineno], ['text', 'text', 0]);
    e = await next(spawn('throw { code: 5 };'), 'error');
    same(e.error.code, 5);
    e = await next(spawn('const e = new Error("with function"); e.cause = () => 1; throw e;'), 'error');
    same(e.error instanceof Error && e.error.message, 'with function');
    e = await next(spawn('throw undefined;'), 'error');
    same(e.error, undefined);
});

test('out of memory', async () => {
    const w = spawn('const a = []; for (;;) a.push(new Array(100).fill(1.5));', { memoryLimit: 8 << 20 });
    const e = await next(w, 'error');
    same(e.message, 'out of memory');
    same(e.error.name, 'InternalError');
});

test('stack overflow', async () => {
    const w = spawn('function f() { return [1].map(f); } f();', { stackSize: 256 << 10 });
    const e = await next(w, 'error');
    same(e.error instanceof RangeError && e.message.includes('stack'), true, e.message);
});

test('a message that cannot be read', async () => {
    const w = spawn('port.onmessage = e => port.postMessage(e.data.length); port.onmessageerror = e => port.postMessage(["unreadable", e.error.message, e.data]);', { memoryLimit: 4 << 20 });
    w.postMessage(new Array(1 << 20).fill(1.5));
    deepSame((await next(w)).data, ['unreadable', 'out of memory', null]);
    w.postMessage([1, 2]);
    same((await next(w)).data, 2);
});

test('options', async () => {
    for (const bad of [{ memoryLimit: -1 }, { memoryLimit: 0 }, { stackSize: 1 }, { stackSize: 2 ** 40 }, { queueLimit: -5 }])
        throws(() => spawn('', bad), 'RangeError', JSON.stringify(bad));
    throws(() => new os.Worker('x', 5), 'TypeError');
    throws(() => new os.Worker('a\0b'), 'TypeError');
});

test('terminate', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const busy = spawn('port.onmessage = e => { port.postMessage("go"); for (;;) Atomics.add(e.data, 0, 1); }');
    busy.postMessage(shared);
    await next(busy);
    busy.terminate();
    let a, b;
    do { a = shared[0]; await os.sleepAsync(20); b = shared[0]; } while (a !== b);
    const blocked = spawn('port.onmessage = e => { port.postMessage("go"); Atomics.wait(e.data, 1, 0); Atomics.store(e.data, 1, 5); }');
    blocked.postMessage(shared);
    await next(blocked);
    blocked.terminate();
    await os.sleepAsync(20);
    same(shared[1], 0);
    same(Atomics.notify(shared, 1), 0);
    // Finally blocks do not run; nothing more comes; a second time does nothing.
    const w = spawn('port.postMessage("go"); try { for (;;); } finally { port.postMessage("finally"); }');
    await next(w);
    w.onmessage = () => { throw Error('after terminate'); };
    w.onerror = () => { throw Error('an error after terminate'); };
    w.terminate();
    w.terminate();
    w.postMessage('into the void');
    await os.sleepAsync(20);
    // One that sleeps, one that waits for a timer, one that waits for its parent, one with a worker of its own.
    for (const text of ['os.sleep(100000)', 'os.setTimeout(() => {}, 100000)', 'port.onmessage = () => {}',
        `new os.Worker(${JSON.stringify(script('for (;;);'))}); port.onmessage = () => {};`])
        spawn(text).terminate();
});

test('a full queue refuses, and its memory comes back', async () => {
    const w = spawn('port.onmessage = e => { if (e.data === "go") { os.sleep(100); } else if (e.data === "count") port.postMessage(n); else n++; }; let n = 0;', { queueLimit: 1 << 20 });
    w.postMessage('go');
    let sent = 0, refused = null;
    const text = 'x'.repeat(10_000);
    try { for (; sent < 1000; sent++) w.postMessage(text); } catch (e) { refused = e; }
    same(refused?.name, 'QuotaExceededError');
    same(sent > 50 && sent < 110, true, `sent ${sent}`);
    const b = new ArrayBuffer(2 << 20);
    throws(() => w.postMessage(b, [b]), 'QuotaExceededError');
    same(b.detached, false);
    await os.sleepAsync(200);
    w.postMessage('count');
    same((await next(w)).data, sent);
    w.postMessage(text);
});

test('nobody listens: stderr, and the parent goes on', async () => {
    const r = run_qjs('new os.Worker(FILE, { name: "poor" }); os.setTimeout(() => print("goes on"), 30);', 'function bad() { null.x; }\nbad();');
    same(r.out, 'goes on\n');
    same(r.status, 0);
    same(/Uncaught in worker 'poor': TypeError: .*\n    at bad \(/.test(r.err), true, r.err);
});

test('when does it end', async () => {
    const cases = {
        'worker waits, parent too': ['const w = new os.Worker(FILE); w.onmessage = e => print(e.data); w.postMessage(1);', 'port.onmessage = e => port.postMessage(e.data)', '1\n'],
        'parent waits for a busy worker': ['new os.Worker(FILE);', 'os.setTimeout(() => print("late"), 50)', 'late\n'],
        'not for one without ref': ['new os.Worker(FILE).unref();', 'os.setTimeout(() => print("never"), 10000)', ''],
        'and for one with ref again': ['new os.Worker(FILE).unref().ref();', 'os.setTimeout(() => print("late"), 50)', 'late\n'],
        'a parent that ends stops a busy worker': ['new os.Worker(FILE).unref(); os.sleep(30);', 'for (;;);', ''],
        'both post once': ['const w = new os.Worker(FILE); w.onmessage = e => { print(e.data); w.onmessage = null; };', 'port.onmessage = () => {}; port.postMessage("hi"); port.postMessage("again")', 'hi\n'],
        'exit': ['const w = new os.Worker(FILE); w.onmessage = () => std.exit(3);', 'port.postMessage(1); for (;;);', ''],
        'exit in a worker': ['const w = new os.Worker(FILE); w.onmessage = () => 1; os.setTimeout(() => print("never"), 10000)', 'std.exit(3)', ''],
        'an error in the parent': ['const w = new os.Worker(FILE); w.onmessage = () => { throw 1; };', 'port.postMessage(1); for (;;);', ''],
        'a worker that waits for another by waitAsync': ['const v = new Int32Array(new SharedArrayBuffer(8)); const a = new os.Worker(FILE), b = new os.Worker(FILE); a.onmessage = e => { print(e.data); b.postMessage([v, "notify"]); }; a.postMessage([v, "wait"]);',
            'port.onmessage = ({ data: [v, what] }) => { if (what === "notify") os.setTimeout(() => Atomics.notify(v, 0), 20); else { Atomics.waitAsync(v, 0, 0).value.then(r => print(r)); port.postMessage("waits"); } }', 'waits\nok\n'],
        'a nested worker keeps both': ['new os.Worker(FILE)', `new os.Worker(${JSON.stringify(script('os.setTimeout(() => print("inner"), 50)'))})`, 'inner\n'],
        'dropped without a handler': ['new os.Worker(FILE).postMessage("last"); std.gc();', 'port.onmessage = e => print(e.data)', 'last\n'],
    };
    for (const [name, [main, worker, out]] of Object.entries(cases)) {
        const r = run_qjs(main, worker);
        same(r.out, out, `${name}: ${r.err}`);
        same(r.status, name.startsWith('exit') ? 3 : name.includes('error') ? 1 : 0, name);
    }
});

/// Runs a main program with a worker's script, FILE, by this very command.
function run_qjs(main, worker) {
    const m = script(`const FILE = ${JSON.stringify(script(worker))};\n${main}`);
    const out = m + '.out', err = m + '.err';
    const o = std.open(out, 'w'), e = std.open(err, 'w');
    const status = os.exec(['timeout', '30', os.exePath(), m], { stdout: o.fileno(), stderr: e.fileno() });
    o.close(); e.close();
    const r = { status, out: std.loadFile(out), err: std.loadFile(err) };
    os.remove(out); os.remove(err);
    return r;
}

await run();
