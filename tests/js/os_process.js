// os: processes and signals.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { dir, done, equal, ok, ours, qjs, run, throws } from "./check.js";

const E = std.Error;

// exec: what comes back
equal(os.exec(["true"]), 0);
equal(os.exec(["false"]), 1);
equal(os.exec(["sh", "-c", "exit 42"]), 42);
equal(os.exec(["sh", "-c", "kill -9 $$"]), -9);
equal(os.exec([dir + "/none"]), 127, "what does not exist");
equal(os.exec([dir]), 127, "a folder");
std.writeFile(dir + "/plain", "no program");
equal(os.exec([dir + "/plain"]), 127, "a file that is no program");
throws(() => os.exec([]), TypeError, "number of arguments");
throws(() => os.exec(), TypeError);
throws(() => os.exec(5), TypeError);
throws(() => os.exec([Symbol()]), TypeError);
throws(() => os.exec(["true"], null), TypeError);
equal(os.exec(["true"], 5), 0, "options that have none");
equal(os.exec(["true"], {}), 0);

// its options
equal(run(["sh", "-c", "echo $0"], { file: "/bin/sh" }).out, "sh\n");
equal(os.exec(["true"], { usePath: false }), 127);
equal(os.exec(["pwd"], { cwd: dir + "/none" }), 127);
equal(run(["pwd"], { cwd: dir }).out, os.realpath(dir)[0] + "\n");
equal(run(["/usr/bin/env"], { env: { A: 1, "B C": "x=y" } }).out.split("\n").filter(l => !/^(PWD|SHLVL|_)=/.test(l)).sort(), ["", "A=1", "B C=x=y"]);
equal(run(["cat"], { input: "given" }).out, "given");
{
    const r = run(["sh", "-c", "echo out; echo err >&2"]);
    equal([r.out, r.err], ["out\n", "err\n"]);
}
equal(os.exec(["true"], { stdout: -1 }), 127, "a descriptor that is not open");
equal(os.exec(["cat"], { stdin: 999 }), 127);
{
    // Redirections that cross.
    const [r, w] = os.pipe();
    equal(os.exec(["sh", "-c", "echo to err >&2"], { stderr: w }), 0);
    os.close(w);
    const f = std.fdopen(r, "r");
    equal(f.readAsString(), "to err\n");
    f.close();
}
{
    // The child is given its three descriptors and no others.
    const fd = os.open("/dev/null", os.O_RDONLY), d = os.dup(fd);
    ok(!run(["ls", "/proc/self/fd"]).out.split("\n").includes(String(d)));
    os.close(fd);
    os.close(d);
}
if (ours) {
    equal(run(["id", "-u"], { uid: 12345 }).out, os.exec(["sh", "-c", "test $(id -u) = 0"]) === 0 ? "12345\n" : "");
    if (os.exec(["sh", "-c", "test $(id -u) = 0"]) === 0) {
        equal(run(["id", "-g"], { uid: 12345, gid: 54321 }).out, "54321\n");
        equal(run(["id", "-G"], { uid: 12345, gid: 54321, groups: [7, 9] }).out, "54321 7 9\n");
    }
    throws(() => os.exec(["a\0b"]), TypeError, "null character");
    throws(() => os.exec(["true"], { cwd: "\0" }), TypeError, "null character");
    throws(() => os.exec(["true"], { env: { a: "\0" } }), TypeError, "null character");
    throws(() => os.exec(["true"], { env: 5 }), TypeError);
    throws(() => os.exec(["true"], { groups: { length: 1e9 } }), Error);
    // PATH of the environment that the child gets.
    std.writeFile(dir + "/mine", "#!/bin/sh\necho mine $PATH");
    os.exec(["chmod", "+x", dir + "/mine"]);
    equal(run(["mine"], { env: { PATH: dir } }).out, `mine ${dir}\n`);
    // Arguments that are not UTF-8 go through as they came.
    const name = run(["printf", "a\\377b"]).out;
    ok(name.length === 3);
    equal(run(["sh", "-c", "printf %s \"$1\" | od -An -tx1", "sh", "\udcff"]).out.trim(), "ff");
    // SIGPIPE and the signal mask are the child's own affair.
    equal(os.exec(["sh", "-c", "kill -PIPE $$"]), -os.SIGPIPE);
}

