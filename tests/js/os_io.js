// os: descriptors, and waiting for them.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { dir, done, onTerminal, equal, ok, ours, qjs, throws } from "./check.js";

const E = std.Error;
const path = dir + "/file";
const b = new Uint8Array([104, 105, 10, 11]).buffer;

// open, write, seek, read, close
{
    equal(os.open(path, os.O_RDONLY), -E.ENOENT);
    const fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640);
    ok(fd > 2);
    equal(os.stat(path)[0].mode & 0o777 & ~0o027, 0o640 & ~0o027);
    equal(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL), -E.EEXIST);
    equal(os.write(fd, b, 0, 4), 4);
    equal(os.seek(fd, 1, std.SEEK_SET), 1);
    equal(os.seek(fd, 1n, std.SEEK_CUR), 2n);
    equal(os.seek(fd, -1, std.SEEK_END), 3);
    equal(os.seek(fd, -5, std.SEEK_SET), -E.EINVAL);
    equal(os.seek(fd, -5n, std.SEEK_SET), BigInt(-E.EINVAL));
    equal(os.seek(fd, 0, 99), -E.EINVAL);
    equal(os.seek(fd, 2n ** 40n, std.SEEK_SET), 2n ** 40n);
    equal(os.seek(fd, 0, std.SEEK_SET), 0);
    const r = new ArrayBuffer(6);
    equal(os.read(fd, r, 1, 2), 2);
    equal(Array.from(new Uint8Array(r)), [0, 104, 105, 0, 0, 0]);
    equal(os.read(fd, r, 0, 6), 2);
    equal(os.read(fd, r, 0, 6), 0);
    equal(os.close(fd), 0);
    equal(os.close(fd), -E.EBADF);
    equal(os.read(fd, r, 0, 1), -E.EBADF);
    equal(os.write(fd, r, 0, 1), -E.EBADF);
    equal(os.seek(fd, 0, 0), -E.EBADF);
    const a = os.open(path, os.O_WRONLY | os.O_APPEND);
    equal(os.write(a, b, 0, 1), 1);
    equal(os.read(a, r, 0, 1), -E.EBADF, "not open for reading");
    os.close(a);
    equal(os.stat(path)[0].size, 5);
    os.close(os.open(path, os.O_WRONLY | os.O_TRUNC));
    equal(os.stat(path)[0].size, 0);
}

// buffers that are none, or too short
{
    throws(() => os.read(0, 5, 0, 1), TypeError, "ArrayBuffer");
    throws(() => os.write(1, "text", 0, 1), TypeError, "ArrayBuffer");
    throws(() => os.read(0, b, 0, 5), RangeError, "overflow");
    throws(() => os.write(1, b, 3, 2), RangeError, "overflow");
    throws(() => os.write(1, b, -1, 2), RangeError);
    throws(() => os.write(1, b, 2 ** 53, 2), RangeError);
    throws(() => os.read(Symbol(), b, 0, 1), TypeError);
    if (ours) {
        const full = os.open("/dev/full", os.O_WRONLY);
        equal(os.write(full, b, 0, 1), -E.ENOSPC);
        os.close(full);
        const folder = os.open(dir, os.O_RDONLY);
        equal(os.read(folder, b, 0, 1), -E.EISDIR);
        os.close(folder);
    }
}

// dup, dup2, pipe
{
    const [r, w] = os.pipe();
    equal(os.write(w, b, 0, 3), 3);
    const d = os.dup(r);
    const got = new ArrayBuffer(8);
    equal(os.read(d, got, 0, 8), 3);
    equal(os.dup2(w, 99), 99);
    equal(os.write(99, b, 0, 1), 1);
    equal(os.read(r, got, 0, 8), 1);
    equal(os.seek(r, 0, 0), -(ours ? E.ESPIPE : 29));
    equal(os.dup(-1), -E.EBADF);
    equal(os.dup2(-1, 99), -E.EBADF);
    [d, 99, w].forEach(fd => equal(os.close(fd), 0));
    equal(os.read(r, got, 0, 8), 0, "the other end is closed");
    os.close(r);
}

// terminals: here there is none
{
    const fd = os.open("/dev/null", os.O_RDWR);
    equal(os.isatty(fd), false);
    equal(os.isatty(-1), false);
    equal(os.ttyGetWinSize(fd), null);
    equal(os.ttyGetWinSize(-1), null);
    equal(os.ttySetRaw(fd), undefined);
    os.close(fd);
    // And here there is one.
    const shown = onTerminal(`print(os.isatty(0), os.isatty(1), os.ttyGetWinSize(1));
        const flags = () => { const f = std.popen("stty -a", "r"), t = f.readAsString(); f.close(); return ["icanon", "echo", "opost", "isig"].map(n => +!new RegExp("-" + n + "\\\\b").test(t)).join("") };
        const before = flags(); os.ttySetRaw(0); print(before, flags());`);
    if (shown !== null) equal(shown, "true true 80,25\n1111 0011\n");
}

