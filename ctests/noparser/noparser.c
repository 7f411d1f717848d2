/* A library without the parser (QJS_DISABLE_PARSER): source text is a TypeError, all else works. */
#include "check.h"

int main(void)
{
    JSContext *ctx = new_context();
    JSValue v, f, one = JS_NewString(ctx, "return 1");

    CHECK_EVAL(ctx, "1 + 1", "throws TypeError: eval is not supported");
    CHECK(JS_IsException(JS_Eval(ctx, "1", 1, "m", JS_EVAL_TYPE_MODULE)));
    CHECK_ERROR(ctx, "TypeError");
    v = JS_GetGlobalObject(ctx);
    f = JS_GetPropertyStr(ctx, v, "Function");
    CHECK(JS_IsException(JS_CallConstructor(ctx, f, 1, (JSValueConst *)&one)));
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValues(ctx, v, f, one);
    v = JS_ParseJSON(ctx, "[1, {\"a\": 2}]", 13, "j");
    CHECK_VAL(ctx, JS_JSONStringify(ctx, v, JS_UNDEFINED, JS_UNDEFINED), "[1,{\"a\":2}]");
    JS_FreeValue(ctx, v);
    free_context(ctx);
    return 0;
}
