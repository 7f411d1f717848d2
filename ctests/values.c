/* Values and conversions: making them, telling them apart, comparing, converting. */
#include <math.h>

#include "check.h"

static void making(JSContext *ctx)
{
    JSValue v;

    v = JS_NewInt32(ctx, -5);
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_INT);
    CHECK_INT(JS_VALUE_GET_INT(v), -5);
    v = JS_NewInt64(ctx, INT64_C(1) << 40);
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_FLOAT64);
    CHECK(JS_VALUE_GET_FLOAT64(v) == 1099511627776.0);
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewInt64(ctx, INT32_MIN)), JS_TAG_INT);
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewUint32(ctx, 0x80000000u)), JS_TAG_FLOAT64);
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewUint32(ctx, 0x7fffffffu)), JS_TAG_INT);
    CHECK_VAL(ctx, JS_NewUint64(ctx, UINT64_MAX), "18446744073709552000");
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewFloat64(ctx, 1.0)), JS_TAG_FLOAT64);
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewNumber(ctx, 1.0)), JS_TAG_INT);
    CHECK_INT(JS_VALUE_GET_TAG(JS_NewNumber(ctx, 1.5)), JS_TAG_FLOAT64);
    v = JS_NewNumber(ctx, -0.0);
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_FLOAT64);
    CHECK(signbit(JS_VALUE_GET_FLOAT64(v)));
    CHECK(JS_VALUE_IS_NAN(JS_NAN));
    CHECK(!JS_VALUE_IS_NAN(JS_NewFloat64(ctx, INFINITY)));
    CHECK(JS_VALUE_IS_BOTH_INT(JS_NewInt32(ctx, 1), JS_NewInt32(ctx, 2)));
    CHECK(JS_VALUE_IS_BOTH_FLOAT(JS_NewFloat64(ctx, 1), JS_NewFloat64(ctx, 2)));
    v = JS_UNDEFINED;
    CHECK(!JS_VALUE_HAS_REF_COUNT(v));

    CHECK_VAL(ctx, JS_NewBigInt64(ctx, INT64_MIN), "-9223372036854775808");
    CHECK_VAL(ctx, JS_NewBigUint64(ctx, UINT64_MAX), "18446744073709551615");
    v = JS_NewBigInt64(ctx, 7);
    CHECK(JS_IsBigInt(v) && !JS_IsNumber(v));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "2n ** 200n");
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_BIG_INT);
    CHECK(JS_VALUE_HAS_REF_COUNT(v));
    CHECK(JS_IsBigInt(v));
    JS_FreeValue(ctx, v);

    CHECK_VAL(ctx, JS_NULL, "null");
    CHECK_VAL(ctx, JS_UNDEFINED, "undefined");
    CHECK_VAL(ctx, JS_TRUE, "true");
    CHECK_VAL(ctx, JS_FALSE, "false");
    CHECK_VAL(ctx, JS_NewBool(ctx, 5), "true");
}

/* What scripts make arrives in C as the tags say. */
static void tags(JSContext *ctx)
{
    JSValue v;

    CHECK_INT(JS_VALUE_GET_TAG(eval(ctx, "1 + 1")), JS_TAG_INT);
    CHECK_INT(JS_VALUE_GET_TAG(eval(ctx, "1 / 2")), JS_TAG_FLOAT64);
    CHECK_INT(JS_VALUE_GET_TAG(eval(ctx, "1 < 2")), JS_TAG_BOOL);
    CHECK_INT(JS_VALUE_GET_TAG(eval(ctx, "null")), JS_TAG_NULL);
    CHECK_INT(JS_VALUE_GET_TAG(eval(ctx, "void 0")), JS_TAG_UNDEFINED);
    v = eval(ctx, "({})");
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_OBJECT);
    CHECK(JS_IsObject(v) && JS_VALUE_HAS_REF_COUNT(v));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "'abc'");
    CHECK(JS_IsString(v) && JS_VALUE_HAS_REF_COUNT(v));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "var r = ''; for (var i = 0; i < 10000; i++) r += 'some more text '; r");
    CHECK(JS_IsString(v));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "Symbol('x')");
    CHECK_INT(JS_VALUE_GET_TAG(v), JS_TAG_SYMBOL);
    CHECK(JS_IsSymbol(v));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "throw 1");
    CHECK(JS_IsException(v));
    JS_FreeValue(ctx, JS_GetException(ctx));
    CHECK(!JS_IsException(JS_NULL) && JS_IsUninitialized(JS_UNINITIALIZED));
    CHECK(!JS_IsModule(JS_NULL));
    CHECK(JS_IsNull(JS_NULL) && JS_IsUndefined(JS_UNDEFINED) && JS_IsBool(JS_TRUE));
}

