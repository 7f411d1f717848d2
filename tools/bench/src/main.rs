//! Compares qjs-rs with QuickJS-NG: each benchmark runs in both, in turn, several times; medians and ratios.
//!
//! ```text
//! bench [-n RUNS] [NAME …]     names: startup, octane, kernels, embed, workers, memory, messages, bytecode, or
//!                              single benchmarks
//! OCTANE_DIR   Octane's files (default: a clone in ~/.cache/octane)
//! OURS         another command that runs script files (default build/qjs)
//! ```
//! Times are processor seconds of the whole process (kernels, Octane) or of the measured loop (embed), so that
//! other load on the machine disturbs little. A ratio is theirs / ours: above 1, ours is faster or smaller.

mod measure;
mod prepare;

use measure::{Sample, geometric_mean, median};
use prepare::Engine;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Octane's programs, and how often each runs.
const OCTANE: [(&str, u32); 8] = [
    ("richards", 350),
    ("deltablue", 150),
    ("crypto", 12),
    ("raytrace", 30),
    ("earley-boyer", 12),
    ("regexp", 4),
    ("splay", 300),
    ("navier-stokes", 12),
];

const OCTANE_DRIVER: &str = r#"
BenchmarkSuite.suites.forEach(function (suite) {
  BenchmarkSuite.ResetRNG();
  suite.benchmarks.forEach(function (b) {
    b.Setup();
    for (var i = 0; i < ITERATIONS; i++) b.run();
    b.TearDown();
  });
  print(suite.name);
});
"#;

/// What the C program measures: name, unit.
const EMBED: &[(&str, &str)] = &[
    ("runtime+context", "µs"),
    ("call-js", "ns"),
    ("call-c", "ns"),
    ("get-property", "ns"),
    ("set-property", "ns"),
    ("new-object", "ns"),
    ("strings", "ns"),
    ("eval", "µs"),
];
/// Processes of which one sample of the startup time is the mean.
const STARTS: u32 = 100;
/// What a process has had in memory at most. (From outside, what the measuring one had would count.)
const RESIDENT: &str = "print(/VmHWM:\\s*(\\d+)/.exec(std.loadFile('/proc/self/status'))[1])";
/// What benches/workers/main.js measures: name, unit.
const WORKERS: &[(&str, &str)] = &[
    ("spawn", "µs"),
    ("round-trip", "µs"),
    ("round-trip-of-8", "µs"),
    ("one-way", "ns"),
    ("one-way-object", "ns"),
    ("graph", "ms"),
    ("two-of-two", "‰"),
];
const MEMORY: &[(&str, &str)] = &[("context-bytes", "KB"), ("heap-1m", "MB"), ("map-300k", "MB")];

/// What is written and read: messages, and npm's typescript as bytecode.
const MESSAGES: &[(&str, &str)] = &[("message-small", "µs"), ("message-graph", "µs")];
const BYTECODE: &[(&str, &str)] = &[
    ("typescript-source", "ms"),
    ("typescript-load", "ms"),
    ("typescript-load-stripped", "ms"),
    ("typescript-source-run", "ms"),
    ("typescript-load-run", "ms"),
    ("bytes-with-source", "MB"),
    ("bytes-no-source", "MB"),
    ("bytes-stripped", "MB"),
];

struct Row {
    name: String,
    ours: f64,
    theirs: f64,
    unit: &'static str,
}

