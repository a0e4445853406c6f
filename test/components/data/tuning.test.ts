import assert from "node:assert/strict";
import { asArguments, tunedFor } from "../../../components/data/tuning";
import { TestDatabase } from "../../lab/images/programs/database";
import { postgresFolder } from "../../lab/images/programs/programs";

const PASSWORD = "correct horse";

describe("the tuning of a server", () => {
    it("gives a quarter of the memory to buffers, and no less than PostgreSQL's own to a sort", () => {
        assert.deepEqual(tunedFor({ memoryMiB: 1024, maxConnections: 300 }), {
            max_connections: "300",
            shared_buffers: "256MB",
            effective_cache_size: "512MB",
            maintenance_work_mem: "64MB",
            work_mem: "4MB",
            random_page_cost: "1.1",
        });
    });

    it("grows with the memory, where the manual and pgtune grow", () => {
        const large = tunedFor({ memoryMiB: 65536, maxConnections: 100 });
        assert.deepEqual(
            [large["shared_buffers"], large["maintenance_work_mem"], large["work_mem"]],
            ["16384MB", "2048MB", "163MB"],
        );
    });

    it("promises no more than there is, at any size", () => {
        for (const memoryMiB of [256, 512, 1024, 4096, 65536]) {
            const { shared_buffers: buffers = "", maintenance_work_mem: maintenance = "" } = tunedFor({
                memoryMiB,
                maxConnections: 300,
            });
            assert.ok(parseInt(buffers) + parseInt(maintenance) <= memoryMiB / 2, String(memoryMiB));
        }
    });

    it("is taken by a real server, at the least and at the default size", async function () {
        this.timeout(60_000);
        const programs = postgresFolder() ?? this.skip();
        for (const memoryMiB of [256, 1024]) {
            const database: TestDatabase = new TestDatabase(programs);
            try {
                const settings = tunedFor({ memoryMiB, maxConnections: 300 });
                await database.start(PASSWORD, asArguments(settings));
                const shown: unknown = await database.query(
                    "SELECT current_setting('shared_buffers') AS buffers, current_setting('max_connections') AS most",
                    { password: PASSWORD },
                );
                assert.deepEqual(shown, [{ buffers: settings["shared_buffers"], most: "300" }]);
            } finally {
                await database.remove();
            }
        }
    });
});
