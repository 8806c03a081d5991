"""Service Catalog, as far as it needs no AWS: which versions of which products exist, and whether one may be added."""