// without waiting
{
    const pid = os.exec(["sh", "-c", "exit 3"], { block: false });
    ok(pid > 0);
    equal(os.waitpid(pid, 0), [pid, 3 << 8]);
    equal(os.waitpid(pid, 0), [-(ours ? E.ECHILD : 10), 0]);
    const slow = os.exec(["sleep", "10"], { block: false });
    equal(os.waitpid(slow, os.WNOHANG)[0], 0);
    equal(os.kill(slow, os.SIGTERM), 0);
    equal(os.waitpid(slow, 0), [slow, os.SIGTERM]);
    const none = os.exec([dir + "/none"], { block: false });
    equal(os.waitpid(none, 0)[1], 127 << 8);
}

// kill, getpid
equal(os.kill(os.getpid(), 0), 0);
equal(os.kill(-99999, 0), -(ours ? E.ESRCH : 3));
equal(os.kill(os.getpid(), 9999), -E.EINVAL);

// signals
throws(() => os.signal(-1, () => {}), RangeError, "signal number");
throws(() => os.signal(1000, () => {}), RangeError, "signal number");
throws(() => os.signal(os.SIGUSR1, 5), TypeError, "not a function");
equal(os.signal(9, () => {}), undefined, "what cannot be caught");
{
    const seen = [];
    os.signal(os.SIGUSR1, () => seen.push("first"));
    os.signal(os.SIGUSR1, () => seen.push("usr1"));
    os.signal(os.SIGUSR2, () => seen.push("usr2"));
    os.kill(os.getpid(), os.SIGUSR1);
    os.kill(os.getpid(), os.SIGUSR2);
    equal(seen, [], "handlers are called by the loop");
    if (ours) {
        await os.sleepAsync(2);
        equal(seen.sort(), ["usr1", "usr2"]);
        // A signal ends a wait at once, a child's one too.
        const start = Date.now();
        os.exec(["sh", "-c", `sleep 0.05; kill -USR1 ${os.getpid()}`], { block: false });
        seen.length = 0;
        await new Promise(resolve => {
            const t = os.setTimeout(resolve, 5000);
            os.signal(os.SIGUSR1, () => { os.clearTimeout(t); resolve(); });
        });
        ok(Date.now() - start < 3000, "the wait was ended");
        os.signal(os.SIGCHLD, () => seen.push("chld"));
        const child = os.exec(["true"], { block: false });
        while (!seen.length) await os.sleepAsync(1);
        os.waitpid(-1, os.WNOHANG);
        os.waitpid(child, os.WNOHANG);
        os.signal(os.SIGCHLD, null);
    }
    os.signal(os.SIGUSR1, undefined);
    os.kill(os.getpid(), os.SIGUSR1);
    os.signal(os.SIGUSR1, null);
    os.signal(os.SIGUSR2, null);
}
{
    const r = qjs("os.signal(os.SIGUSR1, null); os.kill(os.getpid(), os.SIGUSR1); print('no')");
    equal(r.status, -os.SIGUSR1);
    equal(qjs("os.signal(os.SIGUSR1, undefined); os.kill(os.getpid(), os.SIGUSR1); print('ignored')").out, "ignored\n");
    equal(qjs("os.signal(os.SIGUSR1, () => {}); print('a handler alone keeps nothing alive')").status, 0);
    if (ours) {
        const t = qjs("os.signal(os.SIGUSR1, () => { throw new Error('in handler') }); os.kill(os.getpid(), os.SIGUSR1); os.setTimeout(() => print('later'), 100)");
        equal(t.status, 1);
        ok(t.err.includes("in handler"));
        // Many signals while nobody looks.
        equal(qjs("let n = 0; os.signal(os.SIGUSR1, () => n++); for (let i = 0; i < 100000; i++) os.kill(os.getpid(), os.SIGUSR1); os.setTimeout(() => print(n > 0), 5)").out, "true\n");
    }
}
// The child does not inherit handlers.
{
    os.signal(os.SIGTERM, () => {});
    equal(os.exec(["sh", "-c", "kill -TERM $$; echo no"]), -os.SIGTERM);
    os.signal(os.SIGTERM, null);
}

// (Signals arrive by a pipe.)
done("os_process", 2);
