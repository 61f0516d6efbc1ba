import type { DeveloperIdentity } from './developer-identity.ts';
import type { DeveloperIdentityError } from './error.ts';
import type { AwsCredentials } from './session-keeper.ts';

interface AmplifyCredentialsProvider {
  getCredentialsAndIdentityId(options?: {
    forceRefresh?: boolean;
  }): Promise<{ credentials: AwsCredentials; identityId: string } | undefined>;
  clearCredentialsAndIdentityId(): void;
}

/** For `Amplify.configure(…, { Auth: { credentialsProvider } })`, in place of Amplify's own sign-in. */
export const amplifyCredentialsProvider = (
  auth: Pick<DeveloperIdentity, 'credentials'>,
): AmplifyCredentialsProvider => ({
  async getCredentialsAndIdentityId({ forceRefresh = false } = {}) {
    try {
      const credentials = await auth.credentials({ forceRefresh });
      return { credentials, identityId: credentials.identityId };
    } catch (error) {
      // Amplify says in its own words that nobody is signed in.
      if ((error as DeveloperIdentityError).code === 'signed_out') return undefined;
      throw error;
    }
  },
  // Amplify calls it where its own sign-in changes. Ours does not: auth.logout() forgets them.
  clearCredentialsAndIdentityId() {},
});
