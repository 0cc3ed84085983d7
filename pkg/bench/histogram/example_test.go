package histogram_test

import (
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

func Example() {
	var monday, tuesday histogram.H
	for i := range 1000 {
		monday.Record(time.Duration(i+1) * time.Microsecond)
		tuesday.Record(time.Duration(i+1) * time.Millisecond)
	}
	back, err := tuesday.Pack().Unpack()
	if err != nil {
		fmt.Println(err)
		return
	}
	monday.Add(back)
	fmt.Println(monday.Count(), monday.Percentile(50), monday.Percentile(99).Round(time.Millisecond))
	// Output: 2000 1.000447ms 980ms
}
