import { type CognitoIdentityClient, UpdateIdentityPoolCommand } from '@aws-sdk/client-cognito-identity';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { developerProviderName } from '../../local/settings.ts';

/** A public provider, for the stack to verify its tokens and for its pool to take them. */
export const publicProvider = async (name = 'accounts.example.com') => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return {
    name,
    /** For `startStack`. */
    providers: {
      [name]: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
    },
    addTo: (client: CognitoIdentityClient, IdentityPoolId: string) =>
      client.send(
        new UpdateIdentityPoolCommand({
          IdentityPoolId,
          IdentityPoolName: 'local',
          AllowUnauthenticatedIdentities: true,
          DeveloperProviderName: developerProviderName,
          OpenIdConnectProviderARNs: [`arn:aws:iam::000000000000:oidc-provider/${name}`],
        }),
      ),
    /** Of one of its users, for `logins` of a login. */
    login: async (sub: string) => ({
      [name]: await new SignJWT({ iss: `https://${name}`, aud: 'app', sub })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    }),
  };
};
