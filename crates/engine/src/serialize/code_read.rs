//! The reader of compiled code: what it makes has passed `bytecode::check`.

use super::code_write::{BINDINGS, ESCAPE, Form, KINDS, Layout, PRIVATES, RAW, SCOPES};
use super::format::{In, source, tag};
use super::read::bigint;
use super::stored::{Lines, Positions, Stored, StoredDebug, Unloaded};
use super::{DataKind, LoadedKind};
use crate::bytecode::check::{Budget, INFO, OUT_OF_MEMORY, Unit, check, check_head};
use crate::bytecode::code::flags::CONSTRUCTOR;
use crate::bytecode::code::{
    CaptureSource, EvalScope, FunctionKind, GlobalDecl, Handler, ImportEntry, IndirectExport, ModuleRecord,
    ModuleRequest, Text,
};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::template::{Debug, Head, Parts, Source, Strings, Template};
use crate::context::Context;
use crate::heap::Gc;
use crate::runtime::Runtime;
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use crate::vm::module;
use qjs_syntax::names::OwnedStr;
use qjs_syntax::scope::{BindingKind, ChainBinding, ChainScope, EvalContext, ScopeChain};

/// What a function takes without its body: its name, flags, kind, length, three counts, captures, four bytes.
const LEAST_HEAD: usize = 12;

/// Reads a function or module; if `all`, with the bodies of the functions inside, which come later otherwise.
pub(super) fn read(cx: &Context, bytes: &[u8], all: bool) -> Result<(Value, LoadedKind)> {
    let mut input = In::new(cx, bytes);
    let is_module = match input.u8()? {
        tag::FUNCTION => false,
        tag::MODULE => true,
        tag::DATA => return data_module(cx, &mut input),
        _ => return Err(input.error("invalid tag")),
    };
    let n = input.u8()?;
    let mut codes = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let code = u16::from_le_bytes(input.array()?);
        codes.push((code, layout(&input, code)?));
    }
    let file = input.string()?;
    let first_line = input.u32()?.max(1);
    let (source, positions) = match input.u8()? {
        source::TEXT => {
            let n = input.count(1)?;
            (Source::new(cx, file, input.raw(n)?, first_line)?, Positions::Text)
        }
        source::LINES => {
            let n = input.count(1)?;
            let lines = Lines::new(input.raw(n)?);
            (Source::stripped(cx, file, first_line, lines)?, Positions::Lines)
        }
        source::NONE => (Source::stripped(cx, file, first_line, Lines::default())?, Positions::None),
        _ => return Err(input.error("invalid source")),
    };
    let rest = input.raw(input.left())?;
    let (stored, start) = Stored::new(cx, rest, codes.into(), source, positions)?;
    let at = Unloaded { start: start as u32, end: stored.bytes.len() as u32, stored };
    let mut r = CodeReader::new(cx, &at);
    if is_module { r.module(all) } else { r.script(all) }
}
/// A module whose default export is what the rest of the bytes are.
fn data_module(cx: &Context, input: &mut In<'_>) -> Result<(Value, LoadedKind)> {
    let name = input.string()?;
    let typed = input.u8()? != 0;
    let Some(&kind) = DataKind::ALL.get(input.u8()? as usize) else {
        return Err(input.error("invalid module"));
    };
    let text = name.to_lossy();
    let value = kind.value(cx, input.raw(input.left())?, &text)?;
    let m = module::new_value_module(cx, &text, value)?;
    if typed {
        m.set_type(cx, kind.name())?;
    }
    Ok((m.into(), LoadedKind::Module))
}
fn layout(input: &In<'_>, code: u16) -> Result<Layout> {
    INFO.get((code & 0xff) as usize).map(Layout::of).ok_or_else(|| input.error("invalid operation"))
}

