//! console: as the WHATWG's, where that makes sense without a browser.
//!
//! Strings are written as they are, everything else by [`inspect`]. `log`, `info`, `debug` and their like write to
//! stdout; `error`, `warn`, `trace` and `assert` to stderr.

use super::args::{option, room};
use super::dump;
use super::inspect::{self, Style, inspect as show};
use super::state::state;
use super::sys::{self, File, Standard};
use super::text;
use qjs_engine::builtins::map_set::{MapData, SetData};
use qjs_engine::object::function::Call;
use qjs_engine::object::lazy::{Def, DefKey, What, define_all};
use qjs_engine::object::shape::prop;
use qjs_engine::object::{Object, Property};
use qjs_engine::vm::backtrace;
use qjs_engine::vm::script::to_wtf8;
use qjs_engine::{Context, Gc, Result, Value, ops};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

/// What a runtime's consoles remember.
#[derive(Default)]
pub struct Console {
    /// How deep the open groups are.
    groups: Cell<usize>,
    counts: RefCell<HashMap<String, u64>>,
    timers: RefCell<HashMap<String, Duration>>,
}

/// A script may name this many counters and timers.
const MAX_LABELS: usize = 10_000;
/// Groups deeper than this are not indented further.
const MAX_GROUPS: usize = 40;

const fn method(name: &'static str, f: fn(&Call<'_>) -> Result, length: i32, to: Standard) -> Def {
    Def { key: DefKey::S(name), what: What::Method(f, length, to as i32), flags: prop::ALL }
}
const OUT: Standard = Standard::Out;
const ERR: Standard = Standard::Err;

const MEMBERS: &[Def] = &[
    method("log", log, 0, OUT),
    method("info", log, 0, OUT),
    method("debug", log, 0, OUT),
    method("warn", log, 0, ERR),
    method("error", log, 0, ERR),
    method("trace", trace, 0, ERR),
    method("assert", assert, 0, ERR),
    method("dir", dir, 0, OUT),
    method("dirxml", log, 0, OUT),
    method("table", table, 0, OUT),
    method("group", group, 0, OUT),
    method("groupCollapsed", group, 0, OUT),
    method("groupEnd", group_end, 0, OUT),
    method("count", count, 0, OUT),
    method("countReset", count_reset, 0, ERR),
    method("time", time, 0, ERR),
    method("timeLog", time_log, 0, OUT),
    method("timeEnd", time_end, 0, OUT),
    method("clear", clear, 0, OUT),
];

/// A console.
pub fn new_console(cx: &Context) -> Result<Gc<Object>> {
    let o = cx.new_object()?;
    define_all(cx, &o, MEMBERS)?;
    Ok(o)
}

/// Where the running method writes.
fn stream(c: &Call<'_>) -> Standard {
    if c.magic == ERR as i32 { ERR } else { OUT }
}
/// Are colours seen there?
pub fn has_colors(to: Standard) -> bool {
    let set = |name| sys::getenv(name).is_some_and(|v| !v.is_empty());
    let dumb = sys::getenv(c"TERM").is_none_or(|t| t.is_empty() || t == b"dumb");
    sys::isatty(File::standard(to).fileno()) && !dumb && !set(c"NO_COLOR")
}
fn style(to: Standard) -> Style {
    Style { colors: has_colors(to), ..Style::default() }
}

/// Writes lines, indented by the open groups.
fn write(cx: &Context, to: Standard, text: &[u8]) -> Result {
    let indent = "  ".repeat(state(cx.rt()).console.groups.get().min(MAX_GROUPS));
    let mut out = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        room(cx, &mut out, indent.len() + line.len() + 1)?;
        out.extend_from_slice(indent.as_bytes());
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    dump::write_line(cx, to, &out)?;
    Ok(Value::UNDEFINED)
}

// ---- formatting

