//! Finding the modules that others ask for (16.2.1.6.1.1 LoadRequestedModules, HostLoadImportedModule).
//!
//! The host's loader answers at once, as C's does, so loading a graph is a walk; it keeps its own stack.

use super::{Attributes, Module};
use crate::context::Context;
use crate::heap::Gc;
use crate::object::function::ErrorData;
use crate::runtime::Runtime;
use crate::text::Str;
use crate::value::{Result, Thrown, Value};
use std::rc::Rc;

/// How a host finds modules. `attributes` is undefined, or an object without a prototype.
pub trait Loader {
    /// AllImportAttributesSupported (16.2.1.4); an exception of the host's own is passed on.
    fn supports_attributes(&self, _cx: &Context, _attributes: &Value) -> Result<bool> {
        Ok(true)
    }
    /// The module map's name for a specifier in the script or module `base`.
    fn normalize(&self, cx: &Context, base: &Str, specifier: &Str, _attributes: &Value) -> Result<Gc<Str>> {
        default_normalize(cx, base, specifier)
    }
    /// Makes the module of that name, which is not in the module map yet.
    fn load(&self, cx: &Context, name: &Str, attributes: &Value) -> Result<Gc<Module>>;
}

impl Runtime {
    /// Sets the host's loader; None: nothing can be imported.
    pub fn set_module_loader(&self, loader: Option<Rc<dyn Loader>>) {
        *self.module_loader.borrow_mut() = loader;
    }
    /// The host's loader.
    pub fn module_loader(&self) -> Option<Rc<dyn Loader>> {
        self.module_loader.borrow().clone()
    }
}

/// A specifier that begins with `./` or `../` is taken relative to `base`'s folder; any other is its own name.
pub fn default_normalize(cx: &Context, base: &Str, specifier: &Str) -> Result<Gc<Str>> {
    let rt = cx.rt();
    let spec: Vec<u16> = specifier.chars()?.units().collect();
    if spec.first() != Some(&u16::from(b'.')) {
        return rt.intern_str(specifier);
    }
    let slash = u16::from(b'/');
    let mut path: Vec<u16> = base.chars()?.units().collect();
    path.truncate(path.iter().rposition(|&c| c == slash).unwrap_or(0));
    let (dot, dots) = (&[u16::from(b'.')][..], &[u16::from(b'.'); 2][..]);
    let mut rest = &spec[..];
    // Leading `./` and `../` only, as upstream: the file system resolves the rest.
    while let Some(end) = rest.iter().position(|&c| c == slash) {
        let part = &rest[..end];
        if part == dots {
            let last = path.iter().rposition(|&c| c == slash);
            let name = &path[last.map_or(0, |i| i + 1)..];
            if name.is_empty() || name == dot || name == dots {
                break;
            }
            path.truncate(last.unwrap_or(0));
        } else if part != dot {
            break;
        }
        rest = &rest[end + 1..];
    }
    if !path.is_empty() {
        path.push(slash);
    }
    path.extend_from_slice(rest);
    rt.intern_str(&*rt.new_utf16(&path)?)
}

/// Import attributes as the object that a host sees.
pub(super) fn attributes_object(cx: &Context, attributes: &Attributes) -> Result {
    if attributes.is_empty() {
        return Ok(Value::UNDEFINED);
    }
    let o = cx.new_object_with_proto(None)?;
    for (k, v) in attributes {
        o.create_data_property_or_throw(cx, &cx.rt().key_from_str(k)?, v.to_value())?;
    }
    Ok(o.into())
}

impl Context {
    /// A module of the map, by its name and import attributes.
    pub fn find_module(&self, name: &Str, attributes: &[(Gc<Str>, Gc<Str>)]) -> Result<Option<Gc<Module>>> {
        let name = self.rt().intern_str(name)?;
        let map = self.modules().borrow();
        let Some(list) = map.get(&name.as_value().bits()) else {
            return Ok(None);
        };
        let same = |m: &&Gc<Module>| {
            let a = m.data().attributes.borrow();
            a.len() == attributes.len()
                && a.iter().zip(attributes).all(|(a, b)| same_text(&a.0, &b.0) && same_text(&a.1, &b.1))
        };
        Ok(list.iter().find(same).cloned())
    }
}

