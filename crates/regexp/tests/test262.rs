//! test262's generated tests of properties and `v` classes, and its early errors of literals:
//! `TEST262_DIR=… cargo test -p qjs-regexp --test test262 -- --ignored`.

use std::process::Command;

use qjs_regexp::{CompileError, Flags, Host, Limits, Matcher, Program, Text, compile};

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

fn program(flags: &str, pattern: &str) -> Result<Program, CompileError> {
    let Some(flags) = Flags::parse(Text::Latin1(flags.as_bytes())) else {
        return Err(CompileError::Syntax { message: "Invalid flags".into(), offset: 0 });
    };
    compile(Text::Utf16(&units(pattern)), flags, &Limits::NONE)
}

#[test]
#[ignore = "needs test262 and node"]
fn generated() {
    let dir = std::env::var("TEST262_DIR").unwrap_or("/root/.cache/test262".into());
    let output = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/test262.js"))
        .arg(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut matcher = Matcher::new();
    let mut captures = Vec::new();
    let mut failures = 0;
    let mut cases = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[1].contains("line-separator") || fields[1].contains("paragraph-separator") {
            // The lexer's affair.
            continue;
        }
        let name = format!("{} /{}/{}", fields[1], String::from_utf16_lossy(&units(fields[3])), fields[2]);
        let mut fail = |what: &str| {
            failures += 1;
            if failures <= 60 {
                println!("{name}: {what}");
            }
        };
        cases += 1;
        let program = program(fields[2], fields[3]);
        if fields[0] == "E" {
            if !matches!(program, Err(CompileError::Syntax { .. })) {
                fail("is no error");
            }
            continue;
        }
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                fail(&format!("{error:?}"));
                continue;
            }
        };
        match fields[0] {
            "R" => {
                let mut text = Vec::new();
                for range in fields[4].split_whitespace() {
                    let (lo, hi) = range.split_once('-').unwrap();
                    for c in lo.parse().unwrap()..=hi.parse::<u32>().unwrap() {
                        match char::from_u32(c) {
                            Some(c) => text.extend_from_slice(c.encode_utf16(&mut [0; 2])),
                            None => text.push(c as u16),
                        }
                    }
                }
                let result = matcher.exec(&program, Text::Utf16(&text), 0, &mut captures, &mut Free);
                if result != Ok(true) {
                    fail(&format!("{result:?}"));
                }
            }
            "S" => {
                for (list, expected) in [(fields[4], true), (fields[5], false)] {
                    // As test262's harness does it: one by one only if all in a row say otherwise.
                    let all = units(&list.replace(' ', ""));
                    let joined = matcher.exec(&program, Text::Utf16(&all), 0, &mut captures, &mut Free);
                    if joined == Ok(expected) {
                        continue;
                    }
                    for string in list.split(' ').filter(|s| !s.is_empty()) {
                        let text = units(string);
                        let result = matcher.exec(&program, Text::Utf16(&text), 0, &mut captures, &mut Free);
                        if result != Ok(expected) {
                            fail(&format!("{result:?} on {:?}", String::from_utf16_lossy(&text)));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(failures, 0, "of {cases} cases");
}
