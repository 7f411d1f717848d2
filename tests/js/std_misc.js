// std: evaluation, whole files, environment, errno, printf, urlGet.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { dir, done, equal, ok, ours, qjs, run, throws } from "./check.js";

const path = dir + "/file";

// evalScript
equal(std.evalScript("1 + 2"), 3);
equal(std.evalScript(5), 5);
equal(std.evalScript("var fromScript = 7; let lexical = 8; fromScript"), 7);
equal(globalThis.fromScript, 7);
equal(std.evalScript("lexical"), 8);
equal(globalThis.lexical, undefined);
throws(() => std.evalScript("1 +"), SyntaxError);
throws(() => std.evalScript("import.meta"), SyntaxError);
throws(() => std.evalScript("await 1"), SyntaxError);
throws(() => std.evalScript("throw new RangeError('own')"), RangeError, "own");
throws(() => std.evalScript("1", null), TypeError);
throws(() => std.evalScript(Symbol()), TypeError);
{
    const stack = barrier => {
        try {
            (function outer() { std.evalScript("null.x", { backtrace_barrier: barrier }); })();
        } catch (e) {
            return e.stack;
        }
    };
    ok(stack(false).includes("outer"));
    ok(!stack(true).includes("outer"));
}
{
    const p = std.evalScript("await 5", { async: true });
    ok(p instanceof Promise);
    equal((await p).value, 5);
    let caught;
    await std.evalScript("await null; throw 9", { async: true }).catch(e => { caught = e; });
    equal(caught, 9);
}

// loadScript, loadFile, writeFile
std.writeFile(path, "globalThis.loaded = 5; loaded + 1");
equal(std.loadScript(path), 6);
equal(loaded, 5);
throws(() => std.loadScript(dir + "/none"), ReferenceError, "could not load");
std.writeFile(path, "1 +");
throws(() => std.loadScript(path), SyntaxError);
equal(std.loadFile(dir + "/none"), null);
if (ours) {
    equal(std.loadFile(dir), null, "a folder");
    equal(std.loadFile(path + "\0x"), null, "a NUL in the name");
}
std.writeFile(path, "héllo\0");
equal(std.loadFile(path), "héllo\0");
const bytes = std.loadFile(path, { binary: true });
ok(bytes instanceof Uint8Array);
equal(Array.from(bytes), [104, 195, 169, 108, 108, 111, 0]);
std.writeFile(path, new Uint16Array([1, 258]));
equal(Array.from(std.loadFile(path, { binary: true })), [1, 0, 2, 1]);
std.writeFile(path, new Uint8Array([9, 8, 7, 6]).buffer);
equal(std.loadFile(path, { binary: true }).length, 4);
if (ours) {
    std.writeFile(path, new Uint8Array([9, 8, 7, 6]).subarray(1, 3));
    equal(Array.from(std.loadFile(path, { binary: true })), [8, 7]);
}
std.writeFile(path, new DataView(new ArrayBuffer(3)));
equal(std.loadFile(path, { binary: true }).length, 3);
std.writeFile(path, 5);
equal(std.loadFile(path), "5");
std.writeFile(path, new Uint8Array([65, 0xff, 0xc3, 66]));
equal(std.loadFile(path), "A\ufffd\ufffdB");
if (ours) {
    std.writeFile(path, undefined);
    equal(std.loadFile(path), "", "undefined is nothing");
    throws(() => std.writeFile("/dev/full", "abc"), Error, "error writing");
    throws(() => std.writeFile(path + "\0", "abc"), TypeError, "null character");
    ok(std.loadFile("/proc/self/status").includes("Name:"), "a file that does not say how long it is");
}
throws(() => std.writeFile(dir + "/no/file", "a"), Error, "error opening");
throws(() => std.writeFile(path, Symbol()), TypeError);
throws(() => std.loadFile(Symbol()), TypeError);

// the environment
equal(std.getenv("QJS_TEST_NONE"), undefined);
equal(std.setenv("QJS_TEST", "bär"), undefined);
equal(std.getenv("QJS_TEST"), "bär");
equal(std.getenviron().QJS_TEST, "bär");
equal(Object.getOwnPropertyDescriptor(std.getenviron(), "QJS_TEST").enumerable, true);
equal(std.unsetenv("QJS_TEST"), undefined);
equal(std.getenv("QJS_TEST"), undefined);
ok(!("QJS_TEST" in std.getenviron()));
std.setenv("A=B", "x");
equal(std.getenv("A"), undefined);
std.setenv("", "x");
throws(() => std.getenv(Symbol()), TypeError);
if (ours) {
    throws(() => std.setenv("QJS\0X", "x"), TypeError, "null character");
    // Bytes that are not UTF-8 come back as they went.
    const r = run(["sh", "-c", `V=$(printf 'a\\377b') exec ${os.exePath()} --std -e 'std.out.putByte(std.getenv("V").charCodeAt(1) & 255); os.exec(["sh", "-c", "printf %s \\"$V\\" | od -An -tx1"]); os.exec(["printf", "%s", std.getenv("V")])'`]);
    ok(r.out.includes("61 ff 62"), "the variable " + r.out);
}

// errno
equal(std.strerror(std.Error.ENOENT), "No such file or directory");
equal(std.strerror(0), "Success");
equal(std.strerror(-2), "Unknown error -2");
equal(std.strerror(99999), "Unknown error 99999");
for (const name of ["EINVAL", "EIO", "EACCES", "EEXIST", "ENOSPC", "ENOSYS", "EBUSY", "ENOENT", "EPERM", "EPIPE", "EBADF"])
    ok(std.Error[name] > 0, name);
