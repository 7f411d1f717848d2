//! Scripts and modules from files.

use super::sys;
use super::text::{from_os, os_string, os_string_or_throw};
use super::{Library, bundle, cache, load};
use qjs_engine::serialize::{self, DataKind, LoadedKind, ReadOptions};
use qjs_engine::text::Str;
use qjs_engine::vm::module::{
    Loader, Module, default_normalize, evaluate, link, load as requests, new_value_module,
};
use qjs_engine::vm::script::EvalOptions;
use qjs_engine::{Context, Gc, Result, Thrown, Value, embed};
use std::ffi::CStr;

/// What precedes the names of the library's own modules.
pub const SCHEME: &str = "qjs:";

/// Evaluates a script in the global scope; with `is_async` a promise for `{ value }`.
pub fn eval_global(cx: &Context, source: &[u8], name: &str, is_async: bool) -> Result {
    let options = EvalOptions { want_completion: true, is_async, first_line: 1, ..EvalOptions::default() };
    let f = cache::script(cx, source, name, &options)?;
    cx.call_object(&f, cx.global().clone().as_value(), &[])
}

/// Compiles a module, loads what it imports and says in `import.meta` what it is.
pub fn compile(
    cx: &Context,
    source: &[u8],
    name: &str,
    use_realpath: bool,
    is_main: bool,
) -> Result<Gc<Module>> {
    let m = cache::module(cx, source, name)?;
    requests::load_requested(cx, &m)?;
    set_import_meta(cx, &m, use_realpath, is_main)?;
    Ok(m)
}

/// Runs compiled code; of a module, waits for its promise. With `load_only` a module is only entered in the module
/// map.
pub fn run_binary(cx: &Context, code: &[u8], load_only: bool) -> Result<()> {
    let o = ReadOptions { bytecode: true, references: true, ..ReadOptions::default() };
    let loaded = serialize::read_all(cx, code, &o)?;
    let v = loaded.value;
    let m = match loaded.kind {
        LoadedKind::Module => v.as_gc::<Module>(),
        LoadedKind::Function => {
            let f = embed::rebind(cx, cx.expect_object(&v)?)?;
            let v = cx.call_object(&f, cx.global().clone().as_value(), &[])?;
            return super::event_loop::wait_for(cx, v).map(|_| ());
        }
        LoadedKind::Value => None,
    };
    let Some(m) = m else {
        return Err(cx.throw_type("compiled code expected"));
    };
    if load_only {
        return set_import_meta(cx, m, false, false);
    }
    link::load_and_link(cx, m)?;
    set_import_meta(cx, m, false, true)?;
    let p = evaluate::evaluate(cx, m)?;
    super::event_loop::wait_for(cx, p.into()).map(|_| ())
}

/// Is there a file of that name? (What a reader of the embedder's finds, or stdin, need be none.)
pub fn is_file(cx: &Context, name: &str) -> bool {
    let path = cx.string(name).and_then(|n| os_string(cx, &n));
    path.is_ok_and(|p| p.is_ok_and(|p| sys::stat(&p, true).is_ok()))
}

/// import.meta.url and import.meta.main. A name that has no scheme is a file's, made absolute by `use_realpath`.
pub fn set_import_meta(cx: &Context, m: &Module, use_realpath: bool, is_main: bool) -> Result<()> {
    let name = m.name().clone();
    let text = name.to_lossy();
    let url: Value = if text.contains(':') {
        name.into()
    } else {
        let path = os_string_or_throw(cx, name.as_value())?;
        let path = if use_realpath {
            let real = sys::realpath(&path);
            real.map_err(|_| cx.throw_type("realpath failure"))?
        } else {
            path.into_bytes()
        };
        let mut url = b"file://".to_vec();
        url.extend_from_slice(&path);
        from_os(cx, &url)?.into()
    };
    let meta = m.import_meta()?;
    meta.create_data_property(cx, &cx.key("url")?, url)?;
    meta.create_data_property(cx, &cx.key("main")?, Value::bool(is_main))?;
    Ok(())
}

