/* Hostile input: each is an exception that can be caught, or a clear error; never a crash; and the runtime goes
   on working afterwards. Memory limits are in memory.c, recursion and interrupts in limits.c. */
#include "check.h"

static void still_works(JSContext *ctx)
{
    CHECK(!JS_HasException(ctx));
    CHECK_EVAL(ctx, "[3, 1, 2].sort().join() + JSON.stringify({ a: /b/.test('b') })", "1,2,3{\"a\":true}");
}

/* Syntax errors say where: "name:line:column" is in the stack. */
static void syntax(JSContext *ctx)
{
    static const struct {
        const char *source;
        const char *place;
    } table[] = {
        { "var b = ;", "bad.js:1:9" },
        { "var a;\n\nvar b = ;", "bad.js:3:9" },
        { "let a; let a", "bad.js:1:" },
        { "x = { a b }", "bad.js:1:9" },
        { "for (", "bad.js:1:" },
        { "a\n+\n+\n*", "bad.js:4:1" },
        { "function f( { }", "bad.js:1:" },
        { "'\n'", "bad.js:1:" },
        { "`\n\n${", "bad.js:3:" },
        { "/* \n", "bad.js:" },
        { "\n\n/(/", "" },
        { "return", "bad.js:1:1" },
        { "break", "bad.js:1:" },
        { "1 = 2", "bad.js:1:" },
        { "class { }", "bad.js:1:" },
        { "var \xe2\x82\xac = 1", "bad.js:1:" },
        { "a \\u0041", "bad.js:1:" },
        { "\"\\u{110000}\"", "bad.js:1:" },
        { "0x", "bad.js:1:" },
        { "1__0", "bad.js:1:" },
        { "'use strict'; 010", "bad.js:1:" },
        { "'use strict'; with (a) b", "bad.js:1:" },
        { "async () => { for await (x in y) ; }", "bad.js:1:" },
        { "import x from 'y'", "bad.js:1:" },
        { "}", "bad.js:1:1" },
        { "#x in y", "bad.js:1:" },
        { "new.target", "bad.js:1:" },
        { "super.x", "bad.js:1:" },
        { "a?.b = 1", "bad.js:1:" },
        { "\\", "bad.js:1:1" },
    };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        JSValue e = JS_Eval(ctx, table[i].source, strlen(table[i].source), "bad.js", JS_EVAL_TYPE_GLOBAL), v;
        const char *s;

        if (!JS_IsException(e))
            fprintf(stderr, "%s\n", table[i].source);
        CHECK(JS_IsException(e));
        e = JS_GetException(ctx);
        v = JS_GetPropertyStr(ctx, e, "name");
        CHECK_VAL(ctx, v, "SyntaxError");
        v = JS_GetPropertyStr(ctx, e, "stack");
        s = JS_ToCString(ctx, v);
        if (!s || !strstr(s, table[i].place)) {
            fprintf(stderr, "%s: %s, not %s\n", table[i].source, s ? s : "", table[i].place);
            CHECK(getenv("QJS_CTEST_PEER"));
        }
        JS_FreeCString(ctx, s);
        JS_FreeValues(ctx, v, e);
    }
    still_works(ctx);
}

