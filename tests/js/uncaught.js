// What ends a script: uncaught errors, unhandled rejections; and what is said of it.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { done, equal, ok, ours, qjs, run, dir } from "./check.js";

const ends = (text, status, err, out = "") => {
    const r = qjs(text);
    equal(r.status, status, `the status of ${text}`);
    ok(r.err.startsWith(err), `${text}: ${JSON.stringify(r.err)} begins with ${JSON.stringify(err)}`);
    equal(r.out, out, `the output of ${text}`);
};

ends("throw new Error('m')", 1, "Error: m\n    at ");
ends("throw 5", 1, "5\n    at ");
ends("function f() { throw 'text' } try { throw 1 } catch {} f()", 1, "text\n    at f (");
ends("throw null", 1, "null\n");
ends("throw { toString() { return 'own' } }", 1, "own\n");
ends("null.x", 1, "TypeError: ");
ends("1 +", 1, "SyntaxError: ");
ends("print(1); throw new Error('after output')", 1, "Error: after output\n", "1\n");
ends("throw Symbol('q')", 1, ours ? "Symbol(q)\n" : "[exception]\n");
ends("throw { toString() { throw 1 } }", 1, "[exception]\n");
ends("throw Object.create(null)", 1, "[exception]\n");
{
    const r = qjs("throw new Error('outer', { cause: new TypeError('inner', { cause: 7 }) })");
    ok(/^Error: outer\n    at .*\n\nCaused by: TypeError: inner\n    at .*\n\nCaused by: 7\n/.test(r.err), r.err);
    const cyclic = qjs("const e = new Error('c'); e.cause = e; throw e");
    equal(cyclic.status, 1);
    ok(cyclic.err.length < 10000);
}

// rejections
const unhandled = "Possibly unhandled promise rejection: ";
ends("Promise.reject(new TypeError('r')); os.setTimeout(() => print('no'), 5)", 1, unhandled + "TypeError: r\n    at ");
ends("Promise.reject(5); print('first')", 1, unhandled + "5\n", "first\n");
ends("(async () => { throw new Error('async') })()", 1, unhandled + "Error: async");
ends("Promise.reject(1).then(() => {})", 1, unhandled + "1\n");
ends("const p = Promise.reject(1); os.setTimeout(() => p.catch(() => {}), 1)", 1, unhandled + "1\n");
ends("os.setTimeout(() => Promise.reject(new Error('later')), 1); os.setTimeout(() => print('no'), 50)", 1, unhandled + "Error: later");
ends("const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => print('in time')))", 0, "", "in time\n");
ends("Promise.reject(1).catch(() => print('at once'))", 0, "", "at once\n");
ends("const p = Promise.reject(1); (async () => { try { await p } catch { print('awaited') } })()", 0, "", "awaited\n");
ends("queueMicrotask(() => { throw new Error('job') }); Promise.resolve().then(() => print('no'))", 1, "Error: job\n");

// modules
const module = (text, ...args) => {
    std.writeFile(`${dir}/m.mjs`, text);
    return run([os.exePath(), `${dir}/m.mjs`, ...args]);
};
{
    let r = module("await 1; throw new Error('after await')");
    equal(r.status, 1);
    ok(r.err.startsWith("Error: after await\n    at "));
    r = module("import { none } from './other.mjs'");
    equal(r.status, 1);
    ok(r.err.startsWith("ReferenceError: could not load module filename '"));
    r = module("import * as os from 'qjs:os'; os.setTimeout(() => print('t'), 1); await os.sleepAsync(5); print('end')");
    equal([r.status, r.out], [0, "t\nend\n"]);
    r = module("import * as os from 'qjs:os'; os.setTimeout(() => { throw new Error('while awaiting') }, 1); await os.sleepAsync(1000)");
    equal(r.status, 1);
    ok(r.err.includes("while awaiting"));
    if (ours) {
        r = module("await new Promise(() => {})");
        equal(r.status, 1);
        ok(r.err.includes("can never be settled"), r.err);
    }
    r = module("print(import.meta.url, import.meta.main)");
    equal(r.out, `file://${os.realpath(dir)[0]}/m.mjs true\n`);
    std.writeFile(`${dir}/dep.mjs`, "export const meta = import.meta");
    r = module("import { meta } from './dep.mjs'; print(meta.main, meta.url.endsWith('/dep.mjs'))");
    equal(r.out, "false true\n");
}

// JSON, text and bytes
{
    std.writeFile(`${dir}/x.json`, '{"a":[1]}');
    let r = module("import j from './x.json' with { type: 'json' }; import t from './x.json' with { type: 'text' }; import b from './x.json' with { type: 'bytes' }; import d from './x.json'; print(j.a[0], t, b.constructor.name, b.length, JSON.stringify(d))");
    equal(r.out, '1 {"a":[1]} Uint8Array 9 {"a":[1]}\n');
    r = module("import j from './x.json' with { type: 'none' }");
    equal(r.status, 1);
    ok(r.err.startsWith("TypeError: unsupported module type: 'none'"));
    r = module("import j from './x.json' with { typo: 'json' }");
    ok(r.err.startsWith("TypeError: import attribute 'typo' is not supported"), r.err);
    std.writeFile(`${dir}/bad.json`, '{"a":');
    r = module("import j from './bad.json'");
    ok(r.err.startsWith("SyntaxError: "), r.err);
    r = module("import('./bad.json').catch(e => print(e.constructor.name))");
    equal(r.out, "SyntaxError\n");
    r = module("import('./none.so').catch(e => print(e.message.includes('shared library')))");
    equal(r.out, "true\n");
}

done("uncaught");
