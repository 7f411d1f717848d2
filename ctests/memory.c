/* Memory: the js_malloc family, limits, thresholds, usage. */
#include "check.h"

static void family(void)
{
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    char *p = js_malloc(ctx, 10), *q;
    size_t i;

    CHECK(p);
    CHECK(js_malloc_usable_size(ctx, p) >= 10);
    memcpy(p, "012345678", 10);
    p = js_realloc(ctx, p, 10000);
    CHECK_STR(p, "012345678");
    CHECK(js_malloc_usable_size_rt(rt, p) >= 10000);
    js_free(ctx, p);

    p = js_mallocz(ctx, 1000);
    q = js_calloc(ctx, 10, 100);
    for (i = 0; i < 1000; i++)
        CHECK(p[i] == 0 && q[i] == 0);
    js_free(ctx, p);
    js_free(ctx, q);
    p = js_mallocz_rt(rt, 1000);
    q = js_calloc_rt(rt, 10, 100);
    for (i = 0; i < 1000; i++)
        CHECK(p[i] == 0 && q[i] == 0);
    p = js_realloc_rt(rt, p, 3);
    CHECK(p);
    js_free_rt(rt, p);
    js_free_rt(rt, q);
    p = js_malloc_rt(rt, 1);
    CHECK(p);
    js_free_rt(rt, p);

    p = js_strdup(ctx, "some text");
    q = js_strndup(ctx, "some text", 4);
    CHECK_STR(p, "some text");
    CHECK_STR(q, "some");
    js_free(ctx, p);
    js_free(ctx, q);
    q = js_strndup(ctx, "some text", 0);
    CHECK_STR(q, "");
    js_free(ctx, q);

    js_free(ctx, NULL);
    js_free_rt(rt, NULL);
    p = js_realloc(ctx, NULL, 100);
    CHECK(p);
    js_free(ctx, p);

    /* sizes that overflow or cannot be had: NULL and a pending exception */
    CHECK(js_calloc(ctx, SIZE_MAX / 2, 4) == NULL);
    CHECK(JS_HasException(ctx));
    CHECK_VAL(ctx, JS_GetException(ctx), "InternalError: out of memory");
    CHECK(js_malloc(ctx, SIZE_MAX / 4) == NULL);
    CHECK_VAL(ctx, JS_GetException(ctx), "InternalError: out of memory");
    CHECK(js_malloc_rt(rt, SIZE_MAX / 4) == NULL);
    CHECK(!JS_HasException(ctx));
    free_context(ctx);
}

/* Under a limit everything that a script can grow ends in a catchable error, and the runtime goes on. */
static void limit(void)
{
    static const char *const hogs[] = {
        "var s = 'x'; while (true) s = s + s + Math.random()",
        "var a = []; while (true) a.push({})",
        "var a = []; while (true) a.push(a.length)",
        "var o = {}; for (var i = 0; ; i++) o['k' + i] = i",
        "var l = null; while (true) l = { l }",
        "var m = new Map(); for (var i = 0; ; i++) m.set(i, {})",
        "var s = new Set(); for (var i = 0; ; i++) s.add('' + i)",
        "var b = []; while (true) b.push(new ArrayBuffer(1 << 20))",
        "var b = []; while (true) b.push(new Float64Array(1 << 17).fill(1))",
        "var b = 1n; while (true) b = b * b + 3n",
        "var r = []; for (var i = 0; ; i++) r.push(new RegExp(('(a|b' + i + ')*').repeat(50)))",
        "var f = []; for (var i = 0; ; i++) f.push(new Function('return [' + 'x' + i + ',1'.repeat(1000) + ']'))",
        "var src = '['; for (var i = 0; i < 23; i++) src += src.replace('[', '') + '1,'; (0, eval)(src + ','.repeat(1e8) + ']')",
        "var c = []; for (var i = 0; ; i++) c.push((() => { var k = [i, i]; return () => k })())",
        "var y = []; while (true) y.push(Symbol())",
        "JSON.parse('[' + '[1,2],'.repeat(1e7) + '1]')",
        "'x'.repeat(1e9)",
        "new Array(1e9).fill(0)",
        "new ArrayBuffer(1e9)",
        "'ab'.repeat(1e7).split('')",
        "Array.from({ length: 1e9 })",
        "String.fromCharCode.apply(null, new Array(1e8))",
    };
    size_t i;
    JSRuntime *rt;
    JSContext *ctx;
    JSValue val;
    int fresh;

    /* each in a runtime of its own, then all in one */
    for (fresh = 1; fresh >= 0; fresh--) {
        ctx = NULL;
        for (i = 0; i < sizeof(hogs) / sizeof(hogs[0]); i++) {
            const char *name;
            char source[512];

            if (light() && i > 5)
                break;
            if (!ctx) {
                rt = JS_NewRuntime();
                JS_SetMemoryLimit(rt, light() ? 4 << 20 : 64 << 20);
                ctx = JS_NewContext(rt);
            }
            snprintf(source, sizeof(source), "(function() { %s })()", hogs[i]);
            val = eval(ctx, source);
            if (!JS_IsException(val)) {
                fprintf(stderr, "within the limit: %s\n", hogs[i]);
                exit(1);
            }
            /* out of memory, or a length that no string or array can have; never a fault */
            val = JS_GetException(ctx);
            name = JS_ToCString(ctx, val);
            if (name && !strstr(name, "out of memory") && !strstr(name, "too long") && !strstr(name, "RangeError") && !getenv("QJS_CTEST_PEER")) {
                fprintf(stderr, "%s: %s\n", hogs[i], name);
                exit(1);
            }
            JS_FreeCString(ctx, name);
            JS_FreeValue(ctx, val);
            if (!name)
                JS_FreeValue(ctx, JS_GetException(ctx));
            JS_RunGC(rt);
            CHECK_EVAL(ctx, "[1, 2, 3].map(x => x * 2).join()", "2,4,6");
            CHECK_EVAL(ctx, "try { new ArrayBuffer(1 << 28); 0 } catch (e) { e instanceof Error && 'caught' }", "caught");
            if (fresh) {
                JS_FreeContext(ctx);
                JS_FreeRuntime(rt);
                ctx = NULL;
            }
        }
        if (ctx) {
            /* without a limit again */
            JS_SetMemoryLimit(rt, 0);
            CHECK_EVAL(ctx, "new ArrayBuffer(1 << 27).byteLength", "134217728");
            JS_FreeContext(ctx);
            JS_FreeRuntime(rt);
        }
    }
}

