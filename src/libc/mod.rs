//! quickjs-libc: what a script finds around the engine when `qjs`, or a C program with `quickjs-libc.h`, runs it.
//!
//! - [`std_mod`], [`os_mod`], [`bjson_mod`]: the modules `std`, `os` and `bjson`
//! - [`event_loop`]: jobs, timers, descriptors and signals, over [`timers`] and [`watches`]
//! - [`helpers`]: the globals (`print`, `console`, `scriptArgs`, …); [`console`] and [`inspect`] behind them
//! - [`loader`]: modules from files; [`cache`] for those compiled before, [`bundle`] for those in the executable
//! - [`graph`]: a program and its imports compiled, for `qjsc` and `qjs -c`
//! - [`c`]: the functions of `quickjs-libc.h`; [`sys`]: system calls. Only these two use `unsafe`.
//!
//! All state hangs on the runtime ([`state`]), so that every runtime has its own loop, on its own thread.
//!
//! Functions that answer numbers say what went wrong by `-errno`; those that answer objects, by null.

pub mod c;
pub mod sys;

#[deny(unsafe_code)]
mod args;
#[deny(unsafe_code)]
pub mod bjson_mod;
#[deny(unsafe_code)]
pub mod bundle;
#[deny(unsafe_code)]
pub mod cache;
#[deny(unsafe_code)]
pub mod console;
#[deny(unsafe_code)]
pub mod dump;
#[deny(unsafe_code)]
pub mod event_loop;
#[deny(unsafe_code)]
pub mod graph;
#[deny(unsafe_code)]
pub mod helpers;
#[deny(unsafe_code)]
pub mod inspect;
#[deny(unsafe_code)]
pub mod load;
#[deny(unsafe_code)]
pub mod loader;
#[deny(unsafe_code)]
pub mod os_mod;
#[deny(unsafe_code)]
pub mod state;
#[deny(unsafe_code)]
pub mod std_mod;
#[deny(unsafe_code)]
pub mod text;
#[deny(unsafe_code)]
pub mod timers;
#[deny(unsafe_code)]
pub mod watches;
pub mod worker;

use qjs_engine::object::lazy::{Def, lazy_value};
use qjs_engine::object::shape::prop;
use qjs_engine::vm::module::{Module, new_table};
use qjs_engine::{Context, Gc, Object, Result, Value};

/// One of the three modules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Library {
    Std,
    Os,
    Bjson,
}

/// The modules as globals, which `qjs --std` has; each is made when a script first looks.
pub const GLOBALS: &[Def] = &[
    lazy_value("std", |cx| Library::Std.namespace(cx).map(Value::from), prop::ALL),
    lazy_value("os", |cx| Library::Os.namespace(cx).map(Value::from), prop::ALL),
    lazy_value("bjson", |cx| Library::Bjson.namespace(cx).map(Value::from), prop::ALL),
];

impl Library {
    pub const ALL: [Library; 3] = [Library::Std, Library::Os, Library::Bjson];

    /// The name by which QuickJS-NG's shell knows it, without `qjs:`.
    pub fn name(self) -> &'static str {
        match self {
            Library::Std => "std",
            Library::Os => "os",
            Library::Bjson => "bjson",
        }
    }
    fn table(self) -> &'static [Def] {
        match self {
            Library::Std => std_mod::TABLE,
            Library::Os => os_mod::TABLE,
            Library::Bjson => bjson_mod::TABLE,
        }
    }
    /// The module, entered in the module map under `name`.
    pub fn module(self, cx: &Context, name: &str) -> Result<Gc<Module>> {
        new_table(cx, name, self.table())
    }
    /// The namespace object of its module, which is made and evaluated if need be.
    pub fn namespace(self, cx: &Context) -> Result<Gc<Object>> {
        use qjs_engine::vm::module::{evaluate, link};
        let name = format!("{}{}", loader::SCHEME, self.name());
        let m = match cx.find_module(&*cx.rt().new_str(&name)?, &[])? {
            Some(m) => m,
            None => self.module(cx, &name)?,
        };
        link::load_and_link(cx, &m)?;
        evaluate::evaluate(cx, &m)?;
        m.namespace(cx)
    }
}
