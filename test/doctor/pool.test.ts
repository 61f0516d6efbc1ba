import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity';
import { type Deployment, fault, startDeployment } from '../support/deployment.ts';

const update = async ({ client, poolId }: Deployment, changes: object) => {
  const { $metadata: _, ...pool } = await client.send(
    new DescribeIdentityPoolCommand({ IdentityPoolId: poolId }),
  );
  const input = { ...pool, ...changes } as ConstructorParameters<typeof UpdateIdentityPoolCommand>[0];
  await client.send(new UpdateIdentityPoolCommand(input));
};

const setRoles = ({ client, poolId }: Deployment, Roles: Record<string, string>) =>
  client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: poolId, Roles }));

/** Changes a setting of every function, as a deployment does. */
const setEverywhere = ({ account }: Deployment, name: string, value: string) => {
  for (const { type, properties } of Object.values(account.resources))
    if (type === 'AWS::Lambda::Function' && name in properties.Environment.Variables)
      properties.Environment.Variables[name] = value;
};

test('found: a pool that was deleted, once, and what hangs on it is not checked', async (t) => {
  const deployment = await startDeployment(t);
  const { client, poolId } = deployment;
  await client.send(new DeleteIdentityPoolCommand({ IdentityPoolId: poolId }));
  const { pool, ...others } = await deployment.findings();
  assert.match(String(pool), new RegExp(`${poolId}' not found`));
  assert.deepEqual(others, {});
  assert.equal((await deployment.notChecked()).provider, 'it is not there');
});

fault(
  "functions with another pool than the stack's",
  'pool',
  /the stack's is us-east-1:other/,
  ({ account }) => {
    const { IdentityPool } = account.resources;
    if (IdentityPool) IdentityPool.id = 'us-east-1:other';
  },
);

fault(
  "another developer provider name than the pool's",
  'provider',
  /The pool's developer provider is login\.cognito-developer-identities, the functions' is login\.other/,
  (deployment) => setEverywhere(deployment, 'DEVELOPER_PROVIDER_NAME', 'login.other'),
);

fault(
  'a classic flow that is open without guests',
  'classic flow',
  /the classic flow is open/,
  (deployment) => update(deployment, { AllowClassicFlow: true }),
);

fault(
  'guests without the classic flow',
  'classic flow',
  /no guest gets a token/,
  (deployment) => update(deployment, { AllowClassicFlow: false }),
  'guests',
);

fault('a pool without a role', 'pool roles', /No role for signed-in users/, (deployment) =>
  setRoles(deployment, {}),
);

fault(
  'a guest role of a pool without guests',
  'pool roles',
  /a role for them: .*AuthenticatedRole/,
  (deployment) => {
    const { Roles } = deployment.properties('IdentityPoolRoles');
    const { AuthenticatedRole } = deployment.account.resources;
    const guest = structuredClone(AuthenticatedRole);
    const amr = guest?.properties.AssumeRolePolicyDocument.Statement[0].Condition['ForAnyValue:StringLike'];
    amr['cognito-identity.amazonaws.com:amr'] = 'unauthenticated';
    if (guest) deployment.account.resources.Guest = { ...guest, id: `${guest.id}-guest` };
    return setRoles(deployment, { ...Roles, unauthenticated: `${Roles.authenticated}-guest` });
  },
);

fault(
  'guests without a role',
  'pool roles',
  /guests, but no role/,
  (deployment) => {
    const { authenticated } = deployment.properties('IdentityPoolRoles').Roles;
    return setRoles(deployment, { authenticated });
  },
  'guests',
);

test('a pool of your own, that is no part of the stack, is well too', async (t) => {
  const { account, findings } = await startDeployment(t);
  delete account.resources.IdentityPool;
  delete account.resources.IdentityPoolRoles;
  assert.deepEqual(await findings(), {});
});
