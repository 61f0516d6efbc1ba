import { clientOptions } from './aws.ts';
import { type ConfigFor, minSecretLength } from './config.ts';
import { logger } from './telemetry.ts';

/** Seconds. A secret that was changed is taken up within these; when it can't be asked for, it is after a while again. */
const remembered = 300;
const askAgainAfter = 30;

/**
 * How to get the secret that signs what is sent to the backend. On Lambda it is asked of Secrets Manager, and
 * kept for five minutes, or for as long as Secrets Manager then has no good one to give: its outage is no reason to
 * let nobody in. In the environment it would be readable for whoever may look at the function.
 * @throws what Secrets Manager refuses; Error for a secret that is too short. Neither once there was a good one
 */
export const backendSecret = (config: ConfigFor<'http'>): (() => Promise<string>) => {
  const { BACKEND_SECRET, BACKEND_SECRET_ARN = '' } = config;
  if (BACKEND_SECRET !== undefined) return async () => BACKEND_SECRET;

  let provider: ReturnType<typeof secretsManager> | undefined;
  const read = async () => {
    provider ??= secretsManager(config);
    const secret = await (await provider).get(BACKEND_SECRET_ARN, { maxAge: remembered });
    if (typeof secret === 'string' && secret.length >= minSecretLength) return secret;
    throw new Error(
      `The secret of BACKEND_SECRET_ARN must be a text of at least ${minSecretLength} characters`,
    );
  };
  return lastGood(read);
};

/** Reads, or answers what was read last. Then nobody waits for another failure for a while. */
const lastGood = (read: () => Promise<string>) => {
  let last: string | undefined;
  let askAgainAt = 0;
  return async () => {
    if (last !== undefined && Date.now() < askAgainAt) return last;
    try {
      last = await read();
    } catch (error) {
      if (last === undefined) throw error;
      askAgainAt = Date.now() + askAgainAfter * 1_000;
      logger.error('The secret of BACKEND_SECRET_ARN was not read: the last one is used', error as Error);
    }
    return last;
  };
};

/** Loaded only where it is needed: the other authenticators start without it. */
const secretsManager = async ({ AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER }: ConfigFor<'http'>) => {
  const { SecretsProvider } = await import('@aws-lambda-powertools/parameters/secrets');
  return new SecretsProvider({ clientConfig: clientOptions(AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER) });
};
