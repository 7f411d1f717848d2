/*
 * The engine remembers, by shape and atom, where a property lies that C has read or written. Each step here would read a
 * wrong place, a dead one, or past a handler if something remembered outlived what it was true of.
 */
#include "check.h"

/* Reads `name` often enough to be remembered, by atom and by text, and compares. */
#define SAME(ctx, obj, name, want) same(__LINE__, ctx, obj, name, want)

static void same(int line, JSContext *ctx, JSValueConst obj, const char *name, const char *want)
{
    JSAtom atom = JS_NewAtom(ctx, name);

    for (int i = 0; i < 3; i++) {
        check_val(__FILE__, line, ctx, JS_GetProperty(ctx, obj, atom), want);
        check_val(__FILE__, line, ctx, JS_GetPropertyStr(ctx, obj, name), want);
    }
    JS_FreeAtom(ctx, atom);
}

/* Own properties: of objects of one shape and of others, deleted, redefined, frozen. */
static void own(JSContext *ctx)
{
    JSValue a = eval(ctx, "globalThis.make = (x, y) => { var o = {}; o.x = x; o.y = y; return o; }; make(1, 2)");
    JSValue b = eval(ctx, "make(3, 4)"), swapped = eval(ctx, "var s = {}; s.y = 5; s.x = 6; s");
    JSAtom x = JS_NewAtom(ctx, "x");

    SAME(ctx, a, "x", "1");
    SAME(ctx, b, "x", "3");
    SAME(ctx, swapped, "x", "6");
    SAME(ctx, swapped, "y", "5");
    /* Another type in the same slot. */
    CHECK_INT(JS_SetProperty(ctx, a, x, JS_NewString(ctx, "text")), 1);
    SAME(ctx, a, "x", "text");
    CHECK_INT(JS_SetPropertyStr(ctx, a, "x", JS_NewFloat64(ctx, 1.5)), 1);
    SAME(ctx, a, "x", "1.5");
    SAME(ctx, b, "x", "3");

    CHECK_INT(JS_DeleteProperty(ctx, a, x, 0), 1);
    SAME(ctx, a, "x", "undefined");
    SAME(ctx, a, "y", "2");
    CHECK_INT(JS_SetProperty(ctx, a, x, JS_NewInt32(ctx, 7)), 1);
    SAME(ctx, a, "x", "7");
    /* Once more, for now its shape is its own and changes in place. */
    CHECK_INT(JS_DeleteProperty(ctx, a, x, 0), 1);
    SAME(ctx, a, "x", "undefined");
    CHECK_INT(JS_SetProperty(ctx, a, x, JS_NewInt32(ctx, 8)), 1);
    SAME(ctx, a, "x", "8");

    /* Frozen: a write that was remembered must fail. */
    CHECK_INT(JS_SetProperty(ctx, b, x, JS_NewInt32(ctx, 8)), 1);
    CHECK_INT(JS_FreezeObject(ctx, b), 1);
    CHECK_INT(JS_SetProperty(ctx, b, x, JS_NewInt32(ctx, 9)), -1);
    CHECK_ERROR(ctx, "TypeError");
    SAME(ctx, b, "x", "8");
    /* Read only, read first: reading remembers, writing must not believe it. */
    JS_FreeValue(ctx, b);
    b = eval(ctx, "Object.defineProperty({}, 'x', {value: 1})");
    SAME(ctx, b, "x", "1");
    CHECK_INT(JS_SetProperty(ctx, b, x, JS_NewInt32(ctx, 9)), -1);
    CHECK_ERROR(ctx, "TypeError");

    /* A data property that becomes an accessor, and back. */
    CHECK_INT(JS_SetProperty(ctx, swapped, x, JS_NewInt32(ctx, 1)), 1);
    set_global(ctx, "t", JS_DupValue(ctx, swapped));
    CHECK_EVAL(ctx, "Object.defineProperty(t, 'x', {get() { return 'got'; }, set(v) { this.y = v; }}); 1", "1");
    SAME(ctx, swapped, "x", "got");
    CHECK_INT(JS_SetProperty(ctx, swapped, x, JS_NewInt32(ctx, 70)), 1);
    SAME(ctx, swapped, "y", "70");
    SAME(ctx, swapped, "x", "got");
    CHECK_EVAL(ctx, "Object.defineProperty(t, 'x', {value: 'data', writable: true}); 1", "1");
    SAME(ctx, swapped, "x", "data");
    JS_FreeAtom(ctx, x);
    JS_FreeValues(ctx, a, b, swapped);
}

