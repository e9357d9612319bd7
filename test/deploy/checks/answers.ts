import { API_ERRORS } from '../../../shared/domain/errors.ts';
import type { Answer } from '../api-client.ts';
import { type Check, demand } from '../world.ts';
import { PERMITTED } from '../zone.ts';

const WARM_REQUESTS = 10;

/** What callers get: the verdict, or a refusal in our own words. */
export const ANSWER_CHECKS: readonly Check[] = [
  {
    sentence: 'warm requests are answered by all perspectives',
    async run({ api }) {
      const times: number[] = [];
      for (let count = 0; count < WARM_REQUESTS; count++) {
        const answer = await api.checkCaa(PERMITTED);
        demandAll(answer);
        times.push(answer.milliseconds);
      }
      times.sort((one, other) => one - other);
      const [fastest = 0, middle = 0] = [times[0], times[WARM_REQUESTS / 2]];
      return `median ${Math.round(middle)} ms, fastest ${Math.round(fastest)} ms`;
    },
  },
  {
    sentence: 'an asynchronous request is completed by the messages of its results, before its deadline',
    async run({ api, deployment }) {
      const start = performance.now();
      demandAll(await api.checkCaaAsync(PERMITTED));
      const milliseconds = performance.now() - start;
      const { check_timeout_ms: deadline } = deployment.limits;
      demand(milliseconds < deadline, `completed only after ${Math.round(milliseconds)} ms`);
      return undefined;
    },
  },
  {
    sentence: 'a wrong API key is refused in the words of the service',
    async run({ api }) {
      const { status, text } = await api.withKey('0'.repeat(40)).post('/mpic', {});
      demand(status === 403 && text.includes('"api-key-invalid"'), `status ${status}: ${text}`);
      demand(text.includes(API_ERRORS['api-key-invalid'].message), `the message is another one: ${text}`);
      return undefined;
    },
  },
];

/** Six of six, and a verdict that satisfies the Baseline Requirements. */
export function demandAll(answer: Answer): string {
  const silent = answer.perspectives.filter(({ check_response }) => !check_response.check_completed);
  demand(silent.length === 0, `no result of ${silent.map((item) => item.perspective_code).join(', ')}`);
  const { satisfied, quorum } = answer.baseline_requirements;
  demand(
    answer.is_valid && answer.mpic_completed && satisfied && quorum === '6/6',
    `is_valid ${answer.is_valid}, mpic_completed ${answer.mpic_completed}, satisfied ${satisfied}, quorum ${quorum}`,
  );
  return `quorum ${quorum}`;
}
