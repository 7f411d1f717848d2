// A C++ host: what embedders build on the headers (cxx.hpp), and that it holds: owners, classes with C++ objects
// behind them, modules, exceptions in both directions, std::function, threads. As C++11, 17 and 20.
#include <atomic>
#include <chrono>
#include <thread>

#include "cxx.hpp"
#include "quickjs-libc.h"

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #cond); \
            std::exit(1); \
        } \
    } while (0)

using js::Callable;
using js::Engine;
using js::Value;

typedef std::vector<Value> Args;

// How many C++ objects scripts hold.
static std::atomic<int> alive(0);

struct Counted {
    Counted() { alive++; }
    Counted(const Counted &) { alive++; }
    ~Counted() { alive--; }
};

// The headers' inline functions and macros.
static void headers()
{
    Engine e;
    JSContext *ctx = e.ctx();

    CHECK(JS_IsUndefined(JS_UNDEFINED) && JS_IsNull(JS_NULL) && JS_IsBool(JS_TRUE) && JS_IsUninitialized(JS_UNINITIALIZED));
    CHECK(JS_VALUE_IS_NAN(JS_NAN));
    CHECK(JS_VALUE_GET_TAG(JS_MKVAL(JS_TAG_INT, 3)) == JS_TAG_INT);
    CHECK(JS_VALUE_GET_PTR(JS_MKPTR(JS_TAG_OBJECT, ctx)) == ctx);
    CHECK(JS_VALUE_GET_INT(JS_NewInt64(ctx, 7)) == 7);
    CHECK(JS_VALUE_GET_FLOAT64(JS_NewInt64(ctx, INT64_C(1) << 40)) == 1099511627776.0);
    CHECK(JS_VALUE_GET_BOOL(JS_NewBool(ctx, 1 == 1)));
    CHECK(js::text(js::text(ctx, std::string("a\0b", 3))).size() == 3);
}

// Owners: copies, moves, containers.
static void owners()
{
    Engine e;
    Value o = e.eval("({n: 1})"), copy = o, moved = std::move(copy);

    CHECK(JS_IsUndefined(copy.get()));
    CHECK(JS_IsStrictEqual(e.ctx(), o.get(), moved.get()));
    {
        std::vector<Value> list(10, o);
        std::map<std::string, Value> table;

        for (int i = 0; i < 100; i++)
            table[std::to_string(i) + "k"] = js::text(e.ctx(), std::to_string(i * i));
        list.insert(list.begin() + 3, table["12k"]);
        list.erase(list.begin());
        CHECK(js::text(list[2]) == "144" && list.size() == 10);
        o = table["9k"];
        o = static_cast<const Value &>(o);
    }
    CHECK(js::text(o) == "81");
    CHECK(js::text(e.ctx(), moved.get()) == "[object Object]");
}

// ---- a class

struct Vec {
    double x, y;
    Counted counted;
    Vec(double x, double y) : x(x), y(y) {}
};
static JSClassID vec_id(JSContext *ctx)
{
    return *static_cast<JSClassID *>(JS_GetContextOpaque(ctx));
}
static Vec &vec(JSContext *ctx, JSValueConst v)
{
    Vec *p = static_cast<Vec *>(JS_GetOpaque2(ctx, v, vec_id(ctx)));

    if (!p)
        throw js::Error(ctx, JS_GetException(ctx));
    return *p;
}
static JSValue new_vec(JSContext *ctx, JSValueConst new_target, double x, double y)
{
    Value proto = js::check(ctx, JS_GetPropertyStr(ctx, new_target, "prototype"));
    Value o = js::check(ctx, JS_NewObjectProtoClass(ctx, proto.get(), vec_id(ctx)));

    JS_SetOpaque(o.get(), new Vec(x, y));
    return o.release();
}
static JSValue vec_construct(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    return js::guard(ctx, [&]() {
        double x, y;

        js::check(ctx, JS_ToFloat64(ctx, &x, argv[0]));
        js::check(ctx, JS_ToFloat64(ctx, &y, argc > 1 ? argv[1] : argv[0]));
        if (x != x || y != y)
            throw std::invalid_argument("a Vec of NaN");
        return new_vec(ctx, new_target, x, y);
    });
}
static JSValue vec_get(JSContext *ctx, JSValueConst self, int magic)
{
    return js::guard(ctx, [&]() { return JS_NewNumber(ctx, magic ? vec(ctx, self).y : vec(ctx, self).x); });
}
static JSValue vec_set(JSContext *ctx, JSValueConst self, JSValueConst val, int magic)
{
    return js::guard(ctx, [&]() {
        double d;

        js::check(ctx, JS_ToFloat64(ctx, &d, val));
        (magic ? vec(ctx, self).y : vec(ctx, self).x) = d;
        return JS_UNDEFINED;
    });
}
static JSValue vec_add(JSContext *ctx, JSValueConst self, int, JSValueConst *argv)
{
    return js::guard(ctx, [&]() {
        Vec &a = vec(ctx, self), &b = vec(ctx, argv[0]);
        Value constructor = js::check(ctx, JS_GetPropertyStr(ctx, self, "constructor"));

        return new_vec(ctx, constructor.get(), a.x + b.x, a.y + b.y);
    });
}

