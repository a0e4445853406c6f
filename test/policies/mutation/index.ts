import { dayOf } from "../../../policies/model/day";
import { captureStack } from "../../support/stack-graph";
import { genericMutations } from "./generic";
import { named } from "./named";
import { fates, noticed } from "./score";

/** Prints the score: how many of the program's safety properties can go only if somebody notices. */
async function main(): Promise<void> {
    const { resources } = await captureStack("prod");
    const all = fates([...named, ...genericMutations(resources)], resources, dayOf(new Date()));
    for (const fate of all) {
        const mark = noticed(fate) ? "noticed" : fate.applied ? "UNNOTICED" : "NOTHING TO TAKE AWAY";
        console.log(`${mark}  ${fate.name}${fate.refusedBy.length > 0 ? `  (${fate.refusedBy.join(", ")})` : ""}`);
    }
    const good = all.filter(noticed).length;
    console.log(`${good} of ${all.length} noticed: ${Math.floor((100 * good) / all.length)} % (goal 100 %)`);
    process.exitCode = good === all.length ? 0 : 1;
}

void main();
