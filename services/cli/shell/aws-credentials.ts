const NONE = 'no credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const BAD = 'the credentials are not accepted: they are wrong, have expired, or are of another account';

/** A sentence for each error of the AWS SDK that is about credentials, by its name. */
export const CREDENTIAL_SENTENCES: Readonly<Record<string, string>> = {
  CredentialsProviderError: NONE,
  CredentialsError: NONE,
  MissingAuthenticationTokenException: NONE,
  UnrecognizedClientException: BAD,
  InvalidSignatureException: BAD,
  InvalidClientTokenId: BAD,
  SignatureDoesNotMatch: BAD,
  InvalidAccessKeyId: BAD,
  ExpiredTokenException: BAD,
  ExpiredToken: BAD,
};

/** What is wrong with the credentials, null for an error about something else. */
export function describeCredentials(error: unknown): string | null {
  return error instanceof Error ? (CREDENTIAL_SENTENCES[error.name] ?? null) : null;
}