struct Bench {
    ours: Engine,
    theirs: Engine,
    work: PathBuf,
    runs: usize,
    names: Vec<String>,
    means: Vec<(&'static str, f64, usize)>,
    failed: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    use lexopt::prelude::*;
    let (mut runs, mut names) = (5usize, Vec::new());
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next().map_err(|e| e.to_string())? {
        match arg {
            Short('n') => {
                runs = parser.value().and_then(|v| v.parse()).map_err(|e: lexopt::Error| e.to_string())?
            }
            Value(v) => names.push(v.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().to_string()),
        }
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let work = Path::new(&target).join("bench");
    std::fs::create_dir_all(&work).map_err(|e| e.to_string())?;
    let embed_c = Path::new("tools/bench/embed.c");
    let build = std::env::var_os("BUILD").unwrap_or_else(|| "build".into());
    let mut b = Bench {
        theirs: prepare::quickjs_ng(&work, embed_c)?,
        ours: prepare::ours(Path::new(&build), &work, embed_c)?,
        work,
        runs: runs.clamp(1, 1000),
        names,
        means: Vec::new(),
        failed: false,
    };
    b.startup()?;
    b.octane()?;
    b.kernels()?;
    b.embed("embedding", "embed", EMBED, "ns per operation, or µs");
    b.workers();
    b.embed("memory", "memory", MEMORY, "resident after what is named was made");
    b.embed("messages", "messages", MESSAGES, "written and read");
    match prepare::typescript(Path::new(&target)) {
        Some(file) => {
            let what = "typescript.js compiled, loaded, run after either, and how long its bytecode is";
            b.embed_with("bytecode", "bytecode", BYTECODE, what, file.as_os_str());
        }
        None => println!(
            "\nbytecode left out: no typescript.js (make realworld fetches it; or set TYPESCRIPT_JS)"
        ),
    }
    println!("\ngeometric means (theirs / ours)");
    for (title, mean, n) in &b.means {
        println!("  {title:<12} {mean:>6.2}   ({n})");
    }
    Ok(!b.failed)
}

impl Bench {
    fn wants(&self, group: &str, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|n| n == group || n == name)
    }

    fn octane(&mut self) -> Result<(), String> {
        let wanted: Vec<_> = OCTANE.iter().filter(|(n, _)| self.wants("octane", n)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let dir = match prepare::octane(&OCTANE.map(|(n, _)| n)) {
            Ok(d) => d,
            Err(e) => {
                println!("Octane left out: {e}");
                self.failed = true;
                return Ok(());
            }
        };
        let read = |name: &str| {
            std::fs::read_to_string(dir.join(name)).map_err(|e| format!("{}/{name}: {e}", dir.display()))
        };
        let base = read("base.js")?;
        let mut rows = Vec::new();
        self.title("Octane", "seconds of processor time, whole process");
        for (name, iterations) in wanted {
            let driver = OCTANE_DRIVER.replace("ITERATIONS", &iterations.to_string());
            let script = self.work.join(format!("octane-{name}.js"));
            let text = format!("{base}\n{}\n{driver}", read(&format!("{name}.js"))?);
            std::fs::write(&script, text).map_err(|e| e.to_string())?;
            rows.extend(self.script(name, &script));
        }
        self.mean("Octane", &rows);
        Ok(())
    }

    fn kernels(&mut self) -> Result<(), String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir("benches")
            .map_err(|e| format!("benches: {e}"))?
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "js"))
            .collect();
        files.sort();
        let stem = |p: &Path| p.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files.retain(|p| self.wants("kernels", &stem(p)));
        if files.is_empty() {
            return Ok(());
        }
        self.title("kernels", "seconds of processor time, whole process");
        let rows: Vec<Row> = files.iter().filter_map(|p| self.script(&stem(p), p)).collect();
        self.mean("kernels", &rows);
        Ok(())
    }

    /// The command as a whole process that does nothing.
    fn startup(&mut self) -> Result<(), String> {
        if !self.wants("startup", "startup") {
            return Ok(());
        }
        let peak = prepare::peak(&self.work)?.into_os_string();
        self.title("startup", "milliseconds of processor time; resident memory at its highest");
        let (ours, theirs) = (self.ours.qjs.clone(), self.theirs.qjs.clone());
        let commands: [&std::ffi::OsStr; 2] = [ours.as_os_str(), theirs.as_os_str()];
        let sides = |args: &'static [&'static str]| {
            commands.map(|c| {
                std::iter::once(c).chain(args.iter().map(|a| std::ffi::OsStr::new(*a))).collect::<Vec<_>>()
            })
        };
        let mut rows = Vec::new();
        // One start is too short to be measured: each sample is the mean of many.
        let [o, t] = sides(&["-e", "1"]);
        rows.extend(self.pair_of("qjs -e 1", "ms", STARTS, &o, &t, &|s| Some(1000.0 * s.cpu)));
        let resident = |s: &Sample| s.output.trim().parse().ok();
        let [mut o, mut t] = sides(&["-e", "1"]);
        o.insert(0, &peak);
        t.insert(0, &peak);
        rows.extend(self.pair("resident", "KB", &o, &t, &resident));
        let [o, t] = sides(&["--std", "-e", RESIDENT]);
        rows.extend(self.pair("resident, --std", "KB", &o, &t, &resident));
        self.mean("startup", &rows);
        Ok(())
    }

    fn embed(&mut self, title: &'static str, group: &str, cases: &[(&str, &'static str)], what: &str) {
        self.embed_with(title, group, cases, what, "".as_ref());
    }
    /// The same with an argument besides the case's name.
    fn embed_with(
        &mut self,
        title: &'static str,
        group: &str,
        cases: &[(&str, &'static str)],
        what: &str,
        argument: &std::ffi::OsStr,
    ) {
        let wanted: Vec<_> = cases.iter().filter(|(n, _)| self.wants(group, n)).collect();
        if wanted.is_empty() {
            return;
        }
        self.title(title, what);
        let (ours, theirs) = match (&self.ours.embed, &self.theirs.embed) {
            (Ok(o), Ok(t)) => (o.clone(), t.clone()),
            (Err(e), _) | (_, Err(e)) => {
                println!("left out: {e}");
                self.failed = true;
                return;
            }
        };
        let mut rows = Vec::new();
        for (name, unit) in wanted {
            let number = |s: &Sample| s.output.trim().parse::<f64>().ok();
            rows.extend(self.pair(
                name,
                unit,
                &[ours.as_os_str(), name.as_ref(), argument],
                &[theirs.as_os_str(), name.as_ref(), argument],
                &number,
            ));
        }
        self.mean(title, &rows);
    }

    fn workers(&mut self) {
        let wanted: Vec<_> = WORKERS.iter().filter(|(n, _)| self.wants("workers", n)).collect();
        if wanted.is_empty() {
            return;
        }
        self.title(
            "workers",
            "time, not processor time; two-of-two: two workers' time in thousandths of one's",
        );
        let (ours, theirs) = (self.ours.qjs.clone(), self.theirs.qjs.clone());
        let mut rows = Vec::new();
        for (name, unit) in wanted {
            let number = |s: &Sample| s.output.trim().parse::<f64>().ok();
            let arguments = ["benches/workers/main.js".as_ref(), name.as_ref()];
            let command = |qjs: &'_ PathBuf| -> Vec<std::ffi::OsString> {
                std::iter::once(qjs.as_os_str()).chain(arguments).map(Into::into).collect()
            };
            let (o, t) = (command(&ours), command(&theirs));
            let (o, t): (Vec<_>, Vec<_>) =
                (o.iter().map(|s| s.as_os_str()).collect(), t.iter().map(|s| s.as_os_str()).collect());
            rows.extend(self.pair(name, unit, &o, &t, &number).filter(|_| *name != "two-of-two"));
        }
        self.mean("workers", &rows);
    }

    fn script(&mut self, name: &str, script: &Path) -> Option<Row> {
        let (ours, theirs) = (self.ours.qjs.clone(), self.theirs.qjs.clone());
        let script = script.as_os_str();
        // Without the flag, what parses as a module is one.
        let flag: &std::ffi::OsStr = "--script".as_ref();
        let (ours, theirs) = ([ours.as_os_str(), flag, script], [theirs.as_os_str(), flag, script]);
        self.pair(name, "s", &ours, &theirs, &|s| Some(s.cpu))
    }

    /// Runs both in turn and prints the medians.
    fn pair(
        &mut self,
        name: &str,
        unit: &'static str,
        ours: &[&std::ffi::OsStr],
        theirs: &[&std::ffi::OsStr],
        value: &dyn Fn(&Sample) -> Option<f64>,
    ) -> Option<Row> {
        self.pair_of(name, unit, 1, ours, theirs, value)
    }

    /// The same; each sample is the mean of several processes.
    fn pair_of(
        &mut self,
        name: &str,
        unit: &'static str,
        processes: u32,
        ours: &[&std::ffi::OsStr],
        theirs: &[&std::ffi::OsStr],
        value: &dyn Fn(&Sample) -> Option<f64>,
    ) -> Option<Row> {
        let mut values = [Vec::new(), Vec::new()];
        let mut outputs = [String::new(), String::new()];
        for _ in 0..self.runs {
            for (side, command) in [ours, theirs].into_iter().enumerate() {
                let mut sum = 0.0;
                for _ in 0..processes {
                    let result = measure::run(Command::new(command[0]).args(&command[1..]));
                    match result.and_then(|s| Ok((value(&s).ok_or("no number in the output")?, s))) {
                        Ok((v, s)) => {
                            sum += v;
                            outputs[side] = s.output;
                        }
                        Err(e) => {
                            println!("{name:<18} {} failed: {e}", ["ours", "theirs"][side]);
                            self.failed = true;
                            return None;
                        }
                    }
                }
                values[side].push(sum / f64::from(processes));
            }
        }
        if unit == "s" && outputs[0] != outputs[1] {
            println!("{name:<18} prints something else than theirs");
            self.failed = true;
            return None;
        }
        let spread = |v: &[f64]| {
            let (lo, hi) = v.iter().fold((f64::MAX, f64::MIN), |(l, h), &x| (l.min(x), h.max(x)));
            100.0 * (hi - lo) / lo
        };
        let spread = spread(&values[0]).max(spread(&values[1]));
        let [o, t] = values.each_mut().map(|v| median(v));
        let row = Row { name: name.to_owned(), ours: o, theirs: t, unit };
        let ratio = t / o;
        println!(
            "{:<18} {:>10.3} {:<2} {:>10.3} {:<2} {:>7.2}   ±{:.0} %",
            row.name,
            row.ours,
            row.unit,
            row.theirs,
            row.unit,
            ratio,
            spread / 2.0
        );
        Some(row)
    }

    fn title(&self, title: &str, what: &str) {
        println!("\n{title}: {what}");
        println!("{:<18} {:>13} {:>13} {:>7}   spread", "", "qjs-rs", "QuickJS-NG", "ratio");
    }

    fn mean(&mut self, title: &'static str, rows: &[Row]) {
        if !rows.is_empty() {
            let ratios: Vec<f64> = rows.iter().map(|r| r.theirs / r.ours).collect();
            self.means.push((title, geometric_mean(&ratios), rows.len()));
        }
    }
}
