#!/bin/sh
# Like the vendor's image: options and Traefik's own commands go to Traefik, anything else is run as it is.
set -eu
case "${1-}" in
"" | -* | version | healthcheck) set -- traefik "$@" ;;
esac
exec "$@"
