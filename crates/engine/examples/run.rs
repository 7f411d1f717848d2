//! Runs a script file with `print`: the engine's smallest host.
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::function::{Call, FunctionSpec};
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime, Value};

fn print(c: &Call<'_>) -> qjs_engine::Result {
    let mut line = String::new();
    for (i, a) in c.args.iter().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        line.push_str(&c.cx.to_string(a)?.to_lossy());
    }
    println!("{line}");
    Ok(Value::UNDEFINED)
}

fn main() {
    let file = std::env::args().nth(1).expect("file");
    let src = std::fs::read(&file).expect("readable");
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
    rt.set_max_stack_size(4 << 20);
    let cx = Context::new(&rt).expect("context");
    let p = cx
        .new_native(&FunctionSpec { f: print, name: "print", length: 1, magic: 0, constructor: false })
        .expect("print");
    let g = cx.global().clone();
    cx.define_str(&g, "print", p.into(), 7).expect("define");
    let r = eval_script(&cx, g.as_value(), &src, &file, &EvalOptions::default());
    let failed = r.is_err();
    drop(r);
    if failed {
        let e = rt.take_exception().unwrap_or_default();
        println!("Uncaught {}", cx.describe(&e));
        if let Ok(s) = cx.get_str(&e, "stack") {
            println!("{}", cx.describe(&s));
        }
    }
    while let Some((_, r)) = rt.run_job() {
        if r.is_err() {
            rt.clear_exception();
        }
    }
    drop(g);
    drop(cx);
    let leaks = rt
        .shut_down(Some(&mut |h| eprintln!("leak: {:?} class {} count {}", h.kind(), h.class(), h.count())));
    if leaks > 0 {
        eprintln!("{leaks} leaks");
    }
    std::process::exit(failed as i32);
}
