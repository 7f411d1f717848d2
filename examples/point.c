/* A class for scripts whose objects hold C data: `new Point(x, y)`, accessors, a method, a static function. The C
   data goes when the object does; what it refers to is reported to the cycle collector. */
#include <quickjs.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Point {
    double x, y;
    JSValue label; /* any value; owned */
} Point;

static JSClassID point_class;

static void point_finalizer(JSRuntime *rt, JSValueConst val)
{
    Point *p = JS_GetOpaque(val, point_class);

    if (p) {
        JS_FreeValueRT(rt, p->label);
        js_free_rt(rt, p);
    }
}

static void point_mark(JSRuntime *rt, JSValueConst val, JS_MarkFunc *mark)
{
    Point *p = JS_GetOpaque(val, point_class);

    if (p)
        JS_MarkValue(rt, p->label, mark);
}

static const JSClassDef point_def = { "Point", .finalizer = point_finalizer, .gc_mark = point_mark };

/* `new_target` is Point or a subclass of it, whose `prototype` the object gets. */
static JSValue point_new(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue proto, obj;
    Point *p;

    proto = JS_GetPropertyStr(ctx, new_target, "prototype");
    if (JS_IsException(proto))
        return proto;
    obj = JS_NewObjectProtoClass(ctx, proto, point_class);
    JS_FreeValue(ctx, proto);
    if (JS_IsException(obj))
        return obj;
    p = js_mallocz(ctx, sizeof(*p));
    if (!p)
        goto fail;
    p->label = JS_UNDEFINED;
    JS_SetOpaque(obj, p); /* from here on the finalizer frees it */
    if (JS_ToFloat64(ctx, &p->x, argv[0]) || JS_ToFloat64(ctx, &p->y, argv[1]))
        goto fail;
    return obj;
fail:
    JS_FreeValue(ctx, obj);
    return JS_EXCEPTION;
}

/* JS_GetOpaque2 throws a TypeError where `this` is no Point. */
static JSValue point_get(JSContext *ctx, JSValueConst this_val, int magic)
{
    Point *p = JS_GetOpaque2(ctx, this_val, point_class);

    if (!p)
        return JS_EXCEPTION;
    if (magic == 2)
        return JS_DupValue(ctx, p->label);
    return JS_NewFloat64(ctx, magic == 0 ? p->x : p->y);
}

static JSValue point_set(JSContext *ctx, JSValueConst this_val, JSValueConst val, int magic)
{
    Point *p = JS_GetOpaque2(ctx, this_val, point_class);
    JSValue old;
    double d;

    if (!p)
        return JS_EXCEPTION;
    if (magic == 2) {
        old = p->label;
        p->label = JS_DupValue(ctx, val);
        JS_FreeValue(ctx, old); /* last: this may run a finalizer */
        return JS_UNDEFINED;
    }
    if (JS_ToFloat64(ctx, &d, val))
        return JS_EXCEPTION;
    *(magic == 0 ? &p->x : &p->y) = d;
    return JS_UNDEFINED;
}

static JSValue point_norm(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    Point *p = JS_GetOpaque2(ctx, this_val, point_class);

    return p ? JS_NewFloat64(ctx, hypot(p->x, p->y)) : JS_EXCEPTION;
}

static JSValue point_is_point(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewBool(ctx, JS_GetOpaque(argv[0], point_class) != NULL);
}

static const JSCFunctionListEntry point_proto[] = {
    JS_CGETSET_MAGIC_DEF("x", point_get, point_set, 0),
    JS_CGETSET_MAGIC_DEF("y", point_get, point_set, 1),
    JS_CGETSET_MAGIC_DEF("label", point_get, point_set, 2),
    JS_CFUNC_DEF("norm", 0, point_norm),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Point", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry point_static[] = {
    JS_CFUNC_DEF("isPoint", 1, point_is_point),
};

static int add_point(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue proto, ctor, global;
    int r;

    JS_NewClassID(rt, &point_class);
    if (!JS_IsRegisteredClass(rt, point_class) && JS_NewClass(rt, point_class, &point_def) < 0)
        return -1;
    proto = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, proto, point_proto, sizeof(point_proto) / sizeof(point_proto[0]));
    ctor = JS_NewCFunction2(ctx, point_new, "Point", 2, JS_CFUNC_constructor, 0);
    JS_SetPropertyFunctionList(ctx, ctor, point_static, sizeof(point_static) / sizeof(point_static[0]));
    JS_SetConstructor(ctx, ctor, proto);
    JS_SetClassProto(ctx, point_class, proto); /* takes it over */
    global = JS_GetGlobalObject(ctx);
    r = JS_SetPropertyStr(ctx, global, "Point", ctor);
    JS_FreeValue(ctx, global);
    return r;
}

int main(void)
{
    static const char source[] =
        "class Labelled extends Point { constructor(x, y, label) { super(x, y); this.label = label } }\n"
        "const p = new Labelled(3, 4, 'here');\n"
        "p.x += 0; p.label = { self: p, text: 'a cycle' };\n"
        "`${p} ${p.norm()} ${p.label.text} ${Point.isPoint(p)} ${Point.isPoint({})}`";
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JSValue v;
    const char *s;
    int status = 1;

    if (add_point(ctx) < 0)
        return 1;
    v = JS_Eval(ctx, source, strlen(source), "point.js", JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(v))
        v = JS_GetException(ctx);
    else
        status = 0;
    s = JS_ToCString(ctx, v);
    puts(s ? s : "?");
    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return status;
}
