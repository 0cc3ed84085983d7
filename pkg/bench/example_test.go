package bench_test

import (
	"context"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
)

func Example() {
	call := func(context.Context, int64, *bench.Meter) error { return nil }
	result, err := bench.Run(context.Background(), bench.Load{
		Plan:   bench.Plan{Stages: []bench.Stage{{Rate: true, From: 100, To: 100, For: 200 * time.Millisecond}}, InFlight: 10},
		Caller: func(int) (bench.Call, error) { return call, nil },
		Drain:  time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	slow, err := bench.ParseThreshold("p99>1s")
	if err != nil {
		fmt.Println(err)
		return
	}
	crossed, err := bench.Check(result, []*bench.Threshold{slow})
	fmt.Println(result.Calls, result.Ended, len(crossed), err)
	// Output: 20 time 0 <nil>
}
