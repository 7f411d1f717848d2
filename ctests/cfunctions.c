/* C functions of all thirteen prototypes, function data, closures, function lists. */
#include <math.h>

#include "check.h"

static JSValue f_generic(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewInt32(ctx, argc);
}

/* argv has at least `length` values, undefined ones added */
static JSValue f_padded(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    CHECK(argc >= 2 || JS_IsUndefined(argv[1]));
    return JS_NewBool(ctx, JS_IsUndefined(argv[2]));
}

static JSValue f_magic(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic)
{
    return JS_NewInt32(ctx, magic * 100 + argc);
}

static JSValue f_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue proto = JS_GetPropertyStr(ctx, new_target, "prototype"), obj;

    if (JS_IsException(proto))
        return proto;
    obj = JS_NewObjectProto(ctx, proto);
    JS_FreeValue(ctx, proto);
    JS_SetPropertyStr(ctx, obj, "made", JS_DupValue(ctx, argv[0]));
    return obj;
}

static JSValue f_constructor_magic(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv, int magic)
{
    JSValue obj = JS_NewObject(ctx);

    JS_SetPropertyStr(ctx, obj, "magic", JS_NewInt32(ctx, magic));
    return obj;
}

static JSValue f_either(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue obj;

    if (JS_IsUndefined(new_target))
        return JS_NewString(ctx, "called");
    obj = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, obj, "how", JS_NewString(ctx, "constructed"));
    return obj;
}

static JSValue f_either_magic(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv, int magic)
{
    if (JS_IsUndefined(new_target))
        return JS_NewInt32(ctx, magic);
    return JS_NewObject(ctx);
}

static double f_hypot2(double a, double b)
{
    return a * a + b * b;
}

static JSValue f_getter(JSContext *ctx, JSValueConst this_val)
{
    return JS_GetPropertyStr(ctx, this_val, "hidden");
}

static JSValue f_setter(JSContext *ctx, JSValueConst this_val, JSValueConst val)
{
    if (JS_SetPropertyStr(ctx, this_val, "hidden", JS_DupValue(ctx, val)) < 0)
        return JS_EXCEPTION;
    return JS_UNDEFINED;
}

static JSValue f_getter_magic(JSContext *ctx, JSValueConst this_val, int magic)
{
    return JS_GetPropertyUint32(ctx, this_val, magic);
}

static JSValue f_setter_magic(JSContext *ctx, JSValueConst this_val, JSValueConst val, int magic)
{
    if (JS_SetPropertyUint32(ctx, this_val, magic, JS_DupValue(ctx, val)) < 0)
        return JS_EXCEPTION;
    return JS_UNDEFINED;
}

static JSValue f_next(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int *pdone, int magic)
{
    JSValue v = JS_GetPropertyStr(ctx, this_val, "n");
    int32_t n;

    CHECK_INT(magic, 5);
    if (JS_ToInt32(ctx, &n, v))
        return JS_EXCEPTION;
    JS_SetPropertyStr(ctx, this_val, "n", JS_NewInt32(ctx, n + 1));
    *pdone = n >= 3;
    return n >= 3 ? JS_UNDEFINED : JS_NewInt32(ctx, n * 10);
}

