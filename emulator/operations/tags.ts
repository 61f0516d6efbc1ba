import type {
  GetPrincipalTagAttributeMapCommandInput,
  GetPrincipalTagAttributeMapCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  SetPrincipalTagAttributeMapCommandInput,
  SetPrincipalTagAttributeMapCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import { poolArn } from '../claims.ts';
import { type Context, findPool, type Operation } from '../context.ts';
import { AwsError } from '../errors.ts';
import { checkTags } from '../pool-tags.ts';
import { isProviderOf } from '../providers.ts';
import type { Pool } from '../store.ts';

/** What UseDefaults stands for: the claims that hold a user's name and client [D]. */
const defaultTagMap = { username: 'sub', client: 'aud' };

export const TagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = (
  context,
  { ResourceArn, Tags },
) => {
  const pool = poolByArn(context, ResourceArn);
  setTags(context, pool, { ...pool.settings.IdentityPoolTags, ...Tags });
  return {};
};

export const UntagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = (
  context,
  { ResourceArn, TagKeys },
) => {
  const pool = poolByArn(context, ResourceArn);
  const kept = Object.entries(pool.settings.IdentityPoolTags ?? {}).filter(([key]) => !TagKeys.includes(key));
  setTags(context, pool, Object.fromEntries(kept));
  return {};
};

export const ListTagsForResource: Operation<
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
> = (context, { ResourceArn }) => ({ Tags: poolByArn(context, ResourceArn).settings.IdentityPoolTags ?? {} });

export const SetPrincipalTagAttributeMap: Operation<
  SetPrincipalTagAttributeMapCommandInput,
  SetPrincipalTagAttributeMapCommandOutput
> = (context, { IdentityPoolId, IdentityProviderName, UseDefaults = false, PrincipalTags = {} }) => {
  const pool = findPool(context, IdentityPoolId);
  checkProvider(pool, IdentityProviderName);
  const map = { UseDefaults, PrincipalTags: UseDefaults ? defaultTagMap : PrincipalTags };
  context.store.setTagMap(pool, IdentityProviderName, map);
  return { IdentityPoolId, IdentityProviderName, ...map };
};

export const GetPrincipalTagAttributeMap: Operation<
  GetPrincipalTagAttributeMapCommandInput,
  GetPrincipalTagAttributeMapCommandOutput
> = (context, { IdentityPoolId, IdentityProviderName }) => {
  const pool = findPool(context, IdentityPoolId);
  checkProvider(pool, IdentityProviderName);
  // [?] what AWS answers for a map that was never set
  const map = context.store.tagMap(pool, IdentityProviderName) ?? { UseDefaults: false, PrincipalTags: {} };
  return { IdentityPoolId, IdentityProviderName, ...map };
};

function setTags({ store }: Context, pool: Pool, tags: Record<string, string>): void {
  store.setPoolSettings(pool, { ...pool.settings, IdentityPoolTags: checkTags(tags) });
}

function poolByArn(context: Context, arn: string): Pool {
  const id = arn.split(':identitypool/')[1] ?? '';
  const pool = findPool(context, id);
  if (poolArn(pool) === arn) return pool;
  throw invalid('The ARN names no identity pool.');
}

function checkProvider(pool: Pool, name: string): void {
  if (!isProviderOf(pool, name)) throw invalid(`${name} is not a provider of this identity pool.`);
}

/** [?] type and texts */
function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
