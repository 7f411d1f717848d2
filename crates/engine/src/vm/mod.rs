//! The machine: frames, the loop, calls, and what instructions need beyond one line.

pub mod access;
pub mod async_iter;
pub mod backtrace;
pub(crate) mod cache;
mod calls;
pub(crate) mod dispose;
pub mod frame;
pub mod iterate;
pub(crate) mod legacy;
pub mod make;
pub mod module;
pub mod park;
mod run;
pub mod script;
mod step;
pub mod wait;

pub use frame::{Arguments, Machine};
pub(crate) use iterate::for_in_class;
pub use script::{create_dynamic_function, indirect_eval};

use crate::bytecode::code::{FunctionKind, flags};
use crate::context::Context;
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::{BoundData, FunctionData, NativeData};
use crate::value::{Result, Value};
use frame::ENTRY;

/// [[Call]] (`new_target` undefined) or [[Construct]] (`this` is the uninitialized mark) from native code.
pub fn call(cx: &Context, f: &Object, this: &Value, args: &[Value], new_target: &Value) -> Result {
    if new_target.is_undefined()
        && let Some(r) = call_plain(cx, f, this, args)
    {
        return r;
    }
    cx.check_stack()?;
    match f.class() {
        id::FUNCTION => call_bytecode(cx, f, this, args, new_target),
        id::NATIVE_FUNCTION => {
            let Some(d) = f.data::<NativeData>() else {
                return Err(cx.throw_not_a_function());
            };
            if !new_target.is_undefined() && !f.is_constructor() {
                return Err(cx.throw_type("not a constructor"));
            }
            let rt = cx.rt();
            let frame = rt.vm.push_native(cx, f)?;
            let r = d.realm.call_native(f, d, this, args, new_target);
            rt.vm.pop_native(frame);
            r
        }
        id::BOUND_FUNCTION => {
            let Some(b) = f.data::<BoundData>() else {
                return Err(cx.throw_not_a_function());
            };
            let n = b.args.len() + args.len();
            let mut few = [const { Value::UNDEFINED }; 8];
            let mut many = Vec::new();
            let all = if b.args.is_empty() {
                args
            } else if n <= few.len() {
                few.iter_mut().zip(b.args.iter().chain(args)).for_each(|(to, v)| *to = v.clone());
                &few[..n]
            } else {
                if many.try_reserve(n).is_err() {
                    return Err(cx.throw_oom());
                }
                many.extend(b.args.iter().chain(args).cloned());
                &many
            };
            if new_target.is_undefined() {
                return call(cx, &b.target, &b.this, all, new_target);
            }
            let nt = if new_target.as_object().is_some_and(|n| std::ptr::eq(n, f)) {
                b.target.to_value()
            } else {
                new_target.clone()
            };
            call(cx, &b.target, &Value::UNINIT, all, &nt)
        }
        id::PROXY => {
            if !f.is_callable() || !new_target.is_undefined() && !f.is_constructor() {
                return Err(cx.throw_not_a_function());
            }
            if new_target.is_undefined() {
                crate::builtins::proxy::call(cx, f, this, args)
            } else {
                crate::builtins::proxy::construct(cx, f, args, new_target)
            }
        }
        c => match cx.rt().foreign(c) {
            Some(k) if k.is_callable() => {
                if !new_target.is_undefined() && !f.is_constructor() {
                    return Err(cx.throw_type("not a constructor"));
                }
                let frame = cx.rt().vm.push_native(cx, f)?;
                let r = k.call(cx, f, this, args, new_target);
                cx.rt().vm.pop_native(frame);
                r
            }
            _ => Err(cx.throw_not_a_function()),
        },
    }
}

/// [[Call]] from native code of a plain JavaScript function, which takes its arguments from where they are; None for
/// anything else.
#[inline]
pub fn call_plain<A: Arguments>(cx: &Context, f: &Object, this: &Value, args: A) -> Option<Result> {
    if f.class() != id::FUNCTION {
        return None;
    }
    // SAFETY: the class says the payload.
    let d = unsafe { f.payload::<FunctionData>() };
    let t = &*d.template;
    if t.kind != FunctionKind::Normal || t.flags & flags::CLASS_CONSTRUCTOR != 0 {
        return None;
    }
    let rt = cx.rt();
    if t.flags & flags::VARARGS != 0 || rt.stack_is_low(0) || !rt.vm.enter_plain(f, d, t, this, args) {
        return Some(call_roomy(cx, f, d, this, args));
    }
    Some(run::run(rt, false))
}
#[inline(never)]
fn call_roomy<A: Arguments>(cx: &Context, f: &Object, d: &FunctionData, this: &Value, args: A) -> Result {
    cx.check_stack()?;
    let rt = cx.rt();
    rt.vm.enter(cx, f, d, this.clone(), args, Value::UNDEFINED, ENTRY)?;
    run::run(rt, false)
}

fn call_bytecode(cx: &Context, f: &Object, this: &Value, args: &[Value], new_target: &Value) -> Result {
    // SAFETY: the class says the payload.
    let d = unsafe { f.payload::<FunctionData>() };
    let t = &*d.template;
    let construct = !new_target.is_undefined();
    if construct {
        if t.flags & flags::CONSTRUCTOR == 0 {
            return Err(cx.throw_type("not a constructor"));
        }
    } else if t.flags & flags::CLASS_CONSTRUCTOR != 0 {
        return Err(d.realm.throw_type("class constructors must be invoked with 'new'"));
    }
    let this = if construct {
        if t.flags & flags::DERIVED != 0 {
            Value::UNINIT
        } else {
            make::this_for_constructor(&d.realm, f, d, new_target)?
        }
    } else {
        this.clone()
    };
    if t.kind != FunctionKind::Normal {
        return park::start(cx, f, d, this, args);
    }
    let rt = cx.rt();
    let base = rt.vm.enter(cx, f, d, this, args, new_target.clone(), ENTRY)?;
    let _ = base;
    run::run(rt, false)
}
