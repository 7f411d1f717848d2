// FILE objects: every member, on files, pipes, closed and full ones.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { dir, done, equal, ok, ours, throws } from "./check.js";

const path = dir + "/file";
const u8 = b => Array.from(new Uint8Array(b));

// open: modes, the error object
{
    const e = {};
    equal(std.open(dir + "/none", "r", e), null);
    equal(e.errno, std.Error.ENOENT);
    const f = std.open(path, "w", e);
    equal(e.errno, 0);
    equal(f.close(), 0);
    equal(std.open(dir + "/none", "r"), null);
    equal(std.open(dir + "/none", "r", 5), null, "an error object that is none");
    for (const mode of ["q", "rwq", "", "+r", "rw", undefined].slice(0, ours ? 6 : 1))
        throws(() => std.open(path, mode), TypeError, "invalid file mode");
    throws(() => std.open(Symbol(), "r"), TypeError);
    equal(std.open(dir, "w", e), null, "a folder for writing");
    equal(e.errno, ours ? std.Error.EISDIR : 21);
}

// writing and reading
{
    const f = std.open(path, "w+");
    equal(f.puts("abc", "d€f", 5), undefined);
    equal(f.printf("%d|%5s|", 7, "x"), 8);
    equal(f.tell(), 17);
    equal(f.tello(), 17n);
    equal(f.seek(0, std.SEEK_SET), 0);
    equal(f.readAsString(3), "abc");
    equal(f.readAsString(), "d€f57|    x|");
    equal(f.readAsString(), "");
    ok(f.eof());
    ok(!f.error());
    f.clearerr();
    ok(!f.eof());
    equal(f.seek(0n, std.SEEK_SET), 0);
    equal(f.seek(-1, std.SEEK_SET), -std.Error.EINVAL);
    equal(f.seek(0, 99), -std.Error.EINVAL);
    equal(f.seek(-3, std.SEEK_END), 0);
    equal(f.readAsString(), " x|");
    f.seek(1, std.SEEK_SET);
    f.seek(1, std.SEEK_CUR);
    equal(f.getByte(), 99);
    equal(f.close(), 0);
}

// getline
{
    std.writeFile(path, "one\n\nthrée\nlast");
    const f = std.open(path, "r");
    equal([f.getline(), f.getline(), f.getline(), f.getline(), f.getline()], ["one", "", "thrée", "last", null]);
    equal(f.close(), 0);
    std.writeFile(path, new Uint8Array([0xff, 65, 0, 66, 10, 0xe2, 0x82]));
    const g = std.open(path, "r");
    equal(g.getline(), "\ufffdA\0B");
    ok(g.getline().startsWith("\ufffd"));
    g.close();
    const long = "x".repeat(100000);
    std.writeFile(path, long + "\n" + long);
    const h = std.open(path, "r");
    equal(h.getline(), long);
    equal(h.getline(), long);
    equal(h.getline(), null);
    h.close();
}

// read and write of buffers: what is beyond the end is cut off
{
    const f = std.tmpfile();
    const b = new Uint8Array([1, 2, 3, 4]).buffer;
    equal(f.write(b, 1, 2), 2);
    equal(f.write(b, 3, 9), 1);
    equal(f.write(b, 9, 9), 0);
    equal(f.write(b), 4);
    equal(f.write("héé", 1, 2), 2, "a string is its bytes");
    f.seek(0, std.SEEK_SET);
    const r = new ArrayBuffer(12);
    equal(f.read(r, 1, 3), 3);
    equal(u8(r).slice(0, 5), [0, 2, 3, 4, 0]);
    equal(f.read(r, 10, 99), 2);
    equal(f.read(r, 99, 1), 0);
    throws(() => f.read(r, -1, 3), RangeError);
    throws(() => f.read(r, 0, -1), RangeError);
    throws(() => f.read(), TypeError, "ArrayBuffer");
    throws(() => f.read({}, 0, 1), TypeError, "ArrayBuffer");
    throws(() => f.write(5, 0, 1), TypeError, "ArrayBuffer");
    throws(() => f.read(r, Symbol(), 1), TypeError);
    if (ours) {
        const view = new Uint16Array(r, 2, 2);
        f.seek(0, std.SEEK_SET);
        equal(f.read(view), 4, "a view's own bytes");
        equal(f.write(new DataView(r, 0, 3)), 3);
        throws(() => f.read(r.transferToImmutable?.() ?? {}), TypeError);
        const gone = new ArrayBuffer(4);
        structuredClone(gone, { transfer: [gone] });
        throws(() => f.read(gone), TypeError, "detached");
        // A position that detaches the buffer.
        const late = new ArrayBuffer(4);
        throws(() => f.read(late, { valueOf() { structuredClone(late, { transfer: [late] }); return 0; } }, 4), TypeError);
        const shared = new SharedArrayBuffer(4);
        f.seek(0, std.SEEK_SET);
        equal(f.read(shared, 0, 4), 4);
    }
    equal(f.close(), 0);
}

