/* A C module that qjsc's program initialises: -M native. */
#include "quickjs.h"

static JSValue answer(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t n;

    (void)this_val;
    (void)argc;
    if (JS_ToInt32(ctx, &n, argv[0]))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, n + 2);
}

static const JSCFunctionListEntry exports[] = { JS_CFUNC_DEF("answer", 1, answer) };

static int init(JSContext *ctx, JSModuleDef *m)
{
    return JS_SetModuleExportList(ctx, m, exports, 1);
}

JSModuleDef *js_init_module_native(JSContext *ctx, const char *name);
JSModuleDef *js_init_module_native(JSContext *ctx, const char *name)
{
    JSModuleDef *m = JS_NewCModule(ctx, name, init);

    if (m)
        JS_AddModuleExportList(ctx, m, exports, 1);
    return m;
}
