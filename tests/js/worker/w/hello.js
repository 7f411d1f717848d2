import * as os from 'os'; os.Worker.parent.postMessage('hello from a file');
