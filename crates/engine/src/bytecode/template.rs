//! Function templates: the emitter's code as a heap cell, ready to run.

use super::code::{CaptureSource, Code, Const, EvalScope, FunctionKind, GlobalDecl, Handler, Text};
use super::op::Instr;
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::{Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::object::shape::Shape;
use crate::text::atoms::PropertyKey;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use crate::vm::module::Module;
use std::cell::{OnceCell, RefCell, UnsafeCell};
use std::rc::Rc;

/// A source text, shared by the functions in it.
pub struct Source {
    /// The name scripts see in backtraces.
    pub file: Gc<Str>,
    /// WTF-8 text.
    pub text: Box<[u8]>,
    /// Line number of the first line (1-based).
    pub first_line: u32,
    /// Eval code's: the script or module that its imports are relative to.
    base: RefCell<Option<Gc<Str>>>,
    /// The module that this is the text of; a dying module takes itself out.
    module: std::cell::Cell<*const Module>,
    lines: OnceCell<Option<qjs_syntax::lines::LineTable>>,
    charged: usize,
}

impl Source {
    pub fn new(cx: &Context, file: Gc<Str>, text: &[u8], first_line: u32) -> Result<Rc<Source>> {
        if !cx.rt().charge(text.len()) {
            return Err(cx.throw_oom());
        }
        Ok(Rc::new(Source {
            file,
            text: text.into(),
            first_line,
            base: RefCell::new(None),
            module: std::cell::Cell::new(std::ptr::null()),
            lines: OnceCell::new(),
            charged: text.len(),
        }))
    }
    /// The name that relative imports in this text start from: its own, or for eval code the evaluating script's.
    pub fn base(&self) -> Gc<Str> {
        self.base.borrow().as_ref().unwrap_or(&self.file).clone()
    }
    pub(crate) fn set_base(&self, base: Gc<Str>) {
        *self.base.borrow_mut() = Some(base);
    }
    /// The module that this is the text of.
    pub fn module(&self) -> Option<&Module> {
        // SAFETY: a module that dies takes itself out.
        unsafe { self.module.get().as_ref() }
    }
    pub(crate) fn set_module(&self, m: &Module) {
        self.module.set(m);
    }
    pub(crate) fn forget_module(&self, m: &Module) {
        if std::ptr::eq(self.module.get(), m) {
            self.module.set(std::ptr::null());
        }
    }
    /// Line and column (1-based) of a byte offset.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let (l, c) = match self.lines.get_or_init(|| qjs_syntax::lines::LineTable::new(&self.text)) {
            Some(t) => t.locate(&self.text, offset),
            None => qjs_syntax::lines::locate(&self.text, offset),
        };
        (l + self.first_line - 1, c)
    }
}
impl Drop for Source {
    fn drop(&mut self) {
        self.file.header().runtime().discharge(self.charged);
    }
}

/// What an inline cache remembers.
#[repr(C)]
pub struct InlineCache {
    pub key: PropertyKey,
    /// The receiver's shape that this entry is for.
    pub shape: UnsafeCell<Option<Gc<Shape>>>,
    /// Writes that add: the shape afterwards. Proto hits: the holder.
    pub next: UnsafeCell<Value>,
    pub slot: std::cell::Cell<u32>,
    /// Proto hits and adds: the epoch at which the chain was walked.
    pub epoch: std::cell::Cell<u32>,
}

/// A tagged template: cooked and raw strings, and the object made of them.
pub type TemplateSite = (Vec<(Option<Text>, Text)>, OnceCell<Gc<Object>>);
/// A regular expression literal: source, flags, and the program once compiled.
pub type RegExpSite = (Gc<Str>, Gc<Str>, OnceCell<Rc<qjs_regexp::Program>>);

/// A function template.
#[repr(C)]
pub struct Template {
    header: Header,
    pub instrs: Box<[Instr]>,
    pub consts: Box<[Value]>,
    pub ics: Box<[InlineCache]>,
    pub children: Box<[Gc<Template>]>,
    pub handlers: Box<[Handler]>,
    pub captures: Box<[CaptureSource]>,
    pub capture_names: Box<[Text]>,
    pub local_names: Box<[(u16, Text)]>,
    pub eval_scopes: Box<[EvalScope]>,
    pub templates: Box<[TemplateSite]>,
    pub regexps: Box<[RegExpSite]>,
    pub global_decls: Box<[GlobalDecl]>,
    pub positions: Box<[(u32, u32)]>,
    pub name: Gc<Str>,
    pub source: Rc<Source>,
    pub length: u32,
    pub nparams: u16,
    pub nlocals: u16,
    pub nregs: u16,
    pub kind: FunctionKind,
    pub flags: u32,
    pub source_start: u32,
    pub source_end: u32,
    charged: usize,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Template {
    const KIND: Kind = Kind::Template;
}

/// The interned string of a text.
pub fn intern_text(cx: &Context, t: &Text) -> Result<Gc<Str>> {
    cx.rt().intern(text_chars(t))
}
/// A text's characters.
pub fn text_chars(t: &Text) -> Chars<'_> {
    match t {
        Text::Latin1(b) => Chars::Latin1(b),
        Text::Utf16(u) => Chars::Utf16(u),
    }
}

