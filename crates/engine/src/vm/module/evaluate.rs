//! Evaluation (16.2.1.6.1.3), with top-level await and deferred imports.

use super::{AsyncOrder, Body, Module, Phase, Status};
use crate::builtins::promise;
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::object::Object;
use crate::object::function::Call;
use crate::value::{Result, Value};
use crate::vm::park;
use std::collections::HashSet;

/// Evaluate (16.2.1.6.1.3): a promise for the end of the evaluation of `module`, which is linked.
///
/// # Errors
/// Only what script may not catch; it rejects the promise all the same, as the modules' other errors do.
pub fn evaluate(cx: &Context, module: &Module) -> Result<Gc<Object>> {
    let mut module = module.to_gc();
    if matches!(module.status(), Status::EvaluatingAsync | Status::Evaluated) {
        let root = module.data().cycle_root.borrow().clone();
        if let Some(root) = root {
            module = root;
        }
    }
    let existing = module.data().capability.borrow().as_ref().map(|c| c.promise.clone());
    if let Some(p) = existing.as_ref().and_then(|p| p.as_object()) {
        return Ok(p.to_gc());
    }
    let realm = module.realm().clone();
    let ctor = realm.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(&realm, &ctor)?;
    *module.data().capability.borrow_mut() = Some(cap.clone());
    let mut stack = Vec::new();
    match inner(cx, &module, &mut stack, &mut 0) {
        Ok(()) => {
            // (Done: evaluated before, for a module that imports it, which left it no capability.)
            if !matches!(module.data().async_order.get(), AsyncOrder::At(_)) {
                cx.call(&cap.resolve, &Value::UNDEFINED, &[Value::UNDEFINED])?;
            }
        }
        Err(t) => {
            let e = match promise::caught(cx, t) {
                Ok(e) => e,
                Err(t) => {
                    let e = cx.rt().take_exception().unwrap_or_default();
                    fail_all(stack, &e);
                    if let Some(p) = cap.promise.as_object() {
                        promise::reject(cx, p, e.clone())?;
                    }
                    cx.rt().set_exception(e);
                    return Err(t);
                }
            };
            fail_all(stack, &e);
            cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
        }
    }
    match cap.promise.into_gc::<Object>() {
        Ok(p) => Ok(p),
        Err(_) => Err(cx.throw_type("not a promise")),
    }
}

/// The same for C, where nothing can be caught that should not be: there is always a promise.
pub fn evaluate_for_host(cx: &Context, module: &Module) -> Result<Gc<Object>> {
    evaluate(cx, module).or_else(|t| {
        let capability = module.data().capability.borrow();
        match capability.as_ref().and_then(|c| c.promise.as_object()) {
            Some(p) if promise::state(p).is_some_and(|(s, _)| s == promise::State::Rejected) => {
                cx.rt().clear_exception();
                Ok(p.to_gc())
            }
            _ => Err(t),
        }
    })
}

fn fail_all(stack: Vec<Gc<Module>>, e: &Value) {
    for m in stack {
        m.end(Status::Evaluated);
        *m.data().error.borrow_mut() = Some(e.clone());
    }
}

impl Module {
    fn end(&self, s: Status) {
        self.data().status.set(s);
    }
    /// [[EvaluationError]]
    pub fn error(&self) -> Option<Value> {
        self.data().error.borrow().clone()
    }

