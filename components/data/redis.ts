import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import {
    exec,
    fromSecret,
    http,
    Workload,
    type Admitted,
    type ContainerSpec,
    type EnvSource,
    type Identity,
    type Probe,
    type Reachable,
    type Scratch,
} from "../workload";
import { Password } from "./password";

export interface RedisArgs {
    readonly objectName: string;
    readonly app: string;
    readonly partOf: string;
    readonly namespace: pulumi.Input<string>;
    /** Who reads its figures; `undefined`: there are none. */
    readonly scrapers: readonly Admitted[] | undefined;
}

/** The password goes to a file in memory: as an argument every process of the node could read it. */
const START = `set -eu
umask 077
printf '%s\\n' "requirepass $REDISCLI_AUTH" 'save ""' 'appendonly no' 'maxmemory 128mb' 'maxmemory-policy noeviction' \\
    'dir /tmp' > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
`;

/** A store of what may be forgotten: leases and caches. One replica, nothing on disk; `noeviction` so that no lease is lost silently. */
export class Redis extends pulumi.ComponentResource {
    readonly workload: Workload;
    readonly reachable: Reachable;
    private readonly password: Password;

    constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Redis", name, { objectName: args.objectName }, opts);
        const identity: Identity = { name: args.objectName, app: args.app, component: "cache", partOf: args.partOf };
        this.password = new Password(
            `${name}-password`,
            { secretName: args.objectName, namespace: args.namespace, identity },
            { parent: this },
        );
        this.workload = new Workload(
            `${name}-server`,
            {
                identity,
                namespace: args.namespace,
                ...serverPod(this.password.secretName),
                ...(args.scrapers === undefined ? {} : figures(args.scrapers, this.password.secretName)),
            },
            { parent: this },
        );
        this.reachable = this.workload.reachable();
        this.registerOutputs({ hostname: this.workload.hostname });
    }

    /** The password, for a workload that holds this handle. */
    get passwordEnv(): EnvSource {
        return fromSecret(this.password.secretName, "password");
    }
}

const CONFIGURATION: Scratch = { kind: "scratch", name: "configuration", sizeLimit: "1Mi", medium: "Memory" };
const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "16Mi" };

function serverPod(secretName: pulumi.Input<string>) {
    const answers = (everySeconds: number, failures: number): Probe => ({
        // A refused password answers too, with the exit code 0: the word is what counts.
        check: exec("/bin/sh", "-c", 'test "$(redis-cli -h 127.0.0.1 ping)" = PONG'),
        everySeconds,
        timeoutSeconds: 3,
        failures,
    });
    return {
        run: { kind: "Deployment", replicas: 1 } as const,
        runAs: { user: 999, group: 999 },
        container: {
            name: "redis",
            image: images.redis,
            command: ["/bin/sh", "-c", START],
            env: { REDISCLI_AUTH: fromSecret(secretName, "password") },
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "192Mi" } },
            mounts: [
                { volume: CONFIGURATION, path: "/run/redis" },
                { volume: TEMPORARY, path: "/tmp" },
            ],
            serves: {
                ports: { redis: 6379 },
                probes: { startup: answers(1, 30), readiness: answers(5, 2), liveness: answers(10, 3) },
            },
        },
    };
}

/** The exporter beside it, port 9121. A cache that is away for its sake is one that is away: nothing is lost. */
function figures(scrapers: readonly Admitted[], secretName: pulumi.Input<string>) {
    const answers = (everySeconds: number, failures: number): Probe => ({
        check: http("/health", "metrics"),
        everySeconds,
        timeoutSeconds: 3,
        failures,
    });
    const exporter: ContainerSpec = {
        name: "exporter",
        image: images.redisExporter,
        env: { REDIS_ADDR: "redis://127.0.0.1:6379", REDIS_PASSWORD: fromSecret(secretName, "password") },
        resources: { cpu: "10m", memory: { request: "16Mi", limit: "64Mi" } },
        serves: {
            ports: { metrics: 9121 },
            probes: { startup: answers(2, 30), readiness: answers(10, 3), liveness: answers(20, 6) },
        },
    };
    return { admits: scrapers.map((peer) => ({ ...peer, ports: [9121] })), sidecars: [exporter] };
}
