/* Classes of C: finalizer, gc_mark, call, exotic methods, opaque pointers. */
#include "check.h"

static JSClassID box_class, callable_class, exotic_class, counted_class;
static int finalized, marked;

typedef struct Box {
    JSValue content;
} Box;

static void box_finalizer(JSRuntime *rt, JSValueConst val)
{
    Box *box = JS_GetOpaque(val, box_class);

    finalized++;
    if (box) {
        JS_FreeValueRT(rt, box->content);
        js_free_rt(rt, box);
    }
}

static void box_mark(JSRuntime *rt, JSValueConst val, JS_MarkFunc *mark_func)
{
    Box *box = JS_GetOpaque(val, box_class);

    marked++;
    if (box)
        JS_MarkValue(rt, box->content, mark_func);
}

static const JSClassDef box_def = { "Box", .finalizer = box_finalizer, .gc_mark = box_mark };

static JSValue new_box(JSContext *ctx, JSValue content)
{
    JSValue obj = JS_NewObjectClass(ctx, box_class);
    Box *box = js_malloc(ctx, sizeof(*box));

    CHECK(JS_IsObject(obj) && box);
    box->content = content;
    CHECK_INT(JS_SetOpaque(obj, box), 0);
    return obj;
}

static void ids(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    static const JSClassDef named = { .class_name = "Named" };
    JSClassID id = JS_INVALID_CLASS_ID, other = JS_INVALID_CLASS_ID, got;
    JSAtom name;
    JSValue obj;

    got = JS_NewClassID(rt, &id);
    CHECK_INT(got, id);
    CHECK(id != JS_INVALID_CLASS_ID);
    JS_NewClassID(rt, &other);
    CHECK(other != id);
    /* an id that has been given is kept */
    CHECK_INT(JS_NewClassID(rt, &id), got);
    CHECK_INT(id, got);
    CHECK(!JS_IsRegisteredClass(rt, id));
    CHECK_INT(JS_GetClassName(rt, id), JS_ATOM_NULL);
    CHECK_INT(JS_NewClass(rt, id, &named), 0);
    CHECK(JS_IsRegisteredClass(rt, id));
    name = JS_GetClassName(rt, id);
    CHECK_VAL(ctx, JS_AtomToString(ctx, name), "Named");
    JS_FreeAtom(ctx, name);
    obj = JS_NewObjectClass(ctx, id);
    CHECK_INT(JS_GetClassID(obj), id);
    CHECK(JS_GetOpaque(obj, id) == NULL);
    JS_FreeValue(ctx, obj);
    CHECK_INT(JS_GetClassID(JS_NULL), JS_INVALID_CLASS_ID);
    obj = JS_NewObject(ctx);
    CHECK(JS_GetClassID(obj) != JS_INVALID_CLASS_ID && JS_GetClassID(obj) != id);
    JS_FreeValue(ctx, obj);
}

static void opaques(JSContext *ctx)
{
    JSValue plain = JS_NewObject(ctx), box = new_box(ctx, JS_NewInt32(ctx, 5));
    JSClassID id = 0;
    Box *p = JS_GetOpaque(box, box_class);

    CHECK(p && JS_VALUE_GET_INT(p->content) == 5);
    CHECK(JS_GetOpaque2(ctx, box, box_class) == p);
    CHECK(JS_GetAnyOpaque(box, &id) == p);
    CHECK_INT(id, box_class);
    CHECK(JS_GetOpaque(plain, box_class) == NULL);
    CHECK(JS_GetOpaque(JS_NULL, box_class) == NULL);
    CHECK(!JS_HasException(ctx));
    CHECK(JS_GetOpaque2(ctx, plain, box_class) == NULL);
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_GetOpaque2(ctx, JS_UNDEFINED, box_class) == NULL);
    CHECK_ERROR(ctx, "TypeError");
    CHECK(JS_SetOpaque(plain, p) < 0);
    CHECK(JS_SetOpaque(JS_NULL, p) < 0);
    JS_FreeValues(ctx, plain, box);
}

