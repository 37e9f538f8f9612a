"""Load on the site: locust, held websockets, wrk. docs/load.md takes a stranger through it."""