#if __cplusplus >= 202002L
// The list macros use designated initializers.
static const JSCFunctionListEntry vec_members[] = {
    JS_CGETSET_MAGIC_DEF("x", vec_get, vec_set, 0),
    JS_CGETSET_MAGIC_DEF("y", vec_get, vec_set, 1),
    JS_CFUNC_DEF("add", 1, vec_add),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Vec", JS_PROP_CONFIGURABLE),
    JS_PROP_INT32_DEF("dimensions", 2, JS_PROP_C_W_E),
};
static void add_members(JSContext *ctx, JSValueConst proto)
{
    js::check(ctx, JS_SetPropertyFunctionList(ctx, proto, vec_members, sizeof vec_members / sizeof *vec_members));
}
#else
static void add_members(JSContext *ctx, JSValueConst proto)
{
    for (int magic = 0; magic < 2; magic++) {
        JSCFunctionListEntry entry = JSCFunctionListEntry();
        entry.name = magic ? "y" : "x";
        entry.prop_flags = JS_PROP_CONFIGURABLE;
        entry.def_type = JS_DEF_CGETSET_MAGIC;
        entry.magic = static_cast<int16_t>(magic);
        entry.u.getset.get.getter_magic = vec_get;
        entry.u.getset.set.setter_magic = vec_set;
        js::check(ctx, JS_SetPropertyFunctionList(ctx, proto, &entry, 1));
    }
    js::check(ctx, JS_SetPropertyStr(ctx, proto, "add", JS_NewCFunction(ctx, vec_add, "add", 1)));
    js::check(ctx, JS_SetPropertyStr(ctx, proto, "dimensions", JS_NewInt32(ctx, 2)));
}
#endif

// Registers Vec and gives its constructor. The number is kept by whoever owns the runtime.
static Value define_vec(Engine &e, JSClassID *id)
{
    JSContext *ctx = e.ctx();
    JSClassDef def = JSClassDef();

    JS_SetContextOpaque(ctx, id);
    def.class_name = "Vec";
    def.finalizer = [](JSRuntime *, JSValueConst v) {
        JSClassID id;
        delete static_cast<Vec *>(JS_GetAnyOpaque(v, &id));
    };
    e.new_class(id, &def);
    Value proto = js::check(ctx, JS_NewObject(ctx));
    add_members(ctx, proto.get());
    Value constructor = js::check(ctx, JS_NewCFunction2(ctx, vec_construct, "Vec", 2, JS_CFUNC_constructor, 0));
    js::check(ctx, JS_SetConstructor(ctx, constructor.get(), proto.get()));
    JS_SetClassProto(ctx, *id, proto.release());
    return constructor;
}

