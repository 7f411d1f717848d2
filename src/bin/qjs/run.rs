//! A runtime, what is evaluated in it, and the exit status.

use crate::options::{Goal, Options, is_stdin};
use crate::{repl, say, standalone};
use libc::{EXIT_FAILURE, EXIT_SUCCESS};
use qjs::capi::memory::{dump_usage, tracing_allocator};
use qjs::capi::runtime::end;
use qjs::libc::bundle::Bundle;
use qjs::libc::sys::{self, Errno, Standard};
use qjs::libc::{GLOBALS, cache, dump, event_loop, helpers, load, loader, state};
use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::object::lazy::define_all;
use qjs_engine::vm::module::{Module, evaluate, link};
use qjs_engine::{Context, Gc, Result, Runtime, Thrown};
use qjs_syntax::{Bump, ParseError, ParseOptions};
use std::ffi::{CStr, CString, OsStr, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

/// Why there is no success.
enum Failed {
    /// An exception is pending.
    Thrown,
    /// Said already.
    Said,
}
impl From<Thrown> for Failed {
    fn from(_: Thrown) -> Failed {
        Failed::Thrown
    }
}
type Done<T = ()> = std::result::Result<T, Failed>;

pub fn run(o: &Options) -> c_int {
    if let Some(c) = &o.compile {
        return match standalone::compile(c, o.goal) {
            Ok(()) => EXIT_SUCCESS,
            Err(message) if message.is_empty() => EXIT_FAILURE,
            Err(message) => say(Standard::Err, &format!("qjs: {message}\n"), 1),
        };
    }
    if let Some(folder) = &o.cache
        && let Err(why) = cache::set_folder(Path::new(folder))
    {
        let why = match why {
            cache::Refused::Io(e) => e.to_string(),
            cache::Refused::Writable => "others may write to it".to_owned(),
        };
        // A program does not depend on its cache.
        say(Standard::Err, &format!("qjs: no cache in {}: {why}\n", folder.to_string_lossy()), 0);
    }
    let allocator = if o.trace { tracing_allocator() } else { MallocFunctions::SYSTEM };
    let Some(rt) = Runtime::new(allocator, std::ptr::null_mut()) else {
        return say(Standard::Err, "qjs: cannot allocate a runtime\n", 1);
    };
    // Nobody looks at a window meanwhile: Atomics.wait may block.
    rt.set_can_block(true);
    if let Some(n) = o.memory_limit {
        rt.set_memory_limit(n);
    }
    if let Some(n) = o.stack_size {
        rt.set_max_stack_size(n);
    }
    rt.set_dump_flags(o.dump_flags);
    let ok = match Context::new(&rt) {
        Ok(cx) => o.quit || in_context(&cx, o),
        Err(Thrown) => {
            rt.clear_exception();
            say(Standard::Err, "qjs: cannot allocate a context\n", 1);
            false
        }
    };
    if ok && o.dump {
        dump_usage(&rt);
    }
    end(rt);
    if ok { EXIT_SUCCESS } else { EXIT_FAILURE }
}

/// Runs the program that this executable carries; all arguments are its own.
pub fn bundled(bundle: &Bundle) -> c_int {
    let Some(rt) = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()) else {
        return say(Standard::Err, "cannot allocate a runtime\n", 1);
    };
    let ok = match Context::new(&rt) {
        Ok(cx) => guarded(&cx, || {
            let argv: Vec<_> = std::env::args_os().map(|a| a.as_bytes().to_vec()).collect();
            helpers::add_command(&cx, argv.first().map_or(b"", |a| a), &argv)?;
            helpers::add(&cx, Some(&argv))?;
            if let Some(program) = bundle.entries.first() {
                loader::run_binary(&cx, &program.data, false)?;
            }
            Ok(event_loop::run(&cx)?)
        }),
        Err(Thrown) => {
            rt.clear_exception();
            say(Standard::Err, "cannot allocate a context\n", 1);
            false
        }
    };
    end(rt);
    if ok { EXIT_SUCCESS } else { EXIT_FAILURE }
}

/// Evaluates what was asked for, then runs the event loop; was there no error?
fn in_context(cx: &Context, o: &Options) -> bool {
    guarded(cx, || evaluate_all(cx, o))
}
/// Sets the library up, runs `f` and shows what it throws; was there no error?
fn guarded(cx: &Context, f: impl FnOnce() -> Done) -> bool {
    let rt = cx.rt();
    // (From the start: what is thrown from here on is shown with where.)
    state::state(rt);
    rt.set_module_loader(Some(Rc::new(loader::FileLoader)));
    *rt.rejection_tracker.borrow_mut() = Some(Rc::new(event_loop::note_rejection));
    let r = f();
    if let Err(Failed::Thrown) = r {
        // Saying that memory is out takes a little.
        rt.set_memory_limit(0);
        dump::pending(cx);
    }
    state::free(rt);
    r.is_ok()
}