/* Many properties of one object, whose atoms meet in any table. */
static void many(JSContext *ctx)
{
    enum { N = 240 };
    JSValue o = JS_NewObject(ctx);
    JSAtom atoms[N];

    for (int i = 0; i < N; i++) {
        char name[16];

        snprintf(name, sizeof(name), "many%d", i);
        atoms[i] = JS_NewAtom(ctx, name);
        CHECK_INT(JS_SetProperty(ctx, o, atoms[i], JS_NewInt32(ctx, i)), 1);
    }
    for (int i = 0; i < N; i++) {
        for (int j = i % 16; j < N; j += 16) {
            CHECK_INT(JS_VALUE_GET_INT(JS_GetProperty(ctx, o, atoms[j])), j);
            CHECK_INT(JS_SetProperty(ctx, o, atoms[j], JS_NewInt32(ctx, j)), 1);
        }
    }
    for (int i = 0; i < N; i++)
        JS_FreeAtom(ctx, atoms[i]);
    JS_FreeValue(ctx, o);
}

/* Prototypes: what they gain, lose and change; other prototypes; what shadows them. */
static void inherited(JSContext *ctx)
{
    JSValue o = eval(ctx, "class A { m() { return 1; } }; class B extends A {}; globalThis.A = A; globalThis.B = B;"
        "A.prototype.v = 'a'; globalThis.o = new B; o");
    JSValue p = eval(ctx, "new B"), q;
    JSAtom v = JS_NewAtom(ctx, "v");

    SAME(ctx, o, "v", "a");
    /* The value changes where it is. */
    CHECK_EVAL(ctx, "A.prototype.v = 'b'", "b");
    SAME(ctx, o, "v", "b");
    /* A nearer one appears, and goes. */
    CHECK_EVAL(ctx, "B.prototype.v = 'near'", "near");
    SAME(ctx, o, "v", "near");
    CHECK_EVAL(ctx, "delete B.prototype.v", "true");
    SAME(ctx, o, "v", "b");
    /* An own one of one of two objects of one shape; by C and by a script. */
    CHECK_INT(JS_SetProperty(ctx, o, v, JS_NewString(ctx, "own")), 1);
    SAME(ctx, o, "v", "own");
    SAME(ctx, p, "v", "b");
    CHECK_INT(JS_DeleteProperty(ctx, o, v, 0), 1);
    SAME(ctx, o, "v", "b");
    /* It becomes an accessor, then nothing. */
    CHECK_EVAL(ctx, "Object.defineProperty(A.prototype, 'v', {get() { return this === o ? 'o' : 'p'; }, configurable: true}); 1",
        "1");
    SAME(ctx, o, "v", "o");
    SAME(ctx, p, "v", "p");
    CHECK_EVAL(ctx, "delete A.prototype.v", "true");
    SAME(ctx, p, "v", "undefined");
    /* The chain is cut in the middle, and at its beginning. */
    CHECK_EVAL(ctx, "A.prototype.v = 'again'", "again");
    SAME(ctx, p, "v", "again");
    CHECK_EVAL(ctx, "Object.setPrototypeOf(B.prototype, {v: 'other'}); 1", "1");
    SAME(ctx, p, "v", "other");
    q = eval(ctx, "Object.create({v: 'created'})");
    CHECK_INT(JS_SetPrototype(ctx, p, q), 1);
    SAME(ctx, p, "v", "created");
    /* A proxy as prototype. */
    CHECK_EVAL(ctx, "Object.setPrototypeOf(B.prototype, new Proxy({}, {get(t, k) { return 'trap ' + String(k); }})); 1", "1");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "new B");
    SAME(ctx, o, "v", "trap v");
    JS_FreeAtom(ctx, v);
    JS_FreeValues(ctx, o, p, q);
}