static void prototypes(JSContext *ctx)
{
    JSCFunctionType f;
    JSValue v;

    set_global(ctx, "generic", JS_NewCFunction(ctx, f_generic, "generic", 2));
    CHECK_EVAL(ctx, "generic.name + generic.length + generic() + generic(1, 2, 3)", "generic203");
    CHECK_EVAL(ctx, "generic.prototype === undefined && !('prototype' in generic)", "true");
    CHECK_EVAL_ERROR(ctx, "new generic", "TypeError");
    set_global(ctx, "padded", JS_NewCFunction(ctx, f_padded, "padded", 3));
    CHECK_EVAL(ctx, "padded() && padded(1) && padded(1, 2) && !padded(1, 2, 3)", "true");

    set_global(ctx, "magic", JS_NewCFunctionMagic(ctx, f_magic, "magic", 0, JS_CFUNC_generic_magic, 7));
    CHECK_EVAL(ctx, "magic(1, 2)", "702");

    v = JS_NewCFunction2(ctx, f_constructor, "Made", 1, JS_CFUNC_constructor, 0);
    CHECK(JS_IsConstructor(ctx, v));
    set_global(ctx, "Made", v);
    CHECK_EVAL(ctx, "Made.prototype = { tag: 't' }; var m = new Made(4); m.made + m.tag", "4t");
    CHECK_EVAL(ctx, "class Sub extends Made { constructor() { super(8) } }; new Sub().made + '' + (new Sub() instanceof Sub)",
               "8true");
    CHECK_EVAL(ctx, "Reflect.construct(Made, [1], Array) instanceof Array", "true");
    CHECK_EVAL_ERROR(ctx, "Made()", "TypeError");

    f.constructor_magic = f_constructor_magic;
    set_global(ctx, "CM", JS_NewCFunction2(ctx, f.generic, "CM", 0, JS_CFUNC_constructor_magic, 9));
    CHECK_EVAL(ctx, "new CM().magic", "9");
    CHECK_EVAL_ERROR(ctx, "CM()", "TypeError");

    set_global(ctx, "either", JS_NewCFunction2(ctx, f_either, "either", 0, JS_CFUNC_constructor_or_func, 0));
    CHECK_EVAL(ctx, "either() + new either().how + either.call({})", "calledconstructedcalled");
    f.constructor_magic = f_either_magic;
    set_global(ctx, "EM", JS_NewCFunction2(ctx, f.generic, "EM", 0, JS_CFUNC_constructor_or_func_magic, -3));
    CHECK_EVAL(ctx, "EM() + typeof new EM", "-3object");

    f.f_f = sqrt;
    set_global(ctx, "root", JS_NewCFunction2(ctx, f.generic, "root", 1, JS_CFUNC_f_f, 0));
    CHECK_EVAL(ctx, "root(16) + root('9') + root({ valueOf: () => 4 })", "9");
    CHECK_EVAL(ctx, "root(-1) + '' + root()", "NaNNaN");
    CHECK_EVAL(ctx, "root({ valueOf() { throw 'thrown' } })", "throws thrown");
    f.f_f_f = f_hypot2;
    set_global(ctx, "hypot2", JS_NewCFunction2(ctx, f.generic, "hypot2", 2, JS_CFUNC_f_f_f, 0));
    CHECK_EVAL(ctx, "hypot2(3, '4')", "25");
    CHECK_EVAL(ctx, "var log = ''; hypot2({ valueOf() { log += 'a'; return 1 } }, { valueOf() { log += 'b'; return 2 } }) + log",
               "5ab");

    set_global(ctx, "o", JS_NewObject(ctx));
    f.getter = f_getter;
    set_global(ctx, "g", JS_NewCFunction2(ctx, f.generic, "g", 0, JS_CFUNC_getter, 0));
    f.setter = f_setter;
    set_global(ctx, "s", JS_NewCFunction2(ctx, f.generic, "s", 1, JS_CFUNC_setter, 0));
    CHECK_EVAL(ctx, "Object.defineProperty(o, 'p', { get: g, set: s }); o.p = 'kept'; o.p + o.hidden", "keptkept");
    CHECK_EVAL(ctx, "s.call(o); o.p", "undefined");
    f.getter_magic = f_getter_magic;
    set_global(ctx, "g", JS_NewCFunction2(ctx, f.generic, "g", 0, JS_CFUNC_getter_magic, 6));
    f.setter_magic = f_setter_magic;
    set_global(ctx, "s", JS_NewCFunction2(ctx, f.generic, "s", 1, JS_CFUNC_setter_magic, 6));
    CHECK_EVAL(ctx, "Object.defineProperty(o, 'q', { get: g, set: s }); o.q = 'six'; o.q + o[6]", "sixsix");

    f.iterator_next = f_next;
    set_global(ctx, "next", JS_NewCFunction2(ctx, f.generic, "next", 0, JS_CFUNC_iterator_next, 5));
    CHECK_EVAL(ctx, "var it = { n: 0, next, [Symbol.iterator]() { return this } }; [...it].join()", "0,10,20");
    CHECK_EVAL(ctx, "it.n = 2; JSON.stringify([it.next(), it.next()])", "[{\"value\":20,\"done\":false},{\"done\":true}]");
    CHECK_EVAL(ctx, "it.n = 1; var sum = 0; for (var x of it) sum += x; sum", "30");

    v = JS_NewCFunction3(ctx, f_generic, "with a prototype", 0, JS_CFUNC_generic, 0, JS_NULL, 0);
    set_global(ctx, "f3", v);
    CHECK_EVAL(ctx, "Object.getPrototypeOf(f3)", "null");
    CHECK_EVAL(ctx, "Function.prototype.toString.call(generic)", "function generic() {\n    [native code]\n}");
    v = JS_NewCFunction(ctx, f_generic, NULL, 0);
    set_global(ctx, "anonymous", v);
    CHECK_EVAL(ctx, "anonymous.name + anonymous(1)", "1");
}

/* `this` is passed as it is: C functions are strict */
static JSValue f_this(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_DupValue(ctx, this_val);
}

static JSValue f_args(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewArrayFrom(ctx, 0, NULL);
}

