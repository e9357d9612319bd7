/** What a check came to. */
export type Outcome =
  | { readonly status: 'pass'; readonly note?: string }
  | { readonly status: 'fail'; readonly reason: string }
  | { readonly status: 'skip'; readonly reason: string };

const MARKS: Readonly<Record<Outcome['status'], string>> = { pass: 'pass', fail: 'FAIL', skip: 'skip' };

/** Prints steps and checks as they end, one per line, and counts the checks. */
export class Report {
  #write: (text: string) => void;
  readonly #counts: Record<Outcome['status'], number> = { pass: 0, fail: 0, skip: 0 };

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get hasFailed(): boolean {
    return this.#counts.fail > 0;
  }

  /** Say no more: what still fails does so because the run is being ended. */
  mute(): void {
    this.#write = () => {};
  }

  /** `step  <name>  <seconds> s`. A step that throws ends the run, and counts as a failed check. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      const result = await work();
      this.#write(`step  ${name}  ${seconds(start)} s\n`);
      return result;
    } catch (error) {
      this.#write(`step  ${name}  ended after ${seconds(start)} s\n`);
      throw error;
    }
  }

  /** One check, and the milliseconds that it took. An error is a failed check. */
  async check(sentence: string, work: () => Promise<string | undefined>): Promise<void> {
    const start = performance.now();
    const outcome = await judge(work);
    this.count(sentence, outcome, performance.now() - start);
  }

  count(sentence: string, outcome: Outcome, milliseconds: number): void {
    this.#counts[outcome.status] += 1;
    const extra = outcome.status === 'pass' ? outcome.note : outcome.reason;
    const text = extra === undefined ? sentence : `${sentence}: ${extra}`;
    this.#write(`${MARKS[outcome.status]}  ${text}  ${Math.round(milliseconds)} ms\n`);
  }

  note(text: string): void {
    this.#write(`      ${text}\n`);
  }

  summarise(): void {
    const { pass, fail, skip } = this.#counts;
    this.#write(`${pass} passed, ${fail} failed, ${skip} skipped\n`);
  }
}

async function judge(work: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    const note = await work();
    return { status: 'pass', ...(note === undefined ? {} : { note }) };
  } catch (error) {
    return { status: 'fail', reason: error instanceof Error ? error.message : String(error) };
  }
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
