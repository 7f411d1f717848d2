/* Hosts with several contexts, runtimes and threads: contexts share a heap and nothing else; a runtime belongs to
   one thread at a time; what runtimes share is a SharedArrayBuffer's memory. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 4 };

/* ---- contexts of one runtime */

static void contexts(void)
{
    JSContext *a = new_context(), *b = JS_NewContext(JS_GetRuntime(a));
    JSValue o, f, v;

    CHECK(b);
    /* globals are each context's own */
    CHECK_EVAL(a, "var who = 'a'; Array.prototype.mine = 'a'; who", "a");
    CHECK_EVAL(b, "typeof who + typeof [].mine", "undefinedundefined");
    /* objects may go from one to the other, and keep their realm */
    set_global(b, "other", eval(a, "({ list: [1], make: () => [2], fail() { null.x }, err: TypeError })"));
    CHECK_EVAL(b, "Array.isArray(other.list) + ' ' + (other.list instanceof Array) + other.list.mine", "true falsea");
    CHECK_EVAL(b, "other.make() instanceof Array", "false");
    CHECK_EVAL(b, "try { other.fail() } catch (e) { (e instanceof TypeError) + '' + (e instanceof other.err) }", "falsetrue");
    CHECK_EVAL(b, "Symbol.iterator in other.list && [...other.list].length", "1");
    /* an exception is the runtime's: thrown in one, taken in the other */
    JS_ThrowRangeError(a, "from a");
    CHECK(JS_HasException(b));
    CHECK_VAL(b, JS_GetException(b), "RangeError: from a");
    /* a function runs in its own realm, whoever calls it */
    f = eval(a, "(function () { return this === globalThis && who })");
    CHECK_VAL(b, JS_Call(b, f, JS_UNDEFINED, 0, NULL), "a");
    /* it outlives JS_FreeContext of its realm */
    o = eval(a, "({ later() { return new Promise(r => r(who)) } })");
    JS_FreeContext(a);
    CHECK_VAL(b, JS_Call(b, f, JS_UNDEFINED, 0, NULL), "a");
    v = JS_GetPropertyStr(b, o, "later");
    JS_FreeValue(b, JS_Call(b, v, o, 0, NULL));
    JS_FreeValues(b, v, o, f);
    CHECK_EVAL(b, "other = undefined", "undefined");
    free_context(b);
}

static int ran;

static JSValue job(JSContext *ctx, int argc, JSValueConst *argv)
{
    ran++;
    return JS_Eval(ctx, "globalThis.x = 1", 16, "job", 0);
}

/* A context that is freed while jobs of it wait: they keep it alive, and run or go with the runtime. */
static void freed_with_jobs(void)
{
    int run, i;

    for (run = 0; run < 2; run++) {
        JSContext *a = new_context(), *b = JS_NewContext(JS_GetRuntime(a)), *c;
        JSRuntime *rt = JS_GetRuntime(a);

        for (i = 0; i < 3; i++)
            CHECK_INT(JS_EnqueueJob(b, job, 0, NULL), 0);
        JS_FreeValue(b, eval(b, "(async () => { await 1; await 2; globalThis.y = 3 })()"));
        JS_FreeContext(b);
        ran = 0;
        if (run) {
            while ((i = JS_ExecutePendingJob(rt, &c)) > 0)
                ;
            CHECK_INT(i, 0);
            CHECK_INT(ran, 3);
        }
        CHECK_EVAL(a, "typeof x", "undefined");
        free_context(a);
    }
}

/* ---- runtimes, a thread each */

static void *worker(void *opaque)
{
    static const char source[] =
        "let n = 0; const m = new Map(); for (let i = 0; i < 3000; i++) { m.set('k' + i, { i, s: 'x'.repeat(i % 50) });"
        "n += JSON.stringify(m.get('k' + i)).length } n + /(\\d+)/.exec('a12b')[1] + [3, 1, 2].sort().join('')";
    int i;

    for (i = 0; i < (light() ? 1 : 5); i++) {
        JSContext *ctx = new_context();

        JS_SetMemoryLimit(JS_GetRuntime(ctx), 64 << 20);
        CHECK_EVAL(ctx, source, (const char *)opaque);
        JS_RunGC(JS_GetRuntime(ctx));
        free_context(ctx);
    }
    return NULL;
}

static void runtimes(void)
{
    pthread_t threads[THREADS];
    JSContext *ctx = new_context();
    JSValue v = eval(ctx,
        "let n = 0; for (let i = 0; i < 3000; i++) n += JSON.stringify({ i, s: 'x'.repeat(i % 50) }).length; n + '12123'");
    const char *want = JS_ToCString(ctx, v);
    int i;

    for (i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, worker, (void *)want), 0);
    for (i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    JS_FreeCString(ctx, want);
    JS_FreeValue(ctx, v);
    free_context(ctx);
}

/* ---- one runtime that goes from thread to thread */

static void *visitor(void *opaque)
{
    JSContext *ctx = opaque;

    JS_UpdateStackTop(JS_GetRuntime(ctx));
    CHECK_EVAL(ctx, "visits.push(visits.length); (function f(n) { return n ? 1 + f(n - 1) : 0 })(200)", "200");
    CHECK_EVAL_ERROR(ctx, "JSON.stringify((() => { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a })())", "RangeError");
    return NULL;
}

static void moving(void)
{
    JSContext *ctx = new_context();
    pthread_t thread;
    int i;

    CHECK_EVAL(ctx, "globalThis.visits = []; 0", "0");
    for (i = 0; i < 3; i++) {
        CHECK_INT(pthread_create(&thread, NULL, visitor, ctx), 0);
        CHECK_INT(pthread_join(thread, NULL), 0);
        JS_UpdateStackTop(JS_GetRuntime(ctx));
        CHECK_EVAL(ctx, "visits.length > 0", "true");
    }
    CHECK_EVAL(ctx, "visits.join()", "0,1,2");
    free_context(ctx);
}

/* ---- memory shared by runtimes */

enum { ROUNDS = 20000 };
static int32_t shared[4];

static void *adder(void *opaque)
{
    JSContext *ctx = new_context();
    char source[200];

    set_global(ctx, "sab", JS_NewArrayBuffer(ctx, (uint8_t *)shared, sizeof(shared), 0, NULL, NULL, true));
    snprintf(source, sizeof(source),
        "const a = new Int32Array(sab); for (let i = 0; i < %d; i++) { Atomics.add(a, 0, 1); a[1]++; Atomics.sub(a, 2, 2) }"
        "sab.constructor.name", light() ? 200 : ROUNDS);
    CHECK_EVAL(ctx, source, "SharedArrayBuffer");
    free_context(ctx);
    return NULL;
}

static void shared_memory(void)
{
    pthread_t threads[THREADS];
    int rounds = light() ? 200 : ROUNDS, i;

    for (i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, adder, NULL), 0);
    for (i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_INT(shared[0], THREADS * rounds);
    CHECK_INT(shared[2], -2 * THREADS * rounds);
    CHECK(shared[1] > 0 && shared[1] <= THREADS * rounds);
}

int main(void)
{
    contexts();
    freed_with_jobs();
    runtimes();
    moving();
    shared_memory();
    return 0;
}
