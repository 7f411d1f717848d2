//! The instruction set: one line for each operation says what it does.
//!
//! An instruction is eight bytes: `op:8 f:8 a:16 b:16 c:16`; some read `b` and `c` as one signed 32-bit
//! number, written `sbc` below (or `bc` where it is an unsigned index).
//!
//! # Registers
//! `R[0]` is the callee, `R[1]` is `this` (new.target's object under construction), `R[2..2+nparams]` are the
//! parameters, then come the other locals (up to `nlocals`), then temporaries (up to `nregs`).
//!
//! # Ownership
//! A register owns what it holds. Operands are *borrowed*, unless the flag [`KILL_A`], [`KILL_B`] or
//! [`KILL_C`] says that the operand register is a temporary which dies here: the instruction then takes the
//! value and leaves `undefined`. A temporary that is dead always holds a non-cell. A destination register may
//! hold anything: its old value is released when the result is moved in (after the operands were read, so
//! `R[A] := R[A].x` is fine, and then no kill flag is set on that operand).
//!
//! # Tests
//! Instructions marked *test* are followed by a `Jump`: when the condition equals the sense in `f`
//! ([`SENSE`] set = jump when true) the following Jump is taken, otherwise both words are passed over.
//! Instructions marked *step* are followed by a `Jump` too, taken when the iteration is over.
//!
//! # Names in messages
//! A register whose binding has a dead zone (CheckInit, GetBoxChecked, SetBoxChecked) is shared with no other
//! binding: its entry in `local_names` is unambiguous.
//!
//! # Keys
//! Keys of inline caches are never array indices: the emitter uses the Elem instructions with a number then.
//!
//! # Not emitted
//! NewVarObject, GetSuper, SetSuper, GetImport, DisposeScope: superseded by operations at the table's end.
//! ReturnChecked, LoadBody: see there.

/// Operand A is a temporary that dies in this instruction.
pub const KILL_A: u8 = 1;
/// Operand B is a temporary that dies in this instruction.
pub const KILL_B: u8 = 2;
/// Operand C is a temporary that dies in this instruction.
pub const KILL_C: u8 = 4;
/// The code is strict: failing writes and deletes throw.
pub const STRICT: u8 = 8;
/// Tests: jump when the condition is true (otherwise when it is false).
pub const SENSE: u8 = 16;
/// Instruction-specific variant, see each operation.
pub const VARIANT: u8 = 32;
/// A second instruction-specific variant.
pub const VARIANT2: u8 = 64;

macro_rules! ops {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// An operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Op { $($(#[doc = $doc])+ $name,)+ }
        impl Op {
            /// Every operation, in numeric order.
            pub const ALL: &'static [Op] = &[$(Op::$name,)+];
            /// The operation's name.
            pub const fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name),)+ }
            }
        }
    };
}

