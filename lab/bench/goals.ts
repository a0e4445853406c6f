/** A figure beside the most that it may be. */
export interface Goal {
    readonly name: string;
    readonly measured: number;
    readonly atMost: number;
    /** Unit of both, as it is told. */
    readonly unit: string;
}

/** A line for each goal that is missed. */
export function missedGoals(goals: readonly Goal[]): string[] {
    return goals
        .filter(({ measured, atMost }) => measured > atMost)
        .map(
            ({ name, measured, atMost, unit }) =>
                `missed: ${name}: ${measured.toFixed(2)} ${unit}, and at most ${atMost} is wanted`,
        );
}
