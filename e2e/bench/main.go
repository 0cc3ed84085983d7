// Bench measures idlcall beside grpcurl against one grpc-go server, and beside a
// client of Kitex's JSON generic call against a Kitex server, all as processes, in
// one run. It prints medians of wall time, their ratio, and peak
// memory. Times depend on the machine; ratios are what to compare.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	rounds := flag.Int("rounds", 15, "runs of each short case; long ones run a third of that")
	only := flag.String("run", "", "only cases whose name contains this")
	serve := flag.Bool("serve", false, "only run the servers, print their addresses, and wait")
	flag.Parse()
	run := func() error { return bench(*rounds, *only) }
	if *serve {
		run = serveAll
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serveAll runs the servers until the process is ended.
func serveAll() error {
	addr, _, err := startServer()
	if err != nil {
		return err
	}
	thrift, err := startThrift()
	if err != nil {
		return err
	}
	fmt.Printf("BENCH=%s\nKITEX=%s\nKITEX_STREAMS=%s\n", addr, thrift.kitex, thrift.streams)
	select {}
}

func bench(rounds int, only string) error {
	dir, err := os.MkdirTemp("", "idlcall-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("IDLCALL_CACHE", filepath.Join(dir, "cache")); err != nil {
		return err
	}
	tools, err := build(dir)
	if err != nil {
		return err
	}
	addr, stop, err := startServer()
	if err != nil {
		return err
	}
	defer stop()
	files, err := generate(dir, tools)
	if err != nil {
		return err
	}
	thrift, stopThrift, err := thriftCases(tools, dir)
	if err != nil {
		return err
	}
	defer stopThrift()
	printHead()
	for _, c := range append(cases(tools, files, addr), thrift...) {
		if err := c.measure(rounds, only); err != nil {
			return err
		}
	}
	return nil
}
