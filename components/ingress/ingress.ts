import type * as pulumi from "@pulumi/pulumi";
import type { PodsElsewhere } from "../workload";

/** Who lets visitors from the internet in, after they have said who they are. */
export interface Login {
    /** Where Traefik asks whether a visitor is known: a URL inside the cluster. */
    readonly address: pulumi.Output<string>;
}

/** The way into the house, for programs that are to be reached. */
export interface Ingress {
    /** Pods through which requests come in; a program admits them. */
    readonly pods: PodsElsewhere;
    /** What brings the certificate that https is answered with. */
    readonly certificate: pulumi.Resource;
    /** `undefined` where nobody from the internet is let in. */
    readonly login: Login | undefined;
}
