"""The constructed users of Delius, by what they may see of people whose access is limited."""

# On nobody's list: excluded from nobody, and kept out by every restriction.
NPS_USER = "NPS_USER"
# Excluded from everybody who has an exclusion.
EXCLUDED_USER = "EXCLUDED_USER"
# May see every hard case that is restricted; of the ordinary people, about half.
TRUSTED_USER = "TRUSTED_USER"
