/** A start that cannot go on: its message is the last line of the log. */
export class StartFailure extends Error {
    /** @param exitCode 3 where a variable is missing or wrong, as the image's entrypoint has it; 1 for anything else. */
    constructor(
        message: string,
        readonly exitCode: 1 | 3 = 1,
    ) {
        super(message);
    }
}
