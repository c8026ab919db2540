"""NOMIS, the prison system: one module a route, all answering `PrisonerRecord`."""
