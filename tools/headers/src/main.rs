//! Generates the two public headers and the C programs that hold them to QuickJS-NG's ABI.
//!
//! `cargo run -p headers` writes; `cargo run -p headers -- --check` writes nothing and fails when a file
//! differs from what it would write. Either reports how much of the ABI is declared.
//!
//! - `include/quickjs.h` = `templates/quickjs.h` + constants and types of `src/capi/ffi.rs` + every
//!   exported function of `src/capi/`.
//! - `include/quickjs-libc.h` = `templates/quickjs-libc.h` + every exported function of `src/libc/`.
//! - `ctests/abi/*.c` = the tables `ctests/abi/*.tsv` as C that compiles only where they are met.
//!
//! What the library does not export yet is not declared, and an inline function that needs it is left out.

mod abi;
mod text;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

type Error = Box<dyn std::error::Error>;

const COPY: [(&str, &str); 2] = [("include", "quickjs.h"), ("include", "quickjs-libc.h")];

fn main() {
    let check = env::args().skip(1).any(|arg| arg == "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let stale = match run(&root, check) {
        Ok(stale) => stale,
        Err(e) => {
            eprintln!("headers: {e}");
            process::exit(1);
        }
    };
    if !stale.is_empty() {
        for path in stale {
            eprintln!("headers: {path} is not what `cargo run -p headers` generates");
        }
        process::exit(1);
    }
}

/// Generates all files; returns those that differed, having written them unless `check`.
fn run(root: &Path, check: bool) -> Result<Vec<String>, Error> {
    let tables = abi::Tables::read(&root.join("ctests/abi"))?;
    let rust = Sources::read(root)?;
    let headers = [quickjs_h(root, &rust, &tables)?, quickjs_libc_h(root, &rust, &tables)?];

    let mut files: Vec<(String, String)> = Vec::new();
    for ((dir, name), text) in COPY.iter().zip(&headers) {
        files.push((format!("{dir}/{name}"), text.clone()));
    }
    let declared: BTreeSet<String> =
        headers.iter().flat_map(|h| text::called_names(&text::without_comments(h))).collect();
    for (name, text) in tables.programs(&headers, &declared) {
        files.push((format!("ctests/abi/{name}"), text));
    }

    let mut stale = Vec::new();
    for (name, text) in files {
        let path = root.join(&name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::create_dir_all(path.parent().ok_or("no parent")?)?;
            fs::write(&path, text)?;
            println!("wrote {name}");
        }
    }
    let exported = tables.functions.iter().filter(|f| declared.contains(&f.name));
    println!("headers: {} of {} functions declared", exported.count(), tables.functions.len());
    Ok(stale)
}

/// The Rust files that export functions, and all names of functions in them.
struct Sources {
    capi: Vec<PathBuf>,
    libc: Vec<PathBuf>,
    functions: BTreeSet<String>,
}

impl Sources {
    fn read(root: &Path) -> Result<Sources, Error> {
        let capi = rust_files(&root.join("src/capi"))?;
        let libc = rust_files(&root.join("src/libc"))?;
        let mut functions = BTreeSet::new();
        for path in capi.iter().chain(&libc) {
            for line in fs::read_to_string(path)?.lines() {
                if let Some((_, rest)) = line.split_once("extern \"C\" fn ") {
                    functions.insert(text::leading_name(rest).to_owned());
                }
            }
        }
        Ok(Sources { capi, libc, functions })
    }
}

/// All `.rs` files below a folder, by path; none when there is no such folder.
fn rust_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return Ok(files) };
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn quickjs_h(root: &Path, rust: &Sources, tables: &abi::Tables) -> Result<String, Error> {
    let ffi = root.join("src/capi/ffi.rs");
    let (types, callbacks) = text::function_types(&cbindgen(root, &[&ffi], Items::Types, &[])?);
    let functions = functions(root, &rust.capi, "quickjs.h", tables, &callbacks)?;

    // A variadic function is declared once the Rust function that it ends in exists.
    let mut variadic = String::new();
    for (part, needs) in [
        (include_str!("../templates/variadic.h"), "qjs_shim_throw_error"),
        (include_str!("../templates/variadic_dom.h"), "qjs_shim_throw_dom_exception"),
        (include_str!("../templates/variadic_cmd.h"), "qjs_shim_std_cmd"),
    ] {
        if rust.functions.contains(needs) {
            variadic.push_str(part);
            variadic.push('\n');
        }
    }

    let known: BTreeSet<String> = text::called_names(&functions).into_iter().collect();
    let template = include_str!("../templates/quickjs.h");
    let inline: Vec<&str> = include_str!("../templates/inline.h")
        .trim_end()
        .split("\n\n")
        .filter(|f| {
            let own = text::called_names(f);
            own.iter().skip(1).all(|name| known.contains(name) || template.contains(&format!(" {name}(")))
        })
        .collect();

    Ok(template
        .replace("@types@", types.trim())
        .replace("@functions@", functions.trim())
        .replace("@variadic@", variadic.trim())
        .replace("@inline@", &inline.join("\n\n")))
}

