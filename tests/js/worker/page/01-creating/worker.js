import * as os from 'os';

// Receive messages from parent
os.Worker.parent.onmessage = (msg) => {
    console.log('Worker received:', msg);
    
    // Process data
    const result = doWork(msg.data.data); // CORRECTED, one word: the page has msg.data, which is the whole message
    
    // Send result back to parent
    os.Worker.parent.postMessage({ result });
};

function doWork(data) {
    // Heavy computation here
    return data * 2;
}
