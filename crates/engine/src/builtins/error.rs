//! Error and its kin (20.5), SuppressedError, and backtraces' call sites.

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, ErrorData, FunctionSpec};
use crate::object::lazy::{
    Def, DefKey, METHOD, What, accessor, define_all, make_constructor, method, method_magic, tag,
};
use crate::object::{Object, Shape};
use crate::text::Str;
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::value::{Result, Value};
use crate::vm::backtrace::{DEFAULT_LIMIT, FrameInfo, Skip, attach, attach_own};

/// One kind of error: name, constructor, prototype, length, the prototype's members.
struct Kind {
    name: &'static str,
    constructor: Intrinsic,
    prototype: Intrinsic,
    length: i32,
    members: &'static [Def],
}

const fn text(name: &'static str, s: &'static str) -> Def {
    Def { key: DefKey::S(name), what: What::Text(s), flags: METHOD }
}

macro_rules! kind {
    ($name:literal, $constructor:ident, $prototype:ident, $length:literal $(, $more:expr)*) => {
        Kind {
            name: $name,
            constructor: Intrinsic::$constructor,
            prototype: Intrinsic::$prototype,
            length: $length,
            members: &[text("name", $name), text("message", "") $(, $more)*],
        }
    };
}

/// By the constructors' magic.
static KINDS: [Kind; 10] = [
    kind!(
        "Error",
        Error,
        ErrorPrototype,
        1,
        method("toString", to_string, 0),
        accessor("stack", get_stack, set_stack)
    ),
    kind!("EvalError", EvalError, EvalErrorPrototype, 1),
    kind!("RangeError", RangeError, RangeErrorPrototype, 1),
    kind!("ReferenceError", ReferenceError, ReferenceErrorPrototype, 1),
    kind!("SyntaxError", SyntaxError, SyntaxErrorPrototype, 1),
    kind!("TypeError", TypeError, TypeErrorPrototype, 1),
    kind!("URIError", URIError, URIErrorPrototype, 1),
    kind!("InternalError", InternalError, InternalErrorPrototype, 1),
    kind!("AggregateError", AggregateError, AggregateErrorPrototype, 2),
    kind!("SuppressedError", SuppressedError, SuppressedErrorPrototype, 3),
];
const ERROR: usize = 0;
const AGGREGATE: i32 = 8;
const SUPPRESSED: i32 = 9;

const STATICS: &[Def] = &[
    method("isError", is_error, 1),
    method("captureStackTrace", capture_stack_trace, 2),
    Def { key: DefKey::S("stackTraceLimit"), what: What::Int(DEFAULT_LIMIT as i32), flags: METHOD },
    Def { key: DefKey::S("prepareStackTrace"), what: What::Undefined, flags: METHOD },
];

/// Makes one kind's constructor and prototype, or the call sites' prototype.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    if i == Intrinsic::CallSitePrototype {
        let p = cx.new_object_with_proto(Some(cx.object_prototype()))?;
        define_all(cx, &p, CALL_SITE)?;
        cx.set_intrinsic(i, p);
        return Ok(());
    }
    match KINDS.iter().position(|k| k.constructor == i || k.prototype == i) {
        Some(k) => make_kind(cx, k),
        None => Ok(()),
    }
}

/// The number of the kind of errors whose prototype this is; None for other objects.
pub(crate) fn kind_of_prototype(cx: &Context, o: &Object) -> Option<u8> {
    let is = |i: Intrinsic| cx.has_intrinsic(i) && cx.intrinsic(i).is_ok_and(|p| p.is(o));
    KINDS.iter().position(|k| is(k.prototype)).map(|i| i as u8)
}
/// The prototype of the errors of a kind; None if there is no such kind.
pub(crate) fn prototype_of_kind(cx: &Context, kind: u8) -> Result<Option<Gc<Object>>> {
    KINDS.get(kind as usize).map(|k| cx.intrinsic(k.prototype).cloned()).transpose()
}

