/* Functions of C of every prototype, constructors, classes that can be called, calls that fail, errors and their texts,
   stacks, evaluation and its flags. */
#include "transcript.h"

static JSValue generic(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int i;

    note("argc %d this %d new.target-like %d", argc, JS_VALUE_GET_NORM_TAG(this_val), JS_IsFunction(c, this_val));
    for (i = 0; i < 3; i++)
        note("arg%d tag %d", i, i < argc ? JS_VALUE_GET_NORM_TAG(argv[i]) : 99);
    return JS_NewInt32(c, argc);
}

/* A function that declares its length may read so many arguments. */
static JSValue padded(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    note("argc %d tags %d %d", argc, JS_VALUE_GET_NORM_TAG(argv[0]), JS_VALUE_GET_NORM_TAG(argv[1]));
    return JS_DupValue(c, argv[1]);
}

static JSValue magical(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv, int magic)
{
    note("argc %d this %d magic %d", argc, JS_VALUE_GET_NORM_TAG(this_val), magic);
    return JS_NewInt32(c, magic);
}

static double f1(double x)
{
    note("f %g", x);
    return x / 2;
}

static double f2(double x, double y)
{
    note("f %g %g", x, y);
    return x - y;
}

static JSValue getter(JSContext *c, JSValueConst this_val)
{
    note("getter this %d", JS_VALUE_GET_NORM_TAG(this_val));
    return JS_NewInt32(c, 5);
}

static JSValue setter(JSContext *c, JSValueConst this_val, JSValueConst val)
{
    note("setter this %d val %d", JS_VALUE_GET_NORM_TAG(this_val), JS_VALUE_GET_NORM_TAG(val));
    return JS_UNDEFINED;
}

static JSValue getter_magic(JSContext *c, JSValueConst this_val, int magic)
{
    note("getter this %d magic %d", JS_VALUE_GET_NORM_TAG(this_val), magic);
    return JS_NewInt32(c, magic);
}

static JSValue setter_magic(JSContext *c, JSValueConst this_val, JSValueConst val, int magic)
{
    note("setter this %d val %d magic %d", JS_VALUE_GET_NORM_TAG(this_val), JS_VALUE_GET_NORM_TAG(val), magic);
    return JS_UNDEFINED;
}

static JSValue next(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv, int *pdone, int magic)
{
    static int n;

    note("next magic %d", magic);
    *pdone = n++ % 3 == 2;
    if (n % 7 == 0)
        return JS_ThrowPlainError(c, "next");
    return JS_NewInt32(c, n);
}

static JSValue no_exception(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_EXCEPTION;
}

static JSValue throws(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_ThrowTypeError(c, "from C %d", argc);
}

/* Throws, and returns as if nothing had happened. */
static JSValue throws_quietly(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JS_ThrowTypeError(c, "unsaid");
    return JS_NewInt32(c, 1);
}

static JSValue throws_uncatchable(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue e = JS_NewError(c);

    JS_SetUncatchableError(c, e);
    return JS_Throw(c, e);
}

static JSValue swallows(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue v = JS_Call(c, argv[0], JS_UNDEFINED, 0, NULL);

    if (JS_IsException(v)) {
        JS_FreeValue(c, JS_GetException(c));
        return JS_NewString(c, "swallowed");
    }
    return v;
}

static JSValue returns_this(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    note("this tag %d", JS_VALUE_GET_NORM_TAG(this_val));
    return JS_DupValue(c, this_val);
}

static JSValue script_name(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int level = 0;
    JSAtom atom;
    JSValue v;

    JS_ToInt32(c, &level, argv[0]);
    atom = JS_GetScriptOrModuleName(c, level);
    v = atom == JS_ATOM_NULL ? JS_NULL : JS_AtomToString(c, atom);
    JS_FreeAtom(c, atom);
    return v;
}

static JSValue with_data(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    note("argc %d magic %d data %d %d", argc, magic, JS_VALUE_GET_NORM_TAG(data[0]), JS_VALUE_GET_NORM_TAG(data[1]));
    return JS_DupValue(c, data[0]);
}

static JSValue closure(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv, int magic, void *opaque)
{
    note("argc %d this %d magic %d opaque %d", argc, JS_VALUE_GET_NORM_TAG(this_val), magic, *(int *)opaque);
    return JS_NewInt32(c, (*(int *)opaque)++);
}

static void closure_gone(void *opaque)
{
    note("gone %d", *(int *)opaque);
}

