//! Checks the resolver's promises on every program of test262 (`TEST262_DIR` or `~/.cache/test262`)
//! and on the files named in `SYNTAX_CORPUS`.
mod walk;
use qjs_syntax::*;
use std::path::{Path, PathBuf};

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for e in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let p = e.path();
        if p.is_dir() {
            files(&p, out);
        } else if p.extension().is_some_and(|x| x == "js") {
            out.push(p);
        }
    }
}

#[test]
#[ignore = "needs test262"]
fn resolution_is_consistent() {
    let home = std::env::var("HOME").unwrap_or_default();
    let dir = std::env::var("TEST262_DIR").unwrap_or(format!("{home}/.cache/test262"));
    let mut list = Vec::new();
    files(&Path::new(&dir).join("test/language"), &mut list);
    files(&Path::new(&dir).join("test/annexB"), &mut list);
    files(&Path::new(&dir).join("test/staging"), &mut list);
    list.extend(
        std::env::var("SYNTAX_CORPUS")
            .unwrap_or_default()
            .split(':')
            .filter(|s| !s.is_empty())
            .map(PathBuf::from),
    );
    let (mut programs, mut bad) = (0, 0);
    for file in list {
        let Ok(source) = std::fs::read(&file) else { continue };
        for goal in [Goal::Script, Goal::Module, Goal::IndirectEval] {
            let arena = Bump::new();
            let Ok(p) = parse(&arena, &source, &ParseOptions { goal, ..Default::default() }) else {
                continue;
            };
            programs += 1;
            let c = walk::Checker::run(&p);
            for e in &c.errors {
                println!("{}: {e}", file.display());
                bad += 1;
            }
        }
    }
    println!("{programs} programs, {bad} errors");
    assert!(bad == 0 && programs > 0);
}
