//! The writer of compiled code.

use super::WriteOptions;
use super::code_read::load_all;
use super::format::{Out, contents, source, step, tag};
use super::write::Writer;
use crate::bytecode::check::{INFO, Info, Role};
use crate::bytecode::code::{CaptureSource, EvalScope, FunctionKind, GlobalDecl, ModuleRecord, Text};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::template::{Source, Template, text_chars};
use crate::heap::{BigIntCell, Gc};
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use qjs_syntax::names::OwnedStr;
use qjs_syntax::scope::{BindingKind, PrivateKind, ScopeChain, ScopeKind};
use std::collections::{HashMap, HashSet};

/// How an operand is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It is zero.
    None,
    Unsigned,
    Signed,
}

/// How the operands of an operation are written: a, then b and c, or both as one number.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub a: Form,
    pub b: Form,
    pub c: Form,
    pub x: Form,
}

impl Layout {
    pub fn of(i: &Info) -> Layout {
        let form = |r: Role| match r {
            Role::None => Form::None,
            Role::Signed | Role::Jump => Form::Signed,
            _ => Form::Unsigned,
        };
        Layout { a: form(i.a), b: form(i.b), c: form(i.c), x: form(i.x) }
    }
    /// Is what this form leaves out zero?
    fn fits(&self, i: Instr) -> bool {
        (self.a != Form::None || i.a() == 0)
            && (self.x != Form::None
                || (self.b != Form::None || i.b() == 0) && (self.c != Form::None || i.c() == 0))
    }
}

/// The code of an operation that has none of its own: operation and flags follow.
pub(super) const ESCAPE: u8 = 254;
/// The whole instruction follows, as it is.
pub(super) const RAW: u8 = 255;

/// The functions of one text as they are written.
struct Code {
    codes: HashMap<u16, u8>,
    positions: Positions,
}

/// Positions as they are written: offsets in the text, or in lines as long as what they are said to hold.
struct Positions {
    strip: bool,
    /// With the text left out: where each line begins.
    lines: Option<Vec<u32>>,
}

impl Positions {
    fn offset(&self, s: &Source, offset: u32) -> u32 {
        let Some(lines) = &self.lines else { return offset };
        let (line, column) = s.line_column(offset);
        let start = (line.saturating_sub(s.first_line)) as usize;
        lines.get(start).map_or(0, |l| l.saturating_add(column.saturating_sub(1)))
    }
}

/// Every function of a template, it first.
fn all<'t>(t: &'t Template, f: &mut dyn FnMut(&'t Template)) {
    let mut stack = vec![t];
    while let Some(t) = stack.pop() {
        f(t);
        stack.extend(t.children.iter().map(|c| &**c));
    }
}

