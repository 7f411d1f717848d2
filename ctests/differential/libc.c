/* quickjs-libc: the loop, timers, await, what is printed of errors, files and their kinds. */
#include "transcript.h"
#include "quickjs-libc.h"

#include <unistd.h>

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    fputs(text, f);
    fclose(f);
}

/* What js_std_dump_error writes to stderr, which is where stdout is. */
static void dumped(void)
{
    static const char *const scripts[] = { "throw new Error('message')", "throw 1", "throw 'text'", "throw undefined", "throw null", "throw 1n", "throw {}", "throw [1, 2]",
        "throw () => 1", "throw { toString() { return 'own' } }", "throw { message: 'm', stack: 's' }", "throw new TypeError('')", "throw new (class Custom extends Error { name = 'Custom' })('c')", "throw new Error('cause', { cause: new Error('inner') })", "throw new AggregateError([new Error('one')], 'many')",
        "function f() { throw new Error('in f') } f()", "1 1", "throw new Proxy({}, {})", "throw new Error('line\\nbreak')", "throw new Date(0)" };
    int i;

    for (i = 0; i < COUNT(scripts); i++) {
        JSValue v = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "dump.js", 0);

        printf("js_std_dump_error, %s:\n", scripts[i]);
        fflush(stdout);
        JS_FreeValue(ctx, v);
        js_std_dump_error(ctx);
        fflush(stderr);
        begin("js_std_dump_error, %s, after", scripts[i]);
        finish();
    }
}

static void loop(void)
{
    static const char imports[] = "import * as os from 'os'; import * as std from 'std'; globalThis.os = os; globalThis.std = std";
    JSValue v, funcs[2];
    int i;

    INT(js_std_loop_once(ctx), "js_std_loop_once, nothing to do");
    INT(js_std_poll_io(ctx, 0), "js_std_poll_io(0), nothing to do");
    INT(js_std_loop(ctx), "js_std_loop, nothing to do");
    VAL(js_std_await(ctx, JS_Eval(ctx, imports, strlen(imports), "import", JS_EVAL_TYPE_MODULE)), "imports");
    INT(js_std_loop_once(ctx), "js_std_loop_once, after a module");
    run("Promise.resolve().then(() => log('job')).then(() => log('job2'))");
    INT(js_std_loop_once(ctx), "js_std_loop_once, jobs");
    run("os.setTimeout(() => { log('timer'); Promise.resolve().then(() => log('its job')) }, 0); os.setTimeout(() => log('timer2'), 0)");
    usleep(3000);
    for (i = 0; i < 4; i++)
        INT(js_std_loop_once(ctx), "js_std_loop_once, timers %d", i);
    run("globalThis.late = os.setTimeout(() => log('late'), 100000)");
    INT(js_std_loop_once(ctx) > 0, "js_std_loop_once, a timer to wait for");
    run("globalThis.h = os.setTimeout(() => log('cleared'), 0); os.clearTimeout(h)");
    usleep(2000);
    INT(js_std_loop_once(ctx) > 0, "js_std_loop_once, one cleared");
    run("os.setTimeout(() => { throw new Error('timer') }, 0)");
    usleep(2000);
    INT(js_std_loop_once(ctx), "js_std_loop_once, a timer that throws");
    run("queueMicrotask(() => { throw new Error('job') }); queueMicrotask(() => log('next'))");
    INT(js_std_loop_once(ctx) < 0, "js_std_loop_once, a job that throws");
    INT(js_std_loop_once(ctx) > 0, "js_std_loop_once, after it");
    run("os.clearTimeout(late)");
    VAL(js_std_await(ctx, JS_NewInt32(ctx, 5)), "js_std_await(5)");
    VAL(js_std_await(ctx, eval("Promise.resolve(6)")), "js_std_await(resolved)");
    VAL(js_std_await(ctx, eval("rejected('r')")), "js_std_await(rejected)");
    VAL(js_std_await(ctx, eval("(async () => { await 1; return 7 })()")), "js_std_await(async)");
    VAL(js_std_await(ctx, eval("new Promise(r => os.setTimeout(() => r('waited'), 5))")), "js_std_await(timer)");
    VAL(js_std_await(ctx, JS_NewObject(ctx)), "js_std_await(object)");
    VAL(js_std_await(ctx, eval("({ then(r) { r(1) } })")), "js_std_await(thenable)");
    VAL(js_std_await(ctx, JS_EXCEPTION), "js_std_await(JS_EXCEPTION)");
    v = JS_NewPromiseCapability(ctx, funcs);
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, funcs[0]);
    JS_FreeValue(ctx, funcs[1]);
}

