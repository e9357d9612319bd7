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
    { name: 'nothing set: the real services', environment: {}, expected: {} },
    {
      name: 'the general endpoint serves all',
      environment: { AWS_ENDPOINT_URL: 'http://all' },
      expected: { dynamodb: 'http://all', sqs: 'http://all', eventbridge: 'http://all' },
    },
    {
      name: 'that of a service wins over the general one',
      environment: { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_SQS: 'http://sqs' },
      expected: { dynamodb: 'http://all', sqs: 'http://sqs', eventbridge: 'http://all' },
    },
    {
      name: 'one service alone leaves the others real',
      environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://ddb' },
      expected: { dynamodb: 'http://ddb' },
    },
    {
      name: 'the bus goes by its SDK name',
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
  ])('the region of $url is $region', ({ url, region }) => {
    expect(queueAddress(url)).toEqual({ queueUrl: url, region });
  });

  it.each([
    { name: 'a bare address', url: 'http://127.0.0.1:4566/000000000000/q' },
    { name: 'another host', url: 'https://example.com/sqs.eu-west-1.amazonaws.com/q' },
    { name: 'the host of another service', url: 'https://dynamodb.eu-west-1.amazonaws.com/q' },
    { name: 'no URL at all', url: 'mpic-jobs-dub' },
  ])('$name is refused', ({ url }) => {
    expect(() => queueAddress(url)).toThrow();
  });
});

describe('clients', () => {
  const closing: (() => unknown)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));

  it('there is one SQS client for each region', () => {
    const clients = new SqsClients({ region: 'eu-central-1' });
    expect(clients.inRegion('eu-west-1')).toBe(clients.inRegion('eu-west-1'));
    expect(clients.inRegion('eu-west-1')).not.toBe(clients.inRegion('eu-central-1'));
    clients.close();
  });

  it('warming opens a connection to every service, and to SQS for every region', async () => {
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

  it('warming bears services that cannot be reached', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const clients = createAwsClients(
      emulatorSettings({ dynamodb: nowhere, sqs: nowhere, eventbridge: nowhere }, 'eu-central-1'),
    );
    closing.push(clients.close);
    await expect(clients.warm(['eu-central-1'])).resolves.toBeUndefined();
  });
});
