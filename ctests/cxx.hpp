/* A C++ embedder's layer over quickjs.h, as such are written: owners for everything that is freed, exceptions that
   become one another without ever crossing a frame of the engine, C++ callables as functions, C++ classes as classes. */
#ifndef CXX_HPP
#define CXX_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "quickjs.h"

namespace js {

/* One value. Copies count up, moves leave undefined. */
class Value {
public:
    Value() : ctx_(nullptr), v_(JS_UNDEFINED) {}
    Value(JSContext *ctx, JSValue v) : ctx_(ctx), v_(v) {}
    Value(const Value &o) : ctx_(o.ctx_), v_(o.ctx_ ? JS_DupValue(o.ctx_, o.v_) : o.v_) {}
    Value(Value &&o) noexcept : ctx_(o.ctx_), v_(o.release()) {}
    ~Value()
    {
        if (ctx_)
            JS_FreeValue(ctx_, v_);
    }
    Value &operator=(Value o) noexcept
    {
        std::swap(ctx_, o.ctx_);
        std::swap(v_, o.v_);
        return *this;
    }
    static Value dup(JSContext *ctx, JSValueConst v) { return Value(ctx, JS_DupValue(ctx, v)); }

    JSValueConst get() const { return v_; }
    JSContext *ctx() const { return ctx_; }
    JSValue release() noexcept
    {
        JSValue v = v_;
        v_ = JS_UNDEFINED;
        return v;
    }

private:
    JSContext *ctx_;
    JSValue v_;
};

struct FreeCString {
    JSContext *ctx;
    void operator()(const char *s) const { JS_FreeCString(ctx, s); }
};
typedef std::unique_ptr<const char, FreeCString> CString;

/* ToString of a value that has one. */
inline std::string text(JSContext *ctx, JSValueConst v)
{
    std::size_t len = 0;
    CString s(JS_ToCStringLen(ctx, &len, v), FreeCString{ctx});

    if (!s) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return "(no text)";
    }
    return std::string(s.get(), len);
}

/* What a script threw, as a C++ exception that carries the value. */
class Error : public std::runtime_error {
public:
    Error(JSContext *ctx, JSValue thrown)
        : std::runtime_error(text(ctx, thrown)), thrown_(std::make_shared<Value>(ctx, thrown))
    {
    }
    const Value &thrown() const { return *thrown_; }

private:
    /* Copying an exception must not throw, so copies share it. */
    std::shared_ptr<Value> thrown_;
};

/* Takes a result over; a pending exception is thrown as an Error. */
inline Value check(JSContext *ctx, JSValue v)
{
    if (JS_IsException(v))
        throw Error(ctx, JS_GetException(ctx));
    return Value(ctx, v);
}
inline int check(JSContext *ctx, int n)
{
    if (n < 0)
        throw Error(ctx, JS_GetException(ctx));
    return n;
}

/* Runs C++ code for a script: what it throws becomes the pending exception. Nothing leaves by unwinding. */
template <typename F>
JSValue guard(JSContext *ctx, F f) noexcept
{
    try {
        return f();
    } catch (const Error &e) {
        return JS_Throw(ctx, JS_DupValue(ctx, e.thrown().get()));
    } catch (const std::bad_alloc &) {
        return JS_ThrowOutOfMemory(ctx);
    } catch (const std::out_of_range &e) {
        return JS_ThrowRangeError(ctx, "%s", e.what());
    } catch (const std::invalid_argument &e) {
        return JS_ThrowTypeError(ctx, "%s", e.what());
    } catch (const std::exception &e) {
        return JS_ThrowPlainError(ctx, "%s", e.what());
    } catch (...) {
        return JS_ThrowInternalError(ctx, "unknown C++ exception");
    }
}

typedef std::function<Value(JSContext *, const std::vector<Value> &)> Callable;

