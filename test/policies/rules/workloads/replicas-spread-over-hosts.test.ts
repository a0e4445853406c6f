import assert from "node:assert/strict";
import { replicasSpreadOverHosts as rule } from "../../../../policies/rules/workloads/replicas-spread-over-hosts";
import { excuse, fact, judge, overHosts, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const zone = "topology.kubernetes.io/zone";
const clean = { messages: [], unchecked: [] };

function constraint(over: Readonly<Record<string, unknown>> = {}) {
    const good = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "DoNotSchedule" };
    return {
        affinity: undefined,
        topologySpreadConstraints: [{ ...good, labelSelector: { matchLabels: webLabels }, ...over }],
    };
}

function complaint(pod: Readonly<Record<string, unknown>>): string {
    const { messages, unchecked } = judge(rule, workload({ pod }));
    assert.deepEqual(unchecked, []);
    assert.equal(messages.length, 1, "one message, since it is one mistake");
    return messages.join("\n");
}

describe("replicas-spread-over-hosts", () => {
    it("accepts required anti-affinity over the host label", () => {
        assert.deepEqual(judge(rule, workload()), clean);
    });

    it("accepts a selector that says the same with an expression", () => {
        const [first, second] = Object.entries(webLabels);
        const labelSelector = {
            matchLabels: first ? { [first[0]]: first[1] } : {},
            matchExpressions: [{ key: second?.[0], operator: "In", values: [second?.[1]] }],
        };
        assert.deepEqual(judge(rule, workload({ pod: overHosts({ labelSelector }) })), clean);
    });

    it("accepts a spread constraint that schedules nothing rather than two on one host", () => {
        assert.deepEqual(judge(rule, workload({ pod: constraint() })), clean);
    });

    it("accepts the view with the server's defaults", () => {
        const pod = {
            ...overHosts(),
            schedulerName: "default-scheduler",
            topologySpreadConstraints: null,
            nodeName: null,
        };
        assert.deepEqual(judge(rule, workload({ pod })), clean);
    });

    it("accepts one good term beside others", () => {
        const good = overHosts();
        const nodes = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: webLabels } };
        assert.deepEqual(judge(rule, workload({ pod: { ...good, topologySpreadConstraints: [nodes] } })), clean);
    });

    for (const replicas of [0, 1, undefined, null]) {
        it(`does not ask anything of ${replicas} replicas`, () => {
            const lonely = fact("kubernetes:apps/v1:Deployment", { metadata: { name: "x" }, spec: { replicas } });
            assert.deepEqual(judge(rule, lonely), clean);
        });
    }

    for (const type of [
        "kubernetes:apps/v1:DaemonSet",
        "kubernetes:core/v1:Service",
        "aws:s3/bucket:Bucket",
        "homelab:apps:X",
    ]) {
        it(`does not apply to ${type}`, () => {
            assert.equal(rule.applies(type), false);
        });
    }

    it("refuses replicas that nothing spreads, and says what to write", () => {
        const message = complaint({ affinity: undefined });
        assert.match(
            message,
            /^StatefulSet media\/jellyfin spec\.replicas: 2 replicas may share a host: nothing spreads them/,
        );
        assert.match(
            message,
            /\(replicas-spread-over-hosts\); require pod anti-affinity .*topologyKey topology\.kubernetes\.io\/zone/,
        );
        assert.match(message, /\{ app\.kubernetes\.io\/name: jellyfin, app\.kubernetes\.io\/component: web \}$/);
    });

    it("refuses a preferred rule, which gives way when it is needed", () => {
        const podAffinityTerm = { topologyKey: zone, labelSelector: { matchLabels: webLabels } };
        const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] };
        assert.match(complaint({ affinity: { podAntiAffinity: preferred } }), /its anti-affinity is only preferred/);
    });

    it("refuses to spread over machines, two of which may be one host", () => {
        assert.match(
            complaint(overHosts({ topologyKey: "kubernetes.io/hostname" })),
            /kubernetes\.io\/hostname, which is not a host/,
        );
    });

    it("refuses a selector that is not the workload's own", () => {
        const labelSelector = { matchLabels: { "app.kubernetes.io/name": "jellyfin" } };
        assert.match(
            complaint(overHosts({ labelSelector })),
            /\[0\] selects \{ app\.kubernetes\.io\/name: jellyfin \}/,
        );
        assert.match(complaint(overHosts({ labelSelector: undefined })), /selects other pods/);
        const [[key, value] = [], ...others] = Object.entries(webLabels);
        const either = [{ key, operator: "In", values: [value, "other"] }];
        const wider = { matchLabels: Object.fromEntries(others), matchExpressions: either };
        assert.match(complaint(overHosts({ labelSelector: wider })), /selects other pods/);
    });

    it("refuses a term that looks into other namespaces only", () => {
        assert.match(complaint(overHosts({ namespaces: ["other"] })), /leaves out the workload's own namespace/);
        assert.deepEqual(judge(rule, workload({ pod: overHosts({ namespaces: ["other", "media"] }) })), clean);
    });

    it("refuses a spread constraint that permits an uneven or an unsatisfied spread", () => {
        assert.match(complaint(constraint({ maxSkew: 2 })), /allows a maxSkew of 2/);
        assert.match(
            complaint(constraint({ whenUnsatisfiable: "ScheduleAnyway" })),
            /has whenUnsatisfiable ScheduleAnyway/,
        );
        assert.match(complaint(constraint({ topologyKey: "kubernetes.io/hostname" })), /which is not a host/);
    });

    it("measures a patch that scales by what the same patch brings along", () => {
        const patch = "kubernetes:apps/v1:DeploymentPatch";
        const scaled = fact(patch, { metadata: { name: "coredns", namespace: "kube-system" }, spec: { replicas: 2 } });
        assert.match(
            judge(rule, scaled).messages.join(),
            /^DeploymentPatch kube-system\/coredns .* equal to the workload's selector$/,
        );
        const template = { spec: overHosts({ labelSelector: { matchLabels: { "k8s-app": "kube-dns" } } }) };
        assert.deepEqual(
            judge(rule, fact(patch, { metadata: { name: "coredns" }, spec: { replicas: 2, template } })),
            clean,
        );
    });

    it("leaves an unknown number of replicas unchecked", () => {
        const found = judge(rule, workload({ replicas: unknownText, pod: { affinity: undefined } }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.replicas"] });
    });

    it("leaves an unknown affinity unchecked, unless something known spreads already", () => {
        const found = judge(rule, workload({ pod: { affinity: unknownText } }));
        assert.equal(found.messages.length, 0);
        assert.deepEqual(found.unchecked, [
            "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        ]);
        const { topologySpreadConstraints } = constraint();
        assert.deepEqual(judge(rule, workload({ pod: { affinity: unknownText, topologySpreadConstraints } })), clean);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-replicas-spread-over-hosts": excuse("the two only share work, neither is a spare"),
        };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { affinity: undefined } })), clean);
    });

    for (const [what, text, wrong] of [
        ["without a reason", " ", "no reason is given"],
        ["without an owner", "they share work; until=2027-06-30", "names no owner"],
        ["without a last day", "they share work; owner=the house", "names no last day"],
        ["with a day that does not exist", excuse("they share work", "2027-02-30"), "names no last day"],
        ["that is over", excuse("they share work", "2027-01-14"), "ended on 2027-01-14 \\(owner: the house\\)"],
    ] as const) {
        it(`refuses an exception ${what}, besides what it does not excuse any more`, () => {
            const annotations = { "policy.homelab/allow-replicas-spread-over-hosts": text };
            const { messages } = judge(rule, workload({ annotations, pod: { affinity: undefined } }));
            assert.equal(messages.length, 2);
            assert.match(
                messages[1] ?? "",
                new RegExp(`^\\S+ \\S+ metadata\\.annotations.*: ${wrong} .*; (write|mend) `),
            );
            assert.equal(judge(rule, workload({ annotations })).messages.length, 1);
        });
    }

    it("lets an exception hold on its last day", () => {
        const text = excuse("the two only share work", "2027-01-15");
        const annotations = { "policy.homelab/allow-replicas-spread-over-hosts": text };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { affinity: undefined } })), clean);
    });
});
