import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Exposure, type Audience, type ExposureArgs, type Ingress, type Login } from "../../../components/ingress";
import { Workload, type Run } from "../../../components/workload";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";
import { exampleArgs, one, two } from "../../support/example-workload";

const ROUTE = "kubernetes:traefik.io/v1alpha1:IngressRoute";
const MIDDLEWARE = "kubernetes:traefik.io/v1alpha1:Middleware";
const KNOWN: Login = { address: pulumi.output("http://login.login.svc:4180/") };

interface Wanted extends Pick<ExposureArgs, "plainHttp" | "stickyCookie"> {
    readonly audience?: Audience;
    readonly login?: Login;
    /** Default: one pod. */
    readonly run?: Run;
}

function build({ login, run = one, ...wanted }: Wanted = {}): Promise<Graph> {
    return captureGraph(() => {
        const workload = new Workload("web", exampleArgs({ run }));
        const ingress: Ingress = {
            pods: { kind: "pods", namespace: "kube-system", labels: { "app.kubernetes.io/name": "traefik" } },
            certificate: workload.controller,
            login,
        };
        new Exposure("web-exposure", { ingress, workload, host: "web.home.example.org", ...wanted });
    });
}

function doors(graph: Graph): unknown[] {
    return ofType(graph, ROUTE)
        .map((route) => at(route, "spec", "entryPoints", 0))
        .sort();
}

function through(graph: Graph, door: string): CapturedResource {
    const [route] = ofType(graph, ROUTE).filter((each) => at(each, "spec", "entryPoints", 0) === door);
    assert.ok(route, `no route through ${door}`);
    return route;
}

function service(route: CapturedResource, ...path: string[]): unknown {
    return at(route, "spec", "routes", 0, "services", 0, ...path);
}

function middlewares(route: CapturedResource): unknown[] {
    const references = at(route, "spec", "routes", 0, "middlewares") as { name: string }[];
    return references.map(({ name }) => name);
}

describe("an exposed workload", () => {
    it("answers over https only, with the house's certificate, unless told otherwise", async () => {
        const graph = await build();
        assert.deepEqual(doors(graph), ["websecure"]);
        const route = through(graph, "websecure");
        assert.deepEqual(at(route, "spec", "tls"), {});
        assert.equal(at(route, "spec", "routes", 0, "match"), "Host(`web.home.example.org`)");
    });

    it("answers over plain http too where that is asked for, with a cookie of another name", async () => {
        const graph = await build({ plainHttp: true, stickyCookie: "pod" });
        assert.deepEqual(doors(graph), ["web", "websecure"]);
        assert.equal(at(through(graph, "web"), "spec", "tls"), undefined);
        const cookie = (door: string) => service(through(graph, door), "sticky", "cookie");
        assert.deepEqual(cookie("websecure"), { name: "pod", secure: true, httpOnly: true });
        assert.deepEqual(cookie("web"), { name: "pod_http", secure: false, httpOnly: true });
    });

    it("moves a visitor when a pod does not answer, whichever door it was: more tries than mark a pod as down", async () => {
        const graph = await build({ plainHttp: true, audience: "public", login: KNOWN });
        const [retry] = ofType(graph, MIDDLEWARE).filter((each) => at(each, "spec", "retry") !== undefined);
        assert.ok(retry);
        const tries = at(retry, "spec", "retry", "attempts") as number;
        for (const route of ofType(graph, ROUTE)) {
            assert.ok(tries > (service(route, "passiveHealthCheck", "maxFailedAttempts") as number));
            assert.equal(middlewares(route).at(-1), at(retry, "metadata", "name"));
            // The other strategy's loop does not end, and an active check would make Traefik leave the route out.
            assert.deepEqual([service(route, "strategy"), service(route, "healthCheck")], ["p2c", undefined]);
            const transport = only(graph, "kubernetes:traefik.io/v1alpha1:ServersTransport");
            assert.equal(service(route, "serversTransport"), at(transport, "metadata", "name"));
        }
    });

    it("has what a dying pod had begun asked again, where there is another pod to ask", async () => {
        const status = (graph: Graph) => at(only(graph, MIDDLEWARE), "spec", "retry", "status");
        assert.equal(status(await build()), undefined);
        assert.deepEqual(status(await build({ run: two })), ["502", "504"]);
    });

    it("does not wait long for a dead node, nor reuse a connection to it", async () => {
        const transport = only(await build(), "kubernetes:traefik.io/v1alpha1:ServersTransport");
        assert.deepEqual(at(transport, "spec"), {
            maxIdleConnsPerHost: -1,
            forwardingTimeouts: { dialTimeout: "500ms" },
        });
    });

    it("leads to the workload's Service, by the name of its port, after its pods and the certificate", async () => {
        const graph = await build();
        const target = only(graph, "kubernetes:core/v1:Service", "web-service");
        const route = through(graph, "websecure");
        assert.deepEqual(
            [service(route, "name"), service(route, "port")],
            [at(target, "metadata", "name"), at(target, "spec", "ports", 0, "name")],
        );
        assert.ok(route.opts.dependsOn.some((urn) => urn.endsWith("::web-deployment")));
    });
});

describe("a public workload", () => {
    it("has a door of its own to the internet, and asks for a login there and nowhere else", async () => {
        const graph = await build({ audience: "public", login: KNOWN });
        assert.deepEqual(doors(graph), ["internet", "websecure"]);
        const [asks] = ofType(graph, MIDDLEWARE).filter((each) => at(each, "spec", "forwardAuth") !== undefined);
        assert.ok(asks);
        assert.equal(at(asks, "spec", "forwardAuth", "address"), "http://login.login.svc:4180/");
        assert.equal(middlewares(through(graph, "internet"))[0], at(asks, "metadata", "name"));
        assert.ok(!middlewares(through(graph, "websecure")).includes(at(asks, "metadata", "name")));
    });

    it("says so where the policies look", async () => {
        const graph = await build({ audience: "public", login: KNOWN });
        const exposure = (door: string) => at(through(graph, door), "metadata", "labels", "homelab/exposure");
        assert.deepEqual([exposure("internet"), exposure("websecure")], ["external", undefined]);
    });

    it("is refused in a house without a login", async () => {
        await assert.rejects(build({ audience: "public" }), /web-exposure\.audience: "public" needs a login/);
    });
});
