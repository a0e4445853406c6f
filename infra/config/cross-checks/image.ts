import type { CrossCheck } from "./places";

const digits = { sha512: 128, sha256: 64 } as const;

const wrongFlavours = [
    // Debian's cloud kernel is built without DRM (`# CONFIG_DRM is not set`): a passed-through GPU never appears.
    { flavour: "genericcloud", rule: "its kernel has no graphics drivers, so no /dev/dri" },
    { flavour: "nocloud", rule: "it has no cloud-init and lets root in without a password" },
] as const;

/** The image starts with cloud-init and shows the GPU that its machine is given. */
export const imageHasGraphics: CrossCheck = ({ guestImage }) => {
    const file = guestImage?.url.split("/").at(-1) ?? "";
    return wrongFlavours
        .filter(({ flavour }) => file.includes(`-${flavour}-`))
        .map(({ flavour, rule }) => ({
            path: "guestImage.url",
            wrong: `${file} is the ${flavour} flavour`,
            rule,
            write: "write the address and checksum of the generic flavour",
        }));
};

/** What is downloaded again must be what was downloaded before. */
export const imageIsDated: CrossCheck = ({ guestImage }) =>
    guestImage === undefined || (/\/\d{8}(-\d+)?\//.test(guestImage.url) && !guestImage.url.includes("/latest/"))
        ? []
        : [
              {
                  path: "guestImage.url",
                  wrong: `${guestImage.url} is not a dated build`,
                  rule: "an image that is rebuilt under its name no longer has its checksum",
                  write: "write the address in a folder with a date, such as 20260914-2601",
              },
          ];

/** Proxmox runs on amd64 only. */
export const imageIsForTheProcessor: CrossCheck = ({ guestImage }) => {
    const file = guestImage?.url.split("/").at(-1) ?? "";
    const other = file.match(/arm64|aarch64|ppc64el|riscv64/)?.[0];
    return other === undefined
        ? []
        : [
              {
                  path: "guestImage.url",
                  wrong: `${file} is an image for ${other}`,
                  rule: "the hosts are amd64",
                  write: "write the address and checksum of the amd64 image",
              },
          ];
};

/** A checksum is as long as its algorithm makes it. */
export const checksumHasItsLength: CrossCheck = ({ guestImage }) => {
    if (guestImage === undefined || guestImage.checksum.length === digits[guestImage.checksumAlgorithm]) {
        return [];
    }
    const { checksum, checksumAlgorithm } = guestImage;
    return [
        {
            path: "guestImage.checksum",
            wrong: `has ${checksum.length} digits`,
            rule: `${checksumAlgorithm} has ${digits[checksumAlgorithm]}`,
            write: `write the ${checksumAlgorithm} checksum, or change guestImage.checksumAlgorithm`,
        },
    ];
};
