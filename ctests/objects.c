/* Objects: making them, reading and writing properties, prototypes, integrity levels, lengths. */
#include "check.h"

static void making(JSContext *ctx)
{
    JSValue o, proto, values[3];
    JSAtom atoms[2];
    const char *names[2] = { "x", "y" };

    o = JS_NewObject(ctx);
    CHECK(JS_IsObject(o));
    set_global(ctx, "o", o);
    CHECK_EVAL(ctx, "Object.getPrototypeOf(o) === Object.prototype", "true");
    set_global(ctx, "o", JS_NewObjectProto(ctx, JS_NULL));
    CHECK_EVAL(ctx, "Object.getPrototypeOf(o)", "null");
    proto = eval(ctx, "var p = { inherited: 'yes' }; p");
    set_global(ctx, "o", JS_NewObjectProto(ctx, proto));
    CHECK_EVAL(ctx, "o.inherited + Object.keys(o).length", "yes0");
    JS_FreeValue(ctx, proto);

    set_global(ctx, "o", JS_NewArray(ctx));
    CHECK_EVAL(ctx, "Array.isArray(o) && o.length", "0");
    values[0] = JS_NewInt32(ctx, 1);
    values[1] = JS_NewString(ctx, "two");
    values[2] = JS_NewObject(ctx);
    set_global(ctx, "o", JS_NewArrayFrom(ctx, 3, values));
    CHECK_EVAL(ctx, "o.join()", "1,two,[object Object]");
    set_global(ctx, "o", JS_NewArrayFrom(ctx, 0, NULL));
    CHECK_EVAL(ctx, "o.length", "0");

    values[0] = JS_NewString(ctx, "ex");
    values[1] = JS_NewString(ctx, "why");
    atoms[0] = JS_NewAtom(ctx, "x");
    atoms[1] = JS_NewAtomUInt32(ctx, 7);
    set_global(ctx, "o", JS_NewObjectFrom(ctx, 2, atoms, values));
    CHECK_EVAL(ctx, "JSON.stringify(o)", "{\"7\":\"why\",\"x\":\"ex\"}");
    JS_FreeAtoms(ctx, atoms[0], atoms[1]);
    values[0] = JS_NewString(ctx, "ex");
    values[1] = JS_NewString(ctx, "why");
    set_global(ctx, "o", JS_NewObjectFromStr(ctx, 2, names, values));
    CHECK_EVAL(ctx, "JSON.stringify(o)", "{\"x\":\"ex\",\"y\":\"why\"}");

    o = JS_NewDate(ctx, 86400000);
    CHECK(JS_IsDate(o));
    set_global(ctx, "o", o);
    CHECK_EVAL(ctx, "o.toISOString()", "1970-01-02T00:00:00.000Z");
}