/* What scripts see of a function, and what calling it does. */
static void look(const char *label, JSValue f)
{
    static const char *const scripts[] = {
        "f.name + '/' + f.length + '/' + typeof f.prototype + '/' + Object.getOwnPropertyNames(f).join()",
        "Object.entries(Object.getOwnPropertyDescriptors(f)).map(([k, d]) => k + (d.writable|0) + (d.enumerable|0) + (d.configurable|0)).join()",
        "f()", "f(1)", "f(1, 2, 3, 4)", "f.call(7, 'x')", "f.apply(null, [1])", "new f", "new f(1, 2)",
        "Reflect.construct(f, [1], class {})", "Reflect.construct(Object, [], f)", "class A extends f {}; new A(3)",
        "({ f }).f(2)", "f('8', '2')", "f({ valueOf() { throw 'v' } })", "String(f)", "f instanceof Function",
        "Object.getPrototypeOf(f) === Function.prototype", "f.bind(1, 2)()", "f?.()", "[1, 2].map(f)", "f`t`",
        "Object.defineProperty({}, 'p', { get: f }).p", "Object.defineProperty({}, 'p', { set: f }).p = 1",
        "f.name = 'other'; f.name", "new Proxy(f, {})(5)", "delete f.name; f.name",
    };
    int i;

    set_global(ctx, "f", f);
    for (i = 0; i < COUNT(scripts); i++) {
        if ((strstr(label, "f_f") || strstr(label, "setter")) && strstr(scripts[i], "get: f"))
            continue; /* QuickJS-NG crashes */
        VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "f.js", 0), "JS_Eval(%s; %s)", label, scripts[i]);
    }
    set_global(ctx, "f", JS_UNDEFINED);
}

static void prototypes(void)
{
    static const struct {
        const char *label;
        JSCFunctionType f;
        JSCFunctionEnum proto;
    } table[] = {
        { "generic", { .generic = generic }, JS_CFUNC_generic },
        { "generic_magic", { .generic_magic = magical }, JS_CFUNC_generic_magic },
        { "constructor", { .constructor = generic }, JS_CFUNC_constructor },
        { "constructor_magic", { .constructor_magic = magical }, JS_CFUNC_constructor_magic },
        { "constructor_or_func", { .constructor_or_func = generic }, JS_CFUNC_constructor_or_func },
        { "constructor_or_func_magic", { .generic_magic = magical }, JS_CFUNC_constructor_or_func_magic },
        { "f_f", { .f_f = f1 }, JS_CFUNC_f_f },
        { "f_f_f", { .f_f_f = f2 }, JS_CFUNC_f_f_f },
        { "getter", { .getter = getter }, JS_CFUNC_getter },
        { "setter", { .setter = setter }, JS_CFUNC_setter },
        { "getter_magic", { .getter_magic = getter_magic }, JS_CFUNC_getter_magic },
        { "setter_magic", { .setter_magic = setter_magic }, JS_CFUNC_setter_magic },
    };
    static const int lengths[] = { 0, 2 };
    int opaque = 3, i, k;
    JSValue data[2], p;

    for (i = 0; i < COUNT(table); i++) {
        bool reads = strstr(table[i].label, "setter") || strstr(table[i].label, "f_f");

        /* (One that reads arguments which it does not declare finds anything there in QuickJS-NG.) */
        for (k = reads; k < COUNT(lengths); k++) {
            char label[64];

            snprintf(label, sizeof(label), "JS_NewCFunction2 %s length %d", table[i].label, lengths[k]);
            look(label, JS_NewCFunction2(ctx, table[i].f.generic, "name", lengths[k], table[i].proto, 11));
        }
    }
    look("JS_NewCFunction", JS_NewCFunction(ctx, generic, "plain", 1));
    look("JS_NewCFunction empty name", JS_NewCFunction(ctx, generic, "", 1));
    look("JS_NewCFunction NULL name", JS_NewCFunction(ctx, generic, NULL, 1));
    look("JS_NewCFunction UTF-8 name", JS_NewCFunction(ctx, generic, "gr\xc3\xbc\xc3\x9f", 1));
    look("JS_NewCFunction padded", JS_NewCFunction(ctx, padded, "padded", 2));
    look("JS_NewCFunctionMagic", JS_NewCFunctionMagic(ctx, magical, "magic", 1, JS_CFUNC_generic_magic, -3));
    look("JS_NewCFunctionMagic 30000", JS_NewCFunctionMagic(ctx, magical, "magic", 1, JS_CFUNC_generic_magic, 30000));
    look("JS_NewCFunction returns this", JS_NewCFunction(ctx, returns_this, "self", 0));
    look("JS_NewCFunction throws", JS_NewCFunction(ctx, throws, "throws", 0));
    p = JS_NewObject(ctx);
    look("JS_NewCFunction3 proto", JS_NewCFunction3(ctx, generic, "three", 1, JS_CFUNC_generic, 0, p, 0));
    look("JS_NewCFunction3 null", JS_NewCFunction3(ctx, generic, "three", 1, JS_CFUNC_generic, 0, JS_NULL, 4));
    JS_FreeValue(ctx, p);
    data[0] = JS_NewString(ctx, "datum");
    data[1] = JS_NewInt32(ctx, 4);
    look("JS_NewCFunctionData", JS_NewCFunctionData(ctx, with_data, 1, 9, 2, (JSValueConst *)data));
    look("JS_NewCFunctionData2", JS_NewCFunctionData2(ctx, with_data, "named", 2, 30000, 2, (JSValueConst *)data));
    look("JS_NewCFunctionData2 NULL", JS_NewCFunctionData2(ctx, with_data, NULL, 2, 9, 2, (JSValueConst *)data));
    /* a magic that is no int16 */
    p = JS_NewCFunctionMagic(ctx, magical, "magic", 0, JS_CFUNC_generic_magic, 40000);
    VAL(JS_Call(ctx, p, JS_UNDEFINED, 0, NULL), "JS_NewCFunctionMagic 40000");
    JS_FreeValue(ctx, p);
    p = JS_NewCFunctionData(ctx, with_data, 0, -9, 2, (JSValueConst *)data);
    VAL(JS_Call(ctx, p, JS_UNDEFINED, 0, NULL), "JS_NewCFunctionData -9");
    JS_FreeValue(ctx, p);
    JS_FreeValue(ctx, data[0]);
    look("JS_NewCClosure", JS_NewCClosure(ctx, closure, "closure", NULL, 2, 8, &opaque));
    look("JS_NewCClosure NULL name", JS_NewCClosure(ctx, closure, NULL, NULL, 2, 8, &opaque));
    p = JS_NewCClosure(ctx, closure, "dying", closure_gone, 0, 0, &opaque);
    begin("JS_NewCClosure, JS_FreeValue");
    JS_FreeValue(ctx, p);
    finish();
    set_global(ctx, "it", JS_NewObject(ctx));
    p = get_global("it");
    JS_SetPropertyStr(ctx, p, "next", JS_NewCFunction2(ctx, (JSCFunction *)next, "next", 0, JS_CFUNC_iterator_next, 6));
    JS_FreeValue(ctx, p);
    VAL(eval("it[Symbol.iterator] = function () { return this }; [...it].join()"), "iterator_next, spread");
    VAL(eval("JSON.stringify([it.next(), it.next(), it.next()])"), "iterator_next, called");
    VAL(JS_Eval(ctx, "it.next()", 9, "n", 0), "iterator_next, throwing");
    VAL(eval("var [a, b] = it; a + ',' + b"), "iterator_next, destructuring");
    VAL(eval("it.next.length + it.next.name"), "iterator_next, name");
    VAL(eval("(() => { for (var x of it) return x })()"), "iterator_next, for-of left early");
}

