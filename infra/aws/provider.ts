import type * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/aws";

export interface AwsAccess {
    readonly region: string;
    /** Another server that speaks AWS' APIs; `undefined`: AWS itself. */
    readonly endpoint: string | undefined;
}

/** Keys come from the usual AWS chain (environment, profile, role), never from the program. */
export function awsProvider(name: string, access: AwsAccess, opts?: pulumi.ResourceOptions): Provider {
    const { region, endpoint } = access;
    if (endpoint === undefined) {
        return new Provider(name, { region }, opts);
    }
    return new Provider(
        name,
        {
            region,
            endpoints: [{ s3: endpoint, ecr: endpoint, iam: endpoint, sts: endpoint }],
            // Buckets as paths: such a server has one name, not one for each bucket.
            s3UsePathStyle: true,
            // It knows no real account and no machine of Amazon's to ask.
            skipCredentialsValidation: true,
            skipRequestingAccountId: true,
            skipMetadataApiCheck: true,
            skipRegionValidation: true,
        },
        opts,
    );
}
