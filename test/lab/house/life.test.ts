import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { KubeClient } from "../../../lab/kube/client";
import { valueAt } from "../../../lab/plain-values";
import { eventually } from "../../support/eventually";
import { TestHouse, type Ended } from "../../support/house";
import { endpointsOf, nodesOf, podsOf, timesOf, volumesOf } from "./cluster-view";
import { changes, summary } from "./engine-words";
import { describeUpgrade } from "./upgrade";

const SLOT = 60;
/** Soon, so that the tests need not wait for Kubernetes' own 50 seconds; long enough for a busy machine. */
const NODE_GRACE_SECONDS = 10;

const HOST_OF: Readonly<Record<string, string>> = {
    "k3s-server-1": "pve-1",
    "k3s-server-2": "pve-2",
    "k3s-server-3": "pve-3",
    "k3s-agent-1": "pve-1",
    "k3s-agent-2": "pve-2",
    "k3s-agent-3": "pve-3",
    // A failure domain of its own.
    lima: "lima",
};

describe("a house, from its first up on", function () {
    this.timeout(300_000);
    const house = new TestHouse({ slot: SLOT, env: { LAB_NODE_GRACE_SECONDS: String(NODE_GRACE_SECONDS) } });
    let first: Ended;
    let kube: KubeClient;

    before(async () => {
        first = await house.must("up");
        kube = house.kube();
    });
    after(() => house.close());

    /** What a refresh would put into the state, without doing it. */
    const drift = async () => {
        const { code, output, events } = await house.pulumi("refresh", "--preview-only");
        assert.equal(code, 0, output);
        return changes(events);
    };

    it("tells after one command what runs, where, and what to do next", () => {
        const screen = [
            ...[1, 2, 3].map((n) => `pve-${n} +https://127\\.${SLOT}\\.20\\.1${n}:8006/`),
            ...["201 +k3s-server-1 +Ready", "202 +k3s-server-2 +Ready", "203 +k3s-server-3 +Ready"],
            ...[1, 2, 3].map((n) => `21${n} +k3s-agent-${n} +Ready +gpu\\.intel\\.com/i915: 2`),
            ...["\\(joined\\) +lima +Ready", "jellyfin/jellyfin +2/2", "jellyfin/jellyfin-postgres +1/1"],
            ...["platform .* (\\d+)/\\1 workloads", "route +https://jellyfin\\.dev\\.home\\.arpa"],
            ...[
                `AWS +http://127\\.${SLOT}\\.20\\.2:5000`,
                'Next: eval "\\$\\(npm run -s lab -- env\\)"',
                "npm run lab -- power k3s-agent-3 off",
                "lab: up after [\\d.]+ s",
            ],
        ];
        for (const line of screen) assert.match(first.output, new RegExp(`^.*${line}`, "m"));
        assert.match(first.output, /kubeconfig +: \[secret\]/);
        assert.doesNotMatch(first.output, /PRIVATE KEY|pulumi@pve!homelab=/);
    });

    it("has made everything that was planned, and finds all of it where it was made", async () => {
        const planned: unknown = JSON.parse(
            readFileSync(resolve(__dirname, "..", "..", "snapshots", "dev.json"), "utf8"),
        );
        assert.ok(Array.isArray(planned));
        const urns = planned.map((each) => `urn:pulumi:dev::homelab::${String(valueAt(each, "urn"))}`);
        const made = house.resources().map(({ urn }) => urn);
        assert.deepEqual(made.sort(), urns.filter((urn) => !urn.includes("::pulumi:pulumi:Stack::")).sort());
        assert.deepEqual(await drift(), {});
    });

    it("has every machine as a ready node of its host, and the joined board as its own", async () => {
        const nodes = Object.fromEntries(await nodesOf(kube));
        const expected = Object.entries(HOST_OF).map(([name, zone]) => [name, { ready: true, zone }]);
        assert.deepEqual(nodes, Object.fromEntries(expected));
    });

    it("made Jellyfin's second pod after the first had been ready for the seconds that the set asks for", async () => {
        const set = await kube.get("/apis/apps/v1/namespaces/jellyfin/statefulsets/jellyfin");
        const [zero, one] = [await timesOf(kube, "jellyfin-0"), await timesOf(kube, "jellyfin-1")];
        const [asked, waited] = [Number(valueAt(set, "spec.minReadySeconds")), (one.created - zero.readySince) / 1000];
        assert.ok(asked > 0 && waited >= asked, `${waited} s of ${asked}`);
    });

    it("runs Jellyfin's two pods on machines of two hosts, and requests may go to both", async () => {
        const [pods, nodes] = [await podsOf(kube, "jellyfin"), await nodesOf(kube)];
        assert.deepEqual([...pods.keys()].sort(), ["jellyfin-0", "jellyfin-1"]);
        const hosts = [...pods.values()].map(({ node }) => nodes.get(node)?.zone);
        assert.equal(new Set(hosts).size, 2, `both are on ${hosts.join(", ")}`);
        assert.deepEqual(await endpointsOf(kube), { "jellyfin-0": true, "jellyfin-1": true });
    });

    it("needs less than 1.5 GB of memory", () => {
        const processes = house.processes();
        const used = processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
        const each = processes.map(({ residentBytes, command }) => `${Math.round(residentBytes / 1e6)} MB ${command}`);
        assert.ok(processes.length >= 7 && used < 1.5e9, each.join("\n"));
    });

    it("changes nothing when it is brought up again, even from a shell of its own", async () => {
        const again = await house.shell("npm run -s lab -- up");
        assert.equal(again.code, 0, again.output);
        assert.equal(summary(again), `${house.resources().length + 1} unchanged`);
        await house.must("preview", "--expect-no-changes");
    });

    it("answers kubectl, Pulumi, a client of Proxmox and the AWS SDK in a shell of its own", async () => {
        const ask = async (script: string) => {
            const { code, stdout, output } = await house.shell(script);
            assert.equal(code, 0, output);
            return stdout.trim();
        };
        assert.equal((await ask("kubectl get nodes --output name")).split("\n").length, 7);
        assert.match(await ask("cd / && pulumi stack ls --json"), /"name": "(organization\/homelab\/)?dev"/);
        const proxmox = `fetch(process.env.PROXMOX_VE_ENDPOINT + "api2/json/cluster/resources?type=vm", {
            headers: { authorization: "PVEAPIToken=" + process.env.PROXMOX_VE_API_TOKEN },
        }).then((answer) => answer.json()).then(({ data }) => console.log(data.length, "machines"));`;
        assert.equal(await ask(`NODE_EXTRA_CA_CERTS=$PROXMOX_VE_CA_FILE node -e '${proxmox}'`), "6 machines");
        const aws = `const { ECRClient, DescribeRepositoriesCommand } = require("@aws-sdk/client-ecr");
            const { S3Client, ListBucketsCommand } = require("@aws-sdk/client-s3");
            Promise.all([
                new ECRClient({}).send(new DescribeRepositoriesCommand({})),
                new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand({})),
            ]).then(([ecr, s3]) => console.log(ecr.repositories[0].repositoryName, ...s3.Buckets.map(({ Name }) => Name).sort()));`;
        const buckets = ["databases", "etcd", "longhorn"].map((purpose) => `homelab-dev-${purpose}`);
        assert.equal(await ask(`node -e '${aws}'`), ["k3s-homelab/jellyfin-ha", ...buckets].join(" "));
    });

    it("asks before it destroys anything in such a shell", async () => {
        const { code, output } = await house.shell("pulumi destroy --stack dev < /dev/null");
        assert.notEqual(code, 0, output);
        assert.match(output, /--yes/);
        assert.equal((await nodesOf(kube)).size, 7);
    });

    it("shows the console of a machine, and which there are when it is asked for another", async () => {
        assert.match((await house.must("logs", "k3s-agent-1")).stdout, /node k3s-agent-1 registered/);
        const nonsense = await house.lab("logs", "nonsense");
        assert.equal(nonsense.code, 1);
        assert.match(nonsense.output, /nonsense: there is no such log; write one of .*daemon, .*k3s-agent-1, /);
    });

    it("is told from an ill one: status says what up said, and the doctor finds nothing", async () => {
        const { stdout } = await house.must("status");
        assert.ok(first.stdout.includes(stdout.trim().split("\n\nNext:")[0] ?? "nothing"), stdout);
        assert.match((await house.must("doctor")).stdout, /finds nothing wrong/);
    });

    it("refuses to switch what it does not have", async () => {
        const unknown = await house.lab("power", "toaster", "off");
        assert.equal(unknown.code, 1);
        assert.match(unknown.output, /toaster: no such machine \(there are .*k3s-agent-1/);
        const unsaid = await house.lab("power", "k3s-agent-1", "maybe");
        assert.equal(unsaid.code, 1);
        assert.match(unsaid.output, /say which machine and what/);
    });

    describe("after changes by hand in the cluster and in Proxmox", () => {
        const description = "/nodes/pve-2/qemu/212/config";
        const redis = "/apis/apps/v1/namespaces/jellyfin/deployments/jellyfin-redis";
        const pinned = async () => {
            const deployment = await kube.get(redis);
            const containers = valueAt(deployment, "spec.template.spec.containers");
            return {
                image: Array.isArray(containers) ? valueAt(containers[0], "image") : undefined,
                replicas: valueAt(deployment, "spec.replicas"),
                machine: valueAt(await house.proxmox("GET", description), "description"),
                service: (await kube.find("/api/v1/namespaces/jellyfin/services/jellyfin-redis")) !== undefined,
            };
        };
        let asPlanned: unknown;

        before(async () => {
            asPlanned = await pinned();
            const image = `[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"redis:7.0.0"}]`;
            const { code, output } = await house.shell(`
                kubectl --namespace jellyfin patch deployment jellyfin-redis --type json --patch '${image}'
                kubectl --namespace jellyfin scale deployment jellyfin-redis --replicas 3
                kubectl --namespace jellyfin delete service jellyfin-redis`);
            assert.equal(code, 0, output);
            await house.proxmox("PUT", description, { description: "changed by hand" });
            const [image7, machine] = ["redis:7.0.0", "changed by hand"];
            assert.deepEqual(await pinned(), { image: image7, replicas: 3, machine, service: false });
        });

        it("shows exactly them in a refresh", async () => {
            assert.deepEqual(await drift(), {
                "update k3s-agent-2-vm": ["description"],
                "update jellyfin-redis-server-deployment": ["spec.replicas", "spec.template.spec.containers[0].image"],
                "delete jellyfin-redis-server-service": [],
            });
        });

        it("repairs exactly them in the next up", async () => {
            const refresh = await house.pulumi("refresh", "--yes", "--skip-preview");
            assert.equal(refresh.code, 0, refresh.output);
            const preview = await house.lab("preview", "--expect-no-changes");
            assert.notEqual(preview.code, 0, "a preview does not see what is to be repaired");
            const repair = await house.must("up");
            const same = house.resources().length + 1 - 3;
            assert.equal(summary(repair), `+ 1 created, ~ 2 updated, 3 changes. ${same} unchanged`);
            assert.deepEqual(await pinned(), asPlanned);
            assert.deepEqual(await drift(), {});
        });
    });

    describe("when a machine with one of Jellyfin's pods dies", () => {
        let [lostPod, keptPod, lost] = ["", "", ""];
        let volumes: unknown;
        const one = async (instance: string) => {
            const pods = [...(await podsOf(kube, instance)).values()].filter(({ terminating }) => !terminating);
            return pods.length === 1 ? pods[0] : undefined;
        };

        before(async () => {
            const [pods, postgres] = [await podsOf(kube, "jellyfin"), await one("jellyfin-postgres")];
            const [victim, survivor] = [...pods].sort(([, { node }]) => (node === postgres?.node ? 1 : -1));
            assert.ok(victim && survivor && victim[1].node !== postgres?.node);
            [lostPod, keptPod, lost] = [victim[0], survivor[0], victim[1].node];
            volumes = await volumesOf(kube);
            const others = Object.keys(HOST_OF).filter((name) => name !== lost);
            // Redis can move: it starts where it will have to.
            const moved = await house.shell(`
                kubectl cordon ${others.join(" ")}
                kubectl --namespace jellyfin delete pod --wait=false --selector app.kubernetes.io/instance=jellyfin-redis`);
            assert.equal(moved.code, 0, moved.output);
            await eventually("Redis is there", async () => {
                const redis = await one("jellyfin-redis");
                return redis?.node === lost && redis.ready;
            });
            const { code, output } = await house.shell(`kubectl uncordon ${others.join(" ")}`);
            assert.equal(code, 0, output);
        });

        it("takes only its own pod from the Service, and moves only what can move", async () => {
            const [pods, postgres] = [await podsOf(kube, "jellyfin"), await one("jellyfin-postgres")];
            const story = [await endpointsOf(kube)];
            const told = () => story.map((each) => JSON.stringify(each)).join(" -> ");
            assert.deepEqual(story, [{ [keptPod]: true, [lostPod]: true }], told());
            assert.match((await house.must("power", lost, "off")).stdout, new RegExp(`${lost} is off`));
            const seen = async () => {
                const now = await endpointsOf(kube);
                if (JSON.stringify(now) !== JSON.stringify(story.at(-1))) story.push(now);
                return now;
            };
            await eventually(
                `${lost} counts as lost`,
                async () => (await seen(), !(await nodesOf(kube)).get(lost)?.ready),
            );
            await eventually("its pod gets no requests", async () => (await seen())[lostPod] === false || undefined);
            // Half a minute later its pods are evicted, and Redis starts on another machine.
            const moved = await eventually("Redis runs elsewhere", async () => {
                await seen();
                const redis = await one("jellyfin-redis");
                return redis?.ready === true && redis.node !== lost ? redis : undefined;
            });
            assert.notEqual(HOST_OF[moved.node], "", "on a machine of the house");
            assert.ok(
                story.every((each) => each[keptPod] === true),
                `the other pod kept serving: ${told()}`,
            );
            assert.deepEqual(await seen(), { [keptPod]: true, [lostPod]: false }, told());
            // Nobody can tell whether it still writes to its disk, so no second one starts beside it.
            const stuck = { ...pods.get(lostPod), ready: false, terminating: true };
            const after = Object.fromEntries(await podsOf(kube, "jellyfin"));
            assert.deepEqual(after, { [lostPod]: stuck, [keptPod]: pods.get(keptPod) });
            assert.deepEqual(await one("jellyfin-postgres"), postgres);
            const others = [...(await nodesOf(kube))].filter(([name]) => name !== lost);
            assert.deepEqual(
                others.filter(([, { ready }]) => !ready),
                [],
            );
            assert.match((await house.must("status")).stdout, new RegExp(`${lost} +power off`));
        });

        it("is whole again when the machine is back, with the same disks", async () => {
            await house.must("power", lost, "on");
            await eventually("every node is ready", async () =>
                [...(await nodesOf(kube)).values()].every(({ ready }) => ready),
            );
            await eventually(
                "requests go to both pods",
                async () => Object.values(await endpointsOf(kube)).join() === "true,true",
            );
            const [pods, nodes] = [await podsOf(kube, "jellyfin"), await nodesOf(kube)];
            assert.equal(new Set([...pods.values()].map(({ node }) => nodes.get(node)?.zone)).size, 2);
            assert.deepEqual(await volumesOf(kube), volumes);
            await house.must("preview", "--expect-no-changes");
        });
    });

    describeUpgrade(house, () => kube);
});
