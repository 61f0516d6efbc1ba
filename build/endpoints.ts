/** The parts of AWS, by the names of their regions. A test compares every region with the SDK's own rules. */
const suffixes: [RegExp, string][] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

interface Parameters {
  Region?: string;
  Endpoint?: string;
  UseFIPS?: boolean;
  UseDualStack?: boolean;
}

/**
 * Where a service is, in place of the SDK's engine for rules that also know S3 buckets and the like.
 * @throws Error for FIPS and dual-stack endpoints, which it does not know: better than calling others
 */
export const endpointOf =
  (service: string) =>
  ({ Region = '', Endpoint, UseFIPS, UseDualStack }: Parameters) => {
    if (UseFIPS || UseDualStack)
      throw new Error('FIPS and dual-stack endpoints: give the endpoint’s URL instead');
    const [, suffix = 'amazonaws.com'] = suffixes.find(([names]) => names.test(Region)) ?? [];
    return {
      url: new URL(Endpoint ?? `https://${service}.${Region}.${suffix}`),
      properties: {},
      headers: {},
    };
  };
