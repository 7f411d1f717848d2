//! Which tests are left out: skip.toml and the command line.

use crate::meta::Meta;
use std::collections::HashSet;

#[derive(Default)]
pub struct Skip {
    pub features: HashSet<String>,
    prefixes: Vec<String>,
    pub flags: HashSet<String>,
    pub paths: Vec<String>,
}

impl Skip {
    /// Adds one table of skip.toml.
    pub fn add(&mut self, config: &toml::Table, section: &str) {
        let Some(table) = config.get(section).and_then(|t| t.as_table()) else { return };
        let strings = |key: &str| {
            let items = table.get(key).and_then(|v| v.as_array()).cloned().unwrap_or_default();
            items.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        self.features.extend(strings("features"));
        self.prefixes.extend(strings("feature_prefixes"));
        self.flags.extend(strings("flags"));
        self.paths.extend(strings("paths"));
    }

    /// Is the test at `path` (below `test/`) left out?
    pub fn skips(&self, path: &str, meta: &Meta) -> bool {
        self.paths
            .iter()
            .any(|p| path.strip_prefix(p.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/')))
            || meta.flags.iter().any(|f| self.flags.contains(f))
            || meta
                .features
                .iter()
                .any(|f| self.features.contains(f) || self.prefixes.iter().any(|p| f.starts_with(p.as_str())))
    }
}
