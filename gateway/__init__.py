"""The running service: it reads its settings, builds one of each, and answers over HTTP."""