/* The value called for a caller who does odd things. */
static void odd_functions(void)
{
    static const char *const scripts[] = {
        "noException()", "try { noException() } catch (e) { String(e) }", "try { noException() } finally { log('finally') }",
        "throwsQuietly()", "throwsQuietly() + 1", "try { throwsQuietly(); 'after' } catch (e) { 'caught ' + e.message }",
        "throws(1, 2)", "try { throws() } catch (e) { e.constructor === TypeError }", "uncatchable()",
        "try { uncatchable() } catch { log('caught') } finally { log('finally') }", "swallows(throws)", "swallows(uncatchable)",
        "swallows(() => { try { uncatchable() } finally { log('finally') } })", "[1].map(throws)", "[3, 1, 2].sort(uncatchable)",
        "new Promise(throws); 0", "JSON.stringify({ toJSON: throws })", "JSON.parse('[1]', throws)", "'a'.replace('a', throws)",
        "for (const x of { [Symbol.iterator]() { return { next: throws, return: () => log('return') } } });",
        "for (const x of { [Symbol.iterator]() { return { next: () => ({}), return: () => log('return') } } }) throws();",
        "for (const x of { [Symbol.iterator]() { return { next: () => ({}), return: () => log('return') } } }) uncatchable();",
        "new Map([[1, 2]]).forEach(throws)", "Array.from([1], uncatchable)", "new (class { constructor() { uncatchable() } })",
        "class X { static { throws() } }", "`${{ toString: throws }}`", "({ get a() { throws() } }).a", "with ({ get a() { throws() } }) a",
        "scriptName(0)", "scriptName(1)", "(() => scriptName(1))()", "[0].map(() => scriptName(2))[0]", "scriptName(100)", "scriptName(-1)",
        "eval('scriptName(1)')", "(0, eval)('scriptName(1)')", "new Function('return scriptName(1)')()",
        "(function () { return scriptName(0) + scriptName(1) + scriptName(2) })()",
    };
    int i;

    set_function(ctx, "noException", no_exception, 0);
    set_function(ctx, "throws", throws, 0);
    set_function(ctx, "throwsQuietly", throws_quietly, 0);
    set_function(ctx, "uncatchable", throws_uncatchable, 0);
    set_function(ctx, "swallows", swallows, 1);
    set_function(ctx, "scriptName", script_name, 1);
    for (i = 0; i < COUNT(scripts); i++) {
        VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "o.js", 0), "JS_Eval(%s)", scripts[i]);
        run_jobs();
    }
    ATOM(JS_GetScriptOrModuleName(ctx, 0), "JS_GetScriptOrModuleName(0), nothing runs");
    ATOM(JS_GetScriptOrModuleName(ctx, 1), "JS_GetScriptOrModuleName(1), nothing runs");
}

/* ---- classes that can be called ---- */

static JSValue class_call(JSContext *c, JSValueConst func, JSValueConst this_val, int argc, JSValueConst *argv, int flags)
{
    note("call this %d argc %d flags %x func %d", JS_VALUE_GET_NORM_TAG(this_val), argc, flags & JS_CALL_FLAG_CONSTRUCTOR, JS_IsObject(func));
    if (flags & JS_CALL_FLAG_CONSTRUCTOR)
        return JS_NewObject(c);
    return JS_NewInt32(c, argc);
}

