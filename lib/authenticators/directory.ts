import type { ConfigFor } from '../config.ts';
import type { PasswordCredentials } from '../contract.ts';
import { decoyHash, hashPassword, isOutdated, verifyPassword } from '../password.ts';
import { openTable } from '../table.ts';
import { findUser, upgradePasswordHash } from '../users.ts';
import type { Authenticate } from './index.ts';

/** Users in the service's own table, with argon2id hashes. `npm run users` manages them. */
export const directory = (config: ConfigFor<'directory'>): Authenticate<PasswordCredentials> => {
  const table = openTable(config.TABLE_NAME, config.AWS_REGION, config.AWS_ENDPOINT_URL_DYNAMODB);
  return async ({ username, password }, signal) => {
    const user = await findUser(table, username, signal);
    // Always one verification, so that an unknown or disabled user takes as long as a wrong password (ASVS 6.3.8).
    const matches = await verifyPassword(password, user?.passwordHash ?? decoyHash);
    if (!user || !matches || user.disabled) return undefined;
    if (isOutdated(user.passwordHash)) await upgradePasswordHash(table, user, await hashPassword(password));
    return { userId: user.userId, attributes: user.attributes };
  };
};
