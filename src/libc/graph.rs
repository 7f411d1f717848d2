//! A program and what it imports, compiled for writing: what `qjsc` and `qjs -c` store.
//!
//! Nothing runs: modules are parsed and emitted, their imports loaded in turn, and that is all.

use super::loader::{self, Kind};
use super::text::os_string_or_throw;
use super::{Library, load};
use qjs_engine::bytecode::template::Template;
use qjs_engine::object::function::FunctionData;
use qjs_engine::serialize::{self, DataKind, WriteOptions};
use qjs_engine::text::Str;
use qjs_engine::vm::module::{Loader, Module, default_normalize, load as requests, new_native};
use qjs_engine::vm::script::{self, EvalOptions, compile_module, compile_script};
use qjs_engine::{Context, Gc, Result, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// A module that is C's: found by name in the host, not in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Native {
    /// What scripts import.
    pub name: String,
    /// Its `js_init_module_…` is called so.
    pub cname: String,
}

/// Something met on the way, in the order in which it must be there before what needs it.
pub enum Unit {
    /// A module of source text.
    Module { name: String, code: Vec<u8> },
    /// What is imported as JSON, text or bytes; `typed`: by an import that says so.
    File { name: String, kind: DataKind, typed: bool, bytes: Vec<u8> },
}

/// The loader of a compilation.
pub struct Collector {
    /// The modules that C brings.
    pub natives: Vec<Native>,
    /// Are `std`, `os` and `bjson` there?
    pub libraries: bool,
    /// How code is written.
    pub options: WriteOptions,
    /// String literals that name files of modules are followed too.
    literals: bool,
    found: RefCell<Found>,
}

/// What a compilation has met.
#[derive(Default)]
pub struct Found {
    pub units: Vec<Unit>,
    /// The library's modules that were imported, by the name they were asked for.
    pub libraries: Vec<(Library, String)>,
    /// Of `natives`, those that were imported.
    pub natives: Vec<Native>,
    /// Shared libraries that will be loaded when the program runs.
    pub shared: Vec<String>,
}

impl Collector {
    pub fn new(natives: Vec<Native>, libraries: bool, options: WriteOptions) -> Rc<Collector> {
        Rc::new(Collector { natives, libraries, options, literals: false, found: RefCell::default() })
    }
    /// One that takes in as well what string literals name: `./` or `../` and a file of JavaScript or JSON.
    pub fn following(options: WriteOptions) -> Rc<Collector> {
        let natives = Vec::new();
        Rc::new(Collector { natives, libraries: true, options, literals: true, found: RefCell::default() })
    }
    /// Takes what was met since the last time.
    pub fn take(&self) -> Found {
        self.found.take()
    }

    /// Compiles a file's text as a module; it and what it imports (except what is known already) are among the units
    /// then, it as the last of them.
    pub fn module(&self, cx: &Context, source: &[u8], name: &str) -> Result<Gc<Module>> {
        let m = compile_module(cx, source, name, 1)?;
        requests::load_requested(cx, &m)?;
        if let Some((t, _)) = m.source_parts() {
            self.follow(cx, t, m.name())?;
        }
        let code = serialize::write_module(cx, &m, &self.options)?.bytes;
        self.found.borrow_mut().units.push(Unit::Module { name: name.to_owned(), code });
        Ok(m)
    }
    /// Compiles a script; its code.
    pub fn script(&self, cx: &Context, source: &[u8], name: &str) -> Result<Vec<u8>> {
        let options = EvalOptions { first_line: 1, ..EvalOptions::default() };
        let f = compile_script(cx, source, name, &options)?;
        if let Some(d) = f.data::<FunctionData>() {
            self.follow(cx, &d.template, &d.template.source.base())?;
        }
        Ok(serialize::write_function(cx, &f, &self.options)?.bytes)
    }
    /// Takes in the files that a function's string literals name.
    fn follow(&self, cx: &Context, t: &Template, base: &Str) -> Result<()> {
        if !self.literals {
            return Ok(());
        }
        cx.check_stack()?;
        for s in t.consts.iter().filter_map(|c| c.as_string()) {
            let text = s.to_lossy();
            let relative = text.starts_with("./") || text.starts_with("../");
            if !relative || ![".js", ".mjs", ".json"].iter().any(|e| text.ends_with(e)) {
                continue;
            }
            let name = default_normalize(cx, base, s)?;
            let is_there = self.found.borrow().units.iter().any(|u| match u {
                Unit::Module { name: n, .. } | Unit::File { name: n, .. } => *n == name.to_lossy(),
            });
            if !is_there && cx.find_module(&name, &[])?.is_none() && loader::is_file(cx, &name.to_lossy()) {
                self.load(cx, &name, &Value::UNDEFINED)?;
            }
        }
        t.children.iter().try_for_each(|c| self.follow(cx, c, base))
    }
    /// Is this text a module's, as `qjs` would decide?
    pub fn is_module(name: &str, source: &[u8]) -> bool {
        name.ends_with(".mjs") || script::is_module_source(source)
    }
}

/// A module of which only the name matters.
fn placeholder(cx: &Context, name: &str) -> Result<Gc<Module>> {
    new_native(cx, name, Box::new(|_, _| Ok(())))
}

impl Loader for Collector {
    fn supports_attributes(&self, cx: &Context, attributes: &Value) -> Result<bool> {
        loader::check_attributes(cx, attributes).map(|()| true)
    }
    // As C programs have it, which the code may be for: `std` stays `std`.
    fn normalize(&self, cx: &Context, base: &Str, specifier: &Str, _: &Value) -> Result<Gc<Str>> {
        default_normalize(cx, base, specifier)
    }
    fn load(&self, cx: &Context, name: &Str, attributes: &Value) -> Result<Gc<Module>> {
        let text = name.to_lossy();
        if self.libraries
            && let Some(l) = loader::library(&text)
        {
            self.found.borrow_mut().libraries.push((l, text.clone()));
            return placeholder(cx, &text);
        }
        if let Some(n) = self.natives.iter().find(|n| n.name == text) {
            self.found.borrow_mut().natives.push(n.clone());
            return placeholder(cx, &text);
        }
        let path = os_string_or_throw(cx, &cx.rt().new_chars(name.chars()?)?.into())?;
        if loader::is_native(&path) {
            self.found.borrow_mut().shared.push(text.clone());
            return placeholder(cx, &text);
        }
        let Ok(bytes) = load::file(cx, &path)? else {
            return Err(loader::not_found(cx, &text));
        };
        match loader::kind(cx, &text, attributes)? {
            Kind::Script => self.module(cx, &bytes, &text),
            Kind::Data(kind) => {
                let typed = attributes.is_object();
                self.found.borrow_mut().units.push(Unit::File { name: text.clone(), kind, typed, bytes });
                placeholder(cx, &text)
            }
        }
    }
}
