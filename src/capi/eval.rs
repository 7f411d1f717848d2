//! Evaluation: scripts compiled and run.

use super::atoms::atom_of;
use super::convert::*;
use super::ffi::*;
use qjs_engine::vm::module::{Module, evaluate as evaluation, link, load};
use qjs_engine::vm::script::{EvalOptions, compile_module, compile_script};
use qjs_engine::{Context, Gc, Intrinsic, Object, Result, Thrown, Value, embed};
use std::borrow::Cow;
use std::ffi::{c_char, c_int};

/// What an evaluation is asked for.
struct Request<'a> {
    source: &'a [u8],
    file: Cow<'a, str>,
    flags: c_int,
    line: u32,
}

const UNNAMED: &str = "<unnamed>";

/// # Safety
/// C's contract: `input` is `len` bytes, `filename` NULL or a string.
unsafe fn request<'a>(
    input: *const c_char,
    len: usize,
    filename: *const c_char,
    flags: c_int,
    line: c_int,
) -> Request<'a> {
    // SAFETY: per contract.
    let (source, name) = unsafe { (bytes(input, len), c_bytes(filename)) };
    let file = if filename.is_null() { UNNAMED.into() } else { String::from_utf8_lossy(name) };
    Request { source, file, flags, line: u32::try_from(line).unwrap_or(1).max(1) }
}

fn evaluate(cx: &Context, this: Option<&Value>, q: &Request<'_>) -> Result<JSValue> {
    if cx.eval_disabled().get() {
        return Err(cx.throw_type("eval is not supported"));
    }
    let kind = q.flags & JS_EVAL_TYPE_MASK;
    let compile_only = q.flags & JS_EVAL_FLAG_COMPILE_ONLY != 0;
    let guarded = |run: &dyn Fn() -> Result| {
        if q.flags & JS_EVAL_FLAG_BACKTRACE_BARRIER != 0 {
            embed::with_backtrace_barrier(cx.rt(), run)
        } else {
            run()
        }
    };
    if kind == JS_EVAL_TYPE_MODULE {
        let m = compile_module(cx, q.source, &q.file, q.line)?;
        load::load_requested(cx, &m)?;
        if compile_only {
            return Ok(give(m));
        }
        return guarded(&|| run_module(cx, &m)).map(give);
    }
    let is_async = q.flags & JS_EVAL_FLAG_ASYNC != 0;
    if is_async && kind != JS_EVAL_TYPE_GLOBAL {
        return Err(cx.throw_type("top-level await is for scripts and modules"));
    }
    let options = EvalOptions {
        strict: q.flags & JS_EVAL_FLAG_STRICT != 0,
        indirect: kind == JS_EVAL_TYPE_INDIRECT,
        want_completion: true,
        is_async,
        first_line: q.line,
    };
    let f = compile_script(cx, q.source, &q.file, &options)?;
    if compile_only {
        let v = give(f);
        // SAFETY: an object's value has the pointer set.
        return Ok(JSValue::mkptr(JS_TAG_FUNCTION_BYTECODE, unsafe { v.u.ptr }));
    }
    // `this` is that of a sloppy function, unless the script is strict.
    let this = match this {
        Some(v) if options.strict || v.is_object() => v.clone(),
        Some(v) if !v.is_nullish() => cx.to_object(v)?.into(),
        _ => cx.global().to_value(),
    };
    guarded(&|| cx.call_object(&f, &this, &[])).map(give)
}
fn answer(cx: &Context, r: Result<JSValue>) -> JSValue {
    match r {
        Ok(v) => v,
        Err(Thrown) => ret(cx, Err::<Value, _>(Thrown)),
    }
}

/// Evaluates a script: its completion value (with JS_EVAL_FLAG_ASYNC a promise for `{ value: completion value }`);
/// or a module: the promise of its evaluation. With JS_EVAL_FLAG_COMPILE_ONLY something for JS_EvalFunction; what a
/// module imports is loaded by then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_Eval(
    ctx: *mut JSContext,
    input: *const c_char,
    input_len: usize,
    filename: *const c_char,
    eval_flags: c_int,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, q) = unsafe { (enter(ctx), request(input, input_len, filename, eval_flags, 1)) };
    answer(cx, evaluate(cx, None, &q))
}
/// The same with `this` for the script's top level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_EvalThis(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    input: *const c_char,
    input_len: usize,
    filename: *const c_char,
    eval_flags: c_int,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, this, q) =
        unsafe { (enter(ctx), borrow(this_obj), request(input, input_len, filename, eval_flags, 1)) };
    answer(cx, evaluate(cx, Some(&this), &q))
}
unsafe fn with_options(
    ctx: *mut JSContext,
    this: Option<JSValueConst>,
    input: *const c_char,
    input_len: usize,
    options: *mut JSEvalOptions,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let cx = enter(ctx);
        let (flags, filename, line) = match options.as_ref() {
            Some(o) if o.version != JS_EVAL_OPTIONS_VERSION => {
                cx.throw_error(Intrinsic::InternalErrorPrototype, "bad JSEvalOptions version");
                return JS_EXCEPTION;
            }
            Some(o) => (o.eval_flags, o.filename, o.line_num),
            None => (JS_EVAL_TYPE_GLOBAL, std::ptr::null(), 1),
        };
        let q = request(input, input_len, filename, flags, line);
        match this {
            Some(this) => answer(cx, evaluate(cx, Some(&borrow(this)), &q)),
            None => answer(cx, evaluate(cx, None, &q)),
        }
    }
}
/// Evaluates a script as `options` say; NULL for the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_Eval2(
    ctx: *mut JSContext,
    input: *const c_char,
    input_len: usize,
    options: *mut JSEvalOptions,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { with_options(ctx, None, input, input_len, options) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_EvalThis2(
    ctx: *mut JSContext,
    this_obj: JSValueConst,
    input: *const c_char,
    input_len: usize,
    options: *mut JSEvalOptions,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { with_options(ctx, Some(this_obj), input, input_len, options) }
}
/// Runs what JS_EVAL_FLAG_COMPILE_ONLY made; it is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_EvalFunction(ctx: *mut JSContext, fun_obj: JSValue) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), take(fun_obj)) };
    let r = if let Some(m) = v.as_gc::<Module>() {
        run_module(cx, m)
    } else if fun_obj.norm_tag() == JS_TAG_FUNCTION_BYTECODE {
        run(cx, v.as_object())
    } else {
        Err(cx.throw_type("bytecode function expected"))
    };
    ret(cx, r)
}
/// Links and evaluates a module: the promise of its evaluation.
fn run_module(cx: &Context, m: &Gc<Module>) -> Result {
    link::load_and_link(cx, m)?;
    evaluation::evaluate_for_host(cx, m).map(Value::from)
}
fn run(cx: &Context, f: Option<&Object>) -> Result {
    let Some(f) = f else {
        return Err(cx.throw_not_a_function());
    };
    let f: Gc<Object> = embed::rebind(cx, f)?;
    cx.call_object(&f, cx.global().clone().as_value(), &[])
}
/// The file name of the code `n_stack_levels` frames below the running function; JS_ATOM_NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetScriptOrModuleName(ctx: *mut JSContext, n_stack_levels: c_int) -> JSAtom {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    match usize::try_from(n_stack_levels).ok().and_then(|n| embed::frame_file(cx, n)) {
        Some(file) => atom_of(cx, cx.rt().key_from_str(&file)),
        None => JS_ATOM_NULL,
    }
}
