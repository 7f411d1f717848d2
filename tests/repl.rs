//! The prompt of `qjs`, as a person sees it: keys go in through a pseudo-terminal, and what is looked at is the screen
//! that a terminal would show.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const COLUMNS: u16 = 120;
const ROWS: u16 = 50;
/// Long enough for a busy machine: a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

struct Terminal {
    child: Child,
    keys: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that has come, unread by any terminal.
    raw: Vec<u8>,
    home: PathBuf,
}

fn pty() -> (OwnedFd, OwnedFd) {
    let (mut ours, mut theirs) = (0, 0);
    let size = libc::winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: two numbers to fill, a size to read; the descriptors are ours from now on.
    unsafe {
        let r = libc::openpty(&mut ours, &mut theirs, std::ptr::null_mut(), std::ptr::null(), &size);
        assert_eq!(r, 0, "a pseudo-terminal");
        // The child is to have its own end only.
        libc::fcntl(ours, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::fcntl(theirs, libc::F_SETFD, libc::FD_CLOEXEC);
        (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs))
    }
}

impl Terminal {
    /// Starts `qjs` in a home of its own, without colours.
    fn start(name: &str, args: &[&str]) -> Terminal {
        let home = std::env::temp_dir().join(format!("qjs-repl-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).expect("temporary folder");
        Terminal::start_in(home, args, &[("NO_COLOR", "1")])
    }
    fn start_in(home: PathBuf, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        let (ours, theirs) = pty();
        let mut c = Command::new(env!("CARGO_BIN_EXE_qjs"));
        for name in ["QJS_HISTORY", "XDG_STATE_HOME", "NO_COLOR"] {
            c.env_remove(name);
        }
        c.args(args)
            .current_dir(&home)
            .env("HOME", &home)
            .env("TERM", "xterm-256color")
            .envs(env.iter().copied());
        let end = || theirs.try_clone().expect("a copy of a descriptor");
        c.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: only system calls between fork and exec.
        unsafe {
            c.pre_exec(|| {
                // The terminal becomes the controlling one, so that its keys send signals.
                if libc::setsid() == -1 || libc::ioctl(0, libc::TIOCSCTTY, 0) == -1 {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let child = c.spawn().expect("qjs starts");
        drop((c, theirs));
        let mut from = File::from(ours.try_clone().expect("a copy of a descriptor"));
        let (to, output) = channel();
        std::thread::spawn(move || {
            let mut buf = [0; 4096];
            while let Ok(n) = from.read(&mut buf) {
                if n == 0 || to.send(buf[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        Terminal { child, keys: ours.into(), output, screen, raw: Vec::new(), home }
    }
    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys are taken");
    }
    /// The screen's lines, without those that are empty at its end.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.screen.screen().rows(0, COLUMNS).map(|l| l.trim_end().to_owned()).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }
    /// Waits until the screen is as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, wanted: impl Fn(&[String]) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(&self.lines()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(e) => panic!("{what} ({e}); the screen is\n{}", self.lines().join("\n")),
            }
        }
    }
    /// Waits until the last lines are these.
    #[track_caller]
    fn ends_with(&mut self, last: &[&str]) {
        self.until(&format!("waiting for {last:?}"), |lines| {
            lines.len() >= last.len() && lines[lines.len() - last.len()..] == *last
        });
    }
    /// Waits for an empty prompt, types a line and Enter, waits for what it leads to, and the next prompt.
    #[track_caller]
    fn line(&mut self, text: &str, answer: &[&str]) {
        self.ends_with(&["qjs >"]);
        self.keys(&format!("{text}\r"));
        let typed = format!("qjs > {text}").trim_end().to_owned();
        let mut last = vec![typed.as_str()];
        last.extend(answer);
        last.push("qjs >");
        self.ends_with(&last);
    }
    /// The exit status.
    #[track_caller]
    fn ended(&mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(Duration::from_millis(20)) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < end, "it goes on; the screen is\n{}", self.lines().join("\n"));
        }
    }
}
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // (A second terminal in the same home cleans up after the first.)
        let _ = fs::remove_dir_all(&self.home);
    }
}

#[test]
fn values() {
    let mut t = Terminal::start("values", &[]);
    t.ends_with(&["qjs-rs 0.17.0 - Type \".help\" for help", "qjs >"]);
    t.line("1 + 1", &["2"]);
    t.line("_ * 10", &["20"]);
    t.line("\"a\\tb\"", &["'a\\tb'"]);
    t.line("{a: 1, b: [1, , 2n]}", &["{ a: 1, b: [ 1, <1 empty item>, 2n ] }"]);
    t.line("new Map([[1, new Set('x')]])", &["Map(1) { 1 => Set(1) { 'x' } }"]);
    t.line("var o = {}; o.o = o", &["<ref *1> { o: [Circular *1] }"]);
    t.line("class A { get x() { throw 1 } }; new A", &["A {}"]);
    t.line("undefined", &["undefined"]);
    t.line("", &[]);
    t.line("// nothing", &["undefined"]);
    t.line("std.puts('no line feed')", &["no line feedundefined"]);
    t.line("std.out.puts('x'.repeat(120)); 1", &[&"x".repeat(120), "1"]);
}

#[test]
fn errors_do_not_end_it() {
    let mut t = Terminal::start("errors", &[]);
    t.line("throw new Error('x')", &["Error: x", "    at <eval> (<evalScript>:1:11)"]);
    t.line("throw { a: 1 }", &["Throw: { a: 1 }"]);
    t.line("foo bar", &["SyntaxError: expecting ';'", "    at <evalScript>:1:5"]);
    t.line("nosuch", &["ReferenceError: nosuch is not defined", "    at <eval> (<evalScript>:1:1)"]);
    t.line("function f() { f() }", &["undefined"]);
    t.line("try { f() } catch (e) { e.message }", &["'Maximum call stack size exceeded'"]);
    t.line("var r = Promise.reject(1); 2", &["2", "Possibly unhandled promise rejection: 1"]);
    t.line("r.catch(x => print('late', x)); 3", &["3", "late 1"]);
    t.line(
        "os.setTimeout(() => { throw new Error('in timer') }, 1); 4",
        &["4", "Error: in timer", "    at <anonymous> (<evalScript>:1:33)"],
    );
    t.line("std.exit", &["[Function: exit]"]);
    t.keys("std.exit(3)\r");
    assert_eq!(t.ended(), 3);
}

#[test]
fn several_lines() {
    let mut t = Terminal::start("lines", &[]);
    t.ends_with(&["qjs >"]);
    t.keys("function f(x) {\r  return `${x\r}!`\r}\r");
    t.ends_with(&["qjs > function f(x) {", "  return `${x", "}!`", "}", "undefined", "qjs >"]);
    t.line("f(1)", &["'1!'"]);
    // A mistake is no reason to wait for more.
    t.keys("if (1) { )\r");
    t.ends_with(&["    at <evalScript>:1:10", "qjs >"]);
    // What is pasted comes in one piece.
    t.keys("\x1b[200~let a = 1\nlet b = 2\na + b\x1b[201~\r");
    t.ends_with(&["a + b", "3", "qjs >"]);
    // Ctrl-C gives up what is typed.
    t.keys("let c = [\r1,\r\x03");
    t.ends_with(&["(Ctrl-D or .quit ends)", "qjs >"]);
    t.line("typeof c", &["'undefined'"]);
}

#[test]
fn declarations_can_be_made_again() {
    let mut t = Terminal::start("again", &[]);
    t.line("let x = 1; const c = 1; class K { a() {} }", &["undefined"]);
    t.line("function get() { return [x, c] }", &["undefined"]);
    t.line("let x = 2", &["undefined"]);
    t.line("const c = 'again'", &["undefined"]);
    t.line("class K { b() {} }", &["undefined"]);
    t.line("get()", &["[ 2, 'again' ]"]);
    t.line("c = 1", &["TypeError: 'c' is read-only", "    at <eval> (<evalScript>:1:1)"]);
    t.line("let y = (() => { throw 5 })()", &["Throw: 5"]);
    t.line("let y = 6; y", &["6"]);
    t.line("var x = 7; x", &["7"]);
}

#[test]
fn await_at_the_prompt() {
    let mut t = Terminal::start("await", &[]);
    t.line("await 1", &["1"]);
    t.line("let v = await new Promise(r => os.setTimeout(r, 20, 7)); v", &["7"]);
    t.line("for await (let x of [1, 2]) print(x)", &["1", "2", "undefined"]);
    t.line(
        "await Promise.reject(new TypeError('no'))",
        &["TypeError: no", "    at <eval> (<evalScript>:1:26)"],
    );
    t.line("await new Promise(() => {})", &["[InternalError: the promise waited for can never be settled]"]);
    t.line("(await import('std')).puts === std.puts", &["true"]);
}

#[test]
fn interrupts() {
    let mut t = Terminal::start("interrupt", &[]);
    t.line("var n = 0", &["undefined"]);
    t.keys("print('begun'); for (;;) n++\r");
    t.ends_with(&["begun"]);
    t.keys("\x03");
    t.until("the loop's end", |l| l.iter().any(|l| l.contains("InternalError: interrupted")));
    t.line("n > 0", &["true"]);
    t.keys("print('waits'); await new Promise(r => os.setTimeout(r, 1e6))\r");
    t.ends_with(&["waits"]);
    t.keys("\x03");
    t.until("the wait's end", |l| l.iter().filter(|l| l.contains("InternalError: interrupted")).count() == 2);
    // finally blocks do not keep it running.
    t.ends_with(&["qjs >"]);
    t.keys("print('tries'); for (;;) try { for (;;); } finally { continue }\r");
    t.ends_with(&["tries"]);
    t.keys("\x03");
    t.until("the end", |l| l.iter().filter(|l| l.contains("InternalError: interrupted")).count() == 3);
    t.ends_with(&["qjs >"]);
    // At the prompt it only says how to leave.
    t.keys("\x03");
    t.ends_with(&["(Ctrl-D or .quit ends)", "qjs >"]);
    t.line("1", &["1"]);
    // A script's own handler comes first.
    t.line("var hits = 0; os.signal(os.SIGINT, () => hits++); 1", &["1"]);
    t.keys("print('sleeps'); for (let i = 0; i < 200 && !hits; i++) await new Promise(r => os.setTimeout(r, 50))\r");
    t.ends_with(&["sleeps"]);
    t.keys("\x03");
    t.until("the handler", |l| l.last().is_some_and(|l| l == "qjs >"));
    t.line("hits", &["1"]);
}

#[test]
fn a_callback_is_interrupted_too() {
    let mut t = Terminal::start("callback", &[]);
    t.line("os.setTimeout(() => { print('spins'); for (;;); }, 300); 1", &["1"]);
    t.until("the callback", |l| l.iter().any(|l| l == "spins"));
    t.keys("\x03");
    t.until("its end", |l| l.iter().any(|l| l.contains("InternalError: interrupted")));
    t.line("2", &["2"]);
}

#[test]
fn ends() {
    for keys in ["\x04", ".quit\r", "\\q\r", ".exit\r", "std.exit()\r"] {
        let mut t = Terminal::start("ends", &["-e", "1", "-i"]);
        t.ends_with(&["qjs >"]);
        t.keys("os.setTimeout(() => {}, 1e6); 0\r");
        t.ends_with(&["0", "qjs >"]);
        t.keys(keys);
        assert_eq!(t.ended(), 0, "{keys:?}");
    }
    // Ctrl-D in a line deletes.
    let mut t = Terminal::start("ctrl-d", &[]);
    t.ends_with(&["qjs >"]);
    t.keys("12\x02\x04\r");
    t.ends_with(&["qjs > 1", "1", "qjs >"]);
}

#[test]
fn timers_and_descriptors_while_typing() {
    let mut t = Terminal::start("events", &[]);
    t.line("os.setTimeout(() => print('tick'), 300); 1", &["1"]);
    t.keys("half a line");
    t.ends_with(&["tick", "qjs > half a line"]);
    t.keys("\x15'whole'\r");
    t.ends_with(&["tick", "qjs > 'whole'", "'whole'", "qjs >"]);
    // Output without a line feed does not end up in the line.
    t.line("os.setTimeout(() => std.puts('part'), 300); 2", &["2"]);
    t.keys("abc");
    t.ends_with(&["part", "qjs > abc"]);
    t.keys("\x15");
    // A descriptor.
    t.line("var p = std.popen('sleep 0.5; echo from a child', 'r'), fd = p.fileno(); 3", &["3"]);
    t.line(
        "os.setReadHandler(fd, () => { os.setReadHandler(fd, null); print(p.getline()) })",
        &["undefined"],
    );
    t.keys("x");
    t.ends_with(&["from a child", "qjs > x"]);
    t.keys("\x15");
    // Long lines and several lines are drawn again whole.
    let long = "'0123456789' + ".repeat(8);
    t.line("os.setTimeout(() => print('again'), 400); 4", &["4"]);
    t.keys(&long);
    t.until("the long line drawn again", |l| {
        let at = l.iter().position(|l| l == "again");
        at.is_some_and(|at| l[at + 1..].join("").replace(' ', "") == format!("qjs>{}", long.replace(' ', "")))
    });
    t.keys("'end'\r");
    t.until("its value", |l| l.last().is_some_and(|l| l == "qjs >") && l.iter().any(|l| l.ends_with("end'")));
    // An interval keeps nobody from typing.
    t.line("var n = 0, i = os.setInterval(() => n++, 100); 5", &["5"]);
    t.keys("await new Promise(r => os.setTimeout(r, 300)); n > 0\r");
    t.until("a tick", |l| l.iter().any(|l| l == "true") && l.last().is_some_and(|l| l == "qjs >"));
    t.keys("os.clearInterval(i); 'over'\r");
    t.until("the end", |l| l.iter().any(|l| l == "'over'") && l.last().is_some_and(|l| l == "qjs >"));
}

#[test]
fn directives() {
    let mut t = Terminal::start("directives", &[]);
    fs::write(t.home.join("lib.js"), "var loaded = 'yes'; loaded").expect("a file");
    t.line("\\x", &[]);
    t.line("[255, 255]", &["[ 255, 255 ]"]);
    t.line("-255", &["-0xff"]);
    t.line("255n ** 2n", &["0xfe01n"]);
    t.line("1.5", &["1.5"]);
    t.line("\\d", &[]);
    t.line("255", &["255"]);
    t.line(".depth 0", &[]);
    t.line("[[1]]", &["[ [Array] ]"]);
    t.line(".depth", &["depth is 0"]);
    t.line(".load lib.js", &["'yes'"]);
    t.line("loaded", &["'yes'"]);
    t.line(".load nosuch.js", &["nosuch.js: No such file or directory"]);
    t.line("\\nosuch", &["Unknown directive: nosuch"]);
    t.line(".strict", &[]);
    t.line("(function () { return this })()", &["undefined"]);
    t.line("\\s", &[]);
    t.line(".hidden", &[]);
    t.line("Object.defineProperty({}, 'h', { value: 1 })", &["{ [h]: 1 }"]);
    t.ends_with(&["qjs >"]);
    t.line("\\t", &[]);
    t.keys("1\r");
    t.until("the time", |l| {
        l.len() > 2 && l[l.len() - 1] == "qjs >" && l[l.len() - 2].ends_with(" ms") && l[l.len() - 3] == "1"
    });
    t.ends_with(&["qjs >"]);
    t.line("\\t", &[]);
    t.keys(".help\r");
    t.until("the help", |l| {
        l.iter().any(|l| l.starts_with(".quit    \\q")) && l.last().is_some_and(|l| l == "qjs >")
    });
    t.keys("\\c\r");
    t.until("an empty screen", |l| l == ["qjs >"]);
}

#[test]
fn completion() {
    let mut t = Terminal::start("completion", &[]);
    t.line("var hits = 0, object = { get trap() { hits++; return {} }, plain: { deep: 1 } }; 1", &["1"]);
    t.line("let lexical = 'text', number = 5, list = [object]; 2", &["2"]);
    for (typed, completed) in [
        ("globalTh", "globalThis"),
        ("lexi", "lexical"),
        ("1 + number.toFi", "1 + number.toFixed"),
        ("lexical.startsW", "lexical.startsWith"),
        ("object.pl", "object.plain"),
        ("object.plain.d", "object.plain.deep"),
        ("object?.plain?.d", "object?.plain?.deep"),
        ("list[0].plain.d", "list[0].plain.deep"),
        ("object['plain'].d", "object['plain'].deep"),
        ("Array.prototype.copyW", "Array.prototype.copyWithin"),
        ("'x'.padS", "'x'.padStart"),
        ("[1].copyW", "[1].copyWithin"),
        ("/x/.hasInd", "/x/.hasIndices"),
        ("std.loadF", "std.loadFile"),
        ("debugg", "debugger"),
        (".hel", ".help"),
        ("\\hid", "\\hidden"),
        // No script runs for it.
        ("object.trap.hasOwnP", "object.trap.hasOwnP"),
        ("nosuch.a", "nosuch.a"),
        ("f().a", "f().a"),
        ("null.a", "null.a"),
    ] {
        t.ends_with(&["qjs >"]);
        t.keys(&format!("{typed}\t"));
        t.ends_with(&[&format!("qjs > {completed}")]);
        // (What was completed is still there after a key that does nothing.)
        t.keys("\x05\x15");
    }
    t.line("hits", &["0"]);
    // Several: the second Tab lists them.
    t.keys("Math.s\t\t");
    t.ends_with(&["sign        sin         sinh        sqrt        sumPrecise", "qjs > Math.s"]);
    t.keys("i\t");
    t.ends_with(&["qjs > Math.si"]);
    t.keys("\x15");
    // Nothing throws on the way.
    t.line("var p = new Proxy({}, { ownKeys() { throw 1 }, get() { throw 2 } }); 3", &["3"]);
    t.keys("p.a\t");
    t.ends_with(&["qjs > p.a"]);
    t.keys("\x15");
    t.line("4", &["4"]);
}

#[test]
fn history() {
    let home = std::env::temp_dir().join(format!("qjs-repl-{}-history", std::process::id()));
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).expect("temporary folder");
    let env = [("NO_COLOR", "1")];
    let mut t = Terminal::start_in(home.clone(), &[], &env);
    t.line("'first'", &["'first'"]);
    t.line("'second'", &["'second'"]);
    t.keys("[\r1]\r");
    t.ends_with(&["qjs > [", "1]", "[ 1 ]", "qjs >"]);
    // (In a text of several lines, up is the line above first.)
    t.keys("\x1b[A\x1b[A\x1b[A\r");
    t.ends_with(&["qjs > 'second'", "'second'", "qjs >"]);
    // Killed, not ended: the lines are there.
    t.child.kill().expect("a child");
    t.ended();
    let kept = fs::read_to_string(home.join(".qjs_history")).expect("the history");
    assert!(kept.contains("'first'") && kept.contains("'second'"), "{kept}");
    let mut next = Terminal::start_in(home.clone(), &[], &env);
    next.ends_with(&["qjs >"]);
    next.keys("\x1b[A\x1b[A");
    next.ends_with(&["qjs > [", "1]"]);
    next.keys("\x15\x15\x03");
    next.ends_with(&["qjs >"]);
    // Searched backward.
    next.keys("\x12fir");
    next.until("the line searched for", |l| l.last().is_some_and(|l| l.contains("'first'")));
    next.keys("\r");
    next.ends_with(&["'first'", "qjs >"]);
    next.keys("\x04");
    assert_eq!(next.ended(), 0);
    // Another file; its folder is made.
    let elsewhere = home.join("a/b/h");
    let path = elsewhere.to_string_lossy().into_owned();
    let mut t = Terminal::start_in(home.clone(), &[], &[("NO_COLOR", "1"), ("QJS_HISTORY", &path)]);
    t.line("'elsewhere'", &["'elsewhere'"]);
    t.keys("\x04");
    assert_eq!(t.ended(), 0);
    assert!(fs::read_to_string(&elsewhere).expect("the history").contains("'elsewhere'"));
    // A folder that cannot be made keeps nobody from typing.
    let mut t = Terminal::start_in(home, &[], &[("NO_COLOR", "1"), ("QJS_HISTORY", "/dev/null/x")]);
    t.line("1", &["1"]);
}

#[test]
fn colours() {
    let home = std::env::temp_dir().join(format!("qjs-repl-{}-colours", std::process::id()));
    fs::create_dir_all(&home).expect("temporary folder");
    let mut t = Terminal::start_in(home, &[], &[]);
    t.line("let x = 'a' // c", &["undefined"]);
    t.line("[1, 'a']", &["[ 1, 'a' ]"]);
    let seen = |t: &Terminal, code: &str| String::from_utf8_lossy(&t.raw).contains(code);
    for code in ["\x1b[94mlet\x1b[0m", "\x1b[32m'a'\x1b[0m", "\x1b[90m// c\x1b[0m", "\x1b[33m1\x1b[39m"] {
        assert!(seen(&t, code), "{code:?} in {:?}", String::from_utf8_lossy(&t.raw));
    }
    t.line(".color", &[]);
    t.raw.clear();
    t.line("let y = [1, 'a']; y", &["[ 1, 'a' ]"]);
    assert!(!seen(&t, "\x1b[3"), "{:?}", String::from_utf8_lossy(&t.raw));
}

#[test]
fn after_a_script() {
    let mut t = Terminal::start("script", &["-i", "-e", "globalThis.x = 5; print('script')"]);
    t.ends_with(&["script", "qjs-rs 0.17.0 - Type \".help\" for help", "qjs >"]);
    t.line("x", &["5"]);
    t.line("typeof std.open + typeof os.open + typeof bjson.read", &["'functionfunctionfunction'"]);
    // An error ends it before there is a prompt.
    let mut t = Terminal::start("failed", &["-i", "-e", "throw new Error('early')"]);
    assert_eq!(t.ended(), 1);
    t.until("the error", |l| l.iter().any(|l| l == "Error: early"));
}
