import {
  CognitoIdentityClient,
  GetOpenIdTokenForDeveloperIdentityCommand,
  type GetOpenIdTokenForDeveloperIdentityCommandInput,
} from '@aws-sdk/client-cognito-identity';
import { clientOptions } from './aws.ts';
import { cognitoProblem } from './cognito-problem.ts';
import type { Config } from './config.ts';

interface SignIn {
  /** The developer user identifier: from the authenticator, never from the request. */
  userId: string;
  /** A guest's IdentityId, proved by the guest's token. */
  guestIdentityId?: string | undefined;
  /** Public provider → its token. */
  logins: Record<string, string>;
  principalTags: Record<string, string>;
  durationSeconds: number;
}

interface SignedIn {
  identityId: string;
  token: string;
}

export type Identities = ReturnType<typeof createIdentities>;

/** The use cases over one identity pool. */
export const createIdentities = (config: Config) => {
  const client = new CognitoIdentityClient(
    clientOptions(config.AWS_REGION, config.AWS_ENDPOINT_URL_COGNITO_IDENTITY),
  );

  const openIdToken = async (
    { userId, logins, principalTags, durationSeconds }: SignIn,
    identityId: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<SignedIn> => {
    const input: GetOpenIdTokenForDeveloperIdentityCommandInput = {
      IdentityPoolId: config.IDENTITY_POOL_ID,
      IdentityId: identityId,
      // Last, so that no provider name sent by a client can take the developer provider's place.
      Logins: { ...logins, [config.DEVELOPER_PROVIDER_NAME]: userId },
      PrincipalTags: Object.keys(principalTags).length > 0 ? principalTags : undefined,
      TokenDuration: durationSeconds,
    };
    const command = new GetOpenIdTokenForDeveloperIdentityCommand(input);
    const { IdentityId = '', Token = '' } = await client.send(command, { abortSignal });
    return { identityId: IdentityId, token: Token };
  };

  return {
    /**
     * An OpenID token for the user's identity, which is made where there is none. A guest's identity becomes the
     * user's own, unless the user has one already or the guest is not a guest any more: then it is left alone.
     * @throws Problem, one of those in cognito-problem.ts
     */
    async signIn(user: SignIn, signal: AbortSignal): Promise<SignedIn> {
      try {
        return await openIdToken(user, user.guestIdentityId, signal);
      } catch (error) {
        if (!user.guestIdentityId || !isAboutGuest(error)) throw cognitoProblem(error);
      }
      return openIdToken(user, undefined, signal).catch((error) => {
        throw cognitoProblem(error);
      });
    },
  };
};

/** Answers to an IdentityId that can't be this user's: theirs is another, or it is gone, disabled or taken. */
const guestErrors = [
  'DeveloperUserAlreadyRegisteredException',
  'NotAuthorizedException',
  'ResourceConflictException',
  'ResourceNotFoundException',
];

const isAboutGuest = (error: unknown) => error instanceof Error && guestErrors.includes(error.name);
