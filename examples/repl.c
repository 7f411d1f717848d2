/* A read-eval-print loop: a line is evaluated once it is complete, its value shown, `_` set to it, and the jobs that
   it left run. `await` works at the top level. Ctrl-D ends it. */
#include <quickjs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shows a value as a programmer wants to see it: strings quoted, objects as JSON where they have some. */
static void show(JSContext *ctx, JSValueConst v)
{
    JSValue text = JS_UNDEFINED;
    const char *s;

    if (JS_IsString(v) || (JS_IsObject(v) && !JS_IsFunction(ctx, v) && !JS_IsError(v)))
        text = JS_JSONStringify(ctx, v, JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(text)) /* a cycle, perhaps */
        JS_FreeValue(ctx, JS_GetException(ctx));
    s = JS_ToCString(ctx, JS_IsString(text) ? text : v);
    if (!s) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        s = NULL;
    }
    puts(s ? s : "[a value without text]");
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, text);
}

static void show_error(JSContext *ctx, JSValueConst e)
{
    JSValue stack;

    fputs("Uncaught ", stdout);
    show(ctx, e);
    stack = JS_IsError(e) ? JS_GetPropertyStr(ctx, e, "stack") : JS_UNDEFINED;
    if (JS_IsString(stack)) {
        const char *s = JS_ToCString(ctx, stack);
        fputs(s ? s : "", stdout);
        JS_FreeCString(ctx, s);
    }
    JS_FreeValue(ctx, stack);
}

static void run_jobs(JSRuntime *rt)
{
    JSContext *ctx;
    int r;

    while ((r = JS_ExecutePendingJob(rt, &ctx)) != 0) {
        if (r < 0) {
            JSValue e = JS_GetException(ctx);
            show_error(ctx, e);
            JS_FreeValue(ctx, e);
        }
    }
}

/* Is the text a beginning only? Then more lines are wanted. A guess: brackets are counted in strings, too. */
static int incomplete(JSContext *ctx, const char *text, size_t len)
{
    static const char *const endings[] = { "{", "(", "[", ",", "=>", "\\", NULL };
    size_t depth = 0, i;

    for (i = 0; i < len; i++)
        depth += !!strchr("{([", text[i]) - !!strchr("})]", text[i]);
    if ((long)depth > 0)
        return 1;
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    for (i = 0; endings[i]; i++) {
        size_t n = strlen(endings[i]);
        if (len >= n && !memcmp(text + len - n, endings[i], n))
            return 1;
    }
    return 0;
}

static void evaluate(JSContext *ctx, const char *text, size_t len)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue promise = JS_Eval(ctx, text, len, "<repl>", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_ASYNC), v, result, global;

    run_jobs(rt);
    if (JS_IsException(promise)) {
        v = JS_GetException(ctx);
        show_error(ctx, v);
    } else if (JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED) {
        v = JS_PromiseResult(ctx, promise);
        show_error(ctx, v);
    } else if (JS_PromiseState(ctx, promise) == JS_PROMISE_PENDING) {
        v = JS_UNDEFINED;
        puts("[waits for ever]");
    } else {
        result = JS_PromiseResult(ctx, promise); /* { value: … } */
        v = JS_GetPropertyStr(ctx, result, "value");
        JS_FreeValue(ctx, result);
        show(ctx, v);
        global = JS_GetGlobalObject(ctx);
        JS_SetPropertyStr(ctx, global, "_", JS_DupValue(ctx, v));
        JS_FreeValue(ctx, global);
    }
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, promise);
}

int main(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    char *text = NULL, line[4096];
    size_t len = 0;

    for (;;) {
        fputs(len ? "... " : "> ", stdout);
        fflush(stdout);
        if (!fgets(line, sizeof(line), stdin))
            break;
        text = realloc(text, len + strlen(line) + 1);
        if (!text)
            break;
        strcpy(text + len, line);
        len += strlen(line);
        if (incomplete(ctx, text, len))
            continue;
        if (len > strspn(text, " \t\r\n"))
            evaluate(ctx, text, len);
        len = 0;
    }
    putchar('\n');
    free(text);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return 0;
}
