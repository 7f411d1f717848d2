//! Compares with node on generated patterns: `cargo test -p qjs-regexp --test oracle -- --ignored`.
//! `ORACLE_SEED` and `ORACLE_COUNT` choose others.

use std::process::Command;

use qjs_regexp::{CompileError, Flags, Host, Limits, Matcher, Text, UNDEFINED, compile};

struct Free;

impl Host for Free {
    fn poll(&mut self) -> Result<(), ()> {
        Ok(())
    }
    fn charge(&mut self, _: usize) -> Result<(), ()> {
        Ok(())
    }
    fn release(&mut self, _: usize) {}
}

fn units(hex: &str) -> Vec<u16> {
    hex.as_bytes()
        .chunks(4)
        .map(|digits| u16::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
        .collect()
}

fn answer(matcher: &mut Matcher, flags: &str, pattern: &[u16], subject: Text<'_>, start: usize) -> String {
    let flags = Flags::parse(Text::Latin1(flags.as_bytes())).unwrap();
    let program = match compile(Text::Utf16(pattern), flags, &Limits::NONE) {
        Ok(program) => program,
        Err(CompileError::Syntax { .. }) => return "E".into(),
        Err(other) => return format!("{other:?}"),
    };
    let mut captures = Vec::new();
    match matcher.exec(&program, subject, start, &mut captures, &mut Free) {
        Ok(false) => "N".into(),
        Ok(true) => captures
            .chunks(2)
            .map(|p| if p[0] == UNDEFINED { "-".into() } else { format!("{}:{}", p[0], p[1]) })
            .collect::<Vec<_>>()
            .join(","),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
#[ignore = "needs node"]
fn same_as_node() {
    let variable = |name: &str, default: &str| std::env::var(name).unwrap_or(default.into());
    let output = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.js"))
        .args([variable("ORACLE_SEED", "1"), variable("ORACLE_COUNT", "20000")])
        .output()
        .unwrap();
    assert!(output.status.success());
    let mut matcher = Matcher::new();
    let (mut cases, mut failures) = (0, 0);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (flags, pattern, subject) = (fields[0], units(fields[1]), units(fields[2]));
        let start = fields[3].parse().unwrap();
        let mut answers = vec![answer(&mut matcher, flags, &pattern, Text::Utf16(&subject), start)];
        if subject.iter().all(|&u| u < 0x100) {
            let bytes: Vec<u8> = subject.iter().map(|&u| u as u8).collect();
            answers.push(answer(&mut matcher, flags, &pattern, Text::Latin1(&bytes), start));
        }
        cases += answers.len();
        for ours in answers {
            if ours != fields[4] {
                failures += 1;
                if failures <= 40 {
                    println!(
                        "/{}/{flags} on {:?} from {start}: {ours}, node: {}",
                        String::from_utf16_lossy(&pattern),
                        String::from_utf16_lossy(&subject),
                        fields[4]
                    );
                }
            }
        }
    }
    assert_eq!(failures, 0, "of {cases} cases");
}
