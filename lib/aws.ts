import { timeLimits } from './config.ts';

/** What every AWS client is made with: bounded attempts, bounded time (milliseconds), an endpoint only when set. */
export const clientOptions = (region: string, endpoint: string | undefined) => ({
  region,
  ...(endpoint && { endpoint }),
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: timeLimits.awsConnect,
    requestTimeout: timeLimits.awsAttempt,
    // Without it the SDK only warns when an attempt takes too long.
    throwOnRequestTimeout: true,
    // The request's limit ends with the answer's headers: this one is for a body that stops coming.
    socketTimeout: timeLimits.awsAttempt,
  },
});
