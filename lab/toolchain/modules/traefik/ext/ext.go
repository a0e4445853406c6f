// Package ext stands for the place in Traefik's configuration that its makers keep for extensions. It is a module of its
// own that no proxy serves, and the program asks nothing of it.
package ext

// HTTP adds nothing to the configuration of HTTP.
type HTTP struct{}

// Router adds nothing to a router.
type Router struct{}
