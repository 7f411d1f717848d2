//! What the fuzz target does with an input, and the test that replays its corpus (crates/engine/tests/corpus.rs).

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::function::FunctionData;
use qjs_engine::serialize::{self, HEADER, LoadedKind, ReadOptions, VERSION, WriteOptions, seal};
use qjs_engine::text::Str;
use qjs_engine::vm::module::evaluate::evaluate;
use qjs_engine::vm::module::link::load_and_link;
use qjs_engine::vm::module::{Loader, Module, new_value_module};
use qjs_engine::vm::script::compile_module;
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value};
use std::cell::Cell;
use std::rc::Rc;

/// The engine measures its stack by addresses of locals, which are not to lie on a stack of ASan's own; leaks are looked
/// for below.
#[cfg(fuzzing)]
#[unsafe(no_mangle)]
extern "C" fn __asan_default_options() -> *const std::ffi::c_char {
    c"detect_stack_use_after_return=0:detect_leaks=0".as_ptr()
}

/// What may be allocated for one input.
const MEMORY: usize = 32 << 20;
/// How often the interrupt handler is asked (every 10,000 steps) until it says stop.
const POLLS: u32 = 1;
const JOBS: usize = 64;

/// What came of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Refused,
    Value,
    Function,
    Module,
}

/// Any name that ends in `json` is a value, any other a module with a few exports.
struct AnyModule;
impl Loader for AnyModule {
    fn load(&self, cx: &Context, name: &Str, _: &Value) -> Result<Gc<Module>> {
        let name = name.to_lossy();
        if name.ends_with("json") {
            return new_value_module(cx, &name, Value::int(1));
        }
        let text = b"export let a = 1, b = {}; export default function f() { return a }; export { a as c };\
                     export * as n from 'other'";
        compile_module(cx, text, &name, 1)
    }
}

/// A runtime with limits, and a realm in it.
pub struct Machine {
    rt: Option<Box<Runtime>>,
    cx: Option<Gc<Context>>,
    polls: Rc<Cell<u32>>,
    runs: u32,
}
impl Machine {
    pub fn new() -> Machine {
        Machine::with_realm(Context::new)
    }
    /// One whose realm is made by `realm`.
    pub fn with_realm(realm: impl FnOnce(&Runtime) -> Result<Gc<Context>>) -> Machine {
        let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("a runtime");
        rt.set_memory_limit(MEMORY);
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        rt.set_interrupt_handler(Some(Rc::new(move |_: &Runtime| {
            count.set(count.get() + 1);
            count.get() >= POLLS
        })));
        rt.set_module_loader(Some(Rc::new(AnyModule)));
        let cx = realm(&rt).expect("a realm");
        Machine { rt: Some(rt), cx: Some(cx), polls, runs: 0 }
    }
    /// Is it to be replaced, so that what inputs leave behind does not pile up?
    #[allow(dead_code, reason = "the fuzz target's")]
    pub fn is_old(&self) -> bool {
        self.runs >= 100 || self.rt.as_ref().is_none_or(|rt| rt.malloc_size() > MEMORY / 4)
    }
    /// Reads `data`, and does with what comes of it what a program would.
    ///
    /// # Panics
    /// If an error is none that there may be, or the memory limit was not kept.
    pub fn run(&mut self, data: &[u8]) -> Outcome {
        self.enter(|cx| drive(cx, data))
    }
    /// What `f` does in the realm, within the limits.
    ///
    /// # Panics
    /// If the memory limit was not kept.
    pub fn enter<T>(&mut self, f: impl FnOnce(&Context) -> T) -> T {
        let (Some(rt), Some(cx)) = (&self.rt, &self.cx) else { panic!("no machine") };
        self.polls.set(0);
        self.runs += 1;
        let outcome = f(cx);
        assert!(rt.malloc_size() <= MEMORY + (64 << 10), "{} bytes are more than allowed", rt.malloc_size());
        outcome
    }
}
impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.cx.take());
        if let Some(rt) = self.rt.take() {
            rt.clear_for_shutdown();
            let mut leaks = Vec::new();
            rt.shut_down(Some(&mut |h| leaks.push(h.kind())));
            assert!(leaks.is_empty() || std::thread::panicking(), "leaked {leaks:?}");
        }
    }
}

/// Runs `data` in a machine of its own.
#[allow(dead_code, reason = "the test's")]
pub fn run(data: &[u8]) -> Outcome {
    Machine::new().run(data)
}

