import type * as pulumi from "@pulumi/pulumi";

/**
 * A DNS zone at Route 53, with a key that may write its `_acme-challenge` TXT records and nothing else: enough to prove by
 * DNS-01 that a name is ours.
 */
export interface Route53Access {
    readonly region: string;
    /** Id of the zone, `Z0123456789ABCDEFGHIJ`: a name may belong to a public and a private zone. */
    readonly hostedZoneId: string;
    /** Secret. */
    readonly accessKeyId: pulumi.Output<string>;
    /** Secret. */
    readonly secretAccessKey: pulumi.Output<string>;
}
