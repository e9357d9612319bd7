import { readFileSync, writeFileSync } from 'node:fs';
import { writeDeploymentTable } from '../../../shared/contract/deployment/describe-deployment.ts';
import { writeTables } from '../../../shared/contract/settings/describe-settings.ts';
import { writeCauseTable } from '../../../shared/domain/explain/describe-rules.ts';
import { writeManPage } from '../manual/man-page.ts';
import { outlineProgram } from '../manual/outline.ts';
import { createWholeProgram, EXIT_STATUSES } from '../program.ts';
import type { Io } from '../shell/command.ts';

/** `npm run docs`: the documents with tables from the source; two say where the settings of the service in one process are. */
const DOCUMENTS: Readonly<Record<string, (text: string) => string>> = {
  'docs/configuration.md': (text) => writeTables(text, '#settings'),
  'docs/worker.md': (text) => writeTables(text, 'configuration.md#settings'),
  'docs/deploy.md': writeDeploymentTable,
  'docs/explain.md': writeCauseTable,
};

/** The outline of the commands asks nothing of its surroundings. */
const NO_IO = {} as Io;

for (const [path, write] of Object.entries(DOCUMENTS)) writeFileSync(path, write(readFileSync(path, 'utf8')));
writeFileSync(
  'docs/man/mpic.1',
  writeManPage(outlineProgram(await createWholeProgram(NO_IO)), EXIT_STATUSES),
);
