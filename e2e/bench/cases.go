package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// work is one piece of work, done by idlcall and by others.
type work struct {
	name   string
	ours   []string
	rivals []rival // the first is the one that the goal is about
	stdin  string
	long   bool // takes seconds with a rival
	// fails is true where all end with an error, as a call of a method that
	// the server does not have: what is measured comes before.
	fails bool
	goal  goal
}

// rival is another program that does the work; one without args does not build here.
type rival struct {
	name string
	args []string
}

// goal is what our time over the rival's should keep to; the zero value has none.
type goal struct {
	op    string // <= or >=
	bound float64
}

func atMost(ratio float64) goal { return goal{"<=", ratio} }

// times is for a goal of so many times the speed.
func times(n float64) goal { return goal{"<=", 1 / n} }

// verdict shows a goal, and whether a ratio keeps to it.
func (g goal) verdict(ratio float64) string {
	switch {
	case g.op == "":
		return ""
	case g.op == "<=" && ratio <= g.bound, g.op == ">=" && ratio >= g.bound:
		return fmt.Sprintf("%s %.3g", g.op, g.bound)
	}
	return fmt.Sprintf("%s %.3g MISSED", g.op, g.bound)
}

// cold are calls that a process makes and ends.
func cold(p programs, in inputs, addr string) []work {
	warm := func(args ...string) []string { return append([]string{p.idlcall}, args...) }
	ours := func(args ...string) []string { return append(warm(args...), "--no-cache") }
	grpcurl := func(args ...string) rival {
		return rival{"grpcurl", append([]string{p.grpcurl, "-plaintext"}, args...)}
	}
	proto := grpcurl("-import-path", in.dir, "-proto", "bench.proto", addr, "bench.Bench/Unary")
	host, port, _ := strings.Cut(addr, ":")
	evans := rival{"evans", []string{p.evans, "--path", in.dir, "--proto", "bench.proto", "--host", host, "--port", port, "cli", "call", "--file", in.empty, "bench.Bench.Unary"}}
	if p.evans == "" {
		evans.args = nil
	}
	raw := rival{"grpc-go", []string{p.grpcgo, addr, "unary"}}
	return []work{
		{name: "version", ours: warm("version"), rivals: []rival{{"empty", []string{p.empty}}, {"grpcurl", []string{p.grpcurl, "-version"}}}, goal: atMost(2.4)},
		{name: "unary, .proto", ours: ours("call", "--idl", in.proto, addr, "bench.Bench/Unary"), rivals: []rival{proto, evans, raw}, goal: atMost(0.42)},
		{name: "unary, .proto, warm cache", ours: warm("call", "--idl", in.proto, addr, "bench.Bench/Unary"), rivals: []rival{proto}, goal: atMost(0.40)},
		{name: "unary, descriptor set", ours: ours("call", "--idl", in.set, addr, "bench.Bench/Unary"), rivals: []rival{grpcurl("-protoset", in.set, addr, "bench.Bench/Unary")}, goal: atMost(0.40)},
		{name: "unary, reflection", ours: ours("call", addr, "bench.Bench/Unary"), rivals: []rival{grpcurl(addr, "bench.Bench/Unary")}, goal: atMost(0.40)},
		{name: "unary, reflection, warm cache", ours: warm("call", addr, "bench.Bench/Unary", "--cache-time", "5m"), rivals: []rival{grpcurl(addr, "bench.Bench/Unary")}, goal: atMost(0.40)},
	}
}

