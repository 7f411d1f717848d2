//! The pieces as C, as QuickJS-NG's `qjsc` lays it out.

use super::compile::Program;
use super::options::Options;
use std::fmt::Write;

/// The whole file.
pub fn text(o: &Options, p: &Program) -> String {
    let mut s = "/* File generated automatically by the qjs-rs compiler. */\n\n".to_owned();
    s += if o.executable { "#include \"quickjs-libc.h\"\n\n" } else { "#include <inttypes.h>\n\n" };
    for piece in &p.pieces {
        let (name, n) = (&piece.c_name, piece.code.len());
        let _ = write!(s, "const uint32_t {name}_size = {n};\n\nconst uint8_t {name}[{n}] = {{\n");
        s.reserve(n * 6);
        for line in piece.code.chunks(8) {
            for b in line {
                let _ = write!(s, " 0x{b:02x},");
            }
            s.push('\n');
        }
        s += "};\n\n";
    }
    if o.executable {
        context(&mut s, p);
        main(&mut s, o, p);
    }
    s
}

fn context(s: &mut String, p: &Program) {
    *s += "static JSContext *JS_NewCustomContext(JSRuntime *rt)
{
  JSContext *ctx = JS_NewContext(rt);
  if (!ctx)
    return NULL;
";
    let libraries = p.libraries.iter().map(|(l, name)| (l.name(), name));
    let natives = p.natives.iter().map(|n| (&*n.cname, &n.name));
    for (cname, name) in libraries.chain(natives) {
        let _ = write!(
            s,
            "  {{
    extern JSModuleDef *js_init_module_{cname}(JSContext *ctx, const char *name);
    js_init_module_{cname}(ctx, {});
  }}
",
            string(name)
        );
    }
    for piece in p.pieces.iter().filter(|p| p.load_only) {
        let name = &piece.c_name;
        let _ = writeln!(s, "  js_std_eval_binary(ctx, {name}, {name}_size, 1);");
    }
    *s += "  return ctx;\n}\n\n";
}

fn main(s: &mut String, o: &Options, p: &Program) {
    *s += "int main(int argc, char **argv)
{
  int r;
  JSRuntime *rt;
  JSContext *ctx;
  r = 0;
  rt = JS_NewRuntime();
  js_std_set_worker_new_context_func(JS_NewCustomContext);
  js_std_init_handlers(rt);
";
    if o.stack_size > 0 {
        let _ = writeln!(s, "  JS_SetMaxStackSize(rt, {});", o.stack_size);
    }
    *s += "  JS_SetModuleLoaderFunc2(rt, NULL, js_module_loader, js_module_check_attributes, NULL);
  ctx = JS_NewCustomContext(rt);
  js_std_add_helpers(ctx, argc, argv);
";
    for piece in p.pieces.iter().filter(|p| !p.load_only) {
        let name = &piece.c_name;
        let _ = writeln!(s, "  js_std_eval_binary(ctx, {name}, {name}_size, 0);");
    }
    *s += "  r = js_std_loop(ctx);
  if (r) {
    js_std_dump_error(ctx);
  }
  js_std_free_handlers(rt);
  JS_FreeContext(ctx);
  JS_FreeRuntime(rt);
  return r;
}
";
}

/// A C string literal.
fn string(text: &str) -> String {
    let mut s = "\"".to_owned();
    for b in text.bytes() {
        match b {
            b'"' | b'\\' => {
                s.push('\\');
                s.push(b as char);
            }
            b' '..=b'~' => s.push(b as char),
            _ => {
                let _ = write!(s, "\\{b:03o}");
            }
        }
    }
    s.push('"');
    s
}
