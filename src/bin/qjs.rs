//! `qjs`: runs a script.
//!
//! ```text
//! qjs [options] FILE [ARGS]
//! qjs [options] -e EXPR
//! ```
//! An uncaught error is written to stderr, and the exit status is 1.

use qjs::capi::memory::system_allocator;
use qjs::libc::{self, Library, dump, event_loop, helpers, loader};
use qjs_engine::object::shape::prop;
use qjs_engine::vm::module::{evaluate, link};
use qjs_engine::vm::script::{is_module_source, is_script_source};
use qjs_engine::{Context, Result, Runtime, Value};
use std::io::Read;
use std::process::ExitCode;
use std::rc::Rc;

const USAGE: &str = "usage: qjs [options] [FILE [ARGS] | -e EXPR]
  -e, --eval EXPR         evaluate EXPR
  -m, --module            it is a module
  -C, --script            it is a script
      --std               make std, os and bjson global
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
    std: bool,
    module: Option<bool>,
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
            "-C" | "--script" => o.module = Some(false),
            "-m" | "--module" => o.module = Some(true),
            "--std" => o.std = true,
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

/// Runs the script or module, then the event loop; was there no uncaught error?
fn evaluate(cx: &Context, options: &Options, source: &[u8], name: &str) -> bool {
    let rt = cx.rt();
    rt.set_module_loader(Some(Rc::new(loader::FileLoader)));
    *rt.rejection_tracker.borrow_mut() = Some(Rc::new(event_loop::note_rejection));
    let r = add_globals(cx, options)
        .and_then(|()| run_main(cx, options, source, name))
        .and_then(|v| event_loop::wait_for(cx, v))
        .and_then(|_| event_loop::run(cx));
    if r.is_err() {
        // Saying that memory is out takes a little.
        rt.set_memory_limit(0);
        dump::pending(cx);
    }
    libc::state::free(rt);
    r.is_ok()
}

/// Evaluates what was asked for; of a module, a promise.
fn run_main(cx: &Context, options: &Options, source: &[u8], name: &str) -> Result {
    let is_module = options
        .module
        .unwrap_or_else(|| options.file.is_some() && (name.ends_with(".mjs") || detect(source)));
    if !is_module {
        return loader::eval_global(cx, source, name, false).map(|_| Value::UNDEFINED);
    }
    let m = loader::compile(cx, source, name, loader::is_file(cx, name), true)?;
    link::load_and_link(cx, &m)?;
    evaluate::evaluate(cx, &m).map(Value::from)
}

/// Is it a module, though nothing says so? Only if it is no script.
fn detect(source: &[u8]) -> bool {
    let has = |word: &[u8]| source.windows(word.len()).any(|w| w == word);
    (has(b"import") || has(b"export") || has(b"await"))
        && is_module_source(source)
        && !is_script_source(source)
}

/// The helpers' globals, and with --std the modules.
fn add_globals(cx: &Context, options: &Options) -> Result<()> {
    let args: Vec<Vec<u8>> =
        options.file.iter().chain(&options.args).map(|a| a.clone().into_bytes()).collect();
    let argv: Vec<Vec<u8>> = std::env::args_os().map(|a| a.into_encoded_bytes()).collect();
    helpers::add_command(cx, argv.first().map_or(b"qjs", |a| a), &argv)?;
    helpers::add(cx, Some(&args))?;
    if options.std {
        for l in Library::ALL {
            let ns = l.namespace(cx)?;
            cx.define_str(cx.global(), l.name(), ns.into(), prop::ALL)?;
        }
    }
    Ok(())
}
