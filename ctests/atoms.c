/* Atoms: interned property keys, which are strings, integers or symbols. */
#include "check.h"

static void strings(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSAtom a = JS_NewAtom(ctx, "some key"), b = JS_NewAtomLen(ctx, "some key and more", 8), c;
    const char *s;
    size_t len;

    CHECK(a != JS_ATOM_NULL);
    CHECK_INT(a, b);
    c = JS_NewAtom(ctx, "another key");
    CHECK(c != a);
    CHECK_INT(JS_DupAtom(ctx, a), a);
    CHECK_INT(JS_DupAtomRT(rt, a), a);
    JS_FreeAtom(ctx, a);
    JS_FreeAtomRT(rt, a);
    s = JS_AtomToCString(ctx, a);
    CHECK_STR(s, "some key");
    JS_FreeCString(ctx, s);
    CHECK_VAL(ctx, JS_AtomToString(ctx, a), "some key");
    CHECK_VAL(ctx, JS_AtomToValue(ctx, c), "another key");
    JS_FreeAtoms(ctx, a, b, c);

    a = JS_NewAtomLen(ctx, "a\0b", 3);
    s = JS_AtomToCStringLen(ctx, &len, a);
    CHECK_INT(len, 3);
    CHECK(!memcmp(s, "a\0b", 4));
    JS_FreeCString(ctx, s);
    JS_FreeAtomsRT(rt, a);

    a = JS_NewAtom(ctx, "");
    CHECK_VAL(ctx, JS_AtomToString(ctx, a), "");
    JS_FreeAtom(ctx, a);
    a = JS_NewAtom(ctx, "\xe2\x82\xac\xf0\x9f\x98\x80");
    s = JS_AtomToCString(ctx, a);
    CHECK_STR(s, "\xe2\x82\xac\xf0\x9f\x98\x80");
    JS_FreeCString(ctx, s);
    JS_FreeAtom(ctx, a);
    JS_FreeAtom(ctx, JS_ATOM_NULL);
}

/* Canonical integers are one atom, however they are written. */
static void integers(JSContext *ctx)
{
    static const uint32_t numbers[] = { 0, 1, 42, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
    size_t i;
    JSAtom a, b, c;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[20];

        snprintf(text, sizeof(text), "%u", numbers[i]);
        a = JS_NewAtomUInt32(ctx, numbers[i]);
        b = JS_NewAtom(ctx, text);
        c = JS_ValueToAtom(ctx, JS_NewUint32(ctx, numbers[i]));
        CHECK_INT(a, b);
        CHECK_INT(a, c);
        CHECK_VAL(ctx, JS_AtomToString(ctx, a), text);
        JS_FreeAtoms(ctx, a, b, c);
    }
    a = JS_NewAtom(ctx, "01");
    b = JS_NewAtomUInt32(ctx, 1);
    CHECK(a != b);
    JS_FreeAtoms(ctx, a, b);
    a = JS_NewAtom(ctx, "-1");
    b = JS_ValueToAtom(ctx, JS_NewInt32(ctx, -1));
    CHECK_INT(a, b);
    JS_FreeAtoms(ctx, a, b);
    a = JS_ValueToAtom(ctx, JS_NewFloat64(ctx, -0.0));
    b = JS_NewAtomUInt32(ctx, 0);
    CHECK_INT(a, b);
    JS_FreeAtoms(ctx, a, b);
}

static void symbols(JSContext *ctx)
{
    JSValue s = JS_NewSymbol(ctx, "mine", false), t = JS_NewSymbol(ctx, "mine", false), v;
    JSValue g = JS_NewSymbol(ctx, "shared", true), obj;
    JSAtom a = JS_ValueToAtom(ctx, s), b = JS_ValueToAtom(ctx, t);

    CHECK(a != b);
    CHECK(JS_IsSymbol(s));
    v = JS_AtomToValue(ctx, a);
    CHECK(JS_IsStrictEqual(ctx, v, s));
    JS_FreeValue(ctx, v);
    set_global(ctx, "g", g);
    CHECK_EVAL(ctx, "g === Symbol.for('shared') && Symbol.keyFor(g)", "shared");
    set_global(ctx, "s", JS_DupValue(ctx, s));
    CHECK_EVAL(ctx, "s.description + Symbol.keyFor(s)", "mineundefined");
    obj = JS_NewObject(ctx);
    CHECK_INT(JS_SetProperty(ctx, obj, a, JS_NewInt32(ctx, 1)), 1);
    CHECK_INT(JS_SetProperty(ctx, obj, b, JS_NewInt32(ctx, 2)), 1);
    CHECK_VAL(ctx, JS_GetProperty(ctx, obj, a), "1");
    CHECK_VAL(ctx, JS_GetProperty(ctx, obj, b), "2");
    /* a symbol in use as a key lives on without its value */
    JS_FreeValues(ctx, s, t);
    JS_FreeAtoms(ctx, a, b);
    set_global(ctx, "obj", obj);
    set_global(ctx, "s", JS_UNDEFINED);
    CHECK_EVAL(ctx, "Object.getOwnPropertySymbols(obj).map(s => s.description + obj[s]).join()", "mine1,mine2");
}

