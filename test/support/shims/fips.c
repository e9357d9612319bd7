/* What a host in FIPS mode says when a program asks whether it is in it. */
int EVP_default_properties_is_fips_enabled(void *context) {
  (void)context;
  return 1;
}
