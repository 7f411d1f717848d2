//! Runs test262 against qjs-engine.
//!
//! ```text
//! test262 [--dir] CHECKOUT [options] [PATH below test/ …]
//!   -j N, --jobs N       worker processes (default: the machine's processors)
//!   --table              a Markdown table per directory
//!   --report FILE        writes docs/conformance.md: the table, what is skipped, what fails
//!   --results FILE       where every run and its outcome is written, for diff (default target/test262/results.txt)
//!   --failures FILE      where failures are written (default target/test262/failures.txt)
//!   --expected FILE      the known failures (default tools/test262/expected-failures.txt);  --no-expected: none
//!   --skip-feature NAME  leave out what needs the feature
//!   --full               ignore skip.toml's [temporary] part;  --no-skip: ignore all of it
//!   --config FILE        another skip.toml
//!   --timeout SECONDS    of the clock, per run (default 60; scripts have 5 of the processor)
//!   --bytecode MODE      code is written and read before it runs: whole, no-source, stripped
//!   --leaks              cells left at the runtime's end are failures
//!   -v                   print failures, let workers write to stderr
//! ```
//! The last line is `N passed, N failed, N skipped`; strict and sloppy runs count separately. The exit status is 0 if
//! exactly those runs fail that are known to: a test that passed before and fails now makes it 1, and so does a known
//! failure that passes, which is to be taken out of the list.

mod agent;
mod bytecode;
mod host;
mod meta;
mod modules;
mod pool;
mod skip;
mod worker;

use meta::Meta;
use pool::Run;
use skip::Skip;
use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

#[derive(Default)]
struct Options {
    root: PathBuf,
    paths: Vec<String>,
    jobs: usize,
    table: bool,
    report: Option<PathBuf>,
    results: PathBuf,
    failures: PathBuf,
    expected: Option<PathBuf>,
    no_expected: bool,
    features: Vec<String>,
    full: bool,
    no_skip: bool,
    config: Option<PathBuf>,
    timeout: f64,
    bytecode: String,
    leaks: bool,
    verbose: bool,
    worker: bool,
}

fn options() -> Result<Options, Box<dyn Error>> {
    use lexopt::prelude::*;
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let mut o = Options {
        jobs: std::thread::available_parallelism().map_or(1, |n| n.get()),
        results: Path::new(&target).join("test262/results.txt"),
        failures: Path::new(&target).join("test262/failures.txt"),
        timeout: 60.0,
        ..Options::default()
    };
    let mut positional: Vec<OsString> = Vec::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('j') | Long("jobs") => o.jobs = parser.value()?.parse()?,
            Long("dir") => o.root = parser.value()?.into(),
            Long("table") => o.table = true,
            Long("report") => o.report = Some(parser.value()?.into()),
            Long("results") => o.results = parser.value()?.into(),
            Long("expected") => o.expected = Some(parser.value()?.into()),
            Long("no-expected") => o.no_expected = true,
            Long("failures") => o.failures = parser.value()?.into(),
            Long("skip-feature") => o.features.push(parser.value()?.parse()?),
            Long("full") => o.full = true,
            Long("no-skip") => o.no_skip = true,
            Long("config") => o.config = Some(parser.value()?.into()),
            Long("timeout") => o.timeout = parser.value()?.parse()?,
            Long("bytecode") => o.bytecode = parser.value()?.parse()?,
            Long("leaks") => o.leaks = true,
            Short('v') => o.verbose = true,
            Long("worker") => o.worker = true,
            Value(v) => positional.push(v),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut positional = positional.into_iter();
    if o.root.as_os_str().is_empty() {
        o.root = positional.next().ok_or("usage: test262 CHECKOUT [--table] [-j N] [PATH …]")?.into();
    }
    o.paths = positional
        .map(|p| {
            let p = p.to_string_lossy().into_owned();
            let p = p.strip_prefix(&*o.root.to_string_lossy()).unwrap_or(&p).trim_matches('/');
            p.strip_prefix("test/").unwrap_or(p).to_owned()
        })
        .collect();
    if !o.root.join("harness/assert.js").exists() {
        return Err(format!("{} is not a checkout of test262", o.root.display()).into());
    }
    Ok(o)
}

