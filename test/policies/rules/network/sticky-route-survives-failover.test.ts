import assert from "node:assert/strict";
import { stickyRouteSurvivesFailover as rule } from "../../../../policies/rules/network/sticky-route-survives-failover";
import { excuse, fact, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";
import { drainingPods, ingress, retry, route, transport } from "./routes";

const clean = { messages: [], unchecked: [] };

function complaint(...facts: Parameters<typeof judge>[1][]): string {
    const given = new Set(facts.map(({ type }) => type));
    const rest = [drainingPods(), service(), route(), retry(), transport()].filter(({ type }) => !given.has(type));
    const { messages, unchecked } = judge(rule, ...facts, ...rest);
    assert.deepEqual(unchecked, []);
    assert.equal(messages.length, 1, messages.join("\n"));
    return messages.join();
}

describe("sticky-route-survives-failover", () => {
    it("accepts the whole measured set", () => {
        assert.deepEqual(judge(rule, drainingPods(), service(), route(), retry(), transport()), clean);
    });

    it("asks nothing of one replica, of no route, and of a stream", () => {
        assert.deepEqual(judge(rule, workload({ replicas: 1 }), service(), route()), clean);
        assert.deepEqual(judge(rule, workload(), service()), clean);
        const stream = fact("kubernetes:traefik.io/v1alpha1:IngressRouteTCP", route().props);
        assert.deepEqual(judge(rule, workload(), service(), stream), clean);
    });

    it("accepts a cookie of an encrypted route that goes over https only, and refuses any other", () => {
        const encrypted = (cookie: object) => {
            const { type, props } = route({ sticky: { cookie: { name: "id", httpOnly: true, ...cookie } } });
            return fact(type, { ...props, spec: { ...Object(props["spec"]), entryPoints: ["websecure"] } });
        };
        const others = [drainingPods(), service(), retry(), transport()];
        assert.deepEqual(judge(rule, encrypted({ secure: true }), ...others), clean);
        assert.match(
            judge(rule, encrypted({}), ...others).messages.join(),
            /sticky\.cookie\.secure: the cookie of an encrypted route is sent over plain http as well .*; write true$/,
        );
    });

    for (const [what, pattern, ...facts] of [
        [
            "no cookie",
            /services\[0\]\.sticky: no cookie: the next request meets a replica/,
            route({ sticky: undefined }),
        ],
        ["the default strategy", /\.strategy: wrr may loop without end.*; write p2c$/, route({ strategy: undefined })],
        [
            "no passive check",
            /no passive check: a retry goes to the same dead pod/,
            route({ passiveHealthCheck: null }),
        ],
        [
            "a check that one error trips",
            /takes the pod out for everybody/,
            route({ passiveHealthCheck: { failureWindow: "3s" } }),
        ],
        [
            "a check that keeps a pod out for long",
            /failureWindow: a few errors .*; write 3s$/,
            route({ passiveHealthCheck: { maxFailedAttempts: 3 } }),
        ],
        ["no retry", /middlewares: no middleware tries again/, route({}, { middlewares: [] })],
        [
            "attempts without a pause",
            /^Middleware media\/retry spec\.retry\.initialInterval: .*; write 50ms$/,
            fact(retry().type, { ...retry().props, spec: { retry: { attempts: 5, status: ["502"] } } }),
        ],
        [
            "a retry that gives up what a dying pod had begun",
            /^Middleware media\/retry spec\.retry\.status: .*; write \["502", "504"\]$/,
            fact(retry().type, { ...retry().props, spec: { retry: { attempts: 5, initialInterval: "50ms" } } }),
        ],
        [
            "a drain that lasts until the kill",
            /terminationGracePeriodSeconds: 30 s are hardly more than the 20 s of its drain.*; write 60$/,
            drainingPods({ lifecycle: { preStop: { exec: { command: ["sh", "-c", "touch /tmp/drain; sleep 20"] } } } }),
        ],
        ["too few attempts", /3 attempts are used up before the passive check, after 3/, retry(3)],
        ["no transport", /none is no ServersTransport of this program/, route({ serversTransport: undefined })],
        ["a transport that is not there", /gone is no ServersTransport/, route({ serversTransport: "gone" })],
        ["a slow connect", /30000 ms to notice a dead node.*; write 500ms$/, transport({ forwardingTimeouts: {} })],
        [
            "pooled connections",
            /a pooled connection to a dead node hangs/,
            transport({ maxIdleConnsPerHost: undefined }),
        ],
        [
            "no minReadySeconds",
            /spec\.minReadySeconds: the next pod is stopped/,
            drainingPods({}, { minReadySeconds: 0 }),
        ],
        ["no drain", /lifecycle\.preStop: a pod that ends stops at once/, drainingPods({ lifecycle: null })],
        ["slow readiness", /stays in the route for 30 s/, drainingPods({ readinessProbe: { httpGet: { port: 1 } } })],
        ["another kind of route", /Ingress cannot leave a dead pod of StatefulSet media\/jellyfin/],
    ] as const) {
        it(`refuses ${what}`, () => {
            if (facts.length > 0) return assert.match(complaint(...facts), pattern);
            const { messages } = judge(rule, drainingPods(), service(), ingress());
            assert.match(messages.join(), pattern);
        });
    }

    it("reads a connect time-out in its other forms", () => {
        for (const dialTimeout of ["1s", "0.5s", 1]) {
            const given = transport({ forwardingTimeouts: { dialTimeout } });
            assert.deepEqual(judge(rule, drainingPods(), service(), route(), retry(), given), clean);
        }
        assert.match(complaint(transport({ forwardingTimeouts: { dialTimeout: "2m" } })), /120000 ms/);
    });

    it("leaves what is unknown unchecked, and judges the rest", () => {
        const found = judge(
            rule,
            drainingPods(),
            service(),
            route({ strategy: unknownText, sticky: null }),
            retry(),
            transport(),
        );
        assert.deepEqual(found.unchecked, ["spec.routes.0.services.0.strategy"]);
        assert.equal(found.messages.length, 1);
        assert.equal(
            judge(rule, drainingPods(), service(), route(), retry(unknownText), transport()).unchecked.length,
            1,
        );
    });

    it("accepts a program without sessions that says so", () => {
        const annotations = {
            "policy.homelab/allow-sticky-route-survives-failover": excuse("static pages, no session"),
        };
        const plain = route({ sticky: null, strategy: null }, {}, { annotations });
        assert.deepEqual(judge(rule, drainingPods(), service(), plain, retry(), transport()), clean);
    });
});
