import { once } from 'node:events';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

// A function in a process of its own, as on Lambda: it takes one event from its parent, and sends the answer back.
const { handler } = await import(`../../functions/${process.argv[2]}.ts`);
process.send?.('ready');
const [event] = (await once(process, 'message')) as [APIGatewayProxyEventV2];
const deadline = Date.now() + 15_000;
const answer = await handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() } as Context);
process.send?.(answer, () => process.exit());
