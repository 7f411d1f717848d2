/* JS_SetPromiseHook: what is told of promises, in which order, with which parent. */
#include "check.h"

/* What was told, as text: promises are numbered as they are met. */
typedef struct Log {
    char text[1024];
    size_t len;
    JSValue met[32];
    int count;
} Log;

static int number(Log *log, JSContext *ctx, JSValueConst promise)
{
    int i;

    for (i = 0; i < log->count; i++) {
        if (JS_VALUE_GET_PTR(log->met[i]) == JS_VALUE_GET_PTR(promise))
            return i;
    }
    CHECK(log->count < 32);
    log->met[log->count++] = JS_DupValue(ctx, promise);
    return i;
}

static void hook(JSContext *ctx, JSPromiseHookType type, JSValueConst promise, JSValueConst parent, void *opaque)
{
    static const char letters[] = "ibar"; /* init, before, after, resolve */
    Log *log = opaque;
    int own, its = -1;

    CHECK(JS_IsPromise(promise));
    CHECK(type == JS_PROMISE_HOOK_INIT || JS_IsUndefined(parent));
    CHECK(JS_IsUndefined(parent) || JS_IsPromise(parent));
    CHECK(type != JS_PROMISE_HOOK_INIT || JS_PromiseState(ctx, promise) == JS_PROMISE_PENDING);
    CHECK(type != JS_PROMISE_HOOK_RESOLVE || JS_PromiseState(ctx, promise) == JS_PROMISE_FULFILLED);
    if (!JS_IsUndefined(parent))
        its = number(log, ctx, parent);
    own = number(log, ctx, promise);
    log->len += snprintf(log->text + log->len, sizeof(log->text) - log->len, its < 0 ? " %c%d" : " %c%d<%d",
        letters[type], own, its);
}

static void run(JSContext *ctx, Log *log, const char *source, const char *want)
{
    JSContext *c;

    log->len = 0;
    log->text[0] = 0;
    CHECK_EVAL(ctx, source, "0");
    log->len += snprintf(log->text + log->len, sizeof(log->text) - log->len, " |");
    while (JS_ExecutePendingJob(JS_GetRuntime(ctx), &c) != 0)
        log->len += snprintf(log->text + log->len, sizeof(log->text) - log->len, " /");
    CHECK_STR(log->text, want);
    while (log->count > 0)
        JS_FreeValue(ctx, log->met[--log->count]);
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque)
{
    const char *text = !strcmp(name, "throws") ? "throw 1" : !strcmp(name, "awaits") ? "await 1" : "export default 1";
    JSValue m = JS_Eval(ctx, text, strlen(text), name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    JSModuleDef *def = JS_VALUE_GET_PTR(m);

    CHECK(JS_IsModule(m));
    JS_FreeValue(ctx, m);
    return def;
}

/* The modules of a graph: each has a promise of its own, as an async function has, besides the graph's. */
static void modules(JSContext *ctx, Log *log)
{
    static const char *const graphs[][2] = {
        { "1", " i0 i1 r1 r0" },
        { "import 'a'", " i0 i1 r1 i2 r2 r0" },
        { "await 1", " i0 i1 i2 r2 i3<1" },
        { "import 'awaits'", " i0 i1 i2 r2 i3<1" },
        { "throw 1", " i0 i1" },
    };
    JSValue p;
    size_t i;

    for (i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++) {
        log->len = 0;
        p = JS_Eval(ctx, graphs[i][0], strlen(graphs[i][0]), "graph", JS_EVAL_TYPE_MODULE);
        CHECK_STR(log->text, graphs[i][1]);
        JS_FreeValue(ctx, p);
        log->len = 0;
        while (JS_ExecutePendingJob(JS_GetRuntime(ctx), NULL))
            ;
        CHECK(i < 2 || i == 4 || !strncmp(log->text, " r1", 3));
        while (log->count > 0)
            JS_FreeValue(ctx, log->met[--log->count]);
    }
    run(ctx, log, "import('b'); 0", " i0 | i1 i2 r2 r1 i3<1 / r0 r3 /");
    run(ctx, log, "import('throws').catch(() => {}); 0", " i0 i1<0 | i2 i3 i4<2 / r4 / r1 /");
}

/* How often a rejection was reported, and how often taken back. */
static int reported, taken_back;

static void tracker(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    CHECK_INT(JS_PromiseState(ctx, promise), JS_PROMISE_REJECTED);
    if (is_handled)
        taken_back++;
    else
        reported++;
}

/* The promise of a module that throws is handled by that of its graph, which is the one left. */
static void rejections(JSContext *ctx)
{
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), tracker, NULL);
    JS_FreeValue(ctx, JS_Eval(ctx, "throw 1", 7, "graph", JS_EVAL_TYPE_MODULE));
    CHECK_INT(reported, 2);
    CHECK_INT(taken_back, 1);
    JS_FreeValue(ctx, JS_Eval(ctx, "1", 1, "graph", JS_EVAL_TYPE_MODULE));
    CHECK_INT(reported, 2);
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), NULL, NULL);
}