static void callable_class(void)
{
    static const char *const scripts[] = { "typeof f", "f()", "f(1, 2)", "f.call(3)", "new f", "new f(1)", "class A extends f {}; new A",
        "f.name", "f.length", "Object.prototype.toString.call(f)", "String(f)", "f instanceof Function", "Function.prototype.call.call(f, 1)",
        "[1].map(f)", "f.bind", "Reflect.construct(f, [], Object)", "({}) instanceof f", "new Proxy(f, {})()", "Reflect.apply(f, 1, [2])",
        "Object.defineProperty({}, 'p', { get: f }).p", "Promise.resolve(1).then(f); 0" };
    static JSClassID id;
    JSClassDef def = { "Callable", .call = class_call };
    JSValue v;
    int i, constructor;

    JS_NewClassID(rt, &id);
    INT(JS_NewClass(rt, id, &def), "JS_NewClass(Callable)");
    INT(JS_NewClass(rt, id, &def), "JS_NewClass(Callable), again");
    INT(JS_IsRegisteredClass(rt, id), "JS_IsRegisteredClass(Callable)");
    INT(JS_IsRegisteredClass(rt, id + 50), "JS_IsRegisteredClass(not one)");
    INT(JS_IsRegisteredClass(rt, 0), "JS_IsRegisteredClass(0)");
    INT(JS_IsRegisteredClass(rt, UINT32_MAX), "JS_IsRegisteredClass(2^32-1)");
    INT(JS_NewClass(rt, 0, &def) < 0, "JS_NewClass(0)");
    ATOM(JS_GetClassName(rt, id), "JS_GetClassName(Callable)");
    ATOM(JS_GetClassName(rt, 0), "JS_GetClassName(0)");
    ATOM(JS_GetClassName(rt, id + 50), "JS_GetClassName(not one)");
    VAL(JS_GetClassProto(ctx, id), "JS_GetClassProto(Callable), none set");
    for (constructor = 0; constructor < 2; constructor++) {
        v = JS_NewObjectClass(ctx, id);
        VAL(JS_GetPrototype(ctx, v), "JS_NewObjectClass(Callable), prototype");
        if (constructor)
            INT(JS_SetConstructorBit(ctx, v, true), "JS_SetConstructorBit(Callable)");
        INT(JS_IsFunction(ctx, v), "JS_IsFunction(Callable)");
        INT(JS_IsConstructor(ctx, v), "JS_IsConstructor(Callable %d)", constructor);
        VAL(JS_Call(ctx, v, JS_TRUE, 0, NULL), "JS_Call(Callable)");
        VAL(JS_CallConstructor(ctx, v, 0, NULL), "JS_CallConstructor(Callable %d)", constructor);
        set_global(ctx, "f", v);
        for (i = 0; i < COUNT(scripts); i++) {
            VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "k.js", 0), "JS_Eval(Callable %d; %s)", constructor, scripts[i]);
            run_jobs();
        }
        set_global(ctx, "f", JS_UNDEFINED);
    }
    JS_SetClassProto(ctx, id, JS_NULL);
    v = JS_NewObjectClass(ctx, id);
    VAL(JS_GetPrototype(ctx, v), "JS_SetClassProto(null), JS_NewObjectClass, prototype");
    JS_FreeValue(ctx, v);
    v = JS_NewObjectClass(other, id);
    VAL(JS_GetPrototype(ctx, v), "JS_NewObjectClass(other realm), prototype");
    JS_FreeValue(ctx, v);
}

/* Opaque pointers, finalizers and when they run. */
static JSClassID tracked_id;

static void tracked_finalizer(JSRuntime *r, JSValueConst v)
{
    note("finalizer %s live %d", (const char *)JS_GetOpaque(v, tracked_id), JS_IsLiveObject(r, v));
}

static void lives(void)
{
    JSClassDef def = { "Tracked", tracked_finalizer };
    JSValue v, w;

    JS_NewClassID(rt, &tracked_id);
    JS_NewClass(rt, tracked_id, &def);
    JS_SetClassProto(ctx, tracked_id, JS_NewObject(ctx));
    v = JS_NewObjectClass(ctx, tracked_id);
    PTR(JS_GetOpaque(v, tracked_id), "JS_GetOpaque(new)");
    INT(JS_SetOpaque(v, "one"), "JS_SetOpaque");
    begin("JS_FreeValue(Tracked)");
    JS_FreeValue(ctx, v);
    finish();
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "cyclic");
    JS_SetPropertyStr(ctx, v, "self", JS_DupValue(ctx, v));
    begin("JS_FreeValue(cycle)");
    JS_FreeValue(ctx, v);
    finish();
    begin("JS_RunGC");
    JS_RunGC(rt);
    finish();
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "held");
    w = JS_NewObject(ctx);
    begin("JS_SetPropertyStr(object, Tracked)");
    JS_SetPropertyStr(ctx, w, "held", v);
    finish();
    begin("JS_SetPropertyStr(over it)");
    JS_SetPropertyStr(ctx, w, "held", JS_NULL);
    finish();
    JS_FreeValue(ctx, w);
    /* failing functions take their values over all the same */
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "refused");
    INT(JS_SetPropertyStr(ctx, JS_NULL, "x", v), "JS_SetPropertyStr(null, Tracked)");
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "refused");
    INT(JS_DefinePropertyValueStr(ctx, JS_UNDEFINED, "x", v, 0), "JS_DefinePropertyValueStr(undefined, Tracked)");
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "thrown");
    begin("JS_Throw(Tracked), JS_Throw(1)");
    JS_Throw(ctx, v);
    JS_Throw(ctx, JS_NewInt32(ctx, 1));
    finish();
    v = JS_NewObjectClass(ctx, tracked_id);
    JS_SetOpaque(v, "proto");
    begin("JS_SetClassProto(Tracked) twice");
    JS_SetClassProto(ctx, tracked_id, v);
    JS_SetClassProto(ctx, tracked_id, JS_NULL);
    finish();
    VAL(JS_NewObjectClass(ctx, 0), "JS_NewObjectClass(0)");
    VAL(JS_NewObjectProtoClass(ctx, JS_NULL, tracked_id), "JS_NewObjectProtoClass(null, Tracked)");
}

