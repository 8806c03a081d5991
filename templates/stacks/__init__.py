"""One module a template: what it is for, the Regions it supports (`REGIONS`), and `build()`. Stacks only compose."""
