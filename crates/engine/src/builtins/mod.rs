//! The builtins: one file per global, declared as const tables, made into objects on first touch.
//!
//! Each file offers `init`, which makes its constructor and prototype and registers them with
//! `cx.set_intrinsic`, and, where it has classes of its own, `class`, which says their payload and exotic methods.
#![deny(unsafe_code)]

pub mod array;
pub mod array_buffer;
pub mod array_iterator;
pub mod atomics;
pub mod bigint;
pub mod boolean;
pub mod dataview;
pub mod date;
pub mod disposable_stack;
pub mod dom_exception;
pub mod error;
pub mod function;
pub mod generator;
pub mod globals;
pub mod hash_table;
pub mod iterator;
pub(crate) mod iterator_helper;
pub mod json;
mod json_parse;
pub mod json_stringify;
pub mod map_set;
pub mod math;
pub mod number;
pub mod object;
pub mod performance;
pub mod promise;
pub mod proxy;
pub mod reflect;
pub mod regexp;
mod regexp_symbols;
pub mod string;
mod string_case;
mod string_proto;
pub mod structured_clone;
pub mod symbol;
pub mod typed_array;
pub(crate) mod typed_array_proto;
mod uint8_text;
pub mod weak;

use crate::context::{Context, Intrinsic};
use crate::object::class::{ClassId, ClassVt, id, vt_of};
use crate::object::exotic::Exotic;
use crate::object::{array::ArrayData, function as fun};
use crate::value::Result;

/// Payload and exotic methods of a class.
pub type Behaviour = (Option<&'static ClassVt>, Option<&'static dyn Exotic>);

/// How the engine treats objects of its own classes.
pub(crate) fn class_behaviour(c: ClassId) -> Behaviour {
    let vt = match c {
        id::ARRAY | id::ARGUMENTS | id::MAPPED_ARGUMENTS => vt_of::<ArrayData>(),
        id::SLOW_ARGUMENTS => {
            return (Some(vt_of::<ArrayData>()), Some(&crate::object::arguments::ArgumentsExotic));
        }
        id::ERROR => vt_of::<fun::ErrorData>(),
        id::STRING => return (Some(vt_of::<fun::Primitive>()), string::exotic()),
        id::NUMBER | id::BOOLEAN | id::SYMBOL => vt_of::<fun::Primitive>(),
        id::BIGINT => vt_of::<fun::BigIntPrimitive>(),
        id::NATIVE_FUNCTION => vt_of::<fun::NativeData>(),
        id::FUNCTION => vt_of::<fun::FunctionData>(),
        id::BOUND_FUNCTION => vt_of::<fun::BoundData>(),
        id::PROXY => return (Some(vt_of::<proxy::ProxyData>()), Some(&proxy::ProxyExotic)),
        id::DATE => return date::class(c),
        id::REGEXP | id::REGEXP_STRING_ITERATOR => return regexp::class(c),
        id::STRING_ITERATOR => return string::class(c),
        id::ARRAY_ITERATOR => return array_iterator::class(c),
        id::ARRAY_BUFFER | id::SHARED_ARRAY_BUFFER => return array_buffer::class(c),
        id::UINT8C_ARRAY..=id::FLOAT64_ARRAY => return typed_array::class(c),
        id::DATAVIEW => return dataview::class(c),
        id::MAP | id::SET | id::MAP_ITERATOR | id::SET_ITERATOR => return map_set::class(c),
        id::WEAK_MAP..=id::FINALIZATION_REGISTRY => return weak::class(c),
        id::ITERATOR_HELPER..=id::ITERATOR_CONCAT => return iterator::class(c),
        id::CALL_SITE => return error::class(c),
        id::PROMISE => return promise::class(c),
        id::GENERATOR | id::ASYNC_GENERATOR | id::INTERNAL => return crate::vm::park::class(),
        id::ASYNC_FROM_SYNC_ITERATOR => return crate::vm::async_iter::class(),
        id::DISPOSABLE_STACK | id::ASYNC_DISPOSABLE_STACK => return disposable_stack::class(c),
        id::DOM_EXCEPTION => return dom_exception::class(c),
        id::MODULE_NS => return crate::vm::module::namespace::class(),
        id::FOR_IN => return (Some(crate::vm::for_in_class()), None),
        id::HOST_FILE | id::HOST_WORKER => vt_of::<crate::object::host::HostData>(),
        _ => return (None, None),
    };
    (Some(vt), None)
}

