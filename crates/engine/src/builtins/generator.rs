//! Generator, async and async generator functions and their prototypes (27.3 to 27.7).

use crate::bytecode::code::FunctionKind;
use crate::context::{Context, Intrinsic};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, define_all, make_constructor, method_magic, symbol_method, tag};
use crate::object::shape::prop;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};
use crate::vm::park::{NEXT, RETURN, THROW, async_generator_method, generator_method};

fn construct(c: &Call<'_>) -> Result {
    let kind = match c.magic {
        0 => FunctionKind::Generator,
        1 => FunctionKind::Async,
        _ => FunctionKind::AsyncGenerator,
    };
    let nt = if c.is_construct() { c.new_target.clone() } else { c.callee.to_value() };
    crate::vm::create_dynamic_function(c.cx, kind, c.args, &nt).map(Value::from)
}
fn identity(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}
/// %AsyncIteratorPrototype%[@@asyncDispose] (27.1.3.2)
fn async_dispose(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = super::promise::new_capability(cx, &ctor)?;
    let r = match cx.get_method(c.this, cx.name(Name::return_)) {
        Ok(None) => cx.call(&cap.resolve, &Value::UNDEFINED, &[Value::UNDEFINED]),
        Ok(Some(f)) => cx.call(&f, c.this, &[]).and_then(|v| {
            let p = super::promise::promise_resolve(cx, &v)?;
            let f = cx.new_native_full(|_| Ok(Value::UNDEFINED), None, 1, 0, false, Box::default())?;
            super::promise::perform_then(cx, &p, f.into(), Value::UNDEFINED, Some(cap.clone()))?;
            Ok(Value::UNDEFINED)
        }),
        Err(t) => Err(t),
    };
    if let Err(t) = r {
        let e = super::promise::caught(cx, t)?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
    }
    Ok(cap.promise)
}

const GENERATOR: &[Def] = &[
    method_magic("next", generator_method, 1, NEXT),
    method_magic("return", generator_method, 1, RETURN),
    method_magic("throw", generator_method, 1, THROW),
    tag("Generator"),
];
const ASYNC_GENERATOR: &[Def] = &[
    method_magic("next", async_generator_method, 1, NEXT),
    method_magic("return", async_generator_method, 1, RETURN),
    method_magic("throw", async_generator_method, 1, THROW),
    tag("AsyncGenerator"),
];
const ASYNC_ITERATOR: &[Def] =
    &[symbol_method(Sym::asyncIterator, identity, 0), symbol_method(Sym::asyncDispose, async_dispose, 0)];
const FROM_SYNC: &[Def] = &[
    method_magic("next", crate::vm::async_iter::step, 1, NEXT),
    method_magic("return", crate::vm::async_iter::step, 1, RETURN),
    method_magic("throw", crate::vm::async_iter::step, 1, THROW),
];
const GENERATOR_FUNCTION: &[Def] = &[tag("GeneratorFunction")];
const ASYNC_FUNCTION: &[Def] = &[tag("AsyncFunction")];
const ASYNC_GENERATOR_FUNCTION: &[Def] = &[tag("AsyncGeneratorFunction")];

/// Makes the family that `i` belongs to.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    use Intrinsic as I;
    match i {
        I::AsyncIteratorPrototype => {
            let p = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
            define_all(cx, &p, ASYNC_ITERATOR)?;
            cx.set_intrinsic(i, p);
            Ok(())
        }
        I::AsyncFromSyncIteratorPrototype => {
            let base = cx.intrinsic(I::AsyncIteratorPrototype)?.clone();
            let p = cx.new_object_with_proto(Some(&base))?;
            define_all(cx, &p, FROM_SYNC)?;
            cx.set_intrinsic(i, p);
            Ok(())
        }
        I::AsyncFunction | I::AsyncFunctionPrototype => {
            family(cx, "AsyncFunction", 1, ASYNC_FUNCTION, I::AsyncFunction, I::AsyncFunctionPrototype, None)
        }
        I::GeneratorFunction | I::GeneratorFunctionPrototype | I::GeneratorPrototype => {
            let base = cx.intrinsic(I::IteratorPrototype)?.clone();
            let p = cx.new_object_with_proto(Some(&base))?;
            define_all(cx, &p, GENERATOR)?;
            cx.set_intrinsic(I::GeneratorPrototype, p);
            family(
                cx,
                "GeneratorFunction",
                0,
                GENERATOR_FUNCTION,
                I::GeneratorFunction,
                I::GeneratorFunctionPrototype,
                Some(I::GeneratorPrototype),
            )
        }
        _ => {
            let base = cx.intrinsic(I::AsyncIteratorPrototype)?.clone();
            let p = cx.new_object_with_proto(Some(&base))?;
            define_all(cx, &p, ASYNC_GENERATOR)?;
            cx.set_intrinsic(I::AsyncGeneratorPrototype, p);
            family(
                cx,
                "AsyncGeneratorFunction",
                2,
                ASYNC_GENERATOR_FUNCTION,
                I::AsyncGeneratorFunction,
                I::AsyncGeneratorFunctionPrototype,
                Some(I::AsyncGeneratorPrototype),
            )
        }
    }
}

/// A function constructor, its prototype, and the link to what its instances make.
fn family(
    cx: &Context,
    name: &'static str,
    magic: i32,
    members: &'static [Def],
    ctor: Intrinsic,
    proto: Intrinsic,
    instances: Option<Intrinsic>,
) -> Result<()> {
    let p = cx.new_object_with_proto(Some(&cx.function_prototype().clone()))?;
    let parent = cx.intrinsic(Intrinsic::Function)?.clone();
    let spec = FunctionSpec { f: construct, name, length: 1, magic, constructor: true };
    let f = make_constructor(cx, &spec, Some(&parent), &p, &[], members)?;
    p.define(cx, cx.name(Name::constructor), f.to_value(), prop::CONFIGURABLE)?;
    if let Some(i) = instances {
        let g = cx.intrinsic(i)?.clone();
        p.define(cx, cx.name(Name::prototype), g.to_value(), prop::CONFIGURABLE)?;
        g.define(cx, cx.name(Name::constructor), p.to_value(), prop::CONFIGURABLE)?;
    }
    cx.set_intrinsic(proto, p);
    cx.set_intrinsic(ctor, f);
    Ok(())
}