/* The finalizer has run as soon as the last reference is gone. */
static void finalizers(JSContext *ctx)
{
    JSValue a, b;
    int before = finalized, i;

    a = new_box(ctx, JS_NewString(ctx, "content"));
    b = JS_DupValue(ctx, a);
    JS_FreeValue(ctx, a);
    CHECK_INT(finalized, before);
    JS_FreeValue(ctx, b);
    CHECK_INT(finalized, before + 1);

    set_global(ctx, "box", new_box(ctx, JS_UNDEFINED));
    CHECK_EVAL(ctx, "box.name = 'mine'; box.name + Object.prototype.toString.call(box)", "mine[object Object]");
    CHECK_INT(finalized, before + 1);
    CHECK_EVAL(ctx, "box = null", "null");
    CHECK_INT(finalized, before + 2);

    /* a chain of boxes, each held by the one before */
    a = JS_UNDEFINED;
    for (i = 0; i < 100000; i++)
        a = new_box(ctx, a);
    JS_FreeValue(ctx, a);
    CHECK_INT(finalized, before + 2 + 100000);

    /* without an opaque pointer */
    a = JS_NewObjectClass(ctx, box_class);
    JS_FreeValue(ctx, a);
    CHECK_INT(finalized, before + 3 + 100000);
}

/* A cycle through C is found because gc_mark tells of it. */
static void cycles(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    int before;
    JSValue box, obj;

    JS_RunGC(rt);
    before = finalized;
    box = new_box(ctx, JS_UNDEFINED);
    obj = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, obj, "box", JS_DupValue(ctx, box));
    ((Box *)JS_GetOpaque(box, box_class))->content = JS_DupValue(ctx, obj);
    JS_RunGC(rt);
    CHECK_INT(finalized, before);
    CHECK(marked > 0);
    JS_FreeValue(ctx, obj);
    JS_RunGC(rt);
    CHECK_INT(finalized, before);
    JS_FreeValue(ctx, box);
    JS_RunGC(rt);
    CHECK_INT(finalized, before + 1);

    /* two boxes in each other; a box in itself */
    box = new_box(ctx, JS_UNDEFINED);
    obj = new_box(ctx, JS_DupValue(ctx, box));
    ((Box *)JS_GetOpaque(box, box_class))->content = obj;
    JS_FreeValue(ctx, box);
    box = new_box(ctx, JS_UNDEFINED);
    ((Box *)JS_GetOpaque(box, box_class))->content = JS_DupValue(ctx, box);
    JS_FreeValue(ctx, box);
    CHECK_INT(finalized, before + 1);
    JS_RunGC(rt);
    CHECK_INT(finalized, before + 4);
}

static void protos(JSContext *ctx)
{
    JSValue proto = JS_NewObject(ctx), obj, v;

    JS_SetPropertyStr(ctx, proto, "inherited", JS_NewInt32(ctx, 12));
    JS_SetClassProto(ctx, box_class, JS_DupValue(ctx, proto));
    v = JS_GetClassProto(ctx, box_class);
    CHECK(JS_IsStrictEqual(ctx, v, proto));
    JS_FreeValue(ctx, v);
    obj = new_box(ctx, JS_UNDEFINED);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, obj, "inherited"), "12");
    JS_FreeValues(ctx, obj, proto);
    proto = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, proto, "inherited", JS_NewInt32(ctx, 13));
    obj = JS_NewObjectProtoClass(ctx, proto, box_class);
    CHECK_INT(JS_GetClassID(obj), box_class);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, obj, "inherited"), "13");
    JS_FreeValues(ctx, obj, proto);
}

/* Objects that can be called, and constructed once their bit says so. */
static JSValue callable_call(JSContext *ctx, JSValueConst func_obj, JSValueConst this_val, int argc,
                             JSValueConst *argv, int flags)
{
    JSValue sum;
    int32_t a = 0, b = 0;

    CHECK_INT(JS_GetClassID(func_obj), callable_class);
    if (flags & JS_CALL_FLAG_CONSTRUCTOR) {
        JSValue obj = JS_NewObject(ctx);

        CHECK(JS_IsFunction(ctx, this_val)); /* new.target */
        JS_SetPropertyStr(ctx, obj, "made", JS_NewInt32(ctx, argc));
        return obj;
    }
    if (argc > 0)
        JS_ToInt32(ctx, &a, argv[0]);
    if (argc > 1)
        JS_ToInt32(ctx, &b, argv[1]);
    if (a < 0)
        return JS_ThrowRangeError(ctx, "negative: %d", a);
    sum = JS_NewInt32(ctx, a + b);
    return sum;
}

