/**
 * Traefik's doors, by the names that its own values give them: plain http, https, and the one that a router may open to the
 * internet.
 */
export const ENTRY_POINTS = { plain: "web", secure: "websecure", internet: "internet" } as const;

export type EntryPoint = (typeof ENTRY_POINTS)[keyof typeof ENTRY_POINTS];
