import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, fault, startDeployment } from '../support/deployment.ts';

/** The statement of the role for signed-in users, to change. */
const trust = ({ properties }: Deployment) =>
  properties('AuthenticatedRole').AssumeRolePolicyDocument.Statement[0];

const aud = 'cognito-identity.amazonaws.com:aud';
const amr = 'cognito-identity.amazonaws.com:amr';

fault(
  'a role that trusts another pool',
  'trusted pool',
  /trusts us-east-1:other.*does not trust us-east-1/,
  (deployment) => {
    trust(deployment).Condition.StringEquals[aud] = 'us-east-1:other';
  },
);

fault(
  'a role that trusts another pool besides',
  'trusted pool',
  /^\S+ trusts us-east-1:other, which/,
  (deployment) => {
    trust(deployment).Condition.StringEquals[aud] = [deployment.poolId, 'us-east-1:other'];
  },
);

fault('a role that trusts every pool', 'trusted pool', /any identity pool, of any account/, (deployment) => {
  delete trust(deployment).Condition.StringEquals;
});

fault("a role that Cognito can't assume", 'trusted pool', /does not let Cognito assume it/, (deployment) => {
  trust(deployment).Action = ['sts:TagSession'];
});

fault(
  'a role of signed-in users that guests get',
  'trusted identities',
  /trusts unauthenticated ones/,
  (deployment) => {
    trust(deployment).Condition['ForAnyValue:StringLike'][amr] = ['authenticated', 'unauthenticated'];
  },
);

fault('a role that asks for no amr', 'trusted identities', /does not ask whether/, (deployment) => {
  delete trust(deployment).Condition['ForAnyValue:StringLike'];
});

fault('a role without sts:TagSession', 'session tags', /does not allow sts:TagSession/, (deployment) => {
  trust(deployment).Action = 'sts:AssumeRoleWithWebIdentity';
});

fault('a role that was deleted', 'trusted pool', /NoSuchEntity/, ({ account }) => {
  delete account.resources.AuthenticatedRole;
});

fault(
  'a role that trusts all pools but this',
  'trusted pool',
  /any identity pool, of any account/,
  (deployment) => {
    const { Condition } = trust(deployment);
    Condition.StringNotEquals = Condition.StringEquals;
    delete Condition.StringEquals;
  },
);

test('a role for users of this developer provider only is well', async (t) => {
  const deployment = await startDeployment(t);
  trust(deployment).Condition['ForAnyValue:StringLike'][amr] = 'login.cognito-developer-identities';
  assert.deepEqual(await deployment.findings(), {});
});
