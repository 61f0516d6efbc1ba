export { amplifyCredentialsProvider } from './amplify.ts';
export {
  type DeveloperIdentity,
  type DeveloperIdentityOptions,
  developerIdentity,
  type Identity,
  type IdentityChange,
  type LoginAnswer,
} from './developer-identity.ts';
export { type ClientCode, DeveloperIdentityError, type ErrorCode, type ServiceCode } from './error.ts';
export type { Account, LoginCredentials, LoginInput, Merged, MergeInput, UnlinkInput } from './service.ts';
export type { AwsCredentials, CognitoToken, SignedOut } from './session-keeper.ts';
export type { SessionStorage } from './storage.ts';
