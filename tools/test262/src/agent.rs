//! `$262.agent`: agents are threads, each with a runtime of its own (test262's INTERPRETING.md).

use crate::host::{method, new_realm, new_runtime};
use parking_lot::{Condvar, Mutex, MutexGuard};
use qjs_engine::object::buffer::{BufferData, SharedBlock};
use qjs_engine::object::function::Call;
use qjs_engine::vm::script::{EvalOptions, eval_script, to_wtf8};
use qjs_engine::vm::wait::Waker;
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const STACK: usize = 4 << 20;
const SCRIPT_STACK: usize = 2 << 20;
const MEMORY: usize = 64 << 20;
/// How long getReport waits for one: harness/atomicsHelper.js would come back only after a second.
const REPORT_TIME: Duration = Duration::from_millis(500);

/// A test's agents: the main one and those it started.
pub struct Cluster {
    /// When the test is given up.
    deadline: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stop: bool,
    reports: VecDeque<String>,
    broadcasts: Vec<Message>,
    agents: Vec<Agent>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
struct Message {
    block: SharedBlock,
    note: Note,
}

/// A broadcast's second argument.
#[derive(Clone)]
enum Note {
    Undefined,
    Number(f64),
    BigInt(String),
}

struct Agent {
    waker: Waker,
    /// How many broadcasts it has received.
    received: usize,
    gone: bool,
}

/// What the thread's agent is.
struct Current {
    cluster: Arc<Cluster>,
    /// Its number; None for the main agent.
    index: Option<usize>,
    receiver: Option<Value>,
    leaving: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

fn cluster(cx: &Context) -> Result<Arc<Cluster>> {
    match CURRENT.with_borrow(|c| c.as_ref().map(|c| c.cluster.clone())) {
        Some(c) => Ok(c),
        None => Err(cx.throw_type("no agents here")),
    }
}

/// Runs jobs until there are none and no async wait is left, `done` says so, or the test's time is up.
pub fn drain(rt: &Runtime, done: &dyn Fn() -> bool) {
    if let Some(cluster) = CURRENT.with_borrow(|c| c.as_ref().map(|c| c.cluster.clone())) {
        cluster.drain(rt, done);
    }
}

impl Cluster {
    /// The cluster of a test that begins on this thread, whose runtime is its main agent's.
    pub fn begin(rt: &Runtime, deadline: Instant) -> Arc<Cluster> {
        let cluster =
            Arc::new(Cluster { deadline, state: Mutex::new(State::default()), changed: Condvar::new() });
        cluster.enter(rt, None);
        cluster
    }
    fn enter(self: &Arc<Self>, rt: &Runtime, index: Option<usize>) {
        let c = self.clone();
        rt.on_async_wait_ready(Some(Box::new(move || {
            // Who checks and then waits does so under the lock.
            drop(c.state.lock());
            c.changed.notify_all();
        })));
        let current = Current { cluster: self.clone(), index, receiver: None, leaving: false };
        CURRENT.set(Some(current));
    }
    /// Ends all agents.
    pub fn end(&self) {
        let threads = {
            let mut s = self.state.lock();
            s.stop = true;
            s.agents.iter().for_each(|a| a.waker.wake());
            std::mem::take(&mut s.threads)
        };
        self.changed.notify_all();
        for t in threads {
            let _ = t.join();
        }
        CURRENT.set(None);
    }
    fn is_over(&self) -> bool {
        self.state.lock().stop || Instant::now() >= self.deadline
    }
    /// Waits for a change, at most until an instant (and the test's end).
    fn wait(&self, s: &mut MutexGuard<'_, State>, until: Option<Instant>) {
        let until = until.map_or(self.deadline, |u| u.min(self.deadline));
        self.changed.wait_until(s, until);
    }
    fn drain(&self, rt: &Runtime, done: &dyn Fn() -> bool) {
        loop {
            while let Some((_, r)) = rt.run_job() {
                // A job that throws is nobody's failure.
                if r.is_err() {
                    rt.clear_exception();
                }
                if Instant::now() >= self.deadline {
                    return;
                }
            }
            if done() || rt.pending_async_waits() == 0 || self.is_over() {
                return;
            }
            let mut s = self.state.lock();
            if !rt.is_async_wait_due() {
                self.wait(&mut s, rt.next_wait_deadline());
            }
        }
    }
    /// What an agent's thread does.
    fn run(self: Arc<Self>, source: &[u8], started: impl FnOnce(bool)) {
        let Some(rt) = new_runtime() else { return started(false) };
        rt.set_max_stack_size(SCRIPT_STACK);
        rt.set_memory_limit(MEMORY);
        rt.set_can_block(true);
        let c = self.clone();
        rt.set_interrupt_handler(Some(Rc::new(move |_: &Runtime| c.is_over())));
        let index = {
            let mut s = self.state.lock();
            s.agents.push(Agent { waker: rt.waker(), received: 0, gone: false });
            s.agents.len() - 1
        };
        self.enter(&rt, Some(index));
        started(true);
        if let Ok(cx) = new_realm(&rt) {
            self.live(&cx, index, source);
        }
        CURRENT.set(None);
        self.state.lock().agents[index].gone = true;
        self.changed.notify_all();
        rt.clear_exception();
        rt.shut_down(None);
    }
    fn live(&self, cx: &Context, index: usize, source: &[u8]) {
        let rt = cx.rt();
        let failed = || {
            let e = rt.take_exception().unwrap_or_default();
            eprintln!("agent: {}", cx.describe(&e));
        };
        let global = cx.global().clone();
        if eval_script(cx, global.as_value(), source, "agent", &EvalOptions::default()).is_err() {
            failed();
        }
        loop {
            while rt.run_job().is_some_and(|(_, r)| {
                if r.is_err() {
                    failed();
                }
                true
            }) {}
            let (leaving, listening) = CURRENT
                .with_borrow(|c| c.as_ref().map_or((true, false), |c| (c.leaving, c.receiver.is_some())));
            if leaving || self.is_over() || !(listening || rt.pending_async_waits() > 0) {
                return;
            }
            let message = {
                let mut s = self.state.lock();
                let next = s.broadcasts.get(s.agents[index].received).cloned().filter(|_| listening);
                match &next {
                    Some(_) => s.agents[index].received += 1,
                    None if s.stop || rt.is_async_wait_due() => {}
                    None => self.wait(&mut s, rt.next_wait_deadline()),
                }
                next
            };
            let Some(m) = message else { continue };
            self.changed.notify_all();
            let f = CURRENT.with_borrow_mut(|c| c.as_mut().and_then(|c| c.receiver.take()));
            if let Some(f) = f
                && m.to_values(cx).and_then(|args| cx.call(&f, &Value::UNDEFINED, &args)).is_err()
            {
                failed();
            }
        }
    }
}

impl Message {
    fn to_values(&self, cx: &Context) -> Result<[Value; 2]> {
        let Some(data) = BufferData::from_shared(cx.rt(), &self.block) else {
            return Err(cx.throw_type("foreign shared memory"));
        };
        let buffer = qjs_engine::builtins::array_buffer::from_data(cx, data)?;
        let note = match &self.note {
            Note::Undefined => Value::UNDEFINED,
            Note::Number(n) => Value::number(*n),
            Note::BigInt(digits) => {
                let f = cx.get_str(cx.global().as_value(), "BigInt")?;
                cx.call(&f, &Value::UNDEFINED, &[cx.string(digits)?])?
            }
        };
        Ok([buffer.into(), note])
    }
}

// ---- what scripts see

/// `$262.agent`, of the main agent or of others.
pub fn object(cx: &Context) -> Result<Gc<Object>> {
    let o = cx.new_object()?;
    let is_main = CURRENT.with_borrow(|c| c.as_ref().is_none_or(|c| c.index.is_none()));
    method(cx, &o, "sleep", 1, sleep)?;
    method(cx, &o, "monotonicNow", 0, monotonic_now)?;
    if is_main {
        method(cx, &o, "start", 1, start)?;
        method(cx, &o, "broadcast", 2, broadcast)?;
        method(cx, &o, "getReport", 0, get_report)?;
    } else {
        method(cx, &o, "receiveBroadcast", 1, receive_broadcast)?;
        method(cx, &o, "report", 1, report)?;
        method(cx, &o, "leaving", 0, leaving)?;
    }
    Ok(o)
}

fn start(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cluster = cluster(cx)?;
    let source = to_wtf8(cx, &*cx.to_string(c.arg(0))?)?;
    let (tell, told) = std::sync::mpsc::channel();
    let run = cluster.clone();
    let thread = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || run.run(&source, |ok| tell.send(ok).unwrap_or_default()));
    let Ok(thread) = thread else { return Err(cx.throw_type("no thread for the agent")) };
    cluster.state.lock().threads.push(thread);
    if told.recv() != Ok(true) {
        return Err(cx.throw_type("the agent did not start"));
    }
    Ok(Value::UNDEFINED)
}

/// Blocks until all agents have it.
fn broadcast(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let cluster = cluster(cx)?;
    let Some(block) = c.arg(0).as_object().and_then(|o| o.data::<BufferData>()).and_then(|b| b.share())
    else {
        return Err(cx.throw_type("not a SharedArrayBuffer"));
    };
    let note = if c.arg(1).is_undefined() {
        Note::Undefined
    } else if c.arg(1).is_bigint() {
        Note::BigInt(cx.to_string(c.arg(1))?.to_lossy().to_string())
    } else {
        Note::Number(cx.to_number(c.arg(1))?)
    };
    let mut s = cluster.state.lock();
    s.broadcasts.push(Message { block, note });
    let n = s.broadcasts.len();
    cluster.changed.notify_all();
    while s.agents.iter().any(|a| !a.gone && a.received < n) {
        if Instant::now() >= cluster.deadline {
            drop(s);
            return Err(cx.throw_type("not all agents received the broadcast"));
        }
        cluster.wait(&mut s, None);
    }
    Ok(Value::UNDEFINED)
}

fn get_report(c: &Call<'_>) -> Result {
    let cluster = cluster(c.cx)?;
    let until = Instant::now() + REPORT_TIME;
    let mut s = cluster.state.lock();
    let text = loop {
        if let Some(text) = s.reports.pop_front() {
            break text;
        }
        // Nobody is left to report, or an async wait of our own may be what they wait for.
        if Instant::now() >= until || s.agents.iter().all(|a| a.gone) || c.cx.rt().is_async_wait_due() {
            return Ok(Value::NULL);
        }
        cluster.wait(&mut s, Some(until));
    };
    drop(s);
    c.cx.string(&text)
}

fn receive_broadcast(c: &Call<'_>) -> Result {
    let f = c.arg(0).clone();
    let old = CURRENT.with_borrow_mut(|cur| cur.as_mut().and_then(|cur| cur.receiver.replace(f)));
    drop(old);
    Ok(Value::UNDEFINED)
}

fn report(c: &Call<'_>) -> Result {
    let text = c.cx.to_string(c.arg(0))?.to_lossy().to_string();
    let cluster = cluster(c.cx)?;
    cluster.state.lock().reports.push_back(text);
    cluster.changed.notify_all();
    Ok(Value::UNDEFINED)
}

fn leaving(_: &Call<'_>) -> Result {
    CURRENT.with_borrow_mut(|c| {
        if let Some(c) = c {
            c.leaving = true;
        }
    });
    Ok(Value::UNDEFINED)
}

fn sleep(c: &Call<'_>) -> Result {
    let ms = c.cx.to_number(c.arg(0))?.clamp(0.0, 3_600_000.0);
    let until = Instant::now() + Duration::from_micros((ms * 1000.0) as u64);
    let cluster = cluster(c.cx)?;
    let mut s = cluster.state.lock();
    while !s.stop && Instant::now() < until.min(cluster.deadline) {
        cluster.wait(&mut s, Some(until));
    }
    Ok(Value::UNDEFINED)
}

fn monotonic_now(_: &Call<'_>) -> Result {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    Ok(Value::number(START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0))
}
