import { RULEBOOK } from '../../shared/domain/rules/rulebook.ts';

/** Put in by `infra/build.mjs`; not there where the source is run as it is. */
declare const BUILD_FACTS: { readonly version: string; readonly commit: string } | undefined;

/** What `mpic --version` prints; `now` decides which dated rules are in force. */
export function describeVersion(now: Date): string {
  const { version, commit } =
    typeof BUILD_FACTS === 'undefined' ? { version: 'unknown', commit: 'unknown' } : BUILD_FACTS;
  const today = now.toISOString().slice(0, 10);
  const inForce = RULEBOOK.dated.changes.findLast(({ from }) => from <= today)?.from ?? 'before all';
  const documents = Object.values(RULEBOOK.documents).map(
    (document) => `${document.short} ${document.version}`,
  );
  return `mpic ${version}\ncommit ${commit}\nrulebook ${documents.join(', ')}; rules of ${inForce} in force\n`;
}
