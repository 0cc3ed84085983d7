package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
)

// loads measures "idlcall bench" beside ghz.
func loads(p programs, addr string, rounds int) error {
	if p.ghz == "" {
		fmt.Println("ghz does not build here: nothing to hold bench against")
		return nil
	}
	const document = `{"id":"7","name":"some name","ok":true}`
	var ours, peers []cost
	for range rounds + 1 {
		a, err := measureLoad(200_000, p.idlcall, "bench", addr, "bench.Bench/Unary", "-d", document, "-c", "50", "-n", "200000", "--report", "json")
		if err != nil {
			return err
		}
		b, err := measureLoad(40_000, p.ghz, "--insecure", "--call", "bench.Bench/Unary", "-d", document, "-c", "50", "--connections", "1", "-n", "40000", "-O", "json", addr)
		if err != nil {
			return err
		}
		ours, peers = append(ours, a), append(peers, b)
	}
	of := func(list []cost, value func(cost) float64) float64 {
		var values []float64
		for _, c := range list[1:] {
			values = append(values, value(c))
		}
		return median(values)
	}
	rate, cpu := func(c cost) float64 { return c.rate }, func(c cost) float64 { return c.cpu }
	printFigure("calls a second, 50 at once", "ghz", of(ours, rate), of(peers, rate), goal{">=", 4})
	printFigure("µs of CPU for a call", "ghz", of(ours, cpu), of(peers, cpu), atMost(0.1))
	return nil
}

// printFigure prints a figure that is no time of a process.
func printFigure(name, rival string, ours, its float64, g goal) {
	fmt.Printf("%-34s %-9s %11.1f %11.1f %7.3f %9s %9s  %s\n", name, rival, ours, its, ours/its, "", "", g.verdict(ours/its))
}

// cost is what a load came to: calls a second, and microseconds of CPU for each.
type cost struct{ rate, cpu float64 }

// measureLoad runs a program that prints JSON with its rate, and asks the kernel for its CPU. All calls
// must have gone well.
func measureLoad(calls int, args ...string) (cost, error) {
	c := exec.Command(args[0], args[1:]...)
	out, err := c.Output()
	if err != nil {
		return cost{}, fmt.Errorf("%v: %w", args, err)
	}
	var report struct {
		Rate, RPS, Calls       float64
		StatusCodeDistribution map[string]float64
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return cost{}, err
	}
	if report.Calls != float64(calls) && report.StatusCodeDistribution["OK"] != float64(calls) {
		return cost{}, fmt.Errorf("%v: not all calls went well: %v", args[0], report)
	}
	used := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return cost{max(report.Rate, report.RPS), float64(used.Nanoseconds()) / 1000 / float64(calls)}, nil
}

// stall has a server that stalls for a second in every ten under 10,000 calls a second, and holds p99
// against what the server itself saw of the calls, counted from when each was to begin: call number n
// has n in its request.
func stall(p programs) error {
	s, addr, err := startStalling(10*time.Second, time.Second)
	if err != nil {
		return err
	}
	defer s.stop()
	const rate, seconds = 10_000, 20
	out, err := exec.Command(p.idlcall, "bench", addr, "bench.Bench/Unary", "--idl-string", benchProto, "-d", "{}", "--vary", ".id = $n", "--rate", fmt.Sprint(rate),
		"--duration", fmt.Sprint(seconds, "s"), "--timeout", "30s", "--report", "json").Output()
	if err != nil {
		return err
	}
	var report struct {
		Calls   int
		Summary struct {
			Latency, Corrected struct{ Percentiles map[string]float64 }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return err
	}
	if report.Calls != rate*seconds {
		return fmt.Errorf("%d calls of %d", report.Calls, rate*seconds)
	}
	byHand := s.p99(rate)
	fmt.Printf("\n10,000 calls/s, of a server that stalls for 1 s of 10: p99 from intended starts %.0f ms, as the server saw it %.0f ms (in a server that catches up at once 900 ms); from when calls began %.0f ms\n",
		report.Summary.Corrected.Percentiles["p99"]/1e6, byHand.Seconds()*1000, report.Summary.Latency.Percentiles["p99"]/1e6)
	return nil
}

// stalling is a server that stalls, and remembers when it answered.
type stalling struct {
	*grpc.Server
	start time.Time

	mu       sync.Mutex
	answered map[uint64]time.Duration // by call
}

func startStalling(period, pause time.Duration) (*stalling, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s := &stalling{start: time.Now(), answered: map[uint64]time.Duration{}}
	s.Server = grpc.NewServer(grpc.ForceServerCodec(eitherCodec{}), grpc.UnknownServiceHandler(func(_ any, call grpc.ServerStream) error {
		var body []byte
		if err := call.RecvMsg(&body); err != nil {
			return err
		}
		number := uint64(0)
		if len(body) > 0 {
			if body[0] != 8 {
				return errors.New("not a request with an id")
			}
			number, _ = protowire.ConsumeVarint(body[1:])
		}
		if in := time.Since(s.start) % period; in < pause {
			time.Sleep(pause - in)
		}
		err := call.SendMsg(&body)
		s.mu.Lock()
		s.answered[number] = time.Since(s.start)
		s.mu.Unlock()
		return err
	}))
	go func() { _ = s.Serve(l) }()
	return s, l.Addr().String(), nil
}

func (s *stalling) stop() { s.Stop() }

// p99 is the time that 99 of 100 calls did not exceed, from when they were to begin. The first answer that
// came at once tells when that was for call 0.
func (s *stalling) p99(rate int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var times []time.Duration
	for n, at := range s.answered {
		times = append(times, at-time.Duration(n)*time.Second/time.Duration(rate))
	}
	slices.Sort(times)
	return times[len(times)*99/100] - times[0]
}
