//! Conditions: comparisons fused with jumps.

use super::build::{Label, Val};
use super::{Emitter, R};
use crate::bytecode::op::*;
use qjs_syntax::ast::{BinaryOp, Expr, ExprKind, LogicalOp, UnaryOp};
use qjs_syntax::names::JsStr;

impl<'a> Emitter<'a, '_> {
    /// Jumps to the label if ToBoolean(e) is `sense`, otherwise goes on.
    pub fn jump_if(&mut self, e: &'a Expr<'a>, sense: bool, label: Label) -> R<()> {
        self.check_stack()?;
        let mut e = e;
        let mut sense = sense;
        while let ExprKind::Unary { op: UnaryOp::Not, arg } = e.kind {
            e = arg;
            sense = !sense;
        }
        if let Some(known) = self.known_truth(e) {
            return if known == sense { self.jump(label) } else { Ok(()) };
        }
        match e.kind {
            ExprKind::Logical { op: op @ (LogicalOp::And | LogicalOp::Or), .. } => {
                // A chain of one operator: every operand but the last can decide it.
                let mut spine = Vec::new();
                let mut left = e;
                while let ExprKind::Logical { op: o, left: l, right } = left.kind {
                    if o != op {
                        break;
                    }
                    super::build::push(&mut spine, right)?;
                    left = l;
                }
                let deciding = op == LogicalOp::Or;
                let skip = self.label()?;
                let early = if deciding == sense { label } else { skip };
                self.jump_if(left, deciding, early)?;
                let last = spine.first().copied();
                for operand in spine.iter().skip(1).rev() {
                    self.jump_if(operand, deciding, early)?;
                }
                if let Some(last) = last {
                    self.jump_if(last, sense, label)?;
                }
                self.bind(skip);
                Ok(())
            }
            ExprKind::Binary { op, left, right } => {
                if self.fused_test(op, left, right, sense, label, e.span.start)? {
                    return Ok(());
                }
                self.jump_on_value(e, sense, label)
            }
            ExprKind::Sequence(list) => {
                let Some((last, init)) = list.split_last() else { return Ok(()) };
                for e in init {
                    self.effect(e)?;
                }
                self.jump_if(last, sense, label)
            }
            _ => self.jump_on_value(e, sense, label),
        }
    }

    fn jump_on_value(&mut self, e: &'a Expr<'a>, sense: bool, label: Label) -> R<()> {
        let mark = self.top();
        let v = self.operand(e, None)?;
        self.free_to(mark);
        let op = if sense { Op::JumpTrue } else { Op::JumpFalse };
        self.jump_op(op, v.kill(KILL_A), v.reg, label)
    }

    /// ToBoolean of a literal.
    fn known_truth(&self, e: &Expr<'a>) -> Option<bool> {
        Some(match e.kind {
            ExprKind::Bool(b) => b,
            ExprKind::Null => false,
            ExprKind::Number(n) => n != 0.0 && !n.is_nan(),
            ExprKind::String(s) => !self.program.names.get(s).is_empty(),
            _ => return None,
        })
    }

    /// `null`, or the name `undefined`, or `void 0`.
    fn nullish_literal(&self, e: &Expr<'a>) -> Option<Op> {
        match e.kind {
            ExprKind::Null => Some(Op::TestNull),
            ExprKind::Ident(i) if self.is_undefined_name(i) => Some(Op::TestUndefined),
            ExprKind::Unary { op: UnaryOp::Void, arg } if matches!(arg.kind, ExprKind::Number(_)) => {
                Some(Op::TestUndefined)
            }
            _ => None,
        }
    }

    fn fused_test(
        &mut self,
        op: BinaryOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        sense: bool,
        label: Label,
        position: u32,
    ) -> R<bool> {
        use BinaryOp::*;
        let (test, with_int, sense) = match op {
            Lt => (Op::TestLt, Some(Op::TestLtInt), sense),
            Le => (Op::TestLe, Some(Op::TestLeInt), sense),
            Gt => (Op::TestGt, Some(Op::TestGtInt), sense),
            Ge => (Op::TestGe, Some(Op::TestGeInt), sense),
            Eq => (Op::TestEq, Some(Op::TestEqInt), sense),
            Ne => (Op::TestEq, Some(Op::TestEqInt), !sense),
            StrictEq => (Op::TestStrictEq, Some(Op::TestStrictEqInt), sense),
            StrictNe => (Op::TestStrictEq, Some(Op::TestStrictEqInt), !sense),
            InstanceOf => (Op::TestInstanceOf, None, sense),
            In => (Op::TestIn, None, sense),
            _ => return Ok(false),
        };
        let flag = if sense { SENSE } else { 0 };
        let mark = self.top();
        if matches!(op, Eq | Ne | StrictEq | StrictNe) {
            let loose = matches!(op, Eq | Ne);
            for (a, b) in [(left, right), (right, left)] {
                if let Some(test) = self.nullish_literal(b) {
                    let test = if loose { Op::TestNullish } else { test };
                    let v = self.operand(a, None)?;
                    self.free_to(mark);
                    self.abc(test, flag | v.kill(KILL_A), v.reg, 0, 0)?;
                    self.jump(label)?;
                    return Ok(true);
                }
                if let (ExprKind::Unary { op: UnaryOp::TypeOf, arg }, ExprKind::String(s)) = (a.kind, b.kind)
                {
                    let k = self.const_name(s)?;
                    if k > 0xffff {
                        continue;
                    }
                    let v = self.typeof_operand(arg)?;
                    self.free_to(mark);
                    self.abc(Op::TestTypeOf, flag | v.kill(KILL_A), v.reg, k as u16, 0)?;
                    self.jump(label)?;
                    return Ok(true);
                }
            }
        }
        if let (Some(test), Some(n)) = (with_int, small_int(right)) {
            let v = self.operand(left, None)?;
            self.free_to(mark);
            self.pos(position)?;
            self.abc(test, flag | v.kill(KILL_A), v.reg, n as u16, 0)?;
            self.jump(label)?;
            return Ok(true);
        }
        if let Some(n) = small_int(left) {
            let swapped = match test {
                Op::TestLt => Some(Op::TestGtInt),
                Op::TestLe => Some(Op::TestGeInt),
                Op::TestGt => Some(Op::TestLtInt),
                Op::TestGe => Some(Op::TestLeInt),
                Op::TestEq => Some(Op::TestEqInt),
                Op::TestStrictEq => Some(Op::TestStrictEqInt),
                _ => None,
            };
            if let Some(test) = swapped {
                let v = self.operand(right, None)?;
                self.free_to(mark);
                self.pos(position)?;
                self.abc(test, flag | v.kill(KILL_A), v.reg, n as u16, 0)?;
                self.jump(label)?;
                return Ok(true);
            }
        }
        if test == Op::TestStrictEq {
            for (a, b) in [(left, right), (right, left)] {
                if let Some(k) = self.literal_const(b)? {
                    let v = self.operand(a, None)?;
                    self.free_to(mark);
                    self.abc(Op::TestStrictEqConst, flag | v.kill(KILL_A), v.reg, k, 0)?;
                    self.jump(label)?;
                    return Ok(true);
                }
            }
        }
        let l = self.operand_before(left, right, None)?;
        let r = self.operand(right, None)?;
        self.free_to(mark);
        self.pos(position)?;
        self.abc(test, flag | l.kill(KILL_A) | r.kill(KILL_B), l.reg, r.reg, 0)?;
        self.jump(label)?;
        Ok(true)
    }

    /// K index of a string or number literal, for a 16-bit operand.
    pub fn literal_const(&mut self, e: &Expr<'a>) -> R<Option<u16>> {
        let k = match e.kind {
            ExprKind::String(s) => self.const_name(s)?,
            ExprKind::Number(n) => self.const_number(n)?,
            _ => return Ok(None),
        };
        Ok(u16::try_from(k).ok())
    }

    /// The operand of `typeof`: an unresolvable name is undefined.
    pub fn typeof_operand(&mut self, arg: &'a Expr<'a>) -> R<Val> {
        if let ExprKind::Ident(ident) = arg.kind {
            if let Some(reg) = self.plain_arguments(ident) {
                return Ok(Val::borrowed(reg));
            }
            if self.borrowable_quietly(ident) {
                return self.operand(arg, None);
            }
            let t = self.temp()?;
            self.read_ident(ident, super::build::Dst::fresh(t), true)?;
            return Ok(Val::temp(t));
        }
        self.operand(arg, None)
    }
}

