/**
 * Where something was found that can not be read: a message on a symbol's channel, a group message, an entry of a stream, of the
 * catalogue, of the states of sources, or of the registry of nodes; `oversized`: a message that is too large to be any.
 */
export const undecodableKinds = [
  ...(['live', 'group_message', 'oversized', 'history'] as const),
  ...(['catalogue', 'source', 'node'] as const),
] as const;

/** One of `undecodableKinds`, as the metric labels it. */
export type UndecodableKind = (typeof undecodableKinds)[number];