/* A limit too small for a runtime or a context: NULL, nothing else. */
static void tiny_limit(void)
{
    size_t size;

    for (size = 1; size < 200000; size = size * 5 / 4 + 1) {
        JSRuntime *rt = JS_NewRuntime();
        JSContext *ctx;

        CHECK(rt);
        JS_SetMemoryLimit(rt, size);
        ctx = JS_NewContext(rt);
        if (ctx) {
            JSValue val = eval(ctx, "var o = []; for (var i = 0; i < 100; i++) o.push({ i }); o.length");

            if (JS_IsException(val))
                JS_FreeValue(ctx, JS_GetException(ctx));
            JS_FreeValue(ctx, val);
            JS_FreeContext(ctx);
        }
        JS_FreeRuntime(rt);
    }
}

static void usage(void)
{
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSMemoryUsage before, after, end;
    FILE *fp;
    long size;

    JS_RunGC(rt);
    JS_ComputeMemoryUsage(rt, &before);
    CHECK(before.malloc_size > 0);
    CHECK(before.malloc_count > 0);
    CHECK(before.memory_used_size > 0);
    CHECK(before.atom_count > 0);
    CHECK(before.obj_count > 0);
    CHECK(before.shape_count > 0);
    CHECK_EVAL(ctx, "var keep = []; for (var i = 0; i < 1000; i++) keep.push({ i, f: () => i }); 0", "0");
    JS_ComputeMemoryUsage(rt, &after);
    CHECK(after.malloc_size > before.malloc_size);
    CHECK(after.obj_count >= before.obj_count + 2000);
    CHECK(after.array_count >= before.array_count + 1);
    CHECK(after.js_func_count >= before.js_func_count + 1);
    CHECK_EVAL(ctx, "keep = undefined", "undefined");
    JS_RunGC(rt);
    JS_ComputeMemoryUsage(rt, &end);
    CHECK(end.obj_count < before.obj_count + 100);
    CHECK(end.malloc_size < after.malloc_size);

    JS_SetMemoryLimit(rt, 100 << 20);
    JS_ComputeMemoryUsage(rt, &end);
    CHECK_INT(end.malloc_limit, 100 << 20);

    fp = tmpfile();
    JS_DumpMemoryUsage(fp, &end, rt);
    size = ftell(fp);
    fclose(fp);
    CHECK(size > 100);
    free_context(ctx);
}

static void threshold(void)
{
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSMemoryUsage usage;
    int64_t most = 0;
    int i;

    CHECK(JS_GetGCThreshold(rt) > 0);
    JS_SetGCThreshold(rt, 1 << 20);
    CHECK_INT(JS_GetGCThreshold(rt), 1 << 20);
    /* cycles are collected by themselves: memory stays bounded */
    for (i = 0; i < 20; i++) {
        CHECK_EVAL(ctx, "for (var i = 0; i < 5000; i++) { var o = { s: 'x'.repeat(100) + i }; o.o = o } 0", "0");
        JS_ComputeMemoryUsage(rt, &usage);
        if (usage.malloc_size > most)
            most = usage.malloc_size;
    }
    CHECK(most < 16 << 20);
    free_context(ctx);
}

int main(void)
{
    family();
    limit();
    tiny_limit();
    usage();
    threshold();
    return 0;
}