/// What every context has from the start, raw or not: the members of the three base prototypes.
pub(crate) fn init_base(cx: &Context) -> Result<()> {
    object::init_prototype(cx)?;
    function::init_prototype(cx)?;
    array::init_prototype(cx)
}

/// Makes a well-known object (and its siblings).
pub(crate) fn make_intrinsic(cx: &Context, i: Intrinsic) -> Result<()> {
    use Intrinsic as I;
    match i {
        I::Object | I::ObjProtoValueOf | I::ObjProtoToString => object::init(cx),
        I::Function | I::ThrowTypeError => function::init(cx),
        I::Array => array::init(cx),
        I::ArrayIteratorPrototype | I::ArrayProtoValues => array_iterator::init(cx),
        _ if (I::ErrorPrototype as u8..=I::SuppressedError as u8).contains(&(i as u8)) => error::init(cx, i),
        I::CallSitePrototype => error::init(cx, i),
        I::Boolean | I::BooleanPrototype => boolean::init(cx),
        I::Number | I::NumberPrototype => number::init(cx),
        I::String | I::StringPrototype | I::StringIteratorPrototype => string::init(cx),
        I::Symbol | I::SymbolPrototype => symbol::init(cx),
        I::BigInt | I::BigIntPrototype => bigint::init(cx),
        I::Date | I::DatePrototype => date::init(cx),
        I::RegExp | I::RegExpPrototype | I::RegExpStringIteratorPrototype => regexp::init(cx),
        I::Math => math::init(cx),
        I::Atomics => atomics::init(cx),
        I::JSON => json::init(cx),
        I::Reflect => reflect::init(cx),
        I::Proxy => proxy::init(cx),
        I::Iterator
        | I::IteratorPrototype
        | I::IteratorHelperPrototype
        | I::WrapForValidIteratorPrototype
        | I::IteratorConcatPrototype => iterator::init(cx),
        I::Map | I::MapPrototype | I::MapIteratorPrototype => map_set::init_map(cx),
        I::Set | I::SetPrototype | I::SetIteratorPrototype => map_set::init_set(cx),
        _ if (I::WeakMapPrototype as u8..=I::FinalizationRegistry as u8).contains(&(i as u8)) => {
            weak::init(cx, i)
        }
        I::ArrayBuffer | I::ArrayBufferPrototype | I::SharedArrayBuffer | I::SharedArrayBufferPrototype => {
            array_buffer::init(cx, i)
        }
        _ if (I::TypedArrayPrototype as u8..=I::Float64Array as u8).contains(&(i as u8)) => {
            typed_array::init(cx, i)
        }
        I::DataView | I::DataViewPrototype => dataview::init(cx),
        I::GeneratorFunction
        | I::GeneratorFunctionPrototype
        | I::GeneratorPrototype
        | I::AsyncFunction
        | I::AsyncFunctionPrototype
        | I::AsyncGeneratorFunction
        | I::AsyncGeneratorFunctionPrototype
        | I::AsyncGeneratorPrototype
        | I::AsyncIteratorPrototype
        | I::AsyncFromSyncIteratorPrototype => generator::init(cx, i),
        I::DisposableStack
        | I::DisposableStackPrototype
        | I::AsyncDisposableStack
        | I::AsyncDisposableStackPrototype => disposable_stack::init(cx, i),
        I::DOMException | I::DOMExceptionPrototype => dom_exception::init(cx),
        I::Eval => globals::init_eval(cx),
        I::ParseInt | I::ParseFloat => globals::init_parse(cx),
        I::Promise | I::PromisePrototype => promise::init(cx),
        _ => Ok(()),
    }
}
