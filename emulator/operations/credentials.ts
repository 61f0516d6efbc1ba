import type {
  GetCredentialsForIdentityCommandInput,
  GetCredentialsForIdentityCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import type { Operation } from '../context.ts';
import { issueCredentials } from '../credentials.ts';
import { chooseRole } from '../roles.ts';
import { signInWith } from '../sign-in.ts';

/** The enhanced flow's session lasts an hour [D], in seconds; its name is fixed [O aws-sdk-js#1312]. */
const sessionLifetime = 3600;
const sessionName = 'CognitoIdentityCredentials';

export const GetCredentialsForIdentity: Operation<
  GetCredentialsForIdentityCommandInput,
  GetCredentialsForIdentityCommandOutput
> = async (context, { IdentityId, Logins, CustomRoleArn }) => {
  const signedIn = await signInWith(context, IdentityId, Logins);
  const role = chooseRole(signedIn, CustomRoleArn);
  const { accessKeyId, secretKey, sessionToken, expiration } = issueCredentials(
    context,
    role,
    sessionName,
    sessionLifetime,
  );
  return {
    IdentityId: signedIn.identity.id,
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretKey: secretKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    },
  };
};
