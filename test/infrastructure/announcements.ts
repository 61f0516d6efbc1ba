import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditItem, toEntry } from '../../lib/audit.ts';
import { source } from '../../local/announcements.ts';
import { propertiesOf } from '../support/packaged.ts';

/** What the audit says of a merge that is announced, all members set. */
const entry: Required<AuditItem> = {
  identityId: 'us-east-1:source',
  at: '2026-11-21T19:03:58.000Z#request',
  time: '2026-11-21T19:03:58.000Z',
  action: 'identity.merged',
  sourceIdentityId: 'us-east-1:source',
  destinationIdentityId: 'us-east-1:destination',
  developerUserIdentifier: '4711',
  actor: 'staff:jo',
  reason: 'Ticket 1234',
  outcome: 'done',
  requestId: 'request',
  announce: true,
};

const image = Object.fromEntries(
  Object.entries(entry).map(([name, value]) => [
    name,
    typeof value === 'boolean' ? { BOOL: value } : { S: value },
  ]),
);
const record = { eventName: 'INSERT', dynamodb: { NewImage: image } };

/** `$.a.b` in the record. */
const at = (path: string): unknown =>
  path
    .slice(2)
    .split('.')
    .reduce((value, name) => (value as Record<string, unknown>)?.[name], record as unknown);

const { SourceParameters, Source, Target, TargetParameters, RoleArn } = propertiesOf('AnnouncementPipe');

test('what the audit is told to announce becomes an event like that of `npm start`', () => {
  const { EventBridgeEventBusParameters: event, InputTemplate } = TargetParameters;
  assert.equal(event.Source, source);
  assert.equal(at(event.DetailType), entry.action);
  const { action: _, ...detail } = toEntry(entry);
  const filled = InputTemplate.replace(/<([^>]+)>/g, (_match: string, path: string) => at(path));
  assert.deepEqual(JSON.parse(filled), detail);
});

test('only new entries that are to be announced go through the pipe, and none is lost', () => {
  const { FilterCriteria, DynamoDBStreamParameters } = SourceParameters;
  assert.deepEqual(
    FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    [{ eventName: ['INSERT', 'MODIFY'], dynamodb: { NewImage: { announce: { BOOL: [true] } } } }],
  );
  assert.partialDeepStrictEqual(DynamoDBStreamParameters, {
    StartingPosition: 'TRIM_HORIZON',
    DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['UnannouncedQueue', 'Arn'] } },
  });
});

test("the pipe reads the audit's stream, and writes to the bus and the dead letters, as nobody else", () => {
  const stream = { 'Fn::GetAtt': ['AuditTable', 'StreamArn'] };
  const bus = { 'Fn::GetAtt': ['EventBus', 'Arn'] };
  assert.deepEqual(Source, stream);
  assert.deepEqual(Target, bus);
  assert.deepEqual(RoleArn, { 'Fn::GetAtt': ['AnnouncementPipeRole', 'Arn'] });
  const { AssumeRolePolicyDocument, Policies } = propertiesOf('AnnouncementPipeRole');
  assert.deepEqual(AssumeRolePolicyDocument.Statement, [
    {
      Effect: 'Allow',
      Principal: { Service: 'pipes.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ]);
  assert.deepEqual(Policies[0].PolicyDocument.Statement, [
    {
      Effect: 'Allow',
      Action: [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      Resource: stream,
    },
    { Effect: 'Allow', Action: 'events:PutEvents', Resource: bus },
    {
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: { 'Fn::GetAtt': ['UnannouncedQueue', 'Arn'] },
    },
  ]);
});