/* Shapes that die, whose addresses other shapes then get; atoms that die, whose numbers are given anew. */
static void reuse(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    const int n = light() ? 300 : 3000;

    for (int i = 0; i < n; i++) {
        JSValue o = JS_NewObject(ctx);
        char one[16], two[16];
        JSAtom a, b;

        snprintf(one, sizeof(one), "k%d", i);
        snprintf(two, sizeof(two), "l%d", i);
        a = JS_NewAtom(ctx, one);
        b = JS_NewAtom(ctx, two);
        /* Odd rounds the other way about: the same atoms' numbers and shapes' addresses, other slots. */
        CHECK_INT(JS_SetProperty(ctx, o, i & 1 ? a : b, JS_NewInt32(ctx, i)), 1);
        CHECK_INT(JS_SetProperty(ctx, o, i & 1 ? b : a, JS_NewInt32(ctx, -i)), 1);
        for (int j = 0; j < 2; j++) {
            JSValue v = JS_GetProperty(ctx, o, a);

            CHECK_INT(JS_VALUE_GET_INT(v), i & 1 ? i : -i);
            v = JS_GetPropertyStr(ctx, o, two);
            CHECK_INT(JS_VALUE_GET_INT(v), i & 1 ? -i : i);
        }
        JS_FreeAtom(ctx, a);
        JS_FreeAtom(ctx, b);
        JS_FreeValue(ctx, o);
        if (i % 100 == 0)
            JS_RunGC(rt);
    }
    /* Shapes in cycles, which the collector frees. */
    for (int i = 0; i < n / 10; i++) {
        JSValue o = eval(ctx, "(function () { class C { f() { return 'f'; } }; C.prototype.p = 'p'; var o = new C; o.self = o;"
            " o.own = 'own'; return o; })()");

        SAME(ctx, o, "p", "p");
        SAME(ctx, o, "own", "own");
        JS_FreeValue(ctx, o);
        if (i % 7 == 0)
            JS_RunGC(rt);
    }
}

/* An object that was a plain one's shape mate, but has handlers. */
static JSClassID exotic_class;

static int exotic_own(JSContext *ctx, JSPropertyDescriptor *desc, JSValueConst obj, JSAtom prop)
{
    if (desc) {
        desc->flags = JS_PROP_C_W_E;
        desc->value = JS_NewString(ctx, "handler");
        desc->getter = JS_UNDEFINED;
        desc->setter = JS_UNDEFINED;
    }
    return 1;
}

static JSClassExoticMethods exotic_methods = { .get_own_property = exotic_own };
static const JSClassDef exotic_def = { "Exotic", .exotic = &exotic_methods };

