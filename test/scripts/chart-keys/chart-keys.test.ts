import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeFolder } from "../../support/scratch-folder";

const root = resolve(__dirname, "..", "..", "..");

const VALUES = `replicas: 2
image:
  repository: example/web
  tag: ""
resources: {}
args: []
# extraArgs:
#   - --verbose
nodeSelector:
  kubernetes.io/os: linux
`;
const SCHEMA = {
    type: "object",
    properties: {
        replicas: { type: "integer" },
        image: { type: "object", properties: { digest: { type: ["string", "null"] } } },
        resources: { type: "object", properties: { limits: { type: "object" } } },
        ports: { type: "object", properties: { web: { type: "integer" } } },
    },
};

describe("what values a chart knows, read from its archive", () => {
    let folder: string;
    const run = (...args: string[]) =>
        spawnSync(process.execPath, ["--import", "tsx", "scripts/chart-keys.ts", ...args], {
            cwd: root,
            encoding: "utf8",
        });
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "chart-"));
        mkdirSync(join(folder, "web", "charts", "inner"), { recursive: true });
        writeFileSync(join(folder, "web", "Chart.yaml"), "name: web\nversion: 1.2.3\nappVersion: 7\n");
        writeFileSync(join(folder, "web", "values.yaml"), VALUES);
        writeFileSync(join(folder, "web", "values.schema.json"), JSON.stringify(SCHEMA));
        writeFileSync(join(folder, "web", "charts", "inner", "values.yaml"), "wrong: true\n");
        execFileSync("tar", ["-czf", join(folder, "web.tgz"), "-C", folder, "web"]);
    });
    after(() => removeFolder(folder));

    it("is every leaf of its defaults, what only its schema names, and names of its examples", () => {
        const { status, stderr } = run(
            "--repository",
            "https://charts.example.org",
            "--to",
            folder,
            `${folder}/web.tgz`,
        );
        assert.equal(status, 0, stderr);
        assert.deepEqual(JSON.parse(readFileSync(join(folder, "web.json"), "utf8")), {
            chart: "web",
            version: "1.2.3",
            appVersion: "7",
            repository: "https://charts.example.org",
            keys: {
                replicas: "number",
                "image.repository": "string",
                "image.tag": "string",
                resources: "map",
                args: "list",
                "nodeSelector.kubernetes\\.io/os": "string",
                "image.digest": "string",
                "ports.web": "number",
            },
            namesSeenInComments: ["extraArgs"],
        });
    });

    it("is refused for an archive that is no chart, and asked for where there is none", () => {
        execFileSync("tar", ["-czf", join(folder, "none.tgz"), "-C", folder, "web/values.yaml"]);
        assert.match(run("--to", folder, join(folder, "none.tgz")).stderr, /has no Chart\.yaml; give the archive/);
        assert.equal(run().status, 2);
    });
});