int main(void)
{
    static Log log;
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue p, q, settle[2], one = JS_NewInt32(ctx, 1);

    JS_SetPromiseHook(rt, hook, &log);
    run(ctx, &log, "new Promise(() => {}); 0", " i0 |");
    run(ctx, &log, "new Promise(r => { r(1); r(2) }); 0", " i0 r0 |");
    run(ctx, &log, "Promise.resolve(Promise.resolve(1)); 0", " i0 r0 |");
    /* a rejected one is not told of; what `then` makes has a parent */
    run(ctx, &log, "new Promise((r, j) => j(1)).catch(() => 1); 0", " i0 i1<0 | r1 /");
    run(ctx, &log, "Promise.resolve(1).then(x => 2); 0", " i0 r0 i1<0 | r1 /");
    /* around a thenable's `then` */
    run(ctx, &log, "new Promise(r => r({ then(f) { f(1) } })); 0", " i0 | b0 r0 a0 /");
    run(ctx, &log, "new Promise(r => r(new Promise(q => q(1)))); 0", " i0 i1 r1 | b0 i2<1 a0 / r0 r2 /");
    run(ctx, &log, "new Promise(r => r({ then() { throw 1 } })).catch(() => {}); 0", " i0 i1<0 | b0 a0 / r1 /");
    run(ctx, &log, "(async () => { await 1 })(); 0", " i0 i1 r1 | r0 /");
    run(ctx, &log, "class P extends Promise {} P.resolve(1).then(x => x); 0", " i0 r0 i1<0 | r1 /");
    run(ctx, &log, "Promise.all([1]); 0", " i0 i1 r1 i2<1 | r0 r2 /");

    /* those that C makes */
    log.len = 0;
    p = JS_NewPromiseCapability(ctx, settle);
    q = JS_PromiseThen(ctx, p, JS_UNDEFINED, JS_UNDEFINED);
    JS_FreeValue(ctx, JS_Call(ctx, settle[0], JS_UNDEFINED, 1, (JSValueConst *)&one));
    CHECK_STR(log.text, " i0 i1<0 r0");
    JS_FreeValues(ctx, p, q, settle[0], settle[1]);
    log.len = 0;
    JS_FreeValue(ctx, JS_NewSettledPromise(ctx, false, one));
    CHECK_STR(log.text, " i2 r2");
    while (log.count > 0)
        JS_FreeValue(ctx, log.met[--log.count]);

    JS_SetModuleLoaderFunc(rt, NULL, load, NULL);
    modules(ctx, &log);

    /* none any more */
    JS_SetPromiseHook(rt, NULL, NULL);
    log.len = 0;
    log.text[0] = 0;
    CHECK_EVAL(ctx, "Promise.resolve(1).then(); 0", "0");
    CHECK_STR(log.text, "");
    rejections(ctx);
    free_context(ctx);
    return 0;
}
