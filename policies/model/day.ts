/** A day of the calendar, `2027-06-30`; in this form the order of texts is the order of days. */
export type Day = `${number}-${number}-${number}`;

/** The day of a moment, in UTC. */
export function dayOf(moment: Date): Day {
    const day = parseDay(moment.toISOString().slice(0, 10));
    if (day === undefined) throw new Error(`${moment.toISOString()} is no day from the year 1000 to 9999`);
    return day;
}

/** @returns undefined where the text is no day that exists, such as `2027-02-30`. */
export function parseDay(text: string): Day | undefined {
    if (!isDayLike(text)) return undefined;
    const moment = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text) ? text : undefined;
}

function isDayLike(text: string): text is Day {
    return /^[1-9]\d{3}-\d{2}-\d{2}$/.test(text);
}
