/* A host with the standard modules: runs a script file as a module, with std, os, timers and binary modules. */
#include <quickjs-libc.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    uint8_t *text;
    size_t len;
    JSValue v;
    int status = 1;

    if (argc < 2) {
        fprintf(stderr, "usage: host FILE\n");
        return 2;
    }
    js_std_init_handlers(rt);
    JS_SetModuleLoaderFunc2(rt, NULL, js_module_loader, js_module_check_attributes, NULL);
    JS_SetHostPromiseRejectionTracker(rt, js_std_promise_rejection_tracker, NULL);
    js_init_module_std(ctx, "std");
    js_init_module_os(ctx, "os");
    js_std_add_helpers(ctx, argc - 1, argv + 1);

    text = js_load_file(ctx, &len, argv[1]);
    if (!text) {
        perror(argv[1]);
    } else {
        v = JS_Eval(ctx, (const char *)text, len, argv[1], JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
        js_free(ctx, text);
        if (!JS_IsException(v) && js_module_set_import_meta(ctx, v, true, true) == 0) {
            v = JS_EvalFunction(ctx, v);
            v = js_std_await(ctx, v);
        }
        if (JS_IsException(v))
            js_std_dump_error(ctx);
        else
            status = js_std_loop(ctx) != 0;
        JS_FreeValue(ctx, v);
    }
    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return status;
}