impl Writer<'_> {
    /// A function with all functions in it.
    pub fn function(&mut self, t: &Template) -> Result<()> {
        self.out.u8(tag::FUNCTION)?;
        let code = self.begin(t, &[])?;
        let table = self.begin_table();
        self.whole(t, &code)?;
        self.end_table(table)
    }
    /// A module: its name, how many slots it has, its tables, its code.
    pub fn module(&mut self, name: &Str, t: &Template, r: &ModuleRecord) -> Result<()> {
        self.out.u8(tag::MODULE)?;
        let places = r.requests.iter().map(|x| x.position);
        let places = places.chain(r.imports.iter().map(|x| x.position));
        let places: Vec<u32> = places.chain(r.indirect_exports.iter().map(|x| x.position)).collect();
        let code = self.begin(t, &places)?;
        let table = self.begin_table();
        self.name(name)?;
        self.out.varint(r.slots as u64)?;
        let place = |p: u32| {
            if code.positions.strip { 0 } else { code.positions.offset(&t.source, p) as u64 }
        };
        self.out.u8(r.has_await as u8)?;
        self.out.size(r.requests.len())?;
        for x in &r.requests {
            self.text(&x.specifier)?;
            self.out.u8(x.phase)?;
            self.out.varint(place(x.position))?;
            self.out.size(x.attributes.len())?;
            for (k, v) in &x.attributes {
                self.text(k)?;
                self.text(v)?;
            }
        }
        self.out.size(r.imports.len())?;
        for x in &r.imports {
            self.out.varint(x.request as u64)?;
            self.optional_text(x.import_name.as_ref())?;
            self.out.varint(x.slot as u64)?;
            self.out.varint(place(x.position))?;
        }
        self.out.size(r.local_exports.len())?;
        for (name, slot) in &r.local_exports {
            self.text(name)?;
            self.out.varint(*slot as u64)?;
        }
        self.out.size(r.indirect_exports.len())?;
        for x in &r.indirect_exports {
            self.text(&x.export_name)?;
            self.out.varint(x.request as u64)?;
            self.optional_text(x.import_name.as_ref())?;
            self.out.varint(place(x.position))?;
        }
        self.out.size(r.star_exports.len())?;
        r.star_exports.iter().try_for_each(|s| self.out.varint(*s as u64))?;
        self.whole(t, &code)?;
        self.end_table(table)
    }
    /// What comes before the strings; `places` are further positions in the source.
    fn begin(&mut self, t: &Template, places: &[u32]) -> Result<Code> {
        self.contents |= contents::BYTECODE;
        load_all(self.cx, t)?;
        let codes = self.operations(t)?;
        let positions = self.source(t, places)?;
        Ok(Code { codes, positions })
    }
    /// A function and all in it.
    fn whole(&mut self, t: &Template, code: &Code) -> Result<()> {
        let size = self.head(t, 0, code)?;
        self.body(t, size, code)
    }
    fn optional_text(&mut self, t: Option<&Text>) -> Result<()> {
        self.out.u8(t.is_some() as u8)?;
        t.map_or(Ok(()), |t| self.text(t))
    }

    /// The most frequent pairs of operation and flags get a byte each.
    fn operations(&mut self, t: &Template) -> Result<HashMap<u16, u8>> {
        let mut counts: HashMap<u16, u32> = HashMap::new();
        all(t, &mut |t| {
            for i in t.instrs.iter() {
                *counts.entry(i.0 as u16).or_default() += 1;
            }
        });
        let mut list: Vec<(u32, u16)> = counts.into_iter().map(|(k, n)| (n, k)).collect();
        list.sort_by_key(|&(n, k)| (std::cmp::Reverse(n), k));
        list.truncate(ESCAPE as usize);
        self.out.u8(list.len() as u8)?;
        for (_, k) in &list {
            self.out.raw(&k.to_le_bytes())?;
        }
        Ok(list.iter().enumerate().map(|(i, (_, k))| (*k, i as u8)).collect())
    }

    fn source(&mut self, t: &Template, places: &[u32]) -> Result<Positions> {
        let s = &t.source;
        let WriteOptions { strip_debug, strip_source, .. } = self.o;
        self.out.string(s.file.chars()?)?;
        self.out.varint(s.first_line as u64)?;
        if strip_debug {
            self.out.u8(source::NONE)?;
            return Ok(Positions { strip: true, lines: None });
        }
        if !strip_source && !s.is_stripped() {
            self.out.u8(source::TEXT)?;
            self.out.size(s.text.len())?;
            self.out.raw(&s.text)?;
            return Ok(Positions { strip: false, lines: None });
        }
        // Each line as long as the last column that anything points to.
        let mut lengths: Vec<u32> = Vec::new();
        let mut reach = |offset: u32| {
            let (line, column) = s.line_column(offset);
            let at = line.saturating_sub(s.first_line) as usize;
            if at >= lengths.len() {
                lengths.resize(at + 1, 0);
            }
            lengths[at] = lengths[at].max(column);
        };
        places.iter().for_each(|p| reach(*p));
        all(t, &mut |t| {
            t.positions().iter().for_each(|p| reach(p.1));
            reach(t.source_start);
        });
        self.out.u8(source::LINES)?;
        let mut starts = Vec::with_capacity(lengths.len());
        let mut packed = Out::new(self.rt);
        let mut at = 0u32;
        for n in lengths {
            starts.push(at);
            packed.varint(n as u64)?;
            at = at.saturating_add(n);
        }
        self.out.size(packed.len())?;
        self.out.raw(packed.bytes())?;
        Ok(Positions { strip: false, lines: Some(starts) })
    }

    /// The interned form of a string, which lives as long as the writer.
    fn interned(&mut self, s: &Str) -> Result<Gc<Str>> {
        let s = self.rt.intern_str(s)?;
        self.keep(s.as_value())?;
        Ok(s)
    }
    /// A text of the emitter's.
    fn text(&mut self, t: &Text) -> Result<()> {
        self.chars(text_chars(t))
    }
    fn chars(&mut self, c: Chars<'_>) -> Result<()> {
        let s = self.rt.intern(c)?;
        self.keep(s.as_value())?;
        self.name(&s)
    }

    /// What a reader knows of a function without its body, and room for the size of that; where this is.
    fn head(&mut self, t: &Template, parent_start: u32, code: &Code) -> Result<usize> {
        self.name(&t.name)?;
        self.out.varint(t.flags as u64)?;
        self.out.u8(t.kind as u8)?;
        for n in [t.length, t.nparams as u32, t.nlocals as u32, t.nregs as u32] {
            self.out.varint(n as u64)?;
        }
        let positions = &code.positions;
        if !positions.strip {
            let start = positions.offset(&t.source, t.source_start);
            self.out.signed(start as i64 - parent_start as i64)?;
            if positions.lines.is_none() {
                self.out.varint(t.source_end.saturating_sub(t.source_start) as u64)?;
            }
        }
        self.captures(&t.captures)?;
        let size = self.out.len();
        self.out.raw(&[0; 4])?;
        Ok(size)
    }
    /// A function's body, then those of the functions in it; the room at `size` gets the size of it all.
    fn body(&mut self, t: &Template, size: usize, code: &Code) -> Result<()> {
        self.cx.check_stack()?;
        let begin = self.out.len();
        self.out.size(t.consts.len())?;
        t.consts.iter().try_for_each(|c| self.constant(c))?;
        self.out.size(t.ics.len())?;
        for c in t.ics.iter() {
            match c.key.as_str() {
                Some(s) => self.name(s)?,
                None => return Err(self.cx.throw_type("unsupported function")),
            }
        }
        self.out.size(t.regexps.len())?;
        for (p, f, _) in &t.regexps {
            let p = self.interned(p)?;
            self.name(&p)?;
            self.name(f)?;
        }
        self.out.size(t.templates.len())?;
        for (strings, _) in &t.templates {
            self.out.size(strings.len())?;
            for (cooked, raw) in strings {
                self.optional_text(cooked.as_ref())?;
                self.text(raw)?;
            }
        }
        self.out.size(t.global_decls.len())?;
        for d in &t.global_decls {
            let (kind, name) = match d {
                GlobalDecl::Var(n) => (0, n),
                GlobalDecl::Function(n) => (1, n),
                GlobalDecl::Let(n) => (2, n),
                GlobalDecl::Const(n) => (3, n),
                GlobalDecl::Class(n) => (4, n),
                GlobalDecl::AnnexBFunction(n) => (5, n),
            };
            self.out.u8(kind)?;
            self.text(name)?;
        }
        self.out.size(t.eval_scopes.len())?;
        t.eval_scopes.iter().try_for_each(|s| self.eval_scope(s))?;
        self.out.size(t.handlers.len())?;
        for h in &t.handlers {
            for n in [h.start, h.end.wrapping_sub(h.start), h.target, h.reg as u32, h.top as u32] {
                self.out.varint(n as u64)?;
            }
        }
        self.out.size(t.instrs.len())?;
        t.instrs.iter().try_for_each(|i| self.instruction(*i, &code.codes))?;
        let positions = &code.positions;
        let start = if positions.strip { 0 } else { positions.offset(&t.source, t.source_start) };
        self.out.size(t.children.len())?;
        let mut sizes = Vec::with_capacity(t.children.len());
        for c in t.children.iter() {
            sizes.push(self.head(c, start, code)?);
        }
        if !positions.strip {
            self.debug(t, start, positions)?;
        }
        for (c, size) in t.children.iter().zip(sizes) {
            self.body(c, size, code)?;
        }
        let Ok(n) = u32::try_from(self.out.len() - begin) else {
            return Err(self.cx.throw_range("code too large"));
        };
        self.out.set(size, &n.to_le_bytes());
        Ok(())
    }
    /// Names of captures and locals, positions.
    fn debug(&mut self, t: &Template, start: u32, positions: &Positions) -> Result<()> {
        // Without the source only messages want names, and these are about dead zones.
        let (mut locals, mut captures) = (HashSet::new(), HashSet::new());
        let every = positions.lines.is_none();
        for i in t.instrs.iter().filter(|_| !every) {
            match i.op() {
                Op::CheckInit | Op::SetBoxChecked => locals.insert(i.a()),
                Op::MoveChecked | Op::GetBoxChecked => locals.insert(i.b()),
                Op::GetCaptureChecked | Op::SetCaptureChecked => captures.insert(i.bc()),
                _ => false,
            };
        }
        let (mut of_captures, mut of_locals) = t.names(self.cx)?;
        of_captures.retain(|(i, _)| every || captures.contains(&(*i as usize)));
        of_locals.retain(|(r, _)| every || locals.contains(&(*r as usize)));
        for list in [of_captures, of_locals] {
            self.out.size(list.len())?;
            for (i, n) in list {
                self.out.varint(i as u64)?;
                self.name(&n)?;
                // (The table knows it by address.)
                self.keep(n.as_value())?;
            }
        }
        let list = t.positions();
        self.out.size(list.len())?;
        let (mut pc, mut offset) = (0, start);
        for (p, o) in list {
            let o = positions.offset(&t.source, o);
            let (far, by) = (p.wrapping_sub(pc), o as i64 - offset as i64 + step::BACK);
            if far < step::PCS && (0..step::OFFSETS).contains(&by) {
                self.out.u8((far as i64 * step::OFFSETS + by) as u8)?;
            } else {
                if far < step::PCS {
                    self.out.u8(step::FAR + far as u8)?;
                } else {
                    self.out.u8(step::LONG)?;
                    self.out.varint(far as u64)?;
                }
                self.out.signed(o as i64 - offset as i64)?;
            }
            (pc, offset) = (p, o);
        }
        Ok(())
    }
    fn constant(&mut self, v: &Value) -> Result<()> {
        if let Some(s) = v.as_string() {
            self.out.u8(tag::STRING)?;
            let s = self.interned(s)?;
            return self.name(&s);
        }
        if let Some(b) = v.as_gc::<BigIntCell>() {
            self.out.u8(tag::BIGINT)?;
            return self.bigint(b);
        }
        self.value(v)
    }
    fn captures(&mut self, list: &[CaptureSource]) -> Result<()> {
        self.out.size(list.len())?;
        for c in list {
            self.out.varint(match *c {
                CaptureSource::Register(r) => (r as u64) << 1,
                CaptureSource::Capture(i) => (i as u64) << 1 | 1,
                // Only code of direct eval has these, which nobody gets to write.
                CaptureSource::External(_) => return Err(self.cx.throw_type("unsupported function")),
            })?;
        }
        Ok(())
    }
    fn instruction(&mut self, i: Instr, codes: &HashMap<u16, u8>) -> Result<()> {
        let layout = INFO.get((i.0 & 0xff) as usize).map(Layout::of).filter(|l| l.fits(i));
        let Some(l) = layout else {
            self.out.u8(RAW)?;
            return self.out.raw(&i.0.to_le_bytes());
        };
        match codes.get(&(i.0 as u16)) {
            Some(&c) => self.out.u8(c)?,
            None => {
                self.out.u8(ESCAPE)?;
                self.out.raw(&(i.0 as u16).to_le_bytes())?;
            }
        }
        if l.a != Form::None {
            self.out.varint(i.a() as u64)?;
        }
        match l.x {
            Form::Signed => return self.out.signed(i.sbc() as i64),
            Form::Unsigned => return self.out.varint(i.bc() as u64),
            Form::None => {}
        }
        for (form, n, s) in [(l.b, i.b(), i.sb()), (l.c, i.c(), i.sc())] {
            match form {
                Form::None => {}
                Form::Unsigned => self.out.varint(n as u64)?,
                Form::Signed => self.out.signed(s as i64)?,
            }
        }
        Ok(())
    }
    fn eval_scope(&mut self, s: &EvalScope) -> Result<()> {
        self.captures(&s.slots)?;
        let ScopeChain { strict, context, scopes, .. } = &s.chain;
        let bits = [
            *strict,
            context.in_function,
            context.in_method,
            context.in_derived_constructor,
            context.in_class_field_init,
        ];
        self.out.u8(bits.iter().rev().fold(0, |n, b| n << 1 | *b as u8))?;
        self.out.size(scopes.len())?;
        for scope in scopes {
            self.out.u8((number_of(&SCOPES, scope.kind) << 1) | scope.is_var_scope as u8)?;
            self.out.size(scope.bindings.len())?;
            for b in &scope.bindings {
                match &b.name {
                    OwnedStr::Latin1(n) => self.chars(Chars::Latin1(n))?,
                    OwnedStr::Utf16(n) => self.chars(Chars::Utf16(n))?,
                }
                self.out.u8(match b.kind {
                    BindingKind::PrivateName(p) => 128 | number_of(&PRIVATES, p),
                    k => number_of(&BINDINGS, k),
                })?;
                self.out.varint(b.slot as u64)?;
            }
        }
        Ok(())
    }
}

