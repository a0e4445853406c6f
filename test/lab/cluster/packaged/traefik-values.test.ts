import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { traefikSettings } from "../../../../infra/k3s/traefik-settings";
import { chartValues } from "../../../../lab/cluster/packaged/helm-chart-config";
import { traefikArguments } from "../../../../lab/cluster/packaged/traefik-arguments";
import { readTraefikValues } from "../../../../lab/cluster/packaged/traefik-values";
import type { KubeObject } from "../../../../lab/kube/client";

function read(values: Record<string, unknown>) {
    return chartValues({ metadata: { name: "traefik" }, spec: { valuesContent: stringify(values) } });
}

function line(values: Record<string, unknown>): string {
    return traefikArguments(read(values).values).join(" ");
}

describe("values for k3s' Traefik", () => {
    it("all that the program gives are acted upon", () => {
        for (const [replicas, floatingAddress] of [[1], [2], [2, "192.168.20.240"]] as const) {
            const { values, leftOut } = chartValues(
                parse(traefikSettings({ replicas, floatingAddress })) as KubeObject,
            );
            assert.deepEqual(leftOut, []);
            assert.equal(values.deployment?.replicas, replicas);
            assert.match(traefikArguments(values).join(" "), /--providers\.providersthrottleduration=100ms$/);
        }
    });

    it("none leave Traefik as its chart has it", () => {
        const text = line({});
        for (const argument of [
            "--entryPoints.web.address=:8000/tcp",
            "--entryPoints.websecure.address=:8443/tcp",
            "--entryPoints.traefik.address=:8080/tcp",
            "--entryPoints.metrics.address=:9100/tcp",
            "--entryPoints.websecure.http.tls=true",
            "--ping=true",
            "--metrics.prometheus.entrypoint=metrics",
            "--providers.kubernetescrd.allowEmptyServices=true",
            "--providers.kubernetesingress.ingressendpoint.publishedservice=kube-system/traefik",
        ])
            assert.ok(text.includes(argument), argument);
        assert.doesNotMatch(text, /redirections/);
    });

    it("a redirection leads to the port that the outside sees", () => {
        const entryPoint = { to: "websecure", scheme: "https", permanent: true };
        const text = line({ ports: { web: { http: { redirections: { entryPoint } } } } });
        assert.match(text, /--entryPoints\.web\.http\.redirections\.entryPoint\.to=:443 /);
        assert.match(text, /entryPoint\.scheme=https .*entryPoint\.permanent=true/);
    });

    it("TLS and metrics can be switched off, access logs on", () => {
        assert.doesNotMatch(line({ ports: { websecure: { http: { tls: { enabled: false } } } } }), /http\.tls/);
        assert.doesNotMatch(line({ metrics: { prometheus: null } }), /--metrics/);
        assert.match(
            line({ logs: { access: { enabled: true, format: "json" } } }),
            /--accesslog=true --accesslog\.form/,
        );
    });

    it("a key that the lab does not know is named, and the rest counts", () => {
        const { values, leftOut } = read({ hostNetwork: true, deployment: { replicas: 3, kind: "DaemonSet" } });
        assert.equal(values.deployment?.replicas, 3);
        assert.deepEqual([...leftOut].sort(), [
            "deployment.kind is ignored: the lab's Traefik does not know it",
            "hostNetwork is ignored: the lab's Traefik does not know it",
        ]);
    });

    it("a key that the chart has moved is refused with its new place, and does nothing", () => {
        for (const [old, now] of [
            [{ web: { redirectTo: { port: "websecure" } } }, "ports.web.http.redirections.entryPoint"],
            [{ web: { redirections: { entryPoint: { to: "websecure" } } } }, "ports.web.http.redirections.entryPoint"],
            [{ websecure: { tls: { enabled: false } } }, "ports.websecure.http.tls"],
        ] as const) {
            const { leftOut } = read({ ports: old });
            assert.equal(leftOut.length, 1);
            assert.ok(leftOut[0]?.includes(`since chart 39 it is ${now}`), leftOut[0]);
            assert.equal(line({ ports: old }), line({}));
        }
    });

    it("a value of a wrong kind is refused, and what lies beside it counts", () => {
        const { values, leftOut } = read({
            deployment: { replicas: "two", minReadySeconds: 5 },
            additionalArguments: ["--a", 3],
        });
        assert.deepEqual(values, { deployment: { minReadySeconds: 5 }, additionalArguments: ["--a"] });
        assert.equal(leftOut.length, 2);
        assert.match(leftOut.join("\n"), /deployment\.replicas is refused: .*\n?/);
    });

    it("values as a text win over values as a mapping, and other fields of the object are named", () => {
        const { values, leftOut } = chartValues({
            metadata: { name: "traefik" },
            spec: {
                values: { deployment: { replicas: 1, minReadySeconds: 2 } },
                valuesContent: "deployment: {replicas: 4}",
                valuesSecrets: [],
            },
        });
        assert.deepEqual(values, { deployment: { replicas: 4, minReadySeconds: 2 } });
        assert.deepEqual(leftOut, ["spec.valuesSecrets is ignored: the lab reads values and valuesContent"]);
    });

    it("a text that is no YAML is a fault of the whole object", () => {
        const wrong = (valuesContent: string) => () => chartValues({ metadata: {}, spec: { valuesContent } });
        assert.throws(wrong("a: ["), /spec\.valuesContent: /);
        assert.throws(wrong("- a"), /spec\.valuesContent: the top is not a mapping/);
    });

    it("that are no mapping at all are none", () => {
        assert.deepEqual(readTraefikValues(7).values, {});
    });
});
