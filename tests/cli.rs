//! The command line of `qjs`: every option, every exit status, and bad input.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fresh folder of one test.
struct Folder(PathBuf);
impl Folder {
    fn new(name: &str) -> Folder {
        let d = std::env::temp_dir().join(format!("qjs-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&d);
        fs::create_dir_all(&d).expect("temporary folder");
        Folder(d)
    }
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let p = self.0.join(name);
        fs::write(&p, text).expect("temporary file");
        p
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn qjs() -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_qjs"));
    c.env_remove("QJS_HISTORY").env("NO_COLOR", "1").stdin(Stdio::null());
    c
}
fn finish(mut c: Command, input: Option<&[u8]>) -> Ran {
    if input.is_some() {
        c.stdin(Stdio::piped());
    }
    let mut child = c.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qjs starts");
    if let Some(text) = input {
        // (Who does not read it all is tested elsewhere.)
        let _ = child.stdin.take().expect("a pipe").write_all(text);
    }
    let o = child.wait_with_output().expect("qjs ends");
    Ran {
        status: o.status.code().unwrap_or_else(|| 128 + o.status.signal().unwrap_or(0)),
        out: String::from_utf8_lossy(&o.stdout).into_owned(),
        err: String::from_utf8_lossy(&o.stderr).into_owned(),
    }
}
fn run<S: AsRef<OsStr>>(args: &[S]) -> Ran {
    let mut c = qjs();
    c.args(args);
    finish(c, None)
}
fn run_in<S: AsRef<OsStr>>(dir: &Folder, args: &[S]) -> Ran {
    let mut c = qjs();
    c.args(args).current_dir(&dir.0);
    finish(c, None)
}
/// Success, and exactly this on stdout.
#[track_caller]
fn prints<S: AsRef<OsStr> + std::fmt::Debug>(args: &[S], out: &str) {
    let r = run(args);
    assert_eq!((r.status, r.out.as_str(), r.err.as_str()), (0, out, ""), "{args:?}");
}
/// Status 1, nothing on stdout, and exactly this on stderr.
#[track_caller]
fn fails<S: AsRef<OsStr> + std::fmt::Debug>(args: &[S], err: &str) {
    let r = run(args);
    assert_eq!((r.status, r.out.as_str(), r.err.as_str()), (1, "", err), "{args:?}");
}

// ---- what is asked about qjs itself

#[test]
fn help_and_version() {
    for a in ["-h", "--help", "-?"] {
        let r = run(&[a, "-e", "throw 1"]);
        assert_eq!((r.status, r.err.as_str()), (0, ""));
        assert!(
            r.out.starts_with("qjs-rs version 0.17.0\nusage: qjs [options] [file [args]]\n"),
            "{}",
            r.out
        );
    }
    let help = run(&["-h"]).out;
    for option in [
        "--help",
        "--version",
        "--eval",
        "--interactive",
        "--script",
        "--module",
        "--include",
        "--std",
        "--trace",
        "--dump",
        "--dump-flags",
        "--compile",
        "--out",
        "--exe",
        "--memory-limit",
        "--stack-size",
        "--quit",
    ] {
        assert!(help.contains(option), "{option}");
    }
    prints(&["-v"], "0.17.0\n");
    prints(&["--version", "-e", "throw 1"], "0.17.0\n");
}

#[test]
fn wrong_options() {
    for (args, message) in [
        (&["--nope"][..], "qjs: unknown option '--nope'\n"),
        (&["-Z"], "qjs: unknown option '-Z'\n"),
        (&["-dZ"], "qjs: unknown option '-Z'\n"),
        (&["--hel"], "qjs: unknown option '--hel'\n"),
    ] {
        let r = run(args);
        assert_eq!((r.status, r.out.as_str()), (1, ""), "{args:?}");
        assert!(r.err.starts_with(message) && r.err.contains("usage: qjs"), "{args:?}: {}", r.err);
    }
    fails(&["-e"], "qjs: missing expression for -e\n");
    fails(&["-I"], "expecting filename\n");
    fails(&["--memory-limit"], "expecting memory limit\n");
    fails(&["--stack-size"], "expecting stack size\n");
    fails(&["--memory-limit=abc", "-e", "1"], "Invalid limit: abc\n");
    fails(
        &["--memory-limit", "10x", "-e", "1"],
        "Invalid limit: 10x, unrecognized suffix, only k,m,g are allowed\n",
    );
    fails(&["-Dx", "-e", "1"], "Invalid dump flags: x\n");
    for o in ["-c", "-o", "--exe"] {
        fails(&[o], &format!("qjs: missing file for {o}\n"));
    }
}

// ---- what is run

#[test]
fn expressions() {
    prints(&["-e", "print(1 + 1)"], "2\n");
    prints(&["--eval=print(3)"], "3\n");
    prints(&["-eprint(4)"], "4\n");
    prints(&["-e", ""], "");
    prints(&["-e", "print(1)", "-e", "print(2)"], "2\n");
    prints(&["-e", "print(scriptArgs)", "a", "-b", "--", "c"], "a,-b,--,c\n");
    prints(&["-e", "print(scriptArgs)", "--", "-b"], "-b\n");
    prints(&["-e", "print(argv0 === execArgv[0], execArgv.length, execArgv[3])", "x"], "true 4 x\n");
    prints(
        &["-e", "print(typeof gc, typeof performance, navigator.userAgent)"],
        "function object quickjs-ng/0.17.0\n",
    );
}

#[test]
fn scripts_and_their_arguments() {
    let d = Folder::new("args");
    d.file("a.js", "#!/usr/bin/env qjs\nprint(scriptArgs)");
    let r = run_in(&d, &["a.js", "x", "-e", "--", "-h"]);
    assert_eq!((r.status, r.out.as_str()), (0, "a.js,x,-e,--,-h\n"));
    d.file("-x.js", "print('dash')");
    assert_eq!(run_in(&d, &["--", "-x.js"]).out, "dash\n");
    d.file("empty.js", "");
    assert_eq!(run_in(&d, &["empty.js"]).status, 0);
}

#[test]
fn modules_are_detected() {
    let d = Folder::new("detect");
    let name = |s: &str| d.0.join(s).to_string_lossy().into_owned();
    // As QuickJS-NG: what parses as a module is one.
    let this = "print(typeof this)";
    for (file, text, is_module) in [
        ("plain.js", this.to_owned(), true),
        ("sloppy.js", format!("{this}; with ({{}}) {{}}"), false),
        ("await.js", format!("{this}; let await = 1"), false),
        ("octal.js", format!("{this}; 010"), false),
        ("tla.js", format!("await 1; {this}"), true),
        ("export.js", format!("export let x; {this}"), true),
        ("m.mjs", this.to_owned(), true),
    ] {
        d.file(file, &text);
        prints(&[name(file)], if is_module { "undefined\n" } else { "object\n" });
        let r = run(&["-e".to_owned(), text]);
        assert_eq!(r.out, if is_module { "undefined\n" } else { "object\n" }, "-e {file}");
    }
    prints(&["-C".to_owned(), name("plain.js")], "object\n");
    prints(&["--script".to_owned(), name("m.mjs")], "object\n");
    prints(&["-m".to_owned(), name("plain.js")], "undefined\n");
    prints(&["-C".to_owned(), "--module".to_owned(), name("plain.js")], "undefined\n");
    fails(
        &["-C".to_owned(), "-e".to_owned(), "await 1".to_owned()],
        "SyntaxError: expecting ';'\n    at <cmdline>:1:7\n\n",
    );
    // Nothing is evaluated twice on the way.
    d.file("once.js", "print('once'); with ({}) {} throw 1");
    assert_eq!(run(&[name("once.js")]).out, "once\n");
    // .mjs means it.
    d.file("not.mjs", "with ({}) {}");
    let r = run(&[name("not.mjs")]);
    assert!(r.status == 1 && r.err.starts_with("SyntaxError"), "{r:?}");
    // Of what is neither, the error further on is told.
    let r = run(&["-e", "import 'x';\nlet = ;"]);
    assert!(r.err.contains("<cmdline>:2:"), "{}", r.err);
}

#[test]
fn modules_know_where_they_are() {
    let d = Folder::new("meta");
    d.file("dep.mjs", "print(import.meta.main); export default 7");
    let m = d.file("m.mjs", "import x from './dep.mjs'; print(x, import.meta.main, import.meta.url)");
    let real = fs::canonicalize(&m).expect("it is there");
    prints(&[&m], &format!("false\n7 true file://{}\n", real.display()));
    prints(&["-m", "-e", "print(import.meta.url, import.meta.main)"], "file://<cmdline> true\n");
    d.file(
        "std.mjs",
        "import * as a from 'std'; import * as b from 'qjs:std'; print(a === b, typeof a.open)",
    );
    assert_eq!(run_in(&d, &["std.mjs"]).out, "true function\n");
    let r = run_in(&d, &["-m", "-e", "import './nosuch.js'"]);
    assert_eq!(r.status, 1);
    assert!(r.err.starts_with("ReferenceError: could not load module filename 'nosuch.js'\n"), "{}", r.err);
}

#[test]
fn std_is_global_when_asked_for() {
    prints(&["-e", "print(typeof std, typeof os, typeof bjson)"], "undefined undefined undefined\n");
    prints(&["--std", "-e", "print(typeof std, typeof os, typeof bjson)"], "object object object\n");
    prints(&["--std", "-m", "-e", "import * as s from 'qjs:std'; print(s === std)"], "true\n");
}

#[test]
fn includes_come_first() {
    let d = Folder::new("include");
    let a = d.file("a.js", "var a = 1; print('a', typeof this)");
    let b = d.file("b.js", "print('b', a)");
    let o = |p: &Path| p.as_os_str().to_owned();
    let arg = |s: &str| std::ffi::OsString::from(s);
    prints(&[arg("-I"), o(&a), arg("--include"), o(&b), arg("-e"), arg("print(a)")], "a object\nb 1\n1\n");
    let r = run(&[arg("-I"), arg("/nosuch.js"), arg("-e"), arg("print(1)")]);
    assert_eq!(
        (r.status, r.out.as_str(), r.err.as_str()),
        (1, "", "/nosuch.js: No such file or directory\n")
    );
}

#[test]
fn standard_input() {
    let script = |args: &[&str], text: &str| {
        let mut c = qjs();
        c.args(args);
        finish(c, Some(text.as_bytes()))
    };
    assert_eq!(script(&[], "print(scriptArgs.length, 1)").out, "0 1\n");
    assert_eq!(script(&["-", "a"], "print(scriptArgs)").out, "-,a\n");
    assert_eq!(script(&["-m", "-"], "await 1; print(import.meta.url)").out, "file://<stdin>\n");
    assert_eq!(script(&["-C", "-"], "print(typeof this)").out, "object\n");
    let r = script(&[], "foo bar");
    assert_eq!((r.status, r.err.as_str()), (1, "SyntaxError: expecting ';'\n    at <stdin>:1:5\n\n"));
    // What is no script is the script's to read.
    assert_eq!(script(&["--std", "-e", "print(std.in.getline())"], "line\n").out, "line\n");
    assert_eq!(script(&[], "").status, 0);
}

#[test]
fn quit_runs_nothing() {
    prints(&["-q"], "");
    prints(&["-q", "-e", "print(1)"], "");
    prints(&["--quit", "/nosuch.js"], "");
}

// ---- errors and exit statuses

#[test]
fn uncaught_errors() {
    fails(&["-e", "null.x"], &run(&["-e", "null.x"]).err);
    let r = run(&["-e", "function f() { throw new RangeError('y') } f()"]);
    assert_eq!(r.status, 1);
    assert_eq!(r.err, "RangeError: y\n    at f (<cmdline>:1:26)\n    at <anonymous> (<cmdline>:1:44)\n\n");
    let r = run(&["-e", "print('before'); throw new Error('x', { cause: new TypeError('c') })"]);
    assert_eq!((r.status, r.out.as_str()), (1, "before\n"));
    assert!(r.err.starts_with("Error: x\n") && r.err.contains("Caused by: TypeError: c\n"), "{}", r.err);
    for thrown in ["1", "null", "Symbol('x')", "{ toString() { throw 1 } }", "Object.create(null)"] {
        let r = run(&["-e", &format!("throw {thrown}")]);
        assert_eq!((r.status, r.out.as_str()), (1, ""), "{thrown}");
        assert!(!r.err.trim().is_empty(), "{thrown}");
    }
}

#[test]
fn rejections() {
    let r = run(&["-e", "Promise.reject(new Error('x'))"]);
    assert_eq!(r.status, 1);
    assert!(r.err.starts_with("Possibly unhandled promise rejection: Error: x\n    at "), "{}", r.err);
    prints(&["-e", "let p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => {}))"], "");
    let r = run(&["-m", "-e", "await Promise.reject(new Error('q'))"]);
    assert_eq!(r.status, 1);
    assert!(r.err.starts_with("Error: q\n"), "{}", r.err);
    let r = run(&["-e", "async function f() { await 1; throw new RangeError('y') } f(); print('on')"]);
    assert_eq!((r.status, r.out.as_str()), (1, "on\n"));
    // Nothing is left that could settle it.
    let r = run(&["-m", "-e", "await new Promise(() => {}); print(1)"]);
    assert_eq!((r.status, r.out.as_str()), (1, ""));
    assert!(r.err.contains("can never be settled"), "{}", r.err);
}

#[test]
fn the_loop_runs_to_its_end() {
    prints(&["--std", "-e", "os.setTimeout(() => print('later'), 5); print('now')"], "now\nlater\n");
    let r = run(&["--std", "-e", "os.setTimeout(() => { throw new Error('in timer') }, 1)"]);
    assert_eq!(r.status, 1);
    assert!(r.err.starts_with("Error: in timer\n"), "{}", r.err);
    for (status, seen) in [(0, 0), (7, 7), (300, 44), (-1, 255)] {
        assert_eq!(run(&["--std", "-e", &format!("std.exit({status})")]).status, seen);
    }
    assert_eq!(
        run(&["--std", "-e", "os.setTimeout(() => std.exit(3), 1); os.setTimeout(() => {}, 60000)"]).status,
        3
    );
}

// ---- limits and what is told about memory

#[test]
fn limits() {
    let grow = "let a = []; for (;;) a.push({})";
    let r = run(&["--memory-limit", "2000", "-e", grow]);
    assert_eq!((r.status, r.out.as_str()), (1, ""));
    assert!(r.err.contains("out of memory"), "{}", r.err);
    prints(
        &["--memory-limit=4m", "-e", &format!("try {{ {grow} }} catch (e) {{ print(e) }}")],
        "InternalError: out of memory\n",
    );
    let r = run(&["--memory-limit", "1k", "-e", "print(1)"]);
    assert_eq!((r.status, r.out.as_str(), r.err.as_str()), (1, "", "qjs: cannot allocate a context\n"));
    prints(&["--memory-limit", "0", "-e", "print(1)"], "1\n");
    let deep =
        "function f(n) { return n ? 1 + f(n - 1) : 0 } try { print(f(100000)) } catch (e) { print(e.name) }";
    prints(&["--stack-size", "256", "-e", deep], "RangeError\n");
    prints(&["--stack-size", "0", "-e", "print(2)"], "2\n");
}

#[test]
fn dumps() {
    let r = run(&["-d", "-e", "print('x')"]);
    assert_eq!(r.status, 0);
    assert!(
        r.out.starts_with("x\n") && r.out.contains("memory used") && r.out.contains("atoms"),
        "{}",
        r.out
    );
    let r = run(&["-T", "-q"]);
    let all = |first: &str| r.out.lines().filter(|l| l.starts_with(first)).count();
    assert!(all("A ") > 0 && all("F ") > 0, "{}", r.out);
    // What was allocated has been freed: a block is where it was last told to be.
    let mut live = std::collections::HashSet::new();
    for l in r.out.lines() {
        let words: Vec<&str> = l.split(' ').collect();
        match words[0] {
            "A" | "C" => assert!(live.insert(words[words.len() - 1]), "{l}"),
            "R" => {
                let old = words[2];
                assert!(old == "NULL" || live.remove(old), "{l}");
                live.insert(words[words.len() - 1]);
            }
            "F" => assert!(live.remove(words[1]), "{l}"),
            _ => panic!("{l}"),
        }
    }
    assert!(live.is_empty(), "{live:?}");
    assert_eq!(run(&["-D0", "-e", "print(1)"]).out, "1\n");
    assert!(run(&["--dump-flags=0x10000", "-q"]).out.contains("memory used"));
    assert_eq!(run(&["-D", "-e", "1"]).status, 0);
}

#[test]
fn executables() {
    let d = Folder::new("compile");
    let a = d.file("a.js", "print(scriptArgs.length)");
    let out = d.0.join("a");
    let r = run(&[OsStr::new("-c"), a.as_os_str(), OsStr::new("-o"), out.as_os_str()]);
    assert_eq!((r.status, r.err.as_str()), (0, ""));
    let mut c = Command::new(&out);
    c.args(["-e", "1"]);
    let r = finish(c, None);
    assert_eq!((r.status, r.out.as_str(), r.err.as_str()), (0, "3\n", ""));
    let r = run(&[OsStr::new("-c"), a.as_os_str()]);
    assert!(r.status == 1 && r.err.starts_with("qjs: -c needs -o FILE\n"), "{r:?}");
}

// ---- bad files

#[test]
fn files_that_cannot_be_read() {
    let d = Folder::new("bad");
    fails(&["/nosuch.js"], "/nosuch.js: No such file or directory\n");
    fails(&[""], ": No such file or directory\n");
    let dir = d.0.to_string_lossy().into_owned();
    fails(&[&dir], &format!("{dir}: Is a directory\n"));
    let long = "x".repeat(5000);
    fails(&[&long], &format!("{long}: File name too long\n"));
    let cycle = d.0.join("cycle");
    std::os::unix::fs::symlink("cycle", &cycle).expect("a link");
    let r = run(&[&cycle]);
    assert!(r.status == 1 && r.err.contains("Too many levels of symbolic links"), "{r:?}");
    let secret = d.file("secret.js", "print(1)");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("our file");
    if fs::read(&secret).is_err() {
        // (Root may read everything.)
        let r = run(&[&secret]);
        assert!(r.status == 1 && r.err.contains("Permission denied"), "{r:?}");
    }
    // Names that are no UTF-8.
    let r = run(&[OsStr::from_bytes(b"\xff\xfe.js")]);
    assert!(r.status == 1 && r.err.contains("No such file or directory"), "{r:?}");
    let odd = d.0.join(OsStr::from_bytes(b"\xff.js"));
    if fs::write(&odd, "print(scriptArgs[1])").is_ok() {
        assert_eq!(run(&[odd.as_os_str(), OsStr::new("ok")]).out, "ok\n");
    }
}

#[test]
fn arguments_that_are_no_utf8() {
    let code = "print(scriptArgs[0].length, scriptArgs[0].charCodeAt(1).toString(16))";
    let r = run(&[OsStr::new("-e"), OsStr::new(code), OsStr::from_bytes(b"a\xff")]);
    assert_eq!((r.status, r.out.as_str()), (0, "2 dcff\n"));
    let r = run(&[OsStr::new("-e"), OsStr::from_bytes(b"print('\xff')")]);
    assert!(r.status <= 1, "{r:?}");
    let r = run(&[OsStr::from_bytes(b"--\xff")]);
    assert!(r.status == 1 && r.err.starts_with("qjs: unknown option"), "{r:?}");
}

#[test]
fn files_that_are_no_scripts() {
    let d = Folder::new("binary");
    for (name, bytes) in
        [("nul.js", &b"\0\0\0"[..]), ("bom.js", b"\xff\xfea\0"), ("elf.js", b"\x7fELF\x02\x01\x01\0")]
    {
        let p = d.file(name, bytes);
        let r = run(&[&p]);
        assert_eq!((r.status, r.out.as_str()), (1, ""), "{name}");
        assert!(r.err.starts_with("SyntaxError: "), "{name}: {}", r.err);
    }
    let exe = run(&[env!("CARGO_BIN_EXE_qjs")]);
    assert!(exe.status == 1 && exe.err.starts_with("SyntaxError: "), "{}", exe.err);
    // Deep and large ones.
    let p = d.file("deep.js", "(".repeat(1_000_000));
    let r = run(&[&p]);
    assert!(
        r.status == 1 && r.err.contains("Maximum call stack size exceeded"),
        "{}",
        &r.err[..r.err.len().min(200)]
    );
    let p = d.file("wide.js", format!("{}print('end')", "x = 1;\n".repeat(300_000)));
    let r = run(&[OsStr::new("-C"), p.as_os_str()]);
    assert_eq!((r.status, r.out.as_str()), (0, "end\n"));
    // Larger than the memory there may be: refused before it is read.
    let p = d.0.join("huge.js");
    let f = fs::File::create(&p).expect("a file");
    if f.set_len(1 << 40).is_ok() {
        let r = run(&[OsStr::new("--memory-limit=64m"), p.as_os_str()]);
        assert_eq!((r.status, r.out.as_str()), (1, ""));
        assert!(r.err.contains("out of memory"), "{}", r.err);
    }
}

// ---- bad outputs and inputs

#[test]
fn outputs_that_do_not_take_it() {
    let sh = |script: &str| {
        let mut c = Command::new("sh");
        c.args(["-c", script]).env("QJS", env!("CARGO_BIN_EXE_qjs")).stdin(Stdio::null());
        finish(c, None)
    };
    for what in ["-e 'print(1)'", "-e 'console.log(1)'", "-v", "-h", "-T -q", "-d -q"] {
        for to in [">&-", ">/dev/full"] {
            let r = sh(&format!("\"$QJS\" {what} {to}; echo $?"));
            assert_eq!((r.out.as_str(), r.err.as_str()), ("0\n", ""), "{what} {to}");
        }
    }
    assert_eq!(sh("\"$QJS\" -e 'throw 1' 2>&-; echo $?").out, "1\n");
    assert_eq!(sh("\"$QJS\" --nope 2>/dev/full; echo $?").out, "1\n");
    // A closed or odd stdin.
    assert_eq!(sh("\"$QJS\" <&-; echo $?").out, "0\n");
    let r = sh("\"$QJS\" </; echo $?");
    assert_eq!((r.out.as_str(), r.err.as_str()), ("1\n", "<stdin>: Is a directory\n"));
}

#[test]
fn interactive_without_a_terminal() {
    let lines = |args: &[&str], text: &str| {
        let mut c = qjs();
        c.args(args);
        finish(c, Some(text.as_bytes()))
    };
    let r =
        lines(&["-i"], "1 + 1\nlet x = [\n1,\n2]\nx\nlet x = 'again'\nx\nthrow new Error('e')\nawait 7\n_");
    assert_eq!(r.status, 0);
    assert_eq!(
        r.out,
        "2\nundefined\n[ 1, 2 ]\nundefined\n'again'\nError: e\n    at <eval> (<evalScript>:1:11)\n7\n7\n"
    );
    assert_eq!(lines(&["-i", "-e", "globalThis.q = 5"], "q\n").out, "5\n");
    assert_eq!(lines(&["-i"], "os.setTimeout(() => print('later'), 20); 0\n1").out, "0\n1\nlater\n");
    assert_eq!(lines(&["-i"], "1\n.quit\n2\n").out, "1\n");
    assert_eq!(lines(&["-i"], "std.exit(9)\n").status, 9);
    let r = lines(&["-i"], "Promise.reject(1); 2\n3\n");
    assert_eq!((r.status, r.out.as_str()), (0, "2\n3\n"));
    assert_eq!(r.err, "Possibly unhandled promise rejection: 1\n");
    // What never ends is the last line.
    assert!(lines(&["-i"], "f(").out.starts_with("SyntaxError"));
}
