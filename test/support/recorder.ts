import { createServer, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { after } from 'node:test';
import { listen } from '../../local/listen.ts';
import { auditTableName } from '../../local/settings.ts';
import type { AwsCall } from './policies.ts';

// biome-ignore lint/suspicious/noExplicitAny: AWS's own shapes, whatever the operation is.
type Body = Record<string, any>;

/** Stands before a service of AWS, hands everything on to it, and tells of every call in IAM's terms. */
export const startRecorder = async (tell: (call: AwsCall) => void) => {
  const recorder = { url: '', target: '', down: false };
  const proxy = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    if (recorder.down) {
      response.destroy();
      return;
    }
    const [service, operation] = String(incoming.headers['x-amz-target']).split('.');
    tell(
      (service?.startsWith('DynamoDB') ? tableCall : poolCall)(operation ?? '', JSON.parse(body.toString())),
    );
    const { method, headers, url = '/' } = incoming;
    request(new URL(url, recorder.target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end(body);
  });
  const server = await listen(proxy, 0);
  after(() => server.close());
  recorder.url = server.url;
  return recorder;
};

const poolCall = (operation: string, { IdentityPoolId }: Body): AwsCall => ({
  action: `cognito-identity:${operation}`,
  resource: IdentityPoolId ? 'pool' : '*',
  context: {},
});

const tableCall = (operation: string, body: Body): AwsCall => {
  const table = body.TableName ?? Object.keys(body.RequestItems)[0];
  const resource = table === auditTableName ? 'AuditTable' : 'Table';
  return {
    action: `dynamodb:${operation}`,
    resource: body.IndexName ? `${resource}/index/${body.IndexName}` : resource,
    context: { 'dynamodb:LeadingKeys': keysOf(operation, body), 'dynamodb:Attributes': attributesOf(body) },
  };
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
const keysOf = (operation: string, body: Body): string[] => {
  if (operation === 'Query') return [body.ExpressionAttributeValues[':group']?.S ?? ''];
  const requests = Object.values<Body>(body.RequestItems ?? {}).flatMap((of) => of.Keys ?? of);
  const written = requests.map(({ PutRequest, pk }) => PutRequest?.Item ?? { pk });
  return [body.Key, body.Item, ...written].flatMap((key) => key?.pk?.S ?? []);
};

/** The names in the key and in expressions; nothing else is a bare word there. */
const attributesOf = ({ Key = {}, UpdateExpression = '', ConditionExpression = '' }: Body): string[] => {
  const words = `${UpdateExpression} ${ConditionExpression}`.match(/(?<!:)\b[a-z]\w+/g) ?? [];
  return [...Object.keys(Key), ...words];
};
