//! Globals and object environments (`with`, sloppy direct eval).

use super::Step;
use crate::bytecode::op::{KILL_A, KILL_B, KILL_C, STRICT, VARIANT};
use crate::value::{Result, Value};
use crate::vm::{access, module, script};

/// GetGlobalOrUndefined: R[A] := global binding IC[bc]; undefined if there is none (typeof)
pub(in crate::vm) fn get_global_or_undefined(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = access::get_global(cx, s.ic(s.bc()), false)?;
    s.set(s.a(), v);
    Ok(())
}

/// InitGlobal: initialize the global lexical binding IC[bc] := R[A]
pub(in crate::vm) fn init_global(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = if s.has(KILL_A) { s.take(s.a()) } else { s.reg(s.a()).clone() };
    access::init_global(cx, s.ic(s.bc()), v)?;
    Ok(())
}

/// DeclareGlobals: GlobalDeclarationInstantiation: check and create global_decls (names only; before any code runs)
pub(in crate::vm) fn declare_globals(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    script::declare_globals(cx, s.code())?;
    Ok(())
}

/// DefineGlobalFunction: CreateGlobalFunctionBinding(K[bc], R[A]); VARIANT: deletable (eval code)
pub(in crate::vm) fn define_global_function(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = if s.has(KILL_A) { s.take(s.a()) } else { s.reg(s.a()).clone() };
    script::define_global_function(cx, s.konst(s.bc()), v, s.has(VARIANT))?;
    Ok(())
}

/// DeleteGlobal: R[A] := delete global binding K[bc]
pub(in crate::vm) fn delete_global(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = script::delete_global(cx, s.konst(s.bc()))?;
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// HasGlobal: R[A] := HasBinding(global scope, K[bc]); VARIANT: whether it is a lexical one
pub(in crate::vm) fn has_global(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = script::has_global(cx, s.konst(s.bc()), s.has(VARIANT))?;
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// HasBinding: R[A] := R[B] has a binding named K[C]; VARIANT: a with object, honour @@unscopables
pub(in crate::vm) fn has_binding(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = access::has_binding(cx, s.reg(s.b()), s.konst(s.c()), s.has(VARIANT))?;
    s.kill(KILL_B, s.b());
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// GetBinding: R[A] := GetBindingValue of K[C] in the object environment R[B]: HasProperty, then Get; if gone undefined, STRICT: ReferenceError
pub(in crate::vm) fn get_binding(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = access::get_binding(cx, s.reg(s.b()), s.konst(s.c()), s.has(STRICT))?;
    s.kill(KILL_B, s.b());
    s.set(s.a(), v);
    Ok(())
}

/// SetBinding: SetMutableBinding of K[B] in the object environment R[A] := R[C]: HasProperty, then Set; STRICT: ReferenceError if gone
pub(in crate::vm) fn set_binding(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    access::set_binding(cx, s.reg(s.a()), s.konst(s.b()), v, s.has(STRICT))?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// LoadModuleCell: R[A] := the Box in slot bc of the running module (imports and exported locals)
pub(in crate::vm) fn load_module_cell(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = module::cell(cx, s.code(), s.bc())?;
    s.set(s.a(), v);
    Ok(())
}
