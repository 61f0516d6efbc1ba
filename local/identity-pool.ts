import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  ListIdentityPoolsCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { region } from './settings.ts';

const poolName = 'local';
const roleArn = (name: string) => `arn:aws:iam::000000000000:role/local-${name}`;

/** The id of this machine's identity pool, made at the first start. Guests are allowed. */
export const identityPool = async (endpoint: string, developerProviderName: string): Promise<string> => {
  const client = new CognitoIdentityClient({ endpoint, region });
  const { IdentityPools = [] } = await client.send(new ListIdentityPoolsCommand({ MaxResults: 60 }));
  const existing = IdentityPools.find(({ IdentityPoolName }) => IdentityPoolName === poolName);
  const id = existing?.IdentityPoolId ?? (await createPool(client, developerProviderName));
  client.destroy();
  return id;
};

const createPool = async (client: CognitoIdentityClient, developerProviderName: string): Promise<string> => {
  const { IdentityPoolId = '' } = await client.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: poolName,
      AllowUnauthenticatedIdentities: true,
      // A guest's token comes from GetOpenIdToken, which is the basic flow's.
      AllowClassicFlow: true,
      DeveloperProviderName: developerProviderName,
    }),
  );
  const Roles = { authenticated: roleArn('authenticated'), unauthenticated: roleArn('unauthenticated') };
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
  return IdentityPoolId;
};