/* ---- errors ---- */

static void errors(void)
{
    JSValue v;
    static const char *const members[] = { "message", "name", "stack", "cause" };
    char text[600];
    int i;

    messages = true;
    VAL(JS_NewError(ctx), "JS_NewError");
    VAL(JS_NewPlainError(ctx, "plain %d", 1), "JS_NewPlainError");
    VAL(JS_NewTypeError(ctx, "type %s", "s"), "JS_NewTypeError");
    VAL(JS_NewRangeError(ctx, "range %.2f", 1.5), "JS_NewRangeError");
    VAL(JS_NewReferenceError(ctx, "reference %c%%", 'c'), "JS_NewReferenceError");
    VAL(JS_NewSyntaxError(ctx, "syntax %5d|%-5d|%05d", 1, 2, 3), "JS_NewSyntaxError");
    VAL(JS_NewInternalError(ctx, "internal %x %lx %zu", 255, 255L, (size_t)7), "JS_NewInternalError");
    VAL(JS_ThrowPlainError(ctx, "plain %d", 1), "JS_ThrowPlainError");
    VAL(JS_ThrowTypeError(ctx, "type %s", "s"), "JS_ThrowTypeError");
    VAL(JS_ThrowRangeError(ctx, "range %.2f", 1.5), "JS_ThrowRangeError");
    VAL(JS_ThrowReferenceError(ctx, "reference %c%%", 'c'), "JS_ThrowReferenceError");
    VAL(JS_ThrowSyntaxError(ctx, "syntax"), "JS_ThrowSyntaxError");
    VAL(JS_ThrowInternalError(ctx, "internal"), "JS_ThrowInternalError");
    VAL(JS_ThrowOutOfMemory(ctx), "JS_ThrowOutOfMemory");
    VAL(JS_ThrowDOMException(ctx, "DataCloneError", "not %s", "this"), "JS_ThrowDOMException(DataCloneError)");
    VAL(JS_ThrowDOMException(ctx, "NoSuchName", "other"), "JS_ThrowDOMException(NoSuchName)");
    VAL(JS_ThrowTypeError(ctx, "%s", ""), "JS_ThrowTypeError, empty");
    VAL(JS_ThrowTypeError(ctx, "%s", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"), "JS_ThrowTypeError, UTF-8");
    memset(text, 'm', 250);
    text[250] = 0;
    VAL(JS_ThrowTypeError(ctx, "%s", text), "JS_ThrowTypeError, 250 bytes");
    JS_ThrowDOMException(ctx, "DataCloneError", "m");
    v = JS_GetException(ctx);
    set_global(ctx, "e", v);
    VAL(eval("[e.name, e.message, e.code, e instanceof DOMException, e instanceof Error, typeof e.stack, Object.getOwnPropertyNames(e).join()].join('|')"),
        "JS_ThrowDOMException, what it is");
    for (i = 0; i < COUNT(members); i++) {
        v = JS_NewTypeError(ctx, "x");
        VAL(JS_GetPropertyStr(ctx, v, members[i]), "JS_NewTypeError, .%s", members[i]);
        JS_FreeValue(ctx, v);
        v = JS_NewError(ctx);
        VAL(JS_GetPropertyStr(ctx, v, members[i]), "JS_NewError, .%s", members[i]);
        JS_FreeValue(ctx, v);
    }
    set_global(ctx, "e", JS_NewTypeError(ctx, "x"));
    VAL(eval("Object.getOwnPropertyNames(e).join()"), "JS_NewTypeError, own names");
    VAL(eval("JSON.stringify(Object.getOwnPropertyDescriptor(e, 'message'))"), "JS_NewTypeError, message");
    set_global(ctx, "e", JS_NewError(ctx));
    VAL(eval("Object.getOwnPropertyNames(e).join()"), "JS_NewError, own names");

    INT(JS_HasException(ctx), "JS_HasException");
    VAL(JS_GetException(ctx), "JS_GetException, none");
    JS_Throw(ctx, JS_UNDEFINED);
    INT(JS_HasException(ctx), "JS_Throw(undefined), JS_HasException");
    JS_Throw(ctx, JS_NULL);
    INT(JS_HasException(ctx), "JS_Throw(null), JS_HasException");
    JS_Throw(ctx, JS_UNINITIALIZED);
    INT(JS_HasException(ctx), "JS_Throw(uninitialized), JS_HasException");
    JS_Throw(ctx, JS_NewInt32(ctx, 1));
    VAL(JS_Throw(ctx, JS_NewInt32(ctx, 2)), "JS_Throw(2) over 1");
    /* a call while an exception is pending */
    JS_Throw(ctx, JS_NewInt32(ctx, 3));
    v = JS_NewObject(ctx);
    VAL(JS_GetPropertyStr(ctx, v, "x"), "JS_GetPropertyStr while 3 is pending");
    JS_Throw(ctx, JS_NewInt32(ctx, 4));
    VAL(JS_Eval(ctx, "try { null.x } catch { 'caught' }", 33, "p", 0), "JS_Eval while 4 is pending");
    JS_Throw(ctx, JS_NewInt32(ctx, 5));
    VAL(JS_Eval(ctx, "1 + 1", 5, "p", 0), "JS_Eval(1 + 1) while 5 is pending");
    JS_FreeValue(ctx, v);

    /* uncatchable errors */
    v = JS_NewError(ctx);
    INT(JS_IsUncatchableError(v), "JS_IsUncatchableError");
    JS_SetUncatchableError(ctx, v);
    INT(JS_IsUncatchableError(v), "JS_SetUncatchableError, is");
    JS_ClearUncatchableError(ctx, v);
    INT(JS_IsUncatchableError(v), "JS_ClearUncatchableError, is");
    JS_SetUncatchableError(ctx, v);
    JS_Throw(ctx, JS_DupValue(ctx, v));
    INT((JS_ResetUncatchableError(ctx), JS_HasException(ctx)), "JS_ResetUncatchableError");
    INT(JS_IsUncatchableError(v), "JS_ResetUncatchableError, is");
    JS_FreeValue(ctx, v);
    JS_SetUncatchableError(ctx, JS_NULL);
    v = JS_NewObject(ctx);
    JS_SetUncatchableError(ctx, v);
    INT(JS_IsUncatchableError(v), "JS_SetUncatchableError(object), is");
    JS_ResetUncatchableError(ctx);
    JS_FreeValue(ctx, v);
    messages = false;
}

/* A backtrace without the columns of calls, which engines count differently; of a syntax error (there is no function
   then) with them. */
static void print_stack(const char *label, JSValue e)
{
    JSValue v = JS_GetPropertyStr(ctx, e, "stack");
    const char *s = JS_ToCString(ctx, v);
    char text[2048];
    size_t i, n = 0;

    for (i = 0; s && s[i] && n + 1 < sizeof(text); i++) {
        size_t digits = s[i] == ':' ? strspn(s + i + 1, "0123456789") : 0;

        if (digits && s[i + 1 + digits] == ')')
            i += digits;
        else
            text[n++] = s[i];
    }
    begin("stack of %s", label);
    printf(" = ");
    print_text(text, n);
    finish();
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, e);
}

static void stacks(void)
{
    static const char *const scripts[] = {
        "throw new Error('x')", "null.x", "undefinedName", "function f() {\n  throw new Error\n}\n\nf()",
        "class A {\n  m() { return null.x }\n  static s() { new A().m() }\n}\nA.s()",
        "[1].map(x => {\n  x.y.z })", "[1].forEach(function cb() { throw new Error })", "(() => { throw new Error })()",
        "new (class B { constructor() { throw new Error } })", "new (class { x = null.y })", "class S { static { throw new Error } }",
        "({ get g() { throw new Error } }).g", "({ m() { throw new Error } }).m()", "eval('throw new Error')", "(0, eval)('\\nthrow new Error')",
        "new Function('a', 'throw new Error')()", "function g() { f2() } function f2() { throw new Error } g()",
        "JSON.parse('{bad')", "JSON.parse('[1,\\n2,\\n}')", "var o = { toString() { throw new Error } }; '' + o",
        "var p = new Proxy({}, { get() { throw new Error } }); p.x", "Promise.reject; decodeURI('%')", "'x'.repeat(-1)", "new Array(-1)",
        "[].reduce(() => 1)", "Symbol() + 1", "1n + 1", "throwsC()", "function w() { throwsC() } w()", "[2, 1].sort(() => throwsC())",
        "(function inner() { inner2(); function inner2() { throw Error('called') } })()", "Error.captureStackTrace",
        "var oo = {}; Error.captureStackTrace(oo); throw oo", "function gen() {} gen.x.y", "(function* gg() { throw new Error })().next()",
        "const s1 = 1; s1 = 2", "let z = z", "new 1", "1()", "x.y", "({}).a.b", "(void 0)()", "a.b.c = 1", "'use strict'; undeclared = 1",
        "import('x' + null.y)", "super_", "throw 1", "var e = new Error('late'); function thrower() { throw e }\nthrower()",
        "new Error('m', { cause: 1 }).cause; throw new AggregateError([1], 'agg')",
        "Error.stackTraceLimit = 2; function d(n) { if (n) d(n - 1); else throw new Error } d(5)", "Error.stackTraceLimit = 0; throw new Error",
        "Error.stackTraceLimit = 10; Error.prepareStackTrace = (e, f) => f.map(c => [c.getFunctionName(), c.getFileName(), c.getLineNumber(), c.getColumnNumber(), c.isNative()].join(':')).join(' '); function ps() { throw new Error } ps()",
        "Error.prepareStackTrace = undefined; `\n\n${null.x}`", "a?.b; null\n.\nx", "[...1]", "var {q} = null", "for (const x of 5);", "f(\n  null.a,\n  2)",
        "label: { break nolabel }", "1 +", "var 1", "'abc", "/(/", "`${", "let a; let a", "return 1", "await 1", "({a b})", "\n\n  @", "\"\\u{110000}\"",
    };
    int i;

    set_function(ctx, "throwsC", throws, 0);
    for (i = 0; i < COUNT(scripts); i++) {
        JSValue v = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "dir/file.js", 0);

        if (!JS_IsException(v)) {
            begin("stack of %s", scripts[i]);
            printf(" no error");
            finish();
            JS_FreeValue(ctx, v);
            run_jobs();
            continue;
        }
        print_stack(scripts[i], JS_GetException(ctx));
    }
    print_stack("JS_NewTypeError", JS_NewTypeError(ctx, "t"));
    JS_ThrowTypeError(ctx, "t");
    print_stack("JS_ThrowTypeError", JS_GetException(ctx));
    JS_Throw(ctx, JS_NewError(ctx));
    print_stack("JS_Throw(JS_NewError)", JS_GetException(ctx));
    {
        JSValue f = eval("(function called() { throw new Error })");

        JS_FreeValue(ctx, JS_Call(ctx, f, JS_UNDEFINED, 0, NULL));
        print_stack("JS_Call", JS_GetException(ctx));
        JS_FreeValue(ctx, f);
    }
    JS_FreeValue(ctx, JS_ParseJSON(ctx, "{\n 1}", 5, "j.json"));
    print_stack("JS_ParseJSON", JS_GetException(ctx));
    run("delete globalThis.o; delete globalThis.p; delete globalThis.e; delete globalThis.oo");
}

