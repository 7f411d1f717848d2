//! The reader of compiled code: what it makes has passed `bytecode::check`.

use super::code_write::{BINDINGS, ESCAPE, Form, KINDS, Layout, PRIVATES, RAW, SCOPES};
use super::format::{source, step, tag};
use super::read::Reader;
use crate::bytecode::check::{Budget, INFO, Unit, check};
use crate::bytecode::code::flags::CONSTRUCTOR;
use crate::bytecode::code::{
    CaptureSource, EvalScope, FunctionKind, GlobalDecl, Handler, ImportEntry, IndirectExport, ModuleRecord,
    ModuleRequest, Text,
};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::template::{Parts, Source, Strings, Template};
use crate::heap::Gc;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use crate::vm::module::{self, Module};
use qjs_syntax::names::OwnedStr;
use qjs_syntax::scope::{BindingKind, ChainBinding, ChainScope, EvalContext, ScopeChain};
use std::rc::Rc;

/// What holds for a function and all functions in it.
pub(super) struct Whole {
    /// Operation, flags and layout by code.
    codes: Vec<(u16, Layout)>,
    source: Rc<Source>,
    /// There are no positions and names.
    stripped: bool,
    /// Positions are offsets in lines rather than in the text.
    lines: bool,
    budget: Budget,
    /// Of a module's top-level code.
    pub module_slots: Option<u32>,
}

