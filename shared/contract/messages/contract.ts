/**
 * Version of the queue contract. Regions never deploy at the same moment, so a reader accepts every minor version of a
 * major it knows, and the major before. An unknown major is refused and ends in the dead-letter queue.
 */
export const CONTRACT_VERSION = '1.1';

const KNOWN_MAJOR_VERSIONS = new Set(['1']);

/** Longest message body read, in bytes: a request is at most 64 KiB, and SQS takes at least 256 KiB. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** A message that no delivery will make readable. It still fails where only we may send, so that it ends where an operator finds it. */
export class UnreadableMessageError extends Error {
  override readonly name = 'UnreadableMessageError';
}

/** The parsed JSON object of a message body whose contract version is known; otherwise throws {@link UnreadableMessageError}. */
export function readVersionedJson(body: string): unknown {
  if (body.length > MAX_MESSAGE_BYTES)
    throw new UnreadableMessageError(`body is longer than ${MAX_MESSAGE_BYTES} characters`);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new UnreadableMessageError('body is not JSON');
  }
  const version =
    typeof value === 'object' && value !== null && 'contract' in value ? value.contract : undefined;
  if (!isKnownContract(version)) {
    const said =
      typeof version === 'string' ? JSON.stringify(version.slice(0, 20)) : 'that is missing or not text';
    throw new UnreadableMessageError(`contract version ${said} is not known here`);
  }
  return value;
}

/** Whether what was written under this version of the contract can be read here. */
export function isKnownContract(version: unknown): boolean {
  const major = typeof version === 'string' ? /^(\d+)\.\d+$/.exec(version)?.[1] : undefined;
  return major !== undefined && KNOWN_MAJOR_VERSIONS.has(major);
}

/** Whether it is a minor version above that of this code, of the same major: written by a region that was deployed before. */
export function isLaterContract(version: unknown): boolean {
  const [major, minor] = CONTRACT_VERSION.split('.');
  const [, itsMajor, itsMinor] = (typeof version === 'string' && /^(\d+)\.(\d+)$/.exec(version)) || [];
  return itsMajor === major && Number(itsMinor) > Number(minor);
}