static JSValue f_many(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int64_t sum = 0;
    int i;

    for (i = 0; i < argc; i++) {
        int32_t n;

        if (JS_ToInt32(ctx, &n, argv[i]))
            return JS_EXCEPTION;
        sum += n;
    }
    return JS_NewInt64(ctx, sum);
}

static void passing(JSContext *ctx)
{
    set_global(ctx, "self", JS_NewCFunction(ctx, f_this, "self", 0));
    CHECK_EVAL(ctx, "typeof self.call(5) + typeof self.call(null) + typeof (0, self)()", "numberobjectundefined");
    CHECK_EVAL(ctx, "var o = { self }; o.self() === o && self.call(null) === null", "true");
    set_global(ctx, "args", JS_NewCFunction(ctx, f_args, "args", 0));
    CHECK_EVAL(ctx, "args(...[1, 2]).length", "0");
    set_global(ctx, "many", JS_NewCFunction(ctx, f_many, "many", 0));
    CHECK_EVAL(ctx, "many(...Array.from({ length: 5000 }, (_, i) => i))", "12497500");
    CHECK_EVAL(ctx, "many.apply(null, [1, 2, '3'])", "6");
    CHECK_EVAL_ERROR(ctx, "many(1, Symbol())", "TypeError");
    CHECK_EVAL(ctx, "many.bind(null, 10)(20)", "30");
    CHECK_EVAL(ctx, "[3, 1].reduce((a, b) => many(a, b)) + [1, 2].map(x => many(x)).length", "6");
}

static JSValue f_data(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic,
                      JSValueConst *func_data)
{
    JSValue v = JS_NewObject(ctx);

    JS_SetPropertyStr(ctx, v, "argc", JS_NewInt32(ctx, argc));
    JS_SetPropertyStr(ctx, v, "magic", JS_NewInt32(ctx, magic));
    JS_SetPropertyStr(ctx, v, "zero", JS_DupValue(ctx, func_data[0]));
    JS_SetPropertyStr(ctx, v, "one", JS_DupValue(ctx, func_data[1]));
    return v;
}

static void data(JSContext *ctx)
{
    JSValue values[2] = { JS_NewString(ctx, "a string"), JS_NewObject(ctx) };
    JSValue f = JS_NewCFunctionData(ctx, f_data, 3, 11, 2, values), g;

    g = JS_NewCFunctionData2(ctx, f_data, "named", 3, 12, 2, values);
    JS_FreeValues(ctx, values[0], values[1]);
    set_global(ctx, "f", f);
    set_global(ctx, "g", g);
    CHECK_EVAL(ctx, "JSON.stringify(f(1))", "{\"argc\":1,\"magic\":11,\"zero\":\"a string\",\"one\":{}}");
    CHECK_EVAL(ctx, "f.name + f.length + g.name + g.length + g().magic", "3named312");
    CHECK_EVAL(ctx, "f().one === g().one", "true");
    /* a cycle through the data */
    CHECK_EVAL(ctx, "f().one.f = f; f = g = undefined", "undefined");
    JS_RunGC(JS_GetRuntime(ctx));
}

static int closures_freed;

static void free_closure(void *opaque)
{
    closures_freed++;
    free(opaque);
}

static JSValue f_closure(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic, void *opaque)
{
    return JS_NewInt32(ctx, ++*(int *)opaque + magic);
}

static void closures(JSContext *ctx)
{
    int *count = calloc(1, sizeof(*count)), on_stack = 0;

    set_global(ctx, "c", JS_NewCClosure(ctx, f_closure, "counter", free_closure, 2, 100, count));
    CHECK_EVAL(ctx, "c.name + c.length + [c(), c(), c()].join()", "counter2101,102,103");
    CHECK_INT(closures_freed, 0);
    CHECK_EVAL(ctx, "c = null", "null");
    CHECK_INT(closures_freed, 1);
    set_global(ctx, "c", JS_NewCClosure(ctx, f_closure, NULL, NULL, 0, 0, &on_stack));
    CHECK_EVAL(ctx, "c.name + c()", "1");
    CHECK_INT(on_stack, 1);
    CHECK_EVAL(ctx, "c = null", "null");
    CHECK_INT(closures_freed, 1);
}

