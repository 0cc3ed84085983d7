package histogram

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// times are n times over seven orders of magnitude.
func times(n int, seed uint64) []time.Duration {
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = time.Duration(1 + random.Int64N(int64(10)<<(random.IntN(30))))
	}
	return list
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	list := times(50_000, 1)
	h := &H{}
	for _, d := range list {
		h.Record(d)
	}
	slices.Sort(list)
	for _, p := range []float64{1, 25, 50, 90, 99, 99.9, 99.99} {
		want := list[int(math.Ceil(p/100*float64(len(list))-1e-9))-1]
		if got := h.Percentile(p); got < want || float64(got) > float64(want)*1.001+1 {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
	if got, want := h.Max(), list[len(list)-1]; got < want || float64(got) > float64(want)*1.001 {
		t.Errorf("the longest is %v, want %v", got, want)
	}
	if got := h.Sparse().Below(h.Percentile(90)); got < 0.899 || got > 0.901 {
		t.Errorf("%v of all are below p90", got)
	}
}

// TestBars holds the bounds of counts against those of the library.
func TestBars(t *testing.T) {
	t.Parallel()
	h := &H{}
	for _, d := range times(50_000, 3) {
		h.Record(d)
	}
	bars := h.Bars()
	for _, want := range h.counts.Distribution() {
		if want.Count == 0 {
			continue
		}
		if got := bars[0]; got != (Bar{time.Duration(want.From), time.Duration(want.To), want.Count}) {
			t.Fatalf("%v, want %v", got, want)
		}
		bars = bars[1:]
	}
	if len(bars) > 0 {
		t.Errorf("%d bars more than the library has", len(bars))
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	h := &H{}
	if h.Percentile(99) != 0 || h.Max() != 0 || h.Min() != 0 || h.Mean() != 0 || h.Deviation() != 0 || h.Bars() != nil {
		t.Error("there is something in an empty histogram")
	}
	h.Record(-time.Second)
	h.Record(100 * time.Hour)
	if h.Count() != 2 || h.Min() != 1 || h.Max() < Max || h.Max() > Max+Max/1000 {
		t.Errorf("%d times from %v to %v", h.Count(), h.Min(), h.Max())
	}
}

// TestPack also holds that histograms add up to what all times together are.
func TestPack(t *testing.T) {
	t.Parallel()
	whole, sum := &H{}, &H{}
	for part := range 3 {
		h := &H{}
		for _, d := range times(10_000, uint64(part)) {
			h.Record(d)
			whole.Record(d)
		}
		back, err := h.Pack().Unpack()
		if err != nil {
			t.Fatal(err)
		}
		sum.Add(back)
	}
	if !slices.Equal(sum.Bars(), whole.Bars()) {
		t.Error("the sum of the parts is not the whole")
	}
	if empty, err := (&H{}).Pack().Unpack(); err != nil || empty.Count() != 0 {
		t.Errorf("an empty one comes back with %d times, %v", empty.Count(), err)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	h := &H{}
	h.Record(time.Second)
	good, _ := base64.StdEncoding.DecodeString(string(h.Pack()))
	longer := slices.Clone(good)
	binary.BigEndian.PutUint32(longer[4:], 1<<31)
	for name, raw := range map[string][]byte{
		"nothing": {}, "short": good[:5], "cut": good[:len(good)-3], "length": longer, "cookie": append([]byte{1}, good[1:]...),
	} {
		text := Packed(base64.StdEncoding.EncodeToString(raw))
		if name == "nothing" {
			text = "===="
		}
		if _, err := text.Unpack(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	h := &H{}
	for _, d := range times(100, 1) {
		h.Record(d)
	}
	f.Add(string(h.Pack()))
	f.Fuzz(func(t *testing.T, text string) {
		h, err := Packed(text).Unpack()
		if err != nil {
			return
		}
		back, err := h.Pack().Unpack()
		if err != nil || !slices.Equal(back.Bars(), h.Bars()) {
			t.Errorf("%d times come back as %d, %v", h.Count(), back.Count(), err)
		}
	})
}