ops! {
    // ---- moves and constants
    /// R[A] := R[B]
    Move,
    /// R[A] := sbc (an int32)
    LoadInt,
    /// R[A] := K[bc]
    LoadConst,
    /// R[A] := undefined
    LoadUndefined,
    /// R[A] := null
    LoadNull,
    /// R[A] := true
    LoadTrue,
    /// R[A] := false
    LoadFalse,
    /// R[A] := the uninitialized mark (temporal dead zone)
    LoadUninit,
    /// release R[A] (it becomes undefined)
    Kill,
    /// throw a ReferenceError naming local_names[A] if R[A] is the uninitialized mark
    CheckInit,
    /// throw a ReferenceError ("super() not called") if R[A] is the uninitialized mark (a derived this)
    CheckThis,
    /// throw a ReferenceError ("super() called twice") unless R[A] is the uninitialized mark
    CheckThisUninit,

    // ---- captured variables: a Box cell each
    /// R[A] := new Box(undefined)
    NewBox,
    /// R[A] := new Box(uninitialized mark)
    NewBoxUninit,
    /// R[A] := new Box(R[A])  (parameters, this)
    WrapBox,
    /// R[A] := new Box(R[A].value)  (a fresh copy of a loop variable for each iteration)
    CopyBox,
    /// R[A] := R[B].value
    GetBox,
    /// R[A] := R[B].value; ReferenceError naming local_names[B] if uninitialized
    GetBoxChecked,
    /// R[A].value := R[B]
    SetBox,
    /// R[A].value := R[B]; ReferenceError naming local_names[A] if uninitialized before
    SetBoxChecked,
    /// R[A] := captures[bc].value
    GetCapture,
    /// R[A] := captures[bc].value; ReferenceError naming capture_names[bc] if uninitialized
    GetCaptureChecked,
    /// captures[bc].value := R[A]
    SetCapture,
    /// captures[bc].value := R[A]; ReferenceError if uninitialized before
    SetCaptureChecked,

    // ---- globals: IC[bc] names the key and caches where it was found
    /// R[A] := global binding IC[bc]; ReferenceError if there is none or it is uninitialized
    GetGlobal,
    /// R[A] := global binding IC[bc]; undefined if there is none (typeof)
    GetGlobalOrUndefined,
    /// global binding IC[bc] := R[A]; strict: ReferenceError if there is none
    SetGlobal,
    /// initialize the global lexical binding IC[bc] := R[A]
    InitGlobal,
    /// GlobalDeclarationInstantiation: check and create global_decls (names only; before any code runs)
    DeclareGlobals,
    /// CreateGlobalFunctionBinding(K[bc], R[A]); VARIANT: deletable (eval code)
    DefineGlobalFunction,
    /// R[A] := delete global binding K[bc]
    DeleteGlobal,
    /// R[A] := HasBinding(global scope, K[bc]); VARIANT: whether it is a lexical one
    HasGlobal,

    // ---- dynamic scopes: an object (with) or a var object (sloppy direct eval)
    /// R[A] := R[B] has a binding named K[C]; VARIANT: a with object, honour @@unscopables
    HasBinding,
    /// R[A] := the var object of this function, created on first use in local register B's Box
    NewVarObject,

    // ---- properties
    /// R[A] := R[B].key(IC[C])
    GetField,
    /// R[A].key(IC[B]) := R[C]; STRICT
    SetField,
    /// R[A] := R[B].length  (IC[C])
    GetLength,
    /// R[A] := R[B].key(IC[C]); R[A+1] := R[B]  (a call's callee and this; A may equal B)
    GetMethod,
    /// R[A] := R[B][R[C]]
    GetElem,
    /// R[A][R[B]] := R[C]; STRICT
    SetElem,
    /// R[A] := R[B][R[C]]; R[A+1] := R[B]  (A may equal B; C may equal A+1)
    GetElemMethod,
    /// R[A] := home.__proto__[R[C]] with receiver R[B]; home is the callee's home object
    GetSuper,
    /// home.__proto__[R[B]] := R[C] with receiver R[A]; STRICT
    SetSuper,
    /// CreateDataProperty(R[A], key(IC[B]), R[C])  (object literals; the object is ordinary); VARIANT: class field, any object, throws
    DefineField,
    /// CreateDataPropertyOrThrow(R[A], R[B], R[C]); VARIANT: not enumerable (class methods)
    DefineElem,
    /// define the getter R[C] of R[A][R[B]]; VARIANT: not enumerable
    DefineGetter,
    /// define the setter R[C] of R[A][R[B]]; VARIANT: not enumerable
    DefineSetter,
    /// R[A].__proto__ := R[B] if R[B] is an object or null  (`__proto__: v` in a literal)
    SetProtoLiteral,
    /// R[A] := delete R[B][R[C]]; STRICT
    DeleteElem,
    /// throw ReferenceError (delete super.x)
    ThrowDeleteSuper,
    /// R[A] := R[B] in R[C]
    In,
    /// R[A] := R[B] instanceof R[C]
    InstanceOf,
    /// R[A] := new private name described by K[bc]
    NewPrivateName,
    /// R[A] := R[B].#name, where R[C] is the private name; TypeError if absent
    GetPrivate,
    /// R[A].#name := R[C], where R[B] is the private name; TypeError if absent or not writable
    SetPrivate,
    /// add the private field R[B] to R[A] with value R[C]; TypeError if present; VARIANT: method (not writable)
    DefinePrivate,
    /// add the private accessor R[B] of R[A]: getter R[C] (VARIANT: it is the setter); merges the two halves
    DefinePrivateAccessor,
    /// R[A] := #name in R[C], where R[B] is the private name; TypeError if R[C] is not an object
    InPrivate,

    // ---- operators
    /// R[A] := R[B] + R[C]
    Add,
    /// R[A] := R[B] - R[C]
    Sub,
    /// R[A] := R[B] * R[C]
    Mul,
    /// R[A] := R[B] / R[C]
    Div,
    /// R[A] := R[B] % R[C]
    Mod,
    /// R[A] := R[B] ** R[C]
    Exp,
    /// R[A] := R[B] & R[C]
    BitAnd,
    /// R[A] := R[B] | R[C]
    BitOr,
    /// R[A] := R[B] ^ R[C]
    BitXor,
    /// R[A] := R[B] << R[C]
    Shl,
    /// R[A] := R[B] >> R[C]
    Shr,
    /// R[A] := R[B] >>> R[C]
    UShr,
    /// R[A] := R[B] + sc (a signed 16-bit immediate; numeric add, but strings concatenate as ever)
    AddInt,
    /// R[A] := R[B] - sc
    SubInt,
    /// R[A] := R[B] * sc
    MulInt,
    /// R[A] := R[B] & sc
    BitAndInt,
    /// R[A] := R[B] | sc
    BitOrInt,
    /// R[A] := R[B] << sc
    ShlInt,
    /// R[A] := R[B] >> sc
    ShrInt,
    /// R[A] := R[B] >>> sc
    UShrInt,
    /// R[A] := -R[B]
    Neg,
    /// R[A] := ToNumber(R[B])  (unary plus)
    ToNumber,
    /// R[A] := ToNumeric(R[B])  (postfix ++ and --)
    ToNumeric,
    /// R[A] := ~R[B]
    BitNot,
    /// R[A] := !R[B]
    Not,
    /// R[A] := R[B] + 1, after ToNumeric
    Inc,
    /// R[A] := R[B] - 1, after ToNumeric
    Dec,
    /// R[A] := typeof R[B]
    TypeOf,
    /// R[A] := R[B] < R[C]
    Lt,
    /// R[A] := R[B] <= R[C]
    Le,
    /// R[A] := R[B] > R[C]
    Gt,
    /// R[A] := R[B] >= R[C]
    Ge,
    /// R[A] := R[B] == R[C]
    Eq,
    /// R[A] := R[B] != R[C]
    Ne,
    /// R[A] := R[B] === R[C]
    StrictEq,
    /// R[A] := R[B] !== R[C]
    StrictNe,
    /// R[A] := ToString(R[B])  (not for symbols: TypeError)
    ToString,
    /// R[A] := ToString(R[B]) ++ … ++ ToString(R[B+C-1])  (template literal; kills them all)
    Concat,
    /// R[A] := ToPropertyKey(R[B])
    ToPropertyKey,
    /// R[A] := ToObject(R[B])
    ToObject,
    /// throw TypeError if R[A] is undefined or null (destructuring); C: K index of the name, 0xffff: none
    RequireObject,

    // ---- jumps and tests
    /// pc += sbc (relative to the next instruction)
    Jump,
    /// if ToBoolean(R[A]) then pc += sbc
    JumpTrue,
    /// if not ToBoolean(R[A]) then pc += sbc
    JumpFalse,
    /// if R[A] is undefined or null then pc += sbc; never kills
    JumpNullish,
    /// if R[A] is neither undefined nor null then pc += sbc; never kills
    JumpNotNullish,
    /// if R[A] is undefined then pc += sbc; never kills
    JumpUndefined,
    /// if R[A] is not undefined then pc += sbc; never kills
    JumpNotUndefined,
    /// test R[A] < R[B]
    TestLt,
    /// test R[A] <= R[B]
    TestLe,
    /// test R[A] > R[B]
    TestGt,
    /// test R[A] >= R[B]
    TestGe,
    /// test R[A] == R[B]
    TestEq,
    /// test R[A] === R[B]
    TestStrictEq,
    /// test R[A] < sb (signed 16-bit immediate)
    TestLtInt,
    /// test R[A] <= sb
    TestLeInt,
    /// test R[A] > sb
    TestGtInt,
    /// test R[A] >= sb
    TestGeInt,
    /// test R[A] == sb
    TestEqInt,
    /// test R[A] === sb
    TestStrictEqInt,
    /// test R[A] instanceof R[B]
    TestInstanceOf,
    /// test R[A] in R[B]
    TestIn,
    /// test typeof R[A] === K[B] (an interned string)
    TestTypeOf,
    /// jump table: if R[A] is a Number equal to an integer i with 0 <= i - K[B] < C then pc += i - K[B] + 1 (words of Jump follow: the first is for everything else)
    SwitchInt,

    // ---- calls
    /// R[A] := R[B](this: R[B+1], args: R[B+2 .. B+2+C]); takes all of them; VARIANT (here and in all of the calls below): the result is dropped, A unused; VARIANT2 (here and in the calls below, not in constructs): `this` is undefined and R[B+1] need not hold it
    Call,
    /// R[A] := new R[B](args: R[B+2 .. B+2+C]) with new.target R[B+1]; takes all of them
    Construct,
    /// R[A] := R[B](this: R[B+1], ...elements of the array R[B+2]); takes all of them
    CallSpread,
    /// R[A] := new R[B](...elements of the array R[B+2]) with new.target R[B+1]; takes all of them
    ConstructSpread,
    /// Like Call, but a direct eval if R[B] is %eval%; the next word is EvalScope; STRICT
    CallEval,
    /// Like CallSpread, but a direct eval (of the first element) if R[B] is %eval%; next word EvalScope
    CallEvalSpread,
    /// operand of the preceding word: eval_scopes[bc] (never executed by itself)
    EvalScope,
    /// return R[A]
    Return,
    /// return undefined
    ReturnUndefined,
    /// throw R[A]
    Throw,
    /// throw a new error of kind A (see [`error_kind`]) with the message K[bc]; VARIANT: "K[bc] is not defined"
    ThrowError,
    /// throw TypeError "'<K[bc]>' is read-only" (assignment to a constant)
    ThrowReadOnly,
    /// R[A] := dynamic import of R[B] with options R[C] (undefined if none); f VARIANT: defer; VARIANT2: source
    Import,
    /// R[A] := import.meta
    ImportMeta,
    /// R[A] := new.target
    NewTarget,
    /// R[A] := the callee's [[GetPrototypeOf]], for super(); B: register with the active constructor
    SuperConstructor,
    /// R[1] := ToObject(this) or the global object, for sloppy functions that use this
    CoerceThis,
    /// R[A] := the arguments object; VARIANT: mapped (parameters are Boxes in R[2..2+nparams]); STRICT: no callee
    NewArguments,
    /// R[A] := array of the arguments from index bc on
    NewRest,
    /// debugger statement
    Debugger,

    // ---- making things
    /// R[A] := closure of children[bc]
    Closure,
    /// R[A] := constructor, R[A+1] := prototype, of the class whose constructor is children[C]; R[B]: heritage if VARIANT
    NewClass,
    /// the instance field initializer of constructor R[A] is R[B]
    SetFieldInit,
    /// run the field initializer of constructor R[B] on this = R[A]
    RunFieldInit,
    /// the home object of function R[A] is R[B]
    SetHome,
    /// SetFunctionName(R[A], R[B]); f VARIANT: prefix "get", VARIANT2: prefix "set"; no-op if R[A] is not an anonymous function definition
    SetFunctionName,
    /// R[A] := {}  with room for bc properties
    NewObject,
    /// R[A] := []  with room for bc elements
    NewArray,
    /// append R[B] to the array R[A]
    ArrayPush,
    /// append a hole to the array R[A]
    ArrayHole,
    /// append all that R[B] iterates over to the array R[A]
    ArraySpread,
    /// CopyDataProperties(R[A], R[B]); VARIANT: excluded keys are the elements of the array R[C]
    CopyProperties,
    /// R[A] := template object of site templates[bc]
    TemplateObject,
    /// R[A] := new RegExp of regexps[bc]
    NewRegExp,

    // ---- iteration
    /// R[A] := for-in enumerator of R[B] (of nothing, if R[B] is undefined or null)
    ForInStart,
    /// step: R[A] := next key of the enumerator R[B]
    ForInNext,
    /// R[A] := iterator of R[B], R[A+1] := its next method; R[A+2] is reserved; VARIANT: async; A may equal B
    GetIterator,
    /// step: R[A] := next value of the iterator at R[B]; when over (or on a throw of next) R[B] := undefined
    IterNext,
    /// R[A] := next value of the iterator at R[B], undefined when it is over (R[B] is then undefined)
    IterStep,
    /// R[A] := array of all remaining values of the iterator at R[B]; R[B] := undefined
    IterRest,
    /// close the iterator at R[A] (normal completion): nothing if R[A] is undefined; takes R[A..A+3] first, so they are dead even if it throws
    IterClose,
    /// close the iterator at R[A] for a throw completion: errors are swallowed; releases R[A..A+3]
    IterCloseSilent,

    // ---- suspension (generators and async functions)
    /// create the generator object and return it; the body goes on from here at the first next (modules: linking stops here, evaluation goes on)
    InitialYield,
    /// yield R[B] as is; on resumption R[A] := the sent value, R[A+1] := 0 next, 1 throw, 2 return (no automatic throw); A may equal B
    Yield,
    /// R[A] := await R[B]; throws the rejection
    Await,
    /// R[A] := { value: R[B], done: false } (generator yield) or done: true with VARIANT
    IterResult,
    /// async generator: yield R[B] (already awaited); resumption as Yield
    AsyncYield,
    /// R[A] := call of method R[B+1] on iterator R[B] with the argument R[C]; VARIANT: with no argument; takes neither R[B] nor R[B+1]
    IterCall,
    /// throw TypeError unless R[A] is an object ("iterator result is not an object")
    CheckObject,

    // ---- modules and explicit resources
    /// R[A] := module variable: import slot bc (a Box of the exporting module); checked for initialization
    GetImport,
    /// new dispose scope in R[A]; VARIANT: async
    NewDisposeScope,
    /// add resource R[B] to the dispose scope R[A]; VARIANT: async (await using)
    AddDisposable,
    /// dispose the resources of R[A]; R[B]: completion error if VARIANT; result promise to await in R[C] (async scopes)
    DisposeScope,

    // ---- added by the emitter
    /// R[A] := new Box(R[B])
    BoxFrom,
    /// R[A] := the callee's home object, or undefined
    LoadHome,
    /// R[A] := R[B].[[GetPrototypeOf]]()  (R[B]: a home object)
    SuperBase,
    /// R[A] := R[B][R[C]] with receiver R[B+1]; takes R[B] (from SuperBase; TypeError if null) and R[B+1]
    GetSuperProp,
    /// R[A][R[B]] := R[C] with receiver R[A+1]; takes R[A] (from SuperBase) and R[A+1]; STRICT
    SetSuperProp,
    /// R[A] := GetBindingValue of K[C] in the object environment R[B]: HasProperty, then Get; if gone undefined, STRICT: ReferenceError
    GetBinding,
    /// SetMutableBinding of K[B] in the object environment R[A] := R[C]: HasProperty, then Set; STRICT: ReferenceError if gone
    SetBinding,
    /// R[A] := new ordinary object without prototype
    NewNullObject,
    /// return from a derived constructor: R[A] if an object; TypeError unless undefined; then R[B] (VARIANT: its Box's value), ReferenceError if uninitialized
    ReturnDerived,
    /// R[A] := the Box in slot bc of the running module (imports and exported locals)
    LoadModuleCell,
    /// test R[A] == null  (IsHTMLDDA objects too)
    TestNullish,
    /// test R[A] === undefined
    TestUndefined,
    /// test R[A] === null
    TestNull,
    /// R[A] := the key R[C] for R[B]: a Number, String or Symbol as is, else TypeError if R[B] is nullish, ToPropertyKey; B is never killed
    ElemKey,
    /// step: dispose the next resource of R[B]: R[A] := what to await, R[A+1] := whether to await (Boolean); over if none is left
    DisposeNext,
    /// note the throw completion R[B] in the dispose scope R[A]  (SuppressedError around an earlier one)
    DisposeError,
    /// throw the error noted in the dispose scope R[A], if any; takes R[A]
    DisposeEnd,
    /// R[A] := R[B]; ReferenceError as CheckInit does if R[B] is the uninitialized mark
    MoveChecked,
    /// R[A] := R[B][C]  (C itself: an unsigned 16-bit index)
    GetElemInt,
    /// test R[A] === K[B]  (a string or number)
    TestStrictEqConst,
    /// return R[A], or undefined if it is a mark  (not emitted: the verifier puts it in Return's place)
    ReturnChecked,
    /// read the function's body and begin with it  (not emitted: all the code of a function that was not read yet)
    LoadBody,
}

