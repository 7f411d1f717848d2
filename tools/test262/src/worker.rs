//! The child's side: reads `mode path` lines, runs each test in a fresh runtime, answers one line each.

use crate::agent::{self, Cluster};
use crate::bytecode;
use crate::host;
use crate::meta::{Meta, Mode, Negative};
use qjs_engine::builtins::promise;
use qjs_engine::vm::module::{evaluate, link};
use qjs_engine::{Context, Runtime, Value};
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The worker's native stack, and how much of it scripts may use.
const STACK: usize = 16 << 20;
pub const SCRIPT_STACK: usize = 12 << 20;
const MEMORY: usize = 512 << 20;
/// What a worker may map before the system refuses: allocations that no limit covers show as crashes.
const ADDRESS_SPACE: u64 = 4 << 30;
/// Of the processor, so that what else the machine does makes no script late.
const SCRIPT_TIME: Duration = Duration::from_secs(if cfg!(qjs_asan) { 60 } else { 5 });
/// Of the clock: agents wait for each other.
const AGENT_TIME: Duration = Duration::from_secs(10);

/// What the thread has had of the processor.
fn cpu_time() -> Duration {
    // SAFETY: timespec is plain data, which clock_gettime writes.
    let t = unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t);
        t
    };
    Duration::new(t.tv_sec as u64, t.tv_nsec as u32)
}

/// What came of a run.
pub enum Outcome {
    Pass,
    Fail(String),
}

