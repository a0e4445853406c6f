import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { DATABASE_MODE } from "./database-mode";
import { NAS_SHARE } from "./nas-share";

/** What the engine knows of a stack; a word of another version of the program counts as none. */
const stackOutputs = z.object({
    outputs: z.object({
        [DATABASE_MODE]: z.enum(["single", "ha", "external"]).optional().catch(undefined),
        [NAS_SHARE]: z.string().optional().catch(undefined),
    }),
});

/**
 * How things were at the end of the last `up`, from the outputs of the stack itself. Asked for by the engine's own function
 * and not by a StackReference, which would keep a second copy of every output, the kubeconfig among them, in the state.
 */
export async function lastUp(): Promise<z.infer<typeof stackOutputs>["outputs"]> {
    const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const known: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    return stackOutputs.parse(known).outputs;
}
