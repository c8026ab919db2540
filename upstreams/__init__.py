"""Where the data comes from: NOMIS, Delius and HMPPS Auth, and the way bytes get here."""
