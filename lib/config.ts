import * as z from 'zod/mini';
import './messages.ts';

/** Time limits in milliseconds. Those of one login together fit inside the function's (a test adds them up). */
export const timeLimits = {
  /** A function's own, `timeout` in serverless.yml; the HTTP API's is 30 s. */
  function: 15_000,
  /** What is fetched before the first event. Lambda gives init 10 s, and ends a function that takes longer. */
  init: 4_000,
  /** Before its end: when its work is told to stop, which leaves time to undo what is half done; and when it answers. */
  stop: 1_200,
  answer: 500,
  /** One attempt at an AWS call, its connection included; two are made. */
  awsAttempt: 1_500,
  awsConnect: 500,
  backend: 3_000,
  jwks: 1_500,
};

const list = z.pipe(
  z.string(),
  z.transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
);
const seconds = (minimum: number, maximum: number) =>
  z.coerce.number().check(z.int(), z.gte(minimum), z.lte(maximum));

const isLoopback = (host: string) => ['localhost', '127.0.0.1', '[::1]'].includes(host);

/** Credentials and keys travel to these addresses: TLS, except on this machine. */
const secureUrl = z.url().check(
  z.refine(
    (text) => {
      const url = URL.parse(text);
      // fetch refuses one with a user and password in it, and errors would show it.
      if (!url || url.username || url.password) return false;
      return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
    },
    { error: 'must be https (http only for localhost), without a user and password' },
  ),
);

/** Characters. HMAC-SHA-256 is weak with a key shorter than its output (RFC 2104 §3). */
export const minSecretLength = 32;

/** Asymmetric only: a public key must never verify an HMAC (RFC 8725 §2.1). */
const algorithms = z.pipe(
  list,
  z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .check(z.minLength(1)),
);

const common = {
  AWS_REGION: z.string().check(z.minLength(1)),
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: z.optional(secureUrl),
  AWS_ENDPOINT_URL_DYNAMODB: z.optional(secureUrl),
  IDENTITY_POOL_ID: z.string().check(z.regex(/^[\w-]+:[0-9a-f-]+$/)),
  DEVELOPER_PROVIDER_NAME: z.string().check(z.regex(/^[\w._-]{1,128}$/)),
  // China and GovCloud have issuers of their own.
  COGNITO_ISSUER: z._default(secureUrl, 'https://cognito-identity.amazonaws.com'),
  COGNITO_JWKS_URL: z._default(secureUrl, 'https://cognito-identity.amazonaws.com/.well-known/jwks_uri'),
  MAX_TOKEN_DURATION_SECONDS: z._default(seconds(60, 86_400), 3_600),
  PUBLIC_PROVIDERS: z._default(list, []),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
  PRINCIPAL_TAGS: z._default(
    z.pipe(
      list,
      z.array(z.string().check(z.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u))).check(z.maxLength(50)),
    ),
    [],
  ),
  TABLE_NAME: z.string().check(z.minLength(3)),
  AUDIT_TABLE_NAME: z.string().check(z.minLength(3)),
  // A session ends when it was not refreshed for so long (ASVS 7.3.1), and after so long in any case (7.3.2).
  SESSION_INACTIVITY_SECONDS: z._default(seconds(60, 31_536_000), 1_209_600),
  SESSION_LIFETIME_SECONDS: z._default(seconds(60, 31_536_000), 7_776_000),
  // How long a refresh token that was used may be sent again, by a client that lost the answer. 0: never.
  REFRESH_RETRY_SECONDS: z._default(seconds(0, 60), 10),
  STAFF_ISSUER: z.optional(z.string()),
  STAFF_AUDIENCE: z.optional(z.string()),
  STAFF_JWKS_URL: z.optional(secureUrl),
  STAFF_ALGORITHMS: z._default(algorithms, ['RS256', 'ES256']),
  STAFF_SCOPE_CLAIM: z._default(z.string().check(z.minLength(1)), 'scope'),
};

interface Staff {
  STAFF_ISSUER?: string | undefined;
  STAFF_AUDIENCE?: string | undefined;
  STAFF_JWKS_URL?: string | undefined;
}

