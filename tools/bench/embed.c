/*
 * What an embedder does, in loops: embed CASE prints one number. Linked against either library through
 * quickjs.h alone. Those about bytecode take the name of a script file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Resident memory in bytes. */
static double resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (!f || fscanf(f, "%*ld %ld", &pages) != 1)
        exit(2);
    fclose(f);
    return (double)pages * sysconf(_SC_PAGESIZE);
}

static JSValue check(JSContext *ctx, JSValue v)
{
    if (JS_IsException(v)) {
        JSValue e = JS_GetException(ctx);
        const char *s = JS_ToCString(ctx, e);

        printf("exception: %s\n", s ? s : "?");
        exit(1);
    }
    return v;
}

static JSValue eval(JSContext *ctx, const char *source)
{
    return check(ctx, JS_Eval(ctx, source, strlen(source), "bench", JS_EVAL_TYPE_GLOBAL));
}

static JSValue add(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t a, b;

    (void)this_val;
    (void)argc;
    if (JS_ToInt32(ctx, &a, argv[0]) || JS_ToInt32(ctx, &b, argv[1]))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, (int32_t)((uint32_t)a + (uint32_t)b));
}

static double contexts(void)
{
    const int n = 1000;
    double t = now();

    for (int i = 0; i < n; i++) {
        JSRuntime *rt = JS_NewRuntime();
        JSContext *ctx = JS_NewContext(rt);

        if (!ctx)
            exit(2);
        JS_FreeContext(ctx);
        JS_FreeRuntime(rt);
    }
    return (now() - t) / n / 1000;
}

static double context_bytes(void)
{
    const int n = 200;
    static JSRuntime *rts[200];
    static JSContext *ctxs[200];
    double before;

    /* One first, so that what is paid once does not count. */
    JS_NewContext(JS_NewRuntime());
    before = resident();
    for (int i = 0; i < n; i++) {
        rts[i] = JS_NewRuntime();
        ctxs[i] = JS_NewContext(rts[i]);
        if (!ctxs[i])
            exit(2);
    }
    return (resident() - before) / n / 1024;
}

static double call_js(JSContext *ctx)
{
    const int n = 3000000;
    JSValue f = eval(ctx, "(function (a, b) { return a + b; })");
    int64_t sum = 0;
    double t = now();

    for (int i = 0; i < n; i++) {
        JSValue args[2], r;
        int32_t x;

        args[0] = JS_NewInt32(ctx, i);
        args[1] = JS_NewInt32(ctx, 1);
        r = check(ctx, JS_Call(ctx, f, JS_UNDEFINED, 2, (JSValueConst *)args));
        JS_ToInt32(ctx, &x, r);
        JS_FreeValue(ctx, r);
        sum += x;
    }
    t = now() - t;
    JS_FreeValue(ctx, f);
    if (sum != (int64_t)n * (n + 1) / 2)
        exit(3);
    return t / n;
}

static double call_c(JSContext *ctx)
{
    const int n = 5000000;
    JSValue global = JS_GetGlobalObject(ctx), f, r, arg;
    double t;

    JS_SetPropertyStr(ctx, global, "add", JS_NewCFunction(ctx, add, "add", 2));
    JS_FreeValue(ctx, global);
    f = eval(ctx, "(function (n) { var f = add, s = 0; for (var i = 0; i < n; i++) s = f(s, 1); return s; })");
    arg = JS_NewInt32(ctx, n);
    t = now();
    r = check(ctx, JS_Call(ctx, f, JS_UNDEFINED, 1, (JSValueConst *)&arg));
    t = now() - t;
    if (JS_VALUE_GET_INT(r) != n)
        exit(3);
    JS_FreeValue(ctx, f);
    return t / n;
}

static double properties(JSContext *ctx, int set)
{
    const int n = 5000000;
    JSValue o = eval(ctx, "({a: 1, b: 2, c: 3, d: 4})");
    JSAtom names[4];
    int64_t sum = 0;
    double t;

    for (int i = 0; i < 4; i++) {
        char name[2] = {(char)('a' + i), 0};

        names[i] = JS_NewAtom(ctx, name);
    }
    t = now();
    for (int i = 0; i < n; i++) {
        if (set) {
            if (JS_SetProperty(ctx, o, names[i & 3], JS_NewInt32(ctx, i)) < 0)
                exit(3);
        } else {
            JSValue v = JS_GetProperty(ctx, o, names[i & 3]);

            sum += JS_VALUE_GET_INT(v);
            JS_FreeValue(ctx, v);
        }
    }
    t = now() - t;
    for (int i = 0; i < 4; i++)
        JS_FreeAtom(ctx, names[i]);
    JS_FreeValue(ctx, o);
    if (!set && sum != (int64_t)n / 4 * 10)
        exit(3);
    return t / n;
}

