/** Multicast group and port of SSDP (UPnP Device Architecture 1.0, section 1). */
export const GROUP = "239.255.255.250";
export const PORT = 1900;

/** What is announced: one media server, by the place of its description. */
export interface MediaServer {
    /** `uuid:...`, the same as in the description. */
    readonly udn: string;
    readonly location: string;
    /** How long the announcement counts, seconds. */
    readonly maxAgeSeconds: number;
}

/** A question from the network: what is looked for, and within how many seconds answers are to be spread. */
export interface Search {
    readonly target: string;
    readonly spreadSeconds: number;
}

const KINDS = [
    "urn:schemas-upnp-org:device:MediaServer:1",
    "urn:schemas-upnp-org:service:ContentDirectory:1",
    "urn:schemas-upnp-org:service:ConnectionManager:1",
];

/** The names under which it is announced: as a device, as this one, and as what it is. */
export function targets({ udn }: MediaServer): string[] {
    return ["upnp:rootdevice", udn, ...KINDS];
}

/** @returns `undefined` for everything that is no search. */
export function parseSearch(text: string): Search | undefined {
    const [start = "", ...lines] = text.split(/\r?\n/);
    if (!/^M-SEARCH \* HTTP\/1\.\d$/.test(start)) return undefined;
    const headers = new Map(
        lines.flatMap((line): [string, string][] => {
            const colon = line.indexOf(":");
            return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
        }),
    );
    const target = headers.get("st");
    if (headers.get("man")?.replaceAll('"', "") !== "ssdp:discover" || target === undefined) return undefined;
    const asked = Number(headers.get("mx") ?? "1");
    // Some ask for minutes; the standard lets an answer come as if it were five seconds.
    return { target, spreadSeconds: Number.isFinite(asked) ? Math.min(Math.max(asked, 0), 5) : 1 };
}

/** The announced names that a search is for. */
export function matching(search: Search, server: MediaServer): string[] {
    const all = targets(server);
    return search.target === "ssdp:all" ? all : all.filter((target) => target === search.target);
}

function named(target: string, { udn }: MediaServer): string {
    return target === udn ? udn : `${udn}::${target}`;
}

function message(start: string, headers: Readonly<Record<string, string>>): string {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${start}\r\n${lines.join("")}\r\n`;
}

const PROGRAM = "Linux UPnP/1.0 homelab-ssdp-relay/1.0";

export function answer(target: string, server: MediaServer): string {
    return message("HTTP/1.1 200 OK", {
        "CACHE-CONTROL": `max-age=${server.maxAgeSeconds}`,
        EXT: "",
        LOCATION: server.location,
        SERVER: PROGRAM,
        ST: target,
        USN: named(target, server),
    });
}

export function notice(kind: "alive" | "byebye", target: string, server: MediaServer): string {
    const alive = {
        "CACHE-CONTROL": `max-age=${server.maxAgeSeconds}`,
        LOCATION: server.location,
        SERVER: PROGRAM,
    };
    return message("NOTIFY * HTTP/1.1", {
        HOST: `${GROUP}:${PORT}`,
        ...(kind === "alive" ? alive : {}),
        NT: target,
        NTS: `ssdp:${kind}`,
        USN: named(target, server),
    });
}
