//! The prompt: lines are read, evaluated, and their values shown.
//!
//! - [`session`]: evaluating and showing; [`directives`]: `.help` and the like
//! - [`highlight`], [`complete`]: what is being typed
//! - [`events`]: timers and descriptors meanwhile
//! - [`history`]: where lines are kept

mod complete;
mod directives;
mod events;
mod highlight;
mod history;
mod session;

use directives::Line;
use events::{Events, fresh_line};
use qjs::libc::sys::{self, File, Standard};
use qjs_engine::Context;
use rustyline::completion::Completer;
use rustyline::config::{BellStyle, ColorMode, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Editor};
use session::{Outcome, Session, say};
use std::borrow::Cow;
use std::io::BufRead;

const PROMPT: &str = "qjs > ";

/// How a prompt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// By a person: whatever may be pending.
    Quit,
    /// There is nothing more to read.
    EndOfInput,
}

/// Reads lines from standard input and evaluates them.
pub fn run(cx: &Context) -> Ended {
    if sys::isatty(libc::STDIN_FILENO) {
        return typed(cx);
    }
    piped(&Session::new(cx, has_colors()))
}

/// Colours are for terminals, unless the environment says otherwise.
fn has_colors() -> bool {
    let unset = |name| std::env::var_os(name).is_none_or(|v| v.is_empty());
    sys::isatty(libc::STDOUT_FILENO)
        && unset("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// A line, or several that belong together.
fn evaluate(s: &Session<'_>, text: &str) -> Outcome {
    match directives::read(text) {
        Line::Command(c, argument) => return s.command(c, argument),
        Line::Unknown(name) => say(&format!("Unknown directive: {name}\n")),
        Line::Source if text.trim().is_empty() => {}
        Line::Source => s.line(text),
    }
    Outcome::Done
}

// ---- from a pipe

/// Without prompts. Timers run between the lines, and after the last.
fn piped(s: &Session<'_>) -> Ended {
    let mut stdin = std::io::stdin().lock();
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        // A line that cannot be read is the last one.
        let n = stdin.read_until(b'\n', &mut line).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&line));
        let is_command = directives::read(&text) != Line::Source;
        if n > 0 && !is_command && session::is_incomplete(text.trim_end_matches('\n')) {
            continue;
        }
        if let Outcome::Quit = evaluate(s, text.trim_end_matches('\n')) {
            return Ended::Quit;
        }
        text.clear();
        s.run_due();
        if n == 0 {
            return Ended::EndOfInput;
        }
    }
}

// ---- from a person

/// What the editor asks while a line is typed.
struct Helper<'a> {
    session: &'a Session<'a>,
    events: Option<Events>,
}

impl rustyline::Helper for Helper<'_> {}

impl Completer for Helper<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..pos];
        if let Some(prefix) = typed.strip_prefix(['.', '\\'])
            && !prefix.contains(|c: char| !c.is_ascii_alphabetic())
        {
            return Ok((1, directives::beginning_with(prefix).map(str::to_owned).collect()));
        }
        Ok(complete::complete(self.session.cx, line, pos))
    }
}
impl Hinter for Helper<'_> {
    type Hint = String;
}
impl Highlighter for Helper<'_> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if let Some(e) = &self.events {
            e.drawing(self.session, line);
        }
        match self.session.theme() {
            Some(theme) => Cow::Owned(highlight::paint(line, theme)),
            None => Cow::Borrowed(line),
        }
    }
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.session.theme() {
            Some(_) => Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m")),
            None => Cow::Borrowed(prompt),
        }
    }
    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}
impl Validator for Helper<'_> {
    fn validate(&self, c: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let is_command = directives::read(c.input()) != Line::Source;
        Ok(match !is_command && session::is_incomplete(c.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

fn typed(cx: &Context) -> Ended {
    let session = Session::new(cx, has_colors());
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .completion_prompt_limit(200)
        .bell_style(BellStyle::None)
        // (Whether there are colours is the session's decision.)
        .color_mode(ColorMode::Forced)
        .max_history_size(history::LENGTH)
        .and_then(|c| c.history_ignore_dups(true))
        .map(|c| c.build());
    let editor = config.and_then(Editor::<Helper<'_>, DefaultHistory>::with_config);
    let mut editor = match editor {
        Ok(e) => e,
        Err(e) => {
            say(&format!("cannot edit lines: {e}\n"));
            return piped(&session);
        }
    };
    let events = editor.create_external_printer().ok().and_then(Events::new);
    editor.set_helper(Some(Helper { session: &session, events }));
    let file = history::path(|name| std::env::var_os(name));
    if let Some(f) = &file {
        history::prepare(f);
        // (The first time there is none.)
        let _ = editor.load_history(f);
    }
    say(&format!("qjs-rs {} - Type \".help\" for help\n", crate::version()));
    loop {
        match read(&mut editor, &session) {
            Ok(text) => {
                let is_new = !text.trim().is_empty() && matches!(editor.add_history_entry(&text), Ok(true));
                if let Some(f) = file.as_ref().filter(|_| is_new) {
                    // Now, for who knows how this ends.
                    let _ = editor.append_history(f);
                }
                if let Outcome::Quit = evaluate(&session, &text) {
                    return Ended::Quit;
                }
            }
            Err(ReadlineError::Interrupted) => say("(Ctrl-D or .quit ends)\n"),
            Err(ReadlineError::Eof) => return Ended::Quit,
            Err(e) => {
                let f = File::standard(Standard::Err);
                f.write(format!("qjs: cannot read: {e}\n").as_bytes());
                return Ended::Quit;
            }
        }
    }
}

fn read(
    editor: &mut Editor<Helper<'_>, DefaultHistory>,
    session: &Session<'_>,
) -> std::result::Result<String, ReadlineError> {
    // What the last line left to do comes before the next prompt.
    session.run_due();
    fresh_line();
    let events = |editor: &Editor<Helper<'_>, DefaultHistory>, f: &dyn Fn(&Events)| {
        if let Some(e) = editor.helper().and_then(|h| h.events.as_ref()) {
            f(e);
        }
    };
    events(editor, &|e| e.begin(session));
    let r = editor.readline(PROMPT);
    events(editor, &|e| e.end());
    r
}
