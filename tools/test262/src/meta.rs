//! What a test says about itself: the YAML between `/*---` and `---*/`, as far as a runner needs it.

/// In which form a test's source is run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mode {
    Sloppy,
    Strict,
    Module,
    /// As it stands, without the harness.
    Raw,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Sloppy => "sloppy",
            Mode::Strict => "strict",
            Mode::Module => "module",
            Mode::Raw => "raw",
        }
    }
    pub fn from_name(s: &str) -> Option<Mode> {
        [Mode::Sloppy, Mode::Strict, Mode::Module, Mode::Raw].into_iter().find(|m| m.name() == s)
    }
}

/// When a negative test is to throw, and what.
#[derive(Clone, Default, Debug)]
pub struct Negative {
    pub phase: String,
    pub error: String,
}

#[derive(Clone, Default, Debug)]
pub struct Meta {
    pub includes: Vec<String>,
    pub features: Vec<String>,
    pub flags: Vec<String>,
    pub negative: Option<Negative>,
}

impl Meta {
    pub fn parse(source: &str) -> Meta {
        let mut meta = Meta::default();
        let Some(start) = source.find("/*---") else { return meta };
        let body = &source[start + 5..];
        let Some(end) = body.find("---*/") else { return meta };
        let mut lines = body[..end].split(['\n', '\r']).peekable();
        while let Some(line) = lines.next() {
            if line.starts_with([' ', '\t', '#']) {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            // The value goes on in the lines that are indented.
            let mut text = vec![value];
            while let Some(&next) = lines.peek() {
                if !(next.is_empty() || next.starts_with([' ', '\t', '-', ']'])) {
                    break;
                }
                text.push(next);
                lines.next();
            }
            match key.trim() {
                "includes" => meta.includes = list(&text),
                "features" => meta.features = list(&text),
                "flags" => meta.flags = list(&text),
                "negative" => meta.negative = Some(negative(&text)),
                _ => {}
            }
        }
        meta
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    /// The runs that this test asks for.
    pub fn modes(&self) -> &'static [Mode] {
        if self.has_flag("module") {
            &[Mode::Module]
        } else if self.has_flag("raw") {
            &[Mode::Raw]
        } else if self.has_flag("onlyStrict") {
            &[Mode::Strict]
        } else if self.has_flag("noStrict") {
            &[Mode::Sloppy]
        } else {
            &[Mode::Sloppy, Mode::Strict]
        }
    }
}

fn without_comment(line: &str) -> &str {
    line.split_once(" #").map_or(line, |(before, _)| before)
}

/// `[a, b]`, over several lines too, or lines of `- a`.
fn list(lines: &[&str]) -> Vec<String> {
    lines
        .iter()
        .flat_map(|line| without_comment(line).split([',', '[', ']']))
        .map(|item| item.trim().trim_start_matches("- ").trim_matches(['"', '\'', ' ']))
        .filter(|item| !item.is_empty() && *item != "-")
        .map(str::to_owned)
        .collect()
}

fn negative(lines: &[&str]) -> Negative {
    let mut n = Negative::default();
    for part in lines.iter().flat_map(|l| without_comment(l).split([',', '{', '}'])) {
        if let Some((key, value)) = part.split_once(':') {
            match key.trim() {
                "phase" => n.phase = value.trim().to_owned(),
                "type" => n.error = value.trim().to_owned(),
                _ => {}
            }
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_and_flow_lists() {
        let m = Meta::parse(
            "/*---\ndescription: >\n  x: y\nincludes: [a.js,\n  b.js]\nfeatures:\n  - let\n  - Symbol.iterator\nflags: [onlyStrict]\nnegative:\n  phase: parse\n  type: SyntaxError\n---*/",
        );
        assert_eq!(m.includes, ["a.js", "b.js"]);
        assert_eq!(m.features, ["let", "Symbol.iterator"]);
        assert_eq!(m.modes(), [Mode::Strict]);
        let n = m.negative.unwrap_or_default();
        assert_eq!((&*n.phase, &*n.error), ("parse", "SyntaxError"));
    }

    #[test]
    fn no_metadata() {
        assert_eq!(Meta::parse("x").modes(), [Mode::Sloppy, Mode::Strict]);
    }
}
