/** One statement of an IAM policy. Actions are written out: a `*` in one allows what the next release adds. */
export interface Statement {
    readonly effect: "Allow" | "Deny";
    readonly actions: readonly string[];
    readonly resources: readonly string[];
    /** Operator, key, values: `{ StringEquals: { "aws:SourceAccount": ["1"] } }`. */
    readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
    /** Who; only in a policy of a resource or of a role's trust. */
    readonly principals?: "*" | { readonly Federated: string };
}

/** The text of a policy, as AWS reads it. */
export function policyDocument(statements: readonly Statement[]): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map(({ effect, actions, resources, conditions, principals }) => ({
            Effect: effect,
            ...(principals === undefined ? {} : { Principal: principals }),
            Action: actions,
            ...(resources.length === 0 ? {} : { Resource: resources }),
            ...(conditions === undefined ? {} : { Condition: conditions }),
        })),
    });
}

/** First part of every ARN in a region: `aws` but for China and the government's own. */
export function partition(region: string): string {
    if (region.startsWith("cn-")) {
        return "aws-cn";
    }
    return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
