/* Interrupts, and the native stack. */
#include <pthread.h>

#include "check.h"

static int polls, stop_after;

static int handler(JSRuntime *rt, void *opaque)
{
    CHECK(opaque == &polls);
    return ++polls > stop_after;
}

/* Whatever a script does for ever, the handler ends it; it cannot be caught, and finally does not run. */
static void interrupts(void)
{
    static const char *const loops[] = {
        "for (;;) {}",
        "while (true) ;",
        "do {} while (1)",
        "function f() { for (;;) f2() } function f2() {} f()",
        "try { for (;;) ; } catch (e) { 'caught' }",
        "try { for (;;) ; } finally { for (;;) ; }",
        "(function r() { try { r() } catch { for (;;) r() } })()",
        "[1].forEach(() => { for (;;) ; })",
        "for (;;) [1, 2, 3].map(x => x)",
        "for (;;) eval('1')",
        "/^(a+)+$/.test('a'.repeat(40) + 'b')",
        "/(x+x+)+y/.exec('x'.repeat(60))",
        "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "[].concat.call(new Proxy({}, { get: () => { for (;;) ; } }))",
        "[3, 1, 2].sort(() => { for (;;) ; })",
        "'aaa'.replace(/a/g, () => { for (;;) ; })",
        "JSON.stringify({ toJSON() { for (;;) ; } })",
        "JSON.parse('[1]', () => { for (;;) ; })",
        "for (var x of { [Symbol.iterator]() { return { next: () => ({ value: 1 }) } } }) ;",
        "var o = { get a() { for (;;) ; } }; o.a",
        "class A { constructor() { for (;;) ; } }; new A",
        "class B { static x = (() => { for (;;) ; })() }",
    };
    size_t i;
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);

    for (i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        JSValue v;

        if (light() && i == 12)
            continue;
        /* the peer does not poll in builtins */
        if (getenv("QJS_CTEST_PEER") && i == 12)
            continue;
        polls = 0;
        stop_after = 3;
        JS_SetInterruptHandler(rt, handler, &polls);
        v = eval(ctx, loops[i]);
        if (!JS_IsException(v))
            fprintf(stderr, "%s\n", loops[i]);
        CHECK(JS_IsException(v));
        v = JS_GetException(ctx);
        CHECK(polls > 3);
        CHECK(JS_IsUncatchableError(v));
        CHECK_VAL(ctx, v, "InternalError: interrupted");
        JS_SetInterruptHandler(rt, NULL, NULL);
        CHECK_EVAL(ctx, "[1, 2].map(x => x + 1).join()", "2,3");
    }
    /* a module's promise is rejected with it; the module's own code does not see it */
    for (i = 0; i < 3; i++) {
        static const char *const modules[] = {
            "for (;;) ;",
            "try { for (;;) ; } catch { globalThis.seen = 1 } finally { globalThis.seen = 2 }",
            "await (async () => { for (;;) ; })()",
        };
        JSValue p, v;

        polls = 0;
        stop_after = 3;
        JS_SetInterruptHandler(rt, handler, &polls);
        p = JS_Eval(ctx, modules[i], strlen(modules[i]), "loop.mjs", JS_EVAL_TYPE_MODULE);
        JS_SetInterruptHandler(rt, NULL, NULL);
        if (i == 2) {
            /* one that awaits never ends, in so far as anybody can tell */
            CHECK(JS_IsException(p) || JS_PromiseState(ctx, p) != JS_PROMISE_FULFILLED);
            JS_FreeValues(ctx, p, JS_GetException(ctx));
            continue;
        }
        CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_REJECTED);
        CHECK(!JS_HasException(ctx));
        v = JS_PromiseResult(ctx, p);
        CHECK(JS_IsUncatchableError(v));
        CHECK_VAL(ctx, v, "InternalError: interrupted");
        JS_FreeValue(ctx, p);
        CHECK_EVAL(ctx, "typeof seen", "undefined");
    }
    /* a handler that lets scripts go on is asked again and again */
    polls = 0;
    stop_after = 1 << 30;
    JS_SetInterruptHandler(rt, handler, &polls);
    CHECK_EVAL(ctx, "for (var i = 0; i < 3000000; i++) ; i", "3000000");
    CHECK(polls > 1);
    JS_SetInterruptHandler(rt, NULL, NULL);
    free_context(ctx);
}

static JSValue recurse(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_Call(ctx, argv[0], JS_UNDEFINED, 0, NULL);
}

