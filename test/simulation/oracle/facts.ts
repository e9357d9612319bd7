import { isDeepStrictEqual } from 'node:util';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { type Case, sha256, TOO_LATE_MS } from './case.ts';

/** The rules are those of the latest day on which the request's last attempt can be decided. */
const dayOf = (unixMs: number) => new Date(unixMs).toISOString().slice(0, 10);

/** The record matches the request of a client. */
export function judgeFacts({ world, accuse }: Case, record: RequestRecord): void {
  const { plan, config } = world;
  const client = plan.clients.find(
    ({ body, caller }) => caller === record.caller && sha256(body) === record.requestDigest,
  );
  if (client === undefined) {
    accuse('wrong-facts', record.requestId, 'no client sent this request');
    return;
  }
  const body = JSON.parse(client.body) as {
    readonly check_type: string;
    readonly domain_or_ip_target: string;
    readonly orchestration_parameters?: Record<string, number>;
  };
  const asked = body.orchestration_parameters ?? {};
  const count = asked.perspective_count ?? plan.defaultCount;
  const quorum = asked.quorum_count ?? count - (count >= 6 ? 2 : 1);
  const primary =
    plan.primary === 'perspective' && config.primary?.kind === 'perspective' ? config.primary.code : null;
  const target = record.check.target;
  const expected = {
    checkType: body.check_type,
    name: body.domain_or_ip_target,
    policy: plan.policy,
    quorum,
    maxAttempts: Math.min(asked.max_attempts ?? 1, config.maxAttempts),
    primary,
    monitoring: quorum === 0,
    sharedHost: plan.shape === 'embedded',
    day: dayOf(record.createdAt + config.maxAttempts * (record.attemptTimeoutMs + TOO_LATE_MS)),
  };
  const found = {
    checkType: record.check.checkType,
    name: target.kind === 'domain' ? target.name : '',
    policy: record.policy,
    quorum: record.quorumCount,
    maxAttempts: record.maxAttempts,
    primary: record.primary,
    monitoring: record.monitoring,
    sharedHost: record.sharedHost,
    day: record.rulesAsOf,
  };
  if (!isDeepStrictEqual(found, expected))
    accuse(
      'wrong-facts',
      record.requestId,
      `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
    );
  const known = new Map(config.perspectives.map(({ code, rir }) => [code, rir]));
  for (const cohort of record.cohorts) {
    const codes = new Set(cohort.map(({ code }) => code));
    const isSound =
      codes.size === count &&
      cohort.length === count &&
      (primary === null || !codes.has(primary)) &&
      cohort.every(({ code, rir }) => known.get(code) === rir);
    if (!isSound) accuse('wrong-facts', record.requestId, `a cohort of ${JSON.stringify(cohort)}`);
  }
}
