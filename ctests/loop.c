/* A host with a loop of its own: js_std_loop_once says when it wants to run again, js_std_poll_io looks at the scripts'
   descriptors, and between them the host waits for what it likes. Then many runtimes, each with its loop, each on
   its own thread. */
#include "check.h"
#include "quickjs-libc.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static JSContext *start(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    CHECK(rt);
    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    js_std_init_handlers(rt);
    ctx = JS_NewContext(rt);
    CHECK(ctx);
    CHECK(js_init_module_os(ctx, "os"));
    CHECK(js_init_module_std(ctx, "std"));
    js_std_add_helpers(ctx, 0, NULL);
    return ctx;
}
static void finish(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}
static void run(JSContext *ctx, const char *text)
{
    JSValue v = JS_Eval(ctx, text, strlen(text), "<host>", JS_EVAL_TYPE_MODULE);

    if (JS_IsException(v))
        js_std_dump_error(ctx);
    CHECK(!JS_IsException(v));
    JS_FreeValue(ctx, v);
}
static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* what each of the two functions answers */
static void test_answers(void)
{
    JSContext *ctx = start();
    int n;

    CHECK_INT(js_std_loop_once(ctx), -1); /* nothing to do */
    CHECK_INT(js_std_poll_io(ctx, 0), 0);
    CHECK_INT(js_std_poll_io(ctx, -1), 0); /* nothing could ever come */
    CHECK_INT(js_std_loop(ctx), 0);
    run(ctx, "import * as os from 'os'; globalThis.os = os; globalThis.log = [];"
             "Promise.resolve().then(() => log.push('job')).then(() => log.push('job'))");
    CHECK_INT(js_std_loop_once(ctx), -1); /* jobs have run, all of them */
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "job,job");

    run(ctx, "log = []; os.setTimeout(() => { log.push('a'); Promise.resolve().then(() => log.push('job')) }, 30);"
             "os.setTimeout(() => log.push('b'), 30)");
    n = js_std_loop_once(ctx);
    CHECK(n > 0 && n <= 30); /* so many milliseconds until the first is due */
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "");
    usleep(35000);
    CHECK_INT(js_std_loop_once(ctx), 0); /* one timer; its jobs come with the next call */
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "a");
    CHECK_INT(js_std_loop_once(ctx), 0);
    CHECK_INT(js_std_loop_once(ctx), -1);
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "a,job,b");

    /* errors stay pending */
    run(ctx, "os.setTimeout(() => { throw new Error('timer') }, 0)");
    usleep(3000);
    CHECK_INT(js_std_loop_once(ctx), -2);
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws Error: timer");
    run(ctx, "queueMicrotask(() => { throw new Error('job') }); queueMicrotask(() => log.push('next'))");
    CHECK_INT(js_std_loop_once(ctx), -2);
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws Error: job");
    CHECK_INT(js_std_loop_once(ctx), -1); /* and the rest goes on */
    CHECK_VAL(ctx, eval(ctx, "log.at(-1)"), "next");
    run(ctx, "os.setTimeout(() => { throw new Error('loop') }, 0)");
    CHECK_INT(js_std_loop(ctx), 1);
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws Error: loop");

    /* descriptors are the business of js_std_poll_io */
    run(ctx, "const [r, w] = os.pipe(); globalThis.r = r; globalThis.w = w; log = [];"
             "os.setReadHandler(r, () => { const b = new ArrayBuffer(9); log.push(os.read(r, b, 0, 9)) });");
    CHECK_INT(js_std_loop_once(ctx), -1);
    CHECK_INT(js_std_poll_io(ctx, 0), 0);
    CHECK_INT(js_std_poll_io(ctx, 5), 0);
    CHECK_VAL(ctx, eval(ctx, "os.write(w, new ArrayBuffer(3), 0, 3)"), "3");
    CHECK_INT(js_std_loop_once(ctx), -1);
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "");
    CHECK_INT(js_std_poll_io(ctx, -1), 0);
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "3");
    run(ctx, "os.write(w, new ArrayBuffer(1), 0, 1); os.setReadHandler(r, () => { throw new Error('handler') })");
    CHECK_INT(js_std_poll_io(ctx, 0), -1);
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws Error: handler");
    run(ctx, "os.setReadHandler(r, null); os.close(r); os.close(w)");

    /* so are signals */
    run(ctx, "os.signal(os.SIGUSR1, () => log.push('signal'))");
    raise(SIGUSR1);
    CHECK_INT(js_std_loop_once(ctx), -1);
    CHECK_INT(js_std_poll_io(ctx, 0), 0);
    CHECK_VAL(ctx, eval(ctx, "log.at(-1)"), "signal");
    finish(ctx);
}

/* js_std_await */
static void test_await(void)
{
    JSContext *ctx = start();

    CHECK_VAL(ctx, js_std_await(ctx, JS_NewInt32(ctx, 5)), "5");
    CHECK_VAL(ctx, js_std_await(ctx, JS_UNDEFINED), "undefined");
    run(ctx, "import * as os from 'os'; globalThis.os = os");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "os.sleepAsync(5).then(() => 'slept')")), "slept");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "Promise.reject(new RangeError('no'))")), "throws RangeError: no");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "os.setTimeout(() => { throw new Error('meanwhile') }, 0); os.sleepAsync(1000)")),
              "throws Error: meanwhile");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "globalThis.o = { then() { throw 1 } }; o")), "[object Object]");
    run(ctx, "const [r, w] = os.pipe(); os.write(w, new ArrayBuffer(1), 0, 1);"
             "globalThis.p = new Promise(resolve => os.setReadHandler(r, () => { os.setReadHandler(r, null); os.close(r); os.close(w); resolve('read') }))");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "p")), "read");
    CHECK(JS_IsException(js_std_await(ctx, JS_EXCEPTION)));
    finish(ctx);
    /* a promise that nothing can settle */
    ctx = start();
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "new Promise(() => {})")),
              "throws InternalError: the promise waited for can never be settled");
    /* Atomics.waitAsync: the clock settles it */
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10).value")), "timed-out");
    CHECK_VAL(ctx, js_std_await(ctx, eval(ctx, "const a = new Int32Array(new SharedArrayBuffer(4)); const w = Atomics.waitAsync(a, 0, 0);"
                                               "Promise.resolve().then(() => Atomics.notify(a, 0)); w.value")), "ok");
    finish(ctx);
}

