import { randomUUID } from "node:crypto";
import { pause } from "../../../lab/pause";
import { textOf, valueAt } from "../../../lab/plain-values";
import { eventually } from "../../support/eventually";
import { ask, cookieOf, type Answer, type Door } from "./visitor";

/** Name of a user whom each house of these tests has, without a password. */
export const USER = "visitor";

/** A device on which somebody is logged in. */
export interface Login {
    readonly deviceId: string;
    readonly token: string;
}

/** Where somebody is logged in. */
export interface Arrival {
    /** The ingress's, for a pod. */
    readonly cookie: string;
    readonly login: Login;
}

/** Somebody who is logged in: asks who they are again and again, and logs in anew when a pod does not know them. */
export class Person {
    /** To what they asked; those that say that they are not logged in are not among them. */
    readonly answers: Answer[] = [];
    /** How often they were told to log in. */
    logins = 0;
    private cookie: string;
    private login: Login;
    private going = true;
    private readonly end: Promise<void>;

    constructor(
        private readonly door: Door,
        arrival: Arrival,
        private readonly everyMs = 250,
    ) {
        ({ cookie: this.cookie, login: this.login } = arrival);
        this.end = this.go();
    }

    /** Answers that a person would notice. */
    get bad(): readonly Answer[] {
        return this.answers.filter(({ status }) => status !== 200);
    }

    /** The pods that served them, one after the other. */
    get pods(): readonly string[] {
        const pods = this.answers.filter(({ status }) => status === 200).map(({ pod }) => pod);
        return pods.filter((pod, index) => pod !== pods[index - 1]);
    }

    async leave(): Promise<void> {
        this.going = false;
        await this.end;
    }

    private async go(): Promise<void> {
        while (this.going) {
            const { cookie, login } = this;
            const { answer } = await ask(this.door, { path: "/Users/Me", cookie, authorization: headerOf(login) });
            this.take(answer);
            if (answer.status === 401) await this.logInAgain();
            else this.answers.push(answer);
            await pause(this.everyMs);
        }
    }

    private async logInAgain(): Promise<void> {
        this.logins++;
        const { answer, login } = await authenticate(this.door, this.cookie, this.login.deviceId);
        this.take(answer);
        if (login === undefined) this.answers.push(answer);
        else this.login = login;
    }

    private take(answer: Answer): void {
        if (answer.cookie) this.cookie = answer.cookie;
    }
}

/** Logs in on a new device, at the pod that a cookie names. @throws Error where that is refused */
async function logIn(door: Door, cookie: string): Promise<Login> {
    const { answer, login } = await authenticate(door, cookie, randomUUID());
    if (login === undefined) throw new Error(`${USER} cannot log in: ${answer.status}`);
    return login;
}

/** Logs in at a pod. */
export async function arriveAt(door: Door, pod: string): Promise<Arrival> {
    const cookie = await cookieOf(door, pod);
    return { cookie, login: await eventually(`${USER} logs in at ${pod}`, () => logIn(door, cookie)) };
}

async function authenticate(door: Door, cookie: string, deviceId: string) {
    const path = "/Users/AuthenticateByName";
    const body = JSON.stringify({ Username: USER, Pw: "" });
    const { answer, text } = await ask(door, { path, cookie, authorization: headerOf({ deviceId, token: "" }), body });
    if (answer.status !== 200) return { answer, login: undefined };
    const words: unknown = JSON.parse(text);
    return { answer, login: { deviceId, token: textOf(valueAt(words, "AccessToken")) } };
}

function headerOf({ deviceId, token }: Login): string {
    const words = [`Client="mocha"`, `Device="test"`, `DeviceId="${deviceId}"`, `Version="1"`];
    if (token !== "") words.push(`Token="${token}"`);
    return `MediaBrowser ${words.join(", ")}`;
}
