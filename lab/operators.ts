/** Operators whose own programs the lab runs, by the name of their chart. Only houses that have one pay for it. */
export const operators = ["cloudnative-pg", "metallb"] as const;
export type Operator = (typeof operators)[number];
