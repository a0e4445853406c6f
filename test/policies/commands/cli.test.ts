import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../policies/cli";
import type { Rule } from "../../../policies/model/rule";
import { rules } from "../../../policies/rules/index";
import { excuse, namespace, service, surroundings, today, workload } from "../house";
import { unknownText } from "../preview";
import { removeFolder } from "../../support/scratch-folder";

const folder = mkdtempSync(join(tmpdir(), "policy-cli-"));

function file(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
}

/** Runs the command as the shell does, on the tests' day. */
async function policy(args: readonly string[], asked: readonly Rule[] = rules) {
    const [printed, complaints]: [string[], string[]] = [[], []];
    const print = (line: string) => printed.push(line);
    const code = await main(args, { rules: asked, today, print }, (line) => complaints.push(line));
    return { code, printed: printed.join("\n"), complaint: complaints.join("\n") };
}

describe("npm run policy", () => {
    for (const [what, args, complaint] of [
        ["no command", [], /^no command\n\nusage: /],
        ["a command that is none", ["toString"], /^there is no command toString\n\nusage: /],
        ["a rule that is none", ["explain", "image-pined"], /^there is no rule image-pined; is it .*image-pinned/],
        ["nothing to explain", ["explain"], /takes the name of one rule/],
        ["a file that is not there", ["audit", "/nowhere.json"], /^\/nowhere\.json: ENOENT/],
        ["nothing to audit", ["audit"], /^audit takes one file/],
        ["a flag that is none", ["audit", "--all"], /^audit takes one file/],
        ["a file of something else", ["exceptions", file("else.json", { a: 1 })], /neither resources nor objects/],
        ["a file that is no JSON", ["audit", file("cut.json", "{")], /cut\.json: /],
    ] as const) {
        it(`ends with 2 and says why for ${what}`, async () => {
            const { code, complaint: said } = await policy(args);
            assert.equal(code, 2);
            assert.match(said, complaint);
        });
    }

    it("ends its process with that code", () => {
        const run = () =>
            execFileSync(process.execPath, ["--import", "tsx", "policies/cli.ts", "explain", "x"], {
                cwd: join(__dirname, "../../.."),
                stdio: "pipe",
            });
        assert.throws(run, { status: 2 });
    });

    it("shows its commands when it is asked for help", async () => {
        assert.match((await policy(["help"])).printed, /audit <stack export/);
    });

    it("lists every rule", async () => {
        const { code, printed } = await policy(["rules"]);
        assert.deepEqual([code, printed.split("\n").length], [0, rules.length]);
    });

    it("says how long each rule takes, the slowest first", async () => {
        const { code, printed } = await policy(["time", file("timed.json", [workload(), service()])]);
        const lines = printed.split("\n");
        assert.deepEqual([code, lines.length], [0, rules.length + 1]);
        assert.match(lines.at(-1) ?? "", /^mean over 2 resources +\d+\.\d\d ms$/);
        const times = lines.slice(0, -1).map((line) => Number(/([\d.]+) ms$/.exec(line)?.[1]));
        assert.deepEqual(
            times,
            times.toSorted((a, b) => b - a),
        );
    });

    it("explains every rule: what it wants, why, what to write, and how to except something", async () => {
        for (const { name, description, incident, instead } of rules) {
            const { code, printed } = await policy(["explain", name]);
            assert.equal(code, 0);
            for (const text of [description, incident, instead, `policy.homelab/allow-${name}: "<reason>; owner=`]) {
                assert.ok(printed.includes(text), `${name}: ${text}`);
            }
        }
    });
});

describe("npm run policy -- exceptions", () => {
    const annotations = {
        "policy.homelab/allow-image-pinned": excuse("built in the house"),
        "policy.homelab/allow-no-privileged-container": excuse("mounts disks", "2026-12-31"),
        "policy.homelab/allow-read-only-rot": excuse("writes to its own folder"),
        "policy.homelab/allow-run-as-non-root": "",
        "example.org/other": "no exception",
    };

    it("lists rule, object, reason, owner and last day, and which of them excuse nothing", async () => {
        const { code, printed } = await policy([
            "exceptions",
            file("graph.json", [workload({ annotations }), service()]),
        ]);
        assert.equal(code, 1);
        assert.deepEqual(printed.split("\n"), [
            "image-pinned  StatefulSet media/jellyfin  built in the house  owner the house  until 2027-06-30",
            "no-privileged-container  StatefulSet media/jellyfin  mounts disks  owner the house  until 2026-12-31  " +
                "EXCUSES NOTHING: ended on 2026-12-31 (owner: the house)",
            "read-only-rot  StatefulSet media/jellyfin  writes to its own folder  owner the house  until 2027-06-30  " +
                "EXCUSES NOTHING: there is no such rule",
            "run-as-non-root  StatefulSet media/jellyfin  -  owner -  until -  EXCUSES NOTHING: no reason is given",
        ]);
    });

    it("reads what `pulumi stack export` prints, and ends with 0 where all hold", async () => {
        const urn = "urn:pulumi:dev::homelab::homelab:apps:Backup$kubernetes:batch/v1:Job::restore";
        const text = excuse("built in the house");
        const inputs = { metadata: { annotations: { "policy.homelab/allow-image-pinned": text } } };
        const graph = { version: 3, deployment: { resources: [{ urn, type: "kubernetes:batch/v1:Job", inputs }] } };
        const { code, printed } = await policy(["exceptions", file("state.json", graph)]);
        assert.equal(code, 0);
        assert.match(printed, /^image-pinned {2}Job restore {2}built in the house/);
    });

    it("does not hide annotations that are unknown", async () => {
        const graph = file("unknown.json", [workload({ annotations: unknownText })]);
        assert.equal(
            (await policy(["exceptions", graph])).printed,
            "?  StatefulSet media/jellyfin  metadata.annotations is not known yet",
        );
    });

    it("reads the reviewed graphs of the stack files where no file is named", async () => {
        const { code, printed, complaint } = await policy(["exceptions"]);
        assert.deepEqual([code, complaint], [0, ""]);
        // The house's DNS reads the cluster's Services, for which it needs a token.
        assert.match(printed, /^no-api-token {2}Deployment kube-system\/cluster-dns .* until \d{4}-\d{2}-\d{2}$/m);
    });
});

