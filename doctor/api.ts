import { ApiGatewayV2Client, GetApiCommand, type GetApiResponse } from '@aws-sdk/client-apigatewayv2';
import { ask, Missing, notThere } from './ask.ts';
import type { Check } from './check.ts';
import { isDevelopment, onAws, resourcesOf, type Stack, settingsOf } from './stack.ts';
import { aheadOf, get } from './web.ts';

const describeApi = async (stack: Stack): Promise<GetApiResponse> => {
  const [ApiId] = resourcesOf(stack, 'AWS::ApiGatewayV2::Api');
  if (!ApiId) throw new Missing(`${stack.name} has no HTTP API`);
  const client = new ApiGatewayV2Client({ region: stack.region });
  return ask('apigateway:GET', client.send(new GetApiCommand({ ApiId })));
};

/** Where the apps call it: under its own domain, where it has one. */
const apiUrlOf = async (stack: Stack): Promise<string> => {
  const [domain] = resourcesOf(stack, 'AWS::ApiGatewayV2::DomainName');
  return stack.apiUrl ?? (domain ? `https://${domain}` : ((await describeApi(stack)).ApiEndpoint ?? ''));
};

const apiIsHealthy = async (stack: Stack): Promise<string[]> => {
  const url = `${await apiUrlOf(stack)}/health`;
  const response = await get(url);
  if (typeof response === 'string') return [response];
  return response.status === 200 ? [] : [`${url} answers ${response.status}: ${await response.text()}`];
};

const originsAreNamed = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const { CorsConfiguration: { AllowOrigins = [] } = {} } = await describeApi(stack).catch(notThere);
  return !isDevelopment(stack) && AllowOrigins.includes('*')
    ? ['Any page may call the API from a browser: an origin is *']
    : [];
};

/** Seconds. A signed request to a backend is good for a minute by the README's example, to AWS for five. */
const tolerated = 30;

/** Everybody's clock against AWS's, which the tokens are by. */
const clocksAgree = async (stack: Stack): Promise<string[]> => {
  const { BACKEND_URL, JWT_JWKS_URL, STAFF_JWKS_URL } = settingsOf(stack);
  const api = await apiUrlOf(stack).catch(notThere);
  const servers = { 'the API': `${api}/health`, BACKEND_URL, JWT_JWKS_URL, STAFF_JWKS_URL };
  const { awsAhead = 0 } = stack;
  const checked = Object.entries(servers).map(async ([name, url]) => {
    const ahead = url ? await aheadOf(url) : undefined;
    return ahead === undefined ? [] : skewOf(`The clock of ${name}`, ahead - awsAhead);
  });
  return [...skewOf("This machine's clock", -awsAhead), ...(await Promise.all(checked)).flat()];
};

const skewOf = (whose: string, milliseconds: number): string[] => {
  const seconds = Math.round(milliseconds / 1_000);
  if (Math.abs(seconds) <= tolerated) return [];
  return [`${whose} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`];
};

export const apiChecks: Check[] = [
  {
    name: 'API',
    what: 'GET /health answers 200: table and pool can be used',
    mend: 'See the log of the function health, and the findings above.',
    find: apiIsHealthy,
  },
  {
    name: 'CORS',
    what: 'browsers may call from named origins only (any stage but dev)',
    mend: 'Set corsOrigins to your own pages, and deploy again.',
    find: originsAreNamed,
  },
  {
    name: 'clocks',
    what: `this machine, the API, the backend and the issuers agree with AWS within ${tolerated} s`,
    whatLocally: `the API, and the backend and the issuers that there are, agree with this machine within ${tolerated} s`,
    mend: 'Let the machine that is off set its clock by NTP: signatures and tokens live by it.',
    find: clocksAgree,
  },
];