fn drive(cx: &Context, data: &[u8]) -> Outcome {
    let rt = cx.rt();
    // Half of the inputs have every function read at once.
    let all = data.len() & 1 == 0;
    let o = ReadOptions { bytecode: true, all, references: true, ..ReadOptions::default() };
    let loaded = serialize::read_all(cx, data, &o);
    let Ok(l) = loaded else {
        let e = rt.take_exception().unwrap_or_default();
        let e = cx.describe(&e);
        assert!(
            [
                "SyntaxError: ",
                "InternalError: out of memory",
                "InternalError: interrupted",
                "RangeError: ",
                "[exception]",
                "null"
            ]
            .iter()
            .any(|s| e.starts_with(s)),
            "{e}"
        );
        return Outcome::Refused;
    };
    let write =
        WriteOptions { references: true, strip_debug: data.len() & 2 != 0, ..WriteOptions::default() };
    match l.kind {
        LoadedKind::Value => {
            let _ = serialize::write(cx, &l.value, &write);
            rt.clear_exception();
            let _ = cx.describe(&l.value);
            rt.clear_exception();
            Outcome::Value
        }
        LoadedKind::Function => {
            let Some(f) = l.value.as_object() else { panic!("a function expected") };
            call(cx, f);
            let _ = serialize::write_function(cx, f, &write);
            rt.clear_exception();
            Outcome::Function
        }
        LoadedKind::Module => {
            let Some(m) = l.value.as_gc::<Module>() else { panic!("a module expected") };
            if load_and_link(cx, m).is_ok() {
                let promise = evaluate(cx, m);
                rt.clear_exception();
                if let Ok(ns) = m.namespace(cx) {
                    let _ = cx.describe(ns.as_value());
                }
                drop(promise);
            }
            rt.clear_exception();
            run_jobs(rt);
            let _ = serialize::write_module(cx, m, &write);
            rt.clear_exception();
            Outcome::Module
        }
    }
}
fn call(cx: &Context, f: &Object) {
    let v = cx.call_object(f, cx.global().clone().as_value(), &[]);
    cx.rt().clear_exception();
    run_jobs(cx.rt());
    // What it made is called as well.
    if let Ok(v) = v
        && let Some(g) = v.as_object().filter(|o| o.data::<FunctionData>().is_some())
    {
        let _ = cx.call_object(g, &Value::UNDEFINED, &[Value::int(1)]);
        cx.rt().clear_exception();
        run_jobs(cx.rt());
    }
}
/// What is waiting, within reason.
pub fn run_jobs(rt: &Runtime) {
    for _ in 0..JOBS {
        if rt.run_job().is_none() {
            break;
        }
    }
    rt.clear_exception();
}

/// Gives bytes the beginning that a reader asks for before anything else.
pub fn restore_header(b: &mut [u8]) {
    if b.len() >= HEADER {
        b[..3].copy_from_slice(b"QJR");
        b[3] = VERSION;
        b[HEADER - 1] &= 3;
        seal(b);
    }
}

/// A generator of numbers that is the same everywhere.
pub struct Dice(u64);
impl Dice {
    pub fn new(seed: u32) -> Dice {
        Dice(0x9e37_79b9_7f4a_7c15 ^ (u64::from(seed) << 17) ^ u64::from(seed))
    }
    pub fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
    /// Changes a few bytes: flips, numbers at a bound, parts cut out or doubled, or of another blob.
    pub fn mutate(&mut self, b: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.roll(4) {
            let n = b.len();
            let body = n.saturating_sub(HEADER);
            if body == 0 {
                return;
            }
            let at = HEADER + self.roll(body);
            match self.roll(9) {
                0 => b[at] ^= 1 << self.roll(8),
                1 => b[at] = self.roll(256) as u8,
                2 => b[at] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 4, 17][self.roll(8)],
                3 | 4 => b[at] = b[at].wrapping_add(self.roll(5) as u8).wrapping_sub(2),
                5 if self.roll(8) == 0 => b.truncate(at),
                6 => {
                    let k = self.roll(8).min(n - at);
                    b.drain(at..at + k);
                }
                7 => {
                    let k = self.roll(16).min(n - at);
                    let part = b[at..at + k].to_vec();
                    b.splice(at..at, part);
                }
                8 => {
                    let from = HEADER.min(other.len()) + self.roll(other.len().saturating_sub(HEADER));
                    let k = self.roll(24).min(other.len() - from);
                    b.splice(at..at, other[from..from + k].iter().copied());
                }
                // The same number of bytes, so that sizes go on to be right.
                _ => b[at] = self.roll(32) as u8,
            }
        }
    }
}