    /// ExecuteModule (16.2.1.7.3.2) of a module that does not await.
    fn execute(&self) -> Result<()> {
        let d = self.data();
        match &d.body {
            Body::Native(init) => init(&d.realm, self),
            Body::Table(_) => Ok(()),
            Body::Source { coroutine, .. } => {
                let co = coroutine.borrow_mut().take();
                match co {
                    Some(co) => promise::as_if_async(&d.realm, || park::run_module(&d.realm, &co, None)),
                    None => Err(d.realm.throw_type("module is not linked")),
                }
            }
        }
    }
    fn reaction(&self, cx: &Context, f: crate::object::function::NativeFn) -> Result {
        Ok(cx.new_native_full(f, None, 1, 0, false, Box::new([self.to_gc().into()]))?.into())
    }
    /// ExecuteAsyncModule (16.2.1.6.1.3.2)
    fn execute_async(&self) -> Result<()> {
        let d = self.data();
        let cx = &*d.realm;
        let p = promise::new_promise(cx)?;
        let done = self.reaction(cx, |c| with_module(c, |m| fulfilled(c.cx, m)))?;
        let failed = self.reaction(cx, |c| with_module(c, |m| rejected(c.cx, m, c.arg(0))))?;
        let Body::Source { coroutine, .. } = &d.body else {
            return Ok(());
        };
        let co = coroutine.borrow_mut().take();
        match co {
            Some(co) => park::run_module(cx, &co, Some(&p))?,
            None => return Err(cx.throw_type("module is not linked")),
        }
        promise::then_unseen(cx, &p, done, failed)
    }
    fn settle(&self, cx: &Context, error: Option<&Value>) -> Result<()> {
        let cap = self.data().capability.borrow().clone();
        let Some(cap) = cap else {
            return Ok(());
        };
        match error {
            Some(e) => cx.call(&cap.reject, &Value::UNDEFINED, std::slice::from_ref(e))?,
            None => cx.call(&cap.resolve, &Value::UNDEFINED, &[Value::UNDEFINED])?,
        };
        Ok(())
    }
    /// IsModuleSCCEvaluated
    fn is_cycle_evaluated(&self) -> bool {
        match &*self.data().cycle_root.borrow() {
            Some(root) => root.status() == Status::Evaluated,
            None => self.status() == Status::Evaluated,
        }
    }
    fn required(&self, i: usize) -> Option<Gc<Module>> {
        self.requests().get(i).and_then(|r| r.module())
    }
}

fn with_module(c: &Call<'_>, f: impl FnOnce(&Module) -> Result<()>) -> Result {
    if let Some(m) = c.capture(0).as_gc::<Module>() {
        f(&m.clone())?;
    }
    Ok(Value::UNDEFINED)
}

/// InnerModuleEvaluation (16.2.1.6.1.3.1)
fn inner(cx: &Context, module: &Module, stack: &mut Vec<Gc<Module>>, index: &mut u32) -> Result<()> {
    let d = module.data();
    match d.status.get() {
        Status::EvaluatingAsync | Status::Evaluated => {
            return match module.error() {
                Some(e) => Err(cx.throw(e)),
                None => Ok(()),
            };
        }
        Status::Evaluating => return Ok(()),
        Status::Linked => {}
        _ => return Err(cx.throw_type("module is not linked")),
    }
    d.status.set(Status::Evaluating);
    d.dfs_index.set(*index);
    d.dfs_ancestor.set(*index);
    d.pending.set(0);
    *index += 1;
    stack.push(module.to_gc());
    cx.check_stack()?;

    let mut list: Vec<Gc<Module>> = Vec::new();
    let mut listed = HashSet::new();
    for (i, request) in d.requests.iter().enumerate() {
        let Some(required) = module.required(i) else { continue };
        if request.phase == Phase::Defer {
            for m in async_dependencies(cx, &required)? {
                if listed.insert(std::ptr::from_ref(&*m)) {
                    list.push(m);
                }
            }
        } else if listed.insert(std::ptr::from_ref(&*required)) {
            list.push(required);
        }
    }
    for mut required in list {
        inner(cx, &required, stack, index)?;
        if required.status() == Status::Evaluating {
            d.dfs_ancestor.set(d.dfs_ancestor.get().min(required.data().dfs_ancestor.get()));
        } else {
            let root = required.data().cycle_root.borrow().clone();
            if let Some(root) = root {
                required = root;
            }
            if let Some(e) = required.error() {
                return Err(cx.throw(e));
            }
        }
        if matches!(required.data().async_order.get(), AsyncOrder::At(_)) {
            d.pending.set(d.pending.get() + 1);
            required.data().async_parents.borrow_mut().push(module.to_gc());
        }
    }
    if d.pending.get() > 0 || d.has_tla {
        let order = &cx.rt().async_module_order;
        order.set(order.get() + 1);
        d.async_order.set(AsyncOrder::At(order.get()));
        if d.pending.get() == 0 {
            module.execute_async()?;
        }
    } else {
        module.execute()?;
    }
    if d.dfs_ancestor.get() == d.dfs_index.get() {
        while let Some(m) = stack.pop() {
            let unset = m.data().async_order.get() == AsyncOrder::Unset;
            m.end(if unset { Status::Evaluated } else { Status::EvaluatingAsync });
            *m.data().cycle_root.borrow_mut() = Some(module.to_gc());
            if m.is(module) {
                break;
            }
        }
    }
    Ok(())
}

