// Command idle is there and does nothing until SIGTERM or SIGINT, then ends with 0. It is the first process of every
// pod sandbox, so it collects the orphans of the pod; and it stands where a chart's program only has to be running.
//
//	idle                nothing else; the same with the arguments of a program that it stands for
//	idle serve <port>   answers every HTTP request with 200, for containers with a probe
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)

	if arguments := os.Args[1:]; len(arguments) > 0 && arguments[0] == "serve" {
		if len(arguments) != 2 {
			fail(2, "usage: idle [serve <port>]")
		}
		port, err := strconv.ParseUint(arguments[1], 10, 16)
		if err != nil || port == 0 {
			fail(2, "serve: %q is no port (a number from 1 to 65535)", arguments[1])
		}
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			fail(1, "serve: %v", err)
		}
		go serve(listener)
	}

	// What ended before the signals were asked for has sent its own already.
	reap()
	for {
		select {
		case <-children:
			reap()
		case <-end:
			return
		}
	}
}

// reap collects every child that has ended: several that end together send one signal.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && (err != nil || pid <= 0) {
			return
		}
	}
}

func fail(code int, format string, values ...any) {
	fmt.Fprintf(os.Stderr, "idle: "+format+"\n", values...)
	os.Exit(code)
}
