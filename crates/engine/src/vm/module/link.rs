//! Linking (16.2.1.6.1.2): export names are resolved, importers get the exporters' Boxes, functions are hoisted.

use super::{Body, Module, Phase, Status, load};
use crate::context::Context;
use crate::heap::{BoxCell, Gc};
use crate::object::lazy;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Thrown};
use crate::vm::{make, park};
use std::collections::HashSet;

/// A ResolvedBinding Record, or why there is none.
pub(super) enum Resolution {
    Cell(Gc<BoxCell>),
    Namespace(Gc<Module>, Phase),
    NotFound,
    Ambiguous,
    Circular,
}

impl Resolution {
    /// Are they the same binding?
    fn same(&self, other: &Resolution) -> bool {
        match (self, other) {
            (Resolution::Cell(a), Resolution::Cell(b)) => a.is(b),
            (Resolution::Namespace(a, p), Resolution::Namespace(b, q)) => a.is(b) && p == q,
            _ => false,
        }
    }
}

type ResolveSet = HashSet<(*const Module, PropertyKey)>;

impl Module {
    /// ResolveExport (16.2.1.7.2.2)
    pub(super) fn resolve_export(&self, cx: &Context, name: &PropertyKey) -> Result<Resolution> {
        self.resolve_in(cx, name, &mut ResolveSet::new())
    }
    fn resolve_in(&self, cx: &Context, name: &PropertyKey, seen: &mut ResolveSet) -> Result<Resolution> {
        cx.check_stack()?;
        let d = self.data();
        // (What is found here ends the search: whether the search was here before need not be asked yet.)
        if let Some(slot) = self.local_slot(cx, name)? {
            // `import * as ns` exported again is the namespace itself.
            if let Some(i) = d.imports.iter().find(|i| i.slot == slot) {
                let phase = d.requests[i.request as usize].phase;
                return Ok(Resolution::Namespace(self.requested(cx, i.request)?, phase));
            }
            return Ok(self.cell(slot as usize).map_or(Resolution::NotFound, Resolution::Cell));
        }
        if !seen.insert((std::ptr::from_ref(self), name.clone())) {
            return Ok(Resolution::Circular);
        }
        if let Some(e) = d.indirect.iter().find(|e| e.name == *name) {
            let from = self.requested(cx, e.request)?;
            return match &e.import {
                None => Ok(Resolution::Namespace(from, Phase::Evaluation)),
                Some(n) => from.resolve_in(cx, n, seen),
            };
        }
        if name == cx.name(Name::default) {
            return Ok(Resolution::NotFound);
        }
        let mut found = Resolution::NotFound;
        for &star in &d.stars {
            match self.requested(cx, star)?.resolve_in(cx, name, seen)? {
                Resolution::Ambiguous => return Ok(Resolution::Ambiguous),
                Resolution::NotFound | Resolution::Circular => {}
                r => match found {
                    Resolution::NotFound => found = r,
                    f if f.same(&r) => found = f,
                    _ => return Ok(Resolution::Ambiguous),
                },
            }
        }
        Ok(found)
    }

    /// GetExportedNames (16.2.1.7.2.1)
    pub(super) fn exported_names(&self, cx: &Context) -> Result<Vec<PropertyKey>> {
        let mut names = Vec::new();
        let mut known = HashSet::new();
        self.collect_names(cx, &mut HashSet::new(), &mut |name| {
            if known.insert(name.clone()) {
                names.push(name.clone());
            }
        })?;
        Ok(names)
    }
    fn collect_names(
        &self,
        cx: &Context,
        seen: &mut HashSet<*const Module>,
        add: &mut dyn FnMut(&PropertyKey),
    ) -> Result<()> {
        cx.check_stack()?;
        if !seen.insert(self) {
            return Ok(());
        }
        let d = self.data();
        match &d.body {
            Body::Table(table) => table.iter().try_for_each(|row| lazy::def_key(cx, row).map(|k| add(&k)))?,
            _ => d.exports.borrow().keys().for_each(&mut *add),
        }
        d.indirect.iter().for_each(|e| add(&e.name));
        let default = cx.name(Name::default).clone();
        for &star in &d.stars {
            self.requested(cx, star)?.collect_names(cx, seen, &mut |n| {
                if *n != default {
                    add(n);
                }
            })?;
        }
        Ok(())
    }

    /// The module of one of the requests.
    fn requested(&self, cx: &Context, request: u32) -> Result<Gc<Module>> {
        match self.requests().get(request as usize).and_then(|r| r.module()) {
            Some(m) => Ok(m),
            None => Err(cx.throw_reference("a requested module is not loaded")),
        }
    }

