import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import type { Provider } from "@pulumi/aws";
import { plainError } from "../plain-error";

/** The account that the credentials belong to. */
export interface Account {
    /** Twelve digits. */
    readonly id: string;
}

/** What AWS calls a refusal, and what to do about it. Names: IAM user guide, "Common errors" of the query APIs. */
const refusals: readonly { readonly names: RegExp; readonly wrong: string; readonly cure: string }[] = [
    {
        names: /ExpiredToken|security token .*expired|token has expired|SSO session .*expired/i,
        wrong: "the credentials are expired",
        cure: "renew them (`aws sso login`, or a new session token)",
    },
    {
        names: /no valid credential|failed to (?:retrieve|refresh) .*credentials|NoCredentialProviders/i,
        wrong: "there are no credentials",
        cure: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    },
    {
        names: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure/,
        wrong: "AWS does not know the credentials",
        cure: "use others (`aws sts get-caller-identity` shows whose they are)",
    },
];

/**
 * Asks AWS, through the provider and so with its credentials, whom they belong to. To be waited for before anything
 * is made: credentials of some hours are found to be expired here, and not between a machine and its bucket.
 *
 * @throws {pulumi.RunError} when AWS refuses them, with what to do
 */
export async function openAccount(provider: Provider): Promise<Account> {
    try {
        const { accountId } = await getCallerIdentity({}, { provider });
        return { id: accountId };
    } catch (error) {
        throw plainError(refusalWords(error instanceof Error ? error.message : String(error)));
    }
}

/** What a person can do about an error of the plugin. */
export function refusalWords(message: string): string {
    const found = refusals.find(({ names }) => names.test(message));
    const { wrong, cure } = found ?? {
        wrong: "AWS did not say whose credentials these are",
        cure: "look at aws.endpoint, the network and AWS_PROFILE",
    };
    const said = message.replace(/\s+/g, " ").trim();
    return `aws: ${wrong} (everything at AWS needs them); nothing was changed. To go on, ${cure}. AWS said: ${said}`;
}
