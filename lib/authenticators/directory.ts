import type { ConfigFor } from '../config.ts';
import { decoyHash, hashPassword, isOutdated, verifyPassword } from '../password.ts';
import type { PasswordCredentials } from '../schemas.ts';
import { serviceTable, type Table } from '../table.ts';
import { type DirectoryUser, findUser, upgradePasswordHash, userKey } from '../users.ts';
import type { Authenticator } from './index.ts';
import { User } from './user.ts';

/** Users in the service's own table, with argon2id hashes. `npm run users` manages them. */
export const directory = (config: ConfigFor<'directory'>): Authenticator<PasswordCredentials> => {
  const table = serviceTable(config);
  return {
    async authenticate({ username, password }, { allow }) {
      const user = (await allow(userKey(username))) as DirectoryUser | undefined;
      // Always one verification, so that an unknown or disabled user takes as long as a wrong password (ASVS 6.3.8).
      // A user whose hash is of other parameters differs until their next login renews it.
      const matches = await verifyPassword(password, user?.passwordHash ?? decoyHash);
      if (!user || !matches || user.disabled) return undefined;
      if (isOutdated(user.passwordHash)) await upgrade(table, user, password);
      return User.parse(user);
    },
    async refresh({ userId, username = '', generation }, signal) {
      const user = await findUser(table, username, signal);
      if (!user || user.disabled) return undefined;
      // The name may be somebody else's by now, and the session one of a login that a new password overtook.
      return user.userId === userId && user.generation === generation ? User.parse(user) : undefined;
    },
  };
};

/** The password was right: a table that can't take the new hash now gets it the next time. */
const upgrade = async (table: Table, user: DirectoryUser, password: string) => {
  try {
    await upgradePasswordHash(table, user, await hashPassword(password));
  } catch (error) {
    process.emitWarning(`A password hash was not renewed: ${error}`);
  }
};
