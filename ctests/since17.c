/* What QuickJS-NG 0.17 has and 0.16 had not: properties by value, private symbols. */
#include "check.h"

int main(void)
{
    JSContext *ctx = new_context();
    JSValue o = eval(ctx, "var o = { a: 'by name', 5: 'by index' }; o"), sym;
    JSAtom atom;

    /* the key is taken over */
    CHECK_VAL(ctx, JS_GetPropertyValue(ctx, o, JS_NewString(ctx, "a")), "by name");
    CHECK_VAL(ctx, JS_GetPropertyValue(ctx, o, JS_NewInt32(ctx, 5)), "by index");
    CHECK_VAL(ctx, JS_GetPropertyValue(ctx, o, JS_NewFloat64(ctx, 5.0)), "by index");
    CHECK_VAL(ctx, JS_GetPropertyValue(ctx, o, eval(ctx, "({ toString: () => 'a' })")), "by name");
    CHECK_VAL(ctx, JS_GetPropertyValue(ctx, o, eval(ctx, "({ toString() { throw 'no key' } })")), "throws no key");
    CHECK(JS_IsException(JS_GetPropertyValue(ctx, JS_NULL, JS_NewString(ctx, "a"))));
    CHECK_ERROR(ctx, "TypeError");

    CHECK_INT(JS_SetPropertyValue(ctx, o, JS_NewString(ctx, "b"), JS_NewInt32(ctx, 1), JS_PROP_THROW), 1);
    CHECK_INT(JS_SetPropertyValue(ctx, o, JS_NewInt32(ctx, 6), JS_NewInt32(ctx, 2), JS_PROP_THROW), 1);
    CHECK_EVAL(ctx, "o.b + o[6]", "3");
    CHECK_EVAL(ctx, "Object.freeze(o) === o", "true");
    CHECK_INT(JS_SetPropertyValue(ctx, o, JS_NewString(ctx, "b"), JS_NewString(ctx, "lost"), JS_PROP_THROW), -1);
    CHECK_ERROR(ctx, "TypeError");
    CHECK_INT(JS_SetPropertyValue(ctx, o, JS_NewString(ctx, "b"), JS_NewString(ctx, "lost"), 0), 0);
    CHECK(!JS_HasException(ctx));
    JS_FreeValue(ctx, o);

    /* a key that scripts cannot see */
    o = eval(ctx, "o = {}");
    sym = JS_NewPrivateSymbol(ctx, "hidden");
    CHECK(JS_IsSymbol(sym));
    atom = JS_ValueToAtom(ctx, sym);
    CHECK_INT(JS_DefinePropertyValue(ctx, o, atom, JS_NewInt32(ctx, 7), JS_PROP_C_W_E), 1);
    CHECK_VAL(ctx, JS_GetProperty(ctx, o, atom), "7");
    CHECK_EVAL(ctx, "Reflect.ownKeys(o).length", "0");
    JS_FreeAtom(ctx, atom);
    JS_FreeValues(ctx, sym, o);
    free_context(ctx);
    return 0;
}
