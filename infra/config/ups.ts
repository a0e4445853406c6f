import { ipv4, port } from "./addressing";
import { count, group, text } from "./field";

/** The UPS of the house, as a server of Network UPS Tools (NUT) tells of it; its password is a secret and not in here. */
export const upsSchema = group("The UPS of the house, as a NUT server tells of it.", {
    server: ipv4("Address of the NUT server: the NAS, or whatever the UPS is plugged into. It goes down last."),
    port: port("Port of the NUT server. Default: 3493.").default(3493),
    name: text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,30}$/, "Name of the UPS there. Default: ups.", {
        is: "the name of a UPS",
        rule: "it stands before the @ in `upsc <name>@<server>`: letters, digits, hyphens and underscores",
        write: "write the name that `upsc -l <server>` shows",
    }).default("ups"),
    user: text(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$/, "User of hosts and machines there, a secondary in upsd.users.", {
        is: "a user of a NUT server",
        rule: "letters, digits, dots, hyphens and underscores",
        write: "write the name in brackets from upsd.users",
    }),
    batteryMinutes: count(
        "How long the house runs on battery before it begins to go down, in minutes. Default: 5. The battery must last " +
            "for six minutes more: three for the agents, three for the servers. Hosts and NAS come after that.",
        {
            min: 1,
            max: 120,
            unit: "minutes",
            rule: "most outages last seconds, and no battery of a house lasts for hours",
        },
    ).default(5),
});
