import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { KEEP, PREPARE } from "../../../components/apps/jellyfin/configuration-scripts";
import { bench, emptyHouse, PASSWORD, type Bench } from "../../lab/images/programs/jellyfin/bench";
import { postgresFolder } from "../../lab/images/programs/programs";
import { program, run, type Ended } from "../../services/jellyfin-settings/house-server";
import { removeFolder } from "../../support/scratch-folder";

const SETTINGS = JSON.stringify({
    system: { EnableMetrics: true, QuickConnectAvailable: false },
    network: { KnownProxies: ["10.42.0.0/16"] },
    encoding: { HardwareAccelerationType: "vaapi" },
});
const INSTALLATION = "of this house";

/** Pods of Jellyfin, without the server: folders of their own, a shared one, a database that is empty at first. */
export class JellyfinPods {
    private readonly folder = mkdtempSync(join(tmpdir(), "configuration-"));
    private readonly keepers: ChildProcess[] = [];

    private constructor(private readonly made: Bench) {
        mkdirSync(this.shared());
    }

    /** For each test of a suite; skips all of it on a machine without PostgreSQL. */
    static forEachTest(): () => JellyfinPods {
        let made: Bench | undefined;
        let pods: JellyfinPods | undefined;
        before(async function () {
            made = await bench();
            if (made === undefined) this.skip();
        });
        after(async () => made?.database.remove());
        beforeEach(async () => {
            assert.ok(made);
            await (await emptyHouse(made)).remove();
            pods = new JellyfinPods(made);
        });
        afterEach(async () => pods?.remove());
        return () => pods ?? assert.fail("no test runs");
    }

    /** A path in what the pods share. */
    shared(...path: string[]): string {
        return join(this.folder, "shared", ...path);
    }

    /** A path in a pod's own folder, which is in memory. */
    own(pod: string, ...path: string[]): string {
        return join(this.folder, pod, ...path);
    }

    /** A path in what the container beside the server has seen, which is on a disk. */
    seen(pod: string, ...path: string[]): string {
        return join(this.folder, `seen-${pod}`, ...path);
    }

    /** Where programs are found in an image that has a shell's, and none of PostgreSQL's. */
    withoutClient(): string {
        const folder = join(this.folder, "programs");
        mkdirSync(folder);
        for (const name of ["cut", "mkdir", "mv", "sha256sum"]) symlinkSync(`/usr/bin/${name}`, join(folder, name));
        return folder;
    }

    media(...path: string[]): string {
        return join(this.folder, "media", ...path);
    }

    /** Both init containers, one after the other, as a pod that starts. */
    async start(pod: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
        const own = this.own(pod);
        removeFolder(own);
        mkdirSync(own);
        const common = { POD_NAME: pod, SHARED: this.shared(), OWN: own, KEPT: this.shared("kept"), ...env };
        const PATH = `${postgresFolder() ?? ""}:${process.env["PATH"] ?? ""}`;
        const { POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD } = this.made.env;
        const connection = {
            ...{ PGHOST: POSTGRES_HOST, PGPORT: POSTGRES_PORT, PGDATABASE: POSTGRES_DB },
            ...{ PGUSER: POSTGRES_USER, PGPASSWORD: POSTGRES_PASSWORD },
        };
        const given = { ...connection, INSTALLATION, ...common, PATH, ...env };
        const prepared = await run(["/bin/sh", "-c", PREPARE], given);
        if (prepared.code !== 0) return prepared;
        return program("prepare", {
            ...{ RELEASE: "10.11.11", UPGRADE_FROM: "", SETTINGS, SET_UP_FILE: this.own(pod, ".set-up") },
            ONE_POD_RUNS_TASKS: "true",
            MEDIA_FOLDERS: [this.media("movies"), this.media("tv")].join("\n"),
            ...common,
        });
    }

    /** The container beside the server. */
    keep(pod: string): ChildProcess {
        const places = { OWN: this.own(pod), KEPT: this.shared("kept"), SEEN: this.seen(pod) };
        const env = { PATH: process.env["PATH"], POD_NAME: pod, PERIOD: "0.1", INSTALLATION, ...places };
        const keeper = spawn("/bin/sh", ["-c", KEEP], { env });
        this.keepers.push(keeper);
        return keeper;
    }

    async query(text: string): Promise<void> {
        await this.made.database.query(text, { password: PASSWORD, database: "jellyfin" });
    }

    /** @param password of a person, as SQL has it. */
    async withPeople(password: string): Promise<void> {
        await this.query(`CREATE TABLE IF NOT EXISTS "Users" ("Username" text, "Password" text)`);
        await this.query(`CREATE TABLE IF NOT EXISTS "Devices" ("AccessToken" text)`);
        await this.query(`INSERT INTO "Users" VALUES ('anna', ${password})`);
    }

    /** The server's settings of a pod. */
    system(pod: string): string {
        return readFileSync(this.own(pod, "system.xml"), "utf8");
    }

    private async remove(): Promise<void> {
        for (const keeper of this.keepers.splice(0)) {
            if (keeper.exitCode !== null || keeper.signalCode !== null) continue;
            // Closed only when the commands that it ran have ended too: one may be writing into the folder.
            const closed = once(keeper, "close");
            keeper.kill("SIGKILL");
            await closed;
        }
        removeFolder(this.folder);
    }
}

/** Writes a file, with its folder. */
export function write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
}