static void classes()
{
    JSClassID id = 0;
    {
        Engine e;

        e.set_global("Vec", define_vec(e, &id));
        CHECK(js::text(e.eval("var v = new Vec(1, 2).add(new Vec(3)); v.x *= 10; [v.x, v.y, v.dimensions].join()")) == "40,5,2");
        CHECK(js::text(e.eval("class Sub extends Vec { get length() { return Math.hypot(this.x, this.y) } };"
                              "var s = new Sub(3, 4); [s.length, s instanceof Vec, s.add(s) instanceof Sub].join()")) ==
              "5,true,true");
        const char *wrong[][2] = {
            {"Vec(1, 2)", "TypeError"},
            {"new Vec(NaN)", "TypeError: a Vec of NaN"},
            {"new Vec(Symbol())", "TypeError"},
            {"new Vec({valueOf() { throw new EvalError('mine') }})", "EvalError: mine"},
            {"v.add({})", "TypeError"},
            {"v.add()", "TypeError"},
            {"Vec.prototype.x", "TypeError"},
            {"Vec.prototype.add.call(1, v)", "TypeError"},
        };
        for (auto &w : wrong) {
            Value caught = e.eval(std::string("var t; try { ") + w[0] + "; t = 'nothing' } catch (e) { t = String(e) } t");
            CHECK(js::text(caught).compare(0, std::string(w[1]).size(), w[1]) == 0);
        }
        // Cycles through C++ objects' wrappers are collected, and their C++ objects with them.
        e.eval("for (var i = 0; i < 100; i++) { let a = new Vec(i, i), b = new Vec(i, i); a.other = b; b.other = a; }");
        JS_RunGC(e.rt());
        CHECK(alive < 20);
        // What C++ made, seen from C++ again.
        Value v = e.eval("v");
        vec(e.ctx(), v.get()).y = -1;
        CHECK(js::number(e.eval("v.y")) == -1);
        CHECK(JS_GetClassID(v.get()) == id);
    }
    CHECK(alive == 0);
}

// ---- a module

static int init_module(JSContext *ctx, JSModuleDef *m)
{
    Engine &e = Engine::of(ctx);
    JSClassID *id = static_cast<JSClassID *>(JS_GetContextOpaque(ctx));

    // An int is returned here, not a value; but what is thrown must not leave either.
    JSValue r = js::guard(ctx, [&]() {
        js::check(ctx, JS_SetModuleExport(ctx, m, "Vec", define_vec(e, id).release()));
        js::check(ctx, JS_SetModuleExport(ctx, m, "zero", JS_NewInt32(ctx, 0)));
        js::check(ctx, JS_SetModuleExport(ctx, m, "default", e.function([](JSContext *ctx, const Args &args) {
            return js::text(ctx, "default of " + std::to_string(args.size()));
        }).release()));
        return JS_UNDEFINED;
    });
    return JS_IsException(r) ? -1 : 0;
}
static int init_failing(JSContext *ctx, JSModuleDef *)
{
    JSValue r = js::guard(ctx, []() -> JSValue { throw std::out_of_range("no such device"); });
    return JS_IsException(r) ? -1 : 0;
}
// Sources by name.
typedef std::map<std::string, std::string> Sources;

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque)
{
    const Sources &sources = *static_cast<Sources *>(opaque);
    Sources::const_iterator it = sources.find(name);

    if (it == sources.end()) {
        JS_ThrowReferenceError(ctx, "there is no %s", name);
        return nullptr;
    }
    JSValue v = JS_Eval(ctx, it->second.c_str(), it->second.size(), name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(v))
        return nullptr;
    JSModuleDef *m = static_cast<JSModuleDef *>(JS_VALUE_GET_PTR(v));
    // The context keeps it.
    JS_FreeValue(ctx, v);
    return m;
}

