import {
  CognitoIdentityClient,
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { ask, notThere } from './ask.ts';
import type { Check } from './check.ts';
import { resourcesOf, type Stack, settingsOf } from './stack.ts';

const client = ({ region }: Stack) => new CognitoIdentityClient({ region });
const poolIdOf = (stack: Stack) => settingsOf(stack).IDENTITY_POOL_ID ?? '';

const describePool = (stack: Stack) => {
  const command = new DescribeIdentityPoolCommand({ IdentityPoolId: poolIdOf(stack) });
  return ask('cognito-identity:DescribeIdentityPool', client(stack).send(command));
};

/** For what is checked of a pool that is there. */
const existingPool = (stack: Stack) => describePool(stack).catch(notThere);

/** Kind of identity → ARN of its role. */
export const poolRoles = async (stack: Stack): Promise<Record<string, string>> => {
  const command = new GetIdentityPoolRolesCommand({ IdentityPoolId: poolIdOf(stack) });
  const answer = ask('cognito-identity:GetIdentityPoolRoles', client(stack).send(command));
  return (await answer.catch(notThere)).Roles ?? {};
};

const poolIsThere = async (stack: Stack): Promise<string[]> => {
  const { IdentityPoolId } = await describePool(stack);
  const [own] = resourcesOf(stack, 'AWS::Cognito::IdentityPool');
  return own && own !== IdentityPoolId
    ? [`The functions use the pool ${IdentityPoolId}, the stack's is ${own}`]
    : [];
};

const providerMatches = async (stack: Stack): Promise<string[]> => {
  const { DeveloperProviderName: pools = 'none' } = await existingPool(stack);
  const { DEVELOPER_PROVIDER_NAME: functions } = settingsOf(stack);
  return pools === functions
    ? []
    : [`The pool's developer provider is ${pools}, the functions' is ${functions}`];
};

/** Only an explicit false closes the basic flow. */
const guestsMatchFlow = async (stack: Stack): Promise<string[]> => {
  const { AllowUnauthenticatedIdentities: guests, AllowClassicFlow } = await existingPool(stack);
  const classic = AllowClassicFlow !== false;
  if (guests && !classic)
    return ['The pool has guests but not the classic flow: no guest gets a token, and none can be linked'];
  return !guests && classic ? ['The pool has no guests, but the classic flow is open'] : [];
};

const rolesAreAttached = async (stack: Stack): Promise<string[]> => {
  const { AllowUnauthenticatedIdentities: guests } = await existingPool(stack);
  const { authenticated, unauthenticated } = await poolRoles(stack);
  const findings: string[] = [];
  if (!authenticated) findings.push('No role for signed-in users: they get a token but no credentials');
  if (guests && !unauthenticated) findings.push('The pool has guests, but no role for them');
  if (!guests && unauthenticated)
    findings.push(`The pool has no guests, but a role for them: ${unauthenticated}`);
  return findings;
};

export const poolChecks: Check[] = [
  {
    name: 'pool',
    what: "the identity pool of the functions is there, and is the stack's where that made one",
    whatLocally: 'the identity pool is there',
    mend: 'Give the functions the pool that your users are in, and deploy. A pool that was deleted takes every identity with it.',
    find: poolIsThere,
  },
  {
    name: 'provider',
    what: "the pool's developer provider name is the functions'",
    mend: "A pool's name can't be changed: set developerProviderName to the pool's and deploy.",
    find: providerMatches,
  },
  {
    name: 'classic flow',
    what: 'the classic flow is open where the pool has guests, and only there',
    mend: 'Deploy again: allowGuests sets both. Of a pool of your own, set both alike.',
    find: guestsMatchFlow,
  },
  {
    name: 'pool roles',
    what: 'signed-in users have a role, and guests have one where the pool has guests',
    mend: 'Deploy again, or attach or remove the role: aws cognito-identity set-identity-pool-roles.',
    find: rolesAreAttached,
  },
];
