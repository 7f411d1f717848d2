//! The table of QuickJS-NG's functions (`ctests/abi/functions.tsv`).

use std::path::Path;

/// One row.
pub struct Function {
    pub name: String,
    pub header: String,
}

/// The functions that the ABI asks for.
pub struct Tables {
    pub functions: Vec<Function>,
}

impl Tables {
    pub fn read(dir: &Path) -> Result<Tables, Box<dyn std::error::Error>> {
        let text = std::fs::read_to_string(dir.join("functions.tsv"))?;
        let function = |line: &str| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut next = || cells.next().unwrap_or_default();
            Function { name: next(), header: next() }
        };
        Ok(Tables { functions: text.lines().skip(1).map(function).collect() })
    }
}
