//! Jobs: what runs when the current script has ended.

use super::convert::*;
use super::ffi::*;
use qjs_engine::{Context, Gc, Value};
use std::ffi::c_int;
use std::ptr::null_mut;

/// Queues a call of `job_func` with these values; -1 with an exception pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_EnqueueJob(
    ctx: *mut JSContext,
    job_func: JSJobFunc,
    argc: c_int,
    argv: *mut JSValueConst,
) -> c_int {
    // SAFETY: C's contract.
    let cx = unsafe { enter(ctx) };
    // SAFETY: C's contract.
    let r = unsafe {
        with_args(cx, argc, argv, |args| {
            let Some(f) = job_func else {
                return Err(cx.throw_not_a_function());
            };
            let args: Vec<Value> = args.to_vec();
            let job = move |cx: &Context| {
                let argc = c_int::try_from(args.len()).unwrap_or(c_int::MAX);
                // SAFETY: C's contract.
                let v = with_c_args(cx, &args, 0, |argv| f(ctx_ptr(cx), argc, argv))?;
                returned(cx, v)
            };
            cx.rt().enqueue_job(cx, Box::new(job))
        })
    };
    ret_unit(cx, r)
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsJobPending(rt: *mut JSRuntime) -> bool {
    // SAFETY: C's contract.
    unsafe { runtime(rt) }.is_job_pending()
}
/// The context the next job runs in, NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetPendingJobContext(rt: *mut JSRuntime) -> *mut JSContext {
    // SAFETY: C's contract. (The job keeps the context alive.)
    unsafe { runtime(rt) }.next_job_realm().map_or(null_mut(), |cx| ctx_ptr(&cx))
}
/// Runs the next job: 1, 0 if there was none, -1 if it threw. `*pctx` becomes its context (or NULL), without a
/// count of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ExecutePendingJob(rt: *mut JSRuntime, pctx: *mut *mut JSContext) -> c_int {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    let (ctx, n) = match rt.run_job() {
        None => (null_mut(), 0),
        Some((cx, r)) => (ctx_ptr(&cx), held(cx, r.is_ok())),
    };
    if !pctx.is_null() {
        // SAFETY: C's contract.
        unsafe { pctx.write(ctx) };
    }
    n
}
/// Lets go of the job's count of its context: C holds one, or gets no further.
fn held(cx: Gc<Context>, ok: bool) -> c_int {
    cx.rt().set_current(&cx);
    if ok { 1 } else { -1 }
}
