import * as pulumi from "@pulumi/pulumi";
import {
    HouseCertificate,
    LetsEncrypt,
    OwnAuthority,
    type CertManagerHandle,
    type Issuer,
} from "../components/certificates";
import { LoginProxy, type Ingress } from "../components/ingress";
import type { PodsElsewhere } from "../components/workload";
import type { Secrets } from "../infra/config/load";
import type { HomelabConfig } from "../infra/config/schema";
import type { Backup } from "./backup";
import type { Base } from "./base";

/** How the house is entered. */
export interface Entrance {
    readonly ingress: Ingress;
    /** Authority that devices have to be told to trust, PEM; `undefined` where they trust it anyway. */
    readonly authorityPem: pulumi.Output<string> | undefined;
}

/** Where Traefik runs: on machines of ours it is the one that k3s brings. */
function traefikOf({ cluster }: HomelabConfig): PodsElsewhere {
    return {
        kind: "pods",
        namespace: cluster.kind === "existing" ? cluster.ingress.namespace : "kube-system",
        labels: { "app.kubernetes.io/name": "traefik" },
    };
}

export function entrance(
    config: HomelabConfig,
    secrets: Pick<Secrets, "loginClientSecret">,
    { providers }: Pick<Base, "providers">,
    kept: Pick<Backup, "route53">,
    certManager: CertManagerHandle,
): Entrance {
    const { domain } = config.house;
    const pods = traefikOf(config);
    const { issuer, authorityPem } = signer(config, { providers }, kept, certManager);
    const { store: certificate } = new HouseCertificate("house-certificate", { domain, issuer }, { providers });
    const login =
        config.ingress.login === undefined
            ? undefined
            : new LoginProxy(
                  "login",
                  {
                      ...{ ...config.ingress.login, domain, pods, certificate },
                      clientSecret: clientSecret(secrets),
                  },
                  { providers },
              ).login;
    return { ingress: { pods, certificate, login }, authorityPem };
}

function signer(
    { house, ingress }: HomelabConfig,
    { providers }: Pick<Base, "providers">,
    { route53 }: Pick<Backup, "route53">,
    certManager: CertManagerHandle,
): { readonly issuer: Issuer; readonly authorityPem: pulumi.Output<string> | undefined } {
    if (ingress.acme === undefined) {
        const authority = new OwnAuthority(
            "house-authority",
            { certManager, domain: house.domain },
            { providers, protect: house.protectData },
        );
        return { issuer: authority.issuer, authorityPem: authority.certificatePem };
    }
    if (route53 === undefined) {
        throw new pulumi.RunError(
            "ingress.acme: there is no zone at Route 53 to prove the domain in; leave ingress.acme out",
        );
    }
    const { issuer } = new LetsEncrypt("lets-encrypt", { certManager, zone: route53, ...ingress.acme }, { providers });
    return { issuer, authorityPem: undefined };
}

function clientSecret({ loginClientSecret }: Pick<Secrets, "loginClientSecret">): pulumi.Output<string> {
    if (loginClientSecret === undefined)
        throw new Error("the login has no client secret, which loadConfig should have refused");
    return loginClientSecret;
}
