/* quickjs-libc.h: modules, loaders, helpers, compiled code, errors, files; under JS_ABORT_ON_LEAKS. */
#include "check.h"
#include "quickjs-libc.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/qjs-libc-XXXXXX";

static const char *path(const char *name)
{
    static char buf[4][256];
    static int i;

    i = (i + 1) % 4;
    snprintf(buf[i], sizeof(buf[i]), "%s/%s", dir, name);
    return buf[i];
}
static const char *write_file(const char *name, const char *text)
{
    FILE *f = fopen(path(name), "w");

    CHECK(f);
    fputs(text, f);
    fclose(f);
    return path(name);
}

static JSContext *start(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    CHECK(rt);
    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    js_std_init_handlers(rt);
    ctx = JS_NewContext(rt);
    CHECK(ctx);
    CHECK(js_init_module_std(ctx, "qjs:std"));
    CHECK(js_init_module_os(ctx, "qjs:os"));
    CHECK(js_init_module_bjson(ctx, "qjs:bjson"));
    js_std_add_helpers(ctx, -1, NULL);
    JS_SetModuleLoaderFunc2(rt, NULL, js_module_loader, js_module_check_attributes, NULL);
    return ctx;
}
static void finish(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}
/* Evaluates a module and waits for its promise. */
static JSValue run_module(JSContext *ctx, const char *text)
{
    return js_std_await(ctx, JS_Eval(ctx, text, strlen(text), path("main.mjs"), JS_EVAL_TYPE_MODULE));
}

static void test_modules(void)
{
    JSContext *ctx = start();
    JSValue v;

    v = run_module(ctx, "import * as std from 'qjs:std'; import * as os from 'qjs:os'; import * as bjson from 'qjs:bjson';"
                        "globalThis.r = [typeof std.open, typeof os.open, typeof bjson.read, std.SEEK_END, os.platform].join();");
    CHECK_VAL(ctx, v, "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "function,function,function,2,linux");
    /* another name is another module of the same functions */
    CHECK(js_init_module_std(ctx, "mystd"));
    CHECK_VAL(ctx, run_module(ctx, "import * as std from 'mystd'; globalThis.r = std.sprintf('%d', 5)"), "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "5");
    /* an import that does not exist */
    CHECK_VAL(ctx, run_module(ctx, "import { none } from 'qjs:std'"),
              "throws SyntaxError: Could not find export 'none' in module 'qjs:std'");
    finish(ctx);
}

static void test_loader(void)
{
    JSContext *ctx = start();
    JSModuleDef *m;
    JSValue v, attributes;

    write_file("dep.mjs", "export const n = 42; export const meta = import.meta;");
    write_file("data.json", "{\"a\": [1, 2]}");
    write_file("bad.json", "{\"a\":");
    v = run_module(ctx, "import { n, meta } from './dep.mjs'; import j from './data.json'; import t from './data.json' with { type: 'text' };"
                        "import b from './data.json' with { type: 'bytes' };"
                        "globalThis.r = [n, meta.main, meta.url.startsWith('file:///'), j.a.length, t.length, b.length].join()");
    CHECK_VAL(ctx, v, "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "42,false,true,2,13,13");
    /* named as C does */
    CHECK(!js_module_loader(ctx, path("none.mjs"), NULL, JS_UNDEFINED));
    v = JS_GetException(ctx);
    CHECK(JS_IsError(v));
    JS_FreeValue(ctx, v);
    m = js_module_loader(ctx, path("data.json"), NULL, JS_UNDEFINED);
    CHECK(m);
    CHECK(!js_module_loader(ctx, path("bad.json"), NULL, JS_UNDEFINED));
    JS_FreeValue(ctx, JS_GetException(ctx));
    CHECK(!js_module_loader(ctx, "libnone.so", NULL, JS_UNDEFINED));
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)) /* as it was */,
              "throws ReferenceError: could not load module filename 'libnone.so' as shared library: "
              "./libnone.so: cannot open shared object file: No such file or directory");
    attributes = eval(ctx, "({ type: 'nonsense' })");
    CHECK_INT(js_module_check_attributes(ctx, NULL, attributes), 0);
    CHECK(!js_module_loader(ctx, path("data.json"), NULL, attributes));
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws TypeError: unsupported module type: 'nonsense'");
    JS_FreeValue(ctx, attributes);
    attributes = eval(ctx, "({ typo: 'json' })");
    CHECK_INT(js_module_check_attributes(ctx, NULL, attributes), -1);
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws TypeError: import attribute 'typo' is not supported");
    JS_FreeValue(ctx, attributes);
    CHECK_INT(js_module_check_attributes(ctx, NULL, JS_UNDEFINED), -1);
    JS_FreeValue(ctx, JS_GetException(ctx));
    finish(ctx);
}

