/* JS_Eval and its kin: completion values, flags, file names and lines, compiling without running. */
#include "check.h"

static JSValue eval_with(JSContext *ctx, const char *source, const char *filename, int flags)
{
    return JS_Eval(ctx, source, strlen(source), filename, flags);
}

static void completion(JSContext *ctx)
{
    CHECK_EVAL(ctx, "", "undefined");
    CHECK_EVAL(ctx, "1; 2; 3", "3");
    CHECK_EVAL(ctx, "var x = 5", "undefined");
    CHECK_EVAL(ctx, "5; var x = 6", "5");
    CHECK_EVAL(ctx, "if (true) 'yes'; else 'no'", "yes");
    CHECK_EVAL(ctx, "for (var i = 0; i < 3; i++) i", "2");
    CHECK_EVAL(ctx, "'a'; { 'b'; } ;", "b");
    CHECK_EVAL(ctx, "'use strict'; (function() { return this })()", "undefined");
    CHECK_EVAL(ctx, "let later = 1; const c = 2; class K {}; function fn() {}", "undefined");
    /* lexical declarations stay between evaluations */
    CHECK_EVAL(ctx, "later + c + typeof K + typeof fn", "3functionfunction");
    CHECK_EVAL_ERROR(ctx, "let later = 2", "SyntaxError");
    CHECK_EVAL_ERROR(ctx, "c = 3", "TypeError");
    CHECK_EVAL_ERROR(ctx, "notDefined", "ReferenceError");
    CHECK_EVAL(ctx, "typeof notDefined", "undefined");
    CHECK_EVAL(ctx, "globalThis.x + '' + globalThis.later + delete globalThis.x", "6undefinedfalse");
    CHECK_EVAL(ctx, "implicit = 4; globalThis.implicit + '' + delete globalThis.implicit", "4true");
    CHECK_EVAL(ctx, "eval('var ev = 1; ev + 1') + (0, eval)('typeof ev')", "2number");
    CHECK_EVAL(ctx, "#!/usr/bin/qjs\n7", "7");
    CHECK_EVAL(ctx, "\xef\xbb\xbf""8", "8");
}

