import * as z from 'zod';
import type { RecordKind } from './record-kind.ts';

/** The form of an export that this program writes, and the only one it reads. */
export const EXPORT_VERSION = 1;
const FORMAT = 'mpic-export';

export const MANIFEST_FILE = 'manifest.json';
export const RECORD_FILES: Readonly<Record<RecordKind, string>> = {
  requests: 'requests.jsonl',
  results: 'results.jsonl',
};

/** The names are fixed: a manifest is foreign input and leads to no other file. */
const fileEntry = (kind: RecordKind) =>
  z.object({
    file: z.literal(RECORD_FILES[kind]),
    /** The table it came from. */
    table: z.string(),
    items: z.int().min(0),
    bytes: z.int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Of the items, as they say themselves; `unknown` stands for anything that is no version. */
    contract_versions: z.array(z.string()),
  });

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(EXPORT_VERSION),
  exported_at: z.iso.datetime(),
  region: z.string(),
  /** Contract version of the program that exported. */
  contract: z.string(),
  files: z.object({ requests: fileEntry('requests'), results: fileEntry('results') }),
});

/** What a folder has to hold to be a complete export. Written last. */
export type Manifest = z.infer<typeof manifestSchema>;

export function formatManifest(facts: Omit<Manifest, 'format' | 'version'>): string {
  const manifest: Manifest = { format: FORMAT, version: EXPORT_VERSION, ...facts };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const versionSchema = z.object({ format: z.literal(FORMAT), version: z.int() });

/** The manifest in a text, or a sentence that says why it is none. */
export function parseManifest(text: string): Manifest | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: `${MANIFEST_FILE} is no JSON` };
  }
  const form = versionSchema.safeParse(json);
  if (!form.success) return { problem: `${MANIFEST_FILE} is not that of an export of this program` };
  if (form.data.version !== EXPORT_VERSION) {
    return {
      problem: `the export is of version ${form.data.version}, and this program reads version ${EXPORT_VERSION}`,
    };
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  return { problem: `${MANIFEST_FILE} has wrong members: ${wrong}` };
}
