/* A module written in C, `import`ed by modules whose source the host keeps: JS_NewCModule and a module loader. */
#include <quickjs.h>
#include <stdio.h>
#include <string.h>

/* ---- the module "math/more" */

static JSValue more_gcd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int64_t a, b, t;

    if (JS_ToInt64(ctx, &a, argv[0]) || JS_ToInt64(ctx, &b, argv[1]))
        return JS_EXCEPTION;
    while (b != 0) {
        t = a % b;
        a = b;
        b = t;
    }
    return JS_NewInt64(ctx, a < 0 ? -a : a);
}

static const JSCFunctionListEntry more_exports[] = {
    JS_CFUNC_DEF("gcd", 2, more_gcd),
    JS_PROP_DOUBLE_DEF("TAU", 6.283185307179586, 0),
};
enum { MORE_EXPORTS = sizeof(more_exports) / sizeof(more_exports[0]) };

/* Called when the module is evaluated: gives the exports that were declared their values. */
static int more_init(JSContext *ctx, JSModuleDef *m)
{
    return JS_SetModuleExportList(ctx, m, more_exports, MORE_EXPORTS);
}

static JSModuleDef *more_module(JSContext *ctx, const char *name)
{
    JSModuleDef *m = JS_NewCModule(ctx, name, more_init);

    if (m)
        JS_AddModuleExportList(ctx, m, more_exports, MORE_EXPORTS);
    return m;
}

/* ---- modules in source */

static const struct {
    const char *name, *source;
} sources[] = {
    { "main", "import { lcm } from './lcm';\n"
              "const { TAU } = await import('math/more');\n"
              "globalThis.result = `lcm(4, 6) = ${lcm(4, 6)}, TAU = ${TAU.toFixed(4)}, from ${import.meta.name}`;\n" },
    { "lcm", "import { gcd } from 'math/more';\nexport const lcm = (a, b) => a / gcd(a, b) * b;\n" },
};

/* Answers the name that stands for `name` where `base` imports it; memory of js_malloc's. */
static char *normalize(JSContext *ctx, const char *base, const char *name, void *opaque)
{
    return js_strdup(ctx, strncmp(name, "./", 2) ? name : name + 2);
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque)
{
    JSValue f, meta;
    JSModuleDef *m;
    size_t i;

    if (!strcmp(name, "math/more"))
        return more_module(ctx, name);
    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(name, sources[i].name))
            continue;
        f = JS_Eval(ctx, sources[i].source, strlen(sources[i].source), name,
            JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
        if (JS_IsException(f))
            return NULL;
        m = JS_VALUE_GET_PTR(f);
        JS_FreeValue(ctx, f); /* the context keeps the module */
        meta = JS_GetImportMeta(ctx, m);
        JS_SetPropertyStr(ctx, meta, "name", JS_NewString(ctx, name));
        JS_FreeValue(ctx, meta);
        return m;
    }
    JS_ThrowReferenceError(ctx, "no module '%s'", name);
    return NULL;
}

int main(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt), *c;
    JSValue promise, v, global;
    const char *s;
    int failed;

    JS_SetModuleLoaderFunc(rt, normalize, load, NULL);
    promise = JS_LoadModule(ctx, "", "main");
    while (JS_ExecutePendingJob(rt, &c) > 0)
        ;
    failed = JS_PromiseState(ctx, promise) != JS_PROMISE_FULFILLED;
    if (failed) {
        v = JS_PromiseResult(ctx, promise);
    } else {
        global = JS_GetGlobalObject(ctx);
        v = JS_GetPropertyStr(ctx, global, "result");
        JS_FreeValue(ctx, global);
    }
    s = JS_ToCString(ctx, v);
    puts(s ? s : "?");
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, promise);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return failed;
}
