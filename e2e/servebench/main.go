// Servebench measures the echo of "idlcall serve" beside the same of a grpc-go and of a Kitex
// server, each a process of its own, in one run and in turns. The clients write frames that
// are made once and look at no more of the answers than their ends, so that it is the servers
// that have the machine. What counts are the ratios.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "turns; the median counts")
	d := flag.Duration("time", 3*time.Second, "time of each measurement")
	conns := flag.Int("conns", 4, "connections")
	streams := flag.Int("streams", 32, "calls at a time on each connection of HTTP/2")
	tool := flag.String("tool", "", "a `binary` of idlcall in place of one that is built")
	server := flag.String("server", "", "be a server: grpc")
	idle := flag.Int("idle", 1000, "idle connections whose memory is measured")
	flag.Parse()
	var err error
	if *server != "" {
		err = serveGRPC()
	} else {
		err = bench(load{*d, *conns, *streams}, *rounds, *idle, *tool)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "servebench:", err)
		os.Exit(1)
	}
}

// load is what clients do.
type load struct {
	time           time.Duration
	conns, streams int
}

func bench(l load, rounds, idle int, tool string) error {
	servers, stop, err := start(tool)
	if err != nil {
		return err
	}
	defer stop()
	rates := map[string][]float64{}
	for range rounds {
		for _, s := range servers {
			rate, err := s.measure(l)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			rates[s.name] = append(rates[s.name], rate)
		}
	}
	fmt.Printf("%-28s %12s %8s\n", "echo", "requests/s", "ratio")
	var peer float64
	for _, s := range servers {
		rate := median(rates[s.name])
		if s.isPeer {
			peer = rate
		}
		fmt.Printf("%-28s %12.0f %8.2f\n", s.name, rate, rate/peer)
	}
	for _, s := range servers {
		n, err := s.memory(idle)
		if err != nil {
			return err
		}
		fmt.Printf("%-28s %12d bytes for each idle connection\n", s.name, n)
	}
	return nil
}

func median[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}
