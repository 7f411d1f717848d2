/* What the C tests share: checks that say where they failed, and short ways to run scripts. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

/* Fails the test, saying where, unless the condition holds. */
#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #cond); \
            exit(1); \
        } \
    } while (0)

/* Fails the test unless two integers are equal; shows both. */
#define CHECK_INT(got, want) check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))

static inline void check_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
    if (got != want) {
        fprintf(stderr, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", file, line, what, got, want);
        exit(1);
    }
}

/* Fails the test unless two C strings are equal; shows both. */
#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, #got, got, want)

static inline void check_str(const char *file, int line, const char *what, const char *got, const char *want)
{
    if (!got || strcmp(got, want)) {
        fprintf(stderr, "%s:%d: %s is\n  %s\nnot\n  %s\n", file, line, what, got ? got : "(null)", want);
        exit(1);
    }
}

/* Takes a value over and compares its ToString with `want`. An exception is shown as "throws " and its
   text; it is then no longer pending. */
#define CHECK_VAL(ctx, val, want) check_val(__FILE__, __LINE__, ctx, val, want)

static inline void check_val(const char *file, int line, JSContext *ctx, JSValue val, const char *want)
{
    char *text;
    const char *s;
    size_t size;
    bool thrown = JS_IsException(val);

    if (thrown)
        val = JS_GetException(ctx);
    s = JS_ToCString(ctx, val);
    if (!s) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        fprintf(stderr, "%s:%d: a value without text, instead of %s\n", file, line, want);
        exit(1);
    }
    size = strlen(s) + 8;
    text = malloc(size);
    snprintf(text, size, "%s%s", thrown ? "throws " : "", s);
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, val);
    check_str(file, line, "value", text, want);
    free(text);
}

/* Takes the pending exception, and fails the test unless it is an Error of the class named. What the message
   says is the engine's own affair, but there is one. */
#define CHECK_ERROR(ctx, name) check_error(__FILE__, __LINE__, ctx, name)

static inline void check_error(const char *file, int line, JSContext *ctx, const char *name)
{
    JSValue val;
    const char *s;
    size_t len = strlen(name);

    check_int(file, line, "JS_HasException", JS_HasException(ctx), 1);
    val = JS_GetException(ctx);
    check_int(file, line, "JS_IsError", JS_IsError(val), 1);
    s = JS_ToCString(ctx, val);
    if (!s || strncmp(s, name, len) || strncmp(s + len, ": ", 2) || !s[len + 2]) {
        fprintf(stderr, "%s:%d: threw \"%s\", not a %s\n", file, line, s ? s : "", name);
        exit(1);
    }
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, val);
}

/* Evaluates global code. */
static inline JSValue eval(JSContext *ctx, const char *source)
{
    return JS_Eval(ctx, source, strlen(source), "test.js", JS_EVAL_TYPE_GLOBAL);
}

/* Evaluates global code and compares the text of its completion value, or of "throws " and the exception. */
#define CHECK_EVAL(ctx, source, want) check_val(__FILE__, __LINE__, ctx, eval(ctx, source), want)

/* Evaluates global code that throws an Error of the class named. */
#define CHECK_EVAL_ERROR(ctx, source, name) \
    do { \
        JSValue evaluated_ = eval(ctx, source); \
        check_int(__FILE__, __LINE__, "JS_IsException", JS_IsException(evaluated_), 1); \
        check_error(__FILE__, __LINE__, ctx, name); \
    } while (0)

/* Defines a global variable, taking the value over. */
static inline void set_global(JSContext *ctx, const char *name, JSValue val)
{
    JSValue global = JS_GetGlobalObject(ctx);

    CHECK(JS_SetPropertyStr(ctx, global, name, val) >= 0);
    JS_FreeValue(ctx, global);
}

/* A runtime and a context; a leak in it aborts. */
static inline JSContext *new_context(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    CHECK(rt);
    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    ctx = JS_NewContext(rt);
    CHECK(ctx);
    return ctx;
}

/* Frees both. */
static inline void free_context(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
}

/* Under valgrind tests do less (CTest sets the variable). */
static inline bool light(void)
{
    return getenv("QJS_CTEST_LIGHT") != NULL;
}

#endif /* CHECK_H */
