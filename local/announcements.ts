import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { type AuditItem, toEntry } from '../lib/audit.ts';
import { auditTableName, region } from './settings.ts';

/** Milliseconds. */
const interval = 500;

/** Whose events they are: what a rule on the event bus asks for. */
export const source = 'cognito-developer-identities';

/**
 * Tells of merged, unlinked and deleted identities as they come, as the event bus does on AWS: there the audit table's
 * stream feeds it, here the table is read again and again. Answers how to stop it.
 */
export const watchAnnouncements = async (
  endpoint: string,
  tell: (event: object) => void,
): Promise<() => Promise<void>> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region }));
  // Not by the time: what is resumed comes late, with the time when it began.
  const told = new Set<string>();
  const look = async () => {
    const all = { TableName: auditTableName, FilterExpression: 'announce = :true' };
    const pages = paginateScan({ client }, { ...all, ExpressionAttributeValues: { ':true': true } });
    return (await Array.fromAsync(pages)).flatMap(({ Items = [] }) => Items as AuditItem[]).filter(isNew);
  };
  const isNew = ({ identityId, at }: AuditItem) => {
    const key = `${identityId} ${at}`;
    return !told.has(key) && told.add(key);
  };
  // What was there before is told already.
  await look();
  const lookAndTell = async () => {
    for (const item of await look()) {
      const { action, ...detail } = toEntry(item);
      tell({ source, 'detail-type': action, detail });
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    // A look that fails is made up for by the next one.
    looking = looking.then(lookAndTell).catch(() => {});
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // The table goes away after this: dynalite throws where a request outlives it.
    await looking;
  };
};
