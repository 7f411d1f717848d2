//! Values of literals.
use qjs_syntax::ast::*;
use qjs_syntax::names::{JsStr, OwnedStr};
use qjs_syntax::*;

fn first<R>(source: &[u8], f: impl FnOnce(&Program, &Expr) -> R) -> R {
    let arena = Bump::new();
    let p = parse(&arena, source, &ParseOptions::default())
        .unwrap_or_else(|e| panic!("{}: {e}", String::from_utf8_lossy(source)));
    match p.body[0].kind {
        StmtKind::Expr(e) => f(&p, e),
        _ => panic!("no expression"),
    }
}

fn number(source: &str) -> f64 {
    first(source.as_bytes(), |_, e| match e.kind {
        ExprKind::Number(n) => n,
        _ => panic!("{source}: no number"),
    })
}

fn string(source: &[u8]) -> OwnedStr {
    first(source, |p, e| match e.kind {
        ExprKind::String(n) => p.names.get(n).to_owned(),
        _ => panic!("no string"),
    })
}

fn latin1(s: &str) -> OwnedStr {
    OwnedStr::Latin1(s.chars().map(|c| c as u8).collect())
}

#[test]
fn numbers() {
    for (text, value) in [
        ("0", 0.0),
        ("00", 0.0),
        ("010", 8.0),
        ("0777", 511.0),
        ("089", 89.0),
        ("08.5", 8.5),
        ("1_000.2_5e1_0", 1_000.25e10),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.1e-2", 0.001),
        ("1e400", f64::INFINITY),
        ("5e-324", 5e-324),
        ("2.4703282292062327208e-324", 0.0),
        ("9007199254740993", 9007199254740992.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("0xff", 255.0),
        ("0XFF", 255.0),
        ("0b1010_1010", 170.0),
        ("0o17", 15.0),
        ("0x20000000000001", 9007199254740992.0),
        ("0x20000000000003", 9007199254740996.0),
        ("0x200000000000011", 144115188075855904.0),
        ("0x200000000000010", 144115188075855872.0),
        ("0x1fffffffffffff8000000000000001", 1.661534994731145e35),
        ("0x10000000000000000", 18446744073709551616.0),
        ("0xfffffffffffffbff", 18446744073709549568.0),
        ("0xfffffffffffffc00", 18446744073709551616.0),
    ] {
        assert_eq!(number(text), value, "{text}");
    }
    assert_eq!(number(&format!("0x1{}", "0".repeat(300))), f64::INFINITY);
    for bad in [
        "1_", "1__0", "0_1", "0x", "0b2", "1e", "1n2", "0x_1", "01n", "08_1", "1a", "0xg", "1.n", ".1n",
        "0b", "3in []", "1\\u0061",
    ] {
        let arena = Bump::new();
        assert!(parse(&arena, bad.as_bytes(), &ParseOptions::default()).is_err(), "{bad}");
    }
}

#[test]
fn bigints() {
    for (text, digits, radix) in
        [("0n", "0", 10), ("1_0n", "10", 10), ("0xFfn", "Ff", 16), ("0b1_1n", "11", 2), ("0O7n", "7", 8)]
    {
        first(text.as_bytes(), |_, e| match e.kind {
            ExprKind::BigInt(b) => assert_eq!((b.digits, b.radix), (digits.as_bytes(), radix)),
            _ => panic!("{text}"),
        });
    }
    first(b"({0x1_0000_0000_0000_0000n: 1, 007: 2, 10n: 3})", |p, e| match e.kind {
        ExprKind::Object([a, b, c]) => {
            let key = |p2: &Property| match p2.kind {
                PropertyKind::Value { key: PropertyKey::Name(n), .. } => p.names.get(n).to_display(),
                PropertyKind::Value { key: PropertyKey::Number(n), .. } => n.to_string(),
                _ => panic!(),
            };
            assert_eq!([key(a), key(b), key(c)], ["18446744073709551616", "7", "10"]);
        }
        _ => panic!(),
    });
}

#[test]
fn strings() {
    assert_eq!(string(b"('abc')"), latin1("abc"));
    assert_eq!(string(b"('\\n\\t\\x41\\u0042\\u{43}\\0\\101\\8\\\r\nz\\q')"), latin1("\n\tABC\0A8zq"));
    assert_eq!(string("('é')".as_bytes()), latin1("é"));
    assert_eq!(string("('€')".as_bytes()), OwnedStr::Utf16(vec![0x20AC]));
    assert_eq!(string("('😀\\u{1F600}')".as_bytes()), OwnedStr::Utf16(vec![0xD83D, 0xDE00, 0xD83D, 0xDE00]));
    assert_eq!(string(b"('\\uD800')"), OwnedStr::Utf16(vec![0xD800]));
    assert_eq!(string(b"('\xED\xA0\x80')"), OwnedStr::Utf16(vec![0xD800]));
    assert_eq!(string(b"('\xFF\xC3')"), OwnedStr::Utf16(vec![0xFFFD, 0xFFFD]));
    assert_eq!(string("('a\u{2028}b')".as_bytes()), OwnedStr::Utf16(vec![97, 0x2028, 98]));
    assert_eq!(string(b"('\0')"), latin1("\0"));
}

#[test]
fn templates_and_regexps() {
    first(b"x`a\\u{41}\r\n${1}\\u{`", |p, e| match e.kind {
        ExprKind::TaggedTemplate(t) => {
            let text = |n: Name| p.names.get(n).to_display();
            let [a, b] = t.template.parts else { panic!() };
            assert_eq!(a.cooked.map(text).as_deref(), Some("aA\n"));
            assert_eq!(text(a.raw), "a\\u{41}\n");
            assert!(b.cooked.is_none());
            assert_eq!(text(b.raw), "\\u{");
        }
        _ => panic!(),
    });
    first(b"/[/]\\/a/gi", |p, e| match e.kind {
        ExprKind::RegExp(r) => {
            assert_eq!(p.names.get(r.pattern), JsStr::Latin1(b"[/]\\/a"));
            assert_eq!(p.names.get(r.flags), JsStr::Latin1(b"gi"));
        }
        _ => panic!(),
    });
}

#[test]
fn identifiers_with_escapes_are_the_same_name() {
    first("\\u0061b\u{e9}, abé".as_bytes(), |_, e| match e.kind {
        ExprKind::Sequence([a, b]) => match (a.kind, b.kind) {
            (ExprKind::Ident(a), ExprKind::Ident(b)) => assert_eq!(a.name, b.name),
            _ => panic!(),
        },
        _ => panic!(),
    });
}

#[test]
fn error_positions() {
    for (source, line, column) in
        [("a\nb c", 2, 3), ("'\u{1F600}' @", 1, 6), ("x = {\r\n  y: %", 2, 6), ("", 0, 0)]
    {
        let arena = Bump::new();
        match parse(&arena, source.as_bytes(), &ParseOptions::default()) {
            Err(e) => assert_eq!((e.line, e.column), (line, column), "{source}: {e}"),
            Ok(_) => assert_eq!(line, 0, "{source}"),
        }
    }
}

#[test]
fn assignment_flags() {
    for (source, expected) in [
        ("(a + b)", false),
        ("(a + (b = 1))", true),
        ("f(a, b++)", true),
        ("f(a.b = 1)", false),
        ("[a, () => b = 1]", false),
        ("({[a = 1]: 2})", true),
        ("(class { [a = 1]() {} })", true),
        ("`${a ||= 1}`", true),
        ("eval(a)", true),
        ("a ? b : [c] = d", true),
        ("x.y(--z)", true),
        ("new A(b => b++)", false),
    ] {
        first(source.as_bytes(), |_, e| assert_eq!(e.has_assignment(), expected, "{source}"));
    }
}
