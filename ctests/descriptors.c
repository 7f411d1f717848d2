/* Property descriptors and enumeration. */
#include "check.h"

/* Flags of `o`'s own property as letters, for comparing. */
static const char *attributes(JSContext *ctx, JSValueConst o, const char *name)
{
    static char text[20];
    JSPropertyDescriptor desc;
    JSAtom prop = JS_NewAtom(ctx, name);
    int found = JS_GetOwnProperty(ctx, &desc, o, prop);
    char *p = text;

    JS_FreeAtom(ctx, prop);
    CHECK(found >= 0);
    if (!found)
        return "none";
    if (desc.flags & JS_PROP_CONFIGURABLE) *p++ = 'c';
    if (desc.flags & JS_PROP_WRITABLE) *p++ = 'w';
    if (desc.flags & JS_PROP_ENUMERABLE) *p++ = 'e';
    if (desc.flags & JS_PROP_GETSET) {
        *p++ = ' ';
        *p++ = JS_IsFunction(ctx, desc.getter) ? 'g' : '-';
        *p++ = JS_IsFunction(ctx, desc.setter) ? 's' : '-';
        CHECK(JS_IsUndefined(desc.value));
    } else {
        CHECK(JS_IsUndefined(desc.getter) && JS_IsUndefined(desc.setter));
    }
    *p = 0;
    JS_FreeValues(ctx, desc.value, desc.getter, desc.setter);
    return text;
}

static void defining(JSContext *ctx)
{
    JSValue o = eval(ctx, "var o = {}; o"), f = eval(ctx, "(function() { return 'got' })"), g;
    JSAtom a = JS_NewAtom(ctx, "a");

    CHECK_INT(JS_DefinePropertyValue(ctx, o, a, JS_NewInt32(ctx, 1), JS_PROP_C_W_E), 1);
    CHECK_STR(attributes(ctx, o, "a"), "cwe");
    CHECK_INT(JS_DefinePropertyValueStr(ctx, o, "b", JS_NewInt32(ctx, 2), JS_PROP_ENUMERABLE), 1);
    CHECK_STR(attributes(ctx, o, "b"), "e");
    CHECK_INT(JS_DefinePropertyValueUint32(ctx, o, 5, JS_NewInt32(ctx, 3), 0), 1);
    CHECK_STR(attributes(ctx, o, "5"), "");
    CHECK_STR(attributes(ctx, o, "c"), "none");
    CHECK_EVAL(ctx, "Object.keys(o).join()", "a,b");

    /* what may not be redefined: false, or an exception where asked for */
    CHECK_INT(JS_DefinePropertyValueStr(ctx, o, "b", JS_NewInt32(ctx, 3), 0), 0);
    CHECK_INT(JS_DefinePropertyValueStr(ctx, o, "b", JS_NewInt32(ctx, 3), JS_PROP_THROW), -1);
    CHECK_ERROR(ctx, "TypeError");

    /* only the fields present change */
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED, JS_PROP_HAS_ENUMERABLE), 1);
    CHECK_STR(attributes(ctx, o, "a"), "cw");
    CHECK_EVAL(ctx, "o.a", "1");
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_NewInt32(ctx, 9), JS_UNDEFINED, JS_UNDEFINED,
                                JS_PROP_HAS_VALUE | JS_PROP_HAS_WRITABLE), 1);
    CHECK_STR(attributes(ctx, o, "a"), "c");
    CHECK_EVAL(ctx, "o.a", "9");
    /* into an accessor and back */
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_UNDEFINED, f, JS_UNDEFINED, JS_PROP_HAS_GET), 1);
    CHECK_STR(attributes(ctx, o, "a"), "c g-");
    CHECK_EVAL(ctx, "o.a", "got");
    CHECK_INT(JS_DefineProperty(ctx, o, a, JS_UNDEFINED, JS_UNDEFINED, f, JS_PROP_HAS_SET), 1);
    CHECK_STR(attributes(ctx, o, "a"), "c gs");
    CHECK_INT(JS_DefinePropertyValue(ctx, o, a, JS_NewInt32(ctx, 4), JS_PROP_C_W_E), 1);
    CHECK_STR(attributes(ctx, o, "a"), "cwe");
    JS_FreeAtom(ctx, a);

    a = JS_NewAtom(ctx, "acc");
    g = JS_DupValue(ctx, f);
    CHECK_INT(JS_DefinePropertyGetSet(ctx, o, a, g, JS_UNDEFINED, JS_PROP_CONFIGURABLE), 1);
    CHECK_STR(attributes(ctx, o, "acc"), "c g-");
    CHECK_EVAL(ctx, "o.acc", "got");
    JS_FreeAtom(ctx, a);

    CHECK_EVAL(ctx, "Object.freeze(o); 0", "0");
    CHECK_INT(JS_DefinePropertyValueStr(ctx, o, "new", JS_NewInt32(ctx, 3), JS_PROP_C_W_E), 0);
    CHECK_INT(JS_DefinePropertyValueStr(ctx, o, "new", JS_NewInt32(ctx, 3), JS_PROP_C_W_E | JS_PROP_THROW), -1);
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValues(ctx, o, f);
}

