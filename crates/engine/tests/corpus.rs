//! The corpus of the fuzz target (fuzz/README.md): replayed, with a number of changes to each input.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::serialize::{self, DataKind, WriteOptions};
use qjs_engine::vm::script::{EvalOptions, compile_module, compile_script, eval_script};
use qjs_engine::{Context, Result, Runtime};
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/snippets.rs"]
mod snippets;

use driver::{Dice, Outcome};
use snippets::{GRAPHS, MODULES, SCRIPTS};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// The inputs, in the order of their names.
fn corpus(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder of inputs");
    let mut list: Vec<_> = entries
        .map(|e| {
            let e = e.expect("an entry");
            (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("an input"))
        })
        .collect();
    list.sort();
    list
}

/// What the corpus is made of: a name and its bytes for each snippet.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut list = Vec::new();
    let mut add = |name: String, make: &dyn Fn(&Context) -> Result<Vec<u8>>| {
        let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("a runtime");
        let cx = Context::new(&rt).expect("a context");
        let bytes = make(&cx).expect("written");
        drop(cx);
        rt.clear_for_shutdown();
        rt.shut_down(None);
        list.push((name, bytes));
    };
    let whole = WriteOptions { references: true, ..WriteOptions::default() };
    let stripped = WriteOptions { strip_debug: true, ..whole };
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    for (i, text) in SCRIPTS.iter().enumerate() {
        for (kind, o) in [("whole", whole), ("stripped", stripped)] {
            add(format!("script-{i:02}-{kind}"), &|cx| {
                let f = compile_script(cx, text.as_bytes(), "s", &options)?;
                serialize::write_function(cx, &f, &o).map(|w| w.bytes)
            });
        }
    }
    for (i, text) in MODULES.iter().enumerate() {
        for (kind, o) in [("whole", whole), ("stripped", stripped)] {
            add(format!("module-{i:02}-{kind}"), &|cx| {
                let m = compile_module(cx, text.as_bytes(), "self", 1)?;
                serialize::write_module(cx, &m, &o).map(|w| w.bytes)
            });
        }
    }
    for (kind, bytes) in [
        (DataKind::Json, &b"{\"a\": [1, \"b\"]}"[..]),
        (DataKind::Text, "ä€".as_bytes()),
        (DataKind::Bytes, b"\0x\xff"),
    ] {
        add(format!("module-data-{}", kind.name()), &|cx| {
            serialize::write_data_module(cx, "data", kind, true, bytes).map(|w| w.bytes)
        });
    }
    for (i, text) in GRAPHS.iter().enumerate() {
        add(format!("graph-{i:02}"), &|cx| {
            let text = format!("{{ {text} }}");
            let v = eval_script(cx, cx.global().clone().as_value(), text.as_bytes(), "s", &options)?;
            serialize::write(cx, &v, &whole).map(|w| w.bytes)
        });
    }
    list
}

/// Writes the corpus anew: `cargo test -p qjs-engine --test corpus write -- --ignored`, whenever the format changes.
/// (What was added by hand for a bug that was found is left alone; only its header is put right.)
#[test]
#[ignore = "changes files"]
fn write() {
    for (name, mut bytes) in corpus(&folder()) {
        driver::restore_header(&mut bytes);
        std::fs::write(folder().join(name), bytes).expect("written");
    }
    for (name, bytes) in seeds() {
        std::fs::write(folder().join(name), bytes).expect("written");
    }
}

/// The corpus is what the snippets come to: every kind of input is read and run.
#[test]
fn replayed() {
    let there = corpus(&folder());
    for (name, bytes) in seeds() {
        let found = there.iter().find(|(n, _)| *n == name);
        assert!(found.is_some_and(|(_, b)| *b == bytes), "{name} is not what is written now: see `write`");
        let want = match name.split('-').next() {
            Some("script") => Outcome::Function,
            Some("module") => Outcome::Module,
            _ => Outcome::Value,
        };
        assert_eq!(driver::run(&bytes), want, "{name}");
    }
    for (name, bytes) in &there {
        println!("{name}");
        driver::run(bytes);
    }
    // CORPUS_MORE is a folder of findings.
    for (name, bytes) in std::env::var_os("CORPUS_MORE").iter().flat_map(|f| corpus(Path::new(f))) {
        println!("{name}: {:?}", driver::run(&bytes));
    }
}

/// Changed inputs: a bounded number here, millions with the fuzz target. CORPUS_ROUNDS is how many of each input,
/// CORPUS_SEED the first of them, CORPUS_DIR another folder, CORPUS_KEEP a file that holds the current one.
#[test]
fn mutated() {
    let rounds: u32 = std::env::var("CORPUS_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let first: u32 = std::env::var("CORPUS_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let list = corpus(&std::env::var_os("CORPUS_DIR").map_or_else(folder, PathBuf::from));
    let mut counts = [0; 4];
    for (i, (_, bytes)) in list.iter().enumerate() {
        for round in 0..rounds {
            let mut dice = Dice::new((first + round) * 1000 + i as u32);
            let other = &list[dice.roll(list.len())].1;
            let mut b = bytes.clone();
            dice.mutate(&mut b, other);
            driver::restore_header(&mut b);
            if let Ok(path) = std::env::var("CORPUS_KEEP") {
                std::fs::write(path, &b).expect("kept");
            }
            counts[driver::run(&b) as usize] += 1;
        }
    }
    println!("refused, values, functions, modules: {counts:?}");
    assert!(counts.iter().all(|n| *n > 50), "{counts:?}");
}
