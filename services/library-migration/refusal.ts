/** The migration does not begin, or takes everything back; each reason is one line that says what to do. */
export class Refusal extends Error {
    constructor(readonly reasons: readonly string[]) {
        super(reasons.join("\n"));
    }
}
