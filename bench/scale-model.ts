/** What `bench/scale.ts` reckons with. Every figure says where it is from; what is only assumed says so. */

/** Units that one request takes of each component. A test counts them in the code. */
export interface Load {
  /** API Gateway, and Lambda behind it. */
  api: number;
  /** Seconds of a function, at 512 MB. Assumed: nobody has measured it on AWS. */
  seconds: number;
  /** DynamoDB's request units: a consistent read of an item up to 4 KB, a write of one up to 1 KB. */
  reads: number;
  writes: number;
  /** GetOpenIdTokenForDeveloperIdentity. */
  tokens: number;
}

export const loads = {
  // Three counters and the user are read; session, its index entry and a counter are written. Argon2id takes 28 ms of a
  // whole core, of which 512 MB are 0.29: most of the time that is assumed.
  login: { api: 1, seconds: 0.15, reads: 4, writes: 3, tokens: 1 },
  // The user is read, the session is written: what its index holds of it does not change.
  refresh: { api: 1, seconds: 0.06, reads: 1, writes: 1, tokens: 1 },
} satisfies Record<string, Load>;

export type Kind = keyof typeof loads;

/** Bytes that a request logs: 252 of the function (measured), Lambda's own lines and an access log (assumed). */
export const logBytes = 1_000;
/** GB of memory of a function. */
export const memory = 0.5;

/** The most a second, by default, of an account in a region. See docs/scale.md for the sources. */
export const defaults = {
  apiGateway: 10_000,
  apiGatewayBurst: 5_000,
  /** Runs at once, not a second. */
  lambda: 1_000,
  /** What a new on-demand table takes at once, and the most that it grows to. */
  reads: 12_000,
  writes: 4_000,
  tableMost: 40_000,
  tokens: 200,
  credentials: 200,
};
export type Quotas = typeof defaults;

/** Seconds within which an on-demand table takes twice its peak and no more. */
export const tableGrows = 1_800;

/** US East (N. Virginia), dollars. */
export const prices = {
  apiGateway: { perMillion: 1, what: 'HTTP API requests, the first 300 million a month' },
  lambdaRequests: { perMillion: 0.2, what: 'Lambda requests' },
  lambdaDuration: { perMillion: 13.3334, what: 'Lambda arm64, GB-seconds, the first 7.5 billion a month' },
  reads: { perMillion: 0.125, what: 'DynamoDB on-demand read request units' },
  writes: { perMillion: 0.625, what: 'DynamoDB on-demand write request units' },
  logs: { perMillion: 500_000, what: 'CloudWatch Logs, GB taken in ($0.50 each)' },
};

/** Dollars of a million requests by component. */
export const costs = ({ api, seconds, reads, writes }: Load) => ({
  'API Gateway': api * prices.apiGateway.perMillion,
  'Lambda, requests': api * prices.lambdaRequests.perMillion,
  'Lambda, duration': api * seconds * memory * prices.lambdaDuration.perMillion,
  'DynamoDB, reads': reads * prices.reads.perMillion,
  'DynamoDB, writes': writes * prices.writes.perMillion,
  'CloudWatch Logs': (logBytes / 1e9) * prices.logs.perMillion,
});

/** Seconds. */
export const behaviour = {
  /** How long a device is used after its login. Assumed. */
  used: 4 * 3_600,
  /** How long AWS credentials last. */
  credentials: 3_600,
  /** When a throttled request comes again: the API's Retry-After, and as much again at most. */
  retryAfter: 2,
  /** When its user stops trying. Assumed. */
  patience: 60,
};

/** How often an app asks for a new token, in seconds. */
export const refreshing = {
  'every 15 minutes, as the token runs out': 900,
  'every hour, as the credentials run out': 3_600,
  'never: a token of 24 hours': 86_400,
};
