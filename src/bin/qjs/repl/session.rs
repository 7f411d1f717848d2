//! What a prompt knows between two lines: how to evaluate, and how to show the result.

use super::directives::{COMMANDS, Command};
use super::highlight::Theme;
use qjs::libc::inspect::{Style, inspect};
use qjs::libc::state::state;
use qjs::libc::sys::{self, File, Interrupts, Standard};
use qjs::libc::{event_loop, load};
use qjs_engine::object::class::id;
use qjs_engine::object::shape::prop;
use qjs_engine::vm::script::{EvalOptions, compile_script};
use qjs_engine::{Context, Intrinsic, Result, Thrown, Value, embed};
use qjs_syntax::{Bump, ErrorKind, ParseError, ParseOptions};
use std::cell::Cell;
use std::ffi::CString;
use std::rc::Rc;
use std::time::Instant;

/// What evaluated lines are called in backtraces.
const NAME: &str = "<evalScript>";

pub struct Session<'a> {
    pub cx: &'a Context,
    style: Cell<Style>,
    theme: Cell<Theme>,
    hex: Cell<bool>,
    time: Cell<bool>,
    strict: Cell<bool>,
}

/// What a line that is no source text led to.
pub enum Outcome {
    Done,
    Quit,
}

/// Writes to the standard output, whoever may be reading.
pub fn say(text: &str) {
    let f = File::standard(Standard::Out);
    f.write(text.as_bytes());
    let _ = f.flush();
}

