import { countLogins, identityOf, linkedLogins, maxLogins } from './linked-logins.ts';
import type { Parts } from './parts.ts';
import { Problem } from './problem.ts';

/** Two developer user identifiers. The source's identity goes, the destination's stays. */
export interface Merge {
  sourceUserIdentifier: string;
  destinationUserIdentifier: string;
}

export interface Planned {
  identityId: string;
  sourceIdentityId: string;
  outcome: 'already-merged' | 'would-merge';
}

/** What the request calls the two: to say which of them is wrong. */
export interface Members {
  source: string;
  destination: string;
}
const ofStaff: Members = { source: 'sourceUserIdentifier', destination: 'destinationUserIdentifier' };

/** Tells what a merge would do. */
export const createPlan = (parts: Pick<Parts, 'identities' | 'config'>, members = ofStaff) => {
  const identitiesOf = async (merge: Merge, signal: AbortSignal) => {
    const [sourceIdentityId, identityId] = await Promise.all([
      identityOf(parts, merge.sourceUserIdentifier, signal),
      identityOf(parts, merge.destinationUserIdentifier, signal),
    ]);
    if (sourceIdentityId && identityId) return { identityId, sourceIdentityId };
    const missing = [!sourceIdentityId && members.source, !identityId && members.destination];
    const errors = missing
      .filter((member) => member !== false)
      .map((member) => ({ path: [member], detail: 'has no identity' }));
    throw new Problem('identity_not_found', { errors });
  };

  /** @throws Problem for what Cognito would refuse, saying why; `identity_not_found` names who has none */
  return async (merge: Merge, signal: AbortSignal): Promise<Planned> => {
    const ids = await identitiesOf(merge, signal);
    if (ids.identityId === ids.sourceIdentityId) return { ...ids, outcome: 'already-merged' };

    const [one, other] = await Promise.all([
      linkedLogins(parts, ids.sourceIdentityId, signal),
      linkedLogins(parts, ids.identityId, signal),
    ]);
    if (one.publicProviders.some((provider) => other.publicProviders.includes(provider))) {
      throw new Problem('provider_conflict');
    }
    if (countLogins(one) + countLogins(other) > maxLogins) throw new Problem('too_many_logins');
    return { ...ids, outcome: 'would-merge' };
  };
};
