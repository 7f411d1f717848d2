import * as os from 'qjs:os';

const parent = os.Worker.parent;
let n = 0;
parent.onmessage = e => {
    const m = e.data;
    switch (m.what) {
    case 'echo': parent.postMessage(m.v); break;
    case 'count': parent.postMessage(n); n = 0; break;
    case 'take': parent.postMessage(m.graph.length); break;
    case 'work': {
        let x = 1;
        for (let i = 0; i < m.n; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
        parent.postMessage(x);
        break;
    }
    default: n++;
    }
};
