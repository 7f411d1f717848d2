/* Runs scripts that nobody vouches for: bounded in memory, stack and time, each in a runtime of its own, with no
   names but those given. What goes wrong is a result, never the host's end. */
#include <quickjs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct Limits {
    size_t memory; /* bytes */
    size_t stack; /* bytes of native stack */
    double seconds;
} Limits;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Asked every few thousand steps of a script: anything but 0 ends it, and no `catch` of its sees that. */
static int overdue(JSRuntime *rt, void *opaque)
{
    return now() > *(double *)opaque;
}

/* Runs `source` and puts its value, or what it threw, into `out`. Returns whether it ran to its end. */
static bool run(const char *source, const Limits *limits, char *out, size_t size)
{
    double deadline = now() + limits->seconds;
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx, *c;
    JSValue v;
    const char *s;
    bool fine = false;
    int r;

    snprintf(out, size, "out of memory");
    if (!rt)
        return false;
    JS_SetMemoryLimit(rt, limits->memory);
    JS_SetMaxStackSize(rt, limits->stack);
    JS_SetInterruptHandler(rt, overdue, &deadline);
    ctx = JS_NewContext(rt);
    if (ctx) {
        v = JS_Eval(ctx, source, strlen(source), "<sandbox>", JS_EVAL_TYPE_GLOBAL);
        fine = !JS_IsException(v);
        if (!fine)
            v = JS_GetException(ctx);
        /* jobs count too: a script may go on in `then` */
        while (fine && (r = JS_ExecutePendingJob(rt, &c)) != 0) {
            if (r < 0) {
                fine = false;
                JS_FreeValue(ctx, v);
                v = JS_GetException(c);
            }
        }
        s = JS_ToCString(ctx, v); /* this runs the script's toString: still bounded */
        if (s) {
            snprintf(out, size, "%s", s);
        } else {
            fine = false;
            JS_FreeValue(ctx, v);
            v = JS_GetException(ctx);
            s = JS_ToCString(ctx, v);
            snprintf(out, size, "%s", s ? s : "out of memory");
            if (!s)
                JS_FreeValue(ctx, JS_GetException(ctx));
        }
        JS_FreeCString(ctx, s);
        JS_FreeValue(ctx, v);
        JS_FreeContext(ctx);
    }
    JS_FreeRuntime(rt);
    return fine;
}

int main(int argc, char **argv)
{
    static const Limits limits = { 8 << 20, 256 << 10, 0.25 };
    static const char *const samples[] = {
        "[1, 2, 3].map(x => x ** 2).join()",
        "while (true);",
        "try { while (true); } catch { 'caught' } finally { while (true); }",
        "let a = []; while (true) a.push(new Array(1000).fill(a))",
        "'x'.repeat(2 ** 29)",
        "(function f() { f() })()",
        "/(a+)+$/.test('a'.repeat(40) + 'b')",
        "(async () => { for (;;) await 1 })(); 'jobs for ever'",
        "({ toString() { for (;;); } })",
        "typeof require + typeof process + typeof std",
        "syntax error",
    };
    char out[200];
    int i;

    for (i = 1; i < argc; i++)
        printf("%s: %s\n", run(argv[i], &limits, out, sizeof(out)) ? "ok" : "failed", out);
    for (i = 0; argc == 1 && i < (int)(sizeof(samples) / sizeof(samples[0])); i++) {
        bool fine = run(samples[i], &limits, out, sizeof(out));
        printf("%-8.8s%.60s\n        -> %.70s\n", fine ? "ok" : "failed", samples[i], out);
    }
    return 0;
}