/// Attribute texts are interned.
fn same_text(a: &Gc<Str>, b: &Gc<Str>) -> bool {
    a.is(b)
}

/// HostLoadImportedModule (16.2.1.11): the module that `specifier` means in the script or module `base`, from the
/// module map or else from the host. `dynamic`: for `import()`.
pub(super) fn resolve(
    cx: &Context,
    base: &Str,
    specifier: &Str,
    attributes: &Attributes,
    dynamic: bool,
) -> Result<Gc<Module>> {
    // A loader may compile the next module, whose requests are loaded at once, and so on.
    cx.check_stack()?;
    let loader = cx.rt().module_loader();
    let object = attributes_object(cx, attributes)?;
    let name = match &loader {
        Some(l) => {
            if !attributes.is_empty() && !l.supports_attributes(cx, &object)? {
                let text = "import attributes are not supported";
                return Err(if dynamic { cx.throw_type(text) } else { cx.throw_syntax(text) });
            }
            l.normalize(cx, base, specifier, &object)?
        }
        None => default_normalize(cx, base, specifier)?,
    };
    if let Some(m) = cx.find_module(&name, attributes)? {
        return Ok(m);
    }
    let Some(loader) = loader else {
        return Err(cx.throw_reference(&format!("could not load module '{}'", name.to_lossy())));
    };
    let m = loader.load(cx, &name, &object)?;
    if !attributes.is_empty() && m.data().attributes.borrow().is_empty() {
        *m.data().attributes.borrow_mut() = attributes.clone();
    }
    Ok(m)
}

/// LoadRequestedModules (16.2.1.6.1.1): loads all that `module` needs, in source order, depth first.
pub fn load_requested(cx: &Context, module: &Module) -> Result<()> {
    let mut stack: Vec<(Gc<Module>, usize)> = vec![(module.to_gc(), 0)];
    let mut seen = std::collections::HashSet::from([std::ptr::from_ref(module)]);
    while let Some((m, at)) = stack.last_mut() {
        let m = m.clone();
        let Some(request) = m.requests().get(*at) else {
            stack.pop();
            continue;
        };
        *at += 1;
        let known = request.module();
        let found = match known {
            Some(f) => f,
            None => {
                let f = resolve(m.realm(), m.name(), &request.specifier, &request.attributes, false)
                    .map_err(|t| m.say_where(cx, request.position, t))?;
                *request.module.borrow_mut() = Some(f.clone());
                f
            }
        };
        if !matches!(found.status(), super::Status::Evaluated | super::Status::EvaluatingAsync)
            && seen.insert(std::ptr::from_ref(&*found))
        {
            cx.poll()?;
            stack.push((found, 0));
        }
    }
    Ok(())
}

impl Module {
    /// Adds to an error from the loader, which has no backtrace, which import it comes from.
    fn say_where(&self, cx: &Context, position: u32, t: Thrown) -> Thrown {
        let (Some((template, _)), Some(e)) = (self.source_parts(), cx.rt().peek_exception()) else {
            return t;
        };
        let Some(o) = e.as_object().filter(|o| {
            o.data::<ErrorData>().is_some_and(|d| {
                !d.uncatchable.get()
                    && d.stack.borrow().as_ref().is_some_and(|s| s.as_string().is_some_and(|s| s.is_empty()))
            })
        }) else {
            return t;
        };
        let source = &template.source;
        let (line, column) = source.line_column(position);
        match crate::vm::backtrace::attach_position(cx, o, &source.file, line, column) {
            Ok(()) => t,
            Err(t) => t,
        }
    }
}
