"""How dates and times are written in pages, audit lines and the admin (`FORMAT_MODULE_PATH`)."""
