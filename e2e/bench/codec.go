package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// codecPairs are what the benchmarks of e2e/oracle do with documents of 10 KB, ours and others', with the
// goal of our speed over theirs. json.Valid only looks at a document.
var codecPairs = []struct {
	name, benchmark, ours, rival, label string
	goal                                goal
}{
	{"Protobuf to JSON", "BenchmarkProtoCodec", "decode", "p2j", "dynamicgo", goal{">=", 290.0 / 272}},
	{"JSON to Protobuf", "BenchmarkProtoCodec", "encode", "valid", "Valid", goal{">=", 180.0 / 154}},
	{"", "BenchmarkProtoCodec", "encode", "j2p", "dynamicgo", goal{}},
	{"Thrift to JSON", "BenchmarkThriftCodec", "decode", "t2j", "dynamicgo", goal{">=", 341.0 / 308}},
	{"JSON to Thrift", "BenchmarkThriftCodec", "encode", "j2t", "dynamicgo", goal{">=", 1}},
}

// benchLine is a line of "go test -bench": name, megabytes of JSON a second.
var benchLine = regexp.MustCompile(`(?m)^(Benchmark\w+)/(\w+)/10000\S*\s+\d+\s.* ([\d.]+) MB/s`)

// codecs holds our codecs against dynamicgo's and json.Valid, in one process.
func codecs(rounds int) error {
	c := exec.Command("go", "test", "-run", "^$", "-bench", "Codec/.*/10000$", "-benchtime", "300ms", "-count", strconv.Itoa(rounds), "github.com/idlcall/idlcall/e2e/oracle")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	speeds := map[string][]float64{}
	for _, m := range benchLine.FindAllStringSubmatch(string(out), -1) {
		speed, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return err
		}
		speeds[m[1]+m[2]] = append(speeds[m[1]+m[2]], speed)
	}
	for _, pair := range codecPairs {
		ours, theirs := speeds[pair.benchmark+pair.ours], speeds[pair.benchmark+pair.rival]
		if len(ours) == 0 || len(theirs) == 0 {
			return fmt.Errorf("no figures of %s\n%s", pair.benchmark, out)
		}
		printFigure(pair.name+" (MB/s)", pair.label, median(ours), median(theirs), pair.goal)
	}
	return nil
}

func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}