/// The console's Formatter: %s %d %i %f %j %o %O %c and %% in a first string, then the rest.
pub fn format(cx: &Context, args: &[Value], style: Style) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = args;
    if let Some((first, others)) = args.split_first()
        && let Some(s) = first.as_string()
    {
        rest = others;
        let t = to_wtf8(cx, s)?;
        if others.is_empty() {
            push(cx, &mut out, &t)?;
        } else {
            substitute(cx, &t, &mut rest, style, &mut out)?;
        }
        if !rest.is_empty() {
            push(cx, &mut out, b" ")?;
        }
    }
    for (i, v) in rest.iter().enumerate() {
        if i > 0 {
            push(cx, &mut out, b" ")?;
        }
        match v.as_string() {
            Some(s) => push(cx, &mut out, &to_wtf8(cx, s)?)?,
            None => push(cx, &mut out, show(cx, v, style)?.as_bytes())?,
        }
    }
    Ok(out)
}
fn push(cx: &Context, out: &mut Vec<u8>, b: &[u8]) -> Result<()> {
    room(cx, out, b.len())?;
    out.extend_from_slice(b);
    Ok(())
}
fn substitute(
    cx: &Context,
    format: &[u8],
    rest: &mut &[Value],
    style: Style,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut f = format;
    while let Some(at) = f.iter().position(|b| *b == b'%') {
        push(cx, out, &f[..at])?;
        let c = f.get(at + 1).copied();
        let known = matches!(c, Some(b's' | b'd' | b'i' | b'f' | b'j' | b'o' | b'O' | b'c'));
        let length = match c {
            Some(b'%') => {
                push(cx, out, b"%")?;
                2
            }
            Some(c) if known && let Some((v, others)) = rest.split_first() => {
                *rest = others;
                push(cx, out, &conversion(cx, c, v, style)?)?;
                2
            }
            _ => {
                push(cx, out, b"%")?;
                1
            }
        };
        f = &f[at + length..];
    }
    push(cx, out, f)
}
fn conversion(cx: &Context, c: u8, v: &Value, style: Style) -> Result<Vec<u8>> {
    let number = |v: &Value| -> Result<f64> {
        if v.is_symbol() || v.is_object() { Ok(f64::NAN) } else { cx.to_number(v) }
    };
    Ok(match c {
        b's' if !v.is_object() => text::to_bytes(cx, v)?,
        b's' => show(cx, v, Style { depth: 0, ..style })?.into_bytes(),
        b'd' | b'i' | b'f' if v.is_bigint() => show(cx, v, style)?.into_bytes(),
        b'd' | b'f' => text::to_bytes(cx, &Value::number(number(v)?))?,
        b'i' => text::to_bytes(cx, &Value::number(number(v)?.trunc()))?,
        b'j' => {
            let j = qjs_engine::builtins::json::stringify(cx, v, &Value::UNDEFINED, &Value::UNDEFINED)?;
            text::to_bytes(cx, &j)?
        }
        b'o' => show(cx, v, Style { depth: 4, show_hidden: true, ..style })?.into_bytes(),
        b'O' => show(cx, v, Style { depth: 4, ..style })?.into_bytes(),
        // %c is for browsers: the style is taken and not shown.
        _ => Vec::new(),
    })
}

// ---- logging

/// log, info, debug, warn, error, dirxml
fn log(c: &Call<'_>) -> Result {
    let to = stream(c);
    let line = format(c.cx, c.args, style(to))?;
    write(c.cx, to, &line)
}
/// trace(...data): with where it was called.
fn trace(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let mut line = b"Trace".to_vec();
    if !c.args.is_empty() {
        line.extend_from_slice(b": ");
        push(cx, &mut line, &format(cx, c.args, style(ERR))?)?;
    }
    let frames = backtrace::frames(cx, backtrace::Skip::Top(c.callee), backtrace::DEFAULT_LIMIT);
    let stack = to_wtf8(cx, &*backtrace::format(cx, &frames)?)?;
    line.push(b'\n');
    push(cx, &mut line, stack.trim_ascii_end())?;
    write(cx, ERR, &line)
}
/// assert(condition, ...data)
fn assert(c: &Call<'_>) -> Result {
    if ops::to_boolean(c.arg(0)) {
        return Ok(Value::UNDEFINED);
    }
    let rest = c.args.get(1..).unwrap_or_default();
    let mut line = b"Assertion failed".to_vec();
    if !rest.is_empty() {
        line.extend_from_slice(if rest[0].is_string() { b": " } else { b" " });
        push(c.cx, &mut line, &format(c.cx, rest, style(ERR))?)?;
    }
    write(c.cx, ERR, &line)
}
/// dir(item, { depth, showHidden, colors })
fn dir(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let mut s = style(OUT);
    if c.arg(1).is_object() {
        let depth = option(cx, c.arg(1), "depth")?;
        if depth.is_null() {
            s.depth = usize::MAX;
        } else if !depth.is_undefined() {
            let n = cx.to_number(&depth)?;
            s.depth = if n.is_nan() { 2 } else { n.clamp(0.0, 1e9) as usize };
        }
        s.show_hidden = super::args::flag(cx, c.arg(1), "showHidden", false)?;
        s.colors = super::args::flag(cx, c.arg(1), "colors", s.colors)?;
    }
    let t = show(cx, c.arg(0), s)?;
    write(cx, OUT, t.as_bytes())
}

// ---- groups