/* ---- evaluation ---- */

static void evaluation(void)
{
    static const struct {
        const char *name;
        int flags;
    } flags[] = {
        { "global", 0 }, { "module", JS_EVAL_TYPE_MODULE }, { "direct", JS_EVAL_TYPE_DIRECT }, { "indirect", JS_EVAL_TYPE_INDIRECT },
        { "strict", JS_EVAL_FLAG_STRICT }, { "compile", JS_EVAL_FLAG_COMPILE_ONLY }, { "barrier", JS_EVAL_FLAG_BACKTRACE_BARRIER },
        { "async", JS_EVAL_FLAG_ASYNC }, { "async strict", JS_EVAL_FLAG_ASYNC | JS_EVAL_FLAG_STRICT },
        { "module async", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_ASYNC }, { "module compile", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY },
        { "async compile", JS_EVAL_FLAG_ASYNC | JS_EVAL_FLAG_COMPILE_ONLY }, { "unused", JS_EVAL_FLAG_UNUSED },
    };
    static const char *const scripts[] = { "1 + 1", "", ";", "{ 5 }", "var v1 = 1", "let l1 = 1", "throw 7", "await 8", "await Promise.reject(9)",
        "this === globalThis", "typeof this", "undeclared1 = 1", "with ({}) 1", "return", "1;;", "if (1) { 2 } else 3", "do { 4 } while (0)",
        "function decl() {}", "'str'", "syntax error", "delete Object.prototype", "import.meta", "export default 1", "#!shebang\n3",
        "<!-- comment\n4", "\xef\xbb\xbf" "5", "arguments", "new.target", "await: 1", "var await; 6", "class K {}", "0, eval", "import('nowhere')",
        "for (var i = 0; i < 3; i++) i", "switch (1) { case 1: 'case' }", "try { 1 } finally { 2 }", "label: 3", "async () => await 1", "yield", "\"\\08\"" };
    int i, k;

    for (i = 0; i < COUNT(flags); i++) {
        if (flags[i].flags == JS_EVAL_TYPE_DIRECT)
            continue; /* internal: there has to be a script around it */
        for (k = 0; k < COUNT(scripts); k++) {
            JSValue v;

            begin("JS_Eval(%s, %s)", flags[i].name, scripts[k]);
            v = JS_Eval(ctx, scripts[k], strlen(scripts[k]), "e.js", flags[i].flags);
            printf(" = ");
            show(ctx, v);
            if (JS_IsPromise(v)) {
                JSValue r;

                printf(" state %d", JS_PromiseState(ctx, v));
                run_jobs();
                printf(", after jobs %d ", JS_PromiseState(ctx, v));
                r = JS_PromiseResult(ctx, v);
                show(ctx, r);
                if (JS_IsObject(r)) {
                    JSValue x = JS_GetPropertyStr(ctx, r, "value");

                    printf(" value ");
                    show(ctx, x);
                    JS_FreeValue(ctx, x);
                }
                JS_FreeValue(ctx, r);
            }
            finish();
            if (JS_VALUE_GET_TAG(v) == JS_TAG_FUNCTION_BYTECODE || JS_VALUE_GET_TAG(v) == JS_TAG_MODULE) {
                begin("JS_EvalFunction(%s, %s)", flags[i].name, scripts[k]);
                v = JS_EvalFunction(ctx, v);
                printf(" = ");
                show(ctx, v);
                finish();
                run_jobs();
            }
            JS_FreeValue(ctx, v);
            JS_FreeValue(ctx, JS_Eval(ctx, "delete globalThis.undeclared1; delete globalThis.await", 54, "d", 0));
            run_jobs();
        }
    }
    VAL(JS_EvalFunction(ctx, JS_UNDEFINED), "JS_EvalFunction(undefined)");
    VAL(JS_EvalFunction(ctx, JS_NewObject(ctx)), "JS_EvalFunction(object)");
    VAL(JS_EvalFunction(ctx, JS_NewInt32(ctx, 1)), "JS_EvalFunction(1)");
    {
        JSEvalOptions options = { JS_EVAL_OPTIONS_VERSION, 0, "opt.js", 40 };
        JSValue v, e;

        VAL(JS_Eval2(ctx, "1 + 2", 5, NULL), "JS_Eval2(NULL)");
        VAL(JS_Eval2(ctx, "1 + 2", 5, &options), "JS_Eval2(options)");
        JS_FreeValue(ctx, JS_Eval2(ctx, "\nnull.x", 7, &options));
        print_stack("JS_Eval2, line 40", JS_GetException(ctx));
        JS_FreeValue(ctx, JS_Eval2(ctx, "\n1 +", 4, &options));
        print_stack("JS_Eval2, syntax, line 40", JS_GetException(ctx));
        options.version = 0;
        VAL(JS_Eval2(ctx, "1 + 2", 5, &options), "JS_Eval2(version 0)");
        options.version = 2;
        VAL(JS_Eval2(ctx, "1 + 2", 5, &options), "JS_Eval2(version 2)");
        options.version = 1;
        options.filename = NULL;
        options.line_num = 0;
        JS_FreeValue(ctx, JS_Eval2(ctx, "null.x", 6, &options));
        print_stack("JS_Eval2, NULL name, line 0", JS_GetException(ctx));
        options.line_num = -5;
        JS_FreeValue(ctx, JS_Eval2(ctx, "null.x", 6, &options));
        print_stack("JS_Eval2, line -5", JS_GetException(ctx));
        options.line_num = 1;
        options.eval_flags = JS_EVAL_TYPE_MODULE;
        v = JS_NewObject(ctx);
        e = JS_EvalThis2(ctx, v, "globalThis.moduleThis = typeof this", 35, &options);
        VAL(e, "JS_EvalThis2(module)");
        VAL(eval("moduleThis"), "JS_EvalThis2(module), this");
        options.eval_flags = 0;
        VAL(JS_EvalThis2(ctx, v, "typeof this", 11, &options), "JS_EvalThis2");
        VAL(JS_EvalThis2(ctx, v, "typeof this", 11, NULL), "JS_EvalThis2(NULL)");
        VAL(JS_EvalThis(ctx, v, "(() => typeof this)()", 21, "t", 0), "JS_EvalThis, arrow");
        VAL(JS_EvalThis(ctx, v, "eval('typeof this')", 19, "t", 0), "JS_EvalThis, eval");
        VAL(JS_EvalThis(ctx, v, "var thisVar = 1; globalThis.thisVar", 35, "t", 0), "JS_EvalThis, var");
        JS_FreeValue(ctx, v);
    }
    {
        static const char *const sources[] = { "export {}", "import 'x'", "1", "await 1", "import.meta", "syntax error", "", "import('x')",
            "// import", "'import'", "export", "#!x\nexport {}", "const await = 1", "with (a) b", "let x; export default x" };

        for (i = 0; i < COUNT(sources); i++)
            INT(JS_DetectModule(sources[i], strlen(sources[i])), "JS_DetectModule(%s)", sources[i]);
    }
}

