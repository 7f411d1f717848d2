import * as os from 'os';

try {
    const worker = new os.Worker('worker.js');
    console.log('Worker created successfully');
} catch (err) {
    console.error('Failed to create worker:', err);
}
