import { libraryPath, type Places } from "./places";

/**
 * What Jellyfin's image lacks. Taken from Debian by the image itself, so that its libraries fit: Debian's signature stands for
 * each package. As if nothing were installed: an image of one's own may have half of it, and half a Python does not start.
 */
const PACKAGES = ["openssh-client", "openssh-server", "python3", "python3-click", "python3-yaml"];

/**
 * Unpacks the tools on the shared volume, once for each version of them (`TOOLS_ID`); needs no right and changes nothing
 * of the image. rffmpeg is one file, whose checksum is compared. A folder that is there is complete: it gets its name last.
 */
export function installTools({ cache }: Places): string {
    const path = libraryPath({ tools: "$root" });
    return `set -eu
target=${cache}/tools/\${TOOLS_ID:?}
if [ -d "$target" ]; then
  echo "the tools $TOOLS_ID are there"
  exit 0
fi
work=\${WORK:-/tmp}
root=$work/root
mkdir -p "$work/state/lists/partial" "$work/archives/partial" "$root/bin" "$work/parts"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
: > "$work/status"
cat > "$work/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $codename main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security $codename-security main
END
apt() {
  apt-get --quiet --quiet -o Dir::State="$work/state" -o Dir::State::status="$work/status" \\
    -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \\
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts" \\
    -o Debug::NoLocking=1 -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}
apt update
apt install --download-only --yes --no-install-recommends ${PACKAGES.join(" ")}
# The linker of the image loads the C library of the image, and no other. Perl is for the packages' own installation.
rm -f "$work"/archives/libc6_* "$work"/archives/perl* "$work"/archives/libperl*
for package in "$work"/archives/*.deb; do
  dpkg-deb --extract "$package" "$root"
done
(cd "$root" && rm -rf usr/share var etc)
curl --silent --show-error --fail --location --max-time 60 --retry 3 --output "$root/bin/rffmpeg" "\${RFFMPEG_URL:?}"
echo "\${RFFMPEG_SHA256:?}  $root/bin/rffmpeg" | sha256sum --check --quiet
# It is what it is called: under these names it takes the arguments of ffmpeg, under its own those of its administrator.
ln -s rffmpeg "$root/bin/ffmpeg"
ln -s rffmpeg "$root/bin/ffprobe"
# Debian compiles when it installs; without, each start of Python would.
LD_LIBRARY_PATH=${path} PYTHONHOME="$root/usr" "$root/usr/bin/python3" -m compileall -q --invalidation-mode unchecked-hash "$root/usr/lib" || true
mkdir -p ${cache}/tools
# What a try that broke off has left: copied into it, the tools would lie a folder too deep.
rm -rf ${cache}/tools/."$TOOLS_ID".*
half=${cache}/tools/.$TOOLS_ID.$(hostname)
cp -R -P "$root" "$half"
# Another pod may have been faster; its folder is as good.
mv -T "$half" "$target" 2>/dev/null || rm -rf "$half"
test -d "$target"
echo "unpacked the tools $TOOLS_ID"
`;
}

/** Copies the tools from the shared volume: a program that is started for every film does not read itself over the network. */
function takeTools({ cache, tools }: Places, wait: string): string {
    return `set -eu
umask 077
from=${cache}/tools/\${TOOLS_ID:?}
${wait}
cp -R -P "$from/." ${tools}/
`;
}

const FETCHED = "the job transcode-tools fetches them from the internet, and its log says why it has not";

const WAIT = `[ -d "$from" ] || echo "waits for the tools: ${FETCHED}" >&2
until [ -d "$from" ]; do sleep 2; done`;

const WAIT_A_WHILE = `waited=0
until [ -d "$from" ] || [ "$waited" -ge "\${WAIT_SECONDS:?}" ]; do
  sleep 2
  waited=$((waited + 2))
done
if [ ! -d "$from" ]; then
  echo "the tools are not there: this pod transcodes by itself until its next start; ${FETCHED}" >&2
  exit 0
fi`;

/** What a worker does before it starts: its own host key alone leaves the secret. ssh refuses a key that a group may read. */
export function prepareWorker(places: Places): string {
    return `${takeTools(places, WAIT)}cp ${places.keys}/"\${POD_NAME:?}" ${places.state}/host_key
chmod 600 ${places.state}/host_key
`;
}

/**
 * What a pod of Jellyfin does before it starts: takes its key and lists the workers in a database of its own. In one that is shared,
 * rows are told apart by process ids alone, and pods delete each other's. Where there are no tools after `WAIT_SECONDS`, it
 * transcodes by itself.
 */
export function prepareServer(places: Places): string {
    const { cache, files, keys, state } = places;
    return `mkdir -p ${cache}/"\${POD_NAME:?}"/tmp
${takeTools(places, WAIT_A_WHILE)}cp ${keys}/client ${state}/client_key
chmod 600 ${state}/client_key
${files}/rffmpeg init --no-root --yes
for worker in \${WORKERS:?}; do
  ${files}/rffmpeg add "$worker"
done
: > ${state}/ready
`;
}