/// Only `type` may be asked of an import.
pub fn check_attributes(cx: &Context, attributes: &Value) -> Result<()> {
    let o = cx.expect_object(attributes)?;
    for key in o.own_keys(cx)?.iter() {
        if key.to_lossy() != "type" {
            return Err(cx.throw_type(&format!("import attribute '{}' is not supported", key.to_lossy())));
        }
    }
    Ok(())
}

/// What a file is to become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Script,
    Data(DataKind),
}

/// What a name and import attributes ask for.
pub fn kind(cx: &Context, name: &str, attributes: &Value) -> Result<Kind> {
    let wanted = match attributes.as_object() {
        Some(o) => o.get(cx, &cx.key("type")?)?,
        None => Value::UNDEFINED,
    };
    if wanted.is_undefined() {
        return Ok(if name.ends_with(".json") { Kind::Data(DataKind::Json) } else { Kind::Script });
    }
    let wanted = cx.to_string(&wanted)?.to_lossy();
    match wanted.as_str() {
        "json" => Ok(Kind::Data(DataKind::Json)),
        "text" => Ok(Kind::Data(DataKind::Text)),
        "bytes" => Ok(Kind::Data(DataKind::Bytes)),
        _ => Err(cx.throw_type(&format!("unsupported module type: '{wanted}'"))),
    }
}

/// The module that a file's bytes are.
pub fn module_from(cx: &Context, bytes: &[u8], name: &str, attributes: &Value) -> Result<Gc<Module>> {
    module_of(cx, bytes, name, kind(cx, name, attributes)?)
}
/// The same for a kind that is known.
pub fn module_of(cx: &Context, bytes: &[u8], name: &str, kind: Kind) -> Result<Gc<Module>> {
    match kind {
        Kind::Script => compile(cx, bytes, name, is_file(cx, name), false),
        Kind::Data(d) => new_value_module(cx, name, d.value(cx, bytes, name)?),
    }
}
/// Throws what an import of a file that cannot be read throws.
pub fn not_found(cx: &Context, name: &str) -> Thrown {
    cx.throw_reference(&format!("could not load module filename '{name}'"))
}
/// The module in a file.
pub fn module_in_file(cx: &Context, path: &CStr, attributes: &Value) -> Result<Gc<Module>> {
    let name = from_os(cx, path.to_bytes())?.to_lossy();
    match load::file(cx, path)? {
        Ok(bytes) => module_from(cx, &bytes, &name, attributes),
        Err(_) => Err(not_found(cx, &name)),
    }
}
/// Is it the name of a shared library?
pub fn is_native(path: &CStr) -> bool {
    path.to_bytes().ends_with(b".so")
}

/// How `qjs` finds modules: the library's own by `std` or `qjs:std` and so on, the rest in files.
pub struct FileLoader;

/// The library's module of that name, with or without `qjs:`.
pub fn library(name: &str) -> Option<Library> {
    let name = name.strip_prefix(SCHEME).unwrap_or(name);
    Library::ALL.into_iter().find(|l| l.name() == name)
}

impl Loader for FileLoader {
    fn supports_attributes(&self, cx: &Context, attributes: &Value) -> Result<bool> {
        check_attributes(cx, attributes).map(|()| true)
    }
    fn normalize(&self, cx: &Context, base: &Str, specifier: &Str, _: &Value) -> Result<Gc<Str>> {
        match library(&specifier.to_lossy()) {
            // Both names mean the same module.
            Some(l) => cx.rt().new_str(&format!("{SCHEME}{}", l.name())),
            None => default_normalize(cx, base, specifier),
        }
    }
    fn load(&self, cx: &Context, name: &Str, attributes: &Value) -> Result<Gc<Module>> {
        let text = name.to_lossy();
        if let Some(l) = library(&text) {
            return l.module(cx, &text);
        }
        if let Some(m) = bundle::module(cx, &text, kind(cx, &text, attributes)?)? {
            return Ok(m);
        }
        let path = os_string_or_throw(cx, &cx.rt().new_chars(name.chars()?)?.into())?;
        if is_native(&path) {
            return super::c::native_module(cx, &path);
        }
        module_in_file(cx, &path, attributes)
    }
}