fn evaluate_all(cx: &Context, o: &Options) -> Done {
    let from_stdin = o.eval.is_none() && o.args.first().is_none_or(|f| is_stdin(f));
    let interactive = o.interactive || (from_stdin && o.args.is_empty() && sys::isatty(libc::STDIN_FILENO));
    add_globals(cx, o, interactive)?;
    for file in &o.includes {
        let source = read(cx, file)?;
        loader::eval_global(cx, &source, &file.to_string_lossy(), false)?;
    }
    if let Some(e) = &o.eval {
        evaluate(cx, e.as_bytes(), "<cmdline>", o.goal, false)?;
    } else if !from_stdin && let Some(file) = o.args.first() {
        let source = read(cx, file)?;
        let goal =
            if o.goal == Goal::Detect && file.as_bytes().ends_with(b".mjs") { Goal::Module } else { o.goal };
        evaluate(cx, &source, &file.to_string_lossy(), goal, file.to_str().is_some())?;
    } else if !interactive {
        let source = read_stdin(cx)?;
        evaluate(cx, &source, "<stdin>", o.goal, false)?;
    }
    if interactive && repl::run(cx) == repl::Ended::Quit {
        return Ok(());
    }
    Ok(event_loop::run(cx)?)
}

/// The helpers' globals; with --std and at the prompt the modules.
fn add_globals(cx: &Context, o: &Options, interactive: bool) -> Result<()> {
    let bytes = |list: &mut dyn Iterator<Item = &std::ffi::OsString>| -> Vec<Vec<u8>> {
        list.map(|a| a.as_bytes().to_vec()).collect()
    };
    let argv: Vec<_> = std::env::args_os().collect();
    let argv = bytes(&mut argv.iter());
    helpers::add_command(cx, argv.first().map_or(b"qjs", |a| a), &argv)?;
    helpers::add(cx, Some(&bytes(&mut o.args.iter())))?;
    if o.std || interactive {
        define_all(cx, &cx.global().clone(), GLOBALS)?;
    }
    Ok(())
}

// ---- sources

/// A file's bytes.
fn read(cx: &Context, file: &OsStr) -> Done<Vec<u8>> {
    let path = CString::new(file.as_bytes()).unwrap_or_default();
    read_path(cx, &path, &file.to_string_lossy())
}
fn read_stdin(cx: &Context) -> Done<Vec<u8>> {
    // By descriptor: a path like /dev/stdin cannot be opened in every sandbox.
    found(load::standard_input(cx)?, "<stdin>")
}
fn read_path(cx: &Context, path: &CStr, name: &str) -> Done<Vec<u8>> {
    found(load::file(cx, path)?, name)
}
fn found(r: std::result::Result<Vec<u8>, Errno>, name: &str) -> Done<Vec<u8>> {
    r.map_err(|e| {
        let why = sys::strerror(e.0);
        say(Standard::Err, &format!("{name}: {}\n", String::from_utf8_lossy(&why)), 1);
        Failed::Said
    })
}

// ---- evaluation

/// Evaluates a script, or a module and waits for it.
fn evaluate(cx: &Context, source: &[u8], name: &str, goal: Goal, is_file: bool) -> Result<()> {
    let compile = || loader::compile(cx, source, name, is_file, true);
    let m = match goal {
        Goal::Script => None,
        Goal::Module => Some(compile()?),
        // Parsed twice is only what is no module.
        Goal::Detect => match compile() {
            Ok(m) => Some(m),
            Err(Thrown) if is_rather_script(cx, source) => None,
            Err(t) => return Err(t),
        },
    };
    match m {
        Some(m) => run_module(cx, &m),
        None => loader::eval_global(cx, source, name, false).map(|_| ()),
    }
}
/// After compiling a module failed: is it because the text is a script? If so, the exception is forgotten. Of a text
/// that is neither, the error further on says more.
fn is_rather_script(cx: &Context, source: &[u8]) -> bool {
    let parse = |goal| -> std::result::Result<(), ParseError> {
        let mark = 0u8;
        let options = ParseOptions {
            goal,
            strict: matches!(goal, qjs_syntax::Goal::Module),
            stack_limit: (&raw const mark as usize).saturating_sub(256 * 1024),
            ..ParseOptions::default()
        };
        qjs_syntax::parse(&Bump::new(), source, &options).map(|_| ())
    };
    // (An imported module may be what is wrong: the importing one parses then.)
    let Err(as_module) = parse(qjs_syntax::Goal::Module) else {
        return false;
    };
    let yes = parse(qjs_syntax::Goal::Script).map_or_else(|e| e.offset >= as_module.offset, |()| true);
    if yes {
        cx.rt().clear_exception();
    }
    yes
}
fn run_module(cx: &Context, m: &Gc<Module>) -> Result<()> {
    link::load_and_link(cx, m)?;
    let promise = evaluate::evaluate(cx, m)?;
    event_loop::wait_for(cx, promise.into()).map(|_| ())
}
