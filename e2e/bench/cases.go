package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// pair is one piece of work done by both tools.
type pair struct {
	name  string
	ours  []string
	peers []string
	stdin string
	long  bool // takes seconds with the peer
	// fails is true where both end with an error, as a call of a method that
	// the server does not have: what is measured comes before.
	fails bool
}

func cases(p programs, in inputs, addr string) []pair {
	warm := func(args ...string) []string { return append([]string{p.idlcall}, args...) }
	ours := func(args ...string) []string { return append(warm(args...), "--no-cache") }
	peer := func(args ...string) []string { return append([]string{p.grpcurl, "-plaintext"}, args...) }
	const small, large = `{"count":100000}`, `{"count":1000,"size":10240}`
	return []pair{
		{name: "version / empty Go program", ours: ours("version"), peers: []string{p.empty}},
		{name: "unary, .proto", ours: ours("call", "--idl", in.proto, addr, "bench.Bench/Unary"), peers: peer("-import-path", in.dir, "-proto", "bench.proto", addr, "bench.Bench/Unary")},
		{name: "unary, .proto, warm cache", ours: warm("call", "--idl", in.proto, addr, "bench.Bench/Unary"), peers: peer("-import-path", in.dir, "-proto", "bench.proto", addr, "bench.Bench/Unary")},
		{name: "unary, descriptor set", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Unary"), peers: peer("-protoset", in.set, addr, "bench.Bench/Unary")},
		{name: "unary, reflection", ours: ours("call", addr, "bench.Bench/Unary"), peers: peer(addr, "bench.Bench/Unary")},
		{name: "unary, reflection, warm cache", ours: warm("call", addr, "bench.Bench/Unary", "--cache-time", "5m"), peers: peer(addr, "bench.Bench/Unary")},
		{name: "500 files: call", ours: ours("call", "--idl", in.root, addr, "tree.Root/Call77"), peers: peer("-import-path", in.tree, "-proto", "root.proto", addr, "tree.Root/Call77"), long: true, fails: true},
		{name: "500 files: call, warm cache", ours: warm("call", "--idl", in.root, addr, "tree.Root/Call77"), peers: peer("-import-path", in.tree, "-proto", "root.proto", addr, "tree.Root/Call77"), long: true, fails: true},
		{name: "500 files: call of all", ours: ours("call", "--idl", in.root, addr, "tree.Root/All"), peers: peer("-import-path", in.tree, "-proto", "root.proto", addr, "tree.Root/All"), long: true, fails: true},
		{name: "500 files: call of all, warm", ours: warm("call", "--idl", in.root, addr, "tree.Root/All"), peers: peer("-import-path", in.tree, "-proto", "root.proto", addr, "tree.Root/All"), long: true, fails: true},
		{name: "5,000-message set: call", ours: ours("call", "--idl", in.treeSet, addr, "tree.Root/Call77"), peers: peer("-protoset", in.treeSet, addr, "tree.Root/Call77"), long: true, fails: true},
		{name: "5,000-message set: list", ours: ours("list", "--idl", in.treeSet), peers: []string{p.grpcurl, "-protoset", in.treeSet, "list"}, long: true},
		{name: "5,000-message set: describe", ours: ours("describe", "--idl", in.treeSet, "tree.f77.Message3"), peers: []string{p.grpcurl, "-protoset", in.treeSet, "describe", "tree.f77.Message3"}, long: true},
		{name: "server stream, 100,000 small", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Many", "-d", small), peers: peer("-protoset", in.set, "-d", small, addr, "bench.Bench/Many"), long: true},
		{name: "server stream, 1,000 x 10 KB", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Many", "-d", large), peers: peer("-protoset", in.set, "-d", large, addr, "bench.Bench/Many"), long: true},
		{name: "client stream, 100,000", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Count"), peers: peer("-protoset", in.set, "-d", "@", addr, "bench.Bench/Count"), stdin: in.documents, long: true},
		{name: "bidi echo, 100,000", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Echo"), peers: peer("-protoset", in.set, "-d", "@", addr, "bench.Bench/Echo"), stdin: in.documents, long: true},
	}
}

func printHead() {
	fmt.Printf("%-32s %12s %12s %8s %10s %10s\n", "", "idlcall", "peer", "ratio", "peak MiB", "peer MiB")
}

// measure runs both in turn and prints the medians.
func (c pair) measure(rounds int, only string) error {
	if !strings.Contains(c.name, only) {
		return nil
	}
	if c.long {
		rounds = max(3, rounds/3)
	}
	var ours, peers sample
	for range rounds + 1 { // the first round warms caches and does not count
		for _, side := range []struct {
			args []string
			s    *sample
		}{{c.ours, &ours}, {c.peers, &peers}} {
			if err := side.s.run(side.args, c.stdin, c.fails); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	a, b := ours.median(), peers.median()
	fmt.Printf("%-32s %12s %12s %8.3f %10.1f %10.1f\n", c.name, show(a), show(b), float64(a)/float64(b), ours.memory(), peers.memory())
	return nil
}

func show(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// sample collects the runs of one command.
type sample struct {
	times []time.Duration
	peak  int64 // KiB
}

func (s *sample) run(args []string, stdin string, fails bool) error {
	c := exec.Command(args[0], args[1:]...)
	if stdin != "" {
		f, err := os.Open(stdin)
		if err != nil {
			return err
		}
		defer f.Close()
		c.Stdin = f
	}
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	var stderr strings.Builder
	c.Stdout, c.Stderr = out, &stderr
	start := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	stop := func() {}
	if len(s.times) == 0 { // the warming round: watching costs time
		stop = s.watch(c.Process.Pid)
	}
	err = c.Wait()
	stop()
	s.times = append(s.times, time.Since(start))
	if (err != nil) != fails {
		return fmt.Errorf("%s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return nil
}

// watch reads the peak memory of a process, every half millisecond, until the
// returned func is called. (The kernel's own account of a child begins with the
// memory of the parent that forked it.)
func (s *sample) watch(pid int) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(500 * time.Microsecond):
			}
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
				var kib int64
				fmt.Sscan(rest, &kib)
				s.peak = max(s.peak, kib)
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (s *sample) median() time.Duration {
	times := slices.Clone(s.times[1:])
	slices.Sort(times)
	return times[len(times)/2]
}

func (s *sample) memory() float64 { return float64(s.peak) / 1024 }
