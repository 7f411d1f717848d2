/* Programs that include this call functions of quickjs.h and print what came of it, one line for each call:

       JS_ToInt32(symbol) = -1, left 0 !TypeError {}

   the call, what it returned, the exception that is pending after it (taken), and in braces what ran meanwhile.
   Each is linked to libqjs and to QuickJS-NG, and the lines compared (run.sh). */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static JSRuntime *rt;
static JSContext *ctx, *other; /* two realms */

/* What ran during the call at hand. */
static char trail[4096];
static size_t trail_len;
/* Are messages of errors shown, not just their class? Only where C wrote them. */
static bool messages;

static void note(const char *format, ...)
{
    va_list args;
    int n;

    if (trail_len + 2 >= sizeof(trail))
        return;
    if (trail_len)
        trail[trail_len++] = ' ';
    va_start(args, format);
    n = vsnprintf(trail + trail_len, sizeof(trail) - trail_len, format, args);
    va_end(args);
    trail_len += (size_t)n < sizeof(trail) - trail_len ? (size_t)n : sizeof(trail) - trail_len - 1;
}

/* log(...) of scripts */
static JSValue js_log(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int i;

    for (i = 0; i < argc; i++) {
        const char *s = JS_ToCString(c, argv[i]);

        if (!s)
            return JS_EXCEPTION;
        note("%s", s);
        JS_FreeCString(c, s);
    }
    return JS_UNDEFINED;
}

static void print_text(const char *s, size_t len)
{
    size_t i;

    putchar('"');
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c == '\n')
            printf("\\n");
        else if (c < ' ')
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    putchar('"');
}

/* The text of a data property of an error, or nothing. */
static void print_member(JSContext *c, JSValueConst obj, const char *name)
{
    JSValue v = JS_GetPropertyStr(c, obj, name);
    const char *s = JS_IsException(v) ? NULL : JS_ToCString(c, v);

    if (s)
        printf("%s", s);
    else
        JS_FreeValue(c, JS_GetException(c));
    JS_FreeCString(c, s);
    JS_FreeValue(c, v);
}

/* Shows a value; runs no script for it, but for errors' names. */
static void show(JSContext *c, JSValueConst v)
{
    int tag = JS_VALUE_GET_NORM_TAG(v);
    const char *s;
    size_t len;
    JSAtom atom;

    switch (tag) {
    case JS_TAG_INT:
        printf("%d", JS_VALUE_GET_INT(v));
        break;
    case JS_TAG_FLOAT64:
        printf("double %.17g", JS_VALUE_GET_FLOAT64(v));
        break;
    case JS_TAG_BOOL:
        printf(JS_VALUE_GET_BOOL(v) ? "true" : "false");
        break;
    case JS_TAG_NULL:
        printf("null");
        break;
    case JS_TAG_UNDEFINED:
        printf("undefined");
        break;
    case JS_TAG_UNINITIALIZED:
        printf("uninitialized");
        break;
    case JS_TAG_EXCEPTION:
        printf("EXCEPTION");
        break;
    case JS_TAG_MODULE:
        printf("module");
        break;
    case JS_TAG_FUNCTION_BYTECODE:
        printf("bytecode");
        break;
    case JS_TAG_SHORT_BIG_INT:
    case JS_TAG_BIG_INT:
        s = JS_ToCString(c, v);
        printf("%sn", s);
        JS_FreeCString(c, s);
        break;
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE:
        s = JS_ToCStringLen(c, &len, v);
        print_text(s, len);
        JS_FreeCString(c, s);
        break;
    case JS_TAG_SYMBOL:
        atom = JS_ValueToAtom(c, v);
        s = JS_AtomToCString(c, atom);
        printf("Symbol(%s)", s);
        JS_FreeCString(c, s);
        JS_FreeAtom(c, atom);
        break;
    case JS_TAG_OBJECT:
        if (JS_IsError(v)) {
            printf("<");
            print_member(c, v, "name");
            if (messages) {
                printf(": ");
                print_member(c, v, "message");
            }
            printf(">");
            if (JS_IsUncatchableError(v))
                printf("uncatchable");
        } else if (JS_IsArray(v)) {
            static int depth;
            int64_t i, n = 0;

            JS_GetLength(c, v, &n);
            printf("[");
            for (i = ++depth > 4 ? n : 0; i < n && i < 20; i++) {
                JSValue e = JS_GetPropertyInt64(c, v, i);

                if (i)
                    printf(", ");
                if (JS_IsException(e))
                    JS_FreeValue(c, JS_GetException(c));
                show(c, e);
                JS_FreeValue(c, e);
            }
            depth--;
            printf("]");
        } else {
            atom = JS_GetClassName(JS_GetRuntime(c), JS_GetClassID(v));
            s = atom ? JS_AtomToCString(c, atom) : NULL;
            /* of which class functions of the several kinds are, JS_GetClassName is asked */
            printf("<<%s>>", !s ? "?" : JS_IsFunction(c, v) && strstr(s, "Function") ? "Function" : s);
            JS_FreeCString(c, s);
            JS_FreeAtom(c, atom);
        }
        break;
    default:
        printf("tag %d", tag);
    }
}

