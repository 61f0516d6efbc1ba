import {
  CognitoIdentityClient,
  DeleteIdentitiesCommand,
  DescribeIdentityCommand,
  DescribeIdentityPoolCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  type IdentityDescription,
  ListIdentitiesCommand,
  LookupDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
  UnlinkDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { clientOptions } from './aws.ts';
import { cognitoProblem } from './cognito-problem.ts';
import type { Config } from './config.ts';
import { Problem, type ProblemCode, wrongNextToken } from './problem.ts';

export interface SignIn {
  /** The developer user identifier: from the authenticator, never from the request. */
  userId: string;
  /** A guest's IdentityId, proved by the guest's token. */
  guestIdentityId?: string | undefined;
  /** Public provider → its token. */
  logins?: Record<string, string>;
  principalTags: Record<string, string>;
  durationSeconds: number;
}

export interface SignedIn {
  identityId: string;
  token: string;
}

interface Page {
  maxResults?: number;
  nextToken?: string | undefined;
}

/** As the API shows it; dates are ISO 8601. */
export interface Identity {
  identityId: string;
  logins: string[];
  creationDate: string;
  lastModifiedDate: string;
}

export type Identities = ReturnType<typeof createIdentities>;

/** What Cognito Identity does for this service, on the one pool. Everything @throws the problems of cognito-problem.ts. */
export const createIdentities = (config: Config) => {
  const IdentityPoolId = config.IDENTITY_POOL_ID;
  const DeveloperProviderName = config.DEVELOPER_PROVIDER_NAME;
  const client = new CognitoIdentityClient(
    clientOptions(config.AWS_REGION, config.AWS_ENDPOINT_URL_COGNITO_IDENTITY),
  );

  const openIdToken = async (
    { userId, logins, principalTags, durationSeconds }: SignIn,
    identityId: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<SignedIn> => {
    const command = new GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId,
      IdentityId: identityId,
      // Last, so that no provider name sent by a client can take the developer provider's place.
      Logins: { ...logins, [DeveloperProviderName]: userId },
      PrincipalTags: Object.keys(principalTags).length > 0 ? principalTags : undefined,
      TokenDuration: durationSeconds,
    });
    const { IdentityId = '', Token = '' } = await client.send(command, { abortSignal });
    return { identityId: IdentityId, token: Token };
  };

  return {
    /**
     * An OpenID token for the user's identity, which is made where there is none. A guest's identity becomes the
     * user's own, unless the user has one already or the guest is not a guest any more: then it is left alone.
     */
    async signIn(user: SignIn, signal: AbortSignal): Promise<SignedIn> {
      try {
        return await openIdToken(user, user.guestIdentityId, signal);
      } catch (error) {
        if (!user.guestIdentityId || !isAboutGuest(error)) throw cognitoProblem(error, noPool);
      }
      return fromCognito(openIdToken(user, undefined, signal), noPool);
    },

    /** An identity by its id, by one of its identifiers, or by both: `identity_mismatch` where they don't match. */
    async lookup(
      {
        identityId,
        developerUserIdentifier,
        maxResults = 60,
        nextToken,
      }: Page & {
        identityId?: string | undefined;
        developerUserIdentifier?: string | undefined;
      },
      abortSignal: AbortSignal,
    ) {
      const command = new LookupDeveloperIdentityCommand({
        IdentityPoolId,
        IdentityId: identityId,
        DeveloperUserIdentifier: developerUserIdentifier,
        MaxResults: maxResults,
        NextToken: nextToken,
      });
      const answer = await fromCognito(ofPage(client.send(command, { abortSignal }), nextToken), {
        // Of one of the two alone it says nothing.
        ResourceConflictException:
          identityId && developerUserIdentifier ? 'identity_mismatch' : 'cognito_unavailable',
      });
      return {
        identityId: answer.IdentityId ?? '',
        developerUserIdentifiers: answer.DeveloperUserIdentifierList ?? [],
        ...(answer.NextToken && { nextToken: answer.NextToken }),
      };
    },

    async describe(identityId: string, abortSignal: AbortSignal): Promise<Identity> {
      const command = new DescribeIdentityCommand({ IdentityId: identityId });
      return toIdentity(await fromCognito(client.send(command, { abortSignal })));
    },

    async list(
      { maxResults, nextToken, hideDisabled }: Page & { hideDisabled: boolean },
      abortSignal: AbortSignal,
    ) {
      const command = new ListIdentitiesCommand({
        IdentityPoolId,
        MaxResults: maxResults,
        NextToken: nextToken,
        HideDisabled: hideDisabled,
      });
      const answer = await fromCognito(ofPage(client.send(command, { abortSignal }), nextToken));
      return {
        identities: (answer.Identities ?? []).map(toIdentity),
        ...(answer.NextToken && { nextToken: answer.NextToken }),
      };
    },

    /** Answers the IdentityId that both users have then. Harmless to repeat. */
    async merge(source: string, destination: string, abortSignal: AbortSignal): Promise<string> {
      const command = new MergeDeveloperIdentitiesCommand({
        IdentityPoolId,
        DeveloperProviderName,
        SourceUserIdentifier: source,
        DestinationUserIdentifier: destination,
      });
      const { IdentityId = '' } = await fromCognito(client.send(command, { abortSignal }), {
        // "A login which is already linked to another account": two users of one public provider.
        ResourceConflictException: 'provider_conflict',
      });
      return IdentityId;
    },

    async unlink(
      identityId: string,
      developerUserIdentifier: string,
      abortSignal: AbortSignal,
    ): Promise<void> {
      const command = new UnlinkDeveloperIdentityCommand({
        IdentityPoolId,
        DeveloperProviderName,
        IdentityId: identityId,
        DeveloperUserIdentifier: developerUserIdentifier,
      });
      await fromCognito(client.send(command, { abortSignal }), {
        ResourceConflictException: 'identity_mismatch',
      });
    },

    async remove(identityId: string, abortSignal: AbortSignal): Promise<void> {
      const command = new DeleteIdentitiesCommand({ IdentityIdsToDelete: [identityId] });
      const { UnprocessedIdentityIds = [] } = await fromCognito(client.send(command, { abortSignal }));
      const [unprocessed] = UnprocessedIdentityIds;
      if (unprocessed) {
        throw new Problem(
          unprocessed.ErrorCode === 'AccessDenied' ? 'cognito_misconfigured' : 'cognito_unavailable',
          { cause: new Error(`DeleteIdentities: ${unprocessed.ErrorCode}`) },
        );
      }
    },

    /** That the pool is there and has the developer provider. */
    async check(abortSignal: AbortSignal): Promise<void> {
      const pool = await fromCognito(
        client.send(new DescribeIdentityPoolCommand({ IdentityPoolId }), { abortSignal }),
      );
      if (pool.DeveloperProviderName !== DeveloperProviderName) throw new Problem('cognito_misconfigured');
    },
  };
};