    /// Throws for a name that an import or re-export asks `from` for in vain.
    fn throw_unresolved(
        &self,
        cx: &Context,
        r: &Resolution,
        name: &PropertyKey,
        from: &Module,
        at: u32,
    ) -> Thrown {
        let (name, from) = (name.to_lossy(), from.name().to_lossy());
        let text = match r {
            Resolution::Ambiguous => format!("export '{name}' in module '{from}' is ambiguous"),
            Resolution::Circular => {
                format!("circular reference when looking for export '{name}' in module '{from}'")
            }
            _ => format!("Could not find export '{name}' in module '{from}'"),
        };
        self.throw_syntax_at(cx, at, &text)
    }

    /// InitializeEnvironment (16.2.1.7.3.1)
    fn initialize(&self, cx: &Context) -> Result<()> {
        let d = self.data();
        for e in &d.indirect {
            let from = self.requested(cx, e.request)?;
            match self.resolve_export(cx, &e.name)? {
                Resolution::Cell(_) | Resolution::Namespace(..) => {}
                r => return Err(self.throw_unresolved(cx, &r, &e.name, &from, e.position)),
            }
        }
        for i in &d.imports {
            let from = self.requested(cx, i.request)?;
            let phase = self.requests()[i.request as usize].phase;
            if phase == Phase::Source {
                let text = format!("module '{}' has no source object", from.name().to_lossy());
                return Err(self.throw_syntax_at(cx, i.position, &text));
            }
            let Some(name) = &i.name else {
                // The slot's own Box, which re-exporters may have by now.
                let ns = from.namespace_for(cx, phase)?;
                if let Some(b) = self.cell(i.slot as usize) {
                    b.set(ns.into());
                }
                continue;
            };
            let b = match from.resolve_export(cx, name)? {
                Resolution::Cell(b) => b,
                Resolution::Namespace(m, phase) => cx.rt().new_box(m.namespace_for(cx, phase)?.into())?,
                r => return Err(self.throw_unresolved(cx, &r, name, &from, i.position)),
            };
            if let Some(c) = d.cells.borrow_mut().get_mut(i.slot as usize) {
                *c = Some(b);
            }
        }
        if let Body::Source { template, coroutine, .. } = &d.body {
            let f = make::new_function(&d.realm, template, Vec::new())?;
            let co = park::start_module(&d.realm, &f)?;
            *coroutine.borrow_mut() = Some(co);
        }
        Ok(())
    }
}

/// Link (16.2.1.6.1.2), after all that it needs was loaded.
///
/// # Errors
/// A SyntaxError for a name that cannot be resolved: the modules that were being linked are unlinked again.
pub fn link(cx: &Context, module: &Module) -> Result<()> {
    let mut stack = Vec::new();
    let mut index = 0;
    let r = inner_link(cx, module, &mut stack, &mut index);
    if r.is_err() {
        for m in stack {
            m.data().status.set(Status::Unlinked);
            if let Body::Source { coroutine, .. } = &m.data().body {
                let old = coroutine.borrow_mut().take();
                drop(old);
            }
        }
    }
    r
}

/// InnerModuleLinking (16.2.1.6.1.2.1)
fn inner_link(cx: &Context, module: &Module, stack: &mut Vec<Gc<Module>>, index: &mut u32) -> Result<()> {
    cx.check_stack()?;
    let d = module.data();
    if d.status.get() != Status::Unlinked {
        return Ok(());
    }
    d.status.set(Status::Linking);
    d.dfs_index.set(*index);
    d.dfs_ancestor.set(*index);
    *index += 1;
    stack.push(module.to_gc());
    for i in 0..d.requests.len() as u32 {
        let required = module.requested(cx, i)?;
        inner_link(cx, &required, stack, index)?;
        if required.status() == Status::Linking {
            d.dfs_ancestor.set(d.dfs_ancestor.get().min(required.data().dfs_ancestor.get()));
        }
    }
    module.initialize(cx)?;
    if d.dfs_ancestor.get() == d.dfs_index.get() {
        while let Some(m) = stack.pop() {
            m.data().status.set(Status::Linked);
            if m.is(module) {
                break;
            }
        }
    }
    Ok(())
}

/// Loads and links: what `JS_EvalFunction` does before evaluating.
pub fn load_and_link(cx: &Context, module: &Module) -> Result<()> {
    load::load_requested(cx, module)?;
    link(cx, module)
}
