import { isDeepStrictEqual } from 'node:util';
import type { CheckJob } from '../../../shared/messages/check-job.ts';
import type { RequestWrite } from '../world/ledger.ts';
import type { World } from '../world/world.ts';
import type { Accuse } from './judge.ts';
import { askedIn } from './requests.ts';

/** Nobody works but for an attempt that has begun, who is asked in it, and for what it is about. */
export function judgeJobs({ ledger }: World, accuse: Accuse): void {
  for (const [slot, sends] of ledger.jobs)
    for (const { job, at } of sends) {
      const begun = ledger.requests.get(job.requestId)?.find(({ record }) => record.attempt === job.attempt);
      if (begun === undefined || begun.at > at)
        accuse('job-before-start', slot, 'a job of an attempt that is not stored');
      else judgeJob(accuse, slot, job, begun);
    }
}

function judgeJob(accuse: Accuse, slot: string, job: CheckJob, { record }: RequestWrite): void {
  if (!askedIn(record, job.attempt).includes(job.perspective))
    accuse('asked-wrong', slot, 'a job for a perspective that is not asked in this attempt');
  const found = {
    check: job.check,
    policy: job.policy,
    attemptToken: job.attemptToken,
    requestDigest: job.requestDigest,
    deadline: job.deadline,
  };
  const expected = {
    check: record.check,
    policy: record.policy,
    attemptToken: record.attemptToken,
    requestDigest: record.requestDigest,
    deadline: record.attemptDeadline,
  };
  if (!isDeepStrictEqual(found, expected))
    accuse('job-wrong', slot, `${JSON.stringify(found)} and not ${JSON.stringify(expected)}`);
}