static const JSClassDef callable_def = { "Callable", .call = callable_call };

static void callables(JSContext *ctx)
{
    JSValue obj = JS_NewObjectClass(ctx, callable_class);

    CHECK(JS_IsFunction(ctx, obj));
    CHECK(!JS_IsConstructor(ctx, obj));
    set_global(ctx, "c", JS_DupValue(ctx, obj));
    CHECK_EVAL(ctx, "typeof c", "function");
    CHECK_EVAL(ctx, "c(1, 2) + c(5)", "8");
    CHECK_EVAL(ctx, "[1, 2].map(c).join()", "1,3");
    CHECK_EVAL(ctx, "c(-1)", "throws RangeError: negative: -1");
    CHECK_EVAL_ERROR(ctx, "new c", "TypeError");
    JS_SetConstructorBit(ctx, obj, true);
    CHECK(JS_IsConstructor(ctx, obj));
    CHECK_EVAL(ctx, "new c(1, 2, 3).made", "3");
    JS_SetConstructorBit(ctx, obj, false);
    CHECK(!JS_IsConstructor(ctx, obj));
    JS_FreeValue(ctx, obj);
}

/* An object with a virtual property for each name that begins with "v", and elements 0 to 9. */
static int last_op;

static int exotic_get_own(JSContext *ctx, JSPropertyDescriptor *desc, JSValueConst obj, JSAtom prop)
{
    const char *s = JS_AtomToCString(ctx, prop);
    int found = s && (s[0] == 'v' || (s[0] >= '0' && s[0] <= '9' && !s[1]));

    if (s && !strcmp(s, "vthrow")) {
        JS_FreeCString(ctx, s);
        JS_ThrowTypeError(ctx, "thrown by get_own_property");
        return -1;
    }
    if (found && desc) {
        desc->flags = JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE;
        desc->value = JS_AtomToString(ctx, prop);
        desc->getter = JS_UNDEFINED;
        desc->setter = JS_UNDEFINED;
    }
    JS_FreeCString(ctx, s);
    return found;
}

static int exotic_names(JSContext *ctx, JSPropertyEnum **ptab, uint32_t *plen, JSValueConst obj)
{
    JSPropertyEnum *tab = js_malloc(ctx, 3 * sizeof(*tab));

    if (!tab)
        return -1;
    tab[0].atom = JS_NewAtom(ctx, "v1");
    tab[1].atom = JS_NewAtomUInt32(ctx, 3);
    tab[2].atom = JS_NewAtom(ctx, "v2");
    *ptab = tab;
    *plen = 3;
    return 0;
}

static int exotic_delete(JSContext *ctx, JSValueConst obj, JSAtom prop)
{
    const char *s = JS_AtomToCString(ctx, prop);
    int ok = s[0] != 'v';

    JS_FreeCString(ctx, s);
    last_op = 'd';
    return ok;
}

static int exotic_define(JSContext *ctx, JSValueConst this_obj, JSAtom prop, JSValueConst val, JSValueConst getter,
                         JSValueConst setter, int flags)
{
    last_op = 'D';
    CHECK(!(flags & JS_PROP_HAS_GET));
    return 1;
}

static JSClassExoticMethods exotic_methods = {
    .get_own_property = exotic_get_own,
    .get_own_property_names = exotic_names,
    .delete_property = exotic_delete,
    .define_own_property = exotic_define,
};

static JSClassDef exotic_def = { "Exotic", .exotic = &exotic_methods };