static const JSCFunctionListEntry inner[] = {
    JS_PROP_INT32_DEF("i", 1, JS_PROP_C_W_E),
};

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("generic", 1, f_generic),
    JS_CFUNC_DEF2("fixed", 1, f_generic, JS_PROP_ENUMERABLE),
    JS_CFUNC_MAGIC_DEF("magic", 2, f_magic, 3),
    JS_CFUNC_SPECIAL_DEF("root", 1, f_f, sqrt),
    JS_CFUNC_SPECIAL_DEF("Made", 1, constructor, f_constructor),
    JS_ITERATOR_NEXT_DEF("next", 0, f_next, 5),
    JS_CGETSET_DEF("acc", f_getter, f_setter),
    JS_CGETSET_DEF("readonly", f_getter, NULL),
    JS_CGETSET_MAGIC_DEF("five", f_getter_magic, f_setter_magic, 5),
    JS_PROP_STRING_DEF("string", "text \xe2\x82\xac", JS_PROP_ENUMERABLE),
    JS_PROP_INT32_DEF("int32", -5, JS_PROP_C_W_E),
    JS_PROP_INT64_DEF("int64", INT64_C(1) << 50, JS_PROP_C_W_E),
    JS_PROP_DOUBLE_DEF("pi", 3.5, 0),
    JS_PROP_U2D_DEF("bits", 0x7ff0000000000000, 0),
    JS_PROP_UNDEFINED_DEF("nothing", JS_PROP_ENUMERABLE),
    JS_PROP_BOOL_DEF("yes", 1, JS_PROP_ENUMERABLE),
    JS_OBJECT_DEF("inner", inner, 1, JS_PROP_C_W_E),
    JS_ALIAS_DEF("alias", "generic"),
    JS_ALIAS_BASE_DEF("parse", "parseInt", 0),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Listed", JS_PROP_CONFIGURABLE),
    JS_CFUNC_DEF("[Symbol.iterator]", 0, f_this),
};

static void lists(JSContext *ctx)
{
    JSValue o = JS_NewObject(ctx);

    CHECK_INT(JS_SetPropertyFunctionList(ctx, o, list, sizeof(list) / sizeof(list[0])), 0);
    set_global(ctx, "l", o);
    CHECK_EVAL(ctx, "l.generic(1, 2) + l.generic.name + l.generic.length", "2generic1");
    CHECK_EVAL(ctx, "l.magic() + l.root(25)", "305");
    CHECK_EVAL(ctx, "l.Made.prototype = {}; new l.Made(3).made", "3");
    CHECK_EVAL(ctx, "l.acc = 4; l.acc + l.readonly", "8");
    CHECK_EVAL_ERROR(ctx, "'use strict'; l.readonly = 5", "TypeError");
    CHECK_EVAL(ctx, "l.five = 'v'; l[5] + l.five", "vv");
    CHECK_EVAL(ctx, "var d = Object.getOwnPropertyDescriptor(l, 'acc'); d.get.name + d.set.name + d.set.length", "get accset acc1");
    CHECK_EVAL(ctx, "l.string", "text \xe2\x82\xac");
    CHECK_EVAL(ctx, "[l.int32, l.int64, l.pi, l.bits, l.nothing, l.yes, l.inner.i].join()",
               "-5,1125899906842624,3.5,Infinity,,true,1");
    CHECK_EVAL(ctx, "l.alias === l.generic && l.parse === parseInt", "true");
    CHECK_EVAL(ctx, "Object.prototype.toString.call(l)", "[object Listed]");
    CHECK_EVAL(ctx, "l.n = 0; [...l].join()", "0,10,20");
    CHECK_EVAL(ctx, "var p = k => { var d = Object.getOwnPropertyDescriptor(l, k);"
                    " return (d.writable ? 'w' : '') + (d.enumerable ? 'e' : '') + (d.configurable ? 'c' : '') };"
                    " [p('generic'), p('fixed'), p('acc'), p('pi'), p('int32'), p(Symbol.iterator)].join()",
               "wc,e,c,,wec,wc");
}

static void constructors(JSContext *ctx)
{
    JSValue ctor = JS_NewCFunction2(ctx, f_constructor, "Ctor", 1, JS_CFUNC_constructor, 0);
    JSValue proto = JS_NewObject(ctx);

    CHECK(JS_SetConstructor(ctx, ctor, proto) >= 0);
    set_global(ctx, "Ctor", ctor);
    set_global(ctx, "proto", proto);
    CHECK_EVAL(ctx, "Ctor.prototype === proto && proto.constructor === Ctor", "true");
    CHECK_EVAL(ctx, "Object.getOwnPropertyDescriptor(Ctor, 'prototype').writable", "false");
    CHECK_EVAL(ctx, "Object.keys(proto).length + (new Ctor(1) instanceof Ctor)", "1");
    CHECK_EVAL(ctx, "Ctor = proto = undefined", "undefined");
}

int main(void)
{
    JSContext *ctx = new_context();

    prototypes(ctx);
    passing(ctx);
    data(ctx);
    closures(ctx);
    lists(ctx);
    constructors(ctx);
    free_context(ctx);
    return 0;
}