static void modules()
{
    JSClassID id = 0;
    Sources sources;

    sources["lib"] = "import { Vec, zero } from 'native'; export const unit = new Vec(zero + 1, zero);";
    sources["broken"] = "export let = 1;";
    sources["device"] = "import 'failing';";
    {
        Engine e;
        JSContext *ctx = e.ctx();

        JS_SetContextOpaque(ctx, &id);
        JS_SetModuleLoaderFunc(e.rt(), nullptr, load, &sources);
        JSModuleDef *m = JS_NewCModule(ctx, "native", init_module);
        CHECK(m && JS_NewCModule(ctx, "failing", init_failing));
        for (const char *name : {"Vec", "zero", "default"})
            js::check(ctx, JS_AddModuleExport(ctx, m, name));
        e.await(e.eval("import f, * as native from 'native'; import { unit } from 'lib';"
                       "globalThis.result = [f(1, 2), unit.x, unit instanceof native.Vec, Object.keys(native)].join();",
                       JS_EVAL_TYPE_MODULE));
        CHECK(js::text(e.eval("result")) == "default of 2,1,true,Vec,default,zero");

        const char *wrong[][2] = {
            {"import 'nowhere'", "ReferenceError: there is no nowhere"},
            {"import 'broken'", "SyntaxError"},
            {"import { absent } from 'native'", "SyntaxError"},
            {"import 'device'", "RangeError: no such device"},
            {"throw new EvalError('top level')", "EvalError: top level"},
        };
        for (auto &w : wrong) {
            std::string caught = "nothing";
            try {
                e.await(e.eval(w[0], JS_EVAL_TYPE_MODULE, w[0]));
            } catch (const js::Error &error) {
                caught = error.what();
            }
            if (caught.compare(0, std::string(w[1]).size(), w[1])) {
                std::fprintf(stderr, "%s: %s\n", w[0], caught.c_str());
                CHECK(!"the error expected");
            }
        }
        CHECK(js::text(e.await(e.eval("import('native').then(n => typeof n.Vec)"))) == "function");
    }
    CHECK(alive == 0);
}

// ---- exceptions

static void exceptions()
{
    Engine e;
    JSContext *ctx = e.ctx();

    // C++ to scripts.
    struct Case {
        const char *name;
        void (*raise)();
        const char *text;
    } cases[] = {
        {"range", []() { throw std::out_of_range("too far"); }, "RangeError: too far"},
        {"at", []() { (void)std::vector<int>().at(1); }, "RangeError: "},
        {"type", []() { throw std::invalid_argument("100% wrong %s%n"); }, "TypeError: 100% wrong %s%n"},
        {"plain", []() { throw std::runtime_error("sorry"); }, "Error: sorry"},
        {"memory", []() { throw std::bad_alloc(); }, "InternalError: out of memory"},
        {"other", []() { throw 42; }, "InternalError: unknown C++ exception"},
    };
    for (const Case &c : cases) {
        void (*raise)() = c.raise;
        e.set_global("raise", e.function([raise](JSContext *, const Args &) {
            raise();
            return Value();
        }));
        std::string s = js::text(e.eval("try { raise() } catch (e) { `${e}` }"));
        CHECK(s.compare(0, std::string(c.text).size(), c.text) == 0);
        CHECK(!JS_HasException(ctx));
        // And back to C++: the text is the same.
        try {
            e.eval("raise()");
            CHECK(!"thrown");
        } catch (const js::Error &error) {
            CHECK(s == error.what());
        }
    }
    // Scripts to C++: the value itself, its stack too.
    try {
        e.eval("function inner() { throw Object.assign(new RangeError('deep'), {code: 7}) }\ninner()");
        CHECK(!"thrown");
    } catch (const js::Error &error) {
        Value code = js::check(ctx, JS_GetPropertyStr(ctx, error.thrown().get(), "code"));
        Value stack = js::check(ctx, JS_GetPropertyStr(ctx, error.thrown().get(), "stack"));

        CHECK(std::string(error.what()) == "RangeError: deep" && js::number(code) == 7);
        CHECK(js::text(stack).find("inner (c++.js:1:") != std::string::npos);
    }
    for (const char *thrown : {"null", "undefined", "12", "'text'", "Symbol('s')", "Object.create(null)"}) {
        try {
            e.eval(std::string("throw ") + thrown);
            CHECK(!"thrown");
        } catch (const js::Error &error) {
            CHECK(*error.what());
        }
        CHECK(!JS_HasException(ctx));
    }
    // Up and down twelve times: every C++ frame unwinds, every finally runs, and the value is the one thrown.
    int entered = 0, left = 0;
    struct Leaving {
        int &n;
        explicit Leaving(int &n) : n(n) {}
        ~Leaving() { n++; }
    };
    e.set_global("dive", e.function([&](JSContext *ctx, const Args &args) {
        Leaving leaving(left);
        entered++;
        if (js::number(args[1]) == 0)
            throw std::out_of_range("bottom");
        return e.call(args[0], {args[0], js::number(ctx, js::number(args[1]) - 1)});
    }));
    try {
        e.eval("var finals = 0; function down(f, n) { try { return dive(f, n) } finally { finals++ } } down(down, 11)");
        CHECK(!"thrown");
    } catch (const js::Error &error) {
        CHECK(std::string(error.what()) == "RangeError: bottom");
    }
    CHECK(entered == 12 && left == 12 && js::number(e.eval("finals")) == 12);
    // A script's error goes through C++ that does not look at it.
    CHECK(js::text(e.eval("var mine = {}; try { dive(() => { throw mine }, 1) } catch (e) { e === mine }")) == "true");
    // Errors that were caught may be kept, copied and outlive what threw them.
    std::exception_ptr kept;
    try {
        e.eval("throw new SyntaxError('kept')");
    } catch (...) {
        kept = std::current_exception();
    }
    JS_RunGC(e.rt());
    try {
        std::rethrow_exception(kept);
    } catch (const js::Error &error) {
        CHECK(JS_IsError(error.thrown().get()) && std::string(error.what()) == "SyntaxError: kept");
    }
    kept = nullptr;
}

