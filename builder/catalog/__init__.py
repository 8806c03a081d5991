"""What is published: the ledger of versions, `catalog/versions.json`."""
