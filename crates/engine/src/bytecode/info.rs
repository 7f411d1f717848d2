//! What each operation does with its operands, as one pattern per operation. The disassembler prints the
//! pattern, the verifier checks by it.
//!
//! A pattern is text with places in braces, `{kind:operand}`. Operands are `a`, `b`, `c` and `x` (b and c as
//! one number). Kinds:
//!
//! | kind | operand |
//! |---|---|
//! | `d` `d2` `d3` | one, two, three registers written |
//! | `u` `u2` `u3` | one, two, three registers read; the first may be killed |
//! | `m` | a register read and written |
//! | `r` | the registers `b .. b+2+c` of a call |
//! | `q` | the registers `b .. b+c` |
//! | `k` `i` | constant, key of an inline cache |
//! | `s` | signed immediate |
//! | `n` | plain number |
//! | `j` | jump distance |
//! | `v` | capture |
//! | `f` | child function |
//! | `t` `p` `e` | template site, regular expression, eval scope |
//! | `l` | import slot |

use super::op::Op;

/// The pattern of an operation.
pub const fn pattern(op: Op) -> &'static str {
    use Op::*;
    match op {
        Move => "{d:a} := {u:b}",
        LoadInt => "{d:a} := {s:x}",
        LoadConst => "{d:a} := {k:x}",
        LoadUndefined => "{d:a} := undefined",
        LoadNull => "{d:a} := null",
        LoadTrue => "{d:a} := true",
        LoadFalse => "{d:a} := false",
        LoadUninit => "{d:a} := uninitialized",
        Kill => "kill {m:a}",
        CheckInit => "check {u:a} initialized",
        CheckThis => "check this {u:a} initialized",
        CheckThisUninit => "check this {u:a} uninitialized",
        NewBox => "{d:a} := box undefined",
        NewBoxUninit => "{d:a} := box uninitialized",
        WrapBox => "{m:a} := box itself",
        CopyBox => "{m:a} := box copy",
        GetBox => "{d:a} := {u:b}.value",
        GetBoxChecked => "{d:a} := {u:b}.value checked",
        SetBox => "{u:a}.value := {u:b}",
        SetBoxChecked => "{u:a}.value := {u:b} checked",
        GetCapture => "{d:a} := {v:x}",
        GetCaptureChecked => "{d:a} := {v:x} checked",
        SetCapture => "{v:x} := {u:a}",
        SetCaptureChecked => "{v:x} := {u:a} checked",
        GetGlobal => "{d:a} := global {i:x}",
        GetGlobalOrUndefined => "{d:a} := global {i:x} or undefined",
        SetGlobal => "global {i:x} := {u:a}",
        InitGlobal => "init global {i:x} := {u:a}",
        DeclareGlobals => "declare globals",
        DefineGlobalFunction => "define global {k:x} := {u:a}",
        DeleteGlobal => "{d:a} := delete global {k:x}",
        HasGlobal => "{d:a} := has global {k:x}",
        HasBinding => "{d:a} := {u:b} has {k:c}",
        NewVarObject => "{d:a} := var object {u:b}",
        GetField => "{d:a} := {u:b}.{i:c}",
        SetField => "{u:a}.{i:b} := {u:c}",
        GetLength => "{d:a} := {u:b}.{i:c}",
        GetMethod => "{d2:a} := method {u:b}.{i:c}",
        GetElem => "{d:a} := {u:b}[{u:c}]",
        SetElem => "{u:a}[{u:b}] := {u:c}",
        GetElemMethod => "{d2:a} := method {u:b}[{u:c}]",
        GetSuper => "{d:a} := super[{u:c}] on {u:b}",
        SetSuper => "super[{u:b}] on {u:a} := {u:c}",
        DefineField => "define {u:a}.{i:b} := {u:c}",
        DefineElem => "define {u:a}[{u:b}] := {u:c}",
        DefineGetter => "define get {u:a}[{u:b}] := {u:c}",
        DefineSetter => "define set {u:a}[{u:b}] := {u:c}",
        SetProtoLiteral => "{u:a}.__proto__ := {u:b}",
        DeleteElem => "{d:a} := delete {u:b}[{u:c}]",
        ThrowDeleteSuper => "throw delete super",
        In => "{d:a} := {u:b} in {u:c}",
        InstanceOf => "{d:a} := {u:b} instanceof {u:c}",
        NewPrivateName => "{d:a} := private name {k:x}",
        GetPrivate => "{d:a} := {u:b}.#{u:c}",
        SetPrivate => "{u:a}.#{u:b} := {u:c}",
        DefinePrivate => "define {u:a}.#{u:b} := {u:c}",
        DefinePrivateAccessor => "define accessor {u:a}.#{u:b} := {u:c}",
        InPrivate => "{d:a} := #{u:b} in {u:c}",
        Add => "{d:a} := {u:b} + {u:c}",
        Sub => "{d:a} := {u:b} - {u:c}",
        Mul => "{d:a} := {u:b} * {u:c}",
        Div => "{d:a} := {u:b} / {u:c}",
        Mod => "{d:a} := {u:b} % {u:c}",
        Exp => "{d:a} := {u:b} ** {u:c}",
        BitAnd => "{d:a} := {u:b} & {u:c}",
        BitOr => "{d:a} := {u:b} | {u:c}",
        BitXor => "{d:a} := {u:b} ^ {u:c}",
        Shl => "{d:a} := {u:b} << {u:c}",
        Shr => "{d:a} := {u:b} >> {u:c}",
        UShr => "{d:a} := {u:b} >>> {u:c}",
        AddInt => "{d:a} := {u:b} + {s:c}",
        SubInt => "{d:a} := {u:b} - {s:c}",
        MulInt => "{d:a} := {u:b} * {s:c}",
        BitAndInt => "{d:a} := {u:b} & {s:c}",
        BitOrInt => "{d:a} := {u:b} | {s:c}",
        ShlInt => "{d:a} := {u:b} << {s:c}",
        ShrInt => "{d:a} := {u:b} >> {s:c}",
        UShrInt => "{d:a} := {u:b} >>> {s:c}",
        Neg => "{d:a} := -{u:b}",
        ToNumber => "{d:a} := +{u:b}",
        ToNumeric => "{d:a} := numeric {u:b}",
        BitNot => "{d:a} := ~{u:b}",
        Not => "{d:a} := !{u:b}",
        Inc => "{d:a} := {u:b} + 1",
        Dec => "{d:a} := {u:b} - 1",
        TypeOf => "{d:a} := typeof {u:b}",
        Lt => "{d:a} := {u:b} < {u:c}",
        Le => "{d:a} := {u:b} <= {u:c}",
        Gt => "{d:a} := {u:b} > {u:c}",
        Ge => "{d:a} := {u:b} >= {u:c}",
        Eq => "{d:a} := {u:b} == {u:c}",
        Ne => "{d:a} := {u:b} != {u:c}",
        StrictEq => "{d:a} := {u:b} === {u:c}",
        StrictNe => "{d:a} := {u:b} !== {u:c}",
        ToString => "{d:a} := string {u:b}",
        Concat => "{d:a} := concat {q:b}",
        ToPropertyKey => "{d:a} := key {u:b}",
        ToObject => "{d:a} := object {u:b}",
        RequireObject => "require object {u:a}",
        Jump => "jump {j:x}",
        JumpTrue => "if {u:a} jump {j:x}",
        JumpFalse => "if not {u:a} jump {j:x}",
        JumpNullish => "if nullish {u:a} jump {j:x}",
        JumpNotNullish => "if not nullish {u:a} jump {j:x}",
        JumpUndefined => "if undefined {u:a} jump {j:x}",
        JumpNotUndefined => "if not undefined {u:a} jump {j:x}",
        TestLt => "test {u:a} < {u:b}",
        TestLe => "test {u:a} <= {u:b}",
        TestGt => "test {u:a} > {u:b}",
        TestGe => "test {u:a} >= {u:b}",
        TestEq => "test {u:a} == {u:b}",
        TestStrictEq => "test {u:a} === {u:b}",
        TestLtInt => "test {u:a} < {s:b}",
        TestLeInt => "test {u:a} <= {s:b}",
        TestGtInt => "test {u:a} > {s:b}",
        TestGeInt => "test {u:a} >= {s:b}",
        TestEqInt => "test {u:a} == {s:b}",
        TestStrictEqInt => "test {u:a} === {s:b}",
        TestInstanceOf => "test {u:a} instanceof {u:b}",
        TestIn => "test {u:a} in {u:b}",
        TestTypeOf => "test typeof {u:a} === {k:b}",
        SwitchInt => "switch {u:a} from {k:b} count {n:c}",
        Call => "{d:a} := call {r:b}",
        Construct => "{d:a} := new {r:b}",
        CallSpread => "{d:a} := call spread {u3:b}",
        ConstructSpread => "{d:a} := new spread {u3:b}",
        CallEval => "{d:a} := call eval {r:b}",
        CallEvalSpread => "{d:a} := call eval spread {u3:b}",
        EvalScope => "eval scope {e:x}",
        Return => "return {u:a}",
        ReturnUndefined => "return undefined",
        Throw => "throw {u:a}",
        ThrowError => "throw error {k:x}",
        ThrowReadOnly => "throw read-only {k:x}",
        Import => "{d:a} := import {u:b} with {u:c}",
        ImportMeta => "{d:a} := import.meta",
        NewTarget => "{d:a} := new.target",
        SuperConstructor => "{d:a} := super constructor of {u:b}",
        CoerceThis => "coerce this",
        NewArguments => "{d:a} := arguments",
        NewRest => "{d:a} := rest from {n:x}",
        Debugger => "debugger",
        Closure => "{d:a} := closure {f:x}",
        NewClass => "{d2:a} := class {f:c} extends {u:b}",
        SetFieldInit => "field init of {u:a} := {u:b}",
        RunFieldInit => "run field init of {u:b} on {u:a}",
        SetHome => "home of {u:a} := {u:b}",
        SetFunctionName => "name of {u:a} := {u:b}",
        NewObject => "{d:a} := object room {n:x}",
        NewArray => "{d:a} := array room {n:x}",
        ArrayPush => "push {u:a} {u:b}",
        ArrayHole => "push hole {u:a}",
        ArraySpread => "push all {u:a} {u:b}",
        CopyProperties => "copy properties {u:a} from {u:b} except {u:c}",
        TemplateObject => "{d:a} := template {t:x}",
        NewRegExp => "{d:a} := regexp {p:x}",
        ForInStart => "{d:a} := enumerator {u:b}",
        ForInNext => "step {d:a} := next key {u:b}",
        GetIterator => "{d3:a} := iterator {u:b}",
        IterNext => "step {d:a} := next {u3:b}",
        IterStep => "{d:a} := next or undefined {u3:b}",
        IterRest => "{d:a} := rest of {u3:b}",
        IterClose => "close {u3:a}",
        IterCloseSilent => "close silently {u3:a}",
        InitialYield => "initial yield",
        Yield => "{d2:a} := yield {u:b}",
        Await => "{d:a} := await {u:b}",
        IterResult => "{d:a} := iterator result {u:b}",
        AsyncYield => "{d2:a} := async yield {u:b}",
        IterCall => "{d:a} := call {u2:b} with {u:c}",
        CheckObject => "check object {u:a}",
        GetImport => "{d:a} := import slot {l:x}",
        NewDisposeScope => "{d:a} := dispose scope",
        AddDisposable => "add disposable {u:a} {u:b}",
        DisposeScope => "dispose {u:a} error {u:b} promise {d:c}",
        BoxFrom => "{d:a} := box {u:b}",
        LoadHome => "{d:a} := home",
        SuperBase => "{d:a} := super base {u:b}",
        GetSuperProp => "{d:a} := super {u2:b}[{u:c}]",
        SetSuperProp => "super {u2:a}[{u:b}] := {u:c}",
        GetBinding => "{d:a} := {u:b} binding {k:c}",
        SetBinding => "{u:a} binding {k:b} := {u:c}",
        NewNullObject => "{d:a} := null object",
        ReturnDerived => "return {u:a} or this {u:b}",
        LoadModuleCell => "{d:a} := module cell {l:x}",
        TestNullish => "test {u:a} == null",
        TestUndefined => "test {u:a} === undefined",
        TestNull => "test {u:a} === null",
        ElemKey => "{d:a} := key {u:c} for {u:b}",
        DisposeNext => "step {d2:a} := dispose next {u:b}",
        DisposeError => "dispose error {u:a} {u:b}",
        DisposeEnd => "dispose end {u:a}",
        MoveChecked => "{d:a} := {u:b} checked",
        GetElemInt => "{d:a} := {u:b}[{n:c}]",
        TestStrictEqConst => "test {u:a} === {k:b}",
        ReturnChecked => "return {u:a} checked",
        LoadBody => "load",
    }
}

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(&'static str),
    /// An operand: its kind (see the module's table) and which one it is (`b'a'`, `b'b'`, `b'c'`, `b'x'`).
    Operand(&'static str, u8),
}

/// The pieces of an operation's pattern, in order.
pub fn pieces(op: Op) -> impl Iterator<Item = Piece> {
    let mut rest = pattern(op);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(tail) = rest.strip_prefix('{') {
            let (place, after) = tail.split_once('}')?;
            let (kind, operand) = place.split_once(':')?;
            rest = after;
            return Some(Piece::Operand(kind, *operand.as_bytes().first()?));
        }
        let end = rest.find('{').unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

/// A test or a step: the word after it is a `Jump`.
pub const fn is_test(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        TestLt
            | TestLe
            | TestGt
            | TestGe
            | TestEq
            | TestStrictEq
            | TestLtInt
            | TestLeInt
            | TestGtInt
            | TestGeInt
            | TestEqInt
            | TestStrictEqInt
            | TestInstanceOf
            | TestIn
            | TestTypeOf
            | TestNullish
            | TestUndefined
            | TestNull
            | TestStrictEqConst
            | DisposeNext
            | ForInNext
            | IterNext
    )
}

/// The instruction never goes on to the next word.
pub const fn is_terminal(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        Jump | Return
            | ReturnUndefined
            | ReturnDerived
            | ReturnChecked
            | Throw
            | ThrowError
            | ThrowReadOnly
            | ThrowDeleteSuper
    )
}
