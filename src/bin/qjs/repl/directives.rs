//! What is told to the prompt itself: `.help` or `\h`, and so on.

/// A command of the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    Help,
    Hex,
    Dec,
    Time,
    Strict,
    Depth,
    Hidden,
    Color,
    Dark,
    Light,
    Clear,
    Load,
    Quit,
}

/// Name, one letter that suffices (in QuickJS's manner, `\x`), meaning. In the order of the help.
pub const COMMANDS: &[(&str, &str, Command, &str)] = &[
    ("help", "h", Command::Help, "print this help"),
    ("hex", "x", Command::Hex, "hexadecimal number display"),
    ("dec", "d", Command::Dec, "decimal number display"),
    ("time", "t", Command::Time, "toggle timing display"),
    ("strict", "s", Command::Strict, "toggle strict mode evaluation"),
    ("depth", "", Command::Depth, "set object depth"),
    ("hidden", "", Command::Hidden, "toggle hidden properties display"),
    ("color", "", Command::Color, "toggle colored output"),
    ("dark", "", Command::Dark, "select dark color theme"),
    ("light", "", Command::Light, "select light color theme"),
    ("clear", "c", Command::Clear, "clear the terminal"),
    ("load", "l", Command::Load, "load source code from a file"),
    ("quit", "q", Command::Quit, "exit (also: Ctrl-D)"),
    ("exit", "", Command::Quit, ""),
];

/// What a line is.
#[derive(PartialEq, Eq, Debug)]
pub enum Line<'a> {
    Source,
    Command(Command, &'a str),
    /// It looks like a command, and is none.
    Unknown(&'a str),
}

/// Reads a line. `.5`, `\u0061` and whatever else could be JavaScript is source text.
pub fn read(line: &str) -> Line<'_> {
    let line = line.trim();
    let Some(rest) = line.strip_prefix(['.', '\\']) else {
        return Line::Source;
    };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || line.contains('\n') {
        return Line::Source;
    }
    let is_escape =
        line.starts_with("\\u") && name.len() > 1 && name[1..].bytes().all(|b| b.is_ascii_hexdigit());
    if is_escape || rest.starts_with("u{") {
        return Line::Source;
    }
    match find(name) {
        Some(c) => Line::Command(c, argument.trim()),
        None => Line::Unknown(name),
    }
}

/// By name, letter, or a beginning that only one name has.
fn find(name: &str) -> Option<Command> {
    let exact = COMMANDS.iter().find(|c| c.0 == name || c.1 == name);
    if let Some(c) = exact {
        return Some(c.2);
    }
    let mut all = COMMANDS.iter().filter(|c| c.0.starts_with(name));
    match (all.next(), all.next()) {
        (Some(c), None) => Some(c.2),
        _ => None,
    }
}

/// The names that begin so.
pub fn beginning_with(prefix: &str) -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|c| c.0).filter(move |n| n.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        assert_eq!(read(".help"), Line::Command(Command::Help, ""));
        assert_eq!(read("\\h"), Line::Command(Command::Help, ""));
        assert_eq!(read(" .load  a b.js "), Line::Command(Command::Load, "a b.js"));
        assert_eq!(read("\\x"), Line::Command(Command::Hex, ""));
        assert_eq!(read("\\st"), Line::Command(Command::Strict, ""));
        assert_eq!(read(".dep 3"), Line::Command(Command::Depth, "3"));
        assert_eq!(read(".de"), Line::Unknown("de"));
        assert_eq!(read(".nope"), Line::Unknown("nope"));
    }
    #[test]
    fn source() {
        for s in ["1", ".5", "\\u0061 = 1", "\\u{61} = 1", "", "...x", ".\n", "a.help"] {
            assert_eq!(read(s), Line::Source, "{s}");
        }
    }
}
