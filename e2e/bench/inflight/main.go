// Command inflight makes unary calls with pkg/call, so many at once on one connection, and
// prints what one costs: the floor of a load generator on top of it. The server is that of
// bench -serve. Its arguments are an address, how many calls at once, and how many in all.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/stream"
)

func main() {
	profile := flag.String("cpuprofile", "", "write a CPU profile of the calls to this file")
	timeout := flag.Duration("timeout", 0, "each call has this deadline")
	flag.Parse()
	var atOnce, calls int
	_, err := fmt.Sscan(flag.Arg(1)+" "+flag.Arg(2), &atOnce, &calls)
	if err == nil {
		err = run(flag.Arg(0), atOnce, calls, *timeout, *profile)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "inflight:", err)
		os.Exit(1)
	}
}

func run(address string, atOnce, calls int, timeout time.Duration, profile string) error {
	target, err := call.ParseTarget(address)
	if err != nil {
		return err
	}
	c, err := client.New(call.Options{Targets: []call.Target{target}})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background()) // as a program has that can be interrupted
	defer cancel()
	rpc := stream.Call{Method: stream.Method{Service: "bench.Bench", Name: "Unary"}}
	if err := unary(ctx, c, rpc, timeout); err != nil { // connects
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before, began := usage(), time.Now()
	if err := all(ctx, c, rpc, timeout, atOnce, calls); err != nil {
		return err
	}
	took, used := time.Since(began), usage()
	n := float64(calls)
	fmt.Printf("%.2f us of CPU a call (user %.2f, system %.2f), %.1f allocations of %.0f bytes, %.0f calls/s\n",
		(used.user+used.system-before.user-before.system)/n, (used.user-before.user)/n, (used.system-before.system)/n,
		float64(used.mallocs-before.mallocs)/n, float64(used.bytes-before.bytes)/n, n/took.Seconds())
	return nil
}

// all makes calls from as many goroutines as there are to be at once.
func all(ctx context.Context, c *client.Client, rpc stream.Call, timeout time.Duration, atOnce, calls int) error {
	var left atomic.Int64
	left.Store(int64(calls))
	var wait sync.WaitGroup
	failed := make(chan error, atOnce)
	for range atOnce {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				if err := unary(ctx, c, rpc, timeout); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(failed)
	return <-failed
}

// body is a bench.Item.
var body = []byte("\x08\x07\x12\x09some name\x18\x01")

func unary(ctx context.Context, c *client.Client, rpc stream.Call, timeout time.Duration) error {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	s, err := c.Open(ctx, rpc)
	if err != nil {
		return err
	}
	defer s.Close(nil)
	if err := s.Send(body); err != nil {
		return err
	}
	reply, err := s.Recv()
	if err != nil {
		return err
	}
	if len(reply) != len(body) {
		return fmt.Errorf("a reply of %d bytes, want %d", len(reply), len(body))
	}
	if _, err := s.Recv(); err == nil {
		return fmt.Errorf("a second reply")
	}
	return nil
}

// used is what the process has used, times in microseconds.
type used struct {
	user, system   float64
	mallocs, bytes uint64
}

func usage() used {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	micro := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return used{micro(r.Utime), micro(r.Stime), m.Mallocs, m.TotalAlloc}
}