fn main() -> ExitCode {
    let result = options().and_then(|o| {
        if o.worker {
            bytecode::set_mode(&o.bytecode)?;
            worker::serve(o.root, o.leaks)?;
            return Ok(true);
        }
        run(&o)
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("test262: {e}");
            ExitCode::from(2)
        }
    }
}

fn skip_list(o: &Options) -> Result<Skip, Box<dyn Error>> {
    let mut skip = Skip::default();
    if !o.no_skip {
        let text = match &o.config {
            Some(p) => std::fs::read_to_string(p)?,
            None => include_str!("../skip.toml").to_owned(),
        };
        let config: toml::Table = text.parse()?;
        skip.add(&config, "permanent");
        if !o.full {
            skip.add(&config, "temporary");
        }
    }
    skip.features.extend(o.features.iter().cloned());
    Ok(skip)
}

/// The tests below `path`, sorted.
fn collect(root: &Path, path: &Path, out: &mut Vec<String>) -> std::io::Result<()> {
    if path.is_dir() {
        let mut entries =
            std::fs::read_dir(path)?.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        for e in entries {
            collect(root, &e, out)?;
        }
    } else if path.extension().is_some_and(|e| e == "js")
        && !path.to_string_lossy().contains("_FIXTURE")
        && let Ok(p) = path.strip_prefix(root)
    {
        out.push(p.to_string_lossy().into_owned());
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// Runs what was asked for: is all well?
fn run(o: &Options) -> Result<bool, Box<dyn Error>> {
    let tests = o.root.join("test");
    let skip = skip_list(o)?;
    let mut files = Vec::new();
    if o.paths.is_empty() {
        collect(&tests, &tests, &mut files)?;
    }
    for p in &o.paths {
        let path = tests.join(p);
        if !path.exists() {
            return Err(format!("no such test or directory: {p}").into());
        }
        collect(&tests, &path, &mut files)?;
    }
    let mut table: BTreeMap<String, Count> = BTreeMap::new();
    let mut runs = Vec::new();
    let mut outcomes = Vec::new();
    for file in files {
        let source = std::fs::read(tests.join(&file))?;
        let source = String::from_utf8_lossy(&source);
        let meta = Meta::parse(&source);
        let modes = meta.modes();
        if skip.skips(&file, &meta) {
            table.entry(directory(&file)).or_default().skipped += modes.len();
            outcomes.extend(modes.iter().map(|m| format!("{file} {} skipped", m.name())));
            continue;
        }
        let path: Arc<str> = file.into();
        runs.extend(modes.iter().map(|&mode| Run { path: path.clone(), mode }));
    }
    let mut worker: Vec<OsString> = vec!["--worker".into(), o.root.clone().into()];
    if !o.bytecode.is_empty() {
        worker.extend(["--bytecode".into(), o.bytecode.clone().into()]);
    }
    if o.leaks {
        worker.push("--leaks".into());
    }
    let settings = pool::Settings {
        worker,
        jobs: o.jobs.clamp(1, 256),
        limit: Duration::from_secs_f64(o.timeout.clamp(0.1, 3600.0)),
        quiet: o.verbose,
        verbose: o.verbose,
    };
    let results = pool::run_all(&runs, &settings)?;

    let known = known_failures(o)?;
    let mut failures = Vec::new();
    let mut surprises = Vec::new();
    for (run, message) in runs.iter().zip(results) {
        let count = table.entry(directory(&run.path)).or_default();
        let name = format!("{} {}", run.path, run.mode.name());
        match message {
            None => {
                count.passed += 1;
                if known.contains(&name) {
                    surprises.push(format!("passes, but is listed as a failure: {name}"));
                }
                outcomes.push(format!("{name} passed"));
            }
            Some(m) => {
                count.failed += 1;
                if !known.contains(&name) {
                    surprises.push(format!("fails, and is not listed as a failure: {name}"));
                }
                outcomes.push(format!("{name} failed: {m}"));
                failures.push(format!("{name} {m}"));
            }
        }
    }
    failures.sort();
    outcomes.sort();
    write_lines(&o.failures, &failures)?;
    write_lines(&o.results, &outcomes)?;
    if o.verbose {
        failures.iter().for_each(|f| println!("{f}"));
    }
    if o.table {
        print!("{}", table_text(&table));
    }
    if let Some(path) = &o.report {
        std::fs::write(path, report(o, &skip, &table, &failures))?;
    }
    surprises.iter().take(MAX_LISTED).for_each(|s| println!("{s}"));
    if surprises.len() > MAX_LISTED {
        println!("… and {} more", surprises.len() - MAX_LISTED);
    }
    let sum = |f: fn(&Count) -> usize| table.values().map(f).sum::<usize>();
    println!("{} passed, {} failed, {} skipped", sum(|c| c.passed), sum(|c| c.failed), sum(|c| c.skipped));
    Ok(surprises.is_empty())
}

/// The runs that are known to fail: a line each, path and mode; lines that begin with `#` say why.
fn known_failures(o: &Options) -> std::io::Result<HashSet<String>> {
    let text = match &o.expected {
        _ if o.no_expected => String::new(),
        Some(path) => std::fs::read_to_string(path)?,
        None => include_str!("../expected-failures.txt").to_owned(),
    };
    Ok(text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(key).collect())
}

fn write_lines(path: &Path, lines: &[String]) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, lines.iter().map(|l| format!("{l}\n")).collect::<String>())
}