const fromCognito = async <Output>(
  call: Promise<Output>,
  others?: Record<string, ProblemCode>,
): Promise<Output> => {
  try {
    return await call;
  } catch (error) {
    throw error instanceof Problem ? error : cognitoProblem(error, others);
  }
};

/** Without an IdentityId in the call, what is not found is the pool. */
const noPool: Record<string, ProblemCode> = { ResourceNotFoundException: 'cognito_misconfigured' };

/** Cognito refuses a page's token of another query, or one that was changed. */
const ofPage = async <Output>(call: Promise<Output>, nextToken: string | undefined): Promise<Output> => {
  try {
    return await call;
  } catch (error) {
    const refused = error instanceof Error && error.name === 'InvalidParameterException';
    throw refused && nextToken !== undefined ? wrongNextToken(error) : error;
  }
};

const toIdentity = ({
  IdentityId,
  Logins,
  CreationDate,
  LastModifiedDate,
}: IdentityDescription): Identity => ({
  identityId: IdentityId ?? '',
  logins: Logins ?? [],
  creationDate: (CreationDate ?? new Date(0)).toISOString(),
  lastModifiedDate: (LastModifiedDate ?? new Date(0)).toISOString(),
});

/** Answers to an IdentityId that can't be this user's: theirs is another, or it is gone, disabled or taken. */
const guestErrors = [
  'DeveloperUserAlreadyRegisteredException',
  'NotAuthorizedException',
  'ResourceConflictException',
  'ResourceNotFoundException',
];

const isAboutGuest = (error: unknown) => error instanceof Error && guestErrors.includes(error.name);
