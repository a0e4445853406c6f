import { hostname } from "node:os";
import { join } from "node:path";
import { StartFailure } from "../start-failure";

export interface DatabaseSettings {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password: string;
    /** Milliseconds after which a command is given up; default 30,000. */
    readonly commandTimeoutMs: number;
}

export interface Folders {
    /** `/config`: what the replicas share. */
    readonly data: string;
    /** `/config/config`: the XML files. */
    readonly config: string;
    readonly cache: string;
    readonly log: string;
    /** Of the films: `/data`. */
    readonly library: string;
}

export interface Settings {
    /** Who answers, for the header `X-Homelab-Pod`; default the host's name. */
    readonly podName: string;
    readonly folders: Folders;
    /** Program or path; default `ffmpeg` of PATH. */
    readonly ffmpeg: string;
    /** What clients are told as the server's address. */
    readonly publishedUrl: string | undefined;
    readonly database: DatabaseSettings;
}

type Variables = Readonly<Record<string, string | undefined>>;

function port(text: string): number {
    const number = Number(text);
    if (/^\d+$/.test(text) && number > 0 && number < 65_536) return number;
    throw new StartFailure(
        `POSTGRES_PORT: "${text}" is no port (a Service called postgres makes such a variable); set it, and enableServiceLinks: false`,
        3,
    );
}

function required(variables: Variables, name: string): string {
    const value = variables[name];
    if (value) return value;
    throw new StartFailure(
        `${name}: is not set (the PostgreSQL provider needs it); set it from the database's secret`,
        3,
    );
}

function databaseSettings(variables: Variables): DatabaseSettings {
    return {
        host: required(variables, "POSTGRES_HOST"),
        port: port(variables["POSTGRES_PORT"] ?? "5432"),
        name: variables["POSTGRES_DB"] ?? "jellyfin",
        user: variables["POSTGRES_USER"] ?? "jellyfin",
        password: required(variables, "POSTGRES_PASSWORD"),
        commandTimeoutMs: Number(variables["POSTGRES_COMMAND_TIMEOUT"] ?? "30") * 1_000,
    };
}

/**
 * The image's variables, with the image's defaults.
 * @throws StartFailure with the exit code 3 that names the variable.
 */
export function readEnvironment(variables: Variables): Settings {
    const data = variables["JELLYFIN_DATA_DIR"] ?? "/config";
    return {
        podName: variables["POD_NAME"] ?? hostname(),
        folders: {
            data,
            config: variables["JELLYFIN_CONFIG_DIR"] ?? join(data, "config"),
            cache: variables["JELLYFIN_CACHE_DIR"] ?? "/cache",
            log: variables["JELLYFIN_LOG_DIR"] ?? join(data, "log"),
            library: variables["LAB_LIBRARY_DIR"] ?? "/data",
        },
        ffmpeg: variables["JELLYFIN_FFMPEG"] ?? "ffmpeg",
        publishedUrl: variables["JELLYFIN_PublishedServerUrl"],
        database: databaseSettings(variables),
    };
}

const PRINTED = /^(JELLYFIN_|DOTNET_|ASPNETCORE_)/;

/** What the server prints at its start, values included: the reason why no secret belongs into such a variable. */
export function printedVariables(variables: Variables): string[] {
    return Object.entries(variables).flatMap(([name, value]) => (PRINTED.test(name) ? [`${name}=${value ?? ""}`] : []));
}
