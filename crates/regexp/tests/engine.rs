//! What node 20 cannot be asked, the API, and hostile input.

use qjs_regexp::{
    CompileError, ExecError, Flags, Host, Limits, Matcher, Program, Text, UNDEFINED, check, compile,
};

/// Counts what it lends.
#[derive(Default)]
struct Meter {
    polls: usize,
    max_polls: Option<usize>,
    bytes: usize,
    max_bytes: Option<usize>,
}

impl Host for Meter {
    fn poll(&mut self) -> Result<(), ()> {
        self.polls += 1;
        if self.max_polls.is_some_and(|max| self.polls > max) { Err(()) } else { Ok(()) }
    }
    fn charge(&mut self, bytes: usize) -> Result<(), ()> {
        if self.max_bytes.is_some_and(|max| self.bytes + bytes > max) {
            return Err(());
        }
        self.bytes += bytes;
        Ok(())
    }
    fn release(&mut self, bytes: usize) {
        self.bytes -= bytes;
    }
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn program(pattern: &str, flags: &str) -> Result<Program, CompileError> {
    let flags = Flags::parse(Text::Latin1(flags.as_bytes())).expect("flags");
    let pattern = utf16(pattern);
    let checked = check(Text::Utf16(&pattern), flags, &Limits::NONE);
    let compiled = compile(Text::Utf16(&pattern), flags, &Limits::NONE);
    assert_eq!(checked.err(), compiled.as_ref().err().cloned());
    compiled
}

fn exec_units(pattern: &str, flags: &str, subject: &[u16], start: usize) -> Option<Vec<Option<(u32, u32)>>> {
    let program = program(pattern, flags).unwrap_or_else(|e| panic!("/{pattern}/{flags}: {e:?}"));
    let mut captures = Vec::new();
    let mut meter = Meter::default();
    let mut matcher = Matcher::new();
    let found = matcher.exec(&program, Text::Utf16(subject), start, &mut captures, &mut meter).unwrap();
    if subject.iter().all(|&u| u < 0x100) {
        let bytes: Vec<u8> = subject.iter().map(|&u| u as u8).collect();
        let mut again = Vec::new();
        let same = matcher.exec(&program, Text::Latin1(&bytes), start, &mut again, &mut meter).unwrap();
        assert_eq!((same, &again), (found, &captures), "/{pattern}/{flags}");
    }
    matcher.clear(&mut meter);
    assert_eq!(meter.bytes, 0);
    found.then(|| captures.chunks(2).map(|p| (p[0] != UNDEFINED).then_some((p[0], p[1]))).collect())
}

/// The texts of all groups, "-" for undefined; None without a match.
fn exec(pattern: &str, flags: &str, subject: &str) -> Option<String> {
    let units = utf16(subject);
    let groups = exec_units(pattern, flags, &units, 0)?;
    let text = |p: &Option<(u32, u32)>| match p {
        Some((begin, end)) => String::from_utf16_lossy(&units[*begin as usize..*end as usize]),
        None => "-".into(),
    };
    Some(groups.iter().map(text).collect::<Vec<_>>().join(","))
}

#[track_caller]
fn is(pattern: &str, flags: &str, subject: &str, expected: &str) {
    assert_eq!(exec(pattern, flags, subject).as_deref(), Some(expected), "/{pattern}/{flags} on {subject:?}");
}

#[track_caller]
fn no(pattern: &str, flags: &str, subject: &str) {
    assert_eq!(exec(pattern, flags, subject), None, "/{pattern}/{flags} on {subject:?}");
}

#[track_caller]
fn error(pattern: &str, flags: &str) {
    let result = program(pattern, flags);
    assert!(matches!(result, Err(CompileError::Syntax { .. })), "/{pattern}/{flags}: {result:?}");
}

#[test]
fn flags() {
    let parse = |text: &str| Flags::parse(Text::Latin1(text.as_bytes()));
    assert_eq!(parse("dgimsuy").map(Flags::bits), Some(0xBF));
    assert_eq!(parse("dgimsvy").map(Flags::bits), Some(0xDF));
    for bad in ["uv", "gg", "x", "dgimsuvy", "G", "gimsuydg"] {
        assert_eq!(parse(bad), None, "{bad}");
    }
    assert_eq!(Flags::from_bits(0x60), None);
}

#[test]
fn modifiers() {
    is("a(?i:b)c", "", "aBc", "aBc");
    no("a(?i:b)c", "", "aBC");
    is("(?-i:a)b", "i", "aB", "aB");
    no("(?-i:a)b", "i", "AB");
    is("(?m:^a$)", "", "b\na\nc", "a");
    is("(?s:.)", "", "\n", "\n");
    no("(?-s:.)", "s", "\n");
    is("(?ims-:^A.b)", "", "x\na\nB", "a\nB");
    is("(?i:a(?-i:b))", "", "Ab", "Ab");
    no("(?i:a(?-i:b))", "", "AB");
    is("(a)(?i:\\1)", "", "aA", "aA,a");
    is("(?i:[^a])b", "", "ab Bb", "Bb");
    is("(?i:\\w)", "u", "\u{17F}", "\u{17F}");
    no("(?-i:\\w)", "iu", "\u{17F}");
    is("(?i:Z\\B)x", "iu", "z\u{17F}zx", "zx");
    for bad in [
        "(?-:a)",
        "(?ii:a)",
        "(?i-i:a)",
        "(?g:a)",
        "(?i-mm:a)",
        "(?i",
        "(?i)",
        "(?i--m:a)",
        "(?\u{130}:a)",
        "(?-",
    ] {
        error(bad, "");
        error(bad, "u");
    }
}

#[test]
fn duplicate_named_groups() {
    is("(?<x>a)|(?<x>b)", "", "b", "b,-,b");
    is("(?:(?<x>a)|(?<x>b))\\k<x>", "", "bb", "bb,-,b");
    is("(?:(?:(?<x>a)|(?<x>b)|c)\\k<x>){2}", "", "aac", "aac,-,-");
    is("(?:(?:(?<x>a)|(?<x>b))\\k<x>){2}", "", "aabb", "aabb,-,b");
    is("(?<a>x)|(?:zy\\k<a>|(?<a>y))", "", "zy", "zy,-,-");
    is("(?<=(?:\\k<x>(?<x>a)|\\k<x>(?<x>b)))c", "", "bbc", "c,-,b");
    for bad in [
        "(?<x>a)(?<x>b)",
        "(?<x>(?<x>a))",
        "(?:(?<x>a)|b)(?<x>c)",
        "(?<x>a)(?:b|(?<x>c))",
        "(?:(?<x>a)|(?<x>b))|(?<y>c)(?<y>d)",
    ] {
        error(bad, "");
    }
    let program = program("(?<year>a)|(?<b>b)(c)|(?<year>d)|(?<\u{10400}>e)", "").unwrap();
    let names: Vec<(String, usize)> =
        program.group_names().map(|(n, i)| (String::from_utf16_lossy(n), i)).collect();
    let expected = [("year", 1), ("b", 2), ("year", 4), ("\u{10400}", 5)];
    assert_eq!(names, expected.map(|(n, i)| (n.to_string(), i)));
    assert_eq!(program.capture_count(), 6);
}

#[test]
fn names() {
    is("(?<\\u{61}b>x)\\k<ab>", "", "xx", "xx,x");
    is("(?<\\ud835\\udc9c>x)\\k<\u{1D49C}>", "", "xx", "xx,x");
    is("(?<$_\u{200C}>x)", "u", "x", "x,x");
    is("\\k<a>(?<a>x)", "", "x", "x,x");
    is("\\k<a>", "", "k<a>", "k<a>");
    for bad in [
        "(?<>a)",
        "(?<1>a)",
        "(?<a",
        "(?<a-b>c)",
        "(?<\\u{1F600}>x)",
        "(?<a>)\\k",
        "(?<a>)\\k<b>",
        "(?<a>)[\\k]",
        "\\k<a>(?<b>)",
    ] {
        error(bad, "");
        error(bad, "u");
    }
    error("\\k<a>", "u");
}

#[test]
fn captures() {
    is("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", "zaacbbbcac,z,ac,a,-,c");
    is("(?=(a+))a*b\\1", "", "baaabac", "aba,a");
    is("(.*?)a(?!(a+)b\\2c)\\2(.*)", "", "baaabaac", "baaabaac,ba,-,abaac");
    is("(?<=([abc]+)([abc]+))$", "", "abc", ",a,bc");
    is("(?<=(\\d{2})(\\d{2}))$", "", "1234", ",12,34");
    is("(?<=\\1(\\w))d", "", "abbd", "d,b");
    is("(?<!abc)\\w\\w\\w", "", "abcdef", "abc");
    is("(?<=a{2,3}?)b", "", "aaab", "b");
    is("(?<=(?<a>\\w){3})f", "", "abcdef", "f,c");
    is("(?:(a)|b)*", "", "ab", "ab,-");
    is("(a*)*", "", "b", ",-");
    is("(?:a*?)*?b", "", "aab", "aab");
    is("()*a", "", "a", "a,-");
    is("(?:(?=(a)))?b", "", "b", "b,-");
    is("(?:(?=(a))){1}a", "", "a", "a,a");
    is("(?:(?=(a)))*a", "", "a", "a,-");
    is("(\\2a)(\\1)", "", "aaa", "aa,a,a");
}

#[test]
fn empty_iterations() {
    is("(a?b??)*", "", "ab", "ab,b");
    is("(?:a?){4294967295}b", "", "aab", "aab");
    is("(?:){99999999999}x", "", "x", "x");
    is("(a?){3}", "", "a", "a,");
    is("b{0,93416489348597348957394857}", "", "bb", "bb");
    no("b{93416489348597348957394857}", "", "bb");
    error("b{93416489348597348957394857,93416489348597348957394856}", "");
    is("(?:a|b){2147483648,}|c", "", "c", "c");
    is("x{0}", "", "x", "");
    is("(?:(x)|y){0}z", "", "z", "z,-");
}

#[test]
fn legacy_syntax() {
    is("\\c", "", "\\c", "\\c");
    is("[\\c]", "", "\\", "\\");
    is("[\\c0]", "", "\u{10}", "\u{10}");
    is("\\c1", "", "\\c1", "\\c1");
    is("\\cA[\\ca]", "", "\u{1}\u{1}", "\u{1}\u{1}");
    is("\\8\\9", "", "89", "89");
    is("\\1(a)", "", "a", "a,a");
    is("\\2(a)", "", "\u{2}a", "\u{2}a,a");
    is("\\400", "", "\u{20}0", "\u{20}0");
    is("\\377", "", "\u{FF}", "\u{FF}");
    is("\\x1\\u12\\a", "", "x1u12a", "x1u12a");
    is("a{", "", "a{", "a{");
    is("a{1", "", "a{1", "a{1");
    is("a{,2}]}", "", "a{,2}]}", "a{,2}]}");
    is("(?=a)*b", "", "b", "b");
    is("(?!a){2}b", "", "b", "b");
    is("[\\w-a]+", "", "-a", "-a");
    is("[a-\\d]+", "", "a-1", "a-1");
    is("[]|x", "", "x", "x");
    is("[^]", "", "\n", "\n");
    is("\\p{L}", "", "p{L}", "p{L}");
    for bad in [
        "*", "a**", "a{2}{3}", "{1}", "(", ")", "[", "a]b(", "(?<=a)*", "(?<!a)?", "\\", "a{2,1}", "[b-a]",
        "(?a)", "(?", "^*", "\\b+",
    ] {
        error(bad, "");
        error(bad, "u");
        error(bad, "v");
    }
    for bad in [
        "\\c",
        "\\1",
        "\\8",
        "\\00",
        "\\x1",
        "\\u12",
        "\\a",
        "\\-",
        "{",
        "}",
        "]",
        "a{",
        "(?=a)*",
        "[\\w-a]",
        "[\\c]",
        "\\u{110000}",
        "\\p{Foo}",
        "\\p",
        "\\p{sc=Foo}",
        "\\p{lu}",
        "\\p{ASCII=Y}",
        "\\P{RGI_Emoji}",
        "\\u{}",
        "[\\B]",
    ] {
        error(bad, "u");
    }
    for bad in [
        "[(]",
        "[a--b&&c]",
        "[a&&b--c]",
        "[a&&&b]",
        "[ab--c]",
        "[a-z&&b]",
        "[^\\q{ab}]",
        "\\P{RGI_Emoji}",
        "[^\\p{RGI_Emoji}]",
        "[!!]",
        "[a-\\d]",
        "[",
        "[[a]",
        "[/]",
        "[-a]",
        "[a-]",
        "[\\q{]",
    ] {
        error(bad, "v");
    }
}

#[test]
fn ignoring_case() {
    is("\\u{17F}", "iu", "S", "S");
    no("\\u017F", "i", "S");
    is("[^x]", "i", "\u{3A9}", "\u{3A9}");
    is("\u{DF}", "iu", "\u{1E9E}", "\u{1E9E}");
    no("\u{DF}", "i", "\u{1E9E}");
    is("\u{B5}", "i", "\u{39C}", "\u{39C}");
    is("\u{10400}", "iu", "\u{10428}", "\u{10428}");
    is("(\u{10400})\\1", "iu", "\u{10400}\u{10428}", "\u{10400}\u{10428},\u{10400}");
    is("[\\p{Lu}--[A-M]]+", "iv", "abnz", "nz");
    is("[^\\P{Lu}]", "iv", "a", "a");
    is("\\P{Lu}", "iu", "A", "A");
    no("[^\\P{Lu}]", "iu", "A");
    is("[^\\P{Ll}]", "v", "a", "a");
    for (a, b) in [("\u{390}", "\u{1FD3}"), ("\u{3B0}", "\u{1FE3}"), ("\u{FB05}", "\u{FB06}")] {
        is(a, "iu", b, b);
        is(b, "iv", a, a);
        no(a, "i", b);
    }
    is("\\u0131", "iu", "\u{131}", "\u{131}");
    no("\\u0131", "i", "I");
}

#[test]
fn unicode_sets() {
    is("[\\q{abc|ab|}]", "v", "abcd", "abc");
    is("[\\q{abc|ab|a|}]c", "v", "abc", "abc");
    is("(?<=[\\q{abc|c}])d", "v", "abcd", "d");
    is("(?<=([\\q{abc|c}]))d", "v", "abcd", "d,abc");
    is("[\\q{KM|kg}a]", "iv", "\u{212A}m", "\u{212A}m");
    is("[\\w--[a-y]]+", "v", "abz_", "z_");
    is("[\\w&&\\d&&[1-5]]+", "v", "a0123", "123");
    is("[[a-z]--\\q{a|bc}]+", "v", "abc", "bc");
    is("[^[a-z]&&[b-d]]", "v", "ba", "a");
    is(
        "^\\p{RGI_Emoji}$",
        "v",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    );
    is("^\\p{Emoji_Keycap_Sequence}$", "v", "4\u{FE0F}\u{20E3}", "4\u{FE0F}\u{20E3}");
    is(
        "^[\\p{RGI_Emoji_Flag_Sequence}--\\q{\u{1F1E6}\u{1F1E8}}]",
        "v",
        "\u{1F1E6}\u{1F1E9}",
        "\u{1F1E6}\u{1F1E9}",
    );
    no("^[\\p{RGI_Emoji_Flag_Sequence}--\\q{\u{1F1E6}\u{1F1E8}}]", "v", "\u{1F1E6}\u{1F1E8}");
    is("[\\&\\-a\\!]+", "v", "a-&!", "a-&!");
}

#[test]
fn surrogates() {
    let pair = [0xD83D, 0xDE00];
    assert_eq!(exec_units("\\ude00", "u", &pair, 0), None);
    assert_eq!(exec_units("\\ude00", "u", &pair, 1), None);
    assert_eq!(exec_units("\\ude00", "", &pair, 0), Some(vec![Some((1, 2))]));
    assert_eq!(exec_units(".", "u", &pair, 0), Some(vec![Some((0, 2))]));
    // An index inside a pair stands for the pair.
    assert_eq!(exec_units(".", "uy", &pair, 1), Some(vec![Some((0, 2))]));
    assert_eq!(exec_units("$", "uy", &pair, 2), Some(vec![Some((2, 2))]));
    assert_eq!(exec_units("(\\ud83d)\\1", "u", &[0xD83D, 0xD83D, 0xDE00], 0), None);
    assert_eq!(exec_units("(?<=^.)$", "u", &pair, 0), Some(vec![Some((2, 2))]));
    assert_eq!(exec_units("(?<=^[^x]*)$", "u", &pair, 0), Some(vec![Some((2, 2))]));
    assert_eq!(exec_units("^[^x]$", "", &pair, 0), None);
    assert_eq!(exec_units(".", "g", &pair, 3), None);
}

fn run(pattern: &str, subject: &str, meter: &mut Meter) -> Result<bool, ExecError> {
    let program = program(pattern, "").unwrap();
    Matcher::new().exec(&program, Text::Latin1(subject.as_bytes()), 0, &mut Vec::new(), meter)
}

#[test]
fn hostile_matches() {
    for pattern in ["(a*)*b", "(a|a)*b", "(?:a+)+$", "(.*)*x\\1", "(?=(a+)+b)", "(?<=(a|a)*b)a*?$"] {
        let mut meter = Meter { max_polls: Some(50), ..Meter::default() };
        let subject = "a".repeat(60) + "c";
        let result = run(pattern, &subject, &mut meter);
        assert!(
            result == Err(ExecError::Interrupted) || result == Ok(false) || pattern.contains('$'),
            "{pattern}: {result:?}"
        );
    }
    // Quadratic, linear per step.
    let mut meter = Meter { max_polls: Some(20), ..Meter::default() };
    assert_eq!(run("[ab]*[^a]{3}x?\\b$", &"ab".repeat(200_000), &mut meter), Err(ExecError::Interrupted));
    // The stack is charged and bounded.
    let mut meter = Meter { max_bytes: Some(100_000), ..Meter::default() };
    assert_eq!(run("(?:(a)|b|bb)*[bc]x", &"ab".repeat(100_000), &mut meter), Err(ExecError::OutOfMemory));
    let mut meter = Meter::default();
    assert_eq!(run("(?:(a)|b|bb)*[bc]x", &("ab".repeat(100_000) + "cx"), &mut meter), Ok(true));
    assert!(meter.bytes < 400_000, "{}", meter.bytes);
}

#[test]
fn hostile_patterns() {
    let local = 0u8;
    let limits = Limits { stack_limit: (&raw const local as usize) - 400_000, memory_limit: 64 << 20 };
    let million = |piece: &str| piece.repeat(1_000_000);
    let patterns = [
        million("("),
        million("(?:"),
        million("(?="),
        million("["),
        million("(a"),
        million("(?<a>"),
        million("(?:a|"),
        million("a|"),
        million("[a-z]"),
        million("\\d+"),
        million("(a)"),
        million("a{2,3}"),
        million("\\1"),
        million("[\\w]"),
        format!("{}a{}", "(?:".repeat(1_000_000), ")*".repeat(1_000_000)),
        format!("{}a{}", "(".repeat(60_000), ")".repeat(60_000)),
        format!("[{}", million("[")),
        format!("[{}]", million("\\q{ab|c}")),
        million("(?i:"),
        million("(?<!"),
        "()".repeat(65_000),
    ];
    for pattern in &patterns {
        for flags in ["", "i", "v"] {
            let flags = Flags::parse(Text::Latin1(flags.as_bytes())).unwrap();
            let _ = check(Text::Latin1(pattern.as_bytes()), flags, &limits);
            if let Ok(program) = compile(Text::Latin1(pattern.as_bytes()), flags, &limits) {
                let mut meter = Meter { max_polls: Some(20), max_bytes: Some(16 << 20), ..Meter::default() };
                let _ =
                    Matcher::new().exec(&program, Text::Latin1(b"abcabc"), 0, &mut Vec::new(), &mut meter);
            }
        }
    }
    let result = check(Text::Latin1(patterns[1].as_bytes()), Flags::default(), &limits);
    assert_eq!(result, Err(CompileError::StackOverflow));
    let tight = Limits { stack_limit: 0, memory_limit: 10_000 };
    let result = check(Text::Latin1(patterns[8].as_bytes()), Flags::default(), &tight);
    assert_eq!(result, Err(CompileError::OutOfMemory));
}
