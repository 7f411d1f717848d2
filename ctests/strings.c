/* Strings across the boundary: UTF-8, CESU-8 and UTF-16, NUL bytes, surrogates, bytes that are no UTF-8. */
#include "check.h"

/* The code units of a string, as hexadecimal numbers; takes the value over. */
static void check_units(JSContext *ctx, int line, JSValue str, const char *want)
{
    JSValue val;

    CHECK(!JS_IsException(str));
    set_global(ctx, "str", str);
    val = eval(ctx, "str.split('').map(c => c.charCodeAt().toString(16)).join(' ')");
    check_val(__FILE__, line, ctx, val, want);
}
#define CHECK_UNITS(ctx, str, want) check_units(ctx, __LINE__, str, want)

static void utf8_in(JSContext *ctx)
{
    CHECK_UNITS(ctx, JS_NewString(ctx, ""), "");
    CHECK_UNITS(ctx, JS_NewString(ctx, "az"), "61 7a");
    CHECK_UNITS(ctx, JS_NewStringLen(ctx, "a\0b", 3), "61 0 62");
    CHECK_UNITS(ctx, JS_NewString(ctx, "\xc3\xa9"), "e9");
    CHECK_UNITS(ctx, JS_NewString(ctx, "\xe2\x82\xac"), "20ac");
    CHECK_UNITS(ctx, JS_NewString(ctx, "\xf0\x9f\x98\x80"), "d83d de00");
    CHECK_UNITS(ctx, JS_NewString(ctx, "x\xf4\x8f\xbf\xbfx"), "78 dbff dfff 78");
    /* surrogates encoded one by one come back as they are */
    CHECK_UNITS(ctx, JS_NewString(ctx, "\xed\xa0\xbd"), "d83d");
    CHECK_UNITS(ctx, JS_NewString(ctx, "\xed\xa0\xbd\xed\xb8\x80"), "d83d de00");
}

/* What is no UTF-8 becomes U+FFFD; how many is left open, but nothing else happens. */
static void invalid_in(JSContext *ctx)
{
    static const char *const bad[] = {
        "\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc0\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
        ("a\xff" "b"), "\xe2(\xa1", "\xf0\x28\x8c\x28",
    };
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set_global(ctx, "str", JS_NewString(ctx, bad[i]));
        CHECK_EVAL(ctx, "str.includes('\\ufffd')", "true");
    }
    set_global(ctx, "str", JS_NewString(ctx, "a\xff""b"));
    CHECK_EVAL(ctx, "str[0] + str.at(-1)", "ab");
}

static void utf8_out(JSContext *ctx)
{
    JSValue v;
    const char *s;
    size_t len;

    v = eval(ctx, "'a\\0b\\u00e9\\u20ac\\u{1f600}'");
    s = JS_ToCStringLen(ctx, &len, v);
    CHECK_INT(len, 12);
    CHECK(!memcmp(s, "a\0b\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 13));
    JS_FreeCString(ctx, s);
    s = JS_ToCStringLen2(ctx, &len, v, true);
    CHECK_INT(len, 14);
    CHECK(!memcmp(s, "a\0b\xc3\xa9\xe2\x82\xac\xed\xa0\xbd\xed\xb8\x80", 15));
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);

    /* an unpaired surrogate is encoded alone, as three bytes */
    v = eval(ctx, "'x\\udc00y\\ud800'");
    s = JS_ToCStringLen(ctx, &len, v);
    CHECK_INT(len, 8);
    CHECK(!memcmp(s, "x\xed\xb0\x80y\xed\xa0\x80", 9));
    CHECK_UNITS(ctx, JS_NewStringLen(ctx, s, len), "78 dc00 79 d800");
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);

    /* of anything, and none for what has no string */
    s = JS_ToCString(ctx, JS_NewFloat64(ctx, -1.5));
    CHECK_STR(s, "-1.5");
    JS_FreeCStringRT(JS_GetRuntime(ctx), s);
    v = eval(ctx, "({ toString() { throw 'no text' } })");
    CHECK(JS_ToCString(ctx, v) == NULL);
    CHECK_VAL(ctx, JS_GetException(ctx), "no text");
    len = 5;
    CHECK(JS_ToCStringLen(ctx, &len, v) == NULL);
    CHECK_VAL(ctx, JS_GetException(ctx), "no text");
    JS_FreeValue(ctx, v);
    JS_FreeCString(ctx, NULL);
    JS_FreeCStringRT(JS_GetRuntime(ctx), NULL);

    /* the text outlives the value */
    v = eval(ctx, "'text ' + 'that ' + 'stays'");
    s = JS_ToCString(ctx, v);
    JS_FreeValue(ctx, v);
    CHECK_STR(s, "text that stays");
    JS_FreeCString(ctx, s);
    v = eval(ctx, "var r = ''; for (var i = 0; i < 5000; i++) r += i % 2 ? 'ab' : '\\u00df'; r");
    s = JS_ToCStringLen(ctx, &len, v);
    CHECK_INT(len, 10000);
    JS_FreeValue(ctx, v);
    CHECK(!strncmp(s + 9992, "\xc3\x9f""ab\xc3\x9f""ab", 9));
    JS_FreeCString(ctx, s);
}

