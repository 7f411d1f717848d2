//! Parses, emits and verifies every file given (directories: every `.js` in them), as test262 has them.
//! `--dis` prints the code instead. Usage: `emit262 [--dis] [--module] PATH…`

use qjs_engine::bytecode::{check, dis, emit, verify};
use qjs_syntax::{Bump, Goal, ParseOptions, parse};
use std::path::{Path, PathBuf};

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        entries.sort();
        entries.iter().for_each(|e| collect(e, out));
    } else if path.extension().is_some_and(|e| e == "js" || e == "mjs") {
        out.push(path.to_owned());
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let show = args.iter().any(|a| a == "--dis");
    let module_flag = args.iter().any(|a| a == "--module");
    let mut files = Vec::new();
    for a in args.iter().filter(|a| !a.starts_with("--")) {
        collect(Path::new(a), &mut files);
    }
    let (mut emitted, mut unparsed, mut bad, mut instrs, mut replaced) = (0, 0, 0, 0usize, 0usize);
    for file in &files {
        let Ok(source) = std::fs::read(file) else { continue };
        let text = String::from_utf8_lossy(&source);
        let module =
            module_flag || text.contains("flags: [module") || file.extension().is_some_and(|e| e == "mjs");
        let negative = text.contains("negative:") && text.contains("phase: parse");
        let strict = text.contains("onlyStrict");
        let options = ParseOptions {
            goal: if module { Goal::Module } else { Goal::Script },
            strict,
            ..ParseOptions::default()
        };
        let arena = Bump::new();
        let program = match parse(&arena, &source, &options) {
            Ok(p) => p,
            Err(e) => {
                unparsed += 1;
                if !negative && show {
                    println!("{}: {e}", file.display());
                }
                continue;
            }
        };
        for want_completion in [false, true] {
            let options = emit::EmitOptions { want_completion, ..Default::default() };
            match emit::emit(&program, &options) {
                Ok(code) => {
                    emitted += 1;
                    instrs += code.instrs.len();
                    if show && !want_completion {
                        println!("{}", dis::disassemble(&code, true));
                    }
                    if let Err(e) = verify::verify(&code)
                        .and_then(|()| check::check_emitted(&code).map(|n| replaced += n))
                    {
                        bad += 1;
                        if bad < 20 {
                            println!("{}: {e}", file.display());
                        } else {
                            println!("{}: {}", file.display(), e.lines().next().unwrap_or_default());
                        }
                        break;
                    }
                }
                Err(e) => {
                    bad += 1;
                    println!("{}: {e}", file.display());
                    break;
                }
            }
        }
    }
    println!(
        "{} files, {emitted} emitted, {unparsed} not parsed, {bad} bad, {instrs} top-level instructions, {replaced} to be checked on loading",
        files.len()
    );
}
