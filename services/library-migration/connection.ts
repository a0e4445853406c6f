import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { Client } from "pg";
import { Refusal } from "./refusal";

/** So long a database is waited for that refuses everybody: a new pod is let through when its policies are in force. */
const PATIENCE_MS = 30_000;
const NOT_YET = /ECONNREFUSED|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;
const NO_ENCRYPTION = /server does not support SSL/;

interface Encryption {
    readonly ssl: ConnectionOptions;
    /** Whether a server that cannot encrypt is talked to all the same. */
    readonly orPlain: boolean;
}

/**
 * What is asked of the server, as libpq understands `PGSSLMODE` and `PGSSLROOTCERT`.
 * @throws Refusal for a mode that a house does not have, and where the authority is missing that must be asked
 */
function encryption(env: NodeJS.ProcessEnv): Encryption {
    const mode = env["PGSSLMODE"] ?? "prefer";
    const file = env["PGSSLROOTCERT"];
    const ca = file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : undefined;
    switch (mode) {
        case "prefer":
            return { ssl: { rejectUnauthorized: false }, orPlain: true };
        case "require":
            // Where an authority is at hand, libpq asks it as well; only the name does not count.
            return {
                ssl: ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined },
                orPlain: false,
            };
        case "verify-full":
            if (ca === undefined)
                throw new Refusal([
                    `PGSSLROOTCERT: ${file ?? "nothing"} is not there (PGSSLMODE is ${mode}, and the server is checked by it); add ca.crt to the secret of the connection`,
                ]);
            // An address is held against the certificate too; by itself the driver names hosts only.
            return { ssl: { ca, ...(env["PGHOST"] === undefined ? {} : { host: env["PGHOST"] }) }, orPlain: false };
        default:
            throw new Refusal([
                `PGSSLMODE: ${mode} is no mode of a house (a mode is prefer, require or verify-full); write one of them`,
            ]);
    }
}

function database(env: NodeJS.ProcessEnv, ssl: ConnectionOptions | false): Client {
    return new Client({
        host: env["PGHOST"],
        port: Number(env["PGPORT"] ?? 5432),
        database: env["PGDATABASE"],
        user: env["PGUSER"],
        password: env["PGPASSWORD"],
        application_name: "library-migration",
        connectionTimeoutMillis: 15_000,
        ssl,
    });
}

/**
 * The database that the variables of libpq name.
 * @throws Error in the words of the last try
 */
export async function connected(env: NodeJS.ProcessEnv): Promise<Client> {
    const deadline = Date.now() + PATIENCE_MS;
    const { ssl: encrypted, orPlain } = encryption(env);
    let ssl: ConnectionOptions | false = encrypted;
    for (;;) {
        const client = database(env, ssl);
        // The server may go away between two queries; the next one says so.
        client.on("error", () => undefined);
        try {
            await client.connect();
            return client;
        } catch (error) {
            await client.end().catch(() => undefined);
            const why = error instanceof Error ? error.message : "";
            if (orPlain && ssl !== false && NO_ENCRYPTION.test(why)) ssl = false;
            else if (Date.now() > deadline || !NOT_YET.test(why)) throw error;
            else await setTimeout(1_000);
        }
    }
}
