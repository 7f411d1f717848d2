//! What a standalone executable carries behind its own code: a program and the modules it imports.
//!
//! ```text
//! entries     of each: kind (1 byte), length of its name (4), name, length of its data (8), data
//! length      8 bytes: of the entries
//! MAGIC       16 bytes, the end of the file
//! ```
//! Numbers are little-endian. The first entry is the program. Nothing is believed: code is verified when it is read.

use super::loader::{self, Kind};
use once_cell::sync::OnceCell;
use qjs_engine::serialize::{self, DataKind, ReadOptions};
use qjs_engine::vm::module::Module;
use qjs_engine::{Context, Gc, Result};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const MAGIC: &[u8; 16] = b"\0qjs-rs bundle\0\x01";
const TRAILER: u64 = 8 + MAGIC.len() as u64;

/// What an entry's data is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// Bytecode of a script.
    Script,
    /// Bytecode of a module.
    Module,
    /// A file that is imported as JSON, text or bytes.
    File(DataKind),
}

const CONTENTS: [Content; 5] = [
    Content::Script,
    Content::Module,
    Content::File(DataKind::Json),
    Content::File(DataKind::Text),
    Content::File(DataKind::Bytes),
];

/// One piece of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub content: Content,
    /// What it is imported by: the module map's name.
    pub name: String,
    pub data: Vec<u8>,
}

/// A program and what it needs; the program comes first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bundle {
    pub entries: Vec<Entry>,
}

static RUNNING: OnceCell<Bundle> = OnceCell::new();

impl Bundle {
    /// What is to be appended to an executable.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for e in &self.entries {
            let kind = CONTENTS.iter().position(|c| *c == e.content).unwrap_or(0);
            out.push(kind as u8);
            out.extend_from_slice(&(e.name.len() as u32).to_le_bytes());
            out.extend_from_slice(e.name.as_bytes());
            out.extend_from_slice(&(e.data.len() as u64).to_le_bytes());
            out.extend_from_slice(&e.data);
        }
        let n = out.len() as u64;
        out.extend_from_slice(&n.to_le_bytes());
        out.extend_from_slice(MAGIC);
        out
    }
    fn from_entries(mut b: &[u8]) -> Option<Bundle> {
        let mut entries = Vec::new();
        while let Some((&kind, rest)) = b.split_first() {
            let content = *CONTENTS.get(kind as usize)?;
            let (n, rest) = rest.split_first_chunk::<4>()?;
            let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*n) as usize)?;
            let (n, rest) = rest.split_first_chunk::<8>()?;
            let (data, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*n)).ok()?)?;
            let name = String::from_utf8(name.to_vec()).ok()?;
            entries.push(Entry { content, name, data: data.to_vec() });
            b = rest;
        }
        if entries.is_empty() { None } else { Some(Bundle { entries }) }
    }
    /// The bundle at the end of a file, and where it begins; None if there is none.
    ///
    /// # Errors
    /// The system's, or InvalidData for a trailer that says nonsense.
    pub fn at_end_of(path: &Path) -> io::Result<Option<(Bundle, u64)>> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "the bundle in this executable is damaged");
        let mut f = File::open(path)?;
        // A file shorter than that has none.
        let Ok(end) = f.seek(SeekFrom::End(-(TRAILER as i64))) else {
            return Ok(None);
        };
        let mut trailer = [0; TRAILER as usize];
        f.read_exact(&mut trailer)?;
        let (length, magic) = trailer.split_at(8);
        if magic != MAGIC {
            return Ok(None);
        }
        let n = length.try_into().map(u64::from_le_bytes).map_err(|_| bad())?;
        let start = end.checked_sub(n).ok_or_else(bad)?;
        let mut entries = Vec::new();
        entries.try_reserve_exact(usize::try_from(n).map_err(|_| bad())?).map_err(|_| bad())?;
        f.seek(SeekFrom::Start(start))?;
        f.take(n).read_to_end(&mut entries)?;
        Bundle::from_entries(&entries).map(|b| Some((b, start))).ok_or_else(bad)
    }
    /// The bundle at the end of the program that runs.
    ///
    /// # Errors
    /// As [`Bundle::at_end_of`].
    pub fn of_this_program() -> io::Result<Option<Bundle>> {
        let found = if cfg!(target_os = "linux") {
            // The link itself can be opened, wherever it leads.
            Bundle::at_end_of(Path::new("/proc/self/exe"))
        } else {
            Bundle::at_end_of(&std::env::current_exe()?)
        };
        Ok(found?.map(|(bundle, _)| bundle))
    }
    /// Makes this bundle the one of the running process, whose loaders look into it before they look for files.
    pub fn install(self) -> &'static Bundle {
        RUNNING.get_or_init(|| self)
    }
}

/// The module of that name in the running process's bundle; None if there is none.
pub fn module(cx: &Context, name: &str, kind: Kind) -> Result<Option<Gc<Module>>> {
    let wanted = match kind {
        Kind::Script => Content::Module,
        Kind::Data(d) => Content::File(d),
    };
    let Some(e) =
        RUNNING.get().and_then(|b| b.entries.iter().find(|e| e.name == name && e.content == wanted))
    else {
        return Ok(None);
    };
    if kind != Kind::Script {
        return loader::module_of(cx, &e.data, name, kind).map(Some);
    }
    let o = ReadOptions { bytecode: true, references: true, ..ReadOptions::default() };
    let v = serialize::read_all(cx, &e.data, &o)?.value;
    match v.into_gc::<Module>() {
        Ok(m) => {
            loader::set_import_meta(cx, &m, false, false)?;
            Ok(Some(m))
        }
        Err(_) => Err(cx.throw_syntax(&format!("'{name}' in this executable is no module"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Bundle {
        let entry =
            |content, name: &str, data: &[u8]| Entry { content, name: name.into(), data: data.into() };
        Bundle {
            entries: vec![
                entry(Content::Module, "main.js", b"code"),
                entry(Content::File(DataKind::Json), "a.json", b"{}"),
                entry(Content::File(DataKind::Bytes), "b", b""),
            ],
        }
    }

    #[test]
    fn there_and_back() {
        let dir = std::env::temp_dir().join(format!("qjs-bundle-{}", std::process::id()));
        let bytes = [&b"an executable"[..], &sample().to_bytes()].concat();
        std::fs::write(&dir, &bytes).unwrap();
        let read = Bundle::at_end_of(&dir).unwrap();
        assert_eq!(read, Some((sample(), 13)));
        // Cut anywhere it is no bundle, or a damaged one.
        for n in (0..bytes.len()).step_by(3) {
            std::fs::write(&dir, &bytes[..n]).unwrap();
            assert!(!matches!(Bundle::at_end_of(&dir), Ok(Some(_))));
        }
        std::fs::remove_file(&dir).unwrap();
    }

    #[test]
    fn lengths_are_not_believed() {
        let mut b = sample().to_bytes();
        b[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Bundle::from_entries(&b[..b.len() - TRAILER as usize]), None);
    }
}
