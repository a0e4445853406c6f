import { url } from "./addressing";
import { flag, group, list, text } from "./field";

/** What the house keeps at AWS; keys come from the usual AWS credential chain, never from here. */
export const awsSchema = group("What the house keeps at AWS, outside its own walls.", {
    region: text(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, "Region of everything below.", {
        is: "an AWS region",
        rule: "a region is a place and a number",
        write: "write one like us-east-1",
    }),
    endpoint: url("Address of another server that speaks AWS' APIs. Leave it out for AWS itself.", {
        schemes: ["http", "https"],
        only: (parsed) => parsed.pathname === "/" && parsed.search === "",
        is: "the address of an AWS API",
        rule: "http or https, without a path",
        write: "write one like http://127.0.20.2:5000, or leave it out",
    }).optional(),
    bucketPrefix: text(/^(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/, "First part of every bucket's name.", {
        is: "the beginning of a bucket name",
        rule: "bucket names are unique in the world: 3 to 40 lower-case letters, digits and hyphens, with room for a suffix",
        write: "write one with something of your own in it, like homelab-<your domain>",
    }),
    backups: flag("Whether the bucket for backups, <bucketPrefix>-backups, is made. Default: true.").default(true),
    repositories: list(
        text(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "Name of an image repository.", {
            is: "a repository name",
            rule: "ECR takes lower-case words with dots, hyphens, underscores and slashes between them",
            write: "write one like k3s-homelab/jellyfin-ha",
        }),
        "Image repositories (ECR) for images of our own. Default: none.",
        { min: 0, max: 50, rule: "each is named" },
    ).default([]),
});