static void properties(JSContext *ctx)
{
    JSValue o = eval(ctx, "var o = { a: 1, get g() { return 'got' }, set s(v) { this.seen = v }, 3: 'three' }; o");
    JSAtom a = JS_NewAtom(ctx, "a"), none = JS_NewAtom(ctx, "none");

    CHECK_VAL(ctx, JS_GetProperty(ctx, o, a), "1");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "g"), "got");
    CHECK_VAL(ctx, JS_GetPropertyUint32(ctx, o, 3), "three");
    CHECK_VAL(ctx, JS_GetPropertyInt64(ctx, o, 3), "three");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "3"), "three");
    CHECK_VAL(ctx, JS_GetPropertyInt64(ctx, o, -1), "undefined");
    CHECK(JS_IsUndefined(JS_GetProperty(ctx, o, none)));
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, JS_NewInt32(ctx, 5), "toFixed"), "function toFixed() {\n    [native code]\n}");
    CHECK(JS_IsException(JS_GetPropertyStr(ctx, JS_UNDEFINED, "x")));
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_IsException(JS_GetPropertyUint32(ctx, JS_NULL, 0)));
    JS_FreeValue(ctx, JS_GetException(ctx));

    CHECK_INT(JS_SetProperty(ctx, o, a, JS_NewString(ctx, "new a")), 1);
    CHECK_INT(JS_SetPropertyStr(ctx, o, "s", JS_NewString(ctx, "set")), 1);
    CHECK_INT(JS_SetPropertyStr(ctx, o, "added", JS_NewInt32(ctx, 2)), 1);
    CHECK_INT(JS_SetPropertyUint32(ctx, o, 4294967295u, JS_NewInt32(ctx, 4)), 1);
    CHECK_INT(JS_SetPropertyInt64(ctx, o, INT64_C(1) << 40, JS_NewInt32(ctx, 5)), 1);
    CHECK_INT(JS_SetPropertyInt64(ctx, o, -2, JS_NewInt32(ctx, 6)), 1);
    CHECK_EVAL(ctx, "[o.a, o.seen, o.added, o[4294967295], o[2 ** 40], o[-2]].join()", "new a,set,2,4,5,6");
    /* in C, setting fails with an exception as in strict mode */
    CHECK_INT(JS_SetPropertyStr(ctx, o, "g", JS_NewString(ctx, "lost")), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_SetPropertyStr(ctx, JS_UNDEFINED, "g", JS_NewString(ctx, "lost")), -1);
    JS_FreeValue(ctx, JS_GetException(ctx));

    CHECK_INT(JS_HasProperty(ctx, o, a), 1);
    CHECK_INT(JS_HasProperty(ctx, o, none), 0);
    JS_FreeAtom(ctx, none);
    none = JS_NewAtom(ctx, "toString");
    CHECK_INT(JS_HasProperty(ctx, o, none), 1);
    CHECK_INT(JS_DeleteProperty(ctx, o, a, 0), 1);
    CHECK_INT(JS_HasProperty(ctx, o, a), 0);
    CHECK_INT(JS_DeleteProperty(ctx, o, a, 0), 1);
    CHECK_EVAL(ctx, "Object.defineProperty(o, 'a', { value: 1 }); 0", "0");
    CHECK_INT(JS_DeleteProperty(ctx, o, a, 0), 0);
    CHECK_INT(JS_DeleteProperty(ctx, o, a, JS_PROP_THROW), -1);
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeAtoms(ctx, a, none);
    JS_FreeValue(ctx, o);

    o = eval(ctx, "({ get g() { throw 'from the getter' }, set g(v) { throw 'from the setter' } })");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "g"), "throws from the getter");
    CHECK_INT(JS_SetPropertyStr(ctx, o, "g", JS_NewString(ctx, "lost")), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "from the setter");
    JS_FreeValue(ctx, o);
}

static void arrays(JSContext *ctx)
{
    JSValue a = JS_NewArray(ctx);
    int64_t len;
    uint32_t i;

    for (i = 0; i < 1000; i++)
        CHECK_INT(JS_SetPropertyUint32(ctx, a, i, JS_NewInt32(ctx, i)), 1);
    CHECK_INT(JS_GetLength(ctx, a, &len), 0);
    CHECK_INT(len, 1000);
    CHECK_INT(JS_SetLength(ctx, a, 10), 1);
    CHECK_VAL(ctx, JS_DupValue(ctx, a), "0,1,2,3,4,5,6,7,8,9");
    CHECK_INT(JS_SetPropertyUint32(ctx, a, 12, JS_NewInt32(ctx, 12)), 1);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, a, "length"), "13");
    CHECK_INT(JS_SetPropertyStr(ctx, a, "length", JS_NewInt32(ctx, 2)), 1);
    CHECK_VAL(ctx, JS_DupValue(ctx, a), "0,1");
    JS_FreeValue(ctx, a);
    a = eval(ctx, "({ length: '7.9' })");
    CHECK_INT(JS_GetLength(ctx, a, &len), 0);
    CHECK_INT(len, 7);
    JS_FreeValue(ctx, a);
    a = eval(ctx, "({ get length() { throw 'long' } })");
    CHECK_INT(JS_GetLength(ctx, a, &len), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "long");
    JS_FreeValue(ctx, a);
}

static void prototypes(JSContext *ctx)
{
    JSValue o = eval(ctx, "var o = {}; o"), p = eval(ctx, "var p = { inherited: 1 }; p"), v;

    CHECK_INT(JS_SetPrototype(ctx, o, p), 1);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, o, "inherited"), "1");
    v = JS_GetPrototype(ctx, o);
    CHECK(JS_IsStrictEqual(ctx, v, p));
    JS_FreeValue(ctx, v);
    /* a cycle is refused */
    CHECK_INT(JS_SetPrototype(ctx, p, o), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_SetPrototype(ctx, o, JS_NULL), 1);
    CHECK(JS_IsNull(JS_GetPrototype(ctx, o)));
    JS_FreeValues(ctx, o, p);
    o = eval(ctx, "new Proxy({}, { getPrototypeOf() { throw 'trapped' } })");
    CHECK(JS_IsException(JS_GetPrototype(ctx, o)));
    CHECK_VAL(ctx, JS_GetException(ctx), "trapped");
    JS_FreeValue(ctx, o);
}

