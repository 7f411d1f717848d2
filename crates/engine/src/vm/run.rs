//! The loop.

use super::calls::{
    Called, call_other, construct, derived_this, drop_window, plain_function, push_frame, spread_window,
};
use super::frame::{CONSTRUCT, DROP_RESULT, ENTRY, Frame, PARKED};
use super::step::{Step, iteration, making, property, scope};
use super::{access, make, park, script};
use crate::bytecode::op::{Instr, KILL_A, KILL_B, KILL_C, Op, SENSE, STRICT, VARIANT, VARIANT2, error_kind};
use crate::bytecode::template::{InlineCache, Template};
use crate::context::Context;
use crate::heap::{BoxCell, Header};
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::FunctionData;
use crate::ops::{self, Arith};
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::cmp::Ordering;

/// Runs the current frame (pushed with ENTRY) to its end; with `throw` it begins by throwing the pending exception.
pub(crate) fn run(rt: &Runtime, throw: bool) -> Result {
    // SAFETY: the frame's window, template and function data live while the frame does: R[0] owns the callee,
    // which owns the rest. Registers are read and written through `base`; no reference into the window is kept
    // across anything that can run script, except argument slices, whose window is not touched meanwhile.
    unsafe { run_inner(rt, throw) }
}

// What `reload` brings back is not always wanted.
#[allow(unused_assignments)]
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
        // After anything that may have called out: what the loop keeps in registers comes from the frame again, so
        // that nothing of it has to be kept across the call.
        macro_rules! reload {
            () => {{
                fp = vm.frame.get();
                base = (*fp).base;
                pc = (*fp).pc;
                code = &*(*fp).template;
                func = &*(*fp).func;
                cx = &func.realm;
            }};
        }
        // Gives back a value's count; what dies may run finalizers.
        macro_rules! release {
            ($v:expr) => {{
                let v = std::mem::ManuallyDrop::new($v);
                if v.is_cell() && Header::release_is_last(v.cell_ptr()) {
                    (*fp).pc = pc;
                    crate::heap::free::free_cell(v.cell_ptr());
                    reload!();
                }
            }};
        }
        macro_rules! set {
            ($i:expr, $v:expr) => {{
                let v: Value = $v;
                let p = base.add($i);
                release!(std::ptr::replace(p, v));
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

        // Ends the current frame.
        macro_rules! leave {
            ($v:expr) => {{
                let mut v: Value = $v;
                let (fl, dst) = ((*fp).flags, (*fp).dst);
                if fl & CONSTRUCT != 0 {
                    if !v.is_object() {
                        v = take!(1);
                    }
                    make::note_instance(&(*fp).new_target, &v);
                }
                vm.leave(rt);
                if fl & ENTRY != 0 {
                    restore_current(rt);
                    return Ok(v);
                }
                load_frame!();
                if fl & DROP_RESULT == 0 {
                    set!(dst as usize, v);
                } else {
                    release!(v);
                }
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
                            Ok(v) => {
                                reload!();
                                v
                            }
                            Err(_) => break 'exec Thrown,
                        }
                    };
                }
                // Goes on in a plain function whose callee, this and arguments lie at `win`; the loop's registers are set from
                // what is at hand rather than from the frame.
                macro_rules! enter {
                    ($win:expr, $argc:expr, $callee:expr, $i:expr) => {{
                        let (callee, i): (&Object, Instr) = ($callee, $i);
                        let d: &FunctionData = callee.payload();
                        (*fp).pc = pc;
                        let Ok((frame, window)) = push_frame(rt, cx, $win, $argc, callee, d, &d.template)
                        else {
                            break 'exec Thrown;
                        };
                        (*frame).dst = i.a() as u16;
                        if i.f() & VARIANT != 0 {
                            (*frame).flags |= DROP_RESULT;
                        }
                        fp = frame;
                        base = window;
                        func = d;
                        code = &d.template;
                        cx = &func.realm;
                        rt.current.set(cx);
                        pc = code.entry();
                        let left = rt.interrupt_counter.get() - 1;
                        rt.interrupt_counter.set(left);
                        if left <= 0 {
                            (*fp).pc = pc;
                            if cx.poll_slow().is_err() {
                                break 'exec Thrown;
                            }
                            reload!();
                        }
                        continue 'exec;
                    }};
                }
                // An operation that is carried out outside of the loop.
                macro_rules! step {
                    ($f:path) => {{
                        save!();
                        t!($f(Step::new(fp, i)));
                    }};
                }
                macro_rules! kill {
                    ($flag:expr, $r:expr) => {
                        if i.f() & $flag != 0 {
                            let p = base.add($r);
                            if (*p).is_cell() {
                                release!(std::ptr::replace(p, Value::UNDEFINED));
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

                // SAFETY: the verifier and the emitter let no other operation through.
                match std::mem::transmute::<u8, Op>(i.0 as u8) {
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
                    Op::GetGlobalOrUndefined => step!(scope::get_global_or_undefined),
                    Op::SetGlobal => {
                        let v = if i.f() & KILL_A != 0 { take!(i.a()) } else { reg!(i.a()).clone() };
                        match access::global_place(rt, ic!(i.bc())) {
                            Some(p) => release!(std::ptr::replace(p, v)),
                            None => {
                                save!();
                                t!(access::set_global(cx, ic!(i.bc()), v, i.f() & STRICT != 0));
                            }
                        }
                    }
                    Op::InitGlobal => step!(scope::init_global),
                    Op::DeclareGlobals => step!(scope::declare_globals),
                    Op::DefineGlobalFunction => step!(scope::define_global_function),
                    Op::DeleteGlobal => step!(scope::delete_global),
                    Op::HasGlobal => step!(scope::has_global),

                    // ---- dynamic scopes
                    Op::HasBinding => step!(scope::has_binding),
                    Op::GetBinding => step!(scope::get_binding),
                    Op::SetBinding => step!(scope::set_binding),
                    Op::NewNullObject => step!(property::new_null_object),

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
                            save!();
                            t!(access::get_length(cx, o, ic!(i.c())))
                        };
                        kill!(KILL_B, i.b());
                        set!(i.a(), v);
                    }
                    Op::GetMethod => {
                        let c = ic!(i.c());
                        let o = reg!(i.b());
                        let v = if let Some(v) = access::field_hit(rt, o, c) {
                            v.clone()
                        } else if let Some(v) = access::string_method_hit(cx, o, c) {
                            v.clone()
                        } else {
                            save!();
                            t!(access::get_field(cx, o, c))
                        };
                        let this = if i.f() & KILL_B != 0 { take!(i.b()) } else { reg!(i.b()).clone() };
                        set!(i.a(), v);
                        set!(i.a() + 1, this);
                    }
                    Op::SetField => {
                        let c = ic!(i.b());
                        let o = reg!(i.a());
                        let v = if i.f() & KILL_C != 0 { take!(i.c()) } else { reg!(i.c()).clone() };
                        if let Some(p) = access::field_place(o, c) {
                            release!(std::ptr::replace(p, v));
                        } else {
                            save!();
                            match access::add_hit(rt, o, c, v) {
                                None => reload!(),
                                Some(v) => t!(access::set_field(cx, o, c, v, i.f() & STRICT != 0)),
                            }
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
                            Some(v) => v.clone(),
                            None => {
                                save!();
                                t!(access::get_elem(cx, o, k))
                            }
                        };
                        if i.f() & (KILL_B | KILL_C) != 0 {
                            kill!(KILL_B, i.b());
                            kill!(KILL_C, i.c());
                        }
                        set!(i.a(), v);
                    }
                    Op::GetElemInt => {
                        let o = reg!(i.b());
                        let k = Value::int(i.c() as i32);
                        let v = match access::elem_hit(o, &k) {
                            Some(v) => v.clone(),
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
                            Some(v) => v.clone(),
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
                        match access::elem_place(o, k) {
                            Some(p) => release!(std::ptr::replace(p, v)),
                            None => {
                                save!();
                                t!(access::set_elem(cx, o, k, v, i.f() & STRICT != 0));
                            }
                        }
                        if i.f() & (KILL_A | KILL_B) != 0 {
                            kill!(KILL_B, i.b());
                            kill!(KILL_A, i.a());
                        }
                    }
                    Op::ElemKey => step!(property::elem_key),
                    Op::LoadHome => step!(property::load_home),
                    Op::SuperBase => step!(property::super_base),
                    Op::GetSuperProp => step!(property::get_super_prop),
                    Op::SetSuperProp => step!(property::set_super_prop),
                    Op::DefineElem => step!(property::define_elem),
                    Op::DefineGetter | Op::DefineSetter => step!(property::define_getter),
                    Op::SetProtoLiteral => step!(property::set_proto_literal),
                    Op::DeleteElem => step!(property::delete_elem),
                    Op::ThrowDeleteSuper => {
                        save!();
                        break 'exec cx.throw_reference("unsupported reference to 'super'");
                    }
                    Op::In => step!(property::has),
                    Op::TestIn => {
                        save!();
                        let r = t!(cx.has_in(reg!(i.a()), reg!(i.b())));
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::InstanceOf => step!(property::instance_of),
                    Op::TestInstanceOf => {
                        save!();
                        let r = t!(access::instance_of(cx, reg!(i.a()), reg!(i.b())));
                        kill!(KILL_A, i.a());
                        kill!(KILL_B, i.b());
                        test!(r);
                    }
                    Op::NewPrivateName => step!(property::new_private_name),
                    Op::GetPrivate => step!(property::get_private),
                    Op::SetPrivate => step!(property::set_private),
                    Op::DefinePrivate => step!(property::define_private),
                    Op::DefinePrivateAccessor => step!(property::define_private_accessor),
                    Op::InPrivate => step!(property::in_private),

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
                            set!(i.a(), Value::double_unchecked(p + q));
                        } else {
                            save!();
                            let v = t!(access::add(cx, base, i));
                            kill!(KILL_B, i.b());
                            kill!(KILL_C, i.c());
                            set!(i.a(), v);
                        }
                    }
                    Op::Sub => arith!(
                        Arith::Sub,
                        |x, y| match x.checked_sub(y) {
                            Some(n) => Value::int(n),
                            None => Value::double_unchecked(x as f64 - y as f64),
                        },
                        |x, y| Value::double_unchecked(x - y)
                    ),
                    Op::Mul => arith!(
                        Arith::Mul,
                        |x, y| match x.checked_mul(y) {
                            Some(n) if n != 0 => Value::int(n),
                            _ => Value::number(x as f64 * y as f64),
                        },
                        |x, y| Value::double_unchecked(x * y)
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
                            let v = if x.is_int() {
                                Value::number(p * i.sc() as f64)
                            } else {
                                Value::double_unchecked(p * i.sc() as f64)
                            };
                            set!(i.a(), v);
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
                        let delta = if i.0 as u8 == Op::Inc as u8 { 1 } else { -1 };
                        let x = reg!(i.b());
                        if x.is_int()
                            && let Some(n) = x.int_unchecked().checked_add(delta)
                        {
                            set!(i.a(), Value::int(n));
                        } else if let Some(p) = x.as_number() {
                            set!(i.a(), Value::number(p + delta as f64));
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
                        let win = base.add(i.b());
                        if i.f() & VARIANT2 != 0 {
                            win.add(1).write(Value::UNDEFINED);
                        }
                        let mut argc = i.c();
                        loop {
                            if let Some(o) = plain_function(&*win) {
                                enter!(win, argc, o, i);
                            }
                            save!();
                            match call_other(rt, cx, code, pc, win, argc) {
                                Called::Function(n) => argc = n,
                                Called::Done(r) => {
                                    let v = t!(r);
                                    rt.current.set(cx);
                                    if i.f() & VARIANT == 0 {
                                        set!(i.a(), v);
                                    } else {
                                        release!(v);
                                    }
                                    break;
                                }
                            }
                        }
                    }
                    Op::Construct => {
                        save!();
                        let made = t!(construct(rt, cx, code, pc, base.add(i.b()), i.c(), i));
                        // (In the frame that was pushed, if one was.)
                        rt.current.set(cx);
                        match made {
                            Some(v) if i.f() & VARIANT == 0 => set!(i.a(), v),
                            Some(v) => release!(v),
                            None => t!(cx.poll()),
                        }
                    }
                    Op::CallSpread | Op::ConstructSpread => {
                        save!();
                        let spread = i.0 as u8 == Op::ConstructSpread as u8;
                        if spread && let Some(n) = spread_window(rt, base.add(i.b())) {
                            let made = t!(construct(rt, cx, code, pc, base.add(i.b()), n, i));
                            rt.current.set(cx);
                            match made {
                                Some(v) if i.f() & VARIANT == 0 => set!(i.a(), v),
                                Some(v) => release!(v),
                                None => t!(cx.poll()),
                            }
                            continue 'exec;
                        }
                        if i.f() & VARIANT2 != 0 {
                            base.add(i.b() + 1).write(Value::UNDEFINED);
                        }
                        let r = make::call_spread(cx, reg!(i.b()), reg!(i.b() + 1), reg!(i.b() + 2), spread);
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
                    Op::Return => leave!(take!(i.a())),
                    Op::ReturnUndefined => leave!(Value::UNDEFINED),
                    Op::ReturnChecked => {
                        let v = take!(i.a());
                        leave!(if v.is_hole() || v.is_uninit() { Value::UNDEFINED } else { v });
                    }
                    Op::ReturnDerived => {
                        save!();
                        let v =
                            if reg!(i.a()).is_object() { take!(i.a()) } else { t!(derived_this(fp, cx, i)) };
                        leave!(v);
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
                    Op::Import => step!(making::import),
                    Op::ImportMeta => step!(making::import_meta),
                    Op::NewTarget => set!(i.a(), (*fp).new_target.clone()),
                    Op::SuperConstructor => step!(making::super_constructor),
                    Op::CoerceThis => step!(making::coerce_this),
                    Op::NewArguments => step!(making::new_arguments),
                    Op::NewRest => step!(making::new_rest),
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
                    Op::NewClass => step!(making::new_class),
                    Op::SetFieldInit => step!(making::set_field_init),
                    Op::RunFieldInit => step!(making::run_field_init),
                    Op::SetHome => step!(making::set_home),
                    Op::SetFunctionName => step!(making::set_function_name),
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
                    Op::ArrayHole => step!(making::array_hole),
                    Op::ArraySpread => step!(making::array_spread),
                    Op::CopyProperties => step!(making::copy_properties),
                    Op::TemplateObject => step!(making::template_object),
                    Op::NewRegExp => step!(making::new_reg_exp),

                    // ---- iteration
                    Op::ForInStart => step!(iteration::for_in_start),
                    Op::ForInNext => step!(iteration::for_in_next),
                    Op::GetIterator => step!(iteration::get_iterator),
                    Op::IterNext => step!(iteration::iter_next),
                    Op::IterStep => step!(iteration::iter_step),
                    Op::IterRest => step!(iteration::iter_rest),
                    Op::IterClose => step!(iteration::iter_close),
                    Op::IterCloseSilent => step!(iteration::iter_close_silent),

                    // ---- suspension
                    Op::InitialYield | Op::Yield | Op::Await | Op::AsyncYield => {
                        save!();
                        debug_assert!((*fp).flags & (PARKED | ENTRY) == PARKED | ENTRY);
                        let Ok(step) = park::suspend(cx, fp, i) else { break 'exec Thrown };
                        match step {
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
                    Op::IterResult => step!(iteration::iter_result),
                    Op::IterCall => step!(iteration::iter_call),
                    Op::CheckObject => step!(iteration::check_object),

                    // ---- modules and resources
                    Op::LoadModuleCell => step!(scope::load_module_cell),
                    Op::NewDisposeScope => step!(iteration::new_dispose_scope),
                    Op::AddDisposable => step!(iteration::add_disposable),
                    Op::DisposeNext => step!(iteration::dispose_next),
                    Op::DisposeError => step!(iteration::dispose_error),
                    Op::DisposeEnd => step!(iteration::dispose_end),
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
                    let _ = (*(*f).func).realm.poll_slow();
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
