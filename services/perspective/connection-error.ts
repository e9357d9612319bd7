import type { CheckError } from '../../shared/domain/check/check-result.ts';
import { DCV_ERROR } from '../../shared/domain/dcv/errors.ts';
import type {
  ConnectionFailure,
  ConnectionFailureReason,
} from '../../shared/domain/net/connection-failure.ts';
import { lookupError } from './lookup-error.ts';

/** Exception names of the Open MPIC reference, which its clients know, or similar names for cases it does not have. */
const FAILURE_NAMES: Readonly<Record<Exclude<ConnectionFailureReason, 'address-refused'>, string>> = {
  unreachable: 'ClientConnectorError',
  timeout: 'TimeoutError',
  closed: 'ServerDisconnectedError',
  malformed: 'MalformedResponseError',
  'too-large': 'ResponseTooLargeError',
  tls: 'ClientConnectorSSLError',
  aborted: 'CancelledError',
};

/** The error for a server that could not be reached or did not respond; `place` is the URL, or host and port. */
export function connectionError({ reason, message }: ConnectionFailure, place: string): CheckError {
  if (reason === 'address-refused')
    return { type: DCV_ERROR.addressRefused, message: `${place}: ${message}` };
  return lookupError(FAILURE_NAMES[reason], `${place}: ${message}`);
}