/* A count per reference: duplicates keep a value alive. */
static void counts(JSContext *ctx)
{
    JSValue a = eval(ctx, "({ text: 'kept' })"), b;
    JSRuntime *rt = JS_GetRuntime(ctx);
    int i;

    b = JS_DupValue(ctx, a);
    JS_FreeValue(ctx, a);
    a = JS_DupValueRT(rt, b);
    JS_FreeValueRT(rt, b);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, a, "text"), "kept");
    for (i = 0; i < 1000; i++)
        JS_DupValue(ctx, a);
    for (i = 0; i < 1000; i++)
        JS_FreeValue(ctx, a);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, a, "text"), "kept");
    JS_FreeValue(ctx, a);
    /* nothing happens for values without a count */
    a = JS_UNDEFINED;
    b = JS_NewFloat64(ctx, 1.5);
    JS_FreeValues(ctx, a, b, a, JS_DupValue(ctx, a));
    JS_FreeValuesRT(rt, b);
}

static int to_bool(JSContext *ctx, const char *source)
{
    JSValue v = eval(ctx, source);
    int b = JS_ToBool(ctx, v);

    JS_FreeValue(ctx, v);
    return b;
}

static void to_primitives(JSContext *ctx)
{
    JSValue v;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    double d;

    CHECK_INT(to_bool(ctx, "''"), 0);
    CHECK_INT(to_bool(ctx, "'0'"), 1);
    CHECK_INT(to_bool(ctx, "0n"), 0);
    CHECK_INT(to_bool(ctx, "2n ** 100n"), 1);
    CHECK_INT(to_bool(ctx, "NaN"), 0);
    CHECK_INT(to_bool(ctx, "-0"), 0);
    CHECK_INT(to_bool(ctx, "({})"), 1);
    CHECK_INT(to_bool(ctx, "Symbol()"), 1);
    CHECK_INT(to_bool(ctx, "null"), 0);
    CHECK_INT(JS_ToBool(ctx, JS_EXCEPTION), -1);
    CHECK_INT(JS_VALUE_GET_TAG(JS_ToBoolean(ctx, JS_NewInt32(ctx, 3))), JS_TAG_BOOL);

    CHECK_INT(JS_ToInt32(ctx, &i32, JS_NewFloat64(ctx, 4294967297.5)), 0);
    CHECK_INT(i32, 1);
    CHECK_INT(JS_ToInt32(ctx, &i32, JS_NewFloat64(ctx, 2147483648.0)), 0);
    CHECK_INT(i32, INT32_MIN);
    CHECK_INT(JS_ToInt32(ctx, &i32, JS_NewFloat64(ctx, -1e300)), 0);
    CHECK_INT(i32, 0);
    CHECK_INT(JS_ToUint32(ctx, &u32, JS_NewInt32(ctx, -1)), 0);
    CHECK_INT(u32, UINT32_MAX);
    CHECK_INT(JS_ToInt64(ctx, &i64, JS_NewFloat64(ctx, 1e300)), 0);
    CHECK_INT(i64, 0); /* modulo 2 ** 64, like the conversion to 32 bits */
    CHECK_INT(JS_ToInt64(ctx, &i64, JS_NewFloat64(ctx, 9223372036854775808.0)), 0);
    CHECK_INT(i64, INT64_MIN);
    CHECK_INT(JS_ToInt64(ctx, &i64, JS_NewFloat64(ctx, -9.9)), 0);
    CHECK_INT(i64, -9);
    CHECK_INT(JS_ToInt64(ctx, &i64, JS_NAN), 0);
    CHECK_INT(i64, 0);
    v = eval(ctx, "({ valueOf() { return '0x10' } })");
    CHECK_INT(JS_ToInt32(ctx, &i32, v), 0);
    CHECK_INT(i32, 16);
    CHECK_INT(JS_ToFloat64(ctx, &d, v), 0);
    CHECK(d == 16);
    CHECK_VAL(ctx, JS_ToNumber(ctx, v), "16");
    JS_FreeValue(ctx, v);
    v = eval(ctx, "'12.5e1 '");
    CHECK_INT(JS_ToFloat64(ctx, &d, v), 0);
    CHECK(d == 125);
    CHECK_INT(JS_ToInt64(ctx, &i64, v), 0);
    CHECK_INT(i64, 125);
    JS_FreeValue(ctx, v);

    v = eval(ctx, "Symbol()");
    CHECK_INT(JS_ToInt32(ctx, &i32, v), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_ToFloat64(ctx, &d, v), -1);
    CHECK(JS_HasException(ctx));
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "({ valueOf() { throw 'from valueOf' } })");
    CHECK_INT(JS_ToInt64(ctx, &i64, v), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "from valueOf");
    CHECK(JS_IsException(JS_ToNumber(ctx, v)));
    CHECK_VAL(ctx, JS_GetException(ctx), "from valueOf");
    JS_FreeValue(ctx, v);

    CHECK_INT(JS_ToIndex(ctx, &u64, JS_NewFloat64(ctx, 9007199254740991.0)), 0);
    CHECK_INT(u64, INT64_C(9007199254740991));
    CHECK_INT(JS_ToIndex(ctx, &u64, JS_UNDEFINED), 0);
    CHECK_INT(u64, 0);
    CHECK_INT(JS_ToIndex(ctx, &u64, JS_NewInt32(ctx, -1)), -1);
    v = JS_GetException(ctx);
    CHECK(JS_IsError(v));
    JS_FreeValue(ctx, v);

    v = eval(ctx, "2n ** 64n + 5n");
    CHECK_INT(JS_ToBigInt64(ctx, &i64, v), 0);
    CHECK_INT(i64, 5);
    CHECK_INT(JS_ToInt64Ext(ctx, &i64, v), 0);
    CHECK_INT(i64, 5);
    CHECK_INT(JS_ToInt64(ctx, &i64, v), -1);
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, v);
    v = eval(ctx, "-1n");
    CHECK_INT(JS_ToBigUint64(ctx, &u64, v), 0);
    CHECK(u64 == UINT64_MAX);
    JS_FreeValue(ctx, v);
    CHECK_INT(JS_ToInt64Ext(ctx, &i64, JS_NewInt32(ctx, 9)), 0);
    CHECK_INT(i64, 9);
    /* a Number is no BigInt */
    CHECK_INT(JS_ToBigInt64(ctx, &i64, JS_NewInt32(ctx, 1)), -1);
    v = JS_GetException(ctx);
    CHECK(JS_IsError(v));
    JS_FreeValue(ctx, v);
}

