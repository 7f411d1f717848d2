//! Programs put together from others' pieces (programs.rs), run with every limit set. A child runs them; what ends the child,
//! or holds it up, is written to fuzz/artifacts and the next child goes on behind it.
//!
//!     source RUNS FIRST FOLDER…       folders with .js files: test262's test/, for one
//!     source show N FOLDER…           prints the program of that number
//!
//! A machine is used for the programs of [`EACH`] numbers, one after the other; to run one finding again, begin at the number
//! that its artifact names. QJS_GC_STRESS=n has the collector look for cycles at every nth allocation.

#[path = "../driver.rs"]
#[allow(dead_code, reason = "most is about bytecode")]
mod driver;
#[path = "../../tools/test262/src/host.rs"]
#[allow(dead_code, reason = "the test runner's")]
mod host;
#[path = "../programs.rs"]
mod programs;
/// What `host` has `$262.agent` from: threads have no place here.
mod agent {
    pub fn object(cx: &super::Context) -> super::Result<super::Gc<super::Object>> {
        cx.new_object()
    }
}

use driver::{Dice, Machine, run_jobs};
use programs::Pool;
use qjs_engine::serialize::{self, ReadOptions, WriteOptions};
use qjs_engine::vm::module::evaluate::evaluate;
use qjs_engine::vm::module::link::load_and_link;
use qjs_engine::vm::script::{
    EvalOptions, compile_module, compile_script, is_module_source, is_script_source,
};
use qjs_engine::{Context, Gc, Object, Result, Runtime};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, Instant};

/// How many programs share a machine.
const EACH: u64 = 50;
/// How often it is said where it is.
const SAY: u64 = 10_000;
/// A program that has the processor for longer has found something that the interrupt handler does not reach.
const SLOW: Duration = Duration::from_secs(5);
/// One that takes longer hangs.
const HANGS: Duration = Duration::from_secs(60);

/// Where a child says which number it is at.
fn place() -> String {
    format!("artifacts/place-{}", std::process::id())
}

/// Failed checks are to keep no program from going on; nor collections in a loop.
const QUIET: &str = "
    $262.gc = ((gc, n) => () => { if (n-- > 0) gc(); })($262.gc, 500);
    for (const name of Reflect.ownKeys(globalThis))
        if (typeof name == 'string' && /^(assert|verify|compare|test|check|ensure|\\$DONE|asyncTest)/.test(name)
            && typeof globalThis[name] == 'function') {
            const quiet = f => function (...a) { try { return f.apply(this, a); } catch { return 1; } };
            const old = globalThis[name], made = quiet(old);
            for (const k of Object.keys(old)) made[k] = typeof old[k] == 'function' ? quiet(old[k]) : old[k];
            globalThis[name] = made;
        }";

/// A realm in which test262's harness was run.
fn realm(rt: &Runtime, harness: &[(String, String)]) -> Result<Gc<Context>> {
    let cx = host::new_realm(rt)?;
    let quiet = ("quiet".to_owned(), QUIET.to_owned());
    for (name, text) in harness.iter().chain([&quiet]) {
        // (Some ask for agents: what they would define is missing then.)
        let _ = compile_script(&cx, text.as_bytes(), name, &EvalOptions::default())
            .and_then(|f| cx.call_object(&f, cx.global().clone().as_value(), &[]));
        rt.clear_exception();
    }
    Ok(cx)
}

/// What came of a program.
enum Outcome {
    SyntaxError,
    Threw,
    Completed,
}

/// Runs a program: as a script, strict or not, or a module, from its source or by way of bytecode.
fn run(cx: &Context, text: &str, how: usize) -> Outcome {
    let mut outcome = Outcome::SyntaxError;
    let of = |threw| if threw { Outcome::Threw } else { Outcome::Completed };
    let rt = cx.rt();
    if how % 8 == 7 {
        if let Ok(m) = compile_module(cx, text.as_bytes(), &format!("program-{how}"), 1) {
            let linked = load_and_link(cx, &m).is_ok();
            outcome = of(!linked || evaluate(cx, &m).is_err());
        }
    } else {
        let o = EvalOptions {
            strict: how % 8 == 6,
            is_async: how % 8 == 5,
            want_completion: how % 2 == 0,
            ..EvalOptions::default()
        };
        if let Ok(mut f) = compile_script(cx, text.as_bytes(), "program.js", &o) {
            if how / 8 == 0
                && let Ok(bytes) = serialize::write_function(cx, &f, &WriteOptions::default())
            {
                let read = ReadOptions { bytecode: true, ..ReadOptions::default() };
                let l = serialize::read_all(cx, &bytes.bytes, &read).ok();
                let g = l.and_then(|l| l.value.as_object().map(Object::to_gc));
                assert!(g.is_some() || rt.has_exception(), "bytecode of our own is refused");
                match g {
                    Some(g) => f = g,
                    None => assert!(
                        cx.describe(&rt.take_exception().unwrap_or_default()).starts_with("InternalError"),
                        "refused"
                    ),
                }
            }
            outcome = of(cx.call_object(&f, cx.global().clone().as_value(), &[]).is_err());
        }
    }
    rt.clear_exception();
    run_jobs(rt);
    host::PRINTED.with_borrow_mut(Vec::clear);
    outcome
}

fn dice_of(i: u64) -> Dice {
    Dice::new((i as u32).wrapping_mul(2_654_435_761) ^ (i >> 32) as u32 ^ 0x5eed)
}

