/* Every function of one value, and of two, given every kind. */
#include "transcript.h"

static void conversions(int i)
{
    const char *name = kinds[i].name;
    JSValue v;

#define EACH(...) \
    do { \
        v = make(i); \
        __VA_ARGS__; \
        JS_FreeValue(ctx, v); \
    } while (0)
#define NUMBER(function, type, format) \
    EACH({ \
        type n = (type)77; \
        int r; \
        begin(#function "(%s)", name); \
        r = function(ctx, &n, v); \
        printf(" = %d, " format, r, n); \
        finish(); \
    })

    NUMBER(JS_ToInt32, int32_t, "%" PRId32);
    NUMBER(JS_ToUint32, uint32_t, "%" PRIu32);
    NUMBER(JS_ToInt64, int64_t, "%" PRId64);
    NUMBER(JS_ToInt64Ext, int64_t, "%" PRId64);
    NUMBER(JS_ToIndex, uint64_t, "%" PRIu64);
    NUMBER(JS_ToFloat64, double, "%.17g");
    NUMBER(JS_ToBigInt64, int64_t, "%" PRId64);
    NUMBER(JS_ToBigUint64, uint64_t, "%" PRIu64);
    EACH({
        int64_t n = 77;
        int r;
        begin("JS_GetLength(%s)", name);
        r = JS_GetLength(ctx, v, &n);
        printf(" = %d, %" PRId64, r, n);
        finish();
    });
    EACH(INT(JS_ToBool(ctx, v), "JS_ToBool(%s)", name));
    EACH(VAL(JS_ToBoolean(ctx, v), "JS_ToBoolean(%s)", name));
    EACH(VAL(JS_ToNumber(ctx, v), "JS_ToNumber(%s)", name));
    EACH(VAL(JS_ToString(ctx, v), "JS_ToString(%s)", name));
    EACH(VAL(JS_ToPropertyKey(ctx, v), "JS_ToPropertyKey(%s)", name));
    EACH(VAL(JS_ToObject(ctx, v), "JS_ToObject(%s)", name));
    EACH(VAL(JS_ToObjectString(ctx, v), "JS_ToObjectString(%s)", name));
    EACH(ATOM(JS_ValueToAtom(ctx, v), "JS_ValueToAtom(%s)", name));
    EACH(TEXT(JS_ToCString(ctx, v), "JS_ToCString(%s)", name));
    EACH(TEXT(JS_ToCStringLen2(ctx, NULL, v, true), "JS_ToCStringLen2(%s, cesu8)", name));
    EACH({
        size_t n = 77, k;
        const uint16_t *s;
        begin("JS_ToCStringLenUTF16(%s)", name);
        s = JS_ToCStringLenUTF16(ctx, &n, v);
        printf(" = %s, %d:", s ? "text" : "NULL", (int)n);
        for (k = 0; s && k < n && k < 20; k++)
            printf(" %x", s[k]);
        JS_FreeCStringUTF16(ctx, s);
        finish();
    });
    EACH(VAL(JS_JSONStringify(ctx, v, JS_UNDEFINED, JS_UNDEFINED), "JS_JSONStringify(%s)", name));
}

static void questions(int i)
{
    const char *name = kinds[i].name;
    JSValue v = make(i);

#define ASK(function) INT(function(v), #function "(%s)", name)
#define ASK_IN(function) INT(function(ctx, v), #function "(%s)", name)

    ASK(JS_IsNumber);
    ASK(JS_IsBigInt);
    ASK(JS_IsBool);
    ASK(JS_IsNull);
    ASK(JS_IsUndefined);
    ASK(JS_IsException);
    ASK(JS_IsUninitialized);
    ASK(JS_IsString);
    ASK(JS_IsSymbol);
    ASK(JS_IsObject);
    ASK(JS_IsModule);
    ASK(JS_IsArray);
    ASK(JS_IsProxy);
    ASK(JS_IsError);
    ASK(JS_IsDate);
    ASK(JS_IsRegExp);
    ASK(JS_IsMap);
    ASK(JS_IsSet);
    ASK(JS_IsWeakMap);
    ASK(JS_IsWeakSet);
    ASK(JS_IsWeakRef);
    ASK(JS_IsDataView);
    ASK(JS_IsArrayBuffer);
    ASK(JS_IsImmutableArrayBuffer);
    ASK(JS_IsPromise);
    ASK(JS_IsUncatchableError);
    ASK(JS_IsAsyncFunction);
    ASK(JS_GetTypedArrayType);
    ASK_IN(JS_IsFunction);
    ASK_IN(JS_IsConstructor);
    ASK_IN(JS_PromiseState);
    INT(JS_IsLiveObject(rt, v), "JS_IsLiveObject(%s)", name);
    VAL(JS_PromiseResult(ctx, v), "JS_PromiseResult(%s)", name);
    VAL(JS_GetPrototype(ctx, v), "JS_GetPrototype(%s)", name);
    INT(JS_IsExtensible(ctx, v), "JS_IsExtensible(%s)", name);
    VAL(JS_GetProxyTarget(ctx, v), "JS_GetProxyTarget(%s)", name);
    VAL(JS_GetProxyHandler(ctx, v), "JS_GetProxyHandler(%s)", name);
    PTR(JS_GetOpaque(v, plain_id), "JS_GetOpaque(%s)", name);
    PTR(JS_GetOpaque2(ctx, v, plain_id), "JS_GetOpaque2(%s)", name);
    {
        JSClassID id = 77;
        void *p;

        begin("JS_GetAnyOpaque(%s)", name);
        p = JS_GetAnyOpaque(v, &id);
        /* what the pointer is for the engine's own classes is its affair */
        printf(" = %s", JS_GetClassID(v) >= plain_id ? p ? "pointer" : "NULL" : "?");
        printf(", %s", id == plain_id ? "Plain" : id == exotic_id ? "Exotic" : id == few_id ? "Few" : id == 77 ? "77"
            : id == JS_GetClassID(v) ? "class" : "?");
        finish();
    }
    {
        JSAtom atom = JS_GetClassName(rt, JS_GetClassID(v));

        begin("JS_GetClassName(%s)", name);
        printf(" = ");
        show_atom(atom);
        JS_FreeAtom(ctx, atom);
        finish();
    }
    /* the numbers are the engine's affair; they say what is of one class */
    INT(JS_GetClassID(v) != JS_INVALID_CLASS_ID, "JS_GetClassID(%s), is one", name);
    INT(JS_IsRegisteredClass(rt, JS_GetClassID(v)), "JS_IsRegisteredClass(class of %s)", name);
    {
        size_t n = 77;
        uint8_t *p;

        begin("JS_GetArrayBuffer(%s)", name);
        p = JS_GetArrayBuffer(ctx, &n, v);
        printf(" = %s, %d", p ? "pointer" : "NULL", (int)n);
        finish();
        n = 77;
        begin("JS_GetUint8Array(%s)", name);
        p = JS_GetUint8Array(ctx, &n, v);
        printf(" = %s, %d", p ? "pointer" : "NULL", (int)n);
        finish();
    }
    {
        size_t offset = 77, length = 77, size = 77;
        JSValue b;

        begin("JS_GetTypedArrayBuffer(%s)", name);
        b = JS_GetTypedArrayBuffer(ctx, v, &offset, &length, &size);
        printf(" = ");
        show(ctx, b);
        printf(", %d, %d, %d", (int)offset, (int)length, (int)size);
        JS_FreeValue(ctx, b);
        finish();
        b = JS_GetTypedArrayBuffer(ctx, v, NULL, NULL, NULL);
        JS_FreeValue(ctx, b);
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    JS_FreeValue(ctx, v);
}

static void changes(int i)
{
    const char *name = kinds[i].name;
    JSValue v;

    if (!strcmp(name, "global") || !strncmp(name, "other", 5) || !strcmp(name, "Math") || !strcmp(name, "Reflect")
        || !strcmp(name, "C function") || !strncmp(name, "built-in", 8))
        return; /* they are needed as they are */
    EACH({
        JSValue e;
        INT(JS_PreventExtensions(ctx, v), "JS_PreventExtensions(%s)", name);
        e = JS_GetPropertyStr(ctx, v, "a");
        JS_FreeValue(ctx, JS_GetException(ctx));
        JS_FreeValue(ctx, e);
        INT(JS_IsExtensible(ctx, v), "JS_PreventExtensions(%s), JS_IsExtensible", name);
    });
    EACH(INT(JS_SealObject(ctx, v), "JS_SealObject(%s)", name));
    EACH(INT(JS_FreezeObject(ctx, v), "JS_FreezeObject(%s)", name));
    EACH(INT(JS_SetLength(ctx, v, 1), "JS_SetLength(%s, 1)", name));
    EACH(INT(JS_SetLength(ctx, v, -1), "JS_SetLength(%s, -1)", name));
    EACH(INT(JS_SetLength(ctx, v, (int64_t)1 << 40), "JS_SetLength(%s, 2^40)", name));
    EACH(INT(JS_SetPrototype(ctx, v, JS_NULL), "JS_SetPrototype(%s, null)", name));
    EACH(INT(JS_SetPrototype(ctx, v, JS_UNDEFINED), "JS_SetPrototype(%s, undefined)", name));
    EACH(INT(JS_SetPrototype(ctx, v, v), "JS_SetPrototype(%s, itself)", name));
    EACH({
        int r;
        begin("JS_SetOpaque(%s)", name);
        if (JS_IsObject(v) && JS_GetClassID(v) < plain_id) {
            printf(" not tried");
        } else {
            r = JS_SetOpaque(v, &rt);
            printf(" = %d", r);
        }
        finish();
    });
    EACH({
        bool b;
        begin("JS_SetConstructorBit(%s, true)", name);
        b = JS_SetConstructorBit(ctx, v, true);
        printf(" = %d", b);
        printf(", %d", JS_IsConstructor(ctx, v));
        b = JS_SetConstructorBit(ctx, v, false);
        printf(" = %d", b);
        printf(", %d", JS_IsConstructor(ctx, v));
        finish();
    });
    EACH(JS_SetIsHTMLDDA(ctx, v); INT(JS_ToBool(ctx, v), "JS_SetIsHTMLDDA(%s), JS_ToBool", name));
    EACH(JS_DetachArrayBuffer(ctx, v);
         VAL(JS_GetPropertyStr(ctx, v, "byteLength"), "JS_DetachArrayBuffer(%s), .byteLength", name));
    EACH(INT(JS_SetImmutableArrayBuffer(v, true), "JS_SetImmutableArrayBuffer(%s, true)", name);
         INT(JS_IsImmutableArrayBuffer(v), "JS_SetImmutableArrayBuffer(%s, true), is", name);
         INT(JS_SetImmutableArrayBuffer(v, false), "JS_SetImmutableArrayBuffer(%s, false)", name);
         INT(JS_IsImmutableArrayBuffer(v), "JS_SetImmutableArrayBuffer(%s, false), is", name));
    EACH({
        begin("JS_PromiseMarkAsHandled(%s)", name);
        JS_PromiseMarkAsHandled(ctx, v);
        finish();
    });
    EACH(VAL(JS_PromiseThen(ctx, v, JS_UNDEFINED, JS_UNDEFINED), "JS_PromiseThen(%s)", name); run_jobs());
    EACH({
        JSValue p = JS_NewSettledPromise(ctx, false, v);
        INT(JS_PromiseState(ctx, p), "JS_NewSettledPromise(false, %s), state", name);
        VAL(JS_PromiseResult(ctx, p), "JS_NewSettledPromise(false, %s), result", name);
        run_jobs();
        JS_FreeValue(ctx, p);
        p = JS_NewSettledPromise(ctx, true, v);
        INT(JS_PromiseState(ctx, p), "JS_NewSettledPromise(true, %s), state", name);
        VAL(JS_PromiseResult(ctx, p), "JS_NewSettledPromise(true, %s), result", name);
        JS_FreeValue(ctx, p);
    });
}

/* Kinds as the argument of what makes or calls something. */
static void makers(int i)
{
    const char *name = kinds[i].name;
    JSValue v, one = JS_NewInt32(ctx, 1), w;

    (void)one;
    EACH(VAL(JS_NewObjectProto(ctx, v), "JS_NewObjectProto(%s)", name));
    EACH(w = JS_NewObjectProto(ctx, v); VAL(JS_GetPrototype(ctx, w), "JS_NewObjectProto(%s), prototype", name);
         JS_FreeValue(ctx, w));
    EACH(w = JS_NewObjectProtoClass(ctx, v, plain_id);
         VAL(JS_GetPrototype(ctx, w), "JS_NewObjectProtoClass(%s, Plain), prototype", name); JS_FreeValue(ctx, w));
    EACH({
        JSValue o = JS_NewObject(ctx);
        VAL(JS_NewProxy(ctx, v, o), "JS_NewProxy(%s, object)", name);
        VAL(JS_NewProxy(ctx, o, v), "JS_NewProxy(object, %s)", name);
        JS_FreeValue(ctx, o);
    });
    EACH(VAL(JS_Call(ctx, v, JS_UNDEFINED, 1, (JSValueConst *)&one), "JS_Call(%s)", name));
    EACH(VAL(JS_CallConstructor(ctx, v, 1, (JSValueConst *)&one), "JS_CallConstructor(%s)", name));
    EACH(w = eval("(class { constructor() { log(typeof new.target) } })");
         VAL(JS_CallConstructor2(ctx, w, v, 0, NULL), "JS_CallConstructor2(class, %s)", name); JS_FreeValue(ctx, w));
    EACH(w = eval("Object"); VAL(JS_CallConstructor2(ctx, w, v, 0, NULL), "JS_CallConstructor2(Object, %s)", name);
         JS_FreeValue(ctx, w));
    EACH({
        JSAtom atom = JS_NewAtom(ctx, "toString");
        VAL(JS_Invoke(ctx, v, atom, 0, NULL), "JS_Invoke(%s, toString)", name);
        JS_FreeAtom(ctx, atom);
        atom = JS_NewAtom(ctx, "nothing");
        VAL(JS_Invoke(ctx, v, atom, 0, NULL), "JS_Invoke(%s, nothing)", name);
        JS_FreeAtom(ctx, atom);
    });
    EACH(VAL(JS_EvalThis(ctx, v, "typeof this", 11, "t", 0), "JS_EvalThis(%s)", name));
    EACH(VAL(JS_EvalThis(ctx, v, "typeof this", 11, "t", JS_EVAL_FLAG_STRICT), "JS_EvalThis(%s, strict)", name));
    EACH(w = JS_NewArray(ctx); VAL(JS_JSONStringify(ctx, w, v, JS_UNDEFINED), "JS_JSONStringify([], replacer %s)", name);
         JS_FreeValue(ctx, w));
    EACH(w = eval("({ a: [1] })");
         VAL(JS_JSONStringify(ctx, w, JS_UNDEFINED, v), "JS_JSONStringify({ a: [1] }, space %s)", name);
         JS_FreeValue(ctx, w));
    EACH(JS_Throw(ctx, JS_DupValue(ctx, v)); INT(JS_HasException(ctx), "JS_Throw(%s)", name));
    EACH({
        static const JSTypedArrayEnum types[] = { JS_TYPED_ARRAY_UINT8, JS_TYPED_ARRAY_FLOAT64, JS_TYPED_ARRAY_BIG_INT64 };
        int k;
        for (k = 0; k < COUNT(types); k++) {
            if (!strcmp(name, "2^31") || !strcmp(name, "2^32+5") || !strcmp(name, "2^53"))
                continue; /* how much memory there is */
            VAL(JS_NewTypedArray(ctx, 1, (JSValueConst *)&v, types[k]), "JS_NewTypedArray(%s, type %d)", name, types[k]);
        }
    });
    EACH({
        JSValue f = eval("(function () {})"), p = JS_NewObject(ctx);
        INT(JS_SetConstructor(ctx, f, v), "JS_SetConstructor(function, %s)", name);
        VAL(JS_GetPropertyStr(ctx, f, "prototype"), "JS_SetConstructor(function, %s), prototype", name);
        if (strncmp(name, "other", 5) && strcmp(name, "global"))
            INT(JS_SetConstructor(ctx, v, p), "JS_SetConstructor(%s, object)", name);
        JS_FreeValue(ctx, f);
        JS_FreeValue(ctx, p);
    });
    run_jobs();
}

static void pairs(void)
{
    static const char *const left[] = { "undefined", "null", "true", "0", "-0", "7", "1.5", "NaN", "''", "'x'", "'0'",
        "rope", "symbol", "5n", "0n", "2n**63n", "object", "array", "[7]", "function", "date", "proxy", "throwing proxy",
        "html dda", "valueOf 9", "valueOf 9n", "toPrimitive", "throwing valueOf", "toPrimitive object", "String object" };
    int i, k;

    for (i = 0; i < COUNT(left); i++) {
        for (k = 0; k < COUNT(kinds); k++) {
            JSValue a = make_named(left[i]), b = make(k);
            const char *n = left[i], *m = kinds[k].name;

            INT(JS_IsEqual(ctx, a, b), "JS_IsEqual(%s, %s)", n, m);
            INT(JS_IsEqual(ctx, b, a), "JS_IsEqual(%s, %s)", m, n);
            INT(JS_IsStrictEqual(ctx, a, b), "JS_IsStrictEqual(%s, %s)", n, m);
            INT(JS_IsSameValue(ctx, a, b), "JS_IsSameValue(%s, %s)", n, m);
            INT(JS_IsSameValueZero(ctx, a, b), "JS_IsSameValueZero(%s, %s)", n, m);
            INT(JS_IsInstanceOf(ctx, a, b), "JS_IsInstanceOf(%s, %s)", n, m);
            JS_FreeValue(ctx, a);
            JS_FreeValue(ctx, b);
        }
    }
    for (i = 0; i < COUNT(kinds); i++) {
        JSValue a = make(i);

        INT(JS_IsEqual(ctx, a, a), "JS_IsEqual(%s, itself)", kinds[i].name);
        INT(JS_IsStrictEqual(ctx, a, a), "JS_IsStrictEqual(%s, itself)", kinds[i].name);
        JS_FreeValue(ctx, a);
    }
}

int main(void)
{
    int i;

    start();
    for (i = 0; i < COUNT(kinds); i++)
        conversions(i);
    for (i = 0; i < COUNT(kinds); i++)
        questions(i);
    for (i = 0; i < COUNT(kinds); i++)
        changes(i);
    for (i = 0; i < COUNT(kinds); i++)
        makers(i);
    pairs();
    end();
    return 0;
}
