import { strict as assert } from "node:assert";
import { duration, progress, type WorkEvent } from "../../../lab/toolchain/progress";

describe("the progress of the toolchain", () => {
    let clock = 0;
    let written = "";
    const output = (terminal: { isTTY?: boolean; columns?: number }) => ({
        ...terminal,
        write: (text: string) => (written += text),
    });
    const event = (state: WorkEvent["state"], detail = "", name = "etcd"): WorkEvent => {
        return { name, version: "3.6.14", state, detail };
    };

    beforeEach(() => {
        clock = 1_000_000;
        written = "";
    });

    it("without a terminal is one line at the start and one at the end, with the time it took", () => {
        const display = progress(output({}), () => clock);
        display.report(event("queued"));
        display.report(event("building"));
        display.report(event("building", "go: downloading something"));
        clock += 68_000;
        display.report(event("built", "/cache/etcd"));
        display.close();
        assert.deepEqual(written.trimEnd().split("\n"), [
            "etcd 3.6.14 building",
            "etcd 3.6.14 built: 1m08s, /cache/etcd",
        ]);
    });

    it("without a terminal repeats only what still goes on", () => {
        const display = progress(output({}), () => clock);
        display.report(event("building"));
        display.report(event("building", "", "pulumi"));
        display.report(event("failed"));
        written = "";
        clock += 30_000;
        display.remind();
        display.close();
        assert.equal(written, "pulumi 3.6.14 building, 30s\n");
    });

    it("says whom it waits for", () => {
        const display = progress(output({}), () => clock);
        display.report(event("building"));
        display.report(event("waiting", "process 4711 is building it"));
        display.close();
        assert.match(written, /etcd 3\.6\.14 waiting: process 4711 is building it\n$/);
    });

    it("on a terminal paints a row for each tool over itself, none longer than the terminal", () => {
        const display = progress(output({ isTTY: true, columns: 40 }), () => clock);
        display.report(event("queued"));
        display.report(event("queued", "", "pulumi"));
        written = "";
        clock += 5_000;
        display.report(event("building", "go: downloading github.com/example/with/a/long/name v1.2.3"));
        display.close();
        const rows = written.split("\n").map((row) => row.replaceAll(/\x1b\[\d+[AK]/g, ""));
        assert.ok(written.startsWith("\x1b[2A"), "goes up over the two rows painted before");
        assert.equal(rows[1], "  pulumi 3.6.14 queued");
        assert.ok(rows.every((row) => row.length < 40));
    });

    it("shows durations as a person would say them", () => {
        assert.deepEqual([0, 59_400, 60_000, 188_000].map(duration), ["0s", "59s", "1m00s", "3m08s"]);
    });
});
