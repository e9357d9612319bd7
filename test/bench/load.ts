import { encodePost, HttpConnection } from './http-connection.ts';

/** What to ask, and what a right answer has. */
export interface CheckPlan {
  readonly url: string;
  readonly apiKey: string | null;
  /** `{n}` becomes a number. */
  readonly target: string;
  readonly caaDomain: string;
  /** A validation in place of the CAA check. */
  readonly dcv?: Readonly<Record<string, unknown>>;
  readonly perspectives: number;
  /** Fewest perspectives that must have completed; default all. */
  readonly completed?: number;
}

export interface LoadPlan {
  readonly callers: number;
  /** Stop after so many seconds or so many requests, whichever is first. */
  readonly seconds?: number;
  readonly requests?: number;
}

export interface LoadResult {
  /** Milliseconds of every request. */
  readonly samples: readonly number[];
  readonly seconds: number;
}

/** How many different names a load asks about. */
const NAMES = 1000;

/**
 * A closed loop: each caller asks again as soon as it is answered.
 *
 * @throws Error for the first answer that is not a corroborated check: wrong answers are not worth timing.
 */
export async function runLoad(
  check: CheckPlan,
  { callers, seconds, requests }: LoadPlan,
): Promise<LoadResult> {
  const encoded = encodeRequests(check);
  const samples: number[] = [];
  const start = performance.now();
  const end = seconds === undefined ? Number.POSITIVE_INFINITY : start + seconds * 1000;
  const most = requests ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  const call = async () => {
    const connection = new HttpConnection(check.url);
    try {
      while (sent < most && performance.now() < end) {
        const request = encoded[sent++ % encoded.length];
        if (request === undefined) return;
        const asked = performance.now();
        const answer = await connection.send(request);
        samples.push(performance.now() - asked);
        verify(check, answer.status, answer.body);
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { samples, seconds: (performance.now() - start) / 1000 };
}

function encodeRequests(check: CheckPlan): readonly Buffer[] {
  const count = check.target.includes('{n}') ? NAMES : 1;
  return Array.from({ length: count }, (_, n) =>
    encodePost(
      `${check.url}/mpic`,
      {
        domain_or_ip_target: check.target.replaceAll('{n}', String(n)),
        orchestration_parameters: { perspective_count: check.perspectives },
        ...(check.dcv === undefined
          ? { check_type: 'caa', caa_check_parameters: { caa_domains: [check.caaDomain] } }
          : { check_type: 'dcv', dcv_check_parameters: check.dcv }),
      },
      check.apiKey,
    ),
  );
}

interface Answer {
  readonly is_valid?: boolean;
  readonly perspectives?: readonly { readonly check_response?: { readonly check_completed?: boolean } }[];
}

function verify({ perspectives, completed = perspectives }: CheckPlan, status: number, body: string): void {
  const wrong = (what: string) => new Error(`a wrong answer: ${what}\n${body.slice(0, 600)}`);
  if (status !== 200) throw wrong(`status ${status}`);
  const answer: Answer = JSON.parse(body);
  if (answer.is_valid !== true) throw wrong('is_valid is not true');
  const items = answer.perspectives ?? [];
  const done = items.filter((item) => item.check_response?.check_completed === true).length;
  if (items.length !== perspectives || done < completed)
    throw wrong(
      `${done} of ${items.length} perspectives completed, expected ${completed} of ${perspectives}`,
    );
}