/* Begins a line. */
static void begin(const char *format, ...)
{
    va_list args;

    trail_len = 0;
    trail[0] = 0;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

/* Shows what exception is pending, if one is, and forgets it. */
static void pending(JSContext *c)
{
    size_t len = trail_len;
    JSValue e;

    if (!JS_HasException(c))
        return;
    e = JS_GetException(c);
    printf(" !");
    show(c, e);
    JS_FreeValue(c, e);
    trail_len = len;
}

/* Ends a line. */
static void finish_in(JSContext *c)
{
    trail[trail_len] = 0;
    if (c)
        pending(c);
    trail[trail_len] = 0;
    if (trail_len)
        printf(" {%s}", trail);
    putchar('\n');
}

static void finish(void)
{
    finish_in(ctx);
}

/* A line for an expression of type int, or bool. The arguments after it are the label's. */
#define INT(expr, ...) \
    do { \
        int int_; \
        begin(__VA_ARGS__); \
        int_ = (expr); \
        printf(" = %d", int_); \
        finish(); \
    } while (0)

/* A line for an expression that is a value, which is freed. */
#define VAL(expr, ...) \
    do { \
        JSValue val_; \
        begin(__VA_ARGS__); \
        val_ = (expr); \
        printf(" = "); \
        show(ctx, val_); \
        JS_FreeValue(ctx, val_); \
        finish(); \
    } while (0)

/* A line for a C string to be freed. */
#define TEXT(expr, ...) \
    do { \
        const char *text_; \
        begin(__VA_ARGS__); \
        text_ = (expr); \
        printf(" = "); \
        if (text_) \
            print_text(text_, strlen(text_)); \
        else \
            printf("NULL"); \
        JS_FreeCString(ctx, text_); \
        finish(); \
    } while (0)

/* A line for an expression that is a pointer: NULL or not. */
#define PTR(expr, ...) \
    do { \
        const void *ptr_; \
        begin(__VA_ARGS__); \
        ptr_ = (expr); \
        printf(" = %s", ptr_ ? "pointer" : "NULL"); \
        finish(); \
    } while (0)

/* A line for an atom, which is freed. */
#define ATOM(expr, ...) \
    do { \
        JSAtom atom_; \
        begin(__VA_ARGS__); \
        atom_ = (expr); \
        printf(" = "); \
        show_atom(atom_); \
        JS_FreeAtom(ctx, atom_); \
        finish(); \
    } while (0)

static void show_atom(JSAtom atom)
{
    JSValue v;

    if (atom == JS_ATOM_NULL) {
        printf("JS_ATOM_NULL");
        return;
    }
    v = JS_AtomToValue(ctx, atom);
    show(ctx, v);
    JS_FreeValue(ctx, v);
}

/* Where a value's count lies, from its pointer on: start() looks what changes when a count is added. */
static int count_offset;

/* The count of an object. */
static int count_of(JSValueConst v)
{
    int n;

    memcpy(&n, (char *)JS_VALUE_GET_PTR(v) + count_offset, sizeof(n));
    return n;
}

static void find_count(void)
{
    JSValue v = JS_NewObject(ctx);
    char *p = JS_VALUE_GET_PTR(v), before[64];
    int one, two;

    memcpy(before, p - 16, 64);
    JS_DupValue(ctx, v);
    for (count_offset = -16; count_offset < 48; count_offset += 4) {
        memcpy(&one, before + 16 + count_offset, sizeof(one));
        memcpy(&two, p + count_offset, sizeof(two));
        if (two == one + 1)
            break;
    }
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, v);
}

