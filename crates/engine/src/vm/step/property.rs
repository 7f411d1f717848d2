//! Properties beyond reads and writes: definitions, super, deletion, private names.

use super::Step;
use crate::bytecode::op::{KILL_A, KILL_B, KILL_C, Op, STRICT, VARIANT};
use crate::text::Str;
use crate::value::{Result, Value};
use crate::vm::{access, make};

/// NewNullObject: R[A] := new ordinary object without prototype
pub(in crate::vm) fn new_null_object(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    s.set(s.a(), cx.new_object_with_proto(None)?.into());
    Ok(())
}

/// ElemKey: R[A] := the key R[C] for R[B]: a Number, String or Symbol as is, else TypeError if R[B] is nullish, ToPropertyKey; B is never killed
pub(in crate::vm) fn elem_key(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = access::elem_key(cx, s.reg(s.b()), s.reg(s.c()))?;
    s.kill(KILL_C, s.c());
    s.set(s.a(), v);
    Ok(())
}

/// LoadHome: R[A] := the callee's home object, or undefined
pub(in crate::vm) fn load_home(s: Step<'_>) -> Result<()> {
    let v = match &*s.func().home.borrow() {
        Some(h) => h.to_value(),
        None => Value::UNDEFINED,
    };
    s.set(s.a(), v);
    Ok(())
}

/// SuperBase: R[A] := R[B].[[GetPrototypeOf]]()  (R[B]: a home object)
pub(in crate::vm) fn super_base(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = match s.reg(s.b()).as_object() {
        Some(h) => Value::from(h.get_prototype_of(cx)?),
        None => Value::NULL,
    };
    s.kill(KILL_B, s.b());
    s.set(s.a(), v);
    Ok(())
}

/// GetSuperProp: R[A] := R[B][R[C]] with receiver R[B+1]; takes R[B] (from SuperBase; TypeError if null) and R[B+1]
pub(in crate::vm) fn get_super_prop(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = access::get_super(cx, s.reg(s.b()), s.reg(s.c()), s.reg(s.b() + 1))?;
    s.kill(KILL_C, s.c());
    drop(s.take(s.b()));
    drop(s.take(s.b() + 1));
    s.set(s.a(), v);
    Ok(())
}

/// SetSuperProp: R[A][R[B]] := R[C] with receiver R[A+1]; takes R[A] (from SuperBase) and R[A+1]; STRICT
pub(in crate::vm) fn set_super_prop(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    access::set_super(cx, s.reg(s.a()), s.reg(s.b()), v, s.reg(s.a() + 1), s.has(STRICT))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    drop(s.take(s.a()));
    drop(s.take(s.a() + 1));
    Ok(())
}

/// DefineElem: CreateDataPropertyOrThrow(R[A], R[B], R[C]); VARIANT: not enumerable (class methods)
pub(in crate::vm) fn define_elem(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    make::define_elem(cx, s.reg(s.a()), s.reg(s.b()), v, s.has(VARIANT))?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// DefineGetter: define the getter R[C] of R[A][R[B]]; VARIANT: not enumerable
///
/// DefineSetter: define the setter R[C] of R[A][R[B]]; VARIANT: not enumerable
pub(in crate::vm) fn define_getter(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    let getter = s.op() == Op::DefineGetter;
    make::define_accessor(cx, s.reg(s.a()), s.reg(s.b()), v, getter, s.has(VARIANT))?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// SetProtoLiteral: R[A].__proto__ := R[B] if R[B] is an object or null  (`__proto__: v` in a literal)
pub(in crate::vm) fn set_proto_literal(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let p = s.reg(s.b());
    if let Some(o) = s.reg(s.a()).as_object()
        && (p.is_object() || p.is_null())
    {
        // (The object of a literal is ordinary, and no prototype of its own; that of loaded code
        // may be anything.)
        o.set_prototype_of(cx, p.as_object())?;
    }
    s.kill(KILL_B, s.b());
    Ok(())
}

/// DeleteElem: R[A] := delete R[B][R[C]]; STRICT
pub(in crate::vm) fn delete_elem(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = access::delete_elem(cx, s.reg(s.b()), s.reg(s.c()), s.has(STRICT))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// In: R[A] := R[B] in R[C]
pub(in crate::vm) fn has(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = cx.has_in(s.reg(s.b()), s.reg(s.c()))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// InstanceOf: R[A] := R[B] instanceof R[C]
pub(in crate::vm) fn instance_of(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = access::instance_of(cx, s.reg(s.b()), s.reg(s.c()))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), Value::bool(r));
    Ok(())
}

/// NewPrivateName: R[A] := new private name described by K[bc]
pub(in crate::vm) fn new_private_name(s: Step<'_>) -> Result<()> {
    let d = s.konst(s.bc()).as_gc::<Str>().cloned();
    s.set(s.a(), s.rt().new_symbol(d, crate::text::SymbolSort::Private)?.into());
    Ok(())
}

/// GetPrivate: R[A] := R[B].#name, where R[C] is the private name; TypeError if absent
pub(in crate::vm) fn get_private(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = make::get_private(cx, s.reg(s.b()), s.reg(s.c()))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), v);
    Ok(())
}

/// SetPrivate: R[A].#name := R[C], where R[B] is the private name; TypeError if absent or not writable
pub(in crate::vm) fn set_private(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    make::set_private(cx, s.reg(s.a()), s.reg(s.b()), v)?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// DefinePrivate: add the private field R[B] to R[A] with value R[C]; TypeError if present; VARIANT: method (not writable)
pub(in crate::vm) fn define_private(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    make::define_private(cx, s.reg(s.a()), s.reg(s.b()), v, s.has(VARIANT))?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// DefinePrivateAccessor: add the private accessor R[B] of R[A]: getter R[C] (VARIANT: it is the setter); merges the two halves
pub(in crate::vm) fn define_private_accessor(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let v = s.reg(s.c()).clone();
    make::define_private_accessor(cx, s.reg(s.a()), s.reg(s.b()), v, !s.has(VARIANT))?;
    s.kill(KILL_C, s.c());
    s.kill(KILL_B, s.b());
    s.kill(KILL_A, s.a());
    Ok(())
}

/// InPrivate: R[A] := #name in R[C], where R[B] is the private name; TypeError if R[C] is not an object
pub(in crate::vm) fn in_private(s: Step<'_>) -> Result<()> {
    let cx = s.cx();
    let r = make::in_private(cx, s.reg(s.b()), s.reg(s.c()))?;
    s.kill(KILL_B, s.b());
    s.kill(KILL_C, s.c());
    s.set(s.a(), Value::bool(r));
    Ok(())
}
