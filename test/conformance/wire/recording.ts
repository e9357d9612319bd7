import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Set to renew the recordings; the change is then in the diff for everybody to judge. */
export const IS_RECORDING = process.env.WIRE_RECORD === '1';

/** One file of lines of JSON, each `{"case": <name>, ...}`. */
export class Recording {
  readonly #file: URL;
  readonly #lines: Map<string, string>;

  constructor(name: string) {
    this.#file = new URL(name, import.meta.url);
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : '';
    const lines = text.split('\n').filter((line) => line !== '');
    this.#lines = new Map(lines.map((line) => [(JSON.parse(line) as { case: string }).case, line]));
  }

  get names(): readonly string[] {
    return [...this.#lines.keys()];
  }

  get text(): string {
    return [...this.#lines.values()].join('\n');
  }

  line(name: string): string | undefined {
    return this.#lines.get(name);
  }

  put(name: string, line: string): void {
    this.#lines.set(name, line);
  }

  /** Write what is known of `names`, in their order. */
  save(names: readonly string[]): void {
    const lines = names.flatMap((name) => this.#lines.get(name) ?? []);
    writeFileSync(this.#file, `${lines.join('\n')}\n`);
  }
}

export function lineOf(name: string, content: object): string {
  return JSON.stringify({ case: name, ...content });
}

/** A line for people: bodies that are JSON are spread out, so that a difference is a few lines. */
export function readable(line: string): string {
  return JSON.stringify(
    JSON.parse(line, (key, value: unknown) => (key === 'body' ? spread(value) : value)),
    null,
    1,
  );
}

function spread(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}
