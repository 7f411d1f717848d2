// bjson: values to bytes and back.
import * as bjson from "qjs:bjson";
import { done, equal, ok, ours, throws } from "./check.js";

const REF = [bjson.WRITE_OBJ_REFERENCE, bjson.READ_OBJ_REFERENCE];
const roundTrip = (v, w = 0, r = 0) => {
    const b = bjson.write(v, w);
    return bjson.read(b, 0, b.byteLength, r);
};

for (const v of [0, -0, 1, -1, 2 ** 31, 1.5, NaN, Infinity, -Infinity, "", "abc", "é€😀", "\ud800", "a\0b", true, false, null, undefined,
                 0n, -1n, 2n ** 64n, -(2n ** 200n)])
    equal(roundTrip(v), v);
equal(roundTrip([1, "a", null]), [1, "a", null]);
equal(JSON.stringify(roundTrip({ a: [1, { b: "c" }], "d e": -5 })), '{"a":[1,{"b":"c"}],"d e":-5}');
equal(roundTrip(new Date(5)).getTime(), 5);
equal(String(roundTrip(/a+/gi)), "/a+/gi");
equal(Array.from(roundTrip(new Map([["k", 1]]))).flat(), ["k", 1]);
equal(Array.from(roundTrip(new Set([1, "2"]))), [1, "2"]);
{
    const t = roundTrip(new Uint16Array([1, 65535]));
    ok(t instanceof Uint16Array);
    equal(Array.from(t), [1, 65535]);
    equal(roundTrip(new ArrayBuffer(3)).byteLength, 3);
    equal(roundTrip(new Number(5)).valueOf(), 5);
    if (ours) {
        const e = roundTrip(new RangeError("m"));
        ok(e instanceof RangeError && e.message === "m");
    }
}

// references
{
    const o = { name: "o" };
    o.self = o;
    throws(() => bjson.write(o), TypeError);
    const r = roundTrip(o, ...REF);
    ok(r.self === r);
    const shared = {};
    const twice = roundTrip([shared, shared], ...REF);
    ok(twice[0] === twice[1]);
    ok((a => a[0] !== a[1])(roundTrip([shared, shared])), "written twice");
}

// what cannot be written
throws(() => bjson.write(() => 1), TypeError);
throws(() => bjson.write(Promise.resolve()), TypeError);
throws(() => bjson.write(new SharedArrayBuffer(4)), InternalError);
throws(() => bjson.write(new WeakMap()), TypeError);

// positions
{
    const b = bjson.write({ a: 1 });
    const more = new Uint8Array(b.byteLength + 10);
    more.set(new Uint8Array(b), 4);
    equal(bjson.read(more.buffer, 4, b.byteLength).a, 1);
    throws(() => bjson.read(b, 0, b.byteLength + 1), RangeError);
    throws(() => bjson.read(b, -1, 1), RangeError);
    throws(() => bjson.read(5, 0, 1), TypeError);
    if (ours) equal(bjson.read(b).a, 1, "all of it");
}

// bytes that are something else
{
    const b = new Uint8Array(bjson.write({ a: [1, 2, 3], b: "text" }));
    for (let n = 0; n < b.length; n++) throws(() => bjson.read(b.buffer, 0, n), Error);
    throws(() => bjson.read(new ArrayBuffer(0), 0, 0), Error);
    if (ours) {
        // Any byte changed is noticed.
        for (let i = 0; i < b.length; i++) {
            const c = b.slice();
            c[i] ^= 0x55;
            throws(() => bjson.read(c.buffer, 0, c.length), SyntaxError);
        }
    }
}

done("bjson");
