/* Workers from a C host: the C snippets of the page on workers, as they stand there, and a host that moves one runtime
   between threads. Every runtime here aborts if anything is left in it. */
#include <pthread.h>
#include <unistd.h>

#include "check.h"

/* ---- from the page: Custom Runtime Factory (as printed) */
#include <quickjs-libc.h>

static JSRuntime *my_worker_runtime_factory(void)
{
    JSRuntime *rt = JS_NewRuntime();
    if (!rt)
        return NULL;
    
    // Configure worker runtime
    JS_SetMemoryLimit(rt, 64 * 1024 * 1024);  // 64 MB per worker
    JS_SetGCThreshold(rt, 1024 * 1024);       // 1 MB GC threshold
    
    return rt;
}

/* what the page's context factory calls */
static JSValue create_custom_api(JSContext *ctx)
{
    JSValue api = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, api, "answer", JS_NewInt32(ctx, 42));
    return api;
}

/* ---- from the page: Custom Context Factory (as printed) */
static JSContext *my_worker_context_factory(JSRuntime *rt)
{
    JSContext *ctx = JS_NewContext(rt);
    if (!ctx)
        return NULL;
    
    // Add custom global objects to worker context
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "customAPI", create_custom_api(ctx));
    JS_FreeValue(ctx, global);
    
    return ctx;
}

/* ---- from the page: the signatures (as printed; declared again, they must agree with the headers) */
JS_LIBC_EXTERN void js_std_set_worker_new_runtime_func(JSRuntime *(*func)(void));
JS_LIBC_EXTERN void js_std_set_worker_new_context_func(JSContext *(*func)(JSRuntime *rt));
JS_EXTERN void JS_UpdateStackTop(JSRuntime *rt);
// Module loading in workers
JS_EXTERN JSValue JS_LoadModule(JSContext *ctx, const char *basename,
                                const char *filename);

// Get script/module name for error reporting
JS_EXTERN JSAtom JS_GetScriptOrModuleName(JSContext *ctx, int n_stack_levels);

// Serialization for message passing
JS_EXTERN uint8_t *JS_WriteObject2(JSContext *ctx, size_t *psize,
                                    JSValueConst obj, int flags,
                                    JSSABTab *psab_tab);
JS_EXTERN JSValue JS_ReadObject2(JSContext *ctx, const uint8_t *buf,
                                  size_t buf_len, int flags,
                                  JSSABTab *psab_tab);

/* ---- from the page: Debugging Workers (the two statements as printed, in a factory) */
static JSRuntime *debug_runtime_factory(void)
{
    // In worker runtime factory
    JSRuntime *rt = JS_NewRuntime();
    JS_SetRuntimeInfo(rt, "Worker Runtime");
    JS_SetDumpFlags(rt, JS_DUMP_LEAKS | JS_DUMP_MEM);
    return rt;
}

/* ---- the host */

static JSRuntime *strict_runtime_factory(void)
{
    JSRuntime *rt = my_worker_runtime_factory();
    if (rt)
        JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    return rt;
}
static JSRuntime *no_runtime(void) { return NULL; }
static JSContext *no_context(JSRuntime *rt) { return NULL; }
/* A stack larger than any thread's: the worker must get no more than there is. */
static JSRuntime *greedy_runtime_factory(void)
{
    JSRuntime *rt = strict_runtime_factory();
    if (rt)
        JS_SetMaxStackSize(rt, (size_t)1 << 40);
    return rt;
}

static char dir[64] = "/tmp/qjs-workers-XXXXXX";

static const char *write_script(const char *name, const char *text)
{
    static char path[2][128];
    static int turn;
    char *p = path[turn ^= 1];
    FILE *f;

    snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
    f = fopen(p, "w");
    CHECK(f != NULL);
    fputs("import * as os from 'os';\nconst port = os.Worker.parent;\n", f);
    fputs(text, f);
    fclose(f);
    return p;
}

