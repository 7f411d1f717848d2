/* Runtimes and contexts: allocators, opaque pointers, finalizers, several realms, raw contexts. */
#include <malloc.h>

#include "check.h"

typedef struct Counter {
    long blocks;
    long calls;
} Counter;

static void *count_calloc(void *opaque, size_t count, size_t size)
{
    Counter *c = opaque;
    void *p = calloc(count, size);

    c->calls++;
    c->blocks += p != NULL;
    return p;
}

static void *count_malloc(void *opaque, size_t size)
{
    Counter *c = opaque;
    void *p = malloc(size);

    c->calls++;
    c->blocks += p != NULL;
    return p;
}

static void count_free(void *opaque, void *ptr)
{
    Counter *c = opaque;

    c->blocks -= ptr != NULL;
    free(ptr);
}

static void *count_realloc(void *opaque, void *ptr, size_t size)
{
    Counter *c = opaque;
    void *p;

    c->calls++;
    if (size == 0) {
        count_free(opaque, ptr);
        return NULL;
    }
    p = realloc(ptr, size);
    if (p && !ptr)
        c->blocks++;
    return p;
}

static size_t usable(const void *ptr)
{
    return malloc_usable_size((void *)(uintptr_t)ptr);
}

/* Everything comes from the functions given, and goes back to them. */
static void allocators(void)
{
    static const JSMallocFunctions mf = { count_calloc, count_malloc, count_free, count_realloc, usable };
    Counter c = { 0, 0 };
    JSRuntime *rt = JS_NewRuntime2(&mf, &c);
    JSContext *ctx;
    long before;

    CHECK(rt);
    CHECK(c.blocks > 0);
    ctx = JS_NewContext(rt);
    CHECK(ctx);
    before = c.calls;
    CHECK_EVAL(ctx, "var a = []; for (var i = 0; i < 20000; i++) a.push({ i, s: 'x'.repeat(i % 50) }); a.length", "20000");
    CHECK(c.calls > before);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    CHECK_INT(c.blocks, 0);
}

static int order[3], ordered;

static void finalizer(JSRuntime *rt, void *arg)
{
    CHECK(rt);
    order[ordered++] = *(int *)arg;
}

static void opaques(void)
{
    static int one = 1, two = 2, three = 3;
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    CHECK(JS_GetRuntimeOpaque(rt) == NULL);
    JS_SetRuntimeOpaque(rt, &one);
    CHECK(JS_GetRuntimeOpaque(rt) == &one);
    JS_SetRuntimeInfo(rt, "a runtime of runtime.c");
    CHECK_INT(JS_AddRuntimeFinalizer(rt, finalizer, &one), 0);
    CHECK_INT(JS_AddRuntimeFinalizer(rt, finalizer, &two), 0);
    CHECK_INT(JS_AddRuntimeFinalizer(rt, finalizer, &three), 0);

    ctx = JS_NewContext(rt);
    CHECK(JS_GetRuntime(ctx) == rt);
    CHECK(JS_GetContextOpaque(ctx) == NULL);
    JS_SetContextOpaque(ctx, &two);
    CHECK(JS_GetContextOpaque(ctx) == &two);

    /* a context lives as long as anyone holds it */
    CHECK(JS_DupContext(ctx) == ctx);
    JS_FreeContext(ctx);
    CHECK_EVAL(ctx, "6 * 7", "42");
    JS_FreeContext(ctx);
    CHECK_INT(ordered, 0);
    JS_FreeRuntime(rt);
    CHECK_INT(ordered, 3);
    CHECK_INT(order[0], 3);
    CHECK_INT(order[1], 2);
    CHECK_INT(order[2], 1);
}

/* Two realms of one runtime: globals and intrinsics of their own, values shared freely. */
static void realms(void)
{
    JSContext *a = new_context();
    JSContext *b = JS_NewContext(JS_GetRuntime(a));
    JSValue f;

    CHECK_EVAL(a, "globalThis.x = 'a'; x", "a");
    CHECK_EVAL(b, "typeof x", "undefined");
    CHECK_EVAL(b, "globalThis.x = 'b'; x", "b");
    f = eval(a, "(function() { return x + [] + (new.target === undefined) })");
    set_global(b, "f", f);
    CHECK_EVAL(b, "f()", "atrue");
    CHECK_EVAL(b, "f instanceof Function", "false");
    CHECK_EVAL(b, "Object.getPrototypeOf(f) === Function.prototype", "false");
    CHECK_EVAL(b, "Array.isArray(f) + typeof f", "falsefunction");
    set_global(a, "arrayOfB", eval(b, "[1, 2]"));
    CHECK_EVAL(a, "Array.isArray(arrayOfB) && !(arrayOfB instanceof Array)", "true");
    CHECK_EVAL(a, "arrayOfB.map(x => x).constructor === arrayOfB.constructor", "true");
    /* an object outlives its realm's context */
    JS_FreeContext(b);
    CHECK_EVAL(a, "arrayOfB.concat([3]).join()", "1,2,3");
    free_context(a);
}