/* A million levels of everything that nests. */
static void nesting(JSContext *ctx)
{
    static const struct {
        const char *open, *middle, *close;
    } table[] = {
        { "(", "1", ")" }, { "[", "", "]" }, { "{", "", "}" }, { "-", "1", "" }, { "- ", "1", "" }, { "!", "1", "" },
        { "a=>", "1", "" }, { "`${", "1", "}`" }, { "(", "", "" }, { "[", "", "" }, { "{", "", "" }, { "`${", "", "" },
        { "function f(){", "", "}" }, { "if(1)", ";", "" }, { "if(1){", "", "}else{}" }, { "for(;;)", ";", "" },
        { "while(0)", ";", "" }, { "do ", ";", " while(0);" }, { "x:", ";", "" }, { "typeof ", "1", "" },
        { "({a:", "1", "})" }, { "({a:", "1", "}" }, { "[...", "[]", "]" }, { "f(", "1", ")" }, { "a[", "1", "]" },
        { "new ", "X", "" }, { "1?", "1", ":1" }, { "1?1:", "1", "" }, { "a=", "1", "" }, { "a?" "?(", "1", ")" },
        { "1**", "1", "" }, { "try{", "", "}catch{}" }, { "switch(1){case 1:", "", "}" },
        { "class A{static{", "", "}}" }, { "class A extends ", "B", "{}" }, { "async()=>{", "", "}" },
        { "var[", "a", "]=b" }, { "({a(){", "", "}})" }, { "with(a)", ";", "" }, { "/", "(", "/" },
        { "a.b", "", "" }, { "1+", "1", "" }, { "a,", "a", "" }, { "f()", "", "" }, { "a?.b", "", "" },
        { "void ", "0", "" }, { "{;", "", "}" }, { "\"\\", "\"", "" }, { "(a,", "b", ")=>1" }, { "await ", "1", "" },
    };
    size_t levels = light() ? 10000 : 1000000, i, n;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t open = strlen(table[i].open), close = strlen(table[i].close), middle = strlen(table[i].middle);
        char *source = malloc((open + close) * levels + middle + 1), *p = source;
        JSValue v;

        for (n = 0; n < levels; n++, p += open)
            memcpy(p, table[i].open, open);
        memcpy(p, table[i].middle, middle);
        p += middle;
        for (n = 0; n < levels; n++, p += close)
            memcpy(p, table[i].close, close);
        *p = 0;
        /* compiled, not run: some are well formed, and would loop */
        v = JS_Eval(ctx, source, p - source, "deep.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
        if (JS_IsException(v)) {
            JSValue e = JS_GetException(ctx);

            CHECK(JS_IsError(e));
            JS_FreeValue(ctx, e);
        }
        JS_FreeValue(ctx, v);
        free(source);
        CHECK_EVAL(ctx, "1 + 1", "2");
    }
    still_works(ctx);
}

static void sizes(JSContext *ctx)
{
    static const char *const table[] = {
        "'x'.repeat(2 ** 30)", "'x'.repeat(2 ** 53)", "'x'.repeat(-1)", "'x'.repeat(Infinity)",
        "'x'.padEnd(2 ** 31)", "var s = 'x'; while (true) s += s",
        "new Array(-1)", "new Array(1.5)", "[].length = -1", "new ArrayBuffer(-1)", "new ArrayBuffer(2 ** 53)",
        "new Uint8Array(2 ** 53 - 1)", "new Float64Array(2 ** 40)", "Array.from({ length: 2 ** 53 })",
        "'x'.normalize('bad')", "(1).toString(1)", "(1).toFixed(101)", "10n ** (10n ** 10n)", "1n << (2n ** 64n)",
        "BigInt(1.5)", "BigInt('x')", "String.fromCodePoint(0x110000)", "decodeURIComponent('%')",
        "new Date(NaN).toISOString()", "new RegExp('[')", "new RegExp('(?<a>x)(?<a>y)')", "new RegExp('a', 'gg')",
        "new RegExp('a{2,1}')", "new RegExp('\\\\1(a', 'u')", "JSON.parse('{\"a\":}')", "JSON.parse('')",
        "var o = {}; o.o = o; JSON.stringify(o)", "JSON.stringify(1n)", "Symbol() + ''", "null.x", "undefined()",
        "Reflect.construct(1)", "Object.setPrototypeOf(Object.prototype, {})", "[].reduce((a, b) => a)",
        "Object.defineProperty(1, 'x', {})", "new Proxy(1, {})", "structuredCloneOfNothing()",
        "[...{ [Symbol.iterator]: 1 }]", "new (class extends null { constructor() { super() } })",
        "class A { #x; static g(o) { return o.#x } }; A.g({})", "let z = z + 1", "'abc'.localeCompare.call(null)",
    };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char source[300];
        JSValue v;

        snprintf(source, sizeof(source), "try { (function() { %s })(); 'no error' } catch (e) { e instanceof Error }", table[i]);
        v = eval(ctx, source);
        if (JS_IsException(v))
            fprintf(stderr, "%s: not caught\n", table[i]);
        if (!JS_IsBool(v))
            fprintf(stderr, "%s:\n", table[i]);
        CHECK_VAL(ctx, v, "true");
    }
    still_works(ctx);
}

