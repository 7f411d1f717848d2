//! The loop.

use super::frame::{CONSTRUCT, DROP_RESULT, ENTRY, Frame, PARKED, SEGMENT, stack_overflow};
use super::module::{self, Phase, import};
use super::{access, dispose, iterate, make, park, script};
use crate::bytecode::code::{FunctionKind, flags};
use crate::bytecode::op::{Instr, KILL_A, KILL_B, KILL_C, Op, SENSE, STRICT, VARIANT, VARIANT2, error_kind};
use crate::bytecode::template::{InlineCache, Template};
use crate::context::Context;
use crate::heap::BoxCell;
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::{FunctionData, NativeData};
use crate::ops::{self, Arith};
use crate::runtime::Runtime;
use crate::text::Str;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};
use std::cmp::Ordering;

/// Runs the current frame (pushed with ENTRY) to its end; with `throw` it begins by throwing the pending exception.
pub(crate) fn run(rt: &Runtime, throw: bool) -> Result {
    // SAFETY: the frame's window, template and function data live while the frame does: R[0] owns the callee,
    // which owns the rest. Registers are read and written through `base`; no reference into the window is kept
    // across anything that can run script, except argument slices, whose window is not touched meanwhile.
    unsafe { run_inner(rt, throw) }
}

unsafe fn run_inner(rt: &Runtime, throw: bool) -> Result {
    unsafe {
        let vm = &rt.vm;
        let mut fp: *mut Frame = vm.frame.get();
        let mut pc: *const Instr = (*fp).pc;
        let mut base: *mut Value = (*fp).base;
        let mut code: &Template = &*(*fp).template;
        let mut func: &FunctionData = &*(*fp).func;
        let mut cx: &Context = &func.realm;
        rt.current.set(cx);
        // To begin by throwing is to run one word that does; the frame's own pc says where the throw is.
        static RETHROW: Instr = Instr::abc(Op::Debugger, VARIANT, 0, 0, 0);
        if throw {
            pc = &RETHROW;
        }

        macro_rules! reg {
            ($i:expr) => {
                &*base.add($i)
            };
        }
        macro_rules! set {
            ($i:expr, $v:expr) => {{
                let v: Value = $v;
                let p = base.add($i);
                drop(std::ptr::replace(p, v));
            }};
        }
        macro_rules! take {
            ($i:expr) => {
                std::ptr::replace(base.add($i), Value::UNDEFINED)
            };
        }
        // Makes the machine's current frame this loop's; pc is the caller's affair.
        macro_rules! load_registers {
            () => {{
                fp = vm.frame.get();
                base = (*fp).base;
                code = &*(*fp).template;
                func = &*(*fp).func;
                cx = &func.realm;
                rt.current.set(cx);
            }};
        }
        macro_rules! load_frame {
            () => {{
                load_registers!();
                pc = (*fp).pc;
            }};
        }

        loop {
            let thrown: Thrown = 'exec: loop {
                let i: Instr = *pc;
                pc = pc.add(1);

                // The frame remembers where it is before anything that may look at backtraces.
                macro_rules! save {
                    () => {
                        (*fp).pc = pc
                    };
                }
                macro_rules! t {
                    ($e:expr) => {
                        match $e {
                            Ok(v) => v,
                            Err(_) => break 'exec Thrown,
                        }
                    };
                }
                macro_rules! kill {
                    ($flag:expr, $r:expr) => {
                        if i.f() & $flag != 0 {
                            let p = base.add($r);
                            if (*p).is_cell() {
                                drop(std::ptr::replace(p, Value::UNDEFINED));
                            }
                        }
                    };
                }
                macro_rules! jump {
                    ($off:expr) => {{
                        let off: i32 = $off;
                        pc = pc.offset(off as isize);
                        if off < 0 {
                            let n = rt.interrupt_counter.get() - 1;
                            rt.interrupt_counter.set(n);
                            if n <= 0 {
                                save!();
                                t!(cx.poll_slow());
                            }
                        }
                    }};
                }
                // After a test: take the jump in the next word, or pass it over.
                macro_rules! test {
                    ($cond:expr) => {{
                        let c: bool = $cond;
                        if c == (i.f() & SENSE != 0) {
                            let off = (*pc).sbc();
                            pc = pc.add(1);
                            jump!(off);
                        } else {
                            pc = pc.add(1);
                        }
                    }};
                }
                macro_rules! arith {
                    ($op:expr, $int:expr, $dbl:expr) => {{
                        let (x, y) = (reg!(i.b()), reg!(i.c()));
                        if x.is_int() && y.is_int() {
                            let f: fn(i32, i32) -> Value = $int;
                            set!(i.a(), f(x.int_unchecked(), y.int_unchecked()));
                        } else if let (Some(p), Some(q)) = (x.as_number(), y.as_number()) {
                            let f: fn(f64, f64) -> Value = $dbl;
                            set!(i.a(), f(p, q));
                        } else {
                            save!();
                            let v = t!(cx.arith($op, x, y));
                            kill!(KILL_B, i.b());
                            kill!(KILL_C, i.c());
                            set!(i.a(), v);
                        }
                    }};
                }
                macro_rules! bits {
                    ($op:expr, $int:expr) => {{
                        let (x, y) = (reg!(i.b()), reg!(i.c()));
                        let f: fn(i32, i32) -> Value = $int;
                        if x.is_int() && y.is_int() {
                            set!(i.a(), f(x.int_unchecked(), y.int_unchecked()));
                        } else if let (Some(p), Some(q)) = (x.as_number(), y.as_number()) {
                            let (p, q) = (qjs_numeric::math::to_int32(p), qjs_numeric::math::to_int32(q));
                            set!(i.a(), f(p, q));
                        } else {
                            save!();
                            let v = t!(cx.arith($op, x, y));
                            kill!(KILL_B, i.b());
                            kill!(KILL_C, i.c());
                            set!(i.a(), v);
                        }
                    }};
                }
                macro_rules! bits_imm {
                    ($op:expr, $int:expr) => {{
                        let x = reg!(i.b());
                        let f: fn(i32, i32) -> Value = $int;
                        if x.is_int() {
                            set!(i.a(), f(x.int_unchecked(), i.sc()));
                        } else if let Some(p) = x.as_number() {
                            set!(i.a(), f(qjs_numeric::math::to_int32(p), i.sc()));
                        } else {
                            save!();
                            let v = t!(cx.arith($op, x, &Value::int(i.sc())));
                            kill!(KILL_B, i.b());
                            set!(i.a(), v);
                        }
                    }};
                }
                macro_rules! compare {
                    ($x:expr, $y:expr, $op:tt, $ord:pat) => {{
                        let (x, y): (&Value, &Value) = ($x, $y);
                        if x.is_int() && y.is_int() {
                            x.int_unchecked() $op y.int_unchecked()
                        } else if let (Some(p), Some(q)) = (x.as_number(), y.as_number()) {
                            p $op q
                        } else {
                            save!();
                            matches!(t!(cx.compare(x, y)), $ord)
                        }
                    }};
                }
                macro_rules! compare_set {
                    ($op:tt, $ord:pat) => {{
                        let r = compare!(reg!(i.b()), reg!(i.c()), $op, $ord);
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r));
                    }};
                }
                macro_rules! compare_test {
                    ($op:tt, $ord:pat) => {{
                        let r = compare!(reg!(i.a()), reg!(i.b()), $op, $ord);
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }};
                }
                macro_rules! compare_test_imm {
                    ($op:tt, $ord:pat) => {{
                        let x = reg!(i.a());
                        let r = if x.is_int() {
                            x.int_unchecked() $op i.sb()
                        } else if let Some(p) = x.as_number() {
                            p $op i.sb() as f64
                        } else {
                            save!();
                            matches!(t!(cx.compare(x, &Value::int(i.sb()))), $ord)
                        };
                        kill!(KILL_A, i.a());
                        test!(r);
                    }};
                }
                macro_rules! loose {
                    ($x:expr, $y:expr) => {{
                        let (x, y): (&Value, &Value) = ($x, $y);
                        if x.is_int() && y.is_int() {
                            x.same_bits(y)
                        } else {
                            save!();
                            t!(cx.loose_equals(x, y))
                        }
                    }};
                }
                macro_rules! boolean {
                    ($v:expr) => {{
                        let v: &Value = $v;
                        if v.is_bool() { v.is_true() } else { ops::to_boolean(v) }
                    }};
                }
                macro_rules! ic {
                    ($n:expr) => {
                        &*(code.ics.as_ptr().add($n) as *const InlineCache)
                    };
                }
                macro_rules! konst {
                    ($n:expr) => {
                        &*(code.consts.as_ptr().add($n) as *const Value)
                    };
                }
                macro_rules! capture {
                    ($n:expr) => {
                        &**func.captures.get_unchecked($n)
                    };
                }
                macro_rules! boxed {
                    ($r:expr) => {
                        &*((*base.add($r)).bits() as *const BoxCell)
                    };
                }

                match i.op() {
                    // ---- moves and constants
                    Op::Move => {
                        let v = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        set!(i.a(), v);
                    }
                    Op::LoadInt => set!(i.a(), Value::int(i.sbc())),
                    Op::LoadConst => set!(i.a(), (konst!(i.bc())).clone()),
                    Op::LoadUndefined => set!(i.a(), Value::UNDEFINED),
                    Op::LoadNull => set!(i.a(), Value::NULL),
                    Op::LoadTrue => set!(i.a(), Value::TRUE),
                    Op::LoadFalse => set!(i.a(), Value::FALSE),
                    Op::LoadUninit => set!(i.a(), Value::UNINIT),
                    Op::Kill => set!(i.a(), Value::UNDEFINED),
                    Op::CheckInit => {
                        if reg!(i.a()).is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_local(cx, code, i.a());
                        }
                    }
                    Op::MoveChecked => {
                        let v = reg!(i.b());
                        if v.is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_local(cx, code, i.b());
                        }
                        set!(i.a(), v.clone());
                    }
                    Op::CheckThis => {
                        if reg!(i.a()).is_uninit() {
                            save!();
                            break 'exec cx.throw_reference("this is not initialized");
                        }
                    }
                    Op::CheckThisUninit => {
                        if !reg!(i.a()).is_uninit() {
                            save!();
                            break 'exec cx.throw_reference("super() called twice");
                        }
                    }

                    // ---- captured variables
                    Op::NewBox => {
                        save!();
                        set!(i.a(), t!(rt.new_box(Value::UNDEFINED)).into())
                    }
                    Op::NewBoxUninit => {
                        save!();
                        set!(i.a(), t!(rt.new_box(Value::UNINIT)).into())
                    }
                    Op::WrapBox => {
                        save!();
                        let v = reg!(i.a()).clone();
                        set!(i.a(), t!(rt.new_box(v)).into())
                    }
                    Op::BoxFrom => {
                        save!();
                        let v = reg!(i.b()).clone();
                        let b = t!(rt.new_box(v));
                        kill!(KILL_B, i.b());
                        set!(i.a(), b.into())
                    }
                    Op::CopyBox => {
                        save!();
                        let v = (boxed!(i.a())).get().clone();
                        set!(i.a(), t!(rt.new_box(v)).into())
                    }
                    Op::GetBox => set!(i.a(), (boxed!(i.b())).get().clone()),
                    Op::GetBoxChecked => {
                        let v = (boxed!(i.b())).get();
                        if v.is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_local(cx, code, i.b());
                        }
                        set!(i.a(), v.clone());
                    }
                    Op::SetBox => {
                        let v = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        (boxed!(i.a())).set(v);
                    }
                    Op::SetBoxChecked => {
                        if (boxed!(i.a())).get().is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_local(cx, code, i.a());
                        }
                        let v = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        (boxed!(i.a())).set(v);
                    }
                    Op::GetCapture => set!(i.a(), (capture!(i.bc())).get().clone()),
                    Op::GetCaptureChecked => {
                        let v = (capture!(i.bc())).get();
                        if v.is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_capture(cx, code, i.bc());
                        }
                        set!(i.a(), v.clone());
                    }
                    Op::SetCapture => {
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        (capture!(i.bc())).set(v);
                    }
                    Op::SetCaptureChecked => {
                        if (capture!(i.bc())).get().is_uninit() {
                            save!();
                            break 'exec access::throw_uninit_capture(cx, code, i.bc());
                        }
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        (capture!(i.bc())).set(v);
                    }

                    // ---- globals
                    Op::GetGlobal => {
                        let c = ic!(i.bc());
                        if let Some(v) = access::global_hit(rt, c) {
                            set!(i.a(), v.clone());
                        } else {
                            save!();
                            let v = t!(access::get_global(cx, c, true));
                            set!(i.a(), v);
                        }
                    }
                    Op::GetGlobalOrUndefined => {
                        save!();
                        let v = t!(access::get_global(cx, ic!(i.bc()), false));
                        set!(i.a(), v);
                    }
                    Op::SetGlobal => {
                        save!();
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        t!(access::set_global(cx, ic!(i.bc()), v, i.f() & STRICT != 0));
                    }
                    Op::InitGlobal => {
                        save!();
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        t!(access::init_global(cx, ic!(i.bc()), v));
                    }
                    Op::DeclareGlobals => {
                        save!();
                        t!(script::declare_globals(cx, code));
                    }
                    Op::DefineGlobalFunction => {
                        save!();
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        t!(script::define_global_function(cx, konst!(i.bc()), v, i.f() & VARIANT != 0));
                    }
                    Op::DeleteGlobal => {
                        save!();
                        let r = t!(script::delete_global(cx, konst!(i.bc())));
                        set!(i.a(), Value::bool(r));
                    }
                    Op::HasGlobal => {
                        save!();
                        let r = t!(script::has_global(cx, konst!(i.bc()), i.f() & VARIANT != 0));
                        set!(i.a(), Value::bool(r));
                    }

                    // ---- dynamic scopes
                    Op::HasBinding => {
                        save!();
                        let r = t!(access::has_binding(cx, reg!(i.b()), konst!(i.c()), i.f() & VARIANT != 0));
                        kill!(KILL_B, i.b());
                        set!(i.a(), Value::bool(r));
                    }
                    Op::GetBinding => {
                        save!();
                        let v = t!(access::get_binding(cx, reg!(i.b()), konst!(i.c()), i.f() & STRICT != 0));
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::SetBinding => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(access::set_binding(cx, reg!(i.a()), konst!(i.b()), v, i.f() & STRICT != 0));
                        kill!(KILL_C, i.c());
                        kill!(KILL_A, i.a());
                    }
                    Op::NewNullObject => {
                        save!();
                        set!(i.a(), t!(cx.new_object_with_proto(None)).into())
                    }

                    // ---- properties
                    Op::GetField => {
                        let c = ic!(i.c());
                        let o = reg!(i.b());
                        let v = match access::field_hit(rt, o, c) {
                            Some(v) => v.clone(),
                            None => {
                                save!();
                                t!(access::get_field(cx, o, c))
                            }
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::GetLength => {
                        let o = reg!(i.b());
                        let v = if let Some(x) = o.as_object()
                            && x.class() == id::ARRAY
                        {
                            Value::from_u32(x.array_length())
                        } else if let Some(s) = o.as_string() {
                            Value::int(s.len() as i32)
                        } else {
                            let c = ic!(i.c());
                            match access::field_hit(rt, o, c) {
                                Some(v) => v.clone(),
                                None => {
                                    save!();
                                    t!(access::get_field(cx, o, c))
                                }
                            }
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::GetMethod => {
                        let c = ic!(i.c());
                        let o = reg!(i.b());
                        let v = match access::field_hit(rt, o, c) {
                            Some(v) => v.clone(),
                            None => {
                                save!();
                                t!(access::get_field(cx, o, c))
                            }
                        };
                        let this = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        set!(i.a(), v);
                        set!(i.a() + 1, this);
                    }
                    Op::SetField => {
                        let c = ic!(i.b());
                        let o = reg!(i.a());
                        let v = if i.f() & KILL_C != 0 { take!(i.c()) } else { reg!(i.c()).clone() };
                        if let Some(v) = access::set_hit(rt, o, c, v) {
                            save!();
                            t!(access::set_field(cx, o, c, v, i.f() & STRICT != 0));
                        }
                        kill!(KILL_A, i.a());
                    }
                    Op::DefineField => {
                        let c = ic!(i.b());
                        let o = reg!(i.a());
                        let v = if i.f() & KILL_C != 0 { take!(i.c()) } else { reg!(i.c()).clone() };
                        if let Some(v) = access::define_hit(o, c, v) {
                            save!();
                            t!(access::define_field(cx, o, c, v, i.f() & VARIANT != 0));
                        }
                        kill!(KILL_A, i.a());
                    }
                    Op::GetElem => {
                        let (o, k) = (reg!(i.b()), reg!(i.c()));
                        let v = match access::elem_hit(o, k) {
                            Some(v) => v,
                            None => {
                                save!();
                                t!(access::get_elem(cx, o, k))
                            }
                        };
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                    }
                    Op::GetElemInt => {
                        let o = reg!(i.b());
                        let k = Value::int(i.c() as i32);
                        let v = match access::elem_hit(o, &k) {
                            Some(v) => v,
                            None => {
                                save!();
                                t!(access::get_elem(cx, o, &k))
                            }
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::GetElemMethod => {
                        let (o, k) = (reg!(i.b()), reg!(i.c()));
                        save!();
                        let v = match access::elem_hit(o, k) {
                            Some(v) => v,
                            None => t!(access::get_elem(cx, o, k)),
                        };
                        let this = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                        set!(i.a() + 1, this);
                    }
                    Op::SetElem => {
                        let (o, k) = (reg!(i.a()), reg!(i.b()));
                        let v = if i.f() & KILL_C != 0 { take!(i.c()) } else { reg!(i.c()).clone() };
                        if let Some(v) = access::set_elem_hit(rt, o, k, v) {
                            save!();
                            t!(access::set_elem(cx, o, k, v, i.f() & STRICT != 0));
                        }
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::ElemKey => {
                        save!();
                        let v = t!(access::elem_key(cx, reg!(i.b()), reg!(i.c())));
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                    }
                    Op::LoadHome => {
                        let v = match &*func.home.borrow() {
                            Some(h) => h.to_value(),
                            None => Value::UNDEFINED,
                        };
                        set!(i.a(), v);
                    }
                    Op::SuperBase => {
                        save!();
                        let v = match reg!(i.b()).as_object() {
                            Some(h) => Value::from(t!(h.get_prototype_of(cx))),
                            None => Value::NULL,
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::GetSuperProp => {
                        save!();
                        let v = t!(access::get_super(cx, reg!(i.b()), reg!(i.c()), reg!(i.b() + 1)));
                        kill!(KILL_C, i.c());
                        drop(take!(i.b()));
                        drop(take!(i.b() + 1));
                        set!(i.a(), v);
                    }
                    Op::SetSuperProp => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(access::set_super(
                            cx,
                            reg!(i.a()),
                            reg!(i.b()),
                            v,
                            reg!(i.a() + 1),
                            i.f() & STRICT != 0
                        ));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        drop(take!(i.a()));
                        drop(take!(i.a() + 1));
                    }
                    Op::DefineElem => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(make::define_elem(cx, reg!(i.a()), reg!(i.b()), v, i.f() & VARIANT != 0));
                        kill!(KILL_C, i.c());
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::DefineGetter | Op::DefineSetter => {
                        save!();
                        let v = reg!(i.c()).clone();
                        let getter = i.op() == Op::DefineGetter;
                        t!(make::define_accessor(
                            cx,
                            reg!(i.a()),
                            reg!(i.b()),
                            v,
                            getter,
                            i.f() & VARIANT != 0
                        ));
                        kill!(KILL_C, i.c());
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::SetProtoLiteral => {
                        save!();
                        let p = reg!(i.b());
                        if let Some(o) = reg!(i.a()).as_object()
                            && (p.is_object() || p.is_null())
                        {
                            // (The object of a literal is ordinary, and no prototype of its own; that of loaded code
                            // may be anything.)
                            t!(o.set_prototype_of(cx, p.as_object()));
                        }
                        kill!(KILL_B, i.b());
                    }
                    Op::DeleteElem => {
                        save!();
                        let r = t!(access::delete_elem(cx, reg!(i.b()), reg!(i.c()), i.f() & STRICT != 0));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r));
                    }
                    Op::ThrowDeleteSuper => {
                        save!();
                        break 'exec cx.throw_reference("unsupported reference to 'super'");
                    }
                    Op::In => {
                        save!();
                        let r = t!(cx.has_in(reg!(i.b()), reg!(i.c())));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r));
                    }
                    Op::TestIn => {
                        save!();
                        let r = t!(cx.has_in(reg!(i.a()), reg!(i.b())));
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::InstanceOf => {
                        save!();
                        let r = t!(access::instance_of(cx, reg!(i.b()), reg!(i.c())));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r));
                    }
                    Op::TestInstanceOf => {
                        save!();
                        let r = t!(access::instance_of(cx, reg!(i.a()), reg!(i.b())));
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::NewPrivateName => {
                        save!();
                        let d = konst!(i.bc()).as_gc::<Str>().cloned();
                        set!(i.a(), t!(rt.new_symbol(d, crate::text::SymbolSort::Private)).into());
                    }
                    Op::GetPrivate => {
                        save!();
                        let v = t!(make::get_private(cx, reg!(i.b()), reg!(i.c())));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                    }
                    Op::SetPrivate => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(make::set_private(cx, reg!(i.a()), reg!(i.b()), v));
                        kill!(KILL_C, i.c());
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::DefinePrivate => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(make::define_private(cx, reg!(i.a()), reg!(i.b()), v, i.f() & VARIANT != 0));
                        kill!(KILL_C, i.c());
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::DefinePrivateAccessor => {
                        save!();
                        let v = reg!(i.c()).clone();
                        t!(make::define_private_accessor(
                            cx,
                            reg!(i.a()),
                            reg!(i.b()),
                            v,
                            i.f() & VARIANT == 0
                        ));
                        kill!(KILL_C, i.c());
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::InPrivate => {
                        save!();
                        let r = t!(make::in_private(cx, reg!(i.b()), reg!(i.c())));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r));
                    }

                    // ---- operators
                    Op::Add => {
                        let (x, y) = (reg!(i.b()), reg!(i.c()));
                        if x.is_int() && y.is_int() {
                            let v = match x.int_unchecked().checked_add(y.int_unchecked()) {
                                Some(n) => Value::int(n),
                                None => Value::double_unchecked(
                                    x.int_unchecked() as f64 + y.int_unchecked() as f64,
                                ),
                            };
                            set!(i.a(), v);
                        } else if let (Some(p), Some(q)) = (x.as_number(), y.as_number()) {
                            set!(i.a(), Value::number(p + q));
                        } else {
                            save!();
                            if (i.f() & KILL_B != 0 || i.a() == i.b()) && x.is_string() && i.b() != i.c() {
                                // The left string is given up: it may grow in place.
                                let Ok(left) = take!(i.b()).into_gc::<Str>() else { continue 'exec };
                                let right = match reg!(i.c()).as_gc::<Str>() {
                                    Some(s) => Ok(s.clone()),
                                    None => access::concat_operand(cx, reg!(i.c())),
                                };
                                let r = match right {
                                    Ok(right) => rt.append(left, &right),
                                    Err(_) => Err(left),
                                };
                                match r {
                                    Ok(s) => {
                                        kill!(KILL_C, i.c());
                                        set!(i.a(), s.into());
                                    }
                                    Err(left) => {
                                        set!(i.b(), left.into());
                                        break 'exec Thrown;
                                    }
                                }
                            } else {
                                let v = t!(cx.add(x, y));
                                kill!(KILL_B, i.b());
                                kill!(KILL_C, i.c());
                                set!(i.a(), v);
                            }
                        }
                    }
                    Op::Sub => arith!(
                        Arith::Sub,
                        |x, y| match x.checked_sub(y) {
                            Some(n) => Value::int(n),
                            None => Value::double_unchecked(x as f64 - y as f64),
                        },
                        |x, y| Value::number(x - y)
                    ),
                    Op::Mul => arith!(
                        Arith::Mul,
                        |x, y| match x.checked_mul(y) {
                            Some(n) if n != 0 => Value::int(n),
                            _ => Value::number(x as f64 * y as f64),
                        },
                        |x, y| Value::number(x * y)
                    ),
                    Op::Div => {
                        arith!(Arith::Div, |x, y| Value::number(x as f64 / y as f64), |x, y| {
                            Value::number(x / y)
                        })
                    }
                    Op::Mod => arith!(
                        Arith::Mod,
                        |x, y| {
                            if x >= 0 && y > 0 {
                                Value::int(x % y)
                            } else {
                                Value::number(x as f64 % y as f64)
                            }
                        },
                        |x, y| Value::number(x % y)
                    ),
                    Op::Exp => arith!(
                        Arith::Exp,
                        |x, y| Value::number(qjs_numeric::math::pow(x as f64, y as f64)),
                        |x, y| Value::number(qjs_numeric::math::pow(x, y))
                    ),
                    Op::BitAnd => bits!(Arith::BitAnd, |x, y| Value::int(x & y)),
                    Op::BitOr => bits!(Arith::BitOr, |x, y| Value::int(x | y)),
                    Op::BitXor => bits!(Arith::BitXor, |x, y| Value::int(x ^ y)),
                    Op::Shl => bits!(Arith::Shl, |x, y| Value::int(x.wrapping_shl(y as u32 & 31))),
                    Op::Shr => bits!(Arith::Shr, |x, y| Value::int(x >> (y as u32 & 31))),
                    Op::UShr => bits!(Arith::UShr, |x, y| Value::from_u32(x as u32 >> (y as u32 & 31))),
                    Op::AddInt => {
                        let x = reg!(i.b());
                        if x.is_int() {
                            let v = match x.int_unchecked().checked_add(i.sc()) {
                                Some(n) => Value::int(n),
                                None => Value::double_unchecked(x.int_unchecked() as f64 + i.sc() as f64),
                            };
                            set!(i.a(), v);
                        } else if let Some(p) = x.as_number() {
                            set!(i.a(), Value::number(p + i.sc() as f64));
                        } else {
                            save!();
                            let v = t!(cx.add(x, &Value::int(i.sc())));
                            kill!(KILL_B, i.b());
                            set!(i.a(), v);
                        }
                    }
                    Op::SubInt => {
                        let x = reg!(i.b());
                        if x.is_int()
                            && let Some(n) = x.int_unchecked().checked_sub(i.sc())
                        {
                            set!(i.a(), Value::int(n));
                        } else if let Some(p) = x.as_number() {
                            set!(i.a(), Value::number(p - i.sc() as f64));
                        } else {
                            save!();
                            let v = t!(cx.arith(Arith::Sub, x, &Value::int(i.sc())));
                            kill!(KILL_B, i.b());
                            set!(i.a(), v);
                        }
                    }
                    Op::MulInt => {
                        let x = reg!(i.b());
                        if let Some(p) = x.as_number() {
                            set!(i.a(), Value::number(p * i.sc() as f64));
                        } else {
                            save!();
                            let v = t!(cx.arith(Arith::Mul, x, &Value::int(i.sc())));
                            kill!(KILL_B, i.b());
                            set!(i.a(), v);
                        }
                    }
                    Op::BitAndInt => bits_imm!(Arith::BitAnd, |x, y| Value::int(x & y)),
                    Op::BitOrInt => bits_imm!(Arith::BitOr, |x, y| Value::int(x | y)),
                    Op::ShlInt => bits_imm!(Arith::Shl, |x, y| Value::int(x.wrapping_shl(y as u32 & 31))),
                    Op::ShrInt => bits_imm!(Arith::Shr, |x, y| Value::int(x >> (y as u32 & 31))),
                    Op::UShrInt => {
                        bits_imm!(Arith::UShr, |x, y| Value::from_u32(x as u32 >> (y as u32 & 31)))
                    }
                    Op::Neg => {
                        let x = reg!(i.b());
                        let v = match x.as_number() {
                            Some(n) => Value::number(-n),
                            None => {
                                save!();
                                t!(cx.negate(x))
                            }
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::ToNumber => {
                        let x = reg!(i.b());
                        let v = if x.is_number() {
                            x.clone()
                        } else {
                            save!();
                            Value::number(t!(cx.to_number(x)))
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::ToNumeric => {
                        let x = reg!(i.b());
                        let v = if x.is_number() {
                            x.clone()
                        } else {
                            save!();
                            t!(cx.to_numeric(x))
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::BitNot => {
                        let x = reg!(i.b());
                        let v = match x.as_int() {
                            Some(n) => Value::int(!n),
                            None => {
                                save!();
                                t!(cx.bit_not(x))
                            }
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::Not => {
                        let r = !boolean!(reg!(i.b()));
                        kill!(KILL_B, i.b());
                        set!(i.a(), Value::bool(r));
                    }
                    Op::Inc | Op::Dec => {
                        let delta = if i.op() == Op::Inc { 1 } else { -1 };
                        let x = reg!(i.b());
                        if x.is_int()
                            && let Some(n) = x.int_unchecked().checked_add(delta)
                        {
                            set!(i.a(), Value::int(n));
                        } else {
                            save!();
                            let v = t!(cx.increment(x, delta));
                            kill!(KILL_B, i.b());
                            set!(i.a(), v);
                        }
                    }
                    Op::TypeOf => {
                        let n = ops::type_of(reg!(i.b()));
                        kill!(KILL_B, i.b());
                        set!(i.a(), cx.name(n).raw().clone());
                    }
                    Op::Lt => compare_set!(<, Some(Ordering::Less)),
                    Op::Le => compare_set!(<=, Some(Ordering::Less | Ordering::Equal)),
                    Op::Gt => compare_set!(>, Some(Ordering::Greater)),
                    Op::Ge => compare_set!(>=, Some(Ordering::Greater | Ordering::Equal)),
                    Op::Eq | Op::Ne => {
                        let r = loose!(reg!(i.b()), reg!(i.c()));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r == (i.op() == Op::Eq)));
                    }
                    Op::StrictEq | Op::StrictNe => {
                        let r = ops::strict_equals(reg!(i.b()), reg!(i.c()));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), Value::bool(r == (i.op() == Op::StrictEq)));
                    }
                    Op::ToString => {
                        save!();
                        let s = t!(cx.to_string(reg!(i.b())));
                        kill!(KILL_B, i.b());
                        set!(i.a(), s.into());
                    }
                    Op::Concat => {
                        save!();
                        let s = t!(access::concat(cx, std::slice::from_raw_parts(base.add(i.b()), i.c())));
                        for r in i.b()..i.b() + i.c() {
                            drop(take!(r));
                        }
                        set!(i.a(), s);
                    }
                    Op::ToPropertyKey => {
                        let x = reg!(i.b());
                        let v = if x.is_int() || x.is_string() || x.is_symbol() {
                            x.clone()
                        } else {
                            save!();
                            let k = t!(cx.to_property_key(x));
                            t!(k.to_value(rt))
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::ToObject => {
                        save!();
                        let o = t!(cx.to_object(reg!(i.b())));
                        kill!(KILL_B, i.b());
                        set!(i.a(), o.into());
                    }
                    Op::RequireObject => {
                        if reg!(i.a()).is_nullish() {
                            save!();
                            break 'exec access::throw_destructure(cx, reg!(i.a()), code, i.c());
                        }
                    }

                    // ---- jumps and tests
                    Op::Jump => jump!(i.sbc()),
                    Op::JumpTrue => {
                        let r = boolean!(reg!(i.a()));
                        kill!(KILL_A, i.a());
                        if r {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpFalse => {
                        let r = boolean!(reg!(i.a()));
                        kill!(KILL_A, i.a());
                        if !r {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpNullish => {
                        if reg!(i.a()).is_nullish() {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpNotNullish => {
                        if !reg!(i.a()).is_nullish() {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpUndefined => {
                        if reg!(i.a()).is_undefined() {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpNotUndefined => {
                        if !reg!(i.a()).is_undefined() {
                            jump!(i.sbc());
                        }
                    }
                    Op::TestLt => compare_test!(<, Some(Ordering::Less)),
                    Op::TestLe => compare_test!(<=, Some(Ordering::Less | Ordering::Equal)),
                    Op::TestGt => compare_test!(>, Some(Ordering::Greater)),
                    Op::TestGe => compare_test!(>=, Some(Ordering::Greater | Ordering::Equal)),
                    Op::TestEq => {
                        let r = loose!(reg!(i.a()), reg!(i.b()));
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::TestStrictEq => {
                        let (x, y) = (reg!(i.a()), reg!(i.b()));
                        let r =
                            if x.is_int() && y.is_int() { x.same_bits(y) } else { ops::strict_equals(x, y) };
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::TestStrictEqConst => {
                        let r = ops::strict_equals(reg!(i.a()), konst!(i.b()));
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestLtInt => compare_test_imm!(<, Some(Ordering::Less)),
                    Op::TestLeInt => compare_test_imm!(<=, Some(Ordering::Less | Ordering::Equal)),
                    Op::TestGtInt => compare_test_imm!(>, Some(Ordering::Greater)),
                    Op::TestGeInt => compare_test_imm!(>=, Some(Ordering::Greater | Ordering::Equal)),
                    Op::TestEqInt => {
                        let x = reg!(i.a());
                        let r = if x.is_int() {
                            x.int_unchecked() == i.sb()
                        } else {
                            save!();
                            t!(cx.loose_equals(x, &Value::int(i.sb())))
                        };
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestStrictEqInt => {
                        let x = reg!(i.a());
                        let r = if x.is_int() {
                            x.int_unchecked() == i.sb()
                        } else {
                            x.as_number().is_some_and(|n| n == i.sb() as f64)
                        };
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestTypeOf => {
                        let r = cx.name(ops::type_of(reg!(i.a()))).raw().same_bits(konst!(i.b()));
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestNullish => {
                        let x = reg!(i.a());
                        let r = x.is_nullish()
                            || x.as_object().is_some_and(|o| o.has_flag(crate::heap::flag::HTMLDDA));
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestUndefined => {
                        let r = reg!(i.a()).is_undefined();
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::TestNull => {
                        let r = reg!(i.a()).is_null();
                        kill!(KILL_A, i.a());
                        test!(r);
                    }
                    Op::SwitchInt => {
                        let x = reg!(i.a());
                        let low = konst!(i.b()).as_number().unwrap_or(0.0);
                        if let Some(n) = x.as_number()
                            && n - low >= 0.0
                            && n - low < i.c() as f64
                            && n.trunc() == n
                        {
                            pc = pc.add((n - low) as usize + 1);
                        }
                        kill!(KILL_A, i.a());
                    }

                    // ---- calls
                    Op::Call => {
                        if i.f() & VARIANT2 != 0 {
                            base.add(i.b() + 1).write(Value::UNDEFINED);
                        }
                        let mut argc = i.c();
                        loop {
                            let callee = reg!(i.b());
                            if let Some(o) = callee.as_object() {
                                if o.class() == id::FUNCTION {
                                    let d: &FunctionData = o.payload();
                                    let t: &Template = &d.template;
                                    if t.kind == FunctionKind::Normal
                                        && t.flags & flags::CLASS_CONSTRUCTOR == 0
                                    {
                                        save!();
                                        t!(push_frame(rt, cx, base.add(i.b()), argc, o, d, t));
                                        let n = vm.frame.get();
                                        (*n).dst = i.a() as u16;
                                        if i.f() & VARIANT != 0 {
                                            (*n).flags |= DROP_RESULT;
                                        }
                                        load_frame!();
                                        let left = rt.interrupt_counter.get() - 1;
                                        rt.interrupt_counter.set(left);
                                        if left <= 0 {
                                            t!(cx.poll_slow());
                                        }
                                        continue 'exec;
                                    }
                                } else if o.class() == id::NATIVE_FUNCTION
                                    && let Some(n) = unwrap_call(rt, o.payload(), base.add(i.b()), argc)
                                {
                                    argc = n;
                                    continue;
                                }
                            }
                            break;
                        }
                        save!();
                        let v = t!(call_other(rt, cx, code, pc, base, i.b(), argc, false));
                        rt.current.set(cx);
                        if i.f() & VARIANT == 0 {
                            set!(i.a(), v);
                        }
                    }
                    Op::Construct => {
                        save!();
                        let callee = reg!(i.b());
                        if let Some(o) = callee.as_object()
                            && o.class() == id::FUNCTION
                            && let d = o.payload::<FunctionData>()
                            && d.template.flags & flags::CONSTRUCTOR != 0
                            && d.template.kind == FunctionKind::Normal
                        {
                            let t: &Template = &d.template;
                            let nt = take!(i.b() + 1);
                            let this = if t.flags & flags::DERIVED != 0 {
                                Value::UNINIT
                            } else {
                                match make::this_for_constructor(&d.realm, o, d, &nt) {
                                    Ok(v) => v,
                                    Err(_) => {
                                        drop_window(base, i.b(), i.c());
                                        break 'exec Thrown;
                                    }
                                }
                            };
                            set!(i.b() + 1, this);
                            if t!(push_frame(rt, cx, base.add(i.b()), i.c(), o, d, t)) {
                                let n = vm.frame.get();
                                (*n).dst = i.a() as u16;
                                (*n).flags |= CONSTRUCT;
                                if i.f() & VARIANT != 0 {
                                    (*n).flags |= DROP_RESULT;
                                }
                                (*n).new_target = nt;
                                load_frame!();
                                t!(cx.poll());
                            }
                            continue 'exec;
                        }
                        let v = t!(call_other(rt, cx, code, pc, base, i.b(), i.c(), true));
                        rt.current.set(cx);
                        if i.f() & VARIANT == 0 {
                            set!(i.a(), v);
                        }
                    }
                    Op::CallSpread | Op::ConstructSpread => {
                        save!();
                        let construct = i.op() == Op::ConstructSpread;
                        if i.f() & VARIANT2 != 0 {
                            base.add(i.b() + 1).write(Value::UNDEFINED);
                        }
                        let r =
                            make::call_spread(cx, reg!(i.b()), reg!(i.b() + 1), reg!(i.b() + 2), construct);
                        drop_window(base, i.b(), 1);
                        let v = t!(r);
                        rt.current.set(cx);
                        if i.f() & VARIANT == 0 {
                            set!(i.a(), v);
                        }
                    }
                    Op::CallEval | Op::CallEvalSpread => {
                        let scope = (*pc).bc();
                        pc = pc.add(1);
                        save!();
                        if i.f() & VARIANT2 != 0 {
                            base.add(i.b() + 1).write(Value::UNDEFINED);
                        }
                        let callee = reg!(i.b());
                        let is_eval = callee.as_object().is_some_and(|o| script::is_eval(cx, o));
                        let spread = i.op() == Op::CallEvalSpread;
                        let argc = if spread { 1 } else { i.c() };
                        let r = if is_eval {
                            let x = if spread {
                                reg!(i.b() + 2).as_object().and_then(|a| a.element(0)).unwrap_or_default()
                            } else if i.c() > 0 {
                                reg!(i.b() + 2).clone()
                            } else {
                                Value::UNDEFINED
                            };
                            script::direct_eval(cx, fp, &x, scope, i.f() & STRICT != 0)
                        } else if spread {
                            make::call_spread(cx, reg!(i.b()), reg!(i.b() + 1), reg!(i.b() + 2), false)
                        } else {
                            let args = std::slice::from_raw_parts(base.add(i.b() + 2), i.c());
                            cx.call(reg!(i.b()), reg!(i.b() + 1), args)
                        };
                        drop_window(base, i.b(), argc);
                        let v = t!(r);
                        rt.current.set(cx);
                        if i.f() & VARIANT == 0 {
                            set!(i.a(), v);
                        }
                    }
                    Op::EvalScope => {}
                    Op::Return | Op::ReturnUndefined | Op::ReturnDerived | Op::ReturnChecked => {
                        let mut v = match i.op() {
                            Op::Return => take!(i.a()),
                            Op::ReturnUndefined => Value::UNDEFINED,
                            Op::ReturnChecked => {
                                let v = take!(i.a());
                                if v.is_hole() || v.is_uninit() { Value::UNDEFINED } else { v }
                            }
                            _ => {
                                let v = reg!(i.a());
                                if v.is_object() {
                                    take!(i.a())
                                } else {
                                    save!();
                                    if !v.is_undefined() {
                                        break 'exec caller_realm(fp, cx).throw_type(
                                            "derived class constructor must return an object or undefined",
                                        );
                                    }
                                    let this = if i.f() & VARIANT != 0 {
                                        (boxed!(i.b())).get().clone()
                                    } else {
                                        reg!(i.b()).clone()
                                    };
                                    if this.is_uninit() {
                                        break 'exec caller_realm(fp, cx)
                                            .throw_reference("this is not initialized");
                                    }
                                    this
                                }
                            }
                        };
                        let (fl, dst) = ((*fp).flags, (*fp).dst);
                        if fl & CONSTRUCT != 0 && !v.is_object() {
                            v = take!(1);
                        }
                        vm.leave(rt);
                        if fl & ENTRY != 0 {
                            restore_current(rt);
                            return Ok(v);
                        }
                        load_frame!();
                        if fl & DROP_RESULT == 0 {
                            set!(dst as usize, v);
                        }
                    }
                    Op::Throw => {
                        save!();
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        // (Loaded code may throw a mark: see bytecode/check.rs.)
                        let v = if v.is_hole() || v.is_uninit() { Value::UNDEFINED } else { v };
                        if cx.rt().traces_thrown.get() {
                            super::backtrace::note_thrown(cx, &v);
                        }
                        break 'exec cx.throw(v);
                    }
                    Op::ThrowError => {
                        save!();
                        let mut m = konst!(i.bc()).as_string().map(|s| s.to_lossy()).unwrap_or_default();
                        if i.f() & VARIANT != 0 {
                            m = format!("{m} is not defined");
                        }
                        break 'exec match i.a() as u16 {
                            error_kind::REFERENCE => cx.throw_reference(&m),
                            error_kind::SYNTAX => cx.throw_syntax(&m),
                            _ => cx.throw_type(&m),
                        };
                    }
                    Op::ThrowReadOnly => {
                        save!();
                        let m = konst!(i.bc()).as_string().map(|s| s.to_lossy()).unwrap_or_default();
                        break 'exec cx.throw_type(&format!("'{m}' is read-only"));
                    }
                    Op::Import => {
                        save!();
                        let phase = if i.f() & VARIANT != 0 {
                            Phase::Defer
                        } else if i.f() & VARIANT2 != 0 {
                            Phase::Source
                        } else {
                            Phase::Evaluation
                        };
                        let v = t!(import::dynamic_import(cx, code, reg!(i.b()), reg!(i.c()), phase));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                    }
                    Op::ImportMeta => {
                        save!();
                        let v = t!(import::import_meta(cx, code));
                        set!(i.a(), v);
                    }
                    Op::NewTarget => set!(i.a(), (*fp).new_target.clone()),
                    Op::SuperConstructor => {
                        save!();
                        let v = match reg!(i.b()).as_object() {
                            Some(f) => Value::from(t!(f.get_prototype_of(cx))),
                            None => Value::NULL,
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::CoerceThis => {
                        let v = reg!(1);
                        if !v.is_object() {
                            save!();
                            let v = if v.is_nullish() {
                                cx.global().to_value()
                            } else {
                                t!(cx.to_object(v)).into()
                            };
                            set!(1, v);
                        }
                    }
                    Op::NewArguments => {
                        save!();
                        let v = t!(make::arguments(cx, fp, i.f()));
                        set!(i.a(), v);
                    }
                    Op::NewRest => {
                        save!();
                        let v = t!(make::rest(cx, fp, i.bc()));
                        set!(i.a(), v);
                    }
                    Op::Debugger => {
                        if i.f() & VARIANT != 0 {
                            break 'exec Thrown;
                        }
                    }

                    // ---- making things
                    Op::Closure => {
                        save!();
                        let t = code.children.get_unchecked(i.bc());
                        let f = t!(make::closure(cx, fp, t));
                        set!(i.a(), f.into());
                    }
                    Op::NewClass => {
                        save!();
                        let t = code.children.get_unchecked(i.c());
                        let heritage = if i.f() & VARIANT != 0 { Some(reg!(i.b()).clone()) } else { None };
                        let (f, p) = t!(make::class(cx, fp, t, heritage));
                        kill!(KILL_B, i.b());
                        set!(i.a(), f.into());
                        set!(i.a() + 1, p.into());
                    }
                    Op::SetFieldInit => {
                        if let (Some(c), Ok(f)) =
                            (reg!(i.a()).as_object(), reg!(i.b()).clone().into_gc::<Object>())
                            && let Some(d) = c.data::<FunctionData>()
                        {
                            let _ = d.field_init.set(f);
                        }
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::RunFieldInit => {
                        if let Some(c) = reg!(i.b()).as_object()
                            && let Some(d) = c.data::<FunctionData>()
                            && let Some(f) = d.field_init.get()
                        {
                            save!();
                            t!(cx.call_object(f, reg!(i.a()), &[]));
                            rt.current.set(cx);
                        }
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::SetHome => {
                        if let Some(f) = reg!(i.a()).as_object()
                            && let Some(d) = f.data::<FunctionData>()
                        {
                            *d.home.borrow_mut() = reg!(i.b()).as_gc::<Object>().cloned();
                        }
                        kill!(KILL_B, i.b());
                        kill!(KILL_A, i.a());
                    }
                    Op::SetFunctionName => {
                        save!();
                        t!(make::set_function_name(
                            cx,
                            reg!(i.a()),
                            reg!(i.b()),
                            i.f() & VARIANT != 0,
                            i.f() & VARIANT2 != 0
                        ));
                        kill!(KILL_B, i.b());
                    }
                    Op::NewObject => {
                        save!();
                        let o = t!(cx.new_object_with_room(i.bc().min(64)));
                        set!(i.a(), o.into());
                    }
                    Op::NewArray => {
                        save!();
                        let o = t!(cx.new_array(i.bc()));
                        set!(i.a(), o.into());
                    }
                    Op::ArrayPush => {
                        save!();
                        let v = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        if let Some(a) = reg!(i.a()).as_object() {
                            t!(a.push_element(v));
                        }
                    }
                    Op::ArrayHole => {
                        save!();
                        if let Some(a) = reg!(i.a()).as_object() {
                            t!(a.push_element(Value::HOLE));
                        }
                    }
                    Op::ArraySpread => {
                        save!();
                        if let Some(a) = reg!(i.a()).as_gc::<Object>().cloned() {
                            t!(cx.for_each(reg!(i.b()), |v| a.push_element(v)));
                        }
                        rt.current.set(cx);
                        kill!(KILL_B, i.b());
                    }
                    Op::CopyProperties => {
                        save!();
                        let excluded = if i.f() & VARIANT != 0 { reg!(i.c()).as_object() } else { None };
                        t!(make::copy_data_properties(cx, reg!(i.a()), reg!(i.b()), excluded));
                        kill!(KILL_B, i.b());
                        kill!(KILL_C, i.c());
                    }
                    Op::TemplateObject => {
                        save!();
                        let v = t!(make::template_object(cx, code, i.bc()));
                        set!(i.a(), v);
                    }
                    Op::NewRegExp => {
                        save!();
                        let v = t!(make::regexp(cx, code, i.bc()));
                        set!(i.a(), v);
                    }

                    // ---- iteration
                    Op::ForInStart => {
                        save!();
                        let v = t!(iterate::for_in_start(cx, reg!(i.b())));
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::ForInNext => {
                        save!();
                        match t!(iterate::for_in_next(cx, reg!(i.b()))) {
                            Some(v) => {
                                set!(i.a(), v);
                                pc = pc.add(1);
                            }
                            None => {
                                let off = (*pc).sbc();
                                pc = pc.add(1).offset(off as isize);
                            }
                        }
                    }
                    Op::GetIterator => {
                        save!();
                        let (it, next) = t!(iterate::get_iterator(cx, reg!(i.b()), i.f() & VARIANT != 0));
                        kill!(KILL_B, i.b());
                        set!(i.a(), it);
                        set!(i.a() + 1, next);
                        set!(i.a() + 2, Value::int(0));
                    }
                    Op::IterNext => {
                        save!();
                        match iterate::next(cx, base.add(i.b())) {
                            Ok(Some(v)) => {
                                set!(i.a(), v);
                                pc = pc.add(1);
                            }
                            Ok(None) => {
                                set!(i.b(), Value::UNDEFINED);
                                set!(i.b() + 1, Value::UNDEFINED);
                                let off = (*pc).sbc();
                                pc = pc.add(1).offset(off as isize);
                            }
                            Err(_) => {
                                set!(i.b(), Value::UNDEFINED);
                                break 'exec Thrown;
                            }
                        }
                        rt.current.set(cx);
                    }
                    Op::IterStep => {
                        save!();
                        let v = if reg!(i.b()).is_undefined() {
                            Value::UNDEFINED
                        } else {
                            match iterate::next(cx, base.add(i.b())) {
                                Ok(Some(v)) => v,
                                Ok(None) => {
                                    set!(i.b(), Value::UNDEFINED);
                                    Value::UNDEFINED
                                }
                                Err(_) => {
                                    set!(i.b(), Value::UNDEFINED);
                                    break 'exec Thrown;
                                }
                            }
                        };
                        rt.current.set(cx);
                        set!(i.a(), v);
                    }
                    Op::IterRest => {
                        save!();
                        let a = t!(cx.new_array(0));
                        while !reg!(i.b()).is_undefined() {
                            match iterate::next(cx, base.add(i.b())) {
                                Ok(Some(v)) => t!(a.push_element(v)),
                                Ok(None) => set!(i.b(), Value::UNDEFINED),
                                Err(_) => {
                                    set!(i.b(), Value::UNDEFINED);
                                    break 'exec Thrown;
                                }
                            }
                        }
                        rt.current.set(cx);
                        set!(i.a(), a.into());
                    }
                    Op::IterClose => {
                        save!();
                        let it = take!(i.a());
                        let next = take!(i.a() + 1);
                        set!(i.a() + 2, Value::UNDEFINED);
                        drop(next);
                        t!(iterate::close(cx, it));
                        rt.current.set(cx);
                    }
                    Op::IterCloseSilent => {
                        save!();
                        let it = take!(i.a());
                        let next = take!(i.a() + 1);
                        set!(i.a() + 2, Value::UNDEFINED);
                        drop(next);
                        iterate::close_silent(cx, it);
                        rt.current.set(cx);
                    }

                    // ---- suspension
                    Op::InitialYield | Op::Yield | Op::Await | Op::AsyncYield => {
                        save!();
                        debug_assert!((*fp).flags & (PARKED | ENTRY) == PARKED | ENTRY);
                        match t!(park::suspend(cx, fp, i)) {
                            park::Step::Leave(v) => {
                                restore_current(rt);
                                return Ok(v);
                            }
                            park::Step::Resume(v, mode) => {
                                set!(i.a(), v);
                                set!(i.a() + 1, Value::int(mode));
                            }
                        }
                    }
                    Op::IterResult => {
                        save!();
                        let v = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        let r = t!(cx.iter_result(v, i.f() & VARIANT != 0));
                        set!(i.a(), r);
                    }
                    Op::IterCall => {
                        save!();
                        if reg!(i.b() + 1).is_hole() {
                            // An array that iterates directly: yield* needs the iterator itself.
                            let (it, next) = t!(iterate::materialize(cx, reg!(i.b())));
                            set!(i.b(), it);
                            set!(i.b() + 1, next);
                        }
                        let r = if i.f() & VARIANT != 0 {
                            cx.call(reg!(i.b() + 1), reg!(i.b()), &[])
                        } else {
                            cx.call(reg!(i.b() + 1), reg!(i.b()), std::slice::from_ref(reg!(i.c())))
                        };
                        let v = t!(r);
                        rt.current.set(cx);
                        kill!(KILL_C, i.c());
                        set!(i.a(), v);
                    }
                    Op::CheckObject => {
                        if !reg!(i.a()).is_object() {
                            save!();
                            break 'exec cx.throw_type("iterator must return an object");
                        }
                    }

                    // ---- modules and resources
                    Op::LoadModuleCell => {
                        save!();
                        let v = t!(module::cell(cx, code, i.bc()));
                        set!(i.a(), v);
                    }
                    Op::NewDisposeScope => {
                        save!();
                        let v = t!(dispose::new_capability(cx));
                        set!(i.a(), v.into());
                    }
                    Op::AddDisposable => {
                        save!();
                        t!(dispose::add(cx, reg!(i.a()), reg!(i.b()), i.f() & VARIANT != 0));
                        kill!(KILL_B, i.b());
                    }
                    Op::DisposeNext => {
                        save!();
                        match t!(dispose::next(cx, reg!(i.b()))) {
                            Some(v) => {
                                set!(i.a(), v);
                                set!(i.a() + 1, Value::TRUE);
                                pc = pc.add(1);
                            }
                            None => {
                                let off = (*pc).sbc();
                                pc = pc.add(1).offset(off as isize);
                            }
                        }
                        rt.current.set(cx);
                    }
                    Op::DisposeError => {
                        save!();
                        let e = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        // (As for Throw.)
                        let e = if e.is_hole() || e.is_uninit() { Value::UNDEFINED } else { e };
                        t!(dispose::note_error(cx, reg!(i.a()), e));
                    }
                    Op::DisposeEnd => {
                        save!();
                        let s = take!(i.a());
                        t!(dispose::end(cx, &s));
                    }
                    Op::LoadBody => {
                        save!();
                        t!(crate::serialize::code_read::load(cx, code));
                        pc = code.entry();
                    }
                    Op::NewVarObject | Op::GetSuper | Op::SetSuper | Op::GetImport | Op::DisposeScope => {
                        save!();
                        break 'exec cx.throw_type("instruction is not in use");
                    }
                }
            };

            // ---- unwinding
            let _ = thrown;
            loop {
                let f = vm.frame.get();
                let t = &*(*f).template;
                let at = t.index_before((*f).pc);
                // A handler may lie before what it handles: that is a loop as well.
                let n = rt.interrupt_counter.get() - 1;
                rt.interrupt_counter.set(n);
                if n <= 0 {
                    // An interrupt takes the place of what was thrown.
                    let _ = cx.poll_slow();
                }
                let found = match at {
                    Some(at) if script::is_catchable(rt) => {
                        t.handlers.iter().find(|h| h.start <= at && at < h.end)
                    }
                    _ => None,
                };
                if let Some(h) = found {
                    load_registers!();
                    pc = code.instrs.as_ptr().add(h.target as usize);
                    for r in h.top as usize..code.nregs as usize {
                        drop(take!(r));
                    }
                    let e = rt.take_exception().unwrap_or(Value::UNDEFINED);
                    set!(h.reg as usize, e);
                    break;
                }
                let fl = (*f).flags;
                vm.leave(rt);
                if fl & ENTRY != 0 {
                    restore_current(rt);
                    return Err(Thrown);
                }
            }
        }
    }
}

/// The context of the frame that is current now.
unsafe fn restore_current(rt: &Runtime) {
    unsafe {
        let f = rt.vm.frame.get();
        if !f.is_null() && !(*f).template.is_null() {
            rt.current.set(&*(*(*f).func).realm);
        }
    }
}

/// Drops callee, this and `argc` arguments.
#[inline(always)]
unsafe fn drop_window(base: *mut Value, at: usize, argc: usize) {
    unsafe {
        for r in at..at + 2 + argc {
            let p = base.add(r);
            if (*p).is_cell() {
                drop(std::ptr::replace(p, Value::UNDEFINED));
            }
        }
    }
}

/// Is the callee Function.prototype.call or apply, of a bytecode function? Then the window becomes that of the
/// call they stand for; its argument count.
#[inline]
unsafe fn unwrap_call(rt: &Runtime, d: &NativeData, win: *mut Value, argc: usize) -> Option<usize> {
    use crate::builtins::function::{APPLY, CALL};
    let is_call = std::ptr::fn_addr_eq(d.f, CALL);
    if !is_call && !std::ptr::fn_addr_eq(d.f, APPLY) {
        return None;
    }
    unsafe {
        if (*win.add(1)).as_object().is_none_or(|o| o.class() != id::FUNCTION) {
            return None;
        }
        if is_call {
            // callee := this, this := first argument, the others move down.
            let callee = std::ptr::replace(win, std::ptr::replace(win.add(1), Value::UNDEFINED));
            for r in 1..argc + 1 {
                std::ptr::swap(win.add(r), win.add(r + 1));
            }
            drop(callee);
            return Some(argc.saturating_sub(1));
        }
        let n = match argc {
            0 | 1 => 0,
            _ => {
                let list = &*win.add(3);
                if list.is_nullish() {
                    0
                } else {
                    let a = list.as_object()?;
                    // Arrays and unmapped arguments objects whose length is what their elements say.
                    let plain = match a.class() {
                        id::ARRAY => a.array_length() as usize == a.element_count(),
                        id::ARGUMENTS => a.shape().lookup(rt.name(Name::length)).is_some_and(|(s, _)| {
                            a.slot(s).as_int().is_some_and(|n| n as usize == a.element_count())
                        }),
                        _ => false,
                    };
                    if !plain {
                        return None;
                    }
                    a.element_count()
                }
            }
        };
        if (rt.vm.limit.get() as usize).saturating_sub(win as usize) < (n + 16) * 8 {
            return None;
        }
        if n > 0 {
            let holes = (*win.add(3)).as_object()?.dense_elements().iter().any(|v| v.is_hole());
            if holes {
                return None;
            }
        }
        let list = if argc > 1 { std::ptr::replace(win.add(3), Value::UNDEFINED) } else { Value::UNDEFINED };
        for r in 4..argc + 2 {
            drop(std::ptr::replace(win.add(r), Value::UNDEFINED));
        }
        let this = if argc > 0 { std::ptr::replace(win.add(2), Value::UNDEFINED) } else { Value::UNDEFINED };
        let target = std::ptr::replace(win.add(1), this);
        drop(std::ptr::replace(win, target));
        if n > 0
            && let Some(a) = list.as_object()
        {
            for (r, v) in a.dense_elements().iter().enumerate() {
                win.add(2 + r).write(v.clone());
            }
        }
        Some(n)
    }
}

/// Pushes a frame for a call whose callee, this and arguments lie at `win`. On failure the window is released
/// and the exception thrown (Err).
#[inline(always)]
unsafe fn push_frame(
    rt: &Runtime,
    cx: &Context,
    win: *mut Value,
    argc: usize,
    callee: &Object,
    d: &FunctionData,
    t: &Template,
) -> Result<bool> {
    unsafe {
        let vm = &rt.vm;
        let np = t.nparams as usize;
        let varargs = argc > np && t.flags & flags::VARARGS != 0;
        let shift = if varargs { argc + 2 } else { 0 };
        let need = (shift + (t.nregs as usize).max(argc + 2)) * 8;
        if (vm.limit.get() as usize).wrapping_sub(win as usize) < need {
            return push_frame_segment(rt, cx, win, argc, callee, d);
        }
        let Some(n) = vm.next_frame(rt) else {
            drop_window(win, 0, argc);
            return Err(stack_overflow(cx));
        };
        let mut base = win;
        if argc != np {
            if argc < np {
                for r in argc + 2..np + 2 {
                    win.add(r).write(Value::UNDEFINED);
                }
            } else if varargs {
                base = win.add(shift);
                for r in 0..np + 2 {
                    std::ptr::swap(win.add(r), base.add(r));
                    win.add(r).write(Value::UNDEFINED);
                }
            } else {
                for r in np + 2..argc + 2 {
                    drop(std::ptr::replace(win.add(r), Value::UNDEFINED));
                }
            }
        }
        for r in np + 2..t.nlocals as usize {
            base.add(r).write(Value::UNDEFINED);
        }
        (*n).base = base;
        (*n).low = win;
        (*n).pc = t.entry();
        (*n).template = t;
        (*n).func = d;
        (*n).callee = callee;
        (*n).argc = argc as u32;
        (*n).flags = 0;
        super::frame::Machine::set_saved_top(n, vm.top.get());
        vm.top.set(base.add(t.nregs as usize));
        vm.frame.set(n);
        Ok(true)
    }
}

/// The same where the window does not fit its segment: it moves to a new one.
#[cold]
#[inline(never)]
unsafe fn push_frame_segment(
    rt: &Runtime,
    cx: &Context,
    win: *mut Value,
    argc: usize,
    callee: &Object,
    d: &FunctionData,
) -> Result<bool> {
    unsafe {
        let vm = &rt.vm;
        let this = std::ptr::replace(win.add(1), Value::UNDEFINED);
        let top = vm.top.get();
        // No room left: a new segment.
        vm.top.set(vm.limit.get());
        let args = std::slice::from_raw_parts(win.add(2), argc);
        let r = vm.enter(cx, callee, d, this, args, Value::UNDEFINED, 0);
        if r.is_ok() {
            let n = vm.frame.get();
            debug_assert!((*n).flags & SEGMENT != 0);
            super::frame::Machine::set_saved_top(n, top);
        } else {
            vm.top.set(top);
        }
        drop_window(win, 0, argc);
        r.map(|_| true)
    }
}

/// Calls whatever is not a plain bytecode function. Takes the window.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
unsafe fn call_other(
    rt: &Runtime,
    cx: &Context,
    code: &Template,
    pc: *const Instr,
    base: *mut Value,
    at: usize,
    argc: usize,
    construct: bool,
) -> Result {
    unsafe {
        let callee = &*base.add(at);
        let args = std::slice::from_raw_parts(base.add(at + 2), argc);
        // Arguments that `apply` spread may lie above the frame: new windows begin after them.
        let top = rt.vm.top.get();
        let end = base.add(at + 2 + argc);
        if end > top {
            rt.vm.top.set(end);
        }
        let r = match callee.as_object() {
            Some(o) if o.class() == id::NATIVE_FUNCTION && (!construct || o.is_constructor()) => {
                let d: &NativeData = o.payload();
                match cx.check_stack() {
                    Ok(()) => match rt.vm.push_native(cx, o) {
                        Ok(frame) => {
                            let undefined = Value::UNDEFINED;
                            let (this, nt) = if construct {
                                (&Value::UNINIT, &*base.add(at + 1))
                            } else {
                                (&*base.add(at + 1), &undefined)
                            };
                            rt.current.set(&*d.realm);
                            let r = d.realm.call_native(o, d, this, args, nt);
                            rt.vm.pop_native(frame);
                            r
                        }
                        Err(t) => Err(t),
                    },
                    Err(t) => Err(t),
                }
            }
            Some(o) if construct => {
                if o.is_constructor() {
                    super::call(cx, o, &Value::UNINIT, args, &*base.add(at + 1))
                } else {
                    Err(access::throw_not_callable(cx, code, pc, "not a constructor"))
                }
            }
            Some(o) if o.is_callable() => super::call(cx, o, &*base.add(at + 1), args, &Value::UNDEFINED),
            _ => Err(access::throw_not_callable(
                cx,
                code,
                pc,
                if construct { "not a constructor" } else { "not a function" },
            )),
        };
        drop_window(base, at, argc);
        rt.vm.top.set(top);
        r
    }
}

/// The realm of the frame below: [[Construct]]'s errors after the body has returned are the caller's.
unsafe fn caller_realm(fp: *const Frame, cx: &Context) -> &Context {
    // SAFETY: frames below the current one are active, and so are their callees.
    let callee = unsafe { (*fp).prev.as_ref().and_then(|p| p.callee.as_ref()) };
    callee.and_then(|f| f.function_realm()).map_or(cx, |r| r)
}
