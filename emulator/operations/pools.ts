import { randomUUID } from 'node:crypto';
import type {
  CreateIdentityPoolCommandInput,
  CreateIdentityPoolCommandOutput,
  DeleteIdentityPoolCommandInput,
  DeleteIdentityPoolCommandOutput,
  DescribeIdentityPoolCommandInput,
  DescribeIdentityPoolCommandOutput,
  GetIdentityPoolRolesCommandInput,
  GetIdentityPoolRolesCommandOutput,
  ListIdentityPoolsCommandInput,
  ListIdentityPoolsCommandOutput,
  SetIdentityPoolRolesCommandInput,
  SetIdentityPoolRolesCommandOutput,
  UpdateIdentityPoolCommandInput,
  UpdateIdentityPoolCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import { findPool, type Operation } from '../context.ts';
import { AwsError } from '../errors.ts';
import { page, startOf } from '../pages.ts';
import { checkTags } from '../pool-tags.ts';
import { isProviderOf } from '../providers.ts';
import type { Pool, PoolSettings } from '../store.ts';
import type { Wire } from '../wire.ts';

/** AWS's default quota of pools in an account and region [D]. */
const maximumPools = 1000;

export const CreateIdentityPool: Operation<
  CreateIdentityPoolCommandInput,
  CreateIdentityPoolCommandOutput
> = ({ store, region, account = '' }, input) => {
  if (store.countPools(region, account) >= maximumPools) {
    throw new AwsError(
      'LimitExceededException',
      `An account can have at most ${maximumPools} identity pools.`,
    );
  }
  const settings = withDefaults({ IdentityPoolId: `${region}:${randomUUID()}`, ...input });
  store.addPool(region, account, settings);
  return settings;
};

export const DescribeIdentityPool: Operation<
  DescribeIdentityPoolCommandInput,
  DescribeIdentityPoolCommandOutput
> = (context, input) => findPool(context, input.IdentityPoolId).settings;

export const UpdateIdentityPool: Operation<
  UpdateIdentityPoolCommandInput,
  UpdateIdentityPoolCommandOutput
> = (context, input) => {
  const pool = findPool(context, input.IdentityPoolId);
  // What is omitted falls back to its default [D]; the developer provider's name alone survives
  // [O terraform-provider-aws#49985], and once set it stays [D; ? the error].
  const { DeveloperProviderName = input.DeveloperProviderName } = pool.settings;
  if (input.DeveloperProviderName !== undefined && input.DeveloperProviderName !== DeveloperProviderName) {
    throw new AwsError(
      'InvalidParameterException',
      'The developer provider name of a pool cannot be changed.',
    );
  }
  const settings = withDefaults({
    ...input,
    ...(DeveloperProviderName !== undefined && { DeveloperProviderName }),
  });
  context.store.setPoolSettings(pool, settings);
  return settings;
};

export const DeleteIdentityPool: Operation<
  DeleteIdentityPoolCommandInput,
  DeleteIdentityPoolCommandOutput
> = (context, input) => {
  context.store.deletePool(findPool(context, input.IdentityPoolId));
  return {};
};

export const ListIdentityPools: Operation<ListIdentityPoolsCommandInput, ListIdentityPoolsCommandOutput> = (
  context,
  { MaxResults, NextToken },
) => {
  const { region, account = '' } = context;
  const listing = `ListIdentityPools ${region} ${account}`;
  const rows = context.store.listPools(region, account, startOf(context, listing, NextToken), MaxResults + 1);
  const [pools, next] = page(context, listing, rows, MaxResults);
  const IdentityPools = pools.map(({ settings: { IdentityPoolId, IdentityPoolName } }) => ({
    IdentityPoolId,
    IdentityPoolName,
  }));
  return { IdentityPools, ...next };
};

export const SetIdentityPoolRoles: Operation<
  SetIdentityPoolRolesCommandInput,
  SetIdentityPoolRolesCommandOutput
> = (context, { IdentityPoolId, Roles, RoleMappings }) => {
  const pool = findPool(context, IdentityPoolId);
  context.store.setPoolRoles(pool, {
    Roles,
    ...(RoleMappings && { RoleMappings: checkMappings(pool, RoleMappings) }),
  });
  return {};
};

export const GetIdentityPoolRoles: Operation<
  GetIdentityPoolRolesCommandInput,
  GetIdentityPoolRolesCommandOutput
> = (context, { IdentityPoolId }) => ({ IdentityPoolId, ...findPool(context, IdentityPoolId).roles });

type Mappings = NonNullable<Wire<SetIdentityPoolRolesCommandInput>['RoleMappings']>;

/** AWS's documented rules, which the service model does not hold. */
function checkMappings(pool: Pool, mappings: Mappings): Mappings {
  for (const [name, mapping] of Object.entries(mappings)) {
    if (!isProviderOf(pool, name)) {
      const text = `(${name}) is not a valid RoleMapping ProviderName or is not a configured provider.`;
      throw new AwsError('InvalidParameterException', text); // [O aws-cdk#22951]
    }
    if (!mapping.AmbiguousRoleResolution) throw invalidMapping(name, 'AmbiguousRoleResolution is required');
    if (mapping.Type === 'Token') continue;
    const rules = mapping.RulesConfiguration?.Rules ?? [];
    if (rules.length < 1 || rules.length > 25) throw invalidMapping(name, '1 to 25 rules are required');
  }
  return mappings;
}

/** [?] the text */
function invalidMapping(name: string, reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid role mapping for ${name}: ${reason}.`);
}

/** A pool as it is described: tags are always there, AllowClassicFlow only once set [O aws-cli#7652]. */
function withDefaults(settings: PoolSettings): PoolSettings {
  checkTags(settings.IdentityPoolTags ?? {});
  const providers = settings.CognitoIdentityProviders?.map((provider) => ({
    ServerSideTokenCheck: false,
    ...provider,
  }));
  return { IdentityPoolTags: {}, ...settings, ...(providers && { CognitoIdentityProviders: providers }) };
}