/// group(...label)
fn group(c: &Call<'_>) -> Result {
    if !c.args.is_empty() {
        log(c)?;
    }
    let groups = &state(c.cx.rt()).console;
    groups.groups.set(groups.groups.get().saturating_add(1));
    Ok(Value::UNDEFINED)
}
/// groupEnd()
fn group_end(c: &Call<'_>) -> Result {
    let console = &state(c.cx.rt()).console;
    console.groups.set(console.groups.get().saturating_sub(1));
    Ok(Value::UNDEFINED)
}
/// clear(): on a terminal.
fn clear(c: &Call<'_>) -> Result {
    state(c.cx.rt()).console.groups.set(0);
    let out = File::standard(OUT);
    if sys::isatty(out.fileno()) {
        out.write(b"\x1b[1;1H\x1b[0J");
        let _ = out.flush();
    }
    Ok(Value::UNDEFINED)
}

// ---- counting and timing

fn label(c: &Call<'_>) -> Result<String> {
    if c.arg(0).is_undefined() {
        return Ok("default".to_owned());
    }
    Ok(c.cx.to_string(c.arg(0))?.to_lossy())
}
fn warn(cx: &Context, text: &str) -> Result {
    write(cx, ERR, text.as_bytes())
}
/// count(label)
fn count(c: &Call<'_>) -> Result {
    let label = label(c)?;
    let s = state(c.cx.rt());
    let mut counts = s.console.counts.borrow_mut();
    if counts.len() >= MAX_LABELS && !counts.contains_key(&label) {
        return Err(c.cx.throw_range("too many labels"));
    }
    let n = counts.entry(label.clone()).or_insert(0);
    *n += 1;
    let line = format!("{label}: {n}");
    drop(counts);
    write(c.cx, OUT, line.as_bytes())
}
/// countReset(label)
fn count_reset(c: &Call<'_>) -> Result {
    let label = label(c)?;
    let gone = state(c.cx.rt()).console.counts.borrow_mut().remove(&label).is_some();
    if gone { Ok(Value::UNDEFINED) } else { warn(c.cx, &format!("Count for '{label}' does not exist")) }
}
/// time(label)
fn time(c: &Call<'_>) -> Result {
    let label = label(c)?;
    let s = state(c.cx.rt());
    let mut timers = s.console.timers.borrow_mut();
    if timers.contains_key(&label) {
        drop(timers);
        return warn(c.cx, &format!("Timer '{label}' already exists"));
    }
    if timers.len() >= MAX_LABELS {
        return Err(c.cx.throw_range("too many labels"));
    }
    timers.insert(label, s.now());
    Ok(Value::UNDEFINED)
}
/// A duration as one reads it.
fn duration(d: Duration) -> String {
    let ms = d.as_secs_f64() * 1000.0;
    if ms < 1000.0 {
        format!("{ms:.3}ms")
    } else if ms < 60_000.0 {
        format!("{:.3}s", ms / 1000.0)
    } else {
        let s = d.as_secs();
        if s < 3600 {
            format!("{}:{:02}.{:03} (m:ss.mmm)", s / 60, s % 60, d.subsec_millis())
        } else {
            format!("{}:{:02}:{:02} (h:mm:ss)", s / 3600, s / 60 % 60, s % 60)
        }
    }
}
fn report_time(c: &Call<'_>, end: bool) -> Result {
    let label = label(c)?;
    let s = state(c.cx.rt());
    let started = if end {
        s.console.timers.borrow_mut().remove(&label)
    } else {
        s.console.timers.borrow().get(&label).copied()
    };
    let Some(started) = started else {
        return warn(c.cx, &format!("Timer '{label}' does not exist"));
    };
    let mut line = format!("{label}: {}", duration(s.now().saturating_sub(started))).into_bytes();
    let rest = if end { &[] } else { c.args.get(1..).unwrap_or_default() };
    for v in rest {
        line.push(b' ');
        push(c.cx, &mut line, &format(c.cx, std::slice::from_ref(v), style(OUT))?)?;
    }
    write(c.cx, OUT, &line)
}
/// timeLog(label, ...data)
fn time_log(c: &Call<'_>) -> Result {
    report_time(c, false)
}
/// timeEnd(label)
fn time_end(c: &Call<'_>) -> Result {
    report_time(c, true)
}

// ---- tables

/// Rows that are shown.
const MAX_ROWS: usize = 1000;
/// Columns that are shown.
const MAX_COLUMNS: usize = 50;

/// A row: its index, its cells by column, and its value if it is no object.
struct Row {
    index: String,
    cells: Vec<(usize, String)>,
    value: Option<String>,
}