equal(Object.keys(std.Error).length, 0);

// printf's formats
const formats = [
    ["%d", [5.7], "5"], ["%d", ["12"], "12"], ["%d", [2 ** 40], "0"], ["%ld", [2 ** 40], "1099511627776"],
    ["%d", [2n ** 40n + 3n], "3"], ["%i", [-1], "-1"], ["%u", [-1], "4294967295"], ["%lu", [-1], "18446744073709551615"],
    ["%x", [255], "ff"], ["%#x", [255], "0xff"], ["%X", [-1], "FFFFFFFF"], ["%lx", [-1], "f".repeat(16)],
    ["%o", [8], "10"], ["%#o", [8], "010"], ["%5d|", [5], "    5|"], ["%-5d|", [5], "5    |"], ["%05d|", [5], "00005|"],
    ["%+d", [5], "+5"], ["% d", [5], " 5"], ["%*d|", [6, 5], "     5|"], ["%-*d|", [6, 5], "5     |"],
    ["%*d|", [-6, 5], "5     |"], ["%.3d", [5], "005"], ["%8.3d|", [5], "     005|"], ["%f", [1.5], "1.500000"],
    ["%.2f", [1.005], "1.00"], ["%e", [12345.678], "1.234568e+04"], ["%g", [0.0001], "0.0001"], ["%G", [1e-10], "1E-10"],
    ["%a", [1.5], "0x1.8p+0"], ["%A", [1.5], "0X1.8P+0"], ["%10.3f|", [3.14159], "     3.142|"],
    ["%-10.3f|", [3.14159], "3.142     |"], ["%+.1e", [5], "+5.0e+00"], ["%.*f", [2, 3.14159], "3.14"],
    ["%c", [65], "A"], ["%c", ["Abc"], "A"], ["%c", ["€uro"], "€"], ["%c", [0x1f600], "😀"],
    ["%c", [0], "\0"], ["%s", ["abc"], "abc"], ["%10s|", ["abc"], "       abc|"], ["%-10s|", ["abc"], "abc       |"],
    ["%.2s|", ["abc"], "ab|"], ["%s", [5], "5"], ["%s", [null], "null"], ["%s", [{}], "[object Object]"],
    ["%s%s", ["é", "😀"], "é😀"], ["%%", [], "%"], ["100%% %d", [1], "100% 1"], ["%lf", [1.5], "1.500000"],
    ["%d", [NaN], "0"], ["%d", [Infinity], "0"], ["%ld", [NaN], "0"], ["%f", [NaN], "nan"], ["%f", [-Infinity], "-inf"],
    ["%F", [NaN], "NAN"], ["%.0f", [0.5], "0"], ["%f", ["x"], "nan"], ["%ld", [2n ** 63n], "-9223372036854775808"],
    ["%ld", [2n ** 62n], "4611686018427387904"], ["plain", [], "plain"], ["%1000d", [1], " ".repeat(999) + "1"],
    ["%.300f", [1], "1." + "0".repeat(300)],
];
for (const [f, args, want] of formats) equal(std.sprintf(f, ...args), want, `sprintf(${f})`);
if (ours)
    for (const [f, args, want] of [["%.*f", [-2, 0.5], "0.500000"], ["%lld", [2n ** 62n], "4611686018427387904"], ["%llx", [255n], "ff"], ["%hd", [70000], "4464"],
                                   ["%hhu", [300], "44"], ["%zd", [5], "5"], ["%jd", [-5], "-5"], ["%s", ["a\0b"], "a\0b"]])
        equal(std.sprintf(f, ...args), want, `sprintf(${f})`);
equal(std.sprintf(), "");
equal(std.sprintf(5), "5");
for (const bad of ["%", "abc%", "%q", "%n", "%p", "%5"]) throws(() => std.sprintf(bad, 1), TypeError, "invalid conversion");
for (const few of ["%d", "%s %s", "%*d"]) throws(() => std.sprintf(few, ...(few === "%d" ? [] : [1])), ReferenceError, "missing argument");
throws(() => std.sprintf("%s", Symbol()), TypeError);
throws(() => std.sprintf("%d", Symbol()), TypeError);
throws(() => std.sprintf("%f", 1n), TypeError);
if (ours) throws(() => std.sprintf("%999999999d", 1), TypeError, "invalid conversion");

// puts, printf, exit
{
    const r = qjs("std.puts('a', 1, 'é'); print('', std.printf('%d\\n', 5)); std.exit(3)");
    equal(r.out, "a1é5\n 2\n");
    equal(r.status, 3);
    equal(qjs("std.exit()").status, 0);
    equal(qjs("std.exit(300)").status, 44);
    equal(qjs("os.setTimeout(() => std.exit(7), 1); os.setTimeout(() => print('no'), 500)").status, 7);
    equal(qjs("std.puts('buffered'); std.exit(0)").out, "buffered", "streams are flushed");
}

// urlGet, without a network
{
    equal(std.urlGet("http://127.0.0.1:1/"), null);
    equal(std.urlGet("http://127.0.0.1:1/", { full: true }).response, null);
    equal(std.urlGet("--version"), null, "an option is no URL");
    throws(() => std.urlGet(Symbol()), TypeError);
}
equal(std.gc(), undefined);

done("std_misc");
