/** Makes a new pairing link, typed in the folder of Kelpie on the machine: a clone puts nothing on the PATH. */
export const PAIR_COMMAND = "npm run kelpie pair";