fn make_kind(cx: &Context, k: usize) -> Result<()> {
    let kind = &KINDS[k];
    let (parent, parent_proto) = if k == ERROR {
        (None, cx.object_prototype().clone())
    } else {
        let parent = cx.intrinsic(Intrinsic::Error)?.clone();
        (Some(parent), cx.intrinsic(Intrinsic::ErrorPrototype)?.clone())
    };
    let proto = cx.new_object_with_proto(Some(&parent_proto))?;
    let spec = FunctionSpec {
        f: constructor,
        name: kind.name,
        length: kind.length,
        magic: k as i32,
        constructor: true,
    };
    let statics = if k == ERROR { STATICS } else { &[] };
    let f = make_constructor(cx, &spec, parent.as_deref(), &proto, statics, kind.members)?;
    let shape = Shape::root(cx.rt(), Some(&proto))?.add(cx.rt(), cx.name(Name::message), METHOD)?;
    cx.keep_shape(&shape);
    cx.set_intrinsic(kind.prototype, proto);
    cx.set_intrinsic(kind.constructor, f);
    Ok(())
}

/// Error, NativeError, AggregateError, SuppressedError (20.5.1.1, 20.5.6.1.1, 20.5.7.1.1, 20.5.8.1.1)
fn constructor(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(kind) = KINDS.get(c.magic as usize) else {
        return Ok(Value::UNDEFINED);
    };
    let o = if c.is_construct() {
        cx.new_from_constructor(c.new_target, kind.prototype, id::ERROR, ErrorData::default())?
    } else {
        let proto = cx.intrinsic(kind.prototype)?.clone();
        cx.new_with_data(Some(&proto), id::ERROR, ErrorData::default())?
    };
    let first = match c.magic {
        AGGREGATE => 1,
        SUPPRESSED => 2,
        _ => 0,
    };
    let message = c.arg(first);
    if !message.is_undefined() {
        let m = cx.to_string(message)?;
        o.add_property(cx.name(Name::message), m.into(), METHOD)?;
    }
    match c.magic {
        SUPPRESSED => {
            o.add_property(cx.name(Name::error), c.arg(0).clone(), METHOD)?;
            o.add_property(cx.name(Name::suppressed), c.arg(1).clone(), METHOD)?;
        }
        _ => install_cause(cx, &o, c.arg(first + 1))?,
    }
    if c.magic == AGGREGATE {
        let errors = cx.new_array(0)?;
        cx.for_each(c.arg(0), |v| errors.push_element(v))?;
        o.add_property(cx.name(Name::errors), errors.into(), METHOD)?;
    }
    attach(cx, &o, Some(c.callee))?;
    Ok(o.into())
}

/// InstallErrorCause (20.5.8.1)
fn install_cause(cx: &Context, o: &Object, options: &Value) -> Result<()> {
    if let Some(options) = options.as_object()
        && options.has_property(cx, cx.name(Name::cause))?
    {
        let cause = options.get(cx, cx.name(Name::cause))?;
        o.add_property(cx.name(Name::cause), cause, METHOD)?;
    }
    Ok(())
}

/// Error.isError (20.5.2.1)
fn is_error(c: &Call<'_>) -> Result {
    let class = c.arg(0).as_object().map(|o| o.class());
    Ok(matches!(class, Some(id::ERROR | id::DOM_EXCEPTION)).into())
}

/// Error.captureStackTrace(object, function): gives the object a `stack` without the newest frames, down to and
/// including the function's.
fn capture_stack_trace(c: &Call<'_>) -> Result {
    let o = c.cx.expect_object(c.arg(0))?;
    let skip = match c.arg(1).as_object().filter(|f| f.is_callable()) {
        Some(f) => Skip::Through(f),
        None => Skip::Top(c.callee),
    };
    attach_own(c.cx, o, skip)?;
    Ok(Value::UNDEFINED)
}

/// Error.prototype.toString (20.5.3.4)
fn to_string(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.this)?;
    let name = o.get(cx, cx.name(Name::name))?;
    let name = if name.is_undefined() { cx.atom("Error")? } else { cx.to_string(&name)? };
    let message = o.get(cx, cx.name(Name::message))?;
    let message = if message.is_undefined() { cx.rt().atoms.empty() } else { cx.to_string(&message)? };
    if name.is_empty() {
        return Ok(message.into());
    }
    if message.is_empty() {
        return Ok(name.into());
    }
    let mut s = StringBuilder::new(cx.rt());
    s.push_string(&name)?;
    s.push_str(": ")?;
    s.push_string(&message)?;
    s.finish().map(Value::from)
}

