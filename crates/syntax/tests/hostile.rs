//! Hostile input: the parser answers with an error or a tree, in bounded time, memory and stack.
use qjs_syntax::*;

const STACK: usize = 1 << 20;

/// Parses on a thread whose stack the limit leaves 1 MiB of.
fn limited(source: Vec<u8>) -> Result<(), ParseError> {
    std::thread::Builder::new()
        .stack_size(STACK + (1 << 20))
        .spawn(move || {
            let here = 0u8;
            let stack_limit = std::ptr::from_ref(&here) as usize - STACK;
            let arena = Bump::new();
            let options = ParseOptions { stack_limit, ..Default::default() };
            parse(&arena, &source, &options).map(|_| ())
        })
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn deep_nesting_is_refused() {
    const N: usize = 1_000_000;
    for unit in [
        "(",
        "[",
        "{",
        "-",
        "a=>",
        "`${",
        "!",
        "new ",
        "a=",
        "f(",
        "a[",
        "[[",
        "({a:",
        "({[",
        "async()=>",
        "x?y:a=>",
        "if(1)",
        "while(1)",
        "with(a)",
        "for(;;)",
        "function f(){",
        "class A{static{",
        "class A extends ",
        "a(b=>c[",
        "(a=",
        "a**",
        "typeof ",
        "try{",
        "switch(1){case 1:",
        "l:{",
        "do ",
        "([a=",
        "({a}={a:",
        "x?",
        "function*g(){yield ",
        "function f(a=",
        "let[",
        "let{a:",
        "var [[",
        "var {a:{",
        "for(var [[",
        "async function f(){await ",
        "a,b=>{",
        "a?.[",
        "++",
        "import(",
        "class A{a=",
        "class A{[",
        "async(",
        "(a,...[b=",
    ] {
        let start = std::time::Instant::now();
        let r = limited(unit.repeat(N).into_bytes());
        let e = r.expect_err(unit);
        assert!(matches!(e.kind, ErrorKind::StackOverflow | ErrorKind::Syntax), "{unit}: {e}");
        if ["(", "[", "{", "-", "a=>", "`${"].contains(&unit) {
            assert_eq!(e.kind, ErrorKind::StackOverflow, "{unit}");
        }
        assert!(start.elapsed().as_secs() < 10, "{unit} took {:?}", start.elapsed());
    }
}

#[test]
fn long_chains_parse() {
    const N: usize = 1_000_000;
    for (head, unit, tail) in [
        ("a", "+a", ""),
        ("a", ".b", ""),
        ("a", "[0]", ""),
        ("a", "()", ""),
        ("a", "&&a", ""),
        ("a", ",a", ""),
        ("", ";", ""),
        ("if(a);", "else if(a);", ""),
        ("", "a?b:", "c"),
        ("[", "a,", "]"),
        ("a", "?.b", ""),
        ("`", "${a}", "`"),
        ("switch(a){", "case 1:", "}"),
        ("var a", ",a", ""),
        ("", "a;", ""),
        ("f(", "a,", "a)"),
    ] {
        let source = format!("{head}{}{tail}", unit.repeat(N));
        limited(source.into_bytes()).unwrap_or_else(|e| panic!("{unit}: {e}"));
    }
}

#[test]
fn memory_limit_holds() {
    let source = "var a = {b: [1, 2, x => x]};\n".repeat(200_000);
    let arena = Bump::new();
    let options = ParseOptions { memory_limit: 4 << 20, ..Default::default() };
    let e = parse(&arena, source.as_bytes(), &options).unwrap_err();
    assert_eq!(e.kind, ErrorKind::OutOfMemory);
    assert!(arena.allocated_bytes() <= 4 << 20);
}

#[test]
fn any_bytes_do_not_panic() {
    // A small deterministic generator of token soup and of raw bytes.
    let pieces: &[&[u8]] = &[
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"=>",
        b"=",
        b",",
        b";",
        b"a",
        b"b",
        b"async ",
        b"await ",
        b"yield ",
        b"function ",
        b"class ",
        b"static ",
        b"#x",
        b"`",
        b"${",
        b"'",
        b"\"",
        b"\\",
        b"\\u",
        b"/",
        b"*",
        b"//",
        b"\n",
        b"...",
        b"?.",
        b"?",
        b":",
        b"??",
        b"||",
        b"in ",
        b"of ",
        b"let ",
        b"const ",
        b"var ",
        b"for",
        b"if",
        b"else ",
        b"super",
        b"new ",
        b".target",
        b"import ",
        b"export ",
        b"from ",
        b"0",
        b"1n",
        b"0x",
        b"1e",
        b"_",
        b"get ",
        b"set ",
        b"eval(",
        b"arguments",
        b"with",
        b"switch",
        b"case ",
        b"default ",
        b"try",
        b"catch",
        b"finally",
        b"return ",
        b"break ",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xa8",
        b"\xf0\x9f\x98\x80",
        b"\xe2",
        b"\0",
        b"<!--",
        b"-->",
        b"using ",
        b"this",
        b"extends ",
        b"constructor",
        b"'use strict';",
        b"-",
        b"++",
        b"**",
        b"delete ",
        b"defer ",
        b"* as ",
        b"0",
        b"7",
        b"label:",
        b"while",
        b"do ",
        b"throw ",
    ];
    let mut seed = 0x1234_5678_9abc_def1u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for round in 0..60_000 {
        let mut source = Vec::new();
        for _ in 0..next() % 24 {
            if round % 8 == 0 {
                source.push(next() as u8);
            } else {
                source.extend_from_slice(pieces[(next() % pieces.len() as u64) as usize]);
            }
        }
        let arena = Bump::new();
        let goal = [Goal::Script, Goal::Module, Goal::IndirectEval][round % 3];
        let _ = parse(&arena, &source, &ParseOptions { goal, ..Default::default() });
    }
}
