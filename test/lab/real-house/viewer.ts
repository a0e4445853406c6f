import { pause } from "../../../lab/pause";
import { ask, type Answer, type Door } from "./visitor";

/** How soon a player asks again for a piece that it did not get, milliseconds. */
const AGAIN_MS = 250;

/** One piece of a film as a player got it. */
interface Piece {
    /** Pod that it came from. */
    readonly pod: string;
    /** When it was there, milliseconds since the epoch. */
    readonly at: number;
    /** From the first time that it was asked for until it was there, milliseconds. */
    readonly waitMs: number;
    /** Answers that were no piece, in between. */
    readonly failed: readonly Answer[];
}

/** How somebody watches. */
interface Pace {
    /** Time between two pieces; default a second: shorter than they last, as a player that fills its buffer. */
    readonly everyMs?: number;
    /** When the player gives up a request that nothing has come of; default as a visitor does. */
    readonly patienceMs?: number;
}

/** Somebody who watches a film over HLS: one piece after the other, each asked for until it comes. */
export class Viewer {
    readonly pieces: Piece[] = [];
    private going = true;
    /** Since when a piece is asked for that has not come, as `performance.now()` has it. */
    private askedAt: number | undefined;
    private leftAt: number | undefined;
    private readonly end: Promise<void>;

    /**
     * @param film path of the film on the server, for example `/Videos/<id>`
     * @param query what the player sends with every request, for example `api_key=...`
     */
    constructor(
        private readonly door: Door,
        private cookie: string,
        private readonly film: string,
        private readonly query: string,
        private readonly pace: Pace = {},
    ) {
        this.end = this.watch();
    }

    /** The longest wait for a piece, that of one which has not come until now, or until they left, among them. */
    get longestWaitMs(): number {
        return Math.round(Math.max(this.waitingMs, ...this.pieces.map(({ waitMs }) => waitMs)));
    }

    /** For how long they have waited for the piece that has not come, milliseconds; 0 where none is asked for. */
    get waitingMs(): number {
        return this.askedAt === undefined ? 0 : (this.leftAt ?? performance.now()) - this.askedAt;
    }

    async leave(): Promise<void> {
        this.leftAt ??= performance.now();
        this.going = false;
        await this.end;
    }

    private get patience() {
        const { patienceMs } = this.pace;
        return patienceMs === undefined ? {} : { patienceMs };
    }

    private async watch(): Promise<void> {
        for (let segment = 0; this.going; segment++) {
            const piece = await this.piece(segment);
            if (piece !== undefined) this.pieces.push(piece);
            await pause(this.pace.everyMs ?? 1_000);
        }
    }

    private async piece(segment: number): Promise<Piece | undefined> {
        const asked = performance.now();
        const failed: Answer[] = [];
        this.askedAt = asked;
        while (this.going) {
            const path = `${this.film}/hls1/main/${segment}.ts?${this.query}`;
            const { answer } = await ask(this.door, { path, cookie: this.cookie, ...this.patience });
            if (answer.cookie) this.cookie = answer.cookie;
            if (answer.status === 200) {
                this.askedAt = undefined;
                return { pod: answer.pod, at: Date.now(), waitMs: performance.now() - asked, failed };
            }
            failed.push(answer);
            await pause(AGAIN_MS);
        }
        return undefined;
    }
}
