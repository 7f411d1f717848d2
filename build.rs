//! Builds the C shim (`src/shim.c`) into the library, and hands the version to the Rust code.

use std::path::Path;
use std::{env, fs};

fn main() {
    link_commands();
    println!("cargo:rerun-if-changed=src/shim.c");
    println!("cargo:rerun-if-changed=src");

    // A function of the shim is built once the Rust function that it ends in exists; the header generator
    // declares it by the same rule.
    let exists = |name: &str| defines(Path::new("src"), &format!("fn {name}("));
    if !exists("qjs_shim_throw_error") {
        return;
    }
    let mut shim = cc::Build::new();
    shim.file("src/shim.c").std("c11").warnings(true).extra_warnings(true);
    if exists("qjs_shim_throw_dom_exception") {
        shim.define("QJS_SHIM_DOM_EXCEPTION", None);
    }
    if exists("qjs_shim_std_cmd") {
        shim.define("QJS_SHIM_STD_CMD", None);
    }
    // CMake passes what it compiles C with under a sanitizer.
    println!("cargo:rerun-if-env-changed=QJS_SHIM_CFLAGS");
    for flag in env::var("QJS_SHIM_CFLAGS").unwrap_or_default().split_whitespace() {
        shim.flag(flag);
    }
    shim.compile("qjs_shim");
}

/// How the commands are linked: they export the C ABI, all of it, for binary modules (.so) that they load.
fn link_commands() {
    let map = fs::read_to_string("src/libqjs.map").unwrap_or_default();
    let names: Vec<&str> =
        map.lines().filter_map(|l| l.strip_prefix("    ")?.strip_suffix(';')).filter(|n| *n != "*").collect();
    if names.is_empty() || env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    let list = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("exports.list");
    let text: String = names.iter().map(|n| format!("    {n};\n")).collect();
    if fs::write(&list, format!("{{\n{text}}};\n")).is_ok() {
        println!("cargo:rustc-link-arg-bins=-Wl,--dynamic-list={}", list.display());
        for name in names {
            println!("cargo:rustc-link-arg-bins=-Wl,--undefined={name}");
        }
    }
    // What runs at the start lies together (tools/startup-order).
    if let Ok(order) = Path::new("src/startup.ld").canonicalize() {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", order.display());
    }
}

/// Whether a Rust file below `dir` contains the text.
fn defines(dir: &Path, text: &str) -> bool {
    let Ok(entries) = fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            defines(&path, text)
        } else {
            path.extension().is_some_and(|e| e == "rs")
                && fs::read_to_string(&path).is_ok_and(|source| source.contains(text))
        }
    })
}
