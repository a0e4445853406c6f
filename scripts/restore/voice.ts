/** Where a command tells what it does. */
export interface Voice {
    readonly log: (line: string) => void;
    readonly error: (line: string) => void;
}
