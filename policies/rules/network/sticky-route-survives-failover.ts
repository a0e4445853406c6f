import type { Field } from "../../model/field";
import { type GraphIndex, isIndexed, named, selected, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import { type Backend, backends, entryPoints, isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

const isPartOfRoute = isKind("Middleware", "ServersTransport");

/** Longest time to connect to a pod: a dead node does not refuse, it is silent. */
const mostDialMs = 1000;
/** Longest time until a pod that drains is taken out: it has to be over before the pod stops to answer. */
const mostReadinessSeconds = 5;
/** Longest time that a pod stays out after errors: both may be out at once, and then nobody is served. */
const mostFailureWindowMs = 5000;
/** Longest pause between two attempts: a user waits through all of them. */
const mostPauseMs = 200;

export const stickyRouteSurvivesFailover: StackRule = {
    kind: "stack",
    name: "sticky-route-survives-failover",
    level: "mandatory",
    severity: "high",
    description:
        "A route to several replicas keeps a user on one pod, and leaves that pod at the first request that fails: cookie, " +
        "p2c, passive check, retry, transport, drain and minReadySeconds, all of them.",
    incident:
        "After a scale-up to two replicas half of the requests met a pod that did not know the login. With a cookie alone, " +
        "a dead node then meant 52 seconds of hanging requests for those who were pinned to it; a retry went to the same dead pod.",
    instead: "the routes that Exposure makes; without sessions, an exception with that reason on the route.",
    applies: (type) => isIndexed(type) || isRoute(type) || isPartOfRoute(type),
    check(graph, report) {
        for (const route of routes(graph)) {
            // A stream of bytes has neither cookie nor request that could be tried again.
            if (route.type.kind === "IngressRouteTCP" || route.type.kind === "IngressRouteUDP") continue;
            report.guard(route, () => {
                for (const backend of backends(route)) report.guard(route, () => checkBackend(backend, graph, report));
            });
        }
    },
};

function checkBackend(backend: Backend, graph: GraphIndex, report: Report): void {
    const services = named(graph, "Service", backend.namespace, backend.service);
    if (services.open && services.certain.length === 0) {
        return report.unchecked(services.open.subject, services.open.unknown);
    }
    for (const service of services.certain) {
        const labels = service.object.at("spec", "selector").texts();
        const workloads = selected(labels, namespaceOf(service), graph);
        if (workloads.open) report.unchecked(workloads.open.subject, workloads.open.unknown);
        for (const workload of workloads.certain) {
            report.guard(workload.subject, () => {
                if ((replicasOf(workload.subject) ?? 1) < 2) return;
                checkRoute(backend, workload, graph, report);
                checkPods(workload, report);
            });
        }
    }
}

function checkRoute(backend: Backend, workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject, field, rule } = backend;
    const refuse = (at: Field, wrong: string, write: string) =>
        report.violation(subject, { path: at.path, wrong, write });
    if (!rule || subject.type.kind !== "IngressRoute") {
        const wrong = `${subject.type.kind} cannot leave a dead pod of ${workload.subject.title} to which a user is pinned`;
        return refuse(field, wrong, "write an IngressRoute with cookie, p2c, passive check, retry and transport");
    }
    report.guard(subject, () => {
        if (field.at("sticky", "cookie").exists()) return checkCookie(subject, field, report);
        refuse(
            field.at("sticky"),
            "no cookie: the next request meets a replica that does not know the login",
            "write sticky.cookie with a name and httpOnly",
        );
    });
    report.guard(subject, () => {
        const strategy = field.at("strategy").text() ?? "wrr";
        if (strategy === "p2c") return;
        refuse(
            field.at("strategy"),
            `${strategy} may loop without end while one pod drains and the other is marked as down`,
            "write p2c",
        );
    });
    const most = () => field.at("passiveHealthCheck", "maxFailedAttempts").number() ?? 1;
    report.guard(subject, () => {
        if (!field.at("passiveHealthCheck").exists()) {
            return refuse(
                field.at("passiveHealthCheck"),
                "no passive check: a retry goes to the same dead pod",
                "write maxFailedAttempts 3 and failureWindow 3s",
            );
        }
        if (most() > 1) return;
        refuse(
            field.at("passiveHealthCheck", "maxFailedAttempts"),
            "one error of the program itself takes the pod out for everybody",
            "write 3",
        );
    });
    report.guard(subject, () => {
        const window = field.at("passiveHealthCheck", "failureWindow");
        // Traefik's own is 10 s.
        if (!field.at("passiveHealthCheck").exists() || duration(window, 10_000) <= mostFailureWindowMs) return;
        refuse(window, "a few errors of the program itself take a pod out for long", "write 3s");
    });
    report.guard(subject, () => checkRetry(backend, rule, most(), graph, report));
    report.guard(subject, () => checkTransport(backend, graph, report));
}

/** A cookie from an encrypted route that browsers send over plain http too tells everybody in between who this is. */
function checkCookie(subject: Subject, field: Field, report: Report): void {
    const secure = field.at("sticky", "cookie", "secure");
    if (!entryPoints(subject).some((point) => point !== "web") || secure.flag() === true) return;
    report.violation(subject, {
        path: secure.path,
        wrong: "the cookie of an encrypted route is sent over plain http as well",
        write: "write true",
    });
}

function checkRetry(
    { subject, namespace }: Backend,
    rule: Field,
    failures: number,
    graph: GraphIndex,
    report: Report,
): void {
    const references = rule.at("middlewares").items();
    const retries = references.flatMap((reference) => {
        const name = reference.at("name").text() ?? "";
        const { certain, open } = named(graph, "Middleware", reference.at("namespace").text() ?? namespace, name);
        if (certain.length === 0 && open) throw open.unknown;
        return certain.filter((middleware) => middleware.object.at("spec", "retry").exists());
    });
    const most = Math.max(0, ...retries.map(({ object }) => object.at("spec", "retry", "attempts").number() ?? 0));
    for (const middleware of retries) {
        report.guard(middleware, () => {
            const pause = middleware.object.at("spec", "retry", "initialInterval");
            const milliseconds = pause.exists() ? duration(pause, 0) : 0;
            if (milliseconds > 0 && milliseconds <= mostPauseMs) return;
            const wrong = "without a short pause the attempts are over at once, or the user waits for them";
            report.violation(middleware, { path: pause.path, wrong, write: "write 50ms" });
        });
        report.guard(middleware, () => {
            const status = middleware.object.at("spec", "retry", "status");
            if (status.items().some((one) => one.text() === "502")) return;
            const wrong =
                "what a pod was answering when it died is an error for the user, not asked again of another pod";
            report.violation(middleware, { path: status.path, wrong, write: 'write ["502", "504"]' });
        });
    }
    if (most > failures) return;
    report.violation(subject, {
        path: rule.at("middlewares").path,
        wrong:
            most === 0
                ? "no middleware tries again, so that a user sees the error of the pod that just died"
                : `${most} attempts are used up before the passive check, after ${failures}, gives the user to another pod`,
        write: `name a Middleware with retry.attempts ${failures + 2} and initialInterval 50ms`,
    });
}

function checkTransport({ subject, field, namespace }: Backend, graph: GraphIndex, report: Report): void {
    const name = field.at("serversTransport").text();
    const { certain, open } = named(graph, "ServersTransport", namespace, name ?? "");
    const [transport] = certain;
    if (!transport && open && name !== undefined) return report.unchecked(open.subject, open.unknown);
    if (!transport) {
        return report.violation(subject, {
            path: field.at("serversTransport").path,
            wrong: `${name ?? "none"} is no ServersTransport of this program: connecting to a dead node takes 30 seconds`,
            write: "name one with forwardingTimeouts.dialTimeout 500ms and maxIdleConnsPerHost -1",
        });
    }
    report.guard(transport, () => {
        const dial = transport.object.at("spec", "forwardingTimeouts", "dialTimeout");
        const milliseconds = duration(dial, 30_000);
        if (milliseconds <= mostDialMs) return;
        report.violation(transport, {
            path: dial.path,
            wrong: `${milliseconds} ms to notice a dead node`,
            write: "write 500ms",
        });
    });
    report.guard(transport, () => {
        const idle = transport.object.at("spec", "maxIdleConnsPerHost");
        if (idle.number() === -1) return;
        report.violation(transport, {
            path: idle.path,
            wrong: "a pooled connection to a dead node hangs",
            write: "write -1",
        });
    });
}

function checkPods({ subject, template }: Workload, report: Report): void {
    report.guard(subject, () => {
        const seconds = subject.object.at("spec", "minReadySeconds");
        if ((seconds.number() ?? 0) >= 1) return;
        report.violation(subject, {
            path: seconds.path,
            wrong: "the next pod is stopped before the route knows the new one",
            write: "write 3",
        });
    });
    report.guard(subject, () => {
        const containers = template.spec.at("containers").items();
        const serving = containers.filter((container) => container.at("readinessProbe").exists());
        for (const container of serving.length > 0 ? serving : containers)
            checkDrain(subject, container, template.spec, report);
    });
}

function checkDrain(subject: Subject, container: Field, pod: Field, report: Report): void {
    report.guard(subject, () => {
        const hook = container.at("lifecycle", "preStop");
        if (hook.exists()) return checkGrace(subject, hook, pod, report);
        report.violation(subject, {
            path: hook.path,
            wrong: "a pod that ends stops at once, and its users hang until the route has noticed",
            write: "write a hook that makes the pod not ready and sleeps 10 seconds",
        });
    });
    report.guard(subject, () => {
        const probe = container.at("readinessProbe");
        const seconds = (probe.at("periodSeconds").number() ?? 10) * (probe.at("failureThreshold").number() ?? 3);
        if (seconds <= mostReadinessSeconds) return;
        report.violation(subject, {
            path: probe.path,
            wrong: `a pod that drains stays in the route for ${seconds} s`,
            write: "write periodSeconds 2 and failureThreshold 2",
        });
    });
}

/** The kill comes after the whole grace period, of which the drain is a part. */
function checkGrace(subject: Subject, hook: Field, pod: Field, report: Report): void {
    const words = hook
        .at("exec", "command")
        .items()
        .map((word) => word.text() ?? "");
    const slept = hook.at("sleep", "seconds").number() ?? Number(/\bsleep\s+(\d+)/.exec(words.join(" "))?.[1] ?? 0);
    const grace = pod.at("terminationGracePeriodSeconds");
    const seconds = grace.number() ?? 30;
    if (slept < seconds / 2) return;
    report.violation(subject, {
        path: grace.path,
        wrong: `${seconds} s are hardly more than the ${slept} s of its drain: what it serves then is cut off`,
        write: `write ${Math.max(30, slept * 3)}`,
    });
}

/** Milliseconds of a Go duration of one part. @param usual Traefik's default, where nothing is written */
function duration(field: Field, usual: number): number {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(field.text() ?? "") ?? [];
    const scale = unit === "ms" ? 1 : unit === "s" ? 1000 : 60_000;
    // A plain number is seconds to Traefik.
    if (amount !== undefined) return Number(amount) * scale;
    const seconds = field.number();
    return seconds === undefined ? usual : seconds * 1000;
}