/* a file reader of the caller's own */
static int reads;
static uint8_t *virtual_file(JSContext *ctx, size_t *plen, const char *name)
{
    const char *text = "export default 'virtual'";
    uint8_t *buf;

    reads++;
    if (strcmp(name, "virtual.mjs"))
        return NULL;
    *plen = strlen(text);
    buf = js_malloc(ctx, *plen + 1);
    memcpy(buf, text, *plen + 1);
    return buf;
}
static JSModuleDef *virtual_loader(JSContext *ctx, const char *name, void *opaque, JSValueConst attributes)
{
    return js_module_load(ctx, name, opaque, attributes, virtual_file);
}
static void test_virtual_files(void)
{
    JSContext *ctx = start();

    JS_SetModuleLoaderFunc2(JS_GetRuntime(ctx), NULL, virtual_loader, NULL, NULL);
    CHECK_VAL(ctx, run_module(ctx, "import d from 'virtual.mjs'; globalThis.r = d"), "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "virtual");
    CHECK_VAL(ctx, run_module(ctx, "import d from 'other.mjs'"),
              "throws ReferenceError: could not load module filename 'other.mjs'");
    CHECK_INT(reads, 2);
    finish(ctx);
}

static void test_import_meta(void)
{
    JSContext *ctx = start();
    const char *text = "globalThis.r = [import.meta.url, import.meta.main].join()";
    JSValue m;

    write_file("real.mjs", "");
    m = JS_Eval(ctx, text, strlen(text), "/nowhere/x.mjs", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
    CHECK_INT(js_module_set_import_meta(ctx, m, true, true), -1); /* there is no such file */
    CHECK_VAL(ctx, JS_Throw(ctx, JS_GetException(ctx)), "throws TypeError: realpath failure");
    CHECK_INT(js_module_set_import_meta(ctx, m, false, true), 0);
    CHECK_VAL(ctx, js_std_await(ctx, JS_EvalFunction(ctx, m)), "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "file:///nowhere/x.mjs,true");
    m = JS_Eval(ctx, text, strlen(text), "app:main", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    CHECK_INT(js_module_set_import_meta(ctx, m, true, false), 0); /* a scheme is no file */
    CHECK_VAL(ctx, js_std_await(ctx, JS_EvalFunction(ctx, m)), "undefined");
    CHECK_VAL(ctx, eval(ctx, "r"), "app:main,false");
    CHECK_INT(js_module_set_import_meta(ctx, JS_UNDEFINED, false, false), -1);
    JS_FreeValue(ctx, JS_GetException(ctx));
    finish(ctx);
}

static void test_load_file(void)
{
    JSContext *ctx = start();
    size_t n = 77;
    uint8_t *b;

    CHECK(!js_load_file(ctx, &n, path("none")));
    CHECK(!js_load_file(ctx, &n, dir));
    CHECK(!JS_HasException(ctx));
    b = js_load_file(ctx, &n, write_file("text", "abc"));
    CHECK(b);
    CHECK_INT(n, 3);
    CHECK_STR((char *)b, "abc");
    js_free(ctx, b);
    b = js_load_file(ctx, &n, "/proc/self/status");
    CHECK(b && n > 100 && b[n] == 0);
    js_free(ctx, b);
    b = js_load_file(NULL, &n, path("text")); /* from malloc */
    CHECK_STR((char *)b, "abc");
    free(b);
    JS_SetMemoryLimit(JS_GetRuntime(ctx), 1);
    CHECK(!js_load_file(ctx, &n, path("text")));
    JS_SetMemoryLimit(JS_GetRuntime(ctx), 0);
    finish(ctx);
}

static void test_helpers(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    char *argv[] = { "name", "arg", "\xff" "bad", NULL };

    js_std_init_handlers(rt);
    js_std_add_helpers(ctx, -1, NULL);
    CHECK_VAL(ctx, eval(ctx, "[typeof print, typeof console.log, typeof scriptArgs].join()"), "function,function,undefined");
    js_std_add_helpers(ctx, 3, argv);
    CHECK_VAL(ctx, eval(ctx, "scriptArgs.length + scriptArgs[0] + scriptArgs[1] + scriptArgs[2].charCodeAt(0).toString(16)"),
              "3nameargdcff");
    js_std_add_helpers(ctx, 0, NULL);
    CHECK_VAL(ctx, eval(ctx, "scriptArgs.length"), "0");
    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}

/* compiled code, as qjsc's programs have it */
static uint8_t *compiled(JSContext *ctx, const char *text, const char *name, int flags, size_t *size)
{
    JSValue v = JS_Eval(ctx, text, strlen(text), name, flags | JS_EVAL_FLAG_COMPILE_ONLY);
    uint8_t *b, *copy;

    CHECK(!JS_IsException(v));
    b = JS_WriteObject(ctx, size, v, JS_WRITE_OBJ_BYTECODE);
    CHECK(b);
    JS_FreeValue(ctx, v);
    copy = malloc(*size);
    CHECK(copy);
    memcpy(copy, b, *size);
    js_free(ctx, b);
    return copy;
}
static JSModuleDef *loads_nothing(JSContext *ctx, const char *name, void *opaque, JSValueConst attributes)
{
    JS_ThrowReferenceError(ctx, "%s is not there", name);
    return NULL;
}
static void test_binary(void)
{
    JSContext *ctx = start();
    uint8_t *script, *module, *dep;
    size_t script_size, module_size, dep_size;

    write_file("dep.mjs", "export let n = 0;");
    script = compiled(ctx, "globalThis.r = 'script'; function f() { return r }", "s.js", JS_EVAL_TYPE_GLOBAL, &script_size);
    dep = compiled(ctx, "export let n = 40; export const inc = () => ++n; globalThis.order = 'dep ' + import.meta.main", path("dep.mjs"),
                   JS_EVAL_TYPE_MODULE, &dep_size);
    module = compiled(ctx, "import { n, inc } from './dep.mjs'; import * as os from 'qjs:os'; await os.sleepAsync(1); inc(); inc();"
                           "globalThis.r = n; order += ' main ' + import.meta.main", path("main.mjs"), JS_EVAL_TYPE_MODULE, &module_size);
    finish(ctx);

    ctx = start();
    JS_SetModuleLoaderFunc2(JS_GetRuntime(ctx), NULL, loads_nothing, NULL, NULL);
    js_std_eval_binary(ctx, script, script_size, 0);
    CHECK_VAL(ctx, eval(ctx, "f()"), "script");
    js_std_eval_binary(ctx, dep, dep_size, 1); /* loaded only: nothing runs */
    CHECK_VAL(ctx, eval(ctx, "typeof order"), "undefined");
    js_std_eval_binary(ctx, module, module_size, 0); /* until its promise is settled */
    CHECK_VAL(ctx, eval(ctx, "r + ' ' + order"), "42 dep false main true");
    CHECK_INT(js_std_loop(ctx), 0);
    finish(ctx);
    free(script);
    free(module);
    free(dep);
}

/* Runs f in a child; its exit status, and what it wrote to stderr. */
static int in_child(void (*f)(void), char *err, size_t size)
{
    int fds[2], status;
    size_t n = 0;
    ssize_t r;
    pid_t pid;

    CHECK(!pipe(fds));
    fflush(NULL);
    pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        dup2(fds[1], 2);
        close(fds[0]);
        close(fds[1]);
        f();
        exit(0);
    }
    close(fds[1]);
    while (n + 1 < size && (r = read(fds[0], err + n, size - 1 - n)) > 0)
        n += r;
    err[n] = 0;
    close(fds[0]);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void unhandled(void)
{
    JSContext *ctx = start();

    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), js_std_promise_rejection_tracker, NULL);
    JS_FreeValue(ctx, eval(ctx, "Promise.reject(new TypeError('nobody'))"));
    js_std_loop(ctx);
}
static void handled(void)
{
    JSContext *ctx = start();

    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), js_std_promise_rejection_tracker, NULL);
    JS_FreeValue(ctx, eval(ctx, "const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => {}))"));
    CHECK_INT(js_std_loop(ctx), 0);
    /* whoever awaits it handles it */
    CHECK(JS_IsException(js_std_await(ctx, eval(ctx, "Promise.reject(2)"))));
    JS_FreeValue(ctx, JS_GetException(ctx));
    CHECK_INT(js_std_loop(ctx), 0);
    finish(ctx);
}
static void dumped(void)
{
    JSContext *ctx = start();

    js_std_dump_error(ctx); /* nothing is pending: nothing is said */
    JS_FreeValue(ctx, eval(ctx, "function f() { throw new RangeError('dumped', { cause: 'why' }) } f()"));
    CHECK(JS_HasException(ctx));
    js_std_dump_error(ctx);
    CHECK(!JS_HasException(ctx));
    JS_ThrowTypeError(ctx, "from C");
    js_std_dump_error(ctx);
    JS_Throw(ctx, JS_NewInt32(ctx, 5));
    js_std_dump_error(ctx);
    JS_FreeValue(ctx, eval(ctx, "function g() { throw 'thrown' } g()"));
    js_std_dump_error(ctx);
    finish(ctx);
}
static void bad_binary(void)
{
    JSContext *ctx = start();

    js_std_eval_binary(ctx, (const uint8_t *)"no code", 7, 0);
}