impl<'a> Session<'a> {
    pub fn new(cx: &'a Context, colors: bool) -> Session<'a> {
        // A script that does not end is to end at Ctrl-C.
        cx.rt().set_interrupt_handler(Some(Rc::new(|_| Interrupts::take())));
        state(cx.rt()).survives_rejections.set(true);
        Session {
            cx,
            style: Cell::new(Style { colors, ..Style::default() }),
            theme: Cell::new(Theme::Dark),
            hex: Cell::new(false),
            time: Cell::new(false),
            strict: Cell::new(false),
        }
    }
    pub fn theme(&self) -> Option<Theme> {
        self.style.get().colors.then(|| self.theme.get())
    }

    // ---- commands

    pub fn command(&self, c: Command, argument: &str) -> Outcome {
        match c {
            Command::Help => self.help(),
            Command::Hex => self.hex.set(true),
            Command::Dec => self.hex.set(false),
            Command::Time => self.time.set(!self.time.get()),
            Command::Strict => self.strict.set(!self.strict.get()),
            Command::Depth => match argument.parse() {
                Ok(depth) => self.restyle(|s| s.depth = depth),
                Err(_) => say(&format!("depth is {}\n", self.style.get().depth)),
            },
            Command::Hidden => self.restyle(|s| s.show_hidden = !s.show_hidden),
            Command::Color => self.restyle(|s| match argument {
                "on" => s.colors = true,
                "off" => s.colors = false,
                _ => s.colors = !s.colors,
            }),
            Command::Dark => self.theme.set(Theme::Dark),
            Command::Light => self.theme.set(Theme::Light),
            Command::Clear => say("\x1b[H\x1b[J\x1b[3J"),
            Command::Load => self.load(argument),
            Command::Quit => return Outcome::Quit,
        }
        Outcome::Done
    }
    fn restyle(&self, f: impl FnOnce(&mut Style)) {
        let mut s = self.style.get();
        f(&mut s);
        self.style.set(s);
    }
    fn help(&self) {
        let style = self.style.get();
        let mut text = String::new();
        for (name, letter, c, what) in COMMANDS.iter().filter(|c| !c.3.is_empty()) {
            let on = match c {
                Command::Hex => self.hex.get(),
                Command::Dec => !self.hex.get(),
                Command::Time => self.time.get(),
                Command::Strict => self.strict.get(),
                Command::Hidden => style.show_hidden,
                Command::Color => style.colors,
                Command::Dark => self.theme.get() == Theme::Dark,
                Command::Light => self.theme.get() == Theme::Light,
                _ => false,
            };
            let short = if letter.is_empty() { String::new() } else { format!("\\{letter}") };
            text.push_str(&format!(".{name:<7} {short:<2} {}{what}", if on { '*' } else { ' ' }));
            if *c == Command::Depth {
                text.push_str(&format!(" (current: {})", style.depth));
            }
            text.push('\n');
        }
        text.push_str("_ is the last value. Ctrl-C stops what runs, Tab completes, await waits.\n");
        say(&text);
    }
    fn load(&self, name: &str) {
        let file = CString::new(name).unwrap_or_default();
        match load::file(self.cx, &file) {
            Ok(Ok(source)) => self.evaluate(&source, name),
            Ok(Err(e)) => say(&format!("{name}: {}\n", String::from_utf8_lossy(&sys::strerror(e.0)))),
            Err(Thrown) => self.show_error(),
        }
    }

    // ---- evaluation

    /// Evaluates a line and shows its value.
    pub fn line(&self, text: &str) {
        match as_expression(text) {
            Some(t) => self.evaluate(t.as_bytes(), NAME),
            None => self.evaluate(text.as_bytes(), NAME),
        }
    }
    fn evaluate(&self, source: &[u8], name: &str) {
        let started = Instant::now();
        let r = interruptible(self.cx, || self.value_of(source, name));
        let took = started.elapsed();
        match r {
            Ok(v) => self.show_result(&v),
            Err(Thrown) => self.show_error(),
        }
        if self.time.get() {
            say(&format!("{:.3} ms\n", took.as_secs_f64() * 1000.0));
        }
    }
    fn value_of(&self, source: &[u8], name: &str) -> Result {
        let cx = self.cx;
        let is_async = parse(source, self.strict.get(), false).is_err()
            && parse(source, self.strict.get(), true).is_ok();
        self.forget_redeclared(source, is_async)?;
        let options = EvalOptions {
            strict: self.strict.get(),
            want_completion: true,
            is_async,
            first_line: 1,
            ..EvalOptions::default()
        };
        let f = compile_script(cx, source, name, &options)?;
        let r = cx.call_object(&f, cx.global().clone().as_value(), &[])?;
        if !is_async {
            return Ok(r);
        }
        let r = event_loop::wait_unless(cx, r, Some(&Interrupts::take))?;
        cx.get_str(&r, "value")
    }
    /// At the prompt, names may be declared again.
    fn forget_redeclared(&self, source: &[u8], is_async: bool) -> Result<()> {
        for name in declared(source, self.strict.get(), is_async) {
            embed::forget_lexical(self.cx, &self.cx.key(&name)?)?;
        }
        Ok(())
    }
    /// Does what the event loop has to do now. Errors are shown.
    pub fn run_due(&self) {
        if interruptible(self.cx, || event_loop::run_due(self.cx)).is_err() {
            self.show_error();
        }
    }

    // ---- results

    fn show_result(&self, v: &Value) {
        let kept = self.cx.define_str(self.cx.global(), "_", v.clone(), prop::WRITABLE | prop::CONFIGURABLE);
        if kept.is_err() {
            self.cx.rt().clear_exception();
        }
        let text = self.text(v);
        say(&format!("{text}\n"));
    }
    fn show_error(&self) {
        let cx = self.cx;
        let e = cx.rt().take_exception().unwrap_or_default();
        let is_error =
            e.as_object().is_some_and(|o| o.class() == id::ERROR || o.class() == id::DOM_EXCEPTION);
        let text = self.text(&e);
        say(&format!("{}{text}\n", if is_error { "" } else { "Throw: " }));
    }
    /// A value as people read it. (Only out of memory and the like keep it from being shown.)
    fn text(&self, v: &Value) -> String {
        if self.hex.get()
            && let Some(t) = hexadecimal(self.cx, v)
        {
            return t;
        }
        inspect(self.cx, v, self.style.get()).unwrap_or_else(|_| {
            self.cx.rt().clear_exception();
            self.cx.describe(v)
        })
    }
}

/// Runs a script such that Ctrl-C ends it, unless the script has a handler of its own for that.
fn interruptible<T>(cx: &Context, f: impl FnOnce() -> Result<T>) -> Result<T> {
    let own = state(cx.rt()).signal_handlers.borrow().iter().any(|(n, _)| *n == libc::SIGINT);
    let _caught = if own { None } else { Interrupts::catch().ok() };
    // While a line is typed the keyboard sends no signals.
    let signals = sys::keyboard_signals(libc::STDIN_FILENO, true);
    let r = f();
    if signals == Some(false) {
        sys::keyboard_signals(libc::STDIN_FILENO, false);
    }
    Interrupts::take();
    r
}

/// An integer in base 16.
fn hexadecimal(cx: &Context, v: &Value) -> Option<String> {
    if let Some(n) = v.as_number() {
        let digits = n.abs() as u64;
        return (n.fract() == 0.0 && n.abs() < 1.8e19)
            .then(|| format!("{}0x{digits:x}", if n.is_sign_negative() && n != 0.0 { "-" } else { "" }));
    }
    if !v.is_bigint() {
        return None;
    }
    let f = cx.intrinsic(Intrinsic::BigIntPrototype).and_then(|p| cx.get_str(p.as_value(), "toString"));
    match f.and_then(|f| cx.call(&f, v, &[Value::int(16)])).and_then(|s| cx.to_string(&s)) {
        Ok(s) => {
            let s = s.to_lossy();
            let (sign, digits) = s.strip_prefix('-').map_or(("", s.as_str()), |d| ("-", d));
            Some(format!("{sign}0x{digits}n"))
        }
        Err(Thrown) => {
            cx.rt().clear_exception();
            None
        }
    }
}

// ---- source text

fn with_program<T>(
    source: &[u8],
    strict: bool,
    is_async: bool,
    f: impl FnOnce(&qjs_syntax::Program<'_>) -> T,
) -> std::result::Result<T, ParseError> {
    let mark = 0u8;
    let options = ParseOptions {
        strict,
        allow_top_level_await: is_async,
        stack_limit: (&raw const mark as usize).saturating_sub(256 * 1024),
        ..ParseOptions::default()
    };
    qjs_syntax::parse(&Bump::new(), source, &options).map(|p| f(&p))
}
fn parse(source: &[u8], strict: bool, is_async: bool) -> std::result::Result<(), ParseError> {
    with_program(source, strict, is_async, |_| ())
}

/// The names that a text declares in the global scope.
fn declared(source: &[u8], strict: bool, is_async: bool) -> Vec<String> {
    with_program(source, strict, is_async, |p| {
        let g = &p.globals;
        let names = g.lexicals.iter().map(|l| l.name).chain(g.vars.iter().copied());
        let functions = g.functions.iter().filter_map(|f| f.function.name);
        names.chain(functions).map(|n| p.names.get(n).to_display()).collect()
    })
    .unwrap_or_default()
}

/// Is there more to come? So it is if the text ends where the parser wants to go on.
pub fn is_incomplete(text: &str) -> bool {
    let more = |is_async| match parse(text.as_bytes(), false, is_async) {
        Ok(()) => Some(false),
        Err(e) => {
            let open = ["unexpected end of input", "unexpected end of comment", "unexpected end of template"];
            let wants = e.message.starts_with("expecting") || e.message == "invalid property name";
            let at_end = wants && e.offset as usize >= text.trim_end().len();
            (e.kind == ErrorKind::Syntax && (open.contains(&e.message.as_str()) || at_end)).then_some(true)
        }
    };
    // At the prompt `await` is a keyword where that makes sense. What parses neither way is complete: evaluating it says
    // what is wrong.
    more(true).or_else(|| more(false)).unwrap_or(false)
}

/// `{ a: 1 }` at the prompt means an object, if it can.
fn as_expression(text: &str) -> Option<String> {
    let t = text.trim();
    if !t.starts_with('{') || t.ends_with(';') {
        return None;
    }
    let wrapped = format!("({text}\n)");
    let ok = |is_async| parse(wrapped.as_bytes(), false, is_async).is_ok();
    (ok(false) || ok(true)).then_some(wrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_input() {
        for t in [
            "function f() {",
            "f(",
            "[1,",
            "x = ",
            "a ? b :",
            "if (x)",
            "if (x) {",
            "class A {",
            "`a",
            "`a${",
            "/* c",
            "({a:",
            "for (;;)",
            "do x(); while",
            "x =>",
            "1 +",
            "new",
            "typeof",
            "let x =",
            "switch (x) { case 1:",
            "try {",
            "try {}",
            "a.",
            "async function f() { await 1",
            "await f(",
            "await",
            "import(",
            "while (1)",
            "for (const x of",
            "{ a: [",
            "x = {",
            "(",
            "label:",
            "var",
            "throw",
        ] {
            assert!(is_incomplete(t), "{t}");
        }
    }
    #[test]
    fn complete_input() {
        for t in [
            "",
            "1",
            "function f() {}",
            "foo bar",
            "'abc",
            ")",
            "}",
            "/a",
            "let",
            "await 1",
            "x\n",
            "const x",
            "break",
            "return 1",
            "// c",
            "1 1 1",
            "x = 'a\nb'",
            "a b c (",
            "let x; let x",
        ] {
            assert!(!is_incomplete(t), "{t}");
        }
    }
    #[test]
    fn braces() {
        assert!(as_expression("{a: 1}").is_some());
        assert!(as_expression(" {}").is_some());
        assert!(as_expression("{ a(); }").is_none());
        assert!(as_expression("{ let x = 1 }").is_none());
        assert!(as_expression("{};").is_none());
    }
    #[test]
    fn declarations() {
        assert_eq!(
            declared(b"let a, [b] = c; var d; function e() {} class F {} { let g }", false, false),
            ["a", "b", "F", "d", "e"]
        );
        assert_eq!(declared(b"const a = await b", false, true), ["a"]);
    }
}
