import { fib } from "./fib.js";
export default "later";
export const sum = fib(10) + fib(9);
