import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../lib/audit.ts';
import { auditTableName, region } from './settings.ts';

/** Milliseconds. */
const interval = 500;

/** Whose events they are: what a rule on the event bus asks for. */
export const source = 'cognito-developer-identities';

/**
 * Tells of merged, unlinked and deleted identities as they come, as the event bus does on AWS: there the audit table's
 * stream feeds it, here the table is read again and again. Answers how to stop it.
 */
export const watchAnnouncements = (endpoint: string, tell: (event: object) => void): (() => void) => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region }));
  let since = new Date().toISOString();
  const look = async () => {
    const { Items = [] } = await client.send(
      new ScanCommand({
        TableName: auditTableName,
        FilterExpression: 'announce = :true AND #at > :since',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':true': true, ':since': since },
      }),
    );
    for (const { action, announce: _, ...detail } of Items as AuditEntry[]) {
      tell({ source, 'detail-type': action, detail });
      if (detail.at > since) since = detail.at;
    }
  };
  // A look that fails is made up for by the next one; the table goes away when the stack stops.
  const timer = setInterval(() => look().catch(() => {}), interval);
  timer.unref();
  return () => clearInterval(timer);
};