fn quickjs_libc_h(root: &Path, rust: &Sources, tables: &abi::Tables) -> Result<String, Error> {
    let ffi = root.join("src/capi/ffi.rs");
    let (_, mut callbacks) = text::function_types(&cbindgen(root, &[&ffi], Items::Types, &[])?);
    callbacks.insert("JSLoadFileFunc".to_owned());
    let functions = functions(root, &rust.libc, "quickjs-libc.h", tables, &callbacks)?;
    Ok(include_str!("../templates/quickjs-libc.h")
        .replace("@functions@", functions.replace("JS_EXTERN ", "JS_LIBC_EXTERN ").trim()))
}

/// Declarations of the functions that `files` export and that the tables put in `header`.
fn functions(
    root: &Path,
    files: &[PathBuf],
    header: &str,
    tables: &abi::Tables,
    callbacks: &BTreeSet<String>,
) -> Result<String, Error> {
    let mut out = String::new();
    let mut done = BTreeSet::new();
    for file in files {
        // cbindgen follows `mod`, so that a module's parent has it all; the module's own title is nicer.
        if file.ends_with("mod.rs") {
            continue;
        }
        let mut others = Vec::new();
        for name in text::called_names(&cbindgen(root, &[file], Items::Functions, &[])?) {
            match tables.functions.iter().find(|f| f.name == name) {
                Some(f) if f.header == header && done.insert(name.clone()) => {}
                // The shim's half in Rust, and what belongs to the other header.
                Some(_) => others.push(name),
                None if name.starts_with("qjs_shim_") => others.push(name),
                None => {
                    if let Some(f) = text::leading_name(&name).strip_prefix("JS_") {
                        return Err(format!("{}: JS_{f} is not of QuickJS-NG's ABI", file.display()).into());
                    }
                }
            }
        }
        let text = cbindgen(root, &[file], Items::Functions, &others)?;
        if text.trim().is_empty() {
            continue;
        }
        let source = fs::read_to_string(file)?;
        if let Some(title) = source.lines().next().and_then(|l| l.strip_prefix("//! ")) {
            out.push_str(&format!("/* ---- {} ---- */\n\n", title.replace('`', "").trim_end_matches('.')));
        }
        out.push_str(&text::with_pointers(&text, callbacks));
        out.push('\n');
    }
    Ok(out)
}

enum Items {
    Types,
    Functions,
}

/// What cbindgen makes of some Rust files: constants and types, or functions only.
fn cbindgen(root: &Path, files: &[&Path], items: Items, exclude: &[String]) -> Result<String, Error> {
    use cbindgen::ItemType::*;
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    config.export.exclude.extend_from_slice(exclude);
    // cbindgen leaves out types that no function needs; all of these are wanted.
    for file in files {
        for line in fs::read_to_string(file)?.lines() {
            for kind in ["pub struct ", "pub union ", "pub enum ", "pub type "] {
                if let Some(rest) = line.strip_prefix(kind) {
                    config.export.include.push(text::leading_name(rest).to_owned());
                }
            }
        }
    }
    config.function.prefix = Some("JS_EXTERN".to_owned());
    config.export.item_types = match items {
        Items::Types => vec![Constants, Enums, Structs, Unions, Typedefs, OpaqueItems],
        Items::Functions => vec![Functions],
    };
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in files {
        builder = builder.with_src(file);
    }
    let mut out = Vec::new();
    builder.generate()?.write(&mut out);
    Ok(text::tidy(&String::from_utf8(out)?))
}