/* Atoms come and go by the thousand. */
static void many(JSContext *ctx)
{
    JSAtom atoms[5000];
    char text[30];
    int i, round;

    for (round = 0; round < 3; round++) {
        for (i = 0; i < 5000; i++) {
            snprintf(text, sizeof(text), "key %d %d", round, i);
            atoms[i] = JS_NewAtom(ctx, text);
            CHECK(atoms[i] != JS_ATOM_NULL);
        }
        for (i = 0; i < 5000; i++) {
            JSAtom again;

            snprintf(text, sizeof(text), "key %d %d", round, i);
            again = JS_NewAtom(ctx, text);
            CHECK_INT(again, atoms[i]);
            JS_FreeAtom(ctx, again);
        }
        for (i = 0; i < 5000; i++)
            JS_FreeAtom(ctx, atoms[i]);
    }
}

static void from_values(JSContext *ctx)
{
    JSValue v = eval(ctx, "({ toString() { return 'the key' } })");
    JSAtom a = JS_ValueToAtom(ctx, v);

    CHECK_VAL(ctx, JS_AtomToString(ctx, a), "the key");
    JS_FreeAtom(ctx, a);
    JS_FreeValue(ctx, v);
    v = eval(ctx, "({ toString() { throw 'no key' } })");
    CHECK_INT(JS_ValueToAtom(ctx, v), JS_ATOM_NULL);
    CHECK_VAL(ctx, JS_GetException(ctx), "no key");
    JS_FreeValue(ctx, v);
}

/* The numbers that bindings of other languages take from QuickJS-NG's private headers. They are the runtime's own,
   however often they are freed. */
static void predefined(JSContext *ctx)
{
    enum { A_null = 1, A_length = 51, A_toString = 59, A_Private_brand = 226, A_Symbol_iterator = 228, A_end = 242 };
    JSValue a = eval(ctx, "['x', 'y']"), symbol;
    JSAtom own;
    int i;

    for (i = 0; i < 3; i++) {
        CHECK_VAL(ctx, JS_GetProperty(ctx, a, A_length), "2");
        CHECK_VAL(ctx, JS_Invoke(ctx, a, A_toString, 0, NULL), "x,y");
        CHECK_VAL(ctx, JS_AtomToString(ctx, A_null), "null");
        JS_FreeAtom(ctx, A_length);
        JS_FreeAtomRT(JS_GetRuntime(ctx), A_Symbol_iterator);
        CHECK_INT(JS_DupAtom(ctx, A_length), A_length);
    }
    CHECK_INT(JS_HasProperty(ctx, a, A_Symbol_iterator), 1);
    CHECK_VAL(ctx, JS_AtomToString(ctx, A_Symbol_iterator), "Symbol.iterator");
    for (i = 1; i < A_end; i++)
        CHECK(JS_HasProperty(ctx, a, (JSAtom)i) >= 0);
    /* They are what the library hands out, whoever asked first. */
    own = JS_NewAtom(ctx, "length");
    CHECK_INT(own, A_length);
    CHECK_VAL(ctx, JS_GetProperty(ctx, a, own), "2");
    JS_FreeAtom(ctx, own);
    JS_FreeAtom(ctx, own);
    CHECK_INT(JS_NewAtomLen(ctx, "null", 4), A_null);
    symbol = eval(ctx, "Symbol.iterator");
    own = JS_ValueToAtom(ctx, symbol);
    JS_FreeValue(ctx, symbol);
    CHECK_INT(own, A_Symbol_iterator);
    JS_FreeAtom(ctx, own);
    for (i = 1; i < A_Private_brand; i++) {
        const char *s = JS_AtomToCString(ctx, (JSAtom)i);

        CHECK_INT(JS_NewAtom(ctx, s), i);
        JS_FreeCString(ctx, s);
    }
    CHECK_VAL(ctx, JS_AtomToString(ctx, A_Private_brand), "<brand>");
    JS_FreeValue(ctx, a);
}

int main(void)
{
    JSContext *ctx = new_context();

    strings(ctx);
    integers(ctx);
    symbols(ctx);
    many(ctx);
    from_values(ctx);
    predefined(ctx);
    free_context(ctx);
    return 0;
}