static void to_others(JSContext *ctx)
{
    JSValue v, w;

    CHECK_VAL(ctx, JS_ToString(ctx, JS_NewFloat64(ctx, 1e21)), "1e+21");
    CHECK_VAL(ctx, JS_ToString(ctx, JS_NewFloat64(ctx, 0.1 + 0.2)), "0.30000000000000004");
    v = eval(ctx, "Symbol('s')");
    CHECK(JS_IsException(JS_ToString(ctx, v)));
    CHECK_ERROR(ctx, "TypeError");
    w = JS_ToPropertyKey(ctx, v);
    CHECK(JS_IsSymbol(w));
    JS_FreeValues(ctx, v, w);
    v = JS_ToPropertyKey(ctx, JS_NewFloat64(ctx, 1.5));
    CHECK(JS_IsString(v));
    CHECK_VAL(ctx, v, "1.5");

    v = JS_ToObject(ctx, JS_NewInt32(ctx, 3));
    CHECK(JS_IsObject(v));
    CHECK_VAL(ctx, v, "3");
    CHECK(JS_IsException(JS_ToObject(ctx, JS_NULL)));
    JS_FreeValue(ctx, JS_GetException(ctx));
    v = eval(ctx, "[]");
    CHECK_VAL(ctx, JS_ToObjectString(ctx, v), "[object Array]");
    JS_FreeValue(ctx, v);
}

