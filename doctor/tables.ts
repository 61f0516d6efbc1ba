import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { auditTableShape, tableShape } from '../lib/table.ts';
import { ask, notThere } from './ask.ts';
import type { Check } from './check.ts';
import { onAws, resourcesOf, type Stack, settingsOf } from './stack.ts';

const client = ({ region }: Stack) => new DynamoDBClient({ region });

/** The two tables' names, as the functions have them. */
const namesOf = (stack: Stack) => {
  const { TABLE_NAME: table = '', AUDIT_TABLE_NAME: audit = '' } = settingsOf(stack);
  return { table, audit };
};

const describe = async (stack: Stack, TableName: string): Promise<TableDescription> => {
  const call = client(stack).send(new DescribeTableCommand({ TableName }));
  return (await ask('dynamodb:DescribeTable', call)).Table ?? {};
};

const describeBoth = (stack: Stack) => {
  const { table, audit } = namesOf(stack);
  return Promise.all([describe(stack, table), describe(stack, audit)]);
};

/** For what is checked of tables that are there. */
const existingTables = (stack: Stack) => describeBoth(stack).catch(notThere);

const tablesAreThere = async (stack: Stack): Promise<string[]> => {
  const own = resourcesOf(stack, 'AWS::DynamoDB::Table');
  return (await describeBoth(stack)).flatMap(({ TableName = '', TableStatus }) => {
    const findings =
      own.length > 0 && !own.includes(TableName) ? [`${TableName} is none of the stack's tables`] : [];
    return TableStatus === 'ACTIVE' || TableStatus === 'UPDATING'
      ? findings
      : [...findings, `${TableName} is ${TableStatus}`];
  });
};

type Shape = Pick<TableDescription, 'KeySchema' | 'GlobalSecondaryIndexes'>;

/** Attribute and role of each part of a key, in one text. */
const keyOf = ({ KeySchema = [] }: Shape) =>
  KeySchema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ') || 'none';

const keysAreRight = async (stack: Stack): Promise<string[]> => {
  const [table, audit] = await existingTables(stack);
  return [...keyFindings(table, tableShape), ...keyFindings(audit, auditTableShape), ...indexFindings(table)];
};

const keyFindings = (table: TableDescription, expected: Shape): string[] =>
  keyOf(table) === keyOf(expected)
    ? []
    : [`${table.TableName} has the key ${keyOf(table)}, but should have ${keyOf(expected)}`];

const indexFindings = ({ TableName, GlobalSecondaryIndexes = [] }: TableDescription): string[] =>
  tableShape.GlobalSecondaryIndexes.flatMap((expected) => {
    const index = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === expected.IndexName);
    const name = `${TableName}'s index ${expected.IndexName}`;
    if (!index) return [`${name} is not there: no session of a user can be found, and nothing resumed`];
    if (keyOf(index) !== keyOf(expected))
      return [`${name} has the key ${keyOf(index)}, but should have ${keyOf(expected)}`];
    return index.Projection?.ProjectionType === expected.Projection.ProjectionType
      ? []
      : [`${name} projects ${index.Projection?.ProjectionType}, not ${expected.Projection.ProjectionType}`];
  });

const itemsExpire = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const { table } = namesOf(stack);
  const call = client(stack).send(new DescribeTimeToLiveCommand({ TableName: table }));
  const { TimeToLiveDescription: ttl } = await ask('dynamodb:DescribeTimeToLive', call).catch(notThere);
  const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
  return isOn && ttl.AttributeName === 'expiresAt'
    ? []
    : [`${table} deletes nothing by expiresAt: sessions that are over pile up`];
};

const canBeRestored = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const checked = Object.values(namesOf(stack)).map(async (TableName) => {
    const call = client(stack).send(new DescribeContinuousBackupsCommand({ TableName }));
    const { ContinuousBackupsDescription: backups } = await ask(
      'dynamodb:DescribeContinuousBackups',
      call,
    ).catch(notThere);
    const { PointInTimeRecoveryStatus: status } = backups?.PointInTimeRecoveryDescription ?? {};
    return status === 'ENABLED' ? [] : [`${TableName} has no point-in-time recovery`];
  });
  return (await Promise.all(checked)).flat();
};

const areProtected = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  return (await existingTables(stack))
    .filter(({ DeletionProtectionEnabled }) => !DeletionProtectionEnabled)
    .map(({ TableName }) => `${TableName} can be deleted`);
};

const auditStreams = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const { TableName, StreamSpecification } = await describe(stack, namesOf(stack).audit).catch(notThere);
  const { StreamViewType } = auditTableShape.StreamSpecification;
  return StreamSpecification?.StreamEnabled && StreamSpecification.StreamViewType === StreamViewType
    ? []
    : [`${TableName} has no stream of ${StreamViewType}: nothing is announced`];
};

export const tableChecks: Check[] = [
  {
    name: 'tables',
    what: 'both tables are there and take requests',
    mend: 'Deploy again. A table that was deleted comes back from a backup: restore it under the same name.',
    find: tablesAreThere,
  },
  {
    name: 'keys and index',
    what: "the tables' keys and their index are those of lib/table.ts",
    mend: "A missing index comes back with the next deployment. A table's key can't be changed: move the data to a new table.",
    find: keysAreRight,
  },
  {
    name: 'time to live',
    what: 'what is over is deleted from the table',
    mend: 'aws dynamodb update-time-to-live --time-to-live-specification Enabled=true,AttributeName=expiresAt --table-name …',
    find: itemsExpire,
  },
  {
    name: 'recovery',
    what: 'both tables can be restored to any point in time',
    mend: 'aws dynamodb update-continuous-backups --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --table-name …',
    find: canBeRestored,
  },
  {
    name: 'deletion',
    what: 'neither table can be deleted by accident',
    mend: 'aws dynamodb update-table --deletion-protection-enabled --table-name …',
    find: areProtected,
  },
  {
    name: 'audit stream',
    what: 'the audit table streams its entries, for the announcements',
    mend: 'Deploy again: infrastructure/tables.yml turns it on.',
    find: auditStreams,
  },
];
