import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from './context.ts';
import { AwsError } from './errors.ts';

/** The emulator's parts; the rest of a Context comes from the request. */
export type Parts = Omit<Context, 'region' | 'account'>;

/** Where a request belongs that does not tell. */
export type Home = { region: string; accountId: string };

/** One request to one of AWS's services. */
export type Call = {
  parts: Parts;
  home: Home;
  headers: IncomingHttpHeaders;
  body: Buffer;
  requestId: string;
};

/** How a service of AWS is spoken to. */
export type Protocol = {
  contentType: string;
  /** The wire names of all that can be asked for. */
  operations: string[];
  /** What a call asks for; running it gives the body of the answer. Both throw the AwsError to answer. */
  read(call: Call): { operation: string; run(): Promise<string> };
  errorBody(error: AwsError, requestId: string): string;
};

export type Caller = { accessKeyId: string; account: string; region: string };

/**
 * Who calls, by the credential scope; undefined for an unsigned request. Throws IncompleteSignatureException.
 * The signature itself is not checked (a departure): any secret will do.
 * An access key id of 12 digits is an account of its own, so that one emulator can serve several.
 */
export function callerOf({ headers: { authorization }, home }: Call): Caller | undefined {
  if (authorization === undefined) return undefined;
  const scope = /Credential=([^/,\s]+)\/\d{8}\/([\w-]+)\/[\w-]+\/aws4_request/.exec(authorization);
  const [, accessKeyId, region] = scope ?? [];
  if (accessKeyId === undefined || region === undefined) {
    throw new AwsError('IncompleteSignatureException', 'Authorization header has no Credential scope.'); // [I]
  }
  return {
    accessKeyId,
    account: /^\d{12}$/.test(accessKeyId) ? accessKeyId : home.accountId,
    // boto 2 takes a part of the address for the region: that of 127.0.0.1 is none.
    region: isRegion(region) ? region : home.region,
  };
}

export function isRegion(name: string): boolean {
  return /^[a-z]{2}(-[a-z]+)+-\d+$/.test(name);
}
