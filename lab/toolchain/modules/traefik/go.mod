module homelab.lab/traefik

go 1.26.0

require github.com/traefik/traefik/v3 v3.7.13

// Traefik's own replacements and exclusion: those of a requirement do not count. Of its fork of go-http-auth proxies serve
// this version only.
replace github.com/abbot/go-http-auth => github.com/containous/go-http-auth v0.4.1-0.20200324110947-a37a7636d23e

replace github.com/gorilla/mux => github.com/containous/mux v0.0.0-20250523120546-41b6ec3aed59

// In its checkout this is a folder, which the published module leaves out.
replace github.com/traefik/traefik/dynamic/ext => ./ext

exclude github.com/tencentcloud/tencentcloud-sdk-go v3.0.83+incompatible