/// The value of an integer literal that fits an immediate operand.
pub fn small_int(e: &Expr<'_>) -> Option<i16> {
    let n = number_literal(e)?;
    super::build::as_int(n).and_then(|i| i16::try_from(i).ok())
}

/// The value of a literal index that fits an unsigned 16-bit operand.
pub fn small_index(e: &Expr<'_>) -> Option<u16> {
    let ExprKind::Number(n) = e.kind else { return None };
    super::build::as_int(n).and_then(|i| u16::try_from(i).ok())
}

/// The value of a number literal, possibly negated.
pub fn number_literal(e: &Expr<'_>) -> Option<f64> {
    match e.kind {
        ExprKind::Number(n) => Some(n),
        ExprKind::Unary { op: UnaryOp::Neg, arg } => match arg.kind {
            ExprKind::Number(n) => Some(-n),
            _ => None,
        },
        ExprKind::Unary { op: UnaryOp::Plus, arg } => match arg.kind {
            ExprKind::Number(n) => Some(n),
            _ => None,
        },
        _ => None,
    }
}

/// The array index that a property name spells, if it does.
pub fn array_index(s: JsStr<'_>) -> Option<u32> {
    let JsStr::Latin1(digits) = s else { return None };
    match digits {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 10 => {
            let mut n = 0u64;
            for &d in digits {
                if !d.is_ascii_digit() {
                    return None;
                }
                n = n * 10 + u64::from(d - b'0');
            }
            (n < u64::from(u32::MAX)).then_some(n as u32)
        }
        _ => None,
    }
}
