import { describe, expect, it } from 'vitest';
import { problemResponse } from '../../services/api/problems.ts';
import { API_ERRORS, type ApiErrorCode } from '../../shared/domain/errors.ts';
import type { VariantName } from '../support/infra/deployments.ts';
import { synthesise } from '../support/infra/synthesise.ts';
import { memberAt, ofType, type Properties, theOne } from '../support/infra/template.ts';

const DOMAIN = 'a domain with client certificates behind a web ACL';

const home = (variant: VariantName = 'the example') => synthesise(variant).home;
const only = (type: string, variant: VariantName = 'the example') => theOne(home(variant), type).properties;

/** `<method> <path>` of everything that the API takes. */
function methods(variant: VariantName): ReadonlyMap<string, Properties> {
  const stack = home(variant);
  const paths = new Map(
    ofType(stack, 'AWS::ApiGateway::Resource').map(({ ref, properties }) => [ref, properties.PathPart]),
  );
  return new Map(
    ofType(stack, 'AWS::ApiGateway::Method').map(({ properties }) => [
      `${properties.HttpMethod} /${paths.get(String(properties.ResourceId)) ?? ''}`,
      properties,
    ]),
  );
}

describe('who may call', () => {
  it('is everybody with a key, and whoever asks how the service is', () => {
    const needs = [...methods('the example')].map(([method, { ApiKeyRequired, AuthorizationType }]) => [
      method,
      ApiKeyRequired === true,
      AuthorizationType,
    ]);
    expect(needs).toEqual([
      ['ANY /{path+}', true, 'NONE'],
      ['GET /healthz', false, 'NONE'],
      ['GET /readyz', false, 'NONE'],
    ]);
  });

  it('is everybody who signs, where that is wanted, and there are no keys', () => {
    const needs = [...methods('signed requests')].map(([method, { AuthorizationType }]) => [
      method,
      AuthorizationType,
    ]);
    expect(needs).toEqual([
      ['ANY /{path+}', 'AWS_IAM'],
      ['GET /healthz', 'NONE'],
      ['GET /readyz', 'NONE'],
    ]);
    expect(ofType(home('signed requests'), 'AWS::ApiGateway::ApiKey')).toEqual([]);
    expect(ofType(home('signed requests'), 'AWS::ApiGateway::UsagePlan')).toEqual([]);
  });

  it('has a key of their own, which is in the usage plan', () => {
    const keys = ofType(home(), 'AWS::ApiGateway::ApiKey');
    expect(keys.map(({ name, properties }) => [name, properties.Enabled])).toEqual([
      ['mpic-issuance', true],
      ['mpic-staging', true],
    ]);
    const planned = ofType(home(), 'AWS::ApiGateway::UsagePlanKey').map(({ properties }) => properties.KeyId);
    expect(planned).toEqual(keys.map(({ ref }) => ref));
  });

  it.each<VariantName>(['the example', 'signed requests'])(
    'reaches the alias of the function in %s',
    (variant) => {
      for (const { Integration } of methods(variant).values()) {
        expect(Integration).toMatchObject({ Type: 'AWS_PROXY', TimeoutInMillis: 29_000 });
        expect(memberAt(Integration, 'Uri')).toBe(
          'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:mpic-api:live/invocations',
        );
      }
    },
  );

  it('may be nobody but this API, as far as the function is concerned', () => {
    for (const { properties } of ofType(home(), 'AWS::Lambda::Permission')) {
      expect(properties.Principal).toBe('apigateway.amazonaws.com');
      expect(properties.SourceArn).toMatch(/^arn:aws:execute-api:eu-west-1:123456789012:<Api/);
    }
  });
});

describe('how often they may call', () => {
  /** Calls in a second and in a burst, by method and path. */
  const throttles = (variant: VariantName) =>
    Object.fromEntries(
      (only('AWS::ApiGateway::Stage', variant).MethodSettings as readonly Properties[]).map((setting) => [
        `${setting.HttpMethod} ${String(setting.ResourcePath).replaceAll('~1', '')}`,
        [setting.ThrottlingRateLimit, setting.ThrottlingBurstLimit],
      ]),
    );

  it.each<{ variant: VariantName; rate: number; burst: number }>([
    { variant: 'the example', rate: 50, burst: 100 },
    { variant: 'everything said otherwise', rate: 7, burst: 9 },
  ])('is limited for each key and for all together in $variant', ({ variant, rate, burst }) => {
    expect(only('AWS::ApiGateway::UsagePlan', variant).Throttle).toEqual({
      RateLimit: rate,
      BurstLimit: burst,
    });
    expect(throttles(variant)['* /*']).toEqual([rate, burst]);
  });

  it('is limited for all together without keys, too', () => {
    expect(throttles('signed requests')['* /*']).toEqual([50, 100]);
  });

  it('is little for what needs no key', () => {
    expect(throttles('the example')['GET /healthz']).toEqual([5, 10]);
    expect(throttles('the example')['GET /readyz']).toEqual([5, 10]);
  });

  it('has no share of the month unless there is one', () => {
    expect(only('AWS::ApiGateway::UsagePlan')).not.toHaveProperty('Quota');
    expect(only('AWS::ApiGateway::UsagePlan', 'everything said otherwise').Quota).toEqual({
      Limit: 1_000_000,
      Period: 'MONTH',
    });
  });
});

