//! Function templates: the emitter's code as a heap cell, ready to run.

use super::code::{CaptureSource, Code, Const, EvalScope, FunctionKind, GlobalDecl, Handler, Text};
use super::op::{Instr, Op};
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::{Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::object::shape::Shape;
use crate::serialize::stored::{Lines, StoredDebug, Unloaded};
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
    /// WTF-8 text; empty where it was left out.
    pub text: Box<[u8]>,
    /// Line number of the first line (1-based).
    pub first_line: u32,
    /// Of code that was loaded without its text: where each line begins in the offsets that positions are. Without
    /// lines nothing is known of positions.
    stripped: Option<Lines>,
    /// Eval code's: the script or module that its imports are relative to.
    base: RefCell<Option<Gc<Str>>>,
    /// The module that this is the text of; a dying module takes itself out.
    module: std::cell::Cell<*const Module>,
    lines: OnceCell<Option<qjs_syntax::lines::LineTable>>,
    charged: usize,
}

impl Source {
    pub fn new(cx: &Context, file: Gc<Str>, text: &[u8], first_line: u32) -> Result<Rc<Source>> {
        Source::make(cx, file, text, first_line, None)
    }
    /// Of code that was loaded without its text.
    pub(crate) fn stripped(cx: &Context, file: Gc<Str>, first_line: u32, lines: Lines) -> Result<Rc<Source>> {
        Source::make(cx, file, &[], first_line, Some(lines))
    }
    fn make(
        cx: &Context,
        file: Gc<Str>,
        text: &[u8],
        first_line: u32,
        stripped: Option<Lines>,
    ) -> Result<Rc<Source>> {
        let charged = text.len() + stripped.as_ref().map_or(0, Lines::bytes);
        if !cx.rt().charge(charged) {
            return Err(cx.throw_oom());
        }
        let mut copy = Vec::new();
        if copy.try_reserve_exact(text.len()).is_err() {
            cx.rt().discharge(charged);
            return Err(cx.throw_oom());
        }
        copy.extend_from_slice(text);
        Ok(Rc::new(Source {
            file,
            text: copy.into(),
            first_line,
            base: RefCell::new(None),
            module: std::cell::Cell::new(std::ptr::null()),
            stripped,
            lines: OnceCell::new(),
            charged,
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
    pub(crate) fn is_stripped(&self) -> bool {
        self.stripped.is_some()
    }
    /// Line and column (1-based) of an offset; zeros if unknown.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        if let Some(lines) = &self.stripped {
            let lines = lines.starts();
            let line = lines.partition_point(|&s| s <= offset);
            return match lines.get(line.wrapping_sub(1)) {
                Some(start) => ((line as u32 - 1).saturating_add(self.first_line), offset - start + 1),
                None => (0, 0),
            };
        }
        let (l, c) = match self.lines.get_or_init(|| qjs_syntax::lines::LineTable::new(&self.text)) {
            Some(t) => t.locate(&self.text, offset),
            None => qjs_syntax::lines::locate(&self.text, offset),
        };
        ((l - 1).saturating_add(self.first_line), c)
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

/// The strings of a tagged template, cooked and raw.
pub type Strings = Vec<(Option<Text>, Text)>;
/// A tagged template, and the object made of it.
pub type TemplateSite = (Strings, OnceCell<Gc<Object>>);
/// A regular expression literal: source, flags, and the program once compiled.
pub type RegExpSite = (Gc<Str>, Gc<Str>, OnceCell<Rc<qjs_regexp::Program>>);

/// A function template: what closures are made of, and the body that running them takes.
///
/// That of code that was read is [`Unloaded`] at first, and its calls begin at a word that loads it: see
/// `serialize::stored`. A template derefs to its body, which is empty until then.
#[repr(C)]
pub struct Template {
    header: Header,
    /// Where calls begin: the body's first instruction, or [`LOAD`].
    entry: std::cell::Cell<*const Instr>,
    /// Written once, while it is empty: nothing borrows from what is in it.
    body: UnsafeCell<Body>,
    unloaded: RefCell<Option<Unloaded>>,
    pub source: Rc<Source>,
    pub captures: Box<[CaptureSource]>,
    pub name: Gc<Str>,
    pub length: u32,
    pub nparams: u16,
    pub nlocals: u16,
    pub nregs: u16,
    pub kind: FunctionKind,
    pub flags: u32,
    pub source_start: u32,
    pub source_end: u32,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Template {
    const KIND: Kind = Kind::Template;
}

/// The code of a function whose body is still to be read.
static LOAD: Instr = Instr::abc(Op::LoadBody, 0, 0, 0, 0);

/// What running a function takes.
#[derive(Default)]
pub struct Body {
    pub instrs: Box<[Instr]>,
    pub consts: Box<[Value]>,
    pub ics: Box<[InlineCache]>,
    pub children: Box<[Gc<Template>]>,
    pub handlers: Box<[Handler]>,
    pub eval_scopes: Box<[EvalScope]>,
    pub templates: Box<[TemplateSite]>,
    pub regexps: Box<[RegExpSite]>,
    pub global_decls: Box<[GlobalDecl]>,
    debug: Debug,
    charged: usize,
}

/// Names of variables, and positions.
#[derive(Default)]
pub(crate) enum Debug {
    #[default]
    None,
    Tables {
        capture_names: Box<[Gc<Str>]>,
        local_names: Box<[(u16, Gc<Str>)]>,
        positions: Box<[(u32, u32)]>,
    },
    /// As it was written.
    Stored(StoredDebug),
}

/// The interned string of a text.
pub fn intern_text(cx: &Context, t: &Text) -> Result<Gc<Str>> {
    let Some(place) = t.string() else {
        return Ok(cx.rt().atoms.empty());
    };
    if let Some(s) = place.get() {
        return Ok(s.clone());
    }
    let s = cx.rt().intern(t.chars())?;
    Ok(place.get_or_init(|| s).clone())
}
/// The property key that a text is.
fn text_key(cx: &Context, t: &Text) -> Result<PropertyKey> {
    let c = t.chars();
    if c.is_empty() || (48..58).contains(&c.at(0)) {
        return cx.rt().key_from_chars(c);
    }
    // (What is no index.)
    intern_text(cx, t).map(PropertyKey::interned)
}
/// A text's characters.
pub fn text_chars(t: &Text) -> Chars<'_> {
    t.chars()
}

/// What is known of a function without its body.
pub(crate) struct Head {
    pub captures: Box<[CaptureSource]>,
    pub name: Gc<Str>,
    pub length: u32,
    pub nparams: u16,
    pub nlocals: u16,
    pub nregs: u16,
    pub kind: FunctionKind,
    pub flags: u32,
    pub source_start: u32,
    pub source_end: u32,
}

/// What a body is made of: the emitter's code, or what was read, with its strings interned.
pub(crate) struct Parts {
    pub instrs: Box<[Instr]>,
    pub consts: Box<[Value]>,
    pub ic_keys: Vec<PropertyKey>,
    pub children: Box<[Gc<Template>]>,
    pub handlers: Box<[Handler]>,
    pub eval_scopes: Box<[EvalScope]>,
    pub templates: Vec<Strings>,
    pub regexps: Vec<(Gc<Str>, Gc<Str>)>,
    pub global_decls: Box<[GlobalDecl]>,
    pub debug: Debug,
    /// What texts in the lists above take.
    pub texts: usize,
}

impl Template {
    /// Makes a template (and those of the functions inside) of emitted code.
    pub fn new(cx: &Context, code: Code, source: &Rc<Source>) -> Result<Gc<Template>> {
        // Nothing of what is made here is garbage.
        cx.rt().defer_gc(|| Template::make(cx, code, source))
    }
    fn make(cx: &Context, code: Code, source: &Rc<Source>) -> Result<Gc<Template>> {
        cx.check_stack()?;
        let rt = cx.rt();
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
        let mut ic_keys = Vec::with_capacity(code.ic_keys.len());
        for k in &code.ic_keys {
            ic_keys.push(text_key(cx, k)?);
        }
        let mut children = Vec::with_capacity(code.children.len());
        for c in code.children {
            children.push(Template::make(cx, c, source)?);
        }
        let mut regexps = Vec::with_capacity(code.regexps.len());
        for (p, f) in &code.regexps {
            regexps.push((rt.new_chars(text_chars(p))?, intern_text(cx, f)?));
        }
        let mut capture_names = Vec::with_capacity(code.capture_names.len());
        for n in &code.capture_names {
            capture_names.push(intern_text(cx, n)?);
        }
        let mut local_names = Vec::with_capacity(code.local_names.len());
        for (r, n) in &code.local_names {
            local_names.push((*r, intern_text(cx, n)?));
        }
        let head = Head {
            captures: code.captures.into(),
            name: intern_text(cx, &code.name)?,
            length: code.length,
            nparams: code.nparams,
            nlocals: code.nlocals,
            nregs: code.nregs,
            kind: code.kind,
            flags: code.flags,
            source_start: code.source_start,
            source_end: code.source_end,
        };
        let parts = Parts {
            instrs: code.instrs.into(),
            consts: consts.into(),
            ic_keys,
            children: children.into(),
            handlers: code.handlers.into(),
            eval_scopes: code.eval_scopes.into(),
            templates: code.templates,
            regexps,
            global_decls: code.global_decls.into(),
            debug: Debug::Tables {
                capture_names: capture_names.into(),
                local_names: local_names.into(),
                positions: code.positions.into(),
            },
            texts: 0,
        };
        let t = Template::of_head(cx, head, source, None)?;
        t.set_body(cx, parts)?;
        Ok(t)
    }
    /// The cell, without a body; `unloaded` is where it will come from.
    pub(crate) fn of_head(
        cx: &Context,
        head: Head,
        source: &Rc<Source>,
        unloaded: Option<Unloaded>,
    ) -> Result<Gc<Template>> {
        let rt = cx.rt();
        let charged = head.captures.len() * std::mem::size_of::<CaptureSource>();
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
                entry: std::cell::Cell::new(&LOAD),
                body: UnsafeCell::default(),
                unloaded: RefCell::new(unloaded),
                source: source.clone(),
                captures: head.captures,
                name: head.name,
                length: head.length,
                nparams: head.nparams,
                nlocals: head.nlocals,
                nregs: head.nregs,
                kind: head.kind,
                flags: head.flags,
                source_start: head.source_start,
                source_end: head.source_end,
            });
            Ok(Gc::from_raw(t))
        }
    }
    /// Gives a template its body, unless it has one.
    pub(crate) fn set_body(&self, cx: &Context, parts: Parts) -> Result<()> {
        let rt = cx.rt();
        let debug = match &parts.debug {
            Debug::Tables { capture_names, local_names, positions } => {
                positions.len() * 8 + local_names.len() * 16 + capture_names.len() * 8
            }
            Debug::None | Debug::Stored(_) => 0,
        };
        let charged = parts.instrs.len() * 8
            + parts.consts.len() * 8
            + parts.ic_keys.len() * std::mem::size_of::<InlineCache>()
            + parts.children.len() * 8
            + parts.handlers.len() * std::mem::size_of::<Handler>()
            + parts.regexps.len() * std::mem::size_of::<RegExpSite>()
            + parts.global_decls.len() * std::mem::size_of::<GlobalDecl>()
            + parts.texts
            + debug;
        if !self.is_loaded() {
            if !rt.charge(charged) {
                return Err(cx.throw_oom());
            }
            let cache = |key: PropertyKey| InlineCache {
                key,
                shape: UnsafeCell::new(None),
                next: UnsafeCell::new(Value::UNDEFINED),
                slot: std::cell::Cell::new(0),
                epoch: std::cell::Cell::new(0),
            };
            let body = Body {
                instrs: parts.instrs,
                consts: parts.consts,
                ics: parts.ic_keys.into_iter().map(cache).collect(),
                children: parts.children,
                handlers: parts.handlers,
                eval_scopes: parts.eval_scopes,
                templates: parts.templates.into_iter().map(|t| (t, OnceCell::new())).collect(),
                regexps: parts.regexps.into_iter().map(|(p, f)| (p, f, OnceCell::new())).collect(),
                global_decls: parts.global_decls,
                debug: parts.debug,
                charged,
            };
            // SAFETY: there was no body before, so nothing borrows from one; and it had nothing to drop.
            unsafe { self.body.get().write(body) };
            self.entry.set(self.instrs.as_ptr());
            *self.unloaded.borrow_mut() = None;
        }
        Ok(())
    }
    fn is_loaded(&self) -> bool {
        !std::ptr::eq(self.entry.get(), &LOAD)
    }
    /// Where the body comes from; None if it is there.
    pub(crate) fn unloaded(&self) -> Option<Unloaded> {
        self.unloaded.borrow().clone()
    }
    /// Where calls begin.
    #[inline(always)]
    pub fn entry(&self) -> *const Instr {
        self.entry.get()
    }
    /// Which instruction a frame of this function is at: the one before `pc`. None: its body was yet to be loaded.
    pub(crate) fn index_before(&self, pc: *const Instr) -> Option<u32> {
        let at = (pc as usize).wrapping_sub(self.instrs.as_ptr() as usize) / std::mem::size_of::<Instr>();
        if at <= self.instrs.len() { (at as u32).checked_sub(1) } else { None }
    }
    /// Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(this: *mut Template) {
        // SAFETY: the template is dying; the header has no drop of its own.
        unsafe {
            let t = &*this;
            let captures = t.captures.len() * std::mem::size_of::<CaptureSource>();
            t.header.runtime().discharge(t.charged + captures);
            std::ptr::drop_in_place(this);
        }
    }
    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        self.children.iter().for_each(|c| t.visit(c.as_value()));
        for ic in self.ics.iter() {
            // SAFETY: nothing writes caches while the collector runs.
            unsafe {
                if let Some(s) = &*ic.shape.get() {
                    t.visit(s.as_value());
                }
                t.visit(&*ic.next.get());
            }
        }
        for (_, o) in self.templates.iter() {
            if let Some(o) = o.get() {
                t.visit(o.as_value());
            }
        }
    }
    /// The source position of an instruction: (line, column), 1-based.
    pub fn position(&self, pc: u32) -> (u32, u32) {
        let offset = match &self.debug {
            Debug::None => None,
            Debug::Tables { positions, .. } => {
                let i = positions.partition_point(|p| p.0 <= pc);
                i.checked_sub(1).map(|i| positions[i].1)
            }
            Debug::Stored(s) => s.positions(self.source_start).take_while(|p| p.0 <= pc).last().map(|p| p.1),
        };
        self.source.line_column(offset.unwrap_or(self.source_start))
    }
    /// The offset in the source from each instruction on.
    pub(crate) fn positions(&self) -> Vec<(u32, u32)> {
        match &self.debug {
            Debug::None => Vec::new(),
            Debug::Tables { positions, .. } => positions.to_vec(),
            Debug::Stored(s) => s.positions(self.source_start).collect(),
        }
    }
    /// The name of a register, for messages.
    pub(crate) fn local_name(&self, register: usize) -> Option<String> {
        match &self.debug {
            Debug::None => None,
            Debug::Tables { local_names, .. } => {
                local_names.iter().find(|(r, _)| *r as usize == register).map(|(_, n)| n.to_lossy())
            }
            Debug::Stored(s) => {
                s.local_names().find(|(r, _)| *r as usize == register).and_then(|n| s.text(n.1))
            }
        }
    }
    /// The name of a capture, for messages.
    pub(crate) fn capture_name(&self, i: usize) -> Option<String> {
        match &self.debug {
            Debug::None => None,
            Debug::Tables { capture_names, .. } => capture_names.get(i).map(|n| n.to_lossy()),
            Debug::Stored(s) => s.capture_names().find(|(c, _)| *c as usize == i).and_then(|n| s.text(n.1)),
        }
    }
    /// The names of captures and of registers, by number.
    #[allow(clippy::type_complexity)]
    pub(crate) fn names(&self, cx: &Context) -> Result<(Vec<(u32, Gc<Str>)>, Vec<(u32, Gc<Str>)>)> {
        Ok(match &self.debug {
            Debug::None => (Vec::new(), Vec::new()),
            Debug::Tables { capture_names, local_names, .. } => (
                capture_names.iter().enumerate().map(|(i, n)| (i as u32, n.clone())).collect(),
                local_names.iter().map(|(r, n)| (*r as u32, n.clone())).collect(),
            ),
            Debug::Stored(s) => {
                let read = |list: &mut dyn Iterator<Item = (u32, u32)>| {
                    list.map(|(i, n)| Ok((i, s.string(cx, n)?))).collect::<Result<Vec<_>>>()
                };
                (read(&mut s.capture_names())?, read(&mut s.local_names())?)
            }
        })
    }
    /// The function's source text.
    pub fn source_text(&self) -> &[u8] {
        self.source.text.get(self.source_start as usize..self.source_end as usize).unwrap_or(&[])
    }
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

impl std::ops::Deref for Template {
    type Target = Body;
    #[inline(always)]
    fn deref(&self) -> &Body {
        // SAFETY: written only by `set_body`, once, and nothing borrows from the body that there was before.
        unsafe { &*self.body.get() }
    }
}
