/** What went wrong, in the words of whoever threw it: JavaScript lets anything be thrown. */
export function reasonOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