/* The host's loop: its own pipe and the scripts' timers and descriptors, all in one poll(). */
static void test_host_loop(void)
{
    JSContext *ctx = start();
    struct pollfd fds[2];
    int ours[2], wait, turns = 0, ticks = 0, script_fd;
    long long start = now_ms();
    char c;
    JSValue v;

    CHECK(!pipe(ours));
    run(ctx, "import * as os from 'os'; const [r, w] = os.pipe(); globalThis.fd = r; globalThis.log = []; globalThis.got = 0; let n = 0;"
             "const t = os.setInterval(() => { os.write(w, new ArrayBuffer(1), 0, 1); if (++n === 5) os.clearInterval(t) }, 4);"
             "os.setReadHandler(r, () => { const b = new ArrayBuffer(8); got += os.read(r, b, 0, 8);"
             "    if (got === 5) { os.setReadHandler(r, null); globalThis.finished = true } });"
             "(async () => { await os.sleepAsync(2); log.push('async') })()");
    v = eval(ctx, "fd");
    JS_ToInt32(ctx, &script_fd, v);
    JS_FreeValue(ctx, v);
    CHECK_INT(write(ours[1], "x", 1), 1);
    for (;;) {
        while ((wait = js_std_loop_once(ctx)) == 0)
            ;
        CHECK(wait != -2);
        CHECK_INT(js_std_poll_io(ctx, 0), 0);
        v = eval(ctx, "globalThis.finished === true && log.length === 1");
        if (JS_VALUE_GET_BOOL(v))
            break;
        fds[0] = (struct pollfd){ .fd = ours[0], .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = script_fd, .events = POLLIN };
        poll(fds, 2, wait);
        if (fds[0].revents & POLLIN) {
            CHECK_INT(read(ours[0], &c, 1), 1);
            if (++ticks < 3)
                CHECK_INT(write(ours[1], "x", 1), 1);
        }
        CHECK(++turns < 1000); /* it waits, and does not spin */
    }
    CHECK_INT(ticks, 3);
    CHECK(now_ms() - start < 5000);
    CHECK_VAL(ctx, eval(ctx, "log.join()"), "async");
    close(ours[0]);
    close(ours[1]);
    finish(ctx);
}

/* Runtimes on threads of their own */
static void *thread_main(void *arg)
{
    JSContext *ctx = start();
    char text[512];

    snprintf(text, sizeof(text),
             "import * as os from 'os'; globalThis.sum = 0; for (let i = 0; i < 50; i++) os.setTimeout(() => { sum += %d }, i %% 5);"
             "const [r, w] = os.pipe(); os.setReadHandler(r, () => { os.setReadHandler(r, null); os.close(r); os.close(w); sum += 1000 });"
             "os.setTimeout(() => os.write(w, new ArrayBuffer(1), 0, 1), 3)", *(int *)arg);
    run(ctx, text);
    CHECK_INT(js_std_loop(ctx), 0);
    snprintf(text, sizeof(text), "%d", 1000 + 50 * *(int *)arg);
    CHECK_VAL(ctx, eval(ctx, "sum"), text);
    finish(ctx);
    return NULL;
}
static void test_threads(void)
{
    enum { N = 8 };
    pthread_t threads[N];
    int i, numbers[N];

    for (i = 0; i < N; i++) {
        numbers[i] = i + 1;
        CHECK(!pthread_create(&threads[i], NULL, thread_main, &numbers[i]));
    }
    for (i = 0; i < N; i++)
        CHECK(!pthread_join(threads[i], NULL));
}

/* Timers count against the memory limit, and a million of them cost what they should. */
static void test_many(void)
{
    JSContext *ctx = start();
    JSRuntime *rt = JS_GetRuntime(ctx);
    long long start = now_ms();
    int n = getenv("QJS_CTEST_LIGHT") ? 10000 : 1000000;
    char text[256];
    JSValue v;

    run(ctx, "import * as os from 'os'; globalThis.os = os; globalThis.f = () => { fired++ }; globalThis.fired = 0");
    snprintf(text, sizeof(text), "for (let i = 0; i < %d; i++) os.setTimeout(f, i %% 100)", n);
    JS_FreeValue(ctx, eval(ctx, text));
    CHECK_INT(js_std_loop(ctx), 0);
    snprintf(text, sizeof(text), "%d", n);
    CHECK_VAL(ctx, eval(ctx, "fired"), text);
    printf("%d timers: %lld ms\n", n, now_ms() - start);

    JS_SetMemoryLimit(rt, 4 << 20);
    v = eval(ctx, "for (;;) os.setTimeout(f, 1e9)");
    JS_SetMemoryLimit(rt, 0);
    CHECK_VAL(ctx, v, "throws InternalError: out of memory");
    CHECK_VAL(ctx, eval(ctx, "os.setTimeout(f, 1e9) > 5000"), "true");
    finish(ctx);
}

int main(void)
{
    test_answers();
    test_await();
    test_host_loop();
    test_threads();
    test_many();
    return 0;
}
