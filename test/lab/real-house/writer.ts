import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { pause } from "../../../lab/pause";
import { tool } from "../../../lab/toolchain/locate";
import { eventually } from "../../support/eventually";

/** One attempt to write a row. */
export interface Written {
    /** Of the row; none is tried twice, as nobody knows what became of one that failed. */
    readonly number: number;
    /** When the client heard of it, milliseconds since the epoch. */
    readonly at: number;
    /** Whether the server has said that it is kept. */
    readonly kept: boolean;
    /** What the client says otherwise. */
    readonly why: string;
}

/**
 * In a pod that may enter the database, with its settings: a connection for each row, so that an address which answers
 * for nobody any more is seen at once. It rests until its input says something, 0.05 s at the longest, and ends with it: who
 * has gone away is not seen by what is written to him, which the container's runtime takes all the same.
 */
const SCRIPT = String.raw`
export PGHOST=$POSTGRES_HOST PGPORT=$POSTGRES_PORT PGDATABASE=$POSTGRES_DB PGUSER=$POSTGRES_USER PGPASSWORD=$POSTGRES_PASSWORD
export PGCONNECT_TIMEOUT=2
ask() { timeout 3 psql --no-psqlrc --quiet --tuples-only --no-align --command="$1" < /dev/null; }
ask "CREATE TABLE IF NOT EXISTS notes (number integer PRIMARY KEY)" >&2 2>/dev/null
number=$FIRST
while :; do
    if why=$(ask "INSERT INTO notes VALUES ($number)" 2>&1); then kept=kept; else kept=lost; fi
    echo "$(date +%s%3N) $number $kept $(echo "$why" | head -1)"
    number=$((number + 1))
    read -rt 0.05
    [ $? -gt 128 ] || exit
done`;

/** Somebody who writes all the time, and remembers what was promised. */
export class Writer {
    readonly written: Written[] = [];
    private readonly child: ChildProcess;
    private readonly ended: Promise<void>;

    /**
     * @param pod one of Jellyfin's, which stays alive
     * @param first number of the first row; no other writer's rows come after it
     */
    constructor(kubeconfig: string, pod: string, first: number) {
        const where = ["--kubeconfig", kubeconfig, "--namespace", "jellyfin", "exec", "--stdin", pod];
        const script = SCRIPT.replace("$FIRST", String(first));
        this.child = spawn(tool("kubectl"), [...where, "--container", "jellyfin", "--", "bash", "-c", script], {
            stdio: ["pipe", "pipe", "ignore"],
        });
        this.ended = new Promise((done) => this.child.once("close", () => done()));
        const { stdout } = this.child;
        if (stdout) createInterface({ input: stdout }).on("line", (line) => this.note(line));
    }

    /** Rows that the server has promised to keep. */
    get promised(): readonly number[] {
        return this.written.filter(({ kept }) => kept).map(({ number }) => number);
    }

    /** The longest time between two promises, milliseconds: what a client sees as an outage. */
    get longestGapMs(): number {
        const times = this.written.filter(({ kept }) => kept).map(({ at }) => at);
        return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
    }

    /** Whether anything was promised after that moment, milliseconds since the epoch. */
    goesOnAfter(moment: number): boolean {
        return this.written.some(({ kept, at }) => kept && at > moment);
    }

    async leave(): Promise<void> {
        this.child.stdin?.end();
        await this.ended;
    }

    private note(line: string): void {
        const [at = "", number = "", kept, ...why] = line.split(" ");
        this.written.push({ number: Number(number), at: Number(at), kept: kept === "kept", why: why.join(" ") });
    }
}

/** Writing goes on undisturbed for this long before and after. */
const CALM_MS = 3_000;
/** Joins of standbys, each with a copy of the whole database, and starts of Jellyfin. */
const WHOLE_MS = 240_000;

/**
 * Somebody writes from the pod `jellyfin-1` while something happens, and until it is over for him.
 * @param firstRow see `Writer`
 */
export async function writeWhile(kubeconfig: string, firstRow: number, happens: () => Promise<void>): Promise<Writer> {
    const writer = new Writer(kubeconfig, "jellyfin-1", firstRow);
    try {
        await eventually("rows are written", () => writer.promised.length > 10);
        await pause(CALM_MS);
        await happens();
        const happened = Date.now();
        // Where nothing is noticed, this ends at once; a failure shows within the time limit of an attempt.
        await pause(CALM_MS);
        await eventually("rows are written again", () => writer.goesOnAfter(happened + CALM_MS), WHOLE_MS);
        await pause(CALM_MS);
    } finally {
        await writer.leave();
    }
    return writer;
}

/** What a reader needs who asks where the time went. */
export function gapsOf(writer: Writer): string {
    const lost = writer.written.filter(({ kept }) => !kept);
    const words = [...new Set(lost.map(({ why }) => why))].join("; ");
    return `${writer.longestGapMs} ms without a promise; ${lost.length} of ${writer.written.length} attempts failed: ${words}`;
}
