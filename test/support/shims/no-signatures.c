/* A host on which no signature verifies. */
int EVP_DigestVerifyInit(void *context, void **key_context, const void *digest, void *engine, void *key) {
  (void)context, (void)key_context, (void)digest, (void)engine, (void)key;
  return 0;
}
