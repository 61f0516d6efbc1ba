import type * as z from 'zod/mini';
import type { Answer, Route, routes } from './contract.ts';
import { Problem, type ProblemCode } from './problem.ts';

// For openapi.json, of the build only. Types and a test hold the examples to the contract.

type Routes = typeof routes;
type Named<Body> = Record<string, Body>;
type RequestsOf<R extends Route> = R extends { body: infer Schema extends z.ZodMiniType }
  ? { requests: Named<z.input<Schema>> }
  : { requests?: never };
type AnswersOf<R extends Route> = R extends { answer: z.ZodMiniType }
  ? { answers: Named<Answer<R>> }
  : { answers?: never };

const identityId = 'us-east-1:1b4d7a52-9c1e-4b53-8f6e-2a1c0d9e7f31';
const otherIdentityId = 'us-east-1:7f0c2b8e-3d64-4c1a-9b27-5e8d1f6a4c90';
const requestId = 'BqkXhj9FoAMEPQQ=';
const cognitoToken =
  'eyJraWQiOiJ1cy1lYXN0LTEiLCJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJ1cy1lYXN0LTE6MWI0ZCJ9.c2lnbmF0dXJl';
const assertion = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0NzExIiwiYXVkIjoiYXBwIn0.c2lnbmF0dXJl';
const refreshToken = 'W5hq0Zr3Qm2xN8vTgKc1Lw.9fJxk2PqYb7VhR4sWn0TzDm6CuGeLaXo1iQ8yBtMvKE';
const password = { username: 'alice', password: 'correct horse battery staple' };
const reason = 'Ticket 1234: she signed up twice';

const tokens = {
  identityId,
  token: cognitoToken,
  tokenExpiresAt: '2026-11-21T12:15:00.000Z',
  identityPoolId: 'us-east-1:90aa3f6c-18d2-4e7b-a5c4-6b0f2d8e1c73',
  region: 'us-east-1',
  refreshToken,
  refreshTokenExpiresAt: '2026-12-05T12:00:00.000Z',
};
const dates = { creationDate: '2026-03-02T08:30:00.000Z', lastModifiedDate: '2026-11-21T12:00:00.000Z' };
const merged = { identityId, sourceIdentityId: otherIdentityId };
const merges = {
  merged: { ...merged, outcome: 'merged' },
  wouldMerge: { ...merged, outcome: 'would-merge' },
  alreadyMerged: { identityId, sourceIdentityId: identityId, outcome: 'already-merged' },
} as const;

/** At least one example for every body of every route. */
export const examples: { [Name in keyof Routes]: RequestsOf<Routes[Name]> & AnswersOf<Routes[Name]> } = {
  login: {
    requests: {
      password,
      assertion: { assertion, durationSeconds: 3_600 },
      guest: { ...password, guestToken: cognitoToken },
      publicProvider: { ...password, logins: { 'accounts.google.com': assertion } },
    },
    answers: { user: tokens, guest: { ...tokens, guest: 'linked' } },
  },
  refresh: { requests: { session: { refreshToken } }, answers: { user: tokens } },
  logout: { requests: { session: { refreshToken }, everywhere: { refreshToken, everywhere: true } } },
  account: {
    answers: {
      user: {
        identityId,
        developerUserIdentifiers: ['4711'],
        publicProviders: ['accounts.google.com'],
        ...dates,
      },
    },
  },
  'merge-accounts': {
    requests: {
      passwords: { source: { username: 'alice.old', password: 'her other password' }, destination: password },
      dryRun: { source: { assertion }, destination: password, dryRun: true },
    },
    answers: merges,
  },
  'unlink-account': {
    requests: { password: { credentials: password, developerUserIdentifier: '4711' } },
  },
  lookup: {
    answers: {
      user: { identityId, developerUserIdentifiers: ['4711', '815'] },
      page: { identityId, developerUserIdentifiers: ['4711'], nextToken: 'AAAAAAAAAAFzb21ld2hlcmU' },
    },
  },
  merge: {
    requests: {
      merge: { sourceUserIdentifier: '815', destinationUserIdentifier: '4711', reason },
      dryRun: { sourceUserIdentifier: '815', destinationUserIdentifier: '4711', reason, dryRun: true },
    },
    answers: merges,
  },
  unlink: {
    requests: {
      unlink: { identityId, developerUserIdentifier: '815', reason },
      lastLogin: { identityId, developerUserIdentifier: '4711', reason, allowLastLogin: true },
    },
  },
  'list-identities': {
    answers: {
      page: {
        identities: [
          { identityId, logins: ['login.example.com', 'accounts.google.com'], ...dates },
          { identityId: otherIdentityId, logins: [], ...dates },
        ],
        nextToken: 'AAAAAAAAAAFzb21ld2hlcmU',
      },
    },
  },
  'describe-identity': { answers: { user: { identityId, logins: ['login.example.com'], ...dates } } },
  'delete-identity': { requests: { erasure: { reason: 'Ticket 1235: she asked to be forgotten' } } },
  'end-sessions': { requests: { lost: { reason: 'Ticket 1236: her phone was stolen' }, unsaid: {} } },
  audit: {
    answers: {
      merged: {
        entries: [
          {
            at: '2026-11-21T12:00:00.000Z',
            action: 'identity.merged',
            identityId,
            sourceIdentityId: otherIdentityId,
            destinationIdentityId: identityId,
            developerUserIdentifier: '4711',
            actor: 'staff:jo@example.com',
            reason,
            outcome: 'done',
            requestId,
          },
        ],
      },
    },
  },
  health: { answers: { healthy: { version: '0.1.0', table: 'ok', identityPool: 'ok' } } },
};

/** What a problem says where it is thrown, for those that say more than their title. */
const details: { [Code in ProblemCode]?: ConstructorParameters<typeof Problem>[1] } = {
  invalid_request: {
    errors: [
      { path: ['durationSeconds'], detail: 'must be at least 60' },
      { path: ['user'], in: 'query', detail: 'is not a parameter' },
    ],
  },
  insufficient_scope: {
    detail: 'It takes the scope identities:write.',
    challenge: 'Bearer error="insufficient_scope", scope="identities:write"',
  },
  too_many_attempts: { retryAfter: 4 },
  identity_not_found: { errors: [{ path: ['sourceUserIdentifier'], detail: 'has no identity' }] },
  unhealthy: { detail: 'What does not answer as it should: table.' },
};

/** A problem as the service itself answers it. */
export const problemExample = (code: ProblemCode) => {
  const { headers = {}, body = '' } = new Problem(code, details[code]).toResponse(requestId);
  return { headers, body: JSON.parse(body) as Record<string, unknown> };
};
