// The modules' namespaces: exports are made when first asked for, which nobody must notice.
import * as std from "qjs:std";
import * as os from "qjs:os";
import * as bjson from "qjs:bjson";
import { sleep, Worker as TheWorker, SIGINT } from "qjs:os";
import { dir, done, equal, ok, ours, throws } from "./check.js";

// One export is one value, however it is reached.
ok(sleep === os.sleep);
ok(TheWorker === os.Worker);
equal(SIGINT, os.SIGINT);
ok((await import("qjs:os")).open === os.open);
ok(std.out === std.out && std.in !== std.out);
equal(std.out.constructor === std.err.constructor, true);
equal(os.open.name, "open");
equal(os.open.length, 2);
equal(new os.open.constructor() instanceof Function, true);
ok(std.open !== os.open);

// What is listed is there, in order, whatever was asked for before.
for (const ns of [std, os, bjson]) {
    const keys = Object.keys(ns);
    ok(keys.length > 1);
    equal(keys.join(), keys.slice().sort().join());
    for (const k of keys) {
        ok(k in ns && Object.hasOwn(ns, k), k);
        ok(ns[k] !== undefined, k);
        const d = Object.getOwnPropertyDescriptor(ns, k);
        ok(d.value === ns[k] && d.enumerable && d.writable && !d.configurable, k);
    }
    equal(Reflect.ownKeys(ns).length, keys.length + 1);
    equal(Object.prototype.toString.call(ns), "[object Module]");
}
// What is not, is not.
ok(!("nothing" in os) && os.nothing === undefined && !Object.hasOwn(os, "nothing"));
ok(!("open " in os) && !("ope" in os) && !("" in os) && os[0] === undefined && !(0 in os));
equal(os["open\u1234"], undefined);
equal(Reflect.set(os, "open", 1), false);
equal(Reflect.deleteProperty(os, "rename"), false);
equal(Reflect.deleteProperty(os, "nothing"), true);
equal(Reflect.defineProperty(os, "close", { value: os.close }), true);
equal(Reflect.defineProperty(os, "close", { value: 1 }), false);
throws(() => { "use strict"; os.open = 1; }, TypeError);
throws(() => { "use strict"; os.another = 1; }, TypeError);

// Modules that export them again.
const write = (name, text) => std.writeFile(`${dir}/${name}`, text);
write("star.mjs", "export * from 'qjs:os'; export * from 'qjs:std'; export const own = 1;");
write("named.mjs", "export { open as openIt, platform } from 'qjs:os'; export * as ns from 'qjs:std';");
write("missing.mjs", "import { nothing } from 'qjs:os';");
write("missing2.mjs", "export { nothing } from 'qjs:std';");
const star = await import(`${dir}/star.mjs`);
ok(star.sleep === sleep && star.exit === std.exit && star.own === 1);
// (Both have `open`: ambiguous.)
ok(!("open" in star));
const named = await import(`${dir}/named.mjs`);
ok(named.openIt === os.open && named.platform === os.platform && named.ns === std);
for (const name of ["missing", "missing2"]) {
    const e = await import(`${dir}/${name}.mjs`).then(() => null, e => e);
    ok(e instanceof SyntaxError, String(e));
}

// The library's globals of --std are the same objects.
if (ours) {
    const out = std.popen(`"${os.exePath()}" --std -e "print(Object.keys(os).length, typeof std.in.getline, bjson.read.name)"`, "r");
    equal(out.readAsString().trim(), `${Object.keys(os).length} function read`);
    out.close();
    const set = std.popen(`"${os.exePath()}" --std -e "std = 5; print(std, delete globalThis.os, typeof os)"`, "r");
    equal(set.readAsString().trim(), "5 true undefined");
    set.close();
}
done("namespaces");