/* Evaluates what the program itself needs: failing is an error of the program. */
static JSValue eval_in(JSContext *c, const char *source)
{
    JSValue v = JS_Eval(c, source, strlen(source), "driver.js", JS_EVAL_TYPE_GLOBAL);

    if (JS_IsException(v)) {
        bool before = messages;

        messages = true;
        printf("cannot evaluate %s: ", source);
        pending(c);
        putchar('\n');
        messages = before;
    }
    return v;
}

static JSValue eval(const char *source)
{
    return eval_in(ctx, source);
}

static void run(const char *source)
{
    JS_FreeValue(ctx, eval(source));
}

static void set_global(JSContext *c, const char *name, JSValue val)
{
    JSValue global = JS_GetGlobalObject(c);

    JS_SetPropertyStr(c, global, name, val);
    JS_FreeValue(c, global);
}

static JSValue get_global(const char *name)
{
    JSValue global = JS_GetGlobalObject(ctx), v = JS_GetPropertyStr(ctx, global, name);

    JS_FreeValue(ctx, global);
    return v;
}

static void run_jobs(void)
{
    JSContext *c;
    int r;

    while ((r = JS_ExecutePendingJob(rt, &c)) != 0) {
        if (r < 0)
            JS_FreeValue(c, JS_GetException(c));
    }
}

/* ---- Two classes of C ---- */

static JSClassID plain_id, exotic_id;
static int exotic_mode; /* 0: answers; 1: throws */
static int finalized;

static void plain_finalizer(JSRuntime *r, JSValueConst v)
{
    finalized++;
}

static const char *key_text(JSContext *c, JSAtom prop)
{
    static char text[64];
    const char *s = JS_AtomToCString(c, prop);

    snprintf(text, sizeof(text), "%s", s ? s : "?");
    JS_FreeCString(c, s);
    return text;
}

#define EXOTIC(name) \
    do { \
        note(name ":%s", key_text(c, prop)); \
        if (exotic_mode == 1) { \
            JS_ThrowPlainError(c, "exotic"); \
            return -1; \
        } \
    } while (0)

/* "yes" is a property (writable, enumerable), "fixed" one that is read-only; nothing else is. */
static int exotic_get_own(JSContext *c, JSPropertyDescriptor *desc, JSValueConst obj, JSAtom prop)
{
    const char *name;

    EXOTIC("get_own");
    name = key_text(c, prop);
    if (strcmp(name, "yes") && strcmp(name, "fixed"))
        return 0;
    if (desc) {
        desc->flags = strcmp(name, "yes") ? JS_PROP_ENUMERABLE : JS_PROP_C_W_E;
        desc->value = JS_NewInt32(c, 42);
        desc->getter = desc->setter = JS_UNDEFINED;
    }
    return 1;
}

