import * as os from 'os'; os.Worker.parent.onmessage = () => {};
