//! Modules from files, as tests import them: JavaScript, and by `type` JSON, text and bytes.

use qjs_engine::text::Str;
use qjs_engine::vm::module::{Loader, Module, new_value_module};
use qjs_engine::{Context, Gc, Result, Value, builtins, embed};

/// Names are paths.
pub struct FileLoader;

impl Loader for FileLoader {
    fn supports_attributes(&self, cx: &Context, attributes: &Value) -> Result<bool> {
        let Some(o) = attributes.as_object() else {
            return Ok(true);
        };
        for key in o.own_keys(cx)?.iter() {
            let value = cx.to_string(&o.get(cx, key)?)?.to_lossy();
            if key.to_lossy() != "type" || !matches!(&*value, "json" | "text" | "bytes") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn load(&self, cx: &Context, name: &Str, attributes: &Value) -> Result<Gc<Module>> {
        let file = name.to_lossy();
        let source = match std::fs::read(&*file) {
            Ok(s) => s,
            Err(e) => return Err(cx.throw_reference(&format!("could not load module '{file}': {e}"))),
        };
        let kind = match attributes.is_object() {
            true => cx.to_string(&cx.get_str(attributes, "type")?)?.to_lossy(),
            false => Default::default(),
        };
        let value = match &*kind {
            "json" => builtins::json::parse_utf8(cx, &source, Some(&file))?,
            "text" => embed::decode_utf8(cx.rt(), &source)?.into(),
            "bytes" => builtins::typed_array::new_bytes(cx, &source, true)?.into(),
            _ => return crate::bytecode::module(cx, &source, &file),
        };
        new_value_module(cx, &file, value)
    }
}
