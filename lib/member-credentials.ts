import { createAuthentication } from './authentication.ts';
import type { User } from './authenticators/user.ts';
import type { SignInConfig } from './config.ts';
import type { RequestContext } from './endpoint.ts';
import { isProblem, Problem } from './problem.ts';
import type { Credentials } from './schemas.ts';
import { putAll, serviceTable } from './table.ts';

/**
 * A function from the members of a request that hold credentials to their users. Each is told what /login would say of it, and no more:
 * all are tried before anything is answered, and one after another, so that a failure counts for the next one too.
 * @throws Problem as the login, naming the members whose credentials are not valid
 */
export const createMemberAuthentication = (config: SignInConfig) => {
  const table = serviceTable(config);
  const authenticate = createAuthentication(config, table);
  return async <Name extends string>(
    members: Record<Name, Credentials>,
    context: Pick<RequestContext, 'signal' | 'sourceIp'>,
  ): Promise<Record<Name, User>> => {
    const users: [string, User][] = [];
    const invalid: { member: string; cause: unknown }[] = [];
    const others: unknown[] = [];
    for (const [member, credentials] of Object.entries<Credentials>(members)) {
      try {
        const { user, items } = await authenticate(credentials, context);
        // Whatever becomes of the others: this one did not fail.
        await putAll(table, items, context.signal);
        users.push([member, user]);
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
    return Object.fromEntries(users) as Record<Name, User>;
  };
};

/** Credentials' own members are the member's. */
const within = (member: string, error: unknown): unknown => {
  if (!isProblem(error, 'invalid_request')) return error;
  const errors = error.errors?.map(({ path, ...rest }) => ({ ...rest, path: [member, ...path] })) ?? [];
  return new Problem('invalid_request', { errors });
};