describe("npm run policy -- audit", () => {
    after(() => removeFolder(folder));

    const good = [workload(), service(), ...surroundings()];
    const asObjects = (facts: typeof good, more: readonly object[] = []) => ({
        kind: "List",
        items: [
            ...facts.map(({ type, props }) => {
                const [, version = "", kind] = type.split(":");
                return { apiVersion: version.replace(/^core\//, ""), kind, ...props };
            }),
            ...more,
        ],
    });

    it("finds nothing in a good state, and says how much it looked at", async () => {
        const resources = good.map(({ urn, type, props }) => ({ urn, type, inputs: props }));
        const { code, printed } = await policy(["audit", file("good.json", { deployment: { resources } })]);
        assert.match(printed, /^5 resources, \d+ rules: 0 mandatory, 0 advisory, 0 rules broken$/);
        assert.equal(code, 0);
    });

    it("judges the objects that `kubectl get -o json` prints", async () => {
        const container = { image: "jellyfin/jellyfin:latest", securityContext: { privileged: true } };
        const bad = [workload({ container }), service(), ...surroundings()];
        const { code, printed } = await policy(["audit", file("objects.json", asObjects(bad))]);
        assert.equal(code, 1);
        assert.match(
            printed,
            /^mandatory {2}StatefulSet media\/jellyfin .*latest has a tag that moves \(image-pinned\); /m,
        );
        assert.match(printed, /^mandatory {2}.*\(no-privileged-container\); /m);
    });

    it("looks at what somebody wrote, not at what a controller made of it", async () => {
        const ownerReferences = [{ kind: "StatefulSet", name: "jellyfin", controller: true }];
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "jellyfin-0", namespace: "media", ownerReferences },
        };
        const { printed } = await policy(["audit", file("pods.json", asObjects(good, [pod]))]);
        assert.match(printed, /^5 resources, .* 0 mandatory/);
    });

    it("shows only the namespaces that it was asked for", async () => {
        const bad = workload({ name: "other", namespace: "tools", container: { image: "x" } });
        const objects = file("two.json", asObjects([...good, bad, namespace("tools")]));
        assert.equal((await policy(["audit", objects, "--namespace", "media"])).code, 0);
        assert.match((await policy(["audit", objects, "-n", "tools"])).printed, /StatefulSet tools\/other/);
    });

    it("reads secrets of a state that shows them, leaves others unchecked, and prints neither", async () => {
        const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
        const shown = workload({ container: { image: { ...mark, plaintext: '"registry.example/5f2e:latest"' } } });
        const hidden = workload({ container: { image: { ...mark, ciphertext: "v1:abc" } } });
        const resources = [shown, hidden].map(({ type, props }, index) => ({
            urn: `urn:pulumi:a::b::${type}::${index}`,
            type,
            inputs: props,
        }));
        const { printed } = await policy(["audit", file("secret.json", { deployment: { resources } })]);
        assert.match(printed, /\[secret\] has a tag that moves/);
        assert.match(printed, /^not checked {2}.*image: the value is not shown \(image-pinned\)$/m);
        assert.doesNotMatch(printed, /5f2e|v1:abc/);
    });

    it("tells a rule that is broken, and does not end as if all were well", async () => {
        const broken: Rule = {
            ...rules[0],
            kind: "resource",
            name: "cannot-count",
            level: "advisory",
            severity: "low",
            description: "",
            incident: "",
            instead: "",
            applies: () => true,
            check: () => {
                throw new Error("not a number");
            },
        };
        const { code, printed } = await policy(["audit", file("list.json", good)], [broken]);
        assert.equal(code, 1);
        assert.match(
            printed,
            /^broken {2}StatefulSet media\/jellyfin: the rule cannot-count itself is broken \(not a number\)/m,
        );
    });
});
