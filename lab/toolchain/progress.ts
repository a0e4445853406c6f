/** One piece of work and how it stands; the same form for built tools and for moto's environment. */
export interface WorkEvent {
    readonly name: string;
    readonly version: string;
    readonly state: "queued" | "found" | "cached" | "waiting" | "building" | "built" | "failed" | "stopped";
    /** A path when it is there, the last line of output while it is being built, else empty. */
    readonly detail: string;
}
export type Report = (event: WorkEvent) => void;

/** Where progress is written: a terminal is painted over in place, anything else gets whole lines. */
export interface ProgressOutput {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
}

interface Row extends WorkEvent {
    /** Milliseconds since the epoch at which work on it began; unset while it is queued. */
    readonly since?: number;
}

const REPAINT_MS = 250;
const REMIND_MS = 30_000;

/** `42s`, `3m08s` */
export function duration(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1000);
    const minutes = Math.floor(seconds / 60);
    return minutes === 0 ? `${seconds}s` : `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** @param now for tests; milliseconds since the epoch. */
export function progress(
    output: ProgressOutput,
    now: () => number = Date.now,
): {
    readonly report: Report;
    /** Repeats what is still under way (without a terminal); called by a timer every 30 s. */
    readonly remind: () => void;
    /** Ends the display; the last state stays on the screen. */
    readonly close: () => void;
} {
    const rows = new Map<string, Row>();
    let painted = 0;
    const working = (row: Row): boolean => row.state === "building" || row.state === "waiting";
    const text = (row: Row): string => {
        const elapsed = row.since === undefined || now() - row.since < 1000 ? "" : `, ${duration(now() - row.since)}`;
        const detail = row.detail === "" ? "" : `: ${row.detail}`;
        return `${row.name} ${row.version} ${row.state}${elapsed}${detail}`;
    };
    const paint = (): void => {
        if (!output.isTTY) return;
        // Lines longer than the terminal would wrap and break the way back up.
        const lines = [...rows.values()].map((row) => `  ${text(row)}`.slice(0, (output.columns ?? 80) - 1));
        const up = painted === 0 ? "" : `\x1b[${painted}A`;
        output.write(up + lines.map((line) => `\x1b[2K${line}\n`).join(""));
        painted = lines.length;
    };
    const remind = (): void => {
        if (output.isTTY) return;
        for (const row of rows.values()) {
            if (working(row)) output.write(`${text({ ...row, detail: "" })}\n`);
        }
    };
    const timer = setInterval(() => (output.isTTY ? paint() : remind()), output.isTTY ? REPAINT_MS : REMIND_MS);
    timer.unref();
    return {
        report: (event) => {
            const before = rows.get(event.name);
            const since =
                before?.since ?? (event.state === "building" || event.state === "waiting" ? now() : undefined);
            const row: Row = { ...event, ...(since === undefined ? {} : { since }) };
            const ended = !working(row) && event.state !== "queued";
            rows.set(event.name, ended && since !== undefined ? settle(row, now() - since) : row);
            if (output.isTTY) paint();
            else if (before?.state !== event.state && event.state !== "queued") {
                output.write(`${text(rows.get(event.name) ?? row)}\n`);
            }
        },
        remind,
        close: () => {
            clearInterval(timer);
            paint();
        },
    };
}

/** A finished row keeps the time it took, in place of a clock that goes on. */
function settle(row: Row, tookMs: number): Row {
    const { name, version, state, detail } = row;
    return { name, version, state, detail: `${duration(tookMs)}${detail === "" ? "" : `, ${detail}`}` };
}