impl Reader<'_> {
    /// A list: how many elements follow, of which each takes a byte or more, and room for them.
    pub fn list<T>(&mut self, least: usize) -> Result<(usize, Vec<T>)> {
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

    /// What comes before the first function.
    pub fn whole(&mut self, module_slots: Option<u32>) -> Result<Whole> {
        let n = self.input.u8()?;
        let mut codes = Vec::with_capacity(n as usize);
        for _ in 0..n {
            let code = u16::from_le_bytes(self.input.array()?);
            codes.push((code, self.layout(code)?));
        }
        let file = self.name()?;
        let first_line = self.input.u32()?.max(1);
        let kind = self.input.u8()?;
        let source = match kind {
            source::TEXT => {
                let n = self.input.count(1)?;
                let text = self.input.raw(n)?;
                Source::new(self.cx, file, text, first_line)?
            }
            source::LINES => {
                let (n, mut lines) = self.list(1)?;
                let mut at = 0u32;
                for _ in 0..n {
                    lines.push(at);
                    at = at.saturating_add(self.input.u32()?);
                }
                Source::stripped(self.cx, file, first_line, lines.into())?
            }
            source::NONE => Source::stripped(self.cx, file, first_line, Box::default())?,
            _ => return Err(self.bad("source")),
        };
        Ok(Whole {
            codes,
            source,
            stripped: kind == source::NONE,
            lines: kind == source::LINES,
            budget: Budget::for_bytes(self.input.left(), self.rt.memory_left()),
            module_slots,
        })
    }
    fn layout(&self, code: u16) -> Result<Layout> {
        INFO.get((code & 0xff) as usize).map(Layout::of).ok_or_else(|| self.bad("operation"))
    }

    /// A module, not linked yet, under the name it was written with.
    pub fn module(&mut self) -> Result<Gc<Module>> {
        let name = self.name()?;
        let slots = self.input.count(1)? as u32;
        let mut w = self.whole(Some(slots))?;
        let code = self.template(&mut w, 0)?;
        let has_await = self.input.u8()? != 0;
        let kind = if has_await { FunctionKind::Async } else { FunctionKind::Normal };
        if code.kind != kind || !code.captures.is_empty() || code.flags & CONSTRUCTOR != 0 {
            return Err(self.bad("module"));
        }
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
        if self.input.left() != 0 {
            return Err(self.input.error("bytes after the value"));
        }
        module::new_compiled(self.cx, &name, code, Box::new(r))
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
    pub fn text_of(&mut self) -> Result<Text> {
        let s = self.name()?;
        Ok(match s.chars()? {
            Chars::Latin1(b) => Text::Latin1(b.into()),
            Chars::Utf16(u) => Text::Utf16(u.into()),
        })
    }

    /// A function, checked.
    pub fn template(&mut self, w: &mut Whole, parent_start: u32) -> Result<Gc<Template>> {
        self.cx.check_stack()?;
        let module_slots = w.module_slots.take();
        let name = self.name()?;
        let flags = self.input.u32()?;
        let Some(&kind) = KINDS.get(self.input.u8()? as usize) else { return Err(self.bad("function kind")) };
        let length = self.input.u32()?;
        let (nparams, nlocals, nregs) = (self.u16()?, self.u16()?, self.u16()?);
        let (mut start, mut end) = (0, 0);
        if !w.stripped {
            start = self.offset(parent_start)?;
            if !w.lines {
                end = start.saturating_add(self.input.u32()?);
            }
        }
        let captures = self.captures()?;
        let (n, mut consts) = self.list(1)?;
        for _ in 0..n {
            consts.push(self.constant()?);
        }
        let (n, mut ic_keys) = self.list(1)?;
        for _ in 0..n {
            let k = self.must_key()?;
            // Keys of caches are no indices.
            if k.as_index().is_some() || !k.is_string() {
                return Err(self.bad("cache key"));
            }
            ic_keys.push(k);
        }
        let (n, mut regexps) = self.list::<(Gc<Str>, Gc<Str>)>(2)?;
        for _ in 0..n {
            regexps.push((self.string()?, self.name()?));
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
        let (mut capture_names, mut local_names, mut positions) = (Vec::new(), Vec::new(), Vec::new());
        if !w.stripped {
            let n = self.input.count(2)?;
            if n > 0 {
                capture_names = vec![self.rt.atoms.empty(); captures.len()];
            }
            for _ in 0..n {
                let (i, name) = (self.input.u32()? as usize, self.name()?);
                match capture_names.get_mut(i) {
                    Some(place) => *place = name,
                    None => return Err(self.bad("capture")),
                }
            }
            let (n, list) = self.list(2)?;
            local_names = list;
            for _ in 0..n {
                local_names.push((self.u16()?, self.name()?));
            }
            let (n, list) = self.list(1)?;
            positions = list;
            let (mut pc, mut at) = (0u32, start);
            for _ in 0..n {
                match self.input.u8()? {
                    step::LONG => {
                        pc = pc.saturating_add(self.input.u32()?);
                        at = self.offset(at)?;
                    }
                    b @ step::FAR.. => {
                        pc = pc.saturating_add((b - step::FAR) as u32);
                        at = self.offset(at)?;
                    }
                    b => {
                        pc = pc.saturating_add(b as u32 / step::OFFSETS as u32);
                        at = (at as i64 + b as i64 % step::OFFSETS - step::BACK).max(0) as u32;
                    }
                }
                positions.push((pc, at));
            }
        }
        let (n, mut instrs) = self.list(1)?;
        for _ in 0..n {
            instrs.push(self.instruction(w)?);
        }
        let (n, mut children) = self.list::<Gc<Template>>(1)?;
        for _ in 0..n {
            children.push(self.template(w, start)?);
        }
        let of_children: Vec<(u32, &[CaptureSource])> =
            children.iter().map(|c| (c.flags, &c.captures[..])).collect();
        let mut unit = Unit {
            instrs: &mut instrs,
            handlers: &handlers,
            eval_scopes: &eval_scopes,
            children: &of_children,
            consts: consts.len(),
            ics: ic_keys.len(),
            templates: templates.len(),
            regexps: regexps.len(),
            captures: captures.len(),
            nparams,
            nlocals,
            nregs,
            kind,
            flags,
            module_slots,
        };
        if let Err(what) = check(&mut unit, &mut w.budget) {
            return Err(self.input.error(&format!("invalid bytecode: {what}")));
        }
        let parts = Parts {
            instrs: instrs.into(),
            consts: consts.into(),
            ic_keys,
            children: children.into(),
            handlers: handlers.into(),
            captures: captures.into(),
            capture_names: capture_names.into(),
            local_names: local_names.into(),
            eval_scopes: eval_scopes.into(),
            templates,
            regexps,
            global_decls: global_decls.into(),
            positions: positions.into(),
            name,
            length,
            nparams,
            nlocals,
            nregs,
            kind,
            flags,
            source_start: start,
            source_end: end,
        };
        Template::from_parts(self.cx, parts, &w.source)
    }
    /// An offset, as the distance from another.
    fn offset(&mut self, from: u32) -> Result<u32> {
        let n = self.input.signed()?;
        (from as i64).checked_add(n).and_then(|n| u32::try_from(n).ok()).ok_or_else(|| self.bad("position"))
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
            tag::BIGINT => self.bigint(),
            _ => Err(self.bad("constant")),
        }
    }
    #[inline]
    fn instruction(&mut self, w: &Whole) -> Result<Instr> {
        let code = self.input.u8()?;
        let (head, l) = match w.codes.get(code as usize) {
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
                    (head, self.layout(head)?)
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
                let name = match self.text_of()? {
                    Text::Latin1(b) => OwnedStr::Latin1(b.into()),
                    Text::Utf16(u) => OwnedStr::Utf16(u.into()),
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
