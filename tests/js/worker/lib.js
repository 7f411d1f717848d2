// What the tests of workers share. A test file registers tests and ends with run(); it prints "ok" and how many
// passed, or fails with the first error.
import * as os from 'os';
import * as std from 'std';

const tests = [];
export function test(name, f) { tests.push([name, f]); }

export function same(a, b, what = '') {
    if (!Object.is(a, b))
        throw Error(`${what}: got ${String(a)}, expected ${String(b)}`);
}
export function deepSame(a, b, what = '') { same(JSON.stringify(a), JSON.stringify(b), what); }
export function throws(f, name, what = '') {
    try { f(); } catch (e) {
        same(e.name, name, `${what} (${e.message})`);
        return e;
    }
    throw Error(`${what}: nothing thrown, expected ${name}`);
}
/// The next message (or event of another kind) of a worker.
export function next(worker, kind = 'message') {
    return new Promise(resolve => worker.addEventListener(kind, resolve, { once: true }));
}
/// The rejection of whatever takes too long.
export function within(ms, promise, what) {
    let timer;
    const late = new Promise((_, reject) => { timer = os.setTimeout(() => reject(Error(`${what}: too late`)), ms); });
    return Promise.race([promise, late]).finally(() => os.clearTimeout(timer));
}
/// A number that an environment variable multiplies: tests are small unless the whole amount is asked for.
export function amount(small, whole) { return std.getenv('QJS_WORKER_STRESS') ? whole : small; }
/// Writes a worker's script to a temporary file; its name.
let count = 0;
const dir = (() => {
    const [path, err] = os.mkdtemp(`${std.getenv('TMPDIR') ?? '/tmp'}/qjs-worker-XXXXXX`);
    if (err) throw Error(`mkdtemp: ${std.strerror(-err)}`);
    return path;
})();
export function script(text) {
    const name = `${dir}/w${count++}.js`;
    std.writeFile(name, `import * as os from 'os'; import * as std from 'std'; const port = os.Worker.parent;\n${text}`);
    return name;
}
export function spawn(text, options) { return new os.Worker(script(text), options); }

export async function run() {
    const only = scriptArgs[1];
    let n = 0;
    for (const [name, f] of tests) {
        if (only && name !== only) continue;
        try {
            await within(1_200_000, f(), name);
        } catch (e) {
            print(`FAILED: ${name}`);
            print(e, e.stack);
            std.exit(1);
        }
        n++;
    }
    for (let i = 0; i < count; i++) os.remove(`${dir}/w${i}.js`);
    os.remove(dir);
    print(`ok, ${n} tests`);
}
