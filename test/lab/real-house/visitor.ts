import { get } from "node:http";
import { request } from "node:https";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";

/** One answer of the house's page, as a browser sees it. */
export interface Answer {
    /** HTTP status; `0` where there was no answer. */
    readonly status: number;
    /** Pod that answered, as the stand-in for Jellyfin says it. */
    readonly pod: string;
    /** Cookie that the ingress set, `name=value`; empty where it set none. */
    readonly cookie: string;
    /** Milliseconds from the request to the end of the answer. */
    readonly ms: number;
}

const HOST = "jellyfin.dev.home.arpa";
const PATIENCE_MS = 5_000;

/** The way in, as a browser has it that was told to trust the house. */
export interface Door {
    /** Where the ingress answers on this machine. */
    readonly address: string;
    /** Authority of the house's certificate, PEM. A certificate that it has not signed, or of another name, is no answer. */
    readonly authority: string;
    /** Default 443. */
    readonly port?: number;
}

/** What is asked of the house. */
export interface Question {
    readonly path: string;
    /** As the ingress set it; none where it is empty. */
    readonly cookie: string;
    /** Header of that name; default none. */
    readonly authorization?: string;
    /** JSON, which makes it a `POST`. */
    readonly body?: string;
    /** Longest wait for a sign of the answer, milliseconds. */
    readonly patienceMs?: number;
}

/** Asks the house once, on a connection of its own. @returns the answer, and what was in it */
export function ask(
    { address, authority, port = 443 }: Door,
    { path, cookie, authorization = "", body, patienceMs = PATIENCE_MS }: Question,
): Promise<{ readonly answer: Answer; readonly text: string }> {
    const began = performance.now();
    return new Promise((done) => {
        const end = (status: number, headers: NodeJS.Dict<string | string[]> = {}, text = "") => {
            const pod = String(headers["x-homelab-pod"] ?? "");
            const set = String(headers["set-cookie"] ?? "").split(";")[0] ?? "";
            done({ answer: { status, pod, cookie: set, ms: performance.now() - began }, text });
        };
        const headers = {
            host: HOST,
            ...(cookie && { cookie }),
            ...(authorization && { authorization }),
            ...(body !== undefined && { "content-type": "application/json" }),
        };
        const method = body === undefined ? "GET" : "POST";
        const trust = { ca: authority, servername: HOST };
        const call = request(
            { ...trust, host: address, port, method, path, headers, agent: false, timeout: patienceMs },
            (answer) => {
                let text = "";
                answer.setEncoding("utf8").on("data", (part: string) => (text += part));
                answer.once("end", () => end(answer.statusCode ?? 0, answer.headers, text));
                answer.once("error", () => end(0));
            },
        );
        call.once("timeout", () => call.destroy(new Error("no answer"))).once("error", () => end(0));
        call.end(body);
    });
}

/** Asks the house's page once. */
export async function visit(door: Door, cookie = "", path = "/System/Ping"): Promise<Answer> {
    return (await ask(door, { path, cookie })).answer;
}

/** Asks for the house's page over plain http, and goes nowhere else. */
export function knock(address: string, port: number): Promise<{ readonly status: number; readonly location: string }> {
    return new Promise((done, fail) => {
        const asked = { host: address, port, path: "/System/Ping", headers: { host: HOST }, agent: false };
        get({ ...asked, timeout: PATIENCE_MS }, ({ statusCode, headers }) => {
            done({ status: statusCode ?? 0, location: headers.location ?? "" });
        })
            .once("timeout", () => fail(new Error(`${address}:${port} does not answer`)))
            .once("error", fail);
    });
}

/** A visitor who stays: asks again and again with the cookie that it was given, and takes a new one as browsers do. */
export class Visitor {
    readonly answers: Answer[] = [];
    private going = true;
    private readonly end: Promise<void>;

    constructor(
        private readonly door: Door,
        private cookie: string,
        private readonly everyMs = 100,
        private readonly path = "/System/Ping",
    ) {
        this.end = this.go();
    }

    /** Answers that a person would notice. */
    get bad(): readonly Answer[] {
        return this.answers.filter(({ status }) => status !== 200);
    }

    /** Longest answer, milliseconds. */
    get worstMs(): number {
        return Math.round(Math.max(...this.answers.map(({ ms }) => ms)));
    }

    async leave(): Promise<void> {
        this.going = false;
        await this.end;
    }

    private async go(): Promise<void> {
        while (this.going) {
            const answer = await visit(this.door, this.cookie, this.path);
            if (answer.cookie) this.cookie = answer.cookie;
            this.answers.push(answer);
            await pause(this.everyMs);
        }
    }
}

/** Visits until the ingress gives the cookie of a pod. */
export async function cookieOf(door: Door, pod: string): Promise<string> {
    // The ingress hears of a pod that has become ready a moment after the API server.
    return eventually(`a visit to ${door.address} goes to ${pod}`, async () => {
        const answer = await visit(door);
        return answer.pod === pod ? answer.cookie : undefined;
    });
}
