//! Colours for JavaScript that is being typed.
//!
//! The lexer of `qjs-syntax` is driven by the parser, which says where a `/` begins a regular expression, and it ends
//! at the first error. What is being typed is mostly an error; so this one guesses and never fails.

/// What a piece of source text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Plain,
    Comment,
    Text,
    Regexp,
    Number,
    Keyword,
    Literal,
    Name,
    /// A name that a call follows.
    Called,
    Bracket,
}

/// Colours by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    Dark,
    Light,
}
impl Theme {
    fn code(self, k: Kind) -> &'static str {
        let dark = self == Theme::Dark;
        match k {
            Kind::Plain | Kind::Name => "",
            Kind::Comment => "\x1b[90m",
            Kind::Text => {
                if dark {
                    "\x1b[32m"
                } else {
                    "\x1b[32;2m"
                }
            }
            Kind::Regexp => "\x1b[35m",
            Kind::Number => {
                if dark {
                    "\x1b[33m"
                } else {
                    "\x1b[34m"
                }
            }
            Kind::Keyword => {
                if dark {
                    "\x1b[94m"
                } else {
                    "\x1b[34;1m"
                }
            }
            Kind::Literal => {
                if dark {
                    "\x1b[33m"
                } else {
                    "\x1b[31m"
                }
            }
            Kind::Called => "\x1b[36m",
            Kind::Bracket => {
                if dark {
                    "\x1b[37m"
                } else {
                    "\x1b[30m"
                }
            }
        }
    }
}

pub const KEYWORDS: &[&str] = &[
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "export",
    "extends",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "let",
    "new",
    "of",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "try",
    "typeof",
    "using",
    "var",
    "void",
    "while",
    "with",
    "yield",
];
pub const LITERALS: &[&str] = &["Infinity", "NaN", "false", "null", "true", "undefined"];

/// The text with colours: the same characters, and codes between them.
pub fn paint(text: &str, theme: Theme) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (kind, piece) in pieces(text) {
        let code = theme.code(kind);
        if code.is_empty() {
            out.push_str(piece);
        } else {
            out.push_str(code);
            out.push_str(piece);
            out.push_str("\x1b[0m");
        }
    }
    out
}

/// Cuts a text into pieces, which are the text when put together.
pub fn pieces(text: &str) -> Vec<(Kind, &str)> {
    let mut c = Cutter { text, at: 0, out: Vec::new(), value_before: false, templates: Vec::new() };
    while c.at < text.len() {
        c.piece();
    }
    c.out
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    out: Vec<(Kind, &'a str)>,
    /// A value ended: a `/` divides.
    value_before: bool,
    /// Of each `${` that is open, how many braces are open inside.
    templates: Vec<u32>,
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}
pub fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '\u{200c}' | '\u{200d}')
}

impl<'a> Cutter<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
    fn push(&mut self, kind: Kind, len: usize) {
        self.out.push((kind, &self.text[self.at..self.at + len]));
        self.at += len;
    }
    /// The length of what `while_` holds for, from `from` on.
    fn run(&self, from: usize, while_: impl Fn(char) -> bool) -> usize {
        self.rest()[from..].find(|c| !while_(c)).map_or(self.rest().len(), |n| from + n)
    }

    fn piece(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else {
            return;
        };
        if c.is_whitespace() {
            let n = self.run(0, char::is_whitespace);
            return self.push(Kind::Plain, n);
        }
        if rest.starts_with("//") {
            return self.push(Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            return self.push(Kind::Comment, comment.find("*/").map_or(rest.len(), |n| n + 4));
        }
        let begins_number = |s: &str| s.starts_with(|c: char| c.is_ascii_digit());
        match c {
            '"' | '\'' => {
                let n = until(rest, 1, c, true);
                self.value(Kind::Text, n);
            }
            '`' => self.template(1),
            '/' if !self.value_before => {
                let n = regexp(rest);
                self.value(Kind::Regexp, n);
            }
            c if c.is_ascii_digit() || (c == '.' && begins_number(&rest[1..])) => self.number(),
            '#' if rest[1..].starts_with(is_name_start) => {
                let n = self.run(1, is_name_part);
                self.value(Kind::Name, n);
            }
            c if is_name_start(c) || c == '\\' => self.name(c.len_utf8()),
            '{' => {
                if let Some(depth) = self.templates.last_mut() {
                    *depth += 1;
                }
                self.value_before = false;
                self.push(Kind::Bracket, 1);
            }
            '}' => match self.templates.last_mut() {
                Some(0) => {
                    self.templates.pop();
                    self.template(1);
                }
                depth => {
                    if let Some(d) = depth {
                        *d -= 1;
                    }
                    self.value_before = false;
                    self.push(Kind::Bracket, 1);
                }
            },
            '(' | '[' => {
                self.value_before = false;
                self.push(Kind::Bracket, 1);
            }
            ')' | ']' => self.value(Kind::Bracket, 1),
            _ => {
                // (`x++ / y`: a value stays one.)
                let doubled = rest.starts_with("++") || rest.starts_with("--");
                self.value_before &= doubled;
                self.push(Kind::Plain, if doubled { 2 } else { c.len_utf8() });
            }
        }
    }
    fn value(&mut self, kind: Kind, len: usize) {
        self.value_before = true;
        self.push(kind, len);
    }
    fn number(&mut self) {
        let bytes = self.rest().as_bytes();
        let hex = matches!(bytes.get(1), Some(b'x' | b'X' | b'b' | b'B' | b'o' | b'O'));
        let mut n = 1;
        while let Some(&b) = bytes.get(n) {
            let sign = matches!(b, b'+' | b'-') && !hex && matches!(bytes[n - 1], b'e' | b'E');
            if !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_') || sign) {
                break;
            }
            n += 1;
        }
        self.value(Kind::Number, n);
    }
    fn name(&mut self, first: usize) {
        let n = self.run(first, |c| is_name_part(c) || c == '\\');
        let word = &self.rest()[..n];
        let member =
            self.out.iter().rev().find(|(_, t)| !t.trim().is_empty()).is_some_and(|(_, t)| *t == ".");
        if !member && KEYWORDS.contains(&word) {
            self.value_before = matches!(word, "this" | "super");
            return self.push(Kind::Keyword, n);
        }
        let kind = if !member && LITERALS.contains(&word) {
            Kind::Literal
        } else if self.rest()[n..].starts_with('(') {
            Kind::Called
        } else {
            Kind::Name
        };
        self.value(kind, n);
    }
    /// A template's text, from its opening or from the brace that ended a `${`, to its end or the next `${`.
    fn template(&mut self, from: usize) {
        let bytes = self.rest().as_bytes();
        let mut n = from;
        while let Some(&b) = bytes.get(n) {
            match b {
                b'\\' => n += 1,
                b'`' => return self.value(Kind::Text, n + 1),
                b'$' if bytes.get(n + 1) == Some(&b'{') => {
                    self.templates.push(0);
                    self.value_before = false;
                    return self.push(Kind::Text, n + 2);
                }
                _ => {}
            }
            n += 1;
        }
        self.value(Kind::Text, self.rest().len());
    }
}

