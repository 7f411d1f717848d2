//! `import()` (13.3.10) and `import.meta` (13.3.12).

use super::{Attributes, Module, Phase, evaluate, link, load};
use crate::builtins::promise::{self, Capability};
use crate::bytecode::template::Template;
use crate::context::{Context, Intrinsic};
use crate::heap::{BoxCell, Gc};
use crate::object::Object;
use crate::object::function::Call;
use crate::text::Str;
use crate::text::names::Name;
use crate::value::{Result, Value};

/// EvaluateImportCall (13.3.10.2) in the code of `t`.
pub(crate) fn dynamic_import(
    cx: &Context,
    t: &Template,
    specifier: &Value,
    options: &Value,
    phase: Phase,
) -> Result {
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(cx, &ctor)?;
    let base = t.source.base();
    let request = (|| {
        let s = cx.to_string(specifier)?;
        Ok((s, read_attributes(cx, options)?))
    })();
    let (specifier, attributes) = match request {
        Ok(r) => r,
        Err(t) => {
            let e = promise::caught(cx, t)?;
            cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
            return Ok(cap.promise);
        }
    };
    let answer = cap.promise.clone();
    // A job of its own: the host's loader may take long, and must not run inside the script's expression.
    cx.rt().enqueue_job(
        cx,
        Box::new(move |cx| {
            if let Err(t) = load_and_evaluate(cx, &base, &specifier, &attributes, phase, &cap) {
                let e = promise::caught(cx, t)?;
                cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
            }
            Ok(Value::UNDEFINED)
        }),
    )?;
    Ok(answer)
}

/// `options.with`, sorted by key.
fn read_attributes(cx: &Context, options: &Value) -> Result<Attributes> {
    let mut list: Vec<(Gc<Str>, Gc<Str>)> = Vec::new();
    if options.is_undefined() {
        return Ok(Box::default());
    }
    let Some(o) = options.as_object() else {
        return Err(cx.throw_type("import options must be an object"));
    };
    let with = o.get(cx, cx.name(Name::with))?;
    if with.is_undefined() {
        return Ok(Box::default());
    }
    let Some(with) = with.as_object() else {
        return Err(cx.throw_type("import attributes must be an object"));
    };
    let rt = cx.rt();
    for key in with.own_keys(cx)?.iter() {
        if key.is_symbol() || !with.get_own_property(cx, key)?.is_some_and(|p| p.is_enumerable()) {
            continue;
        }
        let v = with.get(cx, key)?;
        let Some(v) = v.as_string() else {
            return Err(cx.throw_type("import attribute values must be strings"));
        };
        if let Some(k) = key.to_value(rt)?.as_string() {
            list.push((rt.intern_str(k)?, rt.intern_str(v)?));
        }
    }
    let mut keyed = Vec::with_capacity(list.len());
    for (k, v) in list {
        let units: Vec<u16> = k.chars()?.units().collect();
        keyed.push((units, k, v));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(keyed.into_iter().map(|(_, k, v)| (k, v)).collect())
}

/// ContinueDynamicImport (13.3.10.3), loading included.
fn load_and_evaluate(
    cx: &Context,
    base: &Str,
    specifier: &Str,
    attributes: &Attributes,
    phase: Phase,
    cap: &Capability,
) -> Result<()> {
    let m = load::resolve(cx, base, specifier, attributes, true)?;
    if phase == Phase::Source {
        return Err(cx.throw_syntax(&format!("module '{}' has no source object", m.name().to_lossy())));
    }
    link::load_and_link(cx, &m)?;
    // The namespace is there when the module is evaluated; a deferred one, when what it must await is.
    let waits_for = match phase {
        Phase::Defer => evaluate::async_dependencies(cx, &m)?,
        _ => vec![m.clone()],
    };
    let magic = i32::from(phase == Phase::Defer);
    if waits_for.is_empty() {
        let ns = m.namespace_for(cx, phase)?;
        cx.call(&cap.resolve, &Value::UNDEFINED, &[ns.into()])?;
        return Ok(());
    }
    let left = cx.rt().new_box(Value::from_u32(waits_for.len() as u32))?;
    for d in waits_for {
        let p = evaluate::evaluate(cx, &d)?;
        let captures = Box::new([m.clone().into(), cap.resolve.clone(), left.clone().into()]);
        let done = cx.new_native_full(one_less, None, 1, magic, false, captures)?;
        promise::then_unseen(cx, &p, done.into(), cap.reject.clone())?;
    }
    Ok(())
}

/// One of the modules that an import waits for is evaluated; captures: the imported module, the promise's resolve
/// function, how many are left.
fn one_less(c: &Call<'_>) -> Result {
    let (Some(m), Some(left)) = (c.capture(0).as_gc::<Module>(), c.capture(2).as_gc::<BoxCell>()) else {
        return Ok(Value::UNDEFINED);
    };
    let n = left.get().as_int().unwrap_or(1) - 1;
    left.set(Value::int(n));
    if n > 0 {
        return Ok(Value::UNDEFINED);
    }
    let phase = if c.magic == 1 { Phase::Defer } else { Phase::Evaluation };
    let ns = m.namespace_for(c.cx, phase)?;
    c.cx.call(c.capture(1), &Value::UNDEFINED, &[ns.into()])
}

/// Loads `specifier` as `base` would import it, links and evaluates it: a promise for its namespace object.
pub fn import_module(cx: &Context, base: &Str, specifier: &Str) -> Result<Gc<Object>> {
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(cx, &ctor)?;
    if let Err(t) = load_and_evaluate(cx, base, specifier, &Box::default(), Phase::Evaluation, &cap) {
        let e = promise::caught(cx, t)?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
    }
    match cap.promise.into_gc::<Object>() {
        Ok(p) => Ok(p),
        Err(_) => Err(cx.throw_type("not a promise")),
    }
}

impl Module {
    /// [[ImportMeta]]: made empty at first; hosts add to it.
    pub fn import_meta(&self) -> Result<Gc<Object>> {
        let d = self.data();
        if let Some(o) = d.meta.get() {
            return Ok(o.clone());
        }
        let o = d.realm.new_object_with_proto(None)?;
        Ok(d.meta.get_or_init(|| o).clone())
    }
}

/// `import.meta` in the code of `t`.
pub(crate) fn import_meta(cx: &Context, t: &Template) -> Result {
    match t.source.module() {
        Some(m) => Ok(m.import_meta()?.into()),
        None => Err(cx.throw_syntax("import.meta outside of a module")),
    }
}