/// What this process has had of the processor, however busy the machine is.
fn cpu_time() -> Duration {
    // SAFETY: timespec is plain data, which clock_gettime writes.
    let t = unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t);
        t
    };
    Duration::new(t.tv_sec as u64, t.tv_nsec as u32)
}

/// The program of a number, and how it is to be run.
fn program(pool: &Pool, i: u64) -> (String, usize) {
    let mut dice = dice_of(i);
    let how = dice.roll(64);
    let parses = |text: &str| {
        if how % 8 == 7 { is_module_source(text.as_bytes()) } else { is_script_source(text.as_bytes()) }
    };
    (pool.program(&mut dice, parses), how)
}

/// Runs the numbers of a range.
fn child(range: std::ops::Range<u64>, pool: &Pool, harness: &[(String, String)], place: &str) {
    let file = File::options().write(true).open(place).expect("the place");
    let mut m = None;
    let mut counts = [0u32; 3];
    for i in range {
        if i % SAY == 0 {
            println!("{i}: syntax errors, exceptions, completed: {counts:?}");
        }
        if i % EACH == 0 {
            drop(m.take());
        }
        file.write_all_at(&i.to_le_bytes(), 0).expect("the place is written");
        let (text, how) = program(pool, i);
        let start = cpu_time();
        let outcome = m
            .get_or_insert_with(|| Machine::with_realm(|rt| realm(rt, harness)))
            .enter(|cx| run(cx, &text, how));
        counts[outcome as usize] += 1;
        let taken = cpu_time() - start;
        if taken > SLOW {
            println!("slow: {i} took {taken:?}");
            save(i, &text, "slow");
        }
    }
}

fn save(i: u64, text: &str, what: &str) {
    let name = format!("artifacts/source-{i}-{what}.js");
    let begin = i - i % EACH;
    let note = format!("// again: fuzz/source {} {begin} …\n", i - begin + 1);
    fs::write(&name, note + text).expect("an artifact is written");
    println!("{name}");
}

/// Forks children, which have the pool already, until the range is done; how many of them did not end well.
fn supervise(first: u64, end: u64, pool: &Pool, harness: &[(String, String)]) -> u32 {
    let (place, mut begin, mut found) = (place(), first, 0);
    let log = format!("{place}.log");
    while begin < end {
        fs::write(&place, begin.to_le_bytes()).expect("the place is written");
        let errors = File::create(&log).expect("a log");
        // SAFETY: there is one thread.
        let process = unsafe { libc::fork() };
        if process == 0 {
            // SAFETY: both are open files.
            unsafe { libc::dup2(errors.as_raw_fd(), 2) };
            child(begin..end, pool, harness, &place);
            std::process::exit(0);
        }
        assert!(process > 0, "{}", std::io::Error::last_os_error());
        let at = || {
            let mut b = [0; 8];
            File::open(&place).and_then(|f| f.read_exact_at(&mut b, 0)).expect("the place is read");
            u64::from_le_bytes(b)
        };
        let (mut last, mut since) = (begin, Instant::now());
        let status = loop {
            let mut status = 0;
            // SAFETY: the process is a child of this one, not waited for yet.
            match unsafe { libc::waitpid(process, &mut status, libc::WNOHANG) } {
                0 => std::thread::sleep(Duration::from_millis(50)),
                _ => break ExitStatus::from_raw(status),
            }
            let now = at();
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > HANGS {
                // SAFETY: as above.
                unsafe { libc::kill(process, libc::SIGKILL) };
            }
        };
        if status.success() {
            break;
        }
        let i = at();
        found += 1;
        let how = if status.signal() == Some(libc::SIGKILL) { "hang" } else { "crash" };
        println!("{i}: {status}");
        save(i, &program(pool, i).0, how);
        fs::rename(&log, format!("artifacts/source-{i}-{how}.log")).expect("the log is kept");
        // The rest of the numbers of this machine are left out.
        begin = (i / EACH + 1) * EACH;
    }
    let _ = (fs::remove_file(&place), fs::remove_file(log));
    found
}

/// test262's harness, if a folder is in a checkout of it.
fn harness(folders: &[String]) -> Vec<(String, String)> {
    let Some(dir) = folders
        .iter()
        .filter_map(|f| f.find("/test/").or(f.strip_suffix("/test").map(str::len)).map(|n| &f[..n]))
        .next()
    else {
        return Vec::new();
    };
    let mut list: Vec<_> =
        fs::read_dir(format!("{dir}/harness")).into_iter().flatten().flatten().map(|e| e.path()).collect();
    // What others use comes first.
    list.sort_by_key(|p| (!p.ends_with("sta.js") && !p.ends_with("assert.js"), p.clone()));
    list.iter()
        .filter(|p| p.extension().is_some_and(|e| e == "js"))
        .filter(|p| {
            !["temporalHelpers.js", "testIntl.js", "nativeFunctionMatcher.js"].iter().any(|n| p.ends_with(n))
        })
        .filter_map(|p| Some((p.to_string_lossy().into_owned(), fs::read_to_string(p).ok()?)))
        .collect()
}

fn main() -> ExitCode {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |i: usize| a.get(i).and_then(|n: &String| n.parse::<u64>().ok()).expect("RUNS FIRST FOLDER…");
    let pool = Pool::new(&a[2..]);
    if a[0] == "show" {
        print!("{}", program(&pool, number(1)).0);
        return ExitCode::SUCCESS;
    }
    let (runs, first) = (number(0), number(1));
    let found = supervise(first, first + runs, &pool, &harness(&a[2..]));
    println!("{runs} programs from {first}: {found} ended their process");
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
