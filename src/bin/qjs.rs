//! `qjs`: runs a script.
//!
//! ```text
//! qjs [options] FILE [ARGS]
//! qjs [options] -e EXPR
//! ```
//! An uncaught error is written to stderr, and the exit status is 1.

use qjs::capi::memory::system_allocator;
use qjs_engine::object::function::{Call, FunctionSpec};
use qjs_engine::text::Str;
use qjs_engine::vm::script::{EvalOptions, eval_script, to_wtf8};
use qjs_engine::{Context, Result, Runtime, Value, ops};
use std::io::{Read, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: qjs [options] [FILE [ARGS] | -e EXPR]
  -e, --eval EXPR         evaluate EXPR
  -q, --quit              make the runtime and quit
      --memory-limit N    limit memory to N bytes (suffixes k, m, g)
      --stack-size N      limit the native stack to N bytes (suffixes k, m, g; 0: no limit)
      --dump-memory       write memory usage at the end
  -h, --help              this text
  -v, --version           the version
With neither FILE nor -e, the script is read from stdin.
";

#[derive(Default)]
struct Options {
    expr: Option<String>,
    file: Option<String>,
    args: Vec<String>,
    quit: bool,
    dump_memory: bool,
    memory_limit: Option<usize>,
    stack_size: Option<usize>,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => run(&options),
        Ok(None) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("qjs: {message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The command line; None when everything asked for has been said.
fn parse(mut args: impl Iterator<Item = String>) -> std::result::Result<Option<Options>, String> {
    let mut o = Options::default();
    while let Some(a) = args.next() {
        let mut operand = |name: &str| args.next().ok_or_else(|| format!("{name} needs an argument"));
        match a.as_str() {
            "-e" | "--eval" => {
                o.expr = Some(operand("-e")?);
                o.args = args.collect();
                return Ok(Some(o));
            }
            "--memory-limit" => o.memory_limit = Some(size(&operand("--memory-limit")?)?),
            "--stack-size" => o.stack_size = Some(size(&operand("--stack-size")?)?),
            "--dump-memory" => o.dump_memory = true,
            "-q" | "--quit" => o.quit = true,
            "--script" | "--std" => {}
            "-h" | "--help" => {
                print!("{USAGE}");
                return Ok(None);
            }
            "-v" | "--version" => {
                println!("{}", qjs::capi::runtime::VERSION);
                return Ok(None);
            }
            s if s.starts_with('-') && s.len() > 1 => return Err(format!("unknown option {s}")),
            _ => {
                o.file = Some(a);
                o.args = args.collect();
                return Ok(Some(o));
            }
        }
    }
    Ok(Some(o))
}

/// A number of bytes, perhaps with a suffix.
fn size(s: &str) -> std::result::Result<usize, String> {
    let (digits, shift) = match s.to_ascii_lowercase().strip_suffix(['k', 'm', 'g']) {
        Some(d) => (
            d.to_owned(),
            10 * (1 + "kmg".find(s.to_ascii_lowercase().chars().last().unwrap_or('k')).unwrap_or(0)),
        ),
        None => (s.to_owned(), 0),
    };
    let n: usize = digits.parse().map_err(|_| format!("not a size: {s}"))?;
    n.checked_mul(1 << shift).ok_or_else(|| format!("too large: {s}"))
}

fn run(options: &Options) -> ExitCode {
    let (source, name) = match read(options) {
        Ok(s) => s,
        Err(message) => {
            eprintln!("qjs: {message}");
            return ExitCode::from(1);
        }
    };
    let Some(rt) = Runtime::new(system_allocator(), std::ptr::null_mut()) else {
        eprintln!("qjs: cannot make a runtime");
        return ExitCode::from(2);
    };
    if let Some(n) = options.memory_limit {
        rt.set_memory_limit(n);
    }
    rt.set_max_stack_size(options.stack_size.unwrap_or(1 << 20));
    let ok = match Context::new(&rt) {
        Ok(cx) => options.quit || evaluate(&cx, options, &source, &name),
        Err(_) => {
            eprintln!("qjs: cannot make a context");
            false
        }
    };
    if options.dump_memory {
        println!("{:#?}", rt.usage());
    }
    rt.shut_down(&mut |_| {});
    if ok { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// The script and its name.
fn read(o: &Options) -> std::result::Result<(Vec<u8>, String), String> {
    if o.quit {
        return Ok((Vec::new(), String::new()));
    }
    if let Some(e) = &o.expr {
        return Ok((e.clone().into_bytes(), "<cmdline>".to_owned()));
    }
    match &o.file {
        Some(f) => Ok((std::fs::read(f).map_err(|e| format!("{f}: {e}"))?, f.clone())),
        None => {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).map_err(|e| format!("stdin: {e}"))?;
            Ok((text, "<stdin>".to_owned()))
        }
    }
}

/// Runs the script, then the jobs it left; was there no uncaught error?
fn evaluate(cx: &Context, options: &Options, source: &[u8], name: &str) -> bool {
    let this = cx.global().to_value();
    let r = add_globals(cx, options).and_then(|()| {
        eval_script(
            cx,
            &this,
            source,
            name,
            &EvalOptions { want_completion: false, ..EvalOptions::default() },
        )
    });
    if r.is_err() {
        report(cx);
        return false;
    }
    while let Some((realm, r)) = cx.rt().run_job() {
        if r.is_err() {
            report(&realm);
            return false;
        }
    }
    true
}

/// print, console.log and scriptArgs.
fn add_globals(cx: &Context, options: &Options) -> Result<()> {
    let g = cx.global();
    let print = |name| {
        cx.new_native(&FunctionSpec { f: print, name, length: 1, magic: 0, constructor: false })
            .map(Value::from)
    };
    const FLAGS: u8 = qjs_engine::object::lazy::METHOD;
    cx.define_str(g, "print", print("print")?, FLAGS)?;
    let console = cx.new_object()?;
    for name in ["log", "info", "debug", "warn", "error"] {
        cx.define_str(&console, name, print(name)?, FLAGS)?;
    }
    cx.define_str(g, "console", console.into(), FLAGS)?;
    let name = options.file.iter().chain(&options.args);
    let args = cx.new_array_from(name.map(|a| cx.string(a)).collect::<Result<Vec<_>>>()?)?;
    cx.define_str(g, "scriptArgs", args.into(), FLAGS)
}

/// Writes the arguments to stdout, separated by spaces.
fn print(c: &Call<'_>) -> Result {
    let mut line: Vec<u8> = Vec::new();
    for (i, v) in c.args.iter().enumerate() {
        if i > 0 {
            line.push(b' ');
        }
        let s = if v.is_symbol() { c.cx.rt().new_str(&c.cx.describe(v))? } else { c.cx.to_string(v)? };
        line.extend_from_slice(&to_wtf8(c.cx, &s)?);
    }
    line.push(b'\n');
    // Nobody reading any more is not the script's error.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(&line).and_then(|()| out.flush());
    Ok(Value::UNDEFINED)
}

/// Writes the pending exception to stderr: its text, then the stack if it has one.
fn report(cx: &Context) {
    // Saying that memory is out takes a little.
    cx.rt().set_memory_limit(0);
    let Some(e) = cx.rt().take_exception() else {
        eprintln!("uncaught exception");
        return;
    };
    let text = |s: &Str| s.to_lossy();
    let what = match cx.to_string(&e) {
        Ok(s) => text(&s),
        Err(_) => {
            cx.rt().clear_exception();
            cx.describe(&e)
        }
    };
    eprintln!("{what}");
    if e.as_object().is_some_and(|o| o.class() == qjs_engine::object::class::id::ERROR) {
        match cx.get_str(&e, "stack") {
            Ok(s) if !ops::same_value(&s, &Value::UNDEFINED) => {
                if let Some(s) = s.as_string() {
                    eprint!("{}", text(s));
                }
            }
            _ => cx.rt().clear_exception(),
        }
    }
}