/// A failure line's path and mode.
fn key(line: &str) -> String {
    line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ")
}

/// Under which row of the table a test counts: two levels, four for built-ins' prototypes are too many.
fn directory(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.truncate(2);
    parts.join("/")
}

fn table_text(table: &BTreeMap<String, Count>) -> String {
    let mut text =
        "| directory | passed | failed | skipped | % of what ran |\n|---|--:|--:|--:|--:|\n".to_owned();
    let mut row = |name: &str, c: &Count| {
        let ran = c.passed + c.failed;
        // Rounded down, so that 100 means all.
        let percent = (1000 * c.passed)
            .checked_div(ran)
            .map_or_else(|| "–".to_owned(), |p| format!("{:.1}", p as f64 / 10.0));
        text += &format!("| {name} | {} | {} | {} | {percent} |\n", c.passed, c.failed, c.skipped);
    };
    let mut total = Count::default();
    for (name, c) in table {
        row(name, c);
        total.passed += c.passed;
        total.failed += c.failed;
        total.skipped += c.skipped;
    }
    row("**all**", &total);
    text
}

/// docs/conformance.md
fn report(o: &Options, skip: &Skip, table: &BTreeMap<String, Count>, failures: &[String]) -> String {
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git").arg("-C").arg(&o.root).args(args).output();
        output
            .ok()
            .filter(|o| o.status.success())
            .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
    };
    // A checkout without its .git would answer with the repository around it.
    let suite = if o.root.join(".git").exists() { git(&["log", "-1", "--format=%h of %cs"]) } else { None };
    let suite = suite.map_or(String::new(), |c| format!(" (commit {c})"));
    let list = |mut items: Vec<&String>| {
        items.sort();
        items.iter().map(|i| format!("`{i}`")).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "# Conformance\n\n\
         What test262{suite} says. Strict and sloppy runs of a test count separately; each runs in a fresh\n\
         runtime with 512 MB and 5 seconds of the processor. This page is written by\n\n\
         ```\nmake test262 TEST262_DIR=… TEST262_ARGS='--report docs/conformance.md'\n```\n\n\
         Left out by `tools/test262/skip.toml`:\n\n\
         - features: {}\n- directories: {}\n- flags: {}\n\n{}",
        list(skip.features.iter().collect()),
        list(skip.paths.iter().collect()),
        list(skip.flags.iter().collect()),
        table_text(table)
    );
    if !failures.is_empty() {
        text += "\n## What fails\n\n```\n";
        for f in failures.iter().take(MAX_LISTED) {
            text += &format!("{}\n", key(f));
        }
        text += "```\n";
        if failures.len() > MAX_LISTED {
            text += &format!("… and {} more.\n", failures.len() - MAX_LISTED);
        }
    }
    text
}

/// How many failures the report and the output list.
const MAX_LISTED: usize = 500;
