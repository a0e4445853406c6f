import assert from "node:assert/strict";
import { lastWords } from "../../../../../lab/providers/kubernetes/await/last-words";
import { reasonsOf } from "../../../../../lab/providers/kubernetes/await/reasons";
import type { Surroundings } from "../../../../../lab/providers/kubernetes/await/verdict";
import type { KubeValue, Tree } from "../../../../../lab/providers/kubernetes/object";

const running = { running: { startedAt: "2026-01-01T00:00:00Z" } };
const ended = (exitCode: number, reason = "Error") => ({ terminated: { exitCode, reason } });
const waiting = (reason: string) => ({ waiting: { reason } });

function container(name: string, state: Tree, lastState: Tree = {}, ready = false): Tree {
    return { name, state, lastState, ready };
}

function pod(name: string, containers: Tree[], limits: Tree = {}): Tree {
    const spec = {
        containers: containers.map((one): KubeValue => ({ name: one["name"] ?? "", resources: { limits } })),
    };
    const metadata = { name, namespace: "rooms", uid: name };
    return { kind: "Pod", metadata, spec, status: { containerStatuses: containers } };
}

/** A cluster that knows nothing but logs; `asked` has whose were read. */
function cluster(log: string | undefined): Surroundings & { readonly asked: string[] } {
    const asked: string[] = [];
    return {
        asked,
        list: () => Promise.resolve([]),
        find: () => Promise.resolve(undefined),
        log(namespace, name, container, { previous, lines }) {
            asked.push(`${namespace}/${name} ${container}${previous ? " before" : ""} ${lines}`);
            return Promise.resolve(log);
        },
    };
}

describe("the last words of containers", () => {
    const of = (pods: Tree[], log: string | undefined) => lastWords(pods, cluster(log));
    const askedFor = async (...pods: Tree[]) => {
        const around = cluster("");
        await lastWords(pods, around);
        return around.asked;
    };

    it("are those of the life that tells why", async () => {
        const crashed = container("crashed", waiting("CrashLoopBackOff"), ended(1));
        assert.deepEqual(await askedFor(pod("a", [crashed])), ["rooms/a crashed before 5"]);
        const again = container("again", running, ended(0, "Completed"));
        assert.deepEqual(await askedFor(pod("a", [again])), ["rooms/a again before 5"]);
        const over = container("over", ended(1), ended(1));
        assert.deepEqual(await askedFor(pod("a", [over])), ["rooms/a over 5"]);
        const deaf = container("deaf", running);
        assert.deepEqual(await askedFor(pod("a", [deaf])), ["rooms/a deaf 5"]);
    });

    it("are not asked of a container that is ready or has not lived", async () => {
        const well = container("well", running, ended(1), true);
        const unborn = container("unborn", waiting("ImagePullBackOff"));
        assert.deepEqual(await askedFor(pod("a", [well, unborn]), pod("b", [])), []);
    });

    it("are asked of one of several replicas, and of three containers at most", async () => {
        const crashed = (name: string) => container(name, ended(1));
        assert.deepEqual(await askedFor(pod("a", [crashed("web")]), pod("b", [crashed("web")])), ["rooms/a web 5"]);
        const many = pod("a", ["one", "two", "three", "four"].map(crashed));
        assert.equal((await askedFor(many)).length, 3);
    });

    it("stand below the name of who said them, five lines of them, each cut", async () => {
        const log = `${["zero", "one", "two", "three", "four"].join("\n")}\n\n${"x".repeat(300)}\r\n`;
        const [told, ...more] = await of([pod("a", [container("web", ended(1))])], log);
        const [first, ...lines] = told?.split("\n") ?? [];
        assert.equal(first, "pod a: container web printed last:");
        assert.deepEqual(
            lines.map((line) => line.trim()),
            ["one", "two", "three", "four", `${"x".repeat(200)} ...`],
        );
        assert.deepEqual(more, []);
    });

    it("come without colours and what else a terminal would obey", async () => {
        const log = "\u001b[31mno such file\u001b[0m\u0007\n\u001b[2J\n";
        const [told = ""] = await of([pod("a", [container("web", ended(1))])], log);
        assert.deepEqual(told.split("\n").at(-1)?.trim(), "no such file");
    });

    it("are left out where nothing was said or nothing can be read", async () => {
        const crashed = pod("a", [container("web", ended(1))]);
        assert.deepEqual(await of([crashed], undefined), []);
        assert.deepEqual(await of([crashed], "\n \n"), []);
    });
});

describe("the reasons of a pod that is not ready", () => {
    const killed = () => ended(137, "OOMKilled");

    it("name the limit that a container was killed for, once", async () => {
        const victim = pod("a", [container("web", killed(), killed())], { memory: "24Mi" });
        assert.deepEqual(await reasonsOf(victim, cluster("loading")), [
            "pod a: container web ended with exit code 137: OOMKilled: its memory limit is 24Mi",
            "pod a: container web printed last:\n\t    loading",
        ]);
    });

    it("name no limit where it has none, or died of something else", async () => {
        const text = async (one: Tree) => (await reasonsOf(one, cluster(undefined))).join("\n");
        const unlimited = pod("a", [container("web", killed())]);
        assert.equal(await text(unlimited), "pod a: container web ended with exit code 137: OOMKilled");
        const other = pod("a", [container("web", ended(137))], { memory: "24Mi" });
        assert.equal(await text(other), "pod a: container web ended with exit code 137: Error");
    });

    it("leave a Service's pods to the workload that keeps them", async () => {
        const service = {
            kind: "Service",
            metadata: { name: "web", namespace: "rooms" },
            spec: { selector: { app: "web" } },
        };
        const around = { ...cluster("loading"), list: () => Promise.resolve([pod("a", [container("web", ended(1))])]) };
        assert.deepEqual(await reasonsOf(service, around), ["pod a: container web ended with exit code 1: Error"]);
        assert.deepEqual(around.asked, []);
    });
});