/* A runtime with its classes, and one context. Reached from callbacks by the runtime's opaque pointer. */
class Engine {
public:
    Engine() : rt_(JS_NewRuntime()), ctx_(nullptr), callable_class_(0)
    {
        if (!rt_)
            throw std::bad_alloc();
        JS_SetDumpFlags(rt_, JS_ABORT_ON_LEAKS);
        JS_SetRuntimeOpaque(rt_, this);
        ctx_ = JS_NewContext(rt_);
        if (!ctx_) {
            JS_FreeRuntime(rt_);
            throw std::bad_alloc();
        }
        JSClassDef def = JSClassDef();
        def.class_name = "Callable";
        def.finalizer = [](JSRuntime *rt, JSValueConst v) {
            delete static_cast<Callable *>(JS_GetOpaque(v, of(rt).callable_class_));
        };
        new_class(&callable_class_, &def);
    }
    ~Engine()
    {
        JS_FreeContext(ctx_);
        JS_FreeRuntime(rt_);
    }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    static Engine &of(JSRuntime *rt) { return *static_cast<Engine *>(JS_GetRuntimeOpaque(rt)); }
    static Engine &of(JSContext *ctx) { return of(JS_GetRuntime(ctx)); }
    JSRuntime *rt() const { return rt_; }
    JSContext *ctx() const { return ctx_; }

    void new_class(JSClassID *id, const JSClassDef *def)
    {
        JS_NewClassID(rt_, id);
        if (JS_NewClass(rt_, *id, def))
            throw std::bad_alloc();
    }
    Value eval(const std::string &source, int flags = JS_EVAL_TYPE_GLOBAL, const char *file = "c++.js")
    {
        return check(ctx_, JS_Eval(ctx_, source.c_str(), source.size(), file, flags));
    }
    Value global() { return Value(ctx_, JS_GetGlobalObject(ctx_)); }
    void set_global(const char *name, Value v)
    {
        check(ctx_, JS_SetPropertyStr(ctx_, global().get(), name, v.release()));
    }
    Value call(const Value &f, std::vector<Value> args = std::vector<Value>())
    {
        std::vector<JSValueConst> argv;

        for (const Value &a : args)
            argv.push_back(a.get());
        return check(ctx_, JS_Call(ctx_, f.get(), JS_UNDEFINED, static_cast<int>(argv.size()), argv.data()));
    }
    /* Runs jobs until there are none; how many there were. */
    int run_jobs()
    {
        JSContext *ctx = nullptr;
        int n = 0, r;

        while ((r = JS_ExecutePendingJob(rt_, &ctx)) > 0)
            n++;
        if (r < 0)
            throw Error(ctx, JS_GetException(ctx));
        return n;
    }
    /* Runs jobs until the promise is settled, and gives what it is fulfilled with. */
    Value await(const Value &promise)
    {
        run_jobs();
        switch (JS_PromiseState(ctx_, promise.get())) {
        case JS_PROMISE_FULFILLED:
            return check(ctx_, JS_PromiseResult(ctx_, promise.get()));
        case JS_PROMISE_REJECTED:
            throw Error(ctx_, JS_PromiseResult(ctx_, promise.get()));
        default:
            throw std::logic_error("the promise is pending, and there is nothing to do");
        }
    }
    /* A function of a std::function. It lies in an object's opaque pointer, and the object is the function's datum:
       the collector frees it with the function. */
    Value function(Callable f, int length = 0)
    {
        Value holder = check(ctx_, JS_NewObjectClass(ctx_, static_cast<int>(callable_class_)));
        JS_SetOpaque(holder.get(), new Callable(std::move(f)));
        JSValueConst data[1] = {holder.get()};
        return check(ctx_, JS_NewCFunctionData(ctx_, call_callable, length, 0, 1, data));
    }

private:
    static JSValue call_callable(JSContext *ctx, JSValueConst, int argc, JSValueConst *argv, int, JSValueConst *data)
    {
        return guard(ctx, [&]() {
            Callable *f = static_cast<Callable *>(JS_GetOpaque(data[0], of(ctx).callable_class_));
            std::vector<Value> args;

            for (int i = 0; i < argc; i++)
                args.push_back(Value::dup(ctx, argv[i]));
            return (*f)(ctx, args).release();
        });
    }

    JSRuntime *rt_;
    JSContext *ctx_;
    JSClassID callable_class_;
};

inline double number(const Value &v)
{
    double d = 0;
    check(v.ctx(), JS_ToFloat64(v.ctx(), &d, v.get()));
    return d;
}
inline std::string text(const Value &v) { return text(v.ctx(), v.get()); }
inline Value number(JSContext *ctx, double d) { return Value(ctx, JS_NewNumber(ctx, d)); }
inline Value text(JSContext *ctx, const std::string &s)
{
    return check(ctx, JS_NewStringLen(ctx, s.data(), s.size()));
}

} // namespace js

#endif /* CXX_HPP */
