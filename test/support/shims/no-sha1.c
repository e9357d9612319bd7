/* A host whose policy forbids SHA-1 signatures. */
#define _GNU_SOURCE
#include <dlfcn.h>

typedef int (*init)(void *, void **, const void *, void *, void *);

int EVP_DigestVerifyInit(void *context, void **key_context, const void *digest, void *engine, void *key) {
  const void *(*sha1)(void) = (const void *(*)(void))dlsym(RTLD_NEXT, "EVP_sha1");
  if (digest != 0 && sha1 != 0 && digest == sha1()) return 0;
  return ((init)dlsym(RTLD_NEXT, "EVP_DigestVerifyInit"))(context, key_context, digest, engine, key);
}
