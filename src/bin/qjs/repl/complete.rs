//! Completion: globals, what `let` and `const` declared, keywords, and properties of what stands before a dot.
//!
//! No script runs: the path before the cursor is followed through data properties only, getters and proxies end it.

use super::highlight::{KEYWORDS, LITERALS, is_name_part};
use qjs_engine::object::class::id;
use qjs_engine::object::{Object, Property};
use qjs_engine::{Context, Gc, Intrinsic, Result, Value, embed};
use std::collections::BTreeSet;

/// Names that are looked at, of all objects together.
const MOST: usize = 10_000;
/// Prototypes that are looked at.
const LONGEST_CHAIN: usize = 100;

/// What may stand where the cursor is: where it begins, and the candidates.
pub fn complete(cx: &Context, line: &str, pos: usize) -> (usize, Vec<String>) {
    let before = &line[..pos];
    let start = before
        .rfind(|c| !is_name_part(c))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let prefix = &before[start..];
    let found = match before[..start].strip_suffix("?.").or_else(|| before[..start].strip_suffix('.')) {
        Some(path) => members(cx, path, prefix),
        None => globals(cx, prefix),
    };
    match found {
        Ok(names) => (start, names.into_iter().collect()),
        Err(_) => {
            cx.rt().clear_exception();
            (start, Vec::new())
        }
    }
}

fn globals(cx: &Context, prefix: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    add_names(cx, cx.global(), prefix, &mut names)?;
    for n in embed::lexical_names(cx)? {
        let n = n.to_lossy();
        if n.starts_with(prefix) {
            names.insert(n);
        }
    }
    // With nothing typed yet, keywords would only be in the way.
    if !prefix.is_empty() {
        names.extend(
            KEYWORDS.iter().chain(LITERALS).filter(|k| k.starts_with(prefix)).map(|k| (*k).to_owned()),
        );
    }
    Ok(names)
}
fn members(cx: &Context, path: &str, prefix: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    if let Some(v) = follow(cx, path)?
        && let Some(o) = as_object(cx, &v)?
    {
        add_names(cx, &o, prefix, &mut names)?;
    }
    Ok(names)
}
/// The names of an object and its prototypes that can stand behind a dot.
fn add_names(cx: &Context, o: &Object, prefix: &str, names: &mut BTreeSet<String>) -> Result<()> {
    let mut at = Some(o.to_gc());
    let mut looked_at = 0;
    for _ in 0..LONGEST_CHAIN {
        let Some(o) = at.filter(|o| o.class() != id::PROXY) else {
            break;
        };
        // (Of those that are not ordinary, a module's names are no script's to answer.)
        let keys = if o.class() == id::MODULE_NS { o.own_keys(cx)? } else { o.ordinary_own_keys(cx)? };
        for key in keys.iter() {
            looked_at += 1;
            if looked_at > MOST {
                return Ok(());
            }
            if key.is_symbol() || key.is_private() || key.as_index().is_some() {
                continue;
            }
            let name = key.to_lossy();
            if name.starts_with(prefix)
                && name.chars().all(is_name_part)
                && !name.starts_with(|c: char| c.is_numeric())
            {
                names.insert(name);
            }
        }
        at = o.proto().cloned();
    }
    Ok(())
}

