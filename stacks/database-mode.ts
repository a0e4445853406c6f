import * as pulumi from "@pulumi/pulumi";
import type { HomelabConfig } from "../infra/config/schema";

/** Under which the stack keeps who runs the database, as soon as its data is there. */
export const DATABASE_MODE = "databaseMode";

/**
 * Refuses a change of mode that says nothing about the data. Without it the programs would be on a new, empty database before
 * anybody notices: the engine deletes the old server at the end of an update, and only there meets its protection.
 *
 * @param before mode at the end of the last `up`; `undefined` where there was none
 * @throws {pulumi.RunError} naming the setting to write
 */
export function refuseUnsaidMove({ database }: Pick<HomelabConfig, "database">, before: string | undefined): void {
    const { mode, moveFrom } = database;
    if (before === undefined || before === mode) return;
    const refuse = (path: string, wrong: string, rule: string): never => {
        throw new pulumi.RunError(
            `database.${path}: ${wrong} (${rule}); write moveFrom: ${before}, or see docs/how-to/change-the-database-mode.md. Nothing was changed`,
        );
    };
    if (moveFrom === undefined)
        refuse(
            "mode",
            `is ${mode}, and the data is in ${before}`,
            "it does not move by itself, and programs would begin anew",
        );
    if (moveFrom !== "nothing" && moveFrom !== before)
        refuse("moveFrom", `is ${moveFrom ?? ""}, and the data is in ${before}`, "what is left anywhere else is older");
}
