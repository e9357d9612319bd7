import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's chain of credential providers in what is deployed as a function: a function gets the
 * credentials of its role in its environment, and the other providers are a seventh of the bundle.
 */
export const defaultProvider = () => fromEnv();
