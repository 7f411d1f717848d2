//! Array iterators (23.1.5).

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::buffer::typed_array;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, NativeFn};
use crate::object::lazy::{Def, define_all, method, tag};
use crate::value::{Result, Value};
use std::cell::{Cell, RefCell};

/// What an array iterator answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IteratorKind {
    Keys,
    Values,
    Entries,
}

/// The payload of array iterators.
pub struct ArrayIteratorData {
    /// None once the iteration is over.
    object: RefCell<Option<Gc<Object>>>,
    index: Cell<u64>,
    kind: IteratorKind,
}

impl Payload for ArrayIteratorData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::ARRAY_ITERATOR..=id::ARRAY_ITERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(o) = &*self.object.borrow() {
            t.visit(o.as_value());
        }
    }
}

/// CreateArrayIterator (23.1.5.1).
pub fn create(cx: &Context, object: Gc<Object>, kind: IteratorKind) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::ArrayIteratorPrototype)?.clone();
    let data = ArrayIteratorData { object: RefCell::new(Some(object)), index: Cell::new(0), kind };
    cx.new_with_data(Some(&proto), id::ARRAY_ITERATOR, data)
}

/// One step without a result object: None when the iteration is over. For the machine's for-of, when the
/// iterator's `next` is the original ([`NEXT`]).
pub(crate) fn step(cx: &Context, it: &ArrayIteratorData) -> Result<Option<Value>> {
    let Some(o) = it.object.borrow().clone() else {
        return Ok(None);
    };
    let i = it.index.get();
    let len = match typed_array(&o) {
        Some((v, e)) => match v.current_length(e.shift()) {
            Some(n) => n as u64,
            None => {
                return Err(cx.throw_type("typed array is out of bounds or its buffer is detached"));
            }
        },
        None => cx.length_of(&o)?,
    };
    if i >= len {
        drop(it.object.take());
        return Ok(None);
    }
    it.index.set(i + 1);
    Ok(Some(match it.kind {
        IteratorKind::Keys => Value::number(i as f64),
        IteratorKind::Values => o.get_index(cx, i)?,
        IteratorKind::Entries => {
            let v = o.get_index(cx, i)?;
            cx.new_array_from([Value::number(i as f64), v])?.into()
        }
    }))
}

/// %ArrayIteratorPrototype%.next (23.1.5.2.1)
fn next(c: &Call<'_>) -> Result {
    let Some(it) = c.this.as_object().and_then(|o| o.data::<ArrayIteratorData>()) else {
        return Err(c.cx.throw_type("not an Array Iterator"));
    };
    match step(c.cx, it)? {
        Some(v) => c.cx.iter_result(v, false),
        None => c.cx.iter_result(Value::UNDEFINED, true),
    }
}

/// %ArrayIteratorPrototype%.next
pub(crate) const NEXT: NativeFn = next;

const MEMBERS: &[Def] = &[method("next", NEXT, 0), tag("Array Iterator")];

/// Makes %ArrayIteratorPrototype%. (ArrayProtoValues is there already: see `array::init_prototype`.)
pub fn init(cx: &Context) -> Result<()> {
    let parent = cx.intrinsic(Intrinsic::IteratorPrototype)?.clone();
    let proto = cx.new_object_with_proto(Some(&parent))?;
    define_all(cx, &proto, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::ArrayIteratorPrototype, proto);
    Ok(())
}

pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<ArrayIteratorData>()), None)
}
