/** What went wrong, in the words of whoever threw it; several tries of one connection are one reason. */
export function reasonOf(error: unknown): string {
    if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
    return error instanceof Error ? error.message : String(error);
}
