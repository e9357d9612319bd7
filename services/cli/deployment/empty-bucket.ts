import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  NoSuchBucket,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DeploymentError } from './deployment-error.ts';

/**
 * Delete every version of every object, for a bucket that is to be destroyed: the platform destroys empty ones only. A bucket
 * that is not there is empty.
 *
 * @returns how many versions there were.
 * @throws DeploymentError when one cannot be deleted, for instance because it is locked.
 */
export async function emptyBucket(client: S3Client, bucket: string): Promise<number> {
  let deleted = 0;
  for (;;) {
    const versions = await listSome(client, bucket);
    if (versions.length === 0) return deleted;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [...versions], Quiet: true } }),
    );
    const [first] = Errors;
    if (first !== undefined)
      throw new DeploymentError(`${bucket}: ${first.Key} cannot be deleted: ${first.Message ?? first.Code}`);
    deleted += versions.length;
  }
}

/** The first thousand of what is left, marks of deletion included. */
async function listSome(client: S3Client, bucket: string): Promise<readonly ObjectIdentifier[]> {
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }),
    );
    return [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({
      Key,
      ...(VersionId === undefined ? {} : { VersionId }),
    }));
  } catch (error) {
    if (error instanceof NoSuchBucket) return [];
    throw error;
  }
}
