import * as pulumi from "@pulumi/pulumi";
import type { Workload } from "../workload";
import { ENTRY_POINTS } from "./entry-points";
import { Failover } from "./failover";
import type { Ingress, Login } from "./ingress";
import { Route, type RouteArgs } from "./route";
import { traefikObject } from "./traefik-object";

/** `internal`: the house's own network. `public`: the internet too, through a door of its own and behind a login. */
export type Audience = "internal" | "public";

export interface ExposureArgs {
    readonly ingress: Ingress;
    readonly workload: Workload;
    /** Name of the served port; default `http`. */
    readonly port?: string;
    /** Name that it answers to, one label below the house's domain: the house's certificate holds for those. */
    readonly host: string;
    /** Default `internal`. */
    readonly audience?: Audience;
    /** Whether plain http is served too, for programs that trust no certificate of the house's own; default: it leads to https. */
    readonly plainHttp?: boolean;
    /**
     * Beginnings of paths that nobody reaches through it, such as figures that are for the house alone: regular expressions,
     * upper and lower case alike, asked of a path that is decoded but for reserved characters.
     */
    readonly hides?: readonly string[];
    /** What has to be done before somebody is let in. */
    readonly after?: readonly pulumi.Resource[];
    /** Name of the cookie that keeps a visitor on one pod. Without it, requests go to any pod. */
    readonly stickyCookie?: string;
}

/**
 * The one way to make a program reachable from outside of the cluster: over https, with the house's certificate, and so that
 * the death of a pod is not noticed. What is public has a further route on a door of its own; what is not cannot be reached
 * through that door by whoever guesses its name. Nothing of it is protected: a door that was opened can be closed.
 */
export class Exposure extends pulumi.ComponentResource {
    readonly url: string;

    /** @throws pulumi.InputPropertiesError for a public one in a house without a login. */
    constructor(name: string, args: ExposureArgs, opts?: pulumi.ComponentResourceOptions) {
        const { ingress, workload, port = "http", host, audience = "internal", plainHttp = false } = args;
        super("homelab:ingress:Exposure", name, { host, audience, plainHttp }, { ...opts, protect: false });
        const login = audience === "public" ? loginOf(name, ingress) : undefined;
        const child = { parent: this };
        const failover = new Failover(name, { workload }, child);
        const { certificate } = ingress;
        const { stickyCookie, hides = [], after = [] } = args;
        const common = { workload, failover, port, host, stickyCookie, hides, after: [certificate, ...after] };
        const doors: [string, Pick<RouteArgs, "entryPoint" | "middlewares">][] = [
            ["secure", { entryPoint: ENTRY_POINTS.secure, middlewares: [] }],
        ];
        if (plainHttp) doors.push(["plain", { entryPoint: ENTRY_POINTS.plain, middlewares: [] }]);
        if (login) {
            const asks = loginMiddleware(`${name}-login`, workload, login, this);
            doors.push(["internet", { entryPoint: ENTRY_POINTS.internet, middlewares: [asks] }]);
        }
        for (const [door, through] of doors) new Route(`${name}-${door}`, { ...common, ...through }, child);
        this.url = `https://${host}`;
        this.registerOutputs({ url: this.url });
    }
}

function loginOf(name: string, { login }: Ingress): Login {
    if (login !== undefined) return login;
    const reason = `"public" needs a login (nobody from the internet is let in unasked); give the ingress one, or write "internal"`;
    throw new pulumi.InputPropertiesError({
        message: `${name}.audience: ${reason}`,
        errors: [{ propertyPath: "audience", reason }],
    });
}

function loginMiddleware(name: string, workload: Workload, { address }: Login, parent: pulumi.Resource) {
    const objectName = `${workload.identity.name}-login`;
    // What the login says about a visitor replaces what the visitor says about himself.
    const authResponseHeaders = ["X-Auth-Request-User", "X-Auth-Request-Email"];
    const spec = { forwardAuth: { address, authResponseHeaders } };
    return traefikObject(name, { kind: "Middleware", objectName, workload, spec }, parent);
}