static void test_errors(void)
{
    char err[4096];

    /* (Whoever ends in the middle frees nothing: valgrind would say so.) */
    bool whole = !getenv("QJS_CTEST_LIGHT");

    if (whole) {
        CHECK_INT(in_child(unhandled, err, sizeof(err)), 1);
        CHECK(!strncmp(err, "Possibly unhandled promise rejection: TypeError: nobody\n    at ", 63));
        CHECK_INT(in_child(bad_binary, err, sizeof(err)), 1);
        CHECK(!strncmp(err, "SyntaxError: ", 13));
    }
    CHECK_INT(in_child(handled, err, sizeof(err)), 0);
    CHECK_STR(err, "");
    CHECK_INT(in_child(dumped, err, sizeof(err)), 0);
    CHECK(!strncmp(err, "RangeError: dumped\n    at f (test.js:1:", 39));
    CHECK(strstr(err, "\nCaused by: why\n"));
    CHECK(strstr(err, "TypeError: from C\n"));
    CHECK(strstr(err, "\n5\n"));
    CHECK(strstr(err, "\nthrown\n    at g (test.js:1:"));
}

/* What std.evalScript runs can be interrupted, and its caller may catch that. */
static int stop(JSRuntime *rt, void *opaque)
{
    return ++*(int *)opaque == 2;
}