static void flags(JSContext *ctx)
{
    CHECK_VAL(ctx, eval_with(ctx, "(function() { return typeof this })()", "a.js", JS_EVAL_TYPE_GLOBAL), "object");
    CHECK_VAL(ctx, eval_with(ctx, "(function() { return typeof this })()", "a.js",
                             JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT), "undefined");
    CHECK(JS_IsException(eval_with(ctx, "with ({}) 1", "a.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT)));
    CHECK_ERROR(ctx, "SyntaxError");
}

static void compile_only(JSContext *ctx)
{
    JSValue f = eval_with(ctx, "globalThis.runs = (globalThis.runs || 0) + 1", "a.js",
                          JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY), v;

    CHECK_INT(JS_VALUE_GET_TAG(f), JS_TAG_FUNCTION_BYTECODE);
    CHECK_EVAL(ctx, "typeof runs", "undefined");
    CHECK_VAL(ctx, JS_EvalFunction(ctx, JS_DupValue(ctx, f)), "1");
    CHECK_VAL(ctx, JS_EvalFunction(ctx, f), "2");
    v = eval_with(ctx, "1 +", "a.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    CHECK(JS_IsException(v));
    CHECK_ERROR(ctx, "SyntaxError");
    /* compiled and never run */
    v = eval_with(ctx, "[1, 2, 'three', () => 4n]", "a.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    JS_FreeValue(ctx, v);
}

/* Where the pending exception says it was thrown, as "file:line:column" of its first frame. */
static void check_place(JSContext *ctx, int line, const char *want)
{
    JSValue e = JS_GetException(ctx), stack = JS_GetPropertyStr(ctx, e, "stack");
    const char *s = JS_ToCString(ctx, stack), *p;
    char text[200] = "";

    CHECK(s);
    p = strchr(s, '(');
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(p ? p + 1 : s, ")\n"), p ? p + 1 : s);
    check_str(__FILE__, line, "place", text, want);
    JS_FreeCString(ctx, s);
    JS_FreeValues(ctx, e, stack);
}

static void places(JSContext *ctx)
{
    JSEvalOptions options = { JS_EVAL_OPTIONS_VERSION, JS_EVAL_TYPE_GLOBAL, "options.js", 100 };
    static const char source[] = "1;\n\n  throw new Error('x')";

    CHECK(JS_IsException(eval_with(ctx, source, "dir/some file.js", JS_EVAL_TYPE_GLOBAL)));
    check_place(ctx, __LINE__, "dir/some file.js:3:13");
    CHECK(JS_IsException(JS_Eval2(ctx, source, strlen(source), &options)));
    check_place(ctx, __LINE__, "options.js:102:13");
    CHECK_VAL(ctx, JS_Eval2(ctx, "'default'", 9, NULL), "default");
    options.filename = NULL;
    CHECK_VAL(ctx, JS_Eval2(ctx, "'no name'", 9, &options), "no name");
    options.filename = "o.js";
    options.version = 99;
    CHECK(JS_IsException(JS_Eval2(ctx, "1", 1, &options)));
    CHECK_ERROR(ctx, "InternalError");
}

/* Syntax errors say where. */
static void syntax_places(JSContext *ctx)
{
    JSValue e, v;
    int32_t line = 0;
    const char *s;

    CHECK(JS_IsException(eval_with(ctx, "var a;\nvar b = ;\n", "syntax.js", JS_EVAL_TYPE_GLOBAL)));
    e = JS_GetException(ctx);
    v = JS_GetPropertyStr(ctx, e, "stack");
    s = JS_ToCString(ctx, v);
    CHECK(strstr(s, "syntax.js:2:9"));
    JS_FreeCString(ctx, s);
    JS_FreeValues(ctx, v, e);
    (void)line;
}

static void with_this(JSContext *ctx)
{
    JSEvalOptions options = { JS_EVAL_OPTIONS_VERSION, JS_EVAL_TYPE_GLOBAL, "t.js", 1 };
    JSValue o = eval(ctx, "({ name: 'me' })");

    CHECK_VAL(ctx, JS_EvalThis(ctx, o, "this.name", 9, "t.js", JS_EVAL_TYPE_GLOBAL), "me");
    CHECK_VAL(ctx, JS_EvalThis(ctx, o, "(() => this.name)()", 19, "t.js", JS_EVAL_TYPE_GLOBAL), "me");
    CHECK_VAL(ctx, JS_EvalThis2(ctx, o, "this.name", 9, &options), "me");
    JS_FreeValue(ctx, o);
    CHECK_EVAL(ctx, "this === globalThis", "true");
}

/* Only input_len bytes are the script, and a NUL byte in it is one more character. */
static void lengths(JSContext *ctx)
{
    CHECK_VAL(ctx, JS_Eval(ctx, "12\0 34", 2, "l.js", JS_EVAL_TYPE_GLOBAL), "12");
    CHECK_VAL(ctx, JS_Eval(ctx, "'a\0b'.length", 12, "l.js", JS_EVAL_TYPE_GLOBAL), "3");
    CHECK(JS_IsException(JS_Eval(ctx, "1 \0 2", 5, "l.js", JS_EVAL_TYPE_GLOBAL)));
    CHECK_ERROR(ctx, "SyntaxError");
}

static JSValue nested(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    const char *s = JS_ToCString(ctx, argv[0]);
    JSValue v;

    if (!s)
        return JS_EXCEPTION;
    v = JS_Eval(ctx, s, strlen(s), "nested.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_BACKTRACE_BARRIER);
    JS_FreeCString(ctx, s);
    return v;
}

static void nesting(JSContext *ctx)
{
    set_global(ctx, "nested", JS_NewCFunction(ctx, nested, "nested", 1));
    CHECK_EVAL(ctx, "nested('1 + nested(\"2 + nested(`3`)\")')", "6");
    /* a barrier keeps the frames before it out */
    CHECK_EVAL(ctx, "nested('new Error().stack').split('\\n').length - 1", "1");
    CHECK_EVAL(ctx, "nested('new Error().stack').startsWith('    at <eval> (nested.js:1')", "true");
    CHECK_EVAL(ctx, "try { nested('throw 5') } catch (e) { e + 1 }", "6");
}

int main(void)
{
    JSContext *ctx = new_context();

    completion(ctx);
    flags(ctx);
    compile_only(ctx);
    places(ctx);
    syntax_places(ctx);
    with_this(ctx);
    lengths(ctx);
    nesting(ctx);
    free_context(ctx);
    return 0;
}
