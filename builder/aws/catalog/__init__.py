"""Publishing to Service Catalog: templates into a bucket, versions into the portfolio's template or through the API."""
