//! From source text to a result: compiling, global declarations, eval and dynamic functions.

use super::frame::Frame;
use super::make;
use super::module::{self, Module};
use crate::bytecode::code::{CaptureSource, Code, EvalScope, FunctionKind, GlobalDecl, Text};
#[cfg(feature = "parser")]
use crate::bytecode::emit::{self, EmitError, EmitOptions};
use crate::bytecode::template::{Source, Template, text_chars};
use crate::context::{Context, Intrinsic};
use crate::heap::{BoxCell, Gc};
use crate::object::function::{ErrorData, FunctionData};
use crate::object::shape::prop;
use crate::object::{Descriptor, Object};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use qjs_syntax::scope::BindingKind;
use qjs_syntax::{Bump, Goal, ParseOptions};
#[cfg(feature = "parser")]
use qjs_syntax::{ErrorKind, ParseError};
use std::rc::Rc;

/// May script catch the pending exception?
pub(crate) fn is_catchable(rt: &Runtime) -> bool {
    match rt.peek_exception() {
        Some(v) => !v.as_object().and_then(|o| o.data::<ErrorData>()).is_some_and(|e| e.uncatchable.get()),
        None => true,
    }
}
/// From now on script may catch the pending exception.
pub fn reset_uncatchable(rt: &Runtime) {
    if let Some(v) = rt.peek_exception()
        && let Some(e) = v.as_object().and_then(|o| o.data::<ErrorData>())
    {
        e.uncatchable.set(false);
    }
}

/// What JS_Eval's flags say.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvalOptions {
    pub strict: bool,
    /// Indirect eval rather than a script.
    pub indirect: bool,
    /// Return the completion value.
    pub want_completion: bool,
    /// Scripts: allow top-level await (the result is then a promise).
    pub is_async: bool,
    /// Line number of the first line, from 1.
    pub first_line: u32,
}

/// Compiles a script to a function object that runs it.
pub fn compile_script(cx: &Context, source: &[u8], file: &str, o: &EvalOptions) -> Result<Gc<Object>> {
    let goal = if o.indirect { Goal::IndirectEval } else { Goal::Script };
    let options =
        ParseOptions { goal, strict: o.strict, allow_top_level_await: o.is_async, ..ParseOptions::default() };
    let file = cx.rt().new_str(file)?;
    let (code, source) =
        compile(cx, source, file, options, o.first_line.max(1), o.want_completion, o.indirect)?;
    let t = Template::new(cx, code, &source)?;
    make::new_function(cx, &t, Vec::new())
}

/// ParseModule (16.2.1.7.1): compiles a module and enters it in the realm's module map under `name`.
///
/// # Errors
/// SyntaxErrors with their position; nothing is entered then.
pub fn compile_module(cx: &Context, source: &[u8], name: &str, first_line: u32) -> Result<Gc<Module>> {
    let options = ParseOptions { goal: Goal::Module, strict: true, ..ParseOptions::default() };
    let name = cx.rt().new_str(name)?;
    let (code, source) = compile(cx, source, name.clone(), options, first_line.max(1), false, false)?;
    module::new_source(cx, &name, code, &source)
}

/// Does this text parse as a module?
pub fn is_module_source(source: &[u8]) -> bool {
    parses(source, Goal::Module, true)
}
/// Does this text parse as a script?
pub fn is_script_source(source: &[u8]) -> bool {
    parses(source, Goal::Script, false)
}
fn parses(source: &[u8], goal: Goal<'_>, strict: bool) -> bool {
    let mark = 0u8;
    let options = ParseOptions {
        goal,
        strict,
        // Deeper than this is a module of nobody's.
        stack_limit: (&raw const mark as usize).saturating_sub(256 * 1024),
        ..ParseOptions::default()
    };
    qjs_syntax::parse(&Bump::new(), source, &options).is_ok()
}