static int exotic_names(JSContext *c, JSPropertyEnum **ptab, uint32_t *plen, JSValueConst obj)
{
    note("names");
    if (exotic_mode == 1) {
        JS_ThrowPlainError(c, "exotic");
        return -1;
    }
    *ptab = js_malloc(c, 2 * sizeof(**ptab));
    (*ptab)[0].is_enumerable = (*ptab)[1].is_enumerable = false;
    (*ptab)[0].atom = JS_NewAtom(c, "yes");
    (*ptab)[1].atom = JS_NewAtom(c, "fixed");
    *plen = 2;
    return 0;
}

static int exotic_delete(JSContext *c, JSValueConst obj, JSAtom prop)
{
    EXOTIC("delete");
    return !strcmp(key_text(c, prop), "yes");
}

static int exotic_define(JSContext *c, JSValueConst obj, JSAtom prop, JSValueConst val, JSValueConst getter,
                         JSValueConst setter, int flags)
{
    EXOTIC("define");
    note("flags %x", flags);
    return !strcmp(key_text(c, prop), "yes");
}

static int exotic_has(JSContext *c, JSValueConst obj, JSAtom prop)
{
    EXOTIC("has");
    return !strcmp(key_text(c, prop), "yes");
}

static JSValue exotic_get(JSContext *c, JSValueConst obj, JSAtom prop, JSValueConst receiver)
{
    note("get:%s", key_text(c, prop));
    if (exotic_mode == 1)
        return JS_ThrowPlainError(c, "exotic");
    return JS_NewInt32(c, 43);
}

static int exotic_set(JSContext *c, JSValueConst obj, JSAtom prop, JSValueConst value, JSValueConst receiver, int flags)
{
    EXOTIC("set");
    note("flags %x", flags);
    return !strcmp(key_text(c, prop), "yes");
}

/* All methods; and those that the rest can be made of. */
static JSClassExoticMethods exotic_all = { exotic_get_own, exotic_names, exotic_delete, exotic_define, exotic_has,
    exotic_get, exotic_set };
static JSClassExoticMethods exotic_few = { exotic_get_own, exotic_names, exotic_delete, exotic_define, NULL, NULL,
    NULL };
static JSClassID few_id;

static JSValue make_plain(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue v = JS_NewObjectClass(c, (int)plain_id);

    JS_SetOpaque(v, &plain_id);
    return v;
}

static JSValue make_exotic(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewObjectClass(c, (int)exotic_id);
}

static JSValue make_few(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewObjectClass(c, (int)few_id);
}

static JSValue js_detach(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JS_DetachArrayBuffer(c, argv[0]);
    return JS_DupValue(c, argv[0]);
}

static JSValue js_dda(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue v = JS_NewObject(c);

    JS_SetIsHTMLDDA(c, v);
    return v;
}

static JSValue js_immutable(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JS_SetImmutableArrayBuffer(argv[0], true);
    return JS_DupValue(c, argv[0]);
}

/* ---- What is given to the functions: one of each kind ---- */

typedef struct Kind {
    const char *name, *source;
} Kind;

