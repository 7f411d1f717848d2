//! Key shapes of emitted code.

use qjs_engine::bytecode::code::{Code, FunctionKind};
use qjs_engine::bytecode::op::Op;
use qjs_engine::bytecode::{dis, emit, verify};
use qjs_syntax::{Bump, Goal, ParseOptions, parse};

fn compile_as(source: &str, goal: Goal<'_>, want_completion: bool) -> Code {
    let arena = Bump::new();
    let options = ParseOptions { goal, ..ParseOptions::default() };
    let program = parse(&arena, source.as_bytes(), &options).expect("parses");
    let options = emit::EmitOptions { want_completion, ..Default::default() };
    let code = emit::emit(&program, &options).expect("emits");
    verify::verify(&code).expect("verifies");
    code
}

/// The lines of the first function in a script.
fn function(source: &str) -> Vec<String> {
    let code = compile_as(source, Goal::Script, false);
    lines(&code.children[0])
}

fn lines(code: &Code) -> Vec<String> {
    code.instrs.iter().enumerate().map(|(pc, &i)| dis::instruction(code, pc, i)).collect()
}

#[test]
fn operands_are_borrowed_and_results_go_to_locals() {
    assert_eq!(
        function("function f(a, b) { let c = a + b; return c * 2; }"),
        ["R[4] := R[2] + R[3]", "R[5] := R[4] * 2", "return R[5]!"]
    );
}

#[test]
fn a_borrowed_operand_is_copied_before_an_assignment() {
    assert_eq!(
        function("function f(a) { return a + (a = 1); }"),
        ["R[3] := R[2]", "R[2] := 1", "R[3] := R[3] + R[2]", "return R[3]!"]
    );
}

#[test]
fn a_loop_costs_one_test_and_one_jump_each_time_round() {
    assert_eq!(
        function("function f(n) { for (let i = 0; i < n; i++) ; }"),
        [
            "R[3] := 0",
            "jump 3",
            "R[3] := R[3] + 1",
            "test R[3] < R[2] is true?",
            "jump 2",
            "return undefined"
        ]
    );
}

#[test]
fn calls_stand_at_the_top_of_the_frame() {
    assert_eq!(
        function("function f(o) { o.m(1, o); return g(o); }"),
        [
            "R[3],R[4] := method R[2].m",
            "R[5] := 1",
            "R[6] := R[2]",
            "R[3] := call R[3](this R[4], 2 args) [variant]",
            "R[4] := global g",
            "R[6] := R[2]",
            "R[3] := call R[4](1 args) [variant2]",
            "return R[3]!"
        ]
    );
}

#[test]
fn partial_results_do_not_show_in_a_variable() {
    // `x || y` goes through a temporary; so does a literal that mentions the variable.
    let code = function("function f(x, y) { x = x || y; x = [x, y]; return x; }");
    assert_eq!(code[..4], ["R[4] := R[2]", "if R[4] jump 3", "R[4] := R[3]", "R[2] := R[4]!"]);
    assert_eq!(code[4..8], ["R[4] := array room 2", "push R[4] R[2]", "push R[4] R[3]", "R[2] := R[4]!"]);
}

#[test]
fn dense_switches_jump_by_table() {
    let code = compile_as(
        "function f(x) { switch (x) { case 0: return 1; case 1: return 2; case 3: return 3; case 4: } }",
        Goal::Script,
        false,
    );
    assert_eq!(code.children[0].instrs[0].op(), Op::SwitchInt);
    assert_eq!(code.children[0].instrs[0].c(), 5);
}

#[test]
fn arguments_are_mapped_only_if_someone_could_tell() {
    let boxes = |source: &str| {
        let code = compile_as(source, Goal::Script, false);
        code.children[0].instrs.iter().any(|i| i.op() == Op::WrapBox)
    };
    assert!(!boxes("function f(a) { return arguments.length + arguments[0]; }"));
    assert!(!boxes("function f(a) { return g.apply(this, arguments); }"));
    assert!(!boxes("function f(a) { 'use strict'; a = 1; return arguments; }"));
    assert!(boxes("function f(a) { return arguments; }"));
    assert!(boxes("function f(a) { a = 1; return arguments[0]; }"));
    assert!(boxes("function f(a) { arguments[0] = 1; return a; }"));
    assert!(boxes("function f(a) { return () => arguments; }"));
}

