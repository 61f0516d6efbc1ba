// The file that Lambda loads. An ES module, so that Lambda waits until the function is ready. What it does is in a
// CommonJS one: on Node 24 an ES module's import of node:http alone costs 20 ms of the cold start.
import { createRequire } from 'node:module';

const { handler, init } = createRequire(import.meta.url)('./function.cjs');
await init();

export { handler };
