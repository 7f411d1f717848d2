import * as os from 'os';
os.Worker.parent.onmessage = (e) => { os.Worker.parent.postMessage(e.data.data ** 2); };
