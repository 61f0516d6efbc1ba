import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTableShape, tableShape } from '../../lib/table.ts';
import { directory, propertiesOf } from '../support/packaged.ts';

const { StreamSpecification, ...auditShape } = auditTableShape;

const protections = {
  SSESpecification: { SSEEnabled: true },
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  DeletionProtectionEnabled: true,
};

test('the tables are those that the code knows: encrypted, recoverable, protected', () => {
  assert.deepEqual(propertiesOf('Table'), {
    ...tableShape,
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    ...protections,
  });
  assert.deepEqual(propertiesOf('AuditTable'), {
    ...auditShape,
    // CloudFormation's shape of it.
    StreamSpecification: { StreamViewType: StreamSpecification.StreamViewType },
    ...protections,
  });
});

test('the tables are kept when the stack goes', () => {
  for (const name of ['Table', 'AuditTable']) {
    assert.partialDeepStrictEqual(directory.template.Resources[name], {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  }
});
