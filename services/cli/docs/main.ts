import { readFileSync, writeFileSync } from 'node:fs';
import { writeDeploymentTable } from '../../../shared/contract/deployment/describe-deployment.ts';
import { writeTables } from '../../../shared/contract/settings/describe-settings.ts';
import { writeCauseTable } from '../../../shared/domain/explain/describe-rules.ts';

/** `npm run docs`: the documents with tables from the source; two say where the settings of the service in one process are. */
const DOCUMENTS: Readonly<Record<string, (text: string) => string>> = {
  'docs/configuration.md': (text) => writeTables(text, '#settings'),
  'docs/worker.md': (text) => writeTables(text, 'configuration.md#settings'),
  'docs/deploy.md': writeDeploymentTable,
  'docs/explain.md': writeCauseTable,
};

for (const [path, write] of Object.entries(DOCUMENTS)) writeFileSync(path, write(readFileSync(path, 'utf8')));