static void json(void)
{
    static const char *const texts[] = { "1", " [1, 2 ] ", "{\"a\": 1, \"a\": 2}", "{a: 1}", "[1,]", "'x'", "", "nul", "null", "true", "-0", "1e5",
        "\"\\u0041\\ud800\"", "[1] x", "\"a\nb\"", "{\"__proto__\": 1}", "01", ".5", "1.", "+1", "[", "{\"a\"", "// c\n1", "\xef\xbb\xbf" "1", "NaN", "\"\\x\"",
        "{\"0\":1,\"b\":2,\"-1\":3}", "123456789012345678901234567890", "\"\xff\"",
        "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\"\xf0\x9f\x98\x80\"", "\"\xe2\x82\"", "\xff", "[1]\xc3", "[\xff]" };
    static const char *const sources[] = { "'\xff'.length", "'\xed\xa0\x80'.length", "'\xe2\x82'.charCodeAt()", "1 // \xff", "/* \xff */ 2",
        "/\xff/.source", "`\xff`", "var \xff", "\xff", "'\xf4\x90\x80\x80'.length", "'\xc0\x80'.length" };
    int i;

    for (i = 0; i < COUNT(texts); i++)
        VAL(JS_ParseJSON(ctx, texts[i], strlen(texts[i]), "j"), "JS_ParseJSON(%s)", texts[i]);
    for (i = 0; i < COUNT(sources); i++)
        VAL(JS_Eval(ctx, sources[i], strlen(sources[i]), "u", 0), "JS_Eval(UTF-8 %s)", sources[i]);
    VAL(JS_ParseJSON(ctx, "[1] garbage", 3, "j"), "JS_ParseJSON, three bytes of more");
}

int main(void)
{
    start();
    prototypes();
    odd_functions();
    callable_class();
    lives();
    errors();
    stacks();
    evaluation();
    json();
    end();
    return 0;
}