static void test_eval_script(void)
{
    JSContext *ctx = start();
    int polls = 0;

    JS_SetInterruptHandler(JS_GetRuntime(ctx), stop, &polls);
    CHECK_VAL(ctx, run_module(ctx, "import { evalScript } from 'qjs:std'; globalThis.log = [];"
                                   "try { evalScript('try { for (;;) ; } catch { log.push(1) }') }"
                                   "catch (e) { log.push(String(e)) } finally { log.push('finally') }"), "undefined");
    CHECK_EVAL(ctx, "log.join()", "InternalError: interrupted,finally");
    CHECK_INT(polls, 2);
    CHECK(js_std_cmd(5, JS_GetRuntime(ctx)) == (uintptr_t)stop);
    CHECK(js_std_cmd(6, JS_GetRuntime(ctx)) == (uintptr_t)&polls);
    JS_SetInterruptHandler(JS_GetRuntime(ctx), NULL, NULL);
    CHECK_INT(js_std_cmd(5, JS_GetRuntime(ctx)), 0);
    finish(ctx);
}

/* quickjs-libc.c keeps a pointer with the runtime by this */
static void test_std_cmd(void)
{
    JSRuntime *rt = JS_NewRuntime(), *other = JS_NewRuntime();
    int x;

    CHECK_INT(js_std_cmd(0, rt), 0);
    CHECK_INT(js_std_cmd(1, rt, (void *)&x), 0);
    CHECK(js_std_cmd(0, rt) == (uintptr_t)&x);
    CHECK_INT(js_std_cmd(0, other), 0);
    CHECK(!JS_GetRuntimeOpaque(rt));
    CHECK(js_std_cmd(99, rt) == (uintptr_t)-1);
    {
        JSContext *ctx = JS_NewContext(rt);
        JSValue trace = JS_NULL;

        JS_FreeValue(ctx, eval(ctx, "function f() { throw 5 } f()"));
        JS_FreeValue(ctx, JS_GetException(ctx));
        CHECK_INT(js_std_cmd(2, ctx, &trace), 0);
        CHECK(JS_IsString(trace));
        CHECK_VAL(ctx, trace, "    at f (test.js:1:16)\n    at <eval> (test.js:1:26)\n");
        CHECK_INT(js_std_cmd(2, ctx, &trace), 0); /* moved: there is none any more */
        CHECK(JS_IsUndefined(trace));
        JS_FreeContext(ctx);
    }
    JS_FreeRuntime(other);
    JS_FreeRuntime(rt);
}