// ---- std::function

static void functions()
{
    {
        Engine e;
        JSContext *ctx = e.ctx();
        auto counted = std::make_shared<Counted>();
        int calls = 0;

        e.set_global("count", e.function([counted, &calls](JSContext *ctx, const Args &) {
            return js::number(ctx, ++calls);
        }));
        counted.reset();
        CHECK(alive == 1);
        CHECK(js::number(e.eval("count(); count(); count.call(1, 2); count()")) == 4 && calls == 4);
        CHECK(js::text(e.eval("try { new count() } catch (e) { e.name }")) == "TypeError");
        // A callback that a script gave, kept by C++ and called later.
        std::vector<Value> listeners;
        e.set_global("on", e.function([&](JSContext *, const Args &args) {
            if (args.empty() || !JS_IsFunction(e.ctx(), args[0].get()))
                throw std::invalid_argument("on() takes a function");
            listeners.push_back(args[0]);
            return Value();
        }, 1));
        e.eval("var heard = []; on(x => heard.push(x)); on(async x => heard.push(await (x + 1)));");
        CHECK(js::text(e.eval("try { on() } catch (e) { e.message }")) == "on() takes a function");
        for (const Value &listener : listeners)
            e.call(listener, {js::number(ctx, 20)});
        CHECK(e.run_jobs() > 0);
        CHECK(js::text(e.eval("heard.join()")) == "20,21" && js::number(e.eval("on.length")) == 1);
        // A function that frees itself while it runs.
        e.set_global("once", e.function([&](JSContext *ctx, const Args &) {
            Value global = e.global();

            JS_SetPropertyStr(ctx, global.get(), "once", JS_NULL);
            JS_RunGC(e.rt());
            return js::text(ctx, "done");
        }));
        CHECK(js::text(e.eval("once()")) == "done" && js::text(e.eval("once")) == "null");
        e.eval("count = null");
        CHECK(alive == 0);
        // By JS_NewCClosure, whose finalizer is given the pointer itself.
        std::unique_ptr<Callable> f(new Callable([](JSContext *ctx, const Args &args) { return js::number(ctx, static_cast<double>(args.size())); }));
        Value closure = js::check(ctx, JS_NewCClosure(
            ctx,
            [](JSContext *ctx, JSValueConst, int argc, JSValueConst *argv, int, void *opaque) {
                return js::guard(ctx, [&]() {
                    Args args;
                    for (int i = 0; i < argc; i++)
                        args.push_back(Value::dup(ctx, argv[i]));
                    return (*static_cast<Callable *>(opaque))(ctx, args).release();
                });
            },
            "closure", [](void *opaque) { delete static_cast<Callable *>(opaque); }, 0, 0, f.get()));
        f.release();
        CHECK(js::number(e.call(closure, {closure, closure})) == 2);
    }
    CHECK(alive == 0);
}

// ---- memory of C++'s, limits, promises