static void files(void)
{
    static const char *const sources[] = { "import d from './d.json' with { type: 'json' }; globalThis.out = JSON.stringify(d)", "import t from './t.txt' with { type: 'text' }; globalThis.out = t",
        "import b from './t.txt' with { type: 'bytes' }; globalThis.out = Object.prototype.toString.call(b)", "import d from './d.json'; globalThis.out = JSON.stringify(d)", "import x from './t.txt' with { type: 'nothing' }",
        "import x from './bad.json' with { type: 'json' }", "import x from './missing.js'", "import { e } from './m.js'; globalThis.out = e", "import x from './m.js' with { other: '1' }", "import './syntax.js'",
        "import * as b from 'bjson'; globalThis.out = Object.keys(b).join()", "import { url } from './meta.js'; globalThis.out = url.split('/').pop() + url.slice(0, 7)", "import { main } from './meta.js'; globalThis.out = main" };
    JSValue v;
    uint8_t *p;
    size_t n;
    int i;

    write_file("d.json", "{ \"a\": [1, 2] }");
    write_file("t.txt", "text\n");
    write_file("bad.json", "{ a }");
    write_file("m.js", "export let e = 'exported'; export default 1");
    write_file("syntax.js", "export let = 1");
    write_file("meta.js", "export const url = import.meta.url, main = import.meta.main");
    for (i = 0; i < COUNT(sources); i++) {
        run("globalThis.out = undefined");
        begin("js_module_loader, %s", sources[i]);
        v = JS_Eval(ctx, sources[i], strlen(sources[i]), "main.js", JS_EVAL_TYPE_MODULE);
        v = js_std_await(ctx, v);
        printf(" = ");
        show(ctx, v);
        JS_FreeValue(ctx, v);
        v = get_global("out");
        printf(" out ");
        show(ctx, v);
        JS_FreeValue(ctx, v);
        finish();
    }
    n = 77;
    p = js_load_file(ctx, &n, "t.txt");
    begin("js_load_file(t.txt)");
    printf(" = %s %d %d", p ? (char *)p : "NULL", (int)n, p ? p[n] : -1);
    js_free(ctx, p);
    finish();
    p = js_load_file(NULL, &n, "t.txt");
    begin("js_load_file(no context)");
    printf(" = %s %d", p ? "bytes" : "NULL", (int)n);
    free(p);
    finish();
    PTR(js_load_file(ctx, &n, "nowhere"), "js_load_file(nowhere)");
    PTR(js_load_file(ctx, &n, "."), "js_load_file(a folder)");
    v = JS_Eval(ctx, "1", 1, "meta main", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    INT(js_module_set_import_meta(ctx, v, false, true), "js_module_set_import_meta");
    {
        JSValue meta = JS_GetImportMeta(ctx, JS_VALUE_GET_PTR(v));

        VAL(JS_GetPropertyStr(ctx, meta, "url"), "js_module_set_import_meta, url");
        VAL(JS_GetPropertyStr(ctx, meta, "main"), "js_module_set_import_meta, main");
        JS_FreeValue(ctx, meta);
        INT(js_module_set_import_meta(ctx, v, true, false), "js_module_set_import_meta(realpath of nothing)");
    }
    JS_FreeValue(ctx, v);
    {
        static const char *const texts[] = { "({ type: 'json' })", "({ type: 'text' })", "({ type: 'other' })", "({ other: '1' })", "({})" };

        for (i = 0; i < COUNT(texts); i++) {
            v = eval(texts[i]);
            INT(js_module_check_attributes(ctx, NULL, v), "js_module_check_attributes(%s)", texts[i]);
            JS_FreeValue(ctx, v);
        }
    }
    for (i = 0; i < 6; i++)
        unlink(((const char *const[]){ "d.json", "t.txt", "bad.json", "m.js", "syntax.js", "meta.js" })[i]);
}

static void helpers(void)
{
    static char *argv[] = { "one", "two" };
    static const char *const scripts[] = { "print('a', 1, undefined, null, true)", "print()", "print([1, 2], { a: 1 })", "console.log('a', 1)", "print(1n, -0, 'gr\\u00fc\\u00df')" };
    int i;

    js_std_add_helpers(ctx, 2, argv);
    VAL(eval("scriptArgs.join() + Object.isFrozen(scriptArgs)"), "js_std_add_helpers, scriptArgs");
    VAL(eval("[typeof print, typeof console.log, typeof performance].join()"), "js_std_add_helpers, what is there");
    for (i = 0; i < COUNT(scripts); i++) {
        JSValue v;

        printf("%s prints: ", scripts[i]);
        fflush(stdout);
        v = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "h", 0);
        fflush(stdout);
        begin("%s", scripts[i]);
        printf(" = ");
        show(ctx, v);
        JS_FreeValue(ctx, v);
        finish();
    }
    js_std_add_helpers(ctx, -1, NULL);
}

int main(void)
{
    start();
    js_std_init_handlers(rt);
    js_init_module_std(ctx, "std");
    js_init_module_os(ctx, "os");
    js_init_module_bjson(ctx, "bjson");
    JS_SetModuleLoaderFunc2(rt, NULL, js_module_loader, js_module_check_attributes, NULL);
    dumped();
    loop();
    files();
    helpers();
    run("delete globalThis.os; delete globalThis.std; delete globalThis.out; delete globalThis.h; delete globalThis.late");
    js_std_free_handlers(rt);
    end();
    return 0;
}
