"""The answers: what the school does. Rows out, refusals raised; no GraphQL, no HTTP."""
