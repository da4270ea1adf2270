/*
 * As how many messages of `limits.messages_per_second` a message counts, as PROTOCOL.md has it: a hub charges by it, and
 * a client paces itself by it. Each of these counts as one message more.
 */
/** Bytes of a message, as it comes off the wire. */
export const bytesPerMessage = 16_384;
/** Symbols that a message names, or that are held when a token is shown. */
export const symbolsPerMessage = 128;
/** Symbols that a message names and that are refused: each costs an answer of its own. */
export const rejectionsPerMessage = 32;
/** Before a client has said who it is, each message counts as so many. */
export const strangerFactor = 4;
/** To show a token counts as so many more. */
export const authenticateCost = 4;
