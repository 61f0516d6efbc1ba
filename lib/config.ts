import * as z from 'zod/mini';
import './messages.ts';

/** Time limits in milliseconds. Those of one login together fit inside the function's (a test adds them up). */
export const timeLimits = {
  /** A function's own, `timeout` in serverless.yml; the HTTP API's is 30 s. */
  function: 15_000,
  /** One attempt at an AWS call, its connection included; two are made. */
  awsAttempt: 1_500,
  awsConnect: 500,
  backend: 3_000,
  jwks: 2_000,
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
      return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
    },
    { error: 'must be https (http only for localhost)' },
  ),
);

const common = {
  AWS_REGION: z.string().check(z.minLength(1)),
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: z.optional(secureUrl),
  AWS_ENDPOINT_URL_DYNAMODB: z.optional(secureUrl),
  IDENTITY_POOL_ID: z.string().check(z.regex(/^[\w-]+:[0-9a-f-]+$/)),
  DEVELOPER_PROVIDER_NAME: z.string().check(z.regex(/^[\w._-]{1,128}$/)),
  // China and GovCloud have issuers of their own.
  COGNITO_ISSUER: z._default(secureUrl, 'https://cognito-identity.amazonaws.com'),
  MAX_TOKEN_DURATION_SECONDS: z._default(seconds(60, 86_400), 3_600),
  PUBLIC_PROVIDERS: z._default(list, []),
  PRINCIPAL_TAGS: z._default(list, []),
};

const Environment = z.discriminatedUnion(
  'AUTHENTICATOR',
  [
    z.object({
      ...common,
      AUTHENTICATOR: z.literal('directory'),
      TABLE_NAME: z.string().check(z.minLength(3)),
    }),
    z.object({
      ...common,
      AUTHENTICATOR: z.literal('http'),
      BACKEND_URL: secureUrl,
      // HMAC-SHA-256 gains nothing from a key longer than its block, and is weak below its output (RFC 2104 §3).
      BACKEND_SECRET: z.string().check(z.minLength(32)),
    }),
    z.object({
      ...common,
      AUTHENTICATOR: z.literal('jwt'),
      JWT_ISSUER: z.string().check(z.minLength(1)),
      JWT_AUDIENCE: z.string().check(z.minLength(1)),
      JWT_JWKS_URL: secureUrl,
      // Asymmetric only: a public key must never verify an HMAC (RFC 8725 §2.1).
      JWT_ALGORITHMS: z._default(
        z.pipe(
          list,
          z
            .array(
              z.enum([
                'RS256',
                'RS384',
                'RS512',
                'PS256',
                'PS384',
                'PS512',
                'ES256',
                'ES384',
                'ES512',
                'EdDSA',
              ]),
            )
            .check(z.minLength(1)),
        ),
        ['RS256', 'ES256'],
      ),
      JWT_MAX_AGE_SECONDS: z._default(seconds(1, 86_400), 300),
      JWT_USER_ID_CLAIM: z._default(z.string().check(z.minLength(1)), 'sub'),
    }),
  ],
  'must be directory, http or jwt',
);

export type Config = z.infer<typeof Environment>;
export type ConfigFor<A extends Config['AUTHENTICATOR']> = Extract<Config, { AUTHENTICATOR: A }>;

/** The names of all environment variables that are read, for the documentation's test. */
export const variables: string[] = [
  ...new Set(Environment.def.options.flatMap((option) => Object.keys(option.shape))),
];

/**
 * Parses the environment, once, at cold start. An empty variable counts as unset.
 * @throws Error naming every variable that is missing or wrong, never a value.
 */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = z.safeParse(Environment, given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [name], message }) => `${String(name)} ${message}`);
  throw new Error(`The environment is not set up:\n  ${problems.join('\n  ')}`);
};
