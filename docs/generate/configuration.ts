import * as z from 'zod/mini';
import { Authenticator, type SignInConfig } from '../../lib/config.ts';
import { type Row, table } from './markdown.ts';
import { type Parameter, parameterNames, parameters } from './parameters.ts';

// docs/configuration.md: names, defaults and limits are those of lib/config.ts and serverless.yml; what a variable is
// for is said here. Of the build only.

type KeysOfEach<Union> = Union extends unknown ? keyof Union : never;

/** A variable that is added to lib/config.ts and not described here is a type error. */
const descriptions: Record<KeysOfEach<SignInConfig>, string> = {
  AUTHENTICATOR:
    'Who decides whether credentials are right, `directory`, `http` or `jwt`: see [connect your backend](connect-your-backend.md)',
  PRINCIPAL_TAGS:
    'Attributes of a user that become principal tags, for `aws:PrincipalTag/…` in policies: `role,tenant`. The others go nowhere',
  PUBLIC_PROVIDERS:
    'Providers whose tokens a login may link in `logins`, such as `accounts.google.com`. Add them to the pool too',
  MAX_TOKEN_DURATION_SECONDS: 'The most that `durationSeconds` of a login gets',
  BACKEND_URL: 'Where credentials are POSTed. https, or http to localhost',
  BACKEND_SECRET_ARN:
    'The key of `x-signature`, as the ARN of a secret in Secrets Manager: a text of at least 32 characters',
  BACKEND_SECRET: 'The key itself, on your machine only: Lambda refuses it',
  BACKEND_REFRESH_URL:
    'Asked at a refresh whether the user may go on. Without it a session goes on until it is over or ended',
  JWT_ISSUER: 'The `iss` that an assertion must have',
  JWT_AUDIENCE: 'The `aud` that it must have',
  JWT_JWKS_URL: "Your backend's public keys. https, or http to localhost",
  JWT_ALGORITHMS: 'The algorithms that are allowed, all asymmetric',
  JWT_MAX_AGE_SECONDS: 'How old an assertion may be, by its `iat`',
  JWT_USER_ID_CLAIM: 'The claim that is the user id',
  SESSION_INACTIVITY_SECONDS: 'A session that was not refreshed for so long is over: 14 days',
  SESSION_LIFETIME_SECONDS: 'And any session after so long: 90 days',
  REFRESH_RETRY_SECONDS:
    'How long a used refresh token gets the same answer again, for a client that lost it. 0 is never. The client of this repository asks again for up to 8 seconds: leave it at 10 or more for that',
  STAFF_ISSUER: 'The `iss` of staff tokens: your OIDC provider',
  STAFF_AUDIENCE: 'Their `aud`',
  STAFF_JWKS_URL: "The provider's public keys. https, or http to localhost",
  STAFF_ALGORITHMS: 'The algorithms that are allowed, all asymmetric',
  STAFF_SCOPE_CLAIM: 'The claim with the scopes: a string with spaces, or a list',
  DEVELOPER_PROVIDER_NAME:
    "The pool's name for your accounts. **It can't be changed later**: choose it before the first deployment",
  IDENTITY_POOL_ID: 'The identity pool',
  TABLE_NAME: 'The table of sessions, attempts and changes under way; with `directory`, of the users too',
  AUDIT_TABLE_NAME: 'The table of what happened to identities',
  AWS_REGION: 'The region',
  AWS_LAMBDA_FUNCTION_NAME: 'The function',
  COGNITO_ISSUER: "The `iss` of Cognito's tokens. China and GovCloud have their own",
  COGNITO_JWKS_URL: "The keys of Cognito's tokens",
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: 'Another Cognito Identity, such as the local one',
  AWS_ENDPOINT_URL_DYNAMODB: 'Another DynamoDB, such as the local one',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: 'Another Secrets Manager',
};

/** What `npm start` reads besides: default and description. A test compares the names with those in local/. */
export const localVariables: Record<string, [string, string]> = {
  PORT: ['3000', 'The API; 0 is any free port, here and below'],
  COGNITO_PORT: ['3001', 'The local Cognito Identity'],
  DYNAMODB_PORT: ['3002', 'The local DynamoDB'],
  STAFF_PORT: ['3003', 'The local issuer of staff tokens'],
  LOCAL_DATA: ['.local', 'The folder that keeps pool, identities and users; delete it to start afresh'],
  CORS_ORIGINS: ['*', 'The origins that browsers may call from, separated by commas'],
  POWERTOOLS_METRICS_DISABLED: ['true', '`false` prints the metrics, as lines of JSON'],
};