/// Reads the body of a function that has none yet.
pub(crate) fn load(cx: &Context, t: &Template) -> Result<()> {
    load_with(cx, t, None)
}
/// Makes sure that a function and all in it have their bodies.
pub(super) fn load_all(cx: &Context, t: &Template) -> Result<()> {
    let mut stack = vec![t];
    while let Some(t) = stack.pop() {
        load(cx, t)?;
        if stack.try_reserve(t.children.len()).is_err() {
            return Err(cx.throw_oom());
        }
        stack.extend(t.children.iter().map(|c| &**c));
    }
    Ok(())
}
fn load_with(cx: &Context, t: &Template, module_slots: Option<u32>) -> Result<()> {
    match t.unloaded() {
        Some(at) => t.set_body(cx, CodeReader::new(cx, &at).body(t, module_slots)?),
        None => Ok(()),
    }
}

fn copy<T: Copy>(list: &[T]) -> Option<Box<[T]>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(list.len()).ok()?;
    copy.extend_from_slice(list);
    Some(copy.into())
}

struct CodeReader<'a> {
    cx: &'a Context,
    rt: &'a Runtime,
    input: In<'a>,
    at: &'a Unloaded,
    stored: &'a Stored,
    /// What copies of strings have taken: one may be called many times.
    copied: usize,
}

