import { readFile } from 'node:fs/promises';
import type { Loader, OnLoadResult, Plugin } from 'esbuild';

const endpoint = (service: string) => `
    import { endpointOf } from ${JSON.stringify(`${import.meta.dirname}/endpoints.ts`)};
    export const defaultEndpointResolver = endpointOf('${service}');`;

/** Modules that a function on Lambda has no use for, and what stands in for each. */
const standIns: Record<string, string> = {
  // The role's credentials are in the environment: nothing else is ever asked for them.
  '@aws-sdk/credential-provider-node/dist-es/index.js':
    "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  // Nor is there a ~/.aws: settings come from lib/aws.ts and the environment.
  '@smithy/core/dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js': `
    export const CONFIG_PREFIX_SEPARATOR = '.';
    export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  // Lambda says where it runs.
  '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js':
    'export const getInstanceMetadataRegion = async () => undefined;',
  // Off unless asked for, and nobody does: it holds a cache with libraries of its own.
  '@aws-sdk/middleware-endpoint-discovery/dist-es/index.js': `
    export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { default: false };
    export const resolveEndpointDiscoveryConfig = (config) => config;`,
  // No operation that is called streams events.
  '@smithy/core/dist-es/submodules/event-streams/index.js': '',
  '@smithy/signature-v4/dist-es/HeaderFormatter.js': 'export class HeaderFormatter {}',
  '@aws-sdk/client-cognito-identity/dist-es/endpoint/endpointResolver.js': endpoint('cognito-identity'),
  '@aws-sdk/client-dynamodb/dist-es/endpoint/endpointResolver.js': endpoint('dynamodb'),
  '@aws-sdk/client-secrets-manager/dist-es/endpoint/endpointResolver.js': endpoint('secretsmanager'),
  // Only that engine wants to know AWS's partitions.
  '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js':
    'export const partitionsInfo = { partitions: [] };',
  // A request is signed with Node's own SHA-256, and has no other checksum.
  '@smithy/core/dist-es/submodules/checksum/index.js':
    "export { Sha256Node as Sha256 } from './sha256/Sha256Node';",
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': 'export const Sha256Js = undefined;',
  // The retry mode "adaptive" is the standard one here.
  '@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js':
    "export { StandardRetryStrategy as AdaptiveRetryStrategy } from './StandardRetryStrategy';",
  // Neither of the two clients puts a part of its input into a header, the path or the host's name.
  '@smithy/core/dist-es/submodules/protocols/HttpBindingNormalizedSchema.js': `
    export const getHttpOperationBindings = () => [];
    export const HttpBindingNormalizedSchema = undefined;`,
  // Both services' JSON has times as epoch seconds.
  '@smithy/core/dist-es/submodules/serde/date-utils.js': `
    const unexpected = () => { throw new TypeError('A time that is not in epoch seconds'); };
    export const parseEpochTimestamp = (seconds) => seconds == null ? undefined : new Date(Math.round(seconds * 1000));
    export const parseRfc3339DateTime = unexpected, parseRfc3339DateTimeWithOffset = unexpected;
    export const parseRfc7231DateTime = unexpected, dateToUtcString = unexpected;`,
  // It copies every request and answer for a logger that does nothing; nobody must log them: they hold tokens.
  '@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js':
    'export const getLoggerPlugin = () => ({ applyToStack: () => {} }), loggerMiddleware = undefined, loggerMiddlewareOptions = undefined;',
  // What the SDK tells AWS of its own use. Its name and version stay in the User-Agent.
  '@aws-sdk/core/dist-es/submodules/client/middleware-user-agent/check-features.js':
    'export const checkFeatures = async () => {};',
  // Lambda's Node.js is what serverless.yml says.
  '@aws-sdk/core/dist-es/submodules/client/emitWarningIfUnsupportedVersion.js':
    'export const emitWarningIfUnsupportedVersion = () => {}, state = {};',
};

/** Errors of AWS that are told by their class, or have a trait that retrying needs; all others by their name alone. */
const errorClasses = ['ConditionalCheckFailedException', 'ReplicatedWriteConflictException'];

/** What a module's text becomes instead, by the end of its path. */
const changes: [RegExp, Loader, (text: string) => string][] = [
  // Of all that is in its package.json, a client reads its own version.
  [
    /^@aws-sdk\/client-[\w-]+\/package\.json$/,
    'json',
    (text) => JSON.stringify({ version: JSON.parse(text).version }),
  ],
  // The header names of a key set's request: the class Headers would load all of Node's fetch, which lib/jose.ts avoids.
  [/^jose\/dist\/webapi\/jwks\/remote\.js$/, 'js', (text) => text.replace('new Headers(', 'new Map(')],
  [
    /^@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/,
    'js',
    (text) =>
      text.replaceAll(/^n0_registry\.registerError\((\w+)\$, \w+\);$/gm, (line, name) =>
        errorClasses.includes(name) ? line : '',
      ),
  ],
];

const used = new Set<string>();

/** What stands in for a module that no bundle had: the package has moved it, and it is back under another name. */
export const unusedStandIns = () => Object.keys(standIns).filter((name) => !used.has(name));

const load = async (path: string): Promise<OnLoadResult | undefined> => {
  const [, name = ''] = path.replaceAll('\\', '/').split('/node_modules/');
  used.add(name);
  const standIn = standIns[name];
  if (standIn !== undefined) return { contents: standIn, loader: 'js' };
  const [, loader, change] = changes.find(([pattern]) => pattern.test(name)) ?? [];
  return change && loader && { contents: change(await readFile(path, 'utf8')), loader };
};

/** Leaves out of a bundle what Lambda has no use for. */
export const slim: Plugin = {
  name: 'slim',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/](@aws-sdk|@smithy|jose)[\\/]/ }, ({ path }) => load(path));
  },
};