static void utf16(JSContext *ctx)
{
    static const uint16_t units[] = { 'a', 0, 0xe9, 0xd83d, 0xde00, 0xdc00 };
    JSValue v = JS_NewStringUTF16(ctx, units, 6);
    const uint16_t *p;
    size_t len;

    CHECK_UNITS(ctx, JS_DupValue(ctx, v), "61 0 e9 d83d de00 dc00");
    p = JS_ToCStringLenUTF16(ctx, &len, v);
    CHECK_INT(len, 6);
    CHECK(!memcmp(p, units, sizeof(units)));
    JS_FreeValue(ctx, v);
    CHECK(!memcmp(p, units, sizeof(units)));
    JS_FreeCStringUTF16(ctx, p);
    /* Latin-1 text too comes as 16-bit units */
    v = eval(ctx, "'caf\\u00e9'");
    p = JS_ToCStringUTF16(ctx, v);
    CHECK(p[0] == 'c' && p[3] == 0xe9);
    JS_FreeCStringRT_UTF16(JS_GetRuntime(ctx), p);
    JS_FreeValue(ctx, v);
    CHECK_UNITS(ctx, JS_NewStringUTF16(ctx, units, 0), "");
    CHECK_UNITS(ctx, JS_NewStringUTF16(ctx, units, 1), "61");
    v = eval(ctx, "({ toString() { throw 'no text' } })");
    CHECK(JS_ToCStringLenUTF16(ctx, &len, v) == NULL);
    CHECK_VAL(ctx, JS_GetException(ctx), "no text");
    JS_FreeValue(ctx, v);
}

static void long_ones(JSContext *ctx)
{
    size_t n = light() ? 100000 : 5000000, i, len;
    char *text = malloc(n + 1);
    const char *s;
    JSValue v;

    for (i = 0; i < n; i++)
        text[i] = 'a' + i % 26;
    text[n] = 0;
    v = JS_NewString(ctx, text);
    s = JS_ToCStringLen(ctx, &len, v);
    CHECK_INT(len, n);
    CHECK(!memcmp(s, text, n + 1));
    JS_FreeCString(ctx, s);
    set_global(ctx, "str", v);
    CHECK_EVAL(ctx, "str.lastIndexOf('z') % 26", "25");
    set_global(ctx, "str", JS_UNDEFINED);
    free(text);
    CHECK_VAL(ctx, JS_NewAtomString(ctx, "from an atom"), "from an atom");
}

int main(void)
{
    JSContext *ctx = new_context();

    utf8_in(ctx);
    invalid_in(ctx);
    utf8_out(ctx);
    utf16(ctx);
    long_ones(ctx);
    free_context(ctx);
    return 0;
}