static void exotics(JSContext *ctx)
{
    set_global(ctx, "x", JS_NewObjectClass(ctx, exotic_class));
    CHECK_EVAL(ctx, "x.vanilla + x[7] + x.other + x[77]", "vanilla7undefinedundefined");
    CHECK_EVAL(ctx, "'vx' in x && !('other' in x) && 5 in x", "true");
    CHECK_EVAL(ctx, "Object.keys(x).join()", "v1,3,v2");
    CHECK_EVAL(ctx, "var k = []; for (var i in x) k.push(i); k.join()", "v1,3,v2");
    CHECK_EVAL(ctx, "JSON.stringify(x)", "{\"v1\":\"v1\",\"3\":\"3\",\"v2\":\"v2\"}");
    CHECK_EVAL(ctx, "JSON.stringify(Object.getOwnPropertyDescriptor(x, 'v3'))",
               "{\"value\":\"v3\",\"writable\":false,\"enumerable\":true,\"configurable\":true}");
    CHECK_EVAL(ctx, "x.hasOwnProperty('v3') + '' + x.hasOwnProperty('w')", "truefalse");
    CHECK_EVAL(ctx, "delete x.v1", "false");
    CHECK_INT(last_op, 'd');
    CHECK_EVAL(ctx, "delete x.w", "true");
    CHECK_EVAL(ctx, "Object.defineProperty(x, 'w', { value: 3 }) === x", "true");
    CHECK_INT(last_op, 'D');
    last_op = 0;
    CHECK_EVAL(ctx, "x.added = 5", "5");
    CHECK_INT(last_op, 'D');
    CHECK_EVAL(ctx, "x.vthrow", "throws TypeError: thrown by get_own_property");
    CHECK_EVAL(ctx, "'vthrow' in x", "throws TypeError: thrown by get_own_property");
    CHECK_EVAL(ctx, "var o = { __proto__: x }; o.vfar + ('vfar' in o)", "vfartrue");
    CHECK_EVAL(ctx, "x = o = null", "null");
}

/* get, set and has of one's own: everything is answered by C. */
static int32_t stored;

static int counted_has(JSContext *ctx, JSValueConst obj, JSAtom atom)
{
    return 1;
}

static JSValue counted_get(JSContext *ctx, JSValueConst obj, JSAtom atom, JSValueConst receiver)
{
    return JS_NewInt32(ctx, stored++);
}

static int counted_set(JSContext *ctx, JSValueConst obj, JSAtom atom, JSValueConst value, JSValueConst receiver,
                       int flags)
{
    if (JS_IsString(value)) {
        JS_ThrowTypeError(ctx, "no strings");
        return -1;
    }
    return JS_ToInt32(ctx, &stored, value) ? -1 : 1;
}

static JSClassExoticMethods counted_methods = {
    .has_property = counted_has, .get_property = counted_get, .set_property = counted_set,
};

static JSClassDef counted_def = { "Counted", .exotic = &counted_methods };

static void getters(JSContext *ctx)
{
    set_global(ctx, "x", JS_NewObjectClass(ctx, counted_class));
    CHECK_EVAL(ctx, "x.a = 40; [x.a, x.b, x[3], x[Symbol.iterator]].join()", "40,41,42,43");
    CHECK_EVAL(ctx, "'any' in x", "true");
    CHECK_EVAL(ctx, "x.a = 's'", "throws TypeError: no strings");
    CHECK_EVAL(ctx, "x = null", "null");
}

int main(void)
{
    JSContext *ctx = new_context();
    JSRuntime *rt = JS_GetRuntime(ctx);
    int i;

    CHECK(JS_NewClassID(rt, &box_class) != 0);
    CHECK_INT(JS_NewClass(rt, box_class, &box_def), 0);
    JS_NewClassID(rt, &callable_class);
    CHECK_INT(JS_NewClass(rt, callable_class, &callable_def), 0);
    JS_NewClassID(rt, &exotic_class);
    CHECK_INT(JS_NewClass(rt, exotic_class, &exotic_def), 0);
    JS_NewClassID(rt, &counted_class);
    CHECK_INT(JS_NewClass(rt, counted_class, &counted_def), 0);
    /* without a prototype for the class, objects of it have none to inherit from */
    for (i = 0; i < 4; i++) {
        JSClassID id = i == 0 ? box_class : i == 1 ? callable_class : i == 2 ? exotic_class : counted_class;
        JSValue base = i == 1 ? JS_GetFunctionProto(ctx) : eval(ctx, "Object.prototype");

        JS_SetClassProto(ctx, id, JS_NewObjectProto(ctx, base));
        JS_FreeValue(ctx, base);
    }

    ids(ctx);
    opaques(ctx);
    finalizers(ctx);
    cycles(ctx);
    protos(ctx);
    callables(ctx);
    exotics(ctx);
    getters(ctx);
    free_context(ctx);
    return 0;
}
