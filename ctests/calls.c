/* Calling JavaScript from C: functions, methods, constructors; and back, and back again. */
#include "check.h"

static JSValue call1(JSContext *ctx, JSValueConst f, JSValueConst this_val, JSValue arg)
{
    JSValue v = JS_Call(ctx, f, this_val, 1, &arg);

    JS_FreeValue(ctx, arg);
    return v;
}

static void functions(JSContext *ctx)
{
    JSValue f = eval(ctx, "(function(a) { return (this && this.n) + ':' + a + ':' + arguments.length })"), o;
    JSValue args[3];

    o = eval(ctx, "({ n: 'me' })");
    CHECK_VAL(ctx, call1(ctx, f, o, JS_NewInt32(ctx, 5)), "me:5:1");
    CHECK_VAL(ctx, JS_Call(ctx, f, o, 0, NULL), "me:undefined:0");
    args[0] = JS_NewString(ctx, "x");
    args[1] = JS_NewInt32(ctx, 2);
    args[2] = JS_NULL;
    CHECK_VAL(ctx, JS_Call(ctx, f, o, 3, args), "me:x:3");
    JS_FreeValue(ctx, args[0]);
    JS_FreeValues(ctx, f, o);

    f = eval(ctx, "(function() { return typeof this })");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_UNDEFINED, 0, NULL), "object");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_NewInt32(ctx, 1), 0, NULL), "object");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "(function() { 'use strict'; return typeof this })");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_UNDEFINED, 0, NULL), "undefined");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_NewInt32(ctx, 1), 0, NULL), "number");
    JS_FreeValue(ctx, f);

    /* bound functions, proxies, native functions, closures */
    f = eval(ctx, "((a, b) => a + b).bind(null, 'bound ')");
    CHECK_VAL(ctx, call1(ctx, f, JS_UNDEFINED, JS_NewString(ctx, "arg")), "bound arg");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "new Proxy(x => x * 2, {})");
    CHECK_VAL(ctx, call1(ctx, f, JS_UNDEFINED, JS_NewInt32(ctx, 21)), "42");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "Math.abs");
    CHECK_VAL(ctx, call1(ctx, f, JS_UNDEFINED, JS_NewInt32(ctx, -3)), "3");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "(() => { let n = 0; return () => ++n })()");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_UNDEFINED, 0, NULL), "1");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_UNDEFINED, 0, NULL), "2");
    JS_FreeValue(ctx, f);

    /* a callee may overwrite its parameters; the caller's values stay */
    f = eval(ctx, "(function(a) { a = 'other'; arguments[0] = 'another'; return a })");
    args[0] = JS_NewString(ctx, "mine");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_UNDEFINED, 1, args), "another");
    CHECK_VAL(ctx, args[0], "mine");
    JS_FreeValue(ctx, f);

    CHECK(JS_IsException(JS_Call(ctx, JS_NULL, JS_NULL, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    o = JS_NewObject(ctx);
    CHECK(!JS_IsFunction(ctx, o));
    CHECK(JS_IsException(JS_Call(ctx, o, JS_NULL, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, o);
    f = eval(ctx, "() => { throw 'thrown' }");
    CHECK_VAL(ctx, JS_Call(ctx, f, JS_NULL, 0, NULL), "throws thrown");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "class C {}; C");
    CHECK(JS_IsException(JS_Call(ctx, f, JS_NULL, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, f);
}

static void methods(JSContext *ctx)
{
    JSValue o = eval(ctx, "({ n: 3, times(x) { return this.n * x }, notAFunction: 1 })"), arg = JS_NewInt32(ctx, 7);
    JSAtom times = JS_NewAtom(ctx, "times"), none = JS_NewAtom(ctx, "none"), nf = JS_NewAtom(ctx, "notAFunction");
    JSAtom fixed = JS_NewAtom(ctx, "toFixed");

    CHECK_VAL(ctx, JS_Invoke(ctx, o, times, 1, &arg), "21");
    CHECK(JS_IsException(JS_Invoke(ctx, o, none, 1, &arg)));
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_IsException(JS_Invoke(ctx, o, nf, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_IsException(JS_Invoke(ctx, JS_NULL, nf, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    arg = JS_NewInt32(ctx, 2);
    CHECK_VAL(ctx, JS_Invoke(ctx, JS_NewFloat64(ctx, 1.005), fixed, 1, &arg), "1.00");
    JS_FreeAtoms(ctx, times, none, nf, fixed);
    JS_FreeValue(ctx, o);
}

static void constructors(JSContext *ctx)
{
    JSValue f = eval(ctx, "class P { constructor(x) { this.x = x; this.t = new.target.name } } class Q extends P {} Q");
    JSValue arg = JS_NewInt32(ctx, 9), o, other;

    o = JS_CallConstructor(ctx, f, 1, &arg);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "x"), "9");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "t"), "Q");
    JS_FreeValue(ctx, o);
    other = eval(ctx, "(function Other() {})");
    o = JS_CallConstructor2(ctx, f, other, 1, &arg);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "t"), "Other");
    CHECK_INT(JS_IsInstanceOf(ctx, o, other), 1);
    JS_FreeValues(ctx, o, other, f);
    f = eval(ctx, "Array");
    arg = JS_NewInt32(ctx, 4);
    o = JS_CallConstructor(ctx, f, 1, &arg);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "length"), "4");
    JS_FreeValues(ctx, o, f);
    f = eval(ctx, "() => 1");
    CHECK(JS_IsFunction(ctx, f) && !JS_IsConstructor(ctx, f));
    CHECK(JS_IsException(JS_CallConstructor(ctx, f, 0, NULL)));
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "(function() { throw 'in constructor' })");
    CHECK_VAL(ctx, JS_CallConstructor(ctx, f, 0, NULL), "throws in constructor");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "(async function() {})");
    CHECK(JS_IsAsyncFunction(f));
    JS_FreeValue(ctx, f);
    f = eval(ctx, "(function() {})");
    CHECK(!JS_IsAsyncFunction(f));
    JS_FreeValue(ctx, f);
}