fn number_of<T: PartialEq>(list: &[T], x: T) -> u8 {
    list.iter().position(|y| *y == x).unwrap_or(0) as u8
}

pub(super) const SCOPES: [ScopeKind; 11] = {
    use ScopeKind::*;
    [Function, FunctionBody, Block, For, Switch, Catch, With, Class, ClassBody, Field, StaticBlock]
};
pub(super) const BINDINGS: [BindingKind; 20] = {
    use BindingKind::*;
    [
        Var,
        Let,
        Const,
        Using,
        AwaitUsing,
        Function,
        Class,
        ClassName,
        Param,
        CatchParam,
        FunctionName,
        Arguments,
        This,
        NewTarget,
        HomeObject,
        Callee,
        WithObject,
        EvalVars,
        Import,
        Synthetic,
    ]
};
pub(super) const PRIVATES: [PrivateKind; 10] = {
    use PrivateKind::*;
    [
        Field,
        Method,
        Getter,
        Setter,
        Accessor,
        StaticField,
        StaticMethod,
        StaticGetter,
        StaticSetter,
        StaticAccessor,
    ]
};
pub(super) const KINDS: [FunctionKind; 4] =
    [FunctionKind::Normal, FunctionKind::Generator, FunctionKind::Async, FunctionKind::AsyncGenerator];
