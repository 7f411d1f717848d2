/* Integration point for quickjs-libc, not for public use. */
JS_EXTERN uintptr_t js_std_cmd(int cmd, ...);