/* A raw context has nothing but what is added. */
static void raw(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;
    JSValue global, val;

    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    ctx = JS_NewContextRaw(rt);
    CHECK(ctx);
    global = JS_GetGlobalObject(ctx);
    CHECK(JS_IsObject(global));
    JS_FreeValue(ctx, global);
    CHECK_INT(JS_AddIntrinsicBaseObjects(ctx), 0);
    global = JS_GetGlobalObject(ctx);
    val = JS_GetPropertyStr(ctx, global, "Object");
    CHECK(JS_IsFunction(ctx, val));
    JS_FreeValue(ctx, val);
    val = JS_GetPropertyStr(ctx, global, "Date");
    CHECK(JS_IsUndefined(val));
    val = JS_GetPropertyStr(ctx, global, "Map");
    CHECK(JS_IsUndefined(val));
    JS_FreeValue(ctx, global);

    CHECK_INT(JS_AddIntrinsicEval(ctx), 0);
    CHECK_EVAL(ctx, "typeof Date + typeof RegExp + typeof JSON + typeof Proxy + typeof Map + typeof Promise",
               "undefinedundefinedundefinedundefinedundefinedundefined");
    CHECK_INT(JS_AddIntrinsicDate(ctx), 0);
    CHECK_EVAL(ctx, "new Date(0).toISOString()", "1970-01-01T00:00:00.000Z");
    JS_AddIntrinsicRegExpCompiler(ctx);
    CHECK_INT(JS_AddIntrinsicRegExp(ctx), 0);
    CHECK_EVAL(ctx, "/b+/.exec('abbc')[0]", "bb");
    CHECK_INT(JS_AddIntrinsicJSON(ctx), 0);
    CHECK_EVAL(ctx, "JSON.stringify([1])", "[1]");
    CHECK_INT(JS_AddIntrinsicProxy(ctx), 0);
    CHECK_EVAL(ctx, "new Proxy({}, { get: () => 5 }).x", "5");
    CHECK_INT(JS_AddIntrinsicMapSet(ctx), 0);
    CHECK_EVAL(ctx, "new Map([[1, 2]]).get(1) + new Set([1, 1]).size", "3");
    CHECK_INT(JS_AddIntrinsicTypedArrays(ctx), 0);
    CHECK_EVAL(ctx, "new Uint8Array([1, 258]).join()", "1,2");
    CHECK_INT(JS_AddIntrinsicBigInt(ctx), 0);
    CHECK_EVAL(ctx, "BigInt(2) ** 70n", "1180591620717411303424");
    CHECK_INT(JS_AddIntrinsicWeakRef(ctx), 0);
    CHECK_EVAL(ctx, "var held = {}; new WeakRef(held).deref() === held", "true");
    CHECK_EVAL(ctx, "typeof performance + typeof queueMicrotask + typeof DisposableStack + typeof AsyncDisposableStack",
               "undefinedfunctionfunctionundefined");
    CHECK_INT(JS_AddPerformance(ctx), 0);
    CHECK_EVAL(ctx, "var t = performance.now(); t >= 0 && t < 60000 && performance.timeOrigin > 0", "true");
    CHECK_EVAL(ctx, "for (var s = t, n = 0; s === t && n < 1e6; n++) s = performance.now(); s > t", "true");
    CHECK_EVAL(ctx, "performance.timeOrigin = performance.now = 1; typeof performance.now", "function");
    CHECK_EVAL(ctx, "Object.keys(globalThis).includes('performance') + String(globalThis)", "true[object global]");
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}

static void prototypes(void)
{
    JSContext *ctx = new_context();
    JSValue proto = JS_GetFunctionProto(ctx);
    JSValue f = eval(ctx, "(function() {})");
    JSValue fp = JS_GetPrototype(ctx, f);

    CHECK(JS_IsStrictEqual(ctx, proto, fp));
    JS_FreeValues(ctx, proto, f, fp);
    CHECK(strncmp(JS_GetVersion(), "0.", 2) == 0);
    free_context(ctx);
}

int main(void)
{
    allocators();
    opaques();
    realms();
    raw();
    prototypes();
    return 0;
}
