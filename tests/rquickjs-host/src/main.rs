//! A Rust host that uses what the crate rquickjs offers: values, classes, closures, modules, async, limits. Each
//! function is one of these; main runs them all.

use rquickjs::class::Trace;
use rquickjs::loader::{BuiltinLoader, BuiltinResolver, ModuleLoader};
use rquickjs::module::{Declarations, Exports, ModuleDef};
use rquickjs::prelude::*;
use rquickjs::{
    Array, AsyncContext, AsyncRuntime, CatchResultExt, CaughtError, Class, Context, Ctx, Function, JsLifetime,
    Module, Object, Persistent, Promise, Runtime, TypedArray, Value,
};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

type R = Result<(), Box<dyn std::error::Error>>;

fn values(ctx: &Ctx<'_>) -> R {
    assert_eq!(ctx.eval::<i32, _>("1 + 1")?, 2);
    assert_eq!(ctx.eval::<f64, _>("0.1 + 0.2")?, 0.1 + 0.2);
    assert_eq!(ctx.eval::<String, _>("'caf\\u00e9 ' + '\\u{1f600}'")?, "café 😀");
    assert_eq!(ctx.eval::<Option<bool>, _>("null")?, None);
    assert_eq!(ctx.eval::<Vec<u32>, _>("[1, 2, 3].map(x => x * x)")?, [1, 4, 9]);
    let map: HashMap<String, i32> = ctx.eval("({ a: 1, b: 2 })")?;
    assert_eq!(map["b"], 2);
    let o = Object::new(ctx.clone())?;
    o.set("list", vec!["x", "y"])?;
    o.set("n", 5)?;
    ctx.globals().set("o", o.clone())?;
    assert_eq!(ctx.eval::<String, _>("JSON.stringify(o)")?, r#"{"list":["x","y"],"n":5}"#);
    assert_eq!(o.keys::<String>().collect::<Result<Vec<_>, _>>()?, ["list", "n"]);
    let a: Array = o.get("list")?;
    assert_eq!(a.len(), 2);
    assert_eq!(ctx.json_parse(r#"{"deep":[{"er":1}]}"#)?.get::<Object>()?.keys::<String>().count(), 1);
    ctx.globals().set("bytes", TypedArray::<u8>::new(ctx.clone(), [1u8, 2, 250])?)?;
    assert_eq!(ctx.eval::<u32, _>("bytes.reduce((a, b) => a + b)")?, 253);
    let big: rquickjs::BigInt = ctx.eval("2n ** 60n")?;
    assert_eq!(big.to_i64()?, 1 << 60);
    Ok(())
}

fn errors(ctx: &Ctx<'_>) -> R {
    match ctx.eval::<Value, _>("null.x").catch(ctx) {
        Err(CaughtError::Exception(e)) => {
            assert!(e.message().is_some_and(|m| m.contains("null")), "{e:?}");
            assert!(e.stack().is_some());
        }
        other => panic!("{other:?}"),
    }
    match ctx.eval::<Value, _>("throw 5").catch(ctx) {
        Err(CaughtError::Value(v)) => assert_eq!(v.as_int(), Some(5)),
        other => panic!("{other:?}"),
    }
    let fail = Function::new(ctx.clone(), |ctx: Ctx<'_>| -> rquickjs::Result<()> {
        Err(rquickjs::Exception::throw_range(&ctx, "from Rust"))
    })?;
    ctx.globals().set("fail", fail)?;
    let text: String = ctx.eval("try { fail() } catch (e) { `${e} ${e instanceof RangeError}` }")?;
    assert_eq!(text, "RangeError: from Rust true");
    assert!(ctx.eval::<i32, _>("'not a number'").is_err());
    Ok(())
}

fn closures(ctx: &Ctx<'_>) -> R {
    let total = Rc::new(Cell::new(0));
    let sum = total.clone();
    let add = Function::new(ctx.clone(), move |n: i32| {
        sum.set(sum.get() + n);
        sum.get()
    })?
    .with_name("add")?;
    ctx.globals().set("add", add)?;
    assert_eq!(ctx.eval::<String, _>("add(2); add(40); add.name + add.length")?, "add1");
    assert_eq!(total.get(), 42);
    ctx.globals().set("twice", Func::from(|f: Function<'_>, Opt(x): Opt<i32>| f.call::<_, i32>((x.unwrap_or(1),))))?;
    assert_eq!(ctx.eval::<i32, _>("twice(x => x * 2, 21)")?, 42);
    ctx.globals().set("count", Func::from(|args: Rest<Value<'_>>| args.len()))?;
    assert_eq!(ctx.eval::<usize, _>("count(1, null, {}, count)")?, 4);
    let f: Function = ctx.eval("(a, b) => a + '-' + b")?;
    assert_eq!(f.call::<_, String>((1, "x"))?, "1-x");
    let g: Function = ctx.eval("(function () { return this.k })")?;
    let this = Object::new(ctx.clone())?;
    this.set("k", 7)?;
    assert_eq!(g.call::<_, i32>((This(this),))?, 7);
    // What JavaScript lets go of is dropped.
    ctx.eval::<(), _>("add = undefined")?;
    ctx.run_gc();
    assert_eq!(Rc::strong_count(&total), 1);
    Ok(())
}

/// A class of Rust's for scripts.
#[derive(Trace, JsLifetime)]
#[rquickjs::class]
struct Counter {
    #[qjs(get, set)]
    value: i32,
    #[qjs(skip_trace)]
    dropped: Option<Rc<Cell<u32>>>,
}

thread_local! {
    static DROPPED: Rc<Cell<u32>> = Rc::default();
}

impl Drop for Counter {
    fn drop(&mut self) {
        if let Some(n) = &self.dropped {
            n.set(n.get() + 1);
        }
    }
}

#[rquickjs::methods]
impl Counter {
    #[qjs(constructor)]
    fn new(value: i32) -> Self {
        Counter { value, dropped: Some(DROPPED.with(Rc::clone)) }
    }
    fn add(&mut self, n: Opt<i32>) -> i32 {
        self.value += n.0.unwrap_or(1);
        self.value
    }
    #[qjs(static)]
    fn zero() -> Counter {
        Counter::new(0)
    }
    #[qjs(get, rename = "double")]
    fn twice(&self) -> i32 {
        self.value * 2
    }
}

fn classes(ctx: &Ctx<'_>) -> R {
    Class::<Counter>::define(&ctx.globals())?;
    assert_eq!(ctx.eval::<i32, _>("var c = new Counter(5); c.add(); c.add(10); c.value = c.value + 1; c.double")?, 34);
    assert_eq!(ctx.eval::<i32, _>("Counter.zero().add(3)")?, 3);
    assert!(ctx.eval::<bool, _>("c instanceof Counter && class extends Counter {} !== null")?);
    assert!(ctx.eval::<bool, _>("class D extends Counter { constructor() { super(1) } get v() { return this.value } } new D().v == 1")?);
    assert!(ctx.eval::<Value, _>("Counter.prototype.add.call({})").is_err());
    ctx.catch();
    let c: Class<Counter> = ctx.globals().get("c")?;
    c.borrow_mut().value = 100;
    assert_eq!(ctx.eval::<i32, _>("c.add(1)")?, 101);
    drop(c);
    ctx.eval::<(), _>("c = undefined")?;
    ctx.run_gc();
    assert!(DROPPED.with(|d| d.get()) >= 3);
    Ok(())
}

/// A module of Rust's.
struct Native;

impl ModuleDef for Native {
    fn declare(decl: &Declarations) -> rquickjs::Result<()> {
        decl.declare("answer")?;
        decl.declare("upper")?;
        Ok(())
    }
    fn evaluate<'js>(_ctx: &Ctx<'js>, exports: &Exports<'js>) -> rquickjs::Result<()> {
        exports.export("answer", 42)?;
        exports.export("upper", Func::from(|s: String| s.to_uppercase()))?;
        Ok(())
    }
}

fn modules(rt: &Runtime) -> R {
    let resolver = BuiltinResolver::default().with_module("lib/text").with_module("native");
    let loader = (
        BuiltinLoader::default().with_module(
            "lib/text",
            "import { upper } from 'native'; export const shout = s => upper(s) + '!'; export default class {}",
        ),
        ModuleLoader::default().with_module("native", Native),
    );
    rt.set_loader(resolver, loader);
    let context = Context::full(rt)?;
    context.with(|ctx| -> R {
        let source = "import { shout } from 'lib/text'; import { answer } from 'native';
            const { default: C } = await import('lib/text');
            export const result = shout('hello') + answer + typeof C;";
        let (module, promise) = Module::declare(ctx.clone(), "main", source)?.eval()?;
        promise.finish::<()>()?;
        assert_eq!(module.get::<_, String>("result")?, "HELLO!42function");
        let missing = Module::declare(ctx.clone(), "other", "import 'nowhere'").and_then(|m| m.eval());
        assert!(missing.is_err());
        ctx.catch();
        Ok(())
    })
}

async fn asynchronous() -> R {
    let rt = AsyncRuntime::new()?;
    let context = AsyncContext::full(&rt).await?;
    let log: Rc<RefCell<Vec<String>>> = Rc::default();
    let lines = log.clone();
    context
        .async_with(async move |ctx| -> rquickjs::Result<()> {
            let sleep = Function::new(
                ctx.clone(),
                Async(async |ms: u64| {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    rquickjs::Result::Ok(ms)
                }),
            )?;
            ctx.globals().set("sleep", sleep)?;
            ctx.globals().set("log", Func::from(move |s: String| lines.borrow_mut().push(s)))?;
            let p: Promise = ctx.eval(
                "(async () => { log('begin'); const all = await Promise.all([sleep(30), sleep(10)]);
                   log(`slept ${all}`); for await (const x of (async function* () { yield await sleep(1); yield 2 })()) log(String(x));
                   return 'done' })()",
            )?;
            assert_eq!(p.into_future::<String>().await?, "done");
            let p: Promise = ctx.eval("sleep(1).then(() => { throw new Error('late') })")?;
            assert!(p.into_future::<()>().await.is_err());
            ctx.catch();
            Ok(())
        })
        .await?;
    rt.idle().await;
    assert_eq!(*log.borrow(), ["begin", "slept 30,10", "1", "2"]);
    Ok(())
}

fn limits(rt: &Runtime) -> R {
    let context = Context::full(rt)?;
    rt.set_memory_limit(16 << 20);
    context.with(|ctx| {
        let e = ctx.eval::<(), _>("let a = []; for (;;) a.push('x'.repeat(1000) + a.length)").catch(&ctx);
        assert!(e.is_err_and(|e| e.to_string().contains("out of memory")));
    });
    rt.set_memory_limit(0);
    context.with(|ctx| ctx.eval::<(), _>("a = undefined"))?;
    rt.set_max_stack_size(256 * 1024);
    context.with(|ctx| {
        let e = ctx.eval::<(), _>("(function f() { f() })()").catch(&ctx);
        assert!(e.is_err());
    });
    let begin = Instant::now();
    rt.set_interrupt_handler(Some(Box::new(move || begin.elapsed() > Duration::from_millis(50))));
    context.with(|ctx| {
        let e = ctx.eval::<(), _>("try { for (;;); } catch { }").catch(&ctx);
        assert!(e.is_err_and(|e| e.to_string().contains("interrupted")));
    });
    rt.set_interrupt_handler(None);
    assert_eq!(context.with(|ctx| ctx.eval::<i32, _>("6 * 7"))?, 42);
    assert!(rt.memory_usage().memory_used_size > 0);
    rt.run_gc();
    Ok(())
}

fn persistent(rt: &Runtime) -> R {
    let context = Context::full(rt)?;
    let f = context.with(|ctx| -> rquickjs::Result<_> {
        Ok(Persistent::save(&ctx, ctx.eval::<Function, _>("var n = 0; () => ++n")?))
    })?;
    for want in 1..4 {
        let got: i32 = context.with(|ctx| f.clone().restore(&ctx)?.call(()))?;
        assert_eq!(got, want);
    }
    Ok(())
}

fn main() -> R {
    let rt = Runtime::new()?;
    let context = Context::full(&rt)?;
    for part in [values, errors, closures, classes] {
        context.with(|ctx| part(&ctx))?;
    }
    modules(&rt)?;
    limits(&rt)?;
    persistent(&rt)?;
    drop(context);
    tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(asynchronous())?;
    println!("rquickjs drives libqjs");
    Ok(())
}
