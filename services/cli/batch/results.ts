import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { CommandError } from '../shell/command.ts';
import { BadLineError, readLines } from '../shell/read-lines.ts';

/**
 * What one name came to. `undecided`: too many perspectives could not look; `failed`: the service gave no verdict; `rejected`:
 * the service does not check this name, and would not the next time.
 */
const OUTCOMES = ['valid', 'not-valid', 'undecided', 'rejected', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const resultSchema = z.object({
  target: z.string().min(1),
  /** SHA-256 of what was asked about it, and whom: results of another check are not results of this one. */
  check: z.string().regex(/^[0-9a-f]{64}$/),
  outcome: z.enum(OUTCOMES),
  /** When the answer was there, by the clock of this machine. */
  time: z.iso.datetime(),
  mpic_id: z.string().nullable(),
  quorum: z.string().nullable(),
  /** Whether the verdict is evidence under the Baseline Requirements; null without a verdict. */
  baseline_satisfied: z.boolean().nullable(),
  /** The last second at which a certificate may be issued on it; null where none may. */
  usable_until: z.string().nullable(),
  /** Why not, where it is not valid. */
  reason: z.string().nullable(),
});

/** A line of the results file. */
export interface BatchResult extends Readonly<z.infer<typeof resultSchema>> {}

/** Longest line of a results file, bytes. */
const MAX_LINE_BYTES = 64 * 1024;
/** Mode of the file: the names that a CA is about to issue for are its own affair. */
const FILE_MODE = 0o600;

/** The results of a batch: a file of JSON lines that is only appended to. */
export interface ResultsFile {
  /** What is known from former runs of the same check, the newest of each name. */
  readonly known: ReadonlyMap<string, BatchResult>;
  /** Writes one line; resolves when it is written. */
  append(result: BatchResult): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open a results file and read what it holds. A process that was killed can leave a line without its end, which is cut off:
 * its name is checked again.
 *
 * @param check digest of this check
 * @throws CommandError if the file cannot be used, or holds results of another check.
 */
export async function openResults(path: string, check: string): Promise<ResultsFile> {
  const handle = await openFile(path);
  try {
    const { known, end, isTorn } = await readResults(path, check);
    if (isTorn) await handle.truncate(end);
    let last: Promise<unknown> = Promise.resolve();
    return {
      known,
      append(result) {
        // One write at a time: a line must not begin within another.
        const written = last.then(() => handle.appendFile(`${JSON.stringify(result)}\n`));
        last = written.catch(() => {});
        return written.catch((error: unknown) => {
          throw new CommandError(`${quoteInput(path)} cannot be written: ${codeOf(error)}`);
        });
      },
      async close() {
        await last;
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+', FILE_MODE);
  } catch (error) {
    throw new CommandError(
      `${quoteInput(path)} cannot be opened (${codeOf(error)}); --results names another file`,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** What a file holds, how many of its bytes are whole lines, and whether a line without its end follows them. */
async function readResults(path: string, check: string) {
  const known = new Map<string, BatchResult>();
  let end = 0;
  let isTorn = false;
  try {
    for await (const { number, text } of readLines(createReadStream(path), MAX_LINE_BYTES)) {
      const result = parseResult(text);
      if (result === null)
        throw new CommandError(
          `line ${number} of ${quoteInput(path)} is not a result; --results names another file`,
        );
      if (result.check !== check)
        throw new CommandError(
          `${quoteInput(path)} holds results of another check, or of another service; --results names another file`,
        );
      known.set(result.target, result);
      end += Buffer.byteLength(text) + 1;
    }
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error;
    isTorn = error.message === 'does not end';
    if (!isTorn)
      throw new CommandError(
        `line ${error.number} of ${quoteInput(path)} ${error.message}; --results names another file`,
      );
  }
  return { known, end, isTorn };
}

function parseResult(text: string): BatchResult | null {
  try {
    const read = resultSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
