//! Limits on what BigInts may take: memory before an operation, and time in long conversions.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime};
use std::cell::Cell;
use std::rc::Rc;

/// What a script comes to in a runtime of `limit` bytes whose interrupt handler says stop at its `calls`th call.
fn run(source: &str, limit: usize, calls: u32) -> String {
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
    let cx = Context::new(&rt).expect("context");
    rt.set_memory_limit(limit);
    let count = Rc::new(Cell::new(0));
    rt.set_interrupt_handler(Some(Rc::new(move |_: &Runtime| {
        count.set(count.get() + 1);
        count.get() >= calls
    })));
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let global = cx.global().clone();
    let r = eval_script(&cx, global.as_value(), source.as_bytes(), "test.js", &options);
    rt.set_interrupt_handler(None);
    let text = match r {
        Ok(v) => cx.to_string(&v).expect("text").to_lossy().to_string(),
        Err(_) => {
            let e = rt.take_exception().unwrap_or_default();
            format!("Uncaught {}", cx.to_string(&e).expect("text").to_lossy())
        }
    };
    drop(global);
    drop(cx);
    assert_eq!(rt.shut_down(Some(&mut |_| ())), 0, "leaked cells");
    text
}

#[test]
fn conversions_are_interrupted() {
    let print = "var n = 3n ** 200000n; try { n.toString().length } catch (e) { 'caught' }";
    let read = "var s = '7'.repeat(300000); try { BigInt(s) % 1000n } catch (e) { 'caught' }";
    assert_eq!(run(print, 0, u32::MAX), "95425");
    assert_eq!(run(read, 0, u32::MAX), "777");
    assert_eq!(run(print, 0, 3), "Uncaught InternalError: interrupted");
    assert_eq!(run(read, 0, 3), "Uncaught InternalError: interrupted");
}

#[test]
fn memory_is_asked_for_first() {
    for text in [
        "1n << 1000000000n",
        "1n >> -1000000000n",
        "3n ** 300000000n",
        "x * x",
        "-x",
        "~x",
        "x + 1n",
        "x / 3n",
        "x % (x - 1n)",
        "x & (x >> 1n)",
        "x | 1n",
        "x++",
        "x.toString()",
        "BigInt.asUintN(1000000000, -1n)",
        "BigInt(s)",
    ] {
        let source = format!(
            "var x = 1n << 50000000n, s = '9'.repeat(4000000);
             try {{ {text}; 'done' }} catch (e) {{ e.message }}"
        );
        assert_eq!(run(&source, 13_000_000, u32::MAX), "out of memory", "{text}");
    }
}
