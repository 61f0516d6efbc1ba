import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Config } from './config.ts';
import { Problem } from './problem.ts';
import { auditTable, fromTable, ifCondition } from './table.ts';

/** What is announced: apps that keep data under an identity's id act on it. */
export type Action = 'identity.merged' | 'identity.unlinked' | 'identity.deleted' | 'sessions.ended';

/** Who, what, when, which identities, why, and how it went. Nothing secret. */
export interface AuditEntry {
  identityId: string;
  /** When (ISO 8601), then what tells it from others of that moment. */
  at: string;
  action: Action;
  /** The other identity of a merge. */
  otherIdentityId?: string | undefined;
  developerUserIdentifier?: string | undefined;
  /** `staff:<subject>` or `user:<developer user identifier>`. */
  actor: string;
  reason?: string | undefined;
  outcome: 'done' | 'refused';
  requestId: string;
  /** The one entry of an event that the event bus hears of. */
  announce?: boolean;
}

export type Audit = ReturnType<typeof createAudit>;

/**
 * The audit is only ever added to. An entry that is written twice, by a resumed merge, is the same entry; what was done
 * stays done, and what was refused at first may be done yet.
 */
export const createAudit = (config: Config) => {
  const { client, name } = auditTable(config);
  return {
    /** `time` is when it began, in milliseconds: the same for an entry that is written again. */
    async write(entry: Omit<AuditEntry, 'at'>, time = Date.now()): Promise<void> {
      const Item: AuditEntry = { ...entry, at: `${new Date(time).toISOString()}#${entry.requestId}` };
      const command = new PutCommand({
        TableName: name,
        Item,
        ConditionExpression: 'attribute_not_exists(identityId) OR #outcome = :refused',
        ExpressionAttributeNames: { '#outcome': 'outcome' },
        ExpressionAttributeValues: { ':refused': 'refused' },
      });
      await ifCondition(client.send(command));
    },

    /** An identity's entries, newest first. */
    async read(
      {
        identityId,
        maxResults,
        nextToken,
      }: { identityId: string; maxResults: number; nextToken?: string | undefined },
      abortSignal: AbortSignal,
    ): Promise<{ entries: AuditEntry[]; nextToken?: string }> {
      const command = new QueryCommand({
        TableName: name,
        KeyConditionExpression: 'identityId = :id',
        ExpressionAttributeValues: { ':id': identityId },
        ScanIndexForward: false,
        Limit: maxResults,
        ConsistentRead: true,
        // Only the place within this identity's entries comes from the token: another's opens nothing.
        ...(nextToken && { ExclusiveStartKey: { identityId, at: fromToken(nextToken) } }),
      });
      const { Items = [], LastEvaluatedKey } = await fromTable(client.send(command, { abortSignal }));
      return {
        entries: Items as AuditEntry[],
        ...(LastEvaluatedKey && { nextToken: Buffer.from(LastEvaluatedKey.at).toString('base64url') }),
      };
    },
  };
};

const fromToken = (nextToken: string): string => {
  const at = Buffer.from(nextToken, 'base64url').toString();
  // Longer than DynamoDB's sort keys can be is none of this list's, and would read as a fault of the table.
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z#/.test(at) && Buffer.byteLength(at) <= 1_024) return at;
  throw new Problem('invalid_request', {
    errors: [{ in: 'query', path: ['nextToken'], detail: 'is not one of this list' }],
  });
};
