import { z } from "zod";
import { field, flag, group } from "./field";
import { domain, name } from "./naming";

/** The house as a whole: its name, its domain, how careful it is with data. */
export const houseSchema = group("The house as a whole.", {
    name: name("Name of the house, part of the names of what is shared between houses."),
    domain: domain("Domain that the house's services live below; jellyfin.<domain> is one of them."),
    protectData: flag(
        "Whether Pulumi refuses to delete what holds data (volumes, buckets, databases). Default: true. The lab sets false, so that it can be thrown away.",
    ).default(true),
    readinessBudgetMinutes: field(
        z.number().min(0.1).max(120),
        "How long `pulumi up` waits for all planned nodes to join, in minutes. Default: 10: VMs take about 5 minutes to come up, k3s the rest.",
        {
            is: "a number of minutes from 0.1 to 120",
            rule: "a node that has not joined after two hours never will",
            write: "write a number from 0.1 to 120",
        },
    ).default(10),
});
