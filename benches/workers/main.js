// What workers cost, for both engines: qjs main.js NAME prints one number (tools/bench runs it).
import * as os from 'qjs:os';
import * as std from 'qjs:std';

const now = () => os.now(); // microseconds
const median = list => list.sort((a, b) => a - b)[list.length >> 1];
const file = './worker.js';
const once = w => new Promise(resolve => { w.onmessage = e => { w.onmessage = null; resolve(e.data); }; });

const benches = {
    // µs from new Worker to its first message.
    async 'spawn'() {
        const times = [];
        for (let i = 0; i < 60; i++) {
            const t = now();
            const w = new os.Worker('./hello.js');
            await once(w);
            times.push(now() - t);
        }
        return median(times);
    },
    // µs there and back.
    async 'round-trip'() {
        const w = new os.Worker(file);
        await once((w.postMessage({ what: 'echo', v: 0 }), w));
        const n = 20000;
        const t = now();
        await new Promise(done => {
            let i = 0;
            w.onmessage = e => {
                if (++i === n) { w.onmessage = null; done(); } else w.postMessage({ what: 'echo', v: i });
            };
            w.postMessage({ what: 'echo', v: 0 });
        });
        return (now() - t) / n;
    },
    // The same with eight workers at once, on however many processors there are.
    async 'round-trip-of-8'() {
        const n = 3000, k = 8;
        const workers = Array.from({ length: k }, () => new os.Worker(file));
        await Promise.all(workers.map(w => once((w.postMessage({ what: 'echo', v: 0 }), w))));
        const t = now();
        await Promise.all(workers.map(w => new Promise(done => {
            let i = 0;
            w.onmessage = e => {
                if (++i === n) { w.onmessage = null; done(); } else w.postMessage({ what: 'echo', v: i });
            };
            w.postMessage({ what: 'echo', v: 0 });
        })));
        return (now() - t) / n / k;
    },
    // ns a message, many posted at once.
    async 'one-way'() {
        const w = new os.Worker(file);
        await once((w.postMessage({ what: 'echo', v: 0 }), w));
        const n = 300000;
        const t = now();
        for (let i = 0; i < n; i++) w.postMessage(i);
        w.postMessage({ what: 'count' });
        if (await once(w) !== n) throw Error('lost');
        return (now() - t) / n * 1000;
    },
    async 'one-way-object'() {
        const w = new os.Worker(file);
        await once((w.postMessage({ what: 'echo', v: 0 }), w));
        const n = 200000;
        const t = now();
        for (let i = 0; i < n; i++) w.postMessage({ i, s: 'text' });
        w.postMessage({ what: 'count' });
        if (await once(w) !== n) throw Error('lost');
        return (now() - t) / n * 1000;
    },
    // ms to clone 10,000 objects into the worker.
    async 'graph'() {
        const w = new os.Worker(file);
        await once((w.postMessage({ what: 'echo', v: 0 }), w));
        const graph = [];
        for (let i = 0; i < 10000; i++)
            graph.push({ id: i, name: 'object ' + i, next: graph[i - 1], tags: i % 10 ? null : ['a', 'b'] });
        const times = [];
        for (let i = 0; i < 40; i++) {
            const t = now();
            w.postMessage({ what: 'take', graph });
            await once(w);
            times.push(now() - t);
        }
        return median(times) / 1000;
    },
    // ms for a task split between two workers, times 1000 over what one needs: 500 is perfect.
    async 'two-of-two'() {
        const task = async (n, total) => {
            const workers = Array.from({ length: n }, () => new os.Worker(file));
            await Promise.all(workers.map(w => once((w.postMessage({ what: 'echo', v: 0 }), w))));
            const t = now();
            await Promise.all(workers.map(w => once((w.postMessage({ what: 'work', n: total / n }), w))));
            return now() - t;
        };
        const total = 20_000_000;
        const ratios = [];
        for (let i = 0; i < 5; i++) ratios.push(await task(2, total) / await task(1, total));
        return Math.min(...ratios) * 1000;
    },
};
const name = scriptArgs[1];
print(await benches[name]());
std.out.flush();
std.exit(0);
