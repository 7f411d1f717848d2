/* Evaluates its arguments, or checks that it can. */
#include <quickjs.h>
#include <stdio.h>
#include <string.h>

static int calculate(JSContext *ctx, const char *source)
{
    JSValue v = JS_Eval(ctx, source, strlen(source), "<calculator>", JS_EVAL_TYPE_GLOBAL);
    int failed = JS_IsException(v);
    const char *text;

    if (failed)
        v = JS_GetException(ctx);
    text = JS_ToCString(ctx, v);
    printf("%s\n", text ? text : "?");
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, v);
    return failed;
}

int main(int argc, char **argv)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    int failed = 0, i;

    if (argc == 1)
        failed = calculate(ctx, "[1, 2, 3].map(x => x * 14).at(-1)");
    for (i = 1; i < argc; i++)
        failed |= calculate(ctx, argv[i]);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return failed;
}
