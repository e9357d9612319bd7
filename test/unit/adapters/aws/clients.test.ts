import { afterAll, describe, expect, it } from 'vitest';
import {
  endpointsFromEnvironment,
  queueAddress,
  SqsClients,
} from '../../../../shared/adapters/aws/clients.ts';
import { createAwsClients } from '../../../../shared/adapters/aws/home-clients.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import { startScriptedService } from '../../../support/scripted-service.ts';

describe('endpointsFromEnvironment', () => {
  it.each([
    { name: 'sets no endpoint for an empty environment', environment: {}, expected: {} },
    {
      name: 'uses the general endpoint for all services',
      environment: { AWS_ENDPOINT_URL: 'http://all' },
      expected: { dynamodb: 'http://all', sqs: 'http://all', eventbridge: 'http://all' },
    },
    {
      name: 'prefers the endpoint of a service over the general one',
      environment: { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_SQS: 'http://sqs' },
      expected: { dynamodb: 'http://all', sqs: 'http://sqs', eventbridge: 'http://all' },
    },
    {
      name: 'sets only the endpoint of a single service',
      environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://ddb' },
      expected: { dynamodb: 'http://ddb' },
    },
    {
      name: 'reads the variable AWS_ENDPOINT_URL_EVENTBRIDGE for the bus',
      environment: { AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://bus', AWS_ENDPOINT_URL_EVENTS: 'http://not-this' },
      expected: { eventbridge: 'http://bus' },
    },
  ])('$name', ({ environment, expected }) => {
    expect(endpointsFromEnvironment(environment)).toEqual(expected);
  });
});

describe('queueAddress', () => {
  it.each([
    { url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/mpic-jobs-dub', region: 'eu-west-1' },
    { url: 'https://sqs.ap-southeast-3.amazonaws.com/123456789012/q', region: 'ap-southeast-3' },
    { url: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q', region: 'cn-north-1' },
    { url: 'https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/q', region: 'us-gov-west-1' },
    { url: 'https://sqs.eu-west-1.api.aws/123456789012/q', region: 'eu-west-1' },
    { url: 'https://eu-west-1.queue.amazonaws.com/123456789012/q', region: 'eu-west-1' },
    { url: 'https://vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com/123456789012/q', region: 'eu-west-1' },
    { url: 'http://sqs.sa-east-1.localhost:4566/000000000000/q', region: 'sa-east-1' },
  ])('reads region $region from $url', ({ url, region }) => {
    expect(queueAddress(url)).toEqual({ queueUrl: url, region });
  });

  it('takes the region of a queue from elsewhere only where the URL does not name it', () => {
    const bare = 'http://127.0.0.1:4566/000000000000/q';
    expect(queueAddress(bare, 'eu-west-1')).toEqual({ queueUrl: bare, region: 'eu-west-1' });
    expect(queueAddress('https://sqs.sa-east-1.amazonaws.com/1/q', 'eu-west-1').region).toBe('sa-east-1');
  });

  it.each([
    { name: 'a bare address', url: 'http://127.0.0.1:4566/000000000000/q' },
    { name: 'another host', url: 'https://example.com/sqs.eu-west-1.amazonaws.com/q' },
    { name: 'the host of another service', url: 'https://dynamodb.eu-west-1.amazonaws.com/q' },
    { name: 'text that is not a URL', url: 'mpic-jobs-dub' },
  ])('rejects $name', ({ url }) => {
    expect(() => queueAddress(url)).toThrow();
  });
});

describe('clients', () => {
  const closing: (() => unknown)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));

  it('has one SQS client per region', () => {
    const clients = new SqsClients({ region: 'eu-central-1' });
    expect(clients.inRegion('eu-west-1')).toBe(clients.inRegion('eu-west-1'));
    expect(clients.inRegion('eu-west-1')).not.toBe(clients.inRegion('eu-central-1'));
    clients.close();
  });

  it('opens a connection to every service, and to SQS in every region, when warmed', async () => {
    const paths: string[] = [];
    const service = await startScriptedService(({ operation }) => {
      paths.push(operation);
      return { status: 200, body: {} };
    });
    closing.push(service.close);
    const endpoints = { dynamodb: service.url, sqs: service.url, eventbridge: service.url };
    const clients = createAwsClients(emulatorSettings(endpoints, 'eu-central-1'));
    closing.push(clients.close);
    await clients.warm(['eu-central-1', 'us-east-1', 'ap-south-1']);
    expect(paths).toHaveLength(5);
  });

  it('ignores unreachable services when warmed', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const clients = createAwsClients(
      emulatorSettings({ dynamodb: nowhere, sqs: nowhere, eventbridge: nowhere }, 'eu-central-1'),
    );
    closing.push(clients.close);
    await expect(clients.warm(['eu-central-1'])).resolves.toBeUndefined();
  });
});
