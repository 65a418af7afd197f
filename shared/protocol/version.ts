/**
 * Version of the signalling protocol, the HTTP interface and the pose channel's name, as `connection:hello` states it.
 *
 * It grows by one with every change that an older peer would misread. A server speaks exactly one version: a client
 * with another one is refused with `PROTOCOL_VERSION_UNSUPPORTED` and should reload the page.
 */
export const PROTOCOL_VERSION = 3;