static void integrity(JSContext *ctx)
{
    JSValue o = eval(ctx, "var o = { a: 1 }; o");

    CHECK_INT(JS_IsExtensible(ctx, o), 1);
    CHECK_INT(JS_PreventExtensions(ctx, o), 1);
    CHECK_INT(JS_IsExtensible(ctx, o), 0);
    CHECK_INT(JS_SetPropertyStr(ctx, o, "b", JS_NewInt32(ctx, 1)), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_SealObject(ctx, o) >= 0);
    CHECK_EVAL(ctx, "Object.isSealed(o) + '' + Object.isFrozen(o)", "truefalse");
    CHECK(JS_FreezeObject(ctx, o) >= 0);
    CHECK_EVAL(ctx, "Object.isFrozen(o)", "true");
    CHECK_INT(JS_SetPropertyStr(ctx, o, "a", JS_NewInt32(ctx, 2)), -1);
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, o);
    o = eval(ctx, "new Proxy({}, { isExtensible() { throw 'i' }, preventExtensions() { throw 'p' } })");
    CHECK_INT(JS_IsExtensible(ctx, o), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "i");
    CHECK_INT(JS_PreventExtensions(ctx, o), -1);
    CHECK_VAL(ctx, JS_GetException(ctx), "p");
    JS_FreeValue(ctx, o);
}

static void proxies(JSContext *ctx)
{
    JSValue target = eval(ctx, "var target = { a: 'of target' }; target");
    JSValue handler = eval(ctx, "({ get(t, k) { return k === 'b' ? 'of handler' : t[k] } })");
    JSValue p = JS_NewProxy(ctx, target, handler), v;

    CHECK(JS_IsProxy(p) && !JS_IsProxy(target));
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, p, "a"), "of target");
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, p, "b"), "of handler");
    v = JS_GetProxyTarget(ctx, p);
    CHECK(JS_IsStrictEqual(ctx, v, target));
    JS_FreeValue(ctx, v);
    v = JS_GetProxyHandler(ctx, p);
    CHECK(JS_IsStrictEqual(ctx, v, handler));
    JS_FreeValues(ctx, v, p, target, handler);
    CHECK(JS_IsException(JS_NewProxy(ctx, JS_NULL, JS_NULL)));
    JS_FreeValue(ctx, JS_GetException(ctx));
    v = eval(ctx, "var r = Proxy.revocable({}, {}); r.revoke(); r.proxy");
    CHECK(JS_IsException(JS_GetPropertyStr(ctx, v, "x")));
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, v);
}

static void json(JSContext *ctx)
{
    static const char text[] = "{\"a\": [1, 2.5e3, \"\\u20ac\"], \"b\": null}";
    JSValue v = JS_ParseJSON(ctx, text, strlen(text), "some.json"), s;

    s = JS_JSONStringify(ctx, v, JS_UNDEFINED, JS_UNDEFINED);
    CHECK_VAL(ctx, s, "{\"a\":[1,2500,\"\xe2\x82\xac\"],\"b\":null}");
    s = JS_JSONStringify(ctx, v, JS_NULL, JS_NewInt32(ctx, 1));
    CHECK_VAL(ctx, s, "{\n \"a\": [\n  1,\n  2500,\n  \"\xe2\x82\xac\"\n ],\n \"b\": null\n}");
    JS_FreeValue(ctx, v);
    v = JS_JSONStringify(ctx, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED);
    CHECK(JS_IsUndefined(v));
    v = JS_ParseJSON(ctx, "{]", 2, "bad.json");
    CHECK(JS_IsException(v));
    v = JS_GetException(ctx);
    CHECK(JS_IsError(v));
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, v, "name"), "SyntaxError");
    JS_FreeValue(ctx, v);
}

int main(void)
{
    JSContext *ctx = new_context();

    making(ctx);
    properties(ctx);
    arrays(ctx);
    prototypes(ctx);
    integrity(ctx);
    proxies(ctx);
    json(ctx);
    free_context(ctx);
    return 0;
}
