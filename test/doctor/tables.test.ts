import { fault } from '../support/deployment.ts';

fault('a table that was deleted', 'tables', /dynamodb:DescribeTable: ResourceNotFound/, ({ account }) => {
  delete account.resources.AuditTable;
});

fault('a table that is being deleted', 'tables', /AuditTable\S* is DELETING/, ({ properties }) => {
  properties('AuditTable').TableStatus = 'DELETING';
});

fault("a table that is none of the stack's", 'tables', /none of the stack's tables/, ({ account }) => {
  const { Table } = account.resources;
  if (Table) Table.knownTo = 'its service';
});

fault(
  'a table with another key',
  'keys and index',
  /the key id HASH, but should have pk HASH/,
  ({ properties }) => {
    properties('Table').KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }];
  },
);

fault('a missing index', 'keys and index', /index byGroup is not there/, ({ properties }) => {
  delete properties('Table').GlobalSecondaryIndexes;
});

fault(
  'an index with another key',
  'keys and index',
  /byGroup has the key group HASH, but/,
  ({ properties }) => {
    properties('Table').GlobalSecondaryIndexes[0].KeySchema.pop();
  },
);

fault(
  'an index that copies everything',
  'keys and index',
  /projects ALL, not KEYS_ONLY/,
  ({ properties }) => {
    properties('Table').GlobalSecondaryIndexes[0].Projection = { ProjectionType: 'ALL' };
  },
);

fault('no time to live', 'time to live', /deletes nothing by expiresAt/, ({ properties }) => {
  properties('Table').TimeToLiveSpecification.Enabled = false;
});

fault(
  'time to live by another attribute',
  'time to live',
  /deletes nothing by expiresAt/,
  ({ properties }) => {
    properties('Table').TimeToLiveSpecification.AttributeName = 'ttl';
  },
);

fault(
  'no point-in-time recovery',
  'recovery',
  /^\S*AuditTable\S* has no point-in-time recovery/,
  ({ properties }) => {
    properties('AuditTable').PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = false;
  },
);

fault('no deletion protection', 'deletion', /can be deleted/, ({ properties }) => {
  properties('Table').DeletionProtectionEnabled = false;
});

fault('no stream', 'audit stream', /no stream of NEW_IMAGE/, ({ properties }) => {
  delete properties('AuditTable').StreamSpecification;
});

fault('a stream of keys only', 'audit stream', /no stream of NEW_IMAGE/, ({ properties }) => {
  properties('AuditTable').StreamSpecification.StreamViewType = 'KEYS_ONLY';
});
