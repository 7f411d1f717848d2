//! The host that tests expect: `print` and `$262` (test262's INTERPRETING.md).

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::buffer::BufferData;
use qjs_engine::object::function::{Call, FunctionSpec, NativeFn};
use qjs_engine::object::shape::prop;
use qjs_engine::vm::script::{EvalOptions, eval_script, to_wtf8};
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value};
use std::cell::RefCell;

thread_local! {
    /// What the running test printed.
    pub static PRINTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A runtime over the system's allocator.
pub fn new_runtime() -> Option<Box<Runtime>> {
    Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut())
}

/// Attributes of what the host defines.
const DATA: u8 = prop::WRITABLE | prop::CONFIGURABLE;

/// A new realm with `print` and `$262` in place.
pub fn new_realm(rt: &Runtime) -> Result<Gc<Context>> {
    let cx = Context::new(rt)?;
    let host = cx.new_object()?;
    let global = cx.global().clone();
    method(&cx, &global, "print", 1, print)?;
    method(&cx, &host, "createRealm", 0, create_realm)?;
    method(&cx, &host, "evalScript", 1, evaluate)?;
    method(&cx, &host, "gc", 0, gc)?;
    method(&cx, &host, "detachArrayBuffer", 1, detach)?;
    cx.define_str(&host, "global", global.clone().into(), DATA)?;
    let all = native(&cx, "", 0, |_| Ok(Value::NULL))?;
    all.set_is_htmldda();
    cx.define_str(&host, "IsHTMLDDA", all.into(), DATA)?;
    cx.define_str(&host, "agent", crate::agent::object(&cx)?.into(), DATA)?;
    cx.define_str(&global, "$262", host.into(), DATA)?;
    Ok(cx)
}

fn native(cx: &Context, name: &str, length: i32, f: NativeFn) -> Result<Gc<Object>> {
    cx.new_native(&FunctionSpec { f, name, length, magic: 0, constructor: false })
}

pub fn method(cx: &Context, o: &Object, name: &str, length: i32, f: NativeFn) -> Result<()> {
    cx.define_str(o, name, native(cx, name, length, f)?.into(), DATA)
}

fn print(c: &Call<'_>) -> Result {
    let text = c.cx.to_string(c.arg(0))?.to_lossy();
    PRINTED.with_borrow_mut(|p| p.push(text.to_string()));
    Ok(Value::UNDEFINED)
}

fn create_realm(c: &Call<'_>) -> Result {
    let cx = new_realm(c.cx.rt())?;
    cx.get_str(cx.global().as_value(), "$262")
}

/// $262.evalScript: a script in the realm that the function belongs to.
fn evaluate(c: &Call<'_>) -> Result {
    let realm = c.callee.function_realm().cloned().unwrap_or_else(|| c.cx.to_gc());
    let source = to_wtf8(&realm, &*c.cx.to_string(c.arg(0))?)?;
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    eval_script(&realm, realm.global().clone().as_value(), &source, "evalScript", &options)
}

fn gc(c: &Call<'_>) -> Result {
    c.cx.rt().run_gc();
    Ok(Value::UNDEFINED)
}

/// $262.detachArrayBuffer
fn detach(c: &Call<'_>) -> Result {
    match c.arg(0).as_object().and_then(|o| o.data::<BufferData>()) {
        Some(b) if !b.is_shared() => {
            b.detach();
            Ok(Value::NULL)
        }
        _ => Err(c.cx.throw_type("not an ArrayBuffer")),
    }
}
