/* Corners in which QuickJS-NG's behaviour is not what the header alone would make one expect. Each was seen in its
   binary: this program, linked to it, passes too (but for what QuickJS-NG crashes on, marked OURS). */
#include "check.h"

/* QJS_CTEST_PEER: the program is linked to QuickJS-NG. */
static bool ours;

/* A conversion that fails leaves 0 (or NaN), never what was there. */
static void failed_conversions(JSContext *ctx)
{
    JSValue sym = JS_NewSymbol(ctx, "s", false), thrower = eval(ctx, "({ valueOf() { throw 1 } })");
    int32_t i32 = 77;
    uint32_t u32 = 77;
    int64_t i64 = 77;
    uint64_t u64 = 77;
    double d = 77;

    CHECK_INT(JS_ToInt32(ctx, &i32, sym), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(i32, 0);
    CHECK_INT(JS_ToUint32(ctx, &u32, thrower), -1);
    JS_FreeValue(ctx, JS_GetException(ctx));
    CHECK_INT(u32, 0);
    CHECK_INT(JS_ToInt64(ctx, &i64, sym), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(i64, 0);
    i64 = 77;
    CHECK_INT(JS_ToInt64Ext(ctx, &i64, sym), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(i64, 0);
    i64 = 77;
    CHECK_INT(JS_ToBigInt64(ctx, &i64, JS_NULL), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(i64, 0);
    CHECK_INT(JS_ToBigUint64(ctx, &u64, JS_UNDEFINED), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(u64, 0);
    u64 = 77;
    CHECK_INT(JS_ToIndex(ctx, &u64, JS_NewInt32(ctx, -1)), -1);
    CHECK_ERROR(ctx, "RangeError");
    CHECK_INT(u64, 0);
    CHECK_INT(JS_ToFloat64(ctx, &d, sym), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK(d != d);
    i64 = 77;
    CHECK_INT(JS_GetLength(ctx, JS_NULL, &i64), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(i64, 0);
    JS_FreeValues(ctx, sym, thrower);
}

static void strings_and_symbols(JSContext *ctx)
{
    static const uint16_t units[] = { 'a', 0xd800 };

    CHECK(JS_IsException(JS_NewStringUTF16(ctx, units, (size_t)1 << 30)));
    CHECK_ERROR(ctx, "RangeError");
    CHECK(JS_IsException(JS_NewStringUTF16(ctx, units, (size_t)-1)));
    CHECK_ERROR(ctx, "RangeError");
    CHECK_VAL(ctx, JS_NewStringUTF16(ctx, NULL, 0), "");
    /* as Symbol.for() has it */
    set_global(ctx, "sym", JS_NewSymbol(ctx, NULL, true));
    CHECK_EVAL(ctx, "sym === Symbol.for('undefined')", "true");
    set_global(ctx, "sym", JS_NewSymbol(ctx, NULL, false));
    CHECK_EVAL(ctx, "sym.description === undefined", "true");
}

/* `this` of JS_EvalThis is that of a sloppy function. */
static void eval_this(JSContext *ctx)
{
    CHECK_VAL(ctx, JS_EvalThis(ctx, JS_UNDEFINED, "this === globalThis", 19, "t", 0), "true");
    CHECK_VAL(ctx, JS_EvalThis(ctx, JS_NULL, "this === globalThis", 19, "t", 0), "true");
    CHECK_VAL(ctx, JS_EvalThis(ctx, JS_NewInt32(ctx, 3), "typeof this + (this + 1)", 24, "t", 0), "object4");
    CHECK_VAL(ctx, JS_EvalThis(ctx, JS_NewInt32(ctx, 3), "typeof this", 11, "t", JS_EVAL_FLAG_STRICT), "number");
}

/* A raw context runs no source text before JS_AddIntrinsicEval. */
static void raw_context(JSRuntime *rt)
{
    JSContext *ctx = JS_NewContextRaw(rt);

    CHECK(ctx);
    CHECK_INT(JS_AddIntrinsicBaseObjects(ctx), 0);
    CHECK_EVAL(ctx, "1 + 1", "throws TypeError: eval is not supported");
    CHECK(JS_IsException(JS_Eval(ctx, "1", 1, "m", JS_EVAL_TYPE_MODULE)));
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_AddIntrinsicEval(ctx), 0);
    CHECK_EVAL(ctx, "1 + 1", "2");
    JS_FreeContext(ctx);
}

/* The stack of an error in JSON text says where. */
static void json_place(JSContext *ctx)
{
    JSValue e;

    CHECK(JS_IsException(JS_ParseJSON(ctx, "\n\n x", 4, "a.json")));
    e = JS_GetException(ctx);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, e, "stack"), "    at a.json:3:2\n");
    JS_FreeValue(ctx, e);
}

static int tracked[2];

static void tracker(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled, void *opaque)
{
    tracked[handled]++;
}

static void marked_as_handled(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue p, settle[2];

    JS_SetHostPromiseRejectionTracker(rt, tracker, NULL);
    p = JS_NewPromiseCapability(ctx, settle);
    JS_FreeValue(ctx, JS_Call(ctx, settle[1], JS_UNDEFINED, 0, NULL));
    CHECK_INT(tracked[0], 1);
    JS_PromiseMarkAsHandled(ctx, p);
    CHECK_INT(tracked[1], 1);
    JS_PromiseMarkAsHandled(ctx, p);
    CHECK_INT(tracked[1], 1);
    JS_FreeValues(ctx, p, settle[0], settle[1]);
    /* before the rejection: nothing to tell */
    p = JS_NewPromiseCapability(ctx, settle);
    JS_PromiseMarkAsHandled(ctx, p);
    JS_FreeValue(ctx, JS_Call(ctx, settle[1], JS_UNDEFINED, 0, NULL));
    CHECK_INT(tracked[0] + tracked[1], 2);
    JS_FreeValues(ctx, p, settle[0], settle[1]);
    JS_PromiseMarkAsHandled(ctx, JS_UNDEFINED);
    JS_SetHostPromiseRejectionTracker(rt, NULL, NULL);
}

/* An embedder's memory moves by its own function. */
static int reallocs, frees;
static bool refuse;

static void *memory(JSRuntime *rt, void *opaque, void *ptr, size_t size)
{
    CHECK(opaque == &reallocs);
    if (size == 0) {
        frees++;
        free(ptr);
        return NULL;
    }
    reallocs++;
    return refuse ? NULL : realloc(ptr, size);
}

static void buffers(JSContext *ctx)
{
    static uint8_t fixed[64];
    int i;

    /* transfer keeps the memory, or has it resized */
    set_global(ctx, "b", JS_NewArrayBuffer(ctx, malloc(16), 16, 0, memory, &reallocs, false));
    CHECK_EVAL(ctx, "b2 = b.transfer(); [b.detached, b2.byteLength]", "true,16");
    CHECK_INT(reallocs, 0);
    CHECK_EVAL(ctx, "new Uint8Array(b2)[15] = 9; b3 = b2.transfer(32); [new Uint8Array(b3)[15], new Uint8Array(b3)[31]]", "9,0");
    CHECK_INT(reallocs, 1);
    CHECK_EVAL(ctx, "b4 = b3.transferToFixedLength(8); b4.byteLength", "8");
    CHECK_INT(reallocs, 2);
    if (ours) {
        refuse = true;
        CHECK_EVAL(ctx, "try { b4.transfer(64) } catch (e) { e.name + b4.byteLength }", "InternalError8");
        refuse = false;
        reallocs = 2;
    }
    CHECK_EVAL(ctx, "b5 = b4.transfer(0); b5.byteLength", "0");
    CHECK_INT(frees, 1);
    CHECK_EVAL(ctx, "b6 = b5.transfer(4); b6.byteLength", "4");
    CHECK_EVAL(ctx, "b = b2 = b3 = b4 = b5 = b6 = 0", "0");
    CHECK_INT(frees, 1);

    /* resizable if there is a maximum at all, which takes a function */
    set_global(ctx, "b", JS_NewArrayBuffer(ctx, malloc(16), 16, 16, memory, &reallocs, false));
    CHECK_EVAL(ctx, "[b.resizable, b.maxByteLength]", "true,16");
    CHECK_EVAL(ctx, "b.resize(8); b.resize(16); new Uint8Array(b)[12]", "0");
    CHECK_INT(reallocs, 4);
    CHECK_EVAL(ctx, "b = 0", "0");
    CHECK_INT(frees, 2);
    CHECK(JS_IsException(JS_NewArrayBuffer(ctx, fixed, 16, 64, NULL, NULL, false)));
    CHECK_ERROR(ctx, "InternalError");
    for (i = 0; i < 2; i++) {
        CHECK(JS_IsException(JS_NewArrayBuffer(ctx, fixed, 64, 16, i ? memory : NULL, &reallocs, false)));
        CHECK_ERROR(ctx, "RangeError");
    }
    CHECK_INT(frees, 2); /* what was refused stays the caller's */

    /* without a function, neither resized nor freed */
    set_global(ctx, "b", JS_NewArrayBuffer(ctx, fixed, 16, 0, NULL, NULL, false));
    CHECK_EVAL_ERROR(ctx, "b.transfer(20)", "TypeError");
    CHECK_EVAL(ctx, "b.transfer().byteLength", "16");

    /* shared: all of the maximum is there */
    set_global(ctx, "b", JS_NewArrayBuffer(ctx, fixed, 16, 64, NULL, NULL, true));
    CHECK_EVAL(ctx, "b.grow(32); b.grow(64); [b.growable, b.byteLength]", "true,64");
    CHECK_EVAL_ERROR(ctx, "b.grow(65)", "RangeError");
    CHECK_EVAL_ERROR(ctx, "b.grow(16)", "RangeError");
}

/* A set_property that answers 0 has said all there is to say: it throws by itself if its flags ask for that. */
static int set_nothing(JSContext *ctx, JSValueConst obj, JSAtom atom, JSValueConst value, JSValueConst receiver, int flags)
{
    if (flags & JS_PROP_THROW_STRICT)
        tracked[0]++;
    return 0;
}

static void silent_refusal(JSContext *ctx)
{
    static JSClassExoticMethods methods = { .set_property = set_nothing };
    static const JSClassDef def = { "Silent", .exotic = &methods };
    JSClassID class = 0;
    JSValue o;

    JS_NewClassID(JS_GetRuntime(ctx), &class);
    CHECK_INT(JS_NewClass(JS_GetRuntime(ctx), class, &def), 0);
    o = JS_NewObjectClass(ctx, class);
    tracked[0] = 0;
    CHECK(JS_SetPropertyStr(ctx, o, "x", JS_NewInt32(ctx, 1)) >= 0);
    set_global(ctx, "o", o);
    CHECK_EVAL(ctx, "'use strict'; o.x = 1; o[0] = 2; Reflect.set(o, 'x', 1)", "false");
    CHECK(tracked[0] > 0);
}

static int init(JSContext *ctx, JSModuleDef *m)
{
    CHECK_INT(JS_SetModuleExport(ctx, m, "a", JS_NewInt32(ctx, 1)), 0);
    /* one that was not declared: -1, and nothing is thrown */
    CHECK_INT(JS_SetModuleExport(ctx, m, "b", JS_NewInt32(ctx, 1)), -1);
    CHECK(!JS_HasException(ctx));
    return 0;
}

static void module_exports(JSContext *ctx)
{
    static const char source[] = "import { a } from 'corner'; globalThis.a = a";
    JSModuleDef *m = JS_NewCModule(ctx, "corner", init);
    JSContext *c;

    CHECK(m);
    CHECK_INT(JS_AddModuleExport(ctx, m, "a"), 0);
    CHECK_INT(JS_AddModuleExport(ctx, m, "a"), -1);
    CHECK_ERROR(ctx, "SyntaxError");
    JS_FreeValue(ctx, JS_Eval(ctx, source, strlen(source), "m.js", JS_EVAL_TYPE_MODULE));
    while (JS_ExecutePendingJob(JS_GetRuntime(ctx), &c) > 0)
        ;
    CHECK_EVAL(ctx, "a", "1");
}

/* A module is its context's: counts of its value that nobody gave back are no leak. */
static void module_counts(void)
{
    JSContext *ctx = new_context();
    JSValue m = JS_Eval(ctx, "export let a = {}", 17, "m", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);

    CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
    JS_DupValue(ctx, m);
    JS_DupValue(ctx, m);
    free_context(ctx);
}

/* What a class's define_own_property is told, and how it makes a real property: by JS_PROP_NO_EXOTIC. */
static int told;

static int telling(JSContext *ctx, JSValueConst obj, JSAtom prop, JSValueConst val, JSValueConst getter,
                   JSValueConst setter, int flags)
{
    told = flags;
    return JS_DefineProperty(ctx, obj, prop, val, getter, setter, flags | JS_PROP_NO_EXOTIC);
}

static int refusing(JSContext *ctx, JSValueConst obj, JSAtom prop, JSValueConst val, JSValueConst getter,
                    JSValueConst setter, int flags)
{
    told = flags;
    return 0;
}

static void who_defines(JSContext *ctx)
{
    static JSClassExoticMethods methods = { .define_own_property = telling }, no = { .define_own_property = refusing };
    JSClassDef def = { "Telling", .exotic = &methods }, no_def = { "Refusing", .exotic = &no };
    JSClassID id = 0, no_id = 0;
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue o;
    JSAtom a = JS_NewAtom(ctx, "a");

    CHECK_INT(JS_NewClass(rt, JS_NewClassID(rt, &id), &def), 0);
    CHECK_INT(JS_NewClass(rt, JS_NewClassID(rt, &no_id), &no_def), 0);
    o = JS_NewObjectClass(ctx, id);
    set_global(ctx, "o", JS_DupValue(ctx, o));
    CHECK_EVAL(ctx, "o.one = 1; o.one + Object.keys(o)", "1one");
    CHECK_INT(told, JS_PROP_HAS_VALUE | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE
        | JS_PROP_C_W_E | JS_PROP_THROW_STRICT);
    told = 0;
    CHECK_EVAL(ctx, "o.one = 2; o.one", "2"); /* a real property by now */
    CHECK_INT(told, 0);
    CHECK_EVAL(ctx, "Object.defineProperty(o, 'two', { value: 2 }).two", "2");
    CHECK_INT(told, JS_PROP_HAS_VALUE | JS_PROP_DEFINE_PROPERTY | JS_PROP_THROW);
    CHECK_EVAL(ctx, "Reflect.defineProperty(o, 'three', { get() { return 3 } }) && o.three", "3");
    CHECK_INT(told, JS_PROP_HAS_GET | JS_PROP_REFLECT_DEFINE_PROPERTY);
    CHECK_INT(JS_SetProperty(ctx, o, a, JS_NewInt32(ctx, 4)), 1);
    CHECK(told & JS_PROP_THROW);
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_NewInt32(ctx, 5), JS_UNDEFINED, JS_UNDEFINED, JS_PROP_HAS_VALUE), 1);
    CHECK_VAL(ctx, JS_GetProperty(ctx, o, a), "5");
    JS_FreeValue(ctx, o);
    /* one that refuses without throwing wanted it so */
    o = JS_NewObjectClass(ctx, no_id);
    set_global(ctx, "o", JS_DupValue(ctx, o));
    CHECK_EVAL(ctx, "'use strict'; o.x = 1; Object.defineProperty(o, 'x', { value: 1 }) === o", "true");
    CHECK_EVAL(ctx, "Reflect.set(o, 'x', 1)", "false");
    CHECK_INT(JS_SetProperty(ctx, o, a, JS_NewInt32(ctx, 4)), 0);
    CHECK_INT(JS_DefinePropertyValue(ctx, o, a, JS_NewInt32(ctx, 4), JS_PROP_THROW), 0);
    CHECK_INT(told, JS_PROP_HAS_VALUE | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE | JS_PROP_THROW);
    CHECK(!JS_HasException(ctx));
    JS_FreeValue(ctx, o);
    set_global(ctx, "o", JS_UNDEFINED);
    /* attributes without their HAS bit count for a new property */
    o = JS_NewObject(ctx);
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_TRUE, JS_UNDEFINED, JS_UNDEFINED, JS_PROP_HAS_VALUE | JS_PROP_C_W_E), 1);
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_TRUE, JS_UNDEFINED, JS_UNDEFINED, JS_PROP_HAS_ENUMERABLE), 1);
    set_global(ctx, "o", o);
    CHECK_EVAL(ctx, "JSON.stringify(Object.getOwnPropertyDescriptor(o, 'a'))",
               "{\"value\":true,\"writable\":true,\"enumerable\":false,\"configurable\":true}");
    set_global(ctx, "o", JS_UNDEFINED);
    JS_FreeAtom(ctx, a);
}

