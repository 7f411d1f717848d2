//! Where the lines that were typed are kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How many inputs are kept.
pub const LENGTH: usize = 1000;

/// The file: `$QJS_HISTORY` (empty: none), else `$XDG_STATE_HOME/qjs/history`, else `~/.qjs_history`.
pub fn path(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(p) = env("QJS_HISTORY") {
        return (!p.is_empty()).then(|| p.into());
    }
    let set = |name| env(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    // (The specification: a path that is not absolute is to be ignored.)
    if let Some(dir) = set("XDG_STATE_HOME").filter(|d| d.is_absolute()) {
        return Some(dir.join("qjs/history"));
    }
    set("HOME").map(|home| home.join(".qjs_history"))
}

/// Makes the file's folder. That it cannot be made shows when the file is written.
pub fn prepare(path: &Path) {
    if let Some(dir) = path.parent() {
        let _ = std::fs::create_dir_all(dir);
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn where_it_is() {
        let of = |list: &[(&str, &str)]| {
            let list: Vec<(String, String)> =
                list.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            path(move |name| list.iter().find(|(n, _)| n == name).map(|(_, v)| v.into()))
                .map(|p| p.to_string_lossy().into_owned())
        };
        let home = ("HOME", "/home/x");
        assert_eq!(of(&[home]).as_deref(), Some("/home/x/.qjs_history"));
        assert_eq!(of(&[home, ("XDG_STATE_HOME", "/s")]).as_deref(), Some("/s/qjs/history"));
        assert_eq!(of(&[home, ("XDG_STATE_HOME", "s")]).as_deref(), Some("/home/x/.qjs_history"));
        assert_eq!(of(&[home, ("QJS_HISTORY", "/h"), ("XDG_STATE_HOME", "/s")]).as_deref(), Some("/h"));
        assert_eq!(of(&[home, ("QJS_HISTORY", "")]), None);
        assert_eq!(of(&[]), None);
    }
}
