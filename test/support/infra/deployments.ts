import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { type Deployment, parseDeployment } from '../../../infra/config/deployment.ts';
import type { deploymentFileSchema } from '../../../shared/contract/deployment/deployment-file.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';

/** A day within the rules of November 2026. */
export const TODAY = new Date('2026-11-22T12:00:00Z');

export const EXAMPLE_FILE = resolve(import.meta.dirname, '../../../mpic.config.example.json');

export type DeploymentInput = z.input<typeof deploymentFileSchema>;

export const EXAMPLE = JSON.parse(readFileSync(EXAMPLE_FILE, 'utf8')) as DeploymentInput;

/** Six regions without opt-in in four RIR service regions: the default of a deployment. */
export const DEFAULT_REGIONS = [
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'eu-central-1',
  'ap-northeast-1',
  'sa-east-1',
] as const;

/** A place without a nearby AWS region, whose operator runs the worker. */
export const WORKER = {
  code: 'jnb-1',
  name: 'Johannesburg',
  rir: 'AFRINIC',
  latitude: -26.2041,
  longitude: 28.0473,
  region: 'eu-west-1',
  host: 'worker',
} as const;

/** The example deployment with some members changed, valid or not. */
export function parseExample(changes: Readonly<Record<string, unknown>> = {}): Deployment {
  return parseDeployment({ ...EXAMPLE, ...changes }, TODAY);
}

/** Why the example is rejected with these changes; empty if it is accepted. */
export function refusalsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    parseExample(changes);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** Changes to the example, by the operator's intent. */
export const VARIANTS = {
  'the example': {},
  'keys of the customer': { encryption: 'customer-managed' },
  'functions as zip files': { packaging: 'zip' },
  'everything at once': { deployment: { shift: 'all-at-once' } },
  'signed requests': { api: { authorisation: 'iam' } },
  'a domain with client certificates behind a web ACL': {
    api: {
      custom_domain: {
        name: 'mpic.ca.example',
        certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/5f0c2b7d',
        truststore: { bucket: 'ca-example-truststore', key: 'clients.pem' },
      },
      web_acl_arn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/mpic/5f0c2b7d',
    },
  },
  'a worker': {
    perspectives: [...DEFAULT_REGIONS.map((region) => ({ region })), WORKER],
  },
  'functions kept ready': {
    functions: { provisioned_api: 2, provisioned_perspective: 1, provisioned_pollers: 3 },
  },
  'a deployment to throw away': {
    retention: { data: 'destroy', audit_lock: 'none', event_archive_days: 0, log_days: 1, audit_days: 1 },
  },
  'no warmers': { warmers: { instances: 0 } },
  'everything said otherwise': {
    name: 'staging',
    home_region: 'us-east-2',
    deny_networks: ['203.0.113.0/24', '2001:db8::/32'],
    unbound_patched: '1.17.1-1.amzn2023.0.15',
    limits: {
      // Not a whole number of seconds.
      check_timeout_ms: 2_500,
      dns_timeout_ms: 900,
      requests_per_second: 7,
      burst: 9,
      requests_per_month: 1_000_000,
      perspective_concurrency: 4,
    },
    functions: {
      api_memory_mb: 256,
      decision_memory_mb: 320,
      perspective_memory_mb: 2_048,
      log_level: 'debug',
      log_targets: false,
    },
    warmers: { instances: 3, every_minutes: 1 },
    retention: { log_days: 30, audit_lock: 'compliance', audit_days: 2_557, event_archive_days: 7 },
    deployment: { shift: 'linear' },
    runbook_url: 'https://wiki.ca.example/mpic',
    tags: { 'cost-centre': 'pki' },
  },
} as const satisfies Readonly<Record<string, Partial<DeploymentInput>>>;

export type VariantName = keyof typeof VARIANTS;

export const VARIANT_NAMES = Object.keys(VARIANTS) as readonly VariantName[];