// bytes
{
    const f = std.tmpfile();
    equal(f.putByte(300), 44);
    equal(f.putByte(-1), 255);
    f.seek(0, std.SEEK_SET);
    equal([f.getByte(), f.getByte(), f.getByte()], [44, 255, -1]);
    ok(f.fileno() > 2);
    equal(u8(f.readAsArrayBuffer()), []);
    f.seek(0, std.SEEK_SET);
    equal(u8(f.readAsArrayBuffer(1)), [44]);
    equal(u8(f.readAsArrayBuffer()), [255]);
    throws(() => f.readAsString(-1), RangeError);
    throws(() => f.readAsArrayBuffer(Symbol()), TypeError);
    f.close();
}

// closed, foreign and standard ones
{
    const f = std.tmpfile();
    equal(f.close(), 0);
    for (const m of ["close", "puts", "printf", "flush", "tell", "tello", "seek", "eof", "fileno", "error", "clearerr",
                     "getline", "readAsArrayBuffer", "readAsString", "getByte", "putByte"])
        throws(() => f[m](), TypeError, "invalid file handle");
    throws(() => f.read(new ArrayBuffer(1), 0, 1), TypeError, "invalid file handle");
    for (const that of [{}, undefined, 1, Object.create(f)])
        throws(() => f.puts.call(that, ""), TypeError, "FILE object expected");
    for (const s of [std.in, std.out, std.err]) throws(() => s.close(), TypeError, "cannot close stdio");
    equal([std.in.fileno(), std.out.fileno(), std.err.fileno()], [0, 1, 2]);
}

// what cannot be written, a disk that is full
{
    const f = std.open("/etc/passwd", "r");
    f.puts("x");
    equal(f.putByte(65), -1);
    equal(f.write(new ArrayBuffer(1), 0, 1), 0);
    ok(f.error());
    equal(f.close(), 0);
    const full = std.open("/dev/full", "w");
    full.puts("x");
    if (ours) equal(full.flush(), -std.Error.ENOSPC);
    else full.flush();
    ok(full.error());
    full.puts("y");
    ok([0, -std.Error.ENOSPC].includes(full.close()));
    const again = std.open("/dev/full", "w");
    again.puts("x");
    equal(again.close(), -std.Error.ENOSPC);
}

// popen
{
    const f = std.popen("echo hi; exit 3", "r");
    equal(f.readAsString(), "hi\n");
    equal(f.close(), 3 << 8);
    const k = std.popen("kill -9 $$", "r");
    equal(k.close(), 9);
    const w = std.popen(`cat > ${path}`, "w");
    w.puts("to cat");
    equal(w.close(), 0);
    equal(std.loadFile(path), "to cat");
    throws(() => std.popen("true", "rw"), TypeError, "invalid file mode");
    const e = {};
    std.popen("true", "r", e).close();
    equal(e.errno, 0);
}

// fdopen
{
    const e = {};
    equal(std.fdopen(-1, "r", e), null);
    equal(e.errno, std.Error.EBADF);
    const fd = os.open(path, os.O_RDONLY);
    const f = std.fdopen(fd, "r");
    equal(f.fileno(), fd);
    equal(f.getline(), "to cat");
    equal(f.close(), 0);
    equal(os.close(fd), -std.Error.EBADF, "it was closed with the FILE");
}

// setvbuf
if (ours) {
    const f = std.open(path, "w");
    equal(f.setvbuf(std._IONBF, 0), 0);
    f.puts("at once");
    equal(std.loadFile(path), "at once");
    ok(f.setvbuf(77, 0) !== 0, "an unknown mode is refused");
    f.close();
}

// Files that nobody closes are closed when they die.
function leave() {
    for (let i = 0; i < 3000; i++) std.open(path, "r");
    const cycle = { f: std.open(path, "r") };
    cycle.self = cycle;
}
if (ours) leave();
std.gc();

done("std_file");
