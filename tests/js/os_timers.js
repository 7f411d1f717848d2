// os: timers, sleeping, clocks.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { done, equal, ok, ours, qjs, throws } from "./check.js";

// arguments
throws(() => os.setTimeout(), TypeError, "not a function");
throws(() => os.setTimeout("1", 1), TypeError, "not a function");
throws(() => os.setInterval({}, 1), TypeError, "not a function");
throws(() => os.setTimeout(() => {}, Symbol()), TypeError);
throws(() => os.clearTimeout(Symbol()), TypeError);
for (const id of [undefined, null, {}, "a", NaN, -1, 1e300, Infinity, 99999]) equal(os.clearTimeout(id), undefined);
const id = os.setTimeout(() => { throw new Error("cleared"); }, 1);
equal(typeof id, "number");
ok(os.setInterval(() => {}, 1e9) > id);
os.clearInterval(id + 1);
os.clearTimeout(id);
os.clearTimeout(id);
os.clearInterval(os.setTimeout(() => { throw new Error("cleared"); }, 1));

// the order in which they fire
{
    const log = [];
    await new Promise(resolve => {
        os.setTimeout(() => log.push("last"), 700);
        os.setTimeout(() => log.push("NaN"), NaN);
        os.setTimeout(() => log.push("-5"), -5);
        os.setTimeout(() => log.push("0"), 0);
        os.setTimeout(() => { log.push("1"); os.setTimeout(() => log.push("nested"), 0); Promise.resolve().then(() => log.push("job")); }, 1);
        os.setTimeout(() => log.push("undefined"));
        os.setTimeout(() => resolve(), 710);
        Promise.resolve().then(() => log.push("first job"));
    });
    equal(log, ["first job", "NaN", "-5", "0", "1", "job", "undefined", "nested", "last"]);
}

// what is far away does not fire now
for (const far of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 1e300, Infinity]) {
    if (!ours) continue;
    os.clearTimeout(os.setTimeout(() => { throw new Error(`${far} ms are over?`); }, far));
    const t = os.setTimeout(() => { throw new Error(`${far} ms are over?`); }, far);
    await os.sleepAsync(2);
    os.clearTimeout(t);
}

// intervals
{
    let n = 0;
    await new Promise(resolve => {
        const t = os.setInterval(() => { if (++n === 5) { os.clearInterval(t); resolve(); } }, 1);
    });
    await os.sleepAsync(5);
    equal(n, 5);
    // One that is slower than its interval does not keep others from running.
    if (ours) {
        const busy = os.setInterval(() => os.sleep(3), 1);
        equal(await new Promise(resolve => os.setTimeout(() => resolve("fair"), 5)), "fair");
        os.clearInterval(busy);
    }
}
if (ours) equal(await new Promise(resolve => os.setTimeout((...a) => resolve(a.join()), 1, 1, "b", 3)), "1,b,3", "arguments");

// sleeping
{
    const start = os.now();
    equal(os.sleep(20), 0);
    ok(os.now() - start >= 19000, "20 ms");
    for (const none of [0, -1, NaN, undefined]) equal(os.sleep(none), 0);
    const p = os.sleepAsync(10);
    ok(p instanceof Promise);
    const before = os.now();
    equal(await p, undefined);
    ok(os.now() - before >= 8000);
    await os.sleepAsync(-1);
    await os.sleepAsync();
    throws(() => os.sleepAsync(Symbol()), TypeError);
}
{
    const a = os.cputime();
    for (let i = 0; i < 1e5; i++);
    ok(os.cputime() >= a && a > 0);
    ok(os.now() <= os.now());
}

// a hundred thousand at once, most of them cleared
if (ours) {
    const start = Date.now();
    let fired = 0;
    const ids = [];
    for (let i = 0; i < 100000; i++) ids.push(os.setTimeout(() => fired++, i % 7));
    for (let i = 0; i < ids.length; i++) if (i % 10) os.clearTimeout(ids[i]);
    while (fired < 10000) await os.sleepAsync(1);
    await os.sleepAsync(10);
    equal(fired, 10000);
    for (let i = 0; i < 100000; i++) os.clearTimeout(os.setTimeout(() => {}, 1e6 + i));
    ok(Date.now() - start < 20000, "not quadratic");
}

// errors and ends
{
    const r = qjs("os.setTimeout(() => { throw new RangeError('in timer') }, 0); os.setTimeout(() => print('later'), 20)");
    equal(r.status, 1);
    equal(r.out, "");
    ok(r.err.startsWith("RangeError: in timer\n    at "));
    equal(qjs("os.setTimeout(() => print('kept alive'), 10)").out, "kept alive\n");
    equal(qjs("const t = os.setInterval(() => {}, 1); os.setTimeout(() => { os.clearInterval(t); print('ends') }, 9)").out, "ends\n");
}

done("os_timers");
