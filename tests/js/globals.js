// The globals: print, console, scriptArgs, argv0, execArgv, navigator, gc, queueMicrotask.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { done, equal, ok, ours, qjs, run, throws } from "./check.js";

const shape = (k, o = globalThis) => {
    const d = Object.getOwnPropertyDescriptor(o, k);
    return ["writable", "enumerable", "configurable"].map(a => d[a] === undefined ? "-" : +d[a]).join("");
};
for (const [k, want] of [["print", "111"], ["console", "111"], ["scriptArgs", "111"], ["argv0", "111"], ["execArgv", "111"],
                         ["navigator", "011"], ["gc", "101"], ["queueMicrotask", "101"]])
    equal(shape(k), want, `attributes of ${k}`);
ok(/^quickjs-ng\/\d+\.\d+\.\d+$/.test(navigator.userAgent));
equal(Object.prototype.toString.call(navigator), "[object Navigator]");
throws(() => { navigator.userAgent = 5; }, TypeError);
equal(gc(), undefined);
equal(print.length, 1);
ok(argv0.length > 0);
equal(execArgv[0], argv0);
{
    const r = qjs("print(JSON.stringify(scriptArgs.slice(1)), execArgv.length, scriptArgs[0] === execArgv[2])", "a", "b c", "é");
    equal(r.out, '["a","b c","é"] 6 true\n');
}
equal(typeof globalThis.std, "undefined", "only with --std");
equal(run([os.exePath(), "--std", "-e", "print(typeof std.open, typeof os.open, typeof bjson.read)"]).out, "function function function\n");

// print
{
    const p = (text, want) => equal(qjs(text).out, want, text);
    p("print()", "\n");
    p("print(1, 'a', null, undefined, 1n, true, -0)", "1 a null undefined 1 true 0\n");
    p("print([1, [2]], {}, () => 1)", "1,2 [object Object] () => 1\n");
    p("print('é€😀')", "é€😀\n");
    if (ours) p("print('a\\0b')", "a\0b\n");
    p("print({ toString() { return 'mine' } })", "mine\n");
    const r = qjs("try { print({ toString() { throw new Error('no') } }) } catch (e) { print('caught') }");
    if (ours) {
        equal(r.out, "caught\n");
        p("print(Symbol('q'))", "Symbol(q)\n");
    }
    // What print writes and what std.out writes keep their order.
    p("std.puts('1 '); print('2'); std.out.printf('%d ', 3); console.log('4')", "1 2\n3 4\n");
}
if (ours) {
    // Nobody reads any more: no crash, no endless loop of errors.
    for (const f of ["print", "console.log"]) {
        const r = run(["sh", "-c", `{ ${os.exePath()} -e 'for (;;) ${f}("line")'; echo $? >&2; } | head -1`]);
        equal(r.out, "line\n");
        ok(/^Error: cannot write to stdout: Broken pipe\n[^]*\n1\n$/.test(r.err), r.err);
    }
    equal(run(["sh", "-c", `${os.exePath()} -e 'print("x")' > /dev/full; echo $?`]).out, "0\n");
    equal(run(["sh", "-c", `${os.exePath()} -e 'print("x"); console.error("y")' >&- 2>&-; echo $?`]).out, "0\n");
}

// the library under both names
if (ours) {
    const [a, b, c] = await Promise.all(["std", "qjs:std", "std"].map(n => import(n)));
    ok(a === b && b === c);
    equal(await import("os"), os);
}
for (const name of ["qjs:none", "none"]) {
    let e;
    await import(name).catch(x => { e = x; });
    ok(e instanceof ReferenceError && e.message.includes("could not load module"), name);
}

done("globals");