/* Bytes that are no text, in source and in strings from C. */
static void encodings(JSContext *ctx)
{
    static const char *const sources[] = {
        "'\xff'", "'\xc3'", "'a\xe2\x82'", "\xff", "\xc3\x28", "var \xed\xa0\x80 = 1", "'\xed\xa0\x80'.length", "// \xff\xfe",
        "/* \xf0\x9f */ 1", "`\xf8\x88`", "/\xff/", "x\xff", "'\\u\xff'", "\xef\xbf\xbf", "\xe2\x80\xa8 1", "a = 'b\xe2\x80\xa9'",
        "\xf4\x90\x80\x80", "'\xf4\x90\x80\x80'",
    };
    static const char *const strings[] = {
        "\xff", "\xc3", "a\xe2\x82", "\xed\xa0\x80\xed\xa0\x80", "\xf0\x9f\x98", "\xf8\x88\x80\x80\x80", "\xc0\x80", "\xfe\xfe\xff\xff",
    };
    static const uint16_t lone[] = { 0xd800, 'x', 0xdfff, 0xd83d };
    size_t i;
    JSValue v;
    int b;

    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        v = eval(ctx, sources[i]);
        if (JS_IsException(v))
            CHECK_ERROR(ctx, "SyntaxError");
        JS_FreeValue(ctx, v);
    }
    /* every byte, alone and in a string */
    for (b = 0; b < 256; b++) {
        char text[8];

        text[0] = (char)b;
        text[1] = 0;
        v = JS_Eval(ctx, text, 1, "byte.js", JS_EVAL_TYPE_GLOBAL);
        if (JS_IsException(v))
            JS_FreeValue(ctx, JS_GetException(ctx));
        JS_FreeValue(ctx, v);
        snprintf(text, sizeof(text), "'%c'", b);
        text[1] = (char)b;
        text[2] = '\'';
        text[3] = 0;
        v = JS_Eval(ctx, text, 3, "byte.js", JS_EVAL_TYPE_GLOBAL);
        if (JS_IsException(v))
            JS_FreeValue(ctx, JS_GetException(ctx));
        JS_FreeValue(ctx, v);
    }
    for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        JSAtom atom = JS_NewAtom(ctx, strings[i]);
        const char *s;
        JSValue o = JS_NewObject(ctx);

        CHECK(atom != JS_ATOM_NULL);
        CHECK_INT(JS_SetPropertyStr(ctx, o, strings[i], JS_NewInt32(ctx, 5)), 1);
        CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, strings[i]), "5");
        CHECK_VAL(ctx, JS_GetProperty(ctx, o, atom), "5");
        JS_FreeValue(ctx, o);
        JS_FreeAtom(ctx, atom);
        v = JS_NewString(ctx, strings[i]);
        CHECK(JS_IsString(v));
        s = JS_ToCString(ctx, v);
        CHECK(s);
        JS_FreeCString(ctx, s);
        set_global(ctx, "bad", v);
        CHECK_EVAL(ctx, "try { JSON.parse(bad) } catch (e) { e.name }", "SyntaxError");
        CHECK_EVAL(ctx, "(bad + bad).split('').reverse().join('').length === bad.length * 2", "true");
        v = JS_ParseJSON(ctx, strings[i], strlen(strings[i]), strings[i]);
        CHECK(JS_IsException(v));
        JS_FreeValue(ctx, JS_GetException(ctx));
        v = JS_Eval(ctx, "throw new Error", 15, strings[i], JS_EVAL_TYPE_GLOBAL);
        CHECK(JS_IsException(v));
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    set_global(ctx, "bad", JS_NewStringUTF16(ctx, lone, 4));
    CHECK_EVAL(ctx, "'' + bad.isWellFormed() + bad.toWellFormed().charCodeAt(0).toString(16)", "falsefffd");
    CHECK_EVAL(ctx, "try { encodeURIComponent(bad) } catch (e) { e.name }", "URIError");
    CHECK_EVAL(ctx, "JSON.stringify(bad)", "\"\\ud800x\\udfff\\ud83d\"");
    CHECK_EVAL(ctx, "/^.x.{2}$/.test(bad) && /^.x.{2}$/u.test(bad)", "true");
    CHECK_VAL(ctx, JS_Eval(ctx, "'\0'.length + '\0\0'.length", 24, "nul.js", JS_EVAL_TYPE_GLOBAL), "3");
    still_works(ctx);
}

