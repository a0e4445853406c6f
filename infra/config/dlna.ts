import { group, list, text } from "./field";

const deviceSchema = group("Devices that are given films as they can play them.", {
    name: text(/^[a-z][a-z0-9-]{0,30}$/, "A name for them, shown in Jellyfin.", {
        is: "a name",
        rule: "lower-case letters, digits and hyphens: it names a file",
        write: "write one like orange-box",
    }),
    userAgent: text(
        /^[^\r\n]{3,200}$/,
        "Part of what the device calls itself (its User-Agent), a regular expression; Jellyfin's log shows it.",
        {
            is: "a part of a User-Agent",
            rule: "less than three letters would match every device",
            write: "write one like Orange or SEC_HHP",
        },
    ),
});

/** Jellyfin for televisions and boxes that know DLNA only. */
export const dlnaSchema = group(
    "Old televisions and boxes, which look for media servers by multicast (DLNA). One pod answers them on its node's network; films come through the ingress. Whoever is in the house's network sees the library without a login.",
    {
        devices: list(
            deviceSchema,
            "Devices that fail at Matroska and HEVC: they are given H.264. Default: none. Tried against the form of the plugin's own profiles, not against a television.",
            { min: 0, max: 20, rule: "each is a profile of the plugin" },
        ).default([]),
    },
);
