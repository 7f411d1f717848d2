//! Runs the parser over test262: `parse262 TEST262_DIR [substring…]`. Prints what it gets wrong.
use qjs_syntax::{Bump, Goal, ParseOptions, parse};
use std::path::{Path, PathBuf};

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for e in entries.flatten() {
        let p = e.path();
        if p.is_dir() {
            walk(&p, out);
        } else if p.extension().is_some_and(|x| x == "js") && !p.to_string_lossy().contains("_FIXTURE") {
            out.push(p);
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let dir = args
        .next()
        .unwrap_or_else(|| format!("{}/.cache/test262", std::env::var("HOME").unwrap_or_default()));
    let filters: Vec<String> = args.collect();
    let mut files = Vec::new();
    walk(&Path::new(&dir).join("test"), &mut files);
    files.sort();
    let (mut pass, mut fail, mut skipped) = (0, 0, 0);
    for file in files {
        let name = file.to_string_lossy().into_owned();
        if !filters.iter().all(|f| name.contains(f.as_str())) {
            continue;
        }
        let Ok(source) = std::fs::read(&file) else { continue };
        let text = String::from_utf8_lossy(&source);
        let meta = text.split("/*---").nth(1).and_then(|t| t.split("---*/").next()).unwrap_or("");
        if ["source-phase-imports", "decorators"].iter().any(|f| meta.contains(f)) {
            skipped += 1;
            continue;
        }
        let negative = meta.contains("phase: parse") && meta.contains("negative:");
        // `flags: [a, b]`, or a list on the lines below.
        let flags = meta.split("flags:").nth(1).unwrap_or("");
        let flags: String = flags
            .lines()
            .enumerate()
            .take_while(|(i, l)| *i == 0 || l.trim_start().starts_with("- "))
            .map(|(_, l)| l)
            .collect();
        let module = flags.contains("module");
        let mut modes = Vec::new();
        if module || flags.contains("raw") || flags.contains("noStrict") {
            modes.push(false);
        } else if flags.contains("onlyStrict") {
            modes.push(true);
        } else {
            modes.extend([false, true]);
        }
        for strict in modes {
            let arena = Bump::new();
            let goal = if module { Goal::Module } else { Goal::Script };
            let options = ParseOptions { goal, strict, ..Default::default() };
            if std::env::var_os("VERBOSE").is_some() {
                eprintln!("{name}");
            }
            let result = parse(&arena, &source, &options);
            let ok = match (&result, negative) {
                (Err(_), true) | (Ok(_), false) => true,
                (Ok(_), true) => {
                    println!("ACCEPTED {name} strict={strict}");
                    false
                }
                (Err(e), false) => {
                    println!("REJECTED {name} strict={strict}: {e}");
                    false
                }
            };
            if ok { pass += 1 } else { fail += 1 }
        }
    }
    println!("pass {pass} fail {fail} skipped {skipped}");
}
