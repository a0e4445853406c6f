import { Pool, type PoolClient, type QueryResultRow } from "pg";
import type { DatabaseSettings } from "../configuration/environment";
import type { Log } from "../log";

/** The size of the provider's pool: two replicas need a server with `max_connections` above 200. */
const POOL_SIZE = 100;
/** How long a connection may take, milliseconds: the provider's default. */
const CONNECT_TIMEOUT_MS = 15_000;

/** One process's connections. A lost one is an error at once, without a retry; the next command makes another. */
export class Database {
    private readonly pool: Pool;

    constructor(settings: DatabaseSettings, podName: string, log: Log) {
        this.pool = new Pool({
            host: settings.host,
            port: settings.port,
            database: settings.name,
            user: settings.user,
            password: settings.password,
            max: POOL_SIZE,
            connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
            query_timeout: settings.commandTimeoutMs,
            application_name: `jellyfin ${podName}`,
        });
        // Of idle connections; without a listener it would end the process.
        this.pool.on("error", (error) => log.write("WRN", "Database", `lost a connection: ${error.message}`));
    }

    async rows<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
        const { rows } = await this.pool.query<Row>(text, [...values]);
        return rows;
    }

    async row<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row | undefined> {
        return (await this.rows<Row>(text, values))[0];
    }

    /** All of it or nothing. */
    async transaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
        const client = await this.pool.connect();
        try {
            await client.query("BEGIN");
            await work(client);
            await client.query("COMMIT");
        } catch (error) {
            // The connection goes, and with it the transaction.
            client.release(true);
            throw error;
        }
        client.release();
    }

    async canConnect(): Promise<boolean> {
        try {
            await this.rows("SELECT 1");
            return true;
        } catch {
            return false;
        }
    }

    close(): Promise<void> {
        return this.pool.end();
    }
}