static double new_object(JSContext *ctx)
{
    const int n = 2000000;
    JSAtom x = JS_NewAtom(ctx, "x"), y = JS_NewAtom(ctx, "y");
    double t = now();

    for (int i = 0; i < n; i++) {
        JSValue o = JS_NewObject(ctx);

        JS_SetProperty(ctx, o, x, JS_NewInt32(ctx, i));
        JS_SetProperty(ctx, o, y, JS_NewInt32(ctx, i));
        JS_FreeValue(ctx, o);
    }
    t = now() - t;
    JS_FreeAtom(ctx, x);
    JS_FreeAtom(ctx, y);
    return t / n;
}

static double strings(JSContext *ctx)
{
    const int n = 2000000;
    size_t total = 0;
    double t = now();

    for (int i = 0; i < n; i++) {
        JSValue s = JS_NewString(ctx, "a string of some length, as hosts have them");
        size_t len;
        const char *p = JS_ToCStringLen(ctx, &len, s);

        total += len;
        JS_FreeCString(ctx, p);
        JS_FreeValue(ctx, s);
    }
    t = now() - t;
    if (total != (size_t)n * 43)
        exit(3);
    return t / n;
}

static double evals(JSContext *ctx)
{
    const int n = 50000;
    double t = now();

    for (int i = 0; i < n; i++) {
        char source[128];
        JSValue v;

        snprintf(source, sizeof source, "(function (a) { var o = {x: a, y: %d}; return o.x + o.y; })(%d)", i, i);
        v = eval(ctx, source);
        if (JS_VALUE_GET_INT(v) != 2 * i)
            exit(3);
    }
    return (now() - t) / n / 1000;
}

static double memory(JSContext *ctx, const char *source)
{
    double before = resident();
    JSValue v = eval(ctx, source), g = JS_GetGlobalObject(ctx);

    JS_SetPropertyStr(ctx, g, "kept", v);
    JS_FreeValue(ctx, g);
    JS_RunGC(JS_GetRuntime(ctx));
    return (resident() - before) / 1e6;
}

/* One value written and read, `n` times; microseconds. */
static double messages(JSContext *ctx, const char *source, int n)
{
    JSValue v = eval(ctx, source);
    double t = now();

    for (int i = 0; i < n; i++) {
        size_t size;
        uint8_t *p = JS_WriteObject(ctx, &size, v, JS_WRITE_OBJ_REFERENCE);

        if (!p)
            exit(3);
        JS_FreeValue(ctx, check(ctx, JS_ReadObject(ctx, p, size, JS_READ_OBJ_REFERENCE)));
        js_free(ctx, p);
    }
    t = now() - t;
    JS_FreeValue(ctx, v);
    return t / n / 1000;
}

/* The file that is compiled. */
static const char *file_name;

/* Its text, NUL after it. */
static char *bench_file(size_t *size)
{
    FILE *f = file_name ? fopen(file_name, "rb") : NULL;
    char *p;

    if (!f || fseek(f, 0, SEEK_END))
        exit(2);
    *size = ftell(f);
    rewind(f);
    p = malloc(*size + 1);
    if (!p || fread(p, 1, *size, f) != *size)
        exit(2);
    p[*size] = 0;
    fclose(f);
    return p;
}

/*
 * A large script: milliseconds to compile it, to load it from bytecode, and to run it after either; or megabytes of
 * bytecode.
 */
