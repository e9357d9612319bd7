/* A host in FIPS mode. */
int EVP_default_properties_is_fips_enabled(void *context) {
  (void)context;
  return 1;
}
