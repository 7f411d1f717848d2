//! Arrays, buffers and typed arrays against hostile scripts: what they do to memory, time and each other's
//! lengths must end in a value or a catchable error, and the runtime must go on working.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime};

/// What a script's value (or what it throws) looks like as text, in a runtime of its own.
fn eval_with(set_up: impl FnOnce(&Runtime), script: &str) -> String {
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("a runtime");
    let cx = Context::new(&rt).expect("a context");
    set_up(&rt);
    let g = cx.global().clone();
    let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
    let run = |s: &str| match eval_script(&cx, g.as_value(), s.as_bytes(), "<test>", &options) {
        Ok(v) => cx.describe(&v),
        Err(_) => {
            let e = rt.take_exception().unwrap_or_default();
            format!("thrown {}", cx.describe(&e))
        }
    };
    let answer = run(script);
    rt.set_interrupt_handler(None);
    assert_eq!(run("[3,1,2].sort().concat(new Uint8Array(1).length).join()"), "1,2,3,1", "after {script}");
    answer
}
fn eval(script: &str) -> String {
    eval_with(|_| {}, script)
}

#[test]
fn sorting() {
    assert_eq!(eval("[5,25,100,1,-1,-10,0,,undefined].sort().join()"), "-1,-10,0,1,100,25,5,,");
    assert_eq!(eval("['b',,'a',undefined,'c'].toSorted().join()"), "a,b,c,,");
    // Stable, and right for every length around the run sizes.
    let script = "
        var bad = 0, seed = 1;
        function random() { return seed = (seed * 1103515245 + 12345) & 0x7fffffff }
        for (var n = 0; n < 300; n++) {
            var a = [];
            for (var i = 0; i < n; i++) a.push({ k: random() % 20, i });
            a.sort((x, y) => x.k - y.k);
            for (i = 1; i < n; i++)
                if (a[i - 1].k > a[i].k || a[i - 1].k == a[i].k && a[i - 1].i > a[i].i) bad++;
        }
        bad";
    assert_eq!(eval(script), "0");
    // Comparators without any order, and such that change the array.
    assert_eq!(
        eval("var a = [], s = 1; for (var i = 0; i < 3000; i++) a.push(i);
              a.sort(() => (s = s * 69069 + 1 | 0) % 3); a.slice().sort((x, y) => x - y).every((v, i) => v === i)"),
        "true"
    );
    assert_eq!(eval("var a = [3,2,1]; a.sort((x, y) => { a.length = 0; return x - y }); a.join()"), "1,2,3");
    assert_eq!(
        eval("new Float64Array([3,NaN,-0,0,-Infinity,1]).sort().map(x => Object.is(x,-0)?7:x).join()"),
        "-Infinity,7,0,1,3,NaN"
    );
}

#[test]
fn sparse_arrays() {
    assert_eq!(eval("new Array(2**32-1).join()"), "thrown RangeError: invalid string length");
    assert_eq!(eval("new Array(2**32-1).join('').length"), "0");
    assert_eq!(eval("var n = 0; new Array(2**32-1).forEach(() => n++); n"), "0");
    let make = "var a = []; a[4294967280] = 1; a[5] = 2; ";
    for (script, answer) in [
        ("a.shift(); [a.length, a[4], a[4294967279]].join()", "4294967280,2,1"),
        ("a.unshift(0); [a.length, a[6], a[4294967281]].join()", "4294967282,2,1"),
        ("a.splice(2, 1); [a.length, a[4], a[4294967279]].join()", "4294967280,2,1"),
        ("a.splice(2, 0, 8, 9); [a.length, a[2], a[7], a[4294967282]].join()", "4294967283,8,2,1"),
        ("a.sort(); [a.length, a[0], a[1], Object.keys(a)].join()", "4294967281,1,2,0,1"),
        ("a.reduceRight((x, y, i) => x + ':' + y + '@' + i)", "1:2@5"),
        ("[a.indexOf(1), a.lastIndexOf(2), a.includes(1)].join()", "4294967280,5,true"),
    ] {
        assert_eq!(eval(&format!("{make}{script}")), answer, "{script}");
    }
}

#[test]
fn cycles_and_depth() {
    assert_eq!(eval("var a = [1]; a[1] = [a, 2]; String(a)"), "1,,2");
    assert_eq!(
        eval("var a = []; for (var i = 0; i < 1e5; i++) a = [a]; String(a)"),
        "thrown RangeError: Maximum call stack size exceeded"
    );
    assert_eq!(
        eval("var a = []; for (var i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)"),
        "thrown RangeError: Maximum call stack size exceeded"
    );
}

#[test]
fn callbacks_that_change_what_is_walked() {
    assert_eq!(eval("[1, { toString() { Array.prototype.length; return 'x' } }, 3].join()"), "1,x,3");
    assert_eq!(
        eval(
            "var b = new ArrayBuffer(16, { maxByteLength: 32 }), t = new Uint8Array(b), n = 0;
                     t.forEach((v, i) => { if (!i) b.resize(4); n++ }); n + ' ' + t.length"
        ),
        "16 4"
    );
    assert_eq!(
        eval(
            "var b = new ArrayBuffer(16), t = new Uint8Array(b);
                     t[0] = { valueOf() { b.transfer(); return 1 } }; t.length"
        ),
        "0"
    );
    assert_eq!(
        eval(
            "var b = new ArrayBuffer(64, { maxByteLength: 128 }), t = new Uint16Array(b);
                     t.fill({ valueOf() { b.resize(8); return 7 } }); t.join()"
        ),
        "7,7,7,7"
    );
    assert_eq!(eval("Array.prototype[1] = 'P'; [1,,3].map(x => x).join() + [1,,3].indexOf('P')"), "1,P,31");
    assert_eq!(eval("var a = [1,2,3,4]; a.map((v, i) => { if (!i) a.length = 2; return v }).length"), "4");
}

#[test]
fn memory_limit() {
    // (In a function, so that nothing is kept.)
    let limited = |s: &str| {
        let body = if s.starts_with("var") { format!("(() => {{ {s} }})()") } else { s.to_string() };
        eval_with(|rt| rt.set_memory_limit(64 << 20), &body)
    };
    for script in [
        "var a = []; for (;;) a.push(a.length)",
        "new Array(1e9).fill(1)",
        "var a = [1]; for (;;) a = a.concat(a)",
        "var b = new Array(5e4).fill(1), a = []; for (;;) a.unshift(...b)",
        "var a = []; for (;;) a.push(new Uint8Array(1000))",
        "new Uint8Array(1 << 30)",
        "new SharedArrayBuffer(1 << 30)",
        "var b = new ArrayBuffer(8, { maxByteLength: 1 << 30 }); b.resize(1 << 30)",
        "Array.from({ length: 1e9 })",
        "new Uint8Array({ *[Symbol.iterator]() { for (;;) yield 1 } })",
        "Array.from({ *[Symbol.iterator]() { for (;;) yield 1 } })",
        "[...{ *[Symbol.iterator]() { for (;;) yield 1 } }]",
    ] {
        assert_eq!(limited(script), "thrown InternalError: out of memory", "{script}");
    }
    assert_eq!(limited("new Uint8Array(2 ** 40)"), "thrown RangeError: invalid array buffer length");
}

#[test]
fn interrupts() {
    for script in [
        "Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => 1)",
        "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
        "Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)",
        "Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 1)",
        "Array.prototype.sort.call({ length: 2 ** 53 - 1 })",
        "Array.prototype.join.call({ length: 2 ** 53 - 1 }, '')",
        "Array.prototype.find.call({ length: 2 ** 53 - 1 }, isNaN.bind(null, 1))",
    ] {
        let interrupt = |rt: &Runtime| rt.set_interrupt_handler(Some(std::rc::Rc::new(|_| true)));
        assert_eq!(eval_with(interrupt, script), "thrown InternalError: interrupted", "{script}");
    }
}
