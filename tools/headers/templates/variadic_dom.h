JS_EXTERN JSValue JS_PRINTF_FORMAT_ATTR(3, 4)
JS_ThrowDOMException(JSContext *ctx, const char *name, JS_PRINTF_FORMAT const char *fmt, ...);
