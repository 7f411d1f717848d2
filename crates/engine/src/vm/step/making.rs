//! Functions, classes and what literals are made of; arguments; imports.

use super::Step;
use crate::bytecode::op::{KILL_A, KILL_B, KILL_C, VARIANT, VARIANT2};
use crate::object::Object;
use crate::object::function::FunctionData;
use crate::value::{Result, Value};
use crate::vm::make;
use crate::vm::module::{Phase, import};

/// Import: R[A] := dynamic import of R[B] with options R[C] (undefined if none); f VARIANT: defer; VARIANT2: source
pub(in crate::vm) fn import(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let phase = if s.has(VARIANT) {
        Phase::Defer
    } else if s.has(VARIANT2) {
        Phase::Source
    } else {
        Phase::Evaluation
    };
    let v = import::dynamic_import(cx, s.code(), s.reg(s.b()), s.reg(s.c()), phase)?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), v);
    Ok(())
}

/// ImportMeta: R[A] := import.meta
pub(in crate::vm) fn import_meta(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = import::import_meta(cx, s.code())?;
    s.set(s.a(), v);
    Ok(())
}

/// SuperConstructor: R[A] := the callee's [[GetPrototypeOf]], for super(); B: register with the active constructor
pub(in crate::vm) fn super_constructor(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = match s.reg(s.b()).as_object() {
        Some(f) => Value::from(f.get_prototype_of(cx)?),
        None => Value::NULL,
    };
    s.kill(KILL_B, s.b());
    s.set(s.a(), v);
    Ok(())
}

/// CoerceThis: R[1] := ToObject(this) or the global object, for sloppy functions that use this
pub(in crate::vm) fn coerce_this(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(1);
    if !v.is_object() {
        let v = if v.is_nullish() { cx.global().to_value() } else { cx.to_object(v)?.into() };
        s.set(1, v);
    }
    Ok(())
}

/// NewArguments: R[A] := the arguments object; VARIANT: mapped (parameters are Boxes in R[2..2+nparams]); STRICT: no callee
pub(in crate::vm) fn new_arguments(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        let v = make::arguments(cx, s.frame(), s.f())?;
        s.set(s.a(), v);
    }
    Ok(())
}

/// NewRest: R[A] := array of the arguments from index bc on
pub(in crate::vm) fn new_rest(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        let v = make::rest(cx, s.frame(), s.bc())?;
        s.set(s.a(), v);
    }
    Ok(())
}

/// NewClass: R[A] := constructor, R[A+1] := prototype, of the class whose constructor is children[C]; R[B]: heritage if VARIANT
pub(in crate::vm) fn new_class(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    // SAFETY: the frame is the running one, and its registers are what the verifier says they are.
    unsafe {
        let t = s.code().children.get_unchecked(s.c());
        let heritage = if s.has(VARIANT) { Some(s.reg(s.b()).clone()) } else { None };
        let (f, p) = make::class(cx, s.frame(), t, heritage)?;
        s.kill(KILL_B, s.b());
        s.set(s.a(), f.into());
        s.set(s.a() + 1, p.into());
    }
    Ok(())
}

/// SetFieldInit: the instance field initializer of constructor R[A] is R[B]
pub(in crate::vm) fn set_field_init(s: Step<'_>) -> Result<()> {
    if let (Some(c), Ok(f)) = (s.reg(s.a()).as_object(), s.reg(s.b()).clone().into_gc::<Object>())
        && let Some(d) = c.data::<FunctionData>()
    {
        let _ = d.field_init.set(f);
    }
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// RunFieldInit: run the field initializer of constructor R[B] on this = R[A]
pub(in crate::vm) fn run_field_init(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    if let Some(c) = s.reg(s.b()).as_object()
        && let Some(d) = c.data::<FunctionData>()
        && let Some(f) = d.field_init.get()
    {
        cx.call_object(f, s.reg(s.a()), &[])?;
        s.back();
    }
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// SetHome: the home object of function R[A] is R[B]
pub(in crate::vm) fn set_home(s: Step<'_>) -> Result<()> {
    if let Some(f) = s.reg(s.a()).as_object()
        && let Some(d) = f.data::<FunctionData>()
    {
        *d.home.borrow_mut() = s.reg(s.b()).as_gc::<Object>().cloned();
    }
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// SetFunctionName: SetFunctionName(R[A], R[B]); f VARIANT: prefix "get", VARIANT2: prefix "set"; no-op if R[A] is not an anonymous function definition
pub(in crate::vm) fn set_function_name(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    make::set_function_name(cx, s.reg(s.a()), s.reg(s.b()), s.has(VARIANT), s.has(VARIANT2))?;
    s.kill(KILL_B, s.b());
    Ok(())
}

/// ArrayHole: append a hole to the array R[A]
pub(in crate::vm) fn array_hole(s: Step<'_>) -> Result<()> {
    if let Some(a) = s.reg(s.a()).as_object() {
        a.push_element(Value::HOLE)?;
    }
    Ok(())
}

/// ArraySpread: append all that R[B] iterates over to the array R[A]
pub(in crate::vm) fn array_spread(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    if let Some(a) = s.reg(s.a()).as_gc::<Object>().cloned() {
        cx.for_each(s.reg(s.b()), |v| a.push_element(v))?;
    }
    s.back();
    s.kill(KILL_B, s.b());
    Ok(())
}

/// CopyProperties: CopyDataProperties(R[A], R[B]); VARIANT: excluded keys are the elements of the array R[C]
pub(in crate::vm) fn copy_properties(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let excluded = if s.has(VARIANT) { s.reg(s.c()).as_object() } else { None };
    make::copy_data_properties(cx, s.reg(s.a()), s.reg(s.b()), excluded)?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    Ok(())
}

/// TemplateObject: R[A] := template object of site templates[bc]
pub(in crate::vm) fn template_object(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = make::template_object(cx, s.code(), s.bc())?;
    s.set(s.a(), v);
    Ok(())
}

/// NewRegExp: R[A] := new RegExp of regexps[bc]
pub(in crate::vm) fn new_reg_exp(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = make::regexp(cx, s.code(), s.bc())?;
    s.set(s.a(), v);
    Ok(())
}
