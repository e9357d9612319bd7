import { AUDIT_VERSION, auditRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { describeFileIssues, issueText } from '../../../shared/contract/settings/issue-text.ts';
import type { Read } from './select.ts';

/** What is wrong with a trail, one sentence, and where. */
export interface Flaw {
  readonly place: string;
  readonly problem: string;
}

/** What was found in a trail. */
export interface TrailFacts {
  /** Records by event; repetitions of a record are counted once. */
  readonly counts: Readonly<Record<string, number>>;
  /** Records that are there more than once, with the same text. */
  readonly repeated: number;
  /** Records of the version without a number, whose schema is not known here: counted, and not checked. */
  readonly former: number;
  readonly requests: number;
  readonly firstTime: string | null;
  readonly lastTime: string | null;
  /** Starts of the service that no stop precedes: a process that was killed, or a deployment, which records no stop. */
  readonly startsWithoutStop: number;
}

/** The records of one attempt, as far as they are there. */
interface AttemptParts {
  readonly perspectives: Set<string>;
  /** The perspectives that the decision names; null before its record is read. */
  asked: readonly string[] | null;
  place: string;
}

const MAX_ISSUES = 3;

/**
 * Looks through the records of a trail: does each follow its schema, are there two different ones of the same fact, and are the
 * records of each attempt complete? It keeps the ids and digests of all records, some 200 bytes for each.
 */
export class TrailCheck {
  readonly #counts = new Map<string, number>();
  /** Text by record id. */
  readonly #texts = new Map<string, string>();
  readonly #attempts = new Map<string, AttemptParts>();
  readonly #requests = new Set<string>();
  /** Hosts whose service has started and not stopped. */
  readonly #running = new Set<string>();
  readonly #digest: (text: string) => string;
  #repeated = 0;
  #former = 0;
  #startsWithoutStop = 0;
  #first: string | null = null;
  #last: string | null = null;

  /** @param digest of a line, to compare repetitions with */
  constructor(digest: (text: string) => string) {
    this.#digest = digest;
  }

  /** The next line of the trail; gives what is wrong with it. */
  take(read: Read): readonly Flaw[] {
    if (read.kind === 'problem') return [read];
    const { place, text, head, raw } = read;
    const known = this.#note(head.record_id, text);
    if (known === 'repeated') return [];
    const flaws =
      known === 'different' ? [{ place, problem: `another record has the id ${head.record_id}` }] : [];
    this.#count(read);
    const schema = this.#judge(raw);
    return [...flaws, ...schema.map((problem) => ({ place, problem }))];
  }

  /** What is missing at the end. */
  finish(): readonly Flaw[] {
    return [...this.#attempts].flatMap(([key, { perspectives, asked, place }]) => {
      if (asked === null) return [{ place, problem: `attempt ${key} has no quorum-decision record` }];
      const missing = asked.filter((code) => !perspectives.has(code));
      const flaws =
        missing.length === 0
          ? []
          : [{ place, problem: `attempt ${key} has no perspective-check record of ${missing.join(', ')}` }];
      return [...flaws, ...this.#findGap(key, place)];
    });
  }

  get facts(): TrailFacts {
    return {
      counts: Object.fromEntries([...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))),
      repeated: this.#repeated,
      former: this.#former,
      requests: this.#requests.size,
      firstTime: this.#first,
      lastTime: this.#last,
      startsWithoutStop: this.#startsWithoutStop,
    };
  }

  #note(id: string | undefined, text: string): 'new' | 'repeated' | 'different' {
    if (id === undefined) return 'new';
    const digest = this.#digest(text);
    const before = this.#texts.get(id);
    if (before === undefined) {
      this.#texts.set(id, digest);
      return 'new';
    }
    if (before !== digest) return 'different';
    this.#repeated += 1;
    return 'repeated';
  }

  #count({ place, head, value }: Extract<Read, { kind: 'record' }>): void {
    const { event, time, mpic_id: id, attempt } = head;
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
    if (time !== undefined && (this.#first === null || time < this.#first)) this.#first = time;
    if (time !== undefined && (this.#last === null || time > this.#last)) this.#last = time;
    this.#noteProcess(event, value);
    if (id === undefined || attempt === undefined) return;
    this.#requests.add(id);
    if (event !== 'perspective-check' && event !== 'quorum-decision') return;
    const key = `${id}/${attempt}`;
    const parts = this.#attempts.get(key) ?? { perspectives: new Set(), asked: null, place };
    this.#attempts.set(key, parts);
    const { perspective, perspectives, primary } = value as Readonly<Record<string, unknown>>;
    if (event === 'perspective-check') parts.perspectives.add(String(perspective));
    else {
      parts.asked = [...textsOf(perspectives), ...textsOf([memberOf(primary, 'perspective_code')])];
      parts.place = place;
    }
  }

  #noteProcess(event: string, value: unknown): void {
    const [host = ''] = String(memberOf(memberOf(value, 'recorder'), 'instance')).split(':');
    if (event === 'service-stopped') this.#running.delete(host);
    if (event !== 'service-started') return;
    if (this.#running.has(host)) this.#startsWithoutStop += 1;
    this.#running.add(host);
  }

  #judge(raw: unknown): readonly string[] {
    const version = memberOf(raw, 'schema_version');
    if (version === undefined) {
      this.#former += 1;
      return [];
    }
    const [major] = AUDIT_VERSION.split('.');
    if (String(version).split('.')[0] !== major)
      return [`is of version ${String(version).slice(0, 20)}, which this command does not know`];
    const parsed = auditRecordSchema.safeParse(raw, { error: issueText });
    if (parsed.success) return [];
    return describeFileIssues('record', parsed.error.issues.slice(0, MAX_ISSUES), []);
  }

  /** An attempt follows the one before it. */
  #findGap(key: string, place: string): readonly Flaw[] {
    const [id = '', attempt] = key.split('/');
    const before = `${id}/${Number(attempt) - 1}`;
    if (Number(attempt) === 1 || this.#attempts.has(before)) return [];
    return [{ place, problem: `attempt ${key} is there, and ${before} is not` }];
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
