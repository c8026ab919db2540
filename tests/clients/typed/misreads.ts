// Reads a field that there is not: this must not compile.
import type { OffenderByNumberQuery } from "./generated/graphql";

export const shoeSizeOf = (data: OffenderByNumberQuery) => data.offender?.shoeSize;