#[test]
fn finally_is_emitted_once() {
    let code = compile_as(
        "function f(x) { for (;;) try { if (x) return 1; if (g()) break; continue; } finally { h(); } }",
        Goal::Script,
        false,
    );
    let f = &code.children[0];
    let calls = f.instrs.iter().filter(|i| i.op() == Op::Call).count();
    assert_eq!(calls, 2, "{}", dis::disassemble(f, false));
}

#[test]
fn scripts_return_their_completion_value() {
    let code = compile_as("1; if (false) 2;", Goal::Script, true);
    let last = code.instrs.last().expect("code");
    assert_eq!(last.op(), Op::Return);
    let code = compile_as("1; if (false) 2;", Goal::Script, false);
    assert_eq!(code.instrs.last().expect("code").op(), Op::ReturnUndefined);
}

#[test]
fn modules_list_what_they_import_and_export() {
    let code = compile_as(
        "import d, { a as b } from 'x' with { type: 'json' }; import * as ns from 'y'; export * from 'z';
         export { b as c }; export default function () { return d + ns; } export let v = 1; export { q } from 'x';",
        Goal::Module,
        false,
    );
    let m = code.module.as_ref().expect("a module");
    assert_eq!(m.requests.len(), 4);
    assert_eq!(m.imports.len(), 3);
    assert!(m.imports.iter().any(|i| i.import_name.is_none()));
    assert_eq!(m.star_exports.len(), 1);
    assert_eq!(m.local_exports.len() + m.indirect_exports.len(), 4);
    assert_eq!(code.instrs.iter().filter(|i| i.op() == Op::InitialYield).count(), 1);
    assert_eq!(code.kind, FunctionKind::Normal);
    let code = compile_as("await 1;", Goal::Module, false);
    assert_eq!(code.kind, FunctionKind::Async);
}

#[test]
fn positions_ascend_and_point_at_calls() {
    let source = "function f() {\n  a.b(1);\n}";
    let code = compile_as(source, Goal::Script, false);
    let f = &code.children[0];
    let call = f.instrs.iter().position(|i| i.op() == Op::Call).expect("a call") as u32;
    let at = f.positions.iter().rev().find(|p| p.0 <= call).expect("a position").1;
    assert!(source[at as usize..].starts_with("b(1)"), "{:?}", &source[at as usize..]);
}

#[test]
fn deep_nesting_is_an_error_not_a_crash() {
    let depth = 20_000;
    let source = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    // The parser is given much stack, the emitter little.
    let thread = std::thread::Builder::new().stack_size(1 << 30).spawn(move || {
        let arena = Bump::new();
        let program = parse(&arena, source.as_bytes(), &ParseOptions::default()).expect("parses");
        let here = 0u8;
        let stack_limit = (&raw const here as usize) - (256 << 10);
        let options = emit::EmitOptions { stack_limit, ..Default::default() };
        assert_eq!(emit::emit(&program, &options).map(|_| ()), Err(emit::EmitError::StackOverflow));
    });
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn memory_is_limited() {
    let source = "a.b = 1;".repeat(10_000);
    let arena = Bump::new();
    let program = parse(&arena, source.as_bytes(), &ParseOptions::default()).expect("parses");
    let options = emit::EmitOptions { memory_limit: 100_000, ..Default::default() };
    assert_eq!(emit::emit(&program, &options).map(|_| ()), Err(emit::EmitError::OutOfMemory));
}

#[test]
fn long_chains_do_not_recurse() {
    let n = 100_000;
    for source in [
        format!("x = a{}", "+ a".repeat(n)),
        format!("x = a{}", ".b".repeat(n)),
        format!("x = a{}", ".b()".repeat(n)),
        format!("x = a{}", "?.b".repeat(n)),
        format!("x = {} c", "a ? b : ".repeat(n)),
        format!("x = a{}", "&& a".repeat(n)),
        format!("{} c", "if (a) b; else ".repeat(n)),
    ] {
        let arena = Bump::new();
        let program = parse(&arena, source.as_bytes(), &ParseOptions::default()).expect("parses");
        emit::emit(&program, &emit::EmitOptions::default()).expect("emits");
    }
}
