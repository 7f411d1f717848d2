// os: paths.
import * as std from "qjs:std";
import * as os from "qjs:os";
import { dir, done, equal, ok, ours, run, throws } from "./check.js";

const E = std.Error;
const path = dir + "/file";
std.writeFile(path, "12345");

// stat, lstat, utimes
{
    const [st, err] = os.stat(path);
    equal(err, 0);
    equal(st.size, 5);
    equal(st.mode & os.S_IFMT, os.S_IFREG);
    equal(Object.keys(st), ["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blocks", "atime", "mtime", "ctime"]);
    ok(Math.abs(st.mtime - Date.now()) < 60000);
    equal(os.stat(dir)[0].mode & os.S_IFMT, os.S_IFDIR);
    equal(os.stat("/dev/null")[0].mode & os.S_IFMT, os.S_IFCHR);
    equal(os.stat(dir + "/none"), [null, E.ENOENT]);
    equal(os.utimes(path, 1000, 2500), 0);
    equal([os.stat(path)[0].atime, os.stat(path)[0].mtime], [1000, 2500]);
    equal(os.utimes(dir + "/none", 1, 1), -E.ENOENT);
    if (ours) {
        equal(os.utimes(path, NaN, 1), -E.EINVAL);
        equal(os.utimes(path, -1500, 1e15 / 7 | 0), 0, "before 1970");
        equal(os.stat(path)[0].atime, -1500);
    }
    throws(() => os.stat(Symbol()), TypeError);
}

// links
{
    const link = dir + "/link";
    equal(os.symlink("file", link), 0);
    equal(os.symlink("file", link), -E.EEXIST);
    equal(os.readlink(link), ["file", 0]);
    equal(os.readlink(path), ["", E.EINVAL]);
    equal(os.readlink(dir + "/none"), ["", E.ENOENT]);
    equal(os.lstat(link)[0].mode & os.S_IFMT, os.S_IFLNK);
    equal(os.stat(link)[0].size, 5);
    equal(os.realpath(link)[0].split("/").pop(), "file");
    equal(os.realpath(dir + "/none"), ["", E.ENOENT]);
    os.symlink("loop", dir + "/loop");
    equal(os.stat(dir + "/loop")[1], ours ? E.ELOOP : 40);
    os.remove(dir + "/loop");
    equal(os.remove(link), 0);
    const long = "x".repeat(300);
    equal(os.symlink(long, link), 0);
    equal(os.readlink(link), [long, 0]);
    os.remove(link);
}

// folders
{
    const sub = dir + "/sub";
    equal(os.mkdir(sub, 0o700), 0);
    equal(os.stat(sub)[0].mode & 0o777, 0o700);
    equal(os.mkdir(sub), -E.EEXIST);
    equal(os.mkdir(dir + "/no/sub"), -E.ENOENT);
    std.writeFile(sub + "/b", "b");
    const [names, err] = os.readdir(sub);
    equal(err, 0);
    equal(names.sort(), [".", "..", "b"]);
    equal(os.readdir(dir + "/none"), [[], E.ENOENT]);
    equal(os.remove(sub), -(ours ? E.ENOTEMPTY : 39));
    equal(os.rename(sub + "/b", sub + "/c"), 0);
    equal(os.rename(sub + "/b", sub + "/c"), -E.ENOENT);
    equal(os.remove(sub + "/c"), 0);
    equal(os.remove(sub), 0);
    equal(os.remove(sub), -E.ENOENT);
}

// where we are
{
    const [old, err] = os.getcwd();
    equal(err, 0);
    equal(os.chdir(dir), 0);
    equal(os.getcwd()[0], os.realpath(dir)[0]);
    equal(os.chdir(dir + "/none"), -E.ENOENT);
    equal(os.chdir(path), -(ours ? E.ENOTDIR : 20));
    equal(os.chdir(old), 0);
    ok(os.exePath().startsWith("/"));
    if (ours) {
        const r = run(["sh", "-c", `mkdir ${dir}/gone; cd ${dir}/gone; rmdir ${dir}/gone; exec ${os.exePath()} --std -e 'print(JSON.stringify(os.getcwd()))'`]);
        equal(r.out, `["",${E.ENOENT}]\n`);
    }
}

// names of the system's choice
{
    const [d, err] = os.mkdtemp(dir + "/tXXXXXX");
    equal(err, 0);
    ok(/\/t[^X/]{6}$/.test(d) || d.length === dir.length + 8);
    equal(os.stat(d)[0].mode & 0o777, 0o700);
    equal(os.remove(d), 0);
    const [plain] = os.mkdtemp(dir + "/plain");
    equal(plain.length, dir.length + 6 + 6, "XXXXXX is added");
    os.remove(plain);
    equal(os.mkdtemp(dir + "/no/XXXXXX")[1], -E.ENOENT);
    const [name, fd] = os.mkstemp(dir + "/fXXXXXX");
    ok(fd >= 0);
    equal(os.write(fd, new Uint8Array([1, 2]).buffer, 0, 2), 2);
    equal(os.close(fd), 0);
    equal(os.stat(name)[0].size, 2);
    equal(os.stat(name)[0].mode & 0o777, 0o600);
    equal(os.remove(name), 0);
    equal(os.mkstemp(dir + "/no/XXXXXX")[1], -E.ENOENT);
}

// names that cannot be, names that are no text
if (ours) {
    for (const f of [os.remove, os.chdir, os.mkdir]) equal(f(path + "\0x"), -E.EINVAL);
    equal(os.open(path + "\0x", 0), -E.EINVAL);
    equal(os.stat(path + "\0x"), [null, E.EINVAL]);
    equal(os.rename(path + "\0x", path), -E.EINVAL);
    equal(os.realpath("\0"), ["", E.EINVAL]);
    ok(os.stat(path)[1] === 0, "the file is still there");
    run(["sh", "-c", `printf x > "${dir}/$(printf 'b\\377d')"`]);
    const name = os.readdir(dir)[0].find(n => n.startsWith("b"));
    equal(name.length, 3);
    equal(os.stat(dir + "/" + name)[0].size, 1, "a name that is not UTF-8");
    equal(std.loadFile(dir + "/" + name), "x");
    equal(os.remove(dir + "/" + name), 0);
    equal(os.stat("/" + "x".repeat(10000))[1], E.ENAMETOOLONG);
    equal(os.stat(""), [null, E.ENOENT]);
}
throws(() => os.remove(Symbol()), TypeError);
throws(() => os.remove({ toString() { throw new RangeError("mine"); } }), RangeError, "mine");

done("os_fs");