static const Kind kinds[] = {
    { "undefined", "undefined" },
    { "null", "null" },
    { "true", "true" },
    { "false", "false" },
    { "0", "0" },
    { "-0", "-0" },
    { "7", "7" },
    { "-1", "-1" },
    { "1.5", "1.5" },
    { "-1.9", "-1.9" },
    { "2^31", "2 ** 31" },
    { "2^32+5", "2 ** 32 + 5" },
    { "2^53", "2 ** 53" },
    { "2^63", "2 ** 63" },
    { "-2^63", "-(2 ** 63)" },
    { "2^64+2^12", "2 ** 64 + 2 ** 12" },
    { "1e300", "1e300" },
    { "NaN", "NaN" },
    { "Infinity", "Infinity" },
    { "-Infinity", "-Infinity" },
    { "5e-324", "5e-324" },
    { "''", "''" },
    { "' 12 '", "' 12 '" },
    { "'0x1F'", "'0x1F'" },
    { "'-0'", "'-0'" },
    { "'1e3'", "'1e3'" },
    { "'x'", "'x'" },
    { "'0'", "'0'" },
    { "'4294967295'", "'4294967295'" },
    { "'12345678901234567890'", "'12345678901234567890'" },
    { "lone surrogate", "'\\ud800'" },
    { "rope", "'a'.repeat(100) + 'b'.repeat(100)" },
    { "symbol", "Symbol('s')" },
    { "Symbol.for", "Symbol.for('f')" },
    { "Symbol.iterator", "Symbol.iterator" },
    { "0n", "0n" },
    { "5n", "5n" },
    { "-5n", "-5n" },
    { "2n**63n", "2n ** 63n" },
    { "-(2n**70n)-3n", "-(2n ** 70n) - 3n" },
    { "object", "({ a: 1 })" },
    { "null prototype", "Object.create(null)" },
    { "array", "[1, 2]" },
    { "[7]", "[7]" },
    { "[]", "[]" },
    { "holes", "[, 1,,]" },
    { "function", "(function f(a, b) {})" },
    { "strict function", "(function () { 'use strict' })" },
    { "arrow", "(x => x)" },
    { "method", "({ m() {} }).m" },
    { "class", "(class C { constructor() { log('C') } })" },
    { "derived class", "(class D extends Object {})" },
    { "async function", "(async function () {})" },
    { "async arrow", "(async () => {})" },
    { "generator function", "(function* () {})" },
    { "async generator function", "(async function* () {})" },
    { "bound function", "(function f() {}).bind(1)" },
    { "C function", "log" },
    { "built-in function", "Math.max" },
    { "built-in constructor", "Map" },
    { "generator", "(function* () { yield 1 })()" },
    { "async generator", "(async function* () { yield 1 })()" },
    { "arguments", "(function () { return arguments })(1, 2)" },
    { "strict arguments", "(function () { 'use strict'; return arguments })(1, 2)" },
    { "proxy", "traced({ a: 1 })" },
    { "proxy of array", "traced([1, 2])" },
    { "proxy of function", "traced(function () {})" },
    { "proxy of arrow", "traced(() => 1)" },
    { "plain proxy", "new Proxy({ a: 1 }, {})" },
    { "throwing proxy", "throwing({ a: 1 })" },
    { "revoked proxy", "revoked({})" },
    { "revoked function", "revoked(function () {})" },
    { "revoked array", "revoked([])" },
    { "date", "new Date(1e12)" },
    { "invalid date", "new Date(NaN)" },
    { "regexp", "/x/g" },
    { "error", "new TypeError('t')" },
    { "AggregateError", "new AggregateError([1], 'a')" },
    { "DOMException", "new DOMException('m', 'DataCloneError')" },
    { "map", "new Map([[1, 2]])" },
    { "set", "new Set([1])" },
    { "weak map", "new WeakMap" },
    { "weak set", "new WeakSet" },
    { "weak ref", "new WeakRef({})" },
    { "finalization registry", "new FinalizationRegistry(() => {})" },
    { "promise", "Promise.resolve(3)" },
    { "rejected promise", "rejected(4)" },
    { "pending promise", "new Promise(() => {})" },
    { "subclassed promise", "(class P extends Promise {}).resolve(5)" },
    { "buffer", "new ArrayBuffer(8)" },
    { "empty buffer", "new ArrayBuffer(0)" },
    { "resizable buffer", "new ArrayBuffer(8, { maxByteLength: 16 })" },
    { "detached buffer", "detach(new ArrayBuffer(8))" },
    { "immutable buffer", "immutable(new ArrayBuffer(8))" },
    { "shared buffer", "new SharedArrayBuffer(8)" },
    { "Uint8Array", "new Uint8Array(4)" },
    { "Uint8ClampedArray", "new Uint8ClampedArray(4)" },
    { "Int8Array", "new Int8Array(4)" },
    { "Uint16Array", "new Uint16Array(new ArrayBuffer(8), 2, 2)" },
    { "Int16Array", "new Int16Array(4)" },
    { "Int32Array", "new Int32Array(4)" },
    { "Uint32Array", "new Uint32Array(4)" },
    { "BigInt64Array", "new BigInt64Array(2)" },
    { "BigUint64Array", "new BigUint64Array(2)" },
    { "Float16Array", "new Float16Array(2)" },
    { "Float32Array", "new Float32Array(2)" },
    { "Float64Array", "new Float64Array(2)" },
    { "Uint8Array of detached", "detachedView(new Uint8Array(4))" },
    { "Uint8Array out of bounds", "outOfBounds(b => new Uint8Array(b, 8))" },
    { "Uint8Array tracking", "new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }), 2)" },
    { "Uint8Array of shared", "new Uint8Array(new SharedArrayBuffer(8), 1, 3)" },
    { "data view", "new DataView(new ArrayBuffer(8), 2)" },
    { "data view of detached", "detachedView(new DataView(new ArrayBuffer(8)))" },
    { "Number object", "new Number(3)" },
    { "String object", "new String('abc')" },
    { "Boolean object", "new Boolean(false)" },
    { "Symbol object", "Object(Symbol('o'))" },
    { "BigInt object", "Object(6n)" },
    { "frozen", "Object.freeze({ a: 1 })" },
    { "sealed", "Object.seal({ a: 1 })" },
    { "non-extensible", "Object.preventExtensions({ a: 1 })" },
    { "frozen array", "Object.freeze([1, 2])" },
    { "valueOf 9", "({ valueOf() { log('valueOf'); return 9 }, toString() { log('toString'); return 's' } })" },
    { "valueOf 9n", "({ valueOf() { log('valueOf'); return 9n } })" },
    { "toPrimitive", "({ [Symbol.toPrimitive](hint) { log('prim:' + hint); return '11' } })" },
    { "toPrimitive object", "({ [Symbol.toPrimitive]() { return {} } })" },
    { "toPrimitive 1", "({ [Symbol.toPrimitive]: 1 })" },
    { "throwing valueOf", "({ valueOf() { log('valueOf'); throw 'v' }, toString() { log('toString'); throw 't' } })" },
    { "throwing getter", "({ get valueOf() { throw 'gv' }, get toString() { throw 'gt' } })" },
    { "toString symbol", "({ toString() { return Symbol() }, valueOf: null })" },
    { "array-like", "({ get length() { log('length'); return '3' }, 0: 1 })" },
    { "length -1", "({ length: -1 })" },
    { "length 2^60", "({ length: 2 ** 60 })" },
    { "length symbol", "({ length: Symbol() })" },
    { "throwing length", "({ get length() { throw 'l' } })" },
    { "toStringTag", "({ get [Symbol.toStringTag]() { log('tag'); return 'Tagged' } })" },
    { "throwing toStringTag", "({ get [Symbol.toStringTag]() { throw 'tag' } })" },
    { "hasInstance", "({ [Symbol.hasInstance](v) { log('hasInstance'); return 1 } })" },
    { "throwing hasInstance", "({ get [Symbol.hasInstance]() { throw 'hi' } })" },
    { "function without prototype", "Object.defineProperty(function () {}, 'prototype', { value: 1 })" },
    { "isArray proxy", "new Proxy([], {})" },
    { "html dda", "dda()" },
    { "plain class", "makePlain()" },
    { "exotic class", "makeExotic()" },
    { "few exotic", "makeFew()" },
    { "map iterator", "new Map().keys()" },
    { "global", "globalThis" },
    { "other global", "otherGlobal" },
    { "other object", "otherObject" },
    { "other array", "otherArray" },
    { "other function", "otherFunction" },
    { "Math", "Math" },
    { "Reflect", "Reflect" },
};

