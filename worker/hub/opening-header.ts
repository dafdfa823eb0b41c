// How the Worker tells the hub what it has checked.

/** Header of the internal request; the hub is reachable through the Worker only, so nobody else can set it. */
export const OPENING_HEADER = "kelpie-opening";
