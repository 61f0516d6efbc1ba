import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Config } from './config.ts';
import { wrongNextToken } from './problem.ts';
import { fromTable, ifCondition, openTable } from './table.ts';

/** What is announced: apps that keep data under an identity's id act on it. */
export type Action = 'identity.merged' | 'identity.unlinked' | 'identity.deleted' | 'sessions.ended';

/** Who, what, when, which identities, why, and how it went. Nothing secret. */
export interface AuditEntry {
  identityId: string;
  /** When it began (ISO 8601). */
  at: string;
  action: Action;
  /** Of a merge: the identity that went, and the one that its data belongs to now. */
  sourceIdentityId?: string | undefined;
  destinationIdentityId?: string | undefined;
  developerUserIdentifier?: string | undefined;
  /** `staff:<subject>` or `user:<developer user identifier>`. */
  actor: string;
  reason?: string | undefined;
  outcome: 'done' | 'refused';
  requestId: string;
}

/** As it is in the table. */
export interface AuditItem extends Omit<AuditEntry, 'at'> {
  /** The sort key: when it began, then what tells it from others of that moment. */
  at: string;
  /** When it began, alone: a pipe can't take the key apart. */
  time: string;
  /** The one entry of a change that the event bus hears of. */
  announce?: boolean;
}

export type Audit = ReturnType<typeof createAudit>;

/**
 * The audit is only ever added to. An entry that is written twice, by a resumed merge, is the same entry; what was done
 * stays done, and what was refused at first may be done yet.
 */
export const createAudit = (config: Config) => {
  const { client, name } = openTable(
    config.AUDIT_TABLE_NAME,
    config.AWS_REGION,
    config.AWS_ENDPOINT_URL_DYNAMODB,
  );
  return {
    /** `milliseconds`, since 1970, is when it began: the same for an entry that is written again. */
    async write(entry: Omit<AuditItem, 'at' | 'time'>, milliseconds = Date.now()): Promise<void> {
      const time = new Date(milliseconds).toISOString();
      const Item: AuditItem = { ...entry, at: `${time}#${entry.requestId}`, time };
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
        // One more tells whether there is another page.
        Limit: maxResults + 1,
        ConsistentRead: true,
        // Only the place within this identity's entries comes from the token: another's opens nothing.
        ...(nextToken && { ExclusiveStartKey: { identityId, at: fromToken(nextToken) } }),
      });
      const { Items = [] } = await fromTable(client.send(command, { abortSignal }));
      const items = Items.slice(0, maxResults) as AuditItem[];
      const last = Items.length > maxResults && items.at(-1)?.at;
      return { entries: items.map(toEntry), ...(last && { nextToken: toToken(last) }) };
    },
  };
};

export const toEntry = ({ announce: _, at: __, time, ...entry }: AuditItem): AuditEntry => ({
  ...entry,
  at: time,
});

const toToken = (at: string) => Buffer.from(at).toString('base64url');

const fromToken = (nextToken: string): string => {
  const at = Buffer.from(nextToken, 'base64url').toString();
  // Longer than DynamoDB's sort keys can be is none of this list's, and would read as a fault of the table.
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z#/.test(at) && Buffer.byteLength(at) <= 1_024) return at;
  throw wrongNextToken();
};
