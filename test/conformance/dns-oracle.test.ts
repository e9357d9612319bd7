import { execFileSync, execSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordType } from '../../shared/domain/dns/lookup.ts';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';

/**
 * A second tree of signed zones, built independently, with the answers of another validating resolver for each name. It
 * is not part of this project.
 */
const FOLDER = process.env.TEST_DNS_ORACLE ?? '';
const WHAT = 'the comparison with a recorded oracle';

const isThere = FOLDER !== '' && existsSync(join(FOLDER, 'oracle.tsv'));
if (!isThere) process.stderr.write(`skipped: ${WHAT}; TEST_DNS_ORACLE names its folder\n`);
const skipped = !isThere || skipWithoutTree(WHAT) || !isInstalled('ldns-signzone');

function isInstalled(tool: string): boolean {
  try {
    execSync(`command -v ${tool}`, { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`skipped: ${WHAT}; ${tool} is not installed (ldnsutils)\n`);
    return false;
  }
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly rcode: string;
}

const ASKED: readonly string[] = ['A', 'AAAA', 'CNAME', 'TXT', 'CAA', 'PTR'] satisfies RecordType[];

/** Rows with types and names that a check can query. */
function readRows(): readonly Row[] {
  return readFileSync(join(FOLDER, 'oracle.tsv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name = '', type = '', status = '', rcode = '']) => ({
      name: name.toLowerCase(),
      type,
      status,
      rcode,
    }))
    .filter(({ name, type }) => ASKED.includes(type) && /^[a-z0-9._-]+$/.test(name));
}

/** This service is stricter than the recorded resolver: denials with more than 50 iterations (RFC 9276). */
const OVER_ITERATED = /(?:^|\.)n3i(?:150|500)\.test$/;
const isStricter = ({ name, type }: Row) =>
  OVER_ITERATED.test(name) && !(name.startsWith('www.') && type === 'A');

const RCODES: Readonly<Record<string, number>> = { NOERROR: 0, NXDOMAIN: 3 };

describe.skipIf(skipped)('a validating perspective and a recorded oracle', () => {
  let work: string;
  const run = (script: string) =>
    execFileSync('bash', [join(FOLDER, script)], {
      env: { ...process.env, DNSLAB_WORK: join(work, 'w') },
      stdio: 'ignore',
    });
  let view: TreeView;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'mpic-dns-oracle-'));
    run('build.sh');
    run('start.sh');
    view = await openTreeView({
      rootHintsFile: join(work, 'w', 'root.hints'),
      trustAnchorFile: join(work, 'w', 'trust-anchor.ds'),
      network: '127.0.0.0/8',
    });
  });

  afterAll(async () => {
    await view?.supervisor.stop();
    run('stop.sh');
    rmSync(work, { recursive: true, force: true });
  });

  it('compare more than 80 rows', () => {
    expect(readRows().length).toBeGreaterThan(80);
  });

  describe.concurrent('agree', () => {
    it.each(skipped ? [] : readRows())('on $name $type: $status', async (row) => {
      const { name, type, status, rcode } = row;
      const lookup = await view.resolver.lookup(name, type as RecordType, performance.now() + 8000);
      if (isStricter(row)) {
        expect(lookup).toMatchObject({ status: 'failed', reason: 'bogus', dnssec: 'bogus' });
      } else if (status === 'unreachable') {
        expect(lookup).toMatchObject({ status: 'failed', dnssec: 'indeterminate' });
      } else if (status === 'bogus') {
        expect(lookup).toMatchObject({ status: 'failed', reason: 'bogus', dnssec: 'bogus' });
      } else {
        expect(lookup).toMatchObject({ status: 'answered', dnssec: status, rcode: RCODES[rcode] });
      }
    });
  });
});