impl<'a> CodeReader<'a> {
    fn new(cx: &'a Context, at: &'a Unloaded) -> CodeReader<'a> {
        CodeReader { cx, rt: cx.rt(), input: In::new(cx, at.bytes()), at, stored: &at.stored, copied: 0 }
    }
    #[cold]
    fn bad(&self, what: &str) -> Thrown {
        self.input.error(&format!("invalid {what}"))
    }
    /// A string of the table.
    fn name(&mut self) -> Result<Gc<Str>> {
        let n = self.input.u32()?;
        self.stored.string(self.cx, n)
    }
    /// Where the reader is, in what was stored.
    fn place(&self) -> u32 {
        self.at.end - self.input.left() as u32
    }
    /// A list: how many elements follow, of which each takes a byte or more, and room for them.
    fn list<T>(&mut self, least: usize) -> Result<(usize, Vec<T>)> {
        let n = self.input.count(least)?;
        let mut list = Vec::new();
        if n.saturating_mul(std::mem::size_of::<T>()) > self.rt.memory_left()
            || list.try_reserve_exact(n).is_err()
        {
            return Err(self.cx.throw_oom());
        }
        Ok((n, list))
    }
    fn u16(&mut self) -> Result<u16> {
        let n = self.input.varint()?;
        u16::try_from(n).map_err(|_| self.bad("number"))
    }

    /// The function that runs a script.
    fn script(&mut self, all: bool) -> Result<(Value, LoadedKind)> {
        let (head, n) = self.head(0)?;
        let t = self.template(head, n)?;
        self.end()?;
        if all {
            load_all(self.cx, &t)?
        } else {
            load(self.cx, &t)?
        }
        if !t.captures.is_empty() {
            return Err(self.bad("function"));
        }
        let f = crate::vm::make::new_function(self.cx, &t, Vec::new())?;
        Ok((f.into(), LoadedKind::Function))
    }
    fn end(&self) -> Result<()> {
        if self.input.left() != 0 { Err(self.input.error("bytes after the value")) } else { Ok(()) }
    }
    /// A module, not linked yet, under the name it was written with.
    fn module(&mut self, all: bool) -> Result<(Value, LoadedKind)> {
        let name = self.name()?;
        let slots = self.input.count(1)? as u32;
        let has_await = self.input.u8()? != 0;
        let mut r = ModuleRecord { slots, has_await, ..ModuleRecord::default() };
        let (n, list) = self.list(4)?;
        r.requests = list;
        for _ in 0..n {
            let (specifier, phase, position) = (self.text_of()?, self.input.u8()?, self.input.u32()?);
            let (n, mut attributes) = self.list(2)?;
            for _ in 0..n {
                attributes.push((self.text_of()?, self.text_of()?));
            }
            r.requests.push(ModuleRequest { specifier, phase, attributes, position });
        }
        let requests = r.requests.len() as u32;
        let (n, list) = self.list(4)?;
        r.imports = list;
        for _ in 0..n {
            r.imports.push(ImportEntry {
                request: self.below(requests)?,
                import_name: self.optional_text()?,
                slot: self.below(slots)?,
                position: self.input.u32()?,
            });
        }
        let (n, list) = self.list(2)?;
        r.local_exports = list;
        for _ in 0..n {
            r.local_exports.push((self.text_of()?, self.below(slots)?));
        }
        let (n, list) = self.list(4)?;
        r.indirect_exports = list;
        for _ in 0..n {
            r.indirect_exports.push(IndirectExport {
                export_name: self.text_of()?,
                request: self.below(requests)?,
                import_name: self.optional_text()?,
                position: self.input.u32()?,
            });
        }
        let (n, list) = self.list(1)?;
        r.star_exports = list;
        for _ in 0..n {
            r.star_exports.push(self.below(requests)?);
        }
        let (head, n) = self.head(0)?;
        let kind = if has_await { FunctionKind::Async } else { FunctionKind::Normal };
        if head.kind != kind || !head.captures.is_empty() || head.flags & CONSTRUCTOR != 0 {
            return Err(self.bad("module"));
        }
        let code = self.template(head, n)?;
        self.end()?;
        load_with(self.cx, &code, Some(slots))?;
        if all {
            load_all(self.cx, &code)?;
        }
        let m = module::new_compiled(self.cx, &name, code, Box::new(r))?;
        Ok((m.into(), LoadedKind::Module))
    }
    fn below(&mut self, limit: u32) -> Result<u32> {
        let n = self.input.u32()?;
        if n < limit { Ok(n) } else { Err(self.bad("number in a module's tables")) }
    }
    fn optional_text(&mut self) -> Result<Option<Text>> {
        match self.input.u8()? {
            0 => Ok(None),
            _ => self.text_of().map(Some),
        }
    }

    /// A text of the emitter's.
    fn text_of(&mut self) -> Result<Text> {
        let s = self.name()?;
        let c = s.chars()?;
        self.copied += c.len() * 2;
        if self.copied > self.rt.memory_left() {
            return Err(self.cx.throw_oom());
        }
        let copy = match c {
            Chars::Latin1(b) => copy(b).map(Text::latin1),
            Chars::Utf16(u) => copy(u).map(Text::utf16),
        };
        copy.ok_or_else(|| self.cx.throw_oom())
    }

    /// What is known of a function without its body, checked; and how many bytes that takes.
    fn head(&mut self, parent_start: u32) -> Result<(Head, u32)> {
        let name = self.name()?;
        let flags = self.input.u32()?;
        let Some(&kind) = KINDS.get(self.input.u8()? as usize) else { return Err(self.bad("function kind")) };
        let length = self.input.u32()?;
        let (nparams, nlocals, nregs) = (self.u16()?, self.u16()?, self.u16()?);
        if let Err(what) = check_head(nparams, nlocals, nregs, kind, flags) {
            return Err(self.bad(what));
        }
        let (mut source_start, mut source_end) = (0, 0);
        if self.stored.positions != Positions::None {
            let by = self.input.signed()?;
            let start = (parent_start as i64).checked_add(by).and_then(|n| u32::try_from(n).ok());
            source_start = start.ok_or_else(|| self.bad("position"))?;
            if self.stored.positions == Positions::Text {
                source_end = source_start.saturating_add(self.input.u32()?);
            }
        }
        let captures = self.captures()?.into();
        let n = u32::from_le_bytes(self.input.array()?);
        let head =
            Head { captures, name, length, nparams, nlocals, nregs, kind, flags, source_start, source_end };
        Ok((head, n))
    }
    /// A function whose body is the next so many bytes, and is left for later.
    fn template(&mut self, head: Head, n: u32) -> Result<Gc<Template>> {
        let start = self.place();
        self.input.raw(n as usize)?;
        let at = Unloaded { stored: self.at.stored.clone(), start, end: start + n };
        Template::of_head(self.cx, head, &self.stored.source, Some(at))
    }

    /// The body of a function, checked.
    fn body(&mut self, t: &Template, module_slots: Option<u32>) -> Result<Parts> {
        let (n, mut consts) = self.list(1)?;
        for _ in 0..n {
            consts.push(self.constant()?);
        }
        let (n, mut ic_keys) = self.list(1)?;
        for _ in 0..n {
            let k = self.name()?;
            let k = self.rt.key_from_str(&k)?;
            // Keys of caches are no indices.
            if k.as_index().is_some() || !k.is_string() {
                return Err(self.bad("cache key"));
            }
            ic_keys.push(k);
        }
        let (n, mut regexps) = self.list::<(Gc<Str>, Gc<Str>)>(2)?;
        for _ in 0..n {
            regexps.push((self.name()?, self.name()?));
        }
        let (n, mut templates) = self.list::<Strings>(1)?;
        for _ in 0..n {
            let (n, mut strings) = self.list(2)?;
            for _ in 0..n {
                strings.push((self.optional_text()?, self.text_of()?));
            }
            templates.push(strings);
        }
        let (n, mut global_decls) = self.list(2)?;
        for _ in 0..n {
            let make = match self.input.u8()? {
                0 => GlobalDecl::Var,
                1 => GlobalDecl::Function,
                2 => GlobalDecl::Let,
                3 => GlobalDecl::Const,
                4 => GlobalDecl::Class,
                5 => GlobalDecl::AnnexBFunction,
                _ => return Err(self.bad("declaration")),
            };
            global_decls.push(make(self.text_of()?));
        }
        let (n, mut eval_scopes) = self.list(3)?;
        for _ in 0..n {
            eval_scopes.push(self.eval_scope()?);
        }
        let (n, mut handlers) = self.list(5)?;
        for _ in 0..n {
            let start = self.input.u32()?;
            handlers.push(Handler {
                start,
                end: start.saturating_add(self.input.u32()?),
                target: self.input.u32()?,
                reg: self.u16()?,
                top: self.u16()?,
            });
        }
        let (n, mut instrs) = self.list(1)?;
        for _ in 0..n {
            instrs.push(self.instruction()?);
        }
        let (n, mut heads) = self.list::<(Head, u32)>(LEAST_HEAD)?;
        for _ in 0..n {
            heads.push(self.head(t.source_start)?);
        }
        let of_children: Vec<(u32, &[CaptureSource])> =
            heads.iter().map(|(h, _)| (h.flags, &h.captures[..])).collect();
        let mut unit = Unit {
            instrs: &mut instrs,
            handlers: &handlers,
            eval_scopes: &eval_scopes,
            children: &of_children,
            consts: consts.len(),
            ics: ic_keys.len(),
            templates: templates.len(),
            regexps: regexps.len(),
            captures: t.captures.len(),
            nparams: t.nparams,
            nlocals: t.nlocals,
            nregs: t.nregs,
            kind: t.kind,
            flags: t.flags,
            module_slots,
        };
        let mut budget = Budget { work: self.stored.work.get(), memory: self.rt.memory_left() };
        let checked = check(&mut unit, &mut budget);
        self.stored.work.set(budget.work);
        if let Err(what) = checked {
            if what == OUT_OF_MEMORY {
                return Err(self.cx.throw_oom());
            }
            return Err(self.input.error(&format!("invalid bytecode: {what}")));
        }
        // Names and positions are what is left before the bodies of the functions inside.
        let inside: u64 = heads.iter().map(|(_, n)| *n as u64).sum();
        let Some(debug) = (self.input.left() as u64).checked_sub(inside) else {
            return Err(self.bad("function"));
        };
        let start = self.place();
        self.input.raw(debug as usize)?;
        let debug = match self.stored.positions {
            Positions::None => Debug::None,
            _ => {
                let at = Unloaded { stored: self.at.stored.clone(), start, end: self.place() };
                Debug::Stored(StoredDebug { at })
            }
        };
        let mut children = Vec::new();
        if children.try_reserve_exact(heads.len()).is_err() {
            return Err(self.cx.throw_oom());
        }
        for (head, n) in heads {
            children.push(self.template(head, n)?);
        }
        Ok(Parts {
            instrs: instrs.into(),
            consts: consts.into(),
            ic_keys,
            children: children.into(),
            handlers: handlers.into(),
            eval_scopes: eval_scopes.into(),
            templates,
            regexps,
            global_decls: global_decls.into(),
            debug,
            texts: self.copied,
        })
    }
    fn captures(&mut self) -> Result<Vec<CaptureSource>> {
        let (n, mut list) = self.list(1)?;
        for _ in 0..n {
            let x = self.input.u32()?;
            list.push(if x & 1 != 0 {
                CaptureSource::Capture(x >> 1)
            } else {
                match u16::try_from(x >> 1) {
                    Ok(r) => CaptureSource::Register(r),
                    Err(_) => return Err(self.bad("capture")),
                }
            });
        }
        Ok(list)
    }
    fn constant(&mut self) -> Result {
        let t = self.input.u8()?;
        match t {
            tag::SMALL.. => Ok(Value::int((t - tag::SMALL) as i32)),
            tag::INT => match i32::try_from(self.input.signed()?) {
                Ok(i) => Ok(Value::int(i)),
                Err(_) => Err(self.bad("integer")),
            },
            tag::DOUBLE => Ok(Value::double_unchecked(f64::from_le_bytes(self.input.array()?))),
            tag::STRING => self.name().map(Value::from),
            tag::BIGINT => bigint(self.cx, &mut self.input),
            _ => Err(self.bad("constant")),
        }
    }
    #[inline]
    fn instruction(&mut self) -> Result<Instr> {
        let code = self.input.u8()?;
        let (head, l) = match self.stored.codes.get(code as usize) {
            Some(&known) => known,
            None => match code {
                RAW => {
                    let i = u64::from_le_bytes(self.input.array()?);
                    return if (i & 0xff) < Op::ALL.len() as u64 {
                        Ok(Instr(i))
                    } else {
                        Err(self.bad("operation"))
                    };
                }
                ESCAPE => {
                    let head = u16::from_le_bytes(self.input.array()?);
                    (head, layout(&self.input, head)?)
                }
                _ => return Err(self.bad("operation")),
            },
        };
        let mut i = head as u64;
        if l.a != Form::None {
            i |= (self.u16()? as u64) << 16;
        }
        match l.x {
            Form::Signed => {
                let n = i32::try_from(self.input.signed()?).map_err(|_| self.bad("operand"))?;
                return Ok(Instr(i | (n as u32 as u64) << 32));
            }
            Form::Unsigned => return Ok(Instr(i | (self.input.u32()? as u64) << 32)),
            Form::None => {}
        }
        for (form, shift) in [(l.b, 32), (l.c, 48)] {
            i |= match form {
                Form::None => 0,
                Form::Unsigned => self.u16()? as u64,
                Form::Signed => {
                    let n = i16::try_from(self.input.signed()?).map_err(|_| self.bad("operand"))?;
                    n as u16 as u64
                }
            } << shift;
        }
        Ok(Instr(i))
    }
    fn eval_scope(&mut self) -> Result<EvalScope> {
        let slots = self.captures()?;
        let bits = self.input.u8()?;
        let bit = |n: u8| bits >> n & 1 != 0;
        let context = EvalContext {
            in_function: bit(1),
            in_method: bit(2),
            in_derived_constructor: bit(3),
            in_class_field_init: bit(4),
        };
        let (n, mut scopes) = self.list(2)?;
        for _ in 0..n {
            let kind = self.input.u8()?;
            let Some(&scope) = SCOPES.get((kind >> 1) as usize) else { return Err(self.bad("scope")) };
            let (n, mut bindings) = self.list(3)?;
            for _ in 0..n {
                let name = match self.text_of()?.chars() {
                    Chars::Latin1(b) => OwnedStr::Latin1(b.into()),
                    Chars::Utf16(u) => OwnedStr::Utf16(u.into()),
                };
                let k = self.input.u8()?;
                let kind = if k & 128 != 0 {
                    PRIVATES.get((k & 127) as usize).map(|&p| BindingKind::PrivateName(p))
                } else {
                    BINDINGS.get(k as usize).copied()
                };
                let Some(kind) = kind else { return Err(self.bad("binding")) };
                bindings.push(ChainBinding { name, kind, slot: self.input.u32()? });
            }
            scopes.push(ChainScope { kind: scope, is_var_scope: kind & 1 != 0, bindings });
        }
        let chain = ScopeChain { strict: bit(0), context, scopes, slots: slots.len() as u32 };
        Ok(EvalScope { chain, slots })
    }
}
