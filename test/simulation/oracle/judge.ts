import type { World } from '../world/world.ts';
import { judgeAnswers } from './answers.ts';
import { judgeCalm } from './calm.ts';
import { gatherEvidence } from './evidence.ts';
import { gatherMail, judgeMail } from './messages.ts';
import { judgeRequest } from './requests.ts';

/** A broken rule in a history. */
export interface Violation {
  /** Short name of the broken rule. */
  readonly rule: string;
  readonly about: string;
  readonly says: string;
}

export type Accuse = (rule: string, about: string, says: string) => void;

/** Checks what is visible of a history from outside against the rules. `endedAt`: when everything had to be over. */
export function judgeHistory(world: World, endedAt: number): readonly Violation[] {
  const violations: Violation[] = [];
  const accuse: Accuse = (rule, about, says) => violations.push({ rule, about, says });
  const { ledger, bucket } = world;
  for (const surprise of ledger.surprises) accuse('surprise', '', surprise);
  for (const key of bucket.overwritten) accuse('audit-overwritten', key, 'an audit object was overwritten');
  const evidence = gatherEvidence(world, accuse);
  const mail = gatherMail(world);
  for (const [requestId, writes] of ledger.requests)
    judgeRequest({ world, accuse, evidence, mail, endedAt }, requestId, writes);
  for (const id of evidence.requestIds)
    if (!ledger.requests.has(id)) accuse('unknown-id', id, 'evidence of a request that was never stored');
  judgeMail(world, accuse, mail);
  judgeAnswers(world, accuse);
  judgeCalm(world, accuse);
  return violations;
}
