import * as os from 'qjs:os'; os.Worker.parent.postMessage('hello');
