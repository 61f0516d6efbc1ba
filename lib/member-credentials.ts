import type { createAuthentication } from './authentication.ts';
import type { RequestContext } from './endpoint.ts';
import { isProblem, Problem } from './problem.ts';
import type { Credentials } from './schemas.ts';

type Authenticate = ReturnType<typeof createAuthentication>;
type Authenticated = Awaited<ReturnType<Authenticate>>;

/**
 * Authenticates the members of a request that hold credentials. Each is told what /login would say of it, and no more:
 * all are tried before anything is answered, and one after another, so that a failure counts for the next one too.
 * @throws Problem as the login, naming the members whose credentials are not valid
 */
export const authenticateMembers = async <Name extends string>(
  authenticate: Authenticate,
  members: Record<Name, Credentials>,
  context: Pick<RequestContext, 'signal' | 'sourceIp'>,
): Promise<Record<Name, Authenticated>> => {
  const authenticated: [string, Authenticated][] = [];
  const invalid: { member: string; cause: unknown }[] = [];
  const others: unknown[] = [];
  for (const [member, credentials] of Object.entries<Credentials>(members)) {
    try {
      authenticated.push([member, await authenticate(credentials, context)]);
    } catch (error) {
      if (isProblem(error, 'invalid_credentials')) invalid.push({ member, cause: error.cause });
      else others.push(within(member, error));
    }
  }
  // What can't be decided now, or asked for at all, comes before what was.
  if (others.length > 0) throw others[0];
  if (invalid.length > 0) {
    throw new Problem('invalid_credentials', {
      errors: invalid.map(({ member }) => ({ path: [member], detail: 'must be valid credentials' })),
      // For the log.
      cause: invalid.find(({ cause }) => cause)?.cause,
    });
  }
  return Object.fromEntries(authenticated) as Record<Name, Authenticated>;
};

/** Credentials' own members are the member's. */
const within = (member: string, error: unknown): unknown => {
  if (!isProblem(error, 'invalid_request')) return error;
  const errors = error.errors?.map(({ path, ...rest }) => ({ ...rest, path: [member, ...path] })) ?? [];
  return new Problem('invalid_request', { errors });
};
