import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemResponse } from '../../../services/api/problems.ts';
import { ADVISORY_CODES } from '../../../shared/contract/api/advisories.ts';
import {
  LOGICAL_ISSUE_TYPES,
  STRUCTURAL_ISSUE_TYPES,
} from '../../../shared/contract/api/validation-issue.ts';
import { writeDeploymentTable } from '../../../shared/contract/deployment/describe-deployment.ts';
import { requestCompletedSchema } from '../../../shared/contract/messages/request-completed.ts';
import { writeTables } from '../../../shared/contract/settings/describe-settings.ts';
import { settingsFor } from '../../../shared/contract/settings/read-settings.ts';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { CAA_REASONS, VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import { METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import { API_ERRORS, type ApiErrorCode, CHECK_ERRORS } from '../../../shared/domain/errors.ts';
import { writeCauseTable } from '../../../shared/domain/explain/describe-rules.ts';
import { CAUSES } from '../../../shared/domain/explain/rules/explanation.ts';
import { BASELINE_REASONS } from '../../../shared/domain/mpic/decision.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { codeSpans, ROOT, readDocument, readSection, tableRows } from './markdown.ts';

/** The first cell of each row, without backticks. A cell may name several things. */
function namedIn(rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap(([cell = '']) => codeSpans(cell));
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

describe('docs/errors.md', () => {
  const text = readDocument('docs/errors.md');
  const apiRows = tableRows(readSection(text, '## Codes of HTTP answers'));
  const issueRows = tableRows(readSection(text, '## Validation issues'));
  const checkRows = tableRows(readSection(text, '## Errors of a check'));

  it('has every code of an HTTP answer and no other', () => {
    expect(sorted(namedIn(apiRows))).toEqual(sorted(Object.keys(API_ERRORS)));
  });

  it.each((Object.keys(API_ERRORS) as ApiErrorCode[]).map((code) => ({ code })))(
    'gives the HTTP status of $code, its meaning and what to do',
    ({ code }) => {
      const [, status, meaning, remedy] = apiRows.find(([cell]) => cell === `\`${code}\``) ?? [];
      expect(status).toBe(String(problemResponse(code, 'id').status));
      expect(meaning).not.toBe('');
      expect(remedy).not.toBe('');
    },
  );

  it('has every error of a check and no other', () => {
    expect(sorted(namedIn(checkRows))).toEqual(sorted(Object.keys(CHECK_ERRORS)));
  });

  it('has every advisory and no other', () => {
    const rows = tableRows(readSection(text, '## Advisories'));
    expect(sorted(namedIn(rows))).toEqual(sorted(ADVISORY_CODES));
    expect(rows.filter(([, meaning, remedy]) => !meaning || !remedy)).toEqual([]);
  });

  it('has every issue of a validation and no other', () => {
    expect(sorted(namedIn(issueRows))).toEqual(sorted([...LOGICAL_ISSUE_TYPES, ...STRUCTURAL_ISSUE_TYPES]));
  });
});

describe('docs/configuration.md', () => {
  const text = readDocument('docs/configuration.md');

  it.each([
    { reader: 'local', heading: '## Settings' },
    { reader: 'home', heading: '## The functions of the home region' },
    { reader: 'hook', heading: '## The function before a roll-out' },
    { reader: 'command', heading: '## The commands of the operator' },
    { reader: 'perspective', heading: '## The perspective function' },
  ] as const)('has every setting of $reader and no other', ({ reader, heading }) => {
    const rows = tableRows(readSection(text, heading));
    const names = settingsFor(reader).map(([, { name }]) => name);
    expect(sorted(rows.map(([cell = '']) => codeSpans(cell)[0] ?? ''))).toEqual(sorted(names));
  });
});

describe('the tables of settings', () => {
  it.each([
    { path: 'docs/configuration.md', reference: '#settings' },
    { path: 'docs/worker.md', reference: 'configuration.md#settings' },
  ])('in $path are those that npm run docs writes', ({ path, reference }) => {
    const text = readDocument(path);
    expect(text).toContain('<!-- settings: ');
    expect(writeTables(text, reference)).toBe(text);
  });

  it.each(Object.values(SETTINGS).filter(({ name }) => name.startsWith('MPIC_')))(
    'say what $name means, and what goes wrong',
    ({ what, risk }) => {
      expect(what).not.toBe('');
      expect(risk).not.toBe('');
      expect(`${what}${risk}`).not.toMatch(/[|\n]/);
    },
  );
});

describe('docs/explain.md', () => {
  const text = readDocument('docs/explain.md');

  it('has the table of causes that npm run docs writes', () => {
    expect(writeCauseTable(text)).toBe(text);
  });

  it('has every cause and no other', () => {
    expect(namedIn(tableRows(readSection(text, '## Causes')).map(([cell = '']) => [cell]))).toEqual([
      ...CAUSES,
    ]);
  });
});

describe('docs/deploy.md', () => {
  const text = readDocument('docs/deploy.md');

  it('has the table of members that npm run docs writes', () => {
    expect(text).toContain('<!-- deployment -->\n| member |');
    expect(writeDeploymentTable(text)).toBe(text);
  });

  it.each([
    ['account', 'required'],
    ['name', '`mpic`'],
    ['limits.check_timeout_ms', `\`${SETTINGS.checkTimeoutMs.defaults.home}\``],
    ['limits.requests_per_month', 'none'],
    ['deny_networks', 'none'],
    ['api.callers', '`["ca"]`'],
    ['primary', 'required under `baseline-requirements`'],
  ])('says of %s that its default is %s', (member, expected) => {
    const row = tableRows(text).find(([cell]) => cell === `\`${member}\``);
    expect(row?.[1]).toBe(expected);
  });
});

describe('the names of settings', () => {
  it('in the source are all in the table', () => {
    const names = new Set(Object.values(SETTINGS).map(({ name }) => name));
    const sources = ['services', 'shared', 'infra'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.m?ts$|\.mjs$/.test(path))
        .map((path) => join(folder, path)),
    );
    const found = sources.flatMap((path) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(/\bMPIC_[A-Z_]*[A-Z]\b/g)].map(([name]) => name),
    );
    expect(found.length).toBeGreaterThan(100);
    expect([...new Set(found)].filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('docs/api.md', () => {
  const spans = new Set(codeSpans(readDocument('docs/api.md')));

  it.each([
    { what: 'validation method', names: VALIDATION_METHODS },
    { what: 'reason of a CAA check', names: CAA_REASONS },
    { what: 'reason why the Baseline Requirements are not satisfied', names: BASELINE_REASONS },
  ])('has every $what', ({ names }) => {
    expect(names.filter((name) => !spans.has(name))).toEqual([]);
  });
});

describe('docs/methods.md', () => {
  const rows = tableRows(readDocument('docs/methods.md'));

  it.each(VALIDATION_METHODS.map((method) => ({ method })))(
    'has the section, the wildcard rule and the end of $method',
    ({ method }) => {
      const { sections, wildcard, endsOn } = METHOD_RULES[method];
      const [, section = '', , , wildcardCell, end] = rows.find(([cell]) => cell === `\`${method}\``) ?? [];
      for (const id of [sections.domain, sections.ip]) {
        if (id !== null) expect(section).toContain(RULEBOOK.sections[id].number);
      }
      expect(wildcardCell).toBe(wildcard ? 'yes' : 'no');
      expect(end).toBe(endsOn ?? '');
    },
  );
});

describe('docs/events.md', () => {
  it('has every member of the completion event and no other', () => {
    const rows = tableRows(readSection(readDocument('docs/events.md'), '## Members'));
    expect(sorted(namedIn(rows))).toEqual(sorted(Object.keys(requestCompletedSchema.shape)));
  });
});