static double bytecode(JSContext *ctx, const char *what, int flags)
{
    const int n = 5;
    const int run = !strncmp(what, "run", 3);
    size_t size, bytes;
    char *source = bench_file(&size);
    double t = now();
    JSValue f = check(ctx, JS_Eval(ctx, source, size, "file.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY));
    uint8_t *p;

    if (!strcmp(what, "run-source"))
        JS_FreeValue(ctx, check(ctx, JS_EvalFunction(ctx, JS_DupValue(ctx, f))));
    t = now() - t;
    p = JS_WriteObject(ctx, &bytes, f, flags | JS_WRITE_OBJ_BYTECODE);
    JS_FreeValue(ctx, f);
    if (!p)
        exit(3);
    if (!strcmp(what, "bytes")) {
        t = bytes;
    } else if (!strcmp(what, "load") || !strcmp(what, "run")) {
        double best = 1e99;

        for (int i = 0; i < n; i++) {
            JSRuntime *rt = JS_NewRuntime();
            JSContext *fresh = JS_NewContext(rt);

            t = now();
            f = check(fresh, JS_ReadObject(fresh, p, bytes, JS_READ_OBJ_BYTECODE));
            if (run)
                f = check(fresh, JS_EvalFunction(fresh, f));
            t = now() - t;
            best = t < best ? t : best;
            JS_FreeValue(fresh, f);
            JS_FreeContext(fresh);
            JS_FreeRuntime(rt);
        }
        t = best;
    }
    js_free(ctx, p);
    free(source);
    return t / 1e6;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    JSRuntime *rt;
    JSContext *ctx;
    double r;

    if (!strcmp(name, "runtime+context")) {
        printf("%f\n", contexts());
        return 0;
    }
    if (!strcmp(name, "context-bytes")) {
        printf("%f\n", context_bytes());
        return 0;
    }
    file_name = argc > 2 ? argv[2] : NULL;
    rt = JS_NewRuntime();
    ctx = JS_NewContext(rt);
    if (!ctx)
        return 2;
    if (!strcmp(name, "call-js"))
        r = call_js(ctx);
    else if (!strcmp(name, "call-c"))
        r = call_c(ctx);
    else if (!strcmp(name, "get-property"))
        r = properties(ctx, 0);
    else if (!strcmp(name, "set-property"))
        r = properties(ctx, 1);
    else if (!strcmp(name, "new-object"))
        r = new_object(ctx);
    else if (!strcmp(name, "strings"))
        r = strings(ctx);
    else if (!strcmp(name, "eval"))
        r = evals(ctx);
    else if (!strcmp(name, "heap-1m"))
        r = memory(ctx, "var a = []; for (var i = 0; i < 1000000; i++) a.push({x: i, y: i * 0.5, name: 'n' + (i % 1000)}); a");
    else if (!strcmp(name, "map-300k"))
        r = memory(ctx, "var m = new Map(); for (var i = 0; i < 300000; i++) m.set('k' + i, i); m");
    else if (!strcmp(name, "message-small"))
        r = messages(ctx, "({id: 1, type: 'ping', payload: {x: 1.5, y: [1, 2, 3], s: 'hello'}})", 200000);
    else if (!strcmp(name, "message-graph"))
        r = messages(ctx, "Array.from({length: 10000}, (_, i) => ({id: i, name: 'n' + i, on: i % 2 == 0, at: [i, i / 2]}))", 50);
    else if (!strcmp(name, "typescript-source"))
        r = bytecode(ctx, "source", 0);
    else if (!strcmp(name, "typescript-load"))
        r = bytecode(ctx, "load", JS_WRITE_OBJ_STRIP_SOURCE);
    else if (!strcmp(name, "typescript-load-stripped"))
        r = bytecode(ctx, "load", JS_WRITE_OBJ_STRIP_SOURCE | JS_WRITE_OBJ_STRIP_DEBUG);
    else if (!strcmp(name, "typescript-source-run"))
        r = bytecode(ctx, "run-source", 0);
    else if (!strcmp(name, "typescript-load-run"))
        r = bytecode(ctx, "run", JS_WRITE_OBJ_STRIP_SOURCE);
    else if (!strcmp(name, "bytes-with-source"))
        r = bytecode(ctx, "bytes", 0);
    else if (!strcmp(name, "bytes-no-source"))
        r = bytecode(ctx, "bytes", JS_WRITE_OBJ_STRIP_SOURCE);
    else if (!strcmp(name, "bytes-stripped"))
        r = bytecode(ctx, "bytes", JS_WRITE_OBJ_STRIP_SOURCE | JS_WRITE_OBJ_STRIP_DEBUG);
    else
        return 2;
    printf("%f\n", r);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return 0;
}