impl Template {
    /// Makes a template (and those of the functions inside) of emitted code.
    pub fn new(cx: &Context, code: Code, source: &Rc<Source>) -> Result<Gc<Template>> {
        cx.check_stack()?;
        let rt = cx.rt();
        let charged = code.instrs.len() * 8
            + code.consts.len() * 8
            + code.ic_keys.len() * std::mem::size_of::<InlineCache>()
            + code.positions.len() * 8
            + code.handlers.len() * std::mem::size_of::<Handler>();
        let mut consts = Vec::with_capacity(code.consts.len());
        for c in &code.consts {
            consts.push(match c {
                Const::Int(i) => Value::int(*i),
                Const::Number(n) => Value::double_unchecked(*n),
                Const::String(t) => intern_text(cx, t)?.into(),
                Const::BigInt(t, radix) => {
                    let r = match text_chars(t) {
                        Chars::Latin1(c) => qjs_numeric::BigInt::from_digits(c, *radix),
                        Chars::Utf16(c) => qjs_numeric::BigInt::from_digits(c, *radix),
                    };
                    match r {
                        Ok(b) => rt.new_bigint(b)?,
                        Err(_) => return Err(cx.throw_range("BigInt is too large to allocate")),
                    }
                }
            });
        }
        let mut ics = Vec::with_capacity(code.ic_keys.len());
        for k in &code.ic_keys {
            ics.push(InlineCache {
                key: rt.key_from_chars(text_chars(k))?,
                shape: UnsafeCell::new(None),
                next: UnsafeCell::new(Value::UNDEFINED),
                slot: std::cell::Cell::new(0),
                epoch: std::cell::Cell::new(0),
            });
        }
        let mut children = Vec::with_capacity(code.children.len());
        for c in code.children {
            children.push(Template::new(cx, c, source)?);
        }
        let mut regexps = Vec::with_capacity(code.regexps.len());
        for (p, f) in &code.regexps {
            regexps.push((rt.new_chars(text_chars(p))?, intern_text(cx, f)?, OnceCell::new()));
        }
        let name = intern_text(cx, &code.name)?;
        if !rt.charge(charged) {
            return Err(cx.throw_oom());
        }
        let Some(h) = rt.alloc_cell(std::mem::size_of::<Template>(), Kind::Template, 0) else {
            rt.discharge(charged);
            return Err(cx.throw_oom());
        };
        let t = h.cast::<Template>().as_ptr();
        // SAFETY: a fresh cell, all of whose fields are written; the header is kept.
        unsafe {
            let header = std::ptr::read(&raw const (*t).header);
            t.write(Template {
                header,
                instrs: code.instrs.into(),
                consts: consts.into(),
                ics: ics.into(),
                children: children.into(),
                handlers: code.handlers.into(),
                captures: code.captures.into(),
                capture_names: code.capture_names.into(),
                local_names: code.local_names.into(),
                eval_scopes: code.eval_scopes.into(),
                templates: code.templates.into_iter().map(|t| (t, OnceCell::new())).collect(),
                regexps: regexps.into(),
                global_decls: code.global_decls.into(),
                positions: code.positions.into(),
                name,
                source: source.clone(),
                length: code.length,
                nparams: code.nparams,
                nlocals: code.nlocals,
                nregs: code.nregs,
                kind: code.kind,
                flags: code.flags,
                source_start: code.source_start,
                source_end: code.source_end,
                charged,
            });
            Ok(Gc::from_raw(t))
        }
    }
    /// Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(this: *mut Template) {
        // SAFETY: the template is dying; the header has no drop of its own.
        unsafe {
            (*this).header.runtime().discharge((*this).charged);
            std::ptr::drop_in_place(this);
        }
    }
    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        self.children.iter().for_each(|c| t.visit(c.as_value()));
        for ic in &self.ics {
            // SAFETY: nothing writes caches while the collector runs.
            unsafe {
                if let Some(s) = &*ic.shape.get() {
                    t.visit(s.as_value());
                }
                t.visit(&*ic.next.get());
            }
        }
        for (_, o) in &self.templates {
            if let Some(o) = o.get() {
                t.visit(o.as_value());
            }
        }
    }
    /// The source position of an instruction: (line, column), 1-based.
    pub fn position(&self, pc: u32) -> (u32, u32) {
        let i = self.positions.partition_point(|p| p.0 <= pc);
        let offset = if i == 0 { self.source_start } else { self.positions[i - 1].1 };
        self.source.line_column(offset)
    }
    /// The function's source text.
    pub fn source_text(&self) -> &[u8] {
        self.source.text.get(self.source_start as usize..self.source_end as usize).unwrap_or(&[])
    }
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}
