import * as os from 'os';

os.Worker.parent.onmessage = ({ data: { n } }) => {
    // (To show what becomes of tasks that fail.)
    if (n && n % 33 === 0) throw Error(`no ${n}, please`);
    os.Worker.parent.postMessage(n * n);
};