/* What the sources use. */
static const char prelude[] =
    "globalThis.quiet = false;"
    "function traced(target) { return new Proxy(target, new Proxy({}, { get(t, trap) { return (...a) => {"
    "  log(trap + (typeof a[1] === 'string' || typeof a[1] === 'symbol' ? ':' + String(a[1]) : ''));"
    "  return Reflect[trap](...a); } } })) }"
    "function throwing(target) { return new Proxy(target, new Proxy({}, { get(t, trap) { throw 'trap ' + trap } })) }"
    "function answering(target, answer) { return new Proxy(target, new Proxy({}, { get(t, trap) {"
    "  return () => { log(trap); return answer } } })) }"
    "function revoked(target) { const { proxy, revoke } = Proxy.revocable(target, {}); revoke(); return proxy }"
    "function rejected(v) { const p = Promise.reject(v); p.catch(() => {}); return p }"
    "function detachedView(view) { detach(view.buffer); return view }"
    "function outOfBounds(make) { const b = new ArrayBuffer(16, { maxByteLength: 16 }), v = make(b); b.resize(4); return v }";

static JSValue make(int i)
{
    JSValue v = eval(kinds[i].source);

    trail_len = 0;
    return v;
}

static JSValue make_named(const char *name)
{
    int i;

    for (i = 0; i < COUNT(kinds); i++) {
        if (!strcmp(kinds[i].name, name))
            return make(i);
    }
    printf("no kind %s\n", name);
    return JS_UNDEFINED;
}

