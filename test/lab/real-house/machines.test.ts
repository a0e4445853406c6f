import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { valueAt } from "../../../lab/plain-values";
import type { KubeClient } from "../../../lab/kube/client";
import { isRunning, recordedProcesses } from "../../../lab/process/pid-file";
import { createAuthority } from "../../../lab/pki/certificate";
import { eventually } from "../../support/eventually";
import { TestHouse, type Ended } from "../../support/house";
import { podsOf } from "../house/cluster-view";
import { describeSecretPlaces } from "../house/secret-places";
import { describeDrain } from "./drain";
import { describeFailover } from "./failover";
import { describeFaults } from "./faults";
import { describeFirstStart } from "./first-start";
import { describeMigration } from "./migration";
import { hostState, type HostState } from "./host-state";
import { describePowerCut } from "./power-cut";
import { cookieOf, knock, visit, type Door } from "./visitor";

const SLOT = 74;
/** Sooner than Kubernetes' own 50 seconds; long enough for six kubelets on two processors. */
const NODE_GRACE_SECONDS = 20;

describe("a house whose machines run real containers", function () {
    this.timeout(600_000);
    const house = new TestHouse({
        slot: SLOT,
        env: { LAB_NODES: "real", LAB_NODE_GRACE_SECONDS: String(NODE_GRACE_SECONDS) },
    });
    /** Where the ingress answers on a machine, to a browser that was told to trust the house. */
    const doorAt = (address: string): Door => ({
        address: house.address(address),
        // Known when the house is up.
        get authority() {
            return readFileSync(house.paths.houseAuthority, "utf8");
        },
    });
    const door = doorAt("127.0.20.21");
    let untouched: HostState;
    let first: Ended;
    let kube: KubeClient;

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        untouched = hostState(house.paths.root);
        first = await house.must("up");
        kube = house.kube();
    });
    after(() => house.close());

    /** Runs a shell command in a pod of the house. @returns exit code and what it printed */
    const inPod = (pod: string, command: string, container = "") =>
        house.shell(
            `kubectl --namespace jellyfin exec ${pod} ${container && `--container ${container}`} -- bash -c '${command}'`,
        );
    const podOf = async (instance: string): Promise<string> => {
        const [name] = [...(await podsOf(kube, instance))].find(([, { terminating }]) => !terminating) ?? [""];
        return name;
    };
    /** Two pods of Jellyfin that are ready, and the database. */
    const whole = () =>
        eventually(
            "Jellyfin and its database are whole",
            async () => {
                const [web, database] = [await podsOf(kube, "jellyfin"), await podsOf(kube, "jellyfin-postgres")];
                const ready = [...web.values(), ...database.values()].filter((pod) => pod.ready && !pod.terminating);
                return ready.length === 3 && web.size === 2;
            },
            240_000,
        );

    it("says that they are real, and in which images another program runs than their names say", () => {
        assert.match(first.output, new RegExp(`^Lab ${SLOT}: real containers on the machines`, "m"));
        assert.match(first.output, /Other programs than their names say run in \d+ of \d+ images: .*jellyfin\.pgsql/);
        assert.match(first.output, new RegExp(`in /etc/hosts: ${door.address} jellyfin\\.dev\\.home\\.arpa`));
        assert.match(first.output, /jellyfin\/jellyfin +2\/2/);
    });

    it("has nodes with the processors and the memory that Proxmox gave to the machines", async () => {
        const node = await kube.get("/api/v1/nodes/k3s-agent-1");
        assert.equal(valueAt(node, "status.capacity.cpu"), "6");
        assert.equal(valueAt(node, "status.capacity.memory"), "12Gi");
        assert.match(String(valueAt(node, "status.nodeInfo.containerRuntimeVersion")), /^containerd:\/\/2\./);
        assert.equal(valueAt(node, "status.nodeInfo.kubeletVersion"), "v1.36.3");
    });

    it("runs PostgreSQL, Redis and Jellyfin, which pass their own probes without a restart", async () => {
        const { items } = await kube.get<{ items: unknown[] }>("/api/v1/namespaces/jellyfin/pods");
        const statuses = items.flatMap((pod) => valueAt(pod, "status.containerStatuses") as unknown[]);
        const running = statuses.filter((status) => valueAt(status, "state.running") !== undefined);
        const names = running.map((status) => String(valueAt(status, "name")));
        for (const [name, count] of [
            ["jellyfin", 2],
            ["postgres", 1],
            ["redis", 1],
        ] as const)
            assert.equal(names.filter((each) => each === name).length, count, names.join(" "));
        const faulty = running.filter(
            (status) => valueAt(status, "ready") !== true || valueAt(status, "restartCount") !== 0,
        );
        assert.deepEqual(faulty, []);
        const asked = await inPod(
            "jellyfin-postgres-0",
            'psql --username=postgres --tuples-only --command="select count(*) from pg_roles where rolname = \\$\\$jellyfin\\$\\$"',
        );
        assert.equal(asked.stdout.trim(), "1", asked.output);
        const logs = await house.shell("kubectl --namespace jellyfin logs jellyfin-postgres-0");
        assert.match(logs.stdout, /ready to accept connections/);
    });

    it("keeps a visitor with the cookie on one pod, ten times in ten, whichever machine takes the request", async () => {
        const cookie = await cookieOf(door, "jellyfin-1");
        const doors = ["127.0.20.21", "127.0.20.31", "127.0.20.32", "127.0.20.33"].map(doorAt);
        const answers = await Promise.all(
            Array.from({ length: 10 }, (_, turn) => visit(doors[turn % 4] ?? door, cookie)),
        );
        assert.deepEqual(
            answers.map(({ status, pod }) => `${status} ${pod}`),
            Array.from({ length: 10 }, () => "200 jellyfin-1"),
        );
        const strangers = await Promise.all(Array.from({ length: 10 }, () => visit(door)));
        assert.deepEqual([...new Set(strangers.map(({ pod }) => pod))].sort(), ["jellyfin-0", "jellyfin-1"]);
    });

    it("answers over https with the house's own certificate, and leads plain http there", async () => {
        const { status, cookie } = await visit(door);
        assert.equal(status, 200);
        assert.match(cookie, /^jellyfin_server_id=/);
        const plain = await knock(door.address, 80);
        assert.deepEqual([plain.status, plain.location], [302, "https://jellyfin.dev.home.arpa/System/Ping"]);
        const stranger = await visit({
            address: door.address,
            authority: (await createAuthority("somebody else")).certificate,
        });
        assert.equal(stranger.status, 0, "a browser that trusts somebody else accepts it");
    });

    it("has a door for the internet, at which nobody finds what is meant for the house", async () => {
        assert.equal((await visit({ ...door, port: 4443 })).status, 404);
    });

    it("shows nobody who comes in by its name the figures, by whichever of their addresses", async () => {
        const asked = await inPod("jellyfin-0", "curl -fsS http://127.0.0.1:8096/emby/metrics", "jellyfin");
        assert.equal(asked.code, 0, asked.output);
        for (const path of ["/metrics", "/emby/metrics", "/MediaBrowser/Metrics"])
            assert.equal((await visit(door, "", path)).status, 404, path);
        // A Traefik that refuses an encoded percent sign says 400.
        assert.ok((await visit(door, "", "/emby/%256detrics")).status >= 400);
    });

    it("writes down who was served, but no cookie and no key of a visitor's", async () => {
        await visit(door, "jellyfin_server_id=cookie-of-somebody", "/System/Ping?api_key=key-of-somebody");
        const { stdout } = await house.shell(
            "kubectl --namespace kube-system logs --selector app.kubernetes.io/name=traefik --tail 400",
        );
        assert.match(stdout, /"DownstreamStatus":200.*"RequestHost":"jellyfin\.dev\.home\.arpa"/);
        assert.doesNotMatch(stdout, /of-somebody/);
    });

    it("resolves names through its own DNS and the resolvers that the house forwards to", async () => {
        const asked = await inPod(
            "jellyfin-0",
            "getent hosts jellyfin-postgres.jellyfin.svc.cluster.local; getent hosts resolver.example; getent hosts nobody.example; true",
            "jellyfin",
        );
        assert.match(asked.output, /^10\.43\.\d+\.\d+ +jellyfin-postgres\.jellyfin\.svc\.cluster\.local$/m);
        assert.match(asked.output, /^192\.0\.2\.53 +resolver\.example$/m);
        assert.doesNotMatch(asked.output, /nobody/);
    });

    it("lets Jellyfin reach its database, and refuses Redis the same", async () => {
        const address = String(
            valueAt(await kube.get("/api/v1/namespaces/jellyfin/services/jellyfin-postgres"), "spec.clusterIP"),
        );
        const connect = `timeout 5 bash -c "exec 3<>/dev/tcp/${address}/5432"`;
        const allowed = await inPod("jellyfin-0", connect, "jellyfin");
        assert.equal(allowed.code, 0, allowed.output);
        const denied = await inPod(await podOf("jellyfin-redis"), connect);
        assert.match(denied.output, /Connection refused/);
    });

    it("gives each pod a disk of the size that it claimed, and both the same files of the NAS", async () => {
        const disk = await inPod("jellyfin-0", "df --output=fstype,size --block-size=1G /cache | tail -1", "jellyfin");
        assert.match(disk.stdout.trim(), /^ext4 +10$/);
        const note = await inPod(
            "jellyfin-0",
            "echo shared > /config/note && ln /config/note /config/same",
            "jellyfin",
        );
        assert.equal(note.code, 0, note.output);
        const read = await inPod(
            "jellyfin-1",
            "cat /config/same && stat --format=%h /config/same && rm /config/note /config/same",
            "jellyfin",
        );
        assert.deepEqual(read.stdout.trim().split("\n"), ["shared", "2"]);
    });

    it("measures what its pods use", async () => {
        const top = await eventually("metrics-server has measured", async () => {
            const { code, stdout } = await house.shell("kubectl top pods --namespace jellyfin --no-headers");
            return code === 0 ? stdout : undefined;
        });
        assert.match(top, /^jellyfin-0 +\d+m +[1-9]\d*Mi/m);
    });

    describeFirstStart({ house, kube: () => kube });

    describeSecretPlaces(house);

    describeFaults(() => house);

    describeFailover({ house, door, kube: () => kube, whole });

    describeMigration({ house, door, kube: () => kube, whole });

    describeDrain({ house, door, kube: () => kube, whole });

    describePowerCut({ house, door, kube: () => kube, whole });

    describe("when what runs the machines is killed", () => {
        /** These do not depend on it; the next `up` finds them and goes on with them. */
        const beside = ["moto", "plugins"];
        const running = () => recordedProcesses(house.paths.run).filter(isRunning);

        it("leaves no process, mount or cgroup of any machine", async () => {
            const [daemon] = running().filter(({ name }) => name === "daemon");
            assert.ok(daemon !== undefined, "the daemon runs");
            process.kill(daemon.pid, "SIGKILL");
            await eventually("everything has ended with it", async () =>
                running().every(({ name }) => beside.includes(name)),
            );
            assert.deepEqual(
                running()
                    .map(({ name }) => name)
                    .sort(),
                beside,
            );
            const left = ({ mounts, cgroups, loopDevices, links }: HostState) => ({
                ...{ mounts, cgroups, loopDevices, links },
            });
            // The kernel frees what a process held a moment after its end.
            await eventually("nothing is left", () => {
                assert.deepEqual(left(hostState(house.paths.root)), left(untouched));
                return true;
            });
        });

        it("goes on from the machines' disks at the next up, and the program finds nothing to change", async () => {
            await house.must("up");
            await whole();
            await house.must("preview", "--expect-no-changes");
        });
    });

    describe("when it is taken down", () => {
        it("leaves the machine that ran it as it was", async () => {
            await house.must("down");
            await eventually("nothing is left", () => {
                assert.deepEqual(hostState(house.paths.root), untouched);
                return true;
            });
            assert.deepEqual(house.processes(), []);
        });
    });
});
