import * as pulumi from "@pulumi/pulumi";

/** The provider's default: so long is an object waited for, and then given up. */
export const PROVIDER_WAITS_SECONDS = 600;

/** What the errors of an object mean; `undefined` where they say enough. */
export type Meaning = (errors: readonly string[]) => string | undefined | Promise<string | undefined>;

/**
 * Has the engine tell what a failure means; it is not tried again.
 * @param name Pulumi name of the resource.
 */
export function explained(name: string, meaningOf: Meaning): pulumi.CustomResourceOptions {
    const hook = new pulumi.ErrorHook(`${name} failed`, async ({ errors }) => {
        const meaning = await meaningOf(errors);
        if (meaning !== undefined) void pulumi.log.error(meaning);
        return false;
    });
    return { hooks: { onError: [hook] } };
}
