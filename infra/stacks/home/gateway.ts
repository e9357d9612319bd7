import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiKey,
  AuthorizationType,
  BasePathMapping,
  DomainName,
  EndpointType,
  type IRestApi,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  Period,
  ResponseType,
  RestApi,
  SecurityPolicy,
  UsagePlan,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { API_ERRORS, type ApiErrorCode } from '../../../shared/domain/errors.ts';
import { API_STAGE } from '../../config/names.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import type { PartProps } from '../../constructs/scope.ts';

/** The longest that a gateway waits for a function. */
const INTEGRATION_TIMEOUT = Duration.seconds(29);

/** Questions whether the service lives, from everybody together. */
const HEALTH_PER_SECOND = 5;
const HEALTH_BURST = 10;
/** Whether it lives, and whether it takes requests: for everybody, without a key. */
const OPEN_PATHS = ['healthz', 'readyz'] as const;

/** One API key for each caller: made before the function, which is told their ids. */
export function createApiKeys(scope: Construct, { deployment }: PartProps): ReadonlyMap<string, ApiKey> {
  const { api, names } = deployment;
  if (api.authorisation !== 'api-key') return new Map();
  return new Map(
    api.callers.map((caller) => [
      caller,
      new ApiKey(scope, `Key-${caller}`, {
        apiKeyName: names.apiKey(caller),
        description: `Caller ${caller} of ${names.function('api')}`,
      }),
    ]),
  );
}

/** The REST API before the function: keys or signatures, limits, and error bodies in the form of the service. */
export function createGateway(
  scope: Construct,
  props: PartProps,
  api: IFunction,
  keys: ReadonlyMap<string, ApiKey>,
): RestApi {
  const { deployment } = props;
  const { limits, names } = deployment;
  const isOpen = deployment.api.custom_domain === undefined;
  const rest = new RestApi(scope, 'Api', {
    restApiName: names.function('api'),
    description: 'Multi-Perspective Issuance Corroboration',
    endpointConfiguration: { types: [EndpointType.REGIONAL] },
    // With a domain of one's own there is no way round it, nor round its client certificates.
    disableExecuteApiEndpoint: !isOpen,
    cloudWatchRole: true,
    // It is the account's role, and other APIs may have come to use it.
    cloudWatchRoleRemovalPolicy:
      deployment.retention.data === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    deployOptions: {
      stageName: API_STAGE,
      throttlingRateLimit: limits.requests_per_second,
      throttlingBurstLimit: limits.burst,
      // Nobody needs a key for it, so it gets little.
      methodOptions: Object.fromEntries(
        OPEN_PATHS.map((path) => [
          `/${path}/GET`,
          { throttlingRateLimit: HEALTH_PER_SECOND, throttlingBurstLimit: HEALTH_BURST },
        ]),
      ),
      accessLogDestination: new LogGroupLogDestination(createAccessLog(scope, props)),
      accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
    },
  });
  const integration = new LambdaIntegration(api, { timeout: INTEGRATION_TIMEOUT });
  const guarded: MethodOptions =
    deployment.api.authorisation === 'iam'
      ? { authorizationType: AuthorizationType.IAM }
      : { apiKeyRequired: true };
  // Every path goes to the service, which knows what it has; two are for those who only ask how it is.
  rest.root.addResource('{path+}').addMethod('ANY', integration, guarded);
  for (const path of OPEN_PATHS) rest.root.addResource(path).addMethod('GET', integration);
  addErrorBodies(rest, props);
  if (keys.size > 0) addUsagePlan(scope, props, rest, keys);
  addDomain(scope, props, rest);
  if (deployment.api.web_acl_arn !== undefined) {
    new CfnWebACLAssociation(scope, 'Firewall', {
      webAclArn: deployment.api.web_acl_arn,
      resourceArn: rest.deploymentStage.stageArn,
    });
  }
  acknowledgeGateway(rest);
  return rest;
}