describe('what the gateway answers by itself', () => {
  const answers = (variant: VariantName) =>
    ofType(home(variant), 'AWS::ApiGateway::GatewayResponse').map(({ properties }) => {
      const text = String(memberAt(properties.ResponseTemplates, 'application/json'));
      const body = JSON.parse(text.replace('$context.requestId', 'an-id')) as Properties;
      return {
        type: String(properties.ResponseType),
        status: Number(properties.StatusCode),
        properties,
        body,
      };
    });

  it.each([
    { type: 'INVALID_API_KEY', error: 'api-key-invalid', status: 403 },
    { type: 'MISSING_AUTHENTICATION_TOKEN', error: 'not-found', status: 404 },
    { type: 'REQUEST_TOO_LARGE', error: 'request-too-large', status: 413 },
    { type: 'THROTTLED', error: 'too-many-requests', status: 429 },
    { type: 'QUOTA_EXCEEDED', error: 'too-many-requests', status: 429 },
    { type: 'INTEGRATION_FAILURE', error: 'internal-error', status: 500 },
    { type: 'INTEGRATION_TIMEOUT', error: 'service-unavailable', status: 503 },
    { type: 'DEFAULT_5XX', error: 'internal-error', status: 500 },
  ] as const)('to $type is $error with $status', ({ type, error, status }) => {
    const answer = answers('the example').find((one) => one.type === type);
    expect(answer?.body).toEqual({ error, message: API_ERRORS[error].message, request_id: 'an-id' });
    expect(answer?.status).toBe(status);
  });

  it('has the status that the service itself gives', () => {
    for (const { body, status } of answers('the example')) {
      const { error } = body;
      expect([error, status]).toEqual([error, problemResponse(error as ApiErrorCode, 'an-id').status]);
    }
  });

  it('tells when to try again, where that helps', () => {
    const retryable = answers('the example').filter(
      ({ properties }) => JSON.stringify(properties.ResponseParameters ?? {}) !== '{}',
    );
    expect(retryable.map(({ type }) => type).sort()).toEqual([
      'INTEGRATION_TIMEOUT',
      'QUOTA_EXCEEDED',
      'THROTTLED',
    ]);
    for (const { properties } of retryable)
      expect(properties.ResponseParameters).toEqual({ 'gatewayresponse.header.Retry-After': "'1'" });
  });

  it('to signatures that are wrong is left to the platform, which knows why they are', () => {
    const types = answers('signed requests').map(({ type }) => type);
    expect(types).not.toContain('MISSING_AUTHENTICATION_TOKEN');
    expect(types).not.toContain('INVALID_API_KEY');
    expect(types).toContain('THROTTLED');
  });
});

describe('where the API is', () => {
  it('is the address of the platform, below its stage', () => {
    expect(only('AWS::ApiGateway::RestApi')).toMatchObject({
      DisableExecuteApiEndpoint: false,
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    expect(memberAt(home().outputs, 'Url.Value')).toMatch(
      /^https:\/\/<Api[^>]+>\.execute-api\.eu-west-1\.amazonaws\.com\/v1\/$/,
    );
    expect(ofType(home(), 'AWS::ApiGateway::DomainName')).toEqual([]);
  });

  it('is the domain of the operator and nothing else, where there is one', () => {
    expect(only('AWS::ApiGateway::RestApi', DOMAIN).DisableExecuteApiEndpoint).toBe(true);
    expect(memberAt(home(DOMAIN).outputs, 'Url.Value')).toBe('https://mpic.ca.example/');
    expect(only('AWS::ApiGateway::BasePathMapping', DOMAIN)).toMatchObject({
      DomainName: 'mpic.ca.example',
      Stage: 'v1',
    });
  });

  it('is there only for clients with a certificate, over TLS 1.2 or later', () => {
    expect(only('AWS::ApiGateway::DomainName', DOMAIN)).toMatchObject({
      DomainName: 'mpic.ca.example',
      RegionalCertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/5f0c2b7d',
      SecurityPolicy: 'TLS_1_2',
      MutualTlsAuthentication: { TruststoreUri: 's3://ca-example-truststore/clients.pem' },
    });
  });

  it('is behind the web ACL that the operator names, and behind none otherwise', () => {
    expect(only('AWS::WAFv2::WebACLAssociation', DOMAIN)).toMatchObject({
      WebACLArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/mpic/5f0c2b7d',
      ResourceArn: expect.stringMatching(
        /^arn:aws:apigateway:eu-west-1::\/restapis\/<Api[^>]+>\/stages\/v1$/,
      ),
    });
    expect(ofType(home(), 'AWS::WAFv2::WebACLAssociation')).toEqual([]);
  });
});

describe('the access log', () => {
  it('says who called what and when, and nothing of what they sent', () => {
    const format = String(memberAt(only('AWS::ApiGateway::Stage'), 'AccessLogSetting.Format'));
    expect(JSON.parse(format)).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
    expect(format).not.toMatch(/\$input|body|header|apiKey"/i);
  });

  it('is not joined by one of bodies', () => {
    for (const setting of only('AWS::ApiGateway::Stage').MethodSettings as readonly Properties[]) {
      expect(setting).toMatchObject({ DataTraceEnabled: false });
      expect(setting).not.toHaveProperty('LoggingLevel');
    }
  });

  it('ends as all logs do', () => {
    const log = theOne(home(), 'AWS::Logs::LogGroup', { LogGroupName: '/aws/apigateway/mpic-api' });
    expect(log.properties.RetentionInDays).toBe(90);
  });
});
