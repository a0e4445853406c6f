package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// No probe takes longer to ask than this.
	patience = 10 * time.Second
	// Nor has one that much to say.
	maxHead = 64 << 10
	body    = "ok\n"
)

// serve answers by hand: net/http would make the program, which runs once a pod, three times as large.
func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			// Out of open files, or the peer has gone already: the next may work.
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go answer(connection)
	}
}

// answer reads one request's head, answers it and closes.
func answer(connection net.Conn) {
	defer connection.Close()
	if connection.SetDeadline(time.Now().Add(patience)) != nil {
		return
	}
	head := bufio.NewReader(io.LimitReader(connection, maxHead))
	request, err := head.ReadString('\n')
	for line := request; strings.TrimRight(line, "\r\n") != ""; {
		if err != nil {
			return
		}
		line, err = head.ReadString('\n')
	}
	if err != nil {
		return
	}
	fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", len(body))
	if !strings.HasPrefix(request, "HEAD ") {
		io.WriteString(connection, body)
	}
}
