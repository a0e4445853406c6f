import * as pulumi from "@pulumi/pulumi";
import * as iam from "@pulumi/aws/iam";
import { bucketArn } from "./grants";
import { partition, policyDocument, type Statement } from "./policy-document";

/** GitHub's token service, which signs for whom a workflow with `id-token: write` runs. */
const TOKEN_SERVICE = "token.actions.githubusercontent.com";

export interface PreviewRoleArgs {
    readonly roleName: string;
    readonly region: string;
    /** Twelve digits. */
    readonly accountId: pulumi.Input<string>;
    /** `<owner>/<name>`. */
    readonly repository: string;
    /** Environments of the repository in which the role may be taken on. */
    readonly environments: readonly string[];
    /** Whether the account's trust in the token service is made here: an account has it once. */
    readonly tokenService: "made" | "existing";
    /** Buckets whose settings are compared with the program. */
    readonly buckets: readonly string[];
    /** Bucket of Pulumi's state. */
    readonly stateBucket: string | undefined;
}

/**
 * A role for previews in GitHub's workflows, without a key that could be stolen: bound to one repository and its
 * environments. It reads settings, and the state where that is at AWS; it never reads a backup.
 */
export class PreviewRole extends pulumi.ComponentResource {
    readonly arn: pulumi.Output<string>;

    constructor(name: string, args: PreviewRoleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:aws:PreviewRole", name, { repository: args.repository }, opts);
        const child = { parent: this };
        const trusted =
            args.tokenService === "made"
                ? [
                      new iam.OpenIdConnectProvider(
                          `${name}-tokens`,
                          { url: `https://${TOKEN_SERVICE}`, clientIdLists: ["sts.amazonaws.com"] },
                          child,
                      ),
                  ]
                : [];
        const role = new iam.Role(
            `${name}-role`,
            {
                name: args.roleName,
                path: "/homelab/",
                maxSessionDuration: 3600,
                assumeRolePolicy: pulumi.output(args.accountId).apply((id) => policyDocument([trust(id, args)])),
            },
            { parent: this, dependsOn: trusted },
        );
        new iam.RolePolicy(
            `${name}-policy`,
            { name: args.roleName, role: role.name, policy: policyDocument(previewGrant(args)) },
            child,
        );
        this.arn = role.arn;
        this.registerOutputs({ arn: this.arn });
    }
}

/** Who may take the role on: workflows of one repository, in the named environments. */
function trust(accountId: string, { region, repository, environments }: PreviewRoleArgs): Statement {
    return {
        effect: "Allow",
        actions: ["sts:AssumeRoleWithWebIdentity"],
        resources: [],
        principals: { Federated: `arn:${partition(region)}:iam::${accountId}:oidc-provider/${TOKEN_SERVICE}` },
        conditions: {
            StringEquals: {
                [`${TOKEN_SERVICE}:aud`]: ["sts.amazonaws.com"],
                [`${TOKEN_SERVICE}:sub`]: environments.map(
                    (environment) => `repo:${repository}:environment:${environment}`,
                ),
            },
        },
    };
}

/** Everything that a preview with `--refresh` asks for, and the state; what is in a backup is nothing of it. */
function previewGrant({ region, buckets, stateBucket }: PreviewRoleArgs): Statement[] {
    const settings: Statement[] = [
        {
            effect: "Allow",
            actions: [
                "iam:GetOpenIDConnectProvider",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:GetUser",
                "iam:GetUserPolicy",
                "iam:ListAccessKeys",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "ecr:DescribeRepositories",
                "ecr:GetLifecyclePolicy",
                "ecr:ListTagsForResource",
            ],
            resources: ["*"],
        },
        ...(buckets.length === 0
            ? []
            : [
                  {
                      effect: "Allow" as const,
                      actions: bucketSettings,
                      resources: buckets.map((bucket) => bucketArn(region, bucket)),
                  },
              ]),
    ];
    if (stateBucket === undefined) {
        return settings;
    }
    const state = bucketArn(region, stateBucket);
    return [
        ...settings,
        { effect: "Allow", actions: ["s3:ListBucket"], resources: [state] },
        { effect: "Allow", actions: ["s3:GetObject"], resources: [`${state}/*`] },
    ];
}

/** What the plugin reads of a bucket and its parts. */
const bucketSettings = [
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
] as const;