static void set_function(JSContext *c, const char *name, JSCFunction *f, int length)
{
    set_global(c, name, JS_NewCFunction(c, f, name, length));
}

static void new_class(JSClassID *id, const char *name, JSClassExoticMethods *exotic)
{
    JSClassDef def = { name, plain_finalizer, NULL, NULL, exotic };

    JS_NewClassID(rt, id);
    JS_NewClass(rt, *id, &def);
    JS_SetClassProto(ctx, *id, JS_NewObject(ctx));
}

static void start(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    rt = JS_NewRuntime();
    JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
    ctx = JS_NewContext(rt);
    other = JS_NewContext(rt);
    find_count();
    new_class(&plain_id, "Plain", NULL);
    new_class(&exotic_id, "Exotic", &exotic_all);
    new_class(&few_id, "Few", &exotic_few);
    set_function(ctx, "log", js_log, 1);
    set_function(other, "log", js_log, 1);
    set_function(ctx, "detach", js_detach, 1);
    set_function(ctx, "immutable", js_immutable, 1);
    set_function(ctx, "dda", js_dda, 0);
    set_function(ctx, "makePlain", make_plain, 0);
    set_function(ctx, "makeExotic", make_exotic, 0);
    set_function(ctx, "makeFew", make_few, 0);
    JS_FreeValue(ctx, eval(prelude));
    set_global(ctx, "otherGlobal", JS_GetGlobalObject(other));
    set_global(ctx, "otherObject", eval_in(other, "({ a: 1 })"));
    set_global(ctx, "otherArray", eval_in(other, "[1, 2]"));
    set_global(ctx, "otherFunction", eval_in(other, "(function () { return globalThis })"));
    run("delete globalThis.performance; delete otherGlobal.performance"); /* it tells the time */
}

/* Ends; a leak (of the program's, or of the library's) aborts. */
static void end(void)
{
    JSValue global = JS_GetGlobalObject(ctx);
    static const char *const names[] = { "otherGlobal", "otherObject", "otherArray", "otherFunction" };
    int i;

    for (i = 0; i < COUNT(names); i++) {
        JSAtom atom = JS_NewAtom(ctx, names[i]);

        JS_DeleteProperty(ctx, global, atom, 0);
        JS_FreeAtom(ctx, atom);
    }
    JS_FreeValue(ctx, global);
    JS_FreeContext(other);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    printf("end\n");
}

#endif /* TRANSCRIPT_H */