/// Serves the parent until its pipe closes.
pub fn serve(root: PathBuf, leaks: bool) -> std::io::Result<()> {
    // (AddressSanitizer maps terabytes.)
    let space = if cfg!(qjs_asan) { libc::RLIM_INFINITY } else { ADDRESS_SPACE };
    for (resource, limit) in [(libc::RLIMIT_AS, space), (libc::RLIMIT_CORE, 0)] {
        let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        // SAFETY: a plain system call.
        unsafe { libc::setrlimit(resource, &limit) };
    }
    let work = move || {
        let mut runner = Runner { root, harness: HashMap::new(), leaks };
        let mut out = std::io::stdout().lock();
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            let Some((mode, path)) = line.split_once(' ') else { continue };
            let outcome = runner.run(path, Mode::from_name(mode).unwrap_or(Mode::Sloppy));
            let text = match outcome {
                Outcome::Pass => "P".to_owned(),
                Outcome::Fail(m) => format!("F{}", short(&m)),
            };
            if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
                break;
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    let _ = thread.join();
    Ok(())
}

/// One line of at most 200 characters.
fn short(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

struct Runner {
    root: PathBuf,
    harness: HashMap<String, Rc<[u8]>>,
    leaks: bool,
}

impl Runner {
    fn harness(&mut self, name: &str) -> Result<Rc<[u8]>, String> {
        if let Some(s) = self.harness.get(name) {
            return Ok(s.clone());
        }
        let s: Rc<[u8]> = std::fs::read(self.root.join("harness").join(name))
            .map_err(|e| format!("harness/{name}: {e}"))?
            .into();
        self.harness.insert(name.to_owned(), s.clone());
        Ok(s)
    }

    fn run(&mut self, path: &str, mode: Mode) -> Outcome {
        let source = match std::fs::read(self.root.join("test").join(path)) {
            Ok(s) => s,
            Err(e) => return Outcome::Fail(e.to_string()),
        };
        let meta = Meta::parse(&String::from_utf8_lossy(&source));
        let mut harness = Vec::new();
        if !meta.has_flag("raw") {
            let done = meta.has_flag("async").then_some("doneprintHandle.js");
            let names = ["assert.js", "sta.js"].into_iter().chain(done);
            for name in names.chain(meta.includes.iter().map(String::as_str)) {
                match self.harness(name) {
                    Ok(s) => harness.push((name.to_owned(), s)),
                    Err(e) => return Outcome::Fail(e),
                }
            }
        }
        let Some(rt) = host::new_runtime() else {
            return Outcome::Fail("no runtime".to_owned());
        };
        rt.set_max_stack_size(SCRIPT_STACK);
        rt.set_memory_limit(MEMORY);
        let late = Rc::new(Cell::new(false));
        let (end, flag) = (cpu_time() + SCRIPT_TIME, late.clone());
        rt.set_interrupt_handler(Some(Rc::new(move |_: &Runtime| {
            if cpu_time() >= end {
                flag.set(true);
            }
            flag.get()
        })));
        rt.set_module_loader(Some(Rc::new(crate::modules::FileLoader)));
        rt.set_can_block(!meta.has_flag("CanBlockIsFalse"));
        let cluster = Cluster::begin(&rt, Instant::now() + AGENT_TIME);
        host::PRINTED.with_borrow_mut(Vec::clear);
        let outcome = match host::new_realm(&rt) {
            Err(_) => Outcome::Fail("no realm".to_owned()),
            Ok(cx) => match run_test(&cx, &self.root, path, mode, &source, &meta, &harness) {
                Ok(()) => Outcome::Pass,
                Err(_) if late.get() => Outcome::Fail("TIMEOUT (interrupted)".to_owned()),
                Err(m) => Outcome::Fail(m),
            },
        };
        cluster.end();
        rt.clear_exception();
        let leaked = rt.shut_down(None);
        match outcome {
            // (Which they are: `cargo run -p qjs-engine --example run` tells.)
            Outcome::Pass if leaked > 0 && self.leaks => Outcome::Fail(format!("LEAK of {leaked} cells")),
            o => o,
        }
    }
}

fn run_test(
    cx: &Context,
    root: &Path,
    path: &str,
    mode: Mode,
    source: &[u8],
    meta: &Meta,
    harness: &[(String, Rc<[u8]>)],
) -> Result<(), String> {
    let global = cx.global().clone();
    for (name, source) in harness {
        bytecode::script(cx, source, name)
            .and_then(|f| cx.call_object(&f, global.as_value(), &[]))
            .map_err(|_| format!("harness/{name}: {}", caught(cx).text))?;
    }
    let result = match mode {
        Mode::Module => run_module(cx, root, path, source),
        Mode::Strict => {
            let mut strict = b"\"use strict\";".to_vec();
            strict.extend_from_slice(source);
            run_script(cx, root, &strict, path)
        }
        Mode::Sloppy | Mode::Raw => run_script(cx, root, source, path),
    };
    match (result, &meta.negative) {
        (Ok(()), None) => {}
        (Ok(()), Some(n)) => return Err(format!("expected {} in phase {}", n.error, n.phase)),
        (Err(e), None) => return Err(e.text),
        (Err(e), Some(n)) => return expect(&e, n),
    }
    if !meta.has_flag("async") {
        // Jobs run all the same: they may crash.
        agent::drain(cx.rt(), &|| true);
        return Ok(());
    }
    // Async waits are worth waiting for until $DONE has been called.
    let done = |l: &String| l.starts_with("Test262:AsyncTest");
    agent::drain(cx.rt(), &|| host::PRINTED.with_borrow(|lines| lines.iter().any(done)));
    host::PRINTED.with_borrow(|lines| {
        if let Some(failure) = lines.iter().find_map(|l| l.strip_prefix("Test262:AsyncTestFailure:")) {
            return Err(failure.to_owned());
        }
        match lines.iter().filter(|l| *l == "Test262:AsyncTestComplete").count() {
            0 => Err("$DONE was not called".to_owned()),
            1 => Ok(()),
            n => Err(format!("$DONE was called {n} times")),
        }
    })
}

/// An exception that reached the top.
struct Caught {
    phase: &'static str,
    name: String,
    text: String,
}

fn caught(cx: &Context) -> Caught {
    let e = cx.rt().take_exception().unwrap_or(Value::UNDEFINED);
    let name = cx
        .get_str(&e, "constructor")
        .and_then(|c| cx.get_str(&c, "name"))
        .and_then(|n| cx.to_string(&n))
        .map(|n| n.to_lossy().to_string())
        .unwrap_or_default();
    cx.rt().clear_exception();
    let text = match cx.to_string(&e) {
        Ok(t) => t.to_lossy().to_string(),
        Err(_) => {
            cx.rt().clear_exception();
            cx.describe(&e)
        }
    };
    Caught { phase: "runtime", name, text }
}

fn expect(e: &Caught, n: &Negative) -> Result<(), String> {
    let same_phase = match &*n.phase {
        "early" => e.phase == "parse",
        p => e.phase == p,
    };
    if e.name == n.error && same_phase {
        Ok(())
    } else {
        Err(format!("expected {} in phase {}, got {} in phase {}", n.error, n.phase, e.text, e.phase))
    }
}

fn run_script(cx: &Context, root: &Path, source: &[u8], path: &str) -> Result<(), Caught> {
    let file = root.join("test").join(path);
    let f = bytecode::script(cx, source, &file.to_string_lossy())
        .map_err(|_| Caught { phase: "parse", ..caught(cx) })?;
    match cx.call_object(&f, cx.global().clone().as_value(), &[]) {
        Ok(_) => Ok(()),
        Err(_) => Err(caught(cx)),
    }
}

fn run_module(cx: &Context, root: &Path, path: &str, source: &[u8]) -> Result<(), Caught> {
    let file = root.join("test").join(path);
    let m = bytecode::module(cx, source, &file.to_string_lossy())
        .map_err(|_| Caught { phase: "parse", ..caught(cx) })?;
    link::load_and_link(cx, &m).map_err(|_| Caught { phase: "resolution", ..caught(cx) })?;
    let p = evaluate::evaluate(cx, &m).map_err(|_| caught(cx))?;
    agent::drain(cx.rt(), &|| !matches!(promise::state(&p), Some((promise::State::Pending, _))));
    match promise::state(&p) {
        Some((promise::State::Rejected, e)) => {
            cx.throw(e);
            Err(caught(cx))
        }
        Some((promise::State::Pending, _)) => Err(Caught {
            phase: "runtime",
            name: String::new(),
            text: "the module's evaluation did not end".to_owned(),
        }),
        _ => Ok(()),
    }
}
