package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
	"github.com/idlcall/idlcall/pkg/bench/report"
)

// result has two stages, streams, errors that try to be more than text, and all kinds of times.
func result() *bench.Result {
	times := func(d time.Duration, n int) histogram.Packed {
		h := &histogram.H{}
		for i := range n {
			h.Record(d + time.Duration(i)*d/time.Duration(n))
		}
		return h.Pack()
	}
	r := &bench.Result{
		Target: "localhost:50051", Method: "shop.Shop/Watch", Kind: "bidi streaming", Transport: "grpc", Connections: 2, Processes: 1,
		Plan:  bench.Plan{Warmup: time.Second, InFlight: 9, Stages: []bench.Stage{{Rate: true, From: 100, To: 100, For: time.Second}, {Rate: true, From: 100, To: 300, For: time.Second}}},
		Start: time.Date(2026, 11, 28, 12, 0, 0, 5e8, time.UTC), Elapsed: 2 * time.Second, Ended: "time",
		Tally: bench.Tally{Calls: 300, Failed: 6, Sent: bench.Traffic{Messages: 306, Bytes: 3060}, Received: bench.Traffic{Messages: 600, Bytes: 66000}},
		Cut:   1, Unmade: 2, Waited: 3,
		Failures: []bench.Failure{
			{Kind: "status", Name: "UNAVAILABLE", Code: 14, Count: 5, Example: "rpc: \x1b[2J</script><b>\n  99 lies", First: time.Second},
			{Kind: "deadline", Count: 1, Example: "no answer within 1s", First: 1500 * time.Millisecond},
		},
		Self: bench.Self{CPU: time.Second, CPUs: 2, Busy: 0.5, Lag: time.Millisecond, Elapsed: 2 * time.Second},
	}
	for i := range 2 {
		r.Windows = append(r.Windows, bench.Window{
			Start: time.Duration(i) * time.Second, Length: time.Second, Stage: i,
			Tally:   bench.Tally{Calls: int64(100 + 100*i), Failed: int64(6 * i), Sent: bench.Traffic{Messages: 153, Bytes: 1530}, Received: bench.Traffic{Messages: 300, Bytes: 33000}},
			Latency: times(time.Millisecond, 100+100*i), Corrected: times(2*time.Millisecond, 100+100*i), Messages: times(100*time.Microsecond, 300),
		})
	}
	r.Windows[1].FailedLatency = times(time.Second, 6)
	return r
}

func write(t *testing.T, f report.Form, r *bench.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, f, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRoundTrip reads what was written: all of it comes back.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := asJSON(t, result())
	for _, f := range []report.Form{report.JSON, report.HDR} {
		text := write(t, f, result())
		read, _, err := report.Read(strings.NewReader(text))
		if err != nil || len(read) != 1 {
			t.Fatalf("%s: %d results, %v", f, len(read), err)
		}
		if got := asJSON(t, read[0]); got != want {
			t.Errorf("%s comes back as\n%s\nwant\n%s", f, got, want)
		}
	}
	log := write(t, report.HDR, result())
	among := strings.Replace(log, "Tag=corrected", "warning: a word of stderr\nTag=corrected", 1)
	late := "error: --start-at: that was 3s ago\nhint: begin earlier\n"
	if read, errs, err := report.Read(strings.NewReader("* the load begins\n" + late + log + "\n* the load begins\n" + among)); len(errs) != 1 || err != nil || len(read) != 2 || asJSON(t, read[1]) != want {
		t.Errorf("two logs in one come back as %d, %v", len(read), err)
	}
}