static void hosts()
{
    {
        Engine e;
        JSContext *ctx = e.ctx();
        struct Buffer {
            std::vector<uint8_t> bytes;
            Counted counted;
        };
        Buffer *b = new Buffer;

        for (int i = 0; i < 256; i++)
            b->bytes.push_back(static_cast<uint8_t>(i));
        // Resized by C++; freed when the size asked for is 0.
        e.set_global("buffer", js::check(ctx, JS_NewArrayBuffer(ctx, b->bytes.data(), b->bytes.size(), 4096,
            [](JSRuntime *, void *opaque, void *, std::size_t size) -> void * {
                Buffer *b = static_cast<Buffer *>(opaque);
                if (size) {
                    b->bytes.resize(size);
                    return b->bytes.data();
                }
                delete b;
                return nullptr;
            }, b, false)));
        CHECK(js::number(e.eval("var u = new Uint8Array(buffer); u[0] = 9; u.reduce((a, b) => a + b)")) == 32640 + 9);
        CHECK(b->bytes[0] == 9 && alive == 1);
        CHECK(js::number(e.eval("buffer.resize(4000); u[3999] = 7; u.length")) == 4000 && b->bytes[3999] == 7);

        // A deadline.
        typedef std::chrono::steady_clock Clock;
        Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(20);
        JS_SetInterruptHandler(e.rt(), [](JSRuntime *, void *opaque) -> int {
            return Clock::now() > *static_cast<Clock::time_point *>(opaque);
        }, &deadline);
        try {
            e.eval("try { for (;;); } catch { 'caught' } finally { globalThis.ran = true }");
            CHECK(!"interrupted");
        } catch (const js::Error &error) {
            CHECK(JS_IsUncatchableError(error.thrown().get()));
        }
        JS_SetInterruptHandler(e.rt(), nullptr, nullptr);
        CHECK(js::text(e.eval("typeof ran")) == "undefined");

        // A promise that C++ settles.
        JSValue resolving[2];
        Value promise = js::check(ctx, JS_NewPromiseCapability(ctx, resolving));
        Value resolve(ctx, resolving[0]), reject(ctx, resolving[1]);
        e.set_global("answer", promise);
        Value sum = e.eval("(async () => 1 + await answer)()");
        e.run_jobs();
        CHECK(JS_PromiseState(ctx, sum.get()) == JS_PROMISE_PENDING);
        e.call(resolve, {js::number(ctx, 41)});
        CHECK(js::number(e.await(sum)) == 42);
        try {
            e.await(e.eval("(async () => { await null; throw new TypeError('late') })()"));
            CHECK(!"rejected");
        } catch (const js::Error &error) {
            CHECK(std::string(error.what()) == "TypeError: late");
        }
    }
    CHECK(alive == 0);
}

// ---- threads

// One runtime in each thread; nothing is shared but C++'s own atomics.
static void threads()
{
    const int n = std::getenv("QJS_CTEST_LIGHT") ? 2 : 4;
    std::vector<std::thread> pool;
    std::vector<double> sums(static_cast<std::size_t>(n));
    std::atomic<int> calls(0);

    for (int i = 0; i < n; i++) {
        pool.emplace_back([i, &sums, &calls]() {
            JSClassID id = 0;
            Engine e;

            e.set_global("Vec", define_vec(e, &id));
            e.set_global("base", js::number(e.ctx(), i));
            e.set_global("tick", e.function([&](JSContext *ctx, const Args &args) {
                if (js::number(args[0]) < 0)
                    throw std::out_of_range("negative");
                calls++;
                return js::number(ctx, js::number(args[0]) + 1);
            }));
            sums[static_cast<std::size_t>(i)] = js::number(e.eval(
                "let s = 0; for (let i = 0; i < 100; i++) { s += new Vec(base, tick(i)).y; try { tick(-1) } catch (e) { s += e.message.length } } s"));
        });
    }
    for (std::thread &t : pool)
        t.join();
    for (double sum : sums)
        CHECK(sum == 5050 + 800);
    CHECK(calls == 100 * n && alive == 0);
}

int main()
{
    headers();
    owners();
    classes();
    modules();
    exceptions();
    functions();
    hosts();
    threads();
    return 0;
}