// handlers
throws(() => os.setReadHandler(0, 1), TypeError, "not a function");
throws(() => os.setWriteHandler(0, undefined), TypeError, "not a function");
equal(os.setReadHandler(-1, null), undefined);
equal(os.setReadHandler(-1, () => {}), undefined, "nothing is told of a descriptor that is not open");
os.setReadHandler(-1, null);

if (!ours) {
    // QuickJS-NG 0.16 does not look at descriptors while a module awaits.
    done("os_io");
    std.exit(0);
}

const log = [];
const [r, w] = os.pipe();
await new Promise(resolve => {
    os.setReadHandler(r, () => {
        const got = new ArrayBuffer(16);
        log.push("read " + os.read(r, got, 0, 16));
        Promise.resolve().then(() => log.push("job"));
        if (log.length > 2) {
            os.setReadHandler(r, null);
            resolve();
        }
    });
    os.setWriteHandler(w, () => {
        os.setWriteHandler(w, null);
        os.write(w, b, 0, 2);
        os.setTimeout(() => os.write(w, b, 0, 3), 5);
    });
});
equal(log.slice(0, 3), ["read 2", "job", "read 3"]);

// both ends in one handler table, one removed by the other
{
    const [r2, w2] = os.pipe();
    os.write(w, b, 0, 1);
    os.write(w2, b, 0, 1);
    let calls = 0;
    await new Promise(resolve => {
        const once = () => {
            calls++;
            os.setReadHandler(r, null);
            os.setReadHandler(r2, null);
            resolve();
        };
        os.setReadHandler(r, once);
        os.setReadHandler(r2, once);
    });
    await os.sleepAsync(5);
    equal(calls, 1);
    os.close(r2);
    os.close(w2);
}
// The other end goes away: reading is possible, and finds the end.
os.close(w);
const drain = new ArrayBuffer(99);
os.read(r, drain, 0, 99);
equal(await new Promise(resolve => os.setReadHandler(r, () => { os.setReadHandler(r, null); resolve(os.read(r, drain, 0, 9)); })), 0);
os.close(r);
// A plain file is always ready.
{
    const fd = os.open(path, os.O_RDWR);
    let n = 0;
    await new Promise(resolve => os.setReadHandler(fd, () => { if (++n === 3) { os.setReadHandler(fd, null); resolve(); } }));
    await new Promise(resolve => os.setWriteHandler(fd, () => { os.setWriteHandler(fd, null); resolve(); }));
    equal(n, 3);
    os.close(fd);
}
if (ours) {
    // A closed descriptor's handlers are gone, and its number can be used again.
    const [r3, w3] = os.pipe();
    os.setReadHandler(r3, () => { throw new Error("of a closed descriptor"); });
    os.close(r3);
    const [r4, w4] = os.pipe();
    equal(r4, r3);
    os.write(w4, b, 0, 1);
    await os.sleepAsync(3);
    let called = 0;
    await new Promise(resolve => os.setReadHandler(r4, () => { called++; os.setReadHandler(r4, null); resolve(); }));
    equal(called, 1);
    [w3, r4, w4].forEach(fd => os.close(fd));
    // Many descriptors at once.
    const pipes = Array.from({ length: 100 }, () => os.pipe());
    let left = pipes.length;
    await new Promise(resolve => {
        for (const [r] of pipes) os.setReadHandler(r, () => { os.setReadHandler(r, null); if (--left === 0) resolve(); });
        for (const [, w] of pipes) os.write(w, b, 0, 1);
    });
    equal(left, 0);
    pipes.flat().forEach(fd => os.close(fd));
    // Every ready descriptor has its turn, whatever another does.
    equal(qjs(`const [a, b] = os.pipe(), [c, d] = os.pipe(), x = new ArrayBuffer(1);
        os.write(b, x, 0, 1); os.write(d, x, 0, 1);
        let n = 0; os.setReadHandler(a, () => { if (++n > 1000) { print("starved"); std.exit(1); } });
        os.setReadHandler(c, () => { print("fair"); std.exit(0); });`).out, "fair\n");
}
// A handler that throws ends the loop with its error.
{
    const r = qjs("const [r, w] = os.pipe(); os.write(w, new ArrayBuffer(1), 0, 1); os.setReadHandler(r, () => { throw new TypeError('from handler') }); os.setTimeout(() => print('later'), 50)");
    equal(r.status, 1);
    ok(r.err.includes("TypeError: from handler"));
    equal(r.out, "");
}
// A script with a handler goes on until it is removed.
equal(qjs("const [r, w] = os.pipe(); os.setReadHandler(r, () => {}); os.setTimeout(() => { print('x'); os.setReadHandler(r, null) }, 5)").out, "x\n");
// A closed pipe.
if (ours) equal(qjs("const [r, w] = os.pipe(); os.close(r); print(os.write(w, new ArrayBuffer(2), 0, 2))").out, `${-E.EPIPE}\n`);

done("os_io");