/** What no pattern takes stands first. */
const sections: { title: string; pattern: RegExp; about?: string }[] = [
  { title: '`AUTHENTICATOR=http`', pattern: /^BACKEND_/ },
  { title: '`AUTHENTICATOR=jwt`', pattern: /^JWT_/ },
  { title: 'Sessions', pattern: /^(SESSION|REFRESH)_/ },
  {
    title: 'Staff',
    pattern: /^STAFF_/,
    about: 'While the first three are not set, the routes of staff refuse everybody.',
  },
  {
    title: 'Set by the stack, by AWS and by npm start',
    pattern: /^(DEVELOPER_PROVIDER_NAME|IDENTITY_POOL_ID|(AUDIT_)?TABLE_NAME|AWS_.*|COGNITO_.*)$/,
  },
];

interface Schema {
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
}

/** One for each authenticator, as JSON Schemas. */
const { oneOf: schemas } = z.toJSONSchema(Authenticator, { io: 'input', unrepresentable: 'any' }) as {
  oneOf: Schema[];
};

/** As the schema itself has it: JSON Schema loses those that are transformed. */
const schemaDefaults = new Map<string, unknown>(
  Authenticator.def.options.flatMap(({ shape }) =>
    Object.entries(shape).flatMap(([name, { def }]) =>
      'defaultValue' in def ? [[name, String(def.defaultValue)]] : [],
    ),
  ),
);

/** `maxTokenDurationSeconds` of MAX_TOKEN_DURATION_SECONDS. */
const parameterOf = (variable: string) =>
  variable.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const code = (text = '') => (text ? `\`${text}\`` : '');

/** @throws Error where nothing says what it is for */
const deploymentRow = ([name, { standard, stages, text }]: [string, Parameter]): Row => {
  if (!text) throw new Error(`Nothing says what ${name} is for, neither serverless.yml nor parameters.ts`);
  return [code(name), withStages(code(standard), stages), text];
};

/** `30` (dev: `7`). */
const withStages = (standard: string, stages: Parameter['stages'] = {}): string => {
  const own = Object.entries(stages).map(([stage, value]) => `${stage}: ${code(value)}`);
  return own.length > 0 ? `${standard || 'empty'} (${own.join(', ')})` : standard;
};

/** As the schema has it, in words. */
const limitsOf = ({ minimum, maximum, minLength = 0 }: Schema) => {
  if (minimum !== undefined) return ` (${minimum} to ${maximum})`;
  return minLength > 3 ? ` (at least ${minLength} characters)` : '';
};

/** @throws Error where the two files disagree */
const defaultOf = (variable: string, inServerless = ''): string => {
  const inConfig = String(schemaDefaults.get(variable) ?? '');
  if (inServerless && inConfig && inServerless !== inConfig)
    throw new Error(`${variable} is ${inConfig} in lib/config.ts, and ${inServerless} in serverless.yml`);
  return inServerless || inConfig;
};

const row =
  (given: Map<string, Parameter>) =>
  ([variable, text]: [string, string]): Row => {
    const having = schemas.filter(({ properties = {} }) => variable in properties);
    const name = parameterOf(variable);
    const canBeSet = parameterNames.has(name);
    const standard = defaultOf(variable, given.get(name)?.standard);
    const isRequired =
      canBeSet && !given.has(name) && having.every(({ required = [] }) => required.includes(variable));
    return [
      code(variable),
      canBeSet ? code(name) : '',
      withStages(code(standard) || (isRequired ? '**required**' : ''), given.get(name)?.stages),
      text + limitsOf(having[0]?.properties?.[variable] ?? {}),
    ];
  };

/** docs/configuration.md */
export const configurationPage = (): string => {
  const given = parameters();
  const variables = Object.entries(descriptions);
  const rowsOf = (isIn: (name: string) => boolean) =>
    table(['variable', 'parameter', 'default', ''], variables.filter(([name]) => isIn(name)).map(row(given)));
  const names = new Set(variables.map(([name]) => parameterOf(name)));
  return `# Configuration

The functions read environment variables. On AWS a parameter of [serverless.yml](../serverless.yml) sets each: give it
with \`--param name=value\`, or in a block of your stage beside \`default:\`. A default that such a block changes
already is followed by the stage's own. Lists have commas. A variable that is missing or wrong stops the function at
its start, and is named in the log.

${rowsOf((name) => !sections.some(({ pattern }) => pattern.test(name)))}

${sections
  .map(
    ({ title, pattern, about }) =>
      `## ${title}\n\n${about ? `${about}\n\n` : ''}${rowsOf((name) => pattern.test(name))}`,
  )
  .join('\n\n')}

## The deployment

These are parameters only.

${table(['parameter', 'default', ''], [...given].filter(([name]) => !names.has(name)).map(deploymentRow))}

## npm start

It takes the variables above from the shell's environment, and these:

${table(
  ['variable', 'default', ''],
  Object.entries(localVariables).map(([name, [standard, text]]) => [code(name), code(standard), text]),
)}
`;
};
