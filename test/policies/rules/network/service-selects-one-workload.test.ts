import assert from "node:assert/strict";
import { serviceSelectsOneWorkload as rule } from "../../../../policies/rules/network/service-selects-one-workload";
import { excuse, judge, service, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const databaseLabels = { ...webLabels, "app.kubernetes.io/component": "database" };
const database = workload({ type: "kubernetes:apps/v1:Deployment", name: "jellyfin-db", labels: databaseLabels });

describe("service-selects-one-workload", () => {
    it("accepts a Service with its workload's selector, beside other workloads", () => {
        assert.deepEqual(judge(rule, service(), workload(), database), clean);
    });

    it("accepts two Services of one workload, one of them headless", () => {
        assert.deepEqual(judge(rule, service(), service({ clusterIP: "None" }), workload()), clean);
    });

    it("accepts the view with the server's defaults", () => {
        const ports = [{ name: "http", protocol: "TCP", port: 8096, targetPort: 8096 }];
        const defaults = { type: "ClusterIP", sessionAffinity: "None", clusterIP: "10.43.0.7", ports };
        assert.deepEqual(judge(rule, service(defaults), workload()), clean);
    });

    it("takes the Service's own port where no target is written", () => {
        assert.deepEqual(judge(rule, service({ ports: [{ port: 8096 }] }), workload()), clean);
        assert.match(
            judge(rule, service({ ports: [{ port: 80 }] }), workload()).messages.join(),
            /80 \(TCP\) is not declared/,
        );
    });

    for (const [what, spec] of Object.entries({
        "an alias of a name": { type: "ExternalName", externalName: "nas.home.arpa", selector: webLabels },
        "no selector": { selector: undefined },
        "an empty selector": { selector: {} },
    })) {
        it(`does not ask anything of a Service that is or has ${what}`, () => {
            assert.deepEqual(judge(rule, service(spec)), clean);
        });
    }

    it("refuses a selector that matches two workloads, and names them", () => {
        const byName = { "app.kubernetes.io/name": "jellyfin" };
        const { messages } = judge(rule, service({ selector: byName }), workload(), database);
        assert.equal(messages.length, 2);
        assert.match(messages[0] ?? "", /spec\.selector: app\.kubernetes\.io\/component is missing/);
        assert.match(
            messages[1] ?? "",
            /selects 2 workloads \(StatefulSet media\/jellyfin, Deployment media\/jellyfin-db\)/,
        );
    });

    it("refuses a selector without the component even where it matches one workload today", () => {
        const { messages } = judge(rule, service({ selector: { "app.kubernetes.io/name": "jellyfin" } }), workload());
        assert.match(messages.join(), /component is missing, so other parts of the application may match/);
    });

    it("refuses a selector that matches nothing, also when the workload is in another namespace", () => {
        const wanted = /no workload in namespace media has the labels \{ app\.kubernetes\.io\/name: jellyfin, /;
        assert.match(judge(rule, service()).messages.join(), wanted);
        assert.match(judge(rule, service(), workload({ namespace: "other" })).messages.join(), wanted);
    });

    it("reads a missing namespace as the default one", () => {
        const bare = service({}, { namespace: undefined });
        assert.deepEqual(judge(rule, bare, workload({ namespace: "default" })), clean);
    });

    it("refuses a target port that no container declares", () => {
        const { messages } = judge(rule, service({ ports: [{ port: 80, targetPort: "web" }] }), workload());
        assert.deepEqual(messages, [
            "Service media/jellyfin spec.ports[0].targetPort: web (TCP) is not declared by StatefulSet media/jellyfin, which " +
                "has http (8096) (service-selects-one-workload); name a port of one of its containers",
        ]);
        const udp = service({ ports: [{ port: 8096, protocol: "UDP" }] });
        assert.match(judge(rule, udp, workload()).messages.join(), /8096 \(UDP\) is not declared/);
    });

    it("finds the port of a sidecar that starts as an init container", () => {
        const pod = {
            initContainers: [{ restartPolicy: "Always", ports: [{ name: "metrics", containerPort: 9707 }] }],
        };
        assert.deepEqual(
            judge(rule, service({ ports: [{ port: 9707, targetPort: "metrics" }] }), workload({ pod })),
            clean,
        );
    });

    it("counts a workload and a patch of it as one", () => {
        const patch = workload({ type: "kubernetes:apps/v1:StatefulSetPatch" });
        assert.deepEqual(judge(rule, service(), workload(), patch), clean);
    });

    it("leaves a Service unchecked whose selector or namespace is unknown", () => {
        const component = { ...webLabels, "app.kubernetes.io/component": unknownText };
        assert.deepEqual(judge(rule, service({ selector: component }), workload()).unchecked, [
            "spec.selector.app.kubernetes.io/component",
        ]);
        assert.deepEqual(judge(rule, service({}, { namespace: unknownText }), workload()).unchecked, [
            "metadata.namespace",
        ]);
    });

    it("leaves open what hangs on a workload's unknown label, and points at it", () => {
        const found = judge(rule, service(), workload({ labels: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.template.metadata.labels.app.kubernetes.io/name"] });
    });

    it("needs no more than two certain matches, whatever is unknown beside them", () => {
        const facts = [workload({ labels: unknownText }), workload(), workload({ name: "twin" })];
        assert.match(judge(rule, service(), ...facts).messages.join(), /selects 2 workloads/);
    });

    it("is not distracted by an unknown label where another one decides", () => {
        const labels = { ...databaseLabels, "app.kubernetes.io/name": unknownText };
        assert.deepEqual(judge(rule, service(), workload(), workload({ labels })), clean);
    });

    it("goes on after an unknown: the next Service is judged", () => {
        const found = judge(
            rule,
            service({}, { namespace: unknownText }),
            service({ selector: { a: "b" } }),
            workload(),
        );
        assert.equal(found.unchecked.length, 1);
        assert.equal(found.messages.length, 2);
    });

    it("accepts an exception with a reason, not one without", () => {
        const key = "policy.homelab/allow-service-selects-one-workload";
        const excused = service({}, { annotations: { [key]: excuse("the operator makes these pods") } });
        assert.deepEqual(judge(rule, excused), clean);
        assert.equal(judge(rule, service({}, { annotations: { [key]: "" } })).messages.length, 2);
    });

    it("applies to Services and to what runs pods only", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), true);
        assert.equal(rule.applies("kubernetes:batch/v1:CronJob"), true);
        assert.equal(rule.applies("kubernetes:core/v1:ServiceAccount"), false);
        assert.equal(rule.applies("aws:servicediscovery/service:Service"), false);
    });
});
