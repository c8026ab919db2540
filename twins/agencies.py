"""The prisons of the constructed population, and the two pseudo-agencies that mean no prison."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """A place of NOMIS: its name as people read it, its name in capitals, and how many people live there."""

    agency_id: str
    description: str
    long_description: str | None
    places: int = 0
    active: bool = True


LEEDS = Agency("LEI", "Leeds (HMP)", "HMP LEEDS", places=900)
MOORLAND = Agency("MDI", "Moorland (HMP & YOI)", "HMP & YOI MOORLAND", places=1500)
EASTWOOD = Agency("EWI", "Eastwood Park (HMP)", "HMP EASTWOOD PARK", places=40)
WAYLAND = Agency("WLI", "Wayland (HMP)", "HMP WAYLAND", places=12)
# Everybody whose Delius or NOMIS answer is broken lives here, so that a whole prison can be asked for in vain
# while the others stay answerable.
FRANKLAND = Agency("FKI", "Frankland (HMP)", "HMP FRANKLAND", places=20)
BRIXTON = Agency("BXI", "Brixton (HMP)", "HMP BRIXTON", places=5)
ASHFIELD = Agency("ASI", "Ashfield (HMP)", "HMP ASHFIELD", places=0)
HOLLOWAY = Agency("HYI", "Holloway (HMP & YOI)", "HMP & YOI HOLLOWAY", places=0, active=False)

PRISONS = (LEEDS, MOORLAND, EASTWOOD, WAYLAND, FRANKLAND, BRIXTON, ASHFIELD, HOLLOWAY)

OUTSIDE = Agency("OUT", "Outside", None)
IN_TRANSIT = Agency("TRN", "Transfer", None)

AGENCIES = {agency.agency_id: agency for agency in (*PRISONS, OUTSIDE, IN_TRANSIT)}
