import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFunction, packageImage } from '../../infra/config/package-code.ts';

let packaged: string;
let folder: string;
beforeAll(() => {
  packaged = mkdtempSync(join(tmpdir(), 'mpic-image-'));
  folder = packageImage(packaged);
});
afterAll(() => rmSync(packaged, { recursive: true, force: true }));

/** How a program of the image ends without any of its settings. */
function run(program: string): Promise<{ readonly code: unknown; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env: {} }, (error, _output, said) =>
      resolve({ code: error?.code, said }),
    );
  });
}

describe('the image of a perspective', () => {
  it('copies only what is there', () => {
    const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    const sources = [...text.matchAll(/^COPY (\S+) /gm)].map(([, source = '']) => source);
    expect(sources).toEqual(['function/', 'worker/']);
    for (const source of sources) expect(existsSync(join(folder, source))).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(['Dockerfile', 'function', 'worker']);
  });

  it('is for the Node.js of the functions, has unbound, and hands its events to the handler', () => {
    const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    expect(text).toMatch(/^FROM public\.ecr\.aws\/lambda\/nodejs:24$/m);
    expect(text).toMatch(/install -y unbound\b/);
    expect(text).toMatch(/^CMD \["index\.handler"\]$/m);
    expect(readFileSync(join(folder, 'function/index.mjs'), 'utf8')).toMatch(
      /export\s*\{[^}]*\bas handler\b/,
    );
  });

  it.each(['function', 'worker'])('brings root keys and hints along for the %s', (part) => {
    expect(readdirSync(join(folder, part, 'iana')).toSorted()).toEqual(['root-anchor.ds', 'root.hints']);
  });

  it.each([
    { part: 'function', says: /MPIC_PERSPECTIVE/ },
    { part: 'worker', says: /MPIC_JOB_QUEUE is not set/ },
  ])('has a $part that starts, and says what it lacks', async ({ part, says }) => {
    const { code, said } = await run(join(folder, part, 'index.mjs'));
    expect(said).toMatch(says);
    expect(code).not.toBe(0);
  });
});

describe('a package', () => {
  it('holds nothing of the package before it', () => {
    const first = packageFunction(packaged, 'api-lambda', { 'perspectives.json': '{"first":true}' });
    expect(readdirSync(first)).toContain('perspectives.json');
    const second = packageFunction(packaged, 'api-lambda');
    expect(second).toBe(first);
    expect(readdirSync(second)).not.toContain('perspectives.json');
  });

  it('says what to do where nothing has been built', () => {
    const before = process.cwd();
    process.chdir(packaged);
    try {
      expect(() => packageFunction(packaged, 'api-lambda')).toThrow(
        'dist/api-lambda is missing: run npm run build first',
      );
    } finally {
      process.chdir(before);
    }
  });
});
