//! Shared memory between runtimes on different threads: waiting, waking, interrupting, and promises.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::heap::shared::Shared;
use qjs_engine::object::buffer::{BufferData, SharedBlock};
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Gc, Runtime, Value};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// A runtime and a context whose `sab` is a SharedArrayBuffer of 64 bytes, its own or one given.
struct Side {
    rt: Box<Runtime>,
    cx: Gc<Context>,
}

impl Side {
    fn new(block: Option<&SharedBlock>) -> Side {
        let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
        rt.set_can_block(true);
        let cx = Context::new(&rt).expect("context");
        let data = match block {
            Some(b) => BufferData::from_shared(&rt, b),
            None => BufferData::new_shared(&rt, 64, None).ok(),
        };
        let sab = qjs_engine::builtins::array_buffer::from_data(&cx, data.expect("block")).expect("sab");
        let global = cx.global().clone();
        cx.define_str(&global, "sab", sab.into(), 7).expect("define");
        drop(global);
        let side = Side { rt, cx };
        side.eval("var i32 = new Int32Array(sab), i64 = new BigInt64Array(sab), log = [];");
        side
    }
    fn block(&self) -> SharedBlock {
        let sab = self.cx.get_str(self.cx.global().as_value(), "sab").expect("sab");
        sab.as_object().and_then(|o| o.data::<BufferData>()).and_then(|b| b.share()).expect("shared")
    }
    fn eval(&self, text: &str) -> String {
        let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
        let global = self.cx.global().clone();
        match eval_script(&self.cx, global.as_value(), text.as_bytes(), "test.js", &options) {
            Ok(v) => self.cx.to_string(&v).expect("text").to_lossy().to_string(),
            Err(_) => {
                let e = self.rt.take_exception().unwrap_or(Value::UNDEFINED);
                format!("Uncaught {}", self.cx.to_string(&e).expect("text").to_lossy())
            }
        }
    }
    fn jobs(&self) {
        while let Some((_, r)) = self.rt.run_job() {
            assert!(r.is_ok());
        }
    }
    fn end(self) {
        drop(self.cx);
        assert_eq!(self.rt.shut_down(None), 0, "leaked cells");
    }
}

#[test]
fn notify_wakes_another_thread() {
    let a = Side::new(None);
    let block = a.block();
    let t = thread::spawn(move || {
        let b = Side::new(Some(&block));
        drop(block);
        let r = b.eval("Atomics.store(i32, 1, 7); Atomics.notify(i32, 1); Atomics.wait(i32, 0, 0)");
        b.end();
        r
    });
    a.eval("while (Atomics.load(i32, 1) !== 7) Atomics.wait(i32, 1, 0, 10);");
    assert_eq!(a.eval("while (Atomics.notify(i32, 0) === 0) Atomics.pause(); 'woken'"), "woken");
    assert_eq!(t.join().expect("thread"), "ok");
    // Different elements and values.
    assert_eq!(a.eval("Atomics.wait(i32, 1, 8)"), "not-equal");
    assert_eq!(a.eval("Atomics.wait(i32, 1, 7, 5)"), "timed-out");
    assert_eq!(a.eval("Atomics.wait(i64, 4, 1n << 64n, 0)"), "timed-out");
    a.rt.set_can_block(false);
    assert_eq!(a.eval("Atomics.wait(i32, 1, 7, 0)"), "Uncaught TypeError: cannot block in this thread");
    a.end();
}

#[test]
fn updates_are_atomic() {
    let a = Side::new(None);
    let code = "for (var i = 0; i < 20000; i++) { Atomics.add(i32, 0, 1); Atomics.sub(i64, 1, 1n);
        for (;;) { var o = i32[4]; if (Atomics.compareExchange(i32, 4, o, o + 1) === o) break; } }";
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let block = a.block();
            thread::spawn(move || {
                let b = Side::new(Some(&block));
                b.eval(code);
                b.end();
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().expect("thread"));
    assert_eq!(a.eval("[i32[0], i64[1], i32[4]].join()"), "60000,-60000,60000");
    a.end();
}

