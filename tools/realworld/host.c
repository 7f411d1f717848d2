/*
 * A C program that runs scripts written by others: host [-t NAME FILE]... SCRIPT... gives each FILE's text to
 * the scripts as the global NAME, evaluates the scripts in order in one global scope, runs the jobs, and frees
 * everything. Scripts have print(). Knows libqjs through quickjs.h alone; node.js beside it does the same in
 * node.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static char *read_file(const char *name, size_t *len)
{
    FILE *f = fopen(name, "rb");
    char *text;
    long n;

    if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
        fprintf(stderr, "host: cannot read %s\n", name);
        exit(2);
    }
    /* JS_Eval wants a NUL after the text. */
    text = malloc((size_t)n + 1);
    if (!text || fread(text, 1, (size_t)n, f) != (size_t)n) {
        fprintf(stderr, "host: cannot read %s\n", name);
        exit(2);
    }
    fclose(f);
    text[n] = 0;
    *len = (size_t)n;
    return text;
}

static JSValue js_print(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    (void)this_val;
    for (int i = 0; i < argc; i++) {
        size_t len;
        const char *s = JS_ToCStringLen(ctx, &len, argv[i]);

        if (!s)
            return JS_EXCEPTION;
        if (i)
            putchar(' ');
        fwrite(s, 1, len, stdout);
        JS_FreeCString(ctx, s);
    }
    putchar('\n');
    return JS_UNDEFINED;
}

static void report(JSContext *ctx)
{
    JSValue e = JS_GetException(ctx), stack;
    const char *s = JS_ToCString(ctx, e);

    fprintf(stderr, "host: uncaught %s\n", s ? s : "exception");
    JS_FreeCString(ctx, s);
    if (JS_IsObject(e)) {
        stack = JS_GetPropertyStr(ctx, e, "stack");
        s = JS_ToCString(ctx, stack);
        if (s)
            fputs(s, stderr);
        JS_FreeCString(ctx, s);
        JS_FreeValue(ctx, stack);
    }
    JS_FreeValue(ctx, e);
}

int main(int argc, char **argv)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = rt ? JS_NewContext(rt) : NULL, *job;
    JSValue global, v;
    int failed = 0, r;

    if (!ctx)
        return 2;
    JS_SetMaxStackSize(rt, 4 * 1024 * 1024);
    global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "print", JS_NewCFunction(ctx, js_print, "print", 1));
    for (int i = 1; i < argc && !failed; i++) {
        size_t len;
        char *text;

        if (!strcmp(argv[i], "-t") && i + 2 < argc) {
            text = read_file(argv[i + 2], &len);
            failed = JS_SetPropertyStr(ctx, global, argv[i + 1], JS_NewStringLen(ctx, text, len)) < 0;
            i += 2;
        } else {
            text = read_file(argv[i], &len);
            v = JS_Eval(ctx, text, len, argv[i], JS_EVAL_TYPE_GLOBAL);
            failed = JS_IsException(v);
            JS_FreeValue(ctx, v);
        }
        free(text);
        while (!failed && (r = JS_ExecutePendingJob(rt, &job)) != 0)
            failed = r < 0;
        if (failed)
            report(ctx);
    }
    JS_FreeValue(ctx, global);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return failed;
}