/// The length of a text up to and with `end`, escapes skipped; with `one_line`, up to the end of the line at most.
fn until(text: &str, from: usize, end: char, one_line: bool) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip_while(|(i, _)| *i < from) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if one_line => return i,
            c if c == end => return i + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
/// The length of a regular expression with its flags.
fn regexp(text: &str) -> usize {
    let (mut escaped, mut in_class) = (false, false);
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return i,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                let flags = &text[i + 1..];
                return i + 1 + flags.find(|c: char| !is_name_part(c)).unwrap_or(flags.len());
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let all = pieces(text);
        assert_eq!(all.iter().map(|(_, t)| *t).collect::<String>(), text);
        all.into_iter().filter(|(_, t)| !t.trim().is_empty()).collect()
    }

    #[test]
    fn regexps_and_divisions() {
        assert_eq!(kinds("a / b / c")[1].0, Kind::Plain);
        assert_eq!(kinds("x = /[/]\\//gi.test(s)")[2], (Kind::Regexp, "/[/]\\//gi"));
        assert_eq!(kinds("return /a/")[1], (Kind::Regexp, "/a/"));
        assert_eq!(kinds("(1) / 2")[3], (Kind::Plain, "/"));
        assert_eq!(kinds("i++ / 2")[2], (Kind::Plain, "/"));
    }
    #[test]
    fn templates_nest() {
        let k = kinds("`a${ {x: `b${1}`} }c` + 1");
        assert_eq!(k[0], (Kind::Text, "`a${"));
        assert_eq!(k[4], (Kind::Text, "`b${"));
        assert_eq!(k[6], (Kind::Text, "}`"));
        assert_eq!(k[8], (Kind::Text, "}c`"));
        assert_eq!(k[10], (Kind::Number, "1"));
    }
    #[test]
    fn words() {
        assert_eq!(kinds("let x = f(null)")[0], (Kind::Keyword, "let"));
        assert_eq!(kinds("f(null)")[0], (Kind::Called, "f"));
        assert_eq!(kinds("f(null)")[2], (Kind::Literal, "null"));
        assert_eq!(kinds("a.default")[2], (Kind::Name, "default"));
        assert_eq!(kinds("1e+5.x 0x1e+5 .5 1_0n")[0], (Kind::Number, "1e+5.x"));
        assert_eq!(kinds("0x1e+5")[0], (Kind::Number, "0x1e"));
        assert_eq!(kinds("größe = 1")[0], (Kind::Name, "größe"));
    }
    #[test]
    fn whatever_is_typed_stays_the_same() {
        for t in [
            "\"open",
            "'a\\",
            "`${",
            "/*",
            "/[",
            "}",
            "\\",
            "#",
            "#!",
            "日本 = '語'",
            "`\\",
            "a\u{301}",
            "1..",
        ] {
            kinds(t);
            for (i, _) in t.char_indices() {
                kinds(&t[i..]);
            }
        }
        assert_eq!(paint("1", Theme::Dark), "\x1b[33m1\x1b[0m");
    }
}