#[test]
fn a_waker_ends_a_wait_through_the_interrupt_handler() {
    let a = Side::new(None);
    let stop = Shared::new(AtomicBool::new(false));
    let asked = Shared::new(AtomicUsize::new(0));
    let (s, n, seen) = (stop.clone(), asked.clone(), asked.clone());
    a.rt.set_interrupt_handler(Some(Rc::new(move |_: &Runtime| {
        n.fetch_add(1, SeqCst);
        s.load(SeqCst)
    })));
    let waker = a.rt.waker();
    let t = thread::spawn(move || {
        // Without a reason the wait goes on.
        while seen.load(SeqCst) == 0 {
            waker.wake();
            thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, SeqCst);
        waker.wake();
    });
    assert_eq!(a.eval("Atomics.wait(i32, 0, 0)"), "Uncaught InternalError: interrupted");
    t.join().expect("thread");
    assert!(asked.load(SeqCst) >= 2);
    // It has left the list.
    assert_eq!(a.eval("Atomics.notify(i32, 0)"), "0");
    // The handler is asked without a waker too.
    let begin = Instant::now();
    assert_eq!(a.eval("Atomics.wait(i32, 0, 0)"), "Uncaught InternalError: interrupted");
    assert!(begin.elapsed() < Duration::from_secs(5));
    a.end();
}

#[test]
fn promises_are_settled_from_other_threads_and_by_time() {
    let a = Side::new(None);
    let calls = Shared::new(AtomicUsize::new(0));
    let count = calls.clone();
    a.rt.on_async_wait_ready(Some(Box::new(move || {
        count.fetch_add(1, SeqCst);
    })));
    a.eval(
        "function w(name, ...args) {
            let r = Atomics.waitAsync(...args);
            r.async ? r.value.then(v => log.push(name + ':' + v)) : log.push(name + '=' + r.value);
        }
        w('never', i32, 0, 0); w('late', i32, 1, 0, 40); w('soon', i32, 1, 0, 10);
        w('no', i32, 1, 5); w('zero', i32, 1, 0, 0); w('big', i64, 4, 0n, 1e300);",
    );
    assert_eq!(a.rt.pending_async_waits(), 4);
    assert!(a.rt.next_wait_deadline().is_some_and(|d| d <= Instant::now() + Duration::from_millis(10)));
    let block = a.block();
    let t = thread::spawn(move || {
        let b = Side::new(Some(&block));
        // i32[8] is where i64[4] is: nobody is left there.
        let r = b.eval("[Atomics.notify(i64, 4), Atomics.notify(i32, 8)].join()");
        b.end();
        r
    });
    assert_eq!(t.join().expect("thread"), "1,0");
    assert_eq!(calls.load(SeqCst), 1);
    assert!(a.rt.is_job_pending());
    a.jobs();
    while a.rt.pending_async_waits() > 1 {
        thread::sleep(Duration::from_millis(1));
        a.jobs();
    }
    assert_eq!(calls.load(SeqCst), 1);
    assert_eq!(a.eval("log.join(' ')"), "no=not-equal zero=timed-out big:ok soon:timed-out late:timed-out");
    assert!(a.rt.next_wait_deadline().is_none() && !a.rt.is_job_pending());
    // A runtime may end with waits pending; others then find nobody there.
    let block = a.block();
    a.end();
    let b = Side::new(Some(&block));
    assert_eq!(b.eval("Atomics.notify(i32, 0)"), "0");
    b.end();
}

#[test]
fn waits_are_charged() {
    let a = Side::new(None);
    a.rt.set_memory_limit(a.rt.malloc_size() + 4_000_000);
    a.eval("var caught; try { for (;;) Atomics.waitAsync(i32, 0, 0) } catch (e) { caught = e } 0");
    a.rt.set_memory_limit(0);
    assert_eq!(a.eval("caught"), "InternalError: out of memory");
    assert!((1_000..50_000).contains(&a.rt.pending_async_waits()));
    let n = a.rt.pending_async_waits();
    assert_eq!(a.eval("Atomics.notify(i32, 0, 10) + Atomics.notify(i32, 0, -1)"), "10");
    assert_eq!(a.rt.settle_async_waits(), 10);
    assert_eq!(a.rt.pending_async_waits(), n - 10);
    a.end();
}