/// Compiles and runs a script; its completion value.
pub fn eval_script(cx: &Context, this: &Value, source: &[u8], file: &str, o: &EvalOptions) -> Result {
    let f = compile_script(cx, source, file, o)?;
    cx.call_object(&f, this, &[])
}

/// What a library without the parser has to say to source text.
#[cfg(not(feature = "parser"))]
pub(crate) fn compile(
    cx: &Context,
    _source: &[u8],
    _file: Gc<Str>,
    _options: ParseOptions<'_>,
    _first_line: u32,
    _want_completion: bool,
    _is_eval: bool,
) -> Result<(Code, Rc<Source>)> {
    Err(cx.throw_type("eval is not supported"))
}

/// Parses and emits.
#[cfg(feature = "parser")]
pub(crate) fn compile(
    cx: &Context,
    source: &[u8],
    file: Gc<Str>,
    options: ParseOptions<'_>,
    first_line: u32,
    want_completion: bool,
    is_eval: bool,
) -> Result<(Code, Rc<Source>)> {
    let rt = cx.rt();
    let limit = rt.memory_left();
    let check = |p: qjs_syntax::names::JsStr<'_>, f: qjs_syntax::names::JsStr<'_>| check_regexp(rt, p, f);
    let options = ParseOptions {
        stack_limit: rt.stack_limit.get().saturating_add(16 * 1024),
        // The arena is not charged while it lives; it may take what is left.
        memory_limit: if limit == usize::MAX { 0 } else { limit.max(1) },
        hash_seed: rt.hash_seed,
        regexp_check: Some(&check),
        ..options
    };
    let src = Source::new(cx, file, source, first_line)?;
    // (All of a kept arena counts against the limit.)
    let mut arena =
        if src.text.len() > KEPT_ARENA || limit < 64 * KEPT_ARENA { Bump::new() } else { rt.arena.take() };
    let code = parse_and_emit(cx, &arena, &src, &options, want_completion, is_eval);
    // That of a small text serves the next one.
    if arena.allocated_bytes() <= KEPT_ARENA {
        arena.reset();
        rt.arena.set(arena);
    }
    code.map(|code| (code, src))
}

/// The largest arena that a runtime keeps.
#[cfg(feature = "parser")]
const KEPT_ARENA: usize = 32 * 1024;

#[cfg(feature = "parser")]
fn parse_and_emit(
    cx: &Context,
    arena: &Bump,
    src: &Source,
    options: &ParseOptions<'_>,
    want_completion: bool,
    is_eval: bool,
) -> Result<Code> {
    let program = match qjs_syntax::parse(arena, &src.text, options) {
        Ok(p) => p,
        Err(e) => return Err(throw_parse_error(cx, &e, src)),
    };
    let emit_options = EmitOptions {
        want_completion,
        is_async: options.allow_top_level_await,
        is_eval,
        stack_limit: options.stack_limit,
        memory_limit: options.memory_limit,
        hash_seed: options.hash_seed,
    };
    let mut scratch =
        if src.text.len() > KEPT_ARENA { emit::Scratch::default() } else { cx.rt().emit_scratch.take() };
    let code = emit::emit_in(&mut scratch, &program, &emit_options);
    if src.text.len() <= KEPT_ARENA {
        cx.rt().emit_scratch.set(scratch);
    }
    match code {
        Ok(code) => Ok(code),
        Err(EmitError::OutOfMemory) => Err(cx.throw_oom()),
        Err(EmitError::StackOverflow) => Err(super::frame::stack_overflow(cx)),
        Err(EmitError::TooLarge(m)) => Err(cx.throw_syntax(m)),
    }
}

