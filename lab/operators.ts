/**
 * Operators whose own programs the lab runs, by the name of their chart; a plugin of one counts as one. Only houses that
 * have it pay for it.
 */
export const operators = ["cloudnative-pg", "plugin-barman-cloud", "metallb"] as const;
export type Operator = (typeof operators)[number];
