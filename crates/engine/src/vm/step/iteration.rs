//! Iteration, and the disposal of resources.

use super::Step;
use crate::bytecode::op::{KILL_B, KILL_C, VARIANT};
use crate::value::{Result, Thrown, Value};
use crate::vm::{dispose, iterate};

/// ForInStart: R[A] := for-in enumerator of R[B] (of nothing, if R[B] is undefined or null)
pub(in crate::vm) fn for_in_start(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = iterate::for_in_start(cx, s.reg(s.b()))?;
    s.kill(KILL_B, s.b());
    s.set(s.a(), v);
    Ok(())
}

/// ForInNext: step: R[A] := next key of the enumerator R[B]
pub(in crate::vm) fn for_in_next(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    match iterate::for_in_next(cx, s.reg(s.b()))? {
        Some(v) => {
            s.set(s.a(), v);
            s.goes_on();
        }
        None => {
            s.over();
        }
    }
    Ok(())
}

/// GetIterator: R[A] := iterator of R[B], R[A+1] := its next method; R[A+2] is reserved; VARIANT: async; A may equal B
pub(in crate::vm) fn get_iterator(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let (it, next) = iterate::get_iterator(cx, s.reg(s.b()), s.has(VARIANT))?;
    s.kill(KILL_B, s.b());
    s.set(s.a(), it);
    s.set(s.a() + 1, next);
    s.set(s.a() + 2, Value::int(0));
    Ok(())
}

/// IterNext: step: R[A] := next value of the iterator at R[B]; when over (or on a throw of next) R[B] := undefined
pub(in crate::vm) fn iter_next(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        match iterate::next(cx, s.ptr(s.b())) {
            Ok(Some(v)) => {
                s.set(s.a(), v);
                s.goes_on();
            }
            Ok(None) => {
                s.set(s.b(), Value::UNDEFINED);
                s.set(s.b() + 1, Value::UNDEFINED);
                s.over();
            }
            Err(_) => {
                s.set(s.b(), Value::UNDEFINED);
                return Err(Thrown);
            }
        }
        s.back();
    }
    Ok(())
}

/// IterStep: R[A] := next value of the iterator at R[B], undefined when it is over (R[B] is then undefined)
pub(in crate::vm) fn iter_step(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        let v = if s.reg(s.b()).is_undefined() {
            Value::UNDEFINED
        } else {
            match iterate::next(cx, s.ptr(s.b())) {
                Ok(Some(v)) => v,
                Ok(None) => {
                    s.set(s.b(), Value::UNDEFINED);
                    Value::UNDEFINED
                }
                Err(_) => {
                    s.set(s.b(), Value::UNDEFINED);
                    return Err(Thrown);
                }
            }
        };
        s.back();
        s.set(s.a(), v);
    }
    Ok(())
}

/// IterRest: R[A] := array of all remaining values of the iterator at R[B]; R[B] := undefined
pub(in crate::vm) fn iter_rest(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        let a = cx.new_array(0)?;
        while !s.reg(s.b()).is_undefined() {
            match iterate::next(cx, s.ptr(s.b())) {
                Ok(Some(v)) => a.push_element(v)?,
                Ok(None) => s.set(s.b(), Value::UNDEFINED),
                Err(_) => {
                    s.set(s.b(), Value::UNDEFINED);
                    return Err(Thrown);
                }
            }
        }
        s.back();
        s.set(s.a(), a.into());
    }
    Ok(())
}

/// IterClose: close the iterator at R[A] (normal completion): nothing if R[A] is undefined; takes R[A..A+3] first, so they are dead even if it throws
pub(in crate::vm) fn iter_close(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let it = s.take(s.a());
    let next = s.take(s.a() + 1);
    s.set(s.a() + 2, Value::UNDEFINED);
    drop(next);
    iterate::close(cx, it)?;
    s.back();
    Ok(())
}

/// IterCloseSilent: close the iterator at R[A] for a throw completion: errors are swallowed; releases R[A..A+3]
pub(in crate::vm) fn iter_close_silent(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let it = s.take(s.a());
    let next = s.take(s.a() + 1);
    s.set(s.a() + 2, Value::UNDEFINED);
    drop(next);
    iterate::close_silent(cx, it);
    s.back();
    Ok(())
}

/// IterResult: R[A] := { value: R[B], done: false } (generator yield) or done: true with VARIANT
pub(in crate::vm) fn iter_result(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = if s.has(KILL_B) { s.take(s.b()) } else { s.reg(s.b()).clone() };
    let r = cx.iter_result(v, s.has(VARIANT))?;
    s.set(s.a(), r);
    Ok(())
}

/// IterCall: R[A] := call of method R[B+1] on iterator R[B] with the argument R[C]; VARIANT: with no argument; takes neither R[B] nor R[B+1]
pub(in crate::vm) fn iter_call(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    if s.reg(s.b() + 1).is_hole() {
        // An array that iterates directly: yield* needs the iterator itself.
        let (it, next) = iterate::materialize(cx, s.reg(s.b()))?;
        s.set(s.b(), it);
        s.set(s.b() + 1, next);
    }
    let r = if s.has(VARIANT) {
        cx.call(s.reg(s.b() + 1), s.reg(s.b()), &[])
    } else {
        cx.call(s.reg(s.b() + 1), s.reg(s.b()), std::slice::from_ref(s.reg(s.c())))
    };
    let v = r?;
    s.back();
    s.kill(KILL_C, s.c());
    s.set(s.a(), v);
    Ok(())
}

/// CheckObject: throw TypeError unless R[A] is an object ("iterator result is not an object")
pub(in crate::vm) fn check_object(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    if !s.reg(s.a()).is_object() {
        return Err(cx.throw_type("iterator must return an object"));
    }
    Ok(())
}

/// NewDisposeScope: new dispose scope in R[A]; VARIANT: async
pub(in crate::vm) fn new_dispose_scope(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = dispose::new_capability(cx)?;
    s.set(s.a(), v.into());
    Ok(())
}

/// AddDisposable: add resource R[B] to the dispose scope R[A]; VARIANT: async (await using)
pub(in crate::vm) fn add_disposable(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    dispose::add(cx, s.reg(s.a()), s.reg(s.b()), s.has(VARIANT))?;
    s.kill(KILL_B, s.b());
    Ok(())
}

/// DisposeNext: step: dispose the next resource of R[B]: R[A] := what to await, R[A+1] := whether to await (Boolean); over if none is left
pub(in crate::vm) fn dispose_next(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    match dispose::next(cx, s.reg(s.b()))? {
        Some(v) => {
            s.set(s.a(), v);
            s.set(s.a() + 1, Value::TRUE);
            s.goes_on();
        }
        None => {
            s.over();
        }
    }
    s.back();
    Ok(())
}

/// DisposeError: note the throw completion R[B] in the dispose scope R[A]  (SuppressedError around an earlier one)
pub(in crate::vm) fn dispose_error(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let e = if s.has(KILL_B) { s.take(s.b()) } else { s.reg(s.b()).clone() };
    // (As for Throw.)
    let e = if e.is_hole() || e.is_uninit() { Value::UNDEFINED } else { e };
    dispose::note_error(cx, s.reg(s.a()), e)?;
    Ok(())
}

/// DisposeEnd: throw the error noted in the dispose scope R[A], if any; takes R[A]
pub(in crate::vm) fn dispose_end(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let s = s.take(s.a());
    dispose::end(cx, &s)?;
    Ok(())
}
