import type { PerspectiveHealth } from '../../shared/contract/api/response-schema.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { formatUtc } from '../../shared/domain/check/time.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { voteOf } from '../../shared/domain/mpic/votes.ts';

/** Among how many of the last requests that asked a perspective its answers are counted. */
const WINDOW = 50;

interface Observation {
  readonly answered: boolean;
  readonly completed: boolean;
}

/** Remembers, per perspective, how the last requests of this process went. */
export class HealthBook {
  readonly #observations = new Map<PerspectiveCode, Observation[]>();
  readonly #lastResultAt = new Map<PerspectiveCode, number>();

  /** Take note of the last attempt of a decided request. What could not be read is no answer. */
  observe(record: RequestRecord): void {
    const verdict = record.verdicts.at(-1);
    if (verdict === undefined) return;
    for (const code of perspectivesAsked(record, verdict.attempt)) {
      const vote = voteOf(verdict, code);
      const result = vote?.status === 'readable' ? vote.result : undefined;
      const observations = this.#observations.get(code) ?? [];
      observations.push({ answered: result !== undefined, completed: result?.completed ?? false });
      if (observations.length > WINDOW) observations.shift();
      this.#observations.set(code, observations);
      if (result !== undefined) this.#lastResultAt.set(code, result.completedAt);
    }
  }

  read(code: PerspectiveCode): PerspectiveHealth {
    const observations = this.#observations.get(code) ?? [];
    const answered = observations.filter((observation) => observation.answered).length;
    const completed = observations.filter((observation) => observation.completed).length;
    const lastResultAt = this.#lastResultAt.get(code);
    return {
      status: statusOf(observations.length, answered),
      last_result_at: lastResultAt === undefined ? null : formatUtc(lastResultAt),
      asked: observations.length,
      answered,
      completed,
    };
  }
}

function statusOf(asked: number, answered: number): PerspectiveHealth['status'] {
  if (asked === 0) return 'unknown';
  if (answered === 0) return 'silent';
  return answered === asked ? 'healthy' : 'degraded';
}