func asJSON(t *testing.T, r *bench.Result) string {
	t.Helper()
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestText(t *testing.T) {
	t.Parallel()
	text := write(t, report.Text, result())
	for _, want := range []string{
		"grpc bidi streaming shop.Shop/Watch at localhost:50051\n100 calls/s for 1s, then 100 to 300 calls/s for 1s, over 2 connections,\nafter 1s of warm-up\n",
		"  calls             300  150.0/s in 2.00s\n", "  failed              6  1.96 %\n", "  cut                 1  ", "  unmade              2  ", "  waited              3  ",
		"  received          600  300.0/s, 66.0 kB, 33.0 kB/s\n",
		"  time         measured   corrected   a message\n",
		"  p50            1.50ms      2.99ms       150µs\n",
		"  p99.9               -           -           -\n",
		"  100-300/s:1s       200.0        6    2.99ms    3.97ms    3.99ms\n", "\n  a message\n    ≤ 100µs  █▏",
		"            5  UNAVAILABLE, first after 1.00s:\n               rpc: \uFFFD[2J</script><b> 99 lies\n",
		"  idlcall itself: 0.50 of 2 CPUs, 3.27ms a call; late by 1.00ms\n  the machine: busy to 50.0 %\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "bottleneck") {
		t.Error("half a CPU of two is called a bottleneck")
	}
	busy := result()
	busy.Self.CPU = 4 * time.Second
	if text := write(t, report.Text, busy); !strings.Contains(text, "idlcall was the bottleneck: it used up its CPUs") {
		t.Errorf("all CPUs are not called a bottleneck:\n%s", text)
	}
	late := result()
	late.Self.Queue = 6 * time.Millisecond
	if text := write(t, report.Text, late); !strings.Contains(text, "late by 6.00ms") || !strings.Contains(text, "idlcall was a bottleneck: it waited for a CPU") {
		t.Errorf("6 ms of calls of 1.5 ms are no matter:\n%s", text)
	}
}

// TestEmpty is a load of which nothing ended.
func TestEmpty(t *testing.T) {
	t.Parallel()
	r := &bench.Result{Method: "m", Processes: 1, Plan: bench.Plan{Stages: []bench.Stage{{From: 1, To: 1, For: time.Second}}}, Cut: 1}
	for _, f := range report.Forms() {
		if text := write(t, f, r); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("%s:\n%s", f, text)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(strings.NewReader(write(t, report.CSV, result()))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	all := map[string]string{}
	for i, name := range rows[0] {
		all[name] = rows[3][i]
	}
	if all["stage"] != "all" || all["calls"] != "300" || all["rate"] != "150.0" || all["p50"] != "1.4950" || all["corrected_p50"] == "" {
		t.Errorf("the whole is %v", all)
	}
}

// TestPageEndsNoScript keeps what a peer said inside of its string.
func TestPageEndsNoScript(t *testing.T) {
	t.Parallel()
	page := write(t, report.HTML, result())
	if strings.Count(page, "</script>") != 2 || strings.Contains(page, "<b>") {
		t.Error("an example is more than text")
	}
	for _, bad := range []string{"http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

func TestReadWrong(t *testing.T) {
	t.Parallel()
	good, log := write(t, report.JSON, result()), write(t, report.HDR, result())
	for name, text := range map[string]string{
		"nothing": "", "text": "hello", "cut": good[:len(good)/2], "other JSON": `{"a": 1}`,
		"a version to come": strings.Replace(good, `"version": 1`, `"version": 2`, 1),
		"a count":           strings.Replace(good, `"calls": 300`, `"calls": 301`, 1),
		"below zero":        strings.ReplaceAll(good, `"elapsed": 2000000000`, `"elapsed": -1`),
		"a log of others":   "#[Histogram log format version 1.3]\nTag=A,0.0,1.0,1.0,HIST",
		"a broken line":     strings.Replace(log, "Tag=latency,", "Tag=latency", 1),
		"a broken count":    strings.Replace(log, ",HISTF", ",HISTG", 1),
		"no such window":    strings.Replace(log, "Tag=latency,0.000", "Tag=latency,7.000", 1),
		"the end":           log[:strings.LastIndex(log, "Tag=")],
		"no times":          strings.ReplaceAll(good, `"latency": "`, `"lately": "`),
		"a year":            strings.Replace(good, `"start": "2026`, `"start": "0001`, 1),
		"busier than busy":  strings.Replace(good, `"busy": 0.5`, `"busy": 7`, 1),
		"a huge load":       strings.Replace(good, `"to": 300`, `"to": 1e308`, 1),
		"twice":             log + log[strings.Index(log, "Tag="):],
	} {
		if _, _, err := report.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	for _, form := range []report.Form{report.JSON, report.HDR} {
		b.Reset()
		if err := report.Write(&b, form, result()); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		results, _, err := report.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		sum, err := bench.Merge(results)
		if err != nil {
			return
		}
		if err := report.Write(&b, report.HDR, sum); err != nil {
			t.Error(err)
		}
		b.Reset()
	})
}
