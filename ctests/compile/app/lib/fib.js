import { base } from "./base.js";
export const where = import.meta.url.replace("file://", "");
export function fib(n) {
    return n < 2 ? base[n] : fib(n - 1) + fib(n - 2);
}
