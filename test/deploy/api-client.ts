import * as z from 'zod';
import { poll } from './poll.ts';

/** The parts of an answer that are checked here. */
const answerSchema = z.object({
  mpic_id: z.uuid(),
  mpic_completed: z.boolean(),
  is_valid: z.boolean(),
  perspectives: z.array(
    z.object({
      perspective_code: z.string(),
      check_response: z.object({
        check_completed: z.boolean(),
        check_passed: z.boolean(),
        errors: z.array(z.object({ error_type: z.string() })).nullable(),
      }),
    }),
  ),
  baseline_requirements: z.object({ satisfied: z.boolean(), quorum: z.string() }),
});
export type Answer = z.infer<typeof answerSchema>;

const jobSchema = z.object({
  status: z.enum(['running', 'completed']),
  response: answerSchema.nullable(),
});

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly milliseconds: number;
}

const TIMEOUT_MS = 40_000;
const COMPLETION_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/** A caller of the deployed API. */
export class ApiClient {
  readonly #origin: string;
  readonly #stage: string;
  readonly #key: string;

  constructor(origin: string, stage: string, key: string) {
    this.#origin = origin;
    this.#stage = stage;
    this.#key = key;
  }

  get url(): string {
    return `${this.#origin}/${this.#stage}`;
  }

  get key(): string {
    return this.#key;
  }

  withKey(key: string): ApiClient {
    return new ApiClient(this.#origin, this.#stage, key);
  }

  async post(path: string, body: unknown): Promise<Reply> {
    return this.#ask(`${this.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  }

  /** A CAA check whose verdict is the answer. */
  async checkCaa(target: string): Promise<Answer & { readonly milliseconds: number }> {
    const reply = await this.post('/mpic', { check_type: 'caa', domain_or_ip_target: target });
    if (reply.status !== 200) throw new Error(`status ${reply.status}: ${reply.text.slice(0, 300)}`);
    return { ...answerSchema.parse(JSON.parse(reply.text)), milliseconds: reply.milliseconds };
  }

  /** A CAA check whose verdict is asked for where the 202 says. Without `wait`, so that nothing in the API drives it on. */
  async checkCaaAsync(target: string): Promise<Answer> {
    const accepted = await this.post('/mpic?async=true', { check_type: 'caa', domain_or_ip_target: target });
    if (accepted.status !== 202 || accepted.location === null)
      throw new Error(`status ${accepted.status}: ${accepted.text.slice(0, 300)}`);
    const place = `${this.#origin}${accepted.location}`;
    return poll(`${accepted.location} completed`, COMPLETION_TIMEOUT_MS, POLL_MS, async () => {
      const { status, text } = await this.#ask(place, { method: 'GET' });
      if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 300)}`);
      return jobSchema.parse(JSON.parse(text)).response;
    });
  }

  async #ask(url: string, init: RequestInit): Promise<Reply> {
    const start = performance.now();
    const response = await fetch(url, {
      ...init,
      headers: { 'content-type': 'application/json', 'x-api-key': this.#key },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, text, location: headers.get('location'), milliseconds: performance.now() - start };
  }
}
