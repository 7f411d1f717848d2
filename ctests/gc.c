/* Counting and collecting: what is freed at once, what the collector finds, what is weak. */
#include "check.h"

static int64_t objects(JSRuntime *rt)
{
    JSMemoryUsage usage;

    JS_ComputeMemoryUsage(rt, &usage);
    return usage.obj_count;
}

/* Cycles of every make, left behind by scripts. */
static void cycles(JSContext *ctx)
{
    static const char *const makers[] = {
        "var o = {}; o.o = o",
        "var a = []; a.push(a)",
        "var a = {}, b = { a }; a.b = b",
        "var f = function() { return f }; f.self = f",
        "(function() { var x = { g() { return x } }; x.h = () => x.g })()",
        "class A { static self = A; m() { return A } }; new A().a = A",
        "var m = new Map(); m.set(m, m)",
        "var s = new Set(); s.add({ s })",
        "var w = new WeakMap(), k = {}; w.set(k, { k, w })",
        "var p = new Proxy({}, {}); Object.setPrototypeOf(p, { p })",
        "var e = new Error('x'); e.e = e",
        "var g = { get g() { return g } }; g.b = (function() { return this }).bind(g)",
        "var d = []; d.length = 100; d[50] = { d }",
        "var y = Object.create({ y: {} }); y.y.y = y",
        "(function(a) { arguments[0].args = arguments; return () => a })({})",
    };
    JSRuntime *rt = JS_GetRuntime(ctx);
    size_t i;
    int round;

    for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        char source[300];
        int64_t before, after;

        snprintf(source, sizeof(source), "(() => { %s })()", makers[i]);
        JS_FreeValue(ctx, eval(ctx, source));
        JS_RunGC(rt);
        before = objects(rt);
        for (round = 0; round < 50; round++) {
            JSValue v = eval(ctx, source);

            CHECK(!JS_IsException(v));
            JS_FreeValue(ctx, v);
        }
        JS_RunGC(rt);
        after = objects(rt);
        if (after > before + 5)
            fprintf(stderr, "%s\n", makers[i]);
        CHECK(after <= before + 5);
    }
}

/* What is reachable survives, however it hangs together. */
static void survival(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    CHECK_EVAL(ctx, "var keep = []; for (var i = 0; i < 1000; i++) { var o = { i, next: keep[i - 1] }; o.me = o; keep.push(o) } 0", "0");
    JS_RunGC(rt);
    JS_RunGC(rt);
    CHECK_EVAL(ctx, "keep.every((o, i) => o.me === o && o.i === i && (!i || o.next === keep[i - 1]))", "true");
    CHECK_EVAL(ctx, "var c = (() => { var n = 0, o = { inc: () => ++n }; o.o = o; return o.inc })(); c() + c()", "3");
    JS_RunGC(rt);
    CHECK_EVAL(ctx, "c()", "3");
    CHECK_EVAL(ctx, "keep = c = undefined", "undefined");
}

static void weak(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue o;

    CHECK_EVAL(ctx, "var target = {}, ref = new WeakRef(target); ref.deref() === target", "true");
    JS_RunGC(rt);
    CHECK_EVAL(ctx, "ref.deref() === target", "true");
    CHECK_EVAL(ctx, "target = undefined", "undefined");
    JS_RunGC(rt);
    CHECK_EVAL(ctx, "ref.deref()", "undefined");
    CHECK_EVAL(ctx, "var wm = new WeakMap(), key = {}; wm.set(key, 'v'); wm.get(key)", "v");
    CHECK_EVAL(ctx, "key = undefined", "undefined");
    JS_RunGC(rt);
    CHECK_EVAL(ctx, "var ws = new WeakSet([wm]); ws.has(wm)", "true");

    o = JS_NewObject(ctx);
    CHECK(JS_IsLiveObject(rt, o));
    JS_FreeValue(ctx, o);
    CHECK(!JS_IsLiveObject(rt, JS_NULL));
}

/* Long chains are freed without native recursion. */
static void chains(JSContext *ctx)
{
    int n = light() ? 20000 : 10000000;
    char source[200];
    JSRuntime *rt = JS_GetRuntime(ctx);
    int64_t before = objects(rt);

    snprintf(source, sizeof(source), "var l = null; for (var i = 0; i < %d; i++) l = { l }; 0", n);
    CHECK_EVAL(ctx, source, "0");
    CHECK(objects(rt) >= before + n);
    CHECK_EVAL(ctx, "l = null", "null");
    CHECK(objects(rt) <= before + 5);
    /* the same, held in a cycle, for the collector to find */
    snprintf(source, sizeof(source),
             "var h = {}, l = h; for (var i = 0; i < %d; i++) l = { l }; h.l = l; l = h = null; 0", n / 10);
    CHECK_EVAL(ctx, source, "0");
    JS_RunGC(rt);
    CHECK(objects(rt) <= before + 5);
    snprintf(source, sizeof(source), "var a = []; for (var i = 0; i < %d; i++) a = [a]; a = null", n / 10);
    CHECK_EVAL(ctx, source, "null");
    snprintf(source, sizeof(source), "var f = null; for (let i = 0; i < %d; i++) { let g = f; f = () => g } f = null", n / 10);
    CHECK_EVAL(ctx, source, "null");
    CHECK_EVAL(ctx, "var s = ''; for (var i = 0; i < 5000; i++) s = 'a' + s + 'b'; s.length", "10000");
    CHECK_EVAL(ctx, "s = s.length", "10000");
    JS_RunGC(rt);
    CHECK(objects(rt) <= before + 10);
}

/* With a tiny threshold the collector runs all the time, in the middle of everything. */
static void constantly(void)
{
    JSContext *ctx = new_context();

    JS_SetGCThreshold(JS_GetRuntime(ctx), 1);
    CHECK_EVAL(ctx, "var t = 0; for (var i = 0; i < 50; i++) {"
                    " var o = { a: [i, { i }], f: () => o }; o.o = o;"
                    " t += [...o.a[0] + 'xyz'].length + Object.keys({ ...o }).length + o.f().a[1].i;"
                    " new Map([[o, o]]); `${i}`.replace(/./g, c => c + o.a.length);"
                    " JSON.stringify({ i, s: 'x'.repeat(i) }) }; t",
               "1615");
    free_context(ctx);
}

int main(void)
{
    JSContext *ctx = new_context();

    cycles(ctx);
    survival(ctx);
    weak(ctx);
    chains(ctx);
    free_context(ctx);
    constantly();
    return 0;
}
