// What the tests of std, os and bjson share. Runs under qjs-rs and under QuickJS-NG's qjs alike.
import * as std from "qjs:std";
import * as os from "qjs:os";

/// Is this qjs-rs? Where the two differ, docs/ says why.
export const ours = "_IOFBF" in std;

let checks = 0;

function show(v) {
    if (typeof v === "string") return JSON.stringify(v);
    if (typeof v === "bigint") return v + "n";
    if (Object.is(v, -0)) return "-0";
    if (Array.isArray(v)) return "[" + v.map(show).join(", ") + "]";
    if (v && typeof v === "object" && Object.getPrototypeOf(v) === Object.prototype)
        return "{" + Object.keys(v).map(k => k + ": " + show(v[k])).join(", ") + "}";
    return String(v);
}
function same(a, b) {
    if (Object.is(a, b)) return true;
    if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
    return false;
}
/// Fails unless the two are the same value (arrays: element by element).
export function equal(got, want, what = "value") {
    checks++;
    if (!same(got, want)) throw new Error(`${what} is ${show(got)}, not ${show(want)}`);
}
export function ok(cond, what = "condition") {
    checks++;
    if (!cond) throw new Error(`${what} does not hold`);
}
/// Fails unless f throws an error of that constructor (whose message contains the text).
export function throws(f, ctor, text = "") {
    checks++;
    let r;
    try {
        r = f();
    } catch (e) {
        if (!(e instanceof ctor)) throw new Error(`threw ${e}, not a ${ctor.name}`);
        if (!e.message.includes(text)) throw new Error(`threw "${e.message}", without "${text}"`);
        return;
    }
    throw new Error(`did not throw a ${ctor.name}, but answered ${show(r)}`);
}

/// The descriptors that are open, as numbers; without those that the event loop waits with.
export function descriptors() {
    const [names, err] = os.readdir("/proc/self/fd");
    if (err) return [];
    const own = n => os.readlink("/proc/self/fd/" + n)[0].startsWith("anon_inode:");
    return names.filter(n => n[0] !== "." && os.lstat("/proc/self/fd/" + n)[1] === 0 && !own(n)).map(Number).sort((a, b) => a - b);
}

/// A folder of this test's own, removed at the end.
export const dir = (() => {
    const tmp = std.getenv("TMPDIR") || "/tmp";
    const [name, err] = os.mkdtemp(tmp + "/qjs-test-XXXXXX");
    if (err) throw new Error("no folder to test in: " + std.strerror(-err));
    return name;
})();

/// Removes a file or a folder with all that is in it.
export function removeAll(path) {
    const [st, err] = os.lstat(path);
    if (err) return;
    if ((st.mode & os.S_IFMT) === os.S_IFDIR)
        for (const n of os.readdir(path)[0]) if (n !== "." && n !== "..") removeAll(path + "/" + n);
    os.remove(path);
}

/// Runs a program to its end: its exit code, what it wrote to stdout and to stderr.
export function run(args, options = {}) {
    const files = ["out", "err"].map(n => `${dir}/run.${n}`);
    const fds = files.map(f => os.open(f, os.O_RDWR | os.O_CREAT | os.O_TRUNC));
    let stdin = os.open("/dev/null", os.O_RDONLY);
    if (options.input !== undefined) {
        os.close(stdin);
        std.writeFile(`${dir}/run.in`, options.input || " ");
        stdin = os.open(`${dir}/run.in`, os.O_RDONLY);
    }
    const { input, ...rest } = options;
    const status = os.exec(args, { stdin, stdout: fds[0], stderr: fds[1], ...rest });
    [stdin, ...fds].forEach(fd => os.close(fd));
    return { status, out: std.loadFile(files[0]), err: std.loadFile(files[1]) };
}
/// Runs this same qjs on a script's text.
export function qjs(text, ...args) {
    const file = `${dir}/script.js`;
    std.writeFile(file, text);
    return run([os.exePath(), "--std", file, ...args]);
}

/// Runs a script under a terminal of 80 columns and 25 rows: what the terminal is sent; null where there is no command
/// `script` to make one.
export function onTerminal(text, env = "TERM=xterm") {
    if (os.exec(["sh", "-c", "command -v script >/dev/null"])) return null;
    std.writeFile(`${dir}/tty.js`, text);
    const command = `stty cols 80 rows 25; ${env} ${os.exePath()} --std ${dir}/tty.js`;
    return run(["script", "-qec", command, "/dev/null"]).out.replaceAll("\r\n", "\n");
}

const before = descriptors();

/// To be called at the end: nothing is left open (but for so many of the loop's own), nothing left behind.
export function done(name, own = 0) {
    removeAll(dir);
    if (ours) equal(descriptors().length, before.length + own, `of the open descriptors (${descriptors()}) the number`);
    ok(checks > 0, "something was checked");
    print(`${name}: ${checks} checks`);
}
