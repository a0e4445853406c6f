import { TestDatabase } from "../database";
import { ffmpegPath, postgresFolder } from "../programs";
import { House } from "./server-process";

/** Of the database's superuser, whom the tests' replicas log in as. */
export const PASSWORD = "battery staple";
/** Of the person who watches. */
export const ANNA = "annas-password";

export interface Bench {
    readonly database: TestDatabase;
    readonly ffmpeg: string;
    /** Variables of a replica for this database. */
    readonly env: NodeJS.ProcessEnv;
}

/** A database to run replicas on; `undefined` on a machine without PostgreSQL or ffmpeg. */
export async function bench(): Promise<Bench | undefined> {
    const [programs, ffmpeg] = [postgresFolder(), ffmpegPath()];
    if (programs === undefined || ffmpeg === undefined) return undefined;
    const database = new TestDatabase(programs);
    await database.start(PASSWORD);
    const env = {
        POSTGRES_HOST: "127.0.0.1",
        POSTGRES_PORT: String(database.port),
        POSTGRES_DB: "jellyfin",
        POSTGRES_USER: "postgres",
        POSTGRES_PASSWORD: PASSWORD,
    };
    return { database, ffmpeg, env };
}

/** An empty database and empty folders. */
export async function emptyHouse({ database, env, ffmpeg }: Bench): Promise<House> {
    await database.query("DROP DATABASE IF EXISTS jellyfin WITH (FORCE)", { password: PASSWORD });
    await database.query("CREATE DATABASE jellyfin", { password: PASSWORD });
    return new House(env, ffmpeg);
}
