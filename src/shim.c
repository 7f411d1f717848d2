/*
 * The functions of the C ABI that are variadic, which stable Rust cannot define. Each formats its message
 * here, whatever its length, and ends in one Rust function:
 *
 *   qjs_shim_new_error            makes an Error of a kind from a message
 *   qjs_shim_throw_error          the same, thrown; returns JS_EXCEPTION
 *   qjs_shim_throw_dom_exception  throws a DOMException of a name
 *
 * `kind` is one of the QJS_SHIM_* below (src/capi/errors.rs has the same numbers). `msg` is `len` bytes and a
 * NUL, perhaps not valid UTF-8, borrowed for the call. Where memory for the message cannot be had, they are
 * not called: an "out of memory" error is thrown instead.
 *
 *   qjs_shim_std_cmd              what quickjs-libc.c asks of the engine; takes two pointers, whatever the command
 *
 * QJS_SHIM_DOM_EXCEPTION is defined (by build.rs) once the library has the Rust half of
 * JS_ThrowDOMException.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The public header declares what the Rust side exports so far; the shim needs two types of it only, and
   so can be built before everything is exported. */
typedef struct JSContext JSContext;

typedef union JSValueUnion {
    int32_t int32;
    double float64;
    void *ptr;
    int32_t short_big_int;
} JSValueUnion;

typedef struct JSValue {
    JSValueUnion u;
    int64_t tag;
} JSValue;

enum {
    QJS_SHIM_PLAIN = 0,
    QJS_SHIM_INTERNAL = 1,
    QJS_SHIM_RANGE = 2,
    QJS_SHIM_REFERENCE = 3,
    QJS_SHIM_SYNTAX = 4,
    QJS_SHIM_TYPE = 5
};

JSValue qjs_shim_new_error(JSContext *ctx, int kind, const char *msg, size_t len);
JSValue qjs_shim_throw_error(JSContext *ctx, int kind, const char *msg, size_t len);
JSValue qjs_shim_throw_dom_exception(JSContext *ctx, const char *name, const char *msg, size_t len);
JSValue JS_ThrowOutOfMemory(JSContext *ctx);

/* A formatted message: in `small` if it fits there, otherwise in memory of its own. */
typedef struct Message {
    const char *text; /* NULL: out of memory */
    size_t len;
    char *owned;
    char small[256];
} Message;

static void format_message(Message *m, const char *fmt, va_list ap)
{
    va_list again;
    int len;

    va_copy(again, ap);
    m->owned = NULL;
    len = vsnprintf(m->small, sizeof(m->small), fmt, ap);
    if (len < 0) { /* the C library refuses the format or an argument: the format itself is what is left */
        len = snprintf(m->small, sizeof(m->small), "%s", fmt);
        if (len < 0)
            len = 0;
        if ((size_t)len >= sizeof(m->small))
            len = sizeof(m->small) - 1;
        m->text = m->small;
    } else if ((size_t)len < sizeof(m->small)) {
        m->text = m->small;
    } else {
        m->owned = malloc((size_t)len + 1);
        if (m->owned)
            vsnprintf(m->owned, (size_t)len + 1, fmt, again);
        m->text = m->owned;
    }
    m->len = (size_t)len;
    va_end(again);
}

static JSValue finish(JSContext *ctx, Message *m, int kind, bool thrown)
{
    JSValue v;

    if (!m->text)
        return JS_ThrowOutOfMemory(ctx);
    if (thrown)
        v = qjs_shim_throw_error(ctx, kind, m->text, m->len);
    else
        v = qjs_shim_new_error(ctx, kind, m->text, m->len);
    free(m->owned);
    return v;
}

#define DEFINE(name, kind, thrown) \
    JSValue __attribute__((format(printf, 2, 3))) name(JSContext *ctx, const char *fmt, ...); \
    JSValue name(JSContext *ctx, const char *fmt, ...) \
    { \
        Message m; \
        va_list ap; \
        va_start(ap, fmt); \
        format_message(&m, fmt, ap); \
        va_end(ap); \
        return finish(ctx, &m, kind, thrown); \
    }

DEFINE(JS_NewPlainError, QJS_SHIM_PLAIN, false)
DEFINE(JS_NewInternalError, QJS_SHIM_INTERNAL, false)
DEFINE(JS_NewRangeError, QJS_SHIM_RANGE, false)
DEFINE(JS_NewReferenceError, QJS_SHIM_REFERENCE, false)
DEFINE(JS_NewSyntaxError, QJS_SHIM_SYNTAX, false)
DEFINE(JS_NewTypeError, QJS_SHIM_TYPE, false)
DEFINE(JS_ThrowPlainError, QJS_SHIM_PLAIN, true)
DEFINE(JS_ThrowInternalError, QJS_SHIM_INTERNAL, true)
DEFINE(JS_ThrowRangeError, QJS_SHIM_RANGE, true)
DEFINE(JS_ThrowReferenceError, QJS_SHIM_REFERENCE, true)
DEFINE(JS_ThrowSyntaxError, QJS_SHIM_SYNTAX, true)
DEFINE(JS_ThrowTypeError, QJS_SHIM_TYPE, true)

#ifdef QJS_SHIM_DOM_EXCEPTION
JSValue __attribute__((format(printf, 3, 4)))
JS_ThrowDOMException(JSContext *ctx, const char *name, const char *fmt, ...);

JSValue JS_ThrowDOMException(JSContext *ctx, const char *name, const char *fmt, ...)
{
    Message m;
    JSValue v;
    va_list ap;

    va_start(ap, fmt);
    format_message(&m, fmt, ap);
    va_end(ap);
    if (!m.text)
        return JS_ThrowOutOfMemory(ctx);
    v = qjs_shim_throw_dom_exception(ctx, name, m.text, m.len);
    free(m.owned);
    return v;
}
#endif

#ifdef QJS_SHIM_STD_CMD
uintptr_t qjs_shim_std_cmd(int cmd, void *a, void *b);
uintptr_t js_std_cmd(int cmd, ...);

uintptr_t js_std_cmd(int cmd, ...)
{
    void *a = NULL, *b = NULL;
    va_list ap;

    va_start(ap, cmd);
    if ((cmd >= 0 && cmd <= 2) || cmd == 5 || cmd == 6)
        a = va_arg(ap, void *);
    if (cmd == 1 || cmd == 2)
        b = va_arg(ap, void *);
    va_end(ap);
    return qjs_shim_std_cmd(cmd, a, b);
}
#endif
