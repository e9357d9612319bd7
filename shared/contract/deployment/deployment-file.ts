import * as z from 'zod';
import { callerName } from '../settings/api-keys.ts';
import { countFields, perspectiveEntrySchema, primarySchema } from '../settings/perspective-file.ts';
import { domainName, network, awsRegion as region } from '../settings/setting-values.ts';
import { SETTINGS } from '../settings/settings.ts';

/**
 * The package in the image: Amazon Linux 2023 keeps version 1.17.1 and repairs it. This build is of August 2026; later ones
 * are newer.
 */
const IMAGE_UNBOUND_RELEASE = '1.17.1-1.amzn2023.0.13+';

/** The days for which CloudWatch Logs can keep a log. */
const LOG_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288,
  3_653,
];
const memory = z.int().min(128).max(10_240);
const arn = (service: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws:${service}:[a-z0-9-]*:(\\d{12})?:.+$`),
      `must be the ARN of something in ${service}`,
    );
const { policy, caaLabelsIgnoreCase, controlName, unboundPatched, logLevel, logTargets } = SETTINGS;
const { checkTimeoutMs, requestTimeoutMs, lingerMs, dnsTimeoutMs } = SETTINGS;

/**
 * One perspective. Everything about the place may be left out for a region that is known. Members not listed here are
 * those of the perspective file of a service.
 */
const perspective = perspectiveEntrySchema
  .omit({ queue: true, queue_region: true })
  .partial()
  .extend({
    /** Where its queue is, and its function unless `host` says otherwise. */
    region,
    /** `function`: a Lambda function there. `worker`: a process that the operator runs, at the place given here. */
    host: z.enum(['function', 'worker']).default('function'),
    /** `image`: with unbound, validates DNSSEC. `zip`: without; asks `resolver`, or the platform's. */
    packaging: z.enum(['image', 'zip']).optional(),
  })
  .strict();

/**
 * The file that describes a deployment, `mpic.config.json`: each member with what a wrong value breaks in
 * docs/deploy.md.
 */
export const deploymentFileSchema = z.strictObject({
  /** For editors; nobody reads it. */
  $schema: z.string().optional(),
  account: z.string().regex(/^\d{12}$/, 'must be the twelve digits of an AWS account'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens')
    .default('mpic'),
  home_region: region,
  policy: policy.schema.default(policy.defaults.home),
  caa_domains: z.array(domainName).min(1, 'must name the issuer domain names of the CA'),
  /** Only for a CA whose CP/CPS says so (TLS BR 4.2.2.1.2 [caa-parameters]). */
  caa_method_labels_ignore_case: caaLabelsIgnoreCase.schema.out.default(caaLabelsIgnoreCase.defaults.home),
  perspectives: z.array(perspective).min(1).max(64).optional(),
  primary: primarySchema.optional(),
  ...countFields,
  packaging: z.enum(['image', 'zip']).default('image'),
  control_name: domainName.default(controlName.defaults.home),
  /** More networks that no check may reach, in prefix notation. */
  deny_networks: z.array(network).default([]),
  /** The release of unbound that is good enough although its version is old, as MPIC_UNBOUND_PATCHED takes it. */
  unbound_patched: unboundPatched.schema.default(IMAGE_UNBOUND_RELEASE),
  limits: z
    .strictObject({
      check_timeout_ms: checkTimeoutMs.home.schema.out.default(checkTimeoutMs.defaults.home),
      request_timeout_ms: requestTimeoutMs.home.schema.out.default(requestTimeoutMs.defaults.home),
      linger_ms: lingerMs.home.schema.out.default(lingerMs.defaults.home),
      dns_timeout_ms: dnsTimeoutMs.schema.out.default(dnsTimeoutMs.defaults.home),
      requests_per_second: z.number().min(1).max(10_000).default(50),
      burst: z.int().min(1).max(5_000).default(100),
      requests_per_month: z.int().min(1).optional(),
      /** Functions of one perspective at the same time. */
      perspective_concurrency: z.int().min(2).max(1_000).default(50),
    })
    .prefault({}),
  functions: z
    .strictObject({
      api_memory_mb: memory.default(512),
      decision_memory_mb: memory.default(512),
      perspective_memory_mb: memory.default(512),
      log_level: logLevel.schema.default(logLevel.defaults.home),
      log_targets: logTargets.schema.out.default(logTargets.defaults.home),
      /** Environments kept ready and billed by the hour; 0 for none. */
      provisioned_api: z.int().min(0).max(100).default(0),
      provisioned_perspective: z.int().min(0).max(100).default(0),
      /** Dedicated pollers of each job queue, billed by the hour; 0 for none. */
      provisioned_pollers: z.int().min(0).max(200).default(0),
    })
    .prefault({}),
  warmers: z
    .strictObject({
      every_minutes: z.int().min(1).max(60).default(5),
      /** Environments of each function that are kept warm; 0 for no warmers. */
      instances: z.int().min(0).max(10).default(1),
    })
    .prefault({}),
  api: z
    .strictObject({
      authorisation: z.enum(['api-key', 'iam']).default('api-key'),
      /** One API key for each, by this name in the audit trail. */
      callers: z.array(callerName).min(1).max(20).default(['ca']),
      custom_domain: z
        .strictObject({
          name: domainName,
          certificate_arn: arn('acm'),
          /** Mutual TLS: the bundle of CA certificates that clients have to chain to. */
          truststore: z
            .strictObject({ bucket: z.string().min(3).max(63), key: z.string().min(1).max(1024) })
            .optional(),
        })
        .optional(),
      web_acl_arn: arn('wafv2').optional(),
    })
    .prefault({}),
  /** `aws-owned` costs nothing; `customer-managed` makes a key in each region. */
  encryption: z.enum(['aws-owned', 'customer-managed']).default('aws-owned'),
  retention: z
    .strictObject({
      log_days: z
        .int()
        .refine((days) => LOG_DAYS.includes(days), `must be one of ${LOG_DAYS.join(', ')}`)
        .default(90),
      /** Above what any TLS certificate of today can need, see docs/audit.md (TLS BR 5.4.3 [records-retention]). */
      audit_days: z.int().min(1).max(36_500).default(1_200),
      /** `compliance`: nobody can shorten it, the account's root included. */
      audit_lock: z.enum(['governance', 'compliance', 'none']).default('governance'),
      /** Completion events that can be replayed; 0 for none. */
      event_archive_days: z.int().min(0).max(3_653).default(30),
      /** Whether tables and audit bucket stay when the stack is destroyed. */
      data: z.enum(['keep', 'destroy']).default('keep'),
    })
    .prefault({}),
  alarm_email: z.email().optional(),
  /** p99 of a synchronous answer above which an alarm goes off. */
  alarm_latency_ms: z.int().min(100).max(29_000).default(5_000),
  /** Where the alarms' links to docs/runbook.md lead; left out, they name the file. */
  runbook_url: z.url().optional(),
  deployment: z
    .strictObject({
      shift: z.enum(['canary', 'linear', 'all-at-once']).default('canary'),
    })
    .prefault({}),
  tags: z
    .record(
      z
        .string()
        .regex(
          /^(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}$/i,
          'must be 1 to 128 letters, digits and _.:/=+@-, and not begin with aws:',
        ),
      z.string().max(256),
    )
    .default({}),
});

export type DeploymentFile = z.infer<typeof deploymentFileSchema>;