static void reading(JSContext *ctx)
{
    JSValue o = eval(ctx, "var o = { v: 'value', get g() {}, set s(x) {} }; o"), f;
    JSPropertyDescriptor desc;
    JSAtom v = JS_NewAtom(ctx, "v");

    CHECK_INT(JS_GetOwnProperty(ctx, &desc, o, v), 1);
    CHECK_INT(desc.flags, JS_PROP_C_W_E);
    CHECK_VAL(ctx, desc.value, "value");
    /* without a descriptor: whether it is there */
    CHECK_INT(JS_GetOwnProperty(ctx, NULL, o, v), 1);
    JS_FreeAtom(ctx, v);
    v = JS_NewAtom(ctx, "toString");
    CHECK_INT(JS_GetOwnProperty(ctx, NULL, o, v), 0);
    JS_FreeAtom(ctx, v);
    CHECK_STR(attributes(ctx, o, "g"), "ce g-");
    CHECK_STR(attributes(ctx, o, "s"), "ce -s");
    JS_FreeValue(ctx, o);
    f = eval(ctx, "(function(a, b) {})");
    CHECK_STR(attributes(ctx, f, "length"), "c");
    CHECK_STR(attributes(ctx, f, "name"), "c");
    CHECK_STR(attributes(ctx, f, "prototype"), "w");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "[1, 2]");
    CHECK_STR(attributes(ctx, f, "length"), "w");
    CHECK_STR(attributes(ctx, f, "1"), "cwe");
    CHECK_STR(attributes(ctx, f, "2"), "none");
    JS_FreeValue(ctx, f);
    f = eval(ctx, "new String('ab')");
    CHECK_STR(attributes(ctx, f, "1"), "e");
    JS_FreeValue(ctx, f);
    o = eval(ctx, "new Proxy({}, { getOwnPropertyDescriptor() { throw 'trapped' } })");
    v = JS_NewAtom(ctx, "v");
    CHECK_INT(JS_GetOwnProperty(ctx, &desc, o, v), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "trapped");
    JS_FreeAtom(ctx, v);
    JS_FreeValue(ctx, o);
}

static void check_names(JSContext *ctx, int line, JSValueConst o, int flags, const char *want)
{
    JSPropertyEnum *tab;
    uint32_t len, i;
    char text[200] = "";

    CHECK_INT(JS_GetOwnPropertyNames(ctx, &tab, &len, o, flags), 0);
    for (i = 0; i < len; i++) {
        JSValue v = JS_AtomToValue(ctx, tab[i].atom), d;
        const char *s;

        d = JS_IsSymbol(v) ? JS_GetPropertyStr(ctx, v, "description") : JS_DupValue(ctx, v);
        s = JS_ToCString(ctx, d);
        strcat(text, i ? "," : "");
        strcat(text, s);
        if (flags & JS_GPN_SET_ENUM)
            strcat(text, tab[i].is_enumerable ? "+" : "-");
        JS_FreeCString(ctx, s);
        JS_FreeValues(ctx, v, d);
    }
    check_str(__FILE__, line, "keys", text, want);
    JS_FreePropertyEnum(ctx, tab, len);
}

static void enumerating(JSContext *ctx)
{
    JSValue o = eval(ctx,
        "var o = { b: 1, 10: 2, [Symbol('sym')]: 3, 9: 4, a: 5 };"
        "Object.defineProperty(o, 'hidden', { value: 6 }); Object.defineProperty(o, Symbol('quiet'), { value: 7 }); o");
    JSPropertyEnum *tab;
    uint32_t len;

    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK, "9,10,b,a,hidden");
    check_names(ctx, __LINE__, o, JS_GPN_SYMBOL_MASK, "sym,quiet");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK, "9,10,b,a,hidden,sym,quiet");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY, "9,10,b,a");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_SET_ENUM,
                "9+,10+,b+,a+,hidden-,sym+,quiet-");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "[7, , 8]");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK, "0,2,length");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "({})");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK, "");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "new Proxy({}, { ownKeys() { return ['x', 'y'] } })");
    check_names(ctx, __LINE__, o, JS_GPN_STRING_MASK, "x,y");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "new Proxy({}, { ownKeys() { throw 'no keys' } })");
    CHECK_INT(JS_GetOwnPropertyNames(ctx, &tab, &len, o, JS_GPN_STRING_MASK), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "no keys");
    JS_FreeValue(ctx, o);
}

int main(void)
{
    JSContext *ctx = new_context();

    defining(ctx);
    reading(ctx);
    enumerating(ctx);
    free_context(ctx);
    return 0;
}