static void handlers(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue proto = eval(ctx, "({inherited: 'plain'})"), plain, exotic, f, arrow;

    JS_NewClassID(rt, &exotic_class);
    CHECK_INT(JS_NewClass(rt, exotic_class, &exotic_def), 0);
    plain = JS_NewObjectProto(ctx, proto);
    exotic = JS_NewObjectProtoClass(ctx, proto, exotic_class);
    SAME(ctx, plain, "inherited", "plain");
    SAME(ctx, exotic, "inherited", "handler");
    SAME(ctx, plain, "inherited", "plain");
    JS_FreeValues(ctx, plain, exotic, proto);

    /* Functions of one shape, some of which will have an own property that is not made yet. */
    CHECK_EVAL(ctx, "Function.prototype.prototype = 'inherited'", "inherited");
    arrow = eval(ctx, "() => 1");
    f = eval(ctx, "(function () {})");
    SAME(ctx, arrow, "prototype", "inherited");
    SAME(ctx, f, "prototype", "[object Object]");
    SAME(ctx, arrow, "prototype", "inherited");
    CHECK_EVAL(ctx, "delete Function.prototype.prototype", "true");
    JS_FreeValues(ctx, arrow, f);

    /* Arrays: the length lies elsewhere. */
    f = eval(ctx, "[1, 2, 3]");
    SAME(ctx, f, "length", "3");
    CHECK_INT(JS_SetPropertyUint32(ctx, f, 3, JS_NewInt32(ctx, 4)), 1);
    SAME(ctx, f, "length", "4");
    CHECK_INT(JS_SetPropertyStr(ctx, f, "length", JS_NewInt32(ctx, 1)), 1);
    SAME(ctx, f, "length", "1");
    CHECK_VAL(ctx, JS_GetPropertyUint32(ctx, f, 0), "1");
    CHECK_VAL(ctx, JS_GetPropertyUint32(ctx, f, 1), "undefined");
    CHECK_VAL(ctx, JS_GetPropertyInt64(ctx, f, -1), "undefined");
    CHECK_INT(JS_SetPropertyInt64(ctx, f, -1, JS_NewInt32(ctx, 5)), 1);
    CHECK_VAL(ctx, JS_GetPropertyInt64(ctx, f, -1), "5");
    CHECK_INT(JS_FreezeObject(ctx, f), 1);
    CHECK_INT(JS_SetPropertyUint32(ctx, f, 0, JS_NewInt32(ctx, 6)), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_SetPropertyUint32(ctx, f, 1, JS_NewInt32(ctx, 6)), -1);
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, f);
}

/* A getter that deletes what it is called by: nobody else has the atom of the name. */
static void vanishing(JSContext *ctx)
{
    for (int i = 0; i < 20; i++) {
        char source[200], name[20];
        JSValue o;

        snprintf(name, sizeof(name), "gone%d", i);
        snprintf(source, sizeof(source), "({get %s() { delete this.%s; return 'was here'; }})", name, name);
        o = eval(ctx, source);
        CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, name), "was here");
        CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, name), "undefined");
        JS_FreeValue(ctx, o);
    }
}

/* Realms share the runtime's memory; runtimes share nothing. */
static void realms(JSContext *ctx)
{
    JSContext *other = JS_NewContext(JS_GetRuntime(ctx)), *foreign = new_context();
    JSValue a = eval(ctx, "({x: 'a'})"), b = eval(other, "({y: 1, x: 'b'})"), c = eval(foreign, "({y: 1, z: 2, x: 'c'})");

    for (int i = 0; i < 3; i++) {
        SAME(ctx, a, "x", "a");
        SAME(other, b, "x", "b");
        SAME(foreign, c, "x", "c");
        SAME(ctx, b, "x", "b");
        SAME(other, a, "x", "a");
        SAME(ctx, a, "toString", "function toString() {\n    [native code]\n}");
    }
    CHECK_EVAL(other, "Object.prototype.extra = 'other'", "other");
    SAME(ctx, a, "extra", "undefined");
    SAME(ctx, b, "extra", "other");
    JS_FreeValue(foreign, c);
    free_context(foreign);
    JS_FreeValue(ctx, b);
    JS_FreeContext(other);
    SAME(ctx, a, "x", "a");
    JS_FreeValue(ctx, a);
}

int main(void)
{
    JSContext *ctx = new_context();

    own(ctx);
    many(ctx);
    inherited(ctx);
    reuse(ctx);
    handlers(ctx);
    vanishing(ctx);
    realms(ctx);
    free_context(ctx);
    return 0;
}
