//! Small edits of C text: cbindgen's output brought to QuickJS-NG's form.

use std::collections::BTreeSet;

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The identifier that a text begins with.
pub fn leading_name(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

/// Names of the ABI's functions (`JS_`, `js_`, …) that stand before a parenthesis, in order.
pub fn called_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices('(') {
        let before = &text[..at];
        let name = &before[before.rfind(|c| !is_name(c)).map_or(0, |i| i + 1)..];
        if name.starts_with("JS_") || name.starts_with("js_") || name.starts_with("qjs_shim_") {
            names.push(name.to_owned());
        }
    }
    names
}

/// The text without its `/* */` comments.
pub fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Comments as C readers expect them: the first paragraph of the Rust doc comment, without Markdown, and
/// no run of blank lines.
pub fn tidy(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut comment: Option<Vec<String>> = None;
    for line in text.lines() {
        let bare = line.trim();
        if bare == "/*" || bare == "/**" {
            comment = Some(Vec::new());
        } else if let Some(lines) = &mut comment {
            if bare == "*/" {
                let indent = &line[..line.len() - line.trim_start().len()];
                let indent = indent.strip_suffix(' ').unwrap_or(indent);
                let end = lines.iter().position(|l| l.is_empty()).unwrap_or(lines.len());
                let words = lines[..end].join("\n").replace("[`", "").replace("`]", "").replace('`', "");
                let words = words.replace("*/", "* /").replace('\n', &format!("\n{indent}   "));
                out.push(format!("{indent}/* {words} */"));
                comment = None;
            } else {
                lines.push(bare.trim_start_matches('*').trim().to_owned());
            }
        } else if !(bare.is_empty() && out.last().is_some_and(|l| l.is_empty())) {
            out.push(without_tags(line.trim_end()));
        }
    }
    // Defines in one block where nothing is said about them.
    let mut compact: Vec<String> = Vec::new();
    for (i, line) in out.iter().enumerate() {
        let between = line.is_empty()
            && compact.last().is_some_and(|l| l.starts_with("#define"))
            && out.get(i + 1).is_some_and(|l| l.starts_with("#define") || l.starts_with("/*"))
            && out[i + 1..]
                .iter()
                .find(|l| !l.starts_with("/*") && !l.starts_with("   "))
                .is_some_and(|l| l.starts_with("#define"));
        if !between {
            compact.push(line.clone());
        }
    }
    compact.join("\n") + "\n"
}

/// `struct X` and `enum X` as plain `X` where they are used: all have a typedef.
fn without_tags(line: &str) -> String {
    let (head, rest) = match line.strip_prefix("typedef ") {
        Some(rest) if !rest.contains('(') => return format!("typedef {rest}"),
        Some(rest) => ("typedef ", rest),
        None => ("", line),
    };
    format!("{head}{}", rest.replace("struct JS", "JS").replace("enum JS", "JS"))
}

/// Makes `typedef R (*F)(…)` a function type, as QuickJS-NG has it, and adds the `*` where it is used.
/// Returns the names of the function types too.
pub fn function_types(text: &str) -> (String, BTreeSet<String>) {
    let mut names = BTreeSet::new();
    let mut out = String::new();
    for line in text.lines() {
        match line.split_once("(*") {
            Some((ret, rest)) if line.starts_with("typedef ") && rest.contains(")(") => {
                let name = leading_name(rest);
                names.insert(name.to_owned());
                out.push_str(ret);
                out.push_str(&rest.replacen(&format!("{name})("), &format!("{name}("), 1));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    (with_pointers(&out, &names), names)
}

/// Adds the `*` to every use of a function type as the type of a parameter or field.
pub fn with_pointers(text: &str, function_types: &BTreeSet<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_name) {
        out.push_str(&rest[..start]);
        let name = leading_name(&rest[start..]);
        out.push_str(name);
        rest = &rest[start + name.len()..];
        let used = rest.strip_prefix(' ').is_some_and(|r| r.starts_with(is_name));
        if used && function_types.contains(name) {
            out.push_str(" *");
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}