/* Values of every kind where functions expect another. */
static void wrong_kinds(JSContext *ctx)
{
    static const char *const kinds[] = {
        "undefined", "null", "true", "1.5", "'text'", "Symbol()", "5n", "({})", "[]", "() => 1", "new Proxy({}, {})",
        "/x/", "new Date(NaN)", "new Map", "globalThis", "Object.create(null)",
    };
    size_t i, j;
    JSValue nothing = JS_UNDEFINED;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        JSValue v = eval(ctx, kinds[i]), results[20];
        JSAtom atom = JS_NewAtom(ctx, "x");
        size_t n = 0;
        int32_t i32;
        int64_t i64;
        uint64_t u64;
        double d;

        JS_ToInt32(ctx, &i32, v);
        JS_ToInt64(ctx, &i64, v);
        JS_ToInt64Ext(ctx, &i64, v);
        JS_ToFloat64(ctx, &d, v);
        JS_ToIndex(ctx, &u64, v);
        JS_ToBigInt64(ctx, &i64, v);
        JS_ToBigUint64(ctx, &u64, v);
        JS_ToBool(ctx, v);
        JS_IsArray(v);
        JS_IsError(v);
        JS_IsFunction(ctx, v);
        JS_GetClassID(v);
        JS_IsInstanceOf(ctx, v, v);
        JS_IsEqual(ctx, v, nothing);
        JS_HasProperty(ctx, v, atom);
        JS_DeleteProperty(ctx, v, atom, 0);
        JS_GetLength(ctx, v, &i64);
        JS_IsExtensible(ctx, v);
        JS_SetProperty(ctx, v, atom, JS_NewInt32(ctx, 1));
        JS_DefinePropertyValue(ctx, v, atom, JS_NewInt32(ctx, 1), JS_PROP_C_W_E);
        JS_SetPrototype(ctx, v, JS_NULL);
        JS_FreeCString(ctx, JS_ToCString(ctx, v));
        results[n++] = JS_ToString(ctx, v);
        results[n++] = JS_ToNumber(ctx, v);
        results[n++] = JS_ToObject(ctx, v);
        results[n++] = JS_ToPropertyKey(ctx, v);
        results[n++] = JS_GetProperty(ctx, v, atom);
        results[n++] = JS_GetPropertyUint32(ctx, v, 0);
        results[n++] = JS_GetPrototype(ctx, v);
        results[n++] = JS_Call(ctx, v, v, 0, NULL);
        results[n++] = JS_CallConstructor(ctx, v, 0, NULL);
        results[n++] = JS_Invoke(ctx, v, atom, 0, NULL);
        results[n++] = JS_JSONStringify(ctx, v, v, v);
        results[n++] = JS_NewProxy(ctx, v, v);
        results[n++] = JS_NewObjectProto(ctx, v);
        for (j = 0; j < n; j++)
            JS_FreeValue(ctx, results[j]);
        JS_FreeAtom(ctx, atom);
        JS_FreeValue(ctx, v);
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
}

int main(void)
{
    JSContext *ctx = new_context();

    syntax(ctx);
    sizes(ctx);
    encodings(ctx);
    nesting(ctx);
    free_context(ctx);
    ctx = new_context();
    wrong_kinds(ctx);
    free_context(ctx);
    return 0;
}