/// get Error.prototype.stack (error stack accessor proposal)
fn get_stack(c: &Call<'_>) -> Result {
    let o = c.cx.expect_object(c.this)?;
    let Some(d) = o.data::<ErrorData>() else {
        return Ok(Value::UNDEFINED);
    };
    let stack = d.stack.borrow().clone();
    Ok(stack.unwrap_or_else(|| c.cx.name(Name::empty).raw().clone()))
}

/// set Error.prototype.stack (the same): SetterThatIgnoresPrototypeProperties.
fn set_stack(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.this)?;
    if !c.arg(0).is_string() {
        return Err(cx.throw_type("not a string"));
    }
    let home = cx.intrinsic(Intrinsic::ErrorPrototype)?.clone();
    set_ignoring_prototype(cx, o, &home, cx.name(Name::stack), c.arg(0).clone())?;
    Ok(Value::UNDEFINED)
}

/// SetterThatIgnoresPrototypeProperties (7.3.33)
pub(super) fn set_ignoring_prototype(
    cx: &Context,
    o: &Object,
    home: &Object,
    key: &PropertyKey,
    v: Value,
) -> Result<()> {
    if std::ptr::eq(o, home) {
        return Err(cx.throw_type(&format!("cannot assign to '{}' of a prototype", key.to_lossy())));
    }
    if o.get_own_property(cx, key)?.is_none() {
        o.create_data_property_or_throw(cx, key, v)
    } else {
        o.set(cx, key, v)
    }
}

/// Is the pending exception one that no script may catch?
pub(crate) fn pending_is_uncatchable(cx: &Context) -> bool {
    let Some(e) = cx.rt().peek_exception() else {
        return false;
    };
    e.as_object().and_then(|o| o.data::<ErrorData>()).is_some_and(|d| d.uncatchable.get())
}

// ---- call sites

/// The payload of call sites: one frame of a backtrace.
struct CallSite {
    function: Value,
    name: Gc<Str>,
    file: Option<Gc<Str>>,
    line: u32,
    column: u32,
    native: bool,
}
impl Payload for CallSite {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::CALL_SITE..=id::CALL_SITE;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.function);
    }
}

/// Payload of the class CallSite.
pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<CallSite>()), None)
}

const GET_FUNCTION: i32 = 0;
const GET_FUNCTION_NAME: i32 = 1;
const GET_FILE_NAME: i32 = 2;
const GET_LINE_NUMBER: i32 = 3;
const GET_COLUMN_NUMBER: i32 = 4;
const IS_NATIVE: i32 = 5;

const CALL_SITE: &[Def] = &[
    method_magic("isNative", call_site_field, 0, IS_NATIVE),
    method_magic("getFileName", call_site_field, 0, GET_FILE_NAME),
    method_magic("getFunction", call_site_field, 0, GET_FUNCTION),
    method_magic("getFunctionName", call_site_field, 0, GET_FUNCTION_NAME),
    method_magic("getColumnNumber", call_site_field, 0, GET_COLUMN_NUMBER),
    method_magic("getLineNumber", call_site_field, 0, GET_LINE_NUMBER),
    tag("CallSite"),
];

/// A call site for Error.prepareStackTrace.
pub(crate) fn new_call_site(cx: &Context, f: &FrameInfo) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::CallSitePrototype)?.clone();
    let data = CallSite {
        function: f.function.as_ref().map_or(Value::UNDEFINED, |f| f.to_value()),
        name: f.name.clone(),
        file: f.file.clone(),
        line: f.line,
        column: f.column,
        native: f.native,
    };
    cx.new_with_data(Some(&proto), id::CALL_SITE, data)
}

fn call_site_field(c: &Call<'_>) -> Result {
    let Some(s) = c.this.as_object().and_then(|o| o.data::<CallSite>()) else {
        return Err(c.cx.throw_type("not a CallSite object"));
    };
    let number = |n: u32| if n == 0 { Value::NULL } else { Value::from_u32(n) };
    Ok(match c.magic {
        GET_FUNCTION => s.function.clone(),
        GET_FUNCTION_NAME if s.name.is_empty() => Value::NULL,
        GET_FUNCTION_NAME => s.name.to_value(),
        GET_FILE_NAME => s.file.as_ref().map_or(Value::NULL, |f| f.to_value()),
        GET_LINE_NUMBER => number(s.line),
        GET_COLUMN_NUMBER => number(s.column),
        _ => s.native.into(),
    })
}
