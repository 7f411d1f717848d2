//! The disassembler: code as lines like `12  R[3] := R[2] + 1`.

use super::code::{Code, Const, Text};
use super::info::{Piece, is_test, pieces};
use super::op::*;
use crate::text::Chars;
use std::fmt::Write;

/// A text for people.
pub fn display(text: &Text) -> String {
    match text.chars() {
        Chars::Latin1(s) => s.iter().map(|&b| b as char).collect(),
        Chars::Utf16(s) => String::from_utf16_lossy(s),
    }
}

fn constant(code: &Code, k: usize) -> String {
    match code.consts.get(k) {
        Some(Const::Int(i)) => i.to_string(),
        Some(Const::Number(n)) => n.to_string(),
        Some(Const::String(s)) => format!("{:?}", display(s)),
        Some(Const::BigInt(s, radix)) => format!("{}n/{radix}", display(s)),
        None => format!("K[{k}]?"),
    }
}

fn key(code: &Code, i: usize) -> String {
    code.ic_keys.get(i).map_or_else(|| format!("IC[{i}]?"), display)
}

/// One instruction as text.
pub fn instruction(code: &Code, pc: usize, i: Instr) -> String {
    let mut out = String::new();
    let f = i.f();
    for piece in pieces(i.op()) {
        let (kind, which) = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Operand(kind, which) => (kind, which),
        };
        let (value, signed, kill) = match which {
            b'a' => (i.a(), i.a() as i32, KILL_A),
            b'b' => (i.b(), i.sb(), KILL_B),
            b'c' => (i.c(), i.sc(), KILL_C),
            _ => (i.bc(), i.sbc(), 0),
        };
        let _ = match kind {
            "d" | "m" => write!(out, "R[{value}]"),
            "d2" => write!(out, "R[{value}],R[{}]", value + 1),
            "d3" => write!(out, "R[{value}..]"),
            "u" | "u2" | "u3" => {
                let mark = if f & kill != 0 { "!" } else { "" };
                write!(out, "R[{value}]{mark}")
            }
            "r" if f & VARIANT2 != 0 => write!(out, "R[{value}]({} args)", i.c()),
            "r" => write!(out, "R[{value}](this R[{}], {} args)", value + 1, i.c()),
            "q" => write!(out, "R[{value}..{}]", value + i.c()),
            "k" => write!(out, "{}", constant(code, value)),
            "i" => write!(out, "{}", key(code, value)),
            "s" => write!(out, "{signed}"),
            "j" => write!(out, "{}", pc as i64 + 1 + i64::from(signed)),
            "v" => {
                let name = code.capture_names.get(value).map(display).unwrap_or_default();
                write!(out, "capture[{value}:{name}]")
            }
            "f" => write!(out, "#{value}"),
            _ => write!(out, "{value}"),
        };
    }
    for (bit, name) in [(STRICT, "strict"), (SENSE, "true"), (VARIANT, "variant"), (VARIANT2, "variant2")] {
        if f & bit != 0 && bit != SENSE {
            let _ = write!(out, " [{name}]");
        }
    }
    if is_test(i.op()) && f & SENSE != 0 {
        out.push_str(" is true?");
    } else if is_test(i.op()) && !out.starts_with("step") {
        out.push_str(" is false?");
    }
    out
}

/// A function and, if `nested`, all functions in it.
pub fn disassemble(code: &Code, nested: bool) -> String {
    let mut out = String::new();
    let mut stack = vec![(code, String::new())];
    while let Some((code, path)) = stack.pop() {
        let _ = writeln!(
            out,
            "function {path} {:?} params {} locals {} regs {} {:?} flags {:#x}",
            display(&code.name),
            code.nparams,
            code.nlocals,
            code.nregs,
            code.kind,
            code.flags
        );
        for (pc, &i) in code.instrs.iter().enumerate() {
            let _ = writeln!(out, "{pc:5}  {}", instruction(code, pc, i));
        }
        for h in &code.handlers {
            let _ =
                writeln!(out, "  handler {}..{} -> {} R[{}] top {}", h.start, h.end, h.target, h.reg, h.top);
        }
        if nested {
            for (n, child) in code.children.iter().enumerate().rev() {
                stack.push((child, format!("{path}#{n}")));
            }
        }
    }
    out
}