/// The value that the end of a text names, as in `x = a.b[0]`; None if that cannot be known without running it.
fn follow(cx: &Context, text: &str) -> Result<Option<Value>> {
    let Some((root, steps)) = path(text) else {
        return Ok(None);
    };
    let Some(mut v) = start(cx, root)? else {
        return Ok(None);
    };
    for step in steps {
        let Some(o) = as_object(cx, &v)? else {
            return Ok(None);
        };
        match data(cx, &o, step)? {
            Some(next) => v = next,
            None => return Ok(None),
        }
    }
    Ok(Some(v))
}
/// The last path of a text: its root and the properties that follow it.
fn path(text: &str) -> Option<(&str, Vec<&str>)> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        if let Some(inside) = rest.strip_suffix(']') {
            // [0] and ["key"]; a list before which nothing stands is the root.
            let open = inside.rfind('[')?;
            let (head, key) = (&inside[..open], &inside[open + 1..]);
            let before = head.chars().next_back().is_some_and(|c| is_name_part(c) || c == ']' || c == ')');
            if !before {
                return Some((&rest[open..], reversed(steps)));
            }
            let quoted = key.len() >= 2 && key.starts_with(['"', '\'']) && key.ends_with(&key[..1]);
            steps.push(match quoted {
                true => &key[1..key.len() - 1],
                false if !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit()) => key,
                false => return None,
            });
            rest = head;
            continue;
        }
        if rest.ends_with(['"', '\'', '`', '/', '}']) {
            return Some((&rest[rest.len() - 1..], reversed(steps)));
        }
        let from = rest.char_indices().rev().take_while(|(_, c)| is_name_part(*c)).last()?.0;
        let (head, name) = rest.split_at(from);
        let head = head.trim_end();
        match head.strip_suffix("?.").or_else(|| head.strip_suffix('.')) {
            Some(more) => {
                steps.push(name);
                rest = more.trim_end();
            }
            None => return Some((name, reversed(steps))),
        }
    }
}
fn reversed(mut steps: Vec<&str>) -> Vec<&str> {
    steps.reverse();
    steps
}
/// The value that a path begins with. Of literals, the prototype tells enough.
fn start(cx: &Context, root: &str) -> Result<Option<Value>> {
    let proto = |i| cx.intrinsic(i).map(|o| Some(o.clone().into()));
    match root.chars().next() {
        Some('"' | '\'' | '`') => return proto(Intrinsic::StringPrototype),
        Some('[') => return proto(Intrinsic::ArrayPrototype),
        Some('/') => return proto(Intrinsic::RegExpPrototype),
        Some('}') => return proto(Intrinsic::ObjectPrototype),
        Some(c) if c.is_ascii_digit() => {
            let big = root.ends_with('n');
            return proto(if big { Intrinsic::BigIntPrototype } else { Intrinsic::NumberPrototype });
        }
        _ => {}
    }
    match root {
        "this" | "globalThis" => return Ok(Some(cx.global().clone().into())),
        "true" | "false" => return proto(Intrinsic::BooleanPrototype),
        _ => {}
    }
    match embed::lexical_value(cx, &cx.key(root)?) {
        Some(v) => Ok(Some(v)),
        None => data(cx, cx.global(), root),
    }
}
/// An object, or the prototype of a primitive value.
fn as_object(cx: &Context, v: &Value) -> Result<Option<Gc<Object>>> {
    if let Some(o) = v.as_object() {
        return Ok(Some(o.to_gc()));
    }
    let proto = if v.is_string() {
        Intrinsic::StringPrototype
    } else if v.is_number() {
        Intrinsic::NumberPrototype
    } else if v.is_bool() {
        Intrinsic::BooleanPrototype
    } else if v.is_bigint() {
        Intrinsic::BigIntPrototype
    } else if v.is_symbol() {
        Intrinsic::SymbolPrototype
    } else {
        return Ok(None);
    };
    cx.intrinsic(proto).map(|o| Some(o.clone()))
}
/// A data property of an object or its prototypes.
fn data(cx: &Context, o: &Object, name: &str) -> Result<Option<Value>> {
    let key = cx.key(name)?;
    let mut at = Some(o.to_gc());
    for _ in 0..LONGEST_CHAIN {
        let Some(o) = at.filter(|o| o.class() != id::PROXY) else {
            break;
        };
        let found = if o.class() == id::MODULE_NS {
            o.get_own_property(cx, &key)?
        } else {
            o.ordinary_get_own(cx, &key)?
        };
        match found {
            Some(Property::Data { value, .. }) if !value.is_uninit() => return Ok(Some(value)),
            Some(_) => return Ok(None),
            None => at = o.proto().cloned(),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths() {
        assert_eq!(path("x = a.b.c"), Some(("a", vec!["b", "c"])));
        assert_eq!(path("f(a[0][\"k\"]?.d"), Some(("a", vec!["0", "k", "d"])));
        assert_eq!(path("[1, 2]"), Some(("[1, 2]", vec![])));
        assert_eq!(path("+ 'x'"), Some(("'", vec![])));
        assert_eq!(path("a\n  .b"), Some(("a", vec!["b"])));
        assert_eq!(path("f()"), None);
        assert_eq!(path("a[i]"), None);
        assert_eq!(path(""), None);
        assert_eq!(path("größe"), Some(("größe", vec![])));
    }
}
