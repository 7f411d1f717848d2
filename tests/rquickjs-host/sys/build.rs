//! Links the shared libqjs in QJS_LIB_DIR where rquickjs-sys compiles QuickJS-NG. (Shared: the static one brings
//! Rust's standard library along, which a Rust program has already.)

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-env-changed=QJS_LIB_DIR");
    let dir = env::var("QJS_LIB_DIR").expect("QJS_LIB_DIR is where libqjs.so is");
    println!("cargo:rustc-link-search=native={dir}");
    println!("cargo:rustc-link-lib=dylib=qjs");
    // src/lib.rs asks for its declarations by target.
    let target = env::var("TARGET").unwrap();
    let out = Path::new(&env::var("OUT_DIR").unwrap()).join("bindings.rs");
    fs::write(out, format!("macro_rules! bindings_env {{ (\"TARGET\") => {{ \"{target}\" }}; }}\n")).unwrap();
}
