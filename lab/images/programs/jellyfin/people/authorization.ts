import type { IncomingHttpHeaders } from "node:http";
import type { ApiKeys } from "./api-keys";
import type { Device, Devices } from "./devices";
import type { User, Users } from "./users";

/** What a client says of itself in its authorization header; empty where it says nothing. */
export interface ClientWords {
    readonly client: string;
    readonly version: string;
    readonly device: string;
    readonly deviceId: string;
    readonly token: string;
}

/** Who asks: a person with a device, or a program with a key, which may do everything but is nobody. */
export type Caller = { readonly kind: "user"; readonly user: User; readonly device: Device } | { readonly kind: "key" };

function single(value: string | string[] | undefined): string {
    return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** Reads `MediaBrowser Client="..", Device="..", DeviceId="..", Version="..", Token=".."` and the older ways to send a token. */
export function clientWords(headers: IncomingHttpHeaders, query: ReadonlyMap<string, string>): ClientWords {
    const header = headers.authorization ?? single(headers["x-emby-authorization"]);
    const words = new Map<string, string>();
    if (/^(MediaBrowser|Emby) /i.test(header)) {
        for (const [, key = "", value = ""] of header.matchAll(/(\w+)="([^"]*)"/g)) {
            words.set(key.toLowerCase(), decodeURIComponent(value));
        }
    }
    return {
        client: words.get("client") ?? "",
        version: words.get("version") ?? "",
        device: words.get("device") ?? "",
        deviceId: words.get("deviceid") ?? "",
        token:
            words.get("token") ||
            single(headers["x-emby-token"]) ||
            single(headers["x-mediabrowser-token"]) ||
            query.get("apikey") ||
            query.get("api_key") ||
            "",
    };
}

export class Authorization {
    constructor(
        private readonly devices: Devices,
        private readonly keys: ApiKeys,
        private readonly users: Users,
    ) {}

    /**
     * `undefined` for a token that this process does not know.
     * @throws Error while the database is away, even for a token that it knows: the user is asked of the database.
     */
    async caller(token: string): Promise<Caller | undefined> {
        if (token === "") return undefined;
        const device = this.devices.byToken(token);
        if (device === undefined) return (await this.keys.isKnown(token)) ? { kind: "key" } : undefined;
        const user = await this.users.byId(device.userId);
        return user && { kind: "user", user, device };
    }
}