/* Endless recursion, in JavaScript, through C, through builtins: a RangeError that can be caught. */
static void recursion(JSContext *ctx)
{
    static const char *const endless[] = {
        "(function f() { f() })()",
        "(function f() { return f() + 1 })()",
        "(function f() { recurse(f) })()",
        "var o = { get x() { return this.x } }; o.x",
        "var o = { toString() { return '' + this } }; '' + o",
        "var a = [1]; (function f() { a.map(f) })()",
        "(function f() { [2, 1].sort(f) })()",
        "(function f() { 'x'.replace(/x/, f) })()",
        "(function f() { new f() })()",
        "class A { constructor() { new A() } }; new A()",
        "(function f() { f.apply(this, arguments) })()",
        "(function f() { f.bind()() })()",
        "(function f() { eval('f()') })()",
        "(function f() { new Function('f', 'f(f)')(f); f() })()",
        "var p = new Proxy(function() {}, { apply(t) { return p() } }); p()",
        "var p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x",
        "var p = {}; for (var i = 0; i < 200000; i++) p = new Proxy(p, {}); p.x",
        "(function f() { JSON.stringify({ toJSON: f }) })()",
        "(function f() { JSON.parse('[1]', f) })()",
        "(function f() { Reflect.construct(f, []) })()",
        "(function f() { for (var x of { [Symbol.iterator]: f }) ; })()",
        "(function f() { var { [f()]: x } = {} })()",
        "(function f(a = f()) {})()",
        "(function f() { `${{ toString: f }}` })()",
        "(function f() { f`x` })()",
        "var b = function() {}; for (var i = 0; i < 200000; i++) b = b.bind(); b()",
        "var a = []; for (var i = 0; i < 200000; i++) a = [a]; a.flat(Infinity)",
        "var a = []; for (var i = 0; i < 200000; i++) a = [a]; JSON.stringify(a)",
        "var a = []; for (var i = 0; i < 200000; i++) a = [a]; String(a)",
        "JSON.parse('['.repeat(1000000))",
        "JSON.parse('[' .repeat(100000) + ']'.repeat(100000))",
        "new RegExp('('.repeat(200000) + ')'.repeat(200000))",
        "new RegExp('(?:'.repeat(200000) + ')'.repeat(200000))",
        "eval('('.repeat(200000) + ')'.repeat(200000))",
    };
    size_t i;

    CHECK_EVAL(ctx, "var a, b, p, o", "undefined");
    set_global(ctx, "recurse", JS_NewCFunction(ctx, recurse, "recurse", 1));
    for (i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
        char source[300];
        JSValue v;
        const char *s;

        if (light() && strstr(endless[i], "00000"))
            continue;
        snprintf(source, sizeof(source), "try { %s; 'no error' } catch (e) { e.name }", endless[i]);
        v = eval(ctx, source);
        s = JS_ToCString(ctx, v);
        /* some of these our own machine does without recursion */
        if (JS_IsException(v) || (strcmp(s, "RangeError") && strcmp(s, "InternalError") && strcmp(s, "SyntaxError")
                                  && strcmp(s, "no error"))) {
            fprintf(stderr, "%s: %s\n", endless[i], s ? s : "an exception");
            exit(1);
        }
        if (i < 16 && !strcmp(s, "no error")) {
            fprintf(stderr, "%s: ended\n", endless[i]);
            exit(1);
        }
        JS_FreeCString(ctx, s);
        JS_FreeValue(ctx, v);
        v = eval(ctx, "a = b = p = o = undefined; [1, 2].map(x => x + 1).join()");
        if (JS_IsException(v))
            fprintf(stderr, "after %s:\n", endless[i]);
        CHECK_VAL(ctx, v, "2,3");
    }
}

/* A greater stack is used, a smaller one obeyed. */
static void *deep(void *opaque)
{
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    int depth;

    (void)opaque;
    JS_SetMaxStackSize(rt, 256 * 1024);
    CHECK_EVAL(ctx, "var d = 0; try { (function f() { d++; JSON.parse('[1]', f) })() } catch {} d > 10", "true");
    depth = JS_VALUE_GET_INT(eval(ctx, "d"));
    JS_SetMaxStackSize(rt, 4 * 1024 * 1024);
    CHECK_EVAL(ctx, "d = 0; try { (function f() { d++; JSON.parse('[1]', f) })() } catch {} d > 10", "true");
    CHECK(JS_VALUE_GET_INT(eval(ctx, "d")) > depth * 4);
    free_context(ctx);
    return NULL;
}

/* A runtime moves to another thread, whose stack lies elsewhere. */
static void *elsewhere(void *opaque)
{
    JSContext *ctx = opaque;

    JS_UpdateStackTop(JS_GetRuntime(ctx));
    CHECK_EVAL(ctx, "(function f(n) { return n ? f(n - 1) + 1 : 0 })(100)", "100");
    CHECK_EVAL(ctx, "try { (function f() { JSON.parse('[1]', f) })(); 'no error' } catch (e) { e instanceof Error }", "true");
    return NULL;
}

static void threads(void)
{
    JSContext *ctx;
    pthread_t thread;
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 16 * 1024 * 1024);
    CHECK_INT(pthread_create(&thread, &attr, deep, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);

    ctx = new_context();
    CHECK_INT(pthread_create(&thread, NULL, elsewhere, ctx), 0);
    pthread_join(thread, NULL);
    JS_UpdateStackTop(JS_GetRuntime(ctx));
    CHECK_EVAL(ctx, "'back again'", "back again");
    free_context(ctx);
}

int main(void)
{
    JSContext *ctx;

    interrupts();
    ctx = new_context();
    recursion(ctx);
    free_context(ctx);
    threads();
    return 0;
}