/// Operand A of [`Op::ThrowError`].
pub mod error_kind {
    pub const REFERENCE: u16 = 0;
    pub const SYNTAX: u16 = 1;
    pub const TYPE: u16 = 2;
}

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    /// `op f a b c`
    #[inline(always)]
    pub const fn abc(op: Op, f: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (f as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }
    /// `op f a sbc`
    #[inline(always)]
    pub const fn abx(op: Op, f: u8, a: u16, bc: i32) -> Instr {
        Instr(op as u64 | (f as u64) << 8 | (a as u64) << 16 | (bc as u32 as u64) << 32)
    }
    /// The operation.
    #[inline(always)]
    pub fn op(self) -> Op {
        debug_assert!(((self.0 & 0xff) as usize) < Op::ALL.len());
        Op::ALL[(self.0 & 0xff) as usize]
    }
    /// The flags.
    #[inline(always)]
    pub const fn f(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// Operand A.
    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }
    /// Operand B.
    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> 32) as u16 as usize
    }
    /// Operand C.
    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> 48) as usize
    }
    /// Operand C as a signed immediate.
    #[inline(always)]
    pub const fn sc(self) -> i32 {
        (self.0 >> 48) as u16 as i16 as i32
    }
    /// Operand B as a signed immediate.
    #[inline(always)]
    pub const fn sb(self) -> i32 {
        (self.0 >> 32) as u16 as i16 as i32
    }
    /// Operands B and C as one signed number.
    #[inline(always)]
    pub const fn sbc(self) -> i32 {
        (self.0 >> 32) as i32
    }
    /// Operands B and C as one index.
    #[inline(always)]
    pub const fn bc(self) -> usize {
        (self.0 >> 32) as usize
    }
}
