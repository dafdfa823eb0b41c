// What a peer must speak. Only a breaking change raises the version; additions are new codes, kinds and operations.

/** Version byte of every binary frame. */
export const FRAME_VERSION = 1;
/** `v` of the hub's hello. */
export const PROTOCOL_VERSION = 1;
/** WebSocket subprotocol that the hub selects. */
export const SUBPROTOCOL = "kelpie.v1";
/** Prefix of the subprotocol entry that carries a browser's access token. */
export const TOKEN_SUBPROTOCOL = "kelpie.token.";
/** Version of the product, shown on screens and in health. */
export const PRODUCT_VERSION = "0.1.0";