function createAccessLog(scope: Construct, { deployment, key }: PartProps): LogGroup {
  return new LogGroup(scope, 'AccessLog', {
    logGroupName: `/aws/apigateway/${deployment.names.function('api')}`,
    retention: deployment.retention.log_days,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key === null ? {} : { encryptionKey: key }),
  });
}

type ErrorRow = readonly [type: ResponseType, statusCode: string, error: ApiErrorCode];

/** Of signatures the platform says better what is wrong. */
const KEY_ERRORS: readonly ErrorRow[] = [
  [ResponseType.INVALID_API_KEY, '403', 'api-key-invalid'],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, '404', 'not-found'],
];

/** What the gateway answers by itself, in the words of the service's own catalogue. */
function addErrorBodies(rest: RestApi, { deployment }: PartProps): void {
  const rows: readonly ErrorRow[] = [
    ...(deployment.api.authorisation === 'api-key' ? KEY_ERRORS : []),
    [ResponseType.REQUEST_TOO_LARGE, '413', 'request-too-large'],
    [ResponseType.THROTTLED, '429', 'too-many-requests'],
    [ResponseType.QUOTA_EXCEEDED, '429', 'too-many-requests'],
    [ResponseType.INTEGRATION_FAILURE, '500', 'internal-error'],
    [ResponseType.INTEGRATION_TIMEOUT, '503', 'service-unavailable'],
    [ResponseType.DEFAULT_5XX, '500', 'internal-error'],
  ];
  for (const [type, statusCode, error] of rows) {
    rest.addGatewayResponse(type.responseType, {
      type,
      statusCode,
      responseHeaders: statusCode === '429' || statusCode === '503' ? { 'Retry-After': "'1'" } : {},
      templates: {
        'application/json': JSON.stringify({
          error,
          message: API_ERRORS[error].message,
          request_id: '$context.requestId',
        }),
      },
    });
  }
}

function addUsagePlan(
  scope: Construct,
  { deployment }: PartProps,
  rest: RestApi,
  keys: ReadonlyMap<string, ApiKey>,
): void {
  const { limits, names } = deployment;
  const plan = new UsagePlan(scope, 'UsagePlan', {
    name: names.function('callers'),
    throttle: { rateLimit: limits.requests_per_second, burstLimit: limits.burst },
    ...(limits.requests_per_month === undefined
      ? {}
      : { quota: { limit: limits.requests_per_month, period: Period.MONTH } }),
    apiStages: [{ api: rest as IRestApi, stage: rest.deploymentStage }],
  });
  for (const key of keys.values()) plan.addApiKey(key);
}

function addDomain(scope: Construct, { deployment }: PartProps, rest: RestApi): void {
  const domain = deployment.api.custom_domain;
  if (domain === undefined) return;
  const { truststore } = domain;
  const domainName = new DomainName(scope, 'Domain', {
    domainName: domain.name,
    certificate: Certificate.fromCertificateArn(scope, 'Certificate', domain.certificate_arn),
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
    ...(truststore === undefined
      ? {}
      : {
          mtls: {
            bucket: Bucket.fromBucketName(scope, 'Truststore', truststore.bucket),
            key: truststore.key,
          },
        }),
  });
  new BasePathMapping(scope, 'DomainMapping', {
    domainName,
    restApi: rest as IRestApi,
    stage: rest.deploymentStage,
  });
}

function acknowledgeGateway(rest: RestApi): void {
  acknowledge(rest, {
    'AwsSolutions-APIG2':
      'The service validates every request itself and answers in the form of its own contract.',
    'AwsSolutions-APIG3': 'A web ACL costs by the month; the operator names one with api.web_acl_arn.',
    'AwsSolutions-APIG4': 'One path says only that the service lives; all others need a key or a signature.',
    'AwsSolutions-APIG6':
      'Requests are in the access log and in the log of the function; bodies must not be logged.',
    'AwsSolutions-COG4':
      'Callers are machines of a CA, with keys, signatures or client certificates; there is no user pool.',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
      'The account’s role with which API Gateway writes logs has the policy that AWS made for it.',
  });
}