static JSContext *new_host(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    CHECK(rt != NULL);
    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    js_std_init_handlers(rt);
    JS_SetModuleLoaderFunc2(rt, NULL, js_module_loader, js_module_check_attributes, NULL);
    JS_SetHostPromiseRejectionTracker(rt, js_std_promise_rejection_tracker, NULL);
    ctx = JS_NewContext(rt);
    CHECK(ctx != NULL);
    js_init_module_os(ctx, "os");
    js_init_module_std(ctx, "std");
    js_std_add_helpers(ctx, -1, NULL);
    return ctx;
}
static void free_host(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}
/* Evaluates a module that has `file`, runs the loop, and compares the global `result`. */
static void run(JSContext *ctx, const char *file, const char *code, const char *want)
{
    char text[4096];
    JSValue v, global;

    snprintf(text, sizeof(text), "import * as os from 'os'; const file = '%s'; globalThis.result = 'none';\n%s", file, code);
    v = JS_Eval(ctx, text, strlen(text), "<host>", JS_EVAL_TYPE_MODULE);
    v = js_std_await(ctx, v);
    if (JS_IsException(v))
        js_std_dump_error(ctx);
    CHECK(!JS_IsException(v));
    JS_FreeValue(ctx, v);
    if (js_std_loop(ctx)) {
        js_std_dump_error(ctx);
        CHECK(0);
    }
    global = JS_GetGlobalObject(ctx);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, global, "result"), want);
    JS_FreeValue(ctx, global);
}

#define POST "const w = new os.Worker(file); w.onmessage = e => { globalThis.result = String(e.data); };" \
    " w.onerror = e => { globalThis.result = 'error ' + e.message; }; w.postMessage('go');"

static void factories(void)
{
    JSContext *ctx = new_host();
    const char *file = write_script("api.js", "port.onmessage = e => port.postMessage(e.data + customAPI.answer);");

    // Set before creating first worker
    js_std_set_worker_new_runtime_func(my_worker_runtime_factory);
    js_std_set_worker_new_context_func(my_worker_context_factory);
    run(ctx, file, POST, "go42");

    js_std_set_worker_new_runtime_func(strict_runtime_factory);
    run(ctx, file, POST, "go42");

    /* the limit holds, and only the worker ends */
    file = write_script("memory.js", "const a = []; for (;;) a.push(new Array(1000).fill(0.5));");
    run(ctx, file, POST, "error out of memory");
    file = write_script("stack.js", "function f() { [1].map(f); } f();");
    js_std_set_worker_new_runtime_func(greedy_runtime_factory);
    run(ctx, file, "new os.Worker(file).onerror = e => { globalThis.result = e.error.name + ': ' + e.message; }",
        "RangeError: Maximum call stack size exceeded");

    /* NULL of either is thrown where the worker is made */
    file = write_script("never.js", "port.postMessage('never');");
    js_std_set_worker_new_runtime_func(no_runtime);
    run(ctx, file, "try { new os.Worker(file); } catch (e) { globalThis.result = e.name; }", "InternalError");
    js_std_set_worker_new_runtime_func(strict_runtime_factory);
    js_std_set_worker_new_context_func(no_context);
    run(ctx, file, "try { new os.Worker(file); } catch (e) { globalThis.result = e.message; }",
        "cannot create a worker: the context's function failed");

    js_std_set_worker_new_context_func(NULL);
    js_std_set_worker_new_runtime_func(debug_runtime_factory);
    file = write_script("debug.js", "port.onmessage = e => port.postMessage(e.data);");
    run(ctx, file, POST, "go");
    js_std_set_worker_new_runtime_func(strict_runtime_factory);
    free_host(ctx);
}

/* A host that frees everything while its workers are busy, blocked, waiting. */
static void live_workers(void)
{
    JSContext *ctx = new_host();
    const char *file = write_script("busy.js",
        "port.onmessage = e => { port.postMessage('on'); if (e.data === 1) for (;;); "
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); };");

    run(ctx, file,
        "let n = 0; globalThis.keep = [];"
        "await new Promise(done => { for (let i = 0; i < 4; i++) { const w = new os.Worker(file); keep.push(w); w.unref();"
        " w.onmessage = () => { if (++n === 4) done(); }; w.postMessage(i % 2); } os.setTimeout(done, 20000); });"
        "globalThis.result = n;", "4");
    free_host(ctx);
}

/* js_std_loop_once and js_std_poll_io: a host with a loop of its own. */
static void own_loop(void)
{
    JSContext *ctx = new_host();
    const char *file = write_script("echo.js", "port.onmessage = e => port.postMessage(e.data * 2);");
    char text[1024];
    JSValue v, global, r;
    int i;

    snprintf(text, sizeof(text), "import * as os from 'os'; const w = new os.Worker('%s');"
             "w.onmessage = e => { globalThis.result = e.data; }; w.postMessage(21);", file);
    v = JS_Eval(ctx, text, strlen(text), "<host>", JS_EVAL_TYPE_MODULE);
    CHECK(!JS_IsException(v));
    JS_FreeValue(ctx, v);
    global = JS_GetGlobalObject(ctx);
    for (i = 0; i < 2000; i++) {
        CHECK(js_std_loop_once(ctx) != -2);
        CHECK_INT(js_std_poll_io(ctx, 10), 0);
        r = JS_GetPropertyStr(ctx, global, "result");
        if (!JS_IsUndefined(r))
            break;
    }
    CHECK_VAL(ctx, r, "42");
    JS_FreeValue(ctx, global);
    free_host(ctx);
}