static void comparing(JSContext *ctx)
{
    JSValue a = eval(ctx, "'1'"), b = eval(ctx, "({ valueOf: () => 1 })"), one = JS_NewInt32(ctx, 1);
    JSValue zero = JS_NewInt32(ctx, 0), negative_zero = JS_NewFloat64(ctx, -0.0);
    JSValue one_float = JS_NewFloat64(ctx, 1.0), bad = eval(ctx, "({ valueOf() { throw 'no' } })");
    JSValue ctor = eval(ctx, "Array"), arr = eval(ctx, "[]");

    CHECK_INT(JS_IsEqual(ctx, a, one), 1);
    CHECK_INT(JS_IsEqual(ctx, b, one), 1);
    CHECK_INT(JS_IsEqual(ctx, JS_NULL, JS_UNDEFINED), 1);
    CHECK_INT(JS_IsEqual(ctx, JS_NULL, zero), 0);
    CHECK_INT(JS_IsEqual(ctx, bad, one), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "no");
    CHECK(!JS_IsStrictEqual(ctx, a, one));
    CHECK(JS_IsStrictEqual(ctx, one, one_float));
    CHECK(!JS_IsStrictEqual(ctx, JS_NAN, JS_NAN));
    CHECK(JS_IsStrictEqual(ctx, zero, negative_zero));
    CHECK(JS_IsSameValue(ctx, JS_NAN, JS_NAN));
    CHECK(!JS_IsSameValue(ctx, zero, negative_zero));
    CHECK(JS_IsSameValue(ctx, one, one_float));
    CHECK(JS_IsSameValueZero(ctx, zero, negative_zero));
    CHECK(JS_IsSameValueZero(ctx, JS_NAN, JS_NAN));
    CHECK_INT(JS_IsInstanceOf(ctx, arr, ctor), 1);
    CHECK_INT(JS_IsInstanceOf(ctx, b, ctor), 0);
    CHECK_INT(JS_IsInstanceOf(ctx, arr, b), -1);
    CHECK(JS_HasException(ctx));
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValues(ctx, a, b, bad, ctor, arr);
}

static void kinds(JSContext *ctx)
{
    static const struct {
        const char *source;
        const char *kind;
    } table[] = {
        { "[]", "a" }, { "new Proxy([], {})", "p" }, { "new Proxy(function() {}, {})", "pfc" }, { "() => 1", "f" },
        { "class A {}; A", "fc" }, { "Math.max", "f" }, { "new Map", "m" }, { "new Set", "s" },
        { "new WeakMap", "M" }, { "new WeakSet", "S" }, { "new WeakRef({})", "W" }, { "/x/", "r" },
        { "new Date", "d" }, { "new Error", "e" }, { "new RangeError", "e" }, { "({ __proto__: Error.prototype })", "" },
        { "new DataView(new ArrayBuffer(1))", "v" }, { "'x'", "" }, { "1", "" }, { "null", "" },
        { "(function() { return arguments })()", "" }, { "new ArrayBuffer(8)", "b" },
    };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char source[200], got[20], *p = got;
        JSValue v;

        snprintf(source, sizeof(source), "(0, eval)(%s%s%s)", "`", table[i].source, "`");
        if (table[i].source[0] == '(' || table[i].source[0] == '[')
            snprintf(source, sizeof(source), "%s", table[i].source);
        v = eval(ctx, source);
        CHECK(!JS_IsException(v));
        if (JS_IsArray(v)) *p++ = 'a';
        if (JS_IsProxy(v)) *p++ = 'p';
        if (JS_IsFunction(ctx, v)) *p++ = 'f';
        if (JS_IsConstructor(ctx, v)) *p++ = 'c';
        if (JS_IsMap(v)) *p++ = 'm';
        if (JS_IsSet(v)) *p++ = 's';
        if (JS_IsWeakMap(v)) *p++ = 'M';
        if (JS_IsWeakSet(v)) *p++ = 'S';
        if (JS_IsWeakRef(v)) *p++ = 'W';
        if (JS_IsRegExp(v)) *p++ = 'r';
        if (JS_IsDate(v)) *p++ = 'd';
        if (JS_IsError(v)) *p++ = 'e';
        if (JS_IsDataView(v)) *p++ = 'v';
        if (JS_IsArrayBuffer(v)) *p++ = 'b';
        *p = 0;
        if (strcmp(got, table[i].kind))
            fprintf(stderr, "%s\n", table[i].source);
        CHECK_STR(got, table[i].kind);
        JS_FreeValue(ctx, v);
    }
}

int main(void)
{
    JSContext *ctx = new_context();

    making(ctx);
    tags(ctx);
    counts(ctx);
    to_primitives(ctx);
    to_others(ctx);
    comparing(ctx);
    kinds(ctx);
    free_context(ctx);
    return 0;
}
