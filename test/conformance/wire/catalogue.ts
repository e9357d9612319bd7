import { readFileSync } from 'node:fs';
import { ADVISORY_CODES } from '../../../shared/contract/api/advisories.ts';
import { STRUCTURAL_ISSUE_TYPES } from '../../../shared/contract/api/validation-issue.ts';
import { CAA_REASONS, DNSSEC_STATUSES, VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import { API_ERRORS, CHECK_ERRORS } from '../../../shared/domain/errors.ts';
import { BASELINE_REASONS } from '../../../shared/domain/mpic/decision.ts';

/** The first column of the table below `| \`issue_type\` |` in the document of errors. */
function logicalIssueTypes(): readonly string[] {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const [, behind = ''] = text.split('| `issue_type` | meaning |');
  const [table = ''] = behind.split('\n\n');
  const types = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, type = '']) => type);
  if (types.length === 0) throw new Error('the document of errors has no table of issue types');
  return types;
}

/** Every code that an answer can hold. */
export const CODES_OF_ANSWERS: readonly string[] = [
  ...Object.keys(API_ERRORS),
  ...STRUCTURAL_ISSUE_TYPES,
  ...logicalIssueTypes(),
  ...Object.keys(CHECK_ERRORS),
  ...ADVISORY_CODES,
  ...CAA_REASONS,
  ...BASELINE_REASONS,
  ...DNSSEC_STATUSES,
  ...VALIDATION_METHODS,
];

/** Codes that no case brings about, and why. */
export const NOT_RECORDED: Readonly<Record<string, string>> = {
  'evidence-left-out': 'the answer that has it is longer than 5 MB',
  'host-not-allowed': 'of the server in front of the interface, which listens in real time',
  'mpic_error:dcv_checker:parameter': 'such parameters are refused before a perspective gets them',
  'of-a-later-version': 'no perspective of this version says it',
  'storage-full': 'there is no disk below the database',
  'too-late': 'the service has to be down for a minute',
};
