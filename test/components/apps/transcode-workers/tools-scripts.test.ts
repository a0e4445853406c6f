import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLACES, type Places } from "../../../../components/apps/transcode-workers/places";
import { prepareServer, prepareWorker } from "../../../../components/apps/transcode-workers/tools-scripts";
import { run, type Ended } from "../../../services/jellyfin-settings/house-server";
import { eventually } from "../../../support/eventually";
import { removeFolder } from "../../../support/scratch-folder";

describe("the tools of transcode workers", function () {
    this.timeout(30_000);
    let folder: string;
    let places: Places;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "tools-"));
        const part = (name: string) => {
            mkdirSync(join(folder, name));
            return join(folder, name);
        };
        const [cache, tools, files] = [part("cache"), part("tools"), part("files")];
        places = { ...PLACES, cache, tools, files, state: part("state"), keys: part("keys") };
        for (const key of ["client", "transcode-0"]) writeFileSync(join(places.keys, key), "a key");
        writeFileSync(join(files, "rffmpeg"), `#!/bin/sh\necho "$@" >> ${folder}/told\n`, { mode: 0o755 });
    });
    afterEach(() => removeFolder(folder));

    const start = (script: string, env: NodeJS.ProcessEnv): Promise<Ended> =>
        run(["/bin/sh", "-c", script], { TOOLS_ID: "id", WORKERS: "transcode-0", ...env });
    const fetched = () => {
        mkdirSync(join(places.cache, "tools/id"), { recursive: true });
        writeFileSync(join(places.cache, "tools/id/ssh"), "");
    };
    const server = (seconds: number) =>
        start(prepareServer(places), { POD_NAME: "jellyfin-0", WAIT_SECONDS: String(seconds) });
    const isReady = () => existsSync(join(places.state, "ready"));

    it("are not waited for by Jellyfin for ever: it starts without, and says who fetches them", async () => {
        const { code, output } = await server(0);
        assert.equal(code, 0);
        assert.match(output, /transcodes by itself until its next start; the job transcode-tools fetches them/);
        assert.equal(isReady(), false);
        fetched();
        assert.equal((await server(0)).code, 0);
        assert.ok(isReady());
    });

    it("are taken by Jellyfin where they come while it starts", async () => {
        const started = server(20);
        await eventually("it has begun", () => existsSync(join(places.cache, "jellyfin-0/tmp")));
        fetched();
        assert.equal((await started).code, 0);
        assert.ok(existsSync(join(places.tools, "ssh")) && isReady());
        assert.equal(readFileSync(join(folder, "told"), "utf8"), "init --no-root --yes\nadd transcode-0\n");
    });

    it("are waited for by a worker, which is nothing without them and says so", async () => {
        const started = start(prepareWorker(places), { POD_NAME: "transcode-0" });
        setTimeout(fetched, 500);
        const { code, output } = await started;
        assert.equal(code, 0);
        assert.match(output, /^waits for the tools: the job transcode-tools fetches them/);
        assert.ok(existsSync(join(places.state, "host_key")));
    });
});
