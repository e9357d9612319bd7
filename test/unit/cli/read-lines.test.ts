import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadLineError, readLines } from '../../../services/cli/shell/read-lines.ts';

/** Above the size of the pieces in which a file is read. */
const LONG = 'ü'.repeat(100_000);

describe('readLines', () => {
  let path: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpic-lines-'));
    path = join(folder, 'lines');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function read(content: string | Buffer, maxBytes = 1_000_000): Promise<string[]> {
    await writeFile(path, content);
    const lines: string[] = [];
    for await (const { number, text } of readLines(path, maxBytes)) {
      lines.push(text);
      expect(number).toBe(lines.length);
    }
    return lines;
  }

  it('every line comes back as it was written', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')),
      fc.constantFrom('', '\r', '\u2028', '\ufeff', LONG),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        expect(await read(lines.map((text) => `${text}\n`).join(''))).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  it.each<{ name: string; content: string | Buffer; line: number; problem: string }>([
    { name: 'a last line that does not end', content: 'a\nb', line: 2, problem: 'does not end' },
    {
      name: 'a line that is too long',
      content: `a\n${'b'.repeat(11)}\n`,
      line: 2,
      problem: 'longer than 10',
    },
    {
      name: 'octets that are no UTF-8',
      content: Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a]),
      line: 2,
      problem: 'is not UTF-8',
    },
  ])('$name is told by its number', async ({ content, line, problem }) => {
    const error: unknown = await read(content, 10).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadLineError);
    expect(error).toMatchObject({ number: line, message: expect.stringContaining(problem) });
  });
});
