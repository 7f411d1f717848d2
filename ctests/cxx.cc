// The headers from C++: inline functions, special values, function lists.
#include <cstdio>
#include <cstdlib>

#include "quickjs-libc.h"
#include "quickjs.h"

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #cond); \
            std::exit(1); \
        } \
    } while (0)

static JSValue add(JSContext *ctx, JSValueConst, int, JSValueConst *argv)
{
    int32_t a, b;

    if (JS_ToInt32(ctx, &a, argv[0]) || JS_ToInt32(ctx, &b, argv[1]))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, a + b);
}

static JSValue magic(JSContext *ctx, JSValueConst, int, JSValueConst *, int magic)
{
    return JS_NewInt32(ctx, magic);
}

#if __cplusplus >= 202002L
static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("add", 2, add),
    JS_CFUNC_MAGIC_DEF("magic", 0, magic, 5),
    JS_PROP_STRING_DEF("text", "from C++", JS_PROP_ENUMERABLE),
    JS_PROP_INT32_DEF("number", 7, JS_PROP_C_W_E),
};
#endif

int main()
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JSValue global = JS_GetGlobalObject(ctx);
    const char source[] = "add(2, 3) + magic()";

    CHECK(JS_IsUndefined(JS_UNDEFINED) && JS_IsNull(JS_NULL) && JS_IsBool(JS_TRUE));
    CHECK(JS_VALUE_IS_NAN(JS_NAN));
    CHECK(JS_VALUE_GET_TAG(JS_MKVAL(JS_TAG_INT, 3)) == JS_TAG_INT);
    CHECK(JS_VALUE_GET_PTR(JS_MKPTR(JS_TAG_OBJECT, rt)) == rt);
#if __cplusplus >= 202002L
    CHECK(JS_SetPropertyFunctionList(ctx, global, list, 4) == 0);
#else
    JS_SetPropertyStr(ctx, global, "add", JS_NewCFunction(ctx, add, "add", 2));
    JS_SetPropertyStr(ctx, global, "magic", JS_NewCFunctionMagic(ctx, magic, "magic", 0, JS_CFUNC_generic_magic, 5));
#endif
    JSValue v = JS_Eval(ctx, source, sizeof(source) - 1, "c++.js", JS_EVAL_TYPE_GLOBAL);
    CHECK(JS_VALUE_GET_INT(v) == 10);
    JS_FreeValues(ctx, v, global);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return 0;
}
