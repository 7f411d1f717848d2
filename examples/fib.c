/* A binary module: a shared object that `import { fib } from './fib.so'` loads. It is compiled with
   QUICKJS_NG_MODULE_BUILD (CMake: the target qjs_module_lib), and finds JS_* in the program that loads it. */
#include <quickjs.h>

static JSValue js_fib(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t n, i;
    int64_t a = 0, b = 1, t;

    if (JS_ToInt32(ctx, &n, argv[0]))
        return JS_EXCEPTION;
    if (n < 0 || n > 90)
        return JS_ThrowRangeError(ctx, "fib(%d) is out of range", n);
    for (i = 0; i < n; i++) {
        t = a + b;
        a = b;
        b = t;
    }
    return JS_NewInt64(ctx, a);
}

static const JSCFunctionListEntry exports[] = {
    JS_CFUNC_DEF("fib", 1, js_fib),
};

static int init(JSContext *ctx, JSModuleDef *m)
{
    return JS_SetModuleExportList(ctx, m, exports, 1);
}

JS_MODULE_EXTERN JSModuleDef *js_init_module(JSContext *ctx, const char *name);

JSModuleDef *js_init_module(JSContext *ctx, const char *name)
{
    JSModuleDef *m = JS_NewCModule(ctx, name, init);

    if (m)
        JS_AddModuleExportList(ctx, m, exports, 1);
    return m;
}