/** With some of them only, all of staff would be refused and nobody would know why. */
const staffTogether = z.refine<Staff>(
  ({ STAFF_ISSUER, STAFF_AUDIENCE, STAFF_JWKS_URL }) =>
    new Set([STAFF_ISSUER, STAFF_AUDIENCE, STAFF_JWKS_URL].map((value) => value === undefined)).size === 1,
  { path: ['STAFF_ISSUER'], error: 'must be set with STAFF_AUDIENCE and STAFF_JWKS_URL: all three, or none' },
);

/** Who decides whether credentials are right, for the functions that ask. The documentation reads it too. */
export const Authenticator = z.discriminatedUnion(
  'AUTHENTICATOR',
  [
    z.object({ ...common, AUTHENTICATOR: z.literal('directory') }),
    z
      .object({
        ...common,
        AUTHENTICATOR: z.literal('http'),
        BACKEND_URL: secureUrl,
        // Asked at a refresh whether the user may go on. Without it a session goes on until it is ended.
        BACKEND_REFRESH_URL: z.optional(secureUrl),
        BACKEND_SECRET_ARN: z.optional(
          z
            .string()
            .check(z.regex(/^arn:[\w-]+:secretsmanager:/, 'must be the ARN of a secret in Secrets Manager')),
        ),
        BACKEND_SECRET: z.optional(z.string().check(z.minLength(minSecretLength))),
        AWS_LAMBDA_FUNCTION_NAME: z.optional(z.string()),
        AWS_ENDPOINT_URL_SECRETS_MANAGER: z.optional(secureUrl),
      })
      .check(
        z.refine(
          ({ BACKEND_SECRET, BACKEND_SECRET_ARN }) =>
            (BACKEND_SECRET === undefined) !== (BACKEND_SECRET_ARN === undefined),
          { path: ['BACKEND_SECRET_ARN'], error: 'or BACKEND_SECRET must be set, and not both' },
        ),
        z.refine(
          ({ BACKEND_SECRET, AWS_LAMBDA_FUNCTION_NAME }) =>
            BACKEND_SECRET === undefined || AWS_LAMBDA_FUNCTION_NAME === undefined,
          {
            path: ['BACKEND_SECRET'],
            error: 'is not taken on Lambda, where its environment can be read: set BACKEND_SECRET_ARN',
          },
        ),
      ),
    z.object({
      ...common,
      AUTHENTICATOR: z.literal('jwt'),
      JWT_ISSUER: z.string().check(z.minLength(1)),
      JWT_AUDIENCE: z.string().check(z.minLength(1)),
      JWT_JWKS_URL: secureUrl,
      JWT_ALGORITHMS: z._default(algorithms, ['RS256', 'ES256']),
      JWT_MAX_AGE_SECONDS: z._default(seconds(1, 86_400), 300),
      JWT_USER_ID_CLAIM: z._default(z.string().check(z.minLength(1)), 'sub'),
    }),
  ],
  'must be directory, http or jwt',
);
const Common = z.object(common).check(staffTogether);

export type Config = z.infer<typeof Common>;
export type SignInConfig = z.infer<typeof Authenticator>;
export type ConfigFor<A extends SignInConfig['AUTHENTICATOR']> = Extract<SignInConfig, { AUTHENTICATOR: A }>;

/** The names of all environment variables that are read, for the documentation's test. */
export const variables: string[] = [
  ...new Set(Authenticator.def.options.flatMap((option) => Object.keys(option.shape))),
];

/** What every function needs. @throws Error naming every variable that is missing or wrong, never a value. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => read(Common, env);

/** The same and the authenticator's, for functions that take credentials. @throws as `readConfig` */
export const readSignInConfig = (env: NodeJS.ProcessEnv): SignInConfig => read(Authenticator, env);

/** Parsed once, at cold start. An empty variable counts as unset. */
const read = <Schema extends z.ZodMiniType>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data as z.infer<Schema>;
  const problems = result.error.issues.map(({ path: [name], message }) => `${String(name)} ${message}`);
  throw new Error(`The environment is not set up:\n  ${problems.join('\n  ')}`);
};
