// Bench measures idlcall beside others, all as processes, in one run: grpcurl, evans, ghz, clients of
// grpc-go and Kitex written by hand, Kitex's JSON generic call (kitexcall cannot be had from the
// module proxy), and bare frames. It prints medians, ratios, peak memory, and
// the goal of a ratio where there is one. Times depend on the machine; ratios are what to compare.
// The idlcall that it measures is built as releases are, with the patches of deploy/patches; one
// from "go install" starts slower.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	rounds := flag.Int("rounds", 27, "runs of each short case; long ones run a third of that")
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
	fmt.Println("idlcall is built as releases are, with the patches of deploy/patches: one from go install starts slower")
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
	for _, section := range []struct {
		title string
		works []work
	}{
		{"cold calls", cold(tools, files, addr)}, {"large schemas", schemas(tools, files, addr)}, {"streams", streams(tools, files, addr)}, {"Thrift", thrift},
	} {
		works := slices.DeleteFunc(section.works, func(w work) bool { return !strings.Contains(w.name, only) })
		if len(works) > 0 {
			printHead(section.title)
		}
		for _, w := range works {
			n := rounds
			if w.long {
				n = max(rounds/3, 1)
			}
			if err := w.measure(n); err != nil {
				return err
			}
		}
	}
	return figures(tools, addr, max(rounds/3, 1), only)
}

// figures are what is no time of a process.
func figures(p programs, addr string, rounds int, only string) error {
	for _, f := range []struct {
		title string
		print func() error
	}{
		{"load", func() error { return loads(p, addr, rounds) }},
		{"stall", func() error { return stall(p) }},
		{"memory", func() error { return memory(p, addr) }},
		{"codec", func() error { return codecs(rounds) }},
	} {
		if !strings.Contains(f.title, only) {
			continue
		}
		printHead(f.title)
		if err := f.print(); err != nil {
			return fmt.Errorf("%s: %w", f.title, err)
		}
	}
	return nil
}