/// AsyncModuleExecutionFulfilled (16.2.1.6.1.3.4)
fn fulfilled(cx: &Context, module: &Module) -> Result<()> {
    let d = module.data();
    if d.status.get() == Status::Evaluated {
        return Ok(());
    }
    d.async_order.set(AsyncOrder::Done);
    module.end(Status::Evaluated);
    module.settle(cx, None)?;
    let mut ready = Vec::new();
    available_ancestors(cx, module, &mut ready)?;
    ready.sort_by_key(|m| m.data().async_order.get());
    for m in ready {
        if m.status() == Status::Evaluated {
            continue;
        }
        if m.data().has_tla {
            m.execute_async()?;
            continue;
        }
        match m.execute() {
            Ok(()) => {
                m.data().async_order.set(AsyncOrder::Done);
                m.end(Status::Evaluated);
                m.settle(cx, None)?;
            }
            Err(t) => {
                let e = promise::caught(cx, t)?;
                rejected(cx, &m, &e)?;
            }
        }
    }
    Ok(())
}

/// GatherAvailableAncestors (16.2.1.6.1.3.3)
fn available_ancestors(cx: &Context, module: &Module, out: &mut Vec<Gc<Module>>) -> Result<()> {
    cx.check_stack()?;
    let parents = module.data().async_parents.borrow().clone();
    for m in parents {
        let failed = match &*m.data().cycle_root.borrow() {
            Some(root) => root.error().is_some(),
            None => m.error().is_some(),
        };
        if failed || out.iter().any(|x| x.is(&m)) {
            continue;
        }
        let left = m.data().pending.get().saturating_sub(1);
        m.data().pending.set(left);
        if left == 0 {
            out.push(m.clone());
            if !m.data().has_tla {
                available_ancestors(cx, &m, out)?;
            }
        }
    }
    Ok(())
}

/// AsyncModuleExecutionRejected (16.2.1.6.1.3.5)
fn rejected(cx: &Context, module: &Module, error: &Value) -> Result<()> {
    cx.check_stack()?;
    let d = module.data();
    if d.status.get() == Status::Evaluated {
        return Ok(());
    }
    *d.error.borrow_mut() = Some(error.clone());
    module.end(Status::Evaluated);
    d.async_order.set(AsyncOrder::Done);
    module.settle(cx, Some(error))?;
    let parents = d.async_parents.borrow().clone();
    for m in parents {
        rejected(cx, &m, error)?;
    }
    Ok(())
}

// ---- deferred evaluation

/// GatherAsynchronousTransitiveDependencies: what a deferred module cannot do without and must await.
pub(super) fn async_dependencies(cx: &Context, module: &Module) -> Result<Vec<Gc<Module>>> {
    let mut out = Vec::new();
    gather(cx, module, &mut HashSet::new(), &mut out)?;
    Ok(out)
}
fn gather(
    cx: &Context,
    module: &Module,
    seen: &mut HashSet<*const Module>,
    out: &mut Vec<Gc<Module>>,
) -> Result<()> {
    cx.check_stack()?;
    if !seen.insert(module) || module.status() == Status::Evaluating || module.is_cycle_evaluated() {
        return Ok(());
    }
    if module.data().has_tla {
        if !out.iter().any(|m| m.is(module)) {
            out.push(module.to_gc());
        }
        return Ok(());
    }
    for i in 0..module.requests().len() {
        if let Some(m) = module.required(i) {
            gather(cx, &m, seen, out)?;
        }
    }
    Ok(())
}

/// ReadyForSyncExecution
fn ready_for_sync(cx: &Context, module: &Module, seen: &mut HashSet<*const Module>) -> Result<bool> {
    cx.check_stack()?;
    if !seen.insert(module) || module.is_cycle_evaluated() {
        return Ok(true);
    }
    if module.status() != Status::Linked || module.data().has_tla {
        return Ok(false);
    }
    for i in 0..module.requests().len() {
        if let Some(m) = module.required(i)
            && !ready_for_sync(cx, &m, seen)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// EvaluateModuleSync: a deferred module, now that somebody looks into it.
///
/// # Errors
/// A TypeError if it cannot be evaluated at this moment, else what its evaluation throws.
pub(super) fn evaluate_sync(cx: &Context, module: &Module) -> Result<()> {
    if !module.is_cycle_evaluated() && !ready_for_sync(cx, module, &mut HashSet::new())? {
        return Err(cx.throw_type("deferred module cannot be evaluated now"));
    }
    let p = evaluate(cx, module)?;
    match promise::state(&p) {
        Some((promise::State::Rejected, e)) => {
            promise::set_handled(cx, &p);
            Err(cx.throw(e))
        }
        _ => Ok(()),
    }
}