/* What scripts have left is let go of by js_std_free_handlers, whatever it is. */
static void test_leftovers(void)
{
    JSContext *ctx = start();
    JSValue v;

    v = run_module(ctx, "import * as os from 'qjs:os'; import * as std from 'qjs:std';"
                        "const [r, w] = os.pipe(); os.setReadHandler(r, () => r); os.setWriteHandler(w, () => w);"
                        "os.setTimeout(() => {}, 1e9); os.setInterval(() => {}, 1e9, { arg: 1 }); os.sleepAsync(1e9);"
                        "os.signal(os.SIGUSR1, () => {}); console.time('t'); console.count('c');"
                        "globalThis.f = std.tmpfile(); globalThis.cycle = { f }; cycle.self = cycle;"
                        "os.setTimeout(() => Promise.reject(new Error('never seen')), 1e9)");
    CHECK_VAL(ctx, v, "undefined");
    finish(ctx);
    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL);
}

int main(void)
{
    CHECK(mkdtemp(dir));
    test_modules();
    test_loader();
    test_virtual_files();
    test_import_meta();
    test_load_file();
    test_helpers();
    test_binary();
    test_errors();
    test_std_cmd();
    test_eval_script();
    test_leftovers();
    js_std_set_worker_new_runtime_func(JS_NewRuntime);
    js_std_set_worker_new_context_func(JS_NewContext);
    js_std_set_worker_new_runtime_func(NULL);
    js_std_set_worker_new_context_func(NULL);
    {
        char cmd[300];

        snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
        CHECK(!system(cmd));
    }
    return 0;
}
