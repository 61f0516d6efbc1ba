/** Loaded before a function that is measured: tells the bench how many bytes its heap has, whenever it is asked. */
process.on('message', () => process.send(process.memoryUsage().heapUsed));