/* SharedArrayBuffers from functions of the host's: workers get theirs from there too, and every hold is given back. */
static pthread_mutex_t sab_lock = PTHREAD_MUTEX_INITIALIZER;
static int sab_blocks, sab_holds, sab_opaque;
typedef struct { int refs; int pad[15]; } SabHead;

static void *sab_alloc(void *opaque, size_t size)
{
    SabHead *h = calloc(1, sizeof(*h) + size);
    CHECK(opaque == &sab_opaque && h);
    pthread_mutex_lock(&sab_lock);
    h->refs = 1;
    sab_blocks++;
    sab_holds++;
    pthread_mutex_unlock(&sab_lock);
    return h + 1;
}
static void sab_free(void *opaque, void *ptr)
{
    SabHead *h = (SabHead *)ptr - 1;
    int left;
    pthread_mutex_lock(&sab_lock);
    left = --h->refs;
    sab_holds--;
    if (!left)
        sab_blocks--;
    pthread_mutex_unlock(&sab_lock);
    if (!left)
        free(h);
}
static void sab_dup(void *opaque, void *ptr)
{
    SabHead *h = (SabHead *)ptr - 1;
    pthread_mutex_lock(&sab_lock);
    h->refs++;
    sab_holds++;
    pthread_mutex_unlock(&sab_lock);
}

static void shared_buffers(void)
{
    JSSharedArrayBufferFunctions sf = { sab_alloc, sab_free, sab_dup, &sab_opaque };
    JSContext *ctx = new_host();
    const char *file = write_script("sab.js",
        "port.onmessage = e => { const v = new Int32Array(e.buffer); Atomics.add(v, 0, 40); port.postMessage(e.data); };");

    JS_SetSharedArrayBufferFunctions(JS_GetRuntime(ctx), &sf);
    run(ctx, file,
        "const buffer = new SharedArrayBuffer(64), v = new Int32Array(buffer); v[0] = 2;"
        "const w = new os.Worker(file); w.onmessage = e => { globalThis.result = v[0] + new Int32Array(e.buffer)[0]; };"
        "w.postMessage({ buffer, again: [buffer, v] });"
        /* never read: the holds of these come back as well */
        "const lost = new os.Worker(file); lost.postMessage({ buffer }); lost.terminate();", "84");
    free_host(ctx);
    CHECK_INT(sab_blocks, 0);
    CHECK_INT(sab_holds, 0);
}

/* A pool of threads over one runtime: whoever takes it says where its stack is. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static JSContext *moved;
static const char *moved_code = "globalThis.n = (globalThis.n ?? 0) + 1;"
    "globalThis.kept = { n, before: n % 10 ? globalThis.kept : null };";

static void *mover(void *arg)
{
    int i;

    for (i = 0; i < 50; i++) {
        JSRuntime *rt;
        JSValue v;

        pthread_mutex_lock(&turn);
        rt = JS_GetRuntime(moved);
        // Update stack top when changing threads
        JS_UpdateStackTop(rt);
        v = JS_Eval(moved, moved_code, strlen(moved_code), "<moved>", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT);
        CHECK(!JS_IsException(v));
        JS_FreeValue(moved, v);
        v = JS_Eval(moved, "(function f() { return [1].map(f); })()", 39, "<deep>", JS_EVAL_TYPE_GLOBAL);
        CHECK(JS_IsException(v));
        CHECK_VAL(moved, v, "throws RangeError: Maximum call stack size exceeded");
        pthread_mutex_unlock(&turn);
    }
    return NULL;
}
static void moving(void)
{
    pthread_t threads[4];
    JSValue global;
    int i;

    moved = new_host();
    JS_SetMaxStackSize(JS_GetRuntime(moved), 256 * 1024);
    for (i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, mover, NULL) == 0);
    for (i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    JS_UpdateStackTop(JS_GetRuntime(moved));
    global = JS_GetGlobalObject(moved);
    CHECK_VAL(moved, JS_GetPropertyStr(moved, global, "n"), "200");
    JS_FreeValue(moved, global);
    free_host(moved);
}

int main(void)
{
    char command[128];

    CHECK(mkdtemp(dir) != NULL);
    factories();
    live_workers();
    own_loop();
    shared_buffers();
    moving();
    snprintf(command, sizeof(command), "rm -r %s", dir);
    CHECK_INT(system(command), 0);
    return 0;
}