#[cfg(feature = "parser")]
fn check_regexp(
    rt: &Runtime,
    pattern: qjs_syntax::names::JsStr<'_>,
    flags: qjs_syntax::names::JsStr<'_>,
) -> std::result::Result<(), String> {
    use qjs_syntax::names::JsStr;
    fn chars(s: JsStr<'_>) -> Chars<'_> {
        match s {
            JsStr::Latin1(b) => Chars::Latin1(b),
            JsStr::Utf16(u) => Chars::Utf16(u),
        }
    }
    crate::builtins::regexp::check_literal(rt, chars(pattern), chars(flags))
}

/// Throws what the parser says, with the position in the backtrace's first line.
#[cfg(feature = "parser")]
fn throw_parse_error(cx: &Context, e: &ParseError, source: &Source) -> Thrown {
    match e.kind {
        ErrorKind::OutOfMemory => return cx.throw_oom(),
        ErrorKind::StackOverflow => return super::frame::stack_overflow(cx),
        ErrorKind::Syntax | ErrorKind::Reference => {}
    }
    let proto = if e.kind == ErrorKind::Syntax {
        Intrinsic::SyntaxErrorPrototype
    } else {
        Intrinsic::ReferenceErrorPrototype
    };
    match cx.new_error(proto, &e.message) {
        Ok(err) => throw_with_position(cx, err, &source.file, e.line + source.first_line - 1, e.column),
        Err(t) => t,
    }
}

fn throw_with_position(cx: &Context, err: Gc<Object>, file: &Str, line: u32, column: u32) -> Thrown {
    if super::backtrace::attach_position(cx, &err, file, line, column).is_err() {
        return Thrown;
    }
    cx.throw(err.into())
}

/// Throws a SyntaxError about a place in a source text.
pub(crate) fn throw_syntax_at(cx: &Context, message: &str, file: &Str, line: u32, column: u32) -> Thrown {
    match cx.new_error(Intrinsic::SyntaxErrorPrototype, message) {
        Ok(err) => throw_with_position(cx, err, file, line, column),
        Err(t) => t,
    }
}

// ---- global declarations

fn decl_key(cx: &Context, t: &Text) -> Result<PropertyKey> {
    cx.rt().key_from_chars(text_chars(t))
}

/// GlobalDeclarationInstantiation (16.1.7) without initializing functions; for eval code
/// EvalDeclarationInstantiation's global half.
pub(crate) fn declare_globals(cx: &Context, code: &Template) -> Result<()> {
    let g = cx.global().clone();
    let lex = cx.lexicals().clone();
    let is_eval = code.has(crate::bytecode::code::flags::EVAL);
    let redeclared = |key: &PropertyKey| cx.throw_syntax(&format!("redeclaration of '{}'", key.to_lossy()));
    // First every check, then every effect.
    for d in code.global_decls.iter() {
        match d {
            GlobalDecl::Let(t) | GlobalDecl::Const(t) | GlobalDecl::Class(t) => {
                let key = decl_key(cx, t)?;
                if lex.shape().lookup(&key).is_some() {
                    return Err(redeclared(&key));
                }
                if let Some(p) = g.get_own_property(cx, &key)?
                    && !p.is_configurable()
                {
                    return Err(redeclared(&key));
                }
            }
            GlobalDecl::Var(t) => {
                let key = decl_key(cx, t)?;
                if lex.shape().lookup(&key).is_some() {
                    return Err(redeclared(&key));
                }
                if g.get_own_property(cx, &key)?.is_none() && !g.is_extensible(cx)? {
                    return Err(cx.throw_type(&format!("cannot define variable '{}'", key.to_lossy())));
                }
            }
            GlobalDecl::Function(t) => {
                let key = decl_key(cx, t)?;
                if lex.shape().lookup(&key).is_some() {
                    return Err(redeclared(&key));
                }
                // CanDeclareGlobalFunction
                let ok = match g.get_own_property(cx, &key)? {
                    None => g.is_extensible(cx)?,
                    Some(p) => {
                        p.is_configurable() || (!p.is_accessor() && p.is_writable() && p.is_enumerable())
                    }
                };
                if !ok {
                    return Err(cx.throw_type(&format!("cannot define function '{}'", key.to_lossy())));
                }
            }
            GlobalDecl::AnnexBFunction(_) => {}
        }
    }
    let rt = cx.rt();
    for d in code.global_decls.iter() {
        match d {
            GlobalDecl::Let(t) | GlobalDecl::Class(t) => {
                lex.add_property(&decl_key(cx, t)?, Value::UNINIT, prop::WRITABLE | prop::ENUMERABLE)?;
                rt.bump_epoch();
            }
            GlobalDecl::Const(t) => {
                lex.add_property(&decl_key(cx, t)?, Value::UNINIT, prop::ENUMERABLE)?;
                rt.bump_epoch();
            }
            GlobalDecl::Var(t) => create_global_var(cx, &g, &decl_key(cx, t)?, is_eval)?,
            GlobalDecl::AnnexBFunction(t) => {
                let key = decl_key(cx, t)?;
                if lex.shape().lookup(&key).is_none()
                    && (g.has_own_property(cx, &key)? || g.is_extensible(cx)?)
                {
                    create_global_var(cx, &g, &key, is_eval)?;
                }
            }
            GlobalDecl::Function(_) => {}
        }
    }
    Ok(())
}
/// CreateGlobalVarBinding (9.1.1.4.17).
fn create_global_var(cx: &Context, g: &Object, key: &PropertyKey, deletable: bool) -> Result<()> {
    if !g.has_own_property(cx, key)? && g.is_extensible(cx)? {
        let f = prop::WRITABLE | prop::ENUMERABLE | if deletable { prop::CONFIGURABLE } else { 0 };
        g.define_or_throw(cx, key, &Descriptor::data(Value::UNDEFINED, f))?;
    }
    Ok(())
}
/// CreateGlobalFunctionBinding (9.1.1.4.18).
pub(crate) fn define_global_function(cx: &Context, name: &Value, f: Value, deletable: bool) -> Result<()> {
    let g = cx.global().clone();
    let key = cx.to_property_key(name)?;
    let plain = match g.get_own_property(cx, &key)? {
        Some(p) => !p.is_configurable(),
        None => false,
    };
    let d = if plain {
        Descriptor { value: Some(f.clone()), ..Descriptor::default() }
    } else {
        let fl = prop::WRITABLE | prop::ENUMERABLE | if deletable { prop::CONFIGURABLE } else { 0 };
        Descriptor::data(f.clone(), fl)
    };
    g.define_or_throw(cx, &key, &d)?;
    g.set(cx, &key, f)
}
/// `delete x` of a global.
pub(crate) fn delete_global(cx: &Context, name: &Value) -> Result<bool> {
    let key = cx.to_property_key(name)?;
    if cx.lexicals().shape().lookup(&key).is_some() {
        return Ok(false);
    }
    cx.global().clone().delete(cx, &key)
}
/// Is there a global binding (or lexical one) of this name?
pub(crate) fn has_global(cx: &Context, name: &Value, lexical: bool) -> Result<bool> {
    let key = cx.to_property_key(name)?;
    if cx.lexicals().shape().lookup(&key).is_some() {
        return Ok(true);
    }
    if lexical {
        return Ok(false);
    }
    cx.global().clone().has_property(cx, &key)
}

// ---- eval

/// Is this the realm's %eval%?
pub(crate) fn is_eval(cx: &Context, o: &Object) -> bool {
    cx.has_intrinsic(Intrinsic::Eval) && cx.intrinsic(Intrinsic::Eval).is_ok_and(|e| e.is(o))
}

/// A string's WTF-8 bytes.
pub fn to_wtf8(cx: &Context, s: &Str) -> Result<Vec<u8>> {
    let c = s.chars()?;
    let mut out: Vec<u8> = Vec::new();
    if out.try_reserve(c.len() + c.len() / 8).is_err() {
        return Err(cx.throw_oom());
    }
    match c {
        Chars::Latin1(b) => {
            for &x in b {
                if x < 0x80 {
                    out.push(x);
                } else {
                    out.extend_from_slice(&[0xc0 | x >> 6, 0x80 | x & 0x3f]);
                }
            }
        }
        Chars::Utf16(_) => {
            let mut i = 0;
            while i < c.len() {
                let (p, n) = c.code_point_at(i);
                i += n;
                push_wtf8(&mut out, p);
            }
        }
    }
    Ok(out)
}
fn push_wtf8(out: &mut Vec<u8>, p: u32) {
    match p {
        0..0x80 => out.push(p as u8),
        0x80..0x800 => out.extend_from_slice(&[0xc0 | (p >> 6) as u8, 0x80 | (p & 0x3f) as u8]),
        0x800..0x10000 => out.extend_from_slice(&[
            0xe0 | (p >> 12) as u8,
            0x80 | (p >> 6 & 0x3f) as u8,
            0x80 | (p & 0x3f) as u8,
        ]),
        _ => out.extend_from_slice(&[
            0xf0 | (p >> 18) as u8,
            0x80 | (p >> 12 & 0x3f) as u8,
            0x80 | (p >> 6 & 0x3f) as u8,
            0x80 | (p & 0x3f) as u8,
        ]),
    }
}

fn check_eval_allowed(cx: &Context) -> Result<()> {
    if cx.eval_disabled().get() { Err(cx.throw_type("eval is not supported")) } else { Ok(()) }
}

/// PerformEval, indirect (19.2.1.1): what is not a string is its own result.
pub fn indirect_eval(cx: &Context, source: &Value) -> Result {
    let Some(s) = source.as_string() else {
        return Ok(source.clone());
    };
    check_eval_allowed(cx)?;
    let text = to_wtf8(cx, s)?;
    let o = EvalOptions { indirect: true, want_completion: true, ..EvalOptions::default() };
    let f = compile_script(cx, &text, "<input>", &o)?;
    if let (Some(d), Some(base)) = (f.data::<FunctionData>(), running_base(cx)) {
        d.template.source.set_base(base);
    }
    cx.call_object(&f, cx.global().clone().as_value(), &[])
}

/// What relative imports of the running script or module start from.
fn running_base(cx: &Context) -> Option<Gc<Str>> {
    let mut fp = cx.rt().vm.frame.get();
    // SAFETY: frames are a list of live ones; a native function's has no template.
    unsafe {
        while let Some(frame) = fp.as_ref() {
            if let Some(t) = frame.template.as_ref() {
                return Some(t.source.base());
            }
            fp = frame.prev;
        }
    }
    None
}

/// PerformEval, direct: in the scope of the running frame's call site.
pub(crate) unsafe fn direct_eval(
    cx: &Context,
    fp: *const Frame,
    source: &Value,
    scope: usize,
    strict: bool,
) -> Result {
    let Some(s) = source.as_string() else {
        return Ok(source.clone());
    };
    check_eval_allowed(cx)?;
    let text = to_wtf8(cx, s)?;
    // SAFETY: fp is the running bytecode frame.
    let (template, parent) = unsafe { (&*(*fp).template, &*(*fp).func) };
    let site = &template.eval_scopes[scope];
    let options = ParseOptions { goal: Goal::DirectEval(&site.chain), strict, ..ParseOptions::default() };
    let file = cx.rt().new_str("<input>")?;
    let (code, src) = compile(cx, &text, file, options, 1, true, true)?;
    src.set_base(template.source.base());
    let t = Template::new(cx, code, &src)?;
    let boxed = |c: &CaptureSource| -> Result<Gc<BoxCell>> {
        match *c {
            // SAFETY: as above.
            CaptureSource::Register(r) => match unsafe { (*(*fp).base.add(r as usize)).as_gc::<BoxCell>() } {
                Some(b) => Ok(b.clone()),
                None => cx.rt().new_box(Value::UNDEFINED),
            },
            CaptureSource::Capture(i) => match parent.captures.get(i as usize) {
                Some(b) => Ok(b.clone()),
                None => cx.rt().new_box(Value::UNDEFINED),
            },
            CaptureSource::External(_) => cx.rt().new_box(Value::UNDEFINED),
        }
    };
    let mut captures = Vec::with_capacity(t.captures.len());
    for c in t.captures.iter() {
        captures.push(match *c {
            CaptureSource::External(slot) => match site.slots.get(slot as usize) {
                Some(place) => {
                    let b = boxed(place)?;
                    // Loaded code may say of a variable in its dead zone that it has none.
                    if b.get().is_uninit() && !may_be_uninit(site, slot) {
                        return Err(cx.throw_reference("variable is not initialized"));
                    }
                    b
                }
                None => cx.rt().new_box(Value::UNDEFINED)?,
            },
            _ => cx.rt().new_box(Value::UNDEFINED)?,
        });
    }
    let f = make::new_function(cx, &t, captures)?;
    if let Some(d) = f.data::<FunctionData>() {
        *d.home.borrow_mut() = parent.home.borrow().clone();
    }
    cx.call_object(&f, cx.global().clone().as_value(), &[])
}

/// Does code that direct eval compiles check the variable in this slot before it reads it?
fn may_be_uninit(site: &EvalScope, slot: u32) -> bool {
    let of_slot = site.chain.scopes.iter().flat_map(|s| &s.bindings).filter(|b| b.slot == slot);
    let checked = |k: BindingKind| match k {
        BindingKind::This => site.chain.context.in_derived_constructor,
        BindingKind::Param => true,
        k => k.is_lexical(),
    };
    of_slot.clone().next().is_some() && of_slot.clone().all(|b| checked(b.kind))
}

/// CreateDynamicFunction (20.2.1.1.1): `args` are the parameters' texts and the body's.
pub fn create_dynamic_function(
    cx: &Context,
    kind: FunctionKind,
    args: &[Value],
    new_target: &Value,
) -> Result<Gc<Object>> {
    check_eval_allowed(cx)?;
    let mut params: Vec<u8> = Vec::new();
    let mut body: Vec<u8> = Vec::new();
    for (i, a) in args.iter().enumerate() {
        let s = cx.to_string(a)?;
        let text = to_wtf8(cx, &s)?;
        if i + 1 == args.len() {
            body = text;
        } else {
            if i > 0 {
                params.push(b',');
            }
            params.extend_from_slice(&text);
        }
    }
    let is_async = matches!(kind, FunctionKind::Async | FunctionKind::AsyncGenerator);
    let is_generator = matches!(kind, FunctionKind::Generator | FunctionKind::AsyncGenerator);
    let Some((text, parts)) = qjs_syntax::dynamic_function_source(is_async, is_generator, &params, &body)
    else {
        return Err(cx.throw_oom());
    };
    let options = ParseOptions { goal: Goal::DynamicFunction(parts), ..ParseOptions::default() };
    let file = cx.rt().new_str("<input>")?;
    let (code, src) = compile(cx, &text, file, options, 1, true, false)?;
    if let Some(base) = running_base(cx) {
        src.set_base(base);
    }
    let t = Template::new(cx, code, &src)?;
    let outer = make::new_function(cx, &t, Vec::new())?;
    let f = match cx.call_object(&outer, cx.global().clone().as_value(), &[])?.into_gc::<Object>() {
        Ok(f) => f,
        Err(_) => return Err(cx.throw_syntax("invalid function")),
    };
    let default = match kind {
        FunctionKind::Normal => Intrinsic::FunctionPrototype,
        FunctionKind::Generator => Intrinsic::GeneratorFunctionPrototype,
        FunctionKind::Async => Intrinsic::AsyncFunctionPrototype,
        FunctionKind::AsyncGenerator => Intrinsic::AsyncGeneratorFunctionPrototype,
    };
    let proto = cx.prototype_from_constructor(new_target, default)?;
    if !f.proto().is_some_and(|p| p.is(&proto)) {
        f.replace_proto(Some(&proto))?;
    }
    Ok(f)
}
