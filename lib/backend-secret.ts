import { clientOptions } from './aws.ts';
import { type ConfigFor, minSecretLength } from './config.ts';

/** Seconds. A secret that was changed is taken up within these. */
const remembered = 300;

/**
 * How to get the secret that signs what is sent to the backend. On Lambda it is asked of Secrets Manager at cold start,
 * and kept for five minutes: in the environment it would be readable for whoever may look at the function.
 * @throws what Secrets Manager refuses; Error for a secret that is too short
 */
export const backendSecret = (config: ConfigFor<'http'>): (() => Promise<string>) => {
  const { BACKEND_SECRET, BACKEND_SECRET_ARN = '' } = config;
  if (BACKEND_SECRET !== undefined) return async () => BACKEND_SECRET;

  const provider = secretsManager(config);
  const read = async () => {
    const secret = await (await provider).get(BACKEND_SECRET_ARN, { maxAge: remembered });
    if (typeof secret === 'string' && secret.length >= minSecretLength) return secret;
    throw new Error(
      `The secret of BACKEND_SECRET_ARN must be a text of at least ${minSecretLength} characters`,
    );
  };
  // Whoever needs it first hears of a failure, and asks again.
  const first = read().catch(() => {});
  return async () => {
    await first;
    return read();
  };
};

/** Loaded only where it is needed: the other authenticators start without it. */
const secretsManager = async ({ AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER }: ConfigFor<'http'>) => {
  const { SecretsProvider } = await import('@aws-lambda-powertools/parameters/secrets');
  return new SecretsProvider({ clientConfig: clientOptions(AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER) });
};