/* C and JavaScript in each other, some hundred levels deep */
static JSValue down(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t n;
    JSValue arg, v;

    if (JS_ToInt32(ctx, &n, argv[1]))
        return JS_EXCEPTION;
    if (n == 0)
        return JS_NewInt32(ctx, 0);
    arg = JS_NewInt32(ctx, n - 1);
    v = JS_Call(ctx, argv[0], JS_UNDEFINED, 1, &arg);
    if (JS_IsException(v) || JS_ToInt32(ctx, &n, v))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, n + 1);
}

static JSValue sort_compare(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t a, b;

    if (JS_ToInt32(ctx, &a, argv[0]) || JS_ToInt32(ctx, &b, argv[1]))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, a < b ? -1 : a > b);
}

static void back_and_forth(JSContext *ctx)
{
    JSValue f;
    int i;
    int64_t sum = 0;

    set_global(ctx, "down", JS_NewCFunction(ctx, down, "down", 2));
    CHECK_EVAL(ctx, "function up(n) { return down(up, n) } up(200)", "200");
    set_global(ctx, "compare", JS_NewCFunction(ctx, sort_compare, "compare", 2));
    CHECK_EVAL(ctx, "[5, 3, 9, 1].sort(compare).join()", "1,3,5,9");
    CHECK_EVAL(ctx, "'a1b2'.replace(/\\d/g, (d) => up(Number(d)) + 1)", "a2b3");
    f = eval(ctx, "(x) => x + 1");
    for (i = 0; i < (light() ? 1000 : 100000); i++) {
        JSValue arg = JS_NewInt32(ctx, i), v = JS_Call(ctx, f, JS_UNDEFINED, 1, &arg);

        sum += JS_VALUE_GET_INT(v);
    }
    CHECK_INT(sum, (int64_t)i * (i + 1) / 2);
    JS_FreeValue(ctx, f);
}

int main(void)
{
    JSContext *ctx = new_context();

    functions(ctx);
    methods(ctx);
    constructors(ctx);
    back_and_forth(ctx);
    free_context(ctx);
    return 0;
}