static void odd_kinds(JSContext *ctx)
{
    JSValue v = eval(ctx, "new SharedArrayBuffer(8)"), f = eval(ctx, "(function () {})"), o;
    size_t size;
    uint64_t n = 77;

    CHECK(!JS_IsArrayBuffer(v));
    CHECK_INT(JS_IsImmutableArrayBuffer(v), -1);
    CHECK(JS_GetArrayBuffer(ctx, &size, v) && size == 8);
    JS_FreeValue(ctx, v);
    v = eval(ctx, "new Uint8ClampedArray(3)");
    CHECK(JS_GetUint8Array(ctx, &size, v) && size == 3);
    JS_FreeValue(ctx, v);
    v = eval(ctx, "new Float16Array(1)");
    o = JS_GetPropertyUint32(ctx, v, 0);
    CHECK_INT(JS_VALUE_GET_NORM_TAG(o), JS_TAG_FLOAT64);
    JS_FreeValue(ctx, v);
    CHECK_INT(JS_ToIndex(ctx, &n, f), 0); /* NaN */
    CHECK_INT(n, 0);
    v = JS_NewSymbol(ctx, "s", false);
    n = 77;
    CHECK_INT(JS_ToIndex(ctx, &n, v), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(n, 77); /* unlike the other conversions */
    JS_FreeValue(ctx, v);
    CHECK_INT(JS_SetConstructor(ctx, f, JS_NULL), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, f, "prototype"), "null"); /* half is done */
    JS_FreeValue(ctx, f);
    /* a promise is its own resolution */
    v = eval(ctx, "Promise.resolve(3)");
    o = JS_NewSettledPromise(ctx, false, v);
    CHECK(JS_VALUE_GET_PTR(o) == JS_VALUE_GET_PTR(v));
    JS_FreeValues(ctx, v, o);
    /* any object is a new.target */
    f = eval(ctx, "(class A {})");
    o = eval(ctx, "({ prototype: Array.prototype })");
    v = JS_CallConstructor2(ctx, f, o, 0, NULL);
    CHECK(JS_IsObject(v));
    set_global(ctx, "made", v);
    CHECK_EVAL(ctx, "made instanceof Array && !Array.isArray(made)", "true");
    JS_FreeValues(ctx, f, o);
    /* what is no function has no apply trap */
    v = eval(ctx, "new Proxy({}, { apply() { return 1 } })");
    CHECK(JS_IsException(JS_Call(ctx, v, JS_UNDEFINED, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, v);
}

int main(void)
{
    JSContext *ctx = new_context();

    ours = !getenv("QJS_CTEST_PEER");
    failed_conversions(ctx);
    strings_and_symbols(ctx);
    eval_this(ctx);
    raw_context(JS_GetRuntime(ctx));
    json_place(ctx);
    marked_as_handled(ctx);
    buffers(ctx);
    silent_refusal(ctx);
    module_exports(ctx);
    who_defines(ctx);
    odd_kinds(ctx);
    free_context(ctx);
    module_counts();
    return 0;
}
