/*
 * Entry points that rustc's thread sanitizer instrumentation calls and GCC's libtsan does not have. libtsan
 * intercepts memcpy and its kin and checks the ranges itself, so that forwarding loses nothing.
 */
#include <string.h>

void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int byte, size_t n);

void *__tsan_memcpy(void *to, const void *from, size_t n)
{
    return memcpy(to, from, n);
}

void *__tsan_memmove(void *to, const void *from, size_t n)
{
    return memmove(to, from, n);
}

void *__tsan_memset(void *to, int byte, size_t n)
{
    return memset(to, byte, n);
}
