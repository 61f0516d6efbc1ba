import { type TestContext, test } from 'node:test';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { examine, type Outcome } from '../../doctor/check.ts';
import { checks } from '../../doctor/checks.ts';
import { deployedStack } from '../../doctor/stack.ts';
import { createEmulator } from '../../emulator/server.ts';
import { useLocalCredentials } from '../../local/settings.ts';
import { type Account, startAws } from './aws.ts';
import { startOutside, trustOutside } from './outside.ts';
import { type Deployed, deploy, packagedTemplate } from './template.ts';

const stage = 'prod';
export const stackName = `cognito-developer-identities-${stage}`;
export const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:backend-AbCdEf';
/** Where the outside is, before it is known. */
const somewhere = 'https://outside.example';

const parameters: Record<string, string> = {
  staffIssuer: somewhere,
  staffAudience: 'staff',
  staffJwksUrl: `${somewhere}/jwks`,
  staffAlgorithms: 'ES256',
  alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:alarms',
};
const authenticators: Record<string, Record<string, string>> = {
  http: {
    authenticator: 'http',
    backendUrl: `${somewhere}/login`,
    backendSecretArn: secret,
  },
  jwt: {
    authenticator: 'jwt',
    jwtIssuer: somewhere,
    jwtAudience: 'a',
    jwtJwksUrl: `${somewhere}/jwks`,
  },
  guests: { allowGuests: 'true' },
};

const templates: Record<string, string> = {};
/** Packaging takes a second: each variant is packaged once. */
const templateText = (variant: string): string => {
  templates[variant] ??= JSON.stringify(
    packagedTemplate(stage, { ...parameters, ...authenticators[variant] }),
  );
  return templates[variant];
};

/**
 * What `npm run deploy -- --stage prod` makes, as far as the doctor can tell: Cognito is the emulator, the other
 * services answer from the packaged template, and backend and issuer are on this machine.
 */
export const startDeployment = async (t: TestContext, variant: keyof typeof authenticators = 'http') => {
  useLocalCredentials();
  trustOutside(true);
  const outside = await startOutside();
  t.after(() => outside.close());
  const cognito = await createEmulator({});
  t.after(() => cognito.close());
  const client = new CognitoIdentityClient({ endpoint: cognito.endpoint, region: 'us-east-1' });
  t.after(() => client.destroy());

  const template = JSON.parse(templateText(variant).replaceAll(somewhere, outside.url));
  const settings = deploy(template, stackName, {}).IdentityPool?.properties ?? {};
  const { IdentityPoolId = '' } = await client.send(
    new CreateIdentityPoolCommand(settings as ConstructorParameters<typeof CreateIdentityPoolCommand>[0]),
  );
  const resources = withAlarm(deploy(template, stackName, { IdentityPool: IdentityPoolId }));
  const { Roles } = resources.IdentityPoolRoles?.properties ?? {};
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));

  const account: Account = {
    stackName,
    status: 'UPDATE_COMPLETE',
    resources,
    secrets: { [secret]: { ARN: secret } },
    denied: [],
    asked: new Set(),
    apiUrl: outside.url,
    ahead: 0,
  };
  const aws = await startAws(account);
  t.after(() => aws.close());
  const env = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.endpoint,
    COGNITO_JWKS_URL: `${cognito.endpoint}/.well-known/jwks_uri`,
  };
  Object.assign(process.env, env);

  const outcomes = async (as = stage): Promise<Outcome[]> => {
    const stack = await deployedStack(stackName, as, 'us-east-1');
    return Promise.all(checks.map((check) => examine(check, stack)));
  };
  return {
    account,
    outside,
    client,
    cognito,
    env,
    poolId: IdentityPoolId,
    outcomes,
    /** Check → what it found, of those that found something. */
    findings: async () => named(await outcomes(), ({ findings }) => findings.length > 0 && findings),
    /** Check → why it was not made. */
    notChecked: async () => named(await outcomes(), ({ notChecked }) => notChecked),
    /** The properties of a deployed resource, to change. */
    properties: (name: string): Deployed['properties'] => resources[name]?.properties ?? {},
  };
};

export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

const named = <Value>(outcomes: Outcome[], value: (outcome: Outcome) => Value) =>
  Object.fromEntries(
    outcomes.map((outcome) => [outcome.check.name, value(outcome)]).filter(([, each]) => each),
  );

/** While the template has no alarm. */
const withAlarm = (resources: Record<string, Deployed>): Record<string, Deployed> => {
  if (Object.values(resources).some(({ type }) => type === 'AWS::CloudWatch::Alarm')) return resources;
  const properties = { AlarmActions: ['arn:aws:sns:us-east-1:123456789012:alarms'] };
  return { ...resources, LoginAlarm: { type: 'AWS::CloudWatch::Alarm', id: 'login', properties } };
};

/** One seeded fault: what is done to a healthy stack, the check that must find it, and what it must say. */
export const fault = (
  what: string,
  check: string,
  says: RegExp,
  seed: (deployment: Deployment) => unknown,
  variant: keyof typeof authenticators = 'http',
) =>
  test(`found: ${what}`, async (t) => {
    const deployment = await startDeployment(t, variant);
    await seed(deployment);
    const { [check]: found, ...others } = await deployment.findings();
    t.assert.match(String(found), says);
    t.assert.deepEqual(others, {});
  });