// schemas are calls of which most of the time goes into IDL: 500 files with 5,000 messages.
func schemas(p programs, in inputs, addr string) []work {
	warm := func(args ...string) []string { return append([]string{p.idlcall}, args...) }
	ours := func(args ...string) []string { return append(warm(args...), "--no-cache") }
	files := func(method string) []rival {
		return []rival{{"grpcurl", []string{p.grpcurl, "-plaintext", "-import-path", in.tree, "-proto", "root.proto", addr, method}}}
	}
	set := func(args ...string) []rival {
		return []rival{{"grpcurl", append([]string{p.grpcurl, "-plaintext", "-protoset", in.treeSet}, args...)}}
	}
	list := []work{
		{name: "500 files: call", ours: ours("call", "--idl", in.root, addr, "tree.Root/Call77"), rivals: files("tree.Root/Call77"), fails: true},
		{name: "500 files: call, warm cache", ours: warm("call", "--idl", in.root, addr, "tree.Root/Call77"), rivals: files("tree.Root/Call77"), fails: true},
		{name: "500 files: call that reaches all", ours: ours("call", "--idl", in.root, addr, "tree.Root/All"), rivals: files("tree.Root/All"), fails: true, goal: atMost(0.15)},
		{name: "5,000-message set: call", ours: ours("call", "--idl", in.treeSet, addr, "tree.Root/Call77"), rivals: set(addr, "tree.Root/Call77"), fails: true, goal: atMost(0.05)},
		{name: "5,000-message set: reaches all", ours: ours("call", "--idl", in.treeSet, addr, "tree.Root/All"), rivals: set(addr, "tree.Root/All"), fails: true, goal: atMost(0.15)},
		{name: "5,000-message set: list", ours: ours("list", "--idl", in.treeSet), rivals: []rival{{"grpcurl", []string{p.grpcurl, "-protoset", in.treeSet, "list"}}}},
		{name: "5,000-message set: describe", ours: ours("describe", "--idl", in.treeSet, "tree.f77.Message3"), rivals: []rival{{"grpcurl", []string{p.grpcurl, "-protoset", in.treeSet, "describe", "tree.f77.Message3"}}}},
	}
	for i := range list {
		list[i].long = true
	}
	return list
}

// streams are of 100,000 messages, and 20,000 calls one after the other.
func streams(p programs, in inputs, addr string) []work {
	const small, large = `{"count":100000}`, `{"count":1000,"size":10240}`
	ours := func(method string, args ...string) []string {
		return append([]string{p.idlcall, "call", "--no-cache", "--idl", in.set, addr, "bench.Bench/" + method}, args...)
	}
	grpcurl := func(method string, args ...string) rival {
		return rival{"grpcurl", slices.Concat([]string{p.grpcurl, "-plaintext", "-protoset", in.set}, args, []string{addr, "bench.Bench/" + method})}
	}
	frames := func(args ...string) rival { return rival{"frames", append([]string{p.frames, addr}, args...)} }
	raw := func(mode string) rival { return rival{"grpc-go", []string{p.grpcgo, addr, mode, "100000"}} }
	each := ours("Unary", "--each")
	list := []work{
		{name: "server stream, 100,000", ours: ours("Many", "-d", small), rivals: []rival{frames("many", "100000"), raw("many"), grpcurl("Many", "-d", small)}, goal: atMost(1.1)},
		{name: "server stream, 1,000 x 10 KB nested", ours: ours("Orders", "-d", large), rivals: []rival{grpcurl("Orders", "-d", large)}, goal: times(16)},
		{name: "client stream, 100,000", ours: ours("Count"), rivals: []rival{grpcurl("Count", "-d", "@"), raw("count")}, stdin: in.documents, goal: times(12)},
		{name: "bidi echo, 100,000", ours: ours("Echo"), rivals: []rival{grpcurl("Echo", "-d", "@"), raw("echo")}, stdin: in.documents, goal: times(8)},
		{name: "--each, 20,000 calls", ours: each, rivals: []rival{frames("each", "20000")}, stdin: in.calls, goal: atMost(1.15)},
		{name: "--each --parallel 50", ours: append(slices.Clone(each), "--parallel", "50"), rivals: []rival{{"--each", each}}, stdin: in.calls, goal: times(5)},
	}
	for i := range list {
		list[i].long = true
	}
	return list
}

func printHead(title string) {
	fmt.Printf("\n%-34s %-9s %11s %11s %7s %9s %9s  %s\n", title, "beside", "idlcall", "it", "ratio", "peak MiB", "its", "goal")
}

// measure runs all in turn and prints the medians.
func (w work) measure(rounds int) error {
	ours, others := &sample{}, make([]*sample, len(w.rivals))
	for i := range others {
		others[i] = &sample{}
	}
	for range rounds + 1 { // the first round warms caches and does not count
		if err := ours.run(w.ours, w.stdin, w.fails); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		for i, r := range w.rivals {
			if r.args == nil {
				continue
			}
			if err := others[i].run(r.args, w.stdin, w.fails); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	name, g := w.name, w.goal
	for i, r := range w.rivals {
		if r.args == nil {
			fmt.Printf("%-34s %-9s does not build here\n", name, r.name)
			continue
		}
		a, b := ours.median(), others[i].median()
		ratio := float64(a) / float64(b)
		fmt.Printf("%-34s %-9s %11s %11s %7.3f %9.1f %9.1f  %s\n", name, r.name, show(a), show(b), ratio, ours.memory(), others[i].memory(), g.verdict(ratio))
		name, g = "", goal{}
	}
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