/// table(data, columns)
fn table(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(o) = c.arg(0).as_object().filter(|o| o.class() != qjs_engine::object::class::id::PROXY) else {
        return log(c);
    };
    let only = if c.arg(1).is_undefined() {
        None
    } else {
        let names = cx.list_from_array_like(c.arg(1))?;
        Some(names.iter().map(|n| Ok(cx.to_string(n)?.to_lossy())).collect::<Result<Vec<String>>>()?)
    };
    let flat = Style { depth: 0, colors: false, ..Style::default() };
    let cell = |v: &Value| -> Result<String> { Ok(show(cx, v, flat)?.replace('\n', " ")) };
    let mut columns: Vec<String> = only.clone().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    let mut index_title = "(index)";
    let mut entries: Vec<(String, Option<String>, Value)> = Vec::new();
    if let Some(m) = o.data::<MapData>() {
        index_title = "(iteration index)";
        let mut list = Vec::new();
        m.0.visit(|k, v| {
            if list.len() < MAX_ROWS {
                list.push((k.clone(), v.clone()));
            }
        });
        for (i, (k, v)) in list.into_iter().enumerate() {
            entries.push((i.to_string(), Some(cell(&k)?), v));
        }
    } else if let Some(s) = o.data::<SetData>() {
        index_title = "(iteration index)";
        s.0.visit(|k, ()| {
            if entries.len() < MAX_ROWS {
                entries.push((entries.len().to_string(), None, k.clone()));
            }
        });
    } else {
        own_entries(cx, o, &mut |k, v| {
            entries.push((k, None, v));
            entries.len() < MAX_ROWS
        })?;
    }
    let has_keys = entries.iter().any(|e| e.1.is_some());
    for (index, key, v) in entries {
        cx.poll()?;
        let mut row = Row { index, cells: Vec::new(), value: None };
        match v.as_object().filter(|o| !o.is_callable() && o.class() != qjs_engine::object::class::id::PROXY)
        {
            Some(inner) => own_entries(cx, inner, &mut |k, v| {
                let at = match columns.iter().position(|c| *c == k) {
                    Some(at) => at,
                    None if only.is_some() || columns.len() == MAX_COLUMNS => return true,
                    None => {
                        columns.push(k);
                        columns.len() - 1
                    }
                };
                if let Ok(t) = cell(&v) {
                    row.cells.push((at, t));
                }
                true
            })?,
            None => row.value = Some(cell(&v)?),
        }
        if let Some(k) = key {
            row.index = format!("{}\u{0}{k}", row.index);
        }
        rows.push(row);
    }
    let has_values = rows.iter().any(|r| r.value.is_some());
    let mut grid: Vec<Vec<String>> = Vec::new();
    let mut head = vec![index_title.to_owned()];
    if has_keys {
        head.push("Key".to_owned());
    }
    head.extend(columns.iter().cloned());
    if has_values {
        head.push("Values".to_owned());
    }
    let first = 1 + usize::from(has_keys);
    grid.push(head);
    for r in rows {
        let mut line = vec![String::new(); grid[0].len()];
        match r.index.split_once('\u{0}') {
            Some((i, k)) => {
                line[0] = i.to_owned();
                line[1] = k.to_owned();
            }
            None => line[0] = r.index,
        }
        for (at, t) in r.cells {
            line[first + at] = t;
        }
        if let (Some(v), Some(last)) = (r.value, line.last_mut()) {
            *last = v;
        }
        grid.push(line);
    }
    write(cx, OUT, draw(&grid).as_bytes())
}
/// The own enumerable data properties with string keys, until `f` answers false; getters are not called.
fn own_entries(cx: &Context, o: &Object, f: &mut dyn FnMut(String, Value) -> bool) -> Result<()> {
    for key in o.ordinary_own_keys(cx)?.iter() {
        if key.is_symbol() {
            continue;
        }
        if let Some(Property::Data { value, flags }) = o.ordinary_get_own(cx, key)?
            && flags & prop::ENUMERABLE != 0
            && !f(key.to_lossy(), value)
        {
            break;
        }
    }
    Ok(())
}
/// A grid with lines around its cells.
fn draw(grid: &[Vec<String>]) -> String {
    let n = grid.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..n).map(|i| grid.iter().map(|r| inspect::width(&r[i])).max().unwrap_or(0) + 2).collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let bars: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
        format!("{left}{}{right}", bars.join(middle))
    };
    let mut out = rule("┌", "┬", "┐");
    for (i, row) in grid.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(t, w)| format!(" {t}{}", " ".repeat(w - 1 - inspect::width(t))))
            .collect();
        out.push_str(&format!("\n│{}│", cells.join("│")));
        if i == 0 {
            out.push('\n');
            out.push_str(&rule("├", "┼", "┤"));
        }
    }
    out.push('\n');
    out.push_str(&rule("└", "┴", "┘"));
    out
}
